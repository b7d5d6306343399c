//! A sandbox on free loopback ports with a clock that tests turn, looked at through its control port.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rounds::{
    runtime::clock,
    sandbox::{self, Handle, Options},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Tasks by id.
pub(super) type Tasks = BTreeMap<String, Value>;

/// One field of one task that is not as it was.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) id: String,
    pub(super) field: String,
    pub(super) before: Value,
    pub(super) after: Value,
}

/// The change of one field.
pub(super) fn change(id: &str, field: &str, before: Value, after: Value) -> Change {
    Change { id: id.to_owned(), field: field.to_owned(), before, after }
}

/// A running sandbox.
pub(super) struct Ward {
    pub(super) handle: Handle,
    start: Timestamp,
    passed_ms: Arc<AtomicI64>,
}

impl Ward {
    /// The usual ward of 250 tasks.
    pub(super) async fn open() -> Ward {
        Ward::with_tasks(250).await
    }

    /// A ward of this many tasks; some special ones are always there.
    pub(super) async fn with_tasks(tasks: usize) -> Ward {
        Ward::seeded(1, tasks).await
    }

    /// A ward of its own luck.
    pub(super) async fn seeded(seed: u64, tasks: usize) -> Ward {
        let start = clock::now();
        let passed_ms = Arc::new(AtomicI64::new(0));
        let ticking = Arc::clone(&passed_ms);
        let clock: sandbox::Clock = Arc::new(move || {
            // Each look is a millisecond later, so that no two versions of a row have the same time.
            start + SignedDuration::from_millis(ticking.fetch_add(1, Ordering::SeqCst))
        });
        let handle = sandbox::start(Options { seed, tasks, zone: TimeZone::UTC, ..Options::new(clock) })
            .await
            .unwrap();
        Ward { handle, start, passed_ms }
    }

    /// The ward's time.
    pub(super) fn now(&self) -> Timestamp {
        self.start + SignedDuration::from_millis(self.passed_ms.load(Ordering::SeqCst))
    }

    /// Turns the clock on.
    pub(super) fn pass(&self, span: std::time::Duration) {
        self.passed_ms.fetch_add(span.as_millis() as i64 + 1, Ordering::SeqCst);
    }

    /// Throws fault switches.
    pub(super) async fn fault(&self, switches: Value) {
        let (status, said) = control(self.handle.control, "POST /faults", &switches.to_string()).await;
        assert_eq!(status, 200, "{said}");
    }

    /// Lets a colleague do something.
    pub(super) async fn colleague(&self, wish: Value) -> Value {
        let (status, said) = control(self.handle.control, "POST /colleague", &wish.to_string()).await;
        assert_eq!(status, 200, "{said}");
        said
    }

    /// Lets a colleague make a plain task of this id with these fields beside the usual ones.
    pub(super) async fn plant(&self, id: &str, fields: Value) {
        let mut task = json!({
            "status": "requested", "intent": "order", "code": "synthetic-check",
            "description": format!("Synthetic task {id}"), "patientId": "pt_planted",
            "requesterId": "prac_lab", "authoredOn": "2026-01-05T08:00:00.000Z"
        });
        for (name, value) in fields.as_object().unwrap() {
            task[name] = value.clone();
        }
        self.colleague(json!({"id": id, "create": task})).await;
    }

    /// The tasks in the store now.
    pub(super) async fn tasks(&self) -> Tasks {
        let rows = self.rows("clinikapi", "tasks").await;
        rows.into_iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row)).collect()
    }

    /// The rows of a system's collection now.
    pub(super) async fn rows(&self, system: &str, collection: &str) -> Vec<Value> {
        let (_, store) = control(self.handle.control, "GET /store", "").await;
        store[system][collection].as_array().unwrap().clone()
    }

    /// The row of a system's task now.
    pub(super) async fn row(&self, system: &str, id: &str) -> Value {
        let is_it = |row: &Value| {
            row["id"] == *id || row["TaskNum"].as_u64().is_some_and(|number| id.parse() == Ok(number))
        };
        let rows = self.rows(system, "tasks").await;
        rows.into_iter().find(is_it).unwrap_or_else(|| panic!("{id} is not there"))
    }

    /// The requests of a method that a system got, those of logins apart.
    pub(super) async fn asked(&self, system: &str, method: &str, path_part: &str) -> usize {
        let (_, log) = control(self.handle.control, "GET /requests", "").await;
        let rows = log.as_array().unwrap().iter();
        let path = |row: &Value| row["path"].as_str().unwrap_or_default().to_owned();
        rows.filter(|row| row["system"] == system && row["method"] == method)
            .filter(|row| path(row).contains(path_part))
            .count()
    }

    /// The e-mail and password of somebody of this role in the hospital's system.
    pub(super) fn login(&self, role: &str) -> (String, String) {
        let door: Value = serde_json::from_str(&self.handle.ready_line()).unwrap();
        let users = door["omniehr"]["users"].as_array().unwrap().clone();
        let user = users.into_iter().find(|user| user["role"] == role).unwrap();
        let text = |name: &str| user[name].as_str().unwrap().to_owned();
        (text("email"), text("password"))
    }

    /// Every field that is not as it was before; when a row was touched last is not looked at.
    pub(super) async fn changes_since(&self, before: &Tasks) -> Vec<Change> {
        let after = self.tasks().await;
        let mut changes = Vec::new();
        let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for id in ids {
            let fields =
                |tasks: &Tasks| tasks.get(id).and_then(Value::as_object).cloned().unwrap_or_default();
            let (old, new) = (fields(before), fields(&after));
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names.into_iter().filter(|name| *name != "lastModified") {
                let value =
                    |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                if value(&old) != value(&new) {
                    changes.push(change(id, name, value(&old), value(&new)));
                }
            }
        }
        changes
    }

    /// The requests to the API so far that have this method.
    pub(super) async fn requests(&self, method: &str) -> Vec<Value> {
        let (_, log) = control(self.handle.control, "GET /requests", "").await;
        log.as_array().unwrap().iter().filter(|row| row["method"] == method).cloned().collect()
    }

    /// One request to the API by hand: the line, further header lines, the body.
    pub(super) async fn ask(&self, line: &str, headers: &[&str], body: &str) -> (u16, Value) {
        ask(self.handle.clinikapi, line, headers, body).await
    }

    /// One request to OmniEHR by hand, without a token.
    pub(super) async fn ask_omniehr(&self, line: &str) -> (u16, Value) {
        ask(self.handle.omniehr, line, &[], "").await
    }
}

/// One request to a control port: its line and body.
pub(crate) async fn control(address: SocketAddr, line: &str, body: &str) -> (u16, Value) {
    ask(address, line, &[], body).await
}

async fn ask(address: SocketAddr, line: &str, headers: &[&str], body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let further: String = headers.iter().flat_map(|header| [header, "\r\n"]).collect();
    let text = format!(
        "{line} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n{further}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}
