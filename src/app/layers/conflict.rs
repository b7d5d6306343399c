//! A change that met somebody else's: what it was, ours and theirs, part by part, and what the user makes of it.
//!
//! Must not decide for the user, nor lose what was typed: the write lies in the outbox until its next one is stored.

mod document;
mod task;
#[cfg(test)]
mod tests;

use super::{Layer, close, confirm, tell::scrolled};
use crate::app::{
    action::Action,
    effect::Effect,
    geometry::{Size, dialog_width},
    outbox::{Intent, IntentId, IntentState, Wish},
    state::State,
    text::TypedText,
    update,
    writes::{self, settle},
};
use crate::domain::{
    clean::Clean,
    document::{Document, Thing},
    task::{Patch, Task},
};
use crate::providers::{ApiError, ErrorKind};

/// The width that the view has where there is room.
const WIDTH: u16 = 180;
/// From this width on the three versions stand side by side.
const SIDE_BY_SIDE: u16 = 110;
/// Cells of the names of the parts where the versions stand side by side.
pub const LABEL: u16 = 18;

/// What becomes of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// As we wanted it; a note is added to theirs.
    Mine,
    /// As it is there now.
    Theirs,
    /// As it was when we began.
    Base,
    /// As it was typed here.
    Typed(String),
}

/// Who has changed a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// We have, and theirs is another value: it must be decided.
    Ours,
    /// Somebody else alone: it stays.
    Theirs,
    /// Both, to the same.
    Alike,
}

/// How a part is typed anew here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// On one line.
    Line,
    /// On many.
    Prose,
    /// Not here.
    No,
}

/// One part in which the versions differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub label: String,
    /// What it was when we began, raw.
    pub base: String,
    /// What we wanted.
    pub mine: String,
    /// What it is now.
    pub theirs: String,
    /// Who has changed it.
    pub change: Change,
    /// Whether ours is added to theirs in place of standing there instead.
    pub adds: bool,
    /// The text to begin with where it is typed anew, and how.
    pub typing: (Typing, String),
    /// What was decided.
    pub choice: Option<Choice>,
}

/// The three versions.
#[derive(Debug)]
enum Sides {
    Task(Box<task::Sides>),
    Document(Box<document::Sides>),
}

/// A conflict on the screen.
#[derive(Debug)]
pub struct Conflict {
    /// The write that met it; it lies refused in the outbox.
    pub id: IntentId,
    /// When the source last changed the thing, where it says.
    pub since: Option<String>,
    /// The parts that differ.
    pub rows: Vec<Row>,
    /// The part that the keys are for.
    pub cursor: usize,
    /// Lines of that part that are scrolled away.
    pub scroll: u16,
    /// What is typed in place of that part.
    pub typed: Option<TypedText>,
    /// What is missing or wrong.
    pub problem: Option<String>,
    sides: Sides,
}

/// What is to be sent once everything is decided.
enum Outcome {
    /// Nothing: all is as it is there.
    Nothing,
    /// This, in these parts.
    Send(Wish, Vec<String>),
}

impl Row {
    fn new(label: &str, base: String, mine: String, theirs: String, change: Change) -> Row {
        let typing = (Typing::No, String::new());
        Row { label: label.to_owned(), base, mine, theirs, change, adds: false, typing, choice: None }
    }
}

impl Conflict {
    /// How many parts are still to be decided.
    pub fn undecided(&self) -> usize {
        self.rows.iter().filter(|row| row.change == Change::Ours && row.choice.is_none()).count()
    }

    fn row_mut(&mut self) -> Option<&mut Row> {
        self.rows.get_mut(self.cursor)
    }

    fn choose(&mut self, choice: Choice) {
        self.problem = match self.row_mut() {
            None => None,
            Some(row) => match (row.change, &choice) {
                (Change::Theirs, _) => {
                    Some("Somebody else changed this alone: it stays as it is there.".to_owned())
                }
                (Change::Alike, _) => Some("Both say the same here.".to_owned()),
                (Change::Ours, Choice::Base) if row.adds => {
                    Some("A note is never taken away: yours is added to theirs, or left out.".to_owned())
                }
                (Change::Ours, _) => {
                    row.choice = Some(choice);
                    None
                }
            },
        };
        if self.problem.is_none() {
            self.step_to_undecided();
        }
    }

    /// The next part that is to be decided gets the keys; with none left they stay.
    fn step_to_undecided(&mut self) {
        let open = |row: &Row| row.change == Change::Ours && row.choice.is_none();
        let after = (self.cursor..self.rows.len()).chain(0..self.cursor);
        if let Some(next) = after.into_iter().find(|place| self.rows.get(*place).is_some_and(open)) {
            self.go(next);
        }
    }

    fn choose_all(&mut self, choice: &Choice) {
        for row in self.rows.iter_mut().filter(|row| row.change == Change::Ours) {
            row.choice = Some(choice.clone());
        }
        self.problem = None;
    }

    fn go(&mut self, place: usize) {
        self.cursor = place.min(self.rows.len().saturating_sub(1));
        self.scroll = 0;
    }
}

/// The width of the view, and whether the versions stand side by side.
pub fn layout(size: Size) -> (u16, bool) {
    let width = dialog_width(size, WIDTH);
    (width, width >= SIDE_BY_SIDE)
}

/// The cells of a line of one version.
pub fn room(size: Size) -> u16 {
    let (width, is_wide) = layout(size);
    let inside = width.saturating_sub(2);
    if is_wide { (inside - LABEL - 2) / 3 - 2 } else { inside.saturating_sub(12).max(8) }
}

/// Shows what a write has met. It lies refused in the outbox from now on, on the disk too, until it is decided.
pub fn open(state: &mut State, intent: &Intent, theirs: &Thing) {
    let error = ApiError {
        kind: ErrorKind::Conflict(Some(theirs.clone())),
        status: None,
        sentence: "Somebody else changed it in the meantime; nothing was sent.".to_owned(),
        request_id: None,
    };
    state.outbox.keep_refused(intent.clone(), error);
    if let Some(kept) = state.outbox.get(intent.id) {
        state.effects.push(Effect::Note(Box::new(kept.clone())));
    }
    open_by_id(state, intent.id);
}

/// Shows what a refused write of the outbox has met; one that met nothing of somebody else's is asked about otherwise.
pub fn open_by_id(state: &mut State, id: IntentId) {
    match of(state, id) {
        Some(conflict) => {
            state.layers.push(Layer::Conflict(Box::new(conflict)));
            state.touch();
        }
        None => confirm::open_refused(state, id),
    }
}

/// The conflict of a refused write, where both versions are known.
fn of(state: &State, id: IntentId) -> Option<Conflict> {
    let intent = state.outbox.get(id)?;
    let IntentState::Refused { error } = &intent.state else { return None };
    let ErrorKind::Conflict(theirs) = &error.kind else { return None };
    let since = |time: Option<&crate::domain::time::DateTime>| time.map(|time| time.display(&state.zone));
    let (sides, rows, since) = match (&intent.wish, theirs) {
        (Wish::Update { base, patch }, theirs) => {
            let theirs: Task = if let Some(theirs) = theirs {
                theirs.task()?.clone()
            } else {
                // The source did not give it: what was read since is as good.
                let read = state.store.find(&base.key).and_then(|row| state.store.task(row))?;
                Some(read).filter(|read| !Patch::between(base, read).fields.is_empty())?
            };
            let since = since(theirs.last_modified.as_ref());
            let (sides, rows) = task::Sides::of(state, base, patch, theirs)?;
            (Sides::Task(Box::new(sides)), rows, since)
        }
        (Wish::UpdateDocument { base, document }, Some(Thing::Document(theirs))) => {
            let since = since(theirs.last_modified.as_ref());
            let (sides, rows) = document::Sides::of(base, document, theirs);
            (Sides::Document(Box::new(sides)), rows, since)
        }
        _ => return None,
    };
    let (typed, problem) = (None, None);
    let mut conflict = Conflict { id, since, rows, cursor: 0, scroll: 0, typed, problem, sides };
    conflict.step_to_undecided();
    Some(conflict)
}

fn top(state: &mut State) -> Option<&mut Conflict> {
    match state.layers.last_mut() {
        Some(Layer::Conflict(conflict)) => Some(conflict),
        _ => None,
    }
}

pub(super) fn on_text(state: &mut State, text: &str) {
    if let Some(typed) = top(state).and_then(|conflict| conflict.typed.as_mut()) {
        typed.insert(text);
    }
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let (page, room, most) = (state.size.height / 2, usize::from(room(state.size)), state.size.height);
    let Some(conflict) = top(state) else { return };
    if conflict.typed.is_some() {
        return on_typing(conflict, action);
    }
    match action {
        Action::MoveDown => conflict.go(conflict.cursor + 1),
        Action::MoveUp => conflict.go(conflict.cursor.saturating_sub(1)),
        Action::MoveTop => conflict.go(0),
        Action::MoveBottom => conflict.go(usize::MAX),
        Action::MovePageDown | Action::MovePageUp => {
            if let Some(scroll) = scrolled(action, conflict.scroll, page) {
                let lines = conflict.rows.get(conflict.cursor).map_or(0, |row| height(row, room));
                conflict.scroll = scroll.min((lines as u16).saturating_sub(most / 3));
            }
        }
        Action::ConflictMine => conflict.choose(Choice::Mine),
        Action::ConflictTheirs => conflict.choose(Choice::Theirs),
        Action::ConflictBase => conflict.choose(Choice::Base),
        Action::ConflictAllMine => conflict.choose_all(&Choice::Mine),
        Action::ConflictAllTheirs => conflict.choose_all(&Choice::Theirs),
        Action::ConflictEdit => begin_typing(conflict),
        Action::ConflictSend => send(state),
        Action::PaneClose | Action::InputCancel => {
            close(state);
            let key = state.keymap.keys_for(Action::GoOutbox).into_iter().next().unwrap_or_default();
            state.say(&format!("Nothing was sent. Your change is kept as it is; {key} opens it again."));
        }
        _ => {}
    }
}

/// The lines that a part takes at most.
fn height(row: &Row, room: usize) -> usize {
    let lines = |raw: &str| Clean::lines(raw).iter().map(|line| line.wrap(room).len().max(1)).sum::<usize>();
    1 + lines(&row.base) + lines(&row.mine) + lines(&row.theirs)
}

fn begin_typing(conflict: &mut Conflict) {
    let Some(row) = conflict.rows.get(conflict.cursor).filter(|row| row.change == Change::Ours) else {
        conflict.problem = Some("There is nothing of yours to type here.".to_owned());
        return;
    };
    let begun = match &row.choice {
        Some(Choice::Typed(text)) => text,
        _ => &row.typing.1,
    };
    conflict.problem = None;
    conflict.typed = match row.typing.0 {
        Typing::Line => Some(TypedText::line(begun)),
        Typing::Prose => Some(TypedText::prose(begun)),
        Typing::No => {
            conflict.problem = Some("This is not typed here: keep yours, theirs or what it was.".to_owned());
            None
        }
    };
}

fn on_typing(conflict: &mut Conflict, action: Action) {
    let Some(typed) = &mut conflict.typed else { return };
    match action {
        Action::EditNewLine => typed.new_line(),
        Action::InputAccept => {
            let text = typed.text();
            conflict.typed = None;
            conflict.choose(Choice::Typed(text));
        }
        Action::InputCancel | Action::PaneClose => conflict.typed = None,
        // The arrows have no history to bring back here.
        Action::HistoryOlder => typed.edit(crate::app::text::Edit::Up),
        Action::HistoryNewer => typed.edit(crate::app::text::Edit::Down),
        action => {
            if let Some(edit) = update::line_edit(action) {
                typed.edit(edit);
            }
        }
    }
}

/// Sends what was decided as a new write that builds on theirs, so that it is compared again.
fn send(state: &mut State) {
    let Some(Layer::Conflict(conflict)) = state.layers.last() else { return };
    let id = conflict.id;
    let Some(intent) = state.outbox.get(id).cloned() else {
        close(state);
        return state.say("This write is settled already.");
    };
    let open = conflict.undecided();
    let outcome = if open > 0 {
        Err((None, format!("{open} to decide first: keep yours, theirs or what it was.")))
    } else {
        match &conflict.sides {
            Sides::Task(sides) => sides.outcome(state, &conflict.rows),
            Sides::Document(sides) => sides.outcome(state, &conflict.rows, intent.source),
        }
    };
    let is_as_wished = conflict.rows.iter().all(|row| matches!(row.choice, Some(Choice::Mine) | None));
    match outcome {
        Err((place, sentence)) => {
            if let Some(conflict) = top(state) {
                conflict.problem = Some(sentence);
                match place {
                    Some(place) => conflict.go(place),
                    None => conflict.step_to_undecided(),
                }
            }
        }
        Ok(Outcome::Nothing) => {
            close(state);
            settle::forget(state, id);
            state.say(&format!("Nothing is to be sent, all stays as it is there: {}", intent.line));
        }
        Ok(Outcome::Send(wish, parts)) => {
            close(state);
            let line = if is_as_wished { intent.line } else { decided_line(state, &wish, &parts) };
            let new = match wish {
                Wish::Update { base, patch } => writes::send_update(state, *base, patch, line, intent.typed),
                wish => writes::confirm_wish(state, intent.source, wish, line, intent.typed),
            };
            state.outbox.replace(new, id);
        }
    }
}

/// What is sent in place of the write that met the conflict.
fn decided_line(state: &State, wish: &Wish, parts: &[String]) -> String {
    let parts = parts.join(", ");
    match wish {
        Wish::Update { base, .. } => format!("{} · sets {parts}", writes::short_line(state, "Change", base)),
        Wish::UpdateDocument { base, .. } => format!("{} · sets {parts}", document_line(state, base)),
        _ => parts,
    }
}

fn document_line(state: &State, document: &Document) -> String {
    let patient = state.patient_of(document.key.source, document.patient.as_ref());
    format!("Change document: {} · {patient}", document.title)
}
