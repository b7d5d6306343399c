//! The store on the disk: what a confirmed write waits for, and what a start with much unsent work costs.

use rounds::{
    app::outbox::{Intent, IntentId, IntentState, Wish, restore::Record},
    domain::{
        task::{SourceId, Task},
        time::Timestamp,
    },
    runtime::store::{Change, Deed, DeedKind, KeyOrigin, SqliteStore, Store},
};
use std::path::PathBuf;
use uuid::Uuid;

/// A directory of a bench's own, removed with it.
pub(crate) struct BenchDir(pub(crate) PathBuf);

impl BenchDir {
    pub(crate) fn new() -> BenchDir {
        BenchDir(std::env::temp_dir().join(format!("rounds-bench-{}", Uuid::now_v7())))
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::new(self.0.join("state"), KeyOrigin::File)
    }
}

impl Drop for BenchDir {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A synthetic create of about 2 KB with its line in the journal.
fn write(number: u64) -> [Change; 2] {
    let task = Task { description: Some("x".repeat(1_200).into()), ..Task::default() };
    let key = Uuid::now_v7();
    let line = format!("New: synthetic task {number}");
    let intent = Intent {
        id: IntentId(number),
        source: SourceId(0),
        wish: Wish::Create(Box::new(task)),
        idempotency_key: key.to_string(),
        line: line.clone(),
        typed: String::new(),
        confirmed_at: Timestamp::UNIX_EPOCH,
        state: IntentState::Saving,
    };
    let deed = Deed {
        at: Timestamp::UNIX_EPOCH,
        kind: DeedKind::Confirmed,
        write: Some(key),
        source: "clinic".to_owned(),
        task: None,
        line,
        answer: None,
    };
    [
        Change::PutWrite(Box::new(Record { source: "clinic".to_owned(), origin: None, intent })),
        Change::Note(deed),
    ]
}

/// One confirmed write with its line in the journal, on the disk when it answers.
#[divan::bench(sample_count = 200)]
fn append_with_fsync(bencher: divan::Bencher) {
    let dir = BenchDir::new();
    let mut store = dir.store();
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        assert_eq!(store.apply(&write(number)), Ok(()));
    });
}

/// Keeps this many writes.
pub(crate) fn fill(dir: &BenchDir, writes: u64) {
    let changes: Vec<Change> = (0..writes).flat_map(write).collect();
    assert_eq!(dir.store().apply(&changes), Ok(()));
}

/// A start with this many writes in the outbox: open, check and read them all.
#[divan::bench(args = [0, 1_000], sample_count = 20)]
fn open(bencher: divan::Bencher, writes: u64) {
    let dir = BenchDir::new();
    fill(&dir, writes);
    bencher.bench_local(|| {
        let kept = dir.store().load();
        assert_eq!(kept.map(|kept| kept.writes.len() as u64), Ok(writes));
    });
}
