//! The control port: looks into the store, throws the switches, plays a colleague. No API of a real system is here.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::hospital::Hospital;
use super::message::{Reply, Request};
use super::system::System;

/// Answers one request of the control port.
pub(crate) fn control(hospital: &mut Hospital, request: &Request, now: Timestamp) -> Reply {
    let result = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/store") => Ok(hospital.store()),
        ("GET", "/requests") => Ok(hospital.requests()),
        ("GET", "/faults") => Ok(hospital.faults()),
        ("POST", "/faults") => read(request).and_then(|(system, change)| {
            hospital.switch(system, &change)?;
            Ok(hospital.faults())
        }),
        ("POST", "/colleague") => read(request).and_then(|(system, wish)| {
            hospital.face_mut(system.unwrap_or(System::Clinikapi)).colleague(&wish, now)
        }),
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

/// The body, and the system that it names; the name is taken out.
fn read(request: &Request) -> Result<(Option<System>, Value), String> {
    let mut body: Value =
        serde_json::from_slice(&request.body).map_err(|error| format!("The body is not JSON: {error}"))?;
    let system = match body.as_object_mut().and_then(|body| body.shift_remove("system")) {
        None => None,
        Some(Value::String(name)) => Some(System::named(&name)?),
        Some(_) => return Err("The system is named by a string.".into()),
    };
    Ok((system, body))
}
