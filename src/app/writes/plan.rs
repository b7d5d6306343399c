//! What a verb would do to a task: a patch, nothing, or a sentence why not.
//!
//! Must not send anything.

use crate::app::{action::Action, state::State};
use crate::domain::{
    can::{Can, Capability, NoteKeeping},
    check::check_task,
    people::{PersonKind, Reference},
    priority::Priority,
    status::Status,
    task::{DueFrom, Field, Note, Patch, SourceId, Task},
    time::{DateTime, Moment},
};
use jiff::tz::TimeZone;

/// What a user does to a task with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// I have seen it and it will be done: accepted.
    Ack,
    /// It is mine.
    Take,
    /// I have begun.
    Start,
    /// It is done.
    Done,
    /// It waits, for a reason.
    Hold,
    /// It is called off, for a reason.
    Cancel,
    /// I will not do it, for a reason.
    Reject,
    /// It is more or less pressing.
    Priority,
    /// It is due at another time.
    Due,
    /// It is somebody's.
    Owner,
    /// A remark.
    Note,
}

/// What a verb needs beside the task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Argument {
    /// A reason, a time or a remark, as typed.
    pub text: String,
    /// The new due time, once it was understood.
    pub due: Option<DateTime>,
    /// The new priority.
    pub priority: Option<Priority>,
    /// The new owner.
    pub owner: Option<Reference>,
}

/// What would become of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// This changes.
    Will {
        /// The change.
        patch: Patch,
        /// What the user should know first.
        caution: Option<String>,
    },
    /// It is so already.
    AlreadySo,
    /// It cannot be done, for this reason.
    Cannot(String),
}

impl Verb {
    /// The verb of an action.
    pub fn of(action: Action) -> Option<Verb> {
        Some(match action {
            Action::TaskAck => Verb::Ack,
            Action::TaskTake => Verb::Take,
            Action::TaskStart => Verb::Start,
            Action::TaskDone => Verb::Done,
            Action::TaskHold => Verb::Hold,
            Action::TaskCancel => Verb::Cancel,
            Action::TaskReject => Verb::Reject,
            Action::TaskPriority => Verb::Priority,
            Action::TaskDue => Verb::Due,
            Action::TaskOwner => Verb::Owner,
            Action::NoteAdd => Verb::Note,
            _ => return None,
        })
    }

    /// The verb of the line that is confirmed, with what it sets.
    pub fn word(self, argument: &Argument, zone: &TimeZone) -> String {
        let set = |word: &str, value: &str| format!("{word} {value}").trim_end().to_owned();
        match self {
            Verb::Ack => "Acknowledge".to_owned(),
            Verb::Take => "Take".to_owned(),
            Verb::Start => "Start".to_owned(),
            Verb::Done => "Done".to_owned(),
            Verb::Hold => "Put on hold".to_owned(),
            Verb::Cancel => "Cancel".to_owned(),
            Verb::Reject => "Reject".to_owned(),
            Verb::Priority => set("Priority", argument.priority.as_ref().map_or("", Priority::as_str)),
            Verb::Due => match &argument.due {
                Some(due) => set("Due", &due.display(zone)),
                None => "Due".to_owned(),
            },
            Verb::Owner => match &argument.owner {
                Some(owner) => match owner.display() {
                    Some(name) => format!("Give to {name}, {}", owner.id()),
                    None => set("Give to", owner.raw()),
                },
                None => "Give to nobody".to_owned(),
            },
            Verb::Note => "Note".to_owned(),
        }
    }

    /// The verb as a heading, before anything is chosen for it.
    pub fn title(self, zone: &TimeZone) -> String {
        match self {
            // Without an argument the line would speak of giving the task to nobody.
            Verb::Owner => "Owner".to_owned(),
            _ => self.word(&Argument::default(), zone),
        }
    }

    /// What the verb asks the user to type, if it asks.
    pub fn asks(self) -> Option<&'static str> {
        match self {
            Verb::Hold | Verb::Cancel | Verb::Reject => Some("Reason"),
            Verb::Due => Some("Due (2h, 17:00, tomorrow 8, 2026-11-21)"),
            Verb::Note => Some("Note"),
            _ => None,
        }
    }

    /// The statuses that the verb may lead to, the best first.
    fn statuses(self) -> &'static [Status] {
        match self {
            Verb::Ack => &[Status::Accepted, Status::Received],
            Verb::Start => &[Status::InProgress],
            Verb::Done => &[Status::Completed],
            Verb::Hold => &[Status::OnHold],
            Verb::Cancel => &[Status::Cancelled],
            Verb::Reject => &[Status::Rejected],
            _ => &[],
        }
    }

    /// The status that the verb leads to in a system; else why there is none.
    fn status(self, can: &Can) -> Result<Option<Status>, String> {
        let wanted = self.statuses();
        let found = wanted.iter().find(|status| can.statuses.contains(status));
        match (found, wanted.first()) {
            (None, Some(status)) => Err(lacks_status(can, status)),
            (found, _) => Ok(found.cloned()),
        }
    }

    /// The field that the verb cannot do without.
    fn field(self, can: &Can) -> Field {
        match self {
            Verb::Ack | Verb::Start | Verb::Done | Verb::Hold | Verb::Cancel | Verb::Reject => Field::Status,
            Verb::Take | Verb::Owner => Field::Owner,
            Verb::Priority => Field::Priority,
            Verb::Due => can.due.field(),
            Verb::Note => Field::Note,
        }
    }

    /// Whether what is typed says why.
    fn gives_reason(self) -> bool {
        matches!(self, Verb::Hold | Verb::Cancel | Verb::Reject)
    }
}

/// Whether a source lets us do this at all; else why not.
pub fn may(state: &State, verb: Verb, source: SourceId) -> Result<(), String> {
    state.may(source, Capability::Update)?;
    match verb {
        Verb::Take | Verb::Owner => state.may(source, Capability::Reassign)?,
        Verb::Note => state.may(source, Capability::Note)?,
        _ => {}
    }
    let Some(known) = state.source(source) else { return Ok(()) };
    verb.status(&known.can)?;
    known.can.may_update(verb.field(&known.can))?;
    if verb == Verb::Take && known.can.owners == PersonKind::List {
        return Err(format!("{} has no assignees: its tasks belong to lists.", known.can.system));
    }
    if verb == Verb::Priority && known.can.priorities.is_empty() {
        return Err(format!("No priorities of {} are known.", known.can.system));
    }
    if verb == Verb::Take {
        known.my_id()?;
    }
    Ok(())
}

/// Whether a task has been taken by the user, whatever else may be done to it.
pub fn is_taken(state: &State, verb: Verb, task: &Task) -> bool {
    let me = state.source(task.key.source).and_then(|source| source.me.as_deref());
    verb == Verb::Take && me.is_some() && task.owner.as_ref().map(Reference::id) == me
}

/// Why a system cannot show a status: what it has instead, where that is short to say.
fn lacks_status(can: &Can, status: &Status) -> String {
    let words: Vec<&str> = can.statuses.iter().map(|status| can.status_text(status)).collect();
    match words.split_last() {
        Some((last, [])) => format!("{} has only {last}.", can.system),
        Some((last, others)) if others.len() < 4 => {
            format!("{} has only {} and {last}.", can.system, others.join(", "))
        }
        _ => format!("{} has no status {}.", can.system, status.as_str()),
    }
}

/// What the verb would do to one task.
pub fn fate(state: &State, verb: Verb, argument: &Argument, task: &Task) -> Fate {
    // What needs no write needs no leave for one.
    if is_taken(state, verb, task) {
        return Fate::AlreadySo;
    }
    if let Err(reason) = may(state, verb, task.key.source) {
        return Fate::Cannot(reason);
    }
    let Some(can) = state.can(task.key.source) else { return Fate::AlreadySo };
    let mut cautions: Vec<String> = foreign_owner(state, verb, task).into_iter().collect();
    if task.read_only {
        cautions.insert(0, format!("{} marks it as not to be changed.", can.system));
    }
    let patch = Patch::of(task);
    let patch = match verb {
        Verb::Ack | Verb::Start | Verb::Done | Verb::Hold | Verb::Cancel | Verb::Reject => {
            match step(can, verb, argument, task, &mut cautions) {
                Ok(patch) => patch,
                Err(fate) => return fate,
            }
        }
        Verb::Take => {
            let me = state.source(task.key.source).and_then(|source| source.me.clone()).unwrap_or_default();
            patch.set(Field::Owner, |task| task.owner = Some(Reference::new(&me)))
        }
        Verb::Owner => match &argument.owner {
            Some(owner) if task.owner.as_ref().is_some_and(|present| present.id() == owner.id()) => {
                return Fate::AlreadySo;
            }
            owner => patch.set(Field::Owner, |task| task.owner.clone_from(owner)),
        },
        Verb::Priority => match &argument.priority {
            Some(_) if argument.priority == task.priority => return Fate::AlreadySo,
            // An office's own priorities mean nothing in another system.
            Some(wanted) if !can.priorities.contains(wanted) => {
                return Fate::Cannot(format!("{} has no priority {}.", can.system, wanted.as_str()));
            }
            wanted => patch.set(Field::Priority, |task| task.priority.clone_from(wanted)),
        },
        Verb::Due => match postpone(state, can, argument, task, &mut cautions) {
            Ok(patch) => patch,
            Err(reason) => return Fate::Cannot(reason),
        },
        Verb::Note => patch.set(Field::Note, |task| add_note(can, &mut task.notes, argument.text.trim_end())),
    };
    Fate::Will { patch, caution: (!cautions.is_empty()).then(|| cautions.join(" ")) }
}

/// A step to another status, with the reason where one is given.
fn step(
    can: &Can,
    verb: Verb,
    argument: &Argument,
    task: &Task,
    cautions: &mut Vec<String>,
) -> Result<Patch, Fate> {
    let Ok(Some(status)) = verb.status(can) else { return Err(Fate::AlreadySo) };
    if task.status == status {
        return Err(Fate::AlreadySo);
    }
    let (from, to) = (can.status_text(&task.status), can.status_text(&status).to_owned());
    if verb == Verb::Ack
        && !(task.status.is_closed() && can.free_steps)
        && !matches!(task.status, Status::Requested | Status::Received | Status::Draft)
    {
        let reason = format!("It is {from}; only what was requested or received can be acknowledged.");
        return Err(Fate::Cannot(reason));
    }
    if task.status.is_closed() && !can.free_steps {
        return Err(Fate::Cannot(format!("It has ended: it is {from}.")));
    }
    // Assumption (U15, FHIR 2): the source takes any status; steps that its guide does not draw are pointed out. A
    // system with statuses of its own has no other ways between them.
    let is_usual = task.status.next().contains(&status)
        || !can.status_words.is_empty() && (task.status.is_open() || status.is_closed());
    if !is_usual {
        cautions.push(format!("{from} to {to} is not a usual step."));
    }
    if let (Status::Completed, Some(again)) = (&status, &task.repeats) {
        cautions.push(format!("It comes again by itself: {again}."));
    }
    let patch = Patch::of(task).set(Field::Status, |task| task.status = status);
    if !verb.gives_reason() {
        return Ok(patch);
    }
    let reason = argument.text.trim();
    if can.may_update(Field::StatusReason).is_ok() {
        return Ok(patch.set(Field::StatusReason, |task| task.status_reason = Some(reason.into())));
    }
    if can.may(Capability::Note).is_ok() && can.may_update(Field::Note).is_ok() {
        cautions.push(format!("{} has no field for a reason: it is written as a note.", can.system));
        let note = format!("{to}: {reason}");
        return Ok(patch.set(Field::Note, |task| add_note(can, &mut task.notes, &note)));
    }
    cautions.push(format!("{} keeps no reason.", can.system));
    Ok(patch)
}

/// Another due time, in the field that the task's own due time came from.
fn postpone(
    state: &State,
    can: &Can,
    argument: &Argument,
    task: &Task,
    cautions: &mut Vec<String>,
) -> Result<Patch, String> {
    let from = task.due_from.or(task.due().map(|(_, from)| from)).unwrap_or(can.due);
    // Contract clinikapi U13: the restriction decides, and an update cannot change it.
    can.may_update(from.field()).map_err(|reason| format!("Its due time is {}. {reason}", from.label()))?;
    let due = match (&argument.due, from) {
        (Some(day), DueFrom::DateTimeEntry) if matches!(day.moment(), Some(Moment::Date(_))) => {
            // A reminder of that system begins at a minute; a day begins with it.
            day.start(&state.zone).map(DateTime::from_instant)
        }
        (due, _) => due.clone(),
    };
    let begins = due.as_ref().and_then(|due| due.start(&state.zone));
    if from == DueFrom::DateTimeEntry
        && task.held_until.is_some()
        && begins.is_some_and(|begins| begins > state.now)
    {
        cautions.push(format!("{} holds a reminder back until then.", can.system));
    }
    Ok(Patch::of(task).set(from.field(), |task| match from.field() {
        Field::Restriction => task.restriction.period.end = due,
        _ => task.execution_period.end = due,
    }))
}

/// Adds a remark: as one of its own, or beneath the text that is there where a system keeps one text.
pub(in crate::app) fn add_note(can: &Can, notes: &mut Vec<Note>, text: &str) {
    match (can.notes, notes.first_mut()) {
        (NoteKeeping::OneText, Some(note)) => note.text = format!("{}\n{text}", note.text).into(),
        _ => notes.push(Note { text: text.into(), ..Note::default() }),
    }
}

fn foreign_owner(state: &State, verb: Verb, task: &Task) -> Option<String> {
    let owner = task.owner.as_ref()?;
    let me = state.source(task.key.source).and_then(|source| source.me.as_deref());
    // A list is nobody whose work could be taken away.
    let is_list = state.owner_kind(task.key.source, owner) == Some(PersonKind::List);
    if verb == Verb::Note || me == Some(owner.id()) || is_list {
        return None;
    }
    Some(format!("It is owned by {}.", state.practitioner_name(task.key.source, owner)))
}

/// What is wrong with a change before it is sent, the first thing only; the whole list stands in the form.
pub fn problem(state: &State, patch: &Patch, source: SourceId) -> Option<String> {
    let can = state.can(source)?;
    check_task(&patch.values, &patch.fields, can, false).into_iter().next().map(|problem| problem.sentence)
}
