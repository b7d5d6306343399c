//! A date or time in JSON and in the store: as sent in both, a common form of it in fewer bytes in the latter.
//! What is read back is letter for letter what was written.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{DateTime, Moment};

/// What stands for a text where no human reads it.
#[derive(Serialize, Deserialize)]
enum Stored<'a> {
    /// Any text.
    Raw(Cow<'a, str>),
    /// `2026-11-21T03:00:00Z`, by its second.
    Second(i64),
    /// `2026-11-21T03:00:00.500Z`, by its millisecond.
    Millisecond(i64),
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.serialize_str(&self.raw);
        }
        let stored = match self.value {
            Some(Moment::Instant(instant)) if has_form(&self.raw, b"0000-00-00T00:00:00Z") => {
                Stored::Second(instant.as_second())
            }
            Some(Moment::Instant(instant)) if has_form(&self.raw, b"0000-00-00T00:00:00.000Z") => {
                Stored::Millisecond(instant.as_millisecond())
            }
            _ => Stored::Raw(Cow::Borrowed(&self.raw)),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Ok(DateTime::from(String::deserialize(deserializer)?));
        }
        let of = |instant: Result<Timestamp, jiff::Error>, decimals: usize| {
            let instant = instant.map_err(serde::de::Error::custom)?;
            let raw = format!("{instant:.decimals$}").into_boxed_str();
            Ok(DateTime { raw, value: Some(Moment::Instant(instant)) })
        };
        match Stored::deserialize(deserializer)? {
            Stored::Raw(raw) => Ok(DateTime::from(raw.into_owned())),
            Stored::Second(second) => of(Timestamp::from_second(second), 0),
            Stored::Millisecond(millisecond) => of(Timestamp::from_millisecond(millisecond), 3),
        }
    }
}

/// Whether a text that was read as an instant is the only way to write that instant in this form.
fn has_form(raw: &str, form: &[u8]) -> bool {
    let same = |(byte, form): (u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form };
    // A leap second is read as the second before it.
    raw.len() == form.len() && raw.bytes().zip(form).all(same) && raw.get(17..19) != Some("60")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_as_it_was_sent() {
        for (raw, most_bytes) in [
            ("2026-11-21T03:00:00Z", 6),
            ("2026-11-21T03:00:00.500Z", 8),
            ("2026-11-21T03:00:00.000Z", 8),
            ("1950-01-01T00:00:00Z", 6),
            ("1950-01-01T00:00:00.001Z", 8),
            ("0001-01-01T00:00:00Z", 8),
            ("2016-12-31T23:59:60Z", 22),
            ("2026-11-21T03:00:00+00:00", 27),
            ("2026-11-21t03:00:00z", 22),
            ("20261121T030000.000Z", 22),
            ("2026-11-21", 12),
            ("2026-11", 9),
            (" 2026 ", 8),
            ("next Tuesday, perhaps", 23),
            ("", 2),
        ] {
            let sent = DateTime::parse(raw);
            let bytes = postcard::to_allocvec(&sent).unwrap();
            assert!(bytes.len() <= most_bytes, "{raw}: {} bytes", bytes.len());
            assert_eq!(postcard::from_bytes::<DateTime>(&bytes).unwrap(), sent, "{raw}");
            let json = serde_json::to_string(&sent).unwrap();
            assert_eq!(json, format!("{raw:?}"));
            assert_eq!(serde_json::from_str::<DateTime>(&json).unwrap(), sent, "{raw}");
        }
    }
}
