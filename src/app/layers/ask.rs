//! A question to be answered with yes or no before something is thrown away.
//!
//! Must not do anything by itself: a yes says what it is for.

use super::{Layer, close, tell::scrolled};
use crate::app::{
    action::Action,
    screens::{drafts, outbox},
    state::State,
};
use uuid::Uuid;

/// What a yes does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Let the write with this key go.
    DropWrite(String),
    /// Send the write with this key to where its source is asked now.
    SendElsewhere(String),
    /// Throw this draft away.
    DropDraft(Uuid),
}

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What is asked.
    pub title: String,
    /// What it is about, raw.
    pub lines: Vec<String>,
    /// What a yes does.
    pub then: Then,
    /// The first line on the screen.
    pub scroll: u16,
}

/// Opens a question.
pub fn open(state: &mut State, title: &str, lines: Vec<String>, then: Then) {
    state.layers.push(Layer::Ask(Ask { title: title.to_owned(), lines, then, scroll: 0 }));
    state.touch();
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let page = state.size.height / 2;
    let Some(Layer::Ask(ask)) = state.layers.last_mut() else { return };
    if let Some(scroll) = scrolled(action, ask.scroll, page) {
        // A line takes a screen at most.
        ask.scroll = scroll.min((ask.lines.len() as u16).saturating_mul(page));
        return;
    }
    match action {
        Action::ConfirmYes => {
            let then = ask.then.clone();
            close(state);
            match then {
                Then::DropWrite(key) => outbox::let_go(state, &key),
                Then::SendElsewhere(key) => outbox::send_elsewhere(state, &key),
                Then::DropDraft(id) => drafts::throw_away(state, id),
            }
        }
        Action::ConfirmNo | Action::PaneClose => drop(close(state)),
        _ => {}
    }
}
