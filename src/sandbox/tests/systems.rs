//! The systems side by side over real sockets: the same people, each with its own switches, keys kept out of the log.

use super::*;
use crate::sandbox::world::Assets;

const SEED: u64 = 3;

async fn running() -> Handle {
    let zone = TimeZone::get("America/Los_Angeles").expect("zone");
    start(Options { seed: SEED, tasks: 40, zone, ..Options::new(clock()) }).await.expect("starts")
}

/// Whether something answers there, whatever it says.
async fn answers(address: SocketAddr) -> bool {
    send(address, "GET / HTTP/1.1", "").await.starts_with("HTTP/1.1 ")
}

async fn control(sandbox: &Handle, line: &str, body: &Value) -> Value {
    let (status, said) = ask(sandbox.control, line, &body.to_string()).await;
    assert_eq!(status, 200, "{said}");
    said
}

/// The whole answer of Open Dental to a request with its keys.
async fn dental(sandbox: &Handle, line: &str, body: &str) -> String {
    let keys = format!("{}/{}", sandbox.developer_key, sandbox.customer_key);
    let head = format!("{line} HTTP/1.1\r\nauthorization: ODFHIR {keys}\r\ncontent-type: application/json");
    send(sandbox.opendental, &head, body).await
}

#[test]
fn every_system_holds_the_same_people() {
    run(async {
        let sandbox = running().await;
        let (_, store) = ask(sandbox.control, "GET /store", "").await;
        let patients = Assets::read().expect("assets").patients(SEED);
        for system in System::ALL {
            let rows: Vec<String> = store[system.name()]["patients"]
                .as_array()
                .expect("patients")
                .iter()
                .map(ToString::to_string)
                .collect();
            for patient in &patients {
                let is = |row: &&String| {
                    [&patient.last, &patient.first, &patient.birth].into_iter().all(|part| row.contains(part))
                };
                assert!(rows.iter().any(|row| is(&row)), "{} lacks {}", system.name(), patient.full);
            }
            assert!(store[system.name()]["tasks"].as_array().is_some_and(|tasks| tasks.len() >= 26));
        }
        sandbox.shutdown().await.expect("stops");
    });
}

#[test]
fn each_system_is_stopped_in_turn_and_comes_back() {
    run(async {
        let sandbox = running().await;
        for stopped in System::ALL {
            let switch = |offline: bool| json!({"system": stopped.name(), "offline": offline});
            let said = control(&sandbox, "POST /faults", &switch(true)).await;
            for system in System::ALL {
                assert_eq!(said[system.name()]["offline"], system == stopped, "{}", system.name());
                assert_eq!(answers(sandbox.address(system)).await, system != stopped, "{}", system.name());
            }
            control(&sandbox, "POST /faults", &switch(false)).await;
            assert!(answers(sandbox.address(stopped)).await, "{} is back", stopped.name());
        }
        control(&sandbox, "POST /faults", &json!({"offline": true})).await;
        for system in System::ALL {
            assert!(!answers(sandbox.address(system)).await, "without a name it means all");
        }
        let (status, said) = ask(sandbox.control, "POST /faults", r#"{"system":"paper","stall":true}"#).await;
        assert_eq!(status, 400);
        assert!(
            said["error"]
                .as_str()
                .is_some_and(|error| error.contains("paper") && error.contains("opendental"))
        );
        let broken = r#"{"offline":false,"drop":7}"#;
        assert_eq!(ask(sandbox.control, "POST /faults", broken).await.0, 400);
        assert!(!answers(sandbox.opendental).await, "a refused change changes nothing");
        sandbox.shutdown().await.expect("stops");
    });
}

#[test]
fn the_dental_office_answers_over_the_wire_and_its_keys_stay_out_of_the_log() {
    run(async {
        let sandbox = running().await;
        let ready: Value = serde_json::from_str(&sandbox.ready_line()).expect("json");
        assert_eq!(ready["opendental"]["url"], format!("http://{}/api/v1", sandbox.opendental));
        assert_eq!(ready["opendental"]["developer_key"], sandbox.developer_key);
        assert_eq!(ready["opendental"]["customer_key"], sandbox.customer_key);
        let body = r#"{"TaskListNum":1,"UserNum":1,"Descript":"Over the wire"}"#;
        let made = dental(&sandbox, "POST /api/v1/tasks", body).await;
        assert!(
            made.starts_with("HTTP/1.1 201 ") && made.contains("\r\nlocation: http://sandbox/api/v1/tasks/"),
            "{made}"
        );
        let refused = send(sandbox.opendental, "GET /api/v1/tasks HTTP/1.1", "").await;
        assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
        let wish = json!({"system": "opendental", "id": 1_402, "patch": {"TaskStatus": "Done"}});
        let said = control(&sandbox, "POST /colleague", &wish).await;
        assert_eq!((&said["TaskNum"], &said["TaskStatus"]), (&json!(1_402), &json!("Done")));
        let (_, log) = ask(sandbox.control, "GET /requests", "").await;
        let rows: Vec<&Value> =
            log.as_array().expect("rows").iter().filter(|row| row["system"] == "opendental").collect();
        assert_eq!(
            (&rows[0]["credentials"], &rows[0]["body"]["Descript"]),
            (&json!("present"), &json!("Over the wire"))
        );
        assert_eq!((&rows[1]["credentials"], &rows[1]["status"]), (&json!("absent"), &json!(401)));
        let log = log.to_string();
        assert!(
            !log.contains(&sandbox.developer_key)
                && !log.contains(&sandbox.customer_key)
                && !log.contains("ODFHIR")
        );
        sandbox.shutdown().await.expect("stops");
    });
}

#[test]
fn a_throttled_office_lets_requests_wait_for_their_turn() {
    run(async {
        let sandbox = running().await;
        let slow = json!({"system": "opendental", "opendental": {"throttle_ms": 60_000}});
        control(&sandbox, "POST /faults", &slow).await;
        assert!(dental(&sandbox, "GET /api/v1/tasks", "").await.starts_with("HTTP/1.1 200 "));
        let second =
            tokio::time::timeout(Duration::from_millis(100), dental(&sandbox, "GET /api/v1/tasks", "")).await;
        assert!(second.is_err(), "the second waits");
        assert!(answers(sandbox.clinikapi).await, "the others do not");
        sandbox.shutdown().await.expect("stops, though one still waits");
    });
}
