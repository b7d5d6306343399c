//! Where writes are kept before they are sent.
//!
//! Must not say "kept" before it is true: the answer is what lets a write go out.

use crate::app::{
    kept::{Change, Handover, JournalPage, Verdict},
    outbox::{End, Intent, IntentId},
};
use std::fmt;

/// Takes the answer when it is there, perhaps on another thread: an error is a whole sentence.
pub type Answer = Box<dyn FnOnce(Result<(), String>) + Send>;

/// Takes the end of the journal when it has been read; an error is a whole sentence.
pub type PageAnswer = Box<dyn FnOnce(Result<JournalPage, String>) + Send>;

/// Takes what came of asking for a store that another process had.
pub type ClaimAnswer = Box<dyn FnOnce(Handover) + Send>;

/// A store of writes and of what else outlives the program.
pub trait Journal: fmt::Debug + Send {
    /// Keeps a write as it stands now, in place of an earlier state of it. A write that is not kept is not sent.
    fn keep(&mut self, intent: &Intent, answer: Answer);

    /// Lets a write go that is settled so.
    fn forget(&mut self, id: IntentId, end: End);

    /// Keeps changes of drafts, marks and views: all of them or none.
    fn change(&mut self, changes: Vec<Change>, answer: Answer);

    /// Writes of an earlier run are this one's from now on.
    fn adopt(&mut self, intents: &[Intent]);

    /// Takes the store over if whoever held it has ended; else, where wished, looks at what is kept.
    fn claim(&mut self, looks: bool, answer: ClaimAnswer);

    /// Reads the last deeds, at most so many.
    fn read(&mut self, at_most: usize, answer: PageAnswer);
}

/// Keeps writes as long as the program runs.
#[derive(Debug, Default)]
pub struct MemoryJournal(Vec<IntentId>);

impl Journal for MemoryJournal {
    fn keep(&mut self, intent: &Intent, answer: Answer) {
        if !self.0.contains(&intent.id) {
            self.0.push(intent.id);
        }
        answer(Ok(()));
    }

    fn forget(&mut self, id: IntentId, _end: End) {
        self.0.retain(|kept| *kept != id);
    }

    fn change(&mut self, _changes: Vec<Change>, answer: Answer) {
        answer(Ok(()));
    }

    fn adopt(&mut self, intents: &[Intent]) {
        self.0.extend(intents.iter().map(|intent| intent.id));
    }

    fn claim(&mut self, _looks: bool, answer: ClaimAnswer) {
        answer(Handover::Held);
    }

    fn read(&mut self, _at_most: usize, answer: PageAnswer) {
        answer(Ok(JournalPage { deeds: Vec::new(), verdict: Verdict::Whole { rows: 0 } }));
    }
}

impl MemoryJournal {
    /// How many writes are kept.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
