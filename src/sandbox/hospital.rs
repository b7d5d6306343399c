//! All systems of the sandbox behind one value, with the log of what was asked. It knows no sockets and no clock.

use std::collections::VecDeque;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::chaos::Faults;
use super::clinikapi::{self, Clinik};
use super::message::{Outcome, Request};
use super::omniehr::{self, Omni};
use super::opendental::{self, Dental};
use super::system::{Face, System};
use super::veil;
use super::world::Assets;

/// How many requests are remembered.
const LOG_ROWS: usize = 500;
/// How much of a body is remembered.
const LOG_BODY_BYTES: usize = 64 * 1024;

/// How a world is made; the same value gives the same world.
#[derive(Clone)]
pub(crate) struct Recipe {
    pub(crate) seed: u64,
    pub(crate) tasks: usize,
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
    pub(crate) faults: Faults,
}

/// The systems and what was asked of them.
pub(crate) struct Hospital {
    recipe: Recipe,
    pub(crate) clinikapi: Clinik,
    opendental: Dental,
    omniehr: Omni,
    log: VecDeque<Value>,
}

/// What is written to the state file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saved {
    clinikapi: clinikapi::Books,
    /// A file from before there was one leaves the system as it was made.
    opendental: Option<opendental::Books>,
    omniehr: Option<omniehr::Books>,
}

impl Hospital {
    pub(crate) fn new(recipe: Recipe) -> Result<Hospital, String> {
        let assets = Assets::read().map_err(|error| error.to_string())?;
        let Recipe { seed, tasks, now, ref zone, ref faults } = recipe;
        let store = clinikapi::seed::store(&assets, seed, tasks, now);
        let clinikapi = Clinik::new(store, seed, faults.clone());
        let store = opendental::seed::store(&assets, seed, tasks, now, zone);
        let store = store.map_err(|error| error.to_string())?;
        let opendental = Dental::new(store, seed, zone.clone(), faults.clone());
        let books = omniehr::seed::store(&assets, seed, tasks, now);
        let omniehr = Omni::new(books, seed, faults.clone());
        Ok(Hospital { recipe, clinikapi, opendental, omniehr, log: VecDeque::new() })
    }

    /// The world as it was at the start, switches and log included.
    pub(crate) fn reset(&mut self) -> Result<(), String> {
        *self = Hospital::new(self.recipe.clone())?;
        Ok(())
    }

    pub(crate) fn face(&self, system: System) -> &dyn Face {
        match system {
            System::Clinikapi => &self.clinikapi,
            System::Opendental => &self.opendental,
            System::Omniehr => &self.omniehr,
        }
    }

    pub(crate) fn face_mut(&mut self, system: System) -> &mut dyn Face {
        match system {
            System::Clinikapi => &mut self.clinikapi,
            System::Opendental => &mut self.opendental,
            System::Omniehr => &mut self.omniehr,
        }
    }

    /// One request to one system.
    pub(crate) fn serve(&mut self, system: System, request: &Request, now: Timestamp) -> Outcome {
        let outcome = self.face_mut(system).serve(request, now);
        self.note(system, request, &outcome, now);
        outcome
    }

    /// Every system's rows as its own API shows them.
    pub(crate) fn store(&self) -> Value {
        by_system(|system| self.face(system).flat_store())
    }

    /// Every system's switches.
    pub(crate) fn faults(&self) -> Value {
        by_system(|system| serde_json::to_value(self.face(system).faults()).unwrap_or_default())
    }

    /// Throws switches of one system, or of all; when one is refused, none is thrown.
    pub(crate) fn switch(&mut self, system: Option<System>, change: &Value) -> Result<(), String> {
        let chosen = System::ALL.into_iter().filter(|known| system.is_none_or(|system| system == *known));
        let switched: Result<Vec<(System, Faults)>, String> = chosen
            .map(|system| self.face(system).faults().changed(change).map(|faults| (system, faults)))
            .collect();
        for (system, faults) in switched? {
            *self.face_mut(system).faults_mut() = faults;
        }
        Ok(())
    }

    pub(crate) fn requests(&self) -> Value {
        self.log.iter().cloned().collect()
    }

    pub(crate) fn saved(&self) -> Saved {
        Saved {
            clinikapi: self.clinikapi.books().clone(),
            opendental: Some(self.opendental.books().clone()),
            omniehr: Some(self.omniehr.books().clone()),
        }
    }

    pub(crate) fn restore(&mut self, saved: Saved) {
        self.clinikapi.restore(saved.clinikapi);
        if let Some(books) = saved.opendental {
            self.opendental.restore(books);
        }
        if let Some(books) = saved.omniehr {
            self.omniehr.restore(books);
        }
    }

    fn note(&mut self, system: System, request: &Request, outcome: &Outcome, now: Timestamp) {
        let kept = request.body.get(..request.body.len().min(LOG_BODY_BYTES)).unwrap_or_default();
        let body = match serde_json::from_slice::<Value>(kept) {
            Ok(body) => veil::body(body),
            Err(_) if kept.is_empty() => Value::Null,
            Err(_) => json!(veil::text(&String::from_utf8_lossy(kept))),
        };
        let status = match outcome {
            Outcome::Reply(reply) => Some(reply.status),
            Outcome::Cut => None,
        };
        let carried = veil::CREDENTIAL_HEADERS.iter().any(|name| request.header(name).is_some());
        if self.log.len() >= LOG_ROWS {
            self.log.pop_front();
        }
        self.log.push_back(json!({
            "at": format!("{now:.3}"),
            "system": system.name(),
            "method": request.method,
            "path": request.path,
            "query": veil::query(&request.query),
            "status": status,
            "credentials": if carried { veil::PRESENT } else { "absent" },
            "contentType": request.header("content-type"),
            "idempotencyKey": request.header("idempotency-key"),
            "bodyBytes": request.body.len(),
            "body": body,
        }));
    }
}

fn by_system(value: impl Fn(System) -> Value) -> Value {
    Value::Object(System::ALL.map(|system| (system.name().to_owned(), value(system))).into_iter().collect())
}
