//! What the writing conversations of documents have in common: what is checked before, conflicts, what did not stick,
//! and which document a lost create made.
//!
//! Must not ask for anything, nor call a write unknown whose bytes never went out (RELIABILITY §3).

use super::{ApiError, ErrorKind, Reply, document_edit::lost_members};
use crate::domain::{
    can::DocumentRules,
    check::Problem,
    check_document::{check_document, sort_problems},
    document::{Attester, Document, DocumentField, Event, RelatesTo, Section, Thing},
    people::Reference,
    time::{DateTime, Moment},
};
use std::collections::HashSet;

/// What is said of a create whose outcome is unknown.
pub(super) const CREATE_IN_DOUBT: &str = "The document may have been made.";

/// A problem of a part of a document. Its place is told by the path: `field` is for tasks.
pub(super) fn problem(path: &str, sentence: impl Into<String>) -> Problem {
    Problem { field: None, path: path.to_owned(), sentence: sentence.into() }
}

/// The parts of a document that say something, and its status.
pub(super) fn parts_of(document: &Document) -> Vec<DocumentField> {
    let empty = Document::default();
    let says = |field: &DocumentField| *field == DocumentField::Status || !document.same(&empty, *field);
    DocumentField::ALL.into_iter().filter(says).collect()
}

/// What is wrong with a document before it is sent, as far as all systems have it in common; empty when it may go out.
pub(super) fn problems(document: &Document, rules: &DocumentRules) -> Vec<Problem> {
    let mut problems = check_document(document, rules, true);
    problems.extend(times_without_zone(document));
    problems
}

/// What is wrong with a change before it is sent, of what `problems_of` finds in a whole document: what its system
/// cannot change, and what the change itself answers for.
pub(super) fn update_problems(
    base: &Document,
    document: &Document,
    rules: &DocumentRules,
    system: &str,
    problems_of: impl Fn(&Document) -> Vec<Problem>,
) -> Vec<Problem> {
    let changed = document.changed(base);
    let fixed = changed.iter().filter(|field| !rules.update.contains(field));
    let mut problems: Vec<Problem> = fixed
        .map(|field| {
            let name = field.name();
            problem(name, format!("{system} cannot change {name} of an existing document."))
        })
        .collect();
    problems.extend(sort_problems(base, document, problems_of(document), problems_of).to_correct);
    problems
}

/// Times of a day without a zone, which nobody could read rightly.
fn times_without_zone(document: &Document) -> Vec<Problem> {
    let mut times = vec![("date".to_owned(), document.date.as_ref())];
    for (index, attester) in document.attesters.iter().enumerate() {
        times.push((format!("attester.{index}.time"), attester.time.as_ref()));
    }
    for (index, event) in document.events.iter().enumerate() {
        for (end, time) in [("start", &event.period.start), ("end", &event.period.end)] {
            times.push((format!("event.{index}.period.{end}"), time.as_ref()));
        }
    }
    let is_local =
        |time: Option<&DateTime>| matches!(time.and_then(DateTime::moment), Some(Moment::Local(_)));
    let sentence = "This time has no time zone; write it as 2026-11-21T17:00:00Z or with an offset.";
    times.into_iter().filter(|(_, time)| is_local(*time)).map(|(path, _)| problem(&path, sentence)).collect()
}

/// Whether somebody else changed the document since the user saw it. Any part counts: who signs a document stands for
/// the whole of it. A part that is already as the user wants it does not.
pub(super) fn changed_by_others(base: &Document, wanted: &Document, current: &Document) -> bool {
    current.changed(base).into_iter().any(|field| !current.same(wanted, field))
}

/// The error of a change that somebody else's change stands in the way of: nothing was written.
pub(super) fn conflict(current: Document, request_id: Option<String>) -> ApiError {
    ApiError {
        kind: ErrorKind::Conflict(Some(Thing::Document(Box::new(current)))),
        status: None,
        sentence: "Somebody else changed this document in the meantime; nothing was sent.".to_owned(),
        request_id,
    }
}

/// A read inside an update that failed: no write went out, so its outcome is known.
pub(super) fn before_write(error: ApiError) -> ApiError {
    if !error.kind.leaves_write_unknown() && error.kind != ErrorKind::NotSent {
        return error;
    }
    let sentence = format!("Nothing was changed, the document could not be read first. {}", error.sentence);
    ApiError { kind: ErrorKind::NotSent, sentence, ..error }
}

/// A refusal with its places in the words of this program.
pub(super) fn in_our_words(error: ApiError) -> ApiError {
    let ErrorKind::Refused(problems) = error.kind else { return error };
    let problems = problems.into_iter().map(|found| problem(&our_path(&found.path), found.sentence));
    ApiError { kind: ErrorKind::Refused(problems.collect()), ..error }
}

/// The place within a document as this program names it: `Composition.section[3].text.div` is `sections.3.text`.
pub(super) fn our_path(path: &str) -> String {
    let dotted = path.replace('[', ".").replace(']', "");
    let mut parts: Vec<String> = Vec::new();
    for part in dotted.split('.').filter(|part| !part.is_empty()) {
        let head = parts.first().map(String::as_str);
        let word = match (head, part) {
            (None, "Composition" | "body") => continue,
            (_, "section") => "sections",
            (None, "subject") => "patientId",
            (None, "author") => "practitionerId",
            (None, "encounter") => "encounterId",
            (None, "custodian") => "custodianId",
            (Some("attester"), "party") => "partyId",
            (Some("relatesTo"), "targetReference" | "targetIdentifier") => "targetId",
            (Some("event"), "detail") => "detailIds",
            (Some("sections"), "entry") => "resourceIds",
            (Some("sections"), "author") => "authorId",
            (_, other) => other,
        };
        // What is wrong with a narrative is wrong with the text, and with a reference the id is.
        let within = parts.last().is_some_and(|last| {
            matches!(&**last, "text") || last.ends_with("Id") || matches!(&**last, "type")
        });
        if within {
            break;
        }
        parts.push(word.to_owned());
    }
    parts.join(".")
}

/// What of the parts that were sent came back different, each by its path.
pub(super) fn differing(sent: &Document, got: &Document, fields: &[DocumentField]) -> Vec<String> {
    let mut paths = Vec::new();
    for field in fields {
        if *field == DocumentField::Sections {
            sections_differing("sections", &sent.sections, &got.sections, &mut paths);
        } else if !got.same(sent, *field) {
            let name = field.name();
            let items = match field {
                DocumentField::Attester => each(&sent.attesters, &got.attesters, Attester::same),
                DocumentField::RelatesTo => each(&sent.relates_to, &got.relates_to, RelatesTo::same),
                DocumentField::Event => each(&sent.events, &got.events, Event::same),
                DocumentField::Category => each(&sent.category, &got.category, |a, b| a == b),
                _ => None,
            };
            match items {
                Some(indices) => paths.extend(indices.into_iter().map(|index| format!("{name}.{index}"))),
                None => paths.push(name.to_owned()),
            }
        }
    }
    paths
}

/// Which items of two lists of one length differ.
fn each<T>(sent: &[T], got: &[T], same: impl Fn(&T, &T) -> bool) -> Option<Vec<usize>> {
    (sent.len() == got.len()).then(|| {
        let pairs = sent.iter().zip(got).enumerate();
        pairs.filter(|(_, (sent, got))| !same(sent, got)).map(|(index, _)| index).collect()
    })
}

fn sections_differing(path: &str, sent: &[Section], got: &[Section], paths: &mut Vec<String>) {
    if sent.len() != got.len() {
        paths.push(path.to_owned());
        return;
    }
    for (index, (sent, got)) in sent.iter().zip(got).enumerate() {
        let path = format!("{path}.{index}");
        let names = sent.differing(got).into_iter().map(str::to_owned).chain(lost_members(sent, got));
        paths.extend(names.map(|name| format!("{path}.{name}")));
        sections_differing(&format!("{path}.sections"), &sent.sections, &got.sections, paths);
    }
}

/// Whether an answer to a create may be about it: an answer about another patient must not pass for ours.
pub(super) fn may_be_of(document: &Document, draft: &Document) -> bool {
    let people = [
        (DocumentField::Patient, &document.patient, &draft.patient),
        (DocumentField::Practitioner, &document.practitioner, &draft.practitioner),
    ];
    people
        .into_iter()
        .all(|(field, said, sent)| said.is_none() || sent.is_none() || document.same(draft, field))
}

/// Whether a document may be the one that a lost create made: it says of whom, by whom, what kind, which title and
/// which headings, and both are of one day. A server may cut a time or clean a text: the user looks at what is found.
pub(super) fn looks_like(document: &Document, draft: &Document) -> bool {
    let header =
        [DocumentField::Title, DocumentField::Type, DocumentField::Patient, DocumentField::Practitioner];
    let same_header = header.into_iter().all(|field| document.same(draft, field));
    let day = |date: &DateTime| date.day(&jiff::tz::TimeZone::UTC);
    let same_day = match (&document.date, &draft.date) {
        (Some(kept), Some(sent)) => day(kept) == day(sent),
        _ => true,
    };
    // A row of a list may lack its sections.
    let headings = |document: &Document| {
        let titles = document.sections.iter().map(|section| section.title.trim().to_owned());
        titles.collect::<Vec<_>>()
    };
    same_header && same_day && (document.sections.is_empty() || headings(document) == headings(draft))
}

/// Documents that may be the one that was sent, those that say all of it first.
pub(super) fn found(mut documents: Vec<Document>, draft: &Document) -> Reply {
    let says_all = |document: &Document| {
        document.same(draft, DocumentField::Date) && document.same(draft, DocumentField::Sections)
    };
    documents.sort_by_key(|document| !says_all(document));
    let mut seen = HashSet::new();
    documents.retain(|document| seen.insert(document.key.clone()));
    Reply::Candidates(documents.into_iter().map(|document| Thing::Document(Box::new(document))).collect())
}

/// The id of a reference, for a search.
pub(super) fn id_of(reference: Option<&Reference>) -> Option<String> {
    reference.map(|reference| reference.id().to_owned()).filter(|id| !id.is_empty())
}

/// The error of a look that did not reach the end: finding nothing says nothing then.
pub(super) fn not_looked_through(called: &str) -> ApiError {
    ApiError {
        kind: ErrorKind::Unknown,
        status: None,
        sentence: format!(
            "More documents than were looked through are at {called}; this one was not among them."
        ),
        request_id: None,
    }
}
