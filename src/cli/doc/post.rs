//! `rounds doc post`: the document of a file, made or changed at its source.
//!
//! Must not write over what the file was not written from, nor sign without the user's word.

use super::{
    check::{self, Located, located},
    people_of, rules, source, text_of,
};
use crate::{
    app::{outbox::Wish, writes},
    cli::{
        change::{self, WriteFlags},
        exit::{Exit, Failure},
        fetch, meet, names, one,
        output::{Output, complain},
        wire::World,
    },
    domain::{
        can::{Capability, DocumentRules},
        check::Problem,
        check_document::{check_document, sort_problems},
        document::{Document, DocumentField, DocumentStatus},
        markdown::{self, Reading},
        outline::{self, Spot},
        task::SourceId,
    },
};
use clap::Args;

/// The arguments of `rounds doc post`.
#[derive(Args, Debug)]
pub(in crate::cli) struct PostArgs {
    /// The file, or - for stdin.
    file: String,
    /// Where; else the source that the file names, or the only one that keeps documents.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Sign it: what is final or amended is not sent without.
    #[arg(long)]
    sign: bool,
    #[command(flatten)]
    flags: WriteFlags,
}

/// Makes or changes the document of a file.
pub(super) async fn run(args: &PostArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let (text, file) = text_of(&args.file)?;
    let mut reading = markdown::read(&text);
    let source = target(args, &reading, world)?;
    meet::meet_to_write(world, source, Capability::Document).await?;
    let Some(rules) = rules(world, source) else {
        return Err(Failure::new(Exit::Refused, "Not done: this source takes no documents."));
    };
    let creating = check::date_when_new(&mut reading);
    if creating || !reading.flaws.is_empty() {
        refuse(file, &check::problems(&reading, rules, creating))?;
    }
    reading.page.document.key.source = source;
    let wish = if creating {
        Wish::CreateDocument(Box::new(reading.page.document.clone()))
    } else {
        update(&reading, rules, file, world).await?
    };
    let Some(document) = wish.document() else { return Err(fetch::no_source()) };
    sign(args, document)?;
    names::learn(world, people_of(document)).await;
    let line = writes::document_line(&world.state, verb(&wish), document);
    // A file is still there; what came through a pipe may be nowhere else.
    let typed = if args.file == "-" { text.as_str() } else { "" };
    let sent = change::document(world, source, wish, (&line, typed), args.flags, output).await;
    let result = sent.map_err(|failure| at_places(failure, file, &reading))?;
    if args.flags.json {
        output.json(&result.object)?;
    }
    Ok(result.exit)
}

fn target(args: &PostArgs, reading: &Reading, world: &World) -> Result<SourceId, Failure> {
    let named = reading.page.source.as_deref();
    if let (Some(said), Some(named)) = (args.source.as_deref(), named)
        && said != named
        && !reading.page.document.key.id.is_empty()
    {
        return Err(Failure::usage(format!(
            "The file changes a document of {named}; take its id out to make a new one at {said}."
        )));
    }
    source(world, args.source.as_deref().or(named))
}

fn refuse(file: &str, problems: &[Located]) -> Result<(), Failure> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure { exit: Exit::Usage, sentences: problems.iter().map(|problem| problem.line(file)).collect() })
}

/// A change of the document as it is now, if the file was written from that.
async fn update(
    reading: &Reading,
    rules: &DocumentRules,
    file: &str,
    world: &mut World,
) -> Result<Wish, Failure> {
    let mut document = reading.page.document.clone();
    let name = world.state.source(document.key.source).map_or("", |source| source.name.as_str());
    let id = format!("{name}/{}", document.key.id);
    let base = one::document(world, &id).await?;
    match &reading.page.base {
        Some(seen) if **seen != *markdown::fingerprint(&base) => {
            return Err(Failure::new(
                Exit::Conflict,
                format!(
                    "Not done: somebody changed {id} since {file} was written. What it is now: rounds doc show {id} \
                     --markdown"
                ),
            ));
        }
        Some(_) => {}
        None => complain(&format!(
            "{file} does not say which state of {id} it was written from; what the source has now is taken for it."
        )),
    }
    let found = check_document(&document, rules, false);
    let sorted = sort_problems(&base, &document, found, |base| check_document(base, rules, false));
    let at = |problem: Problem| located(reading, problem.path, problem.sentence);
    for remark in sorted.standing.into_iter().map(at) {
        complain(&format!("May stay, its source has it so: {}", remark.line(file)));
    }
    let mut problems: Vec<Located> = sorted.to_correct.into_iter().map(at).collect();
    for field in document.changed(&base).into_iter().filter(|field| !rules.update.contains(field)) {
        let sentence = format!("{} of an existing document cannot be changed here.", field.name());
        problems.push(located(reading, field.name().to_owned(), sentence));
    }
    let is_changed = document.changed(&base).iter().any(|field| *field != DocumentField::Status);
    let was_final = matches!(base.status, DocumentStatus::Final | DocumentStatus::Amended);
    if was_final && is_changed && document.status != DocumentStatus::Amended {
        let sentence = "It has been final: what changes it is status = \"amended\".".to_owned();
        problems.push(located(reading, DocumentField::Status.name().to_owned(), sentence));
    }
    refuse(file, &problems)?;
    outline::adopt_raw(&mut document, &base);
    // Names beside references are the file's own remark.
    for field in DocumentField::ALL.into_iter().filter(|field| *field != DocumentField::Sections) {
        if document.same(&base, field) {
            document.take(&base, field);
        }
    }
    document.version.clone_from(&base.version);
    document.last_modified.clone_from(&base.last_modified);
    Ok(Wish::UpdateDocument { base: Box::new(base), document: Box::new(document) })
}

fn sign(args: &PostArgs, document: &Document) -> Result<(), Failure> {
    let is_draft = document.status == DocumentStatus::Preliminary;
    if is_draft || args.sign || args.flags.dry_run {
        return Ok(());
    }
    let status = document.status.as_str();
    Err(Failure::usage(format!("Not done: a document that is {status} is signed by sending it. Add --sign.")))
}

fn verb(wish: &Wish) -> &'static str {
    match wish {
        Wish::CreateDocument(_) => "New document",
        _ => "Change document",
    }
}

/// What a source said of a field, with the place in the file where it stands.
fn at_places(failure: Failure, file: &str, reading: &Reading) -> Failure {
    let place = |sentence: String| {
        let path = sentence.split(": ").find(|part| part.contains('.') && Spot::of(part).is_some());
        match path.map(|path| reading.place(path)) {
            Some(place) => format!("{file}:{}:{}: {sentence}", place.line, place.column),
            None => sentence,
        }
    };
    Failure { exit: failure.exit, sentences: failure.sentences.into_iter().map(place).collect() }
}
