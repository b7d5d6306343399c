//! Hundreds of nights in a second: the real machine and the real adapters against a seeded network, disk and servers.
//!
//! Three systems are the sandbox's own functions without their sockets, the others small FHIR servers, one for each kind of document. Must not
//! use a socket, a thread, a sleep or the real clock.

mod disk;
pub(crate) mod fhir;
mod ledger;
mod matrix;
mod network;
mod rules;
mod servers;
mod user;
mod world;

use ledger::Kind;
use rounds::app::outbox::End;
use rounds::runtime::clock;
use rules::{Figures, Rot, Rules};
use world::World;

/// Seeds of every test run.
const SEEDS: u64 = 200;
/// Faults of a thousand requests (RELIABILITY §5).
const FAULTS: u64 = 300;
/// Seeds that once found something.
const KEPT: &str = include_str!("sim/seeds.txt");
/// Minutes after the last fault in which everything must have come to its end.
const PATIENCE_MIN: i64 = 40;
/// The same where the user answers nothing, so that some things stay open.
const SILENCE_MIN: i64 = 5;
/// Of every so many runs the servers' stores are looked into at the end.
const LOOKED_AT: u64 = 20;
/// Events of a run at the most: more is a program that runs in circles.
const MOST_EVENTS: usize = 100_000;

fn rules(seed: u64) -> Rules {
    Rules {
        seed,
        network: FAULTS,
        disk: 40,
        crash: 200,
        writes: 8,
        // One user of three holds writes back and takes some of them back.
        window_s: if seed.is_multiple_of(3) { 5 } else { 0 },
        // One user of eight never looks.
        answers: !seed.is_multiple_of(8),
        rot: Rot::Sound,
        fails_at: None,
        plan: None,
        stops_at: None,
        only: None,
    }
}

/// How many writes of a run came to which end.
#[derive(Clone, Copy, Debug, Default)]
struct Ends {
    confirmed: usize,
    documents: usize,
    reversals: usize,
    removals: usize,
    /// Dropped before anything of them went out.
    taken_back: usize,
    done: usize,
    refused: usize,
    dropped: usize,
    turned_away: usize,
    open: usize,
}

/// Plays a run to its end; gives what was found wrong.
fn play(rules: Rules) -> (World, Vec<String>) {
    let mut world = World::new(rules);
    while world.written < world.rules.writes && world.figures.events < MOST_EVENTS {
        world.step();
    }
    // Faults go on for a while behind the last write.
    let some_time = world.now() + jiff::SignedDuration::from_secs(20);
    while world.now() < some_time {
        world.step();
    }
    world.heal();
    let patience_min = if world.rules.answers { PATIENCE_MIN } else { SILENCE_MIN };
    let end = world.now() + jiff::SignedDuration::from_mins(patience_min);
    let settled = |world: &mut World| {
        let patient = world.rules.answers;
        world.is_running()
            && world.is_stored()
            && world.open().iter().all(|intent| !patient && intent.needs_user())
    };
    while !settled(&mut world) && world.now() < end && world.figures.events < MOST_EVENTS {
        world.step();
    }
    // What the screen says is done, the source has; and the disk has nothing that the program lost.
    let (open, patient) = (world.open(), world.rules.answers);
    world.ledger.close(&open, patient, &world.servers);
    if world.rules.seed.is_multiple_of(LOOKED_AT) {
        look_into_the_stores(&mut world);
    }
    let wrong = std::mem::take(&mut world.ledger.wrong);
    (world, wrong)
}

/// What the answers told of the things that were made is what the stores show.
fn look_into_the_stores(world: &mut World) {
    let now = world.now();
    for entry in world.ledger.entries.values().filter(|entry| entry.subject.is_none()) {
        let told = world.servers.left(entry.system, &entry.words, entry.since);
        assert_eq!(
            world.servers.stored(entry.system, &entry.words, now),
            told,
            "{}: {}",
            entry.system,
            entry.words
        );
    }
}

fn ends(world: &mut World) -> Ends {
    let mut ends = Ends { confirmed: world.ledger.entries.len(), ..Ends::default() };
    for entry in world.ledger.entries.values() {
        ends.documents += usize::from(entry.kind == Kind::Document);
        ends.reversals += usize::from(entry.kind == Kind::Reversal);
        ends.removals += usize::from(entry.kind == Kind::Removal);
        ends.taken_back += usize::from(entry.end == Some(End::Dropped) && entry.sent == 0);
        match &entry.end {
            Some(End::Done) => ends.done += 1,
            Some(End::Refused(_)) => ends.refused += 1,
            Some(End::Dropped) => ends.dropped += 1,
            None if entry.turned_away && !entry.queued => ends.turned_away += 1,
            None => ends.open += 1,
        }
    }
    ends
}

#[derive(Default)]
struct Sum {
    runs: usize,
    figures: Figures,
    ends: Ends,
}

impl Sum {
    fn add(&mut self, world: &mut World) {
        self.runs += 1;
        let ends = ends(world);
        self.figures.faults += world.figures.faults;
        self.figures.crashes += world.figures.crashes;
        self.figures.requests += world.figures.requests;
        self.figures.events += world.figures.events;
        self.ends.confirmed += ends.confirmed;
        self.ends.documents += ends.documents;
        self.ends.reversals += ends.reversals;
        self.ends.removals += ends.removals;
        self.ends.taken_back += ends.taken_back;
        self.ends.done += ends.done;
        self.ends.refused += ends.refused;
        self.ends.dropped += ends.dropped;
        self.ends.turned_away += ends.turned_away;
        self.ends.open += ends.open;
    }
}

/// Plays these seeds; a seed that finds something prints itself with its last events.
fn play_all(seeds: impl Iterator<Item = u64>) -> Sum {
    let mut sum = Sum::default();
    for seed in seeds {
        let (mut world, wrong) = play(rules(seed));
        assert!(
            wrong.is_empty(),
            "seed {seed} (put it into tests/it/sim/seeds.txt): {wrong:#?}\nthe last events:\n{}",
            world.log()
        );
        sum.add(&mut world);
    }
    sum
}

#[expect(
    clippy::disallowed_methods,
    reason = "how many seeds are played is for whoever starts the tests to say"
)]
fn wished_seeds() -> u64 {
    std::env::var("ROUNDS_SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SEEDS)
}

/// Plays a quarter of the seeds, so that several tests share them between the cores.
fn play_quarter(quarter: u64) {
    let began = clock::monotonic();
    let sum = play_all((1..=wished_seeds()).filter(|seed| seed % 4 == quarter));
    let Sum { runs, figures, ends } = &sum;
    println!(
        "{runs} seeds in {:.1} s: {figures:?} {ends:?}; 0 duplicates, 0 lost",
        began.elapsed().as_secs_f64()
    );
    // A run in which nothing happens would find nothing either.
    assert!(ends.confirmed >= runs * 8, "{ends:?}");
    assert!(ends.done * 2 > ends.confirmed, "{ends:?}");
    assert!(ends.documents * 20 > ends.confirmed, "{ends:?}");
    assert!(ends.reversals > 0 && ends.taken_back > 0 && ends.removals > 0, "{ends:?}");
    assert!(figures.crashes >= *runs && figures.faults > runs * 10, "{figures:?}");
}

#[test]
fn nothing_is_lost_and_nothing_doubled_under_any_seed_1() {
    play_quarter(1);
}

#[test]
fn nothing_is_lost_and_nothing_doubled_under_any_seed_2() {
    play_quarter(2);
}

#[test]
fn nothing_is_lost_and_nothing_doubled_under_any_seed_3() {
    play_quarter(3);
}

#[test]
fn nothing_is_lost_and_nothing_doubled_under_any_seed_4() {
    play_quarter(0);
}

#[test]
fn seeds_that_once_found_something_find_nothing_now() {
    let seeds = KEPT.lines().filter_map(|line| line.split('#').next()?.trim().parse().ok());
    play_all(seeds);
}

#[test]
fn what_is_rotten_is_found() {
    for (rot, words) in [
        (Rot::ResendsBlindly, "sent again blindly"),
        (Rot::SaysDoneTooEarly, "said to be done"),
        (Rot::SendsBeforeKept, "before it is kept"),
        (Rot::ForgetsWhatWasOut, "is lost"),
        (Rot::LyingDisk, "is lost"),
        (Rot::SaysUnsentTooEarly, "was said to be taken back"),
    ] {
        let found = (1..=20).find(|seed| {
            let usual = rules(*seed);
            let usual = match rot {
                // What is taken back is held, and the disk has its troubles just then.
                Rot::SaysUnsentTooEarly => Rules { window_s: 5, disk: 300, ..usual },
                _ => usual,
            };
            let (_, wrong) = play(Rules { rot, ..usual });
            wrong.iter().any(|line| line.contains(words))
        });
        assert!(found.is_some(), "{rot:?} is not noticed within 20 seeds");
    }
}

#[test]
fn whichever_change_of_the_store_fails_the_program_goes_on_and_loses_nothing() {
    let mut failed = 0;
    for turn in 1.. {
        let (world, wrong) =
            play(Rules { fails_at: Some(turn), disk: 0, crash: 80, answers: true, ..rules(7) });
        assert!(wrong.is_empty(), "change {turn} failed: {wrong:#?}\n{}", world.log());
        if world.disk.failed == 0 {
            break;
        }
        failed += 1;
    }
    assert!(failed > 20, "only {failed} changes of the store were ever asked for");
}
