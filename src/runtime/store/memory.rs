//! A store that lives as long as the program: for a machine without a home, and for tests.
//!
//! Must not let anybody believe that something outlives the program: its report says so.

use super::{Access, Change, Deed, Handover, Kept, Report, Store, StoreTrouble, TroubleKind, Verdict};
use std::path::Path;

/// Keeps everything in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    kept: Kept,
    deeds: Vec<Deed>,
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
        let warning = StoreTrouble::of(TroubleKind::NoPlace, Path::new(""), "");
        Report { access: Access::Memory, notices: vec![warning.sentence], ..Report::default() }
    }
}
