//! Contract tests of Open Dental that need more rows than a script has room for.

use super::*;
use crate::{
    domain::{
        can::Capability,
        task::{Field, SourceId},
    },
    providers::{
        Page, PagingGuard, TaskSearch,
        junk::{self, every_call_about, headers, near_json},
    },
};
use proptest::prelude::*;
use serde_json::json;

fn provider() -> Box<dyn Provider> {
    make(SourceProfile { source: SourceId(1), ..SourceProfile::default() })
}

fn answered(rows: &Value) -> WireReply {
    WireReply::Answered(WireAnswer {
        status: 200,
        headers: Vec::new(),
        body: rows.to_string().into_bytes(),
        over_cap: false,
        received_at: "2026-11-21T03:00:00Z".parse().unwrap(),
    })
}

fn rows(numbers: impl Iterator<Item = u64>) -> Value {
    numbers.map(|number| json!({"TaskNum": number, "TaskStatus": "New", "Descript": "x"})).collect()
}

/// A whole sweep over a server that answers an offset with a page: the offsets that were asked for, and the tasks.
fn sweep(count: u16, page_at: impl Fn(usize) -> Value) -> (Vec<Option<String>>, Vec<Box<str>>) {
    let provider = provider();
    let mut guard = PagingGuard::new(99);
    let (mut offsets, mut ids, mut cursor) = (Vec::new(), Vec::new(), None);
    loop {
        let call = Call::SearchTasks { search: TaskSearch::default(), cursor, count };
        let Step::Ask(request) = provider.step(&call, &[]) else { panic!("a request") };
        let offset = request.query.iter().find(|(name, _)| name == "Offset").map(|(_, value)| value.clone());
        let heard = answered(&page_at(offset.as_deref().map_or(0, |offset| offset.parse().unwrap())));
        offsets.push(offset);
        let Step::Done(Ok(Answer { reply: Reply::Page(page), .. })) = provider.step(&call, &[heard]) else {
            panic!("a page")
        };
        let Page { tasks, .. } = &page;
        ids.extend(tasks.iter().map(|task| task.key.id.clone()));
        cursor = guard.admit(&page);
        if cursor.is_none() {
            assert!(!guard.is_cut());
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), guard.distinct());
            return (offsets, ids);
        }
    }
}

fn offsets(list: &[Option<&str>]) -> Vec<Option<String>> {
    list.iter().map(|offset| offset.map(str::to_owned)).collect()
}

#[test]
fn contract_od_02_pages_are_read_to_the_short_one() {
    for (total, wanted) in [
        (250, &[None, Some("100"), Some("200")][..]),
        (200, &[None, Some("100"), Some("200")]),
        (99, &[None]),
        (0, &[None]),
    ] {
        let (asked, ids) = sweep(100, |offset| rows((1..=total).skip(offset).take(100)));
        assert_eq!((asked, ids.len() as u64), (offsets(wanted), total));
    }
}

#[test]
fn contract_od_03_a_local_page_of_a_thousand_is_followed_at_a_thousand() {
    let (asked, ids) = sweep(100, |offset| rows((1..=1500).skip(offset).take(1000)));
    assert_eq!((asked, ids.len()), (offsets(&[None, Some("1000"), Some("1500")]), 1500));
    let (asked, ids) = sweep(1000, |offset| rows((1..=150).skip(offset).take(100)));
    assert_eq!(
        (asked, ids.len()),
        (offsets(&[None, Some("100")]), 150),
        "a remote page is full at a hundred"
    );
}

#[test]
fn contract_od_04_a_row_deleted_between_two_pages_is_no_crash_and_no_double() {
    // Task 3 goes between the pages, so 101 slides onto the first page and is met by the next sweep.
    let (asked, ids) = sweep(100, |offset| match offset {
        0 => rows(1..=100),
        _ => rows((1..=150).filter(|number| *number != 3).skip(offset)),
    });
    assert_eq!((asked.len(), ids.len()), (2, 149));
    assert!(!ids.iter().any(|id| &**id == "101"));
    let (_, ids) = sweep(100, |offset| rows((1..=150).filter(|number| *number != 3).skip(offset).take(100)));
    assert!(ids.iter().any(|id| &**id == "101") && ids.len() == 149);
}

/// What a conversation comes to when every page of a list is full.
fn among_full_pages(call: &Call, mut heard: Vec<WireReply>) -> Result<Answer, ApiError> {
    let provider = provider();
    for page in 0.. {
        match provider.step(call, &heard) {
            Step::Ask(_) => heard.push(answered(&rows(page * 100 + 1..=page * 100 + 100))),
            Step::Done(outcome) => return outcome,
        }
    }
    unreachable!()
}

#[test]
fn contract_od_12_15_a_look_that_did_not_reach_the_end_is_no_no() {
    let draft = Box::new(crate::domain::task::Task { description: Some("y".into()), ..Default::default() });
    let find = Call::FindCreated { draft, idempotency_key: "intent-1".to_owned() };
    let old_office = WireReply::Answered(WireAnswer {
        status: 400,
        headers: Vec::new(),
        body: Vec::new(),
        over_cap: false,
        received_at: "2026-11-21T03:00:00Z".parse().unwrap(),
    });
    for (call, heard) in [(find, vec![]), (Call::ReadTask { id: "99999".into() }, vec![old_office])] {
        let error = among_full_pages(&call, heard).unwrap_err();
        assert_eq!(error.kind, crate::providers::ErrorKind::Unknown, "{error}");
    }
}

#[test]
fn what_it_can_follows_the_configuration_and_the_office() {
    let office = |user, lore: Value| {
        let provider = make(SourceProfile { user, ..SourceProfile::default() });
        provider.taught(&Lore(lore.to_string().into())).unwrap().can()
    };
    let all =
        office(Some(3), json!({"permissions": {"ReadAll": true, "AllOthers": true}, "has_notes": true}));
    for capability in [Capability::Create, Capability::Update, Capability::Note] {
        assert_eq!(all.may(capability), Ok(()));
    }
    for capability in [Capability::Delete, Capability::Reassign, Capability::Document, Capability::History] {
        assert!(all.may(capability).is_err());
    }
    assert!(all.may_update(Field::Owner).unwrap_err().contains("list"));
    assert_eq!((all.pace.gap_ms, all.page_count), (1_000, 100));

    let nobody = office(None, json!({}));
    assert!(nobody.may(Capability::Create).unwrap_err().contains("user ="));
    assert!(nobody.may_update(Field::Note).unwrap_err().contains("user ="));
    assert_eq!(nobody.may(Capability::Update), Ok(()));

    let free = office(Some(3), json!({"permissions": {"ReadAll": true, "AllOthers": false}}));
    assert!(free.may(Capability::Update).unwrap_err().contains("AllOthers"));
    assert_eq!(free.pace.gap_ms, 5_000);

    let old = office(Some(3), json!({"has_notes": false}));
    assert!(old.may(Capability::Note).unwrap_err().contains("24.4.22"));

    let near = make(SourceProfile { is_local: true, ..SourceProfile::default() }).can();
    assert_eq!((near.pace.gap_ms, near.page_count), (0, 1000));
    let enterprise =
        office(None, json!({"permissions": {"ReadAll": true, "Enterprise": true}, "has_long_pages": true}));
    assert_eq!((enterprise.pace.gap_ms, enterprise.page_count), (500, 1000));
}

#[test]
fn lore_of_another_s_making_is_not_learnt() {
    assert!(provider().taught(&Lore("nonsense".into())).is_none());
}

/// With everything allowed, so that every conversation is held.
fn allowed() -> Box<dyn Provider> {
    let lore = json!({"permissions": {"ReadAll": true, "AllOthers": true}, "has_notes": true});
    let provider = make(SourceProfile { user: Some(3), ..SourceProfile::default() });
    provider.taught(&Lore(lore.to_string().into())).unwrap()
}

proptest! {
    #[test]
    fn no_bytes_of_any_status_make_it_panic(
        status in 0_u16..700, headers in headers(), body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        every_call_about(&*allowed(), "17", &junk::answered(status, headers, body));
    }

    #[test]
    fn no_json_of_any_status_makes_it_panic(
        status in prop_oneof![Just(200_u16), Just(201), Just(400), Just(429), 100_u16..600],
        headers in headers(), rows in prop::collection::vec(near_json(), 0..4), in_list: bool,
    ) {
        let body = if in_list { Value::from(rows) } else { rows.first().cloned().unwrap_or_default() };
        every_call_about(&*allowed(), "17", &junk::answered(status, headers, body.to_string().into_bytes()));
    }

    #[test]
    fn no_lore_makes_it_panic(lore in near_json()) {
        if let Some(taught) = provider().taught(&Lore(lore.to_string().into())) {
            taught.can();
        }
    }
}
