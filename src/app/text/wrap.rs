//! Where the rows of a soft-wrapped text begin, kept up to date edit by edit.
//!
//! Must not look at more of a long text than an edit can have moved.

use crate::domain::clean::Clean;
use std::ops::Range;
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

/// The next cluster of a text, and the cells that it takes.
pub fn next_cluster(text: &str) -> Option<(&str, usize)> {
    let bytes = text.as_bytes();
    // Two ASCII letters side by side are never one cluster, but for the end of a line.
    if let Some(first @ b' '..=b'~') = bytes.first()
        && bytes.get(1).is_none_or(u8::is_ascii)
    {
        debug_assert!(first.is_ascii());
        return text.get(..1).map(|cluster| (cluster, 1));
    }
    let cluster = text.graphemes(true).next()?;
    Some((cluster, shown(cluster).width()))
}

/// Whether a cluster ends a line.
pub(super) fn ends_line(cluster: &str) -> bool {
    matches!(cluster, "\n" | "\r\n")
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
        let mut at = 0;
        while let Some(next) = next_row(text, at, rows.width) {
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
        let mut from = self.starts.last().copied().unwrap_or(0);
        while let Some(next) = next_row(text, from, self.width) {
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
fn next_row(text: &str, from: usize, width: usize) -> Option<usize> {
    let (mut at, mut used) = (from, 0);
    let mut last_break = None;
    while let Some((cluster, cells)) = text.get(at..).and_then(next_cluster) {
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
        }
    }
}
