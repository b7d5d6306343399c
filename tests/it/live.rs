//! The machine, the adapter, the wire and the sandbox together over real HTTP, without a terminal.
//!
//! Must not sleep or look at the real clock: a ward has a clock of its own, and a desk turns it on when nothing is
//! under way.

mod auth;
mod bounds;
mod contract;
mod desk;
mod documents;
mod faults;
mod files;
mod links;
mod load;
mod offline;
mod omniehr;
mod opendental;
mod races;
mod storm;
mod three;
mod verbs;
pub(crate) mod ward;
mod whole;
mod writer;

use desk::Desk;
use ward::{Change, Ward, change};
