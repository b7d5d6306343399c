//! What each ClinikAPI resource may hold, as data: fields, limits, enums. The checking is next door in `validate`.

/// What a value must be.
pub(crate) enum Rule {
    /// A string of at most so many UTF-16 units.
    Text(Option<usize>),
    /// One of a closed list of words.
    OneOf(&'static [&'static str]),
    /// A date-time with an offset, or a date.
    Moment,
    /// A calendar day.
    Day,
    /// An address with an @.
    Email,
    /// A whole number.
    Whole,
    /// True or false.
    Truth,
    /// An array of at most so many values.
    List(&'static Rule, Option<usize>),
    /// An object with these fields; others are dropped.
    Record(&'static [Field]),
    /// A document's sections, which nest.
    Sections,
    /// Anything: the published pages say nothing about it.
    Anything,
}

/// One field of an object.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) rule: Rule,
}

const fn must(name: &'static str, rule: Rule) -> Field {
    Field { name, required: true, rule }
}

const fn may(name: &'static str, rule: Rule) -> Field {
    Field { name, required: false, rule }
}

const ANY_TEXT: Rule = Rule::Text(None);
const TEXTS: Rule = Rule::List(&ANY_TEXT, None);

/// `entered-in-error` can come back but cannot be sent.
const TASK_STATUSES: &[&str] = &[
    "draft",
    "requested",
    "received",
    "accepted",
    "rejected",
    "ready",
    "cancelled",
    "in-progress",
    "on-hold",
    "failed",
    "completed",
];

const INTENTS: &[&str] = &[
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

const PERIOD_OF_MOMENTS: &[Field] = &[may("start", Rule::Moment), may("end", Rule::Moment)];
const PERIOD_OF_TEXTS: &[Field] = &[may("start", ANY_TEXT), may("end", ANY_TEXT)];

const PARAMETER: &[Field] = &[
    must("type", ANY_TEXT),
    may("valueString", ANY_TEXT),
    may("valueBoolean", Rule::Truth),
    may("valueInteger", Rule::Whole),
    may("valueDate", ANY_TEXT),
    may("valueDateTime", ANY_TEXT),
    may("valueReference", ANY_TEXT),
];

const RESTRICTION: &[Field] = &[
    may("repetitions", Rule::Whole),
    may("period", Rule::Record(PERIOD_OF_TEXTS)),
    may("recipientIds", TEXTS),
];

/// The fields of a task.
pub(crate) static TASK: &[Field] = &[
    must("status", Rule::OneOf(TASK_STATUSES)),
    must("intent", Rule::OneOf(INTENTS)),
    may("statusReason", Rule::Text(Some(500))),
    may("businessStatus", Rule::Text(Some(200))),
    may("priority", Rule::OneOf(&["routine", "urgent", "asap", "stat"])),
    may("code", Rule::Text(Some(200))),
    may("description", Rule::Text(Some(2000))),
    may("focusId", ANY_TEXT),
    may("patientId", ANY_TEXT),
    may("encounterId", ANY_TEXT),
    may("executionPeriod", Rule::Record(PERIOD_OF_MOMENTS)),
    may("authoredOn", Rule::Moment),
    may("requesterId", ANY_TEXT),
    may("ownerId", ANY_TEXT),
    may("reasonCode", Rule::Text(Some(500))),
    may("note", Rule::Text(Some(2000))),
    may("basedOn", TEXTS),
    may("partOf", TEXTS),
    may("input", Rule::List(&Rule::Record(PARAMETER), None)),
    may("output", Rule::List(&Rule::Record(PARAMETER), None)),
    may("restriction", Rule::Record(RESTRICTION)),
];

/// What a PATCH of a task may change; other fields are ignored.
pub(crate) static TASK_UPDATES: &[&str] = &[
    "status",
    "statusReason",
    "businessStatus",
    "priority",
    "description",
    "ownerId",
    "executionPeriod",
    "note",
    "output",
];

const ATTESTER: &[Field] = &[
    must("mode", Rule::OneOf(&["personal", "professional", "legal", "official"])),
    may("time", Rule::Moment),
    may("partyId", ANY_TEXT),
];

const RELATION: &[Field] =
    &[must("code", Rule::OneOf(&["replaces", "transforms", "signs", "appends"])), must("targetId", ANY_TEXT)];

const CODING: &[Field] = &[may("system", ANY_TEXT), may("code", ANY_TEXT), may("display", ANY_TEXT)];

const EVENT: &[Field] = &[
    may("code", Rule::List(&Rule::Record(CODING), None)),
    may("period", Rule::Record(PERIOD_OF_TEXTS)),
    may("detailIds", TEXTS),
];

/// The fields of a document.
pub(crate) static DOCUMENT: &[Field] = &[
    must("status", Rule::OneOf(&["preliminary", "final", "amended"])),
    must("type", Rule::Text(Some(100))),
    must("patientId", ANY_TEXT),
    must("practitionerId", ANY_TEXT),
    must("title", Rule::Text(Some(500))),
    must("sections", Rule::Sections),
    may("category", Rule::List(&Rule::Text(Some(200)), None)),
    may("encounterId", ANY_TEXT),
    may("date", Rule::Moment),
    may("confidentiality", Rule::OneOf(&["N", "R", "V"])),
    may("attester", Rule::List(&Rule::Record(ATTESTER), None)),
    may("custodianId", ANY_TEXT),
    may("relatesTo", Rule::List(&Rule::Record(RELATION), None)),
    may("event", Rule::List(&Rule::Record(EVENT), None)),
];

/// What a PATCH of a document may change.
pub(crate) static DOCUMENT_UPDATES: &[&str] =
    &["status", "title", "sections", "confidentiality", "attester", "date"];

/// A section at the top level, and at any level once deeper nesting is switched on.
pub(crate) static SECTION: &[Field] = &[
    must("title", Rule::Text(Some(200))),
    must("text", Rule::Text(Some(50_000))),
    may("code", ANY_TEXT),
    may("resourceIds", TEXTS),
    may("authorId", ANY_TEXT),
    may("mode", Rule::OneOf(&["working", "snapshot", "changes"])),
    may("sections", Rule::Sections),
];

/// A nested section as the REST reference has it: three fields, none required, no limits.
pub(crate) static NESTED_SECTION: &[Field] =
    &[may("title", ANY_TEXT), may("code", ANY_TEXT), may("text", ANY_TEXT), may("sections", Rule::Sections)];

/// The most sections that a document may have at the top level.
pub(crate) const SECTIONS_MAX: usize = 50;

const NAME: Rule = Rule::Text(Some(100));
const GENDER: Rule = Rule::OneOf(&["male", "female", "other", "unknown"]);

/// The fields of a patient.
pub(crate) static PATIENT: &[Field] = &[
    must("firstName", NAME),
    must("lastName", NAME),
    may("middleName", NAME),
    may("prefix", ANY_TEXT),
    may("suffix", ANY_TEXT),
    may("email", Rule::Email),
    may("phone", Rule::Text(Some(20))),
    may("gender", GENDER),
    may("birthDate", Rule::Day),
    may("active", Rule::Truth),
    may("address", Rule::Anything),
    may("maritalStatus", Rule::Text(Some(50))),
    may("photo", Rule::Anything),
    may("contact", Rule::List(&Rule::Anything, Some(10))),
    may("languages", Rule::List(&Rule::Anything, Some(20))),
    may("generalPractitionerId", ANY_TEXT),
];

/// The fields of a practitioner; prefix and suffix are lists here.
pub(crate) static PRACTITIONER: &[Field] = &[
    must("firstName", NAME),
    must("lastName", NAME),
    may("middleName", NAME),
    may("prefix", TEXTS),
    may("suffix", TEXTS),
    may("email", Rule::Email),
    may("phone", Rule::Text(Some(20))),
    may("gender", GENDER),
    may("birthDate", Rule::Day),
    may("active", Rule::Truth),
    may("npi", Rule::Text(Some(20))),
    may("specialty", Rule::Text(Some(200))),
    may("qualifications", Rule::List(&Rule::Anything, Some(20))),
];
