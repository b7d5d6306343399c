//! How long the texts of a document and its body are, followed edit by edit.
//!
//! Must not read a text again of which an edit says what it changed.

use super::size::{body_bytes, escaped_bytes};
use crate::domain::{
    check::units,
    document::Document,
    outline::{Edit, place, rows},
};

/// The lengths that limits are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// The UTF-16 units of each section's text, in reading order.
    texts: Vec<usize>,
    body: usize,
}

impl Lengths {
    /// Counts a document.
    pub fn of(document: &Document) -> Lengths {
        let texts = rows(document).iter().map(|row| units(&row.section.text)).collect();
        Lengths { texts, body: body_bytes(document) }
    }

    /// Follows edits that were done to the document. Where only text was changed, nothing else is counted.
    pub fn follow(&mut self, document: &Document, edits: &[Edit]) {
        let is_text = |edit: &Edit| matches!(edit, Edit::Text { .. });
        if !edits.iter().all(is_text) {
            *self = Lengths::of(document);
            return;
        }
        for edit in edits {
            let Edit::Text { at, removed, inserted, .. } = edit else { continue };
            let changed = place(document, at).and_then(|place| self.texts.get_mut(place));
            if let Some(length) = changed {
                *length = (*length + units(inserted)).saturating_sub(units(removed));
            }
            self.body = (self.body + escaped_bytes(inserted)).saturating_sub(escaped_bytes(removed));
        }
    }

    /// The UTF-16 units of the text of a section, by its place in reading order.
    pub fn text(&self, place: usize) -> usize {
        self.texts.get(place).copied().unwrap_or(0)
    }

    /// The bytes of the body.
    pub fn body(&self) -> usize {
        self.body
    }
}
