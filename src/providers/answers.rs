//! What bad answers of every HTTP API have in common: transport, redirects, pages in place of JSON, pauses, plain words.
//!
//! Must not pass on markup, a key or more than a line of what a server wrote, and must not know any one API.

use super::{
    ApiError, ErrorKind,
    wire::{WireAnswer, WireReply},
};
use crate::domain::time::http_date;

/// The longest wait believed, a day; and the shortest, a second.
pub const WAIT_S: std::ops::RangeInclusive<u64> = 1..=86_400;

/// The wait when a server names none: most limits count by the minute.
pub const WINDOW_S: u64 = 60;

/// How much of a server's own words is repeated, in characters.
const QUOTE_CHARS: usize = 120;

/// Beginnings of words that are keys or tokens, whatever stands behind them: ClinikAPI's keys, and JSON web tokens.
const KEY_MARKS: [&str; 2] = ["clk_", "eyJ"];

/// The server's answer, whatever its status; without one, the error that says whether anything was sent.
pub fn answered(reply: &WireReply) -> Result<&WireAnswer, ApiError> {
    let transport = |kind, sentence: &String| {
        Err(ApiError { kind, status: None, sentence: sentence.clone(), request_id: None })
    };
    match reply {
        WireReply::Answered(answer) => Ok(answer),
        WireReply::NotSent { sentence } => transport(ErrorKind::NotSent, sentence),
        WireReply::Lost { sentence } => transport(ErrorKind::Unknown, sentence),
    }
}

/// The error of a redirect: it is never followed, for the key would go along. The sentence names where it points.
pub fn redirect(answer: &WireAnswer, request_id: Option<String>) -> ApiError {
    let target = answer.header("location").unwrap_or_default();
    let host = target.split_once("//").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    let host = host.map(|host| host.rsplit('@').next().unwrap_or(host)).filter(|host| !host.is_empty());
    let to = host.map_or_else(|| "another address".to_owned(), plain);
    ApiError {
        kind: ErrorKind::NotItsApi,
        status: Some(answer.status),
        sentence: format!("The server points to {to} ({}); redirects are not followed.", answer.status),
        request_id,
    }
}

/// How long a 429 asks to wait: `Retry-After` in seconds or as a date, else the rate limit's reset, else a window.
pub fn pause_s(answer: &WireAnswer) -> u64 {
    let asked = answer.header("retry-after").and_then(|text| {
        let date = http_date(text).map(|until| until.as_second() - answer.received_at.as_second());
        seconds(text).or(date.map(|wait_s| wait_s.max(0) as u64))
    });
    // Seconds until the reset, not an epoch (contract clinikapi §3.2).
    let reset = || answer.header("x-ratelimit-reset").and_then(seconds);
    asked.or_else(reset).unwrap_or(WINDOW_S).clamp(*WAIT_S.start(), *WAIT_S.end())
}

/// Whether a body is markup: an error page, a login page.
pub fn is_markup(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// At most a line of what a server wrote, without markup and without anything that looks like a key.
pub fn plain(text: &str) -> String {
    let is_tag =
        |rest: &str| rest.starts_with(|letter: char| letter.is_ascii_alphabetic() || "/!?".contains(letter));
    if text.split('<').skip(1).any(is_tag) {
        return String::new();
    }
    let words = text.split_whitespace().map(without_key);
    let line = words.collect::<Vec<_>>().join(" ").replace(char::is_control, "");
    let mut short: String = line.chars().take(QUOTE_CHARS).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

fn without_key(word: &str) -> String {
    let marks = KEY_MARKS.iter().filter_map(|mark| Some((word.find(mark)?, mark)));
    match marks.min() {
        Some((start, mark)) => format!("{}{mark}…", word.get(..start).unwrap_or_default()),
        None => word.to_owned(),
    }
}

/// Whole seconds; a negative number is none to wait, one too long to read is very many.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.len() < text.len() { Some(0) } else { Some(digits.parse().unwrap_or(u64::MAX)) }
}

/// Whether an answer to a removal may be the source's own: nothing, or an object. A page with a good status is a
/// proxy's, and says nothing of what became of the thing.
pub fn is_removal(answer: &WireAnswer) -> Result<(), ApiError> {
    let is_object =
        || serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&answer.body).is_ok();
    if answer.body.trim_ascii().is_empty() || is_object() {
        return Ok(());
    }
    Err(ApiError {
        kind: ErrorKind::Unknown,
        status: Some(answer.status),
        sentence: format!(
            "The answer is not the source's own ({}); it may have been removed.",
            answer.status
        ),
        request_id: None,
    })
}
