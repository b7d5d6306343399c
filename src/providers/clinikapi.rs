//! The ClinikAPI dialect as a conversation: which request comes next, and what the replies mean.
//!
//! Must not do IO, hold a key or guess what the contract leaves open without saying so. The JSON shapes live in
//! `envelope`, what is sent in `body`, what went wrong in `errors`, the writes in `write`, documents in `document`.

mod body;
mod document;
mod document_body;
mod draft;
mod envelope;
mod errors;
mod limits;
mod write;

pub use super::task_json::task_from_json;
pub use body::create_body;
pub use draft::draft_from_json;

use super::{
    Alive, Answer, ApiError, Call, ErrorKind, Facts, Page, Provider, Reply, SourceProfile, Step, TaskSearch,
    person_json,
    task_json::usable_task,
    wire::{CredentialSlot, Method, WireReply, WireRequest},
};
use crate::domain::{
    can::{Ahead, Can, Capability, FieldRule, Pace},
    people::PersonKind,
    priority::Priority,
    status::Status,
    task::{Field, Task},
};
/// The header that carries the key.
const KEY: CredentialSlot = CredentialSlot::Header("x-api-key");

/// The fields of a create body with their limits (contract §2.1).
const CREATE: &[FieldRule] = &[
    FieldRule::required(Field::Status),
    FieldRule::required(Field::Intent),
    FieldRule::free(Field::Priority),
    FieldRule::text(Field::Code, 200),
    FieldRule::text(Field::Description, 2000),
    FieldRule::free(Field::Patient),
    FieldRule::free(Field::Encounter),
    FieldRule::free(Field::Focus),
    FieldRule::free(Field::Requester),
    FieldRule::free(Field::Owner),
    FieldRule::free(Field::ExecutionPeriod),
    FieldRule::free(Field::AuthoredOn),
    FieldRule::text(Field::ReasonCode, 500),
    FieldRule::text(Field::StatusReason, 500),
    FieldRule::text(Field::BusinessStatus, 200),
    FieldRule::text(Field::Note, 2000),
    FieldRule::free(Field::BasedOn),
    FieldRule::free(Field::PartOf),
    FieldRule::free(Field::Input),
    FieldRule::free(Field::Output),
    FieldRule::free(Field::Restriction),
];

/// The fields of an update body; the limits are those of the create body (contract §2.1, U17).
const UPDATE: &[FieldRule] = &[
    FieldRule::free(Field::Status),
    FieldRule::free(Field::Priority),
    FieldRule::text(Field::Description, 2000),
    FieldRule::free(Field::Owner),
    FieldRule::free(Field::ExecutionPeriod),
    FieldRule::text(Field::StatusReason, 500),
    FieldRule::text(Field::BusinessStatus, 200),
    FieldRule::text(Field::Note, 2000),
    FieldRule::free(Field::Output),
];

/// Why there is no history.
const NO_HISTORY: &str = "ClinikAPI has no route that gives the earlier versions of a task.";

/// Which data store a key opens; one host serves both (contract §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Real patients.
    Live,
    /// The shared test store.
    Test,
    /// Neither prefix: it cannot be told.
    Unknown,
}

/// Which store a key opens, by its prefix alone, whatever the base URL is.
pub fn key_kind(key: &str) -> KeyKind {
    match key.trim() {
        key if key.starts_with("clk_live_") => KeyKind::Live,
        key if key.starts_with("clk_test_") => KeyKind::Test,
        _ => KeyKind::Unknown,
    }
}

/// One source that speaks ClinikAPI.
#[derive(Clone, Debug)]
pub struct ClinikApi {
    profile: SourceProfile,
}

/// Makes the adapter of a ClinikAPI source.
pub fn make(profile: SourceProfile) -> Box<dyn Provider> {
    Box::new(ClinikApi { profile })
}

impl Provider for ClinikApi {
    fn can(&self) -> Can {
        let statuses = Status::KNOWN.into_iter().filter(|status| *status != Status::EnteredInError);
        let most_pressing = [Priority::Stat, Priority::Asap, Priority::Urgent];
        let mut can = Can {
            create: CREATE,
            update: UPDATE,
            statuses: statuses.collect(),
            // Assumption (U15): the guide draws no step out of a status that has ended.
            free_steps: false,
            ahead: most_pressing.map(Ahead::Priority).into(),
            documents: Some(&document::RULES),
            pace: Pace { per_minute: 100, poll_floor_s: 60, search_lag_s: 10, gap_ms: 0 },
            ..Can::plain("ClinikAPI")
        };
        if self.profile.read_only {
            can.refuse_writes("This source is set to read only.");
        }
        if !self.profile.allow_delete {
            can.refuse(Capability::Delete, "Deleting is switched off for this source; use cancel instead.");
        }
        can.refuse(Capability::History, NO_HISTORY);
        can
    }

    fn step(&self, call: &Call, heard: &[WireReply]) -> Step {
        let step = match call {
            Call::SearchTasks { search, cursor, count } => {
                self.search_tasks(search, cursor.as_deref(), *count, heard)
            }
            Call::ReadTask { id } => self.read_task(id, heard),
            Call::CreateTask { draft, idempotency_key } => self.create_task(draft, idempotency_key, heard),
            Call::UpdateTask { base, patch, idempotency_key } => {
                self.update_task(base, patch, idempotency_key, heard)
            }
            Call::DeleteTask { id } => self.delete_task(id, heard),
            Call::FindCreated { draft, .. } => self.find_created(draft, heard),
            Call::ReadPerson { kind, id } => read_person(*kind, id, heard),
            Call::SearchPeople { kind, name } => search_people(*kind, name, heard),
            Call::Changes { .. } => Err(unsupported("ClinikAPI does not tell what changed.")),
            Call::ReadHistory { .. } => Err(unsupported(NO_HISTORY)),
            Call::Document(call) => self.document(call, heard),
            Call::Probe => probe(self.can(), heard),
        };
        step.unwrap_or_else(|error| Step::Done(Err(error)))
    }
}

/// What a step of one conversation comes to; an error ends it.
type Stepped = Result<Step, ApiError>;

impl ClinikApi {
    fn search_tasks(
        &self,
        search: &TaskSearch,
        cursor: Option<&str>,
        count: u16,
        heard: &[WireReply],
    ) -> Stepped {
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(search_request(search, cursor, count)));
        };
        let (page, facts) = self.page(reply, cursor, count)?;
        Ok(done(Reply::Page(page), facts))
    }

    /// The page that a search reply holds.
    fn page(
        &self,
        reply: &WireReply,
        sent_cursor: Option<&str>,
        count: u16,
    ) -> Result<(Page, Facts), ApiError> {
        let answer = errors::good(reply)?;
        let body = envelope::json(answer)?;
        let facts = envelope::facts(answer, Some(&body));
        let Some(listing) = envelope::listing(&body) else {
            return Err(errors::not_its_api(answer, &facts, "a list of tasks"));
        };
        let mut page = Page {
            next: listing.next_after(sent_cursor),
            is_cut: listing.is_cut(sent_cursor, count.clamp(1, 100)),
            total: listing.total,
            ..Page::default()
        };
        for row in listing.rows {
            if let Some(task) = usable_task(self.profile.source, row) {
                page.tasks.push(task);
            } else if let Some(person) = person_json::included(row) {
                page.people.push(person);
            } else {
                page.dropped += 1;
            }
        }
        Ok((page, facts))
    }

    fn read_task(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(task_request(Method::Get, id)?));
        };
        let (task, facts) = self.task_in(reply, Some(id))?;
        Ok(done(Reply::Task(Box::new(task)), facts))
    }

    /// The task that a reply holds, and that it is the one asked for: a stray answer must not pass for it.
    fn task_in(&self, reply: &WireReply, asked: Option<&str>) -> Result<(Task, Facts), ApiError> {
        let answer = errors::good(reply)?;
        let body = envelope::json(answer)?;
        let facts = envelope::facts(answer, Some(&body));
        let task = usable_task(self.profile.source, envelope::payload(&body))
            .ok_or_else(|| errors::not_its_api(answer, &facts, "a task"))?;
        if asked.is_some_and(|id| *id != *task.key.id) {
            return Err(errors::not_its_api(answer, &facts, "the task that was asked for"));
        }
        Ok((task, facts))
    }
}

/// The search request; one value a filter, since lists of values are not documented (U6).
fn search_request(search: &TaskSearch, cursor: Option<&str>, count: u16) -> WireRequest {
    let mut request = WireRequest::new(Method::Get, "/v1/tasks", KEY);
    let dates = [search.date_from, search.date_to].map(|date| date.map(|date| date.to_string()));
    let [date_from, date_to] = dates;
    let filters = [
        ("patientId", search.patient.as_deref()),
        ("ownerId", search.owner.as_deref()),
        ("requesterId", search.requester.as_deref()),
        ("status", search.status.as_deref()),
        ("priority", search.priority.as_deref()),
        ("code", search.code.as_deref()),
        ("dateFrom", date_from.as_deref()),
        ("dateTo", date_to.as_deref()),
        // Assumption (U7): `-date` is the only order ever shown; rows are sorted again here.
        ("sort", Some("-date")),
    ];
    for (name, value) in filters {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            request.query.push((name.to_owned(), value.to_owned()));
        }
    }
    request.query.push(("count".to_owned(), count.clamp(1, 100).to_string()));
    if let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) {
        request.query.push(("cursor".to_owned(), cursor.to_owned()));
    }
    request
}

fn task_request(method: Method, id: &str) -> Result<WireRequest, ApiError> {
    Ok(WireRequest::new(method, format!("/v1/tasks/{}", path_id(id)?), KEY))
}

/// An id that may stand in a path (contract §1.5); one that may not is refused before anything is sent.
fn path_id(id: &str) -> Result<&str, ApiError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    // `.` and `..` pass the character rule, and would be collapsed as path segments.
    if matches!(id.len(), 1..=128) && id.bytes().all(allowed) && !matches!(id, "." | "..") {
        return Ok(id);
    }
    Err(unsupported("This id cannot stand in a ClinikAPI address, so nothing was sent."))
}

fn collection(kind: PersonKind) -> &'static str {
    match kind {
        PersonKind::Patient => "/v1/patients",
        // Nothing here is owned by a list; what is asked for as one is a practitioner.
        PersonKind::Practitioner | PersonKind::List => "/v1/practitioners",
    }
}

fn read_person(kind: PersonKind, id: &str, heard: &[WireReply]) -> Stepped {
    let Some(reply) = heard.first() else {
        let path = format!("{}/{}", collection(kind), path_id(id)?);
        return Ok(Step::Ask(WireRequest::new(Method::Get, path, KEY)));
    };
    let answer = errors::good(reply)?;
    let body = envelope::json(answer)?;
    let facts = envelope::facts(answer, Some(&body));
    let person = person_json::usable(kind, envelope::payload(&body)).filter(|person| *person.id == *id);
    match person {
        Some(person) => Ok(done(Reply::Person(person), facts)),
        None => Err(errors::not_its_api(answer, &facts, "the person that was asked for")),
    }
}

fn search_people(kind: PersonKind, name: &str, heard: &[WireReply]) -> Stepped {
    let Some(reply) = heard.first() else {
        let mut request = WireRequest::new(Method::Get, collection(kind), KEY);
        if !name.trim().is_empty() {
            request.query.push(("name".to_owned(), name.trim().to_owned()));
        }
        request.query.push(("count".to_owned(), "100".to_owned()));
        return Ok(Step::Ask(request));
    };
    let answer = errors::good(reply)?;
    let body = envelope::json(answer)?;
    let facts = envelope::facts(answer, Some(&body));
    let listing =
        envelope::listing(&body).ok_or_else(|| errors::not_its_api(answer, &facts, "a list of people"))?;
    let people = listing.rows.iter().filter_map(|row| person_json::usable(kind, row)).collect();
    Ok(done(Reply::People(people), facts))
}

/// Is a server there (`/health`, without the key), and is it ClinikAPI and the key good (a search of one row).
fn probe(can: Can, heard: &[WireReply]) -> Stepped {
    let Some(health) = heard.first() else {
        return Ok(Step::Ask(WireRequest::new(Method::Get, "/health", CredentialSlot::None)));
    };
    let word = match errors::good(health).and_then(envelope::json) {
        Ok(body) => body.get("status").and_then(serde_json::Value::as_str).unwrap_or("unknown").to_owned(),
        // A gateway that hides the health route says nothing against the API behind it.
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Permission) => {
            "unknown".to_owned()
        }
        Err(error) => return Err(error),
    };
    let Some(search) = heard.get(1) else {
        return Ok(Step::Ask(search_request(&TaskSearch::default(), None, 1)));
    };
    let answer = errors::good(search)?;
    let body = envelope::json(answer)?;
    let facts = envelope::facts(answer, Some(&body));
    let listing =
        envelope::listing(&body).ok_or_else(|| errors::not_its_api(answer, &facts, "a list of tasks"))?;
    let tasks = listing.total.map(|total| format!(", {total} tasks")).unwrap_or_default();
    let word: String = word.chars().take(40).collect();
    let about = format!("ClinikAPI, health {word}{tasks}");
    Ok(done(Reply::Alive(Box::new(Alive { about, can, me: None, lore: None })), facts))
}

fn done(reply: Reply, facts: Facts) -> Step {
    Step::Done(Ok(Answer { reply, facts }))
}

fn unsupported(sentence: &str) -> ApiError {
    ApiError { kind: ErrorKind::Unsupported, status: None, sentence: sentence.to_owned(), request_id: None }
}

#[cfg(test)]
mod tests;
