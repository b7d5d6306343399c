//! The life of a write: confirmed, stored, sent, and then done, refused or unknown (RELIABILITY §3).
//!
//! Must not send two writes of one thing out of their order, nor say what an answer means: that is `outcome`.

use crate::domain::{
    task::{SourceId, Task, TaskKey},
    time::Timestamp,
};
use crate::providers::{ApiError, Call};
use std::collections::{BTreeMap, BTreeSet};

mod intent;
mod outcome;
pub mod restore;
pub mod words;

pub use intent::{CallId, Intent, IntentId, IntentState, Subject, Wish};
pub use outcome::{Settled, Ways, problems};

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
    /// Which refused write goes once a new one that stands in its place is on its store.
    replaces: BTreeMap<IntentId, IntentId>,
    /// Writes of which something may have gone out, whatever state they are in.
    maybe_out: BTreeSet<IntentId>,
    /// Until when nothing is sent to a source that could not be reached or asked for a pause: what stands behind the
    /// write that met it must not overtake it.
    rests: BTreeMap<SourceId, Rest>,
}

/// A time in which nothing is sent to a source.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rest {
    until: Timestamp,
    /// Whether the source asked for it; else it is a pause of our own.
    is_asked_for: bool,
}

/// How long a write waits after nothing reached the server, in seconds.
const RETRY_S: i64 = 5;

impl Outbox {
    /// Takes a confirmed write; it is sent only after [`Outbox::on_stored`].
    pub fn confirm(&mut self, intent: Intent) {
        let is_untried = matches!(
            intent.state,
            IntentState::Saving | IntentState::Held { .. } | IntentState::Waiting { why: None, .. }
        );
        if !is_untried {
            self.maybe_out.insert(intent.id);
        }
        // What an earlier run left may be waiting for its source.
        if let IntentState::Waiting { not_before: Some(until), why: Some(_) } = intent.state {
            self.rest(intent.source, until, false);
        }
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

    /// A write that has not been tried is not sent before this time.
    pub fn hold(&mut self, id: IntentId, until: Timestamp) {
        if let Some(intent) = self.get_mut(id)
            && intent.is_untried()
        {
            intent.state = IntentState::Held { until };
        }
    }

    /// What is held of these writes may go out now.
    pub fn release(&mut self, of_these: impl Fn(&Intent) -> bool) {
        for intent in self.intents.iter_mut().filter(|intent| of_these(intent)) {
            if let IntentState::Held { .. } = intent.state {
                intent.state = IntentState::Waiting { not_before: None, why: None };
            }
        }
    }

    /// Takes a write back of which nothing has gone out; none where that cannot be said for certain.
    pub fn take_back(&mut self, id: IntentId) -> Option<Intent> {
        let is_unsent = |intent: &Intent| {
            matches!(
                intent.state,
                IntentState::Saving | IntentState::Held { .. } | IntentState::Waiting { .. }
            )
        };
        let can_be = !self.maybe_out.contains(&id) && self.get(id).is_some_and(is_unsent);
        if can_be { self.take(id) } else { None }
    }

    /// The store refused the write: it is not sent, and given back with its text.
    pub fn on_store_failed(&mut self, id: IntentId) -> Option<Intent> {
        self.replaces.remove(&id);
        self.take(id)
    }

    /// A confirmed write stands in the place of a refused one, which stays until the new one is on its store.
    pub fn replace(&mut self, new: IntentId, refused: IntentId) {
        self.replaces.insert(new, refused);
    }

    /// Takes out the refused write in whose place this one stands.
    pub fn take_replaced(&mut self, new: IntentId) -> Option<Intent> {
        let refused = self.replaces.remove(&new)?;
        self.take(refused)
    }

    /// Takes a write that was found to be refused, or was never sent: it waits for the user's word.
    pub fn keep_refused(&mut self, intent: Intent, error: ApiError) {
        self.take(intent.id);
        self.intents.push(Intent { state: IntentState::Refused { error }, ..intent });
    }

    /// Takes a write back in that could not be let go, where it stood.
    pub fn put_back(&mut self, intent: Intent) {
        let place = self.intents.iter().position(|other| other.id > intent.id);
        let behind = place.map_or_else(Vec::new, |place| self.intents.split_off(place));
        self.confirm(intent);
        self.intents.extend(behind);
    }

    /// Takes up what an earlier run left: it was confirmed before all that is here.
    pub fn take_up(&mut self, intents: Vec<Intent>) {
        let mine = std::mem::take(&mut self.intents);
        for intent in intents {
            self.confirm(intent);
        }
        self.intents.extend(mine);
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
        self.rests.retain(|_, rest| rest.until > now);
        let mut calls = Vec::new();
        self.release(|intent| matches!(intent.state, IntentState::Held { until } if until <= now));
        for index in 0..self.intents.len() {
            let (before, rest) = self.intents.split_at_mut(index);
            let Some(intent) = rest.first_mut() else { continue };
            if busy.contains(&intent.source)
                || self.stopped.contains_key(&intent.source)
                || !online(intent.source)
            {
                continue;
            }
            let subject = intent.wish.subject();
            // What is known not to be done is in nobody's way.
            let stands_before = |other: &&Intent| !matches!(other.state, IntentState::Refused { .. });
            let blocked = subject.is_some()
                && before.iter().filter(stands_before).any(|other| other.wish.subject() == subject);
            match &intent.state {
                IntentState::Waiting { not_before, .. } if not_before.is_none_or(|at| at <= now) => {
                    if blocked || self.rests.contains_key(&intent.source) {
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
            IntentState::ToLook { at, .. } | IntentState::Held { until: at } => Some(*at),
            _ => None,
        });
        wakes.chain(self.rests.values().map(|rest| rest.until)).filter(|at| *at > now).min()
    }

    /// Whether a call belongs to a write.
    pub fn owns(&self, call: CallId) -> bool {
        self.by_call(call).is_some()
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

    /// The user says: try it now. A pause of our own ends; what the source asked for is waited out.
    pub fn hurry(&mut self, id: IntentId) {
        if let Some(intent) = self.get_mut(id) {
            let source = intent.source;
            hurry(intent);
            self.rests.retain(|of, rest| *of != source || rest.is_asked_for);
        }
    }

    /// The source answers again: what waited for that waits no longer.
    pub fn wake(&mut self, source: SourceId, now: Timestamp) {
        let own = |at: Timestamp| at <= later(now, RETRY_S);
        self.rests.retain(|of, rest| *of != source || rest.is_asked_for);
        for intent in self.intents.iter_mut().filter(|intent| intent.source == source) {
            if let IntentState::Waiting { not_before: Some(at), .. } = intent.state
                && own(at)
            {
                hurry(intent);
            }
        }
    }

    /// Whether something of a write may have gone out.
    pub fn may_be_out(&self, id: IntentId) -> bool {
        self.maybe_out.contains(&id)
    }

    /// Until when a write waits because its source asked for it: longer than a pause of our own.
    pub fn asked_to_wait(&self, id: IntentId, now: Timestamp) -> Option<Timestamp> {
        match self.get(id)?.state {
            IntentState::Waiting { not_before: Some(at), .. } => {
                Some(at).filter(|at| *at > later(now, RETRY_S))
            }
            _ => None,
        }
    }

    fn rest(&mut self, source: SourceId, until: Timestamp, is_asked_for: bool) {
        let known = self.rests.entry(source).or_insert(Rest { until, is_asked_for });
        known.until = until.max(known.until);
        known.is_asked_for |= is_asked_for;
    }

    /// Why a source's queue stands, if it does.
    pub fn stopped(&self, source: SourceId) -> Option<&str> {
        self.stopped.get(&source).map(String::as_str)
    }

    /// Why writes of a source stand in a stopped queue, if any do.
    pub fn holds_back(&self, source: SourceId) -> Option<&str> {
        self.stopped(source).filter(|_| self.intents.iter().any(|intent| intent.source == source))
    }

    fn take(&mut self, id: IntentId) -> Option<Intent> {
        let index = self.intents.iter().position(|intent| intent.id == id)?;
        self.resent.remove(&id);
        self.maybe_out.remove(&id);
        Some(self.intents.remove(index))
    }

    fn get_mut(&mut self, id: IntentId) -> Option<&mut Intent> {
        self.intents.iter_mut().find(|intent| intent.id == id)
    }

    fn by_call(&self, call: CallId) -> Option<&Intent> {
        self.intents.iter().find(|intent| intent.is_under_way(call))
    }
}

fn hurry(intent: &mut Intent) {
    match &mut intent.state {
        IntentState::Waiting { not_before, .. } => *not_before = None,
        IntentState::Held { .. } => intent.state = IntentState::Waiting { not_before: None, why: None },
        // A search that lags would only find nothing too early.
        IntentState::ToLook { at, .. } if !intent.wish.creates() => *at = Timestamp::MIN,
        _ => {}
    }
}

/// A time some seconds on; stays put at the end of time.
pub(crate) fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
