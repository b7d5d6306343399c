//! From configuration and flags to a world: the state with its sources, and a line to each of them.
//!
//! Must not read a key or open a connection: that happens at the first question.

use super::{environment, exit::Failure, flags::Flags, settings::Settings};
use crate::{
    app::{
        State,
        geometry::Size,
        keys::{Binding, Keymap},
        msg::Configuration,
        screens::worklist::View,
        source::Source,
        state,
    },
    config::{self, Config, Selection},
    domain::query,
    providers::{PROVIDERS, SourceProfile},
    runtime::{
        clock,
        http::{Origin, OriginOptions},
        link::{Credential, Link},
        vault::{CredentialSource, Vault},
    },
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// All that a command needs: the state, and a line to each source in the order of their ids.
#[derive(Debug)]
pub(super) struct World {
    /// The state.
    pub(super) state: State,
    /// The lines.
    pub(super) links: Vec<Arc<Link>>,
    /// Keeps keys out of children's environments.
    pub(super) vault: Arc<Vault>,
}

/// A world without any source.
pub(super) fn empty(config: &Config, flags: &Flags) -> World {
    let Configuration { views, keymap, settings } = configuration(config, flags);
    let bytes = uuid::Uuid::now_v7().as_u64_pair();
    let size = Size { width: 80, height: 24 };
    let mut state = State::new(clock::now(), clock::zone(), size, keymap, bytes.0 ^ bytes.1);
    state.settings = settings;
    state.worklist.views = views;
    World { state, links: Vec::new(), vault: Arc::new(Vault::new([])) }
}

/// What the configuration says of the screen.
pub(super) fn configuration(config: &Config, flags: &Flags) -> Configuration {
    let (keymap, problems) = keymap(config);
    let settings = state::Settings {
        read_only: flags.read_only,
        bell: config.notify.bell.as_deref().map(|line| query::parse(line).query),
        whole_row_selection: match config.ui.selection {
            Some(selection) => selection == Selection::Bar,
            None => !environment::is_ssh(),
        },
        problems,
        proxy: None,
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
    let credentials: Vec<CredentialSource> =
        sources.iter().map(|source| credential(&source.credential, beside)).collect();
    // The keys of the other profiles' sources stay unseen by children, too.
    let all: Vec<CredentialSource> =
        config.sources.iter().map(|source| credential(&source.credential, beside)).collect();
    world.vault = Arc::new(Vault::new(&all));
    for (source, credential) in sources.into_iter().zip(credentials) {
        if let Err(sentence) = add(&mut world, source, credential.into(), flags, beside) {
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
    let options = OriginOptions {
        ca_file: source.ca_file.as_deref().map(|file| path(file, beside)),
        allow_plain_http: source.allow_plain_http,
        ..OriginOptions::default()
    };
    let origin = Origin::new(&source.url, options).map_err(|error| error.to_string())?;
    if let Some(proxy) = origin.proxy_in_use() {
        world.state.settings.proxy = Some(proxy.to_owned());
    }
    let id = crate::domain::task::SourceId(world.state.sources.len() as u16);
    let provider = make(SourceProfile {
        source: id,
        me: source.me.clone(),
        read_only: source.read_only || flags.read_only,
        allow_delete: source.allow_delete,
        is_local: origin.is_local(),
        ..SourceProfile::default()
    });
    world.state.add_source(|id| Source {
        url: source.url.clone(),
        me: source.me.clone(),
        poll_s: source.poll_s,
        ..Source::new(id, &source.name, &source.tag, provider.can())
    });
    let vault = Arc::clone(&world.vault);
    world.links.push(Arc::new(Link::new(provider, origin, credential, vault)));
    Ok(())
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

fn credential(credential: &config::Credential, beside: &Path) -> CredentialSource {
    match credential {
        config::Credential::Command(words) => CredentialSource::Command(words.clone()),
        config::Credential::Environment(name) => CredentialSource::Environment(name.clone()),
        config::Credential::File(file) => CredentialSource::File(path(file, beside)),
    }
}

/// A path of the configuration: `~/` is the home, a relative one starts beside the file.
fn path(text: &str, beside: &Path) -> PathBuf {
    match (text.strip_prefix("~/"), environment::home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => beside.join(text),
    }
}
