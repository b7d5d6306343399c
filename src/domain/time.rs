//! Dates and times as three dialects send them, kept as sent beside what they mean.
//! It never asks what time it is: the present moment and the time zone are always given.

mod phrase;
mod stored;
mod typed;

use std::fmt;

use jiff::civil;
use jiff::tz::TimeZone;

pub use jiff::Timestamp;
pub use phrase::{age_text, age_text_changes_at, clock_text, due_text, due_text_changes_at};
pub use typed::{Typed, TypedTimeError, parse_duration, parse_typed, shift};

/// A date or time exactly as a system sent it, with what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTime {
    raw: Box<str>,
    value: Option<Moment>,
}

/// What a date or time means, no more exact than it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A point in time: it was sent with `Z` or an offset.
    Instant(Timestamp),
    /// A date and a time of day without a zone.
    Local(civil::DateTime),
    /// A whole day, in whatever zone the reader is.
    Date(civil::Date),
    /// A whole month.
    Month {
        /// The year, as in the calendar.
        year: i16,
        /// The month, 1 to 12.
        month: i8,
    },
    /// A whole year.
    Year(i16),
}

impl DateTime {
    /// Reads what a system sent; what cannot be read keeps its text and has no moment.
    pub fn parse(raw: &str) -> Self {
        Self { raw: raw.into(), value: read_moment(raw.trim()) }
    }

    /// Writes a point in time as the systems want it: RFC 3339 with `Z`, milliseconds only when there are any.
    pub fn from_instant(instant: Timestamp) -> Self {
        let raw = wire(instant);
        Self { value: read_moment(&raw), raw: raw.into() }
    }

    /// The same to the whole second: nobody begins a document at a millisecond.
    pub fn to_the_second(instant: Timestamp) -> Self {
        Self::from_instant(Timestamp::from_second(instant.as_second()).unwrap_or(instant))
    }

    /// The text as it was sent.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// What the text means, when it means anything.
    pub fn moment(&self) -> Option<Moment> {
        self.value
    }

    /// Whether this is the "no date" of Open Dental (`0001-01-01`, with or without a time).
    pub fn is_null_date(&self) -> bool {
        self.value.is_some() && self.raw.trim_start().starts_with("0001-01-01")
    }

    /// The first instant that this can mean; none for a null date or garbage.
    pub fn start(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self.known()? {
            Moment::Instant(instant) => Some(instant),
            Moment::Local(local) => zone.to_timestamp(local).ok(),
            partial => zone.to_timestamp(partial.first_day()?.at(0, 0, 0, 0)).ok(),
        }
    }

    /// The last instant that this can mean: a whole day, month or year ends with its last second.
    pub fn end(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self.known()? {
            Moment::Instant(instant) => Some(instant),
            Moment::Local(local) => zone.to_timestamp(local).ok(),
            partial => zone.to_timestamp(partial.last_day()?.at(23, 59, 59, 0)).ok(),
        }
    }

    /// The local day it falls on; a date stays itself in every zone, a month or year gives its first day.
    pub fn day(&self, zone: &TimeZone) -> Option<civil::Date> {
        match self.known()? {
            Moment::Instant(instant) => Some(zone.to_datetime(instant).date()),
            partial => partial.first_day(),
        }
    }

    /// The text to show: instants in local time to the minute, whole days and partial dates as sent.
    ///
    /// A null date shows as `none`. Garbage is given back as it came, so the caller must clean it.
    pub fn display(&self, zone: &TimeZone) -> String {
        if self.is_null_date() {
            return "none".to_owned();
        }
        let local = match self.value {
            Some(Moment::Instant(instant)) => zone.to_datetime(instant),
            Some(Moment::Local(local)) => local,
            _ => return self.raw.to_string(),
        };
        format!("{} {:02}:{:02}", local.date(), local.hour(), local.minute())
    }

    fn known(&self) -> Option<Moment> {
        if self.is_null_date() { None } else { self.value }
    }
}

impl Moment {
    fn first_day(self) -> Option<civil::Date> {
        match self {
            Self::Instant(_) => None,
            Self::Local(local) => Some(local.date()),
            Self::Date(date) => Some(date),
            Self::Month { year, month } => civil::Date::new(year, month, 1).ok(),
            Self::Year(year) => civil::Date::new(year, 1, 1).ok(),
        }
    }

    fn last_day(self) -> Option<civil::Date> {
        match self {
            Self::Year(year) => civil::Date::new(year, 12, 31).ok(),
            Self::Month { .. } => self.first_day().map(civil::Date::last_of_month),
            _ => self.first_day(),
        }
    }

    /// Whether a time of day was sent.
    fn has_time(self) -> bool {
        matches!(self, Self::Instant(_) | Self::Local(_))
    }
}

impl From<String> for DateTime {
    fn from(raw: String) -> Self {
        Self { value: read_moment(raw.trim()), raw: raw.into() }
    }
}

impl From<DateTime> for String {
    fn from(time: DateTime) -> Self {
        time.raw.into()
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.raw)
    }
}

/// Reads an HTTP date (`Sun, 06 Nov 1994 08:49:37 GMT`), as `Retry-After` and `Date` carry it.
pub fn http_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.ends_with(" GMT") {
        return None;
    }
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

fn wire(instant: Timestamp) -> String {
    if instant.subsec_millisecond() == 0 { format!("{instant:.0}") } else { format!("{instant:.3}") }
}

fn read_moment(text: &str) -> Option<Moment> {
    if !text.is_ascii() {
        return None;
    }
    match text.len() {
        4 => read_digits(text).map(Moment::Year),
        7 => {
            let (year, month) = text.split_once('-')?;
            if year.len() != 4 {
                return None;
            }
            let date = civil::Date::new(read_digits(year)?, read_digits(month)?.try_into().ok()?, 1).ok()?;
            Some(Moment::Month { year: date.year(), month: date.month() })
        }
        10 => read_date(text).map(Moment::Date),
        // An annotation such as [Europe/Berlin] is no dialect of ours; without the time there is no time zone either.
        12.. if text.contains(':') && !text.contains('[') => match text.parse() {
            Ok(instant) => Some(Moment::Instant(instant)),
            Err(_) => text.parse().ok().map(Moment::Local),
        },
        _ => None,
    }
}

fn read_date(text: &str) -> Option<civil::Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if (year.len(), month.len(), day.len()) != (4, 2, 2) || parts.next().is_some() {
        return None;
    }
    let [month, day] = [month, day].map(|part| read_digits(part).and_then(|number| number.try_into().ok()));
    civil::Date::new(read_digits(year)?, month?, day?).ok()
}

fn read_digits(text: &str) -> Option<i16> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests;
