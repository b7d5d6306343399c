//! A run: the real machine and the real adapters between a network, a disk and servers that share one virtual clock.
//!
//! Must not decide anything for the program: it does what `runtime/actor.rs`, `runtime/link.rs` and the store do, on
//! a clock of its own.

mod wire;

use super::{
    disk::Disk,
    ledger::Ledger,
    network::Fate,
    rules::{Figures, Rot, Rules, systems},
    servers::{self, Servers, System},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rounds::{
    app::{
        Effect, Msg, State,
        geometry::Size,
        kept::{Change, DeedKind, write_id},
        keys::Keymap,
        msg::TimerId,
        outbox::{
            CallId, End, Intent, IntentId, IntentState,
            restore::{Home, Record, restore},
        },
        source::Source,
        state::{Ids, Keeping},
        update,
    },
    domain::task::SourceId,
    providers::{
        ApiError, Call, ErrorKind, Provider,
        wire::{WireReply, WireRequest},
    },
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::LazyLock,
};

/// When every run begins.
const START: &str = "2026-11-21T03:00:00Z";
/// Events of a run that are remembered.
const REMEMBERED: usize = 120;

/// A conversation under way.
struct Talk {
    source: SourceId,
    call: Call,
    heard: Vec<WireReply>,
    /// The key of the write that it is about.
    key: Option<String>,
}

enum Then {
    Nothing,
    /// The end of the write of this key is kept.
    Gone(String),
    Stored(IntentId, String),
    Begin(CallId, Box<Talk>),
    /// The write of this key is let go, with this end.
    LetGo(String, End),
}

struct Job {
    changes: Vec<Change>,
    then: Then,
}

/// One life of the program, from a start to a stop.
struct Program {
    state: State,
    adapters: Vec<Box<dyn Provider>>,
    talks: BTreeMap<CallId, Talk>,
    timers: BTreeMap<TimerId, Timestamp>,
    kept: BTreeMap<IntentId, (Record, String)>,
    jobs: VecDeque<Job>,
    /// Ends of writes that the store could not keep: they go with the next change.
    owed: Vec<(Vec<Change>, String)>,
}

impl Program {
    fn with_what_is_owed(&self, changes: &[Change]) -> Vec<Change> {
        let owed = self.owed.iter().flat_map(|(changes, _)| changes);
        owed.chain(changes).cloned().collect()
    }
}

/// A request on its way.
struct Sent {
    id: CallId,
    /// The how-manieth it is in its conversation.
    turn: usize,
    source: SourceId,
    request: WireRequest,
    fate: Fate,
    key: Option<String>,
}

enum Event {
    Timer(TimerId, Timestamp),
    Arrives(Box<Sent>),
    /// An answer to the request of this number in its conversation: later ones belong to nobody.
    Heard {
        id: CallId,
        turn: usize,
        reply: Box<WireReply>,
        told: bool,
    },
    Disk,
    User,
    Start,
    Stop,
}

/// Everything of one run.
pub(super) struct World {
    pub(super) rules: Rules,
    /// The systems of this run, by the places of their sources.
    systems: Vec<&'static System>,
    pub(super) chance: Ids,
    pub(super) ledger: Ledger,
    pub(super) servers: Servers,
    pub(super) disk: Disk,
    pub(super) figures: Figures,
    pub(super) written: usize,
    /// Everything that was said at the foot of the screen.
    pub(super) said: Vec<String>,
    /// Events since the first write was confirmed.
    since: u64,
    now_ms: i64,
    life: u32,
    program: Option<Program>,
    queue: BTreeMap<(i64, u64), (u32, Event)>,
    next: u64,
    log: VecDeque<String>,
}

impl World {
    /// A world whose program is about to start.
    pub(super) fn new(rules: Rules) -> World {
        let start: Timestamp = START.parse().unwrap();
        let disk = Disk::new(rules.disk, rules.fails_at, rules.rot == Rot::LyingDisk);
        let mut world = World {
            chance: Ids::new(rules.seed),
            systems: systems(rules.seed),
            ledger: Ledger::default(),
            servers: Servers::new(rules.seed, start),
            disk,
            figures: Figures::default(),
            written: 0,
            said: Vec::new(),
            since: 0,
            now_ms: 0,
            life: 0,
            program: None,
            queue: BTreeMap::new(),
            next: 0,
            log: VecDeque::new(),
            rules,
        };
        world.soon(0, Event::Start);
        world.soon(4_000, Event::User);
        world
    }

    /// The time of the run.
    pub(super) fn now(&self) -> Timestamp {
        let start: Timestamp = START.parse().unwrap();
        start + SignedDuration::from_millis(self.now_ms)
    }

    /// The system of a source.
    pub(super) fn system(&self, source: SourceId) -> &'static System {
        self.systems[usize::from(source.0)]
    }

    fn record(&self, intent: &Intent) -> Record {
        let name = self.system(intent.source).name;
        Record { source: name.to_owned(), origin: Some(origin(name)), intent: intent.clone() }
    }

    /// The state of the program, while one runs.
    pub(super) fn state(&mut self) -> Option<&mut State> {
        self.program.as_mut().map(|program| &mut program.state)
    }

    /// The last events, oldest first.
    pub(super) fn log(&self) -> String {
        self.log.iter().flat_map(|line| ["  ", line, "\n"]).collect()
    }

    /// Remembers a line.
    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
        if self.log.len() >= REMEMBERED {
            self.log.pop_front();
        }
        let line = format!("{:>9.3} s  {}", self.now_ms as f64 / 1_000.0, line());
        self.log.push_back(line);
    }

    /// No more faults from now on.
    pub(super) fn heal(&mut self) {
        (self.rules.network, self.rules.crash) = (0, 0);
        self.disk.heal();
        self.note(|| "everything is well again".to_owned());
    }

    fn soon(&mut self, after_ms: i64, event: Event) {
        self.next += 1;
        self.queue.insert((self.now_ms + after_ms.max(0), self.next), (self.life, event));
    }

    /// Lets the next thing happen; none when nothing will.
    pub(super) fn step(&mut self) -> Option<()> {
        let ((at, _), (life, event)) = self.queue.pop_first()?;
        self.now_ms = at;
        self.figures.events += 1;
        let is_of_this_life = life == self.life;
        if !self.ledger.entries.is_empty() {
            self.since += 1;
            if self.rules.stops_at == Some(self.since) {
                self.stop();
            }
        }
        match event {
            Event::Start if self.program.is_none() => self.start(),
            Event::Start | Event::Stop if self.program.is_none() => {}
            Event::Stop | Event::Start => self.stop(),
            Event::User => {
                super::user::act(self);
                // Whoever may take something back looks again within the window now and then.
                let most_ms = if self.rules.window_s > 0 { 8_000 } else { 15_000 };
                let after_ms = 1_000 + self.chance.below(most_ms) as i64;
                self.soon(after_ms, Event::User);
                if self.chance.below(1_000) < self.rules.crash {
                    // Between any two steps of what the user has just begun, or much later.
                    let after_ms = match self.chance.below(3) {
                        0 => self.chance.below(12),
                        1 => self.chance.below(400),
                        _ => self.chance.below(40_000),
                    };
                    self.soon(after_ms as i64, Event::Stop);
                }
            }
            Event::Arrives(sent) => self.arrives(&sent, is_of_this_life),
            Event::Timer(id, due) if is_of_this_life => {
                let timers = self.program.as_mut().map(|program| &mut program.timers);
                if timers.is_some_and(|timers| timers.get(&id) == Some(&due) && timers.remove(&id).is_some())
                {
                    self.tell(Msg::Timer(id));
                }
            }
            Event::Heard { id, turn, reply, told } if is_of_this_life => self.heard(id, turn, *reply, told),
            Event::Disk if is_of_this_life => self.work(),
            // It was of a program that is no more.
            Event::Timer(..) | Event::Heard { .. } | Event::Disk => {}
        }
        Some(())
    }

    fn start(&mut self) {
        self.life += 1;
        let now = self.now();
        // Few rows are read again at each change of the list.
        let size = Size { width: 80, height: 8 };
        let seed = self.rules.seed.wrapping_mul(1_000).wrapping_add(u64::from(self.life));
        let mut state = State::new(now, TimeZone::UTC, size, keymap(), seed);
        let mut adapters = Vec::new();
        for (place, system) in self.systems.iter().enumerate() {
            let adapter = servers::adapter(system, SourceId(place as u16));
            let (me, name) = (servers::me(system), system.name);
            state.add_source(|id| Source { me, ..Source::new(id, name, name, adapter.can()) });
            adapters.push(adapter);
        }
        state.keeping = Keeping::OnDisk;
        state.settings.undo_window_s = self.rules.window_s;
        let mut kept = self.disk.load();
        if self.rules.rot == Rot::ForgetsWhatWasOut {
            kept.writes.retain(|record| !matches!(record.intent.state, IntentState::Sending(_)));
        }
        let home = |name: &str| {
            let source = state.sources.iter().find(|source| source.name == name)?;
            let origin = origin(&source.name);
            Some(Home { source: source.id, origin, lag_s: source.can.pace.search_lag_s })
        };
        let mut next = 1_000_000;
        let restored = restore(kept.writes, now, kept.doubtful, &home, &mut || {
            next += 1;
            IntentId(next)
        });
        let mut program = Program {
            state,
            adapters,
            talks: BTreeMap::new(),
            timers: BTreeMap::new(),
            kept: BTreeMap::new(),
            jobs: VecDeque::new(),
            owed: Vec::new(),
        };
        self.ledger.taken_up(&restored.intents);
        for intent in restored.intents {
            program.kept.insert(intent.id, (self.record(&intent), intent.idempotency_key.clone()));
            program.state.outbox.confirm(intent);
        }
        self.note(|| format!("the program starts with {} writes", program.kept.len()));
        self.program = Some(program);
        self.tell(Msg::Start);
    }

    /// The machine stops between two steps: what is in memory is gone, what is on the wire may arrive or not.
    fn stop(&mut self) {
        let Some(program) = self.program.take() else { return };
        self.figures.crashes += 1;
        self.note(|| "the machine stops".to_owned());
        if let Some(job) = program.jobs.front()
            && self.chance.below(2) == 0
        {
            // The store had done its work, and nobody was told.
            let changes = program.with_what_is_owed(&job.changes);
            self.disk.apply(&changes, &mut self.chance).ok();
        }
        self.disk.stop();
        let chance = &mut self.chance;
        self.queue.retain(|_, (_, event)| !matches!(event, Event::Arrives(_)) || chance.below(2) == 0);
        let after_ms = 500 + self.chance.below(20_000) as i64;
        self.soon(after_ms, Event::Start);
    }

    /// Lets the program take a message, and does what it wants.
    pub(super) fn tell(&mut self, msg: Msg) {
        let now = self.now();
        let mut waiting = VecDeque::from([msg]);
        while let Some(msg) = waiting.pop_front() {
            let Some(program) = &mut self.program else { return };
            let effects = update(&mut program.state, now, msg);
            if let Some(toast) = &program.state.toast
                && self.said.last() != Some(&toast.text)
            {
                self.said.push(toast.text.clone());
                self.ledger.is_said(&toast.text);
            }
            for effect in effects {
                waiting.extend(self.act(effect));
            }
        }
    }

    fn act(&mut self, effect: Effect) -> Option<Msg> {
        match effect {
            // Names would be half of all requests, and no write waits for one.
            Effect::Call { id, call: Call::ReadPerson { .. }, .. } => {
                return Some(Msg::Heard {
                    id,
                    outcome: Box::new(Err(error(ErrorKind::NotFound, "Nobody has this id."))),
                });
            }
            Effect::Call { id, source, call } => {
                self.begin(id, Talk { source, call, heard: Vec::new(), key: None });
            }
            Effect::Send { id, source, call, intent } => {
                let key = intent.idempotency_key.clone();
                let is_kept =
                    self.disk.load().writes.iter().any(|record| record.intent.idempotency_key == key);
                self.note(|| format!("{:?} of “{}” is to go out", id, intent.line));
                let open = self.open();
                self.ledger.goes_out(&key, is_kept, &open);
                let talk = Talk { source, call, heard: Vec::new(), key: Some(key) };
                if self.rules.rot == Rot::SendsBeforeKept {
                    self.begin(id, talk);
                } else {
                    self.keep(&intent, Then::Begin(id, Box::new(talk)));
                }
            }
            Effect::Note(intent) => self.keep(&intent, Then::Nothing),
            Effect::Keep(intent) => {
                let system = self.system(intent.source).name;
                self.ledger.confirmed(&intent, system, self.servers.deeds());
                let key = intent.idempotency_key.clone();
                self.note(|| format!("“{}” is confirmed", intent.line));
                if self.rules.rot == Rot::SendsBeforeKept {
                    self.ledger.stored(&key, true);
                    self.keep(&intent, Then::Nothing);
                    return Some(Msg::Stored { id: intent.id, outcome: Ok(()) });
                }
                self.keep(&intent, Then::Stored(intent.id, key));
            }
            Effect::Forget(id, end) => {
                let found = self.program.as_mut().and_then(|program| program.kept.remove(&id));
                if let Some((record, key)) = found {
                    self.note(|| format!("“{}” has ended: {end:?}", record.intent.line));
                    self.ledger.ended(&key, &end, &self.servers);
                    self.job(Job {
                        changes: vec![Change::DropWrite(write_id(&record))],
                        then: Then::Gone(key),
                    });
                }
            }
            Effect::LetGo { key, changes } => {
                let end = changes.iter().find_map(ended_so).unwrap_or(End::Dropped);
                self.note(|| format!("{key} is to be let go: {end:?}"));
                self.ledger.is_let_go(&key, true);
                self.job(Job { changes, then: Then::LetGo(key.clone(), end) });
                if self.rules.rot == Rot::SaysUnsentTooEarly {
                    return Some(Msg::LetGo { key, outcome: Ok(()) });
                }
            }
            Effect::CancelReads(of) => {
                if let Some(program) = &mut self.program {
                    program.talks.retain(|_, talk| talk.source != of || talk.call.writes());
                }
            }
            Effect::Timer { id, at } => {
                if let Some(program) = &mut self.program {
                    program.timers.insert(id, at);
                }
                let after = at.duration_since(self.now()).as_millis();
                self.soon(
                    i64::try_from(after).unwrap_or(i64::MAX / 2).min(i64::MAX / 2),
                    Event::Timer(id, at),
                );
            }
            Effect::GoOn(generation) => return Some(Msg::GoOn(generation)),
            // What the terminal, the configuration and the clipboard would do has no part in this.
            _ => {}
        }
        None
    }

    fn keep(&mut self, intent: &Intent, then: Then) {
        let record = self.record(intent);
        if let Some(program) = &mut self.program {
            program.kept.insert(intent.id, (record.clone(), intent.idempotency_key.clone()));
        }
        self.job(Job { changes: vec![Change::PutWrite(Box::new(record))], then });
    }

    fn job(&mut self, job: Job) {
        let Some(program) = &mut self.program else { return };
        program.jobs.push_back(job);
        if program.jobs.len() == 1 {
            self.wait_for_disk();
        }
    }

    fn wait_for_disk(&mut self) {
        let after_ms =
            if self.chance.below(20) == 0 { self.chance.below(3_000) } else { 1 + self.chance.below(8) };
        self.soon(after_ms as i64, Event::Disk);
    }

    /// The store does what it was asked first.
    fn work(&mut self) {
        let Some(program) = &mut self.program else { return };
        let Some(job) = program.jobs.pop_front() else { return };
        let has_more = !program.jobs.is_empty();
        let changes = program.with_what_is_owed(&job.changes);
        let outcome = self.disk.apply(&changes, &mut self.chance);
        let owed = if outcome.is_ok() { std::mem::take(&mut program.owed) } else { Vec::new() };
        for (_, key) in &owed {
            self.ledger.gone(key);
        }
        if let Err(sentence) = &outcome {
            self.figures.faults += 1;
            self.note(|| sentence.clone());
        }
        if has_more {
            self.wait_for_disk();
        }
        match (job.then, outcome) {
            (Then::Gone(key), Ok(())) => self.ledger.gone(&key),
            (Then::Gone(key), Err(_)) => {
                if let Some(program) = &mut self.program {
                    program.owed.push((job.changes, key));
                }
            }
            (Then::Nothing, _) => {}
            (Then::Stored(id, key), outcome) => {
                self.ledger.stored(&key, outcome.is_ok());
                self.tell(Msg::Stored { id, outcome });
            }
            (Then::LetGo(key, end), outcome) => {
                if outcome.is_ok() {
                    if let Some(program) = &mut self.program {
                        program.kept.retain(|_, (_, kept)| *kept != key);
                    }
                    self.ledger.ended(&key, &end, &self.servers);
                    self.ledger.gone(&key);
                } else {
                    self.ledger.is_let_go(&key, false);
                }
                self.tell(Msg::LetGo { key, outcome });
            }
            (Then::Begin(id, talk), Ok(())) => self.begin(id, *talk),
            (Then::Begin(id, _), Err(sentence)) => self.tell(Msg::NotKept { id, sentence }),
        }
    }

    /// The unsettled writes, as the program has them or as the next one would take them up.
    pub(super) fn open(&mut self) -> Vec<Intent> {
        match &self.program {
            Some(program) => program.state.outbox.intents().to_vec(),
            None => self.disk.load().writes.into_iter().map(|record| record.intent).collect(),
        }
    }

    /// Whether the store has done all that it was asked.
    pub(super) fn is_stored(&self) -> bool {
        self.program.as_ref().is_none_or(|program| program.jobs.is_empty())
    }

    /// Whether a program runs.
    pub(super) fn is_running(&self) -> bool {
        self.program.is_some()
    }
}

/// How a write ends by the journal's word.
fn ended_so(change: &Change) -> Option<End> {
    let Change::Note(deed) = change else { return None };
    Some(match deed.kind {
        DeedKind::Refused => End::Refused(deed.answer.clone().unwrap_or_default()),
        _ => End::Dropped,
    })
}

/// The usual keys, read once: a run starts its program many times.
fn keymap() -> Keymap {
    static KEYMAP: LazyLock<Keymap> = LazyLock::new(Keymap::default);
    KEYMAP.clone()
}

fn origin(name: &str) -> String {
    format!("https://{name}.invalid")
}

fn error(kind: ErrorKind, sentence: &str) -> ApiError {
    ApiError { kind, status: None, sentence: sentence.to_owned(), request_id: None }
}
