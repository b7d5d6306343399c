//! The office's tables, each row as its own API shows it. It checks nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One row, its fields in the order of the table.
pub(super) type Row = Map<String, Value>;

/// How many signals are kept.
const KEPT_SIGNALS: usize = 2_000;

/// The tables that this sandbox has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Table {
    Tasks,
    TaskNotes,
    TaskLists,
    Definitions,
    Userods,
    Patients,
    Appointments,
    Signalods,
}

impl Table {
    pub(super) const ALL: [Table; 8] = [
        Table::Tasks,
        Table::TaskNotes,
        Table::TaskLists,
        Table::Definitions,
        Table::Userods,
        Table::Patients,
        Table::Appointments,
        Table::Signalods,
    ];

    /// The name in paths and in the control port's store.
    pub(super) fn name(self) -> &'static str {
        match self {
            Table::Tasks => "tasks",
            Table::TaskNotes => "tasknotes",
            Table::TaskLists => "tasklists",
            Table::Definitions => "definitions",
            Table::Userods => "userods",
            Table::Patients => "patients",
            Table::Appointments => "appointments",
            Table::Signalods => "signalods",
        }
    }

    /// The name of the primary key.
    pub(super) fn key(self) -> &'static str {
        match self {
            Table::Tasks => "TaskNum",
            Table::TaskNotes => "TaskNoteNum",
            Table::TaskLists => "TaskListNum",
            Table::Definitions => "DefNum",
            Table::Userods => "UserNum",
            Table::Patients => "PatNum",
            Table::Appointments => "AptNum",
            Table::Signalods => "SignalNum",
        }
    }
}

/// One table's rows and the last key that was given out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Shelf {
    last: i64,
    rows: Vec<Row>,
}

/// Everything that the office has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Store {
    shelves: BTreeMap<Table, Shelf>,
}

impl Store {
    pub(super) fn rows(&self, table: Table) -> &[Row] {
        self.shelves.get(&table).map_or(&[], |shelf| &shelf.rows)
    }

    pub(super) fn find(&self, table: Table, key: i64) -> Option<&Row> {
        self.rows(table).iter().find(|row| number(row, table.key()) == key)
    }

    pub(super) fn find_mut(&mut self, table: Table, key: i64) -> Option<&mut Row> {
        let shelf = self.shelves.get_mut(&table)?;
        shelf.rows.iter_mut().find(|row| number(row, table.key()) == key)
    }

    /// Adds a row under the next key, or under its own when it has one.
    pub(super) fn add(&mut self, table: Table, mut row: Row) -> i64 {
        let shelf = self.shelves.entry(table).or_default();
        let given = number(&row, table.key());
        let key = if given > 0 { given } else { shelf.last.saturating_add(1) };
        shelf.last = shelf.last.max(key);
        row.insert(table.key().to_owned(), json!(key));
        shelf.rows.push(row);
        if table == Table::Signalods && shelf.rows.len() > KEPT_SIGNALS {
            shelf.rows.remove(0);
        }
        key
    }

    pub(super) fn remove(&mut self, table: Table, key: i64) -> bool {
        let Some(shelf) = self.shelves.get_mut(&table) else { return false };
        let before = shelf.rows.len();
        shelf.rows.retain(|row| number(row, table.key()) != key);
        shelf.rows.len() < before
    }
}

/// The text of a field; empty when it is none.
pub(super) fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The number of a field; 0 when it is none.
pub(super) fn number(row: &Row, field: &str) -> i64 {
    row.get(field).and_then(Value::as_i64).unwrap_or_default()
}

/// The fields of a row, from a JSON object.
pub(super) fn row(fields: Value) -> Row {
    match fields {
        Value::Object(fields) => fields,
        _ => Row::new(),
    }
}
