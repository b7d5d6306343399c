//! Edits and their inverses, over trees and paths of every kind.

use super::*;
use crate::domain::{
    document::{DocumentField, SectionMode},
    people::Reference,
};
use proptest::prelude::*;

fn leaf(title: &str) -> Section {
    Section { title: title.into(), text: format!("Text of {title}."), ..Section::default() }
}

fn ward_round() -> Document {
    let mut course = leaf("Course");
    course.raw = Some(r#"{"x":1}"#.into());
    course.sections = vec![leaf("Day 1"), leaf("Day 2")];
    Document { sections: vec![leaf("Reason"), course, leaf("Plan")], ..Document::default() }
}

fn titles(document: &Document) -> String {
    let name = |row: &Row<'_>| format!("{}{}", "-".repeat(row.path.depth() - 1), row.section.title);
    rows(document).iter().map(name).collect::<Vec<_>>().join(" ")
}

fn path(steps: &[usize]) -> Path {
    Path::new(steps)
}

#[test]
fn sections_move_between_places_and_levels() {
    type Move = fn(&Document, &Path) -> Result<Edit, Refusal>;
    let cases: [(Move, &[usize], Result<&str, Refusal>); 11] = [
        (up, &[1], Ok("Course -Day 1 -Day 2 Reason Plan")),
        (up, &[0], Err(Refusal::Nowhere)),
        (down, &[1], Ok("Reason Plan Course -Day 1 -Day 2")),
        (down, &[1, 1], Err(Refusal::Nowhere)),
        (inward, &[2], Ok("Reason Course -Day 1 -Day 2 -Plan")),
        (inward, &[1], Ok("Reason -Course --Day 1 --Day 2 Plan")),
        (inward, &[0], Err(Refusal::Nowhere)),
        (outward, &[1, 0], Ok("Reason Course -Day 2 Day 1 Plan")),
        (outward, &[1], Err(Refusal::Nowhere)),
        (up, &[7, 7], Err(Refusal::NoSection)),
        (outward, &[], Err(Refusal::NoSection)),
    ];
    for (verb, at, expected) in cases {
        let mut document = ward_round();
        let moved = verb(&document, &path(at)).and_then(|edit| apply(&mut document, &edit));
        assert_eq!(moved.clone().map(|_| titles(&document)), expected.map(str::to_owned), "{at:?}");
        if let Ok(inverse) = moved {
            apply(&mut document, &inverse).unwrap();
        }
        assert_eq!(document, ward_round());
    }
}

#[test]
fn a_section_is_split_at_a_place_and_joined_again() {
    let mut document = ward_round();
    let split = Edit::split(path(&[1]), 5, "Later");
    let back = apply(&mut document, &split).unwrap();
    assert_eq!(titles(&document), "Reason Course -Day 1 -Day 2 Later Plan");
    assert_eq!(
        (&*document.sections[1].text, &*document.sections[2].text),
        ("Text ", "of Course."),
        "the text is cut, no letter is lost"
    );
    assert!(document.sections[1].raw.is_some() && document.sections[2].raw.is_none());
    apply(&mut document, &back).unwrap();
    assert_eq!(document, ward_round());

    let join = Edit::Join { at: path(&[1]), gap: "\n\n".into() };
    let back = apply(&mut document, &join).unwrap();
    assert_eq!(document.sections[1].text, "Text of Course.\n\nText of Plan.");
    apply(&mut document, &back).unwrap();
    assert_eq!(document, ward_round());

    for (edit, refusal) in [
        (Edit::split(path(&[1]), 999, ""), Refusal::NoPlace),
        (Edit::Join { at: path(&[2]), gap: "".into() }, Refusal::Nowhere),
        (Edit::Join { at: path(&[3]), gap: "".into() }, Refusal::NoSection),
        (Edit::Drop { at: path(&[]) }, Refusal::NoSection),
        (Edit::Move { from: path(&[1]), to: path(&[1, 0, 9]) }, Refusal::NoSection),
    ] {
        assert_eq!(apply(&mut document, &edit), Err(refusal));
        assert_eq!(document, ward_round(), "a refused edit changes nothing");
    }
}

#[test]
fn no_edit_makes_a_tree_that_is_too_deep() {
    let mut document = Document { sections: vec![leaf("1")], ..Document::default() };
    let mut steps = vec![0];
    for _ in 1..DEEPEST {
        steps.push(0);
        apply(&mut document, &Edit::Add { at: path(&steps), section: Box::default() }).unwrap();
    }
    steps.push(0);
    let deeper = Edit::Add { at: path(&steps), section: Box::default() };
    assert_eq!(apply(&mut document, &deeper), Err(Refusal::TooDeep));
}

#[test]
fn a_changed_text_is_kept_as_the_part_that_changed() {
    let mut document = ward_round();
    let edit = retext(&document, &path(&[0]), "Text of the Reason.").unwrap();
    let Edit::Text { byte, removed, inserted, .. } = &edit else { unreachable!() };
    assert_eq!((*byte, &**removed, &**inserted), (8, "", "the "));
    apply(&mut document, &edit).unwrap();
    assert_eq!(document.sections[0].text, "Text of the Reason.");
    assert_eq!(retext(&document, &path(&[0]), "Text of the Reason."), None);
}

#[test]
fn a_path_of_a_problem_leads_back_to_its_place() {
    let section = |steps: &[usize], part| Some(Spot::Section(path(steps), part));
    for (text, expected) in [
        ("sections.3.sections.0.title", section(&[3, 0], Some(SectionPart::Title))),
        ("sections[3].text", section(&[3], Some(SectionPart::Text))),
        ("body.sections.3", section(&[3], None)),
        ("sections.3.sections", section(&[3], Some(SectionPart::Sections))),
        ("sections.3.novel", section(&[3], None)),
        ("sections", Some(Spot::Header(DocumentField::Sections, String::new()))),
        ("attester.1.mode", Some(Spot::Header(DocumentField::Attester, "1.mode".to_owned()))),
        ("title", Some(Spot::Header(DocumentField::Title, String::new()))),
        ("novel.1", None),
        (
            "sections.99999999999999999999999.title",
            Some(Spot::Header(DocumentField::Sections, String::new())),
        ),
        ("", None),
    ] {
        assert_eq!(Spot::of(text), expected, "{text}");
    }
    assert_eq!(path(&[3, 0]).to_string(), "sections.3.sections.0");
}

#[test]
fn raw_keys_come_home_to_the_sections_they_belong_to() {
    let raw = |title: &str, key: &str| Section { raw: Some(key.into()), ..leaf(title) };
    let base = Document {
        raw: Some("{}".into()),
        sections: vec![raw("A", "a"), raw("B", "b"), raw("C", "c"), raw("D", "d")],
        ..Document::default()
    };
    let mut retold = leaf("D, told anew");
    retold.text = "All new.".to_owned();
    let renamed = Section { title: "Bee".into(), ..leaf("B") };
    let mut edited =
        Document { sections: vec![leaf("C"), renamed, leaf("A"), retold.clone()], ..Document::default() };
    adopt_raw(&mut edited, &base);
    let keys: Vec<_> = edited.sections.iter().map(|section| section.raw.as_deref()).collect();
    assert_eq!(keys, [Some("c"), Some("b"), Some("a"), Some("d")]);
    assert_eq!(edited.raw, base.raw);

    let mut grown = Document { sections: vec![leaf("A"), retold, leaf("Addendum")], ..Document::default() };
    adopt_raw(&mut grown, &base);
    assert_eq!(grown.sections[2].raw, None, "a new section has no keys of another");
}

#[test]
fn there_is_always_a_section_to_stand_on_while_there_is_one() {
    let document = ward_round();
    let near = |steps: &[usize]| nearest(&document, &path(steps)).map(|path| path.to_string());
    for (steps, expected) in [
        (&[1, 1][..], "sections.1.sections.1"),
        (&[1, 9], "sections.1.sections.1"),
        (&[0, 3], "sections.0"),
        (&[9, 9], "sections.2"),
        (&[], "sections.0"),
    ] {
        assert_eq!(near(steps).as_deref(), Some(expected), "{steps:?}");
    }
    assert_eq!(nearest(&Document::default(), &path(&[1])), None);
}

fn any_path() -> impl Strategy<Value = Path> {
    proptest::collection::vec(0_usize..4, 0..4).prop_map(Path::new)
}

fn any_section() -> impl Strategy<Value = Section> {
    let text = prop_oneof!["[a-z \n]{0,8}", "\\PC{0,6}", Just("\u{1F469}\u{200D}\u{2695}\r\0".to_owned())];
    (text, proptest::option::of("[{}a-z]{2}")).prop_map(|(text, raw)| Section {
        title: text.chars().take(3).collect::<String>().into(),
        text,
        raw: raw.map(Into::into),
        ..Section::default()
    })
}

fn any_tree() -> impl Strategy<Value = Section> {
    any_section().prop_recursive(3, 12, 3, |inner| {
        (any_section(), proptest::collection::vec(inner, 0..3))
            .prop_map(|(section, sections)| Section { sections, ..section })
    })
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let text = || prop_oneof![Just(String::new()), "[a-zé\u{1F600}]{0,3}"];
    prop_oneof![
        (any_path(), any_tree()).prop_map(|(at, section)| Edit::Add { at, section: Box::new(section) }),
        any_path().prop_map(|at| Edit::Drop { at }),
        (any_path(), any_path()).prop_map(|(from, to)| Edit::Move { from, to }),
        (any_path(), 0_usize..9, 0_usize..3, any_section()).prop_map(|(at, byte, child, next)| Edit::Split {
            at,
            byte,
            gap: "".into(),
            child,
            next: Box::new(Section { text: String::new(), ..next }),
        }),
        (any_path(), text()).prop_map(|(at, gap)| Edit::Join { at, gap: gap.into() }),
        (any_path(), 0_usize..9, text(), text()).prop_map(|(at, byte, removed, inserted)| Edit::Text {
            at,
            byte,
            removed: removed.into(),
            inserted: inserted.into(),
        }),
        (any_path(), text()).prop_map(|(at, title)| Edit::Title { at, title: title.into() }),
        any_path().prop_map(|at| Edit::Code { at, code: Some("8648-8".into()) }),
        any_path().prop_map(|at| Edit::Author { at, author: Some(Reference::new("d1")) }),
        any_path().prop_map(|at| Edit::Mode { at, mode: Some(SectionMode::Changes) }),
        any_path().prop_map(|at| Edit::Resources { at, resources: vec![Reference::new("o1")] }),
        (0_usize..14, any_tree()).prop_map(|(field, section)| {
            let value = Document {
                title: section.title.clone(),
                kind: "care-plan".into(),
                sections: vec![section],
                ..Document::default()
            };
            Edit::header(DocumentField::ALL[field], &value)
        }),
    ]
}

proptest! {
    #[test]
    fn any_edits_and_then_their_inverses_change_nothing(
        sections in proptest::collection::vec(any_tree(), 0..4),
        edits in proptest::collection::vec(any_edit(), 0..24),
    ) {
        let first = Document { title: "Synthetic".into(), sections, ..Document::default() };
        let mut document = first.clone();
        let mut undo = Vec::new();
        for edit in &edits {
            let before = document.clone();
            if let Ok(inverse) = apply(&mut document, edit) {
                    let after = document.clone();
                    let again = apply(&mut document, &inverse).expect("an inverse is never refused");
                    prop_assert_eq!(&document, &before);
                    apply(&mut document, &again).expect("nor is the inverse of an inverse");
                    prop_assert_eq!(&document, &after);
                    undo.push(inverse);
            } else {
                prop_assert_eq!(&document, &before, "a refused edit changes nothing");
            }
        }
        for inverse in undo.iter().rev() {
            apply(&mut document, inverse).expect("an inverse is never refused");
        }
        prop_assert_eq!(document, first);
    }

    #[test]
    fn retexting_gives_the_text(old in "\\PC{0,12}", new in "\\PC{0,12}") {
        let section = Section { text: old, ..Section::default() };
        let mut document = Document { sections: vec![section], ..Document::default() };
        if let Some(edit) = retext(&document, &Path::new([0]), &new) {
            apply(&mut document, &edit).expect("the edit was made for this text");
        }
        prop_assert_eq!(&document.sections[0].text, &new);
    }

    #[test]
    fn any_text_is_read_as_a_path_without_harm(text in "[a-z0-9.\\[\\]]{0,24}") {
        let _ = Spot::of(&text);
    }
}
