//! Reading the configuration's text section by section.
//!
//! Must not stop at a problem: it is noted and the next value read.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    COLUMNS, Config, ConfigProblem, KeyLine, Notify, PRESETS, Profile, Selection, StoreKeyPlace, Ui, source,
    views,
    walk::{Section, Walk},
};

/// The tables of the file.
pub(super) const TABLES: [&str; 6] = ["profile", "source", "view", "keys", "ui", "notify"];
/// What stands above all tables: the program that prints the store's key.
pub(super) const STORE_KEY: &str = "store_key_cmd";
/// The tables that belong to what is not in this version.
const LATER_TABLES: [&str; 2] = ["privacy", "template"];
/// The keys of `[profile.NAME]`.
pub(super) const PROFILE_KEYS: [&str; 1] = ["sources"];
/// The keys of `[ui]`.
pub(super) const UI_KEYS: [&str; 6] = ["theme", "selection", "mouse", "preset", "columns", "undo_window"];
/// The values of `ui.selection`.
pub(super) const SELECTIONS: [&str; 2] = ["bar", "key"];
/// The longest time that a write can be held back, in seconds.
const LONGEST_UNDO_S: i64 = 60;
/// The keys of `[notify]`.
pub(super) const NOTIFY_KEYS: [&str; 1] = ["bell"];

/// Reads the configuration: what is good in it, and what is wrong with its place.
pub fn parse(text: &str) -> (Config, Vec<ConfigProblem>) {
    let (mut walk, document) = Walk::begin(text);
    let top = Section::top(document.get_ref());
    let known: Vec<&str> = TABLES.into_iter().chain([STORE_KEY]).collect();
    walk.keys(&top, &known, &LATER_TABLES);
    let mut config = Config { store_key: read_store_key(&mut walk, &top), ..Config::default() };
    // Every source that is written, the left out ones too: a profile may name those without a second problem.
    let mut written_sources: Vec<String> = Vec::new();
    let mut tags: Vec<TagAt> = Vec::new();
    let mut profiles: Vec<Section<'_>> = Vec::new();
    let mut user_views = Vec::new();
    for section in walk.known_sections(&top, &TABLES) {
        match section.own {
            "profile" => profiles = walk.sections(&section),
            "source" => {
                for section in walk.sections(&section) {
                    written_sources.push(section.own.to_owned());
                    let Some(source) = source::read(&mut walk, &section) else { continue };
                    let written = section.written().find(|(key, _)| *key == "tag").map(|(_, at)| at);
                    tags.push(TagAt { source: source.name.clone(), at: written.unwrap_or(section.at) });
                    config.sources.push(source);
                }
            }
            "view" => {
                for section in walk.sections(&section) {
                    user_views.extend(views::read(&mut walk, &section, &user_views));
                }
            }
            "keys" => {
                for section in walk.sections(&section) {
                    read_keys(&mut walk, &section, &mut config.keys);
                }
            }
            "ui" => config.ui = read_ui(&mut walk, &section),
            _ => config.notify = read_notify(&mut walk, &section),
        }
    }
    config.views = views::over_shipped(user_views);
    for section in profiles {
        config.profiles.extend(read_profile(&mut walk, &section, &written_sources, &config));
    }
    check_tags(&mut walk, &config, &tags);
    (config, walk.finish())
}

/// Where the tag of a source is given: at its own key, else where the source is named.
struct TagAt {
    source: String,
    at: usize,
}

/// Notes the sources that cannot be told apart in the lists of a profile.
fn check_tags(walk: &mut Walk<'_>, config: &Config, tags: &[TagAt]) {
    let everything = [Profile {
        name: super::DEFAULT_PROFILE.to_owned(),
        sources: config.sources.iter().map(|source| source.name.clone()).collect(),
    }];
    // Without any profile all sources are shown together.
    let profiles = if config.profiles.is_empty() { &everything[..] } else { &config.profiles };
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for profile in profiles {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let named = profile.sources.iter().filter_map(|name| config.source(name));
        for source in named {
            let Some(first) = seen.get(&source.tag.to_ascii_uppercase()) else {
                seen.insert(source.tag.to_ascii_uppercase(), &source.name);
                continue;
            };
            let place = tags.iter().find(|tag| tag.source == source.name);
            let Some(place) = place.filter(|_| told.insert(&source.name)) else { continue };
            let sentence = format!(
                "source.{} has the tag {}, as {first} has in the same profile: their tasks look alike; give one of \
                 them another tag.",
                source.name, source.tag
            );
            walk.problem(place.at, &format!("source.{}.tag", source.name), sentence);
        }
    }
}

fn read_store_key(walk: &mut Walk<'_>, top: &Section<'_>) -> StoreKeyPlace {
    let Some(at) = top.written().find_map(|(key, at)| (key == STORE_KEY).then_some(at)) else {
        return StoreKeyPlace::File;
    };
    source::program(walk, top, STORE_KEY, at).map_or(StoreKeyPlace::Unclear, StoreKeyPlace::Command)
}

fn read_profile(
    walk: &mut Walk<'_>,
    section: &Section<'_>,
    written: &[String],
    config: &Config,
) -> Option<Profile> {
    walk.keys(section, &PROFILE_KEYS, &[]);
    let Some(named) = walk.texts(section, "sources") else {
        if !section.written().any(|(key, _)| key == "sources") {
            let path = section.path("sources");
            walk.problem(section.at, &path, "A profile needs its list of sources.");
        }
        return None;
    };
    let mut sources: Vec<String> = Vec::new();
    for name in named {
        if !written.contains(&name.value) {
            let known: Vec<&str> = written.iter().map(String::as_str).collect();
            walk.unknown(name.at, &section.path("sources"), "source", &name.value, &known);
        } else if !sources.contains(&name.value)
            && config.sources.iter().any(|source| source.name == name.value)
        {
            sources.push(name.value);
        }
    }
    Some(Profile { name: section.own.to_owned(), sources })
}

fn read_keys(walk: &mut Walk<'_>, section: &Section<'_>, lines: &mut Vec<KeyLine>) {
    for (keys, at) in section.written() {
        let place = walk.place(at);
        if let Some(action) = walk.text(section, keys) {
            lines.push(KeyLine {
                context: section.own.to_owned(),
                keys: keys.to_owned(),
                action: action.value,
                line: place.line,
                column: place.column,
            });
        }
    }
    lines.sort_by_key(|line| (line.line, line.column));
}

fn read_ui(walk: &mut Walk<'_>, section: &Section<'_>) -> Ui {
    walk.keys(section, &UI_KEYS, &[]);
    let usual = Ui::default();
    let selection = walk.choice(section, "selection", &SELECTIONS);
    Ui {
        theme: walk.text(section, "theme").map_or(usual.theme, |theme| theme.value),
        selection: selection.map(|word| match word.value {
            "key" => Selection::Key,
            _ => Selection::Bar,
        }),
        mouse: walk.flag(section, "mouse").unwrap_or(usual.mouse),
        preset: walk
            .choice(section, "preset", &PRESETS)
            .map_or(usual.preset, |preset| preset.value.to_owned()),
        columns: walk.choices(section, "columns", &COLUMNS).unwrap_or_default(),
        undo_window_s: walk
            .seconds(section, "undo_window", 0..LONGEST_UNDO_S + 1)
            .unwrap_or(usual.undo_window_s),
    }
}

fn read_notify(walk: &mut Walk<'_>, section: &Section<'_>) -> Notify {
    walk.keys(section, &NOTIFY_KEYS, &[]);
    let Some(bell) = walk.query(section, "bell") else {
        return Notify::default();
    };
    Notify { bell: Some(bell).filter(|query| !query.trim().is_empty()) }
}
