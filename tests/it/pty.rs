//! The real program on a pseudo terminal: what it shows, how little it writes, and how it leaves.
//!
//! Must not sleep: every wait is a bounded wait for bytes or for the end of the program.

mod echo;
mod keeping;
mod killed;
mod lasting;
mod leaving;
mod privacy;
mod showing;
mod terminal;
mod written;

use terminal::{Home, Terminal};
