//! What the outcome of a call means for its write: done, refused, to wait, or not known.
//!
//! Must not send a create twice by itself, nor say "done" before the source answered with the thing itself.

use super::{CallId, Intent, IntentId, IntentState, Outbox, RETRY_S, Wish, later};
use crate::domain::{
    check::Problem,
    document::{Document, Thing},
    task::{FieldSet, Task},
    time::Timestamp,
};
use crate::providers::{Answer, ApiError, ErrorKind, Reply};

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
    /// The source answered with the document itself.
    DocumentDone {
        /// The write.
        intent: Intent,
        /// The document as the source gave it; none after a removal.
        document: Option<Box<Document>>,
        /// What did not stick, by its path, such as `sections.2.text`.
        differs: Vec<String>,
    },
    /// Known not to be done, and not to be tried again by itself. It stays in the outbox until the user decides.
    Refused {
        /// The write as it stands there, its text kept.
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

/// A create goes out again by itself at most so often, where its source makes one task of all of them.
pub(super) const MOST_RESENT: u8 = 3;

impl Outbox {
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
            Ok(Reply::DocumentSaved { document, differs }) => {
                return Some(Settled::DocumentDone {
                    intent: self.take(id)?,
                    document: Some(document),
                    differs,
                });
            }
            Ok(Reply::Deleted) => return self.done(id, None),
            Ok(_) => ApiError {
                kind: ErrorKind::Unknown,
                status: None,
                sentence: "The source answered something else than was asked.".to_owned(),
                request_id: None,
            },
            Err(error) => error,
        };
        let error = match self.get(id)?.wish {
            Wish::DeleteDocument { .. } => of_removal(error),
            _ => error,
        };
        let source = self.get(id)?.source;
        match &error.kind {
            // Where the server answered, only this write is in trouble; the others may pass.
            ErrorKind::NotSent if error.status.is_none() => self.rest(source, later(now, RETRY_S), false),
            ErrorKind::Paused { after_s } => self.rest(source, later(now, pause(*after_s)), true),
            _ => {}
        }
        let intent = self.get_mut(id)?;
        let wait = |intent: &mut Intent, until: Option<Timestamp>, sentence: String| {
            intent.state = IntentState::Waiting { not_before: until, why: Some(sentence.clone()) };
            Some(Settled::Waits { id, until, sentence })
        };
        match error.kind.clone() {
            ErrorKind::NotSent => wait(intent, Some(later(now, RETRY_S)), error.to_string()),
            ErrorKind::Paused { after_s } => {
                wait(intent, Some(later(now, pause(after_s))), error.to_string())
            }
            ErrorKind::Quota { reset_at } => {
                let source = intent.source;
                let answer = wait(intent, reset_at, error.to_string());
                self.stopped.insert(source, error.to_string());
                answer
            }
            // Another key may do it: it waits in its place.
            ErrorKind::Credential => {
                let source = intent.source;
                let answer = wait(intent, None, error.to_string());
                self.stopped.insert(source, error.to_string());
                answer
            }
            // It may be about this write alone, so it is refused; what stands behind it waits all the same.
            ErrorKind::Permission => {
                let source = intent.source;
                self.stopped.insert(source, error.to_string());
                self.refuse(id, error)
            }
            kind if kind.leaves_write_unknown() => {
                // An update can be read back by id at once; a create is found by search, which lags.
                let pause_s = if intent.wish.creates() { i64::from(ways.lag_s) + 2 } else { 1 };
                let sentence = error.to_string();
                intent.state = IntentState::ToLook { at: later(now, pause_s), sentence: sentence.clone() };
                self.maybe_out.insert(id);
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
                let thing = Thing::Task(task);
                if thing.task().is_some_and(|task| patch.missing_in(task).is_empty()) {
                    return self.done(id, Some(thing));
                }
                vec![thing]
            }
            (Ok(Reply::Document(now)), Wish::UpdateDocument { base, document }) => {
                // What the user did not change may be as it likes.
                if document.changed(base).into_iter().all(|field| now.same(document, field)) {
                    return self.done(id, Some(Thing::Document(now)));
                }
                vec![Thing::Document(now)]
            }
            (
                Err(ApiError { kind: ErrorKind::NotFound, .. }),
                Wish::Delete { .. } | Wish::DeleteDocument { .. },
            ) => return self.done(id, None),
            (Ok(Reply::Task(task)), _) => vec![Thing::Task(task)],
            (Ok(Reply::Document(document)), _) => vec![Thing::Document(document)],
            (Ok(Reply::Candidates(found)), wish) if wish.creates() && ways.creates_once => {
                // Where the key is kept with the thing, what carries it is the one that was sent.
                if let Some(thing) = found.into_iter().next() {
                    return self.done(id, Some(thing));
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

    /// The write is settled: its thing is known to be as it should, or gone after a removal.
    fn done(&mut self, id: IntentId, thing: Option<Thing>) -> Option<Settled> {
        let intent = self.take(id)?;
        Some(match thing {
            Some(Thing::Task(found)) => Settled::Done { intent, task: Some(found), differs: FieldSet::new() },
            Some(Thing::Document(found)) => {
                Settled::DocumentDone { intent, document: Some(found), differs: Vec::new() }
            }
            None if intent.wish.document().is_some() => {
                Settled::DocumentDone { intent, document: None, differs: Vec::new() }
            }
            None => Settled::Done { intent, task: None, differs: FieldSet::new() },
        })
    }

    fn refuse(&mut self, id: IntentId, error: ApiError) -> Option<Settled> {
        self.resent.remove(&id);
        let intent = self.get_mut(id)?;
        intent.state = IntentState::Refused { error: error.clone() };
        Some(Settled::Refused { intent: intent.clone(), error })
    }
}

/// An answer to the removal of a document: no versions can be weighed against each other where it is refused, and what a
/// source keeps says nothing of other writes.
fn of_removal(error: ApiError) -> ApiError {
    match error.kind {
        ErrorKind::Conflict(_) | ErrorKind::Permission => {
            ApiError { kind: ErrorKind::Refused(Vec::new()), ..error }
        }
        _ => error,
    }
}

/// The seconds of a pause that a source asked for; more than can be counted is a day.
fn pause(after_s: u64) -> i64 {
    i64::try_from(after_s).unwrap_or(86_400)
}

/// The problems that a refusal names; empty for any other error.
pub fn problems(error: &ApiError) -> &[Problem] {
    match &error.kind {
        ErrorKind::Refused(problems) => problems,
        _ => &[],
    }
}
