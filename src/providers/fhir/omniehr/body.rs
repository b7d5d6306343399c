//! A task as OmniEHR would keep it, and what must be right before one goes out.
//!
//! Must not send anything: the edits of the resource are those of every FHIR server.

use super::{
    is_id,
    role::{self, Known},
};
use crate::{
    domain::{
        can::Can,
        check::Problem,
        people::Reference,
        task::{Field, FieldSet, Note, Task},
        time::{DateTime, Moment},
    },
    providers::writing,
};
use jiff::tz::TimeZone;

/// A task as the server would keep it: one note, no blanks round a text, people by type and id, times in UTC. What
/// cannot be brought into that form stays as it is, for [`problems`] to tell.
pub(super) fn prepared(task: &Task, zone: Option<&TimeZone>) -> Task {
    let mut task = task.clone();
    let notes: Vec<&str> = task.notes.iter().map(|note| &*note.text).collect();
    let note = notes.join("\n").trim().to_owned();
    task.notes = match note.as_str() {
        "" => Vec::new(),
        text => vec![Note { text: text.into(), ..Note::default() }],
    };
    for text in [&mut task.code, &mut task.description] {
        *text = text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(Into::into);
    }
    for (reference, kind) in [(&mut task.patient, "Patient"), (&mut task.owner, "Practitioner")] {
        if let Some(id) = reference.as_ref().filter(|reference| is_of(reference, kind)).map(Reference::id) {
            *reference = Some(Reference::new(&format!("{kind}/{id}")));
        }
    }
    let period = &mut task.execution_period;
    for (time, is_end) in
        [(&mut period.start, false), (&mut period.end, true), (&mut task.authored_on, false)]
    {
        *time = time.take().map(|time| in_utc(time, is_end, zone));
    }
    task
}

/// Whether a reference is to somebody of this kind here.
fn is_of(reference: &Reference, kind: &str) -> bool {
    is_id(reference.id()) && reference.resource_type().is_none_or(|own| own == kind)
}

/// A time in UTC with its seconds; one that is no moment without a zone uses the source's own, where it has one.
fn in_utc(time: DateTime, is_end: bool, zone: Option<&TimeZone>) -> DateTime {
    let instant = match (time.moment(), zone) {
        (Some(Moment::Instant(instant)), _) => Some(instant),
        (_, Some(zone)) if is_end => time.end(zone),
        (_, Some(zone)) => time.start(zone),
        _ => None,
    };
    instant.map_or(time, DateTime::from_instant)
}

/// What is wrong with a prepared task before it is sent; empty when it may go out.
pub(super) fn problems(
    task: &Task,
    fields: &FieldSet,
    can: &Can,
    creating: bool,
    known: Option<&Known>,
) -> Vec<Problem> {
    // Any text is an intent here.
    let strict = fields.iter().copied().filter(|field| *field != Field::Intent).collect();
    let mut problems = writing::problems(task, &strict, can, creating);
    if !creating && fields.contains(&Field::Description) && task.description.is_none() {
        problems.push(Problem::at(Field::Description, "description is required."));
    }
    for (field, reference, kind) in
        [(Field::Patient, &task.patient, "Patient"), (Field::Owner, &task.owner, "Practitioner")]
    {
        if fields.contains(&field) && reference.as_ref().is_some_and(|reference| !is_of(reference, kind)) {
            let sentence = format!("This is no {kind} of OmniEHR, whose ids have 24 hexadecimal digits.");
            problems.push(Problem::at(field, sentence));
        }
    }
    // A practitioner's writing makes her the owner, so nobody else may be named.
    let me = known.and_then(Known::me);
    if let Some(me) = me.filter(|_| fields.contains(&Field::Owner))
        && (!creating || task.owner.as_ref().is_some_and(|owner| !owner.id().eq_ignore_ascii_case(me)))
    {
        problems.push(Problem::at(Field::Owner, role::OWN_ONLY));
    }
    let period = &task.execution_period;
    for (field, path, time) in [
        (Field::AuthoredOn, "authoredOn", &task.authored_on),
        (Field::ExecutionPeriod, "executionPeriod.start", &period.start),
        (Field::ExecutionPeriod, "executionPeriod.end", &period.end),
    ] {
        let moment = time.as_ref().filter(|_| fields.contains(&field)).and_then(DateTime::moment);
        if matches!(moment, Some(Moment::Date(_) | Moment::Month { .. } | Moment::Year(_))) {
            let sentence = "OmniEHR takes no whole day here; give a time of day too, such as 17:00.";
            problems.push(Problem::at_path(path, sentence));
        }
    }
    problems
}
