//! Unsent work between two runs: the store is opened, and what an earlier run left is taken up.
//!
//! Must not keep anybody from work: without a store the worklist runs, says so, and sends nothing that it cannot keep.

use super::{
    exit::{Exit, Failure},
    flags::Flags,
};
use crate::{
    app::{
        State,
        kept::Loaded,
        outbox::restore::Record,
        resume::take_up_writes,
        source::{Source, origin},
        state::Keeping,
    },
    config::{Config, StoreKeyPlace},
    runtime::{
        clock,
        files::private_dir,
        journal::{Journal, MemoryJournal},
        store::{
            Access, Keeper, Kept, KeyOrigin, MemoryStore, Report, SqliteStore, Store, StoreTrouble,
            TroubleKind,
            keep::{KeptJournal, Seat},
            lock::Holder,
        },
        vault::{CredentialSource, Vault},
    },
};
use std::{future::Future, path::PathBuf, sync::Arc};
use tokio::sync::oneshot;

/// Where a run keeps its writes. All profiles of a run keep them in the same place: a store has one writer.
#[derive(Clone, Debug)]
pub(super) struct Place(Option<Arc<Keeper>>);

impl Place {
    /// A place that lasts as long as the program: journal and drafts are there for all profiles of the run.
    pub(super) fn in_memory() -> Place {
        Place(Keeper::start(MemoryStore::because(None)).ok().map(Arc::new))
    }

    /// A place that is open.
    pub(super) fn of(keeper: Arc<Keeper>) -> Place {
        Place(Some(keeper))
    }

    /// A place that opens on a thread of its own as soon as there is a key for it.
    fn waiting(directory: Option<PathBuf>, key: oneshot::Receiver<Result<KeyOrigin, String>>) -> Place {
        let make = move || {
            let ended = |_| Err("The program ended before there was a key for the store.".to_owned());
            store_in(directory, key.blocking_recv().unwrap_or_else(ended))
        };
        Place(Keeper::open(make).ok().map(Arc::new))
    }

    /// What is kept there now; it is asked before anything that is handed over later.
    pub(super) fn load(&self) -> impl Future<Output = Loaded> + Send + use<> {
        let asked = self.0.as_ref().map(|keeper| keeper.take_up());
        async move {
            match asked {
                Some(asked) => loaded(asked.await),
                None => Loaded { keeping: Keeping::InMemory(NO_THREAD.to_owned()), ..Loaded::default() },
            }
        }
    }

    /// The journal of the writes of these sources.
    pub(super) fn journal(&self, sources: &[Source]) -> Box<dyn Journal> {
        match &self.0 {
            Some(keeper) => {
                Box::new(KeptJournal::new(Arc::clone(keeper), sources.iter().map(seat).collect()))
            }
            None => Box::new(MemoryJournal::default()),
        }
    }
}

/// Where a run would keep things and how it gets their key; nothing is opened yet.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The directory; none without a home.
    pub(super) directory: Option<PathBuf>,
    /// Where the key comes from.
    pub(super) key: StoreKeyPlace,
}

impl Site {
    /// Where these flags and this configuration put it.
    pub(super) fn of(flags: &Flags, config: &Config) -> Site {
        Site { directory: flags.state_dir().ok(), key: config.store_key.clone() }
    }

    /// The key, or where it is made on first use; the error is a sentence.
    async fn origin(&self, vault: &Vault) -> Result<KeyOrigin, String> {
        match &self.key {
            _ if self.directory.is_none() => Ok(KeyOrigin::File),
            StoreKeyPlace::File => Ok(KeyOrigin::File),
            StoreKeyPlace::Command(words) => {
                let source = CredentialSource::Command(words.clone());
                let key = vault.read_store_key(&source).await;
                key.map(KeyOrigin::Given).map_err(|error| format!("For the store: {error}"))
            }
            StoreKeyPlace::Unclear => {
                Err("The configuration does not say clearly where the store's key is.".to_owned())
            }
        }
    }
}

/// Why there is no store without a thread for it.
const NO_THREAD: &str = "Writes are kept in memory only, till the program ends. The store did not start.";

/// The store in this directory; memory, where nothing can be written there.
fn store_in(directory: Option<PathBuf>, origin: Result<KeyOrigin, String>) -> Box<dyn Store> {
    let in_memory = |why: &str| -> Box<dyn Store> {
        let why = format!("Writes are kept in memory only, till the program ends. {why}");
        Box::new(MemoryStore::because(Some(why)))
    };
    let Some(directory) = directory else { return in_memory("There is no home directory.") };
    if let Err(error) = private_dir(&directory) {
        return in_memory(&format!("Not kept: {} cannot be used ({error}).", directory.display()));
    }
    let origin = match origin {
        Ok(origin) => origin,
        Err(sentence) => return in_memory(&sentence),
    };
    let mut store = SqliteStore::new(directory, origin);
    match store.deeds(0) {
        Err(trouble) if matches!(trouble.kind, TroubleKind::ReadOnly | TroubleKind::Gone) => {
            in_memory(&trouble.sentence)
        }
        _ => Box::new(store),
    }
}

/// The store of this site.
pub(super) async fn place(site: &Site, vault: &Vault) -> Place {
    let (sender, key) = oneshot::channel();
    let place = Place::waiting(site.directory.clone(), key);
    drop(sender.send(site.origin(vault).await));
    place
}

/// The store of this site, to be opened behind the first frame, and what fetches its key: a command may take its time.
pub(super) fn place_later(
    site: &Site,
    vault: &Arc<Vault>,
) -> (Place, impl Future<Output = ()> + Send + use<>) {
    let (sender, key) = oneshot::channel();
    let place = Place::waiting(site.directory.clone(), key);
    let (site, vault) = (site.clone(), Arc::clone(vault));
    (place, async move { drop(sender.send(site.origin(&vault).await)) })
}

/// A store that is only looked at.
#[derive(Debug)]
pub(super) struct Shelves {
    /// Asks it.
    pub(super) keeper: Keeper,
    /// Who writes to it now.
    pub(super) holder: Option<Holder>,
}

/// The store of this site to be read, beside whoever writes; none where nothing has been kept yet.
pub(super) async fn read(site: &Site, vault: &Vault) -> Result<Option<Shelves>, Failure> {
    let Some(directory) = site.directory.as_ref().filter(|directory| SqliteStore::is_there(directory)) else {
        return Ok(None);
    };
    let origin = site.origin(vault).await.map_err(Failure::usage)?;
    let holder = SqliteStore::holder(directory)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}.", directory.display())))?;
    let keeper = Keeper::start(SqliteStore::reader(directory.clone(), origin))
        .map_err(|error| Failure::usage(format!("The store did not start: {error}.")))?;
    Ok(Some(Shelves { keeper, holder }))
}

/// The store of this site for a command that changes what is kept in it.
pub(super) async fn write(site: &Site, vault: &Vault) -> Result<Arc<Keeper>, Failure> {
    let Place(Some(keeper)) = place(site, vault).await else { return Err(Failure::usage(NO_THREAD)) };
    let (kept, report) = keeper.take_up().await;
    kept.map_err(|trouble| Failure::usage(trouble.sentence))?;
    match report.access {
        Access::Memory => Err(Failure::usage(report.notices.join(" "))),
        Access::Writer => Ok(keeper),
        Access::Reader { pid } => {
            let who =
                pid.map_or_else(|| "Another rounds".to_owned(), |pid| format!("rounds, process {pid},"));
            let sentence = format!("{who} is running and keeps the outbox: do it there, or leave it first.");
            Err(Failure::new(Exit::Conflict, sentence))
        }
        _ => Err(Failure::new(Exit::Conflict, NEWER)),
    }
}

/// Why a store of a later version is not written to.
const NEWER: &str = "Not kept: a newer version of rounds made the store; it is only read.";

/// What a command has taken up of its place.
#[derive(Debug)]
pub(super) struct TakenUp {
    /// Keeps the writes of this run.
    pub(super) journal: Box<dyn Journal>,
    /// What the user should know of the place, a whole sentence each.
    pub(super) notices: Vec<String>,
    /// Writes that whoever holds the store sends.
    pub(super) others: Vec<Record>,
}

/// Puts what waits in this place into the state's outbox. A write that the user has `named` is taken up although its
/// source has moved.
pub(super) async fn take_up(state: &mut State, place: &Place, named: &dyn Fn(&Record) -> bool) -> TakenUp {
    let mut loaded = place.load().await;
    for record in loaded.kept.writes.iter_mut().filter(|record| named(record)) {
        record.origin = None;
    }
    state.keeping = loaded.keeping;
    state.is_store_reader = loaded.is_reader;
    let restored = take_up_writes(state, loaded.kept.writes, loaded.kept.doubtful, clock::now());
    let mut journal = place.journal(&state.sources);
    journal.adopt(&restored.intents);
    TakenUp { journal, notices: loaded.notices, others: loaded.others }
}

/// What a store has answered, as the program takes it up.
fn loaded((found, report): (Result<Kept, StoreTrouble>, Report)) -> Loaded {
    let mut notices = report.notices;
    let is_reader = matches!(report.access, Access::Reader { .. });
    let mut others = Vec::new();
    let (kept, keeping) = match (found, report.access) {
        (Ok(kept), Access::Writer) => (kept, Keeping::OnDisk),
        (Ok(kept), Access::Memory) => {
            // The screen says so in its own words, where anybody need be told.
            (kept, notices.pop().map_or(Keeping::Briefly, Keeping::InMemory))
        }
        (Ok(kept), Access::Reader { pid }) => {
            others = kept.writes;
            (Kept { writes: Vec::new(), ..kept }, Keeping::Refused(StoreTrouble::held(pid).sentence))
        }
        (Ok(_), _) => (Kept::default(), Keeping::Refused(NEWER.to_owned())),
        (Err(trouble), _) => (Kept::default(), Keeping::Refused(trouble.sentence)),
    };
    if kept.not_understood > 0 {
        notices
            .push(format!("{} things that another version kept are left as they are.", kept.not_understood));
    }
    Loaded { kept, others, keeping, is_reader, notices }
}

fn seat(source: &Source) -> Seat {
    Seat { name: source.name.clone(), origin: origin(&source.url) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Effect, Msg, resume, update};
    use crate::app::{
        geometry::Size,
        keys::Keymap,
        outbox::{Intent, IntentState, Wish},
    };
    use crate::domain::{can::Can, task::Task};
    use crate::runtime::files::tests::TestDir;
    use jiff::tz::TimeZone;

    /// What the screen does: begin, and take up what was read.
    async fn open(state: &mut State, place: &Place) -> Box<dyn Journal> {
        let mut journal = place.journal(&state.sources);
        resume::begin(state);
        let loaded = place.load().await;
        for effect in update(state, clock::now(), Msg::Loaded(Box::new(loaded))) {
            if let Effect::Adopt(restored) = effect {
                journal.adopt(&restored);
            }
        }
        journal
    }

    fn state(sources: &[&str]) -> State {
        let size = Size { width: 80, height: 24 };
        let mut state = State::new(clock::now(), TimeZone::UTC, size, Keymap::default(), 5);
        for name in sources {
            state.add_source(|id| Source::new(id, name, "XX", Can::plain("Test")));
        }
        state
    }

    #[tokio::test]
    async fn unsent_work_finds_its_source_again_and_the_second_run_only_reads() {
        let dir = TestDir::new();
        let mut first = state(&["clinic", "dental"]);
        let on_disk = async || place(&site(Some(dir.0.clone())), &Vault::new([])).await;
        let mut journal = open(&mut first, &on_disk().await).await;
        assert_eq!(first.keeping, Keeping::OnDisk);
        assert_eq!(first.settings.problems, Vec::<String>::new());
        for source in first.source_ids() {
            let intent = Intent {
                id: first.next_intent(),
                source,
                wish: Wish::Create(Box::default()),
                idempotency_key: first.ids.idempotency_key(),
                line: "New: synthetic".into(),
                typed: String::new(),
                confirmed_at: clock::now(),
                state: IntentState::Saving,
            };
            let (sender, answer) = oneshot::channel();
            journal.keep(&intent, Box::new(move |outcome| sender.send(outcome).unwrap()));
            assert_eq!(answer.await.unwrap(), Ok(()));
        }

        let mut second = state(&["clinic"]);
        drop(open(&mut second, &on_disk().await).await);
        assert!(second.outbox.intents().is_empty(), "the writer's work is the writer's");
        let said = second.keeping.trouble().unwrap();
        assert!(said.contains("this one only reads"), "{said}");

        drop(journal);
        let mut third = state(&["hospital", "dental"]);
        let here = on_disk().await;
        drop(open(&mut third, &here).await);
        let intents = third.outbox.intents();
        assert_eq!(intents.len(), 1);
        assert_eq!(intents[0].source, third.sources[1].id);
        assert_eq!(
            intents[0].wish,
            Wish::Create(Box::new(Task { key: task_key(&third), ..Task::default() }))
        );
        assert!(third.settings.problems[0].contains("1 unsent write waits"), "{:?}", third.settings.problems);

        let mut elsewhere = state(&["hospital", "dental"]);
        elsewhere.sources[1].url = "https://dental.example.org/other".into();
        drop(open(&mut elsewhere, &here).await);
        assert!(elsewhere.outbox.intents().is_empty(), "its source is at another address now");
        let said = elsewhere.settings.problems.join(" ");
        assert!(said.contains("1 unsent write was confirmed for another address"), "{said}");

        let mut switched = state(&["clinic"]);
        drop(open(&mut switched, &here).await);
        assert_eq!(switched.keeping, Keeping::OnDisk, "another profile of the same run writes too");
        assert_eq!(switched.outbox.intents().len(), 1, "what waited for its source is taken up");
        assert!(switched.settings.problems[0].contains("1 unsent write waits"));
    }

    #[tokio::test]
    async fn nothing_is_kept_before_there_is_a_key_and_then_in_its_order() {
        let dir = TestDir::new();
        let vault = Arc::new(Vault::new([]));
        let (place, key) = place_later(&site(Some(dir.0.clone())), &vault);
        let reading = place.load();
        let mut first = state(&["clinic"]);
        let mut journal = place.journal(&first.sources);
        let view = crate::app::kept::Change::PutView { name: "v".into(), state: "s".into() };
        let (sender, mut answer) = oneshot::channel();
        journal.change(vec![view], Box::new(move |outcome| sender.send(outcome).unwrap()));
        assert!(
            answer.try_recv().is_err() && !SqliteStore::is_there(&dir.0),
            "nothing stands before the key"
        );
        key.await;
        let found = reading.await;
        assert_eq!((found.keeping, found.kept.views.len()), (Keeping::OnDisk, 0), "it was asked before");
        assert_eq!(answer.await.unwrap(), Ok(()));
        drop(open(&mut first, &place).await);
        assert_eq!(place.load().await.kept.views.len(), 1);
        let (given_up, key) = place_later(&site(Some(dir.0.clone())), &vault);
        drop(key);
        let found = given_up.load().await;
        assert!(matches!(found.keeping, Keeping::InMemory(_)), "{:?}", found.keeping);
    }

    #[tokio::test]
    async fn without_a_place_writes_are_kept_in_memory_and_the_screen_says_so() {
        let dir = TestDir::new();
        let file = dir.0.join("file");
        std::fs::write(&file, "in the way").unwrap();
        let unclear = Site { key: StoreKeyPlace::Unclear, ..site(Some(dir.0.clone())) };
        let failing = StoreKeyPlace::Command(vec!["false".to_owned()]);
        for (site, why) in [
            (site(None), "no home directory"),
            (site(Some(file.join("state"))), "Not kept:"),
            (site(Some(file)), "Not kept:"),
            (Site { key: failing, ..unclear.clone() }, "The key command false failed"),
            (unclear, "does not say clearly"),
        ] {
            let mut state = state(&["clinic"]);
            drop(open(&mut state, &place(&site, &Vault::new([])).await).await);
            let Keeping::InMemory(said) = &state.keeping else { panic!("{:?}", state.keeping) };
            assert!(said.contains("in memory only") && said.contains(why), "{said}");
        }
        let mut demo = state(&["clinic"]);
        drop(open(&mut demo, &Place::in_memory()).await);
        assert_eq!(demo.keeping.trouble(), None);
    }

    fn site(directory: Option<PathBuf>) -> Site {
        Site { directory, key: StoreKeyPlace::File }
    }

    #[tokio::test]
    async fn the_key_of_a_command_seals_and_no_key_file_is_made() {
        let dir = TestDir::new();
        let words = ["printf", "%s", "synthetic-key-of-32-characters-00"].map(str::to_owned);
        let given = Site { key: StoreKeyPlace::Command(words.into()), ..site(Some(dir.0.clone())) };
        let vault = Vault::new([]);
        let keeper = write(&given, &vault).await.unwrap();
        let view = crate::runtime::store::Change::PutView { name: "v".into(), state: "s".into() };
        keeper.keep(vec![view]).await.unwrap();
        drop(keeper);
        assert!(!dir.0.join("store.key").exists());
        let shelves = read(&given, &vault).await.unwrap().expect("a store");
        assert_eq!(shelves.keeper.load().await.unwrap().views.len(), 1);
        let other = ["printf", "%s", "another-key-of-32-characters-0000"].map(str::to_owned);
        let other = Site { key: StoreKeyPlace::Command(other.into()), ..given.clone() };
        let shelves = read(&other, &vault).await.unwrap().expect("a store");
        assert!(shelves.keeper.load().await.unwrap_err().sentence.contains("sealed with another key"));
        let short = ["printf", "short"].map(str::to_owned);
        let short = Site { key: StoreKeyPlace::Command(short.into()), ..given };
        assert!(write(&short, &vault).await.unwrap_err().sentences[0].contains("too few"));
    }

    #[tokio::test]
    async fn whoever_only_looks_makes_nothing_and_is_in_nobody_s_way() {
        let dir = TestDir::new();
        let (here, vault) = (site(Some(dir.0.clone())), Vault::new([]));
        assert!(read(&here, &vault).await.unwrap().is_none());
        assert_eq!(std::fs::read_dir(&dir.0).unwrap().count(), 0);
        let writer = write(&here, &vault).await.unwrap();
        let busy = write(&here, &vault).await.unwrap_err();
        assert_eq!((busy.exit, busy.sentences[0].contains("is running")), (Exit::Conflict, true), "{busy:?}");
        let looking = read(&here, &vault).await.unwrap().expect("a store");
        assert_eq!(looking.holder.and_then(|holder| holder.pid), Some(std::process::id()));
        assert!(looking.keeper.load().await.is_ok() && looking.keeper.verify().await.is_ok());
        drop(writer);
        let looking = read(&here, &vault).await.unwrap().expect("a store");
        assert_eq!((looking.holder, looking.keeper.load().await.is_ok()), (None, true));
        assert!(write(&here, &vault).await.is_ok(), "the reader took no lock");
    }

    fn task_key(state: &State) -> crate::domain::task::TaskKey {
        crate::domain::task::TaskKey { source: state.sources[1].id, id: Box::default() }
    }
}
