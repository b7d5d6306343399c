//! Three systems on one desk: each with its own rules, and none in the way of the others.

use super::{
    Desk, Ward,
    desk::{CLINIC, DENTAL, HOSPITAL},
};
use rounds::{
    app::{Msg, layers::Layer, source::Link, writes},
    domain::{
        people::Reference,
        priority::Priority,
        status::Status,
        task::{Intent, SourceId, Task, TaskKey},
        time::DateTime,
    },
};
use serde_json::{Value, json};

/// The systems by their names on the control port.
const SYSTEMS: [(SourceId, &str); 3] = [(CLINIC, "clinikapi"), (DENTAL, "opendental"), (HOSPITAL, "omniehr")];

/// An open task of ours that is plain enough to be worked on.
fn ours(desk: &Desk<'_>, source: SourceId) -> Task {
    let me = desk.of(source).me.clone();
    let is_ours =
        |task: &Task| source == DENTAL || task.owner.as_ref().map(|owner| owner.id().to_owned()) == me;
    let is_plain =
        |task: &Task| task.patient.is_some() && task.repeats.is_none() && task.held_until.is_none();
    let has_room =
        |task: &Task| task.priority != Some(Priority::Stat) && task.restriction.period.end.is_none();
    desk.find(source, |task| {
        task.status == Status::Requested
            && is_ours(task)
            && is_plain(task)
            && (source == DENTAL || has_room(task))
    })
}

/// Presses a verb's keys on a task and waits until its write has settled.
async fn did(desk: &mut Desk<'_>, key: &TaskKey, keys: &str, text: &str) {
    desk.select_key(key);
    desk.press(keys);
    if !text.is_empty() {
        desk.write(text);
        desk.press("Enter");
    }
    desk.settle().await;
    if !desk.state.layers.is_empty() {
        desk.press("y");
    }
    desk.until("the write", |state| state.outbox.intents().is_empty()).await;
    desk.settle().await;
}

#[tokio::test]
async fn each_system_is_stopped_in_turn_while_the_others_stay_live_and_it_comes_back_by_itself() {
    let ward = Ward::with_tasks(60).await;
    let mut desk = Desk::of_three(&ward, "practitioner").await;
    let rows = desk.state.worklist.rows.len();
    let held = |desk: &Desk<'_>, source| desk.state.store.count_of(source);
    assert!(SYSTEMS.iter().all(|(source, _)| held(&desk, *source) > 10), "all three are in the table");
    for (dead, system) in SYSTEMS {
        ward.fault(json!({"system": system, "offline": true})).await;
        desk.wait_s(300).await;
        for (source, name) in SYSTEMS {
            let (link, text) = (&desk.of(source).link, desk.of(source).freshness(desk.state.now));
            if source == dead {
                assert!(matches!(link, Link::Degraded { .. }), "{name}: {link:?}");
                assert!(text.contains('~') && text.contains('m'), "{name} ages visibly: {text}");
            } else {
                assert_eq!(
                    (link, text.contains('~')),
                    (&Link::Live, false),
                    "{name} beside {system}: {text}"
                );
            }
        }
        assert_eq!(desk.state.worklist.rows.len(), rows, "no row is lost with {system}");
        ward.fault(json!({"system": system, "offline": false})).await;
        let began = ward.now().as_second();
        desk.until("its return", |state| !state.sources[usize::from(dead.0)].is_stale(state.now)).await;
        assert!(ward.now().as_second() - began <= 35, "{system}");
        assert_eq!(desk.of(dead).link, Link::Live, "{system}");
    }
}

#[tokio::test]
async fn completing_noting_and_another_priority_reach_the_store_of_each_system() {
    let ward = Ward::with_tasks(80).await;
    let mut desk = Desk::of_three(&ward, "practitioner").await;
    for (source, system) in SYSTEMS {
        let key = ours(&desk, source).key;
        did(&mut desk, &key, "c", "rang the ward").await;
        did(&mut desk, &key, "d", "").await;
        let row = ward.row(system, &key.id).await;
        let (status, note) = match source {
            DENTAL => {
                let notes = ward.rows(system, "tasknotes").await;
                let ours =
                    |note: &&Value| note["Note"] == "rang the ward" && note["TaskNum"] == row["TaskNum"];
                (&row["TaskStatus"], notes.iter().filter(ours).count())
            }
            _ => (&row["status"], usize::from(row["note"].to_string().contains("rang the ward"))),
        };
        let done = if source == DENTAL { "Done" } else { "completed" };
        assert_eq!((status, note), (&json!(done), 1), "{system}: {:?}", desk.said);

        let key = ours(&desk, source).key;
        desk.select_key(&key);
        desk.press("p");
        desk.press("Enter");
        desk.settle().await;
        desk.press("y");
        desk.until("the priority", |state| state.outbox.intents().is_empty()).await;
        let row = ward.row(system, &key.id).await;
        let (held, wanted) = match source {
            DENTAL => (&row["PriorityDefNum"], json!(358)),
            _ => (&row["priority"], json!("stat")),
        };
        assert_eq!(held, &wanted, "{system}: {:?}", desk.said);
    }
}

/// What is said to a verb that its system does not do, on the line at the foot or in a dialog that only tells.
async fn refusal(desk: &mut Desk<'_>, key: &TaskKey, keys: &str) -> String {
    desk.select_key(key);
    desk.said.clear();
    desk.press(keys);
    desk.settle().await;
    let told: Vec<String> = match desk.state.layers.pop() {
        None => std::mem::take(&mut desk.said),
        Some(Layer::Tell(tell)) => tell.lines,
        Some(other) => panic!("{keys} opens {other:?}"),
    };
    told.join(" ")
}

#[tokio::test]
async fn what_a_system_or_a_role_lacks_is_said_before_any_request() {
    let ward = Ward::with_tasks(60).await;
    let mut desk = Desk::of_three(&ward, "auditor").await;
    let key = desk.find(HOSPITAL, |task| task.status == Status::Requested).key;
    let writes = async || ward.requests("PUT").await.len() + ward.asked("omniehr", "POST", "/Task").await;
    for keys in ["d", "c", "p", "t", "o", "e"] {
        let why = refusal(&mut desk, &key, keys).await;
        assert!(why.contains("auditor"), "{keys}: {why}");
    }
    let key = desk.find(DENTAL, |task| task.status == Status::Requested).key;
    for keys in ["t", "s", "o"] {
        let why = refusal(&mut desk, &key, keys).await;
        assert!(why.contains("Open Dental"), "{keys}: {why}");
    }
    assert_eq!(writes().await, 0);
}

#[tokio::test]
async fn contract_fhir_08_a_token_of_two_seconds_ends_in_a_new_login_and_no_double_write() {
    let ward = Ward::with_tasks(60).await;
    ward.fault(json!({"system": "omniehr", "token_s": 2})).await;
    let mut desk = Desk::of_three(&ward, "practitioner").await;
    let logins = ward.asked("omniehr", "POST", "/auth/login").await;
    let key = ours(&desk, HOSPITAL).key;
    ward.pass(std::time::Duration::from_secs(3));
    did(&mut desk, &key, "d", "").await;
    assert_eq!(ward.row("omniehr", &key.id).await["status"], "completed", "{:?}", desk.said);
    assert_eq!(ward.asked("omniehr", "PUT", "/Task").await, 1);
    assert!(ward.asked("omniehr", "POST", "/auth/login").await > logins, "a new login");
}

/// A task to be made at a source.
fn draft(desk: &Desk<'_>, source: SourceId, number: usize) -> Task {
    let like = ours(desk, source);
    Task {
        key: TaskKey { source, id: "".into() },
        status: Status::Requested,
        intent: (source != DENTAL).then(|| Intent::parse("order")),
        description: Some(format!("Synthetic lost create {number}").into()),
        patient: like.patient.as_ref().map(|patient| Reference::new(patient.raw())),
        owner: like.owner.as_ref().map(|owner| Reference::new(owner.raw())),
        requester: (source == CLINIC).then(|| Reference::new(rounds::sandbox::DEMO_USER)),
        authored_on: (source != DENTAL).then(|| DateTime::from_instant(desk.state.now)),
        ..Task::default()
    }
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_ends_with_exactly_one_task_in_each_system() {
    let ward = Ward::with_tasks(60).await;
    let mut desk = Desk::of_three(&ward, "practitioner").await;
    let faults = [
        json!({"fault": "drop_after_commit", "method": "POST"}),
        json!({"fault": "truncated_json", "method": "POST"}),
        json!({"fault": "empty_500", "method": "POST", "commit": true}),
        json!({"fault": "html_200", "method": "POST", "commit": true}),
    ];
    for (source, system) in SYSTEMS {
        for (number, fault) in faults.iter().enumerate() {
            let path = if source == HOSPITAL { "/Task" } else { "/tasks" };
            let posts = ward.asked(system, "POST", path).await;
            let draft = draft(&desk, source, number);
            let text = draft.description.clone().unwrap();
            ward.fault(json!({"system": system, "next": [fault]})).await;
            writes::send_create(&mut desk.state, source, draft, "New".to_owned());
            desk.take(Msg::Focus(true));
            desk.until("the create", |state| {
                state.outbox.intents().iter().all(rounds::app::outbox::Intent::needs_user)
            })
            .await;
            let rows = ward.rows(system, "tasks").await;
            let made =
                rows.iter().filter(|row| row["description"] == *text || row["Descript"] == *text).count();
            assert_eq!(made, 1, "{system} {fault}: {:?}", desk.said);
            assert_eq!(ward.asked(system, "POST", path).await, posts + 1, "{system} {fault}: sent once");
            for intent in desk.state.outbox.intents().iter().map(|intent| intent.id).collect::<Vec<_>>() {
                desk.state.outbox.drop_intent(intent);
            }
        }
    }
}
