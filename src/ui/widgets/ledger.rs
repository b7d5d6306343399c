//! A list with what is on top of it, and the selected entry beneath: the screens of writes, drafts and deeds.
//!
//! Must not paint rows that are out of sight.

use crate::{
    app::state::State,
    domain::clean::Clean,
    ui::{
        ink::Ink,
        role::Role,
        shell,
        widgets::rich::{self, Rich},
    },
};
use ratatui::layout::Rect;

/// A cell of a row: its cells, or none for the rest of the line; its role and its words.
pub type Cell = (Option<u16>, Role, Clean);

/// What such a screen shows.
pub struct Ledger<'a> {
    /// The title and what stands on top.
    pub head: Vec<Rich>,
    /// How many entries there are.
    pub count: usize,
    /// Which of them is selected.
    pub selected: usize,
    /// The cells of an entry.
    pub row: &'a dyn Fn(usize) -> Vec<Cell>,
    /// What stands in place of entries when there are none.
    pub empty: &'a str,
    /// The selected entry in full, at a width.
    pub detail: &'a dyn Fn(u16) -> Vec<Rich>,
    /// Whether the keys scroll the detail.
    pub in_detail: bool,
    /// The first line of the detail.
    pub scroll: u16,
}

/// Paints the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State, ledger: &Ledger<'_>) {
    let area = ink.area();
    let foot = area.bottom().saturating_sub(1);
    let inset = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    // What stands on top never takes more than a third of the screen.
    let head = (ledger.head.len() as u16).min((area.height / 3).max(1));
    rich::paint(ink, Rect { height: head, ..inset }, &ledger.head, 0);
    let body = Rect { y: area.y + head, height: foot.saturating_sub(area.y + head), ..area };
    if ledger.count == 0 {
        let room = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..inset };
        rich::paint(ink, room, &rich::wrapped(Role::Dim, ledger.empty, room.width.saturating_sub(1)), 0);
    } else {
        // Half of the screen for the list, so that what is selected is always in sight.
        let room = ledger.count.min(usize::from(body.height / 2).max(1));
        let first = (ledger.selected + 1).saturating_sub(room);
        for (y, place) in (body.y..body.bottom()).zip(first..(first + room).min(ledger.count)) {
            let line = Rect { y, height: 1, ..area };
            row(ink, ledger, place, line);
            if place == ledger.selected && state.settings.whole_row_selection {
                ink.shade(line, Role::Selection);
            }
        }
        let rule = Rect { y: body.y + room as u16, height: 1, ..body };
        if rule.y < foot {
            ink.rule(rule);
            let word = if ledger.in_detail { " DETAIL < " } else { " DETAIL " };
            ink.pen(rule).word(if ledger.in_detail { Role::Title } else { Role::Header }, word);
        }
        let top = (rule.y + 1).min(foot);
        let below = Rect { y: top, height: foot - top, width: inset.width.saturating_sub(1), ..inset };
        let lines = (ledger.detail)(below.width);
        let first = ink.scrolled(ledger.scroll, lines.len(), below.height);
        rich::paint_counted(ink, below, &lines, first);
    }
    shell::hints(ink, state, Rect { y: foot, height: area.height.min(1), ..area });
}

fn row(ink: &mut Ink<'_>, ledger: &Ledger<'_>, place: usize, line: Rect) {
    let mut pen = ink.pen(line);
    pen.word(Role::Mark, if place == ledger.selected { "> " } else { "  " });
    for (cells, role, words) in (ledger.row)(place) {
        let cells = cells.unwrap_or(pen.left()).min(pen.left());
        pen.column(cells, role, &words).skip(1);
    }
}
