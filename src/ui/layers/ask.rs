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
        role::Role,
        widgets::{
            input,
            rich::{self, Rich},
        },
    },
};
use ratatui::layout::Rect;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, ask: &Ask) {
    let width = width_for(state, 78);
    let lines: Vec<Rich> =
        ask.lines.iter().flat_map(|line| paragraph(line, width.saturating_sub(2))).collect();
    let problem = ask.problem.as_deref().unwrap_or_default();
    let problem = rich::wrapped(Role::FieldError, problem, width.saturating_sub(2));
    let typed_height = if ask.prompt.is_some() { 2 + problem.len() as u16 } else { 0 };
    let most = state.size.height.saturating_sub(4);
    let height = (lines.len() as u16).saturating_add(typed_height).min(most);
    let inside = open(ink, state, &Clean::line(&ask.title), width, height);
    let upper = Rect { height: inside.height.saturating_sub(typed_height), ..inside };
    rich::paint(ink, upper, &lines, rich::scrolled(ask.scroll, lines.len(), upper.height));
    let Some((label, text)) = &ask.prompt else { return };
    let line = |at: u16| {
        let y = upper.bottom() + at;
        Rect { y, height: u16::from(y < inside.bottom()), ..inside }
    };
    ink.put(line(0), Role::FieldLabel, &Clean::from_static(label));
    input::paint(ink, line(1), &text.text(), Some(text.cursor().1), &[]);
    let below = Rect { y: upper.bottom() + 2, height: typed_height.saturating_sub(2), ..inside };
    rich::paint(ink, below.intersection(inside), &problem, 0);
}
