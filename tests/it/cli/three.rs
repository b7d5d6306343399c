//! Three systems from the command line: each with its own words, and none in the way of the others.

use super::ward::{Ward, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many tasks of each source a list holds.
fn by_source(list: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for task in list.as_array().unwrap() {
        *counts.entry(text(task, "source").to_owned()).or_default() += 1;
    }
    counts
}

/// A new task of the office about a patient, that is no reminder.
fn office_task(ward: &Ward) -> String {
    let is_plain = |row: &&Value| {
        row["TaskStatus"] == "New"
            && row["ObjectType"] == "Patient"
            && row["IsRepeating"] == "false"
            && text(row, "ReminderGroupId").is_empty()
            && row["PriorityDefNum"] != 358
            && row["PriorityDefNum"] != 361
    };
    let rows = ward.rows("opendental", "tasks");
    rows.iter().rev().find(is_plain).expect("a plain task")["TaskNum"].to_string()
}

/// An open task of the hospital's night nurse.
fn hospital_task(ward: &Ward) -> String {
    let listed = ward.run(&["ls", "s:hospital status:requested owner:me -prio:stat", "--json"]);
    let listed = listed.json();
    text(listed.as_array().unwrap().first().expect("a task of ours"), "id").to_owned()
}

#[test]
fn three_systems_are_one_list_and_a_dead_one_is_told_beside_the_others() {
    let ward = Ward::three("practitioner");
    let said = ward.run(&["ls", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let rows = said.json();
    let all = by_source(&rows);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["clinic", "dental", "hospital"]);
    let dental: Vec<&Value> =
        rows.as_array().unwrap().iter().filter(|row| row["source"] == "dental").collect();
    assert!(dental.iter().any(|row| row["statusText"] == "New" && row["status"] == "requested"));
    assert!(dental.iter().any(|row| row["priorityText"] == "Same day" && row["priority"] == "stat"));
    for (system, source) in [("clinikapi", "clinic"), ("opendental", "dental"), ("omniehr", "hospital")] {
        ward.faults(&json!({"system": system, "offline": true}));
        let said = ward.run(&["ls", "--json"]);
        assert_eq!(said.code, 6, "{source}: {}", said.err);
        assert!(said.err.starts_with(&format!("{source}: ")), "{}", said.err);
        let mut others = all.clone();
        others.remove(source);
        assert_eq!(by_source(&said.json()), others, "{source} is missing and nothing else");
        ward.faults(&json!({"system": system, "offline": false}));
    }
    ward.faults(&json!({"offline": true}));
    assert_eq!(ward.run(&["ls"]).code, 5);
}

#[test]
fn the_office_takes_its_own_words_and_says_what_it_lacks() {
    let ward = Ward::three("practitioner");
    let id = office_task(&ward);
    let full = format!("dental/{id}");
    let did = |args: &[&str]| {
        let said = ward.run(args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        ward.row("opendental", &id)
    };
    assert_eq!(did(&["priority", &full, "same DAY"])["PriorityDefNum"], 358);
    assert_eq!(did(&["priority", &full, "urgent"])["PriorityDefNum"], 361);
    assert_eq!(did(&["priority", &full, "#355"])["PriorityDefNum"], 355);
    assert_eq!(did(&["priority", &full, "stat"])["PriorityDefNum"], 358, "as the configuration maps it");
    did(&["note", &full, "rang the patient"]);
    let notes = ward.rows("opendental", "tasknotes");
    let ours: Vec<&Value> = notes.iter().filter(|note| note["Note"] == "rang the patient").collect();
    assert_eq!(ours.len(), 1);
    assert_eq!(ours[0]["TaskNum"].to_string(), id);
    let shown = ward.run(&["show", &full]).out;
    let line = shown.lines().find(|line| line.contains("rang the patient")).expect("the note");
    assert!(line.contains(", 20") && line.contains(": rang"), "with author and time: {line}");
    assert_eq!(did(&["edit", &full, "shortDescription=Ring again"])["DescriptOverride"], "Ring again");
    assert_eq!(did(&["done", &full])["TaskStatus"], "Done");
    let before = ward.asked("opendental", "PUT") + ward.asked("opendental", "POST");
    for (args, why) in [
        (vec!["take", &full], "list"),
        (vec!["assign", &full, "Front desk"], "list"),
        (vec!["start", &full], "has only"),
    ] {
        let said = ward.run(&args);
        assert!(said.code != 0 && said.err.contains(why), "{args:?}: {said:?}");
    }
    assert_eq!(
        ward.asked("opendental", "PUT") + ward.asked("opendental", "POST"),
        before,
        "nothing was sent"
    );
}

#[test]
fn a_task_is_made_in_a_list_of_the_office_by_its_name() {
    let ward = Ward::three("practitioner");
    let new = ["new", "--source", "dental", "--description", "Ring the lab", "--priority", "Same day"];
    let said = ward.run(&[&new[..], &["--owner", "front DESK", "--short-description", "Lab"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let lists = ward.rows("opendental", "tasklists");
    let desk = &lists.iter().find(|list| list["Descript"] == "Front desk").unwrap()["TaskListNum"];
    let tasks = ward.rows("opendental", "tasks");
    let made: Vec<&Value> = tasks.iter().filter(|task| task["Descript"] == "Ring the lab").collect();
    assert_eq!(made.len(), 1);
    let made = made[0];
    assert_eq!((&made["TaskListNum"], &made["PriorityDefNum"]), (desk, &json!(358)));
    assert_eq!(made["DescriptOverride"], "Lab");
    let said = ward.run(&[&new[..], &["--owner", "Fron"]].concat());
    assert_eq!((said.code, said.err.contains("has no list Fron")), (2, true), "{said:?}");
}

#[test]
fn a_practitioner_works_on_their_own_tasks_and_cannot_hand_them_on() {
    let ward = Ward::three("practitioner");
    let id = hospital_task(&ward);
    let full = format!("hospital/{id}");
    let before = ward.row("omniehr", &id);
    let did = |args: &[&str]| {
        let said = ward.run(args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        ward.row("omniehr", &id)
    };
    assert_eq!(did(&["priority", &full, "stat"])["priority"], "stat");
    let noted = did(&["note", &full, "rang the ward"]);
    assert!(noted["note"].to_string().contains("rang the ward"), "{noted}");
    let done = did(&["done", &full]);
    assert_eq!(done["status"], "completed");
    for kept in ["authoredOn", "owner", "code", "executionPeriod", "for", "description"] {
        assert_eq!(done[kept], before[kept], "{kept} stays");
    }
    let colleague = ward.rows("omniehr", "tasks").into_iter().map(|task| task["owner"]["reference"].clone());
    let colleague = colleague.filter(Value::is_string).find(|owner| *owner != before["owner"]["reference"]);
    let colleague = colleague.expect("a colleague").as_str().unwrap().replace("Practitioner/", "");
    let said = ward.run(&["assign", &full, &colleague]);
    assert!(said.code != 0 && !said.err.is_empty(), "not told as done: {said:?}");
    assert_eq!(ward.row("omniehr", &id)["owner"], before["owner"]);
}

#[test]
fn an_auditor_reads_and_writes_nothing() {
    let ward = Ward::three("auditor");
    let rows = ward.run(&["ls", "s:hospital status:requested", "--json"]).json();
    let full = format!("hospital/{}", text(&rows[0], "id"));
    for args in [
        vec!["done", &full],
        vec!["note", &full, "x"],
        vec!["priority", &full, "stat"],
        vec!["new", "--source", "hospital", "--description", "x"],
    ] {
        let said = ward.run(&args);
        assert_eq!(said.code, 3, "{args:?}: {said:?}");
        assert!(said.err.contains("auditor") || said.err.contains("Auditor"), "{args:?}: {}", said.err);
    }
    assert_eq!(ward.asked("omniehr", "PUT") + ward.asked("omniehr", "POST"), 0);
    let sources = ward.run(&["sources", "--json"]).json();
    let hospital = sources.as_array().unwrap().iter().find(|source| source["name"] == "hospital").unwrap();
    assert_eq!((&hospital["role"], &hospital["access"]), (&json!("auditor"), &json!("read")));
    let doctor = ward.run(&["doctor"]).out;
    let row = doctor.lines().find(|line| line.starts_with("hospital (")).expect("a row");
    assert!(row.contains("auditor") && row.contains('–'), "{doctor}");
}

#[test]
fn a_change_whose_answer_was_lost_is_looked_up_and_sent_once_in_each_system() {
    for fault in ["drop_after_commit", "truncated_json"] {
        let ward = Ward::three("practitioner");
        for (system, full) in [
            ("opendental", format!("dental/{}", office_task(&ward))),
            ("omniehr", format!("hospital/{}", hospital_task(&ward))),
        ] {
            ward.faults(&json!({"system": system, "next": [{"fault": fault, "method": "PUT"}]}));
            let said = ward.run(&["done", &full]);
            assert_eq!(said.code, 0, "{system} {fault}: {said:?}");
            assert_eq!(ward.asked(system, "PUT"), 1, "{system} {fault}");
        }
    }
}

#[test]
fn a_refused_key_a_dead_office_and_a_web_page_have_three_codes() {
    let ward = Ward::three("practitioner");
    ward.configure(&ward.office().replace("/developer\"", "/customer\""));
    let said = ward.run(&["ls"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""), "the office's key is no program's: {said:?}");
    ward.configure(&ward.office());
    ward.faults(&json!({"system": "opendental", "next": ["html_200"]}));
    assert_eq!(ward.run(&["ls"]).code, 7);
    ward.faults(&json!({"system": "opendental", "offline": true}));
    assert_eq!(ward.run(&["sources"]).code, 5);
}
