//! `rounds sandbox`: the invented hospital alone, for trying things out and for tests.
//!
//! Must not listen beyond this machine.

use super::{
    exit::{Exit, Failure},
    output::Output,
};
use crate::{
    runtime::{
        clock,
        signals::{Signal, Signals},
    },
    sandbox::{self, Faults, Options},
};
use clap::Args;
use std::{path::PathBuf, sync::Arc};

/// The flags of `rounds sandbox`.
#[derive(Args, Debug)]
pub(super) struct SandboxArgs {
    /// The first of ten ports; the control port is the last.
    #[arg(long, value_name = "N", conflicts_with = "port")]
    port_base: Option<u16>,
    /// 0 takes free ports, which is also the usual thing.
    #[arg(long, value_name = "0", value_parser = clap::value_parser!(u16).range(..=0))]
    port: Option<u16>,
    /// The same seed makes the same people and tasks.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many tasks there are.
    #[arg(long, value_name = "N", default_value_t = 250)]
    tasks: usize,
    /// Keep what was written in this file, and go on from it.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Play colleagues: arrivals, claims that race you, a silent source.
    #[arg(long)]
    live: bool,
    /// How fast they play; 2 is twice as fast.
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    speed: f64,
    /// Milliseconds that each answer waits.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// What fails how often, such as `429:10%,500:5%,drop:1%`.
    #[arg(long, value_name = "RATES", default_value = "", hide_default_value = true)]
    fail: String,
    /// Open Dental takes one request in so many milliseconds; the others wait for their turn.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    od_throttle: u64,
}

/// Serves the sandbox until it is told to end.
pub(super) async fn run(args: &SandboxArgs, output: &mut Output) -> Result<Exit, Failure> {
    let mut fail = Faults::parse(&args.fail).map_err(|why| Failure::usage(format!("--fail: {why}")))?;
    fail.opendental.throttle_ms = args.od_throttle;
    let options = Options {
        port_base: args.port_base,
        seed: args.seed,
        tasks: args.tasks,
        latency_ms: args.latency,
        fail,
        state_file: args.state.clone(),
        live: args.live,
        speed: args.speed,
        ..Options::new(Arc::new(clock::now))
    };
    let failed = |error: std::io::Error| Failure::usage(format!("The sandbox did not start: {error}."));
    let mut signals = Signals::listen().map_err(failed)?;
    let handle = sandbox::start(options).await.map_err(failed)?;
    output.own_text(&handle.ready_line())?;
    output.own_text("\n")?;
    output.flush()?;
    loop {
        if matches!(signals.next().await, Signal::Terminate | Signal::Interrupt | Signal::HangUp) {
            break;
        }
    }
    let unsaved = |error| Failure::usage(format!("The sandbox's state was not written: {error}."));
    handle.shutdown().await.map_err(unsaved)?;
    Ok(Exit::Done)
}
