//! The screens that lie beneath all dialogs, one file each.
//!
//! Must not decide which is shown: the state says.

pub mod documents;
pub mod drafts;
pub mod editor;
pub mod first_run;
pub mod journal;
pub mod outbox;
pub mod sources;
pub mod worklist;
