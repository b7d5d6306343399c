//! What a change met: each part as it was, as we wanted it and as it is there now, and what was decided.
//!
//! Must not tell the versions apart by colour: each has its word.

use super::open;
use crate::{
    app::{
        layers::{
            Conflict,
            conflict::{self, Change, Choice, LABEL, Row},
        },
        outbox::Wish,
        state::State,
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

/// The most lines of a text that is typed here.
const MOST_TYPED: u16 = 8;

/// Paints the view.
pub fn paint(ink: &mut Ink<'_>, state: &State, conflict: &Conflict) {
    let (width, is_wide) = conflict::layout(state.size);
    let room = conflict::room(state.size);
    let inner = width.saturating_sub(2);
    let mut lines = Vec::new();
    let mut starts = Vec::new();
    if is_wide {
        lines.push(heads(room));
    }
    for (place, row) in conflict.rows.iter().enumerate() {
        starts.push(lines.len());
        let has_keys = place == conflict.cursor;
        lines.extend(if is_wide { beside(row, has_keys, room) } else { beneath(row, has_keys, room) });
    }
    starts.push(lines.len());
    let above = head(state, conflict, inner);
    let below = foot(conflict, inner);
    let typed = conflict.typed.as_ref().map_or(0, |text| {
        if text.is_multiline() { 1 + (text.lines().len() as u16).clamp(3, MOST_TYPED) } else { 2 }
    });
    let around = above.len() as u16 + below.len() as u16 + typed;
    let wished = (lines.len() as u16).saturating_add(around);
    let height = wished.min(state.size.height.saturating_sub(4));
    let inside = open(ink, state, &Clean::from_static("Changed by somebody else"), width, height);
    let top = (above.len() as u16).min(inside.height / 2);
    rich::paint(ink, Rect { height: top, ..inside }, &above, 0);
    let bottom = (below.len() as u16 + typed).min(inside.height - top);
    let list = Rect { y: inside.y + top, height: inside.height - top - bottom, ..inside };
    let first = first_line(conflict, &starts, list.height);
    rich::paint(ink, list, &lines, first);
    let mut y = list.bottom();
    if let Some(text) = &conflict.typed {
        let label = conflict.rows.get(conflict.cursor).map_or("", |row| &row.label);
        let line = |y: u16| Rect { y, height: u16::from(y < inside.bottom()), ..inside };
        ink.put(line(y), Role::FieldLabel, &Clean::line(label));
        let (at, byte) = text.cursor();
        let shown = typed.saturating_sub(1);
        let first = super::first_shown(at, shown);
        for row in 0..shown {
            let place = first + usize::from(row);
            let raw = text.lines().get(place).map_or("", String::as_str);
            input::paint(ink, line(y + 1 + row), raw, (place == at).then_some(byte), &[]);
        }
        y += typed;
    }
    let rest = Rect { y, height: inside.bottom().saturating_sub(y), ..inside };
    rich::paint(ink, rest, &below, 0);
}

/// The first line of the list, so that the part with the keys is in sight, less what is scrolled away of it.
fn first_line(conflict: &Conflict, starts: &[usize], height: u16) -> usize {
    let height = usize::from(height);
    let at = |place: usize| starts.get(place).copied().unwrap_or(0);
    let (start, end, all) =
        (at(conflict.cursor), at(conflict.cursor + 1), at(starts.len().saturating_sub(1)));
    let usual =
        if end <= height { 0 } else { start.min(end.saturating_sub(height).max(start.min(end - height))) };
    let usual = if end - start > height { start } else { usual };
    (usual + usize::from(conflict.scroll)).min(all.saturating_sub(height.min(all)))
}

/// The write with its two identifiers, and what is known of the other change.
fn head(state: &State, conflict: &Conflict, width: u16) -> Vec<Rich> {
    let mut lines = Vec::new();
    let Some(intent) = state.outbox.get(conflict.id) else { return lines };
    lines.extend(rich::wrapped(Role::Title, &intent.line, width));
    let what = if matches!(intent.wish, Wish::UpdateDocument { .. }) { "document" } else { "task" };
    let when = conflict.since.as_ref().map(|time| format!(" at {time}")).unwrap_or_default();
    let sentence =
        format!("Nothing was written: somebody changed the {what}{when} since it was on your screen.");
    lines.extend(rich::wrapped(Role::Warning, &sentence, width));
    lines
}

/// What is wrong, or how much is still to be decided.
fn foot(conflict: &Conflict, width: u16) -> Vec<Rich> {
    if let Some(problem) = &conflict.problem {
        return rich::wrapped(Role::FieldError, problem, width);
    }
    let sentence = match conflict.undecided() {
        0 => "All is decided. Sending compares once more with what is there then.".to_owned(),
        1 => "1 part is yours to decide.".to_owned(),
        many => format!("{many} parts are yours to decide."),
    };
    rich::wrapped(Role::Dim, &sentence, width)
}

/// The heads of the versions side by side.
fn heads(room: u16) -> Rich {
    let mut line = Rich::of(Role::Header, Clean::EMPTY.pad(usize::from(LABEL) + 2));
    for word in ["WAS", "YOURS", "THERE NOW"] {
        line = line.and(Role::Header, Clean::from_static(word).pad(usize::from(room) + 2));
    }
    line
}

/// What a row says of its decision.
fn verdict(row: &Row) -> (Role, Clean) {
    match (row.change, &row.choice) {
        (Change::Theirs, _) => (Role::Dim, Clean::from_static("changed by somebody else, stays")),
        (Change::Alike, _) => (Role::Dim, Clean::from_static("both say the same")),
        (Change::Ours, None) => (Role::Warning, Clean::from_static("to decide")),
        (Change::Ours, Some(Choice::Mine)) if row.adds => (Role::Good, Clean::from_static("yours is added")),
        (Change::Ours, Some(Choice::Mine)) => (Role::Good, Clean::from_static("yours")),
        (Change::Ours, Some(Choice::Theirs)) if row.adds => {
            (Role::Good, Clean::from_static("yours is left out"))
        }
        (Change::Ours, Some(Choice::Theirs)) => (Role::Good, Clean::from_static("theirs")),
        (Change::Ours, Some(Choice::Base)) => (Role::Good, Clean::from_static("as before")),
        (Change::Ours, Some(Choice::Typed(text))) => {
            (Role::Good, Clean::format(format_args!("typed: {text}")))
        }
    }
}

/// The versions with their words, and the role of each: what was chosen stands out, what is not ours stands back.
fn versions(row: &Row) -> [(&'static str, Role, &str); 3] {
    let role = |is_chosen: bool| match (row.change, &row.choice) {
        (Change::Ours, Some(_)) if is_chosen => Role::Title,
        (Change::Ours, None) => Role::Text,
        _ => Role::Dim,
    };
    let chosen = |choice: &Choice| row.choice.as_ref() == Some(choice);
    [
        ("was", role(chosen(&Choice::Base)), &row.base),
        ("yours", role(chosen(&Choice::Mine)), &row.mine),
        ("there now", role(chosen(&Choice::Theirs)), &row.theirs),
    ]
}

fn mark(has_keys: bool) -> (Role, Clean) {
    (Role::Mark, Clean::from_static(if has_keys { "> " } else { "  " }))
}

/// A part with its versions one beneath the other.
fn beneath(row: &Row, has_keys: bool, room: u16) -> Vec<Rich> {
    let (role, said) = verdict(row);
    let label = Rich(vec![
        mark(has_keys),
        (Role::FieldLabel, Clean::line(&row.label)),
        (Role::Text, Clean::from_static("  ")),
        (role, said),
    ]);
    let mut lines = vec![label];
    for (word, role, raw) in versions(row) {
        // What we did not touch needs no word of ours.
        if row.change == Change::Theirs && word == "yours" {
            continue;
        }
        for (place, value) in rich::wrapped(role, raw, room).into_iter().enumerate() {
            let head = if place == 0 { Clean::format(format_args!("  {word}")) } else { Clean::EMPTY };
            lines.push(Rich([vec![(Role::FieldLabel, head.pad(12))], value.0].concat()));
        }
    }
    lines
}

/// A part with its versions side by side.
fn beside(row: &Row, has_keys: bool, room: u16) -> Vec<Rich> {
    let (role, said) = verdict(row);
    let label = usize::from(LABEL);
    let mut names = vec![(Role::FieldLabel, Clean::line(&row.label).truncate(label))];
    // The columns say who has changed it.
    let said = if row.change == Change::Theirs { Clean::from_static("theirs, stays") } else { said };
    names.extend(said.wrap(label).into_iter().map(|line| (role, line)));
    let columns = versions(row).map(|(_, role, raw)| (role, rich::wrapped(role, raw, room)));
    let height = columns.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0).max(names.len());
    let cell = |line: Option<&Rich>, role: Role| {
        let text = line.map(Rich::text).unwrap_or_default();
        [(role, text.pad(usize::from(room))), (Role::Text, Clean::from_static("  "))]
    };
    let mut lines = Vec::with_capacity(height);
    for at in 0..height {
        let (role, name) = names.get(at).cloned().unwrap_or((Role::Text, Clean::EMPTY));
        let mut line = Rich(vec![mark(has_keys && at == 0), (role, name.pad(label))]);
        for (role, column) in &columns {
            line.0.extend(cell(column.get(at), *role));
        }
        lines.push(line);
    }
    lines
}
