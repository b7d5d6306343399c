//! Ink: the only place that writes text into cells. It takes `Clean` and a role, nothing else.
//!
//! Must not know what it draws, and must not write outside the area that it was given.

use super::{role::Role, theme::Theme};
use crate::domain::clean::Clean;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

const ELLIPSIS: &str = "…";

/// The buffer of one frame with the theme that it is painted in.
#[derive(Debug)]
pub struct Ink<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    cursor: Option<Position>,
    is_beneath: bool,
    last_page: u16,
}

impl<'a> Ink<'a> {
    /// Ink for a buffer.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Ink<'a> {
        Ink { buffer, theme, cursor: None, is_beneath: false, last_page: 0 }
    }

    /// The whole area that can be painted.
    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    /// Where the terminal's cursor is to stand, when a line takes text.
    pub fn cursor(&self) -> Option<Position> {
        self.cursor
    }

    /// Takes the terminal's cursor away from what is beneath a dialog.
    pub fn hide_cursor(&mut self) {
        self.cursor = None;
    }

    /// Says whether what is painted next lies beneath a dialog, whose keys are not its own.
    pub fn set_beneath(&mut self, is_beneath: bool) {
        self.is_beneath = is_beneath;
    }

    /// Whether what is painted lies beneath a dialog.
    pub fn is_beneath(&self) -> bool {
        self.is_beneath
    }

    /// The first of some lines to paint so that a wish to scroll does not go beyond their last page, which is noted.
    pub fn scrolled(&mut self, wished: u16, lines: usize, height: u16) -> usize {
        let last = lines.saturating_sub(usize::from(height));
        self.last_page = u16::try_from(last).unwrap_or(u16::MAX);
        usize::from(wished).min(last)
    }

    /// The first line of the last page of what was last scrolled.
    pub fn last_page(&self) -> u16 {
        self.last_page
    }

    /// Blanks an area and gives it a role's ground.
    pub fn fill(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return;
        }
        for y in area.y..area.bottom() {
            let first = self.buffer.index_of(area.x, y);
            let row = self.buffer.content.get_mut(first..first + usize::from(area.width));
            for cell in row.into_iter().flatten() {
                cell.reset();
                cell.set_style(style);
            }
        }
    }

    /// Lays a role over what an area shows already: the bar of the selection.
    pub fn shade(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area, self.theme.style(role));
    }

    /// A pen at the left end of the first line of an area, which it cannot leave.
    pub fn pen(&mut self, area: Rect) -> Pen<'_, 'a> {
        let area = area.intersection(self.buffer.area);
        let end = if area.is_empty() { area.x } else { area.right() };
        Pen { x: area.x, y: area.y, end, ink: self }
    }

    /// Writes a text at the left end of an area's first line and gives the cells that it took.
    pub fn put(&mut self, area: Rect, role: Role, text: &Clean) -> u16 {
        let mut pen = self.pen(area);
        pen.say(role, text);
        pen.x - area.x.min(pen.x)
    }

    /// Draws a frame of single lines with a title in its upper edge, and gives the area inside.
    pub fn frame(&mut self, area: Rect, title: &Clean) -> Rect {
        let area = area.intersection(self.buffer.area);
        if area.width < 2 || area.height < 2 {
            return Rect { width: 0, height: 0, ..area };
        }
        let (left, right, top, bottom) = (area.x, area.right() - 1, area.y, area.bottom() - 1);
        for x in left..=right {
            self.glyph(x, top, "─", Role::Border);
            self.glyph(x, bottom, "─", Role::Border);
        }
        for y in top..=bottom {
            self.glyph(left, y, "│", Role::Border);
            self.glyph(right, y, "│", Role::Border);
        }
        for (x, y, corner) in [(left, top, "┌"), (right, top, "┐"), (left, bottom, "└"), (right, bottom, "┘")]
        {
            self.glyph(x, y, corner, Role::Border);
        }
        if !title.is_empty() && area.width > 4 {
            let mut pen = self.pen(Rect { x: left + 1, width: area.width - 2, height: 1, ..area });
            pen.word(Role::Title, " ");
            let room = pen.left().saturating_sub(1);
            pen.say_within(room, Role::Title, title);
            pen.word(Role::Title, " ");
        }
        Rect { x: left + 1, y: top + 1, width: area.width - 2, height: area.height - 2 }
    }

    /// A line across, from the left end of an area.
    pub fn rule(&mut self, area: Rect) {
        for x in area.intersection(self.buffer.area).x..area.intersection(self.buffer.area).right() {
            self.glyph(x, area.y, "─", Role::Border);
        }
    }

    /// A line down, from the top of an area.
    pub fn rule_down(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for y in area.y..area.bottom() {
            self.glyph(area.x, y, "│", Role::Border);
        }
    }

    fn glyph(&mut self, x: u16, y: u16, glyph: &'static str, role: Role) {
        let style = self.style_on_ground(role);
        self.write(x, y, 1, glyph, style);
    }

    /// A role's look on a ground that is there already: the ground of the screen must not show through a layer.
    fn style_on_ground(&self, role: Role) -> Style {
        let style = self.theme.style(role);
        match role {
            Role::Text | Role::Layer => Style { bg: None, ..style },
            _ => style,
        }
    }

    fn write(&mut self, x: u16, y: u16, cells: u16, text: &str, style: Style) -> u16 {
        if !self.buffer.area.contains(Position { x, y }) {
            return x;
        }
        self.buffer.set_stringn(x, y, text, usize::from(cells), style).0
    }
}

/// A pen that writes along one line and stops at its end.
#[derive(Debug)]
pub struct Pen<'p, 'a> {
    ink: &'p mut Ink<'a>,
    x: u16,
    y: u16,
    end: u16,
}

impl Pen<'_, '_> {
    /// The cells left on the line.
    pub fn left(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    /// Where the pen stands.
    pub fn x(&self) -> u16 {
        self.x
    }

    /// Writes a text; one that does not fit ends in `…`.
    pub fn say(&mut self, role: Role, text: &Clean) -> &mut Self {
        self.say_within(self.left(), role, text)
    }

    /// Writes words of our own.
    pub fn word(&mut self, role: Role, word: &'static str) -> &mut Self {
        self.write(self.left(), role, word);
        self
    }

    /// Writes a text in at most this many cells.
    pub fn say_within(&mut self, cells: u16, role: Role, text: &Clean) -> &mut Self {
        self.write(cells, role, text.as_str());
        self
    }

    /// Writes a text into a column of this many cells and goes to its end.
    pub fn column(&mut self, cells: u16, role: Role, text: &Clean) -> &mut Self {
        let end = self.x.saturating_add(cells).min(self.end);
        self.write(cells, role, text.as_str());
        self.x = end.max(self.x);
        self
    }

    /// Writes a text to the right end of a column of this many cells and goes to its end.
    pub fn column_right(&mut self, cells: u16, role: Role, text: &Clean) -> &mut Self {
        let end = self.x.saturating_add(cells).min(self.end);
        let missing = usize::from(cells).saturating_sub(text.width());
        self.skip(missing as u16);
        self.write(end.saturating_sub(self.x), role, text.as_str());
        self.x = end.max(self.x);
        self
    }

    /// Leaves cells as they are.
    pub fn skip(&mut self, cells: u16) -> &mut Self {
        self.x = self.x.saturating_add(cells).min(self.end);
        self
    }

    /// Puts the terminal's cursor where the pen stands.
    pub fn set_cursor(&mut self) -> &mut Self {
        if self.left() > 0 {
            self.ink.cursor = Some(Position { x: self.x, y: self.y });
        } else if self.x > 0 {
            self.ink.cursor = Some(Position { x: self.x - 1, y: self.y });
        }
        self
    }

    fn write(&mut self, cells: u16, role: Role, text: &str) {
        let cells = cells.min(self.left());
        if cells == 0 || text.is_empty() {
            return;
        }
        let style = self.ink.style_on_ground(role);
        match cut(text, cells) {
            None => self.x = self.ink.write(self.x, self.y, cells, text, style),
            Some(part) => {
                let x = self.ink.write(self.x, self.y, cells - 1, part, style);
                self.x = self.ink.write(x, self.y, 1, ELLIPSIS, style);
            }
        }
    }
}

/// The part of a text that leaves one cell free for `…`; none where the whole text fits.
fn cut(text: &str, cells: u16) -> Option<&str> {
    let cells = usize::from(cells);
    if text.len() <= cells {
        return None;
    }
    let (mut used, mut bytes) = (0, 0);
    for cluster in text.graphemes(true) {
        used += cluster.width();
        if used > cells {
            return text.get(..bytes);
        }
        if used < cells {
            bytes += cluster.len();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(width: u16, height: u16, paint: impl FnOnce(&mut Ink<'_>)) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        let theme = Theme::named("mono").unwrap();
        paint(&mut Ink::new(&mut buffer, &theme));
        buffer
    }

    fn line(buffer: &Buffer, y: u16) -> String {
        (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect()
    }

    #[test]
    fn text_is_cut_with_an_ellipsis_and_never_leaves_its_area() {
        for (text, cells, shown) in [
            ("abcd", 4, "abcd......"),
            ("abcde", 4, "abc…......"),
            ("ab", 4, "ab........"),
            ("日本語", 6, "日 本 語 ...."),
            ("日本語", 5, "日 本 …....."),
            ("日本語", 4, "日 …......."),
            ("e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}e\u{301}......."),
            ("日本", 1, "…........."),
            ("abc", 0, ".........."),
        ] {
            let buffer = painted(10, 1, |ink| {
                let area = ink.area();
                ink.pen(area).word(Role::Text, "..........");
                ink.put(Rect::new(0, 0, cells, 1), Role::Text, &Clean::line(text));
            });
            assert_eq!(line(&buffer, 0), shown, "{text} in {cells}");
        }
    }

    #[test]
    fn columns_line_up_on_either_side() {
        let buffer = painted(12, 1, |ink| {
            let area = ink.area();
            let mut pen = ink.pen(area);
            pen.column(4, Role::Text, &Clean::from_static("ab"));
            pen.column_right(6, Role::Text, &Clean::from_static("-0:12")).word(Role::Text, "|");
        });
        assert_eq!(line(&buffer, 0), "ab   -0:12| ");
    }

    #[test]
    fn a_frame_keeps_its_title_inside_and_small_ones_have_no_room() {
        let buffer = painted(10, 3, |ink| {
            let inside = ink.frame(ink.area(), &Clean::from_static("A long title"));
            assert_eq!(inside, Rect::new(1, 1, 8, 1));
        });
        assert_eq!(line(&buffer, 0), "┌ A lon… ┐");
        assert_eq!(line(&buffer, 2), "└────────┘");
        painted(1, 1, |ink| assert!(ink.frame(ink.area(), &Clean::EMPTY).is_empty()));
    }

    #[test]
    fn nothing_is_written_outside_the_buffer_at_any_size() {
        for (width, height) in [(0, 0), (1, 1), (3, 2)] {
            let buffer = painted(width, height, |ink| {
                let far = Rect::new(2, 1, 50, 50);
                ink.fill(far, Role::Layer);
                ink.frame(far, &Clean::from_static("title"));
                ink.rule(far);
                ink.rule_down(far);
                ink.shade(far, Role::Selection);
                ink.pen(Rect::new(60, 60, 5, 1)).word(Role::Text, "x").set_cursor();
            });
            assert_eq!(buffer.area, Rect::new(0, 0, width, height));
        }
    }

    #[test]
    fn the_ground_of_a_layer_stays_under_its_text() {
        let theme = Theme::named("dark").unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        let mut ink = Ink::new(&mut buffer, &theme);
        ink.fill(ink.area(), Role::Layer);
        ink.put(ink.area(), Role::Text, &Clean::from_static("abc"));
        assert_eq!(Some(buffer[(0, 0)].bg), theme.style(Role::Layer).bg);
    }
}
