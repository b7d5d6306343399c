//! What went wrong: the status decides, the code says more, and one plain sentence tells it.
//!
//! Must not pass on markup, a key or more than a line of what the server wrote.

use super::{envelope, limits};
use crate::providers::{
    ApiError, ErrorKind, Facts,
    answers::{self, is_markup},
    outcome::Said,
    wire::{WireAnswer, WireReply},
};
use serde_json::Value;

/// The answer of a reply with a 2xx status; everything else is an error.
pub(super) fn good(reply: &WireReply) -> Result<&WireAnswer, ApiError> {
    let answer = answers::answered(reply)?;
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(refusal(answer)) }
}

/// A good status whose body is not what was asked for.
pub(super) fn not_its_api(answer: &WireAnswer, facts: &Facts, wanted: &str) -> ApiError {
    let sentence = if is_markup(&String::from_utf8_lossy(&answer.body)) {
        format!("A web page came instead of {wanted}; perhaps a proxy's login page ({}).", answer.status)
    } else {
        format!("The answer does not hold {wanted} ({}).", answer.status)
    };
    ApiError {
        kind: ErrorKind::NotItsApi,
        status: Some(answer.status),
        sentence,
        request_id: facts.request_id.clone(),
    }
}

fn refusal(answer: &WireAnswer) -> ApiError {
    let text = String::from_utf8_lossy(&answer.body);
    let markup = is_markup(&text);
    let body = serde_json::from_str::<Value>(&text).ok().filter(|_| !markup);
    let said = Said::read(body.as_ref());
    let status = answer.status;
    let (kind, what) = match status {
        300..=399 => return answers::redirect(answer, envelope::facts(answer, None).request_id),
        401 => (ErrorKind::Credential, key_sentence(&said.code)),
        407 | 511 => (ErrorKind::NotItsApi, "A proxy on the way wants a sign-in"),
        403..=405 if markup => (ErrorKind::NotItsApi, "A web page came instead of an answer from ClinikAPI"),
        403 => (ErrorKind::Permission, "This key may not do that"),
        404 | 410 => {
            (ErrorKind::NotFound, "ClinikAPI has nothing of this id, or it is another organisation's")
        }
        409 | 412 => (ErrorKind::Conflict(None), "This conflicts with what ClinikAPI holds now"),
        413 => (ErrorKind::Refused(said.problems.clone()), "It is too large for ClinikAPI"),
        429 if said.code.contains("quota") => {
            let reset_at = limits::quota_reset(answer);
            let until = reset_at.map(|at| format!(" until {at:.0}")).unwrap_or_default();
            let sentence = format!("The requests of this key's pool are used up{until} ({status}).");
            let facts = envelope::facts(answer, body.as_ref());
            return ApiError {
                kind: ErrorKind::Quota { reset_at },
                status: Some(status),
                sentence,
                request_id: facts.request_id,
            };
        }
        429 => (
            ErrorKind::Paused { after_s: answers::pause_s(answer) },
            "ClinikAPI asks for a pause, too many requests came at once",
        ),
        408 | 425 => (ErrorKind::Unknown, "ClinikAPI gave up waiting for the request"),
        400..=499 => (ErrorKind::Refused(said.problems.clone()), "ClinikAPI refused this"),
        _ if markup => (ErrorKind::Unknown, "A gateway answered with an error page in place of ClinikAPI"),
        _ => (ErrorKind::Unknown, "ClinikAPI failed"),
    };
    let words = match (&kind, said.problems.first()) {
        (ErrorKind::Refused(_), Some(first)) => [&first.path, &first.sentence]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(": "),
        // The sentence of a key says it already.
        (ErrorKind::Credential, _) => String::new(),
        _ => said.words,
    };
    let sentence = match words.trim_end_matches('.') {
        "" => format!("{what} ({status})."),
        words if words.ends_with('…') => format!("{what} ({status}): {words}"),
        words => format!("{what} ({status}): {words}."),
    };
    let request_id = envelope::facts(answer, body.as_ref()).request_id.or(said.request_id);
    ApiError { kind, status: Some(status), sentence, request_id }
}

fn key_sentence(code: &str) -> &'static str {
    match code {
        "unauthorized" => "No key reached ClinikAPI",
        "invalid_key_format" => "The key is not written as a ClinikAPI key is",
        "invalid_key" => "ClinikAPI does not know this key",
        "key_revoked" => "This key was revoked",
        "key_expired" => "This key has expired",
        _ => "ClinikAPI did not take the key",
    }
}
