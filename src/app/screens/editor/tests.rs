//! Tests of the editor: keys on a document, one history for all of it, and what is kept.

mod selecting;

use super::*;
use crate::app::{
    effect::Effect,
    geometry::Size,
    kept::Draft,
    keys::{Chord, Keymap, parse_sequence},
    layers::confirm,
    msg::{Msg, TimerId},
    outbox::Wish,
    source::Source,
    update, writes,
};
use crate::domain::{
    can::Can,
    check::Problem,
    check_document::{self, Lengths, check_document},
    document::DocumentField,
};
use crate::providers::{ApiError, ErrorKind};
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// Rules under which a document needs neither patient nor author.
static RULES: DocumentRules = DocumentRules {
    required: &[DocumentField::Status, DocumentField::Type, DocumentField::Title, DocumentField::Sections],
    ..check_document::tests::RULES
};

fn now() -> Timestamp {
    "2026-11-21T03:20:00Z".parse().unwrap()
}

fn section(title: &str, text: &str) -> Section {
    Section { title: title.into(), text: text.into(), ..Section::default() }
}

/// The editor open on a document of these sections.
fn state(sections: Vec<Section>) -> State {
    let size = Size { width: 80, height: 24 };
    let mut state = State::new(now(), TimeZone::UTC, size, Keymap::default(), 1);
    let can = Can { documents: Some(&RULES), ..Can::plain("Test") };
    state.add_source(|id| Source::new(id, "clinic", "CK", can));
    let document = Document { title: "Synthetic".into(), sections, ..Document::default() };
    open::begin(&mut state, SourceId(0), document, None);
    state
}

fn editor(state: &State) -> &Editor {
    state.editor.as_deref().unwrap()
}

/// Presses keys, `~` before a text that is typed.
fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for word in keys.split(' ') {
        let chords: Vec<Chord> = match word.strip_prefix('~') {
            Some(text) => text.chars().map(Chord::char).collect(),
            None => parse_sequence(word).unwrap(),
        };
        for chord in chords {
            effects.extend(update(state, now(), Msg::Key(chord)));
        }
    }
    effects
}

/// The outline in words: `1 Title(text)`.
fn outline_of(state: &State) -> String {
    let rows = outline::rows(&editor(state).document);
    let told =
        |row: &Row<'_>| format!("{} {}({})", check::number(&row.path), row.section.title, row.section.text);
    rows.iter().map(told).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_keys_of_the_outline_change_the_tree_and_undo_brings_it_back() {
    let start = || vec![section("A", "a"), section("B", "b"), section("C", "")];
    for (keys, tree) in [
        ("o ~New Enter", "1 A(a) 2 New() 3 B(b) 4 C()"),
        ("O ~New Enter", "1 A(a) 1.1 New() 2 B(b) 3 C()"),
        ("J", "1 B(b) 2 A(a) 3 C()"),
        ("j K", "1 B(b) 2 A(a) 3 C()"),
        ("j >", "1 A(a) 1.1 B(b) 2 C()"),
        ("j > <", "1 A(a) 2 B(b) 3 C()"),
        ("x", "1 B(b) 2 C()"),
        ("m", "1 A(a\n\nb) 2 C()"),
        ("j m", "1 A(a) 2 B(b) 3 C()"),
        ("Enter ~x Esc x", "1 B(b) 2 C()"),
        ("e ctrl-u ~Z F2", "1 Z(a) 2 B(b) 3 C()"),
    ] {
        let mut state = state(start());
        press(&mut state, keys);
        let tree = if keys == "j m" { "1 A(a) 2 B(b)" } else { tree };
        assert_eq!(outline_of(&state), tree, "{keys}");
        for _ in 0..9 {
            press(&mut state, "u");
        }
        assert_eq!(outline_of(&state), "1 A(a) 2 B(b) 3 C()", "{keys} taken back");
    }
}

#[test]
fn text_and_tree_have_one_history() {
    let mut state = state(vec![section("A", "")]);
    press(&mut state, "Enter ~one Esc o ~B Enter Enter ~two ctrl-_");
    assert_eq!(outline_of(&state), "1 A(one) 2 B()");
    press(&mut state, "Esc u");
    assert_eq!(outline_of(&state), "1 A(one)");
    press(&mut state, "u");
    assert_eq!(outline_of(&state), "1 A()");
    press(&mut state, "U U U");
    assert_eq!(outline_of(&state), "1 A(one) 2 B(two)");
    assert_eq!((editor(&state).at.clone(), editor(&state).prose.cursor()), (Path::new([1]), 3));
}

#[test]
fn a_text_is_split_and_joined_again() {
    let mut state = state(vec![section("A", "one\n\ntwo")]);
    press(&mut state, "Enter ctrl-Home Down F4");
    assert_eq!(outline_of(&state), "1 A(one\n) 2 A(two)");
    press(&mut state, "ctrl-_");
    assert_eq!(outline_of(&state), "1 A(one\n\ntwo)");
}

#[test]
fn selections_are_cut_copied_and_put_back() {
    let mut state = state(vec![section("A", "one two")]);
    press(&mut state, "Enter Home shift-Right shift-Right shift-Right ctrl-x End ctrl-y");
    assert_eq!(outline_of(&state), "1 A( twoone)");
    let effects = press(&mut state, "Home ctrl-t End ctrl-c");
    assert!(effects.contains(&Effect::Copy("text", " twoone".to_owned())), "{effects:?}");
    press(&mut state, "ctrl-c");
    assert_eq!(editor(&state).pane, Pane::Outline, "with nothing selected it goes to the outline");
}

#[test]
fn a_paste_is_one_step_and_what_cannot_be_seen_is_asked_about() {
    for (answer, text) in [("y", "redbed"), ("k", "\u{1b}red\u{202E}bed"), ("n", "")] {
        let mut state = state(vec![section("A", "")]);
        press(&mut state, "Enter");
        update(&mut state, now(), Msg::Paste("\u{1b}red\u{202E}bed".to_owned()));
        assert_eq!(outline_of(&state), "1 A()", "nothing before the answer");
        press(&mut state, answer);
        assert_eq!(outline_of(&state), format!("1 A({text})"));
    }
    let mut state = state(vec![section("A", "")]);
    press(&mut state, "Enter ~x");
    update(&mut state, now(), Msg::Paste("two\r\nlines\rhere".to_owned()));
    assert_eq!(outline_of(&state), "1 A(xtwo\nlines\nhere)", "line ends are the terminal's");
    press(&mut state, "ctrl-_");
    assert_eq!(outline_of(&state), "1 A(x)");
}

#[test]
fn what_is_typed_is_kept_after_a_second_or_fifty_edits() {
    let mut state = state(vec![section("A", "")]);
    let effects = press(&mut state, "Enter ~a");
    let timers = effects.iter().filter(|effect| matches!(effect, Effect::Timer { id: TimerId::Draft, .. }));
    assert_eq!(timers.count(), 1);
    let effects = press(&mut state, "~b");
    assert!(effects.is_empty(), "the timer runs already: {effects:?}");
    let effects = update(&mut state, now(), Msg::Timer(TimerId::Draft));
    let kept = effects.iter().find_map(|effect| match effect {
        Effect::StoreDraft { draft, revision } => Some((draft.clone(), *revision)),
        _ => None,
    });
    let (draft, revision) = kept.unwrap();
    assert_eq!(keep::read(&draft).unwrap().document.sections[0].text, "ab");
    assert!(!editor(&state).keep.is_whole());
    update(&mut state, now(), Msg::DraftStored { id: draft.id, revision, outcome: Ok(()) });
    assert!(editor(&state).keep.is_whole());
    let effects = press(&mut state, &format!("~{}", "x".repeat(50)));
    let stored = effects.iter().filter(|effect| matches!(effect, Effect::StoreDraft { .. }));
    assert_eq!(stored.count(), 1);
}

#[test]
fn whoever_never_pauses_is_kept_within_a_second_and_fifty_edits() {
    for (gap_ms, seconds) in [(5, 3), (19, 5), (100, 8), (900, 20), (1_500, 30)] {
        let mut state = state(vec![section("A", "")]);
        press(&mut state, "Enter");
        let at = |ms: i64| Timestamp::from_millisecond(now().as_millisecond() + ms).unwrap();
        // When each letter was typed that no draft holds yet, and when the timer is due.
        let (mut open, mut due): (Vec<Timestamp>, Option<Timestamp>) = (Vec::new(), None);
        for typed in (0..seconds * 1_000).step_by(gap_ms).map(|ms| at(i64::from(ms))) {
            let rings = due.filter(|due| *due <= typed).map(|due| (due, Msg::Timer(TimerId::Draft)));
            for (when, msg) in rings.into_iter().chain([(typed, Msg::Key(Chord::char('x')))]) {
                match msg {
                    Msg::Timer(_) => due = None,
                    _ => open.push(when),
                }
                for effect in update(&mut state, when, msg) {
                    match effect {
                        Effect::Timer { id: TimerId::Draft, at } => due = Some(at),
                        Effect::StoreDraft { draft, .. } => {
                            let body = keep::read(&draft).unwrap();
                            assert_eq!(body.document.sections[0].text, editor(&state).prose.text());
                            open.clear();
                        }
                        _ => {}
                    }
                }
                let oldest = open.first().map_or(0, |typed| when.as_millisecond() - typed.as_millisecond());
                assert!(oldest < 1_000 && open.len() < 50, "{gap_ms}: {oldest} ms, {} edits", open.len());
                assert!(due.is_some() || open.is_empty(), "what waits has a timer");
            }
        }
    }
}

#[test]
fn a_draft_is_written_out_as_it_was_when_it_was_given_away() {
    let mut state = state(vec![section("A", "one")]);
    press(&mut state, "Enter ~\u{1F600}");
    keep::store(&mut state);
    let draft = state.drafts[0].clone();
    press(&mut state, "~later");
    let stored: Draft = serde_json::from_str(&serde_json::to_string(&draft).unwrap()).unwrap();
    assert_eq!(stored, draft);
    assert_eq!(keep::read(&stored).unwrap().document.sections[0].text, "one\u{1F600}");
}

#[test]
fn a_draft_is_taken_up_where_it_was_left_with_what_can_be_taken_back() {
    let mut state = state(vec![section("A", ""), section("B", "")]);
    press(&mut state, "j Enter ~one");
    press(&mut state, "Esc q");
    assert!(state.editor.is_none() && state.screen == Screen::Worklist);
    let id = state.drafts[0].id;
    open::reopen(&mut state, id);
    assert_eq!(outline_of(&state), "1 A() 2 B(one)");
    assert_eq!((editor(&state).at.clone(), editor(&state).prose.cursor()), (Path::new([1]), 3));
    press(&mut state, "u");
    assert_eq!(outline_of(&state), "1 A() 2 B()");
    assert_eq!(state.drafts.len(), 1, "it is the same draft");
}

#[test]
fn a_draft_is_offered_at_the_start_and_only_read_beside_another_window() {
    let mut state = state(vec![section("A", "")]);
    press(&mut state, "Enter ~one Esc q");
    update(&mut state, now(), Msg::Start);
    let said = state.toast.as_ref().map_or("", |toast| &toast.text);
    assert!(said.starts_with("A document is not sent yet: Synthetic") && said.contains("gd"), "{said}");
    state.is_store_reader = true;
    let id = state.drafts[0].id;
    open::reopen(&mut state, id);
    press(&mut state, "Enter ~x Esc x u");
    assert_eq!(outline_of(&state), "1 A(one)", "nothing is changed here");
}

#[test]
fn a_folded_section_hides_what_stands_beneath_and_opens_for_the_cursor() {
    let mut host = section("A", "a");
    host.sections = vec![section("A1", "x")];
    let mut state = state(vec![host, section("B", "b")]);
    press(&mut state, "Space j");
    assert_eq!(editor(&state).at, Path::new([1]));
    press(&mut state, "k Space j");
    assert_eq!(editor(&state).at, Path::new([0, 0]));
}

#[test]
fn a_limit_is_counted_while_it_is_typed_and_problems_are_gone_to() {
    let mut state = state(vec![section("A", &"x".repeat(50_000)), section("", "b")]);
    assert_eq!(editor(&state).check.of_section(&Path::new([0])).count(), 0);
    press(&mut state, "Enter ~y");
    assert_eq!(editor(&state).prose.units(), 50_001);
    assert_eq!(editor(&state).check.of_section(&Path::new([0])).count(), 1);
    let bytes = editor(&state).check.lengths.body();
    assert_eq!(bytes, check_document::body_bytes(&editor(&state).document));
    press(&mut state, "Esc [e");
    assert_eq!(editor(&state).at, Path::new([1]), "the section without a title");
}

const KEYS: [&str; 26] = [
    "j",
    "k",
    "J",
    "K",
    ">",
    "<",
    "x",
    "m",
    "Space",
    "Tab",
    "u",
    "U",
    "Enter",
    "Esc",
    "o ~N Enter",
    "O ~M Enter",
    "Backspace",
    "ctrl-w",
    "ctrl-k",
    "ctrl-u",
    "F4",
    "ctrl-y",
    "shift-Right",
    "ctrl-x",
    "~\u{301}z",
    "Down",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn any_keys_then_undo_give_the_same_document(keys in prop::collection::vec(0usize..26, 0..60)) {
        let mut host = section("A", "one\r\ntwo \u{1b}[31m\u{202E}");
        host.sections = vec![section("A1", "日本語 e\u{301}"), section("A2", "")];
        let mut state = state(vec![host, section("B", "a\rb")]);
        let before = editor(&state).document.clone();
        for key in keys {
            press(&mut state, KEYS[key]);
            if state.editor.is_none() {
                let id = state.drafts.first().map(|draft| draft.id);
                match id {
                    Some(id) => open::reopen(&mut state, id),
                    None => return Ok(()),
                }
            }
            let editor = editor(&state);
            let text = editor.section().map_or("", |section| &section.text);
            prop_assert_eq!(editor.prose.text(), text);
            prop_assert_eq!(&editor.check.lengths, &Lengths::of(&editor.document));
            let found = check_document(&editor.document, &RULES, true);
            prop_assert_eq!(editor.check.found.len(), found.len());
            let draft = serde_json::to_string(&editor.document).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Document>(&draft).unwrap(), &editor.document);
        }
        state.layers.clear();
        while state.editor.as_deref_mut().unwrap().walk(false) {}
        prop_assert_eq!(&editor(&state).document, &before);
    }
}

#[test]
fn a_refused_write_goes_back_into_the_editor_with_what_was_said_of_it() {
    for has_draft in [true, false] {
        let mut state = state(vec![section("A", "a"), section("B", "b")]);
        press(&mut state, "j Enter ~x Esc k");
        keep::store(&mut state);
        let key = editor(&state).keep.id.to_string();
        let document = Box::new(editor(&state).document.clone());
        press(&mut state, "q gD Enter");
        assert_eq!(state.screen, Screen::Editor, "the screen of drafts goes on with it");
        press(&mut state, "q");
        if !has_draft {
            state.drafts.clear();
        }
        let wish = Wish::CreateDocument(document);
        let id = writes::send_document(&mut state, SourceId(0), wish, "New document".to_owned(), key.clone());
        let intent = state.outbox.get(id).unwrap().clone();
        let problem = Problem::at_path("sections.1.text", "The text names a colour.");
        let error = ApiError {
            kind: ErrorKind::Refused(vec![problem]),
            status: Some(422),
            sentence: "Validation failed.".to_owned(),
            request_id: None,
        };
        state.outbox.keep_refused(intent, error);
        confirm::open_refused(&mut state, id);
        let effects = press(&mut state, "e");

        assert_eq!(state.screen, Screen::Editor);
        assert_eq!(outline_of(&state), "1 A(a) 2 B(bx)");
        let editor = editor(&state);
        assert_eq!(check::number(&editor.at), "2", "the cursor is where something was said");
        assert!(
            editor.check.of_section(&editor.at).any(|located| located.sentence == "The text names a colour.")
        );
        assert_ne!(editor.keep.id.to_string(), key, "it is sent anew under a key of its own");
        assert_eq!(lock(&state), None);
        assert!(state.outbox.get(id).is_none());
        let [draft] = state.drafts.as_slice() else { panic!("{} drafts", state.drafts.len()) };
        assert_eq!(draft.id, editor.keep.id);
        let place = |is: fn(&Effect) -> bool| effects.iter().position(is).unwrap();
        let (kept, forgotten) = (
            place(|effect| matches!(effect, Effect::Store(_))),
            place(|effect| matches!(effect, Effect::Forget(..))),
        );
        assert!(kept < forgotten, "the text is kept before its write goes");
    }
}
