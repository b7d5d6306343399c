//! Ordering rows by what the query names: each row gets a key of bytes, runs are sorted, then merged, in slices.
//!
//! Must not read a whole task where a column, a folded text or a value's number has what is needed.

use super::{Budget, sets::SymbolColumn};
use crate::app::store::{Bits, FIELD_END, Row, Second, Symbol, TaskStore, rows_of};
use crate::domain::{
    fold::fold,
    people::Reference,
    query::{GroupBy, Query, Role, SortBy, SortKey, Surroundings, TimeField},
    status::Status,
    task::{Intent, SourceId, Task},
    time::Timestamp,
};
use std::{cmp::Ordering, collections::HashMap};

/// Rows that are sorted at once before runs are merged.
const RUN: usize = 2_048;
/// Text beyond this many bytes does not count for the order.
const TEXT_BYTES: usize = 64;
/// What making a key costs from columns, and with the whole task, in nanoseconds.
const KEY_NS: u64 = 120;
const TASK_NS: u64 = 3_000;
/// What one row costs in sorting a run, and in a merge.
const RUN_ROW_NS: u64 = 400;
const MERGE_ROW_NS: u64 = 60;

/// What rows are ordered by before the default order decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// A key of `sort:`.
    Key(SortKey),
    /// The heading of `group:priority`, where an absent priority is not routine.
    PriorityGroup,
    /// The heading of `group:due`, the local day.
    DueDay,
}

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
}

/// Rows on their way into an order of the query's own.
#[derive(Debug)]
pub(super) struct Sorter {
    keys: Keys,
    stage: Stage,
    bytes: Vec<u8>,
    items: Vec<Item>,
    merged: Vec<Item>,
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
                    if !budget.spend(u64::from(bits.count_ones()) * self.keys.cost_ns) {
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
                Stage::Merge { width, .. } if width >= self.items.len() => {
                    return Some(self.items.iter().map(|item| Row(item.row)).collect());
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

/// Makes keys: bytes that compare as the rows are to stand.
#[derive(Debug)]
struct Keys {
    parts: Vec<By>,
    cost_ns: u64,
    names: HashMap<(Role, Symbol), Box<[u8]>>,
}

impl Keys {
    /// The keys of a query; none when the default order is wanted.
    fn new(query: &Query) -> Option<Keys> {
        let group = query.group.map(By::of_group);
        let parts: Vec<By> = group.into_iter().chain(query.sort.iter().copied().map(By::Key)).collect();
        let cost_ns = parts.iter().map(|by| if by.reads_task() { TASK_NS } else { KEY_NS }).sum();
        (!parts.is_empty()).then(|| Keys { parts, cost_ns, names: HashMap::new() })
    }

    /// Adds the key of a row; the default order is its last part.
    fn write(&mut self, row: Row, store: &TaskStore, around: &dyn Surroundings, out: &mut Vec<u8>) {
        let reads_task = self.parts.iter().any(|by| by.reads_task());
        let task = if reads_task { store.task(row).unwrap_or_default() } else { Task::default() };
        for index in 0..self.parts.len() {
            let Some(by) = self.parts.get(index).copied() else { break };
            let start = out.len();
            match by {
                By::PriorityGroup => out.push(store.columns().facets(row.0).priority),
                By::DueDay => write_day(store.columns().facets(row.0).due.time(), around, out),
                By::Key(key) => self.write_part(key.by, row, &task, store, around, out),
            }
            if let By::Key(SortKey { descending: true, .. }) = by {
                out.iter_mut().skip(start).for_each(|byte| *byte = !*byte);
            }
        }
        out.extend_from_slice(&store.columns().facets(row.0).sort_key().to_be_bytes());
    }

    fn write_part(
        &mut self,
        by: SortBy,
        row: Row,
        task: &Task,
        store: &TaskStore,
        around: &dyn Surroundings,
        out: &mut Vec<u8>,
    ) {
        let facets = store.columns().facets(row.0);
        match by {
            SortBy::Priority => out.push(facets.priority.min(4)),
            SortBy::Overdue => {
                let status = Status::KNOWN.get(usize::from(facets.status));
                let past = facets.due.time().is_some_and(|due| due < around.now());
                out.push(u8::from(!(past && status.is_some_and(Status::is_open))));
            }
            SortBy::Due => out.extend_from_slice(&facets.due.0.to_be_bytes()),
            SortBy::Age => out.extend_from_slice(&facets.authored.0.to_be_bytes()),
            // The latest first, and what has no such time last all the same.
            SortBy::Updated => {
                let back = Second::LAST.0.checked_sub(facets.updated.0).unwrap_or(u32::MAX);
                out.extend_from_slice(&back.to_be_bytes());
            }
            SortBy::Status => {
                out.push(Status::KNOWN.get(usize::from(facets.status)).map_or(0, Status::rank));
            }
            SortBy::Source => out.extend_from_slice(&facets.source.to_be_bytes()),
            SortBy::Owner => self.write_name(Role::Owner, facets.owner, store, around, out),
            SortBy::Requester => self.write_name(Role::Requester, facets.requester, store, around, out),
            SortBy::Patient => self.write_name(Role::Patient, facets.patient, store, around, out),
            SortBy::Encounter => self.write_name(Role::Encounter, facets.encounter, store, around, out),
            SortBy::Title => {
                // The title is the first field of the folded text.
                let title = store.text_of(row.0).split(|byte| *byte == FIELD_END).next();
                write_text(title, out);
            }
            SortBy::Id => write_text(store.key(row).map(|key| key.id.into_boxed_bytes()).as_deref(), out),
            SortBy::Code => write_folded(task.code.as_deref(), out),
            SortBy::List => write_folded(task.list.as_deref(), out),
            SortBy::BusinessStatus => write_folded(task.business_status.as_deref(), out),
            SortBy::Intent => write_folded(task.intent.as_ref().map(Intent::as_str), out),
            SortBy::Start => write_time(TimeField::Start.instant(task, around), out),
            SortBy::Stage => {
                let key = store.key(row).unwrap_or_default();
                write_time(around.local(&key).stage_since, out);
            }
        }
    }

    /// A person's name as far as it is known; the same person is looked up once.
    fn write_name(
        &mut self,
        role: Role,
        symbol: Symbol,
        store: &TaskStore,
        around: &dyn Surroundings,
        out: &mut Vec<u8>,
    ) {
        let name = self.names.entry((role, symbol)).or_insert_with(|| {
            let mut name = Vec::new();
            let column = SymbolColumn::of_role(role);
            let value = column.and_then(|column| column.symbols(store).reference(symbol));
            let known = value.as_ref().filter(|(_, reference)| !reference.raw().is_empty());
            let text = known.map(|(source, reference)| name_of(role, *source, reference, around));
            write_folded(text.as_deref(), &mut name);
            name.into()
        });
        out.extend_from_slice(name);
    }
}

impl By {
    fn of_group(group: GroupBy) -> By {
        let by = match group {
            GroupBy::Priority => return By::PriorityGroup,
            GroupBy::Due => return By::DueDay,
            GroupBy::Status => SortBy::Status,
            GroupBy::Owner => SortBy::Owner,
            GroupBy::Requester => SortBy::Requester,
            GroupBy::Patient => SortBy::Patient,
            GroupBy::Encounter => SortBy::Encounter,
            GroupBy::Source => SortBy::Source,
            GroupBy::List => SortBy::List,
            GroupBy::Code => SortBy::Code,
            GroupBy::BusinessStatus => SortBy::BusinessStatus,
            GroupBy::Intent => SortBy::Intent,
        };
        By::Key(SortKey { by, descending: false })
    }

    /// Whether no column has what this needs.
    fn reads_task(self) -> bool {
        let By::Key(key) = self else { return false };
        matches!(
            key.by,
            SortBy::Code | SortBy::List | SortBy::BusinessStatus | SortBy::Intent | SortBy::Start
        )
    }
}

fn name_of(role: Role, source: SourceId, reference: &Reference, around: &dyn Surroundings) -> String {
    let person = role.person_kind().and_then(|kind| around.person(source, kind, reference.id()));
    match (person, reference.display()) {
        (Some(person), _) => format!("{} {} {}", person.family, person.given, person.full),
        (None, Some(display)) => display.to_owned(),
        (None, None) => reference.id().to_owned(),
    }
}

fn write_folded(text: Option<&str>, out: &mut Vec<u8>) {
    let folded = text.filter(|text| !text.trim().is_empty()).map(fold);
    write_text(folded.as_deref().map(str::trim_start).map(str::as_bytes), out);
}

/// A text and its end, a missing one after all others.
fn write_text(text: Option<&[u8]>, out: &mut Vec<u8>) {
    out.push(u8::from(text.is_none()));
    out.extend(text.unwrap_or(&[]).iter().take(TEXT_BYTES).filter(|byte| **byte != 0));
    out.push(0);
}

/// A time, a missing one after all others.
fn write_time(time: Option<Timestamp>, out: &mut Vec<u8>) {
    let shifted = time.map_or(u64::MAX, |time| time.as_second().wrapping_sub(i64::MIN).cast_unsigned());
    out.extend_from_slice(&shifted.to_be_bytes());
}

fn write_day(time: Option<Timestamp>, around: &dyn Surroundings, out: &mut Vec<u8>) {
    let day = time.map(|time| around.zone().to_datetime(time).date());
    // Years are far from the ends of 16 bits.
    let number = |day: jiff::civil::Date| {
        (i32::from(day.year()) * 512 + i32::from(day.month()) * 32 + i32::from(day.day())).cast_unsigned()
            ^ 1 << 31
    };
    out.extend_from_slice(&day.map_or(u32::MAX, number).to_be_bytes());
}
