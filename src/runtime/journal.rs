//! Where writes are kept before they are sent.
//!
//! Must not say "kept" before it is true: the answer is what lets a write go out.

use crate::app::outbox::{Intent, IntentId};
use std::fmt;

/// A store of writes.
pub trait Journal: fmt::Debug + Send {
    /// Keeps a write; an error is a whole sentence, and the write is not sent.
    fn keep(&mut self, intent: &Intent) -> Result<(), String>;

    /// Lets a settled write go.
    fn forget(&mut self, id: IntentId);
}

/// Keeps writes as long as the program runs.
#[derive(Debug, Default)]
pub struct MemoryJournal(Vec<IntentId>);

impl Journal for MemoryJournal {
    fn keep(&mut self, intent: &Intent) -> Result<(), String> {
        self.0.push(intent.id);
        Ok(())
    }

    fn forget(&mut self, id: IntentId) {
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
