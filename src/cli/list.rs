//! `rounds ls`: tasks as a table, as JSON, as NDJSON or as TSV.
//!
//! Must not hide that a source is missing: that is said on stderr and by the exit code.

use super::{
    exit::{Exit, Failure},
    fetch,
    fields::{self, FieldName},
    grid, names,
    output::Output,
    query, watch,
    wire::World,
};
use crate::{
    app::store::Row,
    domain::{clean::Clean, task::Task},
};
use clap::Args;
use serde_json::Value;

/// The flags of `rounds ls`.
#[derive(Args, Debug)]
#[command(after_help = fields::help())]
pub(super) struct ListArgs {
    /// A filter such as `status:open prio:>=urgent`; nothing lists everything.
    query: Vec<String>,
    /// An array of objects.
    #[arg(long, conflicts_with_all = ["ndjson", "tsv", "watch"])]
    json: bool,
    /// One object a line.
    #[arg(long, conflicts_with = "tsv")]
    ndjson: bool,
    /// Values between tabs, the names in the first line.
    #[arg(long, conflicts_with = "watch")]
    tsv: bool,
    /// These fields only, between commas.
    #[arg(long, value_name = "A,B")]
    fields: Option<String>,
    /// At most so many tasks.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Go on: one object a line for each task that is added, changed or gone.
    #[arg(long, conflicts_with = "limit")]
    watch: bool,
}

/// Lists tasks.
pub(super) async fn run(args: &ListArgs, world: &mut World, output: &mut Output) -> Result<Exit, Failure> {
    let mut query = query::read(&args.query)?;
    query.limit = args.limit.or(query.limit);
    let fields = args.fields.as_deref().map(fields::parse).transpose()?;
    if args.watch {
        return watch::run(world, &query, fields.as_deref(), output).await;
    }
    let listing = fetch::list(world, &query).await?;
    let shown = fields.clone().unwrap_or_else(fields::usual);
    let as_json = args.json || args.ndjson;
    let needs_names = shown.iter().any(FieldName::needs_names) && (!as_json || fields.is_some());
    if needs_names {
        names::learn_people_of(world, &listing.rows).await;
    }
    let tasks = tasks(world, &listing.rows);
    if as_json {
        let objects = tasks.iter().map(|task| fields::object(&world.state, task, fields.as_deref()));
        if args.json {
            output.json(&Value::Array(objects.collect()))?;
        } else {
            objects.into_iter().try_for_each(|object| output.json_line(&object))?;
        }
    } else if args.tsv {
        tsv(world, &tasks, &shown, output)?;
    } else if !tasks.is_empty() {
        table(world, &tasks, &shown, output)?;
    }
    Ok(listing.exit(world))
}

/// The tasks of rows.
pub(super) fn tasks(world: &World, rows: &[Row]) -> Vec<Task> {
    rows.iter().filter_map(|row| world.state.store.task(*row)).collect()
}

fn tsv(world: &World, tasks: &[Task], fields: &[FieldName], output: &mut Output) -> Result<(), Failure> {
    let names: Vec<&str> = fields.iter().map(FieldName::name).collect();
    output.own_text(&names.join("\t"))?;
    output.own_text("\n")?;
    for task in tasks {
        let cells: Vec<Clean> = fields.iter().map(|field| field.text(&world.state, task, false)).collect();
        output.own_text(&cells.iter().map(Clean::as_str).collect::<Vec<_>>().join("\t"))?;
        output.own_text("\n")?;
    }
    Ok(())
}

/// A table as wide as its words, cut to the terminal's width where there is one.
fn table(world: &World, tasks: &[Task], fields: &[FieldName], output: &mut Output) -> Result<(), Failure> {
    let heads: Vec<Clean> = fields.iter().map(|field| Clean::line(&field.name().to_uppercase())).collect();
    let cells = |task: &Task| fields.iter().map(|field| field.text(&world.state, task, true)).collect();
    let rows = tasks.iter().map(cells);
    grid::print(std::iter::once(heads).chain(rows), output)
}
