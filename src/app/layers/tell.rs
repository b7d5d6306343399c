//! Something to read: a title and lines, scrolled.
//!
//! Must not hold clean text only: lines are raw and cleaned when they are drawn.

use super::{Layer, close};
use crate::app::{action::Action, geometry::dialog_room, state::State};
use crate::domain::clean::Clean;

/// The width that the dialog has where there is room.
pub const WIDTH: u16 = 90;

/// A text to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tell {
    /// What it is about.
    pub title: String,
    /// The lines, raw.
    pub lines: Vec<String>,
    /// The first line on the screen.
    pub scroll: u16,
}

/// Opens a text.
pub fn open(state: &mut State, title: &str, lines: Vec<String>) {
    state.layers.push(Layer::Tell(Tell { title: title.to_owned(), lines, scroll: 0 }));
    state.touch();
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let page = state.size.height / 2;
    let (room, most) = (usize::from(dialog_room(state.size, WIDTH)), usize::from(state.size.height));
    let Some(Layer::Tell(tell)) = state.layers.last_mut() else { return };
    let wrapped = |line: &String| Clean::lines(line).iter().map(|line| line.wrap(room).len()).sum::<usize>();
    let lines: usize = tell.lines.iter().map(|line| wrapped(line).max(1)).sum();
    match scrolled(action, tell.scroll, page) {
        // Frame, foot and margin take four; no further than to the last page.
        Some(scroll) => tell.scroll = scroll.min(lines.saturating_sub(most.saturating_sub(4)) as u16),
        None => drop(close(state)),
    }
}

/// The new first line after a scrolling key; none for any other key.
pub(super) fn scrolled(action: Action, scroll: u16, page: u16) -> Option<u16> {
    Some(match action {
        Action::MoveDown => scroll.saturating_add(1),
        Action::MoveUp => scroll.saturating_sub(1),
        Action::MovePageDown => scroll.saturating_add(page),
        Action::MovePageUp => scroll.saturating_sub(page),
        Action::MoveTop => 0,
        Action::MoveBottom => u16::MAX,
        _ => return None,
    })
}
