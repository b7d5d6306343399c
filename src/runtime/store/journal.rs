//! The journal of deeds: rows are only added, and each carries a hash over the one before it.
//!
//! Must not change or take away a row.

use super::{
    Verdict,
    fail::Fail,
    schema::Head,
    seal::{KEY_BYTES, Sealer},
    shelf::{decode_bytes, encode},
};
use crate::app::kept::Deed;
use rusqlite::{Connection, params};

/// The table; sealed values are bound to it.
pub(super) const TABLE: &str = "journal";

/// Adds a deed behind `head` and moves it on.
pub(super) fn append(
    connection: &Connection,
    sealer: &Sealer,
    head: &mut Head,
    deed: &Deed,
) -> Result<(), Fail> {
    let number = head.number.saturating_add(1);
    let sealed = sealer.seal(TABLE, &number.to_be_bytes(), &encode(deed)?)?;
    let hash = sealer.link(&head.hash, number, &sealed);
    let text = "INSERT INTO journal (place, at_ms, hash, payload) VALUES (?1, ?2, ?3, ?4)";
    let values = params![number, deed.at.as_millisecond(), hash.as_slice(), sealed];
    connection.prepare_cached(text)?.execute(values)?;
    (head.number, head.hash) = (number, hash);
    Ok(())
}

/// Opens a row; none when it is not what was written there.
pub(super) fn open(sealer: &Sealer, number: i64, sealed: &[u8]) -> Option<Deed> {
    decode_bytes(&sealer.open(TABLE, &number.to_be_bytes(), sealed)?)
}

/// The last deeds that can be read, oldest first.
pub(super) fn last(connection: &Connection, sealer: &Sealer, at_most: usize) -> Result<Vec<Deed>, Fail> {
    let text = "SELECT place, payload FROM journal ORDER BY place DESC LIMIT ?1";
    let mut statement = connection.prepare_cached(text)?;
    let mut found = statement.query([i64::try_from(at_most).unwrap_or(i64::MAX)])?;
    let mut deeds = Vec::new();
    while let Some(row) = found.next()? {
        let sealed: Vec<u8> = row.get(1)?;
        deeds.extend(open(sealer, row.get(0)?, &sealed));
    }
    deeds.reverse();
    Ok(deeds)
}

/// Whether the last row is the one that the store says it ended with. The rows before it are for [`verify`].
pub(super) fn ends_with(connection: &Connection, sealer: &Sealer, head: &Head) -> Result<bool, Fail> {
    let text = "SELECT place, hash, payload FROM journal ORDER BY place DESC LIMIT 1";
    let mut statement = connection.prepare_cached(text)?;
    let mut found = statement.query([])?;
    let Some(row) = found.next()? else { return Ok(head.number == 0) };
    let (number, hash, sealed): (i64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let is_last = number == head.number && hash == head.hash;
    Ok(is_last && sealer.open(TABLE, &number.to_be_bytes(), &sealed).is_some())
}

/// Goes through the whole chain.
pub(super) fn verify(connection: &Connection, sealer: &Sealer, head: &Head) -> Result<Verdict, Fail> {
    let mut statement = connection.prepare("SELECT place, hash, payload FROM journal ORDER BY place")?;
    let mut found = statement.query([])?;
    let (mut before, mut expected) = ([0; KEY_BYTES], 0_i64);
    while let Some(row) = found.next()? {
        expected += 1;
        let broken = Verdict::Broken { first: expected.unsigned_abs() };
        let (number, hash, sealed): (i64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let link = sealer.link(&before, number, &sealed);
        if number != expected || hash != link || open(sealer, number, &sealed).is_none() {
            return Ok(broken);
        }
        before = link;
    }
    if (expected, before) != (head.number, head.hash) {
        return Ok(Verdict::Broken { first: expected.unsigned_abs() + 1 });
    }
    Ok(Verdict::Whole { rows: expected.unsigned_abs() })
}
