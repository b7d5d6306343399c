//! The four priorities of FHIR, an office's own priorities, and the values that are neither.
//!
//! Must not turn an unknown or absent priority into routine: it is kept and shown as it is.

use serde::{Deserialize, Serialize};

/// How soon a task is to be done (FHIR R4 request-priority).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    /// Normal.
    Routine,
    /// Before routine work.
    Urgent,
    /// As soon as possible.
    Asap,
    /// At once.
    Stat,
    /// One of an office's own making, shown by its name.
    Office(Box<OfficePriority>),
    /// A value this list lacks, kept as it came.
    Other(Box<str>),
}

/// A priority that an office defined for itself (contract opendental §3, definitions of category 33).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OfficePriority {
    /// The source's key of the definition.
    pub id: Box<str>,
    /// The office's name for it.
    pub name: Box<str>,
    /// The rank of [`Priority::rank`] that the user's configuration gives it; none where it says nothing. Such a
    /// priority is never shown or found as routine; it only sorts there.
    pub rank: Option<u8>,
}

impl Priority {
    /// The four known priorities, rising.
    pub const KNOWN: [Priority; 4] = [Priority::Routine, Priority::Urgent, Priority::Asap, Priority::Stat];

    /// Reads a priority code; an unknown one is kept raw.
    pub fn parse(code: &str) -> Priority {
        Priority::KNOWN
            .into_iter()
            .find(|known| known.as_str() == code)
            .unwrap_or_else(|| Priority::Other(code.into()))
    }

    /// The code as FHIR writes it, or the raw text of an unknown one.
    pub fn as_str(&self) -> &str {
        match self {
            Priority::Routine => "routine",
            Priority::Urgent => "urgent",
            Priority::Asap => "asap",
            Priority::Stat => "stat",
            Priority::Office(office) => &office.name,
            Priority::Other(raw) => raw,
        }
    }

    /// The word of the PRIO column: `STAT` stands out by letters before any colour does.
    pub fn short(&self) -> &str {
        match self {
            Priority::Routine => "rout",
            Priority::Urgent => "urg",
            Priority::Asap => "asap",
            Priority::Stat => "STAT",
            Priority::Office(office) => &office.name,
            Priority::Other(raw) => raw,
        }
    }

    /// Whether it is the most pressing there is: stat, or an office's own one that counts as stat.
    pub fn is_stat(&self) -> bool {
        self.rank() == Priority::Stat.rank()
    }

    /// Rank in `routine < urgent < asap < stat`, from 1 to 4; none for a value that has no place in that order.
    pub fn rank(&self) -> Option<u8> {
        if let Priority::Office(office) = self {
            return office.rank;
        }
        Priority::KNOWN.iter().position(|known| known == self).map(|index| index as u8 + 1)
    }
}

/// Where a priority sorts: unknown first, so that it is seen, then stat down to routine. Absent sorts as routine (U14),
/// and so does an office's own one that the configuration does not rank: most of an office's work has it.
pub fn sort_place(priority: Option<&Priority>) -> u8 {
    match priority {
        Some(Priority::Office(office)) => office.rank.map_or(4, |rank| 5 - rank.clamp(1, 4)),
        Some(Priority::Other(_)) => 0,
        Some(Priority::Stat) => 1,
        Some(Priority::Asap) => 2,
        Some(Priority::Urgent) => 3,
        Some(Priority::Routine) | None => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_priorities_rise_and_unknown_ones_are_kept() {
        let ranks: Vec<_> = Priority::KNOWN.iter().map(Priority::rank).collect();
        assert_eq!(ranks, [Some(1), Some(2), Some(3), Some(4)]);
        let odd = Priority::parse("P1");
        assert_eq!((odd.as_str(), odd.rank()), ("P1", None));
        assert!(sort_place(Some(&odd)) < sort_place(Some(&Priority::Stat)));
        assert_eq!(sort_place(None), sort_place(Some(&Priority::Routine)));
    }

    #[test]
    fn an_office_priority_is_ranked_by_the_configuration_alone() {
        let office = |name: &str, rank| {
            Priority::Office(Box::new(OfficePriority { id: "358".into(), name: name.into(), rank }))
        };
        let (stat, plain) = (office("Today!", Some(4)), office("urgent", None));
        assert_eq!((stat.rank(), stat.short()), (Some(4), "Today!"));
        assert!(stat.is_stat() && !plain.is_stat());
        assert_eq!(sort_place(Some(&stat)), sort_place(Some(&Priority::Stat)));
        assert_eq!((plain.rank(), sort_place(Some(&plain))), (None, sort_place(Some(&Priority::Routine))));
    }
}
