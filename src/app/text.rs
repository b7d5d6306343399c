//! Text being typed: the one fence round the text area crate, stepping by grapheme cluster.
//!
//! Must not let the crate's own types, keys, history or drawing out: `ui` reads text and cursor and paints them.
//! The crate holds what is typed into lines and forms. Sections of documents are held in [`Prose`]: the crate wraps a
//! text anew with every key, forgets how its lines ended and cannot tell what an edit took away.

mod bounds;
mod prose;
mod wrap;

pub use prose::{Change, Cut, Move, Prose, Unit};
pub use wrap::{next_cluster, rows, shown};

use tui_textarea::{CursorMove, TextArea};
use unicode_segmentation::UnicodeSegmentation;

/// A text with a cursor in it: one line, or many where `multiline` is set.
#[derive(Clone, Debug)]
pub struct TypedText {
    area: TextArea<'static>,
    multiline: bool,
}

/// One editing step that a key can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// One cluster to the left.
    Left,
    /// One cluster to the right.
    Right,
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// To the line's beginning.
    Home,
    /// To the line's end.
    End,
    /// One word to the left.
    WordLeft,
    /// One word to the right.
    WordRight,
    /// Removes the cluster before the cursor.
    Backspace,
    /// Removes the cluster behind the cursor.
    Delete,
    /// Removes the word before the cursor.
    KillWord,
    /// Removes everything before the cursor in this line.
    KillToStart,
    /// Removes everything behind the cursor in this line.
    KillToEnd,
}

impl TypedText {
    /// A one-line text with the cursor at its end.
    pub fn line(text: &str) -> TypedText {
        TypedText::new(text, false)
    }

    /// A text of many lines with the cursor at its end.
    pub fn prose(text: &str) -> TypedText {
        TypedText::new(text, true)
    }

    fn new(text: &str, multiline: bool) -> TypedText {
        let mut area = TextArea::default();
        area.set_max_histories(0);
        let mut typed = TypedText { area, multiline };
        typed.insert(text);
        typed
    }

    /// The whole text, lines joined by newlines.
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// The lines of the text; at least one.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// Whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.area.lines().iter().all(String::is_empty)
    }

    /// Whether the text may have many lines.
    pub fn is_multiline(&self) -> bool {
        self.multiline
    }

    /// The cursor's line and its byte offset within that line.
    pub fn cursor(&self) -> (usize, usize) {
        let (row, column) = self.position();
        let line = self.current_line();
        (row, line.char_indices().nth(column).map_or(line.len(), |(index, _)| index))
    }

    /// Replaces the whole text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        *self = TypedText::new(text, self.multiline);
    }

    /// Exchanges the line of the cursor for another; the cursor goes to its end.
    pub fn set_line(&mut self, line: &str) {
        self.edit(Edit::End);
        if !self.current_line().is_empty() {
            self.edit(Edit::KillToStart);
        }
        self.insert(line);
    }

    /// Sets the cursor in the present line to a byte offset, at a cluster's edge.
    pub fn set_cursor_byte(&mut self, byte: usize) {
        let (row, _) = self.position();
        let line = self.current_line();
        let edge = line.grapheme_indices(true).map(|(index, _)| index).find(|index| *index >= byte);
        let column = line.get(..edge.unwrap_or(line.len())).map_or(0, |head| head.chars().count());
        self.jump(row, column);
    }

    /// Types text at the cursor. A one-line text takes line breaks as spaces; a lone CR counts as a break.
    pub fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if self.multiline {
            self.area.insert_str(text);
        } else {
            self.area.insert_str(text.replace('\n', " "));
        }
    }

    /// Breaks the line at the cursor; a one-line text stays as it is.
    pub fn new_line(&mut self) {
        if self.multiline {
            self.area.insert_newline();
        }
    }

    /// Does one editing step.
    pub fn edit(&mut self, edit: Edit) {
        let (row, column) = self.position();
        match edit {
            Edit::Left => self.jump_to_previous(row, column),
            Edit::Right => self.jump_to_next(row, column),
            Edit::Up => self.area.move_cursor(CursorMove::Up),
            Edit::Down => self.area.move_cursor(CursorMove::Down),
            Edit::Home => self.area.move_cursor(CursorMove::Head),
            Edit::End => self.area.move_cursor(CursorMove::End),
            Edit::WordLeft => self.area.move_cursor(CursorMove::WordBack),
            Edit::WordRight => self.area.move_cursor(CursorMove::WordForward),
            Edit::Backspace => {
                let count =
                    if column == 0 { usize::from(row > 0) } else { column - self.previous_edge(column) };
                for _ in 0..count {
                    self.area.delete_char();
                }
            }
            Edit::Delete => {
                let length = self.current_line().chars().count();
                let count = if column >= length { 1 } else { self.next_edge(column) - column };
                for _ in 0..count {
                    self.area.delete_next_char();
                }
            }
            Edit::KillWord => {
                self.area.delete_word();
            }
            Edit::KillToStart => {
                self.area.delete_line_by_head();
            }
            Edit::KillToEnd => {
                if column < self.current_line().chars().count() {
                    self.area.delete_line_by_end();
                }
            }
        }
    }

    fn position(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    fn current_line(&self) -> &str {
        let (row, _) = self.position();
        self.area.lines().get(row).map_or("", String::as_str)
    }

    /// The character index of the cluster edge before `column`.
    fn previous_edge(&self, column: usize) -> usize {
        self.edges().take_while(|edge| *edge < column).last().unwrap_or(0)
    }

    /// The character index of the cluster edge behind `column`.
    fn next_edge(&self, column: usize) -> usize {
        self.edges().find(|edge| *edge > column).unwrap_or_else(|| self.current_line().chars().count())
    }

    fn edges(&self) -> impl Iterator<Item = usize> + '_ {
        self.current_line().graphemes(true).scan(0, |at, cluster| {
            let edge = *at;
            *at += cluster.chars().count();
            Some(edge)
        })
    }

    fn jump_to_previous(&mut self, row: usize, column: usize) {
        if column > 0 {
            self.jump(row, self.previous_edge(column));
        } else if row > 0 {
            self.area.move_cursor(CursorMove::Back);
        }
    }

    fn jump_to_next(&mut self, row: usize, column: usize) {
        if column < self.current_line().chars().count() {
            self.jump(row, self.next_edge(column));
        } else {
            self.area.move_cursor(CursorMove::Forward);
        }
    }

    fn jump(&mut self, row: usize, column: usize) {
        let clamp = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(clamp(row), clamp(column)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backspace_takes_a_whole_cluster_and_so_does_delete() {
        for cluster in ["\u{1F469}\u{200D}\u{2695}\u{FE0F}", "e\u{301}", "\u{1F1E9}\u{1F1EA}", "x"] {
            let mut text = TypedText::line(&format!("a{cluster}"));
            text.edit(Edit::Backspace);
            assert_eq!(text.text(), "a");
            let mut text = TypedText::line(&format!("{cluster}b"));
            text.edit(Edit::Home);
            text.edit(Edit::Right);
            text.edit(Edit::Left);
            text.edit(Edit::Delete);
            assert_eq!(text.text(), "b");
        }
    }

    #[test]
    fn a_one_line_text_stays_one_line() {
        let mut text = TypedText::line("");
        text.insert("two\r\nlines\rhere");
        text.new_line();
        assert_eq!(text.text(), "two lines here");
        text.edit(Edit::KillWord);
        assert_eq!(text.text(), "two lines ");
        text.edit(Edit::KillToStart);
        assert!(text.is_empty());
        text.edit(Edit::Backspace);
        text.edit(Edit::KillToEnd);
        assert!(text.is_empty());
    }

    #[test]
    fn the_cursor_counts_bytes_within_its_line() {
        let mut text = TypedText::prose("ab\n\u{e9}\u{e9}");
        assert_eq!(text.cursor(), (1, 4));
        text.edit(Edit::Left);
        assert_eq!(text.cursor(), (1, 2));
        text.edit(Edit::Up);
        assert_eq!(text.cursor(), (0, 1));
        text.set_cursor_byte(2);
        assert_eq!(text.cursor(), (0, 2));
    }
}
