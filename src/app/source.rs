//! One source as the program sees it: what it is, what it can do, how its link is and how old its data are.
//!
//! Must not ask for anything: `sync.rs` does.

use crate::domain::{
    can::{Can, Capability},
    task::SourceId,
    time::{Timestamp, age_text},
};
use crate::providers::{Quota, Rate};

/// Whether the data behind a source are real. Worn on screen always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Badge {
    /// Real people.
    Live,
    /// A vendor's test store.
    Test,
    /// Invented people from the sandbox.
    Synthetic,
    /// The key does not say.
    Unknown,
}

impl Badge {
    /// The word on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Badge::Live => "LIVE",
            Badge::Test => "TEST",
            Badge::Synthetic => "SYNTHETIC",
            Badge::Unknown => "UNKNOWN",
        }
    }
}

/// How the link to a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing has been heard yet.
    Unheard,
    /// The last answer was good.
    Live,
    /// It does not answer, or not as its API should; tried again by itself.
    Degraded {
        /// Since when.
        since: Timestamp,
        /// What was seen.
        sentence: String,
    },
    /// It asked us to wait.
    Paused {
        /// Until when, where it says.
        until: Option<Timestamp>,
        /// Its words.
        sentence: String,
    },
    /// It refuses our credential; nothing is asked until the user says so.
    Stopped {
        /// What it said.
        sentence: String,
    },
}

/// The scheme, host and port of an address, in small letters; a scheme's own port is left out.
pub fn origin(url: &str) -> String {
    let lower = url.to_ascii_lowercase();
    let (scheme, rest) = lower.split_once("://").unwrap_or(("", &lower));
    let authority = rest.split('/').next().unwrap_or_default();
    let usual = match scheme {
        "https" => ":443",
        _ => ":80",
    };
    format!("{scheme}://{}", authority.strip_suffix(usual).unwrap_or(authority))
}

/// A pause up to this many seconds is not worth a line.
const SHORT_PAUSE_S: i64 = 60;

/// A source of tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its number.
    pub id: SourceId,
    /// Its name in the configuration.
    pub name: String,
    /// Two letters for the SY column.
    pub tag: String,
    /// The origin that it is asked at, for people.
    pub url: String,
    /// Whether its data are real.
    pub badge: Badge,
    /// The user's own practitioner id there.
    pub me: Option<String>,
    /// Whether the source told that itself; another credential may then be another person.
    pub is_me_learnt: bool,
    /// What it can do.
    pub can: Can,
    /// How its link is.
    pub link: Link,
    /// When it last answered well.
    pub last_good: Option<Timestamp>,
    /// The wanted seconds between polls.
    pub poll_s: u32,
    /// When it is asked next.
    pub next_poll: Option<Timestamp>,
    /// Whether a poll has come to its end: what arrives from then on is news.
    pub loaded: bool,
    /// Whether every task that it has was fetched at least once.
    pub complete: bool,
    /// How many tasks it says it has.
    pub total: Option<u64>,
    /// How many it gave where it has more, or may have, and gives no way to them: no total is claimed then.
    pub at_least: Option<u64>,
    /// Rows without a usable id in the last sweep.
    pub dropped: u32,
    /// What was wrong with the first of them, where each can be named.
    pub complaints: Vec<String>,
    /// Failures in a row.
    pub tries: u32,
    /// Its short-term limit.
    pub rate: Option<Rate>,
    /// Its long-term pool.
    pub quota: Option<Quota>,
    /// One line about its server.
    pub about: Option<String>,
    /// Seconds that its clock is ahead of ours.
    pub clock_ahead_s: i64,
}

impl Source {
    /// A source that nothing has been heard of.
    pub fn new(id: SourceId, name: &str, tag: &str, can: Can) -> Source {
        Source {
            id,
            name: name.to_owned(),
            tag: tag.to_owned(),
            url: String::new(),
            badge: Badge::Unknown,
            me: None,
            is_me_learnt: false,
            poll_s: can.pace.poll_floor_s,
            can,
            link: Link::Unheard,
            last_good: None,
            next_poll: None,
            loaded: false,
            complete: false,
            total: None,
            at_least: None,
            dropped: 0,
            complaints: Vec::new(),
            tries: 0,
            rate: None,
            quota: None,
            about: None,
            clock_ahead_s: 0,
        }
    }

    /// Whether writes may be tried now.
    pub fn takes_writes(&self) -> bool {
        !matches!(self.link, Link::Stopped { .. } | Link::Paused { .. })
    }

    /// What the user should read about the link, if anything; a short pause passes by itself.
    pub fn trouble(&self, now: Timestamp) -> Option<&str> {
        match &self.link {
            Link::Stopped { sentence } | Link::Degraded { sentence, .. } => Some(sentence),
            Link::Paused { until, sentence } => {
                let is_long = until.is_none_or(|until| seconds_between(now, until) > SHORT_PAUSE_S);
                is_long.then_some(sentence.as_str())
            }
            Link::Unheard | Link::Live => None,
        }
    }

    /// Whether what is on the screen may be older than it seems: the link is not good, or polls were missed.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        match (&self.link, self.last_good) {
            // A file does not change behind its reader's back; how old it is stands beside it.
            (Link::Live, Some(_)) if self.can.is_file => false,
            (Link::Live, Some(heard)) => seconds_between(heard, now) > i64::from(self.poll_s) * 3,
            _ => true,
        }
    }

    /// The freshness of the status line: `CK 12s`, `CK 4m~` when stale, `CK off` when nothing was ever heard.
    pub fn freshness(&self, now: Timestamp) -> String {
        let mark = if self.is_stale(now) { "~" } else { "" };
        match (&self.link, self.last_good) {
            (Link::Stopped { .. }, _) => format!("{} refused", self.tag),
            (Link::Unheard, None) => format!("{} …", self.tag),
            (_, None) => format!("{} down", self.tag),
            (_, Some(heard)) => format!("{} {}{mark}", self.tag, age_text(heard, now)),
        }
    }

    /// The user's own id there; else why there is none, and what helps.
    pub fn my_id(&self) -> Result<&str, String> {
        if let Some(me) = &self.me {
            return Ok(me);
        }
        let (system, name) = (self.can.system, &self.name);
        Err(match &self.can.role {
            // It knows who asks: nothing that is set here makes that somebody who owns tasks.
            Some(role) => format!("{system} knows you as {role}, and nobody in that role owns tasks there."),
            None => {
                format!(
                    "{system} cannot say who you are: set me = \"your practitioner id\" for source {name}."
                )
            }
        })
    }

    /// Whether the source does this; else the sentence that says why not.
    pub fn may(&self, capability: Capability) -> Result<(), &str> {
        self.can.may(capability)
    }
}

/// Whole seconds from one time to a later one; negative when it is earlier.
pub(crate) fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second() - from.as_second()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_key_and_a_write_belong_to() {
        for (url, expected) in [
            ("https://API.example.org/base", "https://api.example.org"),
            ("https://api.example.org:443", "https://api.example.org"),
            ("http://localhost:30222/api/v1", "http://localhost:30222"),
            ("http://[::1]:80/x", "http://[::1]"),
            ("/exports/Task.ndjson", "://"),
        ] {
            assert_eq!(origin(url), expected);
        }
    }
}
