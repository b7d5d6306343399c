//! `rounds show` and `rounds next`: one task, every field that its system has.
//!
//! Must not leave a field out because it is unknown: such fields are shown raw.

use super::{
    exit::{Exit, Failure},
    fetch, history, json, list, names, one,
    output::Output,
    query,
    wire::World,
};
use crate::{
    app::form::Input,
    domain::{
        clean::Clean,
        people::PersonKind,
        task::{Note, SourceId, Task},
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
    /// Its earlier versions too, newest first, where the system keeps them.
    #[arg(long)]
    history: bool,
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
    let task = one::task(world, &args.id).await?;
    if !args.history {
        print(world, &task, args.json, output).await?;
        return Ok(Exit::Done);
    }
    let versions = history::read(world, &task).await?;
    if args.json {
        let mut object = json::task(&world.state, &task);
        if let Some(fields) = object.as_object_mut() {
            let list = versions.iter().map(|version| json::task(&world.state, version)).collect();
            fields.insert("history".to_owned(), list);
        }
        output.json(&object)?;
    } else {
        print(world, &task, false, output).await?;
        history::print(world, &versions, output)?;
    }
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
    names::learn(world, names::people_of(world, task)).await;
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
    for input in Input::ALL.iter().filter(|input| !matches!(input, Input::Patient | Input::Note)) {
        let mut text = input.print(task, &state.zone);
        if text.is_empty() {
            continue;
        }
        if let (Input::Status, Some(can)) = (input, state.can(task.key.source)) {
            can.status_text(&task.status).clone_into(&mut text);
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
    lines.extend(task.notes.iter().map(|note| ("Note".to_owned(), note_line(world, task.key.source, note))));
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

/// A remark behind its author and time, as far as the system says.
fn note_line(world: &World, source: SourceId, note: &Note) -> String {
    let author = note.author.as_ref().map(|author| {
        let known = name(world, source, author.id());
        known.unwrap_or_else(|| author.display().unwrap_or(author.id()).to_owned())
    });
    let time = note.time.as_ref().map(|time| time.display(&world.state.zone));
    let head: Vec<String> = author.into_iter().chain(time).collect();
    if head.is_empty() { note.text.to_string() } else { format!("{}: {}", head.join(", "), note.text) }
}

/// The name of somebody who works there, or of a list that owns tasks.
fn name(world: &World, source: SourceId, id: &str) -> Option<String> {
    let owners = world.state.can(source).map_or(PersonKind::Practitioner, |can| can.owners);
    let kinds = [owners, PersonKind::Practitioner];
    let person = kinds.iter().find_map(|kind| world.state.people.get(source, *kind, id))?;
    Some(person.name())
}
