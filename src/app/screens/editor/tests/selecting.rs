//! Selecting with the mouse and with keys, and what becomes of every cluster that is cut and put back.

use super::*;
use crate::{app::msg::Mouse, domain::markdown::tests::HOSTILE};
use jiff::SignedDuration;
use unicode_segmentation::UnicodeSegmentation;

/// The state with the keys in the text.
fn writing(text: &str) -> State {
    let mut state = state(vec![section("A", text), section("B", "b")]);
    press(&mut state, "Enter ctrl-Home");
    state
}

/// Does something with the mouse at a cell of the text pane, some milliseconds after the start.
fn point(state: &mut State, at_ms: i64, column: u16, row: i16, make: fn(u16, u16) -> Mouse) {
    let text = layout(state).text;
    let mouse = make(text.x + column, (text.y as i16 + row) as u16);
    update(state, now() + SignedDuration::from_millis(at_ms), Msg::Mouse(mouse));
}

const DOWN: fn(u16, u16) -> Mouse = |column, row| Mouse::Press { column, row };
const DRAG: fn(u16, u16) -> Mouse = |column, row| Mouse::Drag { column, row };

fn selected(state: &State) -> &str {
    editor(state).prose.selected()
}

#[test]
fn clicks_take_the_word_then_the_paragraph_and_dragging_selects() {
    let mut state = writing("one two three\nfour");
    for (at_ms, column, wanted) in
        [(0, 5, ""), (100, 5, "two"), (200, 5, "one two three"), (300, 5, ""), (2_000, 5, ""), (2_100, 9, "")]
    {
        point(&mut state, at_ms, column, 0, DOWN);
        assert_eq!(selected(&state), wanted, "{at_ms}");
    }
    point(&mut state, 3_000, 4, 0, DOWN);
    point(&mut state, 3_010, 7, 0, DRAG);
    assert_eq!(selected(&state), "two");
    point(&mut state, 3_020, 1, 0, DRAG);
    assert_eq!(selected(&state), "ne ");
    point(&mut state, 3_030, 2, 1, DRAG);
    assert_eq!(selected(&state), "two three\nfo");
    let effects = press(&mut state, "ctrl-c");
    assert!(effects.contains(&Effect::Copy("text", "two three\nfo".to_owned())), "{effects:?}");
    // A word taken hold of is stretched by words.
    point(&mut state, 5_000, 5, 0, DOWN);
    point(&mut state, 5_100, 5, 0, DOWN);
    point(&mut state, 5_200, 9, 0, DRAG);
    assert_eq!(selected(&state), "two three");
    press(&mut state, "~X");
    assert_eq!(outline_of(&state), "1 A(one X\nfour) 2 B(b)");
}

#[test]
fn the_wheel_scrolls_the_view_and_dragging_beyond_it_goes_on() {
    let text = (0..60).map(|line| format!("line {line}\n")).collect::<Vec<_>>().concat();
    let mut state = writing(&text);
    let top = |state: &State| editor(state).prose.scroll().0;
    let wheel = |lines| Mouse::Wheel { lines, column: 40, row: 5 };
    update(&mut state, now(), Msg::Mouse(wheel(6)));
    assert_eq!((top(&state), editor(&state).prose.cursor()), (6, 0));
    update(&mut state, now(), Msg::Mouse(wheel(-3)));
    assert_eq!(top(&state), 3);
    point(&mut state, 0, 0, 2, DOWN);
    for _ in 0..4 {
        point(&mut state, 0, 3, 40, DRAG);
    }
    assert_eq!(top(&state), 7);
    for _ in 0..9 {
        point(&mut state, 0, 0, -1, DRAG);
    }
    assert_eq!((top(&state), editor(&state).prose.cursor()), (0, 0));
    assert_eq!(selected(&state), "line 0\nline 1\nline 2\nline 3\nline 4\n");
}

#[test]
fn a_click_in_the_outline_goes_to_its_section_and_a_drag_from_there_selects_nothing() {
    let mut state = writing("one");
    let outline = layout(&state).outline;
    let click = Mouse::Press { column: outline.x + 4, row: outline.y + 1 };
    update(&mut state, now(), Msg::Mouse(click));
    assert_eq!((editor(&state).at.clone(), editor(&state).pane), (Path::new([1]), Pane::Outline));
    point(&mut state, 0, 1, 0, DRAG);
    assert_eq!(selected(&state), "");
}

#[test]
fn every_cluster_survives_selecting_cutting_putting_back_and_undoing() {
    let whole = HOSTILE.map(|text| format!("<{text}>")).concat();
    let mut state = writing(&whole);
    let text_of = |state: &State| editor(state).document.sections[0].text.clone();
    let clusters: Vec<(usize, &str)> = whole.grapheme_indices(true).collect();
    for (byte, cluster) in clusters {
        state.editor.as_mut().unwrap().prose.place(byte);
        press(&mut state, "shift-Right");
        assert_eq!(selected(&state), cluster, "at {byte}");
        press(&mut state, "ctrl-x");
        let mut without = whole.clone();
        without.replace_range(byte..byte + cluster.len(), "");
        assert_eq!(text_of(&state), without, "{cluster:?} is cut");
        // Where what is left has become one cluster, there is no place in the middle of it.
        let cursor = editor(&state).prose.cursor();
        press(&mut state, "ctrl-y");
        without.insert_str(cursor, cluster);
        assert_eq!(text_of(&state), without, "{cluster:?} is put back");
        assert!(cursor < byte || without == whole, "{cluster:?}");
        press(&mut state, "ctrl-_ ctrl-_");
        assert_eq!(text_of(&state), whole, "{cluster:?} after undo");
    }
    // Pasted as it is, all of it is there, but for the ends of lines, which are the terminal's.
    let mut state = writing("");
    update(&mut state, now(), Msg::Paste(whole.clone()));
    press(&mut state, "k");
    let pasted = whole.replace("\r\n", "\n").replace('\r', "\n");
    assert_eq!(text_of(&state), pasted);
    press(&mut state, "ctrl-_");
    assert_eq!(text_of(&state), "");
}
