//! The timed events of the live demo: arrivals, colleagues who are faster, a silent source, a 429.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::carry::Shared;
use super::chaos::Planned;
use super::hospital::Hospital;
use super::system::System;
use super::world::expand;

/// The built-in story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    repeat_s: u64,
    event: Vec<Event>,
}

/// One thing that happens; exactly one of its kinds is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    at_s: u64,
    /// Where it happens; `ClinikAPI` when it is not said.
    #[serde(default = "usual")]
    system: System,
    /// A new task.
    create: Option<Map<String, Value>>,
    /// This colleague takes the most urgent unowned task.
    claim: Option<String>,
    /// This colleague finishes a task that is under way; in the dental office, one that was read.
    finish: Option<String>,
    /// The source does not answer for so long.
    silent_s: Option<u64>,
    /// The next request meets this fault.
    fault: Option<String>,
    /// Only a request with this method meets the fault.
    method: Option<String>,
}

fn usual() -> System {
    System::Clinikapi
}

impl Story {
    pub(crate) fn read() -> Result<Story, toml::de::Error> {
        let mut story: Story = toml::from_str(include_str!("../../assets/story.toml"))?;
        story.event.sort_by_key(|event| event.at_s);
        Ok(story)
    }

    /// Plays for ever; the speed divides every wait.
    pub(crate) async fn play(self, shared: Arc<Shared>, speed: f64) {
        let speed = if speed.is_finite() { speed.clamp(0.01, 1_000.0) } else { 1.0 };
        let wait = |seconds: u64| tokio::time::sleep(Duration::from_secs_f64(seconds as f64 / speed));
        loop {
            let mut played_s = 0;
            for event in &self.event {
                wait(event.at_s.saturating_sub(played_s)).await;
                played_s = event.at_s;
                let now = (shared.clock)();
                event.happen(&mut shared.hospital(), now);
                shared.switched.send_replace(());
                shared.dirty.notify_one();
                if let Some(silent_s) = event.silent_s {
                    wait(silent_s).await;
                    played_s = played_s.saturating_add(silent_s);
                    shared.hospital().face_mut(event.system).faults_mut().stall = false;
                    shared.switched.send_replace(());
                }
            }
            wait(self.repeat_s.saturating_sub(played_s).max(1)).await;
        }
    }
}

impl Event {
    fn happen(&self, hospital: &mut Hospital, now: Timestamp) {
        if self.silent_s.is_some() {
            hospital.face_mut(self.system).faults_mut().stall = true;
        }
        if let Some(fault) = &self.fault {
            let mut planned = json!({"fault": fault});
            if let Some(method) = &self.method {
                planned["method"] = json!(method);
            }
            // A fault that still waits for its request is not queued again, or a long pause would pile them up.
            let faults = hospital.face_mut(self.system).faults_mut();
            if let Ok(planned) = serde_json::from_value::<Planned>(planned)
                && !faults.next.contains(&planned)
            {
                faults.next.push_back(planned);
            }
        }
        let wish = if let Some(task) = &self.create {
            let task = Value::Object(task.clone());
            // The dental office writes times and people in its own words.
            let task = match self.system {
                System::Opendental => task,
                system => expand(&task, now, &ids(hospital, system, "patients")),
            };
            Some(json!({"create": task}))
        } else if let Some(colleague) = &self.claim {
            let free =
                |task: &Value| task.get("ownerId").is_none() && has_status(task, &["requested", "received"]);
            let patch = json!({"ownerId": colleague, "status": "accepted"});
            first_urgent(hospital, self.system, free).map(|id| json!({"id": id, "patch": patch}))
        } else if self.system == System::Opendental && self.finish.is_some() {
            first_read(hospital).map(|id| json!({"id": id, "patch": {"TaskStatus": "Done"}}))
        } else if let Some(colleague) = &self.finish {
            let theirs = |task: &Value| {
                has_status(task, &["in-progress"])
                    && task.get("ownerId").and_then(Value::as_str) == Some(colleague)
            };
            first_urgent(hospital, self.system, theirs)
                .map(|id| json!({"id": id, "patch": {"status": "completed"}}))
        } else {
            None
        };
        if let Some(wish) = wish {
            // A wish that finds nothing to change is no event.
            let _ = hospital.face_mut(self.system).colleague(&wish, now);
        }
    }
}

fn rows(hospital: &Hospital, system: System, collection: &str) -> Vec<Value> {
    let store = hospital.face(system).flat_store();
    store.get(collection).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn ids(hospital: &Hospital, system: System, collection: &str) -> Vec<String> {
    let rows = rows(hospital, system, collection);
    rows.iter().filter_map(|row| row.get("id")?.as_str().map(str::to_owned)).collect()
}

fn has_status(task: &Value, statuses: &[&str]) -> bool {
    task.get("status").and_then(Value::as_str).is_some_and(|status| statuses.contains(&status))
}

/// The most urgent task that fits, but never the STAT ones: those are the player's.
fn first_urgent(hospital: &Hospital, system: System, fits: impl Fn(&Value) -> bool) -> Option<String> {
    let rank = |task: &Value| match task.get("priority").and_then(Value::as_str) {
        Some("stat") => None,
        Some("asap") => Some(0),
        Some("urgent") => Some(1),
        _ => Some(2),
    };
    let tasks = rows(hospital, system, "tasks");
    let fitting = tasks.iter().filter(|task| fits(task)).filter_map(|task| Some((rank(task)?, task)));
    let task = fitting.min_by_key(|(rank, _)| *rank)?.1;
    task.get("id")?.as_str().map(str::to_owned)
}

/// The first of the dental office's tasks that somebody has read and that is no reminder.
fn first_read(hospital: &Hospital) -> Option<Value> {
    let tasks = rows(hospital, System::Opendental, "tasks");
    let is =
        |task: &Value, field: &str, wanted: &str| task.get(field).and_then(Value::as_str) == Some(wanted);
    let task = tasks.iter().find(|task| is(task, "TaskStatus", "Viewed") && is(task, "ReminderGroupId", ""));
    task?.get("TaskNum").cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    use crate::sandbox::chaos::Faults;
    use crate::sandbox::hospital::Recipe;

    #[test]
    fn each_event_does_what_it_says() {
        let now: Timestamp = "2026-05-04T22:10:00Z".parse().expect("time");
        let recipe = Recipe { seed: 1, tasks: 120, now, zone: TimeZone::UTC, faults: Faults::default() };
        let mut hospital = Hospital::new(recipe).expect("world");
        let before = rows(&hospital, System::Clinikapi, "tasks");
        let records = |hospital: &Hospital| rows(hospital, System::Omniehr, "tasks");
        let recorded = records(&hospital);
        let story = Story::read().expect("story");
        for event in &story.event {
            event.happen(&mut hospital, now);
        }
        let after = rows(&hospital, System::Clinikapi, "tasks");
        assert_eq!(after.len(), before.len() + 3);
        let arrived = records(&hospital).split_off(recorded.len());
        assert_eq!(arrived.len(), 1, "one in the records");
        assert_eq!(arrived[0]["owner"]["display"], "Robin Vale");
        let stat = after.iter().filter(|task| task["priority"] == "stat" && has_status(task, &["requested"]));
        assert_eq!(stat.count(), 2, "the arrival, and the one of the start that nobody took");
        let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
        assert_eq!(changed, 3, "two claims and a finish");
        let of_office = |table| rows(&hospital, System::Opendental, table).len();
        assert_eq!(of_office("tasks"), 121, "the dental office has an arrival too");
        assert_eq!(of_office("signalods"), 2, "and a task that was finished");
        assert!(hospital.clinikapi.faults.stall);
        assert_eq!(hospital.clinikapi.faults.next.len(), 2);
        story.event.iter().for_each(|event| event.happen(&mut hospital, now));
        assert_eq!(hospital.clinikapi.faults.next.len(), 2, "the same faults do not pile up");
        assert!(after.iter().all(|task| !task["patientId"].as_str().unwrap_or_default().starts_with('#')));
    }
}
