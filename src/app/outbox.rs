//! The life of a write: confirmed, stored, sent, and then done, refused or unknown (RELIABILITY §3).
//!
//! Must not send a create twice by itself, nor say "done" before the source answered with the thing itself.

use crate::domain::{
    check::Problem,
    task::{FieldSet, Patch, SourceId, Task, TaskKey},
    time::Timestamp,
};
use crate::providers::{Answer, ApiError, Call, ErrorKind, Reply};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub mod restore;

/// The number of a conversation with a source; every answer gives it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId(pub u64);

/// The number of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IntentId(pub u64);

/// What the user wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wish {
    /// Make this task.
    Create(Box<Task>),
    /// Change some fields of a task.
    Update {
        /// The task as the user saw it.
        base: Box<Task>,
        /// What changes.
        patch: Patch,
    },
    /// Remove a task.
    Delete {
        /// The task as the user saw it.
        base: Box<Task>,
    },
}

/// A write that the user has confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Its number.
    pub id: IntentId,
    /// Where it goes.
    pub source: SourceId,
    /// What is wanted.
    pub wish: Wish,
    /// The user's intent on the wire, the same on a manual retry.
    pub idempotency_key: String,
    /// The line that the user confirmed: verb, task, patient by name, birth date and id.
    pub line: String,
    /// What the user typed for it, to be given back on a refusal.
    pub typed: String,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
    /// Where it stands.
    pub state: IntentState,
}

/// Where a write stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IntentState {
    /// Not yet on its store; nothing has been sent.
    Saving,
    /// On its store, waiting for its turn, its link or its time.
    Waiting {
        /// Not before this time.
        not_before: Option<Timestamp>,
        /// Why it waits.
        why: Option<String>,
    },
    /// Under way.
    Sending(CallId),
    /// Outcome unknown; waiting until a look at the source can tell.
    ToLook {
        /// When to look: search may lag behind the write.
        at: Timestamp,
        /// What happened.
        sentence: String,
    },
    /// Outcome unknown; looking.
    Looking(CallId, String),
    /// Outcome unknown after a look: the user decides.
    Unknown {
        /// What happened.
        sentence: String,
        /// What was found that may be ours.
        found: Vec<Task>,
    },
    /// Refused by the source; the text is kept.
    Refused {
        /// What it said.
        error: ApiError,
    },
}

impl Intent {
    /// The task that it is about; none for a task yet to be made.
    pub fn key(&self) -> Option<&TaskKey> {
        match &self.wish {
            Wish::Create(_) => None,
            Wish::Update { base, .. } | Wish::Delete { base } => Some(&base.key),
        }
    }

    /// Whether nothing more happens to it without the user.
    pub fn needs_user(&self) -> bool {
        matches!(self.state, IntentState::Unknown { .. } | IntentState::Refused { .. })
    }

    /// Whether this call is about it.
    pub fn is_under_way(&self, call: CallId) -> bool {
        matches!(self.state, IntentState::Sending(id) | IntentState::Looking(id, _) if id == call)
    }

    fn call(&self) -> Call {
        let idempotency_key = self.idempotency_key.clone();
        match &self.wish {
            Wish::Create(draft) => Call::CreateTask { draft: draft.clone(), idempotency_key },
            Wish::Update { base, patch } => {
                Call::UpdateTask { base: base.clone(), patch: patch.clone(), idempotency_key }
            }
            Wish::Delete { base } => Call::DeleteTask { id: base.key.id.clone() },
        }
    }

    fn look(&self) -> Call {
        match &self.wish {
            Wish::Create(draft) => {
                Call::FindCreated { draft: draft.clone(), idempotency_key: self.idempotency_key.clone() }
            }
            Wish::Update { base, .. } | Wish::Delete { base } => Call::ReadTask { id: base.key.id.clone() },
        }
    }
}

/// What became of a write, for the screen and the store of tasks.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled {
    /// The source answered with the thing itself.
    Done {
        /// The write.
        intent: Intent,
        /// The task as the source gave it; none after a removal.
        task: Option<Box<Task>>,
        /// Fields that did not stick.
        differs: FieldSet,
    },
    /// Known not to be done, and not to be tried again by itself.
    Refused {
        /// The write, its text kept.
        intent: Intent,
        /// What the source said.
        error: ApiError,
    },
    /// It waits.
    Waits {
        /// Which write.
        id: IntentId,
        /// When it is tried again, where that is known.
        until: Option<Timestamp>,
        /// Why.
        sentence: String,
    },
    /// Nobody knows whether it was done.
    Unknown {
        /// Which write.
        id: IntentId,
        /// What happened.
        sentence: String,
    },
}

/// What of a source's ways an outcome is judged by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// How long its search may lag behind a write, in seconds.
    pub lag_s: u32,
    /// Whether a create that is sent twice under one key makes one task.
    pub creates_once: bool,
}

impl From<u32> for Ways {
    fn from(lag_s: u32) -> Ways {
        Ways { lag_s, creates_once: false }
    }
}

/// How a write left the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The source answered with the thing itself.
    Done,
    /// The source refused it, in these words.
    Refused(String),
    /// The user took it back.
    Dropped,
}

/// All writes that are not settled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outbox {
    intents: Vec<Intent>,
    stopped: BTreeMap<SourceId, String>,
    /// How often a create went out again by itself, under its key.
    resent: BTreeMap<IntentId, u8>,
}

/// A create goes out again by itself at most so often, where its source makes one task of all of them.
const MOST_RESENT: u8 = 3;

/// How long a write waits after nothing reached the server, in seconds.
const RETRY_S: i64 = 5;

impl Outbox {
    /// Takes a confirmed write; it is sent only after [`Outbox::on_stored`].
    pub fn confirm(&mut self, intent: Intent) {
        self.intents.push(intent);
    }

    /// The write is on its store: it may be sent.
    pub fn on_stored(&mut self, id: IntentId) {
        if let Some(intent) = self.get_mut(id)
            && intent.state == IntentState::Saving
        {
            intent.state = IntentState::Waiting { not_before: None, why: None };
        }
    }

    /// The store refused the write: it is not sent, and given back with its text.
    pub fn on_store_failed(&mut self, id: IntentId) -> Option<Intent> {
        self.take(id)
    }

    /// Writes not settled, oldest first.
    pub fn intents(&self) -> &[Intent] {
        &self.intents
    }

    /// One write.
    pub fn get(&self, id: IntentId) -> Option<&Intent> {
        self.intents.iter().find(|intent| intent.id == id)
    }

    /// The unsettled writes of one task, oldest first.
    pub fn of<'a>(&'a self, key: &'a TaskKey) -> impl Iterator<Item = &'a Intent> + 'a {
        self.intents.iter().filter(move |intent| intent.key() == Some(key))
    }

    /// Lays our unsettled changes over a task as the source sent it.
    pub fn overlay(&self, task: &mut Task) {
        let key = task.key.clone();
        for intent in self.of(&key) {
            if let (Wish::Update { patch, .. }, false) = (&intent.wish, intent.needs_user()) {
                patch.apply(task);
            }
        }
    }

    /// Whether a change of the task is under way or waits its turn.
    pub fn is_pending(&self, key: &TaskKey) -> bool {
        self.of(key).any(|intent| !intent.needs_user())
    }

    /// What can be sent now: at most one write a task, in order, none of a stopped or offline source, one a source.
    pub fn pump(
        &mut self,
        now: Timestamp,
        online: &dyn Fn(SourceId) -> bool,
        next_call: &mut dyn FnMut() -> CallId,
    ) -> Vec<(CallId, SourceId, Call)> {
        let mut busy: Vec<SourceId> = Vec::new();
        let under_way =
            |intent: &Intent| matches!(intent.state, IntentState::Sending(_) | IntentState::Looking(..));
        busy.extend(self.intents.iter().filter(|intent| under_way(intent)).map(|intent| intent.source));
        let mut calls = Vec::new();
        for index in 0..self.intents.len() {
            let (before, rest) = self.intents.split_at_mut(index);
            let Some(intent) = rest.first_mut() else { continue };
            if busy.contains(&intent.source)
                || self.stopped.contains_key(&intent.source)
                || !online(intent.source)
            {
                continue;
            }
            let blocked = intent.key().is_some() && before.iter().any(|other| other.key() == intent.key());
            match &intent.state {
                IntentState::Waiting { not_before, .. } if not_before.is_none_or(|at| at <= now) => {
                    if blocked {
                        continue;
                    }
                    let id = next_call();
                    intent.state = IntentState::Sending(id);
                    calls.push((id, intent.source, intent.call()));
                    busy.push(intent.source);
                }
                IntentState::ToLook { at, sentence } if *at <= now => {
                    let id = next_call();
                    let sentence = sentence.clone();
                    intent.state = IntentState::Looking(id, sentence);
                    calls.push((id, intent.source, intent.look()));
                    busy.push(intent.source);
                }
                _ => {}
            }
        }
        calls
    }

    /// When [`Outbox::pump`] has something to do by time alone. A time that has passed is none: what still waits then
    /// waits for something else, and that calls `pump` when it comes.
    pub fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let wakes = self.intents.iter().filter_map(|intent| match &intent.state {
            IntentState::Waiting { not_before, .. } => *not_before,
            IntentState::ToLook { at, .. } => Some(*at),
            _ => None,
        });
        wakes.filter(|at| *at > now).min()
    }

    /// Whether a call belongs to a write.
    pub fn owns(&self, call: CallId) -> bool {
        self.by_call(call).is_some()
    }

    /// Takes the outcome of a call, as the source's ways have it judged.
    pub fn on_outcome(
        &mut self,
        call: CallId,
        outcome: Result<Answer, ApiError>,
        now: Timestamp,
        ways: impl Into<Ways>,
    ) -> Option<Settled> {
        let ways = ways.into();
        let intent = self.by_call(call)?;
        let looking = match &intent.state {
            IntentState::Looking(_, sentence) => Some(sentence.clone()),
            _ => None,
        };
        let id = intent.id;
        match looking {
            Some(sentence) => self.after_look(id, sentence, outcome, now, ways),
            None => self.after_send(id, outcome, now, ways),
        }
    }

    fn after_send(
        &mut self,
        id: IntentId,
        outcome: Result<Answer, ApiError>,
        now: Timestamp,
        ways: Ways,
    ) -> Option<Settled> {
        let error = match outcome.map(|answer| answer.reply) {
            Ok(Reply::Created { task, differs } | Reply::Updated { task, differs }) => {
                return Some(Settled::Done { intent: self.take(id)?, task: Some(task), differs });
            }
            Ok(Reply::Deleted) => {
                return Some(Settled::Done { intent: self.take(id)?, task: None, differs: FieldSet::new() });
            }
            Ok(_) => ApiError {
                kind: ErrorKind::Unknown,
                status: None,
                sentence: "The source answered something else than was asked.".to_owned(),
                request_id: None,
            },
            Err(error) => error,
        };
        let intent = self.get_mut(id)?;
        let wait = |intent: &mut Intent, until: Option<Timestamp>, sentence: String| {
            intent.state = IntentState::Waiting { not_before: until, why: Some(sentence.clone()) };
            Some(Settled::Waits { id, until, sentence })
        };
        match error.kind.clone() {
            ErrorKind::NotSent => wait(intent, Some(later(now, RETRY_S)), error.to_string()),
            ErrorKind::Paused { after_s } => {
                wait(intent, Some(later(now, i64::try_from(after_s).unwrap_or(86_400))), error.to_string())
            }
            ErrorKind::Quota { reset_at } => {
                let source = intent.source;
                let answer = wait(intent, reset_at, error.to_string());
                self.stopped.insert(source, error.to_string());
                answer
            }
            ErrorKind::Credential | ErrorKind::Permission => {
                let source = intent.source;
                let refused = self.refuse(id, error.clone());
                self.stopped.insert(source, error.to_string());
                refused
            }
            kind if kind.leaves_write_unknown() => {
                // An update can be read back by id at once; a create is found by search, which lags.
                let pause_s =
                    if matches!(intent.wish, Wish::Create(_)) { i64::from(ways.lag_s) + 2 } else { 1 };
                let sentence = error.to_string();
                intent.state = IntentState::ToLook { at: later(now, pause_s), sentence: sentence.clone() };
                Some(Settled::Unknown { id, sentence })
            }
            _ => self.refuse(id, error),
        }
    }

    fn after_look(
        &mut self,
        id: IntentId,
        sentence: String,
        outcome: Result<Answer, ApiError>,
        now: Timestamp,
        ways: Ways,
    ) -> Option<Settled> {
        let intent = self.get_mut(id)?;
        let found = match (outcome.map(|answer| answer.reply), &intent.wish) {
            (Ok(Reply::Task(task)), Wish::Update { patch, .. }) => {
                if patch.missing_in(&task).is_empty() {
                    let intent = self.take(id)?;
                    return Some(Settled::Done { intent, task: Some(task), differs: FieldSet::new() });
                }
                vec![*task]
            }
            (Err(ApiError { kind: ErrorKind::NotFound, .. }), Wish::Delete { .. }) => {
                let intent = self.take(id)?;
                return Some(Settled::Done { intent, task: None, differs: FieldSet::new() });
            }
            (Ok(Reply::Task(task)), _) => vec![*task],
            (Ok(Reply::Candidates(found)), Wish::Create(_)) if ways.creates_once => {
                // Where the key is kept with the task, what carries it is the one that was sent.
                if let Some(task) = found.into_iter().next() {
                    let intent = self.take(id)?;
                    let (task, differs) = (Some(Box::new(task)), FieldSet::new());
                    return Some(Settled::Done { intent, task, differs });
                }
                let resent = self.resent.entry(id).or_insert(0);
                *resent += 1;
                if *resent <= MOST_RESENT {
                    let until = Some(later(now, RETRY_S));
                    let why = Some(sentence.clone());
                    self.get_mut(id)?.state = IntentState::Waiting { not_before: until, why };
                    return Some(Settled::Waits { id, until, sentence });
                }
                Vec::new()
            }
            (Ok(Reply::Candidates(found)), _) => found,
            (Ok(_) | Err(ApiError { kind: ErrorKind::NotFound, .. }), _) => Vec::new(),
            (Err(error), _) => {
                intent.state = IntentState::ToLook {
                    at: later(now, RETRY_S + i64::from(ways.lag_s)),
                    sentence: sentence.clone(),
                };
                if matches!(error.kind, ErrorKind::Credential | ErrorKind::Permission) {
                    let source = intent.source;
                    self.stopped.insert(source, error.to_string());
                }
                return Some(Settled::Unknown { id, sentence });
            }
        };
        self.get_mut(id)?.state = IntentState::Unknown { sentence: sentence.clone(), found };
        Some(Settled::Unknown { id, sentence })
    }

    /// The user says: send it again, under the same key. The only road by which a create goes out twice, and closed
    /// while one is under way.
    pub fn send_again(&mut self, id: IntentId) {
        if let Some(intent) = self.get_mut(id)
            && intent.needs_user()
        {
            intent.state = IntentState::Waiting { not_before: None, why: None };
        }
    }

    /// The user takes the write back, or says that what was found is it.
    pub fn drop_intent(&mut self, id: IntentId) -> Option<Intent> {
        self.take(id)
    }

    /// The source's queue goes on, after a new key or by the user's word.
    pub fn resume(&mut self, source: SourceId) {
        self.stopped.remove(&source);
    }

    /// Why a source's queue stands, if it does.
    pub fn stopped(&self, source: SourceId) -> Option<&str> {
        self.stopped.get(&source).map(String::as_str)
    }

    /// Why writes of a source stand in a stopped queue, if any do.
    pub fn holds_back(&self, source: SourceId) -> Option<&str> {
        self.stopped(source).filter(|_| self.intents.iter().any(|intent| intent.source == source))
    }

    fn refuse(&mut self, id: IntentId, error: ApiError) -> Option<Settled> {
        let intent = self.take(id)?;
        Some(Settled::Refused { intent, error })
    }

    fn take(&mut self, id: IntentId) -> Option<Intent> {
        let index = self.intents.iter().position(|intent| intent.id == id)?;
        self.resent.remove(&id);
        Some(self.intents.remove(index))
    }

    fn get_mut(&mut self, id: IntentId) -> Option<&mut Intent> {
        self.intents.iter_mut().find(|intent| intent.id == id)
    }

    fn by_call(&self, call: CallId) -> Option<&Intent> {
        self.intents.iter().find(|intent| intent.is_under_way(call))
    }
}

/// A time some seconds on; stays put at the end of time.
pub(crate) fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// The problems that a refusal names; empty for any other error.
pub fn problems(error: &ApiError) -> &[Problem] {
    match &error.kind {
        ErrorKind::Refused(problems) => problems,
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
