//! The command line against the sandbox: the real binary, real HTTP, and the store to compare with.
//!
//! Everybody in here is synthetic.

mod documents;
mod fhir;
mod files;
mod keeping;
mod three;
mod ward;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use ward::{Ward, ids, text};

const OPEN: [&str; 7] = ["draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold"];

/// A create body with all 24 values that the API takes.
fn full_body(ward: &Ward) -> Value {
    let patient = text(&ward.store("patients")[0], "id").to_owned();
    json!({
        "status": "requested",
        "intent": "order",
        "priority": "urgent",
        "code": "lab-draw",
        "description": "CBC before 10\nsecond line \u{2764}",
        "patientId": patient,
        "encounterId": "enc_ward_4c_001",
        "focusId": "ServiceRequest/sr_1",
        "requesterId": "prac_lab",
        "ownerId": "prac_charge_nurse",
        "executionPeriod": {"start": "2026-11-21T08:00:00Z", "end": "2026-11-21T10:00:00.250Z"},
        "authoredOn": "2026-11-21T07:00:00.125Z",
        "reasonCode": "anaemia",
        "statusReason": "asked by phone",
        "businessStatus": "waiting for the porter",
        "note": "left arm only",
        "basedOn": ["ServiceRequest/sr_1", "sr_2"],
        "partOf": ["task_parent"],
        "input": [
            {"type": "panel", "valueString": "CBC"},
            {"type": "fasting", "valueBoolean": false},
            {"type": "tubes", "valueInteger": 0},
        ],
        "output": [{"type": "seen", "valueBoolean": true}],
        "restriction": {
            "repetitions": 2,
            "period": {"start": "2026-11-21T08:00:00Z", "end": "2026-11-22"},
            "recipientIds": [patient],
        },
    })
}

/// An open task that nobody owns and whose due time is not fixed by a restriction.
fn free_task(ward: &Ward) -> String {
    let tasks = ward.store("tasks");
    let free = tasks.iter().find(|task| {
        text(task, "status") == "requested"
            && task.get("ownerId").is_none()
            && task.pointer("/restriction/period/end").is_none()
            && task.get("patientId").is_some()
    });
    text(free.expect("a free task"), "id").to_owned()
}

#[test]
fn ls_lists_the_same_ids_as_the_store() {
    let ward = Ward::open();
    let wanted: BTreeSet<String> = ward
        .store("tasks")
        .iter()
        .filter(|task| OPEN.contains(&text(task, "status")))
        .filter(|task| ["urgent", "asap", "stat"].contains(&text(task, "priority")))
        .map(|task| text(task, "id").to_owned())
        .collect();
    assert!(wanted.len() > 20, "the ward has urgent work");
    let query = "status:open prio:>=urgent";
    let said = ward.run(&["ls", query, "--json"]);
    assert_eq!(said.code, 0, "{said:?}");
    let rows = said.json();
    assert_eq!(ids(&rows), wanted);
    assert!(rows.as_array().unwrap().iter().all(|task| task["schema"] == 1 && task["source"] == "clinic"));
    let lines = ward.run(&["ls", query, "--ndjson"]).out;
    assert_eq!(lines.lines().count(), wanted.len());
    assert_eq!(ward.run(&["count", query]).out.trim(), wanted.len().to_string());
    let table = ward.run(&["ls", query, "--tsv", "--fields", "id,patient"]).out;
    assert_eq!(table.lines().count(), wanted.len() + 1);
    assert_eq!(ward.run(&["ls", query, "--limit", "3", "--ndjson"]).out.lines().count(), 3);
}

#[test]
fn a_task_with_every_field_is_in_the_store_field_for_field() {
    let ward = Ward::open();
    let body = full_body(&ward);
    let said = ward.run_with(&["new", "--json", "-"], &body.to_string());
    assert_eq!(said.code, 0, "{said:?}");
    let made = said.json();
    let stored = ward.task(text(&made["task"], "id"));
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(stored.get(name), Some(value), "{name}");
        assert_eq!(made["task"].get(name), Some(value), "{name} as printed");
    }
}

#[test]
fn the_same_task_can_be_said_in_flags() {
    let ward = Ward::open();
    let patient = text(&ward.store("patients")[0], "id").to_owned();
    let said = ward.run_with(
        &[
            "new",
            "--patient",
            &patient,
            "--priority",
            "stat",
            "--code",
            "callback",
            "--due",
            "2026-11-22T08:00:00Z",
            "--owner",
            "me",
            "--description",
            "-",
            "--input",
            "dose = 0",
        ],
        "Call back\n",
    );
    assert_eq!(said.code, 0, "{said:?}");
    let id = said.out.split_whitespace().next().unwrap().strip_prefix("clinic/").unwrap().to_owned();
    let stored = ward.task(&id);
    assert_eq!(stored["description"], "Call back");
    assert_eq!(stored["status"], "requested");
    assert_eq!(stored["intent"], "order");
    assert_eq!(stored["ownerId"], rounds::sandbox::DEMO_USER);
    assert_eq!(stored["restriction"]["period"]["end"], "2026-11-22T08:00:00Z");
    assert_eq!(stored["input"], json!([{"type": "dose", "valueInteger": 0}]));
    assert!(text(&stored, "authoredOn").ends_with('Z'));
}

#[test]
fn each_limit_passes_at_n_and_is_refused_at_n_plus_one_before_anything_is_sent() {
    let ward = Ward::open();
    let limits = [
        ("code", 200),
        ("description", 2000),
        ("reasonCode", 500),
        ("statusReason", 500),
        ("businessStatus", 200),
        ("note", 2000),
    ];
    for (field, limit) in limits {
        let body = |length: usize| {
            json!({"status": "requested", "intent": "order", field: "x".repeat(length)}).to_string()
        };
        let fits = ward.run_with(&["new", "--json", "-"], &body(limit));
        assert_eq!(fits.code, 0, "{field}: {fits:?}");
        let sent = ward.writes();
        let long = ward.run_with(&["new", "--json", "-"], &body(limit + 1));
        assert_eq!(long.code, 2, "{field}: {long:?}");
        assert!(long.err.contains(field), "{field}: {}", long.err);
        assert_eq!(ward.writes(), sent, "{field}: nothing was sent");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once_each_on_a_line_with_its_field() {
    let ward = Ward::open();
    let said = ward.run(&["new", "--priority", "P1", "--due", "soonish", "--status", "entered-in-error"]);
    assert_eq!(said.code, 2);
    for field in ["priority:", "restriction.period.end:", "status:"] {
        assert!(said.err.lines().any(|line| line.starts_with(field)), "{field}: {}", said.err);
    }
    let said = ward.run_with(&["new", "--json", "-"], "{\"status\": \"requested\", \"ward\": 4}");
    assert_eq!(said.code, 2);
    assert!(said.err.contains("ward: ") && said.err.contains("intent: "), "{}", said.err);
    assert_eq!(ward.writes(), 0);
}

#[test]
fn verbs_change_the_store() {
    let ward = Ward::open();
    let id = free_task(&ward);
    let full = format!("clinic/{id}");
    let did = |args: &[&str]| {
        let said = ward.run(args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        assert!(said.out.contains(&full) && said.out.contains("born"), "{args:?}: {}", said.out);
        ward.task(&id)
    };
    assert_eq!(did(&["ack", &full])["status"], "accepted");
    assert_eq!(did(&["take", &id])["ownerId"], rounds::sandbox::DEMO_USER);
    assert_eq!(did(&["priority", &full, "asap"])["priority"], "asap");
    let end = did(&["due", &full, "2026-11-22T08:00:00Z"])["executionPeriod"]["end"].clone();
    assert_eq!(end, "2026-11-22T08:00:00Z");
    did(&["note", &full, "rang the ward"]);
    assert!(text(&did(&["note", &full, "rang again"]), "note").ends_with("rang the ward\nrang again"));
    assert_eq!(did(&["assign", &full, "prac_charge_nurse"])["ownerId"], "prac_charge_nurse");
    let held = did(&["hold", &full, "--reason", "awaiting fax"]);
    assert_eq!((text(&held, "status"), text(&held, "statusReason")), ("on-hold", "awaiting fax"));
    assert_eq!(did(&["edit", &full, "businessStatus=fax came"])["businessStatus"], "fax came");
    assert_eq!(did(&["start", &full])["status"], "in-progress");
    assert_eq!(did(&["done", &full])["status"], "completed");
    let again = ward.run(&["done", &full]);
    assert_eq!((again.code, again.out.contains("already")), (0, true), "{again:?}");
    let ended = ward.run(&["start", &full]);
    assert_eq!((ended.code, ended.err.contains("It has ended")), (4, true), "{ended:?}");
}

#[test]
fn a_verb_needs_its_reason_and_several_tasks_are_answered_one_by_one() {
    let ward = Ward::open();
    let id = free_task(&ward);
    assert_eq!(ward.run(&["cancel", &id]).code, 2);
    let said = ward.run(&["cancel", &id, "no-such-task", "--reason", "twice ordered", "--json"]);
    assert_eq!(said.code, 6, "{said:?}");
    let results = said.json();
    assert_eq!((&results[0]["result"], &results[1]["result"]), (&json!("done"), &json!("failed")));
    assert_eq!(ward.task(&id)["statusReason"], "twice ordered");
}

#[test]
fn a_dry_run_names_everything_and_sends_nothing() {
    let ward = Ward::open();
    let id = free_task(&ward);
    let patient = text(&ward.task(&id), "patientId").to_owned();
    for args in [
        vec!["done", &id, "--dry-run"],
        vec!["edit", &id, "priority=stat", "--dry-run"],
        vec!["new", "--patient", &patient, "--description", "x", "--dry-run"],
    ] {
        let said = ward.run(&args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        assert!(said.out.contains("born") && said.out.contains(&patient), "{args:?}: {}", said.out);
        assert!(said.out.contains('{'), "the body is shown");
    }
    let said = ward.run(&["done", &id, "--dry-run", "--json"]).json();
    assert_eq!(said[0]["body"], json!({"status": "completed"}));
    assert_eq!(ward.writes(), 0);
}

#[test]
fn keys_and_read_only_are_obeyed_and_explained() {
    let ward = Ward::open();
    let id = free_task(&ward);
    let said = ward.run(&["--read-only", "done", &id]);
    assert_eq!((said.code, said.err.contains("--read-only")), (3, true), "{said:?}");
    ward.use_key("clk_test_sandbox_read");
    assert_eq!(ward.run(&["ls", "--json"]).code, 0);
    for args in [vec!["done", &id], vec!["new", "--description", "x"]] {
        let said = ward.run(&args);
        assert_eq!(said.code, 3, "{said:?}");
        assert!(said.err.contains("403") && said.err.contains("(request "), "{}", said.err);
    }
    ward.use_key("clk_test_nobody");
    let said = ward.run(&["ls"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""));
    assert!(said.err.starts_with("clinic: ") && said.err.contains("does not know this key"), "{}", said.err);
    assert!(!said.err.contains("clk_"), "the key stays unseen: {}", said.err);
}

#[test]
fn what_answers_badly_is_told_by_its_code() {
    let ward = Ward::open();
    let id = free_task(&ward);
    ward.faults(&json!({"next": ["html_200"]}));
    assert_eq!(ward.run(&["ls"]).code, 7);
    ward.faults(&json!({"next": [{"fault": "conflict_409", "method": "PATCH"}]}));
    let said = ward.run(&["done", &id]);
    assert_eq!((said.code, said.err.contains("What is there now is as you saw it.")), (4, true), "{said:?}");
    ward.faults(&json!({"next": ["quota_monthly"]}));
    assert_eq!(ward.run(&["ls"]).code, 5);
    assert_eq!(ward.task(&id)["status"], "requested");
    ward.configure(&ward.source("clinic", "http://127.0.0.1:9"));
    for args in [vec!["ls"], vec!["count"], vec!["done", "clinic/x"], vec!["new", "--description", "x"]] {
        let said = ward.run(&args);
        assert_eq!((said.code, said.out.as_str()), (5, ""), "{args:?}: {said:?}");
    }
}

#[test]
fn a_list_whose_end_cannot_be_reached_is_never_told_as_whole() {
    let ward = Ward::open();
    ward.faults(&json!({"envelope": "array", "meta_headers": false}));
    let said = ward.run(&["ls", "--json"]);
    assert_eq!((said.code, said.json().as_array().map(Vec::len)), (7, Some(100)), "{}", said.err);
    assert!(said.err.contains("tasks may be missing"), "{}", said.err);
    let said = ward.run(&["count"]);
    assert_eq!((said.code, said.out.as_str()), (7, ""), "{}", said.err);
}

#[test]
fn a_pipe_that_brings_nothing_makes_no_task() {
    let ward = Ward::open();
    let said = ward.run_with(&["new", "--description", "-"], " \n");
    assert_eq!((said.code, ward.writes()), (2, 0), "{said:?}");
    assert!(said.err.contains("holds no text"), "{}", said.err);
}

#[test]
fn a_change_whose_answer_was_lost_is_looked_up_and_sent_once() {
    let ward = Ward::open();
    let id = free_task(&ward);
    ward.faults(&json!({"next": [{"fault": "drop_after_commit", "method": "PATCH"}]}));
    let said = ward.run(&["done", &id]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!((ward.task(&id)["status"].clone(), ward.writes()), (json!("completed"), 1));
}

#[test]
fn one_dead_source_of_two_is_told_and_the_other_is_listed() {
    let ward = Ward::open();
    let both =
        format!("{}\n{}", ward.source("clinic", &ward.url()), ward.source("dead", "http://127.0.0.1:9"));
    ward.configure(&both);
    let said = ward.run(&["ls", "--json"]);
    assert_eq!(said.code, 6, "{}", said.err);
    assert_eq!(said.json().as_array().unwrap().len(), ward.store("tasks").len());
    assert!(said.err.starts_with("dead: "), "{}", said.err);
    ward.configure(&format!("{both}\n[profile.one]\nsources = [\"clinic\"]"));
    assert_eq!(ward.run(&["-p", "one", "count"]).code, 0);
    let said = ward.run(&["-p", "oen", "count"]);
    assert_eq!((said.code, said.err.contains("did you mean one?")), (2, true), "{said:?}");
}

#[test]
fn bad_usage_is_located_and_nothing_found_is_one() {
    let ward = Ward::open();
    let said = ward.run(&["ls", "prio:stat statsu:open"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(
        said.err.contains("          ^^^^^^") && said.err.contains("Did you mean status"),
        "{}",
        said.err
    );
    assert_eq!(ward.run(&["ls", "--fields", "statsu"]).code, 2);
    assert_eq!(ward.run(&["ls", "--bogus"]).code, 2);
    for args in [["ls", "zzzzzz"], ["next", "zzzzzz"], ["count", "zzzzzz"], ["show", "zzzzzz"]] {
        assert_eq!(ward.run(&args).code, 1, "{args:?}");
    }
    assert_eq!(ward.run(&["ls", "zzzzzz", "--json"]).json(), json!([]));
    assert_eq!(ward.run(&["ls", "-status:open", "--ndjson"]).code, 0, "a filter may begin with a minus");
    ward.configure("[source.clinic]\nkind = \"clinikapi\"\nurll = 3\nkey_file = \"key\"");
    let said = ward.run(&["ls"]);
    assert_eq!((said.code, said.err.contains("line 3, column 1")), (2, true), "{said:?}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let ward = Ward::open();
    let said = ward.run_unread(&["ls", "--json"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
}

#[test]
fn watching_tells_what_is_there_and_then_what_changes() {
    let ward = Ward::open();
    let mut watch = ward.watch(&["ls", "prio:stat", "--watch"]);
    let stat = ward.store("tasks").iter().filter(|task| text(task, "priority") == "stat").count();
    for _ in 0..stat {
        let event = watch.next_line();
        assert_eq!((&event["event"], &event["task"]["priority"]), (&json!("added"), &json!("stat")));
    }
}

#[test]
fn what_the_program_says_of_itself_needs_no_source() {
    let ward = Ward::open();
    ward.configure("");
    for (args, said) in [
        (vec!["keys"], "task.ack"),
        (vec!["keys", "--markdown"], "| where |"),
        (vec!["themes"], "* ansi16"),
        (vec!["completions", "zsh"], "#compdef rounds"),
        (vec!["man"], ".TH rounds"),
        (vec!["config", "schema"], "\"$schema\""),
        (vec!["config", "path"], "config.toml"),
        (vec!["config", "check"], "is good"),
        (vec!["doctor"], "none is configured"),
        (vec!["--help"], "Exit codes"),
    ] {
        let told = ward.run(&args);
        assert_eq!((told.code, told.out.contains(said)), (0, true), "{args:?}: {told:?}");
    }
    let told = ward.run(&["ls"]);
    assert_eq!((told.code, told.err.contains("No source is configured")), (2, true), "{told:?}");
    assert_eq!(ward.run(&["config", "init"]).code, 2, "a file that is there is not overwritten");
    assert_eq!(ward.run(&[]).code, 2, "the worklist needs a terminal");
}

#[test]
fn sources_and_doctor_ask_each_source_once() {
    let ward = Ward::open();
    let source = &ward.run(&["sources", "--json"]).json()[0];
    assert_eq!((&source["badge"], &source["ok"]), (&json!("SYNTHETIC"), &json!(true)));
    let doctor = ward.run(&["doctor", "--json"]).json();
    assert_eq!(doctor["sources"][0]["name"], "clinic");
    assert!(!doctor.to_string().contains("clk_"), "no key is shown");
    let table = ward.run(&["doctor"]).out;
    let head = table.lines().find(|line| line.starts_with("source")).expect("a table");
    assert!(head.contains("reassign") && head.contains("document") && head.contains("history"), "{table}");
    let row = table.lines().find(|line| line.starts_with("clinic (")).expect("a row");
    assert!(row.contains('✓') && row.contains('–') && row.contains("SYNTHETIC"), "{table}");
    assert!(table.contains("clinic: cannot history: "), "{table}");
}

#[test]
fn what_a_source_cannot_tell_is_said_and_words_that_mean_several_things_are_asked_back() {
    let ward = Ward::open();
    let id = free_task(&ward);
    let said = ward.run(&["show", &id, "--history"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{said:?}");
    let said = ward.run(&["priority", &id, "soonest"]);
    assert_eq!((said.code, said.err.contains("choose stat, asap")), (2, true), "{said:?}");
    let said = ward.run(&["assign", &id, "nobody-at-all"]);
    assert_eq!((said.code, said.err.contains("has no practitioner nobody-at-all")), (2, true), "{said:?}");
    let said = ward.run(&["new", "--short-description", "x", "--description", "y"]);
    assert_eq!((said.code, said.err.contains("shortDescription: ")), (2, true), "{said:?}");
    assert_eq!(ward.writes(), 0);
    assert_eq!(ward.run(&["priority", &id, "STAT"]).code, 0, "letters do not matter");
    let row = &ward.run(&["ls", "prio:stat", "--json"]).json()[0];
    assert_eq!((&row["priorityText"], &row["source"]), (&json!("stat"), &json!("clinic")));
    assert!(row["statusText"].is_string());
}
