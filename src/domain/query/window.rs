//! From a time as written to a stretch of the clock: resolves `today`, `2h` and `..17:00` against a given now.
//!
//! Must not look at a task or ask what time it is.

use super::ast::{Compare, Point, TimeField, TimeTest};
use crate::domain::time::{Timestamp, shift};
use jiff::{SignedDuration, ToSpan, civil::Date, tz::TimeZone};

/// A stretch of time, its first instant included and its last excluded; an absent end is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant inside.
    pub from: Option<Timestamp>,
    /// The first instant after it.
    pub until: Option<Timestamp>,
}

impl Window {
    /// A window that holds no instant.
    pub const EMPTY: Window = Window { from: Some(Timestamp::MAX), until: Some(Timestamp::MIN) };

    /// Whether an instant lies inside.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    fn from(from: Timestamp) -> Window {
        Window { from: Some(from), until: None }
    }

    fn until(until: Timestamp) -> Window {
        Window { from: None, until: Some(until) }
    }
}

impl TimeField {
    /// Whether a duration looks back from now, as `age:>2h` does, rather than ahead, as `due:<2h`.
    pub fn looks_back(self) -> bool {
        !matches!(self, TimeField::Due | TimeField::Start)
    }
}

impl TimeTest {
    /// The stretch of time that passes the test; none for the tests that are no stretch: none, any and overdue.
    pub fn window(&self, field: TimeField, now: Timestamp, zone: &TimeZone) -> Option<Window> {
        let resolve = |point: &Point| point.resolve(field, now, zone);
        let window = match self {
            TimeTest::None | TimeTest::Any | TimeTest::Overdue => return None,
            TimeTest::At(point) => resolve(point).map(|(first, after)| match point {
                // "Within": what is already past counts as due, what is still ahead as recent.
                Point::Now | Point::Away { .. } if field.looks_back() => Window::from(first),
                Point::Now | Point::Away { .. } => Window::until(after),
                _ => Window { from: Some(first), until: Some(after) },
            }),
            TimeTest::Compare(compare, point) => resolve(point).map(|(first, after)| {
                // Longer ago is earlier.
                let turned = field.looks_back() && matches!(point, Point::Away { .. });
                match (compare, turned) {
                    (Compare::Less, false) | (Compare::More, true) => Window::until(first),
                    (Compare::AtMost, false) | (Compare::AtLeast, true) => Window::until(after),
                    (Compare::More, false) | (Compare::Less, true) => Window::from(after),
                    (Compare::AtLeast, false) | (Compare::AtMost, true) => Window::from(first),
                }
            }),
            TimeTest::Range(low, high) => {
                let away = |point: &Option<Point>| {
                    point.as_ref().is_none_or(|point| matches!(point, Point::Away { .. }))
                };
                let turned = field.looks_back() && away(low) && away(high);
                let (low, high) = if turned { (high, low) } else { (low, high) };
                between(low.as_ref(), high.as_ref(), resolve)
            }
        };
        Some(window.unwrap_or(Window::EMPTY))
    }
}

type Stretch = (Timestamp, Timestamp);

/// The window between two points, whichever of them is the earlier; none when one cannot be resolved.
fn between(
    low: Option<&Point>,
    high: Option<&Point>,
    resolve: impl Fn(&Point) -> Option<Stretch>,
) -> Option<Window> {
    Some(match (low, high) {
        (None, None) => Window { from: None, until: None },
        (Some(low), None) => Window::from(resolve(low)?.0),
        (None, Some(high)) => Window::until(resolve(high)?.1),
        (Some(low), Some(high)) => {
            let (low, high) = (resolve(low)?, resolve(high)?);
            Window { from: Some(low.0.min(high.0)), until: Some(low.1.max(high.1)) }
        }
    })
}

impl Point {
    /// The first instant of the point and the first after it.
    fn resolve(&self, field: TimeField, now: Timestamp, zone: &TimeZone) -> Option<Stretch> {
        let today = zone.to_datetime(now).date();
        match self {
            Point::Now => Some(instant(now)),
            Point::Day(days) => whole_day(today.checked_add(i64::from(*days).days()).ok()?, zone),
            Point::Weekday(weekday) => whole_day(today.nth_weekday(1, *weekday).ok()?, zone),
            Point::Clock(time) => {
                let first = zone.to_timestamp(today.to_datetime(*time)).ok()?;
                let seconds = if time.second() == 0 { 60 } else { 1 };
                Some((first, later(first, SignedDuration::from_secs(seconds))))
            }
            Point::Calendar(written) => {
                let (first, last) = (written.start(zone)?, written.end(zone)?);
                if first == last {
                    return Some(instant(first));
                }
                Some((first, later(last, SignedDuration::from_secs(1))))
            }
            Point::Away { length, back } => {
                let forward = field.looks_back() == *back;
                let limit = if forward { Timestamp::MAX } else { Timestamp::MIN };
                Some(instant(shift(now, length.span(), zone, forward).unwrap_or(limit)))
            }
        }
    }
}

fn instant(at: Timestamp) -> Stretch {
    (at, later(at, SignedDuration::from_nanos(1)))
}

fn whole_day(day: Date, zone: &TimeZone) -> Option<Stretch> {
    let start = |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0)).ok();
    let first = start(day)?;
    Some((first, day.tomorrow().ok().and_then(start).unwrap_or(Timestamp::MAX)))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
