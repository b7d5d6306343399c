//! The display filter itself: raw text in, text that a terminal can be given out.
//! It only replaces and drops; it never parses an escape sequence, and never changes the raw text.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::class::{
    Class, ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER, class, is_joining_letter, is_pictograph, is_skin_tone,
};

/// What stands for a character that cannot be shown.
const PLACEHOLDER: char = char::REPLACEMENT_CHARACTER;
/// What stands for a character that would reorder the text.
const BIDI_MARK: char = '⇄';
/// What stands for the end of a line inside one line.
const NEWLINE_MARK: char = '⏎';
/// What carries a combining mark that has no letter of its own.
const MARK_CARRIER: char = '◌';
const TAB: &str = "  ";
const JOINERS: [char; 2] = [ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER];
const MARKS_A_BASE: usize = 8;
const BYTES_A_CELL: usize = 64;
/// What is shown for a text that has characters, but none that can be seen.
pub(super) const BLANK: &str = "(blank)";

/// Whether the text is shown as it is: printable ASCII only.
pub(super) fn is_plain_ascii(text: &str) -> bool {
    // Without an early exit the compiler checks many bytes at once.
    text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
}

/// Filters one field to one line.
pub(super) fn one_line(raw: &str) -> String {
    let mut filter = Filter::default();
    let mut rest = raw.chars().peekable();
    while let Some(character) = rest.next() {
        if end_of_line(character, &mut rest) {
            filter.substitute(NEWLINE_MARK);
        } else {
            filter.push(character, rest.peek().copied());
        }
    }
    let dropped = filter.dropped;
    let text = filter.finish();
    if dropped && text.trim().is_empty() { BLANK.to_owned() } else { text }
}

/// Filters a paragraph to its lines; the end of the last line opens no further one.
pub(super) fn many_lines(raw: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut filter = Filter::default();
    let (mut dropped, mut open) = (false, false);
    let mut rest = raw.chars().peekable();
    while let Some(character) = rest.next() {
        open = !end_of_line(character, &mut rest);
        if open {
            filter.push(character, rest.peek().copied());
        } else {
            dropped |= filter.dropped;
            lines.push(std::mem::take(&mut filter).finish());
        }
    }
    if open {
        dropped |= filter.dropped;
        lines.push(filter.finish());
    }
    if dropped && lines.iter().all(|line| line.trim().is_empty()) {
        lines = vec![BLANK.to_owned()];
    }
    lines
}

/// Whether a line ends here; a carriage return and its line feed end it together.
fn end_of_line(character: char, rest: &mut Peekable<Chars<'_>>) -> bool {
    let pair = character == '\r' && rest.next_if_eq(&'\n').is_some();
    pair || class(character) == Class::Newline
}

#[derive(Default)]
struct Filter {
    shown: String,
    /// Marks since the last character that can carry one.
    marks: usize,
    /// Whether the next mark has a character to sit on, other than a sign of ours.
    carried: bool,
    /// Whether something was there that cannot be seen.
    dropped: bool,
}

impl Filter {
    fn push(&mut self, character: char, next: Option<char>) {
        match class(character) {
            Class::Plain => self.base(character),
            Class::Tab => {
                self.shown.push_str(TAB);
                self.carried = false;
            }
            Class::Newline => self.substitute(NEWLINE_MARK),
            Class::Control(picture) => self.substitute(picture),
            Class::Unshowable => self.substitute(PLACEHOLDER),
            Class::Bidi => self.substitute(BIDI_MARK),
            Class::Mark => {
                if !self.carried {
                    self.base(MARK_CARRIER);
                }
                self.mark(character);
            }
            Class::VariationSelector if self.carried => self.mark(character),
            Class::Joiner if self.joins(character, next) => self.shown.push(character),
            Class::VariationSelector | Class::Joiner | Class::Invisible => self.dropped = true,
        }
    }

    fn base(&mut self, character: char) {
        self.shown.push(character);
        self.marks = 0;
        self.carried = true;
    }

    fn substitute(&mut self, sign: char) {
        self.base(sign);
        self.carried = false;
    }

    fn mark(&mut self, mark: char) {
        self.marks += 1;
        if self.marks <= MARKS_A_BASE {
            self.shown.push(mark);
        }
    }

    /// Whether a joiner means something here: between joining letters, or between the pictures of one emoji.
    fn joins(&self, joiner: char, next: Option<char>) -> bool {
        let Some(next) = next else { return false };
        if !self.carried || self.shown.ends_with(JOINERS) {
            return false;
        }
        let base = self.shown.chars().rev().find(|&character| {
            !matches!(class(character), Class::Mark | Class::VariationSelector) && !is_skin_tone(character)
        });
        base.is_some_and(|base| {
            (is_joining_letter(base) && is_joining_letter(next))
                || (joiner == ZERO_WIDTH_JOINER && is_pictograph(base) && is_pictograph(next))
        })
    }

    fn finish(self) -> String {
        let mut shown = self.shown;
        // What is cut can be what a joiner or a mark stood beside: the rest is looked at once more.
        while let Some(bounded) = bound_cells(&shown) {
            let mut again = Self::default();
            let mut rest = bounded.chars().peekable();
            while let Some(character) = rest.next() {
                again.push(character, rest.peek().copied());
            }
            shown = again.shown;
        }
        shown
    }
}

/// Cuts what is too long for a cell, and gives a cell to what would have none; none when all is well.
fn bound_cells(text: &str) -> Option<String> {
    let fits = |cluster: &str| cluster.len() <= BYTES_A_CELL && cluster.width() > 0;
    if text.is_ascii() || text.graphemes(true).all(fits) {
        return None;
    }
    let mut bounded = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        if fits(cluster) {
            bounded.push_str(cluster);
            continue;
        }
        let room = if cluster.len() > BYTES_A_CELL { BYTES_A_CELL - PLACEHOLDER.len_utf8() } else { 0 };
        let end = (0..=room).rev().find(|&end| cluster.is_char_boundary(end)).unwrap_or_default();
        let head = cluster.get(..end).unwrap_or_default();
        if head.width() > 0 {
            bounded.push_str(head);
        }
        bounded.push(PLACEHOLDER);
    }
    Some(bounded)
}

/// Writes the characters that the display would replace or drop as `\uXXXX` in JSON that is already serialised.
///
/// Line ends, tabs and other controls below U+0020 stay as they are: inside strings the serialiser has escaped them.
pub fn escape_json(serialized: &str) -> Cow<'_, str> {
    if serialized.is_ascii() && !serialized.contains('\u{7F}') {
        return Cow::Borrowed(serialized);
    }
    let mut escaped = String::with_capacity(serialized.len());
    for character in serialized.chars() {
        if character < ' '
            || matches!(class(character), Class::Plain | Class::Mark | Class::VariationSelector)
        {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            escaped.push_str("\\u");
            escaped.extend([12, 8, 4, 0].map(|shift| hex_digit(*unit >> shift)));
        }
    }
    Cow::Owned(escaped)
}

fn hex_digit(value: u16) -> char {
    char::from_digit(u32::from(value & 0xF), 16).unwrap_or('0')
}
