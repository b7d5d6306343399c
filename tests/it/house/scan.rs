//! Reads source files as far as the house's rules need it: code without comments and strings, and the paths in it.

use std::{fs, path::Path};

/// A file of the package.
pub(super) struct File {
    /// Where it is, from the package's root, with `/`.
    pub(super) path: String,
    /// What it says.
    pub(super) text: String,
}

impl File {
    /// Whether the file holds nothing but tests.
    pub(super) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// The text before the tests that close the file.
    pub(super) fn without_tests(&self) -> &str {
        self.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(&self.text)
    }
}

/// Every file with this ending under a folder, sorted; none where the folder is missing.
pub(super) fn files_under(folder: &str, ending: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                let inner = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                files.push(File { path: inner, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// The text with comments, strings and characters blanked out, line by line where it was.
pub(super) fn code_only(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let rest = &letters[at..];
        let length = match (letter, rest.get(1)) {
            ('/', Some('/')) => rest.iter().position(|next| *next == '\n').unwrap_or(rest.len()),
            ('/', Some('*')) => find(rest, &['*', '/'], 2),
            ('"', _) => quoted(rest, '"'),
            ('r', Some('"' | '#')) if !joins(code.chars().next_back()) => raw_string(rest),
            ('\'', Some('\\')) => quoted(rest, '\''),
            ('\'', Some(_)) if rest.get(2) == Some(&'\'') => 3,
            _ => 0,
        };
        if length == 0 {
            code.push(letter);
            at += 1;
        } else {
            code.extend(rest[..length].iter().map(|blank| if *blank == '\n' { '\n' } else { ' ' }));
            at += length;
        }
    }
    code
}

fn joins(letter: Option<char>) -> bool {
    letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
}

/// The length up to and with `end`, searched from `start`.
fn find(letters: &[char], end: &[char], start: usize) -> usize {
    let windows = letters.windows(end.len());
    windows.skip(start).position(|window| window == end).map_or(letters.len(), |at| at + start + end.len())
}

fn quoted(letters: &[char], end: char) -> usize {
    let mut at = 1;
    while let Some(letter) = letters.get(at) {
        match letter {
            '\\' => at += 2,
            letter if *letter == end => return at + 1,
            _ => at += 1,
        }
    }
    letters.len()
}

/// The length of `r"…"` or `r#"…"#`; 0 for a raw name such as `r#type`.
fn raw_string(letters: &[char]) -> usize {
    let hashes = letters[1..].iter().take_while(|letter| **letter == '#').count();
    if letters.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    find(letters, &end, 2 + hashes)
}

/// The paths that a file names, each with its line: `crate::…` as written, `super::…` turned into `crate::…`,
/// groups in braces spread out. A path is cut where something else than a name follows.
pub(super) fn paths_of(file: &str, text: &str) -> Vec<(usize, String)> {
    let code = code_only(text);
    let mut paths = Vec::new();
    let mut names: Vec<(usize, Token<'_>)> = Vec::new();
    for (line, text) in code.lines().enumerate() {
        names.extend(tokens(text).map(|token| (line + 1, token)));
    }
    let mut at = 0;
    while at < names.len() {
        let after_path = at > 0 && names[at - 1].1 == Token::Join;
        if let Token::Name(_) = names[at].1
            && !after_path
        {
            at += spread(&names[at..], "", &mut paths).max(1);
        } else {
            at += 1;
        }
    }
    let own: Vec<&str> = file.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect();
    paths.into_iter().map(|(line, path)| (line, from_root(&own, &path))).collect()
}

/// A path from the crate's root instead of from a neighbour.
fn from_root(own: &[&str], path: &str) -> String {
    let supers = path.split("::").take_while(|part| *part == "super").count();
    if supers == 0 {
        return path.to_owned();
    }
    let above = own.get(..own.len().saturating_sub(supers)).unwrap_or_default();
    let rest = path.split("::").skip(supers);
    std::iter::once("crate").chain(above.iter().copied()).chain(rest).collect::<Vec<_>>().join("::")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    Join,
    Open,
    Close,
    Comma,
    Other,
}

fn tokens(line: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let name = rest.find(|letter: char| !joins(Some(letter))).unwrap_or(rest.len());
        let (token, length) = match first {
            _ if name > 0 => (Token::Name(&rest[..name]), name),
            ':' if rest.starts_with("::") => (Token::Join, 2),
            '{' => (Token::Open, 1),
            '}' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            _ => (Token::Other, first.len_utf8()),
        };
        rest = &rest[length..];
        Some(token)
    })
}

/// Reads one path with its groups from the front of the tokens; gives how many it took.
fn spread(names: &[(usize, Token<'_>)], before: &str, paths: &mut Vec<(usize, String)>) -> usize {
    let mut path = before.to_owned();
    let mut at = 0;
    while let Some((line, token)) = names.get(at) {
        match token {
            Token::Name(name) => {
                path = if path.is_empty() { (*name).to_owned() } else { format!("{path}::{name}") };
                at += 1;
            }
            Token::Open if at > 0 || !before.is_empty() => {
                at += 1;
                while let Some((_, token)) = names.get(at) {
                    match token {
                        Token::Close => return at + 1,
                        Token::Name("as") => at += 2,
                        Token::Comma | Token::Other | Token::Join => at += 1,
                        Token::Name(_) | Token::Open => at += spread(&names[at..], &path, paths).max(1),
                    }
                }
                return at;
            }
            _ => break,
        }
        if names.get(at).is_some_and(|(_, token)| *token == Token::Join) {
            at += 1;
        } else {
            paths.push((*line, path));
            return at;
        }
    }
    at
}

#[test]
fn comments_and_strings_are_no_code() {
    let code = code_only("a // b\nc /* d\ne */ 'f' '\\'' g<'h> \"i\\\"j\" r#\"k\"l\"# m r#type");
    let words: Vec<&str> = code.split_whitespace().collect();
    assert_eq!(words, ["a", "c", "g<'h>", "m", "r#type"]);
    assert_eq!(code.lines().count(), 3);
}

#[test]
fn groups_are_spread_and_neighbours_are_told_from_the_root() {
    let source = "use crate::{app::{State, keys::Chord as Key}, ui};\nfn f() { super::g(std::fs::read) }\n";
    let paths: Vec<(usize, String)> =
        paths_of("src/app/sync.rs", source).into_iter().filter(|(_, path)| path.contains("::")).collect();
    let expected = [
        (1, "crate::app::State"),
        (1, "crate::app::keys::Chord"),
        (1, "crate::ui"),
        (2, "crate::app::g"),
        (2, "std::fs::read"),
    ];
    assert_eq!(paths, expected.map(|(line, path)| (line, path.to_owned())));
}
