//! `rounds` and `rounds demo`: the worklist on the screen, over the configured sources or the embedded sandbox.
//!
//! Must not ask a source or read a key itself: the loop does, after the first frame.

use super::{
    environment,
    exit::{Exit, Failure},
    flags::Flags,
    kept::{self, Place},
    output::complain,
    settings::{self, Settings},
    theme,
    wire::{self, World},
};
use crate::{
    app::{
        State, resume,
        screens::worklist::{lasting, views},
        source::Badge,
        state::Keeping,
    },
    config,
    domain::priority::Priority,
    runtime::{
        self, Outcome, Surroundings,
        actor::{Actor, Opening},
        clock,
        files::private_dir,
        link::Credential,
        terminal::TerminalOptions,
        vault::{CredentialSource, Secret},
    },
    sandbox::{self, DEMO_OMNIEHR_LOGIN, DEMO_OPENDENTAL_USER, DEMO_USER, Handle, Options},
};
use clap::Args;
use futures_util::FutureExt;
use std::{
    future::Future,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// The least time between two frames; longer where every byte goes over a network.
const FRAME_GAP: Duration = Duration::from_millis(16);
const SSH_FRAME_GAP: Duration = Duration::from_millis(40);
/// Seconds between two refreshes of the demo.
const DEMO_POLL_S: u32 = 10;

/// What can be said of the demo.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct DemoArgs {
    /// Let colleagues work beside you: arrivals, claims that race you, a silent source.
    #[arg(long)]
    live: bool,
    /// The first of the ports to listen on; without it any free ones.
    #[arg(long, value_name = "N")]
    port_base: Option<u16>,
}

/// Shows the worklist of the profile.
pub(super) async fn run(flags: &Flags) -> Result<Exit, Failure> {
    needs_terminal()?;
    let settings = settings::read(flags)?;
    let mut world = wire::build(&settings, flags)?;
    world.state.settings.problems.splice(0..0, settings.sentences());
    match Box::pin(show(world, flags, &settings, Keeps::Everything)).await? {
        Outcome::Quit => Ok(Exit::Done),
        Outcome::Demo => Box::pin(play(flags, &settings, &DemoArgs::default())).await,
    }
}

/// Shows the worklist of the embedded sandbox. Sources that are configured are left alone.
pub(super) async fn demo(flags: &Flags, args: &DemoArgs) -> Result<Exit, Failure> {
    needs_terminal()?;
    let settings = settings::read(flags)?;
    Box::pin(play(flags, &settings, args)).await
}

/// The screen is for a terminal only.
pub(super) fn needs_terminal() -> Result<(), Failure> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Failure::usage("The worklist needs a terminal; `rounds ls` lists tasks without one."))
}

async fn play(flags: &Flags, settings: &Settings, args: &DemoArgs) -> Result<Exit, Failure> {
    let failed = |why: String| Failure::usage(format!("The demo did not start: {why}"));
    let options =
        Options { live: args.live, port_base: args.port_base, ..Options::new(Arc::new(clock::now)) };
    let handle = sandbox::start(options).await.map_err(|error| failed(format!("{error}.")))?;
    let mut world = wire::empty(&settings.config, flags);
    for (source, credential) in demo_sources(&handle).map_err(failed)? {
        wire::add(&mut world, &source, credential, flags, Path::new("")).map_err(failed)?;
    }
    for source in &mut world.state.sources {
        source.badge = Badge::Synthetic;
        source.about = Some(format!("embedded sandbox, its control at http://{}", handle.control));
    }
    Box::pin(show(world, flags, settings, Keeps::Nothing)).await?;
    handle.shutdown().await.map_err(|error| failed(format!("{error}.")))?;
    Ok(Exit::Done)
}

/// The same hospital seen through its three systems.
fn demo_sources(handle: &Handle) -> Result<[(config::Source, Credential); 3], String> {
    let known = |text: &str| {
        let from = CredentialSource::Command(vec!["the embedded sandbox".to_owned()]);
        let secret = Secret::parse(text, &from).map_err(|error| error.to_string())?;
        Ok::<_, String>(CredentialSource::Known(secret))
    };
    let source = |name: &str, kind, tag: &str, url| config::Source {
        name: name.to_owned(),
        kind,
        url,
        tag: tag.to_owned(),
        poll_s: DEMO_POLL_S,
        badge: Some(config::Badge::Synthetic),
        ..config::Source::default()
    };
    let clinic = config::Source {
        me: Some(DEMO_USER.to_owned()),
        ..source("clinic", "clinikapi", "CK", format!("http://{}", handle.clinikapi))
    };
    let dental = config::Source {
        user: DEMO_OPENDENTAL_USER.parse().ok(),
        priorities: [(Priority::Asap, "Same day"), (Priority::Urgent, "Urgent")]
            .map(|(priority, name)| (priority, vec![name.to_owned()]))
            .into(),
        ..source("dental", "opendental", "OD", format!("http://{}/api/v1", handle.opendental))
    };
    let hospital = source("hospital", "omniehr", "OM", format!("http://{}/api", handle.omniehr));
    let (name, password) = DEMO_OMNIEHR_LOGIN;
    Ok([
        (clinic, Credential::Key(known(&handle.key)?)),
        (
            dental,
            Credential::Pair {
                developer: known(&handle.developer_key)?,
                customer: known(&handle.customer_key)?,
            },
        ),
        (hospital, Credential::Login { name: name.to_owned(), password: known(password)? }),
    ])
}

/// Builds the world of another profile, from the configuration as it is now, with its writes in the same place.
fn switch(flags: Flags, path: PathBuf, place: Place) -> runtime::switch::Switch {
    Box::new(move |name| {
        let flags = Flags { profile: Some(name.to_owned()), ..flags.clone() };
        let (path, place) = (path.clone(), place.clone());
        Box::pin(async move {
            let told = |failure: Failure| failure.sentences.join(" ");
            let settings = settings::read(&flags).map_err(told)?;
            let mut world = wire::build(&settings, &flags).map_err(told)?;
            world.state.settings.problems.splice(0..0, settings.sentences());
            let vault = Arc::clone(&world.vault);
            let (mut state, actor) = opened(world, Some(path), &place, std::future::ready(()));
            state.keeping = Keeping::Reading;
            Ok(runtime::switch::World { state, actor, vault })
        })
    })
}

/// The state with its first view, and the hands for it, which take up what waits in this place behind the first frame,
/// once there is a `key` for it.
fn opened(
    world: World,
    save_views_in: Option<PathBuf>,
    place: &Place,
    key: impl Future<Output = ()> + Send + 'static,
) -> (State, Actor) {
    let mut state = world.state;
    if !state.worklist.views.is_empty() {
        views::show(&mut state, Some(0));
    }
    lasting::begin(&mut state);
    let journal = place.journal(&state.sources);
    let reading = place.load();
    let opening = Opening::new(async move {
        key.await;
        reading.await
    });
    (state, Actor::new(world.links, journal, save_views_in).opening(opening))
}

/// Reads the configuration again when the file has another time than before.
fn reload(flags: Flags, path: PathBuf) -> runtime::Reload {
    let saved_at = move |path: &Path| std::fs::metadata(path).and_then(|found| found.modified()).ok();
    let mut known = saved_at(&path);
    Box::new(move || {
        let now = saved_at(&path);
        if now == known {
            return None;
        }
        known = now;
        let settings = settings::read(&flags).ok()?;
        let mut configuration = wire::configuration(&settings.config, &flags);
        configuration.settings.problems.splice(0..0, settings.sentences());
        Some((configuration, theme::read(&flags, &settings).ok()?))
    })
}

/// What a run of the screen leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    /// Nothing: what is shown is a demo, or files.
    Nothing,
    /// Unsent work, and views in the configuration, where there is a home for them.
    Everything,
}

/// Takes the terminal until the user has had enough.
pub(super) async fn show(
    mut world: World,
    flags: &Flags,
    settings: &Settings,
    keeps: Keeps,
) -> Result<Outcome, Failure> {
    let theme = theme::read(flags, settings).or_else(|failure| {
        // A theme that is missing is no reason to keep somebody from work.
        world.state.settings.problems.extend(failure.sentences);
        let usual = Flags { theme: Some("ansi16".to_owned()), ..flags.clone() };
        theme::read(&usual, settings)
    })?;
    let edit_dir = flags.state_dir().ok().map(|directory| directory.join("edit"));
    if let Some(edit_dir) = &edit_dir
        && let Err(error) = private_dir(edit_dir)
    {
        complain(&format!("{}: {error}; $EDITOR cannot be used.", edit_dir.display()));
    }
    let (place, key) = match keeps {
        Keeps::Everything => {
            let (place, key) = kept::place_later(&world.store, &world.vault);
            resume::begin(&mut world.state);
            (place, key.boxed())
        }
        Keeps::Nothing => (Place::in_memory(), std::future::ready(()).boxed()),
    };
    let save_views_in = settings.file().filter(|_| keeps == Keeps::Everything).map(Path::to_owned);
    let around = Surroundings {
        reload: save_views_in.as_ref().map(|path| reload(flags.clone(), path.clone())),
        theme,
        terminal: TerminalOptions {
            mouse: settings.config.ui.mouse && !flags.no_mouse,
            focus: true,
            title: true,
        },
        frame_gap: if environment::is_ssh() { SSH_FRAME_GAP } else { FRAME_GAP },
        edit_dir,
        vault: Arc::clone(&world.vault),
        switch: save_views_in.as_ref().map(|path| switch(flags.clone(), path.clone(), place.clone())),
    };
    let (state, actor) = opened(world, save_views_in, &place, key);
    // The loop holds the whole state: too much for a stack of futures.
    Box::pin(runtime::run(state, actor, around))
        .await
        .map_err(|error| Failure::usage(format!("The terminal cannot be used: {error}.")))
}
