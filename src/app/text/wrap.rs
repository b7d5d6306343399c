//! Where the rows of a soft-wrapped text begin, kept up to date edit by edit.
//!
//! Must not look at more of a long text than an edit can have moved.

use crate::domain::clean::Clean;
use std::{collections::HashMap, ops::Range};
use unicode_segmentation::UnicodeSegmentation;

/// The word that stands for a text in which nothing can be seen.
const BLANK: &str = "(blank)";
/// What stands for a cluster in which nothing can be seen.
const UNSEEN: Clean = Clean::from_static("◌");

/// One cluster as it is shown: what could move the cursor or hide is a mark.
pub fn shown(cluster: &str) -> Clean {
    let clean = Clean::line(cluster);
    // Only a text in which nothing can be seen is given a word of its own, which no one cluster is.
    if clean.as_str() == BLANK { UNSEEN } else { clean }
}

/// The cells of a letter that is shown as it is and is a cluster of its own beside ASCII and its like; none where one
/// must look more closely.
fn cells_alone(letter: char) -> Option<usize> {
    match letter {
        ' '..='~'
        | '\u{C0}'..='\u{24F}'
        | '\u{391}'..='\u{3A1}'
        | '\u{3A3}'..='\u{3C9}'
        | '\u{400}'..='\u{482}'
        | '\u{48A}'..='\u{52F}'
        | '\u{2012}'..='\u{2022}' => Some(1),
        '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{FF01}'..='\u{FF60}' => Some(2),
        _ => None,
    }
}

/// The next cluster of a text and its cells, where a glance is enough.
fn plain_cluster(text: &str) -> Option<(&str, usize)> {
    let mut letters = text.chars();
    let first = letters.next()?;
    let cells = cells_alone(first)?;
    let is_alone = letters.next().is_none_or(|next| next.is_ascii() || cells_alone(next).is_some());
    if is_alone { text.get(..first.len_utf8()).map(|cluster| (cluster, cells)) } else { None }
}

/// The next cluster of a text, and the cells that it takes.
pub fn next_cluster(text: &str) -> Option<(&str, usize)> {
    plain_cluster(text).or_else(|| {
        let cluster = text.graphemes(true).next()?;
        Some((cluster, shown(cluster).width()))
    })
}

/// How many clusters a text has.
pub(super) fn clusters(text: &str) -> usize {
    let (mut rest, mut count) = (text, 0);
    while !rest.is_empty() {
        let bytes = plain_cluster(rest).map(|(cluster, _)| cluster.len());
        let bytes = bytes.or_else(|| rest.graphemes(true).next().map(str::len));
        rest = bytes.and_then(|bytes| rest.get(bytes..)).unwrap_or("");
        count += 1;
    }
    count
}

/// The cells of clusters that were looked at closely: in a long text the same come again and again.
#[derive(Default)]
struct Measured<'a>(HashMap<&'a str, usize>);

impl<'a> Measured<'a> {
    /// As [`next_cluster`].
    fn next(&mut self, text: &'a str) -> Option<(&'a str, usize)> {
        plain_cluster(text).or_else(|| {
            let cluster = text.graphemes(true).next()?;
            Some((cluster, *self.0.entry(cluster).or_insert_with(|| shown(cluster).width())))
        })
    }
}

/// Whether a cluster ends a line.
pub(super) fn ends_line(cluster: &str) -> bool {
    matches!(cluster, "\n" | "\r\n")
}

/// The rows of a text at a width, without what ends them.
pub fn rows(text: &str, width: usize) -> Vec<Range<usize>> {
    let rows = Rows::of(text, width);
    let shown = |row: usize| {
        let range = rows.range(row, text);
        let whole = text.get(range.clone()).unwrap_or("");
        range.start..range.start + whole.trim_end_matches(['\n', '\r']).len()
    };
    (0..rows.len()).map(shown).collect()
}

/// The rows of a text at a width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rows {
    width: usize,
    /// Where each row begins; the first at 0.
    starts: Vec<usize>,
}

impl Rows {
    /// Lays out a whole text in rows of this many cells.
    pub(super) fn of(text: &str, width: usize) -> Rows {
        let mut rows = Rows { width: width.max(1), starts: vec![0] };
        let (mut at, mut measured) = (0, Measured::default());
        while let Some(next) = next_row(text, at, rows.width, &mut measured) {
            rows.starts.push(next);
            at = next;
        }
        rows
    }

    /// The cells of a row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// How many rows there are; at least one.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The row that a byte stands in; where two rows meet, the later.
    pub(super) fn row_of(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte).saturating_sub(1)
    }

    /// The bytes of a row, with what ends it.
    pub(super) fn range(&self, row: usize, text: &str) -> Range<usize> {
        let start = self.starts.get(row).copied().unwrap_or(text.len());
        start..self.starts.get(row + 1).copied().unwrap_or(text.len())
    }

    /// Follows an edit that put `inserted` bytes in the place of `removed` at `at`; `text` is the text after it.
    pub(super) fn follow(&mut self, text: &str, at: usize, removed: usize, inserted: usize) {
        // A shorter first word may fit on the row before, and what is typed may make another cluster of the last one
        // there, such as the end of a line, which then belongs to the row before that.
        let first = self.row_of(at).saturating_sub(2);
        let tail = self.starts.split_off(first + 1);
        let moved = |start: usize| start - removed + inserted;
        let (mut from, mut measured) = (self.starts.last().copied().unwrap_or(0), Measured::default());
        while let Some(next) = next_row(text, from, self.width, &mut measured) {
            // Where a row begins at the same place as before, all after it does.
            if next >= at + inserted
                && let Ok(same) = tail.binary_search(&(next - inserted + removed))
                && tail.get(same).is_some_and(|start| *start >= at + removed)
            {
                self.starts.extend(tail.iter().skip(same).map(|start| moved(*start)));
                return;
            }
            self.starts.push(next);
            from = next;
        }
    }
}

/// Where the row after the one at `from` begins; none where the text ends with it. Spaces at a break stay at the end
/// of their row, beyond its edge where they must.
fn next_row<'a>(text: &'a str, from: usize, width: usize, measured: &mut Measured<'a>) -> Option<usize> {
    let (mut at, mut used) = (from, 0);
    let mut last_break = None;
    while let Some((cluster, cells)) = text.get(at..).and_then(|rest| measured.next(rest)) {
        let next = at + cluster.len();
        if ends_line(cluster) {
            return Some(next);
        }
        let is_space = matches!(cluster, " " | "\t");
        if !is_space && used + cells > width && at > from {
            return Some(last_break.unwrap_or(at));
        }
        used += cells;
        if is_space || cells > 1 {
            last_break = Some(next);
        }
        at = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str, width: usize) -> Vec<String> {
        let rows = Rows::of(text, width);
        (0..rows.len()).map(|row| text[rows.range(row, text)].to_owned()).collect()
    }

    #[test]
    fn rows_break_behind_spaces_beside_wide_letters_and_inside_a_word_that_fills_a_row() {
        for (text, width, wrapped) in [
            ("", 4, vec![""]),
            ("one two", 4, vec!["one ", "two"]),
            ("one   two", 4, vec!["one   ", "two"]),
            ("abcdefgh", 4, vec!["abcd", "efgh"]),
            ("a abcdefgh", 4, vec!["a ", "abcd", "efgh"]),
            ("日本語日本", 4, vec!["日本", "語日", "本"]),
            ("a\nb\n", 4, vec!["a\n", "b\n", ""]),
            ("a\r\nb\rc", 4, vec!["a\r\n", "b\rc"]),
            ("e\u{301}e\u{301}e\u{301}", 2, vec!["e\u{301}e\u{301}", "e\u{301}"]),
            ("日", 1, vec!["日"]),
        ] {
            assert_eq!(rows(text, width), wrapped, "{text:?} in {width}");
        }
    }

    #[test]
    fn a_letter_that_stands_alone_is_a_cluster_as_it_is() {
        for letter in (' '..='\u{FFFF}').filter(|letter| cells_alone(*letter).is_some()) {
            for next in ["", "a", "\n", "\r", "é", "–", "日", "ー", "가", "！"] {
                let text = format!("{letter}{next}");
                let first = text.graphemes(true).next().unwrap();
                assert_eq!(plain_cluster(&text), Some((first, shown(first).width())), "{text:?}");
                assert_eq!(shown(first).as_str(), first);
            }
            for next in ["\u{301}", "\u{200D}", "\u{3099}", "\u{FE0F}", "\u{11A8}", "🇩", "👩", "\u{903}"]
            {
                assert_eq!(plain_cluster(&format!("{letter}{next}")), None);
            }
        }
    }

    #[test]
    fn what_cannot_be_seen_is_a_mark_of_a_cell() {
        for (cluster, mark) in
            [("\u{1b}", "␛"), ("\0", "␀"), ("\u{202E}", "⇄"), ("\r", "␍"), ("\u{200B}", "◌"), ("(", "(")]
        {
            assert_eq!((shown(cluster).as_str(), shown(cluster).width()), (mark, 1), "{cluster:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn rows_that_follow_an_edit_are_those_of_the_whole_text(
            before in "([a-d ]|\\n|\\r|日|🇩|\u{301}|\u{200D}|👩){0,60}",
            inserted in "([a-d ]|\\n|\\r|日|🇩|\u{301}|\u{200D}|👩){0,8}",
            at in 0usize..60,
            removed in 0usize..12,
            width in 1usize..9,
        ) {
            let edge = |wished: usize| {
                let inner = before.grapheme_indices(true).map(|(byte, _)| byte).chain([before.len()]);
                inner.filter(|byte| *byte <= wished).max().unwrap_or(0)
            };
            let (from, to) = (edge(at), edge(at + removed));
            let mut rows = Rows::of(&before, width);
            let mut after = before.clone();
            after.replace_range(from..to, &inserted);
            rows.follow(&after, from, to - from, inserted.len());
            prop_assert_eq!(rows, Rows::of(&after, width));
            prop_assert_eq!(clusters(&after), after.graphemes(true).count());
        }
    }
}
