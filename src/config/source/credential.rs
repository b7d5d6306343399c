//! Reading where a source's secrets are: one key, two, a name with a password, or a token.
//!
//! Must not take a secret itself, and must not repeat one.

use super::filled;
use crate::config::{
    Credential, SecretPlace,
    walk::{Section, Walk, places},
};

/// What the secrets of a kind are called; the first is the usual one.
pub(super) fn secrets(kind: &str) -> &'static [&'static str] {
    match kind {
        "opendental" => &["customer_key", "developer_key"],
        "omniehr" => &["password", "token"],
        "fhir" => &["token"],
        _ => &["key"],
    }
}

/// What a source of this kind is asked with; none when that is not clear.
pub(super) fn read(walk: &mut Walk<'_>, section: &Section<'_>, kind: &str) -> Option<Credential> {
    match kind {
        "clinikapi" => wanted(walk, section, "key").map(Credential::Key),
        "opendental" => {
            // Both are looked at, so that both are told when they are missing.
            let developer = wanted(walk, section, "developer_key");
            let customer = wanted(walk, section, "customer_key");
            Some(Credential::Pair { developer: developer?, customer: customer? })
        }
        "omniehr" => login(walk, section),
        // Some servers let everybody in, or know this side by its certificate.
        "fhir" => match place(walk, section, "token") {
            Written::Nowhere => Some(Credential::Nothing),
            Written::Unclear => None,
            Written::At(token) => Some(Credential::Key(token)),
        },
        _ => Some(Credential::Nothing),
    }
}

fn login(walk: &mut Walk<'_>, section: &Section<'_>) -> Option<Credential> {
    let is_written = |key: &str| section.written().any(|(written, _)| written == key);
    let token = place(walk, section, "token");
    let email = filled(walk, section, "email");
    let has_password = places("password").iter().any(|key| is_written(key));
    match token {
        Written::Unclear => None,
        Written::At(_) if email.is_some() || has_password => {
            let sentence = "Either a token or an email with its password says who asks, not both.";
            walk.problem(section.at, section.name(), sentence);
            None
        }
        Written::At(token) => Some(Credential::Key(token)),
        Written::Nowhere => {
            if email.is_none() && !is_written("email") {
                let sentence = format!(
                    "{} does not say who signs in: it needs an email and where its password is.",
                    section.name()
                );
                walk.problem(section.at, &section.path("email"), sentence);
            }
            let password = wanted(walk, section, "password");
            Some(Credential::Login { name: email?, password: password? })
        }
    }
}

/// What is written of where a secret is.
enum Written {
    Nowhere,
    /// Something that was told as a problem.
    Unclear,
    At(SecretPlace),
}

/// Where a secret is that must be there.
fn wanted(walk: &mut Walk<'_>, section: &Section<'_>, secret: &str) -> Option<SecretPlace> {
    match place(walk, section, secret) {
        Written::At(place) => Some(place),
        Written::Unclear => None,
        Written::Nowhere => {
            let sentence =
                format!("{} says nowhere where its {} is.", section.name(), secret.replace('_', " "));
            let places = places(secret);
            let places: Vec<&str> = places.iter().map(String::as_str).collect();
            walk.problem_with(section.at, section.name(), sentence, &places);
            None
        }
    }
}

fn place(walk: &mut Walk<'_>, section: &Section<'_>, secret: &str) -> Written {
    let [cmd, file, env] = places(secret);
    let written: Vec<(&str, usize)> =
        section.written().filter(|(key, _)| [&cmd, &file, &env].iter().any(|place| *place == key)).collect();
    let found = match *written {
        [] => return Written::Nowhere,
        [(key, at)] if key == cmd => program(walk, section, key, at).map(SecretPlace::Command),
        [(key, _)] if key == env => filled(walk, section, key).map(SecretPlace::Environment),
        [(key, _)] => filled(walk, section, key).map(SecretPlace::File),
        [_, (second, at), ..] => {
            let thing = secret.replace('_', " ");
            let sentence = format!("The {thing} can come from one place only: {cmd}, {file} or {env}.");
            walk.problem(at, &section.path(second), sentence);
            None
        }
    };
    found.map_or(Written::Unclear, Written::At)
}

/// A program and its arguments; what is wrong with them is told, and where they stand is `at`.
pub(in crate::config) fn program(
    walk: &mut Walk<'_>,
    section: &Section<'_>,
    key: &str,
    at: usize,
) -> Option<Vec<String>> {
    let words = walk.whole_texts(section, key)?;
    if words.first().is_none_or(String::is_empty) {
        let path = section.path(key);
        let sentence = format!("{path} must name a program, such as [\"pass\", \"show\", \"clinic\"].");
        walk.problem(at, &path, sentence);
        return None;
    }
    Some(words)
}
