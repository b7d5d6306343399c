//! What a user sets here is found again after every way out, and a second program takes over from the first.

use super::{
    Home, Terminal,
    keeping::{kill, make},
};
use crate::door::{Door, Way};
use rounds::runtime::store::lock::{Claim, claim};
use rustix::process::Signal;
use std::time::Duration;

fn filter(terminal: &mut Terminal, words: &str) {
    terminal.send("/");
    terminal.until_shown("Enter");
    terminal.send(&format!("\x15{words}\r"));
    terminal.until("the filter", |screen| {
        screen.contents().lines().next().is_some_and(|line| line.contains(words))
    });
    // The rows follow a moment later.
    terminal.quiet_for(Duration::from_millis(300));
}

/// A way out of the program.
type Leave = fn(&mut Terminal);

#[test]
fn flags_snoozes_and_the_view_are_found_again_after_every_way_out() {
    let home = Home::with_sandbox();
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    filter(&mut terminal, "prio:routine");
    terminal.send("f");
    terminal.until("the flag", |screen| screen.contents().lines().any(|line| line.starts_with(">  @")));
    terminal.send("jz");
    terminal.until_shown("Snooze");
    terminal.send("\r");
    terminal.until_shown("snoozed 1");
    // A kill takes the view's last seconds, but neither flag nor snooze.
    kill(terminal);
    let ways: [(&str, &str, Leave); 5] = [
        ("q", "status:open prio:routine", |terminal| terminal.send("q")),
        ("TERM", "prio:<urgent", |terminal| terminal.signal(Signal::TERM)),
        ("HUP", "prio:routine,none", |terminal| terminal.signal(Signal::HUP)),
        ("a line that is lost", "prio:routine -status:closed", Terminal::hang_up),
        ("nothing", "", |_| ()),
    ];
    let mut left: Option<(&str, &str)> = None;
    for (way, words, leave) in ways {
        let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
        terminal.until_shown("? help");
        if let Some((way, words)) = left {
            terminal.until(&format!("the filter after {way}"), |screen| {
                screen.contents().lines().next().is_some_and(|line| line.contains(words))
            });
        } else {
            // Only what the filter would show is counted.
            filter(&mut terminal, "prio:routine");
        }
        terminal.until_shown("snoozed 1");
        terminal.until("the flag", |screen| screen.contents().contains("@rout"));
        if words.is_empty() {
            return;
        }
        filter(&mut terminal, words);
        leave(&mut terminal);
        terminal.ended();
        if way != "a line that is lost" {
            terminal.is_given_back();
        }
        left = Some((way, words));
    }
}

#[test]
fn a_lost_line_loses_nothing_that_was_typed_or_held() {
    let home = Home::with_sandbox();
    let config = home.path.join("config.toml");
    let text =
        std::fs::read_to_string(&config).unwrap().replace("undo_window = \"0s\"", "undo_window = \"60s\"");
    std::fs::write(config, text).unwrap();
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    make(&mut terminal, "Synthetic: held over a lost line");
    terminal.until_shown("takes it back");
    terminal.send("D");
    terminal.until_shown("one empty section");
    terminal.send("blank\r");
    terminal.until_shown("unchanged");
    let words = "Synthetic: typed in the last moment.";
    terminal.send(&format!("\r{words}"));
    terminal.until_shown(words);
    terminal.signal(Signal::HUP);
    terminal.ended();
    terminal.is_given_back();
    assert_eq!(super::written::text_on_disk(&home), words);

    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("held over a lost line");
    terminal.until_shown("takes it back");
    assert_eq!(home.made("Synthetic: held over a lost line").0, 0, "nobody sent it");
    terminal.send("u");
    terminal.until_shown("Not sent: ");
    kill(terminal);
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    assert!(!terminal.screen().contents().contains("unsent"), "{}", terminal.screen().contents());
}

#[test]
fn the_second_program_shows_what_the_first_keeps_and_takes_over_when_that_ends() {
    let home = Home::with_sandbox();
    let mut door = Door::shut(home.sandbox().clinikapi);
    home.configure(&format!("http://{}", door.address));
    let mut first = Terminal::start(home.rounds(&[]), 120, 36);
    make(&mut first, "Synthetic: from the first to the second");
    first.until_shown("it waits");
    let mut second = Terminal::start(home.rounds(&[]), 120, 36);
    second.until_shown("this one only reads");
    second.send("gq");
    second.until_shown("1 kept by the other rounds");
    second.until_shown("from the first to the second");
    door.open(Way::Open);
    kill(first);
    second.until_shown("this one keeps and sends from now on. 1 unsent write was taken up.");
    second.until_shown("the source has it");
    assert_eq!(home.made("Synthetic: from the first to the second"), (1, 1));
    second.send("q");
    make(&mut second, "Synthetic: the second keeps it now");
    second.until_shown("the source has it");
    assert!(!second.screen().contents().contains("only reads"));
}

#[test]
fn a_program_that_starts_while_a_command_has_the_store_gets_it_a_moment_later() {
    let home = Home::with_sandbox();
    let state = home.path.join("state");
    kill({
        let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
        terminal.until_shown("K+ 6.8");
        terminal.until("a store", |screen| !screen.contents().contains("Reading what was kept"));
        terminal
    });
    let Claim::Ours(command) = claim(&state.join("store.lock")).unwrap() else { panic!("nobody has it") };
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("this one only reads");
    drop(command);
    terminal.until("the store", |screen| !screen.contents().contains("only reads"));
    terminal.until_shown("this one keeps and sends from now on.");
}
