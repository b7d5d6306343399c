//! Requests and outcomes as the text of a script.
//!
//! Must not leave out what decides the program's next step: kinds, cursors, differences, problems.

use super::script::Full;
use rounds::{
    domain::{
        document::{Document, Thing},
        people::Person,
        priority::Priority,
        task::Task,
    },
    providers::{
        Alive, Answer, ApiError, ErrorKind, Facts, Reply,
        clinikapi::create_body,
        wire::{CredentialSlot, WireRequest},
    },
};
use serde_json::Value;
use std::fmt::Write as _;

/// The `expect` block of a request.
pub(super) fn request(request: &WireRequest) -> String {
    let query: Vec<_> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let key = match request.credential {
        CredentialSlot::None => " without key",
        CredentialSlot::Header(_) => "",
        CredentialSlot::Authorization(scheme) => &format!(" as {scheme}"),
        CredentialSlot::Session => " in a session",
        CredentialSlot::SignIn { .. } => " to sign in",
    };
    let target = request.url.clone().unwrap_or_else(|| format!("{}{query}", request.path));
    let mut text = format!("expect {} {target}{key}\n", request.method.as_str());
    for (name, value) in &request.headers {
        let _ = writeln!(text, "  > {name}: {value}");
    }
    if let Some(body) = &request.body {
        let whole: Value = serde_json::from_str(body).unwrap();
        let mut short = whole.clone();
        shorten(&mut short);
        // The text as sent where nothing is too long: a number's digits count.
        let shown = if short == whole { body.clone() } else { short.to_string() };
        for line in shown.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > 100 => {
            *text = format!("({} UTF-16 units)", text.encode_utf16().count());
        }
        Value::Array(list) => list.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        _ => {}
    }
}

/// The `outcome` block.
pub(super) fn outcome(outcome: &Result<Answer, ApiError>, full: Full) -> String {
    let lines = match outcome {
        Ok(answer) => {
            let mut lines = reply(&answer.reply, full);
            lines.extend(facts(&answer.facts));
            lines
        }
        Err(error) => error_lines(error),
    };
    let lines: Vec<_> = lines.iter().map(|line| format!("  {line}\n")).collect();
    format!("outcome\n{}", lines.concat())
}

fn reply(reply: &Reply, full: Full) -> Vec<String> {
    let with_tasks = |head: String, tasks: &[&Task]| {
        let mut lines = vec![head];
        lines.extend(tasks.iter().flat_map(|task| task_lines(task, full)));
        lines
    };
    let differing = |word: &str, differs: &rounds::domain::task::FieldSet| {
        let names: Vec<_> = differs.iter().map(|field| field.name()).collect();
        if names.is_empty() { word.to_owned() } else { format!("{word}, did not stick: {}", names.join(" ")) }
    };
    match reply {
        Reply::Page(page) => {
            let mut head = format!("page of {}", page.tasks.len());
            for (word, value) in [
                ("next", page.next.clone()),
                ("cut", page.is_cut.then(|| "yes".to_owned())),
                ("total", page.total.map(|total| total.to_string())),
                ("dropped", (page.dropped > 0).then(|| page.dropped.to_string())),
            ] {
                if let Some(value) = value {
                    let _ = write!(head, ", {word} {value}");
                }
            }
            let mut lines = with_tasks(head, &page.tasks.iter().collect::<Vec<_>>());
            lines.extend(page.complaints.iter().map(|complaint| format!("complaint {complaint}")));
            lines.extend(page.people.iter().map(person_line));
            lines
        }
        Reply::Task(task) => with_tasks("task".to_owned(), &[task]),
        Reply::Created { task, differs } => with_tasks(differing("created", differs), &[task]),
        Reply::Updated { task, differs } => with_tasks(differing("updated", differs), &[task]),
        Reply::Deleted => vec!["deleted".to_owned()],
        Reply::Candidates(found) => {
            let tasks: Vec<_> = found.iter().filter_map(Thing::task).collect();
            let mut lines = with_tasks(format!("candidates {}", found.len()), &tasks);
            let documents = found.iter().filter_map(Thing::document);
            lines.extend(documents.flat_map(|document| document_lines(document, full)));
            lines
        }
        Reply::Document(document) => {
            let mut lines = vec!["document".to_owned()];
            lines.extend(document_lines(document, full));
            lines
        }
        Reply::DocumentSaved { document, differs } => {
            let stuck = format!(", did not stick: {}", differs.join(" "));
            let mut lines = vec![format!("saved{}", if differs.is_empty() { "" } else { &stuck })];
            lines.extend(document_lines(document, full));
            lines
        }
        Reply::Documents(page) => {
            let mut head = format!("documents {}", page.documents.len());
            for (word, value) in [
                ("next", page.next.clone()),
                ("cut", page.is_cut.then(|| "yes".to_owned())),
                ("total", page.total.map(|total| total.to_string())),
                ("dropped", (page.dropped > 0).then(|| page.dropped.to_string())),
            ] {
                if let Some(value) = value {
                    let _ = write!(head, ", {word} {value}");
                }
            }
            let mut lines = vec![head];
            lines.extend(page.documents.iter().flat_map(|document| document_lines(document, full)));
            lines.extend(page.complaints.iter().map(|complaint| format!("complaint {complaint}")));
            lines
        }
        Reply::Person(person) => vec![person_line(person)],
        Reply::People(people) => people.iter().map(person_line).collect(),
        Reply::Changes { ids, mark } => vec![format!("changed {}, mark {mark:?}", ids.join(" "))],
        Reply::History(versions) => {
            with_tasks(format!("history of {}", versions.len()), &versions.iter().collect::<Vec<_>>())
        }
        Reply::Alive(alive) => alive_lines(alive, full),
    }
}

/// What a source said of itself; all of it where every field is wanted.
fn alive_lines(alive: &Alive, full: Full) -> Vec<String> {
    let mut lines = vec![format!("alive: {}", alive.about)];
    if full == Full::No {
        return lines;
    }
    lines.extend(alive.me.iter().map(|me| format!("  me {me}")));
    lines.extend(alive.can.role.iter().map(|role| format!("  role {role}")));
    lines.extend(alive.can.refused.iter().map(|(what, why)| format!("  cannot {}: {why}", what.name())));
    let fields = alive.can.refused_fields.iter();
    lines.extend(fields.map(|(field, why)| format!("  cannot change {}: {why}", field.name())));
    let priorities = alive.can.priorities.iter().map(|priority| match priority {
        Priority::Office(office) => format!("{} #{} rank {:?}", office.name, office.id, office.rank),
        known => known.as_str().to_owned(),
    });
    lines.push(format!("  priorities {}", priorities.collect::<Vec<_>>().join(", ")));
    lines.push(format!("  pace {:?}", alive.can.pace));
    lines.extend(alive.lore.iter().map(|lore| format!("  lore {}", lore.0)));
    lines
}

/// The fields of a task that say something, in the names of our own type.
fn filled(task: &Task) -> Value {
    let fields = |task: &Task| match serde_json::to_value(task).unwrap() {
        Value::Object(fields) => fields,
        other => panic!("{other}"),
    };
    let usual = fields(&Task::default());
    let mut said = fields(task);
    said.retain(|name, value| {
        usual.get(name) != Some(value) && !["key", "extra", "defects"].contains(&name.as_str())
    });
    Value::Object(said)
}

/// A document's line, what was wrong with it and, where every part is wanted, all that says something.
fn document_lines(document: &Document, full: Full) -> Vec<String> {
    let head = [&*document.key.id, document.status.as_str(), &document.kind, &document.title];
    let mut lines = vec![head.map(escaped).join(" | ")];
    lines.extend(document.defects.iter().map(|defect| format!("  defect: {defect}")));
    if full != Full::No {
        let fields = |document: &Document| match serde_json::to_value(document).unwrap() {
            Value::Object(fields) => fields,
            other => panic!("{other}"),
        };
        let usual = fields(&Document::default());
        let mut said = fields(document);
        said.retain(|name, value| {
            usual.get(name) != Some(value) && !["key", "raw", "defects"].contains(&name.as_str())
        });
        let sections = said.remove("sections").unwrap_or_default();
        lines.extend(said.iter().map(|(name, value)| format!("  {name} {value}")));
        section_lines("sections", &sections, full, &mut lines);
    }
    lines
}

fn section_lines(path: &str, sections: &Value, full: Full, lines: &mut Vec<String>) {
    for (index, section) in sections.as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}.{index}");
        let mut section = section.as_object().unwrap().clone();
        let beneath = section.remove("sections").unwrap_or_default();
        section.retain(|name, value| {
            let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            !is_empty && (name != "raw" || full == Full::Body)
        });
        lines.push(format!("  {path} {}", Value::Object(section)));
        section_lines(&format!("{path}.sections"), &beneath, full, lines);
    }
}

fn task_lines(task: &Task, full: Full) -> Vec<String> {
    let priority = task.priority.as_ref().map_or("-", |priority| priority.as_str());
    let status = task.status.as_str();
    let mut lines = vec![format!("{} | {status} | {priority} | {}", task.key.id, escaped(task.title()))];
    lines.extend(task.defects.iter().map(|defect| format!("  defect: {defect}")));
    if full == Full::Task {
        lines.push(format!("  {}", filled(task)));
    }
    if full == Full::Body {
        lines.push(format!("  body {}", create_body(task)));
        for note in task.notes.iter().filter(|note| note.author.is_some() || note.time.is_some()) {
            lines.push(format!("  note {note:?}"));
        }
        let names = [&task.patient, &task.owner, &task.requester].into_iter().flatten();
        lines.extend(names.filter_map(|name| Some(format!("  {} is {}", name.raw(), name.display()?))));
        let times = [("changed", task.last_modified.as_ref().map(ToString::to_string))];
        let marks = times.into_iter().chain([("version", task.version.as_deref().map(str::to_owned))]);
        lines.extend(marks.filter_map(|(word, value)| Some(format!("  {word} {}", value?))));
    }
    if let Some(extra) = &task.extra {
        lines.push(format!("  extra {extra}"));
    }
    lines
}

/// Controls and other invisible letters by their escapes, so that a script stays plain text.
fn escaped(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || letter.is_ascii_punctuation() || letter == ' ';
    text.chars()
        .map(|letter| if plain(letter) { letter.to_string() } else { letter.escape_unicode().to_string() })
        .collect()
}

fn person_line(person: &Person) -> String {
    let birth = person.birth_date.as_ref().map_or("-", |date| date.raw());
    let active = if person.active { "" } else { " | not active" };
    let about = person.about.as_deref().map(|about| format!(" | {about}")).unwrap_or_default();
    let (name, short) = (person.name(), person.short_name());
    format!("{:?} {} | {name} | {short} | {birth}{active}{about}", person.kind, person.id)
}

fn facts(facts: &Facts) -> Option<String> {
    let mut words = Vec::new();
    words.extend(facts.request_id.as_ref().map(|id| format!("request {id}")));
    words.extend(facts.server_time.map(|time| format!("time {time}")));
    words.extend(
        facts.rate.map(|rate| format!("rate {} of {}, {} s", rate.remaining, rate.limit, rate.reset_s)),
    );
    words.extend(facts.quota.as_ref().map(|quota| {
        let reset = quota.reset_at.map(|at| format!(" until {at}")).unwrap_or_default();
        format!("quota {} of {}{reset}", quota.remaining, quota.limit)
    }));
    (!words.is_empty()).then(|| format!("facts: {}", words.join("; ")))
}

fn error_lines(error: &ApiError) -> Vec<String> {
    let (word, thing, problems) = match &error.kind {
        ErrorKind::Conflict(thing) => ("Conflict".to_owned(), thing.as_ref(), [].as_slice()),
        ErrorKind::Refused(problems) => ("Refused".to_owned(), None, problems.as_slice()),
        other => (format!("{other:?}"), None, [].as_slice()),
    };
    let mut lines = vec![format!("error {word}"), format!("  {error}")];
    let now = match thing {
        Some(Thing::Task(task)) => task_lines(task, Full::No),
        Some(Thing::Document(document)) => document_lines(document, Full::No),
        None => Vec::new(),
    };
    lines.extend(now.into_iter().map(|line| format!("  now {line}")));
    lines.extend(problems.iter().map(|problem| {
        let field = problem.field.map_or("-", |field| field.name());
        format!("  at {field} | {} | {}", problem.path, problem.sentence)
    }));
    lines
}
