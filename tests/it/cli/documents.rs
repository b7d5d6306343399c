//! Documents as files: begun, checked, posted and read again, with the store to compare with.

use super::ward::{Said, Ward, text};
use serde_json::{Value, json};
use std::{fmt::Write, fs};

/// A body with every field of the contract, fifty sections and two levels.
fn full(patient: &str) -> Value {
    let mut sections = vec![json!({
        "title": "Hospital course", "code": "8648-8", "text": "Well <now> & home.\n# no heading\n\\ \u{1F469}\u{200D}\u{2695}\n",
        "resourceIds": ["Condition/1", "o2"], "authorId": "prac_intern", "mode": "snapshot",
        "sections": [{"title": "Complications", "code": "x", "text": "None."}, {"title": "Other", "text": "-"}],
    })];
    sections.extend((1..50).map(|place| json!({"title": format!("Section {place}"), "text": "Synthetic."})));
    json!({
        "status": "final", "type": "discharge-summary", "title": "Synthetic summary", "patientId": patient,
        "practitionerId": "prac_registrar", "encounterId": "enc_1", "date": "2026-11-21T03:00:00Z",
        "confidentiality": "V", "category": ["Inpatient", "Ward 4C"], "custodianId": "org_1",
        "attester": [
            {"mode": "legal", "time": "2026-11-21T03:00:00Z", "partyId": "prac_registrar"},
            {"mode": "official"},
        ],
        "relatesTo": [{"code": "replaces", "targetId": "doc_0"}, {"code": "appends", "targetId": "doc_9"}],
        "event": [{
            "code": [{"system": "s", "code": "IMP", "display": "inpatient"}],
            "period": {"start": "2026-11-15", "end": "2026-11-21"},
            "detailIds": ["Encounter/enc_1"],
        }],
        "sections": sections,
    })
}

/// The same as a person writes it.
fn file_of(body: &Value) -> String {
    let mut file = format!(
        r#"+++
source = "clinic"
status = "final"
type = "discharge-summary"
title = "Synthetic summary"
patientId = {}
practitionerId = "prac_registrar"
encounterId = "enc_1"
date = 2026-11-21T03:00:00Z
confidentiality = "V"
category = ["Inpatient", "Ward 4C"]
custodianId = "org_1"

[[attester]]
mode = "legal"
time = "2026-11-21T03:00:00Z"
partyId = "prac_registrar"

[[attester]]
mode = "official"

[[relatesTo]]
code = "replaces"
targetId = "doc_0"

[[relatesTo]]
code = "appends"
targetId = "doc_9"

[[event]]
code = [{{ system = "s", code = "IMP", display = "inpatient" }}]
period = {{ start = "2026-11-15", end = "2026-11-21" }}
detailIds = ["Encounter/enc_1"]
+++

# Hospital course
<!-- section
code = "8648-8"
authorId = "prac_intern"
mode = "snapshot"
resourceIds = ["Condition/1", "o2"]
-->
<!-- a remark that is not sent -->

Well <now> & home.
\# no heading
\\ {}
\

## Complications
<!-- section
code = "x"
-->
None.

## Other
-
"#,
        body["patientId"], "\u{1F469}\u{200D}\u{2695}"
    );
    for place in 1..50 {
        writeln!(file, "\n# Section {place}\nSynthetic.").unwrap();
    }
    file
}

fn post(ward: &Ward, file: &str, flags: &[&str]) -> Said {
    let path = ward.home().join("document.md");
    fs::write(&path, file).unwrap();
    ward.run(&[&["doc", "post", path.to_str().unwrap()], flags].concat())
}

fn stored(ward: &Ward, id: &str) -> Value {
    ward.store("documents").into_iter().find(|row| text(row, "id") == id).expect("it is in the store")
}

/// The id of the document that a post has made.
fn made(said: &Said) -> String {
    assert_eq!(said.code, 0, "{said:?}");
    said.out.split_whitespace().next().unwrap().strip_prefix("clinic/").unwrap().to_owned()
}

fn patient(ward: &Ward) -> String {
    text(&ward.store("patients")[0], "id").to_owned()
}

#[test]
fn a_file_with_everything_is_in_the_store_field_for_field_and_comes_back_as_a_file() {
    let ward = Ward::open();
    let body = full(&patient(&ward));
    let file = file_of(&body);
    let refused = post(&ward, &file, &[]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("Add --sign"), "{refused:?}");
    let before = ward.store("documents").len();
    let rehearsed = post(&ward, &file, &["--dry-run"]);
    assert!(rehearsed.code == 0 && rehearsed.out.contains("POST /v1/documents"), "{rehearsed:?}");
    assert_eq!(ward.store("documents").len(), before);

    let id = made(&post(&ward, &file, &["--sign"]));
    let row = stored(&ward, &id);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(row.get(name), Some(value), "{name}");
    }
    let shown = ward.run(&["doc", "show", &format!("clinic/{id}"), "--json"]).json();
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(shown.get(name), Some(value), "{name} as shown");
    }
    let read = ward.run(&["doc", "show", &id]);
    assert!(read.code == 0 && read.out.contains("1.1. Complications (x)"), "{read:?}");

    let again = ward.run(&["doc", "show", &id, "--markdown"]).out;
    let addendum = again
        .replace("status = \"final\"", "status = \"amended\"")
        .replace("# Section 49\n\nSynthetic.", "# Section 49\n\nSynthetic, and read again.");
    let amended = post(&ward, &addendum, &["--sign", "--json"]);
    assert_eq!(amended.code, 0, "{amended:?}");
    assert_eq!(amended.json()["document"]["status"], "amended");
    let row = stored(&ward, &id);
    let mut wanted = body["sections"].clone();
    wanted[49]["text"] = json!("Synthetic, and read again.");
    assert_eq!((&row["sections"], &row["status"]), (&wanted, &json!("amended")));

    let stale = post(&ward, &addendum.replace("read again", "read thrice"), &["--sign"]);
    assert_eq!(stale.code, 4, "what changed meanwhile is not written over: {stale:?}");
    assert_eq!(stored(&ward, &id)["sections"], wanted);
}

#[test]
fn problems_are_told_with_line_and_column_and_nothing_is_sent() {
    let ward = Ward::open();
    let file = "+++\nstatus = \"final\"\ntype = \"\"\ntitle = \"T\"\npatientId = \"p\"\npractitionerId = \"d\"\n\n\
                [[attester]]\ntime = \"soon\"\n+++\n\n# A\n\ntext\n\n# B\n";
    let path = ward.home().join("d.md");
    fs::write(&path, file).unwrap();
    let name = path.to_str().unwrap();
    let said = ward.run(&["doc", "check", name]);
    let lines: Vec<String> = said.out.lines().map(|line| line.replace(name, "F")).collect();
    assert_eq!(said.code, 2, "{said:?}");
    assert_eq!(lines.len(), 4, "{lines:?}");
    for (line, start) in lines.iter().zip([
        "F:3:8: type: The document needs a type.",
        "F:8:",
        "F:9:8: attester.0.time: This is not a time",
        "F:16:1: sections.1.text: The section needs a text.",
    ]) {
        assert!(line.starts_with(start), "{line}");
    }
    let as_json = ward.run(&["doc", "check", name, "--json"]);
    assert_eq!(as_json.json()[0]["line"], 3, "{as_json:?}");
    let posted = post(&ward, file, &["--sign"]);
    assert!(posted.code == 2 && posted.err.contains(":16:1: sections.1.text:"), "{posted:?}");
    let broken = ward.run_with(&["doc", "check", "-"], "+++\ntitle = \n+++\n");
    assert!(broken.code == 2 && broken.out.starts_with("stdin:2:"), "{broken:?}");
    let fine = "+++\ntype = \"x\"\ntitle = \"T\"\npatientId = \"p\"\npractitionerId = \"d\"\n+++\n# A\nB\n";
    let fine = ward.run_with(&["doc", "check", "-"], fine);
    assert!(fine.code == 0 && fine.out.contains("nothing is wrong; 1 section,"), "{fine:?}");
}

#[test]
fn a_template_is_filled_from_a_task_and_its_prompts_are_never_sent() {
    let ward = Ward::open();
    let tasks = ward.store("tasks");
    let task = tasks.iter().find(|task| task.get("patientId").is_some()).unwrap();
    let id = format!("clinic/{}", text(task, "id"));
    let begun = ward.run(&["doc", "new", "--template", "discharge-summary", "--task", &id]);
    assert_eq!(begun.code, 0, "{begun:?}");
    assert!(begun.out.contains(&format!("id = \"{}\", name = ", text(task, "patientId"))), "{begun:?}");
    assert!(begun.out.contains(rounds::sandbox::DEMO_USER), "the author is me: {begun:?}");
    assert!(begun.out.contains("\n<!-- By problem or by day"), "{begun:?}");

    let empty = post(&ward, &begun.out, &[]);
    assert!(empty.code == 2 && empty.err.contains("The section needs a text."), "{empty:?}");
    let written = begun.out.replace("-->\n", "-->\nSynthetic.\n");
    // The end of a section's fields is no prompt.
    let written = written.replace("\n-->\nSynthetic.\n", "\n-->\n");
    let row = stored(&ward, &made(&post(&ward, &written, &[])));
    assert_eq!((&row["patientId"], &row["status"]), (&task["patientId"], &json!("preliminary")));
    assert!(!row.to_string().contains("By problem or by day"), "{row}");

    let listed = ward.run(&["doc", "ls", "--task", &id, "--json"]).json();
    assert!(listed.as_array().unwrap().iter().any(|document| document["id"] == row["id"]), "{listed}");
    let table = ward.run(&["doc", "ls", "--patient", text(task, "patientId")]);
    assert!(table.code == 0 && table.out.contains(text(&row, "id")), "{table:?}");
    assert_eq!(ward.run(&["doc", "ls", "--patient", "nobody"]).code, 1);

    let folder = ward.home().join("templates");
    fs::create_dir(&folder).unwrap();
    let own = "type = \"x\"\ntitle = \"On {today}\"\n[[section]]\ntitle = \"Mine\"\n";
    fs::write(folder.join("mine.toml"), own).unwrap();
    fs::write(folder.join("bad.toml"), "title = \"{nobody}\"").unwrap();
    let mine = ward.run(&["doc", "new", "--template", "mine"]);
    assert!(mine.code == 0 && mine.out.contains("# Mine"), "{mine:?}");
    assert!(mine.err.contains("bad.toml:1:9: There is no value {nobody}"), "{mine:?}");
    let unknown = ward.run(&["doc", "new", "--template", "discharge-sumary"]);
    assert!(unknown.code == 2 && unknown.err.contains("did you mean discharge-summary?"), "{unknown:?}");
}

#[test]
fn what_the_source_does_not_take_is_said_before_anything_is_sent() {
    let ward = Ward::open();
    let patient = patient(&ward);
    let id = made(&post(&ward, &file_of(&full(&patient)), &["--sign"]));
    let file = ward.run(&["doc", "show", &id, "--markdown"]).out;
    let other = post(&ward, &file.replace("encounterId = \"enc_1\"", "encounterId = \"enc_2\""), &["--sign"]);
    assert!(other.code == 2 && other.err.contains("encounterId of an existing document"), "{other:?}");
    let quiet = post(&ward, &file.replace("Synthetic.", "Changed."), &["--sign"]);
    assert!(quiet.code == 2 && quiet.err.contains("status = \"amended\""), "{quiet:?}");
    let gone = post(&ward, &file.replace(&format!("id = \"{id}\""), "id = \"doc_none\""), &["--sign"]);
    assert_eq!(gone.code, 1, "{gone:?}");

    ward.configure(&ward.office());
    let refused = ward.run(&["doc", "ls"]);
    assert_eq!(refused.code, 3, "{refused:?}");
}
