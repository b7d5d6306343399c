//! From a document to JSON text: the flat members that ClinikAPI takes, unknown keys kept in their places.
//!
//! Must not send a null, a member that neither the contract has nor the server sent, or a time without `Z` (U5, U10, U16).

use super::body::bare;
use crate::{
    domain::{
        document::{Attester, Coding, Document, DocumentField, Event, RelatesTo, Section},
        people::Reference,
        task::Period,
        time::DateTime,
    },
    providers::{
        document_edit::{Items, SectionWriter, sections_text},
        raw::{Edit, RawObject, quoted},
        writing::sent_time,
    },
};

/// The JSON object of these parts of a document. Lists are made of those of `fresh`, the document as it stands there.
pub(super) fn body(document: &Document, fields: &[DocumentField], fresh: Option<&Document>) -> String {
    let empty = Document::default();
    let fresh = fresh.unwrap_or(&empty);
    let raw = fresh.raw.as_deref().and_then(RawObject::parse).unwrap_or_else(RawObject::empty);
    let edits: Vec<Edit> =
        fields.iter().map(|field| Edit::new(field.name(), value(document, *field, fresh, &raw))).collect();
    RawObject::empty().with(&edits).unwrap_or_else(|| "{}".to_owned())
}

/// One part as the flat shape writes it; none when it is not set.
pub(super) fn value(
    document: &Document,
    field: DocumentField,
    fresh: &Document,
    raw: &RawObject<'_>,
) -> Option<String> {
    let text = |text: &str| (!text.is_empty()).then(|| quoted(text));
    let id = |reference: &Option<Reference>, own_type: &str| id(reference.as_ref()?, own_type);
    let old = raw.get(field.name());
    match field {
        DocumentField::Status => text(document.status.as_str()),
        DocumentField::Type => text(&document.kind),
        DocumentField::Title => text(&document.title),
        DocumentField::Patient => id(&document.patient, "Patient"),
        DocumentField::Practitioner => id(&document.practitioner, "Practitioner"),
        DocumentField::Encounter => id(&document.encounter, "Encounter"),
        DocumentField::Date => document.date.as_ref().map(time),
        DocumentField::Confidentiality => document.confidentiality.as_ref().map(|code| quoted(code.as_str())),
        DocumentField::Category => {
            let items: Vec<String> = document.category.iter().map(|item| quoted(item)).collect();
            (!items.is_empty()).then(|| format!("[{}]", items.join(",")))
        }
        DocumentField::Custodian => id(&document.custodian, "Organization"),
        DocumentField::Attester => {
            let items = Items { wanted: &document.attesters, old: &fresh.attesters, same: Attester::same };
            // An empty list takes the attesters away: lists are replaced whole.
            Some(items.text(old, attester).unwrap_or_else(|| "[]".to_owned()))
        }
        DocumentField::RelatesTo => {
            let items = Items { wanted: &document.relates_to, old: &fresh.relates_to, same: RelatesTo::same };
            items.text(old, relates_to)
        }
        DocumentField::Event => {
            let items = Items { wanted: &document.events, old: &fresh.events, same: Event::same };
            items.text(old, event)
        }
        DocumentField::Sections => Some(sections_text(&document.sections, &Flat)),
    }
}

fn id(reference: &Reference, own_type: &str) -> Option<String> {
    Some(bare(reference, own_type)).filter(|id| !id.is_empty()).map(quoted)
}

fn time(time: &DateTime) -> String {
    quoted(&sent_time(time))
}

fn references(list: &[Reference]) -> Option<String> {
    let items: Vec<String> = list.iter().map(|reference| quoted(reference.raw())).collect();
    (!items.is_empty()).then(|| format!("[{}]", items.join(",")))
}

fn attester(attester: &Attester, _: &RawObject<'_>) -> Vec<Edit> {
    vec![
        Edit::new("mode", Some(quoted(attester.mode.as_str()))),
        Edit::new("time", attester.time.as_ref().map(time)),
        Edit::new("partyId", attester.party.as_ref().and_then(|party| id(party, "Practitioner"))),
        Edit::new("party", None),
    ]
}

fn relates_to(relation: &RelatesTo, _: &RawObject<'_>) -> Vec<Edit> {
    vec![
        Edit::new("code", Some(quoted(relation.code.as_str()))),
        Edit::new("targetId", id(&relation.target, "Composition")),
        Edit::new("targetReference", None),
        Edit::new("targetIdentifier", None),
    ]
}

fn event(event: &Event, _: &RawObject<'_>) -> Vec<Edit> {
    let codings: Vec<String> = event.codings.iter().map(coding).collect();
    vec![
        Edit::new("code", (!codings.is_empty()).then(|| format!("[{}]", codings.join(",")))),
        Edit::new("period", period(&event.period)),
        Edit::new("detailIds", references(&event.details)),
        Edit::new("detail", None),
    ]
}

fn coding(coding: &Coding) -> String {
    let members = [("system", &coding.system), ("code", &coding.code), ("display", &coding.display)];
    let edits = members.map(|(name, value)| Edit::new(name, value.as_deref().map(quoted)));
    RawObject::empty().with(&edits).unwrap_or_else(|| "{}".to_owned())
}

fn period(period: &Period) -> Option<String> {
    let ends = [("start", &period.start), ("end", &period.end)];
    RawObject::empty().with(&ends.map(|(name, end)| Edit::new(name, end.as_ref().map(time))))
}

/// The flat shape of a section.
struct Flat;

impl SectionWriter for Flat {
    const BENEATH: &'static str = "sections";

    // Assumption (U1): what came in FHIR's shape goes out flat, as the simplified routes take it.
    fn takes(&self, raw: &RawObject<'_>) -> bool {
        let is_object = |name: &str| raw.get(name).is_some_and(|value| value.starts_with('{'));
        !is_object("text")
            && !is_object("code")
            && !raw.names().any(|name| matches!(name, "entry" | "section" | "author"))
    }

    fn edits(&self, section: &Section, old: &Section, raw: &RawObject<'_>) -> Vec<Edit> {
        // A title and a text are required at the top; an empty one beneath is left out.
        let text = |text: &str| (!text.is_empty()).then(|| quoted(text));
        let members = [
            ("title", text(&section.title)),
            ("code", section.code.as_deref().map(quoted)),
            ("text", text(&section.text)),
            ("resourceIds", references(&section.resources)),
            ("authorId", section.author.as_ref().and_then(|author| id(author, "Practitioner"))),
            ("mode", section.mode.as_ref().map(|mode| quoted(mode.as_str()))),
        ];
        let changed = section.differing(old);
        let to_write = |name: &str| changed.contains(&name) || raw.get(name).is_none();
        members
            .into_iter()
            .filter(|(name, _)| to_write(name))
            .map(|(name, value)| Edit::new(name, value))
            .collect()
    }
}
