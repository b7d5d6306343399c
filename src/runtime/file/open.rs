//! Opening the files of an export: what is no file of lines is told in words before anything is read of it.
//!
//! Must not wait for a pipe, nor go by a file's name: what it holds tells what it is.

use super::{failed, lines::Lines};
use crate::providers::{ApiError, ErrorKind};
use rustix::fs::OFlags;
use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// How much of a file's beginning tells what it is.
const HEAD_BYTES: u64 = 65_536;
/// The mark that some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A file that can be read.
#[derive(Debug)]
pub(super) struct Opened {
    /// Its name without its folders.
    pub(super) name: String,
    /// What its first line says it is.
    pub(super) kind: Option<String>,
    file: File,
    first: Metadata,
    skip: u64,
}

/// Opens what can be opened, those of people first, with a sentence for each of the others; an error when none can.
pub(super) fn open_all(paths: &[PathBuf]) -> Result<(Vec<Opened>, Vec<String>), ApiError> {
    let mut opened: Vec<Opened> = Vec::new();
    let mut refused = Vec::new();
    let mut kind = ErrorKind::NotSent;
    for path in paths {
        match open(path) {
            Ok(file) => opened.push(file),
            Err(Unusable::Unread(error)) => refused.push(format!("{} cannot be read: {error}.", name(path))),
            Err(Unusable::Odd(sentence)) => {
                kind = ErrorKind::NotItsApi;
                refused.push(format!("{} {sentence}", name(path)));
            }
        }
    }
    if opened.is_empty() {
        let sentence = if refused.is_empty() { "No file is named.".to_owned() } else { refused.join(" ") };
        return Err(failed(kind, &sentence));
    }
    let has_people = |file: &Opened| matches!(file.kind.as_deref(), Some("Patient" | "Practitioner"));
    opened.sort_by_key(|file| !has_people(file));
    Ok((opened, refused))
}

enum Unusable {
    Unread(io::Error),
    Odd(&'static str),
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Unusable {
        Unusable::Unread(error)
    }
}

fn open(path: &Path) -> Result<Opened, Unusable> {
    // Without waiting: opening a pipe that nobody writes into would never come back.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let first = file.metadata()?;
    if first.is_dir() {
        return Err(Unusable::Odd("is a folder: name the files in it."));
    }
    if !first.is_file() {
        return Err(Unusable::Odd("is no file but a pipe or a device: save it to a file first."));
    }
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    odd(&head).map_or(Ok(()), |sentence| Err(Unusable::Odd(sentence)))?;
    let skip = if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() as u64 } else { 0 };
    file.seek(SeekFrom::Start(skip))?;
    Ok(Opened { name: name(path), kind: kind(&head), file, first, skip })
}

/// What a beginning shows that cannot be read line by line.
fn odd(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"\x1f\x8b") {
        return Some("is packed: unpack it first (gunzip -k).");
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\x28\xb5\x2f\xfd") || head.starts_with(b"BZh") {
        return Some("is packed: unpack it first.");
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Some("is UTF-16: save it as UTF-8.");
    }
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    if text.starts_with(b"[") || line == b"{" {
        return Some("is one JSON value over many lines: an export has one resource a line (NDJSON).");
    }
    text.starts_with(b"<").then_some("holds markup, not JSON.")
}

/// What the first line says it is, found without reading it: a line may be longer than the beginning.
fn kind(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(head);
    let line = text.trim_start_matches('\u{feff}').trim_start().lines().next()?;
    let value = line.split_once("\"resourceType\"")?.1.trim_start().strip_prefix(':')?.trim_start();
    let (kind, _) = value.strip_prefix('"')?.split_once('"')?;
    kind.chars().all(|letter| letter.is_ascii_alphabetic()).then(|| kind.to_owned())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

impl Opened {
    /// One line about the file.
    pub(super) fn about(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or("no resource in its first line");
        let megabytes = self.first.len() as f64 / 1_000_000.0;
        format!("{} ({kind}, {megabytes:.1} MB)", self.name)
    }

    /// Its lines as they were when it was opened.
    pub(super) fn lines(&self) -> io::Result<Lines> {
        Ok(Lines::new(self.file.try_clone()?, self.first.len().saturating_sub(self.skip)))
    }

    /// What became of it while it was read, where that makes the reading doubtful.
    pub(super) fn doubt(&self) -> Option<&'static str> {
        let now = self.file.metadata().ok()?;
        if now.len() < self.first.len() {
            return Some("became shorter while it was read; r reads it again.");
        }
        if now.len() > self.first.len() {
            return Some("grew while it was read; r reads it again.");
        }
        if now.modified().ok() != self.first.modified().ok() {
            return Some("was changed while it was read; r reads it again.");
        }
        (now.nlink() == 0).then_some("was replaced or removed while it was read; r reads what is there now.")
    }
}
