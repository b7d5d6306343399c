//! Creating and changing tasks, and what a change of status brings with it. There is no way to delete one.

use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::lists::{OBJECT_TYPES, TASK_STATUSES};
use super::office::{OldStatus, Version};
use super::signals::Signal;
use super::store::{Row, Store, Table, number, row, text};
use super::words::{Refusal, Success};
use super::{Answer, Asked, Dental, local, reminder};

/// The first version that can set a status.
const STATUS_SINCE: Version = Version([24, 2, 10]);

/// The longest short description.
///
/// Assumption (OD 11.10): the server counts UTF-16 units, as the vendor's language does.
const SHORT_MAX_UNITS: usize = 256;

/// The category of the task priorities.
pub(super) const PRIORITIES: i64 = 33;

/// What a body asks for; a field that is left out is left alone.
#[derive(Default)]
struct Wish<'a> {
    words: Option<&'a str>,
    short: Option<&'a str>,
    status: Option<&'a str>,
    attached: Option<(&'a str, i64)>,
    entry: Option<DateTime>,
    priority: Option<i64>,
}

pub(super) fn make(dental: &mut Dental, asked: &Asked) -> Answer {
    let (list, user) = (whole(&asked.body, "TaskListNum")?, whole(&asked.body, "UserNum")?);
    let list = list.ok_or_else(|| Refusal::bad("TaskListNum is required."))?;
    let user = user.ok_or_else(|| Refusal::bad("UserNum is required."))?;
    let wish = dental.wish(&asked.body)?;
    let words = wish.words.filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| Refusal::bad("Descript is required."))?;
    // Assumption (OD 11.8, 11.18): a list, user or priority that is not there is 400, list 0 too.
    dental.known(Table::TaskLists, list)?;
    dental.known(Table::Userods, user)?;
    let store = &dental.books.store;
    let author = dental.faults.opendental.author;
    let mut task = blank(asked.now);
    task.insert("TaskListNum".to_owned(), json!(list));
    task.insert("UserNum".to_owned(), json!(if author == 0 { user } else { author }));
    task.insert("Descript".to_owned(), json!(words));
    task.insert("PriorityDefNum".to_owned(), json!(usual_priority(store)));
    wish.write_into(&mut task);
    let key = dental.books.store.add(Table::Tasks, task);
    dental.signal(Signal::Popup, key, asked.now);
    let row = dental.row(Table::Tasks, key, "Task")?;
    Ok(Success::Made { place: format!("tasks/{key}"), row })
}

/// Changes a task; what is not writable is ignored without a word, and the last write wins.
pub(super) fn change(dental: &mut Dental, asked: &Asked) -> Answer {
    let mut task = dental.row(Table::Tasks, asked.key, "Task")?;
    let before = task.clone();
    let office = &dental.faults.opendental;
    let mut wish = dental.wish(&asked.body)?;
    if office.version < STATUS_SINCE && wish.status.is_some() {
        match office.old_status {
            OldStatus::Ignore => wish.status = None,
            OldStatus::Refuse => return Err(Refusal::bad("TaskStatus is not a valid field.")),
        }
    }
    // New words on a finished task open it again, for others to see them.
    if wish.words.is_some() && wish.status.is_none() && text(&task, "TaskStatus") == "Done" {
        wish.status = Some("Viewed");
    }
    let status = wish.status;
    wish.write_into(&mut task);
    if let Some(status) = status {
        set_status(&mut task, status, asked.now, office.finish_time);
    }
    if task != before {
        dental.replace(task.clone(), asked.now);
        if text(&task, "TaskStatus") == "Done" && text(&before, "TaskStatus") != "Done" {
            dental.remind_again(&task, asked.now);
        }
    }
    dental.row(Table::Tasks, asked.key, "Task").map(Success::One)
}

/// Sets the status and the finish time that goes with it.
///
/// Assumption (OD 11.2, 11.3): finishing stamps the time unless the switch says otherwise, and opening clears it.
pub(super) fn set_status(task: &mut Row, status: &str, now: DateTime, stamps: bool) {
    let was_done = text(task, "TaskStatus") == "Done";
    task.insert("TaskStatus".to_owned(), json!(status));
    if status != "Done" {
        task.insert("DateTimeFinished".to_owned(), json!(local::NO_TIME));
    } else if !was_done && stamps {
        task.insert("DateTimeFinished".to_owned(), json!(local::write(now)));
    }
}

/// A task with all 21 fields and nothing in them.
pub(super) fn blank(now: DateTime) -> Row {
    let now = local::write(now);
    row(json!({
        "TaskNum": 0,
        "TaskListNum": 0,
        "DateTask": local::NO_DATE,
        "KeyNum": 0,
        "Descript": "",
        "TaskStatus": "New",
        "IsRepeating": "false",
        "DateType": "None",
        "FromNum": 0,
        "ObjectType": "None",
        "DateTimeEntry": now,
        "UserNum": 0,
        "DateTimeFinished": local::NO_TIME,
        "PriorityDefNum": 0,
        "ReminderGroupId": "",
        "ReminderType": reminder::NONE,
        "ReminderFrequency": 0,
        "DateTimeOriginal": now,
        "SecDateTEdit": now,
        "DescriptOverride": "",
        "IsReadOnly": "false",
    }))
}

/// The office's usual priority, else the first of the category.
pub(super) fn usual_priority(store: &Store) -> i64 {
    let mut priorities =
        store.rows(Table::Definitions).iter().filter(|row| number(row, "Category") == PRIORITIES).peekable();
    let first = priorities.peek().map_or(0, |row| number(row, "DefNum"));
    priorities.find(|row| text(row, "ItemValue") == "D").map_or(first, |row| number(row, "DefNum"))
}

/// A whole number of the body.
pub(super) fn whole(body: &Row, name: &str) -> Result<Option<i64>, Refusal> {
    body.get(name).map(|value| value.as_i64().ok_or_else(|| Refusal::invalid(name))).transpose()
}

/// A text of the body.
pub(super) fn string<'a>(body: &'a Row, name: &str) -> Result<Option<&'a str>, Refusal> {
    body.get(name).map(|value| value.as_str().ok_or_else(|| Refusal::invalid(name))).transpose()
}

/// A date-time of the body.
pub(super) fn time(body: &Row, name: &str) -> Result<Option<DateTime>, Refusal> {
    string(body, name)?.map(|value| local::read(value).ok_or_else(|| Refusal::invalid(name))).transpose()
}

fn one_of<'a>(body: &'a Row, name: &str, words: &[&str]) -> Result<Option<&'a str>, Refusal> {
    match string(body, name)? {
        Some(value) if !words.contains(&value) => Err(Refusal::invalid(name)),
        value => Ok(value),
    }
}

impl Wish<'_> {
    fn write_into(self, task: &mut Row) {
        let mut put = |name: &str, value: Value| drop(task.insert(name.to_owned(), value));
        if let Some(words) = self.words {
            put("Descript", json!(words));
        }
        if let Some(short) = self.short {
            put("DescriptOverride", json!(short));
        }
        if let Some((kind, object)) = self.attached {
            put("ObjectType", json!(kind));
            put("KeyNum", json!(object));
        }
        if let Some(entry) = self.entry {
            put("DateTimeEntry", json!(local::write(entry)));
        }
        if let Some(priority) = self.priority {
            put("PriorityDefNum", json!(priority));
        }
    }
}

impl Dental {
    fn wish<'a>(&self, body: &'a Row) -> Result<Wish<'a>, Refusal> {
        let short = string(body, "DescriptOverride")?;
        if short.is_some_and(|short| short.encode_utf16().count() > SHORT_MAX_UNITS) {
            return Err(Refusal::bad("DescriptOverride is longer than 256 characters."));
        }
        let priority = whole(body, "PriorityDefNum")?;
        if let Some(priority) = priority.filter(|priority| *priority != 0) {
            let found = self.books.store.find(Table::Definitions, priority);
            if found.is_none_or(|row| number(row, "Category") != PRIORITIES) {
                return Err(Refusal::invalid("PriorityDefNum"));
            }
        }
        Ok(Wish {
            words: string(body, "Descript")?,
            short,
            status: one_of(body, "TaskStatus", &TASK_STATUSES)?,
            attached: self.attached(body)?,
            entry: time(body, "DateTimeEntry")?,
            priority,
        })
    }

    /// What the task is to hang on. The rule names the request, not the stored row.
    fn attached<'a>(&self, body: &'a Row) -> Result<Option<(&'a str, i64)>, Refusal> {
        let kind = one_of(body, "ObjectType", &OBJECT_TYPES)?;
        match (kind, whole(body, "KeyNum")?.filter(|key| *key != 0)) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(Refusal::bad("ObjectType is required with KeyNum.")),
            (Some(kind @ "None"), None) => Ok(Some((kind, 0))),
            (Some(_), None) => Err(Refusal::bad("KeyNum is required with this ObjectType.")),
            (Some(kind), Some(key)) => self.object(kind, key).map(|()| Some((kind, key))),
        }
    }

    pub(super) fn known(&self, table: Table, key: i64) -> Result<(), Refusal> {
        self.books.store.find(table, key).map(drop).ok_or_else(|| Refusal::invalid(table.key()))
    }

    /// Puts the changed task in its place; the time of the change is kept as the database does.
    pub(super) fn replace(&mut self, mut task: Row, now: DateTime) {
        let key = number(&task, "TaskNum");
        task.insert("SecDateTEdit".to_owned(), json!(local::write(now)));
        if let Some(row) = self.books.store.find_mut(Table::Tasks, key) {
            *row = task;
        }
        self.signal(Signal::Changed, key, now);
    }

    /// Makes the next task of a repeating reminder, unless its group has a later one already.
    ///
    /// Assumption (OD 11.4): finishing through the API does so too; a switch turns it off.
    pub(super) fn remind_again(&mut self, task: &Row, now: DateTime) {
        let group = text(task, "ReminderGroupId");
        if group.is_empty() || !self.faults.opendental.next_reminder {
            return;
        }
        let due = text(task, "DateTimeEntry");
        let mut tasks = self.books.store.rows(Table::Tasks).iter();
        if tasks.any(|row| text(row, "ReminderGroupId") == group && text(row, "DateTimeEntry") > due) {
            return;
        }
        let (kind, every) = (text(task, "ReminderType"), number(task, "ReminderFrequency"));
        let next = local::read(due).and_then(|due| reminder::next(kind, every, due, now.date()));
        let Some(next) = next else { return };
        let mut again = task.clone();
        let stamp = json!(local::write(now));
        again.insert("TaskNum".to_owned(), json!(0));
        again.insert("TaskStatus".to_owned(), json!("New"));
        again.insert("DateTimeEntry".to_owned(), json!(local::write(next)));
        again.insert("DateTimeFinished".to_owned(), json!(local::NO_TIME));
        again.insert("DateTimeOriginal".to_owned(), stamp.clone());
        again.insert("SecDateTEdit".to_owned(), stamp);
        let key = self.books.store.add(Table::Tasks, again);
        self.signal(Signal::Popup, key, now);
    }
}
