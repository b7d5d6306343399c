//! The lists that a line of a document's form opens: words, people and documents by name, records of the patient.
//!
//! Must not offer what belongs to another patient, nor take away what stands in the line beside the choice.

use super::{DocField, current, hints, step, top};
use crate::app::{
    form::document::{
        Part,
        choice::{self, Choosing},
    },
    layers::pick::{self, Choice, Target},
    state::State,
    store::at,
};
use crate::domain::{
    can::DocumentRules,
    document::DocumentField,
    outline::SectionPart,
    people::{PersonKind, Reference},
    task::{SourceId, Task},
};
use crate::providers::DocumentSearch;

/// A list of records grows no longer than this.
const MOST_RECORDS: usize = 500;

/// Opens the list of what the line under the cursor can hold; where there is none, goes on to the next.
pub(super) fn open(state: &mut State) {
    let Some(form) = top(state) else { return };
    let Some(field) = current(form) else { return };
    let part = field.part;
    match (part, choosing(field)) {
        (_, Some(choosing)) => open_for_line(state, part, choosing),
        (Part::Section(SectionPart::Resources), _) => open_records(state, part),
        (_, None) => open_plain(state, part),
    }
}

/// What is chosen for the line of a list that the cursor is in.
fn choosing(field: &DocField) -> Option<Choosing> {
    let Part::Header(of) = field.part else { return None };
    let (row, byte) = field.text.cursor();
    choice::choosing(of, field.text.lines().get(row)?, byte)
}

fn open_plain(state: &mut State, part: Part) {
    let Some((source, rules)) = place(state) else { return };
    if let Some(kind) = part.person().filter(|_| !part.is_list()) {
        return pick::open_people(state, part.label(), source, kind, Target::DocumentField);
    }
    let words = part.words(rules);
    if words.is_empty() {
        let Some(form) = top(state) else { return };
        return step(form, true);
    }
    pick::open_words_for(state, part.label(), words.into_iter(), Target::DocumentField);
}

fn place(state: &State) -> Option<(SourceId, Option<&'static DocumentRules>)> {
    let source = state.editor.as_deref()?.source;
    Some((source, state.can(source).and_then(|can| can.documents)))
}

fn open_for_line(state: &mut State, part: Part, choosing: Choosing) {
    let Some((source, rules)) = place(state) else { return };
    let title = part.label();
    match choosing {
        Choosing::Word => {
            pick::open_words_for(state, title, part.words(rules).into_iter(), Target::DocumentField);
        }
        Choosing::Practitioner => {
            pick::open_people(state, title, source, PersonKind::Practitioner, Target::DocumentField);
        }
        Choosing::Document => {
            let patient = typed_patient(state).map(|patient| patient.id().to_owned());
            let search = DocumentSearch { patient, ..DocumentSearch::default() };
            pick::open_documents(state, title, source, search);
        }
        Choosing::Event => {
            let choice = |(value, words, code): (String, &str, &str)| Choice {
                value,
                name: words.to_owned(),
                second: code.to_owned(),
            };
            pick::open_choices(state, title, choice::events().map(choice).collect(), Target::DocumentField);
        }
        Choosing::Record => open_records(state, part),
    }
}

/// The patient as the form has it now, else as the document has.
fn typed_patient(state: &mut State) -> Option<Reference> {
    let is_patient = |field: &&DocField| field.part == Part::Header(DocumentField::Patient);
    let typed = top(state).and_then(|form| {
        form.fields.iter().find(is_patient).map(|field| field.text.text().trim().to_owned())
    });
    match typed {
        Some(typed) => (!typed.is_empty()).then(|| Reference::new(&typed)),
        None => state.editor.as_deref()?.document.patient.clone(),
    }
}

fn open_records(state: &mut State, part: Part) {
    let Some((source, _)) = place(state) else { return };
    let patient = typed_patient(state);
    let tasks = patient.map_or_else(Vec::new, |patient| tasks_of(state, source, &patient));
    if tasks.is_empty() {
        return state.say("No task of this patient is known here; type the ids, a space between.");
    }
    let choice = |task: &Task| {
        let status =
            state.can(source).map_or(task.status.as_str(), |can| can.status_text(&task.status)).to_owned();
        let due = task.due().map(|(due, _)| format!("due {}", due.display(&state.zone)));
        let value = format!("Task/{}", task.key.id);
        let second = [Some(status), due, Some(value.clone())].into_iter().flatten().collect::<Vec<_>>();
        let name = task.title().lines().next().unwrap_or_default().to_owned();
        Choice { value, name, second: second.join(" · ") }
    };
    let choices = tasks.iter().map(choice).collect();
    pick::open_choices(state, part.label(), choices, Target::DocumentField);
}

fn tasks_of(state: &State, source: SourceId, patient: &Reference) -> Vec<Task> {
    let mut symbols = Vec::new();
    state.store.patients().each_with_id(source, patient.id(), |symbol| symbols.push(symbol));
    let patients = &state.store.columns().patient;
    let theirs = state.store.order().iter().filter(|row| symbols.contains(&at(patients, row.0, 0)));
    theirs.take(MOST_RECORDS).filter_map(|row| state.store.task(*row)).collect()
}

/// A choice has been made for the line under the cursor. Where a word was, what it is about is asked next.
pub(in crate::app::layers) fn on_picked(state: &mut State, choice: Choice) {
    let Some(form) = top(state) else { return };
    let Some(field) = current(form) else { return };
    field.problem = None;
    let mut is_half = false;
    match (field.part, choosing(field)) {
        (Part::Header(of), Some(choosing)) => {
            let (row, _) = field.text.cursor();
            let line = field.text.lines().get(row).cloned().unwrap_or_default();
            let line = choice::chosen(of, &line, choosing, &choice.value);
            field.text.set_line(&line);
            is_half = choosing == Choosing::Word && choice::is_half(of, &line);
        }
        (Part::Section(SectionPart::Resources), _) => {
            let before = field.text.text();
            if !before.split([' ', ',']).any(|known| known == choice.value) {
                let gap = if before.is_empty() || before.ends_with(' ') { "" } else { " " };
                field.text.set(&format!("{before}{gap}{}", choice.value));
            }
        }
        _ => {
            field.text.set(&choice.value);
            step(form, true);
        }
    }
    if let Some(form) = top(state) {
        form.chosen.push(choice);
    }
    hints(state);
    if is_half {
        open(state);
    }
}
