//! The key of a row in an order of the query's own: bytes that compare as the rows are to stand.
//!
//! Must not read a whole task where a column, a folded text or a value's number has what is needed.

use super::sets::SymbolColumn;
use crate::app::store::{FIELD_END, Row, Second, Symbol, TaskStore, priority_place};
use crate::domain::{
    fold::fold,
    people::Reference,
    query::{GroupBy, Query, Role, SortBy, SortKey, Surroundings, TimeField},
    status::Status,
    task::{Intent, SourceId, Task},
    time::Timestamp,
};

/// Text beyond this many bytes does not count for the order.
const TEXT_BYTES: usize = 64;
/// What making a key costs from columns, and with the whole task, in nanoseconds.
const KEY_NS: u64 = 120;
const TASK_NS: u64 = 3_000;

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

/// Makes keys: bytes that compare as the rows are to stand.
#[derive(Debug)]
pub(super) struct Keys {
    parts: Vec<By>,
    cost_ns: u64,
    names: Vec<Names>,
}

impl Keys {
    /// The keys of a query; none when the default order is wanted.
    pub(super) fn new(query: &Query) -> Option<Keys> {
        let group = query.group.map(By::of_group);
        let parts: Vec<By> = group.into_iter().chain(query.sort.iter().copied().map(By::Key)).collect();
        let cost_ns = parts.iter().map(|by| if by.reads_task() { TASK_NS } else { KEY_NS }).sum();
        (!parts.is_empty()).then(|| Keys { parts, cost_ns, names: Vec::new() })
    }

    /// What making one key costs, in nanoseconds.
    pub(super) fn cost_ns(&self) -> u64 {
        self.cost_ns
    }

    /// Gives the names back that were looked up.
    pub(super) fn forget_names(&mut self) {
        self.names = Vec::new();
    }

    /// Adds the key of a row; the default order is its last part.
    pub(super) fn write(
        &mut self,
        row: Row,
        store: &TaskStore,
        around: &dyn Surroundings,
        out: &mut Vec<u8>,
    ) {
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
            SortBy::Priority => out.push(priority_place(facets.priority)),
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
        let Some(column) = SymbolColumn::of_role(role) else { return };
        let symbols = column.symbols(store);
        let place = self.names.iter().position(|names| names.role == role).unwrap_or_else(|| {
            self.names.push(Names { role, folded: vec![None; symbols.len() + 1] });
            self.names.len() - 1
        });
        let Some(Names { folded: names, .. }) = self.names.get_mut(place) else { return };
        if names.len() <= symbol as usize {
            names.resize(symbol as usize + 1, None);
        }
        let Some(name) = names.get_mut(symbol as usize) else { return };
        let name = name.get_or_insert_with(|| {
            let mut name = Vec::new();
            let value = symbols.reference(symbol);
            let known = value.as_ref().filter(|(_, reference)| !reference.raw().is_empty());
            let text = known.map(|(source, reference)| name_of(role, *source, reference, around));
            write_folded(text.as_deref(), &mut name);
            name.into()
        });
        out.extend_from_slice(name);
    }
}

/// The folded names of one role's people, by number, as far as they were looked up.
#[derive(Debug)]
struct Names {
    role: Role,
    folded: Vec<Option<Box<[u8]>>>,
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
    let person = role.kind_of(reference).and_then(|kind| around.person(source, kind, reference.id()));
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
