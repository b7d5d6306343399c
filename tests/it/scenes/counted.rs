//! What a frame and a key cost, counted in whole tasks read and not in time.
//!
//! Must not measure time.

use super::{script, stage::Stage};
use ratatui::{Terminal, backend::TestBackend};
use rounds::{
    app::{Msg, keys::Chord},
    ui::{self, theme::Theme},
};

/// A worklist of some rows, at 80x24 with the names known.
fn worklist(rows: usize) -> Stage {
    let text = format!(
        "scene\n  size 80x24\n  source clinic CK me=dr_me page=1000\n\
         world\n  patient pt_1 Okafor, Ada 1971-03-02\n  patient pt_2 Lindqvist, Bo 1958-11-30\n  \
         patient pt_3 Moreau, Claire 1990-07-07\n  \
         many {rows} r{{n}} routine requested pt=pt_{{m}} \"Round {{n}}\"\n\
         start\nserve\n"
    );
    let items = script::items(&text);
    let mut stage = Stage::new(items[0].block().unwrap());
    items.iter().skip(1).filter_map(script::Item::block).for_each(|block| stage.play(block));
    assert_eq!(stage.state.worklist.rows.len(), rows);
    stage
}

/// Whole tasks read while something is done.
fn reads(stage: &mut Stage, act: impl FnOnce(&mut Stage)) -> u64 {
    let before = stage.state.store.reads();
    act(stage);
    stage.state.store.reads() - before
}

fn draw(stage: &mut Stage) {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| _ = ui::draw(&stage.state, &Theme::default(), frame)).unwrap();
}

#[test]
fn a_frame_reads_the_rows_that_it_shows_and_no_other() {
    for rows in [100, 5_000] {
        let mut stage = worklist(rows);
        let visible = stage.state.geometry().visible_rows() as u64;
        let read = reads(&mut stage, draw);
        assert!((visible..=visible + 2).contains(&read), "{rows} rows: {read} read for {visible} shown");
    }
}

#[test]
fn a_key_reads_no_more_than_a_screen_of_rows_whatever_the_list() {
    for key in ['j', 'G', 'k'] {
        let mut cost = Vec::new();
        for rows in [100, 5_000] {
            let mut stage = worklist(rows);
            let visible = stage.state.geometry().visible_rows() as u64;
            let read = reads(&mut stage, |stage| stage.tell(Msg::Key(Chord::char(key))));
            assert!(read <= visible + 4, "{key} on {rows} rows: {read} read for {visible} shown");
            cost.push(read);
        }
        assert_eq!(cost[0], cost[1], "{key} costs the same on a long list");
    }
}

#[test]
fn a_poll_that_brings_nothing_new_changes_nothing() {
    let mut stage = worklist(300);
    stage.state.changed = false;
    let poll = script::items("wait 59s\n");
    poll.iter().filter_map(script::Item::block).for_each(|block| stage.play(block));
    stage.state.changed = false;
    let revision = stage.state.store.revision();
    let answer = script::items("wait 1s\nserve\n");
    let mut blocks = answer.iter().filter_map(script::Item::block);
    stage.play(blocks.next().unwrap());
    assert!(!stage.calls.is_empty(), "the poll is under way");
    let _ = stage.seen(&frames());
    stage.play(blocks.next().unwrap());
    assert_eq!(stage.seen(&frames()), ["0"]);
    assert_eq!(stage.state.store.revision(), revision);
}

fn frames() -> script::Block {
    script::Block { line: 0, word: "expect".to_owned(), rest: "frames".to_owned(), body: Vec::new() }
}
