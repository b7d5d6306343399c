//! Lines of text in several roles, and fields with a label whose value wraps beside it.
//!
//! Must not wrap by anything but `Clean::wrap`: server text has made other wrappers panic.

use crate::{
    domain::clean::Clean,
    ui::{ink::Ink, role::Role},
};
use ratatui::layout::Rect;

/// One line in several roles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rich(pub Vec<(Role, Clean)>);

impl Rich {
    /// A line in one role.
    pub fn of(role: Role, text: Clean) -> Rich {
        Rich(vec![(role, text)])
    }

    /// The same line with more text behind it.
    #[must_use]
    pub fn and(mut self, role: Role, text: Clean) -> Rich {
        self.0.push((role, text));
        self
    }

    /// The words of the line without their roles.
    pub fn text(&self) -> Clean {
        self.0.iter().map(|(_, text)| text).collect()
    }
}

/// Paints lines from the one at `first` on, one a row.
pub fn paint(ink: &mut Ink<'_>, area: Rect, lines: &[Rich], first: usize) {
    for (row, line) in (area.y..area.bottom()).zip(lines.iter().skip(first)) {
        let mut pen = ink.pen(Rect { y: row, height: 1, ..area });
        for (role, text) in &line.0 {
            pen.say(*role, text);
        }
    }
}

/// Paints lines from the one at `first` on, and in the last corner how many stand below them.
pub fn paint_counted(ink: &mut Ink<'_>, area: Rect, lines: &[Rich], first: usize) {
    paint(ink, area, lines, first);
    let below = lines.len().saturating_sub(first + usize::from(area.height));
    if below > 0 && area.height > 1 {
        let note = Clean::format(format_args!(" {below} more "));
        let cells = (note.width() as u16).min(area.width);
        let corner = Rect { x: area.right() - cells, y: area.bottom() - 1, width: cells, height: 1 };
        ink.put(corner, Role::Dim, &note);
    }
}

/// The first line to paint so that a wish to scroll does not go beyond the last page.
pub fn scrolled(wished: u16, lines: usize, height: u16) -> usize {
    usize::from(wished).min(lines.saturating_sub(usize::from(height)))
}

/// A text wrapped to lines in one role; line breaks in it are kept.
pub fn wrapped(role: Role, raw: &str, width: u16) -> Vec<Rich> {
    let paragraphs = Clean::lines(raw);
    let lines = paragraphs.iter().flat_map(|paragraph| paragraph.wrap(usize::from(width)));
    lines.map(|line| Rich::of(role, line)).collect()
}

/// A label and a value that wraps beside it, or beneath it where there is little room.
pub fn field(label: &Clean, label_width: u16, value: (Role, &str), width: u16) -> Vec<Rich> {
    let (role, raw) = value;
    let beside = width > label_width + 12;
    let room = if beside { width - label_width - 1 } else { width.saturating_sub(2) };
    let mut values = wrapped(role, raw, room.max(1)).into_iter();
    let mut lines = Vec::new();
    let label_fits = label.width() <= usize::from(label_width);
    if beside && label_fits {
        let first = values.next().unwrap_or_default();
        let mut line = Rich::of(Role::FieldLabel, label.pad(usize::from(label_width)));
        line.0.push((Role::Text, Clean::from_static(" ")));
        line.0.extend(first.0);
        lines.push(line);
    } else {
        lines.push(Rich::of(Role::FieldLabel, label.truncate(usize::from(width))));
    }
    let indent = if beside { usize::from(label_width) + 1 } else { 2 };
    let indent = Clean::EMPTY.pad(indent);
    lines.extend(values.map(|mut line| {
        line.0.insert(0, (Role::Text, indent.clone()));
        line
    }));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[Rich]) -> Vec<String> {
        lines.iter().map(|line| line.text().as_str().trim_end().to_owned()).collect()
    }

    #[test]
    fn a_value_wraps_beside_its_label_and_beneath_it_where_there_is_no_room() {
        let label = Clean::from_static("reason");
        let value = (Role::Text, "one two three\nfour");
        assert_eq!(
            texts(&field(&label, 8, value, 21)),
            ["reason   one two", "         three", "         four"]
        );
        assert_eq!(texts(&field(&label, 8, value, 15)), ["reason", "  one two three", "  four"]);
        assert_eq!(
            texts(&field(&label, 4, value, 17)),
            ["reason", "     one two", "     three", "     four"],
            "a label is never cut: it gets a line of its own"
        );
        assert_eq!(texts(&field(&label, 8, value, 0)).first().map(String::as_str), Some(""));
    }

    #[test]
    fn scrolling_stops_at_the_last_page() {
        for (wished, lines, height, first) in [(0, 10, 4, 0), (3, 10, 4, 3), (9, 10, 4, 6), (9, 3, 4, 0)] {
            assert_eq!(scrolled(wished, lines, height), first);
        }
    }
}
