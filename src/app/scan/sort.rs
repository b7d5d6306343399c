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

/// A row with its key's place and its first bytes.
#[derive(Clone, Copy, Debug)]
struct Item {
    head: u64,
    start: usize,
    length: u32,
    row: u32,
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
    bytes: Vec<u8>,
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
            bytes: Vec::new(),
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
                    let Some(bits) = hits.words().get(word) else {
                        self.stage = Stage::Runs { from: 0 };
                        continue;
                    };
                    if !budget.spend(u64::from(bits.count_ones()) * self.keys.cost_ns()) {
                        return None;
                    }
                    for row in rows_of(word, *bits) {
                        let start = self.bytes.len();
                        self.keys.write(Row(row), store, around, &mut self.bytes);
                        let head = head(self.bytes.get(start..).unwrap_or(&[]));
                        let length = (self.bytes.len() - start) as u32;
                        self.items.push(Item { head, start, length, row });
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
                        1 => self.bytes = Vec::new(),
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

/// Puts a few changed rows into an order that stands: the others keep their places.
pub(super) fn replace(
    sorted: &mut Vec<Row>,
    changed: &[u32],
    hits: &Bits,
    query: &Query,
    store: &TaskStore,
    around: &dyn Surroundings,
) {
    let Some(mut keys) = Keys::new(query) else { return };
    let mut set = Bits::for_rows(store.columns().rows());
    for row in changed {
        set.set(*row);
    }
    sorted.retain(|row| !set.has(row.0));
    let (mut wanted, mut other) = (Vec::new(), Vec::new());
    for row in set.rows().filter(|row| hits.has(*row)).map(Row) {
        wanted.clear();
        keys.write(row, store, around, &mut wanted);
        let place = sorted.partition_point(|there| {
            other.clear();
            keys.write(*there, store, around, &mut other);
            other.cmp(&wanted).then_with(|| store.compare(*there, row)) == Ordering::Less
        });
        sorted.insert(place, row);
    }
}

fn compare(left: &Item, right: &Item, bytes: &[u8], store: &TaskStore) -> Ordering {
    left.head.cmp(&right.head).then_with(|| {
        let key = |item: &Item| bytes.get(item.start..item.start + item.length as usize);
        key(left).cmp(&key(right)).then_with(|| store.compare(Row(left.row), Row(right.row)))
    })
}

/// The first eight bytes of a key as a number that compares as they do.
fn head(key: &[u8]) -> u64 {
    let mut head = [0; 8];
    for (place, byte) in head.iter_mut().zip(key) {
        *place = *byte;
    }
    u64::from_be_bytes(head)
}
