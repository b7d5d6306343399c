//! What a system holds back until a time, as Open Dental does with reminders of the future: left out until then.
//!
//! Must not slow a list down that has none, nor leave out what the filter asks for by name.

use super::rescan;
use crate::app::{
    state::State,
    store::{HELD, Row, at},
};
use crate::domain::query::{Flag, Node, Query, Term};

/// Tasks held back are counted up to this many.
const COUNTED: usize = 1_000;

/// The query that is run, and whether it leaves out what is held back.
pub(super) fn query(state: &State) -> (Query, bool) {
    let query = state.worklist.query();
    let leaves_out = state.store.has_held()
        && !state.worklist.shows_held
        && !query.filter.as_ref().is_some_and(names_held);
    if !leaves_out {
        return (query, false);
    }
    let due_now = Node::Not(Box::new(Node::Term(Term::Is(vec![Flag::Held]))));
    let filter = match query.filter {
        Some(filter) => Node::And(vec![filter, due_now]),
        None => due_now,
    };
    (Query { filter: Some(filter), ..query }, true)
}

/// Whether a filter speaks of what is held back.
fn names_held(node: &Node) -> bool {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().any(names_held),
        Node::Not(node) => names_held(node),
        Node::Term(Term::Is(flags)) => flags.contains(&Flag::Held),
        Node::Term(_) | Node::Text(_) => false,
    }
}

/// Whether a row is held back now.
pub(super) fn is_held(state: &State, row: Row) -> bool {
    at(&state.store.columns().flags, row.0, 0) & HELD != 0
        && state.store.task(row).is_some_and(|task| task.is_held(state.now, &state.zone))
}

/// How many tasks the filter would let through if they were not held back.
pub(super) fn count(state: &State) -> usize {
    if !state.worklist.leaves_held_out {
        return 0;
    }
    let query = state.worklist.query();
    let flags = state.store.columns().flags.iter();
    let rows = (0..).zip(flags).filter(|(_, flags)| **flags & HELD != 0).map(|(row, _)| Row(row));
    let tasks = rows.filter_map(|row| state.store.task(row)).take(COUNTED);
    tasks.filter(|task| task.is_held(state.now, &state.zone) && query.matches(task, state)).count()
}

/// Shows what is held back, or leaves it out again.
pub(super) fn toggle(state: &mut State) {
    state.worklist.shows_held = !state.worklist.shows_held;
    let words = match (state.store.has_held(), state.worklist.shows_held) {
        (false, _) => "No source holds anything back.",
        (true, true) => "What systems hold back until later is shown.",
        (true, false) => "What systems hold back until later is left out until then.",
    };
    state.say(words);
    super::rows::thaw(state);
    rescan(state);
}
