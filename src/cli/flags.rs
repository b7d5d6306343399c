//! The flags that every command takes.
//!
//! Must not have one that takes a key: keys come from a command, a file or a variable of the environment.

use super::{environment, exit::Failure};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// The flags that every command takes.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Flags {
    /// The configuration file, in place of the usual one.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(super) config: Option<PathBuf>,
    /// Where the program keeps what must outlast it.
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub(super) state_dir: Option<PathBuf>,
    /// The profile: which sources are asked.
    #[arg(short, long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub(super) profile: Option<String>,
    /// Write nothing to any source.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(super) read_only: bool,
    /// When to use colours; attributes such as bold stay in any case.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Everywhere")]
    pub(super) color: When,
    /// The theme of the screen; `rounds themes` lists them.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub(super) theme: Option<String>,
    /// Leave the mouse to the terminal.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(super) no_mouse: bool,
    /// Log to this file, without patient data; the variable `ROUNDS_LOG` sets the level.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(super) log: Option<PathBuf>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// In any case.
    Always,
    /// Never.
    Never,
}

impl Flags {
    /// The configuration file.
    pub(super) fn config_file(&self) -> Result<PathBuf, Failure> {
        self.config.clone().map_or_else(environment::config_file, Ok)
    }

    /// The directory of what is kept between runs.
    pub(super) fn state_dir(&self) -> Result<PathBuf, Failure> {
        self.state_dir.clone().map_or_else(environment::state_dir, Ok)
    }

    /// Whether the screen may have colours.
    pub(super) fn wants_colour(&self) -> bool {
        match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => environment::variable("NO_COLOR").is_none(),
        }
    }
}
