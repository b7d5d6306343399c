//! Byte records in segments: appended at the end, dropped by mark, packed one segment at a time.
//!
//! Must not know what a record means; a record belongs to a row, and the caller keeps its address.

use memchr::memmem::Finder;

/// Bits of an address that give the record within its segment; the rest gives the segment.
const RECORD_BITS: u32 = 16;
/// A segment takes no further record beyond this many bytes; a longer record gets a segment of its own.
const SEGMENT_BYTES: usize = 1 << 20;
/// A segment takes at most this many records.
const SEGMENT_RECORDS: usize = 1 << RECORD_BITS;
/// The most segments that an address can tell apart.
const SEGMENTS: usize = 1 << (32 - RECORD_BITS);
/// A full segment is packed when more than one byte in this many is dropped.
const DROPPED_SHARE: usize = 4;
/// The row of a record that was dropped.
const DROPPED: u32 = u32::MAX;

/// Where a record is; changes when its segment is packed.
pub(in crate::app) type Address = u32;

/// One record's place in its segment.
#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    row: u32,
}

/// A run of records, read as one haystack.
#[derive(Debug, Default)]
pub(in crate::app) struct Segment {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    dropped_bytes: usize,
}

impl Segment {
    /// How many bytes a search reads.
    pub(in crate::app) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Tells the row of each record that holds the word, once; dropped records never.
    pub(in crate::app) fn each_hit(&self, finder: &Finder, mut found: impl FnMut(u32)) {
        let mut index = 0;
        let mut from = 0;
        while let Some(hit) = self.bytes.get(from..).and_then(|rest| finder.find(rest)).map(|hit| hit + from)
        {
            index += self.entries.get(index..).map_or(0, |rest| {
                // Hits stand close together when they are many, so the walk begins with short steps.
                let mut reach = 1;
                while rest.get(reach).is_some_and(|entry| entry.start as usize <= hit) {
                    reach *= 2;
                }
                let near = rest.get(..reach.min(rest.len())).unwrap_or(rest);
                near.partition_point(|entry| entry.start as usize <= hit).saturating_sub(1)
            });
            match self.entries.get(index) {
                Some(entry) if entry.row != DROPPED => found(entry.row),
                _ => {}
            }
            index += 1;
            match self.entries.get(index) {
                Some(next) => from = next.start as usize,
                None => break,
            }
        }
    }

    fn record(&self, index: usize) -> &[u8] {
        let Some(entry) = self.entries.get(index) else { return &[] };
        let end = self.entries.get(index + 1).map_or(self.bytes.len(), |next| next.start as usize);
        self.bytes.get(entry.start as usize..end).unwrap_or(&[])
    }

    fn takes(&self, length: usize) -> bool {
        self.entries.is_empty()
            || (self.bytes.len() + length <= SEGMENT_BYTES && self.entries.len() < SEGMENT_RECORDS)
    }
}

/// All segments of one kind of record.
#[derive(Debug, Default)]
pub(in crate::app) struct Arena {
    segments: Vec<Segment>,
    /// The segment that takes records now.
    open: usize,
    /// Emptied segments to fill again.
    empty: Vec<usize>,
    /// Full segments with enough dropped to be packed.
    due: Vec<usize>,
}

impl Arena {
    /// Keeps a record for a row; none when the arena can hold no more.
    pub(in crate::app) fn put(&mut self, row: u32, record: &[u8]) -> Option<Address> {
        if !self.segments.get(self.open).is_some_and(|segment| segment.takes(record.len())) {
            self.open_another()?;
        }
        let number = self.open;
        let segment = self.segments.get_mut(number)?;
        let start = u32::try_from(segment.bytes.len()).ok()?;
        // Growth by an eighth: a doubled arena would be half empty at a million rows.
        if segment.bytes.capacity() - segment.bytes.len() < record.len() {
            let room = (segment.bytes.len() / 8).clamp(4_096, SEGMENT_BYTES / 8);
            let most = SEGMENT_BYTES.saturating_sub(segment.bytes.len());
            segment.bytes.reserve_exact(room.min(most).max(record.len()));
        }
        segment.bytes.extend_from_slice(record);
        if segment.entries.len() == segment.entries.capacity() {
            segment.entries.reserve_exact((segment.entries.len() / 8).max(64));
        }
        segment.entries.push(Entry { start, row });
        Some(((number as u32) << RECORD_BITS) | (segment.entries.len() as u32 - 1))
    }

    /// The bytes of a record.
    pub(super) fn get(&self, address: Address) -> &[u8] {
        let (number, index) = parts(address);
        self.segments.get(number).map_or(&[], |segment| segment.record(index))
    }

    /// Gives a record up; its address means nothing from here on.
    pub(in crate::app) fn drop_record(&mut self, address: Address) {
        let (number, index) = parts(address);
        let Some(segment) = self.segments.get_mut(number) else { return };
        let length = segment.record(index).len();
        let Some(entry) = segment.entries.get_mut(index) else { return };
        if entry.row == DROPPED {
            return;
        }
        entry.row = DROPPED;
        let before = segment.dropped_bytes;
        segment.dropped_bytes += length;
        let enough = segment.bytes.len() / DROPPED_SHARE;
        if number != self.open && before <= enough && segment.dropped_bytes > enough {
            self.due.push(number);
        }
    }

    /// Packs one segment that has much dropped, if there is one; tells the new address of every record moved.
    /// False when nothing was due.
    pub(in crate::app) fn pack_one(&mut self, mut moved: impl FnMut(u32, Address)) -> bool {
        let Some(number) = self.due.pop() else { return false };
        let Some(segment) = self.segments.get_mut(number) else { return false };
        let packed = std::mem::take(segment);
        self.empty.push(number);
        for (index, entry) in packed.entries.iter().enumerate() {
            if entry.row != DROPPED
                && let Some(address) = self.put(entry.row, packed.record(index))
            {
                moved(entry.row, address);
            }
        }
        true
    }

    /// The segments in storage order.
    pub(in crate::app) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Bytes held, spare room included.
    pub(super) fn memory_bytes(&self) -> usize {
        let segments = self.segments.iter().map(|segment| {
            segment.bytes.capacity() + segment.entries.capacity() * size_of::<Entry>() + size_of::<Segment>()
        });
        segments.sum()
    }

    fn open_another(&mut self) -> Option<()> {
        if let Some(full) = self.segments.get_mut(self.open) {
            full.bytes.shrink_to_fit();
            full.entries.shrink_to_fit();
            if full.dropped_bytes > full.bytes.len() / DROPPED_SHARE {
                self.due.push(self.open);
            }
        }
        self.open = match self.empty.pop() {
            Some(number) => number,
            None if self.segments.len() < SEGMENTS => {
                self.segments.push(Segment::default());
                self.segments.len() - 1
            }
            None => return None,
        };
        Some(())
    }
}

fn parts(address: Address) -> (usize, usize) {
    ((address >> RECORD_BITS) as usize, (address as usize) & (SEGMENT_RECORDS - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_survive_packing_and_hits_name_only_live_rows() {
        let mut arena = Arena::default();
        let text = |row: u32| format!("row {row:06} {}\u{1}", "x".repeat(80));
        let mut addresses: Vec<Address> =
            (0..40_000).map(|row| arena.put(row, text(row).as_bytes()).unwrap()).collect();
        for (row, address) in addresses.iter().enumerate() {
            if row % 3 != 0 {
                arena.drop_record(*address);
                arena.drop_record(*address);
            }
        }
        let full = arena.memory_bytes();
        let mut packed = 0;
        while arena.pack_one(|row, address| addresses[row as usize] = address) {
            packed += 1;
        }
        assert!(packed >= 3, "full segments with two thirds dropped are packed: {packed}");
        assert!(arena.memory_bytes() < full * 2 / 3);
        for row in (0..40_000).step_by(3) {
            assert_eq!(arena.get(addresses[row as usize]), text(row).as_bytes());
        }
        let mut rows = Vec::new();
        for segment in arena.segments() {
            segment.each_hit(&Finder::new("row 0000"), |row| rows.push(row));
        }
        rows.sort_unstable();
        assert_eq!(rows, (0..100).step_by(3).collect::<Vec<_>>());
    }

    #[test]
    fn a_record_longer_than_a_segment_stands_alone() {
        let mut arena = Arena::default();
        let small = arena.put(0, b"small").unwrap();
        let long = vec![7_u8; SEGMENT_BYTES + 5];
        let address = arena.put(1, &long).unwrap();
        let after = arena.put(2, b"after").unwrap();
        assert_eq!(arena.get(small), b"small");
        assert_eq!(arena.get(address).len(), long.len());
        assert_eq!(arena.get(after), b"after");
    }
}
