//! The screen of drafts: each with its kind, its source, its title and its age; beneath, its text.
//!
//! Must not guess what a draft's text means: whoever edits it knows.

use crate::{
    app::{
        kept::Draft,
        screens::{
            drafts::{entries, selected},
            editor::keep,
        },
        state::State,
    },
    domain::{
        clean::Clean,
        time::{age_text, clock_text},
    },
    ui::{
        ink::Ink,
        role::Role,
        widgets::{
            ledger::{self, Cell},
            rich::{self, Rich},
        },
    },
};

const LABEL: u16 = 12;

/// Paints the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State) {
    let entries = entries(state);
    let (place, draft) = selected(state);
    let title = Rich::of(Role::Title, Clean::from_static("Drafts"));
    let count = Clean::format(format_args!("  {} not sent", entries.len()));
    let mut head = vec![title.and(Role::Dim, count)];
    if let Some(sentence) = state.keeping.notice() {
        head.extend(rich::wrapped(Role::Error, sentence, ink.area().width.saturating_sub(2)));
    }
    head.push(Rich::default());
    let ledger = ledger::Ledger {
        head,
        count: entries.len(),
        selected: place,
        row: &|place| entries.get(place).map_or_else(Vec::new, |draft| row(state, draft)),
        empty: "There are no drafts: nothing that was begun is unsent.",
        detail: &|width| draft.map_or_else(Vec::new, |draft| detail(state, draft, width)),
        in_detail: state.ledgers.drafts.in_detail,
        scroll: state.ledgers.drafts.scroll,
    };
    ledger::paint(ink, state, &ledger);
}

fn source(draft: &Draft) -> &str {
    if draft.source.is_empty() { "not settled" } else { &draft.source }
}

fn row(state: &State, draft: &Draft) -> Vec<Cell> {
    vec![
        (Some(9), Role::Text, Clean::line(&draft.kind)),
        (Some(11), Role::Text, Clean::line(source(draft))),
        (Some(4), Role::Dim, Clean::line(&age_text(draft.changed_at, state.now))),
        (None, Role::Text, Clean::line(&draft.title)),
    ]
}

fn detail(state: &State, draft: &Draft, width: u16) -> Vec<Rich> {
    let mut lines = rich::wrapped(Role::Title, &draft.title, width);
    let at = |time| clock_text(time, state.now, &state.zone);
    let times = format!("begun at {}, last changed at {}", at(draft.made_at), at(draft.changed_at));
    for (label, value) in [("kind", &*draft.kind), ("source", source(draft)), ("time", &times)] {
        lines.extend(rich::field(&Clean::line(label), LABEL, (Role::Text, value), width));
    }
    lines.push(Rich::default());
    match keep::read(draft) {
        Some(body) => lines.extend(super::documents::sections(&body.document, width)),
        None => lines.extend(rich::wrapped(Role::Text, &draft.body.text(), width)),
    }
    lines
}
