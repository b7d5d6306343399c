//! What the detail pane needs beside the row: notes that are kept apart, and earlier versions.
//!
//! Must not ask while the cursor moves: a question waits until it has rested, one at a time for a source.

use super::{Purpose, ask, receive, remove};
use crate::app::{effect::Effect, msg::TimerId, source::Link, state::State};
use crate::domain::{
    can::Capability,
    people::Reference,
    task::{SourceId, Task, TaskKey},
    time::DateTime,
};
use crate::providers::{ApiError, Call, ErrorKind, Reply};
use std::collections::BTreeMap;

/// How long the cursor rests before anything is asked, in milliseconds.
const REST_MS: i64 = 300;
/// Tasks whose notes are remembered as read.
const NOTES_KEPT: usize = 4_096;
/// Tasks whose earlier versions are kept.
const HISTORIES_KEPT: usize = 64;

/// What came of a look.
#[derive(Clone, Debug, PartialEq)]
struct Looked<T> {
    /// The version of the task that was on the list.
    version: Box<str>,
    /// What was found; else the sentence that says why not.
    found: Result<T, String>,
}

/// What was read for the detail pane.
#[derive(Debug, Default)]
pub struct Looks {
    notes: BTreeMap<TaskKey, Looked<()>>,
    histories: BTreeMap<TaskKey, Looked<Vec<Task>>>,
}

/// How the notes of a task stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notes<'a> {
    /// They are what the source has, as far as is known.
    Known,
    /// They are still to be read, or to be read anew.
    Unread,
    /// They could not be read, for this reason.
    Failed(&'a str),
}

impl Looks {
    /// A task's versions, newest first, as they were when they were last asked for.
    pub fn history(&self, key: &TaskKey) -> Option<Result<&[Task], &str>> {
        let looked = self.histories.get(key)?;
        Some(looked.found.as_deref().map_err(String::as_str))
    }

    /// What could not be read is tried again.
    pub(super) fn forget_failures(&mut self, source: SourceId) {
        self.notes.retain(|key, looked| key.source != source || looked.found.is_ok());
        self.histories.retain(|key, looked| key.source != source || looked.found.is_ok());
    }
}

/// How the notes of a task stand.
pub fn notes_of<'a>(state: &'a State, task: &Task) -> Notes<'a> {
    if state.can(task.key.source).is_none_or(|can| !can.notes_apart) {
        return Notes::Known;
    }
    match state.sync.looks.notes.get(&task.key).filter(|looked| looked.version == version(task)) {
        Some(Looked { found: Ok(()), .. }) => Notes::Known,
        Some(Looked { found: Err(sentence), .. }) => Notes::Failed(sentence),
        None => Notes::Unread,
    }
}

/// Who made a version of a task, where the source says it.
///
/// Assumption (FHIR 5.6): FHIR has no place for it in a resource; where a server adds `meta.author`, as some do, it is
/// a reference to whoever made this version.
pub fn author_of(version: &Task) -> Option<Reference> {
    let extra: serde_json::Value = serde_json::from_str(version.extra.as_deref()?).ok()?;
    let author = extra.get("meta")?.get("author")?;
    let text = |name: &str| author.get(name)?.as_str().filter(|text| !text.trim().is_empty());
    let (raw, name) = (text("reference"), text("display"));
    let reference = Reference::new(raw.or(name)?);
    Some(match name {
        Some(name) => reference.with_display(name),
        None => reference,
    })
}

/// What tells one version of a task from another.
fn version(task: &Task) -> Box<str> {
    let changed = || task.last_modified.as_ref().map(DateTime::raw);
    task.version.as_deref().or_else(changed).unwrap_or("").into()
}

/// Sets the timer of the next question where the detail pane lacks something.
pub fn want(state: &mut State) {
    if question(state).is_some()
        && let Ok(at) = state.now.checked_add(jiff::SignedDuration::from_millis(REST_MS))
    {
        state.effects.push(Effect::Timer { id: TimerId::Look, at });
    }
}

/// The cursor has rested.
pub fn on_timer(state: &mut State) {
    if let Some((purpose, call)) = question(state) {
        ask(state, purpose.source(), call, purpose);
    }
}

/// What is to be asked for the selected task, if its detail is in sight.
fn question(state: &State) -> Option<(Purpose, Call)> {
    let task = state.worklist.selected.as_ref()?;
    state.geometry().detail?;
    let key = &task.key;
    let source = state.source(key.source)?;
    // The last fifth of the minute is kept for polls and writes.
    let has_room = source.rate.is_none_or(|rate| rate.remaining > rate.limit / 5);
    let is_looking = |purpose: &Purpose| matches!(purpose, Purpose::Notes(of) | Purpose::History(of) if of.source == key.source);
    if source.link != Link::Live
        || !has_room
        || state.sync.calls.values().any(is_looking)
        || state.outbox.is_pending(key)
    {
        return None;
    }
    let id = || key.id.clone();
    if notes_of(state, task) == Notes::Unread {
        return Some((Purpose::Notes(key.clone()), Call::ReadTask { id: id() }));
    }
    let known = state.sync.looks.histories.get(key);
    if source.may(Capability::History).is_ok() && known.is_none_or(|looked| looked.version != version(task)) {
        return Some((Purpose::History(key.clone()), Call::ReadHistory { id: id() }));
    }
    None
}

/// A task was read by itself: its notes are with it.
pub(super) fn note_read(state: &mut State, task: &Task) {
    if state.can(task.key.source).is_some_and(|can| can.notes_apart) {
        let looked = Looked { version: version(task), found: Ok(()) };
        keep(&mut state.sync.looks.notes, NOTES_KEPT, task.key.clone(), looked);
    }
}

/// A row of a list has no notes: those that are known stay with it, to be read anew where the version is another.
pub(in crate::app) fn keep_notes(state: &State, task: &mut Task) {
    if task.notes.is_empty()
        && state.sync.looks.notes.contains_key(&task.key)
        && let Some(known) = state.store.find(&task.key).and_then(|row| state.store.task(row))
    {
        task.notes = known.notes;
    }
}

fn keep<T>(map: &mut BTreeMap<TaskKey, T>, most: usize, key: TaskKey, value: T) {
    if map.len() >= most && !map.contains_key(&key) {
        map.pop_first();
    }
    map.insert(key, value);
}

pub(super) fn on_notes(state: &mut State, key: TaskKey, outcome: Result<Reply, ApiError>) {
    match outcome {
        Ok(Reply::Task(task)) if task.key == key => {
            note_read(state, &task);
            receive(state, vec![*task]);
        }
        Err(ApiError { kind: ErrorKind::NotFound, .. }) => {
            state.say("The task is no longer there.");
            remove(state, &key);
        }
        Ok(_) => fail_notes(state, key, super::odd_answer().sentence),
        Err(error) => fail_notes(state, key, error.to_string()),
    }
    state.touch();
    want(state);
}

fn fail_notes(state: &mut State, key: TaskKey, sentence: String) {
    let Some(task) = state.store.find(&key).and_then(|row| state.store.task(row)) else { return };
    let looked = Looked { version: version(&task), found: Err(sentence) };
    keep(&mut state.sync.looks.notes, NOTES_KEPT, key, looked);
}

pub(super) fn on_history(state: &mut State, key: TaskKey, outcome: Result<Reply, ApiError>) {
    let found = match outcome {
        Ok(Reply::History(versions)) => Ok(versions),
        Ok(_) => Err(super::odd_answer().sentence),
        Err(error) => Err(error.to_string()),
    };
    if let Some(task) = state.store.find(&key).and_then(|row| state.store.task(row)) {
        let looked = Looked { version: version(&task), found };
        keep(&mut state.sync.looks.histories, HISTORIES_KEPT, key, looked);
    }
    state.touch();
    want(state);
}
