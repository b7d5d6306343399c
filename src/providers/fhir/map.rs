//! From the text of a FHIR resource to a task: read by the common road, then numbers and unknown values as written.
//!
//! Must not round or reorder what it does not understand: a Quantity of 2.50 stays 2.50.

use crate::{
    domain::task::{Parameter, ParameterValue, SourceId, Task},
    providers::{
        json::quote_long_numbers,
        raw::{self, RawObject},
        task_json::{task_from_json, usable_task},
    },
};
use serde_json::Value;

/// The task of a resource's text; none for junk, other resources and a task without an id.
pub fn task_from_text(source: SourceId, text: &str) -> Option<Task> {
    let value: Value = serde_json::from_str(&quote_long_numbers(text)).ok()?;
    task_of(source, text, &value)
}

/// The task of a resource that has been read as JSON already.
pub(super) fn task_of(source: SourceId, text: &str, value: &Value) -> Option<Task> {
    usable_task(source, value).map(|task| as_written(task, text))
}

/// A part of a task, such as one of its notes, as if it were all that the task has.
pub(super) fn part_of_task(text: &str) -> Task {
    let value = serde_json::from_str(&quote_long_numbers(text)).unwrap_or(Value::Null);
    as_written(task_from_json(SourceId::default(), &value), text)
}

/// Gives the values that are kept raw their own text.
fn as_written(mut task: Task, text: &str) -> Task {
    let Some(object) = RawObject::parse(text) else { return task };
    for (name, list) in [("input", &mut task.input), ("output", &mut task.output)] {
        if list.iter().any(is_raw) {
            // What is no object was not read as a parameter.
            let items = object.get(name).and_then(raw::items).unwrap_or_default();
            let items = items.into_iter().filter_map(RawObject::parse);
            for (parameter, item) in list.iter_mut().zip(items) {
                if let ParameterValue::Other { name, json } = &mut parameter.value
                    && let Some(written) = item.get(name)
                {
                    *json = written.into();
                }
            }
        }
    }
    let left = task.extra.as_deref().and_then(RawObject::parse);
    if let Some(left) = left {
        let written = |name: &str| Some(format!("{}:{}", raw::quoted(name), object.get(name)?));
        let members: Vec<_> = left.names().filter_map(written).collect();
        task.extra = Some(format!("{{{}}}", members.join(",")).into());
    }
    task
}

fn is_raw(parameter: &Parameter) -> bool {
    matches!(parameter.value, ParameterValue::Other { .. })
}

/// Whether a server marks a resource as given only in part: such a one is never written back.
pub(super) fn is_partial(value: &Value) -> bool {
    let tags = value.get("meta").and_then(|meta| meta.get("tag")).and_then(Value::as_array);
    let is_mark = |tag: &Value| tag.get("code").and_then(Value::as_str) == Some("SUBSETTED");
    tags.is_some_and(|tags| tags.iter().any(is_mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_unknown_members_keep_their_text() {
        let text = r#"{"resourceType": "Task", "id": "t", "status": "ready", "input": [7,
            {"type": {"text": "dose"}, "valueQuantity": {"value": 2.50, "unit": "mg"}},
            {"type": {"text": "long"}, "valueInteger": 99999999999999999999}, {"type": {"text": "no"}, "valueBoolean": false}],
            "extension": [{"url": "u", "valueDecimal": 1.0e2}]}"#;
        let task = task_from_text(SourceId(1), text).unwrap();
        let other = |name: &str, json: &str| ParameterValue::Other { name: name.into(), json: json.into() };
        let values: Vec<_> = task.input.into_iter().map(|parameter| parameter.value).collect();
        assert_eq!(
            values,
            [
                other("valueQuantity", r#"{"value": 2.50, "unit": "mg"}"#),
                other("valueInteger", "99999999999999999999"),
                ParameterValue::Boolean(false),
            ]
        );
        assert!(task.extra.unwrap().contains("1.0e2"));
        assert_eq!(task_from_text(SourceId(1), "{\"resourceType\": \"Patient\", \"id\": \"p\"}"), None);
        assert_eq!(task_from_text(SourceId(1), "<html>"), None);
    }
}
