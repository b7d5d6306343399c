//! The life of a write: confirmed, stored, sent, and then done, refused or unknown (RELIABILITY §3).
//!
//! Must not send a create twice by itself, nor say "done" before the source answered with the thing itself.

use crate::domain::{
    check::Problem,
    task::{FieldSet, Patch, SourceId, Task, TaskKey},
    time::Timestamp,
};
use crate::providers::{Answer, ApiError, Call, ErrorKind, Reply};
use std::collections::BTreeMap;

/// The number of a conversation with a source; every answer gives it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// The number of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentId(pub u64);

/// What the user wants done.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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
            Wish::Create(draft) => Call::FindCreated { draft: draft.clone() },
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

/// All writes that are not settled.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outbox {
    intents: Vec<Intent>,
    stopped: BTreeMap<SourceId, String>,
}

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

    /// Remembers the source's newer version beneath our unsettled change, to fall back to when it is refused.
    /// What was compared before sending stays what the user saw.
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

    /// When [`Outbox::pump`] has something to do by time alone.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let wakes = self.intents.iter().filter_map(|intent| match &intent.state {
            IntentState::Waiting { not_before, .. } => *not_before,
            IntentState::ToLook { at, .. } => Some(*at),
            _ => None,
        });
        wakes.min()
    }

    /// Whether a call belongs to a write.
    pub fn owns(&self, call: CallId) -> bool {
        self.by_call(call).is_some()
    }

    /// Takes the outcome of a call; `lag_s` is how long the source's search may lag.
    pub fn on_outcome(
        &mut self,
        call: CallId,
        outcome: Result<Answer, ApiError>,
        now: Timestamp,
        lag_s: u32,
    ) -> Option<Settled> {
        let intent = self.by_call(call)?;
        let looking = match &intent.state {
            IntentState::Looking(_, sentence) => Some(sentence.clone()),
            _ => None,
        };
        let id = intent.id;
        match looking {
            Some(sentence) => self.after_look(id, sentence, outcome, now, lag_s),
            None => self.after_send(id, outcome, now, lag_s),
        }
    }

    fn after_send(
        &mut self,
        id: IntentId,
        outcome: Result<Answer, ApiError>,
        now: Timestamp,
        lag_s: u32,
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
                let pause_s = if matches!(intent.wish, Wish::Create(_)) { i64::from(lag_s) + 2 } else { 1 };
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
        lag_s: u32,
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
            (Ok(Reply::Candidates(found)), _) => found,
            (Ok(_) | Err(ApiError { kind: ErrorKind::NotFound, .. }), _) => Vec::new(),
            (Err(_), _) => {
                intent.state = IntentState::ToLook {
                    at: later(now, RETRY_S + i64::from(lag_s)),
                    sentence: sentence.clone(),
                };
                return Some(Settled::Unknown { id, sentence });
            }
        };
        intent.state = IntentState::Unknown { sentence: sentence.clone(), found };
        Some(Settled::Unknown { id, sentence })
    }

    /// The user says: send it again, under the same key. The only road by which a create goes out twice.
    pub fn send_again(&mut self, id: IntentId) {
        if let Some(intent) = self.get_mut(id) {
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

    fn refuse(&mut self, id: IntentId, error: ApiError) -> Option<Settled> {
        let intent = self.take(id)?;
        Some(Settled::Refused { intent, error })
    }

    fn take(&mut self, id: IntentId) -> Option<Intent> {
        let index = self.intents.iter().position(|intent| intent.id == id)?;
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
mod tests {
    use super::*;
    use crate::domain::{status::Status, task::Field};
    use crate::providers::Facts;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn error(kind: ErrorKind) -> ApiError {
        ApiError { kind, status: None, sentence: "It failed.".to_owned(), request_id: None }
    }

    fn intent(id: u64, wish: Wish) -> Intent {
        Intent {
            id: IntentId(id),
            source: SourceId(0),
            wish,
            idempotency_key: format!("key-{id}"),
            line: String::new(),
            typed: String::new(),
            confirmed_at: at(0),
            state: IntentState::Saving,
        }
    }

    fn create(id: u64) -> Intent {
        intent(id, Wish::Create(Box::default()))
    }

    fn done_patch(id: u64, task: &str) -> Intent {
        let base = Task { key: TaskKey { source: SourceId(0), id: task.into() }, ..Task::default() };
        let patch = Patch::of(&base).set(Field::Status, |task| task.status = Status::Completed);
        intent(id, Wish::Update { base: Box::new(base), patch })
    }

    struct Bench {
        outbox: Outbox,
        calls: u64,
    }

    impl Bench {
        fn with(intents: Vec<Intent>) -> Bench {
            let mut outbox = Outbox::default();
            for intent in intents {
                let id = intent.id;
                outbox.confirm(intent);
                outbox.on_stored(id);
            }
            Bench { outbox, calls: 0 }
        }

        fn pump(&mut self, second: i64) -> Vec<(CallId, Call)> {
            let calls = &mut self.calls;
            let sent = self.outbox.pump(at(second), &|_| true, &mut || {
                *calls += 1;
                CallId(*calls)
            });
            sent.into_iter().map(|(id, _, call)| (id, call)).collect()
        }

        fn fail(&mut self, call: CallId, kind: ErrorKind, second: i64) -> Option<Settled> {
            self.outbox.on_outcome(call, Err(error(kind)), at(second), 10)
        }

        fn answer(&mut self, call: CallId, reply: Reply, second: i64) -> Option<Settled> {
            self.outbox.on_outcome(call, Ok(Answer { reply, facts: Facts::default() }), at(second), 10)
        }
    }

    #[test]
    fn nothing_is_sent_before_it_is_stored() {
        let mut outbox = Outbox::default();
        outbox.confirm(create(1));
        assert!(outbox.pump(at(0), &|_| true, &mut || CallId(1)).is_empty());
        outbox.on_stored(IntentId(1));
        assert_eq!(outbox.pump(at(0), &|_| true, &mut || CallId(1)).len(), 1);
    }

    #[test]
    fn a_create_of_unknown_outcome_is_looked_for_and_never_resent_alone() {
        for kind in [ErrorKind::Unknown, ErrorKind::NotItsApi] {
            let mut bench = Bench::with(vec![create(1)]);
            let first = bench.pump(0).remove(0).0;
            assert!(matches!(bench.fail(first, kind, 0), Some(Settled::Unknown { .. })));
            assert!(bench.pump(11).is_empty(), "the search lags");
            let look = bench.pump(12);
            assert!(matches!(look[0].1, Call::FindCreated { .. }));
            bench.answer(look[0].0, Reply::Candidates(Vec::new()), 13);
            for second in 14..10_000 {
                assert!(bench.pump(second).is_empty(), "only the user may send it again");
            }
            bench.outbox.send_again(IntentId(1));
            let again = bench.pump(20_000).remove(0).1;
            assert!(matches!(again, Call::CreateTask { idempotency_key, .. } if idempotency_key == "key-1"));
        }
    }

    #[test]
    fn an_update_of_unknown_outcome_is_done_when_the_source_shows_it() {
        let mut bench = Bench::with(vec![done_patch(1, "a")]);
        let sent = bench.pump(0).remove(0).0;
        bench.fail(sent, ErrorKind::Unknown, 0);
        let (look, call) = bench.pump(1).remove(0);
        assert_eq!(call, Call::ReadTask { id: "a".into() });
        let shown = Task { status: Status::Completed, ..Task::default() };
        assert!(matches!(bench.answer(look, Reply::Task(Box::new(shown)), 2), Some(Settled::Done { .. })));
        assert!(bench.outbox.intents().is_empty());
    }

    #[test]
    fn writes_of_one_source_go_one_by_one_and_in_order() {
        let mut bench = Bench::with(vec![done_patch(1, "a"), done_patch(2, "a"), done_patch(3, "b")]);
        let first = bench.pump(0);
        assert_eq!(first.len(), 1);
        assert!(bench.pump(0).is_empty());
        bench.fail(first[0].0, ErrorKind::NotSent, 0);
        let second = bench.pump(1);
        assert!(
            matches!(&second[0].1, Call::UpdateTask { base, .. } if &*base.key.id == "b"),
            "a's first write waits, so does its second"
        );
    }

    #[test]
    fn a_bad_credential_stops_the_queue_and_keeps_the_text() {
        let mut bench = Bench::with(vec![create(1), create(2)]);
        let sent = bench.pump(0).remove(0).0;
        assert!(matches!(bench.fail(sent, ErrorKind::Credential, 0), Some(Settled::Refused { .. })));
        assert!(bench.pump(1).is_empty() && bench.outbox.stopped(SourceId(0)).is_some());
        bench.outbox.resume(SourceId(0));
        assert_eq!(bench.pump(2).len(), 1);
    }

    #[test]
    fn a_pause_is_waited_out_to_the_second() {
        let mut bench = Bench::with(vec![create(1)]);
        let sent = bench.pump(0).remove(0).0;
        bench.fail(sent, ErrorKind::Paused { after_s: 7 }, 0);
        assert_eq!(bench.outbox.next_wake(), Some(at(7)));
        assert!(bench.pump(6).is_empty());
        assert_eq!(bench.pump(7).len(), 1);
    }

    #[test]
    fn our_value_lies_on_top_until_the_write_is_settled() {
        let mut bench = Bench::with(vec![done_patch(1, "a")]);
        let mut row = Task { key: TaskKey { source: SourceId(0), id: "a".into() }, ..Task::default() };
        bench.outbox.overlay(&mut row);
        assert_eq!(row.status, Status::Completed);
        let sent = bench.pump(0).remove(0).0;
        bench.fail(sent, ErrorKind::NotFound, 0);
        row.status = Status::Requested;
        bench.outbox.overlay(&mut row);
        assert_eq!(row.status, Status::Requested);
    }
}
