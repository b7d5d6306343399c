//! The mouse in the editor: a click places the cursor, a second takes the word, a third the paragraph; dragging selects,
//! the wheel scrolls, a click in the outline goes to its section.
//!
//! Must not move the cursor where only the view is scrolled, nor select by itself.

use super::{Pane, layout, layout::Layout, settle, show_pane, tree};
use crate::app::{action::Action, msg::Mouse, state::State, text::Unit};
use crate::domain::time::Timestamp;
use std::ops::Range;

/// A click so soon behind another at the same cell takes hold of more.
const AGAIN_MS: i128 = 400;

/// What the mouse took hold of.
#[derive(Clone, Debug)]
pub struct Grip {
    cell: (u16, u16),
    at: Timestamp,
    unit: Unit,
    part: Range<usize>,
}

/// Does what the mouse asks.
pub fn on_mouse(state: &mut State, mouse: Mouse) {
    let layout = layout(state);
    match mouse {
        Mouse::Press { column, row } if layout.text.contains(column, row) => {
            press(state, &layout, (column, row));
        }
        Mouse::Press { column, row } => {
            let Some(editor) = state.editor.as_deref_mut() else { return };
            editor.grip = None;
            if layout.outline.contains(column, row) {
                let place = editor.outline_top + usize::from(row - layout.outline.y);
                let at = editor.rows().get(place).map(|row| row.path.clone());
                if let Some(at) = at {
                    editor.go(at);
                    show_pane(state, Pane::Outline);
                }
            }
        }
        Mouse::Drag { column, row } => drag(state, &layout, (column, row)),
        Mouse::Wheel { lines, column, row } if layout.outline.contains(column, row) => {
            let action = if lines > 0 { Action::MoveDown } else { Action::MoveUp };
            for _ in 0..lines.unsigned_abs() {
                tree::on_action(state, action);
            }
        }
        Mouse::Wheel { lines, .. } => {
            if let Some(editor) = state.editor.as_deref_mut() {
                editor.prose.scroll_by(isize::from(lines));
            }
        }
    }
    settle(state);
}

fn press(state: &mut State, layout: &Layout, cell: (u16, u16)) {
    let now = state.now;
    let Some(editor) = state.editor.as_deref_mut().filter(|editor| editor.section().is_some()) else {
        return;
    };
    let is_again = |grip: &&Grip| grip.cell == cell && now.duration_since(grip.at).as_millis() <= AGAIN_MS;
    let unit = match editor.grip.as_ref().filter(is_again).map(|grip| grip.unit) {
        Some(Unit::Cluster) => Unit::Word,
        Some(Unit::Word) => Unit::Paragraph,
        Some(Unit::Paragraph) | None => Unit::Cluster,
    };
    editor.pane = Pane::Text;
    editor.is_marking = false;
    editor.history.close();
    let (column, row) = (cell.0 - layout.text.x, cell.1 - layout.text.y);
    let part = editor.prose.at_cell(usize::from(column), usize::from(row), unit);
    editor.prose.stretch(&part, &part);
    editor.grip = Some(Grip { cell, at: now, unit, part });
}

/// Selects from where the button went down; beyond the edge of the pane the text is scrolled.
fn drag(state: &mut State, layout: &Layout, (column, row): (u16, u16)) {
    let Some(editor) = state.editor.as_deref_mut().filter(|editor| editor.pane == Pane::Text) else { return };
    let Some(grip) = &editor.grip else { return };
    let (unit, from) = (grip.unit, grip.part.clone());
    if row < layout.text.y {
        editor.prose.scroll_by(-1);
    } else if row >= layout.text.y + layout.text.height {
        editor.prose.scroll_by(1);
    }
    let last = layout.text.height.saturating_sub(1);
    let (column, row) = (column.saturating_sub(layout.text.x), row.saturating_sub(layout.text.y).min(last));
    let to = editor.prose.at_cell(usize::from(column), usize::from(row), unit);
    editor.prose.stretch(&from, &to);
}
