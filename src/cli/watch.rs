//! `rounds ls --watch`: an event a line for each task that is added, changed or gone, at the sources' own pace.
//!
//! Must not call a task gone because its source is silent.

use super::{
    exit::{Exit, Failure},
    fetch,
    fields::{self, FieldName},
    list, names,
    output::Output,
    wire::World,
};
use crate::{
    app::{outbox::later, store::Row},
    domain::{
        query::Query,
        task::{SourceId, Task, TaskKey},
        time::Timestamp,
    },
    runtime::clock,
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// Lists tasks again and again until nobody reads any more.
pub(super) async fn run(
    world: &mut World,
    query: &Query,
    fields: Option<&[FieldName]>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    if world.links.is_empty() {
        return Err(fetch::no_source());
    }
    let mut known: BTreeMap<TaskKey, Task> = BTreeMap::new();
    let mut next: BTreeMap<SourceId, Timestamp> =
        world.state.source_ids().into_iter().map(|id| (id, Timestamp::MIN)).collect();
    loop {
        let now = clock::now();
        let due: Vec<SourceId> = next.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        for id in &due {
            let poll_s = world.state.source(*id).map_or(60, |source| source.poll_s);
            next.insert(*id, later(now, i64::from(poll_s.max(1))));
        }
        fetch::sweep(world, &due, query).await;
        let (rows, ..) = fetch::find(world, query).await;
        if fields.is_some_and(|fields| fields.iter().any(FieldName::needs_names)) {
            names::learn_people_of(world, &rows).await;
        }
        let present = by_key(world, &rows);
        for (event, task) in events(&known, &present) {
            let object = fields::object(&world.state, task, fields);
            output.json_line(&line(event, object))?;
        }
        output.flush()?;
        known = present;
        let wake = next.values().min().copied().unwrap_or(now);
        let wait_ms = wake.as_millisecond().saturating_sub(clock::now().as_millisecond());
        tokio::time::sleep(Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0))).await;
    }
}

fn by_key(world: &World, rows: &[Row]) -> BTreeMap<TaskKey, Task> {
    list::tasks(world, rows).into_iter().map(|task| (task.key.clone(), task)).collect()
}

/// What happened between two lists: the tasks that are there first, then those that are gone.
fn events<'a>(
    before: &'a BTreeMap<TaskKey, Task>,
    present: &'a BTreeMap<TaskKey, Task>,
) -> Vec<(&'static str, &'a Task)> {
    let there = present.iter().filter_map(|(key, task)| match before.get(key) {
        None => Some(("added", task)),
        Some(old) if old != task => Some(("changed", task)),
        Some(_) => None,
    });
    let gone = before.iter().filter(|(key, _)| !present.contains_key(key)).map(|(_, task)| ("gone", task));
    there.chain(gone).collect()
}

fn line(event: &str, task: Value) -> Value {
    let mut object = super::json::object();
    object.insert("event".to_owned(), event.into());
    object.insert("task".to_owned(), task);
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_task_is_told_once_by_what_became_of_it() {
        let list = |tasks: &[(&str, &str)]| -> BTreeMap<TaskKey, Task> {
            let task = |(id, code): &(&str, &str)| {
                let key = TaskKey { source: SourceId(0), id: (*id).into() };
                (key.clone(), Task { key, code: Some((*code).into()), ..Task::default() })
            };
            tasks.iter().map(task).collect()
        };
        let (before, present) =
            (list(&[("a", "1"), ("b", "1"), ("c", "1")]), list(&[("a", "1"), ("b", "2"), ("d", "1")]));
        let told: Vec<_> =
            events(&before, &present).into_iter().map(|(event, task)| (event, &*task.key.id)).collect();
        assert_eq!(told, [("changed", "b"), ("added", "d"), ("gone", "c")]);
    }
}
