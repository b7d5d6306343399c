//! The action table: everything that a key, the palette or the mouse can ask for, one row each.
//!
//! Must not know which key asks (that is `assets/keymap.toml`) or what the action does (that is its screen's).
//! Help, palette, hints and the README's key table are made from these rows.

use crate::domain::can::Capability::{self, Create, Document, Note, Reassign, Update};
use std::fmt;

/// Where keys have a meaning of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Everywhere.
    Global,
    /// The table of tasks.
    Worklist,
    /// The detail pane.
    Detail,
    /// The filter line.
    Filter,
    /// The command palette.
    Palette,
    /// The help page.
    Help,
    /// The form of a task.
    Form,
    /// A list to pick from, narrowed by typing.
    Picker,
    /// A question before something is done.
    Confirm,
    /// A change that met somebody else's.
    Conflict,
    /// A document about to be sent; the keys of a question hold too.
    Review,
    /// What is changed in a document beside what its source has; the keys of a page hold too.
    Compare,
    /// One line to type, such as a reason.
    Prompt,
    /// The sources screen.
    Sources,
    /// The screen of writes that are not settled.
    Outbox,
    /// The screen of drafts.
    Drafts,
    /// The screen of deeds.
    Journal,
    /// The list of documents.
    Documents,
    /// The tree of a document's sections.
    Outline,
    /// The text of a document's section.
    Prose,
    /// Search and replace in a document.
    Search,
    /// The header of a document, or the fields of a section; the keys of a form hold too.
    Fields,
    /// The screen without any source.
    FirstRun,
    /// Line editing, shared by every place that takes text.
    Input,
}

impl Context {
    /// Every context, in the order of the key table.
    pub const ALL: [Context; 24] = [
        Context::Worklist,
        Context::Detail,
        Context::Global,
        Context::Filter,
        Context::Input,
        Context::Palette,
        Context::Form,
        Context::Picker,
        Context::Prompt,
        Context::Confirm,
        Context::Conflict,
        Context::Review,
        Context::Compare,
        Context::Help,
        Context::Sources,
        Context::Outbox,
        Context::Drafts,
        Context::Journal,
        Context::Documents,
        Context::Outline,
        Context::Prose,
        Context::Search,
        Context::Fields,
        Context::FirstRun,
    ];

    /// The name of its table in the keymap and, after `keys.`, in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Context::Global => "global",
            Context::Worklist => "list",
            Context::Detail => "detail",
            Context::Filter => "filter",
            Context::Palette => "palette",
            Context::Help => "help",
            Context::Form => "form",
            Context::Picker => "picker",
            Context::Confirm => "confirm",
            Context::Conflict => "conflict",
            Context::Review => "review",
            Context::Compare => "compare",
            Context::Prompt => "prompt",
            Context::Sources => "sources",
            Context::Outbox => "outbox",
            Context::Drafts => "drafts",
            Context::Journal => "journal",
            Context::Documents => "documents",
            Context::Outline => "outline",
            Context::Prose => "prose",
            Context::Search => "search",
            Context::Fields => "fields",
            Context::FirstRun => "first-run",
            Context::Input => "input",
        }
    }

    /// The context of a table's name.
    pub fn parse(name: &str) -> Option<Context> {
        Context::ALL.into_iter().find(|context| context.name() == name)
    }

    /// Whether an unbound printable key is text here; the keys of [`Context::Input`] then hold as well.
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Context::Filter
                | Context::Palette
                | Context::Form
                | Context::Picker
                | Context::Prompt
                | Context::Prose
                | Context::Search
                | Context::Input
        )
    }
}

/// One row of the action table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// Its name in keymaps and in the palette.
    pub id: &'static str,
    /// One or two words for the hint line.
    pub label: &'static str,
    /// What it does, a whole sentence.
    pub sentence: &'static str,
    /// Where it can be bound; an action of the global context can be bound anywhere.
    pub contexts: &'static [Context],
    /// What the source of the selected task must be able to do.
    pub needs: Option<Capability>,
}

/// The enum and the table from one list, so that neither can lack a row of the other.
macro_rules! actions {
    ($($action:ident = $id:literal, $label:literal, $contexts:expr, $needs:expr, $sentence:literal;)*) => {
        /// Something that a user can ask for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $sentence] $action,)*
        }

        /// The action table, in the order of help and hints.
        pub const ACTIONS: &[ActionInfo] = &[$(*Action::$action.info(),)*];

        impl Action {
            /// The action's row of the table.
            pub const fn info(self) -> &'static ActionInfo {
                match self {
                    $(Action::$action => &ActionInfo {
                        action: Action::$action,
                        id: $id,
                        label: $label,
                        sentence: $sentence,
                        contexts: $contexts,
                        needs: $needs,
                    },)*
                }
            }
        }
    };
}

const GLOBAL: &[Context] = &[Context::Global];
const LIST: &[Context] = &[Context::Worklist, Context::Detail];
const VIEWS: &[Context] = &[Context::Worklist, Context::Detail, Context::Sources];
const SCREENS: &[Context] = &[
    Context::Worklist,
    Context::Detail,
    Context::Sources,
    Context::Outbox,
    Context::Drafts,
    Context::Journal,
    Context::Documents,
];
const SCREENS_AND_EDITOR: &[Context] = &[
    Context::Worklist,
    Context::Detail,
    Context::Sources,
    Context::Outbox,
    Context::Drafts,
    Context::Journal,
    Context::Documents,
    Context::Outline,
];
const MOVES: &[Context] = &[
    Context::Documents,
    Context::Outline,
    Context::Prose,
    Context::Worklist,
    Context::Detail,
    Context::Sources,
    Context::Outbox,
    Context::Drafts,
    Context::Journal,
    Context::Help,
    Context::Palette,
    Context::Picker,
    Context::Prompt,
    Context::Confirm,
    Context::Conflict,
    Context::Form,
    Context::FirstRun,
];
const INPUT: &[Context] = &[
    Context::Input,
    Context::Filter,
    Context::Palette,
    Context::Form,
    Context::Picker,
    Context::Confirm,
    Context::Prompt,
    Context::Prose,
    Context::Search,
];
const HISTORY: &[Context] = &[Context::Filter, Context::Palette, Context::Prompt];
const FORM: &[Context] = &[Context::Form];
const CONFIRM: &[Context] = &[Context::Confirm];
const LONG_TEXT: &[Context] = &[Context::Form, Context::Prose];
const OUTLINE: &[Context] = &[Context::Outline];
const PROSE: &[Context] = &[Context::Prose];
const SEARCH: &[Context] = &[Context::Search];
const FIELDS: &[Context] = &[Context::Fields];
const REFRESHED: &[Context] = &[Context::Worklist, Context::Detail, Context::Sources, Context::Documents];
const EDITOR: &[Context] = &[Context::Outline, Context::Prose];
const DOCUMENTS: &[Context] = &[Context::Worklist, Context::Detail, Context::Documents];
const OUTBOX: &[Context] = &[Context::Outbox];
const JOURNAL: &[Context] = &[Context::Journal];
const CONFLICT: &[Context] = &[Context::Conflict];
const AMENDED: &[Context] = &[Context::Outline, Context::Prose, Context::Review];
const COMPARE: &[Context] = &[Context::Compare];
const DRAFTS: &[Context] = &[Context::Drafts, Context::Documents];
const OF_DOCUMENTS: &[Context] = &[Context::Documents];
const FIRST_RUN: &[Context] = &[Context::FirstRun];

actions! {
    TaskAck = "task.ack", "ack", LIST, Some(Update), "Acknowledge: requested or received becomes accepted.";
    TaskTake = "task.take", "take", LIST, Some(Reassign), "Take: make yourself the owner.";
    TaskStart = "task.start", "start", LIST, Some(Update), "Start: the task is in progress.";
    TaskDone = "task.done", "done", LIST, Some(Update), "Done: the task is completed.";
    TaskHold = "task.hold", "hold", LIST, Some(Update), "Put on hold, with a reason.";
    TaskCancel = "task.cancel", "cancel", LIST, Some(Update), "Cancel, with a reason.";
    TaskReject = "task.reject", "reject", LIST, Some(Update), "Reject, with a reason.";
    TaskPriority = "task.priority", "priority", LIST, Some(Update), "Change the priority.";
    TaskDue = "task.due", "due", LIST, Some(Update), "Change the due time.";
    TaskOwner = "task.owner", "owner", LIST, Some(Reassign), "Give the task to somebody.";
    NoteAdd = "note.add", "note", LIST, Some(Note), "Write a note on the task.";
    TaskEdit = "task.edit", "edit", LIST, Some(Update), "Edit the task in a form.";
    TaskEditExternal = "task.edit-external", "$EDITOR", LIST, Some(Update), "Edit the task in your own editor.";
    DocumentNew = "doc.new", "document", DOCUMENTS, Some(Document), "Begin a document about this task.";
    TaskNew = "task.new", "new", LIST, Some(Create), "Make a new task.";
    Flag = "flag", "flag", LIST, None, "Set or take away a flag, here only.";
    TaskSnooze = "task.snooze", "snooze", LIST, None, "Put out of sight for a while, here only; never a STAT.";
    Repeat = "repeat", "repeat", LIST, None, "Repeat the last verb on this task.";
    Undo = "undo", "undo", SCREENS, None, "Take back what you did last in this run: before it is sent, or by writing the old values.";
    Redo = "redo", "redo", SCREENS, None, "Do again what was taken back last.";

    SectionAdd = "section.add", "add", OUTLINE, None, "Add a section behind this one.";
    SectionAddBelow = "section.add-child", "add beneath", OUTLINE, None, "Add a section beneath this one.";
    SectionDown = "section.down", "move down", OUTLINE, None, "Move the section down.";
    SectionUp = "section.up", "move up", OUTLINE, None, "Move the section up.";
    SectionIn = "section.in", "further in", OUTLINE, None, "Put the section beneath the one before it.";
    SectionOut = "section.out", "further out", OUTLINE, None, "Put the section behind the one that it stands beneath.";
    SectionDrop = "section.drop", "take out", OUTLINE, None, "Take the section out, with those beneath it.";
    SectionFields = "section.fields", "fields", OUTLINE, None, "Edit the section's title, code, author, mode and records.";
    SectionFold = "section.fold", "fold", OUTLINE, None, "Hide or show the sections beneath this one.";
    SectionJoin = "section.join", "join", OUTLINE, None, "Put the next section's text behind this one's.";
    SectionSplit = "section.split", "split", PROSE, None, "Make a section of its own of what stands behind the cursor.";
    ProblemNext = "problem.next", "next problem", OUTLINE, None, "Go to the next thing to correct.";
    ProblemPrevious = "problem.previous", "problem before", OUTLINE, None, "Go to the thing to correct before.";
    ProblemList = "problem.list", "problems", OUTLINE, None, "List everything that is to be corrected.";
    DocHeader = "doc.header", "header", OUTLINE, None, "Edit the header of the document in a form.";
    DocReview = "doc.review", "review, send", EDITOR, None, "Show all that would be sent, then send it.";
    DocCompare = "doc.compare", "compare", AMENDED, None, "Show what is changed beside what its source has, word by word.";
    DocSearch = "doc.search", "search", EDITOR, None, "Search all sections, and replace.";
    DocTasks = "doc.tasks", "insert tasks", EDITOR, None, "Put the marked tasks into the text, with their ids.";
    DocExternal = "doc.edit-external", "$EDITOR", OUTLINE, None, "Edit the document as Markdown in your own editor.";
    DocUndo = "doc.undo", "undo", EDITOR, None, "Take the last change of the document back.";
    DocRedo = "doc.redo", "redo", EDITOR, None, "Do again what was taken back.";

    OutboxRetry = "outbox.retry", "try now", OUTBOX, None, "Try the write now, and let its source's queue go on.";
    OutboxDrop = "outbox.drop", "let go", OUTBOX, None, "Let the write go, after a question.";
    JournalRead = "journal.read", "read again", JOURNAL, None, "Read the journal again.";
    DocumentAppend = "doc.append", "add to it", OF_DOCUMENTS, Some(Document), "Begin a document that adds to this one.";
    DocumentDelete = "doc.delete", "remove", OF_DOCUMENTS, Some(Document), "Remove the document from its source, after a question.";
    DocumentsAll = "documents.all", "whose", OF_DOCUMENTS, None, "Show everybody's documents, or one patient's again.";
    DraftDrop = "draft.drop", "throw away", DRAFTS, None, "Throw the draft away, after a question.";

    MoveDown = "move.down", "down", MOVES, None, "Go one row down.";
    MoveUp = "move.up", "up", MOVES, None, "Go one row up.";
    MoveTop = "move.top", "top", MOVES, None, "Go to the first row.";
    MoveBottom = "move.bottom", "bottom", MOVES, None, "Go to the last row.";
    MovePageDown = "move.page-down", "page down", MOVES, None, "Go one page down.";
    MovePageUp = "move.page-up", "page up", MOVES, None, "Go one page up.";

    PaneOpen = "pane.open", "open", MOVES, None, "Open what is selected.";
    PaneNext = "pane.next", "other pane", MOVES, None, "Go to the other pane.";
    PaneClose = "pane.close", "close", GLOBAL, None, "Close what is on top.";
    Detail = "detail", "detail", LIST, None, "Show or hide the detail of the selected task.";

    FilterEdit = "filter.edit", "filter", LIST, None, "Edit the filter; the rows follow while you type.";
    FilterClear = "filter.clear", "no filter", LIST, None, "Clear the typed filter.";
    View1 = "view.1", "view 1", VIEWS, None, "Show view 1.";
    View2 = "view.2", "view 2", VIEWS, None, "Show view 2.";
    View3 = "view.3", "view 3", VIEWS, None, "Show view 3.";
    View4 = "view.4", "view 4", VIEWS, None, "Show view 4.";
    View5 = "view.5", "view 5", VIEWS, None, "Show view 5.";
    View6 = "view.6", "view 6", VIEWS, None, "Show view 6.";
    View7 = "view.7", "view 7", VIEWS, None, "Show view 7.";
    View8 = "view.8", "view 8", VIEWS, None, "Show view 8.";
    View9 = "view.9", "view 9", VIEWS, None, "Show view 9.";
    ViewAll = "view.all", "all", VIEWS, None, "Show every task.";
    ViewPrevious = "view.previous", "previous view", VIEWS, None, "Show the view before this one.";
    ViewNext = "view.next", "next view", VIEWS, None, "Show the view after this one.";
    ViewSave = "save-view", "save view", LIST, None, "Save the typed filter as a view: save-view NAME KEY.";
    ViewHeld = "view.held", "held", VIEWS, None, "Show or leave out what systems hold back until later.";
    ViewSnoozed = "view.snoozed", "snoozed", VIEWS, None, "Show or leave out what is snoozed.";
    GoUrgent = "go.urgent", "hidden urgent", LIST, None, "Show the urgent tasks that the filter hides.";
    GoPatient = "go.patient", "same patient", LIST, None, "Show the other tasks of this patient.";
    GoOutbox = "go.outbox", "unsent", SCREENS_AND_EDITOR, None, "Show the writes that are not settled.";
    GoDocuments = "go.documents", "documents", SCREENS, None, "Show the documents of this patient, with the drafts.";
    GoDrafts = "go.drafts", "drafts", SCREENS, None, "Show the drafts: text that was begun and not sent.";
    GoJournal = "go.journal", "journal", SCREENS, None, "Show what you did from here, and what came of it.";
    ProfileSwitch = "profile.switch", "profile", VIEWS, None, "Go to another profile: profile NAME, or from a list.";
    GoSources = "go.sources", "sources", SCREENS, None, "Show the sources and how they are.";

    MarkToggle = "mark.toggle", "mark", LIST, None, "Mark or unmark the task.";
    MarkRange = "mark.range", "mark range", LIST, None, "Mark every task from the last mark to here.";
    MarkAll = "mark.all", "mark all", LIST, None, "Mark every task that is shown.";
    MarkNone = "mark.none", "unmark all", LIST, None, "Remove all marks.";
    MarkRestore = "mark.restore", "restore marks", LIST, None, "Bring back the marks that were removed last.";

    CopyId = "copy.id", "copy id", LIST, None, "Copy the id of the task.";
    CopyPatient = "copy.patient", "copy patient", LIST, None, "Copy the patient's name, birth date and id.";
    CopyText = "copy.text", "copy text", LIST, None, "Copy the text of the task.";
    CopyJson = "copy.json", "copy JSON", LIST, None, "Copy the task as JSON.";
    CopyLink = "copy.link", "copy link", LIST, None, "Copy the address of the task.";
    Why = "why", "why here", LIST, None, "Say why the row stands where it stands.";
    Explain = "explain", "explain filter", LIST, None, "Say which terms of the filter each server runs and which run here.";

    RefreshView = "refresh.view", "refresh", REFRESHED, None, "Merge arrivals and ask the sources of this view again.";
    RefreshAll = "refresh.all", "refresh all", VIEWS, None, "Ask every source for everything again.";
    Palette = "palette", "commands", GLOBAL, None, "Open the command palette.";
    Help = "help", "help", GLOBAL, None, "Show the keys that work here.";
    Redraw = "redraw", "redraw", GLOBAL, None, "Draw the whole screen again.";
    Suspend = "suspend", "suspend", GLOBAL, None, "Stop the program until the shell brings it back.";
    Quit = "quit", "quit", GLOBAL, None, "Close what is open; with nothing open, leave the program.";

    SearchNext = "search.next", "next", SEARCH, None, "Go to the next match.";
    SearchPrevious = "search.previous", "match before", SEARCH, None, "Go to the match before.";
    SearchField = "search.field", "other line", SEARCH, None, "Go from what is looked for to what is put in its place, and back.";
    SearchReplace = "search.replace", "replace", SEARCH, None, "Replace this match and go to the next.";
    SearchReplaceAll = "search.replace-all", "replace all", SEARCH, None, "Replace every match that is counted, as one step.";
    InputAccept = "input.accept", "accept", INPUT, None, "Accept what was typed or picked.";
    InputCancel = "input.cancel", "back", INPUT, None, "Leave without a change.";
    InputComplete = "input.complete", "complete", INPUT, None, "Complete the word; again for the next proposal.";
    InputCompleteBack = "input.complete-back", "complete back", INPUT, None, "Go back to the proposal before.";
    HistoryOlder = "history.older", "older", HISTORY, None, "Bring back what was typed before.";
    HistoryNewer = "history.newer", "newer", HISTORY, None, "Go back to what was typed later.";
    FormNext = "form.next", "next field", FORM, None, "Go to the next field.";
    FormPrevious = "form.previous", "previous field", FORM, None, "Go to the field before.";
    FieldsTake = "fields.take", "take", FIELDS, None, "Take what was typed into the document.";
    FormSubmit = "form.submit", "send", FORM, None, "Check the form and go on to sending it.";
    ConfirmYes = "confirm.yes", "yes", CONFIRM, None, "Yes, do it.";
    ConfirmAgain = "confirm.again", "send again", CONFIRM, None, "Send a refused write, or one of unknown outcome, again under the same key.";
    ConfirmEdit = "confirm.edit", "correct", CONFIRM, None, "Correct a refused write in the form and send it anew.";
    ConfirmDrop = "confirm.drop", "let go", CONFIRM, None, "Let a refused write, or one of unknown outcome, go: it is not sent again.";
    CompareNext = "compare.next", "next change", COMPARE, None, "Go to the next part that is changed.";
    ComparePrevious = "compare.previous", "change before", COMPARE, None, "Go to the part before that is changed.";
    CompareWhole = "compare.whole", "all words", COMPARE, None, "Show all words, or only those about the changes.";
    ConflictMine = "conflict.mine", "yours", CONFLICT, None, "Keep your value of this part; a note is added to theirs.";
    ConflictTheirs = "conflict.theirs", "theirs", CONFLICT, None, "Take what is there now in this part.";
    ConflictBase = "conflict.base", "as before", CONFLICT, None, "Go back to what this part was before both changes.";
    ConflictEdit = "conflict.edit", "edit", CONFLICT, None, "Type another value for this part.";
    ConflictAllMine = "conflict.all-mine", "all yours", CONFLICT, None, "Keep your value of every part that you changed.";
    ConflictAllTheirs = "conflict.all-theirs", "all theirs", CONFLICT, None, "Take what is there now in every part that you changed.";
    ConflictSend = "conflict.send", "send", CONFLICT, None, "Send what was decided, built on what is there now.";
    ConfirmKeep = "confirm.keep", "keep as it is", CONFIRM, None, "Take what is pasted as it is, marks and all.";
    ConfirmNo = "confirm.no", "no", CONFIRM, None, "No, leave everything as it is.";
    FirstRunDemo = "first-run.demo", "demo", FIRST_RUN, None, "Try the program on synthetic patients.";
    FirstRunConnect = "first-run.connect", "connect", FIRST_RUN, None, "Connect a real source.";

    EditLeft = "edit.left", "left", INPUT, None, "Go one character to the left.";
    EditRight = "edit.right", "right", INPUT, None, "Go one character to the right.";
    EditUp = "edit.up", "line up", LONG_TEXT, None, "Go one line up in a long text.";
    EditDown = "edit.down", "line down", LONG_TEXT, None, "Go one line down in a long text.";
    EditHome = "edit.home", "start", INPUT, None, "Go to the start of the line.";
    EditEnd = "edit.end", "end", INPUT, None, "Go to the end of the line.";
    EditWordLeft = "edit.word-left", "word left", INPUT, None, "Go one word to the left.";
    EditWordRight = "edit.word-right", "word right", INPUT, None, "Go one word to the right.";
    EditBackspace = "edit.backspace", "backspace", INPUT, None, "Remove the character before the cursor.";
    EditDelete = "edit.delete", "delete", INPUT, None, "Remove the character under the cursor.";
    EditKillWord = "edit.kill-word", "kill word", INPUT, None, "Remove the word before the cursor.";
    EditKillToStart = "edit.kill-to-start", "kill to start", INPUT, None, "Remove everything before the cursor.";
    EditKillToEnd = "edit.kill-to-end", "kill to end", INPUT, None, "Remove everything after the cursor.";
    EditNewLine = "edit.new-line", "new line", INPUT, None, "Begin a new line in a long text.";
    TextSentenceLeft = "text.sentence-left", "sentence left", PROSE, None, "Go to the beginning of the sentence.";
    TextSentenceRight = "text.sentence-right", "sentence right", PROSE, None, "Go to the next sentence.";
    TextMark = "text.mark", "select", PROSE, None, "From here on moves select; again to let go.";
    TextCopy = "text.copy", "copy", PROSE, None, "Copy what is selected; with nothing selected, go to the outline.";
    TextCut = "text.cut", "cut", PROSE, None, "Cut what is selected.";
    TextYank = "text.yank", "put back", PROSE, None, "Put in what was cut or copied last.";
    SelectLeft = "select.left", "select left", PROSE, None, "Select one character to the left.";
    SelectRight = "select.right", "select right", PROSE, None, "Select one character to the right.";
    SelectUp = "select.up", "select up", PROSE, None, "Select up to the row above.";
    SelectDown = "select.down", "select down", PROSE, None, "Select down to the row beneath.";
    SelectHome = "select.home", "select to home", PROSE, None, "Select to the start of the row.";
    SelectEnd = "select.end", "select to end", PROSE, None, "Select to the end of the row.";
    SelectWordLeft = "select.word-left", "to word left", PROSE, None, "Select one word to the left.";
    SelectWordRight = "select.word-right", "to word right", PROSE, None, "Select one word to the right.";
}

impl Action {
    /// Its name in keymaps and in the palette.
    pub fn id(self) -> &'static str {
        self.info().id
    }

    /// One or two words for the hint line.
    pub fn label(self) -> &'static str {
        self.info().label
    }

    /// What it does, a whole sentence.
    pub fn sentence(self) -> &'static str {
        self.info().sentence
    }

    /// What the source of the selected task must be able to do.
    pub fn needs(self) -> Option<Capability> {
        self.info().needs
    }

    /// The action of an id.
    pub fn parse(id: &str) -> Option<Action> {
        ACTIONS.iter().find(|info| info.id == id).map(|info| info.action)
    }

    /// Whether it can be bound in a context.
    pub fn works_in(self, context: Context) -> bool {
        let contexts = self.info().contexts;
        contexts.contains(&context) || contexts.contains(&Context::Global)
    }

    /// The number of the view that it shows, for `view.1` to `view.9`.
    pub fn view_number(self) -> Option<u8> {
        let number = (self as u8).checked_sub(Action::View1 as u8)?;
        (number < 9).then_some(number + 1)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_action_finds_its_own_row() {
        for info in ACTIONS {
            assert_eq!(info.action.info(), info);
            assert_eq!(Action::parse(info.id), Some(info.action));
        }
    }

    #[test]
    fn ids_are_unique_and_sentences_are_whole() {
        let ids: BTreeSet<_> = ACTIONS.iter().map(|info| info.id).collect();
        assert_eq!(ids.len(), ACTIONS.len());
        for info in ACTIONS {
            assert!(info.sentence.ends_with('.'), "{}", info.id);
            assert!(info.sentence.starts_with(char::is_uppercase), "{}", info.id);
            assert!(!info.label.is_empty() && info.label.len() <= 14, "{}", info.id);
            assert!(!info.contexts.is_empty(), "{}", info.id);
        }
    }

    #[test]
    fn the_nine_views_have_their_numbers_and_nothing_else_has() {
        let numbers: Vec<_> = ACTIONS.iter().filter_map(|info| info.action.view_number()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(Action::View1.view_number(), Some(1));
        assert_eq!(Action::View9.view_number(), Some(9));
    }

    #[test]
    fn every_context_can_be_named() {
        for context in Context::ALL {
            assert_eq!(Context::parse(context.name()), Some(context));
        }
    }
}
