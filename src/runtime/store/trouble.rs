//! Why nothing can be kept at this moment, in words that say what to do.
//!
//! Must not name what was to be kept: the sentence goes to the screen and to logs.

use rusqlite::ErrorCode;
use std::{fmt, io, path::Path};

/// What kind of trouble the store is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// No room is left.
    Full,
    /// The disk, the directory or the file may not be written.
    ReadOnly,
    /// The directory or the file has been taken away.
    Gone,
    /// Another process holds it.
    Held,
    /// A newer version of the program made the file.
    Newer,
    /// The key is missing, not to be used, or another one.
    Key,
    /// The file is damaged.
    Damaged,
    /// There is no place to keep anything.
    NoPlace,
    /// Anything else that the system says.
    Other,
}

/// Why nothing can be kept; a whole sentence for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreTrouble {
    /// What kind.
    pub kind: TroubleKind,
    /// The sentence.
    pub sentence: String,
}

impl fmt::Display for StoreTrouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

impl std::error::Error for StoreTrouble {}

impl StoreTrouble {
    /// What the system said about a path.
    pub fn io(path: &Path, error: &io::Error) -> StoreTrouble {
        let kind = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                TroubleKind::Full
            }
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => TroubleKind::ReadOnly,
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => TroubleKind::Gone,
            _ => TroubleKind::Other,
        };
        StoreTrouble::of(kind, path, &error.to_string())
    }

    /// What the database said about its file.
    pub fn sqlite(path: &Path, error: &rusqlite::Error) -> StoreTrouble {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => TroubleKind::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => TroubleKind::ReadOnly,
            Some(ErrorCode::CannotOpen) => TroubleKind::Gone,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => TroubleKind::Held,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => TroubleKind::Damaged,
            _ => TroubleKind::Other,
        };
        StoreTrouble::of(kind, path, &error.to_string())
    }

    /// The usual sentence of a kind, about a path, with the system's own words.
    pub fn of(kind: TroubleKind, path: &Path, words: &str) -> StoreTrouble {
        let path = path.display();
        let sentence = match kind {
            TroubleKind::Full => {
                format!("Not kept: the disk is full. Make room; each write tries again ({path}).")
            }
            TroubleKind::ReadOnly => {
                format!("Not kept: nothing can be written there ({words}): {path}.")
            }
            TroubleKind::Gone => {
                format!("Not kept: {path} is not there any more ({words}).")
            }
            TroubleKind::Held => format!("Not kept: {path} is held by another program."),
            TroubleKind::Damaged => format!("Not kept: {path} is damaged ({words})."),
            TroubleKind::Newer => {
                format!("Not kept: {path} was made by a newer version of rounds; it is only read.")
            }
            TroubleKind::Key => format!(
                "Not kept: {path} was sealed with another key. Give back the key it was made with, or \
                 move the file away to begin anew."
            ),
            TroubleKind::NoPlace => "There is no home directory.".to_owned(),
            TroubleKind::Other => format!("Not kept: {path} gives {words}."),
        };
        StoreTrouble { kind, sentence }
    }

    /// A second instance: who writes.
    pub fn held(pid: Option<u32>) -> StoreTrouble {
        let who = pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
        let sentence = format!("Not kept: another rounds{who} writes here, this one only reads.");
        StoreTrouble { kind: TroubleKind::Held, sentence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_whole_sentence_and_the_system_s_codes_are_told_apart() {
        let path = Path::new("/state/store.db");
        for (code, kind) in [
            (rusqlite::ffi::SQLITE_FULL, TroubleKind::Full),
            (rusqlite::ffi::SQLITE_READONLY, TroubleKind::ReadOnly),
            (rusqlite::ffi::SQLITE_CANTOPEN, TroubleKind::Gone),
            (rusqlite::ffi::SQLITE_BUSY, TroubleKind::Held),
            (rusqlite::ffi::SQLITE_CORRUPT, TroubleKind::Damaged),
            (rusqlite::ffi::SQLITE_NOTADB, TroubleKind::Damaged),
            (rusqlite::ffi::SQLITE_IOERR, TroubleKind::Other),
        ] {
            let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            let trouble = StoreTrouble::sqlite(path, &error);
            assert_eq!(trouble.kind, kind, "{code}");
            assert!(trouble.sentence.ends_with('.') && trouble.sentence.contains("/state/store.db"));
        }
        for (kind, expected) in [
            (io::ErrorKind::StorageFull, TroubleKind::Full),
            (io::ErrorKind::ReadOnlyFilesystem, TroubleKind::ReadOnly),
            (io::ErrorKind::NotFound, TroubleKind::Gone),
            (io::ErrorKind::Other, TroubleKind::Other),
        ] {
            assert_eq!(StoreTrouble::io(path, &kind.into()).kind, expected);
        }
        assert_eq!(
            StoreTrouble::held(Some(12)).to_string(),
            "Not kept: another rounds (process 12) writes here, this one only reads."
        );
    }
}
