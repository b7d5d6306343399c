//! The program's writes on the store: each state that matters is kept before the next step is taken.
//!
//! Must not answer from memory: what `keep` says is what the store said.

use super::{Change, Deed, DeedKind, Keeper};
use crate::app::{
    kept::{Handover, write_id},
    outbox::{End, Intent, IntentId, IntentState, restore::Record},
};
use crate::domain::{task::SourceId, time::Timestamp};
use crate::runtime::{
    clock,
    journal::{Answer, ClaimAnswer, Journal, PageAnswer},
};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// Keeps writes on a store, and notes in the journal what became of them.
#[derive(Debug)]
pub struct KeptJournal {
    keeper: Arc<Keeper>,
    /// The sources, by their places.
    sources: Vec<Seat>,
    kept: BTreeMap<IntentId, Kept>,
}

/// What a write's record says of its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// Its name in the configuration.
    pub name: String,
    /// Scheme, host and port that it is asked at.
    pub origin: String,
}

/// What is remembered of a write that is on the store.
#[derive(Clone, Debug)]
struct Kept {
    write: Uuid,
    source: String,
    task: Option<String>,
    line: String,
}

impl KeptJournal {
    /// Writes of these sources, in the order of their ids.
    pub fn new(keeper: Arc<Keeper>, sources: Vec<Seat>) -> KeptJournal {
        KeptJournal { keeper, sources, kept: BTreeMap::new() }
    }

    fn record(&self, intent: &Intent) -> Record {
        let Seat { name, origin } = self.seat(intent.source);
        Record { source: name, origin: Some(origin), intent: intent.clone() }
    }

    fn seat(&self, source: SourceId) -> Seat {
        self.sources.get(usize::from(source.0)).cloned().unwrap_or_default()
    }
}

impl Journal for KeptJournal {
    fn keep(&mut self, intent: &Intent, answer: Answer) {
        let record = self.record(intent);
        let kept = remember(&record);
        let mut changes = Vec::with_capacity(2);
        changes.extend(deed_of(&kept, &intent.state, clock::now()).map(Change::Note));
        changes.push(Change::PutWrite(Box::new(record)));
        self.kept.insert(intent.id, kept);
        self.keeper.apply(changes, move |outcome| {
            answer(outcome.map_err(|trouble| trouble.sentence));
        });
    }

    fn forget(&mut self, id: IntentId, end: End) {
        let Some(kept) = self.kept.remove(&id) else { return };
        let (kind, answer) = match end {
            End::Done => (DeedKind::Done, None),
            End::Refused(words) => (DeedKind::Refused, Some(words)),
            End::Dropped => (DeedKind::Dropped, None),
        };
        let deed = Deed { answer, ..deed(&kept, kind, clock::now()) };
        self.keeper.settle(vec![Change::DropWrite(kept.write), Change::Note(deed)]);
    }

    fn adopt(&mut self, intents: &[Intent]) {
        for intent in intents {
            let record = self.record(intent);
            self.kept.insert(intent.id, remember(&record));
        }
    }

    fn claim(&mut self, looks: bool, answer: ClaimAnswer) {
        // Where the store cannot be opened the screen says so already.
        self.keeper.hand_over(looks, move |claim| answer(claim.unwrap_or(Handover::Held)));
    }

    fn change(&mut self, changes: Vec<Change>, answer: Answer) {
        for change in &changes {
            if let Change::DropWrite(write) = change {
                self.kept.retain(|_, kept| kept.write != *write);
            }
        }
        self.keeper.apply(changes, move |outcome| answer(outcome.map_err(|trouble| trouble.sentence)));
    }

    fn read(&mut self, at_most: usize, answer: PageAnswer) {
        self.keeper.read(at_most, move |page| answer(page.map_err(|trouble| trouble.sentence)));
    }
}

fn remember(record: &Record) -> Kept {
    Kept {
        write: write_id(record),
        source: record.source.clone(),
        task: record.intent.key().map(|key| key.id.to_string()),
        line: record.intent.line.clone(),
    }
}

/// What a state says in the journal; waiting and looking are no news.
fn deed_of(kept: &Kept, state: &IntentState, now: Timestamp) -> Option<Deed> {
    match state {
        IntentState::Saving => Some(deed(kept, DeedKind::Confirmed, now)),
        IntentState::Sending(_) => Some(deed(kept, DeedKind::Sent, now)),
        IntentState::Unknown { sentence, .. } => {
            Some(Deed { answer: Some(sentence.clone()), ..deed(kept, DeedKind::Unknown, now) })
        }
        IntentState::Refused { error } => {
            Some(Deed { answer: Some(error.to_string()), ..deed(kept, DeedKind::Refused, now) })
        }
        IntentState::Held { .. }
        | IntentState::Waiting { .. }
        | IntentState::ToLook { .. }
        | IntentState::Looking(..) => None,
    }
}

fn deed(kept: &Kept, kind: DeedKind, at: Timestamp) -> Deed {
    Deed {
        at,
        kind,
        write: Some(kept.write),
        source: kept.source.clone(),
        task: kept.task.clone(),
        line: kept.line.clone(),
        answer: None,
    }
}
