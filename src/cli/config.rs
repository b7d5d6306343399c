//! `rounds config`: where the configuration is, a first one, what is wrong in it, and its schema.
//!
//! Must not overwrite a file that is there.

use super::{
    exit::{Exit, Failure},
    flags::Flags,
    output::Output,
    settings, wire,
};
use crate::{config, domain::clean::Clean, runtime::files::new_private_file};
use clap::Subcommand;
use std::{fs::DirBuilder, io::Write, os::unix::fs::DirBuilderExt};

/// The commands of `rounds config`.
#[derive(Subcommand, Debug)]
pub(super) enum ConfigCommand {
    /// Print where the configuration is read from.
    Path,
    /// Write a configuration with every setting explained and switched off.
    Init,
    /// Say what is wrong in the configuration.
    Check,
    /// Print the JSON schema of the configuration, for editors.
    Schema,
}

/// Does a command of `rounds config`.
pub(super) fn run(command: &ConfigCommand, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Path => {
            let path = flags.config_file()?;
            output.line(&Clean::line(&path.display().to_string()))?;
        }
        ConfigCommand::Init => init(flags, output)?,
        ConfigCommand::Check => return check(flags, output),
        ConfigCommand::Schema => output.json(&config::schema())?,
    }
    Ok(Exit::Done)
}

fn init(flags: &Flags, output: &mut Output) -> Result<(), Failure> {
    let path = flags.config_file()?;
    let write = || {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        new_private_file(&path)?.write_all(config::template().as_bytes())
    };
    write().map_err(|error| Failure::usage(format!("{} was not written: {error}.", path.display())))?;
    output.line(&Clean::format(format_args!(
        "{} was written; take the # away from what you need.",
        path.display()
    )))
}

fn check(flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    flags.config_file()?;
    let settings = settings::read(flags)?;
    let mut sentences = settings.sentences();
    let path = settings.path.display();
    let (_, keys) = wire::keymap(&settings.config);
    sentences.extend(keys.iter().map(|problem| format!("{path}: {problem}")));
    if let Err(failure) = super::theme::read(flags, &settings) {
        sentences.extend(failure.sentences);
    }
    if !sentences.is_empty() {
        return Err(Failure { exit: Exit::Usage, sentences });
    }
    let word = if settings.exists { "is good" } else { "does not exist; every setting has its usual value" };
    output.line(&Clean::format(format_args!("{path} {word}.")))?;
    Ok(Exit::Done)
}
