//! The document in the user's own editor: as Markdown, and back as one step.
//!
//! Must not take a text of which a part could not be read: it is opened again at the line, with what is wrong on top.

use super::{lock, perform};
use crate::app::{effect::Effect, state::State};
use crate::domain::{
    document::{Document, DocumentField},
    markdown::{self, Page, Reading},
    outline::{Edit, adopt_raw},
};

/// What a line begins with that tells the user what was wrong; a comment of the front matter.
const REMARK: &str = "# rounds: ";
/// What the front matter stands between.
const FENCE: &str = "+++";
/// So many of the flaws are told.
const TOLD: usize = 9;

/// Gives the document to the user's editor.
pub(super) fn open(state: &mut State) {
    if let Some(reason) = lock(state) {
        return state.warn(&reason);
    }
    super::keep::flush(state);
    let Some(editor) = state.editor.as_deref_mut() else { return };
    editor.is_outside = true;
    let text = markdown::write(&Page { source: None, base: None, document: editor.document.clone() });
    state.effects.push(Effect::EditDocument { text, line: 1 });
}

/// Whether the document is in the user's editor.
pub fn is_open(state: &State) -> bool {
    state.editor.as_deref().is_some_and(|editor| editor.is_outside)
}

/// The user's editor has been left.
pub fn on_edited(state: &mut State, outcome: Result<Option<String>, String>) {
    let Some(editor) = state.editor.as_deref_mut() else { return };
    editor.is_outside = false;
    let text = match outcome {
        Ok(Some(text)) => without_remarks(&text),
        Ok(None) => return state.say("The document is as it was: the text was not changed."),
        Err(sentence) => return state.warn(&sentence),
    };
    let reading = markdown::read(&text);
    if !reading.flaws.is_empty() {
        editor.is_outside = true;
        let (text, line) = with_remarks(&text, &reading);
        let first = reading.flaws.first().map(ToString::to_string).unwrap_or_default();
        state.warn(&format!("Not everything could be read: {first}"));
        return state.effects.push(Effect::EditDocument { text, line });
    }
    let mut document = reading.page.document;
    adopt_raw(&mut document, &editor.document);
    let edits = edits(&editor.document, &document);
    if edits.is_empty() {
        return state.say("The document is as it was: the text says the same.");
    }
    if perform(state, edits) {
        state.say("The document is what your editor left; one step takes it back.");
    }
}

/// What makes one document say what the other says, its identity and versions left alone.
fn edits(from: &Document, to: &Document) -> Vec<Edit> {
    to.changed(from).into_iter().map(|field: DocumentField| Edit::header(field, to)).collect()
}

/// The text with what was wrong on top of its front matter, and the line to begin at.
fn with_remarks(text: &str, reading: &Reading) -> (String, usize) {
    let at = reading.flaws.first().map_or(1, |flaw| flaw.place.line);
    let Some(rest) = text.strip_prefix(FENCE).and_then(|rest| rest.split_once('\n')).map(|(_, rest)| rest)
    else {
        return (text.to_owned(), at);
    };
    let told = reading.flaws.iter().take(TOLD);
    // The numbers are those of the lines as they will stand.
    let shift = told.len();
    let remarks: Vec<String> = told
        .map(|flaw| {
            let sentence = flaw.sentence.replace(['\n', '\r'], " ");
            format!("{REMARK}line {}: {sentence}\n", flaw.place.line + shift)
        })
        .collect();
    (format!("{FENCE}\n{}{rest}", remarks.concat()), at + shift)
}

/// The text without what was put on top of it.
fn without_remarks(text: &str) -> String {
    let mut in_remarks = false;
    let mut kept = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        in_remarks = number == 0 && line.trim_end() == FENCE
            || in_remarks && (number == 0 || line.starts_with(REMARK));
        if number == 0 || !in_remarks {
            kept.push_str(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::Section;

    #[test]
    fn what_was_wrong_stands_on_top_and_goes_again() {
        let text = "+++\ntitle = \"x\"\nstatus = 5\n+++\n\n# A\n\ntext\n";
        let reading = markdown::read(text);
        assert!(!reading.flaws.is_empty());
        let (told, line) = with_remarks(text, &reading);
        assert!(told.starts_with("+++\n# rounds: line "), "{told}");
        assert_eq!(told.lines().nth(line - 1), Some("status = 5"));
        assert_eq!(without_remarks(&told), text);
        assert_eq!(without_remarks("# rounds: a heading\n"), "# rounds: a heading\n");
        assert_eq!(without_remarks("+++\n+++\n# rounds: x\n"), "+++\n+++\n# rounds: x\n");
    }

    #[test]
    fn only_what_says_something_else_is_an_edit() {
        let from = Document {
            title: "A".into(),
            sections: vec![Section { title: "S".into(), text: "t".into(), ..Section::default() }],
            raw: Some("{}".into()),
            ..Document::default()
        };
        assert_eq!(edits(&from, &Document { raw: None, ..from.clone() }), []);
        let to = Document { title: "B".into(), ..from.clone() };
        assert_eq!(edits(&from, &to), [Edit::header(DocumentField::Title, &to)]);
    }
}
