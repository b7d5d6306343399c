//! A filter as typed on the command line, and its problems as a compiler would show them.
//!
//! Must not run a filter that was not understood whole: a script must not act on a guess.

use super::exit::{Exit, Failure};
use crate::domain::{
    clean::Clean,
    query::{self, Node, Query, QueryProblem, StatusTest, Term},
    status::StatusGroup,
};

/// Reads a filter; each problem is told with its place and what may have been meant.
pub(super) fn read(words: &[String]) -> Result<Query, Failure> {
    let line = words.join(" ");
    let parsed = query::parse(&line);
    if parsed.problems.is_empty() {
        return Ok(parsed.query);
    }
    let sentences = parsed.problems.iter().map(|problem| located(&line, problem)).collect();
    Err(Failure { exit: Exit::Usage, sentences })
}

/// The line, a caret under the bad part, and the sentence.
fn located(line: &str, problem: &QueryProblem) -> String {
    let width = |text: Option<&str>| text.map_or(0, |text| Clean::line(text).width());
    let carets = width(line.get(problem.at.clone())).max(1);
    let indent = width(line.get(..problem.at.start));
    let hint = problem.did_you_mean.as_ref().map(|meant| format!(" Did you mean {meant}?"));
    format!(
        "{}\n{}{}\n{}{}",
        Clean::line(line),
        " ".repeat(indent),
        "^".repeat(carets),
        problem.sentence,
        hint.unwrap_or_default()
    )
}

/// The same filter for open tasks only.
pub(super) fn open_only(mut query: Query) -> Query {
    let open = Node::Term(Term::Status(vec![StatusTest::Group(StatusGroup::Open)]));
    query.filter = Some(match query.filter.take() {
        None => open,
        Some(Node::And(mut nodes)) => {
            nodes.push(open);
            Node::And(nodes)
        }
        Some(node) => Node::And(vec![node, open]),
    });
    query
}

/// A filter may begin with `-`, which a shell's other programs take for a flag: it is said with NOT instead.
pub(super) fn shield(arguments: impl Iterator<Item = String>) -> Vec<String> {
    let arguments: Vec<String> = arguments.collect();
    let takes_filter = arguments.iter().skip(1).any(|word| matches!(word.as_str(), "ls" | "next" | "count"));
    if !takes_filter {
        return arguments;
    }
    let negated = |word: &str| {
        let rest = word.strip_prefix('-')?;
        let begins = rest.starts_with(|letter: char| letter.is_alphabetic() || letter == '(');
        (begins && rest.contains([':', '('])).then(|| format!("NOT {rest}"))
    };
    arguments.into_iter().map(|word| negated(&word).unwrap_or(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_part_is_underlined_and_what_was_meant_is_said() {
        let failure = read(&["prio:stat".to_owned(), "statsu:open".to_owned()]).unwrap_err();
        let lines: Vec<&str> = failure.sentences[0].lines().collect();
        assert_eq!(lines[0], "prio:stat statsu:open");
        assert!(lines[1].starts_with("          ^^^^^^"), "{lines:?}");
        assert!(lines[2].contains("Did you mean status"), "{lines:?}");
    }

    #[test]
    fn a_filter_that_begins_with_a_minus_is_no_flag() {
        let shielded = |words: &[&str]| shield(words.iter().map(|word| (*word).to_owned()));
        assert_eq!(
            shielded(&["rounds", "ls", "-status:on-hold prio:stat", "--json", "-p", "x"]),
            ["rounds", "ls", "NOT status:on-hold prio:stat", "--json", "-p", "x"]
        );
        let note = ["rounds", "note", "id", "-a: b"];
        assert_eq!(shielded(&note), note);
    }

    #[test]
    fn the_next_task_is_an_open_one_whatever_the_filter_says() {
        let open = |line: &str| open_only(query::parse(line).query).to_text();
        assert_eq!(open(""), "status:open");
        assert_eq!(open("prio:stat owner:me"), "prio:stat owner:me status:open");
        assert!(open("prio:stat OR owner:me").contains('('), "the alternatives stay together");
    }
}
