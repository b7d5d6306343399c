//! Speed and volume: the rate and quota headers, and how long a 429 asks to wait (contract §3.2, §3.5).
//!
//! Must not wait or count anything itself.

use super::envelope::{instant, whole_number};
use crate::{
    domain::time::{Timestamp, http_date},
    providers::{Quota, Rate, wire::WireAnswer},
};
use jiff::{ToSpan, tz::TimeZone};
use serde_json::{Map, Value};

/// The longest wait believed, a day; and the shortest, a second.
const WAIT_S: std::ops::RangeInclusive<u64> = 1..=86_400;

/// The wait when the server names none: the window of its limit is a minute.
const WINDOW_S: u64 = 60;

/// The per-minute limit: from the body's `meta`, else from the headers.
pub(super) fn rate(answer: &WireAnswer, meta: Option<&Map<String, Value>>) -> Option<Rate> {
    let number =
        |field: &str, header: &str| whole_number(meta, field).or_else(|| header_number(answer, header));
    Some(Rate {
        limit: number("rateLimitTotal", "x-ratelimit-limit")?,
        remaining: number("rateLimitRemaining", "x-ratelimit-remaining")?,
        reset_s: number("rateLimitReset", "x-ratelimit-reset").unwrap_or(WINDOW_S).min(*WAIT_S.end()),
    })
}

/// The monthly pool, or the sandbox pool of a test key.
pub(super) fn quota(answer: &WireAnswer) -> Option<Quota> {
    let pool = |limit: &str, remaining: &str| {
        Some((header_number(answer, limit)?, header_number(answer, remaining)?))
    };
    let (limit, remaining) = pool("x-quota-limit", "x-quota-remaining")
        .or_else(|| pool("x-sandbox-limit", "x-sandbox-remaining"))?;
    Some(Quota { limit, remaining, reset_at: answer.header("x-quota-reset").and_then(instant) })
}

/// How long a 429 asks to wait: `Retry-After` in seconds or as a date, else the rate limit's reset, else a window.
pub(super) fn pause_s(answer: &WireAnswer) -> u64 {
    let asked = answer.header("retry-after").and_then(|text| {
        let date = http_date(text).map(|until| until.as_second() - answer.received_at.as_second());
        seconds(text).or(date.map(|wait_s| wait_s.max(0) as u64))
    });
    // Seconds until the reset, not an epoch (contract §3.2).
    let reset = || answer.header("x-ratelimit-reset").and_then(seconds);
    asked.or_else(reset).unwrap_or(WINDOW_S).clamp(*WAIT_S.start(), *WAIT_S.end())
}

/// When a spent pool is filled again: as the server says, else the first of next month in UTC.
pub(super) fn quota_reset(answer: &WireAnswer) -> Option<Timestamp> {
    let said = answer.header("x-quota-reset").and_then(instant);
    said.filter(|at| *at > answer.received_at).or_else(|| {
        let today = answer.received_at.to_zoned(TimeZone::UTC).date();
        let next = today.first_of_month().checked_add(1.month()).ok()?;
        next.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp())
    })
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

fn header_number(answer: &WireAnswer, name: &str) -> Option<u64> {
    answer.header(name).and_then(|text| text.trim().parse().ok())
}
