//! Every verb from the key to the store: exactly what was wanted changes, and nothing else.

use super::{Change, Desk, Ward, change};
use rounds::app::{Effect, Msg};
use serde_json::{Value, json};

/// Loads a ward with the task `task_verb` on it, lets keys be pressed on that, and gives what changed in the store.
async fn done_on(fields: Value, act: impl FnOnce(&mut Desk<'_>)) -> Vec<Change> {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_verb", fields).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_verb");
    act(&mut desk);
    assert!(ward.changes_since(&before).await.is_empty(), "nothing is written before the answer is awaited");
    desk.settle().await;
    assert!(desk.state.layers.is_empty(), "a dialog is left: {:?}", desk.said);
    assert!(desk.state.outbox.intents().is_empty());
    assert!(desk.heard("the source has it"), "{:?}", desk.said);
    let changes = ward.changes_since(&before).await;
    desk.press("R");
    desk.settle().await;
    assert_eq!(desk.ids(), ward.tasks().await.into_keys().collect::<Vec<_>>());
    changes
}

fn one(field: &str, before: Value, after: Value) -> Vec<Change> {
    vec![change("task_verb", field, before, after)]
}

#[tokio::test]
async fn verbs_of_one_key_change_one_field() {
    for (keys, field, before, after) in [
        ("a y", "status", json!("requested"), json!("accepted")),
        ("t y", "ownerId", Value::Null, json!("prac_night_nurse")),
        ("s Enter", "status", json!("requested"), json!("in-progress")),
        ("d y", "status", json!("requested"), json!("completed")),
        ("p u r g Enter y", "priority", Value::Null, json!("urgent")),
    ] {
        let changes = done_on(json!({}), |desk| desk.press(keys)).await;
        assert_eq!(changes, one(field, before, after), "{keys}");
    }
}

#[tokio::test]
async fn verbs_with_a_reason_change_status_and_reason() {
    for (keys, status) in [("w", "on-hold"), ("x", "cancelled")] {
        let changes = done_on(json!({}), |desk| {
            desk.press(keys);
            desk.write("waiting for the lab");
            desk.press("Enter");
        })
        .await;
        let wanted = [
            change("task_verb", "status", json!("requested"), json!(status)),
            change("task_verb", "statusReason", Value::Null, json!("waiting for the lab")),
        ];
        assert_eq!(changes, wanted, "{keys}");
    }
}

#[tokio::test]
async fn the_due_verb_keeps_the_start_of_the_period() {
    let start = json!({"start": "2026-01-05T08:00:00.000Z"});
    let changes = done_on(json!({"executionPeriod": start}), |desk| {
        desk.press("b");
        desk.write("2031-02-03 17:00");
        desk.press("Enter");
    })
    .await;
    let [Change { field, before, after, .. }] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((field.as_str(), before), ("executionPeriod", &start));
    assert_eq!(after["start"], start["start"]);
    let end: jiff::Timestamp = after["end"].as_str().unwrap().parse().unwrap();
    assert_eq!(end, "2031-02-03T17:00:00Z".parse().unwrap());
    assert!(after["end"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn the_owner_verb_gives_the_task_to_the_one_that_was_picked_by_name() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_verb", json!({})).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_verb");
    desk.press("o");
    desk.settle().await;
    desk.write("prac_pharmacist");
    desk.settle().await;
    desk.press("Enter y");
    desk.settle().await;
    assert_eq!(ward.changes_since(&before).await, one("ownerId", Value::Null, json!("prac_pharmacist")));
}

#[tokio::test]
async fn a_note_is_written_beneath_the_one_that_is_there() {
    let changes = done_on(json!({"note": "First call: no answer"}), |desk| {
        desk.press("c");
        desk.write("Second call: will come");
        desk.press("Enter");
    })
    .await;
    let after = json!("First call: no answer\nSecond call: will come");
    assert_eq!(changes, one("note", json!("First call: no answer"), after));
}

#[tokio::test]
async fn an_edit_by_form_and_one_by_editor_send_only_what_was_edited() {
    let old = json!("Synthetic task task_verb");
    let changes = done_on(json!({}), |desk| {
        desk.press("e");
        desk.fill("description", "Weigh again");
        desk.fill("businessStatus", "Scale found");
        desk.press("F2 F2");
    })
    .await;
    let wanted = [
        change("task_verb", "businessStatus", Value::Null, json!("Scale found")),
        change("task_verb", "description", old.clone(), json!("Weigh again")),
    ];
    assert_eq!(changes, wanted);

    let changes = done_on(json!({}), |desk| {
        desk.press("E");
        let text = desk.wanted.iter().rev().find_map(|effect| match effect {
            Effect::EditExternally(text) => Some(text.clone()),
            _ => None,
        });
        let edited = text.unwrap().replace("Synthetic task task_verb", "Weigh\ntwice");
        desk.take(Msg::Edited(Ok(Some(edited))));
        desk.press("F2 F2");
    })
    .await;
    assert_eq!(changes, one("description", old, json!("Weigh\ntwice")));
}

#[tokio::test]
async fn headings_in_a_long_text_come_back_from_the_editor() {
    let text = "Plan\n# Today\nweigh\n---\n# Tomorrow\nagain";
    let changes = done_on(json!({"note": text}), |desk| {
        desk.press("E");
        let Some(Effect::EditExternally(given)) = desk.wanted.last() else { panic!("{:?}", desk.wanted) };
        let edited = given.replace("weigh", "weigh him");
        desk.take(Msg::Edited(Ok(Some(edited))));
        desk.press("F2 F2");
    })
    .await;
    assert_eq!(changes, one("note", json!(text), json!(text.replace("weigh", "weigh him"))));
}

#[tokio::test]
async fn marks_are_changed_together_and_a_stat_among_them_wants_the_count() {
    let ward = Ward::with_tasks(30).await;
    for id in ["task_one", "task_two", "task_three"] {
        let priority = if id == "task_two" { "stat" } else { "routine" };
        ward.plant(id, json!({"priority": priority})).await;
    }
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    for id in ["task_one", "task_two", "task_three"] {
        desk.select(id);
        desk.press("Space");
    }
    desk.press("t Enter");
    assert_eq!(desk.state.layers.len(), 1, "the count was not typed");
    desk.write("3");
    desk.press("Enter");
    desk.settle().await;
    let wanted = ["task_one", "task_three", "task_two"]
        .map(|id| change(id, "ownerId", Value::Null, json!("prac_night_nurse")));
    assert_eq!(ward.changes_since(&before).await, wanted);
}

/// Every line of the form with what is typed there, and the field of the store with what must be in it.
fn whole_task() -> (Vec<(&'static str, &'static str)>, Value) {
    let typed = vec![
        ("status", "draft"),
        ("intent", "proposal"),
        ("priority", "asap"),
        ("code", "synthetic-round"),
        ("description", "Check the line\nthen the pump"),
        ("patient", "pt_planted"),
        ("encounter", "enc_ward_4c_007"),
        ("focus", "ServiceRequest/sr_9"),
        ("requester", "prac_lab"),
        ("owner", "prac_pharmacist"),
        ("executionPeriod.start", "2031-02-03T08:00:00Z"),
        ("executionPeriod.end", "2031-02-03T09:30:00Z"),
        ("authoredOn", "2031-02-01T07:15:30.250Z"),
        ("reasonCode", "Synthetic reason"),
        ("statusReason", "Not yet asked"),
        ("businessStatus", "On paper"),
        ("note", "Bring the blue form"),
        ("basedOn", "ServiceRequest/sr_1 ServiceRequest/sr_2"),
        ("partOf", "task_whole"),
        ("input", "tries = 0\nisolation = false\nside = left"),
        ("output", "pages = 2"),
        ("restriction.repetitions", "3"),
        ("restriction.period.start", "2031-02-03T08:00:00Z"),
        ("restriction.period.end", "2031-02-04"),
        ("restriction.recipientIds", "prac_lab prac_pharmacist"),
    ];
    let stored = json!({
        "status": "draft", "intent": "proposal", "priority": "asap", "code": "synthetic-round",
        "description": "Check the line\nthen the pump", "patientId": "pt_planted", "encounterId": "enc_ward_4c_007",
        "focusId": "ServiceRequest/sr_9", "requesterId": "prac_lab", "ownerId": "prac_pharmacist",
        "executionPeriod": {"start": "2031-02-03T08:00:00Z", "end": "2031-02-03T09:30:00Z"},
        "authoredOn": "2031-02-01T07:15:30.250Z", "reasonCode": "Synthetic reason", "statusReason": "Not yet asked",
        "businessStatus": "On paper", "note": "Bring the blue form",
        "basedOn": ["ServiceRequest/sr_1", "ServiceRequest/sr_2"], "partOf": ["task_whole"],
        "input": [
            {"type": "tries", "valueInteger": 0}, {"type": "isolation", "valueBoolean": false},
            {"type": "side", "valueString": "left"}
        ],
        "output": [{"type": "pages", "valueInteger": 2}],
        "restriction": {
            "repetitions": 3, "period": {"start": "2031-02-03T08:00:00Z", "end": "2031-02-04"},
            "recipientIds": ["prac_lab", "prac_pharmacist"]
        }
    });
    (typed, stored)
}

#[tokio::test]
async fn a_new_task_with_every_field_is_in_the_store_field_for_field() {
    let ward = Ward::with_tasks(30).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    let (typed, stored) = whole_task();
    desk.press("n");
    let lines = desk.form().form.fields.iter().map(|field| field.input.path());
    let lines: Vec<&str> = lines.filter(|path| *path != "quick").collect();
    assert_eq!(lines, typed.iter().map(|(path, _)| *path).collect::<Vec<_>>(), "every line is filled");
    for (path, text) in typed {
        desk.fill(path, text);
    }
    desk.press("F2");
    let review = desk.form().review.clone();
    assert!(review.is_some_and(|line| line.contains("pt_planted")), "{:?}", desk.form().form.problem);
    desk.press("Enter");
    desk.settle().await;
    assert!(desk.state.layers.is_empty(), "{:?}", desk.said);
    let after = ward.tasks().await;
    let made: Vec<&String> = after.keys().filter(|id| !before.contains_key(*id)).collect();
    let [id] = made.as_slice() else { panic!("{made:?}") };
    let mut row = after[*id].as_object().unwrap().clone();
    for own in ["id", "createdAt", "lastModified"] {
        row.remove(own);
    }
    assert_eq!(Value::Object(row), stored);
    assert!(desk.task(id).is_some(), "it shows at once");
    assert_eq!(ward.requests("POST").await.len(), 1);
}

#[tokio::test]
async fn contract_02_each_limit_passes_at_its_edge_and_is_refused_one_past_it_before_anything_is_sent() {
    let ward = Ward::with_tasks(12).await;
    let mut desk = Desk::loaded(&ward).await;
    for (path, limit) in [
        ("statusReason", 500),
        ("businessStatus", 200),
        ("code", 200),
        ("description", 2000),
        ("reasonCode", 500),
        ("note", 2000),
    ] {
        let sent = ward.requests("POST").await.len();
        desk.press("n");
        desk.fill("status", "requested");
        desk.fill(path, &"x".repeat(limit + 1));
        desk.press("F2");
        let wrong = desk.form().form.fields.iter().find(|field| field.problem.is_some());
        assert_eq!(wrong.map(|field| field.input.path()), Some(path));
        assert!(desk.form().review.is_none());
        assert_eq!(ward.requests("POST").await.len(), sent, "{path}");
        desk.press("Backspace F2 F2");
        desk.settle().await;
        let stored = ward.tasks().await;
        let exact = |row: &&Value| row[path].as_str().is_some_and(|text| text == "x".repeat(limit));
        assert_eq!(stored.values().filter(exact).count(), 1, "{path}: {:?}", desk.said.last());
    }
}

#[tokio::test]
async fn contract_03_lengths_are_counted_in_utf_16_units_on_both_sides() {
    let ward = Ward::with_tasks(12).await;
    let mut desk = Desk::loaded(&ward).await;
    desk.press("n");
    desk.fill("status", "requested");
    desk.fill("statusReason", &"😀".repeat(251));
    desk.press("F2");
    let line = desk.form().form.fields.iter().find(|field| field.problem.is_some()).unwrap();
    assert_eq!(line.input.path(), "statusReason");
    desk.press("Backspace F2 F2");
    desk.settle().await;
    assert!(desk.state.layers.is_empty(), "{:?}", desk.said);
    let stored = ward.tasks().await;
    assert!(stored.values().any(|row| row["statusReason"] == "😀".repeat(250)));
}

#[tokio::test]
async fn moving_in_the_quick_line_leaves_what_was_typed_elsewhere() {
    let ward = Ward::with_tasks(12).await;
    let mut desk = Desk::loaded(&ward).await;
    desk.press("n");
    desk.fill("quick", "!urgent Weigh him");
    desk.fill("description", "Weigh him twice");
    for _ in 0..40 {
        if desk.form().form.current().is_some_and(|field| field.input.path() == "quick") {
            break;
        }
        desk.press("Tab");
    }
    desk.press("Left Left");
    let form = &desk.form().form;
    let text = |path: &str| form.fields.iter().find(|field| field.input.path() == path).unwrap().text.text();
    assert_eq!((text("description"), text("priority")), ("Weigh him twice".to_owned(), "urgent".to_owned()));
}
