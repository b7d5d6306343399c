//! Where writes are kept before they are sent.
//!
//! Must not say "kept" before it is true: the answer is what lets a write go out.

use crate::app::outbox::{End, Intent, IntentId};
use std::fmt;

/// Takes the answer when it is there, perhaps on another thread: an error is a whole sentence.
pub type Answer = Box<dyn FnOnce(Result<(), String>) + Send>;

/// A store of writes.
pub trait Journal: fmt::Debug + Send {
    /// Keeps a write as it stands now, in place of an earlier state of it. A write that is not kept is not sent.
    fn keep(&mut self, intent: &Intent, answer: Answer);

    /// Lets a write go that is settled so.
    fn forget(&mut self, id: IntentId, end: End);
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
