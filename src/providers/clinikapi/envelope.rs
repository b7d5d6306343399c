//! What is wrapped round a resource: envelopes, lists, bundles, and what the server says about itself.
//!
//! Must not know what a task is, nor refuse a body for anything but not being JSON.

use super::limits;
use crate::{
    domain::time::{DateTime, Moment, Timestamp, http_date},
    providers::{
        ApiError, Facts, answers,
        json::{self, text_or_number},
        raw::RawObject,
        wire::WireAnswer,
    },
};
use serde_json::Value;

/// The rows of a search and what was said about the rest.
pub(super) struct Listing<'a> {
    pub(super) rows: Vec<&'a Value>,
    pub(super) total: Option<u64>,
    cursor: Option<String>,
    has_more: Option<bool>,
    /// A link to a next page, whether it can be followed or not.
    has_link: bool,
}

impl Listing<'_> {
    /// The cursor of the next page; one that cannot move on is dropped here (contract §4, paging loop guards).
    pub(super) fn next_after(&self, sent: Option<&str>) -> Option<String> {
        let cursor = self.cursor.as_ref()?;
        let moves_on = !cursor.is_empty() && Some(cursor.as_str()) != sent;
        (self.has_more != Some(false) && moves_on).then(|| cursor.clone())
    }

    /// Whether there is more although no cursor leads to it; a full page that says nothing of others may be the first.
    pub(super) fn is_cut(&self, sent: Option<&str>, count: u16) -> bool {
        let says_nothing = self.has_more.is_none() && self.cursor.is_none() && self.total.is_none();
        let is_full = self.rows.len() >= usize::from(count);
        let is_promised = self.has_more.unwrap_or(self.has_link);
        self.next_after(sent).is_none() && (is_promised || says_nothing && is_full)
    }
}

/// The body as JSON; an answer that is none ends the conversation.
pub(super) fn json(answer: &WireAnswer) -> Result<Value, ApiError> {
    json::body(answer, "ClinikAPI")
        .map_err(|error| ApiError { request_id: facts(answer, None).request_id, ..error })
}

/// The unwrap rule of contract §3.1: `data` is taken out unless the object is itself a resource.
pub(super) fn payload(body: &Value) -> &Value {
    match body.get("data") {
        Some(data) if body.get("resourceType").is_none() => data,
        _ => body,
    }
}

/// The text of the payload of a body that has been read as JSON, by the same rule.
pub(super) fn payload_text(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim();
    let Some(object) = RawObject::parse(text) else { return text };
    match object.get("data") {
        Some(data) if object.get("resourceType").is_none() => data,
        _ => text,
    }
}

/// The rows of a search in any of the envelopes that are known or likely; none when it is no list at all.
pub(super) fn listing(body: &Value) -> Option<Listing<'_>> {
    let outer = payload(body);
    let inner = payload(outer);
    if let Some(bundle) = [outer, inner].into_iter().find(|value| is_bundle(value)) {
        return Some(bundle_listing(bundle));
    }
    let (rows, about) = match (outer, inner) {
        // `{data: [...], cursor, hasMore}` and a bare array; the facts stand beside the rows.
        (Value::Array(rows), _) => (rows.iter().collect(), Some(body)),
        (_, Value::Array(rows)) => (rows.iter().collect(), Some(outer)),
        (Value::Object(list), Value::Null) if list.contains_key("data") => (Vec::new(), Some(outer)),
        _ => return None,
    };
    let about = about.and_then(Value::as_object);
    Some(Listing {
        rows,
        total: about.and_then(|about| about.get("total")).and_then(Value::as_u64),
        cursor: about.and_then(|about| about.get("cursor")).and_then(text_or_number),
        has_more: about.and_then(|about| about.get("hasMore")).and_then(Value::as_bool),
        has_link: false,
    })
}

fn is_bundle(value: &Value) -> bool {
    value.get("resourceType").and_then(Value::as_str) == Some("Bundle")
}

fn bundle_listing(bundle: &Value) -> Listing<'_> {
    let entries = bundle.get("entry").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let links = bundle.get("link").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let next = links.iter().find(|link| link.get("relation").and_then(Value::as_str) == Some("next"));
    let url = next.and_then(|link| link.get("url")).and_then(Value::as_str).unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    Listing {
        rows: entries.iter().map(|entry| entry.get("resource").unwrap_or(entry)).collect(),
        total: bundle.get("total").and_then(Value::as_u64),
        // Assumption (§1.4): a bundle's next link names the same `cursor` as the list does. An escaped one is not followed.
        cursor: query
            .split('&')
            .find_map(|pair| pair.strip_prefix("cursor="))
            .filter(|cursor| !cursor.contains(['%', '+']))
            .map(str::to_owned),
        has_more: None,
        has_link: !url.is_empty(),
    }
}

/// What the server says about itself: the body's `meta` first, the headers second (U2).
pub(super) fn facts(answer: &WireAnswer, body: Option<&Value>) -> Facts {
    let meta = body.and_then(|body| body.get("meta")).and_then(Value::as_object);
    let said = |name: &str| meta.and_then(|meta| meta.get(name));
    let request_id = said("requestId").or_else(|| body.and_then(|body| body.get("requestId")));
    let request_id = request_id.and_then(Value::as_str).or_else(|| answer.header("x-request-id"));
    let server_time = said("timestamp").and_then(Value::as_str).or_else(|| answer.header("x-timestamp"));
    Facts {
        request_id: request_id.map(answers::plain).filter(|id| !id.is_empty()),
        server_time: server_time.and_then(instant).or_else(|| answer.header("date").and_then(http_date)),
        rate: limits::rate(answer, meta),
        quota: limits::quota(answer),
    }
}

/// The instant of an ISO timestamp; a whole day begins at midnight UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let time = DateTime::parse(text);
    match time.moment()? {
        Moment::Instant(_) | Moment::Date(_) => time.start(&jiff::tz::TimeZone::UTC),
        _ => None,
    }
}
