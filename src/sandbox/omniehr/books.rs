//! What the system keeps, and how its API shows each row. It checks nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::body::Draft;
use crate::sandbox::chance::Chance;

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Everything.
    Admin,
    /// Their own tasks.
    Practitioner,
    /// Looking at everything.
    Auditor,
}

/// Somebody with an account; practitioners are what references call `Practitioner`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(super) id: String,
    /// Their name in the hospital's own list of staff; empty when they are not in it.
    pub(super) staff: String,
    pub(super) email: String,
    pub(super) full_name: String,
    pub(super) role: Role,
    pub(super) active: bool,
    pub(super) last_login: Option<Timestamp>,
    pub(super) created: Timestamp,
}

/// Somebody who is cared for; an empty text is a field that was never filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Patient {
    pub(super) id: String,
    pub(super) pid: String,
    pub(super) family: String,
    pub(super) given: String,
    pub(super) phone: String,
    pub(super) email: String,
    pub(super) line: String,
    pub(super) gender: String,
    pub(super) birth: String,
    pub(super) created: Timestamp,
}

/// A task; an empty text is a field that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(super) id: String,
    pub(super) status: String,
    pub(super) intent: String,
    pub(super) priority: String,
    pub(super) code: String,
    pub(super) description: String,
    pub(super) patient_id: String,
    pub(super) owner_id: Option<String>,
    pub(super) owner_name: String,
    pub(super) authored: Timestamp,
    pub(super) due: Option<Timestamp>,
    pub(super) note: String,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
}

/// What outlives a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Books {
    pub(super) users: Vec<User>,
    pub(super) patients: Vec<Patient>,
    pub(super) tasks: Vec<Task>,
    pub(super) ids: Chance,
}

impl Books {
    pub(super) fn new(seed: u64) -> Books {
        let (users, patients, tasks) = (Vec::new(), Vec::new(), Vec::new());
        Books { users, patients, tasks, ids: Chance::new(seed ^ 0x0a41) }
    }

    /// A new id of 24 hexadecimal digits.
    pub(super) fn draw_id(&mut self) -> String {
        format!("{:08x}{:016x}", self.ids.next() >> 32, self.ids.next())
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(super) fn patient(&self, id: &str) -> Option<&Patient> {
        self.patients.iter().find(|patient| patient.id == id)
    }

    pub(super) fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// Those who can own a task.
    pub(super) fn practitioners(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| user.role == Role::Practitioner)
    }

    /// Everything, as the API shows it to those who may see it.
    pub(super) fn flat(&self) -> Value {
        json!({
            "tasks": self.tasks.iter().map(Task::shown).collect::<Vec<_>>(),
            "patients": self.patients.iter().map(Patient::shown).collect::<Vec<_>>(),
            "practitioners": self.practitioners().map(User::shown).collect::<Vec<_>>(),
        })
    }
}

impl User {
    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "email": self.email,
            "fullName": self.full_name,
            "organization": "Synthetic Hospital, nobody works here",
            "role": self.role,
            "active": self.active,
        });
        if let Some(last_login) = self.last_login {
            shown["lastLoginAt"] = json!(stamp(last_login));
        }
        shown["createdAt"] = json!(stamp(self.created));
        shown
    }
}

impl Patient {
    /// Absent names are empty texts and absent contacts empty lists, which R4 does not allow.
    pub(super) fn shown(&self) -> Value {
        let contact = |system: &str, value: &str, usage: &str| {
            (!value.is_empty()).then(|| json!({"system": system, "value": value, "use": usage}))
        };
        let telecom: Vec<Value> =
            [contact("phone", &self.phone, "mobile"), contact("email", &self.email, "home")]
                .into_iter()
                .flatten()
                .collect();
        let given: Vec<&str> =
            Some(self.given.as_str()).into_iter().filter(|given| !given.is_empty()).collect();
        let address = match self.line.as_str() {
            "" => json!([]),
            line => json!([{"line": [line], "city": "", "state": "", "postalCode": "", "country": "US"}]),
        };
        json!({
            "resourceType": "Patient",
            "id": self.id,
            "meta": {"versionId": "0", "lastUpdated": stamp(self.created)},
            "identifier": [{"system": "urn:pid", "value": self.pid}],
            "active": true,
            "name": [{"use": "official", "family": self.family, "given": given}],
            "telecom": telecom,
            "gender": self.gender,
            "birthDate": self.birth,
            "address": address,
        })
    }
}

impl Task {
    /// A task that is made now; the draft's owner is taken as it is.
    pub(super) fn new(id: String, draft: Draft, now: Timestamp) -> Task {
        Task {
            id,
            status: draft.status,
            intent: draft.intent,
            priority: draft.priority,
            code: draft.code,
            description: draft.description,
            patient_id: draft.patient_id,
            owner_id: draft.owner_id,
            owner_name: draft.owner_name,
            authored: draft.authored.unwrap_or(now),
            due: draft.due,
            note: draft.note,
            created: now,
            updated: now,
        }
    }

    /// An update as the server does it: what is left out falls back to its default, but owner and due date stay.
    pub(super) fn put(&mut self, mut draft: Draft, now: Timestamp) {
        draft.owner_id = draft.owner_id.or(self.owner_id.take());
        draft.due = draft.due.or(self.due);
        *self = Task { created: self.created, ..Task::new(std::mem::take(&mut self.id), draft, now) };
    }

    /// The version is always "0", whatever happened to the task.
    pub(super) fn shown(&self) -> Value {
        let mut shown = Map::new();
        let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        put("resourceType", json!("Task"));
        put("id", json!(self.id));
        put("meta", json!({"versionId": "0", "lastUpdated": stamp(self.updated)}));
        put("status", json!(self.status));
        put("intent", json!(self.intent));
        put("priority", json!(self.priority));
        if !self.code.is_empty() {
            put("code", json!({"text": self.code}));
        }
        put("description", json!(self.description));
        put("for", json!({"reference": format!("Patient/{}", self.patient_id)}));
        match &self.owner_id {
            Some(id) => {
                put("owner", json!({"reference": format!("Practitioner/{id}"), "display": self.owner_name}));
            }
            None if self.owner_name.is_empty() => {}
            None => put("owner", json!({"display": self.owner_name})),
        }
        put("authoredOn", json!(stamp(self.authored)));
        if let Some(due) = self.due {
            put("executionPeriod", json!({"end": stamp(due)}));
        }
        if !self.note.is_empty() {
            put("note", json!([{"text": self.note}]));
        }
        Value::Object(shown)
    }
}

/// A moment with milliseconds and Z.
pub(super) fn stamp(moment: Timestamp) -> String {
    format!("{moment:.3}")
}
