//! The shape of the configuration as a JSON schema, for editors.
//!
//! Must not read anything: `read` walks the text, and a test holds both to the same keys.
#![expect(dead_code, reason = "only the schema is made of these")]

use schemars::JsonSchema;
use std::collections::BTreeMap;

/// The JSON schema of the configuration file.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(ConfigFile).to_value()
}

/// The configuration of rounds.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "rounds configuration")]
struct ConfigFile {
    /// A program and its arguments that print the key which seals what is kept, at least 32 characters; without it the
    /// key lies in a file beside the store.
    store_key_cmd: Option<Vec<String>>,
    /// Named choices of sources; `default` is used when none is named.
    #[schemars(default)]
    profile: BTreeMap<String, ProfileTable>,
    /// The systems to ask.
    #[schemars(default)]
    source: BTreeMap<String, SourceTable>,
    /// Saved views; one with the name or key of a shipped view replaces it.
    #[schemars(default)]
    view: BTreeMap<String, ViewTable>,
    /// Keys by context: a key or sequence, and the action that it asks for, or "none".
    #[schemars(default)]
    keys: BTreeMap<String, BTreeMap<String, String>>,
    /// How it looks.
    ui: Option<UiTable>,
    /// What it calls out.
    notify: Option<NotifyTable>,
}

/// A named choice of sources.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ProfileTable {
    /// The names of its sources, in order.
    sources: Vec<String>,
}

/// One system to ask. Which keys it has is up to its kind; each secret comes from exactly one of `…_cmd`, `…_file` and
/// `…_env`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct SourceTable {
    /// Which dialect it speaks.
    kind: Kind,
    /// Its address; ClinikAPI's and Open Dental's own when left out.
    url: Option<String>,
    /// The files of an export: tasks, and the people whose names they need.
    files: Option<Vec<String>>,
    /// A program and its arguments that print the key.
    key_cmd: Option<Vec<String>>,
    /// The environment variable that holds the key.
    key_env: Option<String>,
    /// The file that holds the key; nobody else may read it.
    key_file: Option<String>,
    /// A program and its arguments that print the program's key.
    developer_key_cmd: Option<Vec<String>>,
    /// The environment variable that holds the program's key.
    developer_key_env: Option<String>,
    /// The file that holds the program's key; nobody else may read it.
    developer_key_file: Option<String>,
    /// A program and its arguments that print the office's key.
    customer_key_cmd: Option<Vec<String>>,
    /// The environment variable that holds the office's key.
    customer_key_env: Option<String>,
    /// The file that holds the office's key; nobody else may read it.
    customer_key_file: Option<String>,
    /// The address that you sign in with.
    email: Option<String>,
    /// A program and its arguments that print the password.
    password_cmd: Option<Vec<String>>,
    /// The environment variable that holds the password.
    password_env: Option<String>,
    /// The file that holds the password; nobody else may read it.
    password_file: Option<String>,
    /// A program and its arguments that print the token.
    token_cmd: Option<Vec<String>>,
    /// The environment variable that holds the token.
    token_env: Option<String>,
    /// The file that holds the token; nobody else may read it.
    token_file: Option<String>,
    /// Your own practitioner id there.
    me: Option<String>,
    /// The number of the user who writes in an office.
    #[schemars(range(min = 1))]
    user: Option<u64>,
    /// Which of an office's own priorities count as one of the four.
    priority: Option<PriorityTable>,
    /// How far back tasks were made that are asked for, such as "5y".
    history: Option<String>,
    /// The zone of an office's times, such as "America/Chicago"; this machine's when left out.
    time_zone: Option<String>,
    /// Which field says when a task is due.
    due_from: Option<DueFromWord>,
    /// Whether anything may be written; "write" when left out.
    access: Option<Access>,
    /// Whether its data are real, where its key does not say.
    badge: Option<BadgeWord>,
    /// How often it is asked, such as "60s".
    poll: Option<String>,
    /// One or two letters or digits for the SY column.
    #[schemars(regex(pattern = "^[A-Za-z0-9]{1,2}$"))]
    tag: Option<String>,
    /// A file of certificate authorities to trust besides the usual ones.
    ca_file: Option<String>,
    /// A file with the certificate that this side shows, and its key where that has no file of its own.
    client_cert_file: Option<String>,
    /// The file of that certificate's key; nobody else may read it.
    client_key_file: Option<String>,
    /// Agrees to plain http beyond this machine; a lasting mark shows it.
    allow_plain_http: Option<bool>,
    /// Lets tasks be deleted.
    allow_delete: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
enum Kind {
    Clinikapi,
    Opendental,
    Omniehr,
    Fhir,
    Ndjson,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
enum DueFromWord {
    Restriction,
    Execution,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
enum BadgeWord {
    Live,
    Test,
    Synthetic,
}

/// The definitions of an office by the priority that they count as.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct PriorityTable {
    stat: Option<Vec<Definition>>,
    asap: Option<Vec<Definition>>,
    urgent: Option<Vec<Definition>>,
    routine: Option<Vec<Definition>>,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
enum Definition {
    Number(u64),
    Name(String),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
enum Access {
    Read,
    Write,
}

/// A query with a name and a key.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ViewTable {
    /// The digit that it sits on, "1" to "9".
    #[schemars(regex(pattern = "^[1-9]$"))]
    key: Option<String>,
    /// The filter line.
    query: String,
    /// Its columns, from left to right.
    columns: Option<Vec<Column>>,
}

/// How it looks.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UiTable {
    /// The name of a theme: `rounds themes` lists them.
    theme: Option<String>,
    /// What the selection covers: the whole row or only its key field.
    selection: Option<SelectionWord>,
    /// Whether the mouse is listened to.
    mouse: Option<bool>,
    /// The keymap preset.
    preset: Option<Preset>,
    /// The columns of views that name none, from left to right.
    columns: Option<Vec<Column>>,
    /// How long a confirmed write can be taken back before it is sent, from 0s to 60s; 0s sends it at once.
    undo_window: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
enum SelectionWord {
    Bar,
    Key,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
enum Preset {
    Default,
    Vim,
    Emacs,
    Arrows,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Column {
    Prio,
    Due,
    Status,
    Who,
    Patient,
    Title,
    Sys,
    Age,
    Stage,
    Code,
    Biz,
    Req,
    Enc,
    List,
    Intent,
    Updated,
    Id,
}

/// What it calls out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct NotifyTable {
    /// The bell sounds for arrivals that match this query; empty for never.
    bell: Option<String>,
}
