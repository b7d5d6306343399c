//! The lines of the form: how each part of a task is printed to be typed over, and read back.
//!
//! Must not guess: what cannot be read is a sentence, and the task keeps its value.

use super::{parse_parameters, print_parameters};
use crate::domain::{
    can::Can,
    people::{PersonKind, Reference},
    priority::Priority,
    status::Status,
    task::{Field, Intent, Note, Task},
    time::{DateTime, Moment, Timestamp, parse_typed},
};
use jiff::tz::TimeZone;

/// What a line of the form holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Text,
    /// Many lines of text.
    Prose,
    /// One of some words.
    Choice,
    /// A person's id, picked by name.
    Person,
    /// Any reference.
    Reference,
    /// References, separated by spaces.
    References,
    /// A time.
    Time,
    /// A whole number.
    Number,
    /// Typed values, one a line.
    Parameters,
}

macro_rules! inputs {
    ($($name:ident = $field:ident, $path:literal, $kind:ident, $label:literal;)*) => {
        /// A line of the form: a field, or a part of one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Input {
            $(#[doc = concat!("`", $path, "`")] $name,)*
        }

        impl Input {
            /// Every line, in the order of the form.
            pub const ALL: &[Input] = &[$(Input::$name,)*];

            /// The field that it belongs to.
            pub fn field(self) -> Field {
                match self { $(Input::$name => Field::$field,)* }
            }

            /// The path that problems, editors and the command line name it by.
            pub fn path(self) -> &'static str {
                match self { $(Input::$name => $path,)* }
            }

            /// What it holds.
            pub fn kind(self) -> Kind {
                match self { $(Input::$name => Kind::$kind,)* }
            }

            /// The words before it.
            pub fn label(self) -> &'static str {
                match self { $(Input::$name => $label,)* }
            }
        }
    };
}

inputs! {
    Quick = Description, "quick", Text, "Quick add";
    Status = Status, "status", Choice, "Status";
    Intent = Intent, "intent", Choice, "Intent";
    Priority = Priority, "priority", Choice, "Priority";
    Code = Code, "code", Text, "Code";
    Description = Description, "description", Prose, "Description";
    ShortDescription = ShortDescription, "shortDescription", Text, "Short description";
    Patient = Patient, "patient", Person, "Patient";
    Encounter = Encounter, "encounter", Reference, "Encounter";
    Focus = Focus, "focus", Reference, "Focus";
    Requester = Requester, "requester", Person, "Requester";
    Owner = Owner, "owner", Person, "Owner";
    Start = ExecutionPeriod, "executionPeriod.start", Time, "Start";
    End = ExecutionPeriod, "executionPeriod.end", Time, "End";
    AuthoredOn = AuthoredOn, "authoredOn", Time, "Authored";
    ReasonCode = ReasonCode, "reasonCode", Text, "Reason code";
    StatusReason = StatusReason, "statusReason", Text, "Status reason";
    BusinessStatus = BusinessStatus, "businessStatus", Text, "Business status";
    Note = Note, "note", Prose, "Note";
    BasedOn = BasedOn, "basedOn", References, "Based on";
    PartOf = PartOf, "partOf", References, "Part of";
    Inputs = Input, "input", Parameters, "Inputs";
    Outputs = Output, "output", Parameters, "Outputs";
    Repetitions = Restriction, "restriction.repetitions", Number, "Repetitions";
    RestrictionStart = Restriction, "restriction.period.start", Time, "Not before";
    RestrictionEnd = Restriction, "restriction.period.end", Time, "Due";
    Recipients = Restriction, "restriction.recipientIds", References, "Recipients";
}

impl Input {
    /// Which people are picked for it.
    pub fn person(self) -> Option<PersonKind> {
        match self {
            Input::Patient => Some(PersonKind::Patient),
            Input::Requester | Input::Owner => Some(PersonKind::Practitioner),
            _ => None,
        }
    }

    /// Which people are picked for it in a system whose tasks may belong to lists.
    pub fn person_in(self, can: &Can) -> Option<PersonKind> {
        if self == Input::Owner { Some(can.owners) } else { self.person() }
    }

    /// The words before it in a system whose tasks may belong to lists.
    pub fn label_in(self, can: &Can) -> &'static str {
        if self == Input::Owner && can.owners == PersonKind::List { "List" } else { self.label() }
    }

    /// The words that it may be in a system, where they are a list.
    pub fn words_in(self, can: &Can) -> Vec<String> {
        match self {
            Input::Status => can.statuses.iter().map(|status| can.status_text(status).to_owned()).collect(),
            Input::Priority => can.priorities.iter().map(|priority| priority_word(priority, can)).collect(),
            _ => self.words(),
        }
    }

    /// The text of this part of a task, in the words of its system.
    pub fn print_in(self, task: &Task, can: &Can, zone: &TimeZone) -> String {
        match (self, &task.priority) {
            (Input::Status, _) => can.status_text(&task.status).to_owned(),
            (Input::Priority, Some(priority)) => priority_word(priority, can),
            _ => self.print(task, zone),
        }
    }

    /// Sets this part of a task from what was typed in the words of its system; else a sentence.
    pub fn read_in(
        self,
        typed: &str,
        task: &mut Task,
        can: &Can,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<(), String> {
        match self {
            Input::Status if !typed.trim().is_empty() => task.status = can.status_named(typed),
            Input::Priority if !typed.trim().is_empty() => task.priority = Some(can.priority_named(typed)?),
            _ => return self.read(typed, task, now, zone),
        }
        Ok(())
    }

    /// Whether a line break can be typed into it.
    pub fn is_multiline(self) -> bool {
        matches!(self.kind(), Kind::Prose | Kind::Parameters)
    }

    /// The words that it may be, where they are a list.
    pub fn words(self) -> Vec<String> {
        match self {
            Input::Status => Status::KNOWN.iter().map(|status| status.as_str().to_owned()).collect(),
            Input::Intent => Intent::KNOWN.iter().map(|word| (*word).to_owned()).collect(),
            Input::Priority => Priority::KNOWN.iter().rev().map(|word| word.as_str().to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// The text of this part of a task, as it would be typed.
    pub fn print(self, task: &Task, zone: &TimeZone) -> String {
        let text = |value: &Option<Box<str>>| value.as_deref().unwrap_or("").to_owned();
        let reference = |value: &Option<Reference>| value.as_ref().map_or("", Reference::raw).to_owned();
        let references = |list: &[Reference]| list.iter().map(Reference::raw).collect::<Vec<_>>().join(" ");
        match self {
            // The quick line is a way to type into the others; it has no value of its own.
            Input::Quick => String::new(),
            Input::Status => task.status.as_str().to_owned(),
            Input::Intent => task.intent.as_ref().map_or("", Intent::as_str).to_owned(),
            Input::Priority => task.priority.as_ref().map_or("", Priority::as_str).to_owned(),
            Input::Code => text(&task.code),
            Input::Description => text(&task.description),
            Input::ShortDescription => text(&task.short_description),
            Input::Patient => reference(&task.patient),
            Input::Encounter => reference(&task.encounter),
            Input::Focus => reference(&task.focus),
            Input::Requester => reference(&task.requester),
            Input::Owner => reference(&task.owner),
            Input::Start
            | Input::End
            | Input::AuthoredOn
            | Input::RestrictionStart
            | Input::RestrictionEnd => {
                self.time(task).map_or_else(String::new, |time| print_time(time, zone))
            }
            Input::ReasonCode => text(&task.reason_code),
            Input::StatusReason => text(&task.status_reason),
            Input::BusinessStatus => text(&task.business_status),
            Input::Note => task.notes.first().map_or_else(String::new, |note| note.text.to_string()),
            Input::BasedOn => references(&task.based_on),
            Input::PartOf => references(&task.part_of),
            Input::Inputs => print_parameters(&task.input),
            Input::Outputs => print_parameters(&task.output),
            Input::Repetitions => {
                task.restriction.repetitions.map_or_else(String::new, |count| count.to_string())
            }
            Input::Recipients => references(&task.restriction.recipients),
        }
    }

    /// The time that this part of a task is, where it is one.
    pub fn time(self, task: &Task) -> Option<&DateTime> {
        match self {
            Input::Start => task.execution_period.start.as_ref(),
            Input::End => task.execution_period.end.as_ref(),
            Input::AuthoredOn => task.authored_on.as_ref(),
            Input::RestrictionStart => task.restriction.period.start.as_ref(),
            Input::RestrictionEnd => task.restriction.period.end.as_ref(),
            _ => None,
        }
    }

    /// Sets this part of a task from what was typed; else a sentence.
    pub fn read(self, typed: &str, task: &mut Task, now: Timestamp, zone: &TimeZone) -> Result<(), String> {
        let line = typed.trim();
        let text = || (!typed.trim().is_empty()).then(|| typed.trim_end_matches('\n').into());
        let reference = || (!line.is_empty()).then(|| Reference::new(line));
        let references =
            || line.split([' ', ',']).filter(|part| !part.is_empty()).map(Reference::new).collect();
        let time = || read_time(line, now, zone);
        match self {
            Input::Quick => {}
            Input::Status => {
                if line.is_empty() {
                    return Err("status is required.".to_owned());
                }
                task.status = Status::parse(line);
            }
            Input::Intent => {
                task.intent = match Intent::parse(line) {
                    Intent::Other(raw) if raw.is_empty() => None,
                    Intent::Other(_) => return Err(format!("Choose one of: {}.", Intent::KNOWN.join(", "))),
                    known @ Intent::Known(_) => Some(known),
                }
            }
            Input::Priority => {
                task.priority = match Priority::parse(line) {
                    Priority::Other(raw) if raw.is_empty() => None,
                    Priority::Office(_) | Priority::Other(_) => {
                        return Err("Choose stat, asap, urgent or routine.".to_owned());
                    }
                    known => Some(known),
                }
            }
            Input::Code => task.code = text(),
            Input::Description => task.description = text(),
            Input::ShortDescription => task.short_description = text(),
            Input::Patient => task.patient = reference(),
            Input::Encounter => task.encounter = reference(),
            Input::Focus => task.focus = reference(),
            Input::Requester => task.requester = reference(),
            Input::Owner => task.owner = reference(),
            Input::Start => task.execution_period.start = time()?,
            Input::End => task.execution_period.end = time()?,
            Input::AuthoredOn => task.authored_on = time()?,
            Input::ReasonCode => task.reason_code = text(),
            Input::StatusReason => task.status_reason = text(),
            Input::BusinessStatus => task.business_status = text(),
            Input::Note => {
                let rest = task.notes.get(1..).unwrap_or_default().to_vec();
                let first = task.notes.first().cloned().unwrap_or_default();
                task.notes = text().map(|text| Note { text, ..first }).into_iter().chain(rest).collect();
            }
            Input::BasedOn => task.based_on = references(),
            Input::PartOf => task.part_of = references(),
            Input::Inputs => task.input = parse_parameters(typed)?,
            Input::Outputs => task.output = parse_parameters(typed)?,
            Input::Repetitions => {
                let number = (!line.is_empty()).then(|| line.parse::<i64>()).transpose();
                task.restriction.repetitions = number.map_err(|_| "Type a whole number.".to_owned())?;
            }
            Input::RestrictionStart => task.restriction.period.start = time()?,
            Input::RestrictionEnd => task.restriction.period.end = time()?,
            Input::Recipients => task.restriction.recipients = references(),
        }
        Ok(())
    }
}

/// The word that means this priority and no other: the id where an office has given one name twice.
fn priority_word(priority: &Priority, can: &Can) -> String {
    match priority {
        Priority::Office(office) if can.priority_named(&office.name).as_ref() != Ok(priority) => {
            format!("#{}", office.id)
        }
        known => known.as_str().to_owned(),
    }
}

/// A time as it would be typed: instants in the reader's zone, as short as loses nothing; all else as sent.
pub(super) fn print_time(time: &DateTime, zone: &TimeZone) -> String {
    let Some(Moment::Instant(instant)) = time.moment().filter(|_| !time.is_null_date()) else {
        return time.raw().to_owned();
    };
    let local = zone.to_datetime(instant);
    // The hour that comes twice when the clocks go back is told by its offset.
    let with_offset = instant.display_with_offset(zone.to_offset(instant));
    let forms = [time.display(zone), format!("{} {}", local.date(), local.time()), with_offset.to_string()];
    let is_exact = |form: &String| {
        let back = read_time(form, Timestamp::UNIX_EPOCH, zone);
        back.is_ok_and(|back| back.is_some_and(|back| back.moment() == time.moment()))
    };
    forms.into_iter().find(is_exact).unwrap_or_else(|| time.raw().to_owned())
}

/// Reads a time as it is typed.
pub(super) fn read_time(line: &str, now: Timestamp, zone: &TimeZone) -> Result<Option<DateTime>, String> {
    if line.is_empty() {
        return Ok(None);
    }
    let exact = DateTime::parse(line);
    let is_as_sent = match exact.moment() {
        Some(Moment::Instant(_)) => line.contains('T'),
        // A time of day without a zone is the reader's.
        Some(Moment::Local(_)) | None => false,
        Some(Moment::Date(_) | Moment::Month { .. } | Moment::Year(_)) => true,
    };
    if is_as_sent {
        return Ok(Some(exact));
    }
    parse_typed(line, now, zone).map(|typed| Some(typed.to_date_time())).map_err(|error| error.to_string())
}
