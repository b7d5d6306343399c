//! All that can happen to the program, as plain data.
//!
//! Must not hold anything that cannot be written down, compared and played again.

use super::{
    geometry::Size,
    kept::{Handover, JournalPage, Loaded},
    keys::{Chord, Keymap},
    outbox::{CallId, IntentId},
    screens::worklist::View,
    source::Badge,
    state::Settings,
};
use crate::domain::task::SourceId;
use crate::providers::{Answer, ApiError};
use uuid::Uuid;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// The first frame is on the screen: requests may begin.
    Start,
    /// What an earlier run left has been read.
    Loaded(Box<Loaded>),
    /// A key was pressed.
    Key(Chord),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(Mouse),
    /// The terminal has a new size.
    Resize(Size),
    /// The terminal gained or lost the user's attention.
    Focus(bool),
    /// A conversation with a source ended.
    Heard {
        /// Which one.
        id: CallId,
        /// How.
        outcome: Box<Result<Answer, ApiError>>,
    },
    /// It is known now whether the data behind a source are real.
    Badge {
        /// Which source.
        source: SourceId,
        /// What they are.
        badge: Badge,
    },
    /// A time that was asked for has come.
    Timer(TimerId),
    /// A scan may go on; an old generation is ignored.
    GoOn(u64),
    /// The outbox's store has answered.
    Stored {
        /// Which write.
        id: IntentId,
        /// Whether it is kept; else a sentence.
        outcome: Result<(), String>,
    },
    /// It could not be kept that a write goes out, so nothing went out.
    NotKept {
        /// The conversation that was not held.
        id: CallId,
        /// Why, in a sentence.
        sentence: String,
    },
    /// The store has answered about a write that the user takes back.
    LetGo {
        /// The write's key.
        key: String,
        /// Whether the store has let it go; else a sentence.
        outcome: Result<(), String>,
    },
    /// What came of asking for the store.
    Claimed(Handover),
    /// The store has answered about a draft.
    DraftStored {
        /// Which draft.
        id: Uuid,
        /// Which state of it.
        revision: u64,
        /// Whether that is kept; else a sentence.
        outcome: Result<(), String>,
    },
    /// The end of the journal, or a sentence why it cannot be read.
    JournalRead(Result<JournalPage, String>),
    /// The editor that was opened has been left.
    Edited(Result<Option<String>, String>),
    /// A view was written to the configuration, or could not be.
    ViewSaved {
        /// Its name.
        name: String,
        /// Whether it was; else a sentence.
        outcome: Result<(), String>,
    },
    /// The configuration was saved anew and read.
    Configured(Box<Configuration>),
    /// Something was copied, or could not be.
    Copied(Result<&'static str, String>),
    /// The system asks the program to end.
    Terminate,
}

/// What the configuration says of the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Saved views.
    pub views: Vec<View>,
    /// Keys to actions.
    pub keymap: Keymap,
    /// The user's wishes, with sentences about what could not be read.
    pub settings: Settings,
}

/// What the mouse did, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The left button went down.
    Press {
        /// Column from the left.
        column: u16,
        /// Row from the top.
        row: u16,
    },
    /// The mouse moved with the left button down.
    Drag {
        /// Column from the left.
        column: u16,
        /// Row from the top.
        row: u16,
    },
    /// The wheel turned; negative is up.
    Wheel {
        /// Lines to move.
        lines: i16,
        /// Column from the left.
        column: u16,
        /// Row from the top.
        row: u16,
    },
}

/// What a timer is for. A newer timer of the same kind replaces the older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerId {
    /// The next poll of a source.
    Poll(SourceId),
    /// The outbox has something to send.
    Outbox,
    /// The seconds that are left to take a write back change on the screen.
    Countdown,
    /// The order of the list may move again.
    Thaw,
    /// A shown age or due time changes its text.
    Clock,
    /// A message leaves the screen.
    Toast,
    /// A snooze ends.
    Snooze,
    /// The cursor has rested on a task: what its detail lacks is asked for.
    Look,
    /// What was typed into a document is kept.
    Draft,
    /// The store that another process holds is asked for again.
    Store,
}
