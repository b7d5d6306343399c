//! Torn and flipped bytes anywhere: the store opens, sets the file aside and keeps the rest.

use super::{
    super::{carve::carve, seal::Sealer, shelf, wal},
    *,
};
use crate::app::kept::write_id;
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};

/// A ward's worth of unsent work: rows that fill many pages, some longer than a page.
fn plenty() -> Vec<Change> {
    let mut changes = Vec::new();
    for number in 1..=40 {
        let letters = if number % 10 == 0 { 9_000 } else { 200 };
        changes.extend([write(number, letters, IntentState::Saving), deed(number)]);
        changes.push(mark(MarkKind::Flag, &format!("task-{number}")));
    }
    changes.extend((1..=3).map(|number| draft(number, 3_000)));
    // What was dropped must not come back.
    changes.extend((31..=35).map(|number| Change::DropWrite(id(number))));
    changes
}

fn whole_file() -> Vec<u8> {
    let dir = TestDir::swift();
    let mut store = open(&dir.0);
    for changes in plenty().chunks(20) {
        store.apply(changes).unwrap();
    }
    drop(store);
    assert_eq!(names(&dir.0), ["store.db", "store.lock"], "the log is folded in when the store closes");
    std::fs::read(dir.0.join("store.db")).unwrap()
}

/// Numbers that look random and are the same every time.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// Opens a file and checks that it keeps what it can: nothing new, nothing twice, and every loss is said. Gives how
/// many rows were lost.
fn opens(file: &[u8], whole: &Kept, what: &str) -> usize {
    let dir = TestDir::swift();
    std::fs::write(dir.0.join("store.db"), file).unwrap();
    let mut store = open(&dir.0);
    let found = store.load().unwrap_or_else(|trouble| panic!("{what}: {trouble}"));
    assert!(!found.doubtful, "{what}");
    let mut lost = 0;
    macro_rules! same {
        ($list:ident) => {
            for row in &found.$list {
                assert!(whole.$list.contains(row), "{what}: a row that was never written");
            }
            lost += whole.$list.len() - found.$list.len();
        };
    }
    same!(writes);
    same!(drafts);
    same!(marks);
    let ids: BTreeSet<Uuid> = found.writes.iter().map(write_id).collect();
    assert_eq!(ids.len(), found.writes.len(), "{what}: no write is there twice");
    let deeds = store.deeds(1_000).unwrap();
    let salvaged = deeds.iter().any(|deed| deed.kind == DeedKind::Salvaged);
    let deeds_lost = 40 + usize::from(salvaged) - deeds.len();
    let notices = store.report().notices;
    assert_eq!(salvaged, !notices.is_empty(), "{what}: {notices:?}");
    if salvaged {
        let aside = names(&dir.0).into_iter().find(|name| name.starts_with("store.db.damaged-")).unwrap();
        assert_eq!(
            std::fs::read(dir.0.join(aside)).unwrap(),
            file,
            "{what}: the damaged file is kept as it was"
        );
        assert!(matches!(store.verify().unwrap(), Verdict::Whole { .. }), "{what}");
        if lost + deeds_lost > 0 {
            assert!(!notices[0].contains("Every row could"), "{what}: {notices:?}");
        }
    } else {
        assert_eq!(lost, 0, "{what}: lost in silence");
        // The journal is read through when somebody asks for it.
        let told = matches!(store.verify().unwrap(), Verdict::Broken { .. });
        assert!(deeds_lost == 0 || told, "{what}: {deeds_lost} deeds lost in silence");
    }
    store.apply(&[write(99, 1, IntentState::Saving), deed(99)]).unwrap();
    drop(store);
    let mut again = open(&dir.0);
    assert_eq!(again.load().unwrap().writes.len(), found.writes.len() + 1, "{what}");
    assert_eq!(again.report().notices, Vec::<String>::new(), "{what}: it is mended for good");
    lost + deeds_lost
}

/// Flips of each run.
const FLIPS: usize = 128;

/// A place of each class in each page (its kind, its numbers, where its cells stand, what lies between and at its end),
/// every byte of the file's head that says something, and as many places more as are wanted.
fn places(bytes: usize) -> Vec<usize> {
    let mut seeded = Seeded(0x5EED);
    let mut places: Vec<usize> = (0..100).step_by(3).collect();
    for page in (0..bytes).step_by(4096) {
        let classes = [0..1, 1..8, 8..12, 12..64, 64..2048, 2048..4000, 4000..4096];
        places.extend(classes.map(|class| page + class.start + seeded.below(class.len())));
    }
    let more = (4 * FLIPS).saturating_sub(places.len());
    places.extend((0..more).map(|_| seeded.below(bytes)));
    places.into_iter().filter(|place| *place < bytes).collect()
}

/// Flips a bit at every fourth place of all.
fn flips(quarter: usize) {
    let (file, whole) = &*WARD;
    let mut seeded = Seeded(0xF11B + quarter as u64);
    let (mut count, mut hurt) = (0, 0);
    for place in places(file.len()).into_iter().skip(quarter).step_by(4) {
        let mut flipped = file.clone();
        flipped[place] ^= 1 << seeded.below(8);
        let rows = opens(&flipped, whole, &format!("byte {place} of {}", file.len()));
        assert!(rows <= 20, "byte {place} cost {rows} rows");
        (count, hurt) = (count + 1, hurt + usize::from(rows > 0));
    }
    assert!(count >= FLIPS && hurt > 5, "{hurt} of {count} flips hit rows");
}

#[test]
fn a_whole_file_loses_nothing() {
    assert_eq!(opens(&WARD.0, &WARD.1, "whole"), 0);
}

#[test]
fn a_flipped_byte_costs_at_most_the_rows_of_its_page_1() {
    flips(0);
}

#[test]
fn a_flipped_byte_costs_at_most_the_rows_of_its_page_2() {
    flips(1);
}

#[test]
fn a_flipped_byte_costs_at_most_the_rows_of_its_page_3() {
    flips(2);
}

#[test]
fn a_flipped_byte_costs_at_most_the_rows_of_its_page_4() {
    flips(3);
}

/// Cuts the file at every 512 bytes of one half.
fn cuts(half: usize) {
    let (file, whole) = &*WARD;
    let all = opens(&[], whole, "nothing");
    for length in (0..file.len()).step_by(512).skip(half).step_by(2) {
        let lost = opens(&file[..length], whole, &format!("{length} bytes of {}", file.len()));
        assert!(lost <= all, "{length} bytes");
    }
}

#[test]
fn a_file_that_was_cut_at_any_sector_keeps_what_is_left_1() {
    cuts(0);
}

#[test]
fn a_file_that_was_cut_at_any_sector_keeps_what_is_left_2() {
    cuts(1);
}

#[test]
fn a_page_of_junk_anywhere_costs_that_page() {
    let (file, whole) = &*WARD;
    for page in (0..file.len() / 4096).step_by(2) {
        let mut junk = file.clone();
        let mut seeded = Seeded(page as u64 + 1);
        junk[page * 4096..(page + 1) * 4096].fill_with(|| seeded.below(256) as u8);
        let rows = opens(&junk, whole, &format!("page {page}"));
        assert!(rows <= 20, "page {page} cost {rows} rows");
    }
}

#[test]
fn a_file_that_was_cut_off_keeps_what_is_left_of_it() {
    let (file, whole) = &*WARD;
    let mut seeded = Seeded(77);
    let mut lengths: Vec<usize> = (0..16).map(|_| seeded.below(file.len())).collect();
    lengths.extend([0, 1, 15, 16, 99, 100, 4095, 4096, 4097, file.len() - 4096, file.len() - 1]);
    lengths.sort_unstable();
    let lost: Vec<usize> = lengths
        .iter()
        .map(|length| opens(&file[..*length], whole, &format!("{length} bytes of {}", file.len())))
        .collect();
    let all = opens(&[], whole, "nothing");
    assert_eq!(lost[0], all);
    assert!(*lost.last().unwrap() < 20, "{lost:?}");
    assert!(lost[lost.len() * 3 / 4] < all, "most of a file is worth something: {lost:?}");
}

#[test]
fn junk_in_the_file_s_place_is_set_aside() {
    for junk in [b"not a database at all".to_vec(), vec![0; 8192], vec![0xFF; 70_000]] {
        let dir = TestDir::swift();
        std::fs::write(dir.0.join("store.db"), junk).unwrap();
        let mut store = open(&dir.0);
        store.apply(&[deed(1)]).unwrap();
        assert!(store.report().notices[0].contains("damaged"), "{:?}", store.report());
        assert_eq!(names(&dir.0).iter().filter(|name| name.starts_with("store.db.damaged-")).count(), 1);
    }
}

/// The files of a store whose program was killed: the last changes stand in the log alone.
fn killed(dir: &Path) {
    let live = TestDir::swift();
    let mut store = open(&live.0);
    store.apply(&[write(1, 100, IntentState::Saving), deed(1)]).unwrap();
    store.apply(&[write(2, 100, IntentState::Saving), deed(2)]).unwrap();
    store.apply(&[Change::DropWrite(id(1)), deed(3)]).unwrap();
    copy(&live.0, dir);
}

#[test]
fn the_log_of_a_killed_program_is_whole() {
    let dir = TestDir::swift();
    killed(&dir.0);
    assert!(dir.0.join("store.db-wal").metadata().unwrap().len() > 0);
    let mut store = open(&dir.0);
    let kept = store.load().unwrap();
    assert_eq!((kept.writes.len(), kept.doubtful), (1, false));
    assert_eq!(store.verify().unwrap(), Verdict::Whole { rows: 3 });
    assert_eq!(store.report().notices, Vec::<String>::new());
}

#[test]
fn a_damaged_log_is_said_kept_and_makes_every_write_doubtful() {
    let dir = TestDir::swift();
    killed(&dir.0);
    let log = std::fs::read(dir.0.join("store.db-wal")).unwrap();
    let mut seeded = Seeded(9);
    for _ in 0..25 {
        let here = TestDir::swift();
        killed(&here.0);
        let mut flipped = std::fs::read(here.0.join("store.db-wal")).unwrap();
        let place = seeded.below(flipped.len() - 4096);
        flipped[place] ^= 0x40;
        std::fs::write(here.0.join("store.db-wal"), &flipped).unwrap();
        let mut store = open(&here.0);
        let kept = store.load().unwrap();
        assert!(kept.doubtful, "byte {place}");
        assert!(store.report().notices[0].contains("looked for at its source"), "byte {place}");
        let aside =
            names(&here.0).into_iter().find(|name| name.ends_with("-wal") && name.contains("damaged"));
        assert_eq!(std::fs::read(here.0.join(aside.unwrap())).unwrap(), flipped);
        store.apply(&[deed(9)]).unwrap();
        drop(store);
        assert!(!open(&here.0).load().unwrap().doubtful, "the next run is told no old tales");
    }
    assert!(log.len() > 4096);
}

#[test]
fn a_damaged_file_with_a_whole_log_loses_nothing_of_the_log() {
    let dir = TestDir::swift();
    killed(&dir.0);
    let mut file = std::fs::read(dir.0.join("store.db")).unwrap();
    file[..50].fill(0);
    std::fs::write(dir.0.join("store.db"), &file).unwrap();
    let mut store = open(&dir.0);
    let kept = store.load().unwrap();
    assert_eq!((kept.writes.len(), kept.doubtful), (1, false), "the dropped one does not come back");
    assert_eq!(kept.writes[0].intent.id, IntentId(2));
    assert_eq!(store.deeds(9).unwrap().len(), 4);
}

static WARD: LazyLock<(Vec<u8>, Kept)> = LazyLock::new(|| (whole_file(), model(&plenty())));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The readers beneath the database: bytes of any kind in any place, in the file and in its log.
    #[test]
    fn no_bytes_stop_the_readers_and_no_row_is_invented(
        patches in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..40)), 1..12),
        log in prop::collection::vec(any::<u8>(), 0..300),
        payload in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let (file, whole) = &*WARD;
        let mut torn = file.clone();
        for (at, bytes) in &patches {
            let at = at.index(torn.len());
            for (byte, junk) in torn.iter_mut().skip(at).zip(bytes) {
                *byte = *junk;
            }
        }
        let sealer = Sealer::new(&StoreKey::new([7; 32]));
        let found = carve(&torn, &wal::read(&log), &sealer).rows.read();
        prop_assert_eq!(found.not_understood, 0, "what opens is what was written");
        prop_assert!(found.drafts.iter().all(|draft| whole.drafts.contains(draft)));
        prop_assert!(found.marks.iter().all(|mark| whole.marks.contains(mark)));
        prop_assert!(found.writes.iter().all(|write| whole.writes.contains(write)));
        // A payload in words that this version does not know is none, whoever sealed it.
        let _: Option<Record> = shelf::decode_bytes(&payload);
    }
}
