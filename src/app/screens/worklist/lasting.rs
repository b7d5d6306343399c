//! What of the worklist is found again at the next start: view, filter and the detail pane, for each profile.
//!
//! Must not write anything itself, nor trust what was written: an unknown view or a bad filter does no harm.

use super::{set_query, views};
use crate::app::{
    effect::Effect,
    kept::Change,
    state::{Keeping, State},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The state that lasts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Lasting {
    view: Option<String>,
    query: String,
    detail: Option<bool>,
    detail_width: Option<u16>,
}

fn name(state: &State) -> String {
    format!("worklist of {}", state.profile)
}

fn now(state: &State) -> String {
    let list = &state.worklist;
    let view = list.view.and_then(|place| list.views.get(place));
    let lasting = Lasting {
        view: view.map(|view| view.name.clone()),
        query: list.query_text.clone(),
        detail: list.detail,
        detail_width: list.detail_width,
    };
    serde_json::to_string(&lasting).unwrap_or_default()
}

/// Keeps the worklist as it stands, where it stands otherwise than it was last kept. Nothing is kept in memory only.
pub fn keep(state: &mut State) {
    if state.keeping != Keeping::OnDisk || state.worklist.filter.is_some() {
        return;
    }
    let now = now(state);
    if now != state.worklist.lasting {
        state.worklist.lasting.clone_from(&now);
        let change = Change::PutView { name: name(state), state: now };
        state.effects.push(Effect::Store(vec![change]));
    }
}

/// Remembers how the worklist stands before anybody has touched it.
pub fn begin(state: &mut State) {
    state.worklist.lasting = now(state);
}

/// Whether nobody has touched it since.
pub fn is_untouched(state: &State) -> bool {
    state.worklist.filter.is_none() && now(state) == state.worklist.lasting
}

/// Shows the worklist as it was left, if anything is known of that.
pub fn take_up(state: &mut State, kept: &BTreeMap<String, String>) {
    if let Some(text) = kept.get(&name(state))
        && let Ok(lasting) = serde_json::from_str::<Lasting>(text)
    {
        let view = lasting.view.as_ref();
        let place = view.and_then(|name| state.worklist.views.iter().position(|view| view.name == *name));
        if place.is_some() {
            views::show(state, place);
        } else {
            state.worklist.view = None;
            set_query(state, &lasting.query);
        }
        state.worklist.detail = lasting.detail;
        state.worklist.detail_width = lasting.detail_width;
    }
    state.worklist.lasting = now(state);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{geometry::Size, keys::Keymap, screens::worklist::View};
    use jiff::tz::TimeZone;

    fn state(views: &[(&str, &str)]) -> State {
        let size = Size { width: 80, height: 24 };
        let start = crate::domain::time::Timestamp::UNIX_EPOCH;
        let mut state = State::new(start, TimeZone::UTC, size, Keymap::default(), 1);
        state.keeping = Keeping::OnDisk;
        let view = |(name, query): &(&str, &str)| View {
            name: (*name).to_owned(),
            query: (*query).to_owned(),
            ..View::default()
        };
        state.worklist.views = views.iter().map(view).collect();
        state
    }

    fn kept(state: &mut State) -> BTreeMap<String, String> {
        state.effects.clear();
        keep(state);
        let changes = state.effects.drain(..).filter_map(|effect| match effect {
            Effect::Store(changes) => Some(changes),
            _ => None,
        });
        let views = changes.flatten().filter_map(|change| match change {
            Change::PutView { name, state } => Some((name, state)),
            _ => None,
        });
        views.collect()
    }

    #[test]
    fn the_list_is_found_as_it_was_left_and_kept_once() {
        let mut first = state(&[("Triage", "prio:stat"), ("Mine", "owner:me")]);
        views::show(&mut first, Some(1));
        first.worklist.detail = Some(true);
        let left = kept(&mut first);
        assert_eq!(left.len(), 1);
        assert!(kept(&mut first).is_empty(), "nothing has changed since");

        let mut second = state(&[("Mine", "owner:me status:open"), ("Triage", "prio:stat")]);
        take_up(&mut second, &left);
        assert_eq!((second.worklist.view, &*second.worklist.query_text), (Some(0), "owner:me status:open"));
        assert_eq!(second.worklist.detail, Some(true));
        assert!(kept(&mut second).is_empty(), "what was taken up is not kept again");

        set_query(&mut first, "pt:okafor sort:due");
        first.worklist.view = None;
        let left = kept(&mut first);
        let mut third = state(&[]);
        take_up(&mut third, &left);
        assert_eq!((third.worklist.view, &*third.worklist.query_text), (None, "pt:okafor sort:due"));
        "night".clone_into(&mut third.profile);
        take_up(&mut third, &BTreeMap::from([("worklist of night".into(), "no JSON".into())]));
        assert_eq!(third.worklist.query_text, "pt:okafor sort:due", "what cannot be read does no harm");
    }

    #[test]
    fn nothing_of_a_list_is_kept_where_nothing_lasts() {
        let mut state = state(&[]);
        set_query(&mut state, "pt:okafor");
        for keeping in [Keeping::Briefly, Keeping::InMemory("so".into())] {
            state.keeping = keeping;
            assert!(kept(&mut state).is_empty());
        }
    }
}
