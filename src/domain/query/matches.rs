//! Whether a task passes a filter, given what is known around it.
//!
//! Must not keep anything between two tasks, nor guess what is absent: an unknown time or priority passes no
//! comparison.

use super::ast::{
    Compare, Flag, Node, Part, PriorityTest, Query, StatusTest, Term, TextField, TextTest, TimeField,
};
use super::ast::{PersonTest, Role, TimeTest};
use super::text::TextMatch;
use crate::domain::{
    people::{Person, PersonKind, Reference},
    priority::Priority,
    status::Status,
    task::{SourceId, Task, TaskKey},
    time::Timestamp,
};
use jiff::tz::TimeZone;

/// What a filter needs to know beside the task itself.
pub trait Surroundings {
    /// The present moment.
    fn now(&self) -> Timestamp;
    /// The reader's time zone.
    fn zone(&self) -> &TimeZone;
    /// The user's own id in a source.
    fn me(&self, source: SourceId) -> Option<&str>;
    /// A person by bare id, where the name is known by now.
    fn person(&self, source: SourceId, kind: PersonKind, id: &str) -> Option<&Person>;
    /// What a source is called.
    fn source(&self, source: SourceId) -> SourceNames<'_>;
    /// What is known of a task here and not in its source.
    fn local(&self, key: &TaskKey) -> Local;
}

/// The names of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceNames<'a> {
    /// The two letters of the SY column.
    pub tag: &'a str,
    /// Its name in the config.
    pub name: &'a str,
}

/// What is known of a task here and not in its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Local {
    /// Arrived and not yet looked at.
    pub new: bool,
    /// Put away for a while.
    pub snoozed: bool,
    /// Starred.
    pub flagged: bool,
    /// Acknowledged from here.
    pub acked: bool,
    /// Its source has been silent for too long.
    pub stale: bool,
    /// A write to it has not been sent.
    pub unsent: bool,
    /// A write to it met somebody else's.
    pub conflict: bool,
    /// There is unsent text for it.
    pub draft: bool,
    /// It cannot be changed from here.
    pub readonly: bool,
    /// When its present status was first seen; none when it was there before anybody looked.
    pub stage_since: Option<Timestamp>,
}

impl Query {
    /// Whether a task passes; without a filter each does. Order, grouping and limit are the caller's.
    pub fn matches(&self, task: &Task, around: &dyn Surroundings) -> bool {
        self.filter.as_ref().is_none_or(|node| node.matches(task, around))
    }
}

impl Node {
    /// Whether a task passes this condition.
    pub fn matches(&self, task: &Task, around: &dyn Surroundings) -> bool {
        match self {
            Node::And(nodes) => nodes.iter().all(|node| node.matches(task, around)),
            Node::Or(nodes) => nodes.iter().any(|node| node.matches(task, around)),
            Node::Not(node) => !node.matches(task, around),
            Node::Term(term) => term.matches(task, around),
            Node::Text(text) => text.matches(task, around),
        }
    }
}

impl TextMatch {
    /// Whether the text stands in the title, a note, the patient's name or id, or the task's id.
    pub fn matches(&self, task: &Task, around: &dyn Surroundings) -> bool {
        searched_texts(task, around, &mut |text| match self {
            TextMatch::Words(words) => words.is_in(text),
            TextMatch::Pattern(pattern) => pattern.is_in(text),
        })
    }
}

/// Shows each text that a bare word is looked for in, until one is taken; tells whether one was.
pub fn searched_texts(task: &Task, around: &dyn Surroundings, take: &mut dyn FnMut(&str) -> bool) -> bool {
    take(task.title())
        || task.notes.iter().any(|note| take(&note.text))
        || task.patient.as_ref().is_some_and(|patient| {
            take(patient.id())
                || patient.display().is_some_and(&mut *take)
                || person(Role::Patient, patient, task.key.source, around)
                    .is_some_and(|person| take(&person.name()))
        })
        || take(&task.key.id)
}

impl Term {
    /// Whether a task passes one of the term's values.
    pub fn matches(&self, task: &Task, around: &dyn Surroundings) -> bool {
        match self {
            Term::Status(tests) => tests.iter().any(|test| test.matches(&task.status)),
            Term::Priority(tests) => tests.iter().any(|test| test.matches(task.priority.as_ref())),
            Term::Person(role, tests) => {
                let reference = role.reference(task);
                tests.iter().any(|test| test.matches(*role, reference, task.key.source, around))
            }
            Term::Time(field, tests) => {
                let at = field.instant(task, around);
                tests.iter().any(|test| test.matches(*field, at, task, around))
            }
            Term::Text(field, tests) => tests.iter().any(|test| test.matches(*field, task, around)),
            Term::Is(flags) => flags.iter().any(|flag| flag.matches(task, around)),
            Term::Has(parts) => parts.iter().any(|part| part.is_there(task, around)),
            Term::No(parts) => parts.iter().any(|part| !part.is_there(task, around)),
        }
    }
}

impl StatusTest {
    /// Whether a status passes.
    pub fn matches(&self, status: &Status) -> bool {
        match self {
            StatusTest::Is(wanted) => wanted == status,
            StatusTest::Group(group) => group.contains(status),
            StatusTest::Any => true,
        }
    }
}

impl PriorityTest {
    /// Whether a priority passes: absent compares as routine, unknown compares as nothing.
    pub fn matches(&self, priority: Option<&Priority>) -> bool {
        let rank = || priority.map_or_else(|| Priority::Routine.rank(), Priority::rank);
        match self {
            PriorityTest::Is(wanted) => priority.is_some_and(|priority| means(priority, wanted)),
            PriorityTest::None => priority.is_none(),
            PriorityTest::Any => priority.is_some(),
            PriorityTest::Compare(compare, wanted) => {
                rank().zip(wanted.rank()).is_some_and(|(rank, wanted)| compare.holds(rank, wanted))
            }
            PriorityTest::Range(low, high) => rank().is_some_and(|rank| {
                let [low, high] = [low, high].map(|end| end.as_ref().and_then(Priority::rank));
                let (low, high) = (low.unwrap_or(0), high.unwrap_or(u8::MAX));
                (low.min(high)..=low.max(high)).contains(&rank)
            }),
        }
    }
}

/// Whether a priority is the wanted one: an office's own one also by its name, and by what it is ranked as.
fn means(priority: &Priority, wanted: &Priority) -> bool {
    match (priority, wanted) {
        (Priority::Office(office), Priority::Other(name)) => office.name.eq_ignore_ascii_case(name),
        (Priority::Office(office), wanted) if office.rank.is_some() => office.rank == wanted.rank(),
        _ => priority == wanted,
    }
}

impl Compare {
    /// Whether `left` stands so to `right`.
    pub fn holds(self, left: u8, right: u8) -> bool {
        match self {
            Compare::Less => left < right,
            Compare::AtMost => left <= right,
            Compare::More => left > right,
            Compare::AtLeast => left >= right,
        }
    }
}

impl Role {
    /// The reference of a task in this role; an empty one is absent.
    pub fn reference(self, task: &Task) -> Option<&Reference> {
        let reference = match self {
            Role::Owner => &task.owner,
            Role::Requester => &task.requester,
            Role::Patient => &task.patient,
            Role::Encounter => &task.encounter,
            Role::Focus => &task.focus,
        };
        reference.as_ref().filter(|reference| !reference.raw().is_empty())
    }

    /// The kind of person to expect in this role where the reference does not say.
    pub fn person_kind(self) -> Option<PersonKind> {
        match self {
            Role::Owner | Role::Requester => Some(PersonKind::Practitioner),
            Role::Patient => Some(PersonKind::Patient),
            Role::Encounter | Role::Focus => None,
        }
    }

    /// The kind of person that a reference in this role points to.
    pub fn kind_of(self, reference: &Reference) -> Option<PersonKind> {
        match reference.resource_type() {
            Some("Patient") => Some(PersonKind::Patient),
            Some("Practitioner") => Some(PersonKind::Practitioner),
            Some("List") => Some(PersonKind::List),
            _ => self.person_kind(),
        }
    }
}

fn person<'a>(
    role: Role,
    reference: &Reference,
    source: SourceId,
    around: &'a dyn Surroundings,
) -> Option<&'a Person> {
    around.person(source, role.kind_of(reference)?, reference.id())
}

impl PersonTest {
    fn matches(
        &self,
        role: Role,
        reference: Option<&Reference>,
        source: SourceId,
        around: &dyn Surroundings,
    ) -> bool {
        let Some(reference) = reference else { return matches!(self, PersonTest::None) };
        match self {
            PersonTest::None => false,
            PersonTest::Any => true,
            PersonTest::Me => is_me(reference, source, around),
            PersonTest::Exact(id) => points_to(reference, id),
            PersonTest::Part(words) => {
                // The type of a focus or encounter is worth finding, that of a patient stands in every row.
                let id = if role.person_kind().is_some() { reference.id() } else { reference.raw() };
                words.in_any_case(id)
                    || reference.display().is_some_and(|name| words.each_in(name))
                    || person(role, reference, source, around)
                        .is_some_and(|person| words.each_in(&all_names(person)))
            }
            PersonTest::Pattern(pattern) => {
                pattern.is_in(reference.id())
                    || reference.display().is_some_and(|name| pattern.is_in(name))
                    || person(role, reference, source, around)
                        .is_some_and(|person| pattern.is_in(&person.name()))
            }
        }
    }
}

fn all_names(person: &Person) -> String {
    format!("{} {} {}", person.full, person.family, person.given)
}

fn is_me(reference: &Reference, source: SourceId, around: &dyn Surroundings) -> bool {
    around.me(source).is_some_and(|me| points_to(reference, me))
}

/// Whether a reference points to an id that may be bare or typed.
fn points_to(reference: &Reference, id: &str) -> bool {
    let wanted = Reference::new(id);
    let types = reference.resource_type().zip(wanted.resource_type());
    reference.id() == wanted.id() && types.is_none_or(|(one, other)| one == other)
}

impl TimeField {
    /// The instant that the field's tests look at; none when the task has none.
    pub fn instant(self, task: &Task, around: &dyn Surroundings) -> Option<Timestamp> {
        let zone = around.zone();
        match self {
            TimeField::Due => task.due_instant(zone),
            TimeField::Start => task.execution_period.start.as_ref()?.start(zone),
            TimeField::Age => task.authored_on.as_ref()?.start(zone),
            TimeField::Stage => around.local(&task.key).stage_since,
            TimeField::Updated => task.last_modified.as_ref()?.start(zone),
            // Assumption: no system says when a task was completed; its last change, else the end of its work, is
            // the nearest that is known. A remark written later moves it.
            TimeField::Done => {
                let at = task.last_modified.as_ref().or(task.execution_period.end.as_ref());
                at.filter(|_| task.status == Status::Completed)?.start(zone)
            }
        }
    }
}

impl TimeTest {
    fn matches(
        &self,
        field: TimeField,
        at: Option<Timestamp>,
        task: &Task,
        around: &dyn Surroundings,
    ) -> bool {
        match (self, at) {
            (TimeTest::None, at) => at.is_none(),
            (TimeTest::Any, at) => at.is_some(),
            (TimeTest::Overdue, _) => task.is_overdue(around.now(), around.zone()),
            (_, None) => false,
            (test, Some(at)) => {
                test.window(field, around.now(), around.zone()).is_some_and(|window| window.holds(at))
            }
        }
    }
}

impl TextTest {
    fn matches(&self, field: TextField, task: &Task, around: &dyn Surroundings) -> bool {
        let any = |take: &dyn Fn(&str) -> bool| {
            field.texts(task, around, &mut |text| !text.trim().is_empty() && take(text))
        };
        match self {
            TextTest::None => !any(&|_| true),
            TextTest::Any => any(&|_| true),
            TextTest::Exact(wanted) => any(&|text| text == &**wanted),
            TextTest::Part(words) => any(&|text| words.in_any_case(text)),
            TextTest::Pattern(pattern) => any(&|text| pattern.is_in(text)),
        }
    }
}

impl TextField {
    /// Shows each text of the field until one is taken; tells whether one was.
    fn texts(self, task: &Task, around: &dyn Surroundings, take: &mut dyn FnMut(&str) -> bool) -> bool {
        match self {
            TextField::Source => {
                let names = around.source(task.key.source);
                take(names.tag) || take(names.name)
            }
            TextField::List => task.list.as_deref().is_some_and(take),
            TextField::Code => task.code.as_deref().is_some_and(take),
            TextField::BusinessStatus => task.business_status.as_deref().is_some_and(take),
            TextField::Why => {
                [&task.reason_code, &task.status_reason].into_iter().flatten().any(|text| take(text))
            }
            TextField::Note => task.notes.iter().any(|note| take(&note.text)),
            TextField::Intent => task.intent.as_ref().is_some_and(|intent| take(intent.as_str())),
            TextField::Id => {
                take(&task.key.id)
                    || take(&format!("{}/{}", around.source(task.key.source).name, task.key.id))
            }
        }
    }
}

impl Flag {
    /// Whether the flag stands on a task.
    pub fn matches(self, task: &Task, around: &dyn Surroundings) -> bool {
        let local = || around.local(&task.key);
        match self {
            Flag::New => local().new,
            Flag::Mine => {
                Role::Owner.reference(task).is_some_and(|owner| is_me(owner, task.key.source, around))
            }
            Flag::Unowned => Role::Owner.reference(task).is_none(),
            Flag::Overdue => task.is_overdue(around.now(), around.zone()),
            Flag::Snoozed => local().snoozed,
            Flag::Waiting => task.status == Status::OnHold,
            Flag::Flagged => local().flagged,
            Flag::Held => task.is_held(around.now(), around.zone()),
            Flag::Acked => local().acked,
            Flag::Stale => local().stale,
            Flag::Unsent => local().unsent,
            Flag::Conflict => local().conflict,
            Flag::Draft => local().draft,
            Flag::Repeat => {
                task.repeats.is_some() || task.restriction.repetitions.is_some_and(|times| times > 1)
            }
            Flag::Readonly => task.read_only || local().readonly,
        }
    }
}

impl Part {
    fn is_there(self, task: &Task, around: &dyn Surroundings) -> bool {
        match self {
            Part::Note => task.notes.iter().any(|note| !note.text.trim().is_empty()),
            Part::Due => task.due_instant(around.zone()).is_some(),
            Part::Patient => Role::Patient.reference(task).is_some(),
            Part::Owner => Role::Owner.reference(task).is_some(),
            Part::Input => !task.input.is_empty(),
            Part::Output => !task.output.is_empty(),
        }
    }
}
