//! A question before something is thrown away, wrapped and scrolled.
//!
//! Must not cut what it is about.

use super::{open, width_for};
use crate::{
    app::{layers::ask::Ask, state::State},
    domain::clean::Clean,
    ui::{
        ink::Ink,
        layers::tell::paragraph,
        widgets::rich::{self, Rich},
    },
};

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, ask: &Ask) {
    let width = width_for(state, 78);
    let lines: Vec<Rich> =
        ask.lines.iter().flat_map(|line| paragraph(line, width.saturating_sub(2))).collect();
    let height = (lines.len() as u16).min(state.size.height.saturating_sub(4));
    let inside = open(ink, state, &Clean::line(&ask.title), width, height);
    let first = rich::scrolled(ask.scroll, lines.len(), inside.height);
    rich::paint(ink, inside, &lines, first);
}
