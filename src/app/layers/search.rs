//! Search and replace in all sections of the document in the editor, with every match counted.
//!
//! Must not change anything but what is counted, nor cut a cluster in two.

use super::{Layer, close};
use crate::app::{
    action::Action,
    screens::editor::{self, Editor},
    state::State,
    text::TypedText,
    update,
};
use crate::domain::outline::{self, Edit, Path};
use std::ops::Range;
use unicode_segmentation::GraphemeCursor;

/// A search on the screen.
#[derive(Debug)]
pub struct Search {
    /// What is looked for.
    pub find: TypedText,
    /// What is put in its place.
    pub put: TypedText,
    /// Whether what is put in its place has the keys.
    pub in_put: bool,
    /// Every match, in reading order.
    pub hits: Vec<Hit>,
    /// The match that the cursor is on.
    pub at: Option<usize>,
}

/// A match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The section.
    pub at: Path,
    /// The bytes of its text.
    pub range: Range<usize>,
}

impl Search {
    /// How many sections have matches.
    pub fn sections(&self) -> usize {
        let mut paths: Vec<&Path> = self.hits.iter().map(|hit| &hit.at).collect();
        paths.dedup();
        paths.len()
    }
}

/// Opens a search for what is selected.
pub fn open(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let selected = editor.prose.selected().lines().next().unwrap_or("").to_owned();
    let search = Search {
        find: TypedText::line(&selected),
        put: TypedText::line(""),
        in_put: false,
        hits: Vec::new(),
        at: None,
    };
    state.layers.push(Layer::Search(Box::new(search)));
    look(state);
}

/// Every match of a text in a document; small letters match capitals too.
fn hits(editor: &Editor, wanted: &str) -> Vec<Hit> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let is_exact = wanted.chars().any(char::is_uppercase);
    let wanted: Vec<char> =
        if is_exact { wanted.chars().collect() } else { wanted.to_lowercase().chars().collect() };
    let mut hits = Vec::new();
    for row in outline::rows(&editor.document) {
        let text = row.section.text.as_str();
        let mut from = 0;
        for (start, _) in text.char_indices() {
            if start < from {
                continue;
            }
            let Some(end) = matches_at(text, start, &wanted, is_exact) else { continue };
            if is_edge(text, start) && is_edge(text, end) {
                hits.push(Hit { at: row.path.clone(), range: start..end });
                from = end;
            }
        }
    }
    hits
}

/// Where a match that begins here ends.
fn matches_at(text: &str, start: usize, wanted: &[char], is_exact: bool) -> Option<usize> {
    let mut left = wanted.iter();
    let mut end = start;
    for character in text.get(start..)?.chars() {
        if left.len() == 0 {
            break;
        }
        if is_exact {
            (*left.next()? == character).then_some(())?;
        } else {
            for lower in character.to_lowercase() {
                (*left.next()? == lower).then_some(())?;
            }
        }
        end += character.len_utf8();
    }
    (left.len() == 0).then_some(end)
}

fn is_edge(text: &str, byte: usize) -> bool {
    GraphemeCursor::new(byte, text.len(), true).is_boundary(text, 0).unwrap_or(true)
}

/// Looks for what is typed, and goes to the first match behind the cursor.
fn look(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let Some(Layer::Search(search)) = state.layers.last() else { return };
    let hits = hits(editor, &search.find.text());
    let start = editor.prose.selection().map_or(editor.prose.cursor(), |range| range.start);
    let here = (editor.at.clone(), start);
    let at = hits
        .iter()
        .position(|hit| (hit.at.clone(), hit.range.start) >= here)
        .or((!hits.is_empty()).then_some(0));
    if let Some(Layer::Search(search)) = state.layers.last_mut() {
        search.hits = hits;
        search.at = at;
    }
    show(state);
}

/// Shows the match that the cursor is on.
fn show(state: &mut State) {
    let Some(Layer::Search(search)) = state.layers.last() else { return };
    let hit = search.at.and_then(|at| search.hits.get(at)).cloned();
    editor::show_match(state, hit);
}

fn step(state: &mut State, forward: bool) {
    let Some(Layer::Search(search)) = state.layers.last_mut() else { return };
    let count = search.hits.len();
    search.at = match search.at {
        _ if count == 0 => None,
        None => Some(0),
        Some(at) if forward => Some((at + 1) % count),
        Some(at) => Some((at + count - 1) % count),
    };
    show(state);
}

pub(super) fn on_text(state: &mut State, text: &str) {
    let Some(Layer::Search(search)) = state.layers.last_mut() else { return };
    if search.in_put {
        return search.put.insert(text);
    }
    search.find.insert(text);
    look(state);
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let Some(Layer::Search(search)) = state.layers.last_mut() else { return };
    if let Some(edit) = update::line_edit(action) {
        if search.in_put {
            return search.put.edit(edit);
        }
        search.find.edit(edit);
        return look(state);
    }
    match action {
        Action::SearchNext | Action::InputAccept => step(state, true),
        Action::SearchPrevious => step(state, false),
        Action::SearchField | Action::InputComplete => search.in_put = !search.in_put,
        Action::SearchReplace => replace(state),
        Action::SearchReplaceAll => replace_all(state),
        Action::InputCancel | Action::PaneClose => drop(close(state)),
        _ => {}
    }
}

fn edit_of(editor: &Editor, hit: &Hit, put: &str) -> Option<Edit> {
    let removed = outline::section(&editor.document, &hit.at)?.text.get(hit.range.clone())?;
    Some(Edit::Text {
        at: hit.at.clone(),
        byte: hit.range.start,
        removed: removed.into(),
        inserted: put.into(),
    })
}

/// Replaces the match that the cursor is on, and goes on to the next.
fn replace(state: &mut State) {
    let Some(Layer::Search(search)) = state.layers.last() else { return };
    let Some(editor) = state.editor.as_deref() else { return };
    let put = search.put.text();
    let hit = search.at.and_then(|at| search.hits.get(at));
    let Some((at, edit)) = search.at.zip(hit.and_then(|hit| edit_of(editor, hit, &put))) else { return };
    editor::take_edits(state, vec![edit]);
    look(state);
    if let Some(Layer::Search(search)) = state.layers.last_mut() {
        // What was put in may match itself: it is not gone to again.
        let next = if put.is_empty() {
            at
        } else {
            at + usize::from(search.hits.len() > at && rematches(search, &put))
        };
        search.at = (!search.hits.is_empty()).then(|| next % search.hits.len());
    }
    show(state);
}

fn rematches(search: &Search, put: &str) -> bool {
    put.to_lowercase().contains(&search.find.text().to_lowercase())
}

/// Replaces every match as one step.
fn replace_all(state: &mut State) {
    let Some(Layer::Search(search)) = state.layers.last() else { return };
    let Some(editor) = state.editor.as_deref() else { return };
    let put = search.put.text();
    // From the end on, so that the places before stay where they are.
    let edits: Vec<Edit> = search.hits.iter().rev().filter_map(|hit| edit_of(editor, hit, &put)).collect();
    let count = edits.len();
    if count == 0 {
        return state.say("Nothing matches.");
    }
    editor::take_edits(state, edits);
    look(state);
    state.say(&format!("{count} replaced, as one step."));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_letters_match_capitals_and_no_cluster_is_cut() {
        for (text, wanted, found) in [
            ("Potassium potassium", "potassium", vec![0, 10]),
            ("Potassium potassium", "Potassium", vec![0]),
            ("e\u{301} e", "e", vec![4]),
            ("aaaa", "aa", vec![0, 2]),
            ("İx i", "x", vec![2]),
            ("abc", "", vec![]),
        ] {
            let section = crate::domain::document::Section { text: text.into(), ..Default::default() };
            let document =
                crate::domain::document::Document { sections: vec![section], ..Default::default() };
            let hits = hits(&Editor::of(document), wanted);
            assert_eq!(
                hits.iter().map(|hit| hit.range.start).collect::<Vec<_>>(),
                found,
                "{wanted} in {text}"
            );
        }
    }
}
