//! The terminal: taken, drawn on in whole frames, and given back as it was found on every way out.
//!
//! Must not decide what is drawn, and must not read keys: that is `input`.

#[cfg(test)]
mod tests;
mod unsure;

use ratatui::{Frame, Terminal, backend::CrosstermBackend};
use rustix::{
    process::{Signal, getpid, getppid, getsid, kill_current_process_group},
    termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr},
};
use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    os::fd::{AsFd, OwnedFd},
    panic,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The most that is offered to the clipboard: beyond it terminals cut or drop the sequence.
pub const COPY_CAP_BYTES: usize = 64 * 1024;

const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

/// What is switched on when the terminal is taken, and how it is switched off.
const SCREEN: Mode = Mode { on: "\x1b[?1049h\x1b[2J\x1b[H\x1b[?2004h", off: "\x1b[?2004l\x1b[0m\x1b[?1049l" };
/// Clicks, drags and the wheel; bare movements are not asked for, they would wake the program for nothing.
const MOUSE: Mode =
    Mode { on: "\x1b[?1000h\x1b[?1002h\x1b[?1006h", off: "\x1b[?1006l\x1b[?1002l\x1b[?1000l" };
const FOCUS: Mode = Mode { on: "\x1b[?1004h", off: "\x1b[?1004l" };
/// The window's title is put on the terminal's own stack and taken back from it.
const TITLE: Mode = Mode { on: "\x1b[22;0t", off: "\x1b[23;0t" };
/// Ends a string and a frame that were cut by a panic, and shows the cursor again.
const LOOSE_ENDS: &str = "\x1b\\\x1b[?2026l\x1b[?25h";

/// One thing that the terminal can be told to do and to leave.
struct Mode {
    on: &'static str,
    off: &'static str,
}

/// What is asked of the terminal beside the alternate screen and bracketed paste.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerminalOptions {
    /// Reports of clicks, drags and the wheel.
    pub mouse: bool,
    /// Reports of gaining and losing the user's attention.
    pub focus: bool,
    /// A window title of our own.
    pub title: bool,
}

impl TerminalOptions {
    fn modes(self) -> impl DoubleEndedIterator<Item = Mode> {
        [(self.title, TITLE), (true, SCREEN), (self.mouse, MOUSE), (self.focus, FOCUS)]
            .into_iter()
            .filter_map(|(wanted, mode)| wanted.then_some(mode))
    }
}

/// What is needed to give the terminal back, kept where a panic hook can reach it.
struct Taken {
    keyboard: OwnedFd,
    screen: File,
    found: Termios,
    options: TerminalOptions,
}

static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

fn taken() -> MutexGuard<'static, Option<Taken>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the terminal is ours at this moment.
pub fn is_taken() -> bool {
    taken().is_some()
}

/// Gives the terminal back as it was found. Does nothing when it is not taken, so every way out may call it.
pub fn restore_all() {
    let Some(mut taken) = taken().take() else { return };
    let mut farewell = LOOSE_ENDS.to_owned();
    farewell.extend(taken.options.modes().rev().map(|mode| mode.off));
    // A terminal that is gone cannot be restored, and nobody is there to be told.
    taken.screen.write_all(farewell.as_bytes()).ok();
    if taken.options.mouse {
        // Reports still on their way would be typed into the shell.
        tcflush(&taken.keyboard, QueueSelector::IFlush).ok();
    }
    tcsetattr(&taken.keyboard, OptionalActions::Now, &taken.found).ok();
}

/// Makes every panic give the terminal back before its report is printed. Call it after `color_eyre::install`.
pub fn install_panic_hook() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |information| {
        restore_all();
        report(information);
    }));
}

/// Takes a terminal: raw keys, then its modes. `found` is what to restore when that is known better.
fn take(
    keyboard: OwnedFd,
    mut screen: File,
    options: TerminalOptions,
    found: Option<Termios>,
) -> io::Result<Termios> {
    let present = tcgetattr(&keyboard)?;
    let mut raw = present.clone();
    raw.make_raw();
    let found = found.unwrap_or(present);
    let greeting: String = options.modes().map(|mode| mode.on).collect();
    tcsetattr(&keyboard, OptionalActions::Now, &raw)?;
    // From here on there is something to give back, even when the next line fails.
    let writer = screen.try_clone();
    *taken() = Some(Taken { keyboard, screen: writer?, found: found.clone(), options });
    screen.write_all(greeting.as_bytes())?;
    Ok(found)
}

/// Where the frame is gathered until it is whole.
#[derive(Clone)]
struct FrameBuffer(Arc<Mutex<Vec<u8>>>);

impl FrameBuffer {
    fn new() -> FrameBuffer {
        FrameBuffer(Arc::new(Mutex::new(FRAME_BEGINS.to_vec())))
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was gathered as one synchronized update, in one call. Gives the number of bytes.
    fn commit(&self, screen: &mut impl Write) -> io::Result<usize> {
        let mut bytes = self.bytes();
        if bytes.len() == FRAME_BEGINS.len() {
            return Ok(0);
        }
        bytes.extend_from_slice(FRAME_ENDS);
        let written = screen.write_all(&bytes).map(|()| bytes.len());
        bytes.truncate(FRAME_BEGINS.len());
        written
    }
}

impl Write for FrameBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Does nothing: ratatui flushes several times a frame, and a frame goes out whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The taken terminal. Dropping it gives the terminal back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<FrameBuffer>>,
    buffer: FrameBuffer,
    output: File,
    options: TerminalOptions,
    found: Termios,
    rows: unsure::Rows,
}

impl Screen {
    /// Takes the terminal of this process.
    pub fn take(options: TerminalOptions) -> io::Result<Screen> {
        let output = own_screen()?;
        let found =
            take(own_keyboard()?, output.try_clone()?, options, None).inspect_err(|_| restore_all())?;
        let buffer = FrameBuffer::new();
        let terminal = Terminal::new(CrosstermBackend::new(buffer.clone())).inspect_err(|_| restore_all())?;
        Ok(Screen { terminal, buffer, output, options, found, rows: unsure::Rows::default() })
    }

    /// Draws one frame and gives the number of bytes that were written for it.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<usize> {
        let rows = &mut self.rows;
        self.terminal.draw(|frame| {
            paint(frame);
            rows.steady(frame.buffer_mut());
        })?;
        self.buffer.commit(&mut self.output)
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Forgets what is on the screen, so that the next frame is drawn whole.
    pub fn forget(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks the terminal where the cursor is and waits for the answer.
        self.terminal = Terminal::new(CrosstermBackend::new(self.buffer.clone()))?;
        self.buffer.write_all(b"\x1b[0m\x1b[2J")
    }

    /// Sounds the bell.
    pub fn bell(&mut self) -> io::Result<()> {
        self.output.write_all(b"\x07")
    }

    /// Sets the window's title, when titles were asked for. Only plain ASCII is let through.
    pub fn title(&mut self, text: &str) -> io::Result<()> {
        if !self.options.title {
            return Ok(());
        }
        let plain: String = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(80).collect();
        self.output.write_all(format!("\x1b]2;{plain}\x07").as_bytes())
    }

    /// Offers text to the terminal's clipboard. False when it is longer than terminals take.
    pub fn copy(&mut self, text: &str) -> io::Result<bool> {
        if text.len() > COPY_CAP_BYTES {
            return Ok(false);
        }
        crossterm::execute!(self.output, crossterm::clipboard::CopyToClipboard::to_clipboard_from(text))?;
        Ok(true)
    }

    /// Gives the terminal back for a while, as to an editor.
    pub fn lend(&mut self) {
        restore_all();
    }

    /// Takes the terminal again; at the end it will still be as it was first found.
    pub fn reclaim(&mut self) -> io::Result<()> {
        self.found = take(own_keyboard()?, self.output.try_clone()?, self.options, Some(self.found.clone()))?;
        self.forget()
    }

    /// Gives the terminal back and stops until the user's shell goes on with us.
    ///
    /// False, and nothing done, when there is no shell that could do so.
    pub fn suspend(&mut self) -> io::Result<bool> {
        if !can_be_resumed() {
            return Ok(false);
        }
        restore_all();
        stop();
        // The shell may have changed the modes meanwhile: what is found now is what it wants back.
        self.found = take(own_keyboard()?, self.output.try_clone()?, self.options, None)?;
        self.forget()?;
        Ok(true)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore_all();
    }
}

/// Stops this job; the call comes back when somebody goes on with it.
pub(super) fn stop() {
    // SIGTSTP is listened for elsewhere and would not stop us. The group, so that a pipeline stops as one.
    kill_current_process_group(Signal::STOP).ok();
}

/// Whether a shell above us could go on with a stopped job: else it would stand still for ever.
pub(super) fn can_be_resumed() -> bool {
    let Ok(session) = getsid(None) else { return false };
    session != getpid()
        && getppid().is_some_and(|parent| getsid(Some(parent)).is_ok_and(|its| its == session))
}

/// The terminal that keys come from, as crossterm chooses it: standard input, or the controlling terminal.
pub(super) fn own_keyboard() -> io::Result<OwnedFd> {
    let input = io::stdin();
    if input.is_terminal() { input.as_fd().try_clone_to_owned() } else { Ok(File::open("/dev/tty")?.into()) }
}

fn own_screen() -> io::Result<File> {
    let output = io::stdout();
    if output.is_terminal() {
        // A descriptor of our own: the standard one would cut frames at line ends.
        Ok(output.as_fd().try_clone_to_owned()?.into())
    } else {
        Err(io::Error::new(io::ErrorKind::Unsupported, "standard output is not a terminal"))
    }
}
