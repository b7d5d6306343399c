//! The end of a write, on the list and on the screen.
//!
//! Must not lose typed text: what was refused comes back with its words and the reasons.

use super::newer;
use crate::app::{
    effect::Effect,
    form,
    layers::{self, Layer},
    outbox::{End, Intent, IntentId, IntentState, Settled, Wish},
    screens::{self, editor},
    state::State,
    sync, undo,
    writes::withdraw::{self, Word},
};
use crate::domain::{
    document::Thing,
    task::{Field, FieldSet, Task},
};
use crate::providers::{ApiError, ErrorKind};

/// Shows what became of a write.
pub(super) fn on_settled(state: &mut State, settled: Settled) {
    match settled {
        Settled::Done { intent, task, differs } => on_done(state, &intent, task, &differs),
        Settled::DocumentDone { intent, document, differs } => {
            on_document_done(state, &intent, &differs);
            screens::documents::on_done(state, &intent, document.as_deref());
        }
        Settled::Refused { intent, error } => on_refused(state, &intent, &error),
        Settled::Waits { id, sentence, .. } => {
            note(state, id);
            let line = state.outbox.get(id).map_or("", |intent| &intent.line);
            let line = format!("Not sent yet, it waits: {line} ({sentence})");
            state.warn(&line);
        }
        Settled::Unknown { id, sentence } => {
            note(state, id);
            on_unknown(state, id, &sentence);
        }
    }
}

/// Lets the store know where the write stands, for a run to come.
fn note(state: &mut State, id: IntentId) {
    if let Some(intent) = state.outbox.get(id) {
        state.effects.push(Effect::Note(Box::new(intent.clone())));
    }
}

fn on_done(state: &mut State, intent: &Intent, task: Option<Box<Task>>, differs: &FieldSet) {
    state.effects.push(Effect::Forget(intent.id, End::Done));
    let key = intent.key().cloned().or(task.as_ref().map(|task| task.key.clone()));
    let before = match &intent.wish {
        Wish::Update { base, .. } | Wish::Delete { base } => Some((**base).clone()),
        _ => None,
    };
    let after = task.map(|mut task| {
        sync::look::keep_notes(state, &mut task);
        *task
    });
    undo::on_done(state, intent.id, after.as_ref());
    if let Some(key) = &key {
        sync::remember_write(state, key, before, after.clone());
    }
    let said = after.as_ref().map(|after| did_not_stick(state, intent, after, differs));
    match after {
        Some(task) => {
            let created = matches!(intent.wish, Wish::Create(_)).then(|| task.key.clone());
            sync::receive_written(state, task);
            if let Some(key) = created {
                state.local.arrived(key);
            }
        }
        None => {
            if let Some(key) = &key {
                sync::remove(state, key);
            }
        }
    }
    layers::task_form::on_done(state, intent.id);
    if differs.is_empty() {
        let line = format!("{} — the source has it.", intent.line);
        state.say(&line);
    } else {
        let said =
            said.unwrap_or_else(|| differs.iter().map(|field| field.name()).collect::<Vec<_>>().join(", "));
        let line = format!("{} — sent, but this did not stick: {said}.", intent.line);
        state.warn(&line);
    }
}

fn on_document_done(state: &mut State, intent: &Intent, differs: &[String]) {
    undo::on_done(state, intent.id, None);
    state.effects.push(Effect::Forget(intent.id, End::Done));
    editor::send::on_done(state, intent);
    if differs.is_empty() {
        let line = format!("{} — the source has it.", intent.line);
        state.say(&line);
    } else {
        let line = format!("{} — sent, but this did not stick: {}.", intent.line, differs.join(", "));
        state.warn(&line);
    }
}

/// What the source has in the fields that it did not take, in words: "the owner is still you".
fn did_not_stick(state: &State, intent: &Intent, after: &Task, differs: &FieldSet) -> String {
    let words = differs.iter().map(|field| {
        let value = match (field, &after.owner) {
            (Field::Owner, Some(owner)) => match state.owner_name(after.key.source, owner) {
                name if name == "me" => "you".to_owned(),
                name => name,
            },
            (Field::Owner, None) => "nobody".to_owned(),
            _ => form::words_in(after, *field, state.can(after.key.source), &state.zone)
                .replace("(empty)", "empty"),
        };
        let is_as_before = match &intent.wish {
            Wish::Update { base, .. } | Wish::Delete { base } => base.same(after, *field),
            _ => false,
        };
        format!("the {} is {}{value}", field.name(), if is_as_before { "still " } else { "" })
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Takes our value off the list again: what the source last sent stands there, and it is asked anew.
pub(super) fn fall_back(state: &mut State, intent: &Intent) {
    if let Wish::Update { base, .. } | Wish::Delete { base } = &intent.wish {
        let key = base.key.clone();
        sync::receive(state, vec![(**base).clone()]);
        if state.source(key.source).is_some_and(crate::app::source::Source::takes_writes) {
            sync::read_task(state, &key);
        }
    }
}

/// A write is known not to be done: it is shown why, and what the user can make of it.
pub(super) fn on_refused(state: &mut State, intent: &Intent, error: &ApiError) {
    if newer::is_wanted(intent, error) {
        note(state, intent.id);
        return newer::read(state, intent);
    }
    let takes_back = state.undo.is_reversal(intent.id);
    if takes_back || error.is_conflict() {
        undo::on_nothing(state, intent.id, "not done: somebody changed it meanwhile");
    }
    if let ErrorKind::Conflict(Some(Thing::Task(current))) = &error.kind
        && !takes_back
        && let Some(line) = lost_claim(state, intent, current)
    {
        forget(state, intent.id);
        sync::receive(state, vec![(**current).clone()]);
        return state.warn(&line);
    }
    // It stays in the outbox and on the store, with its text and the reasons, until the user decides.
    note(state, intent.id);
    if error.is_conflict() {
        return on_conflict(state, intent, error);
    }
    if error.kind == ErrorKind::Permission
        && let Some(source) = state.source_mut(intent.source)
    {
        let reason = format!("{} refused it: {error}", source.can.system);
        source.can.refuse_writes(&reason);
    }
    if intent.wish.document().is_some() && editor::send::on_refused(state, intent, error) {
        // The text is a draft again, and goes out anew under a key of its own.
        state.outbox.drop_intent(intent.id);
        state.effects.push(Effect::Forget(intent.id, End::Refused(error.to_string())));
        return;
    }
    fall_back(state, intent);
    if layers::task_form::on_refused(state, intent.id, error) {
        return;
    }
    let line = format!("Not done: {} {error}", intent.line);
    state.warn(&line);
    if !is_user_busy(state, intent.id) && !state.undo.is_one_of_many(intent.id) {
        layers::confirm::open_refused(state, intent.id);
    }
}

/// Whether a dialog is open that a question about this write must not cover: keys would answer what was not read.
pub fn is_user_busy(state: &State, id: IntentId) -> bool {
    state.layers.iter().any(|layer| match layer {
        Layer::Form(form) => form.sending != Some(id),
        Layer::Help(_) | Layer::Tell(_) | Layer::Compare(_) => false,
        Layer::Palette(_)
        | Layer::Confirm(_)
        | Layer::Ask(_)
        | Layer::Conflict(_)
        | Layer::Results(_)
        | Layer::Line(_)
        | Layer::DocForm(_)
        | Layer::Review(_)
        | Layer::Search(_)
        | Layer::Pick(_) => true,
    })
}

/// Who took the task first that we wanted to take; none for any other change. There is nothing in it to be kept.
fn lost_claim(state: &State, intent: &Intent, current: &Task) -> Option<String> {
    let Wish::Update { base, patch } = &intent.wish else { return None };
    let me = state.source(intent.source)?.me.as_deref()?;
    let takes = patch.fields.iter().eq(&[Field::Owner])
        && patch.values.owner.as_ref().is_some_and(|owner| owner.id() == me);
    let owner = current.owner.as_ref().filter(|_| takes && !base.same(current, Field::Owner))?;
    let who = state.practitioner_name(intent.source, owner);
    let when = current.last_modified.as_ref().map(|time| format!(" at {}", time.display(&state.zone)));
    Some(format!(
        "Not taken: {who} took it first{}. {} · {}. Press t on the next one.",
        when.unwrap_or_default(),
        current.title(),
        state.patient_line(current)
    ))
}

/// Somebody changed it since it was on the screen: nothing was written, and all versions are shown.
fn on_conflict(state: &mut State, intent: &Intent, error: &ApiError) {
    match &error.kind {
        ErrorKind::Conflict(Some(Thing::Task(current))) => sync::receive(state, vec![(**current).clone()]),
        ErrorKind::Conflict(Some(Thing::Document(_))) => {}
        // What could not be read may still come with the list.
        _ => fall_back(state, intent),
    }
    state.warn(&format!("Not done, somebody changed it meanwhile: {}", intent.line));
    if is_user_busy(state, intent.id) {
        return;
    }
    // What was typed into the form is in the write.
    layers::task_form::on_done(state, intent.id);
    layers::conflict::open_by_id(state, intent.id);
}

fn on_unknown(state: &mut State, id: IntentId, sentence: &str) {
    let Some(intent) = state.outbox.get(id) else { return };
    let line = intent.line.clone();
    let IntentState::Unknown { found, .. } = &intent.state else {
        let warning = format!("It may have been done; looking: {line} ({sentence})");
        return state.warn(&warning);
    };
    // What the source showed stands on the list, not what we hoped for.
    let found = found.iter().filter_map(Thing::task).cloned().collect();
    sync::receive(state, found);
    let warning = format!("Nobody knows whether this was done: {line} ({sentence})");
    state.warn(&warning);
    if !is_user_busy(state, id) {
        layers::confirm::open_unknown(state, id);
    }
}

/// The user lets a write go whose outcome is unknown or which was refused: it is not sent again, and the list shows what
/// the source has.
pub fn let_go(state: &mut State, id: IntentId) {
    let Some(intent) = state.outbox.drop_intent(id) else { return };
    undo::on_nothing(state, id, "let go, not sent again");
    fall_back(state, &intent);
    let was_found = matches!(&intent.state, IntentState::Unknown { found, .. } if !found.is_empty());
    layers::task_form::on_let_go(state, id, was_found);
    withdraw::begin(state, intent, Word::NotSentAgain);
}

/// Takes a write out of the outbox and off its store.
pub fn forget(state: &mut State, id: IntentId) -> Option<Intent> {
    let intent = state.outbox.drop_intent(id)?;
    undo::on_nothing(state, id, "let go, not sent again");
    let end = match &intent.state {
        IntentState::Refused { error } if error.is_conflict() => End::Refused(error.to_string()),
        _ => End::Dropped,
    };
    state.effects.push(Effect::Forget(id, end));
    Some(intent)
}

/// The user's word that a write goes out again as it is, under the same key.
pub fn send_again(state: &mut State, id: IntentId) {
    if let Some(source) = state.outbox.get(id).map(|intent| intent.source) {
        state.outbox.resume(source);
        state.outbox.send_again(id);
        super::pump(state);
    }
}

/// Opens what waits for the user's word where it is decided.
pub fn reopen(state: &mut State, id: IntentId) {
    let Some(intent) = state.outbox.get(id).cloned() else { return };
    match &intent.state {
        IntentState::Refused { error } if newer::is_wanted(&intent, error) => newer::read(state, &intent),
        IntentState::Refused { .. } => layers::conflict::open_by_id(state, id),
        IntentState::Unknown { .. } => layers::confirm::open_unknown(state, id),
        _ => {}
    }
}
