//! The document editor: the sections as a tree, the text of one of them, and one history for both.
//!
//! Must not hold text anywhere but in the document, nor send it: a review comes first, and the outbox after it.

mod body;
pub mod check;
pub mod external;
pub mod history;
pub mod keep;
pub mod layout;
pub mod mouse;
pub mod open;
pub mod send;
mod tasks;
mod tree;
pub mod whose;

use super::Screen;
use crate::app::{
    action::{Action, Context},
    layers::{
        compare, doc_form,
        search::{self, Hit},
    },
    outbox::{Intent, IntentState},
    state::State,
    text::{Change, Prose},
    undo,
};
use crate::domain::{
    can::DocumentRules,
    document::{Document, Section},
    outline::{self, Edit, Path, Refusal, Row},
    task::{SourceId, TaskKey},
    time::Timestamp,
};
use check::{Check, Located};
use history::{History, Standing, Step};
use keep::Keep;
use layout::Layout;
use std::collections::{BTreeMap, BTreeSet};

/// Which part of the screen has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The tree of sections.
    #[default]
    Outline,
    /// The text of the section under the cursor.
    Text,
}

/// A document being written.
#[derive(Debug)]
pub struct Editor {
    /// The source that it goes to.
    pub source: SourceId,
    /// The document as it is now.
    pub document: Document,
    /// The document as its source has it; none for one that is made.
    pub base: Option<Box<Document>>,
    /// The task that it was begun from.
    pub task: Option<TaskKey>,
    /// The section under the cursor; empty where there is none.
    pub at: Path,
    /// Sections whose own sections are not shown.
    pub folded: BTreeSet<Path>,
    /// Which part has the keys.
    pub pane: Pane,
    /// The text of the section under the cursor, with its cursor and its rows.
    pub prose: Prose,
    /// What is wrong with it.
    pub check: Check,
    /// Whether moves select.
    is_marking: bool,
    /// The patient as they were known when it was begun: the id, and the name with the birth date.
    pub seen: Option<(Box<str>, String)>,
    /// Why nothing can be changed, if it cannot.
    pub locked: Option<String>,
    /// How it is kept while it is written.
    pub keep: Keep,
    history: History,
    /// What was cut last.
    register: String,
    /// What the mouse took hold of last.
    grip: Option<mouse::Grip>,
    /// The first row of the outline on the screen.
    outline_top: usize,
    /// The screen to go back to.
    before: Screen,
    /// What belongs into sections, for whoever writes, by their titles.
    pub prompts: BTreeMap<Box<str>, Box<str>>,
    /// Whether the user's own editor has the document.
    is_outside: bool,
}

impl Editor {
    /// An editor on a document, its cursor on the first section.
    pub fn new(source: SourceId, document: Document, base: Option<Document>, keep: Keep) -> Editor {
        let at = outline::nearest(&document, &Path::default()).unwrap_or_default();
        let check = Check::of(&document, base.as_ref());
        let mut editor = Editor {
            source,
            document,
            base: base.map(Box::new),
            task: None,
            at,
            folded: BTreeSet::new(),
            pane: Pane::Outline,
            prose: Prose::new(String::new(), 1, 1),
            check,
            is_marking: false,
            seen: None,
            locked: None,
            keep,
            history: History::default(),
            register: String::new(),
            grip: None,
            outline_top: 0,
            before: Screen::Worklist,
            prompts: BTreeMap::new(),
            is_outside: false,
        };
        editor.check_out();
        editor
    }

    /// An editor on a document of the first source, for tests.
    #[cfg(test)]
    pub fn of(document: Document) -> Editor {
        let mut state = State::new(
            Timestamp::UNIX_EPOCH,
            jiff::tz::TimeZone::UTC,
            crate::app::geometry::Size { width: 80, height: 24 },
            crate::app::keys::Keymap::default(),
            1,
        );
        let keep = Keep::new(&mut state);
        Editor::new(SourceId(0), document, None, keep)
    }

    /// The section under the cursor.
    pub fn section(&self) -> Option<&Section> {
        outline::section(&self.document, &self.at)
    }

    /// What belongs into the section under the cursor, while nothing stands there.
    pub fn prompt(&self) -> Option<&str> {
        let section = self.section().filter(|section| section.text.is_empty())?;
        self.prompts.get(&section.title).map(|prompt| &**prompt)
    }

    /// The rows of the outline: what stands beneath a folded section is left out.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let hidden = |path: &Path| self.folded.iter().any(|fold| path != fold && path.leads_through(fold));
        let mut rows = outline::rows(&self.document);
        if !self.folded.is_empty() {
            rows.retain(|row| !hidden(&row.path));
        }
        rows
    }

    /// The first row of the outline on the screen.
    pub fn outline_top(&self) -> usize {
        self.outline_top
    }

    /// Whether it is made, not changed.
    pub fn creates(&self) -> bool {
        self.base.is_none()
    }

    /// Puts the cursor on a section and takes its text.
    fn go(&mut self, at: Path) {
        if at != self.at {
            self.history.close();
            self.at = at;
            self.check_out();
        }
        let hidden = |fold: &Path| self.at != *fold && self.at.leads_through(fold);
        self.folded.retain(|fold| !hidden(fold));
    }

    /// Takes the text of the section under the cursor, where it is not what is shown already.
    fn check_out(&mut self) {
        let text = outline::section(&self.document, &self.at).map_or("", |section| &section.text);
        if text != self.prose.text() || text.is_empty() {
            let (columns, rows) = self.prose.size();
            self.prose = Prose::new(text.to_owned(), columns, rows);
        } else {
            self.prose.place(0);
        }
    }

    fn standing(&self) -> Standing {
        Standing { at: self.at.clone(), byte: self.prose.cursor() }
    }

    /// Carries out edits as one step of the history; a refused one leaves everything as it was.
    fn perform(&mut self, edits: Vec<Edit>, now: Timestamp) -> Result<(), Refusal> {
        let before = self.standing();
        let inverses = self.carry_out(&edits)?;
        let landed = edits.last().and_then(Edit::lands);
        if let Some(at) = landed.or_else(|| Some(self.at.clone()))
            && let Some(at) = outline::nearest(&self.document, &at)
            && at != self.at
        {
            self.at = at;
        }
        self.refresh(&edits);
        let after = self.standing();
        self.history.push(Step { edits, inverses, before, after }, now);
        Ok(())
    }

    fn carry_out(&mut self, edits: &[Edit]) -> Result<Vec<Edit>, Refusal> {
        let mut inverses: Vec<Edit> = Vec::with_capacity(edits.len());
        for edit in edits {
            match outline::apply(&mut self.document, edit) {
                Ok(inverse) => inverses.push(inverse),
                Err(refusal) => {
                    for inverse in inverses.iter().rev() {
                        // What was just done can be taken back.
                        outline::apply(&mut self.document, inverse).ok();
                    }
                    return Err(refusal);
                }
            }
        }
        self.check.follow(&self.document, edits);
        Ok(inverses)
    }

    /// Brings the shown text and the folds up to what was done.
    fn refresh(&mut self, edits: &[Edit]) {
        for edit in edits {
            let levels = match edit {
                Edit::Add { at, .. } | Edit::Drop { at } | Edit::Split { at, .. } | Edit::Join { at, .. } => {
                    vec![at.parent()]
                }
                Edit::Move { from, to } => vec![from.parent(), to.parent()],
                _ => Vec::new(),
            };
            for level in levels.into_iter().flatten() {
                self.folded.retain(|fold| !(fold.leads_through(&level) && *fold != level));
            }
        }
        match edits {
            [Edit::Text { at, byte, removed, inserted }] if *at == self.at => {
                // Where the text was typed into, it says so already.
                let text = outline::section(&self.document, &self.at).map_or("", |section| &section.text);
                if text != self.prose.text() {
                    let change =
                        Change { at: *byte, removed: removed.to_string(), inserted: inserted.to_string() };
                    self.prose.apply(&change);
                }
            }
            _ => self.check_out(),
        }
    }

    /// Takes a step back, or does it again; whether there was one.
    fn walk(&mut self, forward: bool) -> bool {
        let step = if forward { self.history.redo() } else { self.history.undo() };
        let Some(step) = step else { return false };
        let (edits, spot) = if forward {
            (step.edits, step.after)
        } else {
            (step.inverses.into_iter().rev().collect(), step.before)
        };
        // The document is as it was when the step was made.
        if self.carry_out(&edits).is_err() {
            return false;
        }
        self.at = outline::nearest(&self.document, &spot.at).unwrap_or_default();
        self.refresh(&edits);
        let text = self.section().map_or("", |section| &section.text);
        if text != self.prose.text() {
            self.check_out();
        }
        self.prose.place(spot.byte);
        let hidden = |fold: &Path| self.at != *fold && self.at.leads_through(fold);
        self.folded.retain(|fold| !hidden(fold));
        true
    }

    /// Lays everything out for a size, the cursors in sight.
    fn settle(&mut self, layout: &Layout) {
        self.prose.resize(layout.columns(), layout.rows());
        let height = usize::from(layout.outline.height).max(1);
        let rows = self.rows();
        let place = rows.iter().position(|row| row.path == self.at).unwrap_or(0);
        let last = rows.len().saturating_sub(height);
        self.outline_top = self.outline_top.min(place).max((place + 1).saturating_sub(height)).min(last);
    }
}

/// What documents of the editor's source take.
pub(in crate::app) fn rules(state: &State, editor: &Editor) -> Option<&'static DocumentRules> {
    state.can(editor.source)?.documents
}

/// The easiest key of an action, for a sentence.
fn key(state: &State, action: Action) -> String {
    state.keymap.keys_for(action).into_iter().next().unwrap_or_else(|| format!(":{}", action.id()))
}

/// The write that the document on the screen was sent with, while it is not settled.
fn own_write(state: &State) -> Option<&Intent> {
    let ours = state.editor.as_deref()?.keep.id.to_string();
    state.outbox.intents().iter().find(|intent| intent.idempotency_key == ours)
}

/// Whether the document on the screen was confirmed and is not sent yet, so that it can still be taken back.
pub fn is_held(state: &State) -> bool {
    let is_unsent = |intent: &Intent| matches!(intent.state, IntentState::Held { .. } | IntentState::Saving);
    state.screen == Screen::Editor && own_write(state).is_some_and(is_unsent)
}

/// Why the document cannot be changed now, if it cannot.
pub fn lock(state: &State) -> Option<String> {
    let editor = state.editor.as_deref()?;
    if let Some(reason) = &editor.locked {
        return Some(reason.clone());
    }
    let intent = own_write(state)?;
    Some(if matches!(intent.state, IntentState::Refused { .. }) {
        format!("It was not taken; {} asks what is to become of it.", key(state, Action::GoOutbox))
    } else if intent.needs_user() {
        format!("Nobody knows whether it arrived; {} shows the write and asks.", key(state, Action::GoOutbox))
    } else if is_held(state) {
        let key = state.keymap.keys_in(&contexts(state), Action::DocUndo).into_iter().next();
        let key = key.unwrap_or_else(|| format!(":{}", Action::DocUndo.id()));
        format!("It is held back and goes out in a moment; {key} takes it back, to be written on.")
    } else {
        "It is on its way: nothing can be changed until its source has answered.".to_owned()
    })
}

/// Shows a match of a search, selected.
pub fn show_match(state: &mut State, hit: Option<Hit>) {
    if let (Some(hit), Some(editor)) = (hit, state.editor.as_deref_mut()) {
        editor.go(hit.at);
        editor.prose.select(&hit.range);
    }
    settle(state);
}

/// The contexts of the editor's keys, the nearest first.
pub fn contexts(state: &State) -> Vec<Context> {
    match state.editor.as_ref().map(|editor| editor.pane) {
        Some(Pane::Text) => vec![Context::Prose, Context::Global],
        _ => vec![Context::Outline, Context::Global],
    }
}

/// Where everything of the editor lies now.
pub fn layout(state: &State) -> Layout {
    Layout::of(state.size, state.editor.as_ref().map_or(Pane::Outline, |editor| editor.pane))
}

/// The screen has another size, or another pane has the keys.
pub fn settle(state: &mut State) {
    let layout = layout(state);
    if let Some(editor) = state.editor.as_deref_mut() {
        editor.settle(&layout);
    }
    state.touch();
}

/// Carries out edits where that is allowed, keeps them and checks them; whether they were done.
fn perform(state: &mut State, edits: Vec<Edit>) -> bool {
    let now = state.now;
    if let Some(reason) = lock(state) {
        state.warn(&reason);
        return false;
    }
    let Some(editor) = state.editor.as_deref_mut() else { return false };
    if let Err(refusal) = editor.perform(edits, now) {
        state.say(&refusal.to_string());
        return false;
    }
    changed(state);
    true
}

/// Carries out what a form has read.
pub fn take_edits(state: &mut State, edits: Vec<Edit>) {
    if !edits.is_empty() {
        perform(state, edits);
        whose::want_names(state);
    }
}

/// Something was changed: it is kept soon, and checked.
fn changed(state: &mut State) {
    check::run(state);
    keep::on_change(state);
    settle(state);
}

/// Does what a key asks in the editor.
pub fn on_action(state: &mut State, action: Action) {
    let Some(editor) = state.editor.as_deref() else {
        state.screen = Screen::Worklist;
        return state.touch();
    };
    let pane = editor.pane;
    match action {
        // What was confirmed last is what is taken back first.
        Action::DocUndo if is_held(state) => undo::undo(state),
        Action::DocUndo | Action::DocRedo => walk(state, action == Action::DocRedo),
        Action::GoOutbox => {
            open::leave(state);
            super::go(state, action);
        }
        Action::PaneNext => show_pane(state, if pane == Pane::Text { Pane::Outline } else { Pane::Text }),
        Action::Palette => crate::app::layers::palette::open(state),
        Action::DocReview => send::review(state),
        Action::DocCompare => compare::open(state),
        Action::DocSearch => search::open(state),
        Action::DocTasks => tasks::insert(state),
        Action::DocExternal => external::open(state),
        Action::DocHeader => doc_form::open_header(state, None),
        _ if pane == Pane::Text => body::on_action(state, action),
        _ => tree::on_action(state, action),
    }
    settle(state);
}

/// Gives the keys to a pane; there is no text without a section.
fn show_pane(state: &mut State, pane: Pane) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    if pane == Pane::Text && editor.section().is_none() {
        return state.say("There is no section to write in yet.");
    }
    editor.history.close();
    editor.prose.unmark();
    if pane == Pane::Text && editor.pane == Pane::Outline && editor.prose.cursor() == 0 {
        // Whoever goes into a text goes on writing it.
        editor.prose.place(usize::MAX);
    }
    editor.pane = pane;
}

fn walk(state: &mut State, forward: bool) {
    if let Some(reason) = lock(state) {
        return state.warn(&reason);
    }
    let Some(editor) = state.editor.as_deref_mut() else { return };
    if editor.walk(forward) {
        changed(state);
    } else {
        state.say(if forward { "There is nothing to do again." } else { "There is nothing to take back." });
    }
}

/// Types text into the section, or says where it would go.
pub fn on_text(state: &mut State, text: &str) {
    body::insert(state, text);
    settle(state);
}

/// Puts pasted text into the section as one step; what cannot be seen in it is asked about first.
pub fn on_paste(state: &mut State, text: &str) {
    body::paste(state, text);
    settle(state);
}

/// What is to become of pasted text was said.
pub fn on_pasted(state: &mut State, text: &str, cleans: bool) {
    body::on_answer(state, text, cleans);
}

/// The title of a new section was typed.
pub fn add_section(state: &mut State, at: Path, title: &str) {
    tree::add(state, at, title);
}

#[cfg(test)]
mod tests;
