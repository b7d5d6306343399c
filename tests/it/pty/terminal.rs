//! A pseudo terminal with the program on it, read by a terminal emulator, and a home directory for it.

use crate::live::ward::control;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rounds::{
    runtime::clock,
    sandbox::{self, Handle, Options},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open},
};
use std::{
    fs::OpenOptions,
    io::{Read, Write},
    os::{fd::OwnedFd, unix::fs::OpenOptionsExt as _},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::Duration,
};
use tokio::runtime::Runtime;

/// How long anything on the screen may take; machines that build meanwhile are slow.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the program may take to leave.
const LEAVING: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };

/// A directory for one run, with a sandbox that nobody else changes.
pub(super) struct Home {
    pub(super) path: PathBuf,
    sandbox: Option<Handle>,
    runtime: Runtime,
}

impl Home {
    /// An empty home.
    pub(super) fn empty() -> Home {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rounds-pty-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(name);
        std::fs::remove_dir_all(&path).ok();
        std::fs::create_dir_all(&path).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Home { path, sandbox: None, runtime }
    }

    /// A home whose configuration names a quiet sandbox.
    pub(super) fn with_sandbox() -> Home {
        Home::with(Options::new(Arc::new(clock::now)))
    }

    /// A home whose configuration names a sandbox that is so.
    pub(super) fn with(options: Options) -> Home {
        let mut home = Home::empty();
        let handle = home.runtime.block_on(sandbox::start(options)).unwrap();
        home.configure(&format!("http://{}", handle.clinikapi));
        home.sandbox = Some(handle);
        home
    }

    /// The sandbox of this home.
    pub(super) fn sandbox(&self) -> &Handle {
        self.sandbox.as_ref().unwrap()
    }

    /// Where the sandbox's ClinikAPI is.
    pub(super) fn address(&self) -> String {
        format!("http://{}", self.sandbox().clinikapi)
    }

    /// How many tasks of these words the sandbox has, and how many requests to make one it got.
    pub(super) fn made(&self, words: &str) -> (usize, usize) {
        let port = self.sandbox().control;
        let look = |line| self.runtime.block_on(control(port, line, "")).1;
        let (store, log) = (look("GET /store"), look("GET /requests"));
        let tasks = store["clinikapi"]["tasks"].as_array().unwrap();
        let tasks = tasks.iter().filter(|task| task["description"] == words).count();
        let log = log.as_array().unwrap();
        (tasks, log.iter().filter(|request| request["method"] == "POST").count())
    }

    /// Throws switches of the sandbox.
    pub(super) fn switch(&self, switches: &serde_json::Value) {
        let port = self.sandbox().control;
        let (status, said) = self.runtime.block_on(control(port, "POST /faults", &switches.to_string()));
        assert_eq!(status, 200, "{said}");
    }

    /// The rows of a collection of the sandbox's ClinikAPI.
    pub(super) fn rows(&self, collection: &str) -> Vec<serde_json::Value> {
        let (_, store) = self.runtime.block_on(control(self.sandbox().control, "GET /store", ""));
        store["clinikapi"][collection].as_array().unwrap().clone()
    }

    /// Writes a configuration with one source at this address, and its key file.
    pub(super) fn configure(&self, url: &str) {
        let config = format!(
            "[source.ward]\nkind = \"clinikapi\"\nurl = \"{url}\"\nkey_file = \"key\"\nme = \"prac_night_nurse\"\n[ui]\nundo_window = \"0s\"\n"
        );
        std::fs::write(self.path.join("config.toml"), config).unwrap();
        let mut options = OpenOptions::new();
        let mut key = options.write(true).create(true).mode(0o600).open(self.path.join("key")).unwrap();
        key.write_all(b"clk_test_sandbox_write\n").unwrap();
    }

    /// The program in this home.
    pub(super) fn rounds(&self, arguments: &[&str]) -> CommandBuilder {
        let mut command = self.command(env!("CARGO_BIN_EXE_rounds"));
        command.args(["--state-dir", "state"]);
        if self.path.join("config.toml").exists() {
            command.args(["--config", "config.toml"]);
        }
        command.args(arguments);
        command
    }

    /// Any program in this home, with nothing of our own environment.
    pub(super) fn command(&self, program: &str) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("HOME", &self.path);
        command.cwd(&self.path);
        command
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.path).ok();
    }
}

/// A terminal with a program on it.
pub(super) struct Terminal {
    parser: vt100::Parser,
    /// Everything that was written since the start.
    pub(super) raw: Vec<u8>,
    child: Box<dyn Child + Send + Sync>,
    end: OwnedFd,
    ends: Option<Ends>,
    seen: Receiver<Vec<u8>>,
    stop: Arc<AtomicBool>,
    found: String,
}

/// Our side of the terminal.
struct Ends {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
}

impl Terminal {
    /// Starts a program on a terminal of this size.
    pub(super) fn start(command: CommandBuilder, columns: u16, rows: u16) -> Terminal {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let found = format!("{:?}", pair.master.get_termios().unwrap());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let pid = Pid::from_raw(child.process_id().unwrap() as i32).unwrap();
        let end = pidfd_open(pid, PidfdFlags::empty()).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let (send, seen) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut bytes = [0; 8_192];
            while let Ok(count) = reader.read(&mut bytes) {
                if count == 0
                    || send.send(bytes[..count].to_vec()).is_err()
                    || stopping.load(Ordering::SeqCst)
                {
                    return;
                }
            }
        });
        let parser = parser(columns, rows);
        let ends = Some(Ends { master: pair.master, writer });
        Terminal { parser, raw: Vec::new(), child, end, ends, seen, stop, found }
    }

    /// Types bytes in one write.
    pub(super) fn send(&mut self, bytes: &str) {
        let ends = self.ends.as_mut().unwrap();
        ends.writer.write_all(bytes.as_bytes()).unwrap();
        ends.writer.flush().unwrap();
    }

    /// Gives the terminal another size.
    pub(super) fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.ends.as_ref().unwrap().master.resize(size).unwrap();
        self.parser = parser(columns, rows);
        self.parser.process(b"\x1b[?1049h");
    }

    /// What is on the screen.
    pub(super) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Reads on until something holds of the screen.
    pub(super) fn until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let began = clock::monotonic();
        while !holds(self.screen()) {
            let left = PATIENCE.saturating_sub(began.elapsed());
            match self.seen.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(error) => panic!("{what}: {error}; the screen:\n{}", self.screen().contents()),
            }
        }
    }

    /// Reads on until words are on the screen.
    pub(super) fn until_shown(&mut self, words: &str) {
        self.until(words, |screen| screen.contents().contains(words));
    }

    /// Reads on for this long, or until words are on the screen; says whether they are.
    pub(super) fn shows_within(&mut self, words: &str, span: Duration) -> bool {
        let began = clock::monotonic();
        while !self.screen().contents().contains(words) {
            let left = span.saturating_sub(began.elapsed());
            match self.seen.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(_) => return false,
            }
        }
        true
    }

    /// Reads on for this long.
    pub(super) fn go_on_for(&mut self, span: Duration) {
        let began = clock::monotonic();
        while let Ok(bytes) = self.seen.recv_timeout(span.saturating_sub(began.elapsed())) {
            self.take(&bytes);
        }
    }

    /// Reads on until nothing has come for this long; gives how many bytes came before.
    pub(super) fn quiet_for(&mut self, span: Duration) -> usize {
        let before = self.raw.len();
        let began = clock::monotonic();
        while let Ok(bytes) = self.seen.recv_timeout(span) {
            self.take(&bytes);
            assert!(began.elapsed() < PATIENCE, "it never falls silent");
        }
        self.raw.len() - before
    }

    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.raw.extend_from_slice(bytes);
    }

    /// How many frames were written since a place in `raw`.
    pub(super) fn frames_since(&self, place: usize) -> usize {
        let begins = b"\x1b[?2026h";
        self.raw[place..].windows(begins.len()).filter(|window| window == begins).count()
    }

    /// Sends a signal.
    pub(super) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap(), signal).unwrap();
    }

    /// Closes our side: the terminal is gone.
    pub(super) fn hang_up(&mut self) {
        self.quiet_for(Duration::from_millis(200));
        // The reader holds the terminal too: it lets go after the next bytes.
        self.stop.store(true, Ordering::SeqCst);
        self.send("j");
        while self.seen.recv_timeout(PATIENCE).is_ok() {}
        self.ends = None;
    }

    /// Waits for the end of the program, two seconds at the most, and for its last bytes.
    pub(super) fn ended(&mut self) -> ExitStatus {
        let mut watched = [PollFd::new(&self.end, PollFlags::IN)];
        let count = poll(&mut watched, Some(&LEAVING)).unwrap();
        while let Ok(bytes) = self.seen.try_recv() {
            self.take(&bytes);
        }
        assert_eq!(count, 1, "still there after two seconds; the screen:\n{}", self.screen().contents());
        loop {
            match self.seen.recv_timeout(PATIENCE) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the terminal was not let go"),
            }
        }
        self.child.wait().unwrap()
    }

    /// Says that the terminal is as it was found: the line's modes and the screen's.
    pub(super) fn is_given_back(&self) {
        let now = self.ends.as_ref().unwrap().master.get_termios().unwrap();
        assert_eq!(format!("{now:?}"), self.found);
        let raw = String::from_utf8_lossy(&self.raw);
        assert!(raw.contains("\x1b[?1049h"), "the screen was never taken: {raw}");
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "alternate screen");
        assert!(!screen.hide_cursor(), "cursor");
        assert!(!screen.bracketed_paste(), "bracketed paste");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        for (on, off) in
            [("\x1b[?1004h", "\x1b[?1004l"), ("\x1b[22;0t", "\x1b[23;0t"), ("\x1b[?2026h", "\x1b[?2026l")]
        {
            assert!(raw.rfind(on) < raw.rfind(off), "{on:?} is not undone");
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn parser(columns: u16, rows: u16) -> vt100::Parser {
    let size = |cells: u16| std::num::NonZeroU16::new(cells).unwrap();
    vt100::Parser::new(size(rows), size(columns), 0)
}
