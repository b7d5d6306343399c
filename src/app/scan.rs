//! Filtering all rows in slices: words in storage order, facets on columns, whole tasks only where those cannot tell.
//!
//! Must not differ from `Query::matches` on any task, nor do more in one step than a step may cost.

mod eval;
mod keys;
mod literal;
mod plan;
mod sets;
mod sort;
#[cfg(test)]
mod tests;

pub use plan::Depends;

use super::{
    people::People,
    store::{Bits, Changes, Row, TaskStore, rows_of},
};
use crate::domain::query::{Query, Surroundings};
use eval::{Ground, Verdict};
use plan::{Parts, Plan};
use sort::Sorter;

/// What one step may cost, in nanoseconds by estimate: no clock is read.
const STEP_NS: u64 = 3_000_000;
/// Estimates: searching a byte, noting a hit, testing 64 rows by columns, testing a key, reading a task, placing a row.
const SEARCH_BYTES_PER_NS: u64 = 8;
const HIT_NS: u64 = 25;
const BLOCK_NS: u64 = 400;
const KEY_NS: u64 = 300;
const TASK_NS: u64 = 4_000;
const ORDER_NS: u64 = 4;
/// Words of 64 rows that are tested together, and rows of the default order that are walked together.
const BLOCK_WORDS: usize = 256;
const ORDER_ROWS: usize = 16_384;

/// Whether a scan has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// There is more to do: step again when nothing more urgent waits.
    More,
    /// The rows are final.
    Done,
}

/// Where the work stands; each place is done for all rows before the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Sets { set: usize },
    Words { word: usize, segment: usize },
    Columns { word: usize },
    Tasks { word: usize },
    Changed,
    Order { from: usize },
    Sort,
    Done,
}

/// One run of a filter over all rows.
#[derive(Debug)]
pub struct Scan {
    generation: u64,
    query: Query,
    plan: Option<Plan>,
    parts: Parts,
    stage: Stage,
    /// Rows that pass.
    hits: Bits,
    /// Rows whose task has still to be read.
    ask: Bits,
    /// Rows that changed since they were tested.
    changed: Vec<u32>,
    /// Changed rows whose place in a query's own order has to be mended.
    mend: Option<Vec<u32>>,
    layout: u64,
    ordered_revision: u64,
    sorter: Option<Sorter>,
    next: Vec<Row>,
    rows: Vec<Row>,
}

/// What is left of a step.
#[derive(Debug)]
struct Budget {
    left: u64,
}

impl Budget {
    /// Takes the cost of a piece of work; false when there is nothing left for it.
    fn spend(&mut self, cost_ns: u64) -> bool {
        let may = self.left > 0;
        self.left = self.left.saturating_sub(cost_ns);
        may
    }
}

impl Scan {
    /// Prepares a scan; `generation` is the caller's, to tell a newer scan from an older one.
    pub fn start(query: &Query, store: &TaskStore, around: &dyn Surroundings, generation: u64) -> Scan {
        let (plan, parts) = plan::compile(query, store, around);
        Scan {
            generation,
            query: query.clone(),
            plan,
            parts,
            stage: Stage::Sets { set: 0 },
            hits: Bits::for_rows(store.columns().rows()),
            ask: Bits::for_rows(store.columns().rows()),
            changed: Vec::new(),
            mend: None,
            layout: store.layout(),
            ordered_revision: 0,
            sorter: None,
            next: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Does one slice of the work: about 3 ms, whatever the number of rows.
    pub fn step(&mut self, store: &TaskStore, around: &dyn Surroundings, people: &People) -> Progress {
        self.step_within(STEP_NS, store, around, people)
    }

    fn step_within(
        &mut self,
        cost_ns: u64,
        store: &TaskStore,
        around: &dyn Surroundings,
        people: &People,
    ) -> Progress {
        let mut budget = Budget { left: cost_ns };
        while self.stage != Stage::Done {
            if budget.left == 0 {
                return Progress::More;
            }
            self.advance(store, around, people, &mut budget);
        }
        Progress::Done
    }

    /// Notes what an upsert or a sweep did, while the scan runs or after it; `step` then tests those rows only. The
    /// rows stay as they were until it says that it is done.
    pub fn patch(&mut self, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        self.changed.extend(changes.written().chain(changes.gone.iter().copied()).map(|row| row.0));
        match self.stage {
            Stage::Done => {
                self.mend = Some(Vec::new());
                self.stage = Stage::Changed;
            }
            Stage::Order { .. } | Stage::Sort => {
                self.stage = Stage::Changed;
            }
            _ => {}
        }
    }

    /// The rows that pass, in order and at most as many as the query's limit, as of the last time it was done.
    pub fn rows(&self) -> &[Row] {
        let limit = self.query.limit.unwrap_or(usize::MAX).min(self.rows.len());
        self.rows.get(..limit).unwrap_or(&self.rows)
    }

    /// How many rows pass, the limit left aside.
    pub fn matched(&self) -> usize {
        self.rows.len()
    }

    /// Whether a row passes, the limit left aside.
    pub fn contains(&self, row: Row) -> bool {
        self.hits.has(row.0)
    }

    /// Whether the rows are final.
    pub fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// The caller's number.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The query that is run.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// What the result hangs on beside the tasks.
    pub fn depends(&self) -> Depends {
        self.parts.depends
    }

    fn advance(
        &mut self,
        store: &TaskStore,
        around: &dyn Surroundings,
        people: &People,
        budget: &mut Budget,
    ) {
        match self.stage {
            Stage::Sets { set } => match self.parts.sets.get_mut(set) {
                Some(values) => {
                    if values.step(store, around, people, budget) {
                        self.stage = Stage::Sets { set: set + 1 };
                    }
                }
                None => self.stage = Stage::Words { word: 0, segment: 0 },
            },
            Stage::Words { word, segment } => self.search(store, word, segment, budget),
            Stage::Columns { word } => self.test_columns(store, around, word, budget),
            Stage::Tasks { word } => self.test_tasks(store, around, word, budget),
            Stage::Changed => self.test_changed(store, around, budget),
            Stage::Order { from } => self.walk_order(store, from, budget),
            Stage::Sort => {
                if self.ordered_revision != store.revision() {
                    // A key may have changed since it was made.
                    self.begin_order(store);
                    return;
                }
                let sorted =
                    self.sorter.as_mut().and_then(|sorter| sorter.step(&self.hits, store, around, budget));
                if let Some(rows) = sorted {
                    self.rows = rows;
                    self.sorter = None;
                    self.stage = Stage::Done;
                }
            }
            Stage::Done => {}
        }
    }

    fn search(&mut self, store: &TaskStore, word: usize, segment: usize, budget: &mut Budget) {
        if self.layout != store.layout() {
            // Texts moved between segments: what was passed may hold other rows now.
            self.layout = store.layout();
            self.stage = Stage::Words { word: 0, segment: 0 };
            return;
        }
        let Some(wanted) = self.parts.words.get_mut(word) else {
            self.stage = Stage::Columns { word: 0 };
            return;
        };
        let Some(haystack) = store.text_segments().get(segment) else {
            self.stage = Stage::Words { word: word + 1, segment: 0 };
            return;
        };
        let mut found = 0;
        let hits = &mut wanted.hits;
        haystack.each_hit(&wanted.finder, |row| {
            hits.set(row);
            found += 1;
        });
        budget.spend(haystack.len() as u64 / SEARCH_BYTES_PER_NS + found * HIT_NS);
        self.stage = Stage::Words { word, segment: segment + 1 };
    }

    fn test_columns(
        &mut self,
        store: &TaskStore,
        around: &dyn Surroundings,
        word: usize,
        budget: &mut Budget,
    ) {
        let all = self.hits.words().len();
        if word >= all {
            self.stage = Stage::Tasks { word: 0 };
            return;
        }
        let dear = self.plan.as_ref().is_some_and(|plan| plan.cost() > 0);
        let size = if dear { BLOCK_WORDS / 16 } else { BLOCK_WORDS };
        let words = word..(word + size).min(all);
        let ground = Ground { store, parts: &self.parts, around };
        let mut yes = ground.live(&words);
        if let Some(plan) = &self.plan {
            let live = yes;
            let block = ground.block(plan, &words, &live);
            yes = block.yes.iter().zip(&live).map(|(yes, live)| yes & live).collect();
            let asked = self.ask.words_mut().iter_mut().skip(word);
            for (place, (ask, live)) in asked.zip(block.ask.iter().zip(&live)) {
                *place = ask & live;
            }
        }
        for (place, yes) in self.hits.words_mut().iter_mut().skip(word).zip(yes) {
            *place = yes;
        }
        let leaves = self.plan.as_ref().map_or(1, Plan::leaves);
        let row_ns = if dear { 64 * KEY_NS } else { 0 };
        budget.spend(words.len() as u64 * (BLOCK_NS * leaves + row_ns) / 4);
        self.stage = Stage::Columns { word: words.end };
    }

    fn test_tasks(&mut self, store: &TaskStore, around: &dyn Surroundings, from: usize, budget: &mut Budget) {
        for index in from..self.ask.words().len() {
            let word = self.ask.words().get(index).copied().unwrap_or(0);
            if word == 0 {
                continue;
            }
            if !budget.spend(u64::from(word.count_ones()) * TASK_NS) {
                self.stage = Stage::Tasks { word: index };
                return;
            }
            for row in rows_of(index, word) {
                if store.task(Row(row)).is_some_and(|task| self.query.matches(&task, around)) {
                    self.hits.set(row);
                }
            }
        }
        self.stage = Stage::Changed;
    }

    fn test_changed(&mut self, store: &TaskStore, around: &dyn Surroundings, budget: &mut Budget) {
        self.hits.reach(store.columns().rows());
        let ground = Ground { store, parts: &self.parts, around };
        while let Some(row) = self.changed.last().copied() {
            if !budget.spend(KEY_NS) {
                return;
            }
            self.changed.pop();
            let verdict = match (&self.plan, store.holds(Row(row))) {
                (_, false) => Verdict::No,
                (None, true) => Verdict::Yes,
                (Some(plan), true) => ground.row(plan, row),
            };
            let mut asked = || {
                budget.spend(TASK_NS);
                store.task(Row(row)).is_some_and(|task| self.query.matches(&task, around))
            };
            if verdict == Verdict::Yes || verdict == Verdict::Ask && asked() {
                self.hits.set(row);
            } else {
                self.hits.clear(row);
            }
            if let Some(mend) = &mut self.mend {
                mend.push(row);
            }
        }
        self.begin_order(store);
        self.mend_order(store, around);
    }

    /// Puts the changed rows of a sorted result in their places, when they are few.
    fn mend_order(&mut self, store: &TaskStore, around: &dyn Surroundings) {
        let Some(mend) = self.mend.take() else { return };
        if self.stage == Stage::Sort
            && sort::mend(&mut self.rows, &mend, &self.hits, &self.query, store, around)
        {
            self.sorter = None;
            self.stage = Stage::Done;
        }
    }

    fn begin_order(&mut self, store: &TaskStore) {
        self.ordered_revision = store.revision();
        self.next.clear();
        self.sorter = Sorter::new(&self.query);
        self.stage = if self.sorter.is_some() { Stage::Sort } else { Stage::Order { from: 0 } };
    }

    fn walk_order(&mut self, store: &TaskStore, from: usize, budget: &mut Budget) {
        if self.ordered_revision != store.revision() {
            self.begin_order(store);
            return;
        }
        let order = store.order();
        if from >= order.len() {
            std::mem::swap(&mut self.rows, &mut self.next);
            self.next = Vec::new();
            self.mend = None;
            self.stage = Stage::Done;
            return;
        }
        if from == 0 {
            self.next.reserve_exact(self.hits.count().min(order.len()));
        }
        let to = (from + ORDER_ROWS).min(order.len());
        let slice = order.get(from..to).unwrap_or(&[]);
        if self.plan.is_none() {
            self.next.extend_from_slice(slice);
        } else {
            self.next.extend(slice.iter().filter(|row| self.hits.has(row.0)));
        }
        budget.spend(slice.len() as u64 * ORDER_NS);
        self.stage = Stage::Order { from: to };
    }
}
