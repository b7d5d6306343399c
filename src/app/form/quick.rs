//! Quick add: `!urgent @me due:2h pt:okafor CBC before 10` fills the form while it is typed.
//!
//! Must not guess a person: a name that fits several, or nobody known, is said and not set.

use super::{Form, Input, fields::print_time};
use crate::app::state::State;
use crate::domain::{
    fold::fold,
    people::{Person, PersonKind},
    time::parse_typed,
};

/// What the quick line has done to the form.
#[derive(Debug, Default)]
pub(super) struct Filled {
    line: String,
    inputs: Vec<Input>,
    problem: Option<(Input, String)>,
}

impl Filled {
    /// What could not be understood, and the field that it was meant for.
    pub(super) fn problem(&self) -> Option<&(Input, String)> {
        self.problem.as_ref()
    }
}

/// Fills the form from the quick line; what could not be understood is said at that line.
///
/// What the line said before is taken back first: half a name may have fitted somebody whom the whole one does not.
pub(super) fn fill(form: &mut Form, state: &State) {
    let Some(place) = form.fields.iter().position(|field| field.input == Input::Quick) else { return };
    let Some(line) = form.fields.get(place).map(|field| field.text.text()) else { return };
    // Moving about in the line must not undo what was typed into the other fields since.
    if line == form.quick.line && form.quick.problem.is_none() {
        return;
    }
    form.quick.line.clone_from(&line);
    for input in std::mem::take(&mut form.quick.inputs) {
        take_back(form, input);
    }
    let owners = state.can(form.source).map_or(PersonKind::Practitioner, |can| can.owners);
    let mut problem = None;
    let mut title: Vec<&str> = Vec::new();
    for word in line.split_whitespace() {
        let outcome = if let Some(priority) = word.strip_prefix('!') {
            set_priority(form, state, priority).map_err(|sentence| (Input::Priority, sentence))
        } else if let Some(owner) = word.strip_prefix('@') {
            set_person(form, state, Input::Owner, owners, owner).map_err(|sentence| (Input::Owner, sentence))
        } else if let Some(patient) = word.strip_prefix("pt:") {
            set_person(form, state, Input::Patient, PersonKind::Patient, patient)
                .map_err(|sentence| (Input::Patient, sentence))
        } else if let Some(due) = word.strip_prefix("due:") {
            set_due(form, state, due).map_err(|sentence| (due_input(form), sentence))
        } else if let Some(code) = word.strip_prefix("code:") {
            set(form, Input::Code, code);
            Ok(())
        } else {
            title.push(word);
            Ok(())
        };
        problem = problem.or(outcome.err());
    }
    if !title.is_empty() {
        set(form, Input::Description, &title.join(" "));
    }
    if let Some(field) = form.fields.get_mut(place) {
        field.problem = problem.as_ref().map(|(_, sentence)| sentence.clone());
    }
    form.quick.problem = problem;
}

fn set(form: &mut Form, input: Input, text: &str) {
    if let Some(place) = form.fields.iter().position(|field| field.input == input) {
        form.set(place, text);
        form.quick.inputs.push(input);
    }
}

fn take_back(form: &mut Form, input: Input) {
    if let Some(field) = form.fields.iter_mut().find(|field| field.input == input) {
        field.text.set(&field.original);
    }
}

fn set_priority(form: &mut Form, state: &State, word: &str) -> Result<(), String> {
    let Some(can) = state.can(form.source) else { return Ok(()) };
    let word = word.trim();
    let begins = |typed: &&String| !word.is_empty() && fold(typed).starts_with(&fold(word));
    let words = Input::Priority.words_in(can);
    if let Some(typed) = words.iter().find(begins) {
        set(form, Input::Priority, typed);
        return Ok(());
    }
    // One of FHIR's words means the office's own that the configuration puts there.
    if let Ok(priority) = can.priority_named(word) {
        set(form, Input::Priority, priority.as_str());
        return Ok(());
    }
    Err(format!(
        "!{word}: choose {}.",
        words.iter().map(|word| format!("!{word}")).collect::<Vec<_>>().join(", ")
    ))
}

/// Where a due time is typed: the end of the restriction, where the system has one.
fn due_input(form: &Form) -> Input {
    let has_restriction = form.fields.iter().any(|field| field.input == Input::RestrictionEnd);
    if has_restriction { Input::RestrictionEnd } else { Input::End }
}

fn set_due(form: &mut Form, state: &State, text: &str) -> Result<(), String> {
    let time = parse_typed(text, state.now, &state.zone).map_err(|error| error.to_string())?;
    let input = due_input(form);
    set(form, input, &print_time(&time.to_date_time(), &state.zone));
    Ok(())
}

fn set_person(
    form: &mut Form,
    state: &State,
    input: Input,
    kind: PersonKind,
    part: &str,
) -> Result<(), String> {
    let source = form.source;
    if part == "me" {
        let Some(known) = state.source(source) else { return Ok(()) };
        set(form, input, known.my_id()?);
        return Ok(());
    }
    let wanted = fold(part);
    let fits = |person: &&Person| *person.id == *part || fold(&person.name()).contains(&wanted);
    let mut found = state.people.of_source(source, kind).filter(fits);
    match (found.next(), found.next()) {
        (Some(person), None) => {
            set(form, input, &person.id);
            Ok(())
        }
        (Some(_), Some(_)) => Err(format!("{part} fits several; choose in the field {}.", input.label())),
        (None, _) => Err(format!("Nobody known is called {part}; choose in the field {}.", input.label())),
    }
}
