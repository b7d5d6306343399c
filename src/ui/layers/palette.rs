//! The palette: a line to type in and the commands that match.
//!
//! Must not rank: the state has ranked them.

use super::{first_shown, open, width_for};
use crate::{
    app::{layers::Palette, state::State},
    domain::clean::Clean,
    ui::{ink::Ink, role::Role, widgets::input},
};
use ratatui::layout::Rect;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, palette: &Palette) {
    let width = width_for(state, 84);
    let height = state.size.height.saturating_sub(6).min(18);
    let inside = open(ink, state, &Clean::from_static("Commands"), width, height);
    let line = Rect { height: inside.height.min(1), ..inside };
    ink.pen(line).word(Role::HintKey, ":");
    let typed = Rect { x: line.x + 1, width: line.width.saturating_sub(1), ..line };
    input::paint(ink, typed, &palette.text.text(), Some(palette.text.cursor().1), &[]);
    let list = Rect { y: inside.y + line.height, height: inside.height - line.height, ..inside };
    if palette.found.is_empty() {
        ink.put(list, Role::Dim, &Clean::from_static("No command has this name."));
    }
    let first = first_shown(palette.cursor, list.height);
    for (y, (place, entry)) in (list.y..list.bottom()).zip(palette.found.iter().enumerate().skip(first)) {
        let row = Rect { y, height: 1, ..list };
        let is_selected = place == palette.cursor;
        let mut pen = ink.pen(row);
        pen.word(Role::Mark, if is_selected { "> " } else { "  " });
        pen.column(18, Role::Text, &Clean::from_static(entry.id)).skip(1);
        pen.column(9, Role::HintKey, &Clean::line(&entry.keys)).skip(1);
        match &entry.refused {
            Some(reason) => {
                pen.say(Role::Struck, &Clean::from_static(entry.sentence)).word(Role::Text, " ");
                pen.say(Role::Dim, &Clean::line(reason));
            }
            None => {
                pen.say(Role::HintText, &Clean::from_static(entry.sentence));
            }
        }
        if is_selected && state.settings.whole_row_selection {
            ink.shade(row, Role::Selection);
        }
    }
}
