//! The task: every field that a source may send, and a patch of the few that change.
//!
//! Must not lose what it does not understand: unknown values stay raw, unknown fields stay in `extra`.

use super::{
    people::Reference,
    priority::Priority,
    status::Status,
    time::{DateTime, Timestamp},
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which configured source a thing belongs to: its place in the profile's list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub u16);

/// The identity of a task: cursor, marks and actions hold on to this, never to a row number.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskKey {
    /// The source that the task lives in.
    pub source: SourceId,
    /// The source's own id, opaque.
    pub id: Box<str>,
}

/// What kind of request a task is (FHIR R4 `Task.intent`, the nine codes that ClinikAPI takes).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Intent {
    /// One of [`Intent::KNOWN`], by its place there.
    Known(u8),
    /// A value this list lacks, kept as it came.
    Other(Box<str>),
}

impl Intent {
    /// The nine intents of contract clinikapi §2.1.
    pub const KNOWN: [&'static str; 9] = [
        "unknown",
        "proposal",
        "plan",
        "order",
        "original-order",
        "reflex-order",
        "filler-order",
        "instance-order",
        "option",
    ];

    /// Reads an intent code; an unlisted one is kept raw.
    pub fn parse(code: &str) -> Intent {
        let place = Intent::KNOWN.iter().position(|known| *known == code);
        place.map_or_else(|| Intent::Other(code.into()), |index| Intent::Known(index as u8))
    }

    /// The code as sent.
    pub fn as_str(&self) -> &str {
        match self {
            Intent::Known(index) => Intent::KNOWN.get(usize::from(*index)).copied().unwrap_or("unknown"),
            Intent::Other(raw) => raw,
        }
    }
}

/// A span of time with either end open (FHIR `Period`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// When it begins.
    pub start: Option<DateTime>,
    /// When it ends.
    pub end: Option<DateTime>,
}

impl Period {
    /// Whether neither end is set.
    pub fn is_empty(&self) -> bool {
        self.start.is_none() && self.end.is_none()
    }
}

/// A remark on a task (FHIR `Annotation`; ClinikAPI keeps one plain string).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The source's id of the note, where notes are things of their own.
    pub id: Option<Box<str>>,
    /// The text as sent.
    pub text: Box<str>,
    /// Who wrote it, where the system says.
    pub author: Option<Reference>,
    /// When, where the system says.
    pub time: Option<DateTime>,
}

/// One typed input or output of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// What the value means (`type`), required by ClinikAPI.
    pub kind: Box<str>,
    /// The value; `false` and `0` are values.
    pub value: ParameterValue,
}

/// The value of a [`Parameter`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParameterValue {
    /// No value was sent.
    None,
    /// `valueString`.
    String(Box<str>),
    /// `valueBoolean`.
    Boolean(bool),
    /// `valueInteger`.
    Integer(i64),
    /// Any other `value[x]`: its field name and its JSON text, shown raw and sent back unchanged.
    Other {
        /// The field name, such as `valueQuantity`.
        name: Box<str>,
        /// The JSON text of the value.
        json: Box<str>,
    },
}

/// Limits on who may do a task, how often and until when (FHIR `Task.restriction`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restriction {
    /// How many times it is to be done.
    pub repetitions: Option<i64>,
    /// When it may be done; the end is the due time.
    pub period: Period,
    /// For whom.
    pub recipients: Vec<Reference>,
}

impl Restriction {
    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.repetitions.is_none() && self.period.is_empty() && self.recipients.is_empty()
    }
}

/// One thing that somebody is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
// What an earlier version kept lacks the fields that came since.
#[serde(default)]
pub struct Task {
    /// Source and id.
    pub key: TaskKey,
    /// Where it stands.
    pub status: Status,
    /// Why it stands there.
    pub status_reason: Option<Box<str>>,
    /// The kind of request; absent where the source has none.
    pub intent: Option<Intent>,
    /// The unit's own word for the state.
    pub business_status: Option<Box<str>>,
    /// How soon; absent is kept absent.
    pub priority: Option<Priority>,
    /// What kind of task, as code or text.
    pub code: Option<Box<str>>,
    /// What is to be done, in words.
    pub description: Option<Box<str>>,
    /// A short form of the description that the system's own lists show in its place.
    pub short_description: Option<Box<str>>,
    /// What it acts on.
    pub focus: Option<Reference>,
    /// The beneficiary (`for` in FHIR); some tasks have none.
    pub patient: Option<Reference>,
    /// In which encounter.
    pub encounter: Option<Reference>,
    /// When the work is done.
    pub execution_period: Period,
    /// When it was asked for.
    pub authored_on: Option<DateTime>,
    /// When the source last changed it, where it says.
    pub last_modified: Option<DateTime>,
    /// Who asked.
    pub requester: Option<Reference>,
    /// Who is to do it; absent is unowned.
    pub owner: Option<Reference>,
    /// Why it is needed.
    pub reason_code: Option<Box<str>>,
    /// Remarks, oldest first. Where [`Can::notes_apart`](super::can::Can::notes_apart) holds they are read with the
    /// task alone and a row of a list has none.
    pub notes: Vec<Note>,
    /// Requests that it fulfils.
    pub based_on: Vec<Reference>,
    /// Tasks that it is a part of.
    pub part_of: Vec<Reference>,
    /// What goes in.
    pub input: Vec<Parameter>,
    /// What came out.
    pub output: Vec<Parameter>,
    /// Limits on its doing.
    pub restriction: Restriction,
    /// The list that it lies in, with the lists above it (`Office / Front desk`), where the source has lists.
    pub list: Option<Box<str>>,
    /// Which field says when it is due; none follows the usual order of [`Task::due`].
    pub due_from: Option<DueFrom>,
    /// Until when the system itself holds it back from its lists (a reminder of the future).
    pub held_until: Option<DateTime>,
    /// How it comes again, in the system's own words.
    pub repeats: Option<Box<str>>,
    /// Whether the system marks it as not to be changed.
    pub read_only: bool,
    /// The source's version mark (`meta.versionId`, `SecDateTEdit` …).
    pub version: Option<Box<str>>,
    /// JSON object text of fields that this type does not know.
    pub extra: Option<Box<str>>,
    /// What was wrong with the row as sent, one short sentence each; the row is shown with a mark.
    pub defects: Vec<Box<str>>,
}

/// A field of a task, named for forms, limits, patches and the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Field {
    /// `status`.
    Status,
    /// `intent`.
    Intent,
    /// `priority`.
    Priority,
    /// `code`.
    Code,
    /// `description`.
    Description,
    /// `shortDescription`.
    ShortDescription,
    /// `patient`.
    Patient,
    /// `encounter`.
    Encounter,
    /// `focus`.
    Focus,
    /// `requester`.
    Requester,
    /// `owner`.
    Owner,
    /// `executionPeriod`.
    ExecutionPeriod,
    /// `authoredOn`.
    AuthoredOn,
    /// `reasonCode`.
    ReasonCode,
    /// `statusReason`.
    StatusReason,
    /// `businessStatus`.
    BusinessStatus,
    /// `note`.
    Note,
    /// `basedOn`.
    BasedOn,
    /// `partOf`.
    PartOf,
    /// `input`.
    Input,
    /// `output`.
    Output,
    /// `restriction`.
    Restriction,
}

/// A set of fields, in the order of the form.
pub type FieldSet = BTreeSet<Field>;

impl Field {
    /// Every field, in the order of the form.
    pub const ALL: [Field; 22] = [
        Field::Status,
        Field::Intent,
        Field::Priority,
        Field::Code,
        Field::Description,
        Field::ShortDescription,
        Field::Patient,
        Field::Encounter,
        Field::Focus,
        Field::Requester,
        Field::Owner,
        Field::ExecutionPeriod,
        Field::AuthoredOn,
        Field::ReasonCode,
        Field::StatusReason,
        Field::BusinessStatus,
        Field::Note,
        Field::BasedOn,
        Field::PartOf,
        Field::Input,
        Field::Output,
        Field::Restriction,
    ];

    /// The name in JSON output, in `rounds edit ID FIELD=VALUE` and in problems.
    pub fn name(self) -> &'static str {
        match self {
            Field::Status => "status",
            Field::Intent => "intent",
            Field::Priority => "priority",
            Field::Code => "code",
            Field::Description => "description",
            Field::ShortDescription => "shortDescription",
            Field::Patient => "patient",
            Field::Encounter => "encounter",
            Field::Focus => "focus",
            Field::Requester => "requester",
            Field::Owner => "owner",
            Field::ExecutionPeriod => "executionPeriod",
            Field::AuthoredOn => "authoredOn",
            Field::ReasonCode => "reasonCode",
            Field::StatusReason => "statusReason",
            Field::BusinessStatus => "businessStatus",
            Field::Note => "note",
            Field::BasedOn => "basedOn",
            Field::PartOf => "partOf",
            Field::Input => "input",
            Field::Output => "output",
            Field::Restriction => "restriction",
        }
    }

    /// The field of a name; `patientId`, `ownerId` and their like are taken too.
    pub fn parse(name: &str) -> Option<Field> {
        let bare = name.strip_suffix("Id").unwrap_or(name);
        Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(bare))
    }
}

/// A change of some fields of a task; everything else stays as the server has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// The fields that change.
    pub fields: FieldSet,
    /// Where their new values stand; its other fields mean nothing.
    pub values: Box<Task>,
}

impl Patch {
    /// An empty patch with a task's present values behind it, ready for [`Patch::set`].
    pub fn of(task: &Task) -> Patch {
        Patch { fields: FieldSet::new(), values: Box::new(task.clone()) }
    }

    /// Marks a field as changed after `change` has set its value.
    #[must_use]
    pub fn set(mut self, field: Field, change: impl FnOnce(&mut Task)) -> Patch {
        change(&mut self.values);
        self.fields.insert(field);
        self
    }

    /// The fields in which `wanted` differs from `base`, with its values.
    pub fn between(base: &Task, wanted: &Task) -> Patch {
        let fields = Field::ALL.into_iter().filter(|field| !base.same(wanted, *field)).collect();
        Patch { fields, values: Box::new(wanted.clone()) }
    }

    /// Lays the patch over a task.
    pub fn apply(&self, task: &mut Task) {
        for field in &self.fields {
            task.copy(&self.values, *field);
        }
    }

    /// The fields of the patch that `answer` does not show: what did not stick.
    pub fn missing_in(&self, answer: &Task) -> FieldSet {
        self.fields.iter().copied().filter(|field| !answer.same(&self.values, *field)).collect()
    }
}

/// Where a task's due time came from (PRODUCT §4, contract clinikapi U13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DueFrom {
    /// `restriction.period.end`.
    Restriction,
    /// `executionPeriod.end`.
    ExecutionPeriod,
    /// Open Dental's `DateTimeEntry`, kept as the end of the restriction (contract opendental §6).
    DateTimeEntry,
}

impl DueFrom {
    /// The path of the field in words for the detail pane.
    pub fn label(self) -> &'static str {
        match self {
            DueFrom::Restriction => "restriction.period.end",
            DueFrom::ExecutionPeriod => "executionPeriod.end",
            DueFrom::DateTimeEntry => "DateTimeEntry",
        }
    }

    /// The field that is changed to give a task another due time.
    pub fn field(self) -> Field {
        match self {
            DueFrom::Restriction | DueFrom::DateTimeEntry => Field::Restriction,
            DueFrom::ExecutionPeriod => Field::ExecutionPeriod,
        }
    }
}

impl Task {
    /// The one-line title: the short description, else the description, else the code, else the id.
    pub fn title(&self) -> &str {
        let text = self.short_description.as_deref().filter(|text| !text.trim().is_empty());
        let text = text.or(self.description.as_deref().filter(|text| !text.trim().is_empty()));
        let text = text.or(self.code.as_deref().filter(|text| !text.trim().is_empty()));
        text.unwrap_or(if self.key.id.is_empty() { "(no text)" } else { &self.key.id })
    }

    /// When it is due and which field says so: the end of the restriction before that of the execution period,
    /// unless the source's profile names one of them.
    pub fn due(&self) -> Option<(&DateTime, DueFrom)> {
        let restriction = |from| self.restriction.period.end.as_ref().map(|end| (end, from));
        let execution = || self.execution_period.end.as_ref().map(|end| (end, DueFrom::ExecutionPeriod));
        match self.due_from {
            Some(DueFrom::ExecutionPeriod) => execution(),
            Some(from) => restriction(from),
            None => restriction(DueFrom::Restriction).or_else(execution),
        }
    }

    /// The instant at which it becomes overdue; date-only values last until the end of that local day.
    pub fn due_instant(&self, zone: &TimeZone) -> Option<Timestamp> {
        self.due().and_then(|(due, _)| due.end(zone))
    }

    /// Whether it is open and its due time has passed. No due time is never overdue.
    pub fn is_overdue(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.status.is_open() && self.due_instant(zone).is_some_and(|due| due < now)
    }

    /// Whether its own system holds it back from its lists until later.
    pub fn is_held(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.held_until.as_ref().and_then(|until| until.start(zone)).is_some_and(|until| until > now)
    }

    /// Whether one field has the same value in both tasks.
    pub fn same(&self, other: &Task, field: Field) -> bool {
        match field {
            Field::Status => self.status == other.status,
            Field::Intent => self.intent == other.intent,
            Field::Priority => self.priority == other.priority,
            Field::Code => self.code == other.code,
            Field::Description => self.description == other.description,
            Field::ShortDescription => self.short_description == other.short_description,
            Field::Patient => same_reference(self.patient.as_ref(), other.patient.as_ref()),
            Field::Encounter => same_reference(self.encounter.as_ref(), other.encounter.as_ref()),
            Field::Focus => same_reference(self.focus.as_ref(), other.focus.as_ref()),
            Field::Requester => same_reference(self.requester.as_ref(), other.requester.as_ref()),
            Field::Owner => same_reference(self.owner.as_ref(), other.owner.as_ref()),
            Field::ExecutionPeriod => same_period(&self.execution_period, &other.execution_period),
            Field::AuthoredOn => same_time(self.authored_on.as_ref(), other.authored_on.as_ref()),
            Field::ReasonCode => self.reason_code == other.reason_code,
            Field::StatusReason => self.status_reason == other.status_reason,
            Field::BusinessStatus => self.business_status == other.business_status,
            Field::Note => {
                self.notes.iter().map(|note| &note.text).eq(other.notes.iter().map(|note| &note.text))
            }
            Field::BasedOn => same_references(&self.based_on, &other.based_on),
            Field::PartOf => same_references(&self.part_of, &other.part_of),
            Field::Input => self.input == other.input,
            Field::Output => self.output == other.output,
            Field::Restriction => {
                self.restriction.repetitions == other.restriction.repetitions
                    && same_period(&self.restriction.period, &other.restriction.period)
                    && same_references(&self.restriction.recipients, &other.restriction.recipients)
            }
        }
    }

    /// Takes one field's value from another task.
    pub fn copy(&mut self, from: &Task, field: Field) {
        match field {
            Field::Status => self.status = from.status.clone(),
            Field::Intent => self.intent.clone_from(&from.intent),
            Field::Priority => self.priority.clone_from(&from.priority),
            Field::Code => self.code.clone_from(&from.code),
            Field::Description => self.description.clone_from(&from.description),
            Field::ShortDescription => self.short_description.clone_from(&from.short_description),
            Field::Patient => self.patient.clone_from(&from.patient),
            Field::Encounter => self.encounter.clone_from(&from.encounter),
            Field::Focus => self.focus.clone_from(&from.focus),
            Field::Requester => self.requester.clone_from(&from.requester),
            Field::Owner => self.owner.clone_from(&from.owner),
            Field::ExecutionPeriod => self.execution_period = from.execution_period.clone(),
            Field::AuthoredOn => self.authored_on.clone_from(&from.authored_on),
            Field::ReasonCode => self.reason_code.clone_from(&from.reason_code),
            Field::StatusReason => self.status_reason.clone_from(&from.status_reason),
            Field::BusinessStatus => self.business_status.clone_from(&from.business_status),
            Field::Note => self.notes.clone_from(&from.notes),
            Field::BasedOn => self.based_on.clone_from(&from.based_on),
            Field::PartOf => self.part_of.clone_from(&from.part_of),
            Field::Input => self.input.clone_from(&from.input),
            Field::Output => self.output.clone_from(&from.output),
            Field::Restriction => self.restriction = from.restriction.clone(),
        }
    }
}

/// Times are the same when they mean the same instant: a server may answer `+00:00` where `Z` was sent.
pub fn same_time(left: Option<&DateTime>, right: Option<&DateTime>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => {
            left.raw() == right.raw() || (left.moment().is_some() && left.moment() == right.moment())
        }
        (None, None) => true,
        _ => false,
    }
}

/// Periods are the same when both their ends are.
pub fn same_period(left: &Period, right: &Period) -> bool {
    same_time(left.start.as_ref(), right.start.as_ref()) && same_time(left.end.as_ref(), right.end.as_ref())
}

/// References are the same when their ids are: `pt_1` and `Patient/pt_1` point to one thing of one field.
fn same_reference(left: Option<&Reference>, right: Option<&Reference>) -> bool {
    left.map(Reference::id) == right.map(Reference::id)
}

fn same_references(left: &[Reference], right: &[Reference]) -> bool {
    left.iter().map(Reference::id).eq(right.iter().map(Reference::id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_holds_only_what_changed_and_tells_what_did_not_stick() {
        let base = Task { description: Some("a".into()), ..Task::default() };
        let wanted = Task {
            status: Status::Completed,
            code: Some("lab".into()),
            owner: Some(Reference::new("p1")),
            ..base.clone()
        };
        let patch = Patch::between(&base, &wanted);
        assert_eq!(
            patch.fields.iter().map(|field| field.name()).collect::<Vec<_>>(),
            ["status", "code", "owner"]
        );
        let answer = Task { code: None, owner: Some(Reference::new("Practitioner/p1")), ..wanted.clone() };
        assert_eq!(patch.missing_in(&answer), FieldSet::from([Field::Code]));
        let mut applied = base;
        patch.apply(&mut applied);
        assert_eq!(applied, wanted);
    }

    #[test]
    fn every_field_has_its_own_name_that_reads_back() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.name()), Some(field));
        }
        assert_eq!(Field::parse("ownerId"), Some(Field::Owner));
        assert_eq!(Field::parse("nonsense"), None);
    }

    #[test]
    fn the_restriction_decides_the_due_time_before_the_execution_period() {
        let period = |end: &str| Period { start: None, end: Some(DateTime::parse(end)) };
        let mut task = Task { execution_period: period("2026-11-21T10:00:00Z"), ..Task::default() };
        assert_eq!(task.due().map(|(_, from)| from), Some(DueFrom::ExecutionPeriod));
        let execution_alone = Task {
            restriction: Restriction { period: period("2026-11-20"), ..Restriction::default() },
            due_from: Some(DueFrom::ExecutionPeriod),
            ..task.clone()
        };
        assert_eq!(execution_alone.due().map(|(_, from)| from), Some(DueFrom::ExecutionPeriod));
        task.restriction.period = period("2026-11-20");
        assert_eq!(
            task.due().map(|(due, from)| (due.raw(), from)),
            Some(("2026-11-20", DueFrom::Restriction))
        );
        let late = "2026-11-21T00:00:00Z".parse::<Timestamp>().unwrap();
        assert!(task.is_overdue(late, &TimeZone::UTC));
        task.status = Status::Completed;
        assert!(!task.is_overdue(late, &TimeZone::UTC), "closed work is not overdue");
    }
}
