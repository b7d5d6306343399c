//! A write that the user has confirmed: what is wanted, and where it stands.
//!
//! Must not move itself on: `outbox.rs` does.

use crate::domain::{
    document::{Document, DocumentKey, Thing},
    priority::Priority,
    status::Status,
    task::{Field, Patch, SourceId, Task, TaskKey},
    time::Timestamp,
};
use crate::providers::{ApiError, Call, DocumentCall};
use serde::{Deserialize, Serialize};

/// The number of a conversation with a source; every answer gives it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId(pub u64);

/// The number of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IntentId(pub u64);

/// What the user wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wish {
    /// Make this task.
    Create(Box<Task>),
    /// Change some fields of a task.
    Update {
        /// The task as the user saw it.
        base: Box<Task>,
        /// What changes.
        patch: Patch,
    },
    /// Remove a task.
    Delete {
        /// The task as the user saw it.
        base: Box<Task>,
    },
    /// Make this document.
    CreateDocument(Box<Document>),
    /// Change a document: what differs is sent, the sections always whole.
    UpdateDocument {
        /// The document as the user saw it.
        base: Box<Document>,
        /// The document as it shall be.
        document: Box<Document>,
    },
    /// Remove a document.
    DeleteDocument {
        /// The document as the user saw it.
        base: Box<Document>,
    },
}

/// Which thing a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A task.
    Task(&'a TaskKey),
    /// A document.
    Document(&'a DocumentKey),
}

impl Wish {
    /// Whether it is never held back: somebody waits to see that a STAT was seen.
    pub fn goes_at_once(&self) -> bool {
        let Wish::Update { base, patch } = self else { return false };
        let is_ack = matches!(patch.values.status, Status::Received | Status::Accepted)
            && !matches!(base.status, Status::Received | Status::Accepted)
            && base.status.is_open();
        is_ack
            && patch.fields.iter().eq([&Field::Status])
            && base.priority.as_ref().is_some_and(Priority::is_stat)
    }

    /// Whether it makes something new.
    pub fn creates(&self) -> bool {
        matches!(self, Wish::Create(_) | Wish::CreateDocument(_))
    }

    /// What it is about; none for what is yet to be made.
    pub fn subject(&self) -> Option<Subject<'_>> {
        match self {
            Wish::Create(_) | Wish::CreateDocument(_) => None,
            Wish::Update { base, .. } | Wish::Delete { base } => Some(Subject::Task(&base.key)),
            Wish::UpdateDocument { base, .. } | Wish::DeleteDocument { base } => {
                Some(Subject::Document(&base.key))
            }
        }
    }

    /// Whether it takes something away: there is nothing in it to be corrected.
    pub fn removes(&self) -> bool {
        matches!(self, Wish::Delete { .. } | Wish::DeleteDocument { .. })
    }

    /// The document as it shall be, where it is about one.
    pub fn document(&self) -> Option<&Document> {
        match self {
            Wish::CreateDocument(document) | Wish::UpdateDocument { document, .. } => Some(document),
            Wish::DeleteDocument { base } => Some(base),
            Wish::Create(_) | Wish::Update { .. } | Wish::Delete { .. } => None,
        }
    }

    /// The call that carries it out, under the key of the user's intent.
    pub fn call(&self, idempotency_key: String) -> Call {
        match self {
            Wish::Create(draft) => Call::CreateTask { draft: draft.clone(), idempotency_key },
            Wish::Update { base, patch } => {
                Call::UpdateTask { base: base.clone(), patch: patch.clone(), idempotency_key }
            }
            Wish::Delete { base } => Call::DeleteTask { id: base.key.id.clone() },
            Wish::CreateDocument(draft) => {
                Call::Document(DocumentCall::Create { draft: draft.clone(), idempotency_key })
            }
            Wish::UpdateDocument { base, document } => Call::Document(DocumentCall::Update {
                base: base.clone(),
                document: document.clone(),
                idempotency_key,
            }),
            Wish::DeleteDocument { base } => Call::Document(DocumentCall::Delete { id: base.key.id.clone() }),
        }
    }

    /// Gives it and all that is in it to a source of this run.
    pub(super) fn move_to(&mut self, source: SourceId) {
        match self {
            Wish::Create(draft) => draft.key.source = source,
            Wish::Update { base, patch } => {
                base.key.source = source;
                patch.values.key.source = source;
            }
            Wish::Delete { base } => base.key.source = source,
            Wish::CreateDocument(draft) => draft.key.source = source,
            Wish::UpdateDocument { base, document } => {
                base.key.source = source;
                document.key.source = source;
            }
            Wish::DeleteDocument { base } => base.key.source = source,
        }
    }
}

/// A write that the user has confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Its number.
    pub id: IntentId,
    /// Where it goes.
    pub source: SourceId,
    /// What is wanted.
    pub wish: Wish,
    /// The user's intent on the wire, the same on a manual retry.
    pub idempotency_key: String,
    /// The line that the user confirmed: verb, task, patient by name, birth date and id.
    pub line: String,
    /// What the user typed for it, to be given back on a refusal.
    pub typed: String,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
    /// Where it stands.
    pub state: IntentState,
}

/// Where a write stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IntentState {
    /// Not yet on its store; nothing has been sent.
    Saving,
    /// On its store, held back so that the user can take it back.
    Held {
        /// Until then.
        until: Timestamp,
    },
    /// On its store, waiting for its turn, its link or its time.
    Waiting {
        /// Not before this time.
        not_before: Option<Timestamp>,
        /// Why it waits.
        why: Option<String>,
    },
    /// Under way.
    Sending(CallId),
    /// Outcome unknown; waiting until a look at the source can tell.
    ToLook {
        /// When to look: search may lag behind the write.
        at: Timestamp,
        /// What happened.
        sentence: String,
    },
    /// Outcome unknown; looking.
    Looking(CallId, String),
    /// Outcome unknown after a look: the user decides.
    Unknown {
        /// What happened.
        sentence: String,
        /// What was found that may be ours.
        found: Vec<Thing>,
    },
    /// Refused by the source; the text is kept.
    Refused {
        /// What it said.
        error: ApiError,
    },
}

impl Intent {
    /// The task that it is about; none for a task yet to be made and for documents.
    pub fn key(&self) -> Option<&TaskKey> {
        match self.wish.subject() {
            Some(Subject::Task(key)) => Some(key),
            Some(Subject::Document(_)) | None => None,
        }
    }

    /// Whether nothing more happens to it without the user.
    pub fn needs_user(&self) -> bool {
        matches!(self.state, IntentState::Unknown { .. } | IntentState::Refused { .. })
    }

    /// Whether somebody else's change stands in its way.
    pub fn is_conflict(&self) -> bool {
        matches!(&self.state, IntentState::Refused { error } if error.is_conflict())
    }

    /// Whether it is on its store and was never tried.
    pub fn is_untried(&self) -> bool {
        matches!(self.state, IntentState::Held { .. } | IntentState::Waiting { not_before: None, why: None })
    }

    /// Whether this call is about it.
    pub fn is_under_way(&self, call: CallId) -> bool {
        matches!(self.state, IntentState::Sending(id) | IntentState::Looking(id, _) if id == call)
    }

    /// The call that carries it out.
    pub(super) fn call(&self) -> Call {
        self.wish.call(self.idempotency_key.clone())
    }

    /// The call that finds out what became of it.
    pub fn look(&self) -> Call {
        let idempotency_key = || self.idempotency_key.clone();
        match &self.wish {
            Wish::Create(draft) => {
                Call::FindCreated { draft: draft.clone(), idempotency_key: idempotency_key() }
            }
            Wish::Update { base, .. } | Wish::Delete { base } => Call::ReadTask { id: base.key.id.clone() },
            Wish::CreateDocument(draft) => Call::Document(DocumentCall::FindCreated {
                draft: draft.clone(),
                idempotency_key: idempotency_key(),
            }),
            Wish::UpdateDocument { base, .. } | Wish::DeleteDocument { base } => {
                Call::Document(DocumentCall::Read { id: base.key.id.clone() })
            }
        }
    }
}
