//! The wards that are measured: 10,000 and 1,000,000 tasks with the people they name.
//!
//! Must not be built more than once a run.

use super::synthetic;
use jiff::{Timestamp, tz::TimeZone};
use rounds::{
    app::{people::People, store::TaskStore},
    domain::{
        people::{Person, PersonKind},
        query::{Local, SourceNames, Surroundings},
        task::{SourceId, TaskKey},
    },
};
use std::sync::OnceLock;

/// The sizes that the budgets name.
pub(crate) const SIZES: [u32; 2] = [10_000, 1_000_000];
/// Tasks taken in at once while a ward is built.
const CHUNK: u32 = 1_000;

/// A ward and what is known around it.
pub(crate) struct Ward {
    /// The tasks.
    pub(crate) store: TaskStore,
    /// The patients' names.
    pub(crate) people: People,
    zone: TimeZone,
}

/// The ward of a size.
pub(crate) fn ward(tasks: u32) -> &'static Ward {
    static WARDS: [OnceLock<Ward>; 2] = [const { OnceLock::new() }; 2];
    WARDS[usize::from(tasks != SIZES[0])].get_or_init(|| Ward::new(tasks))
}

impl Ward {
    /// Builds a ward.
    pub(crate) fn new(tasks: u32) -> Ward {
        let mut ward = Ward { store: TaskStore::new(), people: People::new(), zone: TimeZone::UTC };
        for from in (0..tasks).step_by(CHUNK as usize) {
            let chunk = (from..(from + CHUNK).min(tasks)).map(|number| synthetic::task(number, tasks));
            ward.store.upsert(chunk, &TimeZone::UTC, synthetic::now());
        }
        for number in 0..synthetic::patients(tasks) {
            for source in 0..3 {
                ward.people.learn(SourceId(source), synthetic::patient(number));
            }
        }
        ward
    }
}

impl Surroundings for Ward {
    fn now(&self) -> Timestamp {
        synthetic::now()
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn me(&self, _source: SourceId) -> Option<&str> {
        Some("prac_7")
    }

    fn person(&self, source: SourceId, kind: PersonKind, id: &str) -> Option<&Person> {
        self.people.get(source, kind, id)
    }

    fn source(&self, source: SourceId) -> SourceNames<'_> {
        match source.0 {
            0 => SourceNames { tag: "CK", name: "clinic" },
            1 => SourceNames { tag: "OD", name: "dental" },
            _ => SourceNames { tag: "OM", name: "hospital" },
        }
    }

    fn local(&self, _key: &TaskKey) -> Local {
        Local::default()
    }
}
