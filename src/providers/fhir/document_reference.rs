//! Documents where a server has no Composition: a `DocumentReference` that carries one, for programs, and its text, for people.
//!
//! Must not exchange content that was not made here, nor take the attachment's word for what the reference says itself.

use super::{
    composition_edit,
    edit::{concept, refer, references},
};
use crate::{
    domain::{
        document::{Document, DocumentField, DocumentKey, DocumentStatus, RelatesTo, Section},
        task::SourceId,
        time::Moment,
    },
    providers::{
        base64,
        document_edit::Items,
        document_json::document_from_text,
        raw::{self, Edit, RawObject, quoted},
        writing::sent_time,
    },
};
use serde_json::Value;

/// The media type of the attachment that programs read.
const COMPOSITION: &str = "application/fhir+json";

/// The media type of the attachment that people read.
const TEXT: &str = "text/plain; charset=utf-8";

/// The code system of who may see a document.
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// The document of a `DocumentReference`; none for junk, other resources and one without an id.
pub(super) fn read(source: SourceId, text: &str, value: &Value) -> Option<Document> {
    let is_one = value.get("resourceType").and_then(Value::as_str) == Some("DocumentReference");
    let header = is_one.then(|| document_from_text(source, text)).flatten()?;
    if header.key.id.is_empty() {
        return None;
    }
    let mut defects = Vec::new();
    let attached = attachment(value, COMPOSITION).and_then(|text| document_from_text(source, &text));
    let mut document = attached.unwrap_or_else(|| {
        let text = attachment(value, "text/plain");
        if text.is_none() {
            defects.push("Its content is of a kind that is not shown here.".into());
        }
        let sections = text.map(|text| Section { text, ..Section::default() }).into_iter().collect();
        let custodian = header.custodian.clone();
        Document { sections, custodian, date: header.date.clone(), ..Document::default() }
    });
    let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    // What the reference says itself counts: others may have changed it.
    document.status = DocumentStatus::parse(text("docStatus").unwrap_or_default());
    if let Some(title) = text("description") {
        document.title = title.into();
    }
    for field in [DocumentField::Type, DocumentField::Patient, DocumentField::Practitioner] {
        if !header.same(&Document::default(), field) {
            document.take(&header, field);
        }
    }
    document.defects.extend(defects);
    Some(Document {
        key: DocumentKey { source, id: header.key.id },
        version: header.version,
        last_modified: header.last_modified,
        raw: header.raw,
        ..document
    })
}

/// Whether its content was made here, so that it may be exchanged.
pub(super) fn is_ours(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| attachment(&value, COMPOSITION).is_some())
}

/// The text of the first attachment of a media type.
fn attachment(value: &Value, media_type: &str) -> Option<String> {
    let attachments =
        value.get("content")?.as_array()?.iter().filter_map(|content| content.get("attachment"));
    let of_type = |attachment: &&Value| {
        attachment.get("contentType").and_then(Value::as_str).is_some_and(|kind| kind.starts_with(media_type))
    };
    let data = attachments.filter(of_type).find_map(|attachment| attachment.get("data")?.as_str())?;
    String::from_utf8(base64::decode(data)?).ok()
}

/// The edits that make a `DocumentReference` of a document. The content is made anew, whole.
pub(super) fn edits(document: &Document, resource: &RawObject<'_>, fresh: &Document) -> Vec<Edit> {
    let old = |name: &str| resource.get(name);
    let subject = document.patient.as_ref().map(|patient| refer(old("subject"), patient, "Patient"));
    let authors: Vec<_> = document.practitioner.iter().chain(&document.more_authors).cloned().collect();
    let custodian = document.custodian.as_ref().map(|one| refer(old("custodian"), one, "Organization"));
    let relations = Items { wanted: &document.relates_to, old: &fresh.relates_to, same: RelatesTo::same };
    let relation = |relation: &RelatesTo, raw: &RawObject<'_>| {
        let target = refer(raw.get("target"), &relation.target, "DocumentReference");
        vec![Edit::new("code", Some(quoted(relation.code.as_str()))), Edit::new("target", Some(target))]
    };
    let categories: Vec<String> = document.category.iter().filter_map(|word| concept(Some(word))).collect();
    // An instant has its time: a day alone stands in the attachment.
    let is_instant =
        |date: &&crate::domain::time::DateTime| matches!(date.moment(), Some(Moment::Instant(_)));
    let date = document.date.as_ref().filter(is_instant);
    let label = document.confidentiality.as_ref().map(|code| {
        format!("[{{\"coding\":[{{\"system\":\"{CONFIDENTIALITY}\",\"code\":{}}}]}}]", quoted(code.as_str()))
    });
    let context = old("context").and_then(RawObject::parse).unwrap_or_else(RawObject::empty);
    let encounter = document.encounter.as_ref().map(|one| format!("[{}]", refer(None, one, "Encounter")));
    let mut edits = vec![
        Edit::new("docStatus", Some(quoted(document.status.as_str()))),
        Edit::new("type", composition_edit::kind(&document.kind)),
        Edit::new("category", (!categories.is_empty()).then(|| format!("[{}]", categories.join(",")))),
        Edit::new("subject", subject),
        Edit::new("author", references(old("author"), &authors, "Practitioner")),
        Edit::new("custodian", custodian),
        Edit::new("relatesTo", relations.text(old("relatesTo"), relation)),
        Edit::new("description", (!document.title.is_empty()).then(|| quoted(&document.title))),
        Edit::new("securityLabel", label),
        Edit::new("content", Some(contents(document, old("content")))),
        Edit::new("context", context.with(&[Edit::new("encounter", encounter)])),
    ];
    if old("status").is_none() {
        edits.insert(0, Edit::new("status", Some(quoted("current"))));
    }
    if let Some(date) = date {
        edits.push(Edit::new("date", Some(quoted(&sent_time(date)))));
    }
    edits
}

/// The two attachments, before whatever others there are.
fn contents(document: &Document, old: Option<&str>) -> String {
    let empty = Document::default();
    let bare = RawObject::parse("{\"resourceType\":\"Composition\"}").unwrap_or_else(RawObject::empty);
    let parts = composition_edit::edits(document, &DocumentField::ALL, &bare, &empty);
    let composition = bare.with(&parts).unwrap_or_default();
    let item = |media_type: &str, text: &str| {
        format!(
            "{{\"attachment\":{{\"contentType\":\"{media_type}\",\"data\":\"{}\",\"title\":{}}}}}",
            base64::encode(text.as_bytes()),
            quoted(&document.title)
        )
    };
    let mut items = vec![item(TEXT, &plain(document)), item(COMPOSITION, &composition)];
    let is_ours = |item: &&str| {
        let value: Value = serde_json::from_str(item).unwrap_or_default();
        let kind = value
            .get("attachment")
            .and_then(|attachment| attachment.get("contentType"))
            .and_then(Value::as_str);
        kind.is_some_and(|kind| kind.starts_with(COMPOSITION) || kind == TEXT)
    };
    let others = old.and_then(raw::items).unwrap_or_default().into_iter().filter(|item| !is_ours(item));
    items.extend(others.map(str::to_owned));
    format!("[{}]", items.join(","))
}

/// The document for people: its title, then each section beneath its heading.
fn plain(document: &Document) -> String {
    fn append(sections: &[Section], level: usize, text: &mut String) {
        for section in sections {
            text.push_str("\n\n");
            text.push_str(&"#".repeat(level));
            text.push(' ');
            text.push_str(&section.title);
            if !section.text.is_empty() {
                text.push_str("\n\n");
                text.push_str(&section.text);
            }
            append(&section.sections, level + 1, text);
        }
    }
    let mut text = format!("# {}", document.title);
    append(&document.sections, 2, &mut text);
    text.push('\n');
    text
}
