//! The texts of `tests/config`: the valid ones without a problem, the invalid ones with those written beside them.

use rounds::config::{ConfigProblem, PRESETS, parse};
use std::{fs, path::Path};

/// The texts of a folder by path, in order.
fn texts(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(folder);
    let mut texts: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("a text")))
        .collect();
    texts.sort();
    assert!(texts.len() > 2);
    texts
}

/// One line a problem: place, key, sentence, and what is allowed.
fn lines(problems: &[ConfigProblem]) -> String {
    let line = |problem: &ConfigProblem| {
        let allowed = match problem.allowed.join(" ") {
            names if names.is_empty() => names,
            names => format!(" [{names}]"),
        };
        format!("{}:{} {} | {}{allowed}\n", problem.line, problem.column, problem.key, problem.sentence)
    };
    problems.iter().map(line).collect()
}

#[test]
fn every_valid_text_is_read_without_problems() {
    for (path, text) in texts("valid") {
        assert_eq!(lines(&parse(&text).1), "", "{path}");
    }
}

#[test]
fn every_invalid_text_has_the_problems_written_beside_it() {
    for (path, text) in texts("invalid") {
        let beside = path.replace(".toml", ".problems");
        let found = lines(&parse(&text).1);
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        assert!(!expected.is_empty(), "{beside} is missing; the problems are:\n{found}");
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn the_configuration_and_the_keymap_know_the_same_presets() {
    assert_eq!(PRESETS, rounds::app::keys::PRESETS.map(|(name, _)| name));
}
