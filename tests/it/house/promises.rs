//! The README's table of promises: every test that it names is there.
//!
//! Must not judge whether a test holds its promise: it only looks for it.

use super::scan::File;

/// The names in the last column of the table.
fn named(readme: &str) -> Vec<String> {
    let table = readme.split("\n## Promises\n").nth(1).unwrap_or_default();
    let rows = table.lines().take_while(|line| !line.starts_with('#')).filter(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// Whether a file has a test or a module of this name; a star stands for the rest of it.
fn has(file: &File, name: &str) -> bool {
    let (name, end, row) = name.strip_suffix('*').map_or((name, "(", " =>"), |name| (name, "", ""));
    let says = |words: String| file.text.contains(&words);
    // Wire files have their tests in a table.
    says(format!("fn {name}{end}")) || says(format!("mod {name} {{")) || says(format!("    {name}{row}"))
}

/// Whether a path of modules, with a test at its end or not, leads to something.
fn leads_to(path: &str, files: &[File]) -> bool {
    let place = path.replace("::", "/");
    let is_file = |file: &File, place: &str| {
        ["src", "tests/it"].iter().any(|root| file.path == format!("{root}/{place}.rs"))
    };
    let parent = place.rsplit_once('/');
    let is_in = |file: &File| parent.is_some_and(|(parent, name)| is_file(file, parent) && has(file, name));
    files.iter().any(|file| is_file(file, &place) || is_in(file))
}

/// The tests of these names that are nowhere.
pub(super) fn missing(readme: &str, files: &[File], scenes: &[String]) -> Vec<String> {
    let is_there = |kind: Option<&str>, name: &str| match kind {
        None => leads_to(name, files),
        Some("scenes") => scenes.iter().any(|scene| scene == name),
        Some(kind) => {
            let root = format!("tests/it/{kind}");
            files.iter().any(|file| file.path.starts_with(&root) && has(file, name))
        }
    };
    let mut missing = Vec::new();
    for chunk in named(readme) {
        let (kind, names) = match chunk.split_once(": ") {
            Some((kind, names)) => (Some(kind), names),
            None => (None, chunk.as_str()),
        };
        let gone = names.split(", ").filter(|name| !is_there(kind, name));
        missing.extend(gone.map(|name| format!("README: there is no test {name}")));
    }
    missing
}
