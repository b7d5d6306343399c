//! The machine in the middle: what happened goes in, what is wanted comes out, both as plain data.
//!
//! A `Msg` comes from the keyboard, a source, a timer or the store. `update` changes the one `State` and says what
//! it wants as `Effect`s. `ui` looks at the state; `runtime` does the effects and answers with messages.
//!
//! Must not do IO, read a clock or know a crate that does.

pub mod action;
pub mod columns;
pub mod effect;
pub mod explain;
pub mod form;
pub mod geometry;
pub mod kept;
pub mod keys;
pub mod layers;
pub mod local;
pub mod marks;
pub mod msg;
pub mod outbox;
pub mod people;
pub mod profiles;
pub mod resume;
pub mod scan;
pub mod screens;
pub mod source;
pub mod state;
pub mod store;
pub mod sync;
pub mod takeover;
pub mod text;
pub mod undo;
pub mod update;
pub mod writes;

pub use effect::Effect;
pub use msg::Msg;
pub use state::State;
pub use update::update;
