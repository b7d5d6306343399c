//! The header of a document and the fields of a section as lines to type: how each is printed, and how it is read back.
//!
//! Must not guess: what cannot be read is a sentence, and the value stays. A line of a list that was not changed keeps
//! all that its source sent with it.

pub mod choice;

use super::{
    Kind,
    fields::{print_time, read_time},
};
use crate::domain::{
    can::DocumentRules,
    document::{
        Attester, AttesterMode, Coding, Confidentiality, Document, DocumentField, DocumentStatus, Event,
        RelatesTo, Relation, Section, SectionMode,
    },
    outline::SectionPart,
    people::{PersonKind, Reference},
    task::Period,
    time::{DateTime, Timestamp},
};
use jiff::tz::TimeZone;

/// The types that most documents are of; any other can be typed.
pub const KINDS: [&str; 6] = [
    "discharge-summary",
    "referral-letter",
    "care-plan",
    "operative-report",
    "transfer-summary",
    "consultation-report",
];

/// A part of a header or of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Of the header.
    Header(DocumentField),
    /// Of a section.
    Section(SectionPart),
}

/// What a typed line is read with: the time, and the zone that the user lives in.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    /// The time.
    pub now: Timestamp,
    /// The zone.
    pub zone: &'a TimeZone,
}

impl Part {
    /// The parts of a header, in the order of its form.
    pub fn of_header() -> impl Iterator<Item = Part> {
        let fields = DocumentField::ALL.into_iter().filter(|field| *field != DocumentField::Sections);
        fields.map(Part::Header)
    }

    /// The parts of a section, in the order of its form.
    pub fn of_section() -> impl Iterator<Item = Part> {
        let own = |part: &SectionPart| !matches!(part, SectionPart::Text | SectionPart::Sections);
        SectionPart::ALL.into_iter().filter(own).map(Part::Section)
    }

    /// The words before it.
    pub fn label(self) -> &'static str {
        match self {
            Part::Header(field) => match field {
                DocumentField::Status => "Status",
                DocumentField::Type => "Type",
                DocumentField::Title => "Title",
                DocumentField::Patient => "Patient",
                DocumentField::Practitioner => "Author",
                DocumentField::Encounter => "Encounter",
                DocumentField::Date => "Date",
                DocumentField::Confidentiality => "Confidentiality",
                DocumentField::Category => "Categories",
                DocumentField::Custodian => "Custodian",
                DocumentField::Attester => "Attesters",
                DocumentField::RelatesTo => "Relates to",
                DocumentField::Event => "Events",
                DocumentField::Sections => "Sections",
            },
            Part::Section(part) => match part {
                SectionPart::Title => "Title",
                SectionPart::Code => "Code",
                SectionPart::Text => "Text",
                SectionPart::Author => "Author",
                SectionPart::Mode => "Mode",
                SectionPart::Resources => "Records",
                SectionPart::Sections => "Sections",
            },
        }
    }

    /// What it holds.
    pub fn kind(self) -> Kind {
        match self {
            Part::Header(DocumentField::Status | DocumentField::Type | DocumentField::Confidentiality)
            | Part::Section(SectionPart::Mode) => Kind::Choice,
            Part::Header(DocumentField::Patient | DocumentField::Practitioner)
            | Part::Section(SectionPart::Author) => Kind::Person,
            Part::Header(DocumentField::Encounter | DocumentField::Custodian) => Kind::Reference,
            Part::Header(DocumentField::Date) => Kind::Time,
            Part::Header(
                DocumentField::Category
                | DocumentField::Attester
                | DocumentField::RelatesTo
                | DocumentField::Event,
            ) => Kind::Prose,
            Part::Section(SectionPart::Resources) => Kind::References,
            Part::Header(DocumentField::Title | DocumentField::Sections) | Part::Section(_) => Kind::Text,
        }
    }

    /// Whether it is a list with a line each.
    pub fn is_list(self) -> bool {
        self.kind() == Kind::Prose
    }

    /// Whether a list is opened for what is typed here beside the rest of it.
    pub fn has_choices(self) -> bool {
        match self {
            Part::Header(field) => choice::choosing(field, "", 0).is_some(),
            Part::Section(part) => part == SectionPart::Resources,
        }
    }

    /// What can be typed into it while it is empty, where its kind does not say.
    pub fn example(self) -> &'static str {
        match self {
            Part::Header(DocumentField::Category) => "one a line",
            Part::Header(DocumentField::Attester) => "legal | 2026-11-21 17:00 | prac_1",
            Part::Header(DocumentField::RelatesTo) => "appends doc_1",
            Part::Header(DocumentField::Event) => "code words | 2026-11-20.. | Task/1",
            Part::Section(SectionPart::Resources) => "Task/1 Observation/2",
            _ => "",
        }
    }

    /// The words to choose from, where there are such.
    pub fn words(self, rules: Option<&DocumentRules>) -> Vec<String> {
        let words = |codes: Vec<&str>| codes.into_iter().map(str::to_owned).collect();
        match (self, rules) {
            (Part::Header(DocumentField::Status), Some(rules)) => {
                words(rules.statuses.iter().map(DocumentStatus::as_str).collect())
            }
            (Part::Header(DocumentField::Confidentiality), Some(rules)) => {
                words(rules.confidentialities.iter().map(Confidentiality::as_str).collect())
            }
            (Part::Header(DocumentField::Type), _) => words(KINDS.to_vec()),
            (Part::Header(DocumentField::Attester), _) => {
                words(AttesterMode::KNOWN.iter().map(AttesterMode::as_str).collect())
            }
            (Part::Header(DocumentField::RelatesTo), _) => {
                words(Relation::KNOWN.iter().map(Relation::as_str).collect())
            }
            (Part::Section(SectionPart::Mode), _) => {
                words(SectionMode::KNOWN.iter().map(SectionMode::as_str).collect())
            }
            _ => Vec::new(),
        }
    }

    /// Which people are picked for it.
    pub fn person(self) -> Option<PersonKind> {
        match self {
            Part::Header(DocumentField::Patient) => Some(PersonKind::Patient),
            Part::Header(DocumentField::Practitioner | DocumentField::Attester)
            | Part::Section(SectionPart::Author) => Some(PersonKind::Practitioner),
            _ => None,
        }
    }

    /// The longest text allowed, in UTF-16 code units.
    pub fn limit(self, rules: &DocumentRules) -> Option<u32> {
        match self {
            Part::Header(DocumentField::Type) => rules.kind_units,
            Part::Header(DocumentField::Title) => rules.title_units,
            Part::Section(SectionPart::Title) => rules.section_title_units,
            _ => None,
        }
    }
}

/// A part of a header as it would be typed.
pub fn print_header(document: &Document, field: DocumentField, zone: &TimeZone) -> String {
    let lines = |lines: Vec<String>| lines.join("\n");
    match field {
        DocumentField::Status => document.status.as_str().to_owned(),
        DocumentField::Type => document.kind.to_string(),
        DocumentField::Title => document.title.to_string(),
        DocumentField::Patient => print_reference(document.patient.as_ref()),
        DocumentField::Practitioner => print_reference(document.practitioner.as_ref()),
        DocumentField::Encounter => print_reference(document.encounter.as_ref()),
        DocumentField::Date => print_maybe(document.date.as_ref(), zone),
        DocumentField::Confidentiality => {
            document.confidentiality.as_ref().map_or("", Confidentiality::as_str).to_owned()
        }
        DocumentField::Category => lines(document.category.iter().map(ToString::to_string).collect()),
        DocumentField::Custodian => print_reference(document.custodian.as_ref()),
        DocumentField::Attester => {
            lines(document.attesters.iter().map(|attester| print_attester(attester, zone)).collect())
        }
        DocumentField::RelatesTo => lines(document.relates_to.iter().map(print_relation).collect()),
        DocumentField::Event => lines(document.events.iter().map(|event| print_event(event, zone)).collect()),
        DocumentField::Sections => String::new(),
    }
}

/// Sets a part of a header from what was typed; else a sentence.
pub fn read_header(
    document: &mut Document,
    field: DocumentField,
    typed: &str,
    clock: Clock<'_>,
) -> Result<(), String> {
    let line = typed.trim();
    let zone = clock.zone;
    match field {
        DocumentField::Status => document.status = DocumentStatus::parse(line),
        DocumentField::Type => {
            document.kind = line.into();
            document.kind_codings.clear();
        }
        DocumentField::Title => document.title = line.into(),
        DocumentField::Patient => document.patient = reference(line),
        DocumentField::Practitioner => document.practitioner = reference(line),
        DocumentField::Encounter => document.encounter = reference(line),
        DocumentField::Date => document.date = read_time(line, clock.now, zone)?,
        DocumentField::Confidentiality => {
            document.confidentiality =
                (!line.is_empty()).then(|| Confidentiality::parse(&line.to_uppercase()));
        }
        DocumentField::Category => {
            document.category = lines_of(typed).map(Into::into).collect();
        }
        DocumentField::Custodian => document.custodian = reference(line),
        DocumentField::Attester => {
            let print = |attester: &Attester| print_attester(attester, zone);
            let read = |line: &str| read_attester(line, clock);
            document.attesters = read_list(typed, &document.attesters, print, read)?;
        }
        DocumentField::RelatesTo => {
            document.relates_to = read_list(typed, &document.relates_to, print_relation, read_relation)?;
        }
        DocumentField::Event => {
            let print = |event: &Event| print_event(event, zone);
            document.events = read_list(typed, &document.events, print, |line| read_event(line, clock))?;
        }
        DocumentField::Sections => {}
    }
    Ok(())
}

/// A part of a section as it would be typed.
pub fn print_section(section: &Section, part: SectionPart) -> String {
    match part {
        SectionPart::Title => section.title.to_string(),
        SectionPart::Code => section.code.as_deref().unwrap_or("").to_owned(),
        SectionPart::Author => print_reference(section.author.as_ref()),
        SectionPart::Mode => section.mode.as_ref().map_or("", SectionMode::as_str).to_owned(),
        SectionPart::Resources => section.resources.iter().map(Reference::raw).collect::<Vec<_>>().join(" "),
        SectionPart::Text | SectionPart::Sections => String::new(),
    }
}

/// Sets a part of a section from what was typed; else a sentence.
pub fn read_section(section: &mut Section, part: SectionPart, typed: &str) -> Result<(), String> {
    let line = typed.trim();
    match part {
        SectionPart::Title => section.title = line.into(),
        SectionPart::Code => section.code = (!line.is_empty()).then(|| line.into()),
        SectionPart::Author => section.author = reference(line),
        SectionPart::Mode => {
            section.mode = match SectionMode::parse(line) {
                SectionMode::Other(raw) if raw.is_empty() => None,
                SectionMode::Other(_) => {
                    return Err("Choose working, snapshot or changes.".to_owned());
                }
                known => Some(known),
            }
        }
        SectionPart::Resources => {
            let known = |raw: &str| section.resources.iter().find(|one| one.raw() == raw).cloned();
            let typed = line.split([' ', ',', '\n']).filter(|part| !part.is_empty());
            section.resources = typed.map(|raw| known(raw).unwrap_or_else(|| Reference::new(raw))).collect();
        }
        SectionPart::Text | SectionPart::Sections => {}
    }
    Ok(())
}

fn print_reference(reference: Option<&Reference>) -> String {
    reference.map_or("", Reference::raw).to_owned()
}

fn reference(line: &str) -> Option<Reference> {
    (!line.is_empty()).then(|| Reference::new(line))
}

fn print_maybe(time: Option<&DateTime>, zone: &TimeZone) -> String {
    time.map_or_else(String::new, |time| print_time(time, zone))
}

fn lines_of(typed: &str) -> impl Iterator<Item = &str> {
    typed.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Reads a list with a line each; a line that one of the old items prints is that item, whole.
fn read_list<T: Clone>(
    typed: &str,
    old: &[T],
    print: impl Fn(&T) -> String,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let mut left: Vec<(String, &T)> = old.iter().map(|item| (print(item), item)).collect();
    let mut items = Vec::new();
    for (number, line) in lines_of(typed).enumerate() {
        let known = left.iter().position(|(printed, _)| printed.trim() == line);
        items.push(match known {
            Some(place) => left.remove(place).1.clone(),
            None => read(line).map_err(|sentence| format!("Line {}: {sentence}", number + 1))?,
        });
    }
    Ok(items)
}

/// The parts of a line between its bars, as many as are wanted.
fn parts<const COUNT: usize>(line: &str) -> Result<[&str; COUNT], String> {
    let mut parts = [""; COUNT];
    let mut typed = line.split('|');
    for (part, text) in parts.iter_mut().zip(typed.by_ref()) {
        *part = text.trim();
    }
    match typed.next() {
        Some(_) => Err(format!("There are more than {COUNT} parts between bars.")),
        None => Ok(parts),
    }
}

/// Parts with bars between them, without empty ones at the end.
fn barred(parts: &[String]) -> String {
    parts.join(" | ").trim_end_matches([' ', '|']).to_owned()
}

fn print_attester(attester: &Attester, zone: &TimeZone) -> String {
    barred(&[
        attester.mode.as_str().to_owned(),
        print_maybe(attester.time.as_ref(), zone),
        print_reference(attester.party.as_ref()),
    ])
}

fn read_attester(line: &str, clock: Clock<'_>) -> Result<Attester, String> {
    let [mode, time, party] = parts(line)?;
    let AttesterMode::Other(_) = AttesterMode::parse(mode) else {
        return Ok(Attester {
            mode: AttesterMode::parse(mode),
            time: read_time(time, clock.now, clock.zone)?,
            party: reference(party),
        });
    };
    let modes = AttesterMode::KNOWN.iter().map(AttesterMode::as_str).collect::<Vec<_>>().join(", ");
    Err(format!("it begins with one of {modes}; then | time | id."))
}

fn print_relation(relation: &RelatesTo) -> String {
    format!("{} {}", relation.code.as_str(), relation.target.raw())
}

fn read_relation(line: &str) -> Result<RelatesTo, String> {
    let (code, target) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match (Relation::parse(code), target.trim()) {
        (Relation::Other(_), _) => {
            let codes = Relation::KNOWN.iter().map(Relation::as_str).collect::<Vec<_>>().join(", ");
            Err(format!("it begins with one of {codes}; then the id."))
        }
        (_, "") => Err("the id of the other document is missing.".to_owned()),
        (code, target) => Ok(RelatesTo { code, target: Reference::new(target) }),
    }
}

/// What stands for the code of a coding that has words only.
const NO_CODE: &str = "-";

fn print_event(event: &Event, zone: &TimeZone) -> String {
    let codings: Vec<String> = event.codings.iter().map(print_coding).collect();
    let (start, end) =
        (print_maybe(event.period.start.as_ref(), zone), print_maybe(event.period.end.as_ref(), zone));
    let period = if start.is_empty() && end.is_empty() { String::new() } else { format!("{start}..{end}") };
    let details: Vec<&str> = event.details.iter().map(Reference::raw).collect();
    let line = barred(&[codings.join(" + "), period, details.join(" ")]);
    if line.is_empty() { NO_CODE.to_owned() } else { line }
}

fn print_coding(coding: &Coding) -> String {
    let code = coding.code.as_deref().unwrap_or(NO_CODE);
    let system = coding.system.as_deref().map(|system| format!("{system}#")).unwrap_or_default();
    format!("{system}{code} {}", coding.display.as_deref().unwrap_or("")).trim_end().to_owned()
}

fn read_coding(text: &str) -> Coding {
    let (first, display) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (system, code) = match first.rsplit_once('#') {
        Some((system, code)) => (Some(system), code),
        None => (None, first),
    };
    let kept = |text: &str| (!text.is_empty()).then(|| text.into());
    Coding {
        system: system.and_then(kept),
        code: Some(code).filter(|code| *code != NO_CODE).and_then(kept),
        display: kept(display.trim()),
    }
}

fn read_event(line: &str, clock: Clock<'_>) -> Result<Event, String> {
    let [codings, period, details] = parts(line)?;
    let codings: Vec<Coding> =
        codings.split(" + ").map(str::trim).filter(|text| !text.is_empty()).map(read_coding).collect();
    let (start, end) = period.split_once("..").unwrap_or((period, ""));
    let time = |text: &str| read_time(text.trim(), clock.now, clock.zone);
    Ok(Event {
        codings: codings.into_iter().filter(|coding| *coding != Coding::default()).collect(),
        period: Period { start: time(start)?, end: time(end)? },
        details: details.split_whitespace().map(Reference::new).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> (Timestamp, TimeZone) {
        ("2026-11-21T03:20:00Z".parse().unwrap(), TimeZone::UTC)
    }

    fn full() -> Document {
        let coding = |system: Option<&str>, code: Option<&str>, display: Option<&str>| Coding {
            system: system.map(Into::into),
            code: code.map(Into::into),
            display: display.map(Into::into),
        };
        Document {
            status: DocumentStatus::Final,
            kind: "care-plan".into(),
            title: "Synthetic plan".into(),
            patient: Some(Reference::new("pt_1")),
            practitioner: Some(Reference::new("prac_1")),
            encounter: Some(Reference::new("enc_1")),
            date: Some(DateTime::parse("2026-11-21T03:00:00.125Z")),
            confidentiality: Some(Confidentiality::Restricted),
            category: vec!["ward 7".into(), "plan".into()],
            custodian: Some(Reference::new("org_1")),
            attesters: vec![
                Attester { mode: AttesterMode::Legal, time: None, party: Some(Reference::new("prac_2")) },
                Attester {
                    mode: AttesterMode::Personal,
                    time: Some(DateTime::parse("2026-11-20")),
                    party: None,
                },
            ],
            relates_to: vec![RelatesTo { code: Relation::Appends, target: Reference::new("doc_1") }],
            events: vec![
                Event {
                    codings: vec![
                        coding(Some("http://example.org/s#x"), Some("80146002"), Some("Two words")),
                        coding(None, None, Some("Words only")),
                        coding(None, Some("c"), None),
                    ],
                    period: Period { start: Some(DateTime::parse("2026-11-20")), end: None },
                    details: vec![Reference::new("Procedure/1"), Reference::new("Task/t1")],
                },
                Event::default(),
            ],
            ..Document::default()
        }
    }

    #[test]
    fn every_part_of_a_header_reads_back_what_it_prints() {
        let (now, zone) = clock();
        let document = full();
        let mut read = Document::default();
        for part in Part::of_header() {
            let Part::Header(field) = part else { continue };
            let printed = print_header(&document, field, &zone);
            assert!(!printed.is_empty(), "{field:?}");
            read_header(&mut read, field, &printed, Clock { now, zone: &zone }).unwrap();
            assert!(read.same(&document, field), "{field:?}: {printed:?}");
        }
    }

    #[test]
    fn a_line_that_was_not_changed_keeps_what_was_sent_with_it() {
        let (now, zone) = clock();
        let mut document = full();
        let named = Reference::new("prac_2").with_display("Dr. Invented");
        document.attesters[0].party = Some(named.clone());
        let printed = print_header(&document, DocumentField::Attester, &zone);
        let typed = format!("{printed}\nofficial | tomorrow 8 | prac_9");
        read_header(&mut document, DocumentField::Attester, &typed, Clock { now, zone: &zone }).unwrap();
        assert_eq!(document.attesters.len(), 3);
        assert_eq!(document.attesters[0].party, Some(named));
        assert_eq!(document.attesters[2].time, Some(DateTime::parse("2026-11-22T08:00:00Z")));
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line_and_changes_nothing() {
        let (now, zone) = clock();
        for (field, typed, said) in [
            (DocumentField::Attester, "legal\nboss", "Line 2: it begins with one of personal"),
            (DocumentField::Attester, "legal | soon | x", "\"soon\" is not a time"),
            (DocumentField::Attester, "legal | | x | y", "more than 3 parts"),
            (DocumentField::RelatesTo, "appends", "id of the other document is missing"),
            (DocumentField::RelatesTo, "amends doc_1", "begins with one of replaces"),
            (DocumentField::Event, "x | 2026-13-01..", "2026-13-01"),
            (DocumentField::Date, "soonish", "is not a time"),
        ] {
            let mut document = full();
            let problem = read_header(&mut document, field, typed, Clock { now, zone: &zone }).unwrap_err();
            assert!(problem.contains(said), "{typed}: {problem}");
            assert_eq!(document, full());
        }
    }

    #[test]
    fn every_part_of_a_section_reads_back_what_it_prints() {
        let section = Section {
            title: "Course".into(),
            code: Some("8648-8".into()),
            author: Some(Reference::new("prac_1")),
            mode: Some(SectionMode::Snapshot),
            resources: vec![Reference::new("Observation/1").with_display("K"), Reference::new("x")],
            ..Section::default()
        };
        let mut read = Section { resources: section.resources.clone(), ..Section::default() };
        for part in SectionPart::ALL {
            read_section(&mut read, part, &print_section(&section, part)).unwrap();
        }
        assert_eq!(read, section);
        assert!(read_section(&mut read, SectionPart::Mode, "sometimes").is_err());
    }
}
