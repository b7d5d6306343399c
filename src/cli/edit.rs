//! `rounds edit`: any writable field of a task, set by name.
//!
//! Must not send anything when one of the fields is wrong.

use super::{
    act,
    change::{self, WriteFlags},
    exit::{Exit, Failure},
    names, one,
    output::Output,
    said,
    wire::World,
};
use crate::{
    app::form::Input,
    domain::{can::Capability, check::check_task, nearest::nearest, task::Patch},
};
use clap::Args;

/// The arguments of `rounds edit`.
#[derive(Args, Debug)]
pub(super) struct EditArgs {
    /// The task: `source/id`, or an id that only one source has.
    id: String,
    /// What is set, such as `status=accepted`, `executionPeriod.end=17:00` or `businessStatus=` to empty it.
    #[arg(required = true, value_name = "FIELD=VALUE", allow_hyphen_values = false)]
    settings: Vec<String>,
    #[command(flatten)]
    flags: WriteFlags,
}

/// Changes a task.
pub(super) async fn run(args: &EditArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let settings: Vec<(Input, &str)> =
        args.settings.iter().map(|setting| parse(setting)).collect::<Result<_, _>>()?;
    let task = one::task(world, &args.id).await.map_err(act::unread)?;
    let source = task.key.source;
    world
        .state
        .may(source, Capability::Update)
        .map_err(|reason| Failure::new(Exit::Refused, format!("Not done: {reason}")))?;
    let mut wanted = task.clone();
    let mut sentences = Vec::new();
    for setting in settings {
        said::set(world, source, setting, &mut wanted, &mut sentences).await?;
    }
    let patch = Patch::between(&task, &wanted);
    if let Some(can) = world.state.can(source) {
        let problems = check_task(&wanted, &patch.fields, can, false);
        sentences.extend(problems.iter().map(change::located));
    }
    if !sentences.is_empty() {
        return Err(Failure { exit: Exit::Usage, sentences });
    }
    names::learn(world, names::people_of(world, &task)).await;
    let typed = args.settings.join("\n");
    let names: Vec<&str> = patch.fields.iter().map(|field| field.name()).collect();
    let verb = format!("Edit {}", if names.is_empty() { "nothing".to_owned() } else { names.join(", ") });
    let result = change::change(world, &verb, task, patch, &typed, args.flags, output).await?;
    if args.flags.json {
        output.json(&result.object)?;
    }
    Ok(result.exit)
}

fn parse(setting: &str) -> Result<(Input, &str), Failure> {
    let Some((name, value)) = setting.split_once('=') else {
        return Err(Failure::usage(format!("{setting}: write FIELD=VALUE.")));
    };
    let named = |input: &&Input| {
        let bare = name.strip_suffix("Id").unwrap_or(name);
        input.path().eq_ignore_ascii_case(name) || input.path().eq_ignore_ascii_case(bare)
    };
    // The quick line is the form's own way to fill several fields at once, no field of a task.
    let fields = || Input::ALL.iter().filter(|input| **input != Input::Quick);
    if let Some(input) = fields().find(named) {
        return Ok((*input, value));
    }
    let paths = || fields().map(|input| input.path());
    let rest = match nearest(name, paths()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("there are {}.", paths().collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::usage(format!("There is no field {name}; {rest}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_the_form_names_them() {
        assert_eq!(parse("executionPeriod.end=17:00"), Ok((Input::End, "17:00")));
        assert_eq!(parse("ownerId=a=b"), Ok((Input::Owner, "a=b")));
        assert_eq!(parse("note="), Ok((Input::Note, "")));
        let failure = parse("statsu=x").unwrap_err();
        assert_eq!(
            (failure.exit, failure.sentences[0].contains("did you mean status?")),
            (Exit::Usage, true)
        );
        assert!(parse("status").is_err());
        assert!(!parse("quick=!stat CBC").unwrap_err().sentences[0].contains("quick,"));
    }
}
