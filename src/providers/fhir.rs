//! FHIR R4 as a conversation: which request comes next, and what the replies mean.
//!
//! Must not do IO, hold a key or take a server's silence for a "no". What a resource says is read in `map`, what is
//! written in `edit` byte by byte through `raw`, bundles in `bundle`, errors in `errors`, the writes in `write`, documents in
//! `composition` and, where a server has none, in `document_reference`.

mod bundle;
mod capability;
mod composition;
mod composition_edit;
mod document_reference;
mod edit;
mod errors;
mod given;
mod map;
mod mark;
pub mod omniehr;
mod people;
mod write;

pub use map::task_from_text;

use super::{
    Alive, Answer, ApiError, Call, ErrorKind, Facts, Lore, Page, Provider, Reply, SourceProfile, Step,
    TaskSearch,
    wire::{CredentialSlot, Method, WireReply, WireRequest},
};
use crate::domain::{can::Can, task::Task};
use capability::Known;
use given::body_text;

/// The system's name for people.
const SYSTEM: &str = "FHIR R4";

/// The media type of requests and answers.
const MEDIA_TYPE: &str = "application/fhir+json";

/// How many rows are asked for at once where a server gives no way from page to page.
const MOST_AT_ONCE: u16 = 5_000;

/// How many pages of earlier versions are read.
const MAX_HISTORY_PAGES: usize = 5;

/// The people of a task that a search brings along, by their search parameters.
const INCLUDES: [&str; 3] = ["patient", "owner", "requester"];

/// One source that speaks FHIR.
#[derive(Clone, Debug)]
pub struct Fhir {
    profile: SourceProfile,
    known: Known,
}

/// Makes the adapter of a FHIR R4 source.
pub fn make(profile: SourceProfile) -> Box<dyn Provider> {
    Box::new(Fhir { profile, known: Known::default() })
}

impl Provider for Fhir {
    fn can(&self) -> Can {
        self.what_it_can()
    }

    fn step(&self, call: &Call, heard: &[WireReply]) -> Step {
        let step = match call {
            Call::SearchTasks { search, cursor, count } => {
                self.search_tasks(search, cursor.as_deref(), *count, heard)
            }
            Call::ReadTask { id } => self.read_task(id, heard),
            Call::CreateTask { draft, idempotency_key } => self.create_task(draft, idempotency_key, heard),
            Call::UpdateTask { base, patch, .. } => self.update_task(base, patch, heard),
            Call::DeleteTask { id } => self.delete_task(id, heard),
            Call::FindCreated { draft, idempotency_key } => self.find_created(draft, idempotency_key, heard),
            Call::ReadPerson { kind, id } => people::read_person(*kind, id, heard),
            Call::SearchPeople { kind, name } => people::search_people(*kind, name, heard),
            Call::Changes { .. } => Err(unsupported("A FHIR server does not tell what changed.")),
            Call::ReadHistory { id } => self.read_history(id, heard),
            Call::Document(call) => self.document(call, heard),
            Call::Probe => self.probe(heard),
        };
        step.unwrap_or_else(|error| Step::Done(Err(error)))
    }

    fn taught(&self, lore: &Lore) -> Option<Box<dyn Provider>> {
        Some(Box::new(Fhir { known: Known::from_lore(lore)?, ..self.clone() }))
    }
}

fn request(method: Method, path: impl Into<String>) -> WireRequest {
    let mut request = WireRequest::new(method, path, CredentialSlot::Authorization("Bearer"));
    request.headers.push(("Accept", MEDIA_TYPE.to_owned()));
    request
}

/// What a step of one conversation comes to; an error ends it.
type Stepped = Result<Step, ApiError>;

impl Fhir {
    /// A task with what the user's configuration says of it.
    fn finished(&self, task: Task) -> Task {
        Task { due_from: self.profile.due_from, ..task }
    }

    fn search_tasks(
        &self,
        search: &TaskSearch,
        cursor: Option<&str>,
        count: u16,
        heard: &[WireReply],
    ) -> Stepped {
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(self.search_request(search, cursor, count)));
        };
        let (page, facts) = self.page(reply, cursor)?;
        // Some keep to the size that was asked for and give no link to the rest: all of it is asked for at once.
        if let (1, true, Some(total)) = (heard.len(), is_first_of_more(&page, cursor), page.total)
            && total <= u64::from(MOST_AT_ONCE)
        {
            let count = u16::try_from(total).unwrap_or(MOST_AT_ONCE);
            return Ok(Step::Ask(self.search_request(search, None, count)));
        }
        // Where that fails, the part that came is better than nothing; it says that it is cut.
        let (page, facts) =
            heard.get(1).and_then(|whole| self.page(whole, None).ok()).unwrap_or((page, facts));
        Ok(done(Reply::Page(page), facts))
    }

    /// The search request; the next page is asked for by the link that the server gave, as given.
    fn search_request(&self, search: &TaskSearch, cursor: Option<&str>, count: u16) -> WireRequest {
        let mut request = request(Method::Get, "/Task");
        if let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) {
            request.url = Some(cursor.to_owned());
            return request;
        }
        let mut ask = |name: &str, value: String| request.query.push((name.to_owned(), value));
        ask("_count", count.max(1).to_string());
        if !self.known.refuses_shapes {
            if self.known.takes("authored-on") {
                ask("_sort", "-authored-on".to_owned());
            }
            for include in INCLUDES.into_iter().filter(|include| self.known.includes(include)) {
                ask("_include", format!("Task:{include}"));
            }
        }
        let typed = |id: &Option<String>, kind: &str| id.as_deref().map(|id| edit::typed(id, kind));
        let day = |sign: &str, date: Option<jiff::civil::Date>| date.map(|date| format!("{sign}{date}"));
        let filters = [
            ("patient", typed(&search.patient, "Patient")),
            ("owner", typed(&search.owner, "Practitioner")),
            ("requester", typed(&search.requester, "Practitioner")),
            ("status", search.status.clone()),
            ("priority", search.priority.clone()),
            ("code", search.code.clone()),
            ("authored-on", day("ge", search.date_from)),
            ("authored-on", day("le", search.date_to)),
        ];
        for (name, value) in filters {
            // What a server does not know it may refuse, or answer with nothing: it is filtered here then.
            if let Some(value) = value.filter(|value| !value.is_empty() && self.known.takes(name)) {
                ask(name, value);
            }
        }
        request
    }

    /// The page that a search reply holds.
    fn page(&self, reply: &WireReply, sent_cursor: Option<&str>) -> Result<(Page, Facts), ApiError> {
        let answer = errors::good(reply).map_err(|error| match sent_cursor {
            None => errors::of_a_list(error),
            Some(_) => error,
        })?;
        let body = errors::json(answer)?;
        let found = bundle::read(self.profile.source, &body_text(answer), &body)
            .ok_or_else(|| errors::not_its_api(answer, "a list of tasks"))?;
        let stands_still = found.next.is_some() && found.next.as_deref() == sent_cursor;
        let n_entries = found.tasks.len() as u64 + u64::from(found.dropped);
        let is_short = sent_cursor.is_none()
            && found.next.is_none()
            && found.total.is_some_and(|total| total > n_entries);
        let page = Page {
            tasks: found.tasks.into_iter().map(|task| self.finished(task)).collect(),
            next: found.next.filter(|_| !stands_still),
            is_cut: stands_still || is_short,
            total: found.total,
            dropped: found.dropped,
            complaints: found.complaints,
            people: found.people,
        };
        Ok((page, errors::facts(answer)))
    }

    fn read_task(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(write::task_request(Method::Get, id)?));
        };
        let given = self.given(reply, Some(id))?;
        Ok(done(Reply::Task(Box::new(given.resource)), given.facts))
    }

    fn read_history(&self, id: &str, heard: &[WireReply]) -> Stepped {
        if heard.is_empty() {
            self.can().may(crate::domain::can::Capability::History).map_err(unsupported)?;
            return Ok(Step::Ask(request(Method::Get, format!("/Task/{}/_history", path_id(id)?))));
        }
        let mut versions = Vec::new();
        let mut next = None;
        let mut facts = Facts::default();
        for reply in heard {
            let answer = errors::good(reply)?;
            let body = errors::json(answer)?;
            versions.extend(bundle::versions(self.profile.source, &body_text(answer), &body));
            next = bundle::next_link(&body);
            facts = errors::facts(answer);
        }
        if let Some(next) = next.filter(|_| heard.len() < MAX_HISTORY_PAGES) {
            let mut request = request(Method::Get, format!("/Task/{}/_history", path_id(id)?));
            request.url = Some(next);
            return Ok(Step::Ask(request));
        }
        let versions = bundle::newest_first(versions);
        let versions = versions.into_iter().filter(|task| *task.key.id == *id);
        Ok(done(Reply::History(versions.map(|task| self.finished(task)).collect()), facts))
    }

    /// Is it a FHIR server and what does it offer (`/metadata`), and is the key good (a search of one row).
    fn probe(&self, heard: &[WireReply]) -> Stepped {
        let Some(metadata) = heard.first() else {
            return Ok(Step::Ask(request(Method::Get, "/metadata")));
        };
        let mut known = known_from(metadata)?;
        let Some(search) = heard.get(1) else {
            return Ok(Step::Ask(self.trial(known)));
        };
        let mut trial = search;
        // A strict server says no to what it does not know; a plain search tells whether that was all.
        let is_refused = |reply: &WireReply| matches!(errors::good(reply), Err(error) if matches!(error.kind, ErrorKind::Refused(_)));
        if is_refused(search) {
            known.refuses_shapes = true;
            match heard.get(2) {
                None => return Ok(Step::Ask(self.trial(known))),
                Some(again) => trial = again,
            }
        }
        let (page, facts) = self.page(trial, None)?;
        let tasks = page.total.map(|total| format!(", {total} tasks")).unwrap_or_default();
        let about = format!("{}{tasks}", known.about);
        let lore = known.lore();
        let can = Fhir { known, ..self.clone() }.what_it_can();
        Ok(done(Reply::Alive(Box::new(Alive { about, can, me: None, lore })), facts))
    }

    fn trial(&self, known: Known) -> WireRequest {
        Fhir { known, ..self.clone() }.search_request(&TaskSearch::default(), None, 1)
    }
}

/// Whether a first page has fewer rows than there are, and no way to the others.
fn is_first_of_more(page: &Page, sent_cursor: Option<&str>) -> bool {
    sent_cursor.is_none() && page.next.is_none() && page.is_cut && !page.tasks.is_empty()
}

/// An id that FHIR allows; one that may not stand in a path is refused before anything is sent.
fn path_id(id: &str) -> Result<&str, ApiError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    // `.` and `..` pass the character rule, and would be collapsed as path segments.
    if matches!(id.len(), 1..=64) && id.bytes().all(allowed) && !matches!(id, "." | "..") {
        return Ok(id);
    }
    Err(unsupported("This id is not one of FHIR's, so nothing was sent."))
}

/// What the reply to `/metadata` tells; a server without it may still be good.
fn known_from(metadata: &WireReply) -> Result<Known, ApiError> {
    let silent = || Known { about: format!("{SYSTEM}, no CapabilityStatement"), ..Known::default() };
    let answer = match errors::good(metadata) {
        Ok(answer) => answer,
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Unsupported) => {
            return Ok(silent());
        }
        Err(error) => return Err(error),
    };
    let body = errors::json(answer)?;
    // Some take the word for a kind of resource and answer with an empty list of them.
    let is_fhir = body.get("resourceType").is_some();
    Known::from_statement(&body)
        .or_else(|| is_fhir.then(silent))
        .ok_or_else(|| errors::not_its_api(answer, "a CapabilityStatement"))
}

fn done(reply: Reply, facts: Facts) -> Step {
    Step::Done(Ok(Answer { reply, facts }))
}

fn unsupported(sentence: &str) -> ApiError {
    ApiError { kind: ErrorKind::Unsupported, status: None, sentence: sentence.to_owned(), request_id: None }
}

#[cfg(test)]
mod tests;
