//! A disk that fails, and a machine that stops: what was not brought to it is gone.
//!
//! Must not forget what it said was kept, unless it is told to lie.

use rounds::{
    app::{
        kept::{Change, Kept},
        state::Ids,
    },
    runtime::store::{MemoryStore, Store},
};

/// A store on a disk of its own.
#[derive(Default)]
pub(super) struct Disk {
    /// What whoever asks now is told.
    seen: MemoryStore,
    /// What is there after the machine stopped.
    safe: MemoryStore,
    /// How many of a thousand changes fail.
    rate: u64,
    /// Which change fails, counted from one.
    fails_at: Option<u64>,
    /// Whether it says "kept" of what is in memory.
    lies: bool,
    /// Changes asked for so far.
    asked: u64,
    /// Changes that failed.
    pub(super) failed: u64,
    /// So many changes in a row fail from now on: a disk that is full stays full for a while.
    full: u64,
}

impl Disk {
    /// An empty disk; `rate` of a thousand changes fail, and the one of number `fails_at`.
    pub(super) fn new(rate: u64, fails_at: Option<u64>, lies: bool) -> Disk {
        Disk { rate, fails_at, lies, ..Disk::default() }
    }

    /// Keeps all of these changes or none.
    pub(super) fn apply(&mut self, changes: &[Change], chance: &mut Ids) -> Result<(), String> {
        self.asked += 1;
        if self.full == 0 && chance.below(1_000) < self.rate {
            self.full = 1 + chance.below(4);
        }
        if self.full > 0 || self.fails_at == Some(self.asked) {
            self.full = self.full.saturating_sub(1);
            self.failed += 1;
            return Err("Not kept: the disk is full.".to_owned());
        }
        self.seen.apply(changes).unwrap();
        if !self.lies {
            self.safe.apply(changes).unwrap();
        }
        Ok(())
    }

    /// The machine stops.
    pub(super) fn stop(&mut self) {
        self.seen = self.safe.clone();
        self.full = 0;
    }

    /// What is kept now.
    pub(super) fn load(&mut self) -> Kept {
        self.seen.load().unwrap()
    }

    /// No more faults.
    pub(super) fn heal(&mut self) {
        (self.rate, self.fails_at, self.full) = (0, None, 0);
    }
}
