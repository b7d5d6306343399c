//! What a text file cannot say: lists at the cap, arbitrary bodies, signing in, what is learnt of oneself.
//!
//! Must not repeat the conversations of `tests/wire/omniehr`.

use super::*;
use crate::{
    domain::time::{DateTime, Timestamp},
    providers::{
        ErrorKind, Page, PagingGuard, TaskSearch,
        answers::WINDOW_S,
        junk::{self, every_call_about, headers, near_json},
    },
};
use proptest::prelude::*;
use serde_json::json;

fn provider(role: &str) -> Box<dyn Provider> {
    let lore = Lore(json!({"role": role, "id": id(1)}).to_string().into());
    make(SourceProfile::default()).taught(&lore).unwrap()
}

fn id(number: usize) -> String {
    format!("{number:024x}")
}

fn resource(number: usize, status: &str) -> Value {
    json!({"resource": {
        "resourceType": "Task", "id": id(number), "status": status, "priority": "routine",
        "description": "synthetic", "for": {"reference": format!("Patient/{}", id(7))},
        "authoredOn": "2026-11-21T01:00:00.000Z",
    }, "search": {"mode": "match"}})
}

fn answered(status: u16, body: Vec<u8>) -> WireReply {
    let received_at = Timestamp::UNIX_EPOCH;
    WireReply::Answered(WireAnswer { status, headers: Vec::new(), body, over_cap: false, received_at })
}

fn bundle(rows: &[Value]) -> WireReply {
    let bundle = json!({"resourceType": "Bundle", "total": rows.len(), "entry": rows});
    answered(200, bundle.to_string().into_bytes())
}

/// The server as it is: at most three hundred, one status.
fn list(all: &[Value], request: &WireRequest) -> WireReply {
    let wanted = request.query.iter().find(|(name, _)| name == "status").map(|(_, status)| status.as_str());
    let fits = |row: &&Value| wanted.is_none_or(|status| row["resource"]["status"] == *status);
    bundle(&all.iter().filter(fits).take(LIST_CAP).cloned().collect::<Vec<_>>())
}

fn converse(provider: &dyn Provider, call: &Call, all: &[Value]) -> Result<Reply, ApiError> {
    let mut heard = Vec::new();
    loop {
        match provider.step(call, &heard) {
            Step::Ask(request) => heard.push(list(all, &request)),
            Step::Done(outcome) => return outcome.map(|answer| answer.reply),
        }
    }
}

fn page(provider: &dyn Provider, cursor: Option<String>, all: &[Value]) -> Page {
    let call = Call::SearchTasks { search: TaskSearch::default(), cursor, count: 300 };
    match converse(provider, &call, all) {
        Ok(Reply::Page(page)) => page,
        other => panic!("{other:?}"),
    }
}

#[test]
fn contract_fhir_10_of_320_tasks_no_total_is_claimed_and_all_open_work_is_seen() {
    let status = |number: usize| ["completed", "requested", "in-progress", "on-hold"][number % 4];
    let all: Vec<Value> = (0..320).map(|number| resource(number, status(number))).collect();
    let provider = provider("admin");
    let mut guard = PagingGuard::new(9);
    let first = page(&*provider, None, &all);
    assert_eq!((first.tasks.len(), first.total, first.is_cut), (300, None, true));
    let next = guard.admit(&first);
    assert!(next.is_some(), "there is a way on");
    let rest = page(&*provider, next, &all);
    assert_eq!((rest.total, rest.is_cut, rest.next.clone()), (None, true, None));
    assert_eq!(guard.admit(&rest), None);
    assert!(guard.is_cut(), "closed tasks may be missing");
    // The twenty beyond the cap, but for the five that are completed.
    assert_eq!(guard.distinct(), 315);
}

#[test]
fn contract_fhir_10_a_list_below_the_cap_is_whole_and_a_full_one_is_not() {
    let all: Vec<Value> = (0..300).map(|number| resource(number, "requested")).collect();
    let provider = provider("admin");
    let whole = page(&*provider, None, &all[..299]);
    assert_eq!((whole.total, whole.is_cut, whole.next), (Some(299), false, None));
    let full = page(&*provider, None, &all);
    assert_eq!((full.total, full.is_cut, full.next.is_some()), (None, true, true));
}

#[test]
fn contract_fhir_10_a_full_list_without_the_lost_create_proves_nothing() {
    let draft = Task {
        description: Some("lost".into()),
        patient: Some(crate::domain::people::Reference::new(&id(7))),
        authored_on: Some(DateTime::parse("2026-11-21T01:59:00.123Z")),
        ..Task::default()
    };
    let call = Call::FindCreated { draft: Box::new(draft), idempotency_key: String::new() };
    let mut all: Vec<Value> = (0..300).map(|number| resource(number, "requested")).collect();
    let provider = provider("admin");
    assert_eq!(converse(&*provider, &call, &all).unwrap_err().kind, ErrorKind::Unknown);
    assert_eq!(converse(&*provider, &call, &all[..299]), Ok(Reply::Candidates(Vec::new())));
    all[5]["resource"]["authoredOn"] = json!("2026-11-21T01:59:00.123Z");
    let found = converse(&*provider, &call, &all);
    assert!(matches!(&found, Ok(Reply::Candidates(found)) if found[0].id() == &*id(5)), "{found:?}");
}

#[test]
fn a_body_over_a_megabyte_is_not_sent() {
    let draft = |length: usize| Task {
        description: Some("x".repeat(length).into()),
        patient: Some(crate::domain::people::Reference::new(&id(7))),
        ..Task::default()
    };
    let step = |length| {
        let call = Call::CreateTask { draft: Box::new(draft(length)), idempotency_key: String::new() };
        provider("admin").step(&call, &[])
    };
    assert!(matches!(step(1_048_000), Step::Ask(_)));
    assert!(matches!(step(1_048_576), Step::Done(Err(ApiError { kind: ErrorKind::Refused(_), .. }))));
}

#[test]
fn contract_fhir_08_signing_in_names_the_two_places_and_reads_the_token() {
    let provider = make(SourceProfile::default());
    let request = provider.sign_in().unwrap();
    assert_eq!((request.method, request.path.as_str()), (Method::Post, "/auth/login"));
    assert_eq!(request.credential, CredentialSlot::SignIn { name: "email", password: "password" });
    assert_eq!(request.body.as_deref(), Some("{}"));
    assert!(request.headers.contains(&("Content-Type", JSON.to_owned())));
    let token = |status, body: &str| provider.token(&answered(status, body.as_bytes().to_vec()));
    assert_eq!(token(200, r#"{"token": "a.b.c", "user": {}}"#), Ok("a.b.c".to_owned()));
    let kind = |status, body: &str| token(status, body).unwrap_err().kind;
    assert_eq!(kind(200, r#"{"token": ""}"#), ErrorKind::NotItsApi);
    assert_eq!(kind(200, "<html>Sign in</html>"), ErrorKind::NotItsApi);
    assert_eq!(kind(500, r#"{"message": "Internal server error"}"#), ErrorKind::Unknown);
    let wrong = token(401, r#"{"message": "Invalid credentials"}"#).unwrap_err();
    assert_eq!(wrong.kind, ErrorKind::Credential);
    assert!(wrong.sentence.contains("wrong e-mail or password (or an inactive user)"), "{wrong}");
}

#[test]
fn contract_fhir_09_a_sign_in_that_must_wait_says_how_long_in_minutes() {
    let provider = make(SourceProfile::default());
    let mut reply = answered(429, b"Too many requests, please try again later.".to_vec());
    let error = provider.token(&reply).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Paused { after_s: WINDOW_S });
    if let WireReply::Answered(answer) = &mut reply {
        answer.headers.push(("retry-after".to_owned(), "787".to_owned()));
    }
    let error = provider.token(&reply).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Paused { after_s: 787 });
    assert!(error.sentence.contains("13 min"), "{error}");
}

#[test]
fn contract_fhir_11_a_role_decides_what_may_be_done() {
    for (role, writes, reassigns) in [
        ("admin", true, true),
        ("practitioner", true, false),
        ("auditor", false, false),
        ("matron", false, false),
        ("", false, false),
    ] {
        let can = provider(role).can();
        assert_eq!(can.role.as_deref(), Some(role));
        for capability in [Capability::Create, Capability::Update, Capability::Note] {
            assert_eq!(can.may(capability).is_ok(), writes, "{role} {capability:?}");
        }
        assert_eq!(can.may(Capability::Reassign).is_ok(), reassigns, "{role}");
        assert_eq!(can.may_update(Field::Owner).is_ok(), reassigns, "{role}");
        assert!(can.may(Capability::List).is_ok() && can.may(Capability::Delete).is_err());
    }
    let can = make(SourceProfile { read_only: true, ..SourceProfile::default() }).can();
    assert!(can.may(Capability::Create).is_err() && can.probe_first);
}

#[test]
fn what_was_learnt_reads_back_and_other_lore_is_refused() {
    let known = Known { role: role::Role::parse("auditor"), id: id(3) };
    assert_eq!(Known::read(&known.lore()), Some(known));
    let fresh = make(SourceProfile::default());
    for text in ["", "[]", "{}", "{\"role\": 3, \"id\": \"x\"}", "{\"role\": \"admin\"}"] {
        assert!(fresh.taught(&Lore(text.into())).is_none(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_bytes_of_any_status_make_it_panic(
        status in 0_u16..700, headers in headers(), body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let reply = junk::answered(status, headers, body);
        every_call_about(&*make(SourceProfile::default()), &id(1), &reply);
        let _ = make(SourceProfile::default()).token(&reply);
    }

    #[test]
    fn no_json_of_any_status_makes_it_panic(
        status in prop_oneof![Just(200_u16), Just(201), Just(400), Just(429), 100_u16..600],
        headers in headers(), body in near_json(),
    ) {
        let reply = junk::answered(status, headers, body.to_string().into_bytes());
        every_call_about(&*make(SourceProfile::default()), &id(1), &reply);
        let _ = make(SourceProfile::default()).token(&reply);
    }

    #[test]
    fn no_lore_makes_it_panic(lore in near_json()) {
        if let Some(taught) = make(SourceProfile::default()).taught(&Lore(lore.to_string().into())) {
            taught.can();
        }
    }
}
