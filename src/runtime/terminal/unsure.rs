//! Rows whose width the terminal may see otherwise than we do: scripts with joined letters, marks and emoji sequences.
//!
//! Must not change what is drawn: such a row is only written whole when it changes, so that no half of a letter stays.

use ratatui::buffer::{Buffer, CellDiffOption};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What the rows of the last frame held.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<Row>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Row {
    content: u64,
    unsure: bool,
}

impl Rows {
    /// Has every row written whole that is different now and held, or holds, a cluster of unsure width.
    pub(super) fn steady(&mut self, buffer: &mut Buffer) {
        let width = usize::from(buffer.area.width).max(1);
        let now: Vec<Row> = buffer.content.chunks(width).map(row_of).collect();
        for (index, (row, cells)) in now.iter().zip(buffer.content.chunks_mut(width)).enumerate() {
            let before = self.0.get(index).copied().unwrap_or_default();
            if before.content != row.content && (before.unsure || row.unsure) {
                for cell in cells {
                    cell.set_diff_option(CellDiffOption::AlwaysUpdate);
                }
            }
        }
        self.0 = now;
    }
}

fn row_of(cells: &[ratatui::buffer::Cell]) -> Row {
    let mut hasher = DefaultHasher::new();
    let mut unsure = false;
    for cell in cells {
        cell.symbol().hash(&mut hasher);
        unsure |= cell.symbol().len() > 1 && cell.symbol().chars().nth(1).is_some();
    }
    Row { content: hasher.finish(), unsure }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    fn always(buffer: &Buffer) -> Vec<bool> {
        let is_whole = |cells: &[ratatui::buffer::Cell]| {
            cells.iter().all(|cell| cell.diff_option == CellDiffOption::AlwaysUpdate)
        };
        buffer.content.chunks(usize::from(buffer.area.width)).map(is_whole).collect()
    }

    #[test]
    fn a_row_of_joined_letters_is_written_whole_when_it_changes_and_only_then() {
        let frame = |first: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 2));
            buffer.set_string(0, 0, first, ratatui::style::Style::new());
            buffer.set_string(0, 1, "plain é", ratatui::style::Style::new());
            buffer
        };
        let mut rows = Rows::default();
        for (first, whole) in [("श्री", true), ("श्री", false), ("x", true), ("y", false)] {
            let mut buffer = frame(first);
            rows.steady(&mut buffer);
            assert_eq!(always(&buffer), [whole, false], "{first}");
        }
    }
}
