//! Requests and replies as plain data, with a slot where a credential goes.
//!
//! Must not hold a credential, open a connection or know a URL's origin: `runtime/http.rs` fills those in.

use crate::domain::time::Timestamp;

/// The HTTP method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates.
    Post,
    /// Changes some fields.
    Patch,
    /// Replaces the whole.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }

    /// Whether the request may change something at the server.
    pub fn writes(self) -> bool {
        self != Method::Get
    }
}

/// Where the source's credential is put into a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialSlot {
    /// Nowhere: the route needs none.
    None,
    /// As the value of this header, sensitive.
    Header(&'static str),
    /// Behind this scheme in `Authorization`, sensitive: `Bearer TOKEN`, `ODFHIR DEVELOPER/CUSTOMER`.
    Authorization(&'static str),
    /// As `Authorization: Bearer`: the token that the adapter's sign-in gave; a sign-in comes first when there is none.
    Session,
    /// In the JSON body of a sign-in: the user's name and password are put in as these members.
    SignIn {
        /// The member that takes the user's name.
        name: &'static str,
        /// The member that takes the password.
        password: &'static str,
    },
}

/// One request, without origin and without credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireRequest {
    /// The method.
    pub method: Method,
    /// The path below the source's base URL, beginning with `/`; its segments are already percent-encoded.
    pub path: String,
    /// Query pairs, not yet encoded.
    pub query: Vec<(String, String)>,
    /// A whole URL that the server gave, used in place of path and query, as a FHIR link to the next page is. It is
    /// asked only when it has the source's own origin: a key goes nowhere else.
    pub url: Option<String>,
    /// Headers beside the credential.
    pub headers: Vec<(&'static str, String)>,
    /// Where the credential goes.
    pub credential: CredentialSlot,
    /// The JSON body.
    pub body: Option<String>,
}

impl WireRequest {
    /// A request without query, headers or body whose credential goes into `credential`.
    pub fn new(method: Method, path: impl Into<String>, credential: CredentialSlot) -> WireRequest {
        WireRequest {
            method,
            path: path.into(),
            query: Vec::new(),
            url: None,
            headers: Vec::new(),
            credential,
            body: None,
        }
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireReply {
    /// The server answered, wholly or cut.
    Answered(WireAnswer),
    /// Nothing reached the server: name, connection or TLS failed before the first byte. Safe to send again.
    NotSent {
        /// What failed, a whole sentence without the URL's query.
        sentence: String,
    },
    /// Bytes went out and no whole answer came back: what the server did is unknown.
    Lost {
        /// What was seen, a whole sentence.
        sentence: String,
    },
}

/// A server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    /// The decoded body, at most the cap's length.
    pub body: Vec<u8>,
    /// Whether the body was longer than the cap and is cut.
    pub over_cap: bool,
    /// When the answer was complete, by our clock.
    pub received_at: Timestamp,
}

impl WireAnswer {
    /// The first header of a lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}
