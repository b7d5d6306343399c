//! What the environment says, in one place: directories, and how the terminal is reached.
//!
//! Must not read a key: those are the vault's.

use super::exit::Failure;
use crate::runtime::vault;
use etcetera::{BaseStrategy, choose_base_strategy};
use std::path::PathBuf;

/// The value of a variable; an empty one counts as unset.
pub(super) fn variable(name: &str) -> Option<String> {
    vault::variable(name).filter(|value| !value.is_empty())
}

/// Whether the user sits behind SSH, where bytes are dear.
pub(super) fn is_ssh() -> bool {
    ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"].into_iter().any(|name| variable(name).is_some())
}

/// The user's home.
pub(super) fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok().filter(|home| home.is_absolute())
}

/// The configuration file when none is named.
pub(super) fn config_file() -> Result<PathBuf, Failure> {
    let directory = choose_base_strategy().ok().map(|strategy| strategy.config_dir());
    let directory = directory.filter(|directory| directory.is_absolute());
    Ok(directory.ok_or_else(|| no_home("--config FILE"))?.join("rounds/config.toml"))
}

/// The directory of what is kept between runs when none is named.
pub(super) fn state_dir() -> Result<PathBuf, Failure> {
    let strategy = choose_base_strategy().ok();
    let directory = strategy.map(|strategy| strategy.state_dir().unwrap_or_else(|| strategy.data_dir()));
    let directory = directory.filter(|directory| directory.is_absolute());
    Ok(directory.ok_or_else(|| no_home("--state-dir DIR"))?.join("rounds"))
}

fn no_home(flag: &str) -> Failure {
    Failure::usage(format!("There is no home directory; say where with {flag}."))
}

/// A text given as `-`: what comes in on stdin, without the line end at its end.
pub(super) fn text_or_stdin(text: &str) -> Result<String, Failure> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let read = std::io::read_to_string(std::io::stdin());
    let text = read.map_err(|error| Failure::usage(format!("Standard input cannot be read: {error}.")))?;
    let text = text.trim_end_matches(['\r', '\n']);
    // A pipe whose writer failed brings nothing: that must not become a task or a remark without words.
    if text.trim().is_empty() {
        return Err(Failure::usage("Standard input holds no text."));
    }
    Ok(text.to_owned())
}
