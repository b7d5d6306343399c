//! Two versions of a document's sections against each other: which is which, and what became of each.
//!
//! Must not decide anything, nor take two sections for one because they stand at the same place.

use super::{
    document::Document,
    outline::{self, Path, Row},
};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// A section in two versions, as far as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// As it was.
    pub base: Option<Row<'a>>,
    /// As it is.
    pub mine: Option<Row<'a>>,
    /// Whether it stands elsewhere: beneath another section, or in another order.
    pub is_moved: bool,
}

impl Pair<'_> {
    /// The parts, by `ClinikAPI`'s names, in which the two versions differ; none where it is new or gone.
    pub fn parts(&self) -> Vec<&'static str> {
        match (&self.base, &self.mine) {
            (Some(base), Some(mine)) => mine.section.differing(base.section),
            _ => Vec::new(),
        }
    }

    /// Whether nothing became of it.
    pub fn is_same(&self) -> bool {
        self.base.is_some() && self.mine.is_some() && !self.is_moved && self.parts().is_empty()
    }
}

/// The sections of two versions in the order of the second; what it lacks stands behind what it stood behind.
pub fn sections<'a>(base: &'a Document, mine: &'a Document) -> Vec<Pair<'a>> {
    let (old, new) = (outline::rows(base), outline::rows(mine));
    let found = matched(&old, &new);
    let moved = moved(&old, &new, &found);
    let kept: BTreeSet<usize> = found.iter().flatten().copied().collect();
    let gone = |at: usize| old.get(at).filter(|_| !kept.contains(&at));
    let gone_from = |at: usize| (at..).map_while(gone);
    let taken_out = |row: &Row<'a>| Pair { base: Some(row.clone()), mine: None, is_moved: false };
    let mut pairs: Vec<Pair<'a>> = gone_from(0).map(taken_out).collect();
    for (place, (row, base)) in new.iter().zip(&found).enumerate() {
        pairs.push(Pair {
            base: base.and_then(|at| old.get(at).cloned()),
            mine: Some(row.clone()),
            is_moved: moved.contains(&place),
        });
        pairs.extend(base.iter().flat_map(|at| gone_from(at + 1)).map(taken_out));
    }
    pairs
}

/// For each new row the old one that it is.
///
/// A section that came from a source has that source's own text of it, which no edit changes; where there is none, or
/// several are alike, its place, its title and its text tell.
fn matched(old: &[Row<'_>], new: &[Row<'_>]) -> Vec<Option<usize>> {
    type Key = fn(&Row<'_>, &str) -> Option<String>;
    fn raw<'a>(row: &'a Row<'_>) -> Option<&'a str> {
        row.section.raw.as_deref()
    }
    fn titled<'a>(row: &'a Row<'_>) -> Option<&'a str> {
        Some(row.section.title.trim()).filter(|title| !title.is_empty())
    }
    let keys: [Key; 6] = [
        |row, _| raw(row).map(|raw| format!("{} {raw}", row.path)),
        |row, _| raw(row).map(str::to_owned),
        |row, titles| titled(row).map(|_| format!("{titles}\0{}", row.section.text)),
        |row, titles| titled(row).map(|_| titles.to_owned()),
        |row, _| titled(row).map(str::to_owned),
        |row, _| (!row.section.text.trim().is_empty()).then(|| row.section.text.clone()),
    ];
    let (old_titles, new_titles) = (titles(old), titles(new));
    let mut found: Vec<Option<usize>> = vec![None; new.len()];
    let mut free: BTreeSet<usize> = (0..old.len()).collect();
    for key in keys {
        let mut by_key: HashMap<String, VecDeque<usize>> = HashMap::new();
        for (at, (row, titles)) in old.iter().zip(&old_titles).enumerate().filter(|(at, _)| free.contains(at))
        {
            if let Some(key) = key(row, titles) {
                by_key.entry(key).or_default().push_back(at);
            }
        }
        for ((row, titles), found) in new.iter().zip(&new_titles).zip(&mut found) {
            if found.is_none()
                && let Some(at) = key(row, titles).and_then(|key| by_key.get_mut(&key)?.pop_front())
            {
                free.remove(&at);
                *found = Some(at);
            }
        }
    }
    found
}

/// The titles on the way to each row.
fn titles(rows: &[Row<'_>]) -> Vec<String> {
    let mut way: Vec<&str> = Vec::new();
    let mut titles = Vec::with_capacity(rows.len());
    for row in rows {
        way.truncate(row.path.depth().saturating_sub(1));
        way.push(&row.section.title);
        titles.push(way.join("\0"));
    }
    titles
}

/// The new rows that stand elsewhere: beneath another section, or not in the order of those that stayed.
fn moved(old: &[Row<'_>], new: &[Row<'_>], found: &[Option<usize>]) -> BTreeSet<usize> {
    let old_at: BTreeMap<&Path, usize> = old.iter().enumerate().map(|(at, row)| (&row.path, at)).collect();
    let new_at: BTreeMap<&Path, usize> = new.iter().enumerate().map(|(at, row)| (&row.path, at)).collect();
    // The old row above, as the new version has it; the document itself has none.
    let above_new = |row: &Row<'_>| {
        let parent = row.path.parent()?;
        new_at.get(&parent).map(|at| found.get(*at).copied().flatten())
    };
    let above_old = |row: &Row<'_>| {
        let parent = row.path.parent()?;
        old_at.get(&parent).map(|at| Some(*at))
    };
    let mut moved = BTreeSet::new();
    let mut levels: BTreeMap<Option<Path>, Vec<(usize, usize)>> = BTreeMap::new();
    for (place, row) in new.iter().enumerate() {
        let Some(base) = found.get(place).copied().flatten().and_then(|at| old.get(at)) else { continue };
        if above_new(row) == above_old(base) {
            let index = base.path.index().unwrap_or(0);
            levels.entry(row.path.parent()).or_default().push((place, index));
        } else {
            moved.insert(place);
        }
    }
    for level in levels.into_values() {
        let stayed = longest_rise(&level.iter().map(|(_, index)| *index).collect::<Vec<_>>());
        let places = level.iter().enumerate().filter(|(at, _)| !stayed.contains(at));
        moved.extend(places.map(|(_, (place, _))| *place));
    }
    moved
}

/// The places of the longest part of a list that rises.
fn longest_rise(list: &[usize]) -> BTreeSet<usize> {
    // For each length the place where the lowest rise of it ends, and for each place the one before it in its rise.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(list.len());
    for (place, value) in list.iter().enumerate() {
        let length = ends.partition_point(|end| list.get(*end).is_some_and(|known| known < value));
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = place,
            None => ends.push(place),
        }
    }
    let way = std::iter::successors(ends.last().copied(), |at| before.get(*at).copied().flatten());
    way.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::Section;

    /// `Title=text`, one a section; two spaces before it put it beneath the one before; `*` in front gives it a text
    /// of its source's own, by its title.
    fn document(lines: &[&str]) -> Document {
        let mut document = Document::default();
        for line in lines {
            let (rest, is_below) = line.strip_prefix("  ").map_or((*line, false), |rest| (rest, true));
            let (title, text) = rest.split_once('=').unwrap_or((rest, ""));
            let (raw, title) = title.strip_prefix('*').map_or((None, title), |title| {
                let (raw, title) = title.split_once(':').unwrap_or((title, title));
                (Some(raw.into()), title)
            });
            let section = Section { title: title.into(), text: text.into(), raw, ..Section::default() };
            match document.sections.last_mut().filter(|_| is_below) {
                Some(above) => above.sections.push(section),
                None => document.sections.push(section),
            }
        }
        document
    }

    fn told(base: &[&str], mine: &[&str]) -> Vec<String> {
        let (base, mine) = (document(base), document(mine));
        let one = |pair: &Pair<'_>| {
            let title = |row: &Option<Row<'_>>| {
                row.as_ref().map_or(String::new(), |row| row.section.title.to_string())
            };
            let fate = match (&pair.base, &pair.mine) {
                (None, _) => "new".to_owned(),
                (_, None) => "gone".to_owned(),
                _ if pair.is_same() => "same".to_owned(),
                _ => {
                    let moved = pair.is_moved.then_some("moved");
                    pair.parts().into_iter().chain(moved).collect::<Vec<_>>().join(",")
                }
            };
            let name = if pair.mine.is_some() { title(&pair.mine) } else { title(&pair.base) };
            format!("{name} {fate}")
        };
        sections(&base, &mine).iter().map(one).collect()
    }

    #[test]
    fn each_section_finds_itself_and_says_what_became_of_it() {
        for (base, mine, expected) in [
            (&["A=a", "B=b"][..], &["A=a", "B=b"][..], &["A same", "B same"][..]),
            (&["A=a", "B=b"], &["A=x", "B=b", "C=c"], &["A text", "B same", "C new"]),
            (&["A=a", "B=b", "C=c"], &["A=a", "C=c"], &["A same", "B gone", "C same"]),
            (&["A=a", "B=b"], &["B=b"], &["A gone", "B same"]),
            (&["A=a", "B=b", "C=c"], &["C=c", "A=a", "B=b"], &["C moved", "A same", "B same"]),
            (&["A=a", "B=b"], &["A=a", "  B=x"], &["A same", "B text,moved"]),
            (&["A=a", "  B=b", "C"], &["A=a", "C", "  B=b"], &["A same", "C same", "B moved"]),
            (&["A=a", "B=b"], &["Z=a", "B=b"], &["Z title", "B same"]),
            (&["*A=a", "*B=b"], &["*A:Z=z", "*B=b"], &["Z title,text", "B same"]),
            (&["*A=a", "*B=b"], &["*B=b", "*A=a"], &["B moved", "A same"]),
            (&["*A=a"], &["A=a", "*A=x"], &["A new", "A text"]),
            (&["A=a", "A=b"], &["A=b"], &["A gone", "A same"]),
            (&["A=a", "  B=b"], &[], &["A gone", "B gone"]),
            (&["A", "B=b", "C"], &["A", "X=x", "C"], &["A same", "B gone", "X new", "C same"]),
        ] {
            assert_eq!(told(base, mine), expected, "{base:?} {mine:?}");
        }
    }
}
