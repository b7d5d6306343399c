//! Reads the bodies of requests by the server's schema and names each thing that is wrong. It looks into no store.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

const STATUSES: [&str; 12] = [
    "draft",
    "requested",
    "received",
    "accepted",
    "rejected",
    "ready",
    "cancelled",
    "in-progress",
    "on-hold",
    "failed",
    "completed",
    "entered-in-error",
];

const PRIORITIES: [&str; 4] = ["routine", "urgent", "asap", "stat"];

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Issue {
    path: String,
    message: String,
}

impl Issue {
    pub(super) fn shown(&self) -> Value {
        json!({"path": self.path, "message": self.message})
    }
}

/// What is kept of a task in a request; everything else in it is dropped without a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) status: String,
    pub(super) intent: String,
    pub(super) priority: String,
    pub(super) code: String,
    pub(super) description: String,
    pub(super) patient_id: String,
    pub(super) owner_id: Option<String>,
    pub(super) owner_name: String,
    pub(super) authored: Option<Timestamp>,
    pub(super) due: Option<Timestamp>,
    pub(super) note: String,
}

/// Whether this is an id of the store's kind.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// E-mail in lower case, and password.
pub(super) fn login(body: &Value) -> Result<(String, String), Vec<Issue>> {
    let mut reader = Reader::default();
    let fields = reader.object("", Some(body), true);
    let field = |name: &str| fields.and_then(|fields| fields.get(name));
    let email = reader.text("email", field("email"), true).map(|email| email.trim().to_lowercase());
    if let Some(email) = &email
        && !looks_like_email(email)
    {
        reader.say("email", "Invalid email");
    }
    let password = reader.text("password", field("password"), true);
    if password == Some("") {
        reader.say("password", TOO_SHORT);
    }
    match (email, password) {
        (Some(email), Some(password)) if reader.issues.is_empty() => Ok((email, password.to_owned())),
        _ => Err(reader.issues),
    }
}

fn looks_like_email(text: &str) -> bool {
    let good = |part: &str| !part.is_empty() && !part.contains([' ', '@']);
    text.split_once('@').is_some_and(|(name, host)| good(name) && good(host) && host.contains('.'))
}

/// The task of a request.
pub(super) fn task(body: &Value) -> Result<Draft, Vec<Issue>> {
    let mut reader = Reader::default();
    let empty = Map::new();
    let Some(fields) = reader.object("", Some(body), true) else { return Err(reader.issues) };
    if fields.get("resourceType") != Some(&json!("Task")) {
        reader.say("resourceType", "Invalid literal value, expected \"Task\"");
    }
    let status = reader.code("status", fields.get("status"), &STATUSES);
    let intent = reader.trimmed("intent", fields.get("intent"));
    let priority = reader.code("priority", fields.get("priority"), &PRIORITIES);
    let code = reader.object("code", fields.get("code"), false).unwrap_or(&empty);
    let code_text = reader.trimmed("code.text", code.get("text"));
    let coded = reader.first_coding(code.get("coding"));
    let description = reader.text("description", fields.get("description"), true).map(str::trim);
    if description == Some("") {
        reader.say("description", TOO_SHORT);
    }
    let patient = reader
        .object("for", fields.get("for"), true)
        .and_then(|patient| reader.reference("for", patient.get("reference"), "Patient", true));
    let owner = reader.object("owner", fields.get("owner"), false).unwrap_or(&empty);
    let owner_id = reader.reference("owner", owner.get("reference"), "Practitioner", false);
    let owner_name = reader.trimmed("owner.display", owner.get("display"));
    let authored = reader.instant("authoredOn", fields.get("authoredOn"));
    let period = reader.object("executionPeriod", fields.get("executionPeriod"), false).unwrap_or(&empty);
    // The start is held to the rule for dates, then dropped.
    reader.instant("executionPeriod.start", period.get("start"));
    let due = reader.instant("executionPeriod.end", period.get("end"));
    let note = reader.first_note(fields.get("note"));
    let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
    match (description, patient) {
        (Some(description), Some(patient_id)) if reader.issues.is_empty() => Ok(Draft {
            status: or(status, "requested"),
            intent: or(intent, "order"),
            priority: or(priority, "routine"),
            code: or(code_text, &coded),
            description: description.to_owned(),
            patient_id,
            owner_id,
            owner_name,
            authored,
            due,
            note,
        }),
        _ => Err(reader.issues),
    }
}

const TOO_SHORT: &str = "String must contain at least 1 character(s)";

/// Collects what is wrong while fields are read; what cannot be read counts as absent.
#[derive(Default)]
struct Reader {
    issues: Vec<Issue>,
}

impl Reader {
    fn say(&mut self, path: &str, message: &str) {
        self.issues.push(Issue { path: path.to_owned(), message: message.to_owned() });
    }

    /// The value with what `as_wanted` makes of it, or an issue.
    fn typed<'a, T: ?Sized>(
        &mut self,
        path: &str,
        value: Option<&'a Value>,
        required: bool,
        wanted: &str,
        as_wanted: impl Fn(&'a Value) -> Option<&'a T>,
    ) -> Option<&'a T> {
        match value {
            None if required => self.say(path, "Required"),
            None => {}
            Some(value) => match as_wanted(value) {
                Some(read) => return Some(read),
                None => self.say(path, &format!("Expected {wanted}, received {}", kind(value))),
            },
        }
        None
    }

    fn object<'a>(
        &mut self,
        path: &str,
        value: Option<&'a Value>,
        required: bool,
    ) -> Option<&'a Map<String, Value>> {
        self.typed(path, value, required, "object", Value::as_object)
    }

    fn text<'a>(&mut self, path: &str, value: Option<&'a Value>, required: bool) -> Option<&'a str> {
        self.typed(path, value, required, "string", Value::as_str)
    }

    /// An optional text without the blanks round it; empty when it is absent.
    fn trimmed(&mut self, path: &str, value: Option<&Value>) -> String {
        self.text(path, value, false).unwrap_or_default().trim().to_owned()
    }

    /// An optional code, exactly as listed; empty when it is absent.
    fn code(&mut self, path: &str, value: Option<&Value>, codes: &[&str]) -> String {
        let listed = codes.iter().map(|code| format!("'{code}'")).collect::<Vec<_>>().join(" | ");
        let given = self.typed(path, value, false, &listed, Value::as_str);
        if let Some(given) = given.filter(|given| !codes.contains(given)) {
            self.say(path, &format!("Invalid enum value. Expected {listed}, received '{given}'"));
        }
        given.unwrap_or_default().to_owned()
    }

    /// The id out of `Kind/id`, in lower case.
    fn reference(&mut self, path: &str, value: Option<&Value>, kind: &str, required: bool) -> Option<String> {
        let path = format!("{path}.reference");
        let text = self.text(&path, value, required)?;
        let id = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')).filter(|id| is_id(id));
        if id.is_none() {
            self.say(&path, &format!("{path} must be {kind}/{{id}}"));
        }
        id.map(str::to_lowercase)
    }

    fn instant(&mut self, path: &str, value: Option<&Value>) -> Option<Timestamp> {
        let instant = instant(self.text(path, value, false)?);
        if instant.is_none() {
            self.say(path, "Invalid datetime");
        }
        instant
    }

    fn list<'a>(&mut self, path: &str, value: Option<&'a Value>) -> &'a [Value] {
        self.typed(path, value, false, "array", |value| value.as_array().map(Vec::as_slice))
            .unwrap_or_default()
    }

    /// Display, else code, of the first coding; the others are only checked.
    fn first_coding(&mut self, value: Option<&Value>) -> String {
        let mut first = None;
        for (place, coding) in self.list("code.coding", value).iter().enumerate() {
            let path = format!("code.coding.{place}");
            let Some(coding) = self.object(&path, Some(coding), true) else { continue };
            self.trimmed(&format!("{path}.system"), coding.get("system"));
            let code = self.trimmed(&format!("{path}.code"), coding.get("code"));
            let display = self.trimmed(&format!("{path}.display"), coding.get("display"));
            first.get_or_insert(if display.is_empty() { code } else { display });
        }
        first.unwrap_or_default()
    }

    /// The text of the first note; the others are only checked.
    fn first_note(&mut self, value: Option<&Value>) -> String {
        let mut first = None;
        for (place, note) in self.list("note", value).iter().enumerate() {
            let Some(note) = self.object(&format!("note.{place}"), Some(note), true) else { continue };
            let path = format!("note.{place}.text");
            let Some(text) = self.text(&path, note.get("text"), true).map(str::trim) else { continue };
            if text.is_empty() {
                self.say(&path, TOO_SHORT);
            }
            first.get_or_insert(text.to_owned());
        }
        first.unwrap_or_default()
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A date-time with seconds and a capital Z; what is finer than a millisecond is cut off.
fn instant(text: &str) -> Option<Timestamp> {
    const SHAPE: &str = "0000-00-00T00:00:00";
    let core = text.strip_suffix('Z')?;
    let (whole, fraction) = core.split_once('.').unwrap_or((core, "0"));
    let fits = |(shape, given): (u8, u8)| if shape == b'0' { given.is_ascii_digit() } else { given == shape };
    if whole.len() != SHAPE.len() || !SHAPE.bytes().zip(whole.bytes()).all(fits) || whole.get(17..)? >= "60" {
        return None;
    }
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let milliseconds: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let moment: Timestamp = format!("{whole}Z").parse().ok()?;
    moment.checked_add(SignedDuration::from_millis(milliseconds)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utc_with_seconds_is_a_moment() {
        for (text, wanted) in [
            ("2026-05-04T22:10:00Z", Some("2026-05-04T22:10:00.000Z")),
            ("2026-05-04T22:10:00.5Z", Some("2026-05-04T22:10:00.500Z")),
            ("2026-05-04T22:10:00.123999Z", Some("2026-05-04T22:10:00.123Z")),
            ("2026-05-04T22:10:00+01:00", None),
            ("2026-05-04T22:10:00", None),
            ("2026-05-04T22:10Z", None),
            ("2026-05-04", None),
            ("2026-02-30T22:10:00Z", None),
            ("2026-05-04T24:10:00Z", None),
            ("2026-05-04T22:10:60Z", None),
            ("2026-05-04 22:10:00Z", None),
            ("2026-05-04T22:10:00z", None),
            ("2026-05-04T22:10:00.Z", None),
            ("é026-05-04T22:10:00Z", None),
            ("", None),
        ] {
            let read = instant(text).map(|moment| format!("{moment:.3}"));
            assert_eq!(read.as_deref(), wanted, "{text}");
        }
    }
}
