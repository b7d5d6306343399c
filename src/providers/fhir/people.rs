//! Asking for people: one by id, several by a part of their name.
//!
//! Must not join people of different servers.

use super::{Stepped, bundle, done, errors, path_id, request};
use crate::{
    domain::people::PersonKind,
    providers::{
        Reply, Step, person_json,
        wire::{Method, WireReply},
    },
};

/// How many people a picker is given.
const MOST_PEOPLE: &str = "50";

fn collection(kind: PersonKind) -> &'static str {
    match kind {
        PersonKind::Patient => "/Patient",
        // Nothing here is owned by a list; what is asked for as one is a practitioner.
        PersonKind::Practitioner | PersonKind::List => "/Practitioner",
    }
}

pub(super) fn read_person(kind: PersonKind, id: &str, heard: &[WireReply]) -> Stepped {
    let Some(reply) = heard.first() else {
        let path = format!("{}/{}", collection(kind), path_id(id)?);
        return Ok(Step::Ask(request(Method::Get, path)));
    };
    let answer = errors::good(reply)?;
    let body = errors::json(answer)?;
    match person_json::usable(kind, &body).filter(|person| *person.id == *id) {
        Some(person) => Ok(done(Reply::Person(person), errors::facts(answer))),
        None => Err(errors::not_its_api(answer, "the person that was asked for")),
    }
}

pub(super) fn search_people(kind: PersonKind, name: &str, heard: &[WireReply]) -> Stepped {
    let Some(reply) = heard.first() else {
        let mut request = request(Method::Get, collection(kind));
        let name = Some(name.trim()).filter(|name| !name.is_empty());
        let pairs = name.map(|name| ("name", name)).into_iter().chain([("_count", MOST_PEOPLE)]);
        request.query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        return Ok(Step::Ask(request));
    };
    let answer = errors::good(reply)?;
    let body = errors::json(answer)?;
    let kind = if kind == PersonKind::List { PersonKind::Practitioner } else { kind };
    let people =
        bundle::people(kind, &body).ok_or_else(|| errors::not_its_api(answer, "a list of people"))?;
    Ok(done(Reply::People(people), errors::facts(answer)))
}
