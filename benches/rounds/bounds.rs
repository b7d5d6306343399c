//! Figures that have a bound: each is printed with it, and the run fails where one is broken.
//!
//! Must not bound what depends on a network. The bounds are those of a release build on a machine that does nothing
//! else.

use rounds::runtime::clock;
use std::{
    io::{self, Write},
    time::Duration,
};

/// What was measured of one thing.
pub(crate) struct Figure {
    /// What it is.
    pub(crate) name: String,
    /// How long all but the slowest of a hundred may take.
    pub(crate) bound: Duration,
    /// How long each took.
    pub(crate) taken: Vec<Duration>,
}

impl Figure {
    /// Measures nothing yet.
    pub(crate) fn new(name: String, bound: Duration) -> Figure {
        Figure { name, bound, taken: Vec::new() }
    }

    /// Does something and takes its time.
    pub(crate) fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = clock::monotonic();
        let done = std::hint::black_box(work());
        self.taken.push(begun.elapsed());
        done
    }

    /// The time that this share of them, in hundredths, did not exceed.
    fn share(&self, hundredths: usize) -> Duration {
        let mut taken = self.taken.clone();
        taken.sort_unstable();
        taken
            .get((taken.len() * hundredths / 100).min(taken.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }

    fn holds(&self) -> bool {
        self.share(99) <= self.bound
    }
}

/// Prints figures; whether all of them hold.
pub(crate) fn report(figures: &[Figure]) -> io::Result<bool> {
    if figures.is_empty() {
        return Ok(true);
    }
    let mut out = io::stdout().lock();
    writeln!(out, "\n{:<58} {:>10} {:>10} {:>10}", "with a bound", "median", "p99", "bound")?;
    for figure in figures {
        let ms = |time: Duration| format!("{:.3} ms", time.as_secs_f64() * 1e3);
        let [median, p99, bound] = [figure.share(50), figure.share(99), figure.bound].map(ms);
        let verdict = if figure.holds() { "" } else { "  BROKEN" };
        writeln!(out, "{:<58} {median:>10} {p99:>10} {bound:>10}{verdict}", figure.name)?;
    }
    Ok(figures.iter().all(Figure::holds))
}
