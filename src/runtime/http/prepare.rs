//! From a request as plain data to one that can be sent: the whole URL, the headers, and the credential in its slot.
//!
//! Must not let a credential go to any origin but the source's own, or into a sentence.

use super::{Origin, words::cause};
use crate::{
    providers::wire::{CredentialSlot, Method, WireRequest},
    runtime::vault::Secret,
};
use reqwest::{
    Client, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT},
};
use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value};

/// How the program names itself to servers.
pub(super) const NAME: &str = concat!("rounds/", env!("CARGO_PKG_VERSION"));

impl Origin {
    /// The request to send; the error is a sentence.
    pub(super) fn prepare(
        &self,
        client: &Client,
        request: &WireRequest,
        credential: Option<&Secret>,
    ) -> Result<reqwest::Request, String> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = client.request(method, self.url(request)?).header(USER_AGENT, NAME);
        for (name, value) in &request.headers {
            let (name, value) = header(name, value)?;
            builder = builder.header(name, value);
        }
        let mut body = request.body.clone();
        if let Some(secret) = credential {
            match request.credential {
                CredentialSlot::None => {}
                CredentialSlot::Header(name) => {
                    let name = HeaderName::from_bytes(name.as_bytes());
                    let name = name.map_err(|_| "The key's header has no name.".to_owned())?;
                    builder = builder.header(name, sensitive(secret.expose())?);
                }
                CredentialSlot::Authorization(scheme) => {
                    builder = builder.header(AUTHORIZATION, behind(scheme, secret)?);
                }
                CredentialSlot::Session => {
                    builder = builder.header(AUTHORIZATION, behind("Bearer", secret)?);
                }
                CredentialSlot::SignIn { password, .. } => {
                    body = Some(with_password(request.body.as_deref(), password, secret)?);
                }
            }
        }
        let has_body = body.is_some();
        if let Some(body) = body {
            builder = builder.body(body);
        }
        let mut prepared =
            builder.build().map_err(|error| format!("The request could not be made: {}.", cause(error)))?;
        let headers = prepared.headers_mut();
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        if has_body {
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        }
        Ok(prepared)
    }

    fn url(&self, request: &WireRequest) -> Result<Url, String> {
        if let Some(link) = &request.url {
            return self.linked(link);
        }
        let mut url = self.base.clone();
        let wanted = format!("{}{}", self.base_path, request.path);
        url.set_path(&wanted);
        // A path that changes when it is read (`..`, a `?`) would ask for something else than was meant.
        if !request.path.starts_with('/') || url.path() != wanted {
            return Err("The request's path is not in its final form, so it was not sent.".to_owned());
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        Ok(url)
    }

    /// A URL that the server gave, whole or relative to the base.
    fn linked(&self, link: &str) -> Result<Url, String> {
        let mut below = self.base.clone();
        below.set_path(&format!("{}/", self.base_path));
        let mut url = below
            .join(link)
            .map_err(|_| format!("The link that {} gave is not a URL, so it was not asked.", self.host))?;
        if !url.username().is_empty() || url.password().is_some() {
            let host = &self.host;
            return Err(format!(
                "The link that {host} gave holds a user name or password; it was not asked."
            ));
        }
        if url.origin() != self.base.origin() {
            return Err(format!(
                "The link that {} gave leads to {}; the key goes to {} alone, so it was not asked.",
                self.host,
                url.origin().ascii_serialization(),
                self.base.origin().ascii_serialization()
            ));
        }
        url.set_fragment(None);
        Ok(url)
    }
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        (Ok(name), Ok(value)) => Ok((name, value)),
        _ => Err(format!("The header {name} holds a character that cannot be sent.")),
    }
}

fn behind(scheme: &str, secret: &Secret) -> Result<HeaderValue, String> {
    sensitive(&Zeroizing::new(format!("{scheme} {}", secret.expose())))
}

fn sensitive(text: &str) -> Result<HeaderValue, String> {
    let mut value =
        HeaderValue::from_str(text).map_err(|_| "The key cannot be sent as a header.".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// A JSON object with the password as one of its members.
fn with_password(body: Option<&str>, member: &str, secret: &Secret) -> Result<String, String> {
    let read: Result<Map<String, Value>, _> = serde_json::from_str(body.unwrap_or("{}"));
    let mut object = read.map_err(|_| "The sign-in's body is not a JSON object.".to_owned())?;
    object.insert(member.to_owned(), Value::String(secret.expose().to_owned()));
    serde_json::to_string(&object).map_err(|_| "The sign-in could not be written as JSON.".to_owned())
}
