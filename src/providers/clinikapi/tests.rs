//! What a text file cannot say: arbitrary bodies, what the source declares, the strict way in, the key's kind.
//!
//! Must not repeat the conversations of `tests/wire/clinikapi`.

use super::*;
use crate::{
    domain::{check::Problem, task::Field},
    providers::{
        PROVIDERS,
        junk::{answered, every_call_ends, headers, near_json},
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn provider(profile: SourceProfile) -> Box<dyn Provider> {
    let (_, make) = PROVIDERS.iter().find(|(kind, _)| *kind == "clinikapi").unwrap();
    make(profile)
}

#[test]
fn what_is_refused_says_why() {
    let can = provider(SourceProfile::default()).can();
    let refused = |can: &Can| can.refused.keys().copied().collect::<Vec<_>>();
    assert_eq!(refused(&can), [Capability::Delete, Capability::History]);
    assert!(can.may(Capability::Delete).unwrap_err().contains("cancel"));
    let can = provider(SourceProfile { allow_delete: true, ..SourceProfile::default() }).can();
    assert_eq!(refused(&can), [Capability::History]);
    let can =
        provider(SourceProfile { read_only: true, allow_delete: true, ..SourceProfile::default() }).can();
    for capability in Capability::ALL {
        let refused = capability.writes() || capability == Capability::History;
        assert_eq!(can.may(capability).is_err(), refused, "{capability:?}");
    }
}

#[test]
fn the_fields_and_statuses_are_those_of_the_contract() {
    let can = provider(SourceProfile::default()).can();
    // All but the short description, which is Open Dental's.
    assert_eq!(can.create.len(), Field::ALL.len() - 1);
    let required: Vec<_> = can.create.iter().filter(|rule| rule.required).map(|rule| rule.field).collect();
    assert_eq!(required, [Field::Status, Field::Intent]);
    assert_eq!((can.statuses.len(), can.statuses.contains(&Status::EnteredInError)), (11, false));
    assert!(can.may_update(Field::Note).is_ok() && can.may_update(Field::Code).is_err());
    for rule in can.update {
        let creating = can.rule(rule.field, true).unwrap();
        assert_eq!(rule.max_units, creating.max_units, "{:?}", rule.field);
    }
}

#[test]
fn contract_17_the_badge_follows_the_prefix() {
    for (key, kind) in [
        ("clk_live_synthetic", KeyKind::Live),
        (" clk_test_synthetic\n", KeyKind::Test),
        ("ehr_live_synthetic", KeyKind::Unknown),
        ("xclk_live_synthetic", KeyKind::Unknown),
        ("", KeyKind::Unknown),
    ] {
        assert_eq!(key_kind(key), kind, "{key:?}");
    }
}

#[test]
fn a_strict_draft_with_every_field_has_no_problem_and_gives_the_same_body_back() {
    let body = json!({
        "status": "requested", "intent": "order", "priority": "stat", "code": "lab", "description": "Call",
        "patientId": "pt_1", "encounterId": "enc_1", "focusId": "Observation/o1", "requesterId": "prac_1",
        "ownerId": "prac_2", "executionPeriod": {"start": "2026-11-21", "end": "2026-11-22T01:00:00Z"},
        "authoredOn": "2026-11-21T03:00:00.123Z", "reasonCode": "r", "statusReason": "s", "businessStatus": "b",
        "note": "n\r\n", "basedOn": ["ServiceRequest/1"], "partOf": ["task_0"],
        "input": [{"type": "a", "valueBoolean": false}, {"type": "b", "valueInteger": 0}, {"type": "c"}],
        "output": [{"type": "d", "valueString": "x"}],
        "restriction": {"repetitions": 2, "period": {"end": "2026-11-21"}, "recipientIds": ["Patient/pt_1"]},
    });
    let (task, problems) = draft_from_json(&body);
    assert_eq!(problems, []);
    assert_eq!(create_body(&task), body);
    assert_eq!(create_body(&task).as_object().map(serde_json::Map::len), Some(CREATE.len()));
}

#[test]
fn a_strict_draft_names_every_slip() {
    let paths = |value: &Value| -> Vec<String> {
        draft_from_json(value).1.into_iter().map(|problem: Problem| problem.path).collect()
    };
    let cases = [
        (json!([]), vec![""]),
        (json!({}), vec!["status"]),
        (json!({"status": "bogus", "intent": 3, "priority": "STAT"}), vec!["status", "intent", "priority"]),
        (json!({"status": "entered-in-error"}), vec!["status"]),
        (json!({"status": "draft", "patient": "pt_1", "id": "t1"}), vec!["patient", "id"]),
        (json!({"status": "draft", "note": null, "code": 7}), vec!["note", "code"]),
        (json!({"status": "draft", "authoredOn": "soon"}), vec!["authoredOn"]),
        (
            json!({"status": "draft", "executionPeriod": {"start": 5, "begin": "2026"}}),
            vec!["executionPeriod.start", "executionPeriod.begin"],
        ),
        (json!({"status": "draft", "basedOn": "x", "partOf": ["a", 1]}), vec!["basedOn", "partOf.1"]),
        (
            json!({"status": "draft", "input": [
                {"type": "a", "valueInteger": 1.5}, {"valueString": "x"}, "y", {"type": "a", "valueDate": "2026"},
                {"type": "a", "valueString": "x", "valueBoolean": true}, {"type": "a", "valueBoolean": "no"},
            ]}),
            vec![
                "input.0.valueInteger",
                "input.1.type",
                "input.2",
                "input.3.valueDate",
                "input.4",
                "input.5.valueBoolean",
            ],
        ),
        (
            json!({"status": "draft", "restriction": {"repetitions": "2", "recipientIds": [null], "x": 1}}),
            vec!["restriction.repetitions", "restriction.recipientIds.0", "restriction.x"],
        ),
    ];
    for (value, wanted) in cases {
        assert_eq!(paths(&value), wanted, "{value}");
    }
}

/// With everything switched on, so that every conversation is held.
fn deleting() -> Box<dyn Provider> {
    provider(SourceProfile { allow_delete: true, ..SourceProfile::default() })
}

proptest! {
    #[test]
    fn contract_15_no_bytes_of_any_status_make_it_panic(
        status in 0_u16..700, headers in headers(), body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        every_call_ends(&*deleting(), &answered(status, headers, body));
    }

    #[test]
    fn contract_15_no_json_of_any_status_makes_it_panic(
        status in prop_oneof![Just(200_u16), Just(201), Just(422), Just(429), 100_u16..600],
        headers in headers(), body in near_json(),
    ) {
        every_call_ends(&*deleting(), &answered(status, headers, body.to_string().into_bytes()));
    }

    #[test]
    fn contract_15_no_text_of_a_string_in_json_makes_it_panic(text in "[\"\\\\0-9eE.+é{}\\[\\]:,-]{0,60}") {
        every_call_ends(&*deleting(), &answered(200, Vec::new(), text.into_bytes()));
    }

    #[test]
    fn contract_08_a_row_with_an_id_is_never_lost(mut row in near_json()) {
        if let Some(fields) = row.as_object_mut() {
            fields.insert("id".to_owned(), "t1".into());
            fields.remove("resourceType");
            let body = json!({"data": {"data": [row, {"id": "t2"}]}});
            let call = Call::SearchTasks { search: TaskSearch::default(), cursor: None, count: 100 };
            let heard = [answered(200, Vec::new(), body.to_string().into_bytes())];
            let step = provider(SourceProfile::default()).step(&call, &heard);
            let Step::Done(Ok(Answer { reply: Reply::Page(page), .. })) = step else { panic!("{step:?}") };
            prop_assert_eq!(page.tasks.len(), 2);
        }
    }

    #[test]
    fn a_strict_draft_never_panics(value in near_json()) {
        let (task, _) = draft_from_json(&value);
        create_body(&task);
    }
}
