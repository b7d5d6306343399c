//! A task as fields to type in: each with its label, kind, limit and problem.
//!
//! Must not lose what it cannot show: a field that was not edited keeps its value as the source sent it.

pub mod document;
mod fields;
mod parameters;
mod quick;

use super::{state::State, text::TypedText};
use crate::domain::{
    can::{Can, NoteKeeping},
    check::{Problem, check_task, units},
    task::{DueFrom, Field, FieldSet, Note, Patch, SourceId, Task},
    time::Timestamp,
};
pub use fields::{Input, Kind};
use jiff::tz::TimeZone;
pub use parameters::{parse_parameters, print_parameters};

/// One line of the form.
#[derive(Debug)]
pub struct FormField {
    /// Which part of which field.
    pub input: Input,
    /// Which of several notes, where they are kept one by one.
    slot: Option<Slot>,
    /// The words before it.
    pub label: String,
    /// What is typed.
    pub text: TypedText,
    /// What it was when the form was opened.
    original: String,
    /// The longest text allowed, in UTF-16 code units.
    pub limit: Option<u32>,
    /// Why it cannot be changed, if it cannot.
    pub locked: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// The name behind an id, where it is known.
    pub hint: Option<String>,
}

/// One of several notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// The one at this place.
    Kept(usize),
    /// One that is yet to be written.
    New,
}

impl FormField {
    /// The path that problems and editors name it by.
    pub fn path(&self) -> String {
        match self.slot {
            Some(Slot::Kept(place)) => format!("note.{}", place + 1),
            Some(Slot::New) | None => self.input.path().to_owned(),
        }
    }

    /// What it would hold of a task.
    pub fn shown(&self, task: &Task, can: &Can, zone: &TimeZone) -> String {
        shown(self.input, self.slot, task, can, zone)
    }

    /// Whether the text differs from what it was.
    pub fn is_edited(&self) -> bool {
        self.text.text() != self.original
    }

    /// The length of the text in UTF-16 code units, as limits count.
    pub fn length(&self) -> usize {
        units(&self.text.text())
    }
}

/// A form of a task.
#[derive(Debug)]
pub struct Form {
    /// The source that it goes to.
    pub source: SourceId,
    /// The task as it was when the form was opened.
    pub base: Task,
    /// Whether a task is made, not changed.
    pub creating: bool,
    /// The lines.
    pub fields: Vec<FormField>,
    /// The line that has the keys.
    pub cursor: usize,
    /// What is wrong with the whole.
    pub problem: Option<String>,
    quick: quick::Filled,
}

impl Form {
    /// A form on a task; fields that the source cannot write are locked, with the reason.
    pub fn new(state: &State, source: SourceId, base: Task, creating: bool) -> Form {
        let mut form = Form {
            source,
            base,
            creating,
            fields: Vec::new(),
            cursor: 0,
            problem: None,
            quick: quick::Filled::default(),
        };
        let Some(can) = state.can(source) else { return form };
        for input in Input::ALL.iter().copied() {
            let is_other = matches!(input, Input::Repetitions | Input::RestrictionStart | Input::Recipients);
            // A reminder's time is all that such a system has of a restriction.
            if input == Input::Quick && !creating || is_other && can.due == DueFrom::DateTimeEntry {
                continue;
            }
            let rule = can.rule(input.field(), creating);
            let locked = match (rule, creating) {
                (Some(_), true) => None,
                (None, true) => continue,
                (None, false) if !can.has(input.field()) => continue,
                // A role may refuse what the rules of its system take.
                (_, false) => can.may_update(input.field()).err(),
            };
            let limit = rule.filter(|_| input != Input::Quick).and_then(|rule| rule.max_units);
            for slot in slots(input, &form.base, can, creating) {
                let text = shown(input, slot, &form.base, can, &state.zone);
                let typed = typed(input, &text);
                form.fields.push(FormField {
                    input,
                    slot,
                    label: label(input, slot, can),
                    // As the line holds it: a text whose line breaks are written otherwise is not edited by being
                    // shown.
                    original: typed.text(),
                    text: typed,
                    limit,
                    locked: locked.clone().or_else(|| slot_lock(slot, &form.base, can)),
                    problem: None,
                    hint: None,
                });
            }
        }
        form.cursor = form.fields.iter().position(|field| field.locked.is_none()).unwrap_or(0);
        form.hints(state);
        form
    }

    /// The line that has the keys.
    pub fn current(&self) -> Option<&FormField> {
        self.fields.get(self.cursor)
    }

    /// The line that has the keys, to type in; none when it is locked.
    pub fn current_mut(&mut self) -> Option<&mut FormField> {
        self.fields.get_mut(self.cursor).filter(|field| field.locked.is_none())
    }

    /// Goes to the next or previous line.
    pub fn step(&mut self, forward: bool) {
        let last = self.fields.len().saturating_sub(1);
        self.cursor = if forward {
            if self.cursor == last { 0 } else { self.cursor + 1 }
        } else {
            self.cursor.checked_sub(1).unwrap_or(last)
        };
    }

    /// What follows from what was typed: the quick line fills the others, and ids get their names.
    pub fn follow(&mut self, state: &State) {
        if self.current().is_some_and(|field| field.input == Input::Quick) {
            quick::fill(self, state);
        }
        self.hints(state);
    }

    /// Types the values of a change over those of the task.
    pub fn fill(&mut self, patch: &Patch, can: &Can, zone: &TimeZone) {
        let values = &patch.values;
        for index in 0..self.fields.len() {
            let Some(field) = self.fields.get(index) else { return };
            if !patch.fields.contains(&field.input.field()) {
                continue;
            }
            let text = match field.slot {
                Some(Slot::New) => {
                    let new = values.notes.iter().skip(self.base.notes.len());
                    new.map(|note| &*note.text).collect::<Vec<_>>().join("\n")
                }
                _ => field.shown(values, can, zone),
            };
            self.set(index, &text);
        }
    }

    fn hints(&mut self, state: &State) {
        let Some(can) = state.can(self.source) else { return };
        for field in &mut self.fields {
            if let Some(Slot::Kept(place)) = field.slot {
                field.hint = self.base.notes.get(place).and_then(|note| note_hint(state, self.source, note));
                continue;
            }
            field.hint = field.input.person_in(can).and_then(|kind| {
                let text = field.text.text();
                let id = text.rsplit('/').next().unwrap_or(&text).trim();
                let person = state.people.get(self.source, kind, id)?;
                let born = person.birth_date.as_ref().map(|date| format!(", born {}", date.raw()));
                Some(format!("{}{}", person.name(), born.unwrap_or_default()))
            });
        }
    }

    /// The task as typed and the fields that differ, with everything that is wrong at its place.
    pub fn read(&self, can: &Can, now: Timestamp, zone: &TimeZone) -> (Task, FieldSet, Vec<(usize, String)>) {
        let mut task = self.base.clone();
        let mut edited = FieldSet::new();
        let mut wrong: Vec<(usize, String)> = Vec::new();
        let edited_fields = self.fields.iter().enumerate().filter(|(_, field)| field.is_edited());
        for (index, field) in edited_fields.filter(|(_, field)| field.input != Input::Quick) {
            let text = field.text.text();
            let outcome = match field.slot {
                Some(slot) => read_note(slot, &text, &mut task),
                None => field.input.read_in(&text, &mut task, can, now, zone),
            };
            match outcome {
                Ok(()) => drop(edited.insert(field.input.field())),
                Err(sentence) => wrong.push((index, sentence)),
            }
        }
        if let Some((input, sentence)) = self.quick.problem()
            && let Some(place) = self.fields.iter().position(|field| field.input == Input::Quick)
            && self.fields.iter().any(|field| field.input == *input && !field.is_edited())
        {
            // A patient who was named and not found must not be left out in silence.
            wrong.push((place, sentence.clone()));
        }
        if self.creating {
            let blank = Task::default();
            edited.extend(Field::ALL.into_iter().filter(|field| !task.same(&blank, *field)));
            edited.extend(can.rule(Field::Status, true).map(|rule| rule.field));
        } else {
            edited.retain(|field| !self.base.same(&task, *field));
        }
        for problem in check_task(&task, &edited, can, self.creating) {
            wrong.push((self.place_of(&problem), problem.sentence));
        }
        (task, edited, wrong)
    }

    /// The line that a problem belongs to; the first when it belongs to none.
    pub fn place_of(&self, problem: &Problem) -> usize {
        let exact = self.fields.iter().position(|field| field.path() == problem.path);
        let field = problem.field.and_then(|of| {
            self.fields.iter().position(|field| field.input != Input::Quick && field.input.field() == of)
        });
        exact.or(field).unwrap_or(0)
    }

    /// Puts problems at their lines and the cursor on the first.
    pub fn show_problems(&mut self, problems: Vec<(usize, String)>) {
        self.clear_problems();
        let first = problems.iter().map(|(index, _)| *index).min();
        for (index, sentence) in problems {
            if let Some(field) = self.fields.get_mut(index)
                && field.problem.is_none()
            {
                field.problem = Some(sentence);
            }
        }
        if let Some(first) = first {
            self.cursor = first;
        }
    }

    /// Takes all problems away.
    pub fn clear_problems(&mut self) {
        self.problem = None;
        self.fields.iter_mut().for_each(|field| field.problem = None);
    }

    /// Whether anything was typed.
    pub fn is_edited(&self) -> bool {
        self.fields.iter().any(FormField::is_edited)
    }

    /// The text for an editor: a line `name: value` a field, long texts last.
    pub fn to_front_matter(&self) -> String {
        let mut text = String::from("---\n");
        let writable =
            || self.fields.iter().filter(|field| field.locked.is_none() && field.input != Input::Quick);
        for field in writable().filter(|field| !field.input.is_multiline()) {
            text.extend([&field.path(), ": ", &field.text.text(), "\n"]);
        }
        text.push_str("---\n");
        for field in writable().filter(|field| field.input.is_multiline()) {
            text.extend(["# ", &field.path(), "\n", &field.text.text(), "\n"]);
        }
        text
    }

    /// Takes an edited text back; lines that cannot be read are told with their number.
    pub fn take_front_matter(&mut self, text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let mut prose: Option<(usize, Vec<&str>)> = None;
        let mut in_head = false;
        for (number, line) in text.lines().enumerate() {
            if line.trim() == "---" && prose.is_none() {
                in_head = !in_head;
            } else if let Some(index) = line.strip_prefix("# ").and_then(|name| self.prose_at(name, in_head))
            {
                if let Some((index, lines)) = prose.replace((index, Vec::new())) {
                    self.set(index, &lines.join("\n"));
                }
            } else if in_head {
                let Some((name, value)) = line.split_once(':') else { continue };
                match self.fields.iter().position(|field| field.path() == name.trim()) {
                    Some(index) => self.set(index, value.trim()),
                    None => problems.push(format!("Line {}: there is no field {}.", number + 1, name.trim())),
                }
            } else if let Some((_, lines)) = &mut prose {
                lines.push(line);
            } else if let Some(name) = line.strip_prefix("# ") {
                problems.push(format!("Line {}: there is no field {}.", number + 1, name.trim()));
            }
        }
        if let Some((index, lines)) = prose {
            self.set(index, &lines.join("\n"));
        }
        problems
    }

    /// The long text that a heading names. A heading that names none is a line of the text that it stands in.
    fn prose_at(&self, name: &str, in_head: bool) -> Option<usize> {
        let is_named =
            |field: &FormField| field.input.is_multiline() && field.path() == name.trim() && !in_head;
        self.fields.iter().position(is_named)
    }

    /// Sets a line's text unless it is locked.
    pub fn set(&mut self, index: usize, text: &str) {
        if let Some(field) = self.fields.get_mut(index).filter(|field| field.locked.is_none()) {
            field.text.set(text);
        }
    }
}

fn typed(input: Input, text: &str) -> TypedText {
    if input.is_multiline() { TypedText::prose(text) } else { TypedText::line(text) }
}

/// The lines that an input takes: one, or where notes are kept one by one, one a note and one for a new one.
fn slots(input: Input, base: &Task, can: &Can, creating: bool) -> Vec<Option<Slot>> {
    if input != Input::Note || creating || can.notes == NoteKeeping::OneText {
        return vec![None];
    }
    (0..base.notes.len()).map(Slot::Kept).chain([Slot::New]).map(Some).collect()
}

fn shown(input: Input, slot: Option<Slot>, task: &Task, can: &Can, zone: &TimeZone) -> String {
    match slot {
        Some(Slot::Kept(place)) => task.notes.get(place).map_or("", |note| &note.text).to_owned(),
        Some(Slot::New) => String::new(),
        None => input.print_in(task, can, zone),
    }
}

fn label(input: Input, slot: Option<Slot>, can: &Can) -> String {
    match slot {
        Some(Slot::Kept(place)) => format!("Note {}", place + 1),
        Some(Slot::New) => "New note".to_owned(),
        None => input.label_in(can).to_owned(),
    }
}

/// A note that is a thing of its own can be written over only by its id.
fn slot_lock(slot: Option<Slot>, base: &Task, can: &Can) -> Option<String> {
    let Some(Slot::Kept(place)) = slot else { return None };
    let is_nameless = base.notes.get(place).is_some_and(|note| note.id.is_none());
    (can.notes_apart && is_nameless).then(|| format!("{} gives this note no number.", can.system))
}

fn read_note(slot: Slot, text: &str, task: &mut Task) -> Result<(), String> {
    let text = text.trim_end_matches('\n');
    match (slot, text.trim().is_empty()) {
        (Slot::New, true) => {}
        (Slot::New, false) => task.notes.push(Note { text: text.into(), ..Note::default() }),
        (Slot::Kept(_), true) => return Err("A note cannot be taken away.".to_owned()),
        (Slot::Kept(place), false) => {
            if let Some(note) = task.notes.get_mut(place) {
                note.text = text.into();
            }
        }
    }
    Ok(())
}

/// Who wrote a note, and when.
fn note_hint(state: &State, source: SourceId, note: &Note) -> Option<String> {
    let author = note.author.as_ref().map(|author| state.practitioner_name(source, author));
    let time = note.time.as_ref().map(|time| time.display(&state.zone));
    let by: Vec<String> = author.into_iter().chain(time).collect();
    (!by.is_empty()).then(|| by.join(", "))
}

/// A field's value in the words of its system, in the reader's zone.
pub fn words_in(task: &Task, field: Field, can: Option<&Can>, zone: &TimeZone) -> String {
    if field == Field::Note {
        return words_of(task.notes.iter().map(|note| note.text.to_string()));
    }
    let inputs = Input::ALL.iter().filter(|input| input.field() == field);
    words_of(inputs.map(|input| match can {
        Some(can) => input.print_in(task, can, zone),
        None => input.print(task, zone),
    }))
}

fn words_of(parts: impl Iterator<Item = String>) -> String {
    let words = parts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    if words.is_empty() { "(empty)".to_owned() } else { words.replace('\n', " ⏎ ") }
}

/// A task as JSON for copies: the fields that it has, by their names.
pub fn json(task: &Task) -> serde_json::Value {
    let mut object = serde_json::Map::new();
    object.insert("id".to_owned(), task.key.id.to_string().into());
    for input in Input::ALL {
        let time = input.time(task).map(|time| time.raw().to_owned());
        let text = time.unwrap_or_else(|| input.print(task, &TimeZone::UTC));
        if !text.is_empty() {
            object.insert(input.path().to_owned(), text.into());
        }
    }
    serde_json::Value::Object(object)
}

#[cfg(test)]
mod tests;
