//! Templates of documents: sections with titles, codes and prompts, and the values that are put into them.
//!
//! Must not put a prompt into a text: it stands beside its section, to be shown dim or as a comment, and is never sent.

#[cfg(test)]
mod tests;
mod values;

use super::{
    document::{Confidentiality, Document, Section},
    outline::Path,
    place::Flaw,
    toml_text::{Reader, Table},
};
use std::collections::BTreeMap;

pub use values::{VALUES, Values};

/// The shipped templates: the name of each, and its text.
pub const SHIPPED: [(&str, &str); 8] = [
    ("discharge-summary", include_str!("../../assets/templates/discharge-summary.toml")),
    ("referral-letter", include_str!("../../assets/templates/referral-letter.toml")),
    ("care-plan", include_str!("../../assets/templates/care-plan.toml")),
    ("operative-report", include_str!("../../assets/templates/operative-report.toml")),
    ("transfer-summary", include_str!("../../assets/templates/transfer-summary.toml")),
    ("consultation", include_str!("../../assets/templates/consultation.toml")),
    ("ipass", include_str!("../../assets/templates/ipass.toml")),
    ("sbar", include_str!("../../assets/templates/sbar.toml")),
];

/// How deep a template's sections may stand.
const DEEPEST: usize = 8;

/// A document to begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// The name that it is asked for by: that of its file.
    pub name: Box<str>,
    /// What it is for, in a few words for a list.
    pub about: Box<str>,
    /// The document's type.
    pub kind: Box<str>,
    /// The document's title, with `{names}` of values.
    pub title: Box<str>,
    /// What it is filed under.
    pub category: Vec<Box<str>>,
    /// Who may see it.
    pub confidentiality: Option<Confidentiality>,
    /// Its sections.
    pub sections: Vec<Part>,
}

/// A section to begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Its heading.
    pub title: Box<str>,
    /// Its kind, as a code.
    pub code: Option<Box<str>>,
    /// What belongs here, for whoever writes.
    pub prompt: Option<Box<str>>,
    /// What stands here at first, with `{names}` of values; a line of which no value is known is left out.
    pub text: String,
    /// The sections beneath it.
    pub sections: Vec<Part>,
}

/// A document made from a template, with the prompts of its sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The document, without patient and author.
    pub document: Document,
    /// What belongs into a section, by the way to it.
    pub prompts: BTreeMap<Path, Box<str>>,
}

/// The shipped templates.
pub fn shipped() -> Vec<Template> {
    // A test holds them free of flaws.
    SHIPPED.into_iter().map(|(name, text)| Template::parse(name, text).0).collect()
}

impl Template {
    /// Reads a template's file. What is wrong is said at its place and left out.
    pub fn parse(name: &str, text: &str) -> (Template, Vec<Flaw>) {
        let mut template = Template { name: name.into(), ..Template::default() };
        let (mut reader, root) = Reader::begin(text, 0);
        if let Some(root) = root {
            let root = Table::root(&root, String::new());
            reader.known(&root, &["about", "type", "title", "category", "confidentiality", "section"]);
            template.about = reader.text(&root, "about").unwrap_or_else(|| name.into());
            template.kind = required(&mut reader, &root, "type");
            template.title = required(&mut reader, &root, "title");
            template.category = reader.texts(&root, "category");
            template.confidentiality =
                reader.text(&root, "confidentiality").map(|code| Confidentiality::parse(&code));
            template.sections = parts(&mut reader, &root, 1);
            if template.sections.is_empty() {
                reader.flaw(0, "A template needs at least one [[section]].");
            }
        }
        reader.flaws.sort_by_key(|flaw| flaw.place);
        (template, reader.flaws)
    }

    /// The document that it begins.
    pub fn fill(&self, values: &Values) -> Filled {
        let mut filled = Filled {
            document: Document {
                kind: self.kind.clone(),
                title: values.line(&self.title).into(),
                category: self.category.clone(),
                confidentiality: self.confidentiality.clone(),
                ..Document::default()
            },
            prompts: BTreeMap::new(),
        };
        filled.document.sections = fill(&self.sections, &Path::default(), values, &mut filled.prompts);
        filled
    }
}

fn required(reader: &mut Reader<'_>, table: &Table<'_>, key: &str) -> Box<str> {
    let text = reader.text(table, key).unwrap_or_default();
    if text.trim().is_empty() {
        reader.flaw(table.byte(), format!("{key} is required here."));
    }
    check_names(reader, table, key, &text);
    text
}

fn parts(reader: &mut Reader<'_>, table: &Table<'_>, level: usize) -> Vec<Part> {
    let tables = reader.tables(table, "section");
    if let Some(first) = tables.first().filter(|_| level > DEEPEST) {
        reader.flaw(first.byte(), format!("Sections stand {DEEPEST} levels deep at most."));
        return Vec::new();
    }
    let mut parts = Vec::new();
    for table in &tables {
        reader.known(table, &["title", "code", "prompt", "text", "section"]);
        let text = reader.text(table, "text").unwrap_or_default();
        check_names(reader, table, "text", &text);
        parts.push(Part {
            title: required(reader, table, "title"),
            code: reader.text(table, "code"),
            prompt: reader.text(table, "prompt").filter(|prompt| !prompt.trim().is_empty()),
            text: text.trim_end().to_owned(),
            sections: self::parts(reader, table, level + 1),
        });
    }
    parts
}

/// Notes every name in braces that is no value's.
fn check_names(reader: &mut Reader<'_>, table: &Table<'_>, key: &str, text: &str) {
    for sentence in values::unknown_names(text) {
        let byte = table.value(key).map_or(table.byte(), |value| value.span().start);
        reader.flaw(byte, sentence);
    }
}

fn fill(
    parts: &[Part],
    above: &Path,
    values: &Values,
    prompts: &mut BTreeMap<Path, Box<str>>,
) -> Vec<Section> {
    let mut sections = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let path = above.child(index);
        if let Some(prompt) = &part.prompt {
            prompts.insert(path.clone(), prompt.clone());
        }
        sections.push(Section {
            title: values.line(&part.title).into(),
            code: part.code.clone(),
            text: values.text(&part.text),
            sections: fill(&part.sections, &path, values, prompts),
            ..Section::default()
        });
    }
    sections
}
