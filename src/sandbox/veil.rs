//! Keeps credentials out of the log of requests: what stood there is said, never what it was.

use serde_json::{Value, json};

/// What stands in the place of a credential.
pub(crate) const PRESENT: &str = "present";

/// The headers that carry one, in lower case.
pub(crate) const CREDENTIAL_HEADERS: [&str; 4] =
    ["x-api-key", "authorization", "cookie", "proxy-authorization"];

/// Words in a field's name that make its value a credential.
const SECRET_WORDS: [&str; 6] = ["password", "passwd", "token", "secret", "credential", "apikey"];

/// The body without what is secret, however deep it stands.
pub(crate) fn body(body: Value) -> Value {
    match body {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| {
                let value = if is_secret(&name) { json!(PRESENT) } else { self::body(value) };
                (name, value)
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(self::body).collect()),
        other => other,
    }
}

/// A body that is no JSON; with a secret's name in it nothing of it is shown.
pub(crate) fn text(text: &str) -> String {
    if is_secret(text) { "not shown: it names a credential".into() } else { text.to_owned() }
}

/// The query as it came, its secret values apart.
pub(crate) fn query(query: &str) -> String {
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={PRESENT}"),
        _ => pair.to_owned(),
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.to_lowercase().chars().filter(|letter| !matches!(letter, '_' | '-')).collect();
    SECRET_WORDS.iter().any(|word| plain.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_named_but_not_shown() {
        let login =
            json!({"email": "a@synthetic.example", "password": "x1", "deep": [{"refresh_token": "x2"}]});
        let wanted = json!({"email": "a@synthetic.example", "password": "present", "deep": [{"refresh_token": "present"}]});
        assert_eq!(body(login), wanted);
        assert_eq!(query("name=a&access_token=x3&b"), "name=a&access_token=present&b");
        assert!(!text("{\"password\":\"x4").contains("x4"));
        assert_eq!(text("plain"), "plain");
    }
}
