//! A key in a long section of a large document, from the key to the new state, and the frame after it.
//!
//! Must not measure the disk: what is to be kept is only asked for.

use super::synthetic;
use divan::Bencher;
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend};
use rounds::{
    app::{
        Msg, State,
        geometry::Size,
        keys::{Chord, Keymap},
        screens::editor,
        source::Source,
        update,
    },
    domain::{
        document::{Document, Section},
        task::SourceId,
    },
    providers::{PROVIDERS, SourceProfile},
    ui::{self, theme::Theme},
};

const SIZE: Size = Size { width: 200, height: 50 };
/// What a section may hold.
const LONGEST: usize = 50_000;

/// The editor in the text of a full section, among so many others; `letters` is what it is filled with.
fn state(sections: usize, letters: &str) -> State {
    let mut state = State::new(synthetic::now(), TimeZone::UTC, SIZE, Keymap::default(), 1);
    let can = PROVIDERS[0].1(SourceProfile::default()).can();
    state.add_source(|id| Source::new(id, "clinic", "CK", can));
    let text: String = letters.chars().cycle().take(LONGEST - 1_000).collect();
    let section = Section { title: "Course".into(), text, ..Section::default() };
    let sections = std::iter::repeat_n(section, sections).collect();
    let document = Document { title: "Synthetic".into(), sections, ..Document::default() };
    editor::open::begin(&mut state, SourceId(0), document, None);
    for key in ["Enter", "ctrl-Home", "PgDn", "PgDn"] {
        press(&mut state, key);
    }
    state
}

fn press(state: &mut State, key: &str) {
    if let Some(chord) = Chord::parse(key) {
        update(state, synthetic::now(), Msg::Key(chord));
    }
}

const WORDS: &str = "Seen on the ward, awake and warm; potassium again tomorrow. ";
const WIDE: &str = "検体を再提出する。é🇩🇪 ";

/// A letter typed and taken away again in a full section, alone and among twenty of its kind (1 MB).
#[divan::bench(args = [1, 20])]
fn letter(bencher: Bencher, sections: usize) {
    let mut state = state(sections, WORDS);
    bencher.bench_local(|| {
        press(&mut state, "x");
        press(&mut state, "Backspace");
    });
}

/// The same in a text without ASCII and without line ends.
#[divan::bench(args = [1, 20])]
fn wide_letter(bencher: Bencher, sections: usize) {
    let mut state = state(sections, WIDE);
    bencher.bench_local(|| {
        press(&mut state, "x");
        press(&mut state, "Backspace");
    });
}

/// The frame after a key.
#[divan::bench]
fn frame(bencher: Bencher) {
    let state = state(20, WORDS);
    let theme = Theme::default();
    bencher.bench_local(|| {
        let Ok(mut terminal) = Terminal::new(TestBackend::new(SIZE.width, SIZE.height));
        let _ = terminal.draw(|frame| ui::draw(&state, &theme, frame));
    });
}
