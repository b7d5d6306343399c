//! What went wrong on the way, in words for whoever looks after the network.
//!
//! Must not repeat a URL, a key or the body of anything.

use crate::domain::time::Timestamp;
use rustls::{AlertDescription, CertificateError};
use std::{error::Error, io, time::Duration};

/// What happened, without the URL.
pub(super) fn cause(error: reqwest::Error) -> String {
    // The outer layers name parts of the client; the innermost says what happened.
    let error = error.without_url();
    if let Some(tls) = tls_error(&error) {
        return tls_words(tls);
    }
    let mut innermost: &dyn Error = &error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    let words = innermost.to_string();
    match words.strip_prefix("tunnel error: ") {
        Some(why) => format!("the proxy opened no way to it ({why})"),
        None => words,
    }
}

/// Whether the server ended the connection because of the certificate that this side showed or did not show: with
/// TLS 1.3 that comes after our side of the handshake, yet before the server has looked at a request.
pub(super) fn is_about_our_certificate(error: &reqwest::Error) -> bool {
    matches!(tls_error(error), Some(rustls::Error::AlertReceived(alert)) if refuses_us(*alert))
}

/// How long, as it is written in sentences.
pub(super) fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

/// The TLS error in a chain of errors. An `io::Error` hides the one that it carries from `source`.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let mut here = Some(error);
    while let Some(error) = here {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        here = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(carried) => Some(carried),
            None => error.source(),
        };
    }
    None
}

fn refuses_us(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}

fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => certificate_words(why),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "it wants a certificate from this side; name one with client_cert_file".to_owned()
        }
        rustls::Error::AlertReceived(alert) if refuses_us(*alert) => {
            format!("it does not take the certificate of client_cert_file ({alert:?})")
        }
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "it broke the TLS handshake off; it may want a certificate of this side (client_cert_file)"
                .to_owned()
        }
        rustls::Error::InvalidMessage(_) => "what answers there does not speak TLS".to_owned(),
        other => other.to_string(),
    }
}

fn certificate_words(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => {
            "its certificate is self-signed, or comes from an authority that this \
            machine does not know; name that authority's certificate with ca_file"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host name".to_owned()
        }
        CertificateError::Expired => {
            "its certificate has expired, or this machine's clock is wrong".to_owned()
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            format!(
                "its certificate expired on {}, unless this machine's clock is wrong",
                day(not_after.as_secs())
            )
        }
        CertificateError::NotValidYet => {
            "its certificate is not valid yet, or this machine's clock is wrong".to_owned()
        }
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "its certificate is not valid before {}, unless this machine's clock is wrong",
            day(not_before.as_secs())
        ),
        CertificateError::Revoked => "its certificate was revoked".to_owned(),
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "its certificate is self-signed: an authority's own in place of a server's".to_owned()
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not meant for servers".to_owned()
        }
        other => format!("its certificate does not verify ({other})"),
    }
}

fn day(second: u64) -> String {
    let at = i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok());
    at.map_or_else(|| "an unreadable day".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}
