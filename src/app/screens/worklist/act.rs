//! What keys and mouse do on the worklist.
//!
//! Must not act on a row number: every verb takes the task that was on the screen.

use super::{Pane, filter, rows, set_query, views};
use crate::app::{
    action::Action,
    columns::{self, Column},
    effect::Effect,
    geometry::Ladder,
    layers, marks,
    msg::Mouse,
    state::State,
    sync, undo, update,
    writes::{self, Verb},
};
use crate::domain::{
    people::{Person, PersonKind},
    task::TaskKey,
};

/// What a filter must never hide unseen: open urgent or overdue work, and whatever nobody can rank.
const URGENT: &str = "status:open (prio:>=urgent | due:overdue) | prio:any -prio:routine,urgent,asap,stat | -status:open,closed";

/// Does what an action asks on the worklist.
pub fn on_action(state: &mut State, action: Action) {
    if state.worklist.pane == Pane::Detail && scroll_detail(state, action) {
        return state.touch();
    }
    rows::freeze(state);
    if let Some(verb) = Verb::of(action) {
        return writes::begin(state, verb);
    }
    if let Some(number) = action.view_number() {
        return views::show_key(state, &number.to_string());
    }
    if move_cursor(state, action) || mark(state, action) || copy(state, action) {
        return state.touch();
    }
    match action {
        Action::PaneOpen => open_detail(state),
        Action::PaneNext => next_pane(state),
        Action::PaneClose => drop(close_pane(state)),
        Action::Quit => {
            if !close_pane(state) {
                update::leave(state);
            }
            return;
        }
        Action::Detail => toggle_detail(state),
        Action::FilterEdit => filter::open(state),
        Action::FilterClear => filter::clear(state),
        Action::ViewAll => views::show(state, None),
        Action::ViewNext => views::step(state, true),
        Action::ViewPrevious => views::step(state, false),
        Action::ViewSave => state.say("Type :save-view NAME KEY to keep this filter."),
        Action::GoUrgent => go(state, URGENT),
        Action::ViewHeld => super::held::toggle(state),
        Action::ViewSnoozed => super::held::toggle_snoozed(state),
        Action::Flag => marks::toggle_flag(state),
        Action::TaskSnooze => marks::snooze(state),
        Action::ProfileSwitch => crate::app::profiles::choose(state),
        Action::GoPatient => go_patient(state),
        Action::Why => writes::why(state),
        Action::Explain => crate::app::explain::open(state),
        Action::RefreshView => refresh(state),
        Action::RefreshAll => {
            state.source_ids().into_iter().for_each(|source| sync::refresh(state, source));
            state.say("Asking every source for everything again.");
        }
        Action::Palette => layers::palette::open(state),
        Action::Repeat => repeat(state),
        Action::Undo => undo::undo(state),
        Action::Redo => undo::redo(state),
        Action::DocumentNew => crate::app::screens::editor::open::from_task(state),
        Action::TaskNew => layers::task_form::open_new(state),
        Action::TaskEdit => layers::task_form::open_edit(state),
        Action::TaskEditExternal => layers::task_form::open_external(state),
        _ => {}
    }
    state.touch();
}

fn move_cursor(state: &mut State, action: Action) -> bool {
    let page = state.geometry().visible_rows().saturating_sub(1).max(1);
    let cursor = state.worklist.cursor;
    let last = state.worklist.len().saturating_sub(1);
    let place = match action {
        Action::MoveDown => cursor + 1,
        Action::MoveUp => cursor.saturating_sub(1),
        Action::MoveTop => 0,
        Action::MoveBottom => last,
        Action::MovePageDown => cursor + page,
        Action::MovePageUp => cursor.saturating_sub(page),
        _ => return false,
    };
    look_at(state);
    rows::move_to(state, place.min(last));
    true
}

/// The task under the cursor has been looked at.
fn look_at(state: &mut State) {
    if let Some(key) = selected_key(state)
        && state.local.looked_at(&key)
    {
        super::counts::recount(state);
    }
}

fn selected_key(state: &State) -> Option<TaskKey> {
    state.worklist.selected.as_ref().map(|task| task.key.clone())
}

fn scroll_detail(state: &mut State, action: Action) -> bool {
    let page = state.geometry().detail.map_or(1, |detail| detail.height.saturating_sub(2).max(1));
    let last = state.last_page;
    let scroll = state.worklist.detail_scroll.min(last);
    let scroll = match action {
        Action::MoveDown => scroll.saturating_add(1),
        Action::MoveUp => scroll.saturating_sub(1),
        Action::MovePageDown => scroll.saturating_add(page),
        Action::MovePageUp => scroll.saturating_sub(page),
        Action::MoveTop => 0,
        Action::MoveBottom => last,
        _ => return false,
    };
    state.worklist.detail_scroll = scroll.min(last);
    true
}

fn open_detail(state: &mut State) {
    look_at(state);
    state.worklist.detail = Some(true);
    state.worklist.pane = Pane::Detail;
    rows::settle(state);
}

fn next_pane(state: &mut State) {
    state.worklist.pane = match state.worklist.pane {
        Pane::List if state.geometry().detail.is_some() => Pane::Detail,
        _ => Pane::List,
    };
}

fn toggle_detail(state: &mut State) {
    let shown = state.geometry().detail.is_some();
    state.worklist.detail = Some(!shown);
    state.worklist.pane = Pane::List;
    rows::settle(state);
}

/// Closes what is open on the screen; whether anything was.
fn close_pane(state: &mut State) -> bool {
    let worklist = &mut state.worklist;
    let covers = Ladder::of(state.size) < Ladder::Medium;
    if worklist.pane == Pane::Detail {
        worklist.pane = Pane::List;
        if covers || Ladder::of(state.size) < Ladder::Wide {
            worklist.detail = None;
        }
    } else if worklist.detail == Some(true) && Ladder::of(state.size) < Ladder::Wide {
        worklist.detail = None;
    } else if state.toast.is_some() {
        state.toast = None;
    } else {
        return false;
    }
    rows::settle(state);
    true
}

fn mark(state: &mut State, action: Action) -> bool {
    let key = selected_key(state);
    match (action, key) {
        (Action::MarkToggle, Some(key)) => {
            if !state.worklist.marks.remove(&key) {
                state.worklist.marks.insert(key.clone());
            }
            state.worklist.anchor = Some(key);
            let next = (state.worklist.cursor + 1).min(state.worklist.len().saturating_sub(1));
            rows::move_to(state, next);
        }
        (Action::MarkRange, Some(key)) => mark_range(state, &key),
        (Action::MarkAll, _) => {
            let keys: Vec<TaskKey> =
                state.worklist.rows.iter().filter_map(|row| state.store.key(*row)).collect();
            state.worklist.marks.extend(keys);
        }
        (Action::MarkNone, _) => state.worklist.former_marks = std::mem::take(&mut state.worklist.marks),
        (Action::MarkRestore, _) => state.worklist.marks = std::mem::take(&mut state.worklist.former_marks),
        (Action::MarkToggle | Action::MarkRange, None) => {}
        _ => return false,
    }
    true
}

fn mark_range(state: &mut State, key: &TaskKey) {
    let place = |key: &TaskKey| {
        let row = state.store.find(key)?;
        state.worklist.rows.iter().position(|shown| *shown == row)
    };
    let anchor = state.worklist.anchor.clone();
    if let (Some(from), Some(to)) = (anchor.as_ref().and_then(place), place(key)) {
        let range = from.min(to)..=from.max(to);
        let rows = state.worklist.rows.get(range).unwrap_or_default();
        let keys: Vec<TaskKey> = rows.iter().filter_map(|row| state.store.key(*row)).collect();
        state.worklist.marks.extend(keys);
    } else {
        state.worklist.marks.insert(key.clone());
        state.worklist.anchor = Some(key.clone());
    }
}

fn copy(state: &mut State, action: Action) -> bool {
    let what = match action {
        Action::CopyId => "id",
        Action::CopyPatient => "patient",
        Action::CopyText => "text",
        Action::CopyJson => "JSON",
        Action::CopyLink => "link",
        _ => return false,
    };
    let Some(task) = state.worklist.selected.clone() else { return true };
    let text = match action {
        Action::CopyId => state.full_id(&task.key),
        Action::CopyPatient => state.patient_line(&task),
        Action::CopyText => task.title().to_owned(),
        Action::CopyJson => crate::app::form::json(&task).to_string(),
        _ => link(state, &task.key),
    };
    state.effects.push(Effect::Copy(what, text));
    true
}

/// The address of a task at its source.
fn link(state: &State, key: &TaskKey) -> String {
    let Some(source) = state.source(key.source) else { return String::new() };
    let path = match source.can.system {
        "ClinikAPI" => "/v1/tasks",
        "Open Dental" => "/tasks",
        "OmniEHR" => "/api/fhir/Task",
        _ => "/Task",
    };
    format!("{}{path}/{}", source.url.trim_end_matches('/'), key.id)
}

fn go(state: &mut State, query: &str) {
    state.worklist.view = None;
    rows::start_anew(state);
    set_query(state, query);
    rows::settle(state);
}

fn go_patient(state: &mut State) {
    let patient = state.worklist.selected.as_ref().and_then(|task| task.patient.clone());
    match patient {
        Some(patient) => {
            // People of two systems are never taken for one: the same id may be somebody else there.
            let key = state.worklist.selected.as_ref().map(|task| task.key.clone()).unwrap_or_default();
            let (name, tag) = state
                .source(key.source)
                .map_or_else(Default::default, |source| (source.name.clone(), source.tag.clone()));
            let who = state.people.get(key.source, PersonKind::Patient, patient.id());
            let who =
                who.map_or_else(|| patient.display().unwrap_or(patient.id()).to_owned(), Person::short_name);
            let quoted = crate::domain::query::quoted;
            go(state, &format!("sys:={} pt:={}", quoted(&name), quoted(patient.id())));
            state.worklist.caption = Some(format!("{who} in {tag} only"));
        }
        None => state.say("This task has no patient."),
    }
}

/// Shows what has arrived, and asks the sources of what is on the screen again.
fn refresh(state: &mut State) {
    rows::merge(state);
    state.say("Asking for news.");
    for source in state.source_ids() {
        sync::refresh(state, source);
    }
}

fn repeat(state: &mut State) {
    match state.worklist.last_verb {
        Some(verb) => writes::begin(state, verb),
        None => state.say("There is no verb to repeat yet."),
    }
}

/// Does what the mouse asks.
pub fn on_mouse(state: &mut State, mouse: Mouse) {
    let geometry = state.geometry();
    match mouse {
        Mouse::Wheel { lines, column, row } => {
            rows::freeze(state);
            if geometry.detail.is_some_and(|detail| detail.contains(column, row)) {
                let (scroll, last) = (state.worklist.detail_scroll, state.last_page);
                state.worklist.detail_scroll = scroll.min(last).saturating_add_signed(lines).min(last);
            } else {
                let cursor = state.worklist.cursor.saturating_add_signed(isize::from(lines));
                rows::move_to(state, cursor.min(state.worklist.len().saturating_sub(1)));
            }
        }
        Mouse::Press { column, row } => {
            rows::freeze(state);
            if geometry.list.contains(column, row) {
                let line = (row - geometry.list.y) / geometry.lines_per_row.max(1);
                let place = state.worklist.offset + usize::from(line);
                if place < state.worklist.len() {
                    look_at(state);
                    rows::move_to(state, place);
                }
                state.worklist.pane = Pane::List;
            } else if geometry.detail.is_some_and(|detail| detail.contains(column, row)) {
                state.worklist.pane = Pane::Detail;
            } else if geometry.header.contains(column, row) {
                sort_by_column(state, column);
            }
        }
        Mouse::Drag { column, .. } => {
            if geometry.detail.is_some() && geometry.ladder >= Ladder::Normal {
                state.worklist.detail_width = Some(state.size.width.saturating_sub(column + 1));
                rows::settle(state);
            }
        }
    }
    state.touch();
}

/// A click on a column head sorts by it; a second click turns the order round.
fn sort_by_column(state: &mut State, column: u16) {
    let list = state.geometry().list.width;
    let (screen, priority) = (state.size.width, state.priority_cells());
    let clicked = columns::column_at(state.worklist.columns(), list, screen, priority, column);
    let Some(word) = clicked.and_then(Column::sort_word) else { return };
    let kept = state.worklist.query_text.split_whitespace().filter(|part| !part.starts_with("sort:"));
    let rest = kept.collect::<Vec<_>>().join(" ");
    let down = state.worklist.query_text.split_whitespace().any(|part| part == format!("sort:{word}"));
    let sort = if down { format!("sort:-{word}") } else { format!("sort:{word}") };
    go(state, format!("{rest} {sort}").trim());
}
