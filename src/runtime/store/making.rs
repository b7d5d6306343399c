//! The store's files: a new one is made whole beside its place, and a damaged one is kept under another name.
//!
//! Must not leave a moment at which neither the old file nor the new one stands: what a crash leaves is put in order by
//! [`Site::tidy`].

use super::{
    disk::{Disk, Touch, sync_dir},
    fail::Fail,
    journal,
    key::remove,
    schema::{self, APPLICATION_ID, Head, PAGE_BYTES, STEPS},
    seal::Sealer,
    shelf::Rows,
    table,
    trouble::{StoreTrouble, TroubleKind},
};
use crate::app::kept::Deed;
use crate::domain::time::Timestamp;
use crate::runtime::files;
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{File, Permissions, symlink_metadata},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The store's file.
const FILE: &str = "store.db";
/// What the database keeps beside it.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The directory of a store.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) directory: PathBuf,
}

impl Site {
    pub(super) fn file(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    pub(super) fn log(&self) -> PathBuf {
        self.companion("-wal")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.directory.join("store.lock")
    }

    fn companion(&self, suffix: &str) -> PathBuf {
        self.directory.join(format!("{FILE}{suffix}"))
    }

    /// A file being made: worthless until it is whole.
    fn making(&self) -> PathBuf {
        self.directory.join("store.db.making")
    }

    /// A whole file that waits to take the place of a damaged one.
    pub(super) fn ready(&self) -> PathBuf {
        self.directory.join("store.db.new")
    }

    /// Ends what a crash interrupted.
    pub(super) fn tidy(&self, disk: &mut dyn Disk) -> Result<(), Fail> {
        if exists(&self.file())? {
            remove(&self.ready())?;
        } else {
            for suffix in COMPANIONS {
                remove(&self.companion(suffix))?;
            }
            if exists(&self.ready())? {
                disk.touch(Touch::Place)?;
                std::fs::rename(self.ready(), self.file())?;
                sync_dir(&self.directory)?;
            }
        }
        Ok(())
    }

    /// Refuses files that are not ours or not files, and tightens the rest.
    pub(super) fn guard(&self) -> Result<(), StoreTrouble> {
        let files = COMPANIONS.map(|suffix| self.companion(suffix));
        for path in files.into_iter().chain([self.file()]) {
            let found = match symlink_metadata(&path) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(StoreTrouble::io(&path, &error)),
            };
            let why = if found.file_type().is_symlink() {
                "is a symbolic link"
            } else if !found.is_file() {
                "is not a plain file"
            } else if found.uid() != rustix::process::geteuid().as_raw() {
                "belongs to somebody else"
            } else {
                if found.mode() & 0o777 != 0o600 {
                    let tightened = std::fs::set_permissions(&path, Permissions::from_mode(0o600));
                    tightened.map_err(|error| StoreTrouble::io(&path, &error))?;
                }
                continue;
            };
            let sentence = format!("Not kept: {} {why}, so it is not used.", path.display());
            return Err(StoreTrouble { kind: TroubleKind::ReadOnly, sentence });
        }
        Ok(())
    }

    /// Makes the first file.
    pub(super) fn make_first(&self, disk: &mut dyn Disk, sealer: &Sealer, rows: &Rows) -> Result<(), Fail> {
        self.make(disk, sealer, rows, &[])?;
        self.place(disk, &self.making(), &self.file())
    }

    /// Makes a file of these rows in place of the damaged one, which is kept; gives its new name.
    pub(super) fn make_anew(
        &self,
        disk: &mut dyn Disk,
        sealer: &Sealer,
        rows: &Rows,
        deeds: &[Deed],
        now: Timestamp,
    ) -> Result<PathBuf, Fail> {
        self.make(disk, sealer, rows, deeds)?;
        let kept = self.set_aside(disk, "damaged", now)?;
        self.place(disk, &self.making(), &self.ready())?;
        // From here on a crash leaves the new file as the one to be used.
        remove(&self.file())?;
        self.tidy(disk)?;
        Ok(kept)
    }

    /// Keeps the present file and its log under another name as well.
    pub(super) fn set_aside(&self, disk: &mut dyn Disk, why: &str, now: Timestamp) -> Result<PathBuf, Fail> {
        disk.touch(Touch::SetAside)?;
        let stem = format!("{FILE}.{why}-{}", now.strftime("%Y%m%dT%H%M%S"));
        let free = (0..1000).map(|number| match number {
            0 => self.directory.join(&stem),
            _ => self.directory.join(format!("{stem}-{number}")),
        });
        let kept = free.into_iter().find(|path| symlink_metadata(path).is_err());
        let kept = kept.ok_or_else(|| io::Error::other("there are too many damaged files"))?;
        for suffix in ["", "-wal", "-journal"] {
            let from = self.companion(suffix);
            if exists(&from)? {
                let to = PathBuf::from(format!("{}{suffix}", kept.display()));
                keep_also(&from, &to)?;
            }
        }
        sync_dir(&self.directory)?;
        Ok(kept)
    }

    /// Takes the file away, after it was set aside.
    pub(super) fn remove_file(&self) -> Result<(), Fail> {
        remove(&self.file())?;
        for suffix in COMPANIONS {
            remove(&self.companion(suffix))?;
        }
        sync_dir(&self.directory)?;
        Ok(())
    }

    fn place(&self, disk: &mut dyn Disk, from: &Path, to: &Path) -> Result<(), Fail> {
        disk.touch(Touch::Place)?;
        std::fs::rename(from, to)?;
        sync_dir(&self.directory)?;
        Ok(())
    }

    /// Makes a whole file beside its place.
    fn make(&self, disk: &mut dyn Disk, sealer: &Sealer, rows: &Rows, deeds: &[Deed]) -> Result<(), Fail> {
        disk.touch(Touch::Make)?;
        let making = self.making();
        remove(&making)?;
        remove(&self.directory.join("store.db.making-journal"))?;
        files::new_private_file(&making)?;
        let connection = connect(&making, true)?;
        connection.pragma_update(None, "page_size", PAGE_BYTES as i64)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        set_safe(&connection)?;
        schema::migrate(&connection, sealer, STEPS, 0)?;
        let transaction = connection.unchecked_transaction()?;
        let mut head = Head { rows: rows.len(), ..Head::default() };
        for (shelf, place, row) in rows.in_order() {
            disk.touch(Touch::Write)?;
            table::put(&transaction, sealer, shelf, place, row)?;
        }
        for deed in deeds {
            journal::append(&transaction, sealer, &mut head, deed)?;
        }
        schema::write_head(&transaction, sealer, &head)?;
        disk.touch(Touch::Commit)?;
        transaction.commit()?;
        connection.close().map_err(|(_, error)| error)?;
        File::open(&making)?.sync_all()?;
        Ok(())
    }
}

/// Opens a file that is there.
pub(super) fn connect(path: &Path, to_write: bool) -> Result<Connection, Fail> {
    let mode = if to_write { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(2))?;
    Ok(connection)
}

/// What every connection that writes holds to.
pub(super) fn set_safe(connection: &Connection) -> Result<(), Fail> {
    for (name, value) in [
        ("synchronous", "FULL"),
        ("foreign_keys", "ON"),
        ("temp_store", "MEMORY"),
        // What is dropped is gone from the page: the carver must not find it again.
        ("secure_delete", "ON"),
        ("cell_size_check", "ON"),
        ("trusted_schema", "OFF"),
    ] {
        connection.pragma_update(None, name, value)?;
    }
    Ok(())
}

/// Whether something stands there, be it a link that leads nowhere.
fn exists(path: &Path) -> io::Result<bool> {
    match symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A second name for a file, which costs no room; where the file system has none, a copy.
fn keep_also(from: &Path, to: &Path) -> io::Result<()> {
    if std::fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let mut copy = files::new_private_file(to)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}
