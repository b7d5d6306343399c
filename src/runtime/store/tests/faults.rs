//! The k-th touch of the disk fails, for k = 1, 2, 3 … until a run is clean: what is there afterwards is the old state
//! or the new one, and what was refused is not there.

use super::*;

/// The steps of a run; each is kept whole or not at all.
fn run() -> Vec<Vec<Change>> {
    use crate::app::outbox::CallId;
    vec![
        vec![write(1, 10, IntentState::Saving), deed(1)],
        vec![write(2, 9_000, IntentState::Saving), deed(2)],
        vec![write(1, 10, IntentState::Sending(CallId(1))), deed(3)],
        vec![draft(1, 6_000), view("worklist", "a")],
        vec![Change::DropWrite(id(1)), deed(4), mark(MarkKind::Flag, "task-9")],
        vec![write(3, 10, IntentState::Saving), Change::DropDraft(id(1))],
    ]
}

#[test]
fn a_crash_between_any_two_steps_leaves_the_old_state_or_the_new() {
    let steps = run();
    let mut seen = Vec::new();
    for turn in 1.. {
        let dir = TestDir::swift();
        let (state, picture) = (dir.0.join("state"), dir.0.join("picture"));
        let disk = BadDisk::new(turn, true, io::ErrorKind::Other);
        disk.change(|bad| bad.picture = Some((state.clone(), picture.clone())));
        // The key is made on the way: that may be cut off too.
        let mut store = disk.store(&state, KeyOrigin::File);
        let done = steps.iter().take_while(|step| store.apply(step).is_ok()).count();
        let Some(touch) = disk.failed() else {
            assert_eq!(done, steps.len());
            break;
        };
        seen.push(touch);
        drop(store);
        let mut after = SqliteStore::new(picture, KeyOrigin::File);
        let found = after.load().unwrap();
        let old = model(steps[..done].iter().flatten());
        let new = model(steps[..=done].iter().flatten());
        assert!(found == old || found == new, "touch {turn} ({touch:?}) left {found:#?}");
        assert!(matches!(after.verify().unwrap(), Verdict::Whole { .. }), "touch {turn} ({touch:?})");
        assert_eq!(after.report().notices, Vec::<String>::new(), "touch {turn} ({touch:?})");
        after.apply(&steps[done]).unwrap();
        assert_eq!(after.load().unwrap(), new, "it goes on from there");
    }
    for touch in [Touch::Key, Touch::Make, Touch::Place, Touch::Open, Touch::Write, Touch::Committed] {
        assert!(seen.contains(&touch), "{touch:?} was never hit");
    }
}

#[test]
fn what_was_refused_is_not_there_and_what_was_kept_is() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::ReadOnlyFilesystem, io::ErrorKind::Other] {
        for turn in 1.. {
            let dir = TestDir::swift();
            let disk = BadDisk::new(turn, false, kind);
            let mut store = disk.store(&dir.0, key());
            let mut kept = Kept::default();
            for step in run() {
                match store.apply(&step) {
                    Ok(()) => {
                        for change in &step {
                            kept.apply(change);
                        }
                        assert_eq!(store.report().trouble, None, "a kept change ends the trouble");
                    }
                    Err(trouble) => {
                        assert!(trouble.sentence.starts_with("Not kept"), "{trouble}");
                        assert_eq!(store.report().trouble, Some(trouble));
                    }
                }
            }
            assert_eq!(store.load().unwrap(), kept, "touch {turn} failed with {kind:?}");
            drop(store);
            assert_eq!(open(&dir.0).load().unwrap(), kept, "touch {turn} failed with {kind:?}");
            if disk.failed().is_none() {
                break;
            }
        }
    }
}

#[test]
fn a_crash_while_a_damaged_file_is_made_anew_loses_nothing_more() {
    let origin = TestDir::swift();
    let changes: Vec<Change> = run().into_iter().flatten().collect();
    open(&origin.0).apply(&changes).unwrap();
    let mut damaged = std::fs::read(origin.0.join("store.db")).unwrap();
    damaged[..100].fill(0xAA);
    for turn in 1.. {
        let dir = TestDir::swift();
        let picture = dir.0.join("picture");
        let state = dir.0.join("state");
        crate::runtime::files::private_dir(&state).unwrap();
        std::fs::write(state.join("store.db"), &damaged).unwrap();
        let disk = BadDisk::new(turn, true, io::ErrorKind::Other);
        disk.change(|bad| bad.picture = Some((state.clone(), picture.clone())));
        let mut store = disk.store(&state, key());
        let first = store.load();
        let Some(touch) = disk.failed() else {
            assert_eq!(first.unwrap(), model(&changes));
            break;
        };
        let mut after = open(&picture);
        assert_eq!(after.load().unwrap(), model(&changes), "touch {turn} ({touch:?})");
        let kept = names(&picture).iter().any(|name| name.starts_with("store.db.damaged-"));
        assert!(kept, "touch {turn} ({touch:?}): {:?}", names(&picture));
    }
}
