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
        notes: vec![Note { text: "note".into(), author: None, time: None }],
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
