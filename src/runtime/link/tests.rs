//! A line against a small server: keys that are renewed, sessions, what a probe teaches, and the pace.

use super::*;
use crate::{
    domain::can::Can,
    providers::{
        Alive, Facts,
        wire::{Method, WireAnswer},
    },
    runtime::{
        clock,
        files::tests::TestDir,
        http::{OriginOptions, tests::read_request},
        vault::CredentialSource,
    },
};
use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering as Order},
    },
    thread::JoinHandle,
    time::Instant,
};

const NAME: &str = "nurse@example.org";
const PASSWORD: &str = "synthetic password";

/// An adapter of one request a call: a probe teaches it another pace, a delete is its write.
#[derive(Debug)]
struct Simple {
    slot: CredentialSlot,
    gap_ms: u32,
}

impl Provider for Simple {
    fn can(&self) -> Can {
        let mut can = Can::plain("Simple");
        can.pace.gap_ms = self.gap_ms;
        can
    }

    fn step(&self, call: &Call, heard: &[WireReply]) -> Step {
        let (method, path) = match call {
            Call::DeleteTask { .. } => (Method::Delete, "/task"),
            Call::Probe => (Method::Get, "/probe"),
            _ => (Method::Get, "/list"),
        };
        let Some(reply) = heard.first() else { return Step::Ask(WireRequest::new(method, path, self.slot)) };
        Step::Done(
            good(reply)
                .map(|_| match call {
                    Call::Probe => Reply::Alive(Box::new(Alive {
                        about: "a small server".to_owned(),
                        can: self.can(),
                        me: None,
                        lore: Some(Lore("3".into())),
                    })),
                    _ => Reply::Deleted,
                })
                .map(|reply| Answer { reply, facts: Facts::default() }),
        )
    }

    fn taught(&self, lore: &Lore) -> Option<Box<dyn Provider>> {
        Some(Box::new(Simple { slot: self.slot, gap_ms: lore.0.parse().ok()? }))
    }

    fn sign_in(&self) -> Option<WireRequest> {
        let slot = CredentialSlot::SignIn { name: "email", password: "password" };
        Some(WireRequest::new(Method::Post, "/login", slot))
    }

    fn token(&self, reply: &WireReply) -> Result<String, ApiError> {
        Ok(String::from_utf8_lossy(&good(reply)?.body).into_owned())
    }
}

fn good(reply: &WireReply) -> Result<&WireAnswer, ApiError> {
    let answer = crate::providers::answers::answered(reply)?;
    let kind = match answer.status {
        200 => return Ok(answer),
        401 => ErrorKind::Credential,
        429 => ErrorKind::Paused { after_s: 700 },
        _ => ErrorKind::Unknown,
    };
    let sentence = format!("The small server said {}.", answer.status);
    Err(ApiError { kind, status: Some(answer.status), sentence, request_id: None })
}

/// What a request was about, for the server's rule and the test's eyes: the path and the credential.
fn short(request: &str) -> String {
    let line = request.lines().next().unwrap_or_default();
    let path = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let header = request.lines().find_map(|line| line.strip_prefix("authorization: "));
    let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    [&path, header.unwrap_or_default(), body]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A server that answers by a rule, one request a connection, and keeps what it was asked with the times.
struct Server {
    base: String,
    heard: Arc<Mutex<Vec<(String, Instant)>>>,
    stop: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// The rule is given the request in short and how many came before; an empty body goes with any status but 200.
    fn start(rule: impl Fn(&str, usize) -> (u16, String) + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (heard, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (kept, stopped) = (Arc::clone(&heard), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Order::Acquire) > 0 {
                    return;
                }
                let mut stream = stream.unwrap();
                let request = short(&read_request(&mut stream));
                let (status, body) = rule(&request, kept.lock().unwrap().len());
                kept.lock().unwrap().push((request, clock::monotonic()));
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} Said\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
                );
                stream.write_all(format!("{head}{body}").as_bytes()).ok();
            }
        });
        Server { base, heard, stop, thread: Some(thread) }
    }

    fn link(&self, slot: CredentialSlot, gap_ms: u32, credential: impl Into<Credential>) -> Link {
        let credential = credential.into();
        let vault = Arc::new(Vault::new(credential.sources()));
        let origin = Origin::new(&self.base, OriginOptions::default()).unwrap();
        Link::new(Box::new(Simple { slot, gap_ms }), origin, credential, vault)
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().iter().map(|(request, _)| request.clone()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(1, Order::Release);
        TcpStream::connect(self.base.trim_start_matches("http://")).ok();
        self.thread.take().map(JoinHandle::join);
    }
}

fn known(text: &str) -> CredentialSource {
    let from = CredentialSource::Environment("K".to_owned());
    CredentialSource::Known(Secret::parse_password(text, &from).unwrap())
}

fn login() -> Credential {
    Credential::Login { name: NAME.to_owned(), password: known(PASSWORD) }
}

/// Takes a sign-in, and the token of the last one alone.
fn sessions(refused_after: usize) -> impl Fn(&str, usize) -> (u16, String) {
    move |request, before| match request {
        _ if request.starts_with("POST /login") => (200, format!("token-{before}")),
        // The first token is refused once so many requests have come.
        _ if request.ends_with("Bearer token-0") && before > refused_after => (401, String::new()),
        _ if request.contains(" Bearer token-") => (200, "done".to_owned()),
        _ => (401, String::new()),
    }
}

const READ: Call =
    Call::SearchPeople { kind: crate::domain::people::PersonKind::Patient, name: String::new() };

fn write() -> Call {
    Call::DeleteTask { id: "1".into() }
}

fn sign_in_line() -> String {
    format!("POST /login {{\"email\":\"{NAME}\",\"password\":\"{PASSWORD}\"}}")
}

#[tokio::test]
async fn contract_fhir_08_a_token_that_ends_is_renewed_once_and_the_request_asked_once_more() {
    for (call, line) in [(READ, "GET /list"), (write(), "DELETE /task")] {
        let server = Server::start(sessions(1));
        let link = server.link(CredentialSlot::Session, 0, login());
        assert!(link.converse(&call).await.is_ok());
        assert!(link.converse(&call).await.is_ok());
        let expected = [
            sign_in_line(),
            format!("{line} Bearer token-0"),
            format!("{line} Bearer token-0"),
            sign_in_line(),
            format!("{line} Bearer token-3"),
        ];
        assert_eq!(server.heard(), expected);
        let shown = format!("{link:?}");
        assert!(!shown.contains(PASSWORD) && !shown.contains("token-"), "{shown}");
    }
    // A source that takes no token at all is not asked again and again.
    let server = Server::start(|request, _| {
        if request.starts_with("POST") { (200, "token".to_owned()) } else { (401, String::new()) }
    });
    let link = server.link(CredentialSlot::Session, 0, login());
    assert_eq!(link.converse(&write()).await.unwrap_err().kind, ErrorKind::Credential);
    assert_eq!(server.heard().iter().filter(|line| line.starts_with("DELETE")).count(), 2);
}

#[tokio::test]
async fn those_who_wait_share_one_sign_in_and_its_failure() {
    let server = Server::start(sessions(100));
    let link = server.link(CredentialSlot::Session, 0, login());
    let (read, write) = (READ, write());
    let (first, second, third) =
        tokio::join!(link.converse(&read), link.converse(&read), link.converse(&write));
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(server.heard().iter().filter(|line| line.starts_with("POST")).count(), 1);

    let server = Server::start(|_, _| (401, String::new()));
    let link = server.link(CredentialSlot::Session, 0, login());
    let (first, second) = tokio::join!(link.converse(&read), link.converse(&write));
    for outcome in [first, second] {
        let error = outcome.unwrap_err();
        assert_eq!((error.kind, &*error.sentence), (ErrorKind::Credential, "The small server said 401."));
    }
    assert_eq!(server.heard(), [sign_in_line()]);
    link.converse(&read).await.unwrap_err();
    assert_eq!(server.heard().len(), 2, "who comes later tries anew");
}

#[tokio::test]
async fn contract_fhir_09_a_pause_at_the_sign_in_is_waited_out() {
    let server = Server::start(|_, _| (429, "<html>Too many requests</html>".to_owned()));
    let link = server.link(CredentialSlot::Session, 0, login());
    for call in [READ, write(), READ] {
        link.forget_secret();
        let error = link.converse(&call).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Paused { after_s: 699..=701 }), "{error:?}");
    }
    assert_eq!(server.heard(), [sign_in_line()], "it is asked once");
}

#[tokio::test]
async fn a_sign_in_that_was_lost_leaves_no_write_in_doubt() {
    let server = Server::start(|_, _| (500, String::new()));
    let link = server.link(CredentialSlot::Session, 0, login());
    assert_eq!(link.converse(&write()).await.unwrap_err().kind, ErrorKind::NotSent);
    assert_eq!(link.converse(&READ).await.unwrap_err().kind, ErrorKind::Unknown);
}

#[tokio::test]
async fn a_token_from_elsewhere_is_read_anew_once_after_a_refusal() {
    let dir = TestDir::new();
    let path = dir.0.join("token");
    let put = |text: &str| crate::runtime::files::replace(&path, text.as_bytes()).unwrap();
    for slot in [CredentialSlot::Authorization("Bearer"), CredentialSlot::Session] {
        put("old");
        let server = Server::start(|request, _| {
            if request.ends_with(" Bearer new") { (200, String::new()) } else { (401, String::new()) }
        });
        let link = server.link(slot, 0, CredentialSource::File(path.clone()));
        assert_eq!(link.converse(&write()).await.unwrap_err().kind, ErrorKind::Credential);
        put("new\n");
        assert!(link.converse(&write()).await.is_ok());
        let expected = ["old", "old", "new"].map(|token| format!("DELETE /task Bearer {token}"));
        assert_eq!(server.heard(), expected, "the same token is not sent twice for one request");
    }
    // A key in a header keeps to what the user says.
    put("old");
    let server = Server::start(|_, _| (401, String::new()));
    let link = server.link(CredentialSlot::Header("x-api-key"), 0, CredentialSource::File(path.clone()));
    link.converse(&READ).await.unwrap_err();
    put("new");
    link.converse(&READ).await.unwrap_err();
    assert_eq!(server.heard().len(), 2);
}

#[tokio::test]
async fn contract_od_16_two_keys_are_joined_and_an_odd_one_is_refused_before_sending() {
    let dir = TestDir::new();
    let path = dir.0.join("customer");
    let pair = |developer: &str| Credential::Pair {
        developer: known(developer),
        customer: CredentialSource::File(path.clone()),
    };
    let slot = CredentialSlot::Authorization("ODFHIR");
    crate::runtime::files::replace(&path, b"office\n").unwrap();
    for slash in ["", "/"] {
        let server = Server::start(|_, _| (200, String::new()));
        let mut link = server.link(slot, 0, pair("program"));
        let base = format!("{}/api/v1{slash}", server.base);
        link.over = Over::Http(Box::new(Origin::new(&base, OriginOptions::default()).unwrap()));
        assert!(link.converse(&READ).await.is_ok());
        assert_eq!(server.heard(), ["GET /api/v1/list ODFHIR program/office"]);
        assert!(!format!("{link:?}").contains("program"));
    }
    let server = Server::start(|_, _| (200, String::new()));
    for (developer, customer, place) in [
        ("program", "off ice", "customer"),
        ("program", "off/ice", "customer"),
        ("program", "off\nice", "customer"),
        ("pro/gram", "office", "key that was handed in"),
        ("pro gram", "office", "key that was handed in"),
    ] {
        crate::runtime::files::replace(&path, customer.as_bytes()).unwrap();
        let error = server.link(slot, 0, pair(developer)).converse(&write()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credential);
        assert!(error.sentence.contains(place), "{error}");
        assert!(!error.sentence.contains("gram") && !error.sentence.contains("off"), "{error}");
    }
    assert!(server.heard().is_empty());
}

#[tokio::test]
async fn a_server_that_wants_nothing_gets_nothing() {
    let server = Server::start(|_, _| (200, String::new()));
    let link = server.link(CredentialSlot::Authorization("Bearer"), 0, Credential::Nothing);
    assert!(link.converse(&READ).await.is_ok());
    assert_eq!(server.heard(), ["GET /list"]);
    assert_eq!(link.badge().await, Badge::Unknown);
    assert_eq!(link.with_badge(Some(Badge::Live)).badge().await, Badge::Live);
    let link = server.link(CredentialSlot::Header("x-api-key"), 0, Credential::Nothing);
    assert_eq!(link.converse(&READ).await.unwrap_err().kind, ErrorKind::Credential);
}

#[tokio::test]
async fn what_a_probe_teaches_holds_from_the_next_conversation_on() {
    let server = Server::start(|_, _| (200, String::new()));
    let link = server.link(CredentialSlot::None, 0, Credential::Nothing);
    let before = link.provider();
    assert!(link.converse(&Call::Probe).await.is_ok());
    assert_eq!((before.can().pace.gap_ms, link.provider().can().pace.gap_ms), (0, 3));
    let reads = [READ, READ, READ];
    futures_util::future::join_all(reads.iter().map(|call| link.converse(call))).await;
    let heard = server.heard.lock().unwrap();
    let gaps = heard.windows(2).skip(1).map(|pair| pair[1].1.duration_since(pair[0].1).as_millis());
    assert!(gaps.clone().all(|gap_ms| gap_ms >= 3), "{:?}", gaps.collect::<Vec<_>>());
    assert_eq!(heard.len(), 4);
}
