//! Ordering rows by what the query names: each row gets a key of bytes, runs are sorted, then merged, in slices.
//!
//! Must not sort more at once than a step may cost, nor sort again what stands in order.

use super::{Budget, keys::Keys};
use crate::app::store::{Bits, Row, TaskStore, rows_of};
use crate::domain::query::{Query, Surroundings};
use std::cmp::Ordering;

/// Rows that are sorted at once before runs are merged.
const RUN: usize = 2_048;
/// What one row costs in sorting a run, and in a merge.
const RUN_ROW_NS: u64 = 400;
const MERGE_ROW_NS: u64 = 60;
/// What writing a row down costs, and giving back what one row took.
const ROW_NS: u64 = 6;
const SHED_NS: u64 = 4;

/// Keys stand in pieces of this size: one large one would be copied as a whole each time it grows.
const PIECE_BYTES: usize = 1 << 18;
/// What mending an order may cost, in nanoseconds by estimate, and about how many keys a search looks at.
const MEND_NS: u64 = 6_000_000;
const SEARCHED_KEYS: u64 = 20;

/// A row with its key's place and its first bytes.
#[derive(Clone, Copy, Debug)]
struct Item {
    head: u64,
    piece: u32,
    start: u32,
    length: u32,
    row: u32,
}

/// The bytes of all keys.
#[derive(Debug, Default)]
struct KeyBytes {
    pieces: Vec<Vec<u8>>,
}

impl KeyBytes {
    /// Keeps the key of a row.
    fn keep(&mut self, key: &[u8], row: u32) -> Item {
        if self.pieces.last().is_none_or(|piece| piece.len() + key.len() > PIECE_BYTES) {
            self.pieces.push(Vec::with_capacity(PIECE_BYTES));
        }
        let piece = self.pieces.len() as u32 - 1;
        let bytes = self.pieces.last_mut();
        let start = bytes.map_or(0, |bytes| {
            bytes.extend_from_slice(key);
            bytes.len() - key.len()
        });
        Item { head: head(key), piece, start: start as u32, length: key.len() as u32, row }
    }

    /// The key of an item.
    fn of(&self, item: &Item) -> Option<&[u8]> {
        let start = item.start as usize;
        self.pieces.get(item.piece as usize)?.get(start..start + item.length as usize)
    }
}

/// Where the work stands.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Keys are made for the words of the hits from here on.
    Keys { word: usize },
    /// Runs are sorted from here on.
    Runs { from: usize },
    /// Two runs of `width` each are merged, pair by pair.
    Merge { width: usize, pair: usize, left: usize, right: usize },
    /// The rows are written down.
    Rows,
    /// What is no longer needed is given back, one large piece at a time: that has its cost too.
    Shed { pieces: u8 },
}

/// Rows on their way into an order of the query's own.
#[derive(Debug)]
pub(super) struct Sorter {
    keys: Keys,
    stage: Stage,
    bytes: KeyBytes,
    key: Vec<u8>,
    items: Vec<Item>,
    merged: Vec<Item>,
    rows: Vec<Row>,
}

impl Sorter {
    /// A sorter for a query; none when the default order is wanted.
    pub(super) fn new(query: &Query) -> Option<Sorter> {
        Some(Sorter {
            keys: Keys::new(query)?,
            stage: Stage::Keys { word: 0 },
            bytes: KeyBytes::default(),
            key: Vec::new(),
            items: Vec::new(),
            merged: Vec::new(),
            rows: Vec::new(),
        })
    }

    /// Goes on sorting the hits; gives the rows when done.
    pub(super) fn step(
        &mut self,
        hits: &Bits,
        store: &TaskStore,
        around: &dyn Surroundings,
        budget: &mut Budget,
    ) -> Option<Vec<Row>> {
        loop {
            match self.stage {
                Stage::Keys { word } => {
                    if word == 0 {
                        self.items.reserve_exact(hits.count());
                    }
                    let Some(bits) = hits.words().get(word) else {
                        self.stage = Stage::Runs { from: 0 };
                        continue;
                    };
                    if !budget.spend(u64::from(bits.count_ones()) * self.keys.cost_ns()) {
                        return None;
                    }
                    for row in rows_of(word, *bits) {
                        self.key.clear();
                        self.keys.write(Row(row), store, around, &mut self.key);
                        self.items.push(self.bytes.keep(&self.key, row));
                    }
                    self.stage = Stage::Keys { word: word + 1 };
                }
                Stage::Runs { from } => {
                    if from >= self.items.len() {
                        self.merged.reserve_exact(self.items.len());
                        self.stage = Stage::Merge { width: RUN, pair: 0, left: 0, right: RUN };
                        continue;
                    }
                    let to = (from + RUN).min(self.items.len());
                    if !budget.spend((to - from) as u64 * RUN_ROW_NS) {
                        return None;
                    }
                    let bytes = &self.bytes;
                    if let Some(run) = self.items.get_mut(from..to) {
                        run.sort_unstable_by(|left, right| compare(left, right, bytes, store));
                    }
                    self.stage = Stage::Runs { from: to };
                }
                Stage::Merge { width, .. } if width >= self.items.len() => self.stage = Stage::Rows,
                Stage::Rows => {
                    if !budget.spend(RUN as u64 * ROW_NS) {
                        return None;
                    }
                    let rest = self.items.get(self.rows.len()..).unwrap_or(&[]);
                    if rest.is_empty() {
                        self.stage = Stage::Shed { pieces: 0 };
                        continue;
                    }
                    if self.rows.is_empty() {
                        self.rows.reserve_exact(rest.len());
                    }
                    self.rows.extend(rest.iter().take(RUN).map(|item| Row(item.row)));
                }
                Stage::Shed { pieces } => {
                    if !budget.spend(self.items.len() as u64 * SHED_NS) {
                        return None;
                    }
                    match pieces {
                        0 => self.merged = Vec::new(),
                        1 => self.bytes = KeyBytes::default(),
                        2 => self.keys.forget_names(),
                        _ => return Some(std::mem::take(&mut self.rows)),
                    }
                    self.stage = Stage::Shed { pieces: pieces + 1 };
                }
                Stage::Merge { width, pair, left, right } => {
                    if !budget.spend(RUN as u64 * MERGE_ROW_NS) {
                        return None;
                    }
                    self.merge(store, width, pair, left, right);
                }
            }
        }
    }

    /// Merges as many rows as a run has, then notes where it stopped.
    fn merge(&mut self, store: &TaskStore, width: usize, pair: usize, mut left: usize, mut right: usize) {
        let count = self.items.len();
        let middle = (pair + width).min(count);
        let end = (pair + 2 * width).min(count);
        for _ in 0..RUN {
            let one = self.items.get(left..middle).and_then(<[Item]>::first);
            let other = self.items.get(right..end).and_then(<[Item]>::first);
            let next = match (one, other) {
                (Some(one), Some(other)) if compare(other, one, &self.bytes, store) == Ordering::Less => {
                    right += 1;
                    *other
                }
                (Some(one), _) => {
                    left += 1;
                    *one
                }
                (None, Some(other)) => {
                    right += 1;
                    *other
                }
                (None, None) => break,
            };
            self.merged.push(next);
        }
        self.stage = if left < middle || right < end {
            Stage::Merge { width, pair, left, right }
        } else if end < count {
            Stage::Merge { width, pair: end, left: end, right: (end + width).min(count) }
        } else {
            std::mem::swap(&mut self.items, &mut self.merged);
            self.merged.clear();
            Stage::Merge { width: width * 2, pair: 0, left: 0, right: (width * 2).min(count) }
        };
    }
}

/// Puts changed rows into an order that stands, where they are few enough: the others keep their places.
/// False, and nothing is done, where sorting anew is the better way.
pub(super) fn mend(
    sorted: &mut Vec<Row>,
    changed: &[u32],
    hits: &Bits,
    query: &Query,
    store: &TaskStore,
    around: &dyn Surroundings,
) -> bool {
    let Some(mut keys) = Keys::new(query) else { return false };
    if changed.len() as u64 * SEARCHED_KEYS * keys.cost_ns() > MEND_NS {
        return false;
    }
    let mut set = Bits::for_rows(store.columns().rows());
    for row in changed {
        set.set(*row);
    }
    sorted.retain(|row| !set.has(row.0));
    let mut other = Vec::new();
    let mut arriving = Vec::new();
    for row in set.rows().filter(|row| hits.has(*row)).map(Row) {
        let mut key = Vec::new();
        keys.write(row, store, around, &mut key);
        let place = sorted.partition_point(|there| {
            other.clear();
            keys.write(*there, store, around, &mut other);
            other.cmp(&key).then_with(|| store.compare(*there, row)) == Ordering::Less
        });
        arriving.push((place, key, row));
    }
    arriving.sort_by(|left, right| left.1.cmp(&right.1).then_with(|| store.compare(left.2, right.2)));
    // One pass, so that each row is moved once.
    let mut mended = Vec::with_capacity(sorted.len() + arriving.len());
    let mut from = 0;
    for (place, _, row) in arriving {
        mended.extend_from_slice(sorted.get(from..place).unwrap_or(&[]));
        mended.push(row);
        from = place;
    }
    mended.extend_from_slice(sorted.get(from..).unwrap_or(&[]));
    *sorted = mended;
    true
}

fn compare(left: &Item, right: &Item, bytes: &KeyBytes, store: &TaskStore) -> Ordering {
    let rest = || bytes.of(left).cmp(&bytes.of(right));
    let default = || store.compare(Row(left.row), Row(right.row));
    left.head.cmp(&right.head).then_with(rest).then_with(default)
}

/// The first eight bytes of a key as a number that compares as they do.
fn head(key: &[u8]) -> u64 {
    let mut head = [0; 8];
    for (place, byte) in head.iter_mut().zip(key) {
        *place = *byte;
    }
    u64::from_be_bytes(head)
}
