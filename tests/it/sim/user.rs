//! Somebody at the keyboard of a run: confirms writes, leaves dialogs, and answers "was it done?" by looking.
//!
//! Must not do what the program should do by itself.

use super::{ledger::is_there, rules::Only, world::World};
use rounds::{
    app::{
        Msg, State,
        keys::parse_sequence,
        layers::confirm,
        outbox::{IntentId, IntentState, Wish},
        source::Link,
        sync, writes,
    },
    domain::{
        can::Capability,
        document::{Document, DocumentKey, DocumentStatus, Section},
        people::Reference,
        status::Status,
        task::{Field, Intent, Note, Patch, SourceId, Task, TaskKey},
        time::DateTime,
    },
    providers::{Call, DocumentCall, DocumentSearch, Reply},
};

/// One turn of the user.
pub(super) fn act(world: &mut World) {
    if !world.is_running() {
        return;
    }
    leave_dialogs(world);
    renew_keys(world);
    if world.rules.answers {
        answer(world);
    }
    if world.rules.window_s > 0 && world.rules.only.is_none() && world.chance.below(4) == 0 {
        world.note(|| "the user takes back".to_owned());
        press(world, "u");
        leave_dialogs(world);
    }
    if world.written >= world.rules.writes {
        return;
    }
    let only = world.rules.only;
    match only {
        // Nothing is begun before the list stands.
        Some(_) if world.state().is_some_and(|state| !state.sources[0].complete) => {}
        Some(Only::Create) => create(world),
        Some(Only::CreateDocument) => document(world, Deed::Make),
        Some(Only::ChangeDocument) => document(world, Deed::Change),
        Some(Only::RemoveDocument) => document(world, Deed::Remove),
        Some(Only::Remove) => remove(world),
        None if world.chance.below(16) == 0 => remove(world),
        None if world.chance.below(4) == 0 => {
            let deed = match world.chance.below(5) {
                0 | 1 => Deed::Make,
                2 | 3 => Deed::Change,
                _ => Deed::Remove,
            };
            document(world, deed);
        }
        None if world.chance.below(2) == 0 => create(world),
        Some(Only::Change) | None => change(world),
    }
}

fn press(world: &mut World, keys: &str) {
    for chord in parse_sequence(keys).unwrap() {
        world.tell(Msg::Key(chord));
    }
}

fn leave_dialogs(world: &mut World) {
    for _ in 0..8 {
        if world.state().is_none_or(|state| state.layers.is_empty()) {
            return;
        }
        press(world, "Esc");
    }
}

/// Lets something be done to the state, and the program say what it wants.
fn with(world: &mut World, done: impl FnOnce(&mut State)) {
    if let Some(state) = world.state() {
        done(state);
    }
    world.tell(Msg::Focus(false));
}

/// What a source refused the key for is asked again, with a good one.
fn renew_keys(world: &mut World) {
    let sources = world.state().map(|state| state.sources.clone()).unwrap_or_default();
    for source in sources {
        let is_stopped = matches!(source.link, Link::Stopped { .. });
        let stands = world.state().is_some_and(|state| state.outbox.stopped(source.id).is_some());
        if is_stopped || stands {
            world.note(|| format!("a new key for {}", source.name));
            with(world, |state| sync::refresh(state, source.id));
        }
    }
}

/// Answers the first question of the program by looking into the source with other eyes.
fn answer(world: &mut World) {
    let open = world.open();
    let Some(asked) = open.iter().find(|intent| intent.needs_user()) else { return };
    if matches!(asked.state, IntentState::Refused { .. }) {
        let id = asked.id;
        return with(world, |state| writes::settle::let_go(state, id));
    }
    let (id, key) = (asked.id, asked.idempotency_key.clone());
    let Some(entry) = world.ledger.entries.get(&key).cloned() else { return };
    let is_there = is_there(&entry, &world.servers);
    open_question(world, id);
    if is_there {
        world.note(|| format!("the user says of “{}”: it is done", entry.words));
        press(world, "x");
    } else {
        world.note(|| format!("the user says of “{}”: again", entry.words));
        world.ledger.again(&key);
        press(world, "s");
    }
    leave_dialogs(world);
}

fn open_question(world: &mut World, id: IntentId) {
    with(world, |state| confirm::open_unknown(state, id));
}

/// A task of a source that is plain enough to be worked on, drawn from what is on the screen.
fn some_task(world: &mut World, source: SourceId, turn: u64) -> Option<Task> {
    let state = world.state()?;
    let rows = state.store.order().iter().filter_map(|row| state.store.task(*row));
    let fits = |task: &Task| {
        let words = task.description.as_deref().unwrap_or_default();
        task.key.source == source
            && task.status.is_open()
            && task.patient.is_some()
            && task.repeats.is_none()
            && task.held_until.is_none()
            && !task.read_only
            && task.restriction.period.end.is_none()
            && !words.contains("made by hand")
    };
    let tasks: Vec<Task> = rows.filter(fits).take(3).collect();
    let place = usize::try_from(turn).unwrap() % tasks.len().max(1);
    tasks.into_iter().nth(place)
}

fn some_source(world: &mut World) -> SourceId {
    if world.rules.only.is_some() {
        return SourceId(0);
    }
    let count = world.state().map_or(1, |state| state.sources.len());
    SourceId(world.chance.below(count as u64) as u16)
}

fn create(world: &mut World) {
    let source = some_source(world);
    let turn = world.chance.below(3);
    let Some(like) = some_task(world, source, turn) else { return };
    let number = world.written;
    let now = world.now();
    let name = world.system(source).name;
    let draft = Task {
        key: TaskKey { source, id: "".into() },
        status: Status::Requested,
        intent: (name != "opendental").then(|| Intent::parse("order")),
        description: Some(format!("Synthetic task {number} made by hand").into()),
        patient: like.patient.as_ref().map(|patient| Reference::new(patient.raw())),
        owner: like.owner.as_ref().map(|owner| Reference::new(owner.raw())),
        requester: (name == "clinikapi").then(|| Reference::new(rounds::sandbox::DEMO_USER)),
        authored_on: (name != "opendental").then(|| DateTime::from_instant(now)),
        ..Task::default()
    };
    if world.state().is_some_and(|state| state.may(source, Capability::Create).is_err()) {
        return;
    }
    world.written += 1;
    with(world, |state| {
        writes::send_create(state, source, draft, format!("New: synthetic {number}"));
    });
}

fn change(world: &mut World) {
    let source = some_source(world);
    let turn = world.chance.below(2);
    let Some(base) = some_task(world, source, turn) else { return };
    let number = world.written;
    let words = format!("Synthetic words {number} changed by hand.");
    let Some(can) = world.state().and_then(|state| state.can(source).cloned()) else { return };
    let takes = |field: Field| can.may_update(field).is_ok();
    let as_note = world.rules.only.is_none() && world.chance.below(2) == 0 && !can.notes_apart;
    let patch = if takes(Field::Note) && (as_note || !takes(Field::Description)) {
        Patch::of(&base).set(Field::Note, |task| match task.notes.first_mut() {
            Some(note) if can.notes == rounds::domain::can::NoteKeeping::OneText => {
                note.text = format!("{}\n{words}", note.text).into();
            }
            _ => task.notes.push(Note { text: words.as_str().into(), ..Note::default() }),
        })
    } else if takes(Field::Description) {
        Patch::of(&base).set(Field::Description, |task| task.description = Some(words.as_str().into()))
    } else {
        return;
    };
    world.written += 1;
    with(world, |state| {
        writes::send_update(state, base, patch, format!("Change: synthetic {number}"), String::new());
    });
}

/// A document that may still be changed, as its source has it now.
fn some_document(world: &mut World, source: SourceId) -> Option<Document> {
    let search =
        Call::Document(DocumentCall::Search { search: DocumentSearch::default(), cursor: None, count: 50 });
    let Some(Reply::Documents(page)) = world.ask(source, &search) else { return None };
    let fits = |document: &Document| {
        document.status == DocumentStatus::Preliminary && !document.title.contains("made by hand")
    };
    let documents: Vec<Document> = page.documents.into_iter().filter(fits).collect();
    let place = world.chance.below(documents.len().max(1) as u64) as usize;
    let id = documents.get(place)?.key.id.clone();
    match world.ask(source, &Call::Document(DocumentCall::Read { id })) {
        Some(Reply::Document(document)) => Some(*document),
        _ => None,
    }
}

/// Removes a task that was planted.
fn remove(world: &mut World) {
    let source = some_source(world);
    if world.state().is_none_or(|state| state.may(source, Capability::Delete).is_err()) {
        return;
    }
    let turn = world.chance.below(3);
    let Some(base) = some_task(world, source, turn) else { return };
    let number = world.written;
    world.written += 1;
    with(world, |state| {
        let wish = Wish::Delete { base: Box::new(base) };
        writes::confirm_wish(state, source, wish, format!("Remove: synthetic {number}"), String::new());
    });
}

/// What is done to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// Another one about the same patient.
    Make,
    /// Another title.
    Change,
    Remove,
}

fn document(world: &mut World, deed: Deed) {
    let source = some_source(world);
    if world.state().is_none_or(|state| state.may(source, Capability::Document).is_err()) {
        return;
    }
    let Some(base) = some_document(world, source) else { return };
    let (number, now) = (world.written, world.now());
    let wish = if deed == Deed::Remove {
        let rules = world.state().and_then(|state| state.can(source)?.documents);
        if rules.is_none_or(|rules| !rules.deletes) {
            return;
        }
        Wish::DeleteDocument { base: Box::new(base) }
    } else if deed == Deed::Make {
        let reference = |known: &Option<Reference>| known.as_ref().map(|known| Reference::new(known.raw()));
        let section = |title: &str, text: &str| Section {
            title: title.into(),
            text: text.to_owned(),
            ..Section::default()
        };
        Wish::CreateDocument(Box::new(Document {
            key: DocumentKey { source, id: "".into() },
            status: DocumentStatus::Preliminary,
            kind: "discharge-summary".into(),
            title: format!("Synthetic letter {number} made by hand").into(),
            patient: reference(&base.patient),
            practitioner: reference(&base.practitioner),
            date: Some(DateTime::from_instant(now)),
            sections: vec![section("Course", "Quiet.\nNo <pain> & no fever."), section("Plan", "Home.")],
            ..Document::default()
        }))
    } else {
        let mut document = base.clone();
        document.title = format!("Synthetic letter {number} changed by hand").into();
        Wish::UpdateDocument { base: Box::new(base), document: Box::new(document) }
    };
    world.written += 1;
    with(world, |state| {
        writes::confirm_wish(state, source, wish, format!("Document: synthetic {number}"), String::new());
    });
}
