//! A document as JSON, in the names of the API (contract clinikapi §2.2).
//!
//! Must not leave out what is known of it, nor cut a text.

use crate::{
    app::State,
    cli::json::{filled, object, period, references},
    domain::{
        document::{Attester, Coding, Document, Event, RelatesTo, Section},
        people::Reference,
        time::DateTime,
    },
};
use serde_json::{Map, Value, json};

/// A document with everything that is known of it.
pub(in crate::cli) fn document(state: &State, document: &Document) -> Value {
    let mut whole = object();
    let source = state.source(document.key.source).map_or("", |source| source.name.as_str());
    let parts = [
        ("id", Some((*document.key.id).into())),
        ("source", Some(source.into())),
        ("status", Some(document.status.as_str().into())),
        ("type", Some((*document.kind).into())),
        ("typeCoding", list(&document.kind_codings, coding)),
        ("title", Some((*document.title).into())),
        ("patientId", id(document.patient.as_ref())),
        ("practitionerId", id(document.practitioner.as_ref())),
        ("moreAuthorIds", references(&document.more_authors)),
        ("encounterId", id(document.encounter.as_ref())),
        ("date", time(document.date.as_ref())),
        ("confidentiality", document.confidentiality.as_ref().map(|code| code.as_str().into())),
        ("category", list(&document.category, |item| (**item).into())),
        ("custodianId", id(document.custodian.as_ref())),
        ("attester", list(&document.attesters, attester)),
        ("relatesTo", list(&document.relates_to, relation)),
        ("event", list(&document.events, event)),
        ("sections", Some(document.sections.iter().map(section).collect())),
        ("lastModified", time(document.last_modified.as_ref())),
        ("version", document.version.as_deref().map(Value::from)),
        ("defects", list(&document.defects, |defect| (**defect).into())),
    ];
    whole.extend(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(whole)
}

fn section(section: &Section) -> Value {
    whole([
        ("title", Some((*section.title).into())),
        ("text", Some(section.text.as_str().into())),
        ("code", section.code.as_deref().map(Value::from)),
        ("resourceIds", references(&section.resources)),
        ("authorId", id(section.author.as_ref())),
        ("mode", section.mode.as_ref().map(|mode| mode.as_str().into())),
        ("sections", list(&section.sections, self::section)),
    ])
}

fn attester(attester: &Attester) -> Value {
    whole([
        ("mode", Some(attester.mode.as_str().into())),
        ("time", time(attester.time.as_ref())),
        ("partyId", id(attester.party.as_ref())),
    ])
}

fn relation(relation: &RelatesTo) -> Value {
    json!({"code": relation.code.as_str(), "targetId": relation.target.id()})
}

fn event(event: &Event) -> Value {
    whole([
        ("code", list(&event.codings, coding)),
        ("period", period(&event.period)),
        ("detailIds", references(&event.details)),
    ])
}

fn coding(coding: &Coding) -> Value {
    let text = |text: &Option<Box<str>>| text.as_deref().map(Value::from);
    whole([
        ("system", text(&coding.system)),
        ("code", text(&coding.code)),
        ("display", text(&coding.display)),
    ])
}

/// An object of what is set, even where that is nothing.
fn whole<const N: usize>(parts: [(&str, Option<Value>); N]) -> Value {
    filled(parts).unwrap_or_else(|| Value::Object(Map::new()))
}

fn id(reference: Option<&Reference>) -> Option<Value> {
    reference.map(|reference| reference.id().into())
}

fn time(time: Option<&DateTime>) -> Option<Value> {
    time.map(|time| time.raw().into())
}

/// A list; none where it is empty.
fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Option<Value> {
    (!items.is_empty()).then(|| items.iter().map(value).collect())
}
