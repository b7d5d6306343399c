//! Edits of a document as data: each says what it does, and doing it gives the edit that takes it back.
//!
//! Must not panic on any path, place or range, nor change anything when it refuses.

use super::{DEEPEST, Path, Refusal, levels};
use crate::domain::{
    document::{Document, DocumentField, Section, SectionMode},
    people::Reference,
};
use serde::{Deserialize, Serialize};

/// One change of a document. Raw keys stay with their section wherever it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edit {
    /// Puts a section in, with those beneath it.
    Add {
        /// Where it will stand.
        at: Path,
        /// The section.
        section: Box<Section>,
    },
    /// Takes a section out, with those beneath it.
    Drop {
        /// Where it stands.
        at: Path,
    },
    /// Takes a section out and puts it in elsewhere.
    Move {
        /// Where it stands.
        from: Path,
        /// Where it will stand, in the tree without it; there it is found afterwards.
        to: Path,
    },
    /// Cuts a section in two: what stands behind a place of its text, and the sections beneath from one on, become the
    /// next section.
    Split {
        /// The section.
        at: Path,
        /// Where the text is cut, in bytes.
        byte: usize,
        /// What stands at the cut and is taken away, such as an empty line.
        gap: Box<str>,
        /// The first of the sections beneath that goes along.
        child: usize,
        /// The next section, still without text and sections.
        next: Box<Section>,
    },
    /// Puts the next section's text and sections behind a section's own. The rest of the next section goes.
    Join {
        /// The section.
        at: Path,
        /// What is put between the two texts, such as an empty line.
        gap: Box<str>,
    },
    /// Replaces a part of a section's text.
    Text {
        /// The section.
        at: Path,
        /// Where the part begins, in bytes.
        byte: usize,
        /// What stands there.
        removed: Box<str>,
        /// What will.
        inserted: Box<str>,
    },
    /// Sets a section's title.
    Title {
        /// The section.
        at: Path,
        /// The new title.
        title: Box<str>,
    },
    /// Sets a section's code.
    Code {
        /// The section.
        at: Path,
        /// The new code.
        code: Option<Box<str>>,
    },
    /// Sets who wrote a section.
    Author {
        /// The section.
        at: Path,
        /// The new author.
        author: Option<Reference>,
    },
    /// Sets how a section's list came to be.
    Mode {
        /// The section.
        at: Path,
        /// The new mode.
        mode: Option<SectionMode>,
    },
    /// Sets the records that a section speaks of.
    Resources {
        /// The section.
        at: Path,
        /// The new list.
        resources: Vec<Reference>,
    },
    /// Takes one part of the header, or all sections, from another document; the rest of that one is empty.
    Header {
        /// The part.
        field: DocumentField,
        /// What it is taken from.
        value: Box<Document>,
    },
}

impl Edit {
    /// Takes one part from another document, of which only that part is kept.
    pub fn header(field: DocumentField, value: &Document) -> Edit {
        let mut only = Document::default();
        only.take(value, field);
        Edit::Header { field, value: Box::new(only) }
    }

    /// Cuts a section's text at a byte; the sections beneath stay with the first half.
    pub fn split(at: Path, byte: usize, title: &str) -> Edit {
        let next = Section { title: title.into(), ..Section::default() };
        Edit::Split { at, byte, gap: "".into(), child: usize::MAX, next: Box::new(next) }
    }

    /// The section to stand on once it is done; none where it is about the header. Behind a [`Edit::Drop`] it may be
    /// gone: [`super::nearest`] gives the one to stand on then.
    pub fn lands(&self) -> Option<Path> {
        match self {
            Edit::Move { to, .. } => Some(to.clone()),
            Edit::Split { at, .. } => Some(at.next()),
            Edit::Add { at, .. }
            | Edit::Drop { at }
            | Edit::Join { at, .. }
            | Edit::Text { at, .. }
            | Edit::Title { at, .. }
            | Edit::Code { at, .. }
            | Edit::Author { at, .. }
            | Edit::Mode { at, .. }
            | Edit::Resources { at, .. } => Some(at.clone()),
            Edit::Header { .. } => None,
        }
    }
}

/// The smallest edit that makes a section's text another one; none where it is that already.
pub fn retext(document: &Document, at: &Path, text: &str) -> Option<Edit> {
    let old = super::section(document, at)?.text.as_str();
    if old == text {
        return None;
    }
    let same = |(one, other): &(char, char)| one == other;
    let head: usize = old.chars().zip(text.chars()).take_while(same).map(|(one, _)| one.len_utf8()).sum();
    let (old_rest, new_rest) = (old.get(head..)?, text.get(head..)?);
    let tail: usize = old_rest
        .chars()
        .rev()
        .zip(new_rest.chars().rev())
        .take_while(same)
        .map(|(one, _)| one.len_utf8())
        .sum();
    Some(Edit::Text {
        at: at.clone(),
        byte: head,
        removed: old_rest.get(..old_rest.len() - tail)?.into(),
        inserted: new_rest.get(..new_rest.len() - tail)?.into(),
    })
}

/// Does an edit and gives its inverse. A refused one leaves the document as it was.
pub fn apply(document: &mut Document, edit: &Edit) -> Result<Edit, Refusal> {
    match edit {
        Edit::Add { at, section } => {
            put(document, at, section.as_ref().clone()).map_err(|(refusal, _)| refusal)?;
            Ok(Edit::Drop { at: at.clone() })
        }
        Edit::Drop { at } => Ok(Edit::Add { at: at.clone(), section: Box::new(take(document, at)?) }),
        Edit::Move { from, to } => {
            let section = take(document, from)?;
            match put(document, to, section) {
                Ok(()) => Ok(Edit::Move { from: to.clone(), to: from.clone() }),
                Err((refusal, section)) => {
                    // Where it stood there is room again.
                    put(document, from, *section).map_err(|(refusal, _)| refusal)?;
                    Err(refusal)
                }
            }
        }
        Edit::Split { at, byte, gap, child, next } => split(document, at, *byte, gap, *child, next),
        Edit::Join { at, gap } => join(document, at, gap),
        Edit::Text { at, byte, removed, inserted } => {
            let text = &mut section_mut(document, at)?.text;
            if !text.get(*byte..).is_some_and(|rest| rest.starts_with(&**removed)) {
                return Err(Refusal::NoPlace);
            }
            text.replace_range(*byte..*byte + removed.len(), inserted);
            Ok(Edit::Text {
                at: at.clone(),
                byte: *byte,
                removed: inserted.clone(),
                inserted: removed.clone(),
            })
        }
        Edit::Title { at, title } => {
            let title = std::mem::replace(&mut section_mut(document, at)?.title, title.clone());
            Ok(Edit::Title { at: at.clone(), title })
        }
        Edit::Code { at, code } => {
            let code = std::mem::replace(&mut section_mut(document, at)?.code, code.clone());
            Ok(Edit::Code { at: at.clone(), code })
        }
        Edit::Author { at, author } => {
            let author = std::mem::replace(&mut section_mut(document, at)?.author, author.clone());
            Ok(Edit::Author { at: at.clone(), author })
        }
        Edit::Mode { at, mode } => {
            let mode = std::mem::replace(&mut section_mut(document, at)?.mode, mode.clone());
            Ok(Edit::Mode { at: at.clone(), mode })
        }
        Edit::Resources { at, resources } => {
            let resources = std::mem::replace(&mut section_mut(document, at)?.resources, resources.clone());
            Ok(Edit::Resources { at: at.clone(), resources })
        }
        Edit::Header { field, value } => {
            let inverse = Edit::header(*field, document);
            document.take(value, *field);
            Ok(inverse)
        }
    }
}

fn split(
    document: &mut Document,
    at: &Path,
    byte: usize,
    gap: &str,
    child: usize,
    next: &Section,
) -> Result<Edit, Refusal> {
    if !next.text.is_empty() || !next.sections.is_empty() {
        return Err(Refusal::Malformed);
    }
    let (level, index) = level_mut(document, at)?;
    let section = level.get_mut(index).ok_or(Refusal::NoSection)?;
    if !section.text.get(byte..).is_some_and(|rest| rest.starts_with(gap)) {
        return Err(Refusal::NoPlace);
    }
    let mut next = next.clone();
    next.text = section.text.split_off(byte + gap.len());
    section.text.truncate(byte);
    next.sections = section.sections.split_off(child.min(section.sections.len()));
    level.insert(index + 1, next);
    Ok(Edit::Join { at: at.clone(), gap: gap.into() })
}

fn join(document: &mut Document, at: &Path, gap: &str) -> Result<Edit, Refusal> {
    let (level, index) = level_mut(document, at)?;
    if index >= level.len() {
        return Err(Refusal::NoSection);
    }
    if index + 1 >= level.len() {
        return Err(Refusal::Nowhere);
    }
    let mut next = level.remove(index + 1);
    let section = level.get_mut(index).ok_or(Refusal::NoSection)?;
    let (byte, child) = (section.text.len(), section.sections.len());
    section.text.push_str(gap);
    section.text.push_str(&std::mem::take(&mut next.text));
    section.sections.append(&mut next.sections);
    Ok(Edit::Split { at: at.clone(), byte, gap: gap.into(), child, next: Box::new(next) })
}

/// The level that a path's last step counts in, and that step.
fn level_mut<'a>(document: &'a mut Document, path: &Path) -> Result<(&'a mut Vec<Section>, usize), Refusal> {
    let (last, above) = path.steps().split_last().ok_or(Refusal::NoSection)?;
    let mut level = &mut document.sections;
    for step in above {
        level = &mut level.get_mut(*step).ok_or(Refusal::NoSection)?.sections;
    }
    Ok((level, *last))
}

fn section_mut<'a>(document: &'a mut Document, path: &Path) -> Result<&'a mut Section, Refusal> {
    let (level, index) = level_mut(document, path)?;
    level.get_mut(index).ok_or(Refusal::NoSection)
}

fn take(document: &mut Document, at: &Path) -> Result<Section, Refusal> {
    let (level, index) = level_mut(document, at)?;
    if index < level.len() { Ok(level.remove(index)) } else { Err(Refusal::NoSection) }
}

/// Puts a section in, or gives it back with the reason.
fn put(document: &mut Document, at: &Path, section: Section) -> Result<(), (Refusal, Box<Section>)> {
    if at.depth().saturating_sub(1) + levels(&section) > DEEPEST {
        return Err((Refusal::TooDeep, Box::new(section)));
    }
    match level_mut(document, at) {
        Ok((level, index)) if index <= level.len() => {
            level.insert(index, section);
            Ok(())
        }
        Ok(_) => Err((Refusal::NoSection, Box::new(section))),
        Err(refusal) => Err((refusal, Box::new(section))),
    }
}
