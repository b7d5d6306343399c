//! Writes that an earlier run left on their store, taken up where they stood.
//!
//! Must not let a write out again whose first sending may have arrived: it is looked for first. Nor may a write go to
//! another server than the one that it was confirmed for.

use super::{Intent, IntentId, IntentState, later};
use crate::app::source::{Source, origin};
use crate::domain::{task::SourceId, time::Timestamp};
use crate::providers::ErrorKind;
use serde::{Deserialize, Serialize};

/// A write as it lies on its store. A source's place in the profile may change between two runs, its name does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The name of the source in the configuration.
    pub source: String,
    /// Scheme, host and port that the source was asked at; none in records of earlier versions.
    #[serde(default)]
    pub origin: Option<String>,
    /// The write.
    pub intent: Intent,
}

/// A source of this run: where it stands, where it is asked, and how long its search may lag behind a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Its place in the profile.
    pub source: SourceId,
    /// Scheme, host and port that it is asked at.
    pub origin: String,
    /// The lag of its search, in seconds.
    pub lag_s: u32,
}

impl Home {
    /// The home that a source of this run is.
    pub fn of(source: &Source) -> Home {
        Home { source: source.id, origin: origin(&source.url), lag_s: source.can.pace.search_lag_s }
    }
}

/// What a run takes up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restored {
    /// Writes of sources of this profile, oldest first.
    pub intents: Vec<Intent>,
    /// Writes of sources that this profile lacks: they stay on their store and are only counted.
    pub strangers: Vec<Record>,
    /// Writes whose source was at another origin when they were confirmed: they stay on their store until the user says
    /// where they belong.
    pub moved: Vec<Record>,
}

/// How a write whose sending was cut off by the end of the program is spoken of.
const CUT_OFF: &str = "The program ended while this was being sent.";
/// How a write is spoken of whose store went back to an earlier state.
const DOUBTFUL: &str = "The store was damaged: this may have been sent already.";

/// Takes up the writes of an earlier run. With `doubtful` the store may show an earlier state than its last, so that
/// a write that seems to wait may have been sent.
pub fn restore(
    records: Vec<Record>,
    now: Timestamp,
    doubtful: bool,
    home: &dyn Fn(&str) -> Option<Home>,
    next_id: &mut dyn FnMut() -> IntentId,
) -> Restored {
    let mut restored = Restored::default();
    for mut record in records {
        let Some(home) = home(&record.source) else {
            restored.strangers.push(record);
            continue;
        };
        if record.origin.as_ref().is_some_and(|origin| *origin != home.origin) {
            restored.moved.push(record);
            continue;
        }
        record.intent.id = next_id();
        move_to(&mut record.intent, home.source);
        let state = std::mem::replace(&mut record.intent.state, IntentState::Saving);
        record.intent.state = resumed(state, doubtful, look_at(&record.intent, now, home.lag_s));
        restored.intents.push(record.intent);
    }
    restored
}

/// A create is found by search, which lags; anything else is read by its id.
fn look_at(intent: &Intent, now: Timestamp, lag_s: u32) -> Timestamp {
    if intent.wish.creates() { later(now, i64::from(lag_s) + 2) } else { now }
}

fn resumed(state: IntentState, doubtful: bool, look_at: Timestamp) -> IntentState {
    match state {
        IntentState::Saving | IntentState::Held { .. } | IntentState::Waiting { .. } if doubtful => {
            IntentState::ToLook { at: look_at, sentence: DOUBTFUL.to_owned() }
        }
        // The program's start holds it back anew: what was confirmed a moment before the end can still be taken back.
        IntentState::Saving | IntentState::Held { .. } => {
            IntentState::Waiting { not_before: None, why: None }
        }
        IntentState::Sending(_) => IntentState::ToLook { at: look_at, sentence: CUT_OFF.to_owned() },
        IntentState::Looking(_, sentence) => IntentState::ToLook { at: look_at, sentence },
        // The clock may have been set back since: nobody waits for ever.
        IntentState::ToLook { at, sentence } => IntentState::ToLook { at: at.min(look_at), sentence },
        stays @ (IntentState::Waiting { .. } | IntentState::Unknown { .. } | IntentState::Refused { .. }) => {
            stays
        }
    }
}

/// Gives a write and all that is in it the source's place in this run.
fn move_to(intent: &mut Intent, source: SourceId) {
    intent.source = source;
    intent.wish.move_to(source);
    match &mut intent.state {
        IntentState::Unknown { found, .. } => found.iter_mut().for_each(|thing| thing.move_to(source)),
        IntentState::Refused { error } => {
            if let ErrorKind::Conflict(Some(theirs)) = &mut error.kind {
                theirs.move_to(source);
            }
        }
        IntentState::Saving
        | IntentState::Held { .. }
        | IntentState::Waiting { .. }
        | IntentState::Sending(_)
        | IntentState::ToLook { .. }
        | IntentState::Looking(..) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::outbox::{CallId, Outbox, Wish};
    use crate::domain::document::Thing;
    use crate::domain::task::{Field, Patch, Task, TaskKey};
    use crate::domain::{check::Problem, status::Status, task::Intent as Kind, time::DateTime};
    use crate::providers::{ApiError, Call};

    const ORIGIN: &str = "https://clinic.example.org";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + second).unwrap()
    }

    fn task() -> Task {
        Task {
            key: TaskKey { source: SourceId(7), id: "t1".into() },
            intent: Some(Kind::parse("order")),
            description: Some("Synthetic: potassium again".into()),
            authored_on: Some(DateTime::parse("2026-11-21T03:00:00.500Z")),
            ..Task::default()
        }
    }

    fn update() -> Wish {
        let patch = Patch::of(&task()).set(Field::Status, |task| task.status = Status::Completed);
        Wish::Update { base: Box::new(task()), patch }
    }

    fn record(source: &str, wish: Wish, state: IntentState) -> Record {
        let intent = Intent {
            id: IntentId(3),
            source: SourceId(7),
            wish,
            idempotency_key: "0192f0c1-0000-7000-8000-000000000001".into(),
            line: "Done: potassium · Synthetic Patient".into(),
            typed: "as typed".into(),
            confirmed_at: at(-60),
            state,
        };
        Record { source: source.into(), origin: Some(ORIGIN.into()), intent }
    }

    fn error(kind: ErrorKind) -> ApiError {
        ApiError { kind, status: Some(409), sentence: "It changed.".into(), request_id: Some("r1".into()) }
    }

    /// The places of this run: `dental` is new in front, so that `clinic` has moved.
    fn home(name: &str) -> Option<Home> {
        (name == "clinic").then(|| Home { source: SourceId(1), origin: ORIGIN.into(), lag_s: 10 })
    }

    fn restored(records: Vec<Record>, doubtful: bool) -> Restored {
        let mut next = 100;
        restore(records, at(0), doubtful, &home, &mut || {
            next += 1;
            IntentId(next)
        })
    }

    fn every_state() -> Vec<IntentState> {
        let conflict = error(ErrorKind::Conflict(Some(Thing::Task(Box::new(task())))));
        let refused = error(ErrorKind::Refused(vec![Problem::at(Field::Note, "Too long.")]));
        vec![
            IntentState::Held { until: at(3) },
            IntentState::Saving,
            IntentState::Waiting { not_before: None, why: None },
            IntentState::Waiting { not_before: Some(at(500)), why: Some("offline".into()) },
            IntentState::Sending(CallId(4)),
            IntentState::ToLook { at: at(-5), sentence: "cut".into() },
            IntentState::ToLook { at: at(99_999), sentence: "cut".into() },
            IntentState::Looking(CallId(5), "cut".into()),
            IntentState::Unknown { sentence: "cut".into(), found: vec![Thing::Task(Box::new(task()))] },
            IntentState::Refused { error: conflict },
            IntentState::Refused { error: refused },
        ]
    }

    #[test]
    fn a_restart_in_the_middle_of_each_step_sends_nothing_that_may_be_out() {
        let created = at(12);
        for (wish, look) in [
            (Wish::Create(Box::new(task())), created),
            (update(), at(0)),
            (Wish::Delete { base: Box::new(task()) }, at(0)),
        ] {
            let to_look = |sentence: &str| IntentState::ToLook { at: look, sentence: sentence.into() };
            let expected = [
                IntentState::Waiting { not_before: None, why: None },
                IntentState::Waiting { not_before: None, why: None },
                IntentState::Waiting { not_before: None, why: None },
                IntentState::Waiting { not_before: Some(at(500)), why: Some("offline".into()) },
                to_look(CUT_OFF),
                IntentState::ToLook { at: at(-5), sentence: "cut".into() },
                to_look("cut"),
                to_look("cut"),
            ];
            for (state, expected) in every_state().into_iter().zip(expected) {
                let found = restored(vec![record("clinic", wish.clone(), state.clone())], false);
                assert_eq!(found.intents[0].state, expected, "{state:?}");
            }
        }
    }

    #[test]
    fn what_waits_for_the_user_goes_on_waiting_for_the_user() {
        for state in every_state().split_off(8) {
            let intent = restored(vec![record("clinic", update(), state.clone())], false).intents.remove(0);
            assert!(intent.needs_user(), "{state:?}");
            assert_eq!(std::mem::discriminant(&intent.state), std::mem::discriminant(&state));
            assert_eq!(
                (intent.typed.as_str(), &*intent.line),
                ("as typed", "Done: potassium · Synthetic Patient")
            );
        }
    }

    #[test]
    fn after_damage_nothing_is_sent_without_a_look() {
        for state in every_state() {
            let wish = Wish::Create(Box::new(task()));
            let mut outbox = Outbox::default();
            for intent in restored(vec![record("clinic", wish, state.clone())], true).intents {
                outbox.confirm(intent);
            }
            for second in 0..200_000_i64 {
                let calls = outbox.pump(at(second * 10), &|_| true, &mut || CallId(1));
                let sent = calls.iter().any(|(_, _, call)| matches!(call, Call::CreateTask { .. }));
                assert!(!sent, "{state:?}");
                if outbox.next_wake(at(second * 10)).is_none() {
                    break;
                }
            }
        }
    }

    #[test]
    fn a_source_that_moved_takes_its_writes_along_and_a_missing_one_keeps_them() {
        let mut records: Vec<Record> =
            every_state().into_iter().map(|state| record("clinic", update(), state)).collect();
        records.insert(3, record("hospital", update(), IntentState::Saving));
        let found = restored(records.clone(), false);
        assert_eq!(found.strangers, [records.remove(3)]);
        let ids: Vec<u64> = found.intents.iter().map(|intent| intent.id.0).collect();
        assert_eq!(ids, (101..=111).collect::<Vec<u64>>(), "in order, each with a number of this run");
        let text = serde_json::to_string(&found.intents).unwrap();
        assert!(!text.contains("\"source\":7"), "no task of the old place is left: {text}");
    }

    #[test]
    fn a_write_does_not_follow_its_source_to_another_server() {
        let elsewhere = Record {
            origin: Some("https://other.example.org".into()),
            ..record("clinic", update(), IntentState::Saving)
        };
        let early = Record { origin: None, ..record("clinic", update(), IntentState::Saving) };
        let found = restored(vec![elsewhere.clone(), early], false);
        assert_eq!((found.intents.len(), found.moved), (1, vec![elsewhere]));
        let text = serde_json::to_string(&record("clinic", update(), IntentState::Saving)).unwrap();
        let early = text.replacen("\"origin\":\"https://clinic.example.org\",", "", 1);
        assert_ne!(early, text);
        assert_eq!(serde_json::from_str::<Record>(&early).unwrap().origin, None);
    }

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        for state in every_state() {
            for wish in [Wish::Create(Box::new(task())), update(), Wish::Delete { base: Box::new(task()) }] {
                let written = record("clinic", wish, state.clone());
                let text = serde_json::to_string(&written).unwrap();
                assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), written);
            }
        }
    }
}
