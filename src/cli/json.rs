//! A task as JSON: flat names as ClinikAPI and FHIR have them, values raw, unknown fields kept.
//!
//! Must not reword a value: what is shown to people is made elsewhere.

use crate::{
    app::State,
    domain::{
        people::Reference,
        priority::Priority,
        task::{Field, Intent, Note, Parameter, ParameterValue, Period, Task},
        time::DateTime,
    },
};
use serde_json::{Map, Value, json};

/// The version of the shapes that are printed.
pub(super) const SCHEMA: u8 = 1;

/// The names of a task's fields, in the order in which they are printed.
pub(super) const NAMES: [&str; 30] = [
    "id",
    "source",
    "status",
    "intent",
    "priority",
    "code",
    "description",
    "shortDescription",
    "patientId",
    "encounterId",
    "focusId",
    "requesterId",
    "ownerId",
    "executionPeriod",
    "authoredOn",
    "reasonCode",
    "statusReason",
    "businessStatus",
    "note",
    "basedOn",
    "partOf",
    "input",
    "output",
    "restriction",
    "list",
    "lastModified",
    "version",
    "statusText",
    "priorityText",
    "notes",
];

/// An object with the version of its shape.
pub(super) fn object() -> Map<String, Value> {
    Map::from_iter([("schema".to_owned(), SCHEMA.into())])
}

/// A task with everything that is known of it.
pub(super) fn task(state: &State, task: &Task) -> Value {
    let mut object = object();
    let source = state.source(task.key.source).map_or("", |source| source.name.as_str());
    object.insert("id".to_owned(), json!(task.key.id));
    object.insert("source".to_owned(), json!(source));
    for field in Field::ALL {
        if let Some(value) = value(task, field) {
            object.insert(name(field).to_owned(), value);
        }
    }
    let last_modified = task.last_modified.as_ref().map(DateTime::raw);
    let rest = [
        ("list", task.list.as_deref()),
        ("lastModified", last_modified),
        ("version", task.version.as_deref()),
        (
            "statusText",
            Some(
                state.can(task.key.source).map_or(task.status.as_str(), |can| can.status_text(&task.status)),
            ),
        ),
        ("priorityText", task.priority.as_ref().map(Priority::as_str)),
    ];
    for (name, value) in rest {
        if let Some(value) = value {
            object.insert(name.to_owned(), value.into());
        }
    }
    if !task.notes.is_empty() {
        object.insert("notes".to_owned(), task.notes.iter().map(note).collect());
    }
    let extra = task.extra.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let mut raw = Map::new();
    for (name, value) in extra.into_iter().flat_map(|extra: Map<String, Value>| extra) {
        // A field that could not be read as it should be keeps both: what was understood, and what was sent.
        if object.contains_key(&name) {
            raw.insert(name, value)
        } else {
            object.insert(name, value)
        };
    }
    if !raw.is_empty() {
        object.insert("raw".to_owned(), Value::Object(raw));
    }
    if !task.defects.is_empty() {
        object.insert("defects".to_owned(), json!(task.defects));
    }
    Value::Object(object)
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Patient => "patientId",
        Field::Encounter => "encounterId",
        Field::Focus => "focusId",
        Field::Requester => "requesterId",
        Field::Owner => "ownerId",
        other => other.name(),
    }
}

fn value(task: &Task, field: Field) -> Option<Value> {
    let text = |text: &Option<Box<str>>| text.as_deref().map(Value::from);
    let id = |reference: &Option<Reference>| reference.as_ref().map(|reference| reference.id().into());
    match field {
        Field::Status => Some(task.status.as_str().into()),
        Field::Intent => task.intent.as_ref().map(Intent::as_str).map(Value::from),
        Field::Priority => task.priority.as_ref().map(|priority| code(priority).into()),
        Field::Code => text(&task.code),
        Field::Description => text(&task.description),
        Field::ShortDescription => text(&task.short_description),
        Field::Patient => id(&task.patient),
        Field::Encounter => id(&task.encounter),
        // What it acts on may be of any type, so the type stays.
        Field::Focus => task.focus.as_ref().map(|focus| focus.raw().into()),
        Field::Requester => id(&task.requester),
        Field::Owner => id(&task.owner),
        Field::ExecutionPeriod => period(&task.execution_period),
        Field::AuthoredOn => task.authored_on.as_ref().map(|time| time.raw().into()),
        Field::ReasonCode => text(&task.reason_code),
        Field::StatusReason => text(&task.status_reason),
        Field::BusinessStatus => text(&task.business_status),
        Field::Note => {
            let notes: Vec<&str> = task.notes.iter().map(|note| &*note.text).collect();
            (!notes.is_empty()).then(|| notes.join("\n").into())
        }
        Field::BasedOn => references(&task.based_on),
        Field::PartOf => references(&task.part_of),
        Field::Input => parameters(&task.input),
        Field::Output => parameters(&task.output),
        Field::Restriction => {
            let restriction = &task.restriction;
            let parts = [
                ("repetitions", restriction.repetitions.map(Value::from)),
                ("period", period(&restriction.period)),
                ("recipientIds", references(&restriction.recipients)),
            ];
            filled(parts)
        }
    }
}

/// FHIR's word for a priority; for an office's own one the word that the configuration puts it at, else its name.
fn code(priority: &Priority) -> &str {
    let ranked = Priority::KNOWN.iter().find(|known| known.rank() == priority.rank());
    ranked.unwrap_or(priority).as_str()
}

fn note(note: &Note) -> Value {
    let mut object = Map::new();
    let author = note.author.as_ref();
    let parts = [
        ("id", note.id.as_deref()),
        ("text", Some(&*note.text)),
        ("author", author.map(Reference::raw)),
        ("authorName", author.and_then(Reference::display)),
        ("time", note.time.as_ref().map(DateTime::raw)),
    ];
    object.extend(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
    Value::Object(object)
}

pub(super) fn filled<const N: usize>(parts: [(&str, Option<Value>); N]) -> Option<Value> {
    let set = parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let fields: Map<String, Value> = set.collect();
    (!fields.is_empty()).then_some(Value::Object(fields))
}

pub(super) fn period(period: &Period) -> Option<Value> {
    let time = |time: &Option<DateTime>| time.as_ref().map(|time| time.raw().into());
    filled([("start", time(&period.start)), ("end", time(&period.end))])
}

pub(super) fn references(list: &[Reference]) -> Option<Value> {
    (!list.is_empty()).then(|| list.iter().map(Reference::raw).collect::<Vec<_>>().into())
}

fn parameters(list: &[Parameter]) -> Option<Value> {
    (!list.is_empty()).then(|| list.iter().map(parameter).collect::<Vec<_>>().into())
}

fn parameter(parameter: &Parameter) -> Value {
    let value = match &parameter.value {
        ParameterValue::None => None,
        ParameterValue::String(text) => Some(("valueString", json!(text))),
        ParameterValue::Boolean(flag) => Some(("valueBoolean", json!(flag))),
        ParameterValue::Integer(number) => Some(("valueInteger", json!(number))),
        ParameterValue::Other { name, json } => {
            let value = serde_json::from_str(json).unwrap_or_else(|_| json!(json));
            Some((&**name, value))
        }
    };
    let mut object = Map::from_iter([("type".to_owned(), json!(parameter.kind))]);
    object.extend(value.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::{geometry::Size, keys::Keymap},
        domain::{task::SourceId, time::Timestamp},
        providers::clinikapi::task_from_json,
    };
    use jiff::tz::TimeZone;

    #[test]
    fn an_office_priority_has_the_word_of_its_rank_and_its_own_name_beside() {
        let office = |rank| {
            let own = crate::domain::priority::OfficePriority { id: "358".into(), name: "Now!".into(), rank };
            Priority::Office(Box::new(own))
        };
        assert_eq!((code(&office(Some(4))), code(&office(None))), ("stat", "Now!"));
        assert_eq!((code(&Priority::Asap), code(&Priority::parse("P1"))), ("asap", "P1"));
    }

    #[test]
    fn every_field_keeps_its_name_and_value_and_unknown_ones_stay() {
        let sent = json!({
            "id": "t1",
            "status": "awaiting-fax",
            "intent": "order",
            "priority": "P1",
            "patientId": "pt_1",
            "executionPeriod": {"end": "2026-11-21"},
            "authoredOn": "2026-11-21T10:00:00.250+05:30",
            "input": [{"type": "dose", "valueInteger": 0}, {"type": "ok", "valueBoolean": false}],
            "restriction": {"repetitions": 2, "recipientIds": ["pt_1"]},
            "wardColour": "blue",
        });
        let size = Size { width: 80, height: 24 };
        let state = State::new(Timestamp::UNIX_EPOCH, TimeZone::UTC, size, Keymap::default(), 1);
        let printed = task(&state, &task_from_json(SourceId(0), &sent));
        assert_eq!(printed.get("schema"), Some(&json!(1)));
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(printed.get(name), Some(value), "{name}");
        }
        assert_eq!(
            (&printed["statusText"], &printed["priorityText"]),
            (&json!("awaiting-fax"), &json!("P1"))
        );
        for field in Field::ALL {
            assert!(NAMES.contains(&name(field)), "{field:?}");
        }
    }
}
