//! The house keeps its own rules: who may import whom, how long a file is, what stands where.
//!
//! Each check is a function from files to complaints; its test shows it a small bad house first, then the real one.

mod promises;
mod scan;

use rounds::{
    app::{
        action::{ACTIONS, ActionInfo, Context},
        keys::{Keymap, PRESETS, markdown_table},
    },
    domain::template,
    ui::{role::Role, theme},
};
use scan::{File, code_only, files_under, paths_of};

/// What each room may use of ours. The law of ARCHITECTURE §1.
const MAY_IMPORT: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("providers", &["domain"]),
    ("config", &["domain"]),
    ("app", &["domain", "providers"]),
    ("ui", &["domain", "app"]),
    ("runtime", &["domain", "providers", "app", "ui", "config"]),
    ("sandbox", &[]),
    ("cli", &["domain", "providers", "config", "app", "ui", "runtime", "sandbox"]),
];

/// What each room may not use of others: the first parts of a path.
const NEVER: [(&str, &[&str]); 6] = [
    (
        "domain",
        &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "tokio",
            "ratatui",
            "crossterm",
            "reqwest",
        ],
    ),
    (
        "providers",
        &["std::fs", "std::net", "std::env", "std::process", "tokio", "ratatui", "crossterm", "reqwest"],
    ),
    ("config", &["std::fs", "std::net", "std::env", "tokio", "ratatui", "crossterm", "reqwest"]),
    (
        "app",
        &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "std::io",
            "tokio",
            "reqwest",
            "crossterm",
            "ratatui",
            "tui_textarea",
        ],
    ),
    ("ui", &["std::fs", "std::net", "std::env", "std::io", "tokio", "reqwest", "crossterm"]),
    ("sandbox", &["reqwest", "ratatui", "crossterm"]),
];

/// The one file of a room that may use a crate which the room may not.
const FENCES: [(&str, &[&str]); 1] = [("src/app/text.rs", &["ratatui", "tui_textarea", "crossterm"])];

/// What draws text past the display filter; `ui/ink.rs` alone may name it.
const RAW_DRAWING: [&str; 7] =
    ["Span", "Paragraph", "Line::", "Text::", "set_string", "set_stringn", "set_symbol"];

const LONGEST_FILE: usize = 600;

fn house() -> Vec<File> {
    let files = files_under("src", "rs");
    assert!(files.len() > 10, "the house was found");
    files
}

fn bad(path: &str, text: &str) -> Vec<File> {
    vec![File { path: path.to_owned(), text: text.to_owned() }]
}

/// The room of a file: its first part under `src`.
fn room(path: &str) -> &str {
    let inner = path.strip_prefix("src/").unwrap_or(path);
    inner.split(['/', '.']).next().unwrap_or(inner)
}

fn import_law(files: &[File]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files {
        let own = room(&file.path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == own) else {
            if !["lib", "main"].contains(&own) {
                broken.push(format!("{}: {own} is no room of the house", file.path));
            }
            continue;
        };
        let never = NEVER.iter().find(|(name, _)| *name == own).map_or(&[][..], |(_, never)| never);
        let fence = FENCES.iter().find(|(path, _)| *path == file.path).map_or(&[][..], |(_, crates)| crates);
        for (line, path) in paths_of(&file.path, &file.text) {
            let at = format!("{}:{line}: {path}", file.path);
            if let Some(inner) = path.strip_prefix("crate::") {
                let (target, rest) = inner.split_once("::").unwrap_or((inner, ""));
                let known = MAY_IMPORT.iter().any(|(name, _)| *name == target);
                if known && target != own && !allowed.contains(&target) {
                    broken.push(format!("{at}: {own} may not know {target}"));
                }
                let inside = rest.starts_with(|first: char| first.is_ascii_lowercase());
                if own == "app" && target == "providers" && inside {
                    broken.push(format!("{at}: app knows the words of providers.rs only"));
                }
            }
            let starts = |banned: &&&str| path == **banned || path.starts_with(&format!("{banned}::"));
            if let Some(banned) = never.iter().filter(|banned| !fence.contains(banned)).find(starts) {
                broken.push(format!("{at}: {own} may not use {banned}"));
            }
        }
    }
    broken
}

fn ink_alone_draws(files: &[File]) -> Vec<String> {
    let painters = files.iter().filter(|file| room(&file.path) == "ui");
    painters
        .filter(|file| file.path != "src/ui/ink.rs" && !file.is_test())
        .flat_map(|file| {
            let code = code_only(file.without_tests());
            let named = RAW_DRAWING.into_iter().filter(move |word| has_word(&code, word));
            named.map(|word| format!("{}: {word} draws past the display filter", file.path))
        })
        .collect()
}

fn has_word(code: &str, word: &str) -> bool {
    let joins = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(joins) && (word.ends_with(':') || !after.is_some_and(joins))
    })
}

fn sizes(files: &[File]) -> Vec<String> {
    let long = files.iter().filter(|file| !file.is_test());
    long.map(|file| (file, file.without_tests().lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .map(|(file, lines)| format!("{}: {lines} lines, at most {LONGEST_FILE}", file.path))
        .collect()
}

fn heads(files: &[File]) -> Vec<String> {
    let headless = files.iter().filter(|file| {
        let first = file.text.lines().next().unwrap_or_default();
        !(first.starts_with("//! ") || first.starts_with("#![doc = include_str!("))
    });
    headless.map(|file| format!("{}: opens without //!", file.path)).collect()
}

/// Every folder has its file beside it, and no file is called `mod.rs`.
fn places(files: &[File]) -> Vec<String> {
    let mut misplaced = Vec::new();
    for file in files {
        let Some((folder, name)) = file.path.rsplit_once('/') else { continue };
        if name == "mod.rs" {
            misplaced.push(format!("{}: a folder's file stands beside it, not in it", file.path));
        } else if folder != "src" && !files.iter().any(|other| other.path == format!("{folder}.rs")) {
            misplaced.push(format!("{}: {folder}.rs is missing", file.path));
        }
    }
    misplaced
}

fn forgotten_modules(main: &str, names: &[String]) -> Vec<String> {
    let code = code_only(main);
    let told = |name: &str| code.lines().any(|line| line.trim() == format!("mod {name};"));
    let left = names.iter().filter(|name| *name != "main" && !told(name));
    left.map(|name| format!("tests/it/main.rs does not name {name}")).collect()
}

fn missing_roles(name: &str, text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap_or_default();
    let given = table.get("roles").and_then(toml::Value::as_table);
    let missing =
        Role::ALL.into_iter().filter(|role| given.is_none_or(|given| !given.contains_key(role.name())));
    missing.map(|role| format!("theme {name} does not give {}", role.name())).collect()
}

/// Actions that neither a key nor the palette reaches.
fn unreachable_actions(actions: &[ActionInfo], keymap: &Keymap) -> Vec<String> {
    let in_palette = [Context::Global, Context::Worklist];
    let lost = actions.iter().filter(|info| {
        let named = info.contexts.iter().any(|context| in_palette.contains(context));
        !named && keymap.keys_for(info.action).is_empty()
    });
    lost.map(|info| format!("{} has no key and is not in the palette", info.id)).collect()
}

/// The README's key table stands between two marks and is the one that `rounds keys --markdown` prints.
fn stale_key_table(readme: &str, table: &str) -> Vec<String> {
    let shown = readme.split_once("<!-- keys -->").and_then(|(_, rest)| rest.split_once("<!-- /keys -->"));
    match shown {
        None => vec!["README.md has no <!-- keys --> … <!-- /keys -->".to_owned()],
        Some((shown, _)) if shown.trim() == table.trim() => Vec::new(),
        Some(_) => vec!["the key table of README.md is not what rounds keys --markdown prints".to_owned()],
    }
}

fn broken_assets(files: &[File]) -> Vec<String> {
    let broken = files.iter().filter_map(|file| {
        let error = match file.path.rsplit_once('.') {
            Some((_, "json")) => serde_json::from_str::<serde_json::Value>(&file.text).err()?.to_string(),
            _ => file.text.parse::<toml::Table>().err()?.to_string(),
        };
        Some(format!("{}: {error}", file.path))
    });
    broken.collect()
}

#[track_caller]
fn holds(check: impl Fn(&[File]) -> Vec<String>, files: &[File]) {
    let complaints = check(files);
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_import_law_holds() {
    for (path, text, complaint) in [
        ("src/domain/task.rs", "use crate::app::State;", "domain may not know app"),
        ("src/domain/query.rs", "use super::super::ui::Theme;", "domain may not know ui"),
        (
            "src/domain/query/parse.rs",
            "fn f() { super::super::super::cli::main() }",
            "domain may not know cli",
        ),
        (
            "src/ui/shell.rs",
            "use crate::{\n    app::{State, keys},\n    runtime::Clock,\n};",
            "ui may not know runtime",
        ),
        (
            "src/app/sync.rs",
            "use crate::providers::{Call, clinikapi::Adapter};",
            "words of providers.rs only",
        ),
        ("src/app/store.rs", "use std::{collections::HashMap, fs};", "app may not use std::fs"),
        ("src/app/keys.rs", "fn f(key: crossterm::event::KeyEvent) {}", "app may not use crossterm"),
        ("src/sandbox/world.rs", "use crate::domain::task::Task;", "sandbox may not know domain"),
        ("src/domain/time.rs", "type A = tokio::time::Instant;", "domain may not use tokio"),
        ("src/attic.rs", "", "no room"),
    ] {
        let complaints = import_law(&bad(path, text)).join("\n");
        assert!(complaints.contains(complaint), "{path}: {text}: {complaints:?}");
    }
    for (path, text) in [
        ("src/app/text.rs", "use tui_textarea::TextArea;"),
        ("src/app/sync.rs", "use crate::providers::{Call, Reply};\n// crate::runtime is told elsewhere\n"),
        ("src/ui/shell.rs", "const A: &str = \"crate::runtime\";\nuse super::theme::Theme;"),
    ] {
        assert_eq!(import_law(&bad(path, text)), Vec::<String>::new(), "{path}");
    }
    holds(import_law, &house());
}

#[test]
fn only_ink_draws() {
    assert_eq!(ink_alone_draws(&bad("src/ui/shell.rs", "use ratatui::text::Span;")).len(), 1);
    assert_eq!(ink_alone_draws(&bad("src/ui/shell.rs", "b.set_stringn(0, 0, name, 4, style)")).len(), 1);
    assert_eq!(ink_alone_draws(&bad("src/ui/shell.rs", "let spans = InkLine::new();")), Vec::<String>::new());
    holds(ink_alone_draws, &house());
}

#[test]
fn no_file_is_too_long() {
    let long = "//! A.\n".repeat(LONGEST_FILE + 1);
    assert_eq!(sizes(&bad("src/domain/a.rs", &long)).len(), 1);
    let tested = format!("//! A.\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
    assert!(sizes(&bad("src/domain/a.rs", &tested)).is_empty(), "tests are not counted");
    holds(sizes, &house());
    holds(sizes, &files_under("tests", "rs"));
}

#[test]
fn every_file_says_what_it_is() {
    assert_eq!(heads(&bad("src/domain/a.rs", "use std::fmt;\n")).len(), 1);
    holds(heads, &house());
    holds(heads, &files_under("tests", "rs"));
    holds(heads, &files_under("benches", "rs"));
}

#[test]
fn every_folder_has_its_file_beside_it() {
    assert_eq!(places(&bad("src/domain/mod.rs", "")).len(), 1);
    assert_eq!(places(&bad("src/domain/task.rs", "")).len(), 1);
    holds(places, &house());
}

#[test]
fn no_test_file_is_forgotten() {
    let names: Vec<String> = files_under("tests/it", "rs")
        .iter()
        .filter_map(|file| file.path.strip_prefix("tests/it/")?.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| !name.contains('/'))
        .collect();
    assert!(names.contains(&"house".to_owned()));
    assert_eq!(
        forgotten_modules("mod house;\n// mod scenes;\n", &["house".into(), "scenes".into()]).len(),
        1
    );
    let main =
        files_under("tests/it", "rs").into_iter().find(|file| file.path == "tests/it/main.rs").unwrap();
    holds(|_| forgotten_modules(&main.text, &names), &[]);
}

#[test]
fn every_theme_gives_every_role() {
    assert_eq!(missing_roles("bad", "[roles]\ntext = {}\n").len(), Role::ALL.len() - 1);
    for (name, text) in theme::SHIPPED {
        holds(|_| missing_roles(name, text), &[]);
    }
    let files = files_under("assets/themes", "toml");
    assert_eq!(files.len(), theme::SHIPPED.len(), "every theme file is shipped");
    let files = files_under("assets/templates", "toml");
    assert_eq!(files.len(), template::SHIPPED.len(), "every template file is shipped");
}

#[test]
fn every_asset_parses() {
    assert_eq!(broken_assets(&bad("assets/a.toml", "a = = 1")).len(), 1);
    assert_eq!(broken_assets(&bad("assets/a.json", "{")).len(), 1);
    holds(broken_assets, &files_under("assets", "toml"));
    holds(broken_assets, &files_under("assets", "json"));
}

#[test]
fn action_table_keymaps_and_readme_agree() {
    let (nothing, problems) = Keymap::parse("[list]\n\"j\" = \"move.sideways\"\n");
    assert_eq!(problems.len(), 1, "an action that is not in the table is refused");
    assert!(!unreachable_actions(ACTIONS, &nothing).is_empty(), "without keys the dialogs' actions are lost");
    let (_, problems) = Keymap::parse(include_str!("../../assets/keymap.toml"));
    assert_eq!(problems, []);
    for (name, _) in PRESETS {
        let keymap = Keymap::preset(name).unwrap();
        holds(|_| unreachable_actions(ACTIONS, &keymap), &[]);
    }
    let table = markdown_table(&Keymap::default());
    assert_eq!(stale_key_table("no table", &table).len(), 1);
    assert_eq!(stale_key_table("<!-- keys -->\n| a |\n<!-- /keys -->", &table).len(), 1);
    holds(|_| stale_key_table(include_str!("../../README.md"), &table), &[]);
}

#[test]
fn every_test_that_a_promise_names_is_there() {
    let row =
        |names: &str| format!("\n## Promises\n| promise | held by |\n| It is `so` | {names} |\n### Next\n");
    let files = bad("src/app/outbox/tests.rs", "fn a_test() {}\nmod more {}");
    let scenes = ["idle".to_owned()];
    let good =
        "`app::outbox::tests`, `app::outbox::tests::a_test`, `app::outbox::tests::a_*`, `scenes: idle`";
    assert_eq!(promises::missing(&row(good), &files, &scenes), Vec::<String>::new());
    let bad = "`app::outbox`, `app::outbox::tests::another`, `scenes: idle, gone`, `live: contract_1_*`";
    assert_eq!(promises::missing(&row(bad), &files, &scenes).len(), 4);
    let files: Vec<File> =
        files_under("src", "rs").into_iter().chain(files_under("tests/it", "rs")).collect();
    let name = |file: File| file.path.rsplit('/').next()?.strip_suffix(".scene").map(str::to_owned);
    let scenes: Vec<String> = files_under("tests/scenes", "scene").into_iter().filter_map(name).collect();
    let readme = std::fs::read_to_string("README.md").unwrap();
    assert!(readme.contains("\n## Promises\n"));
    assert_eq!(promises::missing(&readme, &files, &scenes), Vec::<String>::new());
}
