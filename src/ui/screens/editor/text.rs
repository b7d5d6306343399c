//! The text of a section: its heading with a counter, and its rows with cursor and selection.
//!
//! Must not lay the text out: its rows and the cells of the cursor are the text's own.

use super::counter;
use crate::{
    app::{
        screens::editor::{Editor, Pane, check},
        state::State,
        text::{next_cluster, shown},
    },
    domain::clean::Clean,
    ui::{ink::Ink, role::Role},
};
use ratatui::layout::Rect;
use std::ops::Range;

/// Cells of a counter such as `50000/50000`.
const COUNTER: u16 = 12;

/// Paints the line above the text.
pub(super) fn head(ink: &mut Ink<'_>, state: &State, editor: &Editor, area: Rect) {
    let mut pen = ink.pen(area);
    let Some(section) = editor.section() else { return };
    let has_keys = editor.pane == Pane::Text;
    let (role, mark) = if has_keys { (Role::Title, "< ") } else { (Role::Header, "") };
    pen.say(Role::Dim, &Clean::format(format_args!("{} ", check::number(&editor.at))));
    let room = pen.left().saturating_sub(COUNTER + 3);
    pen.say_within(room, role, &Clean::line(&section.title)).word(Role::Title, " ").word(Role::Title, mark);
    let rules = state.can(editor.source).and_then(|can| can.documents);
    let (role, text) = counter(editor.prose.units(), rules.and_then(|rules| rules.section_text_units));
    let at = pen.left().saturating_sub(COUNTER);
    pen.skip(at).column_right(COUNTER, role, &text);
}

/// Paints the rows in sight.
pub(super) fn paint(ink: &mut Ink<'_>, editor: &Editor, area: Rect) {
    let prose = &editor.prose;
    let text = prose.text();
    let selected = prose.selection().unwrap_or(0..0);
    if let Some(prompt) = editor.prompt() {
        for (y, line) in (area.y..area.bottom()).zip(Clean::line(prompt).wrap(usize::from(area.width))) {
            ink.put(Rect { y, height: 1, ..area }, Role::Placeholder, &line);
        }
    }
    for (y, row) in (area.y..area.bottom()).zip(prose.visible()) {
        paint_row(ink, Rect { y, height: 1, ..area }, text, &row, &selected);
    }
    if editor.pane == Pane::Text
        && let Some((column, row)) = prose.cursor_cell()
    {
        let x = area.x + (column as u16).min(area.width.saturating_sub(1));
        let y = area.y + (row as u16).min(area.height.saturating_sub(1));
        ink.pen(Rect { x, y, width: area.right() - x, height: 1 }).set_cursor();
    }
}

/// Paints a row, run by run: what is selected, what is shown by marks, and the rest.
fn paint_row(ink: &mut Ink<'_>, area: Rect, text: &str, row: &Range<usize>, selected: &Range<usize>) {
    let mut pen = ink.pen(area);
    let whole = text.get(row.clone()).unwrap_or("");
    let is_plain = whole.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain && (selected.end <= row.start || row.end < selected.start) {
        pen.say(Role::Text, &Clean::line(whole));
        return;
    }
    let mut at = row.start;
    let mut run = Run::default();
    while let Some((cluster, cells)) = text.get(at..row.end).and_then(next_cluster) {
        let is_plain = cells > 0 && !cluster.chars().any(is_marked);
        let role = match (selected.contains(&at), is_plain) {
            (true, _) => Role::KeyField,
            (false, true) => Role::Text,
            (false, false) => Role::BadToken,
        };
        if run.role != Some(role) {
            run.flush(&mut pen);
            run.role = Some(role);
        }
        if usize::from(pen.left()) < run.cells + cells {
            break;
        }
        run.push(cluster, cells);
        at += cluster.len();
    }
    run.flush(&mut pen);
    // An empty row in the middle of a selection shows that it is in it.
    if row.is_empty() && selected.contains(&row.start) {
        pen.word(Role::KeyField, " ");
    }
}

/// Whether a character is shown by a mark in place of itself.
fn is_marked(character: char) -> bool {
    crate::domain::clean::is_hazard(character) || character == '\r'
}

/// Clusters side by side in one role.
#[derive(Default)]
struct Run {
    role: Option<Role>,
    raw: String,
    cells: usize,
}

impl Run {
    fn push(&mut self, cluster: &str, cells: usize) {
        self.raw.push_str(cluster);
        self.cells += cells;
    }

    /// Writes the run: as one text where letters may join, cluster by cluster where that would take other cells.
    fn flush(&mut self, pen: &mut crate::ui::ink::Pen<'_, '_>) {
        let run = std::mem::take(self);
        let Some(role) = run.role.filter(|_| !run.raw.is_empty()) else { return };
        let whole = Clean::line(&run.raw);
        if whole.width() == run.cells && role == Role::Text {
            pen.say(role, &whole);
            return;
        }
        let mut rest = run.raw.as_str();
        while let Some((cluster, _)) = next_cluster(rest) {
            pen.say(role, &shown(cluster));
            rest = rest.get(cluster.len()..).unwrap_or("");
        }
    }
}
