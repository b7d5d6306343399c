//! Templates of documents: the shipped ones, and the user's own beside the configuration.
//!
//! Must not fail for a bad one: what is good in it is used, and what is wrong is said.

use super::flags::Flags;
use crate::domain::template::{self, Template};
use std::fs;

/// The folder beside the configuration.
const FOLDER: &str = "templates";

/// All templates, by name; one of the user's stands in the place of a shipped one of its name. With what is wrong.
pub(super) fn read(flags: &Flags) -> (Vec<Template>, Vec<String>) {
    let mut templates = template::shipped();
    let mut problems = Vec::new();
    let Ok(folder) = flags.config_file().map(|file| file.with_file_name(FOLDER)) else {
        return (templates, problems);
    };
    let Ok(entries) = fs::read_dir(&folder) else { return (templates, problems) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "toml")) {
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        match fs::read_to_string(path) {
            Ok(text) => {
                let (template, flaws) = Template::parse(name, &text);
                problems.extend(flaws.iter().map(|flaw| format!("{}:{flaw}", path.display())));
                templates.retain(|known| *known.name != *name);
                templates.push(template);
            }
            Err(error) => problems.push(format!("{} cannot be read: {error}.", path.display())),
        }
    }
    (templates, problems)
}
