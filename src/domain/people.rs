//! People that tasks name: patients, practitioners and the lists that own work, by reference and by name.
//!
//! Must not join people of different systems: a person belongs to one source.

use super::time::DateTime;
use serde::{Deserialize, Serialize};

/// A pointer to another resource, as the system wrote it: a bare id (`pt_1`) or typed (`Patient/pt_1`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    raw: Box<str>,
    display: Option<Box<str>>,
}

impl Reference {
    /// A reference from its text, kept unchanged.
    pub fn new(raw: &str) -> Reference {
        Reference { raw: raw.into(), display: None }
    }

    /// The same reference with the name that the system sent beside it.
    #[must_use]
    pub fn with_display(mut self, display: &str) -> Reference {
        self.display = Some(display.into());
        self
    }

    /// The text as sent.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The name that the system sent beside the reference, if it did.
    pub fn display(&self) -> Option<&str> {
        self.display.as_deref()
    }

    /// The id alone: what stands behind the last slash.
    pub fn id(&self) -> &str {
        self.raw.rsplit_once('/').map_or(&self.raw, |(_, id)| id)
    }

    /// The resource type before the id, where the reference is typed.
    pub fn resource_type(&self) -> Option<&str> {
        let (head, _) = self.raw.rsplit_once('/')?;
        Some(head.rsplit_once('/').map_or(head, |(_, last)| last))
    }
}

/// Which kind of person a reference points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PersonKind {
    /// Someone who is cared for.
    Patient,
    /// Someone who cares.
    Practitioner,
    /// A list of work that owns its tasks, where a system has lists in place of assignees.
    List,
}

/// A patient or practitioner as far as a worklist needs one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Patient or practitioner.
    pub kind: PersonKind,
    /// The bare id within the source.
    pub id: Box<str>,
    /// Family name, may be empty when only a full name was sent.
    pub family: Box<str>,
    /// Given names, may be empty.
    pub given: Box<str>,
    /// The full name as the system shows it; may be empty.
    pub full: Box<str>,
    /// Date of birth of a patient, as sent.
    pub birth_date: Option<DateTime>,
    /// False when the system says that the person is no longer active.
    pub active: bool,
    /// The record that stands in this one's place since both were merged, as the system wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<Reference>,
    /// What else stands beside the name, such as the appointment that a task is about.
    pub about: Option<Box<str>>,
}

impl Person {
    /// The whole name: as the system shows it, else put together; the id when there is no name at all.
    pub fn name(&self) -> String {
        if !self.full.is_empty() {
            return self.full.to_string();
        }
        match (self.given.is_empty(), self.family.is_empty()) {
            (false, false) => format!("{} {}", self.given, self.family),
            (true, false) => self.family.to_string(),
            (false, true) => self.given.to_string(),
            (true, true) => self.id.to_string(),
        }
    }

    /// The short name of a narrow column: family name and first initial, else the whole name.
    pub fn short_name(&self) -> String {
        if self.family.is_empty() {
            return self.name();
        }
        match self.given.chars().next() {
            Some(initial) => format!("{} {initial}", self.family),
            None => self.family.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_gives_id_and_type_and_keeps_its_text() {
        for (raw, id, resource_type) in [
            ("pt_1", "pt_1", None),
            ("Patient/pt_1", "pt_1", Some("Patient")),
            ("https://h.example/r4/Patient/9", "9", Some("Patient")),
            ("", "", None),
        ] {
            let reference = Reference::new(raw);
            assert_eq!(
                (reference.raw(), reference.id(), reference.resource_type()),
                (raw, id, resource_type)
            );
        }
    }
}
