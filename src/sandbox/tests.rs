//! The sandbox over real sockets: a few requests by hand, to prove that the carrier carries.

mod systems;

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

fn clock() -> Clock {
    let start: Timestamp = "2026-05-04T22:10:00Z".parse().expect("time");
    let ticks = Mutex::new(0_i64);
    Arc::new(move || {
        let mut ticks = ticks.lock().unwrap_or_else(PoisonError::into_inner);
        *ticks += 1;
        start + SignedDuration::from_millis(*ticks)
    })
}

/// Runs a test on a runtime of its own.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    runtime.block_on(test);
}

/// The whole answer as text; empty when the connection ended without one.
async fn send(address: SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let length = body.len();
    let text =
        format!("{head}\r\nhost: sandbox\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn ask(address: SocketAddr, line: &str, body: &str) -> (u16, Value) {
    let answer = send(address, &format!("{line} HTTP/1.1\r\nx-api-key: clk_test_sandbox_write"), body).await;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[test]
fn it_starts_on_loopback_and_says_where() {
    run(async {
        let sandbox = start(Options::new(clock())).await.expect("starts");
        assert!(sandbox.clinikapi.ip().is_loopback() && sandbox.control.ip().is_loopback());
        let ready: Value = serde_json::from_str(&sandbox.ready_line()).expect("json");
        assert_eq!(ready["clinikapi"]["url"], format!("http://{}", sandbox.clinikapi));
        assert_eq!(ready["clinikapi"]["read_key"], sandbox.read_key);
        assert!(!sandbox.ready_line().contains('\n'));

        let health = send(sandbox.clinikapi, "GET /health HTTP/1.1", "").await;
        assert!(
            health.starts_with("HTTP/1.1 200 OK\r\n") && health.contains("x-request-id: req_"),
            "{health}"
        );
        let refused = send(sandbox.clinikapi, "GET /v1/tasks HTTP/1.1", "").await;
        assert!(refused.starts_with("HTTP/1.1 401 ") && refused.contains("\"UNAUTHORIZED\""), "{refused}");
        let dots = send(
            sandbox.clinikapi,
            "GET /v1/tasks/../patients HTTP/1.1\r\nx-api-key: clk_test_sandbox_write",
            "",
        )
        .await;
        assert!(dots.starts_with("HTTP/1.1 404 "), "{dots}");

        let (status, page) = ask(sandbox.clinikapi, "GET /v1/tasks?count=100", "").await;
        assert_eq!((status, page["data"]["total"].as_u64()), (200, Some(250)));
        let (status, store) = ask(sandbox.control, "GET /store", "").await;
        assert_eq!((status, &store["clinikapi"]["tasks"][0]), (200, &page["data"]["data"][0]));
        for (name, count) in [("tasks", 250), ("patients", 70), ("practitioners", 12), ("documents", 8)] {
            assert_eq!(store["clinikapi"][name].as_array().map(Vec::len), Some(count), "{name}");
        }
        let (_, log) = ask(sandbox.control, "GET /requests", "").await;
        assert_eq!(log[1]["credentials"], "absent");
        assert_eq!((&log[3]["status"], &log[3]["credentials"]), (&json!(200), &json!("present")));
        assert!(!log.to_string().contains("clk_test"));
        sandbox.shutdown().await.expect("stops");
    });
}

#[test]
fn switches_cut_stall_and_reset() {
    run(async {
        let options = Options { tasks: 40, ..Options::new(clock()) };
        let sandbox = start(options).await.expect("starts");
        let task = r#"{"status":"requested","intent":"order"}"#;
        let (_, faults) = ask(sandbox.control, "POST /faults", r#"{"next":["drop_after_commit"]}"#).await;
        assert_eq!(faults["clinikapi"]["next"][0]["fault"], "drop_after_commit");
        let head = "POST /v1/tasks HTTP/1.1\r\nx-api-key: clk_test_sandbox_write";
        assert_eq!(send(sandbox.clinikapi, head, task).await, "", "cut without a byte");
        let (_, store) = ask(sandbox.control, "GET /store", "").await;
        assert_eq!(store["clinikapi"]["tasks"].as_array().map(Vec::len), Some(41));

        ask(sandbox.control, "POST /faults", r#"{"offline":true}"#).await;
        assert_eq!(send(sandbox.clinikapi, head, task).await, "");
        ask(sandbox.control, "POST /faults", r#"{"offline":false,"stall":true}"#).await;
        let patience = Duration::from_millis(100);
        let asked = tokio::time::timeout(patience, ask(sandbox.clinikapi, "GET /v1/tasks", "")).await;
        assert!(asked.is_err(), "no answer while it stalls");
        ask(sandbox.control, "POST /faults", r#"{"stall":false}"#).await;
        assert_eq!(ask(sandbox.clinikapi, "GET /v1/tasks", "").await.0, 200);

        let (status, said) = ask(sandbox.control, "POST /faults", r#"{"stal":true}"#).await;
        assert!(
            status == 400 && said["error"].as_str().is_some_and(|error| error.contains("stal")),
            "{said}"
        );
        assert_eq!(ask(sandbox.control, "GET /nowhere", "").await.0, 404);
        assert_eq!(ask(sandbox.control, "POST /reset", "").await.0, 200);
        let (_, store) = ask(sandbox.control, "GET /store", "").await;
        assert_eq!(store["clinikapi"]["tasks"].as_array().map(Vec::len), Some(40));
        sandbox.shutdown().await.expect("stops");
    });
}

#[test]
fn a_colleague_changes_what_the_api_shows() {
    run(async {
        let sandbox = start(Options::new(clock())).await.expect("starts");
        let (_, store) = ask(sandbox.control, "GET /store", "").await;
        let id = store["clinikapi"]["tasks"][0]["id"].as_str().expect("id").to_owned();
        let wish = json!({"id": id, "patch": {"ownerId": "prac_intern", "status": "accepted"}}).to_string();
        assert_eq!(ask(sandbox.control, "POST /colleague", &wish).await.0, 200);
        let (_, task) = ask(sandbox.clinikapi, &format!("GET /v1/tasks/{id}"), "").await;
        assert_eq!(
            (&task["data"]["ownerId"], &task["data"]["status"]),
            (&json!("prac_intern"), &json!("accepted"))
        );
        assert_eq!(ask(sandbox.control, "POST /colleague", "{").await.0, 400);
        sandbox.shutdown().await.expect("stops");
    });
}

#[test]
fn the_live_story_brings_work_by_itself() {
    run(async {
        let options = Options { live: true, speed: 1_000.0, ..Options::new(clock()) };
        let sandbox = start(options).await.expect("starts");
        let arrived = async {
            loop {
                let (_, store) = ask(sandbox.control, "GET /store", "").await;
                let tasks = store["clinikapi"]["tasks"].as_array().expect("tasks");
                if tasks.len() > 252 {
                    break tasks
                        .iter()
                        .filter(|task| task["description"].to_string().contains("glucose 1.8"))
                        .count();
                }
            }
        };
        let stats = tokio::time::timeout(Duration::from_secs(20), arrived).await.expect("all arrivals came");
        assert!(stats >= 1);
        sandbox.shutdown().await.expect("stops, though the story never ends");
    });
}

#[test]
fn the_state_file_outlives_the_sandbox() {
    let folder = std::env::temp_dir().join(format!("rounds-sandbox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("folder");
    let path = folder.join("state.json");
    run(async {
        let options = || Options { state_file: Some(path.clone()), tasks: 30, ..Options::new(clock()) };
        let sandbox = start(options()).await.expect("starts");
        let (status, made) =
            ask(sandbox.clinikapi, "POST /v1/tasks", r#"{"status":"draft","intent":"plan"}"#).await;
        assert_eq!(status, 201);
        sandbox.shutdown().await.expect("saves");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("file").permissions().mode() & 0o777, 0o600);
        }
        let sandbox = start(options()).await.expect("starts again");
        let one = format!("GET /v1/tasks/{}", made["data"]["id"].as_str().expect("id"));
        assert_eq!(ask(sandbox.clinikapi, &one, "").await.1["data"], made["data"]);
        let (_, next) =
            ask(sandbox.clinikapi, "POST /v1/tasks", r#"{"status":"draft","intent":"plan"}"#).await;
        assert_ne!(next["data"]["id"], made["data"]["id"]);
        sandbox.shutdown().await.expect("saves");
        std::fs::write(&path, "{").expect("damage");
        let error = start(options()).await.err().expect("refused");
        assert!(error.to_string().contains("state.json"), "{error}");
    });
    std::fs::remove_dir_all(&folder).expect("clean");
}

#[test]
fn a_taken_or_impossible_port_is_an_error() {
    run(async {
        let options = |base| Options { port_base: Some(base), tasks: 0, ..Options::new(clock()) };
        assert!(start(options(65_530)).await.is_err(), "control would lie past the last port");
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("binds");
        let port = taken.local_addr().expect("address").port();
        assert!(start(options(port)).await.is_err());
    });
}

#[test]
fn the_record_system_lets_in_by_login_and_the_log_keeps_the_password_out() {
    run(async {
        let sandbox = start(Options::new(clock())).await.expect("starts");
        let ready: Value = serde_json::from_str(&sandbox.ready_line()).expect("json");
        assert_eq!(ready["omniehr"]["url"], format!("http://{}/api", sandbox.omniehr));
        let roles: Vec<&str> = ready["omniehr"]["users"]
            .as_array()
            .expect("users")
            .iter()
            .filter_map(|user| user["role"].as_str())
            .collect();
        assert_eq!(roles, ["admin", "practitioner", "auditor"]);
        let user = &ready["omniehr"]["users"][1];
        let (email, password) = (&user["email"], user["password"].as_str().expect("password"));
        let body = json!({"email": email, "password": password}).to_string();
        let head = "POST /api/auth/login HTTP/1.1\r\ncontent-type: application/json";
        let answer = send(sandbox.omniehr, head, &body).await;
        let said: Value = serde_json::from_str(answer.split_once("\r\n\r\n").expect("body").1).expect("json");
        let token = said["token"].as_str().expect("token");
        let head = format!("GET /api/fhir/Task HTTP/1.1\r\nauthorization: Bearer {token}");
        let answer = send(sandbox.omniehr, &head, "").await;
        let bundle: Value =
            serde_json::from_str(answer.split_once("\r\n\r\n").expect("body").1).expect("json");
        let (_, store) = ask(sandbox.control, "GET /store", "").await;
        let shown = &bundle["entry"][0]["resource"];
        assert!(store["omniehr"]["tasks"].as_array().expect("tasks").contains(shown));
        let (_, log) = ask(sandbox.control, "GET /requests", "").await;
        assert_eq!((&log[0]["body"]["email"], &log[1]["credentials"]), (email, &json!("present")));
        for secret in [password, token] {
            assert!(!log.to_string().contains(secret) && !store.to_string().contains(secret));
        }
        let (_, faults) =
            ask(sandbox.control, "POST /faults", r#"{"system":"omniehr","offline":true}"#).await;
        assert_eq!(
            (&faults["omniehr"]["offline"], &faults["clinikapi"]["offline"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(send(sandbox.omniehr, "GET /api/health HTTP/1.1", "").await, "");
        assert_eq!(ask(sandbox.clinikapi, "GET /health", "").await.0, 200);
        sandbox.shutdown().await.expect("stops");
    });
}
