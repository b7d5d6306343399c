//! From JSON to a person: the simplified shape and the FHIR shape of patients and practitioners.
//!
//! Must not join people of different sources, nor refuse one for a missing name.

use super::json::text_or_number;
use crate::domain::{
    people::{Person, PersonKind, Reference},
    time::DateTime,
};
use serde_json::Value;

/// A person that came along with the rows of a task search.
pub fn included(row: &Value) -> Option<Person> {
    let kind = match row.get("resourceType")?.as_str()? {
        "Patient" => PersonKind::Patient,
        "Practitioner" => PersonKind::Practitioner,
        _ => return None,
    };
    usable(kind, row)
}

/// The person of a row that has a usable id; a bundle of an including read gives its person of that kind.
pub fn usable(kind: PersonKind, value: &Value) -> Option<Person> {
    let own_type = match kind {
        PersonKind::Patient => "Patient",
        PersonKind::Practitioner | PersonKind::List => "Practitioner",
    };
    match value.get("resourceType").map(Value::as_str) {
        Some(Some("Bundle")) => {
            let entries = value.get("entry")?.as_array()?;
            return entries
                .iter()
                .filter_map(|entry| entry.get("resource"))
                .find_map(|resource| included(resource).filter(|person| person.kind == kind));
        }
        Some(other) if other != Some(own_type) => return None,
        _ => {}
    }
    let id = value.get("id").and_then(text_or_number).filter(|id| !id.trim().is_empty())?;
    let name = official_name(value);
    let flat = |field: &str| value.get(field).and_then(Value::as_str);
    let of_name = |field: &str| name.and_then(|name| name.get(field));
    let given = flat("firstName").map_or_else(|| joined(of_name("given")), str::to_owned);
    let family = flat("lastName").or_else(|| of_name("family").and_then(Value::as_str));
    let full = flat("fullName").or_else(|| of_name("text").and_then(Value::as_str));
    let birth_date = flat("birthDate").filter(|date| !date.is_empty());
    Some(Person {
        kind,
        id: id.into(),
        family: family.unwrap_or_default().into(),
        given: given.into(),
        full: full.unwrap_or_default().into(),
        birth_date: birth_date.map(DateTime::parse),
        active: value.get("active").and_then(Value::as_bool).unwrap_or(true),
        replaced_by: replaced_by(value),
        about: None,
    })
}

/// What a merged record is to be read in place of (FHIR `Patient.link`).
fn replaced_by(value: &Value) -> Option<Reference> {
    let links = value.get("link")?.as_array()?;
    let forward =
        links.iter().find(|link| link.get("type").and_then(Value::as_str) == Some("replaced-by"))?;
    let to = forward.get("other")?.get("reference")?.as_str()?;
    Some(Reference::new(to)).filter(|to| !to.id().is_empty())
}

/// Of the names of a FHIR person the official one, else the usual one, else the first.
fn official_name(value: &Value) -> Option<&Value> {
    let names = value.get("name")?.as_array()?;
    let of_use =
        |wanted: &str| names.iter().find(move |name| name.get("use").and_then(Value::as_str) == Some(wanted));
    of_use("official").or_else(|| of_use("usual")).or_else(|| names.first())
}

/// Given names are a list in FHIR.
fn joined(names: Option<&Value>) -> String {
    let names = names.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merged_patient_names_the_record_in_its_place() {
        let read = |link: Value| {
            let value = json!({"resourceType": "Patient", "id": "p1", "active": false, "link": link});
            let person = usable(PersonKind::Patient, &value).unwrap();
            (person.active, person.replaced_by.map(|to| to.raw().to_owned()))
        };
        let link = |kind: &str| json!([{"other": {"reference": "Patient/p9"}, "type": kind}]);
        assert_eq!(read(link("replaced-by")), (false, Some("Patient/p9".to_owned())));
        for other in [link("refer"), json!([{"type": "replaced-by"}]), json!("p9"), json!([])] {
            assert_eq!(read(other), (false, None));
        }
    }
}
