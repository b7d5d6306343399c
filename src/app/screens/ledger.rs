//! The cursor of a screen that lists entries and shows the selected one beneath.
//!
//! Must not hold on to a row number across a change: the cursor belongs to an entry.

use crate::app::action::Action;

/// Where the user is in a list.
#[derive(Clone, Debug)]
pub struct Ledger<K> {
    /// The entry under the cursor; none before the first key.
    on: Option<K>,
    /// Where it stood, for when it is gone.
    place: usize,
    /// Whether the keys scroll the detail.
    pub in_detail: bool,
    /// The first line of the detail on the screen.
    pub scroll: u16,
}

impl<K> Default for Ledger<K> {
    fn default() -> Ledger<K> {
        Ledger { on: None, place: 0, in_detail: false, scroll: 0 }
    }
}

impl<K: PartialEq + Clone> Ledger<K> {
    /// The cursor's place among these entries: that of its entry, or where that stood.
    pub fn place(&self, keys: &[K]) -> usize {
        let there = self.on.as_ref().and_then(|on| keys.iter().position(|key| key == on));
        there.unwrap_or(self.place).min(keys.len().saturating_sub(1))
    }

    /// Puts the cursor on a place.
    pub fn go(&mut self, place: usize, keys: &[K]) {
        self.place = place.min(keys.len().saturating_sub(1));
        self.on = keys.get(self.place).cloned();
        self.scroll = 0;
    }

    /// Moves the cursor or the detail; whether the action was about that.
    ///
    /// The detail scrolls no further than to `last`, the first line of its last page.
    pub fn act(&mut self, action: Action, keys: &[K], page: usize, last: u16) -> bool {
        if self.in_detail {
            let page = u16::try_from(page).unwrap_or(u16::MAX);
            let scroll = self.scroll.min(last);
            let scroll = match action {
                Action::MoveDown => scroll.saturating_add(1),
                Action::MoveUp => scroll.saturating_sub(1),
                Action::MovePageDown => scroll.saturating_add(page),
                Action::MovePageUp => scroll.saturating_sub(page),
                Action::MoveTop => 0,
                Action::MoveBottom => last,
                Action::PaneNext | Action::PaneClose => {
                    self.in_detail = false;
                    scroll
                }
                _ => return false,
            };
            self.scroll = scroll.min(last);
            return true;
        }
        let place = self.place(keys);
        let next = match action {
            Action::MoveDown => place + 1,
            Action::MoveUp => place.saturating_sub(1),
            Action::MoveTop => 0,
            Action::MoveBottom => usize::MAX,
            Action::MovePageDown => place.saturating_add(page),
            Action::MovePageUp => place.saturating_sub(page),
            Action::PaneNext => {
                self.in_detail = true;
                return true;
            }
            _ => return false,
        };
        self.go(next, keys);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_on_its_entry_and_where_that_was_when_it_is_gone() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.place(&['a', 'b', 'c']), 0);
        assert!(ledger.act(Action::MoveDown, &['a', 'b', 'c'], 10, 0));
        assert_eq!(ledger.place(&['x', 'a', 'b', 'c']), 2, "b has moved");
        assert_eq!(ledger.place(&['a', 'c']), 1, "b is gone: what took its place");
        assert_eq!(ledger.place(&['a']), 0);
        assert_eq!(ledger.place(&[]), 0);
        assert!(ledger.act(Action::MoveBottom, &['a', 'b', 'c'], 10, 0));
        assert_eq!(ledger.place(&['a', 'b', 'c']), 2);
    }

    #[test]
    fn in_the_detail_the_keys_scroll_and_the_cursor_stays() {
        let mut ledger = Ledger::default();
        for (action, scroll) in [
            (Action::PaneNext, 0),
            (Action::MovePageDown, 5),
            (Action::MovePageDown, 7),
            (Action::MoveUp, 6),
            (Action::MoveTop, 0),
            (Action::MoveBottom, 7),
        ] {
            assert!(ledger.act(action, &['a', 'b'], 5, 7));
            assert_eq!((ledger.scroll, ledger.place(&['a', 'b'])), (scroll, 0), "{action:?}");
        }
        assert!(ledger.act(Action::PaneClose, &['a', 'b'], 5, 7), "closing leaves the detail first");
        assert!(!ledger.act(Action::PaneClose, &['a', 'b'], 5, 7));
    }
}
