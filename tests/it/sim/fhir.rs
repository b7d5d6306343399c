//! A small FHIR R4 server: tasks and documents with versions, a search by identifier that lags, creates bound to an identifier.
//!
//! Must not use the program's own types: else client and server would be wrong together.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How long a search may not show what was written, in seconds.
const LAG_S: i64 = 4;
/// How many tasks there are at the start.
const AT_START: usize = 8;
/// How many documents there are at the start.
const DOCUMENTS: usize = 3;
/// A Composition as an attachment carries it, in base64.
const ATTACHED: &str = "eyJyZXNvdXJjZVR5cGUiOiJDb21wb3NpdGlvbiIsInN0YXR1cyI6InByZWxpbWluYXJ5IiwiZGF0ZSI6IjIwMjYtMTEtMjBUMDg6MDA6MDBaIiwidGl0bGUiOiJTeW50aGV0aWMgcGxhbnRlZCBsZXR0ZXIiLCJzZWN0aW9uIjpbeyJ0aXRsZSI6IkNvdXJzZSIsInRleHQiOnsic3RhdHVzIjoiYWRkaXRpb25hbCIsImRpdiI6IjxkaXYgeG1sbnM9XCJodHRwOi8vd3d3LnczLm9yZy8xOTk5L3hodG1sXCI+PHA+UXVpZXQuPC9wPjwvZGl2PiJ9fV19";

/// What documents are at a server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Documents {
    /// Compositions.
    Composed,
    /// Attachments of a `DocumentReference`: there is no Composition.
    Attached,
}

impl Documents {
    fn kind(self) -> &'static str {
        match self {
            Documents::Composed => "Composition",
            Documents::Attached => "DocumentReference",
        }
    }

    fn planted(self, number: usize) -> Value {
        let kind = json!({"coding": [{"system": "http://loinc.org", "code": "18842-5"}]});
        let subject = json!({"reference": "Patient/synthetic-1", "display": "Synthetic One"});
        let author = json!([{"reference": "Practitioner/synthetic-1"}]);
        let title = format!("Synthetic planted letter {number}");
        match self {
            Documents::Composed => json!({
                "resourceType": "Composition", "status": "preliminary", "date": "2026-11-20T08:00:00Z",
                "type": kind, "title": title, "subject": subject, "author": author,
                "section": [{"title": "Course", "text": {
                    "status": "additional", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Quiet.</p></div>",
                }}],
            }),
            Documents::Attached => json!({
                "resourceType": "DocumentReference", "status": "current", "docStatus": "preliminary",
                "date": "2026-11-20T08:00:00Z", "type": kind, "description": title, "subject": subject,
                "author": author,
                "content": [{"attachment": {"contentType": "application/fhir+json", "data": ATTACHED}}],
            }),
        }
    }
}

/// A resource with its version.
struct Row {
    version: u32,
    made_at: Timestamp,
    value: Value,
}

/// The server.
pub(crate) struct FhirServer {
    documents: Documents,
    /// Numbers given so far: one that was removed does not come back.
    given: usize,
    rows: BTreeMap<String, Row>,
}

/// Status, headers, body.
pub(crate) type Reply = (u16, Vec<(String, String)>, Value);

/// A request as the server sees it.
pub(crate) struct Question<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(String, String)],
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
}

impl FhirServer {
    /// A server with some synthetic tasks and documents.
    pub(crate) fn new(documents: Documents, now: Timestamp) -> FhirServer {
        let mut server = FhirServer { documents, given: 0, rows: BTreeMap::new() };
        for number in 0..AT_START {
            let body = json!({
                "resourceType": "Task", "status": "requested", "intent": "order",
                "description": format!("Synthetic planted task {number}"),
                "for": {"reference": "Patient/synthetic-1", "display": "Synthetic One"},
            });
            server.insert(body, now - SignedDuration::from_secs(3_600));
        }
        for number in 0..DOCUMENTS {
            server.insert(documents.planted(number), now - SignedDuration::from_secs(3_600));
        }
        server
    }

    /// Every task and document now.
    pub(crate) fn resources(&self) -> Vec<Value> {
        self.rows.values().map(|row| row.value.clone()).collect()
    }

    /// Answers one request.
    pub(crate) fn answer(&mut self, asked: &Question<'_>, now: Timestamp) -> Reply {
        let header = |name: &str| {
            asked.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let body = || serde_json::from_slice::<Value>(asked.body).ok();
        match (asked.method, asked.path.split('/').skip(1).collect::<Vec<_>>().as_slice()) {
            ("GET", ["metadata"]) => (200, Vec::new(), self.statement()),
            ("GET", [kind]) if self.keeps(kind) => (200, Vec::new(), self.search(kind, asked.query, now)),
            ("GET", [kind, id]) if self.is(kind, id) => self.row(id, 200),
            ("POST", [kind]) if self.keeps(kind) => {
                let Some(body) = body().filter(|body| body["resourceType"] == *kind) else {
                    return outcome(400, "no such resource");
                };
                let wanted = header("if-none-exist").and_then(|query| query.strip_prefix("identifier="));
                let same = wanted.and_then(|wanted| {
                    self.rows.iter().find(|(_, row)| carries(&row.value, wanted)).map(|(id, _)| id.clone())
                });
                // A create bound to an identifier sees what the search does not show yet.
                if let Some(id) = same {
                    return self.row(&id, 200);
                }
                let id = self.insert(body, now);
                self.row(&id, 201)
            }
            ("DELETE", [kind, id]) if self.is(kind, id) => {
                self.rows.remove(*id);
                (204, Vec::new(), Value::Null)
            }
            ("PUT", [kind, id]) if self.keeps(kind) => {
                let Some(mut body) = body() else { return outcome(400, "no JSON") };
                let row = self.rows.get_mut(*id).filter(|row| row.value["resourceType"] == *kind);
                let Some(row) = row else { return outcome(404, "not there") };
                let seen = header("if-match").map(|etag| etag.trim_start_matches("W/").trim_matches('"'));
                if seen.is_some_and(|seen| seen != row.version.to_string()) {
                    return outcome(412, "another version");
                }
                row.version += 1;
                body["id"] = json!(id);
                body["meta"] = meta(row.version, now);
                row.value = body;
                self.row(id, 200)
            }
            ("GET" | "DELETE", [_, _]) => outcome(404, "not there"),
            _ => outcome(405, "not offered"),
        }
    }

    fn insert(&mut self, mut body: Value, now: Timestamp) -> String {
        self.given += 1;
        let id = format!("t{}", self.given);
        body["id"] = json!(id);
        body["meta"] = meta(1, now);
        self.rows.insert(id.clone(), Row { version: 1, made_at: now, value: body });
        id
    }

    fn keeps(&self, kind: &str) -> bool {
        kind == "Task" || kind == self.documents.kind()
    }

    fn is(&self, kind: &str, id: &str) -> bool {
        self.rows.get(id).is_some_and(|row| row.value["resourceType"] == kind)
    }

    fn row(&self, id: &str, status: u16) -> Reply {
        let Some(row) = self.rows.get(id) else { return outcome(404, "not there") };
        let kind = row.value["resourceType"].as_str().unwrap_or_default();
        let headers = vec![
            ("etag".to_owned(), format!("W/\"{}\"", row.version)),
            ("location".to_owned(), format!("{kind}/{id}/_history/{}", row.version)),
        ];
        (status, headers, row.value.clone())
    }

    fn statement(&self) -> Value {
        let codes = ["read", "search-type", "create", "update", "delete"].map(|code| json!({"code": code}));
        let parameters = |names: &[&str]| names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>();
        let resource = |kind: &str, names: &[&str]| {
            json!({
                "type": kind, "versioning": "versioned-update", "conditionalCreate": true,
                "interaction": codes, "searchParam": parameters(names),
            })
        };
        json!({
            "resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1",
            "software": {"name": "Synthetic FHIR"},
            "rest": [{"mode": "server", "resource": [
                resource("Task", &["identifier", "patient", "owner", "status"]),
                resource(self.documents.kind(), &["identifier"]),
            ]}],
        })
    }

    fn search(&self, kind: &str, query: &[(String, String)], now: Timestamp) -> Value {
        let identifier = query.iter().find(|(name, _)| name == "identifier").map(|(_, value)| value.as_str());
        let is_listed = |row: &&Row| now.duration_since(row.made_at).as_secs() >= LAG_S;
        let is_meant = |row: &&Row| identifier.is_none_or(|wanted| carries(&row.value, wanted));
        let entries: Vec<Value> = self
            .rows
            .values()
            .filter(|row| row.value["resourceType"] == kind)
            .filter(is_listed)
            .filter(is_meant)
            .map(|row| json!({"resource": row.value, "search": {"mode": "match"}}))
            .collect();
        json!({"resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries})
    }
}

fn meta(version: u32, now: Timestamp) -> Value {
    json!({"versionId": version.to_string(), "lastUpdated": format!("{now:.3}")})
}

fn outcome(status: u16, words: &str) -> Reply {
    let body = json!({
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "processing", "diagnostics": words}],
    });
    (status, Vec::new(), body)
}

/// Whether a resource carries the identifier that `system|value` names.
fn carries(resource: &Value, token: &str) -> bool {
    let (system, value) = token.split_once('|').unwrap_or(("", token));
    let is_it = |one: &Value| one["system"] == system && one["value"] == value;
    // A Composition has one, a task a list of them.
    match &resource["identifier"] {
        Value::Array(all) => all.iter().any(is_it),
        one => is_it(one),
    }
}
