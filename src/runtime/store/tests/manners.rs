//! Who may read the files, who may write, and what is said when nothing can be kept.

use super::*;
use crate::runtime::{files::private_dir, store::key::KEY_FILE};
use std::os::unix::fs::{MetadataExt, symlink};

#[test]
fn files_are_for_their_owner_alone_whatever_the_umask() {
    let dir = TestDir::new();
    let state = dir.0.join("state");
    let before = rustix::process::umask(rustix::fs::Mode::empty());
    let mut store = SqliteStore::new(state.clone(), KeyOrigin::File);
    let kept = store.apply(&some_of_everything());
    rustix::process::umask(before);
    kept.unwrap();
    let mode = |path: &Path| std::fs::symlink_metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    assert_eq!(names(&state), ["store.db", "store.db-shm", "store.db-wal", KEY_FILE, "store.lock"]);
    for name in names(&state) {
        assert_eq!(mode(&state.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn nothing_of_a_patient_lies_unsealed_in_any_file() {
    let dir = TestDir::new();
    let mut store = SqliteStore::new(dir.0.clone(), KeyOrigin::File);
    store.apply(&some_of_everything()).unwrap();
    let secrets = [NAME, "pt_synthetic", "task-1", "pt:synthetic", "Letter", "yyyy", "worklist"];
    let search = || {
        for name in names(&dir.0) {
            let bytes = std::fs::read(dir.0.join(&name)).unwrap();
            for secret in secrets {
                let found = memchr::memmem::find(&bytes, secret.as_bytes());
                assert_eq!(found, None, "{secret} in {name}");
            }
        }
    };
    search();
    drop(store);
    search();
    let database = std::fs::read(dir.0.join("store.db")).unwrap();
    assert!(memchr::memmem::find(&database, b"clinic").is_some(), "the search finds what is there");
}

#[test]
fn the_second_only_reads_says_who_writes_and_takes_over_afterwards() {
    let dir = TestDir::new();
    let mut first = open(&dir.0);
    first.apply(&[write(1, 1, IntentState::Saving)]).unwrap();
    let mut second = open(&dir.0);
    assert_eq!(second.load().unwrap().writes.len(), 1);
    let pid = std::process::id();
    assert_eq!(second.report().access, Access::Reader { pid: Some(pid) });
    let trouble = second.apply(&[write(2, 1, IntentState::Saving)]).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Held);
    assert!(trouble.sentence.contains(&format!("process {pid}")), "{trouble}");
    first.apply(&[write(3, 1, IntentState::Saving), deed(3)]).unwrap();
    assert_eq!(second.load().unwrap().writes.len(), 2, "it sees what the first keeps");
    assert_eq!(second.deeds(5).unwrap().len(), 1);
    assert_eq!(second.verify().unwrap(), Verdict::Whole { rows: 1 });
    drop(first);
    second.apply(&[write(2, 1, IntentState::Saving)]).unwrap();
    assert_eq!((second.load().unwrap().writes.len(), second.report().trouble), (3, None));
}

#[test]
fn links_and_foreign_files_are_not_used() {
    for name in ["store.db", "store.db-wal", "store.lock", KEY_FILE] {
        let dir = TestDir::new();
        let (state, target) = (dir.0.join("state"), dir.0.join("target"));
        private_dir(&state).unwrap();
        std::fs::write(&target, "precious").unwrap();
        symlink(&target, state.join(name)).unwrap();
        let trouble = SqliteStore::new(state, KeyOrigin::File).apply(&[deed(1)]).unwrap_err();
        assert!(trouble.sentence.contains("symbolic link"), "{name}: {trouble}");
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    }
    if rustix::process::geteuid().is_root() {
        let dir = TestDir::new();
        open(&dir.0).apply(&[deed(1)]).unwrap();
        std::os::unix::fs::chown(dir.0.join("store.db"), Some(1), None).unwrap();
        let trouble = open(&dir.0).load().unwrap_err();
        assert!(trouble.sentence.contains("somebody else"), "{trouble}");
    }
}

#[test]
fn another_key_opens_nothing_and_changes_nothing() {
    let dir = TestDir::new();
    open(&dir.0).apply(&some_of_everything()).unwrap();
    let before = std::fs::read(dir.0.join("store.db")).unwrap();
    let other = KeyOrigin::Given(StoreKey::new([8; 32]));
    let mut store = SqliteStore::new(dir.0.clone(), other);
    for _ in 0..2 {
        let trouble = store.apply(&[deed(9)]).unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Key);
        assert!(trouble.sentence.contains("another key"), "{trouble}");
    }
    drop(store);
    assert_eq!(std::fs::read(dir.0.join("store.db")).unwrap(), before);
    assert_eq!(open(&dir.0).load().unwrap(), model(&some_of_everything()));
}

#[test]
fn a_key_file_that_is_gone_sets_the_store_aside_and_a_damaged_one_stops() {
    let dir = TestDir::new();
    let store = || SqliteStore::new(dir.0.clone(), KeyOrigin::File);
    store().apply(&some_of_everything()).unwrap();
    let key = std::fs::read(dir.0.join(KEY_FILE)).unwrap();
    std::fs::write(dir.0.join(KEY_FILE), &key[..40]).unwrap();
    assert_eq!(store().load().unwrap_err().kind, TroubleKind::Key);
    std::fs::write(dir.0.join(KEY_FILE), &key).unwrap();
    assert_eq!(store().load().unwrap(), model(&some_of_everything()));

    std::fs::remove_file(dir.0.join(KEY_FILE)).unwrap();
    let mut fresh = store();
    assert_eq!(fresh.load().unwrap(), Kept::default());
    assert!(fresh.report().notices[0].contains("key file beside the store is gone"));
    fresh.apply(&[deed(1)]).unwrap();
    assert!(names(&dir.0).iter().any(|name| name.starts_with("store.db.keyless-")));
}

#[test]
fn a_network_disk_gets_the_slower_way_and_back() {
    let dir = TestDir::new();
    let disk = BadDisk::new(0, false, io::ErrorKind::Other);
    disk.change(|state| state.remote = true);
    let mut store = disk.store(&dir.0, key());
    store.apply(&some_of_everything()).unwrap();
    assert!(store.report().notices[0].contains("network"), "{:?}", store.report());
    assert!(!dir.0.join("store.db-wal").exists());
    drop(store);
    let mut store = open(&dir.0);
    assert_eq!(store.load().unwrap(), model(&some_of_everything()));
    assert!(dir.0.join("store.db-wal").exists());
    store.apply(&[write(9, 1, IntentState::Saving)]).unwrap();
    drop(store);
    assert_eq!(disk.store(&dir.0, key()).load().unwrap().writes.len(), 3);
}

#[test]
fn a_disk_without_room_refuses_the_whole_change_and_recovers_by_itself() {
    let dir = TestDir::new();
    let mut store = open(&dir.0);
    store.apply(&[write(1, 1, IntentState::Saving)]).unwrap();
    let pages: i64 = {
        let connection = &store.open.as_ref().unwrap().connection;
        let pages = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
        pages
    };
    assert!(pages > 1);
    let trouble = store.apply(&[deed(1), write(2, 50_000, IntentState::Saving)]).unwrap_err();
    assert_eq!(trouble.kind, TroubleKind::Full);
    assert!(trouble.sentence.contains("full") && store.report().trouble == Some(trouble));
    assert_eq!(store.load().unwrap().writes.len(), 1);
    assert!(store.deeds(9).unwrap().is_empty(), "nothing of the refused change is there");
    assert!(store.report().trouble.is_some(), "reading does not end the trouble");
    store.apply(&[write(2, 50_000, IntentState::Saving)]).unwrap();
    assert_eq!(store.report().trouble, None);
}

#[test]
fn a_directory_that_was_taken_away_is_made_again_with_all_that_was_in_it() {
    let dir = TestDir::new();
    let state = dir.0.join("state");
    let mut store = open(&state);
    store.apply(&some_of_everything()).unwrap();
    std::fs::remove_dir_all(&state).unwrap();
    std::fs::write(&state, "something in its place").unwrap();
    for _ in 0..2 {
        let trouble = store.apply(&[draft(3, 1)]).unwrap_err();
        assert!(trouble.sentence.starts_with("Not kept"), "{trouble}");
        assert!(store.report().trouble.is_some());
    }
    std::fs::remove_file(&state).unwrap();
    store.apply(&[draft(3, 1)]).unwrap();
    assert_eq!(store.report().trouble, None);
    drop(store);
    let mut expected = some_of_everything();
    expected.push(draft(3, 1));
    assert_eq!(open(&state).load().unwrap(), model(&expected));
}

#[test]
fn a_file_that_was_replaced_is_not_written_in_the_dark() {
    let dir = TestDir::new();
    let mut store = open(&dir.0);
    store.apply(&some_of_everything()).unwrap();
    for name in names(&dir.0).into_iter().filter(|name| name.starts_with("store.db")) {
        std::fs::remove_file(dir.0.join(name)).unwrap();
    }
    store.apply(&[draft(3, 1)]).unwrap();
    drop(store);
    assert_eq!(open(&dir.0).load().unwrap().drafts.len(), 3);
}

#[test]
fn rows_in_words_of_another_version_stay_where_they_are() {
    let dir = TestDir::new();
    let mut store = open(&dir.0);
    store.apply(&[write(1, 1, IntentState::Saving), draft(1, 1)]).unwrap();
    let opened = store.open.as_ref().unwrap();
    let sealed = opened.sealer.seal("drafts", id(1).as_bytes(), b"\x09of a later form").unwrap();
    opened.connection.execute("UPDATE drafts SET payload = ?1", [sealed]).unwrap();
    drop(store);
    for _ in 0..2 {
        let mut store = open(&dir.0);
        let kept = store.load().unwrap();
        assert_eq!((kept.writes.len(), kept.drafts.len(), kept.not_understood), (1, 0, 1));
        store.apply(&[deed(1)]).unwrap();
        assert!(store.report().notices.is_empty());
    }
}

fn seat(name: &str) -> keep::Seat {
    keep::Seat { name: name.into(), origin: "https://clinic.example.org".into() }
}

#[tokio::test]
async fn the_journal_of_writes_keeps_each_state_and_lets_go() {
    use crate::app::outbox::{CallId, End};
    use crate::runtime::journal::Journal;
    let dir = TestDir::new();
    let keeper = Arc::new(Keeper::start(open(&dir.0)).unwrap());
    let mut journal = keep::KeptJournal::new(Arc::clone(&keeper), vec![seat("clinic")]);
    let Change::PutWrite(record) = write(1, 1, IntentState::Saving) else { unreachable!() };
    let mut intent = record.intent;
    for state in [IntentState::Saving, IntentState::Sending(CallId(2))] {
        intent.state = state;
        let (sender, answer) = tokio::sync::oneshot::channel();
        journal.keep(&intent, Box::new(move |outcome| sender.send(outcome).unwrap()));
        assert_eq!(answer.await.unwrap(), Ok(()));
    }
    let kept = keeper.load().await.unwrap().writes;
    assert_eq!((kept.len(), &kept[0].intent.state), (1, &IntentState::Sending(CallId(2))));
    assert_eq!(kept[0].source, "clinic");

    let mut next_run = keep::KeptJournal::new(Arc::clone(&keeper), vec![seat("clinic")]);
    next_run.adopt(&[intent]);
    next_run.forget(IntentId(1), End::Refused("Too long.".into()));
    assert!(keeper.load().await.unwrap().writes.is_empty());
    let deeds = keeper.deeds(9).await.unwrap();
    let kinds: Vec<&str> = deeds.iter().map(|deed| deed.kind.name()).collect();
    assert_eq!(kinds, ["confirmed", "sent", "refused"]);
    assert_eq!(deeds[2].answer.as_deref(), Some("Too long."));
}
