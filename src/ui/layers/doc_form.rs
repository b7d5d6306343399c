//! The form of a document's header, or of one of its sections.
//!
//! Must not hide whom the document is about while its patient is chosen.

use super::{
    open,
    task_form::{example, key_in_form},
    width_for,
};
use crate::{
    app::{action::Action, layers::DocForm, state::State},
    domain::{check::units, clean::Clean},
    ui::{
        ink::Ink,
        role::Role,
        widgets::{form, rich},
    },
};
use ratatui::layout::Rect;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, layer: &DocForm) {
    let width = width_for(state, 100);
    // Each line with room for what is said of it.
    let wished = layer.fields.len() as u16 * 2 + 2;
    let height = wished.min(state.size.height.saturating_sub(4));
    let inside = open(ink, state, &Clean::line(&layer.title), width, height);
    let below = match &layer.problem {
        Some(problem) => rich::wrapped(Role::FieldError, problem, inside.width),
        None => Vec::new(),
    };
    let bottom = (below.len() as u16).min(inside.height / 3);
    let rows = Rect { height: inside.height - bottom, ..inside };
    let lists = key_in_form(state, Action::InputComplete);
    let fields: Vec<form::Field<'_>> = layer
        .fields
        .iter()
        .map(|field| form::Field {
            label: field.part.label(),
            text: &field.text,
            limit: field.limit,
            length: field.limit.map_or(0, |_| units(&field.text.text())),
            locked: field.locked.as_deref(),
            problem: field.problem.as_deref(),
            hint: field.hint.as_deref(),
            example: match field.part.example() {
                "" => example(field.part.kind(), &lists),
                words if field.part.has_choices() => {
                    Clean::format(format_args!("{lists} chooses; or: {words}"))
                }
                words => Clean::from_static(words),
            },
        })
        .collect();
    form::paint(ink, rows, &fields, layer.cursor, true);
    rich::paint(ink, Rect { y: rows.bottom(), height: bottom, ..inside }, &below, 0);
}
