//! Takes a credential out of the answer of a server that refuses and repeats what it was sent.
//!
//! Must not touch an answer that holds none, nor good answers: what they hold goes back to the server unchanged.

use crate::{providers::wire::WireAnswer, runtime::vault::Secret};
use secrecy::zeroize::Zeroizing;

/// A shorter text may stand in any answer by chance, and what is repeated of it tells little.
const SHORTEST_BYTES: usize = 6;

/// Puts `…` wherever an answer repeats the credential, or one of the keys that it is joined of.
pub(super) fn scrub(answer: &mut WireAnswer, secret: &Secret) {
    if (200..300).contains(&answer.status) {
        return;
    }
    let whole = secret.expose();
    let quoted = Zeroizing::new(serde_json::Value::from(whole).to_string());
    // In a JSON body some letters of a password stand behind a backslash.
    let escaped = quoted.trim_matches('"');
    for text in [whole, escaped].into_iter().chain(whole.split('/')) {
        if text.len() < SHORTEST_BYTES {
            continue;
        }
        if answer.body.windows(text.len()).any(|window| window == text.as_bytes()) {
            answer.body = String::from_utf8_lossy(&answer.body).replace(text, "…").into_bytes();
        }
        for (_, value) in &mut answer.headers {
            if value.contains(text) {
                *value = value.replace(text, "…");
            }
        }
    }
}
