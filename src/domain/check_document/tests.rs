//! Each bound at N and at N+1, with the place named.

use super::*;
use crate::domain::{
    document::{Coding, Event, RelatesTo, Section},
    people::Reference,
};
use serde_json::json;

/// The rules of an invented source, with a bound on everything.
pub(crate) const RULES: DocumentRules = DocumentRules {
    statuses: &[DocumentStatus::Preliminary, DocumentStatus::Final, DocumentStatus::Amended],
    confidentialities: &[
        Confidentiality::Normal,
        Confidentiality::Restricted,
        Confidentiality::VeryRestricted,
    ],
    required: &[
        DocumentField::Status,
        DocumentField::Type,
        DocumentField::Title,
        DocumentField::Patient,
        DocumentField::Practitioner,
        DocumentField::Sections,
    ],
    update: &[DocumentField::Status, DocumentField::Title, DocumentField::Sections],
    kind_units: Some(100),
    title_units: Some(500),
    category_units: Some(200),
    most_sections: Some(50),
    section_title_units: Some(200),
    section_text_units: Some(50_000),
    levels: Some(2),
    plain_below: true,
    title_required: true,
    text_required: true,
    records_suffice: false,
    top_text_required: false,
    most_bytes: Some(1_048_576),
    deletes: true,
};

fn section_of(title: &str, text: &str) -> Section {
    Section { title: title.into(), text: text.to_owned(), ..Section::default() }
}

fn good() -> Document {
    Document {
        kind: "care-plan".into(),
        title: "Synthetic plan".into(),
        patient: Some(Reference::new("pt_1")),
        practitioner: Some(Reference::new("prac_1")),
        sections: vec![section_of("Goals", "Walk.")],
        ..Document::default()
    }
}

fn paths(document: &Document, rules: &DocumentRules) -> Vec<String> {
    check_document(document, rules, true).into_iter().map(|problem| problem.path).collect()
}

fn with(change: impl FnOnce(&mut Document)) -> Vec<String> {
    let mut document = good();
    change(&mut document);
    paths(&document, &RULES)
}

const NONE: [&str; 0] = [];

#[test]
fn every_length_passes_at_n_and_is_refused_at_n_plus_one() {
    type Set = fn(&mut Document, String);
    let cases: [(&str, usize, Set); 7] = [
        ("type", 100, |document, text| document.kind = text.into()),
        ("title", 500, |document, text| document.title = text.into()),
        ("category.1", 200, |document, text| document.category = vec!["ward".into(), text.into()]),
        ("sections.0.title", 200, |document, text| document.sections[0].title = text.into()),
        ("sections.0.text", 50_000, |document, text| document.sections[0].text = text),
        ("sections.0.sections.1.title", 200, |document, text| {
            document.sections[0].sections = vec![section_of("A", "a"), section_of(&text, "b")];
        }),
        ("sections.0.sections.0.text", 50_000, |document, text| {
            document.sections[0].sections = vec![section_of("A", &text)];
        }),
    ];
    for (place, limit, set) in cases {
        // Plain letters, letters of two bytes, and surrogate pairs, which count two.
        for (letter, units) in [("a", 1), ("é", 1), ("\u{1F600}", 2)] {
            assert_eq!(with(|document| set(document, letter.repeat(limit / units))), NONE, "{place}");
            assert_eq!(with(|document| set(document, letter.repeat(limit / units + 1))), [place]);
        }
    }
}

#[test]
fn there_are_one_to_fifty_sections_of_the_first_level() {
    let many = |count: usize| with(|document| document.sections = vec![section_of("A", "a"); count]);
    assert_eq!(many(1), NONE);
    assert_eq!(many(50), NONE);
    assert_eq!(many(51), ["sections.50"]);
    assert_eq!(many(0), ["sections"]);
    assert_eq!(
        with(|document| document.sections[0].sections = vec![section_of("A", "a"); 51]),
        NONE,
        "the bound is of the first level alone"
    );
}

#[test]
fn the_body_has_a_mebibyte_at_most() {
    let texts =
        |count: usize| with(|document| document.sections = vec![section_of("A", &"a".repeat(50_000)); count]);
    assert_eq!(texts(20), NONE);
    assert_eq!(texts(21), ["sections.20"], "the first that there is no room for");
    let mut document = good();
    document.sections = vec![section_of("A", &"a".repeat(50_000)); 20];
    document.sections.push(section_of("B", ""));
    let most = RULES.most_bytes.unwrap();
    let rest = most - body_bytes(&document);
    document.sections[20].text = "b".repeat(rest);
    assert_eq!((body_bytes(&document), paths(&document, &RULES).len()), (most, 0));
    document.sections[20].text.push('b');
    assert_eq!(paths(&document, &RULES), ["sections.20"]);
    assert_eq!(paths(&document, &DocumentRules { most_bytes: None, ..RULES }), NONE);
    document.sections = vec![section_of("A", "a")];
    document.category = vec!["b".repeat(200).into(); 6_000];
    assert_eq!(paths(&document, &RULES), ["sections"], "there is no room for any");
    let smaller = DocumentRules { most_bytes: Some(body_bytes(&good())), ..RULES };
    assert_eq!(paths(&good(), &smaller), NONE, "the bound is the source's own");
    let longer = Document { title: "Synthetic plans".into(), ..good() };
    assert_eq!(paths(&longer, &smaller), ["sections.0"]);
}

#[test]
fn what_is_required_is_asked_for_at_its_place() {
    assert_eq!(
        paths(&Document::default(), &RULES),
        ["type", "title", "patientId", "practitionerId", "sections"]
    );
    let bare = |text_required, status: DocumentStatus| {
        let document = Document { status, sections: vec![section_of(" ", "\n")], ..good() };
        paths(&document, &DocumentRules { text_required, ..RULES })
    };
    assert_eq!(bare(true, DocumentStatus::Preliminary), ["sections.0.title", "sections.0.text"]);
    assert_eq!(bare(false, DocumentStatus::Preliminary), ["sections.0.title"]);
    assert_eq!(bare(false, DocumentStatus::Final), ["sections.0.title", "sections.0.text"]);
    assert_eq!(
        with(|document| {
            document.sections[0].text.clear();
            document.sections[0].sections = vec![section_of("A", "a")];
        }),
        NONE,
        "sections beneath stand for a text"
    );
}

#[test]
fn a_section_that_lists_records_needs_no_text_where_that_is_enough() {
    let lists = DocumentRules { records_suffice: true, ..RULES };
    for status in [DocumentStatus::Preliminary, DocumentStatus::Final] {
        let mut document = Document { status, sections: vec![section_of("A", "")], ..good() };
        document.sections[0].resources = vec![Reference::new("Condition/1")];
        assert_eq!(paths(&document, &lists), NONE);
        assert_eq!(paths(&document, &RULES), ["sections.0.text"]);
        document.sections[0].resources.clear();
        assert_eq!(paths(&document, &lists), ["sections.0.text"], "a title alone says nothing");
        document.sections[0].sections = vec![section_of("B", "b")];
        assert_eq!(paths(&document, &lists), NONE, "sections beneath stand for a text");
    }
}

#[test]
fn a_text_of_the_first_level_is_asked_for_by_who_needs_it() {
    let mut document = good();
    document.sections[0].text.clear();
    document.sections[0].sections = vec![section_of("A", "")];
    document.sections[0].sections[0].sections = vec![section_of("B", "b")];
    let free = DocumentRules { levels: None, ..RULES };
    assert_eq!(paths(&document, &free), NONE);
    let strict = DocumentRules { top_text_required: true, ..free };
    assert_eq!(paths(&document, &strict), ["sections.0.text"], "of the first level alone");
}

#[test]
fn of_an_update_only_what_is_sent_is_checked() {
    let old = Document { kind: "x".repeat(101).into(), patient: None, title: "".into(), ..good() };
    let found: Vec<_> = check_document(&old, &RULES, false).into_iter().map(|problem| problem.path).collect();
    assert_eq!(found, ["title"], "type and patient stay what the source holds");
}

#[test]
fn codes_ids_and_times_are_checked_each_at_its_place() {
    let late =
        Period { start: Some(DateTime::parse("2026-11-22")), end: Some(DateTime::parse("2026-11-21")) };
    let found = with(|document| {
        document.status = DocumentStatus::EnteredInError;
        document.confidentiality = Some(Confidentiality::Low);
        document.date = Some(DateTime::parse("yesterday"));
        document.category = vec![" ".into()];
        let attester = |mode: &str, party: &str| Attester {
            mode: AttesterMode::parse(mode),
            time: None,
            party: Some(Reference::new(party)),
        };
        document.attesters = vec![attester("legal", "d1"), attester("", "d1"), attester("royal", "")];
        let relation = |code: &str, target: &str| RelatesTo {
            code: Relation::parse(code),
            target: Reference::new(target),
        };
        document.relates_to = vec![relation("replaces", ""), relation("mentions", "c1")];
        document.events = vec![Event { period: late, ..Event::default() }];
        document.sections[0].mode = Some(SectionMode::parse("hourly"));
        document.sections[0].resources = vec![Reference::new("o1"), Reference::new("")];
    });
    assert_eq!(
        found,
        [
            "status",
            "confidentiality",
            "date",
            "category.0",
            "attester.1.mode",
            "attester.2.mode",
            "attester.2.partyId",
            "relatesTo.0.targetId",
            "relatesTo.1.code",
            "event.0.period",
            "sections.0.mode",
            "sections.0.resourceIds.1",
        ]
    );
}

#[test]
fn depth_and_what_lower_levels_take_follow_the_system() {
    let mut document = good();
    let mut deep = section_of("B", "b");
    deep.mode = Some(SectionMode::Working);
    deep.sections = vec![section_of("C", "c")];
    deep.sections[0].sections = vec![section_of("D", "d")];
    document.sections[0].sections = vec![deep];
    assert_eq!(
        paths(&document, &RULES),
        ["sections.0.sections.0.mode", "sections.0.sections.0.sections.0"],
        "the highest section that stands too deep is named once"
    );
    let free = DocumentRules { levels: None, plain_below: false, ..RULES };
    assert_eq!(paths(&document, &free), NONE);
}

#[test]
fn the_size_is_that_of_the_json() {
    let mut document = good();
    document.encounter = Some(Reference::new("enc_1"));
    document.date = Some(DateTime::parse("2026-11-21T03:00:00Z"));
    document.confidentiality = Some(Confidentiality::Normal);
    document.category = vec!["ward".into(), "7".into()];
    document.attesters =
        vec![Attester { mode: AttesterMode::Legal, time: None, party: Some(Reference::new("d1")) }];
    document.relates_to = vec![RelatesTo { code: Relation::Signs, target: Reference::new("c1") }];
    let coding = Coding { code: Some("x".into()), ..Coding::default() };
    document.events = vec![Event { codings: vec![coding, Coding::default()], ..Event::default() }];
    document.sections[0].text = "\"\\\n\u{7}\u{7F}é\u{1F600}".to_owned();
    document.sections[0].code = Some("8648-8".into());
    document.sections[0].sections = vec![section_of("A", "a"), section_of("B", "")];
    let body = json!({
        "status": "preliminary", "type": "care-plan", "title": "Synthetic plan",
        "patientId": "pt_1", "practitionerId": "prac_1", "encounterId": "enc_1",
        "date": "2026-11-21T03:00:00Z", "confidentiality": "N", "category": ["ward", "7"],
        "attester": [{"mode": "legal", "partyId": "d1"}],
        "relatesTo": [{"code": "signs", "targetId": "c1"}],
        "event": [{"code": [{"code": "x"}, {}]}],
        "sections": [{
            "title": "Goals", "text": document.sections[0].text, "code": "8648-8",
            "sections": [{"title": "A", "text": "a"}, {"title": "B", "text": ""}],
        }],
    });
    assert_eq!(body_bytes(&document), body.to_string().len());
}

#[test]
fn what_the_source_has_let_stand_is_no_fault_of_a_change_unless_it_is_signed() {
    type Change = fn(&mut Document);
    let base = Document {
        status: DocumentStatus::Preliminary,
        title: String::new().into(),
        sections: vec![section_of("Goals", "Walk."), section_of("Diet", " ")],
        ..good()
    };
    let cases: [(Change, &[&str], &[&str]); 6] = [
        (|_| (), &[], &["title", "sections.1.text"]),
        (|document| document.sections[0].text.push_str(" Daily."), &[], &["title", "sections.1.text"]),
        // It is the same one, wherever it stands now.
        (|document| document.sections.swap(0, 1), &[], &["title", "sections.0.text"]),
        (
            |document| document.sections.push(section_of("Skin", "")),
            &["sections.2.text"],
            &["title", "sections.1.text"],
        ),
        (
            |document| document.sections[0].title = "".into(),
            &["sections.0.title"],
            &["title", "sections.1.text"],
        ),
        (|document| document.status = DocumentStatus::Final, &["sections.1.text"], &["title"]),
    ];
    for (change, to_correct, standing) in cases {
        let mut document = base.clone();
        change(&mut document);
        let lengths = [&base, &document].map(Lengths::of);
        let sorted = check_change((&base, &lengths[0]), (&document, &lengths[1]), &RULES);
        let paths = |problems: &[Problem]| -> Vec<String> {
            problems.iter().map(|problem| problem.path.clone()).collect()
        };
        assert_eq!((paths(&sorted.to_correct), paths(&sorted.standing)), {
            let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
            (owned(to_correct), owned(standing))
        });
    }
}
