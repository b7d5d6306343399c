//! When a repeating reminder is due again. It makes no task.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};

/// The type of a task without a reminder.
pub(super) const NONE: &str = "NoReminder";

const DAYS: [(&str, Weekday); 7] = [
    ("Monday", Weekday::Monday),
    ("Tuesday", Weekday::Tuesday),
    ("Wednesday", Weekday::Wednesday),
    ("Thursday", Weekday::Thursday),
    ("Friday", Weekday::Friday),
    ("Saturday", Weekday::Saturday),
    ("Sunday", Weekday::Sunday),
];

/// The next due time after today; none for a reminder that comes once and for what is no reminder.
pub(super) fn next(kind: &str, every: i64, due: DateTime, today: Date) -> Option<DateTime> {
    let every = i32::try_from(every).unwrap_or(1).max(1);
    // Assumption (OD 11.11): several bits are written with a comma and a blank.
    let words: Vec<&str> = kind.split(',').map(str::trim).collect();
    let day = if words.contains(&"Daily") {
        steps(due.date(), today, |count| every.checked_mul(count).map(ToSpan::days))
    } else if words.contains(&"Weekly") {
        weekly(&words, every, due.date(), today)
    } else if words.contains(&"Monthly") {
        steps(due.date(), today, |count| every.checked_mul(count).map(ToSpan::months))
    } else if words.contains(&"Yearly") {
        steps(due.date(), today, |count| every.checked_mul(count).map(ToSpan::years))
    } else {
        None
    };
    day.map(|day| day.to_datetime(due.time()))
}

/// The first step from the old date that lies after today; months and years clamp to the month's length.
fn steps(from: Date, today: Date, span: impl Fn(i32) -> Option<jiff::Span>) -> Option<Date> {
    (1..).map_while(|count| from.checked_add(span(count)?).ok()).find(|day| *day > today)
}

/// Walks day by day to a ticked weekday; after each Sunday the weeks between are jumped over.
fn weekly(words: &[&str], every: i32, from: Date, today: Date) -> Option<Date> {
    let mut ticked: Vec<Weekday> =
        DAYS.iter().filter(|(name, _)| words.contains(name)).map(|(_, day)| *day).collect();
    if ticked.is_empty() {
        ticked.push(from.weekday());
    }
    let mut day = from;
    loop {
        let weeks = if day.weekday() == Weekday::Sunday { every - 1 } else { 0 };
        day = day.checked_add(1.day().weeks(weeks)).ok()?;
        if day > today && ticked.contains(&day.weekday()) {
            return Some(day);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_finds_its_next_date() {
        let at = |text: &str| super::super::local::read(text).expect("time");
        // 2026-05-04 is a Monday.
        for (kind, every, due, today, wanted) in [
            ("Daily", 1, "2026-05-04 08:30:00", "2026-05-04", Some("2026-05-05 08:30:00")),
            ("Daily", 3, "2026-05-01 08:30:00", "2026-05-04", Some("2026-05-07 08:30:00")),
            ("Weekly, Monday, Friday", 1, "2026-05-04 09:00:00", "2026-05-04", Some("2026-05-08 09:00:00")),
            ("Weekly, Monday, Friday", 2, "2026-05-08 09:00:00", "2026-05-08", Some("2026-05-18 09:00:00")),
            ("Weekly", 1, "2026-05-05 09:00:00", "2026-05-05", Some("2026-05-12 09:00:00")),
            ("Monthly", 1, "2026-01-31 09:00:00", "2026-02-01", Some("2026-02-28 09:00:00")),
            ("Yearly", 1, "2024-02-29 09:00:00", "2024-03-01", Some("2025-02-28 09:00:00")),
            ("Daily", 0, "2026-05-04 08:30:00", "2026-05-04", Some("2026-05-05 08:30:00")),
            ("Daily", i64::MAX, "9999-12-30 08:30:00", "9999-12-31", None),
            ("Once", 1, "2026-05-04 08:30:00", "2026-05-04", None),
            (NONE, 1, "2026-05-04 08:30:00", "2026-05-04", None),
            ("Hourly", 1, "2026-05-04 08:30:00", "2026-05-04", None),
        ] {
            let next = next(kind, every, at(due), today.parse().expect("day"));
            assert_eq!(next, wanted.map(at), "{kind} {every} {due}");
        }
    }
}
