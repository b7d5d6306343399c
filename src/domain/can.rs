//! What a source can do, as data: verbs, writable fields, limits and pace, with a sentence for each "cannot".
//!
//! Must not decide anything: adapters declare it, answers correct it, screens and checks read it.

use super::{
    document::{Confidentiality, DocumentField, DocumentStatus},
    people::PersonKind,
    priority::Priority,
    status::Status,
    task::{DueFrom, Field},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A thing that a user may want of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Capability {
    /// List and search tasks.
    List,
    /// Read one task.
    Read,
    /// Make a task.
    Create,
    /// Change a task.
    Update,
    /// Remove a task.
    Delete,
    /// Give a task to somebody.
    Reassign,
    /// Write a note on a task.
    Note,
    /// Write documents.
    Document,
    /// Ask for the earlier versions of a task.
    History,
}

impl Capability {
    /// Every capability, in the order of the sources screen.
    pub const ALL: [Capability; 9] = [
        Capability::List,
        Capability::Read,
        Capability::Create,
        Capability::Update,
        Capability::Delete,
        Capability::Reassign,
        Capability::Note,
        Capability::Document,
        Capability::History,
    ];

    /// The word for tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Capability::List => "list",
            Capability::Read => "read",
            Capability::Create => "create",
            Capability::Update => "update",
            Capability::Delete => "delete",
            Capability::Reassign => "reassign",
            Capability::Note => "note",
            Capability::Document => "document",
            Capability::History => "history",
        }
    }

    /// Whether it changes anything at the source.
    pub fn writes(self) -> bool {
        !matches!(self, Capability::List | Capability::Read | Capability::History)
    }
}

/// What holds for one field of a source's create or update body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// The field.
    pub field: Field,
    /// The longest text allowed, in UTF-16 code units (the strictest reading, U11); none where no limit is stated.
    pub max_units: Option<u32>,
    /// Whether a create without it is refused.
    pub required: bool,
}

impl FieldRule {
    /// A field without a limit.
    pub const fn free(field: Field) -> FieldRule {
        FieldRule { field, max_units: None, required: false }
    }

    /// A field of at most `max_units` UTF-16 code units.
    pub const fn text(field: Field, max_units: u32) -> FieldRule {
        FieldRule { field, max_units: Some(max_units), required: false }
    }

    /// A field that a create must carry.
    pub const fn required(field: Field) -> FieldRule {
        FieldRule { field, max_units: None, required: true }
    }
}

/// How often a source may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Requests allowed a minute, before the source's own headers correct it.
    pub per_minute: u32,
    /// The fastest automatic refresh, in seconds.
    pub poll_floor_s: u32,
    /// How long search may lag behind a write, in seconds.
    pub search_lag_s: u32,
    /// The least time between the end of one request and the next, in milliseconds; requests then go one at a time.
    pub gap_ms: u32,
}

/// A system's own word for a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusWord {
    /// The status that it sorts and filters as.
    pub status: Status,
    /// Three letters for the ST column.
    pub short: &'static str,
    /// The word on the wire and in the detail pane.
    pub word: &'static str,
}

/// How a system keeps remarks on a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKeeping {
    /// One text: a remark is written beneath what stands there.
    OneText,
    /// Many, each with its author and time: a remark is added.
    Many,
}

/// A part of a list that a source gives by itself: it is asked for before the first whole sweep and between long ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// The tasks of a priority.
    Priority(Priority),
    /// The tasks of a status.
    Status(Status),
}

/// What the documents of a source take. Lengths are in UTF-16 code units (the strictest reading, U11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentRules {
    /// The statuses that may be sent.
    pub statuses: &'static [DocumentStatus],
    /// The confidentiality codes that may be sent.
    pub confidentialities: &'static [Confidentiality],
    /// The parts that a new document must have.
    pub required: &'static [DocumentField],
    /// The parts that an update may change.
    pub update: &'static [DocumentField],
    /// The longest type.
    pub kind_units: Option<u32>,
    /// The longest title of a document.
    pub title_units: Option<u32>,
    /// The longest item of `category`.
    pub category_units: Option<u32>,
    /// The most sections of the top level; none where no limit is stated. There must be one at least.
    pub most_sections: Option<u32>,
    /// The longest title of a section.
    pub section_title_units: Option<u32>,
    /// The longest text of a section.
    pub section_text_units: Option<u32>,
    /// How many levels of sections there may be; none where no limit is stated.
    pub levels: Option<u8>,
    /// Whether sections beneath others take title, code and text only.
    pub plain_below: bool,
    /// Whether a section must have a title.
    pub title_required: bool,
    /// Whether a section must have a text, or sections beneath it.
    pub text_required: bool,
    /// Whether a section that lists records needs no text.
    pub records_suffice: bool,
    /// Whether a section of the first level must have a text even where sections stand beneath it.
    pub top_text_required: bool,
    /// The largest body of a document, in bytes; none where no limit is stated.
    pub most_bytes: Option<usize>,
    /// Whether a document can be removed.
    pub deletes: bool,
}

/// What a source can do, its limits and its pace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Can {
    /// The system's name for people, such as `ClinikAPI`.
    pub system: &'static str,
    /// What the user is there, such as `practitioner`, where the source says.
    pub role: Option<String>,
    /// What is refused, each with a whole sentence that says why.
    pub refused: BTreeMap<Capability, String>,
    /// Fields that cannot be changed, each with a whole sentence that says why; it is said in place of a general one.
    pub refused_fields: BTreeMap<Field, String>,
    /// The fields of a create body.
    pub create: &'static [FieldRule],
    /// The fields of an update body.
    pub update: &'static [FieldRule],
    /// The statuses that may be sent.
    pub statuses: Vec<Status>,
    /// The system's own words for statuses; empty where they are FHIR's.
    pub status_words: &'static [StatusWord],
    /// Whether a task that has ended may be taken up again: a step of which its users are warned, not kept.
    pub free_steps: bool,
    /// The status that a task which has ended gets by being reworded, where that happens.
    pub reworded: Option<Status>,
    /// The priorities that may be sent, most pressing first.
    pub priorities: Vec<Priority>,
    /// How remarks are kept.
    pub notes: NoteKeeping,
    /// Whether rows of a list come without their notes, which are read with the task alone.
    pub notes_apart: bool,
    /// Where a new due time is written when the task has none.
    pub due: DueFrom,
    /// Who owns tasks: practitioners, or lists where there are no assignees.
    pub owners: PersonKind,
    /// Whether a create that is sent twice under one key makes one task, so that it may be sent again by itself.
    pub creates_once: bool,
    /// What is asked for before a whole sweep.
    pub ahead: Vec<Ahead>,
    /// Whether the source can tell which tasks changed since it was last asked (`Call::Changes`).
    pub tells_changes: bool,
    /// Whether it is a file: read whole, asked again only when the user says so, and never changed.
    pub is_file: bool,
    /// What its users should know before they trust what it shows, a whole sentence; none where all is as it should be.
    pub caution: Option<String>,
    /// Whether it has to be probed before its first list: what it says then is needed to read its rows.
    pub probe_first: bool,
    /// What its documents take; none where it takes none.
    pub documents: Option<&'static DocumentRules>,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Rows asked for in a page.
    pub page_count: u16,
    /// How often it may be asked.
    pub pace: Pace,
}

impl Can {
    /// What FHIR's own words and ways give: nothing is refused and nothing can be sent until an adapter says so.
    pub fn plain(system: &'static str) -> Can {
        Can {
            system,
            role: None,
            refused: BTreeMap::new(),
            refused_fields: BTreeMap::new(),
            create: &[],
            update: &[],
            statuses: Status::KNOWN.into(),
            status_words: &[],
            free_steps: true,
            reworded: None,
            priorities: Priority::KNOWN.into_iter().rev().collect(),
            notes: NoteKeeping::OneText,
            notes_apart: false,
            due: DueFrom::ExecutionPeriod,
            owners: PersonKind::Practitioner,
            creates_once: false,
            ahead: Vec::new(),
            tells_changes: false,
            is_file: false,
            caution: None,
            probe_first: false,
            documents: None,
            max_body_bytes: 1_048_576,
            page_count: 100,
            pace: Pace { per_minute: 60, poll_floor_s: 60, search_lag_s: 0, gap_ms: 0 },
        }
    }

    /// Whether the source does this; else the sentence that says why not.
    pub fn may(&self, capability: Capability) -> Result<(), &str> {
        self.refused.get(&capability).map_or(Ok(()), |reason| Err(reason))
    }

    /// Takes a capability away and says why; the first reason stays.
    pub fn refuse(&mut self, capability: Capability, reason: &str) {
        self.refused.entry(capability).or_insert_with(|| reason.to_owned());
    }

    /// Takes every writing capability away, as a read-scope key or `--read-only` does.
    pub fn refuse_writes(&mut self, reason: &str) {
        for capability in Capability::ALL.into_iter().filter(|capability| capability.writes()) {
            self.refuse(capability, reason);
        }
    }

    /// Whether the source can change this field of an existing task; else the sentence that says why not.
    pub fn may_update(&self, field: Field) -> Result<(), String> {
        self.may(Capability::Update).map_err(str::to_owned)?;
        if let Some(reason) = self.refused_fields.get(&field) {
            return Err(reason.clone());
        }
        if self.update.iter().any(|rule| rule.field == field) {
            return Ok(());
        }
        Err(format!("{} cannot change {} of an existing task.", self.system, self.name_of(field)))
    }

    /// The name of a field in what is said of this system: where tasks belong to lists, an owner is one.
    pub fn name_of(&self, field: Field) -> &'static str {
        if field == Field::Owner && self.owners == PersonKind::List { "list" } else { field.name() }
    }

    /// The three letters of a status in this system; an unknown one gives its raw text, to be cut by the column.
    pub fn status_short<'a>(&'a self, status: &'a Status) -> &'a str {
        self.status_word(status).map_or_else(|| status.short(), |word| word.short)
    }

    /// The word of a status in this system.
    pub fn status_text<'a>(&'a self, status: &'a Status) -> &'a str {
        self.status_word(status).map_or_else(|| status.as_str(), |word| word.word)
    }

    fn status_word(&self, status: &Status) -> Option<&StatusWord> {
        self.status_words.iter().find(|word| word.status == *status)
    }

    /// The priority that a typed word means here: the word of one of FHIR's, an office's own name or `#` and its id,
    /// however the letters are; else a sentence that names what there is.
    ///
    /// One of FHIR's words means the office's priority that the configuration puts there, where there is one.
    pub fn priority_named(&self, typed: &str) -> Result<Priority, String> {
        let typed = typed.trim();
        let office = |priority: &Priority| match priority {
            Priority::Office(office) => Some(office.clone()),
            _ => None,
        };
        if let Some(id) = typed.strip_prefix('#') {
            let found =
                self.priorities.iter().find(|one| office(one).is_some_and(|office| *office.id == *id));
            return found
                .cloned()
                .ok_or_else(|| format!("There is no priority {typed}; {}", self.priorities_told()));
        }
        let lower = typed.to_lowercase();
        let mut named = self.priorities.iter().filter(|one| one.as_str().to_lowercase() == lower);
        match (named.next(), named.next()) {
            (Some(one), None) => return Ok(one.clone()),
            (Some(_), Some(_)) => {
                return Err(format!("Several priorities are called {typed}; {}", self.priorities_told()));
            }
            (None, _) => {}
        }
        let rank = Priority::parse(&lower).rank();
        let ranked = self.priorities.iter().find(|one| rank.is_some() && one.rank() == rank);
        ranked.cloned().ok_or_else(|| format!("There is no priority {typed}; {}", self.priorities_told()))
    }

    /// The priorities to choose from, in words.
    fn priorities_told(&self) -> String {
        let words = self.priorities.iter().map(|priority| match priority {
            Priority::Office(office) => format!("{} (#{})", office.name, office.id),
            plain => plain.as_str().to_owned(),
        });
        format!("choose {}.", words.collect::<Vec<_>>().join(", "))
    }

    /// The status that a typed word means here: the system's own word, or FHIR's code.
    pub fn status_named(&self, typed: &str) -> Status {
        let typed = typed.trim();
        let own = self.status_words.iter().find(|word| word.word.eq_ignore_ascii_case(typed));
        own.map_or_else(|| Status::parse(typed), |word| word.status.clone())
    }

    /// Whether the system has such a field at all.
    pub fn has(&self, field: Field) -> bool {
        self.rule(field, true).or(self.rule(field, false)).is_some()
    }

    /// The rule of a field in a create (`true`) or update (`false`) body.
    pub fn rule(&self, field: Field, creating: bool) -> Option<&FieldRule> {
        let rules = if creating { self.create } else { self.update };
        rules.iter().find(|rule| rule.field == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::priority::OfficePriority;

    #[test]
    fn a_priority_is_named_by_word_by_id_and_by_what_the_configuration_puts_there() {
        let office = |id: &str, name: &str, rank| {
            Priority::Office(Box::new(OfficePriority { id: id.into(), name: name.into(), rank }))
        };
        let (now, later) = (office("358", "Now!", Some(4)), office("260", "Later", None));
        let twins = [office("1", "Odd", None), office("2", "odd", None)];
        let priorities = [now.clone(), later.clone()].into_iter().chain(twins.clone()).collect();
        let can = Can { priorities, ..Can::plain("Office") };
        for (typed, found) in
            [("now!", &now), ("LATER", &later), ("#260", &later), ("stat", &now), ("#2", &twins[1])]
        {
            assert_eq!(can.priority_named(typed).as_ref(), Ok(found), "{typed}");
        }
        for (typed, said) in
            [("odd", "Several"), ("urgent", "Later (#260)"), ("#9", "There is no"), ("", "choose")]
        {
            assert!(can.priority_named(typed).unwrap_err().contains(said), "{typed}");
        }
        let plain = Can::plain("FHIR");
        assert_eq!(plain.priority_named("STAT"), Ok(Priority::Stat));
        assert!(plain.priority_named("P1").unwrap_err().ends_with("choose stat, asap, urgent, routine."));
    }

    #[test]
    fn a_status_is_named_by_the_systems_word_or_by_fhirs() {
        const WORDS: &[StatusWord] = &[StatusWord { status: Status::Requested, short: "NEW", word: "New" }];
        let can = Can { status_words: WORDS, ..Can::plain("Office") };
        assert_eq!(can.status_named("new"), Status::Requested);
        assert_eq!(can.status_named("completed"), Status::Completed);
        assert_eq!(can.status_named("Odd"), Status::parse("Odd"));
    }
}
