//! A line that takes text: what is typed, where the cursor stands, and which part was not understood.
//!
//! Must not edit: `app/text.rs` does.

use crate::{
    domain::clean::Clean,
    ui::{ink::Ink, role::Role},
};
use ratatui::layout::Rect;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// One cluster of the line as it is shown.
struct Glyph {
    role: Role,
    text: Clean,
    cells: u16,
}

/// Paints a line that is being typed so that the cursor, a byte offset, is in sight; `bad` are the byte ranges that
/// were not understood.
pub fn paint(ink: &mut Ink<'_>, area: Rect, raw: &str, cursor: Option<usize>, bad: &[Range<usize>]) {
    let area = Rect { height: area.height.min(1), ..area };
    ink.fill(area, Role::Input);
    show(ink, area, raw, cursor, bad);
}

/// Shows a typed line on the ground that is there; without a cursor from its beginning.
pub fn show(ink: &mut Ink<'_>, area: Rect, raw: &str, cursor: Option<usize>, bad: &[Range<usize>]) {
    if area.is_empty() {
        return;
    }
    let (glyphs, cursor_at) = glyphs(raw, cursor, bad);
    // One cell stays free for the cursor behind the last letter.
    let room = if cursor.is_some() { area.width.saturating_sub(1) } else { area.width };
    let mut first = cursor_at;
    let mut before = 0;
    while let Some(glyph) = first.checked_sub(1).and_then(|place| glyphs.get(place)) {
        if before + glyph.cells > room {
            break;
        }
        before += glyph.cells;
        first -= 1;
    }
    if cursor.is_none() {
        first = 0;
    }
    let mut pen = ink.pen(area);
    for (place, glyph) in glyphs.iter().enumerate().skip(first) {
        if cursor.is_some() && place == cursor_at {
            pen.set_cursor();
        }
        // Without a cursor to follow, a cut line ends in an ellipsis.
        let is_cut = cursor.is_none()
            && pen.left() <= glyph.cells
            && glyphs.iter().skip(place).map(|glyph| usize::from(glyph.cells)).sum::<usize>()
                > usize::from(pen.left());
        if is_cut {
            pen.word(glyph.role, "…");
        }
        if is_cut || pen.left() < glyph.cells {
            return;
        }
        let hides_more = place == first && first > 0 && place != cursor_at && glyph.cells == 1;
        let more = Clean::from_static("…");
        pen.say(glyph.role, if hides_more { &more } else { &glyph.text });
    }
    if cursor.is_some() && cursor_at == glyphs.len() {
        pen.set_cursor();
    }
}

/// The clusters of a typed line, cleaned, and the place of the cursor among them.
fn glyphs(raw: &str, cursor: Option<usize>, bad: &[Range<usize>]) -> (Vec<Glyph>, usize) {
    let mut glyphs = Vec::new();
    let mut cursor_at = None;
    for (byte, cluster) in raw.grapheme_indices(true) {
        if cursor.is_some_and(|cursor| cursor <= byte) {
            cursor_at = cursor_at.or(Some(glyphs.len()));
        }
        let is_bad = bad.iter().any(|range| range.contains(&byte));
        let role = match (is_bad, cursor) {
            (true, _) => Role::BadToken,
            (false, Some(_)) => Role::Input,
            (false, None) => Role::Text,
        };
        let text = Clean::line(cluster);
        let cells = text.width() as u16;
        glyphs.push(Glyph { role, text, cells });
    }
    let end = glyphs.len();
    (glyphs, cursor_at.unwrap_or(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Theme;
    use ratatui::{buffer::Buffer, layout::Position};

    fn shown(width: u16, raw: &str, cursor: Option<usize>) -> (String, Option<Position>) {
        let theme = Theme::named("mono").unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        let mut ink = Ink::new(&mut buffer, &theme);
        paint(&mut ink, Rect::new(0, 0, width, 1), raw, cursor, &[]);
        let at = ink.cursor();
        ((0..width).map(|x| buffer[(x, 0)].symbol()).collect(), at)
    }

    #[test]
    fn the_cursor_is_always_in_sight() {
        for (width, raw, cursor, line, x) in [
            (8, "abc", Some(3), "abc     ", Some(3)),
            (8, "abc", Some(0), "abc     ", Some(0)),
            (6, "abcdefghi", Some(9), "…fghi ", Some(5)),
            (6, "abcdefghi", Some(2), "abcdef", Some(2)),
            (6, "abcdefghi", Some(7), "…defgh", Some(5)),
            (6, "日本語日本", Some(15), "日 本   ", Some(4)),
            (6, "abcdefghi", None, "abcde…", None),
            (6, "abcdef", None, "abcdef", None),
            (6, "日本語日", None, "日 本 … ", None),
            (1, "abc", Some(3), " ", Some(0)),
            (0, "abc", Some(3), "", None),
        ] {
            let (text, at) = shown(width, raw, cursor);
            assert_eq!((text.as_str(), at.map(|at| at.x)), (line, x), "{raw} at {cursor:?} in {width}");
        }
    }

    #[test]
    fn what_was_not_understood_is_marked_at_its_place() {
        let theme = Theme::tracer();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
        let bad = 3..6;
        paint(&mut Ink::new(&mut buffer, &theme), Rect::new(0, 0, 10, 1), "ab cde f", None, &[bad]);
        let roles: Vec<bool> =
            (0..8).map(|x| Theme::traced(buffer[(x, 0)].fg) == Some(Role::BadToken)).collect();
        assert_eq!(roles, [false, false, false, true, true, true, false, false]);
    }
}
