//! The identifier that a create carries, so that sending it twice makes one resource (RELIABILITY §3).
//!
//! Must not be taken from anything but the user's intent: a second confirmation is a second resource.

use serde_json::Value;

/// The system of identifiers that are URNs.
pub(super) const URN: &str = "urn:ietf:rfc:3986";

/// The identifier of a create, by the user's intent.
pub(super) fn urn(key: &str) -> String {
    format!("urn:uuid:{key}")
}

/// The identifier as a search names it.
pub(super) fn token(key: &str) -> String {
    format!("{URN}|{}", urn(key))
}

/// Whether an identifier, or one of a list of them, is the one of this create.
pub(super) fn is_mark(identifier: &Value, key: &str) -> bool {
    let list = identifier.as_array().map_or(std::slice::from_ref(identifier), Vec::as_slice);
    let wanted = urn(key);
    list.iter().any(|identifier| {
        identifier.get("value").and_then(Value::as_str) == Some(&wanted)
            && identifier.get("system").and_then(Value::as_str) == Some(URN)
    })
}
