//! Sessions: a token in exchange for a name and a password, one sign-in for all who wait for it.
//!
//! Must not ask for a token again and again: a failure is shared by all who waited, and a pause is waited out.

use super::{Link, keys::no_key};
use crate::{
    providers::{ApiError, ErrorKind, Provider, wire::CredentialSlot},
    runtime::{
        clock,
        pace::Rank,
        vault::{CredentialSource, Secret},
    },
};
use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// The session of a line.
#[derive(Debug, Default)]
pub(super) struct Session {
    kept: Mutex<Kept>,
    /// Sign-ins that have ended, well or not.
    ended: AtomicU64,
    /// Whether the token must not be used again.
    is_stale: AtomicBool,
}

#[derive(Debug, Default)]
struct Kept {
    token: Option<Arc<Secret>>,
    failed: Option<Failure>,
}

/// A sign-in that failed.
#[derive(Debug)]
struct Failure {
    error: ApiError,
    /// The how-manieth it was.
    number: u64,
    /// Before this no other is tried.
    until: Option<Instant>,
}

impl Failure {
    fn new(error: ApiError, number: u64) -> Failure {
        let until = match error.kind {
            ErrorKind::Paused { after_s } => clock::monotonic().checked_add(Duration::from_secs(after_s)),
            _ => None,
        };
        Failure { error, number, until }
    }

    /// What somebody is told who had seen this many sign-ins end; none when another may be tried.
    fn holds(&self, seen: u64) -> Option<ApiError> {
        let rest = self.until.map(|until| until.saturating_duration_since(clock::monotonic()));
        match rest.filter(|rest| !rest.is_zero()) {
            Some(rest) => {
                let kind = ErrorKind::Paused { after_s: rest.as_secs().saturating_add(1) };
                Some(ApiError { kind, ..self.error.clone() })
            }
            // It ended while this one waited for it.
            None => (self.number > seen).then(|| self.error.clone()),
        }
    }
}

impl Session {
    /// Has the next request sign in anew.
    pub(super) fn forget(&self) {
        self.is_stale.store(true, Ordering::Release);
    }
}

impl Link {
    /// The token of the session; without one, or when it is the one that was refused, a sign-in comes first.
    pub(super) async fn token(
        &self,
        provider: &dyn Provider,
        refused: Option<&Secret>,
    ) -> Result<Arc<Secret>, ApiError> {
        let Some((name, password)) = self.keys.login() else {
            let token = self.keys.key().await?;
            return token
                .ok_or_else(|| no_key("No token and no name with a password is configured.".to_owned()));
        };
        let session = &self.session;
        let seen = session.ended.load(Ordering::Acquire);
        let mut kept = session.kept.lock().await;
        if session.is_stale.swap(false, Ordering::AcqRel) {
            kept.token = None;
        }
        if let Some(token) = kept.token.as_ref().filter(|token| refused != Some(&***token)) {
            return Ok(Arc::clone(token));
        }
        kept.token = None;
        if let Some(error) = kept.failed.as_ref().and_then(|failure| failure.holds(seen)) {
            return Err(error);
        }
        let outcome = self.sign_in(provider, name, password).await;
        let number = session.ended.fetch_add(1, Ordering::AcqRel) + 1;
        match outcome {
            Ok(token) => {
                let token = Arc::new(token);
                *kept = Kept { token: Some(Arc::clone(&token)), failed: None };
                Ok(token)
            }
            Err(error) => {
                kept.failed = Some(Failure::new(error.clone(), number));
                Err(error)
            }
        }
    }

    async fn sign_in(
        &self,
        provider: &dyn Provider,
        name: &str,
        password: &CredentialSource,
    ) -> Result<Secret, ApiError> {
        let request = provider.sign_in();
        let Some((mut request, member)) = request.and_then(|request| match request.credential {
            CredentialSlot::SignIn { name, .. } => Some((request, name)),
            _ => None,
        }) else {
            return Err(no_key("This kind of source takes no name and password.".to_owned()));
        };
        let mut body: Map<String, Value> =
            request.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
        body.insert(member.to_owned(), Value::String(name.to_owned()));
        request.body = Some(Value::Object(body).to_string());
        let password = self.keys.password(password).await?;
        let reply = self.ask(&request, Some(&password), Rank::First).await;
        let token = Zeroizing::new(provider.token(&reply)?);
        let from = CredentialSource::Command(vec!["of the sign-in".to_owned()]);
        Secret::parse(&token, &from).map_err(|_| ApiError {
            kind: ErrorKind::NotItsApi,
            status: None,
            sentence: "The sign-in gave a token that cannot be sent as a header.".to_owned(),
            request_id: None,
        })
    }
}
