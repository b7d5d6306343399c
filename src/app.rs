//! The machine: all that the program knows and how each message changes it.
//!
//! Must not do IO, read a clock, or know the terminal.

pub mod action;
pub mod keys;
#[expect(dead_code, reason = "the scan reads the columns")]
pub mod store;
