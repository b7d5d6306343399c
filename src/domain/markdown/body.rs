//! What stands behind the front matter: headings, the fields of sections, comments and texts.

use super::{
    Reading,
    escape::{COMMENT, Text, heading, plain},
    head::{reference, references},
};
use crate::domain::{
    document::{Section, SectionMode},
    outline::{DEEPEST, Path, SectionPart},
    place::{Flaw, Place},
    toml_text::{Reader, Table},
};

/// The line that opens a section's fields.
pub(super) const FIELDS: &str = "<!-- section";
/// The end of a comment.
pub(super) const COMMENT_END: &str = "-->";

/// The sections that are being read, from the top level down to the one that lines go to.
#[derive(Default)]
struct Body {
    done: Vec<Section>,
    /// The open sections, each within the one before, with their numbers among their siblings.
    open: Vec<(usize, Section)>,
    text: Text,
    /// Nothing but the heading has been read of the section yet.
    is_new: bool,
    /// A text before the first heading has been complained of, or what stands there is a broken front matter.
    is_said: bool,
    flaws: Vec<Flaw>,
}

impl Body {
    fn flaw(&mut self, line: usize, sentence: impl Into<String>) {
        let place = Place { line: line + 1, column: 1 };
        self.flaws.push(Flaw { place, sentence: sentence.into() });
    }

    fn path(&self) -> Path {
        Path::new(self.open.iter().map(|(index, _)| *index).collect::<Vec<_>>())
    }

    /// Closes the sections that a heading of this level ends.
    fn close_to(&mut self, level: usize) {
        let text = std::mem::take(&mut self.text).finish();
        if let Some((_, section)) = self.open.last_mut() {
            section.text = text;
        }
        while self.open.len() >= level {
            let Some((_, section)) = self.open.pop() else { break };
            match self.open.last_mut() {
                Some((_, above)) => above.sections.push(section),
                None => self.done.push(section),
            }
        }
    }

    fn begin(&mut self, line: usize, level: usize, title: &str, reading: &mut Reading) {
        let most = (self.open.len() + 1).min(DEEPEST);
        if level > most {
            let sentence =
                format!("This heading is of level {level}; here it can be of level {most} at most.");
            self.flaw(line, sentence);
        }
        let level = level.min(most);
        self.close_to(level);
        let index = self.open.last().map_or(self.done.len(), |(_, above)| above.sections.len());
        self.open.push((index, Section { title: plain(title).into(), ..Section::default() }));
        self.is_new = true;
        let path = self.path().to_string();
        let place = Place { line: line + 1, column: 1 };
        reading.places.insert(path.clone(), place);
        let column = level + 2;
        reading.places.insert(format!("{path}.{}", SectionPart::Title.name()), Place { column, ..place });
    }

    fn line(&mut self, number: usize, line: &str, reading: &mut Reading) {
        let is_blank = line.trim().is_empty();
        if self.open.is_empty() {
            if !is_blank && !std::mem::replace(&mut self.is_said, true) {
                self.flaw(
                    number,
                    "This text stands in no section: begin one with a heading, such as # Title.",
                );
            }
            return;
        }
        if !is_blank {
            self.is_new = false;
            let path = format!("{}.{}", self.path(), SectionPart::Text.name());
            reading.places.entry(path).or_insert(Place { line: number + 1, column: 1 });
        }
        self.text.push(line);
    }
}

/// Reads the lines from a number on.
pub(super) fn read(lines: &[&str], from: usize, reading: &mut Reading) {
    let mut body = Body { is_said: !reading.flaws.is_empty(), ..Body::default() };
    let mut number = from;
    while let Some(line) = lines.get(number) {
        if let Some((level, title)) = heading(line) {
            body.begin(number, level, title, reading);
        } else if line.starts_with(COMMENT) {
            let has_fields = line.trim_end() == FIELDS;
            let end = comment_end(lines, number, has_fields);
            if end >= lines.len() {
                body.flaw(number, "This comment has no end: --> closes it. A text that begins so is \\<!--.");
            }
            if has_fields {
                fields(lines, number, end, &mut body, reading);
            }
            let rest = lines.get(end).and_then(|last| last.split_once(COMMENT_END));
            if !has_fields && rest.is_some_and(|(_, rest)| !rest.trim().is_empty()) {
                body.flaw(end, "Text stands behind a comment on its line: begin a new line for it.");
            }
            number = end;
        } else {
            body.line(number, line, reading);
        }
        number += 1;
    }
    body.close_to(1);
    reading.flaws.append(&mut body.flaws);
    reading.page.document.sections = body.done;
}

/// The line on which a comment ends; past the last where it does not. That of fields ends on a line of its own, for a
/// value may look like an end.
fn comment_end(lines: &[&str], start: usize, has_fields: bool) -> usize {
    let ends = |(number, line): (usize, &&str)| {
        // The `-->` of `<!-->` is none.
        let line = if number == start { line.get(COMMENT.len()..).unwrap_or("") } else { line };
        let is_end = if has_fields { line.trim() == COMMENT_END } else { line.contains(COMMENT_END) };
        is_end.then_some(number)
    };
    lines.iter().enumerate().skip(start).find_map(ends).unwrap_or(lines.len())
}

/// Reads the fields of a section, which stand directly beneath its heading.
fn fields(lines: &[&str], start: usize, end: usize, body: &mut Body, reading: &mut Reading) {
    let path = format!("{}.", body.path());
    let is_new = std::mem::take(&mut body.is_new);
    let Some((_, section)) = body.open.last_mut().filter(|_| is_new) else {
        body.flaw(start, "The fields of a section stand once, directly beneath its heading.");
        return;
    };
    let text = lines.get(start + 1..end).unwrap_or_default().join("\n");
    let (mut reader, table) = Reader::begin(&text, start + 1);
    if let Some(table) = table {
        let table = Table::root(&table, path);
        let [code, author, mode, resources] =
            [SectionPart::Code, SectionPart::Author, SectionPart::Mode, SectionPart::Resources]
                .map(SectionPart::name);
        reader.known(&table, &[code, author, mode, resources]);
        section.code = reader.text(&table, code);
        section.author = reference(&mut reader, &table, author);
        section.mode = reader.text(&table, mode).map(|mode| SectionMode::parse(&mode));
        section.resources = references(&mut reader, &table, resources);
    }
    body.flaws.append(&mut reader.flaws);
    reading.places.append(&mut reader.places);
}
