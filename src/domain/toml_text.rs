//! TOML that users write into files of ours, read value by value: what is wrong is noted at its place and left out.
//!
//! Must not know any key, nor write to a file. Both ways: it also quotes a text so that any character survives.

use super::{
    clean::is_hazard,
    nearest::nearest,
    place::{Flaw, Place},
};
use std::{collections::BTreeMap, fmt::Write, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A text that is being read, with the places of what was found in it.
pub(in crate::domain) struct Reader<'a> {
    text: &'a str,
    lines_before: usize,
    /// What was wrong.
    pub(in crate::domain) flaws: Vec<Flaw>,
    /// Where each value stands, by its path.
    pub(in crate::domain) places: BTreeMap<String, Place>,
}

/// A table with the path before its keys, such as `attester.1.`, and the byte where it stands.
pub(in crate::domain) struct Table<'a> {
    path: String,
    byte: usize,
    values: &'a DeTable<'a>,
}

impl<'a> Reader<'a> {
    /// Begins with a text that stands behind so many lines of its file; none where it is no TOML.
    pub(in crate::domain) fn begin(
        text: &'a str,
        lines_before: usize,
    ) -> (Reader<'a>, Option<Spanned<DeTable<'a>>>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader { text, lines_before, flaws: Vec::new(), places: BTreeMap::new() };
        let is_good = errors.is_empty();
        for error in errors {
            let byte = error.span().map_or(0, |span| span.start);
            reader.flaw(byte, format!("This is not TOML: {}.", error.message().trim_end_matches('.')));
        }
        (reader, is_good.then_some(table))
    }

    /// The place of a byte in the whole file.
    pub(in crate::domain) fn place(&self, byte: usize) -> Place {
        let place = Place::of_byte(self.text, byte);
        Place { line: place.line + self.lines_before, ..place }
    }

    /// Notes what is wrong at a byte.
    pub(in crate::domain) fn flaw(&mut self, byte: usize, sentence: impl Into<String>) {
        let place = self.place(byte);
        self.flaws.push(Flaw { place, sentence: sentence.into() });
    }

    /// Notes every key of a table that is none of these.
    pub(in crate::domain) fn known(&mut self, table: &Table<'_>, known: &[&str]) {
        for key in table.values.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let sentence = match nearest(name, known.iter().copied()) {
                    Some(meant) => format!("There is no {name} here; did you mean {meant}?"),
                    None => format!("There is no {name} here; there are {}.", known.join(", ")),
                };
                self.flaw(key.span().start, sentence);
            }
        }
    }

    /// A text. A date or time needs no quotes.
    pub(in crate::domain) fn text(&mut self, table: &Table<'_>, key: &str) -> Option<Box<str>> {
        let value = self.found(table, key)?;
        self.one_text(value)
    }

    /// A list of texts.
    pub(in crate::domain) fn texts(&mut self, table: &Table<'_>, key: &str) -> Vec<Box<str>> {
        self.items(table, key).into_iter().filter_map(|value| self.one_text(value)).collect()
    }

    /// The values of a list, each noted at its place.
    pub(in crate::domain) fn items<'t>(
        &mut self,
        table: &Table<'t>,
        key: &str,
    ) -> Vec<&'t Spanned<DeValue<'t>>> {
        let Some(value) = self.found(table, key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.flaw(value.span().start, format!("{key} is a list: write it in brackets."));
            return Vec::new();
        };
        for (index, item) in array.iter().enumerate() {
            let place = self.place(item.span().start);
            self.places.insert(format!("{}{key}.{index}", table.path), place);
        }
        array.iter().collect()
    }

    /// A table beneath another.
    pub(in crate::domain) fn table<'t>(&mut self, table: &Table<'t>, key: &str) -> Option<Table<'t>> {
        let value = self.found(table, key)?;
        self.one_table(value, format!("{}{key}.", table.path))
    }

    /// A list of tables, whether written as `[[key]]` or in brackets.
    pub(in crate::domain) fn tables<'t>(&mut self, table: &Table<'t>, key: &str) -> Vec<Table<'t>> {
        let path = |index: usize| format!("{}{key}.{index}.", table.path);
        let values = self.items(table, key);
        values
            .into_iter()
            .enumerate()
            .filter_map(|(index, value)| self.one_table(value, path(index)))
            .collect()
    }

    /// A value as a table.
    pub(in crate::domain) fn one_table<'t>(
        &mut self,
        value: &'t Spanned<DeValue<'t>>,
        path: String,
    ) -> Option<Table<'t>> {
        let Range { start: byte, .. } = value.span();
        let Some(table) = value.get_ref().as_table() else {
            self.flaw(byte, "This is a table: write keys and values, such as { id = \"…\" }.");
            return None;
        };
        Some(Table { path, byte, values: table })
    }

    /// A value as a text.
    pub(in crate::domain) fn one_text(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Box<str>> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.as_ref().into()),
            DeValue::Datetime(_) => self.text.get(value.span()).map(Into::into),
            other => {
                self.flaw(
                    value.span().start,
                    format!("This is a text: write it in quotes, not as {}.", other.type_str()),
                );
                None
            }
        }
    }

    fn found<'t>(&mut self, table: &Table<'t>, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        let value = table.value(key)?;
        let place = self.place(value.span().start);
        self.places.insert(format!("{}{key}", table.path), place);
        Some(value)
    }
}

impl<'a> Table<'a> {
    /// The outermost table; `path` stands before its keys in problems.
    pub(in crate::domain) fn root(table: &'a Spanned<DeTable<'a>>, path: String) -> Table<'a> {
        Table { path, byte: 0, values: table.get_ref() }
    }

    /// The value of a key.
    pub(in crate::domain) fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.values.iter().find(|(name, _)| name.get_ref().as_ref() == key).map(|(_, value)| value)
    }

    /// Where it stands.
    pub(in crate::domain) fn byte(&self) -> usize {
        self.byte
    }
}

/// A text in quotes: what could move a cursor, hide or reorder is written by its number.
pub(in crate::domain) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if is_hazard(character) => {
                // Writing to a text cannot fail.
                let _ = match u32::from(character) {
                    code @ ..=0xFFFF => write!(quoted, "\\u{code:04X}"),
                    code => write!(quoted, "\\U{code:08X}"),
                };
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// A list of texts in brackets.
pub(in crate::domain) fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", texts.into_iter().map(quoted).collect::<Vec<_>>().join(", "))
}
