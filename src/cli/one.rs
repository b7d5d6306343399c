//! One task by the id that the command line gives.
//!
//! Must not take a task for the one that was meant while a source that may have another of this id did not answer.

use super::{
    exit::{Exit, Failure},
    fetch::{no_source, source_named},
    meet::{self, Patience, odd_answer},
    wire::World,
};
use crate::{
    domain::task::Task,
    providers::{Answer, ApiError, Call, ErrorKind, Reply},
    runtime::clock,
};
use std::sync::Arc;
use tokio::task::JoinSet;

/// The task that an id of the command line names: `source/id`, or an id that only one source has.
pub(super) async fn task(world: &mut World, id: &str) -> Result<Task, Failure> {
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
        let call = Call::ReadTask { id: bare.into() };
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
            Ok(Answer { reply: Reply::Task(task), .. }) => found.push(*task),
            Ok(_) => failure = Some(Failure::of(name, &odd_answer())),
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
    match (found.len(), failure) {
        (1, None) => {}
        // A source that did not answer may have a task of this id too.
        (0 | 1, Some(mut failure)) => {
            if !is_alone {
                let sentence =
                    format!("Another source may have a task {bare}; say which with SOURCE/{bare}.");
                failure.sentences.push(sentence);
            }
            return Err(failure);
        }
        (0, None) => {
            return Err(Failure::new(Exit::NothingMatched, format!("No source has a task {id}.")));
        }
        _ => {
            found.sort_by_key(|task| task.key.source);
            let ids: Vec<String> = found.iter().map(|task| world.state.full_id(&task.key)).collect();
            let sentence = format!("Several sources have a task {id}; say which: {}.", ids.join(", "));
            return Err(Failure::usage(sentence));
        }
    }
    let Some(task) = found.pop() else { return Err(no_source()) };
    let (zone, now) = (world.state.zone.clone(), clock::now());
    world.state.now = now;
    world.state.store.upsert([task.clone()], &zone, now);
    Ok(task)
}
