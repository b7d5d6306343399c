//! The rows behind the API, with their last versions, so that a search can lag behind. It checks nothing.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::schema::{self, Field};

/// Versions older than this are forgotten, but for the newest; no search lags longer.
const KEPT: SignedDuration = SignedDuration::from_mins(10);

/// The four kinds of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Task,
    Document,
    Patient,
    Practitioner,
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] = [Kind::Task, Kind::Document, Kind::Patient, Kind::Practitioner];

    /// The name in paths and in the control port's store.
    pub(crate) fn collection(self) -> &'static str {
        match self {
            Kind::Task => "tasks",
            Kind::Document => "documents",
            Kind::Patient => "patients",
            Kind::Practitioner => "practitioners",
        }
    }

    /// FHIR's name of the resource.
    pub(crate) fn fhir(self) -> &'static str {
        match self {
            Kind::Task => "Task",
            Kind::Document => "Composition",
            Kind::Patient => "Patient",
            Kind::Practitioner => "Practitioner",
        }
    }

    pub(crate) fn of_collection(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.collection() == name)
    }

    pub(crate) fn of_fhir(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.fhir() == name)
    }

    pub(crate) fn id_prefix(self) -> &'static str {
        match self {
            Kind::Task => "task",
            Kind::Document => "doc",
            Kind::Patient => "pt",
            Kind::Practitioner => "prac",
        }
    }

    pub(crate) fn fields(self) -> &'static [Field] {
        match self {
            Kind::Task => schema::TASK,
            Kind::Document => schema::DOCUMENT,
            Kind::Patient => schema::PATIENT,
            Kind::Practitioner => schema::PRACTITIONER,
        }
    }

    /// What an update may change; empty means every field.
    pub(crate) fn updates(self) -> &'static [&'static str] {
        match self {
            Kind::Task => schema::TASK_UPDATES,
            Kind::Document => schema::DOCUMENT_UPDATES,
            Kind::Patient | Kind::Practitioner => &[],
        }
    }

    /// The field that `sort=date` and `dateFrom`/`dateTo` go by.
    ///
    /// Assumption (U7): no page says which date it is.
    pub(crate) fn date_field(self) -> &'static str {
        if self == Kind::Task { "authoredOn" } else { "date" }
    }
}

/// One state of a row; without a body it is deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) number: u64,
    pub(crate) at: Timestamp,
    pub(crate) body: Option<Map<String, Value>>,
}

/// One resource with its recent past, the newest version last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) versions: Vec<Version>,
}

/// A row as it stood at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) row: &'a Row,
    pub(crate) version: &'a Version,
    pub(crate) body: &'a Map<String, Value>,
}

impl Row {
    /// What was to be seen at that moment; nothing before the creation and after the deletion.
    pub(crate) fn at(&self, moment: Timestamp) -> Option<Seen<'_>> {
        let version = self.versions.iter().rev().find(|version| version.at <= moment)?;
        Some(Seen { row: self, version, body: version.body.as_ref()? })
    }

    /// What is to be seen now.
    pub(crate) fn latest(&self) -> Option<Seen<'_>> {
        let version = self.versions.last()?;
        Some(Seen { row: self, version, body: version.body.as_ref()? })
    }

    fn push(&mut self, body: Option<Map<String, Value>>, now: Timestamp) {
        let number = self.versions.last().map_or(1, |version| version.number + 1);
        let forgotten = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        let newest_old = self.versions.iter().rposition(|version| version.at <= forgotten).unwrap_or(0);
        self.versions.drain(..newest_old);
        self.versions.push(Version { number, at: now, body });
    }
}

impl Seen<'_> {
    /// The resource in flat form, as the API shows it.
    pub(crate) fn flat(self) -> Value {
        let mut flat = Map::new();
        flat.insert("id".into(), json!(self.row.id));
        flat.extend(self.body.clone());
        flat.insert("createdAt".into(), json!(stamp(self.row.created)));
        flat.insert("lastModified".into(), json!(stamp(self.version.at)));
        Value::Object(flat)
    }
}

/// Everything that one tenant has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Store {
    tasks: Vec<Row>,
    documents: Vec<Row>,
    patients: Vec<Row>,
    practitioners: Vec<Row>,
}

impl Store {
    pub(crate) fn rows(&self, kind: Kind) -> &[Row] {
        match kind {
            Kind::Task => &self.tasks,
            Kind::Document => &self.documents,
            Kind::Patient => &self.patients,
            Kind::Practitioner => &self.practitioners,
        }
    }

    fn rows_mut(&mut self, kind: Kind) -> &mut Vec<Row> {
        match kind {
            Kind::Task => &mut self.tasks,
            Kind::Document => &mut self.documents,
            Kind::Patient => &mut self.patients,
            Kind::Practitioner => &mut self.practitioners,
        }
    }

    pub(crate) fn find(&self, kind: Kind, id: &str) -> Option<Seen<'_>> {
        self.rows(kind).iter().find(|row| row.id == id)?.latest()
    }

    pub(crate) fn insert(&mut self, kind: Kind, id: &str, body: Map<String, Value>, now: Timestamp) {
        let versions = vec![Version { number: 1, at: now, body: Some(body) }];
        self.rows_mut(kind).push(Row { id: id.into(), created: now, versions });
    }

    /// Adds a row that was there before the world began.
    pub(crate) fn insert_aged(&mut self, kind: Kind, row: Row) {
        self.rows_mut(kind).push(row);
    }

    /// Lays the changes over the row; an empty text or a null takes the field away.
    ///
    /// Assumption (U4): a nested object or array is replaced whole.
    pub(crate) fn change(
        &mut self,
        kind: Kind,
        id: &str,
        changes: Map<String, Value>,
        now: Timestamp,
    ) -> bool {
        let Some(row) = self.rows_mut(kind).iter_mut().find(|row| row.id == id) else { return false };
        let Some(before) = row.latest().map(|seen| seen.body.clone()) else { return false };
        let mut body = before.clone();
        for (name, value) in changes {
            if value.is_null() || value.as_str() == Some("") {
                body.shift_remove(&name);
            } else {
                body.insert(name, value);
            }
        }
        if body != before {
            row.push(Some(body), now);
        }
        true
    }

    pub(crate) fn delete(&mut self, kind: Kind, id: &str, now: Timestamp) -> bool {
        let row = self.rows_mut(kind).iter_mut().find(|row| row.id == id);
        match row.filter(|row| row.latest().is_some()) {
            Some(row) => {
                row.push(None, now);
                true
            }
            None => false,
        }
    }

    /// Every living row of each kind, in flat form.
    pub(crate) fn flat(&self) -> Value {
        let rows = |kind: Kind| {
            let rows = self.rows(kind).iter().filter_map(Row::latest).map(Seen::flat);
            (kind.collection().to_owned(), Value::Array(rows.collect()))
        };
        Value::Object(Kind::ALL.into_iter().map(rows).collect())
    }
}

/// A moment with milliseconds and Z.
pub(crate) fn stamp(moment: Timestamp) -> String {
    format!("{moment:.3}")
}
