//! The picker: names with a second identifier beside each, narrowed by typing.
//!
//! Must not cut the second identifier before the name.

use super::{first_shown, open, width_for};
use crate::{
    app::{layers::Picker, state::State},
    domain::clean::Clean,
    ui::{ink::Ink, role::Role, widgets::input},
};
use ratatui::layout::Rect;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, picker: &Picker) {
    let width = width_for(state, 66);
    let height = (picker.found.len() as u16).clamp(4, 14) + 2;
    let inside = open(ink, state, &Clean::from_static(picker.title), width, height);
    let line = Rect { height: inside.height.min(1), ..inside };
    input::paint(ink, line, &picker.text.text(), Some(picker.text.cursor().1), &[]);
    let list = Rect { y: inside.y + line.height, height: inside.height - line.height, ..inside };
    let (role, note) = match &picker.problem {
        Some(problem) => (Role::Error, Clean::line(problem)),
        None if picker.asking => (Role::Dim, Clean::from_static("asking the source…")),
        None if picker.found.is_empty() => (Role::Dim, Clean::from_static("Nobody and nothing matches.")),
        None => (Role::Dim, Clean::EMPTY),
    };
    let note_height = u16::from(!note.is_empty() && list.height > 1);
    let list = Rect { height: list.height - note_height, ..list };
    ink.put(Rect { y: list.bottom(), height: note_height, ..list }, role, &note);
    let first = first_shown(picker.cursor, list.height);
    let shown = picker.found.iter().enumerate().skip(first);
    for (y, (place, choice)) in (list.y..list.bottom()).zip(shown) {
        let Some(choice) = picker.choices.get(*choice) else { continue };
        let row = Rect { y, height: 1, ..list };
        let second = Clean::line(&choice.second);
        let room = row.width.saturating_sub(3 + second.width() as u16).max(row.width / 3);
        let is_selected = place == picker.cursor;
        let mut pen = ink.pen(row);
        pen.word(Role::Mark, if is_selected { "> " } else { "  " });
        pen.column(room, Role::Text, &Clean::line(&choice.name)).skip(1).say(Role::Dim, &second);
        if is_selected && state.settings.whole_row_selection {
            ink.shade(row, Role::Selection);
        }
    }
}
