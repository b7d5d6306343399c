//! The disk under the store: what kind it is, whether a file is still the one that was opened, and a place where a
//! test lets it fail.
//!
//! Must not know what is stored.

use rustix::fs::{StatFs, statfs};
use std::{fmt, fs::File, io, os::unix::fs::MetadataExt, path::Path};

/// A moment at which the store relies on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// The directory is made or looked at.
    Directory,
    /// The lock is asked for.
    Lock,
    /// The key is read or made.
    Key,
    /// A new store is made beside its place.
    Make,
    /// A file is moved to its place.
    Place,
    /// A damaged file is kept under another name.
    SetAside,
    /// The file is opened and its journal mode set.
    Open,
    /// The file is read through.
    Read,
    /// A transaction begins.
    Begin,
    /// A row is written.
    Write,
    /// The transaction is about to be committed.
    Commit,
    /// The transaction has been committed, but nobody has been told.
    Committed,
}

/// A disk; the real one never says no here, for it does so itself.
pub trait Disk: fmt::Debug + Send {
    /// Called before each reliance on the disk; an error stands for the disk's own.
    fn touch(&mut self, touch: Touch) -> io::Result<()>;

    /// Whether files of this directory lie on another machine.
    fn is_remote(&self, directory: &Path) -> bool;
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn touch(&mut self, _touch: Touch) -> io::Result<()> {
        Ok(())
    }

    fn is_remote(&self, directory: &Path) -> bool {
        statfs(directory).is_ok_and(|found| is_remote(&found))
    }
}

/// File systems whose files several machines share: NFS, SMB in three generations, AFS, Coda, 9P, Lustre, Ceph, GPFS,
/// and FUSE, under which sshfs and its like lie (statfs(2)). There the memory that WAL shares between processes is
/// shared by one machine alone.
const REMOTE: [u64; 11] = [
    0x6969,
    0x517B,
    0xFF53_4D42,
    0xFE53_4D42,
    0x5346_414F,
    0x7375_7245,
    0x0102_1997,
    0x0BD0_0BD0,
    0x00C3_6400,
    0x4750_4653,
    0x6573_5546,
];

fn is_remote(found: &StatFs) -> bool {
    // The kernel's numbers have 32 bits; a signed word may carry copies of the highest one above them.
    REMOTE.contains(&(found.f_type as u64 & 0xFFFF_FFFF))
}

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
}

/// The identity of the file at a path; a link is not followed.
pub fn identity(path: &Path) -> io::Result<Identity> {
    let found = std::fs::symlink_metadata(path)?;
    Ok(Identity { device: found.dev(), inode: found.ino() })
}

/// Brings a directory's names to the disk.
pub fn sync_dir(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_of_a_disk_are_told_apart() {
        let mut found = statfs("/").unwrap();
        for (kind, remote) in [(0xEF53, false), (0x0102_1994, false), (0x6969, true), (0x6573_5546, true)] {
            found.f_type = kind;
            assert_eq!(is_remote(&found), remote, "{kind:#x}");
        }
        found.f_type = i64::from(0xFF53_4D42_u32.cast_signed()) as _;
        assert!(is_remote(&found), "as a negative number too");
        assert!(!RealDisk.is_remote(Path::new("/nowhere/at/all")));
    }

    #[test]
    fn a_file_that_was_replaced_is_another_one() {
        let dir = crate::runtime::files::tests::TestDir::new();
        let (path, other) = (dir.0.join("a"), dir.0.join("b"));
        std::fs::write(&path, "").unwrap();
        std::fs::write(&other, "").unwrap();
        let before = identity(&path).unwrap();
        assert_eq!(identity(&path).unwrap(), before);
        std::fs::rename(&other, &path).unwrap();
        assert_ne!(identity(&path).unwrap(), before);
        sync_dir(&dir.0).unwrap();
    }
}
