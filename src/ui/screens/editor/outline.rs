//! The outline: a row a section with its mark, its title and how long its text is.
//!
//! Must not hide that a section is empty, wrong or folded.

use super::key;
use crate::{
    app::{
        action::Action,
        screens::editor::{Editor, Pane},
        state::State,
    },
    domain::{clean::Clean, outline::Row},
    ui::{ink::Ink, role::Role},
};
use ratatui::layout::Rect;

/// Cells of a length at the right end, such as `50000`.
const LENGTH: u16 = 6;
/// Cells that a level stands further in.
const INDENT: u16 = 2;

/// Paints the rows that are in sight.
pub(super) fn paint(ink: &mut Ink<'_>, state: &State, editor: &Editor, area: Rect) {
    let rows = editor.rows();
    if rows.is_empty() {
        let text =
            Clean::format(format_args!("No sections yet: {} adds one.", key(state, Action::SectionAdd)));
        for (y, line) in (area.y..area.bottom()).zip(text.wrap(usize::from(area.width.saturating_sub(2)))) {
            ink.pen(Rect { y, height: 1, ..area }).skip(1).say(Role::Dim, &line);
        }
        return;
    }
    for (y, row) in (area.y..area.bottom()).zip(rows.iter().skip(editor.outline_top())) {
        one(ink, state, editor, row, Rect { y, height: 1, ..area });
    }
}

fn one(ink: &mut Ink<'_>, state: &State, editor: &Editor, row: &Row<'_>, area: Rect) {
    let is_here = row.path == editor.at;
    let has_keys = is_here && editor.pane == Pane::Outline;
    let is_wrong = editor.check.of_section(&row.path).any(|located| !located.stands);
    let section = row.section;
    let mut pen = ink.pen(area);
    pen.word(Role::Mark, if is_here { ">" } else { " " });
    pen.word(Role::FieldError, if is_wrong { "!" } else { " " });
    // A deep section still shows the beginning of its title.
    let indent = (row.path.depth().saturating_sub(1) as u16).saturating_mul(INDENT).min(area.width / 3);
    pen.skip(indent);
    let fold = match (section.sections.is_empty(), editor.folded.contains(&row.path)) {
        (true, _) => " ",
        (false, true) => "+",
        (false, false) => "-",
    };
    pen.word(Role::Dim, fold);
    let (role, length) = if section.text.trim().is_empty() {
        let bare = section.sections.is_empty();
        (if bare { Role::Warning } else { Role::Dim }, Clean::from_static(if bare { "empty" } else { "" }))
    } else {
        (Role::Dim, Clean::format(format_args!("{}", editor.check.lengths.text(row.place))))
    };
    let room = pen.left().saturating_sub(LENGTH);
    let title = if section.title.trim().is_empty() {
        Clean::from_static("(no title)")
    } else {
        Clean::line(&section.title)
    };
    let code = section.code.as_deref().filter(|_| room > 30).map(Clean::line);
    let code_cells = code.as_ref().map_or(0, |code| (code.width() as u16 + 1).min(room / 3));
    let name = if section.title.trim().is_empty() { Role::Placeholder } else { Role::Text };
    let role_here = if has_keys { Role::Title } else { name };
    pen.column(room - code_cells, role_here, &title);
    if let Some(code) = code {
        pen.skip(1).column(code_cells.saturating_sub(1), Role::Dim, &code);
    }
    pen.column_right(LENGTH, role, &length);
    if has_keys && state.settings.whole_row_selection {
        ink.shade(area, Role::Selection);
    }
}
