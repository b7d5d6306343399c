//! Work that is not sent outlives the program, however it ends, and arrives once.

use super::{Home, Terminal};
use crate::door::{Door, Way};
use rustix::process::Signal;
use std::time::Duration;

pub(super) const DOWN: &str = "\x1b[B";
pub(super) const F2: &str = "\x1bOQ";
/// How long the server may take to do its work.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a new task without a patient, as the user does: F2 for the line, F2 again for the deed.
pub(super) fn make(terminal: &mut Terminal, words: &str) {
    terminal.send("n");
    terminal.until_shown("New task");
    terminal.send(&format!("{}{words}{F2}", DOWN.repeat(5)));
    terminal.until_shown("F2 sends");
    terminal.send(F2);
}

pub(super) fn kill(mut terminal: Terminal) {
    terminal.signal(Signal::KILL);
    terminal.ended();
}

#[test]
fn a_write_that_waited_when_the_program_was_killed_arrives_once() {
    let home = Home::with_sandbox();
    // Nobody listens there: nothing of the write gets out.
    let mut door = Door::shut(home.sandbox().clinikapi);
    home.configure(&format!("http://{}", door.address));
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    make(&mut terminal, "Synthetic: kept over a kill");
    terminal.until_shown("it waits");
    kill(terminal);

    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("1 unsent");
    kill(terminal);
    assert_eq!(home.made("Synthetic: kept over a kill"), (0, 0));

    // Another server under the same name does not get it.
    home.configure(&home.address());
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    assert_eq!(home.made("Synthetic: kept over a kill"), (0, 0));
    kill(terminal);

    home.configure(&format!("http://{}", door.address));
    door.open(Way::Open);
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("the source has it");
    assert_eq!(home.made("Synthetic: kept over a kill"), (1, 1));
    terminal.send("qq");
    terminal.ended();

    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    assert!(!terminal.screen().contents().contains("unsent"), "{}", terminal.screen().contents());
    assert_eq!(home.made("Synthetic: kept over a kill"), (1, 1));
    for file in std::fs::read_dir(home.path.join("state")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let words = b"kept over a kill";
            assert!(
                !bytes.windows(words.len()).any(|window| window == words),
                "{} is not sealed",
                path.display()
            );
        }
    }
}

#[test]
fn a_create_whose_answer_was_outstanding_at_the_kill_is_looked_for_and_not_sent_again() {
    let home = Home::with_sandbox();
    let mut door = Door::shut(home.sandbox().clinikapi);
    door.open(Way::Swallows);
    home.configure(&format!("http://{}", door.address));
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    make(&mut terminal, "Synthetic: made in doubt");
    door.until_swallowed(PATIENCE);
    kill(terminal);
    assert_eq!(home.made("Synthetic: made in doubt"), (1, 1));

    door.open(Way::Open);
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("1 unsent");
    terminal.until_shown("Was it done?");
    terminal.until_shown("The source has");
    assert_eq!(home.made("Synthetic: made in doubt"), (1, 1), "found, and not sent again");
    terminal.send("x");
    terminal.until_shown("Not sent again");
    assert_eq!(home.made("Synthetic: made in doubt"), (1, 1));
}

#[test]
fn the_screen_does_not_wait_for_the_store_but_what_is_confirmed_meanwhile_does() {
    let home = Home::with_sandbox();
    let (go, file) = (home.path.join("go"), home.path.join("config.toml"));
    let words = "printf synthetic-key-of-32-characters-00";
    let script = format!("until [ -e '{}' ]; do sleep 0.05; done; {words}", go.display());
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("store_key_cmd = ['sh', '-c', \"{script}\"]\n{config}")).unwrap();
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("Reading what was kept");
    terminal.until_shown("K+ 6.8");
    make(&mut terminal, "Synthetic: before the key was there");
    terminal.quiet_for(Duration::from_millis(400));
    assert_eq!(home.made("Synthetic: before the key was there"), (0, 0), "it is not kept yet");
    std::fs::write(&go, "").unwrap();
    terminal.until_shown("the source has it");
    assert_eq!(home.made("Synthetic: before the key was there"), (1, 1));
}

#[test]
fn without_a_directory_for_it_the_worklist_starts_and_goes_on_saying_so() {
    let home = Home::with_sandbox();
    std::fs::write(home.path.join("state"), "in the way").unwrap();
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    terminal.until_shown("in memory only");
    terminal.send("jjjj");
    terminal.quiet_for(Duration::from_millis(400));
    terminal.until_shown("in memory only");
    make(&mut terminal, "Synthetic: not kept");
    terminal.until_shown("the source has it");
    assert_eq!(home.made("Synthetic: not kept"), (1, 1));
}
