//! ClinikAPI as its published pages describe it: one function from a request to a reply. It knows no sockets.

mod fhir;
mod gate;
mod keys;
mod reply;
mod schema;
mod search;
pub(super) mod seed;
mod store;
mod validate;
mod words;

#[cfg(test)]
mod contract_tests;

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use keys::{READ_KEY, WRITE_KEY};
use reply::{Refusal, Success};
use store::{Kind, Seen, Store};
use validate::Issue;

use super::chance::Chance;
use super::chaos::{Fate, Faults};
use super::damage;
use super::message::{Outcome, Reply, Request};
use super::system::Face;

/// The largest body of a request.
///
/// Assumption (U19): bytes of the body, counted before anything else about it.
const BODY_CAP_BYTES: usize = 1_048_576;

/// How many replies are kept for a repeated idempotency key.
const KEPT_REPLIES: usize = 200;

/// The system: its rows, its switches, its counters.
pub(crate) struct Clinik {
    pub(crate) faults: Faults,
    books: Books,
    luck: Chance,
    window: i64,
    in_window: u64,
    kept: VecDeque<Kept>,
}

/// What outlives a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Books {
    store: Store,
    ids: Chance,
    used: u64,
    month: String,
}

/// A reply kept for its idempotency key.
struct Kept {
    key: String,
    method: String,
    path: String,
    body: Vec<u8>,
    reply: Reply,
}

impl Clinik {
    pub(crate) fn new(store: Store, seed: u64, faults: Faults) -> Clinik {
        let books = Books { store, ids: Chance::new(seed ^ 0x1d5), used: 1_234, month: String::new() };
        Clinik {
            faults,
            books,
            luck: Chance::new(seed ^ 0x0bad),
            window: 0,
            in_window: 0,
            kept: VecDeque::new(),
        }
    }

    pub(crate) fn books(&self) -> &Books {
        &self.books
    }

    pub(crate) fn restore(&mut self, books: Books) {
        self.books = books;
    }

    fn answer(&mut self, request: &Request, now: Timestamp) -> Reply {
        let admitted = self.admit(request, now);
        let meter = self.meter(now, admitted.known_key);
        let result = match admitted.refusal {
            Some(refusal) => Err(refusal),
            None => match self.kept_reply(request) {
                Some(Ok(reply)) => return reply,
                Some(Err(refusal)) => Err(refusal),
                None => self.carry_out(request, now),
            },
        };
        match result {
            Ok(success) => {
                let reply = reply::good(success, &meter, &self.faults);
                self.keep(request, &reply);
                reply
            }
            Err(refusal) => reply::bad(&refusal, &meter),
        }
    }

    /// Assumption (U8): the same idempotency key with the same body gives the stored reply, with another body 409.
    fn kept_reply(&self, request: &Request) -> Option<Result<Reply, Refusal>> {
        let key = idempotency_key(request)?;
        let kept = self.kept.iter().find(|kept| kept.key == key)?;
        let same = kept.method == request.method && kept.path == request.path && kept.body == request.body;
        Some(if same { Ok(kept.reply.clone()) } else { Err(Refusal::conflict()) })
    }

    /// Only what succeeded is kept, so that a refused body can be mended under its key.
    fn keep(&mut self, request: &Request, reply: &Reply) {
        let Some(key) = idempotency_key(request) else { return };
        if self.kept.len() >= KEPT_REPLIES {
            self.kept.pop_front();
        }
        self.kept.push_back(Kept {
            key: key.to_owned(),
            method: request.method.clone(),
            path: request.path.clone(),
            body: request.body.clone(),
            reply: reply.clone(),
        });
    }

    fn carry_out(&mut self, request: &Request, now: Timestamp) -> Result<Success, Refusal> {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let method = request.method.as_str();
        match (method, segments.as_slice()) {
            ("GET", ["health"]) => {
                let body = json!({"status": "ok", "timestamp": store::stamp(now)});
                Ok(Success::Plain { content_type: "application/json", body })
            }
            ("GET", ["v1", "metadata"]) => {
                Ok(Success::Plain { content_type: FHIR_JSON, body: metadata(now) })
            }
            ("GET", ["v1", "fhir", name]) => self.fhir_search(kind_named(Kind::of_fhir(name))?, request, now),
            ("GET", ["v1", "fhir", name, id]) => {
                let kind = kind_named(Kind::of_fhir(name))?;
                let seen = self.find(kind, id)?;
                let mut body = fhir::resource(kind, &seen.flat());
                body["meta"]["versionId"] = json!(seen.version.number.to_string());
                Ok(Success::Plain { content_type: FHIR_JSON, body })
            }
            ("POST", ["v1", name]) => self.create(kind_named(Kind::of_collection(name))?, request, now),
            ("GET", ["v1", name]) => self.search(kind_named(Kind::of_collection(name))?, request, now),
            ("GET", ["v1", name, id]) => self.read(kind_named(Kind::of_collection(name))?, id, request),
            ("PATCH", ["v1", name, id]) => {
                self.update(kind_named(Kind::of_collection(name))?, id, request, now)
            }
            ("DELETE", ["v1", name, id]) => {
                self.delete(kind_named(Kind::of_collection(name))?, id, request, now)
            }
            // Assumption (U23): a wrong method on a known path is an unknown route.
            _ => Err(Refusal::not_found()),
        }
    }

    fn create(&mut self, kind: Kind, request: &Request, now: Timestamp) -> Result<Success, Refusal> {
        let body = read_json(request)?;
        let fields =
            validate::create(kind.fields(), self.faults.section_depth, &body).map_err(Refusal::invalid)?;
        self.check_references(&fields)?;
        let mut fields = blankless(fields);
        let defaults = match kind {
            Kind::Task => vec![("authoredOn", store::stamp(now))],
            Kind::Document => vec![("date", store::stamp(now)), ("confidentiality", "N".to_owned())],
            Kind::Patient | Kind::Practitioner => Vec::new(),
        };
        for (name, value) in defaults {
            fields.entry(name).or_insert(json!(value));
        }
        if matches!(kind, Kind::Patient | Kind::Practitioner) {
            seed::complete_person(&mut fields);
        }
        let id = self.books.ids.id(kind.id_prefix());
        self.books.store.insert(kind, &id, fields, now);
        Ok(Success::One { status: 201, kind, flat: self.find(kind, &id)?.flat() })
    }

    fn read(&self, kind: Kind, id: &str, request: &Request) -> Result<Success, Refusal> {
        let flat = self.find(kind, id)?.flat();
        if kind == Kind::Patient && request.pairs().iter().any(|(name, _)| name == "_revinclude") {
            let body = fhir::bundle(kind, vec![fhir::resource(kind, &flat)], 1, None);
            return Ok(Success::Plain { content_type: FHIR_JSON, body });
        }
        Ok(Success::One { status: 200, kind, flat })
    }

    fn update(
        &mut self,
        kind: Kind,
        id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Success, Refusal> {
        self.find(kind, id)?;
        // Assumption (U3): the body is a partial object whatever its media type says.
        let body = read_json(request)?;
        let depth = self.faults.section_depth;
        let changes =
            validate::update(kind.fields(), kind.updates(), depth, &body).map_err(Refusal::invalid)?;
        self.check_references(&changes)?;
        self.check_version(kind, id, request)?;
        let nested = changes.into_iter().map(|(name, value)| (name, validate::without_blanks(value)));
        self.books.store.change(kind, id, nested.collect(), now);
        Ok(Success::One { status: 200, kind, flat: self.find(kind, id)?.flat() })
    }

    fn delete(
        &mut self,
        kind: Kind,
        id: &str,
        request: &Request,
        now: Timestamp,
    ) -> Result<Success, Refusal> {
        self.find(kind, id)?;
        self.check_version(kind, id, request)?;
        self.books.store.delete(kind, id, now);
        Ok(Success::Gone)
    }

    fn search(&self, kind: Kind, request: &Request, now: Timestamp) -> Result<Success, Refusal> {
        let page = self.page(kind, &request.pairs(), now)?;
        let rows = page.rows.into_iter().map(Seen::flat).collect();
        Ok(Success::Page { kind, rows, total: page.total, cursor: page.cursor })
    }

    fn fhir_search(&self, kind: Kind, request: &Request, now: Timestamp) -> Result<Success, Refusal> {
        let mut pairs = request.pairs();
        for (name, _) in &mut pairs {
            if name == "_count" {
                "count".clone_into(name);
            }
        }
        let page = self.page(kind, &pairs, now)?;
        let rows = page.rows.into_iter().map(|seen| fhir::resource(kind, &seen.flat())).collect();
        Ok(Success::Plain {
            content_type: FHIR_JSON,
            body: fhir::bundle(kind, rows, page.total, page.cursor),
        })
    }

    fn page(
        &self,
        kind: Kind,
        pairs: &[(String, String)],
        now: Timestamp,
    ) -> Result<search::Page<'_>, Refusal> {
        let lag = SignedDuration::from_millis(i64::try_from(self.faults.lag_ms).unwrap_or(i64::MAX));
        search::search(&self.books.store, kind, pairs, now, lag).map_err(Refusal::invalid)
    }

    /// A row by an id from a path; what is no id finds nothing.
    fn find(&self, kind: Kind, id: &str) -> Result<Seen<'_>, Refusal> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_id = (1..=128).contains(&id.len()) && id.bytes().all(good) && id != "." && id != "..";
        let seen = if is_id { self.books.store.find(kind, id) } else { None };
        seen.ok_or_else(Refusal::not_found)
    }

    /// Assumption (U21): references are not checked unless the switch asks for it.
    fn check_references(&self, fields: &Map<String, Value>) -> Result<(), Refusal> {
        if !self.faults.strict_references {
            return Ok(());
        }
        let people = [
            ("patientId", Kind::Patient),
            ("ownerId", Kind::Practitioner),
            ("requesterId", Kind::Practitioner),
            ("practitionerId", Kind::Practitioner),
        ];
        let unknown = people.into_iter().filter(|(name, kind)| {
            let id = fields.get(*name).and_then(Value::as_str).filter(|id| !id.is_empty());
            id.is_some_and(|id| self.books.store.find(*kind, id).is_none())
        });
        let issues: Vec<Issue> =
            unknown.map(|(name, _)| Issue::new("not-found", name, "must exist")).collect();
        if issues.is_empty() { Ok(()) } else { Err(Refusal::invalid(issues)) }
    }

    /// Assumption (U9): a version is compared only when the client sends one.
    fn check_version(&self, kind: Kind, id: &str, request: &Request) -> Result<(), Refusal> {
        let Some(wanted) = request.header("if-match") else { return Ok(()) };
        let wanted = wanted.trim_start_matches("W/").trim_matches('"');
        let number = self.find(kind, id)?.version.number.to_string();
        if wanted == "*" || wanted == number { Ok(()) } else { Err(Refusal::conflict()) }
    }
}

impl Face for Clinik {
    fn serve(&mut self, request: &Request, now: Timestamp) -> Outcome {
        let fate = self.faults.fate(&request.method, &mut self.luck);
        if fate == Fate::Plain {
            return Outcome::Reply(self.answer(request, now));
        }
        let answer = fate.carries_out().then(|| self.answer(request, now));
        damage::outcome(fate, answer, &self.meter(now, true), now)
    }

    fn flat_store(&self) -> Value {
        self.books.store.flat()
    }

    /// No key, no checks, any value. A null takes a field away.
    fn colleague(&mut self, wish: &Value, now: Timestamp) -> Result<Value, String> {
        let Value::Object(wish) = wish else { return Err("The wish must be a JSON object.".into()) };
        let name = wish.get("kind").and_then(Value::as_str).unwrap_or("tasks");
        let kind = Kind::of_collection(name).ok_or_else(|| format!("No collection is called {name}."))?;
        let object = |name: &str| wish.get(name).and_then(Value::as_object).cloned();
        let id = match (wish.get("id").and_then(Value::as_str), object("create"), object("patch")) {
            (given, Some(fields), _) => {
                let id = given.map_or_else(|| self.books.ids.id(kind.id_prefix()), str::to_owned);
                if self.books.store.find(kind, &id).is_some() {
                    return Err(format!("The id {id} is taken."));
                }
                self.books.store.insert(kind, &id, fields, now);
                id
            }
            (Some(id), None, Some(changes)) => {
                if !self.books.store.change(kind, id, changes, now) {
                    return Err(format!("Nothing has the id {id}."));
                }
                id.to_owned()
            }
            (None, ..) if wish.get("delete").is_some_and(Value::is_string) => {
                let id = wish.get("delete").and_then(Value::as_str).unwrap_or_default();
                let deleted = self.books.store.delete(kind, id, now);
                return if deleted {
                    Ok(json!({"id": id}))
                } else {
                    Err(format!("Nothing has the id {id}."))
                };
            }
            _ => return Err("A wish has id and patch, or create, or delete.".into()),
        };
        self.books.store.find(kind, &id).map(Seen::flat).ok_or_else(|| format!("Nothing has the id {id}."))
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }

    fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }

    fn door(&self, origin: &str) -> Value {
        json!({"url": origin, "key": WRITE_KEY, "read_key": READ_KEY})
    }
}

const FHIR_JSON: &str = "application/fhir+json";

fn kind_named(kind: Option<Kind>) -> Result<Kind, Refusal> {
    kind.ok_or_else(Refusal::not_found)
}

fn idempotency_key(request: &Request) -> Option<&str> {
    if !matches!(request.method.as_str(), "POST" | "PATCH") {
        return None;
    }
    request.header("idempotency-key").filter(|key| !key.is_empty())
}

fn read_json(request: &Request) -> Result<Value, Refusal> {
    if request.oversize || request.body.len() > BODY_CAP_BYTES {
        return Err(Refusal::new(413, "PAYLOAD_TOO_LARGE", "The request body is larger than 1048576 bytes."));
    }
    serde_json::from_slice(&request.body).map_err(|_| Refusal::of_status(400))
}

fn blankless(fields: Map<String, Value>) -> Map<String, Value> {
    match validate::without_blanks(Value::Object(fields)) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn metadata(now: Timestamp) -> Value {
    let resource = |kind: Kind| {
        let verbs = ["read", "search-type", "create", "patch", "delete"];
        json!({"type": kind.fhir(), "interaction": verbs.map(|code| json!({"code": code}))})
    };
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": store::stamp(now),
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": Kind::ALL.map(resource)}],
    })
}
