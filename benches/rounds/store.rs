//! Taking tasks in, keeping them in order, patching what is shown.

use super::{
    synthetic,
    ward::{SIZES, Ward, ward},
};
use divan::Bencher;
use jiff::tz::TimeZone;
use rounds::{
    app::{
        scan::{Progress, Scan},
        store::{Changes, Row},
    },
    domain::{
        query::{Query, parse::parse},
        task::Task,
    },
};

/// Tasks of a ward that change their place in the order each round.
fn changed(tasks: u32, round: u32, count: u32) -> Vec<Task> {
    let task = |number: u32| {
        let number = (round * count + number) * 7919 % tasks;
        Task { key: synthetic::task(number, tasks).key, ..synthetic::task(number ^ (round << 3 | 1), tasks) }
    };
    (0..count).map(task).collect()
}

fn upsert(bencher: Bencher, tasks: u32, count: u32, make: impl Fn(u32) -> Vec<Task>) {
    let mut ward = Ward::new(tasks);
    let mut round = 0;
    let inputs = std::cell::RefCell::new(Vec::new());
    for _ in 0..64 {
        round += 1;
        inputs.borrow_mut().push(make(round));
    }
    assert!(inputs.borrow().iter().all(|page| page.len() == count as usize));
    let next = std::cell::Cell::new(0);
    bencher
        .with_inputs(|| {
            next.set((next.get() + 1) % 64);
            inputs.borrow()[next.get()].clone()
        })
        .bench_local_values(|page| ward.store.upsert(page, &TimeZone::UTC, synthetic::now()));
}

/// One task that moves.
#[divan::bench(args = SIZES, sample_count = 100, sample_size = 1)]
fn upsert_one(bencher: Bencher, tasks: u32) {
    upsert(bencher, tasks, 1, |round| changed(tasks, round, 1));
}

/// A page of 100 tasks that all move.
#[divan::bench(args = SIZES, sample_count = 100, sample_size = 1)]
fn upsert_page(bencher: Bencher, tasks: u32) {
    upsert(bencher, tasks, 100, |round| changed(tasks, round, 100));
}

/// A page of 100 tasks in which nothing is new.
#[divan::bench(args = SIZES, sample_count = 100, sample_size = 1)]
fn upsert_nothing_new(bencher: Bencher, tasks: u32) {
    upsert(bencher, tasks, 100, |round| {
        (0..100).map(|number| synthetic::task(round * 100 + number, tasks)).collect()
    });
}

/// A thousand tasks that all move, as a bulk load hands them in.
#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn upsert_thousand(bencher: Bencher, tasks: u32) {
    upsert(bencher, tasks, 1_000, |round| changed(tasks, round, 1_000));
}

/// Building a whole ward; what a row costs in memory is told beside it.
#[divan::bench(args = SIZES, sample_count = 1, sample_size = 1)]
#[expect(clippy::print_stderr, reason = "a bench tells what it measured")]
fn load(bencher: Bencher, tasks: u32) {
    bencher.bench_local(|| {
        let store = Ward::new(tasks).store;
        eprintln!("{tasks} rows: {} bytes a row", store.memory_bytes() / store.len());
        store.len()
    });
}

/// A page of changes brought into a finished filter of many hits.
#[divan::bench(args = ["", "status:open", "sort:due"], sample_count = 50, sample_size = 1)]
fn patch_page(bencher: Bencher, line: &str) {
    let ward = ward(SIZES[1]);
    let query: Query = parse(line).query;
    let mut scan = Scan::start(&query, &ward.store, ward, 1);
    while scan.step(&ward.store, ward, &ward.people) == Progress::More {}
    let moved: Vec<Row> = (0..100).map(|number| Row(number * 9_973)).collect();
    let changes = Changes { changed: moved, ..Changes::default() };
    bencher.bench_local(|| {
        scan.patch(&changes);
        scan.step(&ward.store, ward, &ward.people)
    });
}
