//! From configuration and flags to a world: the state with its sources, and a line to each of them.
//!
//! Must not read a key or open a connection: that happens at the first question.

use super::{
    drive::Desk, environment, exit::Failure, flags::Flags, kept, open, settings::Settings, templates,
};
use crate::{
    app::{
        State,
        geometry::Size,
        keys::{Binding, Keymap},
        msg::Configuration,
        screens::worklist::View,
        source::{Badge, Source},
        state,
    },
    config::{self, Config, SecretPlace, Selection},
    domain::{query, task::SourceId},
    providers::{PROVIDERS, SourceProfile},
    runtime::{
        clock,
        http::{Origin, OriginOptions, Timeouts},
        link::{Credential, Link},
        vault::{CredentialSource, Vault},
    },
};
use jiff::civil::Date;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// How long Open Dental's answer may take to begin.
const OPENDENTAL_FIRST_BYTE: Duration = Duration::from_secs(75);

/// All that a command needs: the state, and a line to each source in the order of their ids.
#[derive(Debug)]
pub(super) struct World {
    /// The state.
    pub(super) state: State,
    /// The lines.
    pub(super) links: Vec<Arc<Link>>,
    /// Keeps keys out of children's environments.
    pub(super) vault: Arc<Vault>,
    /// Where it keeps what is not sent.
    pub(super) store: kept::Site,
    /// The outbox of a command, once it has written something.
    pub(super) desk: Option<Desk>,
}

/// A world without any source.
pub(super) fn empty(config: &Config, flags: &Flags) -> World {
    let Configuration { views, keymap, settings } = configuration(config, flags);
    let bytes = uuid::Uuid::now_v7().as_u64_pair();
    let size = Size { width: 80, height: 24 };
    let mut state = State::new(clock::now(), clock::zone(), size, keymap, bytes.0 ^ bytes.1);
    state.settings = settings;
    state.worklist.views = views;
    let (vault, store) = (Arc::new(Vault::new([])), kept::Site::of(flags, config));
    World { state, links: Vec::new(), vault, store, desk: None }
}

/// What the configuration says of the screen.
pub(super) fn configuration(config: &Config, flags: &Flags) -> Configuration {
    let (keymap, mut problems) = keymap(config);
    let (templates, flaws) = templates::read(flags);
    problems.extend(flaws);
    let settings = state::Settings {
        read_only: flags.read_only,
        undo_window_s: config.ui.undo_window_s,
        bell: config.notify.bell.as_deref().map(|line| query::parse(line).query),
        whole_row_selection: match config.ui.selection {
            Some(selection) => selection == Selection::Bar,
            None => !environment::is_ssh(),
        },
        problems,
        proxy: None,
        templates,
    };
    let columns = |view: &config::View| {
        if view.columns.is_empty() { config.ui.columns.clone() } else { view.columns.clone() }
    };
    let views = config.views.iter().map(|view| View {
        key: view.key.map(|key| key.to_string()).unwrap_or_default(),
        name: view.name.clone(),
        query: view.query.clone(),
        columns: columns(view),
    });
    Configuration { views: views.collect(), keymap, settings }
}

/// The world of a profile. Sources that cannot be used are left out and told among the problems.
pub(super) fn build(settings: &Settings, flags: &Flags) -> Result<World, Failure> {
    let config = &settings.config;
    let sources = config.profile(flags.profile.as_deref()).map_err(Failure::usage)?;
    let mut world = empty(config, flags);
    let beside = settings.path.parent().unwrap_or(Path::new(""));
    // The keys of the other profiles' sources stay unseen by children, too.
    let all: Vec<Credential> =
        config.sources.iter().map(|source| credential(&source.credential, beside)).collect();
    world.state.profiles = config.profiles.iter().map(|profile| profile.name.clone()).collect();
    let profile = flags.profile.as_deref().unwrap_or(config::DEFAULT_PROFILE);
    world.state.profile =
        world.state.profiles.iter().find(|name| *name == profile).cloned().unwrap_or_default();
    world.vault = Arc::new(Vault::new(all.iter().flat_map(Credential::sources)));
    for source in sources {
        let credential = credential(&source.credential, beside);
        if let Err(sentence) = add(&mut world, source, credential, flags, beside) {
            world.state.settings.problems.push(format!("{}: {sentence}", source.name));
        }
    }
    Ok(world)
}

/// Adds a source to a world; the error is a sentence.
pub(super) fn add(
    world: &mut World,
    source: &config::Source,
    credential: Credential,
    flags: &Flags,
    beside: &Path,
) -> Result<(), String> {
    let Some((_, make)) = PROVIDERS.iter().find(|(kind, _)| *kind == source.kind) else {
        return Err(format!("Sources of kind {} are not in this version.", source.kind));
    };
    let profile = SourceProfile {
        source: SourceId(world.state.sources.len() as u16),
        me: source.me.clone(),
        read_only: source.read_only || flags.read_only,
        allow_delete: source.allow_delete,
        user: source.user,
        created_since: (source.kind == "opendental").then(|| created_since(source)),
        priorities: source.priorities.clone(),
        due_from: source.due_from,
        // An office writes its times without a zone: unless another was told, it is this machine's.
        zone: source.zone.clone().or_else(|| (source.kind == "opendental").then(clock::zone)),
        is_local: false,
    };
    let badge = source.badge.map(|badge| match badge {
        config::Badge::Live => Badge::Live,
        config::Badge::Test => Badge::Test,
        config::Badge::Synthetic => Badge::Synthetic,
    });
    if source.kind == "ndjson" {
        let files = source.files.iter().map(|file| path(file, beside)).collect();
        open::add(world, (&source.name, &source.tag), profile, files, badge);
        return Ok(());
    }
    let file = |name: &Option<String>| name.as_deref().map(|name| path(name, beside));
    let options = OriginOptions {
        ca_file: file(&source.ca_file),
        client_cert_file: file(&source.client_cert_file),
        client_key_file: file(&source.client_key_file),
        allow_plain_http: source.allow_plain_http,
        timeouts: timeouts(source.kind),
        ..OriginOptions::default()
    };
    let origin = Origin::new(&source.url, options).map_err(|error| error.to_string())?;
    if let Some(proxy) = origin.proxy_in_use() {
        world.state.settings.proxy = Some(proxy.to_owned());
    }
    let provider = make(SourceProfile { is_local: origin.is_near(), ..profile });
    world.state.add_source(|id| Source {
        url: source.url.clone(),
        me: source.me.clone(),
        poll_s: source.poll_s,
        ..Source::new(id, &source.name, &source.tag, provider.can())
    });
    let vault = Arc::clone(&world.vault);
    world.links.push(Arc::new(Link::new(provider, origin, credential, vault).with_badge(badge)));
    Ok(())
}

/// How long a system may take. Open Dental holds requests back and gives up by itself after a minute (contract
/// opendental §1), so its answer is waited for a little longer.
fn timeouts(kind: &str) -> Timeouts {
    let usual = Timeouts::default();
    match kind {
        "opendental" => Timeouts { first_byte: OPENDENTAL_FIRST_BYTE, ..usual },
        _ => usual,
    }
}

/// The first day whose tasks are asked for.
fn created_since(source: &config::Source) -> Date {
    let zone = source.zone.clone().unwrap_or_else(clock::zone);
    let today = clock::now().to_zoned(zone).date();
    today.saturating_sub(source.history.0)
}

/// The keymap with the user's lines over the preset, and what is wrong with them.
pub(super) fn keymap(config: &Config) -> (Keymap, Vec<String>) {
    let mut keymap = Keymap::preset(&config.ui.preset).unwrap_or_default();
    let bindings: Vec<Binding> = config
        .keys
        .iter()
        .map(|line| Binding {
            context: line.context.clone(),
            keys: line.keys.clone(),
            action: line.action.clone(),
            line: line.line,
            column: line.column,
        })
        .collect();
    let problems = keymap.patch(&bindings);
    (keymap, problems.iter().map(|problem| format!("keys: {problem}")).collect())
}

fn credential(credential: &config::Credential, beside: &Path) -> Credential {
    let place = |place: &SecretPlace| match place {
        SecretPlace::Command(words) => CredentialSource::Command(words.clone()),
        SecretPlace::Environment(name) => CredentialSource::Environment(name.clone()),
        SecretPlace::File(file) => CredentialSource::File(path(file, beside)),
    };
    match credential {
        config::Credential::Nothing => Credential::Nothing,
        config::Credential::Key(key) => Credential::Key(place(key)),
        config::Credential::Pair { developer, customer } => {
            Credential::Pair { developer: place(developer), customer: place(customer) }
        }
        config::Credential::Login { name, password } => {
            Credential::Login { name: name.clone(), password: place(password) }
        }
    }
}

/// A path of the configuration: `~/` is the home, a relative one starts beside the file.
fn path(text: &str, beside: &Path) -> PathBuf {
    match (text.strip_prefix("~/"), environment::home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => beside.join(text),
    }
}
