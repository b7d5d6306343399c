//! What is about to be written: verb, task and patient by name, birth date and id, never cut.
//!
//! Must not let a line of a single task be truncated: what is confirmed is read whole.

use super::{lines_in_sight, open, width_for};
use crate::{
    app::{
        layers::{
            Confirm,
            confirm::{Item, What},
        },
        outbox::{IntentId, IntentState},
        state::State,
        writes::Fate,
    },
    domain::clean::Clean,
    ui::{
        ink::Ink,
        role::Role,
        widgets::{
            input,
            rich::{self, Rich},
        },
    },
};
use ratatui::layout::Rect;

/// Tasks that will not change are named up to this many.
const MOST_LEFT: usize = 50;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, confirm: &Confirm) {
    let width = width_for(state, 78);
    let room = width.saturating_sub(2);
    let mut above = match &confirm.what {
        What::Do(..) => subject(state, confirm, room),
        What::Unknown(id) => unknown(state, *id, &confirm.found, room),
        What::Refused(id) => refused(state, *id, &confirm.found, room),
    };
    if let Some(demand) = &confirm.demand {
        above.extend(rich::wrapped(Role::Warning, &demand.sentence, room));
    }
    let typed = confirm.prompt.as_ref().map(|(label, text)| (*label, text));
    let typed = typed.or(confirm.demand.as_ref().map(|demand| (demand.label, &demand.text)));
    let typed_height = match typed {
        Some((_, text)) if text.is_multiline() => 1 + (text.lines().len() as u16).clamp(3, 8),
        Some(_) => 2,
        None => 0,
    };
    let problem = confirm.problem.as_deref().map(|problem| rich::wrapped(Role::FieldError, problem, room));
    let hint = || confirm.hint.as_deref().map(|hint| rich::wrapped(Role::Dim, hint, room));
    let problem = problem.or_else(hint).unwrap_or_default();
    let below = typed_height + problem.len() as u16;
    let title = match &confirm.what {
        What::Do(verb, argument) => Clean::line(verb.word(argument, &state.zone).trim_end()),
        What::Unknown(_) => Clean::from_static("Was it done?"),
        What::Refused(_) => Clean::from_static("Not done"),
    };
    let most = state.size.height.saturating_sub(3);
    let height = (above.len() as u16).saturating_add(below).min(most);
    let inside = open(ink, state, &title, width, height);
    let upper = Rect { height: inside.height.saturating_sub(below), ..inside };
    if above.len() > usize::from(upper.height)
        && let [item] = confirm.items.as_slice()
    {
        above = short(state, item, &title, upper.width);
    }
    let overflows = above.len() > usize::from(upper.height) && upper.height > 0;
    let text = Rect { height: upper.height.saturating_sub(u16::from(overflows)), ..upper };
    let first = rich::scrolled(confirm.scroll, above.len(), text.height);
    rich::paint(ink, text, &above, first);
    if overflows {
        let words = lines_in_sight(first, text.height, above.len());
        ink.put(Rect { y: text.bottom(), height: 1, ..upper }, Role::Warning, &words);
    }
    let lower = Rect { y: upper.bottom(), height: inside.height - upper.height, ..inside };
    if let Some((label, text)) = typed {
        ink.put(Rect { height: lower.height.min(1), ..lower }, Role::FieldLabel, &Clean::from_static(label));
        let lines = text.lines();
        let (at, byte) = text.cursor();
        let rows = typed_height.saturating_sub(1);
        let first = super::first_shown(at, rows);
        for row in 0..rows {
            let place = first + usize::from(row);
            let area = Rect { y: lower.y + 1 + row, height: u16::from(row + 1 < lower.height), ..lower };
            let line = lines.get(place).map_or("", String::as_str);
            input::paint(ink, area, line, (place == at).then_some(byte), &[]);
        }
    }
    let bottom = Rect {
        y: lower.y + typed_height.min(lower.height),
        height: lower.height.saturating_sub(typed_height),
        ..lower
    };
    rich::paint(ink, bottom, &problem, 0);
}

/// The tasks of a verb: one whole, or many each on a line with what becomes of it.
fn subject(state: &State, confirm: &Confirm, width: u16) -> Vec<Rich> {
    if let [item] = confirm.items.as_slice() {
        let mut lines = rich::wrapped(Role::Text, &item.line, width);
        lines.extend(fate(item, width));
        return lines;
    }
    let will = confirm.will_change();
    let left = confirm.items.len() - will;
    let sentence = format!("{will} will change, {left} will not.");
    let mut lines = rich::wrapped(Role::Title, &sentence, width);
    // What changes comes first, each with its patient whole; of a long title only the beginning.
    let changes = |item: &&Item| matches!(item.fate, Fate::Will { .. });
    let (will, left): (Vec<&Item>, Vec<&Item>) = confirm.items.iter().partition(changes);
    let unnamed = left.len().saturating_sub(MOST_LEFT);
    for item in will.into_iter().chain(left.into_iter().take(MOST_LEFT)) {
        let role = if changes(&item) { Role::Text } else { Role::Struck };
        let title = Clean::line(item.task.title()).truncate(usize::from(width / 2));
        let line = Clean::format(format_args!("{title} · {}", state.patient_line(&item.task)));
        lines.extend(line.wrap(usize::from(width)).into_iter().map(|line| Rich::of(role, line)));
        lines.extend(fate(item, width));
    }
    if unnamed > 0 {
        lines.extend(rich::wrapped(Role::Dim, &format!("and {unnamed} more that will not change."), width));
    }
    lines
}

/// One task where there is little room: its title gives way, its patient does not.
fn short(state: &State, item: &Item, verb: &Clean, width: u16) -> Vec<Rich> {
    let title = Clean::format(format_args!("{verb}: {}", item.task.title()));
    let mut lines = vec![Rich::of(Role::Text, title.truncate(usize::from(width)))];
    lines.extend(rich::wrapped(Role::Text, &state.patient_line(&item.task), width));
    lines.extend(fate(item, width));
    lines
}

fn fate(item: &Item, width: u16) -> Vec<Rich> {
    match &item.fate {
        Fate::Will { caution: Some(caution), .. } => {
            rich::wrapped(Role::Warning, &format!("  {caution}"), width)
        }
        Fate::Will { caution: None, .. } => Vec::new(),
        Fate::AlreadySo => rich::wrapped(Role::Dim, "  It is so already.", width),
        Fate::Cannot(reason) => rich::wrapped(Role::Error, &format!("  {reason}"), width),
    }
}

/// A write whose outcome nobody knows, and what was found that may be it.
fn unknown(state: &State, id: IntentId, found: &[String], width: u16) -> Vec<Rich> {
    let mut lines = Vec::new();
    let mut creates = true;
    if let Some(intent) = state.outbox.get(id) {
        creates = intent.wish.creates();
        lines.extend(rich::wrapped(Role::Text, &intent.line, width));
        if let IntentState::Unknown { sentence, .. } = &intent.state {
            lines.extend(rich::wrapped(Role::Warning, sentence, width));
        }
    }
    let sentence = match (creates, found.is_empty()) {
        (true, true) => {
            "The source was asked: nothing like it was found. Send it again, let it go, or decide later."
        }
        (true, false) => {
            "The source has these, one of which may be it. Let it go, send it again all the same, or decide later."
        }
        (false, true) => "The source was asked: it is not there. Let it go, send it again, or decide later.",
        (false, false) => {
            "The source was asked and does not show the change. Send it again, let it go, or decide later."
        }
    };
    lines.extend(rich::wrapped(Role::Title, sentence, width));
    for line in found {
        lines.extend(rich::wrapped(Role::Text, &format!("  {line}"), width));
    }
    lines
}

/// A write that its source refused: why, and what is kept of it.
fn refused(state: &State, id: IntentId, kept: &[String], width: u16) -> Vec<Rich> {
    let mut lines = Vec::new();
    if let Some(intent) = state.outbox.get(id) {
        lines.extend(rich::wrapped(Role::Text, &intent.line, width));
        if let IntentState::Refused { error } = &intent.state {
            lines.extend(rich::wrapped(Role::Error, &error.to_string(), width));
        }
    }
    for line in kept {
        lines.extend(rich::wrapped(Role::Text, &format!("  {line}"), width));
    }
    let is_removal = state.outbox.get(id).is_some_and(|intent| intent.wish.removes());
    let sentence = if is_removal {
        "Nothing was removed. It is kept until you send it again or let it go."
    } else {
        "Nothing was written. It is kept until you correct it, send it again or let it go."
    };
    lines.extend(rich::wrapped(Role::Title, sentence, width));
    lines
}
