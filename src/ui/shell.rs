//! The lines round the worklist: the bar with view and filter, the band, the counts and the hints.
//!
//! Must not name a key: keys come from the live key map.

use super::{
    ink::{Ink, Pen},
    role::Role,
    widgets::input,
};
use crate::{
    app::{
        action::{Action, Context},
        layers::{Layer, ask::Then, confirm::What},
        outbox::Intent,
        screens::{Screen, worklist::FilterLine},
        source::{Badge, Link},
        state::State,
        undo, update,
        writes::{self, withdraw},
    },
    domain::clean::Clean,
};
use ratatui::layout::Rect;
use std::ops::Range;

const DOT: Clean = Clean::from_static(" · ");

/// Paints the top line: the view and its filter, or the filter being typed; whose data these are at its right end.
pub fn bar(ink: &mut Ink<'_>, state: &State, area: Rect) {
    let left = badges(ink, state, area);
    let worklist = &state.worklist;
    if let Some(line) = &worklist.filter {
        ink.pen(left).word(Role::HintKey, "/");
        let room = Rect { x: left.x + 1, width: left.width.saturating_sub(1), ..left };
        let text = line.text.text();
        input::paint(ink, room, &text, Some(line.text.cursor().1), &bad_ranges(state, leading(&text)));
        return;
    }
    let mut pen = ink.pen(left);
    let view = worklist.view.and_then(|place| worklist.views.get(place));
    match view {
        Some(view) => {
            pen.word(Role::Text, " ").say(Role::HintKey, &Clean::line(&view.key));
            pen.word(Role::Text, " ").say(Role::Title, &Clean::line(&view.name));
        }
        None if worklist.caption.is_some() => {
            let caption = Clean::line(worklist.caption.as_deref().unwrap_or(""));
            pen.word(Role::Text, " ").say(Role::Title, &caption);
        }
        None if worklist.query_text.is_empty() => {
            pen.word(Role::Text, " ").word(Role::Title, "Everything");
        }
        None => {
            pen.word(Role::Text, " ").word(Role::Title, "Filter");
        }
    }
    pen.skip(2);
    let rest = Rect { x: pen.x(), width: pen.left(), ..left };
    input::show(ink, rest, &worklist.query_text, None, &bad_ranges(state, 0));
}

fn leading(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The byte ranges of the filter that were not understood, moved by what stands before it.
fn bad_ranges(state: &State, shift: usize) -> Vec<Range<usize>> {
    let problems = state.worklist.parsed.iter().flat_map(|parsed| &parsed.problems);
    problems.map(|problem| problem.at.start + shift..problem.at.end + shift).collect()
}

/// Paints the badges at the right end and gives what is left of the line.
pub(super) fn badges(ink: &mut Ink<'_>, state: &State, area: Rect) -> Rect {
    let mut words: Vec<(Role, Clean)> = Vec::new();
    if state.settings.read_only {
        words.push((Role::BadgeTest, Clean::from_static(" READ-ONLY ")));
    }
    for badge in [Badge::Live, Badge::Unknown, Badge::Test, Badge::Synthetic] {
        if state.sources.iter().any(|source| source.badge == badge) {
            words.push((badge_role(badge), Clean::format(format_args!(" {} ", badge.word()))));
        }
    }
    let cells: u16 = words.iter().map(|(_, word)| word.width() as u16).sum();
    // On a very narrow screen the filter keeps half of the line.
    let cells = cells.min(area.width / 2);
    let mut pen = ink.pen(Rect { x: area.right().saturating_sub(cells), width: cells, ..area });
    for (role, word) in &words {
        pen.say(*role, word);
    }
    Rect { width: area.width.saturating_sub(cells + 1), ..area }
}

/// How a badge looks.
pub fn badge_role(badge: Badge) -> Role {
    match badge {
        Badge::Live => Role::BadgeLive,
        Badge::Test => Role::BadgeTest,
        Badge::Synthetic => Role::BadgeSynthetic,
        Badge::Unknown => Role::Warning,
    }
}

/// Paints the band: what has arrived, and what needs the user; the most pressing first.
pub fn band(ink: &mut Ink<'_>, state: &State, area: Rect) {
    let mut pen = ink.pen(area);
    for (role, words) in &band_says(state) {
        pen.say(*role, words).skip(1);
    }
}

fn band_says(state: &State) -> Vec<(Role, Clean)> {
    let worklist = &state.worklist;
    let mut says: Vec<(Role, Clean)> = Vec::new();
    if worklist.counts.unseen_stat > 0 {
        let key = key_of(state, Action::GoUrgent);
        let count = worklist.counts.unseen_stat;
        says.push((Role::Banner, Clean::format(format_args!(" {count} new STAT ({key} shows) "))));
    }
    let (new, stat) = worklist.arrivals;
    if new > 0 {
        let key = key_of(state, Action::RefreshView);
        let stat = if stat > 0 { format!(", {stat} STAT") } else { String::new() };
        says.push((Role::Arrivals, Clean::format(format_args!(" +{new} new{stat} ({key} merges) "))));
    }
    if let Some(sentence) = state.keeping.trouble() {
        says.push((Role::Error, Clean::format(format_args!(" {sentence} "))));
    }
    let needy: Vec<&Intent> = state.outbox.intents().iter().filter(|intent| intent.needs_user()).collect();
    if let Some(first) = needy.first() {
        let more = if needy.len() > 1 { format!(" and {} more", needy.len() - 1) } else { String::new() };
        let key = key_of(state, Action::GoOutbox);
        says.push((Role::Error, Clean::format(format_args!(" not settled: {}{more} ({key}) ", first.line))));
    }
    for source in &state.sources {
        if let Some(sentence) = state.outbox.holds_back(source.id).filter(|_| source.takes_writes()) {
            let words = Clean::format(format_args!(" {}: its writes wait: {sentence} ", source.name));
            says.push((Role::Error, words));
        }
        if let Some(sentence) = source.trouble(state.now) {
            let is_stopped = matches!(source.link, Link::Stopped { .. });
            let role = if is_stopped { Role::Error } else { Role::Warning };
            says.push((role, Clean::format(format_args!(" {}: {sentence} ", source.name))));
        }
    }
    says
}

/// Whether the band stands on the screen and says the same whole.
fn band_repeats(state: &State, text: &Clean, width: u16) -> bool {
    let mut end = 0;
    state.screen == Screen::Worklist
        && state.layers.is_empty()
        && state.geometry().band.height > 0
        && band_says(state).iter().any(|(_, words)| {
            end += words.width() + 1;
            words.as_str().trim() == text.as_str() && end <= usize::from(width) + 1
        })
}

/// From this rank on a part goes before another is shortened.
const LEAST_RANK: u8 = 7;

/// One part of the counts: how much it matters, what it says.
struct Part {
    rank: u8,
    role: Role,
    text: Clean,
    /// What it says where there is less room.
    short: Option<Clean>,
}

impl Part {
    fn new(rank: u8, role: Role, text: Clean) -> Part {
        Part { rank, role, text, short: None }
    }
}

/// Paints the counts: what is shown, what is hidden, how old the data are. Where the line is short the least
/// pressing parts go whole; what is hidden and urgent never goes.
pub fn counts(ink: &mut Ink<'_>, state: &State, area: Rect) {
    ink.fill(area, Role::StatusLine);
    let mut parts = parts(state);
    let needed = |parts: &[Part]| -> usize { parts.iter().map(|part| part.text.width() + DOT.width()).sum() };
    while needed(&parts) > usize::from(area.width) + 2 && parts.len() > 1 {
        let least = parts.iter().enumerate().max_by_key(|(_, part)| part.rank);
        let (least, rank) = least.map_or((None, 0), |(place, part)| (Some(place), part.rank));
        // What is owed gives way before a sentence is shortened, and that before anything else goes.
        if rank < LEAST_RANK
            && let Some((words, part)) = parts.iter_mut().find_map(|part| Some((part.short.take()?, part)))
        {
            part.text = words;
            continue;
        }
        match least.filter(|place| parts.get(*place).is_some_and(|part| part.rank > 0)) {
            Some(place) => drop(parts.remove(place)),
            None => break,
        }
    }
    let mut pen = ink.pen(area);
    pen.word(Role::StatusLine, " ");
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            pen.say(Role::StatusLine, &DOT);
        }
        pen.say(part.role, &part.text);
    }
}

fn parts(state: &State) -> Vec<Part> {
    let counts = &state.worklist.counts;
    let plain = |rank: u8, text: Clean| Part::new(rank, Role::StatusLine, text);
    let going_on = if state.worklist.scanning { "…" } else { "" };
    // A source that gives no way to the rest has nobody know how many there are.
    let more = if state.sources.iter().any(|source| source.at_least.is_some()) { "+" } else { "" };
    let mut parts = vec![plain(
        1,
        Clean::format(format_args!("shown {} of {}{more}{going_on}", counts.shown, counts.total)),
    )];
    let hidden: Vec<String> = [
        (counts.hidden_stat, "STAT"),
        (counts.hidden_overdue, "overdue"),
        (counts.hidden_unknown, "unknown"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if !hidden.is_empty() {
        let key = key_of(state, Action::GoUrgent);
        let text = Clean::format(format_args!("hidden: {} ({key})", hidden.join(", ")));
        parts.push(Part::new(0, Role::StatusAlert, text));
    }
    if counts.held > 0 {
        let key = key_of(state, Action::ViewHeld);
        parts.push(plain(2, Clean::format(format_args!("held {} ({key})", counts.held))));
    }
    if counts.snoozed > 0 {
        let key = key_of(state, Action::ViewSnoozed);
        parts.push(plain(2, Clean::format(format_args!("snoozed {} ({key})", counts.snoozed))));
    }
    let marked = state.worklist.marks.len();
    if marked > 0 {
        parts.push(plain(1, Clean::format(format_args!("marked {marked}"))));
    }
    let unsent = state.outbox.intents().iter().filter(|intent| !intent.needs_user()).count();
    if unsent > 0 {
        parts.push(plain(1, Clean::format(format_args!("^ {unsent} unsent"))));
    }
    let conflicts = state.outbox.intents().iter().filter(|intent| intent.is_conflict()).count();
    let needy = state.outbox.intents().iter().filter(|intent| intent.needs_user()).count() - conflicts;
    if needy > 0 {
        let key = key_of(state, Action::GoOutbox);
        let verb = if needy == 1 { "needs" } else { "need" };
        let text = Clean::format(format_args!("{needy} {verb} your word ({key})"));
        let short = Some(Clean::format(format_args!("x {needy} ({key})")));
        parts.push(Part { short, ..Part::new(1, Role::StatusAlert, text) });
    }
    if conflicts > 0 {
        let key = key_of(state, Action::GoOutbox);
        let plural = if conflicts == 1 { "" } else { "s" };
        let text = Clean::format(format_args!("# {conflicts} conflict{plural} ({key})"));
        parts.push(Part::new(1, Role::StatusAlert, text));
    }
    for source in &state.sources {
        let is_old = source.is_stale(state.now) && source.link != Link::Unheard;
        let role = if is_old { Role::StatusAlert } else { Role::StatusLine };
        parts.push(Part::new(1, role, Clean::line(&source.freshness(state.now))));
        if let Some(least) = source.at_least {
            let text = format_args!("{} {least} or more: the system gives no more", source.tag);
            let short = Clean::format(format_args!("{} {least}+", source.tag));
            parts.push(Part { short: Some(short), ..plain(3, Clean::format(text)) });
        }
        if source.dropped > 0 {
            parts.push(plain(
                4,
                Clean::format(format_args!("{} rows of {} unreadable", source.dropped, source.tag)),
            ));
        }
    }
    parts.push(plain(6, Clean::format(format_args!("STAT {}", counts.stat))));
    parts.push(plain(7, Clean::format(format_args!("overdue {}", counts.overdue))));
    parts.push(plain(8, Clean::format(format_args!("unowned {}", counts.unowned))));
    parts.push(plain(9, Clean::format(format_args!("mine {}", counts.mine))));
    if let Some(proxy) = &state.settings.proxy {
        parts.push(plain(3, Clean::format(format_args!("proxy {proxy}"))));
    }
    parts
}

/// The easiest key of an action, for a sentence.
pub fn key_of(state: &State, action: Action) -> Clean {
    let key = state.keymap.keys_for(action).into_iter().next();
    key.map_or_else(|| Clean::format(format_args!(":{}", action.id())), |key| Clean::line(&key))
}

/// Paints the last line: what can follow the keys typed so far, what is wrong with the filter, or what the keys do
/// here. A dialog has its own such line.
pub fn hints(ink: &mut Ink<'_>, state: &State, area: Rect) {
    let mut pen = ink.pen(area);
    pen.word(Role::Text, " ");
    if !state.layers.is_empty() {
        return;
    }
    if let Some(line) = state.worklist.filter.as_ref().filter(|_| state.pending.is_empty())
        && filter_help(&mut pen, state, line)
    {
        return;
    }
    keys(&mut pen, state, &update::contexts(state));
}

/// Lines that a message may take.
const TOAST_LINES: usize = 4;

/// Paints the messages, over everything: in the last line, or in a block above band and counts where they are longer. What
/// is held back stands beneath any other message as long as it can be taken back.
pub fn toast(ink: &mut Ink<'_>, state: &State) {
    let withdrawn = withdraw::line(state);
    let held = undo::held_line(state).filter(|_| withdrawn.is_none());
    let standing = withdrawn.or(held.as_ref().map(undo::HeldLine::whole));
    let standing = standing.map(|line| (Role::Text, Clean::line(&line)));
    let said = state
        .toast
        .as_ref()
        .map(|toast| (if toast.is_warning { Role::Warning } else { Role::Text }, Clean::line(&toast.text)));
    let area = ink.area();
    let said = said.filter(|(_, text)| !band_repeats(state, text, area.width));
    let messages: Vec<(Role, Clean)> = said.into_iter().chain(standing).collect();
    let Some((role, text)) = messages.first() else { return };
    let width = usize::from(area.width.saturating_sub(2));
    let fits = messages.len() == 1 && text.width() <= width;
    // A dialog is read and answered: a message may not lie over it.
    if fits || area.height < 6 || !state.layers.is_empty() {
        let last = Rect { y: area.bottom().saturating_sub(1), height: area.height.min(1), ..area };
        ink.fill(last, Role::Text);
        let mut pen = ink.pen(last);
        pen.skip(1);
        if let Some(held) = held.filter(|_| messages.len() == 1 && !fits) {
            // When it goes is never cut.
            let when = Clean::format(format_args!(" — {}", held.when));
            pen.say(*role, &Clean::line(&held.line).truncate(width.saturating_sub(when.width())));
            pen.say(*role, &when);
        } else {
            pen.say(*role, text);
        }
        return;
    }
    let lines: Vec<(Role, Clean)> = messages
        .iter()
        .flat_map(|(role, text)| wrapped(text, width).into_iter().map(|line| (*role, line)))
        .take(usize::from(area.height - 3))
        .collect();
    let height = lines.len() as u16;
    // What the band says stays in sight.
    let foot = match state.screen {
        Screen::Worklist => 2 + state.geometry().band.height,
        _ => 1,
    };
    let block = Rect { y: area.bottom().saturating_sub(foot + height), height, ..area };
    ink.fill(block, Role::Layer);
    for (y, (role, line)) in (block.y..).zip(&lines) {
        ink.pen(Rect { y, height: 1, ..block }).skip(1).say(*role, line);
    }
}

/// A message in as many lines as it may take.
fn wrapped(text: &Clean, width: usize) -> Vec<Clean> {
    let mut lines = text.wrap(width);
    let hidden = lines.split_off(lines.len().min(TOAST_LINES));
    if let (Some(last), Some(more)) = (lines.last_mut(), hidden.first()) {
        *last = Clean::format(format_args!("{last} {more}")).truncate(width);
    }
    lines
}

/// Completions of the word being typed, or what was not understood; whether there was either.
fn filter_help(pen: &mut Pen<'_, '_>, state: &State, line: &FilterLine) -> bool {
    for (place, completion) in line.completions.iter().enumerate().skip(line.chosen.unwrap_or(0)) {
        let role = if line.chosen == Some(place) { Role::KeyField } else { Role::HintKey };
        pen.say(role, &Clean::line(&completion.text)).word(Role::Text, " ");
        if line.chosen == Some(place) && !completion.hint.is_empty() {
            pen.say(Role::HintText, &Clean::line(&completion.hint)).word(Role::Text, " ");
        }
    }
    if !line.completions.is_empty() {
        return true;
    }
    let parsed = state.worklist.parsed.as_ref();
    let Some(problem) = parsed.and_then(|parsed| parsed.problems.first()) else { return false };
    pen.say(Role::Warning, &Clean::line(&problem.sentence));
    if let Some(word) = &problem.did_you_mean {
        pen.say(Role::HintText, &Clean::format(format_args!(" Did you mean {word}?")));
    }
    true
}

/// Actions whose keys are shown at the end of the line, in this order, as long as there is room.
const ALWAYS: [Action; 3] = [Action::Help, Action::Palette, Action::FilterEdit];

/// Where an action stands among the hints of these contexts: the way on first, then answers to a question, what takes back
/// last; what everybody's fingers know is left out.
fn hint_rank(contexts: &[Context], action: Action) -> Option<u8> {
    match action {
        // The verbs of a task are the way on there.
        Action::PaneOpen if contexts.contains(&Context::Worklist) => Some(4),
        Action::DocumentNew if contexts.contains(&Context::Worklist) => Some(2),
        Action::PaneOpen | Action::FirstRunDemo | Action::FirstRunConnect => Some(0),
        Action::SearchNext
        | Action::SearchReplace
        | Action::SearchReplaceAll
        | Action::ConfirmYes
        | Action::ConflictSend
        | Action::FormSubmit
        | Action::FieldsTake
        | Action::InputAccept
        | Action::DocReview
        | Action::DocHeader => Some(1),
        Action::TaskAck
        | Action::TaskTake
        | Action::TaskStart
        | Action::TaskDone
        | Action::ConfirmNo
        | Action::InputCancel
        | Action::ConflictMine
        | Action::ConflictTheirs
        | Action::ConflictBase
        | Action::ConflictEdit => Some(2),
        Action::MoveDown
        | Action::MoveUp
        | Action::MoveTop
        | Action::MoveBottom
        | Action::MovePageDown
        | Action::MovePageUp
        | Action::InputCompleteBack
        | Action::Redraw
        | Action::Suspend => None,
        action if action.id().starts_with("edit.") => None,
        Action::Undo | Action::Redo => Some(4),
        _ => Some(3),
    }
}

/// Not every key of a context does something in each of its dialogs: a question about a write that was not done has
/// its own answers, and only the filter and the palette have words to complete.
fn does_something(state: &State, contexts: &[Context], action: Action) -> bool {
    let yes_or_no = matches!(state.layers.last(), Some(Layer::Ask(_)));
    let asks = match state.layers.last() {
        Some(Layer::Confirm(confirm)) => Some(&confirm.what),
        _ => None,
    };
    if let Some(Layer::Results(results)) = state.layers.last() {
        let outcomes = undo::outcomes(state, results.of);
        return match action {
            Action::ConfirmAgain => !undo::failed(state, &outcomes).is_empty(),
            Action::ConfirmDrop
            | Action::ConfirmEdit
            | Action::ConfirmKeep
            | Action::ConfirmYes
            | Action::ConfirmNo => false,
            _ => true,
        };
    }
    // The three ways on from there have keys of their own.
    if contexts.contains(&Context::FirstRun) && matches!(action, Action::PaneOpen | Action::PaneClose) {
        return false;
    }
    let reviews = matches!(state.layers.last(), Some(Layer::Review(_)));
    match action {
        Action::ConfirmAgain | Action::ConfirmDrop | Action::ConfirmEdit | Action::PaneClose if reviews => {
            false
        }
        Action::DocCompare => state.editor.as_deref().is_some_and(|editor| !editor.creates()),
        Action::ConfirmKeep => {
            matches!(state.layers.last(), Some(Layer::Ask(ask)) if matches!(ask.then, Then::Paste(_)))
        }
        Action::ConfirmYes | Action::ConfirmNo if yes_or_no => true,
        Action::ConfirmAgain | Action::ConfirmDrop | Action::ConfirmEdit | Action::PaneClose if yes_or_no => {
            false
        }
        Action::ConfirmAgain | Action::ConfirmDrop => !matches!(asks, Some(What::Do(..))),
        Action::ConfirmEdit => match asks {
            Some(What::Refused(id)) => state.outbox.get(*id).is_none_or(|intent| !intent.wish.removes()),
            asks => asks.is_none(),
        },
        Action::ConfirmYes => matches!(asks, Some(What::Do(..)) | None),
        Action::PaneClose => asks.is_none(),
        Action::InputComplete => {
            contexts.iter().any(|context| matches!(context, Context::Filter | Context::Palette))
        }
        Action::HistoryOlder | Action::HistoryNewer => contexts.contains(&Context::Filter),
        _ => true,
    }
}

/// What the keys do in these contexts, as many as there is room for; help stands at the end always.
pub fn keys(pen: &mut Pen<'_, '_>, state: &State, contexts: &[Context]) {
    let is_sequence = !state.pending.is_empty();
    let mut hints = state.keymap.hints(contexts, &state.pending);
    if !is_sequence {
        let rank = |action| hint_rank(contexts, action);
        hints.retain(|(_, action)| rank(*action).is_some() && does_something(state, contexts, *action));
        hints.sort_by_key(|(_, action)| rank(*action));
    }
    let (mut end, middle): (Vec<_>, Vec<_>) =
        hints.into_iter().partition(|(_, action)| !is_sequence && ALWAYS.contains(action));
    end.sort_by_key(|(_, action)| ALWAYS.iter().position(|always| always == action));
    // Help first claims its room, then the others; they are painted the other way round.
    let mut reserved = 0;
    let whole = pen.left();
    end.retain(|(key, action)| {
        let fits = reserved + cells(state, key, *action) <= whole / 2;
        reserved += if fits { cells(state, key, *action) } else { 0 };
        fits || *action == Action::Help
    });
    for (key, action) in &middle {
        if pen.left() < cells(state, key, *action) + reserved {
            break;
        }
        hint(pen, state, key, *action);
    }
    for (key, action) in end.iter().rev() {
        hint(pen, state, key, *action);
    }
}

/// What an action is called here. "Was it done?" is left open by what elsewhere says no: it must not read as an answer.
fn label(state: &State, action: Action) -> &'static str {
    match (action, state.layers.last()) {
        (Action::ConfirmNo, Some(Layer::Confirm(confirm)))
            if matches!(confirm.what, What::Unknown(_) | What::Refused(_)) =>
        {
            "decide later"
        }
        _ => action.label(),
    }
}

fn cells(state: &State, key: &str, action: Action) -> u16 {
    (Clean::line(key).width() + label(state, action).len() + 3) as u16
}

fn hint(pen: &mut Pen<'_, '_>, state: &State, key: &str, action: Action) {
    let refused = writes::refusal(state, action).is_some();
    pen.say(Role::HintKey, &Clean::line(key)).word(Role::Text, " ");
    pen.word(if refused { Role::Struck } else { Role::HintText }, label(state, action)).skip(2);
}
