//! A store that lives as long as the program: for a machine without a home, and for tests.
//!
//! Must not let anybody believe that something outlives the program: its report says so.

use super::{Access, Change, Deed, Handover, Kept, Report, Store, StoreTrouble, TroubleKind, Verdict};
use std::path::Path;

/// Keeps everything in memory.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    kept: Kept,
    deeds: Vec<Deed>,
    /// Why it is in memory; none where nobody need be told.
    why: Option<String>,
}

impl Default for MemoryStore {
    fn default() -> MemoryStore {
        MemoryStore::because(Some(StoreTrouble::of(TroubleKind::NoPlace, Path::new(""), "").sentence))
    }
}

impl MemoryStore {
    /// A store in memory for this reason, a whole sentence.
    pub fn because(why: Option<String>) -> MemoryStore {
        MemoryStore { kept: Kept::default(), deeds: Vec::new(), why }
    }
}

impl Store for MemoryStore {
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreTrouble> {
        for change in changes {
            self.kept.apply(change);
            if let Change::Note(deed) = change {
                self.deeds.push(deed.clone());
            }
        }
        Ok(())
    }

    fn load(&mut self) -> Result<Kept, StoreTrouble> {
        Ok(self.kept.clone())
    }

    fn hand_over(&mut self, _looks: bool) -> Result<Handover, StoreTrouble> {
        // Nobody else can have it.
        Ok(Handover::Ours(Box::new(self.kept.clone())))
    }

    fn deeds(&mut self, at_most: usize) -> Result<Vec<Deed>, StoreTrouble> {
        let from = self.deeds.len().saturating_sub(at_most);
        Ok(self.deeds.iter().skip(from).cloned().collect())
    }

    fn verify(&mut self) -> Result<Verdict, StoreTrouble> {
        Ok(Verdict::Whole { rows: self.deeds.len() as u64 })
    }

    fn report(&self) -> Report {
        Report { access: Access::Memory, notices: self.why.iter().cloned().collect(), ..Report::default() }
    }
}
