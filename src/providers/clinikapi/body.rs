//! From a task to JSON: the flat bodies that ClinikAPI takes, and what cannot be cleared.
//!
//! Must not send a null, a field outside the contract, or a time without `Z` (U5, U10, U16).

use crate::{
    domain::{
        check::Problem,
        people::Reference,
        task::{Field, FieldSet, Note, Parameter, ParameterValue, Patch, Period, Task},
    },
    providers::writing::sent_time,
};
use serde_json::{Map, Value, json};

/// The name of a field in the flat shape.
pub(super) fn wire_name(field: Field) -> &'static str {
    match field {
        Field::Patient => "patientId",
        Field::Encounter => "encounterId",
        Field::Focus => "focusId",
        Field::Requester => "requesterId",
        Field::Owner => "ownerId",
        other => other.name(),
    }
}

/// The create body of a task: every field that is set, and nothing else.
pub fn create_body(task: &Task) -> Value {
    let fields = Field::ALL.into_iter();
    Value::Object(
        fields.filter_map(|field| Some((wire_name(field).to_owned(), value(task, field)?))).collect(),
    )
}

/// The update body: the given fields with their values; a cleared text is sent as an empty one.
pub(super) fn patch_body(task: &Task, fields: &FieldSet) -> Map<String, Value> {
    // Assumption (U4): a nested object or list replaces the stored one, so it is always sent whole.
    let cleared = || Value::String(String::new());
    fields
        .iter()
        .map(|field| (wire_name(*field).to_owned(), value(task, *field).unwrap_or_else(cleared)))
        .collect()
}

/// The fields that a create body of this task carries.
pub(super) fn fields_of(task: &Task) -> FieldSet {
    Field::ALL.into_iter().filter(|field| value(task, *field).is_some()).collect()
}

/// A task with its notes in one, since ClinikAPI keeps one plain text.
pub(super) fn with_one_note(task: &Task) -> Task {
    let mut task = task.clone();
    if task.notes.len() > 1 {
        let text = task.notes.iter().map(|note| &*note.text).collect::<Vec<_>>().join("\n");
        task.notes = vec![Note { text: text.into(), ..Note::default() }];
    }
    task.notes.retain(|note| !note.text.is_empty());
    task
}

/// What of a patch clears a field that ClinikAPI has no way to clear.
pub(super) fn unclearable(patch: &Patch) -> Vec<Problem> {
    // Assumption (U5): an empty text clears an optional text; the echo shows whether it did.
    let clearable = |field: &Field| {
        matches!(
            field,
            Field::StatusReason | Field::BusinessStatus | Field::Description | Field::Note | Field::Owner
        )
    };
    let cleared = patch.fields.iter().filter(|field| value(&patch.values, **field).is_none());
    let stuck = cleared.filter(|field| !clearable(field));
    stuck
        .map(|field| {
            let name = field.name();
            Problem::at(*field, format!("ClinikAPI has no way to clear {name} once it is set."))
        })
        .collect()
}

/// One field as the flat shape writes it; none when it is not set.
fn value(task: &Task, field: Field) -> Option<Value> {
    let text = |text: &Option<Box<str>>| text.as_deref().filter(|text| !text.is_empty()).map(Value::from);
    let reference = |reference: &Option<Reference>, own_type: &str| {
        reference
            .as_ref()
            .map(|reference| bare(reference, own_type))
            .filter(|id| !id.is_empty())
            .map(Value::from)
    };
    let references = |list: &[Reference]| {
        (!list.is_empty()).then(|| list.iter().map(Reference::raw).collect::<Vec<_>>().into())
    };
    match field {
        Field::Status => Some(task.status.as_str().into()),
        Field::Intent => task.intent.as_ref().map(|intent| intent.as_str().into()),
        Field::Priority => task.priority.as_ref().map(|priority| priority.as_str().into()),
        Field::Code => text(&task.code),
        Field::Description => text(&task.description),
        Field::ShortDescription => None,
        Field::Patient => reference(&task.patient, "Patient"),
        Field::Encounter => reference(&task.encounter, "Encounter"),
        Field::Focus => reference(&task.focus, ""),
        Field::Requester => reference(&task.requester, "Practitioner"),
        Field::Owner => reference(&task.owner, "Practitioner"),
        Field::ExecutionPeriod => period(&task.execution_period),
        Field::AuthoredOn => task.authored_on.as_ref().map(|time| sent_time(time).into()),
        Field::ReasonCode => text(&task.reason_code),
        Field::StatusReason => text(&task.status_reason),
        Field::BusinessStatus => text(&task.business_status),
        Field::Note => {
            let lines: Vec<_> =
                task.notes.iter().map(|note| &*note.text).filter(|text| !text.is_empty()).collect();
            (!lines.is_empty()).then(|| lines.join("\n").into())
        }
        Field::BasedOn => references(&task.based_on),
        Field::PartOf => references(&task.part_of),
        Field::Input => parameters(&task.input),
        Field::Output => parameters(&task.output),
        Field::Restriction => {
            let restriction = &task.restriction;
            let mut fields = Map::new();
            if let Some(repetitions) = restriction.repetitions {
                fields.insert("repetitions".to_owned(), repetitions.into());
            }
            if let Some(period) = period(&restriction.period) {
                fields.insert("period".to_owned(), period);
            }
            if let Some(recipients) = references(&restriction.recipients) {
                fields.insert("recipientIds".to_owned(), recipients);
            }
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
    }
}

/// The id of a field whose type is known: `Patient/pt_1` is `pt_1` in `patientId`; other types keep their name.
pub(super) fn bare<'a>(reference: &'a Reference, own_type: &str) -> &'a str {
    if reference.resource_type() == Some(own_type) { reference.id() } else { reference.raw() }
}

fn period(period: &Period) -> Option<Value> {
    let ends = [("start", &period.start), ("end", &period.end)];
    let set =
        ends.into_iter().filter_map(|(name, time)| Some((name.to_owned(), sent_time(time.as_ref()?).into())));
    let fields: Map<String, Value> = set.collect();
    (!fields.is_empty()).then_some(Value::Object(fields))
}

fn parameters(list: &[Parameter]) -> Option<Value> {
    (!list.is_empty()).then(|| list.iter().map(parameter).collect::<Vec<_>>().into())
}

fn parameter(parameter: &Parameter) -> Value {
    let mut fields = Map::new();
    fields.insert("type".to_owned(), (*parameter.kind).into());
    let (name, value) = match &parameter.value {
        ParameterValue::None => return Value::Object(fields),
        ParameterValue::String(text) => ("valueString", json!(text)),
        ParameterValue::Boolean(flag) => ("valueBoolean", json!(flag)),
        ParameterValue::Integer(number) => ("valueInteger", json!(number)),
        // Its text was written by the same library, so it reads back.
        ParameterValue::Other { name, json } => {
            (&**name, serde_json::from_str(json).unwrap_or_else(|_| json!(json)))
        }
    };
    fields.insert(name.to_owned(), value);
    Value::Object(fields)
}
