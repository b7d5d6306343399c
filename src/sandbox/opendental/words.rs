//! How Open Dental says that something went wrong, and how an answer goes out. It decides nothing.

use serde_json::{Value, json};

use super::office::{ErrorForm, Office};
use super::store::Row;
use crate::sandbox::damage::Words;
use crate::sandbox::message::Reply;

/// What a good request gives.
pub(super) enum Success {
    /// One row.
    One(Row),
    /// A new row, and where it stands.
    Made { place: String, row: Row },
    /// A page of rows.
    Many(Vec<Row>),
}

/// Why a request was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    text: String,
    retry_after_s: Option<u64>,
}

impl Refusal {
    fn new(status: u16, text: impl Into<String>) -> Refusal {
        Refusal { status, text: text.into(), retry_after_s: None }
    }

    pub(super) fn bad(text: impl Into<String>) -> Refusal {
        Refusal::new(400, text)
    }

    /// A field or parameter whose value means nothing.
    pub(super) fn invalid(name: &str) -> Refusal {
        Refusal::bad(format!("{name} is invalid."))
    }

    pub(super) fn not_found(what: &str) -> Refusal {
        Refusal::new(404, format!("{what} not found."))
    }

    pub(super) fn unauthorized(text: &str) -> Refusal {
        Refusal::new(401, text)
    }

    pub(super) fn too_soon(retry_after_s: Option<u64>) -> Refusal {
        Refusal { retry_after_s, ..Refusal::new(429, "Too many requests are waiting for this office.") }
    }

    pub(super) fn reply(&self, office: &Office) -> Reply {
        let wait = self.retry_after_s.map(|seconds| seconds.to_string());
        error(self.status, &self.text, wait.as_deref(), office)
    }
}

/// Assumption (OD 11.1): the body of an error is a JSON string; the other forms are switches.
fn error(status: u16, text: &str, retry_after: Option<&str>, office: &Office) -> Reply {
    let reply = match office.errors {
        ErrorForm::String => Reply::json(status, &json!(text)),
        ErrorForm::Object => Reply::json(status, &json!({"Message": text})),
        ErrorForm::Text => Reply::new(status, "text/plain; charset=utf-8", text.as_bytes().to_vec()),
        ErrorForm::Html => {
            let page = format!("<html><head><title>{status}</title></head><body><p>{text}</p></body></html>");
            Reply::new(status, "text/html; charset=utf-8", page.into_bytes())
        }
        ErrorForm::Empty => Reply::empty(status),
    };
    match retry_after {
        Some(wait) => reply.with("retry-after", wait),
        None => reply,
    }
}

impl Words for Office {
    fn refused(&self, status: u16, retry_after: Option<&str>) -> Reply {
        let text = match status {
            400 => "The request could not be read.",
            401 => "The developer key or the customer key is not valid.",
            404 => "Not found.",
            409 => "The row was changed meanwhile.",
            429 => "Too many requests are waiting for this office.",
            504 => "The office did not answer in time.",
            _ => "An unexpected error occurred.",
        };
        error(status, text, retry_after, self)
    }

    fn id_pointer(&self) -> &'static str {
        "/TaskNum"
    }
}

/// The answer to a good request; `origin` is where the client found this server.
pub(super) fn good(success: Success, origin: &str) -> Reply {
    match success {
        Success::One(row) => Reply::json(200, &shown(row)),
        Success::Made { place, row } => {
            Reply::json(201, &shown(row)).with("location", format!("{origin}/api/v1/{place}"))
        }
        Success::Many(rows) => Reply::json(200, &rows.into_iter().map(shown).collect()),
    }
}

/// A row as an answer shows it: the serializer turns CR LF into a blank.
pub(super) fn shown(mut row: Row) -> Value {
    for value in row.values_mut() {
        if let Value::String(text) = value
            && text.contains("\r\n")
        {
            *text = text.replace("\r\n", " ");
        }
    }
    Value::Object(row)
}
