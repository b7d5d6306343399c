//! What is left out until a time: what a system holds back, as Open Dental does with reminders of the future, and what
//! the user has put out of sight.
//!
//! Must not slow a list down that has none, nor leave out what the filter asks for by name.

use super::rescan;
use crate::app::{
    state::State,
    store::{HELD, Row, at},
};
use crate::domain::{
    query::{Flag, Node, Query, Term},
    time::Timestamp,
};

/// Tasks held back are counted up to this many.
const COUNTED: usize = 1_000;

/// What a scan leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// What systems hold back.
    pub held: bool,
    /// What the user has put out of sight.
    pub snoozed: bool,
}

/// The query that is run, and what it leaves out.
pub(super) fn query(state: &State) -> (Query, LeftOut) {
    let query = state.worklist.query();
    let names = |flag| query.filter.as_ref().is_some_and(|filter| names(filter, flag));
    let left_out = LeftOut {
        held: state.store.has_held() && !state.worklist.shows_held && !names(Flag::Held),
        snoozed: state.local.snoozes().next().is_some()
            && !state.worklist.shows_snoozed
            && !names(Flag::Snoozed),
    };
    let not = |flag| Node::Not(Box::new(Node::Term(Term::Is(vec![flag]))));
    let without = [(left_out.held, Flag::Held), (left_out.snoozed, Flag::Snoozed)];
    let without = without.into_iter().filter(|(is_out, _)| *is_out).map(|(_, flag)| not(flag));
    let mut nodes: Vec<Node> = query.filter.into_iter().chain(without).collect();
    let filter = if nodes.len() > 1 { Some(Node::And(nodes)) } else { nodes.pop() };
    (Query { filter, ..query }, left_out)
}

/// Whether a filter speaks of a flag.
fn names(node: &Node, flag: Flag) -> bool {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().any(|node| names(node, flag)),
        Node::Not(node) => names(node, flag),
        Node::Term(Term::Is(flags)) => flags.contains(&flag),
        Node::Term(_) | Node::Text(_) => false,
    }
}

/// Whether a row is out of sight by the user's word.
pub(super) fn is_snoozed(state: &State, row: Row) -> bool {
    state.store.key(row).is_some_and(|key| state.local.snoozed_until(&key).is_some())
}

/// How many tasks the filter would let through if the user had not put them out of sight.
pub(super) fn count_snoozed(state: &State) -> usize {
    if !state.worklist.left_out.snoozed {
        return 0;
    }
    let query = state.worklist.query();
    let rows = state.local.snoozes().filter_map(|(key, _)| state.store.find(key));
    let tasks = rows.filter_map(|row| state.store.task(row));
    tasks.filter(|task| query.matches(task, state)).count()
}

/// Shows what is out of sight, or leaves it out again.
pub(super) fn toggle_snoozed(state: &mut State) {
    state.worklist.shows_snoozed = !state.worklist.shows_snoozed;
    let words = match (state.local.snoozes().next(), state.worklist.shows_snoozed) {
        (None, _) => "Nothing is snoozed.",
        (Some(_), true) => "What is snoozed is shown.",
        (Some(_), false) => "What is snoozed is left out until its time.",
    };
    state.say(words);
    super::rows::thaw(state);
    rescan(state);
}

/// Whether a row is held back now.
pub(super) fn is_held(state: &State, row: Row) -> bool {
    until(state, row).is_some()
}

/// Until when a row is held back; none where it is not, or no longer.
pub(super) fn until(state: &State, row: Row) -> Option<Timestamp> {
    if at(&state.store.columns().flags, row.0, 0) & HELD == 0 {
        return None;
    }
    let task = state.store.task(row)?;
    task.held_until?.start(&state.zone).filter(|until| *until > state.now)
}

/// How many tasks the filter would let through if they were not held back.
pub(super) fn count(state: &State) -> usize {
    if !state.worklist.left_out.held {
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
