//! The three versions of a task: which parts differ, and the task that the user's choices make.
//!
//! Must not replace a note of somebody else's: ours is added beneath it, or as a note of its own.

use super::{Change, Choice, Outcome, Row, Typing};
use crate::app::{
    form::{Input, Kind},
    outbox::Wish,
    state::State,
    writes::plan,
};
use crate::domain::{
    can::{Can, NoteKeeping},
    check::check_task,
    people::Reference,
    task::{Field, Note, Patch, Task},
};

/// The versions of a task, and what each row is about.
#[derive(Debug)]
pub(super) struct Sides {
    mine: Task,
    theirs: Task,
    base: Task,
    parts: Vec<Input>,
    notes: Notes,
}

/// What our change does to the notes.
#[derive(Debug, Default)]
struct Notes {
    /// Notes whose text we changed and nobody else did.
    in_place: Vec<(usize, Box<str>)>,
    /// What is to be added.
    added: String,
}

impl Sides {
    /// The versions side by side; none where the source is not known.
    pub(super) fn of(state: &State, base: &Task, patch: &Patch, theirs: Task) -> Option<(Sides, Vec<Row>)> {
        let can = state.can(base.key.source)?;
        let mut mine = base.clone();
        patch.apply(&mut mine);
        let notes = Notes::of(can, base, &mine, &theirs);
        let mut sides = Sides { mine, theirs, base: base.clone(), parts: Vec::new(), notes };
        let mut rows = Vec::new();
        // A row of a list may have come without its notes: that is no change.
        let unread = can.notes_apart && !patch.fields.contains(&Field::Note);
        let left_out = |input: &Input| *input == Input::Quick || *input == Input::Note && unread;
        for input in Input::ALL.iter().copied().filter(|input| !left_out(input)) {
            if let Some(row) = sides.row(state, can, input) {
                sides.parts.push(input);
                rows.push(row);
            }
        }
        Some((sides, rows))
    }

    fn row(&self, state: &State, can: &Can, input: Input) -> Option<Row> {
        let (base, mine, theirs) = (&self.base, &self.mine, &self.theirs);
        let (ours, others) = (differs(base, mine, input), differs(base, theirs, input));
        let change = match (ours, others, differs(mine, theirs, input)) {
            (false, false, _) => return None,
            (true, _, true) => Change::Ours,
            (true, _, false) => Change::Alike,
            (false, true, _) => Change::Theirs,
        };
        let words = |task: &Task| words(state, can, task, input);
        let mut row = Row::new(input.label_in(can), words(base), words(mine), words(theirs), change);
        if change == Change::Ours {
            let typed = input.print_in(mine, can, &state.zone);
            let typing = if input.kind() == Kind::Prose || input.is_multiline() {
                Typing::Prose
            } else {
                Typing::Line
            };
            row.typing = (typing, typed);
        }
        if input == Input::Note && change == Change::Ours {
            self.notes.tell(&mut row);
        }
        Some(row)
    }

    /// The task as it was decided, as a change of theirs; else what is wrong, and at which row.
    pub(super) fn outcome(&self, state: &State, rows: &[Row]) -> Result<Outcome, (Option<usize>, String)> {
        let can =
            state.can(self.base.key.source).ok_or((None, "The source is not configured.".to_owned()))?;
        let mut wanted = self.theirs.clone();
        for (place, (input, row)) in self.parts.iter().zip(rows).enumerate() {
            match (input, &row.choice) {
                (_, None | Some(Choice::Theirs)) | (Input::Note, Some(Choice::Base)) => {}
                (Input::Note, Some(Choice::Mine)) => {
                    self.notes.add(can, &mut wanted.notes, &self.notes.added);
                }
                (Input::Note, Some(Choice::Typed(text))) => self.notes.add(can, &mut wanted.notes, text),
                (input, Some(Choice::Mine)) => take(&mut wanted, &self.mine, *input),
                (input, Some(Choice::Base)) => take(&mut wanted, &self.base, *input),
                (input, Some(Choice::Typed(text))) => input
                    .read_in(text, &mut wanted, can, state.now, &state.zone)
                    .map_err(|sentence| (Some(place), sentence))?,
            }
        }
        let patch = Patch::between(&self.theirs, &wanted);
        if patch.fields.is_empty() {
            return Ok(Outcome::Nothing);
        }
        if let Some(problem) = check_task(&patch.values, &patch.fields, can, false).into_iter().next() {
            let place = self.parts.iter().position(|input| Some(input.field()) == problem.field);
            return Err((place, problem.sentence));
        }
        let parts = patch.fields.iter().map(|field| field.name().to_owned()).collect();
        Ok(Outcome::Send(Wish::Update { base: Box::new(self.theirs.clone()), patch }, parts))
    }
}

impl Notes {
    fn of(can: &Can, base: &Task, mine: &Task, theirs: &Task) -> Notes {
        let mut notes = Notes::default();
        let text = |task: &Task, place: usize| task.notes.get(place).map(|note| note.text.clone());
        let mut added: Vec<Box<str>> = Vec::new();
        for (place, note) in mine.notes.iter().enumerate() {
            let was = text(base, place);
            if was.as_ref() == Some(&note.text) {
                continue;
            }
            let beneath = was.as_deref().and_then(|was| note.text.strip_prefix(was));
            match beneath.filter(|_| can.notes == NoteKeeping::OneText) {
                Some(beneath) => added.push(beneath.trim_start_matches('\n').into()),
                // Nobody else has touched the note that we reworded.
                None if was.is_some() && text(theirs, place) == was => {
                    notes.in_place.push((place, note.text.clone()));
                }
                None => added.push(note.text.clone()),
            }
        }
        notes.added = added.join("\n");
        notes
    }

    /// Has a row say what becomes of the notes.
    fn tell(&self, row: &mut Row) {
        let reworded = self.in_place.iter().map(|(_, text)| format!("reworded: {text}"));
        let added = (!self.added.is_empty()).then(|| format!("added to theirs: {}", self.added));
        row.mine = reworded.chain(added).collect::<Vec<_>>().join("\n");
        row.adds = true;
        row.typing = if self.in_place.is_empty() {
            (Typing::Prose, self.added.clone())
        } else {
            (Typing::No, String::new())
        };
    }

    fn add(&self, can: &Can, notes: &mut Vec<Note>, added: &str) {
        for (place, text) in &self.in_place {
            if let Some(note) = notes.get_mut(*place) {
                note.text.clone_from(text);
            }
        }
        if !added.trim().is_empty() {
            plan::add_note(can, notes, added.trim_end());
        }
    }
}

/// Takes one part of a field from another task.
fn take(to: &mut Task, from: &Task, input: Input) {
    match input {
        Input::Start => to.execution_period.start.clone_from(&from.execution_period.start),
        Input::End => to.execution_period.end.clone_from(&from.execution_period.end),
        Input::Repetitions => to.restriction.repetitions = from.restriction.repetitions,
        Input::RestrictionStart => to.restriction.period.start.clone_from(&from.restriction.period.start),
        Input::RestrictionEnd => to.restriction.period.end.clone_from(&from.restriction.period.end),
        Input::Recipients => to.restriction.recipients.clone_from(&from.restriction.recipients),
        input => to.copy(from, input.field()),
    }
}

fn differs(one: &Task, other: &Task, input: Input) -> bool {
    let mut taken = one.clone();
    take(&mut taken, other, input);
    !taken.same(one, input.field())
}

/// What a part says, for reading.
fn words(state: &State, can: &Can, task: &Task, input: Input) -> String {
    let source = task.key.source;
    let named = |reference: &Reference, name: String| match reference.id() {
        id if name == id => name,
        id => format!("{name}, {id}"),
    };
    let text = match (input, &task.owner, &task.requester, &task.patient) {
        (Input::Owner, Some(owner), ..) => named(owner, state.owner_name(source, owner)),
        (Input::Requester, _, Some(requester), _) => {
            named(requester, state.practitioner_name(source, requester))
        }
        (Input::Patient, .., Some(patient)) => state.patient_of(source, Some(patient)),
        (Input::Note, ..) => {
            task.notes.iter().map(|note| note_words(state, task, note)).collect::<Vec<_>>().join("\n")
        }
        _ => input.print_in(task, can, &state.zone),
    };
    if text.is_empty() { empty(input.field()).to_owned() } else { text }
}

/// A part without a value.
fn empty(field: Field) -> &'static str {
    if field == Field::Owner { "nobody" } else { "(empty)" }
}

/// A note with its author and time, where the source says.
fn note_words(state: &State, task: &Task, note: &Note) -> String {
    let author = note.author.as_ref().map(|author| state.practitioner_name(task.key.source, author));
    let time = note.time.as_ref().map(|time| time.display(&state.zone));
    let by: Vec<String> = author.into_iter().chain(time).collect();
    if by.is_empty() { note.text.to_string() } else { format!("{}: {}", by.join(", "), note.text) }
}
