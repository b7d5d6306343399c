//! Plain sums: where the parts of the editor lie on a screen of this size.
//!
//! Must not know what is drawn: rows of the text and rectangles on the screen come from the same numbers.

use super::Pane;
use crate::app::geometry::{Area, Size};

/// From this width on outline and text stand side by side.
const BOTH_FROM: u16 = 72;
/// No row of a text is longer: a longer one is hard to read.
const MEASURE: u16 = 96;

/// Where everything of the editor lies. What has no room has no height or width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The top line: title, status and patient.
    pub bar: Area,
    /// The rows of the outline.
    pub outline: Area,
    /// The line above the text: the section's title and counter.
    pub head: Area,
    /// The rows of the text; one cell is for the cursor behind a full row.
    pub text: Area,
    /// The line that says what is wrong.
    pub problem: Area,
    /// The line of counters.
    pub counts: Area,
    /// The line of hints and messages.
    pub hints: Area,
}

impl Layout {
    /// Lays out the screen; where there is room for one pane only, the one that has the keys is shown.
    pub fn of(size: Size, pane: Pane) -> Layout {
        let line = |y: u16, is_shown: bool| Area { x: 0, y, width: size.width, height: u16::from(is_shown) };
        let bar = line(0, size.height > 3);
        let below = u16::from(size.height > 8) + u16::from(size.height > 4) + u16::from(size.height > 2);
        let height = size.height.saturating_sub(bar.height + below);
        let bottom = bar.height + height;
        let problem = line(bottom, size.height > 8);
        let counts = line(bottom + problem.height, size.height > 4);
        let hints = line(bottom + problem.height + counts.height, size.height > 2);
        let whole = Area { x: 0, y: bar.height, width: size.width, height };
        let none = Area { width: 0, height: 0, ..whole };
        let (outline, body) = match pane {
            _ if size.width >= BOTH_FROM => {
                let width = (size.width * 3 / 10).clamp(26, 48);
                let x = width + 1;
                (Area { width, ..whole }, Area { x, width: size.width - x, ..whole })
            }
            Pane::Outline => (whole, none),
            Pane::Text => (none, whole),
        };
        let head = Area { height: u16::from(body.height > 1), ..body };
        let text = Area {
            y: body.y + head.height,
            height: body.height - head.height,
            width: body.width.min(MEASURE + 1),
            ..body
        };
        Layout { bar, outline, head, text, problem, counts, hints }
    }

    /// The cells of a row of text.
    pub fn columns(&self) -> usize {
        usize::from(self.text.width.saturating_sub(1).max(1))
    }

    /// The rows of text on the screen.
    pub fn rows(&self) -> usize {
        usize::from(self.text.height.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_stays_on_the_screen_and_none_overlap() {
        for width in 0..=210 {
            for height in 0..=60 {
                for pane in [Pane::Outline, Pane::Text] {
                    let layout = Layout::of(Size { width, height }, pane);
                    let Layout { bar, outline, head, text, problem, counts, hints } = layout;
                    let parts = [bar, outline, head, text, problem, counts, hints];
                    for (place, part) in parts.iter().enumerate() {
                        assert!(part.x + part.width <= width, "{width}x{height} {layout:?}");
                        assert!(part.y + part.height <= height, "{width}x{height} {layout:?}");
                        for other in parts.iter().skip(place + 1) {
                            let empty = |area: &Area| area.width == 0 || area.height == 0;
                            let apart = part.x + part.width <= other.x
                                || other.x + other.width <= part.x
                                || part.y + part.height <= other.y
                                || other.y + other.height <= part.y;
                            assert!(empty(part) || empty(other) || apart, "{width}x{height} {layout:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn at_eighty_columns_both_panes_have_room() {
        let layout = Layout::of(Size { width: 80, height: 24 }, Pane::Text);
        assert_eq!((layout.outline.width, layout.columns(), layout.rows()), (26, 52, 19));
        let wide = Layout::of(Size { width: 200, height: 50 }, Pane::Text);
        assert_eq!((wide.outline.width, wide.columns(), wide.rows()), (48, 96, 45));
    }
}
