//! Taskwarrior's words in ours: `due.before:`, `+OVERDUE`, `priority:H`, `project:`.
//!
//! Must not touch what is ours already, nor anything in quotes.

use super::words::Name;

/// The tags that Taskwarrior gives by itself, in our words.
const VIRTUAL_TAGS: &[(&str, &str)] = &[
    ("OVERDUE", "due:overdue"),
    ("PENDING", "status:open"),
    ("COMPLETED", "status:completed"),
    ("DELETED", "status:cancelled"),
    ("WAITING", "status:waiting"),
    ("ACTIVE", "status:doing"),
    ("DUE", "due:<7d"),
    ("TODAY", "due:today"),
    ("DUETODAY", "due:today"),
    ("TOMORROW", "due:tomorrow"),
    ("YESTERDAY", "due:yesterday"),
];

/// Our term for a tag that Taskwarrior gives by itself.
pub(super) fn virtual_tag(word: &str) -> Option<&'static str> {
    VIRTUAL_TAGS.iter().find(|(tag, _)| *tag == word).map(|(_, ours)| *ours)
}

/// A chunk of Taskwarrior's in our words, and whether it is negated; none when it is not Taskwarrior's.
pub(super) fn rewrite(chunk: &str) -> Option<(bool, String)> {
    if let Some(tag) = chunk.strip_prefix('+') {
        let is_tag = tag.starts_with(char::is_alphabetic) && !tag.contains(':');
        return is_tag.then(|| (false, virtual_tag(tag).unwrap_or(tag).to_owned()));
    }
    let (name, value) = chunk.split_once(':')?;
    let lower = name.to_ascii_lowercase();
    let (base, modifier) =
        lower.split_once('.').map_or((lower.as_str(), None), |(base, rest)| (base, Some(rest)));
    let ours = match base {
        "priority" => "prio",
        "project" => "list",
        "scheduled" => "start",
        "entry" => "age",
        "modified" => "updated",
        "end" => "done",
        "description" | "desc" => "",
        "status" if modifier.is_none() => return taskwarrior_status(value).map(|value| (false, value)),
        _ if modifier.is_some() => Name::parse(base)?.word(),
        _ => return None,
    };
    if ours.is_empty() {
        return (!value.is_empty())
            .then(|| (matches!(modifier, Some("hasnt" | "isnt" | "not")), value.to_owned()));
    }
    let (negated, sign) = match modifier {
        None => (false, ""),
        Some("before" | "below" | "under") => (false, "<"),
        Some("after" | "above" | "over") => (false, ">"),
        Some("by") => (false, "<="),
        Some("is" | "equals") => (false, "="),
        Some("has" | "contains") => (false, "~"),
        Some("not" | "isnt" | "hasnt") => (true, ""),
        Some("none") => return Some((false, format!("{ours}:none"))),
        Some("any") => return Some((false, format!("{ours}:any"))),
        Some(_) => return None,
    };
    Some((
        negated,
        match (ours, value) {
            (_, "") => format!("{ours}:none"),
            ("prio", value) => format!("prio:{}", priorities(value, sign)),
            (_, value) => format!("{ours}:{sign}{value}"),
        },
    ))
}

/// Taskwarrior's H, M and L; the highest stands for the two that FHIR has above urgent.
fn priorities(value: &str, sign: &str) -> String {
    let ours = |value| match (value, sign) {
        ("H" | "h", "" | "=") => ">=asap".to_owned(),
        ("H" | "h", _) => format!("{sign}asap"),
        ("M" | "m", _) => format!("{sign}urgent"),
        ("L" | "l", _) => format!("{sign}routine"),
        _ => format!("{sign}{value}"),
    };
    value.split(',').map(ours).collect::<Vec<_>>().join(",")
}

fn taskwarrior_status(value: &str) -> Option<String> {
    let ours = |value: &str| match value {
        "pending" => Some("open"),
        "deleted" => Some("cancelled"),
        _ => None,
    };
    let foreign = value.split(',').any(|value| ours(value).is_some());
    foreign.then(|| {
        let values: Vec<_> = value.split(',').map(|value| ours(value).unwrap_or(value)).collect();
        format!("status:{}", values.join(","))
    })
}
