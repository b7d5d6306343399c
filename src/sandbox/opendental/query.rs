//! Reads the query of a list: filters by type, and the page. It knows no table.

use jiff::civil::DateTime;
use serde_json::Value;

use super::local;
use super::office::Office;
use super::store::{Row, number, text};
use super::words::Refusal;

/// The parameters of one request.
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    page_rows: usize,
    strict: bool,
}

/// Every list has these two.
const PAGE: [&str; 2] = ["Limit", "Offset"];

impl Query {
    pub(super) fn new(pairs: Vec<(String, String)>, office: &Office) -> Query {
        Query { pairs, page_rows: office.page_rows.max(1), strict: office.strict_parameters }
    }

    /// Assumption (OD 11.5): a parameter that nobody knows is ignored, unless the resource or a switch is strict.
    pub(super) fn expects(&self, known: &[&str], strict: bool) -> Result<(), Refusal> {
        let is_known = |name: &String| known.contains(&name.as_str()) || PAGE.contains(&name.as_str());
        match self.pairs.iter().find(|(name, _)| !is_known(name)) {
            Some((name, _)) if strict || self.strict => {
                Err(Refusal::bad(format!("'{name}' is not a valid parameter.")))
            }
            _ => Ok(()),
        }
    }

    /// Assumption (OD 11.6): names are compared with their case.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.text(name).map(|value| value.parse().map_err(|_| Refusal::invalid(name))).transpose()
    }

    /// Assumption (OD 11.6): values of enumerations are compared with their case.
    pub(super) fn one_of(&self, name: &str, words: &[&str]) -> Result<Option<&str>, Refusal> {
        match self.text(name) {
            Some(value) if !words.contains(&value) => Err(Refusal::invalid(name)),
            value => Ok(value),
        }
    }

    pub(super) fn time(&self, name: &str) -> Result<Option<DateTime>, Refusal> {
        self.text(name).map(|value| local::read(value).ok_or_else(|| Refusal::invalid(name))).transpose()
    }

    pub(super) fn day(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.text(name) {
            Some(value) if local::read_day(value).is_none() => Err(Refusal::invalid(name)),
            value => Ok(value),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.text(name) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(Refusal::invalid(name)),
        }
    }

    /// Whether the row has this number in this field, when the query asks for it.
    pub(super) fn has_number<'a>(&self, name: &'a str) -> Result<impl Fn(&Row) -> bool + use<'a>, Refusal> {
        let wanted = self.number(name)?;
        Ok(move |row: &Row| wanted.is_none_or(|wanted| number(row, name) == wanted))
    }

    /// Whether a part of the field is the query's text, whatever the case.
    pub(super) fn has_part(&self, name: &str, row: &Row) -> bool {
        let wanted = self.text(name).unwrap_or_default().to_lowercase();
        text(row, name).to_lowercase().contains(&wanted)
    }

    /// The rows of the page: a page is never larger than the cap, and past the end it is empty.
    pub(super) fn page(&self, rows: Vec<Row>) -> Result<Vec<Row>, Refusal> {
        let count = |name: &str, least: i64| match self.number(name)? {
            Some(value) if value < least => Err(Refusal::invalid(name)),
            value => Ok(value.and_then(|value| usize::try_from(value).ok())),
        };
        let limit = count("Limit", 1)?.unwrap_or(self.page_rows).min(self.page_rows);
        let offset = count("Offset", 0)?.unwrap_or(0);
        Ok(rows.into_iter().skip(offset).take(limit).collect())
    }
}

/// A flag as the wire writes it.
pub(super) fn is_true(row: &Row, field: &str) -> bool {
    row.get(field).and_then(Value::as_str) == Some("true")
}
