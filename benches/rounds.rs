//! What a person over a slow line would feel, measured: parse, filter, sort, take in, decode, answer a key, draw.
//!
//! Must not touch the network or a terminal; wards are synthetic and the same every time.

#[path = "rounds/bounds.rs"]
mod bounds;
#[path = "rounds/decode.rs"]
mod decode;
#[path = "rounds/editor.rs"]
mod editor;
#[path = "rounds/filter.rs"]
mod filter;
#[path = "rounds/keep.rs"]
mod keep;
#[path = "rounds/screen.rs"]
mod screen;
#[path = "rounds/start.rs"]
mod start;
#[path = "rounds/store.rs"]
mod store;
#[path = "rounds/synthetic.rs"]
mod synthetic;
#[path = "rounds/ward.rs"]
mod ward;

use rounds::domain;
use std::{io, process::ExitCode};

fn main() -> io::Result<ExitCode> {
    divan::main();
    // As divan does, the words of the command line say which; without any, all.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| words.is_empty() || words.iter().any(|word| word.contains(name));
    let mut figures = Vec::new();
    if is_wanted("editor") {
        figures.extend(editor::figures());
    }
    if is_wanted("start") || is_wanted("keep") {
        figures.extend(start::figures());
    }
    Ok(if bounds::report(&figures)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
