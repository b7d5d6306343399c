//! Reading `[source.NAME]`.
//!
//! Must not take a key itself: only the name of a program, a file or a variable that holds it.

mod credential;
mod keys;
mod office;

pub(super) use credential::program;
pub(super) use keys::{KEYS, KINDS};
#[cfg(test)]
pub(super) use office::PRIORITIES;

use super::{
    Badge, Source, address,
    walk::{At, Section, Walk},
};
use crate::domain::{nearest::nearest, task::DueFrom};
use keys::{LATER, own_keys};

/// The values of `access`.
pub(super) const ACCESS: [&str; 2] = ["read", "write"];
/// The values of `badge`.
pub(super) const BADGES: [&str; 3] = ["live", "test", "synthetic"];
/// The values of `due_from`.
pub(super) const DUE_FROM: [&str; 2] = ["restriction", "execution"];
/// Where ClinikAPI is when nothing else is said (contract clinikapi §1.1).
const CLINIKAPI_URL: &str = "https://api.clinikapi.com";
/// Where Open Dental is when nothing else is said: the running program's own API (contract opendental §1).
const OPENDENTAL_URL: &str = "http://localhost:30222/api/v1";
/// The host of a sibling product that older pages name (contract clinikapi §1.1).
const SIBLING_HOST: &str = "api.clinikehr.com";
/// Seconds between two refreshes when nothing is said.
const USUAL_POLL_S: u32 = 60;
/// The same for files, which change when somebody exports them anew.
const FILES_POLL_S: u32 = 86_399;
/// The shortest and longest time between two refreshes, in seconds.
const POLL_S: std::ops::Range<i64> = 5..86_400;

/// Reads a source; none when it cannot be asked.
pub(super) fn read(walk: &mut Walk<'_>, section: &Section<'_>) -> Option<Source> {
    if section.own.is_empty() || section.own.contains(|letter: char| !is_name_letter(letter)) {
        walk.problem(section.at, section.name(), "A source's name is made of letters, digits, - and _.");
        return None;
    }
    let kind = read_kind(walk, section)?;
    let known = own_keys(kind);
    walk.keys_or(section, &known, credential::secrets(kind), |key| elsewhere(section, key));
    // What belongs to another kind has been told, and is not read.
    let has = |key: &str| known.contains(&key);

    let credential = credential::read(walk, section, kind);
    let allow_plain_http = has("allow_plain_http") && walk.flag(section, "allow_plain_http").unwrap_or(false);
    let url = read_url(walk, section, kind, allow_plain_http);
    let access = walk.choice(section, "access", &ACCESS);
    // What was not understood must not give more than was meant: a misspelt word or name of `access` reads only.
    let is_access = |key: &str| {
        key == "access" || !known.contains(&key) && nearest(key, known.iter().copied()) == Some("access")
    };
    let unclear = access.is_none() && section.written().any(|(key, _)| is_access(key));
    let read_only = unclear || kind == "ndjson" || access.is_some_and(|access| access.value == "read");
    let mut source = Source {
        name: section.own.to_owned(),
        kind,
        me: walk.text(section, "me").map(|me| me.value).filter(|me| !me.is_empty()),
        read_only,
        poll_s: if kind == "ndjson" { FILES_POLL_S } else { USUAL_POLL_S },
        tag: read_tag(walk, section),
        allow_plain_http,
        ..Source::default()
    };
    if has("poll") {
        source.poll_s = walk.seconds(section, "poll", POLL_S).unwrap_or(source.poll_s);
        source.ca_file = walk.text(section, "ca_file").map(|file| file.value);
        read_own_certificate(walk, section, &mut source);
    }
    if has("allow_delete") {
        source.allow_delete = walk.flag(section, "allow_delete").unwrap_or(false);
    }
    if has("badge") {
        source.badge = walk.choice(section, "badge", &BADGES).map(|word| match word.value {
            "live" => Badge::Live,
            "test" => Badge::Test,
            _ => Badge::Synthetic,
        });
    }
    if has("due_from") {
        source.due_from = walk.choice(section, "due_from", &DUE_FROM).map(|word| match word.value {
            "execution" => DueFrom::ExecutionPeriod,
            _ => DueFrom::Restriction,
        });
    }
    if kind == "opendental" {
        office::read(walk, section, &mut source);
    }
    if kind == "ndjson" {
        source.files = read_files(walk, section)?;
    }
    Some(Source { url: url?, credential: credential?, ..source })
}

/// What is said of a key that is known, but not here.
fn elsewhere(section: &Section<'_>, key: &str) -> Option<String> {
    if LATER.contains(&key) {
        return Some(format!("{} is not in this version; it is ignored.", section.path(key)));
    }
    let (_, kinds) = KEYS.iter().find(|(name, _)| *name == key)?;
    Some(format!("`{key}` is for {}; it is ignored here.", kinds.join(", ")))
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
    let known = KINDS.into_iter().find(|known| *known == kind.value);
    if known.is_none() {
        walk.unknown(kind.at, &path, "kind of source", &kind.value, &KINDS);
    }
    known
}

/// The certificate that this side shows; its key may stand in the same file.
fn read_own_certificate(walk: &mut Walk<'_>, section: &Section<'_>, source: &mut Source) {
    source.client_cert_file = filled(walk, section, "client_cert_file");
    source.client_key_file = filled(walk, section, "client_key_file");
    let at = section.written().find(|(key, _)| *key == "client_key_file").map(|(_, at)| at);
    if let (None, Some(at)) = (&source.client_cert_file, at) {
        let path = section.path("client_key_file");
        walk.problem(
            at,
            &path,
            format!("{path} needs client_cert_file: the certificate that the key is of."),
        );
    }
}

fn read_files(walk: &mut Walk<'_>, section: &Section<'_>) -> Option<Vec<String>> {
    let files = walk.whole_texts(section, "files").filter(|files| files.iter().all(|file| !file.is_empty()));
    if files.as_ref().is_none_or(Vec::is_empty) {
        let path = section.path("files");
        walk.problem(section.at, &path, "A source of files needs their list, such as [\"Task.ndjson\"].");
        return None;
    }
    files
}

/// A text that must not be empty.
fn filled(walk: &mut Walk<'_>, section: &Section<'_>, key: &str) -> Option<String> {
    let At { value, at } = walk.text(section, key)?;
    if value.trim().is_empty() {
        let path = section.path(key);
        walk.problem(at, &path, format!("{path} is empty."));
        return None;
    }
    Some(value)
}

fn read_url(
    walk: &mut Walk<'_>,
    section: &Section<'_>,
    kind: &str,
    allow_plain_http: bool,
) -> Option<String> {
    if kind == "ndjson" {
        return Some(String::new());
    }
    let path = section.path("url");
    let Some(At { value, at }) = walk.text(section, "url") else {
        let is_written = section.written().any(|(key, _)| key == "url");
        return match kind {
            _ if is_written => None,
            "clinikapi" => Some(CLINIKAPI_URL.to_owned()),
            "opendental" => Some(OPENDENTAL_URL.to_owned()),
            _ => {
                let sentence =
                    "A source of this kind needs its url, such as \"https://fhir.example.org/r4\".";
                walk.problem(section.at, &path, sentence);
                None
            }
        };
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
            if kind == "clinikapi" && address.host == SIBLING_HOST {
                let sentence = format!(
                    "{SIBLING_HOST} belongs to ClinikEHR, another product; ClinikAPI is at {CLINIKAPI_URL}."
                );
                walk.problem(at, &path, sentence);
            }
            // OmniEHR's sign-in lies beside its FHIR paths: the base is what both have in common.
            let base = address.url.strip_suffix("/fhir").filter(|_| kind == "omniehr").map(str::to_owned);
            Some(base.unwrap_or(address.url))
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
