//! `rounds doctor`: paths, modes, TLS, proxy, the terminal, and a table of what every source can do.
//!
//! Must not stop at the first thing that is wrong, nor show a key.

use super::{
    able, environment,
    exit::{Exit, Failure},
    flags::Flags,
    json,
    output::{Output, complain_all},
    settings, sources,
    store::StoreReport,
    wire,
};
use crate::{domain::clean::Clean, runtime::clock};
use clap::Args;
use serde_json::{Map, Value, json};
use std::{io::IsTerminal, os::unix::fs::PermissionsExt, path::Path};

/// The cells before a value.
const LABEL_WIDTH: usize = 12;

/// The flags of `rounds doctor`.
#[derive(Args, Debug)]
pub(super) struct DoctorArgs {
    /// An object.
    #[arg(long)]
    json: bool,
}

/// Looks at everything that the program rests on.
pub(super) async fn run(args: &DoctorArgs, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let settings = settings::read(flags)?;
    let mut world = wire::build(&settings, flags)?;
    let mut problems = settings.sentences();
    problems.extend(world.state.settings.problems.clone());
    let store = StoreReport::of(&world.store, &world.vault).await;
    problems.extend(store.problem.clone());
    let no_home = || "there is no home directory: what is not sent is kept in memory only".to_owned();
    let facts = [
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("config", settings.file().map_or_else(|| "there is no home directory".to_owned(), place)),
        ("state", world.store.directory.as_deref().map_or_else(no_home, place)),
        ("lock", world.store.directory.as_deref().map_or_else(no_home, |one| place(&one.join("store.lock")))),
        ("log", flags.log.as_deref().map_or_else(|| "none".to_owned(), place)),
        ("terminal", terminal(output)),
        ("zone", world.state.zone.iana_name().unwrap_or("UTC or unnamed").to_owned()),
        ("clock", format!("{:.0}", clock::now())),
        ("tls", tls(&world)),
        ("proxy", world.state.settings.proxy.clone().unwrap_or_else(|| "none".to_owned())),
    ];
    let probed = sources::probe(&mut world).await;
    if args.json {
        let mut object: Map<String, Value> = json::object();
        object.extend(facts.map(|(label, text)| (label.to_owned(), json!(text))));
        object.insert("store".to_owned(), store.object());
        object.insert("problems".to_owned(), json!(problems));
        let list = probed.iter().filter_map(|probed| sources::object(&world, probed));
        object.insert("sources".to_owned(), Value::Array(list.collect()));
        output.json(&Value::Object(object))?;
    } else {
        for (label, text) in &facts {
            let label = Clean::line(label).pad(LABEL_WIDTH);
            output.line(&Clean::format(format_args!("{label} {text}")))?;
        }
        for line in store.lines() {
            output.line(&Clean::format(format_args!(
                "{} {line}",
                Clean::from_static("store").pad(LABEL_WIDTH)
            )))?;
        }
        if probed.is_empty() {
            output.line(&Clean::from_static("sources      none is configured"))?;
            return Ok(verdict(&world, &probed, problems));
        }
        output.own_text("\n")?;
        able::table(&world, &probed, output)?;
    }
    Ok(verdict(&world, &probed, problems))
}

/// Tells what is wrong, and gives the exit code.
fn verdict(world: &wire::World, probed: &[sources::Probed], problems: Vec<String>) -> Exit {
    let asked = sources::exit(world, probed);
    if problems.is_empty() {
        return asked;
    }
    complain_all(problems);
    if asked == Exit::Done { Exit::Usage } else { asked }
}

/// How the lines to the sources are kept from being overheard.
fn tls(world: &wire::World) -> String {
    let named = |wanted: fn(&crate::runtime::link::Link) -> bool| {
        let sources = world.state.sources.iter().zip(&world.links);
        let names = sources.filter(|(_, link)| wanted(link)).map(|(source, _)| source.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let exposed = named(|link| link.origin().is_some_and(crate::runtime::http::Origin::is_exposed));
    if exposed.is_empty() {
        return "checked always, never switched off".to_owned();
    }
    format!("NOT for {exposed}: plain http beyond this machine, as the configuration allows")
}

/// A path with its mode, or that there is nothing.
pub(super) fn place(path: &Path) -> String {
    match std::fs::metadata(path) {
        Ok(found) => format!("{} (mode {:03o})", path.display(), found.permissions().mode() & 0o777),
        Err(_) => format!("{} (not there)", path.display()),
    }
}

fn terminal(output: &Output) -> String {
    let mut words = vec![environment::variable("TERM").unwrap_or_else(|| "TERM is not set".to_owned())];
    match output.size() {
        Some((columns, rows)) => words.push(format!("{columns}x{rows}")),
        None => words.push("output is no terminal".to_owned()),
    }
    if !std::io::stdin().is_terminal() {
        words.push("input is no terminal".to_owned());
    }
    for name in ["COLORTERM", "NO_COLOR", "TMUX", "LANG"] {
        words.extend(environment::variable(name).map(|value| format!("{name}={value}")));
    }
    if environment::is_ssh() {
        words.push("over SSH".to_owned());
    }
    words.join(", ")
}
