//! What the seeded ward must hold, and how patients and practitioners are found.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Desk, request, seed, start};
use crate::sandbox::world::{Assets, SYNTHETIC_HOST};

fn tasks(seed_number: u64) -> Vec<Value> {
    let store = seed::store(&Assets::read().expect("assets"), seed_number, 250, start());
    store.flat()["tasks"].as_array().expect("tasks").clone()
}

fn is_open(task: &Value) -> bool {
    !matches!(
        task["status"].as_str(),
        Some("completed" | "cancelled" | "rejected" | "failed" | "entered-in-error")
    )
}

fn due(task: &Value) -> Option<Timestamp> {
    let due = task.pointer("/restriction/period/end").or(task.pointer("/executionPeriod/end"))?;
    due.as_str()?.parse().ok()
}

#[test]
fn the_ward_holds_all_kinds_of_work_whatever_the_seed() {
    for seed_number in 0..20 {
        let tasks = tasks(seed_number);
        let open: Vec<&Value> = tasks.iter().filter(|task| is_open(task)).collect();
        let count = |test: &dyn Fn(&Value) -> bool| open.iter().filter(|task| test(task)).count();
        assert_eq!(tasks.len(), 250);
        assert_eq!(count(&|task| task["priority"] == "stat"), 2);
        assert!(count(&|task| due(task).is_some_and(|due| due < start())) >= 10, "overdue");
        assert!(count(&|task| task.get("ownerId").is_none()) >= 20, "unowned");
        assert!(count(&|task| task["ownerId"] == seed::ME) >= 10, "mine");
        assert!(count(&|task| task["requesterId"] == seed::ME) >= 5, "asked by me");
        assert!(
            count(&|task| task.pointer("/restriction/period/end").is_none()
                && task.get("executionPeriod").is_none())
                >= 10
        );
        assert!(
            count(&|task| task
                .pointer("/restriction/period/end")
                .is_some_and(|end| end.as_str().map(str::len) == Some(10)))
                >= 5
        );
        assert!(count(&|task| task.get("patientId").is_none()) >= 3, "patient-less");
        assert!(count(&|task| task["status"] == "on-hold" && task["statusReason"].is_string()) >= 5);
        assert!(tasks.iter().any(|task| task["priority"] == "stat" && !is_open(task)));
        let ids: BTreeSet<&str> = tasks.iter().filter_map(|task| task["id"].as_str()).collect();
        assert_eq!(ids.len(), 250);
        assert!(ids.iter().any(|id| id.starts_with("task_")) && ids.iter().any(|id| id.len() == 36));
        for task in &tasks {
            let text = task.to_string();
            assert!(!text.contains("\"@") && !text.contains("\"#"), "unexpanded: {text}");
            let modified = task["lastModified"].as_str().expect("modified");
            assert!(modified.parse::<Timestamp>().expect("time") <= start(), "{text}");
        }
    }
    assert_eq!(tasks(3), tasks(3));
    assert_ne!(tasks(3), tasks(4));
}

#[test]
fn every_drawn_task_would_pass_the_schema() {
    let mut desk = Desk::ward();
    let known_odd = ["awaiting-bed", "critical", "suggestion", "entered-in-error"];
    for task in tasks(1) {
        let odd = ["status", "priority", "intent"]
            .iter()
            .any(|name| known_odd.iter().any(|word| task[*name] == **word));
        let said = desk.post("/v1/tasks", &task);
        assert_eq!(said.status, if odd { 422 } else { 201 }, "{task} {}", said.body);
    }
}

#[test]
fn people_are_marked_synthetic_and_found_by_name() {
    let mut desk = Desk::ward();
    let patients = desk.rows("/v1/patients?count=100");
    assert_eq!(patients.len(), 70);
    assert!(patients.iter().all(|person| person["email"].as_str().expect("email").ends_with(SYNTHETIC_HOST)));
    assert!(patients.iter().all(|person| person["birthDate"].as_str().expect("birth").len() == 10));
    assert!(patients.iter().any(|person| person.get("fullName").is_none()));
    let last = patients[0]["lastName"].as_str().expect("name");
    let upper = last.to_uppercase();
    let found = desk.get(&format!("/v1/patients?name={}", percent(&upper))).body;
    assert!(
        found["data"]["data"]
            .as_array()
            .expect("rows")
            .iter()
            .all(|person| person["lastName"].to_string().contains(last))
    );
    assert!(found["data"]["total"].as_u64().expect("total") >= 1);
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"))
}

#[test]
fn contract_also_inactive_practitioners_are_hidden_from_lists_and_found_by_id() {
    let mut desk = Desk::ward();
    let rows = desk.rows("/v1/practitioners");
    assert_eq!(rows.len(), 11);
    assert!(rows.iter().all(|row| row["id"] != "prac_retired"));
    assert_eq!(desk.rows("/v1/practitioners?active=false").len(), 1);
    assert_eq!(desk.get("/v1/practitioners/prac_retired").body["data"]["active"], false);
    assert_eq!(desk.get("/v1/practitioners/prac_who_never_was").status, 404);
    assert_eq!(desk.rows("/v1/practitioners?npi=SYNTHETIC00")[0]["id"], seed::ME);
}

#[test]
fn contract_also_a_bogus_filter_finds_nothing() {
    let mut desk = Desk::ward();
    for query in ["status=bogus", "status=requested,accepted", "ownerId=nobody", "patientId=Patient/x"] {
        let said = desk.get(&format!("/v1/tasks?{query}"));
        let page = &said.body["data"];
        assert_eq!(
            (said.status, &page["data"], &page["hasMore"]),
            (200, &json!([]), &json!(false)),
            "{query}"
        );
        assert_eq!((&page["cursor"], &page["total"]), (&Value::Null, &json!(0)));
    }
    assert_eq!(desk.rows("/v1/tasks?status=requested&priority=stat").len(), 1);
    assert_eq!(desk.get("/v1/tasks?status=&count=100").body["data"]["total"], 250);
}

#[test]
fn patients_and_practitioners_have_all_five_verbs() {
    let mut desk = Desk::ward();
    for (path, more, wrong) in [
        (
            "/v1/patients",
            json!({"gender": "other", "birthDate": "2001-02-03"}),
            json!({"birthDate": "03/02/2001"}),
        ),
        ("/v1/practitioners", json!({"prefix": ["Dr"], "npi": "1"}), json!({"prefix": "Dr"})),
    ] {
        let said = desk.post(path, &json!({"firstName": "", "phone": "0".repeat(21), "email": "nobody"}));
        assert_eq!(said.diagnostics().len(), 4, "{:?}", said.diagnostics());
        let body = super::merged(json!({"firstName": "Test", "lastName": "Synthetic"}), &more);
        let said = desk.post(path, &body);
        assert_eq!((said.status, &said.body["data"]["fullName"]), (201, &json!("Test Synthetic")));
        let one = format!("{path}/{}", said.body["data"]["id"].as_str().expect("id"));
        assert_eq!(desk.patch(&one, &wrong).status, 422);
        assert_eq!(desk.patch(&one, &json!({"active": false})).body["data"]["active"], false);
        assert_eq!(desk.ask(&request("DELETE", &one, None)).status, 204);
        assert_eq!(desk.get(&one).status, 404);
    }
    let id = desk.rows("/v1/patients")[0]["id"].as_str().expect("id").to_owned();
    let said = desk.get(&format!("/v1/patients/{id}?_revinclude=Encounter:subject"));
    assert_eq!(said.body["resourceType"], "Bundle");
}
