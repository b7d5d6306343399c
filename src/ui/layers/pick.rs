//! The picker: names with a second identifier beside each, narrowed by typing.
//!
//! Must not cut the second identifier before the name.

use super::{first_shown, open, width_for};
use crate::{
    app::{
        layers::{Picker, pick::Choice},
        state::State,
    },
    domain::clean::Clean,
    ui::{ink::Ink, role::Role, widgets::input},
};
use ratatui::layout::Rect;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, picker: &Picker) {
    let has_second = picker.choices.iter().any(|choice| !choice.second.is_empty());
    let width = width_for(state, if has_second { 84 } else { 66 });
    // The box stays where it is while its list is narrowed.
    let height = (picker.choices.len().min(14) as u16).max(4) + 2;
    let inside = open(ink, state, &Clean::from_static(picker.title), width, height);
    let line = Rect { height: inside.height.min(1), ..inside };
    input::paint(ink, line, &picker.text.text(), Some(picker.text.cursor().1), &[]);
    if picker.text.text().is_empty() {
        ink.pen(line).skip(2).say(Role::Placeholder, &Clean::from_static("type to narrow the list"));
    }
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
    let shown = picker.found.iter().enumerate().skip(first).take(usize::from(list.height));
    let shown: Vec<_> =
        shown.filter_map(|(place, choice)| Some((place, picker.choices.get(*choice)?))).collect();
    // Second identifiers stand beneath each other, as near to the names as the longest of these lets them.
    let longest = |text: fn(&Choice) -> &str| {
        shown.iter().map(|(_, choice)| Clean::line(text(choice)).width()).max().unwrap_or(0) as u16
    };
    let (names, seconds) = (longest(|choice| &choice.name), longest(|choice| &choice.second));
    let room = names.min(list.width.saturating_sub(3 + seconds).max(list.width / 3));
    for (y, (place, choice)) in (list.y..list.bottom()).zip(shown) {
        let row = Rect { y, height: 1, ..list };
        let second = Clean::line(&choice.second);
        let is_selected = place == picker.cursor;
        let mut pen = ink.pen(row);
        pen.word(Role::Mark, if is_selected { "> " } else { "  " });
        pen.column(room, Role::Text, &Clean::line(&choice.name)).skip(1).say(Role::Dim, &second);
        if is_selected && state.settings.whole_row_selection {
            ink.shade(row, Role::Selection);
        }
    }
}
