//! What the program shows and how little it writes for it.

use super::{Home, Terminal};
use std::{net::TcpListener, time::Duration};

/// Long enough for a frame that is under way.
const SHORT: Duration = Duration::from_millis(400);

#[test]
fn the_demo_shows_rows_at_every_size_and_q_leaves() {
    let home = Home::empty();
    for (columns, rows) in [(80, 24), (120, 36), (200, 50)] {
        let mut terminal = Terminal::start(home.rounds(&["demo"]), columns, rows);
        terminal.until_shown("SYNTHETIC");
        terminal.until_shown("K+ 6.8");
        assert!(terminal.screen().alternate_screen());
        terminal.send("q");
        assert!(terminal.ended().success());
        terminal.is_given_back();
    }
}

#[test]
fn a_configured_source_is_shown_and_a_resize_is_followed() {
    let home = Home::with_sandbox();
    let mut terminal = Terminal::start(home.rounds(&[]), 80, 24);
    terminal.until_shown("K+ 6.8");
    for (columns, rows) in [(200, 50), (120, 36), (20, 5), (80, 24)] {
        terminal.resize(columns, rows);
        let reaches = |screen: &vt100::Screen| {
            let filled = |row, column| screen.cell(row, column).is_some_and(vt100::Cell::has_contents);
            let far = (0..rows).any(|row| (columns * 3 / 4..columns).any(|column| filled(row, column)));
            far && (0..columns).any(|column| filled(rows - 1, column) || filled(rows - 2, column))
        };
        terminal.until(&format!("{columns}x{rows}"), reaches);
    }
    terminal.until_shown("K+ 6.8");
    terminal.send("q");
    assert!(terminal.ended().success());
    terminal.is_given_back();
}

#[test]
fn no_color_leaves_every_cell_without_colour() {
    let home = Home::with_sandbox();
    let colours = |terminal: &Terminal| {
        let cells = (0..36).flat_map(|row| (0..120).map(move |column| (row, column)));
        let cells = cells.filter_map(|(row, column)| terminal.screen().cell(row, column));
        let plain = vt100::Color::Default;
        cells.filter(|cell| cell.fgcolor() != plain || cell.bgcolor() != plain).count()
    };
    for (no_color, coloured) in [(false, true), (true, false)] {
        let mut command = home.rounds(&[]);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let mut terminal = Terminal::start(command, 120, 36);
        terminal.until_shown("K+ 6.8");
        assert_eq!(colours(&terminal) > 0, coloured, "NO_COLOR set: {no_color}");
    }
}

#[test]
fn the_first_frame_waits_for_no_server_and_an_idle_screen_writes_nothing() {
    // Connections are taken by the system, and nobody ever answers.
    let mute = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let home = Home::empty();
    home.configure(&format!("http://{}", mute.local_addr().unwrap()));
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until("the first frame", |screen| !screen.contents().trim().is_empty());
    terminal.quiet_for(SHORT);
    assert_eq!(terminal.quiet_for(Duration::from_millis(1_200)), 0, "bytes without a change");
    terminal.send("?");
    assert!(terminal.quiet_for(SHORT) > 0, "keys are answered all the same");
    terminal.send("\x1b");
    terminal.quiet_for(SHORT);
    terminal.send("q");
    assert!(terminal.ended().success(), "a request under way keeps nobody");
    terminal.is_given_back();
}

#[test]
fn two_hundred_keys_at_once_make_few_frames() {
    let home = Home::with_sandbox();
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    terminal.quiet_for(SHORT);
    let (before, top) = (terminal.raw.len(), terminal.screen().contents());
    terminal.send(&"j".repeat(200));
    terminal.quiet_for(SHORT);
    // Names for the rows that came into sight arrive over loopback and may draw a frame each.
    let frames = terminal.frames_since(before);
    println!("{frames} frames for 200 keys");
    assert!((1..=12).contains(&frames), "{frames} frames");
    assert_ne!(terminal.screen().contents(), top);
}

#[test]
fn the_demo_needs_no_home() {
    let home = Home::empty();
    let mut command = home.command(env!("CARGO_BIN_EXE_rounds"));
    command.args(["demo"]);
    command.env("HOME", "nowhere");
    let mut terminal = Terminal::start(command, 120, 36);
    terminal.until_shown("SYNTHETIC");
    terminal.send("q");
    terminal.ended();
    let left = std::fs::read_dir(&home.path).unwrap().count();
    assert_eq!(left, 0, "nothing was left behind");
}
