//! The screen of deeds: what this user did from here, and what came of it.
//!
//! Must not change the journal: it is written where a write is kept.

use super::{Screen, ledger::Ledger};
use crate::app::{
    action::Action,
    effect::Effect,
    kept::{Deed, JournalPage},
    state::State,
};
use crate::domain::time::Timestamp;

/// What was read of the journal, and where the user is in it.
#[derive(Debug, Default)]
pub struct Reading {
    /// The end of the journal as it was read, or why it could not be; none before the first answer.
    pub page: Option<Result<JournalPage, String>>,
    /// When it was read.
    pub read_at: Option<Timestamp>,
    /// The cursor: deeds are never changed, so that the place from the oldest names one.
    pub ledger: Ledger<usize>,
}

/// The deeds that were read, the youngest first.
pub fn entries(state: &State) -> Vec<&Deed> {
    match &state.ledgers.journal.page {
        Some(Ok(page)) => page.deeds.iter().rev().collect(),
        Some(Err(_)) | None => Vec::new(),
    }
}

/// The deed under the cursor, and its place.
pub fn selected(state: &State) -> (usize, Option<&Deed>) {
    let entries = entries(state);
    let keys: Vec<usize> = (0..entries.len()).collect();
    let place = state.ledgers.journal.ledger.place(&keys);
    (place, entries.get(place).copied())
}

/// Shows the screen and reads the journal.
pub(super) fn open(state: &mut State) {
    state.screen = Screen::Journal;
    state.ledgers.journal.ledger = Ledger::default();
    state.effects.push(Effect::ReadJournal);
}

/// The journal was read, or could not be.
pub fn on_read(state: &mut State, page: Result<JournalPage, String>) {
    state.ledgers.journal.page = Some(page);
    state.ledgers.journal.read_at = Some(state.now);
    state.touch();
}

/// Does what a key asks on this screen; whether it was one of its own.
pub fn on_action(state: &mut State, action: Action) -> bool {
    let keys: Vec<usize> = (0..entries(state).len()).collect();
    let page = super::page(state.size);
    if state.ledgers.journal.ledger.act(action, &keys, page, state.last_page) {
        state.touch();
        return true;
    }
    match action {
        Action::PaneOpen => state.ledgers.journal.ledger.in_detail = true,
        Action::JournalRead => state.effects.push(Effect::ReadJournal),
        Action::PaneClose => state.screen = Screen::Worklist,
        _ => return false,
    }
    state.touch();
    true
}
