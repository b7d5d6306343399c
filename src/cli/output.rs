//! The only place that writes to stdout and stderr: tables and lines through `Clean`, JSON escaped.
//!
//! Must not complain when a pipe closes: whoever reads has enough, and the command ends quietly.

use super::exit::Failure;
use crate::domain::clean::{Clean, escape_json};
use serde_json::Value;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

/// What a command says.
#[derive(Debug)]
pub(super) struct Output {
    out: BufWriter<Stdout>,
    /// Columns and rows, when a terminal shows it.
    size: Option<(u16, u16)>,
}

impl Output {
    /// Standard output.
    pub(super) fn new() -> Output {
        let stdout = io::stdout();
        let size = stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(&stdout).ok()).flatten();
        let size = size.map(|size| (size.ws_col, size.ws_row)).filter(|(columns, _)| *columns > 0);
        Output { out: BufWriter::new(stdout), size }
    }

    /// The cells of a line; none where nothing needs to be cut.
    pub(super) fn width(&self) -> Option<usize> {
        self.size.map(|(columns, _)| usize::from(columns))
    }

    /// Columns and rows of the terminal, where there is one.
    pub(super) fn size(&self) -> Option<(u16, u16)> {
        self.size
    }

    /// A line that is safe to show.
    pub(super) fn line(&mut self, line: &Clean) -> Result<(), Failure> {
        self.own_text(line.as_str())?;
        self.own_text("\n")
    }

    /// Text of this program's own: help, tables of keys, text that has been made safe already.
    pub(super) fn own_text(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes()).map_err(|error| lost(&error))
    }

    /// JSON over several lines, for people and `jq`.
    pub(super) fn json(&mut self, value: &Value) -> Result<(), Failure> {
        self.own_text(&escape_json(&format!("{value:#}")))?;
        self.own_text("\n")
    }

    /// JSON in one line.
    pub(super) fn json_line(&mut self, value: &Value) -> Result<(), Failure> {
        self.own_text(&escape_json(&value.to_string()))?;
        self.own_text("\n")
    }

    /// Sends on what is still held back.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| lost(&error))
    }
}

fn lost(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::closed(),
        _ => Failure::usage(format!("The output cannot be written: {error}.")),
    }
}

/// Says a sentence on stderr. Nothing can be said about a stderr that is closed.
pub(super) fn complain(sentence: &str) {
    for line in Clean::lines(sentence) {
        writeln!(io::stderr(), "{line}").ok();
    }
}

/// Says several sentences on stderr.
pub(super) fn complain_all(sentences: impl IntoIterator<Item = impl AsRef<str>>) {
    for sentence in sentences {
        complain(sentence.as_ref());
    }
}
