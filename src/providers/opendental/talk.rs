//! A conversation of many steps told in one go: what was heard already is replayed, the first thing that was not is asked.
//!
//! Must not ask for anything by itself, nor judge an answer.

use crate::{
    domain::time::Timestamp,
    providers::{
        ApiError, Step,
        wire::{WireReply, WireRequest},
    },
};

/// The replies heard so far, handed out in the order in which their requests are named.
pub(super) struct Talk<'a> {
    heard: std::slice::Iter<'a, WireReply>,
    /// Whether the source has answered a conversation before this one.
    is_taught: bool,
    /// Whether the key has opened something in this conversation.
    has_good: bool,
    last_received_at: Option<Timestamp>,
}

/// Why a conversation goes no further now.
#[derive(Debug)]
pub(super) enum Stop {
    /// This is to be asked first.
    Ask(Box<WireRequest>),
    /// It has failed.
    Fail(Box<ApiError>),
}

impl<'a> Talk<'a> {
    pub(super) fn new(heard: &'a [WireReply], is_taught: bool) -> Talk<'a> {
        Talk { heard: heard.iter(), is_taught, has_good: false, last_received_at: None }
    }

    /// The reply to this request; until it was heard, the request is what comes next.
    pub(super) fn hear(&mut self, request: WireRequest) -> Result<&'a WireReply, Stop> {
        let reply = self.heard.next().ok_or_else(|| Stop::Ask(Box::new(request)))?;
        if let WireReply::Answered(answer) = reply {
            self.last_received_at = Some(answer.received_at);
        }
        Ok(reply)
    }

    /// The last answer was a good one.
    pub(super) fn note_good(&mut self) {
        self.has_good = true;
    }

    /// Whether a 401 is about a permission, not the key: the key has opened something just now. A write has no read
    /// before it everywhere, so there the first conversation counts, too.
    pub(super) fn key_is_known(&self, writes: bool) -> bool {
        self.has_good || (writes && self.is_taught)
    }

    /// When the last answer was complete: the nearest thing to a clock in a conversation.
    pub(super) fn last_received_at(&self) -> Option<Timestamp> {
        self.last_received_at
    }
}

impl Stop {
    /// What this is to the one who holds the conversation.
    pub(super) fn step(self) -> Step {
        match self {
            Stop::Ask(request) => Step::Ask(*request),
            Stop::Fail(error) => Step::Done(Err(*error)),
        }
    }

    /// The same with another error; a question stays one.
    pub(super) fn map_error(self, change: impl FnOnce(ApiError) -> ApiError) -> Stop {
        match self {
            Stop::Fail(error) => Stop::Fail(Box::new(change(*error))),
            ask @ Stop::Ask(_) => ask,
        }
    }
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Stop {
        Stop::Fail(Box::new(error))
    }
}
