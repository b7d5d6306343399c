//! Tests of the prose: steps, cuts, rows and the bytes that stay.

use super::*;
use proptest::prelude::*;

fn prose(text: &str) -> Prose {
    Prose::new(text.to_owned(), 10, 3)
}

/// The text with `|` for the cursor and `[` for the other end of a selection.
fn shown(prose: &Prose) -> String {
    let mut text = prose.text.clone();
    let anchor = prose.anchor.unwrap_or(prose.cursor);
    text.insert(prose.cursor, '|');
    if anchor != prose.cursor {
        text.insert(anchor + usize::from(anchor > prose.cursor), '[');
    }
    text
}

#[test]
fn the_cursor_steps_by_cluster_and_row() {
    // Rows of ten cells: "one two ", "three ", "", "four".
    let text = "one two three\n\nfour";
    for (from, to, at) in [
        (0, Move::Right, "o|ne two three\n\nfour"),
        (0, Move::Left, "|one two three\n\nfour"),
        (0, Move::End, "one two| three\n\nfour"),
        (9, Move::End, "one two three|\n\nfour"),
        (9, Move::Home, "one two |three\n\nfour"),
        (6, Move::Down, "one two three|\n\nfour"),
        (14, Move::Down, "one two three\n\n|four"),
        (15, Move::Up, "one two three\n|\nfour"),
        (2, Move::Up, "|one two three\n\nfour"),
        (17, Move::Down, "one two three\n\nfour|"),
        (2, Move::PageDown, "one two three\n|\nfour"),
        (0, Move::WordRight, "one| two three\n\nfour"),
        (13, Move::WordLeft, "one two |three\n\nfour"),
        (4, Move::Bottom, "one two three\n\nfour|"),
        (4, Move::Top, "|one two three\n\nfour"),
    ] {
        let mut prose = prose(text);
        prose.place(from);
        prose.step(to, false);
        assert_eq!(shown(&prose), at, "{to:?} from {from}");
    }
}

#[test]
fn moves_up_and_down_keep_their_column() {
    let mut prose = prose("abcdef\nab\nabcdef");
    prose.place(5);
    prose.step(Move::Down, false);
    prose.step(Move::Down, false);
    assert_eq!(shown(&prose), "abcdef\nab\nabcde|f");
}

#[test]
fn keys_take_away_whole_clusters_rows_and_selections() {
    for (text, at, cut, left) in [
        ("a👩\u{200D}⚕️", 14, Cut::Backspace, "a"),
        ("e\u{301}b", 0, Cut::Delete, "b"),
        ("a\r\nb", 3, Cut::Backspace, "ab"),
        ("one two", 7, Cut::Word, "one "),
        ("one two three", 11, Cut::ToStart, "one two ee"),
        ("one two three", 8, Cut::ToStart, "one twothree"),
        ("one\ntwo", 1, Cut::ToEnd, "o\ntwo"),
        ("one\ntwo", 3, Cut::ToEnd, "onetwo"),
        ("", 0, Cut::Backspace, ""),
        ("a", 1, Cut::Delete, "a"),
    ] {
        let mut prose = prose(text);
        prose.place(at);
        let range = prose.cut_range(cut);
        let change = prose.replace(range, "");
        assert_eq!(prose.text(), left, "{cut:?} in {text:?}");
        if let Some(change) = change {
            prose.apply(&change.inverse());
        }
        assert_eq!(prose.text(), text, "taken back");
    }
    let mut prose = prose("one two");
    prose.step(Move::WordRight, true);
    assert_eq!((shown(&prose).as_str(), prose.selected()), ("[one| two", "one"));
    prose.replace(prose.cut_range(Cut::Delete), "");
    assert_eq!(prose.text(), " two");
}

fn click(prose: &mut Prose, column: usize, row: usize) {
    let part = prose.at_cell(column, row, Unit::Cluster);
    prose.stretch(&part, &part);
}

#[test]
fn a_click_finds_its_cluster_and_the_cursor_its_cell() {
    let mut prose = prose("日本語x\nab");
    for (column, row, byte) in
        [(0, 0, 0), (1, 0, 0), (2, 0, 3), (6, 0, 9), (40, 0, 10), (1, 1, 12), (9, 9, 13)]
    {
        click(&mut prose, column, row);
        assert_eq!(prose.cursor(), byte, "{column} {row}");
    }
    assert_eq!(prose.cursor_cell(), Some((2, 1)));
    assert_eq!(prose.line_and_column(), (2, Some(3)));
}

#[test]
fn a_part_is_stretched_to_another_whichever_comes_first() {
    let mut prose = Prose::new("one two\nthree".to_owned(), 20, 3);
    for (from, to, unit, selected, cursor) in [
        ((1, 0), (5, 0), Unit::Cluster, "ne t", 5),
        ((5, 0), (1, 0), Unit::Cluster, "ne t", 1),
        ((1, 0), (1, 0), Unit::Word, "one", 3),
        ((1, 0), (5, 0), Unit::Word, "one two", 7),
        ((2, 1), (1, 0), Unit::Word, "one two\nthree", 0),
        ((1, 0), (1, 0), Unit::Paragraph, "one two", 7),
        ((1, 0), (1, 1), Unit::Paragraph, "one two\nthree", 13),
    ] {
        let (from, to) = (prose.at_cell(from.0, from.1, unit), prose.at_cell(to.0, to.1, unit));
        prose.stretch(&from, &to);
        assert_eq!((prose.selected(), prose.cursor()), (selected, cursor), "{from:?} {to:?}");
    }
}

#[test]
fn the_view_scrolls_without_the_cursor_and_comes_back_with_it() {
    let mut prose = prose("1\n2\n3\n4\n5");
    prose.scroll_by(9);
    assert_eq!((prose.scroll(), prose.cursor(), prose.cursor_cell()), ((2, 5), 0, None));
    prose.resize(prose.size().0, prose.size().1);
    assert_eq!(prose.scroll().0, 2, "nothing has changed");
    prose.step(Move::Right, false);
    assert_eq!((prose.scroll().0, prose.cursor_cell()), (0, Some((1, 0))));
}

#[test]
fn the_cursor_stays_in_sight() {
    let mut prose = prose("1\n2\n3\n4\n5");
    assert_eq!(prose.visible().count(), 3);
    prose.step(Move::Bottom, false);
    assert_eq!(prose.scroll(), (2, 5));
    prose.step(Move::Up, false);
    assert_eq!(prose.scroll(), (2, 5));
    prose.step(Move::Top, false);
    assert_eq!(prose.scroll(), (0, 5));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_keys_then_their_changes_taken_back_give_the_same_bytes(
        text in "([a-d .]|\\n|\\r|\\x1b|日|🇩|\u{301}|\u{202E}|👩\u{200D}⚕️){0,40}",
        keys in prop::collection::vec(0u8..25, 0..60),
        width in 1usize..12,
    ) {
        let mut prose = Prose::new(text.clone(), width, 3);
        let mut changes = Vec::new();
        for key in keys {
            let cut = |prose: &mut Prose, cut| { let range = prose.cut_range(cut); prose.replace(range, "") };
            let typed = |prose: &mut Prose, text| { let at = prose.cursor(); prose.replace(at..at, text) };
            changes.extend(match key {
                0 => cut(&mut prose, Cut::Backspace),
                1 => cut(&mut prose, Cut::Delete),
                2 => cut(&mut prose, Cut::Word),
                3 => cut(&mut prose, Cut::ToStart),
                4 => cut(&mut prose, Cut::ToEnd),
                5 => typed(&mut prose, "\n"),
                6 => typed(&mut prose, "\u{301}"),
                7 => typed(&mut prose, "🇩"),
                8 => typed(&mut prose, "a "),
                9 => { click(&mut prose, 3, 1); None }
                // The view alone: the cursor may go out of sight, and comes back with the next key.
                24 => { prose.scroll_by(2); prose.scroll_by(-1); None }
                _ => {
                    let moves = [Move::Left, Move::Right, Move::Up, Move::Down, Move::Home, Move::End,
                        Move::WordLeft, Move::WordRight, Move::SentenceLeft, Move::SentenceRight,
                        Move::PageDown, Move::PageUp, Move::Bottom, Move::Top];
                    prose.step(moves[usize::from(key - 10)], key % 3 == 0);
                    None
                }
            });
            prop_assert!(prose.text().is_char_boundary(prose.cursor()));
            prop_assert_eq!(prose.units(), units(prose.text()));
            prop_assert!(prose.cursor_cell().is_none_or(|(_, row)| row < 3));
        }
        for change in changes.iter().rev() {
            prose.apply(&change.inverse());
        }
        prop_assert_eq!(prose.text(), text);
    }
}
