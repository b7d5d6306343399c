//! What became of many writes: each with its patient, and the word for it.
//!
//! Must not cut a line: what was not done is read whole.

use super::{open, width_for};
use crate::{
    app::{
        layers::Results,
        state::State,
        undo::{self, Outcome, OutcomeKind},
    },
    domain::clean::Clean,
    ui::{
        ink::Ink,
        role::Role,
        widgets::rich::{self, Rich},
    },
};

/// The width that the dialog has where there is room.
const WIDTH: u16 = 90;

/// Paints the dialog: what failed first, what was done last.
pub fn paint(ink: &mut Ink<'_>, state: &State, results: &Results) {
    let mut outcomes = undo::outcomes(state, results.of);
    outcomes.sort_by_key(|outcome| rank(outcome.kind));
    let width = width_for(state, WIDTH);
    let room = width.saturating_sub(2);
    let count = |kind: OutcomeKind| outcomes.iter().filter(|outcome| outcome.kind == kind).count();
    let sentence = format!(
        "{} done, {} not done, {} under way or waiting.",
        count(OutcomeKind::Done),
        count(OutcomeKind::Failed) + count(OutcomeKind::Left),
        count(OutcomeKind::UnderWay) + count(OutcomeKind::Waits)
    );
    let mut lines = rich::wrapped(Role::Title, &sentence, room);
    lines.extend(outcomes.iter().flat_map(|outcome| item(outcome, room)));
    let height = (lines.len() as u16).min(state.size.height.saturating_sub(4));
    let inside = open(ink, state, &Clean::from_static("What became of them"), width, height);
    let first = rich::scrolled(results.scroll, lines.len(), inside.height);
    rich::paint(ink, inside, &lines, first);
}

fn rank(kind: OutcomeKind) -> u8 {
    match kind {
        OutcomeKind::Failed => 0,
        OutcomeKind::Left => 1,
        OutcomeKind::Waits => 2,
        OutcomeKind::UnderWay => 3,
        OutcomeKind::Done => 4,
    }
}

fn item(outcome: &Outcome, width: u16) -> Vec<Rich> {
    let role = match outcome.kind {
        OutcomeKind::Failed => Role::Error,
        OutcomeKind::Left | OutcomeKind::Waits => Role::Warning,
        OutcomeKind::UnderWay => Role::Unsent,
        OutcomeKind::Done => Role::Dim,
    };
    let mut lines = rich::wrapped(Role::Text, &outcome.line, width);
    lines.extend(rich::wrapped(role, &format!("  {}", outcome.words), width));
    lines
}
