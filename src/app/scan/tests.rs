//! The scan against `Query::matches` on every task.

use super::*;
use crate::{
    app::store::tests::synthetic,
    domain::{
        people::{Person, PersonKind, Reference},
        priority::Priority,
        query::{
            Compare, Flag, GroupBy, Length, Local, Node, Part, Pattern, PersonTest, Point, PriorityTest,
            Role, SortBy, SortKey, SourceNames, StatusTest, Term, TextField, TextMatch, TextTest, TimeField,
            TimeTest, Words,
        },
        status::{Status, StatusGroup},
        task::{Note, SourceId, Task, TaskKey},
        time::{DateTime, Timestamp},
    },
};
use jiff::{Span, tz::TimeZone};
use proptest::prelude::*;

/// What the tests know around a task.
struct Around<'a> {
    people: &'a People,
    zone: TimeZone,
}

impl Surroundings for Around<'_> {
    fn now(&self) -> Timestamp {
        synthetic::now()
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn me(&self, source: SourceId) -> Option<&str> {
        (source.0 != 2).then_some("prac_7")
    }

    fn person(&self, source: SourceId, kind: PersonKind, id: &str) -> Option<&Person> {
        self.people.get(source, kind, id)
    }

    fn source(&self, source: SourceId) -> SourceNames<'_> {
        match source.0 {
            0 => SourceNames { tag: "CK", name: "clinic" },
            1 => SourceNames { tag: "OD", name: "dental" },
            _ => SourceNames { tag: "OM", name: "hospital" },
        }
    }

    fn local(&self, key: &TaskKey) -> Local {
        let new = key.id.ends_with('3');
        let stage_since =
            key.id.ends_with('5').then(|| synthetic::now() - jiff::SignedDuration::from_hours(3));
        Local { new, stage_since, ..Local::default() }
    }
}

fn people() -> People {
    let mut people = People::new();
    for number in 0..synthetic::patients(TASKS) {
        // Some names are never told.
        if number % 4 != 0 {
            people.learn(SourceId((number % 3) as u16), synthetic::patient(number));
        }
    }
    people
}

const TASKS: u32 = 600;

/// A synthetic task, or one with something odd in it.
fn task(number: u32, variant: u32) -> Task {
    let mut task =
        Task { key: synthetic::task(number, TASKS).key, ..synthetic::task(number + variant, TASKS) };
    task.key.source = SourceId((number % 3) as u16);
    match (number + variant) % 17 {
        0 => task.status = Status::parse("Awaiting-Fax"),
        1 => task.execution_period.end = Some(DateTime::parse("1950-01-01")),
        2 => task.execution_period.end = Some(DateTime::parse("soon")),
        3 => task.patient = Some(Reference::new("Patient/x").with_display("Nguyễn Potassium")),
        4 => task.notes = vec![Note { text: "  ".into(), ..Note::default() }],
        5 => (task.last_modified, task.status) = (None, Status::Completed),
        6 => task.owner = Some(Reference::new("")),
        7 => task.description = None,
        8 => task.execution_period.end = Some(DateTime::parse("2026-11-18T15:06:40.5Z")),
        9 => (task.list, task.business_status) = (Some("Front desk".into()), Some("Fax".into())),
        10 => task.owner = Some(Reference::new("Practitioner/prac_7")),
        11 => (task.description, task.code) = (Some("Potassium Critical".into()), Some("K+ 6.8".into())),
        _ => {}
    }
    task
}

fn words(text: &str) -> Words {
    Words::new(text).unwrap()
}

fn leaves() -> Vec<Node> {
    let pattern = |source: &str| Pattern::new(source).unwrap();
    let length = |hours: i64| Point::Away { length: Length::new(Span::new().hours(hours)), back: false };
    let text = |text: &str| Node::Text(TextMatch::Words(words(text)));
    let field = |field: TextField, test: TextTest| Node::Term(Term::Text(field, vec![test]));
    let time = |field: TimeField, test: TimeTest| Node::Term(Term::Time(field, vec![test]));
    let person = |role: Role, test: PersonTest| Node::Term(Term::Person(role, vec![test]));
    let mut leaves = vec![
        text("potassium"),
        text("Potassium"),
        text("critical potassium"),
        text("nguyen"),
        text("okafor"),
        text("Okafor"),
        text("task_000000"),
        text("e"),
        Node::Text(TextMatch::Pattern(pattern("room [1-4]"))),
        Node::Text(TextMatch::Pattern(pattern("Öztürk|Abe"))),
        Node::Text(TextMatch::Pattern(pattern("ruiz$"))),
        Node::Term(Term::Status(vec![StatusTest::Group(StatusGroup::Open)])),
        Node::Term(Term::Status(vec![
            StatusTest::Is(Status::parse("Awaiting-Fax")),
            StatusTest::Is(Status::Ready),
        ])),
        Node::Term(Term::Status(vec![StatusTest::Any])),
        Node::Term(Term::Priority(vec![PriorityTest::Compare(Compare::AtLeast, Priority::Urgent)])),
        Node::Term(Term::Priority(vec![PriorityTest::Is(Priority::parse("P1")), PriorityTest::None])),
        Node::Term(Term::Is(vec![Flag::New, Flag::Mine])),
        Node::Term(Term::Is(vec![Flag::Overdue])),
        Node::Term(Term::Is(vec![Flag::Waiting, Flag::Unowned])),
        Node::Term(Term::Is(vec![Flag::Repeat])),
        Node::Term(Term::Has(vec![Part::Note, Part::Input])),
        Node::Term(Term::No(vec![Part::Due, Part::Patient])),
        Node::Term(Term::No(vec![Part::Owner])),
        field(TextField::Source, TextTest::Part(words("dental"))),
        field(TextField::List, TextTest::Part(words("desk"))),
        field(TextField::Code, TextTest::Exact("K+ 6.8".into())),
        field(TextField::Code, TextTest::None),
        field(TextField::Note, TextTest::Part(words("potassium"))),
        field(TextField::Note, TextTest::Pattern(pattern("culture"))),
        field(TextField::Note, TextTest::None),
        field(TextField::Note, TextTest::Exact("Synthetic note: Consent form to be signed.".into())),
        field(TextField::Id, TextTest::Part(words("clinic/task"))),
        field(TextField::Intent, TextTest::Exact("order".into())),
    ];
    for role in [Role::Owner, Role::Requester, Role::Patient, Role::Encounter, Role::Focus] {
        leaves.push(person(role, PersonTest::None));
        leaves.push(person(role, PersonTest::Any));
        leaves.push(person(role, PersonTest::Me));
        leaves.push(person(role, PersonTest::Part(words("7"))));
        leaves.push(person(role, PersonTest::Part(words("ada ok"))));
        leaves.push(person(role, PersonTest::Exact("Practitioner/prac_7".into())));
        leaves.push(person(role, PersonTest::Pattern(pattern("1$"))));
    }
    for of in [
        TimeField::Due,
        TimeField::Start,
        TimeField::Age,
        TimeField::Stage,
        TimeField::Updated,
        TimeField::Done,
    ] {
        leaves.push(time(of, TimeTest::None));
        leaves.push(time(of, TimeTest::Any));
        leaves.push(time(of, TimeTest::Overdue));
        leaves.push(time(of, TimeTest::At(Point::Day(0))));
        leaves.push(time(of, TimeTest::Compare(Compare::Less, length(90))));
        leaves.push(time(of, TimeTest::Compare(Compare::AtLeast, length(2))));
        leaves.push(time(of, TimeTest::Range(None, Some(Point::Now))));
        // Half a second inside the second of one odd task.
        let exact = Point::Calendar(DateTime::parse("2026-11-18T15:06:40.5Z"));
        leaves.push(time(of, TimeTest::Compare(Compare::AtMost, exact.clone())));
        leaves.push(time(of, TimeTest::Compare(Compare::More, exact)));
        leaves.push(time(of, TimeTest::Compare(Compare::Less, Point::Calendar(DateTime::parse("1960")))));
    }
    leaves
}

fn finish(scan: &mut Scan, store: &TaskStore, around: &Around) {
    let mut steps = 0;
    while scan.step_within(2_000, store, around, around.people) == Progress::More {
        steps += 1;
        assert!(steps < 200_000, "a scan ends");
    }
}

fn naive(query: &Query, store: &TaskStore, around: &Around) -> Vec<Row> {
    let passes = |row: &&Row| query.matches(&store.task(**row).unwrap(), around);
    store.order().iter().filter(passes).copied().collect()
}

fn check(query: &Query, store: &TaskStore, around: &Around) {
    let mut scan = Scan::start(query, store, around, 1);
    finish(&mut scan, store, around);
    assert_eq!(scan.rows(), naive(query, store, around), "{query:?}");
}

fn filled() -> TaskStore {
    let mut store = TaskStore::new();
    store.upsert((0..TASKS).map(|number| task(number, 0)), &TimeZone::UTC, synthetic::now());
    // Some rows are free again, some texts have moved.
    let gone: Vec<TaskKey> = (0..TASKS).step_by(11).map(|number| task(number, 0).key).collect();
    for key in &gone {
        assert_eq!(store.remove(key).gone.len(), 1);
    }
    store.upsert((0..40).map(|number| task(number * 7 + 1, 5)), &TimeZone::UTC, synthetic::now());
    store
}

#[test]
fn every_single_test_gives_what_the_tasks_say() {
    let (store, people) = (filled(), people());
    let around = Around { people: &people, zone: TimeZone::UTC };
    let mut some = 0;
    for node in leaves() {
        let query = Query { filter: Some(node.clone()), ..Query::default() };
        check(&query, &store, &around);
        check(&Query { filter: Some(node.negated()), ..Query::default() }, &store, &around);
        let count = naive(&query, &store, &around).len();
        some += usize::from(count > 0 && count < store.len());
    }
    assert!(some > 60, "most tests let some through and not all: {some}");
    check(&Query::default(), &store, &around);
}

#[test]
fn names_that_a_word_finds_are_found() {
    let (store, people) = (filled(), people());
    let around = Around { people: &people, zone: TimeZone::UTC };
    let find = |word: &str, around: &Around| {
        let filter = Some(Node::Text(TextMatch::Words(words(word))));
        let mut scan = Scan::start(&Query { filter, ..Query::default() }, &store, around, 1);
        assert!(scan.depends().names);
        finish(&mut scan, &store, around);
        scan.matched()
    };
    assert!(find("ozturk", &around) > 0);
    let nobody = People::new();
    assert_eq!(find("ozturk", &Around { people: &nobody, zone: TimeZone::UTC }), 0);
}

fn tree() -> impl Strategy<Value = Node> {
    let leaf = prop::sample::select(leaves());
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::Or),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    })
}

fn sorts() -> impl Strategy<Value = Vec<SortKey>> {
    let by = prop::sample::select(vec![
        SortBy::Priority,
        SortBy::Overdue,
        SortBy::Due,
        SortBy::Age,
        SortBy::Stage,
        SortBy::Updated,
        SortBy::Start,
        SortBy::Status,
        SortBy::Owner,
        SortBy::Requester,
        SortBy::Patient,
        SortBy::Encounter,
        SortBy::Title,
        SortBy::Source,
        SortBy::List,
        SortBy::Code,
        SortBy::BusinessStatus,
        SortBy::Intent,
        SortBy::Id,
    ]);
    prop::collection::vec((by, any::<bool>()).prop_map(|(by, descending)| SortKey { by, descending }), 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// In slices, with changes while it runs and after: the same rows as asking every task at once, and in order.
    #[test]
    fn a_scan_in_slices_is_a_scan_at_once(
        filter in tree(),
        sort in sorts(),
        steps in prop::collection::vec((0_u32..TASKS + 40, 0_u32..9, any::<bool>(), 0_usize..30), 0..12),
    ) {
        let (mut store, people) = (filled(), people());
        let around = Around { people: &people, zone: TimeZone::UTC };
        let query = Query { filter: Some(filter), sort, ..Query::default() };
        let mut scan = Scan::start(&query, &store, &around, 1);
        for (number, variant, take_out, slices) in steps {
            for _ in 0..slices {
                let _ = scan.step_within(20_000, &store, &around, &people);
            }
            let changes = if take_out {
                store.remove(&task(number, 0).key)
            } else {
                store.upsert([task(number, variant), task(number / 2, variant)], &TimeZone::UTC, synthetic::now())
            };
            scan.patch(&changes);
        }
        finish(&mut scan, &store, &around);
        let mut fresh = Scan::start(&query, &store, &around, 2);
        finish(&mut fresh, &store, &around);
        prop_assert_eq!(scan.rows(), fresh.rows(), "patched and new");
        let mut expected = naive(&query, &store, &around);
        if query.sort.is_empty() {
            prop_assert_eq!(scan.rows(), expected);
        } else {
            let mut rows = scan.rows().to_vec();
            rows.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(rows, expected);
        }
    }
}

/// What a row shows for one sort key, the slow way, as something that compares.
fn shown(by: SortBy, task: &Task) -> (bool, String) {
    let text = |text: Option<&str>| (text.is_none(), text.map(crate::domain::fold::fold).unwrap_or_default());
    match by {
        SortBy::Title => text(Some(task.title())),
        SortBy::List => text(task.list.as_deref()),
        SortBy::Id => (false, task.key.id.to_string()),
        SortBy::Status => (false, format!("{:02}", task.status.rank())),
        SortBy::Due => {
            let due = task.due_instant(&TimeZone::UTC);
            (due.is_none(), due.map(|due| format!("{:020}", due.as_second().max(0))).unwrap_or_default())
        }
        other => panic!("{other:?} is not checked this way"),
    }
}

#[test]
fn an_order_of_ones_own_is_kept_in_both_directions() {
    let (store, people) = (filled(), people());
    let around = Around { people: &people, zone: TimeZone::UTC };
    for by in [SortBy::Title, SortBy::List, SortBy::Id, SortBy::Status, SortBy::Due] {
        for descending in [false, true] {
            let query = Query { sort: vec![SortKey { by, descending }], ..Query::default() };
            let mut scan = Scan::start(&query, &store, &around, 1);
            finish(&mut scan, &store, &around);
            assert_eq!(scan.matched(), store.len());
            let shown: Vec<_> = scan.rows().iter().map(|row| shown(by, &store.task(*row).unwrap())).collect();
            let holds =
                |pair: &[(bool, String)]| if descending { pair[0] >= pair[1] } else { pair[0] <= pair[1] };
            assert!(shown.windows(2).all(holds), "{by:?} {descending}: {shown:?}");
            let ties = scan.rows().windows(2).zip(shown.windows(2)).filter(|(_, shown)| shown[0] == shown[1]);
            for (rows, _) in ties {
                assert_eq!(
                    store.compare(rows[0], rows[1]),
                    std::cmp::Ordering::Less,
                    "ties keep the default order"
                );
            }
        }
    }
}

#[test]
fn groups_come_first_and_a_limit_cuts_what_is_shown_but_not_what_is_counted() {
    let (store, people) = (filled(), people());
    let around = Around { people: &people, zone: TimeZone::UTC };
    let query = Query { group: Some(GroupBy::Status), limit: Some(50), ..Query::default() };
    let mut scan = Scan::start(&query, &store, &around, 1);
    finish(&mut scan, &store, &around);
    assert_eq!((scan.rows().len(), scan.matched()), (50, store.len()));
    let ranks: Vec<u8> = scan.rows().iter().map(|row| store.task(*row).unwrap().status.rank()).collect();
    assert!(ranks.is_sorted(), "{ranks:?}");
}

#[test]
fn a_small_store_is_scanned_in_one_step() {
    let (store, people) = (filled(), people());
    let around = Around { people: &people, zone: TimeZone::UTC };
    let filter = Some(Node::Text(TextMatch::Words(words("potassium"))));
    let mut scan = Scan::start(&Query { filter, ..Query::default() }, &store, &around, 3);
    assert!(!scan.is_done());
    assert_eq!(scan.step(&store, &around, &people), Progress::Done);
    assert!(scan.is_done() && scan.generation() == 3 && scan.matched() > 0);
}
