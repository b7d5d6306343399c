//! What the footer counts: shown, hidden and owed.
//!
//! Must not leave out what a filter hides: hidden urgent work is always counted.

use crate::app::{
    effect::Effect,
    source::Source,
    state::State,
    store::{HELD, LIVE, PRIORITY_OFFICE, PRIORITY_OTHER, Row, STATUS_OTHER, Second, is_stat},
};
use crate::domain::status::Status;

/// The footer's figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tasks shown.
    pub shown: usize,
    /// Tasks in all.
    pub total: usize,
    /// Open STAT tasks that the filter hides.
    pub hidden_stat: usize,
    /// Overdue tasks that the filter hides.
    pub hidden_overdue: usize,
    /// Tasks hidden whose status or priority nobody knows: they may be urgent.
    pub hidden_unknown: usize,
    /// Open tasks hidden whose priority is an office's own that nobody has ranked.
    pub hidden_unranked: usize,
    /// Tasks that match and that their system holds back until later.
    pub held: usize,
    /// Tasks that match and that the user has put out of sight.
    pub snoozed: usize,
    /// Open STAT tasks.
    pub stat: usize,
    /// Overdue tasks.
    pub overdue: usize,
    /// Open tasks without an owner.
    pub unowned: usize,
    /// Open tasks of the user.
    pub mine: usize,
    /// Arrivals of open STAT that nobody has looked at.
    pub unseen_stat: usize,
}

/// Lists up to this many tasks are counted at once; a longer one is counted behind the input that waits.
const AT_ONCE: usize = 100_000;

/// Counts anew after the rows have changed: at once, or for a long list as a piece of work of its own.
pub(super) fn recount_soon(state: &mut State) {
    if state.store.len() <= AT_ONCE {
        recount(state);
    } else {
        state.worklist.recount_due = true;
        state.effects.push(Effect::GoOn(state.worklist.generation));
    }
}

/// Counts anew in one pass over the columns, after rows or the minute have changed. Whether anything is different.
pub fn recount(state: &mut State) -> bool {
    let kinds = kinds();
    let mine: Vec<u32> = state.sources.iter().flat_map(|source| my_symbols(state, source)).collect();
    let has_snoozed = state.worklist.left_out.snoozed;
    let columns = state.store.columns();
    let now = Second::of(Some(state.now));
    let scan = state.worklist.scan.as_ref();
    let mut counts = Counts { total: state.store.len(), ..Counts::default() };
    let facets = columns.flags.iter().zip(&columns.status).zip(&columns.priority);
    let facets = facets.zip(&columns.due).zip(&columns.owner).enumerate();
    for (row, ((((flags, status), priority), due), owner)) in facets {
        if flags & LIVE == 0 {
            continue;
        }
        // A byte cannot reach past a table of 256.
        let kind = kinds.get(usize::from(*status)).copied().unwrap_or(Kind::Closed);
        if kind == Kind::Closed {
            continue;
        }
        let is_open = kind == Kind::Open;
        let is_unknown = !is_open || *priority == PRIORITY_OTHER;
        let is_unranked = is_open && *priority == PRIORITY_OFFICE;
        let is_stat = is_open && is_stat(*priority);
        let is_overdue = is_open && *due < now;
        counts.stat += usize::from(is_stat);
        counts.overdue += usize::from(is_overdue);
        if is_open {
            counts.unowned += usize::from(*owner == 0);
            counts.mine += usize::from(mine.contains(owner));
        }
        if (is_stat || is_overdue || is_unknown || is_unranked)
            && scan.is_some_and(|scan| !scan.contains(Row(row as u32)))
            && !(flags & HELD != 0 && super::held::is_held(state, Row(row as u32)))
            // They are counted by themselves; a STAT is never among them.
            && !(has_snoozed && !is_stat && super::held::is_snoozed(state, Row(row as u32)))
        {
            counts.hidden_stat += usize::from(is_stat);
            counts.hidden_overdue += usize::from(is_overdue);
            counts.hidden_unknown += usize::from(is_unknown);
            counts.hidden_unranked += usize::from(is_unranked);
        }
    }
    counts.held = super::held::count(state);
    counts.snoozed = super::held::count_snoozed(state);
    counts.shown = scan.map_or(0, |scan| scan.rows().len());
    let arrivals = state.local.new_keys().filter_map(|key| state.store.find(key));
    counts.unseen_stat = arrivals.filter(|row| state.store.is_open_stat(*row)).count();
    let news = counts != state.worklist.counts;
    state.worklist.recount_due = false;
    if counts.unseen_stat == 0 && state.worklist.counts.unseen_stat > 0 {
        state.effects.push(Effect::Title("rounds".to_owned()));
    }
    state.worklist.counts = counts;
    news
}

/// What a status means to the footer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Closed,
    Unknown,
}

/// The kind of each code of the status column.
fn kinds() -> [Kind; 256] {
    let mut kinds = [Kind::Closed; 256];
    for (kind, status) in kinds.iter_mut().zip(&Status::KNOWN) {
        if status.is_open() {
            *kind = Kind::Open;
        }
    }
    if let Some(kind) = kinds.get_mut(usize::from(STATUS_OTHER)) {
        *kind = Kind::Unknown;
    }
    kinds
}

/// Which numbers of the owner column are the user in a source.
fn my_symbols(state: &State, source: &Source) -> Vec<u32> {
    let mut mine = Vec::new();
    if let Some(me) = source.me.as_deref() {
        state.store.staff().each_with_id(source.id, me, |symbol| mine.push(symbol));
    }
    mine
}
