//! Times as an office writes them: its own local time without a zone, and year 1 for none (contract §1).
//!
//! Must not know the present moment, nor guess a zone where none was told.

use crate::domain::time::{DateTime, Moment};
use jiff::{civil, tz::TimeZone};

/// How a date and time of the office is written.
const FORM: &str = "%Y-%m-%d %H:%M:%S";

/// A time of the office: with its zone it becomes a point in time, without it stays as sent (OD 11.16). The null date
/// is none.
pub(super) fn from_office(raw: &str, zone: Option<&TimeZone>) -> Option<DateTime> {
    let sent = DateTime::parse(raw);
    if sent.is_null_date() {
        return None;
    }
    let (Some(Moment::Local(local)), Some(zone)) = (sent.moment(), zone) else { return Some(sent) };
    let zoned = zone.to_ambiguous_zoned(local).compatible();
    Some(zoned.map_or(sent, |zoned| DateTime::parse(&zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())))
}

/// A time as the office writes it; else a sentence why it cannot be written.
pub(super) fn to_office(time: &DateTime, zone: Option<&TimeZone>) -> Result<String, &'static str> {
    let local = match time.moment() {
        Some(Moment::Local(local)) => local,
        // A whole day begins at midnight: a reminder of a day is then seen all day.
        Some(Moment::Date(date)) => date.at(0, 0, 0, 0),
        Some(Moment::Instant(instant)) => match zone {
            Some(zone) => zone.to_datetime(instant),
            None => return Err("The office's time zone is not known; set zone for this source."),
        },
        Some(Moment::Month { .. } | Moment::Year(_)) => return Err("Open Dental wants a day and a time."),
        None => return Err("This is not a time; type 17:00, 2h, tomorrow 8 or 2026-11-21T17:00Z."),
    };
    Ok(written(local))
}

/// A local time as the office writes it.
pub(super) fn written(local: civil::DateTime) -> String {
    local.strftime(FORM).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("America/Los_Angeles").unwrap()
    }

    #[test]
    fn a_time_of_the_office_is_read_in_its_zone_and_written_back_as_it_came() {
        for (raw, with_zone) in [
            ("2026-05-04 22:10:00", "2026-05-04T22:10:00-07:00"),
            ("2026-11-22 10:30:00", "2026-11-22T10:30:00-08:00"),
            ("2026-05-04", "2026-05-04"),
            ("someday", "someday"),
        ] {
            let read = from_office(raw, Some(&zone())).unwrap();
            assert_eq!(read.raw(), with_zone);
            assert_eq!(from_office(raw, None).unwrap().raw(), raw);
            if raw.len() > 10 {
                assert_eq!(to_office(&read, Some(&zone())).as_deref(), Ok(raw));
            }
        }
        for none in ["0001-01-01", "0001-01-01 00:00:00"] {
            assert_eq!(from_office(none, Some(&zone())), None);
        }
    }

    #[test]
    fn what_a_user_types_is_written_as_the_office_s_own_time() {
        let write = |raw: &str, zone: Option<&TimeZone>| to_office(&DateTime::parse(raw), zone);
        assert_eq!(write("2026-11-22T18:30:00Z", Some(&zone())).unwrap(), "2026-11-22 10:30:00");
        assert_eq!(write("2026-11-22T18:30:59.999+00:00", Some(&zone())).unwrap(), "2026-11-22 10:30:59");
        assert_eq!(write("2026-11-22", None).unwrap(), "2026-11-22 00:00:00");
        assert_eq!(write("2026-11-22 10:30:00", None).unwrap(), "2026-11-22 10:30:00");
        assert!(write("2026-11-22T18:30:00Z", None).unwrap_err().contains("zone"));
        assert!(write("2026-11", None).is_err() && write("soon", None).is_err());
    }
}
