//! FHIR bulk export files as a source: read a page at a time beside the screen's thread.
//!
//! Must not write, nor hold a file whole; what a line means is for `providers/ndjson.rs`.

mod lines;
mod open;
mod pages;
#[cfg(test)]
mod tests;

use crate::{
    domain::{can::Can, people::PersonKind},
    providers::{
        Alive, Answer, ApiError, Call, ErrorKind, Facts, Page, Provider, Reply,
        ndjson::{Line, Reader},
    },
};
use open::{Opened, open_all};
use pages::pages;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    sync::{Mutex, mpsc},
    task::spawn_blocking,
};

/// Pages that are read ahead of the one that is asked for.
const AHEAD: usize = 2;

/// The files of one source.
#[derive(Debug)]
pub struct Files {
    paths: Arc<[PathBuf]>,
    reader: Reader,
    reading: Mutex<Option<Reading>>,
    /// Whether all people of the files have been told.
    told_people: AtomicBool,
}

/// A reading under way.
#[derive(Debug)]
struct Reading {
    cursor: Option<String>,
    pages: mpsc::Receiver<Page>,
}

impl Files {
    /// Files to be read by this reader; a file named twice is read once.
    pub fn new(paths: impl IntoIterator<Item = PathBuf>, reader: Reader) -> Files {
        let mut kept: Vec<PathBuf> = Vec::new();
        for path in paths {
            if !kept.contains(&path) {
                kept.push(path);
            }
        }
        Files { paths: kept.into(), reader, reading: Mutex::new(None), told_people: AtomicBool::new(false) }
    }

    /// Answers a question about the files. A reading that is asked for anew takes the place of the one before.
    pub(super) async fn answer(&self, provider: &dyn Provider, call: &Call) -> Result<Answer, ApiError> {
        let reply = match call {
            Call::SearchTasks { cursor, .. } => Reply::Page(self.page(cursor.as_deref()).await?),
            Call::ReadTask { id } => self.task(id).await?,
            Call::ReadPerson { kind, id } => self.person(*kind, id).await?,
            Call::SearchPeople { .. } => Reply::People(Vec::new()),
            Call::Probe => self.probe(provider.can()).await?,
            _ => return provider_says(provider, call),
        };
        Ok(Answer { reply, facts: Facts::default() })
    }

    async fn page(&self, cursor: Option<&str>) -> Result<Page, ApiError> {
        let mut reading = self.reading.lock().await;
        if cursor.is_none() {
            *reading = None;
            let (opened, complaints) = self.open().await?;
            let (sender, pages_of) = mpsc::channel(AHEAD);
            let reader = self.reader.clone();
            drop(spawn_blocking(move || pages(&opened, complaints, &reader, &sender)));
            *reading = Some(Reading { cursor: None, pages: pages_of });
        }
        let Some(current) = reading.as_mut().filter(|current| current.cursor.as_deref() == cursor) else {
            return Err(failed(ErrorKind::Unknown, "The files are being read anew."));
        };
        let Some(page) = current.pages.recv().await else {
            *reading = None;
            return Err(failed(ErrorKind::Unknown, "The reading of the files broke off."));
        };
        current.cursor.clone_from(&page.next);
        if page.next.is_none() {
            *reading = None;
            self.told_people.store(true, Ordering::Release);
        }
        Ok(page)
    }

    async fn task(&self, id: &str) -> Result<Reply, ApiError> {
        let wanted: Box<str> = id.into();
        let found = self.find(id, move |line| match line {
            Line::Task(task) if task.key.id == wanted => Some(Reply::Task(task)),
            _ => None,
        });
        found.await?.ok_or_else(|| failed(ErrorKind::NotFound, "The files hold no task of this id."))
    }

    async fn person(&self, kind: PersonKind, id: &str) -> Result<Reply, ApiError> {
        let nobody = || failed(ErrorKind::NotFound, "The files hold nobody of this id.");
        // Whoever was in the files came along with their rows: they are not read again for each missing name.
        if self.told_people.load(Ordering::Acquire) {
            return Err(nobody());
        }
        let wanted: Box<str> = id.into();
        let found = self.find(id, move |line| match line {
            Line::Person(person) if person.kind == kind && person.id == wanted => {
                Some(Reply::Person(*person))
            }
            _ => None,
        });
        found.await?.ok_or_else(nobody)
    }

    /// The last line about an id that is what was wanted: a later line of an export is the newer one.
    async fn find(
        &self,
        id: &str,
        wanted: impl Fn(Line) -> Option<Reply> + Send + 'static,
    ) -> Result<Option<Reply>, ApiError> {
        let (opened, _) = self.open().await?;
        let (reader, id) = (self.reader.clone(), id.to_owned());
        let found = spawn_blocking(move || pages::find(opened, &id, &reader, &wanted)).await;
        found.map_err(|_| failed(ErrorKind::Unknown, "The reading of the files broke off."))
    }

    async fn probe(&self, can: Can) -> Result<Reply, ApiError> {
        let (opened, complaints) = self.open().await?;
        let told = opened.iter().map(Opened::about).chain(complaints);
        let about = told.collect::<Vec<_>>().join("; ");
        Ok(Reply::Alive(Box::new(Alive { about, can, me: None, lore: None })))
    }

    /// The files that can be read, and what is wrong with the others; an error when none can.
    async fn open(&self) -> Result<(Vec<Opened>, Vec<String>), ApiError> {
        let paths = Arc::clone(&self.paths);
        let opened = spawn_blocking(move || open_all(&paths)).await;
        opened.unwrap_or_else(|_| Err(failed(ErrorKind::Unknown, "The files could not be opened.")))
    }
}

/// What the adapter itself says to a question that no file can answer.
fn provider_says(provider: &dyn Provider, call: &Call) -> Result<Answer, ApiError> {
    match provider.step(call, &[]) {
        crate::providers::Step::Done(outcome) => outcome,
        crate::providers::Step::Ask(_) => Err(failed(ErrorKind::Unsupported, "A file cannot be asked that.")),
    }
}

fn failed(kind: ErrorKind, sentence: &str) -> ApiError {
    ApiError { kind, status: None, sentence: sentence.to_owned(), request_id: None }
}
