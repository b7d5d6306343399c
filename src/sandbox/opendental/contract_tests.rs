//! The server's half of the contract tests, as plain function calls: here the lists, the rest in files of their own.

mod door;
mod seeded;
mod writing;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::store::{Store, Table, row};
use super::{CUSTOMER_KEY, DEVELOPER_KEY, Dental, seed};
use crate::sandbox::chaos::Faults;
use crate::sandbox::message::{Outcome, Reply, Request};
use crate::sandbox::system::Face;
use crate::sandbox::world::Assets;

/// An office with a clock that only the test moves.
struct Desk {
    dental: Dental,
    now: Timestamp,
}

/// A reply taken apart.
struct Said {
    status: u16,
    body: Value,
    reply: Reply,
}

impl Desk {
    /// An office with one list, two users, two patients, two appointments and three priorities.
    fn small() -> Desk {
        let mut store = Store::default();
        for (table, fields) in [
            (
                Table::TaskLists,
                json!({"TaskListNum": 5, "Descript": "Front desk", "Parent": 0, "TaskListStatus": "Active"}),
            ),
            (Table::Userods, json!({"UserNum": 1, "UserName": "Robin", "IsHidden": "false"})),
            (Table::Userods, json!({"UserNum": 2, "UserName": "Old", "IsHidden": "true"})),
            (Table::Patients, json!({"PatNum": 73, "LName": "Synthetic", "FName": "One", "Zip": "00000"})),
            (Table::Patients, json!({"PatNum": 74, "LName": "Synthetic", "FName": "Two", "Zip": "00000"})),
            (
                Table::Appointments,
                json!({"AptNum": 901, "PatNum": 73, "AptStatus": "Scheduled", "AptDateTime": "2026-05-05 09:00:00"}),
            ),
            (
                Table::Definitions,
                json!({"DefNum": 358, "ItemName": "Same day", "ItemValue": "", "Category": 33, "isHidden": "false"}),
            ),
            (
                Table::Definitions,
                json!({"DefNum": 355, "ItemName": "Normal", "ItemValue": "D", "Category": 33, "isHidden": "false"}),
            ),
            (
                Table::Definitions,
                json!({"DefNum": 352, "ItemName": "Old", "ItemValue": "", "Category": 33, "isHidden": "true"}),
            ),
        ] {
            store.add(table, row(fields));
        }
        Desk { dental: Dental::new(store, 1, zone(), Faults::default()), now: start() }
    }

    /// The demo's own office.
    fn clinic() -> Desk {
        let assets = Assets::read().expect("assets");
        let store = seed::store(&assets, 1, 250, start(), &zone()).expect("asset");
        Desk { dental: Dental::new(store, 1, zone(), Faults::default()), now: start() }
    }

    fn switch(&mut self, change: &Value) {
        self.dental.faults = self.dental.faults.changed(change).expect("good switches");
    }

    fn office(&mut self, change: &Value) {
        self.switch(&json!({"opendental": change}));
    }

    fn later(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn ask(&mut self, request: &Request) -> Said {
        match self.dental.serve(request, self.now) {
            Outcome::Cut => panic!("an answer was expected"),
            Outcome::Reply(reply) => {
                let body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
                Said { status: reply.status, body, reply }
            }
        }
    }

    fn get(&mut self, path: &str) -> Said {
        self.ask(&request("GET", path, None))
    }

    fn post(&mut self, path: &str, body: &Value) -> Said {
        self.ask(&request("POST", path, Some(body)))
    }

    fn put(&mut self, path: &str, body: &Value) -> Said {
        self.ask(&request("PUT", path, Some(body)))
    }

    /// A plain task with these fields beside the usual ones, made by a colleague.
    fn plant(&mut self, fields: Value) -> i64 {
        let mut task =
            json!({"TaskListNum": 5, "UserNum": 1, "Descript": "Synthetic task", "PriorityDefNum": 355});
        task.as_object_mut().expect("object").extend(row(fields));
        let made = self.dental.colleague(&json!({"create": task}), self.now).expect("made");
        made["TaskNum"].as_i64().expect("number")
    }

    /// The row as the store has it.
    fn stored(&self, table: &str, key: i64) -> Value {
        let store = self.dental.flat_store();
        let rows = store[table].as_array().expect("rows").iter();
        rows.clone()
            .find(|row| row.as_object().and_then(|row| row.values().next()) == Some(&json!(key)))
            .cloned()
            .unwrap_or_default()
    }

    fn task(&self, key: i64) -> Value {
        self.stored("tasks", key)
    }

    fn count(&self, table: &str) -> usize {
        self.dental.flat_store()[table].as_array().expect("rows").len()
    }
}

impl Said {
    fn keys(&self, name: &str) -> Vec<i64> {
        let rows = self.body.as_array().expect("a bare array");
        rows.iter().map(|row| row[name].as_i64().expect("number")).collect()
    }

    fn tasks(&self) -> Vec<i64> {
        self.keys("TaskNum")
    }

    fn text(&self) -> &str {
        self.body.as_str().unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.reply.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A Monday afternoon; the office's clock says 15:10.
fn start() -> Timestamp {
    "2026-05-04T22:10:00Z".parse().expect("time")
}

fn zone() -> TimeZone {
    TimeZone::get("America/Los_Angeles").expect("zone")
}

fn request(method: &str, path: &str, body: Option<&Value>) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Request {
        method: method.into(),
        path: format!("/api/v1{path}"),
        query: query.into(),
        headers: vec![
            ("authorization".into(), format!("ODFHIR {DEVELOPER_KEY}/{CUSTOMER_KEY}")),
            ("content-type".into(), "application/json".into()),
            ("host".into(), "127.0.0.1:30223".into()),
        ],
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        oversize: false,
    }
}

#[test]
fn contract_od_01_without_a_time_the_last_fourteen_days_are_listed() {
    let mut desk = Desk::small();
    let old = desk.plant(json!({"DateTimeOriginal": "@-40d"}));
    let edge = desk.plant(json!({"DateTimeOriginal": "@-14d"}));
    let outside = desk.plant(json!({"DateTimeOriginal": "@-20161m"}));
    let fresh = desk.plant(json!({}));
    assert_eq!(desk.get("/tasks").tasks(), [edge, fresh], "the same second is included");
    // Changed today is not created today.
    desk.put(&format!("/tasks/{old}"), &json!({"TaskStatus": "Viewed"}));
    assert_eq!(desk.get("/tasks").tasks(), [edge, fresh]);
    let since = "/tasks?DateTimeOriginal=1900-01-01%2000%3A00%3A00";
    assert_eq!(desk.get(since).tasks(), [old, edge, outside, fresh]);
    assert_eq!(desk.get("/tasks?DateTimeOriginal=2026-05-04%2015%3A10%3A00").tasks(), [fresh]);
    assert_eq!(desk.get("/tasks?DateTimeOriginal=2026-05-04+15:10:00").tasks(), [fresh], "+ is a blank");
    for bad in ["2026-05-04T15:10:00", "2026-05-04", "yesterday", ""] {
        let said = desk.get(&format!("/tasks?DateTimeOriginal={bad}"));
        assert_eq!((said.status, said.text()), (400, "DateTimeOriginal is invalid."), "{bad}");
    }
}

#[test]
fn contract_od_02_pages_are_of_a_hundred_in_the_order_of_the_keys() {
    let mut desk = Desk::small();
    let keys: Vec<i64> = (0..250).map(|_| desk.plant(json!({}))).collect();
    let pages: Vec<Vec<i64>> = ["/tasks", "/tasks?Offset=100", "/tasks?Offset=200", "/tasks?Offset=300"]
        .map(|path| desk.get(path).tasks())
        .into();
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 50, 0]);
    assert_eq!(pages.concat(), keys);
    assert_eq!(desk.get("/tasks?Limit=7&Offset=3").tasks(), keys[3..10]);
    assert_eq!(desk.get("/tasks?Limit=5000").tasks().len(), 100, "the cap is hard");
}

#[test]
fn contract_od_03_a_local_office_gives_a_thousand_at_once() {
    let mut desk = Desk::small();
    for _ in 0..1_001 {
        desk.plant(json!({}));
    }
    desk.office(&json!({"page_rows": 1000}));
    assert_eq!(desk.get("/tasks").tasks().len(), 1_000);
    assert_eq!(desk.get("/tasks?Offset=1000").tasks().len(), 1);
}

#[test]
fn contract_od_04_a_row_deleted_between_two_pages_moves_the_rest_up() {
    let mut desk = Desk::small();
    let keys: Vec<i64> = (0..150).map(|_| desk.plant(json!({}))).collect();
    assert_eq!(desk.get("/tasks").tasks(), keys[..100]);
    desk.dental.colleague(&json!({"delete": keys[0]}), desk.now).expect("deleted");
    assert_eq!(desk.get("/tasks?Offset=100").tasks(), keys[101..]);
    assert_eq!(desk.get(&format!("/tasks/{}", keys[0])).status, 404);
}

#[test]
fn contract_od_17_the_filters_of_the_list() {
    let mut desk = Desk::small();
    let plain = desk.plant(json!({}));
    let first = desk.plant(json!({"ObjectType": "Patient", "KeyNum": 73}));
    let second = desk.plant(json!({"ObjectType": "Patient", "KeyNum": 74, "TaskStatus": "Done"}));
    let visit = desk.plant(json!({"ObjectType": "Appointment", "KeyNum": 901, "TaskListNum": 0}));
    for (query, wanted) in [
        ("", vec![plain, first, second, visit]),
        ("?ObjectType=Patient", vec![first, second]),
        ("?ObjectType=Patient&KeyNum=73", vec![first]),
        ("?ObjectType=Appointment&KeyNum=901", vec![visit]),
        ("?ObjectType=None", vec![plain]),
        ("?KeyNum=0", vec![plain, first, second, visit]),
        ("?TaskStatus=Done", vec![second]),
        ("?TaskStatus=New&TaskListNum=5", vec![plain, first]),
        ("?TaskListNum=77", vec![]),
        ("?UserNum=1&dateStart=2026-01-01", vec![plain, first, second, visit]),
    ] {
        let said = desk.get(&format!("/tasks{query}"));
        assert_eq!((said.status, said.tasks()), (200, wanted), "{query}");
    }
    for (query, status, word) in [
        ("?KeyNum=73", 400, "ObjectType"),
        ("?KeyNum=999&ObjectType=Patient", 404, "Patient"),
        ("?KeyNum=999&ObjectType=Appointment", 404, "Appointment"),
        ("?KeyNum=x&ObjectType=Patient", 400, "KeyNum"),
        ("?TaskStatus=done", 400, "TaskStatus"),
        ("?TaskStatus=", 400, "TaskStatus"),
        ("?ObjectType=Claim", 400, "ObjectType"),
        ("?TaskListNum=first", 400, "TaskListNum"),
    ] {
        let said = desk.get(&format!("/tasks{query}"));
        assert_eq!(said.status, status, "{query}");
        assert!(said.text().contains(word), "{query}: {}", said.body);
    }
    desk.office(&json!({"strict_parameters": true}));
    let said = desk.get("/tasks?dateStart=2026-01-01");
    assert_eq!((said.status, said.text()), (400, "'dateStart' is not a valid parameter."));
}

#[test]
fn contract_od_also_a_senseless_page_is_refused() {
    let mut desk = Desk::small();
    desk.plant(json!({}));
    for (query, name) in [
        ("Limit=0", "Limit"),
        ("Limit=-1", "Limit"),
        ("Limit=abc", "Limit"),
        ("Limit=99999999999999999999", "Limit"),
        ("Offset=-5", "Offset"),
        ("Offset=", "Offset"),
    ] {
        let said = desk.get(&format!("/tasks?{query}"));
        assert_eq!((said.status, said.text()), (400, format!("{name} is invalid.").as_str()), "{query}");
    }
    assert_eq!(desk.get("/tasks?Offset=9223372036854775807").body, json!([]));
}
