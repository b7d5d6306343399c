//! From files to pages of tasks and people, lines parsed on all cores.
//!
//! Must not stop at a bad line: it is named and counted.

use super::{
    lines::{Found, LINE_BYTES, Lines},
    open::Opened,
};
use crate::providers::{
    Page, Reply,
    ndjson::{Line, Reader},
};
use memchr::memmem::Finder;
use std::thread;
use tokio::sync::mpsc;

/// Lines of a page at the most.
const PAGE_LINES: usize = 2_000;
/// Bytes of a page at the most, the last line left aside.
const PAGE_BYTES: usize = 8 << 20;
/// Lines that are worth a thread of their own.
const THREAD_LINES: usize = 200;
/// Threads that parse; the screen's own keeps what is left of a machine.
const THREADS: usize = 4;
/// Bad lines of a page that are named.
const NAMED: usize = 20;

/// Some lines of a file, one behind the other.
#[derive(Debug, Default)]
struct Batch {
    text: Vec<u8>,
    /// Where each ends, and its number.
    ends: Vec<(usize, u64)>,
    too_long: Vec<u64>,
    is_end: bool,
}

impl Batch {
    fn read(lines: &mut Lines) -> std::io::Result<Batch> {
        let mut batch = Batch::default();
        while batch.ends.len() < PAGE_LINES && batch.text.len() < PAGE_BYTES {
            match lines.next(&mut batch.text)? {
                Found::Line => batch.ends.push((batch.text.len(), lines.number)),
                Found::TooLong => batch.too_long.push(lines.number),
                Found::End => {
                    batch.is_end = true;
                    break;
                }
            }
        }
        Ok(batch)
    }

    /// The lines with their numbers.
    fn lines(&self) -> Vec<(&[u8], u64)> {
        let mut start = 0;
        let mut lines = Vec::with_capacity(self.ends.len());
        for (end, number) in &self.ends {
            lines.push((self.text.get(start..*end).unwrap_or_default(), *number));
            start = *end;
        }
        lines
    }
}

/// Reads all files to their ends, page by page, as fast as pages are taken; stops when nobody takes them any more.
pub(super) fn pages(files: &[Opened], complaints: Vec<String>, reader: &Reader, sender: &mpsc::Sender<Page>) {
    // What cannot be opened may hold tasks: what is missing is not gone.
    let mut last = Page { is_cut: !complaints.is_empty(), complaints, ..Page::default() };
    for (place, file) in files.iter().enumerate() {
        let mut holds_any = false;
        let mut lines = match file.lines() {
            Ok(lines) => lines,
            Err(error) => {
                stop(&mut last, file, &error);
                continue;
            }
        };
        loop {
            let batch = match Batch::read(&mut lines) {
                Ok(batch) => batch,
                Err(error) => {
                    stop(&mut last, file, &error);
                    break;
                }
            };
            let mut page = parsed(&batch, &file.name, reader);
            holds_any |= !page.tasks.is_empty() || !page.people.is_empty() || page.dropped > 0;
            page.next = Some(format!("{place}:{}", lines.number));
            let is_empty = batch.ends.is_empty() && batch.too_long.is_empty();
            if !is_empty && sender.blocking_send(page).is_err() {
                return;
            }
            if batch.is_end {
                break;
            }
        }
        if !holds_any {
            last.complaints.push(format!("{} holds neither tasks nor people that they name.", file.name));
        }
        if let Some(doubt) = file.doubt() {
            last.is_cut = true;
            last.complaints.push(format!("{} {doubt}", file.name));
        }
    }
    sender.blocking_send(last).ok();
}

fn stop(last: &mut Page, file: &Opened, error: &std::io::Error) {
    last.is_cut = true;
    last.complaints.push(format!("{} could not be read to its end: {error}.", file.name));
}

/// What the lines of a batch hold, in their order.
fn parsed(batch: &Batch, name: &str, reader: &Reader) -> Page {
    let lines = batch.lines();
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = (lines.len() / THREAD_LINES).clamp(1, cores.min(THREADS));
    let share = lines.len().div_ceil(threads).max(1);
    let read = |lines: &[(&[u8], u64)]| -> Vec<(Result<Line, String>, u64)> {
        lines.iter().map(|(line, number)| (reader.line(line), *number)).collect()
    };
    let held: Vec<_> = if threads == 1 {
        vec![read(&lines)]
    } else {
        thread::scope(|scope| {
            let shares: Vec<_> =
                lines.chunks(share).map(|lines| (lines, scope.spawn(move || read(lines)))).collect();
            let joined = shares.into_iter().map(|(lines, thread)| {
                // Lines that nobody could read are still counted.
                let lost = |(_, number): &(&[u8], u64)| (Err("it could not be read.".to_owned()), *number);
                thread.join().unwrap_or_else(|_| lines.iter().map(lost).collect())
            });
            joined.collect()
        })
    };
    let mut page = Page::default();
    let mut bad: Vec<(u64, String)> = Vec::new();
    for (held, number) in held.into_iter().flatten() {
        match held {
            Ok(Line::Task(task)) => page.tasks.push(*task),
            Ok(Line::Person(person)) => page.people.push(*person),
            Ok(Line::Other | Line::Blank) => {}
            Err(why) => bad.push((number, why)),
        }
    }
    let limit = LINE_BYTES >> 20;
    bad.extend(batch.too_long.iter().map(|number| (*number, format!("it is longer than {limit} MiB."))));
    bad.sort_by_key(|(number, _)| *number);
    page.dropped = u32::try_from(bad.len()).unwrap_or(u32::MAX);
    let named = bad.into_iter().take(NAMED).map(|(number, why)| format!("{name} line {number}: {why}"));
    page.complaints = named.collect();
    page
}

/// The last line about an id that is what was wanted.
pub(super) fn find(
    files: Vec<Opened>,
    id: &str,
    reader: &Reader,
    wanted: &dyn Fn(Line) -> Option<Reply>,
) -> Option<Reply> {
    let finder = Finder::new(id);
    let mut found = None;
    let mut text = Vec::new();
    for file in files {
        let Ok(mut lines) = file.lines() else { continue };
        // A line that cannot be read any more is no line of this id.
        while let Ok(next) = {
            text.clear();
            lines.next(&mut text)
        } {
            if next == Found::End {
                break;
            }
            if finder.find(&text).is_some()
                && let Ok(line) = reader.line(&text)
                && let Some(reply) = wanted(line)
            {
                found = Some(reply);
            }
        }
    }
    found
}
