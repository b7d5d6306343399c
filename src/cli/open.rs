//! `rounds open`: the files of a FHIR bulk export as a source that is read and never changed.
//!
//! Must not read a file before the first frame is on the screen.

use super::{
    exit::{Exit, Failure},
    flags::Flags,
    settings, tui,
    wire::{self, World},
};
use crate::{
    app::source::{Badge, Source},
    domain::{clean::Clean, task::SourceId},
    providers::{
        SourceProfile,
        ndjson::{self, Reader},
    },
    runtime::{file::Files, link::Link},
};
use clap::Args;
use std::{path::PathBuf, sync::Arc};

/// The name of the files that are opened, before the slash of an id.
const NAME: &str = "file";
/// Their tag in the SY column.
const TAG: &str = "FI";

/// The arguments of `rounds open`.
#[derive(Args, Clone, Debug)]
pub(super) struct OpenArgs {
    /// Files with one FHIR resource a line: Task, and Patient and Practitioner for the names.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Your own practitioner id in them, for `owner:me`.
    #[arg(long, value_name = "ID")]
    me: Option<String>,
}

/// Shows the worklist of some files.
pub(super) async fn run(flags: &Flags, args: &OpenArgs) -> Result<Exit, Failure> {
    tui::needs_terminal()?;
    let settings = settings::read(flags)?;
    let mut world = wire::empty(&settings.config, flags);
    let unread = |path: &PathBuf| {
        let error = std::fs::metadata(path).err()?;
        Some(format!("{} cannot be read: {error}.", path.display()))
    };
    let sentences: Vec<String> = args.files.iter().filter_map(unread).collect();
    if !sentences.is_empty() {
        return Err(Failure { exit: Exit::Usage, sentences });
    }
    let profile = SourceProfile { me: args.me.clone(), ..SourceProfile::default() };
    add(&mut world, (NAME, TAG), profile, args.files.clone(), None);
    world.state.settings.problems.splice(0..0, settings.sentences());
    Box::pin(tui::show(world, flags, &settings, tui::Keeps::Nothing)).await?;
    Ok(Exit::Done)
}

/// Adds files as a source.
pub(super) fn add(
    world: &mut World,
    (name, tag): (&str, &str),
    profile: SourceProfile,
    paths: Vec<PathBuf>,
    badge: Option<Badge>,
) {
    let source = SourceId(world.state.sources.len() as u16);
    let profile = SourceProfile { source, ..profile };
    let reader = Reader::new(source, profile.due_from);
    let me = profile.me.clone();
    let provider = ndjson::make(profile);
    let shown: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    world.state.add_source(|id| Source {
        url: Clean::line(&shown.join(" ")).as_str().to_owned(),
        me,
        ..Source::new(id, name, tag, provider.can())
    });
    let vault = Arc::clone(&world.vault);
    let link = Link::to_files(provider, Files::new(paths, reader), vault);
    world.links.push(Arc::new(link.with_badge(badge)));
}
