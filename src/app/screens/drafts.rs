//! The screen of drafts: text that was begun and not sent.
//!
//! Must not throw a draft away without a question.

use super::{Screen, editor};
use crate::app::{
    action::Action,
    effect::Effect,
    kept::{Change, Draft},
    layers::{
        ask::{self, Then},
        tell,
    },
    state::State,
};
use uuid::Uuid;

fn keys(state: &State) -> Vec<Uuid> {
    state.drafts.iter().rev().map(|draft| draft.id).collect()
}

/// The drafts as they are shown, the youngest first.
pub fn entries(state: &State) -> Vec<&Draft> {
    state.drafts.iter().rev().collect()
}

/// The draft under the cursor, and its place.
pub fn selected(state: &State) -> (usize, Option<&Draft>) {
    let place = state.ledgers.drafts.place(&keys(state));
    (place, entries(state).get(place).copied())
}

/// Does what a key asks on this screen; whether it was one of its own.
pub fn on_action(state: &mut State, action: Action) -> bool {
    let (keys, page) = (keys(state), super::page(state.size));
    if state.ledgers.drafts.act(action, &keys, page, state.last_page) {
        state.touch();
        return true;
    }
    match action {
        Action::PaneOpen => reopen(state),
        Action::DraftDrop => ask_to_drop(state),
        Action::PaneClose => state.screen = Screen::Worklist,
        _ => return false,
    }
    state.touch();
    true
}

/// Goes on with a draft where it is written.
fn reopen(state: &mut State) {
    let Some(draft) = selected(state).1.cloned() else { return state.say("There are no drafts.") };
    if draft.kind == editor::keep::KIND {
        return editor::open::reopen(state, draft.id);
    }
    let lines = draft.body.text().lines().map(str::to_owned).collect();
    tell::open(state, &format!("Draft: {}", draft.title), lines);
}

fn ask_to_drop(state: &mut State) {
    let Some(draft) = selected(state).1 else { return state.say("There are no drafts.") };
    let lines = vec![
        format!("{} · {}", draft.kind, draft.title),
        String::new(),
        "Its text is thrown away; nothing brings it back.".to_owned(),
    ];
    let then = Then::DropDraft(draft.id);
    ask::open(state, "Throw this draft away?", lines, then);
}

/// The user has said that a draft is to be thrown away.
pub fn throw_away(state: &mut State, id: Uuid) {
    if state.is_store_reader {
        return state.warn("Not thrown away: another rounds keeps the drafts, and this one only reads them.");
    }
    let Some(place) = state.drafts.iter().position(|draft| draft.id == id) else { return };
    let draft = state.drafts.remove(place);
    state.effects.push(Effect::Store(vec![Change::DropDraft(id)]));
    state.say(&format!("Thrown away: {} · {}", draft.kind, draft.title));
}
