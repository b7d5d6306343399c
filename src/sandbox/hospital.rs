//! All systems of the sandbox behind one value, with the log of what was asked. It knows no sockets and no clock.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::chaos::Faults;
use super::clinikapi::{Books, Clinik, seed};
use super::message::{Outcome, Request};
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
    pub(crate) faults: Faults,
}

/// The systems and what was asked of them.
pub(crate) struct Hospital {
    recipe: Recipe,
    pub(crate) clinikapi: Clinik,
    log: VecDeque<Value>,
}

/// What is written to the state file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saved {
    clinikapi: Books,
}

impl Hospital {
    pub(crate) fn new(recipe: Recipe) -> Result<Hospital, String> {
        let assets = Assets::read().map_err(|error| error.to_string())?;
        let store = seed::store(&assets, recipe.seed, recipe.tasks, recipe.now);
        let clinikapi = Clinik::new(store, recipe.seed, recipe.faults.clone());
        Ok(Hospital { recipe, clinikapi, log: VecDeque::new() })
    }

    /// The world as it was at the start, switches and log included.
    pub(crate) fn reset(&mut self) -> Result<(), String> {
        *self = Hospital::new(self.recipe.clone())?;
        Ok(())
    }

    /// One request to ClinikAPI.
    pub(crate) fn clinikapi(&mut self, request: &Request, now: Timestamp) -> Outcome {
        let outcome = self.clinikapi.serve(request, now);
        self.note("clinikapi", request, &outcome, now);
        outcome
    }

    /// Every system's rows as its own API shows them.
    pub(crate) fn store(&self) -> Value {
        json!({"clinikapi": self.clinikapi.flat_store()})
    }

    pub(crate) fn requests(&self) -> Value {
        self.log.iter().cloned().collect()
    }

    pub(crate) fn saved(&self) -> Saved {
        Saved { clinikapi: self.clinikapi.books().clone() }
    }

    pub(crate) fn restore(&mut self, saved: Saved) {
        self.clinikapi.restore(saved.clinikapi);
    }

    fn note(&mut self, system: &str, request: &Request, outcome: &Outcome, now: Timestamp) {
        let kept = request.body.get(..request.body.len().min(LOG_BODY_BYTES)).unwrap_or_default();
        let body = match serde_json::from_slice::<Value>(kept) {
            Ok(body) => body,
            Err(_) if kept.is_empty() => Value::Null,
            Err(_) => json!(String::from_utf8_lossy(kept)),
        };
        let status = match outcome {
            Outcome::Reply(reply) => Some(reply.status),
            Outcome::Cut => None,
        };
        let credentials = if request.header("x-api-key").is_some() { "present" } else { "absent" };
        if self.log.len() >= LOG_ROWS {
            self.log.pop_front();
        }
        self.log.push_back(json!({
            "at": format!("{now:.3}"),
            "system": system,
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "status": status,
            "credentials": credentials,
            "contentType": request.header("content-type"),
            "idempotencyKey": request.header("idempotency-key"),
            "bodyBytes": request.body.len(),
            "body": body,
        }));
    }
}
