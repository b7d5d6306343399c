//! What differs between two texts, line by line and word by word.
//!
//! Must not take long over texts that have little in common: then the whole of one stands against the whole of the
//! other.

use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// The most pieces put in or taken out that a way from one text to the other is looked for with.
const MOST_EDITS: usize = 1_024;
/// The most bytes of blanks between two changes that are one change.
const GAP: usize = 3;

/// A stretch of both texts, by bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Whether both say the same here.
    pub is_same: bool,
    /// The bytes of the old text; empty where something is only put in.
    pub old: Range<usize>,
    /// The bytes of the new text; empty where something is only taken out.
    pub new: Range<usize>,
}

/// The stretches of two texts, in their order; together they are both texts whole.
pub fn words(old: &str, new: &str) -> Vec<Stretch> {
    let lines = compare(
        &old.split_inclusive('\n').collect::<Vec<_>>(),
        &new.split_inclusive('\n').collect::<Vec<_>>(),
        0,
        0,
    );
    let mut stretches = Vec::new();
    for stretch in lines {
        let (before, after) = (old.get(stretch.old.clone()), new.get(stretch.new.clone()));
        match (before, after) {
            (Some(before), Some(after)) if !stretch.is_same => {
                let pieces = compare(
                    &before.split_word_bounds().collect::<Vec<_>>(),
                    &after.split_word_bounds().collect::<Vec<_>>(),
                    stretch.old.start,
                    stretch.new.start,
                );
                stretches.extend(pieces);
            }
            _ => stretches.push(stretch),
        }
    }
    joined(stretches, old)
}

/// Joins stretches of a kind, and changes with no more than a few blanks between them.
fn joined(stretches: Vec<Stretch>, old: &str) -> Vec<Stretch> {
    let is_gap = |stretch: &Stretch| {
        let text = old.get(stretch.old.clone()).unwrap_or("");
        stretch.is_same && text.len() <= GAP && text.bytes().all(|byte| byte == b' ')
    };
    let mut all: Vec<Stretch> = Vec::with_capacity(stretches.len());
    let mut stretches = stretches.into_iter().peekable();
    while let Some(mut stretch) = stretches.next() {
        let between = all.last().is_some_and(|last| !last.is_same)
            && stretches.peek().is_some_and(|next| !next.is_same);
        if is_gap(&stretch) && between {
            stretch.is_same = false;
        }
        match all.last_mut().filter(|last| last.is_same == stretch.is_same) {
            Some(last) => {
                last.old.end = stretch.old.end;
                last.new.end = stretch.new.end;
            }
            None => all.push(stretch),
        }
    }
    all
}

/// What becomes of a piece.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Same,
    Gone,
    New,
}

/// The stretches of two lists of pieces whose texts begin at these bytes.
fn compare(old: &[&str], new: &[&str], old_start: usize, new_start: usize) -> Vec<Stretch> {
    let head = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let (old_rest, new_rest) = (old.get(head..).unwrap_or(&[]), new.get(head..).unwrap_or(&[]));
    let tail =
        old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let middle = |rest: &[&str]| rest.len() - tail;
    let steps = script(
        old_rest.get(..middle(old_rest)).unwrap_or(&[]),
        new_rest.get(..middle(new_rest)).unwrap_or(&[]),
    );
    let same = |count| std::iter::repeat_n(Step::Same, count);
    let mut stretches: Vec<Stretch> = Vec::new();
    let (mut old, mut new) = (old.iter(), new.iter());
    let (mut old_at, mut new_at) = (old_start, new_start);
    for step in same(head).chain(steps).chain(same(tail)) {
        let take = |pieces: &mut std::slice::Iter<'_, &str>, at: &mut usize, is_taken: bool| {
            let start = *at;
            if is_taken {
                *at += pieces.next().map_or(0, |piece| piece.len());
            }
            start..*at
        };
        let before = take(&mut old, &mut old_at, step != Step::New);
        let after = take(&mut new, &mut new_at, step != Step::Gone);
        let is_same = step == Step::Same;
        match stretches.last_mut().filter(|last| last.is_same == is_same) {
            Some(last) => {
                last.old.end = before.end;
                last.new.end = after.end;
            }
            None => stretches.push(Stretch { is_same, old: before, new: after }),
        }
    }
    stretches
}

/// The shortest way from one list to the other (Myers, 1986); all out and all in where that would be a long one.
fn script(old: &[&str], new: &[&str]) -> Vec<Step> {
    let all = || {
        let gone = std::iter::repeat_n(Step::Gone, old.len());
        gone.chain(std::iter::repeat_n(Step::New, new.len())).collect()
    };
    if old.is_empty() || new.is_empty() {
        return all();
    }
    // For each number of edits, how far down the old list each diagonal comes; the diagonals lie from -edits to edits.
    let mut reached: Vec<Vec<usize>> = Vec::new();
    for edits in 0..=(old.len() + new.len()).min(MOST_EDITS) {
        let mut row = vec![0; 2 * edits + 1];
        for (place, far) in row.iter_mut().enumerate().step_by(2) {
            let down = from_above(&reached, edits, place);
            let (mut x, mut y) = start(&reached, edits, place, down);
            while old.get(x).is_some_and(|piece| new.get(y) == Some(piece)) {
                (x, y) = (x + 1, y + 1);
            }
            *far = x;
            if x >= old.len() && y >= new.len() {
                return way_back(&reached, edits, place, old.len());
            }
        }
        reached.push(row);
    }
    all()
}

/// Whether a diagonal is best reached by putting a piece in.
fn from_above(reached: &[Vec<usize>], edits: usize, place: usize) -> bool {
    let Some(last) = edits.checked_sub(1).and_then(|last| reached.get(last)) else { return true };
    // A diagonal of these edits lies between two of those before.
    let left = place.checked_sub(2).and_then(|at| last.get(at));
    let right = last.get(place);
    match (left, right) {
        (None, _) => true,
        (_, None) => false,
        (Some(left), Some(right)) => left < right,
    }
}

/// Where a diagonal begins, one edit behind those before.
fn start(reached: &[Vec<usize>], edits: usize, place: usize, down: bool) -> (usize, usize) {
    let Some(last) = edits.checked_sub(1).and_then(|last| reached.get(last)) else { return (0, 0) };
    let before = if down { Some(place) } else { place.checked_sub(2) };
    let x = before.and_then(|at| last.get(at)).copied().unwrap_or(0) + usize::from(!down);
    // The diagonal is `place - edits`, and `x - y` on it.
    (x, (x + edits).saturating_sub(place))
}

/// The steps to the end of the old list, found from behind.
fn way_back(reached: &[Vec<usize>], edits: usize, mut place: usize, mut x: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    for edits in (1..=edits).rev() {
        let down = from_above(reached, edits, place);
        let (from_x, _) = start(reached, edits, place, down);
        steps.extend(std::iter::repeat_n(Step::Same, x.saturating_sub(from_x)));
        steps.push(if down { Step::New } else { Step::Gone });
        x = from_x - usize::from(!down);
        place = if down { place } else { place.saturating_sub(2) };
    }
    steps.extend(std::iter::repeat_n(Step::Same, x));
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `[-old-]` and `{+new+}` between what is the same.
    fn told(old: &str, new: &str) -> String {
        let mut told = String::new();
        for stretch in words(old, new) {
            let (before, after) = (&old[stretch.old], &new[stretch.new]);
            if stretch.is_same {
                told.push_str(after);
                continue;
            }
            for (open, text, close) in [("[-", before, "-]"), ("{+", after, "+}")] {
                if !text.is_empty() {
                    told.extend([open, text, close]);
                }
            }
        }
        told
    }

    #[test]
    fn words_that_changed_stand_out_from_those_that_did_not() {
        for (old, new, expected) in [
            ("", "", ""),
            ("a", "a", "a"),
            ("", "new", "{+new+}"),
            ("old", "", "[-old-]"),
            ("rest at home", "rest at work", "rest at [-home-]{+work+}"),
            ("one two three", "one three", "one [-two -]three"),
            ("fall", "fall at home", "fall{+ at home+}"),
            ("the red cat sat", "a blue cat sat", "[-the red-]{+a blue+} cat sat"),
            ("a\nb\nc\n", "a\nx\nc\n", "a\n[-b-]{+x+}\nc\n"),
            ("a\nb\n", "b\n", "[-a\n-]b\n"),
            ("5 mg", "50 mg", "[-5-]{+50+} mg"),
            ("日本", "日语", "日[-本-]{+语+}"),
        ] {
            assert_eq!(told(old, new), expected, "{old:?} {new:?}");
        }
    }

    #[test]
    fn texts_without_anything_in_common_stand_whole_against_each_other() {
        let text = |letter: char| format!("{letter}. ").repeat(4_000);
        let (old, new) = (text('a'), text('b'));
        let stretches = words(&old, &new);
        let changed: usize = stretches.iter().filter(|one| !one.is_same).map(|one| one.old.len()).sum();
        assert!(changed * 2 > old.len(), "{}", stretches.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_stretches_are_both_texts_whole_and_the_same_where_they_say_so(
            old in "([a-c ]|\\n|\\r\\n|日|🇩|\u{301}){0,40}",
            new in "([a-c ]|\\n|\\r\\n|日|🇩|\u{301}){0,40}",
        ) {
            let (mut before, mut after) = (0, 0);
            for stretch in words(&old, &new) {
                prop_assert_eq!((stretch.old.start, stretch.new.start), (before, after));
                (before, after) = (stretch.old.end, stretch.new.end);
                let texts = (&old[stretch.old], &new[stretch.new]);
                prop_assert!(!stretch.is_same || texts.0 == texts.1);
                prop_assert!(!texts.0.is_empty() || !texts.1.is_empty());
            }
            prop_assert_eq!((before, after), (old.len(), new.len()));
        }
    }
}
