//! Help, made from the live key map: every action of where the user is, its keys and why it may be unavailable.
//!
//! Must not name a key itself.

use super::{Layer, close, tell::scrolled};
use crate::app::{
    action::Action,
    action::{ACTIONS, Context},
    state::State,
    writes,
};

/// The help of some contexts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help {
    /// The lines.
    pub lines: Vec<HelpLine>,
    /// The first line on the screen.
    pub scroll: u16,
}

/// One action in the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpLine {
    /// The keys, printed; empty when it has none.
    pub keys: String,
    /// The action's id.
    pub id: &'static str,
    /// What it does.
    pub sentence: &'static str,
    /// Why it cannot be done now; it is shown struck out.
    pub refused: Option<String>,
}

/// Opens the help on these contexts.
pub fn open(state: &mut State, contexts: &[Context]) {
    let here = ACTIONS.iter().filter(|info| info.contexts.iter().any(|context| contexts.contains(context)));
    // What has no key at all is a command by its name; what has keys only elsewhere is nothing to be told here.
    let is_command = |action| state.layers.is_empty() && state.keymap.keys_for(action).is_empty();
    let lines = here.filter_map(|info| {
        let keys = state.keymap.keys_in(contexts, info.action).join(" ");
        (!keys.is_empty() || is_command(info.action)).then(|| HelpLine {
            keys,
            id: info.id,
            sentence: info.sentence,
            refused: writes::refusal(state, info.action),
        })
    });
    let lines = lines.collect();
    state.layers.push(Layer::Help(Help { lines, scroll: 0 }));
    state.touch();
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let (page, last) = (state.size.height / 2, state.last_page);
    let Some(Layer::Help(help)) = state.layers.last_mut() else { return };
    match scrolled(action, help.scroll.min(last), page) {
        Some(scroll) => help.scroll = scroll.min(last),
        None => drop(close(state)),
    }
}
