//! Lists of tasks: what OmniEHR filters by itself, what is filtered again here, and what lies beyond its cap.
//!
//! Must not send a list of values (it finds nothing) or call a list whole that came with as many rows as one can hold.

use super::{
    LIST_CAP, OmniEhr, Stepped, ask, done, errors, fhir_errors, finished, heard_json, is_id, role::Role,
};
use crate::{
    domain::{people::Reference, priority::Priority, status::Status, task::Task},
    providers::{
        ApiError, ErrorKind, Facts, Page, Reply, Step, TaskSearch,
        fhir::{bundle, given::body_text},
        wire::{WireReply, WireRequest},
        writing,
    },
};
use std::collections::HashSet;

/// The cursor of what follows a full list: the open work, asked for status by status.
const OPEN_WORK: &str = "open";

impl OmniEhr {
    pub(super) fn search_tasks(
        &self,
        search: &TaskSearch,
        cursor: Option<&str>,
        heard: &[WireReply],
    ) -> Stepped {
        if cursor == Some(OPEN_WORK) {
            return self.open_work(search, heard);
        }
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(self.list_request(search, search.status.as_deref())));
        };
        let mut list = self.list_in(reply, search)?;
        if list.page.is_cut && sendable(search.status.as_deref()).is_none() {
            list.page.next = Some(OPEN_WORK.to_owned());
        }
        Ok(done(Reply::Page(list.page), list.facts))
    }

    /// The open work beyond the cap, in one page: one list for each open status. As pages of their own the first without
    /// a new task would end the sweep.
    fn open_work(&self, search: &TaskSearch, heard: &[WireReply]) -> Stepped {
        let mut open = Status::KNOWN.into_iter().filter(Status::is_open);
        let mut all = Page { is_cut: true, ..Page::default() };
        let mut facts = Facts::default();
        let mut seen = HashSet::new();
        for reply in heard {
            open.next();
            let list = self.list_in(reply, search)?;
            all.tasks.extend(list.page.tasks.into_iter().filter(|task| seen.insert(task.key.clone())));
            all.people.extend(list.page.people);
            all.dropped += list.page.dropped;
            all.complaints.extend(list.page.complaints);
            facts = list.facts;
        }
        match open.next() {
            Some(status) => Ok(Step::Ask(self.list_request(search, Some(status.as_str())))),
            None => Ok(done(Reply::Page(all), facts)),
        }
    }

    /// Looks for what a lost create made among the patient's tasks (RELIABILITY §3.4). A list that may be cut proves
    /// nothing by what it lacks.
    pub(super) fn find_created(&self, draft: &Task, heard: &[WireReply]) -> Stepped {
        let draft = &self.prepared(draft);
        let patient = draft.patient.as_ref().map(|patient| patient.id().to_owned());
        let search = TaskSearch { patient, ..TaskSearch::default() };
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(self.list_request(&search, None)));
        };
        let List { page, facts } = self.list_in(reply, &search)?;
        let like = |task: &Task| writing::looks_like(task, draft) && writing::may_be_of(task, draft);
        let candidates: Vec<Task> = page.tasks.into_iter().filter(like).collect();
        if candidates.is_empty() && page.is_cut {
            return Err(ApiError {
                kind: ErrorKind::Unknown,
                status: None,
                sentence: format!(
                    "The task is not among the {LIST_CAP} of its patient that OmniEHR lists; there may be more, so it \
                     may have been made."
                ),
                request_id: None,
            });
        }
        Ok(done(Reply::tasks_found(candidates), facts))
    }

    /// The request of a list. Only what the server is known to filter by is sent: one status, one patient, one owner.
    fn list_request(&self, search: &TaskSearch, status: Option<&str>) -> WireRequest {
        let mut request = ask("/fhir/Task");
        let mut push = |name: &str, value: String| request.query.push((name.to_owned(), value));
        if let Some(status) = sendable(status) {
            push("status", status.to_owned());
        }
        // Assumption (FHIR 5.1): the patient's parameter is `for`; another name gives everything back, which is then
        // filtered here.
        if let Some(id) = search.patient.as_deref().map(bare_id).filter(|id| is_id(id)) {
            push("for", format!("Patient/{id}"));
        }
        if let Some(id) = search.owner.as_deref().map(bare_id).filter(|id| is_id(id) && self.may_ask_for(id))
        {
            push("owner", format!("Practitioner/{id}"));
        }
        request
    }

    /// A practitioner who asks for a colleague's tasks is refused, although the true answer is that she sees none.
    fn may_ask_for(&self, owner: &str) -> bool {
        let own =
            |known: &super::Known| known.role != Role::Practitioner || known.id.eq_ignore_ascii_case(owner);
        self.known.as_ref().is_none_or(own)
    }

    /// The rows of a list that fit what was asked. Assumption (FHIR 5.2): no filter is trusted.
    fn list_in(&self, reply: &WireReply, search: &TaskSearch) -> Result<List, ApiError> {
        let (answer, body) = heard_json(reply).map_err(errors::of_a_route)?;
        let found = bundle::read(self.profile.source, &body_text(answer), &body)
            .ok_or_else(|| fhir_errors::not_its_api(answer, "a list of tasks"))?;
        let came = found.tasks.len() as u64 + u64::from(found.dropped);
        let is_cut = came >= LIST_CAP as u64 || found.next.is_some() || found.total > Some(came);
        let tasks: Vec<Task> =
            found.tasks.into_iter().filter(|task| fits(task, search)).map(finished).collect();
        // The server's total is the number of rows that it sent, before the filters that it ignores.
        let total = (!is_cut).then_some(tasks.len() as u64 + u64::from(found.dropped));
        let (dropped, complaints, people) = (found.dropped, found.complaints, found.people);
        let page = Page { tasks, next: None, is_cut, total, dropped, complaints, people };
        Ok(List { page, facts: fhir_errors::facts(answer) })
    }
}

/// A list with what the server said beside it.
struct List {
    page: Page,
    facts: Facts,
}

/// A status that the server can filter by: it knows one at a time.
fn sendable(status: Option<&str>) -> Option<&str> {
    status.filter(|status| !status.is_empty() && !status.contains(','))
}

/// The id of a reference given with or without its type.
fn bare_id(reference: &str) -> &str {
    reference.rsplit_once('/').map_or(reference, |(_, id)| id)
}

/// Whether a task fits what was asked for, whichever filters the server ran. Days are left to the reader's own filter:
/// no list here is asked by day.
fn fits(task: &Task, search: &TaskSearch) -> bool {
    let is = |wanted: &Option<String>, value: Option<&str>| {
        let wanted = wanted.as_deref().filter(|wanted| !wanted.is_empty());
        wanted.is_none_or(|wanted| wanted.split(',').any(|one| value == Some(one)))
    };
    let is_person = |wanted: &Option<String>, value: &Option<Reference>| {
        let wanted = wanted.as_deref().map(bare_id).filter(|wanted| !wanted.is_empty());
        wanted
            .is_none_or(|wanted| value.as_ref().is_some_and(|value| value.id().eq_ignore_ascii_case(wanted)))
    };
    is(&search.status, Some(task.status.as_str()))
        && is(&search.priority, task.priority.as_ref().map(Priority::as_str))
        && is(&search.code, task.code.as_deref())
        && is_person(&search.patient, &task.patient)
        && is_person(&search.owner, &task.owner)
        && is_person(&search.requester, &task.requester)
}
