//! One writer a store: a lock that the system lets go when its holder ends, however it ends.
//!
//! Must not trust what stands in the file: the lock counts, the number is only for the sentence.

use super::super::files;
use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock},
    io::Errno,
};
use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    path::Path,
};

/// The lock, held as long as this lives.
#[derive(Debug)]
pub struct Lock {
    /// Closing it lets the lock go.
    _file: File,
}

/// What came of asking for the lock.
#[derive(Debug)]
pub enum Claim {
    /// It is ours.
    Ours(Lock),
    /// Another process has it.
    Held {
        /// Its number, when it left one.
        pid: Option<u32>,
    },
}

/// Whoever holds a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its number, when it left one.
    pub pid: Option<u32>,
}

/// Who holds the lock of this file; none when nobody does. The lock is not taken, nor the file made.
pub fn holder(path: &Path) -> io::Result<Option<Holder>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let mut file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(descriptor) => File::from(descriptor),
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // A shared lock for the moment of the question: whoever asks for the lock just then is not kept from trying again.
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(None),
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(Some(Holder { pid: pid_in(&mut file) })),
        Err(error) => Err(error.into()),
    }
}

/// The number that the holder left.
fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Asks for the lock of this file, which is made when it is missing.
pub fn claim(path: &Path) -> io::Result<Claim> {
    let mut file = files::private_file(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())?;
            Ok(Claim::Ours(Lock { _file: file }))
        }
        Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(Claim::Held { pid: pid_in(&mut file) }),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::files::tests::TestDir;

    #[test]
    fn the_second_learns_who_was_first_and_gets_it_afterwards() {
        let dir = TestDir::new();
        let path = dir.0.join("store.lock");
        let Claim::Ours(first) = claim(&path).unwrap() else { panic!("nobody else is here") };
        let Claim::Held { pid } = claim(&path).unwrap() else { panic!("it is held") };
        assert_eq!(pid, Some(std::process::id()));
        assert_eq!(holder(&path).unwrap(), Some(Holder { pid }));
        drop(first);
        assert_eq!(holder(&path).unwrap(), None);
        assert_eq!(holder(&dir.0.join("none")).unwrap(), None);
        assert!(matches!(claim(&path).unwrap(), Claim::Ours(_)));
    }

    #[test]
    fn a_number_left_by_a_process_that_was_killed_holds_nothing() {
        let dir = TestDir::new();
        let path = dir.0.join("store.lock");
        std::fs::write(&path, "999999999999999999\n").unwrap();
        assert!(matches!(claim(&path).unwrap(), Claim::Ours(_)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
    }
}
