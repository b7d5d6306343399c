//! The configuration file as a command finds it.
//!
//! Must not stop the screen for a bad line; a command without a screen stops where its sources are in doubt.

use super::{exit::Failure, flags::Flags, output::complain_all};
use crate::config::{self, Config, ConfigProblem};
use std::{
    io,
    path::{Path, PathBuf},
};

/// A configuration with where it came from.
#[derive(Debug)]
pub(super) struct Settings {
    /// The file; empty where there is no home that could have one.
    pub(super) path: PathBuf,
    /// Whether there is one.
    pub(super) exists: bool,
    /// What is good in it.
    pub(super) config: Config,
    /// What is wrong in it.
    pub(super) problems: Vec<ConfigProblem>,
}

/// Reads the configuration; a file that was named must be there.
pub(super) fn read(flags: &Flags) -> Result<Settings, Failure> {
    let Ok(path) = flags.config_file() else {
        let (config, problems) = config::parse("");
        return Ok(Settings { path: PathBuf::new(), exists: false, config, problems });
    };
    let (text, exists) = match std::fs::read_to_string(&path) {
        Ok(text) => (text, true),
        Err(error) if error.kind() == io::ErrorKind::NotFound && flags.config.is_none() => {
            (String::new(), false)
        }
        Err(error) => {
            let sentence = format!("The configuration {} cannot be read: {error}.", path.display());
            return Err(Failure::usage(sentence));
        }
    };
    let (config, problems) = config::parse(&text);
    Ok(Settings { path, exists, config, problems })
}

impl Settings {
    /// The file; none where there is no home that could have one.
    pub(super) fn file(&self) -> Option<&Path> {
        Some(self.path.as_path()).filter(|path| !path.as_os_str().is_empty())
    }

    /// The problems, a sentence each with file, line and column.
    pub(super) fn sentences(&self) -> Vec<String> {
        self.problems.iter().map(|problem| format!("{}: {problem}", self.path.display())).collect()
    }

    /// Tells what is wrong, and stops where a list of tasks would rest on a guess.
    pub(super) fn check_sources(&self) -> Result<(), Failure> {
        let in_doubt = self.problems.iter().any(|problem| {
            let table = problem.key.split('.').next().unwrap_or_default();
            matches!(table, "" | "source" | "profile")
        });
        if in_doubt {
            return Err(Failure { exit: super::exit::Exit::Usage, sentences: self.sentences() });
        }
        complain_all(self.sentences());
        Ok(())
    }
}
