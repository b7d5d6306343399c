//! The words that the house shares with every adapter: what is asked, what is answered, what went wrong.
//!
//! Must not do IO: an adapter is handed the conversation so far and says what to send next or what it all meant.

pub mod answers;
mod base64;
pub mod clinikapi;
mod document_edit;
pub mod document_json;
mod document_writing;
pub mod fhir;
pub mod json;
mod json_row;
#[cfg(test)]
mod junk;
mod narrative;
pub mod ndjson;
pub mod opendental;
pub mod outcome;
pub mod paging;
pub mod person_json;
mod raw;
pub mod task_json;
pub mod wire;
pub mod writing;

pub use paging::PagingGuard;

use crate::domain::{
    can::Can,
    check::Problem,
    document::{Document, Thing},
    people::{Person, PersonKind},
    priority::Priority,
    task::{DueFrom, FieldSet, Patch, SourceId, Task},
    time::Timestamp,
};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use wire::{WireReply, WireRequest};

/// One dialect: ClinikAPI, and others beside it.
pub trait Provider: fmt::Debug + Send + Sync {
    /// What the source can do, as far as is known: what it has said about itself corrects what its dialect gives.
    fn can(&self) -> Can;

    /// The next request of a conversation, or its outcome. A function of its arguments and nothing else:
    /// `heard` holds the replies to the requests asked so far, oldest first.
    fn step(&self, call: &Call, heard: &[WireReply]) -> Step;

    /// The same adapter with what the source said about itself ([`Reply::Alive`]); none where nothing is to be learnt
    /// or the text is not of its making.
    fn taught(&self, _lore: &Lore) -> Option<Box<dyn Provider>> {
        None
    }

    /// The request that begins a session, where tokens are given for a name and a password
    /// ([`wire::CredentialSlot::Session`]).
    fn sign_in(&self) -> Option<WireRequest> {
        None
    }

    /// The token in the reply to [`Provider::sign_in`].
    fn token(&self, _reply: &WireReply) -> Result<String, ApiError> {
        Err(ApiError {
            kind: ErrorKind::Unsupported,
            status: None,
            sentence: "This source knows no sign-in.".to_owned(),
            request_id: None,
        })
    }
}

/// What a source said about itself that its later answers need to be read: JSON text of the adapter's own making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lore(pub Box<str>);

/// What an adapter says next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Send this and come back with the reply.
    Ask(WireRequest),
    /// The conversation is over.
    Done(Result<Answer, ApiError>),
}

/// A question to a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// One page of tasks.
    SearchTasks {
        /// Which tasks.
        search: TaskSearch,
        /// Where to go on; none for the first page.
        cursor: Option<String>,
        /// Rows wanted.
        count: u16,
    },
    /// One task by id.
    ReadTask {
        /// The source's id.
        id: Box<str>,
    },
    /// Make a task. Sent once: never again without the user's word when its outcome is unknown.
    CreateTask {
        /// The task; its key is empty.
        draft: Box<Task>,
        /// The user's intent, the same on a manual retry (U8).
        idempotency_key: String,
    },
    /// Change some fields: the present task is read and compared with `base` first, then written.
    UpdateTask {
        /// The task as the user saw it.
        base: Box<Task>,
        /// What changes.
        patch: Patch,
        /// The user's intent, the same on a manual retry (U8).
        idempotency_key: String,
    },
    /// Remove a task.
    DeleteTask {
        /// The source's id.
        id: Box<str>,
    },
    /// Look for the tasks that a create of unknown outcome may have made.
    FindCreated {
        /// The task as it was sent.
        draft: Box<Task>,
        /// The user's intent that it was sent under.
        idempotency_key: String,
    },
    /// Something about documents.
    Document(DocumentCall),
    /// One person by id, for a name.
    ReadPerson {
        /// Patient or practitioner.
        kind: PersonKind,
        /// The source's id.
        id: Box<str>,
    },
    /// People by a part of their name, for a picker.
    SearchPeople {
        /// Patient or practitioner.
        kind: PersonKind,
        /// A part of the name; empty for all.
        name: String,
    },
    /// Which tasks changed since it was last asked; only where [`Can::tells_changes`] holds.
    Changes {
        /// The mark that the last answer gave; none the first time.
        since: Option<String>,
    },
    /// The earlier versions of a task, where the source keeps them.
    ReadHistory {
        /// The source's id.
        id: Box<str>,
    },
    /// Is the source there, does it speak its API, is the credential good, what may it do.
    Probe,
}

impl Call {
    /// Whether the call may change something at the source.
    pub fn writes(&self) -> bool {
        match self {
            Call::CreateTask { .. } | Call::UpdateTask { .. } | Call::DeleteTask { .. } => true,
            Call::Document(call) => call.writes(),
            _ => false,
        }
    }
}

/// A question about documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentCall {
    /// One page of documents.
    Search {
        /// Which documents.
        search: DocumentSearch,
        /// Where to go on; none for the first page.
        cursor: Option<String>,
        /// Rows wanted.
        count: u16,
    },
    /// One document by id.
    Read {
        /// The source's id.
        id: Box<str>,
    },
    /// Make a document. Sent once: never again without the user's word when its outcome is unknown.
    Create {
        /// The document; the id of its key is empty.
        draft: Box<Document>,
        /// The user's intent, the same on a manual retry (U8).
        idempotency_key: String,
    },
    /// Change a document: the present one is read and compared with `base` first, then what differs between `base` and
    /// `document` is written, the sections always whole.
    Update {
        /// The document as the user saw it.
        base: Box<Document>,
        /// The document as it shall be.
        document: Box<Document>,
        /// The user's intent, the same on a manual retry (U8).
        idempotency_key: String,
    },
    /// Remove a document.
    Delete {
        /// The source's id.
        id: Box<str>,
    },
    /// Look for the documents that a create of unknown outcome may have made.
    FindCreated {
        /// The document as it was sent.
        draft: Box<Document>,
        /// The user's intent that it was sent under.
        idempotency_key: String,
    },
}

impl DocumentCall {
    /// Whether the call may change something at the source.
    pub fn writes(&self) -> bool {
        matches!(
            self,
            DocumentCall::Create { .. } | DocumentCall::Update { .. } | DocumentCall::Delete { .. }
        )
    }
}

/// Filters that some source runs itself; what it does not run is filtered here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TaskSearch {
    /// Patient id.
    pub patient: Option<String>,
    /// Owner id.
    pub owner: Option<String>,
    /// Requester id.
    pub requester: Option<String>,
    /// One status code.
    pub status: Option<String>,
    /// One priority code.
    pub priority: Option<String>,
    /// Task code.
    pub code: Option<String>,
    /// First day, inclusive.
    pub date_from: Option<jiff::civil::Date>,
    /// Last day, inclusive.
    pub date_to: Option<jiff::civil::Date>,
}

/// Filters of a list of documents that some source runs itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DocumentSearch {
    /// Patient id.
    pub patient: Option<String>,
    /// The author's id.
    pub practitioner: Option<String>,
    /// One status code.
    pub status: Option<String>,
    /// The type, as code or text.
    pub kind: Option<String>,
    /// First day, inclusive.
    pub date_from: Option<jiff::civil::Date>,
    /// Last day, inclusive.
    pub date_to: Option<jiff::civil::Date>,
}

/// An outcome with what the source said about itself beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The outcome.
    pub reply: Reply,
    /// Request id, server time, limits.
    pub facts: Facts,
}

/// A good outcome.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A page of tasks.
    Page(Page),
    /// The task as it is now.
    Task(Box<Task>),
    /// The task that was made.
    Created {
        /// As the source gave it back.
        task: Box<Task>,
        /// The sent fields that came back different.
        differs: FieldSet,
    },
    /// The task after a change.
    Updated {
        /// As the source gave it back.
        task: Box<Task>,
        /// The changed fields that did not stick.
        differs: FieldSet,
    },
    /// A page of documents.
    Documents(DocumentPage),
    /// The document as it is now.
    Document(Box<Document>),
    /// The document after it was made or changed.
    DocumentSaved {
        /// As the source gave it back.
        document: Box<Document>,
        /// What was sent and came back different, by its path, such as `sections.2.text`.
        differs: Vec<String>,
    },
    /// The task or document is gone.
    Deleted,
    /// Things that look like the one whose creation is uncertain; empty when none was found.
    Candidates(Vec<Thing>),
    /// One person.
    Person(Person),
    /// People that match.
    People(Vec<Person>),
    /// What changed.
    Changes {
        /// The ids of the tasks that changed; they are read anew.
        ids: Vec<Box<str>>,
        /// The mark to ask with the next time.
        mark: Option<String>,
    },
    /// The versions of a task, newest first, the present one among them.
    History(Vec<Task>),
    /// The source is there.
    Alive(Box<Alive>),
}

impl Reply {
    /// Tasks that may be the one that was sent.
    pub fn tasks_found(tasks: Vec<Task>) -> Reply {
        Reply::Candidates(tasks.into_iter().map(|task| Thing::Task(Box::new(task))).collect())
    }
}

/// What a source says of itself when it is probed.
#[derive(Clone, Debug, PartialEq)]
pub struct Alive {
    /// One line about the server for the sources screen, such as its software's name.
    pub about: String,
    /// What it can do, corrected by what it said.
    pub can: Can,
    /// The user's own id there, where the source knows who asks.
    pub me: Option<String>,
    /// What its later answers need to be read.
    pub lore: Option<Lore>,
}

/// One page of a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The rows that could be read.
    pub tasks: Vec<Task>,
    /// Where to go on; none at the end. A cursor that does not move on has been dropped here already.
    pub next: Option<String>,
    /// Whether the source has more, or may have, but gives no way to it: what is missing here is not gone.
    pub is_cut: bool,
    /// How many there are in all, where the source says.
    pub total: Option<u64>,
    /// Rows without a usable id, left out and counted.
    pub dropped: u32,
    /// What was wrong with some of them, where each can be named: `Task.ndjson line 17: …`.
    pub complaints: Vec<String>,
    /// People whose names came along.
    pub people: Vec<Person>,
}

/// One page of a search for documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocumentPage {
    /// The documents that could be read. One without sections is a row that lacks them, since no document is without:
    /// they are read with the document alone.
    pub documents: Vec<Document>,
    /// Where to go on; none at the end.
    pub next: Option<String>,
    /// Whether the source has more, or may have, but gives no way to it.
    pub is_cut: bool,
    /// How many there are in all, where the source says.
    pub total: Option<u64>,
    /// Rows without a usable id, left out and counted.
    pub dropped: u32,
    /// What was wrong with some of them, where each can be named.
    pub complaints: Vec<String>,
}

/// What a source says about itself beside an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The source's id of the request.
    pub request_id: Option<String>,
    /// The source's clock when it answered.
    pub server_time: Option<Timestamp>,
    /// Requests left in this minute, of how many, and seconds until it begins anew.
    pub rate: Option<Rate>,
    /// Requests left in this month or pool.
    pub quota: Option<Quota>,
}

/// The short-term limit of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests allowed in the window.
    pub limit: u64,
    /// Requests left.
    pub remaining: u64,
    /// Seconds until the window begins anew (seconds, not an epoch: contract clinikapi §3.2).
    pub reset_s: u64,
}

/// The long-term pool of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests allowed in the pool.
    pub limit: u64,
    /// Requests left.
    pub remaining: u64,
    /// When the pool is filled again, where the source says.
    pub reset_at: Option<Timestamp>,
}

/// Why a question has no good answer. The kind decides what the program does; the sentence is what the user reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// What the program does about it.
    pub kind: ErrorKind,
    /// The HTTP status, when there was one.
    pub status: Option<u16>,
    /// What happened, one whole sentence, raw: show it through `Clean`.
    pub sentence: String,
    /// The source's id of the request.
    pub request_id: Option<String>,
}

/// What is to be done about an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorKind {
    /// 401: the credential is missing, malformed, unknown, revoked or expired. The source's queue stops.
    Credential,
    /// 403: the credential may not do this.
    Permission,
    /// 404: not there, or not ours; the source does not say which.
    NotFound,
    /// 409, 412, or a difference found by comparing: somebody changed it. The thing as it is now, when it was read.
    Conflict(Option<Thing>),
    /// 400, 413, 422: the source refused it and says where.
    Refused(Vec<Problem>),
    /// 429 for speed: not done; wait this long.
    Paused {
        /// Seconds to wait, clamped to a day.
        after_s: u64,
    },
    /// 429 for volume: not done; no more requests until the pool is filled again.
    Quota {
        /// When that is, where the source says.
        reset_at: Option<Timestamp>,
    },
    /// Nothing reached the server.
    NotSent,
    /// Bytes went out; what the server did is unknown. For a read: try again.
    Unknown,
    /// Something answered that is not the API: HTML, a redirect, junk. A write's outcome is unknown.
    NotItsApi,
    /// The call makes no sense for this source; nothing was sent.
    Unsupported,
}

impl ErrorKind {
    /// Whether a write that ended so may have been carried out (RELIABILITY §3.3).
    pub fn leaves_write_unknown(&self) -> bool {
        matches!(self, ErrorKind::Unknown | ErrorKind::NotItsApi)
    }
}

impl ApiError {
    /// Whether somebody else's change stood in the way.
    pub fn is_conflict(&self) -> bool {
        matches!(self.kind, ErrorKind::Conflict(_))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)?;
        match &self.request_id {
            Some(id) => write!(formatter, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}

/// What an adapter needs to know of its source: which one it is and what the user told about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceProfile {
    /// The id that its tasks carry.
    pub source: SourceId,
    /// The user's own practitioner id there.
    pub me: Option<String>,
    /// True when the user's key may only read.
    pub read_only: bool,
    /// True when deleting tasks is switched on.
    pub allow_delete: bool,
    /// The number of the user who writes, where the system wants one named (Open Dental's `UserNum`).
    pub user: Option<u64>,
    /// Tasks made before this day are not asked for, where a list needs such a floor.
    pub created_since: Option<jiff::civil::Date>,
    /// Which of an office's own priorities count as one of the four: the ids or names of its definitions.
    pub priorities: BTreeMap<Priority, Vec<String>>,
    /// Which field says when a task is due; none for the usual order.
    pub due_from: Option<DueFrom>,
    /// The zone of times that are sent without one; none for this machine's.
    pub zone: Option<TimeZone>,
    /// True when the base URL is on this machine or in the office's own network, where an API is not throttled.
    pub is_local: bool,
}

/// Makes the adapter of a source.
pub type MakeProvider = fn(SourceProfile) -> Box<dyn Provider>;

/// The kinds of source that have an adapter: the `kind` of the config, and how it is made.
pub const PROVIDERS: &[(&str, MakeProvider)] = &[
    ("clinikapi", clinikapi::make),
    ("opendental", opendental::make),
    ("fhir", fhir::make),
    ("omniehr", fhir::omniehr::make),
    ("ndjson", ndjson::make),
];
