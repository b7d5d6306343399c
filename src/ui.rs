//! The eyes: paint the state on the terminal's cells.
//!
//! Must not change anything: they look at the state, ask for a role's style, and write clean text.

pub mod ink;
pub mod layers;
pub mod role;
pub mod screens;
pub mod shell;
pub mod theme;
pub mod widgets;
pub mod words;

use crate::app::{screens::Screen, state::State};
use ink::Ink;
use ratatui::{Frame, buffer::Buffer, layout::Position};
use role::Role;
use theme::Theme;

/// Draws the whole state into a frame, and gives how far scrolling goes there: the last page of what scrolls.
pub fn draw(state: &State, theme: &Theme, frame: &mut Frame<'_>) -> u16 {
    let (position, last_page) = paint(state, theme, frame.buffer_mut());
    if let Some(position) = position {
        frame.set_cursor_position(position);
    }
    last_page
}

/// Paints the whole state into a buffer: screen first, then the dialogs bottom up. Gives the place of the
/// terminal's cursor where text is being typed, and the last page of what scrolls.
pub fn paint(state: &State, theme: &Theme, buffer: &mut Buffer) -> (Option<Position>, u16) {
    let mut ink = Ink::new(buffer, theme);
    ink.fill(ink.area(), Role::Text);
    match state.screen {
        Screen::Worklist => screens::worklist::paint(&mut ink, state),
        Screen::Sources => screens::sources::paint(&mut ink, state),
        Screen::Outbox => screens::outbox::paint(&mut ink, state),
        Screen::Drafts => screens::drafts::paint(&mut ink, state),
        Screen::Journal => screens::journal::paint(&mut ink, state),
        Screen::Documents => screens::documents::paint(&mut ink, state),
        Screen::Editor => screens::editor::paint(&mut ink, state),
        Screen::FirstRun => screens::first_run::paint(&mut ink, state),
    }
    for (place, layer) in state.layers.iter().enumerate() {
        ink.hide_cursor();
        ink.set_beneath(place + 1 < state.layers.len());
        layers::paint(&mut ink, state, layer);
    }
    shell::toast(&mut ink, state);
    (ink.cursor(), ink.last_page())
}

#[cfg(test)]
mod tests;
