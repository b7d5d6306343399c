//! A document as Markdown with front matter, both ways: headings are sections, the front matter is the header.
//!
//! Must not lose a byte of a text that it wrote itself, and must not send what is a remark: comments are left out.
//!
//! The form, for a section text of any kind:
//! - The file begins with TOML between two lines of `+++`. Keys have the names of the API; a reference is its id in
//!   quotes, or `{ id = "…", name = "…" }`.
//! - A heading begins a section; as many `#` as it is deep. Directly beneath it `<!-- section` and `-->` may stand on
//!   lines of their own, with TOML between them: `code`, `authorId`, `mode`, `resourceIds`.
//! - Any other comment that begins a line is left out when the file is read.
//! - Empty lines at both ends of a text do not count. A backslash at the beginning of a line is taken off and the rest is
//!   text, whatever it looks like: `\# no heading`, `\<!--`, `\\`; alone it is an empty line that counts.
//! - `&#13;` is the character of that number. Characters that nobody would see in the file are written so.

mod body;
mod escape;
mod head;
#[cfg(test)]
pub(crate) mod tests;
mod write;

use super::{
    document::Document,
    place::{Flaw, Place},
};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

pub use write::{write, write_prompted};

/// A document with what a file says beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The name of the source that the document lives in or is for.
    pub source: Option<Box<str>>,
    /// What the source's document was when the file was written from it: its [`fingerprint`].
    pub base: Option<Box<str>>,
    /// The document. Its raw keys and defects stay out of the file, and its source is a name there.
    pub document: Document,
}

/// A file that was read: what could be, what was wrong, and where each thing stands.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The document, as far as it could be read.
    pub page: Page,
    /// What was wrong, in the order of the file. With any of these the page is not to be sent.
    pub flaws: Vec<Flaw>,
    places: BTreeMap<String, Place>,
}

impl Reading {
    /// Where the thing of a problem's path stands, else what it stands in, else the beginning of the file.
    pub fn place(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return *place;
            }
            match path.rsplit_once('.') {
                Some((above, _)) => path = above,
                None => return Place { line: 1, column: 1 },
            }
        }
    }
}

/// Reads a file. It never fails: what is wrong is said at its place.
pub fn read(text: &str) -> Reading {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let mut reading = Reading::default();
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let body = head::read(text, &lines, &mut reading);
    body::read(&lines, body, &mut reading);
    reading.flaws.sort_by_key(|flaw| flaw.place);
    reading
}

/// What a document says, in few letters: two that say the same have the same. Version and raw keys do not count.
pub fn fingerprint(document: &Document) -> String {
    let said = Document { version: None, last_modified: None, ..document.clone() };
    let digest = Sha256::digest(write(&Page { source: None, base: None, document: said }).as_bytes());
    let mut letters = String::new();
    for byte in digest.iter().take(12) {
        // Writing to a text cannot fail.
        let _ = write!(letters, "{byte:02x}");
    }
    letters
}
