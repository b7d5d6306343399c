//! The command line: what was asked, and the one command that does it.
//!
//! Must not hold the work of a command: each has its own file. Only `main` calls it.

mod config;
mod count;
mod environment;
mod exit;
mod fetch;
mod fields;
mod flags;
mod json;
mod list;
mod output;
mod query;
mod sandbox;
mod settings;
mod show;
mod sources;
mod tables;
mod theme;
mod tui;
mod watch;
mod wire;

use crate::runtime::{log, terminal, vault};
use clap::{CommandFactory, Parser, Subcommand};
use exit::{Exit, Failure};
use flags::Flags;
use output::{Output, complain, complain_all};
use std::{panic, process::ExitCode};

/// What `--help` and the manual page say of the exit codes.
const EXIT_CODES: &str = "Exit codes: 0 ok, 1 nothing matched, 2 usage, 3 refused credentials or permission, 4 conflict, \
    5 offline, 6 some of several failed, 7 the server answered something that is not its API, 70 a bug.";

/// One keyboard worklist for every clinical task, whatever system it lives in.
#[derive(Parser, Debug)]
#[command(name = "rounds", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What can be asked for.
#[derive(Subcommand, Debug)]
enum Command {
    /// Start the embedded sandbox and open the worklist on it: everybody in it is synthetic.
    Demo,
    /// Serve the embedded sandbox alone, on this machine only.
    Sandbox(sandbox::SandboxArgs),
    /// List tasks.
    Ls(list::ListArgs),
    /// Show one task with every field.
    Show(show::ShowArgs),
    /// Show the single most urgent open task.
    Next(show::NextArgs),
    /// Count tasks.
    Count(count::CountArgs),
    /// List the sources: what each is, what it can do, how it answers.
    Sources(sources::SourcesArgs),
    /// The configuration: where it is, a first one, what is wrong in it, its schema.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// List the keys in force.
    Keys(tables::KeysArgs),
    /// List the themes.
    Themes,
    /// Print the completions of a shell.
    Completions(tables::CompletionsArgs),
    /// Print the manual page.
    Man,
}

/// Runs the program on the arguments of this process and gives its exit code.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|report| {
        // The message may hold a patient's words, so only the place is told.
        let place = report.location().map(ToString::to_string).unwrap_or_default();
        complain(&format!("rounds has come upon a bug of its own at {place}. Please report it."));
    }));
    terminal::install_panic_hook();
    let exit = panic::catch_unwind(|| match start() {
        Ok(exit) => exit,
        Err(failure) => {
            complain_all(failure.sentences);
            failure.exit
        }
    });
    exit.unwrap_or(Exit::Bug).into()
}

fn start() -> Result<Exit, Failure> {
    let mut output = Output::new();
    let cli = match Cli::try_parse_from(query::shield(std::env::args())) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let text = error.render().to_string();
            return Err(Failure::usage(text.trim_end()));
        }
        Err(help) => {
            output.own_text(&help.render().to_string())?;
            output.flush()?;
            return Ok(Exit::Done);
        }
    };
    vault::no_core_dumps().ok();
    let level = environment::variable("ROUNDS_LOG");
    let log = cli.flags.log.as_deref().map(|file| log::log_to(file, level.as_deref()));
    // The guard writes what still waits when it goes, at the end of this function.
    let _log = log.transpose().map_err(|error| Failure::usage(error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Bug, format!("The program could not start: {error}.")))?;
    let exit = runtime.block_on(run(&cli, &mut output))?;
    output.flush()?;
    Ok(exit)
}

async fn run(cli: &Cli, output: &mut Output) -> Result<Exit, Failure> {
    let flags = &cli.flags;
    let Some(command) = &cli.command else { return Box::pin(tui::run(flags)).await };
    match command {
        Command::Demo => Box::pin(tui::demo(flags)).await,
        Command::Sandbox(args) => sandbox::run(args, output).await,
        Command::Ls(args) => list::run(args, &mut world(flags)?, output).await,
        Command::Show(args) => show::run(args, &mut world(flags)?, output).await,
        Command::Next(args) => show::next(args, &mut world(flags)?, output).await,
        Command::Count(args) => count::run(args, &mut world(flags)?, output).await,
        Command::Sources(args) => sources::run(args, &world(flags)?, output).await,
        Command::Config(command) => config::run(command, flags, output),
        Command::Keys(args) => tables::keys(args, flags, output),
        Command::Themes => tables::themes(flags, output),
        Command::Completions(args) => tables::completions(args, &mut Cli::command(), output),
        Command::Man => tables::man(Cli::command(), output),
    }
}

/// The world of a command without a screen: every source of the profile must be in order.
fn world(flags: &Flags) -> Result<wire::World, Failure> {
    let settings = settings::read(flags)?;
    settings.check_sources()?;
    let world = wire::build(&settings, flags)?;
    let problems = &world.state.settings.problems;
    let left_out =
        world.links.len() < settings.config.profile(flags.profile.as_deref()).map_or(0, |list| list.len());
    if left_out {
        return Err(Failure { exit: Exit::Usage, sentences: problems.clone() });
    }
    complain_all(problems);
    Ok(world)
}
