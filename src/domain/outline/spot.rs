//! From the path of a problem back to the thing it is about.
//!
//! Must not fail on a path that a server made up: what it cannot read names nothing.

use super::Path;
use crate::domain::document::DocumentField;

/// A part of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionPart {
    /// `title`.
    Title,
    /// `code`.
    Code,
    /// `text`.
    Text,
    /// `authorId`.
    Author,
    /// `mode`.
    Mode,
    /// `resourceIds`.
    Resources,
    /// `sections`: those beneath it.
    Sections,
}

impl SectionPart {
    /// Every part, in the order of the section's form.
    pub const ALL: [SectionPart; 7] = [
        SectionPart::Title,
        SectionPart::Code,
        SectionPart::Text,
        SectionPart::Author,
        SectionPart::Mode,
        SectionPart::Resources,
        SectionPart::Sections,
    ];

    /// The name in problems: ClinikAPI's (contract clinikapi §2.2).
    pub fn name(self) -> &'static str {
        match self {
            SectionPart::Title => "title",
            SectionPart::Code => "code",
            SectionPart::Text => "text",
            SectionPart::Author => "authorId",
            SectionPart::Mode => "mode",
            SectionPart::Resources => "resourceIds",
            SectionPart::Sections => "sections",
        }
    }

    /// The part of a name.
    pub fn parse(name: &str) -> Option<SectionPart> {
        SectionPart::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// What a problem's path is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A part of the header: which, and the rest of the path within it, such as `1.mode`.
    Header(DocumentField, String),
    /// A section, and which part of it where the path says.
    Section(Path, Option<SectionPart>),
}

impl Spot {
    /// Reads a path such as `sections.3.sections.0.title`, `sections[3].title` or `attester.1.mode`.
    pub fn of(path: &str) -> Option<Spot> {
        let words: Vec<&str> =
            path.split(['.', '[', ']', '/']).filter(|word| !word.is_empty() && *word != "body").collect();
        let (first, rest) = words.split_first()?;
        let field = DocumentField::parse(first)?;
        if field != DocumentField::Sections {
            return Some(Spot::Header(field, rest.join(".")));
        }
        let mut steps = Vec::new();
        let mut rest = rest.iter();
        while let Some(step) = rest.next() {
            let Ok(step) = step.parse() else { break };
            steps.push(step);
            match rest.next() {
                Some(&"sections") => {}
                Some(part) => return Some(Spot::Section(Path::new(steps), SectionPart::parse(part))),
                None => return Some(Spot::Section(Path::new(steps), None)),
            }
        }
        // What ends in `sections` is about the level beneath.
        Some(if steps.is_empty() {
            Spot::Header(DocumentField::Sections, String::new())
        } else {
            Spot::Section(Path::new(steps), Some(SectionPart::Sections))
        })
    }
}
