//! The only place that speaks HTTP: one client an origin, made at the first exchange.
//!
//! Must not follow a redirect, repeat a request, read without a cap, or let a key into an error or a log.

mod client;
mod prepare;
mod scrub;
#[cfg(test)]
pub(crate) mod tests;
mod words;

pub use client::Proxying;

use super::{
    clock,
    vault::{Secret, VaultError},
};
use crate::providers::wire::{WireAnswer, WireReply, WireRequest};
use client::Through;
use reqwest::{Client, Response, Url, header::HeaderValue};
use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use thiserror::Error;
use tokio::time::timeout;
use words::{cause, is_about_our_certificate, seconds};

/// The largest body that is read when nothing else is said.
pub const BODY_CAP_BYTES: usize = 16 * 1024 * 1024;

/// How long each part of an exchange may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name, connection, TLS.
    pub connect: Duration,
    /// From the start until the answer's headers are there.
    pub first_byte: Duration,
    /// Between two parts of the body.
    pub idle: Duration,
    /// The whole body: a server that drips is cut off here.
    pub body: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(30),
            idle: Duration::from_secs(15),
            body: Duration::from_secs(120),
        }
    }
}

/// What can be chosen about an origin.
#[derive(Clone, Debug)]
pub struct OriginOptions {
    /// A PEM file of further certificate authorities, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// A PEM file with the certificate that this side shows, its chain, and its key where that has no file of its own.
    pub client_cert_file: Option<PathBuf>,
    /// A PEM file with the key of that certificate.
    pub client_key_file: Option<PathBuf>,
    /// Whether plain http may leave this machine.
    pub allow_plain_http: bool,
    /// Which proxy is used beyond loopback.
    pub proxying: Proxying,
    /// How long each part may take.
    pub timeouts: Timeouts,
    /// The largest decoded body that is read.
    pub body_cap_bytes: usize,
}

impl Default for OriginOptions {
    fn default() -> OriginOptions {
        OriginOptions {
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
            allow_plain_http: false,
            proxying: Proxying::System,
            timeouts: Timeouts::default(),
            body_cap_bytes: BODY_CAP_BYTES,
        }
    }
}

/// Why an origin cannot be used. No sentence repeats a URL: somebody may have put a password into it.
#[derive(Debug, Error)]
pub enum OriginError {
    /// No URL, or none with a host.
    #[error("The address is not a URL such as https://api.example.org/v1.")]
    NotAnAddress,
    /// Neither http nor https.
    #[error("The address of {0} begins with neither https:// nor http://.")]
    Scheme(String),
    /// A user name or password before the host.
    #[error("The address of {0} holds a user name or password; use key_cmd, key_file or key_env instead.")]
    HoldsCredential(String),
    /// A query or fragment.
    #[error("The address of {0} must end before the `?` or `#`.")]
    HoldsQuery(String),
    /// Plain http beyond this machine.
    #[error("The address of {0} is plain http: anybody on the way could read patients' data. Use https.")]
    PlainHttp(String),
    /// The file of certificates cannot be read.
    #[error("The ca_file {path} cannot be read: {why}.")]
    CaFile {
        /// Which file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no certificate in the file.
    #[error("The ca_file {0} holds no certificate in PEM form.")]
    CaFileEmpty(String),
    /// The certificate of this side cannot be used.
    #[error("The {file} {path} {why}.")]
    ClientCertificate {
        /// The setting that names the file.
        file: &'static str,
        /// Which file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file of the certificate's key cannot be used.
    #[error(transparent)]
    ClientKey(#[from] VaultError),
    /// The system trusts nobody.
    #[error(
        "This system has no certificate authorities, so no https server can be trusted. Install its \
         certificates or name a ca_file."
    )]
    NoAuthorities,
    /// The proxy's address is of no use.
    #[error("The proxy {proxy} cannot be used: {why}.")]
    Proxy {
        /// Its host and port.
        proxy: String,
        /// What is wrong with it.
        why: String,
    },
    /// Anything else that the client did not accept.
    #[error("No HTTP client could be made: {0}.")]
    Client(String),
}

/// One server that requests go to, with the client that sends them.
#[derive(Debug)]
pub struct Origin {
    base: Url,
    /// The base's path without the slash at its end.
    base_path: String,
    host: String,
    through: Option<Through>,
    options: OriginOptions,
    client: Mutex<Option<Client>>,
}

impl Origin {
    /// Checks an address; nothing is opened, read or sent yet.
    pub fn new(base_url: &str, options: OriginOptions) -> Result<Origin, OriginError> {
        let base = Url::parse(base_url.trim()).map_err(|_| OriginError::NotAnAddress)?;
        let Some(name) = base.host_str() else { return Err(OriginError::NotAnAddress) };
        let host = match base.port() {
            Some(port) => format!("{name}:{port}"),
            None => name.to_owned(),
        };
        let loopback = is_loopback(name);
        if !matches!(base.scheme(), "http" | "https") {
            return Err(OriginError::Scheme(host));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(OriginError::HoldsCredential(host));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(OriginError::HoldsQuery(host));
        }
        if base.scheme() == "http" && !loopback && !options.allow_plain_http {
            return Err(OriginError::PlainHttp(host));
        }
        let base_path = base.path().trim_end_matches('/').to_owned();
        // A proxy variable is meant for the world outside, never for this machine.
        let through = if loopback { None } else { options.proxying.find(&base) };
        Ok(Origin { base, base_path, host, through, options, client: Mutex::new(None) })
    }

    /// The server's host, with its port where that is not the usual one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host and port of the proxy in use, for the status line.
    pub fn proxy_in_use(&self) -> Option<&str> {
        self.through.as_ref().map(|through| through.shown.as_str())
    }

    /// Whether what is sent can be read by others on the way: plain http beyond this machine.
    pub fn is_exposed(&self) -> bool {
        self.base.scheme() == "http" && !self.is_local()
    }

    /// Whether the server is this machine.
    pub fn is_local(&self) -> bool {
        self.base.host_str().is_some_and(is_loopback)
    }

    /// Whether the server is this machine or a neighbour: a private address, or a name without a domain.
    pub fn is_near(&self) -> bool {
        let private = |host: &str| match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.is_private(),
            Ok(IpAddr::V6(address)) => address.is_unique_local(),
            Err(_) => !host.contains('.'),
        };
        let host = self.base.host_str().unwrap_or_default();
        self.is_local() || private(host.trim_start_matches('[').trim_end_matches(']'))
    }

    /// Makes the client now, to learn whether certificates and proxy are in order. Sends nothing.
    pub fn check(&self) -> Result<(), OriginError> {
        self.client().map(drop)
    }

    /// Sends one request once and waits for its answer.
    ///
    /// When the future is dropped the connection is closed; what the server did is unknown then.
    pub async fn exchange(&self, request: &WireRequest, credential: Option<&Secret>) -> WireReply {
        let started = clock::monotonic();
        let reply = match self.converse(request, credential).await {
            Ok(mut answer) => {
                if let Some(secret) = credential {
                    scrub::scrub(&mut answer, secret);
                }
                WireReply::Answered(answer)
            }
            Err(failure) => failure,
        };
        self.log(request, &reply, started.elapsed());
        reply
    }

    async fn converse(
        &self,
        request: &WireRequest,
        credential: Option<&Secret>,
    ) -> Result<WireAnswer, WireReply> {
        let client = self.client().map_err(|error| not_sent(error.to_string()))?;
        let prepared = self.prepare(&client, request, credential).map_err(not_sent)?;
        let host = &self.host;
        let limit = self.options.timeouts.first_byte;
        let response = match timeout(limit, client.execute(prepared)).await {
            Ok(Ok(response)) => response,
            // Only these are sure to come before the first byte of the request went out.
            Ok(Err(error))
                if error.is_connect() || error.is_builder() || is_about_our_certificate(&error) =>
            {
                return Err(not_sent(format!("{host} could not be reached: {}.", cause(error))));
            }
            Ok(Err(error)) => {
                return Err(lost(format!("{host} took the request but did not answer: {}.", cause(error))));
            }
            Err(_) => return Err(lost(format!("{host} did not answer within {}.", seconds(limit)))),
        };
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text_of(value)))
            .collect();
        let (body, over_cap) = self.read_body(response).await.map_err(|(read_bytes, why)| {
            lost(format!("The answer of {host} (status {status}) broke off after {read_bytes} bytes: {why}."))
        })?;
        Ok(WireAnswer { status, headers, body, over_cap, received_at: clock::now() })
    }

    /// The client, made at its first use so that nothing comes before the first frame.
    fn client(&self) -> Result<Client, OriginError> {
        let mut slot = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*slot {
            return Ok(client.clone());
        }
        let client = client::build(&self.base, self.through.as_ref(), &self.options)?;
        Ok(slot.insert(client).clone())
    }

    /// The decoded body up to the cap; or how much came and why no more.
    async fn read_body(&self, mut response: Response) -> Result<(Vec<u8>, bool), (usize, String)> {
        let Timeouts { idle, body: whole, .. } = self.options.timeouts;
        let cap_bytes = self.options.body_cap_bytes;
        let mut body = Vec::new();
        let reading = async {
            loop {
                match timeout(idle, response.chunk()).await {
                    Ok(Ok(Some(chunk))) => {
                        let room = cap_bytes - body.len();
                        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                        if chunk.len() > room {
                            return Ok(true);
                        }
                    }
                    Ok(Ok(None)) => return Ok(false),
                    Ok(Err(error)) => return Err(cause(error)),
                    Err(_) => return Err(format!("nothing came for {}", seconds(idle))),
                }
            }
        };
        let ended = timeout(whole, reading).await;
        match ended {
            Ok(Ok(over_cap)) => Ok((body, over_cap)),
            Ok(Err(why)) => Err((body.len(), why)),
            Err(_) => Err((body.len(), format!("it was not complete after {}", seconds(whole)))),
        }
    }

    /// One line a request, without ids, queries and bodies.
    fn log(&self, request: &WireRequest, reply: &WireReply, took: Duration) {
        let (outcome, request_id) = match reply {
            WireReply::Answered(answer) => {
                (answer.status.to_string(), answer.header("x-request-id").unwrap_or_default())
            }
            WireReply::NotSent { .. } => ("not sent".to_owned(), ""),
            WireReply::Lost { .. } => ("lost".to_owned(), ""),
        };
        tracing::info!(
            method = request.method.as_str(),
            host = %self.host,
            route = route(request),
            %outcome,
            took_ms = took.as_millis() as u64,
            request_id = ?request_id,
            "request"
        );
    }
}

/// The beginning of the path that a request goes to.
fn route(request: &WireRequest) -> &str {
    match &request.url {
        // A link of the server's own making: what stands in it is not ours to log.
        Some(_) => "(link)",
        None => first_segment(&request.path),
    }
}

/// The path's first segment, or its first two when it begins with a version: what follows may be an id.
fn first_segment(path: &str) -> &str {
    let segment_end = |from: usize| path.get(from..).and_then(|rest| rest.find('/')).map(|at| from + at);
    let Some(first) = segment_end(1) else { return path };
    let versioned = path
        .get(1..first)
        .and_then(|segment| segment.strip_prefix('v'))
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let end = if versioned { segment_end(first + 1).unwrap_or(path.len()) } else { first };
    path.get(..end).unwrap_or_default()
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn text_of(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn not_sent(sentence: String) -> WireReply {
    WireReply::NotSent { sentence }
}

fn lost(sentence: String) -> WireReply {
    WireReply::Lost { sentence }
}
