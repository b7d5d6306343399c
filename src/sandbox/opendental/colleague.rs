//! What a colleague does in the office's own program: no key, no checks, any value in any field.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::signals::{self, Signal};
use super::store::{Row, Table, number, text};
use super::{Dental, local, tasks, words};

/// Carries out `{kind, id, patch}`, `{kind, create}` or `{kind, delete}`; `kind` is a table, tasks when left out.
///
/// A text such as `@-40d` stands for a time of the office, so that a test need not know its zone.
pub(super) fn act(dental: &mut Dental, wish: &Value, now: Timestamp) -> Result<Value, String> {
    let Value::Object(wish) = wish else { return Err("The wish must be a JSON object.".into()) };
    let name = wish.get("kind").and_then(Value::as_str).unwrap_or("tasks");
    let table = Table::ALL.into_iter().find(|table| table.name() == name);
    let table = table.ok_or_else(|| format!("No table is called {name}."))?;
    let fields = |name: &str| {
        let fields = wish.get(name).and_then(Value::as_object)?;
        let expand = |(name, value): (&String, &Value)| (name.clone(), expanded(dental, value, now));
        Some(fields.iter().map(expand).collect::<Row>())
    };
    let (create, patch) = (fields("create"), fields("patch"));
    let key = match (wish.get("id").and_then(whole), create, patch, wish.get("delete").and_then(whole)) {
        (given, Some(fields), ..) => make(dental, table, given, fields, now)?,
        (Some(key), None, Some(patch), _) => change(dental, table, key, patch, now)?,
        (None, None, None, Some(key)) if dental.books.store.remove(table, key) => {
            raise(dental, table, key, Signal::Changed, now);
            return Ok(json!({"id": key}));
        }
        (None, None, None, Some(key)) => return Err(format!("Nothing has the id {key}.")),
        _ => return Err("A wish has id and patch, or create, or delete.".into()),
    };
    let row = dental.books.store.find(table, key).cloned();
    row.map(words::shown).ok_or_else(|| format!("Nothing has the id {key}."))
}

fn make(
    dental: &mut Dental,
    table: Table,
    given: Option<i64>,
    fields: Row,
    now: Timestamp,
) -> Result<i64, String> {
    let local_now = local::at(now, &dental.zone);
    let mut row = match table {
        Table::Tasks => tasks::blank(local_now),
        _ => Row::new(),
    };
    row.extend(fields);
    if let Some(given) = given {
        row.insert(table.key().to_owned(), json!(given));
    }
    let key = number(&row, table.key());
    if key > 0 && dental.books.store.find(table, key).is_some() {
        return Err(format!("The id {key} is taken."));
    }
    let key = dental.books.store.add(table, row);
    raise(dental, table, key, Signal::Popup, now);
    Ok(key)
}

fn change(dental: &mut Dental, table: Table, key: i64, patch: Row, now: Timestamp) -> Result<i64, String> {
    let local_now = local::at(now, &dental.zone);
    let row = dental.books.store.find_mut(table, key).ok_or_else(|| format!("Nothing has the id {key}."))?;
    let was_done = text(row, "TaskStatus") == "Done";
    if table == Table::Tasks {
        // The program's window stamps the time of finishing; a patch may say another.
        if let Some(status) = patch.get("TaskStatus").and_then(Value::as_str) {
            tasks::set_status(row, status, local_now, true);
        }
        row.insert("SecDateTEdit".to_owned(), json!(local::write(local_now)));
    }
    row.extend(patch);
    let finished = (!was_done && text(row, "TaskStatus") == "Done").then(|| row.clone());
    raise(dental, table, key, Signal::Changed, now);
    if let Some(task) = finished {
        dental.remind_again(&task, local_now);
    }
    Ok(key)
}

/// The program raises its signals whatever the switch for the API says.
fn raise(dental: &mut Dental, table: Table, key: i64, signal: Signal, now: Timestamp) {
    let now = local::at(now, &dental.zone);
    let store = &mut dental.books.store;
    match table {
        Table::Tasks => signals::raise(store, signal, key, now),
        Table::TaskNotes => {
            let task = store.find(table, key).map_or(0, |note| number(note, "TaskNum"));
            signals::raise(store, Signal::Changed, task, now);
        }
        _ => {}
    }
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn expanded(dental: &Dental, value: &Value, now: Timestamp) -> Value {
    let moment = value.as_str().and_then(|text| text.strip_prefix('@'));
    match moment.and_then(|when| crate::sandbox::world::away(when, now)) {
        Some(moment) => json!(local::write(local::at(moment, &dental.zone))),
        None => value.clone(),
    }
}
