//! The replies: JSON with a hash of the body for an entity tag, refusals with a message, and HTML for too many requests.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::body::Issue;
use super::books::stamp;
use crate::sandbox::damage::Words;
use crate::sandbox::message::{Reply, Request};

/// What the server says instead of doing as asked.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: u16,
    message: String,
    issues: Vec<Issue>,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Refusal {
        Refusal { status, message: message.into(), issues: Vec::new() }
    }

    pub(super) fn invalid(issues: Vec<Issue>) -> Refusal {
        Refusal { issues, ..Refusal::new(400, "Validation error") }
    }

    pub(super) fn bad_id() -> Refusal {
        Refusal::new(400, "Invalid resource identifier")
    }

    pub(super) fn no_route() -> Refusal {
        Refusal::new(404, "Route not found")
    }

    pub(super) fn not_allowed() -> Refusal {
        Refusal::new(403, "Insufficient permissions")
    }

    pub(super) fn bad_token() -> Refusal {
        Refusal::new(401, "Invalid or expired token")
    }

    /// Never an `OperationOutcome`.
    pub(super) fn reply(&self) -> Reply {
        let mut body = json!({"message": self.message});
        if !self.issues.is_empty() {
            body["issues"] = self.issues.iter().map(Issue::shown).collect();
        }
        json_reply(self.status, &body)
    }
}

pub(super) fn json_reply(status: u16, body: &Value) -> Reply {
    let body = body.to_string().into_bytes();
    // The tag says what the body is, not which version of the row it shows.
    let tag = format!("W/\"{:x}-{:016x}\"", body.len(), fingerprint(&body));
    Reply::new(status, "application/json; charset=utf-8", body).with("etag", tag)
}

/// The reply, or that the client has it already.
pub(super) fn unless_known(request: &Request, reply: Reply) -> Reply {
    let tag = reply.headers.iter().find(|(name, _)| name == "etag").map(|(_, tag)| tag.as_str());
    let known = |tag: &str| {
        let given = request.header("if-none-match").unwrap_or_default();
        given == "*" || given.split(',').any(|one| one.trim() == tag)
    };
    match tag {
        Some(tag) if request.method == "GET" && reply.status == 200 && known(tag) => {
            Reply::empty(304).with("etag", tag)
        }
        _ => reply,
    }
}

/// The limiter's answer, which is no JSON.
pub(super) fn too_many(retry_after: Option<&str>) -> Reply {
    let text = b"Too many requests, please try again later.".to_vec();
    let reply = Reply::new(429, "text/html; charset=utf-8", text);
    match retry_after {
        Some(wait) => reply.with("retry-after", wait),
        None => reply,
    }
}

/// A searchset; `total` is what it holds, and there is never a link to more.
pub(super) fn searchset(origin: &str, id: Option<String>, rows: Vec<Value>, now: Timestamp) -> Value {
    let mut bundle = json!({"resourceType": "Bundle"});
    if let Some(id) = id {
        bundle["id"] = json!(id);
    }
    bundle["type"] = json!("searchset");
    bundle["timestamp"] = json!(stamp(now));
    bundle["total"] = json!(rows.len());
    let entry = |row: Value| {
        let part = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let url = format!("{origin}/api/fhir/{}/{}", part("resourceType"), part("id"));
        json!({"fullUrl": url, "resource": row, "search": {"mode": "match"}})
    };
    bundle["entry"] = rows.into_iter().map(entry).collect();
    bundle
}

/// A short hash that is the same on every machine (the FNV-1a steps).
pub(super) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// How this system words the faults of the switches.
pub(super) struct Wording;

impl Words for Wording {
    fn refused(&self, status: u16, retry_after: Option<&str>) -> Reply {
        let refusal = match status {
            429 => return too_many(retry_after),
            401 => Refusal::bad_token(),
            403 => Refusal::not_allowed(),
            404 => Refusal::no_route(),
            413 => Refusal::new(413, "request entity too large"),
            500.. => Refusal::new(status, "Internal server error"),
            _ => Refusal::new(status, "Request refused"),
        };
        match retry_after {
            Some(wait) => refusal.reply().with("retry-after", wait),
            None => refusal.reply(),
        }
    }

    fn id_pointer(&self) -> &'static str {
        "/id"
    }
}
