//! Where a write stands and what it sends, in words: the screen and the command line say the same.
//!
//! Must not make an outcome surer than it is.

use super::{Intent, IntentState, Wish};
use crate::app::{form, form::document::Part, state::State};
use crate::domain::{
    document::{Confidentiality, Document, DocumentField, Section, Thing},
    people::Reference,
    task::{Field, Task},
    time::{Timestamp, clock_text},
};
use crate::providers::ApiError;

/// What stands for a value that is not there.
const EMPTY: &str = "(empty)";
/// Sections further in than this stand no further in.
const DEEPEST: usize = 20;

/// One or two words, for a table.
pub fn short(intent: &Intent, now: Timestamp) -> String {
    match &intent.state {
        IntentState::Saving => "saving".to_owned(),
        IntentState::Held { until } => format!("held {}", in_words(*until, now)),
        IntentState::Waiting { not_before: Some(at), .. } if *at > now => {
            format!("waits {}", in_words(*at, now))
        }
        IntentState::Waiting { why: Some(_), .. } => "waits".to_owned(),
        IntentState::Waiting { .. } => "queued".to_owned(),
        IntentState::Sending(_) => "sending".to_owned(),
        IntentState::ToLook { .. } | IntentState::Looking(..) => "looking".to_owned(),
        IntentState::Unknown { .. } => "unknown".to_owned(),
        IntentState::Refused { error } if error.is_conflict() => "conflict".to_owned(),
        IntentState::Refused { .. } => "refused".to_owned(),
    }
}

fn in_words(at: Timestamp, now: Timestamp) -> String {
    match at.as_second() - now.as_second() {
        seconds @ ..100 => format!("{seconds} s"),
        seconds @ ..6_000 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// The whole of it, with what happens next.
pub fn sentence(state: &State, intent: &Intent) -> String {
    let at = |time: Timestamp| clock_text(time, state.now, &state.zone);
    match &intent.state {
        IntentState::Saving => "Saving: nothing goes out before the store has it.".to_owned(),
        IntentState::Held { until } => format!(
            "Held back for {}, so that it can be taken back; then it goes out.",
            in_words(*until, state.now)
        ),
        IntentState::Waiting { not_before, why } => {
            if let Some(reason) = state.outbox.stopped(intent.source) {
                return format!("Waits: the queue of its source stands because {}", because(reason));
            }
            let until = not_before.filter(|until| *until > state.now);
            match (until, why) {
                (Some(until), Some(why)) => format!("Waits until {} because {}", at(until), because(why)),
                (Some(until), None) => format!("Waits until {}.", at(until)),
                (None, Some(why)) => format!("Waits for its turn. Before that: {why}"),
                (None, None) => "Queued: it goes out when its turn comes.".to_owned(),
            }
        }
        IntentState::Sending(_) => "Sending: the source has not answered yet.".to_owned(),
        IntentState::ToLook { at: when, sentence } => {
            format!("It may have been done: {sentence} The source is asked at {}.", at(*when))
        }
        IntentState::Looking(_, sentence) => {
            format!("It may have been done: {sentence} The source is being asked.")
        }
        IntentState::Unknown { sentence, found } => {
            let found = match found.len() {
                0 => "nothing like it was found".to_owned(),
                1 => "one thing was found that may be it".to_owned(),
                many => format!("{many} things were found, one of which may be it"),
            };
            format!("Nobody knows whether it was done: {sentence} The source was asked: {found}.")
        }
        IntentState::Refused { error } if error.is_conflict() => {
            format!("Not done, somebody changed it meanwhile: {error}")
        }
        IntentState::Refused { error } => format!("Refused: {error}"),
    }
}

/// A reason as the end of a sentence: it stands as it came, in quotation marks.
fn because(reason: &str) -> String {
    format!("“{reason}”")
}

/// What the source said, where it refused the write.
pub fn refusal(intent: &Intent) -> Option<&ApiError> {
    match &intent.state {
        IntentState::Refused { error } => Some(error),
        _ => None,
    }
}

/// What was found that may be a write of unknown outcome.
pub fn found(intent: &Intent) -> &[Thing] {
    match &intent.state {
        IntentState::Unknown { found, .. } => found,
        _ => &[],
    }
}

/// What is sent: each field by its name, with its value; of a change, what it was before.
pub fn sends(state: &State, intent: &Intent) -> Vec<(String, String)> {
    let words =
        |task: &Task, field: Field| form::words_in(task, field, state.can(intent.source), &state.zone);
    match &intent.wish {
        Wish::Create(task) => {
            let blank = Task::default();
            let fields = Field::ALL.into_iter().filter(|field| !task.same(&blank, *field));
            fields.map(|field| (field.name().to_owned(), words(task, field))).collect()
        }
        Wish::Update { base, patch } => {
            let change = |field: &Field| {
                (
                    field.name().to_owned(),
                    format!("{} → {}", words(base, *field), words(&patch.values, *field)),
                )
            };
            patch.fields.iter().map(change).collect()
        }
        Wish::Delete { base } => vec![("remove".to_owned(), base.key.id.to_string())],
        Wish::CreateDocument(document) => {
            let blank = Document::default();
            parts(document, &document.changed(&blank), state)
        }
        Wish::UpdateDocument { base, document } => parts(document, &document.changed(base), state),
        Wish::DeleteDocument { base } => vec![("remove".to_owned(), base.key.id.to_string())],
    }
}

fn parts(document: &Document, fields: &[DocumentField], state: &State) -> Vec<(String, String)> {
    let label = |field: DocumentField| Part::Header(field).label().to_lowercase();
    fields.iter().map(|field| (label(*field), part(document, *field, state))).collect()
}

fn part(document: &Document, field: DocumentField, state: &State) -> String {
    let text = |text: Option<&str>| text.unwrap_or(EMPTY).to_owned();
    let id = |reference: &Option<Reference>| text(reference.as_ref().map(Reference::id));
    match field {
        DocumentField::Status => document.status.as_str().to_owned(),
        DocumentField::Type => document.kind.to_string(),
        DocumentField::Title => document.title.to_string(),
        DocumentField::Patient => state.patient_of(document.key.source, document.patient.as_ref()),
        DocumentField::Practitioner => document.practitioner.as_ref().map_or_else(
            || EMPTY.to_owned(),
            |author| {
                let name = state.practitioner_name(document.key.source, author);
                if name == author.id() { name } else { format!("{name} ({})", author.id()) }
            },
        ),
        DocumentField::Encounter => id(&document.encounter),
        DocumentField::Date => {
            document.date.as_ref().map_or_else(|| EMPTY.to_owned(), |date| date.display(&state.zone))
        }
        DocumentField::Confidentiality => {
            text(document.confidentiality.as_ref().map(Confidentiality::as_str))
        }
        DocumentField::Category => listed(document.category.iter().map(ToString::to_string)),
        DocumentField::Custodian => id(&document.custodian),
        DocumentField::Attester => listed(document.attesters.iter().map(|attester| {
            let party = attester.party.as_ref().map_or("nobody", Reference::id);
            format!("{} {party}", attester.mode.as_str())
        })),
        DocumentField::RelatesTo => {
            listed(document.relates_to.iter().map(|to| format!("{} {}", to.code.as_str(), to.target.id())))
        }
        DocumentField::Event => listed(document.events.iter().map(|event| {
            let codes =
                event.codings.iter().filter_map(|coding| coding.display.as_ref().or(coding.code.as_ref()));
            let details = event.details.iter().map(|detail| detail.id().to_owned());
            listed(codes.map(ToString::to_string).chain(details))
        })),
        DocumentField::Sections => {
            let mut lines = vec![match document.section_count() {
                1 => "1 section".to_owned(),
                count => format!("{count} sections"),
            }];
            outline(&document.sections, 0, &mut lines);
            lines.join("\n")
        }
    }
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { EMPTY.to_owned() } else { parts.join(", ") }
}

/// Every section with its text, deeper ones further in.
fn outline(sections: &[Section], depth: usize, lines: &mut Vec<String>) {
    for section in sections {
        let indent = "  ".repeat(depth);
        lines.push(format!("{indent}{}", section.title));
        lines.extend(section.text.lines().map(|line| format!("{indent}  {line}")));
        outline(&section.sections, (depth + 1).min(DEEPEST), lines);
    }
}
