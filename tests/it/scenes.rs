//! The main suite: scenes as text files, played by the real `update` and `draw` with a fake hand.
//!
//! Must not sleep, open a connection or read the clock. `ROUNDS_BLESS=1` writes what is expected anew; every screen
//! is read before it is kept.

mod counted;
mod document;
mod glance;
mod kept;
mod kinds;
mod reply;
mod script;
mod stage;
mod world;

use script::{Block, Item};
use stage::Stage;
use std::{fmt::Write as _, path::PathBuf};

/// A test for each scene, and the list that no file may be missing from.
macro_rules! scenes {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name),)*];
        $(#[test] fn $name() { check(stringify!($name)); })*
    };
}

scenes! {
    auditor
    bulk
    bulk_results
    burst
    capped
    changes
    claim_lost
    commands
    conflict
    conflict_bare
    conflict_document
    conflict_form
    conflict_systems
    copy
    create_refused
    create_unknown
    create_unknown_found
    credential_stops
    degraded
    dental_verbs
    detail
    did_not_stick
    document_removal
    documents_screen
    drafts_screen
    editor_compare
    editor_hostile
    editor_mouse
    editor_pickers
    editor_refused
    editor_remarks
    editor_search
    editor_send
    editor_take_back
    editor_wide
    editor_write
    empty_view
    external_edit
    filter
    filter_bad
    filter_completion
    first_run
    flags
    foot_full
    foot_homeless
    foot_offline
    foot_readonly
    form_edit
    freeze
    ghost
    held
    help
    hidden_stat
    history
    hostile_text
    idle
    journal_screen
    limits
    long_lists
    merge
    merged_systems
    mine_already
    mouse
    names
    new_stat_rings_once
    notes_apart
    notes_form
    office_priorities
    outbox_screen
    own_stat_is_no_news
    paging_guard
    patient_changed
    pending
    permission
    polling
    profiles
    quick_add
    quit
    quota
    quota_of_a_write
    read_only
    reassign
    refused_update
    reminder_rings
    resize
    search_lag
    second_instance
    snooze
    source_dies
    sources_screen
    stat_while_typing
    stored_first
    thaw_keeps_the_line
    undated_and_unknown
    undo_bulk
    undo_create
    undo_held
    undo_leave
    undo_more
    undo_sent
    undo_stat
    undo_waits_for_the_disk
    unsent_at_quit
    update_unknown
    verbs
    verbs_refused
    views
    wake
    width_ladder
    writes_wait
}

#[test]
fn every_scene_file_is_played() {
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".scene", ""))
        .collect();
    files.sort();
    assert_eq!(files, NAMES, "the list in scenes.rs, in order, names every file of tests/scenes");
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenes")
}

#[expect(clippy::disallowed_methods, reason = "a switch for whoever writes the tests, not for the program")]
fn is_blessing() -> bool {
    std::env::var_os("ROUNDS_BLESS").is_some()
}

/// Plays one scene and compares everything that it expects.
fn check(name: &str) {
    let path = folder().join(format!("{name}.scene"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(text.starts_with("# "), "{name}: the first line says what the scene shows");
    let mut items = script::items(&text);
    let scene = items.iter().position(|item| item.is("scene")).expect("a scene begins with its head");
    let mut stage = Stage::new(items[scene].block().expect("just found"));
    let mut wrong = String::new();
    let mut expectations = 0;
    for item in items.iter_mut().skip(scene + 1) {
        let Item::Block(block) = item else { continue };
        if block.word != "expect" {
            stage.play(block);
            continue;
        }
        expectations += 1;
        match compare(&stage.seen(block), block) {
            Ok(()) => {}
            Err(body) if is_blessing() && block.rest != "lines" && block.rest != "no lines" => {
                block.body = body;
            }
            Err(body) => {
                let (line, rest) = (block.line, &block.rest);
                let (was, now) = (block.body.join("\n  "), body.join("\n  "));
                let _ = writeln!(wrong, "line {line}: expect {rest}\n  {was}\nbut it is\n  {now}\n");
            }
        }
    }
    assert!(expectations > 0, "{name} expects nothing");
    if is_blessing() {
        let blessed = script::text(&items);
        if blessed != text {
            std::fs::write(&path, blessed).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{name}\n{wrong}{}", stage.report());
}

/// Whether what is seen is what is expected; else what the block would have to say.
fn compare(seen: &[String], block: &Block) -> Result<(), Vec<String>> {
    let has = |wanted: &String| seen.iter().any(|line| line.contains(wanted.as_str()));
    let holds = match block.rest.as_str() {
        "lines" => block.body.iter().all(has),
        "no lines" => !block.body.iter().any(has),
        _ => seen == block.body,
    };
    if holds { Ok(()) } else { Err(seen.to_vec()) }
}
