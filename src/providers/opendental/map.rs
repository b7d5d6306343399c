//! From a row of the office to a task (contract §2.4, §6): names come from what the office said about itself.
//!
//! Must not refuse a row for a bad field: the field degrades, a sentence says so, and the raw value stays in `extra`.

use super::{OpenDental, lore::LIST, row::Row};
use crate::domain::{
    people::Reference,
    priority::{OfficePriority, Priority},
    status::Status,
    task::{DueFrom, Period, Restriction, Task, TaskKey},
    time::{DateTime, Timestamp},
};
use jiff::tz::TimeZone;
use serde_json::Value;

/// How the patient of an appointment is named: two look-ups lead to the person.
pub(super) const APPOINTMENT: &str = "apt-";

/// The words of the wire for the three statuses.
pub(super) const STATUSES: [(&str, Status); 3] =
    [("New", Status::Requested), ("Viewed", Status::Received), ("Done", Status::Completed)];

/// The parts of a reminder's type that are known, with the unit that its frequency counts; days of the week count weeks.
const REMINDER_WORDS: [(&str, &str); 13] = [
    ("NoReminder", ""),
    ("Once", ""),
    ("Daily", "days"),
    ("Weekly", "weeks"),
    ("Monthly", "months"),
    ("Yearly", "years"),
    ("Monday", "weeks"),
    ("Tuesday", "weeks"),
    ("Wednesday", "weeks"),
    ("Thursday", "weeks"),
    ("Friday", "weeks"),
    ("Saturday", "weeks"),
    ("Sunday", "weeks"),
];

/// How a time that is not there is written.
const NO_TIME: &str = "0001-01-01 00:00:00";

/// What a row of a list is.
pub(super) enum Found {
    /// A task.
    Task(Box<Task>),
    /// A template of a legacy repeating list: no work, so it is neither shown nor counted as lost (contract §5).
    Template,
    /// No task at all.
    Junk,
}

impl OpenDental {
    /// What a row is, read at `now`: a time that lies ahead is when the task is due.
    pub(super) fn found(&self, value: &Value, now: Timestamp) -> Found {
        let Some(mut row) = Row::new(value) else { return Found::Junk };
        let Some(id) = row.number("TaskNum") else { return Found::Junk };
        if row.flag("IsRepeating") {
            return Found::Template;
        }
        Found::Task(Box::new(self.task(id, row, now)))
    }

    fn task(&self, id: Box<str>, mut row: Row<'_>, now: Timestamp) -> Task {
        let zone = self.profile.zone.as_ref();
        let status = status(&mut row);
        let about = about(&mut row);
        let (owner, list) = self.list_of(&mut row);
        let entry = row.time("DateTimeEntry", zone);
        let finished = row.time("DateTimeFinished", zone);
        let reminder = row.text("ReminderGroupId");
        row.keep("ReminderGroupId");
        // Assumption (OD 11.16): without a zone the office's clock is read as if it were UTC's, to compare only.
        let starts = |time: &DateTime| time.start(zone.unwrap_or(&TimeZone::UTC));
        let is_due = reminder.is_some() || entry.as_ref().and_then(starts).is_some_and(|time| time > now);
        let (due, start) = if is_due { (entry.clone(), None) } else { (None, entry.clone()) };
        // Assumption (OD 11.2, 11.3): a finish time means something on a finished task only.
        let end = finished.filter(|_| status == Status::Completed);
        let version = row.word("SecDateTEdit", NO_TIME);
        // The legacy dated lists and what a task was made from have no place in a task: told raw where they say anything.
        for (name, nothing) in [("DateType", "None"), ("DateTask", "0001-01-01")] {
            if row.word(name, nothing).is_some() {
                row.keep(name);
            }
        }
        if row.number("FromNum").is_some() {
            row.keep("FromNum");
        }
        Task {
            key: TaskKey { source: self.profile.source, id },
            status,
            priority: self.priority_of(&mut row),
            description: row.text("Descript"),
            short_description: row.text("DescriptOverride"),
            patient: about.as_ref().map(About::patient),
            encounter: about.as_ref().and_then(About::encounter),
            execution_period: Period { start, end },
            authored_on: row.time("DateTimeOriginal", zone),
            last_modified: row.time("SecDateTEdit", zone),
            requester: self.author(&mut row),
            owner,
            restriction: Restriction { period: Period { start: None, end: due }, ..Restriction::default() },
            list,
            // Always named, so that the end of the work of a finished task is never taken for its due time.
            due_from: Some(DueFrom::DateTimeEntry),
            held_until: entry.filter(|_| reminder.is_some()),
            repeats: repeats(&mut row),
            read_only: row.flag("IsReadOnly"),
            version,
            extra: row.extra(),
            defects: row.defects(),
            ..Task::default()
        }
    }

    /// The list as owner with its own name, and its path through the tree; 0 is in no list (OD 11.18).
    fn list_of(&self, row: &mut Row<'_>) -> (Option<Reference>, Option<Box<str>>) {
        let Some(num) = row.number("TaskListNum") else { return (None, None) };
        let owner = Reference::new(&format!("{LIST}{num}"));
        let office = self.office();
        match office.list(&num) {
            Some(list) => (Some(owner.with_display(&list.name)), Some(office.path(list).into())),
            None => (Some(owner), None),
        }
    }

    /// Who made the task, with the user's name.
    fn author(&self, row: &mut Row<'_>) -> Option<Reference> {
        row.number("UserNum").map(|num| self.user_reference(&num))
    }

    /// A user by number, with the name where it is known.
    pub(super) fn user_reference(&self, num: &str) -> Reference {
        let reference = Reference::new(num);
        match self.office().user(num).filter(|user| !user.name.is_empty()) {
            Some(user) => reference.with_display(&user.name),
            None => reference,
        }
    }

    fn priority_of(&self, row: &mut Row<'_>) -> Option<Priority> {
        let text = row.text("PriorityDefNum").unwrap_or_default();
        let Some(num) = row.number("PriorityDefNum") else {
            if !text.trim_start_matches('0').is_empty() {
                return Some(Priority::Other(text));
            }
            let usual = self.office().usual_definition()?;
            return Some(self.office_priority(&usual.id, &usual.name));
        };
        let known = self.office().definitions.iter().find(|definition| definition.id == *num);
        Some(self.office_priority(&num, known.map_or("", |definition| &definition.name)))
    }

    /// A priority of the office with the rank that the configuration gives it; without a name it is told by number.
    pub(super) fn office_priority(&self, id: &str, name: &str) -> Priority {
        let name = if name.is_empty() { format!("#{id}") } else { name.to_owned() };
        let is_it = |word: &String| word.trim() == id || word.trim().eq_ignore_ascii_case(&name);
        let mut ranked = self.profile.priorities.iter().filter(|(_, words)| words.iter().any(is_it));
        let rank = ranked.next_back().and_then(|(priority, _)| priority.rank());
        Priority::Office(Box::new(OfficePriority { id: id.into(), name: name.into(), rank }))
    }
}

/// The status; a row without one gets no invented one, since any of the known would be a claim.
fn status(row: &mut Row<'_>) -> Status {
    let Some(word) = row.text("TaskStatus") else {
        row.defect("TaskStatus", "TaskStatus is missing.".to_owned());
        return Status::Other("".into());
    };
    let known = STATUSES.into_iter().find(|(name, _)| *name == &*word);
    known.map_or(Status::Other(word), |(_, status)| status)
}

/// What a task hangs on.
enum About {
    Patient(Box<str>),
    Appointment(Box<str>),
}

impl About {
    fn patient(&self) -> Reference {
        match self {
            About::Patient(num) => Reference::new(num),
            About::Appointment(num) => Reference::new(&format!("{APPOINTMENT}{num}")),
        }
    }

    fn encounter(&self) -> Option<Reference> {
        match self {
            About::Patient(_) => None,
            About::Appointment(num) => Some(Reference::new(&format!("Appointment/{num}"))),
        }
    }
}

/// The patient or the appointment; what is neither stays among the extras with its key.
fn about(row: &mut Row<'_>) -> Option<About> {
    let kind = row.word("ObjectType", "None");
    let num = row.number("KeyNum");
    match (kind.as_deref(), num) {
        (Some("Patient"), Some(num)) => Some(About::Patient(num)),
        (Some("Appointment"), Some(num)) => Some(About::Appointment(num)),
        (None, None) => None,
        (kind, num) => {
            if kind.is_some() {
                row.keep("ObjectType");
            }
            if num.is_some() {
                row.keep("KeyNum");
            }
            None
        }
    }
}

/// How it comes again, in the office's words with what its frequency counts (OD 11.11); unknown words are shown, too.
fn repeats(row: &mut Row<'_>) -> Option<Box<str>> {
    let frequency = row.number("ReminderFrequency");
    let Some(words) = row.word("ReminderType", "NoReminder") else {
        if frequency.is_some() {
            row.keep("ReminderFrequency");
        }
        return None;
    };
    let unit_of = |word: &str| REMINDER_WORDS.iter().find(|(known, _)| *known == word.trim());
    let units: Vec<_> = words.split(',').map(unit_of).collect();
    if units.iter().any(Option::is_none) {
        row.keep("ReminderType");
    }
    if &*words == "Once" {
        return None;
    }
    let unit = units.iter().flatten().map(|(_, unit)| *unit).find(|unit| !unit.is_empty());
    Some(match frequency.as_deref() {
        None | Some("1") => words,
        Some(every) => format!("{words}, every {every} {}", unit.unwrap_or_default()).trim_end().into(),
    })
}
