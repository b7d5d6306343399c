//! Documents that a screen asks for: pages of a list, and one of them whole.
//!
//! Must not ask by itself: a list is asked for when it is opened or refreshed, a document when it is.

use super::{Purpose, ask, odd_answer};
use crate::app::{screens::documents, state::State};
use crate::domain::{document::DocumentKey, task::SourceId};
use crate::providers::{ApiError, Call, DocumentCall, DocumentSearch, Reply};

/// Rows asked for at once.
const PAGE: u16 = 50;

/// Asks a source for a page of its documents.
pub fn search(state: &mut State, source: SourceId, search: DocumentSearch, cursor: Option<String>) {
    let call = Call::Document(DocumentCall::Search { search, cursor, count: PAGE });
    ask(state, source, call, Purpose::Documents(source));
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
    let page = match outcome {
        Ok(Reply::Documents(page)) => Ok(page),
        Ok(_) => Err(odd_answer()),
        Err(error) => Err(error),
    };
    documents::on_page(state, source, page);
}

pub(super) fn on_document(state: &mut State, key: &DocumentKey, outcome: Result<Reply, ApiError>) {
    let document = match outcome {
        Ok(Reply::Document(document)) if document.key == *key => Ok(document),
        Ok(_) => Err(odd_answer()),
        Err(error) => Err(error),
    };
    documents::on_document(state, document);
}
