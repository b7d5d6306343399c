//! Documents in a scene: what a source holds of them, and what the editor shows in words.
//!
//! Must not know how a key changed it.

use rounds::{
    app::{
        State,
        screens::editor::{Editor, check},
    },
    domain::{document::Document, outline, task::SourceId},
    providers::{DocumentCall, DocumentPage, DocumentSearch, Reply, document_json::document_from_text},
};

/// The documents of one source.
#[derive(Default)]
pub(super) struct Shelf {
    documents: Vec<Document>,
    made: usize,
}

impl Shelf {
    /// Takes a document as its source sends it.
    pub(super) fn set(&mut self, source: SourceId, json: &str) {
        let document = document_from_text(source, json).unwrap_or_else(|| panic!("{json}: no document"));
        self.put(document);
    }

    fn put(&mut self, document: Document) {
        match self.documents.iter_mut().find(|known| known.key == document.key) {
            Some(known) => *known = document,
            None => self.documents.push(document),
        }
    }

    /// The document of an id, as the source has it.
    pub(super) fn find(&self, id: &str) -> Option<Document> {
        self.documents.iter().find(|known| *known.key.id == *id).cloned()
    }

    /// What the source answers when it does what it was asked; none where it has no such document.
    pub(super) fn answer(&mut self, source: SourceId, call: &DocumentCall) -> Option<Reply> {
        Some(match call {
            DocumentCall::Search { search, .. } => Reply::Documents(self.page(search)),
            DocumentCall::Read { id } => Reply::Document(Box::new(self.find(id)?)),
            DocumentCall::FindCreated { .. } => Reply::Candidates(Vec::new()),
            DocumentCall::Delete { id } => {
                self.documents.retain(|known| *known.key.id != **id);
                Reply::Deleted
            }
            DocumentCall::Create { draft, .. } => {
                self.made += 1;
                let mut made = (**draft).clone();
                made.key.source = source;
                made.key.id = format!("made{}", self.made).into();
                self.saved(made)
            }
            DocumentCall::Update { document, .. } => self.saved((**document).clone()),
        })
    }

    fn saved(&mut self, document: Document) -> Reply {
        self.put(document.clone());
        Reply::DocumentSaved { document: Box::new(document), differs: Vec::new() }
    }

    fn page(&self, search: &DocumentSearch) -> DocumentPage {
        let wanted = |document: &&Document| {
            let patient = document.patient.as_ref().map(|patient| patient.id().to_owned());
            search.patient.is_none() || search.patient == patient
        };
        DocumentPage {
            documents: self.documents.iter().filter(wanted).cloned().collect(),
            ..Default::default()
        }
    }
}

/// Where the user is: the pane, the section, the place in its text.
fn editor_line(editor: &Editor) -> String {
    let (line, column) = editor.prose.line_and_column();
    let column = column.unwrap_or(0);
    let number = check::number(&editor.at);
    let kept = if editor.keep.is_whole() { "kept" } else { "not kept yet" };
    format!("{:?} {number} {line}:{column}, {kept}", editor.pane)
}

/// The same, or that there is none.
pub(super) fn editor(state: &State) -> String {
    shown(state).map_or("closed".to_owned(), editor_line)
}

fn shown(state: &State) -> Option<&Editor> {
    state.editor.as_deref()
}

/// Every section with its text.
pub(super) fn sections(state: &State) -> String {
    shown(state).map_or("none".to_owned(), |editor| sections_of(&editor.document))
}

/// The same of a document.
pub(super) fn sections_of(document: &Document) -> String {
    let rows = outline::rows(document);
    let told = |row: &outline::Row<'_>| {
        format!("{} {}={:?}", check::number(&row.path), row.section.title, row.section.text)
    };
    rows.iter().map(told).collect::<Vec<_>>().join(" / ")
}

/// The header as JSON, without its sections.
pub(super) fn written(state: &State) -> String {
    let Some(editor) = shown(state) else { return "none".to_owned() };
    let header = Document { sections: Vec::new(), ..editor.document.clone() };
    let value = serde_json::to_value(&header).unwrap();
    let serde_json::Value::Object(mut object) = value else { return String::new() };
    object.retain(|_, value| {
        !value.is_null() && *value != serde_json::json!([]) && *value != serde_json::json!("")
    });
    object.remove("key");
    serde_json::Value::Object(object).to_string()
}

/// What is wrong with it, each with its place.
pub(super) fn problems(state: &State) -> String {
    let Some(editor) = shown(state) else { return "none".to_owned() };
    let lines: Vec<String> = editor.check.found.iter().map(|located| check::line(editor, located)).collect();
    if lines.is_empty() { "nothing".to_owned() } else { lines.join(" / ") }
}
