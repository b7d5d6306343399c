//! `rounds new`: a task from flags, or from a create body in JSON.
//!
//! Must not send a task with a problem that can be seen here.

use super::{
    change::{self, WriteFlags},
    environment,
    exit::{Exit, Failure},
    fetch, meet, names,
    output::Output,
    said,
    wire::World,
};
use crate::{
    app::form::Input,
    domain::{
        can::{Can, Capability},
        check::check_task,
        task::{Field, FieldSet, Intent, SourceId, Task, TaskKey},
        time::{DateTime, Timestamp},
    },
    providers::clinikapi::draft_from_json,
    runtime::clock,
};
use clap::Args;
use serde_json::Value;

/// The flags of `rounds new`; times are typed as `2h`, `17:00`, `tomorrow 8`, or ISO.
#[derive(Args, Debug)]
pub(super) struct NewArgs {
    /// Where; may be left out when there is one source only.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// The patient's id.
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    /// The status; requested when left out.
    #[arg(long, value_name = "CODE")]
    status: Option<String>,
    /// The intent; order when left out.
    #[arg(long, value_name = "CODE")]
    intent: Option<String>,
    /// routine, urgent, asap, stat, or an office's own name for one.
    #[arg(long, value_name = "WORD")]
    priority: Option<String>,
    /// What kind of task.
    #[arg(long, value_name = "TEXT")]
    code: Option<String>,
    /// When it is due (restriction.period.end).
    #[arg(long, value_name = "TIME")]
    due: Option<String>,
    /// Not before this time (restriction.period.start).
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// How many times it is to be done.
    #[arg(long, value_name = "N")]
    repetitions: Option<String>,
    /// For whom it may be done; may be given several times.
    #[arg(long, value_name = "ID")]
    recipient: Vec<String>,
    /// A practitioner's id or whole name, or me; where lists own tasks, a list's.
    #[arg(long, value_name = "WHO")]
    owner: Option<String>,
    /// A practitioner's id, or me.
    #[arg(long, value_name = "ID")]
    requester: Option<String>,
    /// What is to be done; - reads it from stdin.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    description: Option<String>,
    /// A short form of the description, where the system has one.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    short_description: Option<String>,
    /// A remark.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    note: Option<String>,
    /// The encounter's id.
    #[arg(long, value_name = "ID")]
    encounter: Option<String>,
    /// What it acts on.
    #[arg(long, value_name = "ID")]
    focus: Option<String>,
    /// When its work starts.
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// When its work ends.
    #[arg(long, value_name = "TIME")]
    end: Option<String>,
    /// When it was asked for; now when left out.
    #[arg(long, value_name = "TIME")]
    authored_on: Option<String>,
    /// Why it is needed.
    #[arg(long, value_name = "TEXT")]
    reason_code: Option<String>,
    /// Why it stands where it stands.
    #[arg(long, value_name = "TEXT")]
    status_reason: Option<String>,
    /// The unit's own word for its state.
    #[arg(long, value_name = "TEXT")]
    business_status: Option<String>,
    /// What it fulfils; may be given several times.
    #[arg(long, value_name = "ID")]
    based_on: Vec<String>,
    /// What it is a part of; may be given several times.
    #[arg(long, value_name = "ID")]
    part_of: Vec<String>,
    /// An input, such as "panel = CBC"; may be given several times.
    #[arg(long, value_name = "TYPE=VALUE")]
    input: Vec<String>,
    /// An output; may be given several times.
    #[arg(long, value_name = "TYPE=VALUE")]
    output: Vec<String>,
    /// A create body as the API takes it, from a file or from stdin (-); flags beside it win. The answer is JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
    /// Say what would be sent, and send nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Makes a task.
pub(super) async fn run(args: &NewArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let source = source(world, args.source.as_deref())?;
    meet::meet_to_write(world, source, Capability::Create).await?;
    let (mut draft, mut sentences) = match &args.json {
        Some(place) => from_json(world, source, place).await?,
        None => (Task { intent: Some(Intent::parse("order")), ..Task::default() }, Vec::new()),
    };
    draft.key = TaskKey { source, id: "".into() };
    for (input, typed) in typed(args) {
        let Some(typed) = typed else { continue };
        let typed = if input == Input::Description { environment::text_or_stdin(&typed)? } else { typed };
        said::set(world, source, (input, &typed), &mut draft, &mut sentences).await?;
    }
    if draft.authored_on.is_none() {
        draft.authored_on = Some(authored(clock::now()));
    }
    if let Some(can) = world.state.can(source) {
        // What every task has here is left out where the system has no place for it.
        leave_out_unasked(&mut draft, can, args);
        let problems = check_task(&draft, &fields_of(&draft, can), can, true);
        sentences.extend(problems.iter().map(change::located));
    }
    if !sentences.is_empty() {
        sentences.dedup();
        return Err(Failure { exit: Exit::Usage, sentences });
    }
    names::learn(world, names::people_of(world, &draft)).await;
    let flags = WriteFlags { dry_run: args.dry_run, json: args.json.is_some() };
    let result = change::create(world, source, draft, flags, output).await?;
    if flags.json {
        output.json(&result.object)?;
    }
    Ok(result.exit)
}

fn source(world: &World, name: Option<&str>) -> Result<SourceId, Failure> {
    match (name, world.state.sources.as_slice()) {
        (Some(name), _) => fetch::source_named(world, name),
        (None, []) => Err(fetch::no_source()),
        (None, [only]) => Ok(only.id),
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|source| source.name.as_str()).collect();
            Err(Failure::usage(format!("Say where with --source: {}.", names.join(", "))))
        }
    }
}

/// A create body in the names of `ls --json`. Words that differ between systems are read as this one means them.
async fn from_json(world: &mut World, source: SourceId, place: &str) -> Result<(Task, Vec<String>), Failure> {
    let text = if place == "-" {
        environment::text_or_stdin("-")?
    } else {
        std::fs::read_to_string(place)
            .map_err(|error| Failure::usage(format!("{place} cannot be read: {error}.")))?
    };
    let mut body: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{place} holds no JSON: {error}.")))?;
    let own = [(Input::Priority, "priority"), (Input::ShortDescription, "shortDescription")];
    let mut taken = Vec::new();
    for (input, name) in own {
        let word = body.get(name).and_then(Value::as_str).map(str::to_owned);
        if let (Some(word), Some(fields)) = (word, body.as_object_mut()) {
            fields.remove(name);
            taken.push((input, word));
        }
    }
    if let (Some(status), Some(can)) = (body.get_mut("status"), world.state.can(source))
        && let Some(word) = status.as_str()
    {
        *status = can.status_named(word).as_str().into();
    }
    let (mut draft, problems) = draft_from_json(&body);
    let mut sentences: Vec<String> = problems.iter().map(change::located).collect();
    for (input, word) in taken {
        said::set(world, source, (input, &word), &mut draft, &mut sentences).await?;
    }
    Ok((draft, sentences))
}

/// Takes away what is set without having been asked for where the source does not take it on a new task.
fn leave_out_unasked(draft: &mut Task, can: &Can, args: &NewArgs) {
    let takes = |field| can.rule(field, true).is_some();
    if args.json.is_none() && args.intent.is_none() && !takes(Field::Intent) {
        draft.intent = None;
    }
    if args.authored_on.is_none() && !takes(Field::AuthoredOn) {
        draft.authored_on = None;
    }
}

/// Every flag that sets a part of the task, with what was typed.
fn typed(args: &NewArgs) -> [(Input, Option<String>); 26] {
    let several = |list: &[String], between: &str| (!list.is_empty()).then(|| list.join(between));
    [
        (Input::Status, args.status.clone()),
        (Input::Intent, args.intent.clone()),
        (Input::Priority, args.priority.clone()),
        (Input::Code, args.code.clone()),
        (Input::Description, args.description.clone()),
        (Input::ShortDescription, args.short_description.clone()),
        (Input::Patient, args.patient.clone()),
        (Input::Encounter, args.encounter.clone()),
        (Input::Focus, args.focus.clone()),
        (Input::Requester, args.requester.clone()),
        (Input::Owner, args.owner.clone()),
        (Input::Start, args.start.clone()),
        (Input::End, args.end.clone()),
        (Input::AuthoredOn, args.authored_on.clone()),
        (Input::ReasonCode, args.reason_code.clone()),
        (Input::StatusReason, args.status_reason.clone()),
        (Input::BusinessStatus, args.business_status.clone()),
        (Input::Note, args.note.clone()),
        (Input::BasedOn, several(&args.based_on, " ")),
        (Input::PartOf, several(&args.part_of, " ")),
        (Input::Inputs, several(&args.input, "\n")),
        (Input::Outputs, several(&args.output, "\n")),
        (Input::Repetitions, args.repetitions.clone()),
        (Input::RestrictionStart, args.not_before.clone()),
        (Input::RestrictionEnd, args.due.clone()),
        (Input::Recipients, several(&args.recipient, " ")),
    ]
}

/// The present moment as the systems write it, to the millisecond.
fn authored(now: Timestamp) -> DateTime {
    DateTime::from_instant(Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now))
}

/// The fields that are set; the status too, which every task has, where a new one may say it.
fn fields_of(draft: &Task, can: &Can) -> FieldSet {
    let blank = Task::default();
    let set = Field::ALL.into_iter().filter(|field| !draft.same(&blank, *field));
    set.chain(can.rule(Field::Status, true).map(|_| Field::Status)).collect()
}
