//! Questions about documents in a script: `{"document": {"read": "d1"}}` and its like.
//!
//! Must not know a dialect: a document of a script is in ClinikAPI's shape, what was read keeps its text.

use rounds::{
    domain::{
        document::{Document, Section},
        task::SourceId,
    },
    providers::{DocumentCall, DocumentSearch, document_json::document_from_text},
};
use serde_json::Value;

/// What is asked.
pub(super) fn call(call: &Value, idempotency_key: String) -> DocumentCall {
    let field = |name: &str| call.get(name);
    let text = |name: &str| field(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(search) = field("search") {
        let of = |name: &str| search.get(name).and_then(Value::as_str).map(str::to_owned);
        let date = |name: &str| of(name).map(|date| date.parse().unwrap());
        let search = DocumentSearch {
            patient: of("patient"),
            practitioner: of("practitioner"),
            status: of("status"),
            kind: of("type"),
            date_from: date("from"),
            date_to: date("to"),
        };
        let count = field("count").and_then(Value::as_u64).unwrap_or(100) as u16;
        return DocumentCall::Search { search, cursor: text("cursor"), count };
    }
    if let Some(draft) = field("create") {
        return DocumentCall::Create { draft: Box::new(drafted(draft)), idempotency_key };
    }
    if let Some(base) = field("update") {
        let base = read(base);
        let document = Box::new(edited(&base, call));
        return DocumentCall::Update { base: Box::new(base), document, idempotency_key };
    }
    if let Some(draft) = field("find") {
        return DocumentCall::FindCreated { draft: Box::new(drafted(draft)), idempotency_key };
    }
    if let Some(id) = text("delete") {
        return DocumentCall::Delete { id: id.into() };
    }
    DocumentCall::Read { id: text("read").expect("a call").into() }
}

/// A document as it was read.
fn read(value: &Value) -> Document {
    document_from_text(SourceId(1), &value.to_string()).unwrap()
}

/// A document that was typed: nothing of it has come from a source.
fn drafted(value: &Value) -> Document {
    let mut document = read(value);
    document.raw = None;
    document.sections.iter_mut().for_each(forget);
    document
}

fn forget(section: &mut Section) {
    section.raw = None;
    section.sections.iter_mut().for_each(forget);
}

/// The document after the edits of a script: `set` takes parts of a header, `texts` exchanges texts of sections by their
/// places (`1.0`), `titles` their titles, `append` adds sections, `remove` takes those of the top away.
fn edited(base: &Document, call: &Value) -> Document {
    let mut document = base.clone();
    if let Some(set) = call.get("set") {
        let values = drafted(set);
        for name in set.as_object().unwrap().keys() {
            document.take(&values, rounds::domain::document::DocumentField::parse(name).expect("a part"));
        }
    }
    for (place, text) in call.get("texts").and_then(Value::as_object).into_iter().flatten() {
        text.as_str().unwrap().clone_into(&mut at(&mut document, place).text);
    }
    for (place, title) in call.get("titles").and_then(Value::as_object).into_iter().flatten() {
        at(&mut document, place).title = title.as_str().unwrap().into();
    }
    for place in call.get("remove").and_then(Value::as_array).into_iter().flatten() {
        document.sections.remove(place.as_u64().unwrap() as usize);
    }
    if let Some(sections) = call.get("append") {
        document.sections.extend(drafted(&serde_json::json!({ "sections": sections })).sections);
    }
    document
}

fn at<'a>(document: &'a mut Document, place: &str) -> &'a mut Section {
    let mut steps = place.split('.').map(|step| step.parse::<usize>().unwrap());
    let first = &mut document.sections[steps.next().unwrap()];
    steps.fold(first, |section, step| &mut section.sections[step])
}
