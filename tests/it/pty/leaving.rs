//! Every way out gives the terminal back as it was found, and none takes longer than two seconds.

use super::{Home, Terminal};
use rounds::runtime::{
    terminal::{Screen, TerminalOptions, install_panic_hook},
    vault,
};
use rustix::process::Signal;

/// Asks a second run of this very program to be the one that panics.
const CHILD: &str = "ROUNDS_TEST_CHILD";

#[test]
fn the_signals_that_end_a_program_give_the_terminal_back() {
    let home = Home::with_sandbox();
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
        terminal.until_shown("K+ 6.8");
        terminal.signal(signal);
        terminal.ended();
        terminal.is_given_back();
    }
}

#[test]
fn the_demo_leaves_on_a_signal_too() {
    let home = Home::empty();
    let mut terminal = Terminal::start(home.rounds(&["demo"]), 80, 24);
    terminal.until_shown("K+ 6.8");
    terminal.signal(Signal::TERM);
    terminal.ended();
    terminal.is_given_back();
}

#[test]
fn a_closed_terminal_ends_the_program() {
    let home = Home::with_sandbox();
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    terminal.hang_up();
    terminal.ended();
}

#[test]
fn a_panic_gives_the_terminal_back() {
    let home = Home::empty();
    let itself = std::env::current_exe().unwrap();
    let mut command = home.command(itself.to_str().unwrap());
    command.env(CHILD, "panic");
    command.args(["--exact", "pty::leaving::the_child_that_panics", "--ignored", "--nocapture"]);
    let mut terminal = Terminal::start(command, 80, 24);
    terminal.until("the end of the child", |screen| {
        !screen.alternate_screen() && screen.contents().contains("synthetic panic")
    });
    terminal.ended();
    terminal.is_given_back();
}

/// Takes the terminal and panics on another thread, so that only the hook can give it back.
#[test]
#[ignore = "run by a_panic_gives_the_terminal_back, on a terminal of its own"]
fn the_child_that_panics() {
    assert_eq!(vault::variable(CHILD).as_deref(), Some("panic"), "it takes the terminal that it is run on");
    install_panic_hook();
    let mut screen = Screen::take(TerminalOptions { mouse: true, focus: true, title: true }).unwrap();
    screen.draw(|frame| frame.render_widget("Taken.", frame.area())).unwrap();
    std::thread::spawn(|| panic!("a synthetic panic")).join().unwrap_err();
    // Nothing is dropped on this way out.
    std::process::exit(0);
}

#[test]
fn a_program_that_never_had_a_terminal_says_so() {
    let home = Home::empty();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rounds"))
        .args(["demo", "--state-dir"])
        .arg(&home.path)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("needs a terminal"));
}

#[test]
fn a_stop_gives_the_terminal_back_until_the_shell_goes_on() {
    let home = Home::with_sandbox();
    let mut terminal = Terminal::start(home.rounds(&[]), 80, 24);
    terminal.until_shown("K+ 6.8");
    // Nobody is above it who could bring it back: it says so and stays.
    terminal.send("\x1a");
    terminal.until_shown("There is no shell");
    assert!(terminal.screen().alternate_screen());
    // The first takes the sentence away.
    terminal.send("qq");
    terminal.ended();
    terminal.is_given_back();
}
