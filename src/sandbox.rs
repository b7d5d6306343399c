//! The embedded sandbox: an invented hospital behind real HTTP on loopback. It imports nothing of the rest of the house.
//!
//! Everyone in it is synthetic. It listens on 127.0.0.1 only, one port for each system and one for control.

mod bare;
mod carry;
mod chance;
mod chaos;
mod clinikapi;
mod control;
mod damage;
mod hospital;
mod keep;
mod message;
mod omniehr;
mod opendental;
mod story;
mod system;
mod veil;
mod world;

#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use bare::{Answered, Asked, Bare};
pub use chaos::{Envelope, Fault, Faults, Planned, Shape};
pub use opendental::office::{ErrorForm, Office, OldStatus, Throttle, Version};

use carry::{Port, Shared};
use hospital::{Hospital, Recipe};
use system::System;

/// The clock, given from outside so that tests can own it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The demo plays this practitioner.
pub const DEMO_USER: &str = clinikapi::seed::ME;

/// The demo plays this user of Open Dental: the same person under the office's number.
pub const DEMO_OPENDENTAL_USER: &str = opendental::seed::ME;

/// The address and password that the demo signs in to `OmniEHR` with.
pub const DEMO_OMNIEHR_LOGIN: (&str, &str) = omniehr::DEMO_LOGIN;

/// How far from the base the control port lies; the ports between belong to the systems.
const CONTROL_OFFSET: u16 = 9;

/// How long a shutdown waits for answers that are under way.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(2);

/// How the sandbox is to be.
pub struct Options {
    /// `ClinikAPI`'s port; the other systems follow, control lies nine above. Without it, or with 0, free ports are taken.
    pub port_base: Option<u16>,
    /// The same seed gives the same world.
    pub seed: u64,
    /// How many tasks each system has; the special ones are always there.
    pub tasks: usize,
    /// Each answer waits this long.
    pub latency_ms: u64,
    /// The fault switches at the start.
    pub fail: Faults,
    /// Where the store is kept between runs.
    pub state_file: Option<PathBuf>,
    /// Whether colleagues play along.
    pub live: bool,
    /// How fast they play; 2 is twice as fast.
    pub speed: f64,
    /// The moment that the world's times are relative to.
    pub now: Timestamp,
    /// The zone of the office, for the system that writes times without one.
    pub zone: TimeZone,
    /// The clock that the servers read.
    pub clock: Clock,
}

impl Options {
    /// The usual sandbox: free ports, 250 tasks, no faults, this machine's zone.
    pub fn new(clock: Clock) -> Options {
        Options {
            port_base: None,
            seed: 1,
            tasks: 250,
            latency_ms: 0,
            fail: Faults::default(),
            state_file: None,
            live: false,
            speed: 1.0,
            now: clock(),
            zone: TimeZone::try_system().unwrap_or(TimeZone::UTC),
            clock,
        }
    }
}

/// A running sandbox; dropping it stops the servers.
pub struct Handle {
    /// Where `ClinikAPI` answers.
    pub clinikapi: SocketAddr,
    /// Where Open Dental answers; its API is below `/api/v1`.
    pub opendental: SocketAddr,
    /// Where `OmniEHR` answers.
    pub omniehr: SocketAddr,
    /// Where the control port answers.
    pub control: SocketAddr,
    /// A key that may read and write.
    pub key: String,
    /// A key that may only read.
    pub read_key: String,
    /// Open Dental's key of the application.
    pub developer_key: String,
    /// Open Dental's key of the office.
    pub customer_key: String,
    shared: Arc<Shared>,
    state_file: Option<PathBuf>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<io::Result<()>>,
    story: JoinSet<()>,
}

/// Starts the sandbox and returns when it listens.
///
/// # Errors
/// A port is taken, or the state file cannot be read.
pub async fn start(options: Options) -> io::Result<Handle> {
    let faults = Faults { latency_ms: options.latency_ms.max(options.fail.latency_ms), ..options.fail };
    let recipe =
        Recipe { seed: options.seed, tasks: options.tasks, now: options.now, zone: options.zone, faults };
    let mut hospital = Hospital::new(recipe).map_err(io::Error::other)?;
    if let Some(path) = &options.state_file
        && let Some(saved) = keep::load(path)?
    {
        hospital.restore(saved);
    }

    let mut ports = vec![(Port::Control, listen(options.port_base, CONTROL_OFFSET).await?)];
    for system in System::ALL {
        ports.push((Port::System(system), listen(options.port_base, system.offset()).await?));
    }
    let address = |wanted: Port| {
        let found = ports.iter().find(|(port, _)| *port == wanted);
        found.map_or(Err(io::ErrorKind::NotFound.into()), |(_, listener)| listener.local_addr())
    };
    let shared = Arc::new(Shared::new(hospital, options.clock));
    let stop = watch::Sender::new(false);
    let mut handle = Handle {
        clinikapi: address(Port::System(System::Clinikapi))?,
        opendental: address(Port::System(System::Opendental))?,
        omniehr: address(Port::System(System::Omniehr))?,
        control: address(Port::Control)?,
        key: clinikapi::WRITE_KEY.into(),
        read_key: clinikapi::READ_KEY.into(),
        developer_key: opendental::DEVELOPER_KEY.into(),
        customer_key: opendental::CUSTOMER_KEY.into(),
        shared: Arc::clone(&shared),
        state_file: options.state_file,
        stop,
        tasks: JoinSet::new(),
        story: JoinSet::new(),
    };
    for (port, listener) in ports {
        let mut stopped = handle.stop.subscribe();
        let stopped = async move { drop(stopped.wait_for(|stop| *stop).await) };
        handle.tasks.spawn(carry::serve(listener, port, Arc::clone(&shared), stopped));
    }
    if let Some(path) = handle.state_file.clone() {
        handle.tasks.spawn(keep_saving(path, Arc::clone(&shared), handle.stop.subscribe()));
    }
    if options.live {
        let story = story::Story::read().map_err(io::Error::other)?;
        handle.story.spawn(story.play(shared, options.speed));
    }
    Ok(handle)
}

impl Handle {
    /// The one line of JSON that says where everything is.
    pub fn ready_line(&self) -> String {
        let url = |address: SocketAddr| format!("http://{address}");
        let mut line = Map::new();
        line.insert("ready".into(), json!(true));
        for system in System::ALL {
            let door = self.shared.hospital().face(system).door(&url(self.address(system)));
            line.insert(system.name().into(), door);
        }
        line.insert("control".into(), json!(url(self.control)));
        Value::Object(line).to_string()
    }

    fn address(&self, system: System) -> SocketAddr {
        match system {
            System::Clinikapi => self.clinikapi,
            System::Opendental => self.opendental,
            System::Omniehr => self.omniehr,
        }
    }

    /// Ends the servers: answers under way are finished, then the store is written a last time.
    ///
    /// # Errors
    /// The state file cannot be written.
    pub async fn shutdown(mut self) -> io::Result<()> {
        self.story.shutdown().await;
        for system in System::ALL {
            self.shared.hospital().face_mut(system).faults_mut().stall = false;
        }
        self.shared.switched.send_replace(());
        self.stop.send_replace(true);
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(SHUTDOWN_PATIENCE, finished).await.is_err() {
            self.tasks.shutdown().await;
        }
        match &self.state_file {
            Some(path) => keep::save(path, &self.shared.hospital().saved()),
            None => Ok(()),
        }
    }
}

async fn listen(base: Option<u16>, offset: u16) -> io::Result<TcpListener> {
    let port = match base {
        None | Some(0) => 0,
        Some(base) => base.checked_add(offset).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("The ports from {base} on go past 65535."))
        })?,
    };
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Writes the store after each change, until told to stop and never in the middle of a write.
///
/// A write that fails is tried again with the next change and at the end.
async fn keep_saving(path: PathBuf, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) -> io::Result<()> {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
            () = shared.dirty.notified() => {}
        }
        let (path, saved) = (path.clone(), shared.hospital().saved());
        let _ = tokio::task::spawn_blocking(move || keep::save(&path, &saved)).await;
    }
}
