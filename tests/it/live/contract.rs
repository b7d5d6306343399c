//! Contract clinikapi §5 where client and server meet: paging, partial updates, search lag, ids and text from outside.

use super::{Desk, Ward, change};
use rounds::app::Msg;
use serde_json::{Value, json};

const KEY: &str = "x-api-key: clk_test_sandbox_write";

#[tokio::test]
async fn contract_11_a_change_carries_only_what_changed() {
    let ward = Ward::with_tasks(12).await;
    ward.plant("task_part", json!({"priority": "urgent", "note": "keep me"})).await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_part");
    desk.press("d y");
    desk.settle().await;
    let sent = ward.requests("PATCH").await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["body"], json!({"status": "completed"}));
    assert!(sent[0]["idempotencyKey"].is_string());
}

#[tokio::test]
async fn contract_14_counts_and_cursors_that_make_no_sense_are_no_error() {
    let ward = Ward::open().await;
    for (count, rows) in [("100", 100), ("0", 20), ("-1", 20), ("abc", 20), ("1000", 100)] {
        let (status, page) = ward.ask(&format!("GET /v1/tasks?count={count}"), &[KEY], "").await;
        assert_eq!((status, page["data"]["data"].as_array().map(Vec::len)), (200, Some(rows)), "{count}");
    }
    let first = ward.ask("GET /v1/tasks?count=5", &[KEY], "").await.1;
    let junk = ward.ask("GET /v1/tasks?count=5&cursor=abc", &[KEY], "").await.1;
    assert_eq!(first["data"]["data"], junk["data"]["data"]);
}

#[tokio::test]
async fn contract_14_a_row_that_comes_between_two_pages_is_shown_once() {
    let ward = Ward::open().await;
    let mut desk = Desk::new(&ward, &ward.handle.key);
    desk.take(Msg::Start);
    let mut planted = false;
    while desk.is_busy() {
        let msg = desk.actor.next().await;
        let is_page = matches!(&msg, Msg::Heard { .. }) && desk.state.sync.is_polling(super::desk::SOURCE);
        desk.take(msg);
        // After a whole page of the sweep the next offset is off by one.
        if is_page && desk.state.store.len() >= 100 && !planted {
            planted = true;
            ward.plant("task_between", json!({"authoredOn": "2099-01-01T00:00:00.000Z"})).await;
        }
    }
    assert!(planted);
    let places = desk.state.worklist.rows.clone();
    let mut unique = places.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), places.len());
    desk.wait_s(65).await;
    assert_eq!(desk.ids(), ward.tasks().await.into_keys().collect::<Vec<_>>());
    assert_eq!(desk.state.worklist.rows.len(), 251);
}

#[tokio::test]
async fn contract_19_a_lagging_search_neither_hides_nor_doubles_nor_turns_back() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_lag", json!({})).await;
    ward.plant("task_gone", json!({})).await;
    let mut desk = Desk::loaded(&ward).await;
    ward.pass(std::time::Duration::from_secs(11));
    ward.fault(json!({"lag_ms": 10_000})).await;

    desk.press("n");
    desk.fill("status", "requested");
    desk.fill("description", "Made under lag");
    desk.press("F2 F2");
    desk.settle().await;
    desk.select("task_lag");
    desk.press("d y");
    desk.settle().await;
    let stored = || async { ward.tasks().await.into_keys().collect::<Vec<_>>() };
    assert_eq!(desk.ids(), stored().await, "the new one is shown at once");
    for _ in 0..4 {
        desk.press("R");
        desk.settle().await;
        assert_eq!(desk.ids(), stored().await, "neither removed nor doubled by a refresh");
        assert_eq!(desk.task("task_lag").unwrap().status.as_str(), "completed", "it does not flicker back");
        desk.wait_s(4).await;
    }

    ward.colleague(json!({"id": "task_lag", "patch": {"status": "failed"}})).await;
    desk.wait_s(12).await;
    desk.press("R");
    desk.settle().await;
    assert_eq!(desk.task("task_lag").unwrap().status.as_str(), "failed", "a newer change is taken");

    ward.colleague(json!({"delete": "task_gone"})).await;
    desk.press("R");
    desk.settle().await;
    assert!(desk.task("task_gone").is_some(), "search still shows it");
    desk.select("task_gone");
    desk.press("d y");
    desk.settle().await;
    assert!(desk.heard("404"), "{:?}", desk.said);
    assert!(desk.task("task_gone").is_none());
}

#[tokio::test]
async fn contract_20_an_id_that_cannot_stand_in_an_address_is_refused_here() {
    let ward = Ward::with_tasks(12).await;
    let long = "x".repeat(129);
    let ids = ["../patients/pt_planted", "a/b", "a?b", "%2e%2e", "a b", "..", long.as_str()];
    for id in ids {
        ward.plant(id, json!({})).await;
    }
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    let asked = ward.requests("GET").await.len();
    for id in ids {
        desk.said.clear();
        desk.select(id);
        desk.press("d y");
        desk.settle().await;
        assert!(desk.heard("cannot stand in a ClinikAPI address"), "{id}: {:?}", desk.said);
        desk.press("Esc");
        assert!(desk.state.layers.is_empty());
    }
    assert_eq!(ward.requests("GET").await.len(), asked);
    assert!(ward.requests("PATCH").await.is_empty());
    assert!(ward.changes_since(&before).await.is_empty());
    for path in ["a%2Fb", "%2e%2e", "a%3Fb", "a%20b", &long] {
        let (status, _) = ward.ask(&format!("GET /v1/tasks/{path}"), &[KEY], "").await;
        assert_eq!(status, 404, "{path}");
    }
}

#[tokio::test]
async fn contract_20_odd_text_and_dates_survive_an_edit_beside_them() {
    let ward = Ward::with_tasks(12).await;
    let text = "bell\u{7} csi\u{1b}[31m osc\u{1b}]0;x\u{7} bidi\u{202e}abc tab\t crlf\r\nend \u{200b}zero";
    let dates = [
        "2025-02-01",
        "2025-02",
        "2024-02-29",
        "2025-02-01T10:00:00+05:30",
        "2025-02-01T10:00:00.123456Z",
        "",
        "soon",
    ];
    for (place, date) in dates.iter().enumerate() {
        let period = json!({"start": "2025-03-01", "end": date});
        let odd =
            json!({"description": text, "statusReason": text, "executionPeriod": period, "authoredOn": date});
        ward.plant(&format!("task_odd_{place}"), odd).await;
    }
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    let mut wanted = Vec::new();
    for place in 0..dates.len() {
        let id = format!("task_odd_{place}");
        desk.select(&id);
        desk.press("e");
        desk.fill("businessStatus", "seen");
        desk.press("F2 F2");
        desk.settle().await;
        assert!(desk.state.layers.is_empty(), "{id}: {:?}", desk.said);
        wanted.push(change(&id, "businessStatus", Value::Null, json!("seen")));
    }
    assert_eq!(ward.changes_since(&before).await, wanted);
}

#[tokio::test]
async fn contract_20_a_typed_reference_is_accepted_and_times_go_out_in_utc() {
    let ward = Ward::with_tasks(12).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    desk.press("n");
    desk.fill("status", "requested");
    desk.fill("patient", "Patient/pt_1");
    desk.fill("executionPeriod.end", "2031-02-03T17:00:00+05:30");
    desk.press("F2 F2");
    desk.settle().await;
    assert!(desk.state.layers.is_empty(), "{:?}", desk.said);
    let after = ward.tasks().await;
    let made = after.iter().find(|(id, _)| !before.contains_key(*id)).unwrap().1;
    let end = made["executionPeriod"]["end"].as_str().unwrap();
    assert!(end.ends_with('Z') && end.starts_with("2031-02-03T11:30"), "{end}");
    assert_eq!(made["patientId"].as_str().unwrap().rsplit('/').next(), Some("pt_1"));
}

#[tokio::test]
async fn contract_06_entered_in_error_is_shown_kept_and_never_offered() {
    let ward = Ward::with_tasks(12).await;
    ward.plant("task_error", json!({"status": "entered-in-error"})).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    assert_eq!(desk.task("task_error").unwrap().status.as_str(), "entered-in-error");
    desk.select("task_error");
    desk.press("e");
    desk.fill("businessStatus", "struck out");
    desk.press("F2 F2");
    desk.settle().await;
    let wanted = change("task_error", "businessStatus", Value::Null, json!("struck out"));
    assert_eq!(ward.changes_since(&before).await, [wanted]);
    assert!(desk.source().can.statuses.iter().all(|status| status.as_str() != "entered-in-error"));
}

#[tokio::test]
async fn contract_08_nulls_absences_and_wrong_kinds_degrade_one_row_only() {
    let ward = Ward::with_tasks(12).await;
    for (place, odd) in
        [json!(null), json!(""), json!([]), json!({}), json!(7), json!(true), json!([[]])].iter().enumerate()
    {
        let names = [
            "intent",
            "priority",
            "code",
            "description",
            "patientId",
            "encounterId",
            "focusId",
            "requesterId",
            "ownerId",
            "executionPeriod",
            "authoredOn",
            "reasonCode",
            "statusReason",
            "businessStatus",
            "note",
            "basedOn",
            "partOf",
            "input",
            "output",
            "restriction",
        ];
        let fields: serde_json::Map<String, Value> =
            names.iter().map(|name| ((*name).to_owned(), odd.clone())).collect();
        ward.plant(&format!("task_bare_{place}"), Value::Object(fields)).await;
    }
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    assert_eq!(desk.ids(), before.keys().cloned().collect::<Vec<_>>());
    assert!(desk.source().complete && desk.source().dropped == 0);
    let mut wanted = Vec::new();
    for place in 0..7 {
        let id = format!("task_bare_{place}");
        desk.select(&id);
        desk.press("s y");
        desk.settle().await;
        wanted.push(change(&id, "status", json!("requested"), json!("in-progress")));
    }
    assert_eq!(ward.changes_since(&before).await, wanted, "an absent priority is not sent as routine");
    assert!(ward.requests("PATCH").await.iter().all(|sent| sent["body"] == json!({"status": "in-progress"})));
}
