//! Turns what came out of a request into a reply: envelope, meta, headers, error body. It decides nothing else.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::fhir;
use super::store::{Kind, stamp};
use super::validate::Issue;
use crate::sandbox::chaos::{Envelope, Faults, Shape};
use crate::sandbox::message::Reply;

/// What a good request gives.
pub(crate) enum Success {
    /// One resource in flat form.
    One { status: u16, kind: Kind, flat: Value },
    /// A page of resources in flat form.
    Page { kind: Kind, rows: Vec<Value>, total: usize, cursor: Option<usize> },
    /// Nothing is left.
    Gone,
    /// A body that is never enveloped.
    Plain { content_type: &'static str, body: Value },
}

/// Why a request was refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    pub(crate) issues: Vec<Issue>,
    pub(crate) retry_after: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &'static str, message: &'static str) -> Refusal {
        Refusal { status, code, message, issues: Vec::new(), retry_after: None }
    }

    pub(crate) fn not_found() -> Refusal {
        Refusal::new(404, "NOT_FOUND", "The requested resource was not found.")
    }

    pub(crate) fn conflict() -> Refusal {
        // Assumption (U22): no page names the code of a 409.
        Refusal::new(409, "CONFLICT", "The resource version conflicts with the stored one.")
    }

    pub(crate) fn invalid(issues: Vec<Issue>) -> Refusal {
        Refusal { issues, ..Refusal::new(422, "VALIDATION_ERROR", "The request body failed validation.") }
    }

    /// The refusal that goes with a drawn status.
    pub(crate) fn of_status(status: u16) -> Refusal {
        match status {
            400 => Refusal::new(400, "INVALID_JSON", "The request body is not valid JSON."),
            401 => Refusal::new(401, "INVALID_KEY", "The API key is not known."),
            403 => Refusal::new(403, "FORBIDDEN", "The API key lacks the scope for this."),
            404 => Refusal::not_found(),
            409 => Refusal::conflict(),
            422 => Refusal::invalid(Vec::new()),
            429 => Refusal {
                retry_after: Some("2".into()),
                ..Refusal::new(429, "RATE_LIMITED", "Too many requests in this minute.")
            },
            503 => Refusal::new(503, "datastore_unavailable", "The data store is not available."),
            _ => Refusal::new(status, "INTERNAL_ERROR", "An unexpected error occurred."),
        }
    }
}

/// The numbers that go into meta and headers.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    pub(crate) request_id: String,
    pub(crate) now: Timestamp,
    pub(crate) rate_limit: u64,
    pub(crate) rate_used: u64,
    pub(crate) rate_reset_s: i64,
    pub(crate) used: u64,
    pub(crate) quota_limit: u64,
    pub(crate) sandbox_limit: u64,
    /// The request carried a good key, so its quota can be named.
    pub(crate) known_key: bool,
}

impl Meter {
    fn rate_left(&self) -> u64 {
        self.rate_limit.saturating_sub(self.rate_used)
    }

    fn meta(&self, status: u16) -> Value {
        json!({
            "requestId": self.request_id,
            "timestamp": stamp(self.now),
            "status": status,
            "rateLimitTotal": self.rate_limit,
            "rateLimitRemaining": self.rate_left(),
            "rateLimitReset": self.rate_reset_s,
        })
    }

    /// Puts the headers on; the quota only where a good key came.
    pub(crate) fn headers(&self, reply: Reply) -> Reply {
        let reply = reply
            .with("x-request-id", &self.request_id)
            .with("x-timestamp", stamp(self.now))
            .with("x-ratelimit-limit", self.rate_limit.to_string())
            .with("x-ratelimit-remaining", self.rate_left().to_string())
            .with("x-ratelimit-reset", self.rate_reset_s.to_string());
        if !self.known_key {
            return reply;
        }
        let over = self.used.saturating_sub(self.quota_limit);
        let reply = reply
            .with("x-quota-limit", self.quota_limit.to_string())
            .with("x-quota-used", self.used.to_string())
            .with("x-quota-remaining", self.quota_limit.saturating_sub(self.used).to_string())
            .with("x-quota-billable", self.used.to_string())
            .with("x-quota-reset", next_month(self.now))
            .with("x-sandbox-limit", self.sandbox_limit.to_string())
            .with("x-sandbox-used", self.used.to_string())
            .with("x-sandbox-remaining", self.sandbox_limit.saturating_sub(self.used).to_string());
        if over > 0 { reply.with("x-quota-overage", over.to_string()) } else { reply }
    }
}

/// The moment at which the quota starts anew: the first of the next month, UTC.
pub(crate) fn next_month(now: Timestamp) -> String {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let next = today.first_of_month().saturating_add(jiff::Span::new().months(1));
    format!("{next}T00:00:00.000Z")
}

/// Builds the reply of a good request.
pub(crate) fn good(success: Success, meter: &Meter, faults: &Faults) -> Reply {
    let reply = match success {
        Success::Gone => Reply::empty(204),
        Success::Plain { content_type, body } => Reply::new(200, content_type, body.to_string().into_bytes()),
        Success::One { status, kind, flat } => {
            let fhir_wanted = faults.shape == Shape::Fhir || faults.envelope == Envelope::Bundle;
            let data = if fhir_wanted { fhir::resource(kind, &flat) } else { flat };
            Reply::json(status, &enveloped(data, &meter.meta(status), faults.envelope))
        }
        Success::Page { kind, mut rows, total, cursor } => {
            if faults.unknown_enum
                && let Some(Value::Object(row)) = rows.first_mut()
            {
                for (name, word) in [
                    ("status", "simmering"),
                    ("intent", "wish"),
                    ("priority", "whenever"),
                    ("confidentiality", "X"),
                ] {
                    if row.contains_key(name) {
                        row.insert(name.into(), json!(word));
                    }
                }
            }
            if faults.shape == Shape::Fhir || faults.envelope == Envelope::Bundle {
                rows = rows.iter().map(|row| fhir::resource(kind, row)).collect();
            }
            if faults.phantom_row {
                rows.push(json!({"resourceType": "OperationOutcome", "id": "", "issue": []}));
            }
            let body = match faults.envelope {
                Envelope::Bundle => fhir::bundle(kind, rows, total, cursor),
                Envelope::Array => Value::Array(rows),
                envelope => {
                    let cursor_text = cursor.map(|cursor| cursor.to_string());
                    let page = json!({"data": rows, "total": total, "cursor": cursor_text, "hasMore": cursor.is_some()});
                    enveloped(page, &meter.meta(200), envelope)
                }
            };
            Reply::json(200, &body)
        }
    };
    if faults.meta_headers { meter.headers(reply) } else { reply }
}

/// Builds the reply of a refused request; it is never enveloped.
pub(crate) fn bad(refusal: &Refusal, meter: &Meter) -> Reply {
    let reply = meter.headers(Reply::json(refusal.status, &error_body(refusal, meter)));
    match &refusal.retry_after {
        Some(wait) => reply.with("retry-after", wait),
        None => reply,
    }
}

pub(crate) fn error_body(refusal: &Refusal, meter: &Meter) -> Value {
    let mut body = json!({
        "error": title(refusal.status),
        "message": refusal.message,
        "code": refusal.code,
        "requestId": meter.request_id,
    });
    if !refusal.issues.is_empty() {
        body["issues"] = refusal.issues.iter().map(Issue::to_json).collect();
    }
    body
}

fn enveloped(data: Value, meta: &Value, envelope: Envelope) -> Value {
    match envelope {
        Envelope::Full => json!({"data": data, "meta": meta}),
        Envelope::DataOnly => json!({"data": data}),
        Envelope::Bare | Envelope::Bundle | Envelope::Array => data,
    }
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        413 => "Payload Too Large",
        422 => "Validation Error",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
