//! Asking the sources from the command line for their tasks.
//!
//! Must not let a dead source take the others with it or hold them up.

use super::{
    exit::{Exit, Failure, sentences},
    meet::{self, Patience, odd_answer},
    names::learn_people_of,
    output::{complain, complain_all},
    wire::World,
};
use crate::{
    app::{
        scan::{Progress, Scan},
        source::Source,
        store::Row,
    },
    domain::{
        people::Person,
        query::{Query, Single},
        task::{SourceId, Task},
    },
    providers::{Alive, Answer, ApiError, Call, PagingGuard, Reply, TaskSearch},
    runtime::{clock, link::Link},
};
use std::sync::Arc;
use tokio::{sync::mpsc, task::JoinSet};

/// Pages that may wait to be taken in.
const PAGES_WAITING: usize = 4;
/// Bad rows that are named; the others are counted.
const COMPLAINTS: usize = 20;

/// A source that could not be listed to its end.
#[derive(Debug)]
pub(super) struct Missed {
    source: String,
    exit: Exit,
}

/// What a sweep over one source brings on its way.
#[derive(Debug)]
enum Brought {
    /// What the source says of itself.
    Alive(Box<Alive>),
    /// Rows, and names that came along.
    Rows(Vec<Task>, Vec<Person>),
}

/// How a sweep over one source ended.
#[derive(Debug, Default)]
struct Ended {
    dropped: u32,
    complaints: Vec<String>,
    is_cut: bool,
    error: Option<ApiError>,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Listing {
    /// The rows that match, in order and within the query's limit.
    pub(super) rows: Vec<Row>,
    /// How many match, the limit left aside.
    pub(super) matched: usize,
    /// The sources that were not listed to their end.
    pub(super) missed: Vec<Missed>,
    /// Whether every name that the filter looks at could be read.
    named: bool,
}

impl Listing {
    /// Whether at least one source was listed to its end: without that a number means nothing.
    pub(super) fn is_told_by_some(&self, world: &World) -> bool {
        self.missed.len() < world.links.len()
    }

    /// How a listing ends: what is missing weighs more than what was found.
    pub(super) fn exit(&self, world: &World) -> Exit {
        if self.missed.is_empty() && self.named {
            return if self.matched == 0 { Exit::NothingMatched } else { Exit::Done };
        }
        if self.is_told_by_some(world) {
            return Exit::SomeFailed;
        }
        Exit::of_all(self.missed.iter().map(|missed| missed.exit))
    }
}

/// Fetches what a query may be about from all sources, and finds what matches.
pub(super) async fn list(world: &mut World, query: &Query) -> Result<Listing, Failure> {
    let sources: Vec<SourceId> = world.state.source_ids();
    if sources.is_empty() {
        return Err(no_source());
    }
    let missed = sweep(world, &sources, query).await;
    let (rows, matched, named) = find(world, query).await;
    Ok(Listing { rows, matched, missed, named })
}

/// That there is nobody to ask.
pub(super) fn no_source() -> Failure {
    Failure::usage("No source is configured: `rounds config init` writes a configuration to fill in.")
}

/// Fetches the tasks of some sources; what a source has no more is taken out when it was listed to its end.
pub(super) async fn sweep(world: &mut World, sources: &[SourceId], query: &Query) -> Vec<Missed> {
    let mut sweeps = JoinSet::new();
    // Rows are taken in while others are on their way: a million of them need not be held twice.
    let (sender, mut news) = mpsc::channel(PAGES_WAITING);
    for id in sources {
        let (Some(source), Some(link)) = (world.state.source(*id), world.links.get(usize::from(id.0))) else {
            continue;
        };
        let patience = if sources.len() > 1 { Patience::beside_others(source) } else { Patience::alone() };
        let (id, link, source, query) = (*id, Arc::clone(link), source.clone(), query.clone());
        let sweep = world.state.store.begin_sweep(id);
        let sender = sender.clone();
        sweeps.spawn(async move { (id, sweep, pages(&link, source, &query, patience, sender).await) });
    }
    drop(sender);
    while let Some((id, brought)) = news.recv().await {
        take_in(world, id, brought);
    }
    let mut missed = Vec::new();
    while let Some(joined) = sweeps.join_next().await {
        let Ok((id, sweep, ended)) = joined else { continue };
        let name = world.state.source(id).map_or_else(String::new, |source| source.name.clone());
        complain_all(ended.complaints.iter().map(|complaint| format!("{name}: {complaint}")));
        if ended.dropped > 0 {
            complain(&format!("{name}: {} rows could not be read and were left out.", ended.dropped));
        }
        match ended.error.or_else(|| ended.is_cut.then(cut_list)) {
            None => drop(world.state.store.end_sweep(id, sweep)),
            Some(error) => {
                complain_all(sentences(&name, &error));
                let exit = world
                    .links
                    .get(usize::from(id.0))
                    .map_or_else(|| Exit::of(&error), |link| meet::exit_of(link, &error));
                missed.push(Missed { source: name, exit });
            }
        }
    }
    missed.sort_by(|one, other| one.source.cmp(&other.source));
    missed
}

fn take_in(world: &mut World, source: SourceId, brought: Brought) {
    match brought {
        Brought::Alive(alive) => {
            meet::take(world, source, &alive);
            meet::warn(world, source);
        }
        Brought::Rows(tasks, people) => {
            let (zone, now) = (world.state.zone.clone(), clock::now());
            world.state.now = now;
            world.state.store.upsert(tasks, &zone, now);
            for person in people {
                world.state.people.learn(source, person);
            }
        }
    }
}

/// All pages of what a query may be about, after the source was met where that is needed.
async fn pages(
    link: &Link,
    mut source: Source,
    query: &Query,
    mut patience: Patience,
    sender: mpsc::Sender<(SourceId, Brought)>,
) -> Ended {
    let mut ended = Ended::default();
    match meet::greet(link, &source, &mut patience).await {
        Ok(None) => {}
        Ok(Some(alive)) => {
            source.can = alive.can.clone();
            source.me = alive.me.clone().or(source.me);
            sender.send((source.id, Brought::Alive(alive))).await.ok();
        }
        Err(error) => return Ended { error: Some(error), ..ended },
    }
    let (search, count) = (search(query, &source), source.can.page_count);
    let mut guard = PagingGuard::of(&source.can);
    let mut cursor = None;
    loop {
        let call = Call::SearchTasks { search: search.clone(), cursor: cursor.clone(), count };
        let page = match patience.converse(link, &call).await {
            Ok(Answer { reply: Reply::Page(page), .. }) => page,
            Ok(_) => return Ended { error: Some(odd_answer()), ..ended },
            Err(error) => return Ended { error: Some(error), ..ended },
        };
        let next = guard.admit(&page);
        ended.dropped += page.dropped;
        let room = COMPLAINTS.saturating_sub(ended.complaints.len());
        ended.complaints.extend(page.complaints.into_iter().take(room));
        sender.send((source.id, Brought::Rows(page.tasks, page.people))).await.ok();
        if next.is_none() {
            ended.is_cut = guard.is_cut();
            return ended;
        }
        cursor = next;
    }
}

/// The error of a list whose end could not be reached: what was read is told, and that more may be missing.
fn cut_list() -> ApiError {
    ApiError {
        sentence: "The list has no end that could be reached; tasks may be missing.".to_owned(),
        ..odd_answer()
    }
}

/// The parts of a query that a source runs itself; every row is tested here again.
fn search(query: &Query, source: &Source) -> TaskSearch {
    let mut search = TaskSearch::default();
    let me = source.me.clone();
    for single in query.single_values() {
        let (place, value) = match single {
            Single::Status(status) => (&mut search.status, Some(status.as_str().to_owned())),
            Single::Priority(priority) => (&mut search.priority, Some(priority.as_str().to_owned())),
            Single::OwnerMe => (&mut search.owner, me.clone()),
            Single::Owner(id) => (&mut search.owner, Some(id.into_string())),
            Single::RequesterMe => (&mut search.requester, me.clone()),
            Single::Requester(id) => (&mut search.requester, Some(id.into_string())),
            Single::Patient(id) => (&mut search.patient, Some(id.into_string())),
            Single::Code(code) => (&mut search.code, Some(code.into_string())),
        };
        if place.is_none() {
            *place = value;
        }
    }
    search
}

/// Finds what matches among the tasks that were fetched, learning names first where the query looks at them. The last
/// part is false when some of those could not be read.
pub(super) async fn find(world: &mut World, query: &Query) -> (Vec<Row>, usize, bool) {
    let looks_at_names = Scan::start(query, &world.state.store, &world.state, 0).depends().names;
    let mut named = true;
    if looks_at_names {
        let rows = world.state.store.order().to_vec();
        named = learn_people_of(world, &rows).await;
    }
    let state = &world.state;
    let mut scan = Scan::start(query, &state.store, state, 1);
    while scan.step(&state.store, state, &state.people) == Progress::More {}
    (scan.rows().to_vec(), scan.matched(), named)
}

/// A source by its name.
pub(super) fn source_named(world: &World, name: &str) -> Result<SourceId, Failure> {
    let names = || world.state.sources.iter().map(|source| source.name.as_str());
    if let Some(source) = world.state.sources.iter().find(|source| source.name == name) {
        return Ok(source.id);
    }
    let rest = match crate::domain::nearest::nearest(name, names()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("the profile has {}.", names().collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::usage(format!("There is no source {name}; {rest}")))
}
