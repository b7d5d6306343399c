//! The FHIR adapter against a server that nobody here wrote, on this machine: `ROUNDS_TEST_FHIR_URL` names it.
//!
//! Must not speak to anything but loopback, nor touch what it did not make itself: every person and task in it is synthetic.

mod documents;
mod server;

use jiff::Timestamp;
use rounds::{
    domain::{
        document::Thing,
        people::{PersonKind, Reference},
        priority::Priority,
        status::Status,
        task::{Field, Intent, Note, Parameter, ParameterValue, Patch, Period, Restriction, Task},
        time::DateTime,
    },
    providers::{Call, ErrorKind, PagingGuard, Reply, TaskSearch, fhir::task_from_text},
};
use serde_json::{Value, json};
use server::{Server, key};

/// A task with every field that a create carries.
fn full(patient: &str, nurse: &str) -> Task {
    let other = |name: &str, json: &str| ParameterValue::Other { name: name.into(), json: json.into() };
    let parameter = |kind: &str, value| Parameter { kind: kind.into(), value };
    let typed = |text: &str| Some(Reference::new(text));
    Task {
        status: Status::Requested,
        status_reason: Some("synthetic".into()),
        intent: Some(Intent::parse("order")),
        business_status: Some("to call".into()),
        priority: Some(Priority::Stat),
        code: Some("lab-critical".into()),
        description: Some("Critical K+ 6.8: call \"now\" & <repeat> é".into()),
        patient: typed(patient),
        owner: typed(nurse),
        requester: typed(nurse),
        execution_period: Period {
            start: Some(DateTime::parse("2026-11-21T02:00:00Z")),
            end: Some(DateTime::parse("2026-11-21T04:00:00Z")),
        },
        authored_on: Some(DateTime::parse("2026-11-21T01:59:00.123Z")),
        reason_code: Some("hyperkalaemia".into()),
        notes: vec![Note { text: "first".into(), ..Note::default() }],
        input: vec![
            parameter("repeat", ParameterValue::Boolean(false)),
            parameter("tries", ParameterValue::Integer(0)),
            parameter("dose", other("valueQuantity", "{\"value\":2.50,\"unit\":\"mg\"}")),
        ],
        output: vec![parameter("said", ParameterValue::String("yes".into()))],
        restriction: Restriction {
            repetitions: Some(1),
            period: Period { start: None, end: Some(DateTime::parse("2026-11-21T03:30:00Z")) },
            recipients: vec![Reference::new(patient)],
        },
        ..Task::default()
    }
}

fn small(patient: &str, description: &str) -> Task {
    Task {
        intent: Some(Intent::parse("order")),
        description: Some(description.into()),
        patient: Some(Reference::new(patient)),
        ..Task::default()
    }
}

fn create(draft: &Task, idempotency_key: &str) -> Call {
    Call::CreateTask { draft: Box::new(draft.clone()), idempotency_key: idempotency_key.to_owned() }
}

fn update(base: &Task, field: Field, change: impl FnOnce(&mut Task)) -> Call {
    let patch = Patch::of(base).set(field, change);
    Call::UpdateTask { base: Box::new(base.clone()), patch, idempotency_key: key() }
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn it_says_what_it_is() {
    let Some(server) = Server::open().await else { return };
    println!("{}: {}", server.about.about, server.about.lore.as_ref().map_or("", |lore| &*lore.0));
    for (capability, reason) in &server.about.can.refused {
        println!("  cannot {}: {reason}", capability.name());
    }
    println!("  creates once: {}", server.about.can.creates_once);
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn a_task_with_every_field_is_kept() {
    let Some(server) = Server::open().await else { return };
    let (patient, nurse) = server.people().await;
    let draft = full(&patient, &nurse);
    let Reply::Created { task, differs } = server.ask(&create(&draft, &key())).await.unwrap() else {
        panic!()
    };
    println!("not kept as sent: {:?}", differs.iter().map(|field| field.name()).collect::<Vec<_>>());
    let known = [Field::Input];
    assert!(differs.iter().all(|field| known.contains(field)), "{differs:?}");
    let Reply::Task(read) = server.ask(&Call::ReadTask { id: task.key.id.clone() }).await.unwrap() else {
        panic!()
    };
    assert_eq!((read.version.is_some(), &read.defects), (true, &Vec::new()));
    assert!(task.same(&read, Field::Restriction) && task.same(&read, Field::Note), "{read:?}");
    println!("dose: {:?}", read.input.get(2).map(|parameter| &parameter.value));
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn contract_fhir_13_every_task_comes_once_over_small_pages_with_its_names() {
    let Some(server) = Server::open().await else { return };
    let (patient, nurse) = server.people().await;
    let mut made = std::collections::BTreeSet::new();
    for number in 0..127 {
        let mut draft = small(&patient, &format!("synthetic {number}"));
        draft.owner = Some(Reference::new(&nurse));
        draft.status = if number < 107 { Status::Requested } else { Status::Ready };
        made.insert(server.made(&draft).await.key.id);
    }
    for (statuses, wanted) in [(None, 127), (Some("requested,ready"), 127), (Some("ready"), 20)] {
        let search = TaskSearch {
            patient: Some(patient.clone()),
            status: statuses.map(str::to_owned),
            ..TaskSearch::default()
        };
        let mut guard = PagingGuard::new(200);
        let (mut cursor, mut rows, mut people, mut complaints) = (None, Vec::new(), Vec::new(), Vec::new());
        loop {
            let call = Call::SearchTasks { search: search.clone(), cursor: cursor.clone(), count: 17 };
            let Reply::Page(page) = server.ask(&call).await.unwrap() else { panic!() };
            let next = guard.admit(&page);
            complaints.extend(page.complaints);
            // What a server cannot search by is filtered by the program; here as well.
            let is_wanted = |task: &Task| {
                task.patient.as_ref().is_some_and(|reference| reference.raw() == patient)
                    && statuses.is_none_or(|list| list.split(',').any(|code| code == task.status.as_str()))
            };
            rows.extend(page.tasks.into_iter().filter(is_wanted).map(|task| task.key.id));
            people.extend(page.people);
            if next.is_none() {
                break;
            }
            cursor = next;
        }
        let different: std::collections::BTreeSet<_> = rows.iter().cloned().collect();
        println!(
            "{statuses:?}: {} rows in {} pages, people {:?}, complaints {complaints:?}",
            rows.len(),
            guard.pages(),
            people
                .iter()
                .map(rounds::domain::people::Person::name)
                .collect::<std::collections::BTreeSet<_>>()
        );
        assert_eq!((rows.len(), different.len()), (wanted, wanted), "{statuses:?}");
        assert!(different.is_subset(&made) && !guard.is_cut());
    }
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn contract_fhir_14_a_stale_version_is_a_conflict_with_what_stands_there() {
    let Some(server) = Server::open().await else { return };
    let (patient, _) = server.people().await;
    let base = server.made(&small(&patient, "synthetic")).await;
    // Seen before, changed by somebody else since, and before the read of this change.
    let theirs = update(&base, Field::Description, |task| task.description = Some("theirs".into()));
    server.ask(&theirs).await.unwrap();
    let mine = update(&base, Field::Description, |task| task.description = Some("mine".into()));
    let error = server.ask(&mine).await.unwrap_err();
    let ErrorKind::Conflict(Some(Thing::Task(now))) = &error.kind else { panic!("{error:?}") };
    assert_eq!(now.description.as_deref(), Some("theirs"));
    // Changed by somebody else between the read and the write: the server has to notice.
    let seen = (**now).clone();
    let mine = update(&seen, Field::Description, |task| task.description = Some("mine".into()));
    let later = update(&seen, Field::Priority, |task| task.priority = Some(Priority::Asap));
    let outcome = server
        .ask_with(&mine, async |step| {
            if step == 1 {
                drop(server.ask(&later).await);
            }
        })
        .await;
    let error = outcome.unwrap_err();
    println!("{error}");
    let ErrorKind::Conflict(Some(Thing::Task(now))) = error.kind else { panic!("{error:?}") };
    assert_eq!((now.description.as_deref(), now.priority.clone()), (Some("theirs"), Some(Priority::Asap)));
    let Reply::Updated { task, differs } = server.ask(&mine).await.unwrap() else { panic!() };
    assert_eq!((task.description.as_deref(), differs.len()), (Some("mine"), 0));
    assert_eq!(task.priority, Some(Priority::Asap), "what was not edited stays as the others left it");
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn contract_fhir_16_a_refusal_stands_at_its_field() {
    let Some(server) = Server::open().await else { return };
    let (patient, _) = server.people().await;
    let odd = ParameterValue::Other { name: "valueUnheardOf".into(), json: "\"x\"".into() };
    let draft =
        Task { input: vec![Parameter { kind: "odd".into(), value: odd }], ..small(&patient, "synthetic") };
    match server.ask(&create(&draft, &key())).await {
        Ok(_) => println!("it keeps a value that R4 does not have"),
        Err(error) => {
            println!("{error}");
            let ErrorKind::Refused(problems) = &error.kind else { panic!("{error:?}") };
            println!("{problems:?}");
            assert!(problems.iter().any(|problem| problem.field == Some(Field::Input)), "{problems:?}");
        }
    }
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn a_create_is_made_once_and_found_when_its_answer_is_lost() {
    let Some(server) = Server::open().await else { return };
    let (patient, _) = server.people().await;
    let draft = small(&patient, "synthetic, once");
    let idempotency_key = key();
    let call = create(&draft, &idempotency_key);
    let lost = server.ask_and_lose(&call).await;
    assert!(lost.kind.leaves_write_unknown(), "{lost:?}");
    let find = Call::FindCreated { draft: Box::new(draft), idempotency_key };
    let Reply::Candidates(found) = server.ask(&find).await.unwrap() else { panic!() };
    let [Thing::Task(found)] = found.as_slice() else { panic!("{found:?}") };
    let Reply::Created { task, .. } = server.ask(&call).await.unwrap() else { panic!() };
    println!(
        "the second create gave {}",
        if task.key == found.key { "the first one's task" } else { "another task" }
    );
    assert_eq!(task.key == found.key, server.about.can.creates_once || task.key == found.key);
    let never = Call::FindCreated { draft: Box::new(small(&patient, "x")), idempotency_key: key() };
    assert_eq!(server.ask(&never).await.unwrap(), Reply::Candidates(Vec::new()));
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn contract_fhir_17_a_change_keeps_every_byte_beside_it() {
    let Some(server) = Server::open().await else { return };
    let (patient, nurse) = server.people().await;
    let body = json!({
        "resourceType": "Task", "status": "ready", "intent": "order", "description": "synthetic",
        "for": {"reference": patient},
        "extension": [{"url": "https://example.org/unknown", "valueDecimal": 10.0}],
        "note": [{"authorString": "desk", "text": "one"}, {"time": "2026-11-20", "text": "two", "extension": [{"url": "https://example.org/n", "valueBoolean": true}]}],
        "input": [
            {"type": {"text": "a"}, "valueBoolean": false},
            {"type": {"text": "b"}, "valueInteger": 0},
            {"type": {"text": "c"}, "valueQuantity": {"value": 2.5, "unit": "mg"}},
            {"type": {"coding": [{"system": "https://example.org/s", "code": "d"}]}, "valueMoney": {"value": 3.25, "currency": "EUR"}},
            {"type": {"text": "e"}, "valueDateTime": "2026-11"}]
    });
    let body = body.to_string().replace("\"value\":2.5", "\"value\":2.50");
    let id = server.post("/Task", &body).await;
    let before = server.text(&format!("/Task/{id}")).await;
    println!("2.50 is {}", if before.contains("2.50") { "kept" } else { "not kept" });
    let base = task_from_text(rounds::domain::task::SourceId(0), &before).unwrap();
    let call = update(&base, Field::Status, |task| task.status = Status::Completed);
    let sent = std::cell::RefCell::new(String::new());
    server.ask_seeing(&call, |request| sent.replace(request.body.clone().unwrap_or_default())).await.unwrap();
    assert_eq!(*sent.borrow(), before.replacen("\"ready\"", "\"completed\"", 1), "the body that was sent");
    let after = server.text(&format!("/Task/{id}")).await;
    let without_meta = |text: &str| {
        let mut value: Value = serde_json::from_str(text).unwrap();
        value.as_object_mut().unwrap().retain(|name, _| name != "meta" && name != "status");
        value
    };
    assert_eq!(without_meta(&after), without_meta(&before));
    assert_eq!(after.contains("2.50"), before.contains("2.50"));
    // A note on top, by me and now, and the others as they are.
    let base = task_from_text(rounds::domain::task::SourceId(0), &after).unwrap();
    let call =
        update(&base, Field::Note, |task| task.notes.push(Note { text: "three".into(), ..Note::default() }));
    let Reply::Updated { task, differs } = server.asked_as(&nurse, &call).await.unwrap() else { panic!() };
    assert!(differs.is_empty(), "{differs:?}");
    let [one, two, three] = task.notes.as_slice() else { panic!("{:?}", task.notes) };
    assert_eq!((one, two), (&base.notes[0], &base.notes[1]));
    assert_eq!(three.author.as_ref().map(Reference::raw), Some(&*nurse));
    assert!(three.time.as_ref().is_some_and(|time| time.raw().parse::<Timestamp>().is_ok()));
    let call = Call::ReadHistory { id: id.as_str().into() };
    match server.ask(&call).await {
        Ok(Reply::History(versions)) => {
            let statuses: Vec<_> =
                versions.iter().map(|task| (task.status.as_str(), task.notes.len())).collect();
            assert_eq!(statuses, [("completed", 3), ("completed", 2), ("ready", 2)]);
        }
        other => println!("no history: {other:?}"),
    }
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn people_are_found_by_name_and_id() {
    let Some(server) = Server::open().await else { return };
    let (patient, nurse) = server.people().await;
    for (kind, reference, name) in
        [(PersonKind::Patient, patient, "Synthetisch"), (PersonKind::Practitioner, nurse, "Probe")]
    {
        let id = Reference::new(&reference).id().to_owned();
        let Reply::Person(person) = server.ask(&Call::ReadPerson { kind, id: id.into() }).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(&*person.family, name);
        let call = Call::SearchPeople { kind, name: name.to_owned() };
        let Reply::People(people) = server.ask(&call).await.unwrap() else { panic!() };
        println!("{} found", people.len());
        assert!(people.iter().any(|one| *one.family == *name));
    }
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn what_is_cleared_is_gone_and_what_is_not_there_is_not_found() {
    let Some(server) = Server::open().await else { return };
    let (patient, nurse) = server.people().await;
    let base = server.made(&full(&patient, &nurse)).await;
    let fields = [Field::Owner, Field::Note, Field::Priority, Field::Restriction, Field::Input];
    let mut patch = Patch::of(&base);
    for field in fields {
        patch = patch.set(field, |task| task.copy(&Task::default(), field));
    }
    let call = Call::UpdateTask { base: Box::new(base), patch, idempotency_key: key() };
    let Reply::Updated { differs, .. } = server.ask(&call).await.unwrap() else { panic!() };
    assert!(differs.is_empty(), "{differs:?}");
    let missing = server.ask(&Call::ReadTask { id: "never-was".into() }).await.unwrap_err();
    println!("{missing}");
    assert_eq!(missing.kind, ErrorKind::NotFound);
}
