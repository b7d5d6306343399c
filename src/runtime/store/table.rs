//! Rows of shelves in their tables.
//!
//! Must not give out a row that does not open: it is counted.

use super::{
    fail::Fail,
    seal::Sealer,
    shelf::{Row, Rows, Shelf},
};
use rusqlite::{Connection, params};

/// Puts a row in its place.
pub(super) fn put(
    connection: &Connection,
    sealer: &Sealer,
    shelf: Shelf,
    place: i64,
    row: &Row,
) -> Result<(), Fail> {
    let sealed = sealer.seal(shelf.table(), &row.id, &row.payload)?;
    let text = format!(
        "INSERT OR REPLACE INTO {} (place, id, label, source, made_ms, changed_ms, payload) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        shelf.table()
    );
    let values = params![place, row.id, row.label, row.source, row.made_ms, row.changed_ms, sealed];
    connection.prepare_cached(&text)?.execute(values)?;
    Ok(())
}

/// Takes a row from its place.
pub(super) fn drop_row(connection: &Connection, shelf: Shelf, place: i64) -> Result<(), Fail> {
    let text = format!("DELETE FROM {} WHERE place = ?1", shelf.table());
    match connection.prepare_cached(&text)?.execute([place])? {
        1 => Ok(()),
        other => Err(Fail::Damaged(format!("{other} rows stood in one place"))),
    }
}

/// All rows that open, and how many do not.
pub(super) fn read(connection: &Connection, sealer: &Sealer) -> Result<(Rows, usize), Fail> {
    let (mut rows, mut unreadable) = (Rows::default(), 0);
    for shelf in Shelf::ALL {
        let text = format!(
            "SELECT place, id, label, source, made_ms, changed_ms, payload FROM {} ORDER BY place",
            shelf.table()
        );
        let mut statement = connection.prepare(&text)?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let id: Vec<u8> = row.get(1)?;
            let sealed: Vec<u8> = row.get(6)?;
            let Some(payload) = sealer.open(shelf.table(), &id, &sealed) else {
                unreadable += 1;
                continue;
            };
            let (label, source, made_ms, changed_ms) = (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
            rows.put(shelf, row.get(0)?, Row { id, label, source, made_ms, changed_ms, payload });
        }
    }
    Ok((rows, unreadable))
}
