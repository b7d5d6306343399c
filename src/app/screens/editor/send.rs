//! From a written document to a write and back: the review, the sending, and what its source said of it.
//!
//! Must not send what the user has not seen whole, nor let go of a draft before its source has the document.

use super::{Editor, Located, check, history::History, keep, open};
use crate::app::{
    action::Action,
    effect::Effect,
    form::document::{Part, print_header},
    kept::{Change, Draft, DraftText},
    layers::review,
    outbox::{End, Intent, IntentId, IntentState, Wish, problems},
    screens::Screen,
    state::State,
    sync, writes,
};
use crate::domain::{
    compare::{self, Pair},
    document::{Document, DocumentField},
    outline::{self, Path, Row, SectionPart},
    people::PersonKind,
};
use crate::providers::ApiError;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// The word that is typed before a document is called final.
pub const SIGN: &str = "sign";

/// Stands before the title of a draft that its source refused, until it is written on.
const REFUSED: &str = "Refused: ";

/// Shows all that would be sent; where something is to be corrected, goes there instead.
pub(super) fn review(state: &mut State) {
    if let Some(reason) = super::lock(state) {
        return state.warn(&reason);
    }
    let Some(editor) = state.editor.as_deref() else { return };
    let count = editor.check.to_correct().count();
    if count > 0 {
        check::go_first(state);
        let more = if count == 1 { String::new() } else { format!(", {count} things to correct; the first") };
        let first = state.editor.as_deref().and_then(|editor| {
            let located: &Located = editor.check.found.first()?;
            Some(check::line(editor, located))
        });
        let line = format!("Not ready to be sent{more}: {}", first.unwrap_or_default());
        return state.warn(&line);
    }
    if editor.base.as_deref().is_some_and(|base| editor.document.changed(base).is_empty()) {
        return state.say("Nothing is changed: there is nothing to send.");
    }
    let patient = editor.document.patient.as_ref().map(|patient| patient.id().to_owned());
    let source = editor.source;
    keep::flush(state);
    if let Some(id) = patient {
        // Whose document it is may have changed while it was written.
        sync::read_person(state, source, PersonKind::Patient, &id);
    }
    review::open(state);
}

/// The longest value of a header that is told beside its name.
const SHORT: usize = 60;

/// What would be sent differs so from what its source has.
pub fn changes(state: &State, editor: &Editor) -> Vec<String> {
    let Some(base) = editor.base.as_deref() else { return vec!["A new document.".to_owned()] };
    let now = &editor.document;
    let fields = now.changed(base).into_iter().filter(|field| *field != DocumentField::Sections);
    let header = fields.map(|field| {
        let name = Part::Header(field).label().to_lowercase();
        let [was, is] = [base, now].map(|document| print_header(document, field, &state.zone));
        let is_short = [&was, &is].iter().all(|text| text.len() <= SHORT && !text.contains('\n'));
        let filled = |text: String| if text.is_empty() { "empty".to_owned() } else { text };
        if is_short {
            format!("Changes the {name}: {}, was {}", filled(is), filled(was))
        } else {
            format!("Changes the {name}.")
        }
    });
    header.chain(compare::sections(base, now).iter().filter_map(section_change)).collect()
}

/// What became of a section, by its number and title.
fn section_change(pair: &Pair<'_>) -> Option<String> {
    let name = |row: &Row<'_>| format!("{} {}", check::number(&row.path), row.section.title);
    let (base, mine) = match (&pair.base, &pair.mine) {
        (Some(base), Some(mine)) => (base, mine),
        (None, Some(mine)) => return Some(format!("New section: {}", name(mine))),
        (Some(base), None) => return Some(format!("Takes out the section: {}", name(base))),
        (None, None) => return None,
    };
    let parts = pair.parts().into_iter().filter_map(SectionPart::parse);
    let parts: Vec<String> = parts.map(|part| Part::Section(part).label().to_lowercase()).collect();
    let moved = || format!("Moves: {}, from {}", name(mine), check::number(&base.path));
    let changed = format!("Changes the {} of: {}", parts.join(", "), name(mine));
    let was =
        if pair.parts().contains(&"title") { format!(", was {}", base.section.title) } else { String::new() };
    match (parts.is_empty(), pair.is_moved) {
        (true, false) => None,
        (true, true) => Some(moved()),
        (false, false) => Some(format!("{changed}{was}")),
        (false, true) => Some(format!("{changed}{was}, moved from {}", check::number(&base.path))),
    }
}

/// Whether the word must be typed before it goes.
pub fn needs_word(editor: &Editor) -> bool {
    let signed = |document: &Document| document.status == crate::domain::document::DocumentStatus::Final;
    signed(&editor.document) && !editor.base.as_deref().is_some_and(signed)
}

/// Sends the document as it was reviewed.
pub fn send(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let (source, key) = (editor.source, editor.keep.id.to_string());
    let document = Box::new(editor.document.clone());
    let (verb, wish) = match &editor.base {
        None => ("New document", Wish::CreateDocument(document)),
        Some(base) => ("Change of document", Wish::UpdateDocument { base: base.clone(), document }),
    };
    let patient = state.patient_of(source, editor.document.patient.as_ref());
    let line = format!("{verb}: {} · {patient}", editor.document.title);
    // What is on its way must be found as a draft should it come back.
    keep::store(state);
    writes::send_document(state, source, wish, line, key);
    // Nothing can be typed until it is settled: the keys are the outline's, which take it back.
    super::show_pane(state, super::Pane::Outline);
    state.touch();
}

/// The source has the document: the draft has done its work. So has one on the same document that a later decision
/// about a conflict has taken up.
pub fn on_done(state: &mut State, intent: &Intent) {
    let key = &intent.idempotency_key;
    let changed = match &intent.wish {
        Wish::UpdateDocument { base, .. } => Some(base.key.clone()),
        _ => None,
    };
    let source = state.source(intent.source).map_or_else(String::new, |source| source.name.clone());
    let is_done = |draft: &Draft| {
        let is_of = |body: &keep::Body| {
            body.base.as_ref().zip(changed.as_ref()).is_some_and(|(base, changed)| base.key.id == changed.id)
        };
        draft.id.to_string() == *key
            || draft.source == source
                && draft.changed_at <= intent.confirmed_at
                && keep::read(draft).is_some_and(|body| is_of(&body))
    };
    let done: Vec<Uuid> = state.drafts.iter().filter(|draft| is_done(draft)).map(|draft| draft.id).collect();
    if state.editor.as_deref().is_some_and(|editor| done.contains(&editor.keep.id)) {
        open::close(state);
    }
    state.drafts.retain(|draft| !done.contains(&draft.id));
    if !done.is_empty() {
        state.effects.push(Effect::Store(done.into_iter().map(Change::DropDraft).collect()));
    }
}

/// The source has said no: the text is where it was, what was said stands at its places, and the next send has a key
/// of its own. Whether there was such a text.
pub fn on_refused(state: &mut State, intent: &Intent, error: &ApiError) -> bool {
    let Some((draft, body)) = draft_of(state, intent) else { return false };
    let new = renew(state, draft, body, error);
    if state.editor.as_deref().is_some_and(|editor| editor.keep.id == new) {
        check::go_first(state);
        state.warn(&format!("Not sent: {error}"));
    } else {
        let key = super::key(state, Action::GoDocuments);
        state.warn(&format!("Not sent: {error} {} · {key} lists it; Enter there corrects it.", intent.line));
    }
    super::settle(state);
    true
}

/// Opens the editor on a refused write of the outbox: its text is a draft again and no write any more.
pub fn take_back(state: &mut State, id: IntentId) {
    let Some(intent) = state.outbox.get(id).cloned() else { return };
    let IntentState::Refused { error } = &intent.state else { return };
    // What is written on in the editor now is in its draft before that is taken up.
    keep::flush(state);
    let Some((draft, body)) = draft_of(state, &intent).or_else(|| draft_from(state, &intent)) else { return };
    let new = renew(state, draft, body, error);
    state.outbox.drop_intent(id);
    state.effects.push(Effect::Forget(id, End::Refused(error.to_string())));
    if state.editor.as_deref().is_some_and(|editor| editor.keep.id == new) {
        state.screen = Screen::Editor;
        check::go_first(state);
    } else {
        open::reopen(state, new);
    }
    state.warn(&format!("Not sent: {error}"));
    writes::pump(state);
    super::settle(state);
}

/// The draft that a write was sent from.
fn draft_of(state: &State, intent: &Intent) -> Option<(Draft, keep::Body)> {
    let draft = state.drafts.iter().find(|draft| draft.id.to_string() == intent.idempotency_key)?;
    Some((draft.clone(), Arc::unwrap_or_clone(keep::read(draft)?)))
}

/// A draft of what a write wants, where the one that it was sent from is gone.
fn draft_from(state: &State, intent: &Intent) -> Option<(Draft, keep::Body)> {
    let (document, base) = match &intent.wish {
        Wish::CreateDocument(document) => (document, None),
        Wish::UpdateDocument { base, document } => (document, Some(base.clone())),
        _ => return None,
    };
    let draft = Draft {
        id: Uuid::parse_str(&intent.idempotency_key).unwrap_or_default(),
        kind: keep::KIND.to_owned(),
        source: state.source(intent.source)?.name.clone(),
        made_at: intent.confirmed_at,
        changed_at: state.now,
        title: keep::title(state, intent.source, document),
        body: DraftText::Written(String::new()),
    };
    let body = keep::Body {
        document: (**document).clone(),
        base,
        task: None,
        at: outline::nearest(document, &Path::default()).unwrap_or_default(),
        byte: 0,
        returned: Vec::new(),
        seen: None,
        prompts: BTreeMap::new(),
        history: History::default(),
    };
    Some((draft, body))
}

/// Keeps a draft with what the source said of it, under a number of its own, which the next send has as its key.
fn renew(state: &mut State, mut draft: Draft, mut body: keep::Body, error: &ApiError) -> Uuid {
    let old = draft.id;
    body.returned = problems(error).to_vec();
    draft.id = Uuid::parse_str(&state.ids.idempotency_key()).unwrap_or_default();
    draft.changed_at = state.now;
    if !draft.title.starts_with(REFUSED) {
        draft.title.insert_str(0, REFUSED);
    }
    let returned = body.returned.clone();
    draft.body = DraftText::Document(Arc::new(body));
    let new = draft.id;
    state.drafts.retain(|known| known.id != old);
    state.drafts.push(draft.clone());
    state.effects.push(Effect::Store(vec![Change::PutDraft(draft), Change::DropDraft(old)]));
    if let Some(editor) = state.editor.as_deref_mut().filter(|editor| editor.keep.id == old) {
        editor.keep.renumber(new);
        editor.check.returned = returned;
        check::run(state);
    }
    new
}
