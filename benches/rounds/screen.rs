//! The whole machine: from a key to the new state, from an answer to the new rows, and from the state to a frame.
//!
//! Must not know what a key does: it is pressed and the state is taken as it is.

use super::{
    synthetic,
    ward::{SIZES, Ward},
};
use divan::{Bencher, black_box};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend};
use rounds::{
    app::{
        Effect, Msg, State,
        geometry::Size,
        keys::{Chord, Keymap},
        screens::worklist,
        source::Source,
        update,
    },
    domain::task::Task,
    providers::{PROVIDERS, SourceProfile},
    ui::{self, theme::Theme},
};
use std::{cell::RefCell, collections::BTreeMap};

const WIDE: Size = Size { width: 200, height: 50 };

thread_local! {
    static STATES: RefCell<BTreeMap<u32, State>> = const { RefCell::new(BTreeMap::new()) };
}

/// Works on the state of a ward's size, built once and settled.
fn with_state<T>(tasks: u32, work: impl FnOnce(&mut State) -> T) -> T {
    STATES.with_borrow_mut(|states| work(states.entry(tasks).or_insert_with(|| state(tasks))))
}

fn state(tasks: u32) -> State {
    let ward = Ward::new(tasks);
    let mut state = State::new(synthetic::now(), TimeZone::UTC, WIDE, Keymap::default(), 1);
    for (name, tag) in [("clinic", "CK"), ("dental", "OD"), ("hospital", "OM")] {
        let can = PROVIDERS[0].1(SourceProfile::default()).can();
        state.add_source(|id| Source { me: Some("prac_7".to_owned()), ..Source::new(id, name, tag, can) });
    }
    state.store = ward.store;
    state.people = ward.people;
    settle(&mut state, Vec::new());
    worklist::rescan(&mut state);
    let effects = std::mem::take(&mut state.effects);
    settle(&mut state, effects);
    state
}

/// Goes on scanning until nothing is left to scan, and forgets every other wish.
fn settle(state: &mut State, mut effects: Vec<Effect>) {
    while let Some(generation) = effects.iter().find_map(|effect| match effect {
        Effect::GoOn(generation) => Some(*generation),
        _ => None,
    }) {
        effects = update(state, synthetic::now(), Msg::GoOn(generation));
    }
}

fn press(state: &mut State, key: &str) -> Vec<Effect> {
    match Chord::parse(key) {
        Some(chord) => update(state, synthetic::now(), Msg::Key(chord)),
        None => Vec::new(),
    }
}

/// A cursor move, from the key to the state.
#[divan::bench(args = SIZES)]
fn move_down(bencher: Bencher, tasks: u32) {
    bencher.bench_local(|| with_state(tasks, |state| press(state, "j")));
}

/// A page, from the key to the state.
#[divan::bench(args = SIZES)]
fn page_down(bencher: Bencher, tasks: u32) {
    bencher.bench_local(|| with_state(tasks, |state| press(state, "PgDn")));
}

/// A letter of a filter, from the key until the rows are final.
#[divan::bench(args = SIZES, sample_count = 20)]
fn filter_letter(bencher: Bencher, tasks: u32) {
    with_state(tasks, |state| press(state, "/"));
    bencher.bench_local(|| {
        with_state(tasks, |state| {
            for key in ["p", "o", "t"] {
                let effects = press(state, key);
                settle(state, effects);
            }
            let effects = press(state, "ctrl-u");
            settle(state, effects);
        });
    });
    with_state(tasks, |state| {
        let effects = press(state, "Esc");
        settle(state, effects);
    });
}

/// The single `update` calls of a filter letter: the slowest is how long a next key may have to wait.
#[divan::bench(args = SIZES, sample_count = 400)]
fn filter_slice(bencher: Bencher, tasks: u32) {
    with_state(tasks, |state| press(state, "/"));
    let mut under_way: Vec<Effect> = Vec::new();
    let mut turn = 0;
    bencher.bench_local(|| {
        with_state(tasks, |state| {
            let go_on = under_way.iter().find_map(|effect| match effect {
                Effect::GoOn(generation) => Some(*generation),
                _ => None,
            });
            under_way = if let Some(generation) = go_on {
                update(state, synthetic::now(), Msg::GoOn(generation))
            } else {
                turn += 1;
                press(state, ["ctrl-u", "p", "o", "t"][turn % 4])
            };
        });
    });
    with_state(tasks, |state| {
        let effects = press(state, "Esc");
        settle(state, effects);
    });
}

/// A page of 100 changed rows arriving while everything is shown, until the rows are final.
#[divan::bench(args = SIZES, sample_count = 20)]
fn page_arrives(bencher: Bencher, tasks: u32) {
    let mut turn = 0;
    bencher.bench_local(|| {
        with_state(tasks, |state| {
            turn += 1;
            let rows: Vec<Task> = (0..100)
                .map(|row| {
                    let task = synthetic::task(row * 7, tasks);
                    Task { business_status: Some(format!("turn {turn}").into()), ..task }
                })
                .collect();
            rounds::app::sync::receive(state, black_box(rows));
            let effects = std::mem::take(&mut state.effects);
            settle(state, effects);
        });
    });
}

/// One frame of 200x50.
#[divan::bench(args = SIZES)]
fn draw_200x50(bencher: Bencher, tasks: u32) {
    draw(bencher, tasks, WIDE);
}

/// One frame of 80x24.
#[divan::bench(args = SIZES)]
fn draw_80x24(bencher: Bencher, tasks: u32) {
    draw(bencher, tasks, Size { width: 80, height: 24 });
}

fn draw(bencher: Bencher, tasks: u32, size: Size) {
    let (Some(theme), Ok(mut terminal)) =
        (Theme::named("ansi16"), Terminal::new(TestBackend::new(size.width, size.height)))
    else {
        return;
    };
    with_state(tasks, |state| update(state, synthetic::now(), Msg::Resize(size)));
    bencher.bench_local(|| {
        with_state(tasks, |state| terminal.draw(|frame| _ = ui::draw(state, &theme, frame)).is_ok());
    });
}
