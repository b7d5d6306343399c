//! What a source holds in a scene: people and tasks, and the answers that follow from them.
//!
//! Must not know the program's state: it answers calls as a source would.

use super::{document::Shelf, kinds, script};
use rounds::{
    domain::{
        can::{Can, Capability},
        people::{Person, PersonKind, Reference},
        priority::Priority,
        task::{DueFrom, SourceId, Task, TaskKey},
        time::{DateTime, Timestamp},
    },
    providers::{Alive, ApiError, Call, ErrorKind, Page, Reply, clinikapi::task_from_json},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One source's people and tasks.
pub(super) struct World {
    source: SourceId,
    can: Can,
    /// What a probe says of the user.
    me: Option<String>,
    /// At most so many rows are given, and no way to the others.
    cap: Option<usize>,
    /// Ids that changed since they were last asked for.
    changed: Vec<Box<str>>,
    /// Former versions of each task, newest last.
    former: BTreeMap<Box<str>, Vec<Task>>,
    people: Vec<Person>,
    /// Its documents.
    pub(super) documents: Shelf,
    /// The tasks as they are.
    tasks: Vec<Task>,
    /// The tasks as the search shows them: behind, after a write that it has not seen yet.
    listed: Vec<Task>,
}

impl World {
    /// An empty source that can do this.
    pub(super) fn of(source: SourceId, can: &Can) -> World {
        World {
            source,
            can: can.clone(),
            me: None,
            cap: None,
            changed: Vec::new(),
            former: BTreeMap::new(),
            people: Vec::new(),
            documents: Shelf::default(),
            tasks: Vec::new(),
            listed: Vec::new(),
        }
    }

    /// Takes one line: a person, a task, many tasks, or what is gone.
    pub(super) fn set(&mut self, source: SourceId, start: Timestamp, line: &str) {
        let words = script::words(line);
        let word = |place: usize| words.get(place).map_or("", |(word, _)| word.as_str());
        match word(0) {
            "me" => self.me = Some(word(1).to_owned()),
            "cap" => self.cap = Some(word(1).parse().expect("cap N")),
            "patient" | "staff" | "list" => {
                let is_inactive = words.iter().any(|(word, _)| word == "inactive");
                let into = script::value(&words, "into").map(Reference::new);
                let plain: Vec<_> = words
                    .iter()
                    .filter(|(word, _)| word != "inactive" && !word.starts_with("into="))
                    .collect();
                let (head, born) = match plain.last() {
                    Some((last, _)) if last.starts_with(['1', '2']) && word(0) == "patient" => {
                        (&plain[2..plain.len() - 1], Some(DateTime::parse(last)))
                    }
                    _ => (&plain[2..], None),
                };
                let name = head.iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ");
                let (family, given) = name.split_once(", ").unwrap_or((&name, ""));
                let kind = match word(0) {
                    "staff" => PersonKind::Practitioner,
                    "list" => PersonKind::List,
                    _ => PersonKind::Patient,
                };
                self.people.retain(|known| known.kind != kind || *known.id != *word(1));
                self.people.push(Person {
                    kind,
                    id: word(1).into(),
                    family: family.into(),
                    given: given.into(),
                    full: "".into(),
                    birth_date: born,
                    active: !is_inactive,
                    replaced_by: into,
                    about: None,
                });
            }
            "document" => {
                let json = line.trim_start().strip_prefix("document ").expect("document JSON");
                self.documents.set(source, json);
            }
            "gone" => {
                self.tasks.retain(|task| *task.key.id != *word(1));
                self.listed.retain(|task| *task.key.id != *word(1));
            }
            "nobody" => self.people.retain(|known| *known.id != *word(1)),
            "caught-up" => self.listed.clone_from(&self.tasks),
            "many" => {
                let count: usize = word(1).parse().expect("many N LINE");
                let rest = line.trim_start().splitn(3, ' ').nth(2).expect("many N LINE");
                for number in 1..=count {
                    let third = (number % 3 + 1).to_string();
                    let line = rest.replace("{n}", &number.to_string()).replace("{m}", &third);
                    self.put(&task(source, start, &line));
                }
            }
            _ => self.put(&task(source, start, line)),
        }
    }

    /// Puts a task in the place of its former version, for reading and for searching.
    pub(super) fn put(&mut self, task: &Task) {
        self.changed.push(task.key.id.clone());
        let versions = self.former.entry(task.key.id.clone()).or_default();
        let mut task = task.clone();
        if !self.can.status_words.is_empty() || self.can.may(Capability::History).is_ok() {
            versions.push(task.clone());
            task.version = Some(versions.len().to_string().into());
            if let Some(last) = versions.last_mut() {
                last.version.clone_from(&task.version);
            }
        }
        let task = &task;
        for list in [&mut self.tasks, &mut self.listed] {
            match list.iter_mut().find(|known| known.key == task.key) {
                Some(known) => *known = task.clone(),
                None => list.push(task.clone()),
            }
        }
    }

    /// Puts a task where reading shows it and the search not yet.
    pub(super) fn put_unlisted(&mut self, task: Task) {
        match self.tasks.iter_mut().find(|known| known.key == task.key) {
            Some(known) => *known = task,
            None => self.tasks.push(task),
        }
    }

    /// A task as it is now.
    pub(super) fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| *task.key.id == *id)
    }

    /// What a source answers to a question that changes nothing.
    pub(super) fn answer(&mut self, call: &Call) -> Result<Reply, ApiError> {
        let missing = || ApiError {
            kind: ErrorKind::NotFound,
            status: Some(404),
            sentence: "It is not there.".to_owned(),
            request_id: None,
        };
        match call {
            Call::SearchTasks { search, cursor, count } => {
                let wanted = |task: &&Task| {
                    search.status.as_deref().is_none_or(|wanted| task.status.as_str() == wanted)
                        && search.priority.as_deref().is_none_or(|wanted| {
                            task.priority.as_ref().is_some_and(|priority| priority.as_str() == wanted)
                        })
                };
                let all: Vec<&Task> =
                    self.listed.iter().filter(wanted).take(self.cap.unwrap_or(usize::MAX)).collect();
                let from: usize = cursor.as_deref().map_or(0, |cursor| cursor.parse().expect("our cursor"));
                let mut tasks: Vec<Task> =
                    all.iter().skip(from).take(usize::from(*count)).map(|task| (*task).clone()).collect();
                if self.can.notes_apart {
                    for task in &mut tasks {
                        task.notes.clear();
                    }
                }
                let end = from + tasks.len();
                let next = (end < all.len()).then(|| end.to_string());
                let is_cut = self.cap == Some(all.len());
                Ok(Reply::Page(Page {
                    tasks,
                    next,
                    total: Some(all.len() as u64),
                    is_cut,
                    ..Page::default()
                }))
            }
            Call::ReadTask { id } => {
                self.task(id).cloned().map(|task| Reply::Task(Box::new(task))).ok_or_else(missing)
            }
            Call::FindCreated { draft, .. } => {
                let alike = |task: &&Task| {
                    task.description == draft.description
                        && task.patient == draft.patient
                        && task.authored_on == draft.authored_on
                };
                Ok(Reply::tasks_found(self.listed.iter().filter(alike).cloned().collect()))
            }
            Call::ReadPerson { kind, id } => {
                let person = self.people.iter().find(|person| person.kind == *kind && person.id == *id);
                person.cloned().map(Reply::Person).ok_or_else(missing)
            }
            Call::SearchPeople { kind, name } => {
                let part = name.to_lowercase();
                let like =
                    |person: &&Person| person.kind == *kind && person.name().to_lowercase().contains(&part);
                Ok(Reply::People(self.people.iter().filter(like).cloned().collect()))
            }
            Call::Probe => Ok(Reply::Alive(Box::new(Alive {
                about: "a scene".to_owned(),
                can: self.can.clone(),
                me: self.me.clone(),
                lore: None,
            }))),
            Call::Changes { since } => {
                let ids = std::mem::take(&mut self.changed);
                let number: u32 = since.as_deref().map_or(0, |since| since.parse().expect("our mark"));
                Ok(Reply::Changes { ids, mark: Some((number + 1).to_string()) })
            }
            Call::ReadHistory { id } => {
                let versions = self.former.get(id).cloned().unwrap_or_default();
                Ok(Reply::History(versions.into_iter().rev().collect()))
            }
            Call::Document(call) => self.documents.answer(self.source, call).ok_or_else(missing),
            other => panic!("a write is answered by hand: {other:?}"),
        }
    }
}

/// A task from a line: JSON as the source sends it, or `ID PRIORITY STATUS key=value… "Title"`.
pub(super) fn task(source: SourceId, start: Timestamp, line: &str) -> Task {
    let mut own = Task::default();

    if line.trim_start().starts_with('{') {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        return task_from_json(source, &value);
    }
    let words = script::words(line);
    let [(id, _), (priority, _), (status, _), more @ ..] = words.as_slice() else {
        panic!("{line}: ID PRIORITY STATUS");
    };
    let mut row = Map::from_iter([("id".to_owned(), json!(id)), ("status".to_owned(), json!(status))]);
    let mut put = |name: &str, value: Value| drop(row.insert(name.to_owned(), value));
    if priority != "-" {
        put("priority", json!(priority));
    }
    put("intent", json!("order"));
    for (word, quoted) in more {
        let Some((name, value)) = word.split_once('=').filter(|(name, _)| !name.contains(' ')) else {
            assert!(*quoted, "{line}: what is {word}?");
            put("description", json!(word));
            continue;
        };
        match name {
            "pt" => put("patientId", json!(value)),
            "owner" => put("ownerId", json!(value)),
            "req" => put("requesterId", json!(value)),
            "due" => put("restriction", json!({ "period": { "end": time(start, value) } })),
            "end" => put("executionPeriod", json!({ "end": time(start, value) })),
            "auth" => put("authoredOn", json!(time(start, value))),
            "mod" => put("lastModified", json!(time(start, value))),
            "code" => put("code", json!(value)),
            "note" => put("note", json!(value)),
            "biz" => put("businessStatus", json!(value)),
            "why" => put("statusReason", json!(value)),
            "held" => own.held_until = Some(DateTime::parse(&time(start, value))),
            "list" => own.list = Some(value.into()),
            "repeats" => own.repeats = Some(value.into()),
            "readonly" => own.read_only = value == "true",
            "office" => {
                let fits = |priority: &Priority| priority.as_str() == value;
                own.priority = kinds::offices().into_iter().find(fits);
            }
            _ => panic!("{line}: what is {name}?"),
        }
    }
    let mut task = task_from_json(source, &Value::Object(row));
    if own.held_until.is_some() {
        task.restriction.period.end.clone_from(&own.held_until);
        task.due_from = Some(DueFrom::DateTimeEntry);
    }
    task.priority = own.priority.or(task.priority);
    (task.held_until, task.list, task.repeats) = (own.held_until, own.list, own.repeats);
    task.read_only = own.read_only;
    assert_eq!(task.key, TaskKey { source, id: id.as_str().into() });
    task
}

/// A time as the source sends it: `+8m` and `-2h` count from the start of the scene.
fn time(start: Timestamp, text: &str) -> String {
    let Some(sign) = text.chars().next().filter(|sign| matches!(sign, '+' | '-')) else {
        return text.to_owned();
    };
    let seconds = seconds(&text[1..]) * if sign == '-' { -1 } else { 1 };
    (start + jiff::SignedDuration::from_secs(seconds)).to_string()
}

/// Seconds of `90s`, `8m`, `2h`, `1d`.
pub(super) fn seconds(text: &str) -> i64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: i64 = number.parse().unwrap_or_else(|_| panic!("{text}: how long is that?"));
    number
        * match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => panic!("{text}: s, m, h or d"),
        }
}
