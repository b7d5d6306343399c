//! What a form shows, reads back and refuses.

use super::*;
use crate::domain::{
    people::Reference,
    task::{Intent, Note, Parameter, ParameterValue, Period, Restriction, TaskKey},
    time::DateTime,
};

fn full() -> Task {
    Task {
        key: TaskKey { source: SourceId(0), id: "t1".into() },
        intent: Some(Intent::parse("order")),
        priority: Some(crate::domain::priority::Priority::Stat),
        code: Some("lab".into()),
        description: Some("two\nlines".into()),
        patient: Some(Reference::new("Patient/p1")),
        execution_period: Period {
            start: Some(DateTime::parse("2026-11-21T10:00:00Z")),
            end: Some(DateTime::parse("2026-11-21T10:00:30.250+05:30")),
        },
        notes: vec![Note { id: None, text: "note".into(), author: None, time: None }],
        based_on: vec![Reference::new("a"), Reference::new("ServiceRequest/b")],
        input: vec![Parameter { kind: "k".into(), value: ParameterValue::Boolean(false) }],
        restriction: Restriction {
            repetitions: Some(0),
            period: Period { start: None, end: Some(DateTime::parse("2025-02-01")) },
            recipients: vec![Reference::new("Patient/p1")],
        },
        ..Task::default()
    }
}

#[test]
fn every_line_reads_back_what_it_prints() {
    let zone = TimeZone::get("Europe/Stockholm").unwrap();
    let task = full();
    for input in Input::ALL {
        let printed = input.print(&task, &zone);
        let mut read = task.clone();
        input.read(&printed, &mut read, Timestamp::UNIX_EPOCH, &zone).unwrap();
        assert!(read.same(&task, input.field()), "{}: {printed}", input.path());
    }
}

#[test]
fn times_are_shown_and_read_in_the_reader_s_zone_and_days_stay() {
    let zone = TimeZone::get("Europe/Stockholm").unwrap();
    let with = |raw: &str| Task {
        execution_period: Period { start: None, end: Some(DateTime::parse(raw)) },
        ..Task::default()
    };
    for (raw, shown) in [
        ("2026-11-21T03:00:00.000Z", "2026-11-21 04:00"),
        ("2026-11-21T10:00:00+05:30", "2026-11-21 05:30"),
        ("2026-07-21T03:00:30Z", "2026-07-21 05:00:30"),
        ("2026-11-21T03:00:00.250Z", "2026-11-21 04:00:00.25"),
        ("2026-11-21T03:00:00.000001Z", "2026-11-21T04:00:00.000001+01:00"),
        ("2026-10-25T00:30:00Z", "2026-10-25 02:30"),
        ("2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00"),
        ("2026-11-21", "2026-11-21"),
        ("2026-11", "2026-11"),
        ("2026-11-21T17:00:00", "2026-11-21T17:00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("soonish", "soonish"),
    ] {
        assert_eq!(Input::End.print(&with(raw), &zone), shown, "{raw}");
    }
    let read = |typed: &str| {
        let mut task = Task::default();
        Input::End.read(typed, &mut task, Timestamp::UNIX_EPOCH, &zone).unwrap();
        task.execution_period.end.unwrap().raw().to_owned()
    };
    for (typed, sent) in [
        ("2026-11-21 04:00", "2026-11-21T03:00:00Z"),
        ("2026-11-21T04:00", "2026-11-21T03:00:00Z"),
        ("2026-11-21 04:00:00.25", "2026-11-21T03:00:00.250Z"),
        ("2026-11-21T04:00:00Z", "2026-11-21T04:00:00Z"),
        ("2026-11-21", "2026-11-21"),
        ("2026-11", "2026-11"),
    ] {
        assert_eq!(read(typed), sent, "{typed}");
    }
}

#[test]
fn an_emptied_line_empties_its_field_and_nonsense_is_told() {
    let zone = TimeZone::UTC;
    for input in Input::ALL.iter().filter(|input| !matches!(input, Input::Status)) {
        let mut task = full();
        input.read("", &mut task, Timestamp::UNIX_EPOCH, &zone).unwrap();
        assert_eq!(input.print(&task, &zone), "", "{}", input.path());
    }
    for (input, typed) in [
        (Input::Status, ""),
        (Input::Intent, "x"),
        (Input::Priority, "P1"),
        (Input::End, "soonish"),
        (Input::Repetitions, "1.5"),
    ] {
        assert!(input.read(typed, &mut full(), Timestamp::UNIX_EPOCH, &zone).is_err(), "{}", input.path());
    }
}

#[test]
fn the_quick_line_fills_the_form_and_guesses_nobody() {
    use crate::app::{geometry::Size, keys::Keymap, source::Source};
    use crate::domain::people::{Person, PersonKind};
    use crate::providers::{PROVIDERS, SourceProfile};
    let now: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
    let mut state = State::new(now, TimeZone::UTC, Size { width: 80, height: 24 }, Keymap::default(), 1);
    let can = PROVIDERS[0].1(SourceProfile::default()).can();
    state.add_source(|id| Source { me: Some("prac_me".to_owned()), ..Source::new(id, "clinic", "CK", can) });
    for (id, full) in [("pt_1", "Amara Okafor"), ("pt_2", "Jonas Ruiz"), ("pt_3", "Jona Lind")] {
        let person = Person {
            kind: PersonKind::Patient,
            id: id.into(),
            family: "".into(),
            given: "".into(),
            full: full.into(),
            birth_date: None,
            active: true,
            replaced_by: None,
            about: None,
        };
        state.people.learn(SourceId(0), person);
    }
    let filled = |typed: &str| {
        let mut form = Form::new(&state, SourceId(0), Task::default(), true);
        form.set(0, typed);
        form.follow(&state);
        let text = |input: Input| {
            let field = form.fields.iter().find(|field| field.input == input).unwrap();
            field.text.text()
        };
        let shown =
            [Input::Priority, Input::Owner, Input::Patient, Input::RestrictionEnd, Input::Description];
        let problem = form.fields.first().and_then(|field| field.problem.clone()).is_some();
        (shown.map(text).join("|"), problem)
    };
    let whole = filled("!urgent @me due:2h pt:okafor CBC before 10");
    assert_eq!(whole, ("urgent|prac_me|pt_1|2026-11-21 05:00|CBC before 10".to_owned(), false));
    assert_eq!(filled("pt:jona x"), ("||||x".to_owned(), true), "two fit");
    assert_eq!(filled("!now @nobody due:soonish y"), ("||||y".to_owned(), true));
}

#[test]
fn a_field_that_a_role_may_not_change_is_locked_with_its_reason_and_only_in_an_edit() {
    use crate::app::{geometry::Size, keys::Keymap, source::Source};
    use crate::providers::{PROVIDERS, SourceProfile};
    let now: Timestamp = "2026-11-21T03:00:00Z".parse().unwrap();
    let mut state = State::new(now, TimeZone::UTC, Size { width: 80, height: 24 }, Keymap::default(), 1);
    let mut can = PROVIDERS[0].1(SourceProfile::default()).can();
    assert!(can.rule(Field::Priority, false).is_some());
    can.refused_fields.insert(Field::Priority, "Not with your role.".to_owned());
    state.add_source(|id| Source::new(id, "clinic", "CK", can));
    let locked = |creating: bool| {
        let form = Form::new(&state, SourceId(0), full(), creating);
        let of = |input: Input| form.fields.iter().find(|field| field.input == input).unwrap().locked.clone();
        (of(Input::Priority), of(Input::Description))
    };
    assert_eq!(locked(false), (Some("Not with your role.".to_owned()), None));
    assert_eq!(locked(true), (None, None));
}
