//! The wire of a run: conversations step by step, and what becomes of each request on its way.
//!
//! Must not judge an answer: the adapter does.

use super::{Event, Sent, Talk, World, error};
use crate::sim::{network::Fate, rules::Rot};
use jiff::Timestamp;
use rounds::{
    app::{Msg, outbox::CallId},
    domain::task::{FieldSet, SourceId, TaskKey},
    providers::{
        Answer, ApiError, Call, ErrorKind, Facts, Reply, Step,
        wire::{WireAnswer, WireReply},
    },
};

/// Requests in one conversation at the most, as a line has it.
const MOST_STEPS: usize = 16;

impl World {
    pub(super) fn begin(&mut self, id: CallId, talk: Talk) {
        if let Some(program) = &mut self.program {
            program.talks.insert(id, talk);
            self.go_on(id);
        }
    }

    /// Holds a conversation one step further.
    fn go_on(&mut self, id: CallId) {
        let Some(program) = &mut self.program else { return };
        let Some(talk) = program.talks.get(&id) else { return };
        let Some(adapter) = program.adapters.get_mut(usize::from(talk.source.0)) else { return };
        let step =
            if talk.heard.len() < MOST_STEPS { adapter.step(&talk.call, &talk.heard) } else { no_end() };
        match step {
            Step::Ask(request) => {
                let (source, key, turn) = (talk.source, talk.key.clone(), talk.heard.len());
                // A server that knows the mark makes one task of all requests that carry it.
                let knows_mark = request.headers.iter().any(|(name, _)| *name == "If-None-Exist");
                let planned = if request.method.writes() { self.rules.plan.take() } else { None };
                let fate = planned.unwrap_or_else(|| Fate::draw(&mut self.chance, self.rules.network));
                self.figures.requests += 1;
                self.figures.faults += usize::from(fate != Fate::Plain);
                let writes = request.method.writes();
                if writes
                    && fate != Fate::NotSent
                    && let Some(key) = &key
                {
                    self.ledger.asks(key, knows_mark);
                    if fate == Fate::Late {
                        self.ledger.comes_late(key);
                    }
                }
                if writes {
                    let name = self.system(source).name;
                    self.note(|| {
                        format!("{id:?} {name} {} {} meets {fate:?}", request.method.as_str(), request.path)
                    });
                }
                let way_ms = fate.way_ms(&mut self.chance);
                if fate == Fate::Late {
                    // The program gives up at its own time.
                    let reply = Fate::Late.reply(None, &nothing(self.now()));
                    self.soon(30_000, Event::Heard { id, turn, reply: Box::new(reply), told: false });
                }
                self.soon(way_ms, Event::Arrives(Box::new(Sent { id, turn, source, request, fate, key })));
            }
            Step::Done(outcome) => {
                let key = talk.key.clone();
                if let Ok(Answer { reply: Reply::Alive(alive), .. }) = &outcome
                    && let Some(taught) = alive.lore.as_ref().and_then(|lore| adapter.taught(lore))
                {
                    *adapter = taught;
                }
                let call = program.talks.remove(&id).map(|talk| talk.call);
                if let Some(key) = &key {
                    self.note(|| match &outcome {
                        Ok(_) => format!("{id:?} {key} ends well"),
                        Err(error) => format!("{id:?} {key} ends with {:?}: {error}", error.kind),
                    });
                }
                let outcome = self.rotten(outcome, call.as_ref());
                let twice = key.is_none() && self.chance.below(1_000) < self.rules.network / 10;
                if twice {
                    // An answer that nobody waits for any more.
                    self.tell(Msg::Heard { id, outcome: Box::new(outcome.clone()) });
                }
                self.tell(Msg::Heard { id, outcome: Box::new(outcome) });
            }
        }
    }

    /// Asks a source with other eyes than the program's: no fault meets this.
    pub(in crate::sim) fn ask(&mut self, source: SourceId, call: &Call) -> Option<Reply> {
        let (now, system) = (self.now(), self.system(source));
        let mut heard = Vec::new();
        loop {
            let adapter = self.program.as_ref()?.adapters.get(usize::from(source.0))?;
            match adapter.step(call, &heard) {
                Step::Ask(request) => {
                    heard.push(WireReply::Answered(self.servers.answer(system, &request, now)?));
                }
                Step::Done(outcome) => return outcome.ok().map(|answer| answer.reply),
            }
        }
    }

    fn rotten(&self, outcome: Result<Answer, ApiError>, call: Option<&Call>) -> Result<Answer, ApiError> {
        let Err(error) = outcome else { return outcome };
        let in_doubt = error.kind.leaves_write_unknown();
        match (self.rules.rot, call) {
            (Rot::ResendsBlindly, Some(call)) if in_doubt && call.writes() => {
                Err(ApiError { kind: ErrorKind::NotSent, ..error })
            }
            (Rot::SaysDoneTooEarly, Some(Call::CreateTask { draft, .. })) if in_doubt => {
                let mut task = draft.clone();
                task.key = TaskKey { source: draft.key.source, id: "invented".into() };
                let reply = Reply::Created { task, differs: FieldSet::new() };
                Ok(Answer { reply, facts: Facts::default() })
            }
            _ => Err(error),
        }
    }

    /// A request reaches its server, or what the network makes of it comes back.
    pub(super) fn arrives(&mut self, sent: &Sent, is_waited_for: bool) {
        let Sent { id, turn, source, request, fate, key } = sent;
        let (id, turn, fate) = (*id, *turn, *fate);
        let now = self.now();
        let system = self.system(*source);
        let answer = if fate.is_carried_out() { self.servers.answer(system, request, now) } else { None };
        if request.method.writes()
            && let Some(answer) = &answer
        {
            self.note(|| format!("{id:?} {} does it: {}", system.name, answer.status));
        }
        if !is_waited_for && let Some(key) = key {
            self.ledger.comes_late(key);
        }
        if !is_waited_for || fate == Fate::Late {
            return;
        }
        let is_told =
            fate.is_told() && answer.is_some() || matches!(fate, Fate::Paused { .. } | Fate::Refused);
        let reply = fate.reply(answer, &nothing(now));
        let back_ms = fate.way_back_ms(&mut self.chance);
        if fate == Fate::Twice {
            let again = Event::Heard { id, turn, reply: Box::new(reply.clone()), told: false };
            let after_ms = back_ms + self.chance.below(2_000) as i64;
            self.soon(after_ms, again);
        }
        self.soon(
            back_ms,
            Event::Heard { id, turn, reply: Box::new(reply), told: is_told && request.method.writes() },
        );
    }

    pub(super) fn heard(&mut self, id: CallId, turn: usize, reply: WireReply, told: bool) {
        let Some(talk) = self.program.as_mut().and_then(|program| program.talks.get_mut(&id)) else { return };
        if talk.heard.len() != turn {
            return;
        }
        let key = talk.key.clone();
        talk.heard.push(reply);
        if told && let Some(key) = &key {
            self.ledger.hears(key);
        }
        self.go_on(id);
    }
}

fn nothing(now: Timestamp) -> WireAnswer {
    WireAnswer { status: 0, headers: Vec::new(), body: Vec::new(), over_cap: false, received_at: now }
}

fn no_end() -> Step {
    Step::Done(Err(error(ErrorKind::Unknown, "The conversation came to no end.")))
}
