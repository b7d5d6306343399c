//! The FHIR R4 face of the flat rows. It only reads; the flat form is the truth.

use serde_json::{Map, Value, json};

use super::store::Kind;

/// The FHIR resource of a flat row.
pub(crate) fn resource(kind: Kind, flat: &Value) -> Value {
    let mut out = Map::new();
    out.insert("resourceType".into(), json!(kind.fhir()));
    let empty = Map::new();
    for (name, value) in flat.as_object().unwrap_or(&empty) {
        let (name, value) = match kind {
            Kind::Task => task_field(name, value),
            Kind::Document => document_field(name, value),
            Kind::Patient | Kind::Practitioner => person_field(name, value),
        };
        if !name.is_empty() {
            out.insert(name, value);
        }
    }
    if matches!(kind, Kind::Patient | Kind::Practitioner) {
        out.insert("name".into(), json!([human_name(flat)]));
    }
    if let Some(updated) = flat.get("lastModified") {
        out.insert("meta".into(), json!({"lastUpdated": updated}));
    }
    Value::Object(out)
}

/// A searchset of these resources.
pub(crate) fn bundle(kind: Kind, resources: Vec<Value>, total: usize, cursor: Option<usize>) -> Value {
    let entries: Vec<Value> = resources.into_iter().map(|resource| json!({"resource": resource})).collect();
    let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "total": total, "entry": entries});
    if let Some(cursor) = cursor {
        let url = format!("/v1/{}?cursor={cursor}", kind.collection());
        bundle["link"] = json!([{"relation": "next", "url": url}]);
    }
    bundle
}

fn task_field(name: &str, value: &Value) -> (String, Value) {
    let (name, value) = match name {
        "patientId" => ("for", reference("Patient", value)),
        "ownerId" => ("owner", reference("Practitioner", value)),
        "requesterId" => ("requester", reference("Practitioner", value)),
        "encounterId" => ("encounter", reference("Encounter", value)),
        "focusId" => ("focus", reference("", value)),
        "code" | "statusReason" | "businessStatus" | "reasonCode" => (name, json!({"text": value})),
        "note" => ("note", json!([{"text": value}])),
        "basedOn" | "partOf" => (name, each(value, |item| reference("", item))),
        "input" | "output" => (name, each(value, parameter)),
        "restriction" => ("restriction", restriction(value)),
        "createdAt" => ("", Value::Null),
        "lastModified" => ("lastModified", value.clone()),
        other => (other, value.clone()),
    };
    (name.to_owned(), value)
}

fn document_field(name: &str, value: &Value) -> (String, Value) {
    let (name, value) = match name {
        "patientId" => ("subject", reference("Patient", value)),
        "practitionerId" => ("author", json!([reference("Practitioner", value)])),
        "encounterId" => ("encounter", reference("Encounter", value)),
        "custodianId" => ("custodian", reference("Organization", value)),
        "type" => ("type", json!({"text": value})),
        "category" => ("category", each(value, |item| json!({"text": item}))),
        "sections" => ("section", each(value, section)),
        "attester" => (
            "attester",
            each(value, |item| renamed(item, "partyId", "party", |id| reference("Practitioner", id))),
        ),
        "relatesTo" => (
            "relatesTo",
            each(value, |item| renamed(item, "targetId", "targetReference", |id| reference("", id))),
        ),
        "event" => (
            "event",
            each(value, |item| {
                let item = renamed(item, "detailIds", "detail", |ids| each(ids, |id| reference("", id)));
                renamed(&item, "code", "code", |codes| each(codes, |code| json!({"coding": [code]})))
            }),
        ),
        "createdAt" | "lastModified" => ("", Value::Null),
        other => (other, value.clone()),
    };
    (name.to_owned(), value)
}

fn person_field(name: &str, value: &Value) -> (String, Value) {
    let (name, value) = match name {
        "firstName" | "middleName" | "lastName" | "fullName" | "prefix" | "suffix" | "createdAt"
        | "lastModified" | "phone" => ("", Value::Null),
        "email" => ("telecom", json!([{"system": "email", "value": value}])),
        "maritalStatus" => ("maritalStatus", json!({"text": value})),
        "specialty" => ("qualification", json!([{"code": {"text": value}}])),
        "npi" => ("identifier", json!([{"system": "http://hl7.org/fhir/sid/us-npi", "value": value}])),
        "generalPractitionerId" => ("generalPractitioner", json!([reference("Practitioner", value)])),
        other => (other, value.clone()),
    };
    (name.to_owned(), value)
}

fn human_name(flat: &Value) -> Value {
    let given = [flat.get("firstName"), flat.get("middleName")].into_iter().flatten().cloned();
    let mut name = json!({"given": given.collect::<Vec<_>>()});
    for (field, target) in [("lastName", "family"), ("fullName", "text")] {
        if let Some(value) = flat.get(field) {
            name[target] = value.clone();
        }
    }
    for field in ["prefix", "suffix"] {
        if let Some(value) = flat.get(field) {
            name[field] = if value.is_array() { value.clone() } else { json!([value]) };
        }
    }
    name
}

fn reference(kind: &str, id: &Value) -> Value {
    match id.as_str() {
        Some(id) if kind.is_empty() || id.contains('/') => json!({"reference": id}),
        Some(id) => json!({"reference": format!("{kind}/{id}")}),
        None => json!({"reference": id}),
    }
}

fn parameter(item: &Value) -> Value {
    let item = renamed(item, "type", "type", |word| json!({"text": word}));
    renamed(&item, "valueReference", "valueReference", |id| reference("", id))
}

fn restriction(value: &Value) -> Value {
    renamed(value, "recipientIds", "recipient", |ids| each(ids, |id| reference("Practitioner", id)))
}

fn section(item: &Value) -> Value {
    let item = renamed(item, "code", "code", |code| json!({"text": code}));
    let item = renamed(&item, "text", "text", |text| {
        let escaped =
            text.as_str().unwrap_or_default().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let lines = escaped.replace('\n', "<br/>");
        json!({"status": "additional", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{lines}</div>")})
    });
    let item = renamed(&item, "resourceIds", "entry", |ids| each(ids, |id| reference("", id)));
    let item = renamed(&item, "authorId", "author", |id| json!([reference("Practitioner", id)]));
    renamed(&item, "sections", "section", |sections| each(sections, section))
}

fn each(value: &Value, change: impl Fn(&Value) -> Value) -> Value {
    value.as_array().map_or_else(|| value.clone(), |items| items.iter().map(change).collect())
}

/// The object with one field renamed and its value changed, the others in their places.
fn renamed(item: &Value, from: &str, to: &str, change: impl Fn(&Value) -> Value) -> Value {
    let Some(object) = item.as_object() else { return item.clone() };
    let field = |(name, value): (&String, &Value)| {
        if name == from { (to.to_owned(), change(value)) } else { (name.clone(), value.clone()) }
    };
    Value::Object(object.iter().map(field).collect())
}
