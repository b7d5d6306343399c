//! From fields of a task to edits of its resource: what a create carries, what an update changes, and nothing beside it.
//!
//! Must not drop what stands next to a change: siblings, extensions and items that this program does not know stay.

use super::map::part_of_task;
use crate::{
    domain::{
        can::Can,
        check::Problem,
        people::Reference,
        task::{Field, FieldSet, Note, Parameter, ParameterValue, Period, Restriction, Task, same_time},
        time::{DateTime, Timestamp},
    },
    providers::{
        raw::{self, Edit, RawObject, quoted},
        writing::{self, sent_time},
    },
};

/// Who writes, and when: a new note says so.
pub(super) struct Writer<'a> {
    pub(super) me: Option<&'a str>,
    pub(super) now: Option<Timestamp>,
}

/// What is wrong with a write before it is sent; empty when it may go out.
pub(super) fn problems(task: &Task, fields: &FieldSet, can: &Can, creating: bool) -> Vec<Problem> {
    let mut problems = writing::problems(task, fields, can, creating);
    let untyped = |field: Field, path: &str, list: &[Reference]| {
        let is_bare = list.iter().any(|reference| !reference.id().is_empty() && !is_typed(reference.raw()));
        (fields.contains(&field) && is_bare)
            .then(|| Problem::at_path(path, "Write it with its type, such as Observation/123."))
    };
    problems.extend(untyped(Field::Focus, "focus", task.focus.as_slice()));
    problems.extend(untyped(Field::BasedOn, "basedOn", &task.based_on));
    problems.extend(untyped(Field::Restriction, "restriction.recipient", &task.restriction.recipients));
    if fields.contains(&Field::Restriction) && task.restriction.repetitions.is_some_and(|times| times < 1) {
        problems.push(Problem::at_path("restriction.repetitions", "This must be a whole number from 1 up."));
    }
    for (field, list) in [(Field::Input, &task.input), (Field::Output, &task.output)] {
        for (index, parameter) in list.iter().enumerate().filter(|_| fields.contains(&field)) {
            let sentence = match parameter.value {
                ParameterValue::None => "A value is missing here.",
                ParameterValue::Integer(number) if i32::try_from(number).is_err() => {
                    "FHIR takes whole numbers from -2147483648 to 2147483647."
                }
                _ => continue,
            };
            problems.push(Problem::at_path(&format!("{}.{index}.value", field.name()), sentence));
        }
    }
    problems
}

/// The fields that a create of this task carries.
pub(super) fn fields_of(task: &Task) -> FieldSet {
    let says = |field: &Field| *field == Field::Status || !task.same(&Task::default(), *field);
    Field::ALL.into_iter().filter(says).collect()
}

/// The edits that give a resource these fields of a task.
pub(super) fn edits(
    task: &Task,
    fields: &FieldSet,
    resource: &RawObject<'_>,
    writer: &Writer<'_>,
) -> Vec<Edit> {
    fields.iter().filter_map(|field| edit(task, *field, resource, writer)).collect()
}

fn edit(task: &Task, field: Field, resource: &RawObject<'_>, writer: &Writer<'_>) -> Option<Edit> {
    let name = member(field)?;
    let old = resource.get(name);
    let to = |reference: &Option<Reference>, own_type: &str| {
        reference
            .as_ref()
            .filter(|reference| !reference.raw().is_empty())
            .map(|new| refer(old, new, own_type))
    };
    let value = match field {
        Field::Status => Some(quoted(task.status.as_str())),
        Field::Intent => task.intent.as_ref().map(|intent| quoted(intent.as_str())),
        Field::Priority => task.priority.as_ref().map(|priority| quoted(priority.as_str())),
        Field::Code => concept(task.code.as_deref()),
        Field::Description => filled(task.description.as_deref()).map(quoted),
        Field::ShortDescription => None,
        Field::Patient => to(&task.patient, "Patient"),
        Field::Encounter => to(&task.encounter, "Encounter"),
        Field::Focus => to(&task.focus, ""),
        Field::Requester => to(&task.requester, "Practitioner"),
        Field::Owner => to(&task.owner, "Practitioner"),
        Field::ExecutionPeriod => period(old, &task.execution_period),
        Field::AuthoredOn => task.authored_on.as_ref().map(|time| quoted(&sent_time(time))),
        Field::ReasonCode => concept(task.reason_code.as_deref()),
        Field::StatusReason => concept(task.status_reason.as_deref()),
        Field::BusinessStatus => concept(task.business_status.as_deref()),
        Field::Note => notes(old, &task.notes, writer),
        Field::BasedOn => references(old, &task.based_on, ""),
        Field::PartOf => references(old, &task.part_of, "Task"),
        Field::Input => list(old, &Parameters(&task.input)),
        Field::Output => list(old, &Parameters(&task.output)),
        Field::Restriction => restriction(old, &task.restriction),
    };
    Some(Edit::new(name, value))
}

/// The member of the resource that holds a field.
pub(super) fn member(field: Field) -> Option<&'static str> {
    match field {
        Field::Patient => Some("for"),
        Field::ShortDescription => None,
        other => Some(other.name()),
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// A concept of a text alone: a coding of the old meaning would lie beside it.
pub(super) fn concept(text: Option<&str>) -> Option<String> {
    filled(text).map(|text| format!("{{\"text\":{}}}", quoted(text)))
}

/// Whether a reference stands for itself: `Type/id`, a URL, a URN or a part of the resource.
fn is_typed(raw: &str) -> bool {
    raw.contains('/') || raw.starts_with("urn:") || raw.starts_with('#')
}

/// A reference as FHIR writes it; a bare id gets the type of its field.
pub(super) fn typed(raw: &str, own_type: &str) -> String {
    if is_typed(raw) || own_type.is_empty() { raw.to_owned() } else { format!("{own_type}/{raw}") }
}

/// A reference to something new: the old one's name, identifier and type would lie, its extensions stay.
pub(super) fn refer(old: Option<&str>, new: &Reference, own_type: &str) -> String {
    let object = old.and_then(RawObject::parse).unwrap_or_else(RawObject::empty);
    let edits = [
        Edit::new("reference", Some(quoted(&typed(new.raw(), own_type)))),
        Edit::new("type", None),
        Edit::new("identifier", None),
        Edit::new("display", new.display().map(quoted)),
    ];
    object.with(&edits).unwrap_or_default()
}

/// A period with its ends exchanged where they mean another time.
pub(super) fn period(old: Option<&str>, new: &Period) -> Option<String> {
    let object = old.and_then(RawObject::parse).unwrap_or_else(RawObject::empty);
    let ends = [("start", &new.start), ("end", &new.end)].into_iter().filter_map(|(name, time)| {
        let text = object.get(name).and_then(|text| serde_json::from_str::<String>(text).ok());
        let stands = text.filter(|text| !text.is_empty()).map(|text| DateTime::parse(&text));
        let is_same = same_time(stands.as_ref(), time.as_ref());
        (!is_same).then(|| Edit::new(name, time.as_ref().map(|time| quoted(&sent_time(time)))))
    });
    object.with(&ends.collect::<Vec<_>>())
}

fn restriction(old: Option<&str>, new: &Restriction) -> Option<String> {
    let object = old.and_then(RawObject::parse).unwrap_or_else(RawObject::empty);
    let edits = [
        Edit::new("repetitions", new.repetitions.map(|times| times.to_string())),
        Edit::new("period", period(object.get("period"), &new.period)),
        Edit::new("recipient", references(object.get("recipient"), &new.recipients, "")),
    ];
    object.with(&edits)
}

/// The notes of a resource: those that stay are left as they are, a new one says who wrote it and when.
fn notes(old: Option<&str>, notes: &[Note], writer: &Writer<'_>) -> Option<String> {
    let notes: Vec<Note> = notes.iter().filter(|note| !note.text.trim().is_empty()).cloned().collect();
    list(old, &Notes { notes: &notes, writer })
}

/// A list of a resource that is to hold these items.
trait Items {
    fn len(&self) -> usize;
    /// Whether the item of this number is this one of the resource.
    fn is(&self, index: usize, old: &str) -> bool;
    /// Whether it is this one with another value.
    fn is_like(&self, index: usize, old: &str) -> bool;
    /// Its text, made from the one that it is like.
    fn text(&self, index: usize, like: Option<&str>) -> String;
    /// Whether this program knows what the item of the resource is; it keeps those that it does not know.
    fn knows(&self, old: &str) -> bool;
}

/// The list with the items wanted, each as it stands where it stands already; none when it would be empty.
fn list(old: Option<&str>, wanted: &impl Items) -> Option<String> {
    let mut left: Vec<&str> = old.and_then(raw::items).unwrap_or_default();
    let mut take =
        |fits: &dyn Fn(&str) -> bool| left.iter().position(|item| fits(item)).map(|index| left.remove(index));
    let same: Vec<Option<&str>> = (0..wanted.len()).map(|index| take(&|old| wanted.is(index, old))).collect();
    let mut items = Vec::new();
    for (index, same) in same.into_iter().enumerate() {
        items.push(match same {
            Some(item) => item.to_owned(),
            None => wanted.text(index, take(&|old| wanted.is_like(index, old))),
        });
    }
    items.extend(left.into_iter().filter(|old| !wanted.knows(old)).map(str::to_owned));
    (!items.is_empty()).then(|| format!("[{}]", items.join(",")))
}

/// What an item of a list says, by the road that all tasks are read by.
fn read_item(member: &str, item: &str) -> Task {
    part_of_task(&format!("{{\"{member}\":[{item}]}}"))
}

/// A list of references, those that stay as they stand; a bare id gets the type of its field.
pub(super) fn references(old: Option<&str>, wanted: &[Reference], own_type: &'static str) -> Option<String> {
    list(old, &References { list: wanted, own_type })
}

struct References<'a> {
    list: &'a [Reference],
    own_type: &'static str,
}

impl References<'_> {
    fn old(item: &str) -> Option<Reference> {
        read_item("basedOn", item).based_on.pop()
    }
}

impl Items for References<'_> {
    fn len(&self) -> usize {
        self.list.len()
    }

    fn is(&self, index: usize, old: &str) -> bool {
        let (Some(new), Some(old)) = (self.list.get(index), References::old(old)) else { return false };
        let types = [new.resource_type(), old.resource_type()];
        // One id of two types is two things.
        old.id() == new.id() && (types[0] == types[1] || types.contains(&None))
    }

    fn is_like(&self, _: usize, _: &str) -> bool {
        false
    }

    fn text(&self, index: usize, _: Option<&str>) -> String {
        self.list.get(index).map(|new| refer(None, new, self.own_type)).unwrap_or_default()
    }

    fn knows(&self, old: &str) -> bool {
        References::old(old).is_some()
    }
}

struct Parameters<'a>(&'a [Parameter]);

impl Parameters<'_> {
    fn old(item: &str) -> Option<Parameter> {
        read_item("input", item).input.pop()
    }
}

impl Items for Parameters<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn is(&self, index: usize, old: &str) -> bool {
        self.0.get(index) == Parameters::old(old).as_ref()
    }

    fn is_like(&self, index: usize, old: &str) -> bool {
        let kind = |parameter: &Parameter| parameter.kind.clone();
        self.0.get(index).map(kind) == Parameters::old(old).as_ref().map(kind)
    }

    fn text(&self, index: usize, like: Option<&str>) -> String {
        let Some(new) = self.0.get(index) else { return String::new() };
        let object = like.and_then(RawObject::parse).unwrap_or_else(RawObject::empty);
        let is_value = |name: &&str| name.trim_start_matches('_').starts_with("value");
        let mut edits: Vec<Edit> =
            object.names().filter(is_value).map(|name| Edit::new(name, None)).collect();
        if object.get("type").is_none() {
            edits.push(Edit::new("type", concept(Some(&new.kind))));
        }
        edits.extend(value(&new.value).map(|(name, value)| Edit::new(name, Some(value))));
        object.with(&edits).unwrap_or_default()
    }

    fn knows(&self, old: &str) -> bool {
        Parameters::old(old).is_some()
    }
}

/// The member and the JSON text of a parameter's value.
fn value(value: &ParameterValue) -> Option<(&str, String)> {
    Some(match value {
        ParameterValue::None => return None,
        ParameterValue::String(text) => ("valueString", quoted(text)),
        ParameterValue::Boolean(flag) => ("valueBoolean", flag.to_string()),
        ParameterValue::Integer(number) => ("valueInteger", number.to_string()),
        ParameterValue::Other { name, json } => {
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok();
            (name, if is_json { json.to_string() } else { quoted(json) })
        }
    })
}

struct Notes<'a> {
    notes: &'a [Note],
    writer: &'a Writer<'a>,
}

impl Notes<'_> {
    fn old(item: &str) -> Option<Note> {
        read_item("note", item).notes.pop()
    }
}

impl Items for Notes<'_> {
    fn len(&self) -> usize {
        self.notes.len()
    }

    fn is(&self, index: usize, old: &str) -> bool {
        let old = Notes::old(old);
        self.notes.get(index).is_some_and(|new| old.is_some_and(|old| old.text == new.text))
    }

    /// A note that was corrected keeps its author, its time and whatever else it has.
    fn is_like(&self, index: usize, old: &str) -> bool {
        let (Some(new), Some(old)) = (self.notes.get(index), Notes::old(old)) else { return false };
        new.author == old.author && new.time == old.time
    }

    fn text(&self, index: usize, like: Option<&str>) -> String {
        let Some(new) = self.notes.get(index) else { return String::new() };
        let text = Edit::new("text", Some(quoted(&new.text)));
        if let Some(old) = like.and_then(RawObject::parse) {
            return old.with(&[text]).unwrap_or_default();
        }
        let me = self.writer.me.map(|me| typed(me, "Practitioner"));
        let author = match &new.author {
            Some(author) if !is_typed(author.raw()) => Some(("authorString", quoted(author.raw()))),
            Some(author) => Some(("authorReference", refer(None, author, ""))),
            None => me.map(|me| ("authorReference", refer(None, &Reference::new(&me), ""))),
        };
        let time = new.time.clone().or_else(|| self.writer.now.map(DateTime::from_instant));
        let edits = author
            .map(|(name, value)| Edit::new(name, Some(value)))
            .into_iter()
            .chain(time.map(|time| Edit::new("time", Some(quoted(&sent_time(&time))))))
            .chain([text]);
        RawObject::empty().with(&edits.collect::<Vec<_>>()).unwrap_or_default()
    }

    fn knows(&self, old: &str) -> bool {
        Notes::old(old).is_some()
    }
}
