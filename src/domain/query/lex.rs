//! Cuts a filter line into operators, parentheses and chunks, and a chunk into its field and values.
//!
//! Must not judge: each byte of the line is in a token or is a space, and each token knows its place.

use std::ops::Range;

/// What a piece of the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Or,
    And,
    Not,
    /// The `-` before what it negates.
    Dash,
    /// A term or a text.
    Chunk,
}

/// A piece of the line, with its place in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

/// A text of the line, with the byte at which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

/// The value text of a piece, once its quotes or slashes are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body<'a> {
    Bare(&'a str),
    Quoted { text: String, closed: bool },
    Regex(&'a str),
}

impl<'a> Piece<'a> {
    pub(super) fn at(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// The piece from a byte of its text on.
    pub(super) fn from(&self, byte: usize) -> Piece<'a> {
        Piece { text: self.text.get(byte..).unwrap_or(""), start: self.start + byte.min(self.text.len()) }
    }

    /// The piece up to a byte of its text.
    pub(super) fn to(&self, byte: usize) -> Piece<'a> {
        Piece { text: self.text.get(..byte).unwrap_or(self.text), start: self.start }
    }

    /// Its field and what stands behind the colon, when it is a term.
    pub(super) fn field(&self) -> Option<(Piece<'a>, Piece<'a>)> {
        let (name, _) = self.text.split_once(':')?;
        let letters =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'_'));
        (name.starts_with(|letter: char| letter.is_ascii_alphabetic()) && letters(name))
            .then(|| (self.to(name.len()), self.from(name.len() + 1)))
    }

    /// Its parts between commas; commas in quotes and patterns do not part.
    pub(super) fn values(&self) -> Vec<Piece<'a>> {
        let mut values = Vec::new();
        let mut start = 0;
        scan(self.text, |at, letter| {
            if letter == ',' {
                values.push(self.to(at).from(start));
                start = at + 1;
            }
            true
        });
        values.push(self.from(start));
        values
    }

    /// Its two ends around `..`, when it is a range.
    pub(super) fn range(&self) -> Option<(Piece<'a>, Piece<'a>)> {
        let mut found = None;
        scan(self.text, |at, _| {
            let here = self.text.get(at..).is_some_and(|rest| rest.starts_with(".."));
            if here {
                found = Some((self.to(at), self.from(at + 2)));
            }
            !here
        });
        found
    }

    /// Its text without quotes or slashes, and which of them it had.
    pub(super) fn body(&self) -> Body<'a> {
        if self.text.starts_with('"') {
            let (end, closed) = quote_end(self.text, 0);
            if end == self.text.len() {
                let inner = self.text.get(1..end - usize::from(closed)).unwrap_or("");
                return Body::Quoted { text: unescaped(inner), closed };
            }
        }
        if regex_end(self.text, 0) == Some(self.text.len()) {
            return Body::Regex(self.text.get(1..self.text.len() - 1).unwrap_or(""));
        }
        Body::Bare(self.text)
    }
}

/// Cuts a line into tokens.
pub(super) fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = line.get(at..) {
        let Some(letter) = rest.chars().next() else { break };
        let (kind, length) = match letter {
            '(' => (Kind::Open, 1),
            ')' => (Kind::Close, 1),
            '|' => (Kind::Or, 1),
            '-' => (Kind::Dash, 1),
            _ if letter.is_whitespace() => {
                at += letter.len_utf8();
                continue;
            }
            _ => {
                let length = chunk_length(rest);
                let kind = match rest.get(..length) {
                    Some("OR") => Kind::Or,
                    Some("AND") => Kind::And,
                    Some("NOT") => Kind::Not,
                    _ => Kind::Chunk,
                };
                (kind, length)
            }
        };
        tokens.push(Token { kind, at: at..at + length });
        at += length;
    }
    tokens
}

fn chunk_length(text: &str) -> usize {
    if text.starts_with('"') {
        return quote_end(text, 0).0;
    }
    if let Some(end) = regex_end(text, 0) {
        return end;
    }
    let mut length = text.len();
    scan(text, |at, letter| {
        let ends = ends_chunk(letter);
        if ends {
            length = at;
        }
        !ends
    });
    length
}

fn ends_chunk(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '(' | ')' | '|')
}

/// Shows each letter outside of quotes and patterns with its place, until told to stop.
fn scan(text: &str, mut go_on: impl FnMut(usize, char) -> bool) {
    let mut at = 0;
    while let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let before = text.get(..at).unwrap_or("");
        let begins_value = before.is_empty() || before.ends_with([':', ',', '=', '~', '<', '>']);
        if letter == '"' && (begins_value || before.ends_with("..")) {
            at = quote_end(text, at).0;
        } else if letter == '/'
            && begins_value
            && let Some(end) = regex_end(text, at)
        {
            at = end;
        } else {
            if !go_on(at, letter) {
                return;
            }
            at += letter.len_utf8();
        }
    }
}

/// Where the quote that opens at `start` ends, and whether it is closed at all.
fn quote_end(text: &str, start: usize) -> (usize, bool) {
    closing(text, start, '"').map_or((text.len(), false), |end| (end, true))
}

/// Where the pattern that opens at `start` ends; none when the slash opens none, as in a path.
fn regex_end(text: &str, start: usize) -> Option<usize> {
    if !text.get(start..)?.starts_with('/') {
        return None;
    }
    let end = closing(text, start, '/').filter(|end| *end > start + 2)?;
    let next = text.get(end..)?.chars().next();
    next.is_none_or(|next| next == ',' || ends_chunk(next)).then_some(end)
}

/// The place behind the next `mark` after the one at `start`; a backslash takes the meaning off what follows.
fn closing(text: &str, start: usize, mark: char) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in text.get(start + 1..)?.char_indices() {
        if letter == mark && !escaped {
            return Some(start + 1 + at + 1);
        }
        escaped = letter == '\\' && !escaped;
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        // A backslash at the very end of an unclosed quote stands for itself.
        plain.push(if letter == '\\' { letters.next().unwrap_or(letter) } else { letter });
    }
    plain
}

/// A text in quotes, as the filter language reads it back.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(line: &str) -> Vec<&str> {
        tokens(line).into_iter().map(|token| line.get(token.at).unwrap()).collect()
    }

    #[test]
    fn lines_are_cut_where_people_expect() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("a  b", &["a", "b"]),
            ("(a|b) -c", &["(", "a", "|", "b", ")", "-", "c"]),
            ("list:\"Front desk\" x", &["list:\"Front desk\"", "x"]),
            ("list:\"a\",\"b c\",d e", &["list:\"a\",\"b c\",d", "e"]),
            ("\"two words\"tail", &["\"two words\"", "tail"]),
            ("\"a \\\" b\" c", &["\"a \\\" b\"", "c"]),
            ("\"open end", &["\"open end"]),
            ("/a b|c/ d", &["/a b|c/", "d"]),
            ("note:/a (b|c)/,x y", &["note:/a (b|c)/,x", "y"]),
            ("/a/b/ and/or 10\" x", &["/a/b/", "and/or", "10\"", "x"]),
            ("a OR b NOT c AND d or", &["a", "OR", "b", "NOT", "c", "AND", "d", "or"]),
            (
                "due:\"2026-11-21 10:00\"..\"2026-11-22 8:00\"",
                &["due:\"2026-11-21 10:00\"..\"2026-11-22 8:00\""],
            ),
            ("k\u{a0}v", &["k", "v"]),
        ];
        for (line, wanted) in table {
            assert_eq!(cut(line), *wanted, "{line}");
        }
    }

    #[test]
    fn values_part_at_commas_outside_of_quotes() {
        let piece = Piece { text: "a,\"b,c\",/d,e/,", start: 5 };
        let values: Vec<_> = piece.values().into_iter().map(|value| (value.text, value.start)).collect();
        assert_eq!(values, [("a", 5), ("\"b,c\"", 7), ("/d,e/", 13), ("", 19)]);
    }

    #[test]
    fn quoting_reads_back() {
        for text in ["", "a", "a \"b\" \\", "\\", "\"", "né\u{200b}"] {
            let quoted = quoted(text);
            let body = Piece { text: &quoted, start: 0 }.body();
            assert_eq!(body, Body::Quoted { text: text.to_owned(), closed: true });
        }
    }
}
