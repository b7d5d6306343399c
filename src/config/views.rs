//! The saved views: those that are shipped, those of `[view.NAME]`, and writing one back into the file.
//!
//! Must not lose a comment or a blank of the file that it writes into.

use super::{
    COLUMNS,
    source::is_name_letter,
    walk::{Section, Walk},
};
use crate::domain::query;
use toml_edit::{DocumentMut, Item, Table};

/// The keys of `[view.NAME]`.
pub(super) const KEYS: [&str; 3] = ["key", "query", "columns"];
/// The keys that a view can sit on; `0` is everything, always.
pub(super) const VIEW_KEYS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// The views of PRODUCT §2, on the keys from 1.
const SHIPPED: [(&str, &str); 7] = [
    ("Triage", "status:open prio:>=urgent"),
    ("Mine", "status:open owner:me"),
    ("Unowned", "status:open owner:none"),
    ("Due", "status:open due:<8h"),
    ("Waiting", "status:on-hold"),
    ("Requested by me", "req:me status:open"),
    ("Done today", "status:completed done:today"),
];

/// A query with a name and, mostly, a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// The digit that it sits on, 1 to 9.
    pub key: Option<u8>,
    /// The filter line.
    pub query: String,
    /// Its columns; empty for those of `[ui]`.
    pub columns: Vec<String>,
}

/// The shipped views.
pub(super) fn shipped() -> Vec<View> {
    let numbered = SHIPPED.into_iter().zip(1..);
    numbered
        .map(|((name, query), key)| View {
            name: name.to_owned(),
            key: Some(key),
            query: query.to_owned(),
            columns: Vec::new(),
        })
        .collect()
}

/// The user's views over the shipped ones: one with the same name or key replaces a shipped one.
pub(super) fn over_shipped(user: Vec<View>) -> Vec<View> {
    let mut views = shipped();
    views.retain(|shipped| {
        !user.iter().any(|view| {
            view.name.eq_ignore_ascii_case(&shipped.name) || view.key.is_some() && view.key == shipped.key
        })
    });
    views.extend(user);
    views.sort_by_key(|view| view.key.unwrap_or(u8::MAX));
    views
}

/// Reads a view; none when it has no query that can be read.
pub(super) fn read(walk: &mut Walk<'_>, section: &Section<'_>, before: &[View]) -> Option<View> {
    walk.keys(section, &KEYS, &[]);
    let columns = walk.choices(section, "columns", &COLUMNS).unwrap_or_default();
    let mut key = None;
    if let Some(typed) = walk.choice(section, "key", &VIEW_KEYS) {
        key = typed.value.parse().ok();
        if let Some(other) = before.iter().find(|view| view.key == key) {
            let sentence = format!("Key {} is that of view {:?} already.", typed.value, other.name);
            walk.problem(typed.at, &section.path("key"), sentence);
            key = None;
        }
    }
    let Some(query) = walk.query(section, "query") else {
        if !section.written().any(|(key, _)| key == "query") {
            walk.problem(section.at, &section.path("query"), "A view needs its query.");
        }
        return None;
    };
    Some(View { name: section.own.to_owned(), key, query, columns })
}

/// The file's text with a view written into it; comments, order and everything else stay as they are.
///
/// The error is a whole sentence for the person who typed the command.
pub fn save_view(text: &str, name: &str, key: Option<u8>, query: &str) -> Result<String, String> {
    if name.is_empty() || !name.chars().all(is_name_letter) {
        return Err("A view's name is made of letters, digits, - and _.".to_owned());
    }
    if key.is_some_and(|key| !(1..=9).contains(&key)) {
        return Err("A view sits on a key from 1 to 9; 0 shows everything.".to_owned());
    }
    if let Some(problem) = query::parse(query).problems.first() {
        return Err(problem.sentence.clone());
    }
    let mut document: DocumentMut =
        text.parse().map_err(|_| "The configuration file is broken; mend it first.".to_owned())?;
    let views = document.entry("view").or_insert_with(|| {
        let mut views = Table::new();
        views.set_implicit(true);
        Item::Table(views)
    });
    let views = views.as_table_like_mut().ok_or("view must be a table in the configuration file.")?;
    if let Some(key) = key {
        let digit = key.to_string();
        let taken = views.iter().find(|(other, view)| {
            *other != name && view.get("key").and_then(Item::as_str) == Some(digit.as_str())
        });
        if let Some((other, _)) = taken {
            return Err(format!("Key {digit} is that of view {other:?} already; choose another."));
        }
    }
    let view = views.entry(name).or_insert_with(|| Item::Table(Table::new()));
    let view = view
        .as_table_like_mut()
        .ok_or_else(|| format!("view.{name} must be a table in the configuration file."))?;
    if let Some(key) = key {
        set(view, "key", &key.to_string());
    }
    set(view, "query", query);
    Ok(document.to_string())
}

/// Sets a text; the comments before its key and behind its value stay.
fn set(table: &mut dyn toml_edit::TableLike, key: &str, text: &str) {
    let mut new = toml_edit::Value::from(text);
    match table.get_mut(key) {
        Some(item) => {
            if let Some(old) = item.as_value() {
                *new.decor_mut() = old.decor().clone();
            }
            *item = Item::Value(new);
        }
        None => {
            table.insert(key, Item::Value(new));
        }
    }
}
