//! A form: lines with label, text, counter and what is wrong with each, as many as fit round the one with the keys.
//!
//! Must not hide the line that has the keys, nor why it cannot be changed.

use super::{
    input,
    rich::{self, Rich},
};
use crate::{
    app::text::TypedText,
    domain::clean::Clean,
    ui::{ink::Ink, role::Role},
};
use ratatui::layout::Rect;

/// Cells of the labels where there is room beside them.
const LABEL: u16 = 19;
/// Cells of a counter such as `1834/2000`.
const COUNTER: u16 = 10;

/// One line as it is shown.
#[derive(Debug)]
pub struct Field<'a> {
    /// The words before it.
    pub label: &'a str,
    /// What is typed.
    pub text: &'a TypedText,
    /// The longest text allowed, in UTF-16 code units.
    pub limit: Option<u32>,
    /// The length of the text in them.
    pub length: usize,
    /// Why it cannot be changed, if it cannot.
    pub locked: Option<&'a str>,
    /// What is wrong with it.
    pub problem: Option<&'a str>,
    /// The name behind an id.
    pub hint: Option<&'a str>,
    /// What can be typed while it is empty.
    pub example: Clean,
}

/// Paints as many lines as fit, so that the one at `cursor` is among them; `is_open` while it takes keys.
pub fn paint(ink: &mut Ink<'_>, area: Rect, fields: &[Field<'_>], cursor: usize, is_open: bool) {
    let blocks: Vec<Block<'_>> = fields
        .iter()
        .enumerate()
        .map(|(place, field)| Block::new(field, place == cursor && is_open, area.width))
        .collect();
    let mut first = cursor.min(blocks.len().saturating_sub(1));
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
        block.paint(ink, Rect { y, height, ..area });
        y += height;
    }
}

/// One line with the rows that it takes.
struct Block<'a> {
    field: &'a Field<'a>,
    has_keys: bool,
    notes: Vec<Rich>,
    rows: u16,
    height: u16,
}

impl<'a> Block<'a> {
    fn new(field: &'a Field<'a>, has_keys: bool, width: u16) -> Block<'a> {
        let room = width.saturating_sub(label_width(width)).max(1);
        let mut notes = Vec::new();
        if let Some(problem) = field.problem {
            notes.extend(rich::wrapped(Role::FieldError, problem, room));
        }
        if has_keys && let Some(reason) = field.locked {
            notes.extend(rich::wrapped(Role::Dim, reason, room));
        }
        if let Some(hint) = field.hint {
            notes.extend(rich::wrapped(Role::HintText, hint, room));
        }
        let most = if has_keys { 6 } else { 2 };
        let rows = (field.text.lines().len() as u16).clamp(1, most);
        Block { field, has_keys, rows, height: rows + notes.len() as u16, notes }
    }

    fn paint(&self, ink: &mut Ink<'_>, area: Rect) {
        let label_cells = label_width(area.width);
        let line = |at: u16| Rect { y: area.y + at, height: u16::from(at < area.height), ..area };
        let mut pen = ink.pen(line(0));
        pen.word(Role::Mark, if self.has_keys { ">" } else { " " });
        let role = if self.field.locked.is_some() { Role::Struck } else { Role::FieldLabel };
        pen.say_within(label_cells.saturating_sub(2), role, &Clean::line(self.field.label));
        let beside = |at: u16| Rect {
            x: area.x + label_cells.min(area.width),
            width: area.width.saturating_sub(label_cells),
            ..line(at)
        };
        let counter = self.counter();
        let lines = self.field.text.lines();
        let (at, byte) = self.field.text.cursor();
        let first = first_shown(if self.has_keys { at } else { 0 }, self.rows);
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
            // The cursor stands on the first cell.
            ink.pen(beside(0)).skip(2).say(Role::Placeholder, &self.field.example);
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

    /// How full the line is, while it has the keys or is nearly full.
    fn counter(&self) -> Option<(Role, Clean)> {
        let (limit, length) = (self.field.limit? as usize, self.field.length);
        if !self.has_keys && length * 10 < limit * 9 {
            return None;
        }
        let role = if length > limit { Role::FieldError } else { Role::Dim };
        Some((role, Clean::format(format_args!("{length}/{limit}"))))
    }
}

/// The first line of a long text to show so that the one with the cursor is in sight.
fn first_shown(cursor: usize, height: u16) -> usize {
    (cursor + 1).saturating_sub(usize::from(height).max(1))
}

fn label_width(width: u16) -> u16 {
    if width >= LABEL * 2 { LABEL } else { width / 3 }
}
