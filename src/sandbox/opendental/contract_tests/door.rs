//! What stands before the tables: keys, permissions, versions, throttle, the forms of errors, faults.

use super::*;

#[test]
fn contract_od_08_errors_come_in_every_form() {
    let mut desk = Desk::small();
    let said = desk.get("/tasks/9");
    assert_eq!((said.status, said.text()), (404, "Task not found."));
    for (form, wanted) in [
        ("object", "{\"Message\":\"Task not found.\"}"),
        ("text", "Task not found."),
        ("html", "<html><head><title>404</title></head><body><p>Task not found.</p></body></html>"),
        ("empty", ""),
    ] {
        desk.office(&json!({"errors": form}));
        let said = desk.get("/tasks/9");
        assert_eq!((said.status, String::from_utf8_lossy(&said.reply.body).as_ref()), (404, wanted));
    }
}

#[test]
fn contract_od_09_a_key_without_the_permission_reads_but_does_not_write() {
    let mut desk = Desk::small();
    let key = desk.plant(json!({}));
    desk.office(&json!({"write_permission": false}));
    assert_eq!(desk.get(&format!("/tasks/{key}")).status, 200);
    let said = desk.put(&format!("/tasks/{key}"), &json!({"TaskStatus": "Done"}));
    assert_eq!(said.status, 401);
    assert_eq!(desk.task(key)["TaskStatus"], "New");
    let permissions = desk.get("/securityperms").body;
    assert_eq!(permissions[0], json!({"Permission": "ReadAll", "HasPermission": "true"}));
    assert_eq!(permissions[1], json!({"Permission": "AllOthers", "HasPermission": "false"}));
}

#[test]
fn contract_od_10_an_office_that_cannot_be_reached_is_a_400_with_text() {
    let mut desk = Desk::small();
    desk.office(&json!({"econnector_down": true}));
    let said = desk.get("/tasks");
    assert_eq!(said.status, 400);
    assert!(said.text().contains("eConnector"), "{}", said.body);
    desk.office(&json!({"econnector_down": false}));
    assert_eq!(desk.get("/tasks").status, 200);
}

#[test]
fn contract_od_12_an_older_office_lacks_methods_and_the_status() {
    let mut desk = Desk::small();
    let key = desk.plant(json!({}));
    let one = format!("/tasks/{key}");
    for (version, path, status) in [
        ("24.4.22", "/tasknotes", 200),
        ("24.4.21", "/tasknotes", 400),
        ("24.4.13", &one, 200),
        ("24.4.12", &one, 400),
        ("24.1.9", "/tasks", 200),
        ("22.3.15", "/tasks", 400),
        ("22.3.14", "/tasklists", 400),
    ] {
        desk.office(&json!({"version": version}));
        assert_eq!(desk.get(path).status, status, "{version} {path}");
    }
    desk.office(&json!({"version": "24.2.9"}));
    let said = desk.put(&one, &json!({"TaskStatus": "Done", "DescriptOverride": "short"}));
    assert_eq!((said.status, &said.body["TaskStatus"]), (200, &json!("New")), "ignored, with 200");
    assert_eq!(said.body["DescriptOverride"], "short");
    desk.office(&json!({"old_status": "refuse"}));
    assert_eq!(desk.put(&one, &json!({"TaskStatus": "Done"})).status, 400);
    desk.office(&json!({"version": "24.2.10"}));
    assert_eq!(desk.put(&one, &json!({"TaskStatus": "Done"})).body["TaskStatus"], "Done");
}

#[test]
fn contract_od_16_only_the_exact_credential_opens_and_a_slash_too_many_does_not() {
    let mut desk = Desk::small();
    for header in [
        format!("ODFHIR {DEVELOPER_KEY}/wrong"),
        format!("ODFHIR {CUSTOMER_KEY}/{DEVELOPER_KEY}"),
        format!("odfhir {DEVELOPER_KEY}/{CUSTOMER_KEY}"),
        format!("ODFHIR  {DEVELOPER_KEY}/{CUSTOMER_KEY}"),
        format!("Basic {DEVELOPER_KEY}/{CUSTOMER_KEY}"),
        String::new(),
    ] {
        let mut request = request("GET", "/tasks", None);
        request.headers[0].1.clone_from(&header);
        let said = desk.ask(&request);
        assert_eq!(said.status, 401, "{header}");
        assert!(!said.text().is_empty() && !said.text().contains(CUSTOMER_KEY));
    }
    let mut bare = request("GET", "/tasks", None);
    bare.headers.remove(0);
    assert_eq!(desk.ask(&bare).status, 401);
    assert_eq!(desk.get("/tasks/").status, 400);
    assert_eq!(desk.get("//tasks").status, 404);
}

#[test]
fn contract_od_also_the_throttle_holds_back_or_refuses() {
    let mut desk = Desk::small();
    desk.office(&json!({"throttle_ms": 5000}));
    let held = [(); 3].map(|()| desk.dental.holds(desk.now).as_secs());
    assert_eq!(held, [0, 5, 10], "one after the other");
    desk.later(60);
    assert_eq!(desk.dental.holds(desk.now).as_secs(), 0);

    let mut desk = Desk::small();
    desk.office(&json!({"throttle_ms": 5000, "throttle": "refuse"}));
    assert!(desk.dental.holds(desk.now).is_zero());
    assert_eq!(desk.get("/tasks").status, 200);
    desk.later(2);
    let said = desk.get("/tasks");
    assert_eq!((said.status, said.header("retry-after")), (429, Some("3")));
    desk.office(&json!({"retry_after": false}));
    assert_eq!(desk.get("/tasks").header("retry-after"), None);
    desk.later(3);
    assert_eq!(desk.get("/tasks").status, 200);
}

#[test]
fn contract_od_also_the_content_type_is_asked_for() {
    let mut desk = Desk::small();
    let mut write =
        request("POST", "/tasks", Some(&json!({"TaskListNum": 5, "UserNum": 1, "Descript": "x"})));
    write.headers.remove(1);
    assert_eq!(desk.ask(&write).status, 400);
    write.headers.push(("content-type".into(), "application/json; charset=utf-8".into()));
    assert_eq!(desk.ask(&write).status, 201);
    let mut read = request("GET", "/tasks", None);
    read.headers.remove(1);
    assert_eq!(desk.ask(&read).status, 200);
    desk.office(&json!({"strict_content_type": true}));
    assert_eq!(desk.ask(&read).status, 400);
    assert_eq!(desk.get("/tasks").status, 200);
}

#[test]
fn contract_od_also_what_does_not_exist_is_404_and_a_method_too_new_is_400() {
    let mut desk = Desk::small();
    let key = desk.plant(json!({}));
    for (method, path, status) in [
        ("GET", "/users", 404),
        ("GET", "/Tasks", 404),
        ("GET", "/tasklists/5", 400),
        ("DELETE", &format!("/tasks/{key}"), 400),
        ("GET", "/tasks/abc", 400),
        ("GET", "/patients/99", 404),
        ("PUT", "/tasks/99", 404),
        ("GET", "/tasks/99999999999999999999", 400),
    ] {
        let body = json!({});
        let body = (method == "PUT").then_some(&body);
        assert_eq!(desk.ask(&request(method, path, body)).status, status, "{method} {path}");
    }
    assert_eq!(desk.count("tasks"), 1);
}

#[test]
fn contract_od_also_faults_work_as_for_every_system() {
    let mut desk = Desk::small();
    let task = json!({"TaskListNum": 5, "UserNum": 1, "Descript": "x"});
    desk.switch(&json!({"next": ["drop_after_commit"]}));
    assert_eq!(desk.dental.serve(&request("POST", "/tasks", Some(&task)), desk.now), Outcome::Cut);
    assert_eq!(desk.count("tasks"), 1, "the work was done");
    desk.switch(&json!({"next": ["drop_before"]}));
    assert_eq!(desk.dental.serve(&request("POST", "/tasks", Some(&task)), desk.now), Outcome::Cut);
    desk.switch(&json!({"next": [{"fault": "empty_500", "commit": true}, "json_string", "html_200", "rate_limited_bare", "truncated_json", {"fault": "other_row", "method": "GET"}]}));
    assert_eq!(desk.post("/tasks", &task).status, 500);
    assert_eq!(desk.count("tasks"), 2, "a failing server may have done it");
    assert_eq!(desk.get("/tasks").text(), "something went wrong");
    assert_eq!(desk.get("/tasks").header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(desk.get("/tasks").status, 429);
    assert_eq!(desk.get("/tasks").body, Value::Null, "cut in the middle");
    assert_eq!(desk.get("/tasks/1").body["TaskNum"], 900_001);
    assert_eq!(desk.get("/tasks/1").body["TaskNum"], 1);
}
