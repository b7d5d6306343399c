//! Which keys `[source.NAME]` may have, by its kind.
//!
//! Must not read anything.

/// The kinds of source.
pub(in crate::config) const KINDS: [&str; 5] = ["clinikapi", "opendental", "omniehr", "fhir", "ndjson"];
/// Those that are asked over the network.
const SERVERS: &[&str] = &["clinikapi", "opendental", "omniehr", "fhir"];
const CLINIKAPI: &[&str] = &["clinikapi"];
const OPENDENTAL: &[&str] = &["opendental"];
const OMNIEHR: &[&str] = &["omniehr"];
const NDJSON: &[&str] = &["ndjson"];
/// Those that take a token.
const TOKEN: &[&str] = &["omniehr", "fhir"];
/// Those whose key does not say whether the data are real.
const SILENT: &[&str] = &["opendental", "omniehr", "fhir", "ndjson"];

/// Every key with the kinds that have it.
pub(in crate::config) const KEYS: [(&str, &[&str]); 34] = [
    ("kind", &KINDS),
    ("url", SERVERS),
    ("files", NDJSON),
    ("key_cmd", CLINIKAPI),
    ("key_env", CLINIKAPI),
    ("key_file", CLINIKAPI),
    ("developer_key_cmd", OPENDENTAL),
    ("developer_key_env", OPENDENTAL),
    ("developer_key_file", OPENDENTAL),
    ("customer_key_cmd", OPENDENTAL),
    ("customer_key_env", OPENDENTAL),
    ("customer_key_file", OPENDENTAL),
    ("email", OMNIEHR),
    ("password_cmd", OMNIEHR),
    ("password_env", OMNIEHR),
    ("password_file", OMNIEHR),
    ("token_cmd", TOKEN),
    ("token_env", TOKEN),
    ("token_file", TOKEN),
    ("me", &KINDS),
    ("user", OPENDENTAL),
    ("priority", OPENDENTAL),
    ("history", OPENDENTAL),
    ("time_zone", OPENDENTAL),
    ("due_from", &["fhir", "ndjson"]),
    ("access", SERVERS),
    ("badge", SILENT),
    ("poll", SERVERS),
    ("tag", &KINDS),
    ("ca_file", SERVERS),
    ("client_cert_file", SERVERS),
    ("client_key_file", SERVERS),
    ("allow_plain_http", SERVERS),
    ("allow_delete", &["clinikapi", "fhir"]),
];
/// The keys that belong to what is not in this version.
pub(super) const LATER: [&str; 1] = ["keyring"];

/// The keys of a kind.
pub(super) fn own_keys(kind: &str) -> Vec<&'static str> {
    KEYS.iter().filter(|(_, kinds)| kinds.contains(&kind)).map(|(name, _)| *name).collect()
}
