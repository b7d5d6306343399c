//! What outlives the program: writes that are not settled, drafts, the journal of deeds, marks and the state of views.
//!
//! Must not say "kept" before it is on the disk, nor let anything of a patient lie there unsealed.

pub mod disk;
pub mod keep;
pub mod key;
pub mod lock;
pub mod memory;
pub mod seal;
pub mod sqlite;
pub mod thread;
pub mod trouble;

mod carve;
mod fail;
mod journal;
mod making;
mod opening;
mod schema;
mod shelf;
mod table;
mod wal;

#[cfg(test)]
mod tests;

pub use crate::app::kept::{Change, Deed, DeedKind, Draft, Handover, Kept, Mark, MarkKind, Verdict};
pub use memory::MemoryStore;
pub use sqlite::{KeyOrigin, SqliteStore};
pub use thread::Keeper;
pub use trouble::{StoreTrouble, TroubleKind};

use std::{fmt, path::PathBuf};

/// A store. What it answers is true when it answers: no change is kept by half.
pub trait Store: fmt::Debug + Send {
    /// Keeps all of these changes or none of them.
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreTrouble>;

    /// All that is kept, but the journal.
    fn load(&mut self) -> Result<Kept, StoreTrouble>;

    /// Takes the store over if whoever held it has ended; else, where `looks`, reads what is kept.
    fn hand_over(&mut self, looks: bool) -> Result<Handover, StoreTrouble>;

    /// The last deeds of the journal, oldest first.
    fn deeds(&mut self, at_most: usize) -> Result<Vec<Deed>, StoreTrouble>;

    /// Whether the journal is whole and unchanged since it was written.
    fn verify(&mut self) -> Result<Verdict, StoreTrouble>;

    /// How the store stands.
    fn report(&self) -> Report;
}

/// Who may write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// The store has not been opened yet, or could not be.
    #[default]
    Closed,
    /// This process writes.
    Writer,
    /// Another process writes; this one reads.
    Reader {
        /// The other's number, when it left one.
        pid: Option<u32>,
    },
    /// A newer version of the program made the file; this one reads what it can.
    Newer,
    /// Nothing outlives the program.
    Memory,
}

/// How a store stands, for the status line and `rounds doctor`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Who may write.
    pub access: Access,
    /// The directory.
    pub directory: Option<PathBuf>,
    /// What the user should know of the opening, one whole sentence each, oldest first.
    pub notices: Vec<String>,
    /// Why nothing can be kept at this moment; gone with the first write that is kept.
    pub trouble: Option<StoreTrouble>,
}
