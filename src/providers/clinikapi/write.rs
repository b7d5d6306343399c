//! The writing conversations: create, read-compare-change, remove, and looking for what a lost create made.
//!
//! Must not send a write twice, nor call a write unknown whose bytes never went out (RELIABILITY §3).

use super::{
    ClinikApi, KEY, Stepped, body, done, envelope, errors, search_request, task_request, unsupported,
};
use crate::{
    domain::{
        can::Capability,
        check::Problem,
        task::{Patch, Task},
    },
    providers::{
        ApiError, Provider, Reply, Step, TaskSearch, answers,
        paging::PagingGuard,
        wire::{Method, WireReply, WireRequest},
        writing::{
            CHANGE_IN_DOUBT, CREATE_IN_DOUBT, before_write, changed_by_others, conflict, looks_like,
            may_be_of, problems, refuse, written,
        },
    },
};
use serde_json::Value;

/// How many pages are looked through for a task that a lost create may have made.
const MAX_FIND_PAGES: usize = 5;

impl ClinikApi {
    pub(super) fn create_task(&self, draft: &Task, idempotency_key: &str, heard: &[WireReply]) -> Stepped {
        let draft = body::with_one_note(draft);
        let fields = body::fields_of(&draft);
        let Some(reply) = heard.first() else {
            self.allow(Capability::Create)?;
            let found = problems(&draft, &fields, &self.can(), true);
            let mut request = WireRequest::new(Method::Post, "/v1/tasks", KEY);
            let body = body::create_body(&draft).to_string();
            self.put_body(&mut request, "task", body, found, idempotency_key)?;
            return Ok(Step::Ask(request));
        };
        let (task, facts) = self.task_in(reply, None).map_err(written(CREATE_IN_DOUBT))?;
        if !may_be_of(&task, &draft) {
            let wanted = "the task that was sent, but one of another person";
            let answer = errors::good(reply)?;
            return Err(written(CREATE_IN_DOUBT)(errors::not_its_api(answer, &facts, wanted)));
        }
        let differs = Patch { fields, values: Box::new(draft) }.missing_in(&task);
        Ok(done(Reply::Created { task: Box::new(task), differs }, facts))
    }

    pub(super) fn update_task(
        &self,
        base: &Task,
        patch: &Patch,
        idempotency_key: &str,
        heard: &[WireReply],
    ) -> Stepped {
        let patch =
            Patch { fields: patch.fields.clone(), values: Box::new(body::with_one_note(&patch.values)) };
        let id = &*base.key.id;
        let Some(read) = heard.first() else {
            self.allow(Capability::Update)?;
            let mut found = problems(&patch.values, &patch.fields, &self.can(), false);
            found.extend(body::unclearable(&patch));
            refuse(found)?;
            return Ok(Step::Ask(task_request(Method::Get, id)?));
        };
        let (current, facts) = self.task_in(read, Some(id)).map_err(before_write)?;
        let left = patch.missing_in(&current);
        if changed_by_others(base, &patch, &current) {
            return Err(conflict(current, facts.request_id));
        }
        let Some(reply) = heard.get(1) else {
            if left.is_empty() {
                return Ok(done(Reply::Updated { task: Box::new(current), differs: left }, facts));
            }
            let mut request = task_request(Method::Patch, id)?;
            let mut fields = body::patch_body(&patch.values, &left);
            if let Some(output) = fields.get_mut("output") {
                keep_raw_items(output, &raw_output(read));
            }
            let body = Value::Object(fields).to_string();
            self.put_body(&mut request, "task", body, Vec::new(), idempotency_key)?;
            return Ok(Step::Ask(request));
        };
        let (task, facts) = self.task_in(reply, Some(id)).map_err(written(CHANGE_IN_DOUBT))?;
        if task == current {
            // The row as it was read before: a late answer to the reading, or a change that was not carried out.
            let answer = errors::good(reply)?;
            let wanted = "the task as it was changed";
            return Err(written(CHANGE_IN_DOUBT)(errors::not_its_api(answer, &facts, wanted)));
        }
        let differs = patch.missing_in(&task);
        Ok(done(Reply::Updated { task: Box::new(task), differs }, facts))
    }

    pub(super) fn delete_task(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            self.allow(Capability::Delete)?;
            return Ok(Step::Ask(task_request(Method::Delete, id)?));
        };
        let answer = errors::good(reply)?;
        answers::is_removal(answer)?;
        Ok(done(Reply::Deleted, envelope::facts(answer, envelope::json(answer).ok().as_ref())))
    }

    /// Looks through the newest tasks of the same patient and requester (RELIABILITY §3.4). Search lags about 10 s
    /// behind a write, so an empty answer soon after it proves nothing: when to ask is the caller's to know.
    pub(super) fn find_created(&self, draft: &Task, heard: &[WireReply]) -> Stepped {
        let id = |reference: &Option<crate::domain::people::Reference>| {
            reference.as_ref().map(|reference| reference.id().to_owned())
        };
        let search = TaskSearch {
            patient: id(&draft.patient),
            requester: id(&draft.requester),
            ..TaskSearch::default()
        };
        let mut guard = PagingGuard::new(MAX_FIND_PAGES);
        let mut cursor = None;
        let mut candidates = Vec::new();
        for reply in heard {
            let (page, facts) = self.page(reply, cursor.as_deref(), 100)?;
            cursor = guard.admit(&page);
            candidates.extend(page.tasks.into_iter().filter(|task| looks_like(task, draft)));
            if cursor.is_none() {
                let mut seen = std::collections::HashSet::new();
                candidates.retain(|task| seen.insert(task.key.clone()));
                return Ok(done(Reply::tasks_found(candidates), facts));
            }
        }
        Ok(Step::Ask(search_request(&search, cursor.as_deref(), 100)))
    }

    /// Refuses what the source may not do before anything is sent.
    pub(super) fn allow(&self, capability: Capability) -> Result<(), ApiError> {
        self.can().may(capability).map_err(unsupported)
    }

    /// Puts a JSON body into a request unless it has problems or is larger than ClinikAPI takes.
    pub(super) fn put_body(
        &self,
        request: &mut WireRequest,
        thing: &str,
        text: String,
        mut problems: Vec<Problem>,
        idempotency_key: &str,
    ) -> Result<(), ApiError> {
        let limit = self.can().max_body_bytes;
        if text.len() > limit {
            let sentence = format!("The {thing} is {} bytes; ClinikAPI takes at most {limit}.", text.len());
            problems.push(Problem { field: None, path: String::new(), sentence });
        }
        refuse(problems)?;
        // Assumption (U3): plain JSON with a partial object is what a PATCH takes.
        request.headers.push(("Content-Type", "application/json".to_owned()));
        // Assumption (U8): harmless where it is unknown, and never relied on.
        request.headers.push(("Idempotency-Key", idempotency_key.to_owned()));
        request.body = Some(text);
        Ok(())
    }
}

/// The outputs as the server sent them.
fn raw_output(read: &WireReply) -> Vec<Value> {
    let body = errors::good(read).and_then(envelope::json).unwrap_or_default();
    envelope::payload(&body).get("output").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Sends an output that was not edited back as it came, with whatever this program does not know of it.
fn keep_raw_items(output: &mut Value, raw: &[Value]) {
    let Some(items) = output.as_array_mut() else { return };
    for item in items {
        let known = |raw: &Value| {
            let (Some(item), Some(raw)) = (item.as_object(), raw.as_object()) else { return false };
            raw.get("type").is_some_and(Value::is_string)
                && item.iter().all(|(name, value)| raw.get(name) == Some(value))
        };
        if let Some(whole) = raw.iter().find(|raw| known(raw)) {
            *item = whole.clone();
        }
    }
}
