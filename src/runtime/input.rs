//! What the user does at the terminal, as plain data, and the notice that the terminal is gone.
//!
//! Must not know what a key means. The terminal is read on a thread of its own: the reader below can block in the
//! middle of a broken escape sequence, and on a dead terminal it never comes back.

use super::terminal::own_keyboard;
use crate::app::keys::{Chord, Key};
use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};
use futures_util::StreamExt;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    io,
    os::fd::OwnedFd,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use tokio_util::sync::CancellationToken;

/// How often a terminal that gives no sign is asked whether it is still there. Nothing is written for it.
const WATCH: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

/// How long a pause waits for the reader to let go of the terminal.
const LET_GO: Duration = Duration::from_millis(200);

/// Lines a step of the wheel moves.
const WHEEL_LINES: i16 = 3;

/// One thing that came from the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeats.
    Key(Chord),
    /// Text was pasted, as it came.
    Paste(String),
    /// The left button went down.
    Press {
        /// Column from the left.
        column: u16,
        /// Row from the top.
        row: u16,
    },
    /// The mouse moved with the left button down.
    Drag {
        /// Column from the left.
        column: u16,
        /// Row from the top.
        row: u16,
    },
    /// The wheel turned; negative is up.
    Wheel {
        /// Lines to move.
        lines: i16,
        /// Column from the left.
        column: u16,
        /// Row from the top.
        row: u16,
    },
    /// The terminal has a new size.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// The terminal gained or lost the user's attention.
    Focus(bool),
    /// The terminal is gone; nothing more will come.
    HungUp,
}

/// All input of the terminal, in order.
#[derive(Debug)]
pub struct InputStream {
    inputs: UnboundedReceiver<Input>,
    sender: UnboundedSender<Input>,
    reader: Option<Reader>,
}

/// The thread that reads, and how it is told to stop.
#[derive(Debug)]
struct Reader {
    stop: CancellationToken,
    stopped: Receiver<()>,
}

impl InputStream {
    /// Begins to read the terminal and to watch over it. Call it inside the async runtime, once.
    pub fn open() -> io::Result<InputStream> {
        let keyboard = own_keyboard()?;
        let (sender, inputs) = unbounded_channel();
        watch_over(keyboard, sender.clone())?;
        let mut stream = InputStream { inputs, sender, reader: None };
        stream.resume()?;
        Ok(stream)
    }

    /// Waits for the next input. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Input {
        self.inputs.recv().await.unwrap_or(Input::HungUp)
    }

    /// The next input that is here already.
    pub fn next_waiting(&mut self) -> Option<Input> {
        self.inputs.try_recv().ok()
    }

    /// Stops reading, so that another program can have the keys. Input that came before stays.
    pub fn pause(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.stop.cancel();
            // A reader that is stuck in half a sequence lets go with the next key, at worst.
            reader.stopped.recv_timeout(LET_GO).ok();
        }
    }

    /// Reads on after a pause.
    pub fn resume(&mut self) -> io::Result<()> {
        if self.reader.is_none() {
            self.reader = Some(read_on(self.sender.clone())?);
        }
        Ok(())
    }
}

impl Drop for InputStream {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.stop.cancel();
        }
    }
}

fn read_on(sender: UnboundedSender<Input>) -> io::Result<Reader> {
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let (done, stopped) = channel();
    let runtime = Handle::current();
    thread::Builder::new().name("keys".to_owned()).spawn(move || {
        runtime.block_on(async {
            let mut events = EventStream::new();
            while let Some(next) = stopping.run_until_cancelled(events.next()).await {
                let input = match next {
                    Some(Ok(event)) => translate(event),
                    Some(Err(_)) | None => Some(Input::HungUp),
                };
                let gone = input == Some(Input::HungUp);
                if input.is_some_and(|input| sender.send(input).is_err()) || gone {
                    break;
                }
            }
        });
        done.send(()).ok();
    })?;
    Ok(Reader { stop, stopped })
}

/// Reports once when the terminal hangs up. The reader does not notice: it would spin on a dead terminal for ever.
fn watch_over(keyboard: OwnedFd, sender: UnboundedSender<Input>) -> io::Result<()> {
    thread::Builder::new().name("terminal watch".to_owned()).spawn(move || {
        while !sender.is_closed() {
            // No event is asked for: a hang-up is reported all the same, keys are not.
            let mut watched = [PollFd::new(&keyboard, PollFlags::empty())];
            let alive = match poll(&mut watched, Some(&WATCH)) {
                Ok(_) => watched.iter().all(|end| end.revents().is_empty()),
                Err(error) => error == rustix::io::Errno::INTR,
            };
            if !alive {
                sender.send(Input::HungUp).ok();
                return;
            }
        }
    })?;
    Ok(())
}

/// One event of the terminal library in our words; none for what nobody asked for.
fn translate(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) => chord(key).map(Input::Key),
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Mouse(mouse) => translate_mouse(mouse),
        Event::Resize(width, height) => Some(Input::Resize { width, height }),
        Event::FocusGained => Some(Input::Focus(true)),
        Event::FocusLost => Some(Input::Focus(false)),
    }
}

fn chord(event: KeyEvent) -> Option<Chord> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let key = match event.code {
        KeyCode::Char(character) => Key::Char(character),
        KeyCode::Enter => Key::Enter,
        KeyCode::Tab | KeyCode::BackTab => Key::Tab,
        KeyCode::Esc => Key::Esc,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Insert => Key::Insert,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(number) => Key::F(number),
        _ => return None,
    };
    let held = |modifier| event.modifiers.contains(modifier);
    let shift = held(KeyModifiers::SHIFT) || event.code == KeyCode::BackTab;
    Some(Chord::new(key, held(KeyModifiers::CONTROL), held(KeyModifiers::ALT), shift))
}

fn translate_mouse(MouseEvent { kind, column, row, .. }: MouseEvent) -> Option<Input> {
    match kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Input::Press { column, row }),
        MouseEventKind::Drag(MouseButton::Left) => Some(Input::Drag { column, row }),
        MouseEventKind::ScrollUp => Some(Input::Wheel { lines: -WHEEL_LINES, column, row }),
        MouseEventKind::ScrollDown => Some(Input::Wheel { lines: WHEEL_LINES, column, row }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portable_pty::{PtySize, native_pty_system};
    use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt};

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Input> {
        translate(Event::Key(KeyEvent::new(code, modifiers)))
    }

    #[test]
    fn keys_become_chords_in_their_normal_form() {
        let (none, control, shift) = (KeyModifiers::NONE, KeyModifiers::CONTROL, KeyModifiers::SHIFT);
        let cases = [
            (KeyCode::Char('g'), none, "g"),
            (KeyCode::Char('G'), shift, "G"),
            (KeyCode::Char('g'), shift, "G"),
            (KeyCode::Char('c'), control, "ctrl-c"),
            (KeyCode::Char(' '), none, "Space"),
            (KeyCode::Char('x'), KeyModifiers::ALT, "alt-x"),
            (KeyCode::BackTab, none, "shift-Tab"),
            (KeyCode::BackTab, shift, "shift-Tab"),
            (KeyCode::PageDown, none, "PgDn"),
            (KeyCode::Up, shift, "shift-Up"),
            (KeyCode::F(1), none, "F1"),
        ];
        for (code, modifiers, expected) in cases {
            assert_eq!(key(code, modifiers), Chord::parse(expected).map(Input::Key), "{expected}");
        }
        assert_eq!(key(KeyCode::CapsLock, none), None);
    }

    #[test]
    fn a_key_that_is_let_go_is_no_key_and_one_that_repeats_is() {
        for (kind, expected) in
            [(KeyEventKind::Press, true), (KeyEventKind::Repeat, true), (KeyEventKind::Release, false)]
        {
            let event = KeyEvent::new_with_kind(KeyCode::Char('j'), KeyModifiers::NONE, kind);
            assert_eq!(translate(Event::Key(event)).is_some(), expected, "{kind:?}");
        }
    }

    #[test]
    fn other_events_keep_what_they_say() {
        let mouse = |kind| {
            translate(Event::Mouse(MouseEvent { kind, column: 7, row: 2, modifiers: KeyModifiers::NONE }))
        };
        let (column, row) = (7, 2);
        assert_eq!(mouse(MouseEventKind::Down(MouseButton::Left)), Some(Input::Press { column, row }));
        assert_eq!(mouse(MouseEventKind::Drag(MouseButton::Left)), Some(Input::Drag { column, row }));
        assert_eq!(mouse(MouseEventKind::ScrollUp), Some(Input::Wheel { lines: -3, column, row }));
        assert_eq!(mouse(MouseEventKind::ScrollDown), Some(Input::Wheel { lines: 3, column, row }));
        assert_eq!(mouse(MouseEventKind::Down(MouseButton::Right)), None);
        assert_eq!(mouse(MouseEventKind::Moved), None);
        let pasted = "a\r\nb\u{1b}".to_owned();
        assert_eq!(translate(Event::Paste(pasted.clone())), Some(Input::Paste(pasted)));
        assert_eq!(translate(Event::Resize(80, 24)), Some(Input::Resize { width: 80, height: 24 }));
        assert_eq!(translate(Event::FocusLost), Some(Input::Focus(false)));
    }

    #[tokio::test]
    async fn a_terminal_that_goes_away_is_noticed_within_two_seconds() {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let no_controlling = rustix::fs::OFlags::NOCTTY.bits() as i32;
        let path = pair.master.tty_name().unwrap();
        let tty = OpenOptions::new().read(true).write(true).custom_flags(no_controlling).open(path).unwrap();
        let (sender, mut inputs) = unbounded_channel();
        watch_over(tty.into(), sender).unwrap();
        drop(pair.slave);
        assert!(inputs.try_recv().is_err());
        drop(pair.master);
        let noticed = tokio::time::timeout(Duration::from_secs(2), inputs.recv()).await;
        assert_eq!(noticed, Ok(Some(Input::HungUp)));
    }
}
