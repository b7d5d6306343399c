//! Plain sums: which part of the screen each pane has for a given size.
//!
//! Must not know ratatui or what is drawn: paging in `app` and rectangles in `ui` come from the same numbers.

/// The size of the terminal in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Left column.
    pub x: u16,
    /// Top row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// Whether a cell lies in the rectangle.
    pub fn contains(self, column: u16, row: u16) -> bool {
        column >= self.x && row >= self.y && column - self.x < self.width && row - self.y < self.height
    }
}

/// The steps of the width ladder (PRODUCT §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ladder {
    /// Under 40 columns or under 7 rows: one task at a time.
    One,
    /// 40–59 columns: two lines a task.
    TwoLines,
    /// 60–79 columns: a table without SY and WHO.
    Narrow,
    /// 80–99 columns: the whole table, detail below.
    Medium,
    /// 100–131 columns: the whole table, detail at its side when asked for.
    Normal,
    /// 132 columns and more: list and detail side by side.
    Wide,
}

impl Ladder {
    /// The step for a size.
    pub fn of(size: Size) -> Ladder {
        match size.width {
            _ if size.height < 7 => Ladder::One,
            0..40 => Ladder::One,
            40..60 => Ladder::TwoLines,
            60..80 => Ladder::Narrow,
            80..100 => Ladder::Medium,
            100..132 => Ladder::Normal,
            _ => Ladder::Wide,
        }
    }
}

/// The width that a dialog of text may have on a screen of this size.
pub fn dialog_width(size: Size, wished: u16) -> u16 {
    wished.min(size.width.saturating_sub(2)).max(size.width.min(20))
}

/// The cells that the lines of a long text have in a dialog of this width: a frame takes two.
pub fn dialog_room(size: Size, wished: u16) -> u16 {
    dialog_width(size, wished).saturating_sub(2)
}

/// Where everything of the worklist screen lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The step of the width ladder.
    pub ladder: Ladder,
    /// The top line: view and query, or the filter being typed.
    pub bar: Area,
    /// The column heads; no height where there are none.
    pub header: Area,
    /// The rows of the table, or the one task.
    pub list: Area,
    /// Lines a task takes in the list.
    pub lines_per_row: u16,
    /// The detail pane.
    pub detail: Option<Area>,
    /// The line that says what has arrived or is urgent; no height when there is nothing to say.
    pub band: Area,
    /// The line of counts and freshness.
    pub counts: Area,
    /// The line of hints and messages.
    pub hints: Area,
}

/// What of the worklist is asked for beside the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The detail pane: the user's wish, or none to leave it to the width.
    pub detail: Option<bool>,
    /// Columns that the user dragged the divider to, for side by side.
    pub detail_width: Option<u16>,
    /// Whether there is something to say in the band.
    pub band: bool,
}

impl Geometry {
    /// Lays out the worklist screen.
    pub fn of(size: Size, wanted: Wanted) -> Geometry {
        let ladder = Ladder::of(size);
        let line = |y: u16, height: u16| Area { x: 0, y, width: size.width, height };
        let bar = line(0, u16::from(size.height > 2));
        let hints_height = u16::from(size.height > 3);
        let counts_height = u16::from(size.height > 1);
        let band_height = u16::from(wanted.band && size.height > 4);
        let header_height = u16::from(ladder >= Ladder::Narrow);
        let top = bar.height + header_height;
        let bottom = hints_height + counts_height + band_height;
        let body = size.height.saturating_sub(top + bottom);
        let show_detail = wanted.detail.unwrap_or(ladder == Ladder::Wide);

        let mut list = line(top, body);
        let mut header = line(bar.height, header_height);
        let mut detail = None;
        match ladder {
            Ladder::Wide | Ladder::Normal if show_detail => {
                let usual = if ladder == Ladder::Wide { size.width * 2 / 5 } else { size.width / 3 };
                let side =
                    wanted.detail_width.unwrap_or(usual).clamp(24, size.width.saturating_sub(60).max(24));
                list.width = size.width.saturating_sub(side + 1);
                header.width = list.width;
                detail = Some(Area {
                    x: list.width + 1,
                    y: bar.height,
                    width: side,
                    height: body + header_height,
                });
            }
            Ladder::Medium if show_detail && body >= 8 => {
                let below = body / 2;
                list.height = body - below;
                detail = Some(line(top + list.height, below));
            }
            _ if show_detail && ladder != Ladder::One => {
                detail = Some(line(bar.height, body + header_height));
                list.height = 0;
                header.height = 0;
            }
            _ => {}
        }
        Geometry {
            ladder,
            bar,
            header,
            list,
            lines_per_row: match ladder {
                Ladder::One => list.height.max(1),
                Ladder::TwoLines => 2,
                _ => 1,
            },
            detail,
            band: line(top + body, band_height),
            counts: line(top + body + band_height, counts_height),
            hints: line(top + body + band_height + counts_height, hints_height),
        }
    }

    /// How many tasks the list shows at once; at least one, so that paging always moves.
    pub fn visible_rows(&self) -> usize {
        usize::from((self.list.height / self.lines_per_row.max(1)).max(1))
    }
}

/// A dialog in the middle of the screen: as wide and high as wanted, as far as the screen goes.
pub fn centred(size: Size, width: u16, height: u16) -> Area {
    let width = width.min(size.width);
    let height = height.min(size.height);
    Area { x: (size.width - width) / 2, y: (size.height - height) / 2, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pane_stays_on_the_screen_and_none_overlap() {
        for width in 0..=200 {
            for height in 0..=60 {
                for detail in [None, Some(true), Some(false)] {
                    for band in [false, true] {
                        let size = Size { width, height };
                        let geometry = Geometry::of(size, Wanted { detail, band, detail_width: None });
                        let mut panes = vec![geometry.bar, geometry.header, geometry.list, geometry.band];
                        panes.extend([geometry.counts, geometry.hints]);
                        panes.extend(geometry.detail);
                        for (index, pane) in panes.iter().enumerate() {
                            assert!(
                                pane.x + pane.width <= width && pane.y + pane.height <= height,
                                "{size:?} {geometry:?}"
                            );
                            for other in panes.iter().skip(index + 1) {
                                let is_empty = |pane: &Area| pane.width == 0 || pane.height == 0;
                                let apart = is_empty(pane)
                                    || is_empty(other)
                                    || pane.x + pane.width <= other.x
                                    || other.x + other.width <= pane.x
                                    || pane.y + pane.height <= other.y
                                    || other.y + other.height <= pane.y;
                                assert!(apart, "{size:?} {pane:?} {other:?}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_ladder_has_the_steps_of_the_product_page() {
        for (width, ladder) in [
            (132, Ladder::Wide),
            (131, Ladder::Normal),
            (100, Ladder::Normal),
            (99, Ladder::Medium),
            (80, Ladder::Medium),
            (79, Ladder::Narrow),
            (60, Ladder::Narrow),
            (59, Ladder::TwoLines),
            (40, Ladder::TwoLines),
            (39, Ladder::One),
        ] {
            assert_eq!(Ladder::of(Size { width, height: 24 }), ladder, "{width}");
        }
        let wide = Geometry::of(Size { width: 200, height: 50 }, Wanted::default());
        assert!(wide.detail.is_some());
        let medium = Geometry::of(Size { width: 80, height: 24 }, Wanted::default());
        assert_eq!((medium.detail, medium.visible_rows()), (None, 20));
    }
}
