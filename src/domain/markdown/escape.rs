//! How any text stands in a Markdown file and comes back byte for byte.

use crate::domain::clean::is_hazard;
use std::fmt::Write;

/// The opening of a comment.
pub(super) const COMMENT: &str = "<!--";

/// The level and the title of a heading line, as written.
pub(super) fn heading(line: &str) -> Option<(usize, &str)> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    let is_heading = level > 0 && (title.is_empty() || title.starts_with([' ', '\t']));
    is_heading.then(|| (level, title.trim()))
}

/// A title on one line.
pub(super) fn title_line(title: &str) -> String {
    let inner = title.trim();
    let lead = title.len() - title.trim_start().len();
    let tail = if inner.is_empty() { "" } else { title.get(lead + inner.len()..).unwrap_or("") };
    let mut line = String::with_capacity(title.len());
    title.get(..lead).unwrap_or("").chars().for_each(|space| number(space, &mut line));
    for part in inner.split_inclusive('\n') {
        numbered(part.trim_end_matches('\n'), &mut line);
        if part.ends_with('\n') {
            number('\n', &mut line);
        }
    }
    tail.chars().for_each(|space| number(space, &mut line));
    line
}

/// A text as lines, without an end behind the last; none for an empty text.
pub(super) fn text_lines(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let mut lines = String::with_capacity(text.len() + 16);
    let last = text.split('\n').count() - 1;
    for (index, raw) in text.split('\n').enumerate() {
        if index > 0 {
            lines.push('\n');
        }
        let mut line = String::with_capacity(raw.len());
        numbered(raw, &mut line);
        let is_end = index == 0 || index == last;
        if line.starts_with('\\')
            || line.starts_with(COMMENT)
            || heading(&line).is_some()
            || (is_end && line.trim().is_empty())
        {
            lines.push('\\');
        }
        lines.push_str(&line);
    }
    Some(lines)
}

/// Gathers the lines of a text and gives it without the empty lines at its ends.
#[derive(Default)]
pub(super) struct Text {
    lines: Vec<(String, bool)>,
}

impl Text {
    /// Takes a line as it stands in the file.
    pub(super) fn push(&mut self, line: &str) {
        let (line, counts) = match line.strip_prefix('\\') {
            Some(rest) => (rest, true),
            None => (line, !line.trim().is_empty()),
        };
        self.lines.push((plain(line), counts));
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        let first = self.lines.iter().position(|(_, counts)| *counts);
        let last = self.lines.iter().rposition(|(_, counts)| *counts);
        let (Some(first), Some(last)) = (first, last) else { return String::new() };
        let lines = self.lines.into_iter().skip(first).take(last + 1 - first);
        lines.map(|(line, _)| line).collect::<Vec<_>>().join("\n")
    }
}

/// Reads `&#13;` and `&#x0D;` as the characters that they number; what numbers none stays as it is.
pub(super) fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("&#") {
        let (before, number) = rest.split_at(at);
        text.push_str(before);
        if let Some((character, length)) = numbered_character(number) {
            text.push(character);
            rest = number.get(length..).unwrap_or("");
        } else {
            text.push_str("&#");
            rest = number.get(2..).unwrap_or("");
        }
    }
    text.push_str(rest);
    text
}

/// The character that a text begins with as a number, and how many bytes the number takes.
fn numbered_character(text: &str) -> Option<(char, usize)> {
    // No number of a character is longer, leading zeros included.
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let number = text.get(2..end)?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u32::from_str_radix(digits, 16).ok()?
        }
        None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok()?,
        _ => return None,
    };
    Some((char::from_u32(code)?, end + 1))
}

/// Writes a line so that [`plain`] gives it back.
fn numbered(line: &str, into: &mut String) {
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        if is_hazard(character) || (character == '&' && characters.peek() == Some(&'#')) {
            number(character, into);
        } else {
            into.push(character);
        }
    }
}

fn number(character: char, into: &mut String) {
    // Writing to a text cannot fail.
    let _ = write!(into, "&#{};", u32::from(character));
}
