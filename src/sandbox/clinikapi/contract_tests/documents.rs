//! The contract tests that concern documents.

use serde_json::{Value, json};

use super::{Desk, Request, merged, request};

fn sections(count: usize) -> Vec<Value> {
    (0..count).map(|place| json!({"title": format!("Section {place}"), "text": "Text."})).collect()
}

fn document(more: &Value) -> Value {
    let base = json!({
        "status": "preliminary", "type": "discharge-summary", "patientId": "pt_1", "practitionerId": "prac_1",
        "title": "Summary", "sections": sections(1),
    });
    merged(base, more)
}

#[test]
fn contract_01_section_bounds() {
    let mut desk = Desk::empty();
    for (count, status) in [(0, 422), (1, 201), (50, 201), (51, 422)] {
        let said = desk.post("/v1/documents", &document(&json!({"sections": sections(count)})));
        assert_eq!(said.status, status, "{count}");
        assert_eq!(said.names("sections"), status == 422, "{count}");
    }
}

#[test]
fn contract_02_document_strings_at_their_limits() {
    let section = |title: usize, text: usize| json!({"sections": [{"title": "q".repeat(title), "text": "q".repeat(text)}]});
    for (path, good, bad) in [
        ("type", json!({"type": "q".repeat(100)}), json!({"type": "q".repeat(101)})),
        ("title", json!({"title": "q".repeat(500)}), json!({"title": "q".repeat(501)})),
        (
            "category.1",
            json!({"category": ["a", "q".repeat(200)]}),
            json!({"category": ["a", "q".repeat(201)]}),
        ),
        ("sections.0.title", section(200, 1), section(201, 1)),
        ("sections.0.text", section(1, 50_000), section(1, 50_001)),
    ] {
        let mut desk = Desk::empty();
        assert_eq!(desk.post("/v1/documents", &document(&good)).status, 201, "{path}");
        let said = desk.post("/v1/documents", &document(&bad));
        assert_eq!((said.status, said.names(path), said.diagnostics().len()), (422, true, 1), "{path}");
        assert!(!String::from_utf8_lossy(&said.reply.body).contains("qqqq"));
    }
}

#[test]
fn contract_04_the_body_cap_bites_before_the_section_limits() {
    let mut desk = Desk::empty();
    let sections: Vec<Value> = (0..21).map(|_| json!({"title": "t", "text": "q".repeat(50_000)})).collect();
    let said = desk.post("/v1/documents", &document(&json!({"sections": sections})));
    assert_eq!((said.status, said.code()), (413, "PAYLOAD_TOO_LARGE"));
    assert_eq!(said.header("content-type"), Some("application/json"));
    let said = desk.ask(&Request { oversize: true, ..request("POST", "/v1/documents", None) });
    assert_eq!(said.status, 413);
}

#[test]
fn contract_05_required_enums_that_the_sample_lacks() {
    let mut desk = Desk::empty();
    for (more, path) in [
        (json!({"attester": [{"partyId": "prac_1"}]}), "attester.0.mode"),
        (json!({"relatesTo": [{"targetId": "doc_1"}]}), "relatesTo.0.code"),
        (json!({"relatesTo": [{"code": "replaces"}]}), "relatesTo.0.targetId"),
        (json!({"confidentiality": "X"}), "confidentiality"),
        (json!({"sections": [{"title": "a", "text": "b", "mode": "final"}]}), "sections.0.mode"),
    ] {
        let said = desk.post("/v1/documents", &document(&more));
        assert_eq!((said.status, said.names(path)), (422, true), "{path}");
    }
    let nested = json!([{"title": "<string>", "code": "<string>", "text": "<string>"}]);
    let sample = json!({
        "type": "<string>", "patientId": "<string>", "practitionerId": "<string>", "title": "<string>",
        "sections": [{"title": "<string>", "text": "<string>", "code": "<string>", "resourceIds": ["<string>"], "authorId": "<string>", "sections": nested}],
        "category": ["<string>"], "encounterId": "<string>", "date": "2023-11-07T05:31:56Z",
        "attester": [{"time": "2023-11-07T05:31:56Z", "partyId": "<string>"}], "custodianId": "<string>",
        "relatesTo": [{"targetId": "<string>"}],
        "event": [{"code": [{"system": "<string>", "code": "<string>", "display": "<string>"}], "period": {"start": "<string>", "end": "<string>"}, "detailIds": ["<string>"]}],
    });
    let said = desk.post("/v1/documents", &sample);
    assert_eq!(said.status, 422);
    assert_eq!(
        said.diagnostics(),
        ["status: required", "attester.0.mode: required", "relatesTo.0.code: required"]
    );
}

#[test]
fn contract_06_documents_in_error_come_back_but_cannot_be_sent() {
    let mut desk = Desk::ward();
    assert_eq!(desk.post("/v1/documents", &document(&json!({"status": "entered-in-error"}))).status, 422);
    let marked = desk.rows("/v1/documents?status=entered-in-error").remove(0);
    let path = format!("/v1/documents/{}", marked["id"].as_str().expect("id"));
    let said = desk.patch(&path, &json!({"title": "Corrected title"}));
    assert_eq!((said.status, &said.body["data"]["status"]), (200, &json!("entered-in-error")));
}

#[test]
fn contract_09_unknown_fields_of_stored_documents_are_shown_and_those_sent_are_dropped() {
    let mut desk = Desk::ward();
    let rows = desk.rows("/v1/documents");
    let extra = rows.iter().find(|row| row.get("workflowStage").is_some()).expect("a document with extras");
    assert_eq!(extra["sections"][0]["sections"][0]["confidence"], 0.9);
    let path = format!("/v1/documents/{}", extra["id"].as_str().expect("id"));
    let said = desk.patch(&path, &json!({"sections": extra["sections"]}));
    assert_eq!(said.status, 200);
    assert!(said.body["data"]["sections"][0].get("readingLevel").is_none());
    assert_eq!(said.body["data"]["workflowStage"], "peer-review", "what was not sent stays");
}

#[test]
fn contract_10_sections_are_replaced_whole() {
    let mut desk = Desk::empty();
    let id = desk.create("/v1/documents", &document(&json!({"sections": sections(4)})));
    let path = format!("/v1/documents/{id}");
    let addendum = json!({"sections": [{"title": "Addendum", "text": "Only this."}]});
    assert_eq!(desk.patch(&path, &addendum).status, 200);
    assert_eq!(desk.get(&path).body["data"]["sections"], addendum["sections"], "the other four are gone");
    assert_eq!(desk.patch(&path, &json!({"sections": []})).status, 422);
    let said = desk.patch(&path, &json!({"type": "care-plan", "patientId": "pt_2", "date": "2026-05-04"}));
    assert_eq!(said.body["data"]["type"], "discharge-summary");
    assert_eq!(
        (&said.body["data"]["patientId"], &said.body["data"]["date"]),
        (&json!("pt_1"), &json!("2026-05-04"))
    );
}

#[test]
fn contract_also_two_levels_of_sections_and_more_by_switch() {
    let nested = |depth: usize| {
        let leaf = json!({"title": "leaf", "text": "leaf"});
        (1..depth).fold(leaf, |inner, _| json!({"title": "t", "text": "x", "sections": [inner]}))
    };
    let mut desk = Desk::empty();
    for (depth, status) in [(1, 201), (2, 201), (3, 422)] {
        let said = desk.post("/v1/documents", &document(&json!({"sections": [nested(depth)]})));
        assert_eq!(said.status, status, "depth {depth}");
    }
    let said = desk.post("/v1/documents", &document(&json!({"sections": [nested(3)]})));
    assert!(said.names("sections.0.sections.0.sections"), "{:?}", said.diagnostics());
    desk.switch(&json!({"section_depth": 8}));
    assert_eq!(desk.post("/v1/documents", &document(&json!({"sections": [nested(8)]}))).status, 201);
    assert_eq!(desk.post("/v1/documents", &document(&json!({"sections": [nested(9)]}))).status, 422);
}

#[test]
fn contract_also_documents_get_their_defaults() {
    let mut desk = Desk::empty();
    let said = desk.post("/v1/documents", &document(&json!({})));
    assert_eq!(said.body["data"]["confidentiality"], "N");
    assert_eq!(said.body["data"]["date"], "2026-05-04T22:10:00.000Z");
    let id = said.body["data"]["id"].as_str().expect("id").to_owned();
    assert_eq!(
        desk.rows(
            "/v1/documents?patientId=pt_1&type=discharge-summary&dateFrom=2026-05-04&dateTo=2026-05-04"
        )
        .len(),
        1
    );
    assert_eq!(desk.rows("/v1/documents?dateTo=2026-05-03").len(), 0);
    assert_eq!(desk.get("/v1/documents?dateTo=May").status, 422);
    assert_eq!(desk.ask(&request("DELETE", &format!("/v1/documents/{id}"), None)).status, 204);
    assert_eq!(desk.rows("/v1/documents").len(), 0);
}
