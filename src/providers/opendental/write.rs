//! The writing conversations: create, read-compare-change, notes, and looking for what a lost create made.
//!
//! Must not send a create or a note twice, nor call a write unknown whose bytes never went out (RELIABILITY §3).

use super::{
    OpenDental, Told, ask, body,
    body::{Wish, entry_of},
    errors, facts,
    list::{list_request, next_offset, rows},
    lore::LIST,
    map::Found,
    path_number, send,
    talk::{Stop, Talk},
    times, told,
};
use crate::{
    domain::{
        can::Capability,
        priority::Priority,
        status::Status,
        task::{Field, FieldSet, Note, Patch, Task},
        time::Moment,
    },
    providers::{
        ApiError, ErrorKind, Facts, Reply,
        wire::Method,
        writing::{CHANGE_IN_DOUBT, CREATE_IN_DOUBT, before_write, conflict, refuse, written},
    },
};
use jiff::{ToSpan, tz::TimeZone};
use serde_json::{Value, json};

/// How many pages are looked through for a task that a lost create may have made.
const MAX_FIND_PAGES: usize = 5;

impl OpenDental {
    pub(super) fn create_task(&self, talk: &mut Talk<'_>, draft: &Task) -> Told {
        self.allow(Capability::Create)?;
        let fields = body::fields_of(draft);
        let wish =
            self.wish(draft, &fields, true).or_else(|problems| refuse(problems).map(|()| Wish::default()))?;
        let mut members = wish.body(&fields);
        members.insert("UserNum".to_owned(), json!(self.profile.user));
        if let Some(entry) = self.entry_of_draft(draft) {
            members.insert("DateTimeEntry".to_owned(), json!(entry));
        }
        let request = send(Method::Post, "/tasks", &Value::Object(members));
        let in_doubt = |stop: Stop| stop.map_error(written(CREATE_IN_DOUBT));
        let (answer, body) = ask(talk, request).map_err(in_doubt)?;
        let task = self.task_in(answer, &body, None).map_err(written(CREATE_IN_DOUBT))?;
        if !task.same(&wish.values, Field::Owner) {
            let wanted = "the task that was sent, but one of another list";
            return Err(written(CREATE_IN_DOUBT)(errors::not_its_api(answer, wanted)).into());
        }
        let differs = differs(&wish, &task, &Task::default());
        Ok(told(Reply::Created { task: Box::new(task), differs }, facts(answer)))
    }

    /// Reads, compares, writes what is left to write: fields first, then notes (contract §2.3, OD 11.15).
    pub(super) fn update_task(&self, talk: &mut Talk<'_>, base: &Task, patch: &Patch) -> Told {
        self.allow(Capability::Update)?;
        let wish = self
            .wish(&patch.values, &patch.fields, false)
            .or_else(|problems| refuse(problems).map(|()| Wish::default()))?;
        if patch.fields.contains(&Field::Note) {
            self.allow(Capability::Note)?;
        }
        let id = &*base.key.id;
        let unsent = |stop: Stop| stop.map_error(before_write);
        let (current, mut facts) = self.one_task(talk, id, Some(base)).map_err(unsent)?;
        if changed_by_others(base, &wish, &current) {
            return Err(conflicting(current, patch).into());
        }
        let notes = self.notes_to_write(talk, base, &wish, &current)?;
        let left = left(&wish, &current);
        let mut task = current;
        if !left.is_empty() {
            let body = Value::Object(wish.body(&left));
            let request = send(Method::Put, format!("/tasks/{}", path_number(id)?), &body);
            let in_doubt = |stop: Stop| stop.map_error(written(CHANGE_IN_DOUBT));
            let (answer, body) = ask(talk, request).map_err(in_doubt)?;
            task = self.task_in(answer, &body, Some(id)).map_err(written(CHANGE_IN_DOUBT))?;
            facts = super::facts(answer);
        }
        // Neither the read nor the write brings notes along: those that were seen are still there.
        task.notes.clone_from(&base.notes);
        if patch.fields.contains(&Field::Note) {
            task = self.write_notes(talk, task, &notes, !left.is_empty())?;
        }
        let differs = differs(&wish, &task, base);
        Ok(told(Reply::Updated { task: Box::new(task), differs }, facts))
    }

    /// The notes that are new or reworded. What somebody else reworded meanwhile is not written over.
    fn notes_to_write(
        &self,
        talk: &mut Talk<'_>,
        base: &Task,
        wish: &Wish,
        current: &Task,
    ) -> Told<Vec<Note>> {
        if !wish.fields.contains(&Field::Note) {
            return Ok(Vec::new());
        }
        let was = |note: &Note| base.notes.iter().find(|known| known.id == note.id && note.id.is_some());
        let is_to_write = |note: &&Note| match was(note) {
            Some(known) => known.text != note.text,
            // One with a number that was never seen says nothing of what is to change.
            None => note.id.is_none() && !note.text.trim().is_empty(),
        };
        let notes: Vec<Note> = wish.values.notes.iter().filter(is_to_write).cloned().collect();
        if notes.iter().all(|note| note.id.is_none()) {
            return Ok(notes);
        }
        let present = self.notes_of(talk, &base.key.id).map_err(|stop| stop.map_error(before_write))?;
        let changed = notes.iter().any(|note| {
            let there = present.iter().find(|there| there.id == note.id && note.id.is_some());
            there.is_some_and(|there| {
                there.text != note.text && was(note).is_some_and(|was| was.text != there.text)
            })
        });
        if changed {
            return Err(conflict(Task { notes: present, ..current.clone() }, None).into());
        }
        Ok(notes)
    }

    /// Writes notes one by one and reads the task again: a note on a finished task may have opened it (OD 11.13).
    fn write_notes(&self, talk: &mut Talk<'_>, task: Task, notes: &[Note], is_changed: bool) -> Told<Task> {
        let id = task.key.id.clone();
        let mut kept = task;
        for (n_done, note) in notes.iter().enumerate() {
            let request = match &note.id {
                None => {
                    let number: i64 = path_number(&id)?.parse().unwrap_or_default();
                    let body = json!({"TaskNum": number, "UserNum": self.profile.user, "Note": note.text});
                    send(Method::Post, "/tasknotes", &body)
                }
                Some(note_id) => {
                    let path = format!("/tasknotes/{}", path_number(note_id)?);
                    send(Method::Put, path, &json!({"Note": note.text}))
                }
            };
            let (_, body) = ask(talk, request).map_err(|stop| {
                stop.map_error(|error| {
                    so_far(written("The note may have been written.")(error), is_changed, n_done)
                })
            })?;
            if let Some((_, note)) = self.note(&body) {
                kept.notes.retain(|known| known.id != note.id);
                kept.notes.push(note);
            }
        }
        let again = self.one_task(talk, &id, Some(&kept)).and_then(|(mut task, _)| {
            task.notes = self.notes_of(talk, &id)?;
            Ok(task)
        });
        match again {
            Ok(task) => Ok(task),
            // Everything was written and answered; a look that failed takes nothing back.
            Err(Stop::Fail(_)) => Ok(kept),
            Err(ask) => Err(ask),
        }
    }

    /// Looks through the tasks of the same list from a day before the draft was written (RELIABILITY §3.4).
    pub(super) fn find_created(&self, talk: &mut Talk<'_>, draft: &Task) -> Told {
        let zone = self.profile.zone.as_ref();
        let authored = draft.authored_on.as_ref().and_then(|time| match time.moment()? {
            Moment::Instant(instant) => Some(zone.unwrap_or(&TimeZone::UTC).to_datetime(instant)),
            Moment::Local(local) => Some(local),
            _ => None,
        });
        let day = authored.and_then(|local| local.date().checked_sub(1.day()).ok());
        let mut filters = vec![("DateTimeOriginal", self.since(day))];
        let list = draft.owner.as_ref().map(|owner| owner.id().strip_prefix(LIST).unwrap_or(owner.id()));
        filters.extend(list.map(|list| ("TaskListNum", list.to_owned())));
        let entry = self.entry_of_draft(draft).and_then(|entry| times::from_office(&entry, zone));
        let mut candidates: Vec<Task> = Vec::new();
        let mut offset = 0;
        let count = self.what_it_can().page_count;
        for _ in 0..MAX_FIND_PAGES {
            let (answer, body) = ask(talk, list_request(&filters, offset, count))?;
            let rows = rows(answer, body, "a list of tasks")?;
            for row in &rows {
                let Found::Task(task) = self.found(row, answer.received_at) else { continue };
                let same_time = entry
                    .as_ref()
                    .is_none_or(|entry| entry_of(&task).is_some_and(|kept| kept.moment() == entry.moment()));
                let same_object = task
                    .same(draft, if draft.encounter.is_some() { Field::Encounter } else { Field::Patient });
                let is_new = candidates.iter().all(|known| known.key != task.key);
                if is_new && same_time && same_object && same_words(&task, draft) {
                    candidates.push(*task);
                }
            }
            match next_offset(offset, rows.len(), count.into()) {
                Some(next) => offset = next,
                None => return Ok(told(Reply::tasks_found(candidates), facts(answer))),
            }
        }
        if candidates.is_empty() {
            // Finding nothing says nothing when not all was looked through.
            return Err(errors::not_looked_through().into());
        }
        Ok(told(Reply::tasks_found(candidates), Facts::default()))
    }
}

/// The fields that the task does not show as wanted yet.
fn left(wish: &Wish, current: &Task) -> FieldSet {
    let is_left = |field: &&Field| **field != Field::Note && !same(&wish.values, current, **field);
    let mut left: FieldSet = wish.fields.iter().filter(is_left).copied().collect();
    // New words open a finished task unless the status goes with them (contract §9.4).
    if left.contains(&Field::Description) && wish.fields.contains(&Field::Status) {
        left.insert(Field::Status);
    }
    left
}

/// Whether a field has the same value: due or begin, the wire has one time.
fn same(left: &Task, right: &Task, field: Field) -> bool {
    match field {
        // By its number: the name beside it is what was known at the time.
        Field::Priority => match (&left.priority, &right.priority) {
            (Some(Priority::Office(left)), Some(Priority::Office(right))) => left.id == right.id,
            (left, right) => left == right,
        },
        Field::Restriction => {
            let moment = |task| entry_of(task).map(|time| (time.moment(), time.raw().to_owned()));
            match (moment(left), moment(right)) {
                (Some((left, _)), Some((right, _))) if left.is_some() => left == right,
                (left, right) => left == right,
            }
        }
        field => left.same(right, field),
    }
}

/// Texts whose breaks the office's answers flatten (contract §1) are compared without them.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn same_words(left: &Task, right: &Task) -> bool {
    flat(left.description.as_deref().unwrap_or_default())
        == flat(right.description.as_deref().unwrap_or_default())
}

/// The wanted fields that an answer does not show.
fn differs(wish: &Wish, answer: &Task, base: &Task) -> FieldSet {
    let shows = |field: Field| match field {
        Field::Description => same_words(&wish.values, answer),
        // An appointment's task shows the appointment's patient, whatever patient was asked for with it.
        Field::Patient if wish.fields.contains(&Field::Encounter) && wish.values.encounter.is_some() => true,
        Field::Note => {
            let has = |note: &Note| answer.notes.iter().any(|there| flat(&there.text) == flat(&note.text));
            let is_changed = |note: &&Note| !base.notes.contains(note);
            wish.values.notes.iter().filter(is_changed).all(has)
        }
        field => same(&wish.values, answer, field),
    };
    wish.fields.iter().copied().filter(|field| !shows(*field)).collect()
}

/// Whether a field that is written, or one that decides who acts, is neither as the user saw it nor as wanted.
fn changed_by_others(base: &Task, wish: &Wish, current: &Task) -> bool {
    let who_acts = [Field::Status, Field::Owner];
    let watched: FieldSet = wish.fields.iter().copied().chain(who_acts).collect();
    watched.into_iter().filter(|field| *field != Field::Note).any(|field| {
        let is_wanted = wish.fields.contains(&field) && same(&wish.values, current, field);
        !is_wanted && !same(base, current, field)
    })
}

/// The error of somebody else's change; new words on a task that is finished by now would open it again (OD test 13).
fn conflicting(current: Task, patch: &Patch) -> ApiError {
    let reopens = current.status == Status::Completed
        && patch.fields.contains(&Field::Description)
        && !patch.fields.contains(&Field::Status);
    let mut error = conflict(current, None);
    if reopens {
        error.sentence.push_str(" It is Done now: new words would open it again as Viewed.");
    }
    error
}

/// The error of a step after which something else was done already: it says what.
fn so_far(error: ApiError, is_changed: bool, n_notes: usize) -> ApiError {
    let rest = if error.kind == ErrorKind::Unknown { "may not have got" } else { "did not get" };
    let done = match (is_changed, n_notes) {
        (false, 0) => return error,
        (true, 0) => format!("The fields were changed, the note {rest} written."),
        (false, n) => format!("{n} of the notes were written, the others {rest} written."),
        (true, n) => {
            format!("The fields were changed and {n} of the notes written, the others {rest} written.")
        }
    };
    let kind = match error.kind {
        // Sent again as a whole, the notes that are there already would be doubled: so it is not, by itself.
        ErrorKind::NotSent | ErrorKind::Paused { .. } if n_notes > 0 => ErrorKind::Refused(Vec::new()),
        kind => kind,
    };
    ApiError { kind, sentence: format!("{done} {}", error.sentence), ..error }
}
