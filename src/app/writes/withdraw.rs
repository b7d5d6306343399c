//! Writes that the user lets go: each is said to be gone when its store has let it go, for one that is still there would
//! come up again at the next start, and might be sent.
//!
//! Must not say "not sent" before the store has answered.

use crate::app::{
    effect::Effect,
    kept::{Change, Deed, DeedKind, write_number},
    outbox::{Intent, IntentId, IntentState, restore::Record},
    state::State,
};
use crate::providers::{ApiError, ErrorKind};

/// What is being let go, and what went with it.
#[derive(Debug, Default)]
pub struct Withdrawals {
    under_way: Vec<Withdrawal>,
    /// The lines that the store has let go and that are still to be told.
    gone: Vec<String>,
}

/// One write that its store is to let go.
#[derive(Debug)]
struct Withdrawal {
    of: Of,
    word: Word,
    /// Whether the store never had it.
    is_unkept: bool,
}

/// Whose write it is.
#[derive(Debug)]
enum Of {
    /// One of this profile's outbox.
    Ours(Box<Intent>),
    /// One that this profile cannot send.
    Stranger(Box<Record>),
}

/// How the end is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Nothing of it went out.
    NotSent,
    /// It was refused, or nobody knows.
    NotSentAgain,
}

impl Word {
    fn text(self) -> &'static str {
        match self {
            Word::NotSent => "Not sent",
            Word::NotSentAgain => "Not sent again",
        }
    }
}

impl Withdrawal {
    fn intent(&self) -> &Intent {
        match &self.of {
            Of::Ours(intent) => intent,
            Of::Stranger(record) => &record.intent,
        }
    }
}

/// Lets a write go that was taken out of the outbox.
pub fn begin(state: &mut State, intent: Intent, word: Word) {
    let source = state.source(intent.source).map_or_else(String::new, |source| source.name.clone());
    ask(state, &source, Of::Ours(Box::new(intent)), word);
}

/// Lets a write go that this profile cannot send.
pub fn begin_stranger(state: &mut State, record: Record) {
    let source = record.source.clone();
    ask(state, &source, Of::Stranger(Box::new(record)), Word::NotSent);
}

fn ask(state: &mut State, source: &str, of: Of, word: Word) {
    let withdrawal = Withdrawal { of, word, is_unkept: false };
    let intent = withdrawal.intent();
    let (key, write) = (intent.idempotency_key.clone(), write_number(&intent.idempotency_key));
    let (kind, answer) = match &intent.state {
        // The source's own word stands in the journal, not the user's.
        IntentState::Refused { error } if error.is_conflict() => (DeedKind::Refused, Some(error.to_string())),
        _ => (DeedKind::Dropped, None),
    };
    let deed = Deed {
        at: state.now,
        kind,
        write: Some(write),
        source: source.to_owned(),
        task: intent.key().map(|key| key.id.to_string()),
        line: intent.line.clone(),
        answer,
    };
    let changes = vec![Change::DropWrite(write), Change::Note(deed)];
    state.withdrawals.under_way.push(withdrawal);
    // The line that says "taking back" gives way to the answer, not to an older message.
    state.toast = None;
    state.effects.push(Effect::LetGo { key, changes });
    state.touch();
}

/// The store never had this write: there is nothing that could come up again.
pub fn on_not_stored(state: &mut State, id: IntentId) {
    let mut under_way = state.withdrawals.under_way.iter_mut();
    let is_it = |one: &&mut Withdrawal| matches!(&one.of, Of::Ours(intent) if intent.id == id);
    if let Some(withdrawal) = under_way.find(is_it) {
        withdrawal.is_unkept = true;
    }
}

/// The store has let a write go, or could not.
pub fn on_let_go(state: &mut State, key: &str, outcome: Result<(), String>) {
    state.on_keeping(&outcome);
    let Withdrawals { under_way, gone } = &mut state.withdrawals;
    let Some(place) = under_way.iter().position(|one| one.intent().idempotency_key == key) else { return };
    let withdrawal = under_way.remove(place);
    let word = withdrawal.word.text();
    match outcome {
        Err(sentence) if !withdrawal.is_unkept => return stays(state, withdrawal, &sentence),
        Ok(()) | Err(_) => gone.push(withdrawal.intent().line.clone()),
    }
    if !under_way.is_empty() {
        return;
    }
    let text = format!("{word}: {}", counted(&std::mem::take(gone)));
    state.say(&text);
    if let Some(toast) = &mut state.toast {
        // It answers the key that took it back, a moment later.
        toast.answers_key = true;
    }
}

/// A write that the store still has waits for the user's word, here and, as far as that can be, at the next start.
fn stays(state: &mut State, withdrawal: Withdrawal, sentence: &str) {
    let line = withdrawal.intent().line.clone();
    let told = format!(
        "Not sent, but the store still has it and may bring it up again at the next start: {line}. {sentence}"
    );
    match withdrawal.of {
        Of::Stranger(record) => state.strangers.push(*record),
        Of::Ours(intent) if intent.needs_user() => state.outbox.put_back(*intent),
        Of::Ours(intent) => {
            let sentence = format!("You took it back, but the store still has it. {sentence}");
            let error = ApiError { kind: ErrorKind::NotSent, status: None, sentence, request_id: None };
            state.outbox.put_back(Intent { state: IntentState::Refused { error }, ..*intent });
        }
    }
    state.warn(&told);
}

/// What stands at the foot until the store has answered.
pub fn line(state: &State) -> Option<String> {
    let lines: Vec<String> =
        state.withdrawals.under_way.iter().map(|one| one.intent().line.clone()).collect();
    (!lines.is_empty()).then(|| format!("Taking back: {}…", counted(&lines)))
}

/// The first of some lines, and how many more there are.
pub fn counted(lines: &[String]) -> String {
    match lines {
        [first, others @ ..] if !others.is_empty() => format!("{first} and {} more", others.len()),
        lines => lines.join(""),
    }
}
