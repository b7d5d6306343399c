//! Keys: the five refusals, keys that only read, and key files with more in them than a key.

use super::{Desk, Ward};
use rounds::{
    app::{Msg, layers::Layer, source::Link},
    domain::can::Capability,
};
use serde_json::json;

#[tokio::test]
async fn contract_17_the_server_tells_five_kinds_of_refusal_apart() {
    let ward = Ward::with_tasks(12).await;
    for (header, code) in [
        (None, "UNAUTHORIZED"),
        (Some("x-api-key: sk_123"), "INVALID_KEY_FORMAT"),
        (Some("x-api-key: clk_test_nobody"), "INVALID_KEY"),
        (Some("x-api-key: clk_test_sandbox_revoked"), "KEY_REVOKED"),
        (Some("x-api-key: clk_test_sandbox_expired"), "KEY_EXPIRED"),
    ] {
        let headers: Vec<&str> = header.into_iter().collect();
        let (status, said) = ward.ask("GET /v1/tasks", &headers, "").await;
        assert_eq!((status, &said["code"]), (401, &json!(code)));
    }
    assert_eq!(ward.ask("GET /health", &[], "").await.0, 200);
    assert_eq!(ward.ask("GET /v1/metadata", &[], "").await.0, 200);
    let override_headers = ["x-api-key: clk_test_sandbox_write", "x-http-method-override: DELETE"];
    assert_eq!(ward.ask("POST /v1/tasks", &override_headers, "{}").await.0, 400);
}

#[tokio::test]
async fn contract_17_a_refused_key_stops_the_source_until_the_user_says_so() {
    for (key, words) in [
        ("sk_123", "not written as"),
        ("clk_test_nobody", "does not know this key"),
        ("clk_test_sandbox_revoked", "revoked"),
        ("clk_test_sandbox_expired", "expired"),
    ] {
        let ward = Ward::with_tasks(12).await;
        let mut desk = Desk::new(&ward, key);
        desk.take(Msg::Start);
        desk.settle().await;
        let Link::Stopped { sentence } = desk.source().link.clone() else {
            panic!("{:?}", desk.source().link)
        };
        assert!(sentence.contains(words) && sentence.contains("(request req_"), "{sentence}");
        assert_eq!(desk.said.len(), 1, "{:?}", desk.said);
        let asked = ward.requests("GET").await.len();
        desk.wait_s(300).await;
        assert_eq!(ward.requests("GET").await.len(), asked, "nothing is asked with a refused key");
        assert!(!format!("{:?} {:?} {:?}", desk.state, desk.actor, desk.said).contains(key));

        desk.new_key(&ward.handle.key);
        desk.press("R");
        desk.until("the new key", |state| state.sources[0].complete).await;
        assert_eq!(desk.ids(), ward.tasks().await.into_keys().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn contract_17_a_key_that_may_only_read_makes_the_source_read_only() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_locked", json!({})).await;
    let before = ward.tasks().await;
    let mut desk = Desk::new(&ward, &ward.handle.read_key);
    desk.take(Msg::Start);
    desk.until("the first load", |state| state.sources[0].complete).await;
    desk.settle().await;
    assert_eq!(desk.ids().len(), 31);
    desk.select("task_locked");
    desk.press("d y");
    desk.settle().await;
    assert!(desk.heard("Not done") && desk.heard("403"), "{:?}", desk.said);
    assert_eq!(desk.task("task_locked").unwrap().status.as_str(), "requested");
    assert!(desk.source().may(Capability::Update).is_err());
    desk.press("Esc");
    desk.select("task_locked");
    let sent = ward.requests("PATCH").await.len();
    for keys in ["d", "t", "w", "c", "n", "e"] {
        desk.said.clear();
        desk.press(keys);
        let only_tells = |layer: &Layer| matches!(layer, Layer::Tell(_));
        assert!(desk.state.layers.iter().all(only_tells), "{keys}");
        assert!(desk.said.iter().any(|text| text.contains("403")), "{keys}: {:?}", desk.said);
        desk.press("Esc");
    }
    desk.settle().await;
    assert_eq!(ward.requests("PATCH").await.len(), sent);
    assert!(ward.changes_since(&before).await.is_empty());
    desk.wait_s(65).await;
    assert_eq!(desk.source().link, Link::Live, "reading goes on");
}

#[tokio::test]
async fn contract_17_blanks_round_a_key_are_dropped_and_other_controls_refused_before_use() {
    let ward = Ward::with_tasks(12).await;
    let mut desk = Desk::new(&ward, &format!("  {}\r\n", ward.handle.key));
    desk.take(Msg::Start);
    desk.until("the first load", |state| state.sources[0].complete).await;

    let asked = ward.requests("GET").await.len();
    let mut desk = Desk::new(&ward, "clk_test_sandbox\u{7}write");
    desk.take(Msg::Start);
    desk.settle().await;
    let Link::Stopped { sentence } = &desk.source().link else { panic!("{:?}", desk.source().link) };
    assert!(sentence.contains("control character"), "{sentence}");
    assert_eq!(ward.requests("GET").await.len(), asked);
}
