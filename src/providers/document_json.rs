//! From JSON to a document: the flat shape and FHIR's Composition, field by field, by one road (contract clinikapi U1).
//!
//! Must not refuse a document for a bad field: the field degrades, a sentence says so, and the text as sent stays raw.

use super::{
    json::quote_long_numbers,
    json_row::{Row, is_absent, text_of},
    narrative,
    raw::{self, Edit, RawObject},
};
use crate::domain::{
    document::{
        Attester, AttesterMode, Coding, Confidentiality, Document, DocumentKey, DocumentStatus, Event,
        RelatesTo, Relation, Section, SectionMode,
    },
    people::Reference,
    task::SourceId,
};
use serde_json::{Map, Value};

/// The code system of document types and section codes.
pub(super) const LOINC: &str = "http://loinc.org";

/// The types that have a word of their own, their LOINC codes and what those are called (contract fhir §4).
pub(super) const TYPES: [(&str, &str, &str); 11] = [
    ("discharge-summary", "18842-5", "Discharge summary"),
    ("referral-letter", "57133-1", "Referral note"),
    ("care-plan", "18776-5", "Plan of care note"),
    ("operative-report", "11504-8", "Surgical operation note"),
    ("consultation-report", "11488-4", "Consult note"),
    ("transfer-summary", "18761-7", "Transfer summary note"),
    ("history-and-physical", "34117-2", "History and physical note"),
    ("progress-note", "11506-3", "Progress note"),
    ("procedure-note", "28570-0", "Procedure note"),
    ("episode-summary", "34133-9", "Summary of episode note"),
    ("patient-summary", "60591-5", "Patient summary"),
];

/// The document of a resource's text; none for junk and for other resources. An id may be lacking.
pub fn document_from_text(source: SourceId, text: &str) -> Option<Document> {
    let value: Value = serde_json::from_str(&quote_long_numbers(text)).ok()?;
    value.is_object().then(|| document_of(source, text, &value))
}

/// The document of a row that has a usable id; junk rows and other resources give none.
pub(super) fn usable_document(source: SourceId, text: &str, value: &Value) -> Option<Document> {
    let resource_type = value.as_object()?.get("resourceType");
    if resource_type.is_some_and(|kind| kind.as_str() != Some("Composition")) {
        return None;
    }
    Some(document_of(source, text, value)).filter(|document| !document.key.id.is_empty())
}

/// Reads a document whose text has been read as JSON.
fn document_of(source: SourceId, text: &str, value: &Value) -> Document {
    let empty = Map::new();
    let fields = value.as_object().unwrap_or(&empty);
    let mut row = Row::new(fields);
    let meta = row.meta();
    let (kind, kind_codings) = kind(&mut row);
    let (practitioner, more_authors) = authors(&mut row);
    let mut defects = Vec::new();
    let document = Document {
        key: DocumentKey { source, id: row.id("id") },
        status: status(&mut row),
        kind,
        kind_codings,
        title: row.text("title").unwrap_or_default(),
        patient: row.reference(["patientId", "subject"]),
        practitioner,
        more_authors,
        encounter: row.reference(["encounterId", "encounter"]),
        date: row.time("date"),
        confidentiality: row.code("confidentiality").map(|code| Confidentiality::parse(&code)),
        category: category(&mut row),
        custodian: row.reference(["custodianId", "custodian"]),
        attesters: each(fields, "attester", &mut defects, attester),
        relates_to: each(fields, "relatesTo", &mut defects, relates_to),
        events: each(fields, "event", &mut defects, event),
        sections: sections(fields, RawObject::parse(text).as_ref(), "sections", &mut defects),
        last_modified: row.time("lastModified").or(meta.last_updated),
        version: meta.version,
        raw: Some(without_sections(text).unwrap_or_else(|| value.to_string()).into()),
        defects: Vec::new(),
    };
    let mut of_header = row.defects();
    of_header.append(&mut defects);
    Document { defects: of_header, ..document }
}

/// The status; a document without one gets no invented one, since any of the known would be a claim.
fn status(row: &mut Row<'_>) -> DocumentStatus {
    row.code("status").map_or_else(
        || {
            row.defect("status", "status is missing.");
            DocumentStatus::Other("".into())
        },
        |code| DocumentStatus::parse(&code),
    )
}

/// The type: the word for its LOINC code where there is one, else its text; and its codings.
fn kind(row: &mut Row<'_>) -> (Box<str>, Vec<Coding>) {
    let codings: Vec<Coding> = match row.take("type") {
        Some(Value::Object(concept)) => {
            let list = concept.get("coding").and_then(Value::as_array).into_iter().flatten();
            list.map(coding).collect()
        }
        _ => Vec::new(),
    };
    let text = row.text("type");
    let word = codings.iter().find_map(word_of_type).map(Into::into);
    (word.or(text).unwrap_or_default(), codings)
}

/// The word of a coding that is one of the known types.
fn word_of_type(coding: &Coding) -> Option<&'static str> {
    let code = coding.code.as_deref().filter(|_| coding.system.as_deref() == Some(LOINC))?;
    TYPES.iter().find(|(_, known, _)| *known == code).map(|(word, ..)| *word)
}

fn coding(value: &Value) -> Coding {
    let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    // A bare code in place of a coding.
    let bare = value.as_str().filter(|text| !text.is_empty());
    Coding {
        system: text("system").map(Into::into),
        code: text("code").or(bare).map(Into::into),
        display: text("display").map(Into::into),
    }
}

/// The first author and the others.
fn authors(row: &mut Row<'_>) -> (Option<Reference>, Vec<Reference>) {
    if let Some(one) = row.reference(["practitionerId", "practitionerId"]) {
        return (Some(one), Vec::new());
    }
    let mut all = row.references("author").into_iter();
    (all.next(), all.collect())
}

fn category(row: &mut Row<'_>) -> Vec<Box<str>> {
    let Some(list) = row.list("category", "a list of texts") else { return Vec::new() };
    let mut words = Vec::new();
    for (index, item) in list.iter().enumerate() {
        match text_of(item) {
            Some(text) => words.push(text.into()),
            None => row.wrong_kind(&format!("category.{index}"), item, "a text"),
        }
    }
    words
}

/// The objects of a list, each read by itself; what is wrong with one is told with its place.
fn each<T>(
    fields: &Map<String, Value>,
    name: &str,
    defects: &mut Vec<Box<str>>,
    read: fn(&mut Row<'_>) -> T,
) -> Vec<T> {
    let list = match fields.get(name) {
        Some(Value::Array(list)) => list.as_slice(),
        Some(other) if !is_absent(other) => {
            defects.push(format!("{name} is not a list.").into());
            &[]
        }
        _ => &[],
    };
    let mut items = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let Some(fields) = item.as_object() else {
            defects.push(format!("{name}.{index} is not an object.").into());
            continue;
        };
        let mut row = Row::new(fields);
        items.push(read(&mut row));
        defects.extend(row.defects().iter().map(|defect| format!("{name}.{index}: {defect}").into()));
    }
    items
}

fn attester(row: &mut Row<'_>) -> Attester {
    Attester {
        mode: AttesterMode::parse(&required_code(row, "mode")),
        time: row.time("time"),
        party: row.reference(["partyId", "party"]),
    }
}

fn relates_to(row: &mut Row<'_>) -> RelatesTo {
    let code = Relation::parse(&required_code(row, "code"));
    let logical = match row.take("targetIdentifier") {
        Some(identifier) => identifier.get("value").and_then(Value::as_str).map(Reference::new),
        None => None,
    };
    let target = row.reference(["targetId", "targetReference"]).or(logical);
    if target.is_none() {
        row.defect("targetId", "targetId is missing.");
    }
    RelatesTo { code, target: target.unwrap_or_else(|| Reference::new("")) }
}

fn required_code(row: &mut Row<'_>, name: &'static str) -> Box<str> {
    row.code(name).unwrap_or_else(|| {
        row.defect(name, &format!("{name} is missing."));
        "".into()
    })
}

fn event(row: &mut Row<'_>) -> Event {
    let mut codings = Vec::new();
    for item in row.list("code", "a list of codings").unwrap_or_default() {
        match item.get("coding").and_then(Value::as_array) {
            Some(list) if !list.is_empty() => codings.extend(list.iter().map(coding)),
            // A concept of a text alone.
            _ => match item.get("text").and_then(Value::as_str) {
                Some(text) => codings.push(Coding { display: Some(text.into()), ..Coding::default() }),
                None => codings.push(coding(item)),
            },
        }
    }
    let period = row.period("period");
    let name = if row.take("detailIds").is_some() { "detailIds" } else { "detail" };
    Event { codings, period, details: row.references(name) }
}

/// The sections of a document or of a section, each with its own text as sent.
fn sections(
    fields: &Map<String, Value>,
    raw: Option<&RawObject<'_>>,
    path: &str,
    defects: &mut Vec<Box<str>>,
) -> Vec<Section> {
    let (name, list) = match SECTION_LISTS.into_iter().find_map(|name| Some((name, fields.get(name)?))) {
        Some((name, Value::Array(list))) => (name, list.as_slice()),
        Some((_, other)) if !is_absent(other) => {
            defects.push(format!("{path} is not a list.").into());
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    let texts = raw.and_then(|raw| raw.get(name)).and_then(raw::items).unwrap_or_default();
    let section = |(index, value): (usize, &Value)| {
        let written = texts.get(index).map_or_else(|| value.to_string(), |text| (*text).to_owned());
        section_of(&written, value, &format!("{path}.{index}"), defects)
    };
    list.iter().enumerate().map(section).collect()
}

/// The members that hold sections: of the flat shape and of FHIR's.
const SECTION_LISTS: [&str; 2] = ["sections", "section"];

/// What a section's own text says; the sections beneath are not in it.
pub(super) fn section_from_text(text: &str) -> Section {
    let value = serde_json::from_str(&quote_long_numbers(text)).unwrap_or(Value::Null);
    section_of(text, &value, "section", &mut Vec::new())
}

fn section_of(text: &str, value: &Value, path: &str, defects: &mut Vec<Box<str>>) -> Section {
    let Some(fields) = value.as_object() else {
        defects.push(format!("{path} is not an object.").into());
        return Section { raw: Some(text.into()), ..Section::default() };
    };
    let mut row = Row::new(fields);
    let resources = if row.take("resourceIds").is_some() { "resourceIds" } else { "entry" };
    let written = match row.take("text") {
        Some(Value::Object(narrative)) => {
            narrative.get("div").and_then(Value::as_str).map(narrative::to_text).unwrap_or_default()
        }
        _ => row.text("text").map(String::from).unwrap_or_default(),
    };
    let author =
        row.reference(["authorId", "authorId"]).or_else(|| row.references("author").into_iter().next());
    let section = Section {
        title: row.text("title").unwrap_or_default(),
        code: row.text("code"),
        text: written,
        resources: row.references(resources),
        author,
        mode: row.code("mode").map(|code| SectionMode::parse(&code)),
        sections: Vec::new(),
        raw: Some(without_sections(text).unwrap_or_else(|| text.to_owned()).into()),
    };
    defects.extend(row.defects().iter().map(|defect| format!("{path}: {defect}").into()));
    let sections = sections(fields, RawObject::parse(text).as_ref(), &format!("{path}.sections"), defects);
    Section { sections, ..section }
}

/// An object's text with its list of sections emptied, in its place; none where the text is no object that can be kept.
fn without_sections(text: &str) -> Option<String> {
    let object = RawObject::parse(text)?;
    let emptied = SECTION_LISTS.into_iter().filter(|name| object.get(name).is_some());
    let edits: Vec<Edit> = emptied.map(|name| Edit::new(name, Some("[]".to_owned()))).collect();
    object.with(&edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAT: &str = r#"{"id": "d1", "status": "final", "type": "care-plan", "title": "Plan",
        "patientId": "pt_1", "practitionerId": "prac_1", "encounterId": "enc_1", "date": "2026-11-21",
        "confidentiality": "R", "category": ["ward"], "custodianId": "org_1",
        "attester": [{"mode": "legal", "time": "2026-11-21T03:00:00Z", "partyId": "prac_1"}],
        "relatesTo": [{"code": "appends", "targetId": "doc_1"}],
        "event": [{"code": [{"system": "s", "code": "c", "display": "d"}], "period": {"start": "2026"}, "detailIds": ["Observation/1"]}],
        "sections": [{"title": "A", "code": "hpi", "text": "x < y\nz", "resourceIds": ["Condition/1"], "authorId": "prac_2",
                      "mode": "working", "weight": 2.50, "sections": [{"title": "B", "text": "b", "seen": true}]}]}"#;

    const COMPOSITION: &str = r#"{"resourceType": "Composition", "id": "d1", "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "18776-5"}]}, "title": "Plan",
        "subject": {"reference": "Patient/pt_1"}, "author": [{"reference": "Practitioner/prac_1"}],
        "encounter": {"reference": "Encounter/enc_1"}, "date": "2026-11-21", "confidentiality": "R",
        "category": [{"text": "ward"}], "custodian": {"reference": "Organization/org_1"},
        "attester": [{"mode": "legal", "time": "2026-11-21T03:00:00Z", "party": {"reference": "Practitioner/prac_1"}}],
        "relatesTo": [{"code": "appends", "targetReference": {"reference": "doc_1"}}],
        "event": [{"code": [{"coding": [{"system": "s", "code": "c", "display": "d"}]}], "period": {"start": "2026"},
                   "detail": [{"reference": "Observation/1"}]}],
        "section": [{"title": "A", "code": {"text": "hpi"}, "entry": [{"reference": "Condition/1"}],
            "author": [{"reference": "Practitioner/prac_2"}], "mode": "working",
            "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>x &lt; y<br/>z</p></div>"},
            "section": [{"title": "B", "text": {"status": "generated", "div": "<div><p>b</p></div>"}}]}]}"#;

    #[test]
    fn both_shapes_say_the_same_and_every_part_is_read() {
        let flat = document_from_text(SourceId(1), FLAT).unwrap();
        let fhir = document_from_text(SourceId(1), COMPOSITION).unwrap();
        assert_eq!(flat.changed(&fhir), []);
        assert_eq!(flat.changed(&Document::default()).len(), 14, "{flat:?}");
        assert!(flat.defects.is_empty() && fhir.defects.is_empty(), "{:?} {:?}", flat.defects, fhir.defects);
        assert_eq!(flat.sections[0].text, "x < y\nz");
        assert_eq!((&*flat.kind, &*fhir.kind, flat.kind_codings.len()), ("care-plan", "care-plan", 0));
    }

    #[test]
    fn what_is_not_known_stays_as_written_and_the_sections_beneath_are_kept_once() {
        let document = document_from_text(SourceId(1), FLAT).unwrap();
        let raw = document.sections[0].raw.as_deref().unwrap();
        assert!(raw.contains("\"weight\": 2.50, \"sections\": []"), "{raw}");
        assert_eq!(
            document.sections[0].sections[0].raw.as_deref().unwrap(),
            r#"{"title": "B", "text": "b", "seen": true}"#
        );
        assert!(document.raw.unwrap().contains("\"sections\": []"));
    }

    #[test]
    fn a_bad_part_degrades_and_its_place_is_told() {
        let text = r#"{"id": 7, "type": 3, "status": null, "attester": [{"time": "soon"}, 4], "relatesTo": {"a": 1},
            "event": [{"code": "x"}], "sections": [{"title": ["t"], "text": 5}, "loose", {"sections": [{"mode": false}]}]}"#;
        let document = document_from_text(SourceId(1), text).unwrap();
        assert_eq!((&*document.key.id, &*document.kind, document.sections.len()), ("7", "3", 3));
        let told: Vec<&str> = document.defects.iter().map(|defect| &**defect).collect();
        for place in [
            "type",
            "status",
            "attester.0",
            "attester.1",
            "relatesTo",
            "event.0",
            "sections.0",
            "sections.1",
            "sections.2.sections.0",
        ] {
            assert!(told.iter().any(|defect| defect.starts_with(place)), "{place}: {told:?}");
        }
        assert_eq!(document.sections[1].raw.as_deref(), Some("\"loose\""));
        assert!(document_from_text(SourceId(1), "[1]").is_none());
    }
}
