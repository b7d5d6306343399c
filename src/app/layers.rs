//! Dialogs: a stack of which the topmost sees keys first.
//!
//! Must not act by itself: an answer says what it is for, and the verb that opened it is in the layer.

pub mod ask;
pub mod compare;
pub mod confirm;
pub mod conflict;
pub mod doc_form;
pub mod help;
pub mod line;
pub mod palette;
pub mod pick;
pub mod results;
pub mod review;
pub mod search;
pub mod task_form;
pub mod tell;

use super::{
    action::{Action, Context},
    screens::worklist,
    state::State,
};
pub use ask::Ask;
pub use compare::Compare;
pub use confirm::Confirm;
pub use conflict::Conflict;
pub use doc_form::DocForm;
pub use help::Help;
pub use line::Line;
pub use palette::Palette;
pub use pick::Picker;
pub use results::Results;
pub use review::Review;
pub use search::Search;
pub use task_form::TaskForm;
pub use tell::Tell;

/// One dialog.
#[derive(Debug)]
pub enum Layer {
    /// The keys of what is beneath.
    Help(Help),
    /// Commands by name.
    Palette(Box<Palette>),
    /// What is about to be written.
    Confirm(Box<Confirm>),
    /// Whether something is to be thrown away.
    Ask(Box<Ask>),
    /// A change that met somebody else's.
    Conflict(Box<Conflict>),
    /// What is changed in a document.
    Compare(Box<Compare>),
    /// A line to type.
    Line(Box<Line>),
    /// The header of a document, or the fields of a section.
    DocForm(Box<DocForm>),
    /// A document about to be sent.
    Review(Box<Review>),
    /// Search and replace in a document.
    Search(Box<Search>),
    /// A task being made or changed.
    Form(Box<TaskForm>),
    /// One of several, by name.
    Pick(Box<Picker>),
    /// What became of many writes.
    Results(Results),
    /// Something to read.
    Tell(Tell),
}

impl Layer {
    /// The contexts in which its keys are looked up, the nearest first.
    pub fn contexts(&self) -> &'static [Context] {
        match self {
            Layer::Help(_) | Layer::Tell(_) => &[Context::Help],
            Layer::Palette(_) => &[Context::Palette],
            Layer::Confirm(confirm) if confirm.takes_text() => &[Context::Prompt],
            Layer::Ask(ask) if ask.takes_text() => &[Context::Prompt],
            Layer::Confirm(_) | Layer::Ask(_) => &[Context::Confirm],
            Layer::Results(_) => &[Context::Help, Context::Confirm],
            Layer::Conflict(conflict) if conflict.typed.is_some() => &[Context::Prompt],
            Layer::Conflict(_) => &[Context::Conflict],
            Layer::Compare(_) => &[Context::Compare, Context::Help],
            Layer::Review(review) if review.word.is_none() => &[Context::Review, Context::Confirm],
            Layer::Review(_) => &[Context::Review, Context::Prompt],
            Layer::Line(_) => &[Context::Prompt],
            Layer::Search(_) => &[Context::Search],
            Layer::DocForm(_) => &[Context::Fields, Context::Form],
            Layer::Form(_) => &[Context::Form],
            Layer::Pick(_) => &[Context::Picker],
        }
    }

    /// Whether it belongs to the document in the editor.
    pub fn is_about_document(&self) -> bool {
        matches!(
            self,
            Layer::Line(_) | Layer::DocForm(_) | Layer::Review(_) | Layer::Search(_) | Layer::Compare(_)
        )
    }

    /// Whether printable keys without a binding are text here.
    pub fn takes_text(&self) -> bool {
        match self {
            Layer::Palette(_)
            | Layer::Line(_)
            | Layer::Form(_)
            | Layer::DocForm(_)
            | Layer::Search(_)
            | Layer::Pick(_) => true,
            Layer::Review(review) => review.word.is_some(),
            Layer::Confirm(confirm) => confirm.takes_text(),
            Layer::Ask(ask) => ask.takes_text(),
            Layer::Compare(_) | Layer::Results(_) | Layer::Help(_) | Layer::Tell(_) => false,
            Layer::Conflict(conflict) => conflict.typed.is_some(),
        }
    }
}

/// Does what a key asks in the topmost dialog.
pub fn on_action(state: &mut State, action: Action) {
    match state.layers.last() {
        Some(Layer::Help(_)) => help::on_action(state, action),
        Some(Layer::Palette(_)) => palette::on_action(state, action),
        Some(Layer::Confirm(_)) => confirm::on_action(state, action),
        Some(Layer::Ask(_)) => ask::on_action(state, action),
        Some(Layer::Conflict(_)) => conflict::on_action(state, action),
        Some(Layer::Compare(_)) => compare::on_action(state, action),
        Some(Layer::Line(_)) => line::on_action(state, action),
        Some(Layer::DocForm(_)) => doc_form::on_action(state, action),
        Some(Layer::Review(_)) => review::on_action(state, action),
        Some(Layer::Search(_)) => search::on_action(state, action),
        Some(Layer::Form(_)) => task_form::on_action(state, action),
        Some(Layer::Pick(_)) => pick::on_action(state, action),
        Some(Layer::Results(_)) => results::on_action(state, action),
        Some(Layer::Tell(_)) => tell::on_action(state, action),
        None => {}
    }
    state.touch();
}

/// Types or pastes text into the topmost dialog.
pub fn on_text(state: &mut State, text: &str) {
    match state.layers.last() {
        Some(Layer::Palette(_)) => palette::on_text(state, text),
        Some(Layer::Confirm(_)) => confirm::on_text(state, text),
        Some(Layer::Conflict(_)) => conflict::on_text(state, text),
        Some(Layer::Line(_)) => line::on_text(state, text),
        Some(Layer::DocForm(_)) => doc_form::on_text(state, text),
        Some(Layer::Review(_)) => review::on_text(state, text),
        Some(Layer::Search(_)) => search::on_text(state, text),
        Some(Layer::Form(_)) => task_form::on_text(state, text),
        Some(Layer::Pick(_)) => pick::on_text(state, text),
        Some(Layer::Ask(_)) => ask::on_text(state, text),
        Some(Layer::Compare(_) | Layer::Results(_) | Layer::Help(_) | Layer::Tell(_)) | None => {}
    }
    state.touch();
}

/// The order was held while a dialog was open; it moves again a moment after the last one, not under the finger.
fn let_order_go(state: &mut State) {
    if state.layers.is_empty() {
        worklist::rows::freeze(state);
    }
}

/// Takes the topmost dialog away.
pub fn close(state: &mut State) -> Option<Layer> {
    state.touch();
    let layer = state.layers.pop();
    let_order_go(state);
    layer
}
