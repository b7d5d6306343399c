//! `rounds sources`: every source of the profile, asked once: what it is, what it can do, how it answers.
//!
//! Must not show an address with a credential in it, nor a key.

use super::{
    able,
    exit::{Exit, Failure, sentences},
    fetch, json,
    meet::{self, Patience},
    output::{Output, complain_all},
    wire::World,
};
use crate::{
    app::source::{Badge, Source},
    domain::{
        can::{Capability, FieldRule},
        clean::Clean,
        priority::Priority,
        task::SourceId,
    },
    providers::{Answer, ApiError, Call, Reply},
    runtime::{clock, link::Link},
};
use clap::Args;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::task::JoinSet;

/// The flags of `rounds sources`.
#[derive(Args, Debug)]
pub(super) struct SourcesArgs {
    /// An array of objects.
    #[arg(long)]
    json: bool,
}

/// What a source said when it was asked whether it is there.
#[derive(Debug)]
pub(super) struct Probed {
    /// Which source.
    pub(super) source: SourceId,
    /// Whether its data are real.
    pub(super) badge: Badge,
    /// How long it took to answer.
    pub(super) took_ms: u64,
    /// What came of it.
    pub(super) outcome: Result<Answer, ApiError>,
}

impl Probed {
    /// Whether it is known what the source can do: it answered, or only one thing can be behind its address.
    pub(super) fn knows(&self, source: &Source) -> bool {
        self.outcome.is_ok() || !source.can.probe_first
    }
}

/// Lists the sources.
pub(super) async fn run(args: &SourcesArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    if world.links.is_empty() {
        return Err(fetch::no_source());
    }
    let probed = probe(world).await;
    if args.json {
        let objects = probed.iter().filter_map(|probed| object(world, probed));
        output.json(&Value::Array(objects.collect()))?;
    } else {
        lines(world, &probed, output)?;
    }
    Ok(exit(world, &probed))
}

/// Asks every source at once whether it is there and takes our key; what it says of itself corrects what is known.
pub(super) async fn probe(world: &mut World) -> Vec<Probed> {
    let mut probes = JoinSet::new();
    for (source, link) in world.state.sources.iter().zip(&world.links) {
        let mut patience = Patience::beside_others(source);
        let (source, link): (SourceId, Arc<Link>) = (source.id, Arc::clone(link));
        probes.spawn(async move {
            let started = clock::monotonic();
            let outcome = patience.converse(&link, &Call::Probe).await;
            let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            Probed { source, badge: link.badge().await, took_ms, outcome }
        });
    }
    let mut probed = probes.join_all().await;
    probed.sort_by_key(|probed| probed.source);
    for probed in &probed {
        if let Ok(Answer { reply: Reply::Alive(alive), .. }) = &probed.outcome {
            meet::take(world, probed.source, alive);
        }
    }
    probed
}

/// Tells on stderr what is wrong with sources, and gives the exit code.
pub(super) fn exit(world: &World, probed: &[Probed]) -> Exit {
    let name = |source| world.state.source(source).map_or("", |source| source.name.as_str());
    for probed in probed {
        if let Err(error) = &probed.outcome {
            complain_all(sentences(name(probed.source), error));
        }
    }
    let code = |probed: &Probed| match (&probed.outcome, world.links.get(usize::from(probed.source.0))) {
        (Ok(_), _) => Exit::Done,
        (Err(error), Some(link)) => meet::exit_of(link, error),
        (Err(error), None) => Exit::of(error),
    };
    Exit::of_all(probed.iter().map(code))
}

/// A line for each source, and beneath it what it cannot do and why.
fn lines(world: &World, probed: &[Probed], output: &mut Output) -> Result<(), Failure> {
    for probed in probed {
        let Some(source) = world.state.source(probed.source) else { continue };
        let access = access(source, probed).unwrap_or("?");
        let answer = match &probed.outcome {
            Ok(answer) => format!("{} in {} ms", about(answer), probed.took_ms),
            Err(error) => format!("failed: {error}"),
        };
        let role = source.can.role.as_ref().map(|role| format!(" as {role}")).unwrap_or_default();
        output.line(&Clean::format(format_args!(
            "{} ({}) {} {access}{role} {} poll {}s · {answer}{}",
            source.name,
            source.tag,
            probed.badge.word(),
            source.url,
            source.poll_s,
            limits(probed)
        )))?;
        let can: Vec<&str> = Capability::ALL
            .into_iter()
            .filter(|capability| source.may(*capability).is_ok())
            .map(Capability::name)
            .collect();
        let can = match (can.as_slice(), probed.knows(source)) {
            ([], _) => "nothing".to_owned(),
            (can, true) => can.join(", "),
            (_, false) => "?".to_owned(),
        };
        output.line(&Clean::format(format_args!("  can: {can}")))?;
        for reason in able::reasons(source) {
            output.line(&Clean::format(format_args!("  {reason}")))?;
        }
    }
    Ok(())
}

/// What it lets us do; none where only asking could tell.
fn access(source: &Source, probed: &Probed) -> Option<&'static str> {
    match source.may(Capability::Update) {
        Err(_) => Some("read"),
        Ok(()) => probed.knows(source).then_some("write"),
    }
}

fn about(answer: &Answer) -> &str {
    match &answer.reply {
        Reply::Alive(alive) => &alive.about,
        _ => "it answered",
    }
}

fn limits(probed: &Probed) -> String {
    let Ok(answer) = &probed.outcome else { return String::new() };
    let rate = answer.facts.rate.map(|rate| format!(" · {} of {} a minute left", rate.remaining, rate.limit));
    let quota = answer
        .facts
        .quota
        .as_ref()
        .map(|quota| format!(" · {} of {} in all left", quota.remaining, quota.limit));
    rate.into_iter().chain(quota).collect()
}

/// A source as JSON.
pub(super) fn object(world: &World, probed: &Probed) -> Option<Value> {
    let source: &Source = world.state.source(probed.source)?;
    let able = |capability: &Capability| source.may(*capability).is_ok();
    let can: Vec<&str> = Capability::ALL.iter().filter(|one| able(one)).map(|one| one.name()).collect();
    let cannot: Map<String, Value> =
        source.can.refused.iter().map(|(one, reason)| (one.name().to_owned(), json!(reason))).collect();
    let fixed: Map<String, Value> = source
        .can
        .refused_fields
        .iter()
        .map(|(one, reason)| (one.name().to_owned(), json!(reason)))
        .collect();
    let writable = |rules: &[FieldRule]| rules.iter().map(|rule| rule.field.name()).collect::<Vec<_>>();
    // What only asking could tell is null where nobody answered.
    let known = |value: Value| if probed.knows(source) { value } else { Value::Null };
    let pace = source.can.pace;
    let facts = probed.outcome.as_ref().ok().map(|answer| &answer.facts);
    let rate = facts.and_then(|facts| facts.rate);
    let quota = facts.and_then(|facts| facts.quota.clone());
    let mut object = json::object();
    let fields = [
        ("name", json!(source.name)),
        ("system", json!(source.can.system)),
        ("tag", json!(source.tag)),
        ("url", json!(source.url)),
        ("badge", json!(probed.badge.word())),
        ("access", json!(access(source, probed))),
        ("role", json!(source.can.role)),
        ("me", json!(source.me)),
        ("poll_s", json!(source.poll_s)),
        (
            "pace",
            json!({"per_minute": pace.per_minute, "gap_ms": pace.gap_ms, "poll_floor_s": pace.poll_floor_s}),
        ),
        ("can", known(json!(can))),
        ("cannot", Value::Object(cannot)),
        ("create", known(json!(writable(source.can.create)))),
        ("update", known(json!(writable(source.can.update)))),
        ("fixed", Value::Object(fixed)),
        (
            "statuses",
            known(json!(
                source.can.statuses.iter().map(|one| source.can.status_text(one)).collect::<Vec<_>>()
            )),
        ),
        ("priorities", known(json!(source.can.priorities.iter().map(Priority::as_str).collect::<Vec<_>>()))),
        ("ok", json!(probed.outcome.is_ok())),
        ("about", json!(probed.outcome.as_ref().ok().map(about))),
        ("error", json!(probed.outcome.as_ref().err().map(|error| &error.sentence))),
        ("requestId", json!(probed.outcome.as_ref().err().and_then(|error| error.request_id.clone()))),
        ("took_ms", json!(probed.took_ms)),
        ("rate", json!(rate.map(|rate| json!({"limit": rate.limit, "remaining": rate.remaining})))),
        ("quota", json!(quota.map(|quota| json!({"limit": quota.limit, "remaining": quota.remaining})))),
    ];
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    Some(Value::Object(object))
}
