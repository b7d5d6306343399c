//! `rounds doc ls`: documents of the sources that keep them, the newest first.
//!
//! Must not pass a list off as whole where a source did not give it to its end.

use super::{json, people_of};
use crate::{
    cli::{
        exit::{Exit, Failure},
        fetch, grid,
        meet::{self, Patience, odd_answer},
        names, one,
        output::{Output, complain},
        wire::World,
    },
    domain::{can::Capability, clean::Clean, document::Document, people::Reference, task::SourceId},
    providers::{Answer, Call, DocumentCall, DocumentSearch, Reply},
};
use clap::Args;
use std::sync::Arc;

/// A list longer than this is cut, and that is said.
const MOST_PAGES: usize = 50;

/// The flags of `rounds doc ls`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ListArgs {
    /// Of one source.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Of one patient, by id.
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    /// Of the patient of a task.
    #[arg(long, value_name = "ID", conflicts_with = "patient")]
    task: Option<String>,
    /// Of one author, by id.
    #[arg(long, value_name = "ID")]
    practitioner: Option<String>,
    /// Of one status: preliminary, final, amended.
    #[arg(long, value_name = "CODE")]
    status: Option<String>,
    /// Of one type, such as discharge-summary.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// An array of objects; sections as far as the list brings them.
    #[arg(long)]
    json: bool,
}

/// Lists documents.
pub(super) async fn run(args: &ListArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let mut patient = args.patient.clone();
    let mut sources = match &args.source {
        Some(name) => vec![fetch::source_named(world, name)?],
        None => world.state.source_ids(),
    };
    if let Some(id) = &args.task {
        let task = one::task(world, id).await?;
        let Some(of_task) = &task.patient else {
            return Err(Failure::new(Exit::NothingMatched, "This task has no patient."));
        };
        patient = Some(of_task.id().to_owned());
        sources = vec![task.key.source];
    }
    let may = |source: &SourceId| world.state.may(*source, Capability::Document);
    match sources.as_slice() {
        [] => return Err(fetch::no_source()),
        [only] => may(only).map_err(|reason| Failure::new(Exit::Refused, reason))?,
        _ => sources.retain(|source| may(source).is_ok()),
    }
    let search = DocumentSearch {
        patient,
        practitioner: args.practitioner.clone(),
        status: args.status.clone(),
        kind: args.kind.clone(),
        ..DocumentSearch::default()
    };
    let mut documents = Vec::new();
    let mut exits = Vec::new();
    for source in sources {
        match read(world, source, &search).await {
            Ok(found) => documents.extend(found.into_iter().filter(|one| is_wanted(one, &search))),
            Err(failure) => {
                failure.sentences.iter().for_each(|sentence| complain(sentence));
                exits.push(failure.exit);
            }
        }
    }
    let zone = world.state.zone.clone();
    let written = |document: &Document| document.date.as_ref().and_then(|date| date.start(&zone));
    documents.sort_by_key(|document| std::cmp::Reverse(written(document)));
    if args.json {
        output.json(&documents.iter().map(|document| json::document(&world.state, document)).collect())?;
    } else {
        names::learn(world, documents.iter().flat_map(people_of)).await;
        print(world, &documents, output)?;
    }
    exits.push(if documents.is_empty() { Exit::NothingMatched } else { Exit::Done });
    if documents.is_empty() && exits.len() > 1 {
        // What could not be asked is the reason that nothing is there.
        exits.pop();
    }
    Ok(Exit::of_all(exits))
}

/// What a source does not filter by itself is filtered here.
fn is_wanted(document: &Document, search: &DocumentSearch) -> bool {
    let is = |wanted: &Option<String>, has: Option<&str>| wanted.as_deref().is_none_or(|id| has == Some(id));
    is(&search.patient, document.patient.as_ref().map(Reference::id))
        && is(&search.practitioner, document.practitioner.as_ref().map(Reference::id))
        && is(&search.status, Some(document.status.as_str()))
}

async fn read(
    world: &mut World,
    source: SourceId,
    search: &DocumentSearch,
) -> Result<Vec<Document>, Failure> {
    meet::meet(world, source).await?;
    let Some(link) = world.links.get(usize::from(source.0)).map(Arc::clone) else {
        return Err(fetch::no_source());
    };
    let name = world.state.source(source).map_or_else(String::new, |source| source.name.clone());
    let count = world.state.can(source).map_or(100, |can| can.page_count);
    let (mut documents, mut cursor, mut is_cut) = (Vec::new(), None, false);
    for page in 1..=MOST_PAGES {
        let call = Call::Document(DocumentCall::Search { search: search.clone(), cursor, count });
        match Patience::alone().converse(&link, &call).await {
            Ok(Answer { reply: Reply::Documents(found), .. }) => {
                documents.extend(found.documents);
                found.complaints.iter().for_each(|complaint| complain(&format!("{name}: {complaint}")));
                is_cut |= found.is_cut;
                cursor = found.next;
            }
            Ok(_) => return Err(Failure::of(&name, &odd_answer())),
            Err(error) => return Err(Failure::of(&name, &error)),
        }
        if cursor.is_none() {
            break;
        }
        is_cut |= page == MOST_PAGES;
    }
    if is_cut {
        complain(&format!("{name}: the list has no end that could be reached; documents may be missing."));
    }
    Ok(documents)
}

fn print(world: &World, documents: &[Document], output: &mut Output) -> Result<(), Failure> {
    let state = &world.state;
    let row = |document: &Document| -> Vec<Clean> {
        let source = document.key.source;
        let name = state.source(source).map_or("", |source| source.name.as_str());
        let date = document.date.as_ref().map(|date| date.display(&state.zone)).unwrap_or_default();
        [
            &*format!("{name}/{}", document.key.id),
            document.status.as_str(),
            &document.kind,
            &date,
            &state.patient_of(source, document.patient.as_ref()),
            &document.title,
        ]
        .map(Clean::line)
        .into()
    };
    grid::print(documents.iter().map(row), output)
}
