//! The form of a task: every field with its label, its counter and what is wrong with it.
//!
//! Must not hide the field that has the keys, nor why a field cannot be changed.

use super::{open, width_for};
use crate::{
    app::{
        action::Action,
        form::Kind,
        layers::{Layer, TaskForm},
        state::State,
    },
    domain::clean::Clean,
    ui::{
        ink::Ink,
        role::Role,
        widgets::{
            form,
            rich::{self, Rich},
        },
    },
};
use ratatui::layout::Rect;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, layer: &TaskForm) {
    let form = &layer.form;
    let width = width_for(state, 100);
    let source = state.source(form.source).map_or("", |source| source.name.as_str());
    let title = if form.creating {
        Clean::format(format_args!("New task · {source}"))
    } else {
        Clean::format(format_args!("Edit · {source} · {}", form.base.key.id))
    };
    let inside = open(ink, state, &title, width, state.size.height.saturating_sub(4));
    let mut above = Vec::new();
    if !form.creating {
        // A long title gives way to the patient.
        let patient = rich::wrapped(Role::Text, &state.patient_line(&form.base), inside.width);
        above.extend(rich::wrapped(Role::Title, form.base.title(), inside.width));
        above.truncate(usize::from(inside.height / 4).saturating_sub(patient.len()));
        above.extend(patient);
    }
    above.truncate(usize::from(inside.height / 2));
    let mut below = foot(state, layer, inside.width);
    below.truncate(usize::from(inside.height / 3));
    let (top, bottom) = (above.len() as u16, below.len() as u16);
    rich::paint(ink, Rect { height: top, ..inside }, &above, 0);
    let rows = Rect { y: inside.y + top, height: inside.height - top - bottom, ..inside };
    fields(ink, state, layer, rows);
    rich::paint(ink, Rect { y: rows.bottom(), height: bottom, ..inside }, &below, 0);
}

/// What stands under the fields: the line that is about to be sent, or what is wrong with the whole.
fn foot(state: &State, layer: &TaskForm, width: u16) -> Vec<Rich> {
    let mut lines = Vec::new();
    if let Some(problem) = &layer.form.problem {
        lines.extend(rich::wrapped(Role::FieldError, problem, width));
    }
    if let (Some(caution), Some(_)) = (&layer.caution, &layer.review) {
        lines.extend(rich::wrapped(Role::Warning, caution, width));
    }
    if let Some(line) = &layer.review {
        let sends = if layer.meant.is_some() { Action::FormSubmit } else { Action::InputAccept };
        let key = key_in_form(state, sends);
        lines.extend(rich::wrapped(Role::Title, &format!("{key} sends: {line}"), width));
    }
    if layer.sending.is_some() {
        lines.push(Rich::of(Role::Dim, Clean::from_static("Sending…")));
    }
    lines
}

/// The easiest key of an action while the form is open.
pub(super) fn key_in_form(state: &State, action: Action) -> String {
    // A list that lies over it has other keys.
    let form = state.layers.iter().rev().find(|layer| !matches!(layer, Layer::Pick(_)));
    let contexts = form.map_or(&[][..], Layer::contexts);
    state.keymap.keys_in(contexts, action).into_iter().next().unwrap_or_default()
}

/// Paints as many fields as fit, so that the one with the keys is among them.
fn fields(ink: &mut Ink<'_>, state: &State, layer: &TaskForm, area: Rect) {
    let lists = key_in_form(state, Action::InputComplete);
    let fields: Vec<form::Field<'_>> = layer
        .form
        .fields
        .iter()
        .map(|field| form::Field {
            label: &field.label,
            text: &field.text,
            limit: field.limit,
            length: field.limit.map_or(0, |_| field.length()),
            locked: field.locked.as_deref(),
            problem: field.problem.as_deref(),
            hint: field.hint.as_deref(),
            example: example(field.input.kind(), &lists),
        })
        .collect();
    form::paint(ink, area, &fields, layer.form.cursor, layer.sending.is_none());
}

/// What can be typed into an empty field.
pub(super) fn example(kind: Kind, lists: &str) -> Clean {
    match kind {
        Kind::Choice => Clean::format(format_args!("{lists} lists what it can be")),
        Kind::Person => Clean::format(format_args!("{lists} finds by name")),
        Kind::Time => Clean::from_static("2h, 17:00, tomorrow 8, 2026-11-21T17:00Z"),
        Kind::Reference => Clean::from_static("an id"),
        Kind::References => Clean::from_static("ids, a space between"),
        Kind::Number => Clean::from_static("a whole number"),
        Kind::Parameters => Clean::from_static("type: value, one a line"),
        Kind::Text | Kind::Prose => Clean::EMPTY,
    }
}
