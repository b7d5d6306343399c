//! The demo's own office: what is always in it, and the lists that are only read.

use super::*;

type Check<'a> = Box<dyn Fn(&Value) -> bool + 'a>;

/// Every row that a filter finds.
fn all(desk: &mut Desk, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    loop {
        let join = if path.contains('?') { '&' } else { '?' };
        let page = desk.get(&format!("{path}{join}Offset={}", rows.len())).body;
        let page = page.as_array().expect("rows").clone();
        let full = page.len() == 100;
        rows.extend(page);
        if !full {
            return rows;
        }
    }
}

fn every_task(desk: &mut Desk) -> Vec<Value> {
    all(desk, "/tasks?DateTimeOriginal=1900-01-01%2000:00:00")
}

#[test]
fn contract_od_also_the_clinic_holds_every_special_row() {
    let mut desk = Desk::clinic();
    let tasks = every_task(&mut desk);
    assert_eq!(tasks.len(), 250);
    let now = "2026-05-04 15:10:00";
    let long_ago = "2026-04-20 15:10:00";
    let time = |task: &Value, field: &str| task[field].as_str().expect("text").to_owned();
    let open = |task: &Value| task["TaskStatus"] != "Done";
    let is = |field: &'static str, value: Value| move |task: &Value| task[field] == value;
    let lists = all(&mut desk, "/tasklists?TaskListStatus=Archived");
    let archived: Vec<Value> = lists.iter().map(|list| list["TaskListNum"].clone()).collect();
    let text = |task: &Value| task["Descript"].as_str().expect("text").to_owned();
    let checks: Vec<(&str, Check)> = vec![
        (
            "open and older than two weeks",
            Box::new(|task| open(task) && time(task, "DateTimeOriginal").as_str() < long_ago),
        ),
        (
            "the office's first priority, 40 days old",
            Box::new(|task| {
                open(task)
                    && task["PriorityDefNum"] == 358
                    && time(task, "DateTimeOriginal").as_str() < "2026-03-30"
            }),
        ),
        ("without a priority", Box::new(is("PriorityDefNum", json!(0)))),
        ("a priority that was deleted", Box::new(is("PriorityDefNum", json!(999)))),
        ("a hidden priority", Box::new(is("PriorityDefNum", json!(352)))),
        ("a hidden author", Box::new(is("UserNum", json!(12)))),
        ("an archived list", Box::new(|task| open(task) && archived.contains(&task["TaskListNum"]))),
        ("in no list", Box::new(is("TaskListNum", json!(0)))),
        (
            "a future reminder",
            Box::new(|task| task["ReminderGroupId"] != "" && time(task, "DateTimeEntry").as_str() > now),
        ),
        (
            "a due reminder",
            Box::new(|task| {
                open(task) && task["ReminderGroupId"] != "" && time(task, "DateTimeEntry").as_str() < now
            }),
        ),
        ("a weekly one on two days", Box::new(is("ReminderType", json!("Weekly, Monday, Friday")))),
        (
            "on a broken appointment",
            Box::new(|task| task["ObjectType"] == "Appointment" && task["KeyNum"] == 902),
        ),
        (
            "on an unscheduled one",
            Box::new(|task| task["ObjectType"] == "Appointment" && task["KeyNum"] == 903),
        ),
        (
            "a patient without a birth date",
            Box::new(|task| task["ObjectType"] == "Patient" && task["KeyNum"] == 71),
        ),
        (
            "emoji, wide characters and a tab",
            Box::new(|task| {
                text(task).contains("🦷") && text(task).contains('渡') && text(task).contains('\t')
            }),
        ),
        ("an ESC byte", Box::new(|task| text(task).contains('\u{1b}'))),
        ("a long line", Box::new(|task| text(task).chars().count() == 5_000 && !text(task).contains('\n'))),
        (
            "breaks made blanks",
            Box::new(|task| text(task) == "Mother called. Wants the report by fax. Number is on file."),
        ),
        ("a short description", Box::new(is("DescriptOverride", json!("Fax the report")))),
        ("read only", Box::new(is("IsReadOnly", json!("true")))),
        ("a legacy template", Box::new(|task| task["IsRepeating"] == "true" && task["TaskStatus"] == "New")),
        (
            "done at an unknown time",
            Box::new(|task| !open(task) && time(task, "DateTimeFinished") == "0001-01-01 00:00:00"),
        ),
        ("viewed", Box::new(is("TaskStatus", json!("Viewed")))),
    ];
    for (what, check) in checks {
        assert!(tasks.iter().any(check), "{what}");
    }
    assert!(every_task(&mut desk).iter().all(|task| task.as_object().expect("object").len() == 21));
}

#[test]
fn contract_od_also_every_row_hangs_together() {
    let mut desk = Desk::clinic();
    let store = desk.dental.flat_store();
    let keys = |table: &str, key: &str| -> Vec<Value> {
        store[table].as_array().expect("rows").iter().map(|row| row[key].clone()).collect()
    };
    let (users, lists) = (keys("userods", "UserNum"), keys("tasklists", "TaskListNum"));
    let (patients, visits) = (keys("patients", "PatNum"), keys("appointments", "AptNum"));
    let tasks = every_task(&mut desk);
    for task in &tasks {
        assert!(users.contains(&task["UserNum"]), "{task}");
        assert!(task["TaskListNum"] == 0 || lists.contains(&task["TaskListNum"]), "{task}");
        match task["ObjectType"].as_str() {
            Some("Patient") => assert!(patients.contains(&task["KeyNum"]), "{task}"),
            Some("Appointment") => assert!(visits.contains(&task["KeyNum"]), "{task}"),
            _ => assert_eq!(task["KeyNum"], 0),
        }
    }
    let numbers: Vec<i64> = tasks.iter().map(|task| task["TaskNum"].as_i64().expect("number")).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next));
    let made = tasks.iter().map(|task| task["DateTimeOriginal"].as_str().expect("text"));
    assert!(made.is_sorted(), "a later task has a later number");
    assert!(
        all(&mut desk, "/tasknotes")
            .iter()
            .all(|note| numbers.contains(&note["TaskNum"].as_i64().expect("number")))
    );
    assert_eq!(Desk::clinic().dental.flat_store(), store, "the same seed, the same office");
}

#[test]
fn contract_od_07_priorities_come_in_the_office_s_order_and_hidden_ones_on_request() {
    let mut desk = Desk::clinic();
    assert_eq!(desk.get("/definitions?Category=33").keys("DefNum"), [358, 361, 355, 364, 356]);
    let said = desk.get("/definitions?Category=33&includeHidden=true");
    assert_eq!(said.keys("DefNum"), [358, 352, 361, 355, 364, 356]);
    assert_eq!((&said.body[1]["isHidden"], &said.body[3]["ItemValue"]), (&json!("true"), &json!("D")));
    assert_eq!(desk.get("/definitions?Category=34").body, json!([]));
    assert_eq!(desk.get("/definitions?includeHidden=perhaps").status, 400);
}

#[test]
fn contract_od_also_lists_and_users() {
    let mut desk = Desk::clinic();
    let active = desk.get("/tasklists").body;
    let parent_of = |name: &str| {
        let rows = active.as_array().expect("rows");
        rows.iter().find(|row| row["Descript"] == name).expect("list")["Parent"].as_i64().expect("number")
    };
    assert_eq!(parent_of("Front desk"), 0);
    assert_eq!(
        (parent_of("Insurance to verify"), parent_of("Prior auth, awaiting fax")),
        (1, 2),
        "lists nest"
    );
    assert_eq!(desk.get("/tasklists?TaskListStatus=Archived").body.as_array().map(Vec::len), Some(2));
    assert_eq!(desk.get("/tasklists?TaskListStatus=Gone").status, 400);
    assert_eq!(desk.get("/userods").body.as_array().map(Vec::len), Some(11));
    let users = desk.get("/userods?includeHidden=true").body;
    assert_eq!((users.as_array().map(Vec::len), &users[11]["IsHidden"]), (Some(12), &json!("true")));
    assert_eq!(users[0]["UserName"], "Robin Vale");
    assert_eq!(seed::ME, users[0]["UserNum"].to_string());
}

#[test]
fn contract_od_also_patients_are_found_by_every_road() {
    let mut desk = Desk::clinic();
    let one = desk.get("/patients/1").body;
    let name = one["LName"].as_str().expect("name").to_uppercase();
    let birth = one["Birthdate"].as_str().expect("date");
    let encoded = name.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    let found = desk.get(&format!("/patients?LName={encoded}&Birthdate={birth}")).body;
    assert_eq!((found.as_array().map(Vec::len), &found[0]["PatNum"]), (Some(1), &json!(1)));
    assert!(found[0]["Zip"].is_number() && one["Zip"].is_string(), "the vendor's own two forms");
    assert_eq!(found[0].get("Gender"), None, "rows of the search are trimmed");
    assert_eq!(
        desk.get("/patients?PatStatus=Patient").status,
        400,
        "this list refuses what it does not know"
    );
    assert_eq!(all(&mut desk, "/patients").len(), 73);
    assert_eq!(all(&mut desk, "/patients?hideInactive=true").len(), 71);
    let simple = desk.get("/patients/Simple?PatStatus=Prospective").body;
    assert_eq!((&simple[0]["PatNum"], &simple[0]["Birthdate"]), (&json!(71), &json!("0001-01-01")));
    assert_eq!(simple[0]["serverDateTime"], "2026-05-04 15:10:00");
    assert_eq!(desk.get("/patients/Simple?DateTStamp=2026-05-01%2000:00:00").body, json!([]));
}

#[test]
fn contract_od_also_appointments_name_their_patient_and_state() {
    let mut desk = Desk::clinic();
    let said = desk.get("/appointments/902").body;
    assert_eq!((&said["PatNum"], &said["AptStatus"]), (&json!(5), &json!("Broken")));
    assert_eq!(said["serverDateTime"], "2026-05-04 15:10:00");
    assert_eq!(desk.get("/appointments?AptStatus=UnschedList").keys("AptNum"), [903]);
    assert_eq!(desk.get("/appointments?PatNum=1").keys("AptNum"), [901]);
    assert_eq!(desk.get("/appointments?date=2026-05-04").keys("AptNum"), [901]);
    assert_eq!(desk.get("/appointments?dateStart=2026-05-04&dateEnd=2026-05-05").keys("AptNum"), [901, 907]);
    assert_eq!(desk.get("/appointments?AptStatus=Gone").status, 400);
    assert_eq!(desk.get("/appointments/1").status, 404);
}
