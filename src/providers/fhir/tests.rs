//! What a text file cannot say: arbitrary bodies, and that a change leaves every other byte of any resource.
//!
//! Must not repeat the conversations of `tests/wire/fhir`.

use super::*;
use crate::{
    domain::{
        can::Capability,
        status::Status,
        task::{Field, Patch, TaskKey},
    },
    providers::{
        junk::{answered, every_call_ends, headers, near_json},
        raw::RawObject,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn deleting() -> Box<dyn Provider> {
    make(SourceProfile { allow_delete: true, ..SourceProfile::default() })
}

#[test]
fn what_a_statement_does_not_offer_is_refused_with_a_reason() {
    let can = |interactions: &[&str]| {
        let lore = Lore(json!({"interactions": interactions}).to_string().into());
        deleting().taught(&lore).unwrap().can()
    };
    let refused = |interactions: &[&str]| can(interactions).refused.keys().copied().collect::<Vec<_>>();
    assert_eq!(refused(&[]), [], "silence is no refusal");
    assert_eq!(
        refused(&["read", "search-type", "patch"]),
        [Capability::Create, Capability::Delete, Capability::History]
    );
    let reader = can(&["read", "search-type"]);
    assert!(Capability::ALL.into_iter().all(
        |capability| capability.writes() == reader.may(capability).is_err()
            // Of documents it did not speak.
            || matches!(capability, Capability::History | Capability::Document)
    ));
    assert!(deleting().taught(&Lore("not ours".into())).is_none());
}

/// The request that completes a task of this text.
fn completing(text: &str) -> Step {
    let base = Task { key: TaskKey { id: "t1".into(), ..TaskKey::default() }, ..Task::default() };
    let patch = Patch::of(&base).set(Field::Status, |task| task.status = Status::Completed);
    let call = Call::UpdateTask { base: Box::new(base), patch, idempotency_key: "k".to_owned() };
    make(SourceProfile::default()).step(&call, &[answered(200, Vec::new(), text.as_bytes().to_vec())])
}

proptest! {
    #[test]
    fn no_bytes_of_any_status_make_it_panic(
        status in 0_u16..700, headers in headers(), body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        every_call_ends(&*deleting(), &answered(status, headers, body));
    }

    #[test]
    fn no_json_of_any_status_makes_it_panic(
        status in prop_oneof![Just(200_u16), Just(201), Just(412), Just(422), 100_u16..600],
        headers in headers(), body in near_json(),
    ) {
        every_call_ends(&*deleting(), &answered(status, headers, body.to_string().into_bytes()));
    }

    #[test]
    fn no_text_of_json_letters_makes_it_panic(text in "[\"\\\\0-9eE.+é{}\\[\\]:,-]{0,60}") {
        let _ = RawObject::parse(&text).map(|object| object.with(&[]));
        every_call_ends(&*deleting(), &answered(200, Vec::new(), text.into_bytes()));
    }

    #[test]
    fn contract_fhir_17_any_resource_is_sent_back_as_it_came_but_for_the_edit(mut resource in near_json(), pretty: bool) {
        let Some(fields) = resource.as_object_mut() else { return Ok(()) };
        fields.retain(|name, _| name != "meta");
        fields.insert("resourceType".to_owned(), "Task".into());
        fields.insert("id".to_owned(), "t1".into());
        fields.insert("status".to_owned(), "requested".into());
        let text = if pretty { serde_json::to_string_pretty(&resource).unwrap() } else { resource.to_string() };
        let Step::Ask(request) = completing(&text) else { panic!("{text}") };
        let at = RawObject::parse(&text).and_then(|object| object.get("status")).unwrap();
        let start = at.as_ptr() as usize - text.as_ptr() as usize;
        let wanted = format!("{}\"completed\"{}", &text[..start], &text[start + at.len()..]);
        prop_assert_eq!(request.body.unwrap(), wanted);
    }

    #[test]
    fn a_row_with_an_id_is_never_lost(mut row in near_json()) {
        if let Some(fields) = row.as_object_mut() {
            fields.insert("id".to_owned(), "t1".into());
            fields.insert("resourceType".to_owned(), "Task".into());
            let body = json!({"resourceType": "Bundle", "entry": [{"resource": row}, {"resource": Value::Null}, {"resource": {"resourceType": "Task", "id": "t2"}}]});
            let call = Call::SearchTasks { search: TaskSearch::default(), cursor: None, count: 100 };
            let heard = [answered(200, Vec::new(), body.to_string().into_bytes())];
            let step = make(SourceProfile::default()).step(&call, &heard);
            let Step::Done(Ok(Answer { reply: Reply::Page(page), .. })) = step else { panic!("{step:?}") };
            prop_assert_eq!((page.tasks.len(), page.dropped), (2, 1));
        }
    }
}
