//! Lists, names and the invented data.

use serde_json::{Value, json};

use super::{ADMIN, AUDITOR, Desk, NOWHERE, NURSE, Said, merged, one};

fn statuses(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["status"].as_str()).collect()
}

#[test]
fn contract_fhir_02_parameters_that_are_ignored() {
    let mut desk = Desk::ward();
    let all = desk.rows(ADMIN, "GET /api/fhir/Task");
    let patient = desk.patient();
    for query in [
        "priority=stat",
        "_count=5",
        "_sort=-authored-on",
        "page=2",
        "status:not=completed",
        "owner:missing=true",
        "_id=1",
        "status=",
        &format!("patient={patient}"),
        &format!("subject={patient}"),
    ] {
        assert_eq!(desk.rows(ADMIN, &format!("GET /api/fhir/Task?{query}")), all, "{query}");
    }
}

#[test]
fn contract_fhir_03_one_status_and_never_a_comma() {
    let mut desk = Desk::ward();
    let rows = desk.rows(ADMIN, "GET /api/fhir/Task?status=requested");
    assert!(rows.len() > 10 && statuses(&rows).iter().all(|status| *status == "requested"));
    for none in
        ["status=requested,accepted", "status=requested&status=accepted", "status=Requested", "status=x"]
    {
        let said = desk.ask(ADMIN, &format!("GET /api/fhir/Task?{none}"));
        assert_eq!((said.status, &said.body["entry"], &said.body["total"]), (200, &json!([]), &json!(0)));
    }
}

#[test]
fn contract_fhir_03_patient_and_owner_as_references_only() {
    let mut desk = Desk::ward();
    let (nurse, intern) = (desk.nurse(), desk.staff("prac_intern"));
    let bare = nurse.trim_start_matches("Practitioner/").to_owned();
    for (query, status, message) in [
        (format!("owner={bare}"), 400, "owner must be in Practitioner/{id} format"),
        ("owner=Practitioner/xyz".into(), 400, "Invalid resource identifier"),
        (format!("owner={nurse},{intern}"), 400, "Invalid resource identifier"),
        (format!("for={NOWHERE}"), 400, "for must be in Patient/{id} format"),
        ("for=Patient/xyz".into(), 400, "Invalid resource identifier"),
    ] {
        let said = desk.ask(ADMIN, &format!("GET /api/fhir/Task?{query}"));
        assert_eq!((said.status, said.message()), (status, message), "{query}");
    }
    let task = desk.create(ADMIN, &json!({"owner": {"reference": intern}}));
    let patient = desk.patient();
    let found = desk.rows(ADMIN, &format!("GET /api/fhir/Task?for={patient}&owner={intern}"));
    assert!(found.contains(&task));
    assert!(found.iter().all(
        |row| row["for"]["reference"] == patient.as_str() && row["owner"]["reference"] == intern.as_str()
    ));
    assert_eq!(desk.rows(ADMIN, &format!("GET /api/fhir/Task?for=Patient/{NOWHERE}")), Vec::<Value>::new());
}

#[test]
fn contract_fhir_06_a_practitioner_sees_only_their_own() {
    let mut desk = Desk::ward();
    let (nurse, intern) = (desk.nurse(), desk.staff("prac_intern"));
    let all = desk.rows(ADMIN, "GET /api/fhir/Task");
    assert_eq!(desk.rows(AUDITOR, "GET /api/fhir/Task"), all);
    let own: Vec<Value> =
        all.iter().filter(|row| row["owner"]["reference"] == nurse.as_str()).cloned().collect();
    assert!(own.len() < all.len());
    assert_eq!(desk.rows(NURSE, "GET /api/fhir/Task"), own);
    assert_eq!(desk.rows(NURSE, &format!("GET /api/fhir/Task?owner={nurse}")), own);
    assert_eq!(desk.ask(NURSE, &format!("GET /api/fhir/Task?owner={intern}")).status, 403);
    let theirs = all.iter().find(|row| row["owner"]["reference"] == intern.as_str()).expect("a task");
    let patient = theirs["for"]["reference"].as_str().expect("patient");
    let everything = desk.rows(NURSE, &format!("GET /api/fhir/{patient}/$everything"));
    assert_eq!(everything[0]["resourceType"], "Patient");
    assert!(everything.contains(theirs), "a patient's everything hides nobody's tasks");
}

#[test]
fn contract_fhir_10_three_hundred_at_most_and_no_link() {
    let mut desk = Desk::sized(320);
    assert_eq!(desk.omni.books.tasks.len(), 320);
    let said = desk.ask(ADMIN, "GET /api/fhir/Task");
    assert_eq!((said.body["entry"].as_array().map(Vec::len), &said.body["total"]), (Some(300), &json!(300)));
    assert_eq!((said.body.get("link"), &said.body["type"]), (None, &json!("searchset")));
    assert_eq!(said.body["id"].as_str().map(str::len), Some(36));
    let entry = &said.body["entry"][0];
    assert_eq!(entry["search"], json!({"mode": "match"}));
    let id = entry["resource"]["id"].as_str().expect("id");
    assert_eq!(entry["fullUrl"], format!("http://127.0.0.1:4000/api/fhir/Task/{id}"));
}

#[test]
fn contract_fhir_10_undated_first_then_by_due_date_then_the_newest() {
    let mut desk = Desk::ward();
    let rows = desk.rows(ADMIN, "GET /api/fhir/Task");
    let text = |row: &Value, pointer: &str| {
        row.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let keys: Vec<(String, String)> =
        rows.iter().map(|row| (text(row, "/executionPeriod/end"), text(row, "/authoredOn"))).collect();
    assert!(keys[0].0.is_empty() && !keys[keys.len() - 1].0.is_empty());
    assert!(keys.is_sorted_by(|one, other| one.0 < other.0 || (one.0 == other.0 && one.1 >= other.1)));
}

#[test]
fn contract_fhir_11_the_rights_of_each_role() {
    let mut desk = Desk::ward();
    let task = desk.create(ADMIN, &json!({}));
    let least = desk.least();
    for said in [
        desk.send(AUDITOR, "POST /api/fhir/Task", &least),
        desk.send(AUDITOR, &format!("PUT {}", one(&task)), &task),
        desk.ask(AUDITOR, "GET /api/admin/practitioners"),
    ] {
        assert_eq!((said.status, said.message()), (403, "Insufficient permissions"));
    }
    assert_eq!(desk.ask(AUDITOR, &format!("GET {}", one(&task))).body, task);
    let names = |said: &Said| -> Vec<String> {
        let rows = said.body["data"].as_array().expect("data");
        assert_eq!(said.body["total"], rows.len());
        rows.iter().filter_map(|row| row["fullName"].as_str().map(str::to_owned)).collect()
    };
    let seen = names(&desk.ask(ADMIN, "GET /api/admin/practitioners"));
    assert_eq!(
        (seen.len(), seen.is_sorted(), seen.contains(&"Walter Fennimore".to_owned())),
        (11, true, false)
    );
    assert_eq!(names(&desk.ask(NURSE, "GET /api/admin/practitioners")), ["Robin Vale"]);
}

#[test]
fn contract_fhir_11_routes_that_are_not_there() {
    let mut desk = Desk::ward();
    let task = desk.create(ADMIN, &json!({}));
    let line = one(&task);
    for line in [
        format!("PATCH {line}"),
        format!("DELETE {line}"),
        format!("GET {line}/_history"),
        "POST /api/fhir/Task/_search".into(),
        "PUT /api/fhir/Task?identifier=1".into(),
        "GET /api/fhir/Practitioner".into(),
        format!("GET /api/fhir/Practitioner/{NOWHERE}"),
        "POST /api/fhir/Composition".into(),
        "GET /api/fhir/DocumentReference".into(),
        "GET /elsewhere".into(),
    ] {
        let said = desk.ask(ADMIN, &line);
        assert_eq!((said.status, said.body), (404, json!({"message": "Route not found"})), "{line}");
    }
    for (path, status, message) in [
        (format!("Task/{NOWHERE}"), 404, "Task not found"),
        ("Task/7".into(), 400, "Invalid resource identifier"),
        (format!("Patient/{NOWHERE}"), 404, "Patient not found"),
        ("Patient/..".into(), 400, "Invalid resource identifier"),
    ] {
        let said = desk.ask(NURSE, &format!("GET /api/fhir/{path}"));
        assert_eq!((said.status, said.message()), (status, message), "{path}");
    }
    let said = desk.send(ADMIN, &format!("PUT /api/fhir/Task/{NOWHERE}"), &merged(task, &json!({})));
    assert_eq!((said.status, said.message()), (404, "Task not found"));
}

#[test]
fn contract_fhir_11_patients_and_their_missing_parts() {
    let mut desk = Desk::ward();
    let rows = desk.rows(NURSE, "GET /api/fhir/Patient?name=x&_count=3");
    assert_eq!(rows.len(), 70, "every parameter but one is ignored");
    let given_only = rows.iter().find(|row| row["name"][0]["family"] == "").expect("no family");
    assert_eq!(given_only["name"][0]["given"].as_array().map(Vec::len), Some(1));
    let unreachable = rows.iter().find(|row| row["telecom"] == json!([])).expect("no telecom");
    assert_eq!(unreachable["address"], json!([]));
    let pid = given_only["identifier"][0]["value"].as_str().expect("pid");
    let found = desk.rows(NURSE, &format!("GET /api/fhir/Patient?identifier={pid}"));
    assert_eq!(found, std::slice::from_ref(given_only));
    let path = format!("GET /api/fhir/Patient/{}", given_only["id"].as_str().expect("id"));
    assert_eq!(desk.ask(AUDITOR, &path).body, found[0]);
    let said = desk.ask(NURSE, "GET /api/fhir/metadata");
    assert_eq!(
        (&said.body["fhirVersion"], said.body["rest"][0]["resource"].as_array().map(Vec::len)),
        (&json!("4.0.1"), Some(8))
    );
}

#[test]
fn the_seed_gives_a_good_list_with_something_overdue() {
    let mut desk = Desk::ward();
    let own = desk.rows(NURSE, "GET /api/fhir/Task");
    let all = desk.rows(ADMIN, "GET /api/fhir/Task");
    assert!((36..=50).contains(&own.len()) && all.len() == 90, "{} of {}", own.len(), all.len());
    let now = "2026-05-04T22:10:00.000Z";
    let closed = ["completed", "cancelled", "failed", "rejected", "entered-in-error"];
    let open = |row: &&Value| !closed.contains(&row["status"].as_str().unwrap_or_default());
    let overdue = |row: &&Value| row["executionPeriod"]["end"].as_str().is_some_and(|end| end < now);
    assert!((5..20).contains(&own.iter().filter(open).filter(overdue).count()));
    assert!(own.iter().any(|row| row.get("executionPeriod").is_none()));
    let control = |row: &&Value| row["description"].as_str().is_some_and(|text| text.contains('\u{1b}'));
    assert_eq!(own.iter().filter(control).count(), 1);
    let known: Vec<String> =
        desk.omni.books.patients.iter().map(|row| format!("Patient/{}", row.id)).collect();
    let lost = |row: &&Value| !known.iter().any(|known| row["for"]["reference"] == known.as_str());
    assert_eq!(own.iter().filter(lost).count(), 1, "one patient is not here any more");
    for row in &all {
        let said = desk.send(
            ADMIN,
            "POST /api/fhir/Task",
            &merged(row.clone(), &json!({"owner": {}, "for": {"reference": known[0]}})),
        );
        assert_eq!(said.status, 201, "the schema takes every row of the seed: {}", said.body);
    }
    assert_eq!(Desk::ward().omni.books.tasks, Desk::ward().omni.books.tasks);
}
