//! Templates: the shipped ones are whole, values go in, prompts do not, and what is wrong has its place.

use super::*;
use crate::domain::{check::units, outline, people::Person, people::PersonKind, task::Task, time::DateTime};
use jiff::{Timestamp, tz::TimeZone};

fn values() -> Values {
    let now: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
    let person = |kind, full: &str| Person {
        kind,
        id: "p1".into(),
        family: "".into(),
        given: "".into(),
        full: full.into(),
        birth_date: Some(DateTime::parse("1971-03-02")),
        active: true,
        replaced_by: None,
        about: None,
    };
    let task = Task { description: Some("Call\nback".into()), ..Task::default() };
    let patient = person(PersonKind::Patient, "Ana Synthetic");
    let doctor = person(PersonKind::Practitioner, "Dr Ben Synthetic");
    Values::of(Some(&task), Some(&patient), Some(&doctor), now, &TimeZone::UTC)
}

#[test]
fn every_shipped_template_is_whole_and_leaves_no_brace_behind() {
    for (name, text) in SHIPPED {
        let (template, flaws) = Template::parse(name, text);
        assert_eq!(flaws, [], "{name}");
        assert_ne!(template.about, template.name, "{name} says what it is for");
        for values in [values(), Values::default()] {
            let filled = template.fill(&values);
            assert!(!filled.document.title.is_empty() && units(&filled.document.title) <= 500, "{name}");
            assert!((1..=50).contains(&filled.document.sections.len()), "{name}");
            for row in outline::rows(&filled.document) {
                assert!(row.path.depth() <= 2, "{name}: every system takes two levels");
                assert!(!row.section.title.is_empty() && units(&row.section.title) <= 200, "{name}");
                assert!(!format!("{}{}", row.section.title, row.section.text).contains(['{', '}']), "{name}");
                let prompt = filled.prompts.get(&row.path).expect("every section says what belongs there");
                assert!(!row.section.text.contains(&**prompt), "{name}: a prompt is no text");
            }
        }
    }
}

#[test]
fn values_go_into_titles_and_texts_and_lines_without_one_are_left_out() {
    let text = "type = \"x\"\ntitle = \"Letter: {patient.name} ({task.title})\"\n[[section]]\ntitle = \"A\"\n\
                text = \"Born {patient.birthDate}.\\nIn {encounter.id}.\\n{{kept}\\n\\n\"\n";
    let (template, flaws) = Template::parse("letter", text);
    assert_eq!(flaws, []);
    let filled = template.fill(&values()).document;
    assert_eq!(&*filled.title, "Letter: Ana Synthetic (Call back)");
    assert_eq!(filled.sections[0].text, "Born 1971-03-02.\n{kept}");
    let bare = template.fill(&Values::default()).document;
    assert_eq!((&*bare.title, &*bare.sections[0].text), ("Letter", "{kept}"));
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    for (text, expected) in [
        ("type = \"x\"\ntitle = \"y\"\n", "1:1: A template needs at least one [[section]]."),
        (
            "type = \"x\"\ntitle = \"{patient.nam}\"\n[[section]]\ntitle = \"A\"\n",
            "2:9: There is no value {patient.nam}; did you mean {patient.name}?",
        ),
        (
            "type = \"x\"\ntitle = \"{\"\n[[section]]\ntitle = \"A\"\n",
            "2:9: There is no value {}; a brace itself is written {{.",
        ),
        (
            "type = \"x\"\ntitle = \"y\"\n[[section]]\ntitle = \"A\"\nprompts = \"\"\n",
            "5:1: There is no prompts here; did you mean prompt?",
        ),
        ("type = \"x\"\ntitle = \"y\"\n[[section]]\ncode = \"A\"\n", "3:1: title is required here."),
    ] {
        let flaws: Vec<String> = Template::parse("x", text).1.iter().map(ToString::to_string).collect();
        assert_eq!(flaws, [expected], "{text}");
    }
    assert!(!Template::parse("x", "= 3").1.is_empty());
}
