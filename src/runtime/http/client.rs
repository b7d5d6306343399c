//! How a client is made: trust, proxy, and everything switched off that would act by itself.
//!
//! Must not offer a way to leave certificates unchecked.

use super::{OriginError, OriginOptions, words::cause};
use crate::runtime::vault::private_bytes;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::{Certificate, Client, Identity, Proxy, Url, redirect, retry};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use secrecy::zeroize::Zeroizing;
use std::{fmt, path::Path, sync::Once, time::Duration};

/// How long an unused connection is kept: shorter than servers do, so that few die on the way.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// Which proxy requests go through. Loopback never goes through one.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Proxying {
    /// The one that the environment names, if any.
    #[default]
    System,
    /// None.
    Direct,
    /// This one.
    Through(String),
}

/// A proxy that was chosen for an origin.
#[derive(Debug)]
pub(super) struct Through {
    /// Its host and port, without a password.
    pub(super) shown: String,
    intercept: Intercept,
}

impl fmt::Debug for Proxying {
    /// Leaves the address out: it may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Proxying::System => "System",
            Proxying::Direct => "Direct",
            Proxying::Through(_) => "Through(..)",
        })
    }
}

impl Proxying {
    /// The proxy for an address, decided here alone so that what is shown is what is used.
    pub(super) fn find(&self, base: &Url) -> Option<Through> {
        let matcher = match self {
            Proxying::System => Matcher::from_system(),
            Proxying::Direct => return None,
            Proxying::Through(url) => Matcher::builder().all(url.as_str()).build(),
        };
        let intercept = matcher.intercept(&base.as_str().parse().ok()?)?;
        let address = intercept.uri();
        let shown = match (address.host(), address.port_u16()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => return None,
        };
        Some(Through { shown, intercept })
    }
}

/// Makes the client of one origin.
pub(super) fn build(
    base: &Url,
    through: Option<&Through>,
    options: &OriginOptions,
) -> Result<Client, OriginError> {
    install_crypto();
    #[expect(clippy::disallowed_methods, reason = "this is the clients' home")]
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(options.timeouts.connect)
        .pool_idle_timeout(POOL_IDLE);
    if let Some(through) = through {
        builder = builder.proxy(proxy(through)?);
    }
    builder = if base.scheme() == "http" {
        // No certificate will be looked at; a machine without any can still talk to its own sandbox.
        builder.tls_certs_only([])
    } else if let Some(path) = &options.ca_file {
        builder.tls_certs_merge(certificates(path)?)
    } else {
        builder
    };
    if let Some(path) = options.client_cert_file.as_deref().filter(|_| base.scheme() == "https") {
        builder = builder.identity(identity(path, options.client_key_file.as_deref())?);
    }
    builder.build().map_err(|error| {
        let why = cause(error);
        if why.contains("No CA certificates") { OriginError::NoAuthorities } else { OriginError::Client(why) }
    })
}

/// The provider of cryptography is one a process; a client made without it would panic.
fn install_crypto() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // An error says that somebody installed one before, which serves as well.
        rustls::crypto::ring::default_provider().install_default().ok();
    });
}

fn proxy(through: &Through) -> Result<Proxy, OriginError> {
    let address = through.intercept.uri().to_string();
    let made = Proxy::all(address)
        .map_err(|error| OriginError::Proxy { proxy: through.shown.clone(), why: cause(error) })?;
    Ok(match through.intercept.basic_auth() {
        Some(credential) => {
            let mut credential = credential.clone();
            credential.set_sensitive(true);
            made.custom_http_auth(credential)
        }
        None => made,
    })
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, OriginError> {
    let unreadable = |error: &dyn fmt::Display| OriginError::CaFile {
        path: path.display().to_string(),
        why: error.to_string(),
    };
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
    let found = Certificate::from_pem_bundle(&bytes).map_err(|error| unreadable(&error))?;
    let mut roots = RootCertStore::empty();
    let is_broken = |der: Result<CertificateDer<'static>, _>| der.map_or(true, |der| roots.add(der).is_err());
    if CertificateDer::pem_slice_iter(&bytes).any(is_broken) {
        return Err(unreadable(&"a certificate in it is damaged"));
    }
    // A file without a PEM block reads as an empty list, and would be obeyed in silence.
    if found.is_empty() { Err(OriginError::CaFileEmpty(path.display().to_string())) } else { Ok(found) }
}

/// The certificate that this side shows, with its key: out of one file, or the key out of its own.
fn identity(cert_file: &Path, key_file: Option<&Path>) -> Result<Identity, OriginError> {
    let wrong = |file, path: &Path, why: String| OriginError::ClientCertificate {
        file,
        path: path.display().to_string(),
        why,
    };
    let mut pem = match key_file {
        // A certificate is public; what holds a key must be closed to others.
        Some(_) => Zeroizing::new(
            std::fs::read(cert_file)
                .map_err(|error| wrong("client_cert_file", cert_file, format!("cannot be read: {error}")))?,
        ),
        None => private_bytes(cert_file, &format_args!("client_cert_file {}", cert_file.display()))?,
    };
    if !CertificateDer::pem_slice_iter(&pem).any(|found| found.is_ok()) {
        return Err(wrong("client_cert_file", cert_file, "holds no certificate in PEM form".to_owned()));
    }
    let (holder, path) = match key_file {
        Some(path) => {
            let key = private_bytes(path, &format_args!("client_key_file {}", path.display()))?;
            pem.push(b'\n');
            pem.extend_from_slice(&key);
            ("client_key_file", path)
        }
        None => ("client_cert_file", cert_file),
    };
    if PrivateKeyDer::from_pem_slice(&pem).is_err() {
        let why = match key_file {
            Some(_) => "holds no key in PEM form that can be used without a passphrase",
            None => "holds no key beside the certificate; put it in, or name its file with client_key_file",
        };
        return Err(wrong(holder, path, why.to_owned()));
    }
    Identity::from_pem(&pem)
        .map_err(|error| wrong("client_cert_file", cert_file, format!("cannot be used: {}", cause(error))))
}
