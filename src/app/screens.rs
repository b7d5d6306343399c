//! The screens that lie beneath all dialogs.
//!
//! Must not draw: `ui/screens` does.

pub mod documents;
pub mod drafts;
pub mod editor;
pub mod journal;
pub mod ledger;
pub mod outbox;
pub mod sources;
pub mod worklist;

use super::{action::Action, geometry::Size, state::State};

/// Which screen is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The table of tasks.
    Worklist,
    /// Links, roles, pace and age of data.
    Sources,
    /// Writes that are not settled.
    Outbox,
    /// Text that was begun and not sent.
    Drafts,
    /// What was done from here, and what came of it.
    Journal,
    /// Documents that the sources have, and drafts of such.
    Documents,
    /// A document being written.
    Editor,
    /// No source is configured: demo, connect or quit.
    FirstRun,
}

/// Where the user is on the screens of writes, drafts and deeds.
#[derive(Debug, Default)]
pub struct Ledgers {
    /// The screen of writes.
    pub outbox: ledger::Ledger<String>,
    /// The screen of drafts.
    pub drafts: ledger::Ledger<uuid::Uuid>,
    /// The screen of deeds.
    pub journal: journal::Reading,
}

/// Goes to one of the screens that an action names; whether it names one.
pub fn go(state: &mut State, action: Action) -> bool {
    match action {
        Action::GoOutbox => outbox::open(state),
        Action::GoDrafts => state.screen = Screen::Drafts,
        Action::GoJournal => journal::open(state),
        Action::GoDocuments => documents::open(state),
        Action::GoSources => state.screen = Screen::Sources,
        _ => return false,
    }
    state.touch();
    true
}

/// Names have come: whatever shows them shows them now.
pub fn on_names(state: &mut State) {
    worklist::on_names(state);
    editor::whose::on_names(state);
    super::layers::doc_form::on_names(state);
}

/// How far a page key goes in a list that has half of the screen.
fn page(size: Size) -> usize {
    usize::from(size.height / 2).saturating_sub(1).max(1)
}
