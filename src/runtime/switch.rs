//! Going to another profile in the same process: its world takes the place of the present one, on the same screen.
//!
//! Must not leave a write behind: what is under way, or kept in memory only, keeps the present world.

use super::{actor::Actor, vault::Vault};
use crate::app::{State, profiles, screens::worklist};
use futures_util::future::LocalBoxFuture;
use std::{mem::take, sync::Arc};

/// The world of a profile: its state with its sources, and the hands for it.
pub struct World {
    /// The state, nothing asked yet.
    pub state: State,
    /// Lines, timers and kept writes.
    pub actor: Actor,
    /// Keeps keys out of the editor's environment.
    pub vault: Arc<Vault>,
}

/// Builds the world of a profile by its name; the error is a sentence.
pub type Switch = Box<dyn FnMut(&str) -> LocalBoxFuture<'static, Result<World, String>>>;

/// Puts the world of a profile in place of the present one. What was typed stays, and so does the size.
pub(super) async fn switch(
    state: &mut State,
    actor: &mut Actor,
    vault: &mut Arc<Vault>,
    make: Option<&mut Switch>,
    name: &str,
) -> bool {
    let Some(make) = make else {
        state.warn("There are no other profiles here.");
        return false;
    };
    let unsettled = profiles::must_stay(state);
    if unsettled > 0 {
        let changes = if unsettled == 1 { "1 change is" } else { &format!("{unsettled} changes are") };
        state.warn(&format!("{changes} not settled yet: the profile stays until the source has answered."));
        return false;
    }
    let world = match make(name).await {
        Ok(world) => world,
        Err(sentence) => {
            state.warn(&sentence);
            return false;
        }
    };
    let mut before = std::mem::replace(state, world.state);
    (*actor, *vault) = (world.actor, world.vault);
    state.size = before.size;
    state.worklist.history = take(&mut before.worklist.history);
    state.worklist.view = before.worklist.view.filter(|view| *view < state.worklist.views.len());
    worklist::set_query(state, &before.worklist.query_text);
    state.worklist.filter = before.worklist.filter;
    // What was typed stays, whatever was kept of the list of this profile.
    state.worklist.lasting.clear();
    state.touch();
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::{geometry::Size, keys::Keymap},
        domain::time::Timestamp,
        runtime::journal::MemoryJournal,
    };
    use jiff::tz::TimeZone;

    fn state(profile: &str, width: u16) -> State {
        let size = Size { width, height: 24 };
        let mut state =
            State::new(Timestamp::UNIX_EPOCH, TimeZone::UTC, size, Keymap::preset("default").unwrap(), 1);
        profile.clone_into(&mut state.profile);
        state
    }

    fn actor() -> Actor {
        Actor::new(Vec::new(), Box::new(MemoryJournal::default()), None)
    }

    fn maker() -> Switch {
        Box::new(|name| {
            let world = match name {
                "night" => {
                    let vault = Arc::new(Vault::new([]));
                    Ok(World { state: state(name, 80), actor: actor(), vault })
                }
                _ => Err(format!("There is no profile {name}.")),
            };
            Box::pin(std::future::ready(world))
        })
    }

    #[tokio::test]
    async fn another_profile_takes_the_screen_over_and_what_was_typed_stays() {
        let (mut here, mut hands, mut vault) = (state("day", 120), actor(), Arc::new(Vault::new([])));
        worklist::set_query(&mut here, "prio:stat");
        let mut make = maker();
        assert!(!switch(&mut here, &mut hands, &mut vault, Some(&mut make), "nihgt").await);
        assert_eq!(
            (&*here.profile, here.toast.as_ref().map(|toast| &*toast.text)),
            ("day", Some("There is no profile nihgt."))
        );
        assert!(!switch(&mut here, &mut hands, &mut vault, None, "night").await);
        assert!(switch(&mut here, &mut hands, &mut vault, Some(&mut make), "night").await);
        assert_eq!(
            (&*here.profile, &*here.worklist.query_text, here.size.width),
            ("night", "prio:stat", 120)
        );
        assert!(here.changed);
    }
}
