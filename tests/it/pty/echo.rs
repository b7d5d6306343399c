//! How long a key takes to be seen while the server takes half a minute for every answer.

use super::{Home, Terminal};
use rounds::runtime::clock;
use serde_json::json;
use std::time::Duration;

/// How long every answer takes.
const LATENCY_MS: u64 = 30_000;
/// What is typed, a key at a time.
const LINE: &str = "owner:nobody status:open prio:urgent text of a filter that finds nothing";

/// The longest of a hundred but one, and the middle.
fn measure() -> (Duration, Duration) {
    let home = Home::with_sandbox();
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    home.switch(&json!({"latency_ms": LATENCY_MS}));
    // A refresh and a write are under way from now on.
    terminal.send("R");
    super::keeping::make(&mut terminal, "Synthetic: on its way");
    terminal.send("\x1b");
    terminal.send("\x1b");
    terminal.quiet_for(Duration::from_millis(300));
    let mut spans = Vec::new();
    for _ in 0..3 {
        terminal.send("/");
        terminal.quiet_for(Duration::from_millis(100));
        for end in 1..=LINE.len() {
            let began = clock::monotonic();
            terminal.send(&LINE[end - 1..end]);
            terminal.until_shown(LINE[..end].trim_end());
            spans.push(began.elapsed());
        }
        terminal.send("\x15\x1b");
        terminal.quiet_for(Duration::from_millis(100));
    }
    spans.sort();
    let (p99, middle) = (spans[spans.len() * 99 / 100], spans[spans.len() / 2]);
    println!("{} keys: p50 {middle:?}, p99 {p99:?}, longest {:?}", spans.len(), spans[spans.len() - 1]);
    (p99, middle)
}

#[test]
fn a_key_is_seen_at_once_while_every_answer_takes_half_a_minute() {
    let (p99, middle) = measure();
    // Other tests share the machine with this one; what waits for an answer would take far longer.
    assert!(
        p99 < Duration::from_secs(2) && middle < Duration::from_millis(500),
        "p50 {middle:?}, p99 {p99:?}"
    );
}

/// The figure by itself: `cargo test --release --test it pty::echo -- --ignored --nocapture`.
#[test]
#[ignore = "a figure, on a machine that does nothing else"]
fn the_figure_of_a_key_while_every_answer_takes_half_a_minute() {
    let (p99, _) = measure();
    assert!(p99 <= Duration::from_millis(50), "p99 {p99:?}");
}
