//! The first load, and polls after it.

use super::{Desk, Ward};
use rounds::app::{Msg, source::Link};
use serde_json::json;

#[tokio::test]
async fn the_first_load_shows_every_task_of_the_store() {
    let ward = Ward::open().await;
    let desk = Desk::loaded(&ward).await;
    let stored: Vec<String> = ward.tasks().await.into_keys().collect();
    assert_eq!(stored.len(), 250);
    assert_eq!(desk.ids(), stored);
    assert_eq!(desk.state.worklist.rows.len(), 250);
    assert_eq!(desk.source().link, Link::Live);
    assert_eq!(desk.source().total, Some(250));
    let sweeps = ward.requests("GET").await;
    let pages = sweeps.iter().filter(|row| row["path"] == "/v1/tasks");
    let sweep = pages.filter(|row| !row["query"].as_str().unwrap().contains("priority=")).count();
    assert_eq!(sweep, 3, "100, 100 and 50 rows");
}

#[tokio::test]
async fn nothing_is_asked_before_the_first_frame() {
    let ward = Ward::with_tasks(30).await;
    let mut desk = Desk::new(&ward, &ward.handle.key);
    desk.press("j j / o n e Enter 0");
    desk.settle().await;
    assert!(ward.requests("GET").await.is_empty());
    desk.take(Msg::Start);
    desk.settle().await;
    assert!(!ward.requests("GET").await.is_empty());
}

#[tokio::test]
async fn two_people_see_each_others_change_at_the_next_poll() {
    let ward = Ward::with_tasks(30).await;
    ward.plant("task_shared", json!({})).await;
    let (mut first, mut second) = (Desk::loaded(&ward).await, Desk::loaded(&ward).await);
    first.select("task_shared");
    first.press("t y");
    first.settle().await;
    let owner = |desk: &Desk<'_>| desk.task("task_shared").unwrap().owner.map(|owner| owner.id().to_owned());
    assert_eq!(owner(&first).as_deref(), Some("prac_night_nurse"));
    assert_eq!(owner(&second), None);
    second.wait_s(65).await;
    assert_eq!(owner(&second).as_deref(), Some("prac_night_nurse"));
    second.select("task_shared");
    second.press("s y");
    second.settle().await;
    first.wait_s(65).await;
    assert_eq!(first.task("task_shared").unwrap().status.as_str(), "in-progress");
}

#[tokio::test]
async fn contract_13_envelopes_and_fhir_shapes_give_equal_rows() {
    let ward = Ward::with_tasks(120).await;
    let plain = Desk::loaded(&ward).await;
    for switches in [
        json!({"envelope": "data_only"}),
        json!({"envelope": "data_only", "meta_headers": false}),
        json!({"envelope": "bare"}),
        json!({"shape": "fhir", "envelope": "full"}),
        json!({"shape": "fhir", "envelope": "bundle"}),
    ] {
        ward.fault(switches.clone()).await;
        let desk = Desk::loaded(&ward).await;
        assert_eq!(desk.ids(), plain.ids(), "{switches}");
        for id in plain.ids() {
            let (left, right) = (plain.task(&id).unwrap(), desk.task(&id).unwrap());
            for field in rounds::domain::task::Field::ALL {
                assert!(left.same(&right, field), "{switches} {id} {}", field.name());
            }
        }
        ward.fault(json!({"shape": "flat", "envelope": "full", "meta_headers": true})).await;
    }
}

#[tokio::test]
async fn a_hundred_rows_with_few_people_cost_few_names_and_never_the_same_twice() {
    let ward = Ward::with_tasks(120).await;
    let mut desk = Desk::loaded(&ward).await;
    desk.press("G g g G g g");
    desk.settle().await;
    desk.wait_s(130).await;
    let log = ward.requests("GET").await;
    let mut asked: Vec<String> = log
        .iter()
        .filter_map(|row| row["path"].as_str())
        .filter(|path| path.starts_with("/v1/patients/") || path.starts_with("/v1/practitioners/"))
        .map(str::to_owned)
        .collect();
    let count = asked.len();
    assert!(count > 0);
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), count, "a name was asked for twice");
}
