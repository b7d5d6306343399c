//! What a planned fault looks like on the wire. Whether one happens is `chaos`'s business.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::reply::{self, Meter, Refusal};
use crate::sandbox::chaos::Fault;
use crate::sandbox::message::{Outcome, Reply};

const HUGE_BODY_BYTES: usize = 64 * 1024 * 1024;

/// The outcome of a fault; `answer` is there when the request was carried out first.
pub(crate) fn fault(fault: Fault, answer: Option<Reply>, meter: &Meter) -> Outcome {
    let internal = Refusal::of_status(500);
    let refused = |refusal: &Refusal| reply::bad(refusal, meter);
    let waiting = |wait: Option<String>| refused(&Refusal { retry_after: wait, ..Refusal::of_status(429) });
    let with_body = |status, body: &Value| meter.headers(Reply::json(status, body));
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
        Fault::NoMessage => {
            let mut body = reply::error_body(&internal, meter);
            if let Some(body) = body.as_object_mut() {
                body.shift_remove("message");
            }
            with_body(500, &body)
        }
        Fault::Redirect => Reply::empty(302).with("location", "https://elsewhere.example/v1/tasks"),
        Fault::Conflict409 => refused(&Refusal::conflict()),
        Fault::QuotaMonthly => refused(&quota_refusal("MONTHLY_QUOTA_EXCEEDED")),
        Fault::QuotaSandbox => refused(&quota_refusal("SANDBOX_QUOTA_EXCEEDED")),
        Fault::RateLimited => waiting(Some("2".into())),
        Fault::RateLimitedDate => {
            let again = meter.now.saturating_add(SignedDuration::from_secs(2)).unwrap_or(meter.now);
            waiting(Some(again.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()))
        }
        Fault::RateLimitedAbsurd => waiting(Some("1000000000".into())),
        Fault::RateLimitedBare => waiting(None),
        Fault::HugeBody => Reply::new(200, "application/json", vec![b' '; HUGE_BODY_BYTES]),
        Fault::OtherRow => other_row(answer.unwrap_or_else(|| Reply::empty(500))),
    })
}

pub(crate) fn quota_refusal(code: &'static str) -> Refusal {
    Refusal::new(429, code, "The request quota of this month is used up.")
}

fn page(status: u16, html: &str) -> Reply {
    Reply::new(status, "text/html; charset=utf-8", html.as_bytes().to_vec())
}

/// The reply with another id in it, as if it belonged to somebody else's request.
fn other_row(mut reply: Reply) -> Reply {
    if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
        if let Some(id) = body.pointer_mut("/data/id") {
            *id = json!("row_of_another_request");
        }
        reply.body = body.to_string().into_bytes();
    }
    reply
}
