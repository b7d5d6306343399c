//! Fills the store with the invented ward, as ClinikAPI would hold it. The same seed and start give the same rows.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::store::{Kind, Row, Store, Version, stamp};
use crate::sandbox::chance::Chance;
use crate::sandbox::world::{Assets, Patient, SYNTHETIC_HOST, Staff, Template, expand};

/// The person that the demo plays.
pub(crate) const ME: &str = "prac_night_nurse";

const STATUSES: &[(usize, &str)] = &[
    (27, "requested"),
    (8, "received"),
    (15, "accepted"),
    (14, "in-progress"),
    (8, "on-hold"),
    (4, "ready"),
    (4, "draft"),
    (12, "completed"),
    (4, "cancelled"),
    (2, "rejected"),
    (2, "failed"),
];

const INTENTS: &[(usize, &str)] = &[
    (20, "order"),
    (4, "plan"),
    (2, "proposal"),
    (2, "original-order"),
    (2, "instance-order"),
    (1, "filler-order"),
];

/// Builds the store: the special tasks first, then drawn ones up to `tasks` in all.
pub(crate) fn store(assets: &Assets, seed: u64, tasks: usize, now: Timestamp) -> Store {
    let mut store = Store::default();
    let mut chance = Chance::new(seed ^ 0x7a5c);
    let patients = assets.patients(seed);
    for (place, patient) in patients.iter().enumerate() {
        let aged = now - SignedDuration::from_hours(24 * (30 + place as i64));
        store.insert_aged(Kind::Patient, row(&patient.id, patient_body(patient, place), aged, aged));
    }
    for (place, staff) in assets.staff().iter().enumerate() {
        let aged = now - SignedDuration::from_hours(24 * 400);
        store.insert_aged(Kind::Practitioner, row(&staff.id, staff_body(staff, place), aged, aged));
    }
    let ids: Vec<String> = patients.into_iter().map(|patient| patient.id).collect();
    for special in &assets.tasks.special {
        let body = expanded(special, now, &ids);
        let id = chance.id("task");
        store.insert_aged(Kind::Task, task_row(&id, body, now));
    }
    for _ in assets.tasks.special.len()..tasks {
        if let Some(body) = drawn(assets, &ids, &mut chance, now) {
            let id = chance.id("task");
            store.insert_aged(Kind::Task, task_row(&id, body, now));
        }
    }
    for document in &assets.documents {
        let body = expanded(document, now, &ids);
        let aged = moment_of(&body, "date").unwrap_or(now - SignedDuration::from_hours(24));
        store.insert_aged(Kind::Document, row(&chance.id("doc"), body, aged, aged));
    }
    store
}

/// The name that is ready to show, and whether somebody is active, unless the body says so itself.
pub(crate) fn complete_person(body: &mut Map<String, Value>) {
    let part = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let full = format!("{} {}", part("firstName"), part("lastName")).trim().to_owned();
    body.entry("fullName").or_insert(json!(full));
    body.entry("active").or_insert(json!(true));
}

fn expanded(body: &Map<String, Value>, now: Timestamp, ids: &[String]) -> Map<String, Value> {
    match expand(&Value::Object(body.clone()), now, ids) {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

fn row(id: &str, body: Map<String, Value>, created: Timestamp, modified: Timestamp) -> Row {
    Row { id: id.to_owned(), created, versions: vec![Version { number: 1, at: modified, body: Some(body) }] }
}

/// A task is as old as it says, and was last touched when it was begun or ended.
fn task_row(id: &str, body: Map<String, Value>, now: Timestamp) -> Row {
    let created = moment_of(&body, "authoredOn").unwrap_or(now - SignedDuration::from_hours(1));
    let period = body.get("executionPeriod").and_then(Value::as_object).cloned().unwrap_or_default();
    let touched = [moment_of(&period, "end"), moment_of(&period, "start")];
    let touched = touched.into_iter().flatten().find(|moment| *moment < now && *moment > created);
    row(id, body, created, touched.unwrap_or(created))
}

fn moment_of(body: &Map<String, Value>, field: &str) -> Option<Timestamp> {
    body.get(field)?.as_str()?.parse().ok()
}

fn patient_body(patient: &Patient, place: usize) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("firstName".into(), json!(patient.first));
    body.insert("lastName".into(), json!(patient.last));
    // Some builds of the API leave the ready name out or empty.
    match place % 23 {
        19 => {}
        20 => drop(body.insert("fullName".into(), json!(""))),
        _ => drop(body.insert("fullName".into(), json!(patient.full))),
    }
    body.insert("email".into(), json!(format!("patient{place:02}@{SYNTHETIC_HOST}")));
    body.insert("phone".into(), json!(format!("+1-555-01{place:02}")));
    body.insert("gender".into(), json!(patient.gender));
    body.insert("birthDate".into(), json!(patient.birth));
    body.insert("active".into(), json!(true));
    body.insert("languages".into(), json!([patient.language]));
    body.insert("address".into(), json!({"line": ["Synthetic record, nobody lives here"]}));
    body
}

fn staff_body(staff: &Staff, place: usize) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("firstName".into(), json!(staff.first));
    body.insert("lastName".into(), json!(staff.last));
    body.insert("fullName".into(), json!(format!("{} {}", staff.first, staff.last)));
    for (name, texts) in [("prefix", &staff.prefix), ("suffix", &staff.suffix)] {
        if !texts.is_empty() {
            body.insert(name.into(), json!(texts));
        }
    }
    body.insert("npi".into(), json!(format!("SYNTHETIC{place:02}")));
    body.insert("specialty".into(), json!(staff.specialty));
    body.insert("email".into(), json!(format!("staff{place:02}@{SYNTHETIC_HOST}")));
    body.insert("active".into(), json!(staff.active));
    body
}

/// One drawn task; none only when the asset files are empty.
fn drawn(
    assets: &Assets,
    patients: &[String],
    chance: &mut Chance,
    now: Timestamp,
) -> Option<Map<String, Value>> {
    let template = chance.pick(&assets.tasks.template)?;
    let status = chance.weighted(STATUSES)?;
    let closed = matches!(status, "completed" | "cancelled" | "rejected" | "failed");
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));

    put("status", json!(status));
    put("intent", json!(chance.weighted(INTENTS)?));
    if let Some(priority) = priority(template, closed, chance) {
        put("priority", json!(priority));
    }
    put("code", json!(template.code));
    put("description", json!(chance.pick(&template.description)?));
    if let Some(reason) = assets.tasks.reasons.get(status).and_then(|reasons| chance.pick(reasons)) {
        put("statusReason", json!(reason));
    }
    if chance.happens(0.4)
        && let Some(business) = chance.pick(&template.business)
    {
        put("businessStatus", json!(business));
    }
    if chance.happens(0.96) {
        put("patientId", json!(chance.pick(patients)?));
    }
    if chance.happens(0.5) {
        put("encounterId", json!(format!("enc_ward_4c_{:03}", chance.below(90))));
    }
    put("requesterId", json!(if chance.happens(0.12) { ME } else { template.requester.as_str() }));
    if !chance.happens(if closed { 0.05 } else { 0.28 }) {
        let staff = chance.pick(assets.staff())?;
        let owner = if chance.happens(0.2) || !staff.active { ME } else { staff.id.as_str() };
        put("ownerId", json!(owner));
    }
    if chance.happens(0.5)
        && let Some(reason) = chance.pick(&template.reason)
    {
        put("reasonCode", json!(reason));
    }
    if chance.happens(0.25)
        && let Some(note) = chance.pick(&assets.tasks.notes.texts)
    {
        put("note", json!(note));
    }
    let at = |minutes: i64| stamp(now.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(now));
    let age =
        if chance.happens(0.7) { chance.between(10, 16 * 60) } else { chance.between(16 * 60, 6 * 24 * 60) };
    put("authoredOn", json!(at(-age)));

    if closed {
        let ended = chance.between(2, age - 1);
        put("executionPeriod", json!({"start": at(-chance.between(ended, age)), "end": at(-ended)}));
        put("output", json!([{"type": "reported to the team", "valueBoolean": chance.happens(0.5)}]));
        return Some(body);
    }
    let due = if chance.happens(0.12) { -chance.between(5, 300) } else { due_in(template.urgency, chance) };
    match chance.weighted(&[(48, 0), (14, 1), (18, 2), (20, 3)])? {
        0 => put("restriction", json!({"period": {"end": at(due)}})),
        1 => {
            let day =
                now.saturating_add(SignedDuration::from_hours(24 * chance.between(0, 5))).unwrap_or(now);
            put("restriction", json!({"period": {"end": day.strftime("%Y-%m-%d").to_string()}}));
        }
        2 => put("executionPeriod", json!({"start": at(due - 60), "end": at(due)})),
        _ => {}
    }
    if chance.happens(0.2) {
        put(
            "input",
            json!([{"type": "times tried", "valueInteger": chance.below(3)}, {"type": "isolation", "valueBoolean": chance.happens(0.3)}]),
        );
    }
    Some(body)
}

/// Drawn work is never open and STAT: the two that are stand among the special rows.
fn priority(template: &Template, closed: bool, chance: &mut Chance) -> Option<&'static str> {
    let urgency = template.urgency;
    let stat = if closed { urgency } else { 0 };
    chance.weighted(&[
        (30, Some("routine")),
        (14, None),
        (6 * urgency, Some("urgent")),
        (3 * urgency, Some("asap")),
        (stat, Some("stat")),
    ])?
}

fn due_in(urgency: usize, chance: &mut Chance) -> i64 {
    let hours = match urgency {
        0 | 1 => 72,
        2 | 3 => 16,
        _ => 6,
    };
    chance.between(5, hours * 60)
}
