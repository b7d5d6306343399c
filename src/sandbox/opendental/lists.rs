//! Everything that is only read: tasks, lists, priorities, users, patients, appointments, permissions.

use jiff::ToSpan;
use serde_json::json;

use super::query::is_true;
use super::store::{Row, Table, number, row, text};
use super::words::{Refusal, Success};
use super::{Answer, Asked, Dental, local};

pub(super) const TASK_STATUSES: [&str; 3] = ["New", "Viewed", "Done"];
pub(super) const OBJECT_TYPES: [&str; 3] = ["None", "Patient", "Appointment"];
const PATIENT_STATUSES: [&str; 6] =
    ["Patient", "NonPatient", "Inactive", "Archived", "Deceased", "Prospective"];
const APPOINTMENT_STATUSES: [&str; 8] =
    ["Scheduled", "Complete", "UnschedList", "ASAP", "Broken", "Planned", "PtNote", "PtNoteCompleted"];

/// What the trimmed rows of the patient search show.
const SEARCHED: [&str; 24] = [
    "PatNum",
    "LName",
    "FName",
    "MiddleI",
    "Preferred",
    "PatStatus",
    "Birthdate",
    "SSN",
    "Address",
    "Address2",
    "City",
    "State",
    "Zip",
    "HmPhone",
    "WkPhone",
    "WirelessPhone",
    "Email",
    "priProvAbbr",
    "secProvAbbr",
    "BillingType",
    "ChartNumber",
    "ClinicNum",
    "siteDesc",
    "TxtMsgOk",
];

/// Filters of the patient search that this sandbox knows but does not carry out, all names of the page.
const SEARCH_IGNORED: [&str; 9] =
    ["Address", "City", "State", "Phone", "Email", "guarOnly", "showArchived", "clinicNums", "ChartNumber"];

/// Tasks in the order of their keys. Without a time, only those of the last 14 days.
pub(super) fn tasks(dental: &mut Dental, asked: &Asked) -> Answer {
    let query = &asked.query;
    query.expects(&["TaskListNum", "KeyNum", "ObjectType", "TaskStatus", "DateTimeOriginal"], false)?;
    let in_list = query.has_number("TaskListNum")?;
    let status = query.one_of("TaskStatus", &TASK_STATUSES)?;
    let kind = query.one_of("ObjectType", &OBJECT_TYPES)?;
    let object = query.number("KeyNum")?.filter(|number| *number != 0);
    if let Some(object) = object {
        // Assumption (OD 11.7): who is not there is 404, as the page says.
        let kind = kind.ok_or_else(|| Refusal::bad("ObjectType is required with KeyNum."))?;
        dental.object(kind, object)?;
    }
    let since = match query.time("DateTimeOriginal")? {
        Some(since) => since,
        None => asked.now.checked_sub(14.days()).unwrap_or(asked.now),
    };
    let since = local::write(since);
    let fits = |row: &&Row| {
        in_list(row)
            && status.is_none_or(|status| text(row, "TaskStatus") == status)
            && kind.is_none_or(|kind| text(row, "ObjectType") == kind)
            && object.is_none_or(|object| number(row, "KeyNum") == object)
            && text(row, "DateTimeOriginal") >= since.as_str()
    };
    let mut rows: Vec<Row> = dental.books.store.rows(Table::Tasks).iter().filter(fits).cloned().collect();
    rows.sort_by_key(|row| number(row, "TaskNum"));
    query.page(rows).map(Success::Many)
}

pub(super) fn task(dental: &mut Dental, asked: &Asked) -> Answer {
    dental.row(Table::Tasks, asked.key, "Task").map(Success::One)
}

pub(super) fn task_lists(dental: &mut Dental, asked: &Asked) -> Answer {
    asked.query.expects(&["TaskListStatus"], false)?;
    let status = asked.query.one_of("TaskListStatus", &["Active", "Archived"])?.unwrap_or("Active");
    dental.page(Table::TaskLists, asked, |row| text(row, "TaskListStatus") == status)
}

/// The rows of one category in the office's order, which is their rank.
pub(super) fn definitions(dental: &mut Dental, asked: &Asked) -> Answer {
    asked.query.expects(&["Category", "includeHidden"], false)?;
    let in_category = asked.query.has_number("Category")?;
    let hidden_too = asked.query.flag("includeHidden")?;
    dental
        .page(Table::Definitions, asked, |row| in_category(row) && (hidden_too || !is_true(row, "isHidden")))
}

pub(super) fn userods(dental: &mut Dental, asked: &Asked) -> Answer {
    asked.query.expects(&["includeHidden", "includeCEMT"], false)?;
    let hidden_too = asked.query.flag("includeHidden")?;
    dental.page(Table::Userods, asked, |row| hidden_too || !is_true(row, "IsHidden"))
}

/// The search: trimmed rows, and an unknown parameter is refused always.
pub(super) fn patients(dental: &mut Dental, asked: &Asked) -> Answer {
    let query = &asked.query;
    query.expects(&[&["LName", "FName", "Birthdate", "hideInactive"][..], &SEARCH_IGNORED].concat(), true)?;
    let birth = query.day("Birthdate")?;
    let hide_inactive = query.flag("hideInactive")?;
    let fits = |row: &&Row| {
        query.has_part("LName", row)
            && query.has_part("FName", row)
            && birth.is_none_or(|birth| text(row, "Birthdate") == birth)
            && (!hide_inactive || !matches!(text(row, "PatStatus"), "Inactive" | "Archived" | "Deceased"))
    };
    let found = dental.books.store.rows(Table::Patients).iter().filter(fits);
    query.page(found.map(trimmed).collect()).map(Success::Many)
}

fn trimmed(patient: &Row) -> Row {
    let fields = SEARCHED.iter().filter_map(|name| Some(((*name).to_owned(), patient.get(*name)?.clone())));
    let mut row: Row = fields.collect();
    // The vendor's own example shows the number bare in this list and as text elsewhere.
    if let Ok(zip) = text(patient, "Zip").parse::<i64>() {
        row.insert("Zip".to_owned(), json!(zip));
    }
    row
}

pub(super) fn patients_simple(dental: &mut Dental, asked: &Asked) -> Answer {
    let query = &asked.query;
    query.expects(&["LName", "FName", "Birthdate", "PatStatus", "DateTStamp"], false)?;
    let birth = query.day("Birthdate")?;
    let status = query.one_of("PatStatus", &PATIENT_STATUSES)?;
    let since = query.time("DateTStamp")?.map(local::write);
    let rows = dental.stamped(Table::Patients, asked, |row| {
        query.has_part("LName", row)
            && query.has_part("FName", row)
            && birth.is_none_or(|birth| text(row, "Birthdate") == birth)
            && status.is_none_or(|status| text(row, "PatStatus") == status)
            && since.as_ref().is_none_or(|since| text(row, "DateTStamp") > since.as_str())
    });
    query.page(rows).map(Success::Many)
}

pub(super) fn patient(dental: &mut Dental, asked: &Asked) -> Answer {
    dental.row(Table::Patients, asked.key, "Patient").map(Success::One)
}

pub(super) fn appointments(dental: &mut Dental, asked: &Asked) -> Answer {
    let query = &asked.query;
    let known = [
        "PatNum",
        "AptStatus",
        "Op",
        "date",
        "dateStart",
        "dateEnd",
        "ClinicNum",
        "DateTStamp",
        "AppointmentTypeNum",
    ];
    query.expects(&known, false)?;
    let (of_patient, in_room) = (query.has_number("PatNum")?, query.has_number("Op")?);
    let (in_clinic, of_type) = (query.has_number("ClinicNum")?, query.has_number("AppointmentTypeNum")?);
    let status = query.one_of("AptStatus", &APPOINTMENT_STATUSES)?;
    let (on, first, last) = (query.day("date")?, query.day("dateStart")?, query.day("dateEnd")?);
    let since = query.time("DateTStamp")?.map(local::write);
    let rows = dental.stamped(Table::Appointments, asked, |row| {
        let day = text(row, "AptDateTime").get(..10).unwrap_or_default();
        of_patient(row)
            && in_room(row)
            && in_clinic(row)
            && of_type(row)
            && status.is_none_or(|status| text(row, "AptStatus") == status)
            && on.is_none_or(|on| day == on)
            && first.is_none_or(|first| day >= first)
            && last.is_none_or(|last| day <= last)
            && since.as_ref().is_none_or(|since| text(row, "DateTStamp") > since.as_str())
    });
    query.page(rows).map(Success::Many)
}

pub(super) fn appointment(dental: &mut Dental, asked: &Asked) -> Answer {
    let row = dental.row(Table::Appointments, asked.key, "Appointment")?;
    Ok(Success::One(with_server_time(&row, asked)))
}

pub(super) fn permissions(dental: &mut Dental, asked: &Asked) -> Answer {
    let writes = dental.faults.opendental.write_permission;
    let rows = [("ReadAll", true), ("AllOthers", writes), ("Queries", false)]
        .map(|(name, has)| row(json!({"Permission": name, "HasPermission": has.to_string()})));
    asked.query.page(rows.to_vec()).map(Success::Many)
}

/// The row, and the server's time before everything else.
fn with_server_time(row: &Row, asked: &Asked) -> Row {
    let mut stamped = Row::new();
    stamped.insert("serverDateTime".to_owned(), json!(local::write(asked.now)));
    stamped.extend(row.clone());
    stamped
}

impl Dental {
    pub(super) fn row(&self, table: Table, key: i64, name: &str) -> Result<Row, Refusal> {
        self.books.store.find(table, key).cloned().ok_or_else(|| Refusal::not_found(name))
    }

    /// The patient or appointment that a task is to hang on must be there.
    pub(super) fn object(&self, kind: &str, key: i64) -> Result<(), Refusal> {
        let (table, name) = match kind {
            "Patient" => (Table::Patients, "Patient"),
            "Appointment" => (Table::Appointments, "Appointment"),
            _ => return Err(Refusal::bad("ObjectType must be Patient or Appointment with KeyNum.")),
        };
        self.row(table, key, name).map(drop)
    }

    fn page(&self, table: Table, asked: &Asked, fits: impl Fn(&Row) -> bool) -> Answer {
        let rows = self.books.store.rows(table).iter().filter(|row| fits(row)).cloned();
        asked.query.page(rows.collect()).map(Success::Many)
    }

    fn stamped(&self, table: Table, asked: &Asked, fits: impl Fn(&Row) -> bool) -> Vec<Row> {
        let rows = self.books.store.rows(table).iter().filter(|row| fits(row));
        rows.map(|row| with_server_time(row, asked)).collect()
    }
}
