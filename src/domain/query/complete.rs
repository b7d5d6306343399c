//! What Tab offers in a filter line: fields, values, people and lists.
//!
//! Must not look anything up itself: people, lists and codes come from the caller.

use super::ast::{Role, TextField};
use super::lex::{Kind, Piece, tokens};
use super::print::value_word;
use super::values::{PRIORITY_WORDS, sign_length, status_words};
use super::words::{FIELDS, FLAGS, GROUPS, Name, PARTS, SORTS, TIME_WORDS, Word};
use crate::domain::{fold::fold, task::Intent};
use std::ops::Range;

/// What can be completed beside the words of the language.
pub trait CompletionSource {
    /// People seen in a role whose name or id holds the folded part, the likeliest first.
    fn people(&self, role: Role, part: &str) -> Vec<PersonChoice>;
    /// Values seen in a text field, the likeliest first.
    fn values(&self, field: TextField) -> Vec<String>;
}

/// A person that can be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonChoice {
    /// The name; empty when unknown.
    pub name: String,
    /// The bare id.
    pub id: String,
    /// A second identifier, such as the birth date.
    pub hint: String,
}

/// One offer: put `text` in place of the bytes of `replace`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the line that go.
    pub replace: Range<usize>,
    /// What comes in their place.
    pub text: String,
    /// What it means, in a few words; raw, so show it through `Clean`.
    pub hint: String,
}

/// What can stand at the cursor, a byte of the line; most fitting first.
pub fn complete(line: &str, cursor: usize, source: &dyn CompletionSource) -> Vec<Completion> {
    let cursor = (0..=cursor.min(line.len())).rev().find(|byte| line.is_char_boundary(*byte)).unwrap_or(0);
    let chunk = tokens(line)
        .into_iter()
        .find(|token| {
            !matches!(token.kind, Kind::Open | Kind::Close | Kind::Dash)
                && token.at.start <= cursor
                && cursor <= token.at.end
        })
        .map_or(cursor..cursor, |token| token.at);
    let piece = Piece { text: line.get(chunk.clone()).unwrap_or(""), start: chunk.start };
    match piece.field() {
        Some((name, rest)) if cursor >= rest.start => {
            let Some(field) = Name::parse(name.text) else { return Vec::new() };
            let values = rest.values();
            let value = values.into_iter().rev().find(|value| value.start <= cursor).unwrap_or(rest);
            let value = value.from(prefix_length(field, value.text));
            if cursor < value.start {
                return Vec::new();
            }
            let typed = value.to(cursor - value.start).text.trim_start_matches('"');
            offers(field, typed, source)
                .into_iter()
                .map(|(text, hint)| Completion { replace: value.at(), text, hint })
                .collect()
        }
        _ => fields(piece.to(cursor.saturating_sub(piece.start)).text, piece.at()),
    }
}

fn prefix_length(field: Name, value: &str) -> usize {
    match field {
        Name::Sort => usize::from(value.starts_with('-')),
        _ => sign_length(value),
    }
}

fn fields(typed: &str, replace: Range<usize>) -> Vec<Completion> {
    let typed = typed.to_ascii_lowercase();
    let begins = |word: &str| word.starts_with(&typed);
    let offer =
        |text: String, hint: &str| Completion { replace: replace.clone(), text, hint: hint.to_owned() };
    let mut found: Vec<_> = FIELDS
        .iter()
        .filter(|help| begins(help.name) || help.aliases.contains(&&*typed))
        .map(|help| offer(format!("{}:", help.name), help.help))
        .collect();
    if !typed.is_empty() {
        let flags = FLAGS.iter().filter(|(word, ..)| begins(word));
        found.extend(flags.map(|(word, _, hint)| offer(format!("is:{word}"), hint)));
    }
    found
}

fn offers(field: Name, typed: &str, source: &dyn CompletionSource) -> Vec<(String, String)> {
    match field {
        Name::Status => plain(status_words(), typed),
        Name::Priority => plain(PRIORITY_WORDS.into_iter(), typed),
        Name::Person(role) => {
            let mut found = match role {
                Role::Owner | Role::Requester => {
                    words(&[("me", "myself"), ("none", "nobody"), ("any", "somebody")], typed)
                }
                _ => words(&[("none", "without one"), ("any", "with one")], typed),
            };
            found.extend(people(&source.people(role, &fold(typed))));
            found
        }
        Name::Time(_) => words(TIME_WORDS, typed)
            .into_iter()
            .chain(
                words(&[("overdue", "open and past its due time")], typed)
                    .into_iter()
                    .filter(|_| field.word() == "due"),
            )
            .collect(),
        Name::Text(TextField::Intent) => plain(Intent::KNOWN.into_iter(), typed),
        Name::Text(of) => {
            let part = fold(typed);
            let seen = source.values(of).into_iter().filter(|value| fold(value).contains(&part));
            seen.map(|value| (value_word(&value, &["none", "any"]), String::new()))
                .chain(words(&[("none", "without one"), ("any", "with one")], typed))
                .collect()
        }
        Name::Is => table(FLAGS, typed),
        Name::Has | Name::No => table(PARTS, typed),
        Name::Sort => table(SORTS, typed),
        Name::Group => table(GROUPS, typed),
        Name::Limit => Vec::new(),
    }
}

/// People by name, in quotes where needed; by id where two have one name or somebody has none.
fn people(choices: &[PersonChoice]) -> Vec<(String, String)> {
    let alone = |choice: &PersonChoice| {
        !choice.name.trim().is_empty()
            && choices.iter().filter(|other| other.name == choice.name).count() == 1
    };
    choices
        .iter()
        .map(|choice| {
            let keywords = &["me", "none", "any"];
            let text = if alone(choice) {
                value_word(&choice.name, keywords)
            } else {
                format!("={}", value_word(&choice.id, keywords))
            };
            let hint = [&choice.name, &choice.hint, &choice.id].map(String::as_str);
            (text, hint.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "))
        })
        .collect()
}

fn begins(word: &str, typed: &str) -> bool {
    word.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed))
}

fn plain(all: impl Iterator<Item = &'static str>, typed: &str) -> Vec<(String, String)> {
    all.filter(|word| begins(word, typed)).map(|word| (word.to_owned(), String::new())).collect()
}

fn words(all: &[(&str, &str)], typed: &str) -> Vec<(String, String)> {
    let found = all.iter().filter(|(word, _)| begins(word, typed));
    found.map(|(word, hint)| ((*word).to_owned(), (*hint).to_owned())).collect()
}

fn table<T>(all: &[Word<T>], typed: &str) -> Vec<(String, String)> {
    let found = all.iter().filter(|(word, ..)| begins(word, typed));
    found.map(|(word, _, hint)| ((*word).to_owned(), (*hint).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::query::parse;

    /// Synthetic people and values.
    struct Ward;

    impl CompletionSource for Ward {
        fn people(&self, _: Role, part: &str) -> Vec<PersonChoice> {
            let people = [
                ("Ada Okafor", "pt_1"),
                ("Okafor", "pt_2"),
                ("Eva Abe", "pt_3"),
                ("Eva Abe", "pt_4"),
                ("", "pt_5"),
            ];
            people
                .into_iter()
                .filter(|(name, id)| fold(name).contains(part) || id.contains(part))
                .map(|(name, id)| PersonChoice { name: name.into(), id: id.into(), hint: "03/71".into() })
                .collect()
        }

        fn values(&self, field: TextField) -> Vec<String> {
            match field {
                TextField::List => vec!["Front desk".into(), "Lab".into(), "none".into()],
                _ => Vec::new(),
            }
        }
    }

    /// The line after each offer at the `^`.
    fn after(marked: &str) -> Vec<String> {
        let cursor = marked.find('^').unwrap();
        let line = marked.replacen('^', "", 1);
        complete(&line, cursor, &Ward)
            .into_iter()
            .map(|offer| {
                let mut line = line.clone();
                line.replace_range(offer.replace, &offer.text);
                line
            })
            .collect()
    }

    #[test]
    fn tab_offers_what_can_stand_there() {
        let table: &[(&str, &[&str])] = &[
            ("st^", &["status:", "stage:", "start:", "is:stale"]),
            ("open -pr^", &["open -prio:"]),
            ("(o^)", &["(owner:)", "(is:overdue)"]),
            ("status:o^", &["status:open", "status:on-hold"]),
            (
                "status:open,re^ x",
                &[
                    "status:open,requested x",
                    "status:open,received x",
                    "status:open,ready x",
                    "status:open,rejected x",
                ],
            ),
            ("prio:>=u^", &["prio:>=urgent"]),
            ("pt:oka^", &["pt:\"Ada Okafor\"", "pt:Okafor"]),
            ("pt:\"Eva A^", &["pt:=pt_3", "pt:=pt_4"]),
            ("pt:pt_5^", &["pt:=pt_5"]),
            ("owner:m^", &["owner:me"]),
            ("list:^", &["list:\"Front desk\"", "list:Lab", "list:\"none\"", "list:none", "list:any"]),
            ("list:fr^ont", &["list:\"Front desk\""]),
            ("is:new,un^", &["is:new,unowned", "is:new,unsent"]),
            ("no:o^", &["no:owner", "no:output"]),
            ("due:o^", &["due:overdue"]),
            ("age:<t^", &["age:<today", "age:<tomorrow"]),
            ("intent:o^", &["intent:order", "intent:original-order", "intent:option"]),
            ("sort:-a^", &["sort:-age"]),
            ("group:pa^", &["group:patient"]),
            ("limit:^", &[]),
            ("nonsense:^", &[]),
        ];
        for (marked, wanted) in table {
            let got = after(marked);
            assert_eq!(got, *wanted, "{marked}");
            for line in got.iter().filter(|line| !line.ends_with([':', ')'])) {
                assert_eq!(parse(line).problems, [], "{line}");
            }
        }
        assert_eq!(after("^").len(), FIELDS.len());
        assert_eq!(
            complete("é", 1, &Ward).len(),
            FIELDS.len(),
            "a cursor inside of a letter moves to its front"
        );
    }
}
