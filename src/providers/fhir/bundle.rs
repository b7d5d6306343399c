//! Bundles: which entries are rows, which are people that came along, and where the next page is.
//!
//! Must not take an included resource or an outcome for a task, nor let one bad entry hide the others.

use super::map;
use crate::{
    domain::{
        people::{Person, PersonKind, Reference},
        task::{SourceId, Task},
        time::{DateTime, Timestamp},
    },
    providers::{
        answers::plain,
        person_json,
        raw::{self, RawObject},
    },
};
use jiff::tz::TimeZone;
use serde_json::Value;
use std::{cmp::Reverse, collections::HashMap};

/// How many complaints of one page are kept; the others are counted.
const MOST_COMPLAINTS: usize = 20;

/// What a bundle holds.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    pub(super) tasks: Vec<Task>,
    /// Entries that should have been tasks and could not be read as one.
    pub(super) dropped: u32,
    /// What the server says of the search, and which entries could not be read.
    pub(super) complaints: Vec<String>,
    pub(super) people: Vec<Person>,
    /// The link to the next page, as given.
    pub(super) next: Option<String>,
    pub(super) total: Option<u64>,
}

/// Reads a bundle whose text has been read as JSON; none when it is no bundle.
pub(super) fn read(source: SourceId, text: &str, body: &Value) -> Option<Bundle> {
    if body.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
        return None;
    }
    let mut bundle = Bundle {
        next: next_link(body),
        total: body.get("total").and_then(Value::as_u64),
        ..Bundle::default()
    };
    let mut names = HashMap::new();
    for (index, (text, entry)) in entries(text, body).into_iter().enumerate() {
        let mode = entry.get("search").and_then(|search| search.get("mode")).and_then(Value::as_str);
        let resource = entry.get("resource").unwrap_or(&Value::Null);
        let text = RawObject::parse(text).and_then(|entry| entry.get("resource")).unwrap_or_default();
        match mode {
            // What the server has to say about the search is no row, and no error either.
            Some("outcome") => bundle.complaints.extend(remarks(resource)),
            Some("include") => {
                if let Some(person) = person_json::included(resource) {
                    bundle.people.push(person);
                } else if let Some((reference, name)) = other_name(resource) {
                    names.insert(reference, name);
                }
            }
            _ => {
                if let Some(task) = map::task_of(source, text, resource) {
                    bundle.tasks.push(task);
                } else {
                    bundle.dropped += 1;
                    bundle.complaints.push(format!("entry {}: {}", index + 1, unread(resource)));
                }
            }
        }
    }
    for task in &mut bundle.tasks {
        for reference in [&mut task.owner, &mut task.requester].into_iter().flatten() {
            name_other(reference, &names);
        }
    }
    bundle.complaints.truncate(MOST_COMPLAINTS);
    Some(bundle)
}

/// A server's remarks on a search, such as that it does not know a parameter.
pub(super) fn remarks(outcome: &Value) -> Vec<String> {
    let issues = outcome.get("issue").and_then(Value::as_array).into_iter().flatten();
    let words = |issue: &Value| {
        let details = issue.get("details").and_then(|details| details.get("text"));
        issue.get("diagnostics").or(details).and_then(Value::as_str).map(plain)
    };
    issues.filter_map(words).filter(|words| !words.is_empty()).collect()
}

/// Why an entry is no row.
fn unread(resource: &Value) -> String {
    match resource.get("resourceType").and_then(Value::as_str) {
        Some("Task") => "a task without an id".to_owned(),
        Some(other) => format!("a {}, not a task", plain(other)),
        None => "no resource".to_owned(),
    }
}

/// The tasks of a bundle of earlier versions, newest first whatever order the server gave; a removal has no task.
pub(super) fn versions(source: SourceId, text: &str, body: &Value) -> Vec<(Option<Timestamp>, Task)> {
    let of_entry = |(text, entry): (&str, &Value)| {
        let resource = entry.get("resource")?;
        let text = RawObject::parse(text)?.get("resource")?;
        let changed = resource.get("meta").and_then(|meta| meta.get("lastUpdated")).and_then(Value::as_str);
        let changed = changed.and_then(|time| DateTime::parse(time).start(&TimeZone::UTC));
        Some((changed, map::task_of(source, text, resource)?))
    };
    entries(text, body).into_iter().filter_map(of_entry).collect()
}

/// Puts versions in order, newest first: by when the server changed them, else by number, else as they came.
pub(super) fn newest_first(mut versions: Vec<(Option<Timestamp>, Task)>) -> Vec<Task> {
    let number = |task: &Task| task.version.as_deref().and_then(|version| version.parse::<u64>().ok());
    versions.sort_by_key(|(changed, task)| Reverse((*changed, number(task))));
    versions.into_iter().map(|(_, task)| task).collect()
}

/// The people of a bundle, of one kind.
pub(super) fn people(kind: PersonKind, body: &Value) -> Option<Vec<Person>> {
    if body.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
        return None;
    }
    let entries = body.get("entry").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let resources = entries.iter().filter_map(|entry| entry.get("resource"));
    Some(resources.filter_map(person_json::included).filter(|person| person.kind == kind).collect())
}

/// Each entry, as written and as read.
pub(super) fn entries<'a>(text: &'a str, body: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let read = body.get("entry").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let written = RawObject::parse(text).and_then(|bundle| bundle.get("entry")).and_then(raw::items);
    written.unwrap_or_default().into_iter().zip(read).collect()
}

/// The link to the next page, as given.
pub(super) fn next_link(body: &Value) -> Option<String> {
    let links = body.get("link")?.as_array()?;
    let next = links.iter().find(|link| link.get("relation").and_then(Value::as_str) == Some("next"))?;
    next.get("url")?.as_str().filter(|url| !url.is_empty()).map(str::to_owned)
}

/// The name of an organisation, a team or a role that came along, by its reference.
fn other_name(resource: &Value) -> Option<(String, String)> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let kind = resource.get("resourceType").and_then(text)?;
    let id = resource.get("id").and_then(text)?;
    let display = |name: &str| resource.get(name)?.get("display").and_then(text);
    let name = resource.get("name").and_then(text);
    let name = name.or_else(|| display("practitioner")).or_else(|| display("organization"))?;
    Some((format!("{kind}/{id}"), name))
}

/// Puts the name that came along beside a reference that has none: ids are unique within a type only.
fn name_other(reference: &mut Reference, names: &HashMap<String, String>) {
    if reference.display().is_none()
        && let Some(kind) = reference.resource_type()
        && let Some(name) = names.get(&format!("{kind}/{}", reference.id()))
    {
        *reference = reference.clone().with_display(name);
    }
}
