//! A question to be answered with yes or no before something is thrown away.
//!
//! Must not do anything by itself: a yes says what it is for.

use super::{Layer, close, tell::scrolled};
use crate::app::{
    action::Action,
    marks,
    screens::{documents, drafts, editor, outbox},
    state::State,
    text::TypedText,
    update,
};
use crate::domain::{document::Document, task::TaskKey};
use uuid::Uuid;

/// What a yes does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// Let the write with this key go.
    DropWrite(String),
    /// Send the write with this key to where its source is asked now.
    SendElsewhere(String),
    /// Throw this draft away.
    DropDraft(Uuid),
    /// Put these tasks out of sight until what was typed, for at most so many minutes.
    Snooze(Vec<TaskKey>, i64),
    /// Remove this document from its source.
    DeleteDocument(Box<Document>),
    /// Put this text into the document, without what cannot be seen.
    Paste(String),
}

/// The question.
#[derive(Debug)]
pub struct Ask {
    /// What is asked.
    pub title: String,
    /// What it is about, raw.
    pub lines: Vec<String>,
    /// What a yes does.
    pub then: Then,
    /// The first line on the screen.
    pub scroll: u16,
    /// What is to be typed, with its label.
    pub prompt: Option<(&'static str, TypedText)>,
    /// What is wrong with what was typed.
    pub problem: Option<String>,
}

impl Ask {
    /// Whether printable keys are text here.
    pub fn takes_text(&self) -> bool {
        self.prompt.is_some()
    }
}

/// Opens a question.
pub fn open(state: &mut State, title: &str, lines: Vec<String>, then: Then) {
    push(state, title, lines, None, then);
}

/// Opens a question that is answered by typing; the text is there to begin with.
pub fn open_typed(
    state: &mut State,
    title: &str,
    lines: Vec<String>,
    (label, text): (&'static str, &str),
    then: Then,
) {
    push(state, title, lines, Some((label, TypedText::line(text))), then);
}

fn push(
    state: &mut State,
    title: &str,
    lines: Vec<String>,
    prompt: Option<(&'static str, TypedText)>,
    then: Then,
) {
    let ask = Ask { title: title.to_owned(), lines, then, scroll: 0, prompt, problem: None };
    state.layers.push(Layer::Ask(Box::new(ask)));
    state.touch();
}

pub(super) fn on_text(state: &mut State, text: &str) {
    if let Some(Layer::Ask(ask)) = state.layers.last_mut()
        && let Some((_, typed)) = &mut ask.prompt
    {
        typed.insert(text);
        ask.problem = None;
    }
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let page = state.size.height / 2;
    let Some(Layer::Ask(ask)) = state.layers.last_mut() else { return };
    if let Some(edit) = update::line_edit(action)
        && let Some((_, typed)) = &mut ask.prompt
    {
        typed.edit(edit);
        ask.problem = None;
        return;
    }
    if let Some(scroll) = scrolled(action, ask.scroll, page) {
        // A line takes a screen at most.
        ask.scroll = scroll.min((ask.lines.len() as u16).saturating_mul(page));
        return;
    }
    match action {
        Action::ConfirmYes | Action::InputAccept => {
            let then = ask.then.clone();
            let typed = ask.prompt.as_ref().map(|(_, text)| text.text()).unwrap_or_default();
            if let Then::Snooze(keys, longest_min) = then {
                match marks::snooze_until(state, keys, longest_min, &typed) {
                    Ok(()) => drop(close(state)),
                    Err(sentence) => complain(state, sentence),
                }
                return;
            }
            close(state);
            match then {
                Then::Snooze(..) => {}
                Then::DropWrite(key) => outbox::let_go(state, &key),
                Then::SendElsewhere(key) => outbox::send_elsewhere(state, &key),
                Then::DropDraft(id) => drafts::throw_away(state, id),
                Then::DeleteDocument(document) => documents::delete(state, *document),
                Then::Paste(text) => editor::on_pasted(state, &text, true),
            }
        }
        Action::ConfirmKeep => {
            if let Then::Paste(text) = ask.then.clone() {
                close(state);
                editor::on_pasted(state, &text, false);
            }
        }
        Action::ConfirmNo | Action::InputCancel | Action::PaneClose => drop(close(state)),
        _ => {}
    }
}

fn complain(state: &mut State, sentence: String) {
    if let Some(Layer::Ask(ask)) = state.layers.last_mut() {
        ask.problem = Some(sentence);
    }
}
