//! Checks a request body against the schema and says all that is wrong at once. It never repeats a value.

use serde_json::{Map, Value, json};

use super::schema::{self, Field, Rule};

/// One thing that is wrong: the dotted path, then the constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    code: &'static str,
    diagnostics: String,
}

impl Issue {
    pub(crate) fn new(code: &'static str, path: &str, constraint: &str) -> Issue {
        let diagnostics =
            if path.is_empty() { format!("body: {constraint}") } else { format!("{path}: {constraint}") };
        Issue { code, diagnostics }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"severity": "error", "code": self.code, "diagnostics": self.diagnostics})
    }
}

/// The body of a create, without what the schema does not know.
pub(crate) fn create(fields: &[Field], depth: usize, body: &Value) -> Result<Map<String, Value>, Vec<Issue>> {
    let mut check = Check { issues: Vec::new(), depth };
    let object = check.object(fields, body, "", 0, true);
    check.finish(object)
}

/// The body of an update: only what may be updated, nothing required.
///
/// Assumption (U17): fields outside the published update list are ignored, not refused.
pub(crate) fn update(
    fields: &[Field],
    updates: &[&str],
    depth: usize,
    body: &Value,
) -> Result<Map<String, Value>, Vec<Issue>> {
    let mut check = Check { issues: Vec::new(), depth };
    let Value::Object(given) = body else {
        check.issue("structure", "", "must be an object");
        return check.finish(Map::new());
    };
    let changes = given.iter().filter(|(name, _)| updates.is_empty() || updates.contains(&name.as_str()));
    let changes = Value::Object(changes.map(|(name, value)| (name.clone(), value.clone())).collect());
    let object = check.object(fields, &changes, "", 0, false);
    check.finish(object)
}

/// Assumption (U5): an empty optional string means that there is none.
pub(crate) fn without_blanks(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.into_iter().filter(|(_, value)| value.as_str() != Some(""));
            Value::Object(kept.map(|(name, value)| (name, without_blanks(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_blanks).collect()),
        other => other,
    }
}

struct Check {
    issues: Vec<Issue>,
    depth: usize,
}

impl Check {
    fn finish(self, object: Map<String, Value>) -> Result<Map<String, Value>, Vec<Issue>> {
        if self.issues.is_empty() { Ok(object) } else { Err(self.issues) }
    }

    fn issue(&mut self, code: &'static str, path: &str, constraint: &str) {
        self.issues.push(Issue::new(code, path, constraint));
    }

    /// Assumption (U16): unknown keys are dropped without a word.
    fn object(
        &mut self,
        fields: &[Field],
        value: &Value,
        path: &str,
        level: usize,
        whole: bool,
    ) -> Map<String, Value> {
        let mut kept = Map::new();
        let Value::Object(given) = value else {
            self.issue("structure", path, "must be an object");
            return kept;
        };
        for field in fields.iter().filter(|field| whole && field.required) {
            if !given.contains_key(field.name) {
                self.issue("required", &join(path, field.name), "required");
            }
        }
        for (name, value) in given {
            if let Some(field) = fields.iter().find(|field| field.name == name) {
                let path = join(path, name);
                if field.required && value.as_str() == Some("") && matches!(field.rule, Rule::Text(_)) {
                    // Assumption (U12): a required string may not be empty, though no minimum is published.
                    self.issue("required", &path, "must not be empty");
                }
                let value = self.value(&field.rule, value, &path, level);
                kept.insert(name.clone(), value);
            }
        }
        kept
    }

    fn value(&mut self, rule: &Rule, value: &Value, path: &str, level: usize) -> Value {
        match rule {
            Rule::Text(limit) => self.text(value, *limit, path),
            Rule::OneOf(words) => {
                let known = value.as_str().is_some_and(|word| words.contains(&word));
                if !known {
                    self.issue("code-invalid", path, &format!("must be one of {}", words.join(", ")));
                }
            }
            Rule::Moment => {
                self.expect(value.as_str().is_some_and(is_moment), path, "must be an ISO 8601 date-time");
            }
            Rule::Day => self.expect(value.as_str().is_some_and(is_day), path, "must be a date (YYYY-MM-DD)"),
            Rule::Email => {
                self.expect(value.as_str().is_some_and(is_email), path, "must be an email address");
            }
            Rule::Whole => {
                let whole = whole_number(value);
                self.expect(whole.is_some(), path, "must be an integer");
                return whole.unwrap_or(Value::Null);
            }
            Rule::Truth => self.expect(value.is_boolean(), path, "must be a boolean"),
            Rule::List(rule, most) => {
                let Value::Array(items) = value else {
                    self.issue("structure", path, "must be an array");
                    return Value::Null;
                };
                if let Some(most) = most.filter(|most| items.len() > *most) {
                    self.issue("too-long", path, &format!("must contain at most {most} elements"));
                }
                return self.items(items, path, |check, item, path| check.value(rule, item, path, level));
            }
            Rule::Record(fields) => return Value::Object(self.object(fields, value, path, level, true)),
            Rule::Sections => return self.sections(value, path, level + 1),
            Rule::Anything => self.expect(!value.is_null(), path, "must not be null"),
        }
        value.clone()
    }

    fn items(
        &mut self,
        items: &[Value],
        path: &str,
        mut check: impl FnMut(&mut Check, &Value, &str) -> Value,
    ) -> Value {
        let items = items.iter().enumerate();
        Value::Array(items.map(|(place, item)| check(self, item, &join(path, &place.to_string()))).collect())
    }

    /// Assumption (U18): two levels by default, as the REST reference shows; the full shape at every level
    /// once more levels are switched on.
    fn sections(&mut self, value: &Value, path: &str, level: usize) -> Value {
        let Value::Array(items) = value else {
            self.issue("structure", path, "must be an array");
            return Value::Null;
        };
        if level > self.depth && !items.is_empty() {
            self.issue("structure", path, &format!("must not nest deeper than {} levels", self.depth));
            return Value::Null;
        }
        if level == 1 && items.is_empty() {
            self.issue("value", path, "must contain at least 1 element");
        }
        if level == 1 && items.len() > schema::SECTIONS_MAX {
            self.issue("too-long", path, &format!("must contain at most {} elements", schema::SECTIONS_MAX));
        }
        let fields = if level > 1 && self.depth <= 2 { schema::NESTED_SECTION } else { schema::SECTION };
        self.items(items, path, |check, item, path| {
            Value::Object(check.object(fields, item, path, level, true))
        })
    }

    /// Assumption (U11): lengths count UTF-16 units, since the server checks them in JavaScript.
    fn text(&mut self, value: &Value, limit: Option<usize>, path: &str) {
        match (value.as_str(), limit) {
            (None, _) => self.issue("structure", path, "must be a string"),
            (Some(text), Some(limit)) if text.encode_utf16().count() > limit => {
                self.issue("too-long", path, &format!("must be at most {limit} characters"));
            }
            _ => {}
        }
    }

    fn expect(&mut self, good: bool, path: &str, constraint: &str) {
        if !good {
            self.issue("value", path, constraint);
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

pub(crate) fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// Assumption (U10): date-times with any offset and plain dates are both good.
fn is_moment(text: &str) -> bool {
    is_day(text) || (text.contains('T') && !text.contains('[') && text.parse::<jiff::Timestamp>().is_ok())
}

fn is_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

/// JSON has one kind of number, so 2.0 is the integer 2 and 1.5 is none.
fn whole_number(value: &Value) -> Option<Value> {
    if value.is_i64() || value.is_u64() {
        return Some(value.clone());
    }
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15)?;
    Some(json!(number as i64))
}
