//! What went wrong, by the status and by what the server says of it: every issue, each at its field.
//!
//! Must not pass on markup, a key or more than a line of what a server wrote.

use super::MEDIA_TYPE;
use crate::{
    domain::time::http_date,
    providers::{
        ApiError, ErrorKind, Facts,
        answers::{self, is_markup},
        json,
        outcome::Said,
        wire::{WireAnswer, WireReply},
    },
};
use serde_json::Value;
use std::fmt::Write as _;

/// What stands for the server within a sentence.
pub(super) const CALLED: &str = "the FHIR server";

/// How many issues a sentence repeats; the others stand at their fields.
const TOLD_ISSUES: usize = 3;

/// The answer of a reply with a 2xx status; everything else is an error.
pub(super) fn good(reply: &WireReply) -> Result<&WireAnswer, ApiError> {
    let answer = answers::answered(reply)?;
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(refusal(answer)) }
}

/// The error of a list's first page: it has no id, so where nothing is found the address is wrong.
pub(super) fn of_a_list(error: ApiError) -> ApiError {
    if !matches!(error.kind, ErrorKind::NotFound) {
        return error;
    }
    let status = error.status.unwrap_or(404);
    let sentence = format!("There are no tasks at this address; is it the base of {CALLED} ({status})?");
    ApiError { kind: ErrorKind::NotItsApi, sentence, ..error }
}

/// The body of an answer as JSON.
pub(super) fn json(answer: &WireAnswer) -> Result<Value, ApiError> {
    json::body(answer, CALLED).map_err(|error| {
        let is_page = is_markup(&String::from_utf8_lossy(&answer.body));
        let guess = if is_page { " Is it a proxy's login page?" } else { "" };
        let sentence = format!("{}{guess}", error.sentence);
        ApiError { request_id: facts(answer).request_id, sentence, ..error }
    })
}

/// A good status whose body is not what was asked for.
pub(super) fn not_its_api(answer: &WireAnswer, wanted: &str) -> ApiError {
    ApiError {
        kind: ErrorKind::NotItsApi,
        status: Some(answer.status),
        sentence: format!("The answer does not hold {wanted} ({}).", answer.status),
        request_id: facts(answer).request_id,
    }
}

/// What the server says about itself beside an answer.
pub(super) fn facts(answer: &WireAnswer) -> Facts {
    let request_id = answer.header("x-request-id").map(answers::plain).filter(|id| !id.is_empty());
    Facts { request_id, server_time: answer.header("date").and_then(http_date), ..Facts::default() }
}

fn refusal(answer: &WireAnswer) -> ApiError {
    let text = String::from_utf8_lossy(&answer.body);
    let markup = is_markup(&text);
    let body = serde_json::from_str::<Value>(&text).ok().filter(|_| !markup);
    let said = Said::read(body.as_ref());
    let (status, called) = (answer.status, CALLED);
    let request_id = facts(answer).request_id.or_else(|| said.request_id.clone());
    let refused = || ErrorKind::Refused(said.problems.clone());
    let (kind, what) = match status {
        300..=399 => return answers::redirect(answer, request_id),
        401 => (ErrorKind::Credential, format!("The key was not taken by {called}")),
        407 | 511 => (ErrorKind::NotItsApi, "A proxy on the way wants a sign-in".to_owned()),
        403..=405 if markup => (
            ErrorKind::NotItsApi,
            format!("A web page came instead of an answer from {called}; perhaps a proxy's login page"),
        ),
        403 => (ErrorKind::Permission, format!("This key may not do that at {called}")),
        404 | 410 => (ErrorKind::NotFound, format!("Nothing of this id is at {called}, or not any more")),
        405 | 501 => (ErrorKind::Unsupported, format!("This is not offered by {called}")),
        406 | 415 => (refused(), format!("The form {MEDIA_TYPE} is not taken by {called}")),
        409 | 412 => (ErrorKind::Conflict(None), format!("This conflicts with what {called} holds now")),
        413 => (refused(), format!("It is too large for {called}")),
        428 => (refused(), format!("The version of what is changed is wanted by {called}, which names none")),
        429 => (
            ErrorKind::Paused { after_s: answers::pause_s(answer) },
            format!("Too many requests came at once for {called}, it asks for a pause"),
        ),
        408 | 425 => (ErrorKind::Unknown, format!("The request came too slowly for {called}")),
        400..=499 => (refused(), format!("This was refused by {called}")),
        _ if markup => {
            (ErrorKind::Unknown, format!("A gateway answered with an error page in place of {called}"))
        }
        _ => (ErrorKind::Unknown, format!("Something failed inside {called}")),
    };
    let sentence = match words(&said).as_str() {
        "" => format!("{what} ({status})."),
        words => format!("{what} ({status}): {words}"),
    };
    ApiError { kind, status: Some(status), sentence, request_id }
}

/// The server's own words: the issues with their places, else its message.
fn words(said: &Said) -> String {
    if said.problems.is_empty() {
        let words = said.words.trim_end_matches('.');
        return if words.is_empty() || words.ends_with('…') {
            words.to_owned()
        } else {
            format!("{words}.")
        };
    }
    let told = said.problems.iter().take(TOLD_ISSUES).map(|problem| match &*problem.path {
        "" => problem.sentence.clone(),
        path => format!("{path}: {}", problem.sentence),
    });
    let mut told = told.collect::<Vec<_>>().join(" ");
    let more = said.problems.len().saturating_sub(TOLD_ISSUES);
    if more > 0 {
        let _ = write!(told, " And {more} more.");
    }
    told
}
