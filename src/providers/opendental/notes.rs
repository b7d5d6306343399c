//! Task notes: rows of their own with an author and a time, oldest first (contract §3).
//!
//! Must not write anything.

use super::{OpenDental, Told, get, list::all_rows, path_number, row::Row, talk::Talk, times::from_office};
use crate::domain::task::Note;
use serde_json::Value;

/// How many pages of notes one task may fill.
const MAX_PAGES: usize = 3;

impl OpenDental {
    /// The notes of a task. Assumption (OD 3): their order is not told, so they are sorted by their time.
    pub(super) fn notes_of(&self, talk: &mut Talk<'_>, id: &str) -> Told<Vec<Note>> {
        let request = get("/tasknotes", &[("TaskNum", path_number(id)?)]);
        let (rows, _) = all_rows(talk, &request, MAX_PAGES, "the notes of a task")?;
        let of_task = |row: &&Value| {
            Row::new(row).and_then(|mut row| row.number("TaskNum")).is_none_or(|num| *num == *id)
        };
        // A filter that the server does not know may return everything (OD 11.5).
        let notes = rows.iter().filter(of_task).filter_map(|row| self.note(row));
        let mut notes: Vec<(String, Note)> = notes.collect();
        // Times of one form sort as text; those of one second stay in the order of the answer.
        notes.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(notes.into_iter().map(|(_, note)| note).collect())
    }

    /// A note, and its time as sent.
    pub(super) fn note(&self, value: &Value) -> Option<(String, Note)> {
        let mut row = Row::new(value)?;
        let time = row.text("DateTimeNote").unwrap_or_default();
        let note = Note {
            id: row.number("TaskNoteNum"),
            text: row.text("Note").unwrap_or_default(),
            author: row.number("UserNum").map(|num| self.user_reference(&num)),
            time: from_office(&time, self.profile.zone.as_ref()).filter(|_| !time.is_empty()),
        };
        (note.id.is_some() || !note.text.is_empty()).then_some((time.into(), note))
    }
}
