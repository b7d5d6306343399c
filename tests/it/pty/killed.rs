//! kill -9 at seeded moments, again and again in one home: nothing is made twice, nothing that was kept is lost.
//!
//! `ROUNDS_KILLS=1000 cargo test --test it pty::killed -- --nocapture` does it a thousand times.

use super::{
    Home, Terminal,
    keeping::{DOWN, F2, kill, make},
};
use rounds::{
    app::{outbox::Wish, state::Ids},
    runtime::{
        clock,
        store::{KeyOrigin, SqliteStore, Store},
    },
    sandbox::Options,
};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Kills of every test run, over all series.
const KILLS: usize = 52;
/// Series that run beside each other.
const SERIES: usize = 2;
/// How long each answer of the server takes, so that there is something to be cut off.
const LATENCY_MS: u64 = 25;
/// How long writes are held in the series that takes some of them back, and so many rounds it has of a whole one's.
const WINDOW_MS: u64 = 1_000;
const WINDOW_ROUNDS: usize = 2;
/// A series whose kills hit too little goes on, on a slow machine, for so many times its rounds.
const MOST_ROUNDS: usize = 4;
/// How long a form may take to come.
const FORM: Duration = Duration::from_secs(5);

#[expect(
    clippy::disallowed_methods,
    reason = "how many kills are tried is for whoever starts the tests to say"
)]
fn wished_kills() -> usize {
    std::env::var("ROUNDS_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

/// One home that is killed in again and again.
struct Series {
    home: Home,
    chance: Ids,
    /// The words of every task that was typed.
    typed: Vec<String>,
    /// Those that were found on the disk after a kill, or that the screen called done.
    promised: BTreeSet<String>,
    /// Those of which the screen said that they were taken back unsent.
    withdrawn: BTreeSet<String>,
    /// Those of them that were looked for after a kill and found nowhere: they never come up again.
    gone: BTreeSet<String>,
    taken_up: usize,
    /// How long a confirmed write is held.
    window_ms: u64,
}

impl Series {
    fn new(seed: u64, window_ms: u64) -> Series {
        let home = Home::with(Options { tasks: 12, seed, ..Options::new(Arc::new(clock::now)) });
        home.switch(&json!({"latency_ms": LATENCY_MS}));
        let config = home.path.join("config.toml");
        let at_once = std::fs::read_to_string(&config).unwrap();
        let window = format!("undo_window = \"{}s\"", window_ms / 1_000);
        std::fs::write(config, at_once.replace("undo_window = \"0s\"", &window)).unwrap();
        Series {
            home,
            chance: Ids::new(seed),
            typed: Vec::new(),
            promised: BTreeSet::new(),
            withdrawn: BTreeSet::new(),
            gone: BTreeSet::new(),
            taken_up: 0,
            window_ms,
        }
    }

    fn wait(&mut self, terminal: &mut Terminal, most_ms: u64) {
        let span = Duration::from_millis(self.chance.below(most_ms));
        terminal.go_on_for(span);
    }

    /// Starts the program, types a task for the most part, and kills it somewhere on the way.
    fn round(&mut self, number: usize) {
        let words = format!("Synthetic kill {number:04}");
        let mut terminal = Terminal::start(self.home.rounds(&[]), 100, 30);
        if self.chance.below(5) == 0 {
            // While it starts, takes up what was left and sends it.
            self.wait(&mut terminal, 700 + 2 * self.window_ms);
        } else {
            terminal.until_shown("? help");
            self.open_form(&mut terminal);
            terminal.send(&format!("{}{words}{F2}", DOWN.repeat(5)));
            self.typed.push(words.clone());
            if self.chance.below(8) == 0 {
                // While somebody types.
                self.wait(&mut terminal, 60);
            } else {
                terminal.until_shown("F2 sends");
                terminal.send(F2);
                if self.window_ms > 0 && self.chance.below(3) == 0 {
                    self.wait(&mut terminal, self.window_ms / 4);
                    terminal.send("u");
                    self.wait(&mut terminal, 300);
                } else {
                    self.wait(&mut terminal, 160 + 3 * self.window_ms);
                }
            }
        }
        let shown = terminal.screen().contents();
        // What is said of an earlier task promises nothing of the one in the form.
        for line in shown.lines().filter(|line| line.contains("the source has it")) {
            self.promised.extend(self.typed.iter().filter(|words| line.contains(*words)).cloned());
        }
        for line in shown.lines().filter(|line| line.contains("Not sent: ")) {
            let back: Vec<String> =
                self.typed.iter().filter(|words| line.contains(*words)).cloned().collect();
            self.promised.retain(|words| !back.contains(words));
            self.withdrawn.extend(back);
        }
        kill(terminal);
        self.look(number);
    }

    /// Opens the form; a question about an earlier write may come in between, and is answered as it is.
    fn open_form(&mut self, terminal: &mut Terminal) {
        for _ in 0..10 {
            self.answer(terminal);
            terminal.send("n");
            if terminal.shows_within("New task", FORM) {
                return;
            }
        }
        panic!("no form:\n{}", terminal.screen().contents());
    }

    fn answer(&mut self, terminal: &mut Terminal) {
        let shown = terminal.screen().contents();
        if !shown.contains("Was it done?") {
            return;
        }
        let made = self.made();
        let asked = self.typed.iter().find(|words| shown.contains(*words)).expect("a task of ours");
        terminal.send(if made.contains(asked) { "x" } else { "s" });
        terminal.until("an answer", |screen| !screen.contents().contains("Was it done?"));
    }

    /// The words of every task that the server has.
    fn made(&self) -> Vec<String> {
        let rows = self.home.rows("tasks");
        rows.iter().filter_map(|row| row["description"].as_str().map(str::to_owned)).collect()
    }

    /// How many of the tasks that were typed the server has.
    fn made_of_typed(&self) -> usize {
        let made = self.made();
        self.typed.iter().filter(|words| made.contains(words)).count()
    }

    /// Whether the kills fell where something could go wrong: while writes were under way, kept and taken back.
    fn has_hit(&self, rounds: usize) -> bool {
        let made = self.made_of_typed();
        let took_back = self.window_ms == 0 || !self.gone.is_empty();
        took_back && made > 0 && (made + self.gone.len()) * 3 >= rounds && self.taken_up * 10 >= rounds
    }

    /// What was promised is on the disk or at the server, and nothing is there twice.
    fn look(&mut self, number: usize) {
        let mut store = SqliteStore::new(self.home.path.join("state"), KeyOrigin::File);
        let kept = store.load().expect("the store opens after any kill");
        assert!(!kept.doubtful, "kill {number}: {:?}", store.report());
        let kept: Vec<String> = kept
            .writes
            .iter()
            .filter_map(|record| match &record.intent.wish {
                Wish::Create(draft) => draft.description.as_deref().map(str::to_owned),
                _ => None,
            })
            .collect();
        self.taken_up += kept.len();
        self.promised.extend(kept.iter().cloned());
        let made = self.made();
        for words in &self.typed {
            let there = made.iter().filter(|known| *known == words).count();
            assert!(there <= 1, "kill {number}: “{words}” was made {there} times");
            assert!(
                !self.gone.contains(words) || there == 0 && !kept.contains(words),
                "kill {number}: “{words}” was taken back and came up again"
            );
            if self.withdrawn.contains(words) {
                let is_off = there == 0 && !kept.contains(words);
                assert!(is_off, "kill {number}: “{words}” was said to be taken back and is still there");
                self.gone.insert(words.clone());
            }
            let is_safe = there == 1 || kept.contains(words);
            assert!(is_safe || !self.promised.contains(words), "kill {number}: “{words}” is lost");
        }
    }
}

fn play(series: usize) {
    let began = clock::monotonic();
    let is_held = series == SERIES;
    let mut play = Series::new(series as u64 + 1, if is_held { WINDOW_MS } else { 0 });
    let rounds = wished_kills().div_ceil(SERIES) / if is_held { WINDOW_ROUNDS } else { 1 };
    let mut number = 0;
    while number < rounds || number < MOST_ROUNDS * rounds && !play.has_hit(number) {
        play.round(number);
        number += 1;
    }
    println!(
        "{number} kills in {:.1} s: {} typed, {} promised, {} made, {} taken up, {} taken back; 0 twice, 0 lost",
        began.elapsed().as_secs_f64(),
        play.typed.len(),
        play.promised.len(),
        play.made_of_typed(),
        play.taken_up,
        play.gone.len(),
    );
    assert!(is_held || play.gone.is_empty(), "{:?}", play.withdrawn);
    assert!(play.has_hit(number), "the kills hit nothing");
}

#[test]
fn nothing_is_lost_or_doubled_by_kill_9_at_any_moment_1() {
    play(0);
}

#[test]
fn nothing_is_lost_or_doubled_by_kill_9_at_any_moment_2() {
    play(1);
}

#[test]
fn what_is_held_or_taken_back_is_neither_lost_nor_doubled_nor_sent_by_kill_9_at_any_moment() {
    play(SERIES);
}

#[test]
fn the_second_instance_only_reads_and_a_lock_left_by_a_kill_holds_nobody_back() {
    let home = Home::with_sandbox();
    // Nobody listens there: the write waits.
    home.configure("http://127.0.0.1:1");
    let mut first = Terminal::start(home.rounds(&[]), 120, 36);
    make(&mut first, "Synthetic: the first one keeps it");
    first.until_shown("it waits");
    let mut second = Terminal::start(home.rounds(&[]), 120, 36);
    second.until_shown("this one only reads");
    assert!(!second.screen().contents().contains("unsent"), "the writer's work is the writer's");
    make(&mut second, "Synthetic: the second one cannot");
    second.until_shown("Nothing was sent");
    kill(second);
    kill(first);
    let mut third = Terminal::start(home.rounds(&[]), 120, 36);
    third.until_shown("1 unsent");
    let shown = third.screen().contents();
    assert!(!shown.contains("only reads"), "the lock went with its holder: {shown}");
    assert_eq!(home.made("Synthetic: the second one cannot").1, 0);
}
