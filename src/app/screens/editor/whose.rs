//! Whose document it is: the patient as first known, and what has become of that since.
//!
//! Must not change the document, nor keep quiet where the patient is another than when it was begun.

use super::{key, lock, own_write};
use crate::app::{action::Action, layers::Layer, state::State, sync};
use crate::domain::{
    people::{PersonKind, Reference},
    task::SourceId,
};

/// What is to be said of the patient before the document is sent: gone, merged, no longer active, known otherwise.
pub fn patient_doubts(state: &State) -> Vec<String> {
    let Some(editor) = state.editor.as_deref() else { return Vec::new() };
    let (source, document) = (editor.source, &editor.document);
    let Some(patient) = document.patient.as_ref().filter(|patient| !patient.id().is_empty()) else {
        return Vec::new();
    };
    let id = patient.id();
    let seen = editor.seen.as_ref().filter(|(of, _)| **of == *id).map(|(_, line)| line);
    if state.people.is_gone(source, PersonKind::Patient, id) {
        let name = state.source(source).map_or("The source", |known| &known.name);
        let then = seen.map(|line| format!(", known as {line} when this was begun")).unwrap_or_default();
        return vec![format!("{name} does not find the patient {id}{then}.")];
    }
    let mut doubts = Vec::new();
    if let Some(person) = state.people.get(source, PersonKind::Patient, id) {
        match &person.replaced_by {
            Some(to) => doubts.push(format!(
                "This patient's record was merged: {} stands in its place; {} changes the patient.",
                to.raw(),
                key(state, Action::DocHeader)
            )),
            None if !person.active => doubts.push("This patient's record is no longer active.".to_owned()),
            None => {}
        }
    }
    if let (Some(seen), Some(now)) = (seen, known_patient(state, source, patient))
        && now != *seen
    {
        doubts.push(format!(
            "The patient is known otherwise than when this was begun: then {seen}, now {now}."
        ));
    }
    doubts
}

/// A patient's name and birth date, where the source has told them.
fn known_patient(state: &State, source: SourceId, patient: &Reference) -> Option<String> {
    let person = state.people.get(source, PersonKind::Patient, patient.id())?;
    let born = person.birth_date.as_ref().map_or("birth date unknown", |date| date.raw());
    Some(format!("{}, born {born}", person.name()))
}

/// Names have come: the patient is remembered as they are first known, and what has become of them since is said where
/// the document goes out already.
pub fn on_names(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let patient = editor.document.patient.as_ref();
    let other = |patient: &&Reference| editor.seen.as_ref().is_none_or(|(id, _)| patient.id() != &**id);
    if let Some(patient) = patient.filter(other) {
        let seen = known_patient(state, editor.source, patient).map(|line| (patient.id().into(), line));
        if let Some(editor) = state.editor.as_deref_mut() {
            editor.seen = seen;
        }
    }
    warn_late(state);
    state.touch();
}

/// The review was answered before the source had told of the patient: how it can be taken back stands in the lock.
fn warn_late(state: &mut State) {
    let is_reviewed = state.layers.iter().any(|layer| matches!(layer, Layer::Review(_)));
    if is_reviewed || own_write(state).is_none() {
        return;
    }
    let next = lock(state).unwrap_or_default();
    if let Some(doubt) = patient_doubts(state).into_iter().next() {
        state.warn(&format!("{doubt} {next}"));
    }
}

/// Asks for the names that the document lacks.
pub(super) fn want_names(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let (source, document) = (editor.source, &editor.document);
    let wanted = [
        (PersonKind::Patient, document.patient.as_ref()),
        (PersonKind::Practitioner, document.practitioner.as_ref()),
    ];
    let wanted: Vec<_> = wanted
        .into_iter()
        .filter_map(|(kind, who)| who.map(|who| (source, kind, Box::from(who.id()))))
        .collect();
    sync::want_names(state, wanted);
    on_names(state);
}
