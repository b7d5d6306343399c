//! Fills the office's tables with the invented clinic: the hospital's own patients and staff under the office's
//! numbers. The same seed, start and zone give the same rows.

mod clinic;
mod rows;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use clinic::{Clinic, Special};
use rows::{group, note, patient_row, user_row};

use super::local;
use super::store::{Row, Store, Table, number, row, text};
use super::tasks::{PRIORITIES, blank, usual_priority};
use crate::sandbox::chance::Chance;
use crate::sandbox::world::{Assets, Patient, Staff, away};

/// The user that the demo plays: the first of the staff.
pub(crate) const ME: &str = "1";

/// The number before the first task's.
const TASKS_BEFORE: i64 = 1_400;
/// The number before the first appointment's.
const APPOINTMENTS_BEFORE: i64 = 900;
/// The line of 5,000 characters.
const LONG_LINE: &str = "Scanned letter without a line break, ";

/// A task and its notes before they have numbers.
struct Draft {
    task: Row,
    notes: Vec<Row>,
}

/// What the rows are made with.
struct Maker<'a> {
    now: Timestamp,
    zone: &'a TimeZone,
    chance: Chance,
    store: Store,
}

/// Builds the tables: the special tasks always, then drawn ones up to `tasks` in all.
pub(crate) fn store(
    assets: &Assets,
    seed: u64,
    tasks: usize,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Store, toml::de::Error> {
    let clinic = Clinic::read()?;
    let chance = Chance::new(seed ^ 0x0de7_07a1);
    let mut maker = Maker { now, zone, chance, store: Store::default() };
    maker.people(assets, seed);
    maker.office(&clinic);
    let mut drafts: Vec<Draft> = clinic.special.iter().map(|special| maker.special(special)).collect();
    drafts.push(maker.special(&Special {
        text: LONG_LINE.chars().cycle().take(5_000).collect(),
        list: "Front desk".into(),
        created: "@-5h".into(),
        ..Special::default()
    }));
    for _ in drafts.len()..tasks {
        let drawn = maker.drawn(&clinic, assets.staff());
        drafts.push(drawn);
    }
    maker.number_tasks(drafts);
    Ok(maker.store)
}

impl Maker<'_> {
    /// A time of the office; what does not begin with `@` stands as it is.
    fn at(&self, when: &str) -> String {
        let moment = when.strip_prefix('@').and_then(|when| away(when, self.now));
        moment.map_or_else(|| when.to_owned(), |moment| local::write(local::at(moment, self.zone)))
    }

    fn minutes(&self, minutes: i64) -> String {
        let moment = self.now.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(self.now);
        local::write(local::at(moment, self.zone))
    }

    fn people(&mut self, assets: &Assets, seed: u64) {
        for (place, patient) in assets.patients(seed).iter().enumerate() {
            let stamp = self.minutes(-60 * 24 * (30 + place as i64));
            let mut fields = patient_row(patient, &stamp);
            // Some are kept under the name that they go by.
            if place % 9 == 4 {
                fields
                    .insert("Preferred".to_owned(), json!(patient.first.chars().take(3).collect::<String>()));
            }
            self.store.add(Table::Patients, fields);
        }
        let stamp = self.minutes(-60 * 24 * 700);
        for (first, last, status) in [
            ("Walk-in", "Synthetic", "Prospective"),
            ("Archived", "Synthetic", "Archived"),
            ("Double", "Synthetic", "Inactive"),
        ] {
            let patient = Patient {
                id: String::new(),
                first: first.into(),
                last: last.into(),
                full: format!("{first} {last}"),
                gender: "unknown",
                language: String::new(),
                birth: local::NO_DATE.into(),
            };
            let mut fields = patient_row(&patient, &stamp);
            fields.insert("PatStatus".to_owned(), json!(status));
            self.store.add(Table::Patients, fields);
        }
        for (place, staff) in assets.staff().iter().enumerate() {
            self.store.add(Table::Userods, user_row(staff, place));
        }
    }

    fn office(&mut self, clinic: &Clinic) {
        for list in &clinic.list {
            let fields = json!({
                "TaskListNum": 0,
                "Descript": list.name,
                "Parent": self.list(&list.parent),
                "DateTL": local::NO_DATE,
                "IsRepeating": "false",
                "DateType": "None",
                "FromNum": 0,
                "ObjectType": "None",
                "DateTimeEntry": self.minutes(-60 * 24 * 500),
                "TaskListStatus": if list.archived { "Archived" } else { "Active" },
            });
            self.store.add(Table::TaskLists, row(fields));
        }
        for priority in &clinic.priority {
            let fields = json!({
                "DefNum": priority.number,
                "ItemName": priority.name,
                "ItemValue": priority.value,
                "Category": PRIORITIES,
                "category": "TaskPriorities",
                "isHidden": priority.hidden.to_string(),
            });
            self.store.add(Table::Definitions, row(fields));
        }
        for (place, appointment) in clinic.appointment.iter().enumerate() {
            let fields = json!({
                "AptNum": APPOINTMENTS_BEFORE + 1 + place as i64,
                "PatNum": appointment.patient + 1,
                "AptStatus": appointment.status,
                "Pattern": "//XXXX//",
                "Confirmed": 19,
                "confirmed": "Not Called",
                "TimeLocked": "false",
                "Op": 1 + place as i64 % 3,
                "Note": appointment.note,
                "ProvNum": 2,
                "provAbbr": "AOR",
                "ProvHyg": 0,
                "AptDateTime": self.at(&appointment.at),
                "NextAptNum": 0,
                "UnschedStatus": 0,
                "unschedStatus": "",
                "IsNewPatient": "false",
                "ProcDescript": appointment.procedures,
                "ClinicNum": 0,
                "IsHygiene": "false",
                "DateTStamp": self.minutes(-60 * 24 * (3 + place as i64)),
                "DateTimeArrived": local::NO_TIME,
                "DateTimeSeated": local::NO_TIME,
                "DateTimeDismissed": local::NO_TIME,
                "DateTimeAskedToArrive": local::NO_TIME,
                "colorOverride": "0,0,0",
                "AppointmentTypeNum": 0,
                "SecDateTEntry": self.minutes(-60 * 24 * (20 + place as i64)),
                "Priority": if appointment.status == "ASAP" { "ASAP" } else { "Normal" },
            });
            self.store.add(Table::Appointments, row(fields));
        }
    }

    /// The number of the list of this name; 0 when there is none.
    fn list(&self, name: &str) -> i64 {
        let mut lists = self.store.rows(Table::TaskLists).iter();
        lists.find(|row| text(row, "Descript") == name).map_or(0, |row| number(row, "TaskListNum"))
    }

    fn special(&mut self, special: &Special) -> Draft {
        let created = self.at(&special.created);
        let edited = special.edited.as_ref().map_or_else(|| created.clone(), |when| self.at(when));
        let mut task = self.task(&created, &special.list, special.author + 1, &special.text);
        let mut put = |name: &str, value| drop(task.insert(name.to_owned(), value));
        put("TaskStatus", json!(special.status));
        put("PriorityDefNum", json!(special.priority));
        put("DescriptOverride", json!(special.short));
        put("DateType", json!(special.date_type));
        put("IsRepeating", json!(special.repeating.to_string()));
        put("IsReadOnly", json!(special.read_only.to_string()));
        put("SecDateTEdit", json!(edited));
        if let Some(patient) = special.patient {
            put("ObjectType", json!("Patient"));
            put("KeyNum", json!(patient + 1));
        }
        if let Some(appointment) = special.appointment {
            put("ObjectType", json!("Appointment"));
            put("KeyNum", json!(APPOINTMENTS_BEFORE + 1 + appointment));
        }
        if let Some(due) = &special.due {
            put("DateTimeEntry", json!(self.at(due)));
            put("ReminderGroupId", json!(group(&mut self.chance)));
            put("ReminderType", json!(special.kind));
            put("ReminderFrequency", json!(special.every));
        }
        if let Some(finished) = &special.finished {
            put("DateTimeFinished", json!(self.at(finished)));
        }
        let notes = special.note.iter().enumerate();
        let notes = notes.map(|(place, words)| note(special.author + 1 + place as i64, &edited, words));
        Draft { notes: notes.collect(), task }
    }

    fn task(&self, created: &str, list: &str, user: i64, words: &str) -> Row {
        let mut task = blank(local::at(self.now, self.zone));
        let mut put = |name: &str, value| drop(task.insert(name.to_owned(), value));
        put("TaskListNum", json!(self.list(list)));
        put("Descript", json!(words));
        put("UserNum", json!(user));
        put("DateTimeEntry", json!(created));
        put("DateTimeOriginal", json!(created));
        put("SecDateTEdit", json!(created));
        task
    }

    /// One drawn task, with the words of a list's own kind of work.
    fn drawn(&mut self, clinic: &Clinic, staff: &[Staff]) -> Draft {
        let template = self.chance.pick(&clinic.template);
        let list = template.map_or("", |template| template.list.as_str());
        let words =
            template.and_then(|template| self.chance.pick(&template.texts)).map_or("", String::as_str);
        let age = match self.chance.below(10) {
            0..6 => self.chance.between(20, 3 * 24 * 60),
            6..9 => self.chance.between(3 * 24 * 60, 13 * 24 * 60),
            _ => self.chance.between(15 * 24 * 60, 60 * 24 * 60),
        };
        let created = self.minutes(-age);
        let user = 1 + self.chance.below(staff.len()) as i64;
        let mut task = self.task(&created, list, user, words);
        let touched = self.chance.between(1, age);
        let status = self.chance.weighted(&[(42, "New"), (30, "Viewed"), (28, "Done")]).unwrap_or("New");
        let usual = usual_priority(&self.store);
        let priority = self.chance.weighted(&[(6, 358), (14, 361), (60, usual), (20, 356)]).unwrap_or(usual);
        let mut put = |name: &str, value| drop(task.insert(name.to_owned(), value));
        put("TaskStatus", json!(status));
        put("PriorityDefNum", json!(priority));
        if status != "New" {
            let moment = self.now.saturating_sub(SignedDuration::from_mins(touched)).unwrap_or(self.now);
            let touched = local::write(local::at(moment, self.zone));
            put("SecDateTEdit", json!(touched));
            if status == "Done" {
                put("DateTimeFinished", json!(touched));
            }
        }
        match self.chance.below(20) {
            0..14 => {
                put("ObjectType", json!("Patient"));
                put("KeyNum", json!(1 + self.chance.below(70) as i64));
            }
            14..16 => {
                put("ObjectType", json!("Appointment"));
                put(
                    "KeyNum",
                    json!(APPOINTMENTS_BEFORE + 1 + self.chance.below(clinic.appointment.len()) as i64),
                );
            }
            _ => {}
        }
        if status != "Done" && self.chance.happens(0.15) {
            let kinds = [
                (4, ("Once", 0)),
                (2, ("Daily", 1)),
                (1, ("Weekly, Tuesday, Thursday", 2)),
                (1, ("Monthly", 1)),
            ];
            let (kind, every) = self.chance.weighted(&kinds).unwrap_or(("Once", 0));
            let due = self.chance.between(-36 * 60, 5 * 24 * 60);
            let moment = self.now.saturating_add(SignedDuration::from_mins(due)).unwrap_or(self.now);
            put("DateTimeEntry", json!(local::write(local::at(moment, self.zone))));
            put("ReminderGroupId", json!(group(&mut self.chance)));
            put("ReminderType", json!(kind));
            put("ReminderFrequency", json!(every));
        }
        let count = self.chance.weighted(&[(6, 0), (3, 1), (1, 3)]).unwrap_or(0);
        let notes = (0..count).filter_map(|_| {
            let user = 1 + self.chance.below(staff.len()) as i64;
            let words = self.chance.pick(&clinic.remarks.texts)?;
            Some(note(user, &created, words))
        });
        Draft { notes: notes.collect(), task }
    }

    /// Gives the tasks their numbers in the order of their making; some numbers were deleted long ago.
    fn number_tasks(&mut self, mut drafts: Vec<Draft>) {
        drafts.sort_by(|one, other| {
            text(&one.task, "DateTimeOriginal").cmp(text(&other.task, "DateTimeOriginal"))
        });
        let mut key = TASKS_BEFORE;
        for mut draft in drafts {
            key += 1 + i64::from(self.chance.happens(0.1));
            draft.task.insert("TaskNum".to_owned(), json!(key));
            self.store.add(Table::Tasks, draft.task);
            for mut note in draft.notes {
                note.insert("TaskNum".to_owned(), json!(key));
                self.store.add(Table::TaskNotes, note);
            }
        }
    }
}
