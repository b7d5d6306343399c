//! The worklist's table: heads, and the rows that are in sight. Others are never looked at.
//!
//! Must not sort, filter or scroll: it shows the places that the state says.

use crate::{
    app::{
        columns::{Column, GUTTER, fit},
        geometry::{Geometry, Ladder},
        screens::worklist::{Shown, rows::shown_at},
        state::State,
    },
    domain::{
        clean::Clean,
        people::Reference,
        task::{Intent, Task},
        time::{DateTime, Timestamp, age_text},
    },
    ui::{
        ink::{Ink, Pen},
        role::Role,
        widgets::matched,
        words,
    },
};
use jiff::tz::TimeZone;
use ratatui::layout::Rect;

/// The word at the end of a row that no longer matches.
const GONE: Clean = Clean::from_static(" ·gone");
/// The word at the end of a row that is out of sight otherwise.
const SNOOZED: Clean = Clean::from_static(" ·snoozed");

/// Paints heads and rows.
pub fn paint(ink: &mut Ink<'_>, state: &State, geometry: &Geometry) {
    let list = words::rect(geometry.list);
    let columns = fit(state.worklist.columns(), list.width, state.size.width, state.priority_cells());
    heads(ink, words::rect(geometry.header), &columns);
    let lines = geometry.lines_per_row.max(1);
    let first = state.worklist.offset;
    let filter = state.worklist.parsed.as_ref().and_then(|parsed| parsed.query.filter.as_ref());
    let needles = matched::needles(filter);
    for (line, place) in (0..list.height / lines).zip(first..) {
        let Some(shown) = shown_at(state, place) else { break };
        let area = Rect { y: list.y + line * lines, height: lines, ..list };
        let row = Row::new(state, shown, place == state.worklist.cursor, &needles);
        match geometry.ladder {
            Ladder::One => one(ink, state, &row, area),
            Ladder::TwoLines => two_lines(ink, state, &row, area),
            _ => one_line(ink, state, &row, area, &columns),
        }
        if row.is_selected && state.settings.whole_row_selection {
            ink.shade(area, Role::Selection);
        }
    }
}

fn heads(ink: &mut Ink<'_>, area: Rect, columns: &[(Column, u16)]) {
    let mut pen = ink.pen(Rect { height: area.height.min(1), ..area });
    if area.height == 0 {
        return;
    }
    pen.skip(GUTTER);
    for (column, cells) in columns {
        if column.is_right() {
            pen.column_right(*cells, Role::Header, &column.head());
        } else {
            pen.column(*cells, Role::Header, &column.head());
        }
        pen.skip(1);
    }
}

/// One row with what its gutter says.
struct Row<'a> {
    task: Task,
    needles: &'a [&'a str],
    is_ghost: bool,
    is_selected: bool,
    is_marked: bool,
    /// What else the user knows of it here: new or flagged.
    own: Option<(Role, &'static str)>,
    /// How old it is, where its source is silent; that it is snoozed, where it is shown all the same.
    aside: Option<(Role, Clean)>,
    is_stale: bool,
    sync: Option<(Role, &'static str)>,
}

impl<'a> Row<'a> {
    fn new(state: &State, shown: Shown, is_selected: bool, needles: &'a [&'a str]) -> Row<'a> {
        let (task, is_ghost) = match shown {
            Shown::Task(task) => (*task, false),
            Shown::Ghost(task) => (*task, true),
        };
        Row {
            needles,
            is_ghost,
            is_selected,
            is_marked: state.worklist.marks.contains(&task.key),
            own: words::own_mark(state, &task),
            aside: match state.local.snoozed_until(&task.key) {
                Some(_) => Some((Role::Dim, SNOOZED)),
                None => words::age_of_source(state, &task).map(|age| (Role::Stale, age)),
            },
            is_stale: words::is_stale(state, &task),
            sync: words::sync_mark(state, &task),
            task,
        }
    }

    /// The role of a cell; a ghost's cells are all a ghost's, and plain text of a silent source is dim.
    fn role(&self, role: Role) -> Role {
        match role {
            _ if self.is_ghost => Role::Ghost,
            Role::Text if self.is_stale => Role::Dim,
            role => role,
        }
    }

    /// What stands behind the title: that it is gone, snoozed, or how old it is.
    fn suffix(&self) -> Option<(Role, Clean)> {
        if self.is_ghost { Some((Role::Ghost, GONE)) } else { self.aside.clone() }
    }

    fn gutter(&self, pen: &mut Pen<'_, '_>) {
        let blank = (Role::Text, " ");
        let marks = [
            if self.is_selected { (Role::Mark, ">") } else { blank },
            if self.is_marked { (Role::Mark, "+") } else { blank },
            self.sync.unwrap_or(blank),
            self.own.unwrap_or(blank),
        ];
        for (role, mark) in marks {
            pen.word(role, mark);
        }
    }

    /// Name and birth, of which the name is cut; the key field of the selection.
    fn patient(&self, pen: &mut Pen<'_, '_>, state: &State, cells: u16) {
        let (name, born) = words::patient(state, &self.task);
        let key = self.is_selected && !state.settings.whole_row_selection;
        let role = if key { Role::KeyField } else { self.role(Role::Text) };
        if born.is_empty() {
            pen.column(cells, role, &name);
            return;
        }
        let cells = cells.min(pen.left());
        let end = pen.x() + cells;
        let room = cells.saturating_sub(born.width() as u16 + 1);
        pen.say_within(room, role, &name).word(role, " ");
        let left = end.saturating_sub(pen.x());
        pen.column(left, role, &born);
    }

    fn title(&self, pen: &mut Pen<'_, '_>, cells: u16) {
        let cells = cells.min(pen.left());
        let end = pen.x() + cells;
        // Most of the room is the title's.
        let suffix = self.suffix().filter(|(_, text)| text.width() * 2 <= usize::from(cells));
        let taken = suffix.as_ref().map_or(0, |(_, text)| text.width() as u16);
        let role = if self.task.defects.is_empty() { Role::Text } else { Role::Warning };
        let room = cells.saturating_sub(taken);
        matched::say(pen, room, self.role(role), &words::title(&self.task), self.needles);
        if let Some((role, text)) = suffix {
            pen.say_within(end.saturating_sub(pen.x()), role, &text);
        }
        let left = end.saturating_sub(pen.x());
        pen.skip(left);
    }
}

fn one_line(ink: &mut Ink<'_>, state: &State, row: &Row<'_>, area: Rect, columns: &[(Column, u16)]) {
    let mut pen = ink.pen(area);
    row.gutter(&mut pen);
    for (column, cells) in columns {
        match column {
            Column::Patient => row.patient(&mut pen, state, *cells),
            Column::Title => row.title(&mut pen, *cells),
            _ => {
                let (role, text) = cell(state, &row.task, *column);
                if column.is_right() {
                    pen.column_right(*cells, row.role(role), &text);
                } else {
                    pen.column(*cells, row.role(role), &text);
                }
            }
        }
        pen.skip(1);
    }
}

/// Two lines a task: what presses and whom it is about, then what it is.
fn two_lines(ink: &mut Ink<'_>, state: &State, row: &Row<'_>, area: Rect) {
    let mut pen = ink.pen(Rect { height: 1, ..area });
    row.gutter(&mut pen);
    pressing(&mut pen, state, row);
    let left = pen.left();
    row.patient(&mut pen, state, left);
    let mut pen = ink.pen(Rect { y: area.y + 1, height: 1, ..area });
    pen.skip(GUTTER);
    let (role, who) = words::who(state, &row.task);
    let room = pen.left().saturating_sub(11);
    row.title(&mut pen, room);
    pen.skip(1).column(10, row.role(role), &who);
}

fn pressing(pen: &mut Pen<'_, '_>, state: &State, row: &Row<'_>) {
    for (column, cells) in [(Column::Priority, 4), (Column::Due, 6), (Column::Status, 3)] {
        let (role, text) = cell(state, &row.task, column);
        if column.is_right() {
            pen.column_right(cells, row.role(role), &text);
        } else {
            pen.column(cells, row.role(role), &text);
        }
        pen.skip(1);
    }
}

/// One task at a time, in whatever room there is: what must never be dropped comes first.
fn one(ink: &mut Ink<'_>, state: &State, row: &Row<'_>, area: Rect) {
    let line = |at: u16| Rect { y: area.y + at, height: u16::from(at < area.height), ..area };
    let mut pen = ink.pen(line(0));
    row.gutter(&mut pen);
    pressing(&mut pen, state, row);
    if area.height < 2 {
        let (name, _) = words::patient(state, &row.task);
        let cells = (name.width() as u16 + 6).min(pen.left());
        row.patient(&mut pen, state, cells);
        pen.skip(1);
        let left = pen.left();
        row.title(&mut pen, left);
        return;
    }
    row.patient(&mut ink.pen(line(1)), state, area.width);
    let title = words::title(&row.task).wrap(usize::from(area.width));
    let role = row.role(Role::Text);
    let title_end = area.height.saturating_sub(1);
    let mut at = 2;
    for text in title.iter().take(usize::from(title_end.saturating_sub(2)).max(1)) {
        ink.put(line(at), role, text);
        at += 1;
    }
    let (role, who) = words::who(state, &row.task);
    let mut pen = ink.pen(line(at));
    if at < area.height {
        pen.word(Role::FieldLabel, "owner ").say(row.role(role), &who);
        if let Some((role, text)) = row.suffix() {
            pen.say(role, &text);
        }
    }
}

fn cell(state: &State, task: &Task, column: Column) -> (Role, Clean) {
    let text = |text: Option<&str>| (Role::Text, Clean::line(text.unwrap_or("")));
    let person = |reference: Option<&Reference>| {
        reference.map_or((Role::Dim, Clean::EMPTY), |reference| words::person(state, task, reference))
    };
    match column {
        Column::Priority => words::priority(task),
        Column::Due => words::due(state, task),
        Column::Status => words::status(state, task),
        Column::Who => words::who(state, task),
        Column::Patient => (Role::Text, words::patient_line(state, task)),
        Column::Title => (Role::Text, words::title(task)),
        Column::System => text(state.source(task.key.source).map(|source| source.tag.as_str())),
        Column::Age => age(state, instant(task.authored_on.as_ref(), &state.zone)),
        Column::Stage => {
            let row = state.store.find(&task.key);
            let since = row.and_then(|row| state.store.status_since(row));
            since.map_or((Role::Dim, Clean::from_static("?")), |since| age(state, Some(since)))
        }
        Column::Code => text(task.code.as_deref()),
        Column::Business => text(task.business_status.as_deref()),
        Column::Requester => person(task.requester.as_ref()),
        Column::Encounter => text(task.encounter.as_ref().map(Reference::id)),
        Column::List => text(task.list.as_deref()),
        Column::Intent => text(task.intent.as_ref().map(Intent::as_str)),
        Column::Updated => age(state, instant(task.last_modified.as_ref(), &state.zone)),
        Column::Id => text(Some(&task.key.id)),
    }
}

fn instant(time: Option<&DateTime>, zone: &TimeZone) -> Option<Timestamp> {
    time?.start(zone)
}

fn age(state: &State, since: Option<Timestamp>) -> (Role, Clean) {
    since.map_or((Role::Dim, Clean::EMPTY), |since| (Role::Text, Clean::line(&age_text(since, state.now))))
}
