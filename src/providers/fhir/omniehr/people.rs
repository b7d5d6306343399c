//! Names: patients by FHIR, owners by the users' own list, which each role sees another part of.
//!
//! Must not make a missing name an obstacle: an auditor is told no names of owners, and tasks carry them anyway.

use super::{
    OmniEhr, Stepped, ask, done,
    fhir_errors::{facts, not_its_api},
    heard_json, path_id,
    role::Role,
};
use crate::{
    domain::{
        fold::fold,
        people::{Person, PersonKind},
    },
    providers::{ApiError, ErrorKind, Facts, Reply, Step, fhir::bundle, person_json, wire::WireReply},
};
use serde_json::Value;

const USERS: &str = "/admin/practitioners";

impl OmniEhr {
    pub(super) fn read_person(&self, kind: PersonKind, id: &str, heard: &[WireReply]) -> Stepped {
        let is_patient = kind == PersonKind::Patient;
        if !is_patient && self.role() == Some(&Role::Auditor) {
            return Err(no_name(None));
        }
        let Some(reply) = heard.first() else {
            let id = path_id(id)?;
            let path = if is_patient { format!("/fhir/Patient/{id}") } else { USERS.to_owned() };
            return Ok(Step::Ask(ask(path)));
        };
        if is_patient {
            let (answer, body) = heard_json(reply)?;
            let person = person_json::usable(kind, &body).filter(|person| person.id.eq_ignore_ascii_case(id));
            return match person {
                Some(person) => Ok(done(Reply::Person(person), facts(answer))),
                None => Err(not_its_api(answer, "the person that was asked for")),
            };
        }
        let (people, facts) = users(reply).map_err(|error| match error.kind {
            ErrorKind::Permission => no_name(error.status),
            _ => error,
        })?;
        let person = people.into_iter().find(|person| person.id.eq_ignore_ascii_case(id));
        person.map(|person| done(Reply::Person(person), facts)).ok_or_else(|| no_name(None))
    }

    pub(super) fn search_people(&self, kind: PersonKind, name: &str, heard: &[WireReply]) -> Stepped {
        let is_patient = kind == PersonKind::Patient;
        if !is_patient && self.role() == Some(&Role::Auditor) {
            return Ok(done(Reply::People(Vec::new()), Facts::default()));
        }
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(ask(if is_patient { "/fhir/Patient" } else { USERS })));
        };
        // The newest hundred patients come: the server filters by no name.
        let (mut people, facts) = if is_patient {
            let (answer, body) = heard_json(reply)?;
            let people = bundle::people(kind, &body);
            (people.ok_or_else(|| not_its_api(answer, "a list of people"))?, facts(answer))
        } else {
            users(reply)?
        };
        people.retain(|person| is_called(person, name));
        Ok(done(Reply::People(people), facts))
    }
}

/// The practitioners that this user is told of: all of them, herself, or a refusal.
fn users(reply: &WireReply) -> Result<(Vec<Person>, Facts), ApiError> {
    let (answer, body) = heard_json(reply)?;
    let Some(rows) = body.get("data").and_then(Value::as_array) else {
        return Err(not_its_api(answer, "a list of people"));
    };
    let people = rows.iter().filter_map(|row| person_json::usable(PersonKind::Practitioner, row));
    Ok((people.collect(), facts(answer)))
}

/// Whether every word of a part of a name stands in a person's name, whatever the order, the case and the marks.
fn is_called(person: &Person, part: &str) -> bool {
    let name = fold(&person.name());
    fold(part).split_whitespace().all(|word| name.contains(word))
}

fn no_name(status: Option<u16>) -> ApiError {
    ApiError {
        kind: ErrorKind::NotFound,
        status,
        sentence: "OmniEHR tells this user no name for that practitioner.".to_owned(),
        request_id: None,
    }
}
