//! What became of the writes of one key, an item each.
//!
//! Must not call anything done that its source has not answered.

use super::{Item, Stand};
use crate::app::{
    layers::results,
    outbox::{IntentId, IntentState},
    state::State,
    writes::settle,
};

/// What became of one write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its number.
    pub id: IntentId,
    /// The line that the user confirmed.
    pub line: String,
    /// What became of it.
    pub words: String,
    /// How it stands.
    pub kind: OutcomeKind,
}

/// How a write of many stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// The source has it.
    Done,
    /// It is on its way, or waits for its turn.
    UnderWay,
    /// It waits for its source, or for a look at it.
    Waits,
    /// It was refused, or nobody knows.
    Failed,
    /// It will not be done.
    Left,
}

/// What became of the writes of the step that holds this one.
pub fn outcomes(state: &State, of: IntentId) -> Vec<Outcome> {
    let history = &state.undo;
    let holds = |items: &&[Item]| items.iter().any(|item| item.intent == of);
    let steps = history.done.iter().rev().chain(history.undone.iter().rev());
    let items = steps.map(|step| step.items.as_slice()).find(holds);
    items.unwrap_or_default().iter().map(|item| outcome(state, item)).collect()
}

fn outcome(state: &State, item: &Item) -> Outcome {
    let (kind, words) = match &item.stand {
        Stand::Done(_) => (OutcomeKind::Done, "done".to_owned()),
        Stand::Nothing(reason) => (OutcomeKind::Left, (*reason).to_owned()),
        Stand::Open => match state.outbox.get(item.intent).map(|intent| &intent.state) {
            None => (OutcomeKind::Left, "no longer in the outbox".to_owned()),
            Some(IntentState::Refused { error }) => (OutcomeKind::Failed, format!("refused: {error}")),
            Some(IntentState::Unknown { sentence, .. }) => {
                (OutcomeKind::Failed, format!("nobody knows whether it was done: {sentence}"))
            }
            Some(IntentState::ToLook { sentence, .. } | IntentState::Looking(_, sentence)) => {
                (OutcomeKind::Waits, format!("is looked for: {sentence}"))
            }
            Some(IntentState::Waiting { why: Some(why), .. }) => {
                (OutcomeKind::Waits, format!("waits: {why}"))
            }
            Some(IntentState::Waiting { why: None, .. }) => match state.outbox.stopped(item.source) {
                Some(why) => (OutcomeKind::Waits, format!("waits: {why}")),
                None => (OutcomeKind::UnderWay, "waits for its turn".to_owned()),
            },
            Some(IntentState::Saving | IntentState::Held { .. }) => {
                (OutcomeKind::UnderWay, "is held".to_owned())
            }
            Some(IntentState::Sending(_)) => (OutcomeKind::UnderWay, "is being sent".to_owned()),
        },
    };
    Outcome { id: item.intent, line: item.line.clone(), words, kind }
}

/// The writes among these that were refused: the same are sent again by the user's word.
pub fn failed(state: &State, outcomes: &[Outcome]) -> Vec<IntentId> {
    let is_refused = |id: &IntentId| {
        let intent = state.outbox.get(*id);
        intent.is_some_and(|intent| matches!(intent.state, IntentState::Refused { .. }))
    };
    outcomes.iter().map(|outcome| outcome.id).filter(is_refused).collect()
}

/// Tells the end of many writes of one key: when all are done, or when one is not and nothing moves by itself any more.
/// What only waits for its source is told by its marks.
pub fn tell(state: &mut State) {
    let has_ended = |outcomes: &[Outcome]| {
        let any = |kind| outcomes.iter().any(|outcome| outcome.kind == kind);
        let is_short = any(OutcomeKind::Failed) || any(OutcomeKind::Left);
        !any(OutcomeKind::UnderWay) && (is_short || !any(OutcomeKind::Waits))
    };
    let awaited = state.undo.done.iter().enumerate().filter(|(_, step)| step.is_awaited);
    let mut all = awaited.map(|(place, step)| {
        (place, step.items.iter().map(|item| outcome(state, item)).collect::<Vec<Outcome>>())
    });
    let ended = all.find(|(_, outcomes)| has_ended(outcomes));
    let Some((place, outcomes)) = ended else { return };
    if let Some(step) = state.undo.done.get_mut(place) {
        step.is_awaited = false;
    }
    let Some(first) = outcomes.first() else { return };
    let (all, done) = (outcomes.len(), outcomes.iter().filter(|one| one.kind == OutcomeKind::Done).count());
    if done == all {
        let line = format!("{} and {} more — the source has them all.", first.line, all - 1);
        // What did not stick is said already.
        return if state.toast.as_ref().is_none_or(|toast| !toast.is_warning) {
            state.say(&line);
        };
    }
    if settle::is_user_busy(state, first.id) {
        let line = format!("{done} of {all} were done, beginning with {}.", first.line);
        return state.warn(&line);
    }
    results::open(state, first.id);
}
