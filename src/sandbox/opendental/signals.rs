//! The office's change signals: raised by every write, read by who wants to know what changed.

use jiff::civil::DateTime;
use serde_json::json;

use super::store::{Row, Store, Table, row, text};
use super::words::{Refusal, Success};
use super::{Answer, Asked, Dental, local};

/// What happened to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// It is new.
    Popup,
    /// It, or a note of it, was changed.
    Changed,
}

/// Raises a signal about a task.
pub(super) fn raise(store: &mut Store, signal: Signal, task: i64, now: DateTime) {
    let kind = match signal {
        Signal::Popup => "TaskPopup",
        Signal::Changed => "Task",
    };
    store.add(
        Table::Signalods,
        row(json!({
            "SignalNum": 0,
            "DateViewing": local::NO_DATE,
            "SigDateTime": local::write(now),
            "FKey": task,
            "FKeyType": "Task",
            "IType": kind,
            "RemoteRole": "ClientDirect",
            "MsgValue": "",
        })),
    );
}

impl Dental {
    /// Raises a signal for what the API wrote.
    ///
    /// Assumption (OD 4): API writes raise them as the program's own do; a switch turns that off.
    pub(super) fn signal(&mut self, signal: Signal, task: i64, now: DateTime) {
        if self.faults.opendental.signals {
            raise(&mut self.books.store, signal, task, now);
        }
    }
}

/// The signals strictly later than the given time and strictly earlier than the server's own.
pub(super) fn after(dental: &mut Dental, asked: &Asked) -> Answer {
    asked.query.expects(&["SigDateTime"], false)?;
    let since = asked.query.time("SigDateTime")?.ok_or_else(|| Refusal::bad("SigDateTime is required."))?;
    let now = local::write(asked.now);
    let since = local::write(since);
    // Times of one form sort as text.
    let fresh =
        |row: &&Row| text(row, "SigDateTime") > since.as_str() && text(row, "SigDateTime") < now.as_str();
    let rows = dental.books.store.rows(Table::Signalods).iter().filter(fresh).cloned();
    let stamped = rows.map(|mut row| {
        row.insert("serverDateTime".to_owned(), json!(now));
        row
    });
    asked.query.page(stamped.collect()).map(Success::Many)
}
