//! Taking and giving back, on a pseudo terminal.

use super::*;
use portable_pty::{MasterPty, PtySize, native_pty_system};
use rustix::termios::{LocalModes, OutputModes};
use std::{
    fs::OpenOptions,
    io::Read,
    os::unix::fs::OpenOptionsExt,
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

const EVERYTHING: TerminalOptions = TerminalOptions { mouse: true, focus: true, title: true };

/// A pseudo terminal: the end that a program has, and what arrives at the other.
struct Pty {
    tty: File,
    seen: Receiver<u8>,
    _master: Box<dyn MasterPty + Send>,
}

impl Pty {
    fn open() -> Pty {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let path = pair.master.tty_name().unwrap();
        let no_controlling = rustix::fs::OFlags::NOCTTY.bits() as i32;
        let tty = OpenOptions::new().read(true).write(true).custom_flags(no_controlling).open(path).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (send, seen) = channel();
        std::thread::spawn(move || {
            let mut byte = [0];
            while reader.read_exact(&mut byte).is_ok() && send.send(byte[0]).is_ok() {}
        });
        Pty { tty, seen, _master: pair.master }
    }

    /// What arrived, up to and with these bytes.
    fn seen_until(&self, end: &str) -> String {
        let mut seen = Vec::new();
        while !seen.ends_with(end.as_bytes()) {
            let Ok(byte) = self.seen.recv_timeout(Duration::from_secs(5)) else {
                panic!("no {end:?} in {:?}", String::from_utf8_lossy(&seen))
            };
            seen.push(byte);
        }
        String::from_utf8(seen).unwrap()
    }
}

fn modes(tty: &File) -> String {
    format!("{:?}", tcgetattr(tty).unwrap())
}

#[test]
fn the_terminal_is_given_back_as_it_was_found() {
    let pty = Pty::open();
    // A mode that no program would set by itself, so that a restored default would show.
    let mut odd = tcgetattr(&pty.tty).unwrap();
    odd.output_modes.toggle(OutputModes::ONLCR);
    odd.local_modes.toggle(LocalModes::ECHOK);
    tcsetattr(&pty.tty, OptionalActions::Now, &odd).unwrap();
    let before = modes(&pty.tty);

    let keyboard = || OwnedFd::from(pty.tty.try_clone().unwrap());
    let found = take(keyboard(), pty.tty.try_clone().unwrap(), EVERYTHING, None).unwrap();
    assert!(is_taken());
    assert_ne!(modes(&pty.tty), before);
    let seen = pty.seen_until(FOCUS.on);
    for mode in EVERYTHING.modes() {
        assert!(seen.contains(mode.on), "{seen:?}");
    }

    restore_all();
    assert!(!is_taken());
    assert_eq!(modes(&pty.tty), before);
    let seen = pty.seen_until(TITLE.off);
    assert!(seen.starts_with(LOOSE_ENDS), "{seen:?}");
    for mode in EVERYTHING.modes() {
        assert!(seen.contains(mode.off), "{seen:?}");
    }

    // An editor left its own modes behind: at the end the first ones count.
    let mut left = odd.clone();
    left.local_modes.toggle(LocalModes::ECHO);
    tcsetattr(&pty.tty, OptionalActions::Now, &left).unwrap();
    take(keyboard(), pty.tty.try_clone().unwrap(), TerminalOptions::default(), Some(found)).unwrap();
    restore_all();
    assert_eq!(modes(&pty.tty), before);
    let seen = pty.seen_until("\x1b[?1049l");
    assert!(!seen.contains("1000") && !seen.contains("1004"), "{seen:?}");

    // The second time nothing is said.
    restore_all();
    let mut tty = pty.tty.try_clone().unwrap();
    tty.write_all(b"$").unwrap();
    assert_eq!(pty.seen_until("$"), "$");
}

#[test]
fn each_mode_that_is_set_is_reset_in_reverse() {
    let numbers = |text: &str, last: char| -> Vec<String> {
        text.split("\x1b[?")
            .filter_map(|part| part.split_once(last))
            .map(|(number, _)| number.to_owned())
            .collect()
    };
    for mode in EVERYTHING.modes() {
        let mut off = numbers(mode.off, 'l');
        off.reverse();
        assert_eq!(numbers(mode.on, 'h'), off, "{:?}", mode.on);
    }
}

/// Counts the calls that reach the terminal.
#[derive(Default)]
struct Calls(Vec<Vec<u8>>);

impl Write for Calls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_frame_is_one_synchronized_write_and_no_frame_is_none() {
    let mut buffer = FrameBuffer::new();
    let mut calls = Calls::default();
    assert_eq!(buffer.commit(&mut calls).unwrap(), 0);
    for part in ["one\r\n", "two"] {
        buffer.write_all(part.as_bytes()).unwrap();
        buffer.flush().unwrap();
    }
    let expected = b"\x1b[?2026hone\r\ntwo\x1b[?2026l".to_vec();
    assert_eq!(buffer.commit(&mut calls).unwrap(), expected.len());
    assert_eq!(buffer.commit(&mut calls).unwrap(), 0);
    assert_eq!(calls.0, [expected]);
}
