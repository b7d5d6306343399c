//! The search: two lines at the foot of the text, with every match counted.
//!
//! Must not lie over the text that is searched.

use crate::{
    app::{layers::Search, state::State, update},
    domain::clean::Clean,
    ui::{ink::Ink, role::Role, shell, widgets::input},
};
use ratatui::layout::Rect;

/// Cells of the labels.
const LABEL: u16 = 9;
/// Cells of the count.
const COUNT: u16 = 26;

/// Paints the search over the last lines of the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State, search: &Search) {
    let area = ink.area();
    let height = area.height.min(3);
    let block = Rect { y: area.bottom() - height, height, ..area };
    ink.fill(block, Role::Layer);
    let line = |at: u16| Rect { y: block.y + at, height: u16::from(at < height), ..block };
    let count = match (search.at, search.hits.len()) {
        (_, 0) if search.find.is_empty() => Clean::EMPTY,
        (_, 0) => Clean::from_static("nothing matches"),
        (at, count) => {
            let place = at.map_or(0, |at| at + 1);
            match search.sections() {
                1 => Clean::format(format_args!("{place} of {count}, in 1 section")),
                sections => Clean::format(format_args!("{place} of {count}, in {sections} sections")),
            }
        }
    };
    for (at, label, text, has_keys) in
        [(0, "Find", &search.find, !search.in_put), (1, "Replace", &search.put, search.in_put)]
    {
        let row = line(at);
        if row.height == 0 {
            continue;
        }
        let mut pen = ink.pen(row);
        pen.word(Role::Mark, if has_keys { ">" } else { " " }).word(Role::FieldLabel, label);
        let right = if at == 0 { COUNT.min(row.width / 2) } else { 0 };
        let room = Rect { x: LABEL, width: row.width.saturating_sub(LABEL + right), ..row };
        if has_keys {
            input::paint(ink, room, &text.text(), Some(text.cursor().1), &[]);
        } else {
            input::show(ink, room, &text.text(), None, &[]);
        }
        if right > 0 {
            let place = Rect { x: row.right() - right, width: right, ..row };
            ink.pen(place).skip(1).say(Role::Text, &count);
        }
    }
    let mut pen = ink.pen(line(2));
    pen.word(Role::Text, " ");
    shell::keys(&mut pen, state, &update::contexts(state));
}
