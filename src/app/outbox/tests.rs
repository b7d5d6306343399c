//! The outbox by itself: every outcome of a write, in order and out of it.

use super::{outcome::MOST_RESENT, *};
use crate::domain::{
    document::{Document, DocumentKey, DocumentStatus, Thing},
    status::Status,
    task::{Field, Patch},
};
use crate::providers::{Answer, DocumentCall, ErrorKind, Facts, Reply};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn error(kind: ErrorKind) -> ApiError {
    ApiError { kind, status: None, sentence: "It failed.".to_owned(), request_id: None }
}

fn intent(id: u64, wish: Wish) -> Intent {
    Intent {
        id: IntentId(id),
        source: SourceId(0),
        wish,
        idempotency_key: format!("key-{id}"),
        line: String::new(),
        typed: String::new(),
        confirmed_at: at(0),
        state: IntentState::Saving,
    }
}

fn create(id: u64) -> Intent {
    intent(id, Wish::Create(Box::default()))
}

fn done_patch(id: u64, task: &str) -> Intent {
    let base = Task { key: TaskKey { source: SourceId(0), id: task.into() }, ..Task::default() };
    let patch = Patch::of(&base).set(Field::Status, |task| task.status = Status::Completed);
    intent(id, Wish::Update { base: Box::new(base), patch })
}

struct Bench {
    outbox: Outbox,
    calls: u64,
    ways: Ways,
}

impl Bench {
    fn with(intents: Vec<Intent>) -> Bench {
        let mut outbox = Outbox::default();
        for intent in intents {
            let id = intent.id;
            outbox.confirm(intent);
            outbox.on_stored(id);
        }
        Bench { outbox, calls: 0, ways: Ways::from(10) }
    }

    fn pump(&mut self, second: i64) -> Vec<(CallId, Call)> {
        let calls = &mut self.calls;
        let sent = self.outbox.pump(at(second), &|_| true, &mut || {
            *calls += 1;
            CallId(*calls)
        });
        sent.into_iter().map(|(id, _, call)| (id, call)).collect()
    }

    fn fail(&mut self, call: CallId, kind: ErrorKind, second: i64) -> Option<Settled> {
        self.outbox.on_outcome(call, Err(error(kind)), at(second), self.ways)
    }

    fn answer(&mut self, call: CallId, reply: Reply, second: i64) -> Option<Settled> {
        self.outbox.on_outcome(call, Ok(Answer { reply, facts: Facts::default() }), at(second), self.ways)
    }
}

#[test]
fn nothing_is_sent_before_it_is_stored() {
    let mut outbox = Outbox::default();
    outbox.confirm(create(1));
    assert!(outbox.pump(at(0), &|_| true, &mut || CallId(1)).is_empty());
    outbox.on_stored(IntentId(1));
    assert_eq!(outbox.pump(at(0), &|_| true, &mut || CallId(1)).len(), 1);
}

#[test]
fn a_create_of_unknown_outcome_is_looked_for_and_never_resent_alone() {
    for kind in [ErrorKind::Unknown, ErrorKind::NotItsApi] {
        let mut bench = Bench::with(vec![create(1)]);
        let first = bench.pump(0).remove(0).0;
        assert!(matches!(bench.fail(first, kind, 0), Some(Settled::Unknown { .. })));
        assert!(bench.pump(11).is_empty(), "the search lags");
        let look = bench.pump(12);
        assert!(matches!(look[0].1, Call::FindCreated { .. }));
        bench.answer(look[0].0, Reply::Candidates(Vec::new()), 13);
        for second in 14..10_000 {
            assert!(bench.pump(second).is_empty(), "only the user may send it again");
        }
        bench.outbox.send_again(IntentId(1));
        let again = bench.pump(20_000).remove(0).1;
        assert!(matches!(again, Call::CreateTask { idempotency_key, .. } if idempotency_key == "key-1"));
        bench.outbox.send_again(IntentId(1));
        assert!(bench.pump(20_001).is_empty(), "a second word does not send it beside the first");
    }
}

#[test]
fn an_update_of_unknown_outcome_is_done_when_the_source_shows_it() {
    let mut bench = Bench::with(vec![done_patch(1, "a")]);
    let sent = bench.pump(0).remove(0).0;
    bench.fail(sent, ErrorKind::Unknown, 0);
    let (look, call) = bench.pump(1).remove(0);
    assert_eq!(call, Call::ReadTask { id: "a".into() });
    let shown = Task { status: Status::Completed, ..Task::default() };
    assert!(matches!(bench.answer(look, Reply::Task(Box::new(shown)), 2), Some(Settled::Done { .. })));
    assert!(bench.outbox.intents().is_empty());
}

#[test]
fn writes_of_one_source_go_one_by_one_and_in_order() {
    let mut bench = Bench::with(vec![done_patch(1, "a"), done_patch(2, "a"), done_patch(3, "b")]);
    let first = bench.pump(0);
    assert_eq!(first.len(), 1);
    assert!(bench.pump(0).is_empty());
    bench.fail(first[0].0, ErrorKind::NotSent, 0);
    assert!(bench.pump(4).is_empty(), "what stands behind does not overtake it");
    assert_eq!(bench.outbox.next_wake(at(0)), Some(at(5)));
    let again = bench.pump(5);
    assert_eq!(again[0].1, first[0].1, "the first goes first");
    let meant = ApiError { status: Some(502), ..error(ErrorKind::NotSent) };
    bench.outbox.on_outcome(again[0].0, Err(meant), at(5), bench.ways);
    let other = bench.pump(6);
    assert!(
        matches!(&other[0].1, Call::UpdateTask { base, .. } if &*base.key.id == "b"),
        "a's trouble is a's own: its second write waits, b passes"
    );
}

#[test]
fn what_waits_for_its_source_keeps_its_place_over_a_restart() {
    let waits = IntentState::Waiting { not_before: Some(at(9)), why: Some("offline".into()) };
    let behind = IntentState::Waiting { not_before: None, why: None };
    let mut outbox = Outbox::default();
    outbox.confirm(Intent { state: waits, ..done_patch(1, "a") });
    outbox.confirm(Intent { state: behind, ..done_patch(2, "b") });
    let mut pump = |second| outbox.pump(at(second), &|_| true, &mut || CallId(1)).pop().map(|sent| sent.2);
    assert_eq!(pump(8), None);
    assert!(matches!(pump(9), Some(Call::UpdateTask { base, .. }) if &*base.key.id == "a"));
}

#[test]
fn a_bad_credential_stops_the_queue_and_what_met_it_goes_first_with_the_next_one() {
    let mut bench = Bench::with(vec![create(1), create(2)]);
    let (sent, first) = bench.pump(0).remove(0);
    assert!(matches!(bench.fail(sent, ErrorKind::Credential, 0), Some(Settled::Waits { until: None, .. })));
    assert!(bench.pump(1).is_empty() && bench.outbox.stopped(SourceId(0)).is_some());
    bench.outbox.resume(SourceId(0));
    assert_eq!(bench.pump(2).remove(0).1, first, "the same write under the same key");
}

#[test]
fn what_is_refused_stays_for_the_user_and_stands_in_nobodys_way() {
    for kind in [ErrorKind::Permission, ErrorKind::NotFound, ErrorKind::Refused(Vec::new())] {
        let mut bench = Bench::with(vec![done_patch(1, "a"), done_patch(2, "a")]);
        let sent = bench.pump(0).remove(0).0;
        assert!(matches!(bench.fail(sent, kind.clone(), 0), Some(Settled::Refused { .. })));
        assert!(bench.outbox.get(IntentId(1)).is_some_and(Intent::needs_user), "{kind:?}");
        assert_eq!(bench.outbox.stopped(SourceId(0)).is_some(), kind == ErrorKind::Permission);
        bench.outbox.resume(SourceId(0));
        let next = bench.pump(1).remove(0).1;
        assert!(matches!(next, Call::UpdateTask { idempotency_key, .. } if idempotency_key == "key-2"));
    }
}

#[test]
fn a_refused_write_stays_until_the_one_in_its_place_is_stored() {
    for is_stored in [true, false] {
        let mut bench = Bench::with(vec![create(1)]);
        let sent = bench.pump(0).remove(0).0;
        bench.fail(sent, ErrorKind::Refused(Vec::new()), 0);
        bench.outbox.confirm(create(2));
        bench.outbox.replace(IntentId(2), IntentId(1));
        if is_stored {
            bench.outbox.on_stored(IntentId(2));
            assert_eq!(bench.outbox.take_replaced(IntentId(2)).map(|intent| intent.id), Some(IntentId(1)));
        } else {
            bench.outbox.on_store_failed(IntentId(2));
            assert_eq!(bench.outbox.take_replaced(IntentId(2)), None);
        }
        let left: Vec<u64> = bench.outbox.intents().iter().map(|intent| intent.id.0).collect();
        assert_eq!(left, [if is_stored { 2 } else { 1 }]);
    }
}

#[test]
fn a_pause_is_waited_out_to_the_second() {
    let mut bench = Bench::with(vec![create(1)]);
    let sent = bench.pump(0).remove(0).0;
    bench.fail(sent, ErrorKind::Paused { after_s: 7 }, 0);
    assert_eq!(bench.outbox.next_wake(at(0)), Some(at(7)));
    assert!(bench.pump(6).is_empty());
    assert_eq!(bench.pump(7).len(), 1);
}

#[test]
fn our_value_lies_on_top_until_the_write_is_settled() {
    let mut bench = Bench::with(vec![done_patch(1, "a")]);
    let mut row = Task { key: TaskKey { source: SourceId(0), id: "a".into() }, ..Task::default() };
    bench.outbox.overlay(&mut row);
    assert_eq!(row.status, Status::Completed);
    let sent = bench.pump(0).remove(0).0;
    bench.fail(sent, ErrorKind::NotFound, 0);
    row.status = Status::Requested;
    bench.outbox.overlay(&mut row);
    assert_eq!(row.status, Status::Requested);
}

#[test]
fn a_look_that_meets_a_bad_credential_waits_for_the_user() {
    let mut bench = Bench::with(vec![done_patch(1, "a")]);
    let sent = bench.pump(0).remove(0).0;
    bench.fail(sent, ErrorKind::Unknown, 0);
    let look = bench.pump(1).remove(0).0;
    bench.fail(look, ErrorKind::Credential, 1);
    for second in 2..1_000 {
        assert!(bench.pump(second).is_empty(), "the queue stands");
    }
    bench.outbox.resume(SourceId(0));
    assert_eq!(bench.pump(1_000).remove(0).1, Call::ReadTask { id: "a".into() });
}

#[test]
fn a_create_that_can_only_be_made_once_goes_out_again_by_itself_and_not_without_end() {
    let mut bench = Bench::with(vec![create(1)]);
    bench.ways.creates_once = true;
    for round in 0..=i64::from(MOST_RESENT) {
        let second = round * 100;
        let (call, _) = bench.pump(second).remove(0);
        assert!(matches!(bench.fail(call, ErrorKind::Unknown, second), Some(Settled::Unknown { .. })));
        let (call, asked) = bench.pump(second + 50).remove(0);
        assert!(matches!(asked, Call::FindCreated { .. }), "it looks before it sends again");
        let settled = bench.answer(call, Reply::Candidates(Vec::new()), second + 50);
        let again = round < i64::from(MOST_RESENT);
        assert_eq!(matches!(settled, Some(Settled::Waits { .. })), again, "round {round}");
    }
    assert!(bench.outbox.intents()[0].needs_user(), "then the user is asked");
}

#[test]
fn what_carries_the_key_of_a_create_is_the_task_that_was_sent() {
    let mut bench = Bench::with(vec![create(1)]);
    bench.ways.creates_once = true;
    let (call, _) = bench.pump(0).remove(0);
    bench.fail(call, ErrorKind::Unknown, 0);
    let (call, _) = bench.pump(50).remove(0);
    let settled = bench.answer(call, Reply::tasks_found(vec![Task::default()]), 50);
    assert!(matches!(settled, Some(Settled::Done { task: Some(_), .. })));
}

fn plan(id: &str, title: &str) -> Box<Document> {
    let key = DocumentKey { source: SourceId(0), id: id.into() };
    Box::new(Document { key, title: title.into(), ..Document::default() })
}

#[test]
fn a_lost_document_is_looked_for_and_the_user_is_asked_whatever_was_found() {
    for found in [Vec::new(), vec![Thing::Document(plan("d1", "Plan"))]] {
        let mut bench = Bench::with(vec![intent(1, Wish::CreateDocument(plan("", "Plan")))]);
        let (sent, call) = bench.pump(0).remove(0);
        assert!(matches!(call, Call::Document(DocumentCall::Create { .. })));
        bench.fail(sent, ErrorKind::Unknown, 0);
        assert!(bench.pump(11).is_empty(), "the search lags");
        let (look, call) = bench.pump(12).remove(0);
        let Call::Document(DocumentCall::FindCreated { idempotency_key, .. }) = call else {
            panic!("{call:?}")
        };
        assert_eq!(idempotency_key, "key-1");
        bench.answer(look, Reply::Candidates(found.clone()), 13);
        for second in 14..1_000 {
            assert!(bench.pump(second).is_empty(), "only the user may send it again");
        }
        let state = &bench.outbox.intents()[0].state;
        assert!(matches!(state, IntentState::Unknown { found: shown, .. } if *shown == found), "{state:?}");
    }
}

#[test]
fn a_document_that_can_only_be_made_once_goes_out_again_under_its_key_and_what_carries_it_is_done() {
    let mut bench = Bench::with(vec![intent(1, Wish::CreateDocument(plan("", "Plan")))]);
    bench.ways.creates_once = true;
    let (sent, first) = bench.pump(0).remove(0);
    bench.fail(sent, ErrorKind::Unknown, 0);
    let look = bench.pump(20).remove(0).0;
    bench.answer(look, Reply::Candidates(Vec::new()), 20);
    let (sent, again) = bench.pump(40).remove(0);
    assert_eq!(again, first, "the same document under the same key");
    bench.fail(sent, ErrorKind::NotItsApi, 40);
    let look = bench.pump(60).remove(0).0;
    let settled = bench.answer(look, Reply::Candidates(vec![Thing::Document(plan("d1", "Plan"))]), 60);
    assert!(matches!(settled, Some(Settled::DocumentDone { document: Some(_), .. })), "{settled:?}");
}

#[test]
fn a_change_of_a_document_is_read_back_and_done_when_what_was_changed_is_there() {
    for (shown, is_done) in [("New", true), ("Old", false)] {
        let wish = Wish::UpdateDocument { base: plan("d1", "Old"), document: plan("d1", "New") };
        let mut bench = Bench::with(vec![intent(1, wish)]);
        let sent = bench.pump(0).remove(0).0;
        bench.fail(sent, ErrorKind::Unknown, 0);
        let (look, call) = bench.pump(1).remove(0);
        assert_eq!(call, Call::Document(DocumentCall::Read { id: "d1".into() }));
        let mut now = plan("d1", shown);
        now.status = DocumentStatus::Amended;
        let settled = bench.answer(look, Reply::Document(now), 2);
        assert_eq!(
            matches!(settled, Some(Settled::DocumentDone { document: Some(_), .. })),
            is_done,
            "{shown}"
        );
        assert_eq!(bench.outbox.intents().is_empty(), is_done, "{shown}");
    }
}

#[test]
fn a_document_that_is_gone_after_an_unknown_removal_was_removed() {
    let mut bench = Bench::with(vec![intent(1, Wish::DeleteDocument { base: plan("d1", "Plan") })]);
    let sent = bench.pump(0).remove(0).0;
    bench.fail(sent, ErrorKind::Unknown, 0);
    let look = bench.pump(1).remove(0).0;
    let settled = bench.fail(look, ErrorKind::NotFound, 2);
    assert!(matches!(settled, Some(Settled::DocumentDone { document: None, .. })), "{settled:?}");
}

#[test]
fn a_refused_removal_of_a_document_is_kept_and_stops_nothing_else() {
    for kind in [ErrorKind::Permission, ErrorKind::Conflict(None), ErrorKind::Refused(Vec::new())] {
        let mut bench = Bench::with(vec![intent(1, Wish::DeleteDocument { base: plan("d1", "Plan") })]);
        let sent = bench.pump(0).remove(0).0;
        let Some(Settled::Refused { intent, error }) = bench.fail(sent, kind.clone(), 0) else {
            panic!("{kind:?}")
        };
        assert!(!error.is_conflict(), "{kind:?}: there are no versions to weigh");
        assert_eq!(bench.outbox.holds_back(intent.source), None, "{kind:?}");
        assert_eq!(bench.outbox.intents().len(), 1, "{kind:?}");
        bench.outbox.send_again(intent.id);
        assert_eq!(bench.pump(1).len(), 1, "{kind:?}");
    }
}
