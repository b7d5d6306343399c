//! The filter line: typing with live results, completion and history.
//!
//! Must not empty the list on an error: the rows stay and the bad word is marked.

use super::{rescan, rows, set_query};
use crate::app::{
    action::Action,
    state::State,
    text::{Edit, TypedText},
    update::line_edit,
};
use crate::domain::{
    fold::fold,
    people::{Person, PersonKind},
    priority::Priority,
    query::{
        Completion, CompletionSource, Node, PersonChoice, PriorityTest, Query, Role, Term, TextField,
        complete, parse,
    },
    task::TaskKey,
};

/// Filters kept in the history.
const HISTORY: usize = 100;
/// People offered at the most.
const NAMES: usize = 50;

/// The filter line while it is edited.
#[derive(Debug)]
pub struct FilterLine {
    /// What is typed.
    pub text: TypedText,
    /// The filter and view before, to come back to.
    before: (String, Option<usize>),
    /// The task that was under the cursor, to come back to.
    at_cursor: Option<TaskKey>,
    /// The place in the history; its length for the line being typed.
    at: usize,
    /// The line being typed, kept while the history is walked.
    draft: String,
    /// What the word at the cursor may become.
    pub completions: Vec<Completion>,
    /// Which completion was taken last.
    pub chosen: Option<usize>,
}

/// Opens the filter line on the present filter.
pub fn open(state: &mut State) {
    let worklist = &mut state.worklist;
    let text = worklist.query_text.clone();
    let padded = if text.is_empty() { String::new() } else { format!("{text} ") };
    worklist.filter = Some(FilterLine {
        text: TypedText::line(&padded),
        before: (text, worklist.view),
        at_cursor: worklist.selected.as_ref().map(|task| task.key.clone()),
        at: worklist.history.len(),
        draft: padded,
        completions: Vec::new(),
        chosen: None,
    });
    state.touch();
}

/// Clears the filter: everything is shown.
pub fn clear(state: &mut State) {
    super::views::show(state, None);
}

/// Types into the filter line; the rows follow at once.
pub fn on_text(state: &mut State, text: &str) {
    let Some(line) = &mut state.worklist.filter else { return };
    line.text.insert(text);
    line.chosen = None;
    line.completions.clear();
    apply(state);
}

/// Does what a key asks in the filter line; whether it was one of its own.
pub fn on_action(state: &mut State, action: Action) -> bool {
    let Some(line) = &mut state.worklist.filter else { return false };
    if let Some(edit) = line_edit(action) {
        line.text.edit(edit);
        line.chosen = None;
        line.completions.clear();
        if !matches!(
            edit,
            Edit::Left | Edit::Right | Edit::Home | Edit::End | Edit::WordLeft | Edit::WordRight
        ) {
            apply(state);
        }
        state.touch();
        return true;
    }
    match action {
        Action::InputAccept => keep(state),
        Action::InputCancel => restore(state),
        Action::HistoryOlder => walk(state, false),
        Action::HistoryNewer => walk(state, true),
        Action::InputComplete => complete_word(state, true),
        Action::InputCompleteBack => complete_word(state, false),
        _ => return false,
    }
    state.touch();
    true
}

fn apply(state: &mut State) {
    let Some(line) = &state.worklist.filter else { return };
    let text = line.text.text();
    state.worklist.view = None;
    let before = line.before.0.clone();
    rows::start_anew(state);
    set_query(state, text.trim());
    // With no good word in it the rows are those from before the line was opened, not of a word half typed.
    let problems = state.worklist.parsed.as_ref().map_or(0, |parsed| parsed.problems.len());
    if problems > 0 && parse(text.trim()).query == Query::default() {
        let shown = parse(&before).query;
        if let Some(parsed) = state.worklist.parsed.as_mut().filter(|parsed| parsed.query != shown) {
            parsed.query = shown;
            rescan(state);
        }
    }
    rows::settle(state);
}

fn keep(state: &mut State) {
    let Some(line) = state.worklist.filter.take() else { return };
    let text = line.text.text().trim().to_owned();
    let worklist = &mut state.worklist;
    if text == line.before.0 {
        worklist.view = line.before.1;
    }
    if !text.is_empty() {
        worklist.history.retain(|kept| *kept != text);
        worklist.history.push(text);
        let surplus = worklist.history.len().saturating_sub(HISTORY);
        worklist.history.drain(..surplus);
    }
    let problem = worklist.parsed.as_ref().and_then(|parsed| parsed.problems.first());
    if let Some(problem) = problem {
        let hint =
            problem.did_you_mean.as_ref().map(|word| format!(" Did you mean {word}?")).unwrap_or_default();
        let line = format!("{}{hint}", problem.sentence);
        state.warn(&line);
    }
}

fn restore(state: &mut State) {
    let Some(line) = state.worklist.filter.take() else { return };
    let (text, view) = line.before;
    rows::start_anew(state);
    set_query(state, &text);
    state.worklist.view = view;
    let row = line.at_cursor.and_then(|key| state.store.find(&key));
    let place = row.and_then(|row| state.worklist.rows.iter().position(|shown| *shown == row));
    rows::move_to(state, place.unwrap_or(0));
}

fn walk(state: &mut State, forward: bool) {
    let history = state.worklist.history.clone();
    let Some(line) = &mut state.worklist.filter else { return };
    if line.at == history.len() {
        line.draft = line.text.text();
    }
    line.at = if forward { (line.at + 1).min(history.len()) } else { line.at.saturating_sub(1) };
    let text = history.get(line.at).cloned().unwrap_or_else(|| line.draft.clone());
    line.text.set(&text);
    apply(state);
}

fn complete_word(state: &mut State, forward: bool) {
    let Some(mut line) = state.worklist.filter.take() else { return };
    if line.completions.is_empty() {
        let text = line.text.text();
        line.completions = complete(&text, line.text.cursor().1, &Known(state));
        line.chosen = None;
        line.draft = text;
    }
    let count = line.completions.len();
    if count > 0 {
        let index = match (line.chosen, forward) {
            (None, true) => 0,
            (Some(index), true) => (index + 1) % count,
            (index, false) => index.unwrap_or(0).checked_sub(1).unwrap_or(count - 1),
        };
        line.chosen = Some(index);
        if let Some(completion) = line.completions.get(index) {
            let (head, tail) = (
                line.draft.get(..completion.replace.start).unwrap_or(""),
                line.draft.get(completion.replace.end..).unwrap_or(""),
            );
            line.text.set(&format!("{head}{}{tail}", completion.text));
            line.text.set_cursor_byte(head.len() + completion.text.len());
        }
    }
    let completions = std::mem::take(&mut line.completions);
    let chosen = line.chosen;
    state.worklist.filter = Some(line);
    apply(state);
    if let Some(line) = &mut state.worklist.filter {
        line.completions = completions;
        line.chosen = chosen;
    }
}

/// A priority that the filter asks for and no source has: most likely a word that was mistyped.
pub fn unknown_priority(state: &State) -> Option<String> {
    let query = state.worklist.query();
    let word = query.filter.as_ref().and_then(odd_priority)?;
    let known = state.sources.iter().flat_map(|source| &source.can.priorities);
    let mut words: Vec<&str> = known.map(Priority::as_str).collect();
    if words.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return None;
    }
    words.extend(Priority::KNOWN.iter().map(Priority::as_str));
    let mut seen = std::collections::BTreeSet::new();
    words.retain(|word| seen.insert(*word));
    Some(format!("No source has a priority {word}; there is {}.", words.join(", ")))
}

fn odd_priority(node: &Node) -> Option<&str> {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().find_map(odd_priority),
        Node::Term(Term::Priority(tests)) => tests.iter().find_map(|test| match test {
            PriorityTest::Is(Priority::Other(word)) => Some(&**word),
            _ => None,
        }),
        Node::Not(_) | Node::Text(_) | Node::Term(_) => None,
    }
}

/// What the program knows that a filter may name.
struct Known<'a>(&'a State);

impl CompletionSource for Known<'_> {
    fn people(&self, role: Role, part: &str) -> Vec<PersonChoice> {
        let kinds: &[PersonKind] = match role {
            Role::Patient => &[PersonKind::Patient],
            Role::Owner => &[PersonKind::Practitioner, PersonKind::List],
            Role::Requester => &[PersonKind::Practitioner],
            Role::Encounter | Role::Focus => return Vec::new(),
        };
        let sources = self.0.sources.iter();
        let people = sources
            .flat_map(|source| kinds.iter().flat_map(|kind| self.0.people.of_source(source.id, *kind)));
        let choices = people.map(|person| PersonChoice {
            name: person.name(),
            id: person.id.to_string(),
            hint: person.birth_date.as_ref().map(|date| format!("born {}", date.raw())).unwrap_or_default(),
        });
        let mut choices: Vec<PersonChoice> = choices
            .filter(|choice| fold(&choice.name).contains(part) || fold(&choice.id).contains(part))
            .collect();
        choices.sort_by(|left, right| left.name.cmp(&right.name));
        choices.truncate(NAMES);
        choices
    }

    fn values(&self, field: TextField) -> Vec<String> {
        match field {
            TextField::Source => self.0.sources.iter().map(|source| source.name.clone()).collect(),
            TextField::Code => self.0.store.code_values(),
            TextField::List => {
                let sources = self.0.sources.iter();
                let lists = sources.flat_map(|source| self.0.people.of_source(source.id, PersonKind::List));
                lists.map(Person::name).collect()
            }
            _ => Vec::new(),
        }
    }
}
