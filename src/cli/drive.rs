//! The outbox of a command: the same life of a write as on the screen, over the store and the real sources.
//!
//! Must not let a write out before its store says that it goes, nor drive a write that the command is not about.

use super::{
    kept::{self, Place},
    meet::PATIENCE_S,
    output::{complain, complain_all},
    wire::World,
};
use crate::{
    app::{
        State,
        outbox::{CallId, End, Intent, IntentId, IntentState, Settled, restore::Record},
        state::Keeping,
        writes,
    },
    domain::{task::SourceId, time::Timestamp},
    providers::{Answer, ApiError, Call, ErrorKind},
    runtime::{
        clock,
        journal::{Journal, MemoryJournal},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem::take,
    sync::Arc,
    time::Duration,
};
use tokio::{sync::oneshot, task::JoinSet};

/// Where the writes of a command are kept.
#[derive(Debug)]
pub(super) struct Desk {
    journal: Box<dyn Journal>,
    /// Why nothing outlives the command; none where it is kept.
    pub(super) unkept: Option<String>,
    /// Writes that another instance, which holds the store, will send.
    pub(super) others: Vec<Record>,
    /// The write that the user is waiting for: should it be refused, its text goes back to them and it is not kept.
    pub(super) mine: Option<IntentId>,
}

impl Desk {
    /// Opens the store and takes up what waits there; without one the command works all the same, and says so.
    pub(super) async fn open(world: &mut World) -> Desk {
        let place = kept::place(&world.store, &world.vault).await;
        Desk::at(world, &place, &|_| false).await
    }

    /// The same in a place that is open; `named` writes are taken up although their source has moved.
    pub(super) async fn at(world: &mut World, place: &Place, named: &dyn Fn(&Record) -> bool) -> Desk {
        let taken = kept::take_up(&mut world.state, place, named).await;
        complain_all(taken.notices);
        let unkept = match &world.state.keeping {
            Keeping::OnDisk => None,
            Keeping::Briefly | Keeping::Reading => Some("Nothing is kept here.".to_owned()),
            Keeping::InMemory(why) | Keeping::Refused(why) => Some(why.clone()),
        };
        let mut desk = Desk { journal: taken.journal, unkept: None, others: taken.others, mine: None };
        if let Some(why) = unkept {
            desk.give_up_keeping(why);
        }
        desk
    }

    /// Goes on without a store: the user asked for the deed, and hears that it is not kept.
    fn give_up_keeping(&mut self, why: String) {
        complain(&format!("{why} This command sends at once; what cannot be sent now is not kept."));
        self.unkept = Some(why);
        self.journal = Box::new(MemoryJournal::default());
    }

    /// Keeps a write as it stands now; the error is a sentence.
    async fn keep(&mut self, intent: &Intent) -> Result<(), String> {
        let (sender, answer) = oneshot::channel();
        self.journal.keep(intent, Box::new(move |outcome| drop(sender.send(outcome))));
        answer.await.unwrap_or_else(|_| Err("Not kept: the store has stopped.".to_owned()))
    }

    /// Takes a new write in, kept where that is possible.
    pub(super) async fn confirm(&mut self, state: &mut State, intent: Intent) {
        let id = intent.id;
        if let Err(sentence) = self.keep(&intent).await {
            self.give_up_keeping(sentence);
        }
        state.outbox.confirm(intent);
        state.outbox.on_stored(id);
    }
}

/// What came of driving.
#[derive(Debug, Default)]
pub(super) struct Driven {
    /// The writes that have left the outbox, in the order in which they did.
    pub(super) settled: Vec<Settled>,
    /// The last error of each write that met one.
    pub(super) errors: BTreeMap<IntentId, ApiError>,
}

/// Puts each write of the outbox where `prepare` wants it to stand; their order stays.
pub(super) fn prepare(state: &mut State, mut prepare: impl FnMut(&mut Intent)) {
    let ids: Vec<IntentId> = state.outbox.intents().iter().map(|intent| intent.id).collect();
    for id in ids {
        if let Some(mut intent) = state.outbox.drop_intent(id) {
            prepare(&mut intent);
            state.outbox.confirm(intent);
        }
    }
}

/// A wait that a new command need not respect, in seconds: a link that was down for an earlier one may be up for it.
const SHORT_WAIT_S: i64 = 60;

/// Whether a wait is worth a word: one that a quota or a long pause asks for.
pub(super) fn is_long(until: Timestamp, now: Timestamp) -> bool {
    until.as_millisecond() - now.as_millisecond() > SHORT_WAIT_S * 1_000
}

/// Lets go out at once what waits for this source and need not wait for long.
pub(super) fn hurry(state: &mut State, source: SourceId) {
    let now = clock::now();
    prepare(state, |intent| {
        if intent.source == source
            && let IntentState::Waiting { not_before, .. } = &mut intent.state
        {
            *not_before = not_before.filter(|until| is_long(*until, now));
        }
    });
}

/// Sends what waits at these sources until the wanted writes have settled, need the user's word, or patience is over.
/// A source that nothing reaches is not tried twice.
pub(super) async fn drive(
    world: &mut World,
    desk: &mut Desk,
    sources: &BTreeSet<SourceId>,
    wanted: &BTreeSet<IntentId>,
) -> Driven {
    let mut driven = Driven::default();
    let mut silent: BTreeSet<SourceId> = BTreeSet::new();
    let mut talks: JoinSet<(CallId, SourceId, Result<Answer, ApiError>)> = JoinSet::new();
    let mut waited_ms = 0;
    loop {
        let now = clock::now();
        let is_open = |intent: &Intent| {
            wanted.contains(&intent.id) && !intent.needs_user() && !silent.contains(&intent.source)
        };
        let goes_on = world.state.outbox.intents().iter().any(is_open);
        if goes_on {
            let online = |source: SourceId| sources.contains(&source) && !silent.contains(&source);
            let calls = pump(&mut world.state, now, &online);
            for (id, source, call) in calls {
                if let Err(error) = say_that_it_goes(&world.state, desk, id).await {
                    silent.insert(source);
                    heard(&mut world.state, desk, &mut driven, id, source, Err(error));
                } else if let Some(link) = world.links.get(usize::from(source.0)).map(Arc::clone) {
                    talks.spawn(async move { (id, source, link.converse(&call).await) });
                }
            }
        }
        if let Some(joined) = talks.join_next().await {
            let Ok((id, source, outcome)) = joined else { continue };
            if outcome.as_ref().is_err_and(|error| error.kind == ErrorKind::NotSent) {
                silent.insert(source);
            }
            heard(&mut world.state, desk, &mut driven, id, source, outcome);
            continue;
        }
        let wait_ms = world.state.outbox.next_wake(now).map(|at| milliseconds(now, at));
        match wait_ms {
            Some(wait_ms) if goes_on && waited_ms + wait_ms <= PATIENCE_S * 1_000 => {
                waited_ms += wait_ms;
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            }
            _ => return driven,
        }
    }
}

fn pump(
    state: &mut State,
    now: Timestamp,
    online: &dyn Fn(SourceId) -> bool,
) -> Vec<(CallId, SourceId, Call)> {
    let mut outbox = take(&mut state.outbox);
    let calls = outbox.pump(now, online, &mut || state.next_call());
    state.outbox = outbox;
    calls
}

/// Keeps that a write goes out with this call; a look needs no such word.
async fn say_that_it_goes(state: &State, desk: &mut Desk, call: CallId) -> Result<(), ApiError> {
    let goes_out = |intent: &&Intent| intent.state == IntentState::Sending(call);
    let Some(intent) = state.outbox.intents().iter().find(goes_out) else { return Ok(()) };
    let kept = desk.keep(intent).await;
    kept.map_err(|sentence| ApiError { kind: ErrorKind::NotSent, status: None, sentence, request_id: None })
}

fn heard(
    state: &mut State,
    desk: &mut Desk,
    driven: &mut Driven,
    call: CallId,
    source: SourceId,
    outcome: Result<Answer, ApiError>,
) {
    let intent = state.outbox.intents().iter().find(|intent| intent.is_under_way(call));
    if let (Some(intent), Err(error)) = (intent, &outcome) {
        driven.errors.insert(intent.id, error.clone());
    }
    let ways = writes::ways(state, source);
    let Some(settled) = state.outbox.on_outcome(call, outcome, clock::now(), ways) else { return };
    match &settled {
        Settled::Done { intent, .. } | Settled::DocumentDone { intent, .. } => {
            desk.journal.forget(intent.id, End::Done);
        }
        Settled::Refused { intent, error } if desk.mine == Some(intent.id) => {
            state.outbox.drop_intent(intent.id);
            desk.journal.forget(intent.id, End::Refused(error.to_string()));
        }
        // It stays with its text until the user decides.
        Settled::Refused { intent, .. } => desk.journal.keep(intent, Box::new(drop)),
        Settled::Waits { id, .. } | Settled::Unknown { id, .. } => {
            // Should this not be kept, the write stands there as sent and is looked for at the next start.
            if let Some(intent) = state.outbox.get(*id) {
                desk.journal.keep(intent, Box::new(drop));
            }
            return;
        }
    }
    driven.settled.push(settled);
}

/// From now to a later moment, a little more so that it has come for certain.
fn milliseconds(now: Timestamp, at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond() - now.as_millisecond()).unwrap_or(0) + 1
}
