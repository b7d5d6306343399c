//! The writing conversations: create once, read-compare-write, remove, and looking for what a lost create made.
//!
//! Must not write over a change that the user has not seen, nor send back a task that came only in part.

use super::{
    Fhir, MEDIA_TYPE, Stepped,
    capability::Guard,
    done, edit, errors,
    map::{self, task_of},
    path_id, request, unsupported,
};
use crate::{
    domain::{
        can::Capability,
        document::Thing,
        task::{FieldSet, Patch, Task},
    },
    providers::{
        ApiError, ErrorKind, Facts, Provider, Reply, Step, TaskSearch, answers,
        paging::PagingGuard,
        raw::{Edit, RawObject, quoted},
        wire::{Method, WireAnswer, WireReply, WireRequest},
        writing::{
            CHANGE_IN_DOUBT, CREATE_IN_DOUBT, before_write, changed_by_others, conflict, may_be_of, refuse,
            written,
        },
    },
};
use serde_json::Value;

/// How many pages are looked through for a task that a lost create may have made.
const MAX_FIND_PAGES: usize = 5;

/// The system of identifiers that are URNs.
pub(super) const URN: &str = "urn:ietf:rfc:3986";

/// A task as a server gave it: what it says, and its text.
pub(super) struct Given {
    pub(super) task: Task,
    pub(super) text: String,
    pub(super) facts: Facts,
    /// The version as a header names it.
    etag: Option<String>,
    is_partial: bool,
}

impl Given {
    /// The version to be written over, as a request header names it.
    fn if_match(&self) -> Option<String> {
        let version = self.task.version.as_deref().filter(|version| !version.is_empty());
        version.map(|version| format!("W/\"{version}\"")).or_else(|| self.etag.clone())
    }
}

impl Fhir {
    /// The task that a reply holds, and that it is the one asked for: a stray answer must not pass for it.
    pub(super) fn given(&self, reply: &WireReply, asked: Option<&str>) -> Result<Given, ApiError> {
        let answer = errors::good(reply)?;
        let body = errors::json(answer)?;
        let text = body_text(answer);
        let task = task_of(self.profile.source, &text, &body)
            .map(|task| self.finished(task))
            .ok_or_else(|| errors::not_its_api(answer, "a task"))?;
        if asked.is_some_and(|id| *id != *task.key.id) {
            return Err(errors::not_its_api(answer, "the task that was asked for"));
        }
        Ok(Given {
            task,
            text,
            facts: errors::facts(answer),
            etag: answer.header("etag").map(str::to_owned),
            is_partial: map::is_partial(&body),
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
        let answer = match errors::good(reply) {
            // More than one has our identifier: it was made, and the user has to look.
            Err(error) if error.status == Some(412) => {
                let sentence = format!("{} More than one task has the mark of this one.", error.sentence);
                return Err(doubt(ApiError { kind: ErrorKind::Unknown, sentence, ..error }));
            }
            answer => answer.map_err(&doubt)?,
        };
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
        let is_ours = answer.status == 201 || carries(&given.task, key);
        if !is_ours || !may_be_of(&given.task, draft) {
            let answer = errors::good(reply)?;
            return Err(doubt(errors::not_its_api(answer, "the task that was sent")));
        }
        let differs = Patch { fields, values: Box::new(draft.clone()) }.missing_in(&given.task);
        Ok(done(Reply::Created { task: Box::new(given.task), differs }, given.facts))
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
        let left = patch.missing_in(&fresh.task);
        if !self.is_version(&fresh.task, base) && changed_by_others(base, patch, &fresh.task) {
            return Err(conflict(fresh.task, fresh.facts.request_id));
        }
        let Some(reply) = heard.get(1) else {
            if left.is_empty() {
                return Ok(done(Reply::Updated { task: Box::new(fresh.task), differs: left }, fresh.facts));
            }
            return self.write_request(id, &fresh, patch, &left, read).map(Step::Ask);
        };
        let answer = answers::answered(reply).map_err(written(CHANGE_IN_DOUBT))?;
        let tests_itself = !self.known.may_replace() && matches!(answer.status, 400 | 422);
        if matches!(answer.status, 409 | 412) || tests_itself {
            let Some(again) = heard.get(2) else { return Ok(Step::Ask(task_request(Method::Get, id)?)) };
            return Err(self.after_refusal(reply, &fresh, again, id));
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
        let differs = patch.missing_in(&given.task);
        Ok(done(Reply::Updated { task: Box::new(given.task), differs }, given.facts))
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
        fresh: &Given,
        patch: &Patch,
        left: &FieldSet,
        read: &WireReply,
    ) -> Result<WireRequest, ApiError> {
        if fresh.is_partial {
            return Err(unsupported(
                "The server gave this task only in part (SUBSETTED), so it cannot be sent back.",
            ));
        }
        let Some(object) = RawObject::parse(&fresh.text) else {
            return Err(unsupported("This task has two members of one name, so it cannot be sent back."));
        };
        let now = answers::answered(read).ok().map(|answer| answer.received_at);
        let writer = edit::Writer { me: self.profile.me.as_deref(), now };
        let edits = edit::edits(&patch.values, left, &object, &writer);
        let mut request;
        if self.known.may_replace() {
            request = task_request(Method::Put, id)?;
            put_body(&mut request, MEDIA_TYPE, object.with(&edits).unwrap_or_default());
        } else {
            request = task_request(Method::Patch, id)?;
            let task = &fresh.task;
            let patch = json_patch(&object, task.version.as_deref(), task.status.as_str(), &edits);
            put_body(&mut request, "application/json-patch+json", patch);
        }
        if self.guard() == Guard::Version
            && let Some(version) = fresh.if_match()
        {
            request.headers.push(("If-Match", version));
        }
        Ok(request)
    }

    /// What a refusal of a write means: a conflict when the task is another now, else what the server said.
    fn after_refusal(&self, reply: &WireReply, fresh: &Given, again: &WireReply, id: &str) -> ApiError {
        let refusal = match errors::good(reply) {
            Err(error) => error,
            Ok(answer) => errors::not_its_api(answer, "a refusal"),
        };
        match self.given(again, Some(id)) {
            Ok(now) if !self.is_version(&now.task, &fresh.task) || now.text != fresh.text => {
                let sentence = match refusal.status {
                    Some(status) => format!(
                        "Somebody else changed this task in the meantime ({status}); nothing was changed."
                    ),
                    None => refusal.sentence,
                };
                ApiError {
                    kind: ErrorKind::Conflict(Some(Thing::Task(Box::new(now.task)))),
                    sentence,
                    ..refusal
                }
            }
            // The task is what it was: the server's reason is another one.
            Ok(_) if refusal.is_conflict() => ApiError { kind: ErrorKind::Refused(Vec::new()), ..refusal },
            Ok(_) | Err(_) => refusal,
        }
    }

    pub(super) fn delete_task(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            self.allow(Capability::Delete)?;
            return Ok(Step::Ask(task_request(Method::Delete, id)?));
        };
        let answer = errors::good(reply)?;
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

pub(super) fn put_body(request: &mut WireRequest, media_type: &str, body: String) {
    request.headers.push(("Content-Type", media_type.to_owned()));
    request.headers.push(("Prefer", "return=representation".to_owned()));
    request.body = Some(body);
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

/// The body of an answer as text, as it was read as JSON.
pub(super) fn body_text(answer: &WireAnswer) -> String {
    String::from_utf8_lossy(&answer.body).trim_start_matches('\u{feff}').trim().to_owned()
}

/// The edits as a JSON Patch that first makes sure of the version it was written for.
pub(super) fn json_patch(
    object: &RawObject<'_>,
    version: Option<&str>,
    status: &str,
    edits: &[Edit],
) -> String {
    let test = match version {
        Some(version) => ("/meta/versionId", quoted(version)),
        None => ("/status", quoted(status)),
    };
    let mut operations = vec![format!("{{\"op\":\"test\",\"path\":\"{}\",\"value\":{}}}", test.0, test.1)];
    for Edit { name, value } in edits {
        let stands = object.get(name).is_some();
        match (stands, value) {
            (true, Some(value)) => {
                operations.push(format!("{{\"op\":\"replace\",\"path\":\"/{name}\",\"value\":{value}}}"));
            }
            (false, Some(value)) => {
                operations.push(format!("{{\"op\":\"add\",\"path\":\"/{name}\",\"value\":{value}}}"));
            }
            (true, None) => operations.push(format!("{{\"op\":\"remove\",\"path\":\"/{name}\"}}")),
            (false, None) => {}
        }
    }
    format!("[{}]", operations.join(","))
}

/// The identifier of a create, by the user's intent.
pub(super) fn urn(key: &str) -> String {
    format!("urn:uuid:{key}")
}

/// The identifier as a search names it.
pub(super) fn token(key: &str) -> String {
    format!("{URN}|{}", urn(key))
}

/// Whether a task has the identifier of this create.
fn carries(task: &Task, key: &str) -> bool {
    let extra = task.extra.as_deref().and_then(|extra| serde_json::from_str::<Value>(extra).ok());
    extra
        .as_ref()
        .and_then(|extra| extra.get("identifier"))
        .is_some_and(|identifier| is_mark(identifier, key))
}

/// Whether an identifier, or one of a list of them, is the one of this create.
pub(super) fn is_mark(identifier: &Value, key: &str) -> bool {
    let list = identifier.as_array().map_or(std::slice::from_ref(identifier), Vec::as_slice);
    let wanted = urn(key);
    list.iter().any(|identifier| {
        identifier.get("value").and_then(Value::as_str) == Some(&wanted)
            && identifier.get("system").and_then(Value::as_str) == Some(URN)
    })
}

/// The id in the address of what was made: `…/Task/7`, `…/Task/7/_history/1`.
pub(super) fn location_id(answer: &WireAnswer, kind: &str) -> Option<String> {
    let address = answer.header("location").or_else(|| answer.header("content-location"))?;
    let (_, rest) = address.rsplit_once(&format!("{kind}/"))?;
    let id = rest.split(['/', '?', '#']).next()?;
    path_id(id).ok().map(str::to_owned)
}
