//! The store on a disk: one SQLite file, one writer, every payload sealed.
//!
//! Must not answer before the disk has, nor go on with a file that is not the one it opened.

use super::{
    Access, Change, Deed, Handover, Kept, Report, Store, StoreTrouble, TroubleKind, Verdict,
    disk::{Disk, Identity, RealDisk, Touch, identity},
    fail::Fail,
    journal,
    lock::{Claim, Holder, Lock, claim, holder},
    making::Site,
    opening::{Opened, open_to_read, open_to_write},
    schema::{self, Age},
    seal::StoreKey,
    shelf::{Lowered, Rows, Shelf, lower},
    table,
};
use crate::runtime::{clock, files};
use rusqlite::TransactionBehavior;
use std::path::{Path, PathBuf};

/// Where the store's key comes from.
#[derive(Clone, Debug)]
pub enum KeyOrigin {
    /// A file beside the store, made on first use.
    File,
    /// From elsewhere.
    Given(StoreKey),
}

/// What is done with rows on the disk that this process does not know, when the file is opened again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strangers {
    /// They were there before or are somebody else's: they stay.
    Stay,
    /// They come of a change that was said not to be kept: they go.
    Go,
}

/// The store in a directory. It opens when it is first needed, and again after trouble.
#[derive(Debug)]
pub struct SqliteStore {
    site: Site,
    disk: Box<dyn Disk>,
    origin: KeyOrigin,
    lock: Option<(Lock, Identity)>,
    pub(super) open: Option<Opened>,
    /// What this process knows to be kept; none before the file has been read.
    known: Option<Rows>,
    strangers: Strangers,
    doubtful: bool,
    /// Takes no lock and makes nothing.
    only_reads: bool,
    report: Report,
}

impl SqliteStore {
    /// The store in this directory.
    pub fn new(directory: PathBuf, origin: KeyOrigin) -> SqliteStore {
        SqliteStore::on(Box::new(RealDisk), directory, origin)
    }

    /// The store in this directory for somebody who only looks: no lock is taken, so that nobody is kept from writing.
    pub fn reader(directory: PathBuf, origin: KeyOrigin) -> SqliteStore {
        SqliteStore { only_reads: true, ..SqliteStore::new(directory, origin) }
    }

    /// Whether there is a store in this directory.
    pub fn is_there(directory: &Path) -> bool {
        let site = Site { directory: directory.to_owned() };
        site.file().exists() || site.ready().exists()
    }

    /// Who writes to the store in this directory now.
    pub fn holder(directory: &Path) -> std::io::Result<Option<Holder>> {
        holder(&Site { directory: directory.to_owned() }.lock())
    }

    /// The store on a disk that may fail when it is told to.
    pub fn on(disk: Box<dyn Disk>, directory: PathBuf, origin: KeyOrigin) -> SqliteStore {
        SqliteStore {
            site: Site { directory: directory.clone() },
            disk,
            origin,
            lock: None,
            open: None,
            known: None,
            strangers: Strangers::Stay,
            doubtful: false,
            only_reads: false,
            report: Report { directory: Some(directory), ..Report::default() },
        }
    }

    /// Sees to it that the file is open and the one that was opened.
    fn open(&mut self) -> Result<(), Fail> {
        if let Some(open) = &self.open {
            if identity(&self.site.file()).is_ok_and(|file| file == open.file) {
                return Ok(());
            }
            // The file was taken away or replaced: the one we hold has no name any more.
            self.close(Strangers::Stay);
        }
        self.disk.touch(Touch::Directory)?;
        if !self.only_reads {
            files::private_dir(&self.site.directory)?;
        }
        // The database refuses links anywhere in a path; those above the directory are the user's own affair.
        self.site.directory = self.site.directory.canonicalize()?;
        let access = self.claim()?;
        let now = clock::now();
        let mut opened = match access {
            Access::Reader { .. } if self.only_reads => {
                let opened = open_to_read(&self.site, &mut *self.disk, &self.origin, access)?;
                match schema::age(&opened.connection, &opened.sealer, schema::STEPS) {
                    Ok(Age::Newer) => Opened { access: Access::Newer, ..opened },
                    Ok(Age::Ours | Age::Older(_)) => opened,
                    Err(_) => return Err(StoreTrouble::of(TroubleKind::Key, &self.site.file(), "").into()),
                }
            }
            Access::Reader { .. } => open_to_read(&self.site, &mut *self.disk, &self.origin, access)?,
            _ => match open_to_write(&self.site, &mut *self.disk, &self.origin, self.known.as_ref(), now) {
                Err(Fail::Trouble(trouble)) if trouble.kind == TroubleKind::Newer => {
                    let opened = open_to_read(&self.site, &mut *self.disk, &self.origin, Access::Newer);
                    // What a newer version wrote may not be for us to read at all.
                    let Ok(mut opened) = opened else { return Err(trouble.into()) };
                    opened.notices.push(trouble.sentence);
                    opened
                }
                other => other?,
            },
        };
        self.report.notices.append(&mut opened.notices);
        self.report.access = opened.access;
        self.doubtful |= opened.doubtful;
        if opened.access == Access::Writer {
            let known = self.known.take().unwrap_or_default();
            let settled = settle(&mut opened, &known, self.strangers, &mut *self.disk);
            self.known = Some(if settled.is_ok() { opened.rows.clone() } else { known });
            settled?;
            self.strangers = Strangers::Stay;
        }
        self.open = Some(opened);
        Ok(())
    }

    /// Asks for the lock, unless it is ours already.
    fn claim(&mut self) -> Result<Access, Fail> {
        let path = self.site.lock();
        if self.only_reads {
            return Ok(Access::Reader { pid: holder(&path)?.and_then(|holder| holder.pid) });
        }
        if let Some((_, file)) = &self.lock {
            if identity(&path).is_ok_and(|found| found == *file) {
                return Ok(Access::Writer);
            }
            self.lock = None;
        }
        self.disk.touch(Touch::Lock)?;
        match claim(&path)? {
            Claim::Ours(lock) => {
                self.lock = Some((lock, identity(&path)?));
                Ok(Access::Writer)
            }
            Claim::Held { pid } => Ok(Access::Reader { pid }),
        }
    }

    fn close(&mut self, strangers: Strangers) {
        self.open = None;
        self.report.access = Access::Closed;
        if strangers == Strangers::Go {
            self.strangers = Strangers::Go;
        }
    }

    fn keep(&mut self, changes: &[Change]) -> Result<(), Fail> {
        if matches!(self.report.access, Access::Reader { .. }) {
            // Whoever wrote may have ended since.
            self.close(Strangers::Stay);
        }
        self.open()?;
        let SqliteStore { site, disk, open: Some(opened), known: Some(known), .. } = self else {
            let access = self.report.access;
            return Err(self.refusal(access).into());
        };
        let now = clock::now();
        let Opened { connection, sealer, head: last, file, .. } = opened;
        let mut rows = known.clone();
        let mut head = last.clone();
        disk.touch(Touch::Begin)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in changes {
            disk.touch(Touch::Write)?;
            match lower(change, sealer, now)? {
                Lowered::Put(shelf, row) => {
                    let place = rows.place(shelf, &row.id);
                    table::put(&transaction, sealer, shelf, place, &row)?;
                    rows.put(shelf, place, row);
                }
                Lowered::Drop(shelf, id) => {
                    // What is not there need not be taken away: it may have been settled before.
                    if let Some(place) = rows.find(shelf, &id) {
                        table::drop_row(&transaction, shelf, place)?;
                        rows.drop(shelf, &id);
                    }
                }
                Lowered::Append(deed) => journal::append(&transaction, sealer, &mut head, &deed)?,
            }
        }
        head.rows = rows.len();
        disk.touch(Touch::Write)?;
        schema::write_head(&transaction, sealer, &head)?;
        disk.touch(Touch::Commit)?;
        transaction.commit()?;
        disk.touch(Touch::Committed)?;
        if identity(&site.file())? != *file {
            return Err(std::io::Error::from(std::io::ErrorKind::NotFound).into());
        }
        *known = rows;
        *last = head;
        Ok(())
    }

    fn refusal(&self, access: Access) -> StoreTrouble {
        match access {
            Access::Reader { pid } => StoreTrouble::held(pid),
            Access::Newer => StoreTrouble::of(TroubleKind::Newer, &self.site.file(), ""),
            _ => StoreTrouble::of(TroubleKind::Gone, &self.site.file(), "it is not open"),
        }
    }

    /// Opens the file for a question and puts the trouble into words.
    fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut SqliteStore) -> Result<T, Fail>,
    ) -> Result<T, StoreTrouble> {
        let answer = self.open().and_then(|()| question(self));
        answer.map_err(|fail| self.troubled(fail))
    }

    fn troubled(&mut self, fail: Fail) -> StoreTrouble {
        let trouble = fail.at(&self.site.file());
        self.report.trouble = Some(trouble.clone());
        trouble
    }

    fn opened(&self) -> Result<&Opened, Fail> {
        self.open.as_ref().ok_or_else(|| self.refusal(self.report.access).into())
    }
}

impl Store for SqliteStore {
    fn apply(&mut self, changes: &[Change]) -> Result<(), StoreTrouble> {
        let Err(fail) = self.keep(changes) else {
            self.report.trouble = None;
            return Ok(());
        };
        if self.report.access == Access::Writer {
            // Whether the change reached the disk is not known now. It has been refused, so it must not be there when
            // the program comes back; where the disk answers at all, that is seen to at once.
            self.close(Strangers::Go);
            drop(self.open());
        }
        Err(self.troubled(fail))
    }

    fn load(&mut self) -> Result<Kept, StoreTrouble> {
        if matches!(self.report.access, Access::Reader { .. } | Access::Newer) {
            // What another process writes is read anew.
            self.close(Strangers::Stay);
        }
        let doubtful = |store: &SqliteStore| store.doubtful;
        self.ask(|store| {
            let kept = store.opened()?.rows.read();
            let kept = store.known.as_ref().map_or(kept, Rows::read);
            Ok(Kept { doubtful: doubtful(store), ..kept })
        })
    }

    fn hand_over(&mut self, looks: bool) -> Result<Handover, StoreTrouble> {
        let is_held = matches!(self.report.access, Access::Reader { .. })
            && holder(&self.site.lock()).is_ok_and(|holder| holder.is_some());
        if is_held && !looks {
            return Ok(Handover::Held);
        }
        let kept = Box::new(self.load()?);
        Ok(if self.report.access == Access::Writer { Handover::Ours(kept) } else { Handover::Seen(kept) })
    }

    fn deeds(&mut self, at_most: usize) -> Result<Vec<Deed>, StoreTrouble> {
        self.ask(|store| {
            let opened = store.opened()?;
            journal::last(&opened.connection, &opened.sealer, at_most)
        })
    }

    fn verify(&mut self) -> Result<Verdict, StoreTrouble> {
        self.ask(|store| {
            let opened = store.opened()?;
            // Head and rows as of one moment: another process may be writing.
            let moment = opened.connection.unchecked_transaction()?;
            let head = schema::read_head(&moment, &opened.sealer)?.unwrap_or_default();
            journal::verify(&moment, &opened.sealer, &head)
        })
    }

    fn report(&self) -> Report {
        self.report.clone()
    }
}

/// Brings the file to what this process knows to be kept, and what it knows to what stays of the file.
fn settle(opened: &mut Opened, known: &Rows, strangers: Strangers, disk: &mut dyn Disk) -> Result<(), Fail> {
    let on_disk = &opened.rows;
    let missing: Vec<_> = known
        .in_order()
        .into_iter()
        .filter(|(shelf, _, row)| on_disk.row(*shelf, &row.id) != Some(*row))
        .collect();
    let gone: Vec<(Shelf, i64, Vec<u8>)> = on_disk
        .in_order()
        .into_iter()
        .filter(|(shelf, _, row)| strangers == Strangers::Go && known.find(*shelf, &row.id).is_none())
        .map(|(shelf, place, row)| (shelf, place, row.id.clone()))
        .collect();
    if missing.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let Opened { connection, sealer, .. } = opened;
    let (mut rows, mut head) = (opened.rows.clone(), opened.head.clone());
    disk.touch(Touch::Begin)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (shelf, place, id) in gone {
        disk.touch(Touch::Write)?;
        table::drop_row(&transaction, shelf, place)?;
        rows.drop(shelf, &id);
    }
    for (shelf, place, row) in missing {
        disk.touch(Touch::Write)?;
        let stands = rows.find(shelf, &row.id);
        let place =
            if stands.is_none() && rows.is_free(shelf, place) { place } else { rows.place(shelf, &row.id) };
        table::put(&transaction, sealer, shelf, place, row)?;
        rows.put(shelf, place, row.clone());
    }
    head.rows = rows.len();
    schema::write_head(&transaction, sealer, &head)?;
    disk.touch(Touch::Commit)?;
    transaction.commit()?;
    opened.rows = rows;
    opened.head = head;
    Ok(())
}
