//! What OmniEHR says of itself: whether it is there, who is signed in with which role, which FHIR it speaks.
//!
//! Must not be asked within other conversations: who is signed in costs one of a hundred requests in a quarter of an
//! hour.

use super::{JSON, OmniEhr, Stepped, ask, done, fhir_errors, heard_json, role};
use crate::providers::{
    Alive, Provider, Reply, Step,
    answers::{self, plain},
    wire::{CredentialSlot, Method, WireReply, WireRequest},
};
use role::{Known, Role};
use serde_json::Value;

impl OmniEhr {
    pub(super) fn probe(&self, heard: &[WireReply]) -> Stepped {
        let Some(health) = heard.first() else {
            let mut request = WireRequest::new(Method::Get, "/health", CredentialSlot::None);
            request.headers.push(("Accept", JSON.to_owned()));
            return Ok(Step::Ask(request));
        };
        // Whatever it answers, something is there; whether that is OmniEHR is told by who is signed in.
        answers::answered(health)?;
        let Some(me) = heard.get(1) else { return Ok(Step::Ask(ask("/auth/me"))) };
        let (answer, body) = heard_json(me)?;
        let text = |name: &str| body.get("user").and_then(|user| user.get(name)).and_then(Value::as_str);
        let (Some(id), Some(role)) = (text("id"), text("role")) else {
            return Err(fhir_errors::not_its_api(answer, "who is signed in"));
        };
        let Some(metadata) = heard.get(2) else { return Ok(Step::Ask(ask("/fhir/metadata"))) };
        let known = Known { role: Role::parse(role), id: id.to_owned() };
        let word = |reply: &WireReply, name: &str| {
            let body = heard_json(reply).ok()?.1;
            body.get(name).and_then(Value::as_str).map(plain).filter(|word| !word.is_empty())
        };
        let health = word(health, "status").unwrap_or_else(|| "unknown".to_owned());
        let version = word(metadata, "fhirVersion").map(|version| format!(", FHIR {version}"));
        let name = text("fullName").map(plain).filter(|name| !name.is_empty());
        let about = format!(
            "OmniEHR, health {health}{}; signed in as {} ({}), {}",
            version.unwrap_or_default(),
            name.as_deref().unwrap_or("a user without a name"),
            plain(known.role.name()),
            known.role.sees()
        );
        let taught = OmniEhr { profile: self.profile.clone(), known: Some(known.clone()) };
        let alive =
            Alive { about, can: taught.can(), me: known.me().map(str::to_owned), lore: Some(known.lore()) };
        Ok(done(Reply::Alive(Box::new(alive)), fhir_errors::facts(answer)))
    }
}
