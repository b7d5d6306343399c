//! `rounds journal`: what this user did from here, and whether the record of it is whole.
//!
//! Must not print a deed as true without saying when the record was changed behind the program's back.

use super::{
    exit::{Exit, Failure},
    flags::Flags,
    grid, json, kept,
    output::{Output, complain},
    world_as_it_is,
};
use crate::{
    domain::{clean::Clean, time::DateTime},
    runtime::store::{Deed, Verdict},
};
use clap::Args;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// The flags of `rounds journal`.
#[derive(Args, Debug)]
pub(super) struct JournalArgs {
    /// The last so many deeds only.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// An object with the deeds, and whether the journal is whole.
    #[arg(long)]
    json: bool,
}

/// Prints the journal.
pub(super) async fn run(args: &JournalArgs, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let world = world_as_it_is(flags)?;
    let told = |trouble: crate::runtime::store::StoreTrouble| Failure::usage(trouble.sentence);
    let (deeds, verdict) = match kept::read(&world.store, &world.vault).await? {
        Some(shelves) => {
            let deeds = shelves.keeper.deeds(args.limit.unwrap_or(usize::MAX)).await.map_err(told)?;
            (deeds, shelves.keeper.verify().await.map_err(told)?)
        }
        None => (Vec::new(), Verdict::Whole { rows: 0 }),
    };
    if args.json {
        output.json(&object(&deeds, verdict))?;
    } else {
        print(&deeds, &world.state.zone, output)?;
    }
    match verdict {
        Verdict::Broken { first } => {
            complain(&broken(first));
            Ok(Exit::SomeFailed)
        }
        Verdict::Whole { .. } if deeds.is_empty() => Ok(Exit::NothingMatched),
        Verdict::Whole { rows } => {
            if !args.json {
                output.line(&Clean::format(format_args!("The journal is whole: {rows} entries.")))?;
            }
            Ok(Exit::Done)
        }
    }
}

/// That the journal is not as it was written.
pub(super) fn broken(first: u64) -> String {
    format!(
        "The journal is broken: from entry {first} on it was changed or cut off outside this program. What can be read \
         is shown."
    )
}

fn print(deeds: &[Deed], zone: &TimeZone, output: &mut Output) -> Result<(), Failure> {
    let row = |deed: &Deed| {
        let time = DateTime::from_instant(deed.at).display(zone);
        let answer = deed.answer.as_ref().map(|answer| format!(" ({answer})")).unwrap_or_default();
        let line = format!("{}{answer}", deed.line);
        [&*time, deed.kind.name(), place(deed).as_str(), &line].map(Clean::line).into()
    };
    grid::print(deeds.iter().map(row), output)
}

/// The task as the command line names it, the source alone where there is none yet, or a dash.
fn place(deed: &Deed) -> String {
    match (&*deed.source, &deed.task) {
        ("", _) => "-".to_owned(),
        (source, Some(task)) => format!("{source}/{task}"),
        (source, None) => source.to_owned(),
    }
}

fn object(deeds: &[Deed], verdict: Verdict) -> Value {
    let (is_whole, entries, first) = match verdict {
        Verdict::Whole { rows } => (true, Some(rows), None),
        Verdict::Broken { first } => (false, None, Some(first)),
    };
    let mut object = json::object();
    let fields = [
        ("whole", json!(is_whole)),
        ("entries", json!(entries)),
        ("firstBroken", json!(first)),
        ("deeds", deeds.iter().map(deed).collect()),
    ];
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(object)
}

fn deed(deed: &Deed) -> Value {
    json!({
        "at": DateTime::from_instant(deed.at).raw(),
        "kind": deed.kind.name(),
        "write": deed.write.map(|write| write.to_string()),
        "source": (!deed.source.is_empty()).then_some(&deed.source),
        "task": deed.task,
        "line": deed.line,
        "answer": deed.answer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::time::Timestamp, runtime::store::DeedKind};

    #[test]
    fn a_deed_has_the_same_names_whatever_it_is_about_and_a_break_is_told() {
        let about = Deed {
            at: Timestamp::UNIX_EPOCH,
            kind: DeedKind::Salvaged,
            write: None,
            source: String::new(),
            task: None,
            line: "The store was damaged.".into(),
            answer: None,
        };
        let told = object(std::slice::from_ref(&about), Verdict::Broken { first: 3 });
        assert_eq!(
            (&told["schema"], &told["whole"], &told["firstBroken"]),
            (&json!(1), &json!(false), &json!(3))
        );
        assert_eq!(told["deeds"][0]["kind"], "salvaged");
        assert_eq!(told["deeds"][0].as_object().unwrap().len(), 7);
        assert_eq!(place(&about), "-");
        let task = Deed { source: "clinic".into(), task: Some("t1".into()), ..about };
        assert_eq!(place(&task), "clinic/t1");
        assert!(broken(3).contains("entry 3"));
    }
}
