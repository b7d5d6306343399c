//! Logins, tokens and the limiter.

use serde_json::{Value, json};

use super::{ADMIN, AUDITOR, Desk, NURSE, login_request, request, with_header};

#[test]
fn contract_fhir_08_login_says_who_somebody_is() {
    let mut desk = Desk::ward();
    for (role, name, word) in [
        (ADMIN, "Synthetic Administrator", "admin"),
        (NURSE, "Robin Vale", "practitioner"),
        (AUDITOR, "Synthetic Auditor", "auditor"),
    ] {
        let said = desk.login(role);
        assert_eq!(
            (said.status, &said.body["user"]["fullName"], &said.body["user"]["role"]),
            (200, &json!(name), &json!(word))
        );
        assert_eq!(said.body["user"]["lastLoginAt"], "2026-05-04T22:10:00.000Z");
        assert_eq!(said.body["token"].as_str().map(|token| token.split('.').count()), Some(3));
        let me = desk.ask(role, "GET /api/auth/me");
        assert_eq!((me.status, &me.body["user"]), (200, &said.body["user"]));
    }
    let nurse = desk.ask(NURSE, "GET /api/auth/me").body["user"]["id"].clone();
    assert_eq!(format!("Practitioner/{}", nurse.as_str().expect("id")), desk.nurse());
}

#[test]
fn contract_fhir_08_wrong_logins() {
    let mut desk = Desk::ward();
    let good = "Synthetic-practitioner-1";
    for (email, password, status) in [
        ("  Robin.Vale@SYNTHETIC.example ", good, 200),
        ("robin.vale@synthetic.example", "synthetic-practitioner-1", 401),
        ("robin.vale@synthetic.example", "Synthetic-admin-1", 401),
        ("nobody@synthetic.example", good, 401),
        ("staff01@synthetic.example", good, 401),
        ("robin", good, 400),
        ("robin.vale@synthetic.example", "", 400),
    ] {
        let said = desk.raw(&login_request(email, password));
        assert_eq!(said.status, status, "{email} {password}");
        match status {
            401 => assert_eq!(said.body, json!({"message": "Invalid credentials"})),
            400 => assert_eq!(said.message(), "Validation error"),
            _ => {}
        }
    }
    let nurse =
        desk.omni.books.users.iter_mut().find(|user| user.staff == "prac_night_nurse").expect("nurse");
    nurse.active = false;
    assert_eq!(desk.login(NURSE).body, json!({"message": "Invalid credentials"}), "inactive");
}

#[test]
fn contract_fhir_08_a_token_ends_by_the_clock() {
    let mut desk = Desk::ward();
    desk.switch(&json!({"token_s": 2}));
    let token = desk.login(NURSE).body["token"].as_str().expect("token").to_owned();
    let bearer =
        with_header(request("GET /api/fhir/Task", None), "authorization", &format!("Bearer {token}"));
    assert_eq!(desk.raw(&bearer).status, 200);
    desk.later(1);
    assert_eq!(desk.raw(&bearer).status, 200);
    desk.later(1);
    let said = desk.raw(&bearer);
    assert_eq!((said.status, said.message()), (401, "Invalid or expired token"));
    let before = desk.omni.books.tasks.len();
    let body = desk.least();
    let mut create = with_header(bearer, "content-type", "application/json");
    (create.method, create.body) = ("POST".into(), body.to_string().into_bytes());
    assert_eq!((desk.raw(&create).status, desk.omni.books.tasks.len()), (401, before));
    assert_eq!(desk.ask(NURSE, "GET /api/fhir/Task").status, 200, "the eight hours of the older one go on");
}

#[test]
fn contract_fhir_08_what_needs_a_token_and_how_it_is_carried() {
    let mut desk = Desk::ward();
    for line in [
        "GET /api/fhir/metadata",
        "GET /api/fhir/Task",
        "GET /api/fhir/Practitioner",
        "GET /api/auth/me",
        "GET /api/admin/practitioners",
    ] {
        let said = desk.raw(&request(line, None));
        assert_eq!((said.status, said.message()), (401, "Missing bearer token"), "{line}");
        let lower = desk.request(NURSE, line, None);
        let header = lower.header("authorization").expect("header").replace("Bearer", "bearer");
        assert_eq!(desk.raw(&with_header(lower, "authorization", &header)).status, 401, "{line}");
        let cut = desk.request(NURSE, line, None);
        let header = cut.header("authorization").expect("header");
        let header = header[..header.len() - 1].to_owned();
        assert_eq!(
            desk.raw(&with_header(cut, "authorization", &header)).message(),
            "Invalid or expired token"
        );
    }
    let health = desk.raw(&request("GET /api/health", None));
    assert_eq!(health.body, json!({"status": "ok", "timestamp": "2026-05-04T22:10:00.000Z"}));
}

#[test]
fn contract_fhir_09_the_limiter_answers_in_html() {
    let mut desk = Desk::ward();
    assert_eq!(desk.login(NURSE).header("ratelimit-remaining"), Some("96"), "the fourth of a hundred");
    desk.later(113);
    for place in 0..96 {
        let said = if place % 2 == 0 { desk.login(AUDITOR) } else { desk.ask(NURSE, "GET /api/auth/me") };
        assert_eq!(said.status, 200, "{place}");
    }
    for said in
        [desk.login(NURSE), desk.ask(NURSE, "GET /api/auth/me"), desk.ask(NURSE, "GET /api/auth/other")]
    {
        assert_eq!((said.status, said.header("retry-after")), (429, Some("787")));
        assert_eq!(said.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(said.reply.body.starts_with(b"Too many requests, ") && said.body == Value::Null);
        for (name, value) in [("policy", "100;w=900"), ("limit", "100"), ("remaining", "0"), ("reset", "787")]
        {
            assert_eq!(said.header(&format!("ratelimit-{name}")), Some(value), "{name}");
        }
    }
    let said = desk.ask(NURSE, "GET /api/fhir/Task");
    assert_eq!((said.status, said.header("ratelimit-limit")), (200, None), "the rest has no limit");
    desk.later(787);
    assert_eq!(desk.login(NURSE).header("ratelimit-remaining"), Some("99"));
}
