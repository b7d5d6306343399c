//! The default order of all rows, kept sorted: a few rows in or out never sort the rest again.
//!
//! Must not know a task: ties of the first 64 bits are broken by the caller.

use super::{Row, bits::Bits};
use std::cmp::Ordering;

/// Rows that leave their place and rows that look for one.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Rows to take out, with the key that they were sorted by.
    leaving: Vec<(u64, u32)>,
    /// Rows to put in, with the key to sort by now.
    arriving: Vec<(u64, u32)>,
}

impl Moves {
    /// Notes a row that loses its place.
    pub(super) fn leave(&mut self, key: u64, row: u32) {
        self.leaving.push((key, row));
    }

    /// Notes a row that needs a place; the last key noted for a row counts.
    pub(super) fn arrive(&mut self, key: u64, row: u32) {
        self.arriving.push((key, row));
    }
}

/// All rows in the default order, beside the keys that they are sorted by.
#[derive(Debug, Default)]
pub(super) struct Order {
    rows: Vec<Row>,
    keys: Vec<u64>,
}

impl Order {
    /// The rows in order.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The place of a row sorted by `key`.
    pub(super) fn place(&self, key: u64, row: Row) -> Option<usize> {
        let from = self.keys.partition_point(|other| *other < key);
        let found = self.rows.get(from..)?.iter().position(|other| *other == row)?;
        Some(from + found)
    }

    /// Takes rows out and puts rows in; `break_tie` orders two rows of equal keys.
    pub(super) fn apply(&mut self, moves: Moves, row_count: usize, break_tie: impl Fn(u32, u32) -> Ordering) {
        self.take_out(&moves.leaving, row_count);
        let mut arriving = moves.arriving;
        // A row may have been noted more than once: a stable sort keeps the last note last.
        arriving.sort_by_key(|(_, row)| *row);
        arriving.reverse();
        arriving.dedup_by_key(|(_, row)| *row);
        arriving
            .sort_unstable_by(|left, right| left.0.cmp(&right.0).then_with(|| break_tie(left.1, right.1)));
        self.put_in(&arriving, break_tie);
    }

    /// Bytes held, spare room included.
    pub(super) fn memory_bytes(&self) -> usize {
        self.rows.capacity() * size_of::<Row>() + self.keys.capacity() * size_of::<u64>()
    }

    fn take_out(&mut self, leaving: &[(u64, u32)], row_count: usize) {
        let keys = || leaving.iter().map(|(key, _)| *key);
        let (Some(least), Some(most)) = (keys().min(), keys().max()) else { return };
        let mut gone = Bits::for_rows(row_count);
        for (_, row) in leaving {
            gone.set(*row);
        }
        let from = self.keys.partition_point(|key| *key < least);
        let to = self.keys.partition_point(|key| *key <= most);
        let mut kept = from;
        for index in from..to {
            let (Some(row), Some(key)) = (self.rows.get(index).copied(), self.keys.get(index).copied())
            else {
                break;
            };
            if gone.has(row.0) {
                continue;
            }
            if let (Some(row_place), Some(key_place)) = (self.rows.get_mut(kept), self.keys.get_mut(kept)) {
                (*row_place, *key_place) = (row, key);
            }
            kept += 1;
        }
        self.rows.drain(kept..to);
        self.keys.drain(kept..to);
    }

    /// Opens gaps from the back, so that each row is moved at most once and in whole blocks.
    fn put_in(&mut self, arriving: &[(u64, u32)], break_tie: impl Fn(u32, u32) -> Ordering) {
        let old = self.rows.len();
        let all = old + arriving.len();
        if self.rows.capacity() < all {
            let room = arriving.len().max(old / 8);
            self.rows.reserve_exact(room);
            self.keys.reserve_exact(room);
        }
        self.rows.resize(all, Row(u32::MAX));
        self.keys.resize(all, u64::MAX);
        let (mut unplaced, mut end) = (old, all);
        for (key, row) in arriving.iter().rev() {
            let place = self.place_for(unplaced, *key, *row, &break_tie);
            let block = unplaced - place;
            self.rows.copy_within(place..unplaced, end - block);
            self.keys.copy_within(place..unplaced, end - block);
            end -= block + 1;
            unplaced = place;
            if let (Some(row_place), Some(key_place)) = (self.rows.get_mut(end), self.keys.get_mut(end)) {
                (*row_place, *key_place) = (Row(*row), *key);
            }
        }
    }

    /// Where a row goes among the first `below` rows.
    fn place_for(
        &self,
        below: usize,
        key: u64,
        row: u32,
        break_tie: &impl Fn(u32, u32) -> Ordering,
    ) -> usize {
        let keys = self.keys.get(..below).unwrap_or(&[]);
        let from = keys.partition_point(|other| *other < key);
        let equal = keys.get(from..).map_or(0, |rest| rest.partition_point(|other| *other == key));
        let tied = self.rows.get(from..from + equal).unwrap_or(&[]);
        from + tied.partition_point(|other| break_tie(other.0, row) == Ordering::Less)
    }
}
