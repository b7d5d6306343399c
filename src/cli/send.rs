//! Sending a write from the command line: the outbox's own machine, driven until it settles or takes too long.
//!
//! Must not send a create again by itself, nor say that something was done before the source showed it.

use super::{
    exit::{Exit, Failure},
    meet::{PATIENCE_S, odd_answer},
    wire::World,
};
use crate::{
    app::{
        State,
        form::words,
        outbox::{Intent, IntentState, Outbox, Settled, Wish},
    },
    domain::{
        document::Thing,
        task::{Field, FieldSet, SourceId, Task},
        time::Timestamp,
    },
    providers::{ApiError, ErrorKind},
    runtime::clock,
};
use std::{sync::Arc, time::Duration};

/// What the source holds after a write, and which of the sent fields it did not take.
#[derive(Debug)]
pub(super) struct Held {
    /// The task as the source gave it.
    pub(super) task: Task,
    /// What did not stick.
    pub(super) differs: FieldSet,
}

/// Sends a write that the user has confirmed by running the command.
pub(super) async fn send(
    world: &mut World,
    source: SourceId,
    wish: Wish,
    line: &str,
) -> Result<Held, Failure> {
    let Some(link) = world.links.get(usize::from(source.0)).map(Arc::clone) else {
        return Err(super::fetch::no_source());
    };
    let state = &mut world.state;
    let name = state.source(source).map_or_else(String::new, |source| source.name.clone());
    let lag_s = state.can(source).map_or(0, |can| can.pace.search_lag_s);
    let id = state.next_intent();
    let mut outbox = Outbox::default();
    outbox.confirm(Intent {
        id,
        source,
        wish,
        idempotency_key: state.ids.idempotency_key(),
        line: line.to_owned(),
        typed: String::new(),
        confirmed_at: clock::now(),
        state: IntentState::Saving,
    });
    // A single command keeps nothing beyond its own end: the sentence on stderr is what remains.
    outbox.on_stored(id);
    let mut waited_ms = 0;
    let mut last_error = None;
    loop {
        let now = clock::now();
        let calls = outbox.pump(now, &|_| true, &mut || state.next_call());
        if let Some((call_id, _, call)) = calls.into_iter().next() {
            let outcome = link.converse(&call).await;
            if let Err(error) = &outcome {
                last_error = Some(error.clone());
            }
            match outbox.on_outcome(call_id, outcome, clock::now(), lag_s) {
                Some(Settled::Done { task: Some(task), differs, .. }) => {
                    return Ok(Held { task: *task, differs });
                }
                Some(Settled::Done { .. } | Settled::DocumentDone { .. }) => {
                    return Err(Failure::of(&name, &odd_answer()));
                }
                Some(Settled::Refused { intent, error }) => {
                    return Err(refused(state, &name, &intent, &error));
                }
                Some(Settled::Waits { id, .. })
                    if last_error.as_ref().is_some_and(|error| error.kind == ErrorKind::Credential) =>
                {
                    let refusal = outbox.get(id).zip(last_error.as_ref());
                    return Err(refusal.map_or_else(
                        || Failure::of(&name, &odd_answer()),
                        |(intent, error)| refused(state, &name, intent, error),
                    ));
                }
                Some(Settled::Waits { sentence, .. })
                    if last_error.as_ref().is_some_and(|error| error.kind == ErrorKind::NotSent) =>
                {
                    let sentence = format!("{name}: Not sent: {line} ({sentence})");
                    return Err(Failure::new(Exit::Offline, sentence));
                }
                _ => {}
            }
            continue;
        }
        let wait_ms = outbox.next_wake(now).map(|at| milliseconds(now, at));
        match wait_ms {
            Some(wait_ms) if waited_ms + wait_ms <= PATIENCE_S * 1_000 => {
                waited_ms += wait_ms;
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            }
            _ => return Err(given_up(&name, outbox.get(id), last_error.as_ref())),
        }
    }
}

/// From now to a later moment, a little more so that it has come for certain.
fn milliseconds(now: Timestamp, at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond() - now.as_millisecond()).unwrap_or(0) + 1
}

/// A write that did not settle while the command waited.
fn given_up(name: &str, intent: Option<&Intent>, last_error: Option<&ApiError>) -> Failure {
    let exit = match last_error.map(|error| &error.kind) {
        Some(ErrorKind::NotItsApi) => Exit::NotItsApi,
        _ => Exit::Offline,
    };
    let Some(intent) = intent else { return Failure::new(exit, format!("{name}: The write was lost.")) };
    let line = &intent.line;
    let sentence = match &intent.state {
        IntentState::Waiting { why, .. } => {
            format!("{name}: Not done: {line} ({})", why.as_deref().unwrap_or("it waits for its turn"))
        }
        IntentState::Unknown { sentence, found } if found.is_empty() => format!(
            "{name}: Nobody knows whether this was done: {line} ({sentence}) Nothing like it was found; \
             look again before you repeat it."
        ),
        IntentState::Unknown { sentence, .. } if intent.key().is_some() => format!(
            "{name}: Nobody knows whether this was done: {line} ({sentence}) The task does not show it now; look \
             again before you repeat it."
        ),
        IntentState::Unknown { sentence, found } => {
            let ids: Vec<String> = found.iter().map(|thing| format!("{name}/{}", thing.id())).collect();
            format!(
                "{name}: Nobody knows whether this was done: {line} ({sentence}) This was found and may be it: {}.",
                ids.join(", ")
            )
        }
        IntentState::ToLook { sentence, .. } | IntentState::Looking(_, sentence) => format!(
            "{name}: Nobody knows whether this was done: {line} ({sentence}) Look before you repeat it."
        ),
        _ => format!("{name}: Not done: {line}"),
    };
    Failure::new(exit, sentence)
}

fn refused(state: &State, name: &str, intent: &Intent, error: &ApiError) -> Failure {
    let (ErrorKind::Conflict(Some(Thing::Task(current))), Wish::Update { base, .. }) =
        (&error.kind, &intent.wish)
    else {
        let mut failure = Failure::of(name, error);
        if let Some(first) = failure.sentences.first_mut() {
            *first = format!("Not done: {} · {first}", intent.line);
        }
        return failure;
    };
    let changes = Field::ALL.into_iter().filter(|field| !base.same(current, *field)).map(|field| {
        let owner = current.owner.as_ref().filter(|_| field == Field::Owner);
        let now = owner
            .map_or_else(|| words(current, field), |owner| state.practitioner_name(intent.source, owner));
        format!("{} was {}, now {now}", field.name(), words(base, field))
    });
    let changes = changes.collect::<Vec<_>>().join("; ");
    Failure::new(
        Exit::Conflict,
        format!("{name}: Not done: {} · Somebody changed it meanwhile: {changes}.", intent.line),
    )
}
