//! Documents as text to be sent: sections and lists made from the text they came in, with only what was edited exchanged.
//!
//! Must not know a dialect: how a member is called and written is its own. Must not drop what nobody here understands.

use super::{
    document_json::section_from_text,
    raw::{self, Edit, RawObject},
};
use crate::domain::document::{Document, Section};

/// How a dialect writes a section.
pub(super) trait SectionWriter {
    /// The member that holds the sections beneath.
    const BENEATH: &'static str;

    /// Whether a section's text as it came can be written on; else it is written anew.
    fn takes(&self, raw: &RawObject<'_>) -> bool;

    /// The edits that make `section` of what `old` said, the sections beneath aside.
    fn edits(&self, section: &Section, old: &Section, raw: &RawObject<'_>) -> Vec<Edit>;
}

/// All sections as a JSON list, with those beneath.
pub(super) fn sections_text(sections: &[Section], writer: &impl SectionWriter) -> String {
    let items: Vec<String> = sections.iter().map(|section| section_text(section, writer)).collect();
    format!("[{}]", items.join(","))
}

fn section_text<W: SectionWriter>(section: &Section, writer: &W) -> String {
    let written = section.raw.as_deref();
    let raw = written.and_then(RawObject::parse).filter(|raw| writer.takes(raw));
    if let (Some(written), None) = (written, &raw)
        && section.same(&Section::default())
        && RawObject::parse(written).is_none()
    {
        // What is no section at all goes back as it came.
        return written.to_owned();
    }
    let old = raw.as_ref().and(written).map(section_from_text).unwrap_or_default();
    let raw = raw.unwrap_or_else(RawObject::empty);
    let mut edits = writer.edits(section, &old, &raw);
    let beneath = (!section.sections.is_empty()).then(|| sections_text(&section.sections, writer));
    edits.push(Edit::new(W::BENEATH, beneath));
    raw.with(&edits).unwrap_or_else(|| "{}".to_owned())
}

/// Gives the sections of a document that stand unchanged in a fresh copy the text that they have there: what others
/// wrote beside what this program knows is not set back.
pub(super) fn refresh_raw(document: &mut Document, base: &Document, fresh: &Document) {
    let mut pairs = Vec::new();
    pair(&base.sections, &fresh.sections, &mut pairs);
    pairs.retain(|(before, now)| before != now);
    if !pairs.is_empty() {
        refresh(&mut document.sections, &pairs);
    }
}

/// The texts of the sections of two lists that say the same, each before and now.
fn pair<'a>(base: &'a [Section], fresh: &'a [Section], pairs: &mut Vec<(&'a str, &'a str)>) {
    for (before, now) in base.iter().zip(fresh) {
        if let (Some(before), Some(now)) = (before.raw.as_deref(), now.raw.as_deref()) {
            pairs.push((before, now));
        }
        pair(&before.sections, &now.sections, pairs);
    }
}

fn refresh(sections: &mut [Section], pairs: &[(&str, &str)]) {
    for section in sections {
        let now =
            pairs.iter().find(|(before, _)| section.raw.as_deref() == Some(*before)).map(|(_, now)| *now);
        if let Some(now) = now {
            section.raw = Some(now.into());
        }
        refresh(&mut section.sections, pairs);
    }
}

/// One item of a list of a document's header, such as an attester.
pub(super) struct Items<'a, T> {
    /// The items wanted.
    pub(super) wanted: &'a [T],
    /// The items as they were read, in the order of the list as it stands.
    pub(super) old: &'a [T],
    /// Whether two items say the same.
    pub(super) same: fn(&T, &T) -> bool,
}

impl<T> Items<'_, T> {
    /// The list as JSON text, each item as it stands where it stands already, else made of the one in its place that is
    /// not wanted any more; none when it would be empty.
    pub(super) fn text(
        &self,
        old: Option<&str>,
        edits: impl Fn(&T, &RawObject<'_>) -> Vec<Edit>,
    ) -> Option<String> {
        // What is no object was not read as an item.
        let written: Vec<&str> = old.and_then(raw::items).unwrap_or_default();
        let written: Vec<&str> = written.into_iter().filter(|text| text.starts_with('{')).collect();
        let is_wanted = |old: &T| self.wanted.iter().any(|new| (self.same)(new, old));
        let mut items = Vec::new();
        for (index, new) in self.wanted.iter().enumerate() {
            let standing = self.old.iter().position(|old| (self.same)(new, old));
            if let Some(text) = standing.and_then(|at| written.get(at)) {
                items.push((*text).to_owned());
                continue;
            }
            let in_place = self.old.get(index).filter(|old| !is_wanted(old)).and_then(|_| written.get(index));
            let raw = in_place.and_then(|text| RawObject::parse(text)).unwrap_or_else(RawObject::empty);
            items.push(raw.with(&edits(new, &raw)).unwrap_or_else(|| "{}".to_owned()));
        }
        (!items.is_empty()).then(|| format!("[{}]", items.join(",")))
    }
}

/// The members of a section that this program knows, in both shapes.
const KNOWN: [&str; 10] =
    ["title", "code", "text", "resourceIds", "entry", "authorId", "author", "mode", "sections", "section"];

/// The members beside those known that one section has and another has not.
pub(super) fn lost_members(sent: &Section, got: &Section) -> Vec<String> {
    let (Some(sent), Some(got)) =
        (sent.raw.as_deref().and_then(RawObject::parse), got.raw.as_deref().and_then(RawObject::parse))
    else {
        return Vec::new();
    };
    let names = sent.names().filter(|name| !KNOWN.contains(name) && got.get(name).is_none());
    names.map(str::to_owned).collect()
}
