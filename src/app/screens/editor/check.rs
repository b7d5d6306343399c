//! What is wrong with the document while it is written: problems at their places, the size of the body, and the way
//! from one problem to the next.
//!
//! Must not read a text with every key: lengths follow the edits.

use super::{Editor, rules};
use crate::app::{
    form::document::Part,
    layers::{doc_form, pick},
    state::State,
};
use crate::domain::{
    can::DocumentRules,
    check::Problem,
    check_document::{Lengths, Sorted, check_change, check_measured},
    document::{Document, DocumentField},
    outline::{self, Edit, Path, SectionPart, Spot},
};

/// A problem and the place that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Where it stands; none where nobody can say.
    pub spot: Option<Spot>,
    /// What is wrong.
    pub sentence: String,
    /// Whether its source has it so already, outside of what changes: it does not keep the document from being sent.
    pub stands: bool,
}

impl Located {
    /// What is wrong, and whether it may stay.
    pub fn said(&self) -> String {
        let before = if self.stands { "May stay, its source has it so: " } else { "" };
        format!("{before}{}", self.sentence)
    }
}

/// What is wrong with a document.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// Every problem: first what the source has said, then what its rules say, last what may stay as it is.
    pub found: Vec<Located>,
    /// How long its texts and its body are.
    pub lengths: Lengths,
    /// What the source said of what was sent; each goes when its place is changed.
    pub returned: Vec<Problem>,
    /// How long the texts are that its source has, for a document that is changed.
    of_base: Option<Lengths>,
    /// The problem that was last gone to.
    last: Option<usize>,
}

impl Check {
    /// The lengths of a document of which nothing is found yet.
    pub(super) fn of(document: &Document, base: Option<&Document>) -> Check {
        Check { lengths: Lengths::of(document), of_base: base.map(Lengths::of), ..Check::default() }
    }

    /// What keeps the document from being sent.
    pub fn to_correct(&self) -> impl Iterator<Item = &Located> {
        self.found.iter().filter(|located| !located.stands)
    }

    /// What its source has let stand.
    pub fn remarks(&self) -> impl Iterator<Item = &Located> {
        self.found.iter().filter(|located| located.stands)
    }

    /// Follows edits: the lengths, and what the source said of places that are others now.
    pub(super) fn follow(&mut self, document: &Document, edits: &[Edit]) {
        self.lengths.follow(document, edits);
        for edit in edits {
            self.returned.retain(|problem| !is_touched(problem, edit));
        }
    }

    /// Problems of a section, in the order in which they were found.
    pub fn of_section<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = &'a Located> {
        self.found
            .iter()
            .filter(move |located| matches!(&located.spot, Some(Spot::Section(at, _)) if at == path))
    }
}

/// Whether an edit changed what a problem is about.
fn is_touched(problem: &Problem, edit: &Edit) -> bool {
    match (Spot::of(&problem.path), edit) {
        (Some(Spot::Header(field, _)), Edit::Header { field: changed, .. }) => field == *changed,
        (Some(Spot::Section(path, part)), Edit::Text { at, .. }) => {
            path == *at && part.is_none_or(|part| part == SectionPart::Text)
        }
        (Some(Spot::Section(path, _)), Edit::Header { .. }) => path.depth() == 0,
        (Some(Spot::Section(path, _)), edit) => {
            // Behind a change of the tree the same path may be another section.
            edit.lands().is_some_and(|at| path.leads_through(&at.parent().unwrap_or_default()))
        }
        _ => false,
    }
}

impl Editor {
    /// Checks the whole document.
    pub(super) fn check(&mut self, rules: Option<&DocumentRules>) {
        let (document, lengths) = (&self.document, &self.check.lengths);
        let base = self.base.as_deref().zip(self.check.of_base.as_ref());
        let ours = match (rules, base) {
            (None, _) => Sorted::default(),
            (Some(rules), Some(base)) => check_change(base, (document, lengths), rules),
            (Some(rules), None) => {
                Sorted { to_correct: check_measured(document, lengths, rules, true), standing: Vec::new() }
            }
        };
        let located = |problem: &Problem, stands: bool| Located {
            spot: Spot::of(&problem.path),
            sentence: problem.sentence.clone(),
            stands,
        };
        let to_correct =
            self.check.returned.iter().chain(&ours.to_correct).map(|found| located(found, false));
        let standing = ours.standing.iter().map(|found| located(found, true));
        self.check.found = to_correct.chain(standing).collect();
    }
}

/// A document has come into the editor, or was changed there.
pub(super) fn run(state: &mut State) {
    let rules = state.editor.as_deref().and_then(|editor| rules(state, editor));
    if let Some(editor) = state.editor.as_deref_mut() {
        editor.check(rules);
    }
}

/// Goes to the next problem, or the one before.
pub(super) fn go(state: &mut State, forward: bool) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    let count = editor.check.found.len();
    if count == 0 {
        return state.say("Nothing is wrong with the document as far as its rules are known.");
    }
    let place = match (editor.check.last, forward) {
        (None, true) => 0,
        (Some(last), true) => (last + 1) % count,
        (None | Some(0), false) => count - 1,
        (Some(last), false) => (last - 1).min(count - 1),
    };
    editor.check.last = Some(place);
    go_to(state, place);
    if let Some(located) = state.editor.as_deref().and_then(|editor| editor.check.found.get(place)) {
        let line = format!("{} of {count}: {}", place + 1, located.said());
        state.say(&line);
    }
}

/// Goes to the first problem.
pub(super) fn go_first(state: &mut State) {
    if let Some(editor) = state.editor.as_deref_mut() {
        editor.check.last = Some(0);
    }
    go_to(state, 0);
}

/// Goes to where a problem stands: the header's form, the section's, or its text.
fn go_to(state: &mut State, place: usize) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    match editor.check.found.get(place).and_then(|located| located.spot.clone()) {
        Some(Spot::Section(path, part)) => {
            if let Some(at) = outline::nearest(&editor.document, &path) {
                editor.go(at);
            }
            let has_form =
                part.is_some_and(|part| !matches!(part, SectionPart::Text | SectionPart::Sections));
            if has_form {
                doc_form::open_section(state, part);
            }
        }
        Some(Spot::Header(field, _)) if field != DocumentField::Sections => {
            doc_form::open_header(state, Some(field));
        }
        _ => {}
    }
}

/// Lists every problem, to go to one of them.
pub(super) fn list(state: &mut State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let lines: Vec<String> = editor.check.found.iter().map(|located| line(editor, located)).collect();
    if lines.is_empty() {
        return state.say("Nothing is wrong with the document as far as its rules are known.");
    }
    pick::open_problems(state, lines);
}

/// One of the listed problems was picked, by its place.
pub fn on_picked(state: &mut State, place: &str) {
    let Ok(place) = place.parse() else { return };
    if let Some(editor) = state.editor.as_deref_mut() {
        editor.check.last = Some(place);
    }
    go_to(state, place);
    super::settle(state);
}

/// A problem with the place that it is about, in words.
pub fn line(editor: &Editor, located: &Located) -> String {
    match &located.spot {
        Some(Spot::Section(path, _)) => {
            let title = outline::section(&editor.document, path).map_or("", |section| &section.title);
            format!("{} {title}: {}", number(path), located.said())
        }
        Some(Spot::Header(field, _)) => format!("{}: {}", Part::Header(*field).label(), located.said()),
        None => located.said(),
    }
}

/// A section's number as people write it: `2.1`.
pub fn number(path: &Path) -> String {
    let steps = path.steps().iter().map(|step| (step + 1).to_string());
    steps.collect::<Vec<_>>().join(".")
}
