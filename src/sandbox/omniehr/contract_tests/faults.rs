//! The server misbehaves on purpose, and colleagues work beside it.

use serde_json::{Value, json};

use super::{ADMIN, Desk, NURSE};
use crate::sandbox::system::Face;

#[test]
fn contract_fhir_09_planned_faults_in_this_systems_words() {
    let mut desk = Desk::ward();
    for (fault, status, media, wait) in [
        ("rate_limited", 429, "text/html; charset=utf-8", Some("2")),
        ("rate_limited_bare", 429, "text/html; charset=utf-8", None),
        ("rate_limited_absurd", 429, "text/html; charset=utf-8", Some("1000000000")),
        ("html_502", 502, "text/html; charset=utf-8", None),
        ("html_200", 200, "text/html; charset=utf-8", None),
        ("json_string", 500, "application/json", None),
        ("conflict_409", 409, "application/json; charset=utf-8", None),
    ] {
        desk.switch(&json!({"next": [fault]}));
        let said = desk.ask(NURSE, "GET /api/fhir/Task");
        assert_eq!((said.status, said.header("content-type")), (status, Some(media)), "{fault}");
        assert_eq!(said.header("retry-after"), wait, "{fault}");
        assert_eq!(desk.ask(NURSE, "GET /api/fhir/Task").status, 200, "once");
    }
    for (status, words) in
        [(500, "Internal server error"), (401, "Invalid or expired token"), (403, "Insufficient permissions")]
    {
        let rates = json!({"status": {status.to_string(): 1.0}});
        desk.switch(&rates);
        let said = desk.ask(NURSE, "GET /api/fhir/Task");
        assert_eq!((said.status, said.message()), (status, words));
    }
    desk.switch(&json!({"status": {"429": 1.0}}));
    assert_eq!(
        desk.ask(NURSE, "GET /api/fhir/Task").header("content-type"),
        Some("text/html; charset=utf-8")
    );
}

#[test]
fn contract_fhir_08_a_lost_answer_may_have_done_its_work() {
    let mut desk = Desk::ward();
    let least = desk.least();
    for (fault, made, answered) in [
        ("drop_before", 0, false),
        ("drop_after_commit", 1, false),
        ("truncated_json", 1, true),
        ("other_row", 1, true),
    ] {
        let before = desk.omni.books.tasks.len();
        desk.switch(&json!({"next": [{"fault": fault, "method": "POST"}]}));
        let request = desk.request(NURSE, "POST /api/fhir/Task", Some(&least));
        let said = desk.serve(&request);
        assert_eq!((said.is_some(), desk.omni.books.tasks.len() - before), (answered, made), "{fault}");
        let id = said.map(|said| said.body["id"].clone()).unwrap_or_default();
        assert_eq!(
            id,
            if fault == "other_row" { json!("row_of_another_request") } else { Value::Null },
            "{fault}"
        );
    }
}

#[test]
fn contract_fhir_02_codes_that_no_list_names_by_switch() {
    let mut desk = Desk::ward();
    desk.switch(&json!({"unknown_enum": true}));
    let rows = desk.rows(ADMIN, "GET /api/fhir/Task");
    assert_eq!((&rows[0]["status"], &rows[0]["priority"]), (&json!("simmering"), &json!("whenever")));
    assert_ne!(rows[1]["status"], "simmering");
}

#[test]
fn contract_fhir_12_colleagues_create_change_and_remove() {
    let mut desk = Desk::ward();
    let patient = desk.patient();
    let bare = patient.trim_start_matches("Patient/");
    let create = json!({"description": "d", "for": {"reference": bare}, "owner": {"reference": "prac_night_nurse"}, "executionPeriod": {"end": "2026-05-05T08:00:00Z"}});
    let made = desk.omni.colleague(&json!({"create": create}), desk.now).expect("made");
    assert_eq!(
        (&made["for"]["reference"], &made["owner"]["display"]),
        (&json!(patient), &json!("Robin Vale"))
    );
    assert!(desk.rows(NURSE, "GET /api/fhir/Task").contains(&made));
    let id = made["id"].clone();
    let patch = json!({"owner": {"reference": "prac_intern"}, "executionPeriod": null});
    let changed = desk.omni.colleague(&json!({"id": id, "patch": patch}), desk.now).expect("changed");
    assert_eq!(
        (&changed["owner"]["display"], changed.get("executionPeriod")),
        (&json!("Chiyo Hayashida"), None)
    );
    assert_eq!((&changed["authoredOn"], &changed["id"]), (&made["authoredOn"], &id));
    desk.omni.colleague(&json!({"delete": id}), desk.now).expect("removed");
    for wish in [
        json!({"delete": id}),
        json!({"id": id, "patch": {}}),
        json!({"create": {}}),
        json!({"create": create, "id": "odd"}),
        json!({"id": id}),
        json!([]),
    ] {
        assert!(desk.omni.colleague(&wish, desk.now).is_err(), "{wish}");
    }
    let store = desk.omni.flat_store();
    let count = |name: &str| store[name].as_array().map(Vec::len);
    assert_eq!((count("tasks"), count("patients"), count("practitioners")), (Some(90), Some(70), Some(12)));
}

#[test]
fn what_outlives_a_restart_comes_back() {
    let mut desk = Desk::ward();
    desk.create(NURSE, &json!({}));
    let kept = serde_json::to_value(desk.omni.books()).expect("kept");
    let mut fresh = Desk::ward();
    fresh.omni.restore(serde_json::from_value(kept).expect("read"));
    assert_eq!(fresh.rows(NURSE, "GET /api/fhir/Task"), desk.rows(NURSE, "GET /api/fhir/Task"));
    fresh.tokens = desk.tokens;
    assert_eq!(fresh.ask(NURSE, "GET /api/auth/me").status, 200, "a token too");
}
