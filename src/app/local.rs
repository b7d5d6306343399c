//! What this user has seen and marked here: arrivals that have not been looked at, flags and snoozes, and what is still
//! to come.
//!
//! Must not grow with the list: only open STATs, what is held back, what arrived while the program ran and what was
//! marked are kept.

use crate::domain::{task::TaskKey, time::Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// At most this many arrivals are remembered as new.
const KEPT: usize = 50_000;

/// Marks that live on this side only.
#[derive(Clone, Debug, Default)]
pub struct LocalMarks {
    new: BTreeSet<TaskKey>,
    stat: BTreeSet<TaskKey>,
    flags: BTreeSet<TaskKey>,
    snoozes: BTreeMap<TaskKey, Timestamp>,
    held: BTreeMap<TaskKey, Timestamp>,
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

    /// Whether the user set a flag on the task.
    pub fn is_flagged(&self, key: &TaskKey) -> bool {
        self.flags.contains(key)
    }

    /// Sets or takes away the flag of a task.
    pub fn flag(&mut self, key: TaskKey, is_set: bool) {
        if is_set {
            self.flags.insert(key);
        } else {
            self.flags.remove(&key);
        }
    }

    /// Until when the user has put the task out of sight.
    pub fn snoozed_until(&self, key: &TaskKey) -> Option<Timestamp> {
        self.snoozes.get(key).copied()
    }

    /// Every task that is out of sight, and until when.
    pub fn snoozes(&self) -> impl Iterator<Item = (&TaskKey, Timestamp)> {
        self.snoozes.iter().map(|(key, until)| (key, *until))
    }

    /// Puts a task out of sight until a time.
    pub fn snooze(&mut self, key: TaskKey, until: Timestamp) {
        self.snoozes.insert(key, until);
    }

    /// Brings a task back into sight; whether it was out of it.
    pub fn wake(&mut self, key: &TaskKey) -> bool {
        self.snoozes.remove(key).is_some()
    }

    /// Notes until when a task is held back by its system; true when it was and is no more.
    pub fn note_held(&mut self, key: &TaskKey, until: Option<Timestamp>) -> bool {
        match until {
            Some(until) => {
                self.held.insert(key.clone(), until);
                false
            }
            None => self.held.remove(key).is_some(),
        }
    }

    /// The tasks that were held back until now.
    pub fn fallen_due(&self, now: Timestamp) -> Vec<TaskKey> {
        self.held.iter().filter(|(_, until)| **until <= now).map(|(key, _)| key.clone()).collect()
    }

    /// The user has looked at the task, or it is gone; whether it was new.
    pub fn looked_at(&mut self, key: &TaskKey) -> bool {
        self.new.remove(key)
    }
}
