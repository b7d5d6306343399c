//! One change of one task or document, from its line to what became of it; dry or for good.
//!
//! Must not send anything when it is dry, nor without naming verb, task and patient.

use super::{
    exit::{Exit, Failure},
    json,
    output::{Output, complain, complain_all},
    send::{self, Held, Sent},
    wire::World,
};
use crate::{
    app::{outbox::Wish, writes},
    domain::{
        check::Problem,
        task::{Patch, SourceId, Task},
    },
    providers::wire::WireRequest,
};
use clap::Args;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The flags of every command that writes.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct WriteFlags {
    /// Say what would be sent, and send nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// JSON in place of lines.
    #[arg(long)]
    pub(super) json: bool,
}

/// What became of one task.
#[derive(Debug)]
pub(super) struct Became {
    /// The exit code of this one.
    pub(super) exit: Exit,
    /// It as JSON.
    pub(super) object: Value,
}

/// Sends a change of a task, or says what would be sent.
pub(super) async fn change(
    world: &mut World,
    verb: &str,
    base: Task,
    patch: Patch,
    typed: &str,
    flags: WriteFlags,
    output: &mut Output,
) -> Result<Became, Failure> {
    let line = writes::line(&world.state, verb, &base);
    let source = base.key.source;
    let key = base.key.clone();
    let wish = Wish::Update { base: Box::new(base), patch };
    let outcome = carry_out(world, source, wish, (&line, typed), flags, output).await;
    let mut object = json::object();
    object.insert("id".to_owned(), (*key.id).into());
    object.insert("source".to_owned(), world.state.source(source).map_or("", |source| &source.name).into());
    object.insert("line".to_owned(), line.into());
    finish(object, outcome)
}

/// Makes a task, or says what would be sent.
pub(super) async fn create(
    world: &mut World,
    source: SourceId,
    draft: Task,
    flags: WriteFlags,
    output: &mut Output,
) -> Result<Became, Failure> {
    let line = writes::line(&world.state, "New", &draft);
    let typed = typed_in(&draft);
    let wish = Wish::Create(Box::new(draft));
    let outcome = carry_out(world, source, wish, (&line, &typed), flags, output).await;
    let mut object = json::object();
    object.insert("line".to_owned(), line.into());
    finish(object, outcome)
}

/// Makes or changes a document, or says what would be sent.
pub(super) async fn document(
    world: &mut World,
    source: SourceId,
    wish: Wish,
    (line, typed): (&str, &str),
    flags: WriteFlags,
    output: &mut Output,
) -> Result<Became, Failure> {
    let outcome = carry_out(world, source, wish, (line, typed), flags, output).await;
    let mut object = json::object();
    object.insert("source".to_owned(), send::name(&world.state, source).into());
    object.insert("line".to_owned(), line.into());
    finish(object, outcome)
}

/// The long texts of a task, which nobody wants to type again.
fn typed_in(task: &Task) -> String {
    let notes = task.notes.iter().map(|note| &*note.text);
    task.description.as_deref().into_iter().chain(notes).collect::<Vec<_>>().join("\n")
}

/// A problem as a line with its field.
pub(super) fn located(problem: &Problem) -> String {
    match problem.path.as_str() {
        "" => problem.sentence.clone(),
        path => format!("{path}: {}", problem.sentence),
    }
}

/// What a write came to.
struct Outcome {
    exit: Exit,
    result: &'static str,
    more: Map<String, Value>,
}

fn finish(mut object: Map<String, Value>, outcome: Result<Outcome, Failure>) -> Result<Became, Failure> {
    match outcome {
        Ok(outcome) => {
            object.insert("result".to_owned(), outcome.result.into());
            object.extend(outcome.more);
            Ok(Became { exit: outcome.exit, object: Value::Object(object) })
        }
        // Nobody reads any more.
        Err(failure) if failure == Failure::closed() => Err(failure),
        Err(failure) => Ok(failed(object, failure)),
    }
}

/// A task that was not changed: the sentences are said, and kept for JSON.
pub(super) fn failed(mut object: Map<String, Value>, failure: Failure) -> Became {
    object.insert("result".to_owned(), "failed".into());
    object.insert("errors".to_owned(), failure.sentences.clone().into());
    object.insert("exit".to_owned(), (failure.exit as u8).into());
    complain_all(failure.sentences);
    Became { exit: failure.exit, object: Value::Object(object) }
}

async fn carry_out(
    world: &mut World,
    source: SourceId,
    wish: Wish,
    (line, typed): (&str, &str),
    flags: WriteFlags,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    if flags.dry_run {
        return rehearse(world, source, &wish, line, flags, output).await;
    }
    match send::send(world, source, wish, line, typed).await? {
        Sent::Held(held) => tell_held(world, source, held, line, flags, output),
        Sent::Left(left) => {
            let mut more = Map::new();
            more.insert("errors".to_owned(), left.failure.sentences.clone().into());
            more.insert("exit".to_owned(), (left.failure.exit as u8).into());
            more.extend(left.write.map(|write| ("write".to_owned(), write.to_string().into())));
            complain_all(left.failure.sentences);
            Ok(Outcome { exit: left.failure.exit, result: left.result, more })
        }
    }
}

/// Tells what the source has now; also what it did not take.
fn tell_held(
    world: &World,
    source: SourceId,
    held: Held,
    line: &str,
    flags: WriteFlags,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let full_id = format!("{}/{}", send::name(&world.state, source), held.thing.id());
    let mut more = Map::new();
    if let Some(task) = held.thing.task() {
        more.insert("task".to_owned(), json::task(&world.state, task));
    }
    if let Some(document) = held.thing.document() {
        more.insert("document".to_owned(), super::doc::json::document(&world.state, document));
    }
    if !flags.json {
        output.line(&crate::domain::clean::Clean::format(format_args!("{full_id} {line}")))?;
    }
    if held.differs.is_empty() {
        return Ok(Outcome { exit: Exit::Done, result: "done", more });
    }
    complain(&format!("{full_id}: sent, but this did not stick: {}.", held.differs.join(", ")));
    more.insert("differs".to_owned(), held.differs.into());
    Ok(Outcome { exit: Exit::SomeFailed, result: "differs", more })
}

/// Goes through the conversation up to the request that would write, and shows that.
async fn rehearse(
    world: &World,
    source: SourceId,
    wish: &Wish,
    line: &str,
    flags: WriteFlags,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let call = wish.call(String::new());
    let Some(link) = world.links.get(usize::from(source.0)).map(Arc::clone) else {
        return Err(super::fetch::no_source());
    };
    let name = world.state.source(source).map_or("", |source| source.name.as_str());
    let request = link.rehearse(&call).await.map_err(|error| Failure::of(name, &error))?;
    let mut more = Map::new();
    let body = request.as_ref().and_then(|request| request.body.as_deref());
    let body: Option<Value> = body.and_then(|body| serde_json::from_str(body).ok());
    if !flags.json {
        output.line(&crate::domain::clean::Clean::line(line))?;
        match (&request, &body) {
            (Some(WireRequest { method, path, .. }), Some(body)) => {
                let (method, path) = (method.as_str(), crate::domain::clean::Clean::line(path));
                output.own_text(&format!("{method} {path}\n"))?;
                output.json(body)?;
            }
            _ => output.own_text("Nothing would be sent: it is so already.\n")?,
        }
    }
    more.insert("body".to_owned(), body.unwrap_or_default());
    Ok(Outcome { exit: Exit::Done, result: "dry-run", more })
}
