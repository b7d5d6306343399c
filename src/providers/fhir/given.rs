//! A resource as a server gave it, and what is done alike with tasks and documents: name its version, write it back
//! whole, and tell a conflict from another refusal.
//!
//! Must not know what stands in the resource, nor send back one that came only in part.

use super::{MEDIA_TYPE, errors, map, path_id, unsupported};
use crate::{
    domain::{
        document::{Document, Thing},
        task::Task,
    },
    providers::{
        ApiError, ErrorKind, Facts,
        raw::{Edit, RawObject, quoted},
        wire::{Method, WireAnswer, WireReply, WireRequest},
    },
};
use serde_json::Value;

/// What can be written back.
pub(super) trait Resource {
    /// What people call one.
    const NOUN: &'static str;

    fn id(&self) -> &str;
    fn version(&self) -> Option<&str>;
    fn status(&self) -> &str;
    fn into_thing(self) -> Thing;
}

impl Resource for Task {
    const NOUN: &'static str = "task";

    fn id(&self) -> &str {
        &self.key.id
    }

    fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    fn status(&self) -> &str {
        self.status.as_str()
    }

    fn into_thing(self) -> Thing {
        Thing::Task(Box::new(self))
    }
}

impl Resource for Document {
    const NOUN: &'static str = "document";

    fn id(&self) -> &str {
        &self.key.id
    }

    fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    fn status(&self) -> &str {
        self.status.as_str()
    }

    fn into_thing(self) -> Thing {
        Thing::Document(Box::new(self))
    }
}

/// A resource as a server gave it: what it says, and its text.
pub(super) struct Given<R> {
    pub(super) resource: R,
    pub(super) text: String,
    pub(super) facts: Facts,
    /// The version as a header names it.
    etag: Option<String>,
    is_partial: bool,
}

/// How a server lets a resource be written over.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// It takes the whole resource; else only a patch.
    pub(super) may_replace: bool,
    /// It compares versions itself.
    pub(super) guards_version: bool,
}

impl<R: Resource> Given<R> {
    /// The resource that a reply holds, and that it is the one asked for: a stray answer must not pass for it.
    pub(super) fn read(
        reply: &WireReply,
        asked: Option<&str>,
        read: impl FnOnce(&str, &Value) -> Option<R>,
    ) -> Result<Self, ApiError> {
        let answer = errors::good(reply)?;
        let body = errors::json(answer)?;
        let text = body_text(answer);
        let noun = R::NOUN;
        let resource = read(&text, &body).ok_or_else(|| errors::not_its_api(answer, &format!("a {noun}")))?;
        if asked.is_some_and(|id| id != resource.id()) {
            return Err(errors::not_its_api(answer, &format!("the {noun} that was asked for")));
        }
        Ok(Given {
            resource,
            text,
            facts: errors::facts(answer),
            etag: answer.header("etag").map(str::to_owned),
            is_partial: map::is_partial(&body),
        })
    }

    /// The version to be written over, as a request header names it.
    fn if_match(&self) -> Option<String> {
        let version = self.resource.version().filter(|version| !version.is_empty());
        version.map(|version| format!("W/\"{version}\"")).or_else(|| self.etag.clone())
    }

    /// The text as an object that edits can be made in; an error where it cannot be sent back as it came.
    pub(super) fn object(&self) -> Result<RawObject<'_>, ApiError> {
        let noun = R::NOUN;
        if self.is_partial {
            let sentence =
                format!("The server gave this {noun} only in part (SUBSETTED), so it cannot be sent back.");
            return Err(unsupported(&sentence));
        }
        RawObject::parse(&self.text).ok_or_else(|| {
            unsupported(&format!("This {noun} has two members of one name, so it cannot be sent back."))
        })
    }

    /// The request that makes the edits: the whole resource again, or a patch where only that is taken.
    pub(super) fn write_request(
        &self,
        manner: Manner,
        object: &RawObject<'_>,
        edits: &[Edit],
        request: impl FnOnce(Method) -> Result<WireRequest, ApiError>,
    ) -> Result<WireRequest, ApiError> {
        let mut request = request(if manner.may_replace { Method::Put } else { Method::Patch })?;
        if manner.may_replace {
            put_body(&mut request, MEDIA_TYPE, object.with(edits).unwrap_or_default());
        } else {
            let patch = json_patch(object, self.resource.version(), self.resource.status(), edits);
            put_body(&mut request, "application/json-patch+json", patch);
        }
        if manner.guards_version
            && let Some(version) = self.if_match()
        {
            request.headers.push(("If-Match", version));
        }
        Ok(request)
    }

    /// What a refusal of a write over this means: a conflict when the resource is another now, else what the server
    /// said. `now` is what a read after the refusal gave.
    pub(super) fn refusal(
        &self,
        reply: &WireReply,
        now: Result<Given<R>, ApiError>,
        is_version: impl FnOnce(&R) -> bool,
    ) -> ApiError {
        let refusal = match errors::good(reply) {
            Err(error) => error,
            Ok(answer) => errors::not_its_api(answer, "a refusal"),
        };
        match now {
            Ok(now) if !is_version(&now.resource) || now.text != self.text => {
                let sentence = match refusal.status {
                    Some(status) => format!(
                        "Somebody else changed this {} in the meantime ({status}); nothing was changed.",
                        R::NOUN
                    ),
                    None => refusal.sentence,
                };
                let kind = ErrorKind::Conflict(Some(now.resource.into_thing()));
                ApiError { kind, sentence, ..refusal }
            }
            // It is what it was: the server's reason is another one.
            Ok(_) if refusal.is_conflict() => ApiError { kind: ErrorKind::Refused(Vec::new()), ..refusal },
            Ok(_) | Err(_) => refusal,
        }
    }
}

/// The good answer to a create that asked for one only; a 412 there says that more than one has our identifier: it was
/// made, and the user has to look.
pub(super) fn made<R: Resource>(reply: &WireReply) -> Result<&WireAnswer, ApiError> {
    errors::good(reply).map_err(|error| match error.status {
        Some(412) => {
            let noun = R::NOUN;
            let sentence = format!("{} More than one {noun} has the mark of this one.", error.sentence);
            ApiError { kind: ErrorKind::Unknown, sentence, ..error }
        }
        _ => error,
    })
}

/// Gives a request its body.
pub(super) fn put_body(request: &mut WireRequest, media_type: &str, body: String) {
    request.headers.push(("Content-Type", media_type.to_owned()));
    request.headers.push(("Prefer", "return=representation".to_owned()));
    request.body = Some(body);
}

/// The body of an answer as text, as it was read as JSON.
pub(super) fn body_text(answer: &WireAnswer) -> String {
    String::from_utf8_lossy(&answer.body).trim_start_matches('\u{feff}').trim().to_owned()
}

/// The id in the address of what was made: `…/Task/7`, `…/Task/7/_history/1`.
pub(super) fn location_id(answer: &WireAnswer, kind: &str) -> Option<String> {
    let address = answer.header("location").or_else(|| answer.header("content-location"))?;
    let (_, rest) = address.rsplit_once(&format!("{kind}/"))?;
    let id = rest.split(['/', '?', '#']).next()?;
    path_id(id).ok().map(str::to_owned)
}

/// The edits as a JSON Patch that first makes sure of the version it was written for.
fn json_patch(object: &RawObject<'_>, version: Option<&str>, status: &str, edits: &[Edit]) -> String {
    let test = match version {
        Some(version) => ("/meta/versionId", quoted(version)),
        None => ("/status", quoted(status)),
    };
    let mut operations = vec![format!("{{\"op\":\"test\",\"path\":\"{}\",\"value\":{}}}", test.0, test.1)];
    for Edit { name, value } in edits {
        let stands = object.get(name).is_some();
        match (stands, value) {
            (true, Some(value)) => {
                operations.push(format!("{{\"op\":\"replace\",\"path\":\"/{name}\",\"value\":{value}}}"));
            }
            (false, Some(value)) => {
                operations.push(format!("{{\"op\":\"add\",\"path\":\"/{name}\",\"value\":{value}}}"));
            }
            (true, None) => operations.push(format!("{{\"op\":\"remove\",\"path\":\"/{name}\"}}")),
            (false, None) => {}
        }
    }
    format!("[{}]", operations.join(","))
}
