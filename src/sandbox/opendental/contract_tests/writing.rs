//! Creating, changing, finishing, notes and signals.

use super::*;

const FIELDS: [&str; 21] = [
    "TaskNum",
    "TaskListNum",
    "DateTask",
    "KeyNum",
    "Descript",
    "TaskStatus",
    "IsRepeating",
    "DateType",
    "FromNum",
    "ObjectType",
    "DateTimeEntry",
    "UserNum",
    "DateTimeFinished",
    "PriorityDefNum",
    "ReminderGroupId",
    "ReminderType",
    "ReminderFrequency",
    "DateTimeOriginal",
    "SecDateTEdit",
    "DescriptOverride",
    "IsReadOnly",
];

fn task() -> Value {
    json!({"TaskListNum": 5, "UserNum": 1, "Descript": "Call back"})
}

#[test]
fn contract_od_also_a_new_task_has_all_fields_in_local_time_and_a_location() {
    let mut desk = Desk::small();
    let said = desk.post("/tasks", &task());
    assert_eq!(said.status, 201);
    assert_eq!(said.header("location"), Some("http://127.0.0.1:30223/api/v1/tasks/1"));
    let names: Vec<&String> = said.body.as_object().expect("object").keys().collect();
    assert_eq!(names, FIELDS);
    for (field, wanted) in [
        ("TaskStatus", json!("New")),
        ("PriorityDefNum", json!(355)),
        ("DateTimeEntry", json!("2026-05-04 15:10:00")),
        ("DateTimeOriginal", json!("2026-05-04 15:10:00")),
        ("DateTimeFinished", json!("0001-01-01 00:00:00")),
        ("DateTask", json!("0001-01-01")),
        ("IsReadOnly", json!("false")),
        ("ReminderType", json!("NoReminder")),
        ("KeyNum", json!(0)),
    ] {
        assert_eq!(said.body[field], wanted, "{field}");
    }
    assert_eq!(desk.get("/tasks/1").body, said.body);
}

#[test]
fn contract_od_also_a_new_task_is_checked() {
    let mut desk = Desk::small();
    for (change, status, word) in [
        (json!({"TaskListNum": null}), 400, "TaskListNum"),
        (json!({"TaskListNum": 6}), 400, "TaskListNum"),
        (json!({"TaskListNum": "5"}), 400, "TaskListNum"),
        (json!({"UserNum": 9}), 400, "UserNum"),
        (json!({"Descript": ""}), 400, "Descript"),
        (json!({"Descript": 5}), 400, "Descript"),
        (json!({"KeyNum": 73}), 400, "ObjectType"),
        (json!({"KeyNum": 73, "ObjectType": "None"}), 400, "ObjectType"),
        (json!({"ObjectType": "Patient"}), 400, "KeyNum"),
        (json!({"KeyNum": 9, "ObjectType": "Patient"}), 404, "Patient"),
        (json!({"KeyNum": 9, "ObjectType": "Appointment"}), 404, "Appointment"),
        (json!({"PriorityDefNum": 9}), 400, "PriorityDefNum"),
        (json!({"DateTimeEntry": "2026-05-04T08:00:00"}), 400, "DateTimeEntry"),
        (json!({"DescriptOverride": "x".repeat(257)}), 400, "DescriptOverride"),
        (json!({"DescriptOverride": "🦷".repeat(256)}), 400, "DescriptOverride"),
    ] {
        let mut body = task();
        body.as_object_mut().expect("object").extend(row(change.clone()));
        let said = desk.post("/tasks", &body);
        assert_eq!(said.status, status, "{change}");
        assert!(said.text().contains(word), "{change}: {}", said.body);
    }
    for missing in ["TaskListNum", "UserNum", "Descript"] {
        let mut body = task();
        body.as_object_mut().expect("object").shift_remove(missing);
        assert_eq!(desk.post("/tasks", &body).text(), format!("{missing} is required."));
    }
    assert_eq!(desk.count("tasks"), 0);
    let full = json!({
        "TaskListNum": 5, "UserNum": 2, "Descript": "Later", "KeyNum": 901, "ObjectType": "Appointment",
        "DateTimeEntry": "2027-01-01 08:00:00", "PriorityDefNum": 352, "DescriptOverride": "🦷".repeat(128),
        "TaskStatus": "Done", "ReminderType": "Daily", "IsReadOnly": "true", "Colour": 1,
    });
    let said = desk.post("/tasks", &full);
    assert_eq!(said.status, 201);
    assert_eq!((&said.body["TaskStatus"], &said.body["ReminderType"]), (&json!("New"), &json!("NoReminder")));
    assert_eq!((&said.body["IsReadOnly"], &said.body["Colour"]), (&json!("false"), &Value::Null));
    assert_eq!((&said.body["KeyNum"], &said.body["PriorityDefNum"]), (&json!(901), &json!(352)));
}

#[test]
fn contract_od_18_new_words_open_a_finished_task_unless_the_status_is_sent_too() {
    let mut desk = Desk::small();
    let key = desk.plant(json!({}));
    let path = format!("/tasks/{key}");
    let done = desk.put(&path, &json!({"TaskStatus": "Done"})).body;
    assert_eq!(done["DateTimeFinished"], "2026-05-04 15:10:00");
    desk.later(60);
    let said = desk.put(&path, &json!({"Descript": "x", "TaskStatus": "Done"})).body;
    assert_eq!((&said["TaskStatus"], &said["Descript"]), (&json!("Done"), &json!("x")));
    assert_eq!(said["DateTimeFinished"], "2026-05-04 15:10:00", "it was finished before");
    assert_eq!(said["SecDateTEdit"], "2026-05-04 15:11:00");
    let said = desk.put(&path, &json!({"Descript": "x"})).body;
    assert_eq!(said["TaskStatus"], "Viewed");
    assert_eq!(said["DateTimeFinished"], "0001-01-01 00:00:00", "opening clears it");
}

#[test]
fn contract_od_also_the_finish_time_can_stay_away() {
    let mut desk = Desk::small();
    desk.office(&json!({"finish_time": false}));
    let key = desk.plant(json!({}));
    let said = desk.put(&format!("/tasks/{key}"), &json!({"TaskStatus": "Done"})).body;
    assert_eq!(
        (&said["TaskStatus"], &said["DateTimeFinished"]),
        (&json!("Done"), &json!("0001-01-01 00:00:00"))
    );
}

#[test]
fn contract_od_19_the_rule_for_what_a_task_hangs_on_names_the_request() {
    let mut desk = Desk::small();
    let key = desk.plant(json!({"ObjectType": "Patient", "KeyNum": 74}));
    let path = format!("/tasks/{key}");
    let said = desk.put(&path, &json!({"KeyNum": 73}));
    assert_eq!(said.status, 400);
    assert!(said.text().contains("ObjectType"));
    let said = desk.put(&path, &json!({"KeyNum": 73, "ObjectType": "Patient"}));
    assert_eq!((said.status, &said.body["KeyNum"]), (200, &json!(73)));
    let said = desk.put(&path, &json!({"KeyNum": 0, "ObjectType": "None"}));
    assert_eq!((&said.body["KeyNum"], &said.body["ObjectType"]), (&json!(0), &json!("None")));
}

#[test]
fn contract_od_20_a_reminder_that_is_finished_twice_makes_one_next_task() {
    let mut desk = Desk::small();
    let reminder = json!({
        "ReminderGroupId": "AbCdEfGhIjKlMnOpQrSt", "ReminderType": "Daily", "ReminderFrequency": 1,
        "DateTimeEntry": "2026-05-04 08:30:00", "ObjectType": "Patient", "KeyNum": 73,
    });
    let key = desk.plant(reminder.clone());
    let path = format!("/tasks/{key}");
    for status in ["Done", "New", "Done"] {
        assert_eq!(desk.put(&path, &json!({"TaskStatus": status})).body["TaskStatus"], status);
        desk.later(1);
    }
    assert_eq!(desk.count("tasks"), 2);
    let next = desk.task(key + 1);
    for (field, wanted) in [
        ("TaskStatus", json!("New")),
        ("DateTimeEntry", json!("2026-05-05 08:30:00")),
        ("DateTimeOriginal", json!("2026-05-04 15:10:00")),
        ("DateTimeFinished", json!("0001-01-01 00:00:00")),
        ("ReminderGroupId", json!("AbCdEfGhIjKlMnOpQrSt")),
        ("KeyNum", json!(73)),
    ] {
        assert_eq!(next[field], wanted, "{field}");
    }
    // A reminder that comes once has no next, nor has any with the switch off.
    let mut once = reminder.clone();
    once["ReminderType"] = json!("Once");
    once["ReminderGroupId"] = json!("once");
    let key = desk.plant(once);
    desk.put(&format!("/tasks/{key}"), &json!({"TaskStatus": "Done"}));
    desk.office(&json!({"next_reminder": false}));
    let mut other = reminder;
    other["ReminderGroupId"] = json!("other");
    let key = desk.plant(other);
    desk.put(&format!("/tasks/{key}"), &json!({"TaskStatus": "Done"}));
    assert_eq!(desk.count("tasks"), 4);
}

#[test]
fn contract_od_also_the_last_of_two_writers_wins_field_by_field() {
    let mut desk = Desk::small();
    let key = desk.plant(json!({}));
    let path = format!("/tasks/{key}");
    desk.put(&path, &json!({"Descript": "first", "PriorityDefNum": 358}));
    desk.put(&path, &json!({"Descript": "second"}));
    let said = desk.get(&path).body;
    assert_eq!((&said["Descript"], &said["PriorityDefNum"]), (&json!("second"), &json!(358)));
}

#[test]
fn contract_od_also_an_inbox_may_set_the_author_itself() {
    let mut desk = Desk::small();
    desk.office(&json!({"author": 2}));
    assert_eq!(desk.post("/tasks", &task()).body["UserNum"], 2);
}

#[test]
fn contract_od_also_a_colleague_who_finishes_a_reminder_leaves_the_next_one() {
    let mut desk = Desk::small();
    let key = desk.plant(json!({"ReminderGroupId": "g", "ReminderType": "Weekly, Monday, Friday", "ReminderFrequency": 1, "DateTimeEntry": "2026-05-04 09:00:00"}));
    desk.dental.colleague(&json!({"id": key, "patch": {"TaskStatus": "Done"}}), desk.now).expect("finished");
    assert_eq!(desk.task(key)["DateTimeFinished"], "2026-05-04 15:10:00");
    assert_eq!(desk.task(key + 1)["DateTimeEntry"], "2026-05-08 09:00:00");
}

#[test]
fn contract_od_also_a_change_moves_only_what_it_names() {
    let mut desk = Desk::small();
    let key = desk.plant(json!({"Descript": "one\r\ntwo", "IsReadOnly": "true"}));
    let path = format!("/tasks/{key}");
    desk.later(60);
    let said =
        desk.put(&path, &json!({"TaskListNum": 9, "UserNum": 2, "DateTimeFinished": "2026-01-01 00:00:00"}));
    assert_eq!((said.status, &said.body["TaskListNum"], &said.body["UserNum"]), (200, &json!(5), &json!(1)));
    assert_eq!(said.body["SecDateTEdit"], "2026-05-04 15:10:00", "nothing was changed");
    assert_eq!(said.body["Descript"], "one two", "breaks are flattened in answers");
    let said = desk.put(&path, &json!({"PriorityDefNum": 358, "DateTimeEntry": "2026-05-06 08:00:00"}));
    assert_eq!(said.body["SecDateTEdit"], "2026-05-04 15:11:00");
    desk.put(&path, &json!({"Descript": "one two"}));
    desk.dental
        .colleague(&json!({"id": key, "patch": {"Descript": "theirs", "TaskStatus": "Done"}}), desk.now)
        .expect("patched");
    let said = desk.put(&path, &json!({"DescriptOverride": "mine"}));
    assert_eq!((&said.body["Descript"], &said.body["TaskStatus"]), (&json!("theirs"), &json!("Done")));
    assert_eq!(desk.put(&path, &json!({"TaskStatus": "InProgress"})).text(), "TaskStatus is invalid.");
}

#[test]
fn contract_od_also_bodies_that_are_none_are_refused() {
    let mut desk = Desk::small();
    for body in ["[]", "", "{", "\"x\"", "null"] {
        let mut write = request("POST", "/tasks", None);
        write.body = body.into();
        assert_eq!(desk.ask(&write).status, 400, "{body}");
    }
    let mut long = request("POST", "/tasks", None);
    long.body = format!("{{\"Descript\":\"{}\"}}", "x".repeat(17_000_000)).into_bytes();
    assert!(desk.ask(&long).text().contains("longer"));
    let mut oversize = request("POST", "/tasks", None);
    oversize.oversize = true;
    assert_eq!(desk.ask(&oversize).status, 400);
}

#[test]
fn contract_od_also_notes_are_made_changed_and_found() {
    let mut desk = Desk::small();
    let key = desk.plant(json!({"TaskStatus": "Done"}));
    let said = desk.post("/tasknotes", &json!({"TaskNum": key, "UserNum": 2, "Note": "Left a message"}));
    assert_eq!(said.status, 201);
    assert_eq!(said.header("location"), Some("http://127.0.0.1:30223/api/v1/tasknotes/1"));
    let wanted = json!({"TaskNoteNum": 1, "TaskNum": key, "UserNum": 2, "DateTimeNote": "2026-05-04 15:10:00", "Note": "Left a message"});
    assert_eq!(said.body, wanted);
    assert_eq!(desk.task(key)["TaskStatus"], "Viewed", "a note opens a finished task");
    assert_eq!(desk.get(&format!("/tasknotes?TaskNum={key}")).body, json!([wanted]));
    assert_eq!(desk.get("/tasknotes?UserNum=1").body, json!([]));
    assert_eq!(desk.get("/tasknotes/1").body, wanted);
    let said = desk.put("/tasknotes/1", &json!({"Note": "No answer", "DateTimeNote": "2026-05-04 12:00:00"}));
    assert_eq!(
        (&said.body["Note"], &said.body["DateTimeNote"]),
        (&json!("No answer"), &json!("2026-05-04 12:00:00"))
    );
    for (body, status) in [
        (json!({"TaskNum": key, "UserNum": 1, "Note": "  "}), 400),
        (json!({"TaskNum": key, "UserNum": 1}), 400),
        (json!({"TaskNum": key, "Note": "x"}), 400),
        (json!({"UserNum": 1, "Note": "x"}), 400),
        (json!({"TaskNum": 99, "UserNum": 1, "Note": "x"}), 404),
    ] {
        assert_eq!(desk.post("/tasknotes", &body).status, status, "{body}");
    }
    assert_eq!(desk.put("/tasknotes/1", &json!({"Note": ""})).status, 400);
    assert_eq!(desk.get("/tasknotes/9").status, 404);
    desk.office(&json!({"note_reopens": false}));
    desk.put(&format!("/tasks/{key}"), &json!({"TaskStatus": "Done"}));
    desk.post("/tasknotes", &json!({"TaskNum": key, "UserNum": 1, "Note": "x"}));
    assert_eq!(desk.task(key)["TaskStatus"], "Done");
}

#[test]
fn contract_od_also_writes_raise_signals() {
    let mut desk = Desk::small();
    let key = desk.post("/tasks", &task()).body["TaskNum"].clone();
    let path = "/signalods?SigDateTime=2026-05-04%2015%3A00%3A00";
    assert_eq!(desk.get(path).body, json!([]), "not before the second is over");
    desk.later(1);
    let said = desk.get(path).body;
    assert_eq!(
        (&said[0]["IType"], &said[0]["FKeyType"], &said[0]["FKey"]),
        (&json!("TaskPopup"), &json!("Task"), &key)
    );
    assert_eq!(said[0]["serverDateTime"], "2026-05-04 15:10:01");
    assert_eq!(
        desk.get("/signalods?SigDateTime=2026-05-04%2015%3A10%3A00").body,
        json!([]),
        "strictly later"
    );
    desk.put(&format!("/tasks/{key}"), &json!({"TaskStatus": "Viewed"}));
    desk.dental.colleague(&json!({"id": key, "patch": {"TaskListNum": 0}}), desk.now).expect("moved");
    desk.post("/tasknotes", &json!({"TaskNum": key, "UserNum": 1, "Note": "x"}));
    desk.later(1);
    let kinds: Vec<Value> =
        desk.get(path).body.as_array().expect("rows").iter().map(|row| row["IType"].clone()).collect();
    assert_eq!(kinds, ["TaskPopup", "Task", "Task", "Task"]);
    desk.office(&json!({"signals": false}));
    desk.put(&format!("/tasks/{key}"), &json!({"TaskStatus": "New"}));
    desk.later(1);
    assert_eq!(desk.get(path).body.as_array().map(Vec::len), Some(4));
    assert_eq!(desk.get("/signalods").text(), "SigDateTime is required.");
}
