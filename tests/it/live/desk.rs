//! Somebody at a keyboard: the program without its terminal, driven key by key until something holds.

use super::Ward;
use jiff::tz::TimeZone;
use rounds::{
    app::{
        Effect, Msg, State,
        form::FormField,
        geometry::Size,
        keys::{Chord, Keymap, parse_sequence},
        layers::Layer,
        msg::TimerId,
        outbox::IntentState,
        screens::worklist::rows,
        source::Source,
        update,
    },
    domain::{
        can::Can,
        priority::Priority,
        task::{SourceId, Task, TaskKey},
    },
    providers::{
        MakeProvider, SourceProfile, clinikapi, fhir,
        ndjson::{self, Reader},
        opendental,
    },
    runtime::{
        actor::Actor,
        file::Files,
        http::{Origin, OriginOptions},
        journal::MemoryJournal,
        link::{Credential, Link},
        vault::{CredentialSource, Secret, Vault},
    },
    sandbox::{DEMO_OPENDENTAL_USER, DEMO_USER},
};
use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// How long an answer over loopback may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long things may take on the ward's clock, in seconds.
const LONGEST_S: i64 = 15 * 60;
/// Messages that anything here needs at the most: more is a program that runs in circles.
const MOST_MESSAGES: usize = 5_000;

/// The only source of a desk.
pub(super) const SOURCE: SourceId = SourceId(0);

/// The program at work.
pub(super) struct Desk<'a> {
    pub(super) state: State,
    pub(super) actor: Actor,
    /// Everything that was said at the foot of the screen.
    pub(super) said: Vec<String>,
    /// What was wanted of the terminal.
    pub(super) wanted: Vec<Effect>,
    /// Messages so far.
    pub(super) messages: usize,
    ward: &'a Ward,
    key_file: PathBuf,
}

/// The sources of a desk on all systems.
pub(super) const CLINIC: SourceId = SourceId(0);
pub(super) const DENTAL: SourceId = SourceId(1);
pub(super) const HOSPITAL: SourceId = SourceId(2);

impl<'a> Desk<'a> {
    /// A desk with the key that may write, after everything was loaded.
    pub(super) async fn loaded(ward: &'a Ward) -> Desk<'a> {
        let mut desk = Desk::new(ward, &ward.handle.key);
        desk.take(Msg::Start);
        desk.until("the first load", |state| state.sources.iter().all(|source| source.complete)).await;
        desk.settle().await;
        desk
    }

    /// A desk whose key file holds this text; nothing is asked yet.
    pub(super) fn new(ward: &'a Ward, key_text: &str) -> Desk<'a> {
        Desk::with(ward, key_text, &format!("http://{}", ward.handle.clinikapi), |_| {})
    }

    /// A desk at another address, with what its source can do corrected.
    pub(super) fn with(
        ward: &'a Ward,
        key_text: &str,
        url: &str,
        correct: impl FnOnce(&mut Can),
    ) -> Desk<'a> {
        let key_file = key_file(key_text);
        let credential = CredentialSource::File(key_file.clone());
        let vault = Arc::new(Vault::new([&credential]));
        let me = Some(DEMO_USER.to_owned());
        let provider =
            clinikapi::make(SourceProfile { source: SOURCE, me: me.clone(), ..SourceProfile::default() });
        let size = Size { width: 120, height: 36 };
        let mut state = State::new(ward.now(), TimeZone::UTC, size, Keymap::default(), 7);
        let mut can = provider.can();
        correct(&mut can);
        state.add_source(|id| Source { url: url.to_owned(), me, ..Source::new(id, "ward", "WA", can) });
        let origin = Origin::new(url, OriginOptions::default()).unwrap();
        let link = Link::new(provider, origin, credential, vault);
        let actor = Actor::new(vec![Arc::new(link)], Box::<MemoryJournal>::default(), None);
        Desk { state, actor, said: Vec::new(), wanted: Vec::new(), messages: 0, ward, key_file }
    }

    /// A desk on all three systems, the hospital's as somebody of this role, after everything was loaded.
    pub(super) async fn of_three(ward: &'a Ward, role: &str) -> Desk<'a> {
        let mut desk = Desk::new(ward, &ward.handle.key);
        let mut links =
            vec![desk.line(CLINIC, clinikapi::make, &format!("http://{}", ward.handle.clinikapi), {
                Credential::Key(known(&ward.handle.key))
            })];
        let office = Credential::Pair {
            developer: known(&ward.handle.developer_key),
            customer: known(&ward.handle.customer_key),
        };
        let url = format!("http://{}/api/v1", ward.handle.opendental);
        links.push(desk.line(DENTAL, opendental::make, &url, office));
        let (name, password) = ward.login(role);
        let url = format!("http://{}/api", ward.handle.omniehr);
        let login = Credential::Login { name, password: known(&password) };
        links.push(desk.line(HOSPITAL, fhir::omniehr::make, &url, login));
        desk.actor = Actor::new(links, Box::<MemoryJournal>::default(), None);
        desk.take(Msg::Start);
        desk.until("the first load", |state| state.sources.iter().all(|source| source.complete)).await;
        desk.settle().await;
        desk
    }

    /// A desk on the files of an export, after they were read.
    pub(super) async fn of_files(ward: &'a Ward, paths: &[&std::path::Path]) -> Desk<'a> {
        let mut desk = Desk::new(ward, "");
        let provider = ndjson::make(SourceProfile::default());
        desk.state.sources[0] = Source::new(SOURCE, "export", "EX", provider.can());
        let files = Files::new(paths.iter().map(|path| (*path).to_owned()), Reader::new(SOURCE, None));
        let link = Link::to_files(provider, files, Arc::new(Vault::new([])));
        desk.actor = Actor::new(vec![Arc::new(link)], Box::<MemoryJournal>::default(), None);
        desk.take(Msg::Start);
        desk.until("the reading", |state| state.sources[0].complete).await;
        desk.settle().await;
        desk
    }

    /// A line to a system, with its source in its place of the state.
    fn line(&mut self, id: SourceId, make: MakeProvider, url: &str, credential: Credential) -> Arc<Link> {
        let me = match id {
            CLINIC => Some(DEMO_USER.to_owned()),
            DENTAL => Some(DEMO_OPENDENTAL_USER.to_owned()),
            _ => None,
        };
        let provider = make(SourceProfile {
            source: id,
            me: me.clone(),
            user: DEMO_OPENDENTAL_USER.parse().ok(),
            priorities: BTreeMap::from([(Priority::Stat, vec!["358".to_owned()])]),
            zone: Some(TimeZone::UTC),
            is_local: true,
            ..SourceProfile::default()
        });
        let (name, tag) = [("clinic", "CK"), ("dental", "OD"), ("hospital", "OM")][usize::from(id.0)];
        if id != CLINIC {
            self.state.add_source(|id| Source::new(id, name, tag, provider.can()));
        }
        let source = &mut self.state.sources[usize::from(id.0)];
        (source.name, source.tag, source.me, source.poll_s) = (name.to_owned(), tag.to_owned(), me, 30);
        let origin = Origin::new(url, OriginOptions::default()).unwrap();
        Arc::new(Link::new(provider, origin, credential, Arc::new(Vault::new([]))))
    }

    /// A source.
    pub(super) fn of(&self, source: SourceId) -> &Source {
        &self.state.sources[usize::from(source.0)]
    }

    /// The first task of a source in the order of the list that is so.
    pub(super) fn find(&self, source: SourceId, is_so: impl Fn(&Task) -> bool) -> Task {
        let tasks = self.state.store.order().iter().filter_map(|row| self.state.store.task(*row));
        tasks.into_iter().find(|task| task.key.source == source && is_so(task)).expect("such a task")
    }

    /// Puts the cursor on a task of any source.
    pub(super) fn select_key(&mut self, key: &TaskKey) {
        self.press("k");
        let row = self.state.store.find(key).unwrap_or_else(|| panic!("{key:?} is not in the list"));
        let place = self.state.worklist.rows.iter().position(|shown| *shown == row);
        rows::move_to(&mut self.state, place.unwrap_or_else(|| panic!("{key:?} is not shown")));
        assert_eq!(self.state.worklist.selected.as_ref().map(|task| &task.key), Some(key));
    }

    /// Lets one thing happen.
    pub(super) fn take(&mut self, msg: Msg) {
        self.messages += 1;
        for effect in update(&mut self.state, self.ward.now(), msg) {
            if let (Effect::Timer { id: TimerId::Toast, .. }, Some(toast)) = (&effect, &self.state.toast) {
                self.said.push(toast.text.clone());
            }
            self.wanted.extend(self.actor.act(effect));
        }
    }

    /// Presses keys, written as in a keymap and separated by spaces.
    pub(super) fn press(&mut self, keys: &str) {
        for word in keys.split(' ') {
            for chord in parse_sequence(word).unwrap() {
                self.take(Msg::Key(chord));
            }
        }
    }

    /// Types text, a key a character.
    pub(super) fn write(&mut self, text: &str) {
        text.chars().for_each(|character| self.take(Msg::Key(Chord::char(character))));
    }

    /// Goes on until something holds; the ward's clock is turned on whenever nothing is under way.
    pub(super) async fn until(&mut self, what: &str, mut holds: impl FnMut(&State) -> bool) {
        let (began, limit) = (self.messages, self.ward.now().as_second() + LONGEST_S);
        while !holds(&self.state) {
            let source = &self.state.sources[0];
            let here = format!("{what}: link {:?}, said {:?}", source.link, self.said);
            assert!(self.messages - began < MOST_MESSAGES, "runs in circles: {here}");
            if let Some(msg) = self.actor.next_waiting() {
                self.take(msg);
            } else if self.is_busy() {
                let msg = tokio::time::timeout(PATIENCE, self.actor.next()).await;
                self.take(msg.unwrap_or_else(|_| panic!("no answer: {here}")));
            } else {
                assert!(self.ward.now().as_second() < limit, "it did not come about: {here}");
                let wait = self.actor.timers.wait(self.ward.now());
                self.pass(wait.unwrap_or_else(|| panic!("nothing more will happen: {here}")));
            }
        }
    }

    /// Goes on until nothing is under way, at the same time on the clock.
    pub(super) async fn settle(&mut self) {
        while let Some(msg) = self.next_under_way().await {
            self.take(msg);
        }
    }

    async fn next_under_way(&mut self) -> Option<Msg> {
        if let Some(msg) = self.actor.next_waiting() {
            return Some(msg);
        }
        if !self.is_busy() {
            return None;
        }
        let msg = tokio::time::timeout(PATIENCE, self.actor.next()).await;
        Some(msg.unwrap_or_else(|_| panic!("no answer, said {:?}", self.said)))
    }

    /// Turns the clock on by this much and no more, and lets the timers come that are due on the way.
    pub(super) async fn wait_s(&mut self, seconds: u64) {
        let end = self.ward.now() + jiff::SignedDuration::from_secs(seconds as i64);
        loop {
            self.settle().await;
            let left = Duration::try_from(end.duration_since(self.ward.now())).unwrap_or_default();
            if left.is_zero() {
                return;
            }
            self.pass(self.actor.timers.wait(self.ward.now()).unwrap_or(left).min(left));
        }
    }

    fn pass(&mut self, span: Duration) {
        self.ward.pass(span);
        for timer in self.actor.timers.due(self.ward.now()) {
            self.take(Msg::Timer(timer));
        }
    }

    /// Whether a conversation is under way.
    pub(super) fn is_busy(&self) -> bool {
        let under_way = |state: &IntentState| {
            matches!(state, IntentState::Saving | IntentState::Sending(_) | IntentState::Looking(..))
        };
        !self.state.sync.is_idle()
            || self.state.outbox.intents().iter().any(|intent| under_way(&intent.state))
    }

    /// Puts the cursor on a task.
    pub(super) fn select(&mut self, id: &str) {
        self.press("k");
        let row = self.state.store.find(&key(id)).unwrap_or_else(|| panic!("{id} is not in the list"));
        let place = self.state.worklist.rows.iter().position(|shown| *shown == row);
        rows::move_to(&mut self.state, place.unwrap_or_else(|| panic!("{id} is not shown")));
        assert_eq!(self.state.worklist.selected.as_ref().map(|task| &*task.key.id), Some(id));
    }

    /// A task as it is held here.
    pub(super) fn task(&self, id: &str) -> Option<Task> {
        self.state.store.task(self.state.store.find(&key(id))?)
    }

    /// The ids of every task that is held here.
    pub(super) fn ids(&self) -> Vec<String> {
        let rows = self.state.store.order().iter();
        let mut ids: Vec<String> =
            rows.filter_map(|row| self.state.store.key(*row)).map(|key| key.id.to_string()).collect();
        ids.sort();
        ids
    }

    /// The only source.
    pub(super) fn source(&self) -> &Source {
        &self.state.sources[0]
    }

    /// The form on top.
    pub(super) fn form(&self) -> &rounds::app::layers::TaskForm {
        match self.state.layers.last() {
            Some(Layer::Form(form)) => form,
            other => panic!("no form is on top but {other:?}; said {:?}", self.said),
        }
    }

    /// Goes to a line of the form and puts this text in place of what is there.
    pub(super) fn fill(&mut self, path: &str, text: &str) {
        let is_there = |field: &FormField| field.input.path() == path;
        for _ in 0..self.form().form.fields.len() {
            if self.form().form.current().is_some_and(is_there) {
                self.press("ctrl-u ctrl-k");
                return self.take(Msg::Paste(text.to_owned()));
            }
            self.press("Tab");
        }
        panic!("the form has no line {path}");
    }

    /// Takes what has come already, without waiting for more.
    pub(super) fn take_waiting(&mut self) {
        while let Some(msg) = self.actor.next_waiting() {
            self.take(msg);
        }
    }

    /// Writes another key into the key file.
    pub(super) fn new_key(&self, text: &str) {
        std::fs::write(&self.key_file, text).unwrap();
    }

    /// Whether one of the things said holds these words.
    pub(super) fn heard(&self, words: &str) -> bool {
        self.said.iter().any(|text| text.contains(words))
    }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        std::fs::remove_file(&self.key_file).ok();
    }
}

/// The key of a task of the only source.
pub(super) fn key(id: &str) -> TaskKey {
    TaskKey { source: SOURCE, id: id.into() }
}

fn known(text: &str) -> CredentialSource {
    let from = CredentialSource::Command(vec!["the sandbox".to_owned()]);
    CredentialSource::Known(Secret::parse_password(text, &from).unwrap())
}

fn key_file(text: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("rounds-key-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let path = std::env::temp_dir().join(name);
    std::fs::remove_file(&path).ok();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    path
}
