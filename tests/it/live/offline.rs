//! Two minutes without a network, with ten writes queued: all ten arrive once and in order, and the screen says so.

use super::{Desk, Ward, desk::SOURCE};
use ratatui::{Terminal, backend::TestBackend};
use rounds::{
    app::{Effect, State, outbox::IntentState, source::Link},
    ui::{self, theme::Theme},
};
use serde_json::{Value, json};

/// How many writes are queued.
const EDITS: usize = 10;

fn screen(state: &State) -> String {
    let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
    terminal.draw(|frame| _ = ui::draw(state, &Theme::default(), frame)).unwrap();
    terminal.backend().to_string()
}

/// The ids in the paths of the changes that the server got, oldest first.
async fn changed(ward: &Ward) -> Vec<String> {
    let asked = ward.requests("PATCH").await;
    let id = |row: &Value| row["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    asked.iter().map(id).collect()
}

fn queue(desk: &mut Desk<'_>, ids: &[String]) {
    for id in ids {
        desk.select(id);
        desk.press("d y");
    }
}

async fn planted(ward: &Ward) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..EDITS {
        let id = format!("task_queued_{number}");
        ward.plant(&id, json!({})).await;
        ids.push(id);
    }
    ids
}

#[tokio::test]
async fn ten_edits_queued_offline_arrive_once_and_in_order_and_the_screen_says_so_all_along() {
    let ward = Ward::with_tasks(30).await;
    let ids = planted(&ward).await;
    let mut desk = Desk::loaded(&ward).await;
    let before = ward.tasks().await;
    ward.fault(json!({"offline": true})).await;
    queue(&mut desk, &ids);
    for _ in 0..12 {
        desk.wait_s(10).await;
        let shown = screen(&desk.state);
        assert!(shown.contains("^ 10 unsent"), "{shown}");
        let waits = |state: &IntentState| matches!(state, IntentState::Waiting { .. });
        assert!(desk.state.outbox.intents().iter().all(|intent| waits(&intent.state)), "nothing is in doubt");
    }
    assert!(desk.heard("Not sent yet, it waits"), "{:?}", desk.said);
    assert!(!desk.said.iter().any(|said| said.contains("the source has it")), "{:?}", desk.said);
    assert!(ward.changes_since(&before).await.is_empty());

    ward.fault(json!({"offline": false})).await;
    let back = ward.now().as_second();
    desk.until("the queue", |state| state.outbox.intents().is_empty()).await;
    assert!(ward.now().as_second() - back <= 35, "back within 35 s unattended");
    assert_eq!(changed(&ward).await, ids, "each once, in the order in which they were confirmed");
    assert_eq!(desk.said.iter().filter(|said| said.contains("the source has it")).count(), EDITS);
    assert!(!screen(&desk.state).contains("unsent"));
    for id in &ids {
        assert_eq!(ward.tasks().await[id]["status"], "completed");
    }
}

#[tokio::test]
async fn a_pause_in_the_middle_of_a_queue_holds_all_of_it_back() {
    let ward = Ward::with_tasks(30).await;
    let ids = planted(&ward).await;
    let mut desk = Desk::loaded(&ward).await;
    ward.fault(json!({"next": [{"fault": "rate_limited", "method": "PATCH"}]})).await;
    queue(&mut desk, &ids);
    desk.settle().await;
    assert_eq!(changed(&ward).await.len(), 1, "nothing more is asked of a server that wants a pause");
    desk.until("the queue", |state| state.outbox.intents().is_empty()).await;
    assert_eq!(changed(&ward).await[1..], ids, "then all of them, in order");
}

#[tokio::test]
async fn a_key_that_is_refused_in_the_middle_of_a_queue_stops_it_and_a_new_one_lets_all_of_it_go_on() {
    let ward = Ward::with_tasks(30).await;
    let ids = planted(&ward).await;
    let mut desk = Desk::loaded(&ward).await;
    ward.fault(json!({"offline": true})).await;
    queue(&mut desk, &ids);
    desk.wait_s(30).await;
    ward.fault(json!({"offline": false})).await;
    desk.until("some of the queue", |state| state.outbox.intents().len() <= EDITS - 3).await;
    // The key ends while the rest waits.
    desk.new_key("clk_test_sandbox_revoked");
    desk.actor.act(Effect::RenewCredential(SOURCE));
    desk.until("the refusal", |state| matches!(state.sources[0].link, Link::Stopped { .. })).await;
    desk.settle().await;
    let left = desk.state.outbox.intents().len();
    assert!(left > 0, "some of the queue was behind the refusal");
    let shown = screen(&desk.state);
    assert!(shown.contains(&format!("^ {left} unsent")) && shown.contains("revoked"), "{shown}");
    desk.wait_s(300).await;
    assert_eq!(desk.state.outbox.intents().len(), left, "nothing is lost while it stands");

    desk.new_key(&ward.handle.key);
    desk.press("R");
    desk.until("the rest", |state| state.outbox.intents().is_empty()).await;
    for id in &ids {
        assert_eq!(ward.tasks().await[id]["status"], "completed", "{id}");
    }
    let asked = ward.requests("PATCH").await;
    let done: Vec<&str> = asked
        .iter()
        .filter(|row| row["status"] == 200)
        .filter_map(|row| row["path"].as_str()?.rsplit('/').next())
        .collect();
    assert_eq!(done, ids, "each once, and in order");
}
