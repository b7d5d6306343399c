//! Reading keymap text and laying one set of bindings over another.
//!
//! Must not fail as a whole: every good line holds, every bad one is told with its place.

use super::{
    Keymap,
    chord::{Chord, key_names, parse_sequence, print_sequence},
};
use crate::{
    app::action::{ACTIONS, Action, Context},
    domain::{nearest::nearest, place::Place},
};
use std::fmt;
use toml::de::{DeTable, DeValue};

/// The word that takes a key away.
const NONE: &str = "none";

/// One line of a keymap as its author wrote it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The context's name.
    pub context: String,
    /// The keys.
    pub keys: String,
    /// The action's id, or `none`.
    pub action: String,
    /// The line of the file, from one.
    pub line: usize,
    /// The column, from one.
    pub column: usize,
}

/// Something wrong in a keymap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyProblem {
    /// The line of the file, from one.
    pub line: usize,
    /// The column, from one.
    pub column: usize,
    /// The context and key, such as `list.x`.
    pub key: String,
    /// What is wrong, a whole sentence.
    pub sentence: String,
    /// What could stand there instead, when that is a list of names.
    pub allowed: Vec<String>,
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.sentence)
    }
}

/// A binding whose words are known.
struct Known<'a> {
    context: Context,
    keys: Vec<Chord>,
    action: Option<Action>,
    binding: &'a Binding,
}

/// Reads the lines of a keymap file, without asking yet whether their words are known.
pub fn read_bindings(text: &str) -> (Vec<Binding>, Vec<KeyProblem>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let problem = |byte: usize, key: &str, sentence: String| {
        let place = Place::of_byte(text, byte);
        KeyProblem {
            line: place.line,
            column: place.column,
            key: key.to_owned(),
            sentence,
            allowed: Vec::new(),
        }
    };
    let mut problems: Vec<KeyProblem> = errors
        .iter()
        .map(|error| {
            let byte = error.span().map_or(0, |span| span.start);
            problem(byte, "", format!("This is not TOML: {}.", error.message()))
        })
        .collect();
    // A value that could not be read has been told already.
    let broken: Vec<usize> = errors.iter().filter_map(|error| Some(error.span()?.start)).collect();
    let mut bindings = Vec::new();
    for (context, lines) in document.get_ref() {
        let DeValue::Table(lines) = lines.get_ref() else {
            let sentence = format!("{} must be a table of keys.", context.get_ref());
            problems.push(problem(context.span().start, context.get_ref(), sentence));
            continue;
        };
        for (keys, action) in lines {
            let value = action.span();
            if broken.iter().any(|byte| (value.start..=value.end).contains(byte)) {
                continue;
            }
            let place = Place::of_byte(text, keys.span().start);
            match action.get_ref().as_str() {
                Some(action) => bindings.push(Binding {
                    context: context.get_ref().to_string(),
                    keys: keys.get_ref().to_string(),
                    action: action.to_owned(),
                    line: place.line,
                    column: place.column,
                }),
                None => problems.push(problem(
                    value.start,
                    &format!("{}.{}", context.get_ref(), keys.get_ref()),
                    "A key needs the name of an action in quotes, or \"none\".".to_owned(),
                )),
            }
        }
    }
    bindings.sort_by_key(|binding| (binding.line, binding.column));
    (bindings, problems)
}

impl Keymap {
    /// Lays bindings over this keymap: they win over what stood there; `none` takes a key away,
    /// with every sequence that it begins.
    ///
    /// A new sequence also displaces the old ones that begin it or that it begins: they could not be typed any more.
    pub fn patch(&mut self, bindings: &[Binding]) -> Vec<KeyProblem> {
        let mut problems = Vec::new();
        let mut accepted: Vec<Known<'_>> = Vec::new();
        for binding in bindings {
            match known(binding).and_then(|known| without_clash(known, &accepted)) {
                Ok(known) => accepted.push(known),
                Err(problem) => problems.push(problem),
            }
        }
        for known in &accepted {
            let table = self.tables.entry(known.context).or_default();
            table.retain(|old, _| match known.action {
                Some(_) => !overlap(old, &known.keys),
                None => !old.starts_with(&known.keys),
            });
        }
        for known in accepted {
            if let Some(action) = known.action {
                self.tables.entry(known.context).or_default().insert(known.keys, action);
            }
        }
        problems
    }
}

/// Whether one sequence begins the other, or both are the same.
fn overlap(left: &[Chord], right: &[Chord]) -> bool {
    left.starts_with(right) || right.starts_with(left)
}

fn known(binding: &Binding) -> Result<Known<'_>, KeyProblem> {
    let context = Context::parse(&binding.context).ok_or_else(|| {
        let names = Context::ALL.map(Context::name);
        unknown(binding, "place for keys", &binding.context, &names)
    })?;
    let keys = parse_sequence(&binding.keys).map_err(|word| {
        let mut problem = unknown(binding, "key", word, &key_names().collect::<Vec<_>>());
        problem
            .sentence
            .push_str(" Write keys as x, G, ctrl-x, F5, Space, or \"g u\" for one after the other.");
        problem
    })?;
    if binding.action == NONE {
        return Ok(Known { context, keys, action: None, binding });
    }
    let action = Action::parse(&binding.action).ok_or_else(|| {
        let here = ACTIONS.iter().filter(|info| info.action.works_in(context)).map(|info| info.id);
        unknown(binding, "action", &binding.action, &here.chain([NONE]).collect::<Vec<_>>())
    })?;
    if !action.works_in(context) {
        let places: Vec<&str> = action.info().contexts.iter().map(|context| context.name()).collect();
        let sentence = format!(
            "{action} has no meaning in keys.{}; it can be bound in {}.",
            context.name(),
            places.join(", ")
        );
        return Err(at(binding, sentence, places));
    }
    if context.takes_text() && keys.first().is_some_and(|key| key.text().is_some()) {
        let sentence = format!("{} is typed as text in keys.{}.", print_sequence(&keys), context.name());
        return Err(at(binding, sentence, Vec::new()));
    }
    Ok(Known { context, keys, action: Some(action), binding })
}

/// Refuses a sequence that the same text has bound already, or that begins such a one.
fn without_clash<'a>(known: Known<'a>, accepted: &[Known<'_>]) -> Result<Known<'a>, KeyProblem> {
    let clash = accepted.iter().find(|other| {
        let binds = other.action.is_some() && known.action.is_some();
        other.context == known.context
            && (other.keys == known.keys || binds && overlap(&other.keys, &known.keys))
    });
    match clash {
        None => Ok(known),
        Some(other) => {
            let sentence = format!(
                "{} cannot stand beside {} on line {}: one begins the other.",
                print_sequence(&known.keys),
                print_sequence(&other.keys),
                other.binding.line
            );
            Err(at(known.binding, sentence, Vec::new()))
        }
    }
}

fn unknown(binding: &Binding, what: &str, word: &str, names: &[&str]) -> KeyProblem {
    let meant = nearest(word, names.iter().copied());
    let sentence = match meant {
        Some(meant) => format!("There is no {what} {word:?}; did you mean {meant}?"),
        None => format!("There is no {what} {word:?}."),
    };
    at(binding, sentence, names.to_vec())
}

fn at(binding: &Binding, sentence: String, allowed: Vec<&str>) -> KeyProblem {
    KeyProblem {
        line: binding.line,
        column: binding.column,
        key: format!("{}.{}", binding.context, binding.keys),
        sentence,
        allowed: allowed.into_iter().map(str::to_owned).collect(),
    }
}
