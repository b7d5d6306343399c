//! What this user has seen here: which arrivals have not been looked at.
//!
//! Must not grow with the list: only open STATs and what arrived while the program ran are kept.

use crate::domain::task::TaskKey;
use std::collections::BTreeSet;

/// At most this many arrivals are remembered as new.
const KEPT: usize = 50_000;

/// Marks that live on this side only.
#[derive(Clone, Debug, Default)]
pub struct LocalMarks {
    new: BTreeSet<TaskKey>,
    stat: BTreeSet<TaskKey>,
}

impl LocalMarks {
    /// Whether the task arrived and has not been looked at.
    pub fn is_new(&self, key: &TaskKey) -> bool {
        self.new.contains(key)
    }

    /// The arrivals that have not been looked at.
    pub fn new_keys(&self) -> impl Iterator<Item = &TaskKey> {
        self.new.iter()
    }

    /// A task has arrived.
    pub fn arrived(&mut self, key: TaskKey) {
        if self.new.len() < KEPT {
            self.new.insert(key);
        }
    }

    /// Notes whether a task is an open STAT now; true when it has become one.
    pub fn note_stat(&mut self, key: TaskKey, is_stat: bool) -> bool {
        if is_stat {
            return self.stat.insert(key);
        }
        self.stat.remove(&key);
        false
    }

    /// The user has looked at the task, or it is gone; whether it was new.
    pub fn looked_at(&mut self, key: &TaskKey) -> bool {
        self.new.remove(key)
    }
}
