//! Faults at random, many seeds: what was acknowledged is in the store, and nothing is in it twice (RELIABILITY §5).

use super::{Desk, Ward};
use rounds::{
    app::layers::{Layer, confirm::What},
    app::source::Link,
};
use serde_json::json;

/// Seeds of a run; each has as many creates and as many changes.
const SEEDS: u64 = 12;
const WRITES: usize = 4;

#[tokio::test]
async fn under_random_faults_nothing_is_doubled_and_nothing_acknowledged_is_lost() {
    let mut asked = 0;
    for seed in 1..=SEEDS {
        let ward = Ward::seeded(seed, 30).await;
        for place in 0..WRITES {
            ward.plant(&format!("task_{place}"), json!({})).await;
        }
        let mut desk = Desk::loaded(&ward).await;
        ward.fault(json!({"drop": 0.3, "status": {"500": 0.1, "502": 0.1, "429": 0.1}})).await;
        for place in 0..WRITES {
            desk.press("n");
            desk.fill("status", "requested");
            desk.fill("description", &format!("Storm {seed} {place}"));
            desk.press("F2 F2");
            asked += settle_all(&mut desk, seed).await;
            desk.select(&format!("task_{place}"));
            desk.press("d y");
            asked += settle_all(&mut desk, seed).await;
        }
        ward.fault(json!({"drop": 0.0, "status": {}})).await;
        let stored = ward.tasks().await;
        for place in 0..WRITES {
            let title = format!("Storm {seed} {place}");
            let copies = stored.values().filter(|row| row["description"] == title.as_str()).count();
            assert_eq!(copies, 1, "seed {seed}: {title}");
            let id = format!("task_{place}");
            assert_eq!(stored[&id]["status"], "completed", "seed {seed}: {id}, said {:?}", desk.said);
        }
        desk.until("the calm", |state| state.sources[0].link == Link::Live).await;
        desk.press("R");
        desk.settle().await;
        desk.wait_s(65).await;
        assert_eq!(desk.ids(), stored.into_keys().collect::<Vec<_>>(), "seed {seed}");
    }
    assert!(asked > SEEDS, "the storm was none: {asked} questions");
}

/// Goes on until every write is settled, answering what the program asks: found, it is let go; else it is sent again.
/// Gives how often it asked.
async fn settle_all(desk: &mut Desk<'_>, seed: u64) -> u64 {
    let mut asked = 0;
    while !desk.state.outbox.intents().is_empty() || !desk.state.layers.is_empty() {
        match desk.state.layers.last() {
            Some(Layer::Confirm(confirm)) => {
                let What::Unknown(id) = &confirm.what else { panic!("seed {seed}: {confirm:?}") };
                let intent = desk.state.outbox.get(*id).unwrap();
                let found = intent.key().is_none() && !confirm.items.is_empty();
                desk.press(if found { "x" } else { "s" });
                asked += 1;
            }
            Some(Layer::Tell(tell)) => panic!("seed {seed}: {tell:?}"),
            _ => {}
        }
        desk.until("a settled write or a question", |state| {
            let asked = matches!(state.layers.last(), Some(Layer::Confirm(_) | Layer::Tell(_)));
            asked || (state.outbox.intents().is_empty() && state.layers.is_empty())
        })
        .await;
    }
    asked
}
