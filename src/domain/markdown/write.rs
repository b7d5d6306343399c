//! From a document to its file.

use super::{
    Page,
    body::{COMMENT_END, FIELDS},
    escape::{COMMENT, text_lines, title_line},
    head::FENCE,
};
use crate::domain::{
    clean::is_hazard,
    document::{Coding, Confidentiality, Document, Section, SectionMode},
    outline::{self, Row, SectionPart},
    people::Reference,
    task::Period,
    time::DateTime,
    toml_text::{quoted, quoted_list},
};

/// The file of a document.
pub fn write(page: &Page) -> String {
    write_prompted(page, |_| None)
}

/// The file of a document with remarks for whoever writes on: comments, which are left out when it is read.
pub fn write_prompted<'a>(page: &Page, prompt: impl Fn(&outline::Path) -> Option<&'a str>) -> String {
    let mut file = File::default();
    file.line(FENCE);
    head(page, &mut file);
    file.line(FENCE);
    for Row { path, section, .. } in outline::rows(&page.document) {
        file.line("");
        let title = title_line(&section.title);
        file.line(format!("{} {title}", "#".repeat(path.depth())).trim_end());
        fields(section, &mut file);
        if let Some(prompt) = prompt(&path) {
            // A comment ends at the first such mark, and a prompt is shown wherever the file is.
            let prompt = prompt.replace(COMMENT_END, "- ->").replace(is_hazard, " ");
            file.line(&format!("{COMMENT} {} {COMMENT_END}", prompt.trim()));
        }
        if let Some(text) = text_lines(&section.text) {
            file.line("");
            file.line(&text);
        }
    }
    file.0
}

#[derive(Default)]
struct File(String);

impl File {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn value(&mut self, key: &str, value: &str) {
        self.line(&format!("{key} = {value}"));
    }

    fn text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.value(key, &quoted(text));
        }
    }

    fn time(&mut self, key: &str, time: Option<&DateTime>) {
        self.text(key, time.map(DateTime::raw));
    }

    fn reference(&mut self, key: &str, reference: Option<&Reference>) {
        if let Some(reference) = reference {
            self.value(key, &referenced(reference));
        }
    }

    fn references(&mut self, key: &str, references: &[Reference]) {
        if !references.is_empty() {
            let list: Vec<String> = references.iter().map(referenced).collect();
            self.value(key, &format!("[{}]", list.join(", ")));
        }
    }

    fn codings(&mut self, key: &str, codings: &[Coding]) {
        if !codings.is_empty() {
            let list: Vec<String> = codings.iter().map(coded).collect();
            self.value(key, &format!("[{}]", list.join(", ")));
        }
    }
}

fn head(page: &Page, file: &mut File) {
    let document: &Document = &page.document;
    file.text("source", page.source.as_deref());
    file.text("id", Some(&*document.key.id).filter(|id| !id.is_empty()));
    file.text("version", document.version.as_deref());
    file.time("lastModified", document.last_modified.as_ref());
    file.text("base", page.base.as_deref());
    file.text("status", Some(document.status.as_str()));
    file.text("type", Some(&document.kind));
    file.codings("typeCoding", &document.kind_codings);
    file.text("title", Some(&document.title));
    // What every document needs stands there to be filled in.
    let blank = || "\"\"".to_owned();
    file.value("patientId", &document.patient.as_ref().map_or_else(blank, referenced));
    file.value("practitionerId", &document.practitioner.as_ref().map_or_else(blank, referenced));
    file.references("moreAuthorIds", &document.more_authors);
    file.reference("encounterId", document.encounter.as_ref());
    file.time("date", document.date.as_ref());
    file.text("confidentiality", document.confidentiality.as_ref().map(Confidentiality::as_str));
    if !document.category.is_empty() {
        file.value("category", &quoted_list(document.category.iter().map(AsRef::as_ref)));
    }
    file.reference("custodianId", document.custodian.as_ref());
    for attester in &document.attesters {
        file.line("\n[[attester]]");
        file.text("mode", Some(attester.mode.as_str()));
        file.time("time", attester.time.as_ref());
        file.reference("partyId", attester.party.as_ref());
    }
    for relation in &document.relates_to {
        file.line("\n[[relatesTo]]");
        file.text("code", Some(relation.code.as_str()));
        file.value("targetId", &referenced(&relation.target));
    }
    for event in &document.events {
        file.line("\n[[event]]");
        file.codings("code", &event.codings);
        let Period { start, end } = &event.period;
        if !event.period.is_empty() {
            let ends =
                [("start", start), ("end", end)].map(|(key, time)| (key, time.as_ref().map(DateTime::raw)));
            file.value("period", &inline(&ends));
        }
        file.references("detailIds", &event.details);
    }
}

fn fields(section: &Section, file: &mut File) {
    let is_plain = section.code.is_none()
        && section.author.is_none()
        && section.mode.is_none()
        && section.resources.is_empty();
    if is_plain {
        return;
    }
    file.line(FIELDS);
    file.text(SectionPart::Code.name(), section.code.as_deref());
    file.reference(SectionPart::Author.name(), section.author.as_ref());
    file.text(SectionPart::Mode.name(), section.mode.as_ref().map(SectionMode::as_str));
    file.references(SectionPart::Resources.name(), &section.resources);
    file.line(COMMENT_END);
}

fn referenced(reference: &Reference) -> String {
    match reference.display() {
        // An empty text alone would be a field to fill in.
        None if !reference.raw().is_empty() => quoted(reference.raw()),
        name => inline(&[("id", Some(reference.raw())), ("name", name)]),
    }
}

fn coded(coding: &Coding) -> String {
    inline(&[
        ("system", coding.system.as_deref()),
        ("code", coding.code.as_deref()),
        ("display", coding.display.as_deref()),
    ])
}

/// A table on one line.
fn inline(values: &[(&str, Option<&str>)]) -> String {
    let given: Vec<String> =
        values.iter().filter_map(|(key, text)| Some(format!("{key} = {}", quoted((*text)?)))).collect();
    if given.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", given.join(", ")) }
}
