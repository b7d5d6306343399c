//! Keys in a full section of a document, from the key to the new state, and the frame after them.
//!
//! Must not measure the disk: what is to be kept is only asked for.

use super::{bounds::Figure, synthetic};
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
        check::units,
        document::{Document, Section},
        task::SourceId,
    },
    providers::{PROVIDERS, SourceProfile},
    ui::{self, theme::Theme},
};
use std::time::Duration;

const SIZE: Size = Size { width: 200, height: 50 };
/// What a section may hold, in UTF-16 units, with room for what is typed into it.
const FULL: usize = 50_000 - 12_000;
/// Sections of that length that come near to the largest body.
const MANY: usize = 20;
/// How often each key is pressed.
const ROUNDS: usize = 200;
/// From a key to the state after it.
const KEY: Duration = Duration::from_millis(2);
/// The frame after a key.
const FRAME: Duration = Duration::from_millis(4);

/// What a section is filled with, again and again.
const TEXTS: [(&str, &str); 5] = [
    ("one paragraph of words", "Seen on the ward, awake and warm; potassium again tomorrow. "),
    ("700 lines", "Potassium 6.1, repeated 5.4; ECG without change; told to the ward.\n"),
    ("one word", "potassium"),
    ("Japanese without a break", "検体を再提出し、明朝もう一度カリウムを測ってください。"),
    ("clusters without a break", "👩\u{200D}⚕️🇩🇪e\u{301}👍🏽한\u{11A8}"),
];

/// What is pressed, in turns that leave the text as it was.
const TURNS: [&[&str]; 4] =
    [&["x", "Backspace"], &["Enter", "Backspace"], &["Down", "Up"], &["paste", "ctrl-_"]];

/// The editor in the middle of a full section, among so many others of its kind.
fn state(sections: usize, letters: &str) -> State {
    let mut state = State::new(synthetic::now(), TimeZone::UTC, SIZE, Keymap::default(), 1);
    let can = PROVIDERS[0].1(SourceProfile::default()).can();
    state.add_source(|id| Source::new(id, "clinic", "CK", can));
    let section =
        Section { title: "Course".into(), text: letters.repeat(FULL / units(letters)), ..Section::default() };
    let sections = std::iter::repeat_n(section, sections).collect();
    let document = Document { title: "Synthetic".into(), sections, ..Document::default() };
    editor::open::begin(&mut state, SourceId(0), document, None);
    for key in ["Enter", "ctrl-Home", "PgDn", "PgDn", "Right", "Right"] {
        press(&mut state, key);
    }
    state
}

fn press(state: &mut State, key: &str) {
    let msg = match Chord::parse(key) {
        Some(chord) => Msg::Key(chord),
        None => Msg::Paste(TEXTS[0].1.repeat(170)),
    };
    update(state, synthetic::now(), msg);
}

/// Every key in every text, in a document of this section alone and in one of about a megabyte.
pub(crate) fn figures() -> Vec<Figure> {
    let mut figures = Vec::new();
    for (text, letters) in TEXTS {
        for sections in [1, MANY] {
            let mut state = state(sections, letters);
            for turn in TURNS {
                let name = |key: &str| format!("editor: {key}, {text}, sections: {sections}");
                let mut keys: Vec<Figure> = turn.iter().map(|key| Figure::new(name(key), KEY)).collect();
                for _ in 0..ROUNDS {
                    for (figure, key) in keys.iter_mut().zip(turn) {
                        figure.measure(|| press(&mut state, key));
                    }
                }
                figures.append(&mut keys);
            }
            let mut frame = Figure::new(format!("editor: frame, {text}, sections: {sections}"), FRAME);
            let (theme, Ok(mut terminal)) =
                (Theme::default(), Terminal::new(TestBackend::new(SIZE.width, SIZE.height)));
            for _ in 0..ROUNDS {
                press(&mut state, "Down");
                frame.measure(|| terminal.draw(|frame| _ = ui::draw(&state, &theme, frame)).is_ok());
            }
            figures.push(frame);
        }
    }
    figures
}
