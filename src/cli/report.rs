//! The report of a bug: where it happened and how the program came there.
//!
//! Must not print the panic's own message: it may hold a patient's words.

use color_eyre::{config::HookBuilder, eyre, section::PanicMessage};
use std::{fmt, panic::PanicHookInfo};

/// Makes every panic and every unforeseen error print a report; `RUST_BACKTRACE=1` adds the way there.
pub(super) fn install() -> eyre::Result<()> {
    HookBuilder::blank().panic_message(PlaceOnly).display_env_section(false).install()
}

/// Tells the place of a panic and nothing that was worked on.
struct PlaceOnly;

impl PanicMessage for PlaceOnly {
    fn display(&self, report: &PanicHookInfo<'_>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = report.location().map(ToString::to_string).unwrap_or_default();
        write!(formatter, "rounds has come upon a bug of its own at {place}. Please report it.")
    }
}
