//! The window in which a write is kept and not yet sent, and the line that counts it down.
//!
//! Must not tick: a timer is set to the moment at which a shown second changes, and only while something is held.

use crate::app::{
    action::Action,
    effect::Effect,
    msg::TimerId,
    outbox::{Intent, IntentId, IntentState, later},
    screens::editor,
    state::State,
    update,
};
use crate::domain::time::Timestamp;

/// A write is on its store: it is held for the window, unless it goes at once.
pub fn hold(state: &mut State, id: IntentId) {
    let window_s = state.settings.undo_window_s;
    let Some(intent) = state.outbox.get(id).filter(|_| window_s > 0 && !state.leaves_when_sent) else {
        return;
    };
    if intent.wish.goes_at_once() {
        // What was changed of the same task before it goes first.
        let key = intent.key().cloned();
        return state.outbox.release(|other| other.key() == key.as_ref());
    }
    state.outbox.hold(id, later(state.now, i64::from(window_s)));
}

/// What an earlier run confirmed and never tried is held anew, so that it can still be taken back.
pub fn hold_restored(state: &mut State, is_restored: &dyn Fn(&Intent) -> bool) {
    let untried: Vec<Intent> = state
        .outbox
        .intents()
        .iter()
        .filter(|intent| intent.is_untried() && is_restored(intent))
        .cloned()
        .collect();
    for intent in &untried {
        super::on_confirmed(state, intent);
        hold(state, intent.id);
    }
    if let Some(at) = state.outbox.next_wake(state.now).filter(|_| !untried.is_empty()) {
        state.effects.push(Effect::Timer { id: TimerId::Outbox, at });
        countdown(state);
    }
}

/// The newest write that is held, and until when.
fn newest(state: &State) -> Option<(&Intent, Timestamp)> {
    let window_s = i64::from(state.settings.undo_window_s);
    state.outbox.intents().iter().rev().find_map(|intent| match intent.state {
        IntentState::Held { until } => Some((intent, until)),
        // It is held from the moment at which it is kept.
        IntentState::Saving if window_s > 0 && !intent.wish.goes_at_once() => {
            Some((intent, later(state.now, window_s)))
        }
        _ => None,
    })
}

/// Whole seconds to a moment, the begun one too.
fn seconds_left(now: Timestamp, until: Timestamp) -> i64 {
    ((until.as_millisecond() - now.as_millisecond()).max(0) + 999) / 1_000
}

/// Sets the timer to the moment at which the shown second changes next.
pub fn countdown(state: &mut State) {
    let Some((_, until)) = newest(state) else { return };
    let left_s = seconds_left(state.now, until);
    if left_s > 1 {
        let at = later(until, 1 - left_s);
        state.effects.push(Effect::Timer { id: TimerId::Countdown, at });
    }
}

/// The shown second has changed.
pub fn on_countdown(state: &mut State) {
    if newest(state).is_some() {
        state.touch();
        countdown(state);
    }
}

/// What stands at the foot while a write is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLine {
    /// What it is, and for whom.
    pub line: String,
    /// When it goes, and what takes it back.
    pub when: String,
}

impl HeldLine {
    /// All of it.
    pub fn whole(&self) -> String {
        format!("{} — {}", self.line, self.when)
    }
}

/// What stands at the foot while a write is held: what it is, for whom, and when it goes.
pub fn held_line(state: &State) -> Option<HeldLine> {
    let (intent, until) = newest(state)?;
    let held = |id: &IntentId| {
        let state = state.outbox.get(*id).map(|intent| &intent.state);
        matches!(state, Some(IntentState::Held { .. } | IntentState::Saving))
    };
    let more = state.undo.siblings(intent.id).filter(held).count().saturating_sub(1);
    let (more, it) = if more == 0 { (String::new(), "it") } else { (format!(" and {more} more"), "them") };
    let source = state.source(intent.source);
    let when = match source.filter(|source| !source.takes_writes()) {
        Some(source) => format!("kept until {} answers", source.name),
        None => format!("sent in {} s", seconds_left(state.now, until)),
    };
    // Where the key means something else it is not named.
    let contexts = update::contexts(state);
    let key = |action| state.keymap.keys_in(&contexts, action).into_iter().next();
    let stop = if state.undo.is_reversal(intent.id) {
        let was = if more.is_empty() { "it" } else { "they" };
        key(Action::Redo).map(|key| format!(", {key} leaves {it} as {was} was"))
    } else if editor::is_held(state) {
        key(Action::DocUndo).map(|key| format!(", {key} takes {it} back"))
    } else {
        key(Action::Undo).map(|key| format!(", {key} takes {it} back"))
    };
    Some(HeldLine {
        line: format!("{}{more}", intent.line),
        when: format!("{when}{}", stop.unwrap_or_default()),
    })
}
