//! `rounds show` and `rounds next`: one task, every field that its system has.
//!
//! Must not leave a field out because it is unknown: such fields are shown raw.

use super::{
    exit::{Exit, Failure},
    fetch, json, list,
    output::Output,
    query,
    wire::World,
};
use crate::{
    app::form::Input,
    domain::{
        clean::Clean,
        people::PersonKind,
        task::{SourceId, Task},
    },
};
use clap::Args;
use serde_json::{Map, Value};

/// The cells before a value.
const LABEL_WIDTH: usize = 16;

/// The flags of `rounds show`.
#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    /// The task: `source/id`, or an id that only one source has.
    id: String,
    /// An object.
    #[arg(long)]
    json: bool,
}

/// The flags of `rounds next`.
#[derive(Args, Debug)]
pub(super) struct NextArgs {
    /// A filter such as `owner:me,none`; only open tasks are looked at.
    query: Vec<String>,
    /// An object.
    #[arg(long)]
    json: bool,
}

/// Shows one task.
pub(super) async fn run(args: &ShowArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let task = fetch::task(world, &args.id).await?;
    print(world, &task, args.json, output).await?;
    Ok(Exit::Done)
}

/// Shows the single most urgent task.
pub(super) async fn next(args: &NextArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let query = query::open_only(query::read(&args.query)?);
    let listing = fetch::list(world, &query).await?;
    if let Some(task) = list::tasks(world, &listing.rows).first() {
        print(world, task, args.json, output).await?;
    }
    Ok(listing.exit(world))
}

/// Prints a task as an object, or as lines with the names of its people.
pub(super) async fn print(
    world: &mut World,
    task: &Task,
    as_json: bool,
    output: &mut Output,
) -> Result<(), Failure> {
    if as_json {
        return output.json(&json::task(&world.state, task));
    }
    fetch::learn(world, fetch::people_of(task)).await;
    for (label, text) in lines(world, task) {
        let mut label = Clean::line(&label);
        for line in Clean::lines(&text) {
            let head = label.pad(LABEL_WIDTH.max(label.width()));
            output.line(&Clean::format(format_args!("{head} {line}")))?;
            label = Clean::EMPTY;
        }
    }
    Ok(())
}

fn lines(world: &World, task: &Task) -> Vec<(String, String)> {
    let state = &world.state;
    let mut lines = vec![("Id".to_owned(), state.full_id(&task.key))];
    lines.push(("Patient".to_owned(), state.patient_line(task)));
    for input in Input::ALL.iter().filter(|input| **input != Input::Patient) {
        let mut text = input.print(task, &state.zone);
        if text.is_empty() {
            continue;
        }
        let reference = match input {
            Input::Owner => task.owner.as_ref(),
            Input::Requester => task.requester.as_ref(),
            _ => None,
        };
        if let Some(name) = reference.and_then(|reference| name(world, task.key.source, reference.id())) {
            text = format!("{name} ({text})");
        }
        lines.push((input.label().to_owned(), text));
    }
    if let Some((due, from)) = task.due() {
        lines.push(("Due by".to_owned(), format!("{}, from {}", due.display(&state.zone), from.label())));
    }
    let rest = [("List", task.list.as_deref()), ("Version", task.version.as_deref())];
    lines.extend(rest.into_iter().filter_map(|(label, text)| Some((label.to_owned(), text?.to_owned()))));
    lines.extend(task.last_modified.as_ref().map(|time| ("Changed".to_owned(), time.display(&state.zone))));
    let extra = task.extra.as_deref().and_then(|text| serde_json::from_str::<Map<String, Value>>(text).ok());
    for (name, value) in extra.into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.push((name, text));
    }
    lines.extend(task.defects.iter().map(|defect| ("Odd".to_owned(), defect.to_string())));
    lines
}

fn name(world: &World, source: SourceId, id: &str) -> Option<String> {
    let person = world.state.people.get(source, PersonKind::Practitioner, id)?;
    Some(person.name())
}
