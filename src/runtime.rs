//! The hands: everything that touches a clock, a socket, a file or the terminal.
//!
//! Must not decide anything about tasks: it carries out what `app` wants and reports what happened.

pub mod clock;
pub mod extern_edit;
pub mod files;
pub mod http;
pub mod input;
pub mod link;
pub mod log;
pub mod signals;
pub mod terminal;
pub mod vault;
