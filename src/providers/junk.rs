//! Answers of any kind, for the tests of every adapter: whatever a server sends, each conversation ends in plain words.
//!
//! Must not hold what one API alone sends.

use super::{
    Call, DocumentCall, DocumentSearch, Provider, Step, TaskSearch,
    wire::{WireAnswer, WireReply},
};
use crate::domain::{
    document::{Document, DocumentKey, Section},
    people::{PersonKind, Reference},
    status::Status,
    task::{Field, Intent, Patch, Task},
    time::{DateTime, Timestamp},
};
use proptest::prelude::*;
use serde_json::Value;

/// More requests than any conversation is bound to.
const MOST_ASKS: usize = 64;

/// Every kind of call, the writes with something to write.
fn calls(id: &str) -> Vec<Call> {
    let base = Task {
        key: crate::domain::task::TaskKey { id: id.into(), ..Default::default() },
        intent: Some(Intent::parse("order")),
        ..Task::default()
    };
    let patch = Patch::of(&base).set(Field::Status, |task| task.status = Status::Completed);
    let idempotency_key = "k".to_owned();
    let document = Document {
        key: DocumentKey { id: id.into(), ..DocumentKey::default() },
        kind: "care-plan".into(),
        title: "Plan".into(),
        patient: Some(Reference::new("p1")),
        practitioner: Some(Reference::new("d1")),
        date: Some(DateTime::parse("2026-11-21")),
        sections: vec![Section { title: "A".into(), text: "a".into(), ..Section::default() }],
        ..Document::default()
    };
    vec![
        Call::SearchTasks { search: TaskSearch::default(), cursor: Some("5".into()), count: 0 },
        Call::ReadTask { id: id.into() },
        Call::CreateTask { draft: Box::new(base.clone()), idempotency_key: idempotency_key.clone() },
        Call::UpdateTask { base: Box::new(base.clone()), patch, idempotency_key: idempotency_key.clone() },
        Call::DeleteTask { id: id.into() },
        Call::FindCreated { draft: Box::new(base), idempotency_key: String::new() },
        Call::ReadPerson { kind: PersonKind::Patient, id: "p1".into() },
        Call::SearchPeople { kind: PersonKind::Practitioner, name: String::new() },
        Call::ReadHistory { id: id.into() },
        Call::Probe,
        Call::Document(DocumentCall::Search {
            search: DocumentSearch::default(),
            cursor: Some("5".into()),
            count: 0,
        }),
        Call::Document(DocumentCall::Read { id: id.into() }),
        Call::Document(DocumentCall::Create {
            draft: Box::new(document.clone()),
            idempotency_key: idempotency_key.clone(),
        }),
        Call::Document(DocumentCall::Update {
            base: Box::new(document.clone()),
            document: Box::new(Document { title: "Another".into(), ..document.clone() }),
            idempotency_key: idempotency_key.clone(),
        }),
        Call::Document(DocumentCall::Delete { id: id.into() }),
        Call::Document(DocumentCall::FindCreated { draft: Box::new(document), idempotency_key }),
    ]
}

pub(super) fn answered(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> WireReply {
    let received_at = Timestamp::UNIX_EPOCH;
    WireReply::Answered(WireAnswer { status, headers, body, over_cap: false, received_at })
}

/// Plays a reply again and again; every conversation must end, and no line may hold the key or markup.
pub(super) fn every_call_ends(provider: &dyn Provider, reply: &WireReply) {
    every_call_about(provider, "t1", reply);
}

/// The same, about a task or document with an id that the API takes.
pub(super) fn every_call_about(provider: &dyn Provider, id: &str, reply: &WireReply) {
    for call in calls(id) {
        let mut heard = Vec::new();
        let ended = loop {
            match provider.step(&call, &heard) {
                Step::Done(outcome) => break Some(outcome),
                Step::Ask(_) if heard.len() > MOST_ASKS => break None,
                Step::Ask(_) => heard.push(reply.clone()),
            }
        };
        let outcome = ended.unwrap_or_else(|| panic!("{call:?} never ends"));
        if let Err(error) = outcome {
            let line = error.to_string();
            assert!(!line.contains('\n') && !line.contains("</") && line.chars().count() < 700, "{line}");
        }
    }
}

/// JSON that is near enough to the API's to get past the first check.
pub(super) fn near_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "data",
        "id",
        "status",
        "resourceType",
        "entry",
        "resource",
        "total",
        "cursor",
        "hasMore",
        "meta",
        "code",
        "note",
        "input",
        "output",
        "type",
        "valueInteger",
        "restriction",
        "period",
        "end",
        "for",
        "reference",
        "basedOn",
        "error",
        "message",
        "issues",
        "issue",
        "diagnostics",
        "requestId",
        "name",
        "given",
        "authoredOn",
        "executionPeriod",
        "priority",
        "link",
        "url",
        "relation",
        "identifier",
        "versionId",
        "tag",
        "search",
        "mode",
        "rest",
        "resource",
        "interaction",
        "expression",
        "sections",
        "section",
        "title",
        "text",
        "div",
        "attester",
        "event",
        "author",
        "content",
        "attachment",
        "TaskNum",
        "TaskStatus",
        "TaskListNum",
        "Descript",
        "DateTimeEntry",
        "ReminderType",
        "PriorityDefNum",
        "KeyNum",
        "ObjectType",
        "Note",
        "PatNum",
        "FName",
        "LName",
        "user",
        "role",
        "token",
    ]);
    let texts = prop::sample::select(vec![
        "t1",
        "Task",
        "Bundle",
        "Patient",
        "requested",
        "",
        "p1",
        "2026-11-21",
        "2026-11-21T00:00:00Z",
        "a: b",
        "é: ü",
        "next",
        "https://h.example/?cursor=7",
        "<b>",
        "Practitioner",
        "Composition",
        "<div>a<br/>b &lt;</div>",
        "9999999999-99-99T",
        "clk_live_x",
        "0001-01-01T00:00:00",
        "New",
        "Reminder",
        "practitioner",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts.prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

pub(super) fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let names = prop::sample::select(vec![
        "retry-after",
        "x-ratelimit-reset",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-quota-reset",
        "x-quota-limit",
        "x-quota-remaining",
        "x-request-id",
        "x-timestamp",
        "location",
        "date",
    ]);
    let values = prop_oneof!["[ -~é]{0,30}", "-?[0-9]{0,25}", Just("https://@/".to_owned())];
    prop::collection::vec((names.prop_map(str::to_owned), values), 0..5)
}
