//! The screen of writes that are not settled: each with its source, how it stands, its line and its age.
//!
//! Must not say "done" of any of them, nor cut the patient of the selected one.

use crate::{
    app::{
        action::Action,
        outbox::{Intent, IntentState, problems, words},
        screens::outbox::{Entry, entries, selected, stranger},
        state::State,
        takeover,
    },
    domain::{
        clean::Clean,
        time::{age_text, clock_text},
    },
    ui::{
        ink::Ink,
        role::Role,
        shell,
        widgets::{
            ledger::{self, Cell},
            rich::{self, Rich},
        },
    },
};

const LABEL: u16 = 12;
const SOURCE: u16 = 8;
const STATE: u16 = 12;
const AGE: u16 = 4;

/// Paints the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State) {
    let width = ink.area().width;
    let entries = entries(state);
    let (place, entry) = selected(state);
    let place_of = &state.ledgers.outbox;
    let ledger = ledger::Ledger {
        head: head(state, width),
        count: entries.len(),
        selected: place,
        row: &|place| entries.get(place).map_or_else(Vec::new, |entry| row(state, *entry)),
        empty: "Nothing is unsent: every write is settled.",
        detail: &|width| entry.map_or_else(Vec::new, |entry| detail(state, entry, width)),
        in_detail: place_of.in_detail,
        scroll: place_of.scroll,
    };
    ledger::paint(ink, state, &ledger);
}

/// The title with its counts, what cannot be kept, and why a queue stands.
fn head(state: &State, width: u16) -> Vec<Rich> {
    let intents = state.outbox.intents();
    let needy = intents.iter().filter(|intent| intent.needs_user()).count();
    let mut counts = vec![format!("{} not settled", intents.len())];
    if needy > 0 {
        counts.push(if needy == 1 { "1 needs your word".into() } else { format!("{needy} need your word") });
    }
    if !state.strangers.is_empty() {
        counts.push(format!("{} not sent from here", state.strangers.len()));
    }
    if !state.others.writes.is_empty() {
        counts.push(format!("{} kept by the other rounds", state.others.writes.len()));
    }
    let title = Rich::of(Role::Title, Clean::from_static("Unsent"));
    let mut head = vec![title.and(Role::Dim, Clean::line(&format!("  {}", counts.join(" · "))))];
    let mut warn = |role, text: &str| head.extend(rich::wrapped(role, text, width.saturating_sub(2)));
    if let Some(sentence) = state.keeping.notice() {
        warn(Role::Error, sentence);
    }
    let key = shell::key_of(state, Action::OutboxRetry);
    for source in &state.sources {
        let has = intents.iter().any(|intent| intent.source == source.id);
        if let Some(sentence) = state.outbox.holds_back(source.id) {
            warn(Role::Error, &format!("{}: its queue stands, {key} lets it go on: {sentence}", source.name));
        } else if let Some(sentence) = source.trouble(state.now).filter(|_| has) {
            warn(Role::Warning, &format!("{}: {sentence}", source.name));
        }
    }
    head.push(Rich::default());
    head
}

fn role(intent: &Intent) -> Role {
    match &intent.state {
        IntentState::Refused { error } if error.is_conflict() => Role::Conflict,
        IntentState::Refused { .. } | IntentState::Unknown { .. } => Role::Failed,
        IntentState::ToLook { .. } | IntentState::Looking(..) => Role::Warning,
        _ => Role::Unsent,
    }
}

fn row(state: &State, entry: Entry<'_>) -> Vec<Cell> {
    let intent = entry.intent();
    let (source, role, word) = match entry {
        Entry::Write(intent) => {
            let name = state.source(intent.source).map_or("?", |source| source.name.as_str());
            (name, role(intent), words::short(intent, state.now))
        }
        Entry::Stranger(record) => (record.source.as_str(), Role::Dim, "not here".to_owned()),
        Entry::Other(record) => (record.source.as_str(), Role::Dim, "elsewhere".to_owned()),
    };
    let age = age_text(intent.confirmed_at, state.now);
    vec![
        (Some(SOURCE), Role::Text, Clean::line(source)),
        (Some(STATE), role, Clean::line(&word)),
        (Some(AGE), Role::Dim, Clean::line(&age)),
        (None, Role::Text, Clean::line(&intent.line)),
    ]
}

/// The selected write whole: what was confirmed, how it stands, what is sent.
fn detail(state: &State, entry: Entry<'_>, width: u16) -> Vec<Rich> {
    let intent = entry.intent();
    let mut lines = rich::wrapped(Role::Title, &intent.line, width);
    let mut field = |label: &str, role: Role, value: &str| {
        lines.extend(rich::field(&Clean::line(label), LABEL, (role, value), width));
    };
    match entry {
        Entry::Write(intent) => field("state", role(intent), &words::sentence(state, intent)),
        Entry::Stranger(record) => field("state", Role::Warning, &stranger(state, record)),
        Entry::Other(_) => field("state", Role::Text, takeover::OTHERS),
    }
    for thing in words::found(intent) {
        field("found", Role::Text, &crate::app::layers::confirm::found_line(state, thing));
    }
    if let Some(error) = words::refusal(intent) {
        for problem in problems(error) {
            field(&problem.path, Role::FieldError, &problem.sentence);
        }
        if let Some(id) = &error.request_id {
            field("request", Role::Dim, id);
        }
    }
    let confirmed = clock_text(intent.confirmed_at, state.now, &state.zone);
    let age = age_text(intent.confirmed_at, state.now);
    field("confirmed", Role::Text, &format!("at {confirmed}, {age} ago"));
    for (name, value) in words::sends(state, intent) {
        field(&name, Role::Text, &value);
    }
    if !intent.typed.is_empty() {
        field("typed", Role::Text, &intent.typed);
    }
    lines
}
