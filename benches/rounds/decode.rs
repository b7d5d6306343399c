//! From a reply's bytes to tasks: a page of 100 rows, one bench a provider.

use super::synthetic;
use divan::Bencher;
use rounds::{
    domain::task::{SourceId, Task},
    providers::{
        Call, SourceProfile, TaskSearch, clinikapi,
        wire::{WireAnswer, WireReply},
    },
};

/// The JSON of a page as ClinikAPI sends it.
fn page() -> Vec<u8> {
    let row = |task: Task| {
        let mut row = clinikapi::create_body(&task);
        row["id"] = task.key.id.as_ref().into();
        row
    };
    let rows: Vec<serde_json::Value> = (0..100).map(|number| row(synthetic::task(number, 1_000))).collect();
    serde_json::json!({"data": {"data": rows, "total": 1000, "hasMore": true, "cursor": "100"}})
        .to_string()
        .into()
}

/// A page of 100 tasks.
#[divan::bench]
fn clinikapi_page(bencher: Bencher) {
    let provider = clinikapi::make(SourceProfile { source: SourceId(0), ..SourceProfile::default() });
    let call = Call::SearchTasks { search: TaskSearch::default(), cursor: None, count: 100 };
    let answer = WireAnswer {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: page(),
        over_cap: false,
        received_at: synthetic::now(),
    };
    let heard = [WireReply::Answered(answer)];
    bencher.bench(|| provider.step(&call, &heard));
}
