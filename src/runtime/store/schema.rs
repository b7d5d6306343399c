//! The tables and how an older file becomes one of this version.
//!
//! Must not go backwards: a newer file is left as it is. The carver reads shelves by their seven columns and the journal
//! by its four, so a step that adds one tells it too.

use super::{
    fail::Fail,
    seal::Sealer,
    shelf::{decode_bytes, encode},
};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

/// `rnds`: marks the file as ours.
pub(super) const APPLICATION_ID: i32 = 0x726E_6473;
/// The size of a page; fixed, so that a file whose head is damaged can still be read page by page.
pub(super) const PAGE_BYTES: usize = 4096;
/// The table of what the store says of itself.
pub(super) const META: &str = "meta";

const ABOUT: i64 = 1;
const HEAD: i64 = 2;

/// Each step makes the next version of the tables.
pub(super) const STEPS: &[&str] = &["
    CREATE TABLE meta (place INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT;
    CREATE TABLE outbox (place INTEGER PRIMARY KEY, id BLOB NOT NULL, label TEXT NOT NULL, source TEXT NOT NULL,
        made_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
    CREATE TABLE drafts (place INTEGER PRIMARY KEY, id BLOB NOT NULL, label TEXT NOT NULL, source TEXT NOT NULL,
        made_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
    CREATE TABLE marks (place INTEGER PRIMARY KEY, id BLOB NOT NULL, label TEXT NOT NULL, source TEXT NOT NULL,
        made_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
    CREATE TABLE views (place INTEGER PRIMARY KEY, id BLOB NOT NULL, label TEXT NOT NULL, source TEXT NOT NULL,
        made_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
    CREATE TABLE journal (place INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, hash BLOB NOT NULL,
        payload BLOB NOT NULL) STRICT;
"];

/// What the store says of itself, sealed: a flipped bit in the file's head is not a newer version.
#[derive(Serialize, Deserialize)]
struct About {
    version: i64,
}

/// How the tables ended with the last change: what is missing then is noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The number of the journal's last row.
    pub(super) number: i64,
    /// Its hash.
    pub(super) hash: [u8; 32],
    /// How many rows lie on the shelves.
    pub(super) rows: usize,
}

/// How old a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// Of this version.
    Ours,
    /// Older: these many steps are done.
    Older(usize),
    /// Of a version to come.
    Newer,
}

/// How old the file is, when it says so itself in both its places.
pub(super) fn age(connection: &Connection, sealer: &Sealer, steps: &[&str]) -> Result<Age, Fail> {
    let plain: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let sealed = read_meta(connection, ABOUT)?;
    let about = sealed.and_then(|sealed| open_meta::<About>(sealer, ABOUT, &sealed));
    let ours = steps.len();
    match (usize::try_from(plain), about) {
        (Ok(version), Some(about)) if about.version != plain => {
            Err(Fail::Damaged(format!("it says it is of version {version} and of version {}", about.version)))
        }
        (Ok(version), _) if version > ours => Ok(Age::Newer),
        (Ok(version), Some(_)) if version == ours => Ok(Age::Ours),
        (Ok(version), Some(_)) if version > 0 => Ok(Age::Older(version)),
        _ => Err(Fail::Damaged("it does not say which version made it".to_owned())),
    }
}

/// Does the steps that a file lacks, all or none of them.
pub(super) fn migrate(
    connection: &Connection,
    sealer: &Sealer,
    steps: &[&str],
    done: usize,
) -> Result<(), Fail> {
    let transaction = connection.unchecked_transaction()?;
    for step in steps.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    let version = steps.len() as i64;
    transaction.pragma_update(None, "user_version", version)?;
    write_meta(&transaction, sealer, ABOUT, &About { version })?;
    transaction.commit()?;
    Ok(())
}

/// How the tables ended with the last change; none when the row cannot be opened.
pub(super) fn read_head(connection: &Connection, sealer: &Sealer) -> Result<Option<Head>, Fail> {
    Ok(read_meta(connection, HEAD)?.and_then(|sealed| open_head(sealer, HEAD, &sealed)))
}

/// Opens a row of the table that the store says it ended with; none for any other row.
pub(super) fn open_head(sealer: &Sealer, place: i64, sealed: &[u8]) -> Option<Head> {
    if place == HEAD { open_meta(sealer, HEAD, sealed) } else { None }
}

/// Whether this sealed row is of this key at all.
pub(super) fn opens_meta(sealer: &Sealer, place: i64, sealed: &[u8]) -> bool {
    sealer.open(META, &place.to_be_bytes(), sealed).is_some()
}

/// Writes how the tables end now.
pub(super) fn write_head(connection: &Connection, sealer: &Sealer, head: &Head) -> Result<(), Fail> {
    write_meta(connection, sealer, HEAD, head)
}

fn read_meta(connection: &Connection, place: i64) -> Result<Option<Vec<u8>>, Fail> {
    let mut statement = connection.prepare_cached("SELECT payload FROM meta WHERE place = ?1")?;
    let mut rows = statement.query([place])?;
    Ok(match rows.next()? {
        Some(row) => Some(row.get(0)?),
        None => None,
    })
}

fn open_meta<T: serde::de::DeserializeOwned>(sealer: &Sealer, place: i64, sealed: &[u8]) -> Option<T> {
    decode_bytes(&sealer.open(META, &place.to_be_bytes(), sealed)?)
}

fn write_meta<T: Serialize>(
    connection: &Connection,
    sealer: &Sealer,
    place: i64,
    value: &T,
) -> Result<(), Fail> {
    let sealed = sealer.seal(META, &place.to_be_bytes(), &encode(value)?)?;
    let mut statement =
        connection.prepare_cached("INSERT OR REPLACE INTO meta (place, payload) VALUES (?1, ?2)")?;
    statement.execute(params![place, sealed])?;
    Ok(())
}
