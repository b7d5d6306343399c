//! `rounds doc new`: a file from a template, with the values of a task and its people.
//!
//! Must not put a prompt into a text: they stand in comments, which are left out when the file is read.

use super::source;
use crate::{
    cli::{
        exit::{Exit, Failure},
        meet, names, one,
        output::{Output, complain},
        whom,
        wire::World,
    },
    domain::{
        can::Capability,
        markdown::{Page, write_prompted},
        nearest::nearest,
        people::{Person, PersonKind, Reference},
        task::{SourceId, Task},
        template::{Template, Values},
        time::DateTime,
    },
    runtime::clock,
};
use clap::Args;

/// The flags of `rounds doc new`.
#[derive(Args, Debug)]
pub(in crate::cli) struct NewArgs {
    /// The template: discharge-summary, referral-letter, care-plan, operative-report, transfer-summary, consultation,
    /// ipass, sbar, or one of your own from the folder templates beside the configuration.
    #[arg(long, value_name = "NAME")]
    template: String,
    /// Where it is to be posted; may be left out when one source only keeps documents.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// The task that it is written for: patient, encounter and values come from there.
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    /// The patient's id.
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    /// The author's id, or me; me when left out.
    #[arg(long, value_name = "ID")]
    practitioner: Option<String>,
}

/// Prints a file to write on.
pub(super) async fn run(args: &NewArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let template = template(world, &args.template)?;
    let task = match &args.task {
        Some(id) => Some(one::task(world, id).await?),
        None => None,
    };
    let source = target(args, world, task.as_ref())?;
    // An id of one system names somebody else in another.
    let own_task = task.as_ref().filter(|task| task.key.source == source);
    if task.is_some() && own_task.is_none() {
        complain("The task lives in another source: its patient and encounter are not carried over.");
    }
    let typed = args.patient.as_deref().map(Reference::new);
    let patient = typed.or_else(|| own_task.and_then(|task| task.patient.clone()));
    let author = match args.practitioner.as_deref() {
        Some("me") => Some(whom::my_id(world, source)?),
        Some(id) => Some(id.to_owned()),
        None => whom::my_id(world, source).ok(),
    };
    let author = author.as_deref().map(Reference::new);
    let (patient, patient_person) = known(world, source, PersonKind::Patient, patient).await;
    let (author, author_person) = known(world, source, PersonKind::Practitioner, author).await;

    let (now, zone) = (clock::now(), world.state.zone.clone());
    let mut values = Values::of(task.as_ref(), patient_person.as_ref(), author_person.as_ref(), now, &zone);
    for (name, reference) in [("patient.id", &patient), ("practitioner.id", &author)] {
        values.set(name, reference.as_ref().map_or("", Reference::id));
    }
    let mut filled = template.fill(&values);
    filled.document.patient = patient;
    filled.document.practitioner = author;
    filled.document.date = Some(DateTime::to_the_second(now));
    filled.document.encounter = own_task.and_then(|task| task.encounter.clone());
    let name = world.state.source(source).map(|source| source.name.as_str().into());
    let page = Page { source: name, base: None, document: filled.document };
    output.own_text(&write_prompted(&page, |path| filled.prompts.get(path).map(|prompt| &**prompt)))?;
    Ok(Exit::Done)
}

/// The source that the document is for: the one that is said, else the task's, else the only one.
fn target(args: &NewArgs, world: &World, task: Option<&Task>) -> Result<SourceId, Failure> {
    let named = match (&args.source, task) {
        (None, Some(task)) => task.key.source,
        (name, _) => source(world, name.as_deref())?,
    };
    let may = world.state.may(named, Capability::Document);
    may.map_err(|reason| Failure::new(Exit::Refused, format!("Not done: {reason}")))?;
    Ok(named)
}

fn template(world: &World, name: &str) -> Result<Template, Failure> {
    let templates = &world.state.settings.templates;
    if let Some(template) = templates.iter().find(|template| *template.name == *name) {
        return Ok(template.clone());
    }
    let names = templates.iter().map(|template| &*template.name);
    let rest = match nearest(name, names.clone()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("there are {}.", names.collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::usage(format!("There is no template {name}; {rest}")))
}

/// A reference with the name of whom it names, and the person, as far as the source knows one.
async fn known(
    world: &mut World,
    source: SourceId,
    kind: PersonKind,
    reference: Option<Reference>,
) -> (Option<Reference>, Option<Person>) {
    let Some(reference) = reference else { return (None, None) };
    // A source that does not answer now gives no name; the file can be written all the same.
    if meet::meet(world, source).await.is_ok() {
        names::learn(world, [(source, kind, reference.id().into())]).await;
    }
    let person = world.state.people.get(source, kind, reference.id()).cloned();
    match person {
        Some(person) => (Some(reference.with_display(&person.name())), Some(person)),
        None => (Some(reference), None),
    }
}
