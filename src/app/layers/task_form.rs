//! The form of a task: made or changed, checked while it is typed, and open until the source has said yes.
//!
//! Must not close on a refusal: the text stays, with the source's problems at their fields.

use super::{Layer, close, pick, tell};
use crate::app::{
    action::Action,
    effect::Effect,
    form::{Form, Input, Kind},
    outbox::{IntentId, IntentState, Wish, problems},
    screens::editor,
    state::State,
    update, writes,
};
use crate::domain::{
    can::{Can, Capability},
    people::Reference,
    task::{Field, FieldSet, Intent, Patch, SourceId, Task, TaskKey},
    time::DateTime,
};
use crate::providers::ApiError;

/// A form on the screen.
#[derive(Debug)]
pub struct TaskForm {
    /// The fields.
    pub form: Form,
    /// The write that it was sent as, while the answer is awaited.
    pub sending: Option<IntentId>,
    /// The refused write that it shows: it stays in the outbox until what is typed here stands in its place.
    pub refused: Option<IntentId>,
    /// Shown once all is good: the line that the next Enter sends.
    pub review: Option<String>,
    /// Why Enter alone must not send what is under review: only the key that means it does.
    pub meant: Option<String>,
    /// What the user should know before that.
    pub caution: Option<String>,
    /// Whether Esc was pressed on edited text: the next one throws it away.
    pub leaving: bool,
}

/// Opens an empty form on the first source that makes tasks.
pub fn open_new(state: &mut State) {
    let makes = |source: &SourceId| state.may(*source, Capability::Create).is_ok();
    let here = state.worklist.selected.as_ref().map(|task| task.key.source);
    let source = here.into_iter().chain(state.source_ids()).find(|source| makes(source));
    let Some(source) = source else {
        let first = state.sources.first().map(|source| source.id).unwrap_or_default();
        let reason = state.may(first, Capability::Create).err();
        let reason = reason.unwrap_or_else(|| "No source is configured.".to_owned());
        state.warn(&reason);
        // The words of a quick line that are typed on are no commands.
        return tell::open(state, "New task", vec![reason]);
    };
    let me = state.source(source).and_then(|known| known.me.clone());
    let takes = |field| state.can(source).is_some_and(|can| can.rule(field, true).is_some());
    let draft = Task {
        key: TaskKey { source, ..TaskKey::default() },
        intent: takes(Field::Intent).then(|| Intent::parse("order")),
        requester: me.filter(|_| takes(Field::Requester)).map(|me| Reference::new(&me)),
        // The creation time, to the millisecond, is how a create of unknown outcome is found again.
        authored_on: takes(Field::AuthoredOn).then(|| DateTime::to_the_second(state.now)),
        ..Task::default()
    };
    open(state, source, draft, true);
}

/// Opens a form on the task under the cursor.
pub fn open_edit(state: &mut State) {
    let Some(task) = state.worklist.selected.clone() else {
        return state.say("There is no task under the cursor.");
    };
    match state.may(task.key.source, Capability::Update) {
        Ok(()) => open(state, task.key.source, task, false),
        Err(reason) => state.warn(&reason),
    }
}

/// Opens the form and gives its text to the user's editor.
pub fn open_external(state: &mut State) {
    open_edit(state);
    if let Some(Layer::Form(form)) = state.layers.last() {
        let text = form.form.to_front_matter();
        state.effects.push(Effect::EditExternally(text));
    }
}

fn open(state: &mut State, source: SourceId, base: Task, creating: bool) {
    let form = Form::new(state, source, base, creating);
    let form = TaskForm {
        form,
        sending: None,
        refused: None,
        review: None,
        meant: None,
        caution: None,
        leaving: false,
    };
    state.layers.push(Layer::Form(Box::new(form)));
    state.touch();
}

/// Opens a form on a refused write, or the editor on a document: its text, with the source's problems at their fields.
pub fn open_refused(state: &mut State, id: IntentId) {
    let Some(intent) = state.outbox.get(id).cloned() else { return };
    let IntentState::Refused { error } = &intent.state else { return };
    let may = |state: &State, capability| state.may(intent.source, capability);
    let (capability, base, wanted) = match &intent.wish {
        Wish::Create(draft) => (Capability::Create, draft, None),
        Wish::Update { base, patch } => (Capability::Update, base, Some(patch)),
        Wish::CreateDocument(_) | Wish::UpdateDocument { .. } => return editor::send::take_back(state, id),
        _ => return state.warn("This write has no form; it can be sent again or let go."),
    };
    if let Err(reason) = may(state, capability) {
        return state.warn(&reason);
    }
    open(state, intent.source, (**base).clone(), wanted.is_none());
    let zone = state.zone.clone();
    let can = state.can(intent.source).cloned();
    if let (Some(form), Some(can)) = (top(state), can) {
        if let Some(patch) = wanted {
            form.form.fill(patch, &can, &zone);
        }
        form.sending = Some(id);
    }
    on_refused(state, id, error);
    refresh_hints(state);
}

/// The user's editor has been left.
pub fn on_edited(state: &mut State, outcome: Result<Option<String>, String>) {
    let text = match outcome {
        Ok(Some(text)) => text,
        Ok(None) => return state.say("The text was not changed."),
        Err(sentence) => return state.warn(&sentence),
    };
    let Some(form) = top(state) else { return };
    let problems = form.form.take_front_matter(&text);
    if !problems.is_empty() {
        tell::open(state, "Not everything could be read", problems);
    }
    state.touch();
}

fn top(state: &mut State) -> Option<&mut TaskForm> {
    match state.layers.last_mut() {
        Some(Layer::Form(form)) => Some(form),
        _ => None,
    }
}

/// The form of a write; one that left the screen when it was sent comes back, beneath whatever is open.
fn find(state: &mut State, id: IntentId) -> Option<&mut TaskForm> {
    if let Some(place) = state.sent_forms.iter().position(|form| form.sending == Some(id)) {
        let form = state.sent_forms.remove(place);
        state.layers.insert(0, Layer::Form(Box::new(form)));
    }
    state.layers.iter_mut().find_map(|layer| match layer {
        Layer::Form(form) if form.sending == Some(id) => Some(&mut **form),
        _ => None,
    })
}

pub(super) fn on_text(state: &mut State, text: &str) {
    let Some(form) = top(state) else { return };
    form.leaving = false;
    form.review = None;
    if form.sending.is_some() {
        return;
    }
    if let Some(field) = form.form.current_mut() {
        field.text.insert(text);
        field.problem = None;
    }
    refresh_hints(state);
}

fn refresh_hints(state: &mut State) {
    let Some(Layer::Form(mut form)) = state.layers.pop() else { return };
    form.form.follow(state);
    state.layers.push(Layer::Form(form));
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let Some(form) = top(state) else { return };
    if action != Action::InputCancel {
        form.leaving = false;
    }
    if let Some(edit) = update::line_edit(action) {
        form.review = None;
        if let Some(field) = form.form.current_mut() {
            field.text.edit(edit);
        }
        return refresh_hints(state);
    }
    match action {
        Action::FormNext | Action::MoveDown => form.form.step(true),
        Action::FormPrevious | Action::MoveUp => form.form.step(false),
        Action::EditNewLine => new_line(form),
        Action::InputAccept => on_enter(state),
        Action::InputComplete => open_choices(state),
        Action::FormSubmit => submit(state),
        Action::InputCancel => cancel(state),
        _ => {}
    }
}

fn new_line(form: &mut TaskForm) {
    if let Some(field) = form.form.current_mut()
        && field.input.is_multiline()
    {
        field.text.new_line();
    }
}

/// Enter sends what is under review, opens a list where there is one, breaks a long text's line, else goes on.
fn on_enter(state: &mut State) {
    let Some(form) = top(state) else { return };
    if form.review.is_some() {
        if let Some(reason) = &form.meant {
            form.form.problem = Some(reason.clone());
            return;
        }
        return send(state);
    }
    match form.form.current().map(|field| field.input) {
        Some(Input::Quick) if form.form.current().is_some_and(|field| !field.text.is_empty()) => {
            submit(state);
        }
        Some(input) if matches!(input.kind(), Kind::Choice | Kind::Person) => open_choices(state),
        Some(input) if input.is_multiline() => new_line(form),
        _ => form.form.step(true),
    }
}

fn open_choices(state: &mut State) {
    let Some(form) = top(state) else { return };
    let source = form.form.source;
    let Some(input) = form.form.current_mut().map(|field| field.input) else { return };
    let person = state.can(source).map_or_else(|| input.person(), |can| input.person_in(can));
    match person {
        Some(kind) => {
            let title = state.can(source).map_or_else(|| input.label(), |can| input.label_in(can));
            pick::open_people(state, title, source, kind, pick::Target::FormField);
        }
        None if input.kind() == Kind::Choice => {
            let words = state.can(source).map_or_else(|| input.words(), |can| input.words_in(can));
            pick::open_words(state, input.label(), words.into_iter());
        }
        None => form_step(state),
    }
}

fn form_step(state: &mut State) {
    if let Some(form) = top(state) {
        form.form.step(true);
    }
}

/// A choice has been made for the field under the cursor.
pub(super) fn on_picked(state: &mut State, choice: &pick::Choice) {
    let Some(form) = top(state) else { return };
    if let Some(field) = form.form.current_mut() {
        field.text.set(&choice.value);
        field.problem = None;
    }
    form.review = None;
    form.form.step(true);
    refresh_hints(state);
}

fn cancel(state: &mut State) {
    let Some(form) = top(state) else { return };
    if form.review.take().is_some() {
        return;
    }
    if form.sending.is_none() && form.form.is_edited() && !form.leaving {
        form.leaving = true;
        let kept = "What you typed is not sent. Esc again leaves the refused write as it was sent.";
        let lost = "What you typed is not sent. Esc again throws it away.";
        form.form.problem = Some(if form.refused.is_some() { kept } else { lost }.to_owned());
        return;
    }
    let refused = form.refused.filter(|_| form.sending.is_none());
    close(state);
    if refused.is_some_and(|id| state.outbox.get(id).is_some()) {
        let key = state.keymap.keys_for(Action::GoOutbox).into_iter().next().unwrap_or_default();
        state.say(&format!("The refused write is kept with its text; {key} opens it again."));
    }
}

/// Checks everything, then shows the line that Enter sends.
fn submit(state: &mut State) {
    let (now, zone) = (state.now, state.zone.clone());
    let Some(Layer::Form(form)) = state.layers.last() else { return };
    if form.sending.is_some() {
        return;
    }
    if form.review.is_some() {
        return send(state);
    }
    let Some(can) = state.can(form.form.source) else { return };
    let (task, fields, wrong) = form.form.read(can, now, &zone);
    let creating = form.form.creating;
    let line = writes::short_line(state, if creating { "New task" } else { "Change" }, &task);
    let meant = meant(can, creating, &task);
    let caution = if creating { None } else { caution(can, &form.form.base, &fields) };
    let names = fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ");
    let Some(form) = top(state) else { return };
    if !wrong.is_empty() {
        let count = wrong.len();
        form.form.show_problems(wrong);
        form.form.problem = Some(format!("{count} to correct before it is sent."));
    } else if fields.is_empty() {
        form.form.problem = Some("Nothing is changed.".to_owned());
    } else {
        form.form.clear_problems();
        form.meant = meant;
        let line = if creating { line } else { format!("{line} · sets {names}") };
        form.caution = caution;
        form.review = Some(line);
    }
}

/// Why Enter alone must not send it.
fn meant(can: &Can, creating: bool, task: &Task) -> Option<String> {
    if task.read_only && !creating {
        return Some(format!("{} marks it as not to be changed: it is not sent by Enter.", can.system));
    }
    let takes_patients = can.rule(Field::Patient, creating).is_some();
    (creating && takes_patients && task.patient.is_none())
        .then(|| "A task without a patient is not sent by Enter.".to_owned())
}

/// What the user should know before a change is sent.
fn caution(can: &Can, base: &Task, fields: &FieldSet) -> Option<String> {
    let rewords = fields.contains(&Field::Description) || fields.contains(&Field::ShortDescription);
    let reopens = can.reworded.as_ref().filter(|_| rewords && base.status.is_closed());
    let reopens = reopens.filter(|_| !fields.contains(&Field::Status));
    reopens.map(|status| format!("This reopens it as {}.", can.status_text(status)))
}

fn send(state: &mut State) {
    let (now, zone) = (state.now, state.zone.clone());
    let Some(Layer::Form(form)) = state.layers.last() else { return };
    let (source, base, creating) = (form.form.source, form.form.base.clone(), form.form.creating);
    let Some(can) = state.can(source) else { return };
    let (task, fields, _) = form.form.read(can, now, &zone);
    let Some(line) = form.review.clone() else { return };
    let id = if creating {
        writes::send_create(state, source, task, line)
    } else {
        let patch = Patch { fields, values: Box::new(task) };
        writes::send_update(state, base, patch, line, String::new())
    };
    let mut refused = None;
    if let Some(form) = top(state) {
        form.review = None;
        form.sending = Some(id);
        form.form.problem = None;
        refused = form.refused;
    }
    if let Some(refused) = refused {
        state.outbox.replace(id, refused);
    }
    // While it is held the keys are those of the list, and one of them takes it back.
    if state.settings.undo_window_s > 0
        && let Some(Layer::Form(form)) = close(state)
    {
        state.sent_forms.push(*form);
    }
}

/// A write that was not sent gives its form back, with the text as it was typed.
pub fn bring_back(state: &mut State, id: IntentId) {
    if let Some(form) = find(state, id) {
        form.sending = None;
    }
    state.touch();
}

/// The source has said yes: the form goes.
pub fn on_done(state: &mut State, id: IntentId) {
    state.sent_forms.retain(|form| form.sending != Some(id));
    let sent = |layer: &Layer| matches!(layer, Layer::Form(form) if form.sending == Some(id));
    if let Some(place) = state.layers.iter().position(sent) {
        state.layers.remove(place);
        super::let_order_go(state);
    }
    state.touch();
}

/// The write will not be sent again: a form whose task was found at the source goes, any other can be typed in again.
pub fn on_let_go(state: &mut State, id: IntentId, was_found: bool) {
    if was_found {
        return on_done(state, id);
    }
    if let Some(form) = find(state, id) {
        form.sending = None;
    }
    state.touch();
}

/// The source has said no: its problems stand at their fields, the text stays. Whether a form was open.
pub fn on_refused(state: &mut State, id: IntentId, error: &ApiError) -> bool {
    let Some(form) = find(state, id) else { return false };
    form.sending = None;
    form.refused = Some(id);
    let places =
        problems(error).iter().map(|problem| (form.form.place_of(problem), problem.sentence.clone()));
    let places = places.collect();
    form.form.show_problems(places);
    form.form.problem = Some(error.to_string());
    state.warn(&format!("Not sent: {error}"));
    true
}
