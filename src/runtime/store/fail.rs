//! What can go wrong inside the store before it is put into words.
//!
//! Must not reach the user: `StoreTrouble` does.

use super::trouble::{StoreTrouble, TroubleKind};
use std::{io, path::Path};

/// Why a step inside the store did not succeed.
#[derive(Debug)]
pub(super) enum Fail {
    /// The database said no.
    Sqlite(rusqlite::Error),
    /// The system said no.
    Io(io::Error),
    /// The file is not what it was; in words.
    Damaged(String),
    /// Already in words.
    Trouble(StoreTrouble),
}

impl Fail {
    /// Whether the file itself is at fault, so that it is set aside.
    pub(super) fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode;
        match self {
            Fail::Damaged(_) => true,
            // A schema whose text was hit gives plain errors: no such column, malformed schema.
            Fail::Sqlite(error) => match error.sqlite_error_code() {
                Some(code) => matches!(
                    code,
                    ErrorCode::DatabaseCorrupt
                        | ErrorCode::NotADatabase
                        | ErrorCode::Unknown
                        | ErrorCode::SchemaChanged
                        | ErrorCode::TypeMismatch
                        | ErrorCode::ConstraintViolation
                ),
                None => true,
            },
            Fail::Io(_) => false,
            Fail::Trouble(trouble) => trouble.kind == TroubleKind::Damaged,
        }
    }

    /// The trouble in words, about this file.
    pub(super) fn at(self, path: &Path) -> StoreTrouble {
        match self {
            Fail::Sqlite(error) => StoreTrouble::sqlite(path, &error),
            Fail::Io(error) => StoreTrouble::io(path, &error),
            Fail::Damaged(words) => StoreTrouble::of(TroubleKind::Damaged, path, &words),
            Fail::Trouble(trouble) => trouble,
        }
    }
}

impl From<rusqlite::Error> for Fail {
    fn from(error: rusqlite::Error) -> Fail {
        Fail::Sqlite(error)
    }
}

impl From<io::Error> for Fail {
    fn from(error: io::Error) -> Fail {
        Fail::Io(error)
    }
}

impl From<StoreTrouble> for Fail {
    fn from(trouble: StoreTrouble) -> Fail {
        Fail::Trouble(trouble)
    }
}
