//! Meeting a source before it is asked: what it says of itself corrects what is known of it.
//!
//! Must not meet a source twice in one command, nor ask one that can be spoken to without.

use super::{
    exit::{Exit, Failure},
    output::complain,
    wire::World,
};
use crate::{
    app::source::Source,
    domain::{can::Capability, task::SourceId},
    providers::{Alive, Answer, ApiError, Call, ErrorKind, Reply},
    runtime::link::Link,
};
use std::{future::Future, sync::Arc, time::Duration};

/// The longest pause that a source may ask for and get, in seconds; beyond it the command gives up.
pub(super) const PATIENCE_S: u64 = 20;
/// Pauses granted in one sweep.
const MOST_PAUSES: u32 = 3;
/// Requests that one question may cost where each waits for the one before.
const SLOW_STEPS: u64 = 10;

/// How long a source is listened to where others wait for the end of the command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pauses: u32,
    silence: Option<Duration>,
}

impl Patience {
    /// For a source that is asked alone: as long as the line itself waits.
    pub(super) fn alone() -> Patience {
        Patience { pauses: 0, silence: None }
    }

    /// For a source that is asked beside others: a silent one is given up, so that the others can be shown.
    pub(super) fn beside_others(source: &Source) -> Patience {
        let slow = Duration::from_millis(u64::from(source.can.pace.gap_ms)).saturating_mul(SLOW_STEPS as u32);
        Patience { pauses: 0, silence: Some(Duration::from_secs(PATIENCE_S) + slow) }
    }

    /// Holds a conversation that reads; a short pause that the source asks for is granted a few times.
    pub(super) async fn converse(&mut self, link: &Link, call: &Call) -> Result<Answer, ApiError> {
        loop {
            match self.listen(link.converse(call)).await {
                Err(ApiError { kind: ErrorKind::Paused { after_s }, .. })
                    if after_s <= PATIENCE_S && self.pauses < MOST_PAUSES =>
                {
                    self.pauses += 1;
                    tokio::time::sleep(Duration::from_secs(after_s.max(1))).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn listen(
        &self,
        conversation: impl Future<Output = Result<Answer, ApiError>>,
    ) -> Result<Answer, ApiError> {
        let Some(silence) = self.silence else { return conversation.await };
        tokio::time::timeout(silence, conversation).await.unwrap_or_else(|_| {
            Err(ApiError {
                kind: ErrorKind::Unknown,
                status: None,
                sentence: format!("No answer came within {} s.", silence.as_secs()),
                request_id: None,
            })
        })
    }
}

/// Asks a source what it is, where it has to be asked before its rows can be read and has not been yet.
pub(super) async fn greet(
    link: &Link,
    source: &Source,
    patience: &mut Patience,
) -> Result<Option<Box<Alive>>, ApiError> {
    if !source.can.probe_first || source.about.is_some() {
        return Ok(None);
    }
    match patience.converse(link, &Call::Probe).await?.reply {
        Reply::Alive(alive) => Ok(Some(alive)),
        _ => Err(odd_answer()),
    }
}

/// Takes what a source said of itself.
pub(super) fn take(world: &mut World, source: SourceId, alive: &Alive) {
    if let Some(known) = world.state.source_mut(source) {
        known.about = Some(alive.about.clone());
        known.can = alive.can.clone();
        known.me = alive.me.clone().or(known.me.take());
    }
}

/// Says what the users of a source should know before they trust what it shows.
pub(super) fn warn(world: &World, source: SourceId) {
    if let Some(known) = world.state.source(source)
        && let Some(caution) = &known.can.caution
    {
        complain(&format!("{}: {caution}", known.name));
    }
}

/// Meets one source.
pub(super) async fn meet(world: &mut World, source: SourceId) -> Result<(), Failure> {
    let (Some(known), Some(link)) = (world.state.source(source), world.links.get(usize::from(source.0)))
    else {
        return Err(super::fetch::no_source());
    };
    let link = Arc::clone(link);
    let greeted = greet(&link, known, &mut Patience::alone()).await;
    let alive = greeted.map_err(|error| failure(&link, &known.name, &error))?;
    if let Some(alive) = alive {
        take(world, source, &alive);
        warn(world, source);
    }
    Ok(())
}

/// Meets one source that is about to be written to, and stops where it does not let us.
pub(super) async fn meet_to_write(
    world: &mut World,
    source: SourceId,
    capability: Capability,
) -> Result<(), Failure> {
    // What is refused without asking needs no request.
    let may = |world: &World| {
        let refused = world.state.may(source, capability);
        refused.map_err(|reason| Failure::new(Exit::Refused, format!("Not done: {reason}")))
    };
    may(world)?;
    meet(world, source).await?;
    may(world)
}

/// The exit code of what a line gave: a file or certificate of this side that is missing or bad is a matter of the
/// configuration, not of the network.
pub(super) fn exit_of(link: &Link, error: &ApiError) -> Exit {
    let is_ours = |link: &Link| link.origin().is_none_or(|origin| origin.check().is_err());
    if error.kind == ErrorKind::NotSent && is_ours(link) { Exit::Usage } else { Exit::of(error) }
}

/// What is said of an error that the line to a source gave.
pub(super) fn failure(link: &Link, name: &str, error: &ApiError) -> Failure {
    Failure { exit: exit_of(link, error), ..Failure::of(name, error) }
}

/// The error of a source that answered something else than was asked.
pub(super) fn odd_answer() -> ApiError {
    ApiError {
        kind: ErrorKind::NotItsApi,
        status: None,
        sentence: "The source answered something else than was asked.".to_owned(),
        request_id: None,
    }
}
