//! One writer a store: a lock that the system lets go when its holder ends, however it ends.
//!
//! Must not trust what stands in the file: the lock counts, the number is only for the sentence.

use super::super::files;
use rustix::{
    fs::{FlockOperation, flock},
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

/// Asks for the lock of this file, which is made when it is missing.
pub fn claim(path: &Path) -> io::Result<Claim> {
    let mut file = files::private_file(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())?;
            Ok(Claim::Ours(Lock { _file: file }))
        }
        Err(Errno::WOULDBLOCK | Errno::INTR) => {
            let mut text = String::new();
            file.rewind()?;
            file.take(20).read_to_string(&mut text).ok();
            Ok(Claim::Held { pid: text.trim().parse().ok() })
        }
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
        drop(first);
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
