//! The guards of a sweep over many pages: it must end whatever a server says about its cursors.
//!
//! Must not ask for anything: it is shown each page and says whether there is a next one.

use super::{DocumentPage, Page};
use crate::domain::can::Can;
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Pages of one sweep over a server at the most: 100,000 tasks at 100 a page.
pub const MAX_PAGES: usize = 1_000;

/// Watches one sweep: stops it at a repeated cursor, at a page of known ids and at the page cap.
#[derive(Clone, Debug)]
pub struct PagingGuard {
    max_pages: usize,
    pages: usize,
    cursors: HashSet<u64>,
    /// The hash of each key: the keys themselves would weigh as much as the list. None where nobody doubts the pages.
    keys: Option<HashSet<u64>>,
    cut: bool,
}

impl PagingGuard {
    /// A guard for one sweep of at most `max_pages` pages.
    pub fn new(max_pages: usize) -> PagingGuard {
        PagingGuard { max_pages, pages: 0, cursors: HashSet::new(), keys: Some(HashSet::new()), cut: false }
    }

    /// A guard for one sweep of a source. A file has an end by itself, and may say the same task twice.
    pub fn of(can: &Can) -> PagingGuard {
        let guard = PagingGuard::new(MAX_PAGES);
        if can.is_file { PagingGuard { max_pages: usize::MAX, keys: None, ..guard } } else { guard }
    }

    /// Takes a page in and gives the cursor of the next one, if there is to be one.
    pub fn admit(&mut self, page: &Page) -> Option<String> {
        self.pass(page.tasks.iter().map(|task| hash(&task.key)), page.next.as_ref(), page.is_cut)
    }

    /// The same for a page of documents.
    pub fn admit_documents(&mut self, page: &DocumentPage) -> Option<String> {
        let keys = page.documents.iter().map(|document| hash(&document.key));
        self.pass(keys, page.next.as_ref(), page.is_cut)
    }

    fn pass(
        &mut self,
        met: impl Iterator<Item = u64>,
        next: Option<&String>,
        is_cut: bool,
    ) -> Option<String> {
        let is_new = self.keys.as_mut().is_none_or(|keys| {
            let known = keys.len();
            keys.extend(met);
            keys.len() > known
        });
        self.pages += 1;
        self.cut |= is_cut;
        let next = next?;
        let moves_on = is_new && self.cursors.insert(hash(next));
        if moves_on && self.pages < self.max_pages {
            return Some(next.clone());
        }
        self.cut = true;
        None
    }

    /// How many different tasks the sweep has met: overlapping pages count a task once.
    pub fn distinct(&self) -> usize {
        self.keys.as_ref().map_or(0, HashSet::len)
    }

    /// How many pages the sweep has met.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// Whether the sweep was stopped although the source offered more.
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::task::{SourceId, Task, TaskKey};

    fn page(ids: &[&str], next: Option<&str>) -> Page {
        let task =
            |id: &&str| Task { key: TaskKey { source: SourceId(1), id: (*id).into() }, ..Task::default() };
        Page { tasks: ids.iter().map(task).collect(), next: next.map(str::to_owned), ..Page::default() }
    }

    #[test]
    fn contract_14_a_sweep_ends_at_the_last_page_a_repeated_cursor_a_page_of_known_ids_and_the_cap() {
        let check = |name: &str, max_pages, pages: &[Page], n_tasks, cut| {
            let mut guard = PagingGuard::new(max_pages);
            let last = pages.len() - 1;
            for (index, page) in pages.iter().enumerate() {
                assert_eq!(guard.admit(page).is_some(), index < last, "{name}: page {index}");
            }
            assert_eq!(
                (guard.pages(), guard.distinct(), guard.is_cut()),
                (pages.len(), n_tasks, cut),
                "{name}"
            );
        };
        check("the last page", 9, &[page(&["a"], Some("1")), page(&["b"], None)], 2, false);
        let repeated = [page(&["a"], Some("1")), page(&["b"], Some("2")), page(&["c"], Some("1"))];
        check("a repeated cursor", 9, &repeated, 3, true);
        check("known ids", 9, &[page(&["a", "b"], Some("1")), page(&["b", "a"], Some("2"))], 2, true);
        check("the cap", 2, &[page(&["a"], Some("1")), page(&["b"], Some("2"))], 2, true);
        check("an overlap", 9, &[page(&["a", "b"], Some("1")), page(&["b", "c"], None)], 3, false);
    }

    #[test]
    fn a_file_is_read_to_its_end_though_it_says_the_same_tasks_again() {
        let mut guard = PagingGuard::of(&Can { is_file: true, ..Can::plain("File") });
        for number in 0..MAX_PAGES + 5 {
            assert!(guard.admit(&page(&["a"], Some(&number.to_string()))).is_some());
        }
        assert_eq!(guard.admit(&page(&["a"], Some("3"))), None, "but not in a circle");
        assert!(guard.is_cut());
    }

    #[test]
    fn contract_14_a_last_page_that_promises_more_leaves_the_sweep_cut() {
        let mut guard = PagingGuard::new(9);
        assert_eq!(guard.admit(&page(&["a"], Some("1"))), Some("1".to_owned()));
        assert_eq!(guard.admit(&Page { is_cut: true, ..page(&["b"], None) }), None);
        assert!(guard.is_cut());
    }
}
