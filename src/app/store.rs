//! All tasks of all sources: whole tasks as bytes, hot values as columns, folded text to search, and their order.
//!
//! Must not ask anybody anything: tasks are handed in, what changed is handed back.

mod arena;
mod bits;
mod columns;
mod index;
mod order;
mod symbols;
#[cfg(test)]
pub(in crate::app) mod tests;

pub(in crate::app) use arena::{Arena, Segment};
pub(in crate::app) use bits::{Bits, rows_of};
pub(in crate::app) use columns::*;
pub(in crate::app) use symbols::{Symbol, Symbols};

use crate::domain::{
    fold::fold_into,
    priority::Priority,
    status::Status,
    task::{SourceId, Task, TaskKey},
    time::Timestamp,
};
use index::Index;
use jiff::tz::TimeZone;
use order::{Moves, Order};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic,
};

/// Ends each field of a row's folded text; no UTF-8 text holds this byte, so no word reaches across.
pub(in crate::app) const FIELD_END: u8 = 0xFF;
/// Segments packed after a change, where any has much dropped: each costs well below a millisecond.
const PACKED_AT_ONCE: usize = 2;

/// The number of a row: the same for as long as its task is there, given to another task afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(pub u32);

/// What a change did to the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Rows of tasks that were not there before.
    pub added: Vec<Row>,
    /// Rows whose task is different now.
    pub changed: Vec<Row>,
    /// Rows that hold no task any more; a later change may give them to another one.
    pub gone: Vec<Row>,
    /// The keys that the rows of `gone` had, in the same order.
    pub gone_keys: Vec<TaskKey>,
    /// Tasks that found no room (beyond 4 thousand million bytes) and were left out.
    pub left_out: usize,
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }

    /// Rows that hold a new or different task.
    pub fn written(&self) -> impl Iterator<Item = Row> + '_ {
        self.added.iter().chain(&self.changed).copied()
    }
}

/// Names one sweep of one source, so that an old one cannot end a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepId(u64);

/// A walk over all pages of a source: what it has not seen at its end is gone.
#[derive(Debug)]
struct Sweep {
    id: SweepId,
    seen: Bits,
}

/// Why a row stands where it stands in the default order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderReasons {
    /// Its place, from 1.
    pub place: usize,
    /// Of how many.
    pub of: usize,
    /// The priority as sent.
    pub priority: Option<Priority>,
    /// Whether the task has ended, which puts it behind those of its priority that have not.
    pub closed: bool,
    /// When it becomes overdue; none stands behind all that have a due time.
    pub due: Option<Timestamp>,
    /// Whether that has passed.
    pub overdue: bool,
    /// When it was asked for; older stands first.
    pub authored: Option<Timestamp>,
}

/// The tasks.
#[derive(Debug, Default)]
pub struct TaskStore {
    columns: Columns,
    cold: Arena,
    text: Arena,
    index: Index,
    order: Order,
    free: Vec<u32>,
    patients: Symbols,
    staff: Symbols,
    encounters: Symbols,
    codes: Symbols,
    sources: BTreeSet<SourceId>,
    sweeps: BTreeMap<SourceId, Sweep>,
    sweeps_begun: u64,
    revision: u64,
    /// How many tasks may be held back by their system.
    held: usize,
    layout: u64,
    /// Whole tasks read so far.
    reads: atomic::AtomicU64,
}

impl TaskStore {
    /// An empty store.
    pub fn new() -> TaskStore {
        TaskStore::default()
    }

    /// Takes tasks in; one that is there already in the same bytes changes nothing. `now` is noted where a task is
    /// seen to enter another status.
    pub fn upsert(
        &mut self,
        tasks: impl IntoIterator<Item = Task>,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Changes {
        let mut changes = Changes::default();
        let mut moves = Moves::default();
        let mut scratch = Vec::new();
        for task in tasks {
            match self.take_in(&task, zone, now, &mut moves, &mut scratch) {
                Taken::Added(row) => changes.added.push(Row(row)),
                Taken::Changed(row) => changes.changed.push(Row(row)),
                Taken::Same => {}
                Taken::LeftOut => changes.left_out += 1,
            }
        }
        // A key may come twice on one page.
        changes.changed.sort_unstable();
        changes.changed.dedup();
        if !changes.added.is_empty() && !changes.changed.is_empty() {
            let mut added = changes.added.clone();
            added.sort_unstable();
            changes.changed.retain(|row| added.binary_search(row).is_err());
        }
        self.settle(moves, &changes);
        changes
    }

    /// Takes one task out.
    pub fn remove(&mut self, key: &TaskKey) -> Changes {
        let rows: Vec<u32> = self.find(key).map(|row| row.0).into_iter().collect();
        self.remove_rows(&rows)
    }

    /// Takes all tasks of a source out, as when it leaves the profile.
    pub fn remove_source(&mut self, source: SourceId) -> Changes {
        self.sweeps.remove(&source);
        let rows = self.rows_of_source(source);
        self.remove_rows(&rows)
    }

    /// Begins a walk over all pages of a source; a walk begun before counts no more.
    pub fn begin_sweep(&mut self, source: SourceId) -> SweepId {
        self.sweeps_begun += 1;
        let id = SweepId(self.sweeps_begun);
        self.sweeps.insert(source, Sweep { id, seen: Bits::for_rows(self.columns.rows()) });
        id
    }

    /// Ends a walk that came to the last page: the source's tasks that were not taken in since it began are gone.
    /// A walk that was cut short is simply not ended.
    pub fn end_sweep(&mut self, source: SourceId, id: SweepId) -> Changes {
        if self.sweeps.get(&source).is_none_or(|sweep| sweep.id != id) {
            return Changes::default();
        }
        let Some(sweep) = self.sweeps.remove(&source) else { return Changes::default() };
        let mut rows = self.rows_of_source(source);
        rows.retain(|row| !sweep.seen.has(*row));
        self.remove_rows(&rows)
    }

    /// The row of a task.
    pub fn find(&self, key: &TaskKey) -> Option<Row> {
        self.find_hashed(key, hash_of(key)).map(Row)
    }

    /// The whole task of a row.
    pub fn task(&self, row: Row) -> Option<Task> {
        self.reads.fetch_add(1, atomic::Ordering::Relaxed);
        postcard::from_bytes(self.bytes(row.0)?).ok()
    }

    /// How many whole tasks have been read: what a key or a frame costs is counted, not timed.
    pub fn reads(&self) -> u64 {
        self.reads.load(atomic::Ordering::Relaxed)
    }

    /// The key of a row, without reading the rest of its task.
    pub fn key(&self, row: Row) -> Option<TaskKey> {
        self.key_parts(row.0).map(|(source, id)| TaskKey { source, id: id.into() })
    }

    /// Whether a row holds a task.
    pub fn holds(&self, row: Row) -> bool {
        at(&self.columns.flags, row.0, 0) & LIVE != 0
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.order.rows().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many tasks a source has here.
    pub fn count_of(&self, source: SourceId) -> usize {
        let rows = self.columns.source.iter().zip(&self.columns.flags);
        rows.filter(|(of, flags)| **of == source.0 && *flags & LIVE != 0).count()
    }

    /// A number that changes whenever a task does.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// All rows in the default order: priority, open before closed, due, age, source and id.
    pub fn order(&self) -> &[Row] {
        self.order.rows()
    }

    /// Compares two rows by the default order.
    pub fn compare(&self, left: Row, right: Row) -> Ordering {
        let key = |row: Row| self.columns.facets(row.0).sort_key();
        key(left).cmp(&key(right)).then_with(|| self.tie_break().compare(left.0, right.0))
    }

    /// What the default order saw in a row.
    pub fn why(&self, row: Row, now: Timestamp) -> Option<OrderReasons> {
        let facets = self.columns.facets(row.0);
        let task = self.task(row)?;
        // Columns are clamped, and a reason is told to people: the task says it exactly where it fits.
        let due = facets.due.time();
        Some(OrderReasons {
            place: self.order.place(facets.sort_key(), row)? + 1,
            of: self.len(),
            closed: task.status.is_closed(),
            overdue: task.status.is_open() && due.is_some_and(|due| due < now),
            due,
            authored: facets.authored.time(),
            priority: task.priority,
        })
    }

    /// When a task was seen to enter its present status; none when it came with it.
    pub fn status_since(&self, row: Row) -> Option<Timestamp> {
        at(&self.columns.status_since, row.0, Second::NONE).time()
    }

    /// Whether some task may be held back by its system until a time.
    pub fn has_held(&self) -> bool {
        self.held > 0
    }

    /// Bytes held for all rows, spare room included.
    pub fn memory_bytes(&self) -> usize {
        let symbols = [&self.patients, &self.staff, &self.encounters, &self.codes];
        self.columns.memory_bytes()
            + self.cold.memory_bytes()
            + self.text.memory_bytes()
            + self.index.memory_bytes()
            + self.order.memory_bytes()
            + self.free.capacity() * size_of::<u32>()
            + symbols.iter().map(|symbols| symbols.memory_bytes()).sum::<usize>()
    }

    /// The hot values.
    pub(in crate::app) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The folded texts in storage order.
    pub(in crate::app) fn text_segments(&self) -> &[Segment] {
        self.text.segments()
    }

    /// The folded text of one row: its fields, each closed by a byte that no text holds.
    pub(in crate::app) fn text_of(&self, row: u32) -> &[u8] {
        if self.holds(Row(row)) { self.text.get(at(&self.columns.text, row, 0)) } else { &[] }
    }

    /// The patients that the patient column numbers.
    pub(in crate::app) fn patients(&self) -> &Symbols {
        &self.patients
    }

    /// The people that the owner and requester columns number.
    pub(in crate::app) fn staff(&self) -> &Symbols {
        &self.staff
    }

    /// The encounters that the encounter column numbers.
    pub(in crate::app) fn encounters(&self) -> &Symbols {
        &self.encounters
    }

    /// The codes that the code column numbers.
    pub(in crate::app) fn codes(&self) -> &Symbols {
        &self.codes
    }

    /// Every source that ever had a task here.
    pub(in crate::app) fn sources(&self) -> &BTreeSet<SourceId> {
        &self.sources
    }

    /// Every code that a task was seen with, in alphabetical order.
    pub fn code_values(&self) -> Vec<String> {
        let codes = (1..=self.codes.len() as u32).filter_map(|symbol| self.codes.reference(symbol));
        let distinct: BTreeSet<String> = codes.map(|(_, code)| code.raw().to_owned()).collect();
        distinct.into_iter().collect()
    }

    /// Whether a row holds an open STAT task.
    pub fn is_open_stat(&self, row: Row) -> bool {
        self.is_open(row) && is_stat(self.columns.facets(row.0).priority)
    }

    /// Whether a row holds an open task.
    pub fn is_open(&self, row: Row) -> bool {
        let status = self.columns.facets(row.0).status;
        self.holds(row) && Status::KNOWN.get(usize::from(status)).is_some_and(Status::is_open)
    }

    /// A number that changes whenever folded texts move to another segment.
    pub(in crate::app) fn layout(&self) -> u64 {
        self.layout
    }

    fn take_in(
        &mut self,
        task: &Task,
        zone: &TimeZone,
        now: Timestamp,
        moves: &mut Moves,
        scratch: &mut Vec<u8>,
    ) -> Taken {
        let Ok(bytes) = postcard::to_allocvec(task) else { return Taken::LeftOut };
        let hash = hash_of(&task.key);
        let known = self.find_hashed(&task.key, hash);
        if let Some(row) = known {
            self.mark_seen(task.key.source, row);
            if self.bytes(row) == Some(&bytes) {
                return Taken::Same;
            }
        }
        let row = known.unwrap_or_else(|| self.new_row());
        let Some(cold) = self.cold.put(row, &bytes) else {
            return self.refuse(row, known.is_none());
        };
        search_text(task, scratch);
        // Most changes leave the text as it was, and then its place stays too.
        let same_text = known.is_some() && self.text_of(row) == scratch.as_slice();
        let text = if same_text { Some(at(&self.columns.text, row, 0)) } else { self.text.put(row, scratch) };
        let Some(text) = text else {
            self.cold.drop_record(cold);
            return self.refuse(row, known.is_none());
        };

        let old = self.columns.facets(row);
        let mut facets = Facets::of(task, zone);
        facets.patient = self.patients.intern(task.key.source, task.patient.as_ref());
        facets.owner = self.staff.intern(task.key.source, task.owner.as_ref());
        facets.requester = self.staff.intern(task.key.source, task.requester.as_ref());
        facets.encounter = self.encounters.intern(task.key.source, task.encounter.as_ref());
        facets.code = self.codes.intern_text(task.key.source, task.code.as_deref());

        if known.is_some() {
            if old.status != facets.status {
                put(&mut self.columns.status_since, row, Second::of(Some(now)));
            }
            if (old.sort_key(), old.authored) != (facets.sort_key(), facets.authored) {
                moves.leave(old.sort_key(), row);
                moves.arrive(facets.sort_key(), row);
            }
            self.cold.drop_record(at(&self.columns.cold, row, 0));
            if !same_text {
                self.text.drop_record(at(&self.columns.text, row, 0));
            }
        } else {
            self.sources.insert(task.key.source);
            put(&mut self.columns.hash, row, hash);
            let hashes = &self.columns.hash;
            self.index.insert(hash, row, |other| at(hashes, other, 0));
            moves.arrive(facets.sort_key(), row);
        }
        self.count_held(old.flags, facets.flags);
        self.columns.set_facets(row, &facets);
        put(&mut self.columns.cold, row, cold);
        put(&mut self.columns.text, row, text);
        if known.is_some() {
            return Taken::Changed(row);
        }
        self.mark_seen(task.key.source, row);
        Taken::Added(row)
    }

    fn count_held(&mut self, old: u8, new: u8) {
        let one = |flags: u8| usize::from(flags & HELD != 0);
        self.held = (self.held + one(new)).saturating_sub(one(old));
    }

    /// Leaves a task out for want of room; a row taken for it is free again.
    fn refuse(&mut self, row: u32, new: bool) -> Taken {
        if new {
            self.free.push(row);
        }
        Taken::LeftOut
    }

    fn remove_rows(&mut self, rows: &[u32]) -> Changes {
        let mut changes = Changes::default();
        let mut moves = Moves::default();
        for row in rows {
            let Some(key) = self.key(Row(*row)) else { continue };
            let facets = self.columns.facets(*row);
            moves.leave(facets.sort_key(), *row);
            self.index.remove(at(&self.columns.hash, *row, 0), *row);
            self.cold.drop_record(at(&self.columns.cold, *row, 0));
            self.text.drop_record(at(&self.columns.text, *row, 0));
            self.count_held(facets.flags, 0);
            self.columns.set_facets(*row, &Facets::EMPTY);
            put(&mut self.columns.status_since, *row, Second::NONE);
            for sweep in self.sweeps.values_mut() {
                sweep.seen.clear(*row);
            }
            self.free.push(*row);
            changes.gone.push(Row(*row));
            changes.gone_keys.push(key);
        }
        self.settle(moves, &changes);
        changes
    }

    /// Brings the order up to date and packs segments with much dropped.
    fn settle(&mut self, moves: Moves, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        self.revision += 1;
        let tie_break = TieBreak { columns: &self.columns, cold: &self.cold };
        self.order.apply(moves, self.columns.rows(), |left, right| tie_break.compare(left, right));
        for _ in 0..PACKED_AT_ONCE {
            self.cold.pack_one(|row, address| put(&mut self.columns.cold, row, address));
            if self.text.pack_one(|row, address| put(&mut self.columns.text, row, address)) {
                self.layout += 1;
            }
        }
    }

    fn mark_seen(&mut self, source: SourceId, row: u32) {
        if let Some(sweep) = self.sweeps.get_mut(&source) {
            sweep.seen.reach(self.columns.rows());
            sweep.seen.set(row);
        }
    }

    fn new_row(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.columns.push_empty();
            self.columns.rows() as u32 - 1
        })
    }

    fn find_hashed(&self, key: &TaskKey, hash: u32) -> Option<u32> {
        self.index.find(hash, |row| {
            at(&self.columns.hash, row, 0) == hash
                && self.key_parts(row).is_some_and(|(source, id)| source == key.source && *id == *key.id)
        })
    }

    fn rows_of_source(&self, source: SourceId) -> Vec<u32> {
        let rows = (0_u32..).zip(self.columns.source.iter().zip(&self.columns.flags));
        rows.filter(|(_, (of, flags))| **of == source.0 && *flags & LIVE != 0).map(|(row, _)| row).collect()
    }

    fn bytes(&self, row: u32) -> Option<&[u8]> {
        self.holds(Row(row)).then(|| self.cold.get(at(&self.columns.cold, row, 0)))
    }

    fn key_parts(&self, row: u32) -> Option<(SourceId, &str)> {
        self.bytes(row).and_then(read_key)
    }

    fn tie_break(&self) -> TieBreak<'_> {
        TieBreak { columns: &self.columns, cold: &self.cold }
    }
}

/// What became of a task handed in.
enum Taken {
    Added(u32),
    Changed(u32),
    Same,
    LeftOut,
}

/// Orders rows whose first 64 bits are equal: age to the second, source, id.
struct TieBreak<'a> {
    columns: &'a Columns,
    cold: &'a Arena,
}

impl TieBreak<'_> {
    fn compare(&self, left: u32, right: u32) -> Ordering {
        let authored = |row| at(&self.columns.authored, row, Second::NONE);
        let key = |row| read_key(self.cold.get(at(&self.columns.cold, row, 0)));
        authored(left).cmp(&authored(right)).then_with(|| key(left).cmp(&key(right)))
    }
}

/// The key at the head of a task's bytes: it is the task's first field.
fn read_key(bytes: &[u8]) -> Option<(SourceId, &str)> {
    let ((source, id), _) = postcard::take_from_bytes::<(u16, &str)>(bytes).ok()?;
    Some((SourceId(source), id))
}

fn hash_of(key: &TaskKey) -> u32 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

/// Folds what a bare word looks at in the task itself, as [`crate::domain::query::searched_texts`] shows it.
fn search_text(task: &Task, out: &mut Vec<u8>) {
    out.clear();
    let mut folded = String::new();
    let mut field = |text: &str| {
        folded.clear();
        fold_into(text, &mut folded);
        out.extend_from_slice(folded.as_bytes());
        out.push(FIELD_END);
    };
    field(task.title());
    for note in &task.notes {
        field(&note.text);
    }
    if let Some(patient) = &task.patient {
        field(patient.id());
        patient.display().into_iter().for_each(&mut field);
    }
    field(&task.key.id);
}
