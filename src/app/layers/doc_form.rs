//! The header of a document, or the fields of one of its sections, as a form over the editor.
//!
//! Must not change the document but by edits that can be taken back, and none before all of it can be read.

mod choose;
mod patient;

use super::{Layer, close, pick::Choice};
use crate::app::{
    action::Action,
    form::{
        Kind,
        document::{
            Clock, Part, choice::named as named_in_line, print_header, print_section, read_header,
            read_section,
        },
    },
    screens::{
        documents,
        editor::{self, Editor},
    },
    state::State,
    text::TypedText,
    update,
};
use crate::domain::{
    can::Can,
    document::{Document, DocumentField},
    outline::{self, Edit, Path, SectionPart, Spot},
    people::PersonKind,
    task::SourceId,
};
pub(super) use choose::on_picked;
pub use patient::on_names;

/// The line of the patient.
const PATIENT: Part = Part::Header(DocumentField::Patient);

/// A form of a document.
#[derive(Debug)]
pub struct DocForm {
    /// What it is about: the document, or one of its sections.
    pub title: String,
    /// The lines.
    pub fields: Vec<DocField>,
    /// The line that has the keys.
    pub cursor: usize,
    /// What is wrong with the whole.
    pub problem: Option<String>,
    /// The section that it is about; empty for the header.
    at: Path,
    /// What was chosen from lists here: the names behind ids.
    chosen: Vec<Choice>,
    /// The patient's id that its source was last asked about.
    looked_up: Option<String>,
    /// Whether Esc was pressed on edited text: the next one throws it away.
    leaving: bool,
}

/// One line of the form.
#[derive(Debug)]
pub struct DocField {
    /// What it holds.
    pub part: Part,
    /// What is typed.
    pub text: TypedText,
    /// What it was when the form was opened.
    original: String,
    /// The longest text allowed, in UTF-16 code units.
    pub limit: Option<u32>,
    /// Why it cannot be changed, if it cannot.
    pub locked: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// The name behind an id, where it is known.
    pub hint: Option<String>,
}

impl DocField {
    /// Whether the text differs from what it was.
    pub fn is_edited(&self) -> bool {
        self.text.text() != self.original
    }
}

/// Opens the form of the header, on a part of it.
pub fn open_header(state: &mut State, on: Option<DocumentField>) {
    let Some(editor) = state.editor.as_deref() else { return };
    let title = format!("Header · {}", named(&editor.document.title, "(no title yet)"));
    open(state, title, Path::default(), Part::of_header(), on.map(Part::Header));
}

/// Opens the form of the section under the cursor, on a part of it.
pub fn open_section(state: &mut State, on: Option<SectionPart>) {
    let Some(editor) = state.editor.as_deref() else { return };
    let Some(section) = editor.section() else { return state.say("There is no section here.") };
    let number = editor::check::number(&editor.at);
    let title = format!("Section {number} · {}", named(&section.title, "(no title)"));
    let at = editor.at.clone();
    open(state, title, at, Part::of_section(), on.map(Part::Section));
}

fn named<'a>(title: &'a str, otherwise: &'a str) -> &'a str {
    if title.trim().is_empty() { otherwise } else { title }
}

fn open(state: &mut State, title: String, at: Path, parts: impl Iterator<Item = Part>, on: Option<Part>) {
    let Some(editor) = state.editor.as_deref() else { return };
    let Some(can) = state.can(editor.source) else { return };
    let fields: Vec<DocField> = parts
        .map(|part| {
            let text = print(editor, part, &at, state);
            let text = if part.is_list() { TypedText::prose(&text) } else { TypedText::line(&text) };
            DocField {
                part,
                original: text.text(),
                text,
                limit: can.documents.and_then(|rules| part.limit(rules)),
                locked: editor::lock(state).or_else(|| lock(editor, can, part, &at)),
                problem: problem_of(editor, part, &at),
                hint: None,
            }
        })
        .collect();
    let asked = fields.iter().position(|field| Some(field.part) == on);
    let wrong = fields.iter().position(|field| field.problem.is_some());
    let cursor = asked.or(wrong).or_else(|| fields.iter().position(|field| field.locked.is_none()));
    let form = DocForm {
        title,
        fields,
        cursor: cursor.unwrap_or(0),
        problem: None,
        at,
        chosen: Vec::new(),
        looked_up: None,
        leaving: false,
    };
    state.layers.push(Layer::DocForm(Box::new(form)));
    hints(state);
}

fn print(editor: &Editor, part: Part, at: &Path, state: &State) -> String {
    match part {
        Part::Header(field) => print_header(&editor.document, field, &state.zone),
        Part::Section(part) => outline::section(&editor.document, at)
            .map_or_else(String::new, |section| print_section(section, part)),
    }
}

/// Why a part cannot be changed.
fn lock(editor: &Editor, can: &Can, part: Part, at: &Path) -> Option<String> {
    let rules = can.documents?;
    match part {
        Part::Header(field) if !editor.creates() && !rules.update.contains(&field) => {
            Some(format!("{} cannot change {} of a document that it has.", can.system, field.name()))
        }
        Part::Section(part) if rules.plain_below && at.depth() > 1 => {
            let extra = [SectionPart::Author, SectionPart::Mode, SectionPart::Resources].contains(&part);
            extra.then(|| format!("{} keeps no {} beneath the first level.", can.system, part.name()))
        }
        _ => None,
    }
}

/// What is wrong with a part, as the editor knows it.
fn problem_of(editor: &Editor, part: Part, at: &Path) -> Option<String> {
    let is_here = |spot: &Spot| match (spot, part) {
        (Spot::Header(field, _), Part::Header(here)) => *field == here,
        (Spot::Section(path, Some(wrong)), Part::Section(here)) => path == at && *wrong == here,
        _ => false,
    };
    let located = editor.check.found.iter().find(|located| located.spot.as_ref().is_some_and(is_here));
    located.map(editor::check::Located::said)
}

fn top(state: &mut State) -> Option<&mut DocForm> {
    match state.layers.last_mut() {
        Some(Layer::DocForm(form)) => Some(form),
        _ => None,
    }
}

/// The line that has the keys, unless it is locked.
fn current(form: &mut DocForm) -> Option<&mut DocField> {
    form.fields.get_mut(form.cursor).filter(|field| field.locked.is_none())
}

pub(super) fn on_text(state: &mut State, text: &str) {
    let Some(form) = top(state) else { return };
    form.leaving = false;
    if let Some(field) = current(form) {
        field.text.insert(text);
        field.problem = None;
    }
    hints(state);
}

pub(super) fn on_action(state: &mut State, action: Action) {
    let Some(form) = top(state) else { return };
    if action != Action::InputCancel {
        form.leaving = false;
    }
    if let Some(edit) = update::line_edit(action) {
        if let Some(field) = current(form) {
            field.text.edit(edit);
        }
        return hints(state);
    }
    match action {
        Action::FormNext | Action::MoveDown => step(form, true),
        Action::FormPrevious | Action::MoveUp => step(form, false),
        Action::EditNewLine => drop(current(form).map(|field| field.text.new_line())),
        Action::InputAccept => on_enter(state),
        Action::InputComplete => choose::open(state),
        Action::FieldsTake | Action::FormSubmit => accept(state),
        Action::InputCancel => cancel(state),
        _ => {}
    }
}

fn step(form: &mut DocForm, forward: bool) {
    let last = form.fields.len().saturating_sub(1);
    form.cursor = match (forward, form.cursor) {
        (true, cursor) if cursor >= last => 0,
        (true, cursor) => cursor + 1,
        (false, 0) => last,
        (false, cursor) => cursor - 1,
    };
}

/// Enter opens a list where there is one, breaks a list's line, else goes on.
fn on_enter(state: &mut State) {
    let Some(form) = top(state) else { return };
    match current(form).map(|field| (field.part.kind(), field.text.is_empty())) {
        Some((Kind::Choice | Kind::Person, _)) => choose::open(state),
        Some((Kind::Prose, _)) => drop(current(form).map(|field| field.text.new_line())),
        _ => step(form, true),
    }
}

/// The names behind ids, where they are known.
fn hints(state: &mut State) {
    let Some(source) = state.editor.as_deref().map(|editor| editor.source) else { return };
    let Some(Layer::DocForm(mut form)) = state.layers.pop() else { return };
    for field in &mut form.fields {
        field.hint = match (field.part, field.part.person()) {
            (PATIENT, _) => name(state, source, PersonKind::Patient, &field.text.text())
                .or_else(|| patient::is_nameless(field).then(|| patient::LATER.to_owned())),
            (part, Some(kind)) if !part.is_list() => name(state, source, kind, &field.text.text()),
            (Part::Header(of), _) => line_hint(state, source, of, &field.text, &form.chosen),
            _ => None,
        };
    }
    state.layers.push(Layer::DocForm(form));
    state.touch();
}

/// Whom or what the line of a list names that the cursor is in.
fn line_hint(
    state: &State,
    source: SourceId,
    of: DocumentField,
    text: &TypedText,
    chosen: &[Choice],
) -> Option<String> {
    let id = named_in_line(of, text.lines().get(text.cursor().0)?)?;
    if of == DocumentField::Attester {
        return name(state, source, PersonKind::Practitioner, id);
    }
    let known = chosen.iter().find(|choice| choice.value == id);
    let known = known.map(|choice| format!("{}, {}", choice.name, choice.second));
    known.or_else(|| documents::title(state, source, id))
}

fn name(state: &State, source: SourceId, kind: PersonKind, typed: &str) -> Option<String> {
    let id = typed.rsplit('/').next().unwrap_or(typed).trim();
    let person = state.people.get(source, kind, id)?;
    let born = person.birth_date.as_ref().map(|date| format!(", born {}", date.raw()));
    Some(format!("{}{}", person.name(), born.unwrap_or_default()))
}

fn cancel(state: &mut State) {
    let Some(form) = top(state) else { return };
    if form.fields.iter().any(DocField::is_edited) && !form.leaving {
        form.leaving = true;
        form.problem = Some("What you typed here is not taken. Esc again throws it away.".to_owned());
        return;
    }
    close(state);
}

/// Takes all that was typed into the document as one step; where a line cannot be read, none of it.
fn accept(state: &mut State) {
    let (now, zone) = (state.now, state.zone.clone());
    let Some(Layer::DocForm(form)) = state.layers.last() else { return };
    let Some(editor) = state.editor.as_deref() else { return };
    let clock = Clock { now, zone: &zone };
    let (edits, mut wrong) = match form.at.depth() {
        0 => header_edits(form, &editor.document, clock),
        _ => section_edits(form, &editor.document),
    };
    wrong.extend(patient::nameless(state));
    wrong.sort_by_key(|(place, _)| *place);
    let Some(form) = top(state) else { return };
    if let Some((first, _)) = wrong.first() {
        form.cursor = *first;
        form.problem = Some(format!("{} to correct before it is taken.", wrong.len()));
        for (place, sentence) in wrong {
            if let Some(field) = form.fields.get_mut(place) {
                field.problem = Some(sentence);
            }
        }
        return;
    }
    close(state);
    editor::take_edits(state, edits);
}

type Read = (Vec<Edit>, Vec<(usize, String)>);

fn edited(form: &DocForm) -> impl Iterator<Item = (usize, &DocField)> {
    form.fields.iter().enumerate().filter(|(_, field)| field.is_edited() && field.locked.is_none())
}

fn header_edits(form: &DocForm, document: &Document, clock: Clock<'_>) -> Read {
    // The text stays where it is: only the header is read.
    let mut now = Document::default();
    Part::of_header().for_each(|part| {
        if let Part::Header(field) = part {
            now.take(document, field);
        }
    });
    let before = now.clone();
    let (mut edits, mut wrong) = (Vec::new(), Vec::new());
    for (place, field) in edited(form) {
        let Part::Header(of) = field.part else { continue };
        match read_header(&mut now, of, &field.text.text(), clock) {
            Err(sentence) => wrong.push((place, sentence)),
            Ok(()) if now.same(&before, of) => {}
            Ok(()) => edits.push(Edit::header(of, &now)),
        }
    }
    (edits, wrong)
}

fn section_edits(form: &DocForm, document: &Document) -> Read {
    let (mut edits, mut wrong) = (Vec::new(), Vec::new());
    let Some(section) = outline::section(document, &form.at) else { return (edits, wrong) };
    for (place, field) in edited(form) {
        let Part::Section(part) = field.part else { continue };
        let mut now =
            crate::domain::document::Section { resources: section.resources.clone(), ..Default::default() };
        if let Err(sentence) = read_section(&mut now, part, &field.text.text()) {
            wrong.push((place, sentence));
            continue;
        }
        let at = form.at.clone();
        edits.push(match part {
            SectionPart::Title => Edit::Title { at, title: now.title },
            SectionPart::Code => Edit::Code { at, code: now.code },
            SectionPart::Author => Edit::Author { at, author: now.author },
            SectionPart::Mode => Edit::Mode { at, mode: now.mode },
            SectionPart::Resources => Edit::Resources { at, resources: now.resources },
            SectionPart::Text | SectionPart::Sections => continue,
        });
    }
    (edits, wrong)
}
