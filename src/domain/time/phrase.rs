//! The short words for a due time and an age, and the moment when they next change.
//! It chooses text only; what is overdue, and how it sorts, is decided elsewhere.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::DateTime;

const MINUTES_A_DAY: i64 = 24 * 60;
const SECONDS_A_DAY: i64 = 24 * 60 * 60;
const DAYS_A_YEAR: i64 = 365;
/// Up to here a weekday says which day is meant.
const WEEKDAY_DAYS: i64 = 6;
/// Up to here day and month say which date is meant, also across New Year.
const DATE_DAYS: i64 = 330;
/// Beyond this the days overdue are counted in years.
const COUNTED_DAYS: i64 = 999;
const COUNTED_YEARS: i64 = 9999;

/// The due time in at most six cells.
///
/// Nearer than a day: signed hours and minutes, `2:30`, overdue `-0:12`. Later: the weekday within six days
/// (`Tue`), then the date (`21 Nov`), then the year. Longer overdue: `-3d`, then `-3y`. A due date without a time
/// of day shows no hours: `today`, `Tue`, `-1d`; a month or a year is due on its last day. `none` when there is no
/// due time, `?` when it cannot be read.
pub fn due_text(due: &DateTime, now: Timestamp, zone: &TimeZone) -> String {
    if due.is_null_date() {
        return "none".to_owned();
    }
    let Some(due) = Due::read(due, zone) else { return "?".to_owned() };
    match due.distance(now, zone) {
        Distance::Today => "today".to_owned(),
        Distance::Minutes(minutes) => format!("{}:{:02}", minutes / 60, minutes % 60),
        Distance::MinutesLate(minutes) => format!("-{}:{:02}", minutes / 60, minutes % 60),
        Distance::DaysLate(days) => match years_late(days) {
            None => format!("-{days}d"),
            Some(years) => format!("-{years}y"),
        },
        Distance::Days(days) if days <= WEEKDAY_DAYS => weekday_name(due.day.weekday()).to_owned(),
        Distance::Days(days) if days <= DATE_DAYS => {
            format!("{} {}", due.day.day(), month_name(due.day.month()))
        }
        Distance::Days(_) => format!("{:04}", due.day.year()),
    }
}

/// The next instant at which [`due_text`] says something else.
pub fn due_text_changes_at(due: &DateTime, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    if due.is_null_date() {
        return None;
    }
    let due = Due::read(due, zone)?;
    let after_due = |seconds: i64| due.instant?.checked_add(SignedDuration::from_secs(seconds)).ok();
    let days_from_due = |days: i64| {
        let day = due.day.checked_add(Span::new().try_days(days).ok()?).ok()?;
        zone.to_timestamp(day.at(0, 0, 0, 0)).ok()
    };
    let next = match due.distance(now, zone) {
        Distance::Minutes(minutes) => after_due(-(minutes - 1) * 60)?,
        Distance::MinutesLate(minutes) => after_due((minutes + 1) * 60)?,
        Distance::Today => days_from_due(1)?,
        Distance::DaysLate(days) => {
            let next_days = match years_late(days) {
                None => days + 1,
                Some(COUNTED_YEARS) => return None,
                Some(years) => (years + 1) * DAYS_A_YEAR,
            };
            match due.instant {
                Some(_) => after_due(next_days * SECONDS_A_DAY)?,
                None => days_from_due(next_days)?,
            }
        }
        Distance::Days(days) => {
            let by_day = if days > DATE_DAYS {
                days_from_due(-DATE_DAYS)
            } else if days > WEEKDAY_DAYS {
                days_from_due(-WEEKDAY_DAYS)
            } else if due.instant.is_none() {
                days_from_due(0)
            } else {
                None
            };
            let by_minute = after_due(-(MINUTES_A_DAY - 1) * 60);
            by_day.into_iter().chain(by_minute).min()?
        }
    };
    // Where a zone sets its clock back over midnight, a day begins twice: look again in a minute.
    if next > now { Some(next) } else { now.checked_add(SignedDuration::from_mins(1)).ok() }
}

/// A moment near now to the second: `03:12:05`, on another day with its date before it.
pub fn clock_text(time: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (local, today) = (zone.to_datetime(time), zone.to_datetime(now).date());
    let clock = format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second());
    if local.date() == today { clock } else { format!("{} {clock}", local.date()) }
}

/// How long ago something was, in one unit: `12s`, `5m`, `3h`, `2d`, `3y`; the future counts as now.
pub fn age_text(since: Timestamp, now: Timestamp) -> String {
    let (count, unit) = age(since, now);
    format!("{count}{}", unit.letter)
}

/// The next instant at which [`age_text`] says something else.
pub fn age_text_changes_at(since: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let (count, unit) = age(since, now);
    since.checked_add(SignedDuration::from_secs((count + 1) * unit.seconds)).ok()
}

struct Unit {
    letter: char,
    seconds: i64,
}

fn age(since: Timestamp, now: Timestamp) -> (i64, Unit) {
    let seconds = now.duration_since(since).as_secs().max(0);
    let (letter, unit) = match seconds {
        0..60 => ('s', 1),
        60..3600 => ('m', 60),
        3600..SECONDS_A_DAY => ('h', 3600),
        _ if seconds / SECONDS_A_DAY <= COUNTED_DAYS => ('d', SECONDS_A_DAY),
        _ => ('y', DAYS_A_YEAR * SECONDS_A_DAY),
    };
    (seconds / unit, Unit { letter, seconds: unit })
}

/// A due time taken apart: the local day, and the instant when a time of day was sent.
struct Due {
    day: Date,
    instant: Option<Timestamp>,
}

/// How far away a due time is, in the steps that its text is made of.
enum Distance {
    /// Less than a day ahead, rounded up: `0:08` is at most eight minutes.
    Minutes(i64),
    /// Less than a day ago, in whole minutes.
    MinutesLate(i64),
    /// A whole day, and it is this one.
    Today,
    /// Calendar days ahead.
    Days(i64),
    /// Days ago.
    DaysLate(i64),
}

impl Due {
    fn read(due: &DateTime, zone: &TimeZone) -> Option<Self> {
        let moment = due.moment()?;
        if moment.has_time() {
            let instant = due.end(zone)?;
            return Some(Self { day: zone.to_datetime(instant).date(), instant: Some(instant) });
        }
        Some(Self { day: moment.last_day()?, instant: None })
    }

    fn distance(&self, now: Timestamp, zone: &TimeZone) -> Distance {
        let days = || {
            let today = zone.to_datetime(now).date();
            i64::from(today.until(self.day).map_or(0, |span| span.get_days()))
        };
        let Some(instant) = self.instant else {
            return match days() {
                0 => Distance::Today,
                ahead @ 1.. => Distance::Days(ahead),
                behind => Distance::DaysLate(-behind),
            };
        };
        if now >= instant {
            let minutes = now.duration_since(instant).as_secs() / 60;
            return if minutes < MINUTES_A_DAY {
                Distance::MinutesLate(minutes)
            } else {
                Distance::DaysLate(minutes / MINUTES_A_DAY)
            };
        }
        let left = instant.duration_since(now);
        let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
        let minutes = seconds.unsigned_abs().div_ceil(60).cast_signed();
        if minutes < MINUTES_A_DAY { Distance::Minutes(minutes) } else { Distance::Days(days()) }
    }
}

/// The years in days that are too many to be counted as days.
fn years_late(days: i64) -> Option<i64> {
    (days > COUNTED_DAYS).then(|| (days / DAYS_A_YEAR).min(COUNTED_YEARS))
}

fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

fn month_name(month: i8) -> &'static str {
    match month {
        1 => "Jan",
        2 => "Feb",
        3 => "Mar",
        4 => "Apr",
        5 => "May",
        6 => "Jun",
        7 => "Jul",
        8 => "Aug",
        9 => "Sep",
        10 => "Oct",
        11 => "Nov",
        _ => "Dec",
    }
}
