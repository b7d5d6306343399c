//! One source's line to the world: its adapter, its origin and its key, joined for one conversation at a time.
//!
//! Must not repeat a request or decide what an answer means: the adapter says what comes next.

use super::{
    http::Origin,
    vault::{CredentialSource, Secret, Vault},
};
use crate::providers::{Answer, ApiError, Call, ErrorKind, Provider, Step, wire::CredentialSlot};
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};

/// Conversations with one source at once (RELIABILITY §3.8).
const AT_ONCE: usize = 4;
/// Requests in one conversation at the most: no adapter needs more, and a faulty one must end.
const MOST_STEPS: usize = 16;

/// A source's line.
#[derive(Debug)]
pub struct Link {
    provider: Box<dyn Provider>,
    origin: Origin,
    credential: Option<CredentialSource>,
    vault: Arc<Vault>,
    secret: Mutex<Option<Arc<Secret>>>,
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
        Link { provider, origin, credential, vault, secret: Mutex::new(None), permits }
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
        if let Some(secret) = &*kept {
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

    /// Forgets the key, so that the next request reads it anew.
    pub async fn forget_secret(&self) {
        *self.secret.lock().await = None;
    }

    /// Holds one conversation to its end.
    pub async fn converse(&self, call: &Call) -> Result<Answer, ApiError> {
        // The semaphore is never closed; without a permit the request would only be less polite.
        let _permit = self.permits.acquire().await.ok();
        let mut heard = Vec::new();
        while heard.len() < MOST_STEPS {
            let request = match self.provider.step(call, &heard) {
                Step::Ask(request) => request,
                Step::Done(outcome) => return outcome,
            };
            let secret = match request.credential {
                CredentialSlot::None => None,
                CredentialSlot::Header(_) => Some(self.secret().await?),
            };
            heard.push(self.origin.exchange(&request, secret.as_deref()).await);
        }
        Err(ApiError {
            kind: ErrorKind::Unknown,
            status: None,
            sentence: "The conversation came to no end.".to_owned(),
            request_id: None,
        })
    }
}

fn no_key(sentence: String) -> ApiError {
    ApiError { kind: ErrorKind::Credential, status: None, sentence, request_id: None }
}
