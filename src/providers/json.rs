//! Bodies as JSON: what is no JSON is named, and numbers are kept digit by digit.
//!
//! Must not know any one API, nor what a body is about.

use super::{ApiError, ErrorKind, answers, wire::WireAnswer};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The body of an answer of this system as JSON; an answer that is none is an error.
pub fn body(answer: &WireAnswer, system: &str) -> Result<Value, ApiError> {
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let status = answer.status;
    let (kind, what) = if answer.over_cap {
        (ErrorKind::NotItsApi, "The answer is larger than this program reads and was cut".to_owned())
    } else if text.is_empty() {
        (ErrorKind::Unknown, "The answer has no body".to_owned())
    } else if answers::is_markup(text) {
        (ErrorKind::NotItsApi, format!("A web page came instead of an answer from {system}"))
    } else {
        match serde_json::from_str(&quote_long_numbers(text)) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => return Ok(value),
            Ok(_) => (ErrorKind::NotItsApi, format!("A bare value came instead of an answer from {system}")),
            Err(error) if error.is_eof() => {
                (ErrorKind::Unknown, "The answer broke off in the middle".to_owned())
            }
            Err(_) => {
                (ErrorKind::NotItsApi, "Something that is not JSON came instead of an answer".to_owned())
            }
        }
    };
    Err(ApiError { kind, status: Some(status), sentence: format!("{what} ({status})."), request_id: None })
}

/// Puts numbers in quotes that a float would round or overflow, so that ids stay as sent, digit by digit.
pub fn quote_long_numbers(text: &str) -> Cow<'_, str> {
    let mut quoted = String::new();
    let mut copied = 0;
    let mut in_string = false;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((start, byte)) = bytes.next() {
        match byte {
            b'\\' if in_string => drop(bytes.next()),
            b'"' => in_string = !in_string,
            b'-' | b'0'..=b'9' if !in_string => {
                let mut end = start + 1;
                while bytes
                    .next_if(|(_, byte)| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
                    .is_some()
                {
                    end += 1;
                }
                let number = text.get(start..end).unwrap_or_default();
                if is_long_number(number) {
                    quoted.push_str(text.get(copied..start).unwrap_or_default());
                    quoted.extend(["\"", number, "\""]);
                    copied = end;
                }
            }
            _ => {}
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    quoted.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(quoted)
}

fn is_long_number(number: &str) -> bool {
    let whole = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    // Eighteen digits fit a 64-bit integer, fifteen a float.
    number.len() > if whole { 18 } else { 15 } || number.contains(['e', 'E'])
}

/// A whole number of an object's field, sent as a number or as digits.
pub fn whole_number(object: Option<&Map<String, Value>>, name: &str) -> Option<u64> {
    match object?.get(name)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A text, or the digits of a number.
pub fn text_or_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_quoted_and_nothing_else_is_touched() {
        for (text, wanted) in [
            (r#"{"id":12345678901234567890123456}"#, r#"{"id":"12345678901234567890123456"}"#),
            ("[123456789012345678,-5,0.25]", "[123456789012345678,-5,0.25]"),
            (r#"["1e400 \" 99999999999999999999",1e400]"#, r#"["1e400 \" 99999999999999999999","1e400"]"#),
            (r#"{"é":-99999999999999999999}"#, r#"{"é":"-99999999999999999999"}"#),
            ("\"open", "\"open"),
        ] {
            assert_eq!(quote_long_numbers(text), wanted);
        }
    }
}
