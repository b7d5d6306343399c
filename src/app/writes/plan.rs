//! What a verb would do to a task: a patch, nothing, or a sentence why not.
//!
//! Must not send anything.

use crate::app::{action::Action, state::State};
use crate::domain::{
    can::Capability,
    check::check_task,
    people::Reference,
    priority::Priority,
    status::Status,
    task::{DueFrom, Field, Note, Patch, SourceId, Task},
    time::DateTime,
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

    /// What the verb asks the user to type, if it asks.
    pub fn asks(self) -> Option<&'static str> {
        match self {
            Verb::Hold | Verb::Cancel | Verb::Reject => Some("Reason"),
            Verb::Due => Some("Due (2h, 17:00, tomorrow 8, 2026-11-21)"),
            Verb::Note => Some("Note"),
            _ => None,
        }
    }

    /// The status that the verb leads to.
    fn status(self) -> Option<Status> {
        Some(match self {
            Verb::Ack => Status::Accepted,
            Verb::Start => Status::InProgress,
            Verb::Done => Status::Completed,
            Verb::Hold => Status::OnHold,
            Verb::Cancel => Status::Cancelled,
            Verb::Reject => Status::Rejected,
            _ => return None,
        })
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Verb::Ack | Verb::Start | Verb::Done => &[Field::Status],
            Verb::Hold | Verb::Cancel | Verb::Reject => &[Field::Status, Field::StatusReason],
            Verb::Take | Verb::Owner => &[Field::Owner],
            Verb::Priority => &[Field::Priority],
            Verb::Due => &[Field::ExecutionPeriod],
            Verb::Note => &[Field::Note],
        }
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
    for field in verb.fields() {
        known.can.may_update(*field)?;
    }
    if verb == Verb::Take && known.me.is_none() {
        return Err(format!(
            "{} cannot say who you are: set me = \"your practitioner id\" for source {}.",
            known.can.system, known.name
        ));
    }
    Ok(())
}

/// What the verb would do to one task.
pub fn fate(state: &State, verb: Verb, argument: &Argument, task: &Task) -> Fate {
    if let Err(reason) = may(state, verb, task.key.source) {
        return Fate::Cannot(reason);
    }
    let mut caution = foreign_owner(state, verb, task);
    let patch = Patch::of(task);
    let patch = match verb {
        Verb::Ack | Verb::Start | Verb::Done | Verb::Hold | Verb::Cancel | Verb::Reject => {
            let Some(status) = verb.status() else { return Fate::AlreadySo };
            if task.status == status {
                return Fate::AlreadySo;
            }
            if verb == Verb::Ack
                && !matches!(task.status, Status::Requested | Status::Received | Status::Draft)
            {
                return Fate::Cannot(format!(
                    "It is {}; only what was requested or received can be acknowledged.",
                    task.status.as_str()
                ));
            }
            if task.status.is_closed() {
                return Fate::Cannot(format!("It has ended: it is {}.", task.status.as_str()));
            }
            // Assumption (U15): the source takes any status; steps that its guide does not draw are pointed out.
            if !task.status.next().contains(&status) {
                caution =
                    Some(format!("{} to {} is not a usual step.", task.status.as_str(), status.as_str()));
            }
            let patch = patch.set(Field::Status, |task| task.status = status);
            if verb.asks().is_some() {
                patch.set(Field::StatusReason, |task| task.status_reason = Some(argument.text.trim().into()))
            } else {
                patch
            }
        }
        Verb::Take => {
            let me = state.source(task.key.source).and_then(|source| source.me.clone()).unwrap_or_default();
            if task.owner.as_ref().is_some_and(|owner| owner.id() == me) {
                return Fate::AlreadySo;
            }
            patch.set(Field::Owner, |task| task.owner = Some(Reference::new(&me)))
        }
        Verb::Owner => match &argument.owner {
            Some(owner) if task.owner.as_ref().is_some_and(|present| present.id() == owner.id()) => {
                return Fate::AlreadySo;
            }
            owner => patch.set(Field::Owner, |task| task.owner.clone_from(owner)),
        },
        Verb::Priority => {
            if argument.priority.is_some() && argument.priority == task.priority {
                return Fate::AlreadySo;
            }
            patch.set(Field::Priority, |task| task.priority.clone_from(&argument.priority))
        }
        Verb::Due => {
            // Contract clinikapi U13: the restriction decides, and an update cannot change it.
            if let Some((_, DueFrom::Restriction)) = task.due()
                && let Err(reason) =
                    state.can(task.key.source).map_or(Ok(()), |can| can.may_update(Field::Restriction))
            {
                return Fate::Cannot(format!("Its due time is restriction.period.end. {reason}"));
            }
            patch.set(Field::ExecutionPeriod, |task| task.execution_period.end.clone_from(&argument.due))
        }
        Verb::Note => patch.set(Field::Note, |task| add_note(task, argument.text.trim_end())),
    };
    Fate::Will { patch, caution }
}

/// Adds a remark beneath those that are there: ClinikAPI keeps one note, so the text is appended to it.
fn add_note(task: &mut Task, text: &str) {
    match task.notes.first_mut() {
        Some(note) => note.text = format!("{}\n{text}", note.text).into(),
        None => task.notes.push(Note { id: None, text: text.into(), author: None, time: None }),
    }
}

fn foreign_owner(state: &State, verb: Verb, task: &Task) -> Option<String> {
    let owner = task.owner.as_ref()?;
    let me = state.source(task.key.source).and_then(|source| source.me.as_deref());
    if verb == Verb::Note || me == Some(owner.id()) {
        return None;
    }
    Some(format!("It is owned by {}.", state.practitioner_name(task.key.source, owner)))
}

/// What is wrong with a change before it is sent, the first thing only; the whole list stands in the form.
pub fn problem(state: &State, patch: &Patch, source: SourceId) -> Option<String> {
    let can = state.can(source)?;
    check_task(&patch.values, &patch.fields, can, false).into_iter().next().map(|problem| problem.sentence)
}
