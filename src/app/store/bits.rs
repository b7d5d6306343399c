//! A set of rows, one bit each.
//!
//! Must not grow by itself when asked: a row beyond the end is simply not in the set.

/// A set of row numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// An empty set with room for rows below `rows`.
    pub(in crate::app) fn for_rows(rows: usize) -> Bits {
        Bits { words: vec![0; rows.div_ceil(64)] }
    }

    /// The words, 64 rows each.
    pub(in crate::app) fn words(&self) -> &[u64] {
        &self.words
    }

    /// The words, to be written.
    pub(in crate::app) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// Makes room for rows below `rows`.
    pub(in crate::app) fn reach(&mut self, rows: usize) {
        if self.words.len() < rows.div_ceil(64) {
            self.words.resize(rows.div_ceil(64), 0);
        }
    }

    /// Whether a row is in the set.
    #[inline]
    pub(in crate::app) fn has(&self, row: u32) -> bool {
        self.words.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Puts a row in.
    #[inline]
    pub(in crate::app) fn set(&mut self, row: u32) {
        if let Some(word) = self.words.get_mut(row as usize / 64) {
            *word |= 1 << (row % 64);
        }
    }

    /// Takes a row out.
    #[inline]
    pub(in crate::app) fn clear(&mut self, row: u32) {
        if let Some(word) = self.words.get_mut(row as usize / 64) {
            *word &= !(1 << (row % 64));
        }
    }

    /// How many rows are in the set.
    pub(in crate::app) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The rows, rising.
    pub(in crate::app) fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| rows_of(index, *word))
    }
}

/// The rows of one word, rising.
pub(in crate::app) fn rows_of(index: usize, word: u64) -> impl Iterator<Item = u32> {
    let mut left = word;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let bit = left.trailing_zeros();
        left &= left - 1;
        Some(index as u32 * 64 + bit)
    })
}
