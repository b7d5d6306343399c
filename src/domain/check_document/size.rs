//! How many bytes a document takes as a JSON body (contract clinikapi §2.2), counted without making it.
//!
//! Must not be asked with every key: [`super::Lengths`] follows what was counted once.

use crate::domain::{
    document::{Coding, Confidentiality, Document, Section, SectionMode},
    people::Reference,
    task::Period,
    time::DateTime,
};

/// The bytes of a document's body. What a source writes otherwise, such as a narrative, its adapter counts exactly.
pub fn body_bytes(document: &Document) -> usize {
    let mut object = Object::default();
    object.text("status", document.status.as_str());
    object.text("type", &document.kind);
    object.text("title", &document.title);
    object.reference("patientId", document.patient.as_ref());
    object.reference("practitionerId", document.practitioner.as_ref());
    object.reference("encounterId", document.encounter.as_ref());
    object.maybe("date", document.date.as_ref().map(DateTime::raw));
    object.maybe("confidentiality", document.confidentiality.as_ref().map(Confidentiality::as_str));
    object.list("category", document.category.iter().map(|item| string(item)));
    object.reference("custodianId", document.custodian.as_ref());
    object.list(
        "attester",
        document.attesters.iter().map(|attester| {
            let mut inner = Object::default();
            inner.text("mode", attester.mode.as_str());
            inner.maybe("time", attester.time.as_ref().map(DateTime::raw));
            inner.reference("partyId", attester.party.as_ref());
            inner.bytes()
        }),
    );
    object.list(
        "relatesTo",
        document.relates_to.iter().map(|relation| {
            let mut inner = Object::default();
            inner.text("code", relation.code.as_str());
            inner.text("targetId", relation.target.raw());
            inner.bytes()
        }),
    );
    object.list(
        "event",
        document.events.iter().map(|event| {
            let mut inner = Object::default();
            inner.list("code", event.codings.iter().map(coding));
            if !event.period.is_empty() {
                inner.value("period", period(&event.period));
            }
            inner.list("detailIds", event.details.iter().map(|detail| string(detail.raw())));
            inner.bytes()
        }),
    );
    object.list("sections", document.sections.iter().map(section_bytes));
    object.bytes()
}

/// The bytes of a section, with those beneath it.
pub fn section_bytes(section: &Section) -> usize {
    let mut object = Object::default();
    object.text("title", &section.title);
    object.text("text", &section.text);
    object.maybe("code", section.code.as_deref());
    object.list("resourceIds", section.resources.iter().map(|resource| string(resource.raw())));
    object.reference("authorId", section.author.as_ref());
    object.maybe("mode", section.mode.as_ref().map(SectionMode::as_str));
    object.list("sections", section.sections.iter().map(section_bytes));
    object.bytes()
}

fn coding(coding: &Coding) -> usize {
    let mut object = Object::default();
    object.maybe("system", coding.system.as_deref());
    object.maybe("code", coding.code.as_deref());
    object.maybe("display", coding.display.as_deref());
    object.bytes()
}

fn period(period: &Period) -> usize {
    let mut object = Object::default();
    object.maybe("start", period.start.as_ref().map(DateTime::raw));
    object.maybe("end", period.end.as_ref().map(DateTime::raw));
    object.bytes()
}

/// A JSON string's bytes, with its quotes and escapes.
fn string(text: &str) -> usize {
    2 + escaped_bytes(text)
}

/// The bytes of a text inside a JSON string.
pub(super) fn escaped_bytes(text: &str) -> usize {
    // A stretch's escapes fit into a byte, so that the compiler can add up many at once.
    const STRETCH: usize = 48;
    let added = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 1,
        0..=0x1F => 5,
        _ => 0,
    };
    let stretches = text.as_bytes().chunks(STRETCH);
    text.len() + stretches.map(|part| usize::from(part.iter().map(added).sum::<u8>())).sum::<usize>()
}

/// An object whose members are counted; empty ones are left out of a body.
#[derive(Default)]
struct Object(usize);

impl Object {
    fn value(&mut self, key: &str, bytes: usize) {
        // Quotes and colon, and the comma before or the brace behind.
        self.0 += key.len() + 4 + bytes;
    }

    fn text(&mut self, key: &str, text: &str) {
        self.value(key, string(text));
    }

    fn maybe(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn reference(&mut self, key: &str, reference: Option<&Reference>) {
        self.maybe(key, reference.map(Reference::raw));
    }

    fn list(&mut self, key: &str, items: impl Iterator<Item = usize>) {
        // A comma or the closing bracket stands behind each.
        let (count, bytes) = items.fold((0, 1), |(count, bytes), item| (count + 1, bytes + item + 1));
        if count > 0 {
            self.value(key, bytes);
        }
    }

    fn bytes(&self) -> usize {
        2 + self.0.saturating_sub(1)
    }
}
