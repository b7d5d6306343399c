//! FHIR bulk export files: what one line of them means, and what a file can do.
//!
//! Must not read a file or refuse one for a bad line: each line stands for itself, and a bad one is named.

use super::{
    ApiError, Call, ErrorKind, Provider, SourceProfile, Step, fhir, json::quote_long_numbers, person_json,
    wire::WireReply,
};
use crate::domain::{
    can::{Can, Capability, Pace},
    people::Person,
    task::{DueFrom, SourceId, Task},
};
use serde_json::Value;

/// Lines of a page: as many as are taken in without a key being felt to wait.
const PAGE_COUNT: u16 = 2_000;

/// Why a file is never written.
const READ_ONLY: &str = "A file cannot be changed.";

/// The member that says what a line is.
const RESOURCE_TYPE: &[u8] = b"\"resourceType\"";

/// What a line holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// A task.
    Task(Box<Task>),
    /// Somebody whose name a task may need.
    Person(Box<Person>),
    /// A resource that no worklist needs.
    Other,
    /// Nothing but blanks.
    Blank,
}

/// Reads the lines of one source's files.
#[derive(Clone, Debug)]
pub struct Reader {
    source: SourceId,
    due_from: Option<DueFrom>,
}

impl Reader {
    /// A reader for a source.
    pub fn new(source: SourceId, due_from: Option<DueFrom>) -> Reader {
        Reader { source, due_from }
    }

    /// What a line holds; else what is wrong with it, without its own words: they may be a patient's.
    pub fn line(&self, line: &[u8]) -> Result<Line, String> {
        let Ok(text) = std::str::from_utf8(line) else { return Err("it is not UTF-8.".to_owned()) };
        let text = text.trim();
        if text.is_empty() {
            return Ok(Line::Blank);
        }
        // Most of an export is not about tasks, and what it is stands near the start of a line.
        match resource_type(text.as_bytes()) {
            Some(b"Task") => self.task(text),
            Some(b"Patient" | b"Practitioner") | None => self.any(text),
            Some(_) => Ok(Line::Other),
        }
    }

    fn task(&self, text: &str) -> Result<Line, String> {
        match fhir::task_from_text(self.source, text) {
            Some(task) => Ok(Line::Task(Box::new(Task { due_from: self.due_from, ..task }))),
            None => self.any(text),
        }
    }

    /// A line that must be read whole to know what it is.
    fn any(&self, text: &str) -> Result<Line, String> {
        let value: Value = serde_json::from_str(&quote_long_numbers(text)).map_err(|error| {
            if error.is_eof() {
                "it breaks off in the middle.".to_owned()
            } else {
                format!("it is not JSON (column {}).", error.column())
            }
        })?;
        match value.get("resourceType").and_then(Value::as_str) {
            None => Err("it does not say what it is: resourceType is missing.".to_owned()),
            Some("Task") => match fhir::task_from_text(self.source, text) {
                Some(task) => Ok(Line::Task(Box::new(Task { due_from: self.due_from, ..task }))),
                None => Err("the task has no usable id.".to_owned()),
            },
            Some("Patient" | "Practitioner") => match person_json::included(&value) {
                Some(person) => Ok(Line::Person(Box::new(person))),
                None => Err("the person has no usable id.".to_owned()),
            },
            Some(_) => Ok(Line::Other),
        }
    }
}

/// What the first `resourceType` of a line says, found without reading the line. It is the line's own in every export
/// that writes it first; where it is not, a resource inside it has the same member, so the answer is only a hint for
/// what need not be read.
fn resource_type(line: &[u8]) -> Option<&[u8]> {
    let head = line.strip_prefix(b"{")?.trim_ascii_start().strip_prefix(RESOURCE_TYPE)?;
    let value = head.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    value.get(..memchr::memchr(b'"', value)?)
}

/// What a file can do.
pub fn can(profile: &SourceProfile) -> Can {
    let mut can = Can::plain("FHIR export");
    can.refuse_writes(READ_ONLY);
    can.refuse(Capability::History, "A file keeps no earlier versions.");
    if let Some(from) = profile.due_from {
        can.due = from;
    }
    Can {
        is_file: true,
        page_count: PAGE_COUNT,
        pace: Pace { per_minute: u32::MAX, poll_floor_s: 0, search_lag_s: 0, gap_ms: 0 },
        ..can
    }
}

/// The adapter of files. There is nobody to converse with: `runtime/file.rs` reads them.
#[derive(Clone, Debug)]
struct Ndjson {
    profile: SourceProfile,
}

/// Makes the adapter of a source of files.
pub fn make(profile: SourceProfile) -> Box<dyn Provider> {
    Box::new(Ndjson { profile })
}

impl Provider for Ndjson {
    fn can(&self) -> Can {
        can(&self.profile)
    }

    fn step(&self, _call: &Call, _heard: &[WireReply]) -> Step {
        Step::Done(Err(ApiError {
            kind: ErrorKind::Unsupported,
            status: None,
            sentence: READ_ONLY.to_owned(),
            request_id: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::junk::near_json;
    use proptest::prelude::*;

    fn read(line: &str) -> Result<Line, String> {
        Reader::new(SourceId(3), None).line(line.as_bytes())
    }

    #[test]
    fn a_line_is_known_by_what_it_says_it_is_wherever_it_says_so() {
        for line in [
            r#"{"resourceType":"Task","id":"t1","status":"requested"}"#,
            r#" { "resourceType" : "Task", "id":"t1","status":"requested"}"#,
            r#"{"id":"t1","status":"requested","contained":[{"resourceType":"Patient","id":"p"}],"resourceType":"Task"}"#,
        ] {
            let Ok(Line::Task(task)) = read(line) else { panic!("{line}") };
            assert_eq!((task.key.source, &*task.key.id), (SourceId(3), "t1"));
        }
        let Ok(Line::Person(person)) = read(
            r#"{"resourceType":"Patient","id":"p","name":[{"family":"Synthetic"}],"birthDate":"1971-03-02"}"#,
        ) else {
            panic!("a patient")
        };
        assert_eq!((&*person.id, &*person.family), ("p", "Synthetic"));
        assert_eq!(read(r#"{"resourceType":"Observation","id":"o"}"#), Ok(Line::Other));
        assert_eq!(read(r#"{"id":"o","resourceType":"Observation"}"#), Ok(Line::Other));
        assert_eq!(read(" \t"), Ok(Line::Blank));
    }

    #[test]
    fn a_bad_line_is_told_without_its_words() {
        for (line, said) in [
            (r#"{"resourceType":"Task","id":"Secret"#, "breaks off"),
            (r#"{"resourceType":"Task",Secret}"#, "not JSON (column"),
            (r#"{"resourceType":"Task","note":"Secret"}"#, "no usable id"),
            (r#"{"resourceType":"Patient"}"#, "no usable id"),
            (r#"{"id":"Secret"}"#, "resourceType is missing"),
            ("Secret", "not JSON"),
            ("[1,2]", "resourceType is missing"),
            ("17", "resourceType is missing"),
        ] {
            let told = read(line).unwrap_err();
            assert!(told.contains(said) && !told.contains("Secret"), "{line}: {told}");
        }
        assert!(Reader::new(SourceId(0), None).line(b"\xff{}").unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn nothing_of_a_file_can_be_changed() {
        let can = make(SourceProfile::default()).can();
        for capability in Capability::ALL {
            let may = matches!(capability, Capability::List | Capability::Read);
            assert_eq!(can.may(capability).is_ok(), may, "{capability:?}");
        }
        assert_eq!(can.may(Capability::Update), Err(READ_ONLY));
    }

    proptest! {
        #[test]
        fn every_line_is_read_or_told(
            bytes in prop::collection::vec(any::<u8>(), 0..120), json in near_json(), cut in 0_usize..400,
        ) {
            let reader = Reader::new(SourceId(0), None);
            let text = json.to_string();
            let torn = text.as_bytes().get(..cut).unwrap_or_default();
            for line in [&*bytes, text.as_bytes(), torn] {
                if let Err(told) = reader.line(line) {
                    prop_assert!(told.ends_with('.') && told.len() < 80, "{told}");
                }
            }
        }
    }
}
