//! The search lag: a source's list may be older than our last write for a while (contract clinikapi §3.6).
//!
//! Must not hide a newer change by somebody else.

use crate::domain::{
    task::{Field, SourceId, Task, TaskKey},
    time::Timestamp,
};
use std::collections::BTreeMap;

/// What our last write made of a task, until the source's search has caught up.
#[derive(Clone, Debug, PartialEq)]
pub struct Recent {
    /// The task before the write; none where we made it.
    pub before: Option<Task>,
    /// The task after it; none where we removed it.
    pub after: Option<Task>,
    /// When the lag is over.
    pub until: Timestamp,
}

/// What to do with a row of a list.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// Take it.
    Take,
    /// It is older than our write: take this instead.
    Instead(Box<Task>),
    /// We removed it.
    Skip,
}

/// Judges a row against our last write of its task.
pub(super) fn judge(recent: &mut BTreeMap<TaskKey, Recent>, row: &Task, now: Timestamp) -> Verdict {
    let Some(write) = recent.get(&row.key) else { return Verdict::Take };
    if now >= write.until {
        recent.remove(&row.key);
        return Verdict::Take;
    }
    let Some(after) = &write.after else { return Verdict::Skip };
    let is_before = write.before.as_ref().is_some_and(|before| same_everywhere(before, row));
    let is_older = match (&row.last_modified, &after.last_modified) {
        (Some(theirs), Some(ours)) => {
            let zone = jiff::tz::TimeZone::UTC;
            theirs.start(&zone).zip(ours.start(&zone)).is_some_and(|(theirs, ours)| theirs < ours)
        }
        _ => false,
    };
    if is_before || is_older { Verdict::Instead(Box::new(after.clone())) } else { Verdict::Take }
}

/// The tasks of a source that a finished sweep must not take away, because its search may not show them yet.
pub(super) fn kept(recent: &BTreeMap<TaskKey, Recent>, source: SourceId, now: Timestamp) -> Vec<Task> {
    let fresh = recent.iter().filter(|(key, write)| key.source == source && write.until > now);
    fresh.filter_map(|(_, write)| write.after.clone()).collect()
}

fn same_everywhere(left: &Task, right: &Task) -> bool {
    Field::ALL.into_iter().all(|field| left.same(right, field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::status::Status;

    fn task(status: Status, business: &str) -> Task {
        let key = TaskKey { source: SourceId(0), id: "a".into() };
        Task { key, status, business_status: Some(business.into()), ..Task::default() }
    }

    #[test]
    fn an_old_row_does_not_flicker_back_and_a_newer_one_is_taken() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (before, after) = (task(Status::Requested, "x"), task(Status::Completed, "x"));
        let write = Recent { before: Some(before.clone()), after: Some(after.clone()), until: at(20) };
        let mut recent = BTreeMap::from([(before.key.clone(), write)]);
        let instead = Verdict::Instead(Box::new(after.clone()));
        assert_eq!(judge(&mut recent, &before, at(5)), instead);
        assert_eq!(judge(&mut recent, &after, at(6)), Verdict::Take);
        assert_eq!(judge(&mut recent, &task(Status::Completed, "by another"), at(7)), Verdict::Take);
        assert_eq!(judge(&mut recent, &before, at(20)), Verdict::Take, "the lag is over");
        assert!(recent.is_empty());
    }

    #[test]
    fn a_removed_task_does_not_return_and_a_made_one_is_kept() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let row = task(Status::Requested, "x");
        let mut recent = BTreeMap::from([(
            row.key.clone(),
            Recent { before: Some(row.clone()), after: None, until: at(20) },
        )]);
        assert_eq!(judge(&mut recent, &row, at(5)), Verdict::Skip);
        assert!(kept(&recent, SourceId(0), at(5)).is_empty());
        recent.insert(row.key.clone(), Recent { before: None, after: Some(row.clone()), until: at(20) });
        assert_eq!(kept(&recent, SourceId(0), at(5)), [row]);
    }
}
