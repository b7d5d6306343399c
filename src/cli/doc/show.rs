//! `rounds doc show`: one document with all its sections, to be read, as JSON, or as a file to be edited.
//!
//! Must not cut a text.

use super::{json, people_of};
use crate::{
    app::State,
    cli::{
        exit::{Exit, Failure},
        names, one,
        output::Output,
        wire::World,
    },
    domain::{
        clean::Clean,
        document::Document,
        markdown::{Page, fingerprint, write},
        outline::rows,
        people::{PersonKind, Reference},
    },
};
use clap::Args;

/// The cells before a value of the header.
const LABEL_WIDTH: usize = 16;

/// The flags of `rounds doc show`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ShowArgs {
    /// The document: `source/id`, or an id that only one source has.
    id: String,
    /// An object.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// A file that can be edited and posted.
    #[arg(long)]
    markdown: bool,
}

/// Shows one document.
pub(super) async fn run(args: &ShowArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let mut document = one::document(world, &args.id).await?;
    if args.json {
        output.json(&json::document(&world.state, &document))?;
        return Ok(Exit::Done);
    }
    names::learn(world, people_of(&document)).await;
    let state = &world.state;
    if args.markdown {
        let source = state.source(document.key.source).map(|source| source.name.as_str().into());
        // What the source said: the names beside it are for the reader.
        let base = Some(fingerprint(&document).into());
        name_people(state, &mut document);
        output.own_text(&write(&Page { source, base, document }))?;
        return Ok(Exit::Done);
    }
    for (label, text) in header(state, &document) {
        let mut label = Clean::line(label);
        for line in Clean::lines(&text) {
            output.line(&Clean::format(format_args!("{} {line}", label.pad(LABEL_WIDTH))))?;
            label = Clean::EMPTY;
        }
    }
    for row in rows(&document) {
        let indent = "  ".repeat(row.path.depth() - 1);
        let code = row.section.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        let number: Vec<String> = row.path.steps().iter().map(|step| (step + 1).to_string()).collect();
        output.own_text("\n")?;
        output.line(&Clean::format(format_args!(
            "{indent}{}. {}{code}",
            number.join("."),
            row.section.title
        )))?;
        for line in Clean::lines(&row.section.text) {
            output.line(&Clean::format(format_args!("{indent}{line}")))?;
        }
    }
    Ok(Exit::Done)
}

fn name_people(state: &State, document: &mut Document) {
    let source = document.key.source;
    let name = |kind, reference: &mut Option<Reference>| {
        let person = reference.as_ref().and_then(|one| state.people.get(source, kind, one.id()));
        if let (Some(person), Some(reference)) = (person, reference) {
            *reference = Reference::new(reference.raw()).with_display(&person.name());
        }
    };
    name(PersonKind::Patient, &mut document.patient);
    name(PersonKind::Practitioner, &mut document.practitioner);
}

/// The header's parts that are set, in words.
fn header(state: &State, document: &Document) -> Vec<(&'static str, String)> {
    let source = document.key.source;
    let name = state.source(source).map_or("", |source| source.name.as_str());
    let shown = |reference: &Option<Reference>| {
        reference.as_ref().map_or_else(String::new, |one| match one.display() {
            Some(display) => format!("{display} ({})", one.raw()),
            None => one.raw().to_owned(),
        })
    };
    let author = document.practitioner.as_ref().map(|one| state.practitioner_name(source, one));
    let time = |time: &Option<crate::domain::time::DateTime>| {
        time.as_ref().map_or_else(String::new, |time| time.display(&state.zone))
    };
    let attesters = document.attesters.iter().map(|one| {
        let parts = [one.mode.as_str().to_owned(), shown(&one.party), time(&one.time)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    });
    let relations =
        document.relates_to.iter().map(|one| format!("{} {}", one.code.as_str(), one.target.raw()));
    let events = document.events.iter().map(|one| {
        let codes = one.codings.iter().filter_map(|coding| coding.display.as_ref().or(coding.code.as_ref()));
        let codes = codes.map(ToString::to_string).collect::<Vec<_>>().join(" / ");
        let details = one.details.iter().map(Reference::raw).collect::<Vec<_>>().join(" ");
        let period = format!("{} – {}", time(&one.period.start), time(&one.period.end));
        let period = if one.period.is_empty() { String::new() } else { period };
        [codes, period, details].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    });
    let lines = [
        ("Id", format!("{name}/{}", document.key.id)),
        ("Title", document.title.to_string()),
        ("Type", document.kind.to_string()),
        ("Status", document.status.as_str().to_owned()),
        ("Patient", state.patient_of(source, document.patient.as_ref())),
        ("Author", author.unwrap_or_default()),
        ("Encounter", shown(&document.encounter)),
        ("Date", time(&document.date)),
        ("Confidentiality", document.confidentiality.as_ref().map_or("", |code| code.as_str()).to_owned()),
        ("Category", document.category.join(", ")),
        ("Custodian", shown(&document.custodian)),
        ("Attested", attesters.collect::<Vec<_>>().join("\n")),
        ("Relates to", relations.collect::<Vec<_>>().join("\n")),
        ("Events", events.collect::<Vec<_>>().join("\n")),
        ("Changed", time(&document.last_modified)),
        ("Wrong as sent", document.defects.join("\n")),
    ];
    lines.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect()
}
