//! The twelve statuses of a FHIR R4 Task, their groups and the steps between them.
//!
//! Must not drop or rewrite a status it does not know: it is kept as `Other`, raw.

use serde::{Deserialize, Serialize};

/// Where a task stands in its life (FHIR R4 `Task.status`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Not yet ready to be acted upon.
    Draft,
    /// Asked for; nobody has answered.
    #[default]
    Requested,
    /// Seen by the one who may do it.
    Received,
    /// Agreed to be done.
    Accepted,
    /// Turned down.
    Rejected,
    /// Everything needed is there.
    Ready,
    /// Called off.
    Cancelled,
    /// Being done.
    InProgress,
    /// Begun, and waiting.
    OnHold,
    /// Tried, and could not be done.
    Failed,
    /// Done.
    Completed,
    /// Should never have existed. Comes back from servers; is never sent to ClinikAPI (contract §2.1).
    EnteredInError,
    /// A value this list lacks, kept as it came.
    Other(Box<str>),
}

use Status::{
    Accepted, Cancelled, Completed, Draft, EnteredInError, Failed, InProgress, OnHold, Other, Ready,
    Received, Rejected, Requested,
};

/// A named set of statuses in the filter language (`status:open`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusGroup {
    /// Draft, requested, received, accepted, ready, in-progress and on-hold.
    Open,
    /// Rejected, cancelled, failed, completed and entered-in-error.
    Closed,
    /// Open, and nobody has begun: draft, requested, received, accepted and ready.
    Todo,
    /// In progress.
    Doing,
    /// On hold.
    Waiting,
}

impl StatusGroup {
    /// Every group with the word that the filter language uses.
    pub const ALL: [(&'static str, StatusGroup); 5] = [
        ("open", StatusGroup::Open),
        ("closed", StatusGroup::Closed),
        ("todo", StatusGroup::Todo),
        ("doing", StatusGroup::Doing),
        ("waiting", StatusGroup::Waiting),
    ];

    /// Whether a status is in this group; an unknown status is in none.
    pub fn contains(self, status: &Status) -> bool {
        match self {
            StatusGroup::Open => status.is_open(),
            StatusGroup::Closed => status.is_closed(),
            StatusGroup::Todo => matches!(status, Draft | Requested | Received | Accepted | Ready),
            StatusGroup::Doing => matches!(status, InProgress),
            StatusGroup::Waiting => matches!(status, OnHold),
        }
    }
}

impl Status {
    /// The twelve known statuses in the order of a task's life.
    pub const KNOWN: [Status; 12] = [
        Draft,
        Requested,
        Received,
        Accepted,
        Ready,
        InProgress,
        OnHold,
        Completed,
        Failed,
        Rejected,
        Cancelled,
        EnteredInError,
    ];

    /// Reads a status code; an unknown one is kept raw.
    pub fn parse(code: &str) -> Status {
        Status::KNOWN.into_iter().find(|known| known.as_str() == code).unwrap_or_else(|| Other(code.into()))
    }

    /// The code as FHIR writes it, or the raw text of an unknown one.
    pub fn as_str(&self) -> &str {
        match self {
            Draft => "draft",
            Requested => "requested",
            Received => "received",
            Accepted => "accepted",
            Rejected => "rejected",
            Ready => "ready",
            Cancelled => "cancelled",
            InProgress => "in-progress",
            OnHold => "on-hold",
            Failed => "failed",
            Completed => "completed",
            EnteredInError => "entered-in-error",
            Other(raw) => raw,
        }
    }

    /// The three letters of the ST column; an unknown status gives its raw text, to be cut by the column.
    pub fn short(&self) -> &str {
        match self {
            Draft => "DRF",
            Requested => "REQ",
            Received => "RCV",
            Accepted => "ACC",
            Rejected => "REJ",
            Ready => "RDY",
            Cancelled => "CAN",
            InProgress => "INP",
            OnHold => "HLD",
            Failed => "FAI",
            Completed => "DON",
            EnteredInError => "ERR",
            Other(raw) => raw,
        }
    }

    /// Whether work is still owed: the seven open statuses (contract clinikapi §4, the worklist of open work).
    pub fn is_open(&self) -> bool {
        matches!(self, Draft | Requested | Received | Accepted | Ready | InProgress | OnHold)
    }

    /// Whether the task has ended, well or not.
    pub fn is_closed(&self) -> bool {
        matches!(self, Rejected | Cancelled | Failed | Completed | EnteredInError)
    }

    /// Whether this list knows the status.
    pub fn is_known(&self) -> bool {
        !matches!(self, Other(_))
    }

    /// Place in the order of a task's life; unknown ones come first, so that they are seen (PRODUCT §4).
    pub fn rank(&self) -> u8 {
        Status::KNOWN.iter().position(|known| known == self).map_or(0, |index| index as u8 + 1)
    }

    /// The next states of the lifecycle that ClinikAPI's guide draws; others need a confirmation (U15).
    pub fn next(&self) -> &'static [Status] {
        match self {
            Draft => &[Requested, Cancelled],
            Requested => &[Received, Accepted, Rejected, Cancelled],
            Received => &[Accepted, Rejected, Cancelled],
            Accepted => &[InProgress, Ready, OnHold, Completed, Cancelled],
            Ready | OnHold => &[InProgress, Completed, Cancelled],
            InProgress => &[Completed, OnHold, Failed, Cancelled],
            Rejected | Cancelled | Failed | Completed | EnteredInError | Other(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_status_reads_back_and_an_unknown_one_stays_raw() {
        for status in Status::KNOWN {
            assert_eq!(Status::parse(status.as_str()), status);
            assert_eq!(status.short().len(), 3);
            assert!(status.is_open() != status.is_closed(), "{status:?} is in one of the two");
        }
        let odd = Status::parse("Awaiting-Fax");
        assert_eq!(odd.as_str(), "Awaiting-Fax");
        assert!(!odd.is_known() && !odd.is_open() && !odd.is_closed());
        assert!(odd.rank() < Draft.rank(), "unknown sorts first");
    }

    #[test]
    fn groups_part_the_open_statuses() {
        for status in Status::KNOWN.iter().filter(|status| status.is_open()) {
            let parts = [StatusGroup::Todo, StatusGroup::Doing, StatusGroup::Waiting];
            assert_eq!(parts.iter().filter(|group| group.contains(status)).count(), 1, "{status:?}");
        }
    }
}
