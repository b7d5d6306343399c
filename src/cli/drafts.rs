//! `rounds drafts`: text that somebody has begun and not sent.
//!
//! Must not send a draft, nor throw away one that was not named.

use super::{
    exit::{Exit, Failure},
    flags::Flags,
    grid, json, kept, named,
    output::Output,
    world_as_it_is,
};
use crate::{
    domain::{
        clean::Clean,
        time::{DateTime, age_text},
    },
    runtime::{
        clock,
        store::{Change, Draft},
    },
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

/// The commands of `rounds drafts`.
#[derive(Subcommand, Debug)]
pub(super) enum DraftsCommand {
    /// List the drafts, the oldest first.
    Ls(ListArgs),
    /// Print a draft with its text.
    Show(ShowArgs),
    /// Throw drafts away.
    Drop(DropArgs),
}

/// The flags of `rounds drafts ls`.
#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// An array of objects.
    #[arg(long)]
    json: bool,
}

/// The arguments of `rounds drafts show`.
#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    /// Its number, or the beginning of it.
    id: String,
    /// An object.
    #[arg(long)]
    json: bool,
}

/// The arguments of `rounds drafts drop`.
#[derive(Args, Debug)]
pub(super) struct DropArgs {
    /// Their numbers, or the beginnings of them.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// An array of objects.
    #[arg(long)]
    json: bool,
}

/// Does a command of `rounds drafts`.
pub(super) async fn run(
    command: &DraftsCommand,
    flags: &Flags,
    output: &mut Output,
) -> Result<Exit, Failure> {
    match command {
        DraftsCommand::Ls(args) => list(args, flags, output).await,
        DraftsCommand::Show(args) => show(args, flags, output).await,
        DraftsCommand::Drop(args) => throw_away(args, flags, output).await,
    }
}

async fn drafts(flags: &Flags) -> Result<Vec<Draft>, Failure> {
    let world = world_as_it_is(flags)?;
    let Some(shelves) = kept::read(&world.store, &world.vault).await? else { return Ok(Vec::new()) };
    let kept = shelves.keeper.load().await.map_err(|trouble| Failure::usage(trouble.sentence))?;
    Ok(kept.drafts)
}

async fn list(args: &ListArgs, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let drafts = drafts(flags).await?;
    if args.json {
        output.json(&drafts.iter().map(|draft| object(draft, false)).collect())?;
    } else if !drafts.is_empty() {
        let ids: Vec<Uuid> = drafts.iter().map(|draft| draft.id).collect();
        let now = clock::now();
        let row = |draft: &Draft| {
            let source = if draft.source.is_empty() { "-" } else { &draft.source };
            let age = age_text(draft.changed_at, now);
            [&named::shortest(&draft.id, &ids), source, &draft.kind, &age, &draft.title]
                .map(Clean::line)
                .into()
        };
        let heads = ["ID", "SOURCE", "KIND", "CHANGED", "TITLE"].map(Clean::line).into();
        grid::print(std::iter::once(heads).chain(drafts.iter().map(row)), output)?;
    }
    Ok(if drafts.is_empty() { Exit::NothingMatched } else { Exit::Done })
}

async fn show(args: &ShowArgs, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let drafts = drafts(flags).await?;
    let draft = named::one(&drafts, |draft| draft.id, &args.id, "draft")?;
    if args.json {
        output.json(&object(draft, true))?;
        return Ok(Exit::Done);
    }
    output.line(&Clean::format(format_args!("{} · {} · {}", draft.id, draft.kind, draft.title)))?;
    output.own_text("\n")?;
    Clean::lines(&draft.body.text()).iter().try_for_each(|line| output.line(line))?;
    Ok(Exit::Done)
}

async fn throw_away(args: &DropArgs, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let world = world_as_it_is(flags)?;
    let keeper = kept::write(&world.store, &world.vault).await?;
    let kept = keeper.load().await.map_err(|trouble| Failure::usage(trouble.sentence))?;
    let find = |typed: &String| named::one(&kept.drafts, |draft| draft.id, typed, "draft");
    // All of them are found before the first one goes.
    let named: Vec<&Draft> = args.ids.iter().map(find).collect::<Result<_, _>>()?;
    let changes = named.iter().map(|draft| Change::DropDraft(draft.id)).collect();
    keeper.keep(changes).await.map_err(|trouble| Failure::usage(trouble.sentence))?;
    if args.json {
        output.json(&named.iter().map(|draft| object(draft, true)).collect())?;
    } else {
        for draft in named {
            output.line(&Clean::format(format_args!("Thrown away: {} · {}", draft.id, draft.title)))?;
        }
    }
    Ok(Exit::Done)
}

fn object(draft: &Draft, with_body: bool) -> Value {
    let time = |at| DateTime::from_instant(at).raw().to_owned();
    let mut object = json::object();
    let fields = [
        ("id", json!(draft.id.to_string())),
        ("kind", json!(draft.kind)),
        ("source", json!((!draft.source.is_empty()).then_some(&draft.source))),
        ("title", json!(draft.title)),
        ("madeAt", json!(time(draft.made_at))),
        ("changedAt", json!(time(draft.changed_at))),
    ];
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    if with_body {
        object.insert("body".to_owned(), json!(draft.body.text()));
    }
    Value::Object(object)
}
