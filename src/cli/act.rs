//! The verbs: `rounds ack take start done hold cancel reject assign priority due note`.
//!
//! Must not act on a task that was not named, nor drop a reason that was typed.

use super::{
    change::{self, Became, WriteFlags},
    environment,
    exit::{Exit, Failure},
    fetch, json, names, one,
    output::{Output, complain},
    whom,
    wire::World,
};
use crate::{
    app::writes::{self, Argument, Fate, Verb, plan},
    domain::{
        clean::Clean,
        task::{Field, Task},
        time::{Typed, parse_typed},
    },
    runtime::clock,
};
use clap::Args;
use serde_json::Value;

/// The arguments of a verb that needs tasks only.
#[derive(Args, Debug)]
pub(super) struct VerbArgs {
    /// The tasks: `source/id`, or ids that only one source has.
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Why; `-` reads it from stdin. hold, cancel and reject need it.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    reason: Option<String>,
    #[command(flatten)]
    flags: WriteFlags,
}

/// The arguments of a verb that sets something: the tasks, and what is set as the last of them.
#[derive(Args, Debug)]
pub(super) struct SetArgs {
    /// The tasks, and after them what is set: a person's id, name or `me`, a priority or an office's own name for one
    /// (`#ID` where two have that name), a time such as 2h or 17:00, a note.
    #[arg(required = true, num_args = 2.., value_names = ["ID", "VALUE"])]
    words: Vec<String>,
    #[command(flatten)]
    flags: WriteFlags,
}

/// Does a verb that needs tasks only.
pub(super) async fn run(
    verb: Verb,
    args: &VerbArgs,
    world: &mut World,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let reason = args.reason.as_deref().map(environment::text_or_stdin).transpose()?.unwrap_or_default();
    let reason = reason.trim().to_owned();
    if verb.asks().is_some() && reason.is_empty() {
        return Err(Failure::usage("This needs a reason: --reason TEXT."));
    }
    if verb == Verb::Take && !reason.is_empty() {
        return Err(Failure::usage("Taking a task has no place for a reason; write a note."));
    }
    let value = Setting::Reason(reason);
    on_all(verb, &args.ids, &value, args.flags, world, output).await
}

/// Does a verb that sets something.
pub(super) async fn set(
    verb: Verb,
    args: &SetArgs,
    world: &mut World,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let Some((value, ids)) = args.words.split_last() else {
        return Err(Failure::usage("Name the tasks, and then what is set."));
    };
    let value = match verb {
        Verb::Priority => Setting::Priority(value.clone()),
        Verb::Due => {
            let due = parse_typed(value, clock::now(), &world.state.zone).map(Typed::to_date_time);
            Setting::Due(due.map_err(|error| Failure::usage(error.to_string()))?)
        }
        Verb::Owner => Setting::Owner(value.clone()),
        _ => {
            let text = environment::text_or_stdin(value)?;
            if text.trim().is_empty() {
                return Err(Failure::usage("The note is empty."));
            }
            Setting::Note(text)
        }
    };
    on_all(verb, ids, &value, args.flags, world, output).await
}

/// What a verb sets.
enum Setting {
    Reason(String),
    Note(String),
    /// A word: what it means differs between systems.
    Priority(String),
    Due(crate::domain::time::DateTime),
    Owner(String),
}

async fn on_all(
    verb: Verb,
    ids: &[String],
    value: &Setting,
    flags: WriteFlags,
    world: &mut World,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let mut results: Vec<Became> = Vec::new();
    for id in ids {
        let result = match prepare(world, id, value).await {
            Ok((task, argument)) => act(verb, task, argument, flags, world, output).await?,
            Err(failure) => {
                let mut object = json::object();
                object.insert("id".to_owned(), id.as_str().into());
                change::failed(object, failure)
            }
        };
        results.push(result);
    }
    let exit = Exit::of_all(results.iter().map(|result| result.exit));
    if flags.json {
        output.json(&Value::Array(results.into_iter().map(|result| result.object).collect()))?;
    }
    Ok(exit)
}

/// The task as it is now with the names of its people, and what the verb sets on it.
async fn prepare(world: &mut World, id: &str, value: &Setting) -> Result<(Task, Argument), Failure> {
    let task = one::task(world, id).await.map_err(unread)?;
    names::learn(world, names::people_of(world, &task)).await;
    let mut argument = Argument::default();
    match value {
        Setting::Reason(text) | Setting::Note(text) => argument.text.clone_from(text),
        Setting::Priority(word) => {
            let can = world.state.can(task.key.source).ok_or_else(fetch::no_source)?;
            argument.priority = Some(can.priority_named(word).map_err(Failure::usage)?);
        }
        Setting::Due(due) => argument.due = Some(due.clone()),
        Setting::Owner(who) => argument.owner = whom::owner(world, task.key.source, who).await?,
    }
    Ok((task, argument))
}

/// A task that cannot be read cannot be changed later either: nobody has seen what would be overwritten.
pub(super) fn unread(mut failure: Failure) -> Failure {
    if failure.exit == Exit::Offline {
        failure.sentences.push("Nothing was sent or kept: a task is read before it is changed.".to_owned());
    }
    failure
}

async fn act(
    verb: Verb,
    task: Task,
    argument: Argument,
    flags: WriteFlags,
    world: &mut World,
    output: &mut Output,
) -> Result<Became, Failure> {
    let full_id = world.state.full_id(&task.key);
    let word = verb.word(&argument, &world.state.zone);
    let line = writes::line(&world.state, &word, &task);
    let mut object = json::object();
    object.insert("id".to_owned(), (*task.key.id).into());
    object.insert(
        "source".to_owned(),
        world.state.source(task.key.source).map_or("", |source| &source.name).into(),
    );
    object.insert("line".to_owned(), line.clone().into());
    if let Err(reason) = plan::may(&world.state, verb, task.key.source) {
        let failure = Failure::new(Exit::Refused, format!("{full_id}: Not done: {line} · {reason}"));
        return Ok(change::failed(object, failure));
    }
    let (patch, caution) = match plan::fate(&world.state, verb, &argument, &task) {
        Fate::Will { patch, caution } => (patch, caution),
        Fate::AlreadySo => {
            if !flags.json {
                output.line(&Clean::format(format_args!("{full_id} {line} — it is so already.")))?;
            }
            object.insert("result".to_owned(), "already".into());
            return Ok(Became { exit: Exit::Done, object: Value::Object(object) });
        }
        Fate::Cannot(reason) => {
            let failure = Failure::new(Exit::Conflict, format!("{full_id}: Not done: {line} · {reason}"));
            return Ok(change::failed(object, failure));
        }
    };
    let gives_reason = matches!(verb, Verb::Ack | Verb::Start | Verb::Done) && !argument.text.is_empty();
    let patch = if gives_reason {
        patch.set(Field::StatusReason, |task| task.status_reason = Some(argument.text.as_str().into()))
    } else {
        patch
    };
    if let Some(sentence) = plan::problem(&world.state, &patch, task.key.source) {
        return Ok(change::failed(object, Failure::usage(format!("{full_id}: {sentence}"))));
    }
    if let Some(caution) = caution {
        complain(&format!("{full_id}: {caution}"));
    }
    change::change(world, &word, task, patch, &argument.text, flags, output).await
}
