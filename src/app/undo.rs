//! What this user wrote in this run, the newest last: taken back before it is sent, written back after.
//!
//! Must not write anything back over what somebody else has set since, nor do anything twice.

mod hold;
mod results;
mod reverse;

pub use hold::{HeldLine, countdown, held_line, hold, hold_restored, on_countdown};
pub use results::{Outcome, OutcomeKind, failed, outcomes, tell};

use super::{
    action::Action,
    layers::{task_form, tell as reading},
    outbox::{Intent, IntentId, IntentState, Wish},
    state::State,
    sync,
    writes::{
        self,
        withdraw::{self, Word, counted},
    },
};
use crate::domain::task::{SourceId, Task};

/// So many steps are remembered.
const MOST_STEPS: usize = 100;

/// The steps of this run.
#[derive(Debug, Default)]
pub struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
    /// The step that is being taken: many writes of one key belong together.
    open: Option<Step>,
    /// Whether what is written now stands in a step already.
    is_turning: bool,
}

/// The writes of one key.
#[derive(Debug, Default)]
pub struct Step {
    items: Vec<Item>,
    /// Whether its end is still to be told: many writes are told of together.
    is_awaited: bool,
}

impl Step {
    fn of(items: Vec<Item>) -> Step {
        Step { is_awaited: items.len() > 1, items }
    }
}

/// One write of a step.
#[derive(Clone, Debug)]
struct Item {
    intent: IntentId,
    source: SourceId,
    wish: Wish,
    line: String,
    typed: String,
    stand: Stand,
    /// The write that takes it back, where it had been sent.
    inverse: Option<Box<Item>>,
}

/// What became of a write.
#[derive(Clone, Debug)]
enum Stand {
    /// It is in the outbox.
    Open,
    /// The source has it, and gave this back.
    Done(Option<Box<Task>>),
    /// Nothing was changed by it, for this reason.
    Nothing(&'static str),
}

/// What came of taking a write back.
enum Taken {
    /// It was not sent yet, and will not be.
    Unsent,
    /// This write takes it back.
    By(Item),
    /// It had changed nothing.
    Nothing,
    /// It can be taken back later.
    Later(String),
    /// It cannot be taken back.
    Never(String),
}

impl Item {
    fn of(intent: &Intent) -> Item {
        Item {
            intent: intent.id,
            source: intent.source,
            wish: intent.wish.clone(),
            line: intent.line.clone(),
            typed: intent.typed.clone(),
            stand: Stand::Open,
            inverse: None,
        }
    }
}

impl History {
    /// The writes of the step that holds this one.
    fn siblings(&self, id: IntentId) -> impl Iterator<Item = IntentId> {
        let holds = |step: &&Step| step.items.iter().any(|item| item.intent == id);
        let step = self.open.iter().chain(self.done.iter().rev()).find(holds);
        step.into_iter().flat_map(|step| &step.items).map(|item| item.intent)
    }

    /// Whether a write is one of many of the same key, which are told of together.
    pub fn is_one_of_many(&self, id: IntentId) -> bool {
        self.siblings(id).count() > 1
    }

    /// Whether a write takes another one back.
    pub fn is_reversal(&self, id: IntentId) -> bool {
        let mut items = self.undone.iter().flat_map(|step| &step.items);
        items.any(|item| item.inverse.as_ref().is_some_and(|inverse| inverse.intent == id))
    }

    fn find_mut(&mut self, id: IntentId) -> Option<&mut Item> {
        let steps = self.done.iter_mut().chain(&mut self.undone).chain(&mut self.open);
        steps.flat_map(|step| &mut step.items).find_map(|item| {
            if item.intent == id {
                return Some(item);
            }
            item.inverse.as_deref_mut().filter(|inverse| inverse.intent == id)
        })
    }

    fn push(&mut self, step: Step) {
        if !step.items.is_empty() {
            self.done.push(step);
            if self.done.len() > MOST_STEPS {
                self.done.remove(0);
            }
        }
    }
}

/// Begins a step of many writes.
pub fn begin_step(state: &mut State) {
    state.undo.open = Some(Step::default());
}

/// Ends it.
pub fn end_step(state: &mut State) {
    if let Some(step) = state.undo.open.take() {
        state.undo.push(Step::of(step.items));
    }
}

/// The user has confirmed a write.
pub fn on_confirmed(state: &mut State, intent: &Intent) {
    let history = &mut state.undo;
    if history.is_turning {
        return;
    }
    history.undone.clear();
    match &mut history.open {
        Some(step) => step.items.push(Item::of(intent)),
        None => history.push(Step::of(vec![Item::of(intent)])),
    }
}

/// The source has it, and gave this back.
pub fn on_done(state: &mut State, id: IntentId, task: Option<&Task>) {
    if let Some(item) = state.undo.find_mut(id) {
        item.stand = Stand::Done(task.cloned().map(Box::new));
    }
}

/// Nothing was changed by it, or nobody asks any more.
pub fn on_nothing(state: &mut State, id: IntentId, reason: &'static str) {
    if let Some(item) = state.undo.find_mut(id) {
        item.stand = Stand::Nothing(reason);
    }
    // A write-back that failed leaves its write as it is: it can be tried again by the same key.
    let failed = |item: &Item| item.inverse.as_ref().is_some_and(|inverse| inverse.intent == id);
    let history = &mut state.undo;
    for step in &mut history.undone {
        if let Some(place) = step.items.iter().position(failed) {
            let item = Item { inverse: None, ..step.items.remove(place) };
            history.done.push(Step::of(vec![item]));
            break;
        }
    }
    history.undone.retain(|step| !step.items.is_empty());
}

/// Takes the newest step back.
pub fn undo(state: &mut State) {
    let Some(step) = next(state) else { return state.say("There is nothing of this run to take back.") };
    state.undo.is_turning = true;
    let (mut told, mut turned, mut stays) = (Told::default(), Vec::new(), Vec::new());
    for mut item in step.items.into_iter().rev() {
        match take_back(state, &item) {
            Taken::Unsent => {
                told.unsent(&item.line);
                item.stand = Stand::Nothing("taken back, not sent");
                turned.push(item);
            }
            Taken::By(inverse) => {
                told.sent(&inverse.line);
                item.inverse = Some(Box::new(inverse));
                turned.push(item);
            }
            Taken::Nothing => {}
            Taken::Later(reason) => {
                told.not(&item.line, &reason);
                stays.push(item);
            }
            Taken::Never(reason) => told.not(&item.line, &reason),
        }
    }
    stays.reverse();
    turned.reverse();
    state.undo.is_turning = false;
    state.undo.push(Step::of(stays));
    if !turned.is_empty() {
        state.undo.undone.push(Step::of(turned));
    }
    told.show(state, "Taken back", "Not taken back");
    writes::pump(state);
}

/// The newest step of which anything was or may be done.
fn next(state: &mut State) -> Option<Step> {
    let is_left = |item: &Item| match item.stand {
        Stand::Open => {
            let intent = state.outbox.get(item.intent);
            intent.is_some_and(|intent| !matches!(intent.state, IntentState::Refused { .. }))
        }
        Stand::Done(_) => true,
        Stand::Nothing(_) => false,
    };
    let place = state.undo.done.iter().rposition(|step| step.items.iter().any(is_left))?;
    Some(state.undo.done.remove(place))
}

/// Does again what was taken back last.
pub fn redo(state: &mut State) {
    let Some(step) = state.undo.undone.pop() else {
        return state.say("There is nothing that was taken back.");
    };
    state.undo.is_turning = true;
    let (mut told, mut turned, mut stays) = (Told::default(), Vec::new(), Vec::new());
    for mut item in step.items {
        let Some(inverse) = item.inverse.take() else {
            let again = reverse::again(state, &item);
            told.sent(&again.line);
            turned.push(again);
            continue;
        };
        // What was removed is made anew: nothing brings it back.
        if let (Wish::Delete { .. }, Stand::Done(_)) = (&inverse.wish, &inverse.stand) {
            let again = reverse::again(state, &item);
            told.sent(&again.line);
            turned.push(again);
            continue;
        }
        match take_back(state, &inverse) {
            // What would have taken it back was not sent: it is as it was.
            Taken::Unsent | Taken::Nothing => {
                told.unsent(&inverse.line);
                turned.push(item);
            }
            Taken::By(again) => {
                told.sent(&again.line);
                turned.push(again);
            }
            Taken::Later(reason) => {
                told.not(&inverse.line, &reason);
                stays.push(Item { inverse: Some(inverse), ..item });
            }
            Taken::Never(reason) => told.not(&item.line, &reason),
        }
    }
    state.undo.is_turning = false;
    state.undo.push(Step::of(turned));
    if !stays.is_empty() {
        state.undo.undone.push(Step::of(stays));
    }
    told.show(state, "Done again", "Not done again");
    writes::pump(state);
}

fn take_back(state: &mut State, item: &Item) -> Taken {
    let after = match &item.stand {
        Stand::Nothing(_) => return Taken::Nothing,
        Stand::Open => return drop_open(state, item),
        Stand::Done(after) => after.as_deref(),
    };
    match reverse::reversal(state, item, after) {
        Ok(inverse) => Taken::By(send(state, inverse)),
        Err(reason) => Taken::Never(reason),
    }
}

/// Takes a write out of the outbox before it is sent: the list shows the old value again.
fn drop_open(state: &mut State, item: &Item) -> Taken {
    let key = state.keymap.keys_for(Action::Undo).into_iter().next().unwrap_or_default();
    let Some(intent) = state.outbox.take_back(item.intent) else {
        return match state.outbox.get(item.intent).map(|intent| &intent.state) {
            // What its source refused is not done, and waits for the user's word.
            None | Some(IntentState::Refused { .. }) => Taken::Nothing,
            Some(IntentState::Unknown { .. }) => {
                let gq = state.keymap.keys_for(Action::GoOutbox).into_iter().next().unwrap_or_default();
                Taken::Later(format!(
                    "Nobody knows yet whether it was done; {gq} asks what is to become of it."
                ))
            }
            Some(_) => {
                Taken::Later(format!("It is under way; once its source has answered, {key} takes it back."))
            }
        };
    };
    if let Wish::Update { base, patch } = &intent.wish {
        let row = state.store.find(&base.key).and_then(|row| state.store.task(row));
        let mut shown = row.unwrap_or_else(|| (**base).clone());
        patch.fields.iter().for_each(|field| shown.copy(base, *field));
        sync::receive(state, vec![shown]);
    }
    task_form::bring_back(state, intent.id);
    withdraw::begin(state, intent, Word::NotSent);
    Taken::Unsent
}

/// Confirms a write that turns another one round.
fn send(state: &mut State, planned: reverse::Planned) -> Item {
    let reverse::Planned { source, wish, line, typed } = planned;
    let intent = match wish.clone() {
        Wish::Update { base, patch } => writes::send_update(state, *base, patch, line.clone(), typed.clone()),
        wish => writes::confirm_wish(state, source, wish, line.clone(), typed.clone()),
    };
    Item { intent, source, wish, line, typed, stand: Stand::Open, inverse: None }
}

/// What came of a step, an item each.
#[derive(Default)]
struct Told {
    unsent: Vec<String>,
    sent: Vec<String>,
    not: Vec<(String, String)>,
}

impl Told {
    fn unsent(&mut self, line: &str) {
        self.unsent.push(line.to_owned());
    }

    fn sent(&mut self, line: &str) {
        self.sent.push(line.to_owned());
    }

    fn not(&mut self, line: &str, reason: &str) {
        self.not.push((line.to_owned(), reason.to_owned()));
    }

    /// What went the same way for all says so at the foot; else it is listed.
    fn show(self, state: &mut State, title: &str, not_done: &str) {
        match (self.unsent.as_slice(), self.sent.as_slice(), self.not.as_slice()) {
            ([], [], []) => state.say("Nothing of it was done."),
            ([], [], [(line, reason)]) => state.warn(&format!("{not_done}: {line}. {reason}")),
            // The line that says what is being taken back gives way to the store's answer.
            (_, [], []) => state.toast = None,
            // The line that counts down says what it is.
            ([], _, []) if state.settings.undo_window_s > 0 => state.toast = None,
            ([], sent, []) => state.say(&format!("On its way: {}", counted(sent))),
            (unsent, sent, not) => {
                let unsent = unsent.iter().map(|line| format!("Taking back: {line}"));
                let sent = sent.iter().map(|line| format!("On its way: {line}"));
                let not = not.iter().map(|(line, reason)| format!("{not_done}: {line}. {reason}"));
                reading::open(state, title, unsent.chain(sent).chain(not).collect());
            }
        }
        state.touch();
    }
}
