//! OmniEHR over real HTTP: the line signs in, the adapter speaks, the sandbox answers as the system does.
//!
//! Must not repeat what the text files of `tests/wire/omniehr` say of single answers.

use super::Ward;
use rounds::{
    domain::{
        can::Capability,
        document::Thing,
        people::{PersonKind, Reference},
        priority::Priority,
        status::Status,
        task::{Field, FieldSet, Note, Patch, Period, SourceId, Task},
        time::DateTime,
    },
    providers::{
        Alive, ApiError, Call, ErrorKind, Page, PagingGuard, Reply, SourceProfile, TaskSearch, fhir::omniehr,
    },
    runtime::{
        http::{Origin, OriginOptions},
        link::{Credential, Link},
        vault::{CredentialSource, Secret, Vault},
    },
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

const ADMIN: [&str; 2] = ["admin@synthetic.example", "Synthetic-admin-1"];
const PRACTITIONER: [&str; 2] = ["robin.vale@synthetic.example", "Synthetic-practitioner-1"];
const AUDITOR: [&str; 2] = ["auditor@synthetic.example", "Synthetic-auditor-1"];

/// A line to OmniEHR for one of its users, before anything was asked.
fn line(ward: &Ward, [name, password]: [&str; 2]) -> Link {
    let origin = format!("http://{}/api", ward.handle.omniehr);
    let place = CredentialSource::Environment("SYNTHETIC".to_owned());
    let password = CredentialSource::Known(Secret::parse(password, &place).unwrap());
    let vault = Arc::new(Vault::new([&password]));
    let profile = SourceProfile { source: SourceId(0), ..SourceProfile::default() };
    let origin = Origin::new(&origin, OriginOptions::default()).unwrap();
    let login = Credential::Login { name: name.to_owned(), password };
    Link::new(omniehr::make(profile), origin, login, vault)
}

/// A line that has been probed: it knows whose it is.
async fn probed(ward: &Ward, user: [&str; 2]) -> (Link, Box<Alive>) {
    let link = line(ward, user);
    match reply(&link, Call::Probe).await {
        Reply::Alive(alive) => (link, alive),
        other => panic!("{other:?}"),
    }
}

async fn reply(link: &Link, call: Call) -> Reply {
    link.converse(&call).await.unwrap().reply
}

async fn refused(link: &Link, call: Call) -> ApiError {
    link.converse(&call).await.unwrap_err()
}

async fn page(link: &Link, search: TaskSearch, cursor: Option<String>) -> Page {
    match reply(link, Call::SearchTasks { search, cursor, count: 300 }).await {
        Reply::Page(page) => page,
        other => panic!("{other:?}"),
    }
}

async fn task(link: &Link, id: &str) -> Task {
    match reply(link, Call::ReadTask { id: id.into() }).await {
        Reply::Task(task) => *task,
        other => panic!("{other:?}"),
    }
}

fn update(base: &Task, patch: Patch) -> Call {
    Call::UpdateTask { base: Box::new(base.clone()), patch, idempotency_key: "intent".to_owned() }
}

fn status(base: &Task, status: Status) -> Call {
    update(base, Patch::of(base).set(Field::Status, |task| task.status = status))
}

fn create(draft: &Task) -> Call {
    Call::CreateTask { draft: Box::new(draft.clone()), idempotency_key: "intent".to_owned() }
}

async fn updated(link: &Link, call: Call) -> (Task, FieldSet) {
    match reply(link, call).await {
        Reply::Updated { task, differs } => (*task, differs),
        other => panic!("{other:?}"),
    }
}

/// The rows of the system's own store.
async fn stored(ward: &Ward, kind: &str) -> Vec<Value> {
    ward.rows("omniehr", kind).await
}

async fn row(ward: &Ward, id: &str) -> Value {
    stored(ward, "tasks").await.into_iter().find(|row| row["id"] == id).unwrap()
}

/// The id that a row names, without its type.
fn id_of(row: &Value, field: &str) -> String {
    Reference::new(row[field]["reference"].as_str().unwrap_or_default()).id().to_owned()
}

/// A task of the practitioner whose login the sandbox has, as the store has it, with everything in it.
async fn full_row(ward: &Ward) -> Value {
    let (_, alive) = probed(ward, PRACTITIONER).await;
    let me = alive.me.unwrap();
    let is_full = |row: &Value| {
        row["status"] == "requested"
            && id_of(row, "owner") == me
            && ["code", "executionPeriod", "note"].into_iter().all(|name| !row[name].is_null())
    };
    stored(ward, "tasks").await.into_iter().find(is_full).unwrap()
}

/// What of the row is another now, but for when it was changed.
fn changed(before: &Value, after: &Value) -> Vec<String> {
    let (before, after) = (before.as_object().unwrap(), after.as_object().unwrap());
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names.filter(|name| *name != "meta" && before.get(*name) != after.get(*name)).cloned().collect()
}

async fn writes(ward: &Ward) -> Vec<Value> {
    let mut rows = ward.requests("PUT").await;
    rows.extend(ward.requests("POST").await.into_iter().filter(|row| row["path"] != "/api/auth/login"));
    rows
}

async fn sign_ins(ward: &Ward) -> usize {
    ward.requests("POST").await.iter().filter(|row| row["path"] == "/api/auth/login").count()
}

#[tokio::test]
async fn contract_fhir_04_an_edit_changes_one_field_of_the_store_and_no_other() {
    let ward = Ward::with_tasks(60).await;
    let before = full_row(&ward).await;
    let id = before["id"].as_str().unwrap();
    for user in [PRACTITIONER, ADMIN] {
        let (link, _) = probed(&ward, user).await;
        let base = task(&link, id).await;
        let wanted = if base.status == Status::Requested { Status::Accepted } else { Status::Completed };
        let (after, differs) = updated(&link, status(&base, wanted.clone())).await;
        assert_eq!((after.status, differs), (wanted.clone(), FieldSet::new()));
        let after = row(&ward, id).await;
        assert_eq!(changed(&before, &after), ["status"]);
        assert_eq!(after["status"], wanted.as_str());
    }
}

#[tokio::test]
async fn contract_fhir_01_and_07_a_create_is_read_as_json_and_its_times_as_utc() {
    let ward = Ward::with_tasks(30).await;
    let patient = stored(&ward, "patients").await[0]["id"].as_str().unwrap().to_owned();
    let owner = stored(&ward, "practitioners").await[0]["id"].as_str().unwrap().to_owned();
    let (link, _) = probed(&ward, ADMIN).await;
    let draft = Task {
        description: Some("Synthetic: call the ward".into()),
        patient: Some(Reference::new(&patient)),
        owner: Some(Reference::new(&owner)),
        priority: Some(Priority::Stat),
        code: Some("Call back".into()),
        authored_on: Some(DateTime::parse("2026-11-21T01:59:00.123Z")),
        execution_period: Period { start: None, end: Some(DateTime::parse("2026-11-22T08:00+01:00")) },
        notes: vec![Note { text: "synthetic".into(), ..Note::default() }],
        ..Task::default()
    };
    let Reply::Created { task, differs } = reply(&link, create(&draft)).await else { panic!() };
    assert_eq!(differs, FieldSet::new());
    let row = row(&ward, &task.key.id).await;
    assert_eq!(row["executionPeriod"]["end"], "2026-11-22T07:00:00.000Z");
    assert_eq!((&row["priority"], &row["code"]["text"]), (&json!("stat"), &json!("Call back")));
    let sent = writes(&ward).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["contentType"], "application/json");
}

#[tokio::test]
async fn contract_fhir_02_a_priority_that_the_server_ignores_is_filtered_here() {
    let ward = Ward::with_tasks(80).await;
    let (link, _) = probed(&ward, ADMIN).await;
    let all = page(&link, TaskSearch::default(), None).await;
    let search = TaskSearch { priority: Some("stat".to_owned()), ..TaskSearch::default() };
    let stat = page(&link, search, None).await;
    let wanted = all.tasks.iter().filter(|task| task.priority == Some(Priority::Stat)).count();
    assert!(0 < wanted && wanted < all.tasks.len());
    assert_eq!((stat.tasks.len(), stat.total), (wanted, Some(wanted as u64)));
    assert_eq!(all.total, Some(stored(&ward, "tasks").await.len() as u64));
}

#[tokio::test]
async fn contract_fhir_05_what_the_server_does_not_clear_is_told() {
    let ward = Ward::with_tasks(40).await;
    let before = full_row(&ward).await;
    let (link, _) = probed(&ward, ADMIN).await;
    let base = task(&link, before["id"].as_str().unwrap()).await;
    let patch = Patch::of(&base)
        .set(Field::ExecutionPeriod, |task| task.execution_period = Period::default())
        .set(Field::Owner, |task| task.owner = None)
        .set(Field::Note, |task| task.notes.clear());
    let (_, differs) = updated(&link, update(&base, patch)).await;
    assert_eq!(differs, FieldSet::from([Field::Owner, Field::ExecutionPeriod]));
    let after = row(&ward, &base.key.id).await;
    assert!(after["note"].is_null() && after["executionPeriod"] == before["executionPeriod"]);
}

#[tokio::test]
async fn contract_fhir_06_a_practitioner_does_not_hand_on_and_is_told() {
    let ward = Ward::with_tasks(40).await;
    let before = full_row(&ward).await;
    let id = before["id"].as_str().unwrap();
    let mine = id_of(&before, "owner");
    let practitioners = stored(&ward, "practitioners").await;
    let other = practitioners.iter().find(|user| user["id"] != *mine && user["active"] == true).unwrap();
    let hand_on = |base: &Task| {
        let owner = Reference::new(other["id"].as_str().unwrap());
        update(base, Patch::of(base).set(Field::Owner, |task| task.owner = Some(owner)))
    };
    // Before the role is known the server says yes, and does not do it.
    let link = line(&ward, PRACTITIONER);
    let (after, differs) = updated(&link, hand_on(&task(&link, id).await)).await;
    assert_eq!(differs, FieldSet::from([Field::Owner]));
    assert_eq!(after.owner.unwrap().id(), mine);
    assert_eq!(changed(&before, &row(&ward, id).await), [] as [String; 0]);
    // Afterwards the reason is given before any request.
    let sent = writes(&ward).await.len();
    let (link, alive) = probed(&ward, PRACTITIONER).await;
    assert!(alive.can.may(Capability::Reassign).unwrap_err().contains("gives every task to its writer"));
    let error = refused(&link, hand_on(&task(&link, id).await)).await;
    assert!(matches!(error.kind, ErrorKind::Refused(_)), "{error:?}");
    assert_eq!(writes(&ward).await.len(), sent);
    // Only her own are listed.
    let own = page(&link, TaskSearch::default(), None).await;
    assert!(own.tasks.iter().all(|task| task.owner.as_ref().is_some_and(|owner| owner.id() == mine)));
    assert!(own.tasks.len() < stored(&ward, "tasks").await.len());
}

#[tokio::test]
async fn contract_fhir_08_a_token_of_two_seconds_ends_in_a_new_sign_in_and_one_write() {
    let ward = Ward::with_tasks(40).await;
    let before = full_row(&ward).await;
    let id = before["id"].as_str().unwrap();
    ward.fault(json!({"system": "omniehr", "token_s": 2})).await;
    let (link, _) = probed(&ward, PRACTITIONER).await;
    let base = task(&link, id).await;
    let (signed_in, sent) = (sign_ins(&ward).await, writes(&ward).await.len());
    ward.pass(Duration::from_secs(3));
    let (_, differs) = updated(&link, status(&base, Status::Accepted)).await;
    assert_eq!(differs, FieldSet::new());
    assert_eq!((sign_ins(&ward).await, writes(&ward).await.len()), (signed_in + 1, sent + 1));
    assert_eq!(row(&ward, id).await["status"], "accepted");
    // The create itself meets a token that has ended: it is sent again, and made once.
    ward.pass(Duration::from_secs(3));
    let tasks = stored(&ward, "tasks").await.len();
    let draft = Task {
        description: Some("Synthetic: once".into()),
        patient: Some(Reference::new(&id_of(&before, "for"))),
        authored_on: Some(DateTime::parse("2026-11-21T01:59:00.123Z")),
        ..Task::default()
    };
    assert!(matches!(reply(&link, create(&draft)).await, Reply::Created { .. }));
    let answers: Vec<Value> =
        ward.requests("POST").await.into_iter().map(|row| row["status"].clone()).collect();
    assert_eq!(answers[answers.len() - 3..], [json!(401), json!(200), json!(201)]);
    assert_eq!(stored(&ward, "tasks").await.len(), tasks + 1);
}

#[tokio::test]
async fn contract_fhir_08_a_token_that_never_holds_and_a_wrong_password_are_told() {
    let ward = Ward::with_tasks(30).await;
    let link = line(&ward, ["robin.vale@synthetic.example", "wrong"]);
    let error = refused(&link, Call::Probe).await;
    assert_eq!(error.kind, ErrorKind::Credential);
    assert!(error.sentence.contains("wrong e-mail or password"), "{error}");
    let (link, _) = probed(&ward, ADMIN).await;
    let base = page(&link, TaskSearch::default(), None).await.tasks.swap_remove(0);
    ward.fault(json!({"system": "omniehr", "token_s": 0})).await;
    link.forget_secret();
    let asked = sign_ins(&ward).await;
    let error = refused(&link, status(&base, Status::Completed)).await;
    assert_eq!(error.kind, ErrorKind::Credential);
    assert!(sign_ins(&ward).await <= asked + 2, "it does not go round in circles");
    assert_eq!(writes(&ward).await.len(), 0);
}

#[tokio::test]
async fn contract_fhir_09_too_many_sign_ins_are_a_pause_in_words() {
    let ward = Ward::with_tasks(30).await;
    for _ in 0..100 {
        ward.ask_omniehr("GET /api/auth/me").await;
    }
    let error = refused(&line(&ward, ADMIN), Call::Probe).await;
    let ErrorKind::Paused { after_s } = error.kind else { panic!("{error:?}") };
    assert!((800..=900).contains(&after_s), "{after_s}");
    assert!(error.sentence.contains(" min,"), "{error}");
}

#[tokio::test]
async fn contract_fhir_10_of_320_tasks_all_open_work_is_seen_and_no_total_claimed() {
    let ward = Ward::with_tasks(320).await;
    let (link, _) = probed(&ward, ADMIN).await;
    let mut guard = PagingGuard::new(9);
    let first = page(&link, TaskSearch::default(), None).await;
    assert_eq!((first.tasks.len(), first.total, first.is_cut), (300, None, true));
    let mut met: BTreeSet<String> = first.tasks.iter().map(|task| task.key.id.to_string()).collect();
    let mut cursor = guard.admit(&first);
    while let Some(next) = cursor {
        let more = page(&link, TaskSearch::default(), Some(next)).await;
        cursor = guard.admit(&more);
        met.extend(more.tasks.iter().map(|task| task.key.id.to_string()));
    }
    assert!(guard.is_cut());
    let rows = stored(&ward, "tasks").await;
    assert_eq!(rows.len(), 320);
    let is_open = |row: &&Value| Status::parse(row["status"].as_str().unwrap()).is_open();
    for row in rows.iter().filter(is_open) {
        assert!(met.contains(row["id"].as_str().unwrap()), "{row}");
    }
}

#[tokio::test]
async fn contract_fhir_11_an_auditor_reads_everything_and_writes_nothing() {
    let ward = Ward::with_tasks(40).await;
    let (link, alive) = probed(&ward, AUDITOR).await;
    assert!(alive.about.contains("auditor") && alive.me.is_none(), "{}", alive.about);
    let all = page(&link, TaskSearch::default(), None).await;
    assert_eq!(all.tasks.len(), stored(&ward, "tasks").await.len());
    let base = all.tasks.iter().find(|task| task.status == Status::Requested).unwrap();
    let error = refused(&link, status(base, Status::Completed)).await;
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert_eq!(error.sentence, "Your role here is auditor: it reads only.");
    assert_eq!(writes(&ward).await.len(), 0);
    let forced = refused(&line(&ward, AUDITOR), status(base, Status::Completed)).await;
    assert_eq!(forced.kind, ErrorKind::Permission);
    assert!(forced.sentence.contains("Insufficient permissions"), "{forced}");
    let patient = base.patient.as_ref().unwrap().id().into();
    let named = reply(&link, Call::ReadPerson { kind: PersonKind::Patient, id: patient }).await;
    assert!(matches!(named, Reply::Person(_)));
}

#[tokio::test]
async fn contract_fhir_12_a_change_in_between_is_a_conflict() {
    let ward = Ward::with_tasks(40).await;
    let before = full_row(&ward).await;
    let id = before["id"].as_str().unwrap();
    let (link, _) = probed(&ward, ADMIN).await;
    let base = task(&link, id).await;
    ward.colleague(json!({"system": "omniehr", "id": id, "patch": {"status": "on-hold"}})).await;
    let error = refused(&link, status(&base, Status::Completed)).await;
    let ErrorKind::Conflict(Some(Thing::Task(now))) = error.kind else { panic!("{error:?}") };
    assert_eq!(now.status, Status::OnHold);
    assert_eq!(writes(&ward).await.len(), 0);
    // What others changed elsewhere in the task stays, and is no obstacle.
    let base = task(&link, id).await;
    ward.colleague(json!({"system": "omniehr", "id": id, "patch": {"note": [{"text": "theirs"}]}})).await;
    let (_, differs) = updated(&link, status(&base, Status::Completed)).await;
    assert_eq!(differs, FieldSet::new());
    assert_eq!(row(&ward, id).await["note"], json!([{"text": "theirs"}]));
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_found_again() {
    let ward = Ward::with_tasks(40).await;
    let (link, _) = probed(&ward, PRACTITIONER).await;
    let patient = stored(&ward, "patients").await[0]["id"].as_str().unwrap().to_owned();
    let draft = Task {
        description: Some("Synthetic: lost".into()),
        patient: Some(Reference::new(&patient)),
        authored_on: Some(DateTime::parse("2026-11-21T01:59:00.123Z")),
        ..Task::default()
    };
    let next = json!([{"fault": "drop_after_commit", "method": "POST"}]);
    ward.fault(json!({"system": "omniehr", "next": next})).await;
    let find = || Call::FindCreated { draft: Box::new(draft.clone()), idempotency_key: "intent".to_owned() };
    assert_eq!(reply(&link, find()).await, Reply::Candidates(Vec::new()));
    assert!(refused(&link, create(&draft)).await.kind.leaves_write_unknown());
    let Reply::Candidates(found) = reply(&link, find()).await else { panic!() };
    let said: Vec<_> = found.iter().filter_map(Thing::task).map(|task| task.description.as_deref()).collect();
    assert_eq!(said, [Some("Synthetic: lost")]);
}
