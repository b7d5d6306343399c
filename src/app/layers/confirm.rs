//! What is about to be written: each task with its patient, and what the user must still type.
//!
//! Must not send anything that is not on the screen.

use super::{Layer, close, tell::scrolled};
use crate::app::{
    action::Action,
    form,
    outbox::{IntentId, IntentState, Wish, problems},
    screens::worklist::rows,
    state::State,
    text::TypedText,
    undo, update,
    writes::{self, Argument, Fate, Verb, plan},
};
use crate::domain::{
    document::{Document, Thing},
    priority::Priority,
    task::{Field, Patch, Task},
    time::parse_typed,
};

/// A write that waits for the user's word.
#[derive(Debug)]
pub struct Confirm {
    /// What is asked.
    pub what: What,
    /// Every task with what would become of it.
    pub items: Vec<Item>,
    /// What is to be typed, with its label.
    pub prompt: Option<(&'static str, TypedText)>,
    /// What must be typed to show that it is meant.
    pub demand: Option<Demand>,
    /// What is wrong with what was typed.
    pub problem: Option<String>,
    /// How what was typed is understood.
    pub hint: Option<String>,
    /// What was found that may be the write's own, a line each.
    pub found: Vec<String>,
    /// The first line of a long list that is shown.
    pub scroll: u16,
}

/// A word or number that must be typed before a write that is easily regretted.
#[derive(Debug)]
pub struct Demand {
    /// The label before it.
    pub label: &'static str,
    /// What must be typed.
    pub wanted: String,
    /// What it is for, a whole sentence.
    pub sentence: String,
    /// What is typed.
    pub text: TypedText,
}

/// The word that is typed to change what its system marks as not to be changed.
const UNLOCK: &str = "change";
/// More tasks than this are not changed at once: nobody reads the patients of more.
const MOST_AT_ONCE: usize = 500;

/// What a confirmation is about.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A verb on tasks.
    Do(Verb, Argument),
    /// A write of unknown outcome: send it again, or let it go.
    Unknown(IntentId),
    /// A refused write: correct it, send it again, or let it go.
    Refused(IntentId),
}

/// One task of a confirmation.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The task as the user sees it.
    pub task: Task,
    /// The verb, the title and the patient by name, birth date and id.
    pub line: String,
    /// What would become of it.
    pub fate: Fate,
}

impl Confirm {
    /// Whether printable keys are text here.
    pub fn takes_text(&self) -> bool {
        self.prompt.is_some() || self.demand.is_some()
    }

    /// How many tasks would change.
    pub fn will_change(&self) -> usize {
        self.items.iter().filter(|item| matches!(item.fate, Fate::Will { .. })).count()
    }

    fn text(&mut self) -> Option<&mut TypedText> {
        let prompt = self.prompt.as_mut().map(|(_, text)| text);
        prompt.or(self.demand.as_mut().map(|demand| &mut demand.text))
    }
}

/// Shows what a verb would do to these tasks.
pub fn open(state: &mut State, verb: Verb, argument: Argument, tasks: Vec<Task>) {
    let items: Vec<Item> = tasks
        .into_iter()
        .map(|task| Item {
            line: writes::line(state, &verb.word(&argument, &state.zone), &task),
            fate: plan::fate(state, verb, &argument, &task),
            task,
        })
        .collect();
    if let [Item { fate: Fate::Cannot(reason), .. }] = items.as_slice() {
        let reason = reason.clone();
        return writes::refuse(state, verb, &reason);
    }
    if let [Item { fate: Fate::AlreadySo, line, .. }] = items.as_slice() {
        let line = format!("It is so already. {line}");
        return state.say(&line);
    }
    let many = items.iter().filter(|item| matches!(item.fate, Fate::Will { .. })).count();
    if many > MOST_AT_ONCE {
        let line =
            format!("{many} tasks are too many to be read before they are changed: at most {MOST_AT_ONCE}.");
        return state.warn(&line);
    }
    let stat = items.len() > 1
        && items.iter().any(|item| item.task.priority.as_ref().is_some_and(Priority::is_stat));
    let text = || if verb == Verb::Note { TypedText::prose("") } else { TypedText::line("") };
    let mut confirm = Confirm {
        what: What::Do(verb, argument),
        items,
        prompt: verb.asks().map(|label| (label, text())),
        demand: None,
        problem: None,
        hint: None,
        found: Vec::new(),
        scroll: 0,
    };
    if confirm.prompt.is_none() {
        confirm.demand = demand(state, &confirm, stat);
    }
    if needs_no_word(state, &confirm) && carry_out(state, &confirm).is_ok() {
        return;
    }
    state.layers.push(Layer::Confirm(Box::new(confirm)));
    // Marked tasks off the screen may have patients whose names were never asked for.
    rows::want_names(state);
    state.touch();
}

/// Whether the key alone confirms: the line of one task stands at the foot while it can still be taken back.
fn needs_no_word(state: &State, confirm: &Confirm) -> bool {
    state.settings.undo_window_s > 0
        && confirm.prompt.is_none()
        && confirm.demand.is_none()
        && matches!(confirm.items.as_slice(), [Item { fate: Fate::Will { caution: None, .. }, .. }])
}

/// What must be typed before these tasks are changed: their number where a STAT is among many, a word where one is
/// marked as not to be changed.
fn demand(state: &State, confirm: &Confirm, stat: bool) -> Option<Demand> {
    let text = || TypedText::line("");
    let mut will = confirm.items.iter().filter(|item| matches!(item.fate, Fate::Will { .. }));
    if let Some(item) = will.find(|item| item.task.read_only) {
        let system = state.can(item.task.key.source).map_or("its source", |can| can.system);
        let sentence =
            format!("{system} marks it as not to be changed: type {UNLOCK} to change it all the same.");
        return Some(Demand { label: "Word", wanted: UNLOCK.to_owned(), sentence, text: text() });
    }
    let count = confirm.will_change();
    let sentence = count_line(count);
    stat.then(|| Demand { label: "Count", wanted: count.to_string(), sentence, text: text() })
}

/// Asks what is to become of a write of unknown outcome.
pub fn open_unknown(state: &mut State, id: IntentId) {
    let Some(intent) = state.outbox.get(id) else { return };
    let IntentState::Unknown { found, .. } = &intent.state else { return };
    let found = match &intent.wish {
        Wish::Update { patch, .. } => {
            found.iter().flat_map(|thing| held_lines(state, patch, thing)).collect()
        }
        Wish::UpdateDocument { base, document } => {
            found.iter().flat_map(|thing| held_parts(base, document, thing)).collect()
        }
        _ => found.iter().map(|thing| found_line(state, thing)).collect(),
    };
    open_question(state, What::Unknown(id), found);
}

/// Asks what is to become of a refused write; its text and the reasons are shown.
pub fn open_refused(state: &mut State, id: IntentId) {
    let Some(intent) = state.outbox.get(id) else { return };
    let IntentState::Refused { error } = &intent.state else { return };
    let mut lines: Vec<String> =
        problems(error).iter().map(|problem| format!("{}: {}", problem.path, problem.sentence)).collect();
    if !intent.typed.is_empty() {
        lines.push("What was typed:".to_owned());
        lines.extend(intent.typed.lines().map(str::to_owned));
    }
    open_question(state, What::Refused(id), lines);
}

/// What an update wanted and what the task shows now, field by field.
fn held_lines(state: &State, patch: &Patch, thing: &Thing) -> Vec<String> {
    let Some(task) = thing.task() else { return Vec::new() };
    let words =
        |task: &Task, field: Field| form::words_in(task, field, state.can(task.key.source), &state.zone);
    let fields = patch.fields.iter().filter(|field| !task.same(&patch.values, **field));
    let lines = fields.map(|field| {
        let (mine, theirs) = (words(&patch.values, *field), words(task, *field));
        format!("{}  yours: {mine}  there: {theirs}", field.name())
    });
    lines.collect()
}

/// The parts of a document that do not show what was wanted.
fn held_parts(base: &Document, wanted: &Document, thing: &Thing) -> Vec<String> {
    let Some(document) = thing.document() else { return Vec::new() };
    let parts = wanted.changed(base).into_iter().filter(|part| !document.same(wanted, *part));
    parts.map(|part| format!("{}  is not yours", part.name())).collect()
}

fn open_question(state: &mut State, what: What, found: Vec<String>) {
    let confirm = Confirm {
        what,
        items: Vec::new(),
        prompt: None,
        demand: None,
        problem: None,
        hint: None,
        found,
        scroll: 0,
    };
    state.layers.push(Layer::Confirm(Box::new(confirm)));
    state.touch();
}

/// What may be the lost one: what tells it from another of the same words for the same patient stands with it.
pub fn found_line(state: &State, thing: &Thing) -> String {
    let task = match thing {
        Thing::Task(task) => task,
        Thing::Document(document) => {
            let patient = state.patient_of(document.key.source, document.patient.as_ref());
            let changed = document.last_modified.as_ref().or(document.date.as_ref());
            let changed = changed.map(|time| format!(", {}", time.display(&state.zone)));
            let (status, id) = (document.status.as_str(), &document.key.id);
            return format!("{} · {patient} · {status}{}, {id}", document.title, changed.unwrap_or_default());
        }
    };
    let status = state.can(task.key.source).map_or(task.status.as_str(), |can| can.status_text(&task.status));
    let authored = task.authored_on.as_ref().map(|time| format!(", asked for {}", time.display(&state.zone)));
    let (id, authored) = (&task.key.id, authored.unwrap_or_default());
    format!("{} · {} · {status}{authored}, {id}", task.title(), state.patient_line(task))
}

pub(super) fn on_text(state: &mut State, text: &str) {
    if let Some(Layer::Confirm(confirm)) = state.layers.last_mut()
        && let Some(typed) = confirm.text()
    {
        typed.insert(text);
        understand(state);
    }
}

/// Says how the typed time is understood, before it is sent.
fn understand(state: &mut State) {
    let (now, zone) = (state.now, state.zone.clone());
    let Some(Layer::Confirm(confirm)) = state.layers.last_mut() else { return };
    confirm.problem = None;
    confirm.hint = match (&confirm.what, &confirm.prompt) {
        (What::Do(Verb::Due, _), Some((_, text))) => parse_typed(text.text().trim(), now, &zone)
            .ok()
            .map(|time| format!("Due {}", time.to_date_time().display(&zone))),
        _ => None,
    };
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let Some(Layer::Confirm(confirm)) = state.layers.last_mut() else { return };
    if let Some(edit) = update::line_edit(action)
        && let Some(typed) = confirm.text()
    {
        typed.edit(edit);
        return understand(state);
    }
    if action == Action::EditNewLine
        && let Some(typed) = confirm.text()
    {
        return typed.new_line();
    }
    let (page, what) = (state.size.height / 2, confirm.what.clone());
    if let Some(scroll) = scrolled(scrolling(action), confirm.scroll, page) {
        // No more than the lines that the tasks can take.
        confirm.scroll = scroll.min((confirm.items.len() + confirm.found.len()).saturating_mul(8) as u16);
        return;
    }
    match (action, what) {
        (Action::InputAccept | Action::ConfirmYes, What::Do(verb, argument)) => accept(state, verb, argument),
        (Action::ConfirmAgain, What::Unknown(id) | What::Refused(id)) => {
            close(state);
            writes::settle::send_again(state, id);
        }
        (Action::ConfirmEdit, What::Refused(id)) => {
            close(state);
            super::task_form::open_refused(state, id);
        }
        (Action::ConfirmDrop, What::Unknown(id) | What::Refused(id)) => {
            close(state);
            writes::settle::let_go(state, id);
        }
        (Action::InputCancel | Action::ConfirmNo | Action::PaneClose, _) => drop(close(state)),
        _ => {}
    }
}

/// The arrows scroll where text is typed too: there is no history of reasons and counts.
fn scrolling(action: Action) -> Action {
    match action {
        Action::HistoryOlder => Action::MoveUp,
        Action::HistoryNewer => Action::MoveDown,
        action => action,
    }
}

fn accept(state: &mut State, verb: Verb, mut argument: Argument) {
    let Some(Layer::Confirm(confirm)) = state.layers.last() else { return };
    let typed = confirm.prompt.as_ref().map(|(_, text)| text.text());
    let demanded = confirm.demand.as_ref().map(|demand| {
        let is_typed = demand.text.text().trim().eq_ignore_ascii_case(&demand.wanted);
        (is_typed, demand.sentence.clone())
    });
    if let Some(text) = typed {
        if text.trim().is_empty() {
            return complain(state, "Something must be typed here; Esc leaves everything as it is.");
        }
        if verb == Verb::Due {
            match parse_typed(text.trim(), state.now, &state.zone) {
                Ok(time) => argument.due = Some(time.to_date_time()),
                Err(error) => return complain(state, &error.to_string()),
            }
        }
        argument.text = text;
    }
    if let Some((false, sentence)) = demanded {
        return complain(state, &sentence);
    }
    if demanded.is_none() && asks_on(state, verb, &argument) {
        return;
    }
    let Some(Layer::Confirm(confirm)) = state.layers.last_mut() else { return };
    confirm.what = What::Do(verb, argument);
    let Some(Layer::Confirm(confirm)) = close(state) else { return };
    if let Err(problem) = carry_out(state, &confirm) {
        state.layers.push(Layer::Confirm(confirm));
        complain(state, &problem);
    }
}

/// Confirms the writes of a question that was answered, as one step to take back; none of them where one has a problem.
fn carry_out(state: &mut State, confirm: &Confirm) -> Result<(), String> {
    let What::Do(verb, argument) = &confirm.what else { return Ok(()) };
    let mut ready = Vec::new();
    for Item { task, .. } in &confirm.items {
        if let Fate::Will { patch, .. } = plan::fate(state, *verb, argument, task) {
            plan::problem(state, &patch, task.key.source).map_or(Ok(()), Err)?;
            ready.push((task.clone(), patch));
        }
    }
    undo::begin_step(state);
    for (task, patch) in ready {
        let line = writes::short_line(state, &verb.word(argument, &state.zone), &task);
        writes::send_update(state, task, patch, line, argument.text.clone());
    }
    undo::end_step(state);
    if !state.worklist.marks.is_empty() {
        state.worklist.former_marks = std::mem::take(&mut state.worklist.marks);
    }
    Ok(())
}

/// After a reason was typed, a task that is marked as not to be changed still wants its word. Whether it does.
fn asks_on(state: &mut State, verb: Verb, argument: &Argument) -> bool {
    let Some(Layer::Confirm(confirm)) = state.layers.last() else { return false };
    let Some(demand) = demand(state, confirm, false) else { return false };
    if let Some(Layer::Confirm(confirm)) = state.layers.last_mut() {
        confirm.what = What::Do(verb, argument.clone());
        confirm.prompt = None;
        confirm.demand = Some(demand);
        confirm.hint = None;
    }
    true
}

/// What must be typed before many tasks are changed.
fn count_line(count: usize) -> String {
    let tasks = if count == 1 { "task" } else { "tasks" };
    format!("A STAT is among them: type {count} to change {count} {tasks}.")
}

fn complain(state: &mut State, sentence: &str) {
    if let Some(Layer::Confirm(confirm)) = state.layers.last_mut() {
        confirm.problem = Some(sentence.to_owned());
    }
}
