//! The detail of one task: every field that its source has, raw and unknown ones included.
//!
//! Must not leave a field out: what is not set is named in one line, what is not known is shown as it came.

mod history;

use super::rich::{self, Rich};
use crate::{
    app::{outbox::IntentState, state::State, sync::look},
    domain::{
        clean::Clean,
        people::{PersonKind, Reference},
        priority::Priority,
        task::{DueFrom, Field, Intent, Parameter, ParameterValue, Period, Task},
        time::DateTime,
    },
    ui::{ink::Ink, role::Role, words},
};
use ratatui::layout::Rect;

/// Cells of the labels.
const LABEL: u16 = 15;

/// Paints the detail of the selected task.
pub fn paint(ink: &mut Ink<'_>, state: &State, area: Rect) {
    let Some(task) = &state.worklist.selected else {
        ink.put(area, Role::Dim, &Clean::from_static("No task is selected."));
        return;
    };
    let lines = lines(state, task, area.width);
    let first = ink.scrolled(state.worklist.detail_scroll, lines.len(), area.height);
    rich::paint_counted(ink, area, &lines, first);
}

/// The lines of the detail for a width.
pub fn lines(state: &State, task: &Task, width: u16) -> Vec<Rich> {
    let mut sheet = Sheet { lines: Vec::new(), width };
    let (priority_role, priority) = words::priority(task);
    let (due_role, due) = words::due(state, task);
    let (status_role, status) = words::status(state, task);
    let gap = || (Role::Text, Clean::from_static(" "));
    sheet.lines.push(Rich(vec![
        (priority_role, priority),
        gap(),
        (due_role, due),
        gap(),
        (status_role, status),
    ]));
    sheet.lines.extend(rich::wrapped(Role::Title, task.title(), width));
    sheet.field("patient", Role::Text, &state.patient_line(task));
    about(state, task, &mut sheet);
    writes(state, task, &mut sheet);
    if state.local.is_flagged(&task.key) {
        sheet.field("flag", Role::Mark, "flagged, here only");
    }
    if let Some(until) = state.local.snoozed_until(&task.key) {
        let until = DateTime::from_instant(until).display(&state.zone);
        sheet.field("snoozed", Role::Warning, &format!("out of sight until {until}, here only"));
    }
    for defect in &task.defects {
        sheet.field("defect", Role::Warning, defect);
    }
    due_line(state, task, &mut sheet);
    let mut missing = Vec::new();
    for field in Field::ALL {
        let is_set = field_lines(state, task, field, &mut sheet);
        // What the system has no field for is not missing.
        if !is_set && state.can(task.key.source).is_none_or(|can| can.has(field)) {
            missing.push(field.name());
        }
    }
    sheet.optional("list", task.list.as_deref());
    sheet.optional("repeats", task.repeats.as_deref());
    history::lines(state, task, &mut sheet);
    extra(task, &mut sheet);
    sheet.field("id", Role::Text, &state.full_id(&task.key));
    sheet.time(state, "updated", task.last_modified.as_ref());
    if let Some(since) = state.store.find(&task.key).and_then(|row| state.store.status_since(row)) {
        let observed = DateTime::from_instant(since).display(&state.zone);
        sheet.field("status seen", Role::Text, &format!("since {observed} at least"));
    }
    sheet.optional("version", task.version.as_deref());
    if let Some(source) = state.source(task.key.source) {
        let age = source.freshness(state.now);
        let role = source.can.role.as_ref().map(|role| format!(" · {role}")).unwrap_or_default();
        let line = format!("{} · {}{role} · {age}", source.name, source.badge.word());
        sheet.field("source", Role::Text, &line);
    }
    if !missing.is_empty() {
        sheet.field("not set", Role::Dim, &missing.join(", "));
    }
    sheet.lines
}

struct Sheet {
    lines: Vec<Rich>,
    width: u16,
}

impl Sheet {
    fn field(&mut self, label: &str, role: Role, value: &str) {
        self.lines.extend(rich::field(&Clean::line(label), LABEL, (role, value), self.width));
    }

    fn optional(&mut self, label: &str, value: Option<&str>) -> bool {
        if let Some(value) = value {
            self.field(label, Role::Text, value);
        }
        value.is_some()
    }

    fn time(&mut self, state: &State, label: &str, time: Option<&DateTime>) -> bool {
        if let Some(time) = time {
            self.field(label, Role::Text, &time_words(state, time));
        }
        time.is_some()
    }
}

/// A time for reading, and as it was sent where that says more.
fn time_words(state: &State, time: &DateTime) -> String {
    let shown = time.display(&state.zone);
    if shown == time.raw() { shown } else { format!("{shown} ({})", time.raw()) }
}

fn period_words(state: &State, period: &Period) -> String {
    let end = |time: &Option<DateTime>| {
        time.as_ref().map_or_else(|| "open".to_owned(), |time| time.display(&state.zone))
    };
    format!("{} to {}", end(&period.start), end(&period.end))
}

fn due_line(state: &State, task: &Task, sheet: &mut Sheet) {
    if let Some((due, from)) = task.due() {
        let (role, short) = words::due(state, task);
        let words = format!("{short} · {} · from {}", time_words(state, due), from.label());
        return sheet.field("due", role, &words);
    }
    let due = state.can(task.key.source).map(|can| can.due);
    let why = match task.due_from.or(due) {
        Some(DueFrom::DateTimeEntry) => "none: it is no reminder",
        _ => "none: neither restriction nor execution period has an end",
    };
    sheet.field("due", Role::Text, why);
}

/// What was written here and is not settled.
fn writes(state: &State, task: &Task, sheet: &mut Sheet) {
    for intent in state.outbox.of(&task.key) {
        let (label, role, why) = match &intent.state {
            IntentState::Refused { error } => ("refused", Role::Error, error.to_string()),
            IntentState::Unknown { sentence, .. } => ("unknown", Role::Error, sentence.clone()),
            IntentState::ToLook { sentence, .. } | IntentState::Looking(_, sentence) => {
                ("unknown", Role::Warning, sentence.clone())
            }
            IntentState::Waiting { why: Some(why), .. } => ("unsent", Role::Unsent, why.clone()),
            IntentState::Held { .. } => ("held", Role::Unsent, String::new()),
            IntentState::Saving | IntentState::Waiting { .. } | IntentState::Sending(_) => {
                ("unsent", Role::Unsent, String::new())
            }
        };
        sheet.field(label, role, &intent.line);
        if !why.is_empty() {
            sheet.field("", role, &why);
        }
    }
}

/// Shows one field; whether it is set.
fn field_lines(state: &State, task: &Task, field: Field, sheet: &mut Sheet) -> bool {
    let name = field.name();
    let references = |sheet: &mut Sheet, label: &str, list: &[Reference]| {
        for reference in list {
            sheet.field(label, Role::Text, &reference_words(reference));
        }
        !list.is_empty()
    };
    match field {
        Field::Status => {
            let role = if task.status.is_known() { Role::Text } else { Role::Unknown };
            let can = state.can(task.key.source);
            let word = can.map_or_else(|| task.status.as_str(), |can| can.status_text(&task.status));
            sheet.field(name, role, &raw_words(word, task.status.is_known()));
            true
        }
        Field::Priority => task.priority.as_ref().is_some_and(|priority| {
            let is_known = !matches!(priority, Priority::Other(_));
            let role = if is_known { Role::Text } else { Role::Unknown };
            sheet.field(name, role, &priority_words(priority, is_known));
            true
        }),
        Field::Intent => sheet.optional(name, task.intent.as_ref().map(Intent::as_str)),
        Field::Code => sheet.optional(name, task.code.as_deref()),
        Field::ShortDescription => sheet.optional(name, task.short_description.as_deref()),
        Field::Description => {
            // The title says it already where it is the description.
            task.description
                .as_deref()
                .is_some_and(|text| task.title() == text || sheet.optional(name, Some(text)))
        }
        Field::Patient => task.patient.is_some(),
        Field::Encounter => sheet.optional(name, task.encounter.as_ref().map(reference_words).as_deref()),
        Field::Focus => sheet.optional(name, task.focus.as_ref().map(reference_words).as_deref()),
        Field::Requester => person(state, task, name, task.requester.as_ref(), sheet),
        Field::Owner => owner(state, task, sheet),
        Field::ExecutionPeriod => {
            if !task.execution_period.is_empty() {
                sheet.field("execution", Role::Text, &period_words(state, &task.execution_period));
            }
            !task.execution_period.is_empty()
        }
        Field::AuthoredOn => sheet.time(state, "authored", task.authored_on.as_ref()),
        Field::ReasonCode => sheet.optional(name, task.reason_code.as_deref()),
        Field::StatusReason => sheet.optional(name, task.status_reason.as_deref()),
        Field::BusinessStatus => sheet.optional(name, task.business_status.as_deref()),
        Field::Note => notes(state, task, sheet),
        Field::BasedOn => references(sheet, name, &task.based_on),
        Field::PartOf => references(sheet, name, &task.part_of),
        Field::Input => parameters(sheet, name, &task.input),
        Field::Output => parameters(sheet, name, &task.output),
        Field::Restriction => {
            let restriction = &task.restriction;
            if let Some(count) = restriction.repetitions {
                sheet.field("repetitions", Role::Text, &count.to_string());
            }
            if !restriction.period.is_empty() {
                sheet.field(name, Role::Text, &period_words(state, &restriction.period));
            }
            references(sheet, "recipient", &restriction.recipients);
            !restriction.is_empty()
        }
    }
}

/// A priority in words; an office's own with what it counts as.
fn priority_words(priority: &Priority, is_known: bool) -> String {
    let Priority::Office(office) = priority else { return raw_words(priority.as_str(), is_known) };
    let place = office.rank.and_then(|rank| usize::from(rank).checked_sub(1));
    match place.and_then(|place| Priority::KNOWN.get(place)) {
        Some(known) => format!("{} (#{}, counts as {})", office.name, office.id, known.as_str()),
        None => format!("{} (#{}, not ranked in the configuration)", office.name, office.id),
    }
}

fn raw_words(raw: &str, is_known: bool) -> String {
    if is_known { raw.to_owned() } else { format!("{raw} (not a value that is known here; shown as sent)") }
}

fn reference_words(reference: &Reference) -> String {
    match reference.display() {
        Some(name) => format!("{name} ({})", reference.raw()),
        None => reference.raw().to_owned(),
    }
}

fn person(state: &State, task: &Task, label: &str, who: Option<&Reference>, sheet: &mut Sheet) -> bool {
    let Some(who) = who else { return false };
    let (role, name) = words::person(state, task, who);
    let line =
        if name.as_str() == who.raw() { who.raw().to_owned() } else { format!("{name} ({})", who.raw()) };
    sheet.field(label, role, &line);
    true
}

fn owner(state: &State, task: &Task, sheet: &mut Sheet) -> bool {
    let Some(owner) = &task.owner else { return false };
    let (role, name) = words::who(state, task);
    let is_list = state.owner_kind(task.key.source, owner) == Some(PersonKind::List);
    let raw = owner.raw();
    let line = if name.as_str() == raw { raw.to_owned() } else { format!("{name} ({raw})") };
    sheet.field(if is_list { "in list" } else { "owner" }, role, &line);
    true
}

/// What stands beside the patient's name, and what its system says of the task as a whole.
fn about(state: &State, task: &Task, sheet: &mut Sheet) {
    let patient = task.patient.as_ref();
    let person =
        patient.and_then(|patient| state.people.get(task.key.source, PersonKind::Patient, patient.id()));
    sheet.optional("about", person.and_then(|person| person.about.as_deref()));
    if task.read_only {
        sheet.field("read-only", Role::Warning, "its system marks it as not to be changed");
    }
    if let Some(until) = task.held_until.as_ref().filter(|_| task.is_held(state.now, &state.zone)) {
        let words = format!("until {}: its system leaves it out of its lists", until.display(&state.zone));
        sheet.field("held", Role::Warning, &words);
    }
}

fn notes(state: &State, task: &Task, sheet: &mut Sheet) -> bool {
    match look::notes_of(state, task) {
        look::Notes::Known => {}
        look::Notes::Unread => sheet.field("notes", Role::Dim, "are read when the cursor rests here"),
        look::Notes::Failed(sentence) => {
            sheet.field("notes", Role::Warning, &format!("could not be read: {sentence}"));
        }
    }
    for note in &task.notes {
        let author = note.author.as_ref().map(|author| state.practitioner_name(task.key.source, author));
        let time = note.time.as_ref().map(|time| time.display(&state.zone));
        let by: Vec<String> = author.into_iter().chain(time).collect();
        sheet.field("note", Role::Text, &note.text);
        if !by.is_empty() {
            sheet.field("", Role::Dim, &by.join(", "));
        }
    }
    !task.notes.is_empty()
}

fn parameters(sheet: &mut Sheet, label: &str, list: &[Parameter]) -> bool {
    for parameter in list {
        let value = match &parameter.value {
            ParameterValue::None => "no value".to_owned(),
            ParameterValue::String(text) => text.to_string(),
            ParameterValue::Boolean(yes) => yes.to_string(),
            ParameterValue::Integer(number) => number.to_string(),
            ParameterValue::Other { name, json } => format!("{name} {json}"),
        };
        sheet.field(label, Role::Text, &format!("{}: {value}", parameter.kind));
    }
    !list.is_empty()
}

/// Fields that the program does not know, each as its source sent it.
fn extra(task: &Task, sheet: &mut Sheet) {
    let Some(extra) = &task.extra else { return };
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(extra) {
        Ok(fields) => {
            for (name, value) in &fields {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                sheet.field(name, Role::Unknown, &text);
            }
        }
        Err(_) => sheet.field("other fields", Role::Unknown, extra),
    }
}
