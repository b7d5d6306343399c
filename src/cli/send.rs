//! A write from the command line: kept before its first byte goes out, sent, and waited for until it settles or takes
//! too long; what has not settled then is left in the outbox.
//!
//! Must not send a create again by itself, nor say that something was done before the source showed it.

use super::{
    drive::{self, Desk, Driven},
    exit::{Exit, Failure},
    meet::{Patience, odd_answer},
    output::{complain, complain_all},
    wire::World,
};
use crate::{
    app::{
        State,
        form::words_in,
        kept::write_id,
        outbox::{Intent, IntentId, IntentState, Settled, Subject, Wish, restore::Record},
        screens::editor::check,
    },
    domain::{
        compare,
        document::{Document, DocumentField, Thing},
        task::{Field, SourceId},
    },
    providers::{ApiError, ErrorKind, Reply},
    runtime::clock,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How a write from the command line ended.
#[derive(Debug)]
pub(super) enum Sent {
    /// The source answered with the thing itself.
    Held(Held),
    /// It has not settled.
    Left(Left),
}

/// What the source holds after a write, and which of the sent fields it did not take.
#[derive(Debug)]
pub(super) struct Held {
    /// The thing as the source gave it.
    pub(super) thing: Thing,
    /// What did not stick, by name.
    pub(super) differs: Vec<String>,
}

/// A write that has not settled while the command waited.
#[derive(Debug)]
pub(super) struct Left {
    /// `waiting`, `unknown`, or `failed` where nothing of it is kept.
    pub(super) result: &'static str,
    /// Its number in the outbox; none where it is not kept.
    pub(super) write: Option<Uuid>,
    /// What is said of it.
    pub(super) failure: Failure,
}

/// Sends a write that the user has confirmed by running the command; `typed` is given back where it is refused.
pub(super) async fn send(
    world: &mut World,
    source: SourceId,
    wish: Wish,
    line: &str,
    typed: &str,
) -> Result<Sent, Failure> {
    if world.links.get(usize::from(source.0)).is_none() {
        return Err(super::fetch::no_source());
    }
    let mut desk = match world.desk.take() {
        Some(desk) => desk,
        None => Desk::open(world).await,
    };
    let sent = send_from(world, &mut desk, source, wish, line, typed).await;
    world.desk = Some(desk);
    sent
}

async fn send_from(
    world: &mut World,
    desk: &mut Desk,
    source: SourceId,
    wish: Wish,
    line: &str,
    typed: &str,
) -> Result<Sent, Failure> {
    let state = &mut world.state;
    let id = state.next_intent();
    let intent = Intent {
        id,
        source,
        wish,
        idempotency_key: state.ids.idempotency_key(),
        line: line.to_owned(),
        typed: typed.to_owned(),
        confirmed_at: clock::now(),
        state: IntentState::Saving,
    };
    let name = name(state, source);
    if let Some(older) =
        desk.others.iter().find(|record| record.source == name && goes_before(&record.intent, &intent))
    {
        let sentence = format!(
            "{name}: Not sent: {line} · An older change of the same waits in the rounds that is running: {}.",
            older.intent.line
        );
        return Err(Failure::new(Exit::Conflict, sentence));
    }
    // What was confirmed before goes first, and now.
    drive::hurry(state, source);
    desk.mine = Some(id);
    desk.confirm(state, intent).await;
    let driven = drive::drive(world, desk, &BTreeSet::from([source]), &BTreeSet::from([id])).await;
    let (mut ours, older): (Vec<Settled>, Vec<Settled>) =
        driven.settled.into_iter().partition(|settled| id_of(settled) == id);
    for settled in &older {
        tell_older(&world.state, &name, settled);
    }
    let Some(settled) = ours.pop() else {
        let driven = Driven { settled: Vec::new(), errors: driven.errors };
        return Ok(Sent::Left(left(&world.state, desk, &name, id, &driven)));
    };
    match settled {
        Settled::Refused { intent, error } => {
            let error = with_newer(world, &intent, error).await;
            Err(refused(&world.state, &name, &intent, &error))
        }
        done => held(done).map(Sent::Held).ok_or_else(|| Failure::of(&name, &odd_answer())),
    }
}

/// What the source holds after a write that it did; none where the thing is gone.
pub(super) fn held(settled: Settled) -> Option<Held> {
    match settled {
        Settled::Done { task: Some(task), differs, .. } => {
            let differs = differs.iter().map(|field| field.name().to_owned()).collect();
            Some(Held { thing: Thing::Task(task), differs })
        }
        Settled::DocumentDone { document: Some(document), differs, .. } => {
            Some(Held { thing: Thing::Document(document), differs })
        }
        _ => None,
    }
}

/// The name of a source.
pub(super) fn name(state: &State, source: SourceId) -> String {
    state.source(source).map_or_else(String::new, |source| source.name.clone())
}

/// The number of a write in the outbox, as `rounds outbox` names it.
pub(super) fn number(intent: &Intent) -> Uuid {
    write_id(&Record { source: String::new(), origin: None, intent: intent.clone() })
}

/// The write that has settled.
pub(super) fn id_of(settled: &Settled) -> IntentId {
    match settled {
        Settled::Done { intent, .. }
        | Settled::DocumentDone { intent, .. }
        | Settled::Refused { intent, .. } => intent.id,
        Settled::Waits { id, .. } | Settled::Unknown { id, .. } => *id,
    }
}

/// Whether two writes are about the same thing, whichever run's places their sources have.
fn is_same(one: &Intent, other: &Intent) -> bool {
    let id = |intent: &Intent| match intent.wish.subject()? {
        Subject::Task(key) => Some((false, key.id.clone())),
        Subject::Document(key) => Some((true, key.id.clone())),
    };
    id(one).is_some() && id(one) == id(other)
}

/// Whether an older write must settle before a newer one: what was refused stands in nobody's way.
pub(super) fn goes_before(older: &Intent, newer: &Intent) -> bool {
    is_same(older, newer) && !matches!(older.state, IntentState::Refused { .. })
}

/// What became of a write that had waited since an earlier command or run.
fn tell_older(state: &State, name: &str, settled: &Settled) {
    match settled {
        Settled::Done { intent, .. } | Settled::DocumentDone { intent, .. } => {
            complain(&format!("{name}: Sent from the outbox: {}", intent.line));
        }
        Settled::Refused { intent, error } => {
            complain_all(stays(refused(state, name, intent, error)).sentences);
        }
        _ => {}
    }
}

/// A write that did not settle while the command waited.
pub(super) fn left(state: &State, desk: &Desk, name: &str, id: IntentId, driven: &Driven) -> Left {
    let last_error = driven.errors.get(&id);
    let exit = match last_error.map(|error| &error.kind) {
        Some(ErrorKind::NotItsApi) => Exit::NotItsApi,
        Some(ErrorKind::Credential) => Exit::Refused,
        _ => Exit::Offline,
    };
    let Some(intent) = state.outbox.get(id) else {
        let failure = Failure::new(Exit::Bug, format!("{name}: The write was lost."));
        return Left { result: "failed", write: None, failure };
    };
    let is_kept = desk.unkept.is_none();
    let sentence = format!("{name}: {}", stand(state, intent, is_kept));
    let result = match &intent.state {
        _ if !is_kept => "failed",
        IntentState::Waiting { .. } => "waiting",
        _ => "unknown",
    };
    Left { result, write: is_kept.then(|| number(intent)), failure: Failure::new(exit, sentence) }
}

/// Where a write stands that has not settled, and what comes next, in whole sentences.
fn stand(state: &State, intent: &Intent, is_kept: bool) -> String {
    let line = &intent.line;
    let name = name(state, intent.source);
    let short = short(&number(intent));
    let (said, next) = match &intent.state {
        IntentState::Waiting { why, .. } => {
            let older = state.outbox.intents().iter().take_while(|older| older.id != intent.id);
            let said = match older.filter(|older| goes_before(older, intent)).last() {
                Some(older) => {
                    format!(
                        "Not sent yet: {line} · An older change of the same is not settled: {}.",
                        older.line
                    )
                }
                None => format!("Not sent: {line} ({})", why.as_deref().unwrap_or("it waits for its turn")),
            };
            (
                said,
                "It is kept in the outbox; it goes out at the next start or by `rounds outbox retry`."
                    .to_owned(),
            )
        }
        IntentState::Unknown { sentence, found } => {
            let unknown = format!("Nobody knows whether this was done: {line} ({sentence})");
            let found: Vec<String> = found.iter().map(|thing| format!("{name}/{}", thing.id())).collect();
            let said = if found.is_empty() {
                format!("{unknown} Nothing like it was found.")
            } else if intent.wish.creates() {
                format!("{unknown} This was found and may be it: {}.", found.join(", "))
            } else {
                format!("{unknown} {} does not show it now.", found.join(", "))
            };
            let next = format!(
                "It is kept in the outbox: look again, then `rounds outbox retry {short}` or `rounds outbox drop \
                 {short}`."
            );
            (said, next)
        }
        IntentState::ToLook { sentence, .. } | IntentState::Looking(_, sentence) => {
            let said = format!("Nobody knows whether this was done: {line} ({sentence})");
            (said, "It is kept in the outbox, and looked for before anything is sent again.".to_owned())
        }
        _ => (format!("Not done: {line}"), format!("It is kept in the outbox as {short}.")),
    };
    let next = match &intent.state {
        _ if is_kept => next,
        IntentState::Waiting { .. } => "It is not kept.".to_owned(),
        _ => "It is not kept; look again before you repeat it.".to_owned(),
    };
    format!("{said} {next}")
}

/// The beginning of a number that people type.
pub(super) fn short(id: &Uuid) -> String {
    id.to_string().chars().take(8).collect()
}

/// A write that its source refused, with what was typed for it.
pub(super) fn refused(state: &State, name: &str, intent: &Intent, error: &ApiError) -> Failure {
    let mut failure = refusal(state, name, intent, error);
    if !intent.typed.trim().is_empty() {
        failure.sentences.push(format!("What was typed:\n{}", intent.typed));
    }
    failure
}

/// The same of a write that stays in the outbox.
pub(super) fn stays(mut failure: Failure) -> Failure {
    failure
        .sentences
        .push("It stays in the outbox with its text and is not sent again by itself.".to_owned());
    failure
}

/// A conflict whose answer did not bring the newer version, with that version as it is read now; where it cannot be read
/// the conflict stays bare.
async fn with_newer(world: &World, intent: &Intent, error: ApiError) -> ApiError {
    let changes = matches!(intent.wish, Wish::Update { .. } | Wish::UpdateDocument { .. });
    if error.kind != ErrorKind::Conflict(None) || !changes {
        return error;
    }
    let Some(link) = world.links.get(usize::from(intent.source.0)) else { return error };
    let read = Patience::alone().converse(link, &intent.look()).await;
    let newer = match read.map(|answer| answer.reply) {
        Ok(Reply::Task(task)) => Thing::Task(task),
        Ok(Reply::Document(document)) => Thing::Document(document),
        _ => return error,
    };
    ApiError { kind: ErrorKind::Conflict(Some(newer)), ..error }
}

/// What is another in a document by now: parts of its header, and its sections by number and title.
fn document_changes(base: &Document, current: &Document) -> Vec<String> {
    let header = current.changed(base).into_iter().filter(|field| *field != DocumentField::Sections);
    let header = header.map(|field| field.name().to_owned());
    let pairs = compare::sections(base, current);
    let sections = pairs.iter().filter(|pair| !pair.is_same()).filter_map(|pair| {
        let row = pair.mine.as_ref().or(pair.base.as_ref())?;
        let became = match (&pair.base, &pair.mine) {
            (None, _) => "is new",
            (_, None) => "is gone",
            _ if pair.parts().is_empty() => "has moved",
            _ => "is another",
        };
        Some(format!("section {} {} {became}", check::number(&row.path), row.section.title))
    });
    header.map(|name| format!("{name} is another")).chain(sections).collect()
}

fn refusal(state: &State, name: &str, intent: &Intent, error: &ApiError) -> Failure {
    if let (ErrorKind::Conflict(Some(Thing::Document(current))), Wish::UpdateDocument { base, .. }) =
        (&error.kind, &intent.wish)
    {
        let id = format!("{name}/{}", current.key.id);
        let changes = match document_changes(base, current) {
            changes if changes.is_empty() => format!("{error} What is there now is as you saw it"),
            changes => format!("Somebody changed it meanwhile: {}", changes.join("; ")),
        };
        let sentence = format!(
            "{name}: Not done: {} · {changes}. What it is now: rounds doc show {id} --markdown",
            intent.line
        );
        return Failure::new(Exit::Conflict, sentence);
    }
    let (ErrorKind::Conflict(Some(Thing::Task(current))), Wish::Update { base, .. }) =
        (&error.kind, &intent.wish)
    else {
        let mut failure = Failure::of(name, error);
        if let Some(first) = failure.sentences.first_mut() {
            *first = format!("Not done: {} · {first}", intent.line);
        }
        return failure;
    };
    let words = |task, field| words_in(task, field, state.can(intent.source), &state.zone);
    let changes = Field::ALL.into_iter().filter(|field| !base.same(current, *field)).map(|field| {
        let owner = current.owner.as_ref().filter(|_| field == Field::Owner);
        let now = owner
            .map_or_else(|| words(current, field), |owner| state.practitioner_name(intent.source, owner));
        format!("{} was {}, now {now}", field.name(), words(base, field))
    });
    let changes = changes.collect::<Vec<_>>().join("; ");
    if changes.is_empty() {
        let sentence =
            format!("{name}: Not done: {} · {error} What is there now is as you saw it.", intent.line);
        return Failure::new(Exit::Conflict, sentence);
    }
    Failure::new(
        Exit::Conflict,
        format!("{name}: Not done: {} · Somebody changed it meanwhile: {changes}.", intent.line),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::Section;

    #[test]
    fn what_is_another_in_a_document_is_told_by_part_and_section() {
        let section = |title: &str, text: &str| Section {
            title: title.into(),
            text: text.to_owned(),
            raw: Some(title.into()),
            ..Section::default()
        };
        let base = Document {
            title: "Plan".into(),
            sections: vec![section("Goals", "Walk."), section("Diet", "Salt free.")],
            ..Document::default()
        };
        let current = Document {
            title: "Care plan".into(),
            sections: vec![section("Goals", "Run."), section("Skin", "Dry.")],
            ..base.clone()
        };
        let told = document_changes(&base, &current);
        for said in ["title is another", "1 Goals is another", "2 Skin is new", "2 Diet is gone"] {
            assert!(told.iter().any(|line| line.ends_with(said)), "{said}: {told:?}");
        }
        assert_eq!(told.len(), 4, "{told:?}");
        assert_eq!(document_changes(&base, &base), Vec::<String>::new());
    }
}
