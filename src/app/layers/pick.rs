//! One of several, by name: a priority, or a person or a document with a second identifier beside the name.
//!
//! Must not offer a person or a document of another source.

use super::{Layer, close, confirm, doc_form, task_form};
use crate::app::{
    action::Action,
    profiles,
    screens::editor::{self, open::Beginning},
    state::State,
    sync,
    text::TypedText,
    update,
    writes::{self, Argument, Verb},
};
use crate::domain::{
    document::Document,
    fold::fold,
    people::{Person, PersonKind, Reference},
    priority::Priority,
    task::SourceId,
    template::Template,
};
use crate::providers::{ApiError, DocumentPage, DocumentSearch};
use jiff::tz::TimeZone;

/// A list to choose from while it is open.
#[derive(Debug)]
pub struct Picker {
    /// What is chosen.
    pub title: &'static str,
    /// What is typed to narrow the list.
    pub text: TypedText,
    /// Everything that can be chosen.
    pub choices: Vec<Choice>,
    /// Which of them match, by their place.
    pub found: Vec<usize>,
    /// The selected place in `found`.
    pub cursor: usize,
    /// Whether the source is being asked.
    pub asking: bool,
    /// What went wrong with asking.
    pub problem: Option<String>,
    /// What the choice is for.
    pub target: Target,
    asked: Option<Asked>,
}

/// What a source is asked for while the list is open.
#[derive(Clone, Debug)]
enum Asked {
    /// People, by a part of their name.
    People(SourceId, PersonKind),
    /// Documents, all that it has of these.
    Documents(SourceId, DocumentSearch),
}

/// A list of documents grows no longer than this.
const MOST_DOCUMENTS: usize = 500;

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is set.
    pub value: String,
    /// The name.
    pub name: String,
    /// What tells two of the same name apart: birth date, id.
    pub second: String,
}

/// What a choice is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The priority of the verb's tasks.
    Priority,
    /// The owner of the verb's tasks.
    Owner,
    /// A field of the form beneath.
    FormField,
    /// A line of the document's form beneath.
    DocumentField,
    /// What kind of document is begun.
    Template(Box<Beginning>),
    /// The profile to go to.
    Profile,
    /// The thing to correct to go to.
    Problem,
}

/// Asks for a priority.
pub fn open_priority(state: &mut State, source: SourceId) {
    let choices = state
        .can(source)
        .map_or_else(Vec::new, |can| can.priorities.iter().map(choice_of_priority).collect());
    push(state, "Priority", choices, Target::Priority, None);
}

fn choice_of_priority(priority: &Priority) -> Choice {
    let rank = priority.rank().and_then(|rank| Priority::KNOWN.get(usize::from(rank).checked_sub(1)?));
    let second = match (priority, rank) {
        (Priority::Office(_), Some(known)) => format!("counts as {}", known.as_str()),
        _ => String::new(),
    };
    let value = match priority {
        Priority::Office(office) => format!("#{}", office.id),
        plain => plain.as_str().to_owned(),
    };
    Choice { value, name: priority.as_str().to_owned(), second }
}

/// Asks for the owner of the verb's tasks.
pub fn open_owner(state: &mut State, source: SourceId, kind: PersonKind) {
    open_people(state, "Owner", source, kind, Target::Owner);
}

/// Asks for a person of a source.
pub fn open_people(
    state: &mut State,
    title: &'static str,
    source: SourceId,
    kind: PersonKind,
    target: Target,
) {
    let choices = state.people.of_source(source, kind).map(choice_of).collect();
    push(state, title, choices, target, Some(Asked::People(source, kind)));
    if let Some(Layer::Pick(picker)) = state.layers.last_mut() {
        picker.asking = true;
    }
    sync::search_people(state, source, kind, "");
}

/// Asks for a document of a source, for a line of the document's form beneath.
pub fn open_documents(state: &mut State, title: &'static str, source: SourceId, search: DocumentSearch) {
    let asked = Asked::Documents(source, search.clone());
    push(state, title, Vec::new(), Target::DocumentField, Some(asked));
    if let Some(Layer::Pick(picker)) = state.layers.last_mut() {
        picker.asking = true;
    }
    sync::documents::search_to_pick(state, source, search, None);
}

/// Asks for one of these.
pub fn open_choices(state: &mut State, title: &'static str, choices: Vec<Choice>, target: Target) {
    push(state, title, choices, target, None);
}

/// Asks for one of some words, for a field of the form beneath.
pub fn open_words(state: &mut State, title: &'static str, words: impl Iterator<Item = String>) {
    open_words_for(state, title, words, Target::FormField);
}

/// Asks for one of some words.
pub fn open_words_for(
    state: &mut State,
    title: &'static str,
    words: impl Iterator<Item = String>,
    target: Target,
) {
    let choices =
        words.map(|word| Choice { value: word.clone(), name: word, second: String::new() }).collect();
    push(state, title, choices, target, None);
}

/// Asks what kind of document is to be begun.
pub fn open_templates(state: &mut State, beginning: Beginning) {
    let choice = |template: &Template| {
        // What a template is for begins with what it is called.
        let (name, second) = match template.about.split_once(": ") {
            Some((name, second)) => (name.to_owned(), second.to_owned()),
            None => (template.name.replace('-', " "), template.about.to_string()),
        };
        Choice { value: template.name.to_string(), name, second }
    };
    let blank =
        Choice { value: String::new(), name: "Blank".to_owned(), second: "one empty section".to_owned() };
    let choices = state.settings.templates.iter().map(choice).chain([blank]).collect();
    push(state, "New document", choices, Target::Template(Box::new(beginning)), None);
}

/// Asks which of the things to correct is gone to.
pub fn open_problems(state: &mut State, lines: Vec<String>) {
    let choice = |(place, name)| Choice { value: format!("{place}"), name, second: String::new() };
    let choices = lines.into_iter().enumerate().map(choice).collect();
    push(state, "To correct", choices, Target::Problem, None);
}

/// Asks for one of the configuration's other profiles.
pub fn open_profiles(state: &mut State) {
    let others = state.profiles.iter().filter(|name| **name != state.profile);
    let choice = |name: &String| Choice { value: name.clone(), name: name.clone(), second: String::new() };
    let choices = others.map(choice).collect();
    push(state, "Profile", choices, Target::Profile, None);
}

fn choice_of(person: &Person) -> Choice {
    let born = person.birth_date.as_ref().map(|date| format!("born {} · ", date.raw())).unwrap_or_default();
    Choice { value: person.id.to_string(), name: person.name(), second: format!("{born}{}", person.id) }
}

fn push(state: &mut State, title: &'static str, choices: Vec<Choice>, target: Target, asked: Option<Asked>) {
    let text = TypedText::line("");
    let picker = Picker {
        title,
        text,
        choices,
        found: Vec::new(),
        cursor: 0,
        asking: false,
        problem: None,
        target,
        asked,
    };
    state.layers.push(Layer::Pick(Box::new(picker)));
    narrow(state);
    state.touch();
}

/// The source has answered with people: they join the list.
pub fn on_people(state: &mut State, source: SourceId, part: &str, people: &[Person]) {
    let Some(Layer::Pick(picker)) = state.layers.last_mut() else { return };
    let kind = match picker.asked {
        Some(Asked::People(of, kind)) if of == source => kind,
        _ => return,
    };
    if picker.text.text().trim() == part || part.is_empty() {
        picker.asking = false;
    }
    for person in people.iter().filter(|person| person.kind == kind) {
        let choice = choice_of(person);
        if !picker.choices.iter().any(|known| known.value == choice.value) {
            picker.choices.push(choice);
        }
    }
    picker.choices.sort_by(|left, right| left.name.cmp(&right.name));
    narrow(state);
    state.touch();
}

/// The source has answered with documents: they join the list, and what it has beyond them is asked for.
pub fn on_documents(state: &mut State, source: SourceId, page: Result<DocumentPage, ApiError>) {
    let zone = state.zone.clone();
    let Some(Layer::Pick(picker)) = state.layers.last_mut() else { return };
    let search = match &picker.asked {
        Some(Asked::Documents(of, search)) if *of == source => search.clone(),
        _ => return,
    };
    let page = match page {
        Ok(page) => page,
        Err(error) => return on_failed(state, &error),
    };
    for document in &page.documents {
        let choice = choice_of_document(document, &zone);
        if !picker.choices.iter().any(|known| known.value == choice.value) {
            picker.choices.push(choice);
        }
    }
    let next = page.next.filter(|_| picker.choices.len() < MOST_DOCUMENTS);
    picker.asking = next.is_some();
    if next.is_some() {
        sync::documents::search_to_pick(state, source, search, next);
    }
    narrow(state);
    state.touch();
}

fn choice_of_document(document: &Document, zone: &TimeZone) -> Choice {
    let date = document.date.as_ref().map(|date| date.display(zone));
    let parts = [date.as_deref(), Some(document.status.as_str()), Some(&*document.key.id)];
    Choice {
        value: document.key.id.to_string(),
        name: document.title.to_string(),
        second: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
    }
}

/// The source could not be asked.
pub fn on_failed(state: &mut State, error: &ApiError) {
    if let Some(Layer::Pick(picker)) = state.layers.last_mut() {
        picker.asking = false;
        picker.problem = Some(error.to_string());
    }
    state.touch();
}

fn narrow(state: &mut State) {
    let Some(Layer::Pick(picker)) = state.layers.last_mut() else { return };
    let typed = fold(picker.text.text().trim());
    let matches = |choice: &Choice| {
        let name = fold(&format!("{} {} {}", choice.name, choice.second, choice.value));
        typed.split_whitespace().all(|word| name.contains(word))
    };
    let found = picker.choices.iter().enumerate().filter(|(_, choice)| matches(choice));
    picker.found = found.map(|(place, _)| place).collect();
    picker.cursor = picker.cursor.min(picker.found.len().saturating_sub(1));
}

pub(super) fn on_text(state: &mut State, text: &str) {
    let Some(Layer::Pick(picker)) = state.layers.last_mut() else { return };
    picker.text.insert(text);
    picker.cursor = 0;
    typed_on(state);
}

/// Narrows the list, and asks the source where too few are known here.
fn typed_on(state: &mut State) {
    narrow(state);
    let Some(Layer::Pick(picker)) = state.layers.last_mut() else { return };
    let part = picker.text.text().trim().to_owned();
    if let Some(Asked::People(source, kind)) = picker.asked
        && picker.found.len() < 3
        && part.chars().count() >= 2
    {
        picker.asking = true;
        sync::search_people(state, source, kind, &part);
    }
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let Some(Layer::Pick(picker)) = state.layers.last_mut() else { return };
    if let Some(edit) = update::line_edit(action) {
        picker.text.edit(edit);
        return typed_on(state);
    }
    match action {
        Action::MoveDown => picker.cursor = (picker.cursor + 1).min(picker.found.len().saturating_sub(1)),
        Action::MoveUp => picker.cursor = picker.cursor.saturating_sub(1),
        Action::InputCancel => drop(close(state)),
        Action::InputAccept => accept(state),
        _ => {}
    }
}

fn accept(state: &mut State) {
    let Some(Layer::Pick(picker)) = state.layers.last() else { return };
    let chosen = picker.found.get(picker.cursor).and_then(|place| picker.choices.get(*place)).cloned();
    let Some(choice) = chosen else { return };
    let target = picker.target.clone();
    close(state);
    let tasks = writes::targets(state);
    match target {
        Target::Priority => {
            let source = tasks.first().map(|task| task.key.source).unwrap_or_default();
            let priority = state.can(source).and_then(|can| can.priority_named(&choice.value).ok());
            let argument = Argument { priority, ..Argument::default() };
            confirm::open(state, Verb::Priority, argument, tasks);
        }
        Target::Owner => {
            let owner = Reference::new(&choice.value).with_display(&choice.name);
            confirm::open(state, Verb::Owner, Argument { owner: Some(owner), ..Argument::default() }, tasks);
        }
        Target::FormField => task_form::on_picked(state, &choice),
        Target::Template(beginning) => editor::open::on_chosen(state, *beginning, &choice.value),
        Target::DocumentField => doc_form::on_picked(state, choice),
        Target::Profile => profiles::switch(state, &choice.value),
        Target::Problem => editor::check::on_picked(state, &choice.value),
    }
}
