//! What the carrier, the control port and the story know of a system: one trait, and the list of systems. A new
//! system is a variant here, a field and two arms in `hospital.rs`, and its address in `sandbox.rs`.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chaos::Faults;
use super::message::{Outcome, Request};

/// One of the hospital's systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum System {
    Clinikapi,
    Opendental,
    Omniehr,
}

impl System {
    pub(crate) const ALL: [System; 3] = [System::Clinikapi, System::Opendental, System::Omniehr];

    /// The name in the ready line, the store, the log and the switches.
    pub(crate) fn name(self) -> &'static str {
        match self {
            System::Clinikapi => "clinikapi",
            System::Opendental => "opendental",
            System::Omniehr => "omniehr",
        }
    }

    /// How far its port lies from the base.
    pub(crate) fn offset(self) -> u16 {
        match self {
            System::Clinikapi => 0,
            System::Opendental => 1,
            System::Omniehr => 2,
        }
    }

    /// The system of this name.
    pub(crate) fn named(name: &str) -> Result<System, String> {
        let known = || System::ALL.map(System::name).join(", ");
        let found = System::ALL.into_iter().find(|system| system.name() == name);
        found.ok_or_else(|| format!("No system is called {name}; there are {}.", known()))
    }
}

/// One API of the hospital, as a function from requests to replies with switches on it.
pub(crate) trait Face {
    /// Answers one request, or lets happen to it what the switches say.
    fn serve(&mut self, request: &Request, now: Timestamp) -> Outcome;

    /// Every row as its own API would show it.
    fn flat_store(&self) -> Value;

    /// Does what a colleague elsewhere does; gives the changed row.
    fn colleague(&mut self, wish: &Value, now: Timestamp) -> Result<Value, String>;

    /// The fault switches.
    fn faults(&self) -> &Faults;

    /// The fault switches, to be thrown.
    fn faults_mut(&mut self) -> &mut Faults;

    /// How a client gets in, for the ready line.
    fn door(&self, origin: &str) -> Value;

    /// How long a request that comes now is held back before it is looked at.
    fn holds(&mut self, _now: Timestamp) -> Duration {
        Duration::from_millis(self.faults().latency_ms)
    }
}
