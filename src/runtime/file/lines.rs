//! A file cut into lines, with a bound on each.
//!
//! Must not hold more of a file than one line and one piece of it.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Take},
};

/// How much is asked of the system at once.
const PIECE_BYTES: usize = 1 << 20;
/// The longest line that is read; what is longer is passed over and told.
pub(super) const LINE_BYTES: usize = 4 << 20;

/// What was found where a line was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A line.
    Line,
    /// A line that is too long; nothing of it was kept.
    TooLong,
    /// The end.
    End,
}

/// The lines of a file.
#[derive(Debug)]
pub(super) struct Lines {
    from: BufReader<Take<File>>,
    /// How many lines have been found.
    pub(super) number: u64,
}

impl Lines {
    /// The lines of the next so many bytes.
    pub(super) fn new(file: File, bytes: u64) -> Lines {
        Lines { from: BufReader::with_capacity(PIECE_BYTES, file.take(bytes)), number: 0 }
    }

    /// Adds the next line to `text`, without its end.
    pub(super) fn next(&mut self, text: &mut Vec<u8>) -> io::Result<Found> {
        let start = text.len();
        let (mut is_long, mut is_begun) = (false, false);
        loop {
            let piece = match self.from.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                piece => piece?,
            };
            if piece.is_empty() {
                if !is_begun {
                    return Ok(Found::End);
                }
                break;
            }
            is_begun = true;
            let end = memchr::memchr(b'\n', piece);
            let part = piece.get(..end.unwrap_or(piece.len())).unwrap_or_default();
            is_long |= text.len() - start + part.len() > LINE_BYTES;
            if is_long {
                text.truncate(start);
            } else {
                text.extend_from_slice(part);
            }
            let used = end.map_or(piece.len(), |end| end + 1);
            self.from.consume(used);
            if end.is_some() {
                break;
            }
        }
        self.number += 1;
        Ok(if is_long { Found::TooLong } else { Found::Line })
    }
}
