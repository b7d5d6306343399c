//! A sandbox with a configuration that points to it, and the program run against it.

use rounds::{
    providers::wire::{CredentialSlot, Method, WireReply, WireRequest},
    runtime::{
        clock,
        http::{Origin, OriginOptions},
    },
    sandbox::{self, Handle, Options},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
};
use tokio::runtime::Runtime;

/// A sandbox, a home of our own, and a configuration.
pub(super) struct Ward {
    handle: Handle,
    runtime: Runtime,
    home: PathBuf,
}

/// What the program said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Said {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A text of an object; empty when it has none of this name.
pub(super) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The ids of a list.
pub(super) fn ids(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|task| text(task, "id").to_owned()).collect()
}

impl Ward {
    pub(super) fn open() -> Ward {
        let runtime = Runtime::new().unwrap();
        let handle = runtime.block_on(sandbox::start(Options::new(Arc::new(clock::now)))).unwrap();
        let home = std::env::temp_dir().join(format!("rounds-cli-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&home).unwrap();
        let ward = Ward { handle, runtime, home };
        ward.use_key(&ward.handle.key);
        ward.configure(&ward.source("clinic", &ward.url()));
        ward
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.handle.clinikapi)
    }

    /// The lines of a source.
    pub(super) fn source(&self, name: &str, url: &str) -> String {
        let (me, key) = (sandbox::DEMO_USER, self.home.join("key"));
        format!(
            "[source.{name}]\nkind = \"clinikapi\"\nurl = \"{url}\"\nkey_file = \"{}\"\nme = \"{me}\"\npoll = \"5s\"\n",
            key.display()
        )
    }

    /// The lines of the office's system, with its priorities 358 and 361 as stat and urgent.
    pub(super) fn office(&self) -> String {
        let developer = self.secret("developer", &self.handle.developer_key);
        let customer = self.secret("customer", &self.handle.customer_key);
        format!(
            "[source.dental]\nkind = \"opendental\"\nurl = \"http://{}/api/v1\"\ndeveloper_key_file = \"{developer}\"\n\
             customer_key_file = \"{customer}\"\nuser = {}\npriority = {{ stat = [358], urgent = [\"Urgent\"] }}\n",
            self.handle.opendental,
            sandbox::DEMO_OPENDENTAL_USER
        )
    }

    /// The lines of the hospital's record system for somebody of this role.
    pub(super) fn hospital(&self, role: &str) -> String {
        let door: Value = serde_json::from_str(&self.handle.ready_line()).unwrap();
        let users = door["omniehr"]["users"].as_array().unwrap();
        let user = users.iter().find(|user| user["role"] == role).unwrap();
        let password = self.secret(role, text(user, "password"));
        format!(
            "[source.hospital]\nkind = \"omniehr\"\nurl = \"{}\"\nemail = \"{}\"\npassword_file = \"{password}\"\n",
            text(&door["omniehr"], "url"),
            text(user, "email")
        )
    }

    /// All three systems, the hospital's as somebody of this role.
    pub(super) fn three(role: &str) -> Ward {
        let ward = Ward::open();
        let sources = [ward.source("clinic", &ward.url()), ward.office(), ward.hospital(role)];
        ward.configure(&sources.join("\n"));
        ward
    }

    /// A file that only we may read.
    fn secret(&self, name: &str, text: &str) -> String {
        let path = self.home.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    }

    pub(super) fn home(&self) -> &std::path::Path {
        &self.home
    }

    pub(super) fn configure(&self, text: &str) {
        fs::write(self.home.join("config.toml"), text).unwrap();
    }

    pub(super) fn use_key(&self, key: &str) {
        let path = self.home.join("key");
        fs::write(&path, key).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rounds"));
        command.arg("--config").arg(self.home.join("config.toml")).args(args);
        command.env("HOME", &self.home).env("XDG_STATE_HOME", self.home.join("state"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(super) fn run(&self, args: &[&str]) -> Said {
        self.run_with(args, "")
    }

    /// Runs where there is no home directory.
    pub(super) fn run_homeless(&self, args: &[&str]) -> Said {
        let mut command = self.command(args);
        said(command.env("HOME", "nowhere").env_remove("XDG_STATE_HOME").spawn().unwrap())
    }

    pub(super) fn run_with(&self, args: &[&str], stdin: &str) -> Said {
        let mut child = self.command(args).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).ok();
        said(child)
    }

    /// Runs with a reader that has gone away.
    pub(super) fn run_unread(&self, args: &[&str]) -> Said {
        let mut child = self.command(args).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::new(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts the program and lets it run.
    pub(super) fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    pub(super) fn watch(&self, args: &[&str]) -> Watch {
        let mut child = self.command(args).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Watch { child, lines }
    }

    fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let origin =
            Origin::new(&format!("http://{}", self.handle.control), OriginOptions::default()).unwrap();
        let mut request = WireRequest::new(method, path, CredentialSlot::None);
        request.body = body.map(Value::to_string);
        let reply = self.runtime.block_on(origin.exchange(&request, None));
        let WireReply::Answered(answer) = reply else { panic!("{reply:?}") };
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// The rows of a collection, as the API shows them.
    pub(super) fn store(&self, collection: &str) -> Vec<Value> {
        self.rows("clinikapi", collection)
    }

    /// The rows of a system's collection, as its API shows them.
    pub(super) fn rows(&self, system: &str, collection: &str) -> Vec<Value> {
        self.control(Method::Get, "/store", None)[system][collection].as_array().unwrap().clone()
    }

    /// The row of a system's task.
    pub(super) fn row(&self, system: &str, id: &str) -> Value {
        let is_it = |row: &Value| {
            row["id"] == *id || row["TaskNum"].as_u64().is_some_and(|number| id.parse() == Ok(number))
        };
        self.rows(system, "tasks").into_iter().find(is_it).unwrap_or_else(|| panic!("{id} is not there"))
    }

    /// The requests of a method that a system got, logins left aside.
    pub(super) fn asked(&self, system: &str, method: &str) -> usize {
        let log = self.control(Method::Get, "/requests", None);
        let counts = |row: &&Value| {
            row["system"] == system && row["method"] == method && !text(row, "path").contains("/auth/")
        };
        log.as_array().unwrap().iter().filter(counts).count()
    }

    pub(super) fn task(&self, id: &str) -> Value {
        let tasks = self.store("tasks");
        tasks.into_iter().find(|task| text(task, "id") == id).unwrap_or_else(|| panic!("{id} is not there"))
    }

    /// How many requests came that could change anything.
    pub(super) fn writes(&self) -> usize {
        let log = self.control(Method::Get, "/requests", None);
        log.as_array().unwrap().iter().filter(|request| text(request, "method") != "GET").count()
    }

    pub(super) fn faults(&self, change: &Value) {
        self.control(Method::Post, "/faults", Some(change));
    }
}

/// What a program said until its end.
fn said(child: Child) -> Said {
    let output = child.wait_with_output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.home).ok();
    }
}

/// A program that goes on until it is let go.
pub(super) struct Watch {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Watch {
    pub(super) fn next_line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
