//! What a source can do, as data: verbs, writable fields, limits and pace, with a sentence for each "cannot".
//!
//! Must not decide anything: adapters declare it, answers correct it, screens and checks read it.

use super::{status::Status, task::Field};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A thing that a user may want of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Capability {
    /// List and search tasks.
    List,
    /// Read one task.
    Read,
    /// Make a task.
    Create,
    /// Change a task.
    Update,
    /// Remove a task.
    Delete,
    /// Give a task to somebody.
    Reassign,
    /// Write a note on a task.
    Note,
    /// Write documents.
    Document,
    /// Ask for the earlier versions of a task.
    History,
}

impl Capability {
    /// Every capability, in the order of the sources screen.
    pub const ALL: [Capability; 9] = [
        Capability::List,
        Capability::Read,
        Capability::Create,
        Capability::Update,
        Capability::Delete,
        Capability::Reassign,
        Capability::Note,
        Capability::Document,
        Capability::History,
    ];

    /// The word for tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Capability::List => "list",
            Capability::Read => "read",
            Capability::Create => "create",
            Capability::Update => "update",
            Capability::Delete => "delete",
            Capability::Reassign => "reassign",
            Capability::Note => "note",
            Capability::Document => "document",
            Capability::History => "history",
        }
    }

    /// Whether it changes anything at the source.
    pub fn writes(self) -> bool {
        !matches!(self, Capability::List | Capability::Read | Capability::History)
    }
}

/// What holds for one field of a source's create or update body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// The field.
    pub field: Field,
    /// The longest text allowed, in UTF-16 code units (the strictest reading, U11); none where no limit is stated.
    pub max_units: Option<u32>,
    /// Whether a create without it is refused.
    pub required: bool,
}

impl FieldRule {
    /// A field without a limit.
    pub const fn free(field: Field) -> FieldRule {
        FieldRule { field, max_units: None, required: false }
    }

    /// A field of at most `max_units` UTF-16 code units.
    pub const fn text(field: Field, max_units: u32) -> FieldRule {
        FieldRule { field, max_units: Some(max_units), required: false }
    }

    /// A field that a create must carry.
    pub const fn required(field: Field) -> FieldRule {
        FieldRule { field, max_units: None, required: true }
    }
}

/// How often a source may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Requests allowed a minute, before the source's own headers correct it.
    pub per_minute: u32,
    /// The fastest automatic refresh, in seconds.
    pub poll_floor_s: u32,
    /// How long search may lag behind a write, in seconds.
    pub search_lag_s: u32,
}

/// What a source can do, its limits and its pace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Can {
    /// The system's name for people, such as `ClinikAPI`.
    pub system: &'static str,
    /// What is refused, each with a whole sentence that says why.
    pub refused: BTreeMap<Capability, String>,
    /// The fields of a create body.
    pub create: &'static [FieldRule],
    /// The fields of an update body.
    pub update: &'static [FieldRule],
    /// The statuses that may be sent.
    pub statuses: Vec<Status>,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Rows asked for in a page.
    pub page_count: u16,
    /// How often it may be asked.
    pub pace: Pace,
}

impl Can {
    /// Whether the source does this; else the sentence that says why not.
    pub fn may(&self, capability: Capability) -> Result<(), &str> {
        self.refused.get(&capability).map_or(Ok(()), |reason| Err(reason))
    }

    /// Takes a capability away and says why; the first reason stays.
    pub fn refuse(&mut self, capability: Capability, reason: &str) {
        self.refused.entry(capability).or_insert_with(|| reason.to_owned());
    }

    /// Takes every writing capability away, as a read-scope key or `--read-only` does.
    pub fn refuse_writes(&mut self, reason: &str) {
        for capability in Capability::ALL.into_iter().filter(|capability| capability.writes()) {
            self.refuse(capability, reason);
        }
    }

    /// Whether the source can change this field of an existing task; else the sentence that says why not.
    pub fn may_update(&self, field: Field) -> Result<(), String> {
        self.may(Capability::Update).map_err(str::to_owned)?;
        if self.update.iter().any(|rule| rule.field == field) {
            return Ok(());
        }
        Err(format!("{} cannot change {} of an existing task.", self.system, field.name()))
    }

    /// The rule of a field in a create (`true`) or update (`false`) body.
    pub fn rule(&self, field: Field, creating: bool) -> Option<&FieldRule> {
        let rules = if creating { self.create } else { self.update };
        rules.iter().find(|rule| rule.field == field)
    }
}
