//! What became of many writes of one key, an item each; what was refused is sent again from here.
//!
//! Must not keep what it shows: it is read anew from the history and the outbox for every frame.

use super::{Layer, close, tell::scrolled};
use crate::app::{action::Action, outbox::IntentId, state::State, undo, writes::settle};

/// The dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results {
    /// One of the writes: the others are those of the same key.
    pub of: IntentId,
    /// The first line on the screen.
    pub scroll: u16,
}

/// Shows what became of the writes of a key.
pub fn open(state: &mut State, of: IntentId) {
    state.layers.push(Layer::Results(Results { of, scroll: 0 }));
    state.touch();
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let page = state.size.height / 2;
    let Some(Layer::Results(results)) = state.layers.last() else { return };
    let outcomes = undo::outcomes(state, results.of);
    let scroll = scrolled(action, results.scroll, page);
    if let (Some(scroll), Some(Layer::Results(results))) = (scroll, state.layers.last_mut()) {
        // An item takes few lines at the most.
        results.scroll = scroll.min((outcomes.len() * 4) as u16);
        return;
    }
    match action {
        Action::ConfirmAgain => {
            for id in undo::failed(state, &outcomes) {
                settle::send_again(state, id);
            }
        }
        Action::ConfirmYes | Action::ConfirmNo | Action::PaneClose | Action::InputCancel => {
            drop(close(state));
        }
        _ => {}
    }
}
