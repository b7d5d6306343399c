//! What can be chosen into a half-typed line of a header's list, and the line with the choice in it.
//!
//! Must not take away what was typed into the line's other parts.

use crate::domain::document::{AttesterMode, DocumentField, Relation};

/// The code system of [`EVENTS`].
const EVENT_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// The kinds of encounter that most documents are about (HL7 v3 `ActEncounterCode`); any other code can be typed.
const EVENTS: [(&str, &str); 8] = [
    ("IMP", "inpatient encounter"),
    ("AMB", "ambulatory"),
    ("EMER", "emergency"),
    ("OBSENC", "observation encounter"),
    ("PRENC", "pre-admission"),
    ("SS", "short stay"),
    ("HH", "home health"),
    ("VR", "virtual"),
];

/// What is to be chosen for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choosing {
    /// The word that it begins with.
    Word,
    /// A practitioner.
    Practitioner,
    /// A document.
    Document,
    /// What kind of event it is.
    Event,
    /// A record.
    Record,
}

/// The kinds of event: the coding as it is typed, its words, its code.
pub fn events() -> impl Iterator<Item = (String, &'static str, &'static str)> {
    EVENTS.into_iter().map(|(code, words)| (format!("{EVENT_SYSTEM}#{code} {words}"), words, code))
}

/// What can be chosen where the cursor stands in a line; none where something is to be typed.
pub fn choosing(field: DocumentField, line: &str, cursor: usize) -> Option<Choosing> {
    match field {
        DocumentField::Attester if has_word(field, line) => Some(Choosing::Practitioner),
        DocumentField::RelatesTo if has_word(field, line) => Some(Choosing::Document),
        DocumentField::Attester | DocumentField::RelatesTo => Some(Choosing::Word),
        DocumentField::Event => match line.get(..cursor).unwrap_or(line).matches('|').count() {
            0 => Some(Choosing::Event),
            1 => None,
            _ => Some(Choosing::Record),
        },
        _ => None,
    }
}

/// Whether a line lacks what is chosen after its first word.
pub fn is_half(field: DocumentField, line: &str) -> bool {
    let rest = match field {
        DocumentField::Attester => line.split('|').nth(2),
        _ => line.split_once(char::is_whitespace).map(|(_, rest)| rest),
    };
    has_word(field, line) && rest.is_none_or(|rest| rest.trim().is_empty())
}

/// The line with a choice in its place.
pub fn chosen(field: DocumentField, line: &str, choosing: Choosing, choice: &str) -> String {
    let mut parts: Vec<&str> = line.split('|').map(str::trim).collect();
    parts.resize(parts.len().max(3), "");
    let (first, second, third) = match parts.as_slice() {
        [first, second, third, ..] => (*first, *second, *third),
        _ => ("", "", ""),
    };
    let joined = |before: &str, mark: &str| {
        if before.is_empty() { choice.to_owned() } else { format!("{before}{mark}{choice}") }
    };
    let (first, third) = match (field, choosing) {
        (DocumentField::RelatesTo, Choosing::Word) => {
            let rest = line.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim());
            return format!("{choice} {rest}");
        }
        (DocumentField::RelatesTo, _) => {
            let word = line.split_whitespace().next().unwrap_or_default();
            return format!("{word} {choice}");
        }
        (_, Choosing::Word) => (choice.to_owned(), third.to_owned()),
        (_, Choosing::Event) => (joined(first, " + "), third.to_owned()),
        (_, Choosing::Record) if third.split_whitespace().any(|known| known == choice) => {
            (first.to_owned(), third.to_owned())
        }
        (_, Choosing::Record) => (first.to_owned(), joined(third, " ")),
        (_, Choosing::Practitioner | Choosing::Document) => (first.to_owned(), choice.to_owned()),
    };
    super::barred(&[first, second.to_owned(), third])
}

/// The id of whoever or whatever a line names beside its word.
pub fn named(field: DocumentField, line: &str) -> Option<&str> {
    let id = match field {
        DocumentField::Attester => line.split('|').nth(2)?.trim(),
        DocumentField::RelatesTo => line.split_once(char::is_whitespace)?.1.trim(),
        _ => return None,
    };
    (!id.is_empty()).then_some(id)
}

fn has_word(field: DocumentField, line: &str) -> bool {
    if field == DocumentField::Attester {
        let word = line.split('|').next().unwrap_or_default().trim();
        return !matches!(AttesterMode::parse(word), AttesterMode::Other(_));
    }
    let word = line.split_whitespace().next().unwrap_or_default();
    !matches!(Relation::parse(word), Relation::Other(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_goes_into_its_part_of_the_line_and_the_others_stay() {
        use Choosing::{Document, Event, Practitioner, Record, Word};
        use DocumentField::{Attester, Event as Events, RelatesTo};
        for (field, line, cursor, choosing_now, choice, after) in [
            (Attester, "", 0, Word, "legal", "legal"),
            (Attester, "legal", 5, Practitioner, "prac_1", "legal |  | prac_1"),
            (Attester, "legal | 2026-11-21 | x", 3, Practitioner, "prac_1", "legal | 2026-11-21 | prac_1"),
            (Attester, "boss | 17:00", 3, Word, "legal", "legal | 17:00"),
            (RelatesTo, "", 0, Word, "signs", "signs "),
            (RelatesTo, "amends doc_1", 0, Word, "signs", "signs doc_1"),
            (RelatesTo, "signs", 5, Document, "doc_1", "signs doc_1"),
            (RelatesTo, "signs doc_1", 5, Document, "doc_2", "signs doc_2"),
            (Events, "", 0, Event, "s#x y", "s#x y"),
            (Events, "a | 2026-11-20", 1, Event, "s#x y", "a + s#x y | 2026-11-20"),
            (Events, "a | 2026-11-20 | r", 18, Record, "Task/1", "a | 2026-11-20 | r Task/1"),
            (Events, "a |  | Task/1", 12, Record, "Task/1", "a |  | Task/1"),
        ] {
            assert_eq!(choosing(field, line, cursor), Some(choosing_now), "{line:?}");
            assert_eq!(chosen(field, line, choosing_now, choice), after, "{line:?}");
        }
        assert_eq!(choosing(Events, "a | 2026", 8), None, "a period is typed");
        assert_eq!(choosing(DocumentField::Category, "", 0), None);
    }

    #[test]
    fn a_line_is_half_until_what_its_word_is_about_is_named() {
        use DocumentField::{Attester, RelatesTo};
        for (field, line, half, id) in [
            (Attester, "legal", true, None),
            (Attester, "legal | 17:00 | prac_1", false, Some("prac_1")),
            (Attester, "boss", false, None),
            (RelatesTo, "signs ", true, None),
            (RelatesTo, "signs doc_1", false, Some("doc_1")),
        ] {
            assert_eq!((is_half(field, line), named(field, line)), (half, id), "{line:?}");
        }
    }
}
