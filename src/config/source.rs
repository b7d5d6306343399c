//! Reading `[source.NAME]`.
//!
//! Must not take a key itself: only the name of a program, a file or a variable that holds it.

use super::{
    Credential, Source, address,
    walk::{At, KEY_SOURCES, Section, Walk},
};
use crate::domain::nearest::nearest;

/// The kinds of source that this version speaks to.
pub(super) const KINDS: [&str; 1] = ["clinikapi"];
/// The kinds that are known by name.
const LATER_KINDS: [&str; 4] = ["opendental", "omniehr", "fhir", "ndjson"];
/// The values of `access`.
pub(super) const ACCESS: [&str; 2] = ["read", "write"];
/// The keys of the table.
pub(super) const KEYS: [&str; 12] = [
    "kind",
    "url",
    "key_cmd",
    "key_env",
    "key_file",
    "me",
    "access",
    "poll",
    "tag",
    "ca_file",
    "allow_plain_http",
    "allow_delete",
];
/// The keys that belong to what is not in this version.
const LATER: [&str; 9] = [
    "keyring",
    "developer_key_env",
    "customer_key_env",
    "user",
    "priority",
    "token_cmd",
    "token_env",
    "token_file",
    "due_from",
];
/// Where ClinikAPI is when nothing else is said (contract clinikapi §1.1).
const CLINIKAPI_URL: &str = "https://api.clinikapi.com";
/// The host of a sibling product that older pages name (contract clinikapi §1.1).
const SIBLING_HOST: &str = "api.clinikehr.com";
/// Seconds between two refreshes when nothing is said.
const USUAL_POLL_S: u32 = 60;
/// The shortest and longest time between two refreshes, in seconds.
const POLL_S: std::ops::Range<i64> = 5..86_400;

/// Reads a source; none when it cannot be asked.
pub(super) fn read(walk: &mut Walk<'_>, section: &Section<'_>) -> Option<Source> {
    if section.own.is_empty() || section.own.contains(|letter: char| !is_name_letter(letter)) {
        walk.problem(section.at, section.name(), "A source's name is made of letters, digits, - and _.");
        return None;
    }
    let kind = read_kind(walk, section)?;
    walk.keys(section, &KEYS, &LATER);

    let credential = read_credential(walk, section);
    let allow_plain_http = walk.flag(section, "allow_plain_http").unwrap_or(false);
    let url = read_url(walk, section, allow_plain_http);
    let access = walk.choice(section, "access", &ACCESS);
    // What was not understood must not give more than was meant: a misspelt word or name of `access` reads only.
    let is_access =
        |key: &str| key == "access" || !KEYS.contains(&key) && nearest(key, KEYS) == Some("access");
    let unclear = access.is_none() && section.written().any(|(key, _)| is_access(key));
    let read_only = unclear || access.is_some_and(|access| access.value == "read");
    let source = Source {
        name: section.own.to_owned(),
        kind,
        url: String::new(),
        credential: Credential::Command(Vec::new()),
        me: walk.text(section, "me").map(|me| me.value).filter(|me| !me.is_empty()),
        read_only,
        poll_s: walk.seconds(section, "poll", POLL_S).unwrap_or(USUAL_POLL_S),
        tag: read_tag(walk, section),
        ca_file: walk.text(section, "ca_file").map(|file| file.value),
        allow_plain_http,
        allow_delete: walk.flag(section, "allow_delete").unwrap_or(false),
    };
    Some(Source { url: url?, credential: credential?, ..source })
}

/// Whether a letter may stand in the name of a source, a view or a profile.
pub(super) fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-' || letter == '_'
}

fn read_kind(walk: &mut Walk<'_>, section: &Section<'_>) -> Option<&'static str> {
    let path = section.path("kind");
    let Some(kind) = walk.text(section, "kind") else {
        if !section.written().any(|(key, _)| key == "kind") {
            walk.problem_with(section.at, &path, "A source needs its kind.", &KINDS);
        }
        return None;
    };
    if LATER_KINDS.contains(&&*kind.value) {
        let sentence = format!("Sources of kind {} are not in this version; it is left out.", kind.value);
        walk.problem_with(kind.at, &path, sentence, &KINDS);
        return None;
    }
    let known = KINDS.into_iter().find(|known| *known == kind.value);
    if known.is_none() {
        walk.unknown(kind.at, &path, "kind of source", &kind.value, &KINDS);
    }
    known
}

fn read_credential(walk: &mut Walk<'_>, section: &Section<'_>) -> Option<Credential> {
    let written: Vec<(&str, usize)> =
        section.written().filter(|(key, _)| KEY_SOURCES.contains(key)).collect();
    match *written {
        [] => {
            let sentence = format!("{} says nowhere where its key is.", section.name());
            walk.problem_with(section.at, section.name(), sentence, &KEY_SOURCES);
            None
        }
        [("key_cmd", at)] => {
            let words = walk.whole_texts(section, "key_cmd")?;
            if words.first().is_none_or(String::is_empty) {
                let path = section.path("key_cmd");
                walk.problem(
                    at,
                    &path,
                    format!("{path} must name a program, such as [\"pass\", \"show\", \"clinic\"]."),
                );
                return None;
            }
            Some(Credential::Command(words))
        }
        [("key_env", _)] => filled(walk, section, "key_env").map(Credential::Environment),
        [(_, _)] => filled(walk, section, "key_file").map(Credential::File),
        [_, (second, at), ..] => {
            let sentence = "The key can come from one place only: key_cmd, key_file or key_env.";
            walk.problem(at, &section.path(second), sentence);
            None
        }
    }
}

fn filled(walk: &mut Walk<'_>, section: &Section<'_>, key: &str) -> Option<String> {
    let At { value, at } = walk.text(section, key)?;
    if value.trim().is_empty() {
        let path = section.path(key);
        walk.problem(at, &path, format!("{path} is empty."));
        return None;
    }
    Some(value)
}

fn read_url(walk: &mut Walk<'_>, section: &Section<'_>, allow_plain_http: bool) -> Option<String> {
    let path = section.path("url");
    let Some(At { value, at }) = walk.text(section, "url") else {
        return (!section.written().any(|(key, _)| key == "url")).then(|| CLINIKAPI_URL.to_owned());
    };
    match address::read(&value) {
        Err(sentence) => {
            walk.problem(at, &path, sentence);
            None
        }
        Ok(address) if address.is_open && !allow_plain_http => {
            let sentence = "Plain http beyond this machine shows the key and the patients to everybody on the way; \
                use https, or set allow_plain_http = true.";
            walk.problem(at, &path, sentence);
            None
        }
        Ok(address) => {
            if address.host == SIBLING_HOST {
                let sentence = format!(
                    "{SIBLING_HOST} belongs to ClinikEHR, another product; ClinikAPI is at {CLINIKAPI_URL}."
                );
                walk.problem(at, &path, sentence);
            }
            Some(address.url)
        }
    }
}

fn read_tag(walk: &mut Walk<'_>, section: &Section<'_>) -> String {
    let usual = || section.own.chars().take(2).collect::<String>().to_uppercase();
    let Some(At { value, at }) = walk.text(section, "tag") else {
        return usual();
    };
    if (1..=2).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return value;
    }
    let path = section.path("tag");
    walk.problem(at, &path, format!("{path} must be one or two letters or digits."));
    usual()
}
