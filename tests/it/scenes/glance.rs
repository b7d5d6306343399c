//! What can be seen of the program: letters and roles of the screen, calls, effects and a few named facts.
//!
//! Must not change anything.

use super::document;
use super::stage::{Stage, Waiting};
use ratatui::{buffer::Buffer, layout::Rect};
use rounds::{
    app::{
        Effect, State,
        kept::Change,
        layers::Layer,
        outbox::{Intent, IntentState},
        screens::worklist::rows::{Shown, shown_at},
        source::Link,
        writes::Fate,
    },
    domain::{
        document::DocumentField,
        people::PersonKind,
        task::{Field, Patch, Task, TaskKey},
    },
    providers::{Call, DocumentCall, clinikapi::create_body},
    ui::{self, role::Role, theme::Theme},
};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// A letter for each role, in the order of [`Role::ALL`].
const ROLE_LETTERS: &str = ".dTh-,SAUr?Oo>K+n^#x~gmu_!LEYBaewGktsMfFibp";

fn grid(buffer: &Buffer, letter: impl Fn(u16, u16) -> String) -> Vec<String> {
    let area = buffer.area;
    let mut lines = Vec::new();
    for y in area.top()..area.bottom() {
        let mut line = String::from("|");
        let mut x = area.left();
        while x < area.right() {
            line.push_str(&letter(x, y));
            x += (buffer[(x, y)].symbol().width() as u16).max(1);
        }
        lines.push(line + "|");
    }
    lines
}

pub(super) fn letters(buffer: &Buffer) -> Vec<String> {
    grid(buffer, |x, y| buffer[(x, y)].symbol().to_owned())
}

pub(super) fn roles(state: &State) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, state.size.width, state.size.height));
    ui::paint(state, &Theme::tracer(), &mut buffer);
    let letters: Vec<char> = ROLE_LETTERS.chars().collect();
    assert_eq!(letters.len(), Role::ALL.len());
    grid(&buffer, |x, y| {
        let cell = &buffer[(x, y)];
        let role = Theme::traced(cell.fg).unwrap_or_else(|| panic!("cell {x},{y} has no role"));
        letters[role as usize].to_string().repeat(cell.symbol().width().max(1))
    })
}

/// Nothing on the screen can steer a terminal or turn a line round.
pub(super) fn assert_inert(buffer: &Buffer) {
    for cell in &buffer.content {
        let steers = |character: char| {
            character.is_control()
                || matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!cell.symbol().contains(steers), "{:?}", cell.symbol());
    }
}

pub(super) fn calls(stage: &mut Stage) -> Vec<String> {
    let Stage { calls, keys, state, .. } = stage;
    calls.iter().map(|waiting| call(state, keys, waiting)).collect()
}

fn call(state: &State, keys: &mut Vec<String>, waiting: &Waiting) -> String {
    let source = &state.sources[usize::from(waiting.source.0)].name;
    let mut key = |key: &String| {
        let place = keys.iter().position(|known| known == key).unwrap_or_else(|| {
            keys.push(key.clone());
            keys.len() - 1
        });
        format!("key{}", place + 1)
    };
    let text = match &waiting.call {
        Call::SearchTasks { search, cursor, .. } => {
            let priority = search.priority.as_ref().map(|word| format!(" prio={word}")).unwrap_or_default();
            let cursor = cursor.as_ref().map(|cursor| format!(" from={cursor}")).unwrap_or_default();
            let status = search.status.as_ref().map(|word| format!(" status={word}")).unwrap_or_default();
            format!("search{priority}{status}{cursor}")
        }
        Call::ReadTask { id } => format!("read {id}"),
        Call::CreateTask { draft, idempotency_key } => {
            format!("create {} {}", key(idempotency_key), create_body(draft))
        }
        Call::UpdateTask { base, patch, idempotency_key } => {
            format!("update {} {} {}", base.key.id, key(idempotency_key), body(patch))
        }
        Call::DeleteTask { id } => format!("delete {id}"),
        Call::FindCreated { .. } => "find created".to_owned(),
        Call::Document(call) => document_call(call, &mut key),
        Call::ReadPerson { kind: PersonKind::Patient, id } => format!("patient {id}"),
        Call::ReadPerson { kind: PersonKind::Practitioner, id } => format!("practitioner {id}"),
        Call::ReadPerson { kind: PersonKind::List, id } => format!("list {id}"),
        Call::Changes { since } => format!("changes since {since:?}"),
        Call::ReadHistory { id } => format!("history {id}"),
        Call::SearchPeople { kind, name } => format!("people {kind:?} {name:?}"),
        Call::Probe => "probe".to_owned(),
    };
    visible(&format!("{source} {text}"))
}

fn document_call(call: &DocumentCall, key: &mut impl FnMut(&String) -> String) -> String {
    match call {
        DocumentCall::Search { search, cursor, .. } => {
            let patient = search.patient.as_ref().map(|id| format!(" patient={id}")).unwrap_or_default();
            let cursor = cursor.as_ref().map(|cursor| format!(" from={cursor}")).unwrap_or_default();
            format!("documents{patient}{cursor}")
        }
        DocumentCall::Read { id } => format!("read document {id}"),
        DocumentCall::Create { draft, idempotency_key } => {
            format!(
                "create document {} {:?}, {} sections",
                key(idempotency_key),
                draft.title,
                draft.section_count()
            )
        }
        DocumentCall::Update { base, document, idempotency_key } => {
            let changed: Vec<_> = document.changed(base).into_iter().map(DocumentField::name).collect();
            format!("update document {} {} {}", base.key.id, key(idempotency_key), changed.join(","))
        }
        DocumentCall::Delete { id } => format!("delete document {id}"),
        DocumentCall::FindCreated { .. } => "find created document".to_owned(),
    }
}

fn body(patch: &Patch) -> Value {
    let Value::Object(mut fields) = create_body(&patch.values) else { return Value::Null };
    fields.retain(|name, _| Field::parse(name).is_some_and(|field| patch.fields.contains(&field)));
    for field in &patch.fields {
        if !fields.keys().any(|name| Field::parse(name) == Some(*field)) {
            fields.insert(field.name().to_owned(), Value::String(String::new()));
        }
    }
    Value::Object(fields)
}

pub(super) fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Bell => "bell".to_owned(),
        Effect::Title(text) => format!("title {text}"),
        Effect::Copy(what, text) => format!("copy {what}: {text}"),
        Effect::EditExternally(text) => format!("edit {text:?}"),
        Effect::EditDocument { text, line } => format!("edit at {line} {text:?}"),
        Effect::SaveView { name, key, query } => format!("save view {name} on {key}: {query}"),
        Effect::Store(changes) => changes.iter().map(change).collect::<Vec<_>>().join(", "),
        Effect::RenewCredential(source) => format!("renew credential {}", source.0),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn change(change: &Change) -> String {
    match change {
        Change::SetMark(mark) => {
            let until = mark.until.map(|until| format!(" until {until}")).unwrap_or_default();
            format!("keep {} of {}/{}{until}", mark.kind.name(), mark.source, mark.task)
        }
        Change::ClearMark { kind, source, task } => format!("drop {} of {source}/{task}", kind.name()),
        Change::PutView { name, state } => format!("keep {name}: {state}"),
        Change::DropDraft(_) => "drop draft".to_owned(),
        Change::DropWrite(_) => "drop write".to_owned(),
        Change::Note(deed) => format!("note {}: {}", deed.kind.name(), deed.line),
        other => format!("{other:?}"),
    }
}

/// `name = value` of one named fact; the value written in the scene is not looked at.
pub(super) fn fact(stage: &mut Stage, line: &str) -> String {
    let name = line.split(" =").next().unwrap_or(line);
    let value = value(stage, name);
    visible(&format!("{name} = {value}")).trim_end().to_owned()
}

fn value(stage: &mut Stage, name: &str) -> String {
    let state = &stage.state;
    let list = &state.worklist;
    let ids = |keys: &mut dyn Iterator<Item = TaskKey>| {
        keys.map(|key| key.id.to_string()).collect::<Vec<_>>().join(" ")
    };
    match name {
        "cursor" => list.selected.as_ref().map_or("nothing".to_owned(), |task| task.key.id.to_string()),
        "place" => list.cursor.to_string(),
        "screen line" => (list.cursor - list.offset).to_string(),
        "offset" => list.offset.to_string(),
        "visible rows" => state.geometry().visible_rows().to_string(),
        "rows" => (0..list.len()).filter_map(|place| row(state, place)).collect::<Vec<_>>().join(" "),
        "row count" => list.len().to_string(),
        "marks" => ids(&mut list.marks.iter().cloned()),
        "shown" => list.counts.shown.to_string(),
        "total" => list.counts.total.to_string(),
        "hidden STAT" => list.counts.hidden_stat.to_string(),
        "hidden overdue" => list.counts.hidden_overdue.to_string(),
        "hidden unknown" => list.counts.hidden_unknown.to_string(),
        "unseen STAT" => list.counts.unseen_stat.to_string(),
        "mine" => list.counts.mine.to_string(),
        "frozen" => list.is_frozen(state.now).to_string(),
        "arrivals" => format!("{} new, {} STAT", list.arrivals.0, list.arrivals.1),
        "filter" => list.query_text.clone(),
        "typed filter" => list.filter.as_ref().map_or("(closed)".to_owned(), |line| line.text.text()),
        "filter problems" => {
            let problems = list.parsed.iter().flat_map(|parsed| &parsed.problems);
            problems.map(|problem| problem.sentence.as_str()).collect::<Vec<_>>().join(" ")
        }
        "view" => list.view.map_or("none".to_owned(), |place| list.views[place].name.clone()),
        "screen" => format!("{:?}", state.screen),
        "pane" => format!("{:?}", list.pane),
        "changed" => state.changed.to_string(),
        "quitting" => state.quitting.to_string(),
        "people" => state.people.len().to_string(),
        "toast" => state.toast.as_ref().map_or("nothing".to_owned(), |toast| toast.text.clone()),
        "pending" => state.pending.iter().map(ToString::to_string).collect(),
        "layers" => state.layers.iter().map(layer).collect::<Vec<_>>().join(" "),
        "confirm" => confirm(state),
        "problem" => problem(state),
        "form" => form(state),
        "outbox" => {
            let intents = state.outbox.intents().iter();
            intents.map(|intent| intent_state(state, intent)).collect::<Vec<_>>().join(", ")
        }
        "queue stopped" => {
            let stopped = |source: &rounds::app::source::Source| state.outbox.stopped(source.id);
            state.sources.iter().find_map(stopped).unwrap_or("no").to_owned()
        }
        "links" => {
            let link =
                |source: &rounds::app::source::Source| format!("{} {}", source.name, link(&source.link));
            state.sources.iter().map(link).collect::<Vec<_>>().join(", ")
        }
        "freshness" => {
            let sources = state.sources.iter();
            sources.map(|source| source.freshness(state.now)).collect::<Vec<_>>().join(", ")
        }
        "detail columns" => state.geometry().detail.map_or(0, |area| area.width).to_string(),
        "editor" => document::editor(state),
        "sections" => document::sections(state),
        "written" => document::written(state),
        "to correct" => document::problems(state),
        "drafts" => state.drafts.iter().map(|draft| draft.title.as_str()).collect::<Vec<_>>().join(" / "),
        _ => match name.split_once(' ') {
            Some(("task", id)) => task(state, id),
            Some(("stored", id)) if id.starts_with("document ") => {
                let id = id.trim_start_matches("document ");
                let found = stage.worlds.values().find_map(|world| world.documents.find(id));
                found.map_or("gone".to_owned(), |found| {
                    format!("{:?}: {}", found.title, document::sections_of(&found))
                })
            }
            Some(("stored", id)) => stored(stage, id),
            _ => panic!("what is the fact {name}?"),
        },
    }
}

fn row(state: &State, place: usize) -> Option<String> {
    Some(match shown_at(state, place)? {
        Shown::Task(task) => task.key.id.to_string(),
        Shown::Ghost(task) => format!("({})", task.key.id),
    })
}

fn layer(layer: &Layer) -> &'static str {
    match layer {
        Layer::Help(_) => "help",
        Layer::Palette(_) => "palette",
        Layer::Confirm(_) => "confirm",
        Layer::Ask(_) => "ask",
        Layer::Conflict(_) => "conflict",
        Layer::Compare(_) => "compare",
        Layer::Form(_) => "form",
        Layer::Pick(_) => "pick",
        Layer::Results(_) => "results",
        Layer::Line(_) => "line",
        Layer::DocForm(_) => "header",
        Layer::Review(_) => "review",
        Layer::Search(_) => "search",
        Layer::Tell(_) => "tell",
    }
}

/// What would become of each task of the question on top.
fn confirm(state: &State) -> String {
    let Some(Layer::Confirm(confirm)) = state.layers.last() else { return "nothing".to_owned() };
    let items = confirm.items.iter().map(|item| match &item.fate {
        Fate::Will { caution: Some(caution), .. } => format!("{} [{caution}]", item.line),
        Fate::Will { .. } => item.line.clone(),
        Fate::AlreadySo => format!("{} [so already]", item.line),
        Fate::Cannot(reason) => format!("{} [cannot: {reason}]", item.line),
    });
    items.collect::<Vec<_>>().join(" / ")
}

fn problem(state: &State) -> String {
    let problem = match state.layers.last() {
        Some(Layer::Confirm(confirm)) => confirm.problem.clone(),
        Some(Layer::Conflict(conflict)) => conflict.problem.clone(),
        Some(Layer::Form(form)) => form.form.problem.clone(),
        Some(Layer::Pick(picker)) => picker.problem.clone(),
        _ => None,
    };
    problem.unwrap_or_else(|| "none".to_owned())
}

/// The edited fields of the form and those with problems.
fn form(state: &State) -> String {
    let form = state.layers.iter().find_map(|layer| match layer {
        Layer::Form(form) => Some(form),
        _ => None,
    });
    let Some(form) = form else { return "closed".to_owned() };
    let fields = form.form.fields.iter().filter(|field| field.is_edited() || field.problem.is_some());
    let mut parts: Vec<String> = fields
        .map(|field| {
            let problem = field.problem.as_ref().map(|problem| format!(" [{problem}]")).unwrap_or_default();
            format!("{}={:?}{problem}", field.path(), field.text.text())
        })
        .collect();
    if form.sending.is_some() {
        parts.push("sending".to_owned());
    }
    parts.extend(form.review.iter().map(|line| format!("review: {line}")));
    parts.join("; ")
}

fn intent_state(state: &State, intent: &Intent) -> String {
    let word = match &intent.state {
        IntentState::Saving => "saving".to_owned(),
        IntentState::Held { until } => format!("held {} s", until.as_second() - state.now.as_second()),
        IntentState::Waiting { not_before: Some(at), .. } => {
            format!("waiting {} s", at.as_second() - state.now.as_second())
        }
        IntentState::Waiting { .. } => "waiting".to_owned(),
        IntentState::Sending(_) => "sending".to_owned(),
        IntentState::ToLook { at, .. } => format!("to look in {} s", at.as_second() - state.now.as_second()),
        IntentState::Looking(..) => "looking".to_owned(),
        IntentState::Unknown { found, .. } => format!("unknown, {} found", found.len()),
        IntentState::Refused { .. } => "refused".to_owned(),
    };
    let what = intent.key().map_or("new", |key| &key.id);
    format!("{what} {word}")
}

fn link(link: &Link) -> String {
    match link {
        Link::Unheard => "unheard".to_owned(),
        Link::Live => "live".to_owned(),
        Link::Degraded { sentence, .. } => format!("degraded: {sentence}"),
        Link::Paused { sentence, .. } => format!("paused: {sentence}"),
        Link::Stopped { sentence } => format!("stopped: {sentence}"),
    }
}

/// A task as the list shows it.
fn task(state: &State, id: &str) -> String {
    let keys = state.source_ids().into_iter().map(|source| TaskKey { source, id: id.into() });
    let row = keys.into_iter().find_map(|key| state.store.find(&key));
    row.and_then(|row| state.store.task(row)).map_or("not there".to_owned(), |task| json(&task))
}

/// A task as its source has it.
fn stored(stage: &Stage, id: &str) -> String {
    stage.worlds.values().find_map(|world| world.task(id)).map_or("not there".to_owned(), json)
}

fn json(task: &Task) -> String {
    create_body(task).to_string()
}

/// The text with everything that could hide in a scene file written as an escape.
fn visible(text: &str) -> String {
    let hidden = |character: char| {
        character.is_control()
            || matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|character| {
            if hidden(character) { format!("\\u{:04x}", u32::from(character)) } else { character.to_string() }
        })
        .collect()
}
