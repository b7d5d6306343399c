//! Rows out of the bare pages of a damaged file (sqlite.org/fileformat2, §1.6 and §2): whatever became of the tree above
//! them, a leaf page tells its rows, and a row that opens is as it was written.
//!
//! Must not trust a length or a number in a page, and must not bring back what was dropped: dropped rows are
//! overwritten with zeros (`secure_delete`), and the newest committed form of a page counts.

use super::{
    journal,
    schema::{self, Head, PAGE_BYTES},
    seal::Sealer,
    shelf::{Row, Rows, Shelf},
    wal::Log,
};
use crate::app::kept::Deed;
use std::collections::BTreeMap;

/// What could be read of a damaged file.
#[derive(Debug, Default)]
pub(super) struct Carved {
    /// The rows of the shelves.
    pub(super) rows: Rows,
    /// The deeds of the journal by number.
    pub(super) deeds: BTreeMap<i64, Deed>,
    /// How many rows could not be read, as far as that can be told.
    pub(super) lost: usize,
    /// Whether it can be told.
    pub(super) is_counted: bool,
    /// Whether anything sealed was found that this key does not open, and nothing that it does.
    pub(super) is_of_another_key: bool,
}

/// Reads all rows that open out of a file and its log.
pub(super) fn carve(file: &[u8], log: &Log<'_>, sealer: &Sealer) -> Carved {
    let pages = Pages { file, log };
    let (mut carved, mut head) = (Carved::default(), None::<Head>);
    let (mut opened, mut closed) = (0_usize, 0_usize);
    let mut seen = |opens: bool| if opens { opened += 1 } else { closed += 1 };
    for number in pages.numbers() {
        for (place, values) in pages.leaf_rows(number) {
            match values.as_slice() {
                [Value::Null, Value::Bytes(sealed)] => {
                    seen(schema::opens_meta(sealer, place, sealed));
                    head = schema::open_head(sealer, place, sealed).or(head);
                }
                [Value::Null, Value::Number(_), Value::Bytes(_), Value::Bytes(sealed)] => {
                    let deed = journal::open(sealer, place, sealed);
                    seen(deed.is_some());
                    carved.deeds.extend(deed.map(|deed| (place, deed)));
                }
                [
                    Value::Null,
                    Value::Bytes(id),
                    Value::Bytes(label),
                    Value::Bytes(source),
                    Value::Number(made_ms),
                    Value::Number(changed_ms),
                    Value::Bytes(sealed),
                ] => {
                    let found = Shelf::ALL
                        .into_iter()
                        .find_map(|shelf| Some((shelf, sealer.open(shelf.table(), id, sealed)?)));
                    seen(found.is_some());
                    let Some((shelf, payload)) = found else { continue };
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    let row = Row {
                        id: id.clone(),
                        label: text(label),
                        source: text(source),
                        made_ms: *made_ms,
                        changed_ms: *changed_ms,
                        payload,
                    };
                    carved.rows.put_newer(shelf, place, row);
                }
                _ => {}
            }
        }
    }
    carved.is_counted = head.is_some();
    let told = head.map_or(0, |head| head.rows + usize::try_from(head.number).unwrap_or(0));
    carved.lost = closed.max(told.saturating_sub(carved.rows.len() + carved.deeds.len()));
    carved.is_of_another_key = opened == 0 && closed > 0;
    carved
}

/// A value of a row, as far as our tables have such.
#[derive(Debug, PartialEq)]
enum Value {
    Null,
    Number(i64),
    Bytes(Vec<u8>),
}

/// The pages of a file with its log laid over it.
struct Pages<'a> {
    file: &'a [u8],
    log: &'a Log<'a>,
}

/// The longest payload that is put together from pages.
const PAYLOAD_CAP_BYTES: usize = 64 << 20;
/// The bytes of a file's head, which stand on its first page before the page's own.
const FILE_HEAD_BYTES: usize = 100;
const TABLE_LEAF: u8 = 0x0D;

impl<'a> Pages<'a> {
    fn count(&self) -> usize {
        let in_log = self.log.pages.keys().next_back().map_or(0, |last| *last as usize);
        in_log.min(self.file.len() / PAGE_BYTES + self.log.pages.len()).max(self.file.len() / PAGE_BYTES)
    }

    fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        1..=u32::try_from(self.count()).unwrap_or(u32::MAX)
    }

    /// A page; numbers begin with 1.
    fn page(&self, number: u32) -> Option<&'a [u8]> {
        if let Some(page) = self.log.pages.get(&number) {
            return Some(page);
        }
        let start = (number as usize).checked_sub(1)?.checked_mul(PAGE_BYTES)?;
        self.file.get(start..start.checked_add(PAGE_BYTES)?)
    }

    /// The rows of a page, when it is a leaf of a table; cells that make no sense are left out.
    fn leaf_rows(&self, number: u32) -> Vec<(i64, Vec<Value>)> {
        let Some(page) = self.page(number) else { return Vec::new() };
        let at = if number == 1 { FILE_HEAD_BYTES } else { 0 };
        if page.get(at) != Some(&TABLE_LEAF) {
            return Vec::new();
        }
        let count = short(page, at + 3).unwrap_or(0);
        let cells = (0..count).filter_map(|index| {
            let cell = short(page, at + 8 + index * 2)?;
            self.cell(page, cell)
        });
        cells.collect()
    }

    fn cell(&self, page: &[u8], at: usize) -> Option<(i64, Vec<Value>)> {
        let mut reader = Reader { bytes: page.get(at..)? };
        let length = usize::try_from(reader.varint()?).ok()?;
        let place = reader.varint()?;
        if length > PAYLOAD_CAP_BYTES {
            return None;
        }
        let local = local_bytes(length);
        let mut payload = reader.take(local)?.to_vec();
        if local < length {
            let mut next = u32::from_be_bytes(reader.take(4)?.try_into().ok()?);
            for _ in 0..=self.count() {
                if payload.len() == length {
                    break;
                }
                let (link, content) = self.page(next)?.split_at_checked(4)?;
                let wanted = content.len().min(length - payload.len());
                payload.extend_from_slice(content.get(..wanted)?);
                next = u32::from_be_bytes(link.try_into().ok()?);
            }
        }
        if payload.len() == length { Some((place, values(&payload)?)) } else { None }
    }
}

/// How much of a payload stands on the leaf itself.
fn local_bytes(length: usize) -> usize {
    const MOST: usize = PAGE_BYTES - 35;
    const LEAST: usize = (PAGE_BYTES - 12) * 32 / 255 - 23;
    if length <= MOST {
        return length;
    }
    let fitting = LEAST + (length - LEAST) % (PAGE_BYTES - 4);
    if fitting <= MOST { fitting } else { LEAST }
}

/// The values of a record.
fn values(payload: &[u8]) -> Option<Vec<Value>> {
    let mut whole = Reader { bytes: payload };
    let head_bytes = usize::try_from(whole.varint()?).ok()?;
    let mut kinds = Reader { bytes: payload.get(payload.len() - whole.bytes.len()..head_bytes)? };
    let mut body = Reader { bytes: payload.get(head_bytes..)? };
    let mut values = Vec::new();
    while !kinds.bytes.is_empty() {
        // No table of ours has so many columns.
        if values.len() > 16 {
            return None;
        }
        values.push(match kinds.varint()? {
            0 => Value::Null,
            kind @ 1..=4 => Value::Number(body.number(usize::try_from(kind).ok()?)?),
            5 => Value::Number(body.number(6)?),
            6 => Value::Number(body.number(8)?),
            8 => Value::Number(0),
            9 => Value::Number(1),
            kind if kind >= 12 => Value::Bytes(body.take(usize::try_from((kind - 12) / 2).ok()?)?.to_vec()),
            _ => return None,
        });
    }
    Some(values)
}

fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(usize::from(u16::from_be_bytes(bytes)))
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A number of one to nine bytes: seven bits in each, eight in the ninth.
    fn varint(&mut self) -> Option<i64> {
        let mut value = 0_u64;
        for index in 0..9 {
            let byte = *self.take(1)?.first()?;
            if index == 8 {
                value = value << 8 | u64::from(byte);
                break;
            }
            value = value << 7 | u64::from(byte & 0x7F);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(value.cast_signed())
    }

    /// A signed number of so many bytes.
    fn number(&mut self, length: usize) -> Option<i64> {
        let bytes = self.take(length)?;
        let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
        let start = if negative { -1_i64 } else { 0 };
        Some(bytes.iter().fold(start, |value, byte| value << 8 | i64::from(*byte)))
    }
}
