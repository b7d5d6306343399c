//! One JSON object of the office being read: fields are taken by name, what is left over or unusable stays raw.
//!
//! Must not refuse a row for a bad field, nor know which fields a task has.

use super::times::from_office;
use crate::domain::time::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The fields of one row, which of them were read, and what was wrong with them.
pub(super) struct Row<'a> {
    fields: &'a Map<String, Value>,
    read: BTreeSet<&'static str>,
    defects: Vec<Box<str>>,
}

impl<'a> Row<'a> {
    /// The row of a value that is an object.
    pub(super) fn new(value: &'a Value) -> Option<Row<'a>> {
        Some(Row { fields: value.as_object()?, read: BTreeSet::new(), defects: Vec::new() })
    }

    fn take(&mut self, name: &'static str) -> Option<&'a Value> {
        self.read.insert(name);
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Notes what is wrong with a field, and keeps its raw value among the extras.
    pub(super) fn defect(&mut self, name: &'static str, sentence: String) {
        self.defects.push(sentence.into());
        self.keep(name);
    }

    /// Keeps a field's raw value among the extras although it was read.
    pub(super) fn keep(&mut self, name: &'static str) {
        self.read.remove(name);
    }

    /// A key or a count by its digits, sent as a number or as text; 0 is none (contract §1, empty reference).
    pub(super) fn number(&mut self, name: &'static str) -> Option<Box<str>> {
        let value = self.take(name)?;
        let digits = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.trim().to_owned(),
            _ => String::new(),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.defect(name, format!("{name} is not a number."));
            return None;
        }
        let digits = digits.trim_start_matches('0');
        (!digits.is_empty()).then(|| digits.into())
    }

    /// A text; a bare number or flag is read by its letters, since the vendor's own examples mix them.
    pub(super) fn text(&mut self, name: &'static str) -> Option<Box<str>> {
        match self.take(name)? {
            Value::String(text) => (!text.is_empty()).then(|| text.as_str().into()),
            value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string().into()),
            _ => {
                self.defect(name, format!("{name} is not a text."));
                None
            }
        }
    }

    /// A word of an enumeration; none where it is the enumeration's word for nothing.
    pub(super) fn word(&mut self, name: &'static str, nothing: &str) -> Option<Box<str>> {
        self.text(name).filter(|word| !word.eq_ignore_ascii_case(nothing))
    }

    /// A flag, which is a text on this wire.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        let text = match self.take(name) {
            None => return false,
            Some(Value::Bool(flag)) => return *flag,
            Some(Value::String(text)) if text.is_empty() => return false,
            Some(value) => value.as_str().unwrap_or_default(),
        };
        if !text.eq_ignore_ascii_case("true") && !text.eq_ignore_ascii_case("false") {
            self.defect(name, format!("{name} is neither true nor false."));
        }
        text.eq_ignore_ascii_case("true")
    }

    /// A time of the office; the null date is none, one that cannot be read keeps its text, with a defect.
    pub(super) fn time(&mut self, name: &'static str, zone: Option<&TimeZone>) -> Option<DateTime> {
        let text = self.text(name)?;
        let time = from_office(&text, zone)?;
        if time.moment().is_none() {
            self.defect(name, format!("{name} cannot be read as a time."));
        }
        Some(time)
    }

    /// The JSON object text of the fields that were not read or could not be used, in their order.
    pub(super) fn extra(&self) -> Option<Box<str>> {
        let is_empty = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty);
        let left =
            self.fields.iter().filter(|(name, value)| !self.read.contains(name.as_str()) && !is_empty(value));
        let left: Map<String, Value> = left.map(|(name, value)| (name.clone(), value.clone())).collect();
        (!left.is_empty()).then(|| Value::Object(left).to_string().into())
    }

    /// What was wrong with the row.
    pub(super) fn defects(self) -> Vec<Box<str>> {
        self.defects
    }
}
