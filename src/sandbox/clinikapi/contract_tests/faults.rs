//! The contract tests in which the server misbehaves on purpose.

use serde_json::{Value, json};

use super::{Desk, request, task, with_header};
use crate::sandbox::system::Face;

#[test]
fn contract_07_unknown_codes_by_switch_and_in_the_ward() {
    let mut desk = Desk::ward();
    let statuses = |rows: &[Value]| rows.iter().filter(|row| row["status"] == "simmering").count();
    let rows = desk.rows("/v1/tasks?count=100");
    for (field, word) in [("status", "awaiting-bed"), ("priority", "critical"), ("intent", "suggestion")] {
        assert!(rows.iter().any(|row| row[field] == word), "{word}");
    }
    assert_eq!(statuses(&rows), 0);
    desk.switch(&json!({"unknown_enum": true}));
    let rows = desk.rows("/v1/tasks?count=100");
    assert_eq!((statuses(&rows), rows.len()), (1, 100));
    assert_eq!((&rows[0]["intent"], &rows[0]["priority"]), (&json!("wish"), &json!("whenever")));
}

#[test]
fn contract_08_a_colleague_can_store_any_shape() {
    let mut desk = Desk::empty();
    let odd = json!({"status": 7, "intent": null, "note": {}, "input": [], "code": "", "restriction": {"period": []}});
    let shown = desk.clinik.colleague(&json!({"create": odd, "id": "odd_1"}), desk.now).expect("stored");
    assert_eq!(desk.rows("/v1/tasks").first(), Some(&shown));
    for (name, value) in odd.as_object().expect("object") {
        assert_eq!(&shown[name], value, "{name} comes back as it is");
    }
    let wishes = [
        json!({"create": {}, "id": "odd_1"}),
        json!({"id": "odd_2", "patch": {}}),
        json!({"delete": "odd_2"}),
        json!({"kind": "beds", "id": "odd_1", "patch": {}}),
        json!([]),
        json!({}),
    ];
    for wish in wishes {
        assert!(desk.clinik.colleague(&wish, desk.now).is_err(), "{wish}");
    }
    assert!(desk.clinik.colleague(&json!({"delete": "odd_1"}), desk.now).is_ok());
    assert_eq!(desk.get("/v1/tasks/odd_1").status, 404);
}

#[test]
fn contract_13_envelope_variants() {
    let mut desk = Desk::ward();
    let full = desk.get("/v1/tasks?count=3");
    let rows = full.body["data"]["data"].clone();
    let meta = &full.body["meta"];
    for (field, header) in [
        ("requestId", "x-request-id"),
        ("timestamp", "x-timestamp"),
        ("rateLimitTotal", "x-ratelimit-limit"),
        ("rateLimitRemaining", "x-ratelimit-remaining"),
        ("rateLimitReset", "x-ratelimit-reset"),
    ] {
        let value = meta[field].as_str().map_or_else(|| meta[field].to_string(), str::to_owned);
        assert_eq!(full.header(header), Some(value.as_str()), "{field}");
    }
    assert_eq!(meta["status"], 200);
    desk.switch(&json!({"envelope": "data_only"}));
    let said = desk.get("/v1/tasks?count=3");
    assert!(said.body.get("meta").is_none() && said.header("x-request-id").is_some());
    assert_eq!(said.body["data"]["data"], rows);
    desk.switch(&json!({"meta_headers": false}));
    assert_eq!(desk.get("/v1/tasks?count=3").header("x-request-id"), None);
    desk.switch(&json!({"envelope": "bare"}));
    assert_eq!(desk.get("/v1/tasks?count=3").body["data"], rows);
    desk.switch(&json!({"envelope": "array"}));
    assert_eq!(desk.get("/v1/tasks?count=3").body, rows);
    desk.switch(&json!({"envelope": "bundle"}));
    let bundle = desk.get("/v1/tasks?count=3").body;
    assert_eq!((&bundle["resourceType"], &bundle["total"]), (&json!("Bundle"), &json!(250)));
    assert_eq!(bundle["entry"][0]["resource"]["resourceType"], "Task");
    assert_eq!(bundle["entry"][0]["resource"]["id"], rows[0]["id"]);
    assert_eq!(bundle["link"][0]["url"], "/v1/tasks?cursor=3");
    desk.switch(&json!({"envelope": "full", "phantom_row": true}));
    let with_phantom = desk.rows("/v1/tasks?count=3");
    assert_eq!((with_phantom.len(), &with_phantom[3]["id"]), (4, &json!("")));
}

#[test]
fn contract_13_fhir_shape_inside_the_envelope() {
    let mut desk = Desk::empty();
    let body = json!({
        "patientId": "pt_1", "ownerId": "prac_1", "focusId": "Observation/o1", "code": "lab-followup", "note": "n",
        "input": [{"type": "k", "valueBoolean": false}],
        "restriction": {"period": {"end": "2026-06-01"}, "recipientIds": ["prac_2"]},
    });
    let id = desk.create("/v1/tasks", &task(&body));
    desk.switch(&json!({"shape": "fhir"}));
    let said = desk.get(&format!("/v1/tasks/{id}"));
    let shown = &said.body["data"];
    assert_eq!((&shown["resourceType"], &shown["id"]), (&json!("Task"), &json!(id)));
    for (pointer, wanted) in [
        ("/for/reference", json!("Patient/pt_1")),
        ("/owner/reference", json!("Practitioner/prac_1")),
        ("/focus/reference", json!("Observation/o1")),
        ("/code/text", json!("lab-followup")),
        ("/note/0/text", json!("n")),
        ("/input/0/type/text", json!("k")),
        ("/input/0/valueBoolean", json!(false)),
        ("/restriction/period/end", json!("2026-06-01")),
        ("/restriction/recipient/0/reference", json!("Practitioner/prac_2")),
        ("/meta/lastUpdated", json!("2026-05-04T22:10:00.000Z")),
    ] {
        assert_eq!(shown.pointer(pointer), Some(&wanted), "{pointer}");
    }
    let mut ward = Desk::ward();
    ward.switch(&json!({"shape": "fhir"}));
    let rows = ward.rows("/v1/documents?type=operative-report");
    assert_eq!(
        rows[0]["section"][1]["text"]["div"],
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">Gallbladder &lt;1 stone&gt; &amp; bile, to pathology.</div>"
    );
    let people = ward.rows("/v1/practitioners");
    assert_eq!(
        (&people[0]["name"][0]["family"], &people[0]["name"][0]["prefix"][0]),
        (&json!("Vale"), &json!("RN"))
    );
}

#[test]
fn contract_15_error_bodies_in_other_shapes() {
    for (fault, status, begins) in [
        ("html_502", 502, "<html>"),
        ("html_200", 200, "<!doctype html>"),
        ("empty_500", 500, ""),
        ("truncated_json", 200, "{\"data\":{\"data\":["),
        ("json_string", 500, "\"something"),
        ("operation_outcome", 500, "{\"resourceType\":\"OperationOutcome\",\"issue\":["),
        ("error_object", 500, "{\"error\":{"),
        ("no_message", 500, "{\"error\":\"Internal Server Error\",\"code\":"),
        ("redirect", 302, ""),
        ("conflict_409", 409, "{\"error\":\"Conflict\""),
    ] {
        let mut desk = Desk::ward();
        desk.switch(&json!({"next": [fault]}));
        let said = desk.get("/v1/tasks");
        let text = String::from_utf8_lossy(&said.reply.body).into_owned();
        assert_eq!(said.status, status, "{fault}");
        assert!(text.starts_with(begins), "{fault}: {}", text.get(..80).unwrap_or(&text));
        assert_eq!(
            serde_json::from_str::<Value>(&text).is_err(),
            status == 502 || said.body.is_null(),
            "{fault}"
        );
        assert_eq!(desk.get("/v1/tasks").status, 200, "one request only");
    }
    let mut desk = Desk::ward();
    desk.switch(&json!({"next": ["huge_body"]}));
    assert_eq!(desk.get("/v1/tasks").reply.body.len(), 64 << 20);
}

#[test]
fn contract_16_the_429_family() {
    for (fault, code, wait) in [
        ("rate_limited", "RATE_LIMITED", Some("2")),
        ("rate_limited_bare", "RATE_LIMITED", None),
        ("rate_limited_date", "RATE_LIMITED", Some("Mon, 04 May 2026 22:10:02 GMT")),
        ("rate_limited_absurd", "RATE_LIMITED", Some("1000000000")),
        ("quota_monthly", "MONTHLY_QUOTA_EXCEEDED", None),
        ("quota_sandbox", "SANDBOX_QUOTA_EXCEEDED", None),
    ] {
        let mut desk = Desk::ward();
        desk.switch(&json!({"next": [fault]}));
        let said = desk.post("/v1/tasks", &task(&json!({})));
        assert_eq!((said.status, said.code(), said.header("retry-after")), (429, code, wait));
        assert_eq!(said.header("x-ratelimit-reset"), Some("60"), "seconds, not a moment");
        assert_eq!(desk.get("/v1/tasks").body["data"]["total"], 250, "it was not carried out");
    }
}

#[test]
fn contract_18_faults_at_a_rate_do_the_work_half_of_the_time() {
    let mut desk = Desk::empty();
    desk.switch(&json!({"drop": 1.0}));
    for _ in 0..200 {
        assert!(desk.serve(&request("POST", "/v1/tasks", Some(&task(&json!({}))))).is_none());
    }
    desk.switch(&json!({"drop": 0.0}));
    let done = desk.get("/v1/tasks").body["data"]["total"].as_u64().expect("total");
    assert!((60..140).contains(&done), "{done}");
    desk.switch(&json!({"status": {"429": 1.0}}));
    assert_eq!(desk.post("/v1/tasks", &task(&json!({}))).status, 429);
    desk.switch(&json!({"status": {}}));
    assert_eq!(desk.get("/v1/tasks").body["data"]["total"], done);
}

#[test]
fn contract_also_versions_conflict_only_when_asked() {
    let mut desk = Desk::empty();
    let path = format!("/v1/tasks/{}", desk.create("/v1/tasks", &task(&json!({}))));
    let edit = |note: &str| request("PATCH", &path, Some(&json!({"note": note})));
    assert_eq!(desk.ask(&with_header(edit("a"), "if-match", "W/\"1\"")).status, 200);
    let said = desk.ask(&with_header(edit("b"), "if-match", "\"1\""));
    assert_eq!((said.status, said.code()), (409, "CONFLICT"));
    assert_eq!(desk.ask(&edit("c")).status, 200);
    let id = path.trim_start_matches("/v1/tasks/").to_owned();
    let said = desk.get(&format!("/v1/fhir/Task/{id}"));
    assert_eq!(
        (&said.body["meta"]["versionId"], said.header("content-type")),
        (&json!("3"), Some("application/fhir+json"))
    );
    assert_eq!(desk.get("/v1/fhir/Task?_count=5").body["entry"][0]["resource"]["id"], json!(id));
    assert_eq!(desk.get("/v1/fhir/Bed/1").status, 404);
}

#[test]
fn contract_also_references_are_checked_by_switch() {
    let mut desk = Desk::empty();
    let body = task(&json!({"patientId": "pt_none", "ownerId": "prac_none"}));
    assert_eq!(desk.post("/v1/tasks", &body).status, 201);
    desk.switch(&json!({"strict_references": true}));
    let said = desk.post("/v1/tasks", &body);
    assert_eq!(
        (said.status, said.diagnostics()),
        (422, vec!["patientId: must exist", "ownerId: must exist"])
    );
}
