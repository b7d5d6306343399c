//! The earlier versions of a task: what changed from one to the next, when, and by whom where the source tells.
//!
//! Must not guess who changed it: most versions do not tell.

use super::Sheet;
use crate::{
    app::{form::words_in, state::State, sync::look::author_of},
    domain::task::{Field, Task},
    ui::role::Role,
};

/// Versions shown at the most.
const VERSIONS: usize = 20;
/// Cells of a value; a longer one gives way.
const VALUE: usize = 40;

/// Shows the history of a task where its source was asked for it.
pub(super) fn lines(state: &State, task: &Task, sheet: &mut Sheet) {
    let versions = match state.sync.looks.history(&task.key) {
        None => return,
        Some(Err(sentence)) => {
            return sheet.field("history", Role::Warning, &format!("could not be read: {sentence}"));
        }
        Some(Ok(versions)) => versions,
    };
    for (place, version) in versions.iter().take(VERSIONS).enumerate() {
        let label = if place == 0 { "history" } else { "" };
        sheet.field(label, Role::Text, &line(state, version, versions.get(place + 1)));
    }
    if let Some(more) = versions.len().checked_sub(VERSIONS).filter(|more| *more > 0) {
        sheet.field("", Role::Dim, &format!("and {more} earlier versions"));
    }
}

fn line(state: &State, version: &Task, before: Option<&Task>) -> String {
    let time = version.last_modified.as_ref().map(|time| time.display(&state.zone));
    let mark = version.version.as_ref().map(|mark| format!("v{mark}"));
    let by =
        author_of(version).map(|who| format!("by {}", state.practitioner_name(version.key.source, &who)));
    let head = [time, mark, by].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let Some(before) = before else { return format!("{head}: the first version known") };
    let can = state.can(version.key.source);
    let words = |task: &Task, field: Field| {
        let words = words_in(task, field, can, &state.zone);
        crate::domain::clean::Clean::line(&words).truncate(VALUE)
    };
    let changed = Field::ALL.into_iter().filter(|field| !before.same(version, *field));
    let changes: Vec<String> = changed
        .map(|field| format!("{} {} → {}", field.name(), words(before, field), words(version, field)))
        .collect();
    let changes =
        if changes.is_empty() { "nothing that is shown here".to_owned() } else { changes.join(", ") };
    format!("{head}: {changes}")
}
