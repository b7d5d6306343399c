//! What the store promises, held against a real file.

mod damage;
mod faults;
mod manners;

use super::{
    disk::{Disk, Touch},
    seal::StoreKey,
    *,
};
use crate::app::outbox::{Intent, IntentId, IntentState, Wish, restore::Record};
use crate::domain::{
    people::Reference,
    task::{SourceId, Task, TaskKey},
    time::Timestamp,
};
use crate::runtime::files::tests::TestDir;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// Stands for a patient in everything that is kept; it must not be found in a file.
const NAME: &str = "Synthetic-Okafor";

fn key() -> KeyOrigin {
    KeyOrigin::Given(StoreKey::new([7; 32]))
}

fn open(directory: &Path) -> SqliteStore {
    SqliteStore::new(directory.to_owned(), key())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn id(number: u64) -> Uuid {
    uuid::Builder::from_random_bytes(u128::from(number).to_be_bytes()).into_uuid()
}

/// A write about this many letters long.
fn write(number: u64, letters: usize, state: IntentState) -> Change {
    let task = Task {
        key: TaskKey { source: SourceId(0), id: format!("task-{number}").into() },
        description: Some(format!("{NAME} {number} {}", "x".repeat(letters)).into()),
        patient: Some(Reference::new("Patient/pt_synthetic")),
        ..Task::default()
    };
    let intent = Intent {
        id: IntentId(number),
        source: SourceId(0),
        wish: Wish::Create(Box::new(task)),
        idempotency_key: id(number).to_string(),
        line: format!("New: {NAME} {number}"),
        typed: String::new(),
        confirmed_at: at(number.cast_signed()),
        state,
    };
    Change::PutWrite(Box::new(Record { source: "clinic".into(), origin: None, intent }))
}

fn draft(number: u64, letters: usize) -> Change {
    Change::PutDraft(Draft {
        id: id(number),
        kind: "document".into(),
        source: "clinic".into(),
        made_at: at(0),
        changed_at: at(number.cast_signed()),
        title: format!("Letter about {NAME}"),
        body: crate::app::kept::DraftText::Written("y".repeat(letters)),
    })
}

fn mark(kind: MarkKind, task: &str) -> Change {
    let until = (kind == MarkKind::Snooze).then(|| at(9_000));
    Change::SetMark(Mark { kind, source: "clinic".into(), task: task.into(), set_at: at(1), until })
}

fn view(name: &str, state: &str) -> Change {
    Change::PutView { name: name.into(), state: state.into() }
}

fn deed(number: u64) -> Change {
    Change::Note(Deed {
        at: at(number.cast_signed()),
        kind: DeedKind::Confirmed,
        write: Some(id(number)),
        source: "clinic".into(),
        task: Some(format!("task-{number}")),
        line: format!("New: {NAME} {number}"),
        answer: None,
    })
}

/// What a list of changes comes to.
fn model<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Kept {
    let mut kept = Kept::default();
    for change in changes {
        kept.apply(change);
    }
    kept
}

/// One of everything, twice.
fn some_of_everything() -> Vec<Change> {
    vec![
        write(1, 10, IntentState::Saving),
        deed(1),
        write(2, 9_000, IntentState::Waiting { not_before: None, why: Some("offline".into()) }),
        deed(2),
        draft(1, 20),
        draft(2, 20_000),
        mark(MarkKind::Flag, "task-1"),
        mark(MarkKind::Snooze, "task-1"),
        view("worklist", "{\"query\":\"pt:synthetic\"}"),
        view("outbox", "{}"),
    ]
}

/// A disk that fails when its turn comes: the `turn`-th touch, counted from 1, or every touch from there on.
#[derive(Clone, Debug)]
struct BadDisk {
    state: Arc<Mutex<BadState>>,
}

#[derive(Debug)]
struct BadState {
    touches: usize,
    turn: usize,
    for_good: bool,
    kind: io::ErrorKind,
    remote: bool,
    /// Where the files are and where they are copied as they stand at the moment of the failure.
    picture: Option<(PathBuf, PathBuf)>,
    failed: Option<Touch>,
}

impl BadDisk {
    fn new(turn: usize, for_good: bool, kind: io::ErrorKind) -> BadDisk {
        let state = BadState { touches: 0, turn, for_good, kind, remote: false, picture: None, failed: None };
        BadDisk { state: Arc::new(Mutex::new(state)) }
    }

    fn change(&self, change: impl FnOnce(&mut BadState)) {
        change(&mut self.state.lock().unwrap());
    }

    fn failed(&self) -> Option<Touch> {
        self.state.lock().unwrap().failed
    }

    fn store(&self, directory: &Path, origin: KeyOrigin) -> SqliteStore {
        SqliteStore::on(Box::new(self.clone()), directory.to_owned(), origin)
    }
}

impl Disk for BadDisk {
    fn touch(&mut self, touch: Touch) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        state.touches += 1;
        let fails = state.touches == state.turn || (state.for_good && state.touches > state.turn);
        if !fails {
            return Ok(());
        }
        if state.failed.is_none() {
            state.failed = Some(touch);
            if let Some((from, to)) = &state.picture {
                copy(from, to);
            }
        }
        Err(state.kind.into())
    }

    fn is_remote(&self, _directory: &Path) -> bool {
        self.state.lock().unwrap().remote
    }
}

/// Copies the files of a directory that may not be there yet.
fn copy(from: &Path, to: &Path) {
    std::fs::remove_dir_all(to).ok();
    crate::runtime::files::private_dir(to).unwrap();
    let entries = std::fs::read_dir(from).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// The names of a directory's files, sorted.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn everything_is_there_after_the_program_ended() {
    let dir = TestDir::new();
    let changes = some_of_everything();
    let mut store = open(&dir.0);
    store.apply(&changes).unwrap();
    assert_eq!(store.report().access, Access::Writer);
    drop(store);
    let mut store = open(&dir.0);
    assert_eq!(store.load().unwrap(), model(&changes));
    assert_eq!(store.deeds(10).unwrap().len(), 2);
    assert_eq!(store.deeds(1).unwrap()[0].write, Some(id(2)), "the last one");
    assert_eq!(store.verify().unwrap(), Verdict::Whole { rows: 2 });
    assert_eq!((store.report().notices, store.report().trouble), (Vec::new(), None));
}

#[test]
fn a_row_keeps_its_place_when_it_changes_and_leaves_it_when_it_is_dropped() {
    let dir = TestDir::new();
    let mut changes = some_of_everything();
    changes.extend([
        write(1, 30, IntentState::Sending(crate::app::outbox::CallId(4))),
        draft(1, 9_999),
        view("worklist", "other"),
        Change::DropWrite(id(2)),
        Change::DropWrite(id(77)),
        write(3, 1, IntentState::Saving),
        write(2, 1, IntentState::Saving),
        Change::DropDraft(id(2)),
        Change::ClearMark { kind: MarkKind::Flag, source: "clinic".into(), task: "task-1".into() },
    ]);
    let mut store = open(&dir.0);
    for change in &changes {
        store.apply(std::slice::from_ref(change)).unwrap();
    }
    assert_eq!(store.load().unwrap(), model(&changes));
    drop(store);
    let kept = open(&dir.0).load().unwrap();
    assert_eq!(kept, model(&changes));
    let order: Vec<u64> = kept.writes.iter().map(|record| record.intent.id.0).collect();
    assert_eq!(order, [1, 3, 2]);
}

#[test]
fn the_store_in_memory_says_so_and_keeps_the_same() {
    let changes = some_of_everything();
    let mut store = MemoryStore::default();
    store.apply(&changes).unwrap();
    assert_eq!(store.load().unwrap(), model(&changes));
    assert_eq!(store.deeds(1).unwrap().len(), 1);
    assert_eq!(store.verify().unwrap(), Verdict::Whole { rows: 2 });
    assert!(store.report().notices[0].contains("no home directory"));
}

#[test]
fn a_chain_names_the_first_row_that_was_touched() {
    let tamper: [(&str, u64); 6] = [
        ("UPDATE journal SET payload = (SELECT payload FROM journal WHERE place = 2) WHERE place = 3", 3),
        ("UPDATE journal SET payload = zeroblob(60) WHERE place = 1", 1),
        ("UPDATE journal SET hash = zeroblob(32) WHERE place = 4", 4),
        ("DELETE FROM journal WHERE place = 2", 2),
        ("DELETE FROM journal WHERE place = 6", 6),
        ("INSERT INTO journal SELECT 7, at_ms, hash, payload FROM journal WHERE place = 6", 7),
    ];
    for (text, first) in tamper {
        let dir = TestDir::new();
        let mut store = open(&dir.0);
        store.apply(&(1..=6).map(deed).collect::<Vec<_>>()).unwrap();
        assert_eq!(store.verify().unwrap(), Verdict::Whole { rows: 6 });
        let by_hand = rusqlite::Connection::open(dir.0.join("store.db")).unwrap();
        by_hand.execute(text, ()).unwrap();
        assert_eq!(store.verify().unwrap(), Verdict::Broken { first }, "{text}");
    }
}

#[test]
fn an_older_file_is_brought_forward_whole_or_not_at_all() {
    let dir = TestDir::new();
    open(&dir.0).apply(&some_of_everything()).unwrap();
    let sealer = seal::Sealer::new(&StoreKey::new([7; 32]));
    let connection = rusqlite::Connection::open(dir.0.join("store.db")).unwrap();
    let age = |steps: &[&str]| schema::age(&connection, &sealer, steps).unwrap();
    let next = [schema::STEPS[0], "ALTER TABLE views ADD COLUMN more TEXT"];
    let broken = [schema::STEPS[0], "CREATE TABLE extra (x); ALTER TABLE nothing ADD COLUMN more TEXT"];
    assert_eq!((age(schema::STEPS), age(&next)), (schema::Age::Ours, schema::Age::Older(1)));
    assert!(schema::migrate(&connection, &sealer, &broken, 1).is_err());
    let extra = "SELECT count(*) FROM sqlite_schema WHERE name = 'extra'";
    assert_eq!(connection.query_row(extra, (), |row| row.get::<_, i64>(0)).unwrap(), 0);
    assert_eq!(age(&next), schema::Age::Older(1), "nothing of the broken step stays");
    schema::migrate(&connection, &sealer, &next, 1).unwrap();
    assert_eq!((age(&next), age(schema::STEPS)), (schema::Age::Ours, schema::Age::Newer));
    drop(connection);

    let mut store = open(&dir.0);
    assert_eq!(store.load().unwrap(), model(&some_of_everything()), "this version reads what it knows");
    assert_eq!(store.report().access, Access::Newer);
    let trouble = store.apply(&[deed(3)]).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Newer);
    assert!(trouble.sentence.contains("newer version"), "{trouble}");
    assert!(!names(&dir.0).iter().any(|name| name.contains("damaged")));
}

#[test]
#[ignore = "it measures; the figures are of whatever machine and profile it runs on"]
fn figures() {
    use crate::runtime::clock::monotonic;
    let dir = TestDir::new();
    let mut store = open(&dir.0);
    store.load().unwrap();
    let mut times: Vec<_> = (1..=1_000)
        .map(|number| {
            let before = monotonic();
            store.apply(&[write(number, 1_000, IntentState::Saving), deed(number)]).unwrap();
            before.elapsed()
        })
        .collect();
    times.sort();
    println!("append with fsync: p50 {:?}, p95 {:?}, p99 {:?}", times[500], times[950], times[990]);
    for way in ["after a kill", "after a clean end"] {
        let picture = dir.0.join("picture");
        if way == "after a kill" {
            copy(&dir.0, &picture);
        } else {
            drop(std::mem::replace(&mut store, open(&dir.0.join("nowhere"))));
        }
        let before = monotonic();
        let mut again = open(if way == "after a kill" { &picture } else { &dir.0 });
        assert_eq!(again.load().unwrap().writes.len(), 1_000);
        println!("open with 1,000 writes {way}: {:?}", before.elapsed());
    }
}
