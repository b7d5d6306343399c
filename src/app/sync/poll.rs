//! A poll of one source, step by step: the probe, what matters most, what changed, everything.
//!
//! Must not take what a cut or failed sweep did not show for gone.

use super::{Purpose, ask, lag, look, odd_answer, receive, receive_listed, remove};
use crate::app::{
    effect::Effect,
    msg::TimerId,
    outbox::later,
    screens::worklist,
    source::{Link, Source, seconds_between},
    state::State,
    store::SweepId,
    writes,
};
use crate::domain::{
    can::Ahead,
    task::{SourceId, TaskKey},
    time::{DateTime, Timestamp},
};
use crate::providers::{Alive, ApiError, Call, ErrorKind, Page, PagingGuard, Reply, TaskSearch};
use std::collections::VecDeque;

/// Bad rows of a sweep that are named; the others are counted.
const COMPLAINTS: usize = 20;
/// Requests that a whole sweep may cost before it is done on every fifth poll only.
const CHEAP_PAGES: u64 = 3;
/// A whole sweep at least on every poll of this number.
const SWEEP_EVERY: u32 = 5;
/// More changed tasks than this are cheaper to sweep than to read one by one.
const FEW_CHANGES: usize = 20;
/// Pages that are followed of a status that is asked for ahead of the sweep.
const MAX_AHEAD_PAGES: u8 = 10;
/// How long what a probe said holds, in seconds.
const PROBE_HOLDS_S: i64 = 3_600;
/// The longest pause between tries of a source that is down, in seconds (RELIABILITY §5: back in 35 s).
const LONGEST_BACKOFF_S: i64 = 30;

/// One step of a poll.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// What the source says of itself.
    Probe,
    /// A page of what matters most, and which page it is.
    Ahead(Ahead, Option<String>, u8),
    /// Which tasks changed since it was last asked.
    Changes,
    /// A task that changed.
    One(Box<str>),
    /// A page of everything.
    Sweep(Option<String>),
}

/// A poll under way.
#[derive(Debug)]
pub(super) struct Poll {
    stages: VecDeque<Stage>,
    now_at: Option<Stage>,
    guard: PagingGuard,
    sweep: Option<SweepId>,
    seen: u64,
    dropped: u32,
    complaints: Vec<String>,
    is_cut: bool,
    /// The mark of the changes asked for; it holds once everything that changed was read.
    mark: Option<String>,
}

/// What is remembered of a source from one poll to the next.
#[derive(Debug, Default)]
pub(super) struct Former {
    polls_since_sweep: u32,
    probed_at: Option<Timestamp>,
    /// Whether the user wants it asked anew what it can do: it has refused a write for want of a permission.
    asks_anew: bool,
    mark: Option<String>,
}

/// Begins a poll of every source.
pub fn poll_all(state: &mut State) {
    for source in state.source_ids() {
        poll(state, source, true);
    }
}

/// Begins a poll of one source unless one is under way; `whole` asks for everything, not only for news.
pub fn poll(state: &mut State, source: SourceId, whole: bool) {
    if state.sync.polls.contains_key(&source) {
        return;
    }
    let now = state.now;
    let Some(known) = state.source(source) else { return };
    if matches!(known.link, Link::Stopped { .. }) {
        return;
    }
    let first = known.last_good.is_none();
    let (can, rows) = (known.can.clone(), known.total.or(known.at_least).unwrap_or(0));
    let cheap = !can.tells_changes && rows <= CHEAP_PAGES * u64::from(can.page_count);
    let former = state.sync.former.entry(source).or_default();
    former.polls_since_sweep += 1;
    let mut stages = VecDeque::new();
    let probed = former.probed_at.is_some_and(|at| seconds_between(at, now) < PROBE_HOLDS_S);
    let asks_anew = std::mem::take(&mut former.asks_anew);
    if asks_anew || can.probe_first && !probed {
        stages.push_back(Stage::Probe);
    }
    // A file is read from its beginning to its end, whatever is wanted of it.
    let sweeps = can.is_file || first || whole || cheap || former.polls_since_sweep >= SWEEP_EVERY;
    // What matters most comes first wherever the sweep takes many pages.
    if !can.is_file && (first || !cheap && (sweeps || !can.tells_changes)) {
        stages.extend(can.ahead.iter().map(|ahead| Stage::Ahead(ahead.clone(), None, 1)));
    }
    if can.tells_changes {
        // Before a sweep it only gives the mark to go on from.
        stages.push_back(Stage::Changes);
    }
    if sweeps {
        former.polls_since_sweep = 0;
        stages.push_back(Stage::Sweep(None));
    }
    let poll = Poll {
        stages,
        now_at: None,
        guard: PagingGuard::of(&can),
        sweep: None,
        seen: 0,
        dropped: 0,
        complaints: Vec::new(),
        is_cut: false,
        mark: None,
    };
    state.sync.polls.insert(source, poll);
    next_stage(state, source);
}

/// The user wants news now: pauses are forgotten, refused credentials are read anew.
pub fn refresh(state: &mut State, source: SourceId) {
    let now = state.now;
    if let Some(Link::Paused { until: Some(until), sentence }) = state.source(source).map(|known| &known.link)
        && *until > now
    {
        let line = format!(
            "It asked us to wait until {}: {sentence}",
            DateTime::from_instant(*until).display(&state.zone)
        );
        return state.warn(&line);
    }
    let is_queue_stopped = state.outbox.stopped(source).is_some();
    if let Some(known) = state.source_mut(source) {
        let is_stopped = matches!(known.link, Link::Stopped { .. });
        if is_stopped {
            known.link = Link::Unheard;
        }
        if is_stopped || is_queue_stopped {
            state.effects.push(Effect::RenewCredential(source));
            // Another credential may do other things.
            let former = state.sync.former.entry(source).or_default();
            former.probed_at = None;
            former.asks_anew = !is_stopped;
        }
        state.outbox.resume(source);
    }
    state.sync.looks.forget_failures(source);
    drop_reads(state, source);
    poll(state, source, true);
    writes::pump(state);
    look::want(state);
}

/// A newer refresh replaces an older one: what a source has not answered yet is no longer waited for.
fn drop_reads(state: &mut State, source: SourceId) {
    if state.sync.polls.remove(&source).is_none() {
        return;
    }
    state.effects.push(Effect::CancelReads(source));
    let people = &mut state.people;
    state.sync.calls.retain(|_, purpose| {
        if let Purpose::Name(of, kind, id) = purpose
            && *of == source
        {
            people.give_back(source, *kind, id);
        }
        purpose.source() != source
    });
}

fn next_stage(state: &mut State, source: SourceId) {
    let count = state.source(source).map_or(100, |known| known.can.page_count);
    let Some(poll) = state.sync.polls.get_mut(&source) else { return };
    let former = state.sync.former.entry(source).or_default();
    let Some(stage) = poll.stages.pop_front() else {
        if poll.mark.is_some() {
            former.mark = poll.mark.take();
        }
        state.sync.polls.remove(&source);
        if let Some(known) = state.source_mut(source) {
            known.loaded = true;
        }
        worklist::on_poured_in(state);
        look::want(state);
        return schedule(state, source);
    };
    let call = match &stage {
        Stage::Probe => Call::Probe,
        Stage::Ahead(ahead, cursor, _) => {
            let (status, priority) = match ahead {
                Ahead::Priority(priority) => (None, Some(priority.as_str().to_owned())),
                Ahead::Status(status) => (Some(status.as_str().to_owned()), None),
            };
            let search = TaskSearch { status, priority, ..TaskSearch::default() };
            Call::SearchTasks { search, cursor: cursor.clone(), count }
        }
        Stage::Changes => Call::Changes { since: former.mark.clone() },
        Stage::One(id) => Call::ReadTask { id: id.clone() },
        Stage::Sweep(cursor) => {
            Call::SearchTasks { search: TaskSearch::default(), cursor: cursor.clone(), count }
        }
    };
    if stage == Stage::Sweep(None) {
        poll.sweep = Some(state.store.begin_sweep(source));
    }
    poll.now_at = Some(stage);
    ask(state, source, call, Purpose::Poll(source));
}

/// Takes the answer to one step of a poll.
pub(super) fn on_answer(state: &mut State, source: SourceId, outcome: Result<Reply, ApiError>) {
    let Some(stage) = state.sync.polls.get_mut(&source).and_then(|poll| poll.now_at.take()) else { return };
    match (stage, outcome) {
        (Stage::Probe, Ok(Reply::Alive(alive))) => on_alive(state, source, *alive),
        (stage @ (Stage::Ahead(..) | Stage::Sweep(_)), Ok(Reply::Page(page))) => {
            on_page(state, source, stage, page);
        }
        (Stage::Changes, Ok(Reply::Changes { ids, mark })) => on_changes(state, source, ids, mark),
        (Stage::Changes, Err(error)) if says_never(&error) => {
            // What changed is then seen by reading everything.
            if let Some(known) = state.source_mut(source) {
                known.can.tells_changes = false;
            }
            sweep_instead(state, source);
        }
        (Stage::One(_), Ok(Reply::Task(task))) => {
            look::note_read(state, &task);
            receive(state, vec![*task]);
        }
        (Stage::One(id), Err(ApiError { kind: ErrorKind::NotFound, .. })) => {
            remove(state, &TaskKey { source, id });
        }
        (_, Ok(_)) => return on_failed(state, source, &odd_answer()),
        (_, Err(error)) => return on_failed(state, source, &error),
    }
    next_stage(state, source);
}

/// Whether asking again would hear the same.
fn says_never(error: &ApiError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Permission | ErrorKind::NotFound | ErrorKind::Refused(_) | ErrorKind::Unsupported
    )
}

fn on_alive(state: &mut State, source: SourceId, alive: Alive) {
    let now = state.now;
    state.sync.former.entry(source).or_default().probed_at = Some(now);
    let Some(known) = state.source_mut(source) else { return };
    known.about = Some(alive.about).filter(|about| !about.is_empty()).or(known.about.take());
    let is_other_me =
        (known.me.is_none() || known.is_me_learnt) && alive.me.is_some() && alive.me != known.me;
    if is_other_me {
        known.me = alive.me;
        known.is_me_learnt = true;
    }
    known.can = alive.can;
    replan(state, source);
    if is_other_me {
        worklist::rescan(state);
    }
    state.touch();
}

/// What a source can tell is known only after its probe: the steps that follow are chosen anew.
fn replan(state: &mut State, source: SourceId) {
    let Some(can) = state.sources.get(usize::from(source.0)).map(|known| &known.can) else { return };
    let Some(poll) = state.sync.polls.get_mut(&source) else { return };
    poll.guard = PagingGuard::of(can);
    let sweeps = poll.stages.iter().any(|stage| matches!(stage, Stage::Sweep(_)));
    let sweeps = sweeps || !can.tells_changes;
    poll.stages.clear();
    if sweeps {
        poll.stages.extend(can.ahead.iter().map(|ahead| Stage::Ahead(ahead.clone(), None, 1)));
    }
    poll.stages.extend(can.tells_changes.then_some(Stage::Changes));
    poll.stages.extend(sweeps.then_some(Stage::Sweep(None)));
}

fn on_changes(state: &mut State, source: SourceId, ids: Vec<Box<str>>, mark: Option<String>) {
    let now = state.now;
    let Some(poll) = state.sync.polls.get_mut(&source) else { return };
    poll.mark = mark;
    let sweeps = poll.stages.iter().any(|stage| matches!(stage, Stage::Sweep(_)));
    if !sweeps && ids.len() <= FEW_CHANGES {
        for id in ids.into_iter().rev() {
            if !poll.stages.iter().any(|stage| matches!(stage, Stage::One(known) if *known == id)) {
                poll.stages.push_front(Stage::One(id));
            }
        }
    } else if !sweeps {
        sweep_instead(state, source);
    }
    if let Some(known) = state.source_mut(source) {
        known.last_good = Some(now);
        known.tries = 0;
    }
}

fn sweep_instead(state: &mut State, source: SourceId) {
    if let Some(poll) = state.sync.polls.get_mut(&source)
        && !poll.stages.iter().any(|stage| matches!(stage, Stage::Sweep(_)))
    {
        poll.stages.push_back(Stage::Sweep(None));
        state.sync.former.entry(source).or_default().polls_since_sweep = 0;
    }
}

fn on_page(state: &mut State, source: SourceId, stage: Stage, page: Page) {
    let now = state.now;
    if let Some(known) = state.source_mut(source) {
        known.last_good = Some(now);
        known.tries = 0;
    }
    for person in page.people.iter().cloned() {
        state.people.learn(source, person);
    }
    let Some(poll) = state.sync.polls.get_mut(&source) else { return };
    let is_sweep = matches!(stage, Stage::Sweep(_));
    let next = match stage {
        Stage::Sweep(_) => {
            poll.seen += page.tasks.len() as u64;
            poll.dropped += page.dropped;
            let room = COMPLAINTS.saturating_sub(poll.complaints.len());
            poll.complaints.extend(page.complaints.iter().take(room).cloned());
            poll.is_cut |= page.is_cut;
            poll.guard.admit(&page).map(|cursor| Stage::Sweep(Some(cursor)))
        }
        Stage::Ahead(ahead @ Ahead::Status(_), _, number) if number < MAX_AHEAD_PAGES => {
            page.next.clone().map(|cursor| Stage::Ahead(ahead, Some(cursor), number + 1))
        }
        _ => None,
    };
    let ended = is_sweep && next.is_none();
    // More that cannot be reached, or that the guard refused, leaves the sweep incomplete: the rest is not gone.
    let whole = ended && !poll.guard.is_cut();
    let (sweep, seen, dropped, is_cut) = (poll.sweep, poll.seen, poll.dropped, poll.is_cut);
    let complaints = if ended { std::mem::take(&mut poll.complaints) } else { Vec::new() };
    if let Some(next) = next {
        poll.stages.push_front(next);
    }
    let total = page.total;
    receive_listed(state, source, page.tasks);
    if is_sweep && let Some(known) = state.source_mut(source) {
        known.total = total.or(if whole { Some(seen) } else { known.total });
        known.at_least = is_cut.then_some(seen);
        if ended {
            known.complete = whole;
            known.dropped = dropped;
            known.complaints = complaints;
        }
        if is_cut {
            // What it calls a total is only what it gave.
            known.total = None;
        }
    }
    if let (true, Some(sweep)) = (whole, sweep) {
        end_sweep(state, source, sweep, now);
    }
}

fn end_sweep(state: &mut State, source: SourceId, sweep: SweepId, now: Timestamp) {
    // What the source's search may not show yet must not be taken for gone.
    let mut kept = lag::kept(&state.sync.recent, source, now);
    for task in &mut kept {
        // The sweep may have shown a newer version already, by somebody else.
        if let Some(known) = state.store.find(&task.key).and_then(|row| state.store.task(row)) {
            *task = known;
        }
    }
    receive(state, kept);
    let changes = state.store.end_sweep(source, sweep);
    worklist::on_changes(state, &changes);
}

pub(super) fn on_failed(state: &mut State, source: SourceId, error: &ApiError) {
    worklist::on_poured_in(state);
    state.sync.polls.remove(&source);
    let now = state.now;
    let sentence = error.to_string();
    let Some(known) = state.source_mut(source) else { return };
    known.tries += 1;
    let since = match &known.link {
        Link::Degraded { since, .. } => *since,
        _ => now,
    };
    let link = match &error.kind {
        ErrorKind::Credential | ErrorKind::Permission => Link::Stopped { sentence },
        ErrorKind::Paused { after_s } => {
            let pause_s = i64::try_from(*after_s).unwrap_or(86_400);
            Link::Paused { until: Some(later(now, pause_s)), sentence }
        }
        ErrorKind::Quota { reset_at } => Link::Paused { until: *reset_at, sentence },
        _ => Link::Degraded { since, sentence },
    };
    let news = std::mem::discriminant(&known.link) != std::mem::discriminant(&link);
    known.link = link;
    if news {
        let line = format!("{}: {error}", known.name);
        state.warn(&line);
    }
    state.touch();
    schedule(state, source);
}

/// Sets the timer of the next poll: the wished pace, slower when a quota runs out, backed off when the source is down.
pub(super) fn schedule(state: &mut State, source: SourceId) {
    let now = state.now;
    let jitter = state.ids.below(1_000);
    let Some(known) = state.source_mut(source) else { return };
    let at = match &known.link {
        Link::Stopped { .. } => None,
        _ if known.can.is_file => None,
        Link::Paused { until, .. } => *until,
        Link::Degraded { .. } | Link::Unheard => {
            let base_s = 2_i64.saturating_pow(known.tries.min(5)).min(LONGEST_BACKOFF_S);
            // Between half and the whole of the pause, so that many clients do not come back at once.
            let pause_ms = base_s * 500 + base_s * i64::try_from(jitter).unwrap_or(0) / 2;
            now.checked_add(jiff::SignedDuration::from_millis(pause_ms)).ok()
        }
        Link::Live => Some(later(now, pause_between_polls_s(known, now))),
    };
    known.next_poll = at;
    if let Some(at) = at {
        state.effects.push(Effect::Timer { id: TimerId::Poll(source), at });
    }
}

/// Seconds until the next poll so that the quota lasts until it is filled again (contract clinikapi §3.5).
fn pause_between_polls_s(source: &Source, now: Timestamp) -> i64 {
    let wished = i64::from(source.poll_s.max(1));
    let Some(quota) = &source.quota else { return wished };
    let rows = source.total.or(source.at_least).unwrap_or(0);
    let requests = rows / u64::from(source.can.page_count.max(1)) + 1;
    let polls_left = i64::try_from(quota.remaining / requests.max(1)).unwrap_or(i64::MAX);
    let lasts_s = quota.reset_at.map_or(0, |reset| seconds_between(now, reset)).max(0);
    // Above a tenth of the pool the wish holds; below it the rest is spread.
    if quota.remaining.saturating_mul(10) > quota.limit || lasts_s == 0 {
        return wished;
    }
    wished.max(lasts_s / polls_left.max(1))
}

/// A poll's time has come.
pub fn on_poll_timer(state: &mut State, source: SourceId) {
    if let Some(known) = state.source_mut(source)
        && let Link::Paused { .. } = known.link
    {
        state.outbox.resume(source);
    }
    poll(state, source, false);
}
