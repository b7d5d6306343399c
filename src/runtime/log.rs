//! The log: one file, when it is asked for, and nothing else ever.
//!
//! Must not be given patient data or keys: only this crate's own lines are let through, and they name none.

use super::files::private_file;
use std::{io, path::Path};
use thiserror::Error;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::{Layer, Registry, filter::Targets, fmt, layer::SubscriberExt};

/// Why there is no log.
#[derive(Debug, Error)]
pub enum LogError {
    /// The file cannot be used.
    #[error("The log {path} cannot be written: {why}.")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        why: io::Error,
    },
    /// There is no such level.
    #[error("ROUNDS_LOG is {0}; it may be off, error, warn, info, debug or trace.")]
    Level(String),
    /// A second log in one process.
    #[error("There is a log already.")]
    Twice,
}

/// Begins to log to a file that only its owner can read. Keep the guard: its drop writes what is still waiting.
///
/// `level` is what `ROUNDS_LOG` says; `info` when it says nothing.
pub fn log_to(path: &Path, level: Option<&str>) -> Result<WorkerGuard, LogError> {
    let level = parse_level(level)?;
    let file = private_file(path).map_err(|why| LogError::File { path: path.display().to_string(), why })?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    tracing::subscriber::set_global_default(subscriber(writer, level)).map_err(|_| LogError::Twice)?;
    Ok(guard)
}

fn parse_level(level: Option<&str>) -> Result<LevelFilter, LogError> {
    match level.map(str::trim) {
        None | Some("") => Ok(LevelFilter::INFO),
        Some(text) => text.parse().map_err(|_| LogError::Level(text.to_owned())),
    }
}

fn subscriber(writer: NonBlocking, level: LevelFilter) -> impl tracing::Subscriber + Send + Sync {
    // Other crates' lines could hold URLs with queries, so none of them is kept at any level.
    let ours = Targets::new().with_target(env!("CARGO_PKG_NAME"), level);
    Registry::default().with(fmt::layer().with_writer(writer).with_ansi(false).with_filter(ours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::files::tests::TestDir;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn only_our_own_lines_go_into_a_closed_file() {
        let dir = TestDir::new();
        let path = dir.0.join("rounds.log");
        let (writer, guard) = tracing_appender::non_blocking(private_file(&path).unwrap());
        tracing::subscriber::with_default(subscriber(writer, LevelFilter::INFO), || {
            tracing::info!(route = "/tasks", "kept");
            tracing::debug!("below the level");
            tracing::error!(target: "hyper_util::client", "somebody else's");
        });
        drop(guard);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("kept") && text.contains("/tasks"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn levels_are_words() {
        for (text, expected) in [
            (None, LevelFilter::INFO),
            (Some(""), LevelFilter::INFO),
            (Some(" debug "), LevelFilter::DEBUG),
            (Some("OFF"), LevelFilter::OFF),
        ] {
            assert_eq!(parse_level(text).unwrap(), expected, "{text:?}");
        }
        let said = parse_level(Some("loud")).unwrap_err().to_string();
        assert!(said.contains("loud") && said.contains("trace"), "{said}");
    }

    #[test]
    fn a_log_that_cannot_be_written_is_named() {
        let said = log_to(Path::new("/nowhere/rounds.log"), None).unwrap_err().to_string();
        assert!(said.contains("/nowhere/rounds.log"), "{said}");
    }
}
