//! Puts a plan to rows: whole blocks of 64 at once, or one.
//!
//! Must not decide what a column cannot: such rows come out as "ask".

use super::{
    plan::{Leaf, Parts, Plan, TimeColumn},
    sets::SymbolColumn,
};
use crate::app::store::{Columns, LIVE, Row, STATUS_OTHER, Second, TaskStore, at, rows_of};
use crate::domain::{query::Surroundings, task::Task};
use std::ops::Range;

/// What the columns say of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    No,
    Ask,
    Yes,
}

/// What the columns say of a block of rows, 64 to a word.
#[derive(Debug)]
pub(super) struct Block {
    /// Rows that pass.
    pub(super) yes: Vec<u64>,
    /// Rows that the task itself decides; none of them is in `yes`.
    pub(super) ask: Vec<u64>,
}

/// What a plan is put to.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    /// The rows.
    pub(super) store: &'a TaskStore,
    /// Words and sets.
    pub(super) parts: &'a Parts,
    /// What tests of keys look at.
    pub(super) around: &'a dyn Surroundings,
}

impl Ground<'_> {
    /// The verdict on a block of words; `care` marks the rows that matter, other rows may come out anyhow.
    pub(super) fn block(&self, plan: &Plan, words: &Range<usize>, care: &[u64]) -> Block {
        match plan {
            Plan::All(plans) => {
                let mut all = Block { yes: care.to_vec(), ask: vec![0; words.len()] };
                for plan in plans {
                    let care: Vec<u64> = all.yes.iter().zip(&all.ask).map(|(yes, ask)| yes | ask).collect();
                    if care.iter().all(|word| *word == 0) {
                        break;
                    }
                    let one = self.block(plan, words, &care);
                    for ((all_yes, all_ask), (yes, ask)) in all.words_mut().zip(one.words()) {
                        let both = *all_yes & yes;
                        *all_ask = (*all_yes | *all_ask) & (yes | ask) & !both;
                        *all_yes = both;
                    }
                }
                all
            }
            Plan::Any(plans) => {
                let mut any = Block::none(words.len());
                for plan in plans {
                    let care: Vec<u64> = care.iter().zip(&any.yes).map(|(care, yes)| care & !yes).collect();
                    if care.iter().all(|word| *word == 0) {
                        break;
                    }
                    let one = self.block(plan, words, &care);
                    for ((any_yes, any_ask), (yes, ask)) in any.words_mut().zip(one.words()) {
                        *any_yes |= yes;
                        *any_ask = (*any_ask | ask) & !*any_yes;
                    }
                }
                any
            }
            Plan::Not(plan) => {
                let mut block = self.block(plan, words, care);
                for (yes, ask) in block.words_mut() {
                    *yes = !(*yes | *ask);
                }
                block
            }
            Plan::Leaf(leaf) => self.leaf_block(leaf, words, care),
        }
    }

    /// The verdict on one row.
    pub(super) fn row(&self, plan: &Plan, row: u32) -> Verdict {
        match plan {
            Plan::All(plans) => plans.iter().map(|plan| self.row(plan, row)).min().unwrap_or(Verdict::Yes),
            Plan::Any(plans) => plans.iter().map(|plan| self.row(plan, row)).max().unwrap_or(Verdict::No),
            Plan::Not(plan) => match self.row(plan, row) {
                Verdict::Yes => Verdict::No,
                Verdict::Ask => Verdict::Ask,
                Verdict::No => Verdict::Yes,
            },
            Plan::Leaf(leaf) => self.leaf_row(leaf, row),
        }
    }

    /// The rows of a block that hold a task.
    pub(super) fn live(&self, words: &Range<usize>) -> Vec<u64> {
        fill(&self.store.columns().flags, words, |flags| flags & LIVE != 0)
    }

    fn leaf_block(&self, leaf: &Leaf, words: &Range<usize>, care: &[u64]) -> Block {
        let columns = self.store.columns();
        let none = || vec![0; words.len()];
        match leaf {
            Leaf::Ask => Block { yes: none(), ask: care.to_vec() },
            Leaf::Status { yes, ask } => Block {
                yes: fill(&columns.status, words, |code| yes >> code & 1 == 1),
                ask: if *ask == 0 {
                    none()
                } else {
                    fill(&columns.status, words, |code| ask >> code & 1 == 1)
                },
            },
            Leaf::Priority { yes, ask } => Block {
                yes: fill(&columns.priority, words, |code| yes >> code & 1 == 1),
                ask: if *ask == 0 {
                    none()
                } else {
                    fill(&columns.priority, words, |code| ask >> code & 1 == 1)
                },
            },
            Leaf::Source { yes, known } => Block {
                yes: fill(&columns.source, words, |source| yes.has(u32::from(source))),
                ask: fill(&columns.source, words, |source| !known.has(u32::from(source))),
            },
            Leaf::Flag(flag) => {
                Block { yes: fill(&columns.flags, words, |flags| flags & flag != 0), ask: none() }
            }
            Leaf::AskWhere(flag) => {
                Block { yes: none(), ask: fill(&columns.flags, words, |flags| flags & flag != 0) }
            }
            Leaf::Time { column, stretch } => Block {
                yes: fill(column.of(columns), words, |second| stretch.passes(second)),
                ask: fill(column.of(columns), words, |second| stretch.asks(second)),
            },
            Leaf::Symbol { column, set } => self.symbol_block(*column, *set, words),
            Leaf::Word { word, enough } => {
                let hits = self.parts.words.get(*word).map_or(&[][..], |word| word.hits.words());
                let mut hits = hits.get(words.start..).unwrap_or(&[]).to_vec();
                hits.resize(words.len(), 0);
                if *enough { Block { yes: hits, ask: none() } } else { Block { yes: none(), ask: hits } }
            }
            Leaf::Key(_) => {
                let mut block = Block::none(words.len());
                for (index, (care, yes)) in care.iter().zip(&mut block.yes).enumerate() {
                    let rows = rows_of(words.start + index, *care);
                    for row in rows.filter(|row| self.leaf_row(leaf, *row) == Verdict::Yes) {
                        *yes |= 1 << (row % 64);
                    }
                }
                block
            }
        }
    }

    fn symbol_block(&self, column: SymbolColumn, set: usize, words: &Range<usize>) -> Block {
        let Some(set) = self.parts.sets.get(set) else { return Block::none(words.len()) };
        let numbers = column.of(self.store.columns());
        let all_known = column.symbols(self.store).len() < set.known_below() as usize;
        Block {
            yes: fill(numbers, words, |symbol| set.has(symbol)),
            ask: if all_known {
                vec![0; words.len()]
            } else {
                fill(numbers, words, |symbol| symbol >= set.known_below())
            },
        }
    }

    fn leaf_row(&self, leaf: &Leaf, row: u32) -> Verdict {
        let columns = self.store.columns();
        let verdict = |yes: bool, ask: bool| match (yes, ask) {
            (true, _) => Verdict::Yes,
            (false, true) => Verdict::Ask,
            (false, false) => Verdict::No,
        };
        match leaf {
            Leaf::Ask => Verdict::Ask,
            Leaf::Status { yes, ask } => {
                let code = at(&columns.status, row, STATUS_OTHER);
                verdict(yes >> code & 1 == 1, ask >> code & 1 == 1)
            }
            Leaf::Priority { yes, ask } => {
                let code = at(&columns.priority, row, 0);
                verdict(yes >> code & 1 == 1, ask >> code & 1 == 1)
            }
            Leaf::Source { yes, known } => {
                let source = u32::from(at(&columns.source, row, 0));
                verdict(yes.has(source), !known.has(source))
            }
            Leaf::Flag(flag) => verdict(at(&columns.flags, row, 0) & flag != 0, false),
            Leaf::AskWhere(flag) => verdict(false, at(&columns.flags, row, 0) & flag != 0),
            Leaf::Time { column, stretch } => {
                let second = at(column.of(columns), row, Second::NONE);
                verdict(stretch.passes(second), stretch.asks(second))
            }
            Leaf::Symbol { column, set } => {
                let symbol = at(column.of(columns), row, 0);
                let set = self.parts.sets.get(*set);
                verdict(
                    set.is_some_and(|set| set.has(symbol)),
                    set.is_some_and(|set| symbol >= set.known_below()),
                )
            }
            // The hits were collected before this row changed, so its text is looked at again.
            Leaf::Word { word, enough } => {
                let finder = self.parts.words.get(*word).map(|word| &word.finder);
                let hit = finder.is_some_and(|finder| finder.find(self.store.text_of(row)).is_some());
                verdict(hit && *enough, hit)
            }
            Leaf::Key(node) => {
                let task = self.store.key(Row(row)).map(|key| Task { key, ..Task::default() });
                verdict(task.is_some_and(|task| node.matches(&task, self.around)), false)
            }
        }
    }
}

impl Block {
    fn none(words: usize) -> Block {
        Block { yes: vec![0; words], ask: vec![0; words] }
    }

    fn words(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.yes.iter().copied().zip(self.ask.iter().copied())
    }

    fn words_mut(&mut self) -> impl Iterator<Item = (&mut u64, &mut u64)> {
        self.yes.iter_mut().zip(&mut self.ask)
    }
}

impl TimeColumn {
    fn of(self, columns: &Columns) -> &[Second] {
        match self {
            TimeColumn::Due => &columns.due,
            TimeColumn::Authored => &columns.authored,
            TimeColumn::Updated => &columns.updated,
        }
    }
}

/// One bit a row for a block of words; rows beyond the end are out.
#[inline]
fn fill<T: Copy>(column: &[T], words: &Range<usize>, test: impl Fn(T) -> bool) -> Vec<u64> {
    let from = (words.start * 64).min(column.len());
    let to = (words.end * 64).min(column.len());
    let mut bits = Vec::with_capacity(words.len());
    for rows in column.get(from..to).unwrap_or(&[]).chunks(64) {
        // A byte a row first: that loop has no dependence from row to row, so that it runs many rows at once.
        let mut passes = [0_u8; 64];
        for (place, value) in passes.iter_mut().zip(rows) {
            *place = u8::from(test(*value));
        }
        bits.push(pack(&passes));
    }
    bits.resize(words.len(), 0);
    bits
}

/// 64 bytes of 0 or 1 as 64 bits, the first lowest.
#[inline]
fn pack(passes: &[u8; 64]) -> u64 {
    let (eights, _) = passes.as_chunks::<8>();
    eights.iter().enumerate().fold(0, |word, (index, eight)| {
        // The product brings each of the eight low bits into its own place of the top byte.
        let byte = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word | byte << (index * 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_in_the_order_of_their_rows() {
        let column: Vec<u32> = (0..150).collect();
        let bits = fill(&column, &(0..3), |value| value % 3 == 0);
        for row in 0..192_u32 {
            let bit = bits[row as usize / 64] >> (row % 64) & 1 == 1;
            assert_eq!(bit, row < 150 && row % 3 == 0, "row {row}");
        }
        assert_eq!(fill(&column, &(1..2), |value| value == 64), [1]);
        assert_eq!(fill(&column, &(5..6), |_| true), [0]);
    }
}
