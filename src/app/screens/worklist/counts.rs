//! What the footer counts: shown, hidden and owed.
//!
//! Must not leave out what a filter hides: hidden urgent work is always counted.

use crate::app::{
    effect::Effect,
    state::State,
    store::{LIVE, PRIORITY_OTHER, Row, STATUS_OTHER, Second},
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

/// The column code of STAT.
const STAT: u8 = 1;

/// Counts anew in one pass over the columns, after rows or the minute have changed. Whether anything is different.
pub fn recount(state: &mut State) -> bool {
    let open: Vec<bool> = (0..=STATUS_OTHER)
        .map(|code| Status::KNOWN.get(usize::from(code)).is_some_and(Status::is_open))
        .collect();
    let mine = my_symbols(state);
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
        let is_open = open.get(usize::from(*status)).copied().unwrap_or(false);
        let is_unknown = *status == STATUS_OTHER || (*priority == PRIORITY_OTHER && is_open);
        if !is_open && !is_unknown {
            continue;
        }
        let is_stat = is_open && *priority == STAT;
        let is_overdue = is_open && *due < now;
        counts.stat += usize::from(is_stat);
        counts.overdue += usize::from(is_overdue);
        if is_open {
            counts.unowned += usize::from(*owner == 0);
            counts.mine += usize::from(mine.get(*owner as usize).copied().unwrap_or(false));
        }
        if (is_stat || is_overdue || is_unknown) && scan.is_some_and(|scan| !scan.contains(Row(row as u32))) {
            counts.hidden_stat += usize::from(is_stat);
            counts.hidden_overdue += usize::from(is_overdue);
            counts.hidden_unknown += usize::from(is_unknown);
        }
    }
    counts.shown = scan.map_or(0, |scan| scan.rows().len());
    let arrivals = state.local.new_keys().filter_map(|key| state.store.find(key));
    counts.unseen_stat = arrivals.filter(|row| state.store.is_open_stat(*row)).count();
    let news = counts != state.worklist.counts;
    if counts.unseen_stat == 0 && state.worklist.counts.unseen_stat > 0 {
        state.effects.push(Effect::Title("rounds".to_owned()));
    }
    state.worklist.counts = counts;
    news
}

/// Which numbers of the owner column are the user.
fn my_symbols(state: &State) -> Vec<bool> {
    let staff = state.store.staff();
    let is_mine = |symbol: u32| {
        let (source, reference) = staff.reference(symbol)?;
        Some(state.source(source)?.me.as_deref()? == reference.id())
    };
    (0..=staff.len() as u32).map(|symbol| is_mine(symbol).unwrap_or(false)).collect()
}
