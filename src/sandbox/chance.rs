//! Seeded chance: the same seed gives the same ward and the same faults. It never asks the clock or the system.

use serde::{Deserialize, Serialize};

/// A small deterministic generator (the splitmix64 steps).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chance {
    state: u64,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance { state: seed }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.next().checked_rem(bound as u64).map_or(0, |number| number as usize)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).max(0) as usize;
        low.saturating_add(self.below(width.saturating_add(1)) as i64)
    }

    /// True at the given rate, where 0 is never and 1 is always.
    pub(crate) fn happens(&mut self, rate: f64) -> bool {
        ((self.next() >> 11) as f64 / (1_u64 << 53) as f64) < rate
    }

    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let place = self.below(choices.len());
        choices.get(place)
    }

    /// One of the choices, each as likely as its weight.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(usize, T)]) -> Option<T> {
        let mut place = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            if place < *weight {
                return Some(*choice);
            }
            place -= weight;
        }
        None
    }

    /// An id of the kind a hospital's server makes: some prefixed, some in UUID form.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        let (high, low) = (self.next(), self.next());
        if high & 1 == 0 {
            return format!("{prefix}_{low:016x}");
        }
        uuid(high, low)
    }

    /// An id in UUID form.
    pub(crate) fn uuid(&mut self) -> String {
        uuid(self.next(), self.next())
    }
}

fn uuid(high: u64, low: u64) -> String {
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        (high >> 4) & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_in_both_forms() {
        let ids = |seed| {
            let mut chance = Chance::new(seed);
            (0..20).map(|_| chance.id("task")).collect::<Vec<_>>()
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        assert!(ids(7).iter().any(|id| id.starts_with("task_")));
        assert!(ids(7).iter().any(|id| id.len() == 36 && id.matches('-').count() == 4));
    }

    #[test]
    fn rates_and_bounds_hold() {
        let mut chance = Chance::new(1);
        assert_eq!(chance.below(0), 0);
        assert!((0..1000).all(|_| (-3..=3).contains(&chance.between(-3, 3))));
        assert!((0..1000).all(|_| !chance.happens(0.0) && chance.happens(1.0)));
        let tenth = (0..10_000).filter(|_| chance.happens(0.1)).count();
        assert!((800..1200).contains(&tenth), "{tenth}");
        assert!((0..100).all(|_| chance.weighted(&[(0, 'a'), (1, 'b')]) == Some('b')));
    }
}
