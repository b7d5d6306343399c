//! The values that a template may name in braces, and how they are put into its texts.
//!
//! Must not leave a brace behind: what has no value is left out, so that no name is sent in place of one.

use crate::domain::{nearest::nearest, people::Person, task::Task, time::Timestamp};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The names of the values.
pub const VALUES: [&str; 16] = [
    "patient.name",
    "patient.birthDate",
    "patient.id",
    "practitioner.name",
    "practitioner.id",
    "encounter.id",
    "task.id",
    "task.title",
    "task.description",
    "task.reason",
    "task.note",
    "task.status",
    "task.priority",
    "task.due",
    "today",
    "now",
];

/// What is known for a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<&'static str, String>);

impl Values {
    /// What a task and its people give, and the day.
    pub fn of(
        task: Option<&Task>,
        patient: Option<&Person>,
        practitioner: Option<&Person>,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Values {
        let mut values = Values::default();
        let local = zone.to_datetime(now);
        values.set("today", local.date().to_string());
        values.set("now", format!("{} {:02}:{:02}", local.date(), local.hour(), local.minute()));
        if let Some(task) = task {
            let some = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
            values.set("task.id", &*task.key.id);
            values.set("task.title", task.title());
            values.set("task.description", some(&task.description));
            values.set("task.reason", some(&task.reason_code));
            values.set("task.note", task.notes.last().map(|note| note.text.to_string()).unwrap_or_default());
            values.set("task.status", task.status.as_str());
            values.set("task.priority", task.priority.as_ref().map_or("", |priority| priority.as_str()));
            values.set("task.due", task.due().map(|(due, _)| due.display(zone)).unwrap_or_default());
            values.set("encounter.id", task.encounter.as_ref().map_or("", |encounter| encounter.id()));
            values.set("patient.id", task.patient.as_ref().map_or("", |patient| patient.id()));
            let shown = task.patient.as_ref().and_then(|patient| patient.display());
            values.set("patient.name", shown.unwrap_or_default());
        }
        if let Some(patient) = patient {
            values.set("patient.id", &*patient.id);
            values.set("patient.name", patient.name());
            let birth_date = patient.birth_date.as_ref().map(|date| date.display(zone));
            values.set("patient.birthDate", birth_date.unwrap_or_default());
        }
        if let Some(practitioner) = practitioner {
            values.set("practitioner.id", &*practitioner.id);
            values.set("practitioner.name", practitioner.name());
        }
        values
    }

    /// Sets one value; an empty one is none, and a name that is no value's is not taken.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        let known = VALUES.into_iter().find(|known| *known == name);
        if let Some(known) = known.filter(|_| !value.trim().is_empty()) {
            self.0.insert(known, value);
        }
    }

    /// A text with its values. A line that names values of which one is not known is left out.
    pub(super) fn text(&self, text: &str) -> String {
        let lines = text.split('\n').filter_map(|line| {
            let (filled, is_whole) = self.put_in(line);
            is_whole.then_some(filled)
        });
        lines.collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
    }

    /// A title with its values on one line, without the marks that would stand beside one that is not known.
    pub(super) fn line(&self, text: &str) -> String {
        let (filled, is_whole) = self.put_in(text);
        let line = filled.split_whitespace().collect::<Vec<_>>().join(" ");
        if is_whole {
            return line;
        }
        line.trim_matches([' ', ':', ',', '-', '\u{2013}', '(', ')']).to_owned()
    }

    /// A text with the values that are known, and whether all were.
    fn put_in(&self, text: &str) -> (String, bool) {
        let mut filled = String::with_capacity(text.len());
        let mut is_whole = true;
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Name(name) => match self.0.get(name) {
                    Some(value) => filled.push_str(value),
                    None => is_whole = false,
                },
            }
        }
        (filled, is_whole)
    }
}

/// What is wrong with the names in a text, one sentence each.
pub(super) fn unknown_names(text: &str) -> Vec<String> {
    let names = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Name(name) if !VALUES.contains(&name) => Some(name),
        _ => None,
    });
    names
        .map(|name| match nearest(name, VALUES) {
            Some(meant) => format!("There is no value {{{name}}}; did you mean {{{meant}}}?"),
            None => format!("There is no value {{{name}}}; a brace itself is written {{{{."),
        })
        .collect()
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Texts and names in braces; `{{` is a brace. A brace that is not closed on its line is a name up to there.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        pieces.push(Piece::Text(before));
        if let Some(behind) = behind.strip_prefix('{') {
            pieces.push(Piece::Text("{"));
            rest = behind;
            continue;
        }
        let end = behind.find(['}', '\n']).unwrap_or(behind.len());
        let (name, behind) = behind.split_at(end);
        pieces.push(Piece::Name(name));
        rest = behind.strip_prefix('}').unwrap_or(behind);
    }
    pieces.push(Piece::Text(rest));
    pieces
}
