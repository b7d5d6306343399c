//! What went wrong: a wrong key, a missing permission, an office that is offline and one that is too old are told apart.
//!
//! Must not pass on markup, a key or more than a line of what the server wrote.

use crate::{
    domain::{check::Problem, task::Field},
    providers::{
        ApiError, ErrorKind,
        answers::{self, is_markup, plain},
        wire::{Method, WireAnswer, WireReply, WireRequest},
    },
};
use serde_json::Value;

/// How long a 429 without a `Retry-After` is waited out (OD 11.9).
const PAUSE_S: u64 = 5;

/// What has to be known of a request to judge its answer.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    writes: bool,
    /// Whether it makes a row: nothing would tell a second one from the first.
    creates: bool,
    sets_status: bool,
    /// The version that brought the method to the API.
    since: &'static str,
    /// Whether the key has opened something before.
    pub(super) key_is_known: bool,
}

impl Asked {
    pub(super) fn of(request: &WireRequest, key_is_known: bool) -> Asked {
        let body = request.body.as_deref().unwrap_or_default();
        Asked {
            writes: request.method.writes(),
            creates: request.method == Method::Post,
            sets_status: body.contains("\"TaskStatus\""),
            since: since(request.method, &request.path),
            key_is_known,
        }
    }
}

/// The version of the office's program that brought a method (contract §2).
fn since(method: Method, path: &str) -> &'static str {
    let resource = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    match (method, resource) {
        (Method::Get, "tasks") if path == "/tasks" => "22.3.16",
        (Method::Get, "tasks") => "24.4.13",
        (Method::Post, "tasks") => "22.3.17",
        (_, "tasks") => "22.4.15",
        (_, "tasknotes") => "24.4.22",
        (_, "tasklists") => "22.3.15",
        (_, "securityperms") => "22.2",
        (_, "userods") => "21.3",
        (_, "signalods") => "21.2",
        _ => "21.1",
    }
}

/// The answer of a reply with a 2xx status; everything else is an error.
pub(super) fn good<'a>(reply: &'a WireReply, asked: &Asked) -> Result<&'a WireAnswer, ApiError> {
    let answer = answers::answered(reply)?;
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(refusal(answer, asked)) }
}

/// Whether an error says that the office does not know a method, or that there is nothing of the id: a too old office
/// says one or the other (contract §2, OD test 12).
pub(super) fn may_be_too_old(error: &ApiError) -> bool {
    matches!(error.kind, ErrorKind::Refused(_) | ErrorKind::NotFound | ErrorKind::Unsupported)
        && matches!(error.status, Some(400 | 404 | 405))
}

/// A good status whose body is not what was asked for.
pub(super) fn not_its_api(answer: &WireAnswer, wanted: &str) -> ApiError {
    ApiError {
        kind: ErrorKind::NotItsApi,
        status: Some(answer.status),
        sentence: format!("The answer does not hold {wanted} ({}).", answer.status),
        request_id: None,
    }
}

/// A call that makes no sense here; nothing was sent.
pub(super) fn unsupported(sentence: &str) -> ApiError {
    ApiError { kind: ErrorKind::Unsupported, status: None, sentence: sentence.to_owned(), request_id: None }
}

/// The error of a look through lists that did not reach the end.
pub(super) fn not_looked_through() -> ApiError {
    ApiError {
        kind: ErrorKind::Unknown,
        status: None,
        sentence: "The office has more tasks than were looked through; this one was not among them."
            .to_owned(),
        request_id: None,
    }
}

fn refusal(answer: &WireAnswer, asked: &Asked) -> ApiError {
    let text = String::from_utf8_lossy(&answer.body);
    let markup = is_markup(&text);
    let status = answer.status;
    // What is said of a key may hold the key.
    let said = if markup || status == 401 { String::new() } else { words(&text) };
    let too_old = || {
        let since = asked.since;
        (
            ErrorKind::Unsupported,
            format!("The office's Open Dental is too old for this, it needs {since} or later"),
        )
    };
    let (kind, what) = match status {
        300..=399 => return answers::redirect(answer, None),
        400 | 404 if is_offline(&said) => {
            (offline(asked), "The office is offline: Open Dental's service cannot reach it".to_owned())
        }
        400 if asked.sets_status && said.contains("TaskStatus") => (
            ErrorKind::Unsupported,
            "The office's Open Dental is too old to set a status here, it needs 24.2.10 or later".to_owned(),
        ),
        400 | 404 | 405 if is_about_a_method(&said) => too_old(),
        400 => {
            let fields = problems(&said);
            let what = if asked.writes || !fields.is_empty() {
                "Open Dental refused this".to_owned()
            } else if said.is_empty() {
                // Assumption (OD 2): the same, or its eConnector is down and a gateway dropped the words.
                let since = asked.since;
                format!(
                    "Open Dental refused this without a reason; the office may be offline, or older than {since}"
                )
            } else {
                // Assumption (OD 2): a read of our making is right, so an office that refuses it does not know it.
                format!("Open Dental refused this; the office may be older than {}", asked.since)
            };
            (ErrorKind::Refused(fields), what)
        }
        401 if asked.key_is_known && asked.writes => (
            ErrorKind::Permission,
            "This key may read but not write: it lacks Open Dental's permission AllOthers".to_owned(),
        ),
        401 if asked.key_is_known => (
            ErrorKind::Permission,
            "This key is known, but it lacks the permission for this (ReadAll)".to_owned(),
        ),
        401 => (
            ErrorKind::Credential,
            "Open Dental did not take the key; it is the developer key, a slash and the customer key"
                .to_owned(),
        ),
        403 if markup => {
            (ErrorKind::NotItsApi, "A web page came instead of an answer from Open Dental".to_owned())
        }
        403 => (ErrorKind::Permission, "This key may not do that".to_owned()),
        404 => (ErrorKind::NotFound, "Open Dental has nothing of this number".to_owned()),
        407 => (ErrorKind::NotItsApi, "A proxy on the way wants a sign-in".to_owned()),
        408 | 425 => (ErrorKind::Unknown, "Open Dental gave up waiting for the request".to_owned()),
        409 | 412 => (ErrorKind::Conflict(None), "This conflicts with what Open Dental holds now".to_owned()),
        410 => (ErrorKind::Unsupported, "Open Dental has taken this out of its API".to_owned()),
        413 => (ErrorKind::Refused(Vec::new()), "It is too large for Open Dental".to_owned()),
        429 => (
            ErrorKind::Paused { after_s: pause_s(answer) },
            "Open Dental asks for a pause, too many requests came at once".to_owned(),
        ),
        405..=499 => (ErrorKind::Refused(problems(&said)), "Open Dental refused this".to_owned()),
        504 => (ErrorKind::Unknown, "The office did not answer in time".to_owned()),
        _ if markup => {
            (ErrorKind::Unknown, "A gateway answered with an error page in place of Open Dental".to_owned())
        }
        _ => (ErrorKind::Unknown, "Open Dental failed".to_owned()),
    };
    let reason = if said.is_empty() { reason(status) } else { "" };
    let sentence = match said.trim_end_matches('.') {
        "" => format!("{what} ({status}{reason})."),
        words if words.ends_with(['…', '!', '?']) => format!("{what} ({status}): {words}"),
        words => format!("{what} ({status}): {words}."),
    };
    ApiError { kind, status: Some(status), sentence, request_id: None }
}

/// A write to an office that could not be reached was not done; only a create is not trusted to that: sent again, it would
/// make two.
fn offline(asked: &Asked) -> ErrorKind {
    if asked.writes && !asked.creates { ErrorKind::NotSent } else { ErrorKind::Unknown }
}

/// How long to wait: as the server says, else five seconds (OD 11.9).
fn pause_s(answer: &WireAnswer) -> u64 {
    if answer.header("retry-after").is_some() { answers::pause_s(answer) } else { PAUSE_S }
}

/// A line of the server's own words: a JSON text, an object's message in any case, or plain text (OD 11.1).
fn words(body: &str) -> String {
    let body = body.trim_start_matches('\u{feff}').trim();
    let text = match serde_json::from_str::<Value>(body) {
        Ok(Value::String(text)) => text,
        Ok(Value::Object(fields)) => {
            let named = |wanted: &str| {
                let mut found = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
                found.find_map(|(_, value)| value.as_str())
            };
            ["message", "error", "title", "detail"].into_iter().find_map(named).unwrap_or_default().to_owned()
        }
        Ok(_) => String::new(),
        Err(_) => body.to_owned(),
    };
    // Some answers repeat the header that they did not like.
    let mut text_words = Vec::new();
    let mut after_scheme = false;
    for word in text.split_whitespace() {
        text_words.push(if after_scheme { "…" } else { word });
        after_scheme =
            word.trim_matches(|letter: char| !letter.is_alphanumeric()).eq_ignore_ascii_case("odfhir");
    }
    plain(&text_words.join(" "))
}

/// Whether the words tell of a line that is cut, not of a mistake. Assumption (OD 11.1): the wording is unknown.
fn is_offline(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    [
        "econnector",
        "offline",
        "not connected",
        "cannot be reached",
        "could not be reached",
        "unreachable",
        "unable to connect",
        "could not connect",
        "no connection",
    ]
    .into_iter()
    .any(|sign| said.contains(sign))
}

/// Whether the words tell of a method that is not there. Assumption (OD 11.1): the wording is unknown.
fn is_about_a_method(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["method", "version", "not supported", "endpoint", "no such resource"]
        .into_iter()
        .any(|sign| said.contains(sign))
}

/// The fields that the words name, each with the words; none where they name none.
fn problems(said: &str) -> Vec<Problem> {
    let names = [
        ("TaskListNum", Field::Owner),
        ("DescriptOverride", Field::ShortDescription),
        ("Descript", Field::Description),
        ("TaskStatus", Field::Status),
        ("KeyNum", Field::Patient),
        ("ObjectType", Field::Patient),
        ("DateTimeEntry", Field::Restriction),
        ("PriorityDefNum", Field::Priority),
        ("Note", Field::Note),
    ];
    let mut found = names.into_iter().filter(|(name, _)| {
        said.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| word == *name)
    });
    let sentence = if said.ends_with(['.', '!', '?', '…']) { said.to_owned() } else { format!("{said}.") };
    let first =
        found.next().map(|(name, field)| Problem { field: Some(field), path: name.to_owned(), sentence });
    first.into_iter().collect()
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => " Bad Request",
        401 => " Unauthorized",
        404 => " Not Found",
        410 => " Gone",
        429 => " Too Many Requests",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        _ => "",
    }
}
