//! Opening a store: its key, its file, whether it is whole, and what is done when it is not.
//!
//! Must not begin anew where a key might yet open what is there.

use super::{
    Access,
    carve::carve,
    disk::{Disk, Identity, Touch, identity},
    fail::Fail,
    journal, key,
    making::{Site, connect, set_safe},
    schema::{self, APPLICATION_ID, Age, Head, PAGE_BYTES, STEPS},
    seal::{Sealer, StoreKey},
    shelf::Rows,
    sqlite::KeyOrigin,
    table,
    trouble::{StoreTrouble, TroubleKind},
    wal,
};
use crate::app::kept::{Deed, DeedKind};
use crate::domain::time::Timestamp;
use rusqlite::Connection;
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// The longest file that is read as a whole when it is damaged.
const CARVE_CAP_BYTES: u64 = 512 << 20;

/// An open store.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) sealer: Sealer,
    pub(super) access: Access,
    pub(super) head: Head,
    pub(super) rows: Rows,
    pub(super) file: Identity,
    /// What the user should know.
    pub(super) notices: Vec<String>,
    /// Whether this may be an earlier state than the last.
    pub(super) doubtful: bool,
}

/// Opens the store for its only writer. `known` are rows that this process has kept already: a file that was taken away
/// or damaged gets them back.
pub(super) fn open_to_write(
    site: &Site,
    disk: &mut dyn Disk,
    origin: &KeyOrigin,
    known: Option<&Rows>,
    now: Timestamp,
) -> Result<Opened, Fail> {
    site.guard()?;
    site.tidy(disk)?;
    let mut notices = Vec::new();
    let nothing = Rows::default();
    let sealer = Sealer::new(&key_to_write(site, disk, origin, now, &mut notices)?);
    if !site.file().exists() {
        site.make_first(disk, &sealer, known.unwrap_or(&nothing))?;
    }
    let remote = disk.is_remote(&site.directory);
    if remote {
        notices.push(format!(
            "{} lies on a network or FUSE file system: the store is kept in the slower way that works there.",
            site.directory.display()
        ));
    }
    let log = read_if_there(&site.log())?;
    let log_is_damaged = wal::read(&log).is_damaged;
    if log_is_damaged {
        let kept = site.set_aside(disk, "damaged", now)?;
        notices.push(format!(
            "The last changes to the store could not be read and may be lost. It is kept as {}. Every write is looked \
             for at its source before it is sent.",
            kept.display()
        ));
    }
    let mut opened = match examine(site, disk, &sealer, remote) {
        Err(fail) if fail.is_damage() => salvage(site, disk, &sealer, known, remote, now)?,
        other => other?,
    };
    notices.append(&mut opened.notices);
    Ok(Opened { notices, doubtful: opened.doubtful || log_is_damaged, ..opened })
}

/// The key of the store, made when there is none. A store whose key file is gone is set aside: nothing opens it.
fn key_to_write(
    site: &Site,
    disk: &mut dyn Disk,
    origin: &KeyOrigin,
    now: Timestamp,
    notices: &mut Vec<String>,
) -> Result<StoreKey, Fail> {
    if let KeyOrigin::Given(key) = origin {
        return Ok(key.clone());
    }
    disk.touch(Touch::Key)?;
    if let Some(key) = key::read(&site.directory)? {
        return Ok(key);
    }
    if site.file().exists() {
        let kept = site.set_aside(disk, "keyless", now)?;
        site.remove_file()?;
        notices.push(format!(
            "The key file beside the store is gone, so nothing in it can be read. The store is kept as {}; with the \
             key it can be put back.",
            kept.display()
        ));
    }
    Ok(key::make(&site.directory, disk)?)
}

/// Opens the store beside its writer; what does not open is only counted.
pub(super) fn open_to_read(
    site: &Site,
    disk: &mut dyn Disk,
    origin: &KeyOrigin,
    access: Access,
) -> Result<Opened, Fail> {
    site.guard()?;
    let sealer = match origin {
        KeyOrigin::Given(key) => Sealer::new(key),
        KeyOrigin::File => {
            disk.touch(Touch::Key)?;
            let missing =
                || StoreTrouble::of(TroubleKind::Gone, &site.directory.join(key::KEY_FILE), "no key");
            Sealer::new(&key::read(&site.directory)?.ok_or_else(missing)?)
        }
    };
    disk.touch(Touch::Open)?;
    let connection = connect(&site.file(), false)?;
    disk.touch(Touch::Read)?;
    let (rows, unreadable) = table::read(&connection, &sealer)?;
    let head = schema::read_head(&connection, &sealer)?.unwrap_or_default();
    let mut notices = Vec::new();
    if unreadable > 0 {
        notices.push(format!("{unreadable} rows of the store cannot be read."));
    }
    let file = identity(&site.file())?;
    Ok(Opened { connection, sealer, access, head, rows, file, notices, doubtful: false })
}

/// Opens the file and reads it through.
fn examine(site: &Site, disk: &mut dyn Disk, sealer: &Sealer, remote: bool) -> Result<Opened, Fail> {
    disk.touch(Touch::Open)?;
    check_file_head(&site.file())?;
    let connection = connect(&site.file(), true)?;
    match schema::age(&connection, sealer, STEPS)? {
        Age::Newer => return Err(StoreTrouble::of(TroubleKind::Newer, &site.file(), "").into()),
        Age::Ours => {}
        Age::Older(done) => schema::migrate(&connection, sealer, STEPS, done)?,
    }
    set_safe(&connection)?;
    let mode = if remote { "delete" } else { "wal" };
    let got: String = connection.pragma_update_and_check(None, "journal_mode", mode, |row| row.get(0))?;
    if got != mode {
        return Err(io::Error::other(format!("the journal mode stays {got}")).into());
    }
    disk.touch(Touch::Read)?;
    let said: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if said != "ok" {
        return Err(Fail::Damaged("its pages do not fit together".to_owned()));
    }
    let (rows, unreadable) = table::read(&connection, sealer)?;
    if unreadable > 0 {
        return Err(Fail::Damaged(format!("{unreadable} rows cannot be read")));
    }
    let head = schema::read_head(&connection, sealer)?;
    let head = head.ok_or_else(|| Fail::Damaged("its end is not written down".to_owned()))?;
    if head.rows != rows.len() || !journal::ends_with(&connection, sealer, &head)? {
        return Err(Fail::Damaged("rows are missing".to_owned()));
    }
    Ok(Opened {
        connection,
        sealer: sealer.clone(),
        access: Access::Writer,
        head,
        rows,
        file: identity(&site.file())?,
        notices: Vec::new(),
        doubtful: false,
    })
}

/// Makes the store anew of what can be read of a damaged one, which is kept.
fn salvage(
    site: &Site,
    disk: &mut dyn Disk,
    sealer: &Sealer,
    known: Option<&Rows>,
    remote: bool,
    now: Timestamp,
) -> Result<Opened, Fail> {
    disk.touch(Touch::Read)?;
    let file = read_capped(&site.file())?;
    let log = read_if_there(&site.log())?;
    // A rollback journal beside a damaged file: pages of a change that was not finished may be among the rest.
    let mut doubtful =
        std::fs::metadata(site.directory.join("store.db-journal")).is_ok_and(|found| found.len() > 0);
    let log = wal::read(&log);
    doubtful |= log.is_damaged;
    let mut carved = carve(&file, &log, sealer);
    if carved.is_of_another_key {
        return Err(StoreTrouble::of(TroubleKind::Key, &site.file(), "").into());
    }
    if let Some(known) = known {
        for (shelf, place, row) in known.in_order() {
            carved.rows.put(shelf, place, row.clone());
        }
    }
    let lost = match (carved.lost, carved.is_counted) {
        (0, true) => "Every row could be read".to_owned(),
        (1, true) => "1 row could not be read".to_owned(),
        (many, true) => format!("{many} rows could not be read"),
        (0, false) => "How many rows could not be read is not known".to_owned(),
        (many, false) => format!("{many} rows or more could not be read"),
    };
    let kept = carved.rows.len() + carved.deeds.len();
    let mut deeds: Vec<Deed> = carved.deeds.into_values().collect();
    deeds.push(Deed {
        at: now,
        kind: DeedKind::Salvaged,
        write: None,
        source: String::new(),
        task: None,
        line: format!("The store was damaged. {lost}; {kept} were kept."),
        answer: None,
    });
    let aside = site.make_anew(disk, sealer, &carved.rows, &deeds, now)?;
    let mut opened = examine(site, disk, sealer, remote)?;
    opened.doubtful = doubtful;
    opened.notices.push(format!(
        "The store was damaged and has been made anew. {lost}; {kept} were kept. The damaged file is {}.",
        aside.display()
    ));
    Ok(opened)
}

/// The bytes of a file's head that are the same in every store of ours, and what they must be.
fn check_file_head(path: &Path) -> Result<(), Fail> {
    let mut head = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut head)?;
    let page_bytes = (PAGE_BYTES as u16).to_be_bytes();
    let id = APPLICATION_ID.to_be_bytes();
    let expected: [(usize, &[u8]); 6] = [
        (0, b"SQLite format 3\0"),
        (16, &page_bytes),
        // No bytes at a page's end are set apart; the three fractions are fixed by the format.
        (20, &[0, 64, 32, 32]),
        (44, &[0, 0, 0, 4]),
        (56, &[0, 0, 0, 1]),
        (68, &id),
    ];
    let fits = |(at, bytes): (usize, &[u8])| head.get(at..at + bytes.len()) == Some(bytes);
    let modes = head.get(18..20).is_some_and(|modes| modes == [1, 1] || modes == [2, 2]);
    if modes && expected.into_iter().all(fits) {
        Ok(())
    } else {
        Err(Fail::Damaged("its head is not ours".to_owned()))
    }
}

fn read_if_there(path: &Path) -> Result<Vec<u8>, Fail> {
    match read_capped(path) {
        Err(Fail::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}

fn read_capped(path: &Path) -> Result<Vec<u8>, Fail> {
    let mut bytes = Vec::new();
    File::open(path)?.take(CARVE_CAP_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}
