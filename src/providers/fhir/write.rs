//! The writing conversations: create once, read-compare-write, remove, and looking for what a lost create made.
//!
//! Must not write over a change that the user has not seen, nor send back a task that came only in part.

use super::{
    Fhir, MEDIA_TYPE, Stepped,
    capability::Guard,
    done, edit, errors,
    given::{Given, Manner, location_id, made, put_body},
    map::task_of,
    mark::{URN, is_mark, token, urn},
    path_id, request, unsupported,
};
use crate::{
    domain::{
        can::Capability,
        task::{FieldSet, Patch, Task},
    },
    providers::{
        ApiError, ErrorKind, Provider, Reply, Step, TaskSearch, answers,
        paging::PagingGuard,
        raw::{RawObject, quoted},
        wire::{Method, WireReply, WireRequest},
        writing::{
            CHANGE_IN_DOUBT, CREATE_IN_DOUBT, before_write, changed_by_others, conflict, may_be_of, refuse,
            written,
        },
    },
};
use serde_json::Value;

/// How many pages are looked through for a task that a lost create may have made.
const MAX_FIND_PAGES: usize = 5;

impl Fhir {
    /// The task that a reply holds, and that it is the one asked for: a stray answer must not pass for it.
    pub(super) fn given(&self, reply: &WireReply, asked: Option<&str>) -> Result<Given<Task>, ApiError> {
        Given::read(reply, asked, |text, body| {
            task_of(self.profile.source, text, body).map(|task| self.finished(task))
        })
    }

    pub(super) fn create_task(&self, draft: &Task, key: &str, heard: &[WireReply]) -> Stepped {
        let fields = edit::fields_of(draft);
        let Some(reply) = heard.first() else {
            self.allow(Capability::Create)?;
            refuse(edit::problems(draft, &fields, &self.can(), true))?;
            return Ok(Step::Ask(self.create_request(draft, &fields, key)));
        };
        let doubt = written(CREATE_IN_DOUBT);
        let answer = made::<Task>(reply).map_err(&doubt)?;
        let (given, reply) = match heard.get(1) {
            Some(read) => (self.given(read, None), read),
            None => match self.given(reply, None) {
                // The body may be empty, or a report in place of the task: the address tells the id.
                Err(error) => match location_id(answer, "Task") {
                    Some(id) => return Ok(Step::Ask(task_request(Method::Get, &id)?)),
                    None => (Err(error), reply),
                },
                given => (given, reply),
            },
        };
        let given = given.map_err(&doubt)?;
        // A 200 is the answer of a server that found our identifier: the task must carry it.
        let is_ours = answer.status == 201 || carries(&given.resource, key);
        if !is_ours || !may_be_of(&given.resource, draft) {
            let answer = errors::good(reply)?;
            return Err(doubt(errors::not_its_api(answer, "the task that was sent")));
        }
        let differs = Patch { fields, values: Box::new(draft.clone()) }.missing_in(&given.resource);
        Ok(done(Reply::Created { task: Box::new(given.resource), differs }, given.facts))
    }

    fn create_request(&self, draft: &Task, fields: &FieldSet, key: &str) -> WireRequest {
        let mut request = request(Method::Post, "/Task");
        let identifier = format!("{{\"system\":\"{URN}\",\"value\":{}}}", quoted(&urn(key)));
        let bare = format!("{{\"resourceType\":\"Task\",\"identifier\":[{identifier}]}}");
        if self.asks_once() {
            request.headers.push(("If-None-Exist", format!("identifier={}", token(key))));
        }
        // A note of a draft without a time gets none: nobody has answered yet whose clock could be taken.
        let writer = edit::Writer { me: self.profile.me.as_deref(), now: None };
        let body = RawObject::parse(&bare)
            .and_then(|object| object.with(&edit::edits(draft, fields, &object, &writer)));
        put_body(&mut request, MEDIA_TYPE, body.unwrap_or(bare));
        request
    }

    pub(super) fn update_task(&self, base: &Task, patch: &Patch, heard: &[WireReply]) -> Stepped {
        let id = path_id(&base.key.id)?;
        let Some(read) = heard.first() else {
            self.allow(Capability::Update)?;
            refuse(edit::problems(&patch.values, &patch.fields, &self.can(), false))?;
            return Ok(Step::Ask(task_request(Method::Get, id)?));
        };
        let fresh = self.given(read, Some(id)).map_err(before_write)?;
        let left = patch.missing_in(&fresh.resource);
        if !self.is_version(&fresh.resource, base) && changed_by_others(base, patch, &fresh.resource) {
            return Err(conflict(fresh.resource, fresh.facts.request_id));
        }
        let Some(reply) = heard.get(1) else {
            if left.is_empty() {
                return Ok(done(
                    Reply::Updated { task: Box::new(fresh.resource), differs: left },
                    fresh.facts,
                ));
            }
            return self.write_request(id, &fresh, patch, &left, read).map(Step::Ask);
        };
        let answer = answers::answered(reply).map_err(written(CHANGE_IN_DOUBT))?;
        let tests_itself = !self.known.may_replace() && matches!(answer.status, 400 | 422);
        if matches!(answer.status, 409 | 412) || tests_itself {
            let Some(again) = heard.get(2) else { return Ok(Step::Ask(task_request(Method::Get, id)?)) };
            let now = self.given(again, Some(id));
            return Err(fresh.refusal(reply, now, |now| self.is_version(now, &fresh.resource)));
        }
        let given = match heard.get(2) {
            Some(again) => self.given(again, Some(id)),
            None => match self.given(reply, Some(id)) {
                // Something else came back with a good status, or nothing: what stands there now is read.
                Err(_) if (200..300).contains(&answer.status) => {
                    return Ok(Step::Ask(task_request(Method::Get, id)?));
                }
                given => given,
            },
        };
        let given = given.map_err(written(CHANGE_IN_DOUBT))?;
        if given.text == fresh.text {
            // A good status, and a task that nobody has touched: this is no answer to the change.
            return Err(written(CHANGE_IN_DOUBT)(errors::not_its_api(answer, "the task as it was changed")));
        }
        let differs = patch.missing_in(&given.resource);
        Ok(done(Reply::Updated { task: Box::new(given.resource), differs }, given.facts))
    }

    /// Whether a fresh read is the version that the user saw.
    fn is_version(&self, fresh: &Task, base: &Task) -> bool {
        let by_time = || fresh.last_modified.is_some() && fresh.last_modified == base.last_modified;
        match (self.guard(), &fresh.version, &base.version) {
            (Guard::Version, Some(fresh), Some(base)) => fresh == base,
            (Guard::Version, None, None) | (Guard::LastUpdated, ..) => by_time(),
            (Guard::Version, ..) => false,
        }
    }

    /// The request that changes what is left to change: the whole resource again, or a patch where only that is taken.
    fn write_request(
        &self,
        id: &str,
        fresh: &Given<Task>,
        patch: &Patch,
        left: &FieldSet,
        read: &WireReply,
    ) -> Result<WireRequest, ApiError> {
        let object = fresh.object()?;
        let now = answers::answered(read).ok().map(|answer| answer.received_at);
        let writer = edit::Writer { me: self.profile.me.as_deref(), now };
        let edits = edit::edits(&patch.values, left, &object, &writer);
        let manner =
            Manner { may_replace: self.known.may_replace(), guards_version: self.guard() == Guard::Version };
        fresh.write_request(manner, &object, &edits, |method| task_request(method, id))
    }

    pub(super) fn delete_task(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            self.allow(Capability::Delete)?;
            return Ok(Step::Ask(task_request(Method::Delete, id)?));
        };
        let answer = errors::good(reply)?;
        answers::is_removal(answer)?;
        Ok(done(Reply::Deleted, errors::facts(answer)))
    }

    /// Looks for what a create of unknown outcome made: by our identifier, else among the tasks of the same patient.
    pub(super) fn find_created(&self, draft: &Task, key: &str, heard: &[WireReply]) -> Stepped {
        let mut guard = PagingGuard::new(MAX_FIND_PAGES);
        let mut cursor = None;
        let mut candidates: Vec<Task> = Vec::new();
        for reply in heard {
            let (page, facts) = self.page(reply, cursor.as_deref())?;
            cursor = guard.admit(&page);
            // A server that does not know the parameter gives tasks of all kinds.
            candidates.extend(page.tasks.into_iter().filter(|task| carries(task, key)));
            if cursor.is_none() {
                let mut seen = std::collections::HashSet::new();
                candidates.retain(|task| seen.insert(task.key.clone()));
                if candidates.is_empty() && guard.is_cut() {
                    return Err(not_looked_through(errors::CALLED));
                }
                return Ok(done(Reply::tasks_found(candidates), facts));
            }
        }
        let by_mark = self.asks_once();
        let patient = draft.patient.as_ref().filter(|_| !by_mark).map(|patient| patient.id().to_owned());
        let search = TaskSearch { patient, ..TaskSearch::default() };
        let mut request = self.search_request(&search, cursor.as_deref(), 100);
        if by_mark && cursor.is_none() {
            request.query.push(("identifier".to_owned(), token(key)));
        }
        Ok(Step::Ask(request))
    }

    /// Refuses what the source may not do before anything is sent.
    pub(super) fn allow(&self, capability: Capability) -> Result<(), ApiError> {
        self.can().may(capability).map_err(unsupported)
    }
}

pub(super) fn task_request(method: Method, id: &str) -> Result<WireRequest, ApiError> {
    Ok(request(method, format!("/Task/{}", path_id(id)?)))
}

/// The error of a look that did not reach the end: finding nothing says nothing then.
fn not_looked_through(called: &str) -> ApiError {
    ApiError {
        kind: ErrorKind::Unknown,
        status: None,
        sentence: format!(
            "More tasks than were looked through are at {called}; this one was not among them."
        ),
        request_id: None,
    }
}

/// Whether a task has the identifier of this create.
fn carries(task: &Task, key: &str) -> bool {
    let extra = task.extra.as_deref().and_then(|extra| serde_json::from_str::<Value>(extra).ok());
    extra
        .as_ref()
        .and_then(|extra| extra.get("identifier"))
        .is_some_and(|identifier| is_mark(identifier, key))
}
