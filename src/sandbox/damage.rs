//! What a planned fault looks like on the wire, for every system. Whether one happens is `chaos`'s business; how a
//! system words an error is its own.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::chaos::{Fate, Fault};
use super::message::{Outcome, Reply};

const HUGE_BODY_BYTES: usize = 64 * 1024 * 1024;

/// How one system words its errors.
pub(crate) trait Words {
    /// An error of this status, as the system says it.
    fn refused(&self, status: u16, retry_after: Option<&str>) -> Reply;

    /// Where the id of the one row of an answer stands.
    fn id_pointer(&self) -> &'static str;

    /// The reply with what every reply of the system carries.
    fn dressed(&self, reply: Reply) -> Reply {
        reply
    }

    /// A fault that the system words in a way of its own.
    fn own(&self, _fault: Fault) -> Option<Reply> {
        None
    }
}

/// What the client gets to see; `answer` is there when the request was carried out.
pub(crate) fn outcome(fate: Fate, answer: Option<Reply>, words: &dyn Words, now: Timestamp) -> Outcome {
    match fate {
        Fate::Plain => Outcome::Reply(answer.unwrap_or_else(|| words.refused(500, None))),
        Fate::Fault { fault, .. } => fault_outcome(fault, answer, words, now),
        Fate::Status { status: 429, .. } => Outcome::Reply(words.refused(429, Some("2"))),
        Fate::Status { status, .. } => Outcome::Reply(words.refused(status, None)),
    }
}

fn fault_outcome(fault: Fault, answer: Option<Reply>, words: &dyn Words, now: Timestamp) -> Outcome {
    if matches!(fault, Fault::DropBefore | Fault::DropAfterCommit) {
        return Outcome::Cut;
    }
    if let Some(reply) = words.own(fault) {
        return Outcome::Reply(reply);
    }
    let with_body = |status, body: &Value| words.dressed(Reply::json(status, body));
    Outcome::Reply(match fault {
        Fault::DropBefore | Fault::DropAfterCommit => return Outcome::Cut,
        Fault::Html502 => page(
            502,
            "<html><head><title>502 Bad Gateway</title></head><body>\x1b[31m<h1>502 Bad Gateway</h1></body></html>",
        ),
        Fault::Html200 => page(
            200,
            "<!doctype html><html><title>Sign in to the network</title><form action=\"/login\"></form></html>",
        ),
        Fault::Empty500 => Reply::empty(500),
        Fault::TruncatedJson => {
            let mut reply =
                answer.unwrap_or_else(|| with_body(200, &json!({"data": {"id": "never finished"}})));
            reply.body.truncate(reply.body.len() / 2);
            reply
        }
        Fault::JsonString => with_body(500, &json!("something went wrong")),
        Fault::OperationOutcome => {
            let issue = json!([{"severity": "error", "code": "exception", "diagnostics": "the store is not available", "location": ["Task"]}]);
            with_body(500, &json!({"resourceType": "OperationOutcome", "issue": issue}))
        }
        Fault::ErrorObject => with_body(500, &json!({"error": {"code": "internal", "detail": "an object"}})),
        Fault::NoMessage => with_body(500, &json!({})),
        Fault::Redirect => Reply::empty(302).with("location", "https://elsewhere.example/v1/tasks"),
        Fault::Conflict409 => words.refused(409, None),
        Fault::QuotaMonthly | Fault::QuotaSandbox | Fault::RateLimitedBare => words.refused(429, None),
        Fault::RateLimited => words.refused(429, Some("2")),
        Fault::RateLimitedDate => {
            let again = now.saturating_add(SignedDuration::from_secs(2)).unwrap_or(now);
            words.refused(429, Some(&again.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()))
        }
        Fault::RateLimitedAbsurd => words.refused(429, Some("1000000000")),
        Fault::HugeBody => Reply::new(200, "application/json", vec![b' '; HUGE_BODY_BYTES]),
        Fault::OtherRow => other_row(answer.unwrap_or_else(|| words.refused(500, None)), words.id_pointer()),
    })
}

fn page(status: u16, html: &str) -> Reply {
    Reply::new(status, "text/html; charset=utf-8", html.as_bytes().to_vec())
}

/// The reply with another id in it, as if it belonged to somebody else's request.
fn other_row(mut reply: Reply, pointer: &str) -> Reply {
    if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
        if let Some(id) = body.pointer_mut(pointer) {
            *id = match id {
                Value::Number(number) => json!(number.as_i64().unwrap_or_default() + 900_000),
                _ => json!("row_of_another_request"),
            };
        }
        reply.body = body.to_string().into_bytes();
    }
    reply
}
