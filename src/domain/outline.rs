//! The tree of sections: the way to each, its rows for display, and the edits that change it.
//!
//! Must not judge what a source takes (`check_document` does), nor keep a history: it gives each edit's inverse.

mod edit;
mod spot;
#[cfg(test)]
mod tests;

use super::document::{Document, Section};
use serde::{Deserialize, Serialize};
use std::fmt;

pub use edit::{Edit, apply, retext};
pub use spot::{SectionPart, Spot};

/// The deepest level that an edit may make; no source can send a deeper one.
pub const DEEPEST: usize = 128;

/// The way to a section: which of the top level, which beneath that, and so on. Empty, it is the document itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Path(Vec<usize>);

impl Path {
    /// The way of these steps.
    pub fn new(steps: impl Into<Vec<usize>>) -> Path {
        Path(steps.into())
    }

    /// The steps, from the top level down.
    pub fn steps(&self) -> &[usize] {
        &self.0
    }

    /// How deep it leads: 0 is the document, 1 a section of the top level.
    pub fn depth(&self) -> usize {
        self.0.len()
    }

    /// The way to the section above; none for the document.
    pub fn parent(&self) -> Option<Path> {
        self.0.split_last().map(|(_, above)| Path(above.to_vec()))
    }

    /// Which of its siblings it is; none for the document.
    pub fn index(&self) -> Option<usize> {
        self.0.last().copied()
    }

    /// The way to one of the sections beneath.
    #[must_use]
    pub fn child(&self, index: usize) -> Path {
        let mut steps = self.0.clone();
        steps.push(index);
        Path(steps)
    }

    /// The way to the next sibling; the document has none and stays.
    #[must_use]
    pub fn next(&self) -> Path {
        let mut steps = self.0.clone();
        if let Some(last) = steps.last_mut() {
            *last = last.saturating_add(1);
        }
        Path(steps)
    }

    /// The way to the sibling before; none for the first.
    pub fn previous(&self) -> Option<Path> {
        let mut steps = self.0.clone();
        let last = steps.last_mut()?;
        *last = last.checked_sub(1)?;
        Some(Path(steps))
    }

    /// Whether it leads to this section or to one beneath it.
    pub fn leads_through(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for Path {
    /// As problems name it: `sections.3.sections.0`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            let dot = if place == 0 { "" } else { "." };
            write!(formatter, "{dot}sections.{step}")?;
        }
        Ok(())
    }
}

/// Why an edit changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The path leads nowhere.
    NoSection,
    /// The text has no such place, or does not say there what the edit takes away.
    NoPlace,
    /// The section is the first or last of its level, or has none above or beneath: there is nowhere to go.
    Nowhere,
    /// The sections would stand deeper than any source can send.
    TooDeep,
    /// The edit does not fit together in itself.
    Malformed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Refusal::NoSection => "There is no such section.",
            Refusal::NoPlace => "The text of the section is not what it was when this was begun.",
            Refusal::Nowhere => "The section cannot go further that way.",
            Refusal::TooDeep => "No source takes sections that deep.",
            Refusal::Malformed => "This change does not fit together.",
        })
    }
}

/// A section as a row of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The way to it; its depth is the row's indent.
    pub path: Path,
    /// Which it is in reading order.
    pub place: usize,
    /// The section.
    pub section: &'a Section,
}

/// Every section in reading order.
pub fn rows(document: &Document) -> Vec<Row<'_>> {
    let mut rows = Vec::with_capacity(document.section_count());
    gather(&document.sections, &Path::default(), &mut rows);
    rows
}

fn gather<'a>(sections: &'a [Section], above: &Path, rows: &mut Vec<Row<'a>>) {
    for (index, section) in sections.iter().enumerate() {
        let path = above.child(index);
        rows.push(Row { path: path.clone(), place: rows.len(), section });
        gather(&section.sections, &path, rows);
    }
}

/// Which section in reading order a path leads to; none where it leads nowhere.
pub fn place(document: &Document, path: &Path) -> Option<usize> {
    let mut level = &document.sections;
    let mut place = None;
    for step in path.steps() {
        let before: usize = level.iter().take(*step).map(Section::count).sum();
        // The one above stands before all of its own.
        place = Some(place.map_or(0, |above: usize| above + 1) + before);
        level = &level.get(*step)?.sections;
    }
    place
}

/// The section that a path leads to.
pub fn section<'a>(document: &'a Document, path: &Path) -> Option<&'a Section> {
    let (last, above) = path.0.split_last()?;
    let mut level = &document.sections;
    for step in above {
        level = &level.get(*step)?.sections;
    }
    level.get(*last)
}

/// The section that a path leads to, else the one before it, else the one above; none where there is no section.
pub fn nearest(document: &Document, path: &Path) -> Option<Path> {
    let mut at = Path::default();
    let mut level = &document.sections;
    for step in path.steps() {
        let Some(last) = level.len().checked_sub(1) else { break };
        let index = (*step).min(last);
        at = at.child(index);
        level = &level.get(index)?.sections;
        if index != *step {
            break;
        }
    }
    if at.depth() == 0 && !document.sections.is_empty() {
        return Some(at.child(0));
    }
    Some(at).filter(|at| at.depth() > 0)
}

/// How many levels of sections stand here, this one counted.
pub fn levels(section: &Section) -> usize {
    1 + section.sections.iter().map(levels).max().unwrap_or(0)
}

/// The edit that exchanges a section with its sibling before.
pub fn up(document: &Document, path: &Path) -> Result<Edit, Refusal> {
    section(document, path).ok_or(Refusal::NoSection)?;
    let to = path.previous().ok_or(Refusal::Nowhere)?;
    Ok(Edit::Move { from: path.clone(), to })
}

/// The edit that exchanges a section with its next sibling.
pub fn down(document: &Document, path: &Path) -> Result<Edit, Refusal> {
    section(document, path).ok_or(Refusal::NoSection)?;
    let to = path.next();
    section(document, &to).ok_or(Refusal::Nowhere)?;
    Ok(Edit::Move { from: path.clone(), to })
}

/// The edit that puts a section beneath its sibling before, as the last there.
pub fn inward(document: &Document, path: &Path) -> Result<Edit, Refusal> {
    let moved = section(document, path).ok_or(Refusal::NoSection)?;
    let host = path.previous().ok_or(Refusal::Nowhere)?;
    let place = section(document, &host).ok_or(Refusal::NoSection)?.sections.len();
    if path.depth() + levels(moved) > DEEPEST {
        return Err(Refusal::TooDeep);
    }
    Ok(Edit::Move { from: path.clone(), to: host.child(place) })
}

/// The edit that puts a section behind the one that it stands beneath. Those behind it stay where they are.
pub fn outward(document: &Document, path: &Path) -> Result<Edit, Refusal> {
    section(document, path).ok_or(Refusal::NoSection)?;
    let host = path.parent().filter(|host| host.depth() > 0).ok_or(Refusal::Nowhere)?;
    Ok(Edit::Move { from: path.clone(), to: host.next() })
}

/// Gives each section of `document` the raw keys of the one of `base` that it stems from, and the document its own:
/// what was written from a source and read back from a text has lost them.
///
/// A section stems from the sibling that says the same, else from the one of its title, else of its text; what is left
/// is matched in order where as many are left on both sides.
pub fn adopt_raw(document: &mut Document, base: &Document) {
    document.raw.clone_from(&base.raw);
    adopt_level(&mut document.sections, &base.sections);
}

fn adopt_level(mine: &mut [Section], base: &[Section]) {
    let mut pairs: Vec<Option<usize>> = vec![None; mine.len()];
    let mut taken = vec![false; base.len()];
    let alike: [fn(&Section, &Section) -> bool; 3] = [
        Section::same,
        |one, other| one.title == other.title,
        |one, other| one.text == other.text && !one.text.trim().is_empty(),
    ];
    for is_alike in alike {
        for (section, pair) in mine.iter().zip(&mut pairs).filter(|(_, pair)| pair.is_none()) {
            let free = |index: &usize| taken.get(*index) == Some(&false);
            let found =
                base.iter().enumerate().find(|(index, other)| free(index) && is_alike(section, other));
            if let Some((index, _)) = found {
                *pair = Some(index);
                taken.iter_mut().skip(index).take(1).for_each(|flag| *flag = true);
            }
        }
    }
    let left: Vec<usize> =
        taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(index, _)| index).collect();
    if pairs.iter().filter(|pair| pair.is_none()).count() == left.len() {
        pairs
            .iter_mut()
            .filter(|pair| pair.is_none())
            .zip(left)
            .for_each(|(pair, index)| *pair = Some(index));
    }
    for (section, pair) in mine.iter_mut().zip(pairs) {
        let Some(other) = pair.and_then(|index| base.get(index)) else { continue };
        section.raw.clone_from(&other.raw);
        adopt_level(&mut section.sections, &other.sections);
    }
}
