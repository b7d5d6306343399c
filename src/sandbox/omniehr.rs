//! OmniEHR as its code was seen to behave: one function from a request to a reply. It knows no sockets.
//!
//! Of its eight types only those that a list of tasks asks for are served: Task, and Patient to read.

mod body;
mod books;
mod door;
mod reply;
pub(super) mod seed;
mod token;

#[cfg(test)]
mod contract_tests;

use jiff::Timestamp;
use serde_json::{Value, json};

use body::Draft;
pub(crate) use books::Books;
use books::{Patient, Role, Task, stamp};
use door::{LOGINS, Window};
use reply::{Refusal, Wording, json_reply, searchset, unless_known};
use token::Claims;

use super::chance::Chance;
use super::chaos::{Fate, Faults};
use super::damage;
use super::message::{Outcome, Reply, Request};
use super::system::Face;

/// The largest body that is read as JSON.
const BODY_CAP_BYTES: usize = 1_048_576;

/// The address and password that the demo signs in with: the same person as at the other systems, in her role as
/// practitioner.
pub(crate) const DEMO_LOGIN: (&str, &str) = (LOGINS[1].email, LOGINS[1].password);

/// How many tasks a list has at most, and how many patients.
const TASK_CAP: usize = 300;
const PATIENT_CAP: usize = 100;

const NOT_OWN: &str = "Practitioners can only assign or update tasks under their own worklist";

/// The system: its rows, its switches, its limiter.
pub(crate) struct Omni {
    faults: Faults,
    books: Books,
    luck: Chance,
    window: Option<Window>,
}

impl Omni {
    pub(crate) fn new(books: Books, seed: u64, faults: Faults) -> Omni {
        Omni { faults, books, luck: Chance::new(seed ^ 0x0eb2), window: None }
    }

    pub(crate) fn books(&self) -> &Books {
        &self.books
    }

    pub(crate) fn restore(&mut self, books: Books) {
        self.books = books;
    }

    fn answer(&mut self, request: &Request, now: Timestamp) -> Reply {
        // The store knows milliseconds only.
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let reply = match read_json(request) {
            Ok(body) => self.route(request, &body, now),
            Err(refusal) => refusal.reply(),
        };
        unless_known(request, reply)
    }

    fn route(&mut self, request: &Request, body: &Value, now: Timestamp) -> Reply {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let result = match (request.method.as_str(), segments.as_slice()) {
            (method, ["api", "auth", rest @ ..]) => return self.auth((method, rest), request, body, now),
            ("GET", ["api", "health"]) => {
                Ok(json_reply(200, &json!({"status": "ok", "timestamp": stamp(now)})))
            }
            (method, ["api", "admin", rest @ ..]) => {
                door::caller(request, now).and_then(|caller| self.admin((method, rest), &caller))
            }
            (method, ["api", "fhir", rest @ ..]) => door::caller(request, now)
                .and_then(|caller| self.fhir((method, rest), request, body, &caller, now)),
            _ => Err(Refusal::no_route()),
        };
        result.unwrap_or_else(|refusal| refusal.reply())
    }

    fn fhir(
        &mut self,
        route: (&str, &[&str]),
        request: &Request,
        body: &Value,
        caller: &Claims,
        now: Timestamp,
    ) -> Result<Reply, Refusal> {
        let origin = format!("http://{}", request.header("host").unwrap_or("localhost"));
        match route {
            ("GET", ["metadata"]) => Ok(json_reply(200, &metadata(&origin, now))),
            ("GET", ["Patient"]) => {
                let rows = self.patients(request);
                Ok(json_reply(200, &searchset(&origin, Some(self.luck.uuid()), rows, now)))
            }
            ("GET", ["Patient", id]) => Ok(json_reply(200, &self.patient(id)?.shown())),
            ("GET", ["Patient", id, "$everything"]) => {
                let patient = self.patient(id)?;
                let mut rows = vec![patient.shown()];
                let of_patient = self.books.tasks.iter().filter(|task| task.patient_id == patient.id);
                rows.extend(in_order(of_patient).into_iter().map(Task::shown));
                Ok(json_reply(200, &searchset(&origin, None, rows, now)))
            }
            ("GET", ["Task"]) => {
                let rows = self.tasks(request, caller)?;
                Ok(json_reply(200, &searchset(&origin, Some(self.luck.uuid()), rows, now)))
            }
            ("GET", ["Task", id]) => {
                let task = self.task(id)?;
                check_own(caller, task.owner_id.as_deref())?;
                Ok(json_reply(200, &task.shown()))
            }
            ("POST", ["Task"]) => {
                check_may_write(caller)?;
                let draft = body::task(body).map_err(Refusal::invalid)?;
                let draft = self.checked(draft, caller)?;
                let task = Task::new(self.books.draw_id(), draft, now);
                let shown = task.shown();
                self.books.tasks.push(task);
                Ok(json_reply(201, &shown))
            }
            ("PUT", ["Task", id]) => {
                check_may_write(caller)?;
                let draft = body::task(body).map_err(Refusal::invalid)?;
                check_own(caller, self.task(id)?.owner_id.as_deref())?;
                let draft = self.checked(draft, caller)?;
                let task = self.task_mut(id)?;
                task.put(draft, now);
                Ok(json_reply(200, &task.shown()))
            }
            _ => Err(Refusal::no_route()),
        }
    }

    /// The newest patients; every parameter but `identifier` is ignored.
    fn patients(&self, request: &Request) -> Vec<Value> {
        let pid = parameter(request, "identifier");
        let wanted = |patient: &&Patient| pid.as_ref().is_none_or(|pid| patient.pid == *pid);
        let mut found: Vec<&Patient> = self.books.patients.iter().filter(wanted).collect();
        found.sort_by_key(|patient| std::cmp::Reverse(patient.created));
        found.into_iter().take(PATIENT_CAP).map(Patient::shown).collect()
    }

    /// The list of tasks: one status, one patient, one owner; every other parameter is ignored.
    fn tasks(&self, request: &Request, caller: &Claims) -> Result<Vec<Value>, Refusal> {
        let patient = parameter(request, "for").map(|text| id_of(&text, "Patient", "for")).transpose()?;
        let status = parameter(request, "status");
        let owner =
            parameter(request, "owner").map(|text| id_of(&text, "Practitioner", "owner")).transpose()?;
        let owner = match owner {
            Some(owner) => {
                check_own(caller, Some(&owner))?;
                Some(owner)
            }
            None => (caller.role == Role::Practitioner).then(|| caller.sub.clone()),
        };
        let patient = patient.map(|id| object_id(&id)).transpose()?;
        let owner = owner.map(|id| object_id(&id)).transpose()?;
        let wanted = |task: &&Task| {
            status.as_ref().is_none_or(|status| task.status == *status)
                && patient.as_ref().is_none_or(|patient| task.patient_id == *patient)
                && (owner.is_none() || task.owner_id == owner)
        };
        let found = in_order(self.books.tasks.iter().filter(wanted));
        let mut rows: Vec<Value> = found.into_iter().take(TASK_CAP).map(Task::shown).collect();
        if self.faults.unknown_enum
            && let Some(first) = rows.first_mut()
        {
            (first["status"], first["priority"]) = (json!("simmering"), json!("whenever"));
        }
        Ok(rows)
    }

    fn patient(&self, id: &str) -> Result<&Patient, Refusal> {
        let id = object_id(id)?;
        self.books.patient(&id).ok_or_else(|| Refusal::new(404, "Patient not found"))
    }

    fn task(&self, id: &str) -> Result<&Task, Refusal> {
        let id = object_id(id)?;
        self.books.task(&id).ok_or_else(no_task)
    }

    fn task_mut(&mut self, id: &str) -> Result<&mut Task, Refusal> {
        let id = object_id(id)?;
        self.books.tasks.iter_mut().find(|task| task.id == id).ok_or_else(no_task)
    }

    /// The draft with an owner who may be one, and with the owner's name; a practitioner's own name is put there
    /// whatever the request said.
    fn checked(&self, mut draft: Draft, caller: &Claims) -> Result<Draft, Refusal> {
        if self.books.patient(&draft.patient_id).is_none() {
            return Err(Refusal::new(400, "Referenced Patient does not exist"));
        }
        if caller.role == Role::Practitioner {
            draft.owner_id = Some(caller.sub.clone());
        }
        if let Some(owner) = &draft.owner_id {
            let owner = self.books.practitioners().find(|user| user.active && user.id == *owner);
            let missing = || Refusal::new(400, "Referenced Practitioner does not exist or is inactive");
            draft.owner_name.clone_from(&owner.ok_or_else(missing)?.full_name);
        }
        Ok(draft)
    }

    /// The task of a wish, by the schema of the API but with any people; staff may be named by the hospital's own id.
    fn wished(&self, mut wish: Value) -> Result<Draft, String> {
        wish["resourceType"] = json!("Task");
        if let Some(Value::String(owner)) = wish.pointer_mut("/owner/reference")
            && let Some(user) =
                self.books.users.iter().find(|user| !user.staff.is_empty() && user.staff == *owner)
        {
            *owner = format!("Practitioner/{}", user.id);
        }
        if let Some(Value::String(patient)) = wish.pointer_mut("/for/reference")
            && body::is_id(patient)
        {
            *patient = format!("Patient/{patient}");
        }
        let mut draft = body::task(&wish).map_err(|issues| {
            issues.iter().map(|issue| issue.shown().to_string()).collect::<Vec<_>>().join(", ")
        })?;
        if draft.owner_name.is_empty()
            && let Some(owner) = draft.owner_id.as_deref().and_then(|id| self.books.user(id))
        {
            draft.owner_name.clone_from(&owner.full_name);
        }
        Ok(draft)
    }
}

impl Face for Omni {
    fn serve(&mut self, request: &Request, now: Timestamp) -> Outcome {
        let fate = self.faults.fate(&request.method, &mut self.luck);
        if fate == Fate::Plain {
            return Outcome::Reply(self.answer(request, now));
        }
        let answer = fate.carries_out().then(|| self.answer(request, now));
        damage::outcome(fate, answer, &Wording, now)
    }

    fn flat_store(&self) -> Value {
        self.books.flat()
    }

    /// Fields as the API shows them. Unlike an update over the API a null takes due date and owner away.
    fn colleague(&mut self, wish: &Value, now: Timestamp) -> Result<Value, String> {
        let Value::Object(wish) = wish else { return Err("The wish must be a JSON object.".into()) };
        let text = |name: &str| wish.get(name).and_then(Value::as_str);
        let object = |name: &str| wish.get(name).and_then(Value::as_object);
        let missing = |id: &str| format!("Nothing has the id {id}.");
        match (text("id"), text("delete"), object("create"), object("patch")) {
            (given, None, Some(fields), None) => {
                let draft = self.wished(Value::Object(fields.clone()))?;
                let id = given.map_or_else(|| self.books.draw_id(), str::to_owned);
                if !body::is_id(&id) || self.books.task(&id).is_some() {
                    return Err(format!("The id {id} is taken or no id."));
                }
                let task = Task::new(id, draft, now);
                let shown = task.shown();
                self.books.tasks.push(task);
                Ok(shown)
            }
            (Some(id), None, None, Some(changes)) => {
                let mut fields = self.books.task(id).ok_or_else(|| missing(id))?.shown();
                for (name, value) in changes {
                    fields[name.as_str()] = value.clone();
                }
                if let Some(fields) = fields.as_object_mut() {
                    fields.retain(|_, value| !value.is_null());
                }
                let draft = self.wished(fields)?;
                let task =
                    self.books.tasks.iter_mut().find(|task| task.id == id).ok_or_else(|| missing(id))?;
                *task = Task { created: task.created, ..Task::new(id.to_owned(), draft, now) };
                Ok(task.shown())
            }
            (None, Some(id), None, None) => {
                let before = self.books.tasks.len();
                self.books.tasks.retain(|task| task.id != id);
                if self.books.tasks.len() < before { Ok(json!({"id": id})) } else { Err(missing(id)) }
            }
            _ => Err("A wish has id and patch, or create, or delete.".into()),
        }
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }

    fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }

    fn door(&self, origin: &str) -> Value {
        let users =
            LOGINS.map(|login| json!({"role": login.role, "email": login.email, "password": login.password}));
        json!({"url": format!("{origin}/api"), "users": users})
    }
}

/// What the request says as JSON. A body of any other type, `application/fhir+json` too, is not looked at and
/// counts as an empty object.
fn read_json(request: &Request) -> Result<Value, Refusal> {
    let media = request.header("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") || (request.body.is_empty() && !request.oversize) {
        return Ok(json!({}));
    }
    if request.oversize || request.body.len() > BODY_CAP_BYTES {
        return Err(Refusal::new(413, "request entity too large"));
    }
    let read = serde_json::from_slice::<Value>(&request.body).ok();
    let read = read.filter(|value| value.is_object() || value.is_array());
    read.ok_or_else(|| Refusal::new(400, "Unexpected token in JSON"))
}

/// A parameter that is not empty; one that comes twice is one value with a comma in it.
fn parameter(request: &Request, name: &str) -> Option<String> {
    let pairs = request.pairs();
    let values: Vec<&str> =
        pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
    Some(values.join(",")).filter(|value| !value.is_empty())
}

/// The id of a reference in a query, not yet looked at.
fn id_of(reference: &str, kind: &str, name: &str) -> Result<String, Refusal> {
    let mut parts = reference.split('/');
    match (parts.next(), parts.next()) {
        (Some(given), Some(id)) if given == kind && !id.is_empty() => Ok(id.to_owned()),
        _ => Err(Refusal::new(400, format!("{name} must be in {kind}/{{id}} format"))),
    }
}

fn object_id(text: &str) -> Result<String, Refusal> {
    if body::is_id(text) { Ok(text.to_lowercase()) } else { Err(Refusal::bad_id()) }
}

fn no_task() -> Refusal {
    Refusal::new(404, "Task not found")
}

fn check_may_write(caller: &Claims) -> Result<(), Refusal> {
    if caller.role == Role::Auditor { Err(Refusal::not_allowed()) } else { Ok(()) }
}

/// A practitioner may do nothing with what is not their own, reading included.
fn check_own(caller: &Claims, owner: Option<&str>) -> Result<(), Refusal> {
    let own = caller.role != Role::Practitioner || owner == Some(caller.sub.as_str());
    if own { Ok(()) } else { Err(Refusal::new(403, NOT_OWN)) }
}

/// By due date with the undated first, then the newest first.
fn in_order<'a>(tasks: impl Iterator<Item = &'a Task>) -> Vec<&'a Task> {
    let mut tasks: Vec<&Task> = tasks.collect();
    tasks.sort_by(|one, other| {
        let newer = other.authored.cmp(&one.authored).then(other.created.cmp(&one.created));
        one.due.cmp(&other.due).then(newer)
    });
    tasks
}

fn metadata(origin: &str, now: Timestamp) -> Value {
    let types = [
        "Patient",
        "Observation",
        "Condition",
        "AllergyIntolerance",
        "MedicationRequest",
        "Encounter",
        "Appointment",
        "Task",
    ];
    let verbs = ["read", "search-type", "create", "update"].map(|code| json!({"code": code}));
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": stamp(now),
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "software": {"name": "Synthetic sandbox"},
        "implementation": {"description": "Invented data on loopback", "url": format!("{origin}/api/fhir")},
        "rest": [{"mode": "server", "resource": types.map(|name| json!({"type": name, "interaction": verbs}))}],
    })
}
