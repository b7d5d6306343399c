//! `rounds outbox`: writes that are not settled, listed with where they stand, and taken back.
//!
//! Must not take back a write that was not named, nor show one without its patient.

use super::{
    drive,
    exit::{Exit, Failure},
    flags::Flags,
    grid, json,
    kept::{self, Shelves},
    named,
    output::{Output, complain},
    retry, send,
    wire::World,
    world_as_it_is,
};
use crate::{
    app::{
        State,
        kept::write_id,
        outbox::{IntentState, Wish, restore::Record},
        source::origin,
    },
    domain::{
        clean::Clean,
        time::{DateTime, Timestamp, age_text},
    },
    runtime::{
        clock,
        store::{Change, Deed, DeedKind},
    },
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

/// The commands of `rounds outbox`.
#[derive(Subcommand, Debug)]
pub(super) enum OutboxCommand {
    /// List the writes that are not settled, the oldest first.
    Ls(ListArgs),
    /// Send now what waits, and look for what became of writes of unknown outcome.
    Retry(retry::RetryArgs),
    /// Take writes back: they are not sent, or not sent again.
    Drop(DropArgs),
}

/// The flags of `rounds outbox ls`.
#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// An array of objects.
    #[arg(long)]
    json: bool,
}

/// The arguments of `rounds outbox drop`.
#[derive(Args, Debug)]
pub(super) struct DropArgs {
    /// Their numbers, or the beginnings of them.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// An array of objects.
    #[arg(long)]
    json: bool,
}

/// Does a command of `rounds outbox`.
pub(super) async fn run(
    command: &OutboxCommand,
    flags: &Flags,
    output: &mut Output,
) -> Result<Exit, Failure> {
    match command {
        OutboxCommand::Ls(args) => list(args, flags, output).await,
        OutboxCommand::Retry(args) => retry::run(args, flags, output).await,
        OutboxCommand::Drop(args) => take_back(args, flags, output).await,
    }
}

/// Whether the source of a write is where it was when the write was confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// It is.
    Here,
    /// This profile has no source of that name.
    Elsewhere,
    /// The source of that name is asked at this origin now.
    Moved(String),
}

impl Home {
    /// Where the source of a write is now.
    pub(super) fn of(state: &State, record: &Record) -> Home {
        let Some(source) = state.sources.iter().find(|source| source.name == record.source) else {
            return Home::Elsewhere;
        };
        let now = origin(&source.url);
        if record.origin.as_ref().is_none_or(|before| *before == now) { Home::Here } else { Home::Moved(now) }
    }
}

async fn list(args: &ListArgs, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let world = world_as_it_is(flags)?;
    let Some(Shelves { keeper, holder }) = kept::read(&world.store, &world.vault).await? else {
        if args.json {
            output.json(&json!([]))?;
        }
        return Ok(Exit::NothingMatched);
    };
    let kept = keeper.load().await.map_err(|trouble| Failure::usage(trouble.sentence))?;
    let records = &kept.writes;
    let standing = |(index, record): (usize, &Record)| {
        let older = records.iter().take(index).rev().find(|older| goes_before(older, record));
        let words = Standing { home: Home::of(&world.state, record), older: older.map(write_id) };
        (words.words(record, holder.is_some(), &world.state), words)
    };
    if args.json {
        let row = |(index, record)| {
            let (words, standing) = standing((index, record));
            object(record, &standing, &words)
        };
        output.json(&records.iter().enumerate().map(row).collect())?;
    } else {
        let words: Vec<String> = records.iter().enumerate().map(|at| standing(at).0).collect();
        print(records, &words, output)?;
    }
    if kept.not_understood > 0 {
        complain(&format!("{} things that another version kept are not shown.", kept.not_understood));
    }
    Ok(if records.is_empty() { Exit::NothingMatched } else { Exit::Done })
}

/// Whether a kept write must settle before a younger one of the same source.
fn goes_before(older: &Record, newer: &Record) -> bool {
    older.source == newer.source && send::goes_before(&older.intent, &newer.intent)
}

/// A write as it stands among the others.
struct Standing {
    home: Home,
    /// The write of the same thing that goes before it.
    older: Option<Uuid>,
}

impl Standing {
    /// Where a write stands, in words.
    fn words(&self, record: &Record, is_running: bool, state: &State) -> String {
        let stands = match &record.intent.state {
            IntentState::Saving | IntentState::Held { .. } | IntentState::Waiting { why: None, .. } => {
                "waits to be sent".to_owned()
            }
            IntentState::Waiting { why: Some(why), not_before } => match not_before {
                Some(until) if drive::is_long(*until, clock::now()) => {
                    format!("waits until {}: {why}", DateTime::from_instant(*until).display(&state.zone))
                }
                _ => format!("waits: {why}"),
            },
            IntentState::Sending(_) if is_running => "is being sent".to_owned(),
            IntentState::Sending(_) => {
                "outcome unknown: the program ended while it was sent; it is looked for first".to_owned()
            }
            IntentState::ToLook { sentence, .. } | IntentState::Looking(_, sentence) => {
                format!("outcome unknown: {sentence} It is looked for first")
            }
            IntentState::Unknown { sentence, .. } => match found(record).join(", ") {
                none if none.is_empty() => format!("outcome unknown: {sentence} Nothing like it was found"),
                found if record.intent.wish.creates() => {
                    format!("outcome unknown: {sentence} This may be it: {found}")
                }
                found => format!("outcome unknown: {sentence} {found} does not show it"),
            },
            IntentState::Refused { error } => format!("refused: {error}"),
        };
        let home = match &self.home {
            Home::Here => String::new(),
            Home::Elsewhere => format!(" · this profile has no source {}", record.source),
            Home::Moved(now) => format!(
                " · confirmed for {}, {} is at {now} now: not sent by itself",
                record.origin.as_deref().unwrap_or_default(),
                record.source
            ),
        };
        let behind =
            self.older.map_or_else(String::new, |older| format!(" · behind {}", send::short(&older)));
        format!("{stands}{home}{behind}")
    }
}

/// What a look at the source found that may be the write, as the command line names it.
fn found(record: &Record) -> Vec<String> {
    let IntentState::Unknown { found, .. } = &record.intent.state else { return Vec::new() };
    found.iter().map(|thing| format!("{}/{}", record.source, thing.id())).collect()
}

/// Two lines for each write: where it stands, and beneath it the whole line that was confirmed.
fn print(records: &[Record], words: &[String], output: &mut Output) -> Result<(), Failure> {
    let ids: Vec<Uuid> = records.iter().map(write_id).collect();
    let now = clock::now();
    let row = |((record, id), words): ((&Record, &Uuid), &String)| -> Vec<Clean> {
        let age = age_text(record.intent.confirmed_at, now);
        [&named::shortest(id, &ids), &record.source, &age, words].map(|cell| Clean::line(cell)).into()
    };
    let rows: Vec<Vec<Clean>> = records.iter().zip(&ids).zip(words).map(row).collect();
    let widths = grid::widths(&rows);
    let indent = widths.first().map_or(0, |width| width + 2);
    for (row, record) in rows.iter().zip(records) {
        // Nothing is cut: patient and reason stand at the ends of their lines.
        output.line(&grid::line(row, &widths, None))?;
        output.line(&Clean::format(format_args!("{:indent$}{}", "", record.intent.line)))?;
    }
    Ok(())
}

/// The word for what a write does.
fn kind(wish: &Wish) -> &'static str {
    match wish {
        Wish::Create(_) => "create-task",
        Wish::Update { .. } => "update-task",
        Wish::Delete { .. } => "delete-task",
        Wish::CreateDocument(_) => "create-document",
        Wish::UpdateDocument { .. } => "update-document",
        Wish::DeleteDocument { .. } => "delete-document",
    }
}

fn object(record: &Record, standing: &Standing, words: &str) -> Value {
    let intent = &record.intent;
    let time = |at: Timestamp| DateTime::from_instant(at).raw().to_owned();
    let (state, why, until) = match &intent.state {
        IntentState::Saving | IntentState::Held { .. } => ("waiting", None, None),
        IntentState::Waiting { not_before, why } => ("waiting", why.clone(), not_before.map(time)),
        IntentState::Sending(_) => ("sending", None, None),
        IntentState::ToLook { sentence, .. } | IntentState::Looking(_, sentence) => {
            ("looking", Some(sentence.clone()), None)
        }
        IntentState::Unknown { sentence, .. } => ("unknown", Some(sentence.clone()), None),
        IntentState::Refused { error } => ("refused", Some(error.to_string()), None),
    };
    let mut object = json::object();
    let fields = [
        ("id", json!(write_id(record).to_string())),
        ("source", json!(record.source)),
        ("origin", json!(record.origin)),
        ("kind", json!(kind(&intent.wish))),
        ("task", json!(intent.key().map(|key| key.id.clone()))),
        ("line", json!(intent.line)),
        ("typed", json!(intent.typed)),
        ("confirmedAt", json!(time(intent.confirmed_at))),
        ("state", json!(state)),
        ("why", json!(why)),
        ("notBefore", json!(until)),
        ("found", json!(found(record))),
        ("behind", json!(standing.older.map(|older| older.to_string()))),
        ("home", json!(standing.home == Home::Here)),
        ("words", json!(words)),
    ];
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(object)
}

async fn take_back(args: &DropArgs, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let World { store, vault, .. } = world_as_it_is(flags)?;
    let keeper = kept::write(&store, &vault).await?;
    let kept = keeper.load().await.map_err(|trouble| Failure::usage(trouble.sentence))?;
    let find = |typed: &String| named::one(&kept.writes, write_id, typed, "unsent write");
    // All of them are found before the first one goes.
    let records: Vec<&Record> = args.ids.iter().map(find).collect::<Result<_, _>>()?;
    let now = clock::now();
    let changes = records.iter().flat_map(|record| {
        let deed = Deed {
            at: now,
            kind: DeedKind::Dropped,
            write: Some(write_id(record)),
            source: record.source.clone(),
            task: record.intent.key().map(|key| key.id.to_string()),
            line: record.intent.line.clone(),
            answer: None,
        };
        [Change::DropWrite(write_id(record)), Change::Note(deed)]
    });
    keeper.keep(changes.collect()).await.map_err(|trouble| Failure::usage(trouble.sentence))?;
    let mut results = Vec::new();
    for record in records {
        let mut object = json::object();
        object.insert("id".to_owned(), write_id(record).to_string().into());
        object.insert("source".to_owned(), record.source.clone().into());
        object.insert("line".to_owned(), record.intent.line.clone().into());
        object.insert("result".to_owned(), "dropped".into());
        results.push(Value::Object(object));
        if !args.json {
            output.line(&Clean::format(format_args!("Taken back: {}", record.intent.line)))?;
        }
        if may_be_done(&record.intent.state) {
            complain(&format!("{}: It may have been done before: look there.", record.source));
        }
    }
    if args.json {
        output.json(&Value::Array(results))?;
    }
    Ok(Exit::Done)
}

fn may_be_done(state: &IntentState) -> bool {
    use IntentState::{Held, Refused, Saving, Waiting};
    !matches!(state, Saving | Held { .. } | Waiting { .. } | Refused { .. })
}
