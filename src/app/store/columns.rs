//! The hot part of every row: one small number a facet, one column a number, read in storage order.
//!
//! Must not be the truth about a task: what a column cannot hold exactly, it says so, and the task itself decides.

use super::{arena::Address, symbols::Symbol};
use crate::domain::{
    priority::{self, Priority},
    status::Status,
    task::Task,
    time::Timestamp,
};
use jiff::tz::TimeZone;

/// The status code of a status that is none of the twelve.
pub(in crate::app) const STATUS_OTHER: u8 = Status::KNOWN.len() as u8;
/// The priority code of a priority that is none of the four; known ones follow, stat first.
pub(in crate::app) const PRIORITY_OTHER: u8 = 0;
/// The priority code of a task without one.
pub(in crate::app) const PRIORITY_NONE: u8 = 5;
/// The priority code of an office's own priority without a rank; the four after it have the ranks of stat down to
/// routine. What such a one is called, only the task knows.
pub(in crate::app) const PRIORITY_OFFICE: u8 = 6;
/// How many priority codes there are.
pub(in crate::app) const PRIORITY_CODES: u8 = 11;

/// The row holds a task.
pub(in crate::app) const LIVE: u8 = 1;
/// It has a note with something in it.
pub(in crate::app) const HAS_NOTE: u8 = 1 << 1;
/// It has an input.
pub(in crate::app) const HAS_INPUT: u8 = 1 << 2;
/// It has an output.
pub(in crate::app) const HAS_OUTPUT: u8 = 1 << 3;
/// Its system may hold it back until a time.
pub(in crate::app) const HELD: u8 = 1 << 4;
/// Its system marks it as not to be changed.
pub(in crate::app) const READ_ONLY: u8 = 1 << 5;

/// A point in time in whole seconds since 1970, as far as 32 bits reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::app) struct Second(pub(in crate::app) u32);

impl Second {
    /// No such time; sorts last.
    pub(in crate::app) const NONE: Second = Second(u32::MAX);
    /// At or before the first second that fits.
    pub(in crate::app) const FIRST: Second = Second(0);
    /// At or after the last second that fits.
    pub(in crate::app) const LAST: Second = Second(u32::MAX - 1);

    /// The second that a time lies in, held to what fits.
    pub(in crate::app) fn of(time: Option<Timestamp>) -> Second {
        time.map_or(Second::NONE, |time| {
            // A whole second is rounded down, before 1970 too; there it is clamped anyway.
            let second = time.as_second().clamp(0, i64::from(Second::LAST.0));
            Second(second as u32)
        })
    }

    /// The time, when there is one that fits.
    pub(in crate::app) fn time(self) -> Option<Timestamp> {
        if self == Second::NONE { None } else { Timestamp::from_second(i64::from(self.0)).ok() }
    }
}

/// The hot values of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) struct Facets {
    /// Place in [`Status::KNOWN`], or [`STATUS_OTHER`].
    pub(in crate::app) status: u8,
    /// [`PRIORITY_OTHER`], 1 for stat down to 4 for routine, [`PRIORITY_NONE`], [`PRIORITY_OFFICE`] or one after it.
    pub(in crate::app) priority: u8,
    /// [`LIVE`] and the `HAS_` bits.
    pub(in crate::app) flags: u8,
    /// The source.
    pub(in crate::app) source: u16,
    /// When it becomes overdue.
    pub(in crate::app) due: Second,
    /// When it was asked for.
    pub(in crate::app) authored: Second,
    /// When it was last changed.
    pub(in crate::app) updated: Second,
    /// The patient.
    pub(in crate::app) patient: Symbol,
    /// The owner.
    pub(in crate::app) owner: Symbol,
    /// The requester.
    pub(in crate::app) requester: Symbol,
    /// The encounter.
    pub(in crate::app) encounter: Symbol,
    /// The code.
    pub(in crate::app) code: Symbol,
}

impl Facets {
    /// A row that holds nothing.
    pub(super) const EMPTY: Facets = Facets {
        status: STATUS_OTHER,
        priority: PRIORITY_NONE,
        flags: 0,
        source: 0,
        due: Second::NONE,
        authored: Second::NONE,
        updated: Second::NONE,
        patient: 0,
        owner: 0,
        requester: 0,
        encounter: 0,
        code: 0,
    };

    /// What the columns hold of a task, symbols left out.
    pub(super) fn of(task: &Task, zone: &TimeZone) -> Facets {
        let start = |time: &Option<crate::domain::time::DateTime>| {
            Second::of(time.as_ref().and_then(|time| time.start(zone)))
        };
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        Facets {
            status: status_code(&task.status),
            priority: priority_code(task.priority.as_ref()),
            flags: LIVE
                | flag(task.notes.iter().any(|note| !note.text.trim().is_empty()), HAS_NOTE)
                | flag(!task.input.is_empty(), HAS_INPUT)
                | flag(!task.output.is_empty(), HAS_OUTPUT)
                | flag(task.held_until.is_some(), HELD)
                | flag(task.read_only, READ_ONLY),
            source: task.key.source.0,
            due: Second::of(task.due_instant(zone)),
            authored: start(&task.authored_on),
            updated: start(&task.last_modified),
            ..Facets::EMPTY
        }
    }

    /// The first 64 bits of the default order: priority, open before closed, due, and most of the age.
    pub(in crate::app) fn sort_key(&self) -> u64 {
        let place = u64::from(priority_place(self.priority));
        let closed = Status::KNOWN.get(usize::from(self.status)).is_some_and(Status::is_closed);
        place << 61 | u64::from(closed) << 60 | u64::from(self.due.0) << 28 | u64::from(self.authored.0 >> 4)
    }
}

/// The column code of a status.
pub(in crate::app) fn status_code(status: &Status) -> u8 {
    Status::KNOWN.iter().position(|known| known == status).map_or(STATUS_OTHER, |place| place as u8)
}

/// The column code of a priority.
pub(in crate::app) fn priority_code(priority: Option<&Priority>) -> u8 {
    match priority {
        None => PRIORITY_NONE,
        Some(Priority::Office(office)) => {
            PRIORITY_OFFICE + office.rank.map_or(0, |_| priority::sort_place(priority))
        }
        known => priority::sort_place(known),
    }
}

/// Where a priority code sorts (see [`priority::sort_place`]).
pub(in crate::app) fn priority_place(code: u8) -> u8 {
    match code {
        PRIORITY_NONE | PRIORITY_OFFICE => 4,
        ranked if ranked > PRIORITY_OFFICE => ranked - PRIORITY_OFFICE,
        known => known,
    }
}

/// Whether a priority code is that of stat, or of an office's own priority that counts as stat.
pub(in crate::app) fn is_stat(code: u8) -> bool {
    priority_place(code) == 1
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $empty:expr,)*) => {
        /// All columns, each as long as there are rows.
        #[derive(Debug, Default)]
        pub(in crate::app) struct Columns {
            $($(#[$doc])* pub(in crate::app) $name: Vec<$kind>,)*
        }

        impl Columns {
            /// Adds an empty row at the end.
            pub(super) fn push_empty(&mut self) {
                if self.status.len() == self.status.capacity() {
                    // Growth by an eighth: doubled columns would stand half empty at a million rows.
                    let room = (self.status.len() / 8).max(256);
                    $(self.$name.reserve_exact(room);)*
                }
                $(self.$name.push($empty);)*
            }

            /// Bytes held, spare room included.
            pub(super) fn memory_bytes(&self) -> usize {
                0 $(+ self.$name.capacity() * size_of::<$kind>())*
            }
        }
    };
}

columns! {
    /// See [`Facets::status`].
    status: u8 = Facets::EMPTY.status,
    /// See [`Facets::priority`].
    priority: u8 = Facets::EMPTY.priority,
    /// See [`Facets::flags`].
    flags: u8 = Facets::EMPTY.flags,
    /// See [`Facets::source`].
    source: u16 = Facets::EMPTY.source,
    /// See [`Facets::due`].
    due: Second = Facets::EMPTY.due,
    /// See [`Facets::authored`].
    authored: Second = Facets::EMPTY.authored,
    /// See [`Facets::updated`].
    updated: Second = Facets::EMPTY.updated,
    /// When the task was seen to enter its status; none when it came with it.
    status_since: Second = Second::NONE,
    /// See [`Facets::patient`].
    patient: Symbol = 0,
    /// See [`Facets::owner`].
    owner: Symbol = 0,
    /// See [`Facets::requester`].
    requester: Symbol = 0,
    /// See [`Facets::encounter`].
    encounter: Symbol = 0,
    /// See [`Facets::code`].
    code: Symbol = 0,
    /// The hash of the key.
    hash: u32 = 0,
    /// Where the task's bytes are.
    cold: Address = 0,
    /// Where the folded text is.
    text: Address = 0,
}

impl Columns {
    /// How many rows there are, empty ones included.
    pub(in crate::app) fn rows(&self) -> usize {
        self.status.len()
    }

    /// The values of one row; an empty row's beyond the end.
    pub(in crate::app) fn facets(&self, row: u32) -> Facets {
        Facets {
            status: at(&self.status, row, Facets::EMPTY.status),
            priority: at(&self.priority, row, Facets::EMPTY.priority),
            flags: at(&self.flags, row, 0),
            source: at(&self.source, row, 0),
            due: at(&self.due, row, Second::NONE),
            authored: at(&self.authored, row, Second::NONE),
            updated: at(&self.updated, row, Second::NONE),
            patient: at(&self.patient, row, 0),
            owner: at(&self.owner, row, 0),
            requester: at(&self.requester, row, 0),
            encounter: at(&self.encounter, row, 0),
            code: at(&self.code, row, 0),
        }
    }

    /// Writes the values of one row.
    pub(super) fn set_facets(&mut self, row: u32, facets: &Facets) {
        put(&mut self.status, row, facets.status);
        put(&mut self.priority, row, facets.priority);
        put(&mut self.flags, row, facets.flags);
        put(&mut self.source, row, facets.source);
        put(&mut self.due, row, facets.due);
        put(&mut self.authored, row, facets.authored);
        put(&mut self.updated, row, facets.updated);
        put(&mut self.patient, row, facets.patient);
        put(&mut self.owner, row, facets.owner);
        put(&mut self.requester, row, facets.requester);
        put(&mut self.encounter, row, facets.encounter);
        put(&mut self.code, row, facets.code);
    }
}

/// The value of a row, or `absent` beyond the end.
#[inline]
pub(in crate::app) fn at<T: Copy>(column: &[T], row: u32, absent: T) -> T {
    column.get(row as usize).copied().unwrap_or(absent)
}

/// Writes the value of a row; nothing beyond the end.
pub(super) fn put<T>(column: &mut [T], row: u32, value: T) {
    if let Some(place) = column.get_mut(row as usize) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_clamped_and_none_sorts_last() {
        let at = |text: &str| Second::of(Some(text.parse().unwrap()));
        assert_eq!(at("1950-01-01T00:00:00Z"), Second::FIRST);
        assert_eq!(at("9000-01-01T00:00:00Z"), Second::LAST);
        assert!(at("2026-11-21T03:00:00.9Z") < at("2026-11-21T03:00:01Z"));
        assert!(Second::LAST < Second::of(None));
        assert_eq!(Second::NONE.time(), None);
    }

    #[test]
    fn the_sort_key_puts_pressing_open_and_early_first() {
        let base = Facets { status: 1, priority: 3, due: Second(500), authored: Second(64), ..Facets::EMPTY };
        let later = [
            Facets { authored: Second(96), ..base },
            Facets { due: Second(501), authored: Second(0), ..base },
            Facets { due: Second::NONE, authored: Second(0), ..base },
            Facets { status: status_code(&Status::Completed), due: Second(0), ..base },
            Facets { priority: PRIORITY_NONE, due: Second(0), ..base },
        ];
        let keys: Vec<u64> = std::iter::once(&base).chain(&later).map(Facets::sort_key).collect();
        assert!(keys.is_sorted_by(|left, right| left < right), "{keys:?}");
    }
}
