//! Odd answers: one sentence each, the list stays, nothing panics, and no key is in any text.

use super::{Desk, Ward};
use rounds::app::source::Link;
use serde_json::json;

#[tokio::test]
async fn contract_15_each_odd_answer_is_one_sentence_and_the_list_stays() {
    let ward = Ward::with_tasks(30).await;
    let ids: Vec<String> = ward.tasks().await.into_keys().collect();
    let mut desk = Desk::loaded(&ward).await;
    for (fault, words, has_request_id) in [
        ("html_502", "502", false),
        ("html_200", "200", false),
        ("empty_500", "500", false),
        ("truncated_json", "200", true),
        ("json_string", "something went wrong", true),
        ("operation_outcome", "the store is not available", true),
        ("error_object", "500", true),
        ("no_message", "500", true),
        ("redirect", "elsewhere.example", false),
        ("huge_body", "", false),
        ("drop_before", "", false),
        ("drop_after_commit", "", false),
    ] {
        ward.fault(json!({"next": [{"fault": fault, "method": "GET"}]})).await;
        desk.said.clear();
        desk.press("r");
        desk.settle().await;
        let Link::Degraded { sentence, .. } = &desk.source().link else {
            panic!("{fault}: {:?}", desk.source().link)
        };
        assert!(sentence.contains(words), "{fault}: {sentence}");
        assert_eq!(sentence.contains("(request req_"), has_request_id, "{fault}: {sentence}");
        assert!(!sentence.contains(['\n', '<', '\u{1b}']), "{fault}: {sentence}");
        assert!(sentence.chars().count() < 250, "{fault}: {sentence}");
        assert!(desk.said.iter().any(|text| text.starts_with("ward: ")), "{fault}: {:?}", desk.said);
        assert_eq!(desk.ids(), ids, "{fault}");
        assert_eq!(desk.state.worklist.rows.len(), ids.len(), "{fault}");
        assert!(desk.source().is_stale(desk.state.now), "{fault}");
        let everything = format!("{:?} {:?} {:?}", desk.state, desk.actor, desk.said);
        assert!(!everything.contains(&ward.handle.key), "{fault}: the key is in a text");
        let began = ward.now().as_second();
        desk.until("the next try", |state| state.sources[0].link == Link::Live).await;
        assert!(ward.now().as_second() - began <= 35, "{fault}");
        desk.settle().await;
    }
}

#[tokio::test]
async fn contract_07_one_bad_row_never_empties_the_list() {
    let ward = Ward::with_tasks(120).await;
    let ids: Vec<String> = ward.tasks().await.into_keys().collect();
    ward.fault(json!({"phantom_row": true, "unknown_enum": true})).await;
    let desk = Desk::loaded(&ward).await;
    assert_eq!(desk.ids(), ids);
    assert_eq!(desk.source().dropped, 2, "one phantom a page");
    assert!(desk.source().complete);
    let odd = ids.iter().filter(|id| desk.task(id).unwrap().status.as_str() == "simmering").count();
    assert_eq!(odd, 2, "the first row of each page of the sweep, shown raw");
}

#[tokio::test]
async fn contract_07_an_unrelated_change_does_not_send_a_value_that_is_not_known() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_odd", json!({"status": "simmering", "priority": "whenever", "intent": "wish"})).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_odd");
    desk.press("c");
    desk.write("looked at");
    desk.press("Enter");
    desk.settle().await;
    let changes = ward.changes_since(&before).await;
    assert_eq!(changes.len(), 1, "{changes:?} {:?}", desk.said);
    let sent = ward.requests("PATCH").await;
    assert_eq!(sent[0]["body"], json!({"note": "looked at"}));
    let row = desk.task("task_odd").unwrap();
    assert_eq!(row.priority.unwrap().as_str(), "whenever");
}

#[tokio::test]
async fn an_answer_about_another_row_is_not_taken_for_the_one_asked_for() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_asked", json!({})).await;
    let before = ward.tasks().await;
    let mut desk = Desk::loaded(&ward).await;
    desk.select("task_asked");
    ward.fault(json!({"next": [{"fault": "other_row", "method": "GET"}]})).await;
    desk.press("d y");
    desk.settle().await;
    assert!(ward.changes_since(&before).await.is_empty(), "it could not be compared, so nothing was sent");
    assert!(desk.task("row_of_another_request").is_none());
    desk.until("the second try", |state| state.outbox.intents().is_empty()).await;
    assert_eq!(ward.tasks().await["task_asked"]["status"], "completed");
}
