//! What keys do in the text of a section: moves, selections, typing, cutting and pasting.
//!
//! Must not put into the text what the user did not type or confirm.

use super::{Pane, changed, perform, show_pane};
use crate::app::{
    action::Action,
    effect::Effect,
    layers::ask::{self, Then},
    state::State,
    text::{Cut, Move},
};
use crate::domain::{
    clean::{is_hazard, without_hidden},
    outline::Edit,
    time::Timestamp,
};
use std::ops::Range;

/// The move of an action, and whether it selects.
fn step(action: Action) -> Option<(Move, bool)> {
    Some(match action {
        Action::EditLeft => (Move::Left, false),
        Action::EditRight => (Move::Right, false),
        Action::EditUp | Action::MoveUp => (Move::Up, false),
        Action::EditDown | Action::MoveDown => (Move::Down, false),
        Action::MovePageUp => (Move::PageUp, false),
        Action::MovePageDown => (Move::PageDown, false),
        Action::EditHome => (Move::Home, false),
        Action::EditEnd => (Move::End, false),
        Action::EditWordLeft => (Move::WordLeft, false),
        Action::EditWordRight => (Move::WordRight, false),
        Action::TextSentenceLeft => (Move::SentenceLeft, false),
        Action::TextSentenceRight => (Move::SentenceRight, false),
        Action::MoveTop => (Move::Top, false),
        Action::MoveBottom => (Move::Bottom, false),
        Action::SelectLeft => (Move::Left, true),
        Action::SelectRight => (Move::Right, true),
        Action::SelectUp => (Move::Up, true),
        Action::SelectDown => (Move::Down, true),
        Action::SelectHome => (Move::Home, true),
        Action::SelectEnd => (Move::End, true),
        Action::SelectWordLeft => (Move::WordLeft, true),
        Action::SelectWordRight => (Move::WordRight, true),
        _ => return None,
    })
}

fn cut_of(action: Action) -> Option<Cut> {
    Some(match action {
        Action::EditBackspace => Cut::Backspace,
        Action::EditDelete => Cut::Delete,
        Action::EditKillWord => Cut::Word,
        Action::EditKillToStart => Cut::ToStart,
        Action::EditKillToEnd => Cut::ToEnd,
        _ => return None,
    })
}

/// Does what an action asks in the text.
pub(super) fn on_action(state: &mut State, action: Action) {
    if let Some((to, selects)) = step(action) {
        return go(state, to, selects);
    }
    if let Some(cut) = cut_of(action) {
        return take(state, cut);
    }
    match action {
        Action::EditNewLine | Action::InputAccept => insert(state, "\n"),
        Action::TextMark => mark(state),
        Action::TextCopy => copy(state),
        Action::TextCut => cut_selection(state),
        Action::TextYank => yank(state),
        Action::SectionSplit => split(state),
        Action::InputCancel | Action::PaneClose => back(state),
        _ => {}
    }
}

fn go(state: &mut State, to: Move, selects: bool) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    editor.history.close();
    if !selects && !editor.is_marking {
        editor.prose.unmark();
    }
    editor.prose.step(to, selects || editor.is_marking);
}

/// Puts the cursor before a byte.
pub(super) fn place(state: &mut State, byte: usize) {
    if let Some(editor) = state.editor.as_deref_mut() {
        editor.prose.place(byte);
    }
}

/// Esc lets go of the selection first, then of the text.
fn back(state: &mut State) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    if editor.is_marking || editor.prose.selection().is_some() {
        editor.is_marking = false;
        return editor.prose.unmark();
    }
    show_pane(state, Pane::Outline);
}

fn mark(state: &mut State) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    editor.is_marking = !editor.is_marking;
    if editor.is_marking {
        editor.prose.mark();
        state.say("Moves select from here on; Esc lets go.");
    } else {
        editor.prose.unmark();
    }
}

/// Puts a text in the place of a part of the section; whether anything changed.
///
/// The row under the cursor is laid out again, and no other text: a key in a long section costs no more than in a short
/// one.
pub(super) fn replace(state: &mut State, range: Range<usize>, inserted: &str) -> bool {
    let now = state.now;
    if let Some(reason) = super::lock(state) {
        state.warn(&reason);
        return false;
    }
    let Some(editor) = state.editor.as_deref_mut() else { return false };
    let done = editor.type_over(range, inserted, now);
    if done {
        changed(state);
    }
    done
}

impl super::Editor {
    fn type_over(&mut self, range: Range<usize>, inserted: &str, now: Timestamp) -> bool {
        let Some(removed) = self.prose.text().get(range.clone()) else { return false };
        if removed == inserted || self.section().is_none() {
            return false;
        }
        self.is_marking = false;
        let edit = Edit::Text {
            at: self.at.clone(),
            byte: range.start,
            removed: removed.into(),
            inserted: inserted.into(),
        };
        self.perform(vec![edit], now).is_ok()
    }
}

/// Types text in the place of the selection.
pub(super) fn insert(state: &mut State, text: &str) {
    let Some(editor) = state.editor.as_deref() else { return };
    if editor.pane == Pane::Outline {
        return;
    }
    let cursor = editor.prose.cursor();
    let range = editor.prose.selection().unwrap_or(cursor..cursor);
    replace(state, range, text);
}

fn take(state: &mut State, cut: Cut) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    let range = editor.prose.cut_range(cut);
    let taken = editor.prose.text().get(range.clone()).unwrap_or("").to_owned();
    // Single letters are no cut that anybody wants back.
    if !taken.is_empty() && !matches!(cut, Cut::Backspace | Cut::Delete) {
        editor.register = taken;
    }
    replace(state, range, "");
}

fn copy(state: &mut State) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    let text = editor.prose.selected().to_owned();
    if text.is_empty() {
        return back(state);
    }
    editor.register.clone_from(&text);
    editor.is_marking = false;
    editor.prose.unmark();
    state.effects.push(Effect::Copy("text", text));
}

fn cut_selection(state: &mut State) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    let Some(range) = editor.prose.selection() else { return state.say("Nothing is selected.") };
    editor.register = editor.prose.selected().to_owned();
    replace(state, range, "");
}

fn yank(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let text = editor.register.clone();
    if text.is_empty() {
        return state.say("Nothing was cut or copied yet.");
    }
    insert(state, &text);
}

/// What stands behind the cursor becomes the next section, without the blank line at the cut.
fn split(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let Some(section) = editor.section() else { return };
    let title = section.title.clone();
    let byte = editor.prose.cursor();
    let rest = editor.prose.text().get(byte..).unwrap_or("");
    let gap = rest.len() - rest.trim_start_matches(['\n', '\r']).len();
    let gap: Box<str> = rest.get(..gap).unwrap_or("").into();
    let next = crate::domain::document::Section { title, ..Default::default() };
    let edit = Edit::Split { at: editor.at.clone(), byte, gap, child: usize::MAX, next: Box::new(next) };
    if perform(state, vec![edit]) {
        state.say("The rest of the text is a section of its own now.");
    }
}

/// Takes pasted text: the terminal's line ends are ours, and what cannot be seen is asked about.
pub(super) fn paste(state: &mut State, text: &str) {
    // Terminals send a return for each line of what is pasted.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let hidden = text.chars().filter(|character| is_hazard(*character)).count();
    let Some(editor) = state.editor.as_deref_mut() else { return };
    if editor.pane == Pane::Outline {
        return state.say("Nothing was pasted: Enter goes into the text of a section first.");
    }
    editor.history.close();
    if hidden == 0 {
        return put_pasted(state, &text);
    }
    let first = text.lines().find(|line| line.chars().any(is_hazard)).unwrap_or("");
    let lines = vec![
        format!("{hidden} characters of what you paste cannot be seen or would act on a terminal."),
        format!("The first of them stand here: {first}"),
        String::new(),
        "Yes leaves them out. Keep puts the text in as it is; they show as marks.".to_owned(),
    ];
    ask::open(state, "Paste without control characters?", lines, Then::Paste(text));
}

/// Puts pasted text in as one step, as it is or without what cannot be seen.
pub(super) fn on_answer(state: &mut State, text: &str, cleans: bool) {
    if cleans {
        put_pasted(state, &without_hidden(text));
    } else {
        put_pasted(state, text);
    }
    super::settle(state);
}

fn put_pasted(state: &mut State, text: &str) {
    insert(state, text);
    if let Some(editor) = state.editor.as_deref_mut() {
        editor.history.close();
    }
}
