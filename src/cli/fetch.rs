//! Asking the sources from the command line: whole sweeps, single tasks, and names where somebody reads them.
//!
//! Must not let a dead source take the others with it, nor ask for one person twice.

use super::{
    exit::{Exit, Failure, sentences},
    output::{complain, complain_all},
    wire::World,
};
use crate::{
    app::{
        people::People,
        scan::{Progress, Scan},
        source::Source,
        store::Row,
    },
    domain::{
        people::{Person, PersonKind, Reference},
        query::{Query, Single},
        task::{SourceId, Task},
        time::Timestamp,
    },
    providers::{Answer, ApiError, Call, ErrorKind, PagingGuard, Reply, TaskSearch},
    runtime::{clock, link::Link},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// Pages of one sweep at the most: 100,000 tasks at 100 a page.
const MAX_PAGES: usize = 1_000;
/// The longest pause that a source may ask for and get, in seconds; beyond it the command gives up.
pub(super) const PATIENCE_S: u64 = 20;
/// Pauses granted in one sweep.
const MOST_PAUSES: u32 = 3;

/// Somebody to be looked up.
pub(super) type Wanted = (SourceId, PersonKind, Box<str>);

/// A source that could not be listed to its end.
#[derive(Debug)]
pub(super) struct Missed {
    source: String,
    error: ApiError,
}

/// What a sweep over one source brought.
#[derive(Debug, Default)]
struct Swept {
    tasks: Vec<Task>,
    people: Vec<Person>,
    dropped: u32,
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
}

impl Listing {
    /// Whether at least one source was listed to its end: without that a number means nothing.
    pub(super) fn is_told_by_some(&self, world: &World) -> bool {
        self.missed.len() < world.links.len()
    }

    /// How a listing ends: what is missing weighs more than what was found.
    pub(super) fn exit(&self, world: &World) -> Exit {
        if self.missed.is_empty() {
            return if self.matched == 0 { Exit::NothingMatched } else { Exit::Done };
        }
        if self.is_told_by_some(world) {
            return Exit::SomeFailed;
        }
        Exit::of_all(self.missed.iter().map(|missed| Exit::of(&missed.error)))
    }
}

/// Fetches what a query may be about from all sources, and finds what matches.
pub(super) async fn list(world: &mut World, query: &Query) -> Result<Listing, Failure> {
    let sources: Vec<SourceId> = world.state.source_ids();
    if sources.is_empty() {
        return Err(no_source());
    }
    let missed = sweep(world, &sources, query).await;
    let (rows, matched) = find(world, query).await;
    Ok(Listing { rows, matched, missed })
}

/// That there is nobody to ask.
pub(super) fn no_source() -> Failure {
    Failure::usage("No source is configured: `rounds config init` writes a configuration to fill in.")
}

/// Fetches the tasks of some sources; what a source has no more is taken out when it was listed to its end.
pub(super) async fn sweep(world: &mut World, sources: &[SourceId], query: &Query) -> Vec<Missed> {
    let mut sweeps = JoinSet::new();
    for id in sources {
        let (Some(source), Some(link)) = (world.state.source(*id), world.links.get(usize::from(id.0))) else {
            continue;
        };
        let (id, link, search) = (*id, Arc::clone(link), search(query, source));
        let sweep = world.state.store.begin_sweep(id);
        sweeps.spawn(async move { (id, sweep, pages(&link, &search).await) });
    }
    let mut missed = Vec::new();
    while let Some(joined) = sweeps.join_next().await {
        let Ok((id, sweep, swept)) = joined else { continue };
        let (zone, now) = (world.state.zone.clone(), clock::now());
        world.state.now = now;
        world.state.store.upsert(swept.tasks, &zone, now);
        for person in swept.people {
            world.state.people.learn(id, person);
        }
        let name = world.state.source(id).map_or_else(String::new, |source| source.name.clone());
        if swept.dropped > 0 {
            complain(&format!("{name}: {} rows had no usable id and were left out.", swept.dropped));
        }
        match swept.error.or_else(|| swept.is_cut.then(cut_list)) {
            None => drop(world.state.store.end_sweep(id, sweep)),
            Some(error) => {
                complain_all(sentences(&name, &error));
                missed.push(Missed { source: name, error });
            }
        }
    }
    missed.sort_by(|one, other| one.source.cmp(&other.source));
    missed
}

/// All pages of one search.
async fn pages(link: &Link, search: &TaskSearch) -> Swept {
    let mut swept = Swept::default();
    let mut guard = PagingGuard::new(MAX_PAGES);
    let mut cursor = None;
    let count = link.provider().can().page_count;
    let mut pauses = 0;
    loop {
        let call = Call::SearchTasks { search: search.clone(), cursor: cursor.clone(), count };
        let page = match link.converse(&call).await {
            Ok(Answer { reply: Reply::Page(page), .. }) => page,
            Err(ApiError { kind: ErrorKind::Paused { after_s }, .. })
                if after_s <= PATIENCE_S && pauses < MOST_PAUSES =>
            {
                pauses += 1;
                tokio::time::sleep(Duration::from_secs(after_s.max(1))).await;
                continue;
            }
            Ok(_) => {
                swept.error = Some(odd_answer());
                return swept;
            }
            Err(error) => {
                swept.error = Some(error);
                return swept;
            }
        };
        let next = guard.admit(&page);
        swept.dropped += page.dropped;
        swept.tasks.extend(page.tasks);
        swept.people.extend(page.people);
        if next.is_none() {
            swept.is_cut = guard.is_cut();
            return swept;
        }
        cursor = next;
    }
}

/// The error of a source that answered something else than was asked.
pub(super) fn odd_answer() -> ApiError {
    ApiError {
        kind: ErrorKind::NotItsApi,
        status: None,
        sentence: "The source answered something else than was asked.".to_owned(),
        request_id: None,
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

/// Finds what matches among the tasks that were fetched, learning names first where the query looks at them.
pub(super) async fn find(world: &mut World, query: &Query) -> (Vec<Row>, usize) {
    let looks_at_names = Scan::start(query, &world.state.store, &world.state, 0).depends().names;
    if looks_at_names {
        let rows = world.state.store.order().to_vec();
        learn_people_of(world, &rows).await;
    }
    let state = &world.state;
    let mut scan = Scan::start(query, &state.store, state, 1);
    while scan.step(&state.store, state, &state.people) == Progress::More {}
    (scan.rows().to_vec(), scan.matched())
}

/// Learns the names of patients, owners and requesters of these rows.
pub(super) async fn learn_people_of(world: &mut World, rows: &[Row]) {
    let tasks = rows.iter().filter_map(|row| world.state.store.task(*row));
    let wanted: BTreeSet<Wanted> = tasks.flat_map(|task| people_of(&task)).collect();
    learn(world, wanted).await;
}

/// The people that a task names.
pub(super) fn people_of(task: &Task) -> Vec<Wanted> {
    let person = |kind, reference: &Option<Reference>| {
        reference.as_ref().map(|reference| (task.key.source, kind, reference.id().into()))
    };
    [
        person(PersonKind::Patient, &task.patient),
        person(PersonKind::Practitioner, &task.owner),
        person(PersonKind::Practitioner, &task.requester),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Learns names, each asked for at most once; who cannot be found keeps the id for a name.
pub(super) async fn learn(world: &mut World, wanted: impl IntoIterator<Item = Wanted>) {
    let mut look_ups = JoinSet::new();
    let now = clock::now();
    for (source, kind, id) in wanted {
        let Some(link) = world.links.get(usize::from(source.0)).map(Arc::clone) else { continue };
        if world.state.people.want(source, kind, &id, now) {
            look_ups.spawn(async move {
                let call = Call::ReadPerson { kind, id: id.clone() };
                (source, kind, id, link.converse(&call).await)
            });
        }
    }
    while let Some(joined) = look_ups.join_next().await {
        let Ok((source, kind, id, outcome)) = joined else { continue };
        take_person(&mut world.state.people, source, kind, &id, outcome);
    }
}

fn take_person(
    people: &mut People,
    source: SourceId,
    kind: PersonKind,
    id: &str,
    outcome: Result<Answer, ApiError>,
) {
    match outcome {
        Ok(Answer { reply: Reply::Person(person), .. }) => drop(people.learn(source, person)),
        _ => people.missing(source, kind, id, Timestamp::MAX),
    }
}

/// The task that an id of the command line names: `source/id`, or an id that only one source has.
pub(super) async fn task(world: &mut World, id: &str) -> Result<Task, Failure> {
    if world.links.is_empty() {
        return Err(no_source());
    }
    let (asked, bare) = match id.split_once('/') {
        Some((name, bare)) => (vec![source_named(world, name)?], bare),
        None => (world.state.source_ids(), id),
    };
    let mut reads = JoinSet::new();
    for source in asked {
        let Some(link) = world.links.get(usize::from(source.0)).map(Arc::clone) else { continue };
        let call = Call::ReadTask { id: bare.into() };
        reads.spawn(async move { (source, link.converse(&call).await) });
    }
    let mut found = Vec::new();
    let mut failure: Option<Failure> = None;
    while let Some(joined) = reads.join_next().await {
        let Ok((source, outcome)) = joined else { continue };
        let name = world.state.source(source).map_or_else(String::new, |source| source.name.clone());
        match outcome {
            Ok(Answer { reply: Reply::Task(task), .. }) => found.push(*task),
            Ok(_) => failure = Some(Failure::of(&name, &odd_answer())),
            Err(ApiError { kind: ErrorKind::NotFound, .. }) => {}
            Err(error) if error.kind == ErrorKind::Unsupported => {
                failure = Some(Failure::usage(format!("{name}: {error}")));
            }
            Err(error) => failure = Some(Failure::of(&name, &error)),
        }
    }
    match (found.len(), failure) {
        (1, None) => {}
        // A source that did not answer may have a task of this id too.
        (0 | 1, Some(failure)) => return Err(failure),
        (0, None) => {
            return Err(Failure::new(Exit::NothingMatched, format!("No source has a task {id}.")));
        }
        _ => {
            found.sort_by_key(|task| task.key.source);
            let ids: Vec<String> = found.iter().map(|task| world.state.full_id(&task.key)).collect();
            let sentence = format!("Several sources have a task {id}; say which: {}.", ids.join(", "));
            return Err(Failure::usage(sentence));
        }
    }
    let Some(task) = found.pop() else { return Err(no_source()) };
    let (zone, now) = (world.state.zone.clone(), clock::now());
    world.state.now = now;
    world.state.store.upsert([task.clone()], &zone, now);
    Ok(task)
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
