//! Names of people and lists where somebody reads them.
//!
//! Must not ask for one person twice, nor hold a command up for names that a slow source gives one by one.

use super::{output::complain, wire::World};
use crate::{
    app::{people::People, store::Row},
    domain::{
        people::{PersonKind, Reference},
        task::{SourceId, Task},
        time::Timestamp,
    },
    providers::{Answer, ApiError, Call, Reply},
    runtime::clock,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::task::JoinSet;

/// How long names are waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody to be looked up.
pub(super) type Wanted = (SourceId, PersonKind, Box<str>);

/// Learns the names of patients, owners and requesters of these rows; false when some could not be asked in time.
pub(super) async fn learn_people_of(world: &mut World, rows: &[Row]) -> bool {
    let tasks = rows.iter().filter_map(|row| world.state.store.task(*row));
    let wanted: BTreeSet<Wanted> = tasks.flat_map(|task| people_of(world, &task)).collect();
    learn(world, wanted).await
}

/// The people that a task names, and the list that owns it where lists do.
pub(super) fn people_of(world: &World, task: &Task) -> Vec<Wanted> {
    let owners = world.state.can(task.key.source).map_or(PersonKind::Practitioner, |can| can.owners);
    let person = |kind, reference: &Option<Reference>| {
        reference.as_ref().map(|reference| (task.key.source, kind, reference.id().into()))
    };
    let notes = task.notes.iter().map(|note| person(PersonKind::Practitioner, &note.author));
    [
        person(PersonKind::Patient, &task.patient),
        person(owners, &task.owner),
        person(PersonKind::Practitioner, &task.requester),
    ]
    .into_iter()
    .chain(notes)
    .flatten()
    .collect()
}

/// Learns names, each asked for at most once; who cannot be found keeps the id for a name. False when some could not
/// be asked in time.
pub(super) async fn learn(world: &mut World, wanted: impl IntoIterator<Item = Wanted>) -> bool {
    let mut look_ups = JoinSet::new();
    let mut waiting: BTreeMap<SourceId, usize> = BTreeMap::new();
    let now = clock::now();
    for (source, kind, id) in wanted {
        let Some(link) = world.links.get(usize::from(source.0)).map(Arc::clone) else { continue };
        if world.state.people.want(source, kind, &id, now) {
            *waiting.entry(source).or_default() += 1;
            look_ups.spawn(async move {
                let call = Call::ReadPerson { kind, id: id.clone() };
                (source, kind, id, link.converse(&call).await)
            });
        }
    }
    let people = &mut world.state.people;
    let answers = async {
        while let Some(joined) = look_ups.join_next().await {
            let Ok((source, kind, id, outcome)) = joined else { continue };
            if let Some(waiting) = waiting.get_mut(&source) {
                *waiting -= 1;
            }
            take_person(people, source, kind, &id, outcome);
        }
    };
    if tokio::time::timeout(PATIENCE, answers).await.is_ok() {
        return true;
    }
    for (source, count) in waiting.into_iter().filter(|(_, count)| *count > 0) {
        let name = world.state.source(source).map_or("", |source| source.name.as_str());
        let seconds = PATIENCE.as_secs();
        complain(&format!(
            "{name}: {count} names did not come within {seconds} s; ids stand in their place."
        ));
    }
    false
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
