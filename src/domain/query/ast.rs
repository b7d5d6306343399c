//! What a filter means, as plain data: terms joined by and, or and not, beside order, grouping and limit.
//!
//! Must not resolve anything: `today` stays `today`, `me` stays `me`.

use super::text::{Pattern, TextMatch, Words};
use crate::domain::{
    priority::Priority,
    status::{Status, StatusGroup},
    time::DateTime,
};
use jiff::{Span, SpanFieldwise, civil};

/// A whole filter line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Which tasks; none lets every task through.
    pub filter: Option<Node>,
    /// In which order, the first key first; empty for the default order.
    pub sort: Vec<SortKey>,
    /// Under which headings.
    pub group: Option<GroupBy>,
    /// At most how many.
    pub limit: Option<usize>,
}

/// A condition on a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// All of these hold; never fewer than two when parsed.
    And(Vec<Node>),
    /// One of these holds; never fewer than two when parsed.
    Or(Vec<Node>),
    /// This does not hold.
    Not(Box<Node>),
    /// A test of one field.
    Term(Term),
    /// A text in title, note, patient or id.
    Text(TextMatch),
}

/// A test of one field; several values are joined by or.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// `status:`
    Status(Vec<StatusTest>),
    /// `prio:`
    Priority(Vec<PriorityTest>),
    /// `owner:`, `req:`, `patient:`, `enc:` and `focus:`
    Person(Role, Vec<PersonTest>),
    /// `due:`, `age:`, `stage:`, `updated:`, `done:` and `start:`
    Time(TimeField, Vec<TimeTest>),
    /// `sys:`, `list:`, `code:`, `biz:`, `why:`, `note:`, `intent:` and `id:`
    Text(TextField, Vec<TextTest>),
    /// `is:`
    Is(Vec<Flag>),
    /// `has:`
    Has(Vec<Part>),
    /// `no:`
    No(Vec<Part>),
}

/// One value of `status:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusTest {
    /// Exactly this status; an unknown one by its raw text.
    Is(Status),
    /// One of a group.
    Group(StatusGroup),
    /// Any status at all.
    Any,
}

/// One value of `prio:`. An absent priority compares as routine; an unknown one has no place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriorityTest {
    /// Exactly this priority, sent as such; an unknown one by its raw text.
    Is(Priority),
    /// Compared in routine < urgent < asap < stat; only known priorities stand here.
    Compare(Compare, Priority),
    /// Between two known priorities, both included.
    Range(Option<Priority>, Option<Priority>),
    /// Absent.
    None,
    /// Present, known or not.
    Any,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// Which reference of a task a person test looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Who is to do it.
    Owner,
    /// Who asked.
    Requester,
    /// For whom.
    Patient,
    /// In which encounter.
    Encounter,
    /// Upon what.
    Focus,
}

/// One value of a field that holds a reference.
#[derive(Clone, Debug, PartialEq)]
pub enum PersonTest {
    /// The user's own id in the task's source.
    Me,
    /// Absent.
    None,
    /// Present.
    Any,
    /// Exactly this id.
    Exact(Box<str>),
    /// A part of the id, or each word somewhere in the name; case does not matter.
    Part(Words),
    /// A regular expression on id or name.
    Pattern(Pattern),
}

/// A time of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeField {
    /// When it is due; a duration looks ahead.
    Due,
    /// When its work starts; a duration looks ahead.
    Start,
    /// When it was asked for; a duration looks back.
    Age,
    /// When it was first seen in its present status; a duration looks back.
    Stage,
    /// When it was last changed; a duration looks back.
    Updated,
    /// When it was completed; a duration looks back.
    Done,
}

/// One value of a time field.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeTest {
    /// There is no such time.
    None,
    /// There is one.
    Any,
    /// Open and past its due time.
    Overdue,
    /// At this point; a duration or `now` means within it.
    At(Point),
    /// Before or after a point; for fields that look back, longer or shorter ago than a duration.
    Compare(Compare, Point),
    /// Between two points, both included; never both absent.
    Range(Option<Point>, Option<Point>),
}

/// A point in time as written, not yet resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Point {
    /// `now`
    Now,
    /// A day counted from today: `yesterday` is -1, `today` 0, `tomorrow` 1.
    Day(i8),
    /// The next such day after today.
    Weekday(civil::Weekday),
    /// A time of day today, which lasts its minute.
    Clock(civil::Time),
    /// A date, a month, a year, or a date with a time.
    Calendar(DateTime),
    /// A length of time from now, ahead or back as its field looks; `back` turns it round (`due:<-1h`).
    Away {
        /// How long.
        length: Length,
        /// Against the field's direction.
        back: bool,
    },
}

/// A length of time as typed: `1h30m` is not `90m`, months and years stay what the calendar makes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(SpanFieldwise);

impl Length {
    /// A length from a span.
    pub fn new(span: Span) -> Length {
        Length(span.fieldwise())
    }

    /// The span for calendar arithmetic.
    pub fn span(self) -> Span {
        self.0.0
    }
}

/// A text field of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextField {
    /// The source, by tag or name.
    Source,
    /// The list that the task lies in.
    List,
    /// The task code.
    Code,
    /// The unit's own word for the state.
    BusinessStatus,
    /// The reasons: why it is needed and why it stands where it stands.
    Why,
    /// The notes.
    Note,
    /// The intent.
    Intent,
    /// The id, alone or as source/id.
    Id,
}

/// One value of a text field.
#[derive(Clone, Debug, PartialEq)]
pub enum TextTest {
    /// Absent.
    None,
    /// Present.
    Any,
    /// The whole text exactly as sent.
    Exact(Box<str>),
    /// A part of the text; case does not matter.
    Part(Words),
    /// A regular expression.
    Pattern(Pattern),
}

/// A word of `is:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flag {
    /// Arrived and not yet looked at.
    New,
    /// Owned by the user.
    Mine,
    /// Owned by nobody.
    Unowned,
    /// Open and past its due time.
    Overdue,
    /// Put away for a while, here.
    Snoozed,
    /// On hold.
    Waiting,
    /// Starred, here.
    Flagged,
    /// Held back by its own system until later.
    Held,
    /// Acknowledged, from here.
    Acked,
    /// Not heard of for longer than its source's poll allows.
    Stale,
    /// With a write that has not been sent.
    Unsent,
    /// With a write that met somebody else's.
    Conflict,
    /// With unsent text.
    Draft,
    /// To be done more than once.
    Repeat,
    /// Not to be changed from here.
    Readonly,
}

/// A word of `has:` and `no:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A remark.
    Note,
    /// A due time.
    Due,
    /// A patient.
    Patient,
    /// An owner.
    Owner,
    /// An input.
    Input,
    /// An output.
    Output,
}

/// One key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// By what.
    pub by: SortBy,
    /// The other way round than the field's own order.
    pub descending: bool,
}

/// What tasks can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// Most pressing first.
    Priority,
    /// Overdue first.
    Overdue,
    /// Earliest first, undated last.
    Due,
    /// Oldest first.
    Age,
    /// Longest in its status first.
    Stage,
    /// Latest change first.
    Updated,
    /// Earliest start first.
    Start,
    /// By the order of a task's life.
    Status,
    /// By owner.
    Owner,
    /// By requester.
    Requester,
    /// By patient.
    Patient,
    /// By encounter.
    Encounter,
    /// By title.
    Title,
    /// By source.
    Source,
    /// By list.
    List,
    /// By code.
    Code,
    /// By the unit's own word.
    BusinessStatus,
    /// By intent.
    Intent,
    /// By id.
    Id,
}

/// What tasks can be put under headings by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupBy {
    /// By status.
    Status,
    /// By priority.
    Priority,
    /// By the day of the due time.
    Due,
    /// By owner.
    Owner,
    /// By requester.
    Requester,
    /// By patient.
    Patient,
    /// By encounter.
    Encounter,
    /// By source.
    Source,
    /// By list.
    List,
    /// By code.
    Code,
    /// By the unit's own word.
    BusinessStatus,
    /// By intent.
    Intent,
}

impl Node {
    /// All of these, flat; none for an empty list, the node itself for a single one.
    pub fn all(nodes: Vec<Node>) -> Option<Node> {
        join(nodes, |node| if let Node::And(inner) = node { Ok(inner) } else { Err(node) }, Node::And)
    }

    /// One of these, flat; none for an empty list, the node itself for a single one.
    pub fn any(nodes: Vec<Node>) -> Option<Node> {
        join(nodes, |node| if let Node::Or(inner) = node { Ok(inner) } else { Err(node) }, Node::Or)
    }

    /// The opposite; twice is the node itself.
    #[must_use]
    pub fn negated(self) -> Node {
        if let Node::Not(inner) = self { *inner } else { Node::Not(Box::new(self)) }
    }
}

fn join(
    nodes: Vec<Node>,
    open: impl Fn(Node) -> Result<Vec<Node>, Node>,
    close: impl Fn(Vec<Node>) -> Node,
) -> Option<Node> {
    let mut flat = Vec::with_capacity(nodes.len());
    for node in nodes {
        match open(node) {
            Ok(inner) => flat.extend(inner),
            Err(node) => flat.push(node),
        }
    }
    if flat.len() > 1 { Some(close(flat)) } else { flat.pop() }
}
