//! Speed and volume: the rate and quota headers, and when a spent pool is filled again (contract §3.2, §3.5).
//!
//! Must not wait or count anything itself.

use super::envelope::instant;
use crate::{
    domain::time::Timestamp,
    providers::{
        Quota, Rate,
        answers::{WAIT_S, WINDOW_S},
        json::whole_number,
        wire::WireAnswer,
    },
};
use jiff::{ToSpan, tz::TimeZone};
use serde_json::{Map, Value};

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

/// When a spent pool is filled again: as the server says, else the first of next month in UTC.
pub(super) fn quota_reset(answer: &WireAnswer) -> Option<Timestamp> {
    let said = answer.header("x-quota-reset").and_then(instant);
    said.filter(|at| *at > answer.received_at).or_else(|| {
        let today = answer.received_at.to_zoned(TimeZone::UTC).date();
        let next = today.first_of_month().checked_add(1.month()).ok()?;
        next.to_zoned(TimeZone::UTC).ok().map(|start| start.timestamp())
    })
}

fn header_number(answer: &WireAnswer, name: &str) -> Option<u64> {
    answer.header(name).and_then(|text| text.trim().parse().ok())
}
