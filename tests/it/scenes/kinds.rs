//! What the systems of a scene can do, one kind each.
//!
//! Must not be more than the contracts say: a scene shows how the screen treats such a system, not what the system is.

use super::script;
use rounds::{
    domain::{
        can::{Ahead, Can, Capability, FieldRule, NoteKeeping, Pace, StatusWord},
        people::PersonKind,
        priority::{OfficePriority, Priority},
        status::Status,
        task::{DueFrom, Field},
    },
    providers::{PROVIDERS, SourceProfile},
};

/// The `kind=` of a source line, with its `role=`.
pub(super) fn can(words: &[(String, bool)], profile: SourceProfile) -> Can {
    let read_only = profile.read_only;
    let mut can = match script::value(words, "kind").unwrap_or("clinikapi") {
        "opendental" => open_dental(),
        "omniehr" => omniehr(script::value(words, "role").unwrap_or("practitioner")),
        "fhir" => fhir(),
        kind => {
            let (_, make) = PROVIDERS.iter().find(|(known, _)| *known == kind).unwrap();
            return make(profile).can();
        }
    };
    can.tells_changes = words.iter().any(|(word, _)| word == "changes");
    if read_only {
        can.refuse_writes("This source is set to read only.");
    }
    can
}

/// An office's own priorities, most pressing first.
pub(super) fn offices() -> Vec<Priority> {
    [("358", "Today!", Some(4)), ("260", "Soon", Some(2)), ("241", "Whenever", None)]
        .map(|(id, name, rank)| {
            Priority::Office(Box::new(OfficePriority { id: id.into(), name: name.into(), rank }))
        })
        .to_vec()
}

const DENTAL: &[FieldRule] = &[
    FieldRule::free(Field::Status),
    FieldRule::free(Field::Priority),
    FieldRule::free(Field::Description),
    FieldRule::text(Field::ShortDescription, 256),
    FieldRule::free(Field::Patient),
    FieldRule::free(Field::Restriction),
    FieldRule::free(Field::Note),
];
const DENTAL_NEW: &[FieldRule] = &[
    FieldRule::required(Field::Description),
    FieldRule::required(Field::Owner),
    FieldRule::free(Field::Status),
    FieldRule::free(Field::Priority),
    FieldRule::text(Field::ShortDescription, 256),
    FieldRule::free(Field::Patient),
    FieldRule::free(Field::Restriction),
];
const DENTAL_WORDS: &[StatusWord] = &[
    StatusWord { status: Status::Requested, short: "NEW", word: "New" },
    StatusWord { status: Status::Received, short: "VWD", word: "Viewed" },
    StatusWord { status: Status::Completed, short: "DON", word: "Done" },
];

fn open_dental() -> Can {
    let mut can = Can {
        create: DENTAL_NEW,
        update: DENTAL,
        statuses: DENTAL_WORDS.iter().map(|word| word.status.clone()).collect(),
        status_words: DENTAL_WORDS,
        priorities: offices(),
        reworded: Some(Status::Received),
        notes: NoteKeeping::Many,
        notes_apart: true,
        due: DueFrom::DateTimeEntry,
        owners: PersonKind::List,
        ahead: vec![Ahead::Status(Status::Requested)],
        probe_first: true,
        pace: Pace { per_minute: 12, poll_floor_s: 60, search_lag_s: 0, gap_ms: 5_000 },
        ..Can::plain("Open Dental")
    };
    can.refuse(Capability::Delete, "Open Dental has no way to delete a task.");
    can.refuse(Capability::Reassign, "Open Dental has no assignees: a task stays in its list.");
    can.refuse(Capability::Document, "Open Dental keeps no such documents.");
    can.refuse(Capability::History, "Open Dental does not give a task's history.");
    can
}

const OMNI: &[FieldRule] = &[
    FieldRule::free(Field::Status),
    FieldRule::free(Field::Intent),
    FieldRule::free(Field::Priority),
    FieldRule::free(Field::Code),
    FieldRule::required(Field::Description),
    FieldRule::required(Field::Patient),
    FieldRule::free(Field::Owner),
    FieldRule::free(Field::AuthoredOn),
    FieldRule::free(Field::ExecutionPeriod),
    FieldRule::free(Field::Note),
];

fn omniehr(role: &str) -> Can {
    let mut can = Can {
        role: Some(role.to_owned()),
        create: OMNI,
        update: OMNI,
        probe_first: true,
        page_count: 300,
        ..Can::plain("OmniEHR")
    };
    match role {
        "auditor" => can.refuse_writes("You are an auditor in OmniEHR: auditors read and change nothing."),
        "practitioner" => {
            can.refuse(
                Capability::Reassign,
                "You are a practitioner in OmniEHR: only an admin gives tasks away.",
            );
        }
        _ => {}
    }
    can.refuse(Capability::Delete, "OmniEHR has no way to delete a task.");
    can.refuse(Capability::Document, "OmniEHR keeps no documents.");
    can.refuse(Capability::History, "OmniEHR gives no earlier versions.");
    can
}

const FHIR: &[FieldRule] = &[
    FieldRule::required(Field::Status),
    FieldRule::required(Field::Intent),
    FieldRule::free(Field::Priority),
    FieldRule::free(Field::Code),
    FieldRule::free(Field::Description),
    FieldRule::free(Field::Patient),
    FieldRule::free(Field::Owner),
    FieldRule::free(Field::Requester),
    FieldRule::free(Field::AuthoredOn),
    FieldRule::free(Field::StatusReason),
    FieldRule::free(Field::BusinessStatus),
    FieldRule::free(Field::ExecutionPeriod),
    FieldRule::free(Field::Restriction),
    FieldRule::free(Field::Note),
];

fn fhir() -> Can {
    let mut can = Can {
        create: FHIR,
        update: FHIR,
        notes: NoteKeeping::Many,
        due: DueFrom::Restriction,
        creates_once: true,
        probe_first: true,
        ..Can::plain("FHIR R4")
    };
    can.refuse(Capability::Delete, "Deleting is switched off for this source; use cancel instead.");
    can
}
