//! How a document comes into the editor and leaves it: new, from a task, from a draft.
//!
//! Must not throw away what was written: leaving keeps the draft.

use super::{Editor, Screen, check, keep, settle};
use crate::app::{action::Action, kept::Draft, layers::pick, screens::editor::keep::Keep, state::State};
use crate::domain::{
    can::Capability,
    document::{Document, DocumentKey, Event, RelatesTo, Relation, Section},
    outline,
    people::{PersonKind, Reference},
    task::{SourceId, Task},
    template::Values,
    time::DateTime,
};
use std::sync::Arc;
use uuid::Uuid;

/// Begins a document about the task under the cursor.
pub fn from_task(state: &mut State) {
    let Some(task) = state.worklist.selected.clone() else {
        return state.say("There is no task under the cursor.");
    };
    let source = task.key.source;
    if let Err(reason) = state.may(source, Capability::Document) {
        return state.warn(&reason);
    }
    let patient = task.patient.clone();
    choose(state, source, Some(task), patient);
}

/// What a new document is begun with.
#[derive(Clone, Debug, PartialEq)]
pub struct Beginning {
    /// Where it goes.
    source: SourceId,
    /// The task that it is about.
    task: Option<Box<Task>>,
    /// Whom it is about.
    patient: Option<Reference>,
}

/// Asks what kind of document is to be begun.
pub fn choose(state: &mut State, source: SourceId, task: Option<Task>, patient: Option<Reference>) {
    let beginning = Beginning { source, task: task.map(Box::new), patient };
    pick::open_templates(state, beginning);
}

/// A template was chosen; the empty one is none of them.
pub fn on_chosen(state: &mut State, beginning: Beginning, kind: &str) {
    let Beginning { source, task, patient } = beginning;
    let mut document = about(state, source, task.as_deref());
    document.patient = patient;
    let Some(template) = state.settings.templates.iter().find(|template| *template.name == *kind) else {
        return begin(state, source, document, task.as_deref());
    };
    let person = |kind, who: Option<&Reference>| who.and_then(|who| state.people.get(source, kind, who.id()));
    let patient = person(PersonKind::Patient, document.patient.as_ref());
    let author = person(PersonKind::Practitioner, document.practitioner.as_ref());
    let filled = template.fill(&Values::of(task.as_deref(), patient, author, state.now, &state.zone));
    let prompts = filled.prompts.iter().filter_map(|(path, prompt)| {
        let section = outline::section(&filled.document, path)?;
        Some((section.title.clone(), prompt.clone()))
    });
    let prompts = prompts.collect();
    let document = Document {
        kind: filled.document.kind,
        title: filled.document.title,
        category: filled.document.category,
        confidentiality: filled.document.confidentiality,
        sections: filled.document.sections,
        ..document
    };
    begin(state, source, document, task.as_deref());
    if let Some(editor) = state.editor.as_deref_mut() {
        editor.prompts = prompts;
    }
}

/// Opens a document that its source has, to be changed; where that is not allowed, to be read.
pub fn edit(state: &mut State, document: Document) {
    let source = document.key.source;
    let reason = state.may(source, Capability::Document).err();
    let keep = Keep::new(state);
    let mut editor = Editor::new(source, document.clone(), Some(document), keep);
    editor.locked = reason;
    show(state, editor);
}

/// Begins a document that adds to one that its source has.
pub fn append(state: &mut State, of: &Document) {
    let source = of.key.source;
    if let Err(reason) = state.may(source, Capability::Document) {
        return state.warn(&reason);
    }
    let mut document = about(state, source, None);
    document.patient.clone_from(&of.patient);
    document.encounter.clone_from(&of.encounter);
    document.custodian.clone_from(&of.custodian);
    document.confidentiality.clone_from(&of.confidentiality);
    document.category.clone_from(&of.category);
    document.kind.clone_from(&of.kind);
    document.kind_codings.clone_from(&of.kind_codings);
    document.title = format!("Addendum: {}", of.title).into();
    document.relates_to = vec![RelatesTo { code: Relation::Appends, target: Reference::new(&of.key.id) }];
    begin(state, source, document, None);
}

/// A document of a source with what is known already: the user as its author, the time, and what the task names.
fn about(state: &State, source: SourceId, task: Option<&Task>) -> Document {
    let me = state.source(source).and_then(|known| known.me.as_deref());
    let mut document = Document {
        key: DocumentKey { source, id: "".into() },
        practitioner: me.map(Reference::new),
        date: Some(DateTime::to_the_second(state.now)),
        ..Document::default()
    };
    if let Some(task) = task {
        document.patient.clone_from(&task.patient);
        document.encounter.clone_from(&task.encounter);
        let detail = Reference::new(&format!("Task/{}", task.key.id));
        document.events.push(Event { details: vec![detail], ..Event::default() });
    }
    document
}

/// Opens the editor on a new document.
pub fn begin(state: &mut State, source: SourceId, mut document: Document, task: Option<&Task>) {
    if document.sections.is_empty() {
        document.sections.push(Section::default());
    }
    let keep = Keep::new(state);
    let mut editor = Editor::new(source, document, None, keep);
    editor.task = task.map(|task| task.key.clone());
    show(state, editor);
}

/// At the start: what an earlier run left unsent is told, with the key that goes on with it.
pub fn offer(state: &mut State) {
    let mut drafts = state.drafts.iter().rev().filter(|draft| draft.kind == keep::KIND);
    let (Some(last), more) = (drafts.next(), drafts.count()) else { return };
    let title = last.title.clone();
    let key = super::key(state, Action::GoDocuments);
    let others = if more == 0 { String::new() } else { format!(" and {more} more") };
    state.warn(&format!("A document is not sent yet: {title}{others}. {key} goes on with it."));
}

/// Goes on with a draft where it was left.
pub fn reopen(state: &mut State, id: Uuid) {
    // What the editor still holds from before is kept first: it may be this very draft.
    keep::flush(state);
    let Some(draft) = state.drafts.iter().find(|draft| draft.id == id).cloned() else {
        return state.say("The draft is no longer there.");
    };
    let Some(source) = state.sources.iter().find(|source| source.name == draft.source) else {
        let line = format!("This draft is for {}, which this profile lacks.", draft.source);
        return state.warn(&line);
    };
    let source = source.id;
    match restored(&draft, source) {
        Some(mut editor) => {
            // Two windows that write one draft would take each other's text away.
            editor.locked = state.is_store_reader.then(|| {
                "Another rounds kept the drafts when this one started: this one is only read, as it was then."
                    .to_owned()
            });
            let was_refused = !editor.check.returned.is_empty();
            show(state, editor);
            if was_refused {
                show_refusal(state);
            }
        }
        None => state.warn("This draft cannot be read here; `rounds drafts show` prints it as it is."),
    }
}

/// Goes to the first place that the source has said something of, and says it.
fn show_refusal(state: &mut State) {
    check::go_first(state);
    let Some(editor) = state.editor.as_deref() else { return };
    let Some(first) = editor.check.found.first() else { return };
    let line = format!("Its source refused it: {}", check::line(editor, first));
    state.warn(&line);
}

fn restored(draft: &Draft, source: SourceId) -> Option<Editor> {
    let mut body = Arc::unwrap_or_clone(keep::read(draft)?);
    let task = keep::task(&body, source);
    // Sources have their numbers anew in every run.
    body.document.key.source = source;
    if let Some(base) = &mut body.base {
        base.key.source = source;
    }
    let mut editor = Editor::new(source, body.document, body.base.map(|base| *base), Keep::of(draft));
    editor.task = task;
    editor.check.returned = body.returned;
    editor.history = body.history;
    editor.seen = body.seen;
    editor.prompts = body.prompts;
    editor.go(body.at);
    editor.prose.place(body.byte);
    Some(editor)
}

fn show(state: &mut State, mut editor: Editor) {
    editor.before = state.screen;
    state.toast = None;
    state.editor = Some(Box::new(editor));
    state.screen = Screen::Editor;
    check::run(state);
    super::whose::want_names(state);
    settle(state);
}

/// Leaves the editor without a word: its document has arrived.
pub(super) fn close(state: &mut State) {
    let Some(editor) = state.editor.take() else { return };
    if state.screen == Screen::Editor {
        state.screen = editor.before;
    }
    state.layers.retain(|layer| !layer.is_about_document());
    state.touch();
}

/// Leaves the editor; what was written stays as a draft.
pub fn leave(state: &mut State) {
    keep::flush(state);
    let is_locked = super::lock(state).is_some();
    let Some(editor) = state.editor.take() else { return };
    state.screen = editor.before;
    if editor.keep.has_begun() && !is_locked {
        let line = match state.keeping.trouble() {
            Some(trouble) => format!("The draft is open till the program ends. {trouble}"),
            None => format!("The draft is kept; {} lists it.", super::key(state, Action::GoDocuments)),
        };
        state.say(&line);
    }
    state.touch();
}
