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
        task::{Field, FieldSet, Patch, Task},
        time::{DateTime, Moment},
    },
    providers::{
        ApiError, ErrorKind, Provider, Reply, Step, TaskSearch,
        paging::PagingGuard,
        wire::{Method, WireReply, WireRequest},
    },
};
use serde_json::Value;

/// How many pages are looked through for a task that a lost create may have made.
const MAX_FIND_PAGES: usize = 5;

/// The fields that decide who acts on a task: a change of these by somebody else is always told.
const WHO_ACTS: [Field; 2] = [Field::Status, Field::Owner];

impl ClinikApi {
    pub(super) fn create_task(&self, draft: &Task, idempotency_key: &str, heard: &[WireReply]) -> Stepped {
        let draft = body::with_one_note(draft);
        let fields = body::fields_of(&draft);
        let Some(reply) = heard.first() else {
            self.allow(Capability::Create)?;
            let problems = body::problems(&draft, &fields, &self.can(), true);
            let mut request = WireRequest::new(Method::Post, "/v1/tasks", KEY);
            self.put_body(&mut request, &body::create_body(&draft), problems, idempotency_key)?;
            return Ok(Step::Ask(request));
        };
        let (task, facts) = self.task_in(reply, None).map_err(written("The task may have been made."))?;
        if !may_be_of(&task, &draft) {
            let wanted = "the task that was sent, but one of another person";
            let answer = errors::good(reply)?;
            return Err(written("The task may have been made.")(errors::not_its_api(answer, &facts, wanted)));
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
            let mut problems = body::problems(&patch.values, &patch.fields, &self.can(), false);
            problems.extend(body::unclearable(&patch));
            refuse(problems)?;
            return Ok(Step::Ask(task_request(Method::Get, id)?));
        };
        let (current, facts) = self.task_in(read, Some(id)).map_err(before_write)?;
        let left = patch.missing_in(&current);
        if changed_by_others(base, &patch, &current) {
            return Err(ApiError {
                kind: ErrorKind::Conflict(Some(Box::new(current))),
                status: None,
                sentence: "Somebody else changed this task in the meantime; nothing was sent.".to_owned(),
                request_id: facts.request_id,
            });
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
            self.put_body(&mut request, &Value::Object(fields), Vec::new(), idempotency_key)?;
            return Ok(Step::Ask(request));
        };
        let (task, facts) =
            self.task_in(reply, Some(id)).map_err(written("The change may have been made."))?;
        let differs = patch.missing_in(&task);
        Ok(done(Reply::Updated { task: Box::new(task), differs }, facts))
    }

    pub(super) fn delete_task(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            self.allow(Capability::Delete)?;
            return Ok(Step::Ask(task_request(Method::Delete, id)?));
        };
        let answer = errors::good(reply)?;
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
                return Ok(done(Reply::Candidates(candidates), facts));
            }
        }
        Ok(Step::Ask(search_request(&search, cursor.as_deref(), 100)))
    }

    /// Refuses what the source may not do before anything is sent.
    fn allow(&self, capability: Capability) -> Result<(), ApiError> {
        self.can().may(capability).map_err(unsupported)
    }

    /// Puts a JSON body into a request unless it has problems or is larger than ClinikAPI takes.
    fn put_body(
        &self,
        request: &mut WireRequest,
        body: &Value,
        mut problems: Vec<Problem>,
        idempotency_key: &str,
    ) -> Result<(), ApiError> {
        let text = body.to_string();
        let limit = self.can().max_body_bytes;
        if text.len() > limit {
            let sentence = format!("The task is {} bytes; ClinikAPI takes at most {limit}.", text.len());
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

/// Ends a conversation that has problems to correct.
fn refuse(problems: Vec<Problem>) -> Result<(), ApiError> {
    let Some(first) = problems.first() else { return Ok(()) };
    let sentence = format!("Nothing was sent. {}", first.sentence);
    Err(ApiError { kind: ErrorKind::Refused(problems), status: None, sentence, request_id: None })
}

/// Whether a field that the patch writes, or one that decides who acts, is neither as the user saw it nor as wanted.
fn changed_by_others(base: &Task, patch: &Patch, current: &Task) -> bool {
    let watched: FieldSet = patch.fields.iter().copied().chain(WHO_ACTS).collect();
    watched.into_iter().any(|field| {
        let wanted = patch.fields.contains(&field) && current.same(&patch.values, field);
        !wanted && !current.same(base, field)
    })
}

/// A read inside an update that failed: no write went out, so its outcome is known.
fn before_write(error: ApiError) -> ApiError {
    if !error.kind.leaves_write_unknown() && error.kind != ErrorKind::NotSent {
        return error;
    }
    let sentence = format!("Nothing was changed, the task could not be read first. {}", error.sentence);
    ApiError { kind: ErrorKind::NotSent, sentence, ..error }
}

/// A good status whose body does not prove the write leaves it unknown.
fn written(doubt: &'static str) -> impl Fn(ApiError) -> ApiError {
    move |error| {
        if !error.kind.leaves_write_unknown() {
            return error;
        }
        let sentence = format!("{} {doubt}", error.sentence);
        ApiError { kind: ErrorKind::Unknown, sentence, ..error }
    }
}

/// Whether an answer to a create may be about it: an answer out of turn, about another patient or by another requester,
/// must not pass for ours.
fn may_be_of(task: &Task, draft: &Task) -> bool {
    let people = [
        (Field::Patient, &task.patient, &draft.patient),
        (Field::Requester, &task.requester, &draft.requester),
    ];
    people.into_iter().all(|(field, said, sent)| said.is_none() || sent.is_none() || task.same(draft, field))
}

/// Whether a task may be the one that a lost create made: by our own milliseconds, else by what it says.
fn looks_like(task: &Task, draft: &Task) -> bool {
    let same_code = task.code.is_none() || draft.code.is_none() || task.same(draft, Field::Code);
    let says_the_same = || {
        let fields = [Field::Code, Field::Description, Field::Patient, Field::Requester];
        fields.into_iter().all(|field| task.same(draft, field))
    };
    match (milliseconds(draft.authored_on.as_ref()), milliseconds(task.authored_on.as_ref())) {
        (Some(sent), Some(kept)) if kept == sent => same_code,
        // A server that keeps whole seconds must not make us think that the task was never made.
        (Some(sent), Some(kept)) => kept == sent - sent.rem_euclid(1_000) && says_the_same(),
        _ => says_the_same(),
    }
}

fn milliseconds(time: Option<&DateTime>) -> Option<i64> {
    match time?.moment()? {
        Moment::Instant(instant) => Some(instant.as_millisecond()),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_create_is_known_by_its_milliseconds_or_by_its_second_and_words() {
        let task = |authored: Option<&str>, words: &str| Task {
            authored_on: authored.map(DateTime::parse),
            description: Some(words.into()),
            ..Task::default()
        };
        let draft = task(Some("2026-11-21T03:00:00.250Z"), "CBC");
        for (authored, words, found) in [
            (Some("2026-11-21T03:00:00.250Z"), "changed since", true),
            (Some("2026-11-21T04:00:00.250+01:00"), "CBC", true),
            (Some("2026-11-21T03:00:00Z"), "CBC", true),
            (Some("2026-11-21T03:00:00Z"), "another", false),
            (Some("2026-11-21T03:00:01Z"), "CBC", false),
            (Some("2026-11-21T03:00:00.251Z"), "CBC", false),
            (None, "CBC", true),
            (None, "another", false),
        ] {
            assert_eq!(looks_like(&task(authored, words), &draft), found, "{authored:?} {words}");
        }
    }
}
