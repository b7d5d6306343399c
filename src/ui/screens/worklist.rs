//! The worklist: bar, table, detail, band, counts and hints in the rectangles that `app/geometry.rs` gives.
//!
//! Must not sum up rows or columns itself.

use crate::{
    app::{
        action::Action,
        geometry::{Area, Geometry},
        screens::worklist::{Pane, filter},
        source::Link,
        state::State,
    },
    domain::{clean::Clean, priority::Priority},
    ui::{
        ink::Ink,
        role::Role,
        shell,
        widgets::{detail, table},
        words,
    },
};
use ratatui::layout::Rect;

/// Paints the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State) {
    let geometry = state.geometry();
    let filled = |area: Area| (area.height > 0).then(|| words::rect(area));
    if let Some(area) = filled(geometry.bar) {
        shell::bar(ink, state, area);
    }
    if state.worklist.is_empty() {
        empty(ink, state, words::rect(geometry.list));
    } else {
        table::paint(ink, state, &geometry);
    }
    if let Some(area) = geometry.detail {
        beside(ink, state, &geometry, words::rect(area));
    }
    if let Some(area) = filled(geometry.band) {
        shell::band(ink, state, area);
    }
    if let Some(area) = filled(geometry.counts) {
        shell::counts(ink, state, area);
    }
    if let Some(area) = filled(geometry.hints) {
        shell::hints(ink, state, area);
    }
}

/// The detail pane with a line between it and the list; the pane that has the keys says so in its heading.
fn beside(ink: &mut Ink<'_>, state: &State, geometry: &Geometry, area: Rect) {
    let head = Rect { height: area.height.min(1), ..area };
    if area.x > 0 {
        ink.rule_down(Rect { x: area.x - 1, width: 1, ..area });
    } else {
        ink.rule(head);
    }
    let has_keys = state.worklist.pane == Pane::Detail || geometry.list.height == 0;
    let word = if has_keys { " DETAIL < " } else { " DETAIL " };
    ink.pen(head).word(if has_keys { Role::Title } else { Role::Header }, word);
    let left = u16::from(area.width > 30);
    let body = Rect {
        x: area.x + left,
        y: area.y + head.height,
        width: area.width - left,
        height: area.height - head.height,
    };
    detail::paint(ink, state, body);
}

/// What is said where a filter hides every task: what is among them, and which keys show them.
fn nothing_matches(state: &State) -> Clean {
    let counts = &state.worklist.counts;
    let hidden = [
        (counts.hidden_stat, "STAT"),
        (counts.hidden_overdue, "overdue"),
        (counts.hidden_unknown, "of unknown status or priority"),
        (counts.hidden_unranked, "of unranked priority"),
    ];
    let mut sentences = vec!["No task matches.".to_owned()];
    let hidden: Vec<String> = hidden
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if !hidden.is_empty() {
        sentences.push(format!("The filter hides {}.", hidden.join(", ")));
    }
    let is_unranked =
        |priority: &Priority| matches!(priority, Priority::Office(office) if office.rank.is_none());
    // Where only some have no rank, that is what somebody wanted.
    let is_unmapped = |priorities: &[Priority]| !priorities.is_empty() && priorities.iter().all(is_unranked);
    let office = state.sources.iter().find(|source| is_unmapped(&source.can.priorities));
    if let Some(source) = office.filter(|_| counts.hidden_unranked > 0) {
        sentences.push(format!(
            "Which priorities of {} count as urgent is said in the configuration: priority = {{ … }}.",
            source.name
        ));
    }
    if counts.held > 0 {
        let key = shell::key_of(state, Action::ViewHeld);
        sentences.push(format!("{} held back until later: {key} shows them.", counts.held));
    }
    sentences.extend(filter::unknown_priority(state));
    let key = shell::key_of(state, Action::ViewAll);
    let rest = match counts.held {
        0 => format!("all {}", state.store.len()),
        _ => "all others".to_owned(),
    };
    sentences.push(format!("{key} shows {rest}."));
    Clean::line(&sentences.join(" "))
}

/// What an empty list says: why it is empty, and what helps.
fn empty(ink: &mut Ink<'_>, state: &State, area: Rect) {
    let waiting = state.sources.iter().any(|source| source.link == Link::Unheard);
    let down = state.sources.iter().find_map(|source| Some((&source.name, source.trouble(state.now)?)));
    let text = if state.worklist.scanning {
        Clean::from_static("Looking…")
    } else if !state.store.is_empty() {
        nothing_matches(state)
    } else if let Some((name, sentence)) = down {
        Clean::format(format_args!("{name}: {sentence}"))
    } else if waiting {
        let names: Vec<&str> = state.sources.iter().map(|source| source.name.as_str()).collect();
        Clean::format(format_args!("Asking {} for its tasks…", names.join(", ")))
    } else if state.sources.iter().all(|source| source.complete) {
        Clean::from_static("There are no tasks.")
    } else {
        Clean::from_static("No answer with tasks has come yet.")
    };
    let inside = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let lines = text.wrap(usize::from(inside.width));
    for (y, line) in (inside.y + inside.height.min(3) / 2..inside.bottom()).zip(lines) {
        ink.put(Rect { y, height: 1, ..inside }, Role::Dim, &line);
    }
}
