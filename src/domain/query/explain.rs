//! Which parts of a query a source could run itself, and in words which parts run where.
//!
//! Must not know any source: the caller says what one runs.

use super::ast::{Node, PersonTest, PriorityTest, Query, Role, StatusTest, Term, TextField, TextTest};
use super::print::sort_text;
use super::words::{GROUPS, word_of};
use crate::domain::{priority::Priority, status::Status};

/// A term that asks for one exact value and stands for itself: the whole query holds only where it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Single {
    /// Exactly this status.
    Status(Status),
    /// Exactly this priority.
    Priority(Priority),
    /// The user's own tasks.
    OwnerMe,
    /// The tasks of this owner id.
    Owner(Box<str>),
    /// The tasks that the user asked for.
    RequesterMe,
    /// The tasks that this requester id asked for.
    Requester(Box<str>),
    /// The tasks for this patient id.
    Patient(Box<str>),
    /// Exactly this code.
    Code(Box<str>),
}

/// Where a part of a query runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The source sends only what passes.
    Server,
    /// Every row that was sent is tested here.
    Here,
}

/// What `:explain` says of one part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainLine {
    /// The part in canonical words; it may repeat what was typed, so show it through `Clean`.
    pub term: String,
    /// Where it runs.
    pub place: Place,
    /// Why there, a whole sentence.
    pub why: &'static str,
}

impl Query {
    /// The conditions that must all hold, one each.
    fn conditions(&self) -> &[Node] {
        match &self.filter {
            None => &[],
            Some(Node::And(nodes)) => nodes,
            Some(node) => std::slice::from_ref(node),
        }
    }

    /// The terms that a source may run in our place without losing a row: single exact values that always hold.
    pub fn single_values(&self) -> Vec<Single> {
        self.conditions().iter().filter_map(single).collect()
    }

    /// A line for each part of the query; `server` are those of [`Query::single_values`] that a source runs.
    pub fn explain(&self, server: &[Single]) -> Vec<ExplainLine> {
        let line = |term: String, place, why| ExplainLine { term, place, why };
        let mut lines: Vec<_> = self
            .conditions()
            .iter()
            .map(|node| match single(node) {
                Some(value) if server.contains(&value) => {
                    line(node.to_text(), Place::Server, "The source searches for this value itself.")
                }
                Some(_) => line(node.to_text(), Place::Here, "The source does not search for this value."),
                None => line(node.to_text(), Place::Here, why_here(node)),
            })
            .collect();
        let here = |term: String| line(term, Place::Here, "Rows of all sources are put in order together.");
        lines.extend(self.sort.iter().map(|key| here(format!("sort:{}", sort_text(*key)))));
        lines.extend(self.group.map(|group| here(format!("group:{}", word_of(GROUPS, group)))));
        lines.extend(self.limit.map(|limit| here(format!("limit:{limit}"))));
        lines
    }
}

fn single(node: &Node) -> Option<Single> {
    let Node::Term(term) = node else { return None };
    match term {
        Term::Status(tests) => match tests.as_slice() {
            [StatusTest::Is(status)] => Some(Single::Status(status.clone())),
            _ => None,
        },
        Term::Priority(tests) => match tests.as_slice() {
            [PriorityTest::Is(priority)] => Some(Single::Priority(priority.clone())),
            _ => None,
        },
        Term::Person(role, tests) => match (role, tests.as_slice()) {
            (Role::Owner, [PersonTest::Me]) => Some(Single::OwnerMe),
            (Role::Owner, [PersonTest::Exact(id)]) => Some(Single::Owner(id.clone())),
            (Role::Requester, [PersonTest::Me]) => Some(Single::RequesterMe),
            (Role::Requester, [PersonTest::Exact(id)]) => Some(Single::Requester(id.clone())),
            (Role::Patient, [PersonTest::Exact(id)]) => Some(Single::Patient(id.clone())),
            _ => None,
        },
        Term::Text(TextField::Code, tests) => match tests.as_slice() {
            [TextTest::Exact(code)] => Some(Single::Code(code.clone())),
            _ => None,
        },
        _ => None,
    }
}

fn why_here(node: &Node) -> &'static str {
    match node {
        Node::Or(_) => "Alternatives are tested here.",
        Node::Not(_) | Node::Term(Term::No(_)) => "What is left out is tested here.",
        Node::Text(_) => "Texts are searched here, whatever their case and accents.",
        Node::Term(Term::Is(_)) => "This is known only here.",
        Node::Term(Term::Time(..)) => "Times are compared here, by this clock and time zone.",
        _ => "Several values, comparisons and parts of a text are tested here.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::query::parse;

    #[test]
    fn only_exact_values_that_always_hold_can_run_elsewhere() {
        let table: &[(&str, &[Single])] = &[
            ("", &[]),
            ("status:requested", &[Single::Status(Status::Requested)]),
            (
                "status:on-hold prio:stat owner:me pt:=pt_1 code:=x call",
                &[
                    Single::Status(Status::OnHold),
                    Single::Priority(Priority::Stat),
                    Single::OwnerMe,
                    Single::Patient("pt_1".into()),
                    Single::Code("x".into()),
                ],
            ),
            ("req:me owner:=a", &[Single::RequesterMe, Single::Owner("a".into())]),
            ("req:=r", &[Single::Requester("r".into())]),
            ("status:open prio:>=stat prio:stat,asap owner:okafor pt:me code:x", &[]),
            ("status:requested OR prio:stat", &[]),
            ("-status:requested (owner:me OR owner:none)", &[]),
        ];
        for (line, singles) in table {
            assert_eq!(parse(line).query.single_values(), *singles, "{line}");
        }
    }

    #[test]
    fn each_part_is_told_with_its_place() {
        let query = parse("owner:me prio:stat due:<4h (a OR b) sort:due limit:5").query;
        let lines = query.explain(&[Single::OwnerMe]);
        let told: Vec<_> = lines.iter().map(|line| (line.term.as_str(), line.place)).collect();
        assert_eq!(
            told,
            [
                ("owner:me", Place::Server),
                ("prio:stat", Place::Here),
                ("due:<4h", Place::Here),
                ("a OR b", Place::Here),
                ("sort:due", Place::Here),
                ("limit:5", Place::Here),
            ]
        );
    }
}
