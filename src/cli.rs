//! The command line: what was asked, and the one command that does it.
//!
//! Must not hold the work of a command: each has its own file. Only `main` calls it.

mod able;
mod act;
mod change;
mod config;
mod count;
mod doc;
mod doctor;
mod drafts;
mod drive;
mod edit;
mod environment;
mod exit;
mod fetch;
mod fields;
mod flags;
mod grid;
mod history;
mod journal;
mod json;
mod kept;
mod list;
mod meet;
mod named;
mod names;
mod new;
mod one;
mod open;
mod outbox;
mod output;
mod query;
mod report;
mod retry;
mod said;
mod sandbox;
mod send;
mod settings;
mod show;
mod sources;
mod store;
mod tables;
mod templates;
mod theme;
mod tui;
mod watch;
mod whom;
mod wire;

use crate::{
    app::writes::Verb,
    runtime::{log, terminal, vault},
};
use clap::{CommandFactory, Parser, Subcommand};
use exit::{Exit, Failure};
use flags::Flags;
use output::{Output, complain, complain_all};
use std::{panic, process::ExitCode};

/// What `--help` and the manual page say of the exit codes.
const EXIT_CODES: &str = "Exit codes: 0 ok, 1 nothing matched, 2 usage, 3 refused credentials or permission, 4 conflict, \
    5 offline, kept in the outbox, 6 some of several failed, 7 the server answered something that is not its API, 70 a bug.";

/// One keyboard worklist for every clinical task, whatever system it lives in.
#[derive(Parser, Debug)]
#[command(name = "rounds", bin_name = "rounds", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
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
    Demo(tui::DemoArgs),
    /// Open the files of a FHIR bulk export, to read only.
    Open(open::OpenArgs),
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
    /// Make a task.
    New(Box<new::NewArgs>),
    /// Acknowledge: it was seen and will be done.
    Ack(act::VerbArgs),
    /// Make yourself the owner.
    Take(act::VerbArgs),
    /// Work has begun.
    Start(act::VerbArgs),
    /// It is done.
    Done(act::VerbArgs),
    /// It waits, for a reason.
    Hold(act::VerbArgs),
    /// It is called off, for a reason.
    Cancel(act::VerbArgs),
    /// It will not be done, for a reason.
    Reject(act::VerbArgs),
    /// Give tasks to a practitioner, or where lists own them to a list: an id, a name, me or none.
    Assign(act::SetArgs),
    /// Set the priority: stat, asap, urgent, routine, or an office's own name for one.
    Priority(act::SetArgs),
    /// Set the due time: 2h, 17:00, tomorrow 8, or ISO.
    Due(act::SetArgs),
    /// Add a remark; - reads it from stdin.
    Note(act::SetArgs),
    /// Set any writable field of a task.
    Edit(edit::EditArgs),
    /// Writes that are not settled: list them, send them now, take them back.
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// Text that was begun and not sent: list it, show it, throw it away.
    #[command(subcommand)]
    Drafts(drafts::DraftsCommand),
    /// What you did from here, oldest first.
    Journal(journal::JournalArgs),
    /// Documents as Markdown files: begin, check, post, list and show them.
    #[command(subcommand)]
    Doc(Box<doc::DocCommand>),
    /// List the sources: what each is, what it can do, how it answers.
    Sources(sources::SourcesArgs),
    /// Look at paths, modes, the terminal and every source.
    Doctor(doctor::DoctorArgs),
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
    if let Err(error) = report::install() {
        complain(&format!("Bugs will be reported without their place: {error}."));
    }
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
        Command::Demo(args) => Box::pin(tui::demo(flags, args)).await,
        Command::Open(args) => Box::pin(open::run(flags, args)).await,
        Command::Sandbox(args) => sandbox::run(args, output).await,
        Command::Ls(args) => list::run(args, &mut world(flags)?, output).await,
        Command::Show(args) => show::run(args, &mut world(flags)?, output).await,
        Command::Next(args) => show::next(args, &mut world(flags)?, output).await,
        Command::Count(args) => count::run(args, &mut world(flags)?, output).await,
        Command::New(args) => new::run(args, &mut world(flags)?, output).await,
        Command::Ack(args) => act::run(Verb::Ack, args, &mut world(flags)?, output).await,
        Command::Take(args) => act::run(Verb::Take, args, &mut world(flags)?, output).await,
        Command::Start(args) => act::run(Verb::Start, args, &mut world(flags)?, output).await,
        Command::Done(args) => act::run(Verb::Done, args, &mut world(flags)?, output).await,
        Command::Hold(args) => act::run(Verb::Hold, args, &mut world(flags)?, output).await,
        Command::Cancel(args) => act::run(Verb::Cancel, args, &mut world(flags)?, output).await,
        Command::Reject(args) => act::run(Verb::Reject, args, &mut world(flags)?, output).await,
        Command::Assign(args) => act::set(Verb::Owner, args, &mut world(flags)?, output).await,
        Command::Priority(args) => act::set(Verb::Priority, args, &mut world(flags)?, output).await,
        Command::Due(args) => act::set(Verb::Due, args, &mut world(flags)?, output).await,
        Command::Note(args) => act::set(Verb::Note, args, &mut world(flags)?, output).await,
        Command::Edit(args) => edit::run(args, &mut world(flags)?, output).await,
        Command::Doc(command) => doc::run(command, flags, output).await,
        Command::Outbox(command) => outbox::run(command, flags, output).await,
        Command::Drafts(command) => drafts::run(command, flags, output).await,
        Command::Journal(args) => journal::run(args, flags, output).await,
        Command::Doctor(args) => doctor::run(args, flags, output).await,
        Command::Sources(args) => sources::run(args, &mut world(flags)?, output).await,
        Command::Config(command) => config::run(command, flags, output),
        Command::Keys(args) => tables::keys(args, flags, output),
        Command::Themes => tables::themes(flags, output),
        Command::Completions(args) => tables::completions(args, &mut Cli::command(), output),
        Command::Man => tables::man(Cli::command(), output),
    }
}

/// The world of a command that looks at what is kept: sources that are in doubt are no reason not to.
fn world_as_it_is(flags: &Flags) -> Result<wire::World, Failure> {
    wire::build(&settings::read(flags)?, flags)
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
