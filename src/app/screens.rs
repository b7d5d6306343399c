//! The screens that lie beneath all dialogs.
//!
//! Must not draw: `ui/screens` does.

pub mod sources;
pub mod worklist;

/// Which screen is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The table of tasks.
    Worklist,
    /// Links, roles, pace and age of data.
    Sources,
    /// No source is configured: demo, connect or quit.
    FirstRun,
}
