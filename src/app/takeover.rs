//! A second program on one store: it shows what the first one keeps, and takes the store over when that has ended.
//!
//! Must not send anything that another process may still send.

use super::{
    effect::Effect,
    kept::{Change, Draft, Handover, Kept},
    marks,
    msg::TimerId,
    outbox::{later, restore::Record},
    resume,
    screens::{Screen, editor},
    state::{Keeping, State},
    writes,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What another process keeps.
#[derive(Debug, Default)]
pub struct Others {
    /// Its writes, as they were last read.
    pub writes: Vec<Record>,
    /// The drafts that were its own when this program started.
    pub drafts: BTreeSet<Uuid>,
}

/// What is said of a write that another process keeps.
pub const OTHERS: &str = "The other rounds keeps it and sends it: see to it there.";

/// So often the store is asked for, in seconds: a command that has it is done soon.
const ASK_EVERY_S: i64 = 1;

/// At the start: whoever only reads asks for the store as long as it does.
pub fn watch(state: &mut State) {
    if state.is_store_reader {
        let at = later(state.now, ASK_EVERY_S);
        state.effects.push(Effect::Timer { id: TimerId::Store, at });
    }
}

/// It is time to ask again; what is on the screen is kept up to date with it.
pub fn on_timer(state: &mut State) {
    if state.is_store_reader {
        let looks = state.screen == Screen::Outbox;
        state.effects.push(Effect::ClaimStore { looks });
        watch(state);
    }
}

/// Somebody wants to see what the other keeps.
pub fn look(state: &mut State) {
    if state.is_store_reader {
        state.effects.push(Effect::ClaimStore { looks: true });
    }
}

/// A write is confirmed: should the store be free, what was confirmed before goes before it.
pub fn before_a_write(state: &mut State) {
    if state.is_store_reader {
        state.effects.push(Effect::ClaimStore { looks: false });
    }
}

/// The store has said whose it is.
pub fn on_claimed(state: &mut State, claim: Handover) {
    match claim {
        _ if !state.is_store_reader => {}
        Handover::Held => {}
        Handover::Seen(kept) => {
            if state.others.writes != kept.writes {
                state.others.writes = kept.writes;
                state.touch();
            }
        }
        Handover::Ours(kept) => take_over(state, *kept),
    }
}

/// The other has ended: what it left is taken up as at a start.
fn take_over(state: &mut State, kept: Kept) {
    state.is_store_reader = false;
    state.is_store_doubtful = kept.doubtful;
    state.keeping = Keeping::OnDisk;
    let others = std::mem::take(&mut state.others);
    let restored = resume::adopt(state, kept.writes, kept.doubtful);
    let count = restored.intents.len();
    state.strangers.extend(restored.strangers);
    state.strangers.extend(restored.moved);
    marks::take_up(state, kept.marks);
    take_up_drafts(state, kept.drafts, &others.drafts);
    let what = match count {
        0 => String::new(),
        1 => " 1 unsent write was taken up.".to_owned(),
        many => format!(" {many} unsent writes were taken up."),
    };
    state.say(&format!("The other rounds has ended: this one keeps and sends from now on.{what}"));
    writes::pump(state);
}

/// What the other kept stands in place of what was read at the start; what was begun here is kept from now on.
fn take_up_drafts(state: &mut State, kept: Vec<Draft>, others: &BTreeSet<Uuid>) {
    let mut mine = std::mem::take(&mut state.drafts);
    mine.retain(|draft| !others.contains(&draft.id));
    if !mine.is_empty() {
        state.effects.push(Effect::Store(mine.iter().cloned().map(Change::PutDraft).collect()));
    }
    state.drafts = kept;
    state.drafts.extend(mine);
    editor::keep::flush(state);
}
