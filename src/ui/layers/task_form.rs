//! The form of a task: every field with its label, its counter and what is wrong with it.
//!
//! Must not hide the field that has the keys, nor why a field cannot be changed.

use super::{open, width_for};
use crate::{
    app::{
        action::Action,
        form::{Form, FormField, Kind},
        layers::TaskForm,
        state::State,
        update,
    },
    domain::clean::Clean,
    ui::{
        ink::Ink,
        role::Role,
        widgets::{
            input,
            rich::{self, Rich},
        },
    },
};
use ratatui::layout::Rect;

/// Cells of the labels where there is room beside them.
const LABEL: u16 = 18;
/// Cells of a counter such as `1834/2000`.
const COUNTER: u16 = 10;

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
        above.extend(rich::wrapped(Role::Title, form.base.title(), inside.width));
        above.extend(rich::wrapped(Role::Text, &state.patient_line(&form.base), inside.width));
    }
    above.truncate(usize::from(inside.height / 4));
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
fn key_in_form(state: &State, action: Action) -> String {
    state.keymap.keys_in(&update::contexts(state), action).into_iter().next().unwrap_or_default()
}

/// Paints as many fields as fit, so that the one with the keys is among them.
fn fields(ink: &mut Ink<'_>, state: &State, layer: &TaskForm, area: Rect) {
    let form: &Form = &layer.form;
    let is_open = layer.sending.is_none();
    let lists = key_in_form(state, Action::InputComplete);
    let blocks: Vec<Block<'_>> = form
        .fields
        .iter()
        .enumerate()
        .map(|(place, field)| Block::new(field, place == form.cursor && is_open, area.width))
        .collect();
    let mut first = form.cursor.min(blocks.len().saturating_sub(1));
    let mut used = blocks.get(first).map_or(0, |block| block.height);
    while let Some(before) = first.checked_sub(1).and_then(|place| blocks.get(place)) {
        if used + before.height > area.height {
            break;
        }
        used += before.height;
        first -= 1;
    }
    let mut y = area.y;
    for block in blocks.iter().skip(first) {
        if y >= area.bottom() {
            break;
        }
        let height = block.height.min(area.bottom() - y);
        block.paint(ink, Rect { y, height, ..area }, &lists);
        y += height;
    }
}

/// One field with the rows that it takes.
struct Block<'a> {
    field: &'a FormField,
    has_keys: bool,
    notes: Vec<Rich>,
    rows: u16,
    height: u16,
}

impl<'a> Block<'a> {
    fn new(field: &'a FormField, has_keys: bool, width: u16) -> Block<'a> {
        let room = width.saturating_sub(label_width(width)).max(1);
        let mut notes = Vec::new();
        if let Some(problem) = &field.problem {
            notes.extend(rich::wrapped(Role::FieldError, problem, room));
        }
        if has_keys && let Some(reason) = &field.locked {
            notes.extend(rich::wrapped(Role::Dim, reason, room));
        }
        if let Some(hint) = &field.hint {
            notes.extend(rich::wrapped(Role::HintText, hint, room));
        }
        let most = if has_keys { 6 } else { 2 };
        let rows = (field.text.lines().len() as u16).clamp(1, most);
        Block { field, has_keys, rows, height: rows + notes.len() as u16, notes }
    }

    fn paint(&self, ink: &mut Ink<'_>, area: Rect, lists: &str) {
        let label_cells = label_width(area.width);
        let line = |at: u16| Rect { y: area.y + at, height: u16::from(at < area.height), ..area };
        let mut pen = ink.pen(line(0));
        pen.word(Role::Mark, if self.has_keys { ">" } else { " " });
        let role = if self.field.locked.is_some() { Role::Struck } else { Role::FieldLabel };
        pen.say_within(label_cells.saturating_sub(2), role, &Clean::line(&self.field.label));
        let beside = |at: u16| Rect {
            x: area.x + label_cells.min(area.width),
            width: area.width.saturating_sub(label_cells),
            ..line(at)
        };
        let counter = self.counter();
        let lines = self.field.text.lines();
        let (at, byte) = self.field.text.cursor();
        let first = super::first_shown(if self.has_keys { at } else { 0 }, self.rows);
        for row in 0..self.rows {
            let place = first + usize::from(row);
            let raw = lines.get(place).map_or("", String::as_str);
            let mut room = beside(row);
            if row == 0 && counter.is_some() {
                room.width = room.width.saturating_sub(COUNTER);
            }
            if self.has_keys && self.field.locked.is_none() {
                input::paint(ink, room, raw, (place == at).then_some(byte), &[]);
            } else {
                input::show(ink, room, raw, None, &[]);
            }
        }
        if self.has_keys && self.field.locked.is_none() && self.field.text.is_empty() {
            let example = self.example(lists);
            // The cursor stands on the first cell.
            ink.pen(beside(0)).skip(2).say(Role::Placeholder, &example);
        }
        if let Some((role, text)) = counter {
            let room = beside(0);
            let x = room.right().saturating_sub(COUNTER.min(room.width));
            ink.pen(Rect { x, width: room.right() - x, ..room }).column_right(COUNTER, role, &text);
        }
        for (row, note) in (self.rows..).zip(&self.notes) {
            rich::paint(ink, beside(row), std::slice::from_ref(note), 0);
        }
    }

    /// What can be typed into the empty field.
    fn example(&self, lists: &str) -> Clean {
        match self.field.input.kind() {
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

    /// How full the field is, while it has the keys or is nearly full.
    fn counter(&self) -> Option<(Role, Clean)> {
        let limit = self.field.limit?;
        let length = self.field.length();
        let limit = limit as usize;
        if !self.has_keys && length * 10 < limit * 9 {
            return None;
        }
        let role = if length > limit { Role::FieldError } else { Role::Dim };
        Some((role, Clean::format(format_args!("{length}/{limit}"))))
    }
}

fn label_width(width: u16) -> u16 {
    if width >= LABEL * 2 { LABEL } else { width / 3 }
}
