//! From JSON to a task: the flat shape and the FHIR shape, field by field, by one road (U1).
//!
//! Must not refuse a row for a bad field: the field degrades, a sentence says so, and the raw value stays in `extra`.

use super::json_row::{Row, is_absent, reference_of, text_of};
use crate::domain::{
    priority::Priority,
    status::Status,
    task::{Intent, Note, Parameter, ParameterValue, Restriction, SourceId, Task, TaskKey},
};
use serde_json::{Map, Value};

/// The task of a row that has a usable id; junk rows and other resources give none.
pub fn usable_task(source: SourceId, value: &Value) -> Option<Task> {
    let resource_type = value.as_object()?.get("resourceType");
    if resource_type.is_some_and(|kind| kind.as_str() != Some("Task")) {
        return None;
    }
    Some(task_from_json(source, value)).filter(|task| !task.key.id.is_empty())
}

/// Reads a task in the flat or the FHIR shape; what cannot be read is named in `defects` and kept in `extra`.
pub fn task_from_json(source: SourceId, value: &Value) -> Task {
    let empty = Map::new();
    let mut row = Row::new(value.as_object().unwrap_or(&empty));
    let meta = row.meta();
    Task {
        key: TaskKey { source, id: row.id("id") },
        status: status(&mut row),
        status_reason: row.text("statusReason"),
        intent: row.code("intent").map(|code| Intent::parse(&code)),
        business_status: row.text("businessStatus"),
        priority: row.code("priority").map(|code| Priority::parse(&code)),
        code: row.text("code"),
        description: row.text("description"),
        focus: row.reference(["focusId", "focus"]),
        patient: row.reference(["patientId", "for"]),
        encounter: row.reference(["encounterId", "encounter"]),
        execution_period: row.period("executionPeriod"),
        authored_on: row.time("authoredOn"),
        last_modified: row.time("lastModified").or(meta.last_updated),
        requester: row.reference(["requesterId", "requester"]),
        owner: row.reference(["ownerId", "owner"]),
        reason_code: row.text("reasonCode"),
        notes: notes(&mut row),
        based_on: row.references("basedOn"),
        part_of: row.references("partOf"),
        input: parameters(&mut row, "input"),
        output: parameters(&mut row, "output"),
        restriction: restriction(&mut row),
        version: meta.version,
        extra: row.extra(),
        defects: row.defects(),
        ..Task::default()
    }
}

/// The status; a row without one gets no invented one, since any of the known would be a claim.
fn status(row: &mut Row<'_>) -> Status {
    row.code("status").map_or_else(
        || {
            row.defect("status", "status is missing.");
            Status::Other("".into())
        },
        |code| Status::parse(&code),
    )
}

/// The one note of the flat shape, or the annotations of FHIR.
fn notes(row: &mut Row<'_>) -> Vec<Note> {
    let list = match row.take("note") {
        None => return Vec::new(),
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let mut notes = Vec::new();
    for item in list {
        match item {
            Value::String(text) => notes.push(Note { text: text.as_str().into(), ..Note::default() }),
            Value::Object(note) if note.get("text").is_some_and(Value::is_string) => {
                let text = note.get("text").and_then(Value::as_str).unwrap_or_default();
                let author = note.get("authorReference").or_else(|| note.get("authorString"));
                let time = note.get("time").and_then(Value::as_str).filter(|time| !time.is_empty());
                notes.push(Note {
                    id: None,
                    text: text.into(),
                    author: author.and_then(reference_of),
                    time: time.map(crate::domain::time::DateTime::parse),
                });
            }
            other => {
                row.wrong_kind("note", other, "a text");
                if let Value::Number(_) = other {
                    notes.push(Note { text: other.to_string().into(), ..Note::default() });
                }
            }
        }
    }
    notes
}

/// Typed inputs or outputs; `false` and `0` are values.
fn parameters(row: &mut Row<'_>, name: &'static str) -> Vec<Parameter> {
    let Some(list) = row.list(name, "a list of typed values") else { return Vec::new() };
    let mut parameters = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let Value::Object(fields) = item else {
            row.wrong_kind(&format!("{name}.{index}"), item, "an object");
            row.keep(name);
            continue;
        };
        let kind = fields.get("type").and_then(text_of).unwrap_or_default();
        if kind.is_empty() {
            row.defect(name, &format!("{name}.{index} has no type."));
        }
        let mut values = fields.iter().filter(|(key, value)| key.starts_with("value") && !is_absent(value));
        let value = values.next().map_or(ParameterValue::None, |(key, value)| {
            let (value, fits) = parameter_value(key, value);
            if !fits {
                row.defect(name, &format!("{name}.{index}.{key} is of the wrong kind."));
            }
            value
        });
        if values.next().is_some() {
            row.defect(name, &format!("{name}.{index} has more than one value."));
        }
        parameters.push(Parameter { kind: kind.into(), value });
    }
    parameters
}

/// The value of a parameter, and whether it is of the kind that its name promises.
fn parameter_value(name: &str, value: &Value) -> (ParameterValue, bool) {
    let other = || ParameterValue::Other { name: name.into(), json: value.to_string().into() };
    match (name, value) {
        ("valueString", Value::String(text)) => (ParameterValue::String(text.as_str().into()), true),
        ("valueBoolean", Value::Bool(flag)) => (ParameterValue::Boolean(*flag), true),
        ("valueInteger", Value::Number(number)) => match number.as_i64() {
            Some(number) => (ParameterValue::Integer(number), true),
            None => (other(), false),
        },
        ("valueString" | "valueBoolean" | "valueInteger", _) => (other(), false),
        _ => (other(), true),
    }
}

fn restriction(row: &mut Row<'_>) -> Restriction {
    let Some(fields) = row.object("restriction") else { return Restriction::default() };
    let repetitions = fields.get("repetitions").filter(|value| !is_absent(value));
    let whole = repetitions.and_then(Value::as_i64);
    if let (Some(value), None) = (repetitions, whole) {
        row.wrong_kind("restriction.repetitions", value, "a whole number");
        row.keep("restriction");
    }
    let recipients = ["recipientIds", "recipient"].into_iter().find_map(|name| fields.get(name));
    Restriction {
        repetitions: whole,
        period: row.period_of("restriction", "restriction.period", fields.get("period")),
        recipients: recipients
            .map(|list| row.references_of("restriction", "restriction.recipientIds", list))
            .unwrap_or_default(),
    }
}
