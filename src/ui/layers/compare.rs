//! What is changed in a document: what its source has and what is ours, side by side or one beneath the other.
//!
//! Must not tell what is put in or taken out by its looks alone: it stands between marks.

use super::open;
use crate::{
    app::{
        layers::{
            Compare,
            compare::{self, BETWEEN, LABEL, Mark, Row, Stretch},
        },
        state::State,
        text::{next_cluster, shown},
    },
    domain::clean::Clean,
    ui::{
        ink::{Ink, Pen},
        role::Role,
    },
};
use ratatui::layout::Rect;

/// Paints the page.
pub fn paint(ink: &mut Ink<'_>, state: &State, page: &Compare) {
    let Some(editor) = state.editor.as_deref() else { return };
    let (width, is_wide) = compare::layout(state.size);
    let lines = page.lines(state.size);
    let heads = 1 + u16::from(is_wide);
    let wished = (lines.len() as u16).saturating_add(heads);
    let title = Clean::format(format_args!("Compare: {}", editor.document.title));
    let inside = open(ink, state, &title, width, wished.min(state.size.height.saturating_sub(4)));
    let row = |y: u16| Rect { y, height: u16::from(y < inside.bottom()), ..inside };
    let patient = state.patient_of(editor.source, editor.document.patient.as_ref());
    let mut pen = ink.pen(row(inside.y));
    pen.say(Role::Text, &Clean::line(&page.summary())).word(Role::Text, "  ");
    pen.say(Role::Dim, &Clean::line(&patient));
    let room = compare::room(state.size);
    let beside = |y: u16| {
        let left = Rect { width: room, ..row(y) };
        let right = Rect { x: inside.x + room + BETWEEN, ..left };
        (left, right)
    };
    if is_wide {
        let since = page.since.as_ref().map(|time| format!(", of {time}")).unwrap_or_default();
        let (left, right) = beside(inside.y + 1);
        ink.put(left, Role::Header, &Clean::format(format_args!("there{since}")));
        ink.put(right, Role::Header, &Clean::from_static("yours"));
    }
    let top = inside.y + heads;
    let height = inside.bottom().saturating_sub(top);
    let first = usize::from(page.scroll).min(lines.len().saturating_sub(usize::from(height)));
    for (y, line) in (top..inside.bottom()).zip(lines.iter().skip(first)) {
        match line {
            Row::Name(item) => {
                let (role, mark) = if item.is_changed { (Role::Title, "* ") } else { (Role::Dim, "  ") };
                let mut pen = ink.pen(row(y));
                let fate = Clean::line(&item.fate);
                let left = pen.left().saturating_sub(fate.width() as u16 + 4);
                pen.word(Role::Mark, mark).say_within(left, role, &Clean::line(&item.name)).skip(2);
                pen.say(if item.is_changed { Role::Warning } else { Role::Dim }, &fate);
            }
            Row::Both(there, mine) => {
                let (left, right) = beside(y);
                stretches(&mut ink.pen(left), there);
                stretches(&mut ink.pen(right), mine);
            }
            Row::One(word, row_of) => {
                let mut pen = ink.pen(row(y));
                pen.column(LABEL, Role::FieldLabel, &Clean::line(word));
                stretches(&mut pen, row_of);
            }
        }
    }
}

/// Writes a row: each stretch as one text where letters may join, cluster by cluster where that would take other cells.
fn stretches(pen: &mut Pen<'_, '_>, row: &[Stretch<'_>]) {
    for (mark, text) in row {
        let role = match mark {
            Mark::Same => Role::Text,
            Mark::Gone => Role::BadToken,
            Mark::New => Role::Mark,
            Mark::Aside => Role::Dim,
        };
        let mut cells = 0;
        let mut clusters = Vec::new();
        let mut rest = *text;
        while let Some((cluster, width)) = next_cluster(rest) {
            cells += width;
            clusters.push(cluster);
            rest = rest.get(cluster.len()..).unwrap_or("");
        }
        let whole = Clean::line(text);
        if whole.width() == cells {
            pen.say(role, &whole);
        } else {
            for cluster in clusters {
                pen.say(role, &shown(cluster));
            }
        }
    }
}
