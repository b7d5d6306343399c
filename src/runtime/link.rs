//! One source's line to the world: its adapter, its origin and its key, joined for one conversation at a time.
//!
//! Must not repeat a request or decide what an answer means: the adapter says what comes next.

mod keys;
mod session;
#[cfg(test)]
mod tests;

pub use keys::Credential;

use super::{
    file::Files,
    http::Origin,
    pace::{Lane, Rank},
    vault::{Secret, Vault},
};
use crate::{
    app::source::Badge,
    providers::{
        Answer, ApiError, Call, ErrorKind, Lore, Provider, Reply, Step,
        clinikapi::{self, KeyKind},
        wire::{CredentialSlot, WireReply, WireRequest},
    },
};
use keys::Keys;
use session::Session;
use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// Conversations with one source at once (RELIABILITY §3.8).
const AT_ONCE: usize = 4;
/// Requests in one conversation at the most: no adapter needs more, and a faulty one must end.
const MOST_STEPS: usize = 16;

/// How the keys of the embedded sandbox begin; everybody behind it is invented.
const SANDBOX_KEY: &str = "clk_test_sandbox_";

/// The status of an answer to a credential that is not good.
const UNAUTHORIZED: u16 = 401;

/// What a line goes over.
#[derive(Debug)]
enum Over {
    Http(Box<Origin>),
    Files(Files),
}

/// A source's line.
#[derive(Debug)]
pub struct Link {
    provider: RwLock<Arc<dyn Provider>>,
    over: Over,
    keys: Keys,
    session: Session,
    badge: Option<Badge>,
    permits: Semaphore,
    lane: Lane,
    /// The pause behind each request, from the provider of the moment; without one, conversations go side by side.
    gap_ms: AtomicU32,
}

impl Link {
    /// A line that has not spoken yet; the key is read at the first request that needs one.
    pub fn new(
        provider: Box<dyn Provider>,
        origin: Origin,
        credential: impl Into<Credential>,
        vault: Arc<Vault>,
    ) -> Link {
        Link::over(provider, Over::Http(Box::new(origin)), credential.into(), vault)
    }

    /// A line to files: nothing is asked of anybody.
    pub fn to_files(provider: Box<dyn Provider>, files: Files, vault: Arc<Vault>) -> Link {
        Link::over(provider, Over::Files(files), Credential::Nothing, vault)
    }

    fn over(provider: Box<dyn Provider>, over: Over, credential: Credential, vault: Arc<Vault>) -> Link {
        let gap_ms = AtomicU32::new(provider.can().pace.gap_ms);
        Link {
            provider: RwLock::new(Arc::from(provider)),
            over,
            keys: Keys::new(credential, vault),
            session: Session::default(),
            badge: None,
            permits: Semaphore::new(AT_ONCE),
            lane: Lane::default(),
            gap_ms,
        }
    }

    /// The same line, with what is known of its data without looking at a key.
    #[must_use]
    pub fn with_badge(self, badge: Option<Badge>) -> Link {
        Link { badge, ..self }
    }

    /// The adapter as it is now: what the source says of itself when it is probed changes it.
    pub fn provider(&self) -> Arc<dyn Provider> {
        Arc::clone(&self.provider.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The origin; none for files.
    pub fn origin(&self) -> Option<&Origin> {
        match &self.over {
            Over::Http(origin) => Some(origin),
            Over::Files(_) => None,
        }
    }

    /// Has the next request read the key anew, or sign in anew.
    pub fn forget_secret(&self) {
        self.keys.forget();
        self.session.forget();
    }

    /// Whether the data behind the line are real: as it was said, else told by the beginning of its key, which is
    /// read for that.
    pub async fn badge(&self) -> Badge {
        if let Some(badge) = self.badge {
            return badge;
        }
        let Ok(Some(secret)) = self.keys.key().await else { return Badge::Unknown };
        let prefixes = ["clk_live_", "clk_test_"].into_iter();
        let kind = prefixes.filter(|prefix| secret.has_prefix(prefix)).map(clinikapi::key_kind).next();
        match kind {
            Some(KeyKind::Live) => Badge::Live,
            Some(KeyKind::Test)
                if self.origin().is_some_and(Origin::is_local) && secret.has_prefix(SANDBOX_KEY) =>
            {
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
        let provider = self.provider();
        if let Over::Files(files) = &self.over {
            return files.answer(&*provider, call).await.map(Held::Answer);
        }
        let rank = if call.writes() { Rank::Write } else { Rank::Read };
        // The semaphore is never closed; without a permit the request would only be less polite. Where requests go
        // one by one, the queue is the order, and a read under way must not keep a write out of it.
        let _permit = match self.gap() {
            None => self.permits.acquire().await.ok(),
            Some(_) => None,
        };
        let (mut heard, mut wrote) = (Vec::new(), false);
        while heard.len() < MOST_STEPS {
            let request = match provider.step(call, &heard) {
                Step::Ask(request) => request,
                Step::Done(outcome) => {
                    if let Ok(Answer { reply: Reply::Alive(alive), .. }) = &outcome
                        && let Some(lore) = &alive.lore
                    {
                        self.teach(lore);
                    }
                    return outcome.map(Held::Answer);
                }
            };
            if stop_at_write && request.method.writes() {
                return Ok(Held::Write(request));
            }
            heard.push(match self.exchange(&*provider, &request, rank).await {
                Ok(reply) => reply,
                // What was written before is for the adapter to tell of.
                Err(error) if wrote => WireReply::NotSent { sentence: error.sentence },
                Err(error) => return Err(unsent(error, call)),
            });
            wrote |= request.method.writes();
        }
        Err(no_end())
    }

    /// Asks one request with the credential that it wants. A request that was refused for its token was not carried
    /// out, so it is asked a second time, writes too, when another token is to be had. An error is about the
    /// credential alone: the request was not carried out.
    async fn exchange(
        &self,
        provider: &dyn Provider,
        request: &WireRequest,
        rank: Rank,
    ) -> Result<WireReply, ApiError> {
        let secret = match request.credential {
            CredentialSlot::None => None,
            CredentialSlot::Header(_) => Some(self.keys.key().await?.ok_or_else(no_key_named)?),
            // Some servers ask for nothing, or for a certificate alone.
            CredentialSlot::Authorization(_) => self.keys.key().await?,
            CredentialSlot::Session => Some(self.token(provider, None).await?),
            CredentialSlot::SignIn { .. } => return Err(no_sign_in()),
        };
        let reply = self.ask(request, secret.as_deref(), rank).await;
        let Some(secret) = secret.filter(|_| is_unauthorized(&reply)) else { return Ok(reply) };
        let other = match request.credential {
            CredentialSlot::Session if self.keys.login().is_some() => {
                Some(self.token(provider, Some(&secret)).await?)
            }
            CredentialSlot::Session | CredentialSlot::Authorization("Bearer") => {
                self.keys.renewed(&secret).await
            }
            _ => None,
        };
        Ok(match other {
            Some(other) => self.ask(request, Some(&other), rank).await,
            None => reply,
        })
    }

    /// Sends one request once, when its turn has come.
    async fn ask(&self, request: &WireRequest, secret: Option<&Secret>, rank: Rank) -> WireReply {
        let _pass = match self.gap() {
            Some(gap) => Some(self.lane.enter(rank, gap).await),
            None => None,
        };
        match &self.over {
            Over::Http(origin) => origin.exchange(request, secret).await,
            Over::Files(_) => {
                WireReply::NotSent { sentence: "Files are not asked over the network.".to_owned() }
            }
        }
    }

    fn gap(&self) -> Option<Duration> {
        let gap_ms = self.gap_ms.load(Ordering::Acquire);
        (gap_ms > 0).then(|| Duration::from_millis(u64::from(gap_ms)))
    }

    /// Goes on with an adapter that knows what the source said about itself; conversations under way keep theirs.
    fn teach(&self, lore: &Lore) {
        if let Some(taught) = self.provider().taught(lore) {
            self.gap_ms.store(taught.can().pace.gap_ms, Ordering::Release);
            *self.provider.write().unwrap_or_else(PoisonError::into_inner) = Arc::from(taught);
        }
    }
}

fn is_unauthorized(reply: &WireReply) -> bool {
    matches!(reply, WireReply::Answered(answer) if answer.status == UNAUTHORIZED)
}

/// The error of a conversation that ended before its request: a sign-in that was lost has changed no task.
fn unsent(error: ApiError, call: &Call) -> ApiError {
    if call.writes() && error.kind.leaves_write_unknown() {
        return ApiError { kind: ErrorKind::NotSent, ..error };
    }
    error
}

fn no_key_named() -> ApiError {
    keys::no_key("No key is configured: set key_cmd, key_file or key_env.".to_owned())
}

fn no_sign_in() -> ApiError {
    ApiError {
        kind: ErrorKind::Unsupported,
        status: None,
        sentence: "A sign-in is no part of a conversation.".to_owned(),
        request_id: None,
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
