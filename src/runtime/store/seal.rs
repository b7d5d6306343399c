//! Sealing: what lies in the store can be read, and recognised as whole, with the store's key alone.
//!
//! Must not print or hand on the key; its memory is cleared when it is dropped.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;
use std::{fmt, io};

/// The length of a key and of every hash here, in bytes.
pub const KEY_BYTES: usize = 32;
/// The fewest characters of a key that somebody hands in as text: `openssl rand -hex 16` gives that many.
pub const TEXT_KEY_CHARS: usize = 32;

const NONCE_BYTES: usize = 24;
/// The first byte of a sealed value; another way of sealing gets another number.
const SEALED_V1: u8 = 1;

/// The key of a store.
#[derive(Clone)]
pub struct StoreKey(Zeroizing<[u8; KEY_BYTES]>);

impl fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("••••")
    }
}

impl StoreKey {
    /// A new key from the system's source of randomness.
    pub fn random() -> io::Result<StoreKey> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        fill(&mut *key)?;
        Ok(StoreKey(key))
    }

    /// The key that these bytes are.
    pub fn new(bytes: [u8; KEY_BYTES]) -> StoreKey {
        StoreKey(Zeroizing::new(bytes))
    }

    /// A key made of a text that a command printed; none when the text is too short to be secret.
    pub fn from_text(text: &str) -> Option<StoreKey> {
        if text.trim().chars().count() < TEXT_KEY_CHARS {
            return None;
        }
        Some(StoreKey::new(keyed(b"rounds store key from text", &[text.trim().as_bytes()])))
    }

    /// A key for another purpose that tells nothing of this one.
    fn derive(&self, purpose: &str) -> StoreKey {
        StoreKey::new(keyed(&*self.0, &[purpose.as_bytes()]))
    }

    /// The bytes, for the key file alone.
    pub(super) fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

/// Seals and opens values, and makes names that tell nothing.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    names: StoreKey,
    chain: StoreKey,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealer(••••)")
    }
}

impl Sealer {
    /// A sealer with this key.
    pub fn new(key: &StoreKey) -> Sealer {
        let payload = key.derive("payload");
        Sealer {
            cipher: XChaCha20Poly1305::new((&*payload.0).into()),
            names: key.derive("names"),
            chain: key.derive("chain"),
        }
    }

    /// Seals a value to its place: in another row or table it cannot be opened.
    pub fn seal(&self, table: &str, row: &[u8], plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce)?;
        let aad = associated(table, row);
        let payload = Payload { msg: plain, aad: &aad };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| io::Error::other("the value is too long to be sealed"))?;
        Ok([&[SEALED_V1][..], &nonce, &sealed].concat())
    }

    /// Opens a value; none when it, its place or the key is not what it was.
    pub fn open(&self, table: &str, row: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: &associated(table, row) };
        let plain = self.cipher.decrypt(&XNonce::from(nonce), payload).ok()?;
        (*version == SEALED_V1).then(|| Zeroizing::new(plain))
    }

    /// The same name for the same parts, and nothing to be learnt from it without the key.
    pub fn name(&self, parts: &[&str]) -> [u8; KEY_BYTES] {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        keyed(&*self.names.0, &parts)
    }

    /// The hash of a row of the journal, over the row before it.
    pub fn link(&self, before: &[u8; KEY_BYTES], number: i64, sealed: &[u8]) -> [u8; KEY_BYTES] {
        keyed(&*self.chain.0, &[before, &number.to_be_bytes(), sealed])
    }
}

fn associated(table: &str, row: &[u8]) -> Vec<u8> {
    [b"rounds\0", table.as_bytes(), b"\0", row].concat()
}

fn fill(bytes: &mut [u8]) -> io::Result<()> {
    getrandom::fill(bytes).map_err(|error| io::Error::other(error.to_string()))
}

/// HMAC-SHA-256 over parts, each with its length before it.
fn keyed(key: &[u8], parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    // A key of any length is taken; the other arm cannot be reached and would still bind nothing to a wrong value.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; KEY_BYTES] };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&StoreKey::new([byte; KEY_BYTES]))
    }

    #[test]
    fn a_value_opens_in_its_place_with_its_key_and_nowhere_else() {
        let sealed = sealer(1).seal("outbox", b"id", b"Synthetic Patient").unwrap();
        assert_eq!(sealer(1).open("outbox", b"id", &sealed).unwrap().as_slice(), b"Synthetic Patient");
        assert!(sealer(2).open("outbox", b"id", &sealed).is_none());
        assert!(sealer(1).open("outbox", b"ie", &sealed).is_none());
        assert!(sealer(1).open("drafts", b"id", &sealed).is_none());
        assert!(!sealed.windows(9).any(|window| window == b"Synthetic"));
        assert_ne!(sealed, sealer(1).seal("outbox", b"id", b"Synthetic Patient").unwrap(), "a fresh nonce");
    }

    #[test]
    fn no_flipped_bit_and_no_shorter_value_opens() {
        let sealer = sealer(1);
        let sealed = sealer.seal("outbox", b"id", b"text").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open("outbox", b"id", &flipped).is_none(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(sealer.open("outbox", b"id", &sealed[..length]).is_none(), "{length} bytes");
        }
    }

    #[test]
    fn a_short_text_is_no_key_and_blanks_round_a_key_do_not_matter() {
        assert!(StoreKey::from_text(" hunter2 ").is_none());
        let text = "0123456789abcdef0123456789abcdef";
        let [left, right] =
            [text.to_owned(), format!("  {text}\n")].map(|text| StoreKey::from_text(&text).unwrap());
        assert_eq!(left.expose(), right.expose());
        assert_eq!(format!("{left:?} {:?}", Sealer::new(&left)), "•••• Sealer(••••)");
    }

    #[test]
    fn names_and_links_hang_on_every_part_and_on_the_key() {
        let (sealer, other) = (sealer(1), sealer(2));
        assert_eq!(sealer.name(&["flag", "a"]), sealer.name(&["flag", "a"]));
        assert_ne!(sealer.name(&["flag", "a"]), sealer.name(&["fla", "ga"]));
        assert_ne!(sealer.name(&["flag", "a"]), other.name(&["flag", "a"]));
        let first = sealer.link(&[0; KEY_BYTES], 1, b"x");
        assert_ne!(first, sealer.link(&[1; KEY_BYTES], 1, b"x"));
        assert_ne!(first, sealer.link(&[0; KEY_BYTES], 2, b"x"));
        assert_ne!(first, sealer.link(&[0; KEY_BYTES], 1, b"y"));
    }
}
