//! The pace of one source: one request at a time with a pause behind each, the user's own writes first.
//!
//! Must not know what a request is about: it says when one may go, and is told when it ended.

use super::clock;
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// Whose turn comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// What all others wait for, such as a sign-in.
    First,
    /// What the user wants done.
    Write,
    /// Everything else.
    Read,
}

/// A place in the queue: by rank, then by arrival.
type Ticket = (Rank, u64);

/// What one who waits is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Go,
    /// It is the next, after this time.
    After(Duration),
    /// Another goes before it.
    Behind,
}

/// Who waits, who is under way and when the last one ended. A function of the times that it is given.
#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeSet<Ticket>,
    is_busy: bool,
    ended: Option<Instant>,
    tickets: u64,
}

impl Queue {
    fn join(&mut self, rank: Rank) -> Ticket {
        self.tickets += 1;
        let ticket = (rank, self.tickets);
        self.waiting.insert(ticket);
        ticket
    }

    /// Asks for one's turn; told to go, one is under way.
    fn turn(&mut self, ticket: Ticket, gap: Duration, now: Instant) -> Turn {
        if self.is_busy || self.waiting.first() != Some(&ticket) {
            return Turn::Behind;
        }
        let rest = self.ended.map(|ended| gap.saturating_sub(now.saturating_duration_since(ended)));
        if let Some(rest) = rest.filter(|rest| !rest.is_zero()) {
            return Turn::After(rest);
        }
        self.waiting.remove(&ticket);
        self.is_busy = true;
        Turn::Go
    }

    fn leave(&mut self, ticket: Ticket) {
        self.waiting.remove(&ticket);
    }

    fn end(&mut self, now: Instant) {
        self.is_busy = false;
        self.ended = Some(now);
    }
}

/// A source's queue.
#[derive(Debug, Default)]
pub struct Lane {
    queue: Mutex<Queue>,
    moved: Notify,
}

/// The right to one request; the pause begins when it is dropped.
#[derive(Debug)]
pub struct Pass<'lane>(&'lane Lane);

/// A place in the queue that is given up when nobody waits for it any more.
struct Waiting<'lane> {
    lane: &'lane Lane,
    ticket: Ticket,
}

impl Lane {
    /// Waits for its turn: one at a time, and `gap` after the end of the one before. Giving up leaves the queue.
    pub async fn enter(&self, rank: Rank, gap: Duration) -> Pass<'_> {
        let waiting = Waiting { lane: self, ticket: self.queue().join(rank) };
        loop {
            // What moves between the look and the wait must not be missed.
            let mut moved = std::pin::pin!(self.moved.notified());
            moved.as_mut().enable();
            let turn = self.queue().turn(waiting.ticket, gap, clock::monotonic());
            match turn {
                Turn::Go => return Pass(self),
                Turn::Behind => moved.await,
                // Somebody of a higher rank may come meanwhile.
                Turn::After(rest) => drop(tokio::time::timeout(rest, moved).await),
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.lane.queue().leave(self.ticket);
        self.lane.moved.notify_waiters();
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.queue().end(clock::monotonic());
        self.0.moved.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    const GAP: Duration = Duration::from_secs(5);

    #[test]
    fn the_pause_is_counted_from_the_end_of_one_to_the_start_of_the_next() {
        let start = clock::monotonic();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut queue = Queue::default();
        let (first, second) = (queue.join(Rank::Read), queue.join(Rank::Read));
        assert_eq!(queue.turn(first, GAP, at(0)), Turn::Go);
        assert_eq!(queue.turn(second, GAP, at(30)), Turn::Behind, "one at a time, however long it takes");
        queue.end(at(40));
        assert_eq!(queue.turn(second, GAP, at(40)), Turn::After(GAP));
        assert_eq!(queue.turn(second, GAP, at(42)), Turn::After(Duration::from_secs(3)));
        assert_eq!(queue.turn(second, Duration::from_secs(1), at(42)), Turn::Go, "a source may allow more");
        queue.end(at(43));
        let third = queue.join(Rank::Read);
        assert_eq!(queue.turn(third, GAP, at(48)), Turn::Go, "who comes late enough waits for nothing");
    }

    #[test]
    fn writes_go_ahead_of_reads_and_each_in_the_order_of_arrival() {
        let now = clock::monotonic();
        let mut queue = Queue::default();
        let ranks = [Rank::Read, Rank::Write, Rank::Read, Rank::First, Rank::Write];
        let tickets = ranks.map(|rank| queue.join(rank));
        queue.leave(tickets[2]);
        let mut went = Vec::new();
        while !queue.waiting.is_empty() {
            let next = tickets.iter().position(|ticket| queue.turn(*ticket, Duration::ZERO, now) == Turn::Go);
            went.push(next.unwrap());
            queue.end(now);
        }
        assert_eq!(went, [3, 1, 4, 0], "and who left is not waited for");
    }

    #[tokio::test]
    async fn a_lane_lets_one_go_at_a_time_and_a_write_past_reads_that_wait() {
        let (lane, gap) = (Lane::default(), Duration::from_millis(2));
        let pass = lane.enter(Rank::Read, gap).await;
        let order = Mutex::new(Vec::new());
        let go = |name: &'static str, rank| {
            let (lane, order) = (&lane, &order);
            async move {
                let began = clock::monotonic();
                let pass = lane.enter(rank, gap).await;
                order.lock().unwrap().push((name, began.elapsed()));
                drop(pass);
            }
        };
        let mut given_up = Box::pin(go("given up", Rank::Read));
        assert!(given_up.as_mut().now_or_never().is_none());
        let mut read = Box::pin(go("read", Rank::Read));
        assert!(read.as_mut().now_or_never().is_none());
        let mut write = Box::pin(go("write", Rank::Write));
        assert!(write.as_mut().now_or_never().is_none());
        drop(given_up);
        drop(pass);
        tokio::join!(read, write);
        let order = order.into_inner().unwrap();
        let names: Vec<_> = order.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["write", "read"]);
        assert!(order.iter().zip(1..).all(|((_, waited), passes)| *waited >= gap * passes), "{order:?}");
    }
}
