//! The keymap: from keys to actions, context by context, and back again for hints, help and the key table.
//!
//! Must not know what an action does or which screen is on: the caller names the contexts, nearest first.

mod chord;
mod patch;
mod table;
#[cfg(test)]
mod tests;

pub use chord::{Chord, Key, parse_sequence, print_sequence};
pub use patch::{Binding, KeyProblem, read_bindings};
pub use table::markdown_table;

use super::action::{Action, Context};
use std::{collections::BTreeMap, ops::Bound};

/// The shipped keys.
const SHIPPED: &str = include_str!("../../assets/keymap.toml");

/// The presets by name: patches over the shipped keys.
pub const PRESETS: [(&str, &str); 4] = [
    ("default", ""),
    ("vim", include_str!("../../assets/keymaps/vim.toml")),
    ("emacs", include_str!("../../assets/keymaps/emacs.toml")),
    ("arrows", include_str!("../../assets/keymaps/arrows.toml")),
];

/// Sequences of one context in order, so that all that begin alike stand together, as in a trie.
type Table = BTreeMap<Vec<Chord>, Action>;

/// Which keys ask for which action, by context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    tables: BTreeMap<Context, Table>,
}

/// What a key means where it was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// It asks for this.
    Action(Action),
    /// It begins a sequence: what can follow, and what each asks for.
    Pending(Vec<(String, Action)>),
    /// It is typed text.
    Text(char),
    /// Nothing; a sequence begun before is over.
    Nothing,
}

/// What a sequence is in a list of contexts.
enum Found {
    Bound(Action),
    Begins,
    Text(char),
    Nothing,
}

impl Default for Keymap {
    /// The shipped keys.
    fn default() -> Keymap {
        Keymap::parse(SHIPPED).0
    }
}

impl Keymap {
    /// A keymap from the text of a keymap file, with what is wrong in it; the good lines hold.
    pub fn parse(text: &str) -> (Keymap, Vec<KeyProblem>) {
        let mut keymap = Keymap { tables: BTreeMap::new() };
        let (bindings, mut problems) = read_bindings(text);
        problems.extend(keymap.patch(&bindings));
        (keymap, problems)
    }

    /// A preset over the shipped keys; none for an unknown name.
    pub fn preset(name: &str) -> Option<Keymap> {
        let (_, text) = PRESETS.into_iter().find(|(preset, _)| *preset == name)?;
        let mut keymap = Keymap::default();
        keymap.patch(&read_bindings(text).0);
        Some(keymap)
    }

    /// Says what a key means after the keys of `pending`, in these contexts, nearest first.
    pub fn resolve(&self, contexts: &[Context], pending: &[Chord], chord: Chord) -> Resolved {
        let mut typed = pending.to_vec();
        typed.push(chord);
        match self.find(contexts, &typed) {
            Found::Bound(action) => Resolved::Action(action),
            Found::Begins => Resolved::Pending(self.hints(contexts, &typed)),
            Found::Text(character) => Resolved::Text(character),
            Found::Nothing => Resolved::Nothing,
        }
    }

    /// What can be asked for in these contexts after the keys of `pending`: the shortest keys of each action,
    /// in the order of the action table.
    pub fn hints(&self, contexts: &[Context], pending: &[Chord]) -> Vec<(String, Action)> {
        let mut best: BTreeMap<Action, &[Chord]> = BTreeMap::new();
        for context in searched(contexts) {
            for (keys, action) in self.beginning_with(context, pending) {
                if !self.reaches(contexts, keys, *action) {
                    continue;
                }
                let rest = keys.get(pending.len()..).unwrap_or_default();
                let kept = best.entry(*action).or_insert(rest);
                if ease(rest) < ease(kept) {
                    *kept = rest;
                }
            }
        }
        best.into_iter().map(|(action, keys)| (print_sequence(keys), action)).collect()
    }

    /// The keys that ask for an action in any context, the easiest first.
    pub fn keys_for(&self, action: Action) -> Vec<String> {
        self.keys_where(action, &Context::ALL, |_| true)
    }

    /// The keys that one context's own table binds to an action, the easiest first.
    pub fn own_keys(&self, context: Context, action: Action) -> Vec<String> {
        let mut found: Vec<&Vec<Chord>> = self.bound(context, action).collect();
        found.sort_by_key(|keys| ease(keys));
        found.into_iter().map(|keys| print_sequence(keys)).collect()
    }

    /// The keys that ask for an action in these contexts and are not taken by a nearer one, the easiest first.
    pub fn keys_in(&self, contexts: &[Context], action: Action) -> Vec<String> {
        self.keys_where(action, contexts, |keys| self.reaches(contexts, keys, action))
    }

    /// The keymap as the text of a keymap file.
    pub fn to_toml(&self) -> String {
        let mut document = toml_edit::DocumentMut::new();
        for context in Context::ALL {
            let Some(table) = self.tables.get(&context).filter(|table| !table.is_empty()) else {
                continue;
            };
            let mut lines = toml_edit::Table::new();
            for (keys, action) in table {
                lines.insert(&print_sequence(keys), toml_edit::value(action.id()));
            }
            document.insert(context.name(), toml_edit::Item::Table(lines));
        }
        document.to_string()
    }

    fn keys_where(
        &self,
        action: Action,
        contexts: &[Context],
        keep: impl Fn(&[Chord]) -> bool,
    ) -> Vec<String> {
        let mut found: Vec<&Vec<Chord>> = searched(contexts)
            .flat_map(|context| self.bound(context, action))
            .filter(|keys| keep(keys))
            .collect();
        found.sort_by_key(|keys| ease(keys));
        found.dedup();
        found.into_iter().map(|keys| print_sequence(keys)).collect()
    }

    fn bound(&self, context: Context, action: Action) -> impl Iterator<Item = &Vec<Chord>> {
        let table = self.tables.get(&context).into_iter().flatten();
        table.filter(move |(_, bound)| **bound == action).map(|(keys, _)| keys)
    }

    /// Whether typing the keys one by one really ends at the action: no nearer context takes one of them.
    fn reaches(&self, contexts: &[Context], keys: &[Chord], action: Action) -> bool {
        let begun = (1..keys.len()).all(|count| {
            keys.get(..count).is_some_and(|begin| matches!(self.find(contexts, begin), Found::Begins))
        });
        begun && matches!(self.find(contexts, keys), Found::Bound(found) if found == action)
    }

    fn find(&self, contexts: &[Context], typed: &[Chord]) -> Found {
        for context in searched(contexts) {
            let mut beginning = self.beginning_with(context, typed);
            match beginning.next() {
                Some((keys, action)) if keys.len() == typed.len() => return Found::Bound(*action),
                Some(_) => return Found::Begins,
                None => {}
            }
            // Input is searched after each context that takes text; what is unbound there is typed.
            if context == Context::Input
                && let [only] = typed
                && let Some(character) = only.text()
            {
                return Found::Text(character);
            }
        }
        Found::Nothing
    }

    fn beginning_with<'a>(
        &'a self,
        context: Context,
        begin: &'a [Chord],
    ) -> impl Iterator<Item = (&'a Vec<Chord>, &'a Action)> {
        let table = self.tables.get(&context);
        table.into_iter().flat_map(move |table| {
            table
                .range::<[Chord], _>((Bound::Included(begin), Bound::Unbounded))
                .take_while(move |(keys, _)| keys.starts_with(begin))
        })
    }
}

/// The contexts in the order of search: line editing comes right after a context that takes text.
fn searched(contexts: &[Context]) -> impl Iterator<Item = Context> + '_ {
    contexts.iter().flat_map(|context| {
        let input = (context.takes_text() && *context != Context::Input).then_some(Context::Input);
        std::iter::once(*context).chain(input)
    })
}

/// Orders sequences by how easily they are typed: without modifiers, then short, letters before signs before named keys.
fn ease(keys: &[Chord]) -> (bool, usize, u8, &[Chord]) {
    let class = |chord: &Chord| match chord.key {
        Key::Char(character) if character.is_alphanumeric() => 0,
        Key::Char(_) => 1,
        _ => 2,
    };
    let modified = keys.iter().any(|chord| chord.control || chord.alt || chord.shift);
    (modified, keys.len(), keys.iter().map(class).max().unwrap_or(0), keys)
}
