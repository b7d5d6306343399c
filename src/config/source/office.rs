//! What is said of a dental office alone: who writes, its own priorities, how far back, and its zone.
//!
//! Must not know the office's definitions: their numbers and names are looked up when it is asked.

use crate::{
    config::{
        Source,
        walk::{Section, Walk},
    },
    domain::{priority::Priority, time::parse_duration},
};
use jiff::{Span, civil::Date, tz::TimeZone};

/// The keys of `[source.NAME.priority]`.
pub(in crate::config) const PRIORITIES: [&str; 4] = ["stat", "asap", "urgent", "routine"];
/// The day that the length of a history is tried on, and the one that it must not go beyond.
const TRIED_ON: Date = jiff::civil::date(2000, 1, 1);
const NOT_BEFORE: Date = jiff::civil::date(1900, 1, 1);

/// Reads an office's settings into its source.
pub(super) fn read(walk: &mut Walk<'_>, section: &Section<'_>, source: &mut Source) {
    source.user = walk.number(section, "user");
    for table in walk.known_sections(section, &["priority"]) {
        walk.keys(&table, &PRIORITIES, &[]);
        for word in PRIORITIES {
            let names = walk.names(&table, word).unwrap_or_default();
            let priority = Priority::parse(word);
            for name in names {
                if source.priorities.values().flatten().any(|taken| *taken == name.value) {
                    let path = table.path(word);
                    walk.problem(
                        name.at,
                        &path,
                        format!("{} counts as another priority already.", name.value),
                    );
                } else {
                    source.priorities.entry(priority.clone()).or_default().push(name.value);
                }
            }
        }
    }
    if let Some(text) = walk.text(section, "history") {
        if let Some(history) = history(&text.value) {
            source.history = history.fieldwise();
        } else {
            let path = section.path("history");
            let sentence =
                format!("{path} must be a time of days or more, such as \"5y\", \"18mo\" or \"90d\".");
            walk.problem(text.at, &path, sentence);
        }
    }
    if let Some(name) = walk.text(section, "time_zone") {
        source.zone = TimeZone::get(&name.value).ok();
        if source.zone.is_none() {
            let path = section.path("time_zone");
            let sentence = format!("{path} must be a zone's name, such as \"America/Chicago\".");
            walk.problem(name.at, &path, sentence);
        }
    }
}

/// How far back; whole days, and no further than anybody's records go.
fn history(text: &str) -> Option<Span> {
    let span = parse_duration(text)?;
    let is_whole = span.get_hours() == 0 && span.get_minutes() == 0 && span.get_seconds() == 0;
    let floor = TRIED_ON.checked_sub(span).ok()?;
    (is_whole && floor < TRIED_ON && floor >= NOT_BEFORE).then_some(span)
}
