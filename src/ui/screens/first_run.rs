//! The first-run screen: no source is configured, so try the demo, connect one, or leave.
//!
//! Must not name a key: the live key map does.

use crate::{
    app::{action::Action, state::State},
    domain::clean::Clean,
    ui::{ink::Ink, role::Role, shell},
};
use ratatui::layout::Rect;

/// Paints the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State) {
    let area = ink.area();
    let width = area.width.min(64);
    let inside = Rect {
        x: (area.width - width) / 2,
        y: area.height.saturating_sub(12) / 3,
        width,
        height: area.height.saturating_sub(1),
    };
    let mut row = inside.y;
    let line = |row: u16| Rect { y: row, height: u16::from(row < inside.bottom()), ..inside };
    ink.put(line(row), Role::Title, &Clean::from_static("rounds"));
    row += 2;
    let about = "One worklist for every clinical task you own, whatever system it lives in. No source is \
                 configured yet.";
    for text in Clean::from_static(about).wrap(usize::from(width)) {
        ink.put(line(row), Role::Text, &text);
        row += 1;
    }
    row += 1;
    for (action, says) in [
        (Action::FirstRunDemo, "try it on a made-up ward; nothing leaves this machine"),
        (Action::FirstRunConnect, "connect a real system"),
        (Action::Quit, "leave"),
    ] {
        let key = shell::key_of(state, action);
        let mut pen = ink.pen(line(row));
        pen.skip(2).column(6, Role::HintKey, &key).say(Role::Text, &Clean::from_static(says));
        row += 1;
    }
    let foot = Rect { y: area.bottom().saturating_sub(1), height: area.height.min(1), ..area };
    shell::hints(ink, state, foot);
}
