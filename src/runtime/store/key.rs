//! The store's key file: made on first use, for its owner alone, and refused when others can read it.
//!
//! Must not make a second key while there is one, however damaged: what it sealed would be lost.

use super::{
    disk::{Disk, Touch, sync_dir},
    seal::{KEY_BYTES, StoreKey},
    trouble::{StoreTrouble, TroubleKind},
};
use crate::runtime::files;
use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
};
use secrecy::zeroize::Zeroizing;
use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::MetadataExt,
    path::Path,
};

/// The file's name beside the store.
pub const KEY_FILE: &str = "store.key";

const HEAD: &str = "rounds-store-key-1";
/// More than a key file has.
const CAP_BYTES: u64 = 1024;

/// Reads the key; none when there is no file yet.
pub fn read(directory: &Path) -> Result<Option<StoreKey>, StoreTrouble> {
    let path = directory.join(KEY_FILE);
    // NONBLOCK: a pipe in the file's place must not stop the program.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let file = match rustix::fs::open(&path, flags, Mode::empty()) {
        Ok(descriptor) => File::from(descriptor),
        Err(Errno::NOENT) => return Ok(None),
        Err(Errno::LOOP) => return Err(refused(&path, "is a symbolic link")),
        Err(error) => return Err(StoreTrouble::io(&path, &error.into())),
    };
    let found = file.metadata().map_err(|error| StoreTrouble::io(&path, &error))?;
    if !found.is_file() {
        return Err(refused(&path, "is not a plain file"));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(refused(&path, "belongs to somebody else"));
    }
    if found.mode() & 0o077 != 0 {
        let quoted = path.display().to_string().replace('\'', r"'\''");
        let sentence = format!(
            "{} can be read by others, so it is not used and nothing can be kept. Run: chmod 600 '{quoted}'",
            path.display()
        );
        return Err(StoreTrouble { kind: TroubleKind::Key, sentence });
    }
    let mut text = Zeroizing::new(String::with_capacity(CAP_BYTES as usize));
    let read = file.take(CAP_BYTES).read_to_string(&mut text);
    if let Err(error) = read
        && error.kind() != io::ErrorKind::InvalidData
    {
        return Err(StoreTrouble::io(&path, &error));
    }
    parse(&text).map(Some).ok_or_else(|| {
        let sentence = format!(
            "{} is damaged, so what the store holds cannot be read. Put the key back from a copy, or move it and \
             the store away to begin anew.",
            path.display()
        );
        StoreTrouble { kind: TroubleKind::Key, sentence }
    })
}

/// Makes a new key and brings it to the disk before anybody uses it.
pub fn make(directory: &Path, disk: &mut dyn Disk) -> Result<StoreKey, StoreTrouble> {
    let (path, beside) = (directory.join(KEY_FILE), directory.join("store.key.new"));
    let write = |disk: &mut dyn Disk| -> io::Result<StoreKey> {
        disk.touch(Touch::Key)?;
        let key = StoreKey::random()?;
        remove(&beside)?;
        let mut file = files::new_private_file(&beside)?;
        file.write_all(text_of(&key).as_bytes())?;
        file.sync_all()?;
        disk.touch(Touch::Place)?;
        std::fs::rename(&beside, &path)?;
        sync_dir(directory)?;
        Ok(key)
    };
    write(disk).map_err(|error| StoreTrouble::io(&path, &error))
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn refused(path: &Path, why: &str) -> StoreTrouble {
    let sentence = format!("{} {why}, so it is not used and nothing can be kept.", path.display());
    StoreTrouble { kind: TroubleKind::Key, sentence }
}

fn text_of(key: &StoreKey) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).map_or('0', |digit| char::from(*digit));
    let mut text = Zeroizing::new(String::with_capacity(128));
    text.push_str(HEAD);
    text.push(' ');
    for byte in key.expose() {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    for shift in (0..8).rev() {
        if shift == 7 {
            text.push(' ');
        }
        text.push(digit((checksum(key) >> (shift * 4) & 15) as u8));
    }
    text.push('\n');
    text
}

fn parse(text: &str) -> Option<StoreKey> {
    let mut words = text.split_ascii_whitespace();
    let (head, digits, sum) = (words.next()?, words.next()?, words.next()?);
    if head != HEAD || words.next().is_some() || digits.len() != KEY_BYTES * 2 {
        return None;
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    let key = StoreKey::new(*bytes);
    (u32::from_str_radix(sum, 16).ok()? == checksum(&key)).then_some(key)
}

/// FNV-1a, against a torn or mistyped key only: it tells a third of nothing about the key beside the key itself.
fn checksum(key: &StoreKey) -> u32 {
    key.expose().iter().fold(0x811C_9DC5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::{super::disk::RealDisk, *};
    use crate::runtime::files::tests::TestDir;
    use std::{
        fs::Permissions,
        os::unix::fs::{PermissionsExt, symlink},
    };

    fn sentence(dir: &TestDir) -> String {
        read(&dir.0).unwrap_err().sentence
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_read_back() {
        let dir = TestDir::new();
        assert!(read(&dir.0).unwrap().is_none());
        std::fs::write(dir.0.join("store.key.new"), "left by a crash").unwrap();
        let made = make(&dir.0, &mut RealDisk).unwrap();
        let mode = std::fs::metadata(dir.0.join(KEY_FILE)).unwrap().mode() & 0o777;
        assert_eq!(mode, 0o600);
        assert_eq!(read(&dir.0).unwrap().unwrap().expose(), made.expose());
        assert_eq!(std::fs::read_dir(&dir.0).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_way_out() {
        let dir = TestDir::new();
        make(&dir.0, &mut RealDisk).unwrap();
        std::fs::set_permissions(dir.0.join(KEY_FILE), Permissions::from_mode(0o640)).unwrap();
        assert!(sentence(&dir).contains("Run: chmod 600 '"), "{}", sentence(&dir));
    }

    #[test]
    fn links_pipes_and_damaged_keys_are_refused() {
        let dir = TestDir::new();
        let path = dir.0.join(KEY_FILE);
        symlink("/dev/null", &path).unwrap();
        assert!(sentence(&dir).contains("symbolic link"));
        std::fs::remove_file(&path).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert!(sentence(&dir).contains("not a plain file"));
        std::fs::remove_file(&path).unwrap();

        make(&dir.0, &mut RealDisk).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for place in 0..whole.len() - 1 {
            let mut flipped = whole.clone();
            flipped[place] ^= 0x11;
            std::fs::write(&path, &flipped).unwrap();
            assert!(sentence(&dir).contains("damaged"), "byte {place}");
        }
        for length in 0..whole.len() - 1 {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(sentence(&dir).contains("damaged"), "{length} bytes");
        }
    }
}
