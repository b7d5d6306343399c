//! What is asked of whom and when: polls, pages, names, and what becomes of the answers.
//!
//! Must not block one source for another, nor take an answer that nobody waits for.

pub mod documents;
mod lag;
pub mod look;
mod poll;

use super::{
    effect::Effect,
    outbox::{CallId, Intent, IntentId, later},
    source::{Link, Source, seconds_between},
    state::State,
};
use crate::domain::{
    document::DocumentKey,
    people::PersonKind,
    task::{SourceId, Task, TaskKey},
    time::Timestamp,
};
use crate::providers::{Answer, ApiError, Call, ErrorKind, Facts, Reply};
pub use lag::Recent;
pub use look::Looks;
use poll::{Former, Poll};
pub use poll::{on_poll_timer, poll, poll_all, refresh};
use std::collections::BTreeMap;

/// Name look-ups under way at once for a source.
const NAMES_AT_ONCE: usize = 4;
/// How long a name that the source does not have is not asked for again, in seconds.
const MISSING_NAME_S: i64 = 600;

/// What a call that is under way is for.
#[derive(Clone, Debug, PartialEq)]
enum Purpose {
    /// A step of a poll.
    Poll(SourceId),
    /// A name for a row on the screen.
    Name(SourceId, PersonKind, Box<str>),
    /// People for a picker, by this part of a name.
    People(SourceId, String),
    /// One task anew.
    Read(TaskKey),
    /// The selected task with its notes.
    Notes(TaskKey),
    /// The earlier versions of the selected task.
    History(TaskKey),
    /// A page of documents.
    Documents(SourceId),
    /// A page of documents for a picker.
    DocumentsToPick(SourceId),
    /// One document whole.
    Document(DocumentKey),
    /// What a write met of which its source said only that it is another.
    Newer(SourceId, IntentId),
}

impl Purpose {
    fn source(&self) -> SourceId {
        match self {
            Purpose::Poll(source)
            | Purpose::Name(source, ..)
            | Purpose::People(source, _)
            | Purpose::Newer(source, _)
            | Purpose::Documents(source)
            | Purpose::DocumentsToPick(source) => *source,
            Purpose::Document(key) => key.source,
            Purpose::Read(key) | Purpose::Notes(key) | Purpose::History(key) => key.source,
        }
    }
}

/// What is under way.
#[derive(Debug, Default)]
pub struct Sync {
    calls: BTreeMap<CallId, Purpose>,
    polls: BTreeMap<SourceId, Poll>,
    former: BTreeMap<SourceId, Former>,
    recent: BTreeMap<TaskKey, Recent>,
    /// What was read for the detail pane.
    pub looks: Looks,
}

impl Sync {
    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether our own last write of a task may still be on its way into the source's search.
    pub fn wrote_lately(&self, key: &TaskKey) -> bool {
        self.recent.contains_key(key)
    }

    /// Whether a source is being asked.
    pub fn is_polling(&self, source: SourceId) -> bool {
        self.polls.contains_key(&source)
    }
}

fn ask(state: &mut State, source: SourceId, call: Call, purpose: Purpose) {
    let id = state.next_call();
    state.sync.calls.insert(id, purpose);
    state.effects.push(Effect::Call { id, source, call });
}

/// Asks for one task anew.
pub fn read_task(state: &mut State, key: &TaskKey) {
    ask(state, key.source, Call::ReadTask { id: key.id.clone() }, Purpose::Read(key.clone()));
}

/// Asks for what a write has met; once, however often it is wanted.
pub fn read_newer(state: &mut State, intent: &Intent) {
    let purpose = Purpose::Newer(intent.source, intent.id);
    if !state.sync.calls.values().any(|known| *known == purpose) {
        ask(state, intent.source, intent.look(), purpose);
    }
}

/// Asks a source for people by a part of their name.
pub fn search_people(state: &mut State, source: SourceId, kind: PersonKind, name: &str) {
    let call = Call::SearchPeople { kind, name: name.to_owned() };
    ask(state, source, call, Purpose::People(source, name.to_owned()));
}

/// Asks for one person anew, whether the name is known or not.
pub fn read_person(state: &mut State, source: SourceId, kind: PersonKind, id: &str) {
    let call = Call::ReadPerson { kind, id: id.into() };
    ask(state, source, call, Purpose::Name(source, kind, id.into()));
}

/// Asks for the names that the screen lacks, a few at a time and never twice.
pub fn want_names(state: &mut State, wanted: impl IntoIterator<Item = (SourceId, PersonKind, Box<str>)>) {
    for (source, kind, id) in wanted {
        let asking = |purpose: &&Purpose| matches!(purpose, Purpose::Name(of, ..) if *of == source);
        if state.sync.calls.values().filter(asking).count() >= NAMES_AT_ONCE {
            continue;
        }
        // The last fifth of the minute is kept for polls and writes.
        let spare = |known: &Source| known.rate.is_none_or(|rate| rate.remaining > rate.limit / 5);
        let live = |known: &Source| known.link == Link::Live && spare(known);
        if state.source(source).is_some_and(live) && state.people.want(source, kind, &id, state.now) {
            ask(state, source, Call::ReadPerson { kind, id: id.clone() }, Purpose::Name(source, kind, id));
        }
    }
}

/// Takes the end of a conversation. An answer that nobody waits for is dropped.
pub fn on_heard(state: &mut State, id: CallId, outcome: Result<Answer, ApiError>) {
    let Some(purpose) = state.sync.calls.remove(&id) else { return };
    if let Ok(answer) = &outcome {
        learn_facts(state, purpose.source(), &answer.facts);
    }
    match (purpose, outcome.map(|answer| answer.reply)) {
        (Purpose::Poll(source), outcome) => poll::on_answer(state, source, outcome),
        (Purpose::Notes(key), outcome) => look::on_notes(state, key, outcome),
        (Purpose::History(key), outcome) => look::on_history(state, key, outcome),
        (Purpose::Newer(_, write), outcome) => super::writes::newer::on_read(state, write, outcome),
        (Purpose::Documents(source), outcome) => documents::on_page(state, source, outcome),
        (Purpose::DocumentsToPick(source), outcome) => {
            super::layers::pick::on_documents(state, source, documents::page_of(outcome));
        }
        (Purpose::Document(key), outcome) => documents::on_document(state, &key, outcome),
        (Purpose::Name(source, ..), Ok(Reply::Person(person))) => {
            state.people.learn(source, person);
            super::screens::on_names(state);
        }
        (Purpose::Name(source, kind, id), Err(ApiError { kind: ErrorKind::NotFound, .. })) => {
            state.people.missing(source, kind, &id, later(state.now, MISSING_NAME_S));
            super::screens::on_names(state);
        }
        // The source did not say that there is no such person: it is asked again when the name is next wanted.
        (Purpose::Name(source, kind, id), _) => state.people.give_back(source, kind, &id),
        (Purpose::People(source, part), Ok(Reply::People(people))) => {
            for person in &people {
                state.people.learn(source, person.clone());
            }
            super::layers::pick::on_people(state, source, &part, &people);
        }
        (Purpose::People(..), Err(error)) => super::layers::pick::on_failed(state, &error),
        (Purpose::Read(_), Ok(Reply::Task(task))) => {
            look::note_read(state, &task);
            receive(state, vec![*task]);
        }
        (Purpose::Read(key), Err(ApiError { kind: ErrorKind::NotFound, .. })) => {
            let line = name_line(state, &key);
            state.say(&format!("The task is no longer there{line}."));
            remove(state, &key);
        }
        (Purpose::Read(key), Err(error)) => {
            let line = name_line(state, &key);
            state.warn(&format!("Not read anew{line}. {error}"));
        }
        (Purpose::Read(_) | Purpose::People(..), Ok(_)) => {}
    }
}

/// Which task it is, behind a colon, as far as it is known.
fn name_line(state: &State, key: &TaskKey) -> String {
    let task = state.store.find(key).and_then(|row| state.store.task(row));
    task.map_or_else(String::new, |task| format!(": {} · {}", task.title(), state.patient_line(&task)))
}

fn odd_answer() -> ApiError {
    ApiError {
        kind: ErrorKind::NotItsApi,
        status: None,
        sentence: "The source answered something else than was asked.".to_owned(),
        request_id: None,
    }
}

fn learn_facts(state: &mut State, source: SourceId, facts: &Facts) {
    let now = state.now;
    let Some(known) = state.source_mut(source) else { return };
    if facts.rate.is_some() {
        known.rate = facts.rate;
    }
    if facts.quota.is_some() {
        known.quota.clone_from(&facts.quota);
    }
    if let Some(server_time) = facts.server_time {
        known.clock_ahead_s = seconds_between(now, server_time);
    }
    if !matches!(known.link, Link::Live) {
        let was_down = !matches!(known.link, Link::Unheard);
        let line = format!("{} answers again.", known.name);
        known.link = Link::Live;
        if was_down {
            state.say(&line);
        }
        state.touch();
        let now = state.now;
        state.outbox.wake(source, now);
        super::writes::pump(state);
    }
}

/// Takes rows of a list, whose notes may have to be read apart.
fn receive_listed(state: &mut State, source: SourceId, mut tasks: Vec<Task>) {
    if state.can(source).is_some_and(|can| can.notes_apart) {
        for task in &mut tasks {
            look::keep_notes(state, task);
        }
    }
    receive(state, tasks);
}

/// Takes a task as a source gave it back after a write.
pub fn receive_written(state: &mut State, task: Task) {
    let source = task.key.source;
    if task.notes.is_empty() {
        receive_listed(state, source, vec![task]);
    } else {
        look::note_read(state, &task);
        receive(state, vec![task]);
    }
    look::want(state);
}

/// Takes rows as a source sent them: our unsettled changes stay on top, older rows than our last write are not taken.
pub fn receive(state: &mut State, tasks: Vec<Task>) {
    let now = state.now;
    let mut taken = Vec::with_capacity(tasks.len());
    for mut task in tasks {
        match lag::judge(&mut state.sync.recent, &task, now) {
            lag::Verdict::Take => {}
            lag::Verdict::Instead(ours) => task = *ours,
            lag::Verdict::Skip => continue,
        }
        state.outbox.overlay(&mut task);
        taken.push(task);
    }
    let zone = state.zone.clone();
    let changes = state.store.upsert(taken, &zone, now);
    super::screens::worklist::on_changes(state, &changes);
}

/// Remembers what the source answered to our write until its search has caught up.
pub fn remember_write(state: &mut State, key: &TaskKey, before: Option<Task>, after: Option<Task>) {
    let lag_s = state.source(key.source).map_or(0, |known| known.can.pace.search_lag_s);
    let until = later(state.now, i64::from(lag_s) * 2);
    state.sync.recent.insert(key.clone(), Recent { before, after, until });
}

/// Takes a task off the list.
pub fn remove(state: &mut State, key: &TaskKey) {
    let changes = state.store.remove(key);
    super::screens::worklist::on_changes(state, &changes);
}

/// A write has heard that nothing more may be asked for a while: that holds for reads too.
pub fn pause(state: &mut State, source: SourceId, until: Option<Timestamp>, sentence: &str) {
    if let Some(known) = state.source_mut(source) {
        known.link = Link::Paused { until, sentence: sentence.to_owned() };
        poll::schedule(state, source);
        state.touch();
    }
}
