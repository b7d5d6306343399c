//! `rounds count`: how many tasks match.
//!
//! Must not print a number as if it were whole when a source is missing: the exit code says so, and when no source was
//! listed to its end there is no number.

use super::{
    exit::{Exit, Failure},
    fetch,
    output::Output,
    query,
    wire::World,
};
use clap::Args;

/// The flags of `rounds count`.
#[derive(Args, Debug)]
pub(super) struct CountArgs {
    /// A filter such as `status:open due:overdue`; nothing counts everything.
    query: Vec<String>,
}

/// Counts tasks.
pub(super) async fn run(args: &CountArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let query = query::read(&args.query)?;
    let listing = fetch::list(world, &query).await?;
    let count = query.limit.map_or(listing.matched, |limit| limit.min(listing.matched));
    if listing.is_told_by_some(world) {
        output.own_text(&format!("{count}\n"))?;
    }
    Ok(listing.exit(world))
}
