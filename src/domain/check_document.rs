//! What a user can correct in a document before it is sent: every problem at its place, and the size of its body.
//!
//! Must not fail or stop at the first problem, nor change or cut anything.

mod lengths;
mod size;
mod standing;
#[cfg(test)]
pub(crate) mod tests;

use super::{
    can::DocumentRules,
    check::{Problem, units},
    document::{
        Attester, AttesterMode, Confidentiality, Document, DocumentField, DocumentStatus, Relation,
        SectionMode,
    },
    outline::{Row, SectionPart, levels, rows},
    task::Period,
    time::DateTime,
};
use jiff::tz::TimeZone;

pub use lengths::Lengths;
pub use size::{body_bytes, section_bytes};
pub use standing::{Sorted, check_change, sort_problems};

/// Checks a document against the rules of a source, for a create or for an update body.
///
/// Of a header, an update is checked as far as it is sent; the sections always go whole.
pub fn check_document(document: &Document, rules: &DocumentRules, creating: bool) -> Vec<Problem> {
    check_measured(document, &Lengths::of(document), rules, creating)
}

/// The same where the lengths are known: no text is read but its ends, so that this can be done with every key.
pub fn check_measured(
    document: &Document,
    lengths: &Lengths,
    rules: &DocumentRules,
    creating: bool,
) -> Vec<Problem> {
    let mut problems = Problems::default();
    let is_sent = |field: DocumentField| creating || rules.update.contains(&field);
    header(document, rules, is_sent, &mut problems);
    lists(document, rules, is_sent, &mut problems);
    sections(document, lengths, rules, &mut problems);
    let bytes = lengths.body();
    if let Some(most) = rules.most_bytes.filter(|most| bytes > *most) {
        problems.at(
            &first_without_room(document, bytes, most),
            format!("The document has {bytes} bytes as it is sent; at most {most} are taken."),
        );
    }
    problems.0
}

/// The section of the first level that the body has no room for, where those before it fit: the place to go to.
fn first_without_room(document: &Document, bytes: usize, most: usize) -> String {
    let name = DocumentField::Sections.name();
    // From the end, so that little is counted where little is too much.
    let mut before = bytes;
    for (place, section) in document.sections.iter().enumerate().rev() {
        before = before.saturating_sub(section_bytes(section) + 1);
        if before <= most {
            return format!("{name}.{place}");
        }
    }
    name.to_owned()
}

/// The sentence of a text that is too long, where it is. Lengths are in UTF-16 units.
fn too_long(name: &str, length: usize, limit: Option<u32>) -> Option<String> {
    let limit = limit? as usize;
    (length > limit).then(|| format!("{name} has {length} characters; at most {limit} are taken."))
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn at(&mut self, path: &str, sentence: impl Into<String>) {
        self.0.push(Problem { field: None, path: path.to_owned(), sentence: sentence.into() });
    }

    fn length(&mut self, path: &str, name: &str, text: &str, limit: Option<u32>) {
        if let Some(sentence) = too_long(name, units(text), limit) {
            self.at(path, sentence);
        }
    }

    fn time(&mut self, path: &str, time: Option<&DateTime>) {
        if time.is_some_and(|time| time.moment().is_none()) {
            self.at(path, "This is not a time; write it as 2026-11-21T17:00Z or 2026-11-21.");
        }
    }

    fn period(&mut self, path: &str, period: &Period) {
        self.time(&format!("{path}.start"), period.start.as_ref());
        self.time(&format!("{path}.end"), period.end.as_ref());
        let start = period.start.as_ref().and_then(|start| start.start(&TimeZone::UTC));
        let end = period.end.as_ref().and_then(|end| end.end(&TimeZone::UTC));
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            self.at(path, "The period ends before it starts.");
        }
    }
}

/// A part of a header that is missing, in words.
fn needed(field: DocumentField) -> &'static str {
    match field {
        DocumentField::Status => "a status",
        DocumentField::Type => "a type",
        DocumentField::Title => "a title",
        DocumentField::Patient => "a patient",
        DocumentField::Practitioner => "an author",
        DocumentField::Encounter => "an encounter",
        DocumentField::Date => "a date",
        DocumentField::Confidentiality => "a confidentiality",
        DocumentField::Category => "a category",
        DocumentField::Custodian => "a custodian",
        DocumentField::Attester => "an attester",
        DocumentField::RelatesTo => "a related document",
        DocumentField::Event => "an event",
        DocumentField::Sections => "a section",
    }
}

fn header(
    document: &Document,
    rules: &DocumentRules,
    is_sent: impl Fn(DocumentField) -> bool,
    problems: &mut Problems,
) {
    for field in rules.required.iter().filter(|field| **field != DocumentField::Sections) {
        if is_sent(*field) && is_absent(document, *field) {
            problems.at(field.name(), format!("The document needs {}.", needed(*field)));
        }
    }
    let is_status_set = !document.status.as_str().trim().is_empty();
    if is_sent(DocumentField::Status) && is_status_set && !rules.statuses.contains(&document.status) {
        let known = codes(rules.statuses.iter().map(DocumentStatus::as_str));
        problems.at(DocumentField::Status.name(), format!("This status is not taken; {known} are."));
    }
    if let Some(confidentiality) = &document.confidentiality
        && is_sent(DocumentField::Confidentiality)
        && !rules.confidentialities.contains(confidentiality)
    {
        let known = codes(rules.confidentialities.iter().map(Confidentiality::as_str));
        problems.at(
            DocumentField::Confidentiality.name(),
            format!("This confidentiality is not taken; {known} are."),
        );
    }
    if is_sent(DocumentField::Type) {
        problems.length("type", "The type", &document.kind, rules.kind_units);
    }
    if is_sent(DocumentField::Title) {
        problems.length("title", "The title", &document.title, rules.title_units);
    }
    if is_sent(DocumentField::Date) {
        problems.time("date", document.date.as_ref());
    }
}

fn lists(
    document: &Document,
    rules: &DocumentRules,
    is_sent: impl Fn(DocumentField) -> bool,
    problems: &mut Problems,
) {
    if is_sent(DocumentField::Category) {
        for (index, item) in document.category.iter().enumerate() {
            let path = format!("category.{index}");
            if item.trim().is_empty() {
                problems.at(&path, "A category without a text says nothing; take it out.");
            }
            problems.length(&path, "The category", item, rules.category_units);
        }
    }
    if is_sent(DocumentField::Attester) {
        for (index, attester) in document.attesters.iter().enumerate() {
            check_attester(index, attester, problems);
        }
    }
    if is_sent(DocumentField::RelatesTo) {
        for (index, relation) in document.relates_to.iter().enumerate() {
            if let Relation::Other(_) = &relation.code {
                let known = codes(Relation::KNOWN.iter().map(Relation::as_str));
                let sentence = format!("This relation needs a code: {known}.");
                problems.at(&format!("relatesTo.{index}.code"), sentence);
            }
            if relation.target.raw().trim().is_empty() {
                let sentence = "This relation needs the document that it is to.";
                problems.at(&format!("relatesTo.{index}.targetId"), sentence);
            }
        }
    }
    if is_sent(DocumentField::Event) {
        for (index, event) in document.events.iter().enumerate() {
            problems.period(&format!("event.{index}.period"), &event.period);
        }
    }
}

fn check_attester(index: usize, attester: &Attester, problems: &mut Problems) {
    if let AttesterMode::Other(mode) = &attester.mode {
        let known = codes(AttesterMode::KNOWN.iter().map(AttesterMode::as_str));
        let sentence = if mode.trim().is_empty() {
            format!("An attester needs a mode: {known}.")
        } else {
            format!("This mode is not known; {known} are.")
        };
        problems.at(&format!("attester.{index}.mode"), sentence);
    }
    problems.time(&format!("attester.{index}.time"), attester.time.as_ref());
    if attester.party.as_ref().is_some_and(|party| party.raw().trim().is_empty()) {
        problems.at(&format!("attester.{index}.partyId"), "The attester has no id.");
    }
}

fn sections(document: &Document, lengths: &Lengths, rules: &DocumentRules, problems: &mut Problems) {
    let name = DocumentField::Sections.name();
    if document.sections.is_empty() {
        problems.at(name, "A document needs at least one section.");
    }
    let count = document.sections.len();
    if let Some(most) = rules.most_sections.map(|most| most as usize)
        && count > most
    {
        // The first one too many is the place to go to.
        problems.at(
            &format!("{name}.{most}"),
            format!("There are {count} sections of the first level; at most {most} are taken."),
        );
    }
    for row in rows(document) {
        section(&row, lengths.text(row.place), document, rules, problems);
    }
}

fn section(
    row: &Row<'_>,
    text_units: usize,
    document: &Document,
    rules: &DocumentRules,
    problems: &mut Problems,
) {
    let Row { path, section, .. } = row;
    let at = |part: SectionPart| format!("{path}.{}", part.name());
    if rules.levels.is_some_and(|most| path.depth() == usize::from(most) + 1) {
        let most = rules.levels.unwrap_or_default();
        let below = match levels(section) {
            1 => String::new(),
            more => format!(" {} more levels stand beneath it.", more - 1),
        };
        problems.at(
            &path.to_string(),
            format!("This section stands too deep: {most} levels are taken.{below} Move it a level out."),
        );
    }
    if rules.title_required && section.title.trim().is_empty() {
        problems.at(&at(SectionPart::Title), "The section needs a title.");
    }
    if let Some(sentence) = too_long("The title", units(&section.title), rules.section_title_units) {
        problems.at(&at(SectionPart::Title), sentence);
    }
    if let Some(sentence) = too_long("The text", text_units, rules.section_text_units) {
        problems.at(&at(SectionPart::Text), sentence);
    }
    if section.text.trim().is_empty() {
        let is_signed = document.status != DocumentStatus::Preliminary;
        let lists = rules.records_suffice && !section.resources.is_empty();
        let is_bare = section.sections.is_empty() && !lists;
        if rules.text_required && is_bare {
            problems.at(&at(SectionPart::Text), "The section needs a text.");
        } else if rules.top_text_required && path.depth() == 1 {
            let sentence = "The section needs a text, those beneath it are not enough here.";
            problems.at(&at(SectionPart::Text), sentence);
        } else if is_signed && is_bare {
            problems.at(&at(SectionPart::Text), "A document that is final has no empty sections.");
        }
    }
    if let Some(SectionMode::Other(_)) = &section.mode {
        let known = codes(SectionMode::KNOWN.iter().map(SectionMode::as_str));
        problems.at(&at(SectionPart::Mode), format!("This mode is not known; {known} are."));
    }
    if section.author.as_ref().is_some_and(|author| author.raw().trim().is_empty()) {
        problems.at(&at(SectionPart::Author), "The section's author has no id.");
    }
    for (index, resource) in section.resources.iter().enumerate() {
        if resource.raw().trim().is_empty() {
            problems.at(&format!("{}.{index}", at(SectionPart::Resources)), "This record has no id.");
        }
    }
    if rules.plain_below && path.depth() > 1 {
        let extra = [
            (SectionPart::Author, section.author.is_some()),
            (SectionPart::Mode, section.mode.is_some()),
            (SectionPart::Resources, !section.resources.is_empty()),
        ];
        for (part, _) in extra.into_iter().filter(|(_, is_set)| *is_set) {
            problems.at(
                &at(part),
                format!("A section beneath another has no {}; it would be lost here.", part.name()),
            );
        }
    }
}

fn is_absent(document: &Document, field: DocumentField) -> bool {
    let blank = |reference: &Option<super::people::Reference>| {
        reference.as_ref().is_none_or(|reference| reference.id().trim().is_empty())
    };
    match field {
        DocumentField::Status => document.status.as_str().trim().is_empty(),
        DocumentField::Type => document.kind.trim().is_empty() && document.kind_codings.is_empty(),
        DocumentField::Title => document.title.trim().is_empty(),
        DocumentField::Patient => blank(&document.patient),
        DocumentField::Practitioner => blank(&document.practitioner),
        DocumentField::Encounter => blank(&document.encounter),
        DocumentField::Custodian => blank(&document.custodian),
        _ => document.same(&Document::default(), field),
    }
}

fn codes<'a>(codes: impl Iterator<Item = &'a str>) -> String {
    codes.collect::<Vec<_>>().join(", ")
}
