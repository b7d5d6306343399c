//! What an Open Dental source can do: what its API has, corrected by what the office and the configuration say.
//!
//! Must not ask for anything.

use super::{NO_HISTORY, OpenDental, SYSTEM};
use crate::domain::{
    can::{Ahead, Can, Capability, FieldRule, NoteKeeping, Pace, StatusWord},
    people::PersonKind,
    status::Status,
    task::{DueFrom, Field},
};

/// Why nothing can be removed.
pub(super) const NO_DOCUMENT: &str = "Open Dental's API has no notes on a visit that could be written here.";
pub(super) const NO_DELETE: &str = "Open Dental's API cannot delete a task; set it to Done instead.";

/// Why a task stays in its list.
const NO_OTHER_LIST: &str =
    "In Open Dental a task belongs to its list, and the API cannot move it to another.";

/// What is missing where nobody is named who writes.
const NO_USER: &str = "Open Dental wants to know who writes: set user = the number of an Open Dental user (UserNum) for this source.";

/// What an office lacks that is older than its API's task notes.
const NO_NOTES: &str =
    "The office's Open Dental is too old for notes: the API has them since version 24.4.22.";

/// What a key of the free tier lacks.
const NO_WRITES: &str = "This key may only read: it lacks Open Dental's permission AllOthers.";

/// The longest short description, in UTF-16 units (OD 11.10).
const SHORT_UNITS: u32 = 256;

/// The fields of a create body (contract §2.2).
pub(super) const CREATE: &[FieldRule] = &[
    FieldRule::required(Field::Owner),
    FieldRule::required(Field::Description),
    FieldRule::free(Field::Patient),
    FieldRule::free(Field::Encounter),
    FieldRule::free(Field::Restriction),
    FieldRule::free(Field::Priority),
    FieldRule::text(Field::ShortDescription, SHORT_UNITS),
];

/// The fields of an update body (contract §2.3), and notes, which are rows of their own.
pub(super) const UPDATE: &[FieldRule] = &[
    FieldRule::free(Field::Status),
    FieldRule::free(Field::Description),
    FieldRule::free(Field::Patient),
    FieldRule::free(Field::Encounter),
    FieldRule::free(Field::Restriction),
    FieldRule::free(Field::Priority),
    FieldRule::text(Field::ShortDescription, SHORT_UNITS),
    FieldRule::free(Field::Note),
];

const STATUS_WORDS: &[StatusWord] = &[
    StatusWord { status: Status::Requested, short: "NEW", word: "New" },
    StatusWord { status: Status::Received, short: "VWD", word: "Viewed" },
    StatusWord { status: Status::Completed, short: "DON", word: "Done" },
];

impl OpenDental {
    pub(super) fn what_it_can(&self) -> Can {
        let office = self.office();
        let visible = office.definitions.iter().filter(|definition| !definition.hidden);
        let mut can = Can {
            create: CREATE,
            update: UPDATE,
            statuses: STATUS_WORDS.iter().map(|word| word.status.clone()).collect(),
            reworded: Some(Status::Received),
            status_words: STATUS_WORDS,
            priorities: visible
                .map(|definition| self.office_priority(&definition.id, &definition.name))
                .collect(),
            notes: NoteKeeping::Many,
            notes_apart: true,
            due: DueFrom::DateTimeEntry,
            owners: PersonKind::List,
            ahead: vec![Ahead::Status(Status::Requested)],
            tells_changes: office.signals_since.is_some(),
            probe_first: true,
            max_body_bytes: 16_800_000,
            // A local or service page holds a thousand rows, a remote one a hundred (contract §1).
            page_count: if self.is_near() || office.has_long_pages { 1000 } else { 100 },
            pace: self.pace(),
            ..Can::plain(SYSTEM)
        };
        if self.profile.read_only {
            can.refuse_writes("This source is set to read only.");
        }
        can.refuse(Capability::Delete, NO_DELETE);
        can.refuse(Capability::Document, NO_DOCUMENT);
        can.refuse(Capability::History, NO_HISTORY);
        can.refuse(Capability::Reassign, NO_OTHER_LIST);
        can.refused_fields.insert(Field::Owner, NO_OTHER_LIST.to_owned());
        if office.permits("allothers") == Some(false) {
            can.refuse_writes(NO_WRITES);
        }
        if self.profile.user.is_none() {
            can.refuse(Capability::Create, NO_USER);
            can.refuse(Capability::Note, NO_USER);
        }
        if office.has_notes == Some(false) {
            can.refuse(Capability::Note, NO_NOTES);
        }
        if let Some(reason) = can.refused.get(&Capability::Note) {
            can.refused_fields.insert(Field::Note, reason.clone());
        }
        can
    }

    /// Whether the API is on this machine or in the office's own network, where nothing is throttled.
    fn is_near(&self) -> bool {
        self.profile.is_local
    }

    /// How often the key may ask (contract §1, throttling), counted from the end of a request.
    fn pace(&self) -> Pace {
        let office = self.office();
        let (gap_ms, poll_floor_s) = if self.is_near() {
            (0, 10)
        } else if office.permits("enterprise") == Some(true) || office.has_long_pages {
            (500, 30)
        } else if office.permits_more_than_reading() == Some(false) {
            (5_000, 60)
        } else {
            (1_000, 30)
        };
        let per_minute = 60_000_u32.checked_div(gap_ms).unwrap_or(600);
        Pace { per_minute, poll_floor_s, search_lag_s: 0, gap_ms }
    }
}
