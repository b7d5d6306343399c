//! What each source can do as a table, with the reasons for what it cannot beneath.
//!
//! Must not claim what was not heard: a source that did not answer has question marks where only asking could tell.

use super::{exit::Failure, output::Output, sources::Probed, wire::World};
use crate::{
    app::source::Source,
    domain::{can::Capability, clean::Clean},
};
use std::collections::BTreeMap;

/// The capabilities of the table, in its order.
const COLUMNS: [Capability; 8] = [
    Capability::List,
    Capability::Read,
    Capability::Create,
    Capability::Update,
    Capability::Reassign,
    Capability::Note,
    Capability::Document,
    Capability::History,
];

/// Prints the table and the reasons.
pub(super) fn table(world: &World, probed: &[Probed], output: &mut Output) -> Result<(), Failure> {
    let answers = |probed: &Probed| world.state.source(probed.source).map(|source| row(source, probed));
    let head =
        ["source"].into_iter().chain(COLUMNS.map(Capability::name)).chain(["role", "data", "answer", "pace"]);
    let mut rows = vec![head.map(Clean::line).collect::<Vec<_>>()];
    rows.extend(probed.iter().filter_map(answers));
    let mut widths = vec![0; rows.first().map_or(0, Vec::len)];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    for row in &rows {
        let cells: Vec<Clean> = row.iter().zip(&widths).map(|(cell, width)| cell.pad(*width)).collect();
        output.line(&Clean::line(Clean::join(&cells, "  ").as_str().trim_end()))?;
    }
    for probed in probed {
        let Some(source) = world.state.source(probed.source) else { continue };
        let error = probed.outcome.as_ref().err().map(ToString::to_string);
        for line in error.into_iter().chain(reasons(source)) {
            output.line(&Clean::format(format_args!("  {}: {line}", source.name)))?;
        }
    }
    Ok(())
}

fn row(source: &Source, probed: &Probed) -> Vec<Clean> {
    let heard = probed.knows(source);
    let cell = |capability: Capability| match (source.may(capability), heard) {
        (Err(_), _) => "–",
        (Ok(()), true) => "✓",
        (Ok(()), false) => "?",
    };
    let answer = match &probed.outcome {
        Ok(_) => format!("{} ms", probed.took_ms),
        Err(error) => error.status.map_or_else(|| "none".to_owned(), |status| status.to_string()),
    };
    let role = source.can.role.as_deref().unwrap_or("-");
    let first = [Clean::line(&format!("{} ({})", source.name, source.tag))];
    let last = [role, probed.badge.word(), &answer, &pace(source)].map(Clean::line);
    first.into_iter().chain(COLUMNS.map(|column| Clean::line(cell(column)))).chain(last).collect()
}

/// How often it is asked, in words.
fn pace(source: &Source) -> String {
    if source.can.is_file {
        return "read when you say so".to_owned();
    }
    let pace = source.can.pace;
    let most = if pace.gap_ms > 0 {
        format!("1 in {} s", f64::from(pace.gap_ms) / 1_000.0)
    } else {
        format!("{}/min", pace.per_minute)
    };
    format!("{most}, every {} s", source.poll_s)
}

/// Why it cannot do what it cannot; one reason for several things stands once.
pub(super) fn reasons(source: &Source) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (capability, reason) in &source.can.refused {
        by_reason.entry(reason).or_default().push(capability.name());
    }
    let mut cannot: Vec<(Vec<&str>, &str)> =
        by_reason.into_iter().map(|(reason, names)| (names, reason)).collect();
    cannot
        .sort_by_key(|(names, _)| Capability::ALL.iter().position(|one| Some(&one.name()) == names.first()));
    let sentence = |(names, reason): (Vec<&str>, &str)| format!("cannot {}: {reason}", names.join(", "));
    let mut lines: Vec<String> = cannot.into_iter().map(sentence).collect();
    let fields = source.can.refused_fields.iter();
    lines.extend(fields.map(|(field, reason)| format!("cannot change {}: {reason}", field.name())));
    if let Err(reason) = source.my_id()
        && source.may(Capability::Reassign).is_ok()
    {
        lines.push(format!("`take` and `owner:me` find nobody. {reason}"));
    }
    lines
}
