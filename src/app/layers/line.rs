//! One line to type, such as the title of a new section.
//!
//! Must not know what becomes of the line: what it is for stands in the layer.

use super::{Layer, close};
use crate::app::{action::Action, screens::editor, state::State, text::TypedText, update};
use crate::domain::outline::Path;

/// A line being typed.
#[derive(Debug)]
pub struct Line {
    /// What it is about.
    pub title: String,
    /// The word before it.
    pub label: String,
    /// What is typed.
    pub text: TypedText,
    /// What the line is for.
    pub then: Then,
}

/// What a typed line is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is the title of a section to be put in here.
    AddSection(Path),
}

/// Asks for a line.
pub fn open(state: &mut State, title: &str, label: &str, text: &str, then: Then) {
    let line = Line { title: title.to_owned(), label: label.to_owned(), text: TypedText::line(text), then };
    state.layers.push(Layer::Line(Box::new(line)));
    state.touch();
}

pub(super) fn on_text(state: &mut State, text: &str) {
    if let Some(Layer::Line(line)) = state.layers.last_mut() {
        line.text.insert(text);
    }
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let Some(Layer::Line(line)) = state.layers.last_mut() else { return };
    if let Some(edit) = update::line_edit(action) {
        return line.text.edit(edit);
    }
    match action {
        Action::InputAccept => {
            let (text, then) = (line.text.text(), line.then.clone());
            close(state);
            match then {
                Then::AddSection(at) => editor::add_section(state, at, &text),
            }
        }
        Action::InputCancel | Action::PaneClose => drop(close(state)),
        _ => {}
    }
}
