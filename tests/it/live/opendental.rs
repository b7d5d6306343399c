//! Open Dental's adapter over real HTTP through the runtime's line, against the sandbox's office.
//!
//! Must not look at the screen: what is compared are the answers and the office's own tables.

use super::Ward;
use rounds::{
    domain::{
        can::{Can, Capability},
        document::Thing,
        people::{PersonKind, Reference},
        priority::Priority,
        status::Status,
        task::{Field, FieldSet, Note, Patch, SourceId, Task},
        time::DateTime,
    },
    providers::{
        Alive, ApiError, Call, ErrorKind, PagingGuard, Reply, SourceProfile, TaskSearch, opendental,
    },
    runtime::{
        clock,
        http::{Origin, OriginOptions},
        link::{Credential, Link},
        vault::{CredentialSource, Secret, Vault},
    },
    sandbox::DEMO_OPENDENTAL_USER,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// A task that was made forty days ago.
const OLD: &str = "Lab called: biopsy";

struct Office<'a> {
    ward: &'a Ward,
    link: Link,
}

impl<'a> Office<'a> {
    fn new(ward: &'a Ward, developer_key: &str) -> Office<'a> {
        let known = |text: &str| {
            let nowhere = CredentialSource::Environment(String::new());
            CredentialSource::Known(Secret::parse(text, &nowhere).unwrap())
        };
        let credential =
            Credential::Pair { developer: known(developer_key), customer: known(&ward.handle.customer_key) };
        let provider = opendental::make(SourceProfile {
            source: SourceId(1),
            user: DEMO_OPENDENTAL_USER.parse().ok(),
            zone: Some(clock::zone()),
            priorities: [(Priority::Stat, vec!["358".to_owned()])].into(),
            is_local: true,
            ..SourceProfile::default()
        });
        // With a slash at its end, as people copy it.
        let url = format!("http://{}/api/v1/", ward.handle.opendental);
        let origin = Origin::new(&url, OriginOptions::default()).unwrap();
        let vault = Arc::new(Vault::new(credential.sources()));
        Office { ward, link: Link::new(provider, origin, credential, vault) }
    }

    /// The line of an office that was asked what it is.
    async fn met(ward: &'a Ward) -> (Office<'a>, Alive) {
        let office = Office::new(ward, &ward.handle.developer_key);
        match office.say(Call::Probe).await {
            Ok(Reply::Alive(alive)) => (office, *alive),
            other => panic!("{other:?}"),
        }
    }

    async fn say(&self, call: Call) -> Result<Reply, ApiError> {
        self.link.converse(&call).await.map(|answer| answer.reply)
    }

    fn can(&self) -> Can {
        self.link.provider().can()
    }

    /// Every task, page by page.
    async fn sweep(&self, count: u16) -> (Vec<Task>, usize) {
        let mut guard = PagingGuard::new(50);
        let (mut tasks, mut cursor) = (Vec::new(), None);
        loop {
            let call = Call::SearchTasks { search: TaskSearch::default(), cursor, count };
            let Ok(Reply::Page(page)) = self.say(call).await else { panic!("a page") };
            cursor = guard.admit(&page);
            tasks.extend(page.tasks);
            if cursor.is_none() {
                return (tasks, guard.pages());
            }
        }
    }

    async fn read(&self, id: &str) -> Task {
        match self.say(Call::ReadTask { id: id.into() }).await {
            Ok(Reply::Task(task)) => *task,
            other => panic!("{other:?}"),
        }
    }

    async fn change(&self, base: &Task, patch: Patch) -> Result<(Task, FieldSet), ApiError> {
        let call =
            Call::UpdateTask { base: Box::new(base.clone()), patch, idempotency_key: "intent-1".to_owned() };
        match self.say(call).await? {
            Reply::Updated { task, differs } => Ok((*task, differs)),
            other => panic!("{other:?}"),
        }
    }

    async fn finish(&self, task: &Task) -> Result<(Task, FieldSet), ApiError> {
        let patch = Patch::of(task).set(Field::Status, |task| task.status = Status::Completed);
        self.change(task, patch).await
    }

    /// The row in the office's own table.
    async fn row(&self, id: &str) -> Value {
        let rows = self.ward.rows("opendental", "tasks").await;
        rows.into_iter().find(|row| row["TaskNum"].as_i64() == id.parse().ok()).unwrap()
    }

    async fn switch(&self, switches: Value) {
        self.ward.fault(json!({"system": "opendental", "opendental": switches})).await;
    }
}

#[tokio::test]
async fn contract_od_01_02_every_task_is_listed_with_its_names_however_old() {
    let ward = Ward::open().await;
    let (office, alive) = Office::met(&ward).await;
    assert!(alive.about.starts_with("Open Dental, "), "{}", alive.about);
    assert!(alive.can.tells_changes && alive.can.may(Capability::Note).is_ok());
    let rows = ward.rows("opendental", "tasks").await;
    let templates = rows.iter().filter(|row| row["IsRepeating"] == "true").count();
    assert!(rows.len() > 200 && templates > 0);
    let (tasks, pages) = office.sweep(100).await;
    assert_eq!((tasks.len(), pages), (rows.len() - templates, rows.len() / 100 + 1));
    let old = tasks.iter().find(|task| task.title().starts_with(OLD)).unwrap();
    assert_eq!(old.priority.as_ref().and_then(Priority::rank), Some(4), "{:?}", old.priority);
    let list = old.list.as_deref().unwrap();
    assert!(list.ends_with("inbox"), "{list}");
    assert!(old.requester.as_ref().and_then(Reference::display).is_some());
    assert!(tasks.iter().all(|task| task.due().is_none_or(|(due, _)| !due.is_null_date())));
    assert!(tasks.iter().all(|task| task.defects.is_empty()), "a faithful office has no defects");
}

#[tokio::test]
async fn what_is_written_stands_in_the_office_s_tables() {
    let ward = Ward::open().await;
    let (office, _) = Office::met(&ward).await;
    let (tasks, _) = office.sweep(office.can().page_count).await;
    let task = tasks.into_iter().find(|task| task.title().starts_with(OLD)).unwrap();
    let id = task.key.id.clone();

    let (done, differs) = office.finish(&task).await.unwrap();
    assert_eq!((&done.status, differs.len()), (&Status::Completed, 0));
    assert_eq!(office.row(&id).await["TaskStatus"], "Done");

    // Words that were the same as before leave a finished task alone; new ones open it again.
    let reworded =
        Patch::of(&done).set(Field::Description, |task| task.description = Some("Other words".into()));
    let (viewed, differs) = office.change(&done, reworded).await.unwrap();
    assert_eq!((viewed.status.clone(), differs.len()), (Status::Received, 0));

    let other = office.can().priorities.into_iter().find(|own| Some(own) != viewed.priority.as_ref());
    let due = DateTime::parse("2030-01-02T15:04:05Z");
    let patch = Patch::of(&viewed)
        .set(Field::Priority, |task| task.priority.clone_from(&other))
        .set(Field::Restriction, |task| task.restriction.period.end = Some(due.clone()))
        .set(Field::ShortDescription, |task| task.short_description = Some("Short \u{1f9b7}".into()));
    let (changed, differs) = office.change(&viewed, patch).await.unwrap();
    assert!(differs.is_empty(), "{differs:?}");
    assert_eq!(changed.due().map(|(due, _)| due.moment()), Some(due.moment()));

    let (done, _) = office.finish(&changed).await.unwrap();
    let note = Note { text: "Told the patient.".into(), ..Note::default() };
    let patch = Patch::of(&done).set(Field::Note, |task| task.notes.push(note));
    let (noted, differs) = office.change(&done, patch).await.unwrap();
    assert_eq!((&noted.status, differs.len()), (&Status::Received, 0), "a note opens it again");
    assert!(noted.notes.iter().any(|note| &*note.text == "Told the patient." && note.id.is_some()));
    assert_eq!(office.read(&id).await.notes, noted.notes);

    // Somebody else finishes it first.
    ward.colleague(json!({"system": "opendental", "id": id, "patch": {"TaskStatus": "Done"}})).await;
    let patch =
        Patch::of(&noted).set(Field::Description, |task| task.description = Some("Late words".into()));
    let conflict = office.change(&noted, patch).await.unwrap_err();
    assert!(conflict.is_conflict() && conflict.sentence.contains("Viewed"), "{conflict}");
    assert_eq!(office.row(&id).await["Descript"], "Other words");
}

#[tokio::test]
async fn contract_od_15_a_create_is_found_again_by_what_it_says() {
    let ward = Ward::with_tasks(30).await;
    let (office, _) = Office::met(&ward).await;
    let Ok(Reply::People(lists)) =
        office.say(Call::SearchPeople { kind: PersonKind::List, name: "front desk".to_owned() }).await
    else {
        panic!("lists")
    };
    let (list, patient) = (&lists[0].id, ward.rows("opendental", "patients").await[0]["PatNum"].to_string());
    let draft = Task {
        description: Some("Order gloves,\nboth sizes".into()),
        owner: Some(Reference::new(list)),
        patient: Some(Reference::new(&patient)),
        authored_on: Some(DateTime::from_instant(ward.now())),
        ..Task::default()
    };
    let call = Call::CreateTask { draft: Box::new(draft.clone()), idempotency_key: "intent-1".to_owned() };
    let Ok(Reply::Created { task, differs }) = office.say(call).await else { panic!("created") };
    assert!(differs.is_empty(), "{differs:?}");
    let call = Call::FindCreated { draft: Box::new(draft), idempotency_key: "intent-1".to_owned() };
    let Ok(Reply::Candidates(found)) = office.say(call).await else { panic!("candidates") };
    assert_eq!(found.iter().filter_map(Thing::task).map(|task| &task.key).collect::<Vec<_>>(), [&task.key]);
    let Ok(Reply::Person(person)) =
        office.say(Call::ReadPerson { kind: PersonKind::Patient, id: patient.into() }).await
    else {
        panic!("a person")
    };
    assert!(person.full.contains(", "), "{}", person.full);
}

#[tokio::test]
async fn contract_od_09_10_12_four_ways_to_be_refused_are_four_sentences() {
    let ward = Ward::with_tasks(30).await;
    let wrong = Office::new(&ward, "SyntheticWrong").say(Call::Probe).await.unwrap_err();
    assert_eq!(wrong.kind, ErrorKind::Credential);
    let (office, _) = Office::met(&ward).await;
    let (tasks, _) = office.sweep(100).await;
    let task = tasks.iter().find(|task| task.status == Status::Requested).unwrap();

    office.switch(json!({"write_permission": false})).await;
    let denied = office.finish(task).await.unwrap_err();
    assert_eq!(denied.kind, ErrorKind::Permission);
    office.switch(json!({"write_permission": true, "econnector_down": true})).await;
    let offline = office.finish(task).await.unwrap_err();
    assert_eq!(offline.kind, ErrorKind::NotSent);
    office.switch(json!({"econnector_down": false, "version": "24.1.1", "old_status": "refuse"})).await;
    let (old, alive) = Office::met(&ward).await;
    assert!(alive.can.may(Capability::Note).unwrap_err().contains("24.4.22"));
    let refused = old.finish(task).await.unwrap_err();
    assert!(refused.sentence.contains("24.2.10"), "{refused}");
    old.switch(json!({"old_status": "ignore"})).await;
    let (_, differs) = old.finish(task).await.unwrap();
    assert_eq!(differs, FieldSet::from([Field::Status]), "a status that was ignored is told");

    let sentences = [wrong, denied, offline, refused].map(|error| error.sentence);
    for sentence in &sentences {
        assert!(!sentence.contains("Synthetic"), "{sentence}");
        assert_eq!(sentences.iter().filter(|other| other == &sentence).count(), 1);
    }
}

#[tokio::test]
async fn signals_tell_which_tasks_changed() {
    let ward = Ward::with_tasks(30).await;
    let (office, _) = Office::met(&ward).await;
    let (tasks, _) = office.sweep(100).await;
    let id = tasks[0].key.id.clone();
    ward.pass(std::time::Duration::from_secs(5));
    ward.colleague(
        json!({"system": "opendental", "id": id, "patch": {"Descript": "Changed by a colleague"}}),
    )
    .await;
    ward.pass(std::time::Duration::from_secs(5));
    let Ok(Reply::Changes { ids, mark }) = office.say(Call::Changes { since: None }).await else {
        panic!("changes")
    };
    assert_eq!(ids, std::slice::from_ref(&id));
    let Ok(Reply::Changes { ids, .. }) = office.say(Call::Changes { since: mark }).await else {
        panic!("changes")
    };
    assert!(ids.is_empty(), "{ids:?}");
}
