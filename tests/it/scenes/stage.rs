//! The fake hand: a virtual clock, timers in their order, a store that keeps writes, a terminal of cells.
//!
//! Must not answer a call by itself: a scene says when and how.

use super::{
    glance, kept, kinds, reply,
    script::{self, Block},
    world::{self, World},
};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, layout::Rect};
use rounds::{
    app::{
        Effect, Msg, State,
        geometry::Size,
        kept::{Handover, JournalPage, Kept, Verdict},
        keys::{Chord, Keymap, read_bindings},
        msg::{Mouse, TimerId},
        outbox::{CallId, IntentId},
        screens::worklist::View,
        source::{Badge, Source},
        state::Keeping,
        update,
    },
    domain::{task::SourceId, time::Timestamp},
    providers::{Call, SourceProfile},
    ui::{self, theme::Theme},
};
use std::collections::{BTreeMap, VecDeque};

/// A call that nobody has answered yet.
pub(super) struct Waiting {
    pub(super) id: CallId,
    pub(super) source: SourceId,
    pub(super) call: Call,
}

/// Everything of one scene.
pub(super) struct Stage {
    pub(super) state: State,
    pub(super) start: Timestamp,
    pub(super) now: Timestamp,
    pub(super) worlds: BTreeMap<SourceId, World>,
    pub(super) calls: Vec<Waiting>,
    /// Idempotency keys in the order in which they were first seen.
    pub(super) keys: Vec<String>,
    timers: BTreeMap<TimerId, Timestamp>,
    to_keep: Vec<IntentId>,
    to_let_go: Vec<String>,
    keeps_by_hand: bool,
    /// Whether the store that another process holds was asked for.
    is_store_asked: bool,
    /// What the store says when the journal is read.
    journal: Result<JournalPage, String>,
    effects: Vec<String>,
    frames: usize,
    screen: Buffer,
}

/// A settled state is reached within so many messages; more is a loop.
const MOST_MESSAGES: usize = 10_000;

impl Stage {
    /// A program that is about to draw its first frame.
    pub(super) fn new(head: &Block) -> Stage {
        let field = |name: &str| {
            head.body.iter().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(' ')?.trim()))
        };
        let start: Timestamp = field("now").unwrap_or("2026-11-21T03:00:00Z").parse().unwrap();
        let zone = jiff::tz::TimeZone::get(field("zone").unwrap_or("UTC")).unwrap();
        let size = size(field("size").unwrap_or("80x24"));
        let mut keymap = Keymap::default();
        let mut state = State::new(start, zone, size, Keymap::default(), 1);
        let mut keeps_by_hand = false;
        for line in &head.body {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "now" | "zone" | "size" => {}
                "source" => add_source(&mut state, rest),
                "profiles" => {
                    state.profiles = rest.split(' ').map(str::to_owned).collect();
                    state.profile = state.profiles[0].clone();
                }
                "view" => state.worklist.views.push(view(rest)),
                "bind" => {
                    let (bindings, problems) = read_bindings(&rest.replace("\\n", "\n"));
                    assert!(problems.is_empty() && keymap.patch(&bindings).is_empty(), "{rest}");
                }
                "read-only" => state.settings.read_only = true,
                "key-field" => state.settings.whole_row_selection = false,
                "undo" => state.settings.undo_window_s = world::seconds(rest) as u32,
                "no-bell" => state.settings.bell = None,
                "store" if rest == "on disk" => state.keeping = Keeping::OnDisk,
                "store" if rest == "another's" => {
                    state.is_store_reader = true;
                    state.keeping = Keeping::Refused(
                        "Not kept: another rounds (process 12) writes here, this one only reads.".to_owned(),
                    );
                }
                "store" if rest.starts_with("refused ") => {
                    state.keeping = Keeping::Refused(rest["refused ".len()..].to_owned());
                }
                "store" if rest.starts_with("in memory ") => {
                    state.keeping = Keeping::InMemory(rest["in memory ".len()..].to_owned());
                }
                "store" => keeps_by_hand = rest == "by hand",
                _ => panic!("line {}: what is {word}?", head.line),
            }
        }
        state.keymap = keymap;
        let worlds =
            state.sources.iter().map(|source| (source.id, World::of(source.id, &source.can))).collect();
        let mut stage = Stage {
            state,
            start,
            now: start,
            worlds,
            calls: Vec::new(),
            keys: Vec::new(),
            timers: BTreeMap::new(),
            to_keep: Vec::new(),
            to_let_go: Vec::new(),
            keeps_by_hand,
            is_store_asked: false,
            journal: Ok(JournalPage { deeds: Vec::new(), verdict: Verdict::Whole { rows: 0 } }),
            effects: Vec::new(),
            frames: 0,
            screen: Buffer::empty(Rect::default()),
        };
        stage.draw();
        stage
    }

    /// Lets one thing happen, and what follows from it without anybody's help.
    pub(super) fn tell(&mut self, msg: Msg) {
        let mut messages = VecDeque::from([msg]);
        for _ in 0..MOST_MESSAGES {
            let Some(msg) = messages.pop_front() else { return };
            for effect in update(&mut self.state, self.now, msg) {
                messages.extend(self.act(effect));
            }
        }
        panic!("it does not settle");
    }

    fn act(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::Call { id, source, call } | Effect::Send { id, source, call, .. } => {
                self.calls.push(Waiting { id, source, call });
            }
            Effect::CancelReads(of) => {
                self.calls.retain(|waiting| waiting.source != of || waiting.call.writes());
            }
            Effect::Timer { id, at } => drop(self.timers.insert(id, at)),
            Effect::GoOn(generation) => return Some(Msg::GoOn(generation)),
            Effect::Keep(intent) if self.keeps_by_hand => self.to_keep.push(intent.id),
            Effect::LetGo { key, changes } => {
                self.effects.push(glance::effect(&Effect::Store(changes)));
                if !self.keeps_by_hand {
                    return Some(Msg::LetGo { key, outcome: Ok(()) });
                }
                self.to_let_go.push(key);
            }
            Effect::Keep(intent) => return Some(Msg::Stored { id: intent.id, outcome: Ok(()) }),
            Effect::StoreDraft { draft, revision } => {
                return Some(Msg::DraftStored { id: draft.id, revision, outcome: Ok(()) });
            }
            Effect::ReadJournal => return Some(Msg::JournalRead(self.journal.clone())),
            Effect::ClaimStore { .. } => self.is_store_asked = true,
            Effect::Forget(..) | Effect::Note(_) | Effect::Adopt(_) => {}
            told => self.effects.push(glance::effect(&told)),
        }
        None
    }

    /// Draws a frame if something has changed since the last.
    fn draw(&mut self) {
        if !std::mem::take(&mut self.state.changed) {
            return;
        }
        let Size { width, height } = self.state.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut last_page = 0;
        terminal.draw(|frame| last_page = ui::draw(&self.state, &Theme::default(), frame)).unwrap();
        self.state.last_page = last_page;
        self.screen = terminal.backend().buffer().clone();
        self.frames += 1;
        glance::assert_inert(&self.screen);
    }

    /// Takes the oldest call whose short text contains the words.
    pub(super) fn take_call(&mut self, words: &str) -> Option<Waiting> {
        let texts = glance::calls(self);
        let place = texts.iter().position(|text| text.contains(words))?;
        Some(self.calls.remove(place))
    }

    /// Lets one block happen; everything in it comes before the next frame.
    pub(super) fn play(&mut self, block: &Block) {
        let rest = block.rest.as_str();
        match block.word.as_str() {
            "start" => self.tell(Msg::Start),
            "world" => {
                let source = self.source(rest);
                let start = self.start;
                let world = self.worlds.get_mut(&source).unwrap();
                block.body.iter().for_each(|line| world.set(source, start, line));
            }
            "serve" => self.serve(rest),
            "reply" => reply::play(self, block),
            "stored" => {
                for id in std::mem::take(&mut self.to_keep) {
                    let outcome = if rest.is_empty() { Ok(()) } else { Err(rest.to_owned()) };
                    self.tell(Msg::Stored { id, outcome });
                }
            }
            "let-go" => {
                for key in std::mem::take(&mut self.to_let_go) {
                    let outcome = if rest.is_empty() { Ok(()) } else { Err(rest.to_owned()) };
                    self.tell(Msg::LetGo { key, outcome });
                }
            }
            "held" | "freed" => {
                assert!(std::mem::take(&mut self.is_store_asked), "line {}: nobody asked", block.line);
                let writes = block.body.iter().map(|line| kept::stranger(self.start, line)).collect();
                let kept = Box::new(Kept { writes, ..Kept::default() });
                let claim = if block.word == "held" { Handover::Seen(kept) } else { Handover::Ours(kept) };
                self.tell(Msg::Claimed(claim));
            }
            "journal" => {
                self.journal = match rest.strip_prefix("unreadable ") {
                    Some(sentence) => Err(sentence.to_owned()),
                    None => Ok(kept::journal(self.start, rest, &block.body)),
                };
            }
            "drafts" => {
                self.state.drafts = block.body.iter().map(|line| kept::draft(self.start, line)).collect();
            }
            "strangers" => {
                let start = self.start;
                self.state.strangers = block.body.iter().map(|line| kept::stranger(start, line)).collect();
            }
            "keys" => self.keys(rest),
            "paste" => self.tell(Msg::Paste(script::words(rest).remove(0).0)),
            "edited" => {
                let text = block.body.join("\n");
                self.tell(Msg::Edited(Ok((!text.is_empty()).then_some(text))));
            }
            "resize" => self.tell(Msg::Resize(size(rest))),
            "focus" => self.tell(Msg::Focus(true)),
            "click" | "wheel" | "drag" => self.mouse(&block.word, rest),
            "wait" => return self.wait(world::seconds(rest)),
            "terminate" => self.tell(Msg::Terminate),
            "saved" => {
                let (name, problem) = rest.split_once(' ').unwrap_or((rest, ""));
                let outcome = if problem.is_empty() { Ok(()) } else { Err(problem.to_owned()) };
                self.tell(Msg::ViewSaved { name: name.to_owned(), outcome });
            }
            word => panic!("line {}: what is {word}?", block.line),
        }
        self.draw();
    }

    /// What an `expect` block is about, as it is now.
    pub(super) fn seen(&mut self, block: &Block) -> Vec<String> {
        match block.rest.as_str() {
            "screen" | "lines" | "no lines" => glance::letters(&self.screen),
            "roles" => glance::roles(&self.state),
            "calls" => glance::calls(self),
            "effects" => std::mem::take(&mut self.effects),
            "frames" => vec![std::mem::take(&mut self.frames).to_string()],
            "timers" => {
                let after = |at: &Timestamp| at.as_second() - self.now.as_second();
                self.timers.iter().map(|(id, at)| format!("{id:?} in {} s", after(at))).collect()
            }
            "state" => block.body.iter().map(|line| glance::fact(self, line)).collect(),
            what => panic!("line {}: what is {what}?", block.line),
        }
    }

    /// The screen and what is under way, for a failed comparison.
    pub(super) fn report(&mut self) -> String {
        let calls = glance::calls(self);
        format!("at the end\n{}\ncalls {calls:#?}", glance::letters(&self.screen).join("\n"))
    }

    /// The source of a name; the first without one.
    pub(super) fn source(&self, name: &str) -> SourceId {
        let named = |source: &&Source| name.is_empty() || source.name == name;
        self.state.sources.iter().find(named).unwrap_or_else(|| panic!("no source {name}")).id
    }

    /// Answers from the worlds until nothing is asked any more; only one source's calls where it is named.
    fn serve(&mut self, name: &str) {
        let only = (!name.is_empty()).then(|| self.source(name));
        for _ in 0..MOST_MESSAGES {
            let served = |waiting: &Waiting| {
                !waiting.call.writes() && only.is_none_or(|source| source == waiting.source)
            };
            let Some(place) = self.calls.iter().position(served) else { return };
            let waiting = self.calls.remove(place);
            let outcome = self.worlds.get_mut(&waiting.source).unwrap().answer(&waiting.call);
            reply::give(self, waiting.id, outcome);
        }
        panic!("it asks without an end");
    }

    /// Lets time pass, and every timer fire in its order.
    fn wait(&mut self, seconds: i64) {
        let until = self.now + jiff::SignedDuration::from_secs(seconds);
        for _ in 0..MOST_MESSAGES {
            let due = self.timers.iter().filter(|(_, at)| **at <= until).min_by_key(|(id, at)| (**at, **id));
            let Some((id, at)) = due.map(|(id, at)| (*id, *at)) else {
                self.now = until;
                return;
            };
            self.timers.remove(&id);
            self.now = self.now.max(at);
            self.tell(Msg::Timer(id));
            self.draw();
        }
        panic!("its timers never rest");
    }

    /// Presses keys: named as in a keymap, `j*200` for many, text in quotes.
    fn keys(&mut self, line: &str) {
        for (word, quoted) in script::words(line) {
            if quoted {
                word.chars().for_each(|character| self.tell(Msg::Key(Chord::char(character))));
                continue;
            }
            let (name, times) = match word.rsplit_once('*') {
                Some((name, times)) if !name.is_empty() => (name, times.parse().unwrap()),
                _ => (word.as_str(), 1),
            };
            let chords = rounds::app::keys::parse_sequence(name).unwrap_or_else(|_| panic!("{name}: no key"));
            for _ in 0..times {
                for chord in &chords {
                    self.tell(Msg::Key(*chord));
                }
            }
        }
    }

    fn mouse(&mut self, what: &str, rest: &str) {
        let numbers: Vec<i16> = rest.split(' ').map(|number| number.parse().unwrap()).collect();
        let cell = |place: usize| numbers[place].unsigned_abs();
        self.tell(Msg::Mouse(match what {
            "click" => Mouse::Press { column: cell(0), row: cell(1) },
            "drag" => Mouse::Drag { column: cell(0), row: cell(1) },
            _ => Mouse::Wheel { lines: numbers[0], column: cell(1), row: cell(2) },
        }));
    }
}

fn size(text: &str) -> Size {
    let (width, height) = text.split_once('x').expect("WIDTHxHEIGHT");
    Size { width: width.parse().unwrap(), height: height.parse().unwrap() }
}

/// `NAME TAG kind=opendental role=auditor changes me=ID lag=10 poll=60 page=100 badge=synthetic readonly`.
fn add_source(state: &mut State, rest: &str) {
    let words = script::words(rest);
    let (name, tag) = (words[0].0.clone(), words[1].0.clone());
    let value = |name: &str| script::value(&words, name);
    let number = |name: &str, usual: u32| value(name).map_or(usual, |text| text.parse().unwrap());
    let has = |flag: &str| words.iter().any(|(word, _)| word == flag);
    let me = value("me").map(str::to_owned);
    state.add_source(|id| {
        let profile = SourceProfile {
            source: id,
            me: me.clone(),
            read_only: has("readonly"),
            ..SourceProfile::default()
        };
        let mut can = kinds::can(&words, profile);
        can.pace.search_lag_s = number("lag", can.pace.search_lag_s);
        can.page_count = number("page", u32::from(can.page_count)) as u16;
        Source {
            me,
            badge: match value("badge") {
                Some("live") => Badge::Live,
                Some("test") => Badge::Test,
                _ => Badge::Synthetic,
            },
            url: "http://127.0.0.1:1".to_owned(),
            poll_s: number("poll", 60),
            ..Source::new(id, &name, &tag, can)
        }
    });
}

/// `KEY NAME QUERY`, with `| COLUMN COLUMN` after it where the view has its own columns.
fn view(rest: &str) -> View {
    let (head, columns) = rest.split_once(" | ").unwrap_or((rest, ""));
    let mut parts = head.splitn(3, ' ').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let columns = columns.split_whitespace().map(str::to_owned).collect();
    View { key: next(), name: next(), query: next(), columns }
}
