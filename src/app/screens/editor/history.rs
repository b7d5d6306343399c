//! What was done to a document and how it is taken back: one history for its text, its tree and its header.
//!
//! Must not touch a document: it gives edits out, and the screen carries them out.

use crate::domain::{
    outline::{Edit, Path},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Steps that can be taken back.
const MOST_STEPS: usize = 1_000;
/// Typing that rests so long, in milliseconds, begins a new step.
const REST_MS: i64 = 2_000;
/// Bytes of edits that are kept with a draft.
const MOST_KEPT_BYTES: usize = 256 * 1024;

/// Where the user was: in which section, and at which byte of its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The section.
    pub at: Path,
    /// The byte of its text.
    pub byte: usize,
}

/// One thing that the user did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The edits, in the order in which they were done.
    pub edits: Vec<Edit>,
    /// What takes each of them back, in the same order.
    pub inverses: Vec<Edit>,
    /// Where the user was before.
    pub before: Standing,
    /// Where the user was after it.
    pub after: Standing,
}

/// What can be taken back, and what was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    done: VecDeque<Step>,
    undone: Vec<Step>,
    /// When the last step was typed on; none where it is closed.
    #[serde(skip)]
    open: Option<Timestamp>,
}

impl History {
    /// Keeps a step; typing goes on with the step before it, up to the end of a word or a rest.
    pub fn push(&mut self, step: Step, now: Timestamp) {
        self.undone.clear();
        let rested = |since: Timestamp| now.as_millisecond() - since.as_millisecond() > REST_MS;
        let goes_on = is_typing(&step) && self.open.is_some_and(|since| !rested(since));
        self.open = is_typing(&step).then_some(now);
        if goes_on
            && let Some(last) = self.done.back_mut()
            && join(last, &step)
        {
            return;
        }
        self.done.push_back(step);
        if self.done.len() > MOST_STEPS {
            self.done.pop_front();
        }
    }

    /// The next typing begins a step of its own.
    pub fn close(&mut self) {
        self.open = None;
    }

    /// The step to be taken back now.
    pub fn undo(&mut self) -> Option<Step> {
        self.close();
        let step = self.done.pop_back()?;
        self.undone.push(step.clone());
        Some(step)
    }

    /// The step to be done again now.
    pub fn redo(&mut self) -> Option<Step> {
        self.close();
        let step = self.undone.pop()?;
        self.done.push_back(step.clone());
        Some(step)
    }

    /// Whether anything can be taken back.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }

    /// The last steps, as many as a draft keeps.
    #[must_use]
    pub fn to_keep(&self) -> History {
        let mut room = MOST_KEPT_BYTES;
        let mut done = VecDeque::new();
        for step in self.done.iter().rev() {
            let Some(left) = room.checked_sub(bytes(step)) else { break };
            room = left;
            done.push_front(step.clone());
        }
        History { done, undone: Vec::new(), open: None }
    }
}

/// About how many bytes a step takes.
fn bytes(step: &Step) -> usize {
    let one = |edit: &Edit| match edit {
        Edit::Text { removed, inserted, .. } => removed.len() + inserted.len(),
        Edit::Add { section, .. } => crate::domain::check_document::section_bytes(section),
        Edit::Header { value, .. } => crate::domain::check_document::body_bytes(value),
        _ => 0,
    };
    step.edits.iter().chain(&step.inverses).map(|edit| one(edit) + 64).sum()
}

/// Whether a step is one that typing makes.
fn is_typing(step: &Step) -> bool {
    match step.edits.as_slice() {
        [Edit::Text { removed, inserted, .. }] => {
            (removed.is_empty() || inserted.is_empty()) && !inserted.contains('\n')
        }
        _ => false,
    }
}

/// Adds a step to the one before it, where both are one run of typing or of taking away; whether it was.
fn join(last: &mut Step, next: &Step) -> bool {
    let (
        [Edit::Text { at, byte, removed, inserted }],
        [Edit::Text { at: next_at, byte: next_byte, removed: next_removed, inserted: next_inserted }],
    ) = (last.edits.as_slice(), next.edits.as_slice())
    else {
        return false;
    };
    if at != next_at {
        return false;
    }
    let typed = removed.is_empty() && next_removed.is_empty() && byte + inserted.len() == *next_byte;
    let begins_word =
        inserted.ends_with(char::is_whitespace) && !next_inserted.starts_with(char::is_whitespace);
    let backwards = next_byte + next_removed.len() == *byte;
    let taken = inserted.is_empty() && next_inserted.is_empty() && !removed.is_empty();
    let (byte, removed, inserted) = if typed && !begins_word && !inserted.is_empty() {
        (*byte, Box::default(), concat(inserted, next_inserted))
    } else if taken && backwards {
        (*next_byte, concat(next_removed, removed), Box::default())
    } else if taken && next_byte == byte {
        (*byte, concat(removed, next_removed), Box::default())
    } else {
        return false;
    };
    let at = at.clone();
    last.inverses =
        vec![Edit::Text { at: at.clone(), byte, removed: inserted.clone(), inserted: removed.clone() }];
    last.edits = vec![Edit::Text { at, byte, removed, inserted }];
    last.after = next.after.clone();
    true
}

fn concat(first: &str, second: &str) -> Box<str> {
    [first, second].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(byte: usize, removed: &str, inserted: &str) -> Step {
        let at = Path::new([0]);
        let edit = |removed: &str, inserted: &str| Edit::Text {
            at: at.clone(),
            byte,
            removed: removed.into(),
            inserted: inserted.into(),
        };
        Step {
            edits: vec![edit(removed, inserted)],
            inverses: vec![edit(inserted, removed)],
            before: Standing::default(),
            after: Standing::default(),
        }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    /// What each step of the history takes away and puts in, oldest first.
    fn steps(history: &History) -> Vec<(String, String)> {
        let told = |step: &Step| match step.edits.as_slice() {
            [Edit::Text { removed, inserted, .. }] => (removed.to_string(), inserted.to_string()),
            _ => ("?".to_owned(), "?".to_owned()),
        };
        history.done.iter().map(told).collect()
    }

    fn typed(text_typed: &str) -> History {
        let mut history = History::default();
        for (byte, letter) in text_typed.char_indices() {
            history.push(text(byte, "", &letter.to_string()), at(byte as i64));
        }
        history
    }

    #[test]
    fn typing_is_undone_by_words_lines_and_rests() {
        let told = |inserted: &str| (String::new(), inserted.to_owned());
        assert_eq!(steps(&typed("two words")), [told("two "), told("words")]);
        assert_eq!(steps(&typed("a\nb")), [told("a"), told("\n"), told("b")]);
        let mut history = typed("ab");
        history.push(text(2, "", "c"), at(10_000));
        history.close();
        history.push(text(3, "", "d"), at(10_001));
        assert_eq!(steps(&history), [told("ab"), told("c"), told("d")]);
    }

    #[test]
    fn what_is_taken_away_letter_by_letter_comes_back_at_once() {
        let mut history = History::default();
        history.push(text(2, "c", ""), at(0));
        history.push(text(1, "b", ""), at(1));
        history.push(text(1, "d", ""), at(2));
        history.push(text(1, "", "x"), at(3));
        let told = |removed: &str, inserted: &str| (removed.to_owned(), inserted.to_owned());
        assert_eq!(steps(&history), [told("bcd", ""), told("", "x")]);
    }

    #[test]
    fn a_thousand_steps_are_kept_and_a_new_one_ends_what_could_be_redone() {
        let mut history = History::default();
        for number in 0..1_100 {
            history.push(text(number, "", "x\n"), at(0));
        }
        let mut count = 0;
        while history.undo().is_some() {
            count += 1;
        }
        assert_eq!(count, 1_000);
        assert!(history.redo().is_some());
        history.push(text(0, "", "y"), at(0));
        assert!(history.redo().is_none());
    }

    #[test]
    fn a_draft_keeps_the_last_steps_that_have_room() {
        let mut history = History::default();
        for _ in 0..4 {
            history.push(text(0, "", &"x\n".repeat(20_000)), at(0));
        }
        assert_eq!(history.to_keep().done.len(), 3, "each takes 80 KB both ways");
    }
}
