//! The systems of a run, each behind the wire as its adapter speaks it.
//!
//! Must not lose or delay anything: the network does that.

use super::fhir::{Documents, FhirServer, Question};
use jiff::{Timestamp, tz::TimeZone};
use rounds::{
    domain::{priority::Priority, task::SourceId},
    providers::{
        MakeProvider, Provider, SourceProfile, clinikapi, fhir, opendental,
        wire::{CredentialSlot, Method, WireAnswer, WireReply, WireRequest},
    },
    sandbox::{Asked, Bare, DEMO_OMNIEHR_LOGIN, DEMO_OPENDENTAL_USER, DEMO_USER},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Tasks of each system at the start; some special ones are always there.
const TASKS: usize = 6;
/// How long `ClinikAPI`'s search lags behind a write.
const LAG_MS: u64 = 9_000;

/// A system: its name, what stands before its paths, its adapter.
pub(super) struct System {
    pub(super) name: &'static str,
    prefix: &'static str,
    make: MakeProvider,
}

/// All systems.
pub(super) const SYSTEMS: [System; 5] = [
    System { name: "clinikapi", prefix: "", make: clinikapi::make },
    System { name: "opendental", prefix: "/api/v1", make: opendental::make },
    System { name: "omniehr", prefix: "/api", make: fhir::omniehr::make },
    System { name: "fhir", prefix: "", make: fhir::make },
    // One without Compositions: its documents are attachments.
    System { name: "attached", prefix: "", make: fhir::make },
];

/// The user's own id at a source.
pub(super) fn me(system: &System) -> Option<String> {
    match system.name {
        "clinikapi" => Some(DEMO_USER.to_owned()),
        "opendental" => Some(DEMO_OPENDENTAL_USER.to_owned()),
        _ => None,
    }
}

/// The adapter of a source, as a program makes it that has not spoken yet.
pub(super) fn adapter(system: &System, source: SourceId) -> Box<dyn Provider> {
    (system.make)(SourceProfile {
        source,
        me: me(system),
        user: DEMO_OPENDENTAL_USER.parse().ok(),
        priorities: BTreeMap::from([(Priority::Stat, vec!["358".to_owned()])]),
        zone: Some(TimeZone::UTC),
        is_local: true,
        allow_delete: true,
        ..SourceProfile::default()
    })
}

/// A change that a server carried out.
struct Deed {
    system: &'static str,
    /// Its path and its body.
    asked: String,
    /// The id of what was made, changed or removed.
    id: String,
    is_removal: bool,
}

/// All servers.
pub(super) struct Servers {
    bare: Bare,
    fhir: FhirServer,
    attached: FhirServer,
    token: String,
    /// Whether `ClinikAPI` knows what a key of an intent is for; it is not known to.
    knows_keys: bool,
    deeds: Vec<Deed>,
}

impl Servers {
    /// Servers that have not been asked yet.
    pub(super) fn new(seed: u64, now: Timestamp) -> Servers {
        let mut bare = Bare::new(seed, TASKS, now).unwrap();
        for switches in [
            json!({"system": "clinikapi", "lag_ms": LAG_MS}),
            json!({"system": "omniehr", "token_s": 1_000_000}),
        ] {
            assert_eq!(bare.control("POST", "/faults", &switches, now).0, 200);
        }
        let fhir = FhirServer::new(Documents::Composed, now);
        let attached = FhirServer::new(Documents::Attached, now);
        let mut servers = Servers {
            bare,
            fhir,
            attached,
            token: String::new(),
            knows_keys: seed.is_multiple_of(2),
            deeds: Vec::new(),
        };
        servers.sign_in(&SYSTEMS[2], now);
        servers
    }

    fn sign_in(&mut self, system: &'static System, now: Timestamp) {
        let adapter = adapter(system, SourceId(0));
        let mut request = adapter.sign_in().unwrap();
        let (name, password) = DEMO_OMNIEHR_LOGIN;
        request.body = Some(json!({"email": name, "password": password}).to_string());
        let answer = self.answer(system, &request, now).unwrap();
        self.token = adapter.token(&WireReply::Answered(answer)).unwrap();
    }

    /// Answers a request; nothing comes where the server cuts the connection.
    pub(super) fn answer(
        &mut self,
        system: &'static System,
        request: &WireRequest,
        now: Timestamp,
    ) -> Option<WireAnswer> {
        let System { name, prefix, .. } = system;
        let asked = asked(prefix, request, self.credential(request), self.knows_keys);
        let fhir = match *name {
            "fhir" => Some(&mut self.fhir),
            "attached" => Some(&mut self.attached),
            _ => None,
        };
        let (status, headers, body) = if let Some(fhir) = fhir {
            let question = Question {
                method: &asked.method,
                path: &asked.path,
                query: &request.query,
                headers: &asked.headers,
                body: &asked.body,
            };
            let (status, headers, body) = fhir.answer(&question, now);
            let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
            (status, headers, body)
        } else {
            let answered = self.bare.ask(name, &asked, now).unwrap()?;
            (answered.status, answered.headers, answered.body)
        };
        if request.method.writes() && (200..300).contains(&status) {
            let said: Value = serde_json::from_slice(&body).unwrap_or_default();
            let ids = [&said["data"]["id"], &said["id"], &said["TaskNum"]];
            let told = ids.into_iter().find(|id| !id.is_null());
            let is_removal = request.method == Method::Delete;
            let id = match told.filter(|_| !is_removal) {
                Some(Value::String(id)) => id.clone(),
                Some(id) => id.to_string(),
                None => request.path.rsplit('/').next().unwrap_or_default().to_owned(),
            };
            let (path, method) = (&request.path, request.method.as_str());
            let asked = format!("{path} {method} {}", request.body.as_deref().unwrap_or_default());
            self.deeds.push(Deed { system: name, asked, id, is_removal });
        }
        Some(WireAnswer { status, headers, body, over_cap: false, received_at: now })
    }

    fn credential(&self, request: &WireRequest) -> Option<(String, String)> {
        let header = |name: &str, value: String| Some((name.to_owned(), value));
        match request.credential {
            CredentialSlot::Header(name) => header(&name.to_lowercase(), Bare::key().to_owned()),
            CredentialSlot::Authorization("ODFHIR") => {
                header("authorization", format!("ODFHIR {}", Bare::office_keys()))
            }
            CredentialSlot::Session => header("authorization", format!("Bearer {}", self.token)),
            _ => None,
        }
    }

    /// How many tasks and documents of a system have these words, as its store shows them.
    pub(super) fn stored(&mut self, system: &str, words: &str, now: Timestamp) -> usize {
        let rows = match system {
            "fhir" => self.fhir.resources(),
            "attached" => self.attached.resources(),
            name => {
                let (_, store) = self.bare.control("GET", "/store", &Value::Null, now);
                let rows = |collection: &str| store[name][collection].as_array().cloned();
                [rows("tasks").unwrap(), rows("documents").unwrap_or_default()].concat()
            }
        };
        let says = |row: &&Value| ["description", "Descript", "title"].iter().any(|name| row[*name] == words);
        rows.iter().filter(says).count()
    }

    /// How many things of a system were made or changed with these words since so many deeds, as its answers tell.
    pub(super) fn made(&self, system: &str, words: &str, since: usize) -> usize {
        let deeds = self.deeds.iter().skip(since);
        let of_it = deeds.filter(|deed| deed.system == system && deed.asked.contains(words));
        of_it.map(|deed| &deed.id).collect::<BTreeSet<_>>().len()
    }

    /// The same, but for what was removed since.
    pub(super) fn left(&self, system: &str, words: &str, since: usize) -> usize {
        let deeds = || self.deeds.iter().skip(since).filter(|deed| deed.system == system);
        let removed: BTreeSet<_> = deeds().filter(|deed| deed.is_removal).map(|deed| &deed.id).collect();
        let of_it = deeds().filter(|deed| !deed.is_removal && deed.asked.contains(words));
        of_it.map(|deed| &deed.id).filter(|id| !removed.contains(id)).collect::<BTreeSet<_>>().len()
    }

    /// How many changes were carried out so far.
    pub(super) fn deeds(&self) -> usize {
        self.deeds.len()
    }
}

/// A request in the words of the sandbox.
fn asked(
    prefix: &str,
    request: &WireRequest,
    credential: Option<(String, String)>,
    knows_keys: bool,
) -> Asked {
    let own = request.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
    let mut headers: Vec<(String, String)> =
        own.filter(|(name, _)| knows_keys || name != "idempotency-key").collect();
    headers.extend(credential);
    if request.body.is_some() && !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let pairs = request.query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    let whole = match &request.url {
        Some(link) => link.splitn(4, '/').nth(3).map_or_else(|| link.clone(), |rest| format!("/{rest}")),
        None => format!("{prefix}{}?{}", request.path, pairs.collect::<Vec<_>>().join("&")),
    };
    let (path, query) = whole.split_once('?').unwrap_or((&whole, ""));
    Asked {
        method: request.method.as_str().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: request.body.clone().unwrap_or_default().into_bytes(),
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
