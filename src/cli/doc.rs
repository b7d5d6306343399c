//! `rounds doc`: documents as Markdown files with front matter.
//!
//! Must not send a file with a problem that can be seen here, nor a prompt of a template.

mod check;
pub(super) mod json;
mod list;
mod new;
mod post;
mod show;

use super::{
    environment,
    exit::{Exit, Failure},
    fetch,
    flags::Flags,
    names::Wanted,
    output::Output,
    wire::World,
    world, world_as_it_is,
};
use crate::domain::{
    can::{Capability, DocumentRules},
    document::Document,
    people::PersonKind,
    task::SourceId,
};
use clap::Subcommand;

/// The commands of `rounds doc`.
#[derive(Subcommand, Debug)]
pub(super) enum DocCommand {
    /// Begin a document from a template; the file comes on stdout.
    New(new::NewArgs),
    /// Say what is wrong in a file, each with its line and column; nothing is asked or sent.
    Check(check::CheckArgs),
    /// Make the document of a file, or change the one that the file was written from.
    Post(post::PostArgs),
    /// List documents, the newest first.
    Ls(list::ListArgs),
    /// Show one document with all its sections.
    Show(show::ShowArgs),
}

/// Does a command of `rounds doc`.
pub(super) async fn run(command: &DocCommand, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    match command {
        DocCommand::New(args) => Box::pin(new::run(args, &mut world(flags)?, output)).await,
        DocCommand::Check(args) => check::run(args, world_as_it_is(flags).ok().as_ref(), output),
        DocCommand::Post(args) => Box::pin(post::run(args, &mut world(flags)?, output)).await,
        DocCommand::Ls(args) => Box::pin(list::run(args, &mut world(flags)?, output)).await,
        DocCommand::Show(args) => Box::pin(show::run(args, &mut world(flags)?, output)).await,
    }
}

/// The text of a file, or of stdin for `-`, and what it is called in problems.
fn text_of(place: &str) -> Result<(String, &str), Failure> {
    if place == "-" {
        return Ok((environment::text_or_stdin("-")?, "stdin"));
    }
    let bytes =
        std::fs::read(place).map_err(|error| Failure::usage(format!("{place} cannot be read: {error}.")))?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Failure::usage(format!("{place} is no text in UTF-8: {error}.")))?;
    Ok((text, place))
}

/// The source that is meant: the one of this name, or the only one that keeps documents.
fn source(world: &World, name: Option<&str>) -> Result<SourceId, Failure> {
    if let Some(name) = name {
        return fetch::source_named(world, name);
    }
    let state = &world.state;
    let takes = |source: &SourceId| state.may(*source, Capability::Document).is_ok();
    let keeping: Vec<SourceId> = state.source_ids().into_iter().filter(takes).collect();
    match (keeping.as_slice(), state.sources.first()) {
        ([only], _) => Ok(*only),
        ([], None) => Err(fetch::no_source()),
        ([], Some(first)) => {
            let reason = state.may(first.id, Capability::Document).err().unwrap_or_default();
            Err(Failure::new(Exit::Refused, format!("Not done: no source keeps documents. {reason}")))
        }
        (several, _) => {
            let names = several.iter().filter_map(|id| state.source(*id)).map(|source| source.name.as_str());
            let names: Vec<&str> = names.collect();
            Err(Failure::usage(format!("Say where with --source: {}.", names.join(", "))))
        }
    }
}

/// What a source's documents take.
fn rules(world: &World, source: SourceId) -> Option<&'static DocumentRules> {
    world.state.can(source).and_then(|can| can.documents)
}

/// The people whose names stand beside a document.
fn people_of(document: &Document) -> Vec<Wanted> {
    let source = document.key.source;
    let patient = document.patient.as_ref().map(|one| (PersonKind::Patient, one));
    let author = document.practitioner.as_ref().map(|one| (PersonKind::Practitioner, one));
    patient.into_iter().chain(author).map(|(kind, one)| (source, kind, one.id().into())).collect()
}
