//! The hands: everything that touches a clock, a socket, a file or the terminal, and the loop that joins them.
//!
//! Must not decide anything about tasks: it carries out what `app` wants and reports what happened.

pub mod actor;
pub mod clock;
pub mod extern_edit;
pub mod file;
pub mod files;
pub mod http;
pub mod input;
pub mod journal;
pub mod link;
pub mod log;
pub mod pace;
pub mod signals;
pub mod store;
pub mod switch;
pub mod terminal;
pub mod timers;
pub mod vault;

use crate::app::{
    Effect, Msg, State,
    geometry::Size,
    msg::{Configuration, Mouse, TimerId},
    update,
};
use crate::ui::{self, theme::Theme};
use actor::Actor;
use input::{Input, InputStream};
use signals::{Signal, Signals};
use std::{io, path::PathBuf, sync::Arc, time::Duration};
use switch::{Switch, switch};
use terminal::{Screen, TerminalOptions};
use vault::Vault;

/// How the program looks and where it may leave files for a moment.
pub struct Surroundings {
    /// Roles to styles.
    pub theme: Theme,
    /// What is asked of the terminal.
    pub terminal: TerminalOptions,
    /// The least time between two frames: longer over a slow line.
    pub frame_gap: Duration,
    /// Where a text lies while the user's editor has it; none without a home.
    pub edit_dir: Option<PathBuf>,
    /// Keeps keys out of the editor's environment.
    pub vault: Arc<Vault>,
    /// Reads the configuration again when it was saved anew.
    pub reload: Option<Reload>,
    /// Goes to another profile.
    pub switch: Option<Switch>,
}

/// Gives what the configuration says of the screen when it was saved since it was last asked.
pub type Reload = Box<dyn FnMut() -> Option<(Configuration, Theme)>>;

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The user or the system ended it.
    Quit,
    /// The user asked for the demo on the first-run screen.
    Demo,
}

/// What woke the loop.
enum Woken {
    Input(Input),
    Signal(Signal),
    Msg(Box<Msg>),
    Timer,
    Frame,
}

/// Shows the program on the terminal until it ends.
///
/// The first frame is drawn before anything is asked of any source. All input that waits is taken before one frame
/// is drawn, and a frame is drawn only when something that is shown has changed.
pub async fn run(mut state: State, mut actor: Actor, mut around: Surroundings) -> io::Result<Outcome> {
    let mut signals = Signals::listen()?;
    let mut screen = Screen::take(around.terminal)?;
    let (width, height) = screen.size()?;
    state.size = Size { width, height };
    draw(&mut screen, &mut state, &around.theme)?;
    let mut drawn_at = clock::monotonic();
    state.changed = false;

    let mut input = InputStream::open()?;
    actor.start();
    let mut outcome = Outcome::Quit;
    while !state.quitting {
        let wait = actor.timers.wait(clock::now());
        let until_frame = state.changed.then(|| around.frame_gap.saturating_sub(drawn_at.elapsed()));
        let woken = tokio::select! {
            biased;
            signal = signals.next() => Woken::Signal(signal),
            waiting = input.next() => Woken::Input(waiting),
            msg = actor.next() => Woken::Msg(Box::new(msg)),
            () = sleep(wait) => Woken::Timer,
            () = sleep(until_frame) => Woken::Frame,
        };
        let (mut terminal_effects, mut is_gone) = (Vec::new(), false);
        let mut tell = |state: &mut State, actor: &mut Actor, msg: Msg| {
            for effect in update(state, clock::now(), msg) {
                terminal_effects.extend(actor.act(effect));
            }
        };
        match woken {
            // Nothing can be shown any more; what was typed is kept all the same.
            Woken::Input(Input::HungUp) | Woken::Signal(Signal::HangUp) => {
                tell(&mut state, &mut actor, Msg::Terminate);
                break;
            }
            Woken::Input(first) => {
                tell(&mut state, &mut actor, message(first));
                // Keys that wait are taken before anything is drawn; work in slices waits behind them.
                while let Some(next) = input.next_waiting() {
                    is_gone = next == Input::HungUp;
                    tell(&mut state, &mut actor, message(next));
                }
                if is_gone {
                    break;
                }
            }
            Woken::Signal(Signal::Terminate | Signal::Interrupt) => {
                tell(&mut state, &mut actor, Msg::Terminate);
            }
            Woken::Signal(Signal::Suspend) => terminal_effects.push(Effect::Suspend),
            Woken::Signal(Signal::Continue) => terminal_effects.push(Effect::Redraw),
            Woken::Msg(first) => {
                tell(&mut state, &mut actor, *first);
                // One slice of a scan at a time: a key that arrives meanwhile goes first.
                while let Some(msg) = actor.next_waiting() {
                    let slice = matches!(msg, Msg::GoOn(_));
                    tell(&mut state, &mut actor, msg);
                    if slice {
                        break;
                    }
                }
            }
            Woken::Timer => {
                for msg in actor.due() {
                    tell(&mut state, &mut actor, msg);
                }
                // The clock's own timer comes by every few seconds: no watch over the file is needed.
                if let Some((configuration, theme)) = around.reload.as_mut().and_then(|reload| reload()) {
                    around.theme = theme;
                    tell(&mut state, &mut actor, Msg::Configured(Box::new(configuration)));
                }
            }
            Woken::Frame => {}
        }
        for effect in terminal_effects {
            match effect {
                Effect::Suspend => {
                    if !screen.suspend()? {
                        state.say("There is no shell that could bring the program back.");
                    }
                    signals.forget_job_control();
                    // What is shown may be as old as the stop was long.
                    actor.post(Msg::Timer(TimerId::Clock));
                    resize(&mut state, &mut actor, &screen)?;
                }
                effect @ (Effect::EditExternally(_) | Effect::EditDocument { .. }) => {
                    let (text, line) = match effect {
                        Effect::EditDocument { text, line } => (text, line),
                        Effect::EditExternally(text) => (text, 1),
                        _ => continue,
                    };
                    let edited = extern_edit::edit(
                        &text,
                        ("md", line),
                        around.edit_dir.as_deref(),
                        &around.vault,
                        &mut screen,
                        &mut input,
                    );
                    signals.forget_job_control();
                    actor.post(Msg::Edited(
                        edited.map_err(|error| format!("The editor could not be run: {error}.")),
                    ));
                    resize(&mut state, &mut actor, &screen)?;
                }
                Effect::SwitchProfile(name) => {
                    let (make, vault) = (around.switch.as_mut(), &mut around.vault);
                    if switch(&mut state, &mut actor, vault, make, &name).await {
                        actor.start();
                    }
                }
                Effect::StartDemo => {
                    outcome = Outcome::Demo;
                    state.quitting = true;
                }
                simple => on_screen(simple, &mut state, &actor, &mut screen)?,
            }
        }
        if state.changed && drawn_at.elapsed() >= around.frame_gap && !state.quitting {
            draw(&mut screen, &mut state, &around.theme)?;
            drawn_at = clock::monotonic();
            state.changed = false;
        }
    }
    Ok(outcome)
}

/// Draws a frame, and keeps how far scrolling goes on it.
fn draw(screen: &mut Screen, state: &mut State, theme: &Theme) -> io::Result<()> {
    let mut last_page = state.last_page;
    screen.draw(|frame| last_page = ui::draw(state, theme, frame))?;
    state.last_page = last_page;
    Ok(())
}

/// Does an effect that only the terminal can do.
fn on_screen(effect: Effect, state: &mut State, actor: &Actor, screen: &mut Screen) -> io::Result<()> {
    match effect {
        Effect::Bell => screen.bell(),
        Effect::Title(text) => screen.title(&text),
        Effect::Copy(what, text) => {
            let copied = screen.copy(&text)?;
            let outcome = if copied { Ok(what) } else { Err("it is longer than terminals take.".to_owned()) };
            actor.post(Msg::Copied(outcome));
            Ok(())
        }
        Effect::Redraw => {
            state.touch();
            screen.forget()
        }
        _ => Ok(()),
    }
}

fn resize(state: &mut State, actor: &mut Actor, screen: &Screen) -> io::Result<()> {
    let (width, height) = screen.size()?;
    for effect in update(state, clock::now(), Msg::Resize(Size { width, height })) {
        actor.act(effect);
    }
    Ok(())
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

fn message(input: Input) -> Msg {
    match input {
        Input::Key(chord) => Msg::Key(chord),
        Input::Paste(text) => Msg::Paste(text),
        Input::Press { column, row } => Msg::Mouse(Mouse::Press { column, row }),
        Input::Drag { column, row } => Msg::Mouse(Mouse::Drag { column, row }),
        Input::Wheel { lines, column, row } => Msg::Mouse(Mouse::Wheel { lines, column, row }),
        Input::Resize { width, height } => Msg::Resize(Size { width, height }),
        Input::Focus(focused) => Msg::Focus(focused),
        Input::HungUp => Msg::Terminate,
    }
}
