//! Carries HTTP to the pure functions and back: reads bodies, waits out latency and stalls, cuts connections.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::{HeaderValue, Request as HttpRequest, Response, StatusCode};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

use super::Clock;
use super::control::control;
use super::hospital::Hospital;
use super::message::{Outcome, READ_CAP_BYTES, Reply, Request};
use super::system::System;

/// How long the door rests when the system has no more handles to give.
const REST: Duration = Duration::from_millis(50);

/// What all ports share.
pub(crate) struct Shared {
    hospital: Mutex<Hospital>,
    /// Wakes those who wait for a stall to end.
    pub(crate) switched: watch::Sender<()>,
    /// Wakes the keeper of the state file.
    pub(crate) dirty: Notify,
    pub(crate) clock: Clock,
}

impl Shared {
    pub(crate) fn new(hospital: Hospital, clock: Clock) -> Shared {
        Shared {
            hospital: Mutex::new(hospital),
            switched: watch::Sender::new(()),
            dirty: Notify::new(),
            clock,
        }
    }

    pub(crate) fn hospital(&self) -> MutexGuard<'_, Hospital> {
        self.hospital.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which face of the hospital a port shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    System(System),
    Control,
}

/// Serves one port until told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    port: Port,
    shared: Arc<Shared>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let door = Door { listener, port, shared: Arc::clone(&shared) };
    let service = Router::new()
        .fallback(move |ConnectInfo(cut): ConnectInfo<Cut>, request: HttpRequest<Body>| {
            let shared = Arc::clone(&shared);
            async move { answer(port, &shared, cut, request).await }
        })
        .into_make_service_with_connect_info::<Cut>();
    axum::serve(door, service).with_graceful_shutdown(stop).await
}

async fn answer(port: Port, shared: &Shared, cut: Cut, request: HttpRequest<Body>) -> Response<Body> {
    let request = read(request).await;
    let outcome = match port {
        Port::Control => {
            let now = (shared.clock)();
            let reply = control(&mut shared.hospital(), &request, now);
            if request.method == "POST" {
                shared.switched.send_replace(());
                shared.dirty.notify_one();
            }
            Outcome::Reply(reply)
        }
        Port::System(system) => {
            wait_out(shared, system).await;
            let now = (shared.clock)();
            let mut hospital = shared.hospital();
            if hospital.face(system).faults().offline {
                Outcome::Cut
            } else {
                let outcome = hospital.serve(system, &request, now);
                drop(hospital);
                if request.method != "GET" {
                    shared.dirty.notify_one();
                }
                outcome
            }
        }
    };
    match outcome {
        Outcome::Reply(reply) => write(reply),
        Outcome::Cut => {
            cut.0.store(true, Ordering::Release);
            Response::new(Body::empty())
        }
    }
}

/// Waits for as long as the system holds the request back, and for the end of a stall.
async fn wait_out(shared: &Shared, system: System) {
    let mut switched = shared.switched.subscribe();
    let now = (shared.clock)();
    let held = shared.hospital().face_mut(system).holds(now);
    if !held.is_zero() {
        tokio::time::sleep(held).await;
    }
    while shared.hospital().face(system).faults().stall {
        if switched.changed().await.is_err() {
            return;
        }
    }
}

async fn read(request: HttpRequest<Body>) -> Request {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, READ_CAP_BYTES).await;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        oversize: body.is_err(),
        body: body.map(Into::into).unwrap_or_default(),
    }
}

fn write(reply: Reply) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// A listener whose connections can be cut without an answer.
struct Door {
    listener: TcpListener,
    port: Port,
    shared: Arc<Shared>,
}

impl Door {
    fn is_offline(&self) -> bool {
        match self.port {
            Port::System(system) => self.shared.hospital().face(system).faults().offline,
            Port::Control => false,
        }
    }
}

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(_) if self.is_offline() => {}
                Ok((stream, address)) => return (Wire { stream, cut: Cut::default() }, address),
                Err(_) => tokio::time::sleep(REST).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The switch that cuts one connection.
#[derive(Clone, Debug, Default)]
struct Cut(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, Door>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Cut {
        stream.io().cut.clone()
    }
}

/// A connection that refuses to carry an answer once it is cut.
struct Wire {
    stream: TcpStream,
    cut: Cut,
}

impl Wire {
    fn check(&self) -> io::Result<()> {
        if self.cut.0.load(Ordering::Acquire) { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        match wire.check() {
            Ok(()) => Pin::new(&mut wire.stream).poll_write(context, bytes),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
