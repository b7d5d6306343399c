//! A text to read, wrapped and scrolled.
//!
//! Must not show its raw lines: they are cleaned here.

use super::{open, width_for};
use crate::{
    app::{
        layers::{Tell, tell::WIDTH},
        state::State,
    },
    domain::clean::Clean,
    ui::{
        ink::Ink,
        role::Role,
        widgets::rich::{self, Rich},
    },
};

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, tell: &Tell) {
    let width = width_for(state, WIDTH);
    let lines: Vec<Rich> =
        tell.lines.iter().flat_map(|line| paragraph(line, width.saturating_sub(2))).collect();
    let height = (lines.len() as u16).min(state.size.height.saturating_sub(4));
    let inside = open(ink, state, &Clean::line(&tell.title), width, height);
    let first = rich::scrolled(tell.scroll, lines.len(), inside.height);
    rich::paint(ink, inside, &lines, first);
}

/// A line of the text; an empty one keeps its height.
pub(super) fn paragraph(raw: &str, width: u16) -> Vec<Rich> {
    let lines = rich::wrapped(Role::Text, raw, width);
    if lines.is_empty() { vec![Rich::default()] } else { lines }
}
