//! A long text being written: one section's, byte for byte, with a cursor that steps by cluster and rows that wrap.
//!
//! Must not change a byte that was not edited, nor keep a history: every change is given to the caller with what it
//! took away.

use super::{
    bounds,
    wrap::{Rows, clusters, ends_line, next_cluster},
};
use crate::domain::check::units;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use unicode_segmentation::GraphemeCursor;

/// So many bytes of a line are counted for its column.
const COUNTED: usize = 8_192;

/// A change of a text: what stood at a byte, and what stands there now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    pub at: usize,
    /// What was taken away.
    pub removed: String,
    /// What was put in its place.
    pub inserted: String,
}

impl Change {
    /// The change that takes this one back.
    #[must_use]
    pub fn inverse(&self) -> Change {
        Change { at: self.at, removed: self.inserted.clone(), inserted: self.removed.clone() }
    }

    /// Carries it out on a text; one that does not fit there leaves it alone.
    pub fn apply(&self, text: &mut String) {
        let end = self.at + self.removed.len();
        if text.get(self.at..end) == Some(self.removed.as_str()) {
            text.replace_range(self.at..end, &self.inserted);
        }
    }
}

/// Where the cursor can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// One cluster to the left.
    Left,
    /// One cluster to the right.
    Right,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the beginning of the row.
    Home,
    /// To the end of the row.
    End,
    /// To the beginning of a word.
    WordLeft,
    /// To the end of a word.
    WordRight,
    /// To the beginning of a sentence.
    SentenceLeft,
    /// To the beginning of the next sentence.
    SentenceRight,
    /// To the beginning of the text.
    Top,
    /// To the end of the text.
    Bottom,
}

/// How much a click takes hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing but the place.
    Cluster,
    /// The word there.
    Word,
    /// The paragraph there.
    Paragraph,
}

/// What a key takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The cluster before the cursor.
    Backspace,
    /// The cluster behind the cursor.
    Delete,
    /// The word before the cursor.
    Word,
    /// Everything before the cursor in this row.
    ToStart,
    /// Everything behind the cursor in this row.
    ToEnd,
}

/// A text being written.
#[derive(Clone, Debug)]
pub struct Prose {
    text: String,
    cursor: usize,
    /// The other end of what is selected.
    anchor: Option<usize>,
    rows: Rows,
    /// Rows on the screen.
    height: usize,
    /// The first row on the screen.
    top: usize,
    /// The column that moves up and down keep.
    goal: Option<usize>,
    units: usize,
}

impl Prose {
    /// A text with the cursor at its beginning, in rows of so many cells.
    pub fn new(text: String, width: usize, height: usize) -> Prose {
        let rows = Rows::of(&text, width);
        let units = units(&text);
        Prose { text, cursor: 0, anchor: None, rows, height: height.max(1), top: 0, goal: None, units }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The length in UTF-16 code units, as limits count.
    pub fn units(&self) -> usize {
        self.units
    }

    /// The byte that the cursor stands before.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// What is selected; none where nothing is.
    pub fn selection(&self) -> Option<Range<usize>> {
        let anchor = self.anchor.filter(|anchor| *anchor != self.cursor)?;
        Some(anchor.min(self.cursor)..anchor.max(self.cursor))
    }

    /// The selected text.
    pub fn selected(&self) -> &str {
        self.selection().and_then(|range| self.text.get(range)).unwrap_or("")
    }

    /// From here on moves select.
    pub fn mark(&mut self) {
        self.anchor = Some(self.cursor);
    }

    /// Selects nothing.
    pub fn unmark(&mut self) {
        self.anchor = None;
    }

    /// Selects a part of the text, the cursor at its end.
    pub fn select(&mut self, range: &Range<usize>) {
        self.place(range.start);
        self.anchor = Some(self.cursor);
        self.cursor = self.edge(range.end);
        self.follow_cursor();
    }

    /// The rows on the screen: their bytes, without what ends them.
    pub fn visible(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        (self.top..self.rows.len()).take(self.height).map(|row| self.shown_range(row))
    }

    /// The first row on the screen, and how many rows there are.
    pub fn scroll(&self) -> (usize, usize) {
        (self.top, self.rows.len())
    }

    /// The cells of a row and the rows of the pane.
    pub fn size(&self) -> (usize, usize) {
        (self.rows.width(), self.height)
    }

    /// Lays the text out for another size of its pane.
    pub fn resize(&mut self, width: usize, height: usize) {
        if (width.max(1), height.max(1)) == self.size() {
            return;
        }
        if width.max(1) != self.rows.width() {
            self.rows = Rows::of(&self.text, width);
        }
        self.height = height.max(1);
        self.follow_cursor();
    }

    /// Puts the cursor before a byte, at the edge of a cluster; selects nothing.
    pub fn place(&mut self, byte: usize) {
        self.cursor = self.edge(byte);
        self.anchor = None;
        self.goal = None;
        self.follow_cursor();
    }

    /// What stands at a cell of the pane, as much of it as a click takes hold of.
    pub fn at_cell(&self, column: usize, row: usize, unit: Unit) -> Range<usize> {
        let row = (self.top + row).min(self.rows.len() - 1);
        let byte = self.byte_at(row, column);
        match unit {
            Unit::Cluster => byte..byte,
            Unit::Word => bounds::word_at(&self.text, byte),
            Unit::Paragraph => bounds::paragraph_at(&self.text, byte),
        }
    }

    /// Selects from one part of the text to another, both with it, the cursor at the far end of the other.
    pub fn stretch(&mut self, from: &Range<usize>, to: &Range<usize>) {
        let (anchor, cursor) =
            if to.start < from.start { (from.end, to.start) } else { (from.start, to.end) };
        self.place(cursor);
        self.anchor = Some(self.edge(anchor));
    }

    /// Shows other rows; the cursor stays where it is in the text.
    pub fn scroll_by(&mut self, rows: isize) {
        let last = self.rows.len().saturating_sub(self.height);
        self.top = self.top.saturating_add_signed(rows).min(last);
    }

    /// Moves the cursor; a selecting move takes what it passes over into the selection.
    pub fn step(&mut self, to: Move, selects: bool) {
        if selects && self.anchor.is_none() {
            self.anchor = Some(self.cursor);
        }
        let page = self.height.saturating_sub(1).max(1);
        let (row, last) = (self.rows.row_of(self.cursor), self.rows.len() - 1);
        let vertical = match to {
            Move::Up => Some(row.checked_sub(1)),
            Move::Down => Some(Some(row + 1).filter(|row| *row <= last)),
            Move::PageUp => Some((row > 0).then(|| row.saturating_sub(page))),
            Move::PageDown => Some((row < last).then(|| (row + page).min(last))),
            _ => None,
        };
        if let Some(target) = vertical {
            let column = self.goal.unwrap_or_else(|| self.column_of(row, self.cursor));
            // Beyond the first and last row lie the ends of the text.
            self.cursor = match (target, to) {
                (Some(row), _) => self.byte_at(row, column),
                (None, Move::Up | Move::PageUp) => 0,
                (None, _) => self.text.len(),
            };
            self.goal = Some(column);
            return self.follow_cursor();
        }
        self.goal = None;
        self.cursor = match to {
            Move::Left => self.before(self.cursor),
            Move::Right => self.after(self.cursor),
            Move::Home => self.rows.range(row, &self.text).start,
            Move::End => self.row_end(row),
            Move::WordLeft => bounds::word_before(&self.text, self.cursor),
            Move::WordRight => bounds::word_after(&self.text, self.cursor),
            Move::SentenceLeft => bounds::sentence_before(&self.text, self.cursor),
            Move::SentenceRight => bounds::sentence_after(&self.text, self.cursor),
            Move::Top => 0,
            _ => self.text.len(),
        };
        self.cursor = self.edge(self.cursor);
        self.follow_cursor();
    }

    /// What a key would take away now: the selection, where there is one.
    pub fn cut_range(&self, cut: Cut) -> Range<usize> {
        if let Some(selection) = self.selection()
            && matches!(cut, Cut::Backspace | Cut::Delete)
        {
            return selection;
        }
        let row = self.rows.row_of(self.cursor);
        match cut {
            Cut::Backspace => self.before(self.cursor)..self.cursor,
            Cut::Delete => self.cursor..self.after(self.cursor),
            Cut::Word => self.edge(bounds::word_before(&self.text, self.cursor))..self.cursor,
            Cut::ToStart => match self.rows.range(row, &self.text).start {
                // At the beginning of a row the end of the one before goes, as a second press is meant.
                start if start == self.cursor => self.before(self.cursor)..self.cursor,
                start => start..self.cursor,
            },
            Cut::ToEnd => match self.shown_range(row).end {
                end if end <= self.cursor => self.cursor..self.after(self.cursor),
                end => self.cursor..end,
            },
        }
    }

    /// Puts a text in the place of a part; the cursor goes behind it. None where nothing would change.
    pub fn replace(&mut self, range: Range<usize>, inserted: &str) -> Option<Change> {
        let removed = self.text.get(range.clone())?.to_owned();
        if removed == inserted {
            return None;
        }
        let change = Change { at: range.start, removed, inserted: inserted.to_owned() };
        self.carry_out(&change);
        Some(change)
    }

    /// Carries out a change that was made before, or taken back; one that does not fit leaves the text alone.
    pub fn apply(&mut self, change: &Change) {
        let end = change.at + change.removed.len();
        if self.text.get(change.at..end) == Some(change.removed.as_str()) {
            self.carry_out(change);
        }
    }

    fn carry_out(&mut self, change: &Change) {
        let (removed, inserted) = (change.removed.len(), change.inserted.len());
        self.text.replace_range(change.at..change.at + removed, &change.inserted);
        self.units = self.units + units(&change.inserted) - units(&change.removed);
        self.rows.follow(&self.text, change.at, removed, inserted);
        self.anchor = None;
        self.goal = None;
        // What was typed may have joined what stands behind it.
        self.cursor = self.edge(change.at + inserted);
        self.follow_cursor();
    }

    /// The cursor's place on the screen: its column and its row beneath the first one shown; none out of sight.
    pub fn cursor_cell(&self) -> Option<(usize, usize)> {
        let row = self.rows.row_of(self.cursor);
        let shown = row.checked_sub(self.top).filter(|shown| *shown < self.height)?;
        // Spaces at the end of a row may lie beyond its edge.
        Some((self.column_of(row, self.cursor).min(self.rows.width()), shown))
    }

    /// The cursor's line and column as people count them, both from 1; so far into a line that nobody counts, only the
    /// line.
    pub fn line_and_column(&self) -> (usize, Option<usize>) {
        let before = self.text.get(..self.cursor).unwrap_or("");
        let line = memchr::memchr_iter(b'\n', before.as_bytes()).count();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let head = before.get(start..).filter(|head| head.len() <= COUNTED);
        (line + 1, head.map(|head| clusters(head) + 1))
    }

    fn follow_cursor(&mut self) {
        let row = self.rows.row_of(self.cursor);
        self.top = self.top.min(row).max((row + 1).saturating_sub(self.height));
        // No empty rows beneath a text that has more above.
        self.top = self.top.min(self.rows.len().saturating_sub(self.height));
    }

    /// The bytes of a row that are shown.
    fn shown_range(&self, row: usize) -> Range<usize> {
        let range = self.rows.range(row, &self.text);
        let whole = self.text.get(range.clone()).unwrap_or("");
        let shown = whole.strip_suffix("\r\n").or(whole.strip_suffix('\n')).unwrap_or(whole);
        range.start..range.start + shown.len()
    }

    /// The last place of a row: before what ends it, and before the next row's first where it is only wrapped.
    fn row_end(&self, row: usize) -> usize {
        let (range, shown) = (self.rows.range(row, &self.text), self.shown_range(row));
        if shown.end == range.end && range.end < self.text.len() { self.before(shown.end) } else { shown.end }
    }

    fn column_of(&self, row: usize, byte: usize) -> usize {
        let start = self.rows.range(row, &self.text).start;
        let mut rest = self.text.get(start..byte).unwrap_or("");
        let mut column = 0;
        while let Some((cluster, cells)) = next_cluster(rest) {
            column += cells;
            rest = rest.get(cluster.len()..).unwrap_or("");
        }
        column
    }

    /// The place in a row that is nearest to a column.
    fn byte_at(&self, row: usize, column: usize) -> usize {
        let (end, mut at) = (self.row_end(row), self.rows.range(row, &self.text).start);
        let mut used = 0;
        while let Some((cluster, cells)) = self.text.get(at..end).and_then(next_cluster) {
            if used + cells > column || ends_line(cluster) {
                break;
            }
            used += cells;
            at += cluster.len();
        }
        at
    }

    /// The edge of a cluster at or before a byte.
    fn edge(&self, byte: usize) -> usize {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let mut cursor = GraphemeCursor::new(byte, self.text.len(), true);
        if cursor.is_boundary(&self.text, 0).unwrap_or(true) { byte } else { self.before(byte) }
    }

    fn before(&self, byte: usize) -> usize {
        let mut cursor = GraphemeCursor::new(byte, self.text.len(), true);
        cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    fn after(&self, byte: usize) -> usize {
        let mut cursor = GraphemeCursor::new(byte, self.text.len(), true);
        cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests;
