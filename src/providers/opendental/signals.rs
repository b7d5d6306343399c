//! The program's own change signals, where they tell of tasks (contract §4).
//!
//! Must not take a missing signal for a task that did not change: polls go on beside them.

use super::{
    OpenDental, Told, ask, errors, facts, get,
    list::{REMOTE_PAGE, next_offset, rows},
    row::Row,
    talk::Talk,
    times, told,
};
use crate::{
    domain::time::{DateTime, Moment},
    providers::Reply,
};
use jiff::ToSpan;
use std::collections::BTreeSet;

/// How many pages of signals one conversation reads; what is left is asked for the next time.
const MAX_PAGES: usize = 8;

/// The signals whose key is that of a task; the others tell of lists, authors and patients, and name no task.
const OF_TASKS: [&str; 2] = ["Task", "TaskPopup"];

impl OpenDental {
    /// Which tasks changed since a mark, which is the office's own time.
    pub(super) fn changes(&self, talk: &mut Talk<'_>, since: Option<&str>) -> Told {
        let Some(since) = since.or(self.office().signals_since.as_deref()) else {
            return Err(
                errors::unsupported("This office did not tell of changes when it was first asked.").into()
            );
        };
        // An empty answer carries no time: the mark then stays (contract §4).
        let mut mark = since.to_owned();
        let mut ids = BTreeSet::new();
        let mut offset = 0;
        let mut n_pages = 0;
        loop {
            let mut request = get("/signalods", &[("SigDateTime", since)]);
            if offset > 0 {
                request.query.push(("Offset".to_owned(), offset.to_string()));
            }
            let (answer, body) = ask(talk, request)?;
            let rows = rows(answer, body, "a list of signals")?;
            let mut last = None;
            for row in &rows {
                let Some(mut row) = Row::new(row) else { continue };
                if let Some(time) = row.text("serverDateTime") {
                    mark = mark_of(&time);
                }
                last = row.text("SigDateTime").or(last);
                let of_task = row.text("IType").is_some_and(|kind| OF_TASKS.contains(&&*kind))
                    && row.text("FKeyType").is_none_or(|kind| &*kind == "Task");
                if of_task && let Some(id) = row.number("FKey") {
                    ids.insert(id);
                }
            }
            n_pages += 1;
            let next = next_offset(offset, rows.len(), REMOTE_PAGE);
            if let Some(next) = next.filter(|_| n_pages < MAX_PAGES) {
                offset = next;
                continue;
            }
            if next.is_some() {
                // What was not read yet comes with or after the last signal that was.
                mark = last.map_or(mark, |last| mark_of(&last));
            }
            let ids = ids.into_iter().collect();
            return Ok(told(Reply::Changes { ids, mark: Some(mark) }, facts(answer)));
        }
    }
}

/// The mark after an answer of this time: a second before it, for signals are kept to the second, and one of the same
/// second may yet come.
pub(super) fn mark_of(server_time: &str) -> String {
    match DateTime::parse(server_time).moment() {
        Some(Moment::Local(local)) => local.checked_sub(1.second()).map(times::written),
        _ => Ok(server_time.to_owned()),
    }
    .unwrap_or_else(|_| server_time.to_owned())
}
