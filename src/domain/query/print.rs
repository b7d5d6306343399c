//! A query as text, in one canonical form that reads back as the same query.
//!
//! Must not lose or add anything: what is printed and read again prints the same.

use super::ast::{
    Compare, Length, Node, PersonTest, Point, PriorityTest, Query, SortKey, StatusTest, Term, TextField,
    TextTest, TimeTest,
};
use super::lex::quoted;
use super::rewrite::virtual_tag;
use super::text::TextMatch;
use super::values::{is_whole, priority_word, sign_length, status_word, weekday_word};
use super::words::{FLAGS, GROUPS, Name, PARTS, SORTS, word_of};
use crate::domain::{priority::Priority, status::Status, status::StatusGroup};
use std::fmt::{self, Display, Formatter};

impl Query {
    /// The query in canonical words.
    pub fn to_text(&self) -> String {
        let mut terms: Vec<String> = self.filter.iter().map(Node::to_text).collect();
        if !self.sort.is_empty() {
            terms.push(format!("sort:{}", join(&self.sort, |key| sort_text(*key))));
        }
        terms.extend(self.group.map(|group| format!("group:{}", word_of(GROUPS, group))));
        terms.extend(self.limit.map(|limit| format!("limit:{limit}")));
        terms.join(" ")
    }
}

impl Display for Query {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_text())
    }
}

impl Node {
    /// The condition in canonical words.
    pub fn to_text(&self) -> String {
        let inside = |node: &Node, nested: fn(&Node) -> bool| {
            if nested(node) { format!("({})", node.to_text()) } else { node.to_text() }
        };
        let joined = |nodes: &[Node], between: &str, nested: fn(&Node) -> bool| {
            nodes.iter().map(|node| inside(node, nested)).collect::<Vec<_>>().join(between)
        };
        match self {
            Node::And(nodes) => joined(nodes, " ", |node| matches!(node, Node::Or(_))),
            Node::Or(nodes) => joined(nodes, " OR ", |_| false),
            Node::Not(node) => {
                format!("-{}", inside(node, |node| matches!(node, Node::And(_) | Node::Or(_))))
            }
            Node::Term(term) => term.to_text(),
            Node::Text(TextMatch::Pattern(pattern)) => format!("/{}/", pattern.source()),
            Node::Text(TextMatch::Words(words)) => text_word(words.typed()),
        }
    }
}

impl Term {
    /// The field that the term tests.
    pub fn name(&self) -> Name {
        match self {
            Term::Status(_) => Name::Status,
            Term::Priority(_) => Name::Priority,
            Term::Person(role, _) => Name::Person(*role),
            Term::Time(field, _) => Name::Time(*field),
            Term::Text(field, _) => Name::Text(*field),
            Term::Is(_) => Name::Is,
            Term::Has(_) => Name::Has,
            Term::No(_) => Name::No,
        }
    }

    /// The term in canonical words.
    pub fn to_text(&self) -> String {
        let values = match self {
            Term::Status(tests) => join(tests, status_text),
            Term::Priority(tests) => join(tests, priority_text),
            Term::Person(_, tests) => join(tests, person_text),
            Term::Time(_, tests) => join(tests, time_text),
            Term::Text(field, tests) => join(tests, |test| field_text(*field, test)),
            Term::Is(flags) => join(flags, |flag| word_of(FLAGS, *flag).to_owned()),
            Term::Has(parts) | Term::No(parts) => join(parts, |part| word_of(PARTS, *part).to_owned()),
        };
        format!("{}:{values}", self.name().word())
    }
}

fn join<T>(values: &[T], text: impl Fn(&T) -> String) -> String {
    values.iter().map(text).collect::<Vec<_>>().join(",")
}

pub(super) fn sort_text(key: SortKey) -> String {
    format!("{}{}", if key.descending { "-" } else { "" }, word_of(SORTS, key.by))
}

impl Compare {
    /// The sign of the comparison.
    pub fn sign(self) -> &'static str {
        match self {
            Compare::Less => "<",
            Compare::AtMost => "<=",
            Compare::More => ">",
            Compare::AtLeast => ">=",
        }
    }
}

fn status_text(test: &StatusTest) -> String {
    match test {
        StatusTest::Any => "any".to_owned(),
        StatusTest::Group(group) => {
            StatusGroup::ALL.into_iter().find(|(_, one)| one == group).map_or("", |(name, _)| name).to_owned()
        }
        StatusTest::Is(Status::Other(raw)) if status_word(raw) == Err(None) => value_word(raw, &[]),
        StatusTest::Is(Status::Other(raw)) => quoted(raw),
        StatusTest::Is(status) => status.as_str().to_owned(),
    }
}

fn priority_text(test: &PriorityTest) -> String {
    let end =
        |end: &Option<Priority>| end.as_ref().map_or(String::new(), |priority| priority.as_str().to_owned());
    match test {
        PriorityTest::None => "none".to_owned(),
        PriorityTest::Any => "any".to_owned(),
        PriorityTest::Compare(compare, priority) => format!("{}{}", compare.sign(), priority.as_str()),
        PriorityTest::Range(low, high) => format!("{}..{}", end(low), end(high)),
        PriorityTest::Is(Priority::Other(raw)) if priority_word(raw) == Err(None) => value_word(raw, &[]),
        PriorityTest::Is(Priority::Other(raw)) => quoted(raw),
        PriorityTest::Is(priority) => priority.as_str().to_owned(),
    }
}

fn person_text(test: &PersonTest) -> String {
    const KEYWORDS: &[&str] = &["me", "none", "any"];
    match test {
        PersonTest::Me => "me".to_owned(),
        PersonTest::None => "none".to_owned(),
        PersonTest::Any => "any".to_owned(),
        PersonTest::Exact(id) => format!("={}", value_word(id, KEYWORDS)),
        PersonTest::Part(words) => value_word(words.typed(), KEYWORDS),
        PersonTest::Pattern(pattern) => format!("/{}/", pattern.source()),
    }
}

fn field_text(field: TextField, test: &TextTest) -> String {
    const KEYWORDS: &[&str] = &["none", "any"];
    match test {
        TextTest::None => "none".to_owned(),
        TextTest::Any => "any".to_owned(),
        TextTest::Exact(whole) if is_whole(field, whole) => whole.to_string(),
        TextTest::Exact(whole) => format!("={}", value_word(whole, KEYWORDS)),
        TextTest::Part(words) if is_whole(field, words.typed()) => format!("~{}", words.typed()),
        TextTest::Part(words) => value_word(words.typed(), KEYWORDS),
        TextTest::Pattern(pattern) => format!("/{}/", pattern.source()),
    }
}

fn time_text(test: &TimeTest) -> String {
    let end = |end: &Option<Point>| end.as_ref().map_or(String::new(), point_text);
    match test {
        TimeTest::None => "none".to_owned(),
        TimeTest::Any => "any".to_owned(),
        TimeTest::Overdue => "overdue".to_owned(),
        TimeTest::At(point) => point_text(point),
        TimeTest::Compare(compare, point) => format!("{}{}", compare.sign(), point_text(point)),
        TimeTest::Range(low, high) => format!("{}..{}", end(low), end(high)),
    }
}

fn point_text(point: &Point) -> String {
    match point {
        Point::Now => "now".to_owned(),
        Point::Day(-1) => "yesterday".to_owned(),
        Point::Day(1) => "tomorrow".to_owned(),
        Point::Day(_) => "today".to_owned(),
        Point::Weekday(day) => weekday_word(*day).to_owned(),
        Point::Clock(time) if time.second() == 0 => format!("{:02}:{:02}", time.hour(), time.minute()),
        Point::Clock(time) => format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()),
        Point::Calendar(written) => value_word(written.raw(), &[]),
        Point::Away { length, back } => format!("{}{length}", if *back { "-" } else { "" }),
    }
}

impl Display for Length {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let span = self.span();
        let units = [
            (i64::from(span.get_years()), "y"),
            (i64::from(span.get_months()), "mo"),
            (i64::from(span.get_weeks()), "w"),
            (i64::from(span.get_days()), "d"),
            (i64::from(span.get_hours()), "h"),
            (span.get_minutes(), "m"),
            (span.get_seconds(), "s"),
        ];
        let mut empty = true;
        for (count, unit) in units.into_iter().filter(|(count, _)| *count != 0) {
            write!(formatter, "{count}{unit}")?;
            empty = false;
        }
        if empty { formatter.write_str("0m") } else { Ok(()) }
    }
}

/// A text of its own, in quotes when bare it would mean something else.
fn text_word(text: &str) -> String {
    let special = matches!(text, "OR" | "AND" | "NOT") || virtual_tag(text).is_some();
    if special || text.starts_with(['-', '+', '/', '"']) || text.contains(':') || !is_one_chunk(text) {
        return quoted(text);
    }
    text.to_owned()
}

/// A value of a field, in quotes when bare it would mean something else.
pub(super) fn value_word(text: &str, keywords: &[&str]) -> String {
    let keyword = keywords.iter().any(|word| word.eq_ignore_ascii_case(text));
    let bare = !keyword
        && sign_length(text) == 0
        && is_one_chunk(text)
        && !text.starts_with('/')
        && !text.contains([',', '"'])
        && !text.contains("..");
    if bare { text.to_owned() } else { quoted(text) }
}

/// Whether a text is cut in one piece, whatever stands behind it: no space, no quote, nothing that opens a pattern.
fn is_one_chunk(text: &str) -> bool {
    let breaks = |letter: char| letter.is_whitespace() || matches!(letter, '(' | ')' | '|' | '"');
    let opens = |pair: &[u8]| matches!(pair, [b':' | b',' | b'=' | b'~' | b'<' | b'>', b'/']);
    !text.is_empty() && !text.contains(breaks) && !text.as_bytes().windows(2).any(opens)
}
