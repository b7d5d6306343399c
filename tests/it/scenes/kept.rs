//! What a scene says of the store: deeds of the journal, drafts, and writes of sources that the profile lacks.
//!
//! Must not keep anything: the stage does.

use super::{script, world};
use rounds::{
    app::{
        kept::{Deed, DeedKind, Draft, JournalPage, Verdict},
        outbox::{Intent, IntentId, IntentState, Wish, restore::Record},
    },
    domain::{
        task::{SourceId, Task},
        time::Timestamp,
    },
};
use uuid::Uuid;

/// So long ago: `5m`.
fn ago(start: Timestamp, text: &str) -> Timestamp {
    start - jiff::SignedDuration::from_secs(world::seconds(text))
}

fn words(line: &str) -> Vec<String> {
    script::words(line).into_iter().map(|(word, _)| word).collect()
}

/// `AGO KIND SOURCE TASK "LINE" ["ANSWER"]` for each deed, oldest first; `broken 3` breaks the chain there.
pub(super) fn journal(start: Timestamp, rest: &str, lines: &[String]) -> JournalPage {
    let kinds = [
        DeedKind::Confirmed,
        DeedKind::Sent,
        DeedKind::Done,
        DeedKind::Refused,
        DeedKind::Unknown,
        DeedKind::Dropped,
        DeedKind::Salvaged,
    ];
    let deed = |line: &String| {
        let words = words(line);
        Deed {
            at: ago(start, &words[0]),
            kind: kinds.into_iter().find(|kind| kind.name() == words[1]).expect("a kind of deed"),
            write: Some(Uuid::from_u128(1)),
            source: words[2].clone(),
            task: (words[3] != "-").then(|| words[3].clone()),
            line: words[4].clone(),
            answer: words.get(5).cloned(),
        }
    };
    let deeds: Vec<Deed> = lines.iter().map(deed).collect();
    let verdict = match rest.strip_prefix("broken ") {
        Some(first) => Verdict::Broken { first: first.parse().unwrap() },
        None => Verdict::Whole { rows: deeds.len() as u64 },
    };
    JournalPage { deeds, verdict }
}

/// `KIND SOURCE AGO "TITLE" "BODY"`.
pub(super) fn draft(start: Timestamp, line: &str) -> Draft {
    let words = words(line);
    let at = ago(start, &words[2]);
    let id = words.concat().bytes().fold(0, |id: u128, byte| id.wrapping_mul(31) + u128::from(byte));
    Draft {
        id: Uuid::from_u128(id),
        kind: words[0].clone(),
        source: if words[1] == "-" { String::new() } else { words[1].clone() },
        made_at: at,
        changed_at: at,
        title: words[3].clone(),
        body: rounds::app::kept::DraftText::Written(words[4].clone()),
    }
}

/// `SOURCE AGO "LINE" [ORIGIN]`: a new task that was confirmed for a source that is not here, or is elsewhere now.
pub(super) fn stranger(start: Timestamp, line: &str) -> Record {
    let words = words(line);
    let task = Task { description: Some(words[2].as_str().into()), ..Task::default() };
    Record {
        source: words[0].clone(),
        origin: Some(words.get(3).map_or("http://127.0.0.1:1", String::as_str).to_owned()),
        intent: Intent {
            id: IntentId(0),
            source: SourceId(0),
            wish: Wish::Create(Box::new(task)),
            idempotency_key: format!("stranger {line}"),
            line: words[2].clone(),
            typed: String::new(),
            confirmed_at: ago(start, &words[1]),
            state: IntentState::Waiting { not_before: None, why: None },
        },
    }
}
