//! Times as the office writes them: its own local time, without a zone, and year 1 for none.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// How a date-time that is not there is written.
pub(super) const NO_TIME: &str = "0001-01-01 00:00:00";
/// How a date that is not there is written.
pub(super) const NO_DATE: &str = "0001-01-01";

/// The office's wall clock at this moment, in whole seconds.
pub(super) fn at(moment: Timestamp, zone: &TimeZone) -> DateTime {
    let local = zone.to_datetime(moment);
    local.with().subsec_nanosecond(0).build().unwrap_or(local)
}

pub(super) fn write(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Reads the one form that is taken on the wire; an ISO `T` is not.
pub(super) fn read(text: &str) -> Option<DateTime> {
    let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    (write(time) == text).then_some(time)
}

pub(super) fn read_day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (day.to_string() == text).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_form_is_read() {
        assert_eq!(read("2026-05-04 22:10:00").map(write).as_deref(), Some("2026-05-04 22:10:00"));
        assert_eq!(read(NO_TIME).map(write).as_deref(), Some(NO_TIME));
        for bad in ["2026-05-04T22:10:00", "2026-05-04", "2026-5-4 22:10:00", "2026-02-30 00:00:00", "", "é"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert!(read_day("2026-05-04").is_some() && read_day("20260504").is_none());
    }

    #[test]
    fn a_moment_is_the_wall_clock_of_the_office() {
        let zone = TimeZone::get("America/Los_Angeles").expect("zone");
        let moment: Timestamp = "2026-05-04T22:10:00.750Z".parse().expect("time");
        assert_eq!(write(at(moment, &zone)), "2026-05-04 15:10:00");
    }
}
