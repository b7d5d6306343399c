//! Every word of the filter language in one table: the parser, the printer, completion and help all read it here.
//!
//! Must not hold a word that the parser does not take.

use super::ast::{Flag, GroupBy, Part, Role, SortBy, TextField, TimeField};
use crate::domain::nearest::distance;

/// A field of the filter language, with what stands before its colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// `status:`
    Status,
    /// `prio:`
    Priority,
    /// A field that holds a reference.
    Person(Role),
    /// A field that holds a time.
    Time(TimeField),
    /// A field that holds a text.
    Text(TextField),
    /// `is:`
    Is,
    /// `has:`
    Has,
    /// `no:`
    No,
    /// `sort:`
    Sort,
    /// `group:`
    Group,
    /// `limit:`
    Limit,
}

/// What help says of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldHelp {
    /// The field.
    pub field: Name,
    /// What stands before the colon.
    pub name: &'static str,
    /// Other words for it: a shorter form, and what its column is called.
    pub aliases: &'static [&'static str],
    /// What it is, in a few words.
    pub help: &'static str,
    /// Examples, whole terms.
    pub examples: &'static [&'static str],
}

const fn field(
    field: Name,
    name: &'static str,
    aliases: &'static [&'static str],
    help: &'static str,
    examples: &'static [&'static str],
) -> FieldHelp {
    FieldHelp { field, name, aliases, help, examples }
}

/// Every field, in the order of help.
pub const FIELDS: &[FieldHelp] = &[
    field(
        Name::Status,
        "status",
        &["st"],
        "where it stands: a FHIR status, or open closed todo doing waiting",
        &["status:open", "status:requested,accepted", "-status:on-hold"],
    ),
    field(
        Name::Priority,
        "prio",
        &["p"],
        "routine < urgent < asap < stat, or none",
        &["prio:>=urgent", "prio:stat", "prio:none"],
    ),
    field(
        Name::Person(Role::Owner),
        "owner",
        &["o"],
        "who is to do it: me, none, any, part of a name, =id",
        &["owner:me,none", "owner:okafor"],
    ),
    field(Name::Person(Role::Requester), "req", &[], "who asked for it", &["req:me"]),
    field(
        Name::Person(Role::Patient),
        "patient",
        &["pt"],
        "for whom: part of a name, =id",
        &["pt:okafor", "pt:=pt_abc123"],
    ),
    field(Name::Person(Role::Encounter), "enc", &[], "in which encounter, by id", &["enc:none"]),
    field(Name::Person(Role::Focus), "focus", &[], "upon what, by id", &["focus:any"]),
    field(
        Name::Time(TimeField::Due),
        "due",
        &[],
        "when it is due; <4h is before four hours from now, overdue included",
        &["due:overdue", "due:<4h", "due:..17:00", "due:2026-11-21..2026-11-23", "due:none"],
    ),
    field(Name::Time(TimeField::Age), "age", &[], "how long ago it was asked for", &["age:>2h", "age:today"]),
    field(
        Name::Time(TimeField::Stage),
        "stage",
        &[],
        "how long it has been in this status, as seen from here",
        &["stage:>30m"],
    ),
    field(Name::Time(TimeField::Updated), "updated", &[], "how long ago it was changed", &["updated:2h"]),
    field(Name::Time(TimeField::Done), "done", &[], "when it was completed", &["done:today"]),
    field(
        Name::Time(TimeField::Start),
        "start",
        &[],
        "when its work starts",
        &["start:<2h", "start:tomorrow"],
    ),
    field(Name::Text(TextField::Source), "sys", &["s", "sy"], "its source, by tag or name", &["sys:dental"]),
    field(Name::Text(TextField::List), "list", &[], "the list that it lies in", &["list:\"Front desk\""]),
    field(Name::Text(TextField::Code), "code", &[], "its code", &["code:lab", "code:=24323-8"]),
    field(
        Name::Text(TextField::BusinessStatus),
        "biz",
        &[],
        "the unit's own word for its state",
        &["biz:fax"],
    ),
    field(
        Name::Text(TextField::Why),
        "why",
        &[],
        "its reasons, of the task and of its status",
        &["why:/sepsis|shock/"],
    ),
    field(Name::Text(TextField::Note), "note", &[], "its notes", &["note:call"]),
    field(Name::Text(TextField::Intent), "intent", &[], "the kind of request", &["intent:order"]),
    field(Name::Text(TextField::Id), "id", &[], "its id, or source/id", &["id:clinic/8f0c"]),
    field(Name::Is, "is", &[], "a state of the row", &["is:new", "is:stale,unsent"]),
    field(Name::Has, "has", &[], "a part that is there", &["has:note"]),
    field(Name::No, "no", &[], "a part that is not there", &["no:due"]),
    field(
        Name::Sort,
        "sort",
        &[],
        "order; a - before the word turns it round",
        &["sort:prio,due", "sort:-age"],
    ),
    field(Name::Group, "group", &[], "headings", &["group:patient"]),
    field(Name::Limit, "limit", &[], "at most so many rows", &["limit:20"]),
];

/// A word with what it means and a few words of help.
pub type Word<T> = (&'static str, T, &'static str);

/// The words of `is:`.
pub const FLAGS: &[Word<Flag>] = &[
    ("new", Flag::New, "arrived and not yet looked at"),
    ("mine", Flag::Mine, "owned by me"),
    ("unowned", Flag::Unowned, "owned by nobody"),
    ("overdue", Flag::Overdue, "open and past its due time"),
    ("snoozed", Flag::Snoozed, "put away for a while, here"),
    ("waiting", Flag::Waiting, "on hold"),
    ("flagged", Flag::Flagged, "starred, here"),
    ("held", Flag::Held, "held back by its system until later"),
    ("acked", Flag::Acked, "acknowledged from here"),
    ("stale", Flag::Stale, "its source has been silent"),
    ("unsent", Flag::Unsent, "with a write that has not been sent"),
    ("conflict", Flag::Conflict, "with a write that met somebody else's"),
    ("draft", Flag::Draft, "with unsent text"),
    ("repeat", Flag::Repeat, "to be done more than once"),
    ("readonly", Flag::Readonly, "not to be changed from here"),
];

/// The words of `has:` and `no:`.
pub const PARTS: &[Word<Part>] = &[
    ("note", Part::Note, "a remark"),
    ("due", Part::Due, "a due time"),
    ("patient", Part::Patient, "a patient"),
    ("owner", Part::Owner, "an owner"),
    ("input", Part::Input, "an input"),
    ("output", Part::Output, "an output"),
];

/// The words of `sort:`.
pub const SORTS: &[Word<SortBy>] = &[
    ("prio", SortBy::Priority, "most pressing first"),
    ("overdue", SortBy::Overdue, "overdue first"),
    ("due", SortBy::Due, "earliest first, undated last"),
    ("age", SortBy::Age, "oldest first"),
    ("stage", SortBy::Stage, "longest in its status first"),
    ("updated", SortBy::Updated, "latest change first"),
    ("start", SortBy::Start, "earliest start first"),
    ("status", SortBy::Status, "by the order of a task's life"),
    ("owner", SortBy::Owner, "by owner"),
    ("req", SortBy::Requester, "by requester"),
    ("patient", SortBy::Patient, "by patient"),
    ("enc", SortBy::Encounter, "by encounter"),
    ("title", SortBy::Title, "by title"),
    ("sys", SortBy::Source, "by source"),
    ("list", SortBy::List, "by list"),
    ("code", SortBy::Code, "by code"),
    ("biz", SortBy::BusinessStatus, "by the unit's own word"),
    ("intent", SortBy::Intent, "by intent"),
    ("id", SortBy::Id, "by id"),
];

/// The words of `group:`.
pub const GROUPS: &[Word<GroupBy>] = &[
    ("status", GroupBy::Status, "by status"),
    ("prio", GroupBy::Priority, "by priority"),
    ("due", GroupBy::Due, "by the day of the due time"),
    ("owner", GroupBy::Owner, "by owner"),
    ("req", GroupBy::Requester, "by requester"),
    ("patient", GroupBy::Patient, "by patient"),
    ("enc", GroupBy::Encounter, "by encounter"),
    ("sys", GroupBy::Source, "by source"),
    ("list", GroupBy::List, "by list"),
    ("code", GroupBy::Code, "by code"),
    ("biz", GroupBy::BusinessStatus, "by the unit's own word"),
    ("intent", GroupBy::Intent, "by intent"),
];

/// The words that a time field takes beside dates, times of day and lengths.
pub const TIME_WORDS: &[(&str, &str)] = &[
    ("now", "this moment"),
    ("today", "this day"),
    ("tomorrow", "the next day"),
    ("yesterday", "the day before"),
    ("none", "without one"),
    ("any", "with one"),
];

impl Name {
    /// The field of a word before a colon, in any case.
    pub fn parse(word: &str) -> Option<Name> {
        let same = |name: &str| name.eq_ignore_ascii_case(word);
        FIELDS
            .iter()
            .find(|help| same(help.name) || help.aliases.iter().any(|alias| same(alias)))
            .map(|help| help.field)
    }

    /// The word before the colon.
    pub fn word(self) -> &'static str {
        FIELDS.iter().find(|help| help.field == self).map_or("", |help| help.name)
    }
}

/// What a word of a table means, in any case.
pub(super) fn meaning<T: Copy>(table: &[Word<T>], word: &str) -> Option<T> {
    table.iter().find(|(name, ..)| name.eq_ignore_ascii_case(word)).map(|(_, meaning, _)| *meaning)
}

/// The word for a meaning.
pub(super) fn word_of<T: Copy + PartialEq>(table: &[Word<T>], wanted: T) -> &'static str {
    table.iter().find(|(_, meaning, _)| *meaning == wanted).map_or("", |(name, ..)| name)
}

/// The words of a table.
pub(super) fn names<T>(table: &'static [Word<T>]) -> impl Iterator<Item = &'static str> {
    table.iter().map(|(name, ..)| *name)
}

/// The candidate that a mistyped or half-typed word most likely means: one that it begins or that begins it, else the
/// one that the fewest slips of a finger make of it.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let typed = word.to_lowercase();
    let length = typed.chars().count();
    // No word of the language is nearly so long.
    if typed.is_empty() || length > 24 {
        return None;
    }
    let begins = |candidate: &&str| candidate.starts_with(&typed);
    let begun = |candidate: &&str| candidate.len() > 2 && typed.starts_with(*candidate);
    candidates.clone().find(begins).or_else(|| candidates.clone().find(begun)).or_else(|| {
        let most = match length {
            0..=2 => 0,
            3..=4 => 1,
            _ => 2,
        };
        let slips = candidates.map(|candidate| (distance(&typed, candidate), candidate));
        slips
            .filter(|(slips, _)| *slips <= most)
            .min_by_key(|(slips, _)| *slips)
            .map(|(_, candidate)| candidate)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_offered_and_a_far_one_is_not() {
        let fields = || FIELDS.iter().map(|help| help.name);
        for (typed, meant) in [
            ("stauts", Some("status")),
            ("requester", Some("req")),
            ("PRIO", Some("prio")),
            ("ow", Some("owner")),
            ("deu", Some("due")),
            ("http", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, fields()), meant, "{typed}");
        }
    }

    #[test]
    fn no_two_fields_share_a_word() {
        let mut words: Vec<_> =
            FIELDS.iter().flat_map(|help| std::iter::once(&help.name).chain(help.aliases)).collect();
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
