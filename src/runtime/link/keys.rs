//! What a source is asked with: one key, two joined, a name with a password, or nothing; read when it is needed.
//!
//! Must not sign in: `session.rs` does. Must not put a key into a sentence.

use crate::{
    providers::{ApiError, ErrorKind},
    runtime::vault::{CredentialSource, Secret, Vault, VaultError},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Mutex;

/// What a source is asked with, and where that is to be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credential {
    /// Nothing: it lets everybody in, or knows this side by its certificate.
    #[default]
    Nothing,
    /// A key, or a token that somebody else keeps fresh.
    Key(CredentialSource),
    /// Two keys that are joined by a slash (contract opendental §1).
    Pair {
        /// The key of the program.
        developer: CredentialSource,
        /// The key of the office.
        customer: CredentialSource,
    },
    /// A name and a password, for which the source gives a token.
    Login {
        /// The name, such as an e-mail address.
        name: String,
        /// The password.
        password: CredentialSource,
    },
}

impl Credential {
    /// The places that something secret comes from.
    pub fn sources(&self) -> Vec<&CredentialSource> {
        match self {
            Credential::Nothing => Vec::new(),
            Credential::Key(source) | Credential::Login { password: source, .. } => vec![source],
            Credential::Pair { developer, customer } => vec![developer, customer],
        }
    }
}

impl From<CredentialSource> for Credential {
    fn from(source: CredentialSource) -> Credential {
        Credential::Key(source)
    }
}

/// The credential of a line, with the key as it was last read.
#[derive(Debug)]
pub(super) struct Keys {
    credential: Credential,
    vault: Arc<Vault>,
    kept: Mutex<Option<Arc<Secret>>>,
    /// Whether the kept key must not be used again.
    is_stale: AtomicBool,
}

impl Keys {
    pub(super) fn new(credential: Credential, vault: Arc<Vault>) -> Keys {
        Keys { credential, vault, kept: Mutex::new(None), is_stale: AtomicBool::new(false) }
    }

    /// The key, read now if it has not been yet; none where no request carries one.
    pub(super) async fn key(&self) -> Result<Option<Arc<Secret>>, ApiError> {
        if matches!(self.credential, Credential::Nothing | Credential::Login { .. }) {
            return Ok(None);
        }
        let mut kept = self.kept.lock().await;
        let is_stale = self.is_stale.swap(false, Ordering::AcqRel);
        if let Some(secret) = kept.as_ref().filter(|_| !is_stale) {
            return Ok(Some(Arc::clone(secret)));
        }
        // A key that was refused is not used again because the new one cannot be read.
        *kept = None;
        *kept = self.read().await.map_err(|error| no_key(error.to_string()))?;
        Ok(kept.clone())
    }

    /// Another key than the one that was refused: the one that somebody read meanwhile, or what is read now. None when
    /// it is the same or cannot be read.
    pub(super) async fn renewed(&self, refused: &Secret) -> Option<Arc<Secret>> {
        let mut kept = self.kept.lock().await;
        if let Some(other) = kept.as_ref().filter(|secret| ***secret != *refused) {
            return Some(Arc::clone(other));
        }
        let other = self.read().await.ok().flatten().filter(|secret| **secret != *refused)?;
        *kept = Some(Arc::clone(&other));
        Some(other)
    }

    /// Has the next request read the key anew.
    pub(super) fn forget(&self) {
        self.is_stale.store(true, Ordering::Release);
    }

    /// The name and the password's place, where a session begins with them.
    pub(super) fn login(&self) -> Option<(&str, &CredentialSource)> {
        match &self.credential {
            Credential::Login { name, password } => Some((name, password)),
            _ => None,
        }
    }

    /// The password, read for one sign-in and not kept.
    pub(super) async fn password(&self, source: &CredentialSource) -> Result<Secret, ApiError> {
        self.vault.read_password(source).await.map_err(|error| no_key(error.to_string()))
    }

    async fn read(&self) -> Result<Option<Arc<Secret>>, VaultError> {
        Ok(match &self.credential {
            Credential::Nothing | Credential::Login { .. } => None,
            Credential::Key(source) => Some(Arc::new(self.vault.read(source).await?)),
            Credential::Pair { developer, customer } => {
                let first = self.vault.read(developer).await?.as_part(developer)?;
                let second = self.vault.read(customer).await?.as_part(customer)?;
                Some(Arc::new(Secret::joined(&first, &second)))
            }
        })
    }
}

/// The error of a credential that is not to be had.
pub(super) fn no_key(sentence: String) -> ApiError {
    ApiError { kind: ErrorKind::Credential, status: None, sentence, request_id: None }
}
