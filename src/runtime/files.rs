//! Files and directories that only their owner may read, whatever the umask.
//!
//! Must not be used for files that the user keeps elsewhere: a foreign owner or a symbolic link is refused, not followed.

use rustix::fs::{Mode, OFlags};
use std::{
    fs::{DirBuilder, File, Permissions, symlink_metadata},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Opens a file for reading and appending, made with mode 0600 when it is new.
///
/// A file that was there and that others could read is tightened.
pub fn private_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::CREATE | OFlags::RDWR | OFlags::APPEND;
    owned(open(path, flags)?, path)
}

/// Makes a new file with mode 0600 for reading and writing; one that is there already is an error.
pub fn new_private_file(path: &Path) -> io::Result<File> {
    owned(open(path, OFlags::CREATE | OFlags::EXCL | OFlags::RDWR)?, path)
}

/// Makes a directory with mode 0700, its parents too; one that is there must be ours and is tightened.
pub fn private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let found = symlink_metadata(path)?;
    if found.file_type().is_symlink() {
        return Err(refused(path, "is a symbolic link"));
    }
    if !is_ours(found.uid()) {
        return Err(refused(path, "belongs to somebody else"));
    }
    if found.mode() & 0o777 != 0o700 {
        std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Replaces a file's text in one step: a reader sees the old text or the new one, whole. A link is followed, so that a
/// configuration kept elsewhere stays there; the file keeps its mode, a new one gets 0600.
pub fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if let Some(directory) = target.parent().filter(|directory| !directory.exists()) {
        private_dir(directory)?;
    }
    let mut beside = target.clone().into_os_string();
    beside.push(format!(".{}", uuid::Uuid::now_v7()));
    let beside = PathBuf::from(beside);
    let written = write_beside(&beside, text, &target).and_then(|()| std::fs::rename(&beside, &target));
    written.inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

fn write_beside(beside: &Path, text: &[u8], target: &Path) -> io::Result<()> {
    let mut file = new_private_file(beside)?;
    file.write_all(text)?;
    if let Ok(found) = std::fs::metadata(target) {
        file.set_permissions(found.permissions())?;
    }
    file.sync_all()
}

fn open(path: &Path, flags: OFlags) -> io::Result<File> {
    // Without NONBLOCK a pipe laid in the file's place would stop the program here.
    let guarded = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    match rustix::fs::open(path, guarded, Mode::RUSR | Mode::WUSR) {
        Ok(descriptor) => Ok(File::from(descriptor)),
        Err(rustix::io::Errno::LOOP) => Err(refused(path, "is a symbolic link")),
        Err(error) => Err(error.into()),
    }
}

fn owned(file: File, path: &Path) -> io::Result<File> {
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(refused(path, "is not a plain file"));
    }
    if !is_ours(found.uid()) {
        return Err(refused(path, "belongs to somebody else"));
    }
    if found.mode() & 0o777 != 0o600 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn is_ours(uid: u32) -> bool {
    uid == rustix::process::geteuid().as_raw()
}

fn refused(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{} {why}; it is not used.", path.display()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::{io::Write, os::unix::fs::symlink, path::PathBuf};

    /// A directory of a test's own, removed with it.
    pub(crate) struct TestDir(pub(crate) PathBuf);

    impl TestDir {
        pub(crate) fn new() -> TestDir {
            TestDir::under(&std::env::temp_dir())
        }

        /// In memory where the machine has such a place: for many small files whose fsync nobody measures.
        pub(crate) fn swift() -> TestDir {
            let memory = Path::new("/dev/shm");
            if memory.is_dir() { TestDir::under(memory) } else { TestDir::new() }
        }

        fn under(parent: &Path) -> TestDir {
            let path = parent.join(format!("rounds-test-{}", uuid::Uuid::now_v7()));
            private_dir(&path).unwrap();
            TestDir(path)
        }
    }

    impl Drop for TestDir {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }

    fn mode(path: &Path) -> u32 {
        symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn new_files_and_directories_are_for_the_owner_alone() {
        let dir = TestDir::new();
        let deep = dir.0.join("state/rounds");
        private_dir(&deep).unwrap();
        private_file(&deep.join("log")).unwrap();
        new_private_file(&deep.join("draft")).unwrap();
        assert_eq!(mode(&dir.0.join("state")), 0o700);
        assert_eq!(mode(&deep), 0o700);
        assert_eq!(mode(&deep.join("log")), 0o600);
        assert_eq!(mode(&deep.join("draft")), 0o600);
    }

    #[test]
    fn what_others_could_read_is_tightened_and_kept() {
        let dir = TestDir::new();
        let path = dir.0.join("log");
        std::fs::write(&path, "first ").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        private_file(&path).unwrap().write_all(b"second").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first second");

        let open_dir = dir.0.join("open");
        std::fs::create_dir(&open_dir).unwrap();
        std::fs::set_permissions(&open_dir, Permissions::from_mode(0o755)).unwrap();
        private_dir(&open_dir).unwrap();
        assert_eq!(mode(&open_dir), 0o700);
    }

    #[test]
    fn links_pipes_and_files_already_there_are_refused() {
        let dir = TestDir::new();
        let target = dir.0.join("target");
        std::fs::write(&target, "").unwrap();
        let link = dir.0.join("link");
        symlink(&target, &link).unwrap();
        let said = private_file(&link).unwrap_err().to_string();
        assert!(said.contains("symbolic link"), "{said}");
        assert!(new_private_file(&target).is_err());

        let linked_dir = dir.0.join("linked-dir");
        symlink(&dir.0, &linked_dir).unwrap();
        let said = private_dir(&linked_dir).unwrap_err().to_string();
        assert!(said.contains("symbolic link"), "{said}");

        let said = private_file(Path::new("/dev/null")).unwrap_err().to_string();
        assert!(said.contains("not a plain file"), "{said}");
    }

    #[test]
    fn a_replaced_file_keeps_its_mode_and_its_link() {
        let home = std::env::temp_dir().join(format!("rounds-files-{}", uuid::Uuid::now_v7()));
        private_dir(&home).unwrap();
        let (real, link) = (home.join("real.toml"), home.join("link.toml"));
        std::fs::write(&real, "old").unwrap();
        std::fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(std::fs::metadata(&real).unwrap().mode() & 0o777, 0o640);
        assert!(symlink_metadata(&link).unwrap().file_type().is_symlink());
        replace(&home.join("fresh.toml"), b"x").unwrap();
        assert_eq!(std::fs::metadata(home.join("fresh.toml")).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&home).unwrap().count(), 3, "nothing is left beside them");
        std::fs::remove_dir_all(&home).unwrap();
    }
}
