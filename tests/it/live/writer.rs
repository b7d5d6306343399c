//! Somebody who writes a document key by key at a desk, and the program run as a command beside it.
//!
//! Must not set anything in the editor but by keys and pastes.

use super::{Desk, Ward};
use rounds::{
    app::{
        Msg,
        layers::Layer,
        screens::editor::{Editor, check},
    },
    sandbox::DEMO_USER,
};
use serde_json::Value;
use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// A text of an object; empty when it has none of this name.
pub(super) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Desk<'_> {
    /// The document in the editor.
    pub(super) fn editor(&self) -> &Editor {
        self.state.editor.as_deref().unwrap_or_else(|| panic!("no document is open; said {:?}", self.said))
    }

    /// Begins an empty document for nobody yet.
    pub(super) async fn begin_document(&mut self) {
        self.press("gd");
        if self.state.documents.of.is_some() {
            self.press("a");
        }
        self.settle().await;
        self.press("n");
        self.write("blank");
        self.press("Enter");
        assert_eq!(self.editor().document.section_count(), 1);
    }

    /// Types lines, Enter between them.
    pub(super) fn type_lines(&mut self, lines: &str) {
        for (place, line) in lines.split('\n').enumerate() {
            if place > 0 {
                self.press("Enter");
            }
            self.write(line);
        }
    }

    /// Pastes a text as one step.
    pub(super) fn paste(&mut self, text: &str) {
        self.take(Msg::Paste(text.to_owned()));
    }

    /// Goes to a line of the document's form and empties it.
    pub(super) fn go_to(&mut self, label: &str) {
        for _ in 0..20 {
            let Some(Layer::DocForm(form)) = self.state.layers.last() else { panic!("no form for {label}") };
            if form.fields[form.cursor].part.label() == label {
                return self.press("ctrl-u");
            }
            self.press("Tab");
        }
        panic!("the form has no line {label}");
    }

    /// Types a line of the document's form.
    pub(super) fn type_field(&mut self, label: &str, text: &str) {
        self.go_to(label);
        self.type_lines(text);
    }

    /// Chooses from the list that F3 opens, or that is open: by what is typed, and by the id that stands beside a name.
    pub(super) async fn pick(&mut self, typed: &str, id: &str) {
        if !matches!(self.state.layers.last(), Some(Layer::Pick(_))) {
            self.press("F3");
        }
        self.write(typed);
        self.settle().await;
        for _ in 0..50 {
            let Some(Layer::Pick(picker)) = self.state.layers.last() else { panic!("no list for {typed}") };
            let choice = &picker.choices[*picker.found.get(picker.cursor).expect("somebody is found")];
            if choice.value == id {
                return self.press("Enter");
            }
            self.press("Down");
        }
        panic!("{typed} finds no {id}");
    }

    /// What is wrong with the document, each with its place.
    pub(super) fn wrong(&self) -> Vec<String> {
        let editor = self.editor();
        editor.check.found.iter().map(|located| check::line(editor, located)).collect()
    }

    /// Reviews and sends the document, and waits until its source has it.
    pub(super) async fn send_document(&mut self, word: &str) {
        self.press("s");
        assert!(matches!(self.state.layers.last(), Some(Layer::Review(_))), "{:?}", self.said);
        self.write(word);
        self.press("Enter");
        self.wait_s(10).await;
        assert!(self.state.editor.is_none(), "it has arrived; said {:?}", self.said);
    }
}

/// The program with a home and a configuration of its own.
pub(super) struct Program {
    home: PathBuf,
}

impl Program {
    pub(super) fn new(ward: &Ward) -> Program {
        let home = std::env::temp_dir().join(format!("rounds-program-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&home).unwrap();
        let key = home.join("key");
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&key).unwrap();
        file.write_all(ward.handle.key.as_bytes()).unwrap();
        let config = format!(
            "[source.clinic]\nkind = \"clinikapi\"\nurl = \"http://{}\"\nkey_file = \"{}\"\nme = \"{DEMO_USER}\"\n",
            ward.handle.clinikapi,
            key.display()
        );
        fs::write(home.join("config.toml"), config).unwrap();
        Program { home }
    }

    /// Runs a command to its end, this text on its stdin: its exit code, stdout and stderr.
    pub(super) async fn run(&self, args: &[&str], stdin: &str) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rounds"));
        command.arg("--config").arg(self.home.join("config.toml")).args(args);
        command.env("HOME", &self.home).env("XDG_STATE_HOME", self.home.join("state"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let stdin = stdin.to_owned();
        // The sandbox lives in this thread's runtime and must be free to answer.
        let run = tokio::task::spawn_blocking(move || -> Output {
            let mut child = command.spawn().unwrap();
            child.stdin.take().unwrap().write_all(stdin.as_bytes()).ok();
            child.wait_with_output().unwrap()
        });
        let output = run.await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.home).ok();
    }
}
