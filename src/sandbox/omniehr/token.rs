//! Tokens of a JWT's shape and lifetime. Their signature is a checksum of ours: it notices a changed token and keeps
//! nobody out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::books::Role;
use super::reply::fingerprint;
use crate::sandbox::chance::Chance;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const SALT: &str = "synthetic sandbox, no secret:";
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What a token says about its bearer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// The user's id.
    pub(super) sub: String,
    pub(super) email: String,
    pub(super) role: Role,
    pub(super) name: String,
    /// Second of the issue.
    pub(super) iat: i64,
    /// The first second at which it is no longer good.
    pub(super) exp: i64,
}

pub(super) fn sign(claims: &Claims) -> String {
    let payload = serde_json::to_vec(claims).unwrap_or_default();
    let said = format!("{}.{}", encode(HEADER.as_bytes()), encode(&payload));
    let signature = signature(&said);
    format!("{said}.{signature}")
}

/// The claims of a token that is ours, unchanged and not over.
pub(super) fn read(token: &str, now: Timestamp) -> Option<Claims> {
    let (said, signed) = token.rsplit_once('.')?;
    if signature(said) != signed {
        return None;
    }
    let (_, payload) = said.split_once('.')?;
    let claims: Claims = serde_json::from_slice(&decode(payload)?).ok()?;
    (now.as_second() < claims.exp).then_some(claims)
}

fn signature(said: &str) -> String {
    let mut words = Chance::new(fingerprint(format!("{SALT}{said}").as_bytes()));
    let bytes: Vec<u8> = (0..4).flat_map(|_| words.next().to_be_bytes()).collect();
    encode(&bytes)
}

/// Base64 with the letters for addresses and without padding.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
        let word = word << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            let digit = (word >> (18 - 6 * place)) & 63;
            text.push(DIGITS.get(digit as usize).copied().map_or('A', char::from));
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        let mut word = 0_u32;
        for letter in group {
            word = (word << 6) | DIGITS.iter().position(|digit| digit == letter)? as u32;
        }
        let word = word << (6 * (4 - group.len()));
        bytes.extend(word.to_be_bytes().iter().skip(1).take(group.len() - 1));
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_there_and_back() {
        for (plain, wanted) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")] {
            assert_eq!(encode(plain.as_bytes()), wanted);
            assert_eq!(decode(wanted).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
        assert_eq!(decode("+/"), None);
    }

    #[test]
    fn a_token_is_good_until_its_second_and_only_unchanged() {
        let claims = Claims {
            sub: "0".repeat(24),
            email: "a@synthetic.example".into(),
            role: Role::Auditor,
            name: "Ó".into(),
            iat: 1_000,
            exp: 1_002,
        };
        let at = |second| Timestamp::from_second(second).expect("time");
        let token = sign(&claims);
        assert_eq!(token.split('.').count(), 3);
        assert_eq!(read(&token, at(1_001)), Some(claims.clone()));
        assert_eq!(read(&token, at(1_002)), None);
        let raised = sign(&Claims { role: Role::Admin, ..claims });
        let (mut forged, own) =
            (raised.rsplit_once('.').expect("parts").0.to_owned(), token.rsplit_once('.'));
        forged.push('.');
        forged.push_str(own.expect("parts").1);
        for bad in [forged.as_str(), "", "a", "a.b", "..", &token[1..], &token[..token.len() - 1]] {
            assert_eq!(read(bad, at(1_001)), None, "{bad}");
        }
    }
}
