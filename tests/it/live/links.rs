//! Links that break, pause and stall: the list stays, keys are answered, and the source comes back by itself.

use super::{Desk, Ward};
use rounds::app::source::Link;
use serde_json::json;

#[tokio::test]
async fn an_outage_leaves_the_rows_and_ends_within_one_pause() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_plain", json!({})).await;
    let mut desk = Desk::loaded(&ward).await;
    let fresh = desk.source().freshness(desk.state.now);
    assert!(!fresh.contains('~'), "{fresh}");
    ward.fault(json!({"offline": true})).await;
    desk.wait_s(300).await;
    assert!(matches!(desk.source().link, Link::Degraded { .. }));
    let stale = desk.source().freshness(desk.state.now);
    assert!(stale.contains('~') && stale.contains('m'), "{stale}");
    assert_eq!(desk.state.worklist.rows.len(), 31);
    assert_eq!(
        desk.said.iter().filter(|text| text.starts_with("ward: ")).count(),
        1,
        "told once: {:?}",
        desk.said
    );

    desk.select("task_plain");
    desk.press("t y");
    desk.wait_s(20).await;
    assert_eq!(desk.state.outbox.intents().len(), 1, "it waits");

    ward.fault(json!({"offline": false})).await;
    let began = ward.now().as_second();
    desk.until("the end of the outage", |state| !state.sources[0].is_stale(state.now)).await;
    assert!(ward.now().as_second() - began <= 35);
    assert_eq!(desk.source().link, Link::Live);
    desk.until("the write that waited", |state| state.outbox.intents().is_empty()).await;
    assert!(ward.now().as_second() - began <= 45);
    assert_eq!(ward.tasks().await["task_plain"]["ownerId"], "prac_night_nurse");
    assert!(!desk.source().freshness(desk.state.now).contains('~'));
}

#[tokio::test]
async fn contract_16_a_pause_is_waited_out_and_keys_are_answered_meanwhile() {
    for (fault, least_s, most_s) in [
        ("rate_limited", 1, 3),
        ("rate_limited_date", 1, 3),
        ("rate_limited_absurd", 86_399, 86_401),
        ("rate_limited_bare", 0, 61),
    ] {
        let ward = Ward::with_tasks(30).await;
        let mut desk = Desk::loaded(&ward).await;
        ward.fault(json!({"next": [fault]})).await;
        desk.press("r");
        desk.settle().await;
        let Link::Paused { until: Some(until), .. } = desk.source().link else {
            panic!("{fault}: {:?}", desk.source().link)
        };
        let wait_s = until.as_second() - desk.state.now.as_second();
        assert!((least_s..=most_s).contains(&wait_s), "{fault}: {wait_s} s");
        let asked = ward.requests("GET").await.len();
        let cursor = desk.state.worklist.cursor;
        desk.press("j j");
        assert_eq!(desk.state.worklist.cursor, cursor + 2, "{fault}");
        desk.press("r");
        desk.settle().await;
        assert_eq!(ward.requests("GET").await.len(), asked, "{fault}: nothing is asked during the pause");
        if most_s < 100 {
            desk.until("the end of the pause", |state| state.sources[0].link == Link::Live).await;
            assert!(ward.now() >= until, "{fault}");
        } else {
            desk.wait_s(600).await;
            assert_eq!(ward.requests("GET").await.len(), asked, "{fault}");
        }
    }
}

#[tokio::test]
async fn contract_16_a_spent_quota_stops_all_asking_and_says_until_when() {
    for fault in ["quota_monthly", "quota_sandbox"] {
        let ward = Ward::with_tasks(30).await;
        ward.plant("task_plain", json!({})).await;
        let mut desk = Desk::loaded(&ward).await;
        ward.fault(json!({"next": [fault]})).await;
        desk.press("r");
        desk.settle().await;
        let Link::Paused { until: Some(until), sentence } = desk.source().link.clone() else {
            panic!("{fault}: {:?}", desk.source().link)
        };
        assert_eq!(until.strftime("%d %H:%M").to_string(), "01 00:00", "{fault}: the first of the month");
        assert!(until > ward.now() && sentence.contains("used up until"), "{sentence}");
        let asked = ward.requests("GET").await.len();
        desk.select("task_plain");
        desk.press("d y");
        desk.wait_s(600).await;
        assert_eq!(ward.requests("GET").await.len(), asked, "{fault}");
        assert_eq!(desk.state.outbox.intents().len(), 1, "{fault}: the write is kept");
        assert!(ward.requests("PATCH").await.is_empty());
        assert_eq!(desk.state.worklist.rows.len(), 31);
    }
}

#[tokio::test]
async fn a_write_that_waits_for_two_things_does_not_run_in_circles() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_plain", json!({})).await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_plain");
    ward.fault(json!({"next": [{"fault": "rate_limited", "method": "PATCH"}]})).await;
    desk.press("d y");
    desk.settle().await;
    assert_eq!(desk.state.outbox.intents().len(), 1);
    ward.fault(json!({"next": ["rate_limited_absurd"]})).await;
    desk.press("r");
    desk.settle().await;
    assert!(matches!(desk.source().link, Link::Paused { .. }));
    let before = desk.messages;
    desk.wait_s(30).await;
    assert!(desk.messages - before < 20, "{} messages in half a minute", desk.messages - before);
}

#[tokio::test]
async fn keys_are_answered_while_a_server_stalls() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_plain", json!({})).await;
    let mut desk = Desk::loaded(&ward).await;
    desk.press("0 g g");
    ward.fault(json!({"stall": true})).await;
    desk.press("r");
    assert!(desk.is_busy());
    for place in 1..=20 {
        desk.press("j");
        assert_eq!(desk.state.worklist.cursor, place);
    }
    desk.press("/");
    desk.write("prio:stat");
    assert!(desk.state.worklist.rows.len() < 31);
    desk.press("Enter 0");
    desk.select("task_plain");
    desk.press("d y");
    desk.take_waiting();
    assert_eq!(desk.task("task_plain").unwrap().status.as_str(), "completed", "our value is on top at once");
    assert_eq!(desk.state.outbox.intents().len(), 1);
    assert!(!desk.heard("the source has it"), "it is not said before it is true");
    assert!(desk.is_busy());
    desk.press("k k");
    ward.fault(json!({"stall": false})).await;
    desk.settle().await;
    assert!(desk.heard("the source has it"), "{:?}", desk.said);
    assert_eq!(ward.tasks().await["task_plain"]["status"], "completed");
}
