//! From a key's hash to its row: an open table of u32, in shards so that none grows all at once.
//!
//! Must not hold a key: the caller compares it, because the key already stands in the task's own bytes.

/// Shards by the hash's top byte; growing one of them touches a 256th of the rows.
const SHARDS: usize = 256;
/// A slot that was never used.
const FREE: u32 = u32::MAX;
/// A slot whose row was removed; a search goes on past it.
const REMOVED: u32 = u32::MAX - 1;

/// One part of the table.
#[derive(Clone, Debug, Default)]
struct Shard {
    slots: Vec<u32>,
    /// Slots that are not free, removed ones included.
    used: usize,
}

/// The table. Hashes are kept by the caller in a column and given back when a shard grows.
#[derive(Debug)]
pub(super) struct Index {
    shards: Vec<Shard>,
}

impl Default for Index {
    fn default() -> Self {
        Index { shards: vec![Shard::default(); SHARDS] }
    }
}

impl Index {
    /// The row of a hash for which `same` holds.
    pub(super) fn find(&self, hash: u32, same: impl Fn(u32) -> bool) -> Option<u32> {
        let shard = self.shards.get(shard_of(hash))?;
        let mask = shard.slots.len().checked_sub(1)?;
        let mut slot = hash as usize & mask;
        // A shard is never full, so a free slot ends every search.
        loop {
            match *shard.slots.get(slot)? {
                FREE => return None,
                row if row != REMOVED && same(row) => return Some(row),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// Puts a row that is not there yet; `hash_of` gives the hash of rows put before.
    pub(super) fn insert(&mut self, hash: u32, row: u32, hash_of: impl Fn(u32) -> u32) {
        let Some(shard) = self.shards.get_mut(shard_of(hash)) else { return };
        if (shard.used + 1) * 8 > shard.slots.len() * 7 {
            shard.rebuild(hash_of);
        }
        shard.place(hash, row);
    }

    /// Takes a row out.
    pub(super) fn remove(&mut self, hash: u32, row: u32) {
        let Some(shard) = self.shards.get_mut(shard_of(hash)) else { return };
        let Some(mask) = shard.slots.len().checked_sub(1) else { return };
        let mut slot = hash as usize & mask;
        while let Some(place) = shard.slots.get_mut(slot) {
            if *place == row {
                *place = REMOVED;
                return;
            }
            if *place == FREE {
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Bytes held, spare room included.
    pub(super) fn memory_bytes(&self) -> usize {
        self.shards.iter().map(|shard| size_of::<Shard>() + shard.slots.capacity() * size_of::<u32>()).sum()
    }
}

impl Shard {
    fn place(&mut self, hash: u32, row: u32) {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = hash as usize & mask;
        while let Some(place) = self.slots.get_mut(slot) {
            if *place == FREE {
                *place = row;
                self.used += 1;
                return;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn rebuild(&mut self, hash_of: impl Fn(u32) -> u32) {
        let rows: Vec<u32> = self.slots.iter().copied().filter(|row| *row < REMOVED).collect();
        let size = ((rows.len() + 1) * 3 / 2).next_power_of_two().max(4);
        self.slots = vec![FREE; size];
        self.used = 0;
        for row in rows {
            self.place(hash_of(row), row);
        }
    }
}

/// The shard by the top byte, so that the low bits are left for the slot.
fn shard_of(hash: u32) -> usize {
    (hash >> 24) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_hash_after_growth_removal_and_collisions() {
        // Few distinct hashes, so that collisions are the rule.
        let hash = |row: u32| (row % 97).wrapping_mul(0x9E37_79B9);
        let mut index = Index::default();
        for row in 0..5_000 {
            index.insert(hash(row), row, hash);
        }
        for row in (0..5_000).step_by(2) {
            index.remove(hash(row), row);
        }
        for row in 5_000..6_000 {
            index.insert(hash(row), row, hash);
        }
        for row in 0..6_000 {
            let found = index.find(hash(row), |candidate| candidate == row);
            assert_eq!(found.is_some(), row >= 5_000 || row % 2 == 1, "row {row}");
        }
        assert_eq!(Index::default().find(1, |_| true), None);
    }
}
