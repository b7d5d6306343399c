//! Inputs and outputs as text, one a line: `type = value`.
//!
//! Must not turn `false` or `0` into nothing, nor a quoted number into a number.

use crate::domain::task::{Parameter, ParameterValue};

/// Prints parameters, one a line. A text that would read as something else is quoted.
pub fn print_parameters(list: &[Parameter]) -> String {
    let lines = list.iter().map(|parameter| match &parameter.value {
        ParameterValue::None => parameter.kind.to_string(),
        ParameterValue::String(text) => format!("{} = {}", parameter.kind, print_text(text)),
        ParameterValue::Boolean(value) => format!("{} = {value}", parameter.kind),
        ParameterValue::Integer(value) => format!("{} = {value}", parameter.kind),
        ParameterValue::Other { name, json } => format!("{} = {name} {json}", parameter.kind),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn print_text(text: &str) -> String {
    let plain = matches!(read_value(text), ParameterValue::String(ref same) if **same == *text);
    if plain && !text.contains('\n') { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// Reads parameters, one a line; an empty line is skipped.
pub fn parse_parameters(text: &str) -> Result<Vec<Parameter>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let (kind, value) =
                line.split_once('=').map_or((line, None), |(kind, value)| (kind, Some(value)));
            if kind.trim().is_empty() {
                return Err(format!("Line {}: write type = value.", index + 1));
            }
            let value = value.map_or(ParameterValue::None, |value| read_value(value.trim()));
            Ok(Parameter { kind: kind.trim().into(), value })
        })
        .collect()
}

/// `true` and `false` are booleans, whole numbers integers, `valueX {json}` any other value, all else text.
fn read_value(text: &str) -> ParameterValue {
    match text {
        "true" => return ParameterValue::Boolean(true),
        "false" => return ParameterValue::Boolean(false),
        _ => {}
    }
    if let Ok(number) = text.parse::<i64>()
        && number.to_string() == text
    {
        return ParameterValue::Integer(number);
    }
    if let Some((name, json)) = text.split_once(' ')
        && name.strip_prefix("value").is_some_and(|rest| rest.starts_with(char::is_uppercase))
        && serde_json::from_str::<serde_json::Value>(json).is_ok()
    {
        return ParameterValue::Other { name: name.into(), json: json.into() };
    }
    match serde_json::from_str::<String>(text) {
        Ok(quoted) => ParameterValue::String(quoted.into()),
        Err(_) => ParameterValue::String(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_comes_back_as_it_was() {
        let other = ParameterValue::Other { name: "valueQuantity".into(), json: "{\"value\":2.50}".into() };
        for value in [
            ParameterValue::None,
            ParameterValue::Boolean(false),
            ParameterValue::Integer(0),
            ParameterValue::Integer(-7),
            ParameterValue::String("CBC".into()),
            ParameterValue::String("0".into()),
            ParameterValue::String("true".into()),
            ParameterValue::String("\"quoted\"".into()),
            ParameterValue::String("two\nlines = x".into()),
            ParameterValue::String("00123".into()),
            ParameterValue::String("".into()),
            other,
        ] {
            let list = vec![Parameter { kind: "panel".into(), value }];
            assert_eq!(parse_parameters(&print_parameters(&list)).as_ref(), Ok(&list));
        }
    }

    #[test]
    fn a_line_without_a_type_is_told_by_its_number() {
        assert!(parse_parameters("a = 1\n = 2").is_err_and(|sentence| sentence.contains("Line 2")));
    }
}
