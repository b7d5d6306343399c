//! Tables and properties of the times. Expected values are written out, never computed the same way.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn what_is_sent_shows_as_sent_and_a_day_stays_itself() {
    // raw, shown in New York, day, start, end; "" is none.
    let table = [
        ("2025-02-01", "2025-02-01", "2025-02-01", "2025-02-01T05:00:00Z", "2025-02-02T04:59:59Z"),
        ("2024-02-29", "2024-02-29", "2024-02-29", "2024-02-29T05:00:00Z", "2024-03-01T04:59:59Z"),
        ("2025-02", "2025-02", "2025-02-01", "2025-02-01T05:00:00Z", "2025-03-01T04:59:59Z"),
        ("2024", "2024", "2024-01-01", "2024-01-01T05:00:00Z", "2025-01-01T04:59:59Z"),
        (
            "2025-02-01T03:00:00Z",
            "2025-01-31 22:00",
            "2025-01-31",
            "2025-02-01T03:00:00Z",
            "2025-02-01T03:00:00Z",
        ),
        (
            "2025-02-01T03:00:00.123456Z",
            "2025-01-31 22:00",
            "2025-01-31",
            "2025-02-01T03:00:00.123456Z",
            "2025-02-01T03:00:00.123456Z",
        ),
        (
            "2025-02-01T12:00:00+05:30",
            "2025-02-01 01:30",
            "2025-02-01",
            "2025-02-01T06:30:00Z",
            "2025-02-01T06:30:00Z",
        ),
        (
            "2025-02-01T12:00Z",
            "2025-02-01 07:00",
            "2025-02-01",
            "2025-02-01T12:00:00Z",
            "2025-02-01T12:00:00Z",
        ),
        (
            "2025-02-01T12:00:00",
            "2025-02-01 12:00",
            "2025-02-01",
            "2025-02-01T17:00:00Z",
            "2025-02-01T17:00:00Z",
        ),
        (
            "2025-02-01 12:34:56",
            "2025-02-01 12:34",
            "2025-02-01",
            "2025-02-01T17:34:56Z",
            "2025-02-01T17:34:56Z",
        ),
        // The clocks skip 02:30 and show 01:30 twice.
        (
            "2025-03-09T02:30:00",
            "2025-03-09 02:30",
            "2025-03-09",
            "2025-03-09T07:30:00Z",
            "2025-03-09T07:30:00Z",
        ),
        (
            "2025-11-02T01:30:00",
            "2025-11-02 01:30",
            "2025-11-02",
            "2025-11-02T05:30:00Z",
            "2025-11-02T05:30:00Z",
        ),
        ("0001-01-01", "none", "", "", ""),
        ("0001-01-01 00:00:00", "none", "", "", ""),
        ("0001-01-01T00:00:00Z", "none", "", "", ""),
        ("", "", "", "", ""),
        ("soon", "soon", "", "", ""),
        ("2025-02-30", "2025-02-30", "", "", ""),
        ("2025-02-29T10:00:00Z", "2025-02-29T10:00:00Z", "", "", ""),
        ("2025-13", "2025-13", "", "", ""),
        ("20250201", "20250201", "", "", ""),
        ("2025-02-01T24:00:00Z", "2025-02-01T24:00:00Z", "", "", ""),
        ("２０２５-02-01", "２０２５-02-01", "", "", ""),
    ];
    let zone = zone("America/New_York");
    for (raw, shown, day, start, end) in table {
        let time = DateTime::parse(raw);
        let text = |value: Option<Timestamp>| value.map_or_else(String::new, |value| value.to_string());
        assert_eq!(time.raw(), raw);
        assert_eq!(time.display(&zone), shown, "{raw}");
        assert_eq!(time.day(&zone).map_or_else(String::new, |day| day.to_string()), day, "{raw}");
        assert_eq!(text(time.start(&zone)), start, "{raw}");
        assert_eq!(text(time.end(&zone)), end, "{raw}");
        assert_eq!(serde_json::from_str::<DateTime>(&serde_json::to_string(&time).unwrap()).unwrap(), time);
    }
    assert_eq!(DateTime::parse(" 2025-02-01 ").moment(), DateTime::parse("2025-02-01").moment());
    assert!(!DateTime::parse("2025-01-01").is_null_date());
}

#[test]
fn an_end_before_its_start_is_kept_as_sent() {
    let (start, end) = (DateTime::parse("2025-02-02T00:00:00Z"), DateTime::parse("2025-02-01"));
    assert!(end.end(&TimeZone::UTC) < start.start(&TimeZone::UTC));
    assert_eq!(end.display(&TimeZone::UTC), "2025-02-01");
}

#[test]
fn instants_are_written_with_z() {
    for (instant, text) in [
        ("2026-11-21T03:00:00Z", "2026-11-21T03:00:00Z"),
        ("2026-11-21T03:00:00.12Z", "2026-11-21T03:00:00.120Z"),
        ("2026-11-21T03:00:00.0004Z", "2026-11-21T03:00:00Z"),
        ("2026-11-21T03:00:00+02:00", "2026-11-21T01:00:00Z"),
    ] {
        assert_eq!(DateTime::from_instant(at(instant)).raw(), text);
    }
}

#[test]
fn http_dates() {
    for (text, expected) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some("1994-11-06T08:49:37Z")),
        (" Sat, 21 Nov 2026 03:17:35 GMT", Some("2026-11-21T03:17:35Z")),
        ("Mon, 06 Nov 1994 08:49:37 GMT", None),
        ("120", None),
        ("", None),
    ] {
        assert_eq!(http_date(text), expected.map(at), "{text}");
    }
}

#[test]
fn typed_times() {
    // Saturday morning in New York, 08:00 local.
    let (now, zone) = (at("2026-11-21T13:00:00.25Z"), zone("America/New_York"));
    let table = [
        ("now", "2026-11-21T13:00:00Z"),
        ("2h", "2026-11-21T15:00:00Z"),
        (" 45M ", "2026-11-21T13:45:00Z"),
        ("1h30m", "2026-11-21T14:30:00Z"),
        ("1h 30m", "2026-11-21T14:30:00Z"),
        ("in 2h", "2026-11-21T15:00:00Z"),
        ("+2h", "2026-11-21T15:00:00Z"),
        ("-30m", "2026-11-21T12:30:00Z"),
        ("30m ago", "2026-11-21T12:30:00Z"),
        ("3d", "2026-11-24T13:00:00Z"),
        ("2w", "2026-12-05T13:00:00Z"),
        // In May the clocks are an hour ahead; the time of day stays.
        ("6mo", "2027-05-21T12:00:00Z"),
        ("1y", "2027-11-21T13:00:00Z"),
        ("17:00", "2026-11-21T22:00:00Z"),
        ("17:00:30", "2026-11-21T22:00:30Z"),
        ("5pm", "2026-11-21T22:00:00Z"),
        ("12am", "2026-11-22T05:00:00Z"),
        ("12:15 pm", "2026-11-21T17:15:00Z"),
        ("8:00", "2026-11-22T13:00:00Z"),
        ("07:59", "2026-11-22T12:59:00Z"),
        ("today 7:30", "2026-11-21T12:30:00Z"),
        ("today", "2026-11-21"),
        ("Tomorrow", "2026-11-22"),
        ("tomorrow 8", "2026-11-22T13:00:00Z"),
        ("tomorrow 17:30", "2026-11-22T22:30:00Z"),
        ("yesterday 8am", "2026-11-20T13:00:00Z"),
        ("sun", "2026-11-22"),
        ("Saturday", "2026-11-28"),
        ("fri 14:30", "2026-11-27T19:30:00Z"),
        ("2026-12-01", "2026-12-01"),
        ("2026-12-01 8", "2026-12-01T13:00:00Z"),
        ("2026-12-01 08:15", "2026-12-01T13:15:00Z"),
        ("2026-12-01T08:15", "2026-12-01T13:15:00Z"),
        ("2026-12-01T08:15:00Z", "2026-12-01T08:15:00Z"),
        ("2026-12-01T08:15:00+05:30", "2026-12-01T02:45:00Z"),
        ("2024-02-29", "2024-02-29"),
        // Skipped by the clocks, and shown twice.
        ("2027-03-14 02:30", "2027-03-14T07:30:00Z"),
        ("2026-11-01 01:30", "2026-11-01T05:30:00Z"),
    ];
    for (text, wire) in table {
        let typed = parse_typed(text, now, &zone);
        assert_eq!(typed.map(Typed::to_wire), Ok(wire.to_owned()), "{text}");
    }
    let refused = [
        ("", "Type a time"),
        ("  ", "Type a time"),
        ("soon", "\"soon\" is not a time"),
        ("8", "Type 8:00 or 8h"),
        ("25:00", "There is no 25:00"),
        ("13pm", "There is no 13pm"),
        ("tomorrow 24", "There is no tomorrow 24"),
        ("tomorrow soon", "not a time"),
        ("2026-02-30", "There is no 2026-02-30"),
        ("2026-02-30T10:00", "There is no 2026-02-30T10:00"),
        ("2026-11", "needs a day"),
        ("2026", "needs a day"),
        ("9000y", "too far away"),
        ("1h1h", "not a time"),
        ("30m1h", "not a time"),
        ("99999999999999999999h", "not a time"),
    ];
    for (text, sentence) in refused {
        let error = parse_typed(text, now, &zone).unwrap_err().to_string();
        assert!(error.contains(sentence) && error.ends_with('.'), "{text}: {error}");
    }
}

#[test]
fn due_texts() {
    // 08:00 on a Saturday in New York.
    let (now, zone) = (at("2026-11-21T13:00:00Z"), zone("America/New_York"));
    let table = [
        ("2026-11-21T12:48:00Z", "-0:12"),
        ("2026-11-21T13:00:00Z", "-0:00"),
        ("2026-11-21T13:00:01Z", "0:01"),
        ("2026-11-21T15:30:00Z", "2:30"),
        ("2026-11-22T12:59:00Z", "23:59"),
        ("2026-11-22T13:00:00Z", "Sun"),
        ("2026-11-24T15:00:00Z", "Tue"),
        ("2026-11-28T04:59:00Z", "Fri"),
        ("2026-11-28T13:00:00Z", "28 Nov"),
        ("2027-01-04T13:00:00Z", "4 Jan"),
        ("2028-01-04T13:00:00Z", "2028"),
        ("2026-11-20T13:01:00Z", "-23:59"),
        ("2026-11-20T13:00:00Z", "-1d"),
        ("2026-11-01T13:00:00Z", "-20d"),
        ("2022-11-21T13:00:00Z", "-4y"),
        ("2026-11-21", "today"),
        ("2026-11-22", "Sun"),
        ("2026-11-20", "-1d"),
        ("2026-11", "30 Nov"),
        ("2026-12", "31 Dec"),
        ("2025", "-325d"),
        ("0001-01-01", "none"),
        ("0001-01-01 00:00:00", "none"),
        ("0000-01-01", "-2028y"),
        ("9999-12-30", "9999"),
        ("later", "?"),
        ("", "?"),
    ];
    for (due, text) in table {
        assert_eq!(due_text(&DateTime::parse(due), now, &zone), text, "{due}");
    }
}

#[test]
fn due_texts_change_when_it_says() {
    let (now, zone) = (at("2026-11-21T13:00:10Z"), zone("America/New_York"));
    let table = [
        ("2026-11-21T13:08:00Z", Some("2026-11-21T13:01:00Z")),
        ("2026-11-21T13:00:30Z", Some("2026-11-21T13:00:30Z")),
        ("2026-11-21T12:48:00Z", Some("2026-11-21T13:01:00Z")),
        ("2026-11-24T15:00:00Z", Some("2026-11-23T15:01:00Z")),
        ("2026-11-28T15:00:00Z", Some("2026-11-22T05:00:00Z")),
        ("2026-11-21", Some("2026-11-22T05:00:00Z")),
        ("2026-11-24", Some("2026-11-24T05:00:00Z")),
        ("later", None),
        ("0001-01-01", None),
    ];
    for (due, change) in table {
        assert_eq!(due_text_changes_at(&DateTime::parse(due), now, &zone), change.map(at), "{due}");
    }
}

#[test]
fn ages() {
    let now = at("2026-11-21T13:00:00Z");
    let table = [
        ("2026-11-21T13:05:00Z", "0s", "2026-11-21T13:05:01Z"),
        ("2026-11-21T12:59:48Z", "12s", "2026-11-21T13:00:01Z"),
        ("2026-11-21T12:59:00Z", "1m", "2026-11-21T13:01:00Z"),
        ("2026-11-21T10:00:00Z", "3h", "2026-11-21T14:00:00Z"),
        ("2026-11-19T12:00:00Z", "2d", "2026-11-22T12:00:00Z"),
        ("2023-11-21T13:00:00Z", "3y", "2027-11-20T13:00:00Z"),
    ];
    for (since, text, change) in table {
        assert_eq!(age_text(at(since), now), text, "{since}");
        assert_eq!(age_text_changes_at(at(since), now), Some(at(change)), "{since}");
    }
}

#[test]
fn the_ends_of_time_do_not_panic() {
    let times =
        ["-009999-01-02T01:59:59Z", "9999-12-30T22:00:00.999Z", "9999-12-31", "9999", "0000", "-9999-01-01"];
    for zone in [zone("Pacific/Kiritimati"), zone("Pacific/Pago_Pago"), TimeZone::UTC] {
        for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            for text in times {
                let time = DateTime::parse(text);
                assert!(due_text(&time, now, &zone).len() <= 6, "{text}");
                let _ = (due_text_changes_at(&time, now, &zone), time.day(&zone), time.end(&zone));
                let _ = (parse_typed(text, now, &zone), time.display(&zone));
            }
            for text in
                ["tomorrow", "yesterday", "sat 8", "8:00", "1y", "-1y", "9998y", "now", "631107417600s"]
            {
                let _ = parse_typed(text, now, &zone);
            }
            let _ =
                (DateTime::from_instant(now), age_text(Timestamp::MIN, now), age_text(Timestamp::MAX, now));
            let _ = (age_text_changes_at(Timestamp::MIN, now), age_text_changes_at(Timestamp::MAX, now));
        }
    }
}

fn instants() -> impl Strategy<Value = Timestamp> {
    (1_577_836_800_i64..1_900_000_000, 0_i32..1_000_000_000)
        .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
}

fn zones() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec!["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia"])
        .prop_map(zone)
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "\\PC*", now in instants(), zone in zones()) {
        let time = DateTime::parse(&text);
        prop_assert_eq!(time.raw(), text.as_str());
        let _ = (time.display(&zone), time.start(&zone), time.end(&zone), time.day(&zone));
        let _ = (parse_typed(&text, now, &zone), parse_duration(&text), http_date(&text));
    }

    #[test]
    fn text_like_a_time_is_read_without_panic(text in "[-+0-9:TZ .a-z]{0,24}", now in instants(), zone in zones()) {
        let time = DateTime::parse(&text);
        prop_assert!(due_text(&time, now, &zone).chars().count() <= 6);
        if let Ok(typed) = parse_typed(&text, now, &zone) {
            prop_assert!(typed.to_date_time().moment().is_some());
        }
    }

    #[test]
    fn an_instant_survives_the_wire(instant in instants()) {
        let instant = Timestamp::from_millisecond(instant.as_millisecond()).unwrap();
        prop_assert_eq!(DateTime::from_instant(instant).start(&TimeZone::UTC), Some(instant));
    }

    #[test]
    fn the_due_text_holds_until_it_changes(
        now in instants(),
        away in prop_oneof![-100_000_i64..100_000, -5_000_000_i64..5_000_000, -80_000_000_i64..80_000_000],
        whole_day: bool,
        part in 0.0_f64..1.0,
        zone in zones(),
    ) {
        let instant = now.checked_add(jiff::SignedDuration::from_secs(away)).unwrap();
        let due = if whole_day {
            DateTime::parse(&zone.to_datetime(instant).date().to_string())
        } else {
            DateTime::parse(&instant.to_string())
        };
        let text = due_text(&due, now, &zone);
        let change = due_text_changes_at(&due, now, &zone);
        let change = change.unwrap();
        prop_assert!(change > now);
        prop_assert_ne!(due_text(&due, change, &zone), text.clone());
        let wait = change.duration_since(now);
        let before = change.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap();
        let between = now.checked_add(wait.mul_f64(part)).unwrap().min(before);
        prop_assert_eq!(due_text(&due, before, &zone), text.clone());
        prop_assert_eq!(due_text(&due, between, &zone), text);
    }

    #[test]
    fn the_age_text_holds_until_it_changes(since in instants(), now in instants()) {
        let change = age_text_changes_at(since, now).unwrap();
        let before = change.checked_sub(jiff::SignedDuration::from_nanos(1)).unwrap();
        prop_assert!(change > now);
        prop_assert_eq!(age_text(since, before), age_text(since, now));
        prop_assert_ne!(age_text(since, change), age_text(since, now));
    }
}

#[test]
fn a_moment_of_another_day_says_which() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let now = at("2026-11-21T03:00:00Z");
    for (time, words) in [
        ("2026-11-21T03:12:05Z", "03:12:05"),
        ("2026-11-20T23:59:59Z", "2026-11-20 23:59:59"),
        ("2026-11-22T00:00:00Z", "2026-11-22 00:00:00"),
    ] {
        assert_eq!(clock_text(at(time), now, &TimeZone::UTC), words);
    }
}

#[test]
fn a_time_to_the_second_says_no_more() {
    for (at, raw) in [
        ("2026-11-21T14:12:34.307Z", "2026-11-21T14:12:34Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
        ("2026-11-21T14:12:00Z", "2026-11-21T14:12:00Z"),
    ] {
        assert_eq!(DateTime::to_the_second(at.parse().unwrap()).raw(), raw, "{at}");
    }
}
