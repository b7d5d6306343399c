//! The strict way in: a create body written by a person or a script, where every slip is told.
//!
//! Must not let anything pass silently: what the create body of the contract does not have is a problem.

use super::{body::wire_name, task_from_json};
use crate::domain::{
    check::Problem,
    priority::Priority,
    status::Status,
    task::{Field, Intent, SourceId, Task},
    time::DateTime,
};
use serde_json::{Map, Value};

/// Reads a create body and names everything in it that ClinikAPI's create body does not have or not so.
pub fn draft_from_json(value: &Value) -> (Task, Vec<Problem>) {
    let mut problems = Vec::new();
    let task = if let Some(fields) = value.as_object() {
        for (name, value) in fields {
            field(name, value, &mut problems);
        }
        task_from_json(SourceId::default(), value)
    } else {
        problem(&mut problems, "", "A task is a JSON object with the fields of a create body.");
        Task::default()
    };
    let status = if value.get("status").is_some() { task.status } else { Status::default() };
    if value.get("status").is_none() && value.is_object() {
        problem(&mut problems, "status", "status is required.");
    }
    (
        Task {
            status,
            key: crate::domain::task::TaskKey::default(),
            extra: None,
            defects: Vec::new(),
            ..task
        },
        problems,
    )
}

fn field(name: &str, value: &Value, problems: &mut Vec<Problem>) {
    let Some(field) = Field::ALL.into_iter().find(|field| wire_name(*field) == name) else {
        return problem(problems, name, "The create body has no field of this name.");
    };
    if value.is_null() {
        return problem(problems, name, "null is not taken; leave the field out.");
    }
    match field {
        Field::Status => code(name, value, problems, |code| {
            let status = Status::parse(code);
            status.is_known() && status != Status::EnteredInError
        }),
        Field::Intent => code(name, value, problems, |code| Intent::KNOWN.contains(&code)),
        Field::Priority => code(name, value, problems, |code| Priority::parse(code).rank().is_some()),
        Field::AuthoredOn => time(name, value, problems),
        Field::ExecutionPeriod => period(name, value, problems),
        Field::BasedOn | Field::PartOf => texts(name, value, problems),
        Field::Input | Field::Output => parameters(name, value, problems),
        Field::Restriction => object(name, value, problems, |key, path, value, problems| {
            match key {
                "repetitions" => integer(path, value, problems),
                "period" => period(path, value, problems),
                "recipientIds" => texts(path, value, problems),
                _ => return false,
            }
            true
        }),
        _ => text(name, value, problems),
    }
}

fn problem(problems: &mut Vec<Problem>, path: &str, sentence: &str) {
    problems.push(Problem::at_path(path, sentence));
}

fn text(path: &str, value: &Value, problems: &mut Vec<Problem>) {
    if !value.is_string() {
        problem(problems, path, "This must be a text.");
    }
}

fn code(path: &str, value: &Value, problems: &mut Vec<Problem>, is_known: impl Fn(&str) -> bool) {
    if !value.as_str().is_some_and(is_known) {
        problem(problems, path, "This is none of the values that are taken.");
    }
}

fn integer(path: &str, value: &Value, problems: &mut Vec<Problem>) {
    if value.as_i64().is_none() {
        problem(problems, path, "This must be a whole number.");
    }
}

fn time(path: &str, value: &Value, problems: &mut Vec<Problem>) {
    if value.as_str().is_none_or(|text| DateTime::parse(text).moment().is_none()) {
        problem(problems, path, "This must be a time such as 2026-11-21T17:00:00Z or a date.");
    }
}

fn texts(path: &str, value: &Value, problems: &mut Vec<Problem>) {
    let Some(list) = value.as_array() else {
        return problem(problems, path, "This must be a list of texts.");
    };
    for (index, item) in list.iter().enumerate() {
        text(&format!("{path}.{index}"), item, problems);
    }
}

fn period(path: &str, value: &Value, problems: &mut Vec<Problem>) {
    object(path, value, problems, |key, path, value, problems| {
        let known = matches!(key, "start" | "end");
        if known {
            time(path, value, problems);
        }
        known
    });
}

fn parameters(path: &str, value: &Value, problems: &mut Vec<Problem>) {
    let Some(list) = value.as_array() else {
        return problem(problems, path, "This must be a list of objects with a type and a value.");
    };
    for (index, item) in list.iter().enumerate() {
        let path = format!("{path}.{index}");
        object(&path, item, problems, |key, path, value, problems| {
            match key {
                "type" | "valueString" => text(path, value, problems),
                "valueBoolean" if value.is_boolean() => {}
                "valueBoolean" => problem(problems, path, "This must be true or false."),
                "valueInteger" => integer(path, value, problems),
                _ => return false,
            }
            true
        });
        if item.as_object().is_some_and(|fields| !fields.contains_key("type")) {
            problem(problems, &format!("{path}.type"), "Every value needs a type.");
        }
        if item.as_object().is_some_and(|fields| values(fields) > 1) {
            problem(problems, &path, "One value only can be kept here.");
        }
    }
}

fn values(fields: &Map<String, Value>) -> usize {
    fields.keys().filter(|key| key.starts_with("value")).count()
}

/// Checks each key of an object with `known`, which says whether there is such a key.
fn object(
    path: &str,
    value: &Value,
    problems: &mut Vec<Problem>,
    known: impl Fn(&str, &str, &Value, &mut Vec<Problem>) -> bool,
) {
    let Some(fields) = value.as_object() else { return problem(problems, path, "This must be an object.") };
    for (key, value) in fields {
        let path = format!("{path}.{key}");
        if value.is_null() {
            problem(problems, &path, "null is not taken; leave the field out.");
        } else if !known(key, &path, value, problems) {
            problem(problems, &path, "The create body has no field of this name.");
        }
    }
}
