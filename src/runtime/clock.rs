//! The only wall clock of the program, and the only stopwatch.
//!
//! Must not be called from `domain`, `app` or `providers`: they are given the present moment.

use crate::domain::time::Timestamp;
use jiff::tz::TimeZone;
use std::time::Instant;

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "this is the clock's home")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A point on the monotonic clock, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "this is the clock's home")]
pub fn monotonic() -> Instant {
    Instant::now()
}

/// The system's time zone; UTC when the system does not name one.
pub fn zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_of_this_age_and_the_stopwatch_does_not_run_back() {
        let long_ago: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
        assert!(now() > long_ago);
        let start = monotonic();
        assert!(monotonic() >= start);
    }

    #[test]
    fn the_zone_can_be_used() {
        assert!(now().to_zoned(zone()).year() >= 2025);
    }
}
