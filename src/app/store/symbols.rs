//! Interned references: each distinct value of a column is kept once and rows hold its number.
//!
//! Must not forget a value: a number means the same value for as long as the store lives.

use crate::domain::{people::Reference, task::SourceId};
use std::hash::{DefaultHasher, Hash, Hasher};

/// The number of an interned value; 0 is "none".
pub(in crate::app) type Symbol = u32;

/// Stands between the raw reference and the name sent beside it; no UTF-8 text holds this byte.
const DISPLAY: u8 = 0xFF;

/// The distinct values of one column, each with its source: equal ids of two systems are two people.
#[derive(Debug, Default)]
pub(in crate::app) struct Symbols {
    /// Source, raw text and display of every value, one after the other.
    bytes: Vec<u8>,
    /// Where each value ends.
    ends: Vec<u32>,
    /// Open addressing: value number, or 0.
    table: Vec<u32>,
}

impl Symbols {
    /// The number of a reference, given one when it is new; 0 for none, or when there is no more room.
    pub(super) fn intern(&mut self, source: SourceId, reference: Option<&Reference>) -> Symbol {
        let Some(reference) = reference else { return 0 };
        self.intern_parts(source, reference.raw(), reference.display())
    }

    /// The number of a plain text; 0 for none.
    pub(super) fn intern_text(&mut self, source: SourceId, text: Option<&str>) -> Symbol {
        text.map_or(0, |text| self.intern_parts(source, text, None))
    }

    fn intern_parts(&mut self, source: SourceId, raw: &str, display: Option<&str>) -> Symbol {
        if (self.ends.len() + 1) * 4 > self.table.len() * 3 {
            self.widen();
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&source.0.to_le_bytes());
        self.bytes.extend_from_slice(raw.as_bytes());
        if let Some(display) = display {
            self.bytes.push(DISPLAY);
            self.bytes.extend_from_slice(display.as_bytes());
        }
        let (known, slot) = self.look_up(self.bytes.get(start..).unwrap_or(&[]));
        let end = u32::try_from(self.bytes.len());
        if let (0, Ok(end)) = (known, end) {
            self.ends.push(end);
            let symbol = self.ends.len() as u32;
            if let Some(place) = self.table.get_mut(slot) {
                *place = symbol;
            }
            return symbol;
        }
        self.bytes.truncate(start);
        known
    }

    /// How many distinct values there are; their numbers are 1 to this.
    pub(in crate::app) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The source and reference of a number.
    pub(in crate::app) fn reference(&self, symbol: Symbol) -> Option<(SourceId, Reference)> {
        let value = self.value(symbol)?;
        let (source, rest) = value.split_first_chunk::<2>()?;
        let cut = memchr::memchr(DISPLAY, rest).unwrap_or(rest.len());
        let (raw, display) = rest.split_at_checked(cut)?;
        let reference = Reference::new(std::str::from_utf8(raw).ok()?);
        let reference = match display.get(1..).and_then(|display| std::str::from_utf8(display).ok()) {
            Some(display) => reference.with_display(display),
            None => reference,
        };
        Some((SourceId(u16::from_le_bytes(*source)), reference))
    }

    /// Tells the number of each reference to a bare id in a source, however it is written.
    pub(in crate::app) fn each_with_id(&self, source: SourceId, id: &str, mut found: impl FnMut(Symbol)) {
        let source = source.0.to_le_bytes();
        let wanted: (&[u8], &[u8]) = (&source, id.as_bytes());
        let Some(mask) = self.table.len().checked_sub(1) else { return };
        let mut slot = hash_parts(wanted) & mask;
        while let Some(symbol) = self.table.get(slot).filter(|symbol| **symbol != 0) {
            if self.value(*symbol).is_some_and(|value| split(value) == wanted) {
                found(*symbol);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Bytes held, spare room included.
    pub(super) fn memory_bytes(&self) -> usize {
        self.bytes.capacity() + (self.ends.capacity() + self.table.capacity()) * size_of::<u32>()
    }

    fn value(&self, symbol: Symbol) -> Option<&[u8]> {
        let index = (symbol as usize).checked_sub(1)?;
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.bytes.get(start as usize..*self.ends.get(index)? as usize)
    }

    /// The number of a value and its slot; number 0 with the free slot where it would go.
    fn look_up(&self, value: &[u8]) -> (Symbol, usize) {
        let mask = self.table.len().wrapping_sub(1);
        let mut slot = hash(value) & mask;
        loop {
            match self.table.get(slot) {
                None | Some(0) => return (0, slot),
                Some(symbol) if self.value(*symbol) == Some(value) => return (*symbol, slot),
                Some(_) => slot = (slot + 1) & mask,
            }
        }
    }

    fn widen(&mut self) {
        let size = (self.table.len() * 2).max(16);
        self.table = vec![0; size];
        for symbol in 1..=self.ends.len() as u32 {
            let mut slot = hash(self.value(symbol).unwrap_or(&[])) & (size - 1);
            while self.table.get(slot).is_some_and(|taken| *taken != 0) {
                slot = (slot + 1) & (size - 1);
            }
            if let Some(place) = self.table.get_mut(slot) {
                *place = symbol;
            }
        }
    }
}

/// The hash of a value's source and bare id, so that all ways to write one reference are found together.
fn hash(value: &[u8]) -> usize {
    hash_parts(split(value))
}

fn hash_parts(parts: (&[u8], &[u8])) -> usize {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish() as usize
}

/// The source and the bare id of a value, both as bytes.
fn split(value: &[u8]) -> (&[u8], &[u8]) {
    let (source, rest) = value.split_at_checked(2).unwrap_or((value, &[]));
    let raw = memchr::memchr(DISPLAY, rest).map_or(rest, |end| rest.get(..end).unwrap_or(rest));
    let id = memchr::memrchr(b'/', raw).map_or(raw, |slash| raw.get(slash + 1..).unwrap_or(raw));
    (source, id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_number_and_read_back() {
        let mut symbols = Symbols::default();
        let values: Vec<(SourceId, Reference)> = (0..500)
            .map(|number| (SourceId(number % 3), Reference::new(&format!("Patient/{}", number / 3))))
            .chain([(SourceId(0), Reference::new("Patient/1").with_display("Núñez"))])
            .collect();
        let numbers: Vec<Symbol> =
            values.iter().map(|(source, reference)| symbols.intern(*source, Some(reference))).collect();
        for ((source, reference), number) in values.iter().zip(&numbers) {
            assert_eq!(symbols.intern(*source, Some(reference)), *number);
            assert_eq!(symbols.reference(*number).as_ref(), Some(&(*source, reference.clone())));
        }
        assert_eq!(symbols.len(), 501);
        assert_eq!(symbols.intern(SourceId(0), None), 0);
        assert_eq!(symbols.reference(0), None);
        let ways = |id: &str| {
            let mut ways = 0;
            symbols.each_with_id(SourceId(0), id, |_| ways += 1);
            ways
        };
        assert_eq!((ways("1"), ways("nobody")), (2, 0), "without a display and with one");
    }
}
