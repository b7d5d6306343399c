//! From a filter line to a query and its problems; reading never fails.
//!
//! Must not let a bad token empty the list: it is left out, and its place is told.

use super::ast::{Node, Query, Term};
use super::lex::{Body, Kind, Piece, Token, tokens};
use super::rewrite::{rewrite, virtual_tag};
use super::text::{TextMatch, Words};
use super::values::{self, Trouble};
use super::words::{FIELDS, FLAGS, Name, PARTS, nearest};
use std::ops::Range;

/// How deep parentheses may be nested; nobody types so many, and each level takes stack.
const DEEPEST: usize = 32;

/// What came of reading a filter line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The part that could be read.
    pub query: Query,
    /// What was left out, by place.
    pub problems: Vec<QueryProblem>,
    /// The whole query in this program's own words, when another program's were used.
    pub rewritten: Option<String>,
}

/// Why a part of a line was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryProblem {
    /// The bytes of the line that it is about.
    pub at: Range<usize>,
    /// What is wrong, a whole sentence; it may repeat what was typed, so show it through `Clean`.
    pub sentence: String,
    /// What to put in place of those bytes.
    pub did_you_mean: Option<String>,
}

/// Reads a filter line.
pub fn parse(line: &str) -> Parsed {
    let mut parser = Parser { line, ..Parser::default() };
    parser.tokens = parser.balanced(tokens(line));
    parser.query.filter = parser.alternatives(0);
    let Parser { query, mut problems, was_rewritten, .. } = parser;
    problems.sort_by_key(|problem| (problem.at.start, problem.at.end));
    let rewritten = was_rewritten.then(|| query.to_text());
    Parsed { query, problems, rewritten }
}

#[derive(Default)]
struct Parser<'a> {
    line: &'a str,
    tokens: Vec<Token>,
    place: usize,
    query: Query,
    problems: Vec<QueryProblem>,
    was_rewritten: bool,
}

impl Parser<'_> {
    fn problem(&mut self, at: Range<usize>, sentence: &str) {
        self.problems.push(QueryProblem { at, sentence: sentence.to_owned(), did_you_mean: None });
    }

    /// The tokens without parentheses that have no partner or stand too deep.
    fn balanced(&mut self, tokens: Vec<Token>) -> Vec<Token> {
        let mut keep = vec![true; tokens.len()];
        let mut open: Vec<usize> = Vec::new();
        let mut drop = |index: usize| {
            if let Some(kept) = keep.get_mut(index) {
                *kept = false;
            }
        };
        for (index, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Open => open.push(index),
                Kind::Close => match open.pop() {
                    None => {
                        drop(index);
                        self.problem(token.at.clone(), "This parenthesis closes nothing.");
                    }
                    Some(partner) if open.len() >= DEEPEST => {
                        drop(index);
                        drop(partner);
                        let at = tokens.get(partner).map_or(0..0, |token| token.at.clone());
                        self.problem(at, "Parentheses are nested too deep here.");
                    }
                    Some(_) => {}
                },
                _ => {}
            }
        }
        for index in open {
            drop(index);
            let at = tokens.get(index).map_or(0..0, |token| token.at.clone());
            self.problem(at, "This parenthesis is not closed.");
        }
        tokens.into_iter().zip(keep).filter_map(|(token, kept)| kept.then_some(token)).collect()
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.place)
    }

    fn next_is(&self, kind: Kind) -> bool {
        self.peek().is_some_and(|token| token.kind == kind)
    }

    /// Terms joined by OR, up to a closing parenthesis or the end.
    fn alternatives(&mut self, depth: usize) -> Option<Node> {
        let mut branches = Vec::new();
        loop {
            let start = self.place;
            branches.extend(self.conjunction(depth));
            let empty = self.place == start;
            let Some(token) = self.peek().filter(|token| token.kind == Kind::Or).cloned() else {
                return Node::any(branches);
            };
            self.place += 1;
            if empty || self.peek().is_none_or(|next| matches!(next.kind, Kind::Close)) {
                self.problem(token.at, "OR stands between two terms; one is missing.");
            }
        }
    }

    /// Terms joined by a space, up to OR, a closing parenthesis or the end.
    fn conjunction(&mut self, depth: usize) -> Option<Node> {
        let mut nodes = Vec::new();
        while let Some(token) = self.peek() {
            match token.kind {
                Kind::Or | Kind::Close => break,
                Kind::And => self.place += 1,
                _ => nodes.extend(self.unary(depth)),
            }
        }
        Node::all(nodes)
    }

    /// A term, a text or a parenthesis, with whatever negates it.
    fn unary(&mut self, depth: usize) -> Option<Node> {
        let mut negated = false;
        let mut sign: Option<Token> = None;
        loop {
            let token = self.peek().cloned();
            let follows = |token: &Token| {
                sign.as_ref().is_none_or(|sign| sign.kind == Kind::Not || sign.at.end == token.at.start)
            };
            let Some(token) = token
                .filter(|token| !matches!(token.kind, Kind::Or | Kind::And | Kind::Close) && follows(token))
            else {
                if let Some(sign) = sign {
                    self.problem(sign.at, "There is nothing here to leave out.");
                }
                return None;
            };
            self.place += 1;
            let node = match token.kind {
                Kind::Not | Kind::Dash => {
                    negated = !negated;
                    sign = Some(token);
                    continue;
                }
                Kind::Open => self.parenthesis(&token, depth, sign.is_some()),
                _ => self.chunk(&token, sign.as_ref()),
            };
            return node.map(|node| if negated { node.negated() } else { node });
        }
    }

    fn parenthesis(&mut self, open: &Token, depth: usize, signed: bool) -> Option<Node> {
        let before = (self.query.sort.len(), self.query.group, self.query.limit);
        let node = self.alternatives(depth + 1);
        let close = self.peek().map_or(open.at.end, |token| token.at.end);
        if self.next_is(Kind::Close) {
            self.place += 1;
        }
        let after = (self.query.sort.len(), self.query.group, self.query.limit);
        if node.is_none()
            && self
                .line
                .get(open.at.end..close.saturating_sub(1))
                .is_some_and(|inner| inner.trim().is_empty())
        {
            self.problem(open.at.start..close, "There is nothing between these parentheses.");
        } else if signed && before != after {
            self.problem(open.at.start..close, "sort:, group: and limit: hold for the whole query.");
        }
        node
    }

    fn chunk(&mut self, token: &Token, sign: Option<&Token>) -> Option<Node> {
        let piece = Piece { text: self.line.get(token.at.clone())?, start: token.at.start };
        let dashed = sign.is_some_and(|sign| sign.kind == Kind::Dash);
        let ours = if dashed { virtual_tag(piece.text).map(|term| (false, term.to_owned())) } else { None };
        let Some((negated, ours)) = ours.or_else(|| rewrite(piece.text)) else {
            return self.term_or_text(piece, sign.is_some());
        };
        self.was_rewritten = true;
        // Other words have other places: their problems are told of the whole chunk.
        let known = self.problems.len();
        let node = self.term_or_text(Piece { text: &ours, start: 0 }, sign.is_some());
        for problem in self.problems.iter_mut().skip(known) {
            problem.at = token.at.clone();
            problem.did_you_mean = None;
        }
        node.map(|node| if negated { node.negated() } else { node })
    }

    fn term_or_text(&mut self, piece: Piece<'_>, signed: bool) -> Option<Node> {
        let Some((name, rest)) = piece.field() else { return self.text(piece).map(Node::Text) };
        let Some(field) = Name::parse(name.text) else {
            let names =
                FIELDS.iter().flat_map(|help| std::iter::once(&help.name).chain(help.aliases).copied());
            let meant = nearest(name.text, names).map(str::to_owned);
            let sentence = format!("There is no field {}:.", name.text);
            self.problems.push(QueryProblem { at: name.at(), sentence, did_you_mean: meant });
            return None;
        };
        if signed && matches!(field, Name::Sort | Name::Group | Name::Limit) {
            self.problem(piece.at(), "sort:, group: and limit: hold for the whole query.");
            return None;
        }
        if rest.text.is_empty() {
            self.problem(piece.at(), &format!("{}: needs a value.", field.word()));
            return None;
        }
        self.check_quotes(rest);
        self.term(field, rest).map(Node::Term)
    }

    fn term(&mut self, field: Name, rest: Piece<'_>) -> Option<Term> {
        let name = field.word();
        match field {
            Name::Status => self.each(rest, values::status).map(Term::Status),
            Name::Priority => self.each(rest, values::priority).map(Term::Priority),
            Name::Person(role) => {
                self.each(rest, |value| values::person(value, name)).map(|tests| Term::Person(role, tests))
            }
            Name::Time(of) => {
                self.each(rest, |value| values::time(value, of, name)).map(|tests| Term::Time(of, tests))
            }
            Name::Text(of) => {
                self.each(rest, |value| values::text(value, of, name)).map(|tests| Term::Text(of, tests))
            }
            Name::Is => self.each(rest, |value| values::word(value, FLAGS, name)).map(Term::Is),
            Name::Has => self.each(rest, |value| values::word(value, PARTS, name)).map(Term::Has),
            Name::No => self.each(rest, |value| values::word(value, PARTS, name)).map(Term::No),
            Name::Sort => {
                let keys = self.each(rest, values::sort).unwrap_or_default();
                self.query.sort.extend(keys);
                None
            }
            Name::Group => {
                let groups = self.each(rest, values::group).unwrap_or_default();
                self.query.group = groups.last().copied().or(self.query.group);
                None
            }
            Name::Limit => {
                let limits = self.each(rest, values::limit).unwrap_or_default();
                self.query.limit = limits.last().copied().or(self.query.limit);
                None
            }
        }
    }

    /// The good values of a term; none when there is no good one.
    fn each<T>(&mut self, rest: Piece<'_>, read: impl Fn(Piece<'_>) -> Result<T, Trouble>) -> Option<Vec<T>> {
        let mut good = Vec::new();
        for value in rest.values() {
            match read(value) {
                Ok(test) => good.push(test),
                Err(Trouble { at, sentence, did_you_mean }) => {
                    self.problems.push(QueryProblem { at, sentence, did_you_mean });
                }
            }
        }
        (!good.is_empty()).then_some(good)
    }

    fn text(&mut self, piece: Piece<'_>) -> Option<TextMatch> {
        self.check_quotes(piece);
        let words = match piece.body() {
            Body::Regex(source) => {
                return match values::pattern(source) {
                    Ok(pattern) => Some(TextMatch::Pattern(pattern)),
                    Err(sentence) => {
                        self.problem(piece.at(), &sentence);
                        None
                    }
                };
            }
            Body::Quoted { text, .. } => Words::new(&text),
            Body::Bare(text) => Words::new(text),
        };
        if words.is_none() {
            self.problem(piece.at(), "There is nothing visible to look for.");
        }
        words.map(TextMatch::Words)
    }

    /// Tells of a quote that runs to the end of the line; what it holds is used all the same.
    fn check_quotes(&mut self, piece: Piece<'_>) {
        if let Some(last) = piece.values().last() {
            let value = last.from(values::sign_length(last.text));
            if let Body::Quoted { closed: false, .. } = value.body() {
                self.problem(value.start..value.start + 1, "This quote is not closed.");
            }
        }
    }
}
