//! Flags and snoozes: what this user marks on a task, here and not in its source; both outlive the program.
//!
//! Must not put a STAT out of sight, nor any task for longer than its priority allows.

use super::{
    effect::Effect,
    kept::{Change, Mark, MarkKind},
    layers::ask::{self, Then},
    msg::TimerId,
    screens::worklist,
    state::State,
    writes,
};
use crate::domain::{
    priority::Priority,
    task::{Task, TaskKey},
    time::{DateTime, Timestamp, clock_text, parse_typed},
};

/// For how many minutes a task may be put out of sight; none where it may not at all.
///
/// Half an hour for asap, two hours for urgent, a day for the rest. What nobody can rank may be urgent and stays.
fn longest_min(priority: Option<&Priority>) -> Option<i64> {
    match priority {
        None => Some(24 * 60),
        Some(Priority::Other(_)) => None,
        // An office's own priority that the configuration does not rank sorts as routine, and is put away as such.
        Some(priority) => match priority.rank() {
            None | Some(0..=1) => Some(24 * 60),
            Some(2) => Some(2 * 60),
            Some(3) => Some(30),
            Some(4..) => None,
        },
    }
}

/// Sets the flag of the marked tasks, else of the one under the cursor; where all have it, takes it away.
pub fn toggle_flag(state: &mut State) {
    let keys: Vec<TaskKey> = writes::targets(state).into_iter().map(|task| task.key).collect();
    if keys.is_empty() {
        return state.say("There is no task under the cursor.");
    }
    let sets = !keys.iter().all(|key| state.local.is_flagged(key));
    let now = state.now;
    let mut changes = Vec::new();
    for key in keys {
        if state.local.is_flagged(&key) == sets {
            continue;
        }
        changes.extend(if sets {
            set(state, MarkKind::Flag, &key, now, None)
        } else {
            clear(state, MarkKind::Flag, &key)
        });
        state.local.flag(key, sets);
    }
    let count = changes.len();
    state.effects.push(Effect::Store(changes));
    let word = if sets { "Flagged" } else { "No longer flagged" };
    if count > 1 {
        state.say(&format!("{word}: {count} tasks."));
    }
    worklist::on_marks(state);
}

fn set(
    state: &State,
    kind: MarkKind,
    key: &TaskKey,
    set_at: Timestamp,
    until: Option<Timestamp>,
) -> Option<Change> {
    let source = state.source(key.source)?.name.clone();
    Some(Change::SetMark(Mark { kind, source, task: key.id.to_string(), set_at, until }))
}

fn clear(state: &State, kind: MarkKind, key: &TaskKey) -> Option<Change> {
    let source = state.source(key.source)?.name.clone();
    Some(Change::ClearMark { kind, source, task: key.id.to_string() })
}

/// Asks until when the marked tasks, else the one under the cursor, are to be out of sight; what is so already comes
/// back.
pub fn snooze(state: &mut State) {
    let tasks = writes::targets(state);
    if tasks.is_empty() {
        return state.say("There is no task under the cursor.");
    }
    if tasks.iter().all(|task| state.local.snoozed_until(&task.key).is_some()) {
        let keys = tasks.into_iter().map(|task| task.key).collect();
        end(state, keys);
        return state.say("It is back in sight.");
    }
    let mut longest = i64::MAX;
    for task in &tasks {
        match bound(task) {
            Ok(minutes) => longest = longest.min(minutes),
            Err(reason) => {
                let line = format!("{reason} {}", writes::short_line(state, "Not snoozed", task));
                return state.warn(&line);
            }
        }
    }
    let mut lines: Vec<String> =
        tasks.iter().map(|task| format!("{} · {}", task.title(), state.patient_line(task))).collect();
    lines.push(format!("Out of sight here only, for at most {}; nothing is sent.", in_words(longest)));
    let keys = tasks.into_iter().map(|task| task.key).collect();
    ask::open_typed(state, "Snooze", lines, ("Until (30m, 2h, 17:00)", "30m"), Then::Snooze(keys, longest));
}

fn bound(task: &Task) -> Result<i64, &'static str> {
    if !task.status.is_open() {
        return Err("It has ended.");
    }
    longest_min(task.priority.as_ref()).ok_or(match task.priority {
        Some(Priority::Other(_)) => "Nobody knows how urgent it is, so it stays in sight.",
        _ => "A STAT stays in sight.",
    })
}

fn in_words(minutes: i64) -> String {
    if minutes < 60 { format!("{minutes} minutes") } else { format!("{} hours", minutes / 60) }
}

/// The user has typed until when; the error is what is wrong with it.
pub fn snooze_until(
    state: &mut State,
    keys: Vec<TaskKey>,
    longest_min: i64,
    typed: &str,
) -> Result<(), String> {
    let time = parse_typed(typed.trim(), state.now, &state.zone).map_err(|error| error.to_string())?;
    let until = time.to_date_time().start(&state.zone).ok_or("That time cannot be understood.")?;
    let latest = super::outbox::later(state.now, longest_min * 60);
    if until > latest {
        let at = clock_text(latest, state.now, &state.zone);
        return Err(format!("At most {}: until {at}.", in_words(longest_min)));
    }
    if until <= state.now {
        return Err("That is over already.".to_owned());
    }
    let now = state.now;
    let mut changes = Vec::new();
    for key in keys {
        changes.extend(set(state, MarkKind::Snooze, &key, now, Some(until)));
        state.local.snooze(key, until);
    }
    state.effects.push(Effect::Store(changes));
    set_timer(state);
    let at = DateTime::from_instant(until).display(&state.zone);
    state.say(&format!("Out of sight until {at}."));
    worklist::on_marks(state);
    Ok(())
}

/// Brings tasks back into sight.
fn end(state: &mut State, keys: Vec<TaskKey>) {
    let mut changes = Vec::new();
    for key in keys {
        if state.local.wake(&key) {
            changes.extend(clear(state, MarkKind::Snooze, &key));
        }
    }
    if !changes.is_empty() {
        state.effects.push(Effect::Store(changes));
        worklist::on_marks(state);
    }
}

/// A task has become a STAT: no snooze holds.
pub fn on_stat(state: &mut State, key: &TaskKey) {
    if state.local.snoozed_until(key).is_some() {
        end(state, vec![key.clone()]);
    }
}

/// The earliest end of a snooze has come.
pub fn on_timer(state: &mut State) {
    let now = state.now;
    let due: Vec<TaskKey> =
        state.local.snoozes().filter(|(_, until)| *until <= now).map(|(key, _)| key.clone()).collect();
    end(state, due);
    set_timer(state);
}

fn set_timer(state: &mut State) {
    if let Some(at) = state.local.snoozes().map(|(_, until)| until).min() {
        state.effects.push(Effect::Timer { id: TimerId::Snooze, at });
    }
}

/// Takes up the marks that an earlier run left on tasks of sources of this profile.
pub fn take_up(state: &mut State, marks: Vec<Mark>) {
    for mark in marks {
        let Some(source) = state.sources.iter().find(|source| source.name == mark.source) else { continue };
        let key = TaskKey { source: source.id, id: mark.task.into() };
        match (mark.kind, mark.until) {
            (MarkKind::Flag, _) => state.local.flag(key, true),
            (MarkKind::Snooze, Some(until)) => state.local.snooze(key, until),
            (MarkKind::Snooze, None) => {}
        }
    }
    // What has ended meanwhile is let go by the timer, which is due at once.
    set_timer(state);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_task_may_be_out_of_sight_hangs_on_its_priority() {
        for (priority, minutes) in [
            (None, Some(1_440)),
            (Some(Priority::Routine), Some(1_440)),
            (Some(Priority::Urgent), Some(120)),
            (Some(Priority::Asap), Some(30)),
            (Some(Priority::Stat), None),
            (Some(Priority::Other("P1".into())), None),
        ] {
            assert_eq!(longest_min(priority.as_ref()), minutes, "{priority:?}");
        }
    }
}
