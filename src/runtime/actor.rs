//! Effects become deeds here: conversations, timers, kept writes; what comes of them goes back as messages.
//!
//! Must not touch the terminal: those effects are handed back to the loop.

use super::{clock, files, journal::Journal, link::Link, timers::Timers};
use crate::app::{
    Effect, Msg,
    kept::{Change, Loaded},
    outbox::CallId,
};
use crate::config::save_view;
use crate::domain::task::SourceId;
use crate::providers::{ApiError, Call, ErrorKind};
use futures_util::future::BoxFuture;
use std::{
    fmt,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        oneshot,
    },
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// How much of the journal the screen shows.
const JOURNAL_DEEDS: usize = 1_000;

/// What the store says of a write that is about to go out.
type KeptAnswer = oneshot::Receiver<Result<(), String>>;

/// Gives what an earlier run left, when it has been read.
pub struct Opening(BoxFuture<'static, Loaded>);

impl Opening {
    /// What is to be done behind the first frame.
    pub fn new(reading: impl Future<Output = Loaded> + Send + 'static) -> Opening {
        Opening(Box::pin(reading))
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Opening")
    }
}

/// Does what the program wants.
#[derive(Debug)]
pub struct Actor {
    links: Vec<Arc<Link>>,
    reads: Vec<CancellationToken>,
    journal: Box<dyn Journal>,
    config_path: Option<PathBuf>,
    opening: Option<Opening>,
    sender: UnboundedSender<Msg>,
    inbox: UnboundedReceiver<Msg>,
    under_way: JoinSet<()>,
    /// The timers that are set.
    pub timers: Timers,
}

impl Actor {
    /// An actor for these sources, in the order of their ids. Views are saved into `config_path`.
    pub fn new(links: Vec<Arc<Link>>, journal: Box<dyn Journal>, config_path: Option<PathBuf>) -> Actor {
        let (sender, inbox) = unbounded_channel();
        let reads = links.iter().map(|_| CancellationToken::new()).collect();
        let (under_way, timers) = (JoinSet::new(), Timers::default());
        Actor { links, reads, journal, config_path, opening: None, sender, inbox, under_way, timers }
    }

    /// The same, with what an earlier run left to be read once the first frame stands.
    #[must_use]
    pub fn opening(self, opening: Opening) -> Actor {
        Actor { opening: Some(opening), ..self }
    }

    /// The first frame stands: requests may begin, and what an earlier run left is read.
    pub fn start(&mut self) {
        self.post(Msg::Start);
        if let Some(Opening(reading)) = self.opening.take() {
            let sender = self.sender.clone();
            self.under_way.spawn(async move {
                let loaded = Msg::Loaded(Box::new(reading.await));
                drop(sender.send(loaded));
            });
        }
    }

    /// Waits for what comes of the effects. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Msg {
        // The actor holds a sender itself: the channel is never closed.
        self.inbox.recv().await.unwrap_or(Msg::Terminate)
    }

    /// What has come already.
    pub fn next_waiting(&mut self) -> Option<Msg> {
        self.inbox.try_recv().ok()
    }

    /// Does an effect; one that is about the terminal or the program itself is given back.
    pub fn act(&mut self, effect: Effect) -> Option<Effect> {
        while self.under_way.try_join_next().is_some() {}
        match effect {
            Effect::Call { id, source, call } => self.converse(id, source, call, None),
            Effect::Send { id, source, call, intent } => {
                let (sender, kept) = oneshot::channel();
                self.journal.keep(&intent, Box::new(move |outcome| drop(sender.send(outcome))));
                self.converse(id, source, call, Some(kept));
            }
            Effect::Note(intent) => self.journal.keep(&intent, Box::new(drop)),
            Effect::CancelReads(source) => self.cancel_reads(source),
            Effect::Timer { id, at } => self.timers.set(id, at),
            Effect::GoOn(generation) => self.post(Msg::GoOn(generation)),
            Effect::Keep(intent) => {
                let (sender, id) = (self.sender.clone(), intent.id);
                let answer = move |outcome| drop(sender.send(Msg::Stored { id, outcome }));
                self.journal.keep(&intent, Box::new(answer));
            }
            Effect::Forget(id, end) => self.journal.forget(id, end),
            Effect::LetGo { key, changes } => {
                let sender = self.sender.clone();
                let answer = move |outcome| drop(sender.send(Msg::LetGo { key, outcome }));
                self.journal.change(changes, Box::new(answer));
            }
            Effect::Adopt(intents) => self.journal.adopt(&intents),
            Effect::ClaimStore { looks } => {
                let sender = self.sender.clone();
                self.journal.claim(looks, Box::new(move |claim| drop(sender.send(Msg::Claimed(claim)))));
            }
            Effect::Store(changes) => self.journal.change(changes, Box::new(drop)),
            Effect::StoreDraft { draft, revision } => {
                let (sender, id) = (self.sender.clone(), draft.id);
                let answer = move |outcome| drop(sender.send(Msg::DraftStored { id, revision, outcome }));
                self.journal.change(vec![Change::PutDraft(*draft)], Box::new(answer));
            }
            Effect::ReadJournal => {
                let sender = self.sender.clone();
                let answer = move |page| drop(sender.send(Msg::JournalRead(page)));
                self.journal.read(JOURNAL_DEEDS, Box::new(answer));
            }
            Effect::SaveView { name, key, query } => {
                let outcome = self.save(&name, &key, &query);
                self.post(Msg::ViewSaved { name, outcome });
            }
            Effect::RenewCredential(source) => self.renew(source),
            terminal => return Some(terminal),
        }
        None
    }

    /// Posts a message behind everything that waits.
    pub fn post(&self, msg: Msg) {
        // A message that nobody can take any more is of no use to anybody.
        drop(self.sender.send(msg));
    }

    /// Holds a conversation; one that waits for the store says nothing when nothing could be kept.
    fn converse(&mut self, id: CallId, source: SourceId, call: Call, kept: Option<KeptAnswer>) {
        let sender = self.sender.clone();
        let (Some(link), Some(reads)) = (self.link(source), self.reads.get(usize::from(source.0)).cloned())
        else {
            let outcome = Err(ApiError {
                kind: ErrorKind::Unsupported,
                status: None,
                sentence: "The source is not configured.".to_owned(),
                request_id: None,
            });
            return self.post(Msg::Heard { id, outcome: Box::new(outcome) });
        };
        self.under_way.spawn(async move {
            if let Some(kept) = kept
                && let Err(sentence) =
                    kept.await.unwrap_or_else(|_| Err("Not kept: the store has stopped.".to_owned()))
            {
                return drop(sender.send(Msg::NotKept { id, sentence }));
            }
            let conversation = link.converse(&call);
            let outcome = if call.writes() {
                // Once a byte may be out, a write is waited for to its end.
                Some(conversation.await)
            } else {
                reads.run_until_cancelled(conversation).await
            };
            if let Some(outcome) = outcome {
                if outcome.is_ok() {
                    // The key was read for this conversation, so its kind costs nothing more.
                    let badge = link.badge().await;
                    drop(sender.send(Msg::Badge { source, badge }));
                }
                drop(sender.send(Msg::Heard { id, outcome: Box::new(outcome) }));
            }
        });
    }

    fn cancel_reads(&mut self, source: SourceId) {
        if let Some(reads) = self.reads.get_mut(usize::from(source.0)) {
            reads.cancel();
            *reads = CancellationToken::new();
        }
    }

    fn renew(&mut self, source: SourceId) {
        if let Some(link) = self.link(source) {
            link.forget_secret();
        }
    }

    fn link(&self, source: SourceId) -> Option<Arc<Link>> {
        self.links.get(usize::from(source.0)).cloned()
    }

    fn save(&self, name: &str, key: &str, query: &str) -> Result<(), String> {
        let path = self.config_path.as_deref().ok_or("This run has no configuration file.")?;
        write_view(path, name, key, query)
    }

    /// Which timers are due now, as messages.
    pub fn due(&mut self) -> Vec<Msg> {
        self.timers.due(clock::now()).into_iter().map(Msg::Timer).collect()
    }
}

fn write_view(path: &Path, name: &str, key: &str, query: &str) -> Result<(), String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{}: {error}.", path.display())),
    };
    let edited = save_view(&text, name, key.parse().ok(), query)?;
    files::replace(path, edited.as_bytes()).map_err(|error| format!("{}: {error}.", path.display()))
}
