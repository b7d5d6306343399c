//! The bounds of a document on the screen and by the command: each passes at its last value and is refused beyond it,
//! at its place.
//!
//! Must not set anything in the editor but by keys and pastes.

use super::{Desk, Ward, writer::Program};
use rounds::{app::layers::Layer, domain::outline::Spot};
use std::fmt::Write;

/// The largest body of a document that ClinikAPI takes, in bytes.
const MOST_BODY_BYTES: usize = 1_048_576;

impl Desk<'_> {
    /// Where something is wrong, and what: `21 text`, `1 title`.
    fn places(&self) -> Vec<String> {
        let place = |spot: &Option<Spot>| match spot {
            Some(Spot::Section(path, part)) => format!("{path} {}", part.map_or("", |part| part.name())),
            other => format!("{other:?}"),
        };
        self.editor().check.found.iter().map(|located| place(&located.spot).trim().to_owned()).collect()
    }

    /// Pastes another text over all of the section under the cursor.
    fn rewrite(&mut self, text: &str) {
        self.press("Enter ctrl-Home ctrl-t ctrl-End");
        self.paste(text);
        self.press("Esc");
    }
}

#[tokio::test]
async fn each_bound_is_refused_beyond_its_last_value_on_the_screen_at_its_place() {
    let ward = Ward::with_tasks(12).await;
    let patients = ward.rows("clinikapi", "patients").await;
    let patient = patients[0]["id"].as_str().unwrap();
    let mut desk = Desk::loaded(&ward).await;
    desk.begin_document().await;
    desk.press("h");
    for (label, text) in [
        ("Type", "care-plan"),
        ("Title", "Synthetic bounds"),
        ("Patient", patient),
        ("Author", "prac_intern"),
    ] {
        desk.type_field(label, text);
    }
    desk.press("F2");
    // The source names the patient first.
    desk.settle().await;
    assert!(desk.state.layers.is_empty(), "the header is taken: {:?}", desk.state.layers.last());
    desk.press("e");
    desk.type_field("Title", &"t".repeat(201));
    desk.press("F2");
    desk.rewrite(&"x".repeat(50_000));
    desk.press("Enter");
    desk.write("y");
    desk.press("Esc");
    for place in 2..=51 {
        desk.press("o");
        desk.write("S");
        desk.press("Enter");
        desk.rewrite(&"x".repeat(if place <= 21 { 50_000 } else { 1 }));
    }
    desk.press("s");
    let all = ["sections.0 title", "sections.0 text", "sections.50", "sections.20"];
    let mut wanted = all.map(str::to_owned);
    let mut found = desk.places();
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted);
    assert!(desk.heard("4 things to correct"), "{:?}", desk.said);
    assert_eq!(desk.editor().at.to_string(), "sections.50", "the cursor is at the first");

    // The list names every place, and the jumps go there one by one.
    desk.press("!");
    let Some(Layer::Pick(told)) = desk.state.layers.last() else { panic!("no list") };
    let told = format!("{:?}", told.choices);
    for words in ["201 characters", "50001 characters", "51 sections", "21 S: The document has"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    desk.press("Esc");
    for _ in 0..4 {
        desk.press("]e");
        let place = desk.editor().at.to_string();
        let is_title = matches!(desk.state.layers.last(), Some(Layer::DocForm(_)));
        let here = wanted.iter().position(|known| {
            known.starts_with(&place) && known.ends_with("title") == is_title && !known.is_empty()
        });
        wanted[here.unwrap_or_else(|| panic!("{place} is none of {wanted:?}"))].clear();
        if is_title {
            desk.press("Esc");
        }
    }

    // Each goes with the one letter, or section, that is too much.
    desk.press("gg e");
    desk.type_field("Title", &"t".repeat(200));
    desk.press("F2 Enter ctrl-End Backspace Esc");
    desk.press("G x");
    desk.press("]e");
    assert_eq!(desk.places(), ["sections.20"]);
    desk.press("gg");
    (0..20).for_each(|_| desk.press("j"));
    desk.rewrite("x");
    let bytes = desk.editor().check.lengths.body();
    desk.rewrite(&"x".repeat(MOST_BODY_BYTES - bytes + 2));
    desk.press("s");
    assert_eq!(desk.places(), ["sections.49"], "one byte too many: the last has no room");
    assert_eq!(desk.editor().at.to_string(), "sections.49");
    desk.press("gg");
    (0..20).for_each(|_| desk.press("j"));
    desk.press("Enter Backspace Esc");
    assert_eq!(desk.editor().check.lengths.body(), MOST_BODY_BYTES);
    assert_eq!(ward.requests("POST").await.len(), 0, "nothing was sent so far");
    desk.send_document("").await;
    let rows = ward.rows("clinikapi", "documents").await;
    let row = rows.iter().find(|row| row["title"] == "Synthetic bounds").expect("the last value is taken");
    let sections = row["sections"].as_array().unwrap();
    let length = |text: &serde_json::Value| text.as_str().unwrap().len();
    assert_eq!(
        (sections.len(), length(&sections[0]["title"]), length(&sections[0]["text"])),
        (50, 200, 50_000)
    );
}

/// Sections of a file: the title and the text of each.
type Sections<'a> = Vec<(&'a str, &'a str)>;

/// A file of sections with these titles and texts.
fn file(sections: &[(&str, &str)]) -> String {
    let mut file = "+++\ntype = \"care-plan\"\ntitle = \"Synthetic bounds\"\npatientId = \"pt_1\"\n\
                    practitionerId = \"prac_intern\"\ndate = \"2026-11-21\"\n+++\n"
        .to_owned();
    for (title, text) in sections {
        writeln!(file, "# {title}\n{text}").unwrap();
    }
    file
}

#[tokio::test]
async fn each_bound_is_refused_beyond_its_last_value_by_the_command_at_its_line() {
    let ward = Ward::with_tasks(12).await;
    let program = Program::new(&ward);
    let text = |length: usize| "x".repeat(length);
    let (title, long) = (text(201), text(50_001));
    let mut full = vec![("S", &long[1..]); 20];
    let (_, said, _) = program.run(&["doc", "check", "-"], &file(&[&full[..], &[("S", "x")]].concat())).await;
    let bytes: usize = said.split(", ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let rest = text(MOST_BODY_BYTES - bytes + 2);
    full.push(("S", &rest));
    let fits = [&full[..20], &[("S", &rest[1..])]].concat();
    // The front matter has 7 lines, each section two.
    let cases: [(&str, Sections<'_>, Sections<'_>, &str); 4] = [
        ("sections.50:", vec![("S", "x"); 50], vec![("S", "x"); 51], "108:1"),
        ("sections.0.title:", vec![(&title[1..], "x")], vec![(&title, "x")], "8:3"),
        ("sections.1.text:", vec![("S", "x"), ("S", &long[1..])], vec![("S", "x"), ("S", &long)], "11:1"),
        ("sections.20:", fits, full.clone(), "48:1"),
    ];
    let over = [("S", &long[1..]); 21];
    let (code, said, _) = program.run(&["doc", "check", "-"], &file(&over)).await;
    assert!(code == 2 && said.starts_with("stdin:48:1: sections.20: The document has"), "{said}");
    for (place, last, beyond, line) in cases {
        let (code, said, _) = program.run(&["doc", "check", "-"], &file(&beyond)).await;
        assert_eq!((code, said.lines().count()), (2, 1), "{place}: {said}");
        assert!(said.starts_with(&format!("stdin:{line}")) && said.contains(place), "{place}: {said}");
        let before = ward.requests("POST").await.len();
        let (code, _, posted) = program.run(&["doc", "post", "-"], &file(&beyond)).await;
        assert_eq!((code, posted.contains(place)), (2, true), "{place}: {posted}");
        assert_eq!(ward.requests("POST").await.len(), before, "{place}: nothing is sent");
        let (code, said, _) = program.run(&["doc", "check", "-"], &file(&last)).await;
        assert_eq!(code, 0, "{place}: {said}");
        let (code, _, complaint) = program.run(&["doc", "post", "-"], &file(&last)).await;
        assert_eq!(code, 0, "{place}: {complaint}");
    }
    let rows = ward.rows("clinikapi", "documents").await;
    assert_eq!(rows.iter().filter(|row| row["title"] == "Synthetic bounds").count(), 4);
}
