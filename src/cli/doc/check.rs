//! `rounds doc check`: what is wrong in a file, each with its line and column.
//!
//! Must not ask a source anything.

use super::{rules, source, text_of};
use crate::{
    cli::{
        exit::{Exit, Failure},
        fetch,
        output::Output,
        wire::World,
    },
    domain::{
        can::{Can, DocumentRules},
        check_document::{body_bytes, check_document},
        clean::Clean,
        markdown::{self, Reading},
        place::Place,
        time::DateTime,
    },
    providers::{SourceProfile, clinikapi},
    runtime::clock,
};
use clap::Args;
use serde_json::json;

/// The arguments of `rounds doc check`.
#[derive(Args, Debug)]
pub(in crate::cli) struct CheckArgs {
    /// The file, or - for stdin.
    file: String,
    /// For which source; else the one that the file names, or the only one that keeps documents.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// An array of objects.
    #[arg(long)]
    json: bool,
}

/// A problem at its place in the file.
pub(super) struct Located {
    pub(super) place: Place,
    path: String,
    sentence: String,
}

impl Located {
    /// As a line that editors jump by.
    pub(super) fn line(&self, file: &str) -> String {
        let Place { line, column } = self.place;
        let path = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path) };
        format!("{file}:{line}:{column}: {path}{}", self.sentence)
    }
}

/// Says what is wrong in a file.
pub(super) fn run(args: &CheckArgs, world: Option<&World>, output: &mut Output) -> Result<Exit, Failure> {
    let (text, file) = text_of(&args.file)?;
    let mut reading = markdown::read(&text);
    let rules = rules_for(args, &reading, world)?;
    let creating = date_when_new(&mut reading);
    let problems = problems(&reading, rules, creating);
    if args.json {
        let object = |problem: &Located| {
            json!({
                "line": problem.place.line,
                "column": problem.place.column,
                "path": problem.path,
                "sentence": problem.sentence,
            })
        };
        output.json(&problems.iter().map(object).collect())?;
    } else {
        for problem in &problems {
            output.line(&Clean::line(&problem.line(file)))?;
        }
        if problems.is_empty() {
            let (count, bytes) = (reading.page.document.section_count(), body_bytes(&reading.page.document));
            let sections = if count == 1 { "section" } else { "sections" };
            let of = rules.most_bytes.map(|most| format!(" of {most}")).unwrap_or_default();
            output.line(&Clean::format(format_args!(
                "{file}: nothing is wrong; {count} {sections}, {bytes}{of} bytes."
            )))?;
        }
    }
    Ok(if problems.is_empty() { Exit::Done } else { Exit::Usage })
}

/// Gives a document that is to be made the time of its sending as its date, where the file has none: every document
/// has one. Whether it is to be made.
pub(super) fn date_when_new(reading: &mut Reading) -> bool {
    let document = &mut reading.page.document;
    let creating = document.key.id.is_empty();
    if creating {
        document.date.get_or_insert_with(|| DateTime::to_the_second(clock::now()));
    }
    creating
}

/// What is wrong in a file that was read. Where it could not be read whole, that comes first and alone.
pub(super) fn problems(reading: &Reading, rules: &DocumentRules, creating: bool) -> Vec<Located> {
    if !reading.flaws.is_empty() {
        let located = |flaw: &crate::domain::place::Flaw| Located {
            place: flaw.place,
            path: String::new(),
            sentence: flaw.sentence.clone(),
        };
        return reading.flaws.iter().map(located).collect();
    }
    let mut problems: Vec<Located> = check_document(&reading.page.document, rules, creating)
        .into_iter()
        .map(|problem| located(reading, problem.path, problem.sentence))
        .collect();
    problems.sort_by_key(|problem| problem.place);
    problems
}

/// A problem of the document at its place in the file.
pub(super) fn located(reading: &Reading, path: String, sentence: String) -> Located {
    Located { place: reading.place(&path), path, sentence }
}

/// The rules of the source that is named, else those of ClinikAPI, which are the narrowest.
fn rules_for(
    args: &CheckArgs,
    reading: &Reading,
    world: Option<&World>,
) -> Result<&'static DocumentRules, Failure> {
    let world = world.filter(|world| !world.state.sources.is_empty());
    let found = match (world, args.source.as_deref()) {
        (None, Some(_)) => return Err(fetch::no_source()),
        (None, None) => None,
        (Some(world), Some(name)) => rules(world, source(world, Some(name))?),
        (Some(world), None) => {
            let named = source(world, reading.page.source.as_deref()).or_else(|_| source(world, None));
            named.ok().and_then(|source| rules(world, source))
        }
    };
    let narrowest = || {
        let Can { documents, .. } = clinikapi::make(SourceProfile::default()).can();
        documents.ok_or_else(|| Failure::usage("No rules of documents are known."))
    };
    found.map_or_else(narrowest, Ok)
}
