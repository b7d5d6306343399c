//! The sources screen: which source is selected.
//!
//! Must not know how a source is asked: `sync.rs` does.

use crate::app::{action::Action, state::State, sync};

/// Does what a key asks on the sources screen; whether it was one of its own.
pub fn on_action(state: &mut State, action: Action) -> bool {
    let last = state.sources.len().saturating_sub(1);
    let selected = state.worklist.selected_source;
    match action {
        Action::MoveDown => state.worklist.selected_source = (selected + 1).min(last),
        Action::MoveUp => state.worklist.selected_source = selected.saturating_sub(1),
        Action::MoveTop => state.worklist.selected_source = 0,
        Action::MoveBottom => state.worklist.selected_source = last,
        Action::RefreshView => {
            if let Some(id) = state.sources.get(selected).map(|source| source.id) {
                sync::refresh(state, id);
            }
        }
        Action::PaneClose | Action::PaneOpen => state.screen = crate::app::screens::Screen::Worklist,
        _ => return false,
    }
    state.touch();
    true
}
