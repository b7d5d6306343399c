//! Conversations of the adapters as text files: a call, the requests that it must lead to, the replies heard, the outcome.
//!
//! Must not open a connection. `ROUNDS_BLESS=1` writes the requests and outcomes anew, to be read before they are kept.

mod clinikapi;
mod document;
mod fhir;
mod omniehr;
mod opendental;
mod render;
mod script;

use rounds::{
    domain::task::Task,
    providers::{Answer, Provider, Reply, SourceProfile, Step, wire::WireReply},
};
use script::Case;
use std::{fmt::Write as _, path::PathBuf};

/// Runs every case of one file under `tests/wire` and compares the whole transcript with what is written there.
fn check(folder: &str, file: &str, make: fn(SourceProfile) -> Box<dyn Provider>) {
    let path = folder_of(folder).join(format!("{file}.wire"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases = script::cases(&text);
    assert!(!cases.is_empty(), "{file} has no case");
    let mut played = String::new();
    let mut wrong = String::new();
    for case in &cases {
        let provider = make(case.profile());
        let taught = case.lore().map(|lore| provider.taught(&lore).expect("its own lore"));
        let transcript = play(case, taught.as_ref().unwrap_or(&provider).as_ref());
        if transcript != case.text {
            let _ =
                writeln!(wrong, "--- {file}: {}\nwritten:\n{}\nplayed:\n{transcript}", case.name, case.text);
        }
        played.push_str(&transcript);
    }
    if is_blessing() {
        if played != text {
            std::fs::write(&path, played).unwrap();
        }
        return;
    }
    println!("contract {file}: {} cases ok", cases.len());
    assert!(wrong.is_empty(), "{wrong}");
}

#[expect(clippy::disallowed_methods, reason = "a switch for whoever writes the tests, not for the program")]
fn is_blessing() -> bool {
    std::env::var_os("ROUNDS_BLESS").is_some()
}

fn folder_of(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire").join(folder)
}

/// The wire files of a folder, without their ending, in order.
fn files_of(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder_of(folder)).unwrap();
    let mut found: Vec<String> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "wire"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    found
}

/// The rows that each case of a file gives, by the case's name.
fn rows_of(
    folder: &str,
    file: &str,
    make: fn(SourceProfile) -> Box<dyn Provider>,
) -> Vec<(String, Vec<Task>)> {
    let text = std::fs::read_to_string(folder_of(folder).join(format!("{file}.wire"))).unwrap();
    let mut rows = Vec::new();
    for case in script::cases(&text) {
        let heard: Vec<WireReply> = case.replies.iter().map(|(_, reply)| reply.clone()).collect();
        if let Step::Done(Ok(Answer { reply: Reply::Page(page), .. })) =
            make(case.profile()).step(&case.call(), &heard)
        {
            rows.push((case.name, page.tasks));
        }
    }
    rows
}

/// The case as it would be written: its head, what was asked, what was heard, what came of it.
fn play(case: &Case, provider: &dyn Provider) -> String {
    let call = case.call();
    let mut text = case.head.clone();
    let mut heard: Vec<WireReply> = Vec::new();
    loop {
        match provider.step(&call, &heard) {
            Step::Ask(request) => {
                text.push_str(&render::request(&request));
                let Some((written, reply)) = case.replies.get(heard.len()) else {
                    return text + "\n";
                };
                text.push_str(written);
                heard.push(reply.clone());
            }
            Step::Done(outcome) => {
                assert_eq!(heard.len(), case.replies.len(), "{}: a reply was not asked for", case.name);
                text.push_str(&render::outcome(&outcome, case.full()));
                return text + "\n";
            }
        }
    }
}
