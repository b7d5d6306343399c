//! Reading a filter line, and running filters over a whole ward: all of it, and slice by slice.

use super::ward::{SIZES, ward};
use divan::{Bencher, black_box};
use rounds::{
    app::scan::{Progress, Scan},
    domain::query::{Query, parse::parse},
};

/// A filter line of each kind.
const LINES: [(&str, &str); 9] = [
    ("none", ""),
    ("one word", "potassium"),
    ("one letter", "a"),
    ("two words", "potassium ecg"),
    ("no match", "xylophone"),
    ("name", "nguyen"),
    ("facets", "status:open prio:>=urgent due:<8h"),
    ("facets and word", "status:open prio:>=urgent potassium"),
    ("regex", "/room 4[0-9]+/"),
];
const SORTED: [(&str, &str); 3] =
    [("due", "sort:due"), ("title", "sort:title"), ("patient", "sort:patient,due")];

fn query(name: &str) -> Query {
    let line = LINES.iter().chain(&SORTED).find(|(known, _)| *known == name).map_or("", |(_, line)| line);
    parse(line).query
}

fn names(lines: &'static [(&'static str, &'static str)]) -> impl Iterator<Item = (&'static str, u32)> {
    SIZES.into_iter().flat_map(|size| lines.iter().map(move |(name, _)| (*name, size)))
}

#[divan::bench]
fn parse_a_line() -> Query {
    parse(black_box(
        "status:open,waiting (prio:>=urgent OR due:<4h) -owner:me \"chest pain\" sort:due,prio limit:50",
    ))
    .query
}

fn whole(bencher: Bencher, name: &str, tasks: u32) {
    let (ward, query) = (ward(tasks), query(name));
    bencher.bench(|| {
        let mut scan = Scan::start(&query, &ward.store, ward, 1);
        while scan.step(&ward.store, ward, &ward.people) == Progress::More {}
        scan.matched()
    });
}

/// From the key to the final rows.
#[divan::bench(args = names(&LINES), sample_count = 20)]
fn scan(bencher: Bencher, (name, tasks): (&str, u32)) {
    whole(bencher, name, tasks);
}

/// From the key to the final rows in an order of one's own.
#[divan::bench(args = names(&SORTED), sample_count = 10)]
fn sort(bencher: Bencher, (name, tasks): (&str, u32)) {
    whole(bencher, name, tasks);
}

/// One slice; its slowest is how long a key may have to wait.
fn slices(bencher: Bencher, name: &str) {
    let ward = ward(SIZES[1]);
    let query = query(name);
    let mut scan = None;
    bencher.bench_local(|| {
        let running = scan.get_or_insert_with(|| Scan::start(&query, &ward.store, ward, 1));
        if running.step(&ward.store, ward, &ward.people) == Progress::Done {
            scan = None;
        }
    });
}

/// One slice of a filter at a million rows.
#[divan::bench(args = LINES.map(|(name, _)| name), sample_count = 200, sample_size = 1)]
fn slice(bencher: Bencher, name: &str) {
    slices(bencher, name);
}

/// One slice of an order of one's own at a million rows.
#[divan::bench(args = SORTED.map(|(name, _)| name), sample_count = 600, sample_size = 1)]
fn slice_sorted(bencher: Bencher, name: &str) {
    slices(bencher, name);
}
