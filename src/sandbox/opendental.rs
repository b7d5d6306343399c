//! Open Dental's REST API as its published pages describe it: one function from a request to a reply. It knows no
//! sockets; the tables are the truth and every time in them is the office's own.

mod colleague;
mod lists;
mod local;
mod notes;
pub(super) mod office;
mod query;
mod reminder;
pub(super) mod seed;
mod signals;
mod store;
mod tasks;
mod words;

#[cfg(test)]
mod contract_tests;

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use office::{Throttle, Version};
use query::Query;
pub(crate) use store::Store;
use store::{Row, Table};
use words::{Refusal, Success};

use super::chance::Chance;
use super::chaos::{Fate, Faults};
use super::damage;
use super::message::{Outcome, Reply, Request};
use super::system::Face;

/// The application's half of the credential.
pub(crate) const DEVELOPER_KEY: &str = "SyntheticDevKey1";
/// The office's half.
pub(crate) const CUSTOMER_KEY: &str = "SyntheticOffice1";

/// The longest body in characters.
const BODY_CAP_CHARACTERS: usize = 16_800_000;

/// The longest that a request is held back.
const HOLD_CAP: Duration = Duration::from_secs(60);

/// The system: its tables, its switches, its place in the throttle.
pub(crate) struct Dental {
    pub(crate) faults: Faults,
    books: Books,
    zone: TimeZone,
    luck: Chance,
    free_at: Timestamp,
}

/// What outlives a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Books {
    store: Store,
    ids: Chance,
}

/// One request on its way to its method.
struct Asked {
    /// The key in the path; 0 when there is none.
    key: i64,
    query: Query,
    body: Row,
    now: DateTime,
}

type Answer = Result<Success, Refusal>;

/// One method of the API.
struct Method {
    verb: &'static str,
    /// The path below `/api/v1`; `#` is a key.
    path: &'static [&'static str],
    since: Version,
    run: fn(&mut Dental, &Asked) -> Answer,
}

const fn method(
    verb: &'static str,
    path: &'static [&'static str],
    since: [u32; 3],
    run: fn(&mut Dental, &Asked) -> Answer,
) -> Method {
    Method { verb, path, since: Version(since), run }
}

/// What there is, and since when.
const METHODS: &[Method] = &[
    method("GET", &["tasks"], [22, 3, 16], lists::tasks),
    method("POST", &["tasks"], [22, 3, 17], tasks::make),
    method("GET", &["tasks", "#"], [24, 4, 13], lists::task),
    method("PUT", &["tasks", "#"], [22, 4, 15], tasks::change),
    method("GET", &["tasklists"], [22, 3, 15], lists::task_lists),
    method("GET", &["tasknotes"], [24, 4, 22], notes::all),
    method("POST", &["tasknotes"], [24, 4, 22], notes::make),
    method("GET", &["tasknotes", "#"], [24, 4, 22], notes::one),
    method("PUT", &["tasknotes", "#"], [24, 4, 22], notes::change),
    method("GET", &["definitions"], [21, 1, 0], lists::definitions),
    method("GET", &["userods"], [21, 3, 0], lists::userods),
    method("GET", &["patients"], [21, 1, 0], lists::patients),
    method("GET", &["patients", "Simple"], [21, 2, 0], lists::patients_simple),
    method("GET", &["patients", "#"], [21, 1, 0], lists::patient),
    method("GET", &["appointments"], [21, 1, 0], lists::appointments),
    method("GET", &["appointments", "#"], [21, 1, 0], lists::appointment),
    method("GET", &["securityperms"], [22, 2, 0], lists::permissions),
    method("GET", &["signalods"], [21, 2, 0], signals::after),
];

impl Dental {
    pub(crate) fn new(store: Store, seed: u64, zone: TimeZone, faults: Faults) -> Dental {
        Dental {
            faults,
            books: Books { store, ids: Chance::new(seed ^ 0x0de7) },
            zone,
            luck: Chance::new(seed ^ 0x0bad),
            free_at: Timestamp::MIN,
        }
    }

    pub(crate) fn books(&self) -> &Books {
        &self.books
    }

    pub(crate) fn restore(&mut self, books: Books) {
        self.books = books;
    }

    fn answer(&mut self, request: &Request, now: Timestamp) -> Reply {
        let origin = request.header("host").map(|host| format!("http://{host}")).unwrap_or_default();
        match self.carry_out(request, now) {
            Ok(success) => words::good(success, &origin),
            Err(refusal) => refusal.reply(&self.faults.opendental),
        }
    }

    /// Assumption (OD 11.1): this order of checks, of which no page speaks.
    fn carry_out(&mut self, request: &Request, now: Timestamp) -> Answer {
        let office = &self.faults.opendental;
        let reads = request.method == "GET";
        if request.header("authorization") != Some(&format!("ODFHIR {DEVELOPER_KEY}/{CUSTOMER_KEY}")) {
            return Err(Refusal::unauthorized("The developer key or the customer key is not valid."));
        }
        if !reads && !office.write_permission {
            return Err(Refusal::unauthorized("This key lacks the permission AllOthers."));
        }
        let is_json = request
            .header("content-type")
            .is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
        if !is_json && (!reads || office.strict_content_type) {
            return Err(Refusal::bad("The Content-Type must be application/json."));
        }
        if office.econnector_down {
            return Err(Refusal::bad("The eConnector of this office cannot be reached."));
        }
        if office.throttle == Throttle::Refuse {
            self.take_turn(now)?;
        }
        let (method, key) = self.method(request)?;
        let office = &self.faults.opendental;
        let asked = Asked {
            key,
            query: Query::new(request.pairs(), office),
            body: if reads { Row::new() } else { body(request)? },
            now: local::at(now, &self.zone),
        };
        (method.run)(self, &asked)
    }

    /// The method that is asked for; what is newer than the office's program is 400, not 404.
    fn method(&self, request: &Request) -> Result<(&'static Method, i64), Refusal> {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["api", "v1", path @ ..] = segments.as_slice() else {
            return Err(Refusal::not_found("Resource"));
        };
        if !METHODS.iter().any(|method| method.path.first() == path.first()) {
            return Err(Refusal::not_found("Resource"));
        }
        let found = METHODS.iter().find_map(|method| {
            let key = matched(method.path, path)?;
            (method.verb == request.method).then_some((method, key))
        });
        let said = || Refusal::bad(format!("{} is not a method of {}.", request.method, path.join("/")));
        match found {
            Some(found) if self.faults.opendental.version >= found.0.since => Ok(found),
            _ => Err(said()),
        }
    }

    /// Refuses a request that comes before its turn.
    ///
    /// Assumption (OD 11.9): the turns are counted for each customer key, and the wait is said in whole seconds.
    fn take_turn(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let office = &self.faults.opendental;
        if now < self.free_at {
            let wait_ms = self.free_at.as_millisecond().saturating_sub(now.as_millisecond());
            let wait_s = u64::try_from(wait_ms).unwrap_or_default().div_ceil(1_000);
            return Err(Refusal::too_soon(office.retry_after.then_some(wait_s)));
        }
        self.free_at = later(now, office.throttle_ms);
        Ok(())
    }
}

impl Face for Dental {
    fn serve(&mut self, request: &Request, now: Timestamp) -> Outcome {
        let fate = self.faults.fate(&request.method, &mut self.luck);
        if fate == Fate::Plain {
            return Outcome::Reply(self.answer(request, now));
        }
        let answer = fate.carries_out().then(|| self.answer(request, now));
        damage::outcome(fate, answer, &self.faults.opendental, now)
    }

    fn flat_store(&self) -> Value {
        let rows = |table: Table| {
            let rows = self.books.store.rows(table).iter().cloned().map(words::shown).collect();
            (table.name().to_owned(), Value::Array(rows))
        };
        Value::Object(Table::ALL.into_iter().map(rows).collect::<Map<_, _>>())
    }

    fn colleague(&mut self, wish: &Value, now: Timestamp) -> Result<Value, String> {
        colleague::act(self, wish, now)
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }

    fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }

    fn door(&self, origin: &str) -> Value {
        json!({"url": format!("{origin}/api/v1"), "developer_key": DEVELOPER_KEY, "customer_key": CUSTOMER_KEY})
    }

    /// Assumption (OD 11.9): too many requests are held back one after the other, unless the switch says 429.
    fn holds(&mut self, now: Timestamp) -> Duration {
        let latency = Duration::from_millis(self.faults.latency_ms);
        let office = &self.faults.opendental;
        if office.throttle_ms == 0 || office.throttle != Throttle::Hold {
            return latency;
        }
        let turn = self.free_at.max(now);
        self.free_at = later(turn, office.throttle_ms);
        let held_ms = turn.as_millisecond().saturating_sub(now.as_millisecond());
        latency + Duration::from_millis(u64::try_from(held_ms).unwrap_or_default()).min(HOLD_CAP)
    }
}

fn later(moment: Timestamp, ms: u64) -> Timestamp {
    moment.saturating_add(SignedDuration::from_millis(ms.min(60_000) as i64)).unwrap_or(moment)
}

/// The key in the path when the path is of this pattern; 0 when the pattern has none.
fn matched(pattern: &[&str], path: &[&str]) -> Option<i64> {
    if pattern.len() != path.len() {
        return None;
    }
    let mut key = 0;
    for (wanted, given) in pattern.iter().zip(path) {
        match *wanted {
            "#" => key = given.parse().ok()?,
            wanted if wanted == *given => {}
            _ => return None,
        }
    }
    Some(key)
}

fn body(request: &Request) -> Result<Row, Refusal> {
    let text = std::str::from_utf8(&request.body).map_err(|_| Refusal::bad("The body is not UTF-8."))?;
    if request.oversize || text.chars().count() > BODY_CAP_CHARACTERS {
        return Err(Refusal::bad("The body is longer than 16.8 million characters."));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(Refusal::bad("The body must be a JSON object.")),
        Err(_) => Err(Refusal::bad("The body is not valid JSON.")),
    }
}
