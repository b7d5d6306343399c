//! Tasks in a document: the marked ones as lines of the text, with their ids among the section's records.
//!
//! Must not put a task of another patient into a document without saying whose it is.

use super::{body, perform, rules};
use crate::app::{form, state::State};
use crate::domain::{
    document::Document,
    outline::Edit,
    people::Reference,
    task::{Field, Task},
};

/// Puts the marked tasks, else the one that the document was begun from, into the text as one step.
pub(super) fn insert(state: &mut State) {
    let tasks = wanted(state);
    let Some(editor) = state.editor.as_deref() else { return };
    if tasks.is_empty() {
        return state.say("No task is marked on the worklist, and this document was begun from none.");
    }
    let Some(section) = editor.section() else { return };
    let lines: Vec<String> = tasks.iter().map(|task| line(state, &editor.document, task)).collect();
    let text = editor.prose.text();
    let cursor = editor.prose.selection().map_or(editor.prose.cursor(), |selection| selection.end);
    let starts_line = text.get(..cursor).is_none_or(|before| before.is_empty() || before.ends_with('\n'));
    let inserted = format!("{}{}\n", if starts_line { "" } else { "\n" }, lines.join("\n"));
    let at = editor.at.clone();
    let mut edits = Vec::new();
    let takes_records = rules(state, editor).is_none_or(|rules| !rules.plain_below || at.depth() == 1);
    if takes_records {
        let mut resources = section.resources.clone();
        for task in tasks.iter().filter(|task| task.key.source == editor.source) {
            let record = Reference::new(&format!("Task/{}", task.key.id));
            if !resources.iter().any(|known| known.raw() == record.raw()) {
                resources.push(record);
            }
        }
        if resources != section.resources {
            edits.push(Edit::Resources { at: at.clone(), resources });
        }
    }
    edits.push(Edit::Text { at, byte: cursor, removed: "".into(), inserted: inserted.as_str().into() });
    if perform(state, edits) {
        body::place(state, cursor + inserted.len());
        let count = tasks.len();
        state.say(&format!("{count} {} put in.", if count == 1 { "task is" } else { "tasks are" }));
    }
}

fn wanted(state: &State) -> Vec<Task> {
    let task = |key| state.store.find(key).and_then(|row| state.store.task(row));
    let marked: Vec<Task> = state.worklist.marks.iter().filter_map(task).collect();
    if !marked.is_empty() {
        return marked;
    }
    let begun_from = state.editor.as_deref().and_then(|editor| editor.task.as_ref());
    begun_from.and_then(task).into_iter().collect()
}

/// A task as a line: its words, how far it is, when it is due, whose it is where that is another, and its id.
fn line(state: &State, document: &Document, task: &Task) -> String {
    let source = task.key.source;
    let can = state.can(source);
    let title = task.title().lines().next().unwrap_or("");
    let status = can.map_or(task.status.as_str(), |can| can.status_text(&task.status));
    let priority = form::words_in(task, Field::Priority, can, &state.zone);
    let priority = if task.priority.is_some() { format!(", {priority}") } else { String::new() };
    let due = task.due().map(|(due, _)| format!(", due {}", due.display(&state.zone))).unwrap_or_default();
    let is_theirs = task.key.source == document.key.source
        && task.patient.as_ref().map(Reference::id) == document.patient.as_ref().map(Reference::id);
    let whose = if is_theirs { String::new() } else { format!(", {}", state.patient_line(task)) };
    let id = if source == document.key.source {
        format!("Task/{}", task.key.id)
    } else {
        state.full_id(&task.key)
    };
    format!("- {title} ({status}{priority}{due}{whose}) [{id}]")
}
