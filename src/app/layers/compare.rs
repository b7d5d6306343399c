//! What is changed in a document beside what its source has: part by part, section by section, word by word.
//!
//! Must not change anything, nor tell what is put in or taken out by a colour: each stands between marks of its own.

use super::{Layer, close, tell::scrolled};
use crate::app::{
    action::Action,
    form::document::{Part, print_header, print_section},
    geometry::{Size, dialog_width},
    screens::editor::{Editor, check},
    state::State,
    text,
};
use crate::domain::{
    check::units,
    compare::{self, Pair},
    diff,
    document::{DocumentField, Section},
    outline::{self, SectionPart},
};

/// The width that the page has where there is room.
const WIDTH: u16 = 180;
/// From this width on the two versions stand side by side.
const SIDE_BY_SIDE: u16 = 98;
/// Cells of the names of the versions where they stand one beneath the other.
pub const LABEL: u16 = 7;
/// Cells between the versions where they stand side by side.
pub const BETWEEN: u16 = 3;
/// Lines of the page that are not of the list: its frame, its heads and its foot.
const AROUND: u16 = 8;
/// More words than this that are the same in both are told by their number,
const MANY: usize = 60;
/// but for so many at each end.
const NEAR: usize = 12;

/// What a stretch of a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The same in both.
    Same,
    /// Only in what the source has.
    Gone,
    /// Only in ours.
    New,
    /// Not of the text: what the page says of it.
    Aside,
}

/// One version of a part: its text with the marks in it, and where each stretch ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    text: String,
    ends: Vec<(usize, Mark)>,
}

/// A part of the header, or a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub fate: String,
    /// Whether anything did.
    pub is_changed: bool,
    /// What its source has.
    there: Told,
    /// What we have.
    mine: Told,
}

/// A line of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// The name of a part, and what became of it.
    Name(&'a Item),
    /// A row of what the source has and one of ours.
    Both(Vec<Stretch<'a>>, Vec<Stretch<'a>>),
    /// A row of one of them, with the word for which where it begins.
    One(&'static str, Vec<Stretch<'a>>),
}

/// A stretch of a row.
pub type Stretch<'a> = (Mark, &'a str);

/// The page on the screen.
#[derive(Debug)]
pub struct Compare {
    /// Every part that differs, and every section.
    pub items: Vec<Item>,
    /// Whether the words that are the same are shown too.
    pub is_whole: bool,
    /// When the source last changed the document, where it says.
    pub since: Option<String>,
    /// The first line on the screen.
    pub scroll: u16,
}

impl Told {
    fn push(&mut self, mark: Mark, text: &str) {
        if !text.is_empty() {
            self.text.push_str(text);
            self.ends.push((self.text.len(), mark));
        }
    }

    fn of(mark: Mark, text: &str) -> Told {
        let mut told = Told::default();
        told.push(mark, text);
        told
    }

    /// The rows at a width, each in its stretches; none where there is nothing to show.
    fn rows(&self, width: usize) -> Vec<Vec<Stretch<'_>>> {
        if self.text.is_empty() {
            return Vec::new();
        }
        let row = |range: std::ops::Range<usize>| {
            let mut stretches = Vec::new();
            let mut from = range.start;
            for (end, mark) in self.ends.iter().filter(|(end, _)| *end > range.start) {
                let to = (*end).min(range.end);
                if let Some(part) = self.text.get(from..to).filter(|part| !part.is_empty()) {
                    stretches.push((*mark, part));
                }
                from = to;
                if *end >= range.end {
                    break;
                }
            }
            stretches
        };
        text::rows(&self.text, width).into_iter().map(row).collect()
    }
}

/// Two versions of a text with what differs between marks; long stretches that are the same are left out.
fn told(before: &str, after: &str, is_whole: bool) -> (Told, Told) {
    let (mut there, mut mine) = (Told::default(), Told::default());
    let stretches = diff::words(before, after);
    let last = stretches.len().saturating_sub(1);
    for (place, stretch) in stretches.iter().enumerate() {
        let old = before.get(stretch.old.clone()).unwrap_or("");
        let new = after.get(stretch.new.clone()).unwrap_or("");
        if !stretch.is_same {
            between(&mut there, Mark::Gone, ["[-", old, "-]"]);
            between(&mut mine, Mark::New, ["{+", new, "+}"]);
            continue;
        }
        let words = new.split_whitespace().count();
        if is_whole || words <= MANY {
            there.push(Mark::Same, new);
            mine.push(Mark::Same, new);
            continue;
        }
        let length = |part: &str| part.len();
        let head: usize = if place == 0 {
            0
        } else {
            new.split_inclusive(char::is_whitespace).take(NEAR).map(length).sum()
        };
        let rest = new.get(head..).unwrap_or("");
        let tail: usize = if place == last {
            0
        } else {
            rest.split_inclusive(char::is_whitespace).rev().take(NEAR).map(length).sum()
        };
        let near = rest.get(rest.len() - tail..).unwrap_or("");
        let before = new.get(..head).unwrap_or("");
        let left = words - before.split_whitespace().count() - near.split_whitespace().count();
        for side in [&mut there, &mut mine] {
            side.push(Mark::Same, before);
            let start = if side.text.is_empty() || side.text.ends_with('\n') { "" } else { "\n" };
            side.push(Mark::Aside, &format!("{start}… {left} words the same …\n"));
            side.push(Mark::Same, near);
        }
    }
    (there, mine)
}

/// Puts a text between marks; the end of its last line stays behind them.
fn between(told: &mut Told, mark: Mark, [open, text, close]: [&str; 3]) {
    if text.is_empty() {
        return;
    }
    let inner = text.strip_suffix('\n').unwrap_or(text);
    let shown = if inner.is_empty() { "⏎" } else { inner };
    told.push(mark, &format!("{open}{shown}{close}"));
    told.push(mark, text.get(inner.len()..).unwrap_or(""));
}

/// A section's fields that differ, then its text.
fn words_of(section: &Section, parts: &[SectionPart]) -> String {
    let mut words = String::new();
    for part in parts.iter().filter(|part| **part != SectionPart::Text) {
        words.extend([Part::Section(*part).label(), ": ", &print_section(section, *part), "\n"]);
    }
    words + &section.text
}

fn section(pair: &Pair<'_>, is_whole: bool) -> Item {
    let number = |row: &outline::Row<'_>| check::number(&row.path);
    let title = |row: &outline::Row<'_>| {
        let title = if row.section.title.trim().is_empty() { "(no title)" } else { &row.section.title };
        format!("{} {title}", number(row))
    };
    let parts: Vec<SectionPart> = pair.parts().into_iter().filter_map(SectionPart::parse).collect();
    let is_changed = !pair.is_same();
    let item = |name, fate, there, mine| Item { name, fate, is_changed, there, mine };
    match (&pair.base, &pair.mine) {
        (Some(base), Some(mine)) => {
            let labels: Vec<String> =
                parts.iter().map(|part| Part::Section(*part).label().to_lowercase()).collect();
            let changed = (!parts.is_empty()).then(|| format!("changed: {}", labels.join(", ")));
            let moved = pair.is_moved.then(|| format!("moved, was {}", number(base)));
            let fates: Vec<String> = changed.into_iter().chain(moved).collect();
            let length = units(&mine.section.text);
            let fate = match fates.as_slice() {
                [] => format!("the same, {length} characters"),
                fates => fates.join("; "),
            };
            let (there, ours) = if parts.is_empty() && !is_whole {
                Default::default()
            } else {
                told(&words_of(base.section, &parts), &words_of(mine.section, &parts), is_whole)
            };
            item(title(mine), fate, there, ours)
        }
        (Some(base), None) => {
            let there = told(&base.section.text, "", is_whole).0;
            item(title(base), "taken out".to_owned(), there, Told::of(Mark::Aside, "(not there)"))
        }
        (base, mine) => {
            let row = mine.as_ref().or(base.as_ref());
            let text = row.map_or("", |row| &row.section.text);
            let ours = told("", text, is_whole).1;
            item(
                row.map_or_else(String::new, title),
                "new".to_owned(),
                Told::of(Mark::Aside, "(not there)"),
                ours,
            )
        }
    }
}

fn items(state: &State, editor: &Editor, is_whole: bool) -> Vec<Item> {
    let Some(base) = editor.base.as_deref() else { return Vec::new() };
    let mine = &editor.document;
    let fields = mine.changed(base).into_iter().filter(|field| *field != DocumentField::Sections);
    let header = fields.map(|field| {
        let [before, after] = [base, mine].map(|document| print_header(document, field, &state.zone));
        let (there, ours) = told(&before, &after, is_whole);
        let empty = |told: Told| if told.text.is_empty() { Told::of(Mark::Aside, "(empty)") } else { told };
        Item {
            name: Part::Header(field).label().to_owned(),
            fate: "changed".to_owned(),
            is_changed: true,
            there: empty(there),
            mine: empty(ours),
        }
    });
    let sections = compare::sections(base, mine);
    header.chain(sections.iter().map(|pair| section(pair, is_whole))).collect()
}

/// Opens the page about the document in the editor.
pub fn open(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let Some(base) = editor.base.as_deref() else {
        return state.say("This document is new: its source has nothing to compare it with.");
    };
    let since = base.last_modified.as_ref().map(|time| time.display(&state.zone));
    let items = items(state, editor, false);
    state.layers.push(Layer::Compare(Box::new(Compare { items, is_whole: false, since, scroll: 0 })));
    state.touch();
}

/// The width of the page, and whether the versions stand side by side.
pub fn layout(size: Size) -> (u16, bool) {
    let width = dialog_width(size, WIDTH);
    (width, width >= SIDE_BY_SIDE)
}

/// The cells of a row of one version.
pub fn room(size: Size) -> u16 {
    let (width, is_wide) = layout(size);
    let inside = width.saturating_sub(2);
    if is_wide { (inside - BETWEEN) / 2 } else { inside.saturating_sub(LABEL).max(8) }
}

impl Compare {
    /// Every line of the page at a size of the screen.
    pub fn lines(&self, size: Size) -> Vec<Row<'_>> {
        let (is_wide, room) = (layout(size).1, usize::from(room(size)));
        let mut lines = Vec::new();
        for item in &self.items {
            lines.push(Row::Name(item));
            let (there, mine) = (item.there.rows(room), item.mine.rows(room));
            if is_wide {
                for at in 0..there.len().max(mine.len()) {
                    let [left, right] = [&there, &mine].map(|rows| rows.get(at).cloned().unwrap_or_default());
                    lines.push(Row::Both(left, right));
                }
                continue;
            }
            // What is the same in both is told once.
            let sides =
                if item.is_changed { vec![("there", there), ("yours", mine)] } else { vec![("", mine)] };
            for (word, rows) in sides {
                let words = std::iter::once(word).chain(std::iter::repeat(""));
                lines.extend(rows.into_iter().zip(words).map(|(row, word)| Row::One(word, row)));
            }
        }
        lines
    }

    /// How many parts changed, in words.
    pub fn summary(&self) -> String {
        let changed = self.items.iter().filter(|item| item.is_changed).count();
        let same = self.items.len() - changed;
        match (changed, same) {
            (0, _) => "Nothing is changed.".to_owned(),
            (1, same) => format!("1 part is changed, {same} the same."),
            (changed, same) => format!("{changed} parts are changed, {same} the same."),
        }
    }
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let (size, page) = (state.size, state.size.height / 2);
    if action == Action::CompareWhole {
        let Some(Layer::Compare(compare)) = state.layers.last() else { return };
        let is_whole = !compare.is_whole;
        let items = state.editor.as_deref().map(|editor| items(state, editor, is_whole)).unwrap_or_default();
        if let Some(Layer::Compare(compare)) = state.layers.last_mut() {
            (compare.items, compare.is_whole, compare.scroll) = (items, is_whole, 0);
        }
        return;
    }
    let Some(Layer::Compare(compare)) = state.layers.last_mut() else { return };
    let lines = compare.lines(size);
    let most = (lines.len() as u16).saturating_sub(size.height.saturating_sub(AROUND));
    let begins = |(at, line): (usize, &Row<'_>)| match line {
        Row::Name(item) if item.is_changed => Some(at as u16),
        _ => None,
    };
    let mut starts = lines.iter().enumerate().filter_map(begins);
    let wished = match action {
        Action::CompareNext => starts.find(|start| *start > compare.scroll),
        Action::ComparePrevious => starts.rfind(|start| *start < compare.scroll),
        action => scrolled(action, compare.scroll, page),
    };
    match (wished, action) {
        (Some(wished), _) => compare.scroll = wished.min(most),
        (None, Action::CompareNext | Action::ComparePrevious) => {}
        (None, _) => drop(close(state)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a version, `*` before what is only there and `~` before what the page says of it.
    fn rows(told: &Told, width: usize) -> Vec<String> {
        let stretch = |(mark, text): &Stretch<'_>| match mark {
            Mark::Same => (*text).to_owned(),
            Mark::Gone | Mark::New => format!("*{text}"),
            Mark::Aside => format!("~{text}"),
        };
        told.rows(width).iter().map(|row| row.iter().map(stretch).collect()).collect()
    }

    #[test]
    fn what_differs_stands_between_marks_and_wraps_with_the_text() {
        let (there, mine) = told("Rest at home.\nThen walk.\n", "Rest at work.\nThen walk.\n", false);
        assert_eq!(rows(&there, 20), ["Rest at *[-home-].", "Then walk.", ""]);
        assert_eq!(rows(&mine, 20), ["Rest at *{+work+}.", "Then walk.", ""]);
        assert_eq!(rows(&mine, 10), ["Rest at ", "*{+work+}.", "Then walk.", ""]);
        let (there, mine) = told("a\n", "a\nb\n", false);
        assert_eq!(
            (rows(&there, 20), rows(&mine, 20)),
            (vec!["a".into(), String::new()], vec!["a".into(), "*{+b+}".into(), String::new()])
        );
    }

    #[test]
    fn long_stretches_that_are_the_same_are_told_by_their_number_until_all_is_wanted() {
        let same = "word ".repeat(100);
        let (before, after) = (format!("one {same}two"), format!("ONE {same}TWO"));
        let (there, mine) = told(&before, &after, false);
        let expected = |first: &str, last: &str| {
            // The blank behind the change stands for one of the words near it.
            let (head, tail) = ("word ".repeat(NEAR - 1), "word ".repeat(NEAR));
            vec![format!("*{first} {head}"), "~… 77 words the same …".to_owned(), format!("{tail}*{last}")]
        };
        assert_eq!(rows(&there, 200), expected("[-one-]", "[-two-]"));
        assert_eq!(rows(&mine, 200), expected("{+ONE+}", "{+TWO+}"));
        let (_, whole) = told(&before, &after, true);
        assert_eq!(whole.text.matches("word").count(), 100);
    }

    #[test]
    fn no_cluster_of_a_hostile_text_is_lost_or_split() {
        for text in crate::domain::markdown::tests::HOSTILE {
            let (there, mine) = told(text, &format!("{text} more"), true);
            for width in [1, 7, 40] {
                let shown = rows(&mine, width).concat().replace(['*', '{', '+', '}'], "");
                let kept = |text: &str| text.replace(['\n', '\r', '*', '{', '+', '}', '⏎'], "");
                assert_eq!(kept(&shown), kept(&format!("{text} more")), "{text:?} in {width}");
            }
            assert!(text.is_empty() || !there.text.is_empty(), "{text:?}");
        }
    }
}
