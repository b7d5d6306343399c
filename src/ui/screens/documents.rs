//! The documents screen: drafts and documents, a row each; beneath, the selected one.
//!
//! Must not hide that a source could not be asked, or has more than is shown.

use crate::{
    app::{
        action::{Action, Context},
        kept::Draft,
        outbox::{self, Intent, Subject},
        screens::{
            documents::{Entry, entries, selected, sources},
            editor::{check, keep},
        },
        state::State,
        sync,
    },
    domain::{
        clean::Clean,
        document::Document,
        outline,
        time::{age_text, clock_text},
    },
    ui::{
        ink::Ink,
        role::Role,
        shell,
        widgets::{
            ledger::{self, Cell},
            rich::{self, Rich},
        },
        words,
    },
};

const LABEL: u16 = 14;

/// Paints the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State) {
    let entries = entries(state);
    let (place, entry) = selected(state);
    let documents = &state.documents;
    let ledger = ledger::Ledger {
        head: head(state, &entries, ink.area().width.saturating_sub(2)),
        count: entries.len(),
        selected: place,
        row: &|place| entries.get(place).map_or_else(Vec::new, |entry| row(state, *entry)),
        empty: &empty(state),
        detail: &|width| entry.map_or_else(Vec::new, |entry| detail(state, entry, width)),
        in_detail: documents.ledger.in_detail,
        scroll: documents.ledger.scroll,
    };
    ledger::paint(ink, state, &ledger);
}

fn head(state: &State, entries: &[Entry<'_>], width: u16) -> Vec<Rich> {
    let documents = &state.documents;
    let whose = match &documents.of {
        Some((source, patient)) => state.patient_of(*source, Some(patient)),
        None => "everybody's".to_owned(),
    };
    let key = shell::key_of(state, Action::DocumentsAll);
    let other = if documents.of.is_some() { "shows everybody's" } else { "shows one patient's" };
    let mut head =
        vec![Rich::of(Role::Title, Clean::from_static("Documents  ")).and(Role::Text, Clean::line(&whose))];
    if let Some(sentence) = state.keeping.notice() {
        head.extend(rich::wrapped(Role::Error, sentence, width));
    }
    for (source, problem) in &documents.problems {
        let name = state.source(*source).map_or("", |source| source.name.as_str());
        head.extend(rich::wrapped(Role::Warning, &format!("{name}: {problem}"), width));
    }
    let asking = sources(state).into_iter().any(|source| sync::documents::is_asking(state, source));
    let mut notes = Vec::new();
    if asking {
        notes.push("asking…".to_owned());
    }
    if documents.is_cut {
        notes.push("a source has more and gives no way to it".to_owned());
    }
    if documents.dropped > 0 {
        notes.push(format!("{} rows cannot be read", documents.dropped));
    }
    if notes.is_empty() {
        notes.push(format!("{} shown", entries.len()));
    }
    notes.push(format!("{key} {other}"));
    head.push(Rich::of(Role::Dim, Clean::line(&notes.join(" · "))));
    head
}

/// What stands in place of documents: there are none yet, or nobody has said so.
fn empty(state: &State) -> String {
    let whose = if state.documents.of.is_some() { "of this patient" } else { "of anybody" };
    let key = state.keymap.keys_in(&[Context::Documents], Action::DocumentNew).into_iter().next();
    let begin = key.map_or_else(String::new, |key| format!(" {key} begins one."));
    if sources(state).into_iter().any(|source| sync::documents::is_asking(state, source)) {
        return format!("The sources are being asked for documents {whose}.{begin}");
    }
    format!("There are no documents {whose}, as far as the sources have answered.{begin}")
}

fn row(state: &State, entry: Entry<'_>) -> Vec<Cell> {
    match entry {
        Entry::Draft(draft) => vec![
            (Some(12), Role::Unsent, Clean::from_static("^ draft")),
            (Some(4), Role::Text, Clean::EMPTY),
            (Some(17), Role::Dim, Clean::line(&age_text(draft.changed_at, state.now))),
            (None, Role::Text, Clean::line(&draft.title)),
        ],
        Entry::Document(document) => {
            let source = state.source(document.key.source);
            let date = document.date.as_ref().or(document.last_modified.as_ref());
            let patient = state.patient_of(document.key.source, document.patient.as_ref());
            let status = match unsettled(state, document).map(words::intent_mark) {
                Some((role, mark)) => {
                    (role, Clean::format(format_args!("{mark} {}", document.status.as_str())))
                }
                None => (Role::Text, Clean::line(document.status.as_str())),
            };
            let role = if document.defects.is_empty() { Role::Text } else { Role::Unknown };
            vec![
                (Some(12), status.0, status.1),
                (Some(4), Role::Dim, Clean::line(source.map_or("", |source| &source.tag))),
                (
                    Some(17),
                    Role::Dim,
                    date.map_or(Clean::EMPTY, |date| Clean::line(&date.display(&state.zone))),
                ),
                (None, role, Clean::format(format_args!("{} · {patient}", document.title))),
            ]
        }
    }
}

fn detail(state: &State, entry: Entry<'_>, width: u16) -> Vec<Rich> {
    match entry {
        Entry::Draft(draft) => draft_detail(state, draft, width),
        Entry::Document(document) => document_detail(state, document, width),
    }
}

fn draft_detail(state: &State, draft: &Draft, width: u16) -> Vec<Rich> {
    let mut lines = rich::wrapped(Role::Title, &draft.title, width);
    let at = |time| clock_text(time, state.now, &state.zone);
    let times = format!("begun at {}, last changed at {}", at(draft.made_at), at(draft.changed_at));
    for (label, value) in [("source", draft.source.as_str()), ("time", &times)] {
        lines.extend(rich::field(&Clean::line(label), LABEL, (Role::Text, value), width));
    }
    lines.push(Rich::default());
    match keep::read(draft) {
        Some(body) => lines.extend(sections(&body.document, width)),
        None => lines.extend(rich::wrapped(Role::Warning, "This draft cannot be read here.", width)),
    }
    lines
}

fn document_detail(state: &State, document: &Document, width: u16) -> Vec<Rich> {
    let source = document.key.source;
    let mut lines = rich::wrapped(Role::Title, &document.title, width);
    let patient = state.patient_of(source, document.patient.as_ref());
    let author = document.practitioner.as_ref().map(|author| state.practitioner_name(source, author));
    let changed = document.last_modified.as_ref().map(|time| time.display(&state.zone));
    for (label, value) in [
        ("patient", patient.as_str()),
        ("status", document.status.as_str()),
        ("type", &document.kind),
        ("author", author.as_deref().unwrap_or("")),
        ("changed", changed.as_deref().unwrap_or("")),
        ("id", &document.key.id),
    ] {
        if !value.is_empty() {
            lines.extend(rich::field(&Clean::line(label), LABEL, (Role::Text, value), width));
        }
    }
    if let Some(intent) = unsettled(state, document) {
        let role = words::intent_mark(intent).0;
        let label = if intent.wish.removes() { "removal" } else { "change" };
        let stands = outbox::words::sentence(state, intent);
        let key = shell::key_of(state, Action::GoOutbox);
        let said = if intent.needs_user() { format!("{stands} ({key} decides it)") } else { stands };
        lines.extend(rich::field(&Clean::from_static(label), LABEL, (role, &said), width));
    }
    for defect in &document.defects {
        lines.extend(rich::wrapped(Role::Warning, defect, width));
    }
    lines.push(Rich::default());
    lines.extend(sections(document, width));
    lines
}

/// The last write about a document that is not settled.
fn unsettled<'a>(state: &'a State, document: &Document) -> Option<&'a Intent> {
    let is_of = |intent: &&Intent| intent.wish.subject() == Some(Subject::Document(&document.key));
    state.outbox.intents().iter().rfind(is_of)
}

/// The sections with their texts.
pub(super) fn sections(document: &Document, width: u16) -> Vec<Rich> {
    let mut lines = Vec::new();
    for row in outline::rows(document) {
        let heading = format!("{} {}", check::number(&row.path), row.section.title);
        lines.extend(rich::wrapped(Role::Header, &heading, width));
        lines.extend(rich::wrapped(Role::Text, &row.section.text, width));
    }
    lines
}
