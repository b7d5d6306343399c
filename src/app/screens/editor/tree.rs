//! What keys do in the outline: moves, folds, and the edits of the tree.
//!
//! Must not change the tree but by edits that can be taken back.

use super::{Pane, check, open, perform, show_pane};
use crate::app::{
    action::Action,
    layers::{doc_form, line},
    state::State,
};
use crate::domain::{
    document::{Document, Section},
    outline::{self, Edit, Path, Refusal},
};

/// Does what an action asks in the outline.
pub(super) fn on_action(state: &mut State, action: Action) {
    if move_cursor(state, action) {
        return;
    }
    match action {
        Action::PaneOpen => show_pane(state, Pane::Text),
        Action::SectionFold => fold(state),
        Action::SectionAdd => ask_title(state, false),
        Action::SectionAddBelow => ask_title(state, true),
        Action::SectionDown => shift(state, outline::down),
        Action::SectionUp => shift(state, outline::up),
        Action::SectionIn => shift(state, outline::inward),
        Action::SectionOut => shift(state, outline::outward),
        Action::SectionDrop => drop_section(state),
        Action::SectionJoin => join(state),
        Action::SectionFields => doc_form::open_section(state, None),
        Action::ProblemNext => check::go(state, true),
        Action::ProblemPrevious => check::go(state, false),
        Action::ProblemList => check::list(state),
        Action::PaneClose | Action::Quit => open::leave(state),
        _ => {}
    }
}

fn move_cursor(state: &mut State, action: Action) -> bool {
    let page = usize::from(super::layout(state).outline.height).saturating_sub(1).max(1);
    let Some(editor) = state.editor.as_deref_mut() else { return false };
    let rows: Vec<Path> = editor.rows().into_iter().map(|row| row.path).collect();
    let place = rows.iter().position(|path| *path == editor.at).unwrap_or(0);
    let last = rows.len().saturating_sub(1);
    let wanted = match action {
        Action::MoveDown => place + 1,
        Action::MoveUp => place.saturating_sub(1),
        Action::MoveTop => 0,
        Action::MoveBottom => last,
        Action::MovePageDown => place + page,
        Action::MovePageUp => place.saturating_sub(page),
        _ => return false,
    };
    if let Some(at) = rows.get(wanted.min(last)) {
        editor.go(at.clone());
    }
    true
}

fn fold(state: &mut State) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    if editor.folded.remove(&editor.at) {
        return;
    }
    if editor.section().is_some_and(|section| !section.sections.is_empty()) {
        editor.folded.insert(editor.at.clone());
    } else {
        state.say("No sections stand beneath this one.");
    }
}

/// Asks for the title of a new section, behind the one under the cursor or beneath it.
fn ask_title(state: &mut State, below: bool) {
    if let Some(reason) = super::lock(state) {
        return state.warn(&reason);
    }
    let Some(editor) = state.editor.as_deref() else { return };
    let at = match (editor.section(), below) {
        (Some(section), true) => editor.at.child(section.sections.len()),
        (Some(_), false) => editor.at.next(),
        (None, _) => Path::new([0]),
    };
    let label = if at.depth() > 1 { "Section beneath" } else { "Section" };
    line::open(state, "New section", label, "", line::Then::AddSection(at));
}

/// Puts a new section in.
pub(super) fn add(state: &mut State, at: Path, title: &str) {
    let section = Section { title: title.trim().into(), ..Section::default() };
    perform(state, vec![Edit::Add { at, section: Box::new(section) }]);
    super::settle(state);
}

fn shift(state: &mut State, edit: impl Fn(&Document, &Path) -> Result<Edit, Refusal>) {
    let Some(editor) = state.editor.as_deref() else { return };
    match edit(&editor.document, &editor.at) {
        Ok(edit) => drop(perform(state, vec![edit])),
        Err(refusal) => state.say(&refusal.to_string()),
    }
}

fn drop_section(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let Some(section) = editor.section() else { return state.say("There is no section here.") };
    let (at, title, beneath) = (editor.at.clone(), section.title.clone(), section.count() - 1);
    let with = if beneath == 0 { String::new() } else { format!(" with the {beneath} beneath it") };
    if perform(state, vec![Edit::Drop { at }]) {
        let key = state.keymap.keys_in(&super::contexts(state), Action::DocUndo).into_iter().next();
        let key = key.unwrap_or_default();
        state.say(&format!("Section \"{title}\" is out{with}; {key} brings it back."));
    }
}

/// Puts the next section's text behind this one's, an empty line between.
fn join(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let both = [Some(&editor.at), Some(&editor.at.next())]
        .map(|path| path.and_then(|path| outline::section(&editor.document, path)));
    let [Some(first), Some(second)] = both else {
        return state.say("No section of this level stands behind this one.");
    };
    let gap = if first.text.is_empty() || second.text.is_empty() { "" } else { "\n\n" };
    let edit = Edit::Join { at: editor.at.clone(), gap: gap.into() };
    perform(state, vec![edit]);
}
