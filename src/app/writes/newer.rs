//! A source has said only that what is to be changed is another now: what it is, is read at once, so that the versions can
//! be shown.
//!
//! Must not send anything, nor ask twice: what cannot be read leaves the refusal as it is.

use super::settle;
use crate::app::{
    layers::confirm,
    outbox::{Intent, IntentId, IntentState, Wish},
    state::State,
    sync,
};
use crate::domain::document::Thing;
use crate::providers::{ApiError, ErrorKind, Reply};

/// Whether a write met a version that nobody has seen yet.
pub(super) fn is_wanted(intent: &Intent, error: &ApiError) -> bool {
    error.kind == ErrorKind::Conflict(None)
        && matches!(intent.wish, Wish::Update { .. } | Wish::UpdateDocument { .. })
}

/// Asks for what the source has now.
pub(super) fn read(state: &mut State, intent: &Intent) {
    if let Wish::Update { base, .. } = &intent.wish {
        sync::receive(state, vec![(**base).clone()]);
    }
    sync::read_newer(state, intent);
    state.warn(&format!("Not done, it is another there by now: {}. Reading what it is.", intent.line));
}

/// What the source has now was read, or could not be.
pub fn on_read(state: &mut State, id: IntentId, outcome: Result<Reply, ApiError>) {
    let Some(intent) = state.outbox.get(id).cloned() else { return };
    let IntentState::Refused { error } = &intent.state else { return };
    let found = match outcome {
        Ok(Reply::Task(task)) => Ok(Thing::Task(task)),
        Ok(Reply::Document(document)) => Ok(Thing::Document(document)),
        Ok(_) => Err("The source answered something else than was asked.".to_owned()),
        Err(ApiError { kind: ErrorKind::NotFound, .. }) => Err("It is no longer there.".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    match found {
        Ok(theirs) => {
            let error = ApiError { kind: ErrorKind::Conflict(Some(theirs)), ..error.clone() };
            state.outbox.keep_refused(intent, error.clone());
            if let Some(intent) = state.outbox.get(id).cloned() {
                settle::on_refused(state, &intent, &error);
            }
        }
        Err(sentence) => {
            settle::fall_back(state, &intent);
            state.warn(&format!(
                "Not done, and what is there now could not be read: {sentence} {}",
                intent.line
            ));
            if !settle::is_user_busy(state, id) {
                confirm::open_refused(state, id);
            }
        }
    }
    state.touch();
}
