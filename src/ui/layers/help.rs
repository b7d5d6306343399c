//! Help: each action of where the user is, its keys, and why it cannot be done now.
//!
//! Must not know an action that is not in the list.

use super::{open, width_for};
use crate::{
    app::{layers::Help, state::State},
    domain::clean::Clean,
    ui::{
        ink::Ink,
        role::Role,
        widgets::rich::{self, Rich},
    },
};

const KEYS: u16 = 16;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, help: &Help) {
    let width = width_for(state, 90);
    let title = Clean::from_static("Keys here");
    let inside = open(ink, state, &title, width, state.size.height.saturating_sub(4));
    let lines: Vec<Rich> = help.lines.iter().flat_map(|line| entry(line, inside.width)).collect();
    let first = rich::scrolled(help.scroll, lines.len(), inside.height);
    rich::paint(ink, inside, &lines, first);
}

fn entry(line: &crate::app::layers::help::HelpLine, width: u16) -> Vec<Rich> {
    let keys = if line.keys.is_empty() { format!(":{}", line.id) } else { line.keys.clone() };
    let role = if line.refused.is_some() { Role::Struck } else { Role::Text };
    let keys = Clean::line(&keys);
    let mut lines = rich::field(&keys, KEYS.max(keys.width() as u16), (role, line.sentence), width);
    for part in lines.iter_mut().flat_map(|line| &mut line.0) {
        if part.0 == Role::FieldLabel {
            part.0 = Role::HintKey;
        }
    }
    if let Some(reason) = &line.refused {
        lines.extend(rich::field(&Clean::EMPTY, KEYS, (Role::Dim, reason), width));
    }
    lines
}
