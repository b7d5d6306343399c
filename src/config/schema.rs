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

/// One system to ask. Its key comes from exactly one of `key_cmd`, `key_file` and `key_env`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct SourceTable {
    /// Which dialect it speaks.
    kind: Kind,
    /// Its address; ClinikAPI's own when left out.
    url: Option<String>,
    /// A program and its arguments that print the key.
    key_cmd: Option<Vec<String>>,
    /// The environment variable that holds the key.
    key_env: Option<String>,
    /// The file that holds the key; nobody else may read it.
    key_file: Option<String>,
    /// Your own practitioner id there.
    me: Option<String>,
    /// Whether anything may be written; "write" when left out.
    access: Option<Access>,
    /// How often it is asked, such as "60s".
    poll: Option<String>,
    /// One or two letters or digits for the SY column.
    #[schemars(regex(pattern = "^[A-Za-z0-9]{1,2}$"))]
    tag: Option<String>,
    /// A file of certificate authorities to trust besides the usual ones.
    ca_file: Option<String>,
    /// Agrees to plain http beyond this machine; a lasting mark shows it.
    allow_plain_http: Option<bool>,
    /// Lets tasks be deleted.
    allow_delete: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
enum Kind {
    Clinikapi,
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
