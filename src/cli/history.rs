//! The earlier versions of a task, and what each changed.
//!
//! Must not invent a version: what the system does not keep is said.

use super::{
    exit::{Exit, Failure},
    meet::{Patience, odd_answer},
    output::Output,
    wire::World,
};
use crate::{
    app::{form::words_in, sync::look::author_of},
    domain::{
        can::Capability,
        clean::Clean,
        task::{Field, Task},
    },
    providers::{Call, Reply},
};
use std::sync::Arc;

/// The versions that a task has had, newest first.
pub(super) async fn read(world: &World, task: &Task) -> Result<Vec<Task>, Failure> {
    let source = task.key.source;
    let refused = world.state.may(source, Capability::History);
    refused.map_err(|reason| Failure::new(Exit::Refused, reason))?;
    let name = world.state.source(source).map_or("", |source| source.name.as_str());
    let link = world.links.get(usize::from(source.0)).map(Arc::clone).ok_or_else(super::fetch::no_source)?;
    let call = Call::ReadHistory { id: task.key.id.clone() };
    match Patience::alone().converse(&link, &call).await.map(|answer| answer.reply) {
        Ok(Reply::History(versions)) => Ok(versions),
        Ok(_) => Err(Failure::of(name, &odd_answer())),
        Err(error) => Err(Failure::of(name, &error)),
    }
}

/// Prints the versions, each with what it changed in the one before.
pub(super) fn print(world: &World, versions: &[Task], output: &mut Output) -> Result<(), Failure> {
    output.own_text("\nHistory\n")?;
    for (index, version) in versions.iter().enumerate() {
        let when = version.last_modified.as_ref().map(|time| time.display(&world.state.zone));
        let mark = version.version.as_deref().map(|mark| format!("version {mark}"));
        let author = author_of(version);
        let by = author.map(|who| format!("by {}", world.state.practitioner_name(version.key.source, &who)));
        let head: Vec<String> = when.into_iter().chain(mark).chain(by).collect();
        let head = if head.is_empty() { "(no time)".to_owned() } else { head.join(", ") };
        let what = versions
            .get(index + 1)
            .map_or_else(|| "the first that is known".to_owned(), |older| changes(world, older, version));
        output.line(&Clean::format(format_args!("  {head}: {what}")))?;
    }
    Ok(())
}

fn changes(world: &World, older: &Task, newer: &Task) -> String {
    let (can, zone) = (world.state.can(newer.key.source), &world.state.zone);
    let words = |task: &Task, field: Field| words_in(task, field, can, zone);
    let fields = Field::ALL.into_iter().filter(|field| !older.same(newer, *field));
    let told: Vec<String> = fields
        .map(|field| format!("{} was {}, then {}", field.name(), words(older, field), words(newer, field)))
        .collect();
    if told.is_empty() { "nothing that is shown here".to_owned() } else { told.join("; ") }
}
