//! What was said of a field on the command line, understood as its system means it: an office's own priorities and
//! statuses, owners by name.
//!
//! Must not send anything, nor take half of what was said.

use super::{
    exit::{Exit, Failure},
    whom,
    wire::World,
};
use crate::{
    app::form::Input,
    domain::task::{SourceId, Task},
    runtime::clock,
};

/// Sets a part of a task from what was typed; what is wrong with it is added to `problems`, a line with its field each.
pub(super) async fn set(
    world: &mut World,
    source: SourceId,
    (input, typed): (Input, &str),
    task: &mut Task,
    problems: &mut Vec<String>,
) -> Result<(), Failure> {
    match understand(world, source, (input, typed), task).await {
        Err(Failure { exit: Exit::Usage, sentences }) => {
            problems.extend(sentences.iter().map(|sentence| format!("{}: {sentence}", input.path())));
            Ok(())
        }
        other => other,
    }
}

async fn understand(
    world: &mut World,
    source: SourceId,
    (input, typed): (Input, &str),
    task: &mut Task,
) -> Result<(), Failure> {
    let word = typed.trim();
    let can = world.state.can(source).filter(|_| !word.is_empty());
    match (input, can) {
        (Input::Owner, Some(_)) => task.owner = whom::owner(world, source, word).await?,
        (Input::Priority, Some(can)) => {
            task.priority = Some(can.priority_named(word).map_err(Failure::usage)?);
        }
        (Input::Status, Some(can)) => task.status = can.status_named(word),
        (Input::Requester, _) if word == "me" => {
            let me = whom::my_id(world, source)?;
            read(world, input, &me, task)?;
        }
        _ => read(world, input, typed, task)?,
    }
    Ok(())
}

fn read(world: &World, input: Input, typed: &str, task: &mut Task) -> Result<(), Failure> {
    input.read(typed, task, clock::now(), &world.state.zone).map_err(Failure::usage)
}
