//! Documents that a screen asks for: pages of a list, and one of them whole.
//!
//! Must not ask by itself: a list is asked for when it is opened or refreshed, a document when it is.

use super::{Purpose, ask, odd_answer};
use crate::app::{screens::documents, state::State};
use crate::domain::{document::DocumentKey, task::SourceId};
use crate::providers::{ApiError, Call, DocumentCall, DocumentPage, DocumentSearch, Reply};

/// Rows asked for at once.
const PAGE: u16 = 50;

/// Asks a source for a page of its documents.
pub fn search(state: &mut State, source: SourceId, search: DocumentSearch, cursor: Option<String>) {
    ask(state, source, page_call(search, cursor), Purpose::Documents(source));
}

/// Asks a source for a page of the documents that one is picked of.
pub fn search_to_pick(state: &mut State, source: SourceId, search: DocumentSearch, cursor: Option<String>) {
    ask(state, source, page_call(search, cursor), Purpose::DocumentsToPick(source));
}

fn page_call(search: DocumentSearch, cursor: Option<String>) -> Call {
    Call::Document(DocumentCall::Search { search, cursor, count: PAGE })
}

/// Asks for one document whole.
pub fn read(state: &mut State, key: &DocumentKey) {
    let call = Call::Document(DocumentCall::Read { id: key.id.clone() });
    ask(state, key.source, call, Purpose::Document(key.clone()));
}

/// Whether a page or a document of the source is on its way.
pub fn is_asking(state: &State, source: SourceId) -> bool {
    state.sync.calls.values().any(|purpose| match purpose {
        Purpose::Documents(of) => *of == source,
        Purpose::Document(key) => key.source == source,
        _ => false,
    })
}

pub(super) fn on_page(state: &mut State, source: SourceId, outcome: Result<Reply, ApiError>) {
    documents::on_page(state, source, page_of(outcome));
}

/// The page of an answer.
pub(super) fn page_of(outcome: Result<Reply, ApiError>) -> Result<DocumentPage, ApiError> {
    match outcome? {
        Reply::Documents(page) => Ok(page),
        _ => Err(odd_answer()),
    }
}

pub(super) fn on_document(state: &mut State, key: &DocumentKey, outcome: Result<Reply, ApiError>) {
    let document = match outcome {
        Ok(Reply::Document(document)) if document.key == *key => Ok(document),
        Ok(_) => Err(odd_answer()),
        Err(error) => Err(error),
    };
    documents::on_document(state, document);
}
