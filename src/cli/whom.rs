//! Whom a word of the command line means: me, nobody, an id, or a whole name that only one has.
//!
//! Must not guess: a part of a name, or a name that two have, is answered with those that it may mean.

use super::{exit::Failure, output::complain, wire::World};
use crate::{
    domain::{
        people::{Person, PersonKind, Reference},
        task::SourceId,
    },
    providers::{ApiError, Call, ErrorKind, Reply},
};
use std::sync::Arc;

/// How many are named where a word may mean several.
const TOLD: usize = 5;

/// The owner that `me`, `none`, an id or a name means at a source.
pub(super) async fn owner(
    world: &mut World,
    source: SourceId,
    typed: &str,
) -> Result<Option<Reference>, Failure> {
    let kind = world.state.can(source).map_or(PersonKind::Practitioner, |can| can.owners);
    match typed.trim() {
        "none" => Ok(None),
        "me" if kind == PersonKind::List => {
            let name = name_of(world, source);
            Err(Failure::usage(format!("Lists own the tasks of {name}, not people; name a list.")))
        }
        "me" => my_id(world, source).map(|id| Some(Reference::new(&id))),
        typed => somebody(world, source, kind, typed).await.map(Some),
    }
}

/// The user's own id at a source.
pub(super) fn my_id(world: &World, source: SourceId) -> Result<String, Failure> {
    let known = world.state.source(source).ok_or_else(super::fetch::no_source)?;
    known.my_id().map(str::to_owned).map_err(Failure::usage)
}

async fn somebody(
    world: &mut World,
    source: SourceId,
    kind: PersonKind,
    typed: &str,
) -> Result<Reference, Failure> {
    let typed_as = Reference::new(typed);
    let Some(link) = world.links.get(usize::from(source.0)).map(Arc::clone) else { return Ok(typed_as) };
    let name = name_of(world, source);
    match link.converse(&Call::ReadPerson { kind, id: typed_as.id().into() }).await.map(|answer| answer.reply)
    {
        Ok(Reply::Person(person)) => {
            world.state.people.learn(source, person);
            return Ok(typed_as);
        }
        Ok(_) => return Err(Failure::of(&name, &super::meet::odd_answer())),
        Err(ApiError {
            kind: ErrorKind::NotFound | ErrorKind::Unsupported | ErrorKind::Refused(_), ..
        }) => {}
        Err(error) => {
            complain(&format!("{name}: the name of {typed} could not be read: {error}"));
            return Ok(typed_as);
        }
    }
    let search = Call::SearchPeople { kind, name: typed.to_owned() };
    let near = match link.converse(&search).await.map(|answer| answer.reply) {
        Ok(Reply::People(people)) => people,
        // A source without such a search has nobody else to offer.
        _ => Vec::new(),
    };
    let called: Vec<&Person> = near.iter().filter(|person| is_called(person, typed)).collect();
    if let [person] = called.as_slice() {
        let reference = Reference::new(&person.id).with_display(&person.name());
        world.state.people.learn(source, (*person).clone());
        return Ok(reference);
    }
    let what = match kind {
        PersonKind::List => "list",
        PersonKind::Practitioner => "practitioner",
        PersonKind::Patient => "patient",
    };
    let told: Vec<String> =
        near.iter().take(TOLD).map(|person| format!("{} ({})", person.name(), person.id)).collect();
    let told = told.join(", ");
    Err(Failure::usage(match (called.len(), told.as_str()) {
        (0, "") => format!("{name} has no {what} {typed}."),
        (0, told) => format!("{name} has no {what} {typed}; it has {told}."),
        (_, told) => format!("{name} has more than one {what} called {typed}: {told}; give the id."),
    }))
}

/// Whether a word is somebody's whole name; a list is also called by the last part of its path.
fn is_called(person: &Person, typed: &str) -> bool {
    let name = person.name().to_lowercase();
    let typed = typed.to_lowercase();
    let last = (person.kind == PersonKind::List).then(|| name.rsplit(" / ").next()).flatten();
    name == typed || last == Some(&typed)
}

fn name_of(world: &World, source: SourceId) -> String {
    world.state.source(source).map_or_else(String::new, |source| source.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_name_is_needed_and_a_list_answers_to_the_end_of_its_path() {
        let person = |kind, full: &str| Person {
            kind,
            id: "1".into(),
            family: "".into(),
            given: "".into(),
            full: full.into(),
            birth_date: None,
            active: true,
            replaced_by: None,
            about: None,
        };
        let list = person(PersonKind::List, "Office / Front desk");
        let nurse = person(PersonKind::Practitioner, "Ada / Okafor");
        for (person, typed, is) in [
            (&list, "front DESK", true),
            (&list, "office / front desk", true),
            (&list, "desk", false),
            (&nurse, "okafor", false),
            (&nurse, "ada / okafor", true),
        ] {
            assert_eq!(is_called(person, typed), is, "{typed}");
        }
    }
}
