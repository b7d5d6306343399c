//! What is asked of whom and when: polls, pages, names, and what becomes of the answers.
//!
//! Must not block one source for another, nor take an answer that nobody waits for.

mod lag;

use super::{
    effect::Effect,
    msg::TimerId,
    outbox::{CallId, later},
    source::{Link, Source, seconds_between},
    state::State,
    store::SweepId,
};
use crate::domain::{
    people::PersonKind,
    task::{SourceId, Task, TaskKey},
    time::{DateTime, Timestamp},
};
use crate::providers::{Answer, ApiError, Call, ErrorKind, Facts, Page, PagingGuard, Reply, TaskSearch};
pub use lag::Recent;
use std::collections::{BTreeMap, VecDeque};

/// Bad rows of a sweep that are named; the others are counted.
const COMPLAINTS: usize = 20;
/// Requests that a whole sweep may cost before it is done on every fifth poll only.
const CHEAP_PAGES: u64 = 3;
/// Name look-ups under way at once for a source.
const NAMES_AT_ONCE: usize = 4;
/// How long a name that the source does not have is not asked for again, in seconds.
const MISSING_NAME_S: i64 = 600;
/// The longest pause between tries of a source that is down, in seconds (RELIABILITY §5: back in 35 s).
const LONGEST_BACKOFF_S: i64 = 30;

/// What a call that is under way is for.
#[derive(Clone, Debug, PartialEq)]
enum Purpose {
    /// A page of a poll.
    Poll(SourceId),
    /// A name for a row on the screen.
    Name(SourceId, PersonKind, Box<str>),
    /// People for a picker, by this part of a name.
    People(SourceId, String),
    /// One task anew.
    Read(TaskKey),
}

/// One step of a poll.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// One page of the open tasks of a priority: what matters most comes first.
    Fast(&'static str),
    /// A page of everything.
    Sweep(Option<String>),
}

/// A poll under way.
#[derive(Debug)]
struct Poll {
    stages: VecDeque<Stage>,
    now_at: Option<Stage>,
    guard: PagingGuard,
    sweep: Option<SweepId>,
    seen: u64,
    dropped: u32,
    complaints: Vec<String>,
}

/// What is under way.
#[derive(Debug, Default)]
pub struct Sync {
    calls: BTreeMap<CallId, Purpose>,
    polls: BTreeMap<SourceId, Poll>,
    polls_since_sweep: BTreeMap<SourceId, u32>,
    recent: BTreeMap<TaskKey, Recent>,
}

impl Sync {
    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether our own last write of a task may still be on its way into the source's search.
    pub fn wrote_lately(&self, key: &TaskKey) -> bool {
        self.recent.contains_key(key)
    }

    /// Whether a source is being asked.
    pub fn is_polling(&self, source: SourceId) -> bool {
        self.polls.contains_key(&source)
    }
}

/// Begins a poll of every source.
pub fn poll_all(state: &mut State) {
    for source in state.source_ids() {
        poll(state, source, true);
    }
}

/// Begins a poll of one source unless one is under way; `whole` asks for everything, not only what is urgent.
pub fn poll(state: &mut State, source: SourceId, whole: bool) {
    if state.sync.polls.contains_key(&source) {
        return;
    }
    let Some(known) = state.source(source) else { return };
    if matches!(known.link, Link::Stopped { .. }) {
        return;
    }
    // A file is read from its beginning to its end, whatever is wanted of it.
    let is_file = known.can.is_file;
    let first = known.last_good.is_none();
    let cheap = known.total.unwrap_or(0) <= CHEAP_PAGES * u64::from(known.can.page_count);
    let guard = PagingGuard::of(&known.can);
    let since = state.sync.polls_since_sweep.entry(source).or_insert(0);
    *since += 1;
    let mut stages = VecDeque::new();
    // What matters most comes first wherever the sweep takes many pages.
    if !is_file && (first || !cheap) {
        stages.extend([Stage::Fast("stat"), Stage::Fast("asap"), Stage::Fast("urgent")]);
    }
    if is_file || first || whole || cheap || *since >= 5 {
        *since = 0;
        stages.push_back(Stage::Sweep(None));
    }
    state.sync.polls.insert(
        source,
        Poll { stages, now_at: None, guard, sweep: None, seen: 0, dropped: 0, complaints: Vec::new() },
    );
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
    if let Some(known) = state.source_mut(source) {
        if matches!(known.link, Link::Stopped { .. }) {
            known.link = Link::Unheard;
            state.effects.push(Effect::RenewCredential(source));
        }
        state.outbox.resume(source);
    }
    drop_reads(state, source);
    poll(state, source, true);
    super::writes::pump(state);
}

/// A newer refresh replaces an older one: what a source has not answered yet is no longer waited for.
fn drop_reads(state: &mut State, source: SourceId) {
    if state.sync.polls.remove(&source).is_none() {
        return;
    }
    state.effects.push(Effect::CancelReads(source));
    let people = &mut state.people;
    state.sync.calls.retain(|_, purpose| match purpose {
        Purpose::Name(of, kind, id) if *of == source => {
            people.give_back(source, *kind, id);
            false
        }
        Purpose::Poll(of) | Purpose::People(of, _) => *of != source,
        Purpose::Read(key) => key.source != source,
        Purpose::Name(..) => true,
    });
}

fn next_stage(state: &mut State, source: SourceId) {
    let count = state.source(source).map_or(100, |known| known.can.page_count);
    let Some(poll) = state.sync.polls.get_mut(&source) else { return };
    let Some(stage) = poll.stages.pop_front() else {
        state.sync.polls.remove(&source);
        if let Some(known) = state.source_mut(source) {
            known.loaded = true;
        }
        schedule(state, source);
        return;
    };
    let (search, cursor) = match &stage {
        Stage::Fast(priority) => {
            (TaskSearch { priority: Some((*priority).to_owned()), ..TaskSearch::default() }, None)
        }
        Stage::Sweep(cursor) => (TaskSearch::default(), cursor.clone()),
    };
    if stage == Stage::Sweep(None) {
        poll.sweep = Some(state.store.begin_sweep(source));
    }
    poll.now_at = Some(stage);
    ask(state, source, Call::SearchTasks { search, cursor, count }, Purpose::Poll(source));
}

fn ask(state: &mut State, source: SourceId, call: Call, purpose: Purpose) {
    let id = state.next_call();
    state.sync.calls.insert(id, purpose);
    state.effects.push(Effect::Call { id, source, call });
}

/// Asks for one task anew.
pub fn read_task(state: &mut State, key: &TaskKey) {
    ask(state, key.source, Call::ReadTask { id: key.id.clone() }, Purpose::Read(key.clone()));
}

/// Asks a source for people by a part of their name.
pub fn search_people(state: &mut State, source: SourceId, kind: PersonKind, name: &str) {
    let call = Call::SearchPeople { kind, name: name.to_owned() };
    ask(state, source, call, Purpose::People(source, name.to_owned()));
}

/// Asks for the names that the screen lacks, a few at a time and never twice.
pub fn want_names(state: &mut State, wanted: impl IntoIterator<Item = (SourceId, PersonKind, Box<str>)>) {
    for (source, kind, id) in wanted {
        let asking = |purpose: &&Purpose| matches!(purpose, Purpose::Name(of, ..) if *of == source);
        if state.sync.calls.values().filter(asking).count() >= NAMES_AT_ONCE {
            continue;
        }
        // The last fifth of the minute is kept for polls and writes.
        let spare = |known: &Source| known.rate.is_none_or(|rate| rate.remaining > rate.limit / 5);
        let live = |known: &Source| known.link == Link::Live && spare(known);
        if state.source(source).is_some_and(live) && state.people.want(source, kind, &id, state.now) {
            ask(state, source, Call::ReadPerson { kind, id: id.clone() }, Purpose::Name(source, kind, id));
        }
    }
}

/// Takes the end of a conversation. An answer that nobody waits for is dropped.
pub fn on_heard(state: &mut State, id: CallId, outcome: Result<Answer, ApiError>) {
    let Some(purpose) = state.sync.calls.remove(&id) else { return };
    if let Ok(answer) = &outcome {
        let source = match &purpose {
            Purpose::Poll(source) | Purpose::Name(source, ..) | Purpose::People(source, _) => *source,
            Purpose::Read(key) => key.source,
        };
        learn_facts(state, source, &answer.facts);
    }
    match (purpose, outcome.map(|answer| answer.reply)) {
        (Purpose::Poll(source), Ok(Reply::Page(page))) => on_page(state, source, page),
        (Purpose::Poll(source), Ok(_)) => on_poll_failed(state, source, &odd_answer()),
        (Purpose::Poll(source), Err(error)) => on_poll_failed(state, source, &error),
        (Purpose::Name(source, ..), Ok(Reply::Person(person))) => {
            state.people.learn(source, person);
            super::screens::worklist::on_names(state);
        }
        (Purpose::Name(source, kind, id), Err(ApiError { kind: ErrorKind::NotFound, .. })) => {
            state.people.missing(source, kind, &id, later(state.now, MISSING_NAME_S));
            super::screens::worklist::on_names(state);
        }
        // The source did not say that there is no such person: it is asked again when the name is next wanted.
        (Purpose::Name(source, kind, id), _) => state.people.give_back(source, kind, &id),
        (Purpose::People(source, part), Ok(Reply::People(people))) => {
            for person in &people {
                state.people.learn(source, person.clone());
            }
            super::layers::pick::on_people(state, source, &part, &people);
        }
        (Purpose::People(_, part), Err(error)) => {
            super::layers::pick::on_people_failed(state, &part, &error);
        }
        (Purpose::Read(_), Ok(Reply::Task(task))) => receive(state, vec![*task]),
        (Purpose::Read(key), Err(ApiError { kind: ErrorKind::NotFound, .. })) => {
            state.say("The task is no longer there.");
            remove(state, &key);
        }
        (Purpose::Read(_), Err(error)) => state.warn(&error.to_string()),
        (Purpose::Read(_) | Purpose::People(..), Ok(_)) => {}
    }
}

fn odd_answer() -> ApiError {
    ApiError {
        kind: ErrorKind::NotItsApi,
        status: None,
        sentence: "The source answered something else than was asked.".to_owned(),
        request_id: None,
    }
}

fn learn_facts(state: &mut State, source: SourceId, facts: &Facts) {
    let now = state.now;
    let Some(known) = state.source_mut(source) else { return };
    if facts.rate.is_some() {
        known.rate = facts.rate;
    }
    if facts.quota.is_some() {
        known.quota.clone_from(&facts.quota);
    }
    if let Some(server_time) = facts.server_time {
        known.clock_ahead_s = seconds_between(now, server_time);
    }
    if !matches!(known.link, Link::Live) {
        let was_down = !matches!(known.link, Link::Unheard);
        let line = format!("{} answers again.", known.name);
        known.link = Link::Live;
        if was_down {
            state.say(&line);
        }
        state.touch();
        super::writes::pump(state);
    }
}

fn on_page(state: &mut State, source: SourceId, page: Page) {
    let now = state.now;
    if let Some(known) = state.source_mut(source) {
        known.last_good = Some(now);
        known.tries = 0;
    }
    for person in page.people.iter().cloned() {
        state.people.learn(source, person);
    }
    let Some(poll) = state.sync.polls.get_mut(&source) else { return };
    let stage = poll.now_at.take();
    let next = match stage {
        Some(Stage::Sweep(_)) => {
            poll.seen += page.tasks.len() as u64;
            poll.dropped += page.dropped;
            let room = COMPLAINTS.saturating_sub(poll.complaints.len());
            poll.complaints.extend(page.complaints.iter().take(room).cloned());
            poll.guard.admit(&page)
        }
        _ => None,
    };
    let ended = matches!(stage, Some(Stage::Sweep(_))) && next.is_none();
    // More that cannot be reached, or that the guard refused, leaves the sweep incomplete: the rest is not gone.
    let whole = ended && !poll.guard.is_cut();
    let (sweep, seen, dropped) = (poll.sweep, poll.seen, poll.dropped);
    let complaints = if ended { std::mem::take(&mut poll.complaints) } else { Vec::new() };
    if let Some(cursor) = next {
        poll.stages.push_front(Stage::Sweep(Some(cursor)));
    }
    let total = page.total;
    receive(state, page.tasks);
    if matches!(stage, Some(Stage::Sweep(_)))
        && let Some(known) = state.source_mut(source)
    {
        known.total = total.or(if whole { Some(seen) } else { known.total });
        if ended {
            known.complete = whole;
            known.dropped = dropped;
            known.complaints = complaints;
        }
    }
    if let (true, Some(sweep)) = (whole, sweep) {
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
        super::screens::worklist::on_changes(state, &changes);
    }
    next_stage(state, source);
}

/// Takes rows as a source sent them: our unsettled changes stay on top, older rows than our last write are not taken.
pub fn receive(state: &mut State, tasks: Vec<Task>) {
    let now = state.now;
    let mut taken = Vec::with_capacity(tasks.len());
    for mut task in tasks {
        match lag::judge(&mut state.sync.recent, &task, now) {
            lag::Verdict::Take => {}
            lag::Verdict::Instead(ours) => task = *ours,
            lag::Verdict::Skip => continue,
        }
        state.outbox.overlay(&mut task);
        taken.push(task);
    }
    let zone = state.zone.clone();
    let changes = state.store.upsert(taken, &zone, now);
    super::screens::worklist::on_changes(state, &changes);
}

/// Remembers what the source answered to our write until its search has caught up.
pub fn remember_write(state: &mut State, key: &TaskKey, before: Option<Task>, after: Option<Task>) {
    let lag_s = state.source(key.source).map_or(0, |known| known.can.pace.search_lag_s);
    let until = later(state.now, i64::from(lag_s) * 2);
    state.sync.recent.insert(key.clone(), Recent { before, after, until });
}

/// Takes a task off the list.
pub fn remove(state: &mut State, key: &TaskKey) {
    let changes = state.store.remove(key);
    super::screens::worklist::on_changes(state, &changes);
}

/// A write has heard that nothing more may be asked for a while: that holds for reads too.
pub fn pause(state: &mut State, source: SourceId, until: Option<Timestamp>, sentence: &str) {
    if let Some(known) = state.source_mut(source) {
        known.link = Link::Paused { until, sentence: sentence.to_owned() };
        schedule(state, source);
        state.touch();
    }
}

fn on_poll_failed(state: &mut State, source: SourceId, error: &ApiError) {
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
fn schedule(state: &mut State, source: SourceId) {
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
    let requests = source.total.unwrap_or(0) / u64::from(source.can.page_count.max(1)) + 1;
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
