//! All timers as one sleep: the runtime waits for the earliest and asks which are due.
//!
//! Must not tick: with no timer set it waits for ever.

use crate::app::msg::TimerId;
use crate::domain::time::Timestamp;
use std::{collections::BTreeMap, time::Duration};

/// A wait is never longer than this, so that a clock that was set is noticed.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The timers that are set.
#[derive(Debug, Default)]
pub struct Timers(BTreeMap<TimerId, Timestamp>);

impl Timers {
    /// Sets a timer; an older one of the same kind is replaced.
    pub fn set(&mut self, id: TimerId, at: Timestamp) {
        self.0.insert(id, at);
    }

    /// How long to wait for the earliest timer; none when none is set.
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let earliest = self.0.values().min()?;
        let wait = earliest.duration_since(now);
        Some(wait.try_into().unwrap_or(Duration::ZERO).min(LONGEST_WAIT))
    }

    /// Takes the timers whose time has come, the earliest first.
    pub fn due(&mut self, now: Timestamp) -> Vec<TimerId> {
        let mut due: Vec<(Timestamp, TimerId)> =
            self.0.iter().filter(|(_, at)| **at <= now).map(|(id, at)| (*at, *id)).collect();
        due.sort_unstable();
        for (_, id) in &due {
            self.0.remove(id);
        }
        due.into_iter().map(|(_, id)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_in_order_and_a_newer_one_replaces_the_older() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut timers = Timers::default();
        assert_eq!(timers.wait(at(0)), None);
        timers.set(TimerId::Toast, at(5));
        timers.set(TimerId::Thaw, at(2));
        timers.set(TimerId::Toast, at(3));
        assert_eq!(timers.wait(at(0)), Some(Duration::from_secs(2)));
        assert_eq!(timers.wait(at(9)), Some(Duration::ZERO));
        assert_eq!(timers.due(at(3)), [TimerId::Thaw, TimerId::Toast]);
        assert!(timers.due(at(9)).is_empty());
    }
}
