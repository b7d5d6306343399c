//! The document editor: bar, outline, text, what is wrong, counters and hints in the rectangles of its layout.
//!
//! Must not sum up rows or columns itself, nor show a byte of the text that is not clean.

mod outline;
mod text;

use crate::{
    app::{
        action::Action,
        screens::editor::{self, Editor, Pane, check},
        state::State,
    },
    domain::{clean::Clean, outline::Spot},
    ui::{ink::Ink, role::Role, shell, words},
};
use ratatui::layout::Rect;

/// From this share of a limit on, in tenths, its counter warns.
const NEARLY: usize = 9;

/// Cells that a document's name has before its status is left out for it.
const LEAST_NAME: usize = 12;

/// Paints the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State) {
    let Some(editor) = state.editor.as_deref() else { return };
    let layout = editor::layout(state);
    bar(ink, state, editor, words::rect(layout.bar));
    if layout.outline.width > 0 {
        outline::paint(ink, state, editor, words::rect(layout.outline));
    }
    if layout.text.width > 0 {
        if layout.outline.width > 0 {
            let body = words::rect(layout.outline);
            ink.rule_down(Rect { x: layout.outline.width, width: 1, ..body });
        }
        text::head(ink, state, editor, words::rect(layout.head));
        text::paint(ink, editor, words::rect(layout.text));
    }
    problem(ink, state, editor, words::rect(layout.problem));
    counts(ink, state, editor, words::rect(layout.counts));
    if layout.hints.height > 0 {
        shell::hints(ink, state, words::rect(layout.hints));
    }
}

/// The document's name and status, and whom it is about.
fn bar(ink: &mut Ink<'_>, state: &State, editor: &Editor, area: Rect) {
    let area = shell::badges(ink, state, area);
    let document = &editor.document;
    let mut pen = ink.pen(area);
    let name = if document.title.trim().is_empty() { "(no title yet)" } else { &document.title };
    let whole = state.patient_of(editor.source, document.patient.as_ref());
    let (name, status) = (Clean::line(name), Clean::line(document.status.as_str()));
    // Name and birth date stand always; the id, which the review shows, where the title leaves it room.
    let id = document.patient.as_ref().map_or("", |patient| patient.id());
    let brief = whole.strip_suffix(&format!(", {id}")).unwrap_or(&whole);
    let fits =
        |patient: &Clean| name.width() + status.width() + patient.width() + 5 <= usize::from(area.width);
    let patient = Some(Clean::line(&whole)).filter(fits).unwrap_or_else(|| Clean::line(brief));
    // Whom it is about is never cut before what it is called; where both have no room the status goes first.
    let left = usize::from(pen.left());
    let has_status = left >= LEAST_NAME + status.width() + patient.width() + 5;
    let beside = patient.width() + if has_status { status.width() + 5 } else { 4 };
    let room = left.saturating_sub(beside);
    pen.word(Role::Text, " ");
    if room >= LEAST_NAME / 2 {
        pen.say_within(room as u16, Role::Title, &name).skip(1);
        if has_status {
            pen.say(Role::Dim, &status).word(Role::Text, " ");
        }
        pen.word(Role::Text, "· ");
    }
    pen.say(Role::Text, &patient);
}

/// What keeps it from being sent or kept, the most pressing first.
fn problem(ink: &mut Ink<'_>, state: &State, editor: &Editor, area: Rect) {
    let mut pen = ink.pen(area);
    pen.word(Role::Text, " ");
    if let Some(reason) = editor::lock(state) {
        pen.say(Role::Warning, &Clean::line(&reason));
        return;
    }
    if let Some(trouble) = state.keeping.trouble() {
        pen.say(Role::Error, &Clean::line(trouble));
        return;
    }
    let here = editor.check.of_section(&editor.at).next();
    if let Some(located) = here {
        let role = if located.stands { Role::Dim } else { Role::FieldError };
        pen.say(role, &Clean::line(&located.said()));
    } else if let Some(located) = editor.check.found.first() {
        let role = if located.stands { Role::Dim } else { Role::Warning };
        pen.say(role, &Clean::line(&check::line(editor, located)));
        let keys = state.keymap.keys_in(&editor::contexts(state), Action::ProblemNext);
        if let Some(key) = keys.first() {
            pen.say(Role::Dim, &Clean::format(format_args!(" ({key} goes there)")));
        }
    }
}

/// How full it is, how much is wrong with it, and whether it is kept.
fn counts(ink: &mut Ink<'_>, state: &State, editor: &Editor, area: Rect) {
    ink.fill(area, Role::StatusLine);
    let mut pen = ink.pen(area);
    let mut part = |role: Role, text: Clean| {
        pen.word(Role::StatusLine, " ").say(role, &text).word(Role::StatusLine, " ");
    };
    let rules = state.can(editor.source).and_then(|can| can.documents);
    let sections = editor.document.sections.len();
    match rules.and_then(|rules| rules.most_sections) {
        Some(most) => part(
            alarming(sections > most as usize),
            Clean::format(format_args!("sections {sections}/{most}")),
        ),
        None => part(Role::StatusLine, Clean::format(format_args!("sections {sections}"))),
    }
    let bytes = editor.check.lengths.body();
    match rules.and_then(|rules| rules.most_bytes) {
        Some(most) => part(alarming(bytes > most), Clean::format(format_args!("{bytes}/{most} bytes"))),
        None => part(Role::StatusLine, Clean::format(format_args!("{bytes} bytes"))),
    }
    let problems = editor.check.to_correct().count();
    if problems > 0 {
        let header = editor
            .check
            .to_correct()
            .filter(|located| matches!(located.spot, Some(Spot::Header(..))))
            .count();
        let head = if header > 0 { format!(", {header} in the header") } else { String::new() };
        part(Role::StatusAlert, Clean::format(format_args!("{problems} to correct{head}")));
    }
    match editor.check.remarks().count() {
        0 => {}
        1 => part(Role::StatusLine, Clean::from_static("1 remark")),
        remarks => part(Role::StatusLine, Clean::format(format_args!("{remarks} remarks"))),
    }
    if editor.pane == Pane::Text {
        let (line, column) = editor.prose.line_and_column();
        let column = column.map_or_else(|| "…".to_owned(), |column| column.to_string());
        part(Role::StatusLine, Clean::format(format_args!("{line}:{column}")));
    }
    let kept = match (editor.keep.has_begun(), editor.keep.is_whole()) {
        _ if state.keeping.trouble().is_some() => "not kept",
        (_, false) => "keeping…",
        (false, true) => "unchanged",
        (true, true) => "kept",
    };
    part(Role::StatusLine, Clean::from_static(kept));
}

fn alarming(is_over: bool) -> Role {
    if is_over { Role::StatusAlert } else { Role::StatusLine }
}

/// A counter of a text against its limit; none where there is no limit and nothing to count.
fn counter(length: usize, limit: Option<u32>) -> (Role, Clean) {
    match limit.map(|limit| limit as usize) {
        None => (Role::Dim, Clean::format(format_args!("{length}"))),
        Some(limit) => {
            let role = match length {
                _ if length > limit => Role::FieldError,
                _ if length * 10 >= limit * NEARLY => Role::Warning,
                _ => Role::Dim,
            };
            (role, Clean::format(format_args!("{length}/{limit}")))
        }
    }
}

/// The easiest key of an action in the editor.
fn key(state: &State, action: Action) -> Clean {
    let contexts = editor::contexts(state);
    let keys = state.keymap.keys_in(&contexts, action);
    keys.first().map_or_else(|| shell::key_of(state, action), |key| Clean::line(key))
}
