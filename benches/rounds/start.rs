//! The program itself on a terminal: from its start to the first frame, with nothing and with much kept from before.
//!
//! Must not reach a network: the one source is an address where nobody listens.

use super::{
    bounds::Figure,
    keep::{BenchDir, fill},
};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::{
    io::{self, Read},
    time::Duration,
};

const CONFIG: &str =
    "[source.ward]\nkind = \"clinikapi\"\nurl = \"http://127.0.0.1:9\"\nkey_file = \"key\"\n";
/// How often the program is started.
const ROUNDS: usize = 20;
/// The program's own part of what a person waits for, whatever is kept.
const FIRST_FRAME: Duration = Duration::from_millis(50);

/// The first frame of an empty store, and that of one with a thousand writes: it comes as soon.
pub(crate) fn figures() -> Vec<Figure> {
    let mut figures = Vec::new();
    for writes in [0, 1_000] {
        let dir = BenchDir::new();
        if std::fs::create_dir_all(&dir.0)
            .and_then(|()| std::fs::write(dir.0.join("config.toml"), CONFIG))
            .is_err()
        {
            continue;
        }
        fill(&dir, writes);
        let mut figure = Figure::new(format!("start: first frame, writes kept: {writes}"), FIRST_FRAME);
        for _ in 0..ROUNDS {
            let started = figure.measure(|| first_frame(&dir));
            assert!(started.is_ok_and(Started::end), "the program shows a frame");
        }
        figures.push(figure);
    }
    figures
}

/// The program at its first frame.
struct Started {
    child: Box<dyn Child + Send + Sync>,
    /// Kept open: the program goes with its terminal.
    _terminal: Box<dyn MasterPty + Send>,
    is_shown: bool,
}

impl Started {
    /// Ends the program; whether a frame had come.
    fn end(mut self) -> bool {
        self.child.kill().and_then(|()| self.child.wait()).is_ok() && self.is_shown
    }
}

/// Starts the program and waits for its first frame.
fn first_frame(dir: &BenchDir) -> io::Result<Started> {
    let size = PtySize { rows: 50, cols: 200, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).map_err(io::Error::other)?;
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rounds"));
    command.args(["--state-dir", "state", "--config", "config.toml"]);
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("HOME", &dir.0);
    command.cwd(&dir.0);
    let child = pair.slave.spawn_command(command).map_err(io::Error::other)?;
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().map_err(io::Error::other)?;
    let (mut seen, mut bytes) = (Vec::new(), [0; 8_192]);
    let mut is_shown = false;
    while let (false, Ok(count @ 1..)) = (is_shown, reader.read(&mut bytes)) {
        seen.extend_from_slice(bytes.get(..count).unwrap_or_default());
        is_shown = String::from_utf8_lossy(&seen).contains("Reading");
    }
    Ok(Started { child, _terminal: pair.master, is_shown })
}
