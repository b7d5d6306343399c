//! Going to another profile: other sources, in the same run.
//!
//! Must not leave a write behind whose end nobody would see.

use super::{
    effect::Effect,
    layers::pick,
    outbox::IntentState,
    state::{Keeping, State},
};

/// Asks which profile, where there is another one.
pub fn choose(state: &mut State) {
    let others = state.profiles.iter().filter(|name| **name != state.profile).count();
    if others == 0 {
        return state.say("The configuration has no other profile.");
    }
    pick::open_profiles(state);
}

/// How many writes keep this profile: those under way and those held back; all, where they are in memory only. What waits
/// on the disk waits for every profile that has its source.
pub fn must_stay(state: &State) -> usize {
    let keeps = |state: &IntentState| {
        matches!(
            state,
            IntentState::Saving
                | IntentState::Held { .. }
                | IntentState::Sending(_)
                | IntentState::Looking(..)
        )
    };
    let is_on_disk = state.keeping == Keeping::OnDisk;
    state.outbox.intents().iter().filter(|intent| !is_on_disk || keeps(&intent.state)).count()
}

/// Goes to a profile by its name, unless a write keeps this one.
pub fn switch(state: &mut State, name: &str) {
    if name == state.profile {
        return state.say(&format!("This is the profile {name}."));
    }
    if !state.profiles.iter().any(|known| known == name) {
        let names = state.profiles.join(", ");
        return state.warn(&format!("There is no profile {name}; the configuration has: {names}."));
    }
    if state.keeping == Keeping::Reading {
        return state.say("What was kept is still being read: the profile stays until then.");
    }
    let unsettled = must_stay(state);
    if unsettled > 0 {
        let (what, it) = if unsettled == 1 { ("write is", "it") } else { ("writes are", "them") };
        let line =
            format!("{unsettled} {what} not settled yet: nobody would watch over {it} from another profile.");
        return state.warn(&line);
    }
    state.say(&format!("Going to the profile {name}."));
    state.effects.push(Effect::SwitchProfile(name.to_owned()));
}
