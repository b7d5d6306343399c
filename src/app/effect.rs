//! All that the program can want of the world, as plain data.
//!
//! Must not say how: `runtime/actor.rs` does it and answers with a `Msg`.

use super::{
    kept::{Change, Draft},
    msg::TimerId,
    outbox::{CallId, End, Intent, IntentId},
};
use crate::domain::{task::SourceId, time::Timestamp};
use crate::providers::Call;

/// One thing wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Hold a conversation with a source; answered by `Msg::Heard`.
    Call {
        /// Its number.
        id: CallId,
        /// With whom.
        source: SourceId,
        /// What about.
        call: Call,
    },
    /// Keep that this write goes out now, and only then hold the conversation with its source; answered by `Msg::Heard`,
    /// or by `Msg::NotKept` when nothing went out.
    Send {
        /// The conversation's number.
        id: CallId,
        /// With whom.
        source: SourceId,
        /// What about.
        call: Call,
        /// The write as it goes out.
        intent: Box<Intent>,
    },
    /// Keep where this write stands now; nothing waits for it.
    Note(Box<Intent>),
    /// Stop listening to reads of a source that are under way. Writes are never cancelled.
    CancelReads(SourceId),
    /// Say when this time has come; replaces an older timer of the same kind.
    Timer {
        /// What for.
        id: TimerId,
        /// When.
        at: Timestamp,
    },
    /// Let waiting input pass, then go on scanning.
    GoOn(u64),
    /// Keep this write before it is sent; answered by `Msg::Stored`.
    Keep(Box<Intent>),
    /// This write is settled so and need not be kept.
    Forget(IntentId, End),
    /// Let a write go that the user takes back; answered by `Msg::LetGo`.
    LetGo {
        /// Its key: the answer gives it back.
        key: String,
        /// That it goes, and the journal's word of it.
        changes: Vec<Change>,
    },
    /// These writes of an earlier run are this one's from now on.
    Adopt(Vec<Intent>),
    /// Take the store over if whoever held it has ended; else, where wished, look at what is kept. Answered by
    /// `Msg::Claimed`.
    ClaimStore {
        /// Whether to look.
        looks: bool,
    },
    /// Keep these changes of drafts, marks and views; nothing waits for it.
    Store(Vec<Change>),
    /// Keep a draft as it is now; answered by `Msg::DraftStored`.
    StoreDraft {
        /// The draft.
        draft: Box<Draft>,
        /// Which state of it: the answer gives it back.
        revision: u64,
    },
    /// Read the end of the journal; answered by `Msg::JournalRead`.
    ReadJournal,
    /// Sound the terminal's bell.
    Bell,
    /// Set the window's title: counts only, never patient data.
    Title(String),
    /// Copy text to the clipboard; the word says what it is. Answered by `Msg::Copied`.
    Copy(&'static str, String),
    /// Open the user's editor on this text; answered by `Msg::Edited`.
    EditExternally(String),
    /// Open the user's editor on a document as Markdown, at a line from 1; answered by `Msg::Edited`.
    EditDocument {
        /// The document.
        text: String,
        /// Where to begin.
        line: usize,
    },
    /// Write a view to the configuration; answered by `Msg::ViewSaved`.
    SaveView {
        /// Its name.
        name: String,
        /// Its key.
        key: String,
        /// Its query.
        query: String,
    },
    /// Read the source's credential anew before the next request.
    RenewCredential(SourceId),
    /// Start the demo in place of the first-run screen.
    StartDemo,
    /// Go to another profile of the configuration.
    SwitchProfile(String),
    /// Draw everything anew.
    Redraw,
    /// Give the terminal back and stop until the user comes back.
    Suspend,
    /// End the program.
    Quit,
}
