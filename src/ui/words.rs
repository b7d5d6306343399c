//! The words and roles of a task's cells: every state is told by letters first.
//!
//! Must not paint, and must not turn an unknown value into a known one.

use super::role::Role;
use crate::{
    app::{
        geometry::Area,
        outbox::{Intent, IntentState},
        state::State,
    },
    domain::{
        clean::Clean,
        people::{PersonKind, Reference},
        priority::Priority,
        task::Task,
        time::{DateTime, Moment, age_text, due_text},
    },
};
use jiff::SignedDuration;
use ratatui::layout::Rect;

/// From this age on, in seconds, a row of a silent source says how old it is.
const LEAST_AGE_S: i64 = 30;
/// A due time within this many minutes is soon.
const SOON_MINUTES: i64 = 60;

/// The rectangle of a pane.
pub fn rect(area: Area) -> Rect {
    Rect { x: area.x, y: area.y, width: area.width, height: area.height }
}

/// The PRIO cell.
pub fn priority(task: &Task) -> (Role, Clean) {
    let role = match &task.priority {
        Some(Priority::Stat) => Role::Stat,
        Some(Priority::Asap) => Role::Asap,
        Some(Priority::Urgent) => Role::Urgent,
        Some(Priority::Routine) => Role::Routine,
        Some(Priority::Office(office)) => match office.rank {
            Some(4..) => Role::Stat,
            Some(3) => Role::Asap,
            Some(2) => Role::Urgent,
            Some(_) => Role::Routine,
            None => Role::Text,
        },
        Some(Priority::Other(_)) => Role::Unknown,
        None => return (Role::Routine, Clean::from_static("-")),
    };
    (role, Clean::line(task.priority.as_ref().map_or("", Priority::short)))
}

/// The DUE cell: what is overdue has a leading `-`; what has ended shows its day, for nothing is owed.
pub fn due(state: &State, task: &Task) -> (Role, Clean) {
    let Some((due, _)) = task.due() else { return (Role::Dim, Clean::from_static("none")) };
    if !task.status.is_open() {
        let day = due.day(&state.zone).map(|day| day.strftime("%-d %b").to_string());
        return (Role::Dim, Clean::line(&day.unwrap_or_default()));
    }
    let soon = |instant| instant <= state.now + SignedDuration::from_mins(SOON_MINUTES);
    let role = if task.is_overdue(state.now, &state.zone) {
        Role::Overdue
    } else if task.due_instant(&state.zone).is_some_and(soon) {
        Role::DueSoon
    } else {
        Role::Text
    };
    (role, Clean::line(&due_text(due, state.now, &state.zone)))
}

/// The ST cell, in the letters of its system.
pub fn status(state: &State, task: &Task) -> (Role, Clean) {
    let role = if task.status.is_known() { Role::Text } else { Role::Unknown };
    let can = state.can(task.key.source);
    let short = can.map_or_else(|| task.status.short(), |can| can.status_short(&task.status));
    (role, Clean::line(short))
}

/// The WHO cell: `--` where nobody owns the task, `me` where the user does.
pub fn who(state: &State, task: &Task) -> (Role, Clean) {
    match &task.owner {
        None => (Role::Unowned, Clean::from_static("--")),
        Some(owner) => {
            let name = state.owner_name(task.key.source, owner);
            let role = if name == "me" { Role::Mine } else { Role::Text };
            (role, Clean::line(&name))
        }
    }
}

/// A practitioner by name.
pub fn person(state: &State, task: &Task, reference: &Reference) -> (Role, Clean) {
    let name = state.practitioner_name(task.key.source, reference);
    let role = if name == "me" { Role::Mine } else { Role::Text };
    (role, Clean::line(&name))
}

/// The PATIENT cell in two parts: the name, and month and year of birth, which is not cut. The id stands until the
/// name is known.
pub fn patient(state: &State, task: &Task) -> (Clean, Clean) {
    let Some(reference) = &task.patient else { return (Clean::from_static("--"), Clean::EMPTY) };
    match state.people.get(task.key.source, PersonKind::Patient, reference.id()) {
        Some(person) => {
            let born = person.birth_date.as_ref().map_or(Clean::EMPTY, birth_month);
            (Clean::line(&person.short_name()), born)
        }
        None => (Clean::line(reference.display().unwrap_or(reference.id())), Clean::EMPTY),
    }
}

fn birth_month(date: &DateTime) -> Clean {
    let (month, year) = match date.moment() {
        Some(Moment::Date(day)) => (day.month(), day.year()),
        Some(Moment::Local(local)) => (local.month(), local.year()),
        Some(Moment::Month { year, month }) => (month, year),
        _ => return Clean::line(date.raw()).truncate(5),
    };
    Clean::format(format_args!("{month:02}/{:02}", year.rem_euclid(100)))
}

/// The patient cell as one text, for places without columns.
pub fn patient_line(state: &State, task: &Task) -> Clean {
    let (name, born) = patient(state, task);
    if born.is_empty() { name } else { Clean::format(format_args!("{name} {born}")) }
}

/// The title with a mark before it when something in the row as sent was wrong.
pub fn title(task: &Task) -> Clean {
    if task.defects.is_empty() {
        return Clean::line(task.title());
    }
    Clean::format(format_args!("! {}", task.title()))
}

/// The sync mark: how what is shown stands to what its source has. The worst of it.
pub fn sync_mark(state: &State, task: &Task) -> Option<(Role, &'static str)> {
    let rank = |mark: &(Role, &'static str)| match mark.0 {
        Role::Conflict => 2,
        Role::Failed => 1,
        _ => 0,
    };
    let worst = state.outbox.of(&task.key).map(intent_mark).max_by_key(rank);
    worst.or_else(|| is_stale(state, task).then_some((Role::Stale, "~")))
}

/// The last mark of the gutter: new and not looked at, or flagged.
pub fn own_mark(state: &State, task: &Task) -> Option<(Role, &'static str)> {
    if state.local.is_new(&task.key) {
        Some((Role::Unread, "*"))
    } else if state.local.is_flagged(&task.key) {
        Some((Role::Mark, "@"))
    } else {
        None
    }
}

/// Whether the task may have changed since: its source does not answer, or polls were missed.
pub fn is_stale(state: &State, task: &Task) -> bool {
    state.source(task.key.source).is_some_and(|source| source.is_stale(state.now))
}

/// How old what a silent source last gave is: ` ·4m old`.
pub fn age_of_source(state: &State, task: &Task) -> Option<Clean> {
    let source = state.source(task.key.source).filter(|source| source.is_stale(state.now))?;
    let heard = source.last_good?;
    if state.now.as_second() - heard.as_second() < LEAST_AGE_S {
        return None;
    }
    let age = age_text(heard, state.now);
    Some(Clean::format(format_args!(" ·{age} old")))
}

/// How a write stands, in one sign.
pub fn intent_mark(intent: &Intent) -> (Role, &'static str) {
    match &intent.state {
        IntentState::Refused { error } if error.is_conflict() => (Role::Conflict, "#"),
        IntentState::Refused { .. } | IntentState::Unknown { .. } => (Role::Failed, "x"),
        _ => (Role::Unsent, "^"),
    }
}
