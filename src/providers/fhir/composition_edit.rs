//! From parts of a document to edits of its Composition: what a create carries and what an update changes.
//!
//! Must not drop what stands next to a change, nor write a narrative where the text was not edited.

use super::edit::{concept, period, refer, references, typed};
use crate::{
    domain::{
        check::Problem,
        document::{Attester, Coding, Document, DocumentField, Event, RelatesTo, Section},
        people::Reference,
    },
    providers::{
        document_edit::{Items, SectionWriter, sections_text},
        document_json::{LOINC, TYPES},
        document_writing::problem,
        json_row::text_of,
        narrative,
        raw::{self, Edit, RawObject, quoted},
        writing::sent_time,
    },
};
use serde_json::Value;

/// The codes of sections that have a word of their own (contract fhir §4).
const SECTION_CODES: [(&str, &str); 9] = [
    ("hospital-course", "8648-8"),
    ("history-of-present-illness", "10164-2"),
    ("chief-complaint", "10154-3"),
    ("past-illness", "11348-0"),
    ("allergies", "48765-2"),
    ("medications", "10160-0"),
    ("discharge-medications", "10183-2"),
    ("physical-findings", "29545-1"),
    ("reason-for-referral", "42349-1"),
];

/// What FHIR does not take of a document, beside what the rules say.
pub(super) fn problems(document: &Document) -> Vec<Problem> {
    let mut problems = Vec::new();
    let untyped = |reference: &Reference| !is_typed(reference);
    for (index, event) in document.events.iter().enumerate() {
        for (place, _) in event.details.iter().enumerate().filter(|(_, detail)| untyped(detail)) {
            problems.push(problem(&format!("event.{index}.detailIds.{place}"), TYPE_WANTED));
        }
    }
    section_problems("sections", &document.sections, &mut problems);
    problems
}

const TYPE_WANTED: &str = "Write it with its type, such as Observation/123.";

/// Whether a reference stands for itself.
fn is_typed(reference: &Reference) -> bool {
    typed(reference.raw(), "Any") == reference.raw()
}

fn section_problems(path: &str, sections: &[Section], problems: &mut Vec<Problem>) {
    for (index, section) in sections.iter().enumerate() {
        let path = format!("{path}.{index}");
        for (place, _) in section.resources.iter().enumerate().filter(|(_, resource)| !is_typed(resource)) {
            problems.push(problem(&format!("{path}.resourceIds.{place}"), TYPE_WANTED));
        }
        if !section.text.chars().all(narrative::is_in_xml) {
            let sentence = "The text has a control character that FHIR's narrative cannot hold; take it out.";
            problems.push(problem(&format!("{path}.text"), sentence));
        }
        section_problems(&format!("{path}.sections"), &section.sections, problems);
    }
}

/// The edits that give a Composition these parts of a document. Lists are made of those of `fresh`, what stands there.
pub(super) fn edits(
    document: &Document,
    fields: &[DocumentField],
    resource: &RawObject<'_>,
    fresh: &Document,
) -> Vec<Edit> {
    fields.iter().map(|field| Edit::new(member(*field), value(document, *field, resource, fresh))).collect()
}

/// The member of a Composition that holds a part.
fn member(field: DocumentField) -> &'static str {
    match field {
        DocumentField::Patient => "subject",
        DocumentField::Practitioner => "author",
        DocumentField::Encounter => "encounter",
        DocumentField::Custodian => "custodian",
        DocumentField::Sections => "section",
        other => other.name(),
    }
}

fn value(
    document: &Document,
    field: DocumentField,
    resource: &RawObject<'_>,
    fresh: &Document,
) -> Option<String> {
    let old = resource.get(member(field));
    let to = |reference: &Option<Reference>, own_type: &str| {
        let new = reference.as_ref().filter(|reference| !reference.raw().is_empty());
        new.map(|new| refer(old, new, own_type))
    };
    match field {
        DocumentField::Status => Some(quoted(document.status.as_str())),
        DocumentField::Type => kind(&document.kind),
        DocumentField::Title => (!document.title.is_empty()).then(|| quoted(&document.title)),
        DocumentField::Patient => to(&document.patient, "Patient"),
        DocumentField::Practitioner => authors(document, old),
        DocumentField::Encounter => to(&document.encounter, "Encounter"),
        DocumentField::Date => document.date.as_ref().map(|date| quoted(&sent_time(date))),
        DocumentField::Confidentiality => document.confidentiality.as_ref().map(|code| quoted(code.as_str())),
        DocumentField::Category => category(&document.category, old),
        DocumentField::Custodian => to(&document.custodian, "Organization"),
        DocumentField::Attester => {
            let items = Items { wanted: &document.attesters, old: &fresh.attesters, same: Attester::same };
            items.text(old, attester)
        }
        DocumentField::RelatesTo => {
            let items = Items { wanted: &document.relates_to, old: &fresh.relates_to, same: RelatesTo::same };
            items.text(old, relates_to)
        }
        DocumentField::Event => {
            let items = Items { wanted: &document.events, old: &fresh.events, same: Event::same };
            items.text(old, event)
        }
        DocumentField::Sections => Some(sections_text(&document.sections, &Fhir)),
    }
}

/// The type: a known word by its LOINC code, a LOINC code as such, anything else as text.
pub(super) fn kind(kind: &str) -> Option<String> {
    match TYPES.iter().find(|(word, ..)| *word == kind) {
        Some((_, code, display)) => Some(format!(
            "{{\"coding\":[{{\"system\":\"{LOINC}\",\"code\":\"{code}\",\"display\":\"{display}\"}}],\"text\":\"{display}\"}}"
        )),
        None => loinc_or_text(kind),
    }
}

fn loinc_or_text(code: &str) -> Option<String> {
    let is_loinc = code.split_once('-').is_some_and(|(number, check)| {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number(number) && check.len() == 1 && is_number(check)
    });
    if is_loinc {
        Some(format!("{{\"coding\":[{{\"system\":\"{LOINC}\",\"code\":{}}}]}}", quoted(code)))
    } else {
        concept(Some(code))
    }
}

fn authors(document: &Document, old: Option<&str>) -> Option<String> {
    let all: Vec<Reference> = document
        .practitioner
        .iter()
        .chain(&document.more_authors)
        .filter(|one| !one.raw().is_empty())
        .cloned()
        .collect();
    references(old, &all, "Practitioner")
}

/// The concepts of these words, each as it stands where it stands already.
fn category(words: &[Box<str>], old: Option<&str>) -> Option<String> {
    let standing = old.and_then(raw::items).unwrap_or_default();
    let says = |item: &str| serde_json::from_str::<Value>(item).ok().as_ref().and_then(text_of);
    let items: Vec<String> = words
        .iter()
        .filter_map(|word| {
            let stands = standing.iter().find(|item| says(item).as_deref() == Some(word));
            stands.map(|item| (*item).to_owned()).or_else(|| concept(Some(word)))
        })
        .collect();
    (!items.is_empty()).then(|| format!("[{}]", items.join(",")))
}

fn attester(attester: &Attester, raw: &RawObject<'_>) -> Vec<Edit> {
    let party = attester.party.as_ref().map(|party| refer(raw.get("party"), party, "Practitioner"));
    vec![
        Edit::new("mode", Some(quoted(attester.mode.as_str()))),
        Edit::new("time", attester.time.as_ref().map(|time| quoted(&sent_time(time)))),
        Edit::new("party", party),
    ]
}

fn relates_to(relation: &RelatesTo, raw: &RawObject<'_>) -> Vec<Edit> {
    let target = refer(raw.get("targetReference"), &relation.target, "Composition");
    vec![
        Edit::new("code", Some(quoted(relation.code.as_str()))),
        Edit::new("targetIdentifier", None),
        Edit::new("targetReference", Some(target)),
    ]
}

fn event(event: &Event, raw: &RawObject<'_>) -> Vec<Edit> {
    let codes: Vec<String> = event.codings.iter().map(code).collect();
    vec![
        Edit::new("code", (!codes.is_empty()).then(|| format!("[{}]", codes.join(",")))),
        Edit::new("period", period(raw.get("period"), &event.period)),
        Edit::new("detail", references(raw.get("detail"), &event.details, "")),
    ]
}

/// A coding within the concept that FHIR wants round it; one of words alone is the concept's text.
fn code(coding: &Coding) -> String {
    if let (None, None, Some(words)) = (&coding.system, &coding.code, &coding.display) {
        return format!("{{\"text\":{}}}", quoted(words));
    }
    let members = [("system", &coding.system), ("code", &coding.code), ("display", &coding.display)];
    let edits = members.map(|(name, value)| Edit::new(name, value.as_deref().map(quoted)));
    format!("{{\"coding\":[{}]}}", RawObject::empty().with(&edits).unwrap_or_else(|| "{}".to_owned()))
}

/// The shape of a section in a Composition.
struct Fhir;

impl SectionWriter for Fhir {
    const BENEATH: &'static str = "section";

    fn takes(&self, _: &RawObject<'_>) -> bool {
        true
    }

    fn edits(&self, section: &Section, old: &Section, raw: &RawObject<'_>) -> Vec<Edit> {
        let changed = section.differing(old);
        let mut edits = Vec::new();
        for name in ["title", "code", "authorId", "text", "mode", "resourceIds"] {
            if !changed.contains(&name) {
                continue;
            }
            edits.push(match name {
                "title" => Edit::new("title", (!section.title.is_empty()).then(|| quoted(&section.title))),
                "code" => Edit::new("code", section.code.as_deref().and_then(section_code)),
                "authorId" => Edit::new("author", section_author(section.author.as_ref(), raw.get("author"))),
                "text" => Edit::new("text", narrative_of(&section.text, raw.get("text"))),
                "mode" => Edit::new("mode", section.mode.as_ref().map(|mode| quoted(mode.as_str()))),
                _ => Edit::new("entry", references(raw.get("entry"), &section.resources, "")),
            });
        }
        // cmp-2: a reason for being empty goes where something stands now.
        if raw.get("emptyReason").is_some() && !section.resources.is_empty() {
            edits.push(Edit::new("emptyReason", None));
        }
        edits
    }
}

fn section_code(code: &str) -> Option<String> {
    match SECTION_CODES.iter().find(|(word, _)| *word == code) {
        Some((word, code)) => Some(format!(
            "{{\"coding\":[{{\"system\":\"{LOINC}\",\"code\":\"{code}\"}}],\"text\":\"{word}\"}}"
        )),
        None => loinc_or_text(code),
    }
}

/// The authors of a section: the first is exchanged, the others stay; none where nobody is named any more.
fn section_author(author: Option<&Reference>, old: Option<&str>) -> Option<String> {
    let first = refer(None, author?, "Practitioner");
    let others = old.and_then(raw::items).unwrap_or_default().into_iter().skip(1);
    let all: Vec<&str> = std::iter::once(first.as_str()).chain(others).collect();
    Some(format!("[{}]", all.join(",")))
}

/// A narrative with this text; its extensions stay. Blank text is none (txt-2 wants something to read).
fn narrative_of(text: &str, old: Option<&str>) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    let object = old.and_then(RawObject::parse).unwrap_or_else(RawObject::empty);
    object.with(&[
        Edit::new("status", Some(quoted("generated"))),
        Edit::new("div", Some(quoted(&narrative::from_text(text)))),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::document_json::section_from_text;

    #[test]
    fn a_reason_for_being_empty_goes_where_records_come_and_stays_beside_a_text() {
        let empty = r#"{"title":"A","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a</p></div>"},"emptyReason":{"text":"nilknown"}}"#;
        let old = section_from_text(empty);
        let raw = RawObject::parse(empty).unwrap();
        let written = |section: &Section| raw.with(&Fhir.edits(section, &old, &raw)).unwrap();
        let told = written(&Section { text: "None is known.".into(), ..old.clone() });
        assert!(told.contains("emptyReason") && told.contains("None is known."), "{told}");
        let listed = written(&Section { resources: vec![Reference::new("Condition/1")], ..old.clone() });
        assert!(!listed.contains("emptyReason") && listed.contains("Condition/1"), "{listed}");
    }
}
