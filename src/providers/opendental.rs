//! The Open Dental dialect as a conversation: which request comes next, and what the replies mean.
//!
//! Must not do IO, hold a key or guess what the contract leaves open without saying so. What the source can do lives in
//! `can`, the lists in `list`, rows in `map`, what is sent in `body`, the writes in `write`, what went wrong in `errors`.

mod body;
mod can;
mod errors;
mod list;
mod lore;
mod map;
mod notes;
mod people;
mod probe;
mod row;
mod signals;
mod talk;
mod times;
mod write;

use super::{
    Answer, ApiError, Call, Facts, Lore, Provider, Reply, SourceProfile, Step, json,
    wire::{CredentialSlot, Method, WireAnswer, WireReply, WireRequest},
};
use crate::domain::{
    can::{Can, Capability},
    time::http_date,
};
use errors::Asked;
use lore::Office;
use serde_json::Value;
use talk::{Stop, Talk};

/// The system's name.
const SYSTEM: &str = "Open Dental";

/// The key of the application and that of the office, with a slash between.
const KEY: CredentialSlot = CredentialSlot::Authorization("ODFHIR");

/// Why there is no history.
const NO_HISTORY: &str = "Open Dental keeps every edit of a task, but its API does not give them.";

/// One source that speaks Open Dental's API.
#[derive(Clone, Debug)]
pub struct OpenDental {
    profile: SourceProfile,
    /// What the office said about itself, once it was probed.
    lore: Option<Office>,
}

/// Makes the adapter of an Open Dental source.
pub fn make(profile: SourceProfile) -> Box<dyn Provider> {
    Box::new(OpenDental { profile, lore: None })
}

impl Provider for OpenDental {
    fn can(&self) -> Can {
        self.what_it_can()
    }

    fn step(&self, call: &Call, heard: &[WireReply]) -> Step {
        let mut talk = Talk::new(heard, self.lore.is_some());
        let outcome = match call {
            Call::SearchTasks { search, cursor, count } => {
                self.search_tasks(&mut talk, search, cursor.as_deref(), *count)
            }
            Call::ReadTask { id } => self.read_task(&mut talk, id),
            Call::CreateTask { draft, .. } => self.create_task(&mut talk, draft),
            Call::UpdateTask { base, patch, .. } => self.update_task(&mut talk, base, patch),
            Call::DeleteTask { .. } => Err(errors::unsupported(can::NO_DELETE).into()),
            Call::FindCreated { draft, .. } => self.find_created(&mut talk, draft),
            Call::ReadPerson { kind, id } => self.read_person(&mut talk, *kind, id),
            Call::SearchPeople { kind, name } => self.search_people(&mut talk, *kind, name),
            Call::Changes { since } => self.changes(&mut talk, since.as_deref()),
            Call::ReadHistory { .. } => Err(errors::unsupported(NO_HISTORY).into()),
            Call::Document(_) => Err(errors::unsupported(can::NO_DOCUMENT).into()),
            Call::Probe => self.probe(&mut talk),
        };
        match outcome {
            Ok(answer) => Step::Done(Ok(answer)),
            Err(stop) => stop.step(),
        }
    }

    fn taught(&self, lore: &Lore) -> Option<Box<dyn Provider>> {
        let office: Office = serde_json::from_str(&lore.0).ok()?;
        Some(Box::new(OpenDental { profile: self.profile.clone(), lore: Some(office) }))
    }
}

/// What a conversation comes to.
type Told<T = Answer> = Result<T, Stop>;

/// An office of which nothing is known.
static UNKNOWN_OFFICE: std::sync::LazyLock<Office> = std::sync::LazyLock::new(Office::default);

impl OpenDental {
    /// What is known of the office.
    fn office(&self) -> &Office {
        self.lore.as_ref().unwrap_or(&UNKNOWN_OFFICE)
    }

    /// Refuses what the source may not do before anything is sent.
    fn allow(&self, capability: Capability) -> Result<(), ApiError> {
        self.can().may(capability).map_err(errors::unsupported)
    }
}

/// A request without a body. The content type is wanted on reads, too (contract §1).
fn request(method: Method, path: impl Into<String>) -> WireRequest {
    let mut request = WireRequest::new(method, path, KEY);
    request.headers.push(("Content-Type", "application/json".to_owned()));
    request
}

/// A reading request with these query pairs.
fn get(path: impl Into<String>, query: &[(&str, &str)]) -> WireRequest {
    let mut request = request(Method::Get, path);
    request.query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    request
}

/// A writing request with a JSON body.
fn send(method: Method, path: impl Into<String>, body: &Value) -> WireRequest {
    let mut request = request(method, path);
    request.body = Some(body.to_string());
    request
}

/// A number that may stand in a path; anything else is refused before it is sent.
fn path_number(id: &str) -> Result<&str, ApiError> {
    if !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(id);
    }
    Err(errors::unsupported("Open Dental's ids are numbers and this is none, so nothing was sent."))
}

/// Asks, and gives the good answer with its JSON.
fn ask<'a>(talk: &mut Talk<'a>, request: WireRequest) -> Told<(&'a WireAnswer, Value)> {
    let asked = Asked::of(&request, talk.key_is_known(request.method.writes()));
    let reply = talk.hear(request)?;
    let answer = errors::good(reply, &asked)?;
    talk.note_good();
    Ok((answer, json::body(answer, SYSTEM)?))
}

/// What an answer says beside its body.
fn facts(answer: &WireAnswer) -> Facts {
    Facts { server_time: answer.header("date").and_then(http_date), ..Facts::default() }
}

fn told(reply: Reply, facts: Facts) -> Answer {
    Answer { reply, facts }
}

#[cfg(test)]
mod tests;
