//! The shelves of the store: tables of sealed rows, each with a number of its own, a few plain words, and a payload.
//!
//! Must not take a plain column for the truth: those are for people who look into the file, the payload decides.

use super::seal::Sealer;
use crate::app::{
    kept::{Change, Deed, Draft, Kept, Mark, write_id},
    outbox::{IntentState, restore::Record},
};
use crate::domain::time::Timestamp;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, io, sync::Arc};

/// The first byte of a payload: JSON as this version writes it.
const JSON_V1: u8 = 1;

/// A table of rows that are put and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shelf {
    Writes,
    Drafts,
    Marks,
    Views,
}

impl Shelf {
    pub(super) const ALL: [Shelf; 4] = [Shelf::Writes, Shelf::Drafts, Shelf::Marks, Shelf::Views];

    /// The table's name in the file; sealed values are bound to it.
    pub(super) fn table(self) -> &'static str {
        match self {
            Shelf::Writes => "outbox",
            Shelf::Drafts => "drafts",
            Shelf::Marks => "marks",
            Shelf::Views => "views",
        }
    }
}

/// A row before it is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: Vec<u8>,
    pub(super) label: String,
    pub(super) source: String,
    pub(super) made_ms: i64,
    pub(super) changed_ms: i64,
    pub(super) payload: Zeroizing<Vec<u8>>,
}

/// The rows of all shelves, each at its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    rows: BTreeMap<(Shelf, Vec<u8>), (i64, Arc<Row>)>,
    last: BTreeMap<Shelf, i64>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Where a row of this number stands, or would stand.
    pub(super) fn place(&self, shelf: Shelf, id: &[u8]) -> i64 {
        let next = || self.last.get(&shelf).copied().unwrap_or(0).saturating_add(1);
        self.find(shelf, id).unwrap_or_else(next)
    }

    /// Where the row of this number stands.
    pub(super) fn find(&self, shelf: Shelf, id: &[u8]) -> Option<i64> {
        self.rows.get(&(shelf, id.to_vec())).map(|(place, _)| *place)
    }

    pub(super) fn put(&mut self, shelf: Shelf, place: i64, row: Row) {
        let last = self.last.entry(shelf).or_default();
        *last = place.max(*last);
        self.rows.insert((shelf, row.id.clone()), (place, Arc::new(row)));
    }

    /// Puts a row unless a younger one of its number is there.
    pub(super) fn put_newer(&mut self, shelf: Shelf, place: i64, row: Row) {
        let there = self.rows.get(&(shelf, row.id.clone()));
        if there.is_none_or(|(_, there)| there.changed_ms <= row.changed_ms) {
            self.put(shelf, place, row);
        }
    }

    /// Whether no row stands in this place.
    pub(super) fn is_free(&self, shelf: Shelf, place: i64) -> bool {
        let mut there = self.rows.range((shelf, Vec::new())..).take_while(|((of, _), _)| *of == shelf);
        there.all(|(_, (taken, _))| *taken != place)
    }

    /// The row of this number.
    pub(super) fn row(&self, shelf: Shelf, id: &[u8]) -> Option<&Row> {
        self.rows.get(&(shelf, id.to_vec())).map(|(_, row)| &**row)
    }

    pub(super) fn drop(&mut self, shelf: Shelf, id: &[u8]) {
        self.rows.remove(&(shelf, id.to_vec()));
    }

    /// Every row with its shelf and place, shelf by shelf, in the order of the places.
    pub(super) fn in_order(&self) -> Vec<(Shelf, i64, &Row)> {
        let mut rows: Vec<_> =
            self.rows.iter().map(|((shelf, _), (place, row))| (*shelf, *place, &**row)).collect();
        rows.sort_by_key(|(shelf, place, _)| (*shelf, *place));
        rows
    }

    /// What the rows mean.
    pub(super) fn read(&self) -> Kept {
        let mut kept = Kept::default();
        for (shelf, _, row) in self.in_order() {
            let understood = match shelf {
                Shelf::Writes => decode::<Record>(row).map(|record| kept.writes.push(record)),
                Shelf::Drafts => decode::<Draft>(row).map(|draft| kept.drafts.push(draft)),
                Shelf::Marks => decode::<Mark>(row).map(|mark| kept.marks.push(mark)),
                Shelf::Views => decode::<View>(row).map(|view| {
                    kept.views.insert(view.name, view.state);
                }),
            };
            kept.not_understood += usize::from(understood.is_none());
        }
        kept
    }
}

/// A change as the tables see it.
#[derive(Clone, Debug)]
pub(super) enum Lowered {
    Put(Shelf, Row),
    Drop(Shelf, Vec<u8>),
    Append(Deed),
}

/// The payload of a view's row.
#[derive(Serialize, Deserialize)]
struct View {
    name: String,
    state: String,
}

/// What a change does to the tables at this time.
pub(super) fn lower(change: &Change, sealer: &Sealer, now: Timestamp) -> io::Result<Lowered> {
    let now_ms = now.as_millisecond();
    let row = |id: Vec<u8>, label: &str, source: &str, made: Timestamp, payload| Row {
        id,
        label: label.to_owned(),
        source: source.to_owned(),
        made_ms: made.as_millisecond(),
        changed_ms: now_ms,
        payload,
    };
    Ok(match change {
        Change::PutWrite(record) => {
            let id = write_id(record).as_bytes().to_vec();
            let label = state_word(&record.intent.state);
            let made = record.intent.confirmed_at;
            Lowered::Put(Shelf::Writes, row(id, label, &record.source, made, encode(record)?))
        }
        Change::DropWrite(id) => Lowered::Drop(Shelf::Writes, id.as_bytes().to_vec()),
        Change::PutDraft(draft) => {
            let id = draft.id.as_bytes().to_vec();
            Lowered::Put(Shelf::Drafts, row(id, &draft.kind, &draft.source, draft.made_at, encode(draft)?))
        }
        Change::DropDraft(id) => Lowered::Drop(Shelf::Drafts, id.as_bytes().to_vec()),
        Change::SetMark(mark) => {
            let id = sealer.name(&[mark.kind.name(), &mark.source, &mark.task]).to_vec();
            Lowered::Put(Shelf::Marks, row(id, mark.kind.name(), &mark.source, mark.set_at, encode(mark)?))
        }
        Change::ClearMark { kind, source, task } => {
            Lowered::Drop(Shelf::Marks, sealer.name(&[kind.name(), source, task]).to_vec())
        }
        Change::PutView { name, state } => {
            let view = View { name: name.clone(), state: state.clone() };
            let id = sealer.name(&["view", name]).to_vec();
            Lowered::Put(Shelf::Views, row(id, "view", "", now, encode(&view)?))
        }
        Change::Note(deed) => Lowered::Append(deed.clone()),
    })
}

/// The word for a write's state in the plain column.
fn state_word(state: &IntentState) -> &'static str {
    match state {
        IntentState::Saving | IntentState::Held { .. } | IntentState::Waiting { .. } => "waiting",
        IntentState::Sending(_) => "sending",
        IntentState::ToLook { .. } | IntentState::Looking(..) => "looking",
        IntentState::Unknown { .. } => "unknown",
        IntentState::Refused { .. } => "refused",
    }
}

/// JSON, so that what an earlier version wrote can be read when fields have come since.
pub(super) fn encode<T: Serialize>(value: &T) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![JSON_V1]);
    serde_json::to_writer(&mut *bytes, value)?;
    Ok(bytes)
}

pub(super) fn decode_bytes<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    let (version, json) = payload.split_first()?;
    if *version != JSON_V1 {
        return None;
    }
    serde_json::from_slice(json).ok()
}

fn decode<T: DeserializeOwned>(row: &Row) -> Option<T> {
    decode_bytes(&row.payload)
}
