//! What the writing conversations of every adapter have in common: what is checked before, conflicts, doubt, and
//! which task a create made.
//!
//! Must not ask for anything, nor call a write unknown whose bytes never went out (RELIABILITY §3).

use super::{ApiError, ErrorKind};
use crate::domain::{
    can::Can,
    check::{Problem, check_task},
    document::Thing,
    priority::Priority,
    task::{Field, FieldSet, Intent, Patch, Task},
    time::{DateTime, Moment},
};

/// What is said of a create whose outcome is unknown.
pub const CREATE_IN_DOUBT: &str = "The task may have been made.";

/// What is said of a change whose outcome is unknown.
pub const CHANGE_IN_DOUBT: &str = "The change may have been made.";

/// The fields that decide who acts on a task: a change of these by somebody else is always told.
const WHO_ACTS: [Field; 2] = [Field::Status, Field::Owner];

/// Ends a conversation that has problems to correct.
pub fn refuse(problems: Vec<Problem>) -> Result<(), ApiError> {
    let Some(first) = problems.first() else { return Ok(()) };
    let sentence = format!("Nothing was sent. {}", first.sentence);
    Err(ApiError { kind: ErrorKind::Refused(problems), status: None, sentence, request_id: None })
}

/// Whether a field that the patch writes, or one that decides who acts, is neither as the user saw it nor as wanted.
pub fn changed_by_others(base: &Task, patch: &Patch, current: &Task) -> bool {
    let watched: FieldSet = patch.fields.iter().copied().chain(WHO_ACTS).collect();
    watched.into_iter().any(|field| {
        let wanted = patch.fields.contains(&field) && current.same(&patch.values, field);
        !wanted && !current.same(base, field)
    })
}

/// A read inside an update that failed: no write went out, so its outcome is known.
pub fn before_write(error: ApiError) -> ApiError {
    if !error.kind.leaves_write_unknown() && error.kind != ErrorKind::NotSent {
        return error;
    }
    let sentence = format!("Nothing was changed, the task could not be read first. {}", error.sentence);
    ApiError { kind: ErrorKind::NotSent, sentence, ..error }
}

/// A good status whose body does not prove the write leaves it unknown.
pub fn written(doubt: &'static str) -> impl Fn(ApiError) -> ApiError {
    move |error| {
        if !error.kind.leaves_write_unknown() {
            return error;
        }
        let sentence = format!("{} {doubt}", error.sentence);
        ApiError { kind: ErrorKind::Unknown, sentence, ..error }
    }
}

/// Whether an answer to a create may be about it: an answer out of turn, about another patient or by another requester,
/// must not pass for ours.
pub fn may_be_of(task: &Task, draft: &Task) -> bool {
    let people = [
        (Field::Patient, &task.patient, &draft.patient),
        (Field::Requester, &task.requester, &draft.requester),
    ];
    people.into_iter().all(|(field, said, sent)| said.is_none() || sent.is_none() || task.same(draft, field))
}

/// Whether a task may be the one that a lost create made: by our own milliseconds, else by what it says.
pub fn looks_like(task: &Task, draft: &Task) -> bool {
    let same_code = task.code.is_none() || draft.code.is_none() || task.same(draft, Field::Code);
    let says_the_same = || {
        let fields = [Field::Code, Field::Description, Field::Patient, Field::Requester];
        fields.into_iter().all(|field| task.same(draft, field))
    };
    match (milliseconds(draft.authored_on.as_ref()), milliseconds(task.authored_on.as_ref())) {
        (Some(sent), Some(kept)) if kept == sent => same_code,
        // A server that keeps whole seconds must not make us think that the task was never made.
        (Some(sent), Some(kept)) => kept == sent - sent.rem_euclid(1_000) && says_the_same(),
        _ => says_the_same(),
    }
}

fn milliseconds(time: Option<&DateTime>) -> Option<i64> {
    match time?.moment()? {
        Moment::Instant(instant) => Some(instant.as_millisecond()),
        _ => None,
    }
}

/// The error of a change that somebody else's change stands in the way of: nothing was written.
pub fn conflict(current: Task, request_id: Option<String>) -> ApiError {
    ApiError {
        kind: ErrorKind::Conflict(Some(Thing::Task(Box::new(current)))),
        status: None,
        sentence: "Somebody else changed this task in the meantime; nothing was sent.".to_owned(),
        request_id,
    }
}

/// What is wrong with a body before it is sent; empty when it may go out.
pub fn problems(task: &Task, fields: &FieldSet, can: &Can, creating: bool) -> Vec<Problem> {
    let mut problems = check_task(task, fields, can, creating);
    let unknown = format!("This is none of the values that {} takes.", can.system);
    if fields.contains(&Field::Intent) && matches!(task.intent, Some(Intent::Other(_))) {
        problems.push(Problem::at(Field::Intent, &*unknown));
    }
    if fields.contains(&Field::Priority) && matches!(task.priority, Some(Priority::Other(_))) {
        problems.push(Problem::at(Field::Priority, &*unknown));
    }
    let times = [
        (Field::AuthoredOn, "authoredOn", &task.authored_on),
        (Field::ExecutionPeriod, "executionPeriod.start", &task.execution_period.start),
        (Field::ExecutionPeriod, "executionPeriod.end", &task.execution_period.end),
        (Field::Restriction, "restriction.period.start", &task.restriction.period.start),
        (Field::Restriction, "restriction.period.end", &task.restriction.period.end),
    ];
    for (field, path, time) in times {
        let moment = time.as_ref().filter(|_| fields.contains(&field)).map(DateTime::moment);
        match moment {
            Some(None) if field == Field::AuthoredOn => {
                problems
                    .push(Problem::at_path(path, "This is not a time; write it as 2026-11-21T17:00:00Z."));
            }
            Some(Some(Moment::Local(_))) => problems.push(Problem::at_path(
                path,
                "This time has no time zone; write it as 2026-11-21T17:00:00Z or with an offset.",
            )),
            _ => {}
        }
    }
    problems
}

/// A time as it is sent: instants in RFC 3339 ending in `Z`, whole days as they are (U10).
pub fn sent_time(time: &DateTime) -> String {
    let raw = time.raw().trim();
    // With `T` and seconds in their places it is strict already, and its fraction stays as it is.
    let is_strict = raw.ends_with('Z') && raw.get(10..11) == Some("T") && raw.get(16..17) == Some(":");
    match time.moment() {
        Some(Moment::Instant(instant)) if !is_strict => DateTime::from_instant(instant).raw().to_owned(),
        _ => raw.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_create_is_known_by_its_milliseconds_or_by_its_second_and_words() {
        let task = |authored: Option<&str>, words: &str| Task {
            authored_on: authored.map(DateTime::parse),
            description: Some(words.into()),
            ..Task::default()
        };
        let draft = task(Some("2026-11-21T03:00:00.250Z"), "CBC");
        for (authored, words, found) in [
            (Some("2026-11-21T03:00:00.250Z"), "changed since", true),
            (Some("2026-11-21T04:00:00.250+01:00"), "CBC", true),
            (Some("2026-11-21T03:00:00Z"), "CBC", true),
            (Some("2026-11-21T03:00:00Z"), "another", false),
            (Some("2026-11-21T03:00:01Z"), "CBC", false),
            (Some("2026-11-21T03:00:00.251Z"), "CBC", false),
            (None, "CBC", true),
            (None, "another", false),
        ] {
            assert_eq!(looks_like(&task(authored, words), &draft), found, "{authored:?} {words}");
        }
    }
}
