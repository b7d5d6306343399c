//! The server's half of the twenty contract tests, as plain function calls. Documents are in the second file.

mod documents;
mod faults;
mod seeded;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::store::Store;
use super::{Clinik, READ_KEY, WRITE_KEY, seed};
use crate::sandbox::chaos::Faults;
use crate::sandbox::message::{Outcome, Reply, Request};
use crate::sandbox::system::Face;
use crate::sandbox::world::Assets;

/// A server with a clock that only the test moves.
struct Desk {
    clinik: Clinik,
    now: Timestamp,
}

/// A reply taken apart.
struct Said {
    status: u16,
    body: Value,
    reply: Reply,
}

impl Desk {
    fn empty() -> Desk {
        Desk { clinik: Clinik::new(Store::default(), 1, Faults::default()), now: start() }
    }

    fn ward() -> Desk {
        let store = seed::store(&Assets::read().expect("assets"), 1, 250, start());
        Desk { clinik: Clinik::new(store, 1, Faults::default()), now: start() }
    }

    fn switch(&mut self, change: &Value) {
        self.clinik.faults = self.clinik.faults.changed(change).expect("good switches");
    }

    fn later(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn serve(&mut self, request: &Request) -> Option<Said> {
        match self.clinik.serve(request, self.now) {
            Outcome::Cut => None,
            Outcome::Reply(reply) => {
                let body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
                Some(Said { status: reply.status, body, reply })
            }
        }
    }

    fn ask(&mut self, request: &Request) -> Said {
        self.serve(request).expect("an answer")
    }

    fn get(&mut self, path: &str) -> Said {
        self.ask(&request("GET", path, None))
    }

    fn post(&mut self, path: &str, body: &Value) -> Said {
        self.ask(&request("POST", path, Some(body)))
    }

    fn patch(&mut self, path: &str, body: &Value) -> Said {
        self.ask(&request("PATCH", path, Some(body)))
    }

    fn create(&mut self, path: &str, body: &Value) -> String {
        let said = self.post(path, body);
        assert_eq!(said.status, 201, "{}", said.body);
        said.body["data"]["id"].as_str().expect("id").to_owned()
    }

    fn rows(&mut self, path: &str) -> Vec<Value> {
        self.get(path).body["data"]["data"].as_array().expect("rows").clone()
    }
}

impl Said {
    fn diagnostics(&self) -> Vec<&str> {
        let issues = self.body["issues"].as_array().map(Vec::as_slice).unwrap_or_default();
        issues.iter().filter_map(|issue| issue["diagnostics"].as_str()).collect()
    }

    fn names(&self, field: &str) -> bool {
        self.diagnostics().iter().any(|line| line.split(':').next() == Some(field))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.reply.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

fn start() -> Timestamp {
    "2026-05-04T22:10:00Z".parse().expect("time")
}

fn request(method: &str, target: &str, body: Option<&Value>) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: vec![("x-api-key".into(), WRITE_KEY.into())],
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        oversize: false,
    }
}

fn with_header(mut request: Request, name: &str, value: &str) -> Request {
    request.headers.retain(|(known, _)| known != name);
    request.headers.push((name.into(), value.into()));
    request
}

fn task(more: &Value) -> Value {
    merged(json!({"status": "requested", "intent": "order"}), more)
}

fn merged(mut base: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().expect("object") {
        base[name] = value.clone();
    }
    base
}

#[test]
fn contract_02_task_strings_at_their_limits() {
    let limits = [
        ("statusReason", 500),
        ("businessStatus", 200),
        ("code", 200),
        ("description", 2000),
        ("reasonCode", 500),
        ("note", 2000),
    ];
    for (field, limit) in limits {
        let mut desk = Desk::empty();
        let good = desk.post("/v1/tasks", &task(&json!({field: "q".repeat(limit)})));
        assert_eq!(good.status, 201, "{field} at {limit}");
        let bad = desk.post("/v1/tasks", &task(&json!({field: "q".repeat(limit + 1)})));
        assert_eq!((bad.status, bad.code()), (422, "VALIDATION_ERROR"), "{field}");
        assert_eq!(bad.diagnostics(), [format!("{field}: must be at most {limit} characters")]);
        assert!(!String::from_utf8_lossy(&bad.reply.body).contains("qqqq"), "the value is not repeated");
        assert!(bad.body["requestId"].is_string() && bad.body["error"].is_string());
    }
}

#[test]
fn contract_03_lengths_count_utf16_units() {
    let mut desk = Desk::empty();
    for (text, status) in [
        ("💉".repeat(250), 201),
        ("💉".repeat(251), 422),
        ("e\u{301}".repeat(250), 201),
        ("e\u{301}".repeat(251), 422),
        ("採血".repeat(250), 201),
    ] {
        assert_eq!(
            desk.post("/v1/tasks", &task(&json!({"statusReason": text}))).status,
            status,
            "{}",
            text.len()
        );
    }
}

#[test]
fn contract_05_seed_sample_of_a_task_lacks_status_and_intent() {
    let period = json!({"start": "2023-11-07T05:31:56Z", "end": "2023-11-07T05:31:56Z"});
    let parameter =
        json!([{"type": "<string>", "valueString": "<string>", "valueBoolean": true, "valueInteger": 123}]);
    let sample = json!({
        "statusReason": "<string>", "businessStatus": "<string>", "code": "<string>", "description": "<string>",
        "focusId": "<string>", "patientId": "<string>", "encounterId": "<string>", "executionPeriod": period,
        "authoredOn": "2023-11-07T05:31:56Z", "requesterId": "<string>", "ownerId": "<string>",
        "reasonCode": "<string>", "note": "<string>", "basedOn": ["<string>"], "partOf": ["<string>"],
        "input": parameter, "output": parameter,
        "restriction": {"repetitions": 123, "period": {"start": "<string>", "end": "<string>"}, "recipientIds": ["<string>"]},
    });
    let mut desk = Desk::empty();
    let said = desk.post("/v1/tasks", &sample);
    assert_eq!((said.status, said.diagnostics()), (422, vec!["status: required", "intent: required"]));
    let whole = merged(sample, &json!({"status": "draft", "intent": "plan", "priority": "stat"}));
    let said = desk.post("/v1/tasks", &whole);
    assert_eq!(said.status, 201);
    for (name, value) in whole.as_object().expect("object") {
        assert_eq!(&said.body["data"][name], value, "{name} is stored as sent");
    }
}

#[test]
fn contract_06_entered_in_error_comes_back_but_cannot_be_sent() {
    let mut desk = Desk::ward();
    let said = desk.post("/v1/tasks", &task(&json!({"status": "entered-in-error"})));
    assert_eq!((said.status, said.names("status")), (422, true));
    let marked = desk.rows("/v1/tasks?status=entered-in-error").remove(0);
    let path = format!("/v1/tasks/{}", marked["id"].as_str().expect("id"));
    assert_eq!(desk.patch(&path, &json!({"status": "entered-in-error"})).status, 422);
    let said = desk.patch(&path, &json!({"note": "seen"}));
    assert_eq!((said.status, &said.body["data"]["status"]), (200, &json!("entered-in-error")));
}

#[test]
fn contract_11_a_patch_is_an_object_under_three_media_types() {
    let mut desk = Desk::empty();
    let id = desk.create("/v1/tasks", &task(&json!({"note": "kept"})));
    let path = format!("/v1/tasks/{id}");
    for (kind, status) in [
        ("application/json", "accepted"),
        ("application/fhir+json", "in-progress"),
        ("application/json-patch+json", "completed"),
    ] {
        let edit = request("PATCH", &path, Some(&json!({"status": status})));
        let said = desk.ask(&with_header(edit, "content-type", kind));
        assert_eq!((said.status, &said.body["data"]["status"]), (200, &json!(status)), "{kind}");
        assert_eq!(said.body["data"]["note"], "kept");
    }
    let operations = json!([{"op": "replace", "path": "/status", "value": "draft"}]);
    let said = desk.patch(&path, &operations);
    assert_eq!((said.status, said.diagnostics()), (422, vec!["body: must be an object"]));
    assert_eq!(desk.get(&path).body["data"]["status"], "completed");
}

#[test]
fn contract_11_nulls_are_refused_and_empty_texts_clear() {
    let mut desk = Desk::empty();
    let start = json!({"note": "n", "priority": "urgent", "executionPeriod": {"start": "2026-05-04", "end": "2026-05-05"}});
    let path = format!("/v1/tasks/{}", desk.create("/v1/tasks", &task(&start)));
    assert_eq!(desk.patch(&path, &json!({"note": null})).status, 422);
    assert_eq!(desk.patch(&path, &json!({"priority": ""})).status, 422);
    let said = desk.patch(&path, &json!({"note": "", "executionPeriod": {"end": "2026-05-09"}}));
    assert_eq!(said.status, 200);
    assert!(said.body["data"].get("note").is_none());
    assert_eq!(said.body["data"]["executionPeriod"], json!({"end": "2026-05-09"}), "replaced whole");
}

#[test]
fn contract_12_fields_outside_the_update_list_do_not_stick() {
    let mut desk = Desk::empty();
    let id = desk.create("/v1/tasks", &task(&json!({"code": "lab-followup"})));
    let path = format!("/v1/tasks/{id}");
    let before = desk.get(&path).body["data"].clone();
    desk.later(60);
    let edit = json!({"code": "other", "restriction": {"period": {"end": "2027-01-01"}}, "intent": 5, "colour": "red"});
    let said = desk.patch(&path, &edit);
    assert_eq!((said.status, &said.body["data"]), (200, &before), "not even a new version");
}

#[test]
fn contract_14_pages_clamps_and_cursors() {
    let mut desk = Desk::ward();
    let mut sizes = Vec::new();
    let mut ids = std::collections::BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let said = desk.get(&format!("/v1/tasks?count=100&cursor={cursor}"));
        let page = &said.body["data"];
        assert_eq!(page["total"], 250);
        let rows = page["data"].as_array().expect("rows");
        sizes.push(rows.len());
        ids.extend(rows.iter().map(|row| row["id"].to_string()));
        match page["cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break assert_eq!(page["hasMore"], false),
        }
        assert_eq!(page["hasMore"], true);
    }
    assert_eq!((sizes, ids.len()), (vec![100, 100, 50], 250));
    for (count, size) in [("0", 20), ("-1", 20), ("abc", 20), ("", 20), ("1000", 100), ("7", 7)] {
        assert_eq!(desk.rows(&format!("/v1/tasks?count={count}")).len(), size, "count={count}");
    }
    let first = desk.rows("/v1/tasks");
    for cursor in ["abc", "-20", "0", "99999999999999999999999"] {
        assert_eq!(desk.rows(&format!("/v1/tasks?cursor={cursor}")), first, "cursor={cursor}");
    }
    assert_eq!(desk.rows("/v1/tasks?cursor=900"), Vec::<Value>::new());
    let newest = desk.rows("/v1/tasks?sort=-date&count=100");
    let dates: Vec<&str> = newest.iter().filter_map(|row| row["authoredOn"].as_str()).collect();
    assert!(dates.windows(2).all(|pair| pair[0] >= pair[1]));
    assert_eq!(desk.rows("/v1/tasks?sort=priority"), first, "an unknown order changes nothing");
}

#[test]
fn contract_14_a_row_that_comes_between_pages_shifts_the_offset() {
    let mut desk = Desk::ward();
    let first = desk.rows("/v1/tasks?sort=-date&count=100");
    desk.create("/v1/tasks", &task(&json!({})));
    let second = desk.rows("/v1/tasks?sort=-date&count=100&cursor=100");
    assert_eq!(first.last(), second.first());
}

#[test]
fn contract_16_limits_are_told_and_held() {
    let mut desk = Desk::ward();
    desk.switch(&json!({"rate_limit": 2}));
    assert_eq!((desk.get("/v1/tasks").status, desk.get("/v1/tasks").status), (200, 200));
    let said = desk.get("/v1/tasks");
    assert_eq!((said.status, said.code()), (429, "RATE_LIMITED"));
    assert_eq!((said.header("retry-after"), said.header("x-ratelimit-reset")), (Some("60"), Some("60")));
    assert_eq!(desk.get("/health").status, 200);
    desk.later(60);
    assert_eq!(desk.get("/v1/tasks").status, 200);
    for (switch, code) in
        [("sandbox_limit", "SANDBOX_QUOTA_EXCEEDED"), ("quota_limit", "MONTHLY_QUOTA_EXCEEDED")]
    {
        let mut desk = Desk::ward();
        desk.switch(&json!({switch: 5}));
        let said = desk.get("/v1/tasks");
        assert_eq!((said.status, said.code(), said.header("retry-after")), (429, code, None));
        assert_eq!(said.header("x-quota-reset"), Some("2026-06-01T00:00:00.000Z"));
    }
}

#[test]
fn contract_17_keys_scopes_and_overrides() {
    let mut desk = Desk::ward();
    let mut bare = request("GET", "/v1/tasks", None);
    bare.headers.clear();
    let said = desk.ask(&bare);
    assert_eq!((said.status, said.code(), said.header("x-quota-limit")), (401, "UNAUTHORIZED", None));
    for (key, status, code) in [
        ("sk_123", 401, "INVALID_KEY_FORMAT"),
        ("clk_test_", 401, "INVALID_KEY_FORMAT"),
        ("clk_test_a b", 401, "INVALID_KEY_FORMAT"),
        ("clk_live_0123abcd", 401, "INVALID_KEY"),
        ("clk_test_sandbox_revoked", 401, "KEY_REVOKED"),
        ("clk_test_sandbox_expired", 401, "KEY_EXPIRED"),
        (READ_KEY, 200, ""),
    ] {
        let said = desk.ask(&with_header(request("GET", "/v1/tasks", None), "x-api-key", key));
        assert_eq!((said.status, said.code()), (status, code), "{key}");
    }
    for (method, path) in [("POST", "/v1/tasks"), ("PATCH", "/v1/tasks/x"), ("DELETE", "/v1/documents/x")] {
        let said = desk.ask(&with_header(request(method, path, Some(&json!({}))), "x-api-key", READ_KEY));
        assert_eq!((said.status, said.code()), (403, "FORBIDDEN"), "{method}");
    }
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        let said = desk.ask(&with_header(bare.clone(), name, "GET"));
        assert_eq!(
            (said.status, said.code()),
            (400, "METHOD_OVERRIDE_REJECTED"),
            "before the key is looked at"
        );
    }
    for (path, kind) in [("/health", "application/json"), ("/v1/metadata", "application/fhir+json")] {
        let said = desk.ask(&Request { path: path.into(), ..bare.clone() });
        assert_eq!((said.status, said.header("content-type")), (200, Some(kind)));
        assert!(said.body.get("data").is_none(), "not enveloped");
    }
}

#[test]
fn contract_17_the_order_of_checks() {
    let mut desk = Desk::empty();
    let broken = Request { body: b"{".to_vec(), ..request("POST", "/v1/nowhere", None) };
    assert_eq!(desk.ask(&broken).status, 404, "route before body");
    let large = Request { body: vec![b'{'; 1_048_577], ..request("POST", "/v1/tasks", None) };
    assert_eq!(desk.ask(&large).status, 413, "size before syntax");
    let broken = Request { path: "/v1/tasks".into(), ..broken };
    let said = desk.ask(&broken);
    assert_eq!((said.status, said.code()), (400, "INVALID_JSON"));
    let wrong = json!({"intent": "wish", "priority": 1, "note": false, "executionPeriod": {"end": "soon"}, "input": [{"valueInteger": 1.5}, 7]});
    let said = desk.post("/v1/tasks", &wrong);
    assert_eq!(said.status, 422);
    for field in [
        "status",
        "intent",
        "priority",
        "note",
        "executionPeriod.end",
        "input.0.type",
        "input.0.valueInteger",
        "input.1",
    ] {
        assert!(said.names(field), "{field} in {:?}", said.diagnostics());
    }
    for method in ["PUT", "HEAD", "OPTIONS"] {
        assert_eq!(desk.ask(&request(method, "/v1/tasks", None)).status, 404, "{method}");
    }
}

#[test]
fn contract_18_an_ambiguous_create_is_made_once() {
    let mut desk = Desk::empty();
    desk.switch(&json!({"next": [{"fault": "drop_after_commit", "method": "POST"}]}));
    let create = with_header(
        request("POST", "/v1/tasks", Some(&task(&json!({"note": "once"})))),
        "idempotency-key",
        "k1",
    );
    assert!(desk.serve(&create).is_none(), "the connection ends");
    assert_eq!(desk.rows("/v1/tasks").len(), 1, "though the work was done");
    let said = desk.ask(&create);
    assert_eq!((said.status, desk.rows("/v1/tasks").len()), (201, 1));
    let other = with_header(request("POST", "/v1/tasks", Some(&task(&json!({})))), "idempotency-key", "k1");
    assert_eq!(desk.ask(&other).status, 409);
    let fresh = with_header(create, "idempotency-key", "k2");
    assert_eq!((desk.ask(&fresh).status, desk.rows("/v1/tasks").len()), (201, 2));
}

#[test]
fn contract_18_a_refused_body_can_be_mended_under_its_key() {
    let mut desk = Desk::empty();
    let send = |body: &Value| with_header(request("POST", "/v1/tasks", Some(body)), "idempotency-key", "k1");
    assert_eq!(desk.ask(&send(&json!({}))).status, 422);
    assert_eq!(desk.ask(&send(&task(&json!({})))).status, 201);
}

#[test]
fn contract_19_search_lags_and_reads_do_not() {
    let mut desk = Desk::empty();
    desk.switch(&json!({"lag_ms": 10_000}));
    let id = desk.create("/v1/tasks", &task(&json!({})));
    let path = format!("/v1/tasks/{id}");
    assert_eq!((desk.get(&path).status, desk.rows("/v1/tasks").len()), (200, 0));
    desk.later(10);
    assert_eq!(desk.rows("/v1/tasks").len(), 1);
    desk.patch(&path, &json!({"status": "completed"}));
    assert_eq!(desk.rows("/v1/tasks")[0]["status"], "requested");
    assert_eq!(desk.rows("/v1/tasks?status=completed").len(), 0);
    assert_eq!(desk.get(&path).body["data"]["status"], "completed");
    desk.later(10);
    assert_eq!(desk.rows("/v1/tasks?status=completed").len(), 1);
    let said = desk.ask(&request("DELETE", &path, None));
    assert_eq!((said.status, said.reply.body.len()), (204, 0));
    assert_eq!((desk.get(&path).status, desk.rows("/v1/tasks").len()), (404, 1));
    assert_eq!(desk.ask(&request("DELETE", &path, None)).status, 404);
    desk.later(10);
    assert_eq!(desk.rows("/v1/tasks").len(), 0);
}

#[test]
fn contract_20_path_ids_never_reach_another_row() {
    let mut desk = Desk::ward();
    let long = "a".repeat(129);
    for id in ["..", ".", "%2e%2e", "%2E", "a%2Fb", "a/b", "a%3Fb", "a%20b", "", "%00", "é", long.as_str()] {
        for method in ["GET", "PATCH", "DELETE"] {
            let said = desk.ask(&request(method, &format!("/v1/tasks/{id}"), Some(&json!({"note": "x"}))));
            assert_eq!((said.status, said.code()), (404, "NOT_FOUND"), "{method} {id}");
        }
    }
    assert_eq!(desk.rows("/v1/tasks?count=100").len(), 100);
    assert_eq!(desk.get("/v1/tasks/..%2Fpatients").status, 404);
}

#[test]
fn contract_20_references_texts_and_dates_are_stored_as_sent() {
    let mut desk = Desk::empty();
    let wild = json!({"patientId": "Patient/pt_1", "description": "\u{1b}[31m\u{202e}\t\r\nx", "basedOn": ["ServiceRequest/1"]});
    let said = desk.post("/v1/tasks", &task(&wild));
    assert_eq!(said.status, 201);
    for (name, value) in wild.as_object().expect("object") {
        assert_eq!(&said.body["data"][name], value);
    }
    for (date, status) in [
        ("2025-02-01", 201),
        ("2024-02-29T00:00:00Z", 201),
        ("2025-02-01T10:00:00.123456Z", 201),
        ("2025-02-01T10:00:00+05:30", 201),
        ("2025-02", 422),
        ("2025-02-29", 422),
        ("2025-02-01T10:00:00", 422),
        ("", 422),
        ("soon", 422),
    ] {
        let said = desk.post("/v1/tasks", &task(&json!({"executionPeriod": {"end": date}})));
        assert_eq!(said.status, status, "{date}");
        let free = desk.post("/v1/tasks", &task(&json!({"restriction": {"period": {"end": date}}})));
        assert_eq!(free.status, 201, "restriction.period is plain text: {date}");
    }
}

#[test]
fn contract_also_values_that_look_empty_are_kept() {
    let mut desk = Desk::empty();
    let input = json!([{"type": "a", "valueBoolean": false}, {"type": "b", "valueInteger": 0}, {"type": "c", "valueInteger": 2.0}]);
    let said = desk.post("/v1/tasks", &task(&json!({"input": input})));
    let kept = json!([{"type": "a", "valueBoolean": false}, {"type": "b", "valueInteger": 0}, {"type": "c", "valueInteger": 2}]);
    assert_eq!(said.body["data"]["input"], kept);
    let said = desk.post("/v1/tasks", &task(&json!({"input": [{"type": "", "valueInteger": 1.5}]})));
    assert_eq!(
        said.diagnostics(),
        ["input.0.type: must not be empty", "input.0.valueInteger: must be an integer"]
    );
}
