//! The review of a document: patient first, then what it is, then its sections and what changes.
//!
//! Must not cut whose document it is.

use super::{lines_in_sight, open, width_for};
use crate::{
    app::{
        layers::Review,
        screens::editor::{self, check, send},
        state::State,
    },
    domain::{check::units, clean::Clean, document::Confidentiality, outline},
    ui::{
        ink::Ink,
        role::Role,
        widgets::{
            input,
            rich::{self, Rich},
        },
    },
};
use ratatui::layout::Rect;

/// Cells of the labels.
const LABEL: u16 = 16;

/// Remarks that are told one by one; the editor lists all of them.
const MOST_REMARKS: usize = 5;

/// Paints the dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, review: &Review) {
    let Some(editor) = state.editor.as_deref() else { return };
    let width = width_for(state, 90);
    let inside =
        open(ink, state, &Clean::from_static("Review: send it?"), width, state.size.height.saturating_sub(4));
    let below = foot(state, review, inside.width);
    let bottom = (below.len() as u16 + u16::from(review.word.is_some())).min(inside.height / 2);
    let lines = lines(state, editor, inside.width);
    let rows = Rect { height: inside.height - bottom, ..inside };
    let foot = Rect { y: rows.bottom(), height: bottom, ..inside };
    let overflows = lines.len() > usize::from(rows.height) && rows.height > 1;
    let rows = Rect { height: rows.height - u16::from(overflows), ..rows };
    let first = rich::scrolled(review.scroll, lines.len(), rows.height);
    rich::paint(ink, rows, &lines, first);
    if overflows {
        let words = lines_in_sight(first, rows.height, lines.len());
        ink.put(Rect { y: rows.bottom(), height: 1, ..rows }, Role::Warning, &words);
    }
    rich::paint(ink, foot, &below, 0);
    if let Some(word) = &review.word {
        let row = Rect { y: foot.bottom().saturating_sub(1), height: 1.min(foot.height), ..foot };
        let cells =
            ink.put(row, Role::FieldLabel, &Clean::format(format_args!("Type {} to send it: ", send::SIGN)));
        let room = Rect { x: row.x + cells, width: row.width.saturating_sub(cells), ..row };
        input::paint(ink, room, &word.text(), Some(word.cursor().1), &[]);
    }
}

fn foot(state: &State, review: &Review, width: u16) -> Vec<Rich> {
    let mut lines = Vec::new();
    for sentence in editor::whose::patient_doubts(state) {
        lines.extend(rich::wrapped(Role::Error, &sentence, width));
    }
    if let Some(problem) = &review.problem {
        lines.extend(rich::wrapped(Role::FieldError, problem, width));
    }
    lines
}

fn lines(state: &State, editor: &editor::Editor, width: u16) -> Vec<Rich> {
    let document = &editor.document;
    let mut lines = Vec::new();
    let mut field = |label: &'static str, role: Role, value: &str| {
        lines.extend(rich::field(&Clean::from_static(label), LABEL, (role, value), width));
    };
    let source = state.source(editor.source);
    field("Patient", Role::Title, &state.patient_of(editor.source, document.patient.as_ref()));
    field("Title", Role::Title, &document.title);
    let status = if send::needs_word(editor) {
        (Role::Warning, format!("{}: it is signed by sending it", document.status.as_str()))
    } else {
        (Role::Text, document.status.as_str().to_owned())
    };
    field("Status", status.0, &status.1);
    let confidentiality = match &document.confidentiality {
        None => "not set: the source's own".to_owned(),
        Some(Confidentiality::Normal) => "N, normal".to_owned(),
        Some(Confidentiality::Restricted) => "R, restricted".to_owned(),
        Some(Confidentiality::VeryRestricted) => "V, very restricted".to_owned(),
        Some(other) => other.as_str().to_owned(),
    };
    field("Confidentiality", Role::Text, &confidentiality);
    field("Type", Role::Text, &document.kind);
    let author = document.practitioner.as_ref();
    let author = author.map_or_else(
        || "nobody".to_owned(),
        |author| format!("{} ({})", state.practitioner_name(editor.source, author), author.id()),
    );
    field("Author", Role::Text, &author);
    if let Some(date) = &document.date {
        field("Date", Role::Text, &date.display(&state.zone));
    }
    if let Some(source) = source {
        field("Goes to", Role::Text, &format!("{}, {}", source.name, source.badge.word()));
    }
    for (label, count) in [
        ("Attesters", document.attesters.len()),
        ("Relates to", document.relates_to.len()),
        ("Events", document.events.len()),
    ] {
        if count > 0 {
            field(label, Role::Text, &count.to_string());
        }
    }
    for (place, change) in send::changes(state, editor).iter().enumerate() {
        field(if place == 0 { "Changes" } else { "" }, Role::Text, change);
    }
    for (place, remark) in editor.check.remarks().take(MOST_REMARKS).enumerate() {
        field(if place == 0 { "Remarks" } else { "" }, Role::Text, &check::line(editor, remark));
    }
    let unsaid = editor.check.remarks().count().saturating_sub(MOST_REMARKS);
    if unsaid > 0 {
        field("", Role::Text, &format!("and {unsaid} more, which may stay as well"));
    }
    field("Sections", Role::Text, &document.section_count().to_string());
    for row in outline::rows(document) {
        let indent = Clean::EMPTY.pad(2 + 2 * row.path.depth().saturating_sub(1).min(8));
        let length = units(&row.section.text);
        let line = format_args!("{} {} ({length})", check::number(&row.path), row.section.title);
        let text = Clean::format(line).truncate(usize::from(width).saturating_sub(indent.width()));
        lines.push(Rich::of(Role::Text, indent).and(Role::Text, text));
    }
    lines
}
