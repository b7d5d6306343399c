//! The palette: every action by name, and commands with words such as `save-view NAME KEY`.
//!
//! Must not offer what cannot be done without saying why.

use super::{Layer, close};
use crate::app::{
    action::{ACTIONS, Action, Context},
    profiles,
    screens::{Screen, editor, worklist::views},
    state::State,
    text::TypedText,
    update, writes,
};
use nucleo_matcher::{
    Config, Matcher,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// The palette while it is open.
#[derive(Debug)]
pub struct Palette {
    /// What is typed.
    pub text: TypedText,
    /// What matches, best first.
    pub found: Vec<Entry>,
    /// The selected entry.
    pub cursor: usize,
}

/// One line of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// The action's id.
    pub id: &'static str,
    /// What it does, in words.
    pub sentence: &'static str,
    /// Its keys.
    pub keys: String,
    /// Why it cannot be done now.
    pub refused: Option<String>,
}

/// Opens the palette.
pub fn open(state: &mut State) {
    let found = search(state, "");
    state.layers.push(Layer::Palette(Box::new(Palette { text: TypedText::line(""), found, cursor: 0 })));
    state.touch();
}

fn search(state: &State, text: &str) -> Vec<Entry> {
    let contexts: &[Context] = match state.screen {
        Screen::Editor => &[Context::Global, Context::Outline],
        _ => &[Context::Global, Context::Worklist],
    };
    // Of an editor's two panes the keys of the one that has them.
    let shown = if state.screen == Screen::Editor { editor::contexts(state) } else { contexts.to_vec() };
    let here = ACTIONS.iter().filter(|info| info.contexts.iter().any(|context| contexts.contains(context)));
    let here = here.filter(|info| info.action != Action::Palette);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut scored: Vec<(u32, Entry)> = Vec::new();
    for info in here {
        let haystack = format!("{} {}", info.id, info.sentence);
        let mut buffer = Vec::new();
        let score = pattern.score(nucleo_matcher::Utf32Str::new(&haystack, &mut buffer), &mut matcher);
        if let Some(score) = score {
            let entry = Entry {
                action: info.action,
                id: info.id,
                sentence: info.sentence,
                keys: state.keymap.keys_in(&shown, info.action).join(" "),
                refused: writes::refusal(state, info.action),
            };
            scored.push((score, entry));
        }
    }
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

pub(super) fn on_text(state: &mut State, text: &str) {
    if let Some(Layer::Palette(palette)) = state.layers.last_mut() {
        palette.text.insert(text);
    }
    search_again(state);
}

fn search_again(state: &mut State) {
    let Some(Layer::Palette(palette)) = state.layers.last() else { return };
    let found = search(state, palette.text.text().trim());
    if let Some(Layer::Palette(palette)) = state.layers.last_mut() {
        palette.found = found;
        palette.cursor = 0;
    }
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let Some(Layer::Palette(palette)) = state.layers.last_mut() else { return };
    if let Some(edit) = update::line_edit(action) {
        palette.text.edit(edit);
        search_again(state);
        return;
    }
    match action {
        Action::MoveDown => palette.cursor = (palette.cursor + 1).min(palette.found.len().saturating_sub(1)),
        Action::MoveUp => palette.cursor = palette.cursor.saturating_sub(1),
        Action::InputComplete => {
            if let Some(entry) = palette.found.get(palette.cursor) {
                palette.text.set(entry.id);
            }
        }
        Action::InputAccept => run(state),
        Action::InputCancel => drop(close(state)),
        _ => {}
    }
}

/// Runs what is typed where it is a command with words, else the selected entry.
fn run(state: &mut State) {
    let Some(Layer::Palette(palette)) = close(state) else { return };
    let typed = palette.text.text();
    let words: Vec<&str> = typed.split_whitespace().collect();
    match words.as_slice() {
        ["save-view", name, key] if is_view_key(key) => return views::save(state, name, key),
        ["save-view", ..] => return state.warn("Say :save-view NAME KEY, with a key from 1 to 9."),
        ["profile" | "profile.switch", name] => return profiles::switch(state, name),
        ["why"] => return writes::why(state),
        ["explain"] => return super::super::explain::open(state),
        ["q" | "quit"] => return update::leave(state),
        _ => {}
    }
    match palette.found.get(palette.cursor) {
        Some(Entry { refused: Some(reason), .. }) => {
            let reason = reason.clone();
            state.warn(&reason);
        }
        Some(entry) => update::act(state, entry.action),
        None => state.warn(&format!("There is no command {}; ? lists them all.", typed.trim())),
    }
}

fn is_view_key(key: &str) -> bool {
    matches!(key.as_bytes(), [b'1'..=b'9'])
}
