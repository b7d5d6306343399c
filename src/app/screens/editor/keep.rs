//! How a document is kept while it is written: a draft on the disk, never more than a second or fifty edits behind.
//!
//! Must not wait for the disk, nor set a timer while nothing is changed.

use super::{Editor, history::History};
use crate::app::{
    effect::Effect,
    kept::{Draft, DraftText},
    msg::TimerId,
    state::State,
};
use crate::domain::{
    check::Problem,
    document::Document,
    outline::Path,
    task::{SourceId, TaskKey},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// The word for drafts of documents.
pub const KIND: &str = "document";
/// So many edits are kept at once, without waiting for the timer.
const MOST_EDITS: u32 = 50;
/// How long an edit waits for those behind it, in milliseconds.
const WAIT_MS: i64 = 1_000;

/// How far a document is kept.
#[derive(Clone, Debug)]
pub struct Keep {
    /// The draft's number. It is the key of the write that it becomes, so that the draft of what has arrived is known.
    pub id: Uuid,
    /// When it was begun.
    made_at: Timestamp,
    /// Edits that are not given to the store yet.
    edits: u32,
    /// Whether the timer runs.
    is_timed: bool,
    /// The states given to the store so far.
    given: u64,
    /// The last of them that it has.
    stored: u64,
}

/// What a draft of a document holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Body {
    /// The document as it was written.
    pub document: Document,
    /// The document as its source had it, where one is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Box<Document>>,
    /// The source's id of the task that it was begun from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Box<str>>,
    /// The section under the cursor.
    #[serde(default)]
    pub at: Path,
    /// The cursor in its text.
    #[serde(default)]
    pub byte: usize,
    /// What the source said of it when it was sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returned: Vec<Problem>,
    /// The patient as they were known when it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<(Box<str>, String)>,
    /// What belongs into sections, by their titles.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prompts: BTreeMap<Box<str>, Box<str>>,
    /// What can be taken back.
    #[serde(default)]
    pub history: History,
}

impl Keep {
    /// A draft that nothing of is kept yet.
    pub fn new(state: &mut State) -> Keep {
        let key = state.ids.idempotency_key();
        let id = Uuid::parse_str(&key).unwrap_or_default();
        Keep { id, made_at: state.now, edits: 0, is_timed: false, given: 0, stored: 0 }
    }

    /// A draft that was kept.
    pub fn of(draft: &Draft) -> Keep {
        Keep { id: draft.id, made_at: draft.made_at, edits: 0, is_timed: false, given: 1, stored: 1 }
    }

    /// Whether everything is on its store.
    pub fn is_whole(&self) -> bool {
        self.edits == 0 && self.stored == self.given
    }

    /// Goes on under another number: what was refused is sent under a key of its own.
    pub(super) fn renumber(&mut self, id: Uuid) {
        self.id = id;
        // All that was given is kept under it.
        self.stored = self.given;
    }

    /// Whether anything was given to the store.
    pub fn has_begun(&self) -> bool {
        self.given > 0
    }
}

/// Something was changed: it is kept within a second.
pub(super) fn on_change(state: &mut State) {
    let now = state.now;
    let Some(editor) = state.editor.as_deref_mut() else { return };
    editor.keep.edits += 1;
    if editor.keep.edits >= MOST_EDITS {
        return store(state);
    }
    if !editor.keep.is_timed
        && let Ok(at) = now.checked_add(jiff::SignedDuration::from_millis(WAIT_MS))
    {
        editor.keep.is_timed = true;
        state.effects.push(Effect::Timer { id: TimerId::Draft, at });
    }
}

/// The second is over.
pub fn on_timer(state: &mut State) {
    if let Some(editor) = state.editor.as_deref_mut() {
        editor.keep.is_timed = false;
        flush(state);
    }
}

/// Keeps what is not kept yet.
pub fn flush(state: &mut State) {
    if state.editor.as_deref().is_some_and(|editor| editor.keep.edits > 0) {
        store(state);
    }
}

/// Gives the document to the store as it is now.
pub(super) fn store(state: &mut State) {
    let now = state.now;
    let Some(editor) = state.editor.as_deref() else { return };
    let source = state.source(editor.source).map_or_else(String::new, |source| source.name.clone());
    let title = title(state, editor.source, &editor.document);
    let draft = draft(editor, source, title, now);
    let Some(editor) = state.editor.as_deref_mut() else { return };
    editor.keep.edits = 0;
    editor.keep.given += 1;
    let revision = editor.keep.given;
    match state.drafts.iter_mut().find(|known| known.id == draft.id) {
        Some(known) => known.clone_from(&draft),
        None => state.drafts.push(draft.clone()),
    }
    state.effects.push(Effect::StoreDraft { draft: Box::new(draft), revision });
    state.touch();
}

fn draft(editor: &Editor, source: String, title: String, now: Timestamp) -> Draft {
    let body = Body {
        document: editor.document.clone(),
        base: editor.base.clone(),
        task: editor.task.as_ref().map(|task| task.id.clone()),
        at: editor.at.clone(),
        byte: editor.prose.cursor(),
        returned: editor.check.returned.clone(),
        seen: editor.seen.clone(),
        prompts: editor.prompts.clone(),
        history: editor.history.to_keep(),
    };
    Draft {
        id: editor.keep.id,
        kind: KIND.to_owned(),
        source,
        made_at: editor.keep.made_at,
        changed_at: now,
        title,
        body: DraftText::Document(Arc::new(body)),
    }
}

/// What a draft is called in a list: its title and whom it is about.
pub(super) fn title(state: &State, source: SourceId, document: &Document) -> String {
    let name = [&document.title, &document.kind].into_iter().find(|name| !name.trim().is_empty());
    let name = name.map_or("Document", |name| name);
    format!("{name} · {}", state.patient_of(source, document.patient.as_ref()))
}

/// The store has answered about a draft.
pub fn on_stored(state: &mut State, id: Uuid, revision: u64, outcome: &Result<(), String>) {
    if outcome.is_ok()
        && let Some(editor) = state.editor.as_deref_mut().filter(|editor| editor.keep.id == id)
    {
        editor.keep.stored = editor.keep.stored.max(revision);
        state.touch();
    }
}

/// What a draft of a document holds; none where it is another kind of draft or cannot be read.
pub fn read(draft: &Draft) -> Option<Arc<Body>> {
    match &draft.body {
        DraftText::Document(body) => Some(Arc::clone(body)),
        DraftText::Written(text) if draft.kind == KIND => serde_json::from_str(text).ok().map(Arc::new),
        DraftText::Written(_) => None,
    }
}

/// The task of a draft, in a source of this run.
pub(super) fn task(body: &Body, source: SourceId) -> Option<TaskKey> {
    body.task.as_ref().map(|id| TaskKey { source, id: id.clone() })
}
