//! The control port: looks into the store, throws the switches, plays a colleague. No API of a real system is here.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::hospital::Hospital;
use super::message::{Reply, Request};

/// Answers one request of the control port.
pub(crate) fn control(hospital: &mut Hospital, request: &Request, now: Timestamp) -> Reply {
    let result = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/store") => Ok(hospital.store()),
        ("GET", "/requests") => Ok(hospital.requests()),
        ("GET", "/faults") => faults(hospital),
        ("POST", "/faults") => read(request).and_then(|change| {
            hospital.clinikapi.faults = hospital.clinikapi.faults.changed(&change)?;
            faults(hospital)
        }),
        ("POST", "/colleague") => read(request).and_then(|wish| hospital.clinikapi.colleague(&wish, now)),
        ("POST", "/reset") => hospital.reset().map(|()| json!({"reset": true})),
        _ => {
            let known = "GET /store, GET /requests, GET and POST /faults, POST /colleague, POST /reset";
            return Reply::json(404, &json!({"error": format!("The control port knows {known}.")}));
        }
    };
    match result {
        Ok(body) => Reply::json(200, &body),
        Err(error) => Reply::json(400, &json!({"error": error})),
    }
}

fn faults(hospital: &Hospital) -> Result<Value, String> {
    serde_json::to_value(&hospital.clinikapi.faults).map_err(|error| error.to_string())
}

fn read(request: &Request) -> Result<Value, String> {
    serde_json::from_slice(&request.body).map_err(|error| format!("The body is not JSON: {error}"))
}
