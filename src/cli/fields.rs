//! The fields that `ls --fields` can show, and a task's words for each.
//!
//! Must not show a value past the display filter: every cell is `Clean`.

use super::{exit::Failure, json};
use crate::{
    app::State,
    domain::{
        clean::Clean,
        nearest::nearest,
        people::PersonKind,
        task::Task,
        time::{DateTime, due_text},
    },
};
use serde_json::{Map, Value};

/// The fields beside those of the JSON shape, with what each holds.
const WORDS: [(&str, &str); 8] = [
    ("key", "source/id"),
    ("prio", "priority, short"),
    ("due", "due time"),
    ("st", "status, three letters"),
    ("who", "owner"),
    ("patient", "patient's name and birth"),
    ("title", "title"),
    ("sys", "source tag"),
];

/// The columns of the table when none are named.
const USUAL: [&str; 7] = ["key", "prio", "due", "st", "who", "patient", "title"];

/// One field, by its path: `status`, `patient` or `restriction.period.end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldName(String);

/// The columns of the table when none are named.
pub(super) fn usual() -> Vec<FieldName> {
    USUAL.map(|name| FieldName(name.to_owned())).to_vec()
}

/// Reads a list such as `id,status,patient`.
pub(super) fn parse(list: &str) -> Result<Vec<FieldName>, Failure> {
    let known = || WORDS.iter().map(|(name, _)| *name).chain(json::NAMES);
    let mut fields = Vec::new();
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let first = name.split('.').next().unwrap_or(name);
        if !known().any(|known| known == first) {
            let rest = match nearest(first, known()) {
                Some(meant) => format!("did you mean {meant}?"),
                None => format!("there are {}.", known().collect::<Vec<_>>().join(", ")),
            };
            return Err(Failure::usage(format!("There is no field {first}; {rest}")));
        }
        fields.push(FieldName(name.to_owned()));
    }
    if fields.is_empty() {
        return Err(Failure::usage("--fields names no field."));
    }
    Ok(fields)
}

impl FieldName {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// Whether its words hold a name that must be looked up first.
    pub(super) fn needs_names(&self) -> bool {
        matches!(self.name(), "who" | "patient")
    }

    /// What a table shows, short; what a script gets, exact.
    pub(super) fn text(&self, state: &State, task: &Task, short: bool) -> Clean {
        let text = match self.name() {
            "key" => state.full_id(&task.key),
            "prio" => task.priority.as_ref().map_or("-", |priority| priority.short()).to_owned(),
            "due" => match task.due() {
                None if short => "none".to_owned(),
                None => String::new(),
                Some((due, _)) if short => due_text(due, state.now, &state.zone),
                Some((due, _)) => due.raw().to_owned(),
            },
            "st" => state
                .can(task.key.source)
                .map_or_else(|| task.status.short(), |can| can.status_short(&task.status))
                .to_owned(),
            "who" => match &task.owner {
                None => "--".to_owned(),
                Some(owner) => state.practitioner_name(task.key.source, owner),
            },
            "patient" => patient(state, task),
            "title" => task.title().to_owned(),
            "sys" => state.source(task.key.source).map(|source| source.tag.clone()).unwrap_or_default(),
            _ => match self.value(state, task) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text,
                Some(other) => other.to_string(),
            },
        };
        Clean::line(&text)
    }

    /// Its value in JSON.
    pub(super) fn value(&self, state: &State, task: &Task) -> Option<Value> {
        if WORDS.iter().any(|(name, _)| *name == self.name()) {
            return Some(self.text(state, task, false).as_str().into());
        }
        let whole = json::task(state, task);
        let value = self.name().split('.').try_fold(&whole, |value, part| value.get(part));
        value.cloned()
    }
}

/// A task as JSON with some fields only.
pub(super) fn object(state: &State, task: &Task, fields: Option<&[FieldName]>) -> Value {
    let Some(fields) = fields else { return json::task(state, task) };
    let mut object: Map<String, Value> = json::object();
    for field in fields {
        object.insert(field.name().to_owned(), field.value(state, task).unwrap_or(Value::Null));
    }
    Value::Object(object)
}

/// A patient's name with month and year of birth; the id until the name is known.
fn patient(state: &State, task: &Task) -> String {
    let Some(reference) = &task.patient else { return "-".to_owned() };
    let Some(person) = state.people.get(task.key.source, PersonKind::Patient, reference.id()) else {
        return reference.display().unwrap_or(reference.id()).to_owned();
    };
    let born = person.birth_date.as_ref().map(DateTime::raw).and_then(|raw| raw.get(2..7)?.split_once('-'));
    match born {
        Some((year, month)) => format!("{} {month}/{year}", person.short_name()),
        None => person.short_name(),
    }
}

/// What `--help` says of the fields.
pub(super) fn help() -> String {
    let words = WORDS.map(|(name, what)| format!("{name} ({what})")).join(", ");
    format!("Fields: {words}; and those of the JSON: {}.", json::NAMES.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_told_with_what_was_meant() {
        assert!(parse("key,restriction.period.end,patient").is_ok());
        for (list, said) in [("statsu", "did you mean status?"), ("zzz", "there are key"), (",", "no field")]
        {
            let failure = parse(list).unwrap_err();
            assert!(failure.sentences.iter().any(|sentence| sentence.contains(said)), "{failure:?}");
        }
    }
}
