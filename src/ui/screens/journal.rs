//! The screen of deeds: what this user did from here, the latest first, and whether the journal is as it was written.
//!
//! Must not call a journal whole that nobody has checked.

use crate::{
    app::{
        action::Action,
        kept::{Deed, DeedKind, JournalPage, Verdict},
        screens::journal::{entries, selected},
        state::State,
    },
    domain::{clean::Clean, time::clock_text},
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

/// Paints the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State) {
    let entries = entries(state);
    let (place, deed) = selected(state);
    let reading = &state.ledgers.journal;
    let empty = match &reading.page {
        None => "The journal is being read.",
        Some(Err(sentence)) => sentence,
        Some(Ok(_)) => "Nothing has been done from here yet.",
    };
    let cells = entries.iter().map(|deed| time(state, deed).width()).max().unwrap_or(0) as u16;
    let ledger = ledger::Ledger {
        head: head(state, ink.area().width),
        count: entries.len(),
        selected: place,
        row: &|place| entries.get(place).map_or_else(Vec::new, |deed| row(state, deed, cells)),
        empty,
        detail: &|width| deed.map_or_else(Vec::new, |deed| detail(state, deed, width)),
        in_detail: reading.ledger.in_detail,
        scroll: reading.ledger.scroll,
    };
    ledger::paint(ink, state, &ledger);
}

fn head(state: &State, width: u16) -> Vec<Rich> {
    let reading = &state.ledgers.journal;
    let title = Rich::of(Role::Title, Clean::from_static("Journal"));
    let mut head = match (&reading.page, reading.read_at) {
        (Some(Ok(page)), Some(read_at)) => {
            let key = shell::key_of(state, Action::JournalRead);
            let at = clock_text(read_at, state.now, &state.zone);
            let count = match page.deeds.len() {
                0 => String::new(),
                1 => "one deed, ".to_owned(),
                count => format!("the last {count} deeds, "),
            };
            let words = format!("  {count}read at {at} ({key} reads again)");
            vec![title.and(Role::Dim, Clean::line(&words))]
        }
        _ => vec![title],
    };
    if let Some(Ok(page)) = &reading.page
        && page.verdict != (Verdict::Whole { rows: 0 })
    {
        let (role, sentence) = verdict(page);
        head.extend(rich::wrapped(role, &sentence, width.saturating_sub(2)));
    }
    head.push(Rich::default());
    head
}

fn verdict(page: &JournalPage) -> (Role, String) {
    match page.verdict {
        Verdict::Whole { rows: 1 } => {
            (Role::Good, "Whole: the one line stands as it was written.".to_owned())
        }
        Verdict::Whole { rows } => {
            (Role::Good, format!("Whole: all {rows} lines stand as they were written."))
        }
        Verdict::Broken { first } => (
            Role::Error,
            format!("Not whole: from line {first} on it is not as it was written, or something was cut off."),
        ),
    }
}

fn role(kind: DeedKind) -> Role {
    match kind {
        DeedKind::Done => Role::Good,
        DeedKind::Refused | DeedKind::Unknown | DeedKind::Salvaged => Role::Failed,
        _ => Role::Text,
    }
}

fn time(state: &State, deed: &Deed) -> Clean {
    Clean::line(&clock_text(deed.at, state.now, &state.zone))
}

/// When, what, where and the line; the times of all rows have the same cells.
fn row(state: &State, deed: &Deed, cells: u16) -> Vec<Cell> {
    vec![
        (Some(cells), Role::Dim, time(state, deed)),
        (Some(9), role(deed.kind), Clean::from_static(deed.kind.name())),
        (Some(8), Role::Text, Clean::line(&deed.source)),
        (None, Role::Text, Clean::line(&deed.line)),
    ]
}

fn detail(state: &State, deed: &Deed, width: u16) -> Vec<Rich> {
    let mut lines = rich::wrapped(Role::Title, &deed.line, width);
    let mut field = |label: &'static str, role: Role, value: &str| {
        lines.extend(rich::field(&Clean::from_static(label), LABEL, (role, value), width));
    };
    let at = clock_text(deed.at, state.now, &state.zone);
    field("what", role(deed.kind), &format!("{} at {at}", deed.kind.name()));
    if let Some(answer) = &deed.answer {
        field("it said", Role::Text, answer);
    }
    if !deed.source.is_empty() {
        match &deed.task {
            Some(id) => field("task", Role::Text, &format!("{}/{id}", deed.source)),
            None => field("source", Role::Text, &deed.source),
        }
    }
    if let Some(write) = deed.write {
        field("write", Role::Dim, &write.to_string());
    }
    lines
}
