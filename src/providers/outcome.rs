//! What an error body says: FHIR's `OperationOutcome`, and the objects of issues and messages that other APIs write.
//!
//! Must not pass on markup, a key or more than a line of what a server wrote.

use super::answers::plain;
use crate::domain::{check::Problem, task::Field};
use serde_json::Value;

/// What an error body says, in whichever of its shapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The code in lower case, may be empty.
    pub code: String,
    /// A line of the server's own words, may be empty.
    pub words: String,
    /// What is wrong, each at its place.
    pub problems: Vec<Problem>,
    /// The server's id of the request.
    pub request_id: Option<String>,
}

impl Said {
    /// Reads an error body.
    pub fn read(body: Option<&Value>) -> Said {
        let Some(body) = body else { return Said::default() };
        if let Value::String(text) = body {
            return Said { words: plain(text), ..Said::default() };
        }
        // Some gateways put everything into an object under `error`.
        let nested = body.get("error").filter(|error| error.is_object());
        let field = |name: &str| {
            [Some(body), nested].into_iter().flatten().find_map(|place| place.get(name)?.as_str())
        };
        let issues = [Some(body), nested].into_iter().flatten();
        let issues = issues.flat_map(|place| [place.get("issues"), place.get("issue")]).flatten();
        let problems: Vec<Problem> =
            issues.filter_map(Value::as_array).flatten().filter_map(problem).collect();
        let words = field("message").or_else(|| field("error")).or_else(|| field("title"));
        let words = words.map(plain).filter(|words| !words.is_empty());
        Said {
            code: field("code").unwrap_or_default().trim().to_ascii_lowercase(),
            words: words
                .or_else(|| problems.first().map(|problem| problem.sentence.clone()))
                .unwrap_or_default(),
            request_id: field("requestId").map(plain),
            problems,
        }
    }
}

/// One issue as a located problem; warnings and information are none.
fn problem(issue: &Value) -> Option<Problem> {
    let text = |name: &str| issue.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    if matches!(text("severity"), Some("warning" | "information" | "success")) {
        return None;
    }
    let details = issue.get("details").and_then(|details| details.get("text")).and_then(Value::as_str);
    let diagnostics = text("diagnostics").or(details).or_else(|| text("message"));
    let said = diagnostics.or_else(|| text("code")).unwrap_or_default();
    let located = said.split_once(':').filter(|(path, _)| is_path(path));
    let place = |name: &str| {
        let places = issue.get(name)?;
        places.get(0).unwrap_or(places).as_str().filter(|place| !place.is_empty())
    };
    let (path, constraint) = match located {
        Some((path, constraint)) => (path, constraint),
        // `path` is what those write who do not write FHIR's outcomes.
        None => (
            place("expression").or_else(|| place("location")).or_else(|| place("path")).unwrap_or_default(),
            said,
        ),
    };
    let mut sentence = match plain(constraint) {
        constraint if constraint.is_empty() => "This was refused.".to_owned(),
        constraint => ended(constraint),
    };
    // What stands in both places is said once.
    let more = details.filter(|more| !said.contains(more.trim())).map(plain);
    if let Some(more) = more.filter(|more| !more.is_empty()) {
        sentence = format!("{} {sentence}", ended(more));
    }
    let path = path_of(path);
    let problem = Problem::at_path(&path, sentence);
    let is_patient = path.split(['.', '[']).next() == Some("for");
    Some(if is_patient { Problem { field: Some(Field::Patient), ..problem } } else { problem })
}

fn ended(text: String) -> String {
    if text.ends_with(['.', '!', '?', '…']) { text } else { format!("{text}.") }
}

/// The place within the resource: of an expression (`Task.note[0].text`), of an `XPath` (`/f:Task/f:note`), or as it is.
fn path_of(place: &str) -> String {
    let place = place.trim().replace("/f:", ".");
    let place = place.trim_start_matches('.').trim_start_matches("body.");
    let place =
        place.strip_prefix("Task").filter(|rest| rest.is_empty() || rest.starts_with('.')).unwrap_or(place);
    // What a function of FHIRPath follows is still a place: `input[0].value.ofType(Quantity)`.
    let place = place.trim_start_matches('.').split('(').next().unwrap_or_default();
    if is_path(place) { place.to_owned() } else { String::new() }
}

fn is_path(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'[' | b']');
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_issue_stands_at_its_field_with_all_of_its_words() {
        let body = json!({"resourceType": "OperationOutcome", "issue": [
            {"severity": "warning", "diagnostics": "not told"},
            {"severity": "error", "code": "invariant", "details": {"text": "Too long"},
             "diagnostics": "Rule x", "expression": ["Task.note[0].text"]},
            {"severity": "error", "diagnostics": "Wrong", "location": ["/f:Task/f:for/f:reference"]},
            {"severity": "fatal", "expression": ["Task.input[0].value.ofType(Quantity)"], "details": {"text": "No"}},
            {"severity": "error", "code": "required", "expression": ["Task"]},
        ]});
        let said = Said::read(Some(&body));
        let told: Vec<_> = said
            .problems
            .iter()
            .map(|problem| (problem.field.map(Field::name), &*problem.path, &*problem.sentence))
            .collect();
        assert_eq!(
            told,
            [
                (Some("note"), "note[0].text", "Too long. Rule x."),
                (Some("patient"), "for.reference", "Wrong."),
                (Some("input"), "input[0].value.ofType", "No."),
                (None, "", "required."),
            ]
        );
    }

    #[test]
    fn a_message_with_issues_of_its_own_is_read_too() {
        let body = json!({"message": "Validation error", "issues": [{"path": "note.0.text", "message": "Required"}]});
        let said = Said::read(Some(&body));
        assert_eq!(said.problems, [Problem::at_path("note.0.text", "Required.")]);
        assert_eq!(said.words, "Validation error");
    }
}
