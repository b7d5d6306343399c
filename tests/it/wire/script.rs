//! The text form of a case: blocks that begin at the left edge, their contents indented by two spaces.
//!
//! Must not judge a case: it only reads it.

use rounds::{
    domain::{
        people::PersonKind,
        priority::Priority,
        task::{DueFrom, Field, Patch, SourceId, Task},
        time::Timestamp,
    },
    providers::{
        Call, Lore, SourceProfile, TaskSearch,
        clinikapi::task_from_json,
        wire::{WireAnswer, WireReply},
    },
};
use serde_json::Value;

/// When every reply of a script is complete, by our clock.
const RECEIVED_AT: &str = "2026-11-21T03:00:00Z";

/// One conversation.
pub(super) struct Case {
    /// What the case shows.
    pub(super) name: String,
    /// The whole text as written.
    pub(super) text: String,
    /// Comments, name and call, as written.
    pub(super) head: String,
    /// The replies, each with its text as written.
    pub(super) replies: Vec<(String, WireReply)>,
    call: Value,
}

/// How much of a task an outcome shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// A line.
    No,
    /// ClinikAPI's body of it.
    Body,
    /// Every field that says something, by our own names.
    Task,
}

/// The cases of a file.
pub(super) fn cases(text: &str) -> Vec<Case> {
    let mut blocks: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with("  ") {
            let block = blocks.last_mut().expect("a block begins at the left edge");
            block.push_str(line);
            block.push('\n');
        } else {
            blocks.push(format!("{line}\n"));
        }
    }
    let mut cases: Vec<Case> = Vec::new();
    let mut comments = String::new();
    for block in blocks {
        let (word, rest) = block.trim_end().split_once([' ', '\n']).unwrap_or((block.trim_end(), ""));
        if word == "#" {
            comments.push_str(&block);
            continue;
        }
        if word == "case" {
            cases.push(Case {
                name: rest.to_owned(),
                text: String::new(),
                head: std::mem::take(&mut comments),
                replies: Vec::new(),
                call: Value::Null,
            });
            let case = cases.last_mut().unwrap();
            case.text.push_str(&case.head);
        }
        let case = cases.last_mut().expect("a file begins with a case");
        case.text.push_str(&block);
        match word {
            "case" => case.head.push_str(&block),
            "call" => {
                case.head.push_str(&block);
                case.call =
                    serde_json::from_str(rest).unwrap_or_else(|error| panic!("{}: {error}", case.name));
                expand(&mut case.call);
            }
            "reply" => case.replies.push((block.clone(), reply(rest))),
            "expect" | "outcome" => {}
            other => panic!("{}: no block is called {other}", case.name),
        }
    }
    for case in &mut cases {
        case.text.push('\n');
    }
    cases
}

/// Turns `repeat:x*500` into five hundred x, and an item `{"repeat": 50, "item": ...}` of a list into fifty items.
fn expand(value: &mut Value) {
    if let Value::Array(list) = value {
        let many = |item: Value| match (item.get("repeat").and_then(Value::as_u64), item.get("item")) {
            (Some(times), Some(one)) => vec![one.clone(); times as usize],
            _ => vec![item],
        };
        *list = std::mem::take(list).into_iter().flat_map(many).collect();
    }
    match value {
        Value::String(text) => {
            if let Some((unit, times)) = text.strip_prefix("repeat:").and_then(|rest| rest.rsplit_once('*')) {
                *text = unit.repeat(times.parse().unwrap());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(expand),
        Value::Object(fields) => fields.values_mut().for_each(expand),
        _ => {}
    }
}

/// A task in ClinikAPI's shape; what that shape lacks stands under `also`, by our own names.
fn task_of(value: &Value) -> Task {
    let mut value = value.clone();
    let also = value.as_object_mut().and_then(|fields| fields.remove("also"));
    let task = task_from_json(SourceId(1), &value);
    let Some(Value::Object(also)) = also else { return task };
    let mut fields = serde_json::to_value(task).unwrap();
    fields.as_object_mut().unwrap().extend(also);
    serde_json::from_value(fields).unwrap()
}

fn reply(text: &str) -> WireReply {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (word, more) = first.split_once(' ').unwrap_or((first, ""));
    match word {
        "notsent" => return WireReply::NotSent { sentence: more.to_owned() },
        "lost" => return WireReply::Lost { sentence: more.to_owned() },
        _ => {}
    }
    let lines = || rest.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
    let headers = lines().filter_map(|line| line.strip_prefix("> ")?.split_once(": "));
    let body: Vec<_> = lines().filter(|line| !line.starts_with("> ")).collect();
    WireReply::Answered(WireAnswer {
        status: word.parse().unwrap(),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: body.join("\n").into_bytes(),
        over_cap: more == "over_cap",
        received_at: RECEIVED_AT.parse::<Timestamp>().unwrap(),
    })
}

impl Case {
    /// The source that is asked.
    pub(super) fn profile(&self) -> SourceProfile {
        let flag = |name: &str| self.call.get(name) == Some(&Value::Bool(true));
        let told = self.call.get("profile").cloned().unwrap_or_default();
        let text = |name: &str| told.get(name).and_then(Value::as_str);
        let priorities = told.get("priorities").and_then(Value::as_object).into_iter().flatten();
        let words = |list: &Value| {
            let words = list.as_array().unwrap().iter();
            words.map(|word| word.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        SourceProfile {
            source: SourceId(1),
            me: text("me").map(str::to_owned),
            read_only: flag("read_only"),
            allow_delete: flag("allow_delete"),
            user: told.get("user").and_then(Value::as_u64),
            created_since: text("created_since").map(|date| date.parse().unwrap()),
            priorities: priorities.map(|(priority, list)| (Priority::parse(priority), words(list))).collect(),
            due_from: text("due_from").map(|field| match field {
                "restriction" => DueFrom::Restriction,
                "execution" => DueFrom::ExecutionPeriod,
                other => panic!("{other}"),
            }),
            zone: text("zone").map(|zone| jiff::tz::TimeZone::get(zone).unwrap()),
            is_local: told.get("is_local") == Some(&Value::Bool(true)),
        }
    }

    /// What the source said about itself before, as the adapter keeps it: a JSON value under `lore`.
    pub(super) fn lore(&self) -> Option<Lore> {
        self.call.get("lore").map(|lore| Lore(lore.to_string().into()))
    }

    /// How much of its tasks the outcome shows: `"full": true`, or `"full": "task"`.
    pub(super) fn full(&self) -> Full {
        match self.call.get("full") {
            Some(Value::Bool(true)) => Full::Body,
            Some(_) => Full::Task,
            None => Full::No,
        }
    }

    /// What is asked of the adapter.
    pub(super) fn call(&self) -> Call {
        let field = |name: &str| self.call.get(name);
        let text = |name: &str| field(name).and_then(Value::as_str).map(str::to_owned);
        let task = |name: &str| field(name).map(task_of);
        let idempotency_key = text("intent").unwrap_or_else(|| "intent-1".to_owned());
        if let Some(call) = field("document") {
            return Call::Document(super::document::call(call, idempotency_key));
        }
        if let Some(search) = field("search") {
            let of = |name: &str| search.get(name).and_then(Value::as_str).map(str::to_owned);
            let date = |name: &str| of(name).map(|date| date.parse().unwrap());
            let count = field("count").and_then(Value::as_u64).unwrap_or(100) as u16;
            let search = TaskSearch {
                patient: of("patient"),
                owner: of("owner"),
                requester: of("requester"),
                status: of("status"),
                priority: of("priority"),
                code: of("code"),
                date_from: date("from"),
                date_to: date("to"),
            };
            return Call::SearchTasks { search, cursor: text("cursor"), count };
        }
        if let Some(draft) = task("create") {
            return Call::CreateTask { draft: Box::new(draft), idempotency_key };
        }
        if let Some(base) = task("update") {
            let patch = self.patch(&base);
            return Call::UpdateTask { base: Box::new(base), patch, idempotency_key };
        }
        if let Some(draft) = task("find") {
            return Call::FindCreated { draft: Box::new(draft), idempotency_key };
        }
        if let Some(id) = text("read") {
            return Call::ReadTask { id: id.into() };
        }
        if let Some(id) = text("delete") {
            return Call::DeleteTask { id: id.into() };
        }
        if let Some(id) = text("history") {
            return Call::ReadHistory { id: id.into() };
        }
        if field("changes").is_some() {
            return Call::Changes { since: text("changes") };
        }
        let kinds = [
            ("patient", PersonKind::Patient),
            ("practitioner", PersonKind::Practitioner),
            ("list", PersonKind::List),
        ];
        for (word, kind) in kinds {
            if let Some(id) = text(word) {
                return Call::ReadPerson { kind, id: id.into() };
            }
            if let Some(name) = text(&format!("{word}s")) {
                return Call::SearchPeople { kind, name };
            }
        }
        assert!(field("probe").is_some(), "{}: no call", self.name);
        Call::Probe
    }

    fn patch(&self, base: &Task) -> Patch {
        let mut patch = Patch::of(base);
        let set = self.call.get("set").cloned().unwrap_or_default();
        let values = task_of(&set);
        for name in set.as_object().into_iter().flat_map(|fields| fields.keys()) {
            if name == "also" {
                continue;
            }
            let field = Field::parse(name).unwrap_or_else(|| panic!("{name}"));
            patch = patch.set(field, |task| task.copy(&values, field));
        }
        for (name, _) in set.get("also").and_then(Value::as_object).into_iter().flatten() {
            let field = Field::parse(&name.replace('_', "")).or((name == "notes").then_some(Field::Note));
            let field = field.unwrap_or_else(|| panic!("{name}"));
            patch = patch.set(field, |task| task.copy(&values, field));
        }
        for name in self.call.get("clear").and_then(Value::as_array).into_iter().flatten() {
            let field = Field::parse(name.as_str().unwrap()).unwrap();
            patch = patch.set(field, |task| task.copy(&Task::default(), field));
        }
        patch
    }
}
