//! Somebody else is faster, or nobody knows whether a write arrived: nothing is overwritten, nothing is made twice.

use super::{Change, Desk, Ward, change};
use rounds::app::{layers::Layer, outbox::IntentState};
use serde_json::{Value, json};

#[tokio::test]
async fn a_colleagues_claim_wins_the_race_and_is_told() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_race", json!({})).await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_race");
    desk.press("t");
    ward.colleague(json!({"id": "task_race", "patch": {"ownerId": "prac_intern", "status": "accepted"}}))
        .await;
    let claimed = ward.tasks().await;
    desk.press("y");
    desk.settle().await;
    assert!(desk.heard("took it first"), "{:?}", desk.said);
    assert!(ward.changes_since(&claimed).await.is_empty());
    assert!(ward.requests("PATCH").await.is_empty(), "nothing was sent");
    let task = desk.task("task_race").unwrap();
    assert_eq!(task.owner.map(|owner| owner.id().to_owned()).as_deref(), Some("prac_intern"));
    assert!(desk.state.outbox.intents().is_empty());
}

#[tokio::test]
async fn an_edit_over_a_colleagues_change_shows_theirs_and_keeps_ours() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_race", json!({})).await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_race");
    desk.press("e");
    desk.fill("description", "What I typed");
    ward.colleague(json!({"id": "task_race", "patch": {"description": "What they typed"}})).await;
    let theirs = ward.tasks().await;
    desk.press("F2 F2");
    desk.settle().await;
    assert!(ward.changes_since(&theirs).await.is_empty());
    let Some(Layer::Conflict(conflict)) = desk.state.layers.last() else { panic!("{:?}", desk.state.layers) };
    let row = conflict.rows.iter().find(|row| row.label == "Description").unwrap();
    assert_eq!((row.mine.as_str(), row.theirs.as_str()), ("What I typed", "What they typed"));
    desk.press("Enter");
    desk.settle().await;
    assert!(ward.changes_since(&theirs).await.is_empty(), "nothing goes out that was not decided");
    desk.press("m Enter");
    desk.settle().await;
    let wanted = change("task_race", "description", json!("What they typed"), json!("What I typed"));
    assert_eq!(ward.changes_since(&theirs).await, [wanted]);
}

#[tokio::test]
async fn a_conflict_that_only_the_server_sees_keeps_the_text() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_race", json!({})).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_race");
    ward.fault(json!({"next": [{"fault": "conflict_409", "method": "PATCH"}]})).await;
    desk.press("w");
    desk.write("the scanner is down");
    desk.press("Enter");
    desk.settle().await;
    assert!(ward.changes_since(&before).await.is_empty());
    // What stands there is read and shown beside the user's own.
    let Some(Layer::Conflict(conflict)) = desk.state.layers.last() else { panic!("{:?}", desk.state.layers) };
    let reason = conflict.rows.iter().find(|row| row.label == "Status reason").map(|row| row.mine.as_str());
    assert_eq!(reason, Some("the scanner is down"));
    assert!(desk.state.outbox.intents().iter().any(rounds::app::outbox::Intent::needs_user));
    assert_eq!(desk.task("task_race").unwrap().status.as_str(), "requested");
}

#[tokio::test]
async fn a_refused_create_comes_back_to_its_form_with_its_text() {
    let ward = Ward::with_tasks(30).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    ward.fault(json!({"strict_references": true})).await;
    fill_new(&mut desk, "Typed with care");
    desk.fill("patient", "pt_nobody");
    desk.press("F2 F2");
    desk.settle().await;
    let form = &desk.form().form;
    let field = |path: &str| form.fields.iter().find(|field| field.input.path() == path).unwrap();
    assert_eq!(field("description").text.text(), "Typed with care");
    assert!(field("patient").problem.is_some());
    assert!(ward.changes_since(&before).await.is_empty());
    desk.fill("patient", "");
    desk.press("F2 F2");
    desk.settle().await;
    assert!(desk.state.layers.is_empty(), "{:?}", desk.said);
    assert_eq!(ward.tasks().await.len(), before.len() + 1);
}

fn fill_new(desk: &mut Desk<'_>, description: &str) {
    desk.press("n");
    desk.fill("status", "requested");
    desk.fill("description", description);
}

/// Sends a new task into a fault, waits for the look, and gives how many were found.
async fn lost_create(desk: &mut Desk<'_>, ward: &Ward, fault: &str, commit: bool) -> usize {
    ward.fault(json!({"next": [{"fault": fault, "method": "POST", "commit": commit}]})).await;
    fill_new(desk, "Made in doubt");
    desk.press("F2 F2");
    desk.settle().await;
    assert!(desk.heard("It may have been done; looking"), "{:?}", desk.said);
    let began = ward.now().as_second();
    desk.until("the look", |state| {
        state.outbox.intents().iter().any(|intent| matches!(intent.state, IntentState::Unknown { .. }))
    })
    .await;
    assert!(ward.now().as_second() - began >= 10, "search lags about ten seconds");
    assert_eq!(ward.requests("POST").await.len(), 1, "nothing is sent again by itself");
    let Some(Layer::Confirm(confirm)) = desk.state.layers.last() else { panic!("{:?}", desk.state.layers) };
    confirm.found.len()
}

fn made(changes: &[Change]) -> usize {
    changes.iter().filter(|change| change.field == "id" && change.before == Value::Null).count()
}

#[tokio::test]
async fn contract_18_a_create_whose_answer_was_lost_is_found_and_never_doubled() {
    let ward = Ward::with_tasks(30).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    assert_eq!(lost_create(&mut desk, &ward, "drop_after_commit", true).await, 1, "it was found");
    assert_eq!(made(&ward.changes_since(&before).await), 1);
    // Enter and y are no answer here: a create goes out again only by its own key.
    desk.press("s");
    desk.settle().await;
    assert!(desk.heard("the source has it"), "{:?}", desk.said);
    assert!(desk.state.layers.is_empty() && desk.state.outbox.intents().is_empty());
    assert_eq!(made(&ward.changes_since(&before).await), 1, "the same key gives the same task");
    let sent = ward.requests("POST").await;
    assert_eq!(sent.len(), 2);
    assert!(sent[0]["idempotencyKey"].is_string());
    assert_eq!(sent[0]["idempotencyKey"], sent[1]["idempotencyKey"]);
    assert_eq!(sent[0]["body"], sent[1]["body"]);
    desk.wait_s(65).await;
    assert_eq!(desk.ids(), ward.tasks().await.into_keys().collect::<Vec<_>>());

    fill_new(&mut desk, "Another one");
    desk.press("F2 F2");
    desk.settle().await;
    let sent = ward.requests("POST").await;
    assert_ne!(sent[1]["idempotencyKey"], sent[2]["idempotencyKey"], "a new draft has a new key");
}

#[tokio::test]
async fn contract_18_a_create_that_was_found_can_be_let_go() {
    let ward = Ward::with_tasks(30).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    assert_eq!(lost_create(&mut desk, &ward, "drop_after_commit", true).await, 1);
    desk.press("x");
    desk.settle().await;
    assert!(desk.state.layers.is_empty() && desk.state.outbox.intents().is_empty());
    assert_eq!(ward.requests("POST").await.len(), 1);
    assert_eq!(made(&ward.changes_since(&before).await), 1);
    assert_eq!(desk.ids(), ward.tasks().await.into_keys().collect::<Vec<_>>(), "what was found is shown");
}

#[tokio::test]
async fn contract_18_a_create_that_never_arrived_keeps_its_draft() {
    let ward = Ward::with_tasks(30).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    assert_eq!(lost_create(&mut desk, &ward, "drop_before", false).await, 0);
    desk.press("x");
    desk.settle().await;
    let form = &desk.form().form;
    let line = form.fields.iter().find(|field| field.input.path() == "description").unwrap();
    assert_eq!(line.text.text(), "Made in doubt");
    desk.press("F2 F2");
    desk.settle().await;
    assert!(desk.state.layers.is_empty(), "{:?}", desk.said);
    assert_eq!(made(&ward.changes_since(&before).await), 1);
}

#[tokio::test]
async fn a_create_under_each_odd_answer_is_in_the_store_at_most_once() {
    for (fault, commit) in [
        ("html_200", true),
        ("html_502", true),
        ("empty_500", true),
        ("truncated_json", true),
        ("redirect", false),
        ("huge_body", true),
    ] {
        let ward = Ward::with_tasks(12).await;
        let before = ward.tasks().await;
        let mut desk = Desk::loaded(&ward).await;
        let found = lost_create(&mut desk, &ward, fault, commit).await;
        assert_eq!(found, usize::from(commit), "{fault}");
        assert_eq!(made(&ward.changes_since(&before).await), usize::from(commit), "{fault}");
        desk.press("s");
        desk.settle().await;
        assert_eq!(made(&ward.changes_since(&before).await), 1, "{fault}");
    }
}

#[tokio::test]
async fn contract_18_a_change_whose_answer_was_lost_is_read_back() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_lost", json!({})).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_lost");
    ward.fault(json!({"next": [{"fault": "drop_after_commit", "method": "PATCH"}]})).await;
    desk.press("d y");
    desk.until("the look", |state| state.outbox.intents().is_empty()).await;
    assert!(desk.heard("the source has it"), "{:?}", desk.said);
    assert_eq!(ward.requests("PATCH").await.len(), 1);
    let wanted = change("task_lost", "status", json!("requested"), json!("completed"));
    assert_eq!(ward.changes_since(&before).await, [wanted]);
}

#[tokio::test]
async fn a_change_that_never_arrived_is_shown_as_the_source_has_it_until_the_user_decides() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_lost", json!({})).await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_lost");
    ward.fault(json!({"next": [{"fault": "drop_before", "method": "PATCH"}]})).await;
    desk.press("d y");
    desk.until("the look", |state| state.layers.iter().any(|layer| matches!(layer, Layer::Confirm(_)))).await;
    assert_eq!(desk.task("task_lost").unwrap().status.as_str(), "requested");
    assert_eq!(ward.requests("PATCH").await.len(), 1);
    // A dialog can be left and found again.
    desk.press("Esc");
    assert!(desk.state.layers.is_empty());
    desk.press("g q Enter s");
    desk.settle().await;
    assert_eq!(ward.tasks().await["task_lost"]["status"], "completed");
    assert!(desk.state.outbox.intents().is_empty());
}
