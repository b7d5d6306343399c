//! What a run is like, and what it did.
//!
//! Must not play it: the world does.

use super::{
    network::Fate,
    servers::{SYSTEMS, System},
};

/// What is rotten in a run, to see that the ledger notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rot {
    /// Nothing.
    Sound,
    /// What may have gone out counts as not sent.
    ResendsBlindly,
    /// What got no answer counts as done.
    SaysDoneTooEarly,
    /// A write goes out while the store still works on it.
    SendsBeforeKept,
    /// What was on its way when the machine stopped is not taken up.
    ForgetsWhatWasOut,
    /// "Not sent" is said before the disk has let the write go.
    SaysUnsentTooEarly,
    /// The disk says "kept" of what is in memory.
    LyingDisk,
}

/// What a run is like; rates are of a thousand.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) seed: u64,
    pub(super) network: u64,
    pub(super) disk: u64,
    pub(super) crash: u64,
    pub(super) writes: usize,
    /// How long a confirmed write is held, in seconds.
    pub(super) window_s: u32,
    /// Whether the user answers what the program asks.
    pub(super) answers: bool,
    pub(super) rot: Rot,
    /// Which change of the store fails.
    pub(super) fails_at: Option<u64>,
    /// What happens to the first request that changes something.
    pub(super) plan: Option<Fate>,
    /// Before which event after the first confirmation the machine stops.
    pub(super) stops_at: Option<u64>,
    /// The only write of the run goes to the first source: one that makes a thing, or one that changes one.
    pub(super) only: Option<Only>,
}

/// The kinds of write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Only {
    Create,
    Change,
    CreateDocument,
    ChangeDocument,
    RemoveDocument,
    Remove,
}

/// What a run did, for the figures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) faults: usize,
    pub(super) crashes: usize,
    pub(super) requests: usize,
    pub(super) events: usize,
}

/// Two of the systems, each with every other in its turn, and now and then in the other order.
pub(super) fn systems(seed: u64) -> Vec<&'static System> {
    let count = SYSTEMS.len() as u64;
    let (first, step) = (seed % count, 1 + (seed / count) % (count - 1));
    [first, (first + step) % count].map(|place| &SYSTEMS[place as usize]).to_vec()
}
