//! The store's own thread: whoever types never waits for a disk.
//!
//! Must not lose a change that was handed over: what is in the queue when the program ends is still written.

use super::{Change, Deed, Kept, Report, Store, StoreTrouble, TroubleKind, Verdict};
use crate::app::kept::JournalPage;
use std::{
    sync::mpsc::{Sender, channel},
    thread::{Builder, JoinHandle},
};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut dyn Store) + Send>;

/// A store on a thread of its own. Questions are answered in the order in which they are asked.
#[derive(Debug)]
pub struct Keeper {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread; the store opens there, while the first frame is drawn.
    pub fn start(store: impl Store + 'static) -> std::io::Result<Keeper> {
        let (jobs, queue) = channel::<Job>();
        let thread = Builder::new().name("store".to_owned()).spawn(move || {
            let mut store = store;
            for job in queue {
                job(&mut store);
            }
        })?;
        Ok(Keeper { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Hands changes over; `then` is called on the store's thread when they are kept, or are not.
    pub fn apply(&self, changes: Vec<Change>, then: impl FnOnce(Result<(), StoreTrouble>) + Send + 'static) {
        self.ask(move |store| store.apply(&changes), then);
    }

    /// Reads the last deeds and checks the whole journal; `then` is called on the store's thread.
    pub fn read(
        &self,
        at_most: usize,
        then: impl FnOnce(Result<JournalPage, StoreTrouble>) + Send + 'static,
    ) {
        let page = move |store: &mut dyn Store| {
            Ok(JournalPage { deeds: store.deeds(at_most)?, verdict: store.verify()? })
        };
        self.ask(page, then);
    }

    /// All that is kept, but the journal.
    pub async fn load(&self) -> Result<Kept, StoreTrouble> {
        self.answer(|store| store.load()).await
    }

    /// The last deeds of the journal, oldest first.
    pub async fn deeds(&self, at_most: usize) -> Result<Vec<Deed>, StoreTrouble> {
        self.answer(move |store| store.deeds(at_most)).await
    }

    /// Whether the journal is whole.
    pub async fn verify(&self) -> Result<Verdict, StoreTrouble> {
        self.answer(|store| store.verify()).await
    }

    /// How the store stands.
    pub async fn report(&self) -> Report {
        let report = self.answer(|store| Ok(store.report())).await;
        report.unwrap_or_else(|trouble| Report { trouble: Some(trouble), ..Report::default() })
    }

    /// Keeps changes and waits for it.
    pub async fn keep(&self, changes: Vec<Change>) -> Result<(), StoreTrouble> {
        self.answer(move |store| store.apply(&changes)).await
    }

    /// Asks and hands the answer on from the store's thread.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Store) -> Result<T, StoreTrouble> + Send + 'static,
        then: impl FnOnce(Result<T, StoreTrouble>) + Send + 'static,
    ) {
        let job: Job = Box::new(move |store| then(question(store)));
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        // A job that comes back has not been run: its `then` is dropped, and whoever waits for it sees that.
        drop(sent);
    }

    async fn answer<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Store) -> Result<T, StoreTrouble> + Send + 'static,
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
    use std::sync::{Arc, Mutex};

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
}
