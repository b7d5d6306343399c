//! The one `match` on what happened; each arm is one call.
//!
//! Must not do IO, read a clock, fail, or work longer than one slice of a scan.

use super::{
    action::{Action, Context},
    effect::Effect,
    geometry::Size,
    keys::{Chord, Resolved, print_sequence},
    layers, marks,
    msg::{Configuration, Mouse, Msg, TimerId},
    resume,
    screens::{self, Screen, documents, drafts, editor, journal, outbox, sources, worklist},
    source::Badge,
    state::{Keeping, Settings, State},
    sync, takeover,
    text::Edit,
    undo, writes,
};
use crate::domain::{task::SourceId, time::Timestamp};

/// Takes one thing that happened and says what is wanted now.
pub fn update(state: &mut State, now: Timestamp, msg: Msg) -> Vec<Effect> {
    // A clock that is set back must not undo pauses and freezes.
    state.now = state.now.max(now);
    match msg {
        Msg::Start => start(state),
        Msg::Loaded(loaded) => resume::on_loaded(state, *loaded),
        Msg::Key(chord) => {
            state.in_key = true;
            on_key(state, chord);
            state.in_key = false;
        }
        Msg::Paste(text) => on_paste(state, &text),
        Msg::Mouse(mouse) => on_mouse(state, mouse),
        Msg::Resize(size) => on_resize(state, size),
        Msg::Focus(focused) => on_focus(state, focused),
        Msg::Heard { id, outcome } if state.outbox.owns(id) => writes::on_heard(state, id, *outcome),
        Msg::Heard { id, outcome } => sync::on_heard(state, id, *outcome),
        Msg::Badge { source, badge } => on_badge(state, source, badge),
        Msg::Timer(timer) => on_timer(state, timer),
        Msg::GoOn(generation) => worklist::on_go_on(state, generation),
        Msg::Stored { id, outcome } => writes::on_stored(state, id, outcome),
        Msg::LetGo { key, outcome } => writes::withdraw::on_let_go(state, &key, outcome),
        Msg::Claimed(claim) => takeover::on_claimed(state, claim),
        Msg::NotKept { id, sentence } => writes::on_not_kept(state, id, sentence),
        Msg::DraftStored { id, revision, outcome } => {
            state.on_keeping(&outcome);
            editor::keep::on_stored(state, id, revision, &outcome);
        }
        Msg::JournalRead(page) => journal::on_read(state, page),
        Msg::Edited(outcome) if editor::external::is_open(state) => {
            editor::external::on_edited(state, outcome);
        }
        Msg::Edited(outcome) => layers::task_form::on_edited(state, outcome),
        Msg::ViewSaved { name, outcome } => on_view_saved(state, &name, outcome),
        Msg::Configured(configuration) => on_configured(state, *configuration),
        Msg::Copied(outcome) => on_copied(state, outcome),
        Msg::Terminate => quit(state),
    }
    std::mem::take(&mut state.effects)
}

fn on_badge(state: &mut State, source: SourceId, badge: Badge) {
    if let Some(known) = state.source_mut(source)
        && known.badge != badge
    {
        known.badge = badge;
        state.touch();
    }
}

fn start(state: &mut State) {
    if state.sources.is_empty() {
        state.screen = Screen::FirstRun;
        state.touch();
        return;
    }
    if let Some(line) = problems_line(&state.settings.problems) {
        state.warn(&line);
    }
    worklist::rescan(state);
    undo::hold_restored(state, &|_| true);
    editor::open::offer(state);
    takeover::watch(state);
    sync::poll_all(state);
    set_clock(state);
}

/// The user leaves. What is held is sent first: it was confirmed, and there is nobody left to take it back. Writes that
/// are not settled are told, and the next time it is meant.
pub fn leave(state: &mut State) {
    if !state.leaving && writes::send_held(state) {
        return;
    }
    let unsettled = state.outbox.intents().len();
    if unsettled > 0 && !state.leaving {
        state.leaving = true;
        let after = match state.keeping {
            Keeping::OnDisk | Keeping::Reading | Keeping::Refused(_) => {
                "; what is kept goes on at the next start"
            }
            Keeping::Briefly | Keeping::InMemory(_) => " and nothing will watch over them",
        };
        let line = format!("{unsettled} of your writes are not settled yet{after}. Again to leave.");
        return state.warn(&line);
    }
    quit(state);
}

/// Ends the program: what was typed into a document, and how the list stands, is kept first.
pub fn quit(state: &mut State) {
    editor::keep::flush(state);
    worklist::lasting::keep(state);
    state.quitting = true;
    state.effects.push(Effect::Quit);
}

/// The contexts in which a key is looked up now, the nearest first.
pub fn contexts(state: &State) -> Vec<Context> {
    if let Some(layer) = state.layers.last() {
        let mut contexts = layer.contexts().to_vec();
        contexts.push(Context::Global);
        return contexts;
    }
    match state.screen {
        Screen::FirstRun => vec![Context::FirstRun, Context::Global],
        Screen::Sources => vec![Context::Sources, Context::Global],
        Screen::Outbox => vec![Context::Outbox, Context::Global],
        Screen::Drafts => vec![Context::Drafts, Context::Global],
        Screen::Journal => vec![Context::Journal, Context::Global],
        Screen::Documents => vec![Context::Documents, Context::Global],
        Screen::Editor => editor::contexts(state),
        Screen::Worklist if state.worklist.filter.is_some() => {
            vec![Context::Filter, Context::Global]
        }
        Screen::Worklist if state.worklist.pane == worklist::Pane::Detail => {
            vec![Context::Detail, Context::Worklist, Context::Global]
        }
        Screen::Worklist => vec![Context::Worklist, Context::Global],
    }
}

fn on_key(state: &mut State, chord: Chord) {
    if state.toast.as_ref().is_some_and(|toast| toast.answers_key) {
        state.toast = None;
        state.touch();
    }
    let contexts = contexts(state);
    let pending = std::mem::take(&mut state.pending);
    if !pending.is_empty() {
        state.touch();
    }
    match state.keymap.resolve(&contexts, &pending, chord) {
        Resolved::Action(action) => act(state, action),
        Resolved::Pending(_) => {
            state.pending = pending;
            state.pending.push(chord);
            state.touch();
        }
        Resolved::Text(character) => on_text(state, character.encode_utf8(&mut [0; 4])),
        Resolved::Nothing => {
            let mut typed = pending;
            typed.push(chord);
            let help = state.keymap.keys_in(&contexts, Action::Help).into_iter().next();
            let help = help.map_or_else(String::new, |key| format!(" {key} lists the keys."));
            state.say(&format!("{} does nothing here.{help}", print_sequence(&typed)));
        }
    }
}

fn on_text(state: &mut State, text: &str) {
    if !state.layers.is_empty() {
        layers::on_text(state, text);
    } else if state.screen == Screen::Editor {
        editor::on_text(state, text);
    } else if state.worklist.filter.is_some() {
        worklist::filter::on_text(state, text);
    }
}

/// What is pasted is typed, but for the text of a document, where it is one step.
fn on_paste(state: &mut State, text: &str) {
    if state.layers.is_empty() && state.screen == Screen::Editor {
        editor::on_paste(state, text);
    } else {
        on_text(state, text);
    }
}

/// Does an action where the user is.
pub fn act(state: &mut State, action: Action) {
    if !matches!(action, Action::Quit | Action::PaneClose) {
        // Whoever goes on working does not leave.
        (state.leaves_when_sent, state.leaving) = (false, false);
    }
    match action {
        Action::Redraw => return state.effects.push(Effect::Redraw),
        Action::Suspend => return state.effects.push(Effect::Suspend),
        Action::Help => {
            let contexts = contexts(state);
            return layers::help::open(state, &contexts);
        }
        _ => {}
    }
    if !state.layers.is_empty() {
        return layers::on_action(state, action);
    }
    let is_done = match state.screen {
        Screen::FirstRun => return on_first_run(state, action),
        Screen::Editor => return editor::on_action(state, action),
        Screen::Sources => sources::on_action(state, action),
        Screen::Outbox => outbox::on_action(state, action),
        Screen::Drafts => drafts::on_action(state, action),
        Screen::Documents => documents::on_action(state, action),
        Screen::Journal => journal::on_action(state, action),
        Screen::Worklist => state.worklist.filter.is_some() && worklist::filter::on_action(state, action),
    };
    if !is_done && !screens::go(state, action) {
        worklist::act::on_action(state, action);
    }
}

fn on_first_run(state: &mut State, action: Action) {
    match action {
        Action::Quit | Action::PaneClose => quit(state),
        Action::FirstRunDemo => state.effects.push(Effect::StartDemo),
        Action::FirstRunConnect => layers::tell::open(state, "Connect a source", connect_lines()),
        Action::Palette => layers::palette::open(state),
        _ => {}
    }
}

fn connect_lines() -> Vec<String> {
    let lines = [
        "1. rounds config init      writes a commented configuration and says where.",
        "2. Set kind, url and how the key is read: key_cmd, key_file (mode 0600) or key_env.",
        "3. Set me to your own practitioner id there; only OmniEHR tells it itself.",
        "4. rounds doctor           checks every source and says in a table what it can do.",
        "5. rounds                  opens the worklist.",
    ];
    lines.map(str::to_owned).to_vec()
}

/// The editing step of an action, where it is one.
pub fn line_edit(action: Action) -> Option<Edit> {
    Some(match action {
        Action::EditLeft => Edit::Left,
        Action::EditRight => Edit::Right,
        Action::EditUp => Edit::Up,
        Action::EditDown => Edit::Down,
        Action::EditHome => Edit::Home,
        Action::EditEnd => Edit::End,
        Action::EditWordLeft => Edit::WordLeft,
        Action::EditWordRight => Edit::WordRight,
        Action::EditBackspace => Edit::Backspace,
        Action::EditDelete => Edit::Delete,
        Action::EditKillWord => Edit::KillWord,
        Action::EditKillToStart => Edit::KillToStart,
        Action::EditKillToEnd => Edit::KillToEnd,
        _ => return None,
    })
}

fn on_mouse(state: &mut State, mouse: Mouse) {
    if state.layers.is_empty() && state.screen == Screen::Worklist {
        worklist::act::on_mouse(state, mouse);
    } else if state.layers.is_empty() && state.screen == Screen::Editor {
        editor::mouse::on_mouse(state, mouse);
    } else if let Mouse::Wheel { lines, .. } = mouse {
        act(state, if lines > 0 { Action::MoveDown } else { Action::MoveUp });
    }
}

fn on_resize(state: &mut State, size: Size) {
    state.size = size;
    state.worklist.detail_width = None;
    worklist::rows::settle(state);
    editor::settle(state);
}

/// Back from elsewhere: what is shown may be old.
fn on_focus(state: &mut State, focused: bool) {
    if focused {
        refresh_clock(state);
    }
}

fn on_timer(state: &mut State, timer: TimerId) {
    match timer {
        TimerId::Poll(source) => sync::on_poll_timer(state, source),
        TimerId::Outbox => writes::pump(state),
        TimerId::Countdown => undo::on_countdown(state),
        TimerId::Snooze => marks::on_timer(state),
        TimerId::Look => sync::look::on_timer(state),
        TimerId::Draft => editor::keep::on_timer(state),
        TimerId::Store => takeover::on_timer(state),
        TimerId::Thaw => worklist::rows::on_thaw(state),
        TimerId::Clock => {
            refresh_clock(state);
            worklist::lasting::keep(state);
            set_clock(state);
        }
        TimerId::Toast => {
            state.toast = None;
            state.touch();
        }
    }
}

/// A shown age or due time has changed its text; a filter that looks at the time is run again.
fn refresh_clock(state: &mut State) {
    worklist::on_time(state);
    if state.worklist.scan.as_ref().is_some_and(|scan| scan.depends().time || scan.depends().local) {
        worklist::rescan(state);
    } else {
        worklist::counts::recount(state);
    }
    state.touch();
}

/// Shown ages change their text at most this often, in seconds.
const CLOCK_S: i64 = 15;

/// The first mistake of the configuration, and how many more there are.
pub(in crate::app) fn problems_line(problems: &[String]) -> Option<String> {
    let (first, others) = problems.split_first()?;
    let count = others.len();
    let more = if count == 0 { String::new() } else { format!("{count} more in rounds config check. ") };
    Some(format!("{more}{first}"))
}

fn set_clock(state: &mut State) {
    let at = super::outbox::later(state.now, CLOCK_S);
    state.effects.push(Effect::Timer { id: TimerId::Clock, at });
}

fn on_view_saved(state: &mut State, name: &str, outcome: Result<(), String>) {
    match outcome {
        Ok(()) => state.say(&format!("View {name} is saved in the configuration.")),
        Err(sentence) => {
            state.warn(&format!("View {name} holds until you quit; it could not be saved: {sentence}"));
        }
    }
}

/// The configuration holds at once; where it is wrong, what was good before stays.
fn on_configured(state: &mut State, new: Configuration) {
    let shown = state.worklist.view.and_then(|index| state.worklist.views.get(index));
    let shown = shown.map(|view| (view.name.clone(), view.query.clone()));
    let Settings { read_only, proxy, .. } = std::mem::take(&mut state.settings);
    state.settings = Settings { read_only, proxy, ..new.settings };
    state.keymap = new.keymap;
    state.pending.clear();
    state.worklist.views = new.views;
    state.worklist.view = shown.and_then(|(name, query)| {
        state.worklist.views.iter().position(|view| view.name == name && view.query == query)
    });
    match problems_line(&state.settings.problems) {
        Some(line) => state.warn(&line),
        None => state.say("The configuration was read again."),
    }
}

fn on_copied(state: &mut State, outcome: Result<&'static str, String>) {
    match outcome {
        Ok(what) => state.say(&format!("Copied the {what}.")),
        Err(sentence) => state.warn(&format!("Not copied: {sentence}")),
    }
}
