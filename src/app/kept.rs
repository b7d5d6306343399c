//! What outlives the program and how it changes, as plain data: writes, drafts, marks, views and the journal of deeds.
//!
//! Must not know how it lies on a disk.

use super::{outbox::restore::Record, screens::editor::keep::Body, state::Keeping};
use crate::domain::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// One change of what is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Keep this write, in place of an earlier state of it.
    PutWrite(Box<Record>),
    /// This write is settled.
    DropWrite(Uuid),
    /// Keep this draft, in place of an earlier state of it.
    PutDraft(Draft),
    /// This draft is no longer wanted.
    DropDraft(Uuid),
    /// Set a mark on a task, in place of an earlier one of its kind.
    SetMark(Mark),
    /// Take a mark away.
    ClearMark {
        /// Which kind.
        kind: MarkKind,
        /// The name of the task's source.
        source: String,
        /// The source's id of the task.
        task: String,
    },
    /// Keep the state of a view or screen.
    PutView {
        /// Which one.
        name: String,
        /// Its state, in words of its own.
        state: String,
    },
    /// Add a deed to the journal.
    Note(Deed),
}

/// The number of a write on its store: its key as the source knows it.
pub fn write_id(record: &Record) -> Uuid {
    write_number(&record.intent.idempotency_key)
}

/// The same for a key.
pub fn write_number(key: &str) -> Uuid {
    Uuid::parse_str(key).unwrap_or_else(|_| {
        let hash = Sha256::digest(key.as_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    })
}

/// Text that somebody has begun and not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its number.
    pub id: Uuid,
    /// What it will be: `task`, `document`, `note` and their like.
    pub kind: String,
    /// The name of the source that it is meant for; empty when that is not settled.
    pub source: String,
    /// When it was begun.
    pub made_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// What it is about, for a list of drafts.
    pub title: String,
    /// The text, in the form of whoever edits it.
    pub body: DraftText,
}

/// The text of a draft. A document is written out only where it is stored: whoever types does not wait for that.
#[derive(Clone, Debug)]
pub enum DraftText {
    /// Written out.
    Written(String),
    /// A document as it was when it was given to the store.
    Document(Arc<Body>),
}

impl DraftText {
    /// The text, written out.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            DraftText::Written(text) => Cow::Borrowed(text),
            // A document is plain data under plain names: nothing in it cannot be written.
            DraftText::Document(body) => Cow::Owned(serde_json::to_string(body.as_ref()).unwrap_or_default()),
        }
    }
}

impl PartialEq for DraftText {
    fn eq(&self, other: &DraftText) -> bool {
        self.text() == other.text()
    }
}

impl Eq for DraftText {}

impl Serialize for DraftText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for DraftText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DraftText, D::Error> {
        String::deserialize(deserializer).map(DraftText::Written)
    }
}

/// A mark that this user set on a task; no source knows of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Which kind.
    pub kind: MarkKind,
    /// The name of the task's source.
    pub source: String,
    /// The source's id of the task.
    pub task: String,
    /// When it was set.
    pub set_at: Timestamp,
    /// Until when it holds; none for as long as it stands.
    pub until: Option<Timestamp>,
}

/// The kinds of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MarkKind {
    /// A star.
    Flag,
    /// Out of sight until a time.
    Snooze,
}

impl MarkKind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            MarkKind::Flag => "flag",
            MarkKind::Snooze => "snooze",
        }
    }
}

/// One line of the journal: what this user did from here, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: DeedKind,
    /// The number of the write, where it is about one.
    pub write: Option<Uuid>,
    /// The name of the source, where it is about one.
    pub source: String,
    /// The source's id of the task, where there is one.
    pub task: Option<String>,
    /// The line that the user confirmed, or what happened in words.
    pub line: String,
    /// What the source said, where it said anything.
    pub answer: Option<String>,
}

/// What can stand in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeedKind {
    /// A write was confirmed and kept.
    Confirmed,
    /// It was given to its source.
    Sent,
    /// The source answered with the thing itself.
    Done,
    /// The source refused it.
    Refused,
    /// Nobody knows what became of it.
    Unknown,
    /// The user took it back.
    Dropped,
    /// The store was damaged and made anew of what could be read.
    Salvaged,
}

impl DeedKind {
    /// The word for it, in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            DeedKind::Confirmed => "confirmed",
            DeedKind::Sent => "sent",
            DeedKind::Done => "done",
            DeedKind::Refused => "refused",
            DeedKind::Unknown => "unknown",
            DeedKind::Dropped => "dropped",
            DeedKind::Salvaged => "salvaged",
        }
    }
}

/// What a check of the journal found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every row stands where and as it was written.
    Whole {
        /// How many rows there are.
        rows: u64,
    },
    /// A row was changed, cut off or taken away.
    Broken {
        /// The number of the first row that is not as it was written.
        first: u64,
    },
}

/// The end of the journal, and whether all of it is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalPage {
    /// The last deeds, oldest first.
    pub deeds: Vec<Deed>,
    /// Whether the whole journal is unchanged.
    pub verdict: Verdict,
}

/// All that is kept, but the journal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Writes that are not settled, in the order in which they were confirmed.
    pub writes: Vec<Record>,
    /// Drafts, in the order in which they were begun.
    pub drafts: Vec<Draft>,
    /// Marks, in the order in which they were set.
    pub marks: Vec<Mark>,
    /// The states of views by name.
    pub views: BTreeMap<String, String>,
    /// Rows that are whole but were written in words that this version does not know: they stay where they are.
    pub not_understood: usize,
    /// Whether this may be an earlier state than the last: a write that seems to wait may have been sent.
    pub doubtful: bool,
}

/// What came of asking for a store that another process had.
#[derive(Clone, Debug, PartialEq)]
pub enum Handover {
    /// The other has it still.
    Held,
    /// The other has it still; this is what it keeps.
    Seen(Box<Kept>),
    /// The other has ended: this process writes from now on, and this was kept.
    Ours(Box<Kept>),
}

/// What was found where things are kept, and how it is kept from here on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// What this run takes up.
    pub kept: Kept,
    /// Writes that whoever holds the store sends.
    pub others: Vec<Record>,
    /// Where writes are kept from here on.
    pub keeping: Keeping,
    /// Whether another process keeps the store, and this one only reads it.
    pub is_reader: bool,
    /// What the user should know of it, a whole sentence each.
    pub notices: Vec<String>,
}

impl Kept {
    /// Carries a change out; the journal is not kept here.
    pub fn apply(&mut self, change: &Change) {
        fn put<T: Clone>(list: &mut Vec<T>, new: &T, same: impl Fn(&T) -> bool) {
            match list.iter_mut().find(|old| same(old)) {
                Some(old) => old.clone_from(new),
                None => list.push(new.clone()),
            }
        }
        match change {
            Change::PutWrite(record) => {
                let id = write_id(record);
                put(&mut self.writes, record, |old| write_id(old) == id);
            }
            Change::DropWrite(id) => self.writes.retain(|record| write_id(record) != *id),
            Change::PutDraft(draft) => put(&mut self.drafts, draft, |old| old.id == draft.id),
            Change::DropDraft(id) => self.drafts.retain(|draft| draft.id != *id),
            Change::SetMark(mark) => put(&mut self.marks, mark, |old| {
                (old.kind, &old.source, &old.task) == (mark.kind, &mark.source, &mark.task)
            }),
            Change::ClearMark { kind, source, task } => {
                self.marks.retain(|mark| (mark.kind, &mark.source, &mark.task) != (*kind, source, task));
            }
            Change::PutView { name, state } => {
                self.views.insert(name.clone(), state.clone());
            }
            Change::Note(_) => {}
        }
    }
}
