//! The writing conversations: a create, and an update that reads first and sends the whole resource back.
//!
//! Must not send a part of a task, nor let pass unsaid what the server kept or replaced by itself.

use super::{
    OmniEhr, Stepped, ask, body, done,
    fhir_errors::{facts, not_its_api},
    put_json, task_path, unsupported,
};
use crate::{
    domain::{
        can::Capability,
        check::Problem,
        people::Reference,
        task::{FieldSet, Patch, Task},
    },
    providers::{
        ApiError, Provider, Reply, Step,
        fhir::edit::{self, Writer},
        raw::RawObject,
        wire::{Method, WireReply, WireRequest},
        writing::{self, CHANGE_IN_DOUBT, CREATE_IN_DOUBT, written},
    },
};

impl OmniEhr {
    /// A create. Who made it is not known to the server, so the draft's own time with its milliseconds is what it is
    /// found by when the answer is lost.
    pub(super) fn create_task(&self, draft: &Task, heard: &[WireReply]) -> Stepped {
        let draft = self.prepared(draft);
        let fields = edit::fields_of(&draft);
        let Some(reply) = heard.first() else {
            self.allow(Capability::Create)?;
            writing::refuse(self.problems(&draft, &fields, true))?;
            let patch = Patch { fields, values: Box::new(draft) };
            return self.send(Method::Post, "/fhir/Task".to_owned(), r#"{"resourceType":"Task"}"#, &patch);
        };
        let (answer, task, _) = self.task_in(reply, None).map_err(written(CREATE_IN_DOUBT))?;
        if !writing::may_be_of(&task, &draft) {
            let wanted = "the task that was sent, but one of another person";
            return Err(written(CREATE_IN_DOUBT)(not_its_api(answer, wanted)));
        }
        let differs = Patch { fields, values: Box::new(draft) }.missing_in(&task);
        Ok(done(Reply::Created { task: Box::new(task), differs }, facts(answer)))
    }

    /// Read, compare the time of the last change, write the whole back, compare the answer. Between the read and the
    /// write somebody else's change can still be lost: the server has no way to prevent it.
    pub(super) fn update_task(&self, base: &Task, patch: &Patch, heard: &[WireReply]) -> Stepped {
        let values = Box::new(body::prepared(&patch.values, self.profile.zone.as_ref()));
        let patch = Patch { fields: patch.fields.clone(), values };
        let id = &*base.key.id;
        let Some(read) = heard.first() else {
            self.allow(Capability::Update)?;
            writing::refuse(self.problems(&patch.values, &patch.fields, false))?;
            return Ok(Step::Ask(ask(task_path(id)?)));
        };
        let (answer, current, text) = self.task_in(read, Some(id)).map_err(writing::before_write)?;
        if current.version != base.version && writing::changed_by_others(base, &patch, &current) {
            return Err(writing::conflict(current, None));
        }
        let Some(reply) = heard.get(1) else {
            let left = patch.missing_in(&current);
            if left.is_empty() {
                return Ok(done(Reply::Updated { task: Box::new(current), differs: left }, facts(answer)));
            }
            return self.send(Method::Put, task_path(id)?, &text, &patch);
        };
        let (answer, task, _) = self.task_in(reply, Some(id)).map_err(written(CHANGE_IN_DOUBT))?;
        let mut sent = current;
        patch.apply(&mut sent);
        // All of it was sent, so all of it is compared: the server replaces an owner without a word.
        let differs = Patch::between(&task, &sent).fields;
        Ok(done(Reply::Updated { task: Box::new(task), differs }, facts(answer)))
    }

    /// A draft as the server would keep it. It keeps no requester: one who says no more than that we ask needs no word.
    pub(super) fn prepared(&self, draft: &Task) -> Task {
        let mut draft = body::prepared(draft, self.profile.zone.as_ref());
        if draft.requester.as_ref().map(Reference::id) == self.me() {
            draft.requester = None;
        }
        draft
    }

    fn problems(&self, task: &Task, fields: &FieldSet, creating: bool) -> Vec<Problem> {
        body::problems(task, fields, &self.can(), creating, self.known.as_ref())
    }

    /// Refuses what the source may not do before anything is sent.
    fn allow(&self, capability: Capability) -> Result<(), ApiError> {
        self.can().may(capability).map_err(unsupported)
    }

    /// The writing request: the resource as it was, but for the patch. One that is larger than the server takes is not
    /// sent.
    fn send(&self, method: Method, path: String, resource: &str, patch: &Patch) -> Stepped {
        let Some(object) = RawObject::parse(resource) else {
            return Err(unsupported("This task has two members of one name, so it cannot be sent back."));
        };
        // The server keeps the text of a note and nothing beside it.
        let writer = Writer { me: None, now: None };
        let edits = edit::edits(&patch.values, &patch.fields, &object, &writer);
        let text = object.with(&edits).unwrap_or_default();
        let limit = self.can().max_body_bytes;
        if text.len() > limit {
            let sentence = format!("The task is {} bytes; OmniEHR takes at most {limit}.", text.len());
            writing::refuse(vec![Problem { field: None, path: String::new(), sentence }])?;
        }
        let mut request = WireRequest { method, ..ask(path) };
        put_json(&mut request, text);
        Ok(Step::Ask(request))
    }
}
