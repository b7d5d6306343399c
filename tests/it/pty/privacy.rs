//! After a full session no file of the home names anybody, but inside sealed columns.

use super::{
    Home, Terminal,
    keeping::{DOWN, kill},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, time::Duration};

/// What tells a patient: every text of the row that is long enough not to be found by chance.
fn texts_of(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.chars().count() >= 4 => drop(into.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, into)),
        Value::Object(fields) => fields.values().for_each(|field| texts_of(field, into)),
        _ => {}
    }
}

/// Every file below a directory, with its bytes.
fn files(directory: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.is_file() {
            into.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

fn has(bytes: &[u8], words: &str) -> bool {
    memchr::memmem::find(bytes, words.as_bytes()).is_some()
}

/// Works through a shift: a write that is done, one that waits, one in doubt, a form left open, views, a log.
fn session(home: &Home) {
    let mut terminal = Terminal::start(home.rounds(&["--log", "log.txt"]), 120, 36);
    // The names and birth dates are there.
    terminal.until_shown("09/61");
    terminal.send("d");
    terminal.until_shown("born");
    terminal.send("y");
    terminal.until_shown("the source has it");
    terminal.send("jc");
    terminal.quiet_for(Duration::from_millis(200));
    terminal.send("Synthetic remark\r");
    terminal.quiet_for(Duration::from_millis(300));
    terminal.send("\x1b\x1b");
    home.switch(&json!({"offline": true}));
    terminal.send("jd");
    terminal.until_shown("y yes");
    terminal.send("y");
    terminal.until_shown("it waits");
    terminal.send("\x1be");
    terminal.quiet_for(Duration::from_millis(200));
    terminal.send(&format!("{}Half a sentence about somebody", DOWN.repeat(3)));
    terminal.quiet_for(Duration::from_millis(1_500));
    kill(terminal);
    home.switch(&json!({"offline": false, "next": [{"fault": "drop_after_commit", "method": "PATCH"}]}));
    let mut terminal = Terminal::start(home.rounds(&["--log", "log.txt"]), 120, 36);
    terminal.until_shown("Read back");
    terminal.quiet_for(Duration::from_millis(1_500));
    terminal.send("qq");
    terminal.ended();
}

#[test]
fn no_patient_stands_in_any_file_of_the_home() {
    let home = Home::with_sandbox();
    let mut told = BTreeSet::new();
    for patient in home.rows("patients") {
        for field in ["id", "firstName", "lastName", "fullName", "birthDate", "email", "phone"] {
            texts_of(&patient[field], &mut told);
        }
    }
    assert!(told.len() > 30, "{told:?}");
    session(&home);
    let mut found = Vec::new();
    files(&home.path, &mut found);
    let store = found.iter().find(|(path, _)| path.ends_with("store.db")).expect("the store");
    assert!(store.1.len() > 4_096, "something was kept");
    assert!(
        found.iter().any(|(path, bytes)| path.ends_with("log.txt") && !bytes.is_empty()),
        "a log was written"
    );
    for (path, bytes) in &found {
        for words in &told {
            assert!(!has(bytes, words), "{path} holds “{words}”");
        }
        for words in ["Synthetic remark", "Half a sentence"] {
            assert!(!has(bytes, words), "{path} holds “{words}”");
        }
    }
}
