//! Where words and sentences of a text begin and end.
//!
//! Must not read more of a long text than lies between the cursor and the place that is looked for.

use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// How far back a sentence is looked for, in bytes.
const REACH: usize = 4_096;

/// Whether a piece between two word bounds is a word.
fn is_word(piece: &str) -> bool {
    piece.chars().any(char::is_alphanumeric)
}

/// Where the word before a place begins.
pub(super) fn word_before(text: &str, at: usize) -> usize {
    let mut from = at;
    for piece in text.get(..at).unwrap_or("").split_word_bounds().rev() {
        from -= piece.len();
        if is_word(piece) {
            break;
        }
    }
    from
}

/// Where the word behind a place ends.
pub(super) fn word_after(text: &str, at: usize) -> usize {
    let mut to = at;
    for piece in text.get(at..).unwrap_or("").split_word_bounds() {
        to += piece.len();
        if is_word(piece) {
            break;
        }
    }
    to
}

/// Where the sentence that a place stands in begins, or the one before it where it stands at a beginning.
pub(super) fn sentence_before(text: &str, at: usize) -> usize {
    let mut from = at.saturating_sub(REACH);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let head = text.get(from..at).unwrap_or("");
    let begins = head.split_sentence_bound_indices().filter(|(_, piece)| !piece.trim().is_empty());
    begins.last().map_or(from, |(place, piece)| from + place + blanks(piece))
}

/// Where the sentence behind the one that a place stands in begins.
pub(super) fn sentence_after(text: &str, at: usize) -> usize {
    let mut to = at;
    for piece in text.get(at..).unwrap_or("").split_sentence_bounds() {
        to += piece.len();
        if !piece.trim().is_empty() {
            break;
        }
    }
    to + blanks(text.get(to..).unwrap_or(""))
}

/// The paragraph that a place stands in, without the line's end.
pub(super) fn paragraph_at(text: &str, at: usize) -> Range<usize> {
    let (before, behind) = (text.get(..at).unwrap_or(""), text.get(at..).unwrap_or(""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = behind.find('\n').map_or(text.len(), |end| at + end);
    let shown = text.get(start..end).unwrap_or("");
    start..start + shown.strip_suffix('\r').unwrap_or(shown).len()
}

/// The word that a place stands in, or what stands between two words there.
pub(super) fn word_at(text: &str, at: usize) -> Range<usize> {
    let paragraph = paragraph_at(text, at);
    let mut piece = paragraph.start..paragraph.start;
    for next in text.get(paragraph).unwrap_or("").split_word_bounds() {
        piece = piece.end..piece.end + next.len();
        if piece.end > at {
            break;
        }
    }
    piece
}

/// The bytes of the blanks that a text begins with.
fn blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_left_and_reached_over_what_stands_between_them() {
        let text = "Don't stop: 日本 (end).";
        for (at, before, after) in
            [(0, 0, 5), (5, 0, 10), (11, 6, 15), (text.len(), text.len() - 5, text.len())]
        {
            assert_eq!((word_before(text, at), word_after(text, at)), (before, after), "{at}");
        }
    }

    #[test]
    fn a_place_stands_in_a_word_and_in_a_paragraph() {
        let text = "Don't stop:\r\n\n日本 (end)";
        for (at, word, paragraph) in [
            (2, "Don't", "Don't stop:"),
            (5, " ", "Don't stop:"),
            (11, ":", "Don't stop:"),
            (13, "", ""),
            (14, "日", "日本 (end)"),
            (text.len(), ")", "日本 (end)"),
        ] {
            assert_eq!((&text[word_at(text, at)], &text[paragraph_at(text, at)]), (word, paragraph), "{at}");
        }
    }

    #[test]
    fn sentences_begin_at_their_first_letter() {
        let text = "She slept. He did not.\nWhy?";
        for (at, before, after) in [(0, 0, 11), (5, 0, 11), (11, 0, 23), (14, 11, 23), (23, 11, 27)] {
            assert_eq!((sentence_before(text, at), sentence_after(text, at)), (before, after), "{at}");
        }
    }
}
