//! Exchanges with small servers on loopback, each with one habit that a real server can have.

mod tls;

use super::{prepare::NAME, *};
use crate::{
    providers::wire::{CredentialSlot, Method},
    runtime::{files::tests::TestDir, vault::CredentialSource},
};
use flate2::{Compression, write::GzEncoder};
use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    thread::JoinHandle,
};

const KEY: &str = "clk_test_synthetic_key_0001";
const SLOT: CredentialSlot = CredentialSlot::Header("x-api-key");

/// A server for one connection: reads one request, then does as it is told. Gives back what it read.
struct Server {
    base: String,
    heard: JoinHandle<String>,
}

impl Server {
    fn start(then: impl FnOnce(&mut TcpStream) + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let heard = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = read_request(&mut stream);
            then(&mut stream);
            drop(stream);
            // A second connection would be a request sent again.
            listener.set_nonblocking(true).unwrap();
            assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
            request
        });
        Server { base, heard }
    }

    fn saying(answer: impl Into<Vec<u8>>) -> Server {
        let answer = answer.into();
        Server::start(move |stream| stream.write_all(&answer).unwrap_or(()))
    }

    /// A server that sends this much and then waits until the other side goes away.
    fn stalling(after: &'static str) -> Server {
        Server::start(move |stream| {
            stream.write_all(after.as_bytes()).unwrap();
            stream.read_to_end(&mut Vec::new()).ok();
        })
    }

    async fn heard(self) -> String {
        joined(self.heard).await
    }
}

/// Waits for a server without holding up the connections of this thread's runtime.
async fn joined<T: Send + 'static>(server: JoinHandle<T>) -> T {
    tokio::task::spawn_blocking(move || server.join().unwrap()).await.unwrap()
}

/// One request as it came in, whole; empty when the other side has gone.
pub(crate) fn read_request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    let mut length = 0;
    while !request.ends_with("\r\n\r\n") {
        let start = request.len();
        if reader.read_line(&mut request).unwrap() == 0 {
            return request;
        }
        if let Some(value) = request[start..].to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + &String::from_utf8(body).unwrap()
}

fn key() -> Secret {
    Secret::parse(KEY, &CredentialSource::Environment("K".to_owned())).unwrap()
}

fn get(path: &str) -> WireRequest {
    WireRequest::new(Method::Get, path, SLOT)
}

fn answered(reply: WireReply) -> WireAnswer {
    match reply {
        WireReply::Answered(answer) => answer,
        other => panic!("no answer: {other:?}"),
    }
}

fn lost_sentence(reply: WireReply) -> String {
    match reply {
        WireReply::Lost { sentence } => sentence,
        other => panic!("not lost: {other:?}"),
    }
}

fn not_sent_sentence(reply: WireReply) -> String {
    match reply {
        WireReply::NotSent { sentence } => sentence,
        other => panic!("sent: {other:?}"),
    }
}

fn origin(base: &str) -> Origin {
    Origin::new(base, OriginOptions::default()).unwrap()
}

/// Limits of milliseconds; the ones not under test are long.
fn quick(change: impl FnOnce(&mut Timeouts)) -> OriginOptions {
    let mut options = OriginOptions::default();
    change(&mut options.timeouts);
    options
}

#[tokio::test]
async fn a_request_arrives_whole_and_its_answer_too() {
    let server = Server::saying(
        "HTTP/1.1 201 Created\r\nX-Request-Id: req_1\r\nX-Odd: a\r\nX-Odd: b\r\nContent-Length: 10\r\n\r\n{\"id\":\"1\"}",
    );
    let mut request = WireRequest::new(Method::Post, "/tasks/a%2Fb", SLOT);
    request.query = vec![("q".to_owned(), "ü &=".to_owned())];
    request.headers = vec![("idempotency-key", "intent-1".to_owned())];
    request.body = Some("{\"x\":1}".to_owned());
    let before = clock::now();
    let answer = answered(origin(&format!("{}/v1/", server.base)).exchange(&request, Some(&key())).await);
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("x-request-id"), Some("req_1"));
    let odd: Vec<_> =
        answer.headers.iter().filter(|(name, _)| name == "x-odd").map(|(_, v)| v.as_str()).collect();
    assert_eq!(odd, ["a", "b"]);
    assert_eq!(answer.body, b"{\"id\":\"1\"}");
    assert!(!answer.over_cap && answer.received_at >= before);

    let heard = server.heard().await;
    assert!(heard.starts_with("POST /v1/tasks/a%2Fb?q=%C3%BC+%26%3D HTTP/1.1\r\n"), "{heard}");
    for line in [
        &format!("x-api-key: {KEY}"),
        "idempotency-key: intent-1",
        &format!("user-agent: {NAME}"),
        "accept: application/json",
        "content-type: application/json",
    ] {
        assert!(heard.contains(&format!("\r\n{line}\r\n")), "{line} in {heard}");
    }
    assert!(heard.ends_with("\r\n\r\n{\"x\":1}"), "{heard}");
}

#[tokio::test]
async fn a_key_behind_a_scheme_and_a_password_in_a_body_arrive_and_are_not_shown() {
    let cases = [
        (CredentialSlot::Authorization("ODFHIR"), format!("\r\nauthorization: ODFHIR {KEY}\r\n")),
        (CredentialSlot::Session, format!("\r\nauthorization: Bearer {KEY}\r\n")),
    ];
    for (slot, expected) in cases {
        let server = Server::saying("HTTP/1.1 204 No Content\r\n\r\n");
        let origin = origin(&server.base);
        let request = WireRequest::new(Method::Get, "/tasks", slot);
        let prepared = origin.prepare(&origin.client().unwrap(), &request, Some(&key())).unwrap();
        assert!(!format!("{prepared:?}").contains(KEY));
        answered(origin.exchange(&request, Some(&key())).await);
        let heard = server.heard().await;
        assert!(heard.contains(&expected), "{heard}");
    }

    let source = CredentialSource::Environment("P".to_owned());
    let password = Secret::parse_password(" qu\"ote \\ é ", &source).unwrap();
    let slot = CredentialSlot::SignIn { name: "email", password: "password" };
    let mut request = WireRequest::new(Method::Post, "/login", slot);
    request.body = Some("{\"email\":\"nurse@example.org\"}".to_owned());
    let server = Server::saying("HTTP/1.1 204 No Content\r\n\r\n");
    answered(origin(&server.base).exchange(&request, Some(&password)).await);
    let heard = server.heard().await;
    let (_, body) = heard.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, r#"{"email":"nurse@example.org","password":" qu\"ote \\ é "}"#);
    assert!(heard.contains("\r\ncontent-type: application/json\r\n") && !heard.contains("authorization"));
}

#[tokio::test]
async fn a_link_of_the_servers_is_asked_at_its_own_origin_alone() {
    let own = [
        ("Task?_cursor=a%2Cb", "/r4/Task?_cursor=a%2Cb"),
        ("?page=2", "/r4/?page=2"),
        ("/other/Task?page=2#part", "/other/Task?page=2"),
        ("BASE/r4/Task?page=2", "/r4/Task?page=2"),
    ];
    for (link, expected) in own {
        for slash in ["", "/"] {
            let server = Server::saying("HTTP/1.1 204 No Content\r\n\r\n");
            let mut request = get("/ignored");
            request.query = vec![("ignored".to_owned(), "1".to_owned())];
            request.url = Some(link.replace("BASE", &server.base));
            let at = origin(&format!("{}/r4{slash}", server.base));
            answered(at.exchange(&request, Some(&key())).await);
            let heard = server.heard().await;
            assert!(heard.starts_with(&format!("GET {expected} HTTP/1.1\r\n")), "{link}: {heard}");
            assert!(heard.contains(KEY));
        }
    }
    let at = origin("http://127.0.0.1:9/r4");
    for (link, expected) in [
        ("http://127.0.0.1:10/r4/Task", "http://127.0.0.1:10"),
        ("https://127.0.0.1:9/r4/Task", "https://127.0.0.1:9"),
        ("//evil.example/r4/Task", "http://evil.example"),
        ("https://evil.example/http://127.0.0.1:9/", "https://evil.example"),
        ("javascript:alert(1)", "leads to"),
        ("http://me:hidden@127.0.0.1:9/r4/Task", "user name or password"),
        ("http://[", "not a URL"),
    ] {
        let mut request = get("/Task");
        request.url = Some(link.to_owned());
        let said = not_sent_sentence(at.exchange(&request, Some(&key())).await);
        assert!(said.contains(expected) && said.contains("not asked"), "{link}: {said}");
        assert!(!said.contains("hidden") && !said.contains(KEY), "{said}");
    }
}

#[tokio::test]
async fn a_route_without_a_slot_gets_no_key() {
    let server = Server::saying("HTTP/1.1 204 No Content\r\n\r\n");
    let request = WireRequest::new(Method::Get, "/health", CredentialSlot::None);
    assert_eq!(answered(origin(&server.base).exchange(&request, Some(&key())).await).status, 204);
    assert!(!server.heard().await.contains(KEY));
}

#[tokio::test]
async fn a_refusal_that_repeats_the_key_is_heard_without_it() {
    let repeating = |status: &str| {
        let body = format!("{{\"error\":\"bad key {KEY}, said {KEY}\"}}");
        let length = body.len();
        format!("HTTP/1.1 {status}\r\nx-request-id: r-{KEY}\r\ncontent-length: {length}\r\n\r\n{body}")
    };
    let request = WireRequest { credential: SLOT, ..get("/v1/tasks") };
    for (status, is_heard) in [("401 Unauthorized", false), ("500 Failed", false), ("200 OK", true)] {
        let server = Server::saying(repeating(status));
        let answer = answered(origin(&server.base).exchange(&request, Some(&key())).await);
        let said = String::from_utf8(answer.body.clone()).unwrap();
        assert_eq!(said.contains(KEY), is_heard, "{status}: {said}");
        assert_eq!(answer.header("x-request-id").unwrap().contains(KEY), is_heard, "{status}");
        assert!(said.contains("bad key"), "{said}");
        server.heard().await;
    }
}

#[test]
fn each_part_of_a_joined_key_and_a_password_with_quotes_are_taken_out() {
    let source = CredentialSource::Environment("UNUSED".to_owned());
    let part = |text: &str| Secret::parse(text, &source).unwrap();
    let joined = Secret::joined(&part("DeveloperKey"), &part("OfficeKey"));
    let password = Secret::parse_password("say \"when\" é", &source).unwrap();
    for (secret, body, wanted) in [
        (&joined, "\"DeveloperKey of OfficeKey\"", "\"… of …\""),
        (&joined, "ODFHIR DeveloperKey/OfficeKey.", "ODFHIR …."),
        (&password, r#"{"password":"say \"when\" é"}"#, r#"{"password":"…"}"#),
        (&part("key"), "This key is short.", "This key is short."),
    ] {
        let mut answer = WireAnswer {
            status: 400,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            over_cap: false,
            received_at: clock::now(),
        };
        scrub::scrub(&mut answer, secret);
        assert_eq!(String::from_utf8(answer.body).unwrap(), wanted);
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_the_key_goes_nowhere_else() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"] {
        let target = elsewhere.local_addr().unwrap();
        let server = Server::saying(format!(
            "HTTP/1.1 {status}\r\nLocation: http://{target}/tasks\r\nContent-Length: 0\r\n\r\n"
        ));
        let mut request = WireRequest::new(Method::Post, "/tasks", SLOT);
        request.body = Some("{}".to_owned());
        let answer = answered(origin(&server.base).exchange(&request, Some(&key())).await);
        assert_eq!(answer.status.to_string(), status[..3]);
        assert_eq!(answer.header("location"), Some(format!("http://{target}/tasks").as_str()));
        server.heard().await;
    }
    elsewhere.set_nonblocking(true).unwrap();
    assert_eq!(elsewhere.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn bodies_are_cut_at_the_cap_after_decoding() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![0; 64 * 1024 * 1024]).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 1024 * 1024);
    let mut zipped = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n".to_vec();
    zipped.extend(bomb);
    let plain = |length: usize| {
        Server::start(move |stream| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            let part = vec![b'x'; 64 * 1024];
            let mut left = length;
            let mut open = stream.write_all(head.as_bytes()).is_ok();
            while open && left > 0 {
                let size = left.min(part.len());
                open = stream.write_all(&part[..size]).is_ok();
                left -= size;
            }
        })
    };
    let cases = [
        (Server::saying(zipped), true),
        (plain(100_000_000), true),
        (plain(BODY_CAP_BYTES + 1), true),
        (plain(BODY_CAP_BYTES), false),
    ];
    for (number, (server, over_cap)) in cases.into_iter().enumerate() {
        let answer = answered(origin(&server.base).exchange(&get("/tasks"), None).await);
        assert_eq!((answer.body.len(), answer.over_cap), (BODY_CAP_BYTES, over_cap), "case {number}");
        server.heard().await;
    }
}

#[tokio::test]
async fn what_never_left_is_not_sent() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut request = get("/tasks");
    request.query = vec![("patient".to_owned(), "pt_secret".to_owned())];
    let refused = not_sent_sentence(origin(&format!("http://{gone}")).exchange(&request, Some(&key())).await);
    assert!(refused.contains(&gone.to_string()) && refused.contains("refused"), "{refused}");
    assert!(!refused.contains("pt_secret") && !refused.contains(KEY), "{refused}");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let no_tls = format!("https://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).ok();
        heard
    });
    let said = not_sent_sentence(origin(&no_tls).exchange(&request, Some(&key())).await);
    assert!(said.contains("could not be reached"), "{said}");
    assert!(!String::from_utf8_lossy(&joined(server).await).contains(KEY));
}

#[tokio::test]
async fn a_connection_that_is_not_taken_up_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let options = quick(|timeouts| timeouts.connect = Duration::from_millis(40));
    // The connection stands in the listener's queue and TLS never begins.
    let said = not_sent_sentence(Origin::new(&base, options).unwrap().exchange(&get("/"), None).await);
    assert!(said.contains("could not be reached"), "{said}");
}

#[tokio::test]
async fn what_was_taken_and_not_answered_is_lost_and_not_repeated() {
    for answer in ["", "HTTP/1.1 2", "this is no HTTP at all\r\n\r\n"] {
        let server = Server::saying(answer);
        let mut request = WireRequest::new(Method::Post, "/tasks", SLOT);
        request.body = Some("{}".to_owned());
        let said = lost_sentence(origin(&server.base).exchange(&request, Some(&key())).await);
        assert!(said.contains("did not answer") && !said.contains(KEY), "{said}");
        server.heard().await;
    }
}

#[tokio::test]
async fn a_kept_connection_that_dies_under_a_write_is_lost_and_not_repeated() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        let second = read_request(&mut stream);
        drop(stream);
        listener.set_nonblocking(true).unwrap();
        (second, listener.accept().map(drop).unwrap_err().kind())
    });
    let origin = origin(&base);
    answered(origin.exchange(&get("/tasks"), None).await);
    let write = WireRequest::new(Method::Post, "/tasks", SLOT);
    lost_sentence(origin.exchange(&write, None).await);
    let (second, third) = joined(server).await;
    assert!(second.starts_with("POST "), "{second}");
    assert_eq!(third, ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_cut_body_is_lost_with_what_is_known() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&[b'x'; 4096]).unwrap();
    let zipped = encoder.finish().unwrap();
    let mut cut_zip = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n".to_vec();
    cut_zip.extend(&zipped[..zipped.len() / 2]);
    let cases: [Vec<u8>; 3] = [
        b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n0123456789".to_vec(),
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n".to_vec(),
        cut_zip,
    ];
    for answer in cases {
        let server = Server::saying(answer);
        let said = lost_sentence(origin(&server.base).exchange(&get("/tasks"), Some(&key())).await);
        assert!(said.contains("(status 20") && said.contains("broke off after"), "{said}");
        assert!(!said.contains(KEY), "{said}");
        server.heard().await;
    }
}

#[tokio::test]
async fn silence_ends_at_its_limit() {
    let soon = Duration::from_millis(40);
    let begun = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789";
    let cases = [
        ("", quick(|timeouts| timeouts.first_byte = soon), "did not answer within 40 ms"),
        (begun, quick(|timeouts| timeouts.idle = soon), "nothing came for 40 ms"),
        (begun, quick(|timeouts| timeouts.body = soon), "not complete after 40 ms"),
    ];
    for (sent, options, expected) in cases {
        let server = Server::stalling(sent);
        let said =
            lost_sentence(Origin::new(&server.base, options).unwrap().exchange(&get("/tasks"), None).await);
        assert!(said.contains(expected), "{said}");
        server.heard().await;
    }
}

#[tokio::test]
async fn a_proxy_is_used_beyond_loopback_only_and_is_named() {
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let nobody = Proxying::Through("http://127.0.0.1:9".to_owned());
    let options = OriginOptions { proxying: nobody, ..OriginOptions::default() };
    let direct = Origin::new(&server.base, options).unwrap();
    assert_eq!(direct.proxy_in_use(), None);
    assert_eq!(answered(direct.exchange(&get("/tasks"), None).await).status, 200);
    assert!(server.heard().await.starts_with("GET /tasks "));

    let proxy = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let with_password = proxy.base.replace("http://", "http://user:hidden@");
    let options = OriginOptions {
        proxying: Proxying::Through(with_password),
        allow_plain_http: true,
        ..OriginOptions::default()
    };
    let far = Origin::new("http://rounds-test.invalid", options).unwrap();
    assert_eq!(far.proxy_in_use(), proxy.base.strip_prefix("http://"));
    assert!(far.is_exposed());
    assert!(!format!("{far:?}").contains("hidden"), "{far:?}");
    assert_eq!(answered(far.exchange(&get("/tasks"), None).await).status, 200);
    let heard = proxy.heard().await;
    assert!(heard.starts_with("GET http://rounds-test.invalid/tasks "), "{heard}");
    assert!(heard.contains("proxy-authorization: Basic "), "{heard}");
}

#[test]
fn addresses_are_checked_before_anything_is_sent() {
    let cases = [
        ("https://api.example.org/v1", None),
        ("http://127.0.0.1:8080", None),
        ("http://LOCALHOST:8080/", None),
        ("http://[::1]:8080", None),
        ("http://127.9.9.9", None),
        ("", Some("not a URL")),
        ("api.example.org", Some("not a URL")),
        ("ftp://api.example.org", Some("neither")),
        ("https://user:hidden@api.example.org", Some("user name or password")),
        ("https://hidden@api.example.org", Some("user name or password")),
        ("https://api.example.org/?key=hidden", Some("must end before")),
        ("https://api.example.org/#hidden", Some("must end before")),
        ("http://api.example.org", Some("plain http")),
        ("http://127.0.0.1.example.org", Some("plain http")),
        ("http://localhost.example.org", Some("plain http")),
    ];
    for (address, expected) in cases {
        match (Origin::new(address, OriginOptions::default()), expected) {
            (Ok(origin), None) => assert!(!origin.is_exposed(), "{address}"),
            (Err(error), Some(part)) => {
                let said = error.to_string();
                assert!(said.contains(part) && !said.contains("hidden"), "{address}: {said}");
            }
            (found, _) => panic!("{address}: {found:?}"),
        }
    }
}

#[tokio::test]
async fn certificates_that_are_none_are_refused_by_name() {
    let dir = TestDir::new();
    let empty = dir.0.join("empty.pem");
    std::fs::write(&empty, "not a certificate\n").unwrap();
    let junk = dir.0.join("junk.pem");
    std::fs::write(&junk, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let cases = [
        (empty, "empty.pem holds no certificate"),
        (dir.0.join("missing.pem"), "missing.pem cannot be read"),
        (junk, "junk.pem cannot be read: a certificate in it is damaged"),
    ];
    for (path, expected) in cases {
        let options = OriginOptions { ca_file: Some(path), ..OriginOptions::default() };
        let origin = Origin::new("https://rounds-test.invalid", options).unwrap();
        let said = origin.check().unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
        let sentence = not_sent_sentence(origin.exchange(&get("/tasks"), None).await);
        assert_eq!(sentence, said);
    }
}

#[tokio::test]
async fn requests_that_mean_something_else_are_not_sent() {
    let origin = origin("http://127.0.0.1:9/v1");
    for path in ["tasks", "", "/../admin", "/tasks/%2e%2e/x", "/tasks/./x", "/a?b=c", "/a#b", "/a b"] {
        let said = not_sent_sentence(origin.exchange(&get(path), None).await);
        assert!(said.contains("not in its final form"), "{path}: {said}");
    }
    let mut request = get("/tasks");
    request.headers = vec![("x-note", "line\r\nx-other: 1".to_owned())];
    let said = not_sent_sentence(origin.exchange(&request, None).await);
    assert!(said.contains("x-note"), "{said}");
}

#[test]
fn a_prepared_request_hides_its_key() {
    let origin = origin("http://127.0.0.1:9");
    let client = origin.client().unwrap();
    let prepared = origin.prepare(&client, &get("/tasks"), Some(&key())).unwrap();
    assert!(prepared.headers().get("x-api-key").unwrap().is_sensitive());
    assert!(!format!("{prepared:?}").contains(KEY));
}

#[test]
fn the_log_names_routes_and_no_ids() {
    let cases = [
        ("/tasks", "/tasks"),
        ("/tasks/task_1", "/tasks"),
        ("/v1/tasks", "/v1/tasks"),
        ("/v1/tasks/task_1/x", "/v1/tasks"),
        ("/vital/ada", "/vital"),
        ("/", "/"),
        ("", ""),
    ];
    for (path, expected) in cases {
        assert_eq!(first_segment(path), expected, "{path}");
    }
}
