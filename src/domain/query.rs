//! The filter language: one grammar for the screen, the command line, views, rules and bulk changes.
//!
//! Must not fail: what cannot be read is left out, located and explained, and the good part works. It reads no
//! clock: relative times stay relative until a task is looked at.

pub mod ast;
pub mod complete;
pub mod explain;
mod lex;
pub mod matches;
pub mod parse;
mod print;
mod rewrite;
pub mod text;
mod values;
pub mod window;
pub mod words;

pub use ast::{
    Compare, Flag, GroupBy, Length, Node, Part, PersonTest, Point, PriorityTest, Query, Role, SortBy,
    SortKey, StatusTest, Term, TextField, TextTest, TimeField, TimeTest,
};
pub use complete::{Completion, CompletionSource, PersonChoice, complete};
pub use explain::{ExplainLine, Place, Single};
pub use lex::quoted;
pub use matches::{Local, SourceNames, Surroundings, searched_texts};
pub use parse::{Parsed, QueryProblem, parse};
pub use text::{Pattern, TextMatch, Words};
pub use window::Window;
pub use words::{FIELDS, FieldHelp, Name};

#[cfg(test)]
mod tests;
