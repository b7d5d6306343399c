//! OmniEHR as a conversation: FHIR's task under its own ways of signing in, filtering and writing.
//!
//! Must not do IO, hold a password or trust a filter: what the server ignored is filtered again here. What it says
//! wrong stands in `errors`, roles in `role`, what is sent in `body`.

mod body;
mod errors;
mod list;
mod people;
mod probe;
mod role;
mod write;

use super::{done, errors as fhir_errors, given::body_text, map, unsupported};
use crate::{
    domain::{
        can::{Can, Capability, FieldRule, Pace},
        task::{DueFrom, Field, Task},
    },
    providers::{
        ApiError, Call, Lore, Provider, Reply, SourceProfile, Step, json,
        wire::{CredentialSlot, Method, WireAnswer, WireReply, WireRequest},
    },
};
use role::Known;
use serde_json::Value;

/// The system's name for people.
const SYSTEM: &str = "OmniEHR";

/// Requests must say this type: under FHIR's own a body is not read, and every field counts as missing.
const JSON: &str = "application/json";

/// The most rows that a list of tasks holds; it says nothing of what lies beyond.
const LIST_CAP: usize = 300;

/// The fields of a create body (contract §1.3); everything else is dropped without a word.
const CREATE: &[FieldRule] = &[
    FieldRule::free(Field::Status),
    FieldRule::free(Field::Intent),
    FieldRule::free(Field::Priority),
    FieldRule::free(Field::Code),
    FieldRule::required(Field::Description),
    FieldRule::required(Field::Patient),
    FieldRule::free(Field::Owner),
    FieldRule::free(Field::ExecutionPeriod),
    FieldRule::free(Field::AuthoredOn),
    FieldRule::free(Field::Note),
];

/// The fields of an update.
const UPDATE: &[FieldRule] = &[
    FieldRule::free(Field::Status),
    FieldRule::free(Field::Intent),
    FieldRule::free(Field::Priority),
    FieldRule::free(Field::Code),
    FieldRule::required(Field::Description),
    FieldRule::free(Field::Owner),
    FieldRule::free(Field::ExecutionPeriod),
    FieldRule::free(Field::Note),
];

const NO_HISTORY: &str = "OmniEHR keeps no earlier versions of a task.";
const NO_DELETE: &str = "OmniEHR has no way to delete a task; use cancel instead.";
const NO_DOCUMENT: &str = "OmniEHR has no Composition and no DocumentReference.";
const NO_CHANGES: &str = "OmniEHR does not tell what changed.";
const SAME_PATIENT: &str = "A task stays with its patient here; make a new one for another patient.";
const SAME_BEGINNING: &str = "The time at which a task was asked for stays as it was.";

/// One source that speaks OmniEHR.
#[derive(Clone, Debug)]
pub struct OmniEhr {
    profile: SourceProfile,
    /// Who is signed in; none before the first probe.
    known: Option<Known>,
}

/// Makes the adapter of an OmniEHR source; its base URL ends with `/api`.
pub fn make(profile: SourceProfile) -> Box<dyn Provider> {
    Box::new(OmniEhr { profile, known: None })
}

impl Provider for OmniEhr {
    fn can(&self) -> Can {
        let mut can = Can {
            create: CREATE,
            update: UPDATE,
            due: DueFrom::ExecutionPeriod,
            probe_first: true,
            page_count: LIST_CAP as u16,
            pace: Pace { per_minute: 60, poll_floor_s: 60, search_lag_s: 0, gap_ms: 0 },
            ..Can::plain(SYSTEM)
        };
        if self.profile.read_only {
            can.refuse_writes("This source is set to read only.");
        }
        if let Some(known) = &self.known {
            known.correct(&mut can);
        }
        can.refuse(Capability::History, NO_HISTORY);
        can.refuse(Capability::Delete, NO_DELETE);
        can.refuse(Capability::Document, NO_DOCUMENT);
        can.refused_fields.insert(Field::Patient, SAME_PATIENT.to_owned());
        can.refused_fields.insert(Field::AuthoredOn, SAME_BEGINNING.to_owned());
        can
    }

    fn step(&self, call: &Call, heard: &[WireReply]) -> Step {
        let step = match call {
            Call::SearchTasks { search, cursor, .. } => self.search_tasks(search, cursor.as_deref(), heard),
            Call::ReadTask { id } => self.read_task(id, heard),
            Call::CreateTask { draft, .. } => self.create_task(draft, heard),
            Call::UpdateTask { base, patch, .. } => self.update_task(base, patch, heard),
            Call::FindCreated { draft, .. } => self.find_created(draft, heard),
            Call::ReadPerson { kind, id } => self.read_person(*kind, id, heard),
            Call::SearchPeople { kind, name } => self.search_people(*kind, name, heard),
            Call::DeleteTask { .. } => Err(unsupported(NO_DELETE)),
            Call::ReadHistory { .. } => Err(unsupported(NO_HISTORY)),
            Call::Changes { .. } => Err(unsupported(NO_CHANGES)),
            Call::Document(_) => Err(unsupported(NO_DOCUMENT)),
            Call::Probe => self.probe(heard),
        };
        step.unwrap_or_else(|error| Step::Done(Err(error)))
    }

    fn taught(&self, lore: &Lore) -> Option<Box<dyn Provider>> {
        let known = Some(Known::read(lore)?);
        Some(Box::new(OmniEhr { profile: self.profile.clone(), known }))
    }

    fn sign_in(&self) -> Option<WireRequest> {
        let slot = CredentialSlot::SignIn { name: "email", password: "password" };
        let mut request = WireRequest::new(Method::Post, "/auth/login", slot);
        request.headers.push(("Accept", JSON.to_owned()));
        put_json(&mut request, "{}".to_owned());
        Some(request)
    }

    fn token(&self, reply: &WireReply) -> Result<String, ApiError> {
        let (answer, body) = heard_json(reply).map_err(errors::of_sign_in)?;
        let token = body.get("token").and_then(Value::as_str).filter(|token| !token.trim().is_empty());
        token.map(str::to_owned).ok_or_else(|| fhir_errors::not_its_api(answer, "a token"))
    }
}

/// What a step of one conversation comes to; an error ends it.
type Stepped = Result<Step, ApiError>;

impl OmniEhr {
    fn read_task(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(ask(task_path(id)?)));
        };
        let (answer, task, _) = self.task_in(reply, Some(id))?;
        Ok(done(Reply::Task(Box::new(task)), fhir_errors::facts(answer)))
    }

    /// The task that a reply holds, with its text, and that it is the one asked for: a stray answer must not pass for
    /// it.
    fn task_in<'a>(
        &self,
        reply: &'a WireReply,
        asked: Option<&str>,
    ) -> Result<(&'a WireAnswer, Task, String), ApiError> {
        let (answer, body) = heard_json(reply)?;
        let text = body_text(answer);
        let task = map::task_of(self.profile.source, &text, &body).map(finished);
        let task = task.ok_or_else(|| fhir_errors::not_its_api(answer, "a task"))?;
        if asked.is_some_and(|id| !task.key.id.eq_ignore_ascii_case(id)) {
            return Err(fhir_errors::not_its_api(answer, "the task that was asked for"));
        }
        Ok((answer, task, text))
    }

    /// The user's own id: what the config says, else what the server said.
    fn me(&self) -> Option<&str> {
        self.profile.me.as_deref().or_else(|| self.known.as_ref().and_then(Known::me))
    }

    fn role(&self) -> Option<&role::Role> {
        self.known.as_ref().map(|known| &known.role)
    }
}

/// A task with the time of its last change for a version: the version id is "0" whatever happened.
fn finished(task: Task) -> Task {
    let version = task.last_modified.as_ref().map(|time| time.raw().into());
    Task { version, due_from: Some(DueFrom::ExecutionPeriod), ..task }
}

/// A reading request within the session.
fn ask(path: impl Into<String>) -> WireRequest {
    let mut request = WireRequest::new(Method::Get, path, CredentialSlot::Session);
    request.headers.push(("Accept", JSON.to_owned()));
    request
}

fn put_json(request: &mut WireRequest, body: String) {
    request.headers.push(("Content-Type", JSON.to_owned()));
    request.body = Some(body);
}

fn task_path(id: &str) -> Result<String, ApiError> {
    Ok(format!("/fhir/Task/{}", path_id(id)?))
}

/// Whether a text is an id of this system: the 24 hexadecimal digits of its store.
fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn path_id(id: &str) -> Result<&str, ApiError> {
    if is_id(id) {
        return Ok(id);
    }
    Err(unsupported("This is no id of OmniEHR, which has 24 hexadecimal digits, so nothing was sent."))
}

/// The JSON of a good answer.
fn heard_json(reply: &WireReply) -> Result<(&WireAnswer, Value), ApiError> {
    let answer = errors::good(reply)?;
    Ok((answer, json::body(answer, SYSTEM)?))
}

#[cfg(test)]
mod tests;
