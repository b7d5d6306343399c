//! The last look at a document before it is sent: whose it is, what it says of itself, its sections, what changes.
//!
//! Must not send by a slip: what becomes final is sent by a typed word.

use super::{Layer, close, compare, tell::scrolled};
use crate::app::{
    action::Action,
    screens::editor::send::{self, SIGN},
    state::State,
    text::TypedText,
    update,
};

/// A review on the screen.
#[derive(Debug)]
pub struct Review {
    /// What is typed of the word, where one is wanted.
    pub word: Option<TypedText>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// The first line on the screen.
    pub scroll: u16,
}

/// Opens the review of the document in the editor.
pub fn open(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let word = send::needs_word(editor).then(|| TypedText::line(""));
    state.layers.push(Layer::Review(Box::new(Review { word, problem: None, scroll: 0 })));
    state.touch();
}

pub(super) fn on_text(state: &mut State, text: &str) {
    if let Some(Layer::Review(review)) = state.layers.last_mut()
        && let Some(word) = &mut review.word
    {
        word.insert(text);
        review.problem = None;
    }
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let page = state.size.height / 2;
    let sections = state.editor.as_deref().map_or(0, |editor| editor.document.section_count());
    let Some(Layer::Review(review)) = state.layers.last_mut() else { return };
    if let Some(edit) = update::line_edit(action)
        && let Some(word) = &mut review.word
    {
        return word.edit(edit);
    }
    // The arrows scroll where the word is typed too.
    let scrolling = match action {
        Action::HistoryOlder => Action::MoveUp,
        Action::HistoryNewer => Action::MoveDown,
        action => action,
    };
    if let Some(scroll) = scrolled(scrolling, review.scroll, page) {
        // No section takes more than two lines, and what is said of the document no more than a screen.
        review.scroll = scroll.min((sections as u16).saturating_mul(2).saturating_add(page));
        return;
    }
    match action {
        Action::DocCompare => compare::open(state),
        Action::InputAccept | Action::ConfirmYes => {
            let is_meant =
                review.word.as_ref().is_none_or(|word| word.text().trim().eq_ignore_ascii_case(SIGN));
            if is_meant {
                close(state);
                send::send(state);
            } else {
                review.problem = Some(format!("Type {SIGN} to send it as final; Esc goes back to the text."));
            }
        }
        Action::InputCancel | Action::ConfirmNo | Action::PaneClose => drop(close(state)),
        _ => {}
    }
}
