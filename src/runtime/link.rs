//! One source's line to the world: its adapter, its origin and its key, joined for one conversation at a time.
//!
//! Must not repeat a request or decide what an answer means: the adapter says what comes next.

use super::{
    http::Origin,
    vault::{CredentialSource, Secret, Vault},
};
use crate::{
    app::source::Badge,
    providers::{
        Answer, ApiError, Call, ErrorKind, Provider, Step,
        clinikapi::{self, KeyKind},
        wire::{CredentialSlot, WireRequest},
    },
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::{Mutex, Semaphore};

/// Conversations with one source at once (RELIABILITY §3.8).
const AT_ONCE: usize = 4;
/// Requests in one conversation at the most: no adapter needs more, and a faulty one must end.
const MOST_STEPS: usize = 16;

/// How the keys of the embedded sandbox begin; everybody behind it is invented.
const SANDBOX_KEY: &str = "clk_test_sandbox_";

/// A source's line.
#[derive(Debug)]
pub struct Link {
    provider: Box<dyn Provider>,
    origin: Origin,
    credential: Option<CredentialSource>,
    vault: Arc<Vault>,
    secret: Mutex<Option<Arc<Secret>>>,
    /// Whether the kept key must not be used again.
    is_stale: AtomicBool,
    permits: Semaphore,
}

impl Link {
    /// A line that has not spoken yet; the key is read at the first request that needs one.
    pub fn new(
        provider: Box<dyn Provider>,
        origin: Origin,
        credential: Option<CredentialSource>,
        vault: Arc<Vault>,
    ) -> Link {
        let permits = Semaphore::new(AT_ONCE);
        Link {
            provider,
            origin,
            credential,
            vault,
            secret: Mutex::new(None),
            is_stale: AtomicBool::new(false),
            permits,
        }
    }

    /// A line whose key is known already, such as that of the embedded sandbox.
    pub fn with_secret(
        provider: Box<dyn Provider>,
        origin: Origin,
        secret: Secret,
        vault: Arc<Vault>,
    ) -> Link {
        let link = Link::new(provider, origin, None, vault);
        Link { secret: Mutex::new(Some(Arc::new(secret))), ..link }
    }

    /// The adapter.
    pub fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    /// The origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The key, read now if it has not been yet.
    pub async fn secret(&self) -> Result<Arc<Secret>, ApiError> {
        let mut kept = self.secret.lock().await;
        let is_stale = self.is_stale.swap(false, Ordering::AcqRel);
        if let Some(secret) = kept.as_ref().filter(|_| !is_stale) {
            return Ok(Arc::clone(secret));
        }
        let Some(source) = &self.credential else {
            return Err(no_key("No key is configured: set key_cmd, key_file or key_env.".to_owned()));
        };
        let secret = self.vault.read(source).await.map_err(|error| no_key(error.to_string()))?;
        let secret = Arc::new(secret);
        *kept = Some(Arc::clone(&secret));
        Ok(secret)
    }

    /// Has the next request read the key anew.
    pub fn forget_secret(&self) {
        // A key that came from nowhere could not be read again.
        if self.credential.is_some() {
            self.is_stale.store(true, Ordering::Release);
        }
    }

    /// Whether the data behind the line are real, told by the beginning of its key; reads the key.
    pub async fn badge(&self) -> Badge {
        let Ok(secret) = self.secret().await else { return Badge::Unknown };
        let prefixes = ["clk_live_", "clk_test_"].into_iter();
        let kind = prefixes.filter(|prefix| secret.has_prefix(prefix)).map(clinikapi::key_kind).next();
        match kind {
            Some(KeyKind::Live) => Badge::Live,
            Some(KeyKind::Test) if self.origin.is_local() && secret.has_prefix(SANDBOX_KEY) => {
                Badge::Synthetic
            }
            Some(KeyKind::Test) => Badge::Test,
            Some(KeyKind::Unknown) | None => Badge::Unknown,
        }
    }

    /// Holds one conversation to its end.
    pub async fn converse(&self, call: &Call) -> Result<Answer, ApiError> {
        match self.hold(call, false).await? {
            Held::Answer(answer) => Ok(answer),
            Held::Write(_) => Err(no_end()),
        }
    }

    /// Holds a conversation up to its first writing request, which is given back unsent; none when it needs no
    /// such request.
    pub async fn rehearse(&self, call: &Call) -> Result<Option<WireRequest>, ApiError> {
        Ok(match self.hold(call, true).await? {
            Held::Answer(_) => None,
            Held::Write(request) => Some(request),
        })
    }

    async fn hold(&self, call: &Call, stop_at_write: bool) -> Result<Held, ApiError> {
        // The semaphore is never closed; without a permit the request would only be less polite.
        let _permit = self.permits.acquire().await.ok();
        let mut heard = Vec::new();
        while heard.len() < MOST_STEPS {
            let request = match self.provider.step(call, &heard) {
                Step::Ask(request) => request,
                Step::Done(outcome) => return outcome.map(Held::Answer),
            };
            if stop_at_write && request.method.writes() {
                return Ok(Held::Write(request));
            }
            let secret = match request.credential {
                CredentialSlot::None => None,
                _ => Some(self.secret().await?),
            };
            heard.push(self.origin.exchange(&request, secret.as_deref()).await);
        }
        Err(no_end())
    }
}

/// Where a conversation stands when it is held no further.
enum Held {
    Answer(Answer),
    Write(WireRequest),
}

fn no_end() -> ApiError {
    ApiError {
        kind: ErrorKind::Unknown,
        status: None,
        sentence: "The conversation came to no end.".to_owned(),
        request_id: None,
    }
}

fn no_key(sentence: String) -> ApiError {
    ApiError { kind: ErrorKind::Credential, status: None, sentence, request_id: None }
}
