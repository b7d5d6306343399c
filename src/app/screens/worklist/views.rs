//! Saved views: a key, a name and a query.
//!
//! Must not write the configuration: saving is an effect.

use super::{rows, set_query};
use crate::app::state::State;

/// A saved view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The key that shows it, `1` to `9`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it shows.
    pub query: String,
    /// Its columns; empty for the usual ones.
    pub columns: Vec<String>,
}

/// Shows the view of a key, or says that there is none.
pub fn show_key(state: &mut State, key: &str) {
    match state.worklist.views.iter().position(|view| view.key == key) {
        Some(index) => show(state, Some(index)),
        None => state.say(&format!("No view is saved under {key}; :save-view NAME {key} keeps this one.")),
    }
}

/// Shows a view; none shows everything.
pub fn show(state: &mut State, index: Option<usize>) {
    let query = index.and_then(|index| state.worklist.views.get(index)).map(|view| view.query.clone());
    state.worklist.view = index;
    rows::start_anew(state);
    set_query(state, query.as_deref().unwrap_or(""));
    rows::settle(state);
}

/// Shows the next view, or the one before; everything stands between last and first.
pub fn step(state: &mut State, forward: bool) {
    let count = state.worklist.views.len();
    let next = match (state.worklist.view, forward) {
        (None, true) => (count > 0).then_some(0),
        (None, false) => count.checked_sub(1),
        (Some(index), true) => Some(index + 1).filter(|index| *index < count),
        (Some(index), false) => index.checked_sub(1),
    };
    show(state, next);
}

/// Keeps the present query under a name and a key, here and in the configuration.
pub fn save(state: &mut State, name: &str, key: &str) {
    let query = state.worklist.query_text.clone();
    let view = View { key: key.to_owned(), name: name.to_owned(), query: query.clone(), columns: Vec::new() };
    let views = &mut state.worklist.views;
    views.retain(|other| other.key != key && other.name != name);
    let place = views.iter().position(|other| other.key.as_str() > key).unwrap_or(views.len());
    views.insert(place, view);
    state.worklist.view = Some(place);
    let (name, key) = (name.to_owned(), key.to_owned());
    state.effects.push(crate::app::effect::Effect::SaveView { name, key, query });
    state.touch();
}
