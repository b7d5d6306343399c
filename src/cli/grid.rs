//! Rows of cells as a table: as wide as its words, cut to the terminal's width where there is one.
//!
//! Must not know what stands in a cell.

use super::{exit::Failure, output::Output};
use crate::domain::clean::Clean;

/// Prints rows in columns; the first one may be their heads.
pub(super) fn print(rows: impl IntoIterator<Item = Vec<Clean>>, output: &mut Output) -> Result<(), Failure> {
    let rows: Vec<Vec<Clean>> = rows.into_iter().collect();
    let widths = widths(&rows);
    rows.iter().try_for_each(|row| output.line(&line(row, &widths, output.width())))
}

/// How wide each column is.
pub(super) fn widths(rows: &[Vec<Clean>]) -> Vec<usize> {
    let mut widths = vec![0; rows.iter().map(Vec::len).max().unwrap_or_default()];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    widths
}

/// A row in columns of these widths, within the room that there is.
pub(super) fn line(row: &[Clean], widths: &[usize], room: Option<usize>) -> Clean {
    let last = row.len().saturating_sub(1);
    let cells = row.iter().zip(widths).enumerate().map(|(index, (cell, width))| {
        // What stands behind the last cell would be blanks only.
        if index == last { cell.clone() } else { cell.pad(*width) }
    });
    let cells: Vec<Clean> = cells.collect();
    let line = Clean::join(&cells, "  ");
    room.map_or(line.clone(), |room| line.truncate(room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_padded_between_cells_and_cut_to_the_terminal() {
        let row = ["a", "bb", "title"].map(Clean::line);
        assert_eq!(line(&row, &[3, 2, 9], None).as_str(), "a    bb  title");
        assert_eq!(line(&row, &[3, 2, 9], Some(11)).as_str(), "a    bb  t…");
    }
}
