//! Where something stands in a text that a user wrote.
//!
//! Must not read the text's meaning: it only counts lines and columns.

use std::fmt;

/// A place in a text, counted from one as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// What is wrong in a text, at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where.
    pub place: Place,
    /// What, a whole sentence.
    pub sentence: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.place.line, self.place.column, self.sentence)
    }
}

impl Place {
    /// The place of a byte; one past the end or inside a character counts as the character before it.
    pub fn of_byte(text: &str, byte: usize) -> Place {
        let mut place = Place { line: 1, column: 1 };
        for (start, character) in text.char_indices() {
            if start + character.len_utf8() > byte {
                break;
            }
            if character == '\n' {
                place = Place { line: place.line + 1, column: 1 };
            } else {
                place.column += 1;
            }
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let text = "a\näb\n";
        for (byte, line, column) in [(0, 1, 1), (2, 2, 1), (3, 2, 1), (4, 2, 2), (6, 3, 1), (99, 3, 1)] {
            assert_eq!(Place::of_byte(text, byte), Place { line, column }, "{byte}");
        }
    }
}
