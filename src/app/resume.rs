//! What an earlier run left, taken up behind the first frame: writes, drafts, marks and the list as it stood.
//!
//! Must not lay it over what the user has done meanwhile.

use super::{
    effect::Effect,
    kept::{Draft, Loaded},
    marks,
    outbox::restore::{Home, Record, Restored, restore},
    screens::{
        editor,
        worklist::{self, lasting},
    },
    state::{Keeping, State},
    sync,
    takeover::{self, Others},
    undo, update, writes,
};
use crate::domain::time::Timestamp;
use std::collections::BTreeSet;

/// Says that it is being read, until [`on_loaded`].
pub fn begin(state: &mut State) {
    state.keeping = Keeping::Reading;
    state.say(Keeping::READING);
}

/// It has been read.
pub fn on_loaded(state: &mut State, loaded: Loaded) {
    let Loaded { kept, others, keeping, is_reader, notices } = loaded;
    if state.toast.as_ref().is_some_and(|toast| toast.text == Keeping::READING) {
        state.toast = None;
    }
    state.keeping = keeping;
    state.is_store_reader = is_reader;
    state.is_store_doubtful = kept.doubtful;
    if is_reader {
        let drafts = kept.drafts.iter().map(|draft| draft.id).collect();
        state.others = Others { writes: others, drafts };
        takeover::watch(state);
    }
    take_up_drafts(state, kept.drafts);
    marks::take_up(state, kept.marks);
    if lasting::is_untouched(state) {
        lasting::take_up(state, &kept.views);
    }
    worklist::rescan(state);
    let restored = adopt(state, kept.writes, kept.doubtful);
    tell(state, notices, &restored);
    editor::open::offer(state);
    state.strangers = restored.strangers;
    state.strangers.extend(restored.moved);
    if !restored.intents.is_empty() {
        writes::pump(state);
    }
    state.touch();
}

/// Writes of an earlier run are this one's: they are held back anew, and tasks show what is wanted of them.
pub(super) fn adopt(state: &mut State, writes: Vec<Record>, doubtful: bool) -> Restored {
    let restored = take_up_writes(state, writes, doubtful, state.now);
    state.effects.push(Effect::Adopt(restored.intents.clone()));
    let ids: BTreeSet<_> = restored.intents.iter().map(|intent| intent.id).collect();
    undo::hold_restored(state, &|intent| ids.contains(&intent.id));
    let keys = restored.intents.iter().filter_map(|intent| intent.key());
    let rows = keys.filter_map(|key| state.store.task(state.store.find(key)?)).collect();
    sync::receive(state, rows);
    restored
}

/// Puts the writes of an earlier run into the outbox.
pub fn take_up_writes(state: &mut State, writes: Vec<Record>, doubtful: bool, now: Timestamp) -> Restored {
    let homes: Vec<(String, Home)> =
        state.sources.iter().map(|source| (source.name.clone(), Home::of(source))).collect();
    let home = |name: &str| homes.iter().find(|(known, _)| known == name).map(|(_, home)| home.clone());
    let restored = restore(writes, now, doubtful, &home, &mut || state.next_intent());
    state.outbox.take_up(restored.intents.clone());
    restored
}

/// What was begun meanwhile stands behind what was begun before.
fn take_up_drafts(state: &mut State, kept: Vec<Draft>) {
    let begun = std::mem::replace(&mut state.drafts, kept);
    for draft in begun {
        state.drafts.retain(|known| known.id != draft.id);
        state.drafts.push(draft);
    }
}

fn tell(state: &mut State, notices: Vec<String>, restored: &Restored) {
    let problems = &mut state.settings.problems;
    let before = problems.len();
    problems.extend(notices);
    problems.extend(counted(
        restored.strangers.len(),
        "1 unsent write waits for a source that this profile lacks.",
        "unsent writes wait for sources that this profile lacks.",
    ));
    problems.extend(counted(
        restored.moved.len(),
        "1 unsent write was confirmed for another address of its source and is not sent by itself: see gq.",
        "unsent writes were confirmed for other addresses of their sources and are not sent by themselves: see \
         gq.",
    ));
    if problems.len() > before
        && let Some(line) = update::problems_line(problems)
    {
        state.warn(&line);
    }
}

fn counted(count: usize, one: &str, many: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(one.to_owned()),
        _ => Some(format!("{count} {many}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{
        geometry::Size,
        kept::DraftText,
        keys::Keymap,
        msg::Msg,
        outbox::{Intent, IntentState, Wish},
        source::{Source, origin},
    };
    use crate::domain::{
        can::Can,
        status::Status,
        task::{Field, Patch, SourceId, Task, TaskKey},
    };
    use jiff::tz::TimeZone;
    use uuid::Uuid;

    fn now() -> Timestamp {
        "2026-11-21T03:20:00Z".parse().unwrap()
    }

    /// A program that reads what was kept.
    fn reading() -> State {
        let size = Size { width: 80, height: 24 };
        let mut state = State::new(now(), TimeZone::UTC, size, Keymap::default(), 1);
        state.add_source(|id| Source::new(id, "clinic", "CK", Can::plain("Test")));
        lasting::begin(&mut state);
        begin(&mut state);
        state
    }

    fn task() -> Task {
        Task {
            key: TaskKey { source: SourceId(0), id: "t1".into() },
            status: Status::Requested,
            ..Task::default()
        }
    }

    fn intent(state: &mut State) -> Intent {
        let patch = Patch::of(&task()).set(Field::Status, |task| task.status = Status::Completed);
        Intent {
            id: state.next_intent(),
            source: SourceId(0),
            wish: Wish::Update { base: Box::new(task()), patch },
            idempotency_key: state.ids.idempotency_key(),
            line: "Done: synthetic".into(),
            typed: String::new(),
            confirmed_at: now(),
            state: IntentState::Saving,
        }
    }

    fn draft(number: u128, title: &str) -> Draft {
        Draft {
            id: Uuid::from_u128(number),
            kind: "note".into(),
            source: "clinic".into(),
            made_at: now(),
            changed_at: now(),
            title: title.into(),
            body: DraftText::Written(String::new()),
        }
    }

    fn load(state: &mut State, loaded: Loaded) -> Vec<Effect> {
        update(state, now(), Msg::Loaded(Box::new(loaded)))
    }

    #[test]
    fn what_was_confirmed_meanwhile_stands_behind_what_was_left_and_waits_for_the_store() {
        let mut state = reading();
        assert_eq!(state.toast.as_ref().map(|toast| &*toast.text), Some(Keeping::READING));
        let younger = intent(&mut state);
        state.outbox.confirm(younger.clone());
        let left = intent(&mut state);
        let origin = Some(origin(&state.sources[0].url));
        let record = Record { source: "clinic".into(), origin, intent: left.clone() };
        let mut loaded = Loaded { keeping: Keeping::OnDisk, ..Loaded::default() };
        loaded.kept.writes.push(record);
        let effects = load(&mut state, loaded);
        let keys: Vec<_> = state.outbox.intents().iter().map(|intent| &intent.idempotency_key).collect();
        assert_eq!(keys, [&left.idempotency_key, &younger.idempotency_key]);
        assert_eq!(state.outbox.intents()[1].state, IntentState::Saving, "the store has not answered yet");
        // The journal knows what was left before it hears that it goes out.
        let told: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Adopt(taken) => Some(("known", taken[0].id)),
                Effect::Send { intent, .. } => Some(("sent", intent.id)),
                _ => None,
            })
            .collect();
        let first = state.outbox.intents()[0].id;
        assert_eq!(told, [("known", first), ("sent", first)]);
        assert_eq!((&state.keeping, &state.toast), (&Keeping::OnDisk, &None));
    }

    #[test]
    fn a_task_that_came_before_shows_what_we_want_of_it() {
        let mut state = reading();
        sync::receive(&mut state, vec![task()]);
        let record = Record { source: "clinic".into(), origin: None, intent: intent(&mut state) };
        let mut loaded = Loaded::default();
        loaded.kept.writes.push(record);
        load(&mut state, loaded);
        let row = state.store.find(&task().key).unwrap();
        assert_eq!(state.store.task(row).unwrap().status, Status::Completed);
    }

    #[test]
    fn what_was_begun_or_typed_meanwhile_is_not_overwritten() {
        let left = |state: &mut State| {
            lasting::begin(state);
            [(format!("worklist of {}", state.profile), r#"{"query":"sort:due"}"#.to_owned())].into()
        };
        let mut state = reading();
        let views = left(&mut state);
        state.drafts = vec![draft(2, "typed on"), draft(3, "begun now")];
        worklist::set_query(&mut state, "pt:okafor");
        let mut loaded = Loaded::default();
        loaded.kept.views = views;
        loaded.kept.drafts = vec![draft(1, "left"), draft(2, "as it was")];
        load(&mut state, loaded.clone());
        let titles: Vec<_> = state.drafts.iter().map(|draft| &*draft.title).collect();
        assert_eq!(titles, ["left", "typed on", "begun now"]);
        assert_eq!(state.worklist.query_text, "pt:okafor");

        let mut state = reading();
        left(&mut state);
        load(&mut state, loaded);
        assert_eq!(state.worklist.query_text, "sort:due", "nobody has touched the list");
    }
}
