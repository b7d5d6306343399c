//! Help: each action of where the user is, its keys, and why it cannot be done now.
//!
//! Must not know an action that is not in the list.

use super::{open, width_for};
use crate::{
    app::{
        layers::{Help, help::HelpLine},
        state::State,
    },
    domain::clean::Clean,
    ui::{
        ink::Ink,
        role::Role,
        widgets::rich::{self, Rich},
    },
};

/// Cells of the keys: as many as the longest need, within these bounds.
const KEYS: std::ops::RangeInclusive<u16> = 12..=20;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, help: &Help) {
    let width = width_for(state, 90);
    let title = Clean::from_static("Keys here");
    let inside = open(ink, state, &title, width, state.size.height.saturating_sub(4));
    let widest = help.lines.iter().map(|line| Clean::line(&keys(line)).width() as u16).max().unwrap_or(0);
    let cells = widest.clamp(*KEYS.start(), *KEYS.end());
    let lines: Vec<Rich> = help.lines.iter().flat_map(|line| entry(line, cells, inside.width)).collect();
    let first = ink.scrolled(help.scroll, lines.len(), inside.height);
    rich::paint(ink, inside, &lines, first);
}

/// The keys of an action; its name where it has none.
fn keys(line: &HelpLine) -> String {
    if line.keys.is_empty() { format!(":{}", line.id) } else { line.keys.clone() }
}

fn entry(line: &HelpLine, cells: u16, width: u16) -> Vec<Rich> {
    let role = if line.refused.is_some() { Role::Struck } else { Role::Text };
    let keys = Clean::line(&keys(line));
    let mut lines = rich::field(&keys, cells.max(keys.width() as u16), (role, line.sentence), width);
    for part in lines.iter_mut().flat_map(|line| &mut line.0) {
        if part.0 == Role::FieldLabel {
            part.0 = Role::HintKey;
        }
    }
    if let Some(reason) = &line.refused {
        lines.extend(rich::field(&Clean::EMPTY, cells, (Role::Dim, reason), width));
    }
    lines
}
