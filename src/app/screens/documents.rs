//! The documents of a patient, or all that the sources give: drafts on top, then what the sources have.
//!
//! Must not remove or send anything without a question.

use super::{
    Screen,
    editor::{self, keep},
    ledger::Ledger,
};
use crate::app::{
    action::Action,
    kept::Draft,
    layers::ask::{self, Then},
    outbox::{Intent, Wish},
    state::State,
    sync, writes,
};
use crate::domain::{
    can::Capability,
    document::{Document, DocumentKey},
    people::{PersonKind, Reference},
    task::SourceId,
};
use crate::providers::{ApiError, DocumentPage, DocumentSearch};
use std::collections::BTreeMap;

/// Names asked for at once.
const NAMES: usize = 20;

/// The screen's state.
#[derive(Debug, Default)]
pub struct Documents {
    /// Whose documents are shown; none for everybody's.
    pub of: Option<(SourceId, Reference)>,
    /// The documents that were fetched, in the order of their sources.
    rows: Vec<Document>,
    /// Where each source goes on, where it has more.
    next: BTreeMap<SourceId, String>,
    /// What could not be asked, by source.
    pub problems: BTreeMap<SourceId, String>,
    /// How many rows could not be read.
    pub dropped: u32,
    /// Whether a source has more and gives no way to it.
    pub is_cut: bool,
    /// Where the user is.
    pub ledger: Ledger<String>,
    /// What is to be done with the document that is being read.
    then: Option<(DocumentKey, Next)>,
    /// The screen to go back to.
    before: Option<Screen>,
}

/// What a document is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// To be changed.
    Edit,
    /// To be added to by another.
    Append,
}

/// A row of the screen.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// Something begun and not sent.
    Draft(&'a Draft),
    /// A document that a source has.
    Document(&'a Document),
}

impl Entry<'_> {
    fn key(self) -> String {
        match self {
            Entry::Draft(draft) => draft.id.to_string(),
            Entry::Document(document) => format!("{}/{}", document.key.source.0, document.key.id),
        }
    }
}

/// The rows as they are shown: the youngest draft first, then the documents.
pub fn entries(state: &State) -> Vec<Entry<'_>> {
    let is_ours = |draft: &&Draft| draft.kind == keep::KIND;
    let drafts = state.drafts.iter().rev().filter(is_ours).map(Entry::Draft);
    drafts.chain(state.documents.rows.iter().map(Entry::Document)).collect()
}

fn keys(state: &State) -> Vec<String> {
    entries(state).into_iter().map(Entry::key).collect()
}

/// The row under the cursor, and its place.
pub fn selected(state: &State) -> (usize, Option<Entry<'_>>) {
    let place = state.documents.ledger.place(&keys(state));
    (place, entries(state).get(place).copied())
}

/// The title of a document that was fetched for the list, with its date.
pub fn title(state: &State, source: SourceId, id: &str) -> Option<String> {
    let is_it = |document: &&Document| document.key.source == source && *document.key.id == *id;
    let document = state.documents.rows.iter().find(is_it)?;
    let date = document.date.as_ref().map(|date| format!(", {}", date.display(&state.zone)));
    Some(format!("{}{}", document.title, date.unwrap_or_default()))
}

/// The sources whose documents are shown.
pub fn sources(state: &State) -> Vec<SourceId> {
    let of = state.documents.of.as_ref().map(|(source, _)| *source);
    let has = |source: &&crate::app::source::Source| {
        source.can.documents.is_some() && of.is_none_or(|of| of == source.id)
    };
    state.sources.iter().filter(has).map(|source| source.id).collect()
}

/// Opens the screen for the patient of the task under the cursor, else for everybody.
pub fn open(state: &mut State) {
    let task = state.worklist.selected.as_ref();
    let of = task.and_then(|task| Some((task.key.source, task.patient.clone()?)));
    let of = of.filter(|(source, _)| state.can(*source).is_some_and(|can| can.documents.is_some()));
    state.documents.before = Some(state.screen).filter(|screen| *screen != Screen::Documents);
    state.screen = Screen::Documents;
    show(state, of);
    if sources(state).is_empty() {
        let reasons = state.sources.iter().filter_map(|source| source.may(Capability::Document).err());
        let reason = reasons.map(str::to_owned).next();
        state.warn(&reason.unwrap_or_else(|| "No source of this profile has documents.".to_owned()));
    }
}

/// Shows somebody's documents, or everybody's, and asks for them.
fn show(state: &mut State, of: Option<(SourceId, Reference)>) {
    state.documents.of = of;
    state.documents.ledger.in_detail = false;
    refresh(state);
}

fn refresh(state: &mut State) {
    let documents = &mut state.documents;
    documents.rows.clear();
    documents.next.clear();
    documents.problems.clear();
    (documents.dropped, documents.is_cut) = (0, false);
    for source in sources(state) {
        ask_page(state, source, None);
    }
    state.touch();
}

fn ask_page(state: &mut State, source: SourceId, cursor: Option<String>) {
    let patient = state.documents.of.as_ref().map(|(_, patient)| patient.id().to_owned());
    let search = DocumentSearch { patient, ..DocumentSearch::default() };
    sync::documents::search(state, source, search, cursor);
}

/// A page has come, or could not be fetched.
pub fn on_page(state: &mut State, source: SourceId, page: Result<DocumentPage, ApiError>) {
    match page {
        Ok(page) => {
            let of = state.documents.of.clone();
            let is_shown = |document: &Document| match &of {
                Some((_, patient)) => document.patient.as_ref().is_some_and(|one| one.id() == patient.id()),
                None => true,
            };
            let wanted = sources(state).contains(&source);
            let documents = &mut state.documents;
            for document in page.documents.into_iter().filter(|document| wanted && is_shown(document)) {
                match documents.rows.iter_mut().find(|known| known.key == document.key) {
                    Some(known) => *known = document,
                    None => documents.rows.push(document),
                }
            }
            documents.dropped += page.dropped;
            documents.is_cut |= page.is_cut;
            match page.next {
                Some(next) => drop(documents.next.insert(source, next)),
                None => drop(documents.next.remove(&source)),
            }
            want_names(state);
        }
        Err(error) => drop(state.documents.problems.insert(source, error.to_string())),
    }
    state.touch();
}

fn want_names(state: &mut State) {
    let patients = state.documents.rows.iter().filter_map(|document| {
        let patient = document.patient.as_ref()?;
        Some((document.key.source, PersonKind::Patient, Box::from(patient.id())))
    });
    let wanted: Vec<_> = patients.take(NAMES).collect();
    sync::want_names(state, wanted);
}

/// A document was read whole, or could not be.
pub fn on_document(state: &mut State, outcome: Result<Box<Document>, ApiError>) {
    let Some((key, next)) = state.documents.then.take() else { return };
    match outcome {
        // Whoever has gone on meanwhile is not called back.
        Ok(_) if state.screen != Screen::Documents || !state.layers.is_empty() => {
            state.say("The document was read; Enter on the list opens it.");
        }
        Ok(document) if document.key == key => match next {
            Next::Edit => editor::open::edit(state, *document),
            Next::Append => editor::open::append(state, &document),
        },
        Ok(_) => {}
        Err(error) => state.warn(&format!("The document could not be read: {error}")),
    }
    state.touch();
}

/// Does what a key asks on this screen; whether it was one of its own.
pub fn on_action(state: &mut State, action: Action) -> bool {
    let (keys, page) = (keys(state), super::page(state.size));
    if state.documents.ledger.act(action, &keys, page, state.last_page) {
        more(state, &keys);
        state.touch();
        return true;
    }
    match action {
        Action::PaneOpen => open_selected(state, Next::Edit),
        Action::DocumentAppend => open_selected(state, Next::Append),
        Action::DocumentNew => begin(state),
        Action::DocumentDelete => ask_to_delete(state),
        Action::DraftDrop => ask_to_drop(state),
        Action::DocumentsAll => toggle(state),
        Action::RefreshView => refresh(state),
        Action::PaneClose => state.screen = state.documents.before.take().unwrap_or(Screen::Worklist),
        _ => return false,
    }
    state.touch();
    true
}

/// The cursor has come to the end of the list: what its sources have beyond it is fetched.
fn more(state: &mut State, keys: &[String]) {
    let is_last = state.documents.ledger.place(keys) + 1 >= keys.len();
    if !is_last {
        return;
    }
    let next = std::mem::take(&mut state.documents.next);
    for (source, cursor) in next {
        ask_page(state, source, Some(cursor));
    }
}

fn open_selected(state: &mut State, next: Next) {
    let key = match selected(state).1 {
        None => return state.say("There is nothing here to open."),
        Some(Entry::Draft(draft)) => {
            let id = draft.id;
            return editor::open::reopen(state, id);
        }
        Some(Entry::Document(document)) => document.key.clone(),
    };
    let begun = state.drafts.iter().find(|draft| {
        let is_of = |body: &keep::Body| body.base.is_some() && body.document.key.id == key.id;
        next == Next::Edit && keep::read(draft).is_some_and(|body| is_of(&body))
    });
    if let Some(id) = begun.map(|draft| draft.id) {
        editor::open::reopen(state, id);
        return state.say("This is the draft that you had begun on it.");
    }
    state.documents.then = Some((key.clone(), next));
    sync::documents::read(state, &key);
    state.say("Reading the document.");
}

/// Begins a document about whoever is shown.
fn begin(state: &mut State) {
    let source = state.documents.of.as_ref().map(|(source, _)| *source);
    let writes = |source: &SourceId| state.may(*source, Capability::Document).is_ok();
    let source = source.into_iter().chain(sources(state)).find(writes);
    let Some(source) = source else {
        let first = state.sources.first().map(|source| source.id).unwrap_or_default();
        let reason = state.may(first, Capability::Document).err();
        return state
            .warn(&reason.unwrap_or_else(|| "No source of this profile takes documents.".to_owned()));
    };
    let patient = state.documents.of.as_ref().map(|(_, patient)| patient.clone());
    editor::open::choose(state, source, None, patient);
}

fn toggle(state: &mut State) {
    if state.documents.of.is_some() {
        return show(state, None);
    }
    let about = match selected(state).1 {
        Some(Entry::Document(document)) => document.patient.clone().map(|who| (document.key.source, who)),
        _ => None,
    };
    let task = state.worklist.selected.as_ref();
    let of = about.or_else(|| task.and_then(|task| Some((task.key.source, task.patient.clone()?))));
    match of {
        Some(of) => show(state, Some(of)),
        None => state.say("No patient is selected."),
    }
}

fn ask_to_drop(state: &mut State) {
    let Some(Entry::Draft(draft)) = selected(state).1 else {
        return state.say("Only a draft is thrown away; X removes a document from its source.");
    };
    let lines = vec![
        draft.title.clone(),
        String::new(),
        "Its text is thrown away; nothing brings it back.".to_owned(),
    ];
    let then = Then::DropDraft(draft.id);
    ask::open(state, "Throw this draft away?", lines, then);
}

fn ask_to_delete(state: &mut State) {
    let Some(Entry::Document(document)) = selected(state).1 else {
        return state.say("Only a document that a source has can be removed from it.");
    };
    let source = document.key.source;
    let can = state.can(source);
    let deletes = can.and_then(|can| can.documents).is_some_and(|rules| rules.deletes);
    if let Err(reason) = state.may(source, Capability::Document) {
        return state.warn(&reason);
    }
    if !deletes {
        let system = can.map_or("Its source", |can| can.system);
        let line = format!("{system} removes no documents; give it the status entered-in-error there.");
        return state.warn(&line);
    }
    let patient = state.patient_of(source, document.patient.as_ref());
    let lines = vec![
        format!("{} · {patient}", document.title),
        format!("{}, {}", document.status.as_str(), document.key.id),
        String::new(),
        "It is removed at its source; nothing here brings it back.".to_owned(),
    ];
    let then = Then::DeleteDocument(Box::new(document.clone()));
    ask::open(state, "Remove this document?", lines, then);
}

/// The user has said that a document is to be removed.
pub fn delete(state: &mut State, document: Document) {
    let source = document.key.source;
    let patient = state.patient_of(source, document.patient.as_ref());
    let line = format!("Remove document: {} · {patient}", document.title);
    let key = state.ids.idempotency_key();
    let wish = Wish::DeleteDocument { base: Box::new(document) };
    writes::send_document(state, source, wish, line, key);
}

/// A source has carried out a write of a document: the list shows it.
pub fn on_done(state: &mut State, intent: &Intent, document: Option<&Document>) {
    let rows = &mut state.documents.rows;
    match (&intent.wish, document) {
        (Wish::DeleteDocument { base }, _) => rows.retain(|known| known.key != base.key),
        (_, Some(document)) => match rows.iter_mut().find(|known| known.key == document.key) {
            Some(known) => known.clone_from(document),
            None if state.screen == Screen::Documents => rows.insert(0, document.clone()),
            None => {}
        },
        _ => {}
    }
    state.touch();
}
