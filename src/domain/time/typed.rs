//! Times as a person types them: `2h`, `17:00`, `tomorrow 8`, `fri 14:30`, or ISO.
//! It never guesses at what it cannot read: it says in a sentence what would do.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::{DateTime, Moment, wire};

/// What a typed time means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A point in time.
    Instant(Timestamp),
    /// A whole day.
    Date(Date),
}

/// Why a typed time was not understood, as a sentence for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedTimeError {
    /// Nothing was typed.
    #[error("Type a time: 2h, 17:00, tomorrow 8, fri 14:30 or 2026-11-21.")]
    Empty,
    /// The text is no form of time that is known.
    #[error("\"{0}\" is not a time. Try 2h, 17:00, tomorrow 8, fri 14:30 or 2026-11-21.")]
    Unknown(String),
    /// It has the form of a time or date, but there is none such.
    #[error("There is no {0} in the calendar or on the clock.")]
    NoSuchTime(String),
    /// A number alone could be an hour or a count of hours.
    #[error("\"{0}\" could be an hour or a number of hours. Type {0}:00 or {0}h.")]
    BareNumber(String),
    /// Only a month or a year was typed.
    #[error("\"{0}\" needs a day as well, like 2026-11-21.")]
    NoDay(String),
    /// The time is before or after every year that can be written.
    #[error("\"{0}\" is too far away.")]
    OutOfRange(String),
}

impl Typed {
    /// The text that the systems take: RFC 3339 with `Z`, or `YYYY-MM-DD`.
    pub fn to_wire(self) -> String {
        match self {
            Self::Instant(instant) => wire(instant),
            Self::Date(date) => date.to_string(),
        }
    }

    /// The same as a time that a system could have sent.
    pub fn to_date_time(self) -> DateTime {
        DateTime::parse(&self.to_wire())
    }
}

/// Reads what a person typed for a time.
///
/// A bare time of day that is not ahead today means tomorrow. A weekday means the next one after today. A time
/// that the clocks skip moves forward by the gap; one that comes twice is the first. A duration is counted from
/// `now` (see [`shift`]), back with a leading `-` or a following `ago`, and gives whole seconds.
pub fn parse_typed(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Typed, TypedTimeError> {
    let typed = text.trim();
    if typed.is_empty() {
        return Err(TypedTimeError::Empty);
    }
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let lower = typed.to_ascii_lowercase();
    if lower == "now" {
        return Ok(Typed::Instant(now));
    }
    if let Some((span, forward)) = parse_distance(&lower) {
        return shift(now, span, zone, forward)
            .map(Typed::Instant)
            .ok_or_else(|| TypedTimeError::OutOfRange(typed.to_owned()));
    }
    if let Some(moment) = DateTime::parse(typed).moment() {
        return from_iso(moment, typed, zone);
    }
    from_words(&lower, typed, now, zone)
}

fn from_iso(moment: Moment, typed: &str, zone: &TimeZone) -> Result<Typed, TypedTimeError> {
    match moment {
        Moment::Instant(instant) => Ok(Typed::Instant(instant)),
        Moment::Local(local) => zone
            .to_timestamp(local)
            .map(Typed::Instant)
            .map_err(|_| TypedTimeError::OutOfRange(typed.to_owned())),
        Moment::Date(date) => Ok(Typed::Date(date)),
        Moment::Month { .. } | Moment::Year(_) => Err(TypedTimeError::NoDay(typed.to_owned())),
    }
}

fn from_words(lower: &str, typed: &str, now: Timestamp, zone: &TimeZone) -> Result<Typed, TypedTimeError> {
    let out_of_range = || TypedTimeError::OutOfRange(typed.to_owned());
    let no_such = || TypedTimeError::NoSuchTime(typed.to_owned());
    let instant_at =
        |date: Date, time: Time| zone.to_timestamp(date.to_datetime(time)).map_err(|_| out_of_range());
    let today = zone.to_datetime(now).date();
    let (first, rest) = lower.split_once(char::is_whitespace).unwrap_or((lower, ""));
    let rest = rest.trim();

    if let Some(day) = read_day(first, today) {
        let day = day.map_err(|_| out_of_range())?;
        if rest.is_empty() {
            return Ok(Typed::Date(day));
        }
        return match read_time(rest, true) {
            Clock::Time(time) => instant_at(day, time).map(Typed::Instant),
            Clock::NoSuch => Err(no_such()),
            Clock::Other => Err(TypedTimeError::Unknown(typed.to_owned())),
        };
    }
    match read_time(lower, false) {
        Clock::Time(time) => {
            let at = instant_at(today, time)?;
            if at > now {
                return Ok(Typed::Instant(at));
            }
            let tomorrow = today.tomorrow().map_err(|_| out_of_range())?;
            instant_at(tomorrow, time).map(Typed::Instant)
        }
        Clock::NoSuch => Err(no_such()),
        Clock::Other if looks_like_date(first) => Err(no_such()),
        Clock::Other if (1..=2).contains(&lower.len()) && lower.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(TypedTimeError::BareNumber(typed.to_owned()))
        }
        Clock::Other => Err(TypedTimeError::Unknown(typed.to_owned())),
    }
}

/// Reads a length of time such as `45m`, `1h30m`, `3d`, `2w`, `6mo` or `1y`.
///
/// Units go from large to small, each at most once. Months and years stay what the calendar makes of them: they
/// only become seconds when [`shift`] counts them from a moment.
pub fn parse_duration(text: &str) -> Option<Span> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut span = Span::new();
    let mut last_rank = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at_checked(letters)?;
        let number: i64 = number.parse().ok()?;
        let (rank, next) = match unit {
            "y" => (1, span.try_years(number)),
            "mo" => (2, span.try_months(number)),
            "w" => (3, span.try_weeks(number)),
            "d" => (4, span.try_days(number)),
            "h" => (5, span.try_hours(number)),
            "m" => (6, span.try_minutes(number)),
            "s" => (7, span.try_seconds(number)),
            _ => return None,
        };
        if rank <= last_rank {
            return None;
        }
        (span, last_rank) = (next.ok()?, rank);
        rest = after.trim_start();
    }
    Some(span)
}

/// Counts a length of time from a moment, forward or back, in the zone's calendar.
///
/// Days, weeks, months and years keep the time of day, also over a change of the clocks; hours and less are exact.
/// None beyond the years that can be written.
pub fn shift(now: Timestamp, span: Span, zone: &TimeZone, forward: bool) -> Option<Timestamp> {
    let start = now.to_zoned(zone.clone());
    let end = if forward { start.checked_add(span) } else { start.checked_sub(span) };
    end.ok().map(|moved| moved.timestamp())
}

/// A duration with its direction: `2h`, `+2h`, `in 2h`, `-30m`, `30m ago`.
fn parse_distance(lower: &str) -> Option<(Span, bool)> {
    let (text, forward) = if let Some(rest) = lower.strip_prefix('-') {
        (rest, false)
    } else if let Some(rest) = lower.strip_suffix(" ago") {
        (rest, false)
    } else if let Some(rest) = lower.strip_prefix('+').or_else(|| lower.strip_prefix("in ")) {
        (rest, true)
    } else {
        (lower, true)
    };
    parse_duration(text).map(|span| (span, forward))
}

/// A word for a day; the error is a day beyond the calendar.
fn read_day(word: &str, today: Date) -> Option<Result<Date, jiff::Error>> {
    let day = match word {
        "today" => Ok(today),
        "tomorrow" => today.tomorrow(),
        "yesterday" => today.yesterday(),
        "mon" | "monday" => today.nth_weekday(1, Weekday::Monday),
        "tue" | "tues" | "tuesday" => today.nth_weekday(1, Weekday::Tuesday),
        "wed" | "wednesday" => today.nth_weekday(1, Weekday::Wednesday),
        "thu" | "thur" | "thurs" | "thursday" => today.nth_weekday(1, Weekday::Thursday),
        "fri" | "friday" => today.nth_weekday(1, Weekday::Friday),
        "sat" | "saturday" => today.nth_weekday(1, Weekday::Saturday),
        "sun" | "sunday" => today.nth_weekday(1, Weekday::Sunday),
        _ => match DateTime::parse(word).moment() {
            Some(Moment::Date(date)) => Ok(date),
            _ => return None,
        },
    };
    Some(day)
}

enum Clock {
    Time(Time),
    /// It has the form of a time of day, but no clock shows it.
    NoSuch,
    Other,
}

/// Reads `17:00`, `17:00:30`, `8am`, `8:30 pm`, and the hour alone where a day stands before it.
fn read_time(text: &str, hour_alone: bool) -> Clock {
    let (digits, afternoon) = if let Some(digits) = text.strip_suffix("am") {
        (digits.trim_end(), Some(false))
    } else if let Some(digits) = text.strip_suffix("pm") {
        (digits.trim_end(), Some(true))
    } else {
        (text, None)
    };
    let mut numbers = [0_i8; 3];
    let mut count = 0;
    for part in digits.split(':') {
        let width = if count == 0 { 1..=2 } else { 2..=2 };
        let Some(slot) = numbers.get_mut(count) else { return Clock::Other };
        if !width.contains(&part.len()) || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Clock::Other;
        }
        let Ok(number) = part.parse() else { return Clock::Other };
        *slot = number;
        count += 1;
    }
    if count == 1 && afternoon.is_none() && !hour_alone {
        return Clock::Other;
    }
    let [hour, minute, second] = numbers;
    let hour = match (afternoon, hour) {
        (None, hour) => hour,
        (Some(_), 13.. | ..1) => return Clock::NoSuch,
        (Some(afternoon), hour) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    Time::new(hour, minute, second, 0).map_or(Clock::NoSuch, Clock::Time)
}

/// Whether the text was meant as an ISO date, so that the answer can be that there is no such day.
fn looks_like_date(text: &str) -> bool {
    let day = text.get(..10).unwrap_or(text);
    day.len() == 10
        && day
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() })
}
