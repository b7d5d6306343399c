//! The machine: all that the program knows and how each message changes it.
//!
//! Must not do IO, read a clock, or know the terminal.

pub mod action;
pub mod keys;
pub mod people;
pub mod scan;
pub mod store;
