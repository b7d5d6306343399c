//! What was promised of each write, and whether it was kept.
//!
//! Must not help the program: it only watches.

use super::servers::Servers;
use rounds::{
    app::outbox::{End, Intent, IntentState, Wish},
    domain::task::Field,
};
use std::collections::BTreeMap;

/// What a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Task,
    Document,
    /// It takes another one back.
    Reversal,
    /// It takes a thing away.
    Removal,
}

/// One write from the user's hand to its end.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The how-manieth it is.
    pub(super) number: usize,
    /// What it is.
    pub(super) kind: Kind,
    /// So many changes the servers had carried out when it was confirmed.
    pub(super) since: usize,
    /// The name of its system.
    pub(super) system: &'static str,
    /// The words that tell it from all others.
    pub(super) words: String,
    /// The task or document that it changes; none for what is yet to be made.
    pub(super) subject: Option<String>,
    /// Whether the program said that it is queued.
    pub(super) queued: bool,
    /// Whether the store took none of it, and the user was told.
    pub(super) turned_away: bool,
    /// The line that the user confirmed.
    line: String,
    /// Whether the user has let it go, and the store is to do so.
    is_let_go: bool,
    /// Whether the screen said that it is not sent.
    is_said_unsent: bool,
    /// How it ended.
    pub(super) end: Option<End>,
    /// Whether its end is on the disk.
    is_gone: bool,
    /// Whether a request that may have been carried out got no true answer.
    in_doubt: bool,
    /// Whether that was ever so.
    was_in_doubt: bool,
    /// Whether a request of it came late to its server.
    late: bool,
    /// How often the user said: again.
    again: usize,
    /// Requests that went out for it.
    pub(super) sent: usize,
}

/// All writes of a run, and what was found wrong.
#[derive(Default)]
pub(super) struct Ledger {
    /// By the key of the user's intent, the same after a restart.
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) wrong: Vec<String>,
}

impl Ledger {
    fn complain(&mut self, what: String) {
        self.wrong.push(what);
    }

    fn of(&mut self, key: &str) -> Option<&mut Entry> {
        self.entries.get_mut(key)
    }

    /// The user has confirmed a write.
    pub(super) fn confirmed(&mut self, intent: &Intent, system: &'static str, since: usize) {
        let number = self.entries.len();
        let (kind, words) = told(&intent.wish);
        self.entries.entry(intent.idempotency_key.clone()).or_insert_with(|| Entry {
            number,
            kind,
            since,
            system,
            words,
            subject: subject(intent),
            queued: false,
            turned_away: false,
            line: intent.line.clone(),
            is_let_go: false,
            is_said_unsent: false,
            end: None,
            is_gone: false,
            in_doubt: false,
            was_in_doubt: false,
            late: false,
            again: 0,
            sent: 0,
        });
    }

    /// The program was told that the write is kept, or is not.
    pub(super) fn stored(&mut self, key: &str, kept: bool) {
        if let Some(entry) = self.of(key) {
            entry.queued |= kept;
            entry.turned_away |= !kept;
        }
    }

    /// The screen says something.
    pub(super) fn is_said(&mut self, text: &str) {
        let Some(line) = text.strip_prefix("Not sent: ") else { return };
        // What is done again has the line of what was taken back.
        let of_it = self.entries.values_mut().filter(|entry| entry.line == line && entry.sent == 0);
        if let Some(entry) = of_it.max_by_key(|entry| entry.number) {
            entry.is_said_unsent = true;
        }
    }

    /// The store is asked to let a write go, or could not.
    pub(super) fn is_let_go(&mut self, key: &str, is_asked: bool) {
        if let Some(entry) = self.of(key) {
            entry.is_let_go = is_asked;
        }
    }

    /// The program lets a write go out.
    pub(super) fn goes_out(&mut self, key: &str, is_kept: bool, open: &[Intent]) {
        let Some(entry) = self.entries.get(key).cloned() else {
            return self.complain(format!("{key} goes out and was never confirmed"));
        };
        if !entry.queued || !is_kept {
            self.complain(format!("“{}” goes out before it is kept", entry.words));
        }
        // What is known not to be done is in nobody's way.
        let is_refused = |key: &str| {
            let mut open = open.iter();
            open.any(|other| {
                other.idempotency_key == key && matches!(other.state, IntentState::Refused { .. })
            })
        };
        let earlier = self.entries.iter().find(|(key, other)| {
            !is_refused(key)
                && other.subject.is_some()
                && other.subject == entry.subject
                && other.number < entry.number
                && other.queued
                && !other.is_let_go
                && other.end.is_none()
        });
        if let Some((_, earlier)) = earlier {
            let line = format!("“{}” overtakes “{}”", entry.words, earlier.words);
            self.complain(line);
        }
    }

    /// A request that changes something leaves the program.
    pub(super) fn asks(&mut self, key: &str, knows_mark: bool) {
        let Some(entry) = self.of(key) else { return };
        entry.sent += 1;
        let is_ended = entry.end.is_some() || entry.is_gone || entry.is_said_unsent;
        let line = format!("“{}” goes out after its end", entry.words);
        let is_blind = entry.in_doubt && !knows_mark;
        entry.in_doubt = true;
        entry.was_in_doubt = true;
        let blind = is_blind.then(|| format!("“{}” is sent again blindly", entry.words));
        self.wrong.extend(blind);
        if is_ended {
            self.complain(line);
        }
    }

    /// A request of it reaches its server when nobody waits any more.
    pub(super) fn comes_late(&mut self, key: &str) {
        if let Some(entry) = self.of(key) {
            entry.late = true;
        }
    }

    /// The program hears for certain what became of the last request.
    pub(super) fn hears(&mut self, key: &str) {
        if let Some(entry) = self.of(key) {
            entry.in_doubt = false;
            entry.was_in_doubt = entry.sent > 1 && entry.was_in_doubt;
        }
    }

    /// The user says: send it again.
    pub(super) fn again(&mut self, key: &str) {
        if let Some(entry) = self.of(key) {
            entry.again += 1;
            entry.in_doubt = false;
        }
    }

    /// The program says that a write has ended.
    pub(super) fn ended(&mut self, key: &str, end: &End, servers: &Servers) {
        let Some(entry) = self.of(key) else { return };
        entry.end = Some(end.clone());
        let entry = entry.clone();
        let is_there = is_there(&entry, servers);
        match end {
            End::Done if !is_there => {
                self.complain(format!("“{}” is said to be done, and its source has it not", entry.words));
            }
            End::Refused(why) if is_there && !entry.was_in_doubt => {
                self.complain(format!("“{}” is said to be refused ({why}), and it was done", entry.words));
            }
            _ => {}
        }
    }

    /// The end of a write is on the disk: nothing of it is to come up again.
    pub(super) fn gone(&mut self, key: &str) {
        if let Some(entry) = self.of(key) {
            entry.is_gone = true;
        }
    }

    /// A program has taken up what an earlier one left.
    pub(super) fn taken_up(&mut self, intents: &[Intent]) {
        let is_back = |key: &String| intents.iter().any(|intent| intent.idempotency_key == *key);
        let back = self.entries.iter().filter(|(key, entry)| entry.is_gone && is_back(key));
        let unsent = self.entries.iter().filter(|(key, entry)| entry.is_said_unsent && is_back(key));
        let unsent: Vec<String> = unsent
            .map(|(_, entry)| format!("“{}” was said to be taken back, and comes up again", entry.words))
            .collect();
        let back: Vec<String> = back
            .map(|(_, entry)| format!("“{}” had ended and is in the outbox again", entry.words))
            .collect();
        self.wrong.extend(back);
        self.wrong.extend(unsent);
        let has = |key: &str| intents.iter().any(|intent| intent.idempotency_key == key);
        let lost: Vec<String> = self
            .entries
            .iter()
            .filter(|(key, entry)| entry.queued && entry.end.is_none() && !entry.is_let_go && !has(key))
            .map(|(_, entry)| format!("“{}” was queued and is lost", entry.words))
            .collect();
        self.wrong.extend(lost);
        // What was refused to the user's face may come back; it is open then.
        for intent in intents {
            if let Some(entry) = self.entries.get_mut(&intent.idempotency_key) {
                entry.end = None;
                entry.is_let_go = false;
                entry.queued = true;
            }
        }
    }

    /// Looks at everything when nothing more will happen.
    pub(super) fn close(&mut self, open: &[Intent], patient: bool, servers: &Servers) {
        for (key, entry) in self.entries.clone() {
            let Entry { words, system: name, .. } = &entry;
            let mine = open.iter().find(|intent| intent.idempotency_key == *key);
            let is_there = is_there(&entry, servers);
            if entry.queued && entry.end.is_none() && !entry.is_let_go && mine.is_none() {
                self.complain(format!("{name}: “{words}” was queued and is lost"));
            }
            if patient && let Some(mine) = mine {
                self.complain(format!("{name}: “{words}” waits for ever: {:?}", mine.state));
            }
            // Behind one that waits for the user's word, its own turn does not come.
            let stands_behind = open.iter().any(|other| {
                other.needs_user() && entry.subject.is_some() && subject(other) == entry.subject
            });
            if !patient
                && !stands_behind
                && let Some(mine) = mine
                && !mine.needs_user()
            {
                self.complain(format!("{name}: “{words}” waits, and not for the user: {:?}", mine.state));
            }
            if matches!(entry.end, Some(End::Done)) && !is_there {
                self.complain(format!("{name}: “{words}” is done, and its source has it not"));
            }
            if entry.subject.is_none() {
                let made = servers.made(name, words, entry.since);
                let most = if entry.late { 1 + entry.again } else { 1 };
                if made > most {
                    self.complain(format!("{name}: “{words}” was made {made} times"));
                }
            }
            if entry.turned_away && entry.sent > 0 && !entry.queued {
                self.complain(format!("{name}: “{words}” was not kept and went out"));
            }
        }
    }
}

/// What a write changes; none for what is yet to be made.
fn subject(intent: &Intent) -> Option<String> {
    intent.wish.subject().map(|subject| format!("{subject:?}"))
}

/// Whether a source has carried a write out.
pub(super) fn is_there(entry: &Entry, servers: &Servers) -> bool {
    servers.made(entry.system, &entry.words, entry.since) > 0
}

/// What a write is, and the words that tell it from all others. One that takes another back says nothing of its own: it
/// is told by what it changes, and by what was done before it.
fn told(wish: &Wish) -> (Kind, String) {
    let by_hand =
        |text: &str| text.contains("by hand").then(|| text.lines().last().unwrap_or_default().to_owned());
    let id = match wish {
        Wish::Create(draft) => {
            return (Kind::Task, draft.description.as_deref().unwrap_or_default().to_owned());
        }
        Wish::CreateDocument(document) | Wish::UpdateDocument { document, .. } => {
            return (Kind::Document, document.title.to_string());
        }
        Wish::Update { base, patch } => {
            let notes = patch.values.notes.iter().map(|note| &*note.text);
            let text = if patch.fields.contains(&Field::Note) {
                notes.rev().find_map(by_hand)
            } else {
                patch.values.description.as_deref().and_then(by_hand)
            };
            match text.filter(|_| !patch.fields.contains(&Field::Status)) {
                Some(words) => return (Kind::Task, words),
                None => &base.key.id,
            }
        }
        Wish::Delete { base } => return (Kind::Removal, format!("/{} DELETE", base.key.id)),
        Wish::DeleteDocument { base } => return (Kind::Removal, format!("/{} DELETE", base.key.id)),
    };
    (Kind::Reversal, format!("/{id} "))
}
