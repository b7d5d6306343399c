//! One JSON object being read: fields are taken by name, what is left over or unusable stays raw.
//!
//! Must not know which fields a task or a document has.

use crate::domain::{people::Reference, task::Period, time::DateTime};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The fields of one row, which of them have been read, and what was wrong with them.
pub(super) struct Row<'a> {
    fields: &'a Map<String, Value>,
    read: BTreeSet<&'static str>,
    defects: Vec<Box<str>>,
}

/// What FHIR keeps under `meta` of a resource.
#[derive(Default)]
pub(super) struct Meta {
    pub(super) version: Option<Box<str>>,
    pub(super) last_updated: Option<DateTime>,
}

impl<'a> Row<'a> {
    pub(super) fn new(fields: &'a Map<String, Value>) -> Row<'a> {
        Row { fields, read: BTreeSet::from(["resourceType"]), defects: Vec::new() }
    }

    /// A field's value; null and every empty value are absent.
    pub(super) fn take(&mut self, name: &'static str) -> Option<&'a Value> {
        self.read.insert(name);
        self.fields.get(name).filter(|value| !is_absent(value))
    }

    /// Notes what is wrong with a field, and keeps its raw value among the extras.
    pub(super) fn defect(&mut self, name: &str, sentence: &str) {
        self.defects.push(sentence.into());
        self.keep(name);
    }

    /// Notes that a value is not of the kind it should be.
    pub(super) fn wrong_kind(&mut self, path: &str, value: &Value, wanted: &str) {
        self.defect(path, &format!("{path} is {}, not {wanted}.", kind_of(value)));
    }

    /// Keeps a field's raw value among the extras although it has been read.
    pub(super) fn keep(&mut self, name: &str) {
        self.read.remove(name);
    }

    /// The id, a text or the digits of a number; empty when there is none.
    pub(super) fn id(&mut self, name: &'static str) -> Box<str> {
        match self.take(name) {
            Some(Value::String(id)) if !id.trim().is_empty() => id.as_str().into(),
            Some(Value::Number(id)) => id.to_string().into(),
            _ => "".into(),
        }
    }

    /// A text, or the text of a FHIR concept. A number is shown by its digits, with a defect.
    pub(super) fn text(&mut self, name: &'static str) -> Option<Box<str>> {
        let value = self.take(name)?;
        let text = text_of(value);
        if !matches!(value, Value::String(_) | Value::Object(_)) || text.is_none() {
            self.wrong_kind(name, value, "a text");
        }
        text.or_else(|| value.is_number().then(|| value.to_string())).map(Into::into)
    }

    /// A code. One of another kind is its JSON text: taken for absent, it would pass for the ordinary case.
    pub(super) fn code(&mut self, name: &'static str) -> Option<Box<str>> {
        self.text(name).or_else(|| {
            self.take(name).map(|value| {
                self.keep(name);
                value.to_string().into()
            })
        })
    }

    /// A reference by its flat name, else by its FHIR name.
    pub(super) fn reference(&mut self, names: [&'static str; 2]) -> Option<Reference> {
        let name =
            names.into_iter().find(|name| self.fields.get(*name).is_some_and(|value| !is_absent(value)))?;
        let value = self.take(name)?;
        let reference = reference_of(value);
        if reference.is_none() || value.is_number() {
            self.wrong_kind(name, value, "a reference");
        }
        reference
    }

    /// A list of references.
    pub(super) fn references(&mut self, name: &'static str) -> Vec<Reference> {
        self.take(name).map(|value| self.references_of(name, name, value)).unwrap_or_default()
    }

    /// A list of references in a value of the field `name`.
    pub(super) fn references_of(&mut self, name: &str, path: &str, value: &Value) -> Vec<Reference> {
        let list = match value {
            Value::Array(list) => list.as_slice(),
            absent if is_absent(absent) => return Vec::new(),
            one => {
                self.wrong_kind(path, one, "a list");
                self.keep(name);
                std::slice::from_ref(one)
            }
        };
        let mut references = Vec::new();
        for (index, item) in list.iter().enumerate() {
            if let Some(reference) = reference_of(item) {
                references.push(reference);
            } else {
                self.wrong_kind(&format!("{path}.{index}"), item, "a reference");
                self.keep(name);
            }
        }
        references
    }

    /// A list; a single value in place of one is a defect and is not read.
    pub(super) fn list(&mut self, name: &'static str, wanted: &str) -> Option<&'a [Value]> {
        let value = self.take(name)?;
        if value.as_array().is_none() {
            self.wrong_kind(name, value, wanted);
        }
        value.as_array().map(Vec::as_slice)
    }

    /// An object.
    pub(super) fn object(&mut self, name: &'static str) -> Option<&'a Map<String, Value>> {
        let value = self.take(name)?;
        if value.as_object().is_none() {
            self.wrong_kind(name, value, "an object");
        }
        value.as_object()
    }

    /// A time of the row.
    pub(super) fn time(&mut self, name: &'static str) -> Option<DateTime> {
        let value = self.take(name)?;
        self.time_of(name, name, value)
    }

    /// A period of the row.
    pub(super) fn period(&mut self, name: &'static str) -> Period {
        let value = self.take(name);
        self.period_of(name, name, value)
    }

    /// A period in a value of the field `name`.
    pub(super) fn period_of(&mut self, name: &str, path: &str, value: Option<&Value>) -> Period {
        let fields = match value {
            Some(Value::Object(fields)) => fields,
            Some(other) if !is_absent(other) => {
                self.wrong_kind(path, other, "a period");
                self.keep(name);
                return Period::default();
            }
            _ => return Period::default(),
        };
        let mut end = |which: &str| {
            let value = fields.get(which).filter(|value| !is_absent(value))?;
            self.time_of(name, &format!("{path}.{which}"), value)
        };
        Period { start: end("start"), end: end("end") }
    }

    /// A time; one that cannot be read keeps its text, with a defect.
    fn time_of(&mut self, name: &str, path: &str, value: &Value) -> Option<DateTime> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => {
                self.wrong_kind(path, other, "a time");
                self.keep(name);
                return None;
            }
        };
        let time = DateTime::parse(&text);
        if !value.is_string() {
            self.wrong_kind(path, value, "a time");
            self.keep(name);
        } else if time.moment().is_none() {
            self.defect(path, &format!("{path} cannot be read as a time."));
            self.keep(name);
        }
        Some(time)
    }

    /// The version and the last change of a FHIR resource; whatever else stands under `meta` stays an extra.
    pub(super) fn meta(&mut self) -> Meta {
        let Some(Value::Object(meta)) = self.take("meta") else {
            self.keep("meta");
            return Meta::default();
        };
        let text = |name: &str| meta.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let found = Meta {
            version: text("versionId").map(Into::into),
            last_updated: text("lastUpdated").map(DateTime::parse),
        };
        if meta.keys().any(|key| !matches!(key.as_str(), "versionId" | "lastUpdated")) {
            self.keep("meta");
        }
        found
    }

    /// The JSON object text of the fields that were not read or could not be used, in their order.
    pub(super) fn extra(&self) -> Option<Box<str>> {
        let left = self
            .fields
            .iter()
            .filter(|(name, value)| !self.read.contains(name.as_str()) && !is_absent(value));
        let left: Map<String, Value> = left.map(|(name, value)| (name.clone(), value.clone())).collect();
        (!left.is_empty()).then(|| Value::Object(left).to_string().into())
    }

    /// What was wrong with the row.
    pub(super) fn defects(self) -> Vec<Box<str>> {
        self.defects
    }
}

/// Null and the empty text, list and object say nothing; `false` and `0` do.
pub(super) fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text, or a FHIR concept's text, else its first coding's display, else that coding's code.
pub(super) fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => Some(text.as_str()),
        Value::Object(concept) => {
            let filled = |value: &'_ Value| value.as_str().is_some_and(|text| !text.is_empty());
            let coding = concept.get("coding").and_then(|codings| codings.get(0));
            let of_coding =
                |name: &str| coding.and_then(|coding| coding.get(name)).filter(|value| filled(value));
            let text = concept.get("text").filter(|value| filled(value));
            text.or_else(|| of_coding("display")).or_else(|| of_coding("code")).and_then(Value::as_str)
        }
        _ => None,
    };
    text.map(str::to_owned)
}

/// A reference: its text, the digits of a number, or a FHIR reference with the name beside it.
pub(super) fn reference_of(value: &Value) -> Option<Reference> {
    let fields = match value {
        Value::String(id) if !id.is_empty() => return Some(Reference::new(id)),
        Value::Number(id) => return Some(Reference::new(&id.to_string())),
        Value::Object(fields) => fields,
        _ => return None,
    };
    let text = |value: Option<&'_ Value>| {
        value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let display = text(fields.get("display"));
    let logical = || text(fields.get("identifier").and_then(|identifier| identifier.get("value")));
    let raw = text(fields.get("reference")).or_else(logical).or_else(|| display.clone())?;
    let reference = Reference::new(&raw);
    Some(match display {
        Some(display) => reference.with_display(&display),
        None => reference,
    })
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
