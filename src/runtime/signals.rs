//! The signals that the system sends us, as plain words.
//!
//! Must not act on them: what a signal means for unsent work is decided in `app`.

use std::{future::poll_fn, io, task::Poll};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// What the system asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End: TERM or QUIT.
    Terminate,
    /// The terminal is gone: HUP.
    HangUp,
    /// End, asked for at the keyboard of a terminal that is not raw: INT.
    Interrupt,
    /// Stop for a while: TSTP.
    Suspend,
    /// Go on after a stop: CONT.
    Continue,
}

/// All signals that are listened for.
#[derive(Debug)]
pub struct Signals {
    streams: [(Signal, Stream); 6],
}

impl Signals {
    /// Begins to listen. From now on none of these signals ends or stops the process by itself.
    pub fn listen() -> io::Result<Signals> {
        let number = |named: rustix::process::Signal| SignalKind::from_raw(named.as_raw());
        Ok(Signals {
            streams: [
                (Signal::Terminate, signal(SignalKind::terminate())?),
                (Signal::Terminate, signal(SignalKind::quit())?),
                (Signal::HangUp, signal(SignalKind::hangup())?),
                (Signal::Interrupt, signal(SignalKind::interrupt())?),
                (Signal::Suspend, signal(number(rustix::process::Signal::TSTP))?),
                (Signal::Continue, signal(number(rustix::process::Signal::CONT))?),
            ],
        })
    }

    /// Waits for the next signal. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            for (signal, stream) in &mut self.streams {
                if stream.poll_recv(context).is_ready() {
                    return Poll::Ready(*signal);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Drops interrupts and stops that were meant for a child which had the terminal.
    pub fn forget_job_control(&mut self) {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        for (signal, stream) in &mut self.streams {
            if matches!(signal, Signal::Interrupt | Signal::Suspend | Signal::Continue) {
                while stream.poll_recv(&mut context).is_ready() {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Signal as Raised, getpid, kill_process};

    // One test: signals are sent to the whole process.
    #[tokio::test]
    async fn signals_are_told_by_name_and_end_nothing() {
        let mut signals = Signals::listen().unwrap();
        let cases = [
            (Raised::TERM, Signal::Terminate),
            (Raised::QUIT, Signal::Terminate),
            (Raised::HUP, Signal::HangUp),
            (Raised::INT, Signal::Interrupt),
            (Raised::TSTP, Signal::Suspend),
            (Raised::CONT, Signal::Continue),
        ];
        for (raised, expected) in cases {
            kill_process(getpid(), raised).unwrap();
            assert_eq!(signals.next().await, expected);
        }
    }
}
