//! The screen of writes that are not settled: which is selected, and what its keys do to it.
//!
//! Must not send a write by itself nor let one go without a question: `outbox.rs` moves writes on.

use super::Screen;
use crate::app::{
    action::Action,
    effect::Effect,
    layers::ask::{self, Then},
    outbox::{
        Intent, IntentId, IntentState,
        restore::{Home, Record, restore},
        words,
    },
    source::{Link, Source, origin},
    state::State,
    sync, takeover, writes,
};
use crate::domain::{task::SourceId, time::clock_text};

/// One line of the screen.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// A write of a source of this profile.
    Write(&'a Intent),
    /// A write whose source is not in this profile, or is asked elsewhere now.
    Stranger(&'a Record),
    /// A write that another process keeps and sends.
    Other(&'a Record),
}

impl<'a> Entry<'a> {
    /// The write.
    pub fn intent(self) -> &'a Intent {
        match self {
            Entry::Write(intent) => intent,
            Entry::Stranger(record) | Entry::Other(record) => &record.intent,
        }
    }
}

/// Every line of the screen, the oldest write first; what is not sent from here stands last.
pub fn entries(state: &State) -> Vec<Entry<'_>> {
    let writes = state.outbox.intents().iter().map(Entry::Write);
    let strangers = state.strangers.iter().map(Entry::Stranger);
    writes.chain(strangers).chain(state.others.writes.iter().map(Entry::Other)).collect()
}

fn keys(state: &State) -> Vec<String> {
    entries(state).into_iter().map(|entry| entry.intent().idempotency_key.clone()).collect()
}

/// The line under the cursor, and its place.
pub fn selected(state: &State) -> (usize, Option<Entry<'_>>) {
    let place = state.ledgers.outbox.place(&keys(state));
    (place, entries(state).get(place).copied())
}

/// Shows the screen, with the cursor on the first write that needs the user's word.
pub(super) fn open(state: &mut State) {
    state.screen = Screen::Outbox;
    takeover::look(state);
    let keys = keys(state);
    if let Some(place) = state.outbox.intents().iter().position(Intent::needs_user) {
        state.ledgers.outbox.go(place, &keys);
    }
}

/// Does what a key asks on this screen; whether it was one of its own.
pub fn on_action(state: &mut State, action: Action) -> bool {
    let (keys, page) = (keys(state), super::page(state.size));
    if state.ledgers.outbox.act(action, &keys, page, state.last_page) {
        state.touch();
        return true;
    }
    match action {
        Action::PaneOpen => open_selected(state),
        Action::OutboxRetry => retry(state),
        Action::OutboxDrop => ask_to_drop(state),
        Action::PaneClose => state.screen = Screen::Worklist,
        _ => return false,
    }
    state.touch();
    true
}

/// Opens what the selected write needs of the user.
fn open_selected(state: &mut State) {
    let Some(entry) = selected(state).1 else { return state.say("Nothing is unsent.") };
    let intent = match entry {
        Entry::Write(intent) => intent,
        Entry::Stranger(record) => return ask_to_send_elsewhere(state, &record.clone()),
        Entry::Other(_) => return state.say(takeover::OTHERS),
    };
    let id = intent.id;
    match &intent.state {
        IntentState::Unknown { .. } | IntentState::Refused { .. } => writes::settle::reopen(state, id),
        _ => {
            let line = format!("It needs nothing of you. {}", words::sentence(state, intent));
            state.say(&line);
        }
    }
}

/// The source of this profile that bears the name of a write's own.
fn namesake<'a>(state: &'a State, record: &Record) -> Option<&'a Source> {
    state.sources.iter().find(|source| source.name == record.source)
}

/// Why a write that is not sent from here stands here, and what becomes of it.
pub fn stranger(state: &State, record: &Record) -> String {
    let name = &record.source;
    match namesake(state, record) {
        Some(source) => format!(
            "It was confirmed for {name} at {}, which is asked at {} now. It is not sent there by itself.",
            record.origin.as_deref().unwrap_or("another address"),
            origin(&source.url)
        ),
        None => format!(
            "It waits for {name}, which this profile lacks. It is kept and goes on where that source is."
        ),
    }
}

/// Asks before a write goes to another address than the one that it was confirmed for.
fn ask_to_send_elsewhere(state: &mut State, record: &Record) {
    let why = stranger(state, record);
    if namesake(state, record).is_none() {
        return state.say(&why);
    }
    let lines = vec![record.intent.line.clone(), String::new(), why];
    let then = Then::SendElsewhere(record.intent.idempotency_key.clone());
    ask::open(state, "Send it to the new address?", lines, then);
}

/// The user has said that a write belongs to where its source is asked now.
pub fn send_elsewhere(state: &mut State, key: &str) {
    let Some(place) = state.strangers.iter().position(|record| record.intent.idempotency_key == key) else {
        return;
    };
    let mut record = state.strangers.remove(place);
    let homes: Vec<(String, Home)> =
        state.sources.iter().map(|source| (source.name.clone(), Home::of(source))).collect();
    let home = |name: &str| homes.iter().find(|(known, _)| known == name).map(|(_, home)| home.clone());
    record.origin = None;
    let (now, is_doubtful) = (state.now, state.is_store_doubtful);
    let restored = restore(vec![record], now, is_doubtful, &home, &mut || state.next_intent());
    state.strangers.extend(restored.strangers);
    for intent in restored.intents {
        state.effects.push(Effect::Note(Box::new(intent.clone())));
        state.outbox.confirm(intent);
    }
    writes::pump(state);
}

/// Tries the selected write at once, and lets its source's queue go on where that stands.
fn retry(state: &mut State) {
    let Some(entry) = selected(state).1 else { return state.say("Nothing is unsent.") };
    let intent = match entry {
        Entry::Write(intent) => intent,
        Entry::Stranger(record) => return ask_to_send_elsewhere(state, &record.clone()),
        Entry::Other(_) => return state.say(takeover::OTHERS),
    };
    let (id, source) = (intent.id, intent.source);
    if intent.needs_user() {
        return open_selected(state);
    }
    if let Some(sentence) = asked_to_wait(state, id, source) {
        return state.warn(&sentence);
    }
    state.say("Trying it now.");
    state.outbox.hurry(id);
    // The link is tried with it, and a refused credential is read anew.
    sync::refresh(state, source);
    writes::pump(state);
}

/// A source that asked us to wait is not asked before its time.
fn asked_to_wait(state: &State, id: IntentId, source: SourceId) -> Option<String> {
    let known = state.source(source)?;
    let paused = match &known.link {
        Link::Paused { until, .. } => *until,
        _ => None,
    };
    let until = paused.into_iter().chain(state.outbox.asked_to_wait(id, state.now)).max()?;
    (until > state.now).then(|| {
        let at = clock_text(until, state.now, &state.zone);
        format!("{} asked us to wait until {at}; it goes out then.", known.name)
    })
}

const MAYBE_OUT: &str = "It may have been done: nobody will look for it any more, and it is not sent again.";

/// Asks before a write is let go.
fn ask_to_drop(state: &mut State) {
    let Some(entry) = selected(state).1 else { return state.say("Nothing is unsent.") };
    let intent = entry.intent();
    let means = match (&entry, &intent.state) {
        (Entry::Other(_), _) => return state.say(takeover::OTHERS),
        (_, IntentState::Saving) => return state.say("It is being saved; in a moment it can be taken back."),
        (Entry::Write(_), IntentState::Sending(_) | IntentState::Looking(..)) => {
            return state
                .say("It is under way and cannot be called back; what comes of it is known in a moment.");
        }
        (
            _,
            IntentState::ToLook { .. }
            | IntentState::Looking(..)
            | IntentState::Sending(_)
            | IntentState::Unknown { .. },
        ) => MAYBE_OUT,
        (_, IntentState::Refused { .. }) => "It was not done, and it is not sent again.",
        (Entry::Write(intent), _) if state.outbox.may_be_out(intent.id) => MAYBE_OUT,
        (_, IntentState::Waiting { .. } | IntentState::Held { .. }) => {
            "It was not done, and it will not be sent."
        }
    };
    let mut lines = vec![intent.line.clone(), String::new(), means.to_owned()];
    if !intent.typed.is_empty() {
        lines.extend([String::new(), "What was typed is lost with it:".to_owned(), intent.typed.clone()]);
    }
    let then = Then::DropWrite(intent.idempotency_key.clone());
    ask::open(state, "Let it go?", lines, then);
}

/// The user has said that a write is to be let go.
pub fn let_go(state: &mut State, key: &str) {
    let by_key = |intent: &&Intent| intent.idempotency_key == key;
    if let Some(intent) = state.outbox.intents().iter().find(by_key) {
        if matches!(intent.state, IntentState::Sending(_) | IntentState::Looking(..)) {
            return state.say("Meanwhile it went out; what comes of it is known in a moment.");
        }
        let id = intent.id;
        writes::settle::let_go(state, id);
        return writes::pump(state);
    }
    let Some(place) = state.strangers.iter().position(|record| record.intent.idempotency_key == key) else {
        return state.say("Meanwhile it was settled.");
    };
    let record = state.strangers.remove(place);
    writes::withdraw::begin_stranger(state, record);
}
