//! Conflicts without a screen: documents by section, notes of every keeping, and what a restart finds.

use super::*;
use crate::app::{
    geometry::Size,
    keys::Keymap,
    outbox::{Outbox, restore},
    source::Source,
};
use crate::domain::{
    can::{Can, FieldRule, NoteKeeping},
    document::{DocumentField, Section},
    status::Status,
    task::{Field, Note, Patch, SourceId, TaskKey},
    time::Timestamp,
};

const RULES: &[FieldRule] =
    &[FieldRule::free(Field::Status), FieldRule::free(Field::Note), FieldRule::free(Field::Description)];

fn state(notes: NoteKeeping) -> State {
    let now = Timestamp::from_second(1_795_000_000).unwrap();
    let size = Size { width: 80, height: 24 };
    let mut state = State::new(now, jiff::tz::TimeZone::UTC, size, Keymap::default(), 1);
    let can = Can { update: RULES, notes, ..Can::plain("Test") };
    state.add_source(|id| Source::new(id, "clinic", "CK", can));
    state
}

fn section(title: &str, text: &str) -> Section {
    Section { title: title.into(), text: text.into(), ..Section::default() }
}

fn document(sections: &[(&str, &str)]) -> Document {
    let sections = sections.iter().map(|(title, text)| section(title, text)).collect();
    let mut document = Document { title: "Synthetic letter".into(), sections, ..Document::default() };
    document.key.id = "d1".into();
    document
}

fn intent(wish: Wish) -> Intent {
    Intent {
        id: IntentId(7),
        source: SourceId(0),
        wish,
        idempotency_key: "key".into(),
        line: "Change: synthetic".into(),
        typed: "as typed".into(),
        confirmed_at: Timestamp::from_second(1_795_000_000).unwrap(),
        state: IntentState::Saving,
    }
}

fn open_document(base: Document, mine: Document, theirs: Document) -> State {
    let mut state = state(NoteKeeping::Many);
    let wish = Wish::UpdateDocument { base: Box::new(base), document: Box::new(mine) };
    open(&mut state, &intent(wish), &Thing::Document(Box::new(theirs)));
    state
}

fn view(state: &State) -> &Conflict {
    match state.layers.last() {
        Some(Layer::Conflict(conflict)) => conflict,
        other => panic!("{other:?}"),
    }
}

fn rows(state: &State) -> Vec<(String, Change)> {
    view(state).rows.iter().map(|row| (row.label.clone(), row.change)).collect()
}

/// Chooses for every row of ours, sends, and gives what went to the outbox.
fn sent(state: &mut State, actions: &[Action]) -> Option<Wish> {
    for action in actions {
        on_action(state, *action);
    }
    on_action(state, Action::ConflictSend);
    let new = state.outbox.intents().iter().find(|intent| intent.state == IntentState::Saving)?;
    assert!(state.outbox.get(IntentId(7)).is_some(), "the refused one stays until the new one is stored");
    Some(new.wish.clone())
}

fn sections(wish: Option<Wish>) -> Vec<(String, String)> {
    let Some(Wish::UpdateDocument { document, .. }) = wish else { panic!("{wish:?}") };
    document.sections.iter().map(|section| (section.title.to_string(), section.text.clone())).collect()
}

const BASE: &[(&str, &str)] = &[("History", "fall"), ("Findings", "none"), ("Plan", "rest")];

#[test]
fn sections_are_met_one_by_one_and_each_is_decided() {
    let mine = [("History", "fall at home"), ("Findings", "none"), ("Plan", "rest, X-ray")];
    let theirs =
        [("History", "fall at work"), ("Findings", "bruise"), ("Plan", "rest"), ("Allergies", "latex")];
    let begin = || {
        let mut ours = document(&mine);
        ours.title = "Ours".into();
        open_document(document(BASE), ours, document(&theirs))
    };
    let mut state = begin();
    let expected = [
        ("title", Change::Ours),
        ("History", Change::Ours),
        ("Findings", Change::Theirs),
        ("Plan", Change::Ours),
        ("Allergies", Change::Theirs),
    ];
    assert_eq!(rows(&state), expected.map(|(label, change)| (label.to_owned(), change)));
    assert_eq!(sent(&mut state, &[Action::ConflictMine]), None, "nothing goes out undecided");
    let wish = sent(&mut state, &[Action::ConflictTheirs, Action::ConflictMine]);
    let Some(Wish::UpdateDocument { base, document: decided }) = &wish else { panic!("{wish:?}") };
    assert_eq!((&*base.sections[0].text, &*decided.title), ("fall at work", "Ours"));
    let texts = [
        ("History", "fall at work"),
        ("Findings", "bruise"),
        ("Plan", "rest, X-ray"),
        ("Allergies", "latex"),
    ];
    assert_eq!(sections(wish), texts.map(|(title, text)| (title.to_owned(), text.to_owned())));

    let mut state = begin();
    assert_eq!(sent(&mut state, &[Action::ConflictAllTheirs]), None);
    assert!(state.layers.is_empty() && state.outbox.intents().is_empty(), "nothing is to be sent");

    let mut state = begin();
    on_action(&mut state, Action::ConflictBase);
    on_action(&mut state, Action::ConflictEdit);
    on_text(&mut state, " or at work");
    on_action(&mut state, Action::InputAccept);
    let wish = sent(&mut state, &[Action::ConflictBase]);
    assert_eq!(sections(wish)[0].1, "fall at home or at work");
}

#[test]
fn what_was_added_taken_away_and_moved_is_never_lost_in_silence() {
    // Ours adds one and takes one away, theirs rewords what we took away.
    let mine = [("History", "fall"), ("Family", "none"), ("Plan", "rest")];
    let theirs = [("History", "fall"), ("Findings", "bruise"), ("Plan", "rest")];
    let mut state = open_document(document(BASE), document(&mine), document(&theirs));
    let labels: Vec<String> = rows(&state).into_iter().map(|(label, _)| label).collect();
    assert_eq!(labels, ["Findings"], "one section stands in the other's place");
    assert_eq!(sections(sent(&mut state, &[Action::ConflictAllMine]))[1], ("Family".into(), "none".into()));

    let more = [("History", "fall"), ("Findings", "none"), ("Plan", "rest"), ("Ours", "new")];
    let fewer = [("History", "fall"), ("Plan", "rest")];
    let mut state = open_document(document(BASE), document(&more), document(&fewer));
    assert_eq!(rows(&state), [("Findings".to_owned(), Change::Theirs), ("Ours".to_owned(), Change::Ours)]);
    let titles: Vec<String> =
        sections(sent(&mut state, &[Action::ConflictAllMine])).into_iter().map(|(title, _)| title).collect();
    assert_eq!(titles, ["History", "Plan", "Ours"]);

    let moved = [("Plan", "rest"), ("History", "fall"), ("Findings", "none")];
    let reworded = [("History", "fall at work"), ("Findings", "none"), ("Plan", "rest")];
    for (choice, wanted) in
        [(Action::ConflictMine, Some(["Plan", "History", "Findings"])), (Action::ConflictTheirs, None)]
    {
        let mut state = open_document(document(BASE), document(&moved), document(&reworded));
        assert_eq!(rows(&state)[0], ("order".to_owned(), Change::Ours));
        let wish = sent(&mut state, &[choice]);
        let titles =
            wish.map(|wish| sections(Some(wish)).into_iter().map(|(title, _)| title).collect::<Vec<_>>());
        assert_eq!(titles, wanted.map(|titles| titles.map(str::to_owned).to_vec()));
    }
}

#[test]
fn sections_beneath_others_are_met_too_and_unknown_keys_of_theirs_stay() {
    let nested = |text: &str, raw: Option<&str>| {
        let mut document = document(BASE);
        document.sections[1].sections = vec![section("Skin", text), section("Lungs", "clear")];
        document.sections[1].sections[0].raw = raw.map(Into::into);
        document
    };
    let mut state =
        open_document(nested("dry", None), nested("moist", None), nested("red", Some("{\"x\":1}")));
    assert_eq!(rows(&state), [("Findings / Skin".to_owned(), Change::Ours)]);
    let Some(Wish::UpdateDocument { document, base }) = sent(&mut state, &[Action::ConflictMine]) else {
        panic!()
    };
    let skin = &document.sections[1].sections[0];
    assert_eq!((&*skin.text, skin.raw.as_deref()), ("moist", Some("{\"x\":1}")));
    assert_eq!(document.changed(&base), [DocumentField::Sections]);
}

fn noted(texts: &[&str]) -> Task {
    let note = |text: &&str| Note { text: (*text).into(), ..Note::default() };
    let key = TaskKey { source: SourceId(0), id: "t1".into() };
    Task { key, notes: texts.iter().map(note).collect(), ..Task::default() }
}

fn task_conflict(notes: NoteKeeping, base: &Task, mine: &Task, theirs: &Task) -> State {
    let mut state = state(notes);
    let wish = Wish::Update { base: Box::new(base.clone()), patch: Patch::between(base, mine) };
    open(&mut state, &intent(wish), &Thing::Task(Box::new(theirs.clone())));
    state
}

#[test]
fn a_note_is_added_to_theirs_and_replaces_none() {
    use NoteKeeping::{Many, OneText};
    for (keeping, base, mine, theirs, wanted) in [
        (OneText, &["a"][..], &["a\nours"][..], &["a\ntheirs"][..], &["a\ntheirs\nours"][..]),
        (OneText, &[], &["ours"], &["theirs"], &["theirs\nours"]),
        (OneText, &["a"], &["reworded"], &["theirs"], &["theirs\nreworded"]),
        (Many, &["a"], &["a", "ours"], &["a", "theirs"], &["a", "theirs", "ours"]),
        (Many, &["a", "b"], &["a", "reworded"], &["a", "theirs"], &["a", "theirs", "reworded"]),
        (Many, &["a", "b"], &["a", "reworded"], &["a", "b", "theirs"], &["a", "reworded", "theirs"]),
        (Many, &[], &["ours"], &["theirs"], &["theirs", "ours"]),
    ] {
        let mut state = task_conflict(keeping, &noted(base), &noted(mine), &noted(theirs));
        let wish = sent(&mut state, &[Action::ConflictBase, Action::ConflictMine]);
        let Some(Wish::Update { patch, .. }) = wish else { panic!("{wish:?}") };
        let texts: Vec<&str> = patch.values.notes.iter().map(|note| &*note.text).collect();
        assert_eq!(texts, wanted, "{keeping:?} {base:?} {mine:?} {theirs:?}");
    }
}

#[test]
fn a_restart_and_another_conflict_find_the_write_as_it_was() {
    let base = noted(&[]);
    let done = Task { status: Status::Completed, ..base.clone() };
    let taken = Task { status: Status::InProgress, ..base.clone() };
    let state = task_conflict(NoteKeeping::Many, &base, &done, &taken);
    let Some(Effect::Note(kept)) = state.effects.iter().find(|effect| matches!(effect, Effect::Note(_)))
    else {
        panic!("{:?}", state.effects)
    };
    let record = restore::Record { source: "clinic".into(), origin: None, intent: (**kept).clone() };
    let record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
    let mut later = self::state(NoteKeeping::Many);
    later.outbox = Outbox::default();
    let home = |_: &str| Some(restore::Home { source: SourceId(0), origin: String::new(), lag_s: 0 });
    let restored = restore::restore(vec![record], later.now, false, &home, &mut || IntentId(7));
    for intent in restored.intents {
        later.outbox.confirm(intent);
    }
    settle::reopen(&mut later, IntentId(7));
    assert_eq!(view(&later).rows, view(&state).rows);
    on_action(&mut later, Action::PaneClose);
    assert!(later.outbox.get(IntentId(7)).is_some_and(Intent::needs_user), "Esc keeps it");
}
