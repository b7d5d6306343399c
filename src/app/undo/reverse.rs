//! The write that turns another one round, or a sentence why there is none.
//!
//! Must not send: what it plans is confirmed by `undo.rs`.

use super::Item;
use crate::app::{outbox::Wish, state::State, writes::plan};
use crate::domain::{
    can::{Can, Capability, NoteKeeping},
    status::Status,
    task::{Field, FieldSet, Patch, SourceId, Task},
};

/// A write that is about to be confirmed.
pub(super) struct Planned {
    pub(super) source: SourceId,
    pub(super) wish: Wish,
    pub(super) line: String,
    pub(super) typed: String,
}

/// What takes back a write that its source has answered with `after`.
pub(super) fn reversal(state: &State, item: &Item, after: Option<&Task>) -> Result<Planned, String> {
    let can = state.can(item.source).ok_or("Its source is not configured any more.")?;
    let planned = |wish, line| Planned { source: item.source, wish, line, typed: String::new() };
    match (&item.wish, after) {
        (Wish::Update { base, patch }, Some(after)) => {
            let patch = back(state, can, base, patch, after)?;
            let base = Box::new(as_it_is(state, after, &patch.fields));
            Ok(planned(Wish::Update { base, patch }, taken_back(&item.line)))
        }
        (Wish::Create(_), Some(after)) => {
            let wish = unmake(state, can, after)?;
            Ok(planned(wish, format!("Take back: {}", item.line)))
        }
        (Wish::Update { .. } | Wish::Create(_), None) => Err("It is no longer there.".to_owned()),
        (Wish::Delete { .. }, _) => Err("What was removed cannot be brought back.".to_owned()),
        (Wish::CreateDocument(_) | Wish::UpdateDocument { .. } | Wish::DeleteDocument { .. }, _) => {
            Err("A document that was sent is not taken back by a key: amend it.".to_owned())
        }
    }
}

/// The line of a write-back; to take back what was taken back is to do it again.
fn taken_back(line: &str) -> String {
    const BACK: &str = "Take back: ";
    line.strip_prefix(BACK).map_or_else(|| format!("{BACK}{line}"), str::to_owned)
}

/// The old values of what a write has changed.
fn back(state: &State, can: &Can, base: &Task, patch: &Patch, after: &Task) -> Result<Patch, String> {
    let changed = patch.fields.iter().copied().filter(|field| !base.same(after, *field));
    // A note that was added stays: such a system has no way to take one away.
    let stays = |field: &Field| *field == Field::Note && can.notes == NoteKeeping::Many;
    let (kept, fields): (FieldSet, FieldSet) = changed.partition(stays);
    if fields.is_empty() {
        return Err(if kept.is_empty() {
            "Nothing of it has stuck.".to_owned()
        } else {
            format!("{} keeps every note that was written.", can.system)
        });
    }
    let source = base.key.source;
    state.may(source, Capability::Update)?;
    for field in &fields {
        can.may_update(*field)?;
    }
    if fields.contains(&Field::Owner) {
        state.may(source, Capability::Reassign)?;
    }
    let patch = Patch { fields, values: Box::new(base.clone()) };
    plan::problem(state, &patch, source).map_or(Ok(patch), Err)
}

/// The task as the list has it where that is still ours in these fields; else as our write left it, so that the source
/// compares and says what is there now.
fn as_it_is(state: &State, after: &Task, fields: &FieldSet) -> Task {
    let now = state.store.find(&after.key).and_then(|row| state.store.task(row));
    let is_ours = |now: &Task| fields.iter().all(|field| now.same(after, *field));
    now.filter(is_ours).unwrap_or_else(|| after.clone())
}

/// What takes a task away that was made here: its removal where the source removes tasks, else a status that says so.
fn unmake(state: &State, can: &Can, made: &Task) -> Result<Wish, String> {
    let source = made.key.source;
    let now = state.store.find(&made.key).and_then(|row| state.store.task(row));
    let base = now.unwrap_or_else(|| made.clone());
    if state.may(source, Capability::Delete).is_ok() {
        let is_ours = Field::ALL.into_iter().all(|field| base.same(made, field));
        return if is_ours {
            Ok(Wish::Delete { base: Box::new(base) })
        } else {
            Err("Somebody has changed the task since, so it is not removed.".to_owned())
        };
    }
    state.may(source, Capability::Update)?;
    can.may_update(Field::Status)?;
    let wanted = [Status::EnteredInError, Status::Cancelled];
    let Some(status) = wanted.into_iter().find(|status| can.statuses.contains(status)) else {
        return Err(format!("{} neither removes a task nor has a status for one made in error.", can.system));
    };
    let patch = Patch::of(&base).set(Field::Status, |task| task.status = status);
    Ok(Wish::Update { base: Box::new(base), patch })
}

/// Confirms again what was taken back before it was sent, or what its source has removed since.
pub(super) fn again(state: &mut State, item: &Item) -> Item {
    let wish = match &item.wish {
        Wish::Update { base, patch } => {
            Wish::Update { base: Box::new(as_it_is(state, base, &patch.fields)), patch: patch.clone() }
        }
        wish => wish.clone(),
    };
    let planned = Planned { source: item.source, wish, line: item.line.clone(), typed: item.typed.clone() };
    super::send(state, planned)
}
