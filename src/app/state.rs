//! The one tree of state: everything that the program knows and shows.
//!
//! Must not do IO or read a clock: `now` is the time of the last message.

use super::{
    effect::Effect,
    geometry::{Geometry, Size, Wanted},
    kept::Draft,
    keys::{Chord, Keymap},
    layers::{Layer, TaskForm},
    local::LocalMarks,
    msg::TimerId,
    outbox::{CallId, Intent, IntentId, IntentState, Outbox, later, restore::Record},
    people::People,
    screens::{Ledgers, Screen, documents::Documents, editor::Editor, worklist::Worklist},
    source::Source,
    store::TaskStore,
    sync::Sync,
    takeover::Others,
    undo::History,
    writes::withdraw::Withdrawals,
};
use crate::domain::{
    can::{Can, Capability},
    clean::Clean,
    people::{PersonKind, Reference},
    query::{Local, Query, SourceNames, Surroundings, parse},
    task::{SourceId, Task, TaskKey},
    template::{self, Template},
    time::Timestamp,
};
use jiff::tz::TimeZone;

/// Everything.
#[derive(Debug)]
pub struct State {
    /// The time of the last message.
    pub now: Timestamp,
    /// The zone that the user lives in.
    pub zone: TimeZone,
    /// The terminal's size.
    pub size: Size,
    /// Every task that was fetched.
    pub store: TaskStore,
    /// Names.
    pub people: People,
    /// The profile's sources, in order; a `SourceId` is a place here.
    pub sources: Vec<Source>,
    /// The names of the configuration's profiles.
    pub profiles: Vec<String>,
    /// The one whose sources these are; empty where there is none.
    pub profile: String,
    /// What is under way.
    pub sync: Sync,
    /// Writes not settled.
    pub outbox: Outbox,
    /// What the user did in this run.
    pub undo: History,
    /// Forms whose writes are held or under way, to come back with their text where one is refused or taken back.
    pub sent_forms: Vec<TaskForm>,
    /// Writes that stay on their store: this profile lacks their source, or the source is asked elsewhere now.
    pub strangers: Vec<Record>,
    /// Whether the store may show an earlier state than its last.
    pub is_store_doubtful: bool,
    /// Text that was begun and not sent, in the order in which it was begun.
    pub drafts: Vec<Draft>,
    /// What the user has seen, here.
    pub local: LocalMarks,
    /// The screen beneath all dialogs.
    pub screen: Screen,
    /// The table, its filter and its views.
    pub worklist: Worklist,
    /// Where the user is on the screens of writes, drafts and deeds.
    pub ledgers: Ledgers,
    /// Whether another process keeps the store, and this one only reads it.
    pub is_store_reader: bool,
    /// What this other process keeps.
    pub others: Others,
    /// Writes that the user lets go and the store has not let go yet.
    pub withdrawals: Withdrawals,
    /// The list of documents.
    pub documents: Documents,
    /// The document being written, while it is.
    pub editor: Option<Box<Editor>>,
    /// Dialogs, the topmost last.
    pub layers: Vec<Layer>,
    /// The last page of what scrolls on the screen, as the last frame showed it: scrolling goes no further.
    pub last_page: u16,
    /// Keys to actions.
    pub keymap: Keymap,
    /// Keys of a sequence typed so far.
    pub pending: Vec<Chord>,
    /// The message at the foot, if any.
    pub toast: Option<Toast>,
    /// Where confirmed writes are kept.
    pub keeping: Keeping,
    /// The user's wishes.
    pub settings: Settings,
    /// Numbers to give out.
    pub ids: Ids,
    /// What is wanted, collected during one update.
    pub effects: Vec<Effect>,
    /// Whether something that is shown has changed since the last frame.
    pub changed: bool,
    /// Whether a key is being answered.
    pub in_key: bool,
    /// Whether the user was told of unsettled writes when leaving.
    pub leaving: bool,
    /// Whether the program ends as soon as nothing is unsent.
    pub leaves_when_sent: bool,
    /// Whether the program is to end.
    pub quitting: bool,
}

/// Where confirmed writes are kept until they are settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// In memory, and nobody need be told: nothing is meant to stay.
    #[default]
    Briefly,
    /// What an earlier run left is being read: what is confirmed meanwhile is kept behind it, and sent then.
    Reading,
    /// In memory, for this reason.
    InMemory(String),
    /// On the disk.
    OnDisk,
    /// On the disk, which takes none at this moment, for this reason.
    Refused(String),
}

impl Keeping {
    /// What is said until it is known where things are kept.
    pub const READING: &str = "Reading what was kept…";

    /// What the user should see as long as it is so.
    pub fn trouble(&self) -> Option<&str> {
        match self {
            Keeping::Briefly | Keeping::Reading | Keeping::OnDisk => None,
            Keeping::InMemory(sentence) | Keeping::Refused(sentence) => Some(sentence),
        }
    }

    /// What a list of what is kept says above itself.
    pub fn notice(&self) -> Option<&str> {
        if *self == Keeping::Reading { Some(Keeping::READING) } else { self.trouble() }
    }
}

/// The user's wishes, from the configuration and the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Mark the whole selected row, or only its key field.
    pub whole_row_selection: bool,
    /// Nothing may be written, by `--read-only`.
    pub read_only: bool,
    /// How long a confirmed write can be taken back before it is sent, in seconds; 0 sends it at once.
    pub undo_window_s: u32,
    /// Which arrivals sound the bell; none keeps silent.
    pub bell: Option<Query>,
    /// Sentences about the configuration that the user should see.
    pub problems: Vec<String>,
    /// A proxy that requests go through, for the status line.
    pub proxy: Option<String>,
    /// Templates of documents: the shipped ones, and the user's own.
    pub templates: Vec<Template>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            whole_row_selection: true,
            read_only: false,
            undo_window_s: 0,
            bell: Some(parse("prio:stat is:new").query),
            problems: Vec::new(),
            proxy: None,
            templates: template::shipped(),
        }
    }
}

/// A message at the foot of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// The words, raw.
    pub text: String,
    /// Whether something went wrong.
    pub is_warning: bool,
    /// Whether it answers a key: the next key takes it away.
    pub answers_key: bool,
}

/// How long a message stays, in seconds.
const TOAST_S: i64 = 8;
/// How long a warning stays, in seconds.
const WARNING_S: i64 = 30;

/// Numbers to give out: seeded at the start, so that the same messages give the same numbers.
#[derive(Clone, Debug)]
pub struct Ids {
    seed: u64,
    next: u64,
}

impl Ids {
    /// Numbers from a seed; the runtime gives a random one, tests a fixed one.
    pub fn new(seed: u64) -> Ids {
        Ids { seed, next: 0 }
    }

    fn draw(&mut self) -> u64 {
        self.next += 1;
        mix(self.seed ^ mix(self.next))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound.max(1)
    }

    /// A fresh key of the user's intent.
    pub fn idempotency_key(&mut self) -> String {
        let bits = (u128::from(self.draw()) << 64) | u128::from(self.draw());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
    }
}

/// The finalizer of `SplitMix64` (Steele, Lea and Flood 2014): spreads a counter over all bits.
fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

impl State {
    /// A program that has just begun.
    pub fn new(now: Timestamp, zone: TimeZone, size: Size, keymap: Keymap, seed: u64) -> State {
        State {
            now,
            zone,
            size,
            store: TaskStore::default(),
            people: People::default(),
            sources: Vec::new(),
            profiles: Vec::new(),
            profile: String::new(),
            sync: Sync::default(),
            outbox: Outbox::default(),
            undo: History::default(),
            sent_forms: Vec::new(),
            strangers: Vec::new(),
            is_store_doubtful: false,
            drafts: Vec::new(),
            local: LocalMarks::default(),
            screen: Screen::Worklist,
            worklist: Worklist::default(),
            ledgers: Ledgers::default(),
            is_store_reader: false,
            others: Others::default(),
            withdrawals: Withdrawals::default(),
            documents: Documents::default(),
            editor: None,
            layers: Vec::new(),
            last_page: 0,
            keymap,
            pending: Vec::new(),
            toast: None,
            keeping: Keeping::default(),
            settings: Settings::default(),
            ids: Ids::new(seed),
            effects: Vec::new(),
            changed: true,
            in_key: false,
            leaving: false,
            leaves_when_sent: false,
            quitting: false,
        }
    }

    /// Adds a source; its id is its place in the list.
    pub fn add_source(&mut self, make: impl FnOnce(SourceId) -> Source) {
        let id = SourceId(self.sources.len() as u16);
        self.sources.push(make(id));
    }

    /// Marks the screen as changed.
    pub fn touch(&mut self) {
        self.changed = true;
    }

    /// The ids of all sources.
    pub fn source_ids(&self) -> Vec<SourceId> {
        self.sources.iter().map(|source| source.id).collect()
    }

    /// A source.
    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(usize::from(id.0))
    }

    /// A source, to change.
    pub fn source_mut(&mut self, id: SourceId) -> Option<&mut Source> {
        self.sources.get_mut(usize::from(id.0))
    }

    /// What a source can do.
    pub fn can(&self, id: SourceId) -> Option<&Can> {
        self.source(id).map(|source| &source.can)
    }

    /// The cells of the longest word for a priority that a source may show.
    pub fn priority_cells(&self) -> u16 {
        let words = self.sources.iter().flat_map(|source| &source.can.priorities);
        words.map(|priority| Clean::line(priority.short()).width() as u16).max().unwrap_or(0)
    }

    /// Whether a source does this for us; else the sentence that says why not.
    pub fn may(&self, id: SourceId, capability: Capability) -> Result<(), String> {
        if self.settings.read_only && capability.writes() {
            return Err("The program was started with --read-only.".to_owned());
        }
        let Some(source) = self.source(id) else {
            return Err("The source is not configured.".to_owned());
        };
        source.may(capability).map_err(str::to_owned)
    }

    /// A fresh number for a conversation.
    pub fn next_call(&mut self) -> CallId {
        self.ids.next += 1;
        CallId(self.ids.next)
    }

    /// A fresh number for a write.
    pub fn next_intent(&mut self) -> IntentId {
        self.ids.next += 1;
        IntentId(self.ids.next)
    }

    /// Says something at the foot of the screen.
    pub fn say(&mut self, text: &str) {
        self.toast(text, false);
    }

    /// The store of writes has answered: the screen says so as long as it takes none.
    pub fn on_keeping(&mut self, outcome: &Result<(), String>) {
        self.keeping = match (std::mem::take(&mut self.keeping), outcome) {
            (Keeping::OnDisk | Keeping::Refused(_), Err(sentence)) => Keeping::Refused(sentence.clone()),
            (Keeping::Refused(_), Ok(())) => Keeping::OnDisk,
            (as_before, _) => as_before,
        };
        self.touch();
    }

    /// Says at the foot of the screen that something went wrong.
    pub fn warn(&mut self, text: &str) {
        self.toast(text, true);
    }

    fn toast(&mut self, text: &str, is_warning: bool) {
        self.toast = Some(Toast { text: text.to_owned(), is_warning, answers_key: self.in_key });
        let seconds = if is_warning { WARNING_S } else { TOAST_S };
        self.effects.push(Effect::Timer { id: TimerId::Toast, at: later(self.now, seconds) });
        self.touch();
    }

    /// Where everything of the worklist screen lies now.
    pub fn geometry(&self) -> Geometry {
        Geometry::of(
            self.size,
            Wanted {
                detail: self.worklist.detail,
                detail_width: self.worklist.detail_width,
                band: self.worklist.has_band(self),
            },
        )
    }

    /// A patient's name, birth date and id, as far as known: the two identifiers of every line that writes.
    pub fn patient_line(&self, task: &Task) -> String {
        self.patient_of(task.key.source, task.patient.as_ref())
    }

    /// The same for whoever a document or a task of this source is about.
    pub fn patient_of(&self, source: SourceId, patient: Option<&Reference>) -> String {
        let Some(patient) = patient else { return "no patient".to_owned() };
        let id = patient.id();
        match self.people.get(source, PersonKind::Patient, id) {
            Some(person) => {
                let born = person
                    .birth_date
                    .as_ref()
                    .map_or_else(|| "birth date unknown".to_owned(), |date| format!("born {}", date.raw()));
                format!("{}, {born}, {id}", person.name())
            }
            None => match patient.display() {
                Some(name) => format!("{name}, birth date unknown, {id}"),
                None => format!("patient {id} (name not known: one identifier only)"),
            },
        }
    }

    /// What owns tasks by such a reference: a practitioner, or a list; none where neither does.
    pub fn owner_kind(&self, source: SourceId, owner: &Reference) -> Option<PersonKind> {
        match owner.resource_type() {
            Some("Practitioner") => Some(PersonKind::Practitioner),
            Some("List") => Some(PersonKind::List),
            Some(_) => None,
            None => Some(self.can(source).map_or(PersonKind::Practitioner, |can| can.owners)),
        }
    }

    /// The name of a task's owner: a practitioner's as everywhere, a list's whole.
    pub fn owner_name(&self, source: SourceId, owner: &Reference) -> String {
        if self.owner_kind(source, owner) != Some(PersonKind::List) {
            return self.practitioner_name(source, owner);
        }
        match self.people.get(source, PersonKind::List, owner.id()) {
            Some(list) => list.name(),
            None => owner.display().unwrap_or(owner.id()).to_owned(),
        }
    }

    /// A practitioner's name where it is known, else the reference's own text.
    pub fn practitioner_name(&self, source: SourceId, reference: &Reference) -> String {
        if self.source(source).and_then(|known| known.me.as_deref()) == Some(reference.id()) {
            return "me".to_owned();
        }
        match self.people.get(source, PersonKind::Practitioner, reference.id()) {
            Some(person) => person.short_name(),
            None => reference.display().unwrap_or(reference.id()).to_owned(),
        }
    }

    /// The words of an id on the command line and in copies: `source/id`.
    pub fn full_id(&self, key: &TaskKey) -> String {
        let source = self.source(key.source).map_or("?", |source| source.name.as_str());
        format!("{source}/{}", key.id)
    }
}

impl Surroundings for State {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn me(&self, source: SourceId) -> Option<&str> {
        self.source(source)?.me.as_deref()
    }

    fn person(&self, source: SourceId, kind: PersonKind, id: &str) -> Option<&crate::domain::people::Person> {
        self.people.get(source, kind, id)
    }

    fn source(&self, source: SourceId) -> SourceNames<'_> {
        self.sources
            .get(usize::from(source.0))
            .map_or_else(SourceNames::default, |known| SourceNames { tag: &known.tag, name: &known.name })
    }

    fn local(&self, key: &TaskKey) -> Local {
        Local {
            new: self.local.is_new(key),
            flagged: self.local.is_flagged(key),
            snoozed: self.local.snoozed_until(key).is_some(),
            conflict: self.outbox.of(key).any(Intent::is_conflict),
            draft: self.outbox.of(key).any(|intent| matches!(intent.state, IntentState::Refused { .. })),
            unsent: self.outbox.is_pending(key),
            stale: self.source(key.source).is_some_and(|source| source.is_stale(self.now)),
            readonly: self.may(key.source, Capability::Update).is_err(),
            stage_since: self.store.find(key).and_then(|row| self.store.status_since(row)),
            ..Local::default()
        }
    }
}
