//! The store's own thread: whoever types never waits for a disk.
//!
//! Must not lose a change that was handed over: what is in the queue when the program ends is still written.

use super::{Change, Deed, Kept, Report, Store, StoreTrouble, TroubleKind, Verdict};
use crate::app::kept::{Handover, JournalPage};
use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Desk<'_>) + Send>;

/// The store on its thread, and what it still owes.
struct Desk<'a> {
    store: &'a mut dyn Store,
    /// Ends of writes that could not be kept: they go with the next change, before anything can build on them.
    owed: Vec<Change>,
}

impl Desk<'_> {
    fn apply(&mut self, changes: Vec<Change>, is_owed: bool) -> Result<(), StoreTrouble> {
        let mut all = std::mem::take(&mut self.owed);
        let before = all.len();
        all.extend(changes);
        let outcome = self.store.apply(&all);
        if outcome.is_err() {
            all.truncate(if is_owed { all.len() } else { before });
            self.owed = all;
        }
        outcome
    }
}

/// A store on a thread of its own. Questions are answered in the order in which they are asked.
#[derive(Debug)]
pub struct Keeper {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// Changes that were handed over and are not answered.
    unkept: Arc<AtomicUsize>,
    /// Ends with the thread.
    ended: Mutex<Receiver<()>>,
}

/// How long the end waits for a store that only reads: what is not read any more is no loss.
const PATIENCE: Duration = Duration::from_millis(30);

impl Keeper {
    /// Starts the thread for a store.
    pub fn start(store: impl Store + 'static) -> std::io::Result<Keeper> {
        Keeper::open(move || Box::new(store))
    }

    /// Starts the thread; the store is made there, however long that takes, and what is asked meanwhile waits.
    pub fn open(make: impl FnOnce() -> Box<dyn Store> + Send + 'static) -> std::io::Result<Keeper> {
        let (jobs, queue) = channel::<Job>();
        let (ends, ended) = channel();
        let thread = Builder::new().name("store".to_owned()).spawn(move || {
            let _ends: Sender<()> = ends;
            let mut store = make();
            let mut desk = Desk { store: &mut *store, owed: Vec::new() };
            for job in queue {
                job(&mut desk);
            }
        })?;
        let (unkept, ended) = (Arc::default(), Mutex::new(ended));
        Ok(Keeper { jobs: Some(jobs), thread: Some(thread), unkept, ended })
    }

    /// Hands changes over; `then` is called on the store's thread when they are kept, or are not.
    pub fn apply(&self, changes: Vec<Change>, then: impl FnOnce(Result<(), StoreTrouble>) + Send + 'static) {
        let then = self.counted(then);
        self.ask(move |desk| desk.apply(changes, false), then);
    }

    /// Hands the end of a write over: where it cannot be kept now, it is kept with the next change.
    ///
    /// What was made and then taken away again would else be looked for at the next start, not found, and made once more.
    pub fn settle(&self, changes: Vec<Change>) {
        let then = self.counted(drop);
        self.ask(move |desk| desk.apply(changes, true), then);
    }

    /// The end waits for this answer.
    fn counted<T>(&self, then: impl FnOnce(T) + Send + 'static) -> impl FnOnce(T) + Send + 'static {
        self.unkept.fetch_add(1, Ordering::SeqCst);
        let unkept = Arc::clone(&self.unkept);
        move |outcome| {
            then(outcome);
            unkept.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Reads the last deeds and checks the whole journal; `then` is called on the store's thread.
    pub fn read(
        &self,
        at_most: usize,
        then: impl FnOnce(Result<JournalPage, StoreTrouble>) + Send + 'static,
    ) {
        let page = move |desk: &mut Desk<'_>| {
            Ok(JournalPage { deeds: desk.store.deeds(at_most)?, verdict: desk.store.verify()? })
        };
        self.ask(page, then);
    }

    /// Takes the store over if whoever held it has ended; `then` is called on the store's thread.
    pub fn hand_over(&self, looks: bool, then: impl FnOnce(Result<Handover, StoreTrouble>) + Send + 'static) {
        self.ask(move |desk| desk.store.hand_over(looks), then);
    }

    /// All that is kept and how the store stands. It is asked now, not when it is waited for: what is handed over later
    /// is not in it.
    pub fn take_up(&self) -> impl Future<Output = (Result<Kept, StoreTrouble>, Report)> + Send + use<> {
        let (sender, receiver) = oneshot::channel();
        let found = |desk: &mut Desk<'_>| Ok((desk.store.load(), desk.store.report()));
        self.ask(found, move |found| drop(sender.send(found)));
        async move {
            let found = receiver.await.unwrap_or_else(|_| Err(ended()));
            found.unwrap_or_else(|trouble| (Err(trouble), Report::default()))
        }
    }

    /// All that is kept, but the journal.
    pub async fn load(&self) -> Result<Kept, StoreTrouble> {
        self.answer(|desk| desk.store.load()).await
    }

    /// The last deeds of the journal, oldest first.
    pub async fn deeds(&self, at_most: usize) -> Result<Vec<Deed>, StoreTrouble> {
        self.answer(move |desk| desk.store.deeds(at_most)).await
    }

    /// Whether the journal is whole.
    pub async fn verify(&self) -> Result<Verdict, StoreTrouble> {
        self.answer(|desk| desk.store.verify()).await
    }

    /// How the store stands.
    pub async fn report(&self) -> Report {
        let report = self.answer(|desk| Ok(desk.store.report())).await;
        report.unwrap_or_else(|trouble| Report { trouble: Some(trouble), ..Report::default() })
    }

    /// Keeps changes and waits for it.
    pub async fn keep(&self, changes: Vec<Change>) -> Result<(), StoreTrouble> {
        let (sender, receiver) = oneshot::channel();
        self.apply(changes, move |outcome| drop(sender.send(outcome)));
        receiver.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Asks and hands the answer on from the store's thread.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Desk<'_>) -> Result<T, StoreTrouble> + Send + 'static,
        then: impl FnOnce(Result<T, StoreTrouble>) + Send + 'static,
    ) {
        let job: Job = Box::new(move |desk| then(question(desk)));
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        // A job that comes back has not been run: its `then` is dropped, and whoever waits for it sees that.
        drop(sent);
    }

    async fn answer<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Desk<'_>) -> Result<T, StoreTrouble> + Send + 'static,
    ) -> Result<T, StoreTrouble> {
        let (sender, receiver) = oneshot::channel();
        self.ask(question, move |answer| drop(sender.send(answer)));
        receiver.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Without a sender the queue ends when it is empty.
        self.jobs = None;
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        let is_reading = ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
        if is_reading && self.unkept.load(Ordering::SeqCst) == 0 {
            // It is opened or read, and nobody waits for that any more: the file outlives a cut at any moment.
            return;
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn ended() -> StoreTrouble {
    StoreTrouble {
        kind: TroubleKind::Other,
        sentence: "Not kept: the store has stopped; start rounds again.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::MemoryStore, *};

    #[tokio::test]
    async fn the_end_waits_for_what_is_to_be_kept_and_for_nothing_else() {
        for changes in [0, 1] {
            let (open, opened) = channel::<()>();
            let make = move || -> Box<dyn Store> {
                opened.recv().ok();
                Box::new(MemoryStore::default())
            };
            let keeper = Keeper::open(make).unwrap();
            let reading = keeper.take_up();
            let (kept, answer) = oneshot::channel();
            if changes > 0 {
                let view = Change::PutView { name: "v".into(), state: "s".into() };
                keeper.apply(vec![view], move |outcome| kept.send(outcome).unwrap());
                drop(open);
                drop(keeper);
                assert_eq!(answer.await, Ok(Ok(())), "it was kept before the end");
            } else {
                // Nobody opens it: a wait for that would never end.
                drop(keeper);
                drop(open);
            }
            assert!(reading.await.0.is_ok());
        }
    }

    #[tokio::test]
    async fn answers_come_in_order_and_the_queue_is_emptied_at_the_end() {
        let keeper = Keeper::start(MemoryStore::default()).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        for number in 0..100 {
            let seen = Arc::clone(&seen);
            let view = Change::PutView { name: format!("v{number}"), state: String::new() };
            keeper.apply(vec![view], move |outcome| {
                outcome.unwrap();
                seen.lock().unwrap().push(number);
            });
        }
        assert_eq!(keeper.load().await.unwrap().views.len(), 100);
        keeper.keep(vec![Change::PutView { name: "last".into(), state: "s".into() }]).await.unwrap();
        assert!(!keeper.report().await.notices.is_empty(), "memory is said to be memory");
        drop(keeper);
        assert_eq!(*seen.lock().unwrap(), (0..100).collect::<Vec<_>>());
    }

    /// Refuses so many changes and passes on the rest.
    #[derive(Debug)]
    struct Full(u32, MemoryStore);

    impl Store for Full {
        fn apply(&mut self, changes: &[Change]) -> Result<(), StoreTrouble> {
            if self.0 > 0 {
                self.0 -= 1;
                return Err(StoreTrouble::of(TroubleKind::Full, std::path::Path::new("/"), ""));
            }
            self.1.apply(changes)
        }

        fn load(&mut self) -> Result<Kept, StoreTrouble> {
            self.1.load()
        }

        fn hand_over(&mut self, looks: bool) -> Result<Handover, StoreTrouble> {
            self.1.hand_over(looks)
        }

        fn deeds(&mut self, at_most: usize) -> Result<Vec<Deed>, StoreTrouble> {
            self.1.deeds(at_most)
        }

        fn verify(&mut self) -> Result<Verdict, StoreTrouble> {
            self.1.verify()
        }

        fn report(&self) -> Report {
            self.1.report()
        }
    }

    #[tokio::test]
    async fn the_end_of_a_write_that_could_not_be_kept_goes_with_the_next_change() {
        let view = |name: &str| vec![Change::PutView { name: name.into(), state: "s".into() }];
        let keeper = Keeper::start(Full(3, MemoryStore::default())).unwrap();
        keeper.settle(view("end"));
        assert!(keeper.keep(view("refused")).await.is_err());
        keeper.settle(view("another end"));
        assert!(keeper.load().await.unwrap().views.is_empty());
        keeper.keep(view("next")).await.unwrap();
        let kept: Vec<String> = keeper.load().await.unwrap().views.into_keys().collect();
        assert_eq!(kept, ["another end", "end", "next"], "what was refused to its asker is not kept later");
    }
}
