//! The notes of tasks: separate rows with an author and a time. There is no way to delete one.

use serde_json::json;

use super::signals::Signal;
use super::store::{Row, Table, number, row, text};
use super::words::{Refusal, Success};
use super::{Answer, Asked, Dental, local, tasks};

pub(super) fn all(dental: &mut Dental, asked: &Asked) -> Answer {
    asked.query.expects(&["TaskNum", "UserNum"], false)?;
    let (of_task, of_user) = (asked.query.has_number("TaskNum")?, asked.query.has_number("UserNum")?);
    let rows = dental.books.store.rows(Table::TaskNotes).iter().filter(|row| of_task(row) && of_user(row));
    asked.query.page(rows.cloned().collect()).map(Success::Many)
}

pub(super) fn one(dental: &mut Dental, asked: &Asked) -> Answer {
    dental.row(Table::TaskNotes, asked.key, "TaskNote").map(Success::One)
}

pub(super) fn make(dental: &mut Dental, asked: &Asked) -> Answer {
    let needed = |name: &str| {
        tasks::whole(&asked.body, name)?.ok_or_else(|| Refusal::bad(format!("{name} is required.")))
    };
    let (task, user) = (needed("TaskNum")?, needed("UserNum")?);
    let words = words(&asked.body)?.ok_or_else(|| Refusal::bad("Note is required."))?;
    let mut task_row = dental.row(Table::Tasks, task, "Task")?;
    dental.known(Table::Userods, user)?;
    let note = row(json!({
        "TaskNoteNum": 0,
        "TaskNum": task,
        "UserNum": user,
        "DateTimeNote": local::write(asked.now),
        "Note": words,
    }));
    let key = dental.books.store.add(Table::TaskNotes, note);
    // Assumption (OD 11.13): as in the program, a note on a finished task opens it again; a switch turns it off.
    if text(&task_row, "TaskStatus") == "Done" && dental.faults.opendental.note_reopens {
        tasks::set_status(&mut task_row, "Viewed", asked.now, false);
        dental.replace(task_row, asked.now);
    } else {
        dental.signal(Signal::Changed, task, asked.now);
    }
    let row = dental.row(Table::TaskNotes, key, "TaskNote")?;
    Ok(Success::Made { place: format!("tasknotes/{key}"), row })
}

pub(super) fn change(dental: &mut Dental, asked: &Asked) -> Answer {
    let mut note = dental.row(Table::TaskNotes, asked.key, "TaskNote")?;
    if let Some(words) = words(&asked.body)? {
        note.insert("Note".to_owned(), json!(words));
    }
    if let Some(time) = tasks::time(&asked.body, "DateTimeNote")? {
        note.insert("DateTimeNote".to_owned(), json!(local::write(time)));
    }
    if let Some(row) = dental.books.store.find_mut(Table::TaskNotes, asked.key) {
        row.clone_from(&note);
    }
    dental.signal(Signal::Changed, number(&note, "TaskNum"), asked.now);
    Ok(Success::One(note))
}

/// The text of the note, which may not be blank.
fn words(body: &Row) -> Result<Option<&str>, Refusal> {
    match tasks::string(body, "Note")? {
        Some(words) if words.trim().is_empty() => Err(Refusal::bad("Note must not be blank.")),
        words => Ok(words),
    }
}
