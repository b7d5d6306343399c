//! The write-ahead log as it lies on the disk (sqlite.org/fileformat2, §4): what was committed in it, and whether it is
//! damaged. The database itself takes a damaged log for a shorter one and says nothing.
//!
//! Must not trust a length or a number in it.

use super::schema::PAGE_BYTES;
use std::collections::BTreeMap;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const FRAME_BYTES: usize = FRAME_HEADER_BYTES + PAGE_BYTES;
const MAGIC: u32 = 0x377F_0682;

/// What a log holds.
#[derive(Debug, Default)]
pub(super) struct Log<'a> {
    /// The newest committed form of each page, by its number.
    pub(super) pages: BTreeMap<u32, &'a [u8]>,
    /// Whether something after the last readable commit was written and cannot be read.
    pub(super) is_damaged: bool,
}

/// Reads a log.
pub(super) fn read(bytes: &[u8]) -> Log<'_> {
    let mut log = Log::default();
    if bytes.is_empty() {
        return log;
    }
    let Some((header, rest)) = bytes.split_at_checked(HEADER_BYTES) else {
        log.is_damaged = true;
        return log;
    };
    let magic = word(header, 0);
    let big_endian = magic & 1 == 1;
    let page_bytes = word(header, 8) as usize;
    let sum = checksum(big_endian, (0, 0), header.get(..24).unwrap_or_default());
    if magic & !1 != MAGIC || page_bytes != PAGE_BYTES || sum != (word(header, 24), word(header, 28)) {
        // A log whose pages are all zeros was made and not yet written.
        log.is_damaged = bytes.iter().any(|byte| *byte != 0);
        return log;
    }
    let salt = header.get(16..24).unwrap_or_default();
    let of_this_round = |frame: &[u8]| frame.get(8..16) == Some(salt);
    let frames: Vec<&[u8]> = rest.chunks_exact(FRAME_BYTES).collect();
    let mut sum = sum;
    let mut pending = Vec::new();
    for (index, frame) in frames.iter().enumerate() {
        let (head, page) = frame.split_at(FRAME_HEADER_BYTES);
        sum = checksum(big_endian, sum, head.get(..8).unwrap_or_default());
        sum = checksum(big_endian, sum, page);
        if !of_this_round(frame) || sum != (word(head, 16), word(head, 20)) {
            // Frames of an earlier round may follow; one of this round was written after what cannot be read.
            log.is_damaged = frames.iter().skip(index).any(|frame| of_this_round(frame));
            break;
        }
        pending.push((word(head, 0), page));
        if word(head, 4) != 0 {
            log.pages.extend(pending.drain(..));
        }
    }
    log
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u32::from_be_bytes)
}

fn checksum(big_endian: bool, start: (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let read = |bytes: &[u8]| {
        let Ok(bytes) = bytes.try_into() else { return 0 };
        if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    let (mut left, mut right) = start;
    for pair in bytes.chunks_exact(8) {
        let (first, second) = pair.split_at(4);
        left = left.wrapping_add(read(first)).wrapping_add(right);
        right = right.wrapping_add(read(second)).wrapping_add(left);
    }
    (left, right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::files::tests::TestDir;
    use rusqlite::Connection;

    /// A log with three commits, as the database writes it.
    fn log() -> Vec<u8> {
        let dir = TestDir::new();
        let connection = Connection::open(dir.0.join("a.db")).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        for text in ["CREATE TABLE t (x)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"] {
            connection.execute(text, ()).unwrap();
        }
        std::fs::read(dir.0.join("a.db-wal")).unwrap()
    }

    #[test]
    fn a_whole_log_is_read_to_its_last_commit() {
        let bytes = log();
        let whole = read(&bytes);
        assert!(!whole.is_damaged && whole.pages.len() == 2, "{:?}", whole.pages.keys());
        assert!(!read(&[]).is_damaged);
        assert!(!read(&[0; 9000]).is_damaged);
    }

    #[test]
    fn a_flipped_byte_in_what_is_read_is_noticed() {
        let bytes = log();
        let frames = bytes.len() / FRAME_BYTES;
        assert_eq!((bytes.len() - HEADER_BYTES) % FRAME_BYTES, 0);
        for place in (0..bytes.len()).step_by(7) {
            let mut flipped = bytes.clone();
            flipped[place] ^= 0x20;
            let last_salt = HEADER_BYTES + (frames - 1) * FRAME_BYTES + 8;
            // A log that ends before its last frame looks like one that was never longer.
            if !(last_salt..last_salt + 8).contains(&place) {
                assert!(read(&flipped).is_damaged, "byte {place}");
            }
        }
    }

    #[test]
    fn no_length_of_a_log_stops_the_program() {
        let bytes = log();
        for length in (0..bytes.len()).step_by(13) {
            read(&bytes[..length]);
        }
    }
}
