//! One line to type, with the word before it.
//!
//! Must not judge what is typed.

use super::{open, width_for};
use crate::{
    app::{layers::Line, state::State},
    domain::clean::Clean,
    ui::{ink::Ink, role::Role, widgets::input},
};
use ratatui::layout::Rect;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, line: &Line) {
    let inside = open(ink, state, &Clean::line(&line.title), width_for(state, 66), 1);
    let row = Rect { height: inside.height.min(1), ..inside };
    let label = Clean::format(format_args!("{} ", line.label));
    let cells = ink.put(row, Role::FieldLabel, &label);
    let room = Rect { x: row.x + cells, width: row.width.saturating_sub(cells), ..row };
    input::paint(ink, room, &line.text.text(), Some(line.text.cursor().1), &[]);
}
