//! The server's half of the contract tests, as plain function calls: bodies and updates here, the rest beside it.

mod door;
mod faults;
mod lists;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::books::Role;
use super::door::LOGINS;
use super::{Omni, seed};
use crate::sandbox::chaos::Faults;
use crate::sandbox::message::{Outcome, Reply, Request};
use crate::sandbox::system::Face;
use crate::sandbox::world::Assets;

const ADMIN: Role = Role::Admin;
const NURSE: Role = Role::Practitioner;
const AUDITOR: Role = Role::Auditor;
const NOWHERE: &str = "0123456789abcdef01234567";

/// A server with a clock that only the test moves, and everybody logged in.
struct Desk {
    omni: Omni,
    now: Timestamp,
    tokens: Vec<(Role, String)>,
}

/// A reply taken apart.
struct Said {
    status: u16,
    body: Value,
    reply: Reply,
}

impl Desk {
    fn ward() -> Desk {
        Desk::sized(250)
    }

    fn sized(tasks: usize) -> Desk {
        let now = "2026-05-04T22:10:00Z".parse().expect("time");
        let books = seed::store(&Assets::read().expect("assets"), 1, tasks, now);
        let mut desk = Desk { omni: Omni::new(books, 1, Faults::default()), now, tokens: Vec::new() };
        for role in [ADMIN, NURSE, AUDITOR] {
            let said = desk.login(role);
            let token = said.body["token"].as_str().expect("token").to_owned();
            desk.tokens.push((role, token));
        }
        desk
    }

    fn switch(&mut self, change: &Value) {
        self.omni.faults = self.omni.faults.changed(change).expect("good switches");
    }

    fn later(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn serve(&mut self, request: &Request) -> Option<Said> {
        match self.omni.serve(request, self.now) {
            Outcome::Cut => None,
            Outcome::Reply(reply) => {
                let body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
                Some(Said { status: reply.status, body, reply })
            }
        }
    }

    fn raw(&mut self, request: &Request) -> Said {
        self.serve(request).expect("an answer")
    }

    fn request(&self, role: Role, line: &str, body: Option<&Value>) -> Request {
        let (_, token) = self.tokens.iter().find(|(known, _)| *known == role).expect("logged in");
        with_header(request(line, body), "authorization", &format!("Bearer {token}"))
    }

    fn ask(&mut self, role: Role, line: &str) -> Said {
        let request = self.request(role, line, None);
        self.raw(&request)
    }

    fn send(&mut self, role: Role, line: &str, body: &Value) -> Said {
        let request = self.request(role, line, Some(body));
        self.raw(&request)
    }

    fn login(&mut self, role: Role) -> Said {
        let login = LOGINS.into_iter().find(|login| login.role == role).expect("login");
        self.raw(&login_request(login.email, login.password))
    }

    fn rows(&mut self, role: Role, line: &str) -> Vec<Value> {
        let said = self.ask(role, line);
        assert_eq!(said.status, 200, "{}", said.body);
        let entries = said.body["entry"].as_array().expect("entries");
        assert_eq!(said.body["total"], entries.len());
        entries.iter().map(|entry| entry["resource"].clone()).collect()
    }

    /// The reference of the nurse who is logged in.
    fn nurse(&self) -> String {
        self.staff("prac_night_nurse")
    }

    fn staff(&self, staff: &str) -> String {
        let user = self.omni.books.users.iter().find(|user| user.staff == staff).expect("staff");
        format!("Practitioner/{}", user.id)
    }

    fn patient(&self) -> String {
        format!("Patient/{}", self.omni.books.patients.first().expect("patients").id)
    }

    /// The smallest body that is good.
    fn least(&self) -> Value {
        json!({"resourceType": "Task", "description": "Synthetic", "for": {"reference": self.patient()}})
    }

    fn create(&mut self, role: Role, more: &Value) -> Value {
        let body = merged(self.least(), more);
        let said = self.send(role, "POST /api/fhir/Task", &body);
        assert_eq!(said.status, 201, "{}", said.body);
        said.body
    }
}

impl Said {
    fn header(&self, name: &str) -> Option<&str> {
        self.reply.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    fn paths(&self) -> Vec<&str> {
        let issues = self.body["issues"].as_array().map(Vec::as_slice).unwrap_or_default();
        issues.iter().filter_map(|issue| issue["path"].as_str()).collect()
    }
}

fn request(line: &str, body: Option<&Value>) -> Request {
    let (method, target) = line.split_once(' ').expect("method and target");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: vec![("host".into(), "127.0.0.1:4000".into())],
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        oversize: false,
    };
    if body.is_some() { with_header(request, "content-type", "application/json") } else { request }
}

fn login_request(email: &str, password: &str) -> Request {
    request("POST /api/auth/login", Some(&json!({"email": email, "password": password})))
}

fn with_header(mut request: Request, name: &str, value: &str) -> Request {
    request.headers.retain(|(known, _)| known != name);
    request.headers.push((name.into(), value.into()));
    request
}

fn merged(mut base: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().expect("object") {
        base[name.as_str()] = value.clone();
    }
    base
}

fn one(task: &Value) -> String {
    format!("/api/fhir/Task/{}", task["id"].as_str().expect("id"))
}

#[test]
fn contract_fhir_01_a_body_must_say_application_json() {
    let mut desk = Desk::ward();
    let body = desk.least();
    for (media, status) in [
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("application/fhir+json", 400),
        ("text/plain", 400),
        ("", 400),
    ] {
        let request = desk.request(ADMIN, "POST /api/fhir/Task", Some(&body));
        let said = desk.raw(&with_header(request, "content-type", media));
        assert_eq!(said.status, status, "{media}");
        assert_eq!(said.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(said.header("location"), None);
        if status == 400 {
            assert_eq!(said.message(), "Validation error");
            assert_eq!(said.paths(), ["resourceType", "description", "for"], "{media}");
        }
    }
    let mut broken = desk.request(ADMIN, "POST /api/fhir/Task", Some(&body));
    for (bytes, status) in [(&b"{"[..], 400), (b"1", 400), (b"[]", 400), (b"", 400)] {
        broken.body = bytes.to_vec();
        let said = desk.raw(&broken);
        assert_eq!((said.status, said.body["resourceType"].is_null()), (status, true), "no OperationOutcome");
        assert!(!said.message().is_empty());
    }
}

#[test]
fn contract_fhir_01_defaults_and_what_is_kept_of_a_body() {
    let mut desk = Desk::ward();
    let made = desk.create(ADMIN, &json!({}));
    assert_eq!(
        (&made["status"], &made["intent"], &made["priority"]),
        (&json!("requested"), &json!("order"), &json!("routine"))
    );
    assert_eq!(made["meta"], json!({"versionId": "0", "lastUpdated": "2026-05-04T22:10:00.000Z"}));
    assert_eq!(made["authoredOn"], "2026-05-04T22:10:00.000Z");
    for absent in ["code", "owner", "executionPeriod", "note"] {
        assert!(made.get(absent).is_none(), "{absent}");
    }
    let id = made["id"].as_str().expect("id");
    assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let (owner, registrar) = (desk.staff("prac_registrar"), "Amara Okonkwo-Reyes");
    for (sent, field, kept) in [
        (json!({"intent": "  any text  "}), "intent", json!("any text")),
        (json!({"intent": ""}), "intent", json!("order")),
        (json!({"description": "  a  "}), "description", json!("a")),
        (json!({"code": {"text": "t", "coding": [{"code": "c"}]}}), "code", json!({"text": "t"})),
        (
            json!({"code": {"coding": [{"code": "c", "display": "d"}, {"code": "e"}]}}),
            "code",
            json!({"text": "d"}),
        ),
        (json!({"code": {"coding": [{"system": "urn:s", "code": "c"}]}}), "code", json!({"text": "c"})),
        (json!({"code": {"coding": []}}), "code", Value::Null),
        (
            json!({"owner": {"reference": owner, "display": "x"}}),
            "owner",
            json!({"reference": owner, "display": registrar}),
        ),
        (json!({"owner": {"display": "Ward 4C"}}), "owner", json!({"display": "Ward 4C"})),
        (
            json!({"executionPeriod": {"start": "2026-05-05T06:00:00Z", "end": "2026-05-05T08:00:00.1239Z"}}),
            "executionPeriod",
            json!({"end": "2026-05-05T08:00:00.123Z"}),
        ),
        (json!({"executionPeriod": {"start": "2026-05-05T06:00:00Z"}}), "executionPeriod", Value::Null),
        (
            json!({"note": [{"text": " one ", "time": "x"}, {"text": "two"}]}),
            "note",
            json!([{"text": "one"}]),
        ),
        (json!({"restriction": {"period": {"end": "2026-05-05"}}}), "restriction", Value::Null),
        (json!({"input": [1], "output": {}, "businessStatus": 7, "requester": null}), "input", Value::Null),
        (
            json!({"id": NOWHERE, "meta": {"versionId": "7"}}),
            "meta",
            json!({"versionId": "0", "lastUpdated": "2026-05-04T22:10:00.000Z"}),
        ),
    ] {
        let made = desk.create(ADMIN, &sent);
        assert_eq!(made.get(field).unwrap_or(&Value::Null), &kept, "{sent}");
        assert_ne!(made["id"], NOWHERE);
        assert_eq!(desk.ask(ADMIN, &format!("GET {}", one(&made))).body, made, "{sent}");
    }
}

#[test]
fn contract_fhir_01_what_the_schema_refuses() {
    let mut desk = Desk::ward();
    let admin = desk.omni.books.users.iter().find(|user| user.role == ADMIN).expect("admin").id.clone();
    let retired = desk.staff("prac_retired");
    let mut table: Vec<(Value, &str, &str)> = vec![
        (json!({"resourceType": "Patient"}), "resourceType", "Validation error"),
        (json!({"status": "done"}), "status", "Validation error"),
        (json!({"status": "Requested"}), "status", "Validation error"),
        (json!({"status": null}), "status", "Validation error"),
        (json!({"intent": 1}), "intent", "Validation error"),
        (json!({"priority": null}), "priority", "Validation error"),
        (json!({"priority": "STAT"}), "priority", "Validation error"),
        (json!({"priority": ""}), "priority", "Validation error"),
        (json!({"code": "text"}), "code", "Validation error"),
        (json!({"code": {"coding": [{"code": 1}]}}), "code.coding.0.code", "Validation error"),
        (json!({"description": " \t"}), "description", "Validation error"),
        (json!({"description": null}), "description", "Validation error"),
        (json!({"for": {}}), "for.reference", "Validation error"),
        (json!({"for": {"reference": NOWHERE}}), "for.reference", "Validation error"),
        (json!({"owner": {"reference": NOWHERE}}), "owner.reference", "Validation error"),
        (json!({"owner": {"reference": "Practitioner/me"}}), "owner.reference", "Validation error"),
        (json!({"note": [{"text": " "}]}), "note.0.text", "Validation error"),
        (json!({"note": [{"text": "a"}, {}]}), "note.1.text", "Validation error"),
        (json!({"note": "a"}), "note", "Validation error"),
        (
            json!({"for": {"reference": format!("Patient/{NOWHERE}")}}),
            "",
            "Referenced Patient does not exist",
        ),
        (
            json!({"owner": {"reference": retired}}),
            "",
            "Referenced Practitioner does not exist or is inactive",
        ),
        (
            json!({"owner": {"reference": format!("Practitioner/{admin}")}}),
            "",
            "Referenced Practitioner does not exist or is inactive",
        ),
        (
            json!({"owner": {"reference": format!("Practitioner/{NOWHERE}")}}),
            "",
            "Referenced Practitioner does not exist or is inactive",
        ),
    ];
    let absolute = format!("http://127.0.0.1:4000/api/fhir/{}", desk.patient());
    table.push((json!({"for": {"reference": absolute}}), "for.reference", "Validation error"));
    let before = desk.omni.books.clone();
    for (wrong, path, message) in table {
        let body = merged(desk.least(), &wrong);
        let said = desk.send(ADMIN, "POST /api/fhir/Task", &body);
        assert_eq!((said.status, said.message()), (400, message), "{wrong}");
        let wanted: Vec<&str> = Some(path).into_iter().filter(|path| !path.is_empty()).collect();
        assert_eq!(said.paths(), wanted, "{wrong}: {}", said.body);
    }
    assert_eq!(desk.omni.books, before, "nothing was stored");
    let wrong = json!({"description": "", "priority": 1, "note": [{"text": ""}]});
    let body = merged(desk.least(), &wrong);
    let said = desk.send(ADMIN, "POST /api/fhir/Task", &body);
    assert_eq!(
        said.paths(),
        ["priority", "description", "note.0.text"],
        "all of them, in the schema's order"
    );
}

#[test]
fn contract_fhir_01_a_body_over_a_megabyte() {
    let mut desk = Desk::ward();
    let envelope = merged(desk.least(), &json!({"note": [{"text": ""}]})).to_string().len();
    for (bytes, status) in [(1_048_576, 201), (1_048_577, 413)] {
        let body = merged(desk.least(), &json!({"note": [{"text": "x".repeat(bytes - envelope)}]}));
        let said = desk.send(ADMIN, "POST /api/fhir/Task", &body);
        assert_eq!(said.status, status);
        if status == 413 {
            assert_eq!(said.body, json!({"message": "request entity too large"}));
        }
    }
    let mut request = request("POST /api/fhir/Task", Some(&json!({})));
    request.oversize = true;
    assert_eq!(desk.raw(&request).status, 413, "even before the token is looked at");
}

#[test]
fn contract_fhir_04_put_is_neither_replace_nor_merge() {
    let mut desk = Desk::ward();
    let owner = desk.staff("prac_registrar");
    let full = desk.create(
        ADMIN,
        &json!({
            "status": "accepted", "intent": "plan", "priority": "urgent", "code": {"text": "c"},
            "owner": {"reference": owner}, "authoredOn": "2026-05-01T08:00:00Z",
            "executionPeriod": {"end": "2026-05-06T08:00:00Z"}, "note": [{"text": "n"}],
        }),
    );
    let line = format!("PUT {}", one(&full));
    desk.later(60);
    let done = desk.send(ADMIN, &line, &merged(full.clone(), &json!({"status": "completed"})));
    let moved = json!({"versionId": "0", "lastUpdated": "2026-05-04T22:11:00.000Z"});
    let wanted = merged(full.clone(), &json!({"status": "completed", "meta": moved}));
    assert_eq!((done.status, &done.body), (200, &wanted), "the whole resource: nothing is lost");
    let again = desk.send(ADMIN, &line, &merged(full.clone(), &json!({"status": "draft"})));
    assert_eq!((again.status, &again.body["status"]), (200, &json!("draft")), "any change of status");

    let least = desk.least();
    desk.later(60);
    let said = desk.send(ADMIN, &line, &least);
    let wanted = json!({
        "resourceType": "Task", "id": full["id"],
        "meta": {"versionId": "0", "lastUpdated": "2026-05-04T22:12:00.000Z"},
        "status": "requested", "intent": "order", "priority": "routine", "description": "Synthetic",
        "for": full["for"], "owner": {"reference": owner, "display": ""},
        "authoredOn": "2026-05-04T22:12:00.000Z", "executionPeriod": full["executionPeriod"],
    });
    assert_eq!(said.body, wanted, "reset, but owner and due date stay");
}

#[test]
fn contract_fhir_05_owner_and_due_date_cannot_be_cleared() {
    let mut desk = Desk::ward();
    let owner = desk.staff("prac_intern");
    let end = json!({"end": "2026-05-06T08:00:00.000Z"});
    let task = desk.create(ADMIN, &json!({"owner": {"reference": owner}, "executionPeriod": end}));
    let line = format!("PUT {}", one(&task));
    for cleared in [json!({"owner": {}, "executionPeriod": {}}), json!({"owner": {"display": "Nobody"}})] {
        let said = desk.send(ADMIN, &line, &merged(desk.least(), &cleared));
        assert_eq!(said.status, 200);
        assert_eq!((&said.body["owner"]["reference"], &said.body["executionPeriod"]), (&json!(owner), &end));
    }
    for nothing in
        [json!({"owner": null}), json!({"executionPeriod": null}), json!({"executionPeriod": {"end": null}})]
    {
        assert_eq!(desk.send(ADMIN, &line, &merged(desk.least(), &nothing)).status, 400, "{nothing}");
    }
}

#[test]
fn contract_fhir_06_a_practitioner_cannot_hand_on() {
    let mut desk = Desk::ward();
    let (nurse, colleague) = (desk.nurse(), desk.staff("prac_registrar"));
    let own = json!({"reference": nurse, "display": "Robin Vale"});
    for owner in [json!({"owner": {"reference": colleague}}), json!({"owner": {"display": "x"}}), json!({})] {
        let made = desk.create(NURSE, &owner);
        assert_eq!(made["owner"], own, "silently replaced");
        let said = desk.send(NURSE, &format!("PUT {}", one(&made)), &merged(made.clone(), &owner));
        assert_eq!((said.status, &said.body["owner"]), (200, &own));
    }
    let theirs = desk.create(ADMIN, &json!({"owner": {"reference": colleague}}));
    let nobodys = desk.create(ADMIN, &json!({}));
    for task in [theirs, nobodys] {
        for said in [
            desk.ask(NURSE, &format!("GET {}", one(&task))),
            desk.send(NURSE, &format!("PUT {}", one(&task)), &merged(task.clone(), &json!({"owner": own}))),
        ] {
            let words = "Practitioners can only assign or update tasks under their own worklist";
            assert_eq!((said.status, said.message()), (403, words));
        }
        let mine = merged(task.clone(), &json!({"owner": own}));
        assert_eq!(
            desk.send(ADMIN, &format!("PUT {}", one(&task)), &mine).body["owner"],
            own,
            "an admin can"
        );
    }
}

#[test]
fn contract_fhir_07_dates_need_seconds_and_z() {
    let mut desk = Desk::ward();
    for (text, kept) in [
        ("2026-05-05T08:00:00Z", Some("2026-05-05T08:00:00.000Z")),
        ("2026-05-05T08:00:00.12Z", Some("2026-05-05T08:00:00.120Z")),
        ("2026-05-05T08:00:00+01:00", None),
        ("2026-05-05T08:00Z", None),
        ("2026-05-05T08:00:00", None),
        ("2026-05-05", None),
        ("", None),
    ] {
        for (path, body) in [
            ("authoredOn", json!({"authoredOn": text})),
            ("executionPeriod.end", json!({"executionPeriod": {"end": text}})),
            ("executionPeriod.start", json!({"executionPeriod": {"start": text}})),
        ] {
            let said = desk.send(ADMIN, "POST /api/fhir/Task", &merged(desk.least(), &body));
            match kept {
                None => assert_eq!((said.status, said.paths()), (400, vec![path]), "{body}"),
                Some(_) if path.ends_with("start") => assert_eq!(said.status, 201, "{body}"),
                Some(kept) => {
                    let pointer = format!("/{}", path.replace('.', "/"));
                    assert_eq!(said.body.pointer(&pointer), Some(&json!(kept)), "{body}");
                }
            }
        }
    }
}

#[test]
fn contract_fhir_12_no_version_guards_an_update() {
    let mut desk = Desk::ward();
    let task = desk.create(NURSE, &json!({}));
    let line = format!("GET {}", one(&task));
    let read = desk.ask(NURSE, &line);
    let tag = read.header("etag").expect("tag").to_owned();
    let request = desk.request(NURSE, &line, None);
    let known = desk.raw(&with_header(request.clone(), "if-none-match", &tag));
    assert_eq!((known.status, known.reply.body.len(), known.header("etag")), (304, 0, Some(tag.as_str())));
    desk.later(1);
    let id = task["id"].clone();
    let wish = json!({"id": id, "patch": {"status": "in-progress", "note": [{"text": "mine now"}]}});
    let changed = desk.omni.colleague(&wish, desk.now).expect("changed");
    let fresh = desk.raw(&with_header(request, "if-none-match", &tag));
    assert_eq!((fresh.status, &fresh.body), (200, &changed));
    assert_ne!(fresh.body["meta"]["lastUpdated"], read.body["meta"]["lastUpdated"]);
    assert_eq!(fresh.body["meta"]["versionId"], "0");
    desk.later(1);
    let stale = desk.request(NURSE, &format!("PUT {}", one(&task)), Some(&task));
    let said = desk.raw(&with_header(stale, "if-match", &tag));
    assert_eq!((said.status, said.body.get("note")), (200, None), "a stale tag is ignored, the note is lost");
}
