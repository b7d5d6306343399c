//! From a verb to a write and back: what a verb changes, what is sent, and what the screen says of its end.
//!
//! Must not send before the user has seen verb, task and patient, nor say "done" before the source did.

pub mod newer;
pub mod plan;
pub mod settle;
pub mod withdraw;

use super::{
    action::Action,
    effect::Effect,
    layers::{confirm, pick, tell},
    msg::TimerId,
    outbox::{CallId, End, Intent, IntentId, IntentState, Ways, Wish},
    source::Link,
    state::State,
    takeover, undo,
};
use crate::domain::{
    can::Capability,
    clean::Clean,
    document::Document,
    people::PersonKind,
    task::{Field, Patch, SourceId, Task},
};
use crate::providers::{ApiError, ErrorKind};
pub use plan::{Argument, Fate, Verb};

/// The tasks that a verb is about: the marked ones, else the one under the cursor.
pub fn targets(state: &State) -> Vec<Task> {
    let marked = state.worklist.marks.iter();
    let marked: Vec<Task> =
        marked.filter_map(|key| state.store.find(key).and_then(|row| state.store.task(row))).collect();
    if marked.is_empty() { state.worklist.selected.clone().into_iter().collect() } else { marked }
}

/// Begins a verb: asks for what it needs, then shows what would be written.
pub fn begin(state: &mut State, verb: Verb) {
    let targets = targets(state);
    let Some(first) = targets.first() else { return state.say("There is no task under the cursor.") };
    if let Err(reason) = plan::may(state, verb, first.key.source)
        && targets
            .iter()
            .all(|task| task.key.source == first.key.source && !plan::is_taken(state, verb, task))
    {
        return refuse(state, verb, &reason);
    }
    state.worklist.last_verb = Some(verb);
    match verb {
        Verb::Priority => pick::open_priority(state, first.key.source),
        Verb::Owner => {
            let source = first.key.source;
            let kind = state.can(source).map_or(PersonKind::Practitioner, |can| can.owners);
            pick::open_owner(state, source, kind);
        }
        _ => confirm::open(state, verb, Argument::default(), targets),
    }
}

/// Says why a verb cannot be done. Where words would have been typed next, a dialog takes them: they are no commands.
pub fn refuse(state: &mut State, verb: Verb, reason: &str) {
    state.warn(reason);
    if verb.asks().is_some() || matches!(verb, Verb::Priority | Verb::Owner) {
        let title = verb.title(&state.zone);
        tell::open(state, &title, vec![reason.to_owned()]);
    }
}

/// Why an action cannot be done now, as a whole sentence; none when it can.
pub fn refusal(state: &State, action: Action) -> Option<String> {
    let selected = state.worklist.selected.as_ref();
    let source = selected.map(|task| task.key.source).or(state.sources.first().map(|source| source.id));
    let source = source?;
    match action {
        Action::TaskNew => {
            let mut sources = state.sources.iter().map(|source| source.id);
            let reason = state.may(source, Capability::Create).err();
            reason.filter(|_| !sources.any(|source| state.may(source, Capability::Create).is_ok()))
        }
        Action::DocumentNew => state.may(source, Capability::Document).err(),
        Action::TaskEdit | Action::TaskEditExternal => state.may(source, Capability::Update).err(),
        _ => {
            let verb = Verb::of(action)?;
            match selected {
                Some(task) => match plan::fate(state, verb, &Argument::default(), task) {
                    Fate::Cannot(reason) => Some(reason),
                    Fate::AlreadySo => Some("It is so already.".to_owned()),
                    Fate::Will { .. } => None,
                },
                None => plan::may(state, verb, source).err(),
            }
        }
    }
}

/// The line that the user confirms: verb, task, patient by name, birth date and id.
pub fn line(state: &State, verb: &str, task: &Task) -> String {
    let title = if task.title().is_empty() { "(no text)" } else { task.title() };
    format!("{verb}: {title} · {}", state.patient_line(task))
}

/// The same line for a document.
pub fn document_line(state: &State, verb: &str, document: &Document) -> String {
    let title = if document.title.trim().is_empty() { "(no title)" } else { &*document.title };
    let patient = state.patient_of(document.key.source, document.patient.as_ref());
    format!("{verb}: {title} · {patient}")
}

/// Cells of a title in a message.
const TITLE_CELLS: usize = 60;

/// The same line for a message: a long title gives way, so that the patient and the outcome are always read.
pub fn short_line(state: &State, verb: &str, task: &Task) -> String {
    let title = if task.title().is_empty() { "(no text)" } else { task.title() };
    format!("{verb}: {} · {}", Clean::line(title).truncate(TITLE_CELLS), state.patient_line(task))
}

/// Sends a change of a task that the user has confirmed; on the list our value stands on top from now on.
pub fn send_update(state: &mut State, base: Task, patch: Patch, line: String, typed: String) -> IntentId {
    let source = base.key.source;
    state.local.looked_at(&base.key);
    let mut shown = base.clone();
    patch.apply(&mut shown);
    let id = confirm_wish(state, source, Wish::Update { base: Box::new(base), patch }, line, typed);
    super::sync::receive(state, vec![shown]);
    id
}

/// Sends a task to be made that the user has confirmed.
pub fn send_create(state: &mut State, source: SourceId, draft: Task, line: String) -> IntentId {
    confirm_wish(state, source, Wish::Create(Box::new(draft)), line, String::new())
}

/// Sends what is wanted of a document under the key that its draft has been given.
pub fn send_document(state: &mut State, source: SourceId, wish: Wish, line: String, key: String) -> IntentId {
    confirm_under(state, source, wish, line, String::new(), key)
}

/// Puts a write that the user has confirmed into the outbox; it is kept before it is sent.
pub fn confirm_wish(
    state: &mut State,
    source: SourceId,
    wish: Wish,
    line: String,
    typed: String,
) -> IntentId {
    let key = state.ids.idempotency_key();
    confirm_under(state, source, wish, line, typed, key)
}

fn confirm_under(
    state: &mut State,
    source: SourceId,
    wish: Wish,
    line: String,
    typed: String,
    idempotency_key: String,
) -> IntentId {
    let id = state.next_intent();
    let confirmed_at = state.now;
    let intent =
        Intent { id, source, wish, idempotency_key, line, typed, confirmed_at, state: IntentState::Saving };
    state.outbox.confirm(intent.clone());
    undo::on_confirmed(state, &intent);
    if state.settings.undo_window_s > 0 && intent.wish.goes_at_once() {
        let line = format!("{} — sent at once: it is a STAT.", intent.line);
        state.say(&line);
    }
    takeover::before_a_write(state);
    state.effects.push(Effect::Keep(Box::new(intent)));
    id
}

/// The store of writes has answered: only now may the write be sent.
pub fn on_stored(state: &mut State, id: IntentId, outcome: Result<(), String>) {
    state.on_keeping(&outcome);
    match outcome {
        Ok(()) => {
            state.outbox.on_stored(id);
            if let Some(refused) = state.outbox.take_replaced(id) {
                undo::on_nothing(state, refused.id, "another one was sent in its place");
                state.effects.push(Effect::Forget(refused.id, End::Dropped));
            }
            undo::hold(state, id);
            pump(state);
        }
        Err(sentence) => {
            withdraw::on_not_stored(state, id);
            if let Some(intent) = state.outbox.on_store_failed(id) {
                undo::on_nothing(state, id, "not kept, so not sent");
                settle::fall_back(state, &intent);
                super::layers::task_form::on_let_go(state, id, false);
                let line = format!("{sentence} Nothing was sent.");
                state.warn(&line);
                if !intent.typed.is_empty() {
                    // What was typed is kept at least as long as the program runs.
                    let kind = ErrorKind::NotSent;
                    let error = ApiError { kind, status: None, sentence, request_id: None };
                    state.outbox.keep_refused(intent, error);
                }
            }
        }
    }
}

/// It could not be kept that a write goes out: nothing went out, and it is tried again soon.
pub fn on_not_kept(state: &mut State, id: CallId, sentence: String) {
    let error =
        ApiError { kind: ErrorKind::NotSent, status: None, sentence: sentence.clone(), request_id: None };
    // It waits, whatever the source's ways are.
    drop(state.outbox.on_outcome(id, Err(error), state.now, Ways::default()));
    state.on_keeping(&Err(sentence));
    pump(state);
}

/// Sends what can be sent now.
pub fn pump(state: &mut State) {
    let now = state.now;
    let mut outbox = std::mem::take(&mut state.outbox);
    let takes: Vec<bool> = state.sources.iter().map(super::source::Source::takes_writes).collect();
    let online = |source: SourceId| takes.get(usize::from(source.0)).copied().unwrap_or(false);
    let calls = outbox.pump(now, &online, &mut || state.next_call());
    let wake = outbox.next_wake(now);
    state.outbox = outbox;
    for (id, source, call) in calls {
        let sent = |intent: &&Intent| intent.state == IntentState::Sending(id);
        state.effects.push(match state.outbox.intents().iter().find(sent) {
            Some(intent) => Effect::Send { id, source, call, intent: Box::new(intent.clone()) },
            None => Effect::Call { id, source, call },
        });
    }
    if let Some(at) = wake {
        state.effects.push(Effect::Timer { id: TimerId::Outbox, at });
    }
    undo::countdown(state);
    state.touch();
}

/// The ways of a source by which the outcome of a write is judged.
pub fn ways(state: &State, source: SourceId) -> Ways {
    state.can(source).map_or_else(Ways::default, |can| Ways {
        lag_s: can.pace.search_lag_s,
        creates_once: can.creates_once,
    })
}

/// Sends what is held before the program ends, and lets it end by itself when all of it is settled. Whether anything
/// was held and goes out now.
pub fn send_held(state: &mut State) -> bool {
    let is_held = |intent: &&Intent| matches!(intent.state, IntentState::Held { .. } | IntentState::Saving);
    let held = state.outbox.intents().iter().filter(is_held).count();
    if held == 0 {
        return false;
    }
    state.outbox.release(|_| true);
    pump(state);
    if !is_sending(state) {
        return false;
    }
    state.leaving = true;
    state.leaves_when_sent = true;
    let (what, it) = if held == 1 {
        ("1 held write is", "it is")
    } else {
        (&*format!("{held} held writes are"), "they are")
    };
    let line = format!("{what} sent now; the program ends when {it} settled. Again to leave at once.");
    state.say(&line);
    true
}

fn is_sending(state: &State) -> bool {
    let intents = state.outbox.intents().iter();
    intents.into_iter().any(|intent| matches!(intent.state, IntentState::Saving | IntentState::Sending(_)))
}

/// Ends the program that the user has left, once all is sent; what must be read keeps it.
fn end_if_sent(state: &mut State) {
    if !state.leaves_when_sent {
        return;
    }
    let is_good = state.layers.is_empty() && state.toast.as_ref().is_none_or(|toast| !toast.is_warning);
    if state.outbox.intents().is_empty() && is_good {
        super::update::quit(state);
    } else if !is_good || !is_sending(state) {
        (state.leaves_when_sent, state.leaving) = (false, false);
    }
}

/// A conversation about a write has ended.
pub fn on_heard(state: &mut State, id: CallId, outcome: Result<crate::providers::Answer, ApiError>) {
    let intent = state.outbox.intents().iter().find(|intent| intent.is_under_way(id));
    let source = intent.map(|intent| intent.source);
    if intent.is_some_and(|intent| intent.state == IntentState::Sending(id)) {
        // It was kept, or it would not have gone out.
        state.on_keeping(&Ok(()));
    }
    let ways = source.map_or_else(Ways::default, |source| ways(state, source));
    let mut came_back = false;
    if let (Ok(answer), Some(known)) = (&outcome, source.and_then(|source| state.source_mut(source))) {
        came_back = known.link != Link::Live;
        known.link = Link::Live;
        known.rate = answer.facts.rate.or(known.rate);
    }
    if let (Some(source), Err(error)) = (source, &outcome)
        && let ErrorKind::Quota { reset_at } = error.kind
    {
        super::sync::pause(state, source, reset_at, &error.to_string());
    }
    if let (Some(source), Err(error)) = (source, &outcome)
        && error.kind == ErrorKind::Credential
        && let Some(known) = state.source_mut(source)
    {
        known.link = Link::Stopped { sentence: error.to_string() };
    }
    let now = state.now;
    if let Some(settled) = state.outbox.on_outcome(id, outcome, now, ways) {
        settle::on_settled(state, settled);
    }
    if let Some(source) = source.filter(|_| came_back) {
        // What holds for one write holds for the others and for the list.
        let now = state.now;
        state.outbox.wake(source, now);
        super::sync::poll(state, source, false);
    }
    pump(state);
    undo::tell(state);
    end_if_sent(state);
}

/// Says in one sentence why the selected task stands where it stands.
pub fn why(state: &mut State) {
    let Some(task) = state.worklist.selected.clone() else {
        return state.say("There is no task under the cursor.");
    };
    let reasons = state.store.find(&task.key).and_then(|row| state.store.why(row, state.now));
    let Some(reasons) = reasons else { return state.say("The task is no longer in the list.") };
    let priority = match &task.priority {
        Some(known) if known.rank().is_some() => format!("its priority is {}", known.as_str()),
        Some(odd) => format!("its priority {} is unknown, and unknown ones come first", odd.as_str()),
        None => "it has no priority, which sorts as routine".to_owned(),
    };
    let due = match (task.due(), reasons.closed) {
        (_, true) => "it has ended, so it stands behind the open ones".to_owned(),
        (None, _) => "it has no due time, so it stands behind the dated ones".to_owned(),
        (Some((due, from)), _) => {
            let shown = due.display(&state.zone);
            let word = if reasons.overdue { "it was due at" } else { "it is due at" };
            format!("{word} {shown} by {}", from.label())
        }
    };
    let sentence = format!(
        "It stands at {} of {}: {priority}, and {due}; then the older first.",
        reasons.place, reasons.of
    );
    state.say(&sentence);
}

/// The fields that a user may set on a new task of a source, in the order of the form.
pub fn creatable(state: &State, source: SourceId) -> Vec<Field> {
    state.can(source).map_or_else(Vec::new, |can| can.create.iter().map(|rule| rule.field).collect())
}
