//! The store as `rounds doctor` tells it: who may write, what is kept, whether the journal is whole, where the key is.
//!
//! Must not make a store where there is none, nor show what is in it.

use super::{
    doctor::place,
    journal,
    kept::{self, Shelves, Site},
};
use crate::{
    config::StoreKeyPlace,
    runtime::{
        store::{Access, Verdict, key::KEY_FILE},
        vault::Vault,
    },
};
use serde_json::{Value, json};

/// How the store stands.
#[derive(Clone, Debug, Default)]
pub(super) struct StoreReport {
    /// `none`, `empty`, `free`, `held`, `newer` or `unreadable`.
    access: &'static str,
    /// The process that writes now.
    holder: Option<u32>,
    key: String,
    counts: Option<Counts>,
    /// What is wrong, a whole sentence.
    pub(super) problem: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Counts {
    writes: usize,
    drafts: usize,
    verdict: Verdict,
}

impl StoreReport {
    /// Looks at the store of this site.
    pub(super) async fn of(site: &Site, vault: &Vault) -> StoreReport {
        let Some(directory) = &site.directory else {
            return StoreReport { access: "none", ..StoreReport::default() };
        };
        let key = match &site.key {
            StoreKeyPlace::File => place(&directory.join(KEY_FILE)),
            // Its arguments may hold a password.
            StoreKeyPlace::Command(words) => {
                format!("from the command {}", words.first().map_or("(none)", String::as_str))
            }
            StoreKeyPlace::Unclear => "not clear from the configuration".to_owned(),
        };
        let report = StoreReport { access: "empty", key, ..StoreReport::default() };
        let unreadable =
            |problem: String| StoreReport { access: "unreadable", problem: Some(problem), ..report.clone() };
        let shelves = match kept::read(site, vault).await {
            Ok(Some(shelves)) => shelves,
            Ok(None) => return report,
            Err(failure) => return unreadable(failure.sentences.join(" ")),
        };
        let Shelves { keeper, holder } = shelves;
        let (kept, verdict) = match (keeper.load().await, keeper.verify().await) {
            (Ok(kept), Ok(verdict)) => (kept, verdict),
            (Err(trouble), _) | (_, Err(trouble)) => return unreadable(trouble.sentence),
        };
        let access = match (keeper.report().await.access, holder) {
            (Access::Newer, _) => "newer",
            (_, Some(_)) => "held",
            (_, None) => "free",
        };
        let problem = match verdict {
            Verdict::Broken { first } => Some(journal::broken(first)),
            Verdict::Whole { .. } => None,
        };
        let counts = Counts { writes: kept.writes.len(), drafts: kept.drafts.len(), verdict };
        let holder = holder.and_then(|holder| holder.pid);
        StoreReport { access, holder, counts: Some(counts), problem, ..report }
    }

    /// It as lines.
    pub(super) fn lines(&self) -> Vec<String> {
        let who =
            self.holder.map_or_else(|| "another rounds".to_owned(), |pid| format!("rounds, process {pid},"));
        let access = match self.access {
            "none" => return vec!["none: there is no home directory".to_owned()],
            "empty" => "nothing has been kept yet".to_owned(),
            "held" => format!("{who} writes to it now; others only read"),
            "newer" => "a newer version of rounds made it: it is only read".to_owned(),
            "free" => "nobody writes to it now".to_owned(),
            _ => "it cannot be read".to_owned(),
        };
        let mut lines = vec![access, format!("key {}", self.key)];
        lines.extend(self.counts.map(|counts| {
            let journal = match counts.verdict {
                Verdict::Whole { rows } => {
                    format!("the journal is whole ({})", counted(rows, "entry", "entries"))
                }
                Verdict::Broken { first } => format!("THE JOURNAL IS BROKEN from entry {first} on"),
            };
            let writes = counted(counts.writes as u64, "unsent write", "unsent writes");
            format!("{writes}, {}; {journal}", counted(counts.drafts as u64, "draft", "drafts"))
        }));
        lines
    }

    /// It as JSON.
    pub(super) fn object(&self) -> Value {
        let counts = self.counts;
        json!({
            "access": self.access,
            "holder": self.holder,
            "key": self.key,
            "writes": counts.map(|counts| counts.writes),
            "drafts": counts.map(|counts| counts.drafts),
            "journal": counts.map(|counts| match counts.verdict {
                Verdict::Whole { .. } => "whole",
                Verdict::Broken { .. } => "broken",
            }),
        })
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_or_held_is_said_in_words() {
        let counts = Counts { writes: 1, drafts: 2, verdict: Verdict::Broken { first: 4 } };
        let report = StoreReport {
            access: "held",
            holder: Some(12),
            key: "from the command pass".to_owned(),
            counts: Some(counts),
            problem: None,
        };
        assert_eq!(
            report.lines(),
            [
                "rounds, process 12, writes to it now; others only read",
                "key from the command pass",
                "1 unsent write, 2 drafts; THE JOURNAL IS BROKEN from entry 4 on",
            ]
        );
        assert_eq!((&report.object()["journal"], &report.object()["holder"]), (&json!("broken"), &json!(12)));
    }
}
