//! The store against a plain list that does the same the slow way.

use super::*;
use crate::domain::{self, people::Reference, status::Status, time::DateTime};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[path = "../../../benches/rounds/synthetic.rs"]
pub(in crate::app) mod synthetic;

use synthetic::now;

fn key(source: u16, id: &str) -> TaskKey {
    TaskKey { source: SourceId(source), id: id.into() }
}

fn upsert(store: &mut TaskStore, tasks: Vec<Task>) -> Changes {
    store.upsert(tasks, &TimeZone::UTC, now())
}

/// The default order the slow way, from whole tasks.
fn expected_order(tasks: &BTreeMap<TaskKey, Task>) -> Vec<TaskKey> {
    let second = |time: Option<Timestamp>| Second::of(time);
    let mut keys: Vec<&Task> = tasks.values().collect();
    keys.sort_by_key(|task| {
        (
            priority_code(task.priority.as_ref()).min(4),
            task.status.is_closed(),
            second(task.due_instant(&TimeZone::UTC)),
            second(task.authored_on.as_ref().and_then(|time| time.start(&TimeZone::UTC))),
            task.key.clone(),
        )
    });
    keys.iter().map(|task| task.key.clone()).collect()
}

fn check(store: &TaskStore, model: &BTreeMap<TaskKey, Task>) {
    assert_eq!(store.len(), model.len());
    let order: Vec<TaskKey> = store.order().iter().map(|row| store.key(*row).unwrap()).collect();
    assert_eq!(order, expected_order(model));
    for (key, task) in model {
        let row = store.find(key).unwrap();
        assert_eq!(store.task(row).as_ref(), Some(task));
        assert_eq!(store.key(row).as_ref(), Some(key));
        assert_eq!(store.columns().facets(row.0).patient == 0, task.patient.is_none());
    }
    assert!(store.order().windows(2).all(|pair| store.compare(pair[0], pair[1]) == Ordering::Less));
}

#[test]
fn what_did_not_change_is_not_told() {
    let mut store = TaskStore::new();
    let page =
        |salt: u32| (0..100).map(move |number| synthetic::task(number + salt, 1_000)).collect::<Vec<_>>();
    let first = upsert(&mut store, page(0));
    assert_eq!((first.added.len(), first.changed.len(), first.gone.len()), (100, 0, 0));
    let revision = store.revision();
    assert_eq!(upsert(&mut store, page(0)), Changes::default());
    assert_eq!(store.revision(), revision, "nothing new is no new revision");

    let mut task = synthetic::task(7, 1_000);
    task.status = Status::Completed;
    let row = store.find(&task.key).unwrap();
    assert_eq!(store.status_since(row), None, "nobody saw it enter that status");
    let changes = upsert(&mut store, vec![task.clone(), synthetic::task(100, 1_000), task]);
    assert_eq!((changes.added.len(), changes.changed), (1, vec![row]));
    assert_eq!(store.status_since(row), Some(now()));
}

#[test]
fn a_key_twice_in_one_batch_is_added_once_and_the_last_one_counts() {
    let mut store = TaskStore::new();
    let first = synthetic::task(1, 10);
    let second = Task { priority: Some(Priority::Stat), ..first.clone() };
    let changes = upsert(&mut store, vec![first, second.clone()]);
    assert_eq!((changes.added.len(), changes.changed.len()), (1, 0));
    check(&store, &BTreeMap::from([(second.key.clone(), second)]));
}

#[test]
fn a_sweep_takes_out_what_its_source_no_longer_has() {
    let mut store = TaskStore::new();
    let of = |source: u16, id: &str| Task { key: key(source, id), ..Task::default() };
    upsert(&mut store, vec![of(0, "a"), of(0, "b"), of(1, "a")]);
    let old = store.begin_sweep(SourceId(0));
    let sweep = store.begin_sweep(SourceId(0));
    assert!(upsert(&mut store, vec![of(0, "b")]).is_empty());
    upsert(&mut store, vec![of(0, "c")]);
    assert!(store.end_sweep(SourceId(0), old).is_empty(), "a newer walk has begun");
    let changes = store.end_sweep(SourceId(0), sweep);
    assert_eq!(changes.gone_keys, [key(0, "a")]);
    assert_eq!(store.find(&key(0, "a")), None);
    assert!(store.find(&key(1, "a")).is_some(), "another source's task of the same id stays");
    assert!(store.end_sweep(SourceId(0), sweep).is_empty(), "a walk ends once");
    assert_eq!((store.count_of(SourceId(0)), store.len()), (2, 3));

    let row = changes.gone[0];
    assert!(!store.holds(row) && store.task(row).is_none() && store.text_of(row.0).is_empty());
    let again = upsert(&mut store, vec![of(1, "z")]);
    assert_eq!(again.added, [row], "the row is given to another task");
    assert_eq!(store.remove_source(SourceId(1)).gone.len(), 2);
}

#[test]
fn text_is_folded_and_no_word_reaches_from_one_field_into_the_next() {
    let mut store = TaskStore::new();
    let patient = Reference::new("Patient/PT_9").with_display("Nguyễn Van");
    let task = Task {
        key: key(0, "T1"),
        description: Some("Écho".into()),
        patient: Some(patient),
        ..Task::default()
    };
    let row = upsert(&mut store, vec![task]).added[0];
    assert_eq!(store.text_of(row.0), b"echo\xFFpt_9\xFFnguyen van\xFFt1\xFF");
}

#[test]
fn why_tells_what_the_order_saw() {
    let mut store = TaskStore::new();
    let mut late = Task { key: key(0, "late"), priority: Some(Priority::Stat), ..Task::default() };
    late.execution_period.end = Some(DateTime::parse("2026-01-01T00:00:00Z"));
    let undated = Task { key: key(0, "undated"), priority: Some(Priority::Stat), ..Task::default() };
    upsert(&mut store, vec![undated, late]);
    let why = |id: &str| store.why(store.find(&key(0, id)).unwrap(), now()).unwrap();
    let first = why("late");
    assert_eq!((first.place, first.of, first.overdue), (1, 2, true));
    assert_eq!(first.due, "2026-01-01T00:00:00Z".parse().ok());
    assert_eq!((why("undated").place, why("undated").due), (2, None));
}

#[test]
fn a_row_of_a_large_store_costs_less_than_450_bytes() {
    let mut store = TaskStore::new();
    let tasks = 20_000;
    for from in (0..tasks).step_by(1_000) {
        upsert(&mut store, (from..from + 1_000).map(|number| synthetic::task(number, tasks)).collect());
    }
    let fresh = store.memory_bytes() / store.len();
    // Everything changes a few times, so that garbage is counted too.
    for round in 0..3 {
        for from in (0..tasks).step_by(100) {
            let change = |number| Task {
                version: Some(format!("v{round}").into()),
                description: Some(format!("{} {round}", synthetic::task(number, tasks).title()).into()),
                ..synthetic::task(number, tasks)
            };
            upsert(&mut store, (from..from + 100).map(change).collect());
        }
    }
    let per_row = store.memory_bytes() / store.len();
    assert!((100..=450).contains(&fresh), "{fresh} bytes a row");
    assert!((100..=600).contains(&per_row), "{per_row} bytes a row after many changes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever comes in whatever batches: the store holds it, finds it and orders it as the slow way does.
    #[test]
    fn the_store_holds_what_a_plain_list_holds(
        batches in prop::collection::vec((0_u8..5, prop::collection::vec((0_u32..60, 0_u32..9), 0..40)), 1..12)
    ) {
        let mut store = TaskStore::new();
        let mut model: BTreeMap<TaskKey, Task> = BTreeMap::new();
        for (kind, numbers) in batches {
            if kind == 0 {
                for (number, _) in numbers {
                    let key = synthetic::task(number, 60).key;
                    let gone = model.remove(&key).is_some();
                    prop_assert_eq!(store.remove(&key).gone.len(), usize::from(gone));
                }
            } else {
                let tasks: Vec<Task> = numbers.iter().map(|(number, variant)| {
                    // Many ties: the variant decides everything but the key.
                    Task { key: synthetic::task(*number, 60).key, ..synthetic::task(*variant, 9) }
                }).collect();
                let before: Vec<TaskKey> = model.keys().cloned().collect();
                let mut touched = BTreeMap::new();
                for task in &tasks {
                    if model.get(&task.key) != Some(task) {
                        touched.insert(task.key.clone(), before.contains(&task.key));
                    }
                    model.insert(task.key.clone(), task.clone());
                }
                let changes = upsert(&mut store, tasks);
                let told: BTreeMap<TaskKey, bool> = changes.added.iter().map(|row| (*row, false))
                    .chain(changes.changed.iter().map(|row| (*row, true)))
                    .map(|(row, was)| (store.key(row).unwrap(), was)).collect();
                prop_assert_eq!(told, touched);
            }
            check(&store, &model);
        }
    }
}
