//! `rounds outbox retry`: sends what is not settled, or looks for it, by the same outbox as on the screen.
//!
//! Must not send a create of unknown outcome again unless its source makes one thing of both, or the user names it.

use super::{
    drive::{self, Desk},
    exit::{Exit, Failure},
    flags::Flags,
    json,
    kept::{self, Place},
    meet, named,
    outbox::Home,
    output::{Output, complain, complain_all},
    send::{self, Left},
};
use crate::{
    app::{
        State,
        kept::write_id,
        outbox::{Intent, IntentId, IntentState, Settled, Wish, restore::Record},
    },
    domain::{can::Capability, clean::Clean, task::SourceId, time::Timestamp},
    runtime::clock,
};
use clap::Args;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The arguments of `rounds outbox retry`.
#[derive(Args, Debug)]
pub(super) struct RetryArgs {
    /// The numbers of writes, or the beginnings of them: your word that they be sent, even where a first sending may
    /// have arrived or the source has moved.
    #[arg(required_unless_present = "all", conflicts_with = "all", value_name = "ID")]
    ids: Vec<String>,
    /// Everything: what waits is sent, what is of unknown outcome is looked for.
    #[arg(long)]
    all: bool,
    /// An array of objects.
    #[arg(long)]
    json: bool,
}

/// Sends and looks.
pub(super) async fn run(args: &RetryArgs, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let mut world = super::world(flags)?;
    let keeper = kept::write(&world.store, &world.vault).await?;
    let kept = keeper.load().await.map_err(|trouble| Failure::usage(trouble.sentence))?;
    let find = |typed: &String| named::one(&kept.writes, write_id, typed, "unsent write");
    let chosen: Vec<&Record> = if args.all {
        kept.writes.iter().collect()
    } else {
        args.ids.iter().map(find).collect::<Result<_, _>>()?
    };
    let named: BTreeSet<Uuid> = chosen.iter().filter(|_| !args.all).map(|record| write_id(record)).collect();
    let place = Place::of(keeper);
    let is_named = |record: &Record| named.contains(&write_id(record));
    let mut desk = Desk::at(&mut world, &place, &is_named).await;
    let ids: BTreeMap<Uuid, IntentId> =
        world.state.outbox.intents().iter().map(|intent| (send::number(intent), intent.id)).collect();

    let mut results = Results { as_json: args.json, objects: Vec::new(), exits: Vec::new() };
    let mut wanted: BTreeMap<IntentId, &Record> = BTreeMap::new();
    for record in &chosen {
        match ids.get(&write_id(record)) {
            Some(id) => drop(wanted.insert(*id, record)),
            None => results.failed(record, "left", not_here(&world.state, record)),
        }
    }
    for (id, failure) in may_not(&world.state, &wanted) {
        if let Some(record) = wanted.remove(&id) {
            results.failed(record, "left", failure);
        }
    }
    let sources: BTreeSet<SourceId> =
        wanted.keys().filter_map(|id| world.state.outbox.get(*id)).map(|intent| intent.source).collect();
    let mut met = BTreeSet::new();
    for source in sources {
        match meet::meet(&mut world, source).await {
            Ok(()) => drop(met.insert(source)),
            Err(failure) => {
                let here =
                    |id: &IntentId| world.state.outbox.get(*id).is_some_and(|one| one.source == source);
                let (silent, rest) = wanted.into_iter().partition(|(id, _)| here(id));
                wanted = rest;
                for record in BTreeMap::into_values(silent) {
                    results.failed(record, "waiting", failure.clone());
                }
            }
        }
    }
    let driven_ids: BTreeSet<IntentId> = wanted.keys().copied().collect();
    let together = with_older(&world.state, &driven_ids);
    drive::prepare(&mut world.state, |intent| stand(intent, &together, args.all, clock::now()));
    let driven = drive::drive(&mut world, &mut desk, &met, &driven_ids).await;
    let errors = driven.errors.clone();
    for settled in driven.settled {
        let id = send::id_of(&settled);
        // An older write of the same thing went first.
        let older = kept.writes.iter().find(|record| ids.get(&write_id(record)) == Some(&id));
        if let Some(record) = wanted.remove(&id).or(older) {
            results.settled(&world.state, record, settled, output)?;
        }
    }
    let driven = drive::Driven { settled: Vec::new(), errors };
    for (id, record) in wanted {
        let left = send::left(&world.state, &desk, &record.source, id, &driven);
        results.left(record, left);
    }
    results.tell(output)
}

/// Why a write is not among those of this run.
fn not_here(state: &State, record: &Record) -> Failure {
    let short = send::short(&write_id(record));
    let sentence = match Home::of(state, record) {
        Home::Moved(now) => format!(
            "{}: Not sent: {} · It was confirmed for {}, and {} is at {now} now. `rounds outbox retry {short}` sends it \
             there by your word.",
            record.source,
            record.intent.line,
            record.origin.as_deref().unwrap_or_default(),
            record.source
        ),
        _ => format!(
            "{}: Not sent: {} · This profile has no source {}; choose another one with --profile.",
            record.source, record.intent.line, record.source
        ),
    };
    Failure::usage(sentence)
}

/// The writes that may not be sent at all, with the reason.
fn may_not(state: &State, wanted: &BTreeMap<IntentId, &Record>) -> Vec<(IntentId, Failure)> {
    let intents = wanted.keys().filter_map(|id| state.outbox.get(*id));
    let refused = |intent: &Intent| {
        let reason = state.may(intent.source, capability(&intent.wish)).err()?;
        let name = send::name(state, intent.source);
        let sentence = format!("{name}: Not sent: {} · {reason}", intent.line);
        Some((intent.id, Failure::new(Exit::Refused, sentence)))
    };
    intents.filter_map(refused).collect()
}

fn capability(wish: &Wish) -> Capability {
    match wish {
        Wish::Create(_) => Capability::Create,
        Wish::Update { .. } => Capability::Update,
        Wish::Delete { .. } => Capability::Delete,
        Wish::CreateDocument(_) | Wish::UpdateDocument { .. } | Wish::DeleteDocument { .. } => {
            Capability::Document
        }
    }
}

/// These writes, and the older ones of the same things that merely wait: they go first.
fn with_older(state: &State, wanted: &BTreeSet<IntentId>) -> BTreeMap<IntentId, bool> {
    let intents = state.outbox.intents();
    let mut together: BTreeMap<IntentId, bool> = wanted.iter().map(|id| (*id, true)).collect();
    for (index, intent) in intents.iter().enumerate().filter(|(_, intent)| wanted.contains(&intent.id)) {
        for older in intents.iter().take(index) {
            if older.source == intent.source && send::goes_before(older, intent) && !older.needs_user() {
                together.entry(older.id).or_insert(false);
            }
        }
    }
    together
}

/// Puts a write where this command wants it: on its way, to be looked for, or out of the way.
fn stand(intent: &mut Intent, together: &BTreeMap<IntentId, bool>, all: bool, now: Timestamp) {
    let is_named = !all && together.get(&intent.id) == Some(&true);
    let at_once = || IntentState::Waiting { not_before: None, why: None };
    match &intent.state {
        IntentState::Waiting { .. } if together.contains_key(&intent.id) => intent.state = at_once(),
        IntentState::Unknown { .. } | IntentState::Refused { .. } if is_named => intent.state = at_once(),
        IntentState::Unknown { sentence, .. } if together.contains_key(&intent.id) => {
            intent.state = IntentState::ToLook { at: now, sentence: sentence.clone() };
        }
        IntentState::Waiting { why, .. } => {
            intent.state = IntentState::Waiting { not_before: Some(Timestamp::MAX), why: why.clone() };
        }
        IntentState::ToLook { sentence, .. } if !together.contains_key(&intent.id) => {
            intent.state = IntentState::ToLook { at: Timestamp::MAX, sentence: sentence.clone() };
        }
        _ => {}
    }
}

/// What came of each write.
struct Results {
    as_json: bool,
    objects: Vec<Value>,
    exits: Vec<Exit>,
}

impl Results {
    fn add(
        &mut self,
        record: &Record,
        result: &str,
        exit: Exit,
        more: impl IntoIterator<Item = (&'static str, Value)>,
    ) {
        let mut object: Map<String, Value> = json::object();
        object.insert("id".to_owned(), write_id(record).to_string().into());
        object.insert("source".to_owned(), record.source.clone().into());
        object.insert("line".to_owned(), record.intent.line.clone().into());
        object.insert("result".to_owned(), result.into());
        object.insert("exit".to_owned(), (exit as u8).into());
        object.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self.objects.push(Value::Object(object));
        self.exits.push(exit);
    }

    fn failed(&mut self, record: &Record, result: &str, failure: Failure) {
        self.add(record, result, failure.exit, [("errors", failure.sentences.clone().into())]);
        complain_all(failure.sentences);
    }

    fn left(&mut self, record: &Record, left: Left) {
        self.failed(record, left.result, left.failure);
    }

    fn settled(
        &mut self,
        state: &State,
        record: &Record,
        settled: Settled,
        output: &mut Output,
    ) -> Result<(), Failure> {
        if let Settled::Refused { intent, error } = &settled {
            self.failed(record, "refused", send::stays(send::refused(state, &record.source, intent, error)));
            return Ok(());
        }
        let held = send::held(settled);
        let full_id = match &held {
            Some(held) => format!("{}/{}", record.source, held.thing.id()),
            None => record.source.clone(),
        };
        if !self.as_json {
            output.line(&Clean::format(format_args!("{full_id} {}", record.intent.line)))?;
        }
        let differs = held.as_ref().map(|held| held.differs.clone()).unwrap_or_default();
        let thing = held.as_ref().map(|held| ("thing", held.thing.id().into()));
        if differs.is_empty() {
            self.add(record, "done", Exit::Done, thing);
        } else {
            complain(&format!("{full_id}: sent, but this did not stick: {}.", differs.join(", ")));
            self.add(
                record,
                "differs",
                Exit::SomeFailed,
                thing.into_iter().chain([("differs", differs.into())]),
            );
        }
        Ok(())
    }

    fn tell(self, output: &mut Output) -> Result<Exit, Failure> {
        let is_empty = self.objects.is_empty();
        if self.as_json {
            output.json(&Value::Array(self.objects))?;
        } else if is_empty {
            complain("The outbox is empty.");
        }
        Ok(if is_empty { Exit::NothingMatched } else { Exit::of_all(self.exits) })
    }
}
