//! One task or document by the id that the command line gives.
//!
//! Must not take one for the one that was meant while a source that may have another of this id did not answer.

use super::{
    exit::{Exit, Failure},
    fetch::{no_source, source_named},
    meet::{self, Patience, odd_answer},
    wire::World,
};
use crate::{
    domain::{
        document::{Document, Thing},
        task::{SourceId, Task},
    },
    providers::{Answer, ApiError, Call, DocumentCall, ErrorKind, Reply},
    runtime::clock,
};
use std::sync::Arc;
use tokio::task::JoinSet;

/// What is asked for by its id.
#[derive(Clone, Copy)]
enum Kind {
    Task,
    Document,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Task => "task",
            Kind::Document => "document",
        }
    }

    fn call(self, id: &str) -> Call {
        match self {
            Kind::Task => Call::ReadTask { id: id.into() },
            Kind::Document => Call::Document(DocumentCall::Read { id: id.into() }),
        }
    }

    fn pick(self, reply: Reply) -> Option<Thing> {
        match (self, reply) {
            (Kind::Task, Reply::Task(task)) => Some(Thing::Task(task)),
            (Kind::Document, Reply::Document(document)) => Some(Thing::Document(document)),
            _ => None,
        }
    }
}

/// The task that an id of the command line names: `source/id`, or an id that only one source has.
pub(super) async fn task(world: &mut World, id: &str) -> Result<Task, Failure> {
    let Thing::Task(task) = thing(world, Kind::Task, id).await? else { return Err(no_source()) };
    let (zone, now) = (world.state.zone.clone(), clock::now());
    world.state.now = now;
    world.state.store.upsert([(*task).clone()], &zone, now);
    Ok(*task)
}

/// The document that an id of the command line names, among the sources that keep documents.
pub(super) async fn document(world: &mut World, id: &str) -> Result<Document, Failure> {
    let Thing::Document(document) = thing(world, Kind::Document, id).await? else { return Err(no_source()) };
    Ok(*document)
}

async fn thing(world: &mut World, kind: Kind, id: &str) -> Result<Thing, Failure> {
    if world.links.is_empty() {
        return Err(no_source());
    }
    let (asked, bare) = match id.split_once('/') {
        Some((name, bare)) => (vec![source_named(world, name)?], bare),
        None => (world.state.source_ids(), id),
    };
    let is_alone = asked.len() == 1;
    let mut reads = JoinSet::new();
    for id in asked {
        let (Some(source), Some(link)) = (world.state.source(id), world.links.get(usize::from(id.0))) else {
            continue;
        };
        let mut patience = if is_alone { Patience::alone() } else { Patience::beside_others(source) };
        let (link, source) = (Arc::clone(link), source.clone());
        let call = kind.call(bare);
        reads.spawn(async move {
            let greeted = meet::greet(&link, &source, &mut patience).await;
            let (alive, outcome) = match greeted {
                Ok(alive) => (alive, patience.converse(&link, &call).await),
                Err(error) => (None, Err(error)),
            };
            (source, link, alive, outcome)
        });
    }
    let mut found = Vec::new();
    let mut failure: Option<Failure> = None;
    while let Some(joined) = reads.join_next().await {
        let Ok((source, link, alive, outcome)) = joined else { continue };
        if let Some(alive) = alive {
            meet::take(world, source.id, &alive);
        }
        let name = &source.name;
        match outcome {
            Ok(Answer { reply, .. }) => match kind.pick(reply) {
                Some(thing) => found.push((source.id, thing)),
                None => failure = Some(Failure::of(name, &odd_answer())),
            },
            Err(ApiError { kind: ErrorKind::NotFound, .. }) => {}
            // An id of one system may have no meaning in the others.
            Err(ApiError { kind: ErrorKind::Unsupported | ErrorKind::Refused(_), .. }) if !is_alone => {}
            // Nothing was sent: the id cannot be one of that system.
            Err(error) if error.kind == ErrorKind::Unsupported && error.status.is_none() => {
                failure = Some(Failure::usage(format!("{name}: {error}")));
            }
            Err(error) => failure = Some(meet::failure(&link, name, &error)),
        }
    }
    let word = kind.word();
    match (found.len(), failure) {
        (1, None) => {}
        // A source that did not answer may have one of this id too.
        (0 | 1, Some(mut failure)) => {
            if !is_alone {
                let sentence =
                    format!("Another source may have a {word} {bare}; say which with SOURCE/{bare}.");
                failure.sentences.push(sentence);
            }
            return Err(failure);
        }
        (0, None) => {
            return Err(Failure::new(Exit::NothingMatched, format!("No source has a {word} {id}.")));
        }
        _ => {
            found.sort_by_key(|(source, _)| *source);
            let name = |source: SourceId| world.state.source(source).map_or("?", |source| &source.name);
            let ids: Vec<String> =
                found.iter().map(|(source, thing)| format!("{}/{}", name(*source), thing.id())).collect();
            let sentence = format!("Several sources have a {word} {id}; say which: {}.", ids.join(", "));
            return Err(Failure::usage(sentence));
        }
    }
    found.pop().map(|(_, thing)| thing).ok_or_else(no_source)
}
