//! The worklist: one table of all sources' tasks, its cursor, marks, views and filter.
//!
//! Must not hold on to a row number across a change: cursor, marks and actions belong to source and id.

pub mod act;
pub mod counts;
pub mod filter;
pub mod held;
pub mod lasting;
pub mod rows;
pub mod views;

pub use counts::Counts;
pub use filter::FilterLine;
pub use held::LeftOut;
pub use rows::Shown;
pub use views::View;

use crate::app::{
    effect::Effect,
    marks,
    outbox::Wish,
    scan::{Progress, Scan},
    state::State,
    store::{Changes, Row},
};
use crate::domain::{
    priority::Priority,
    query::{Parsed, Query, parse},
    task::{Task, TaskKey},
    time::Timestamp,
};
use std::collections::BTreeSet;

/// The list takes rows that pour in when they are this part of all.
const STEP_SHARE: usize = 10;

/// Which pane the keys move in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The table.
    #[default]
    List,
    /// The detail of the selected task.
    Detail,
}

/// The worklist's own state.
#[derive(Debug, Default)]
pub struct Worklist {
    /// Saved views, in the order of their keys.
    pub views: Vec<View>,
    /// The view shown; none for everything or a typed filter.
    pub view: Option<usize>,
    /// The filter as typed.
    pub query_text: String,
    /// The filter as understood.
    pub parsed: Option<Parsed>,
    /// The filter line while it is edited.
    pub filter: Option<FilterLine>,
    /// Filters that were kept, the latest last.
    pub history: Vec<String>,
    /// The rows as shown, without the ghost.
    pub rows: Vec<Row>,
    /// The rows as they would be, while the order is frozen.
    pub waiting: Option<Vec<Row>>,
    /// The scan behind the rows.
    pub scan: Option<Scan>,
    /// Rows of a file that the scan has not been told of yet.
    pub poured_in: Vec<Row>,
    /// The number of the latest scan.
    pub generation: u64,
    /// Whether the scan is still under way.
    pub scanning: bool,
    /// The cursor's place among what is shown.
    pub cursor: usize,
    /// The task under the cursor.
    pub selected: Option<Task>,
    /// Where the selected task stands although it no longer matches.
    pub ghost: Option<usize>,
    /// The first row on the screen.
    pub offset: usize,
    /// Marked tasks.
    pub marks: BTreeSet<TaskKey>,
    /// The marks before they were last cleared.
    pub former_marks: BTreeSet<TaskKey>,
    /// Where a range of marks begins.
    pub anchor: Option<TaskKey>,
    /// The user's wish about the detail pane; none leaves it to the width.
    pub detail: Option<bool>,
    /// Columns of the detail pane where the divider was dragged.
    pub detail_width: Option<u16>,
    /// The first line of the detail pane on the screen.
    pub detail_scroll: u16,
    /// Which pane has the keys.
    pub pane: Pane,
    /// Until when the order stays as it is.
    pub frozen_until: Option<Timestamp>,
    /// Whether the user has moved or acted since the start.
    pub was_used: bool,
    /// Whether the footer's figures are older than the rows.
    pub recount_due: bool,
    /// Whether what systems hold back until later is shown.
    pub shows_held: bool,
    /// Whether what the user has put out of sight is shown.
    pub shows_snoozed: bool,
    /// What the scan behind the rows leaves out.
    pub left_out: LeftOut,
    /// How the list stood when that was last kept.
    pub lasting: String,
    /// What the bar says in place of the filter's own words.
    pub caption: Option<String>,
    /// What the footer counts.
    pub counts: Counts,
    /// Arrivals that wait: how many, and how many of them STAT.
    pub arrivals: (usize, usize),
    /// The last verb, for repeating.
    pub last_verb: Option<crate::app::writes::Verb>,
    /// The row selected on the sources screen.
    pub selected_source: usize,
}

impl Worklist {
    /// The query in force.
    pub fn query(&self) -> Query {
        self.parsed.as_ref().map(|parsed| parsed.query.clone()).unwrap_or_default()
    }

    /// The columns of the present view, when it has its own.
    pub fn columns(&self) -> Option<&[String]> {
        let view = self.views.get(self.view?)?;
        (!view.columns.is_empty()).then_some(view.columns.as_slice())
    }

    /// Whether there is something to say above the footer.
    pub fn has_band(&self, state: &State) -> bool {
        self.arrivals.0 > 0
            || state.keeping.trouble().is_some()
            || self.counts.unseen_stat > 0
            || state.outbox.intents().iter().any(crate::app::outbox::Intent::needs_user)
            || state.sources.iter().any(|source| source.trouble(state.now).is_some())
            || state.sources.iter().any(|source| state.outbox.holds_back(source.id).is_some())
    }

    /// Whether the order may not move now.
    pub fn is_frozen(&self, now: Timestamp) -> bool {
        self.frozen_until.is_some_and(|until| now < until)
    }
}

/// Sets the filter and shows what it lets through; a half-typed filter works as far as it is good.
pub fn set_query(state: &mut State, text: &str) {
    text.clone_into(&mut state.worklist.query_text);
    state.worklist.caption = None;
    let parsed = parse(text);
    // A filter without one good term must not show everything instead: the rows stay.
    let unusable = !parsed.problems.is_empty() && parsed.query == Query::default();
    let same = state.worklist.parsed.as_ref().is_some_and(|former| former.query == parsed.query);
    let former = state.worklist.parsed.take();
    state.worklist.parsed = Some(if unusable {
        Parsed { query: former.map(|parsed| parsed.query).unwrap_or_default(), ..parsed }
    } else {
        parsed
    });
    state.touch();
    if !same && !unusable {
        rescan(state);
    }
}

/// Begins a scan of everything.
pub fn rescan(state: &mut State) {
    state.worklist.generation += 1;
    state.worklist.poured_in.clear();
    let (query, left_out) = held::query(state);
    state.worklist.left_out = left_out;
    state.worklist.scan = Some(Scan::start(&query, &state.store, &*state, state.worklist.generation));
    state.worklist.scanning = true;
    run_scan(state);
}

/// Goes on with a scan; one that has been replaced is ignored.
pub fn on_go_on(state: &mut State, generation: u64) {
    if generation != state.worklist.generation {
        return;
    }
    if state.worklist.scanning {
        run_scan(state);
    } else if state.worklist.recount_due && counts::recount(state) {
        state.touch();
    }
}

fn run_scan(state: &mut State) {
    let Some(mut scan) = state.worklist.scan.take() else { return };
    let progress = scan.step(&state.store, &*state, &state.people);
    state.worklist.scan = Some(scan);
    match progress {
        Progress::More => state.effects.push(Effect::GoOn(state.worklist.generation)),
        Progress::Done => {
            state.worklist.scanning = false;
            rows::on_rows(state);
        }
    }
}

/// Rows of the store have changed.
pub fn on_changes(state: &mut State, changes: &Changes) {
    if changes.is_empty() {
        return;
    }
    note_arrivals(state, changes);
    if waits_for_more(state, changes) {
        return;
    }
    rows::let_go(state, &changes.gone);
    let left_out = held::query(state).1;
    match &mut state.worklist.scan {
        // The first reminder of the future has come, or the last one is gone.
        Some(_) if left_out != state.worklist.left_out => rescan(state),
        Some(scan) => {
            let poured_in = std::mem::take(&mut state.worklist.poured_in);
            scan.patch(&Changes { added: poured_in, ..Changes::default() });
            scan.patch(changes);
            state.worklist.scanning = true;
            run_scan(state);
        }
        None => rescan(state),
    }
}

/// Whether rows that pour in are left for later: while a file of many is read, the list takes them in growing steps, for
/// each step goes over all rows that there are.
fn waits_for_more(state: &mut State, changes: &Changes) -> bool {
    let only_new = changes.changed.is_empty() && changes.gone.is_empty();
    let key = changes.added.first().and_then(|row| state.store.key(*row));
    let source = key.and_then(|key| state.source(key.source));
    let is_pouring = source.is_some_and(|source| source.can.is_file && !source.loaded);
    let worklist = &mut state.worklist;
    if !only_new || !is_pouring || worklist.scan.is_none() {
        return false;
    }
    worklist.poured_in.extend(&changes.added);
    if worklist.poured_in.len() * STEP_SHARE < state.store.len() {
        return true;
    }
    // What waits holds these rows too.
    worklist.poured_in.truncate(worklist.poured_in.len().saturating_sub(changes.added.len()));
    false
}

/// Lets the rows that poured in last into the list, at the end of a file.
pub fn on_poured_in(state: &mut State) {
    let added = std::mem::take(&mut state.worklist.poured_in);
    if added.is_empty() {
        return;
    }
    if let Some(scan) = &mut state.worklist.scan {
        scan.patch(&Changes { added, ..Changes::default() });
        state.worklist.scanning = true;
        run_scan(state);
    }
}

/// Flags or snoozes have changed, by the user's word or by the clock.
pub fn on_marks(state: &mut State) {
    state.touch();
    let depends = state.worklist.scan.as_ref().is_some_and(|scan| scan.depends().local);
    if depends || held::query(state).1 != state.worklist.left_out {
        rescan(state);
    }
}

/// Names have arrived: rows look different, and a filter on names may match others.
pub fn on_names(state: &mut State) {
    state.touch();
    rows::want_names(state);
    if state.worklist.scan.as_ref().is_some_and(|scan| scan.depends().names) {
        rescan(state);
    }
}

/// What systems held back until now appears, and is news like any other arrival.
pub fn on_time(state: &mut State) {
    let rows: Vec<Row> =
        state.local.fallen_due(state.now).iter().filter_map(|key| state.store.find(key)).collect();
    if !rows.is_empty() {
        note_arrivals(state, &Changes { changed: rows, ..Changes::default() });
    }
}

/// Whether a task is an open STAT beneath a change of ours that is not settled: should it come back so, it is no news.
fn was_stat(state: &State, key: &TaskKey) -> bool {
    let beneath = state.outbox.of(key).find(|intent| !intent.needs_user()).map(|intent| &intent.wish);
    let Some(Wish::Update { base, .. } | Wish::Delete { base }) = beneath else { return false };
    base.status.is_open() && base.priority.as_ref().is_some_and(Priority::is_stat)
}

/// Tasks that arrive as STAT or become so ring once and are counted, and so does what is no longer held back; the first
/// load of a source is not news, and neither is what the user has made of a task.
fn note_arrivals(state: &mut State, changes: &Changes) {
    let mut rung: Vec<String> = Vec::new();
    let mut rings = false;
    let added = changes.added.iter().map(|row| (*row, true));
    for (row, is_new) in added.chain(changes.changed.iter().map(|row| (*row, false))) {
        let Some(key) = state.store.key(row) else { continue };
        let until = held::until(state, row);
        let appears = state.local.note_held(&key, until) && state.store.is_open(row);
        let is_stat = until.is_none() && state.store.is_open_stat(row);
        let became_stat = state.local.note_stat(key.clone(), is_stat || was_stat(state, &key)) && is_stat;
        if is_stat {
            marks::on_stat(state, &key);
        }
        let Some(source) = state.source(key.source).filter(|source| source.loaded) else { continue };
        let ours = || state.outbox.is_pending(&key) || state.sync.wrote_lately(&key);
        let is_news = is_new || (became_stat || appears) && !ours();
        if !is_news || until.is_some() {
            continue;
        }
        let tag = source.tag.clone();
        state.local.arrived(key);
        let Some(task) = state.store.task(row) else { continue };
        rings |= state.settings.bell.as_ref().is_some_and(|bell| bell.matches(&task, &*state));
        if became_stat {
            rung.push(tag);
        }
    }
    for key in &changes.gone_keys {
        state.local.looked_at(key);
        state.local.note_stat(key.clone(), false);
        state.local.note_held(key, None);
        state.worklist.marks.remove(key);
    }
    if rings {
        state.effects.push(Effect::Bell);
    }
    if !rung.is_empty() {
        let count = rung.len();
        rung.dedup();
        let line = format!("{count} new STAT ({})", rung.join(", "));
        state.effects.push(Effect::Title(format!("rounds: {line}")));
        state.warn(&line);
    }
}
