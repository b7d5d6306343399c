//! The patient of a document's form: picked, or typed as an id that the source has put a name to.
//!
//! Must not take an id that a source could name before it has done so: one letter makes it somebody else's.

use super::{DocField, PATIENT, hints, top};
use crate::app::{layers::Layer, source::Link, state::State, sync};
use crate::domain::people::{PersonKind, Reference};

/// What stands beneath an id that nobody has put a name to.
pub(super) const LATER: &str = "No name is known for this id: its source is asked before it is taken.";

/// Whether this line holds an id that was typed here and has nothing else beneath it.
pub(super) fn is_nameless(field: &DocField) -> bool {
    field.is_edited() && field.problem.is_none() && !field.text.text().trim().is_empty()
}

/// Why the typed patient is not taken yet, and in which line; the source is asked for a name that it can give.
pub(super) fn nameless(state: &mut State) -> Option<(usize, String)> {
    let source = state.editor.as_deref()?.source;
    let form = top(state)?;
    let typed = |field: &DocField| field.part == PATIENT && field.locked.is_none() && field.is_edited();
    let place = form.fields.iter().position(typed)?;
    let typed = form.fields.get(place)?.text.text().trim().to_owned();
    let was_asked = form.looked_up.as_deref() == Some(&typed);
    let reference = Reference::new(&typed);
    let id = reference.id();
    if id.is_empty() || state.people.get(source, PersonKind::Patient, id).is_some() {
        return None;
    }
    let known = state.source(source)?;
    let name = known.name.clone();
    if id.contains(char::is_whitespace) || state.people.is_gone(source, PersonKind::Patient, id) {
        return Some((place, format!("{name} has no patient {id}: choose one by name.")));
    }
    let is_asked = state.people.is_asked(source, PersonKind::Patient, id);
    // Where the source does not tell, the id stands alone, and every line about the document says so.
    if known.link != Link::Live || (was_asked && !is_asked) {
        return None;
    }
    if state.people.want(source, PersonKind::Patient, id, state.now) {
        sync::read_person(state, source, PersonKind::Patient, id);
    }
    top(state)?.looked_up = Some(typed);
    Some((place, format!("{name} is being asked who this is; take it when the name stands here.")))
}

/// Names have come: what was said of the typed patient is said anew.
pub fn on_names(state: &mut State) {
    let Some(source) = state.editor.as_deref().map(|editor| editor.source) else { return };
    let Some(Layer::DocForm(form)) = state.layers.last_mut() else { return };
    let Some(typed) = form.looked_up.clone() else { return };
    let reference = Reference::new(&typed);
    let is_known = state.people.get(source, PersonKind::Patient, reference.id()).is_some();
    let is_gone = state.people.is_gone(source, PersonKind::Patient, reference.id());
    if !is_known && !is_gone {
        return;
    }
    let name = state.source(source).map_or_else(String::new, |source| source.name.clone());
    let Some(form) = top(state) else { return };
    if let Some(field) = form.fields.iter_mut().find(|field| field.part == PATIENT)
        && field.text.text().trim() == typed
    {
        let gone = || format!("{name} has no patient {}: choose one by name.", reference.id());
        field.problem = is_gone.then(gone);
        form.problem = None;
    }
    form.looked_up = None;
    hints(state);
}
