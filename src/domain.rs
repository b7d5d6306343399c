//! What a task is, told without any system: pure values, rules and texts.
//!
//! Must not: read a clock, a file, the network or the environment, nor know any other room of the house.

pub mod can;
pub mod check;
pub mod check_document;
pub mod clean;
pub mod compare;
pub mod diff;
pub mod document;
pub mod fold;
pub mod markdown;
pub mod nearest;
pub mod outline;
pub mod people;
pub mod place;
pub mod priority;
pub mod query;
pub mod status;
pub mod task;
pub mod template;
pub mod time;
mod toml_text;
