//! The rows on the screen: how the order moves, and how the cursor stays on its task.
//!
//! Must not move a row under the finger: for two seconds after a key the order is frozen.

use super::Worklist;
use crate::app::{
    effect::Effect,
    layers::Layer,
    msg::TimerId,
    outbox::later,
    scan::Scan,
    state::State,
    store::{Bits, Row},
    sync,
};
use crate::domain::{
    people::PersonKind,
    task::{SourceId, Task},
};

/// How long the order stays after a key, in seconds.
const FREEZE_S: i64 = 2;

/// What stands at a place of the list.
#[derive(Debug)]
pub enum Shown {
    /// A task that matches.
    Task(Box<Task>),
    /// A task that no longer matches, or is gone from its source.
    Ghost(Box<Task>),
}

impl Worklist {
    /// How many places the list has, the ghost included.
    pub fn len(&self) -> usize {
        self.rows.len() + usize::from(self.ghost.is_some())
    }

    /// Whether nothing is shown.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The store's row at a place; none for the ghost.
    fn row_at(&self, place: usize) -> Option<Row> {
        match self.ghost {
            Some(ghost) if place == ghost => None,
            Some(ghost) if place > ghost => self.rows.get(place - 1).copied(),
            _ => self.rows.get(place).copied(),
        }
    }
}

/// What stands at a place of the list.
pub fn shown_at(state: &State, place: usize) -> Option<Shown> {
    let worklist = &state.worklist;
    if worklist.ghost == Some(place) {
        return worklist.selected.clone().map(|task| Shown::Ghost(Box::new(task)));
    }
    let row = worklist.row_at(place)?;
    match state.store.task(row) {
        Some(task) => {
            let matches =
                worklist.waiting.is_none() || worklist.scan.as_ref().is_none_or(|scan| scan.contains(row));
            let task = Box::new(task);
            Some(if matches { Shown::Task(task) } else { Shown::Ghost(task) })
        }
        None => None,
    }
}

/// The task at a place of the list.
pub fn task_at(state: &State, place: usize) -> Option<Task> {
    match shown_at(state, place)? {
        Shown::Task(task) | Shown::Ghost(task) => Some(*task),
    }
}

/// The scan has new rows: they are shown, or wait while the order is frozen.
pub(super) fn on_rows(state: &mut State) {
    super::counts::recount_soon(state);
    let worklist = &state.worklist;
    let Some(rows) = worklist.scan.as_ref().map(Scan::rows) else { return };
    if rows == worklist.rows && worklist.waiting.is_none() {
        refresh_selected(state);
        want_names(state);
        state.touch();
        return;
    }
    let is_held = worklist.is_frozen(state.now) || (!state.layers.is_empty() && worklist.was_used);
    if is_held && !worklist.rows.is_empty() {
        let waiting = rows.to_vec();
        let shown = bits_of(&worklist.rows);
        let new: Vec<Row> = waiting.iter().copied().filter(|row| !shown.has(row.0)).collect();
        let stat = new.iter().filter(|row| state.store.is_open_stat(**row)).count();
        state.worklist.arrivals = (new.len(), stat);
        state.worklist.waiting = Some(waiting);
        refresh_selected(state);
        want_names(state);
        state.touch();
        return;
    }
    let rows = rows.to_vec();
    set_rows(state, rows);
}

/// The rows change by the user's own word: they do not wait.
pub(super) fn thaw(state: &mut State) {
    state.worklist.frozen_until = None;
}

/// Shows the rows that wait.
pub fn merge(state: &mut State) {
    state.worklist.frozen_until = None;
    if state.worklist.waiting.take().is_some()
        && let Some(rows) = state.worklist.scan.as_ref().map(|scan| scan.rows().to_vec())
    {
        set_rows(state, rows);
    }
}

/// Rows that hold no task any more leave the list at once, for the store may give them to another task; the one
/// under the cursor stays in sight as a ghost.
pub(super) fn let_go(state: &mut State, gone: &[Row]) {
    if gone.is_empty() {
        return;
    }
    let gone = bits_of(gone);
    let worklist = &mut state.worklist;
    let at_cursor = worklist.row_at(worklist.cursor);
    let becomes_ghost = at_cursor.is_some_and(|row| gone.has(row.0)) && worklist.was_used;
    let above = worklist.rows.iter().take(worklist.cursor).filter(|row| gone.has(row.0)).count();
    worklist.rows.retain(|row| !gone.has(row.0));
    worklist.cursor = worklist.cursor.saturating_sub(above);
    if let Some(ghost) = worklist.ghost {
        worklist.ghost = Some(ghost.saturating_sub(above));
    } else if becomes_ghost && worklist.selected.is_some() {
        worklist.ghost = Some(worklist.cursor);
    }
    if let Some(waiting) = &mut worklist.waiting {
        waiting.retain(|row| !gone.has(row.0));
    }
    state.touch();
}

/// A set of rows that is asked in no time, however many there are.
fn bits_of(rows: &[Row]) -> Bits {
    let mut bits = Bits::for_rows(rows.iter().map(|row| row.0 as usize + 1).max().unwrap_or(0));
    for row in rows {
        bits.set(row.0);
    }
    bits
}

/// A new view or filter: the cursor goes to the top and the rows are shown at once.
pub(super) fn start_anew(state: &mut State) {
    let worklist = &mut state.worklist;
    worklist.frozen_until = None;
    worklist.waiting = None;
    worklist.arrivals = (0, 0);
    worklist.cursor = 0;
    worklist.offset = 0;
    worklist.selected = None;
    worklist.ghost = None;
}

fn set_rows(state: &mut State, rows: Vec<Row>) {
    let worklist = &mut state.worklist;
    worklist.waiting = None;
    worklist.arrivals = (0, 0);
    let screen_line = worklist.cursor.saturating_sub(worklist.offset);
    worklist.rows = rows;
    worklist.ghost = None;
    let selected = worklist.selected.as_ref().filter(|_| worklist.was_used).map(|task| task.key.clone());
    let place = selected.as_ref().and_then(|key| {
        let row = state.store.find(key)?;
        state.worklist.rows.iter().position(|shown| *shown == row)
    });
    let worklist = &mut state.worklist;
    match (place, selected) {
        (Some(place), _) => worklist.cursor = place,
        (None, Some(_)) => {
            // The task under the cursor stays in sight until the cursor leaves it.
            let ghost = worklist.cursor.min(worklist.rows.len());
            worklist.ghost = Some(ghost);
            worklist.cursor = ghost;
        }
        (None, None) => worklist.cursor = 0,
    }
    worklist.offset = worklist.cursor.saturating_sub(screen_line);
    settle(state);
}

/// Puts the cursor at a place, within the list, and what it leaves behind is let go.
pub fn move_to(state: &mut State, place: usize) {
    let worklist = &mut state.worklist;
    let mut place = place;
    if let Some(ghost) = worklist.ghost
        && place != ghost
    {
        worklist.ghost = None;
        place = if place > ghost { place - 1 } else { place };
    }
    worklist.cursor = place;
    worklist.detail_scroll = 0;
    worklist.selected = None;
    settle(state);
}

/// Keeps cursor and window within the list, and knows the task under the cursor.
pub fn settle(state: &mut State) {
    let visible = state.geometry().visible_rows();
    let worklist = &mut state.worklist;
    let last = worklist.len().saturating_sub(1);
    worklist.cursor = worklist.cursor.min(last);
    if worklist.cursor < worklist.offset {
        worklist.offset = worklist.cursor;
    }
    if worklist.cursor >= worklist.offset + visible {
        worklist.offset = worklist.cursor + 1 - visible;
    }
    worklist.offset = worklist.offset.min((last + 1).saturating_sub(visible));
    refresh_selected(state);
    want_names(state);
    state.touch();
}

fn refresh_selected(state: &mut State) {
    if state.worklist.ghost == Some(state.worklist.cursor) {
        // The ghost shows its last known state, newer where the store has it.
        if let Some(key) = state.worklist.selected.as_ref().map(|task| task.key.clone())
            && let Some(task) = state.store.find(&key).and_then(|row| state.store.task(row))
        {
            state.worklist.selected = Some(task);
        }
        return;
    }
    let row = state.worklist.row_at(state.worklist.cursor);
    match row.and_then(|row| state.store.task(row)) {
        Some(task) => state.worklist.selected = Some(task),
        None if row.is_none() => state.worklist.selected = None,
        None => {}
    }
}

/// For two seconds after a key the order does not move.
pub fn freeze(state: &mut State) {
    let until = later(state.now, FREEZE_S);
    state.worklist.was_used = true;
    state.worklist.frozen_until = Some(until);
    state.effects.push(Effect::Timer { id: TimerId::Thaw, at: until });
}

/// The two seconds are over.
pub fn on_thaw(state: &mut State) {
    if !state.worklist.is_frozen(state.now) && state.layers.is_empty() && state.worklist.filter.is_none() {
        merge(state);
    }
}

/// Asks for the names that a question before a write lacks, then for those of the visible rows.
pub fn want_names(state: &mut State) {
    let visible = state.geometry().visible_rows();
    let first = state.worklist.offset;
    let mut wanted: Vec<(SourceId, PersonKind, Box<str>)> = Vec::new();
    let asked = state.layers.iter().filter_map(|layer| match layer {
        Layer::Confirm(confirm) => Some(confirm.items.iter().map(|item| item.task.clone())),
        _ => None,
    });
    let tasks = asked.flatten().chain(state.worklist.selected.clone());
    let tasks = tasks.chain((first..first + visible).filter_map(|place| task_at(state, place)));
    for task in tasks {
        let source = task.key.source;
        let patient = task
            .patient
            .iter()
            .filter(|patient| patient.resource_type().is_none_or(|kind| kind == "Patient"));
        wanted.extend(patient.map(|patient| (source, PersonKind::Patient, patient.id().into())));
        if let Some(owner) = &task.owner
            && let Some(kind) = state.owner_kind(source, owner)
        {
            wanted.push((source, kind, owner.id().into()));
        }
        let staff = task.requester.iter().chain(task.notes.iter().filter_map(|note| note.author.as_ref()));
        let staff = staff.filter(|person| person.resource_type().is_none_or(|kind| kind == "Practitioner"));
        wanted.extend(staff.map(|person| (source, PersonKind::Practitioner, person.id().into())));
    }
    sync::want_names(state, wanted);
    sync::look::want(state);
}
