//! Both ways: nothing is lost, whatever stands in a text, and what is wrong has its place.

use super::*;
use crate::domain::{
    document::{
        Attester, AttesterMode, Coding, Confidentiality, DocumentKey, DocumentStatus, Event, RelatesTo,
        Relation, Section, SectionMode,
    },
    people::Reference,
    task::{Period, SourceId},
    time::DateTime,
};
use proptest::prelude::*;

/// Texts that break a careless file: markup of ours, ends of lines, what nobody sees, what turns text round.
pub(crate) const HOSTILE: [&str; 44] = [
    "",
    " ",
    "\n",
    "\n\n",
    " \n",
    "\\",
    "\\\\",
    "\\n",
    "a\n",
    "\na",
    "a \n b\t",
    "# x",
    "#",
    "#x",
    "###### x",
    "\\# x",
    "---",
    "+++",
    "```\n# x\n```",
    "<!-- x -->",
    "<!--",
    "-->",
    "<!-- section\ncode = \"x\"\n-->",
    "a <!-- b --> c",
    "a\r\nb\r\n",
    "a\rb",
    "\r",
    "\0",
    "\u{1B}[31mred\u{7}",
    "\u{7F}\u{80}\u{85}",
    "\u{202E}abc\u{202C}",
    "\u{2066}x\u{2069}\u{200E}\u{200F}",
    "\u{FEFF}bom",
    "\u{2028}\u{2029}",
    "&",
    "&#",
    "&#13;",
    "&#38;#13;",
    "&amp;#",
    "&#x41;&#99999999;&#xD800;&#;",
    "e\u{301}\u{1F469}\u{200D}\u{2695}\u{FE0F}",
    "\u{A0}a\u{A0}",
    "\u{200B}\u{AD}\u{34F}",
    "\u{E000}\u{10FFFF}\u{FFFE}",
];

fn full() -> Document {
    let coding = |code: &str| Coding {
        system: Some("http://loinc.org".into()),
        code: Some(code.into()),
        display: Some("\"quoted\" \\ name".into()),
    };
    let mut section = Section {
        title: "Hospital course".into(),
        code: Some("8648-8".into()),
        text: "Day 1.\n\nDay 2.".to_owned(),
        resources: vec![Reference::new("Observation/1"), Reference::new("o2").with_display("K+ 6.8")],
        author: Some(Reference::new("prac_2")),
        mode: Some(SectionMode::Snapshot),
        ..Section::default()
    };
    section.sections =
        vec![Section { title: "Below".into(), sections: vec![Section::default()], ..Section::default() }];
    Document {
        key: DocumentKey { source: SourceId(0), id: "doc_1".into() },
        status: DocumentStatus::Amended,
        kind: "discharge-summary".into(),
        kind_codings: vec![coding("18842-5"), Coding::default()],
        title: "Synthetic \u{202E} title".into(),
        patient: Some(Reference::new("Patient/pt_1").with_display("Ana Synthetic")),
        practitioner: Some(Reference::new("prac_1")),
        more_authors: vec![Reference::new("prac_3"), Reference::new("")],
        encounter: Some(Reference::new("enc_1")),
        date: Some(DateTime::parse("2026-11-21T03:00:00Z")),
        confidentiality: Some(Confidentiality::VeryRestricted),
        category: vec!["ward 7".into(), "".into()],
        custodian: Some(Reference::new("org_1")),
        attesters: vec![
            Attester {
                mode: AttesterMode::Legal,
                time: Some(DateTime::parse("2026-11-21T04:00:00Z")),
                party: Some(Reference::new("prac_1")),
            },
            Attester { mode: AttesterMode::parse("novel"), time: None, party: None },
        ],
        relates_to: vec![RelatesTo { code: Relation::Replaces, target: Reference::new("doc_0") }],
        events: vec![
            Event {
                codings: vec![coding("x"), Coding::default()],
                period: Period { start: Some(DateTime::parse("2026-11-20")), end: Some(DateTime::parse("")) },
                details: vec![Reference::new("Encounter/1")],
            },
            Event::default(),
        ],
        sections: vec![section, Section { title: "Plan".into(), ..Section::default() }],
        last_modified: Some(DateTime::parse("2026-11-21T05:00:00Z")),
        version: Some("3".into()),
        raw: None,
        defects: Vec::new(),
    }
}

fn page(document: Document) -> Page {
    Page { source: Some("clinic".into()), base: Some("cafe".into()), document }
}

#[track_caller]
fn comes_back(page: &Page) {
    let text = write(page);
    let reading = read(&text);
    assert_eq!(reading.flaws, [], "{text}");
    assert_eq!(reading.page, *page, "{text}");
    // An editor that ends its lines in its own way, or marks the file's bytes, changes no word.
    let foreign = format!("\u{FEFF}{}", text.replace('\n', "\r\n"));
    assert_eq!(read(&foreign).page, *page, "{foreign:?}");
}

#[test]
fn a_document_with_everything_comes_back() {
    comes_back(&page(full()));
    comes_back(&Page::default());
}

#[test]
fn hostile_texts_come_back_byte_for_byte_wherever_they_stand() {
    for one in HOSTILE {
        for other in HOSTILE {
            let section =
                |title: &str, text: String| Section { title: title.into(), text, ..Section::default() };
            let mut outer = section(one, format!("{other}{one}"));
            outer.code = Some(one.into());
            outer.sections = vec![section(other, one.to_owned())];
            let document = Document {
                title: one.into(),
                kind: other.into(),
                sections: vec![outer, section("", format!("{one}\n{other}"))],
                ..Document::default()
            };
            comes_back(&Page { document, ..Page::default() });
        }
    }
}

#[test]
fn a_file_of_a_document_reads_like_one_that_a_person_wrote() {
    let document = Document { title: "Synthetic".into(), kind: "care-plan".into(), ..full() };
    let document =
        Document { attesters: vec![], relates_to: vec![], events: vec![], kind_codings: vec![], ..document };
    let text =
        write_prompted(&page(document), |path| (path.depth() == 2).then_some("What happened --> when?"));
    let expected = r#"+++
source = "clinic"
id = "doc_1"
version = "3"
lastModified = "2026-11-21T05:00:00Z"
base = "cafe"
status = "amended"
type = "care-plan"
title = "Synthetic"
patientId = { id = "Patient/pt_1", name = "Ana Synthetic" }
practitionerId = "prac_1"
moreAuthorIds = ["prac_3", { id = "" }]
encounterId = "enc_1"
date = "2026-11-21T03:00:00Z"
confidentiality = "V"
category = ["ward 7", ""]
custodianId = "org_1"
+++

# Hospital course
<!-- section
code = "8648-8"
authorId = "prac_2"
mode = "snapshot"
resourceIds = ["Observation/1", { id = "o2", name = "K+ 6.8" }]
-->

Day 1.

Day 2.

## Below
<!-- What happened - -> when? -->

###

# Plan
"#;
    assert_eq!(text, expected);
}

#[test]
fn a_file_by_hand_is_read_as_meant() {
    let text = "\n+++\ntype = \"care-plan\"\ndate = 2026-11-21T03:00:00Z\ncategory = [\"a\"]\n+++\n\n# Goals\n<!-- What does\nthe patient want? -->\n\n\nWalk.  \n\\# not a heading\n#nor this\n\n\n## Steps\n\nOne &#38; two.\n# End";
    let Reading { page, flaws, .. } = read(text);
    assert_eq!(flaws, []);
    let document = page.document;
    assert_eq!(document.status, DocumentStatus::Preliminary);
    assert_eq!(document.date.as_ref().map(DateTime::raw), Some("2026-11-21T03:00:00Z"));
    assert_eq!(document.sections[0].text, "Walk.  \n# not a heading\n#nor this");
    assert_eq!(document.sections[0].sections[0].text, "One & two.");
    assert_eq!((&*document.sections[1].title, &*document.sections[1].text), ("End", ""));
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    for (text, expected) in [
        ("# A\n", "1:1: A document begins with its front matter: TOML between two lines of +++."),
        (
            "---\ntitle: x\n---\n",
            "1:1: A document begins with its front matter: TOML between two lines of +++.",
        ),
        ("+++\ntitle = \"x\"\n", "1:1: The front matter has no end: a line of +++ closes it."),
        ("+++\ntitel = \"x\"\n+++\n", "2:1: There is no titel here; did you mean title?"),
        ("+++\n\ntitle = 3\n+++\n", "3:9: This is a text: write it in quotes, not as integer."),
        ("+++\nattester = 3\n+++\n", "2:12: attester is a list: write it in brackets."),
        (
            "+++\n[[attester]]\nmood = \"x\"\n+++\n",
            "3:1: There is no mood here; there are mode, time, partyId.",
        ),
        (
            "+++\n+++\nHello\n",
            "3:1: This text stands in no section: begin one with a heading, such as # Title.",
        ),
        ("+++\n+++\n# A\n### B\n", "4:1: This heading is of level 3; here it can be of level 2 at most."),
        (
            "+++\n+++\n# A\n<!-- b\n",
            "4:1: This comment has no end: --> closes it. A text that begins so is \\<!--.",
        ),
        (
            "+++\n+++\n# A\n<!-- b --> c\n",
            "4:1: Text stands behind a comment on its line: begin a new line for it.",
        ),
        (
            "+++\n+++\n# A\nb\n<!-- section\n-->\n",
            "5:1: The fields of a section stand once, directly beneath its heading.",
        ),
        (
            "+++\n+++\n# A\n<!-- section\nmode = true\n-->\n",
            "5:8: This is a text: write it in quotes, not as boolean.",
        ),
    ] {
        let flaws: Vec<String> = read(text).flaws.iter().map(Flaw::to_string).collect();
        assert_eq!(flaws, [expected], "{text:?}");
    }
    let broken = read("+++\ntitle = \"x\nstatus = \n+++\n# A\n").flaws;
    assert!(broken[0].place.line == 2 && broken[0].sentence.starts_with("This is not TOML: "), "{broken:?}");
}

#[test]
fn a_problem_of_the_document_has_a_place_in_the_file() {
    let text = write(&page(full()));
    let reading = read(&text);
    let line = |path: &str| text.lines().nth(reading.place(path).line - 1).unwrap_or_default();
    for (path, expected) in [
        ("title", "title = \"Synthetic \\u202E title\""),
        ("attester.1.mode", "mode = \"novel\""),
        ("relatesTo.0.targetId", "targetId = \"doc_0\""),
        ("event.0.period", "period = { start = \"2026-11-20\", end = \"\" }"),
        ("sections.0.title", "# Hospital course"),
        ("sections.0.text", "Day 1."),
        ("sections.0.mode", "mode = \"snapshot\""),
        ("sections.0.sections.0.sections.0.text", "###"),
        ("sections.1.text", "# Plan"),
        ("sections.50", "+++"),
        ("custodian.novel", "+++"),
    ] {
        assert_eq!(line(path), expected, "{path}");
    }
}

#[test]
fn two_documents_that_say_the_same_have_one_fingerprint() {
    let one = full();
    let newer = Document { version: Some("4".into()), raw: Some("{}".into()), ..full() };
    assert_eq!(fingerprint(&one), fingerprint(&newer));
    let mut other = full();
    other.sections[0].text.push(' ');
    assert_ne!(fingerprint(&one), fingerprint(&other));
}

fn any_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        proptest::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
        "[#\\\\<!> \n\ra-c&;0-9-]{0,8}",
        "\\PC{0,6}",
        any::<String>(),
    ];
    proptest::collection::vec(part, 0..4).prop_map(|parts| parts.concat())
}

fn any_section() -> impl Strategy<Value = Section> {
    let leaf = (any_text(), any_text(), proptest::option::of(any_text()), proptest::option::of(any_text()))
        .prop_map(|(title, text, code, mode)| Section {
            title: title.into(),
            text,
            code: code.clone().map(Into::into),
            author: code.map(|id| Reference::new(&id)),
            mode: mode.as_deref().map(SectionMode::parse),
            resources: mode.iter().map(|id| Reference::new(id).with_display(id)).collect(),
            ..Section::default()
        });
    leaf.prop_recursive(3, 9, 3, |inner| {
        (inner.clone(), proptest::collection::vec(inner, 0..3))
            .prop_map(|(section, sections)| Section { sections, ..section })
    })
}

proptest! {
    #[test]
    fn any_document_comes_back(
        sections in proptest::collection::vec(any_section(), 0..4),
        head in proptest::collection::vec(any_text(), 6),
    ) {
        let reference = |index: usize| Reference::new(&head[index]);
        let document = Document {
            title: head[0].clone().into(),
            kind: head[1].clone().into(),
            status: DocumentStatus::parse(&head[2]),
            patient: Some(reference(3).with_display(&head[4])),
            encounter: Some(reference(4)),
            category: head.iter().map(|text| text.as_str().into()).collect(),
            attesters: vec![Attester {
                mode: AttesterMode::parse(&head[5]),
                time: Some(DateTime::parse(&head[0])),
                party: Some(reference(1)),
            }],
            relates_to: vec![RelatesTo { code: Relation::parse(&head[1]), target: reference(2) }],
            sections,
            ..Document::default()
        };
        comes_back(&Page { document, ..Page::default() });
    }

    #[test]
    fn any_file_is_read_without_harm_and_settles_at_once(
        text in any_text(),
        lines in proptest::collection::vec(any_text(), 0..6),
        head in "[a-zI=\"\\[\\]{} .\n]{0,20}",
    ) {
        for text in [text, format!("+++\n{head}\n+++\n{}", lines.join("\n# x\n"))] {
            let reading = read(&text);
            let written = write(&reading.page);
            let again = read(&written);
            prop_assert_eq!(&again.flaws, &[]);
            prop_assert_eq!(&again.page, &reading.page);
            prop_assert_eq!(write(&again.page), written);
        }
    }
}
