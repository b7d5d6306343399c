//! The hospital without its sockets: a request goes in, an answer comes out, for whoever owns clock and network.
//!
//! Must not wait, listen or read a clock: the caller says when it is.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use super::chaos::Faults;
use super::hospital::{Hospital, Recipe};
use super::message::{Outcome, Request};
use super::system::System;
use super::{clinikapi, control, opendental};

/// A request as it comes off a wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The HTTP method.
    pub method: String,
    /// The path, encoded.
    pub path: String,
    /// What stands behind the `?`, encoded.
    pub query: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer as it goes onto a wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// All systems of the sandbox, to be called.
pub struct Bare(Hospital);

impl Bare {
    /// A world of this seed with so many tasks in each system, whose times are relative to `now`.
    ///
    /// # Errors
    /// The world's own files cannot be read.
    pub fn new(seed: u64, tasks: usize, now: Timestamp) -> Result<Bare, String> {
        let recipe = Recipe { seed, tasks, now, zone: TimeZone::UTC, faults: Faults::default() };
        Hospital::new(recipe).map(Bare)
    }

    /// Asks the system of this name; no answer comes where the connection is cut.
    ///
    /// # Errors
    /// No system has this name.
    pub fn ask(&mut self, system: &str, asked: &Asked, now: Timestamp) -> Result<Option<Answered>, String> {
        let outcome = self.0.serve(System::named(system)?, &request(asked), now);
        Ok(match outcome {
            Outcome::Reply(reply) => {
                Some(Answered { status: reply.status, headers: reply.headers, body: reply.body })
            }
            Outcome::Cut => None,
        })
    }

    /// Asks the control port: looks into the store, throws switches, plays a colleague.
    pub fn control(&mut self, method: &str, path: &str, body: &Value, now: Timestamp) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let asked = Asked { method: method.to_owned(), path: path.to_owned(), body, ..Asked::default() };
        let reply = control::control(&mut self.0, &request(&asked), now);
        (reply.status, serde_json::from_slice(&reply.body).unwrap_or_default())
    }

    /// The key of `ClinikAPI` that may read and write.
    pub fn key() -> &'static str {
        clinikapi::WRITE_KEY
    }

    /// The two keys of Open Dental as they stand behind its scheme.
    pub fn office_keys() -> String {
        format!("{}/{}", opendental::DEVELOPER_KEY, opendental::CUSTOMER_KEY)
    }
}

fn request(asked: &Asked) -> Request {
    let Asked { method, path, query, headers, body } = asked.clone();
    Request { method, path, query, headers, body, oversize: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_answers_without_a_socket() {
        let now: Timestamp = "2026-05-04T22:10:00Z".parse().expect("time");
        let mut bare = Bare::new(1, 12, now).expect("world");
        let headers = vec![("x-api-key".to_owned(), Bare::key().to_owned())];
        let asked = Asked { method: "GET".into(), path: "/v1/tasks".into(), headers, ..Asked::default() };
        let answered = bare.ask("clinikapi", &asked, now).expect("a system").expect("an answer");
        assert_eq!(answered.status, 200);
        assert!(bare.ask("nowhere", &asked, now).is_err());
        let (status, store) = bare.control("GET", "/store", &Value::Null, now);
        assert!(status == 200 && store["opendental"]["tasks"].is_array());
        let (status, _) = bare.control("POST", "/faults", &serde_json::json!({"offline": true}), now);
        assert_eq!(status, 200);
    }
}
