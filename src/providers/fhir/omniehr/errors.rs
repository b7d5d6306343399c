//! What went wrong with OmniEHR: a message and issues in JSON, a page for too many sign-ins; never an outcome of FHIR's.
//!
//! Must not pass on markup, a token or more than a line of what the server wrote.

use crate::{
    domain::{check::Problem, task::Field},
    providers::{
        ApiError, ErrorKind,
        answers::{self, is_markup},
        outcome::Said,
        wire::{WireAnswer, WireReply},
    },
};
use serde_json::Value;

/// The answer of a reply with a 2xx status; everything else is an error.
pub(super) fn good(reply: &WireReply) -> Result<&WireAnswer, ApiError> {
    let answer = answers::answered(reply)?;
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(refusal(answer)) }
}

/// The same error as the answer to a sign-in: there a 401 is about the password, not about a token.
pub(super) fn of_sign_in(error: ApiError) -> ApiError {
    if error.kind != ErrorKind::Credential {
        return of_a_route(error);
    }
    let sentence = "OmniEHR does not take this: wrong e-mail or password (or an inactive user) (401).";
    ApiError { sentence: sentence.to_owned(), ..error }
}

/// The same error as the answer to a request without an id: where nothing is found the address is wrong.
pub(super) fn of_a_route(error: ApiError) -> ApiError {
    if error.kind != ErrorKind::NotFound {
        return error;
    }
    let status = error.status.unwrap_or(404);
    let sentence =
        format!("Something else than OmniEHR answered; is this the address of its /api ({status})?");
    ApiError { kind: ErrorKind::NotItsApi, sentence, ..error }
}

fn refusal(answer: &WireAnswer) -> ApiError {
    let text = String::from_utf8_lossy(&answer.body);
    let markup = is_markup(&text);
    let body = serde_json::from_str::<Value>(&text).ok().filter(|_| !markup);
    let mut said = Said::read(body.as_ref());
    if said.problems.is_empty() {
        said.problems.extend(problem_of(&said.words));
    }
    let status = answer.status;
    let problems = || said.problems.clone();
    let (kind, what) = match status {
        300..=399 => return answers::redirect(answer, None),
        401 => {
            (ErrorKind::Credential, "The session with OmniEHR has ended or its token is not taken".to_owned())
        }
        407 => (ErrorKind::NotItsApi, "A proxy on the way wants a sign-in".to_owned()),
        403..=405 if markup || body.is_none() => (
            ErrorKind::NotItsApi,
            "Something else than OmniEHR answered; is this the address of its /api?".to_owned(),
        ),
        403 => (ErrorKind::Permission, "Your role may not do that".to_owned()),
        404 if said.words == "Route not found" => {
            (ErrorKind::NotItsApi, "OmniEHR knows no such route; is this the address of its /api?".to_owned())
        }
        404 | 410 => (ErrorKind::NotFound, "OmniEHR has nothing of this id".to_owned()),
        409 | 412 => (ErrorKind::Conflict(None), "This conflicts with what OmniEHR holds now".to_owned()),
        413 => (ErrorKind::Refused(problems()), "It is too large for OmniEHR".to_owned()),
        429 => {
            let after_s = answers::pause_s(answer);
            let what =
                format!("OmniEHR asks for a pause of {}, too many requests came from here", wait(after_s));
            (ErrorKind::Paused { after_s }, what)
        }
        408 | 425 => (ErrorKind::Unknown, "OmniEHR gave up waiting for the request".to_owned()),
        400..=499 => (ErrorKind::Refused(problems()), "OmniEHR refused this".to_owned()),
        _ if markup => {
            (ErrorKind::Unknown, "A gateway answered with an error page in place of OmniEHR".to_owned())
        }
        _ => (ErrorKind::Unknown, "OmniEHR failed".to_owned()),
    };
    let words = match (&kind, said.problems.first()) {
        (ErrorKind::Refused(_), Some(first)) if !first.path.is_empty() => {
            format!("{}: {}", first.path, first.sentence)
        }
        _ => said.words,
    };
    let sentence = match words.trim_end_matches('.') {
        "" => format!("{what} ({status})."),
        words => format!("{what} ({status}): {words}."),
    };
    ApiError { kind, status: Some(status), sentence, request_id: None }
}

/// The field that a message without issues is about: the people that a task names are looked up.
fn problem_of(words: &str) -> Option<Problem> {
    let field = match words {
        "Referenced Patient does not exist" => Field::Patient,
        "Referenced Practitioner does not exist or is inactive" => Field::Owner,
        _ => return None,
    };
    Some(Problem::at(field, format!("{words}.")))
}

/// A wait in words: seconds up to two minutes, else minutes.
fn wait(seconds: u64) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds / 60) }
}
