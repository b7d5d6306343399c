//! The configuration: its text read into finished values, with every problem at its place.
//!
//! Must not read a file, a key or the environment, and must not fail as a whole: what is good always holds.

mod address;
mod read;
mod schema;
mod source;
#[cfg(test)]
mod tests;
mod views;
mod walk;

pub use read::parse;
pub use schema::schema;
pub use views::{View, save_view};

use crate::domain::{nearest::nearest, priority::Priority, task::DueFrom};
use jiff::{Span, SpanFieldwise, tz::TimeZone};
use std::{collections::BTreeMap, fmt};

/// The columns that a view can show, by the names that the configuration uses.
pub const COLUMNS: [&str; 17] = [
    "prio", "due", "status", "who", "patient", "title", "sys", "age", "stage", "code", "biz", "req", "enc",
    "list", "intent", "updated", "id",
];

/// The names of the keymap presets.
pub const PRESETS: [&str; 4] = ["default", "vim", "emacs", "arrows"];

/// The profile that is used when none is named.
pub const DEFAULT_PROFILE: &str = "default";

/// How far back tasks are asked for when nothing is said, in years: a list that is short of old tasks hides work.
const USUAL_HISTORY_YEARS: i64 = 5;

/// Everything that the configuration file can say, finished: defaults filled in, views complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Every good profile.
    pub profiles: Vec<Profile>,
    /// Every good source, in the order of the file.
    pub sources: Vec<Source>,
    /// The shipped views with the user's over them, in the order of their keys; those without a key come last.
    pub views: Vec<View>,
    /// The user's patch of the keymap, line by line.
    pub keys: Vec<KeyLine>,
    /// How it looks.
    pub ui: Ui,
    /// What it calls out.
    pub notify: Notify,
    /// Where the key of the store comes from.
    pub store_key: StoreKeyPlace,
}

/// Where the key comes from that seals what is kept; never the key itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreKeyPlace {
    /// A file beside the store.
    #[default]
    File,
    /// What this program prints, with its arguments.
    Command(Vec<String>),
    /// The configuration does not say it clearly: another key must not be taken in its place.
    Unclear,
}

/// A named choice of sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The names of its sources, in order; each is one of [`Config::sources`].
    pub sources: Vec<String>,
}

/// One system to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name, the part before the slash in `clinic/8f0c`.
    pub name: String,
    /// Which dialect it speaks, a name of the provider registry.
    pub kind: &'static str,
    /// Its origin and base path, without a slash at the end; empty for files.
    pub url: String,
    /// Its files, for a source of files.
    pub files: Vec<String>,
    /// What it is asked with.
    pub credential: Credential,
    /// The user's own practitioner id there.
    pub me: Option<String>,
    /// Whether anything may be written.
    pub read_only: bool,
    /// Seconds between two refreshes.
    pub poll_s: u32,
    /// One or two letters for the SY column.
    pub tag: String,
    /// A file of certificate authorities to trust besides the usual ones.
    pub ca_file: Option<String>,
    /// A file with the certificate that this side shows.
    pub client_cert_file: Option<String>,
    /// The file of that certificate's key, where it has its own.
    pub client_key_file: Option<String>,
    /// Whether the user has agreed to plain http beyond loopback.
    pub allow_plain_http: bool,
    /// Whether tasks may be deleted.
    pub allow_delete: bool,
    /// Whether its data are real, where its key does not say.
    pub badge: Option<Badge>,
    /// The number of the user who writes (Open Dental).
    pub user: Option<u64>,
    /// Which of an office's own priorities count as one of the four, by number or name.
    pub priorities: BTreeMap<Priority, Vec<String>>,
    /// How far back tasks were made that are asked for (Open Dental).
    pub history: SpanFieldwise,
    /// The zone of its times without one; none for this machine's.
    pub zone: Option<TimeZone>,
    /// Which field says when a task is due; none for the usual order.
    pub due_from: Option<DueFrom>,
}

impl Default for Source {
    /// A source that says nothing: nothing is allowed that has to be agreed to.
    fn default() -> Source {
        Source {
            name: String::new(),
            kind: "",
            url: String::new(),
            files: Vec::new(),
            credential: Credential::Nothing,
            me: None,
            read_only: false,
            poll_s: 60,
            tag: String::new(),
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
            allow_plain_http: false,
            allow_delete: false,
            badge: None,
            user: None,
            priorities: BTreeMap::new(),
            history: Span::new().years(USUAL_HISTORY_YEARS).fieldwise(),
            zone: None,
            due_from: None,
        }
    }
}

/// Whether the data behind a source are real, as its user says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Badge {
    /// Real people.
    Live,
    /// A vendor's or hospital's test store.
    Test,
    /// Invented people.
    Synthetic,
}

/// What a source is asked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    Nothing,
    /// A key or a token.
    Key(SecretPlace),
    /// The keys of a program and of an office.
    Pair {
        /// The program's.
        developer: SecretPlace,
        /// The office's.
        customer: SecretPlace,
    },
    /// A name and a password.
    Login {
        /// The name, an e-mail address.
        name: String,
        /// The password.
        password: SecretPlace,
    },
}

/// Where a secret comes from; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// What this program prints, with its arguments.
    Command(Vec<String>),
    /// The value of this environment variable.
    Environment(String),
    /// The content of this file, which nobody else may read.
    File(String),
}

/// One line of `[keys.<context>]`, not yet looked up: contexts and actions are known elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// The context.
    pub context: String,
    /// The keys.
    pub keys: String,
    /// The action's id, or `none`.
    pub action: String,
    /// The line of the file, from one.
    pub line: usize,
    /// The column, from one.
    pub column: usize,
}

/// How it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ui {
    /// The name of the theme.
    pub theme: String,
    /// What the selection covers; none leaves it to the link: the key field over SSH, else the row.
    pub selection: Option<Selection>,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// The keymap preset.
    pub preset: String,
    /// The columns of views that name none; empty for the usual ones.
    pub columns: Vec<String>,
    /// How long a confirmed write can be taken back before it is sent, in seconds; 0 sends it at once.
    pub undo_window_s: u32,
}

/// What the selection covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The whole row.
    Bar,
    /// Its key field only.
    Key,
}

/// What it calls out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    /// The bell sounds for arrivals that match this query; none for never.
    pub bell: Option<String>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            profiles: Vec::new(),
            sources: Vec::new(),
            views: views::shipped(),
            keys: Vec::new(),
            ui: Ui::default(),
            notify: Notify::default(),
            store_key: StoreKeyPlace::default(),
        }
    }
}

impl Default for Ui {
    fn default() -> Ui {
        Ui {
            theme: "ansi16".to_owned(),
            selection: None,
            mouse: true,
            preset: "default".to_owned(),
            columns: Vec::new(),
            undo_window_s: 5,
        }
    }
}

impl Default for Notify {
    fn default() -> Notify {
        Notify { bell: Some("prio:stat is:new".to_owned()) }
    }
}

impl Config {
    /// The source of a name.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.name == *name)
    }

    /// The sources of a profile, in order; a `SourceId` is a place in this list.
    ///
    /// Without a name it is the profile `default`; where that is not written either, all sources.
    /// The error is a sentence that names the profiles there are.
    pub fn profile(&self, name: Option<&str>) -> Result<Vec<&Source>, String> {
        let wanted = name.unwrap_or(DEFAULT_PROFILE);
        match self.profiles.iter().find(|profile| profile.name == wanted) {
            Some(profile) => Ok(profile.sources.iter().filter_map(|name| self.source(name)).collect()),
            None if wanted == DEFAULT_PROFILE => Ok(self.sources.iter().collect()),
            None => {
                let names: Vec<&str> = self.profiles.iter().map(|profile| &*profile.name).collect();
                let rest = match nearest(wanted, names.iter().copied()) {
                    Some(meant) => format!("; did you mean {meant}?"),
                    None if names.is_empty() => "; it has none.".to_owned(),
                    None => format!("; it has {}.", names.join(", ")),
                };
                Err(format!("There is no profile {wanted:?} in the configuration{rest}"))
            }
        }
    }
}

/// Something wrong in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The line of the file, from one.
    pub line: usize,
    /// The column, from one.
    pub column: usize,
    /// The dotted key that it stands at, such as `source.clinic.poll`; empty for broken TOML.
    pub key: String,
    /// What is wrong and what would be right, a whole sentence; it never repeats a secret.
    pub sentence: String,
    /// What could stand there instead, when that is a list of names.
    pub allowed: Vec<String>,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.sentence)?;
        if self.allowed.is_empty() {
            return Ok(());
        }
        write!(formatter, " Allowed: {}.", self.allowed.join(", "))
    }
}

/// The text that `rounds config init` writes: every setting, explained and switched off.
pub fn template() -> &'static str {
    include_str!("../assets/config.toml")
}
