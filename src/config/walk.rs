//! Walking a TOML text table by table: each value is asked for by its kind, and what is wrong is noted and left out.
//!
//! Must not know any section or key of the configuration: those are `read`'s and `source`'s.

use super::ConfigProblem;
use crate::domain::{nearest::nearest, place::Place, query, time::parse_duration};
use std::ops::Range;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The beginning of every ClinikAPI key (contract clinikapi §1.1).
const KEY_PREFIX: &str = "clk_";
/// Names under which people write a secret down.
const SECRETS: [&str; 9] = [
    "key",
    "api_key",
    "apikey",
    "secret",
    "secret_key",
    "token",
    "password",
    "developer_key",
    "customer_key",
];
/// How a secret that is called so is to be given, and what to do with one that was written down.
pub(super) fn not_here(secret: &str) -> String {
    let thing = secret.rsplit('_').next().unwrap_or(secret);
    let remedy = match thing {
        "password" => "change this password".to_owned(),
        _ => format!("take this {thing} back where it was issued"),
    };
    format!(
        "A {thing} never stands in this file: name a program with {secret}_cmd, a file with {secret}_file or an \
         environment variable with {secret}_env, and {remedy}."
    )
}

/// The settings that say where a secret is.
pub(super) fn places(secret: &str) -> [String; 3] {
    ["cmd", "file", "env"].map(|place| format!("{secret}_{place}"))
}

/// The text, the places that could not be read, and the problems found so far.
pub(super) struct Walk<'a> {
    text: &'a str,
    broken: Vec<usize>,
    problems: Vec<ConfigProblem>,
}

/// A table with its dotted name.
pub(super) struct Section<'a> {
    /// The last part of its name.
    pub(super) own: &'a str,
    name: String,
    /// The byte where its name stands.
    pub(super) at: usize,
    table: &'a DeTable<'a>,
}

/// A value with the byte where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

impl<'a> Walk<'a> {
    /// Begins with what is wrong in the TOML itself; its good parts can be walked.
    pub(super) fn begin(text: &'a str) -> (Walk<'a>, Spanned<DeTable<'a>>) {
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut walk = Walk { text, broken: Vec::new(), problems: Vec::new() };
        for error in errors {
            let byte = error.span().map_or(0, |span| span.start);
            walk.broken.push(byte);
            walk.problem(byte, "", format!("This is not TOML: {}.", error.message()));
        }
        (walk, document)
    }

    /// All problems, in the order of the file.
    pub(super) fn finish(mut self) -> Vec<ConfigProblem> {
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        self.problems
    }

    pub(super) fn place(&self, byte: usize) -> Place {
        Place::of_byte(self.text, byte)
    }

    pub(super) fn problem(&mut self, byte: usize, key: &str, sentence: impl Into<String>) {
        self.problem_with(byte, key, sentence, &[]);
    }

    pub(super) fn problem_with(
        &mut self,
        byte: usize,
        key: &str,
        sentence: impl Into<String>,
        allowed: &[&str],
    ) {
        let place = self.place(byte);
        self.problems.push(ConfigProblem {
            line: place.line,
            column: place.column,
            key: key.to_owned(),
            sentence: sentence.into(),
            allowed: allowed.iter().map(|name| (*name).to_owned()).collect(),
        });
    }

    /// Notes every key of a table that is not known here: secrets, those of later versions, and unknown ones.
    pub(super) fn keys(&mut self, section: &Section<'_>, known: &[&str], later: &[&str]) {
        let elsewhere = |key: &str| {
            let path = section.path(key);
            later.contains(&key).then(|| format!("{path} is not in this version; it is ignored."))
        };
        self.keys_or(section, known, &["key"], elsewhere);
    }

    /// The same, where `secrets` are what the table's secrets are called, and some other keys have a sentence of their
    /// own.
    pub(super) fn keys_or(
        &mut self,
        section: &Section<'_>,
        known: &[&str],
        secrets: &[&str],
        elsewhere: impl Fn(&str) -> Option<String>,
    ) {
        for key in section.table.keys() {
            let (at, key) = (key.span().start, key.get_ref().as_ref());
            if known.contains(&key) {
                continue;
            }
            let path = section.path(key);
            if SECRETS.contains(&key) {
                let own = secrets.iter().find(|secret| **secret == key).or(secrets.first());
                let own = own.copied().unwrap_or("key");
                let places = places(own);
                let places: Vec<&str> = places.iter().map(String::as_str).collect();
                self.problem_with(at, &path, not_here(own), &places);
            } else if let Some(sentence) = elsewhere(key) {
                self.problem(at, &path, sentence);
            } else {
                self.unknown(at, &path, "key", key, known);
            }
        }
    }

    /// Notes a word that is none of the known ones, with the one that may have been meant.
    pub(super) fn unknown(&mut self, at: usize, path: &str, what: &str, word: &str, known: &[&str]) {
        let sentence = match nearest(word, known.iter().copied()) {
            Some(meant) => format!("There is no {what} {word:?} here; did you mean {meant}?"),
            None => format!("There is no {what} {word:?} here."),
        };
        self.problem_with(at, path, sentence, known);
    }

    /// The tables in a table, in the order of the file; what is no table is noted.
    pub(super) fn sections<'d>(&mut self, parent: &Section<'d>) -> Vec<Section<'d>> {
        self.sections_where(parent, |_| true)
    }

    /// The tables of these names in a table, in the order of the file.
    pub(super) fn known_sections<'d>(&mut self, parent: &Section<'d>, known: &[&str]) -> Vec<Section<'d>> {
        self.sections_where(parent, |own| known.contains(&own))
    }

    fn sections_where<'d>(&mut self, parent: &Section<'d>, keep: impl Fn(&str) -> bool) -> Vec<Section<'d>> {
        let mut sections = Vec::new();
        for (key, value) in parent.table {
            let (own, at) = (key.get_ref().as_ref(), key.span().start);
            if !keep(own) {
                continue;
            }
            let name = parent.path(own);
            match value.get_ref() {
                DeValue::Table(table) => sections.push(Section { own, name, at, table }),
                _ => self.wrong(value, &name, &format!("a table, [{name}]")),
            }
        }
        sections.sort_by_key(|section| section.at);
        sections
    }

    /// A text; control characters are refused, and so is anything that looks like a key itself.
    pub(super) fn text(&mut self, section: &Section<'_>, key: &str) -> Option<At<String>> {
        let value = self.value(section, key)?;
        self.text_of(value, &section.path(key), "a text in quotes")
    }

    /// A text out of a list of names.
    pub(super) fn choice<'n>(
        &mut self,
        section: &Section<'_>,
        key: &str,
        names: &[&'n str],
    ) -> Option<At<&'n str>> {
        let text = self.text(section, key)?;
        let found = names.iter().find(|name| **name == text.value);
        if found.is_none() {
            self.unknown(text.at, &section.path(key), "value", &text.value, names);
        }
        found.map(|name| At { value: *name, at: text.at })
    }

    /// True or false.
    pub(super) fn flag(&mut self, section: &Section<'_>, key: &str) -> Option<bool> {
        let value = self.value(section, key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(value, &section.path(key), "true or false");
        }
        flag
    }

    /// A whole number from 1 on.
    pub(super) fn number(&mut self, section: &Section<'_>, key: &str) -> Option<u64> {
        let value = self.value(section, key)?;
        let number = number_of(value);
        if number.is_none() {
            let path = section.path(key);
            self.problem(value.span().start, &path, format!("{path} must be a whole number from 1 on."));
        }
        number
    }

    /// A list of numbers and texts, the numbers as texts.
    pub(super) fn names(&mut self, section: &Section<'_>, key: &str) -> Option<Vec<At<String>>> {
        let value = self.value(section, key)?;
        let path = section.path(key);
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(value, &path, "a list such as [358, \"Urgent\"]");
            return None;
        };
        let mut names = Vec::new();
        for item in list {
            match number_of(item) {
                Some(number) => names.push(At { value: number.to_string(), at: item.span().start }),
                None => names.extend(self.text_of(item, &path, "a list of numbers and texts")),
            }
        }
        Some(names)
    }

    /// A list of texts; one bad text among good ones is left out.
    pub(super) fn texts(&mut self, section: &Section<'_>, key: &str) -> Option<Vec<At<String>>> {
        let value = self.value(section, key)?;
        let path = section.path(key);
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(value, &path, "a list such as [\"one\", \"two\"]");
            return None;
        };
        Some(list.iter().filter_map(|item| self.text_of(item, &path, "a list of texts")).collect())
    }

    /// A list of texts that means something as a whole only, such as a command: none when one of them is bad.
    pub(super) fn whole_texts(&mut self, section: &Section<'_>, key: &str) -> Option<Vec<String>> {
        let before = self.problems.len();
        let texts = self.texts(section, key)?;
        (self.problems.len() == before).then(|| texts.into_iter().map(|text| text.value).collect())
    }

    /// A list out of names.
    pub(super) fn choices(
        &mut self,
        section: &Section<'_>,
        key: &str,
        names: &[&str],
    ) -> Option<Vec<String>> {
        let texts = self.texts(section, key)?;
        let mut chosen = Vec::new();
        for text in texts {
            if names.contains(&&*text.value) {
                chosen.push(text.value);
            } else {
                self.unknown(text.at, &section.path(key), "value", &text.value, names);
            }
        }
        Some(chosen)
    }

    /// A length of time such as `60s`, in seconds.
    pub(super) fn seconds(&mut self, section: &Section<'_>, key: &str, within: Range<i64>) -> Option<u32> {
        let text = self.text(section, key)?;
        let seconds = parse_duration(&text.value)
            .and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok())
            .map(|duration| duration.as_secs())
            .filter(|seconds| within.contains(seconds));
        if seconds.is_none() {
            let path = section.path(key);
            let (most, such_as) = match within.end {
                long @ 3600.. => (format!("{}h", long / 3600), "\"60s\" or \"5m\""),
                short => (format!("{}s", short - 1), "\"5s\""),
            };
            let sentence =
                format!("{path} must be a time from {}s to {most}, such as {such_as}.", within.start);
            self.problem(text.at, &path, sentence);
        }
        seconds.and_then(|seconds| u32::try_from(seconds).ok())
    }

    /// A filter line; what is wrong in it is noted, and the rest of it still filters.
    pub(super) fn query(&mut self, section: &Section<'_>, key: &str) -> Option<String> {
        let line = self.text(section, key)?;
        for problem in query::parse(&line.value).problems {
            let hint = problem.did_you_mean.map(|meant| format!(" Did you mean {meant}?"));
            let sentence = format!("{}{}", problem.sentence, hint.unwrap_or_default());
            self.problem(line.at, &section.path(key), sentence);
        }
        Some(line.value)
    }

    fn value<'s>(&self, section: &Section<'s>, key: &str) -> Option<&'s Spanned<DeValue<'s>>> {
        section.table.get(key).filter(|value| !self.is_broken(&value.span()))
    }

    fn text_of(&mut self, value: &Spanned<DeValue<'_>>, path: &str, wanted: &str) -> Option<At<String>> {
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong(value, path, wanted);
            return None;
        };
        if text.chars().any(char::is_control) {
            self.problem(at, path, format!("{path} holds a line break or a control character."));
            return None;
        }
        if text.starts_with(KEY_PREFIX) {
            self.problem(at, path, format!("{path} looks like a key itself. {}", not_here("key")));
            return None;
        }
        Some(At { value: text.to_owned(), at })
    }

    fn wrong(&mut self, value: &Spanned<DeValue<'_>>, path: &str, wanted: &str) {
        let span = value.span();
        if !self.is_broken(&span) {
            let found = value.get_ref().type_str();
            self.problem(span.start, path, format!("{path} must be {wanted}, not of type {found}."));
        }
    }

    /// Whether a value could not be read and has been told already.
    fn is_broken(&self, span: &Range<usize>) -> bool {
        self.broken.iter().any(|byte| (span.start..=span.end).contains(byte))
    }
}

fn number_of(value: &Spanned<DeValue<'_>>) -> Option<u64> {
    let integer = value.get_ref().as_integer()?;
    let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
    number.filter(|number| *number > 0)
}

impl<'a> Section<'a> {
    /// The whole document.
    pub(super) fn top(table: &'a DeTable<'a>) -> Section<'a> {
        Section { own: "", name: String::new(), at: 0, table }
    }

    /// Its dotted name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The dotted name of a key of this table.
    pub(super) fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// The keys that are written here, with the byte where each stands.
    pub(super) fn written(&self) -> impl Iterator<Item = (&str, usize)> {
        self.table.keys().map(|key| (key.get_ref().as_ref(), key.span().start))
    }
}
