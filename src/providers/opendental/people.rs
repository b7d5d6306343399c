//! Patients, appointments, users and lists by number and by name (contract §3).
//!
//! Must not ask for a user or a list where the office has told them already: every request costs seconds.

use super::{
    OpenDental, Told, ask, errors, facts, get,
    list::rows,
    lore::{LIST, List, Office, User, nobody},
    map::APPOINTMENT,
    path_number,
    row::Row,
    talk::Talk,
    times::from_office,
    told,
};
use crate::{
    domain::people::{Person, PersonKind},
    providers::{ApiError, ErrorKind, Facts, Reply},
};
use serde_json::Value;
use std::borrow::Cow;

/// What the office calls people who are cared for no more.
const INACTIVE: [&str; 5] = ["Inactive", "Archived", "Deceased", "Deleted", "NonPatient"];

impl OpenDental {
    pub(super) fn read_person(&self, talk: &mut Talk<'_>, kind: PersonKind, id: &str) -> Told {
        let person = match kind {
            PersonKind::Patient => match id.strip_prefix(APPOINTMENT) {
                Some(num) => return person_of_appointment(talk, id, num),
                None => {
                    return patient_of(talk, id).map(|(person, facts)| told(Reply::Person(person), facts));
                }
            },
            PersonKind::List => {
                let office = self.known_lists(talk)?;
                let list = office.list(id.strip_prefix(LIST).unwrap_or(id));
                list.map(|list| office.owner(list)).ok_or_else(|| nothing("list", id))
            }
            PersonKind::Practitioner => {
                let office = self.known_users(talk)?;
                office.user(id).map(User::person).ok_or_else(|| nothing("user", id))
            }
        }?;
        Ok(told(Reply::Person(person), Facts::default()))
    }

    pub(super) fn search_people(&self, talk: &mut Talk<'_>, kind: PersonKind, name: &str) -> Told {
        let wanted = name.trim().to_lowercase();
        let fits = |person: &Person| person.active && person.name().to_lowercase().contains(&wanted);
        let people: Vec<Person> = match kind {
            PersonKind::Patient => return search_patients(talk, name.trim()),
            PersonKind::List => {
                let office = self.known_lists(talk)?;
                office.lists.iter().map(|list| office.owner(list)).filter(fits).collect()
            }
            PersonKind::Practitioner => {
                self.known_users(talk)?.users.iter().map(User::person).filter(fits).collect()
            }
        };
        Ok(told(Reply::People(people), Facts::default()))
    }

    /// The lists that the office told of, asked for where it was not probed.
    fn known_lists(&self, talk: &mut Talk<'_>) -> Told<Cow<'_, Office>> {
        if let Some(office) = &self.lore {
            return Ok(Cow::Borrowed(office));
        }
        let (rows, _) = Self::task_lists(talk, false)?;
        Ok(Cow::Owned(Office { lists: rows.iter().filter_map(List::read).collect(), ..Office::default() }))
    }

    /// The users that the office told of, asked for where it was not probed.
    fn known_users(&self, talk: &mut Talk<'_>) -> Told<Cow<'_, Office>> {
        if let Some(office) = &self.lore {
            return Ok(Cow::Borrowed(office));
        }
        let (rows, _) = Self::users(talk)?;
        Ok(Cow::Owned(Office { users: rows.iter().filter_map(User::read).collect(), ..Office::default() }))
    }
}

fn nothing(what: &str, id: &str) -> ApiError {
    ApiError {
        kind: ErrorKind::NotFound,
        status: None,
        sentence: format!(
            "This office has no {what} of the number {}.",
            crate::providers::answers::plain(id)
        ),
        request_id: None,
    }
}

/// The patient of an appointment, and what the appointment is.
fn person_of_appointment(talk: &mut Talk<'_>, id: &str, num: &str) -> Told {
    let (answer, body) = ask(talk, get(format!("/appointments/{}", path_number(num)?), &[]))?;
    let wanted = "the appointment that was asked for";
    let mut row = Row::new(&body).ok_or_else(|| errors::not_its_api(answer, wanted))?;
    if row.number("AptNum").is_none_or(|found| *found != *num) {
        return Err(errors::not_its_api(answer, wanted).into());
    }
    let about = Some(appointment(&mut row).into());
    let Some(patient) = row.number("PatNum") else {
        let person = Person { about, ..nobody(PersonKind::Patient, id) };
        return Ok(told(Reply::Person(person), facts(answer)));
    };
    let (person, facts) = patient_of(talk, &patient)?;
    Ok(told(Reply::Person(Person { id: id.into(), about, ..person }), facts))
}

fn patient_of(talk: &mut Talk<'_>, id: &str) -> Told<(Person, Facts)> {
    let (answer, body) = ask(talk, get(format!("/patients/{}", path_number(id)?), &[]))?;
    match patient(&body).filter(|person| *person.id == *id) {
        Some(person) => Ok((person, facts(answer))),
        None => Err(errors::not_its_api(answer, "the patient that was asked for").into()),
    }
}

/// By family name, or by both names in either order: who types them seldom knows how the office keeps them.
fn search_patients(talk: &mut Talk<'_>, name: &str) -> Told {
    let (first, rest) = match name.split_once(',') {
        Some((family, given)) => (given.trim(), family.trim()),
        None => {
            name.split_once(char::is_whitespace).map_or(("", name), |(given, family)| (given, family.trim()))
        }
    };
    let mut pairs = vec![(rest, first)];
    if !first.is_empty() && !name.contains(',') {
        pairs.push((first, rest));
    }
    let mut outcome = told(Reply::People(Vec::new()), Facts::default());
    for (family, given) in pairs {
        let query = [("LName", family), ("FName", given), ("Limit", "100")];
        let query: Vec<_> = query.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let (answer, body) = ask(talk, get("/patients", &query))?;
        let rows = rows(answer, body, "a list of patients")?;
        let people: Vec<Person> = rows.iter().filter_map(patient).collect();
        let is_found = !people.is_empty();
        outcome = told(Reply::People(people), facts(answer));
        if is_found {
            break;
        }
    }
    Ok(outcome)
}

/// A patient under the name that the program shows: `LName, 'Preferred' FName MiddleI`.
fn patient(value: &Value) -> Option<Person> {
    let mut row = Row::new(value)?;
    let id = row.number("PatNum")?;
    let mut text = |name| row.text(name).map(String::from).unwrap_or_default();
    let (family, first, middle, preferred) =
        (text("LName"), text("FName"), text("MiddleI"), text("Preferred"));
    let birth = text("Birthdate");
    let status = text("PatStatus");
    let given = [first, middle].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let quoted = if preferred.is_empty() { String::new() } else { format!("'{preferred}'") };
    let called =
        [quoted, given.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let full =
        [family.clone(), called].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    Some(Person {
        family: family.into(),
        given: given.into(),
        full: full.into(),
        birth_date: from_office(&birth, None).filter(|_| !birth.is_empty()),
        active: !INACTIVE.contains(&status.as_str()),
        replaced_by: None,
        ..nobody(PersonKind::Patient, &id)
    })
}

/// An appointment in a line: when, what, and how it stands. One that is not scheduled has no time (contract §3).
fn appointment(row: &mut Row<'_>) -> String {
    let mut text = |name| row.text(name).map(String::from).unwrap_or_default();
    let (status, time, procedures) = (text("AptStatus"), text("AptDateTime"), text("ProcDescript"));
    let time = from_office(&time, None).filter(|_| !time.is_empty());
    let (when, stands) = match status.as_str() {
        "UnschedList" => ("unscheduled".to_owned(), String::new()),
        known => {
            let when = time.map(|time| time.raw().get(..16).unwrap_or(time.raw()).to_owned());
            let stands = match known {
                "Scheduled" | "" => String::new(),
                "ASAP" => "ASAP".to_owned(),
                "PtNote" => "patient note".to_owned(),
                "PtNoteCompleted" => "completed patient note".to_owned(),
                "Complete" | "Broken" | "Planned" => known.to_lowercase(),
                unknown => unknown.to_owned(),
            };
            (when.unwrap_or_else(|| "without a time".to_owned()), stands)
        }
    };
    let parts = [format!("appointment {when}"), procedures, stands];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
