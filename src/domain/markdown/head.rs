//! The front matter: TOML between two lines of `+++`.

use super::Reading;
use crate::domain::{
    document::{
        Attester, AttesterMode, Coding, Confidentiality, Document, DocumentStatus, Event, RelatesTo, Relation,
    },
    people::Reference,
    place::{Flaw, Place},
    task::Period,
    time::DateTime,
    toml_text::{Reader, Table},
};
use toml::{Spanned, de::DeValue};

/// The line before and behind it.
pub(super) const FENCE: &str = "+++";

/// Its keys, in the order that they are written in.
const KEYS: [&str; 21] = [
    "source",
    "id",
    "version",
    "lastModified",
    "base",
    "status",
    "type",
    "title",
    "patientId",
    "practitionerId",
    "moreAuthorIds",
    "encounterId",
    "date",
    "confidentiality",
    "category",
    "custodianId",
    "typeCoding",
    "attester",
    "relatesTo",
    "event",
    "sections",
];

/// Reads the front matter and gives the number of lines up to its end.
pub(super) fn read(text: &str, lines: &[&str], reading: &mut Reading) -> usize {
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    let is_fence = |line: &&str| line.trim_end() == FENCE;
    let end = lines.iter().skip(first + 1).position(is_fence).map(|offset| first + 1 + offset);
    let opening = lines.get(first).filter(|line| is_fence(line));
    let (Some(_), Some(end)) = (opening, end) else {
        let sentence = match opening {
            Some(_) => "The front matter has no end: a line of +++ closes it.",
            None => "A document begins with its front matter: TOML between two lines of +++.",
        };
        let place = Place { line: first + 1, column: 1 };
        reading.flaws.push(Flaw { place, sentence: sentence.to_owned() });
        return if opening.is_some() { lines.len() } else { 0 };
    };
    let start = byte_of_line(text, first + 1);
    let matter = text.get(start..byte_of_line(text, end)).unwrap_or("");
    let (mut reader, table) = Reader::begin(matter, first + 1);
    if let Some(table) = table {
        page(&mut reader, &Table::root(&table, String::new()), reading);
    }
    reading.flaws.append(&mut reader.flaws);
    reading.places.append(&mut reader.places);
    end + 1
}

fn byte_of_line(text: &str, line: usize) -> usize {
    text.split_inclusive('\n').take(line).map(str::len).sum()
}

fn page(reader: &mut Reader<'_>, head: &Table<'_>, reading: &mut Reading) {
    reader.known(head, &KEYS);
    if let Some(sections) = head.value("sections") {
        reader
            .flaw(sections.span().start, "Sections do not stand in the front matter: they are the headings.");
    }
    reading.page.source = reader.text(head, "source").filter(|name| !name.is_empty());
    reading.page.base = reader.text(head, "base");
    let document: &mut Document = &mut reading.page.document;
    document.key.id = reader.text(head, "id").unwrap_or_default();
    document.version = reader.text(head, "version");
    document.last_modified = time(reader, head, "lastModified");
    document.status =
        reader.text(head, "status").map_or_else(Default::default, |code| DocumentStatus::parse(&code));
    document.kind = reader.text(head, "type").unwrap_or_default();
    document.kind_codings = codings(reader, head, "typeCoding");
    document.title = reader.text(head, "title").unwrap_or_default();
    document.patient = reference(reader, head, "patientId");
    document.practitioner = reference(reader, head, "practitionerId");
    document.more_authors = references(reader, head, "moreAuthorIds");
    document.encounter = reference(reader, head, "encounterId");
    document.date = time(reader, head, "date");
    document.confidentiality = reader.text(head, "confidentiality").map(|code| Confidentiality::parse(&code));
    document.category = reader.texts(head, "category");
    document.custodian = reference(reader, head, "custodianId");
    document.attesters =
        reader.tables(head, "attester").iter().map(|table| attester(reader, table)).collect();
    document.relates_to =
        reader.tables(head, "relatesTo").iter().map(|table| relation(reader, table)).collect();
    document.events = reader.tables(head, "event").iter().map(|table| event(reader, table)).collect();
}

fn attester(reader: &mut Reader<'_>, table: &Table<'_>) -> Attester {
    reader.known(table, &["mode", "time", "partyId"]);
    Attester {
        mode: AttesterMode::parse(&reader.text(table, "mode").unwrap_or_default()),
        time: time(reader, table, "time"),
        party: reference(reader, table, "partyId"),
    }
}

fn relation(reader: &mut Reader<'_>, table: &Table<'_>) -> RelatesTo {
    reader.known(table, &["code", "targetId"]);
    RelatesTo {
        code: Relation::parse(&reader.text(table, "code").unwrap_or_default()),
        target: reference(reader, table, "targetId").unwrap_or_else(|| Reference::new("")),
    }
}

fn event(reader: &mut Reader<'_>, table: &Table<'_>) -> Event {
    reader.known(table, &["code", "period", "detailIds"]);
    let codings = codings(reader, table, "code");
    let period = reader.table(table, "period");
    let period = period.map_or_else(Period::default, |period| {
        reader.known(&period, &["start", "end"]);
        Period { start: time(reader, &period, "start"), end: time(reader, &period, "end") }
    });
    Event { codings, period, details: references(reader, table, "detailIds") }
}

fn codings(reader: &mut Reader<'_>, table: &Table<'_>, key: &str) -> Vec<Coding> {
    let tables = reader.tables(table, key);
    let mut coding = |table: &Table<'_>| {
        reader.known(table, &["system", "code", "display"]);
        Coding {
            system: reader.text(table, "system"),
            code: reader.text(table, "code"),
            display: reader.text(table, "display"),
        }
    };
    tables.iter().map(&mut coding).collect()
}

fn time(reader: &mut Reader<'_>, table: &Table<'_>, key: &str) -> Option<DateTime> {
    reader.text(table, key).map(|text| DateTime::parse(&text))
}

/// A reference: its id, or a table of id and name. A bare empty text is a field that is still to be filled in.
pub(super) fn reference(reader: &mut Reader<'_>, table: &Table<'_>, key: &str) -> Option<Reference> {
    if table.value(key).is_some_and(|value| value.get_ref().is_table()) {
        let inner = reader.table(table, key)?;
        return Some(named(reader, &inner));
    }
    reader.text(table, key).filter(|id| !id.is_empty()).map(|id| Reference::new(&id))
}

/// A list of references.
pub(super) fn references(reader: &mut Reader<'_>, table: &Table<'_>, key: &str) -> Vec<Reference> {
    let items: Vec<&Spanned<DeValue<'_>>> = reader.items(table, key);
    let mut references = Vec::new();
    for item in items {
        if item.get_ref().is_table() {
            let inner = reader.one_table(item, String::new());
            references.extend(inner.map(|inner| named(reader, &inner)));
        } else {
            references.extend(reader.one_text(item).map(|id| Reference::new(&id)));
        }
    }
    references
}

fn named(reader: &mut Reader<'_>, table: &Table<'_>) -> Reference {
    reader.known(table, &["id", "name"]);
    if table.value("id").is_none() {
        reader.flaw(table.byte(), "The reference needs an id.");
    }
    let id = |reader: &mut Reader<'_>, key| table.value(key).and_then(|value| reader.one_text(value));
    let reference = Reference::new(&id(reader, "id").unwrap_or_default());
    match id(reader, "name") {
        Some(name) => reference.with_display(&name),
        None => reference,
    }
}
